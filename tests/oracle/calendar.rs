//! The parts of a time, as each target computes them.
//!
//! In: the ends of years, of Februaries and of weeks, from 1970 to 2099, the years that Splunk can hold among them. Out: a failure for each part that
//! an engine computes otherwise than the calendar has it. `queries_return_what_the_authors_said` asks what tests make of parts; here
//! the parts themselves are shown.

use serde_json::Value;
use spoor::backend::{Options, Target, lower};
use spoor::hir::{Event, Scalar};
use spoor::project::Workspace;
use spoor::schema::calendar::days;
use spoor::schema::{TimePart, builtin};
use spoor::witness;

use crate::batch::{Answer, Row, answered, asking, micros, oracle};
use crate::engines::ask;

/// 2100-01-01T00:00:00Z, in seconds.
const NOW: i64 = 4_102_444_800;

/// Each in a minute of its own.
fn times() -> Vec<i64> {
    let dates = [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 28), (2, 29), (3, 1), (6, 30), (12, 28), (12, 29), (12, 30), (12, 31)];
    let mut times = Vec::new();
    for year in 1970..2100 {
        for (at, (month, day)) in dates.iter().enumerate() {
            let minute = [0, 1439, 61 * (year % 23) + at as i64][(year as usize + at) % 3];
            times.push((days(year, *month, *day) * 1440 + minute) * 60_000_000);
        }
    }
    // Of a year without it the 29th of February is the 1st of March.
    times.sort_unstable();
    times.dedup();
    times
}

#[test]
fn engines_know_the_calendar() {
    let shown: Vec<String> = TimePart::ALL.iter().map(|part| format!("time.{0} as {0}", part.name())).collect();
    let text = format!("rule parts {{ detect process where name == \"a.exe\" show time, {} }}", shown.join(", "));
    let workspace = Workspace::text("parts.spoor", &text);
    let packs = workspace.packs(builtin()).into_owned();
    let rule = workspace.check(&packs).rules.remove(0);
    let class = packs.model.class("process").expect("a class");
    let name = packs.class(class).field("name").expect("a field");
    let mut failures = Vec::new();
    for target in Target::ALL {
        let lowered = lower(&rule, *target, &packs, &Options::default());
        let query = lowered.query.expect("a query");
        let rows: Vec<(Row, i64)> = times()
            .into_iter()
            .map(|time| {
                let fields = vec![(name, vec![Scalar::Text("a.exe".to_owned())])];
                let event = Event { class, action: Some(0), time: Some(time), fields };
                let row = witness::rows(&packs, target.schemas()[0], &event, 0).expect("a row");
                let schema = target.schemas()[0].to_owned();
                (Row { schema, table: row.table, columns: row.columns, time: None, matches: true, why: String::new() }, time)
            })
            .collect();
        let rows: Vec<(&Row, i64)> = rows.iter().map(|(row, time)| (row, *time)).collect();
        let (engine, facts) = oracle(*target, &packs);
        let Some(answers) = ask(engine, &facts, &[asking("parts", *target, &query, &rows, NOW, &packs)]) else { continue };
        let found = match answered(*target, &query, &answers["parts"]) {
            Answer::Rows(found) => found,
            Answer::Refused(why) | Answer::Broken(why) => panic!("{}: {why}\n{query}", target.name()),
        };
        assert_eq!(found.len(), rows.len(), "{}", target.name());
        for row in &found {
            let time = ["Timestamp", "TimeGenerated", "firstTime", "_time"].iter().find_map(|column| row.get(*column).and_then(micros));
            let time = time.expect("a time");
            for part in TimePart::ALL {
                let own = number(&row[part.name()]);
                if own != Some(part.of(time)) {
                    failures.push(format!("{}: {} of {time} is {own:?}, not {}", target.name(), part.name(), part.of(time)));
                }
            }
        }
        println!("{}: {} times", target.name(), found.len());
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_f64().map(|number| number as i64),
    }
}
