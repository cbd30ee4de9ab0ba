//! Queries over rows, executed.
//!
//! In: cases, each a query of one target and rows with the verdict their author stated. Out: for each, the rows that the query
//! returned, or how the engine refused. Every row has a second of its own, by which it is known again in the result: where the rule asks for
//! a part of the time, one of the minute in which the author says that the event was.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use spoor::backend::{Fidelity, File, Target};
use spoor::engine::shape::time;
use spoor::schema::Packs;

use crate::engines::{Oracle, ask};
use crate::facts;

/// The instant at which every query is asked: 2027-01-15T08:00:00Z.
pub const NOW: i64 = 1_800_000_000;

/// A row as the product keeps it.
#[derive(Clone, Debug)]
pub struct Row {
    pub schema: String,
    pub table: String,
    pub columns: Map<String, Value>,
    /// In microseconds, where it matters.
    pub time: Option<i64>,
    /// What the author says of it.
    pub matches: bool,
    /// What it is, for messages.
    pub why: String,
}

pub struct Case {
    /// For messages and refusals.txt.
    pub rule: String,
    pub target: Target,
    pub fidelity: Fidelity,
    /// A reason says that the query may return more.
    pub widened: bool,
    pub query: String,
    /// What must stand beside the query.
    pub files: Vec<File>,
    pub rows: Vec<Row>,
    /// The rows were made for the rule, some of them to upset: what an engine refuses of them is counted, not listed.
    pub made: bool,
}

/// What the engine said.
pub enum Outcome {
    /// The indexes of the rows that the query returned; None: it shows no time, so only their number is known.
    Found {
        rows: Option<BTreeSet<usize>>,
        count: usize,
    },
    Refused(String),
    /// The engine says that the query is wrong.
    Broken(String),
}

/// The outcome of each case, in their order; None where the oracle is not installed.
pub fn execute(cases: &[Case], packs: &Packs) -> Vec<Option<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = cases.iter().map(|_| None).collect();
    for target in Target::ALL {
        let (oracle, facts) = oracle(*target, packs);
        let asked: Vec<Value> = cases
            .iter()
            .enumerate()
            .filter(|(_, case)| case.target == *target)
            .map(|(index, case)| request(&index.to_string(), case, packs))
            .collect();
        if asked.is_empty() {
            continue;
        }
        let Some(answers) = ask(oracle, &facts, &asked) else { continue };
        for (id, answer) in answers {
            let index: usize = id.parse().expect("an id of ours");
            outcomes[index] = Some(outcome(&cases[index], &answer));
        }
    }
    outcomes
}

fn is_kql(target: Target) -> bool {
    match target {
        Target::Defender | Target::Sentinel => true,
        Target::Splunk | Target::SplunkRaw => false,
    }
}

fn request(id: &str, case: &Case, packs: &Packs) -> Value {
    let rows: Vec<(&Row, i64)> = case.rows.iter().zip(seconds_of(case)).map(|(row, time)| (row, time * 1_000_000)).collect();
    beside(asking(id, case.target, &case.query, &rows, NOW, packs), &case.files)
}

/// The second of each row: before the query is asked, or in its own minute.
fn seconds_of(case: &Case) -> Vec<i64> {
    let first = NOW - case.rows.len() as i64;
    let mut seconds: Vec<i64> = Vec::new();
    for (row, otherwise) in case.rows.iter().zip(first..) {
        let minute = row.time.map(|time| time.div_euclid(60_000_000) * 60);
        let free = minute.and_then(|minute| (minute..minute + 60).find(|second| !seconds.contains(second)));
        assert!(minute.is_none() || free.is_some(), "more than sixty rows of one minute: {}", case.rule);
        seconds.push(free.unwrap_or(otherwise));
    }
    seconds
}

/// With the files that the query asks for.
pub fn beside(mut asked: Value, files: &[File]) -> Value {
    if !files.is_empty() {
        asked["lookups"] = files.iter().map(|file| (file.name.clone(), table(&file.text()))).collect::<Map<String, Value>>().into();
    }
    asked
}

/// The rows of a CSV file, as Splunk reads it.
fn table(text: &str) -> Value {
    let mut rows: Vec<Vec<String>> = vec![Vec::new()];
    let mut cell = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                // A quote that opens again was a doubled one.
                if !quoted && !cell.is_empty() {
                    cell.push('"');
                }
                quoted = !quoted;
            }
            ',' if !quoted => rows.last_mut().expect("a row").push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                rows.last_mut().expect("a row").push(std::mem::take(&mut cell));
                rows.push(Vec::new());
            }
            c => cell.push(c),
        }
    }
    let head = rows.remove(0);
    let row = |cells: Vec<String>| head.iter().cloned().zip(cells.into_iter().map(Value::String)).collect::<Map<String, Value>>();
    rows.into_iter().filter(|cells| !cells.is_empty()).map(|cells| Value::Object(row(cells))).collect()
}

/// A query over rows, each with its time in microseconds, asked at `now`, in seconds.
pub fn asking(id: &str, target: Target, query: &str, rows: &[(&Row, i64)], now: i64, packs: &Packs) -> Value {
    let mut tables: Map<String, Value> = Map::new();
    if is_kql(target) {
        // A table that is asked must be there, with rows or without.
        let schemas = target.schemas().iter().filter_map(|name| packs.schema(name));
        for table in schemas.flat_map(|schema| schema.tables.iter()).filter(|table| query.contains(table.name.as_ref())) {
            tables.insert(table.name.to_string(), json!([]));
        }
    }
    let mut events = Vec::new();
    for (row, time) in rows {
        let mut columns = row.columns.clone();
        let seconds = if time % 1_000_000 == 0 { json!(time / 1_000_000) } else { json!(*time as f64 / 1e6) };
        let (name, stamp) = match target {
            Target::Defender => ("Timestamp", json!(time::iso(*time))),
            Target::Sentinel => ("TimeGenerated", json!(time::iso(*time))),
            Target::Splunk | Target::SplunkRaw => ("_time", seconds),
        };
        // Rows of some tables of KQL have no time.
        let table = packs.schema(&row.schema).and_then(|schema| schema.table(&row.table));
        if !is_kql(target) || table.is_none_or(|table| table.column(name).is_some()) {
            columns.insert(name.to_owned(), stamp);
        }
        match target {
            Target::Defender | Target::Sentinel | Target::Splunk => {
                let rows = tables.entry(row.table.clone()).or_insert_with(|| json!([]));
                rows.as_array_mut().expect("rows").push(Value::Object(columns));
            }
            Target::SplunkRaw => events.push(Value::Object(raw(row, columns, packs))),
        }
    }
    // An unbounded query asks of all that there is.
    match target {
        Target::Defender | Target::Sentinel => json!({ "id": id, "query": query, "tables": tables, "now": time::iso(now * 1_000_000) }),
        Target::Splunk => json!({ "id": id, "query": query, "datamodel": tables, "now": now }),
        Target::SplunkRaw => json!({ "id": id, "query": query, "events": events, "now": now }),
    }
}

/// A Windows event as Splunk's add-ons for XML logs extract it: the event's data by their names, its number and channel beside.
fn raw(row: &Row, mut columns: Map<String, Value>, packs: &Packs) -> Map<String, Value> {
    let schema = packs.schema(&row.schema).expect("a schema of the packs");
    let table = schema.table(&row.table).expect("a table of the packs");
    let is_of_windows = schema.tables.iter().any(|table| table.event_id.is_some());
    if !is_of_windows {
        for (column, values) in table.own().into_iter().flat_map(|own| own.search.iter()) {
            columns.entry(column.to_string()).or_insert_with(|| json!(values[0].replace('*', "x")));
        }
        return columns;
    }
    let said = columns.get("Channel").and_then(Value::as_str);
    let source = match table.channels.iter().find(|channel| said.is_some_and(|said| channel.name == said)).or(table.channels.first()) {
        Some(channel) => channel.source(),
        None => format!("XmlWinEventLog:{}", said.unwrap_or_default()),
    };
    columns.insert("source".to_owned(), json!(source));
    if let Some(number) = table.event_id {
        columns.insert("EventCode".to_owned(), json!(number));
    }
    let renamed = |column: String| match schema.splunk.iter().find(|(own, theirs)| *own == column && theirs != "_time") {
        Some((_, theirs)) => theirs.to_string(),
        None => column,
    };
    columns.into_iter().map(|(column, value)| (renamed(column), value)).collect()
}

fn outcome(case: &Case, answer: &Value) -> Outcome {
    let rows = match answered(case.target, &case.query, answer) {
        Answer::Rows(rows) => rows,
        Answer::Refused(reason) => return Outcome::Refused(reason),
        Answer::Broken(message) => return Outcome::Broken(message),
    };
    let seconds = |value: Option<&Value>| value.and_then(micros).map(|time| time.div_euclid(1_000_000));
    match case.target {
        Target::Defender | Target::Sentinel => {
            let times = rows.iter().map(|row| seconds(row.get("Timestamp").or(row.get("TimeGenerated")))).collect::<Option<Vec<i64>>>();
            Outcome::Found { rows: times.map(|times| indexes(case, times)), count: rows.len() }
        }
        Target::Splunk => {
            // One row a combination of the shown values: its number of events, the first and the last.
            let count = rows.iter().map(|row| row["count"].as_u64().unwrap_or(1) as usize).sum();
            let times: Option<Vec<i64>> = rows
                .iter()
                .map(|row| match (seconds(row.get("firstTime")), seconds(row.get("lastTime"))) {
                    (Some(first), Some(last)) if first == last => Some(first),
                    _ => None,
                })
                .collect();
            Outcome::Found { rows: times.map(|times| indexes(case, times)), count }
        }
        Target::SplunkRaw => {
            let times: Option<Vec<i64>> = rows.iter().map(|row| seconds(row.get("_time"))).collect();
            Outcome::Found { rows: times.map(|times| indexes(case, times)), count: rows.len() }
        }
    }
}

/// What an engine said to one query.
pub enum Answer {
    /// By column.
    Rows(Vec<Map<String, Value>>),
    Refused(String),
    Broken(String),
}

pub fn answered(target: Target, query: &str, answer: &Value) -> Answer {
    if is_kql(target) && has_code_point(query) {
        return Answer::Refused("reads \\u in a literal as the letter u".to_owned());
    }
    if let Some(error) = answer.get("error") {
        return refusal(target, error);
    }
    let rows = answer["rows"].as_array().expect("rows").iter();
    match target {
        Target::Defender | Target::Sentinel => {
            let columns: Vec<&str> = answer["columns"].as_array().expect("columns").iter().filter_map(Value::as_str).collect();
            let row = |row: &Value| {
                let cells = row.as_array().expect("cells").iter().cloned();
                columns.iter().map(|column| (*column).to_owned()).zip(cells).collect()
            };
            Answer::Rows(rows.map(row).collect())
        }
        Target::Splunk | Target::SplunkRaw => Answer::Rows(rows.map(|row| row.as_object().expect("columns").clone()).collect()),
    }
}

/// The oracle of a target, and the schema that it reads.
pub fn oracle(target: Target, packs: &Packs) -> (Oracle, PathBuf) {
    match target {
        Target::Splunk | Target::SplunkRaw => (Oracle::SplEngine, facts::cim()),
        Target::Defender | Target::Sentinel => (Oracle::KqlEngine, facts::kql(target.name(), packs)),
    }
}

/// A literal names a character by its number (`"\u202e"`). Microsoft's lexer reads that; duckdb-kql takes the backslash away.
fn has_code_point(query: &str) -> bool {
    let mut chars = query.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if c == '"' {
            let verbatim = before == '@';
            while let Some(inside) = chars.next() {
                match inside {
                    '\\' if !verbatim && chars.next() == Some('u') => return true,
                    // Twice in a verbatim literal: a quote of it.
                    '"' if !verbatim || chars.next_if_eq(&'"').is_none() => break,
                    _ => {}
                }
            }
        }
        before = c;
    }
    false
}

fn indexes(case: &Case, times: Vec<i64>) -> BTreeSet<usize> {
    let known = seconds_of(case);
    times.into_iter().map(|time| known.iter().position(|known| *known == time).unwrap_or(usize::MAX)).collect()
}

/// A time in a result: seconds since 1970, or a text.
pub fn micros(value: &Value) -> Option<i64> {
    match value.as_f64() {
        Some(seconds) => Some((seconds * 1e6).round() as i64),
        None => time::parse_text(value.as_str()?),
    }
}

/// The engines' own words for 'not implemented' are a refusal; anything else is an error in the query.
fn refusal(target: Target, error: &Value) -> Answer {
    match target {
        Target::Defender | Target::Sentinel => {
            let message = error.as_str().unwrap_or_default();
            match message.strip_prefix("KqlUnsupportedError: ") {
                Some(what) => Answer::Refused(what.split('\'').nth(1).unwrap_or(what).to_owned()),
                None => Answer::Broken(message.to_owned()),
            }
        }
        Target::Splunk | Target::SplunkRaw => {
            let message = error["message"].as_str().unwrap_or_default();
            if error["kind"] == "unsupported" {
                Answer::Refused(class_of(message))
            } else {
                Answer::Broken(format!("{}: {message}", error["kind"]))
            }
        }
    }
}

/// A message without what differs from case to case.
fn class_of(message: &str) -> String {
    let words = message.split(['\'', '"']).step_by(2).collect::<String>();
    words.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
