//! What the KQL engine was taught beside its own: functions that it does not know, by Microsoft's pages.
//!
//! In: rows, and queries with the rows that Microsoft's pages say they return. Out: failures.

use serde_json::{Value, json};
use spoor::backend::Target;

use crate::batch::oracle;
use crate::engines::ask;
use crate::rules;

#[test]
fn the_engine_knows_what_it_was_taught() {
    let packs = rules::packs();
    let row = |time: &str, name: &str, size: Value| json!({ "Timestamp": time, "FileName": name, "FileSize": size });
    let rows = [
        row("2027-01-15T07:00:00Z", "a", json!(1)),
        row("2027-01-15T07:13:59Z", "b", json!(null)),
        row("2027-01-15T07:14:00Z", "", json!(3)),
        row("2027-01-22T07:14:00Z", "a", json!(4)),
    ];
    let asked = [
        // https://learn.microsoft.com/kusto/query/count-distinct-aggregation-function: exact; empty text is a value.
        ("summarize x = count_distinct(FileName)", json!([[3]])),
        ("summarize x = count_distinctif(FileName, isnotempty(FileName))", json!([[2]])),
        ("where FileName == 'none' | summarize x = count_distinctif(FileName, isnotempty(FileName))", json!([[0]])),
        ("summarize x = minif(FileSize, FileSize > 1), y = maxif(FileSize, FileSize < 4)", json!([[3, 3]])),
        ("summarize x = minif(FileSize, FileSize > 9), y = maxif(FileSize, FileSize > 9)", json!([[null, null]])),
        ("summarize x = array_length(make_set_if(FileName, isnotempty(FileName)))", json!([[2]])),
        ("summarize x = array_length(make_set_if(FileName, FileName == 'none'))", json!([[0]])),
        ("summarize x = take_anyif(FileName, FileSize == 4)", json!([["a"]])),
        // https://learn.microsoft.com/kusto/query/array-sort-asc-function: numbers before texts.
        (
            "summarize x = array_sort_asc(make_list(FileSize * 5)) | project x = tolong(x[0]), y = tolong(x[1]), z = tolong(x[2])",
            json!([[5, 15, 20]]),
        ),
        ("summarize x = make_list(FileSize * 5) | project x = tolong(array_sort_asc(x)[(array_length(x) * 50 - 1) / 100])", json!([[15]])),
        ("summarize x = array_sort_asc(make_list(FileName)) | project x = tostring(x[1]), y = tostring(x[3])", json!([["a", "b"]])),
        // https://learn.microsoft.com/kusto/query/prev-function: so many rows before, null where there is none.
        ("sort by Timestamp asc | extend x = prev(FileSize, 2) | project x", json!([[null], [null], [1], [null]])),
        ("sort by Timestamp desc | extend x = prev(FileSize, 1) | where FileSize == 1 | project x", json!([[null]])),
        ("sort by FileName asc, Timestamp asc | extend x = prev(FileName, 1) | where x == FileName | project FileSize", json!([[4]])),
        // https://learn.microsoft.com/kusto/query/bin-at-function; 1970-01-01 is a Thursday.
        ("where FileSize == 4 | project x = bin_at(Timestamp, 7d, datetime(1970-01-01))", json!([["2027-01-21T00:00:00"]])),
        ("summarize n = count() by x = bin_at(Timestamp, 14m, datetime(1970-01-01)) | summarize y = count()", json!([[3]])),
        ("where Timestamp >= bin_at(ago(1h), 7m, datetime(1970-01-01)) | count", json!([[1]])),
        ("where FileName == 'bin_at(x, datetime(1970-01-01))' | count", json!([[0]])),
    ];
    let (engine, facts) = oracle(Target::Defender, packs);
    let cases: Vec<Value> = asked
        .iter()
        .enumerate()
        .map(|(id, (query, _))| {
            let query = format!("DeviceFileEvents | {query}");
            json!({ "id": id.to_string(), "query": query, "tables": { "DeviceFileEvents": rows }, "now": "2027-01-22T08:00:00Z" })
        })
        .collect();
    let Some(answers) = ask(engine, &facts, &cases) else { return };
    for (id, (query, expected)) in asked.iter().enumerate() {
        assert_eq!(answers[&id.to_string()]["rows"], *expected, "{query}: {}", answers[&id.to_string()]);
    }
}
