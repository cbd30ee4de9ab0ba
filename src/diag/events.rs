//! Family 06, last part: events as they come, and rules that the matcher cannot load.
//!
//! In: what the reader of events or the loader found. Out: the finding. The span of an event is its line, in whatever source the
//! caller made of it; that of an event log, which has no text, is empty.

use super::{Code, Diagnostic};
use crate::source::Span;

/// `reason`: what the JSON parser says, or what stands there instead.
pub fn not_an_object(line: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::EventNotAnObject, "this line is no event", line, reason)
        .help("events are JSON objects: one a line, one after the other, or in a list")
}

/// `at`: where a document that is no line stops being one. `passed`: the lines that are not read because of it.
pub fn broken_document(at: Span, reason: &str, passed: Option<(u64, u64)>) -> Diagnostic {
    let found = Diagnostic::new(Code::EventNotAnObject, "this is no event", at, reason);
    match passed {
        Some((first, last)) if first < last => found.help(format!("lines {first} to {last} are passed over; the others are read")),
        Some(_) | None => found.help("events are JSON objects: one a line, one after the other, or in a list"),
    }
}

/// `record`: its number, where that could be read. `chunk`: the part of the log, counted from 1.
pub fn damaged_record(log: Span, record: Option<u64>, chunk: u64, reason: &str) -> Diagnostic {
    let what = match record {
        Some(record) => format!("record {record} of the event log is damaged"),
        None => format!("a record in chunk {chunk} of the event log is damaged"),
    };
    Diagnostic::new(Code::EventLogDamaged, what, log, reason).help("the other records are read")
}

/// `chunk`: counted from 1.
pub fn damaged_chunk(log: Span, chunk: u64, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::EventLogDamaged, format!("chunk {chunk} of the event log is damaged"), log, reason)
        .help("what can be read of it is read, and so are the other chunks")
}

/// By what events are known.
const NAMED: &str =
    "an event log has `EventID` and `Channel`, a table row `ActionType`, a data model row `_datamodel` or fields like `Processes.user`";

/// `known`: the schemas that were tried, which is one where it was chosen.
pub fn unknown_shape(line: Span, known: &[String]) -> Diagnostic {
    if let [chosen] = known {
        let title = format!("this is no event of `{chosen}`");
        return Diagnostic::new(Code::UnknownEventShape, title, line, "nothing here says what kind of event it is")
            .help(NAMED)
            .help("without `--schema` the other schemas are tried too");
    }
    Diagnostic::new(Code::UnknownEventShape, "this event has no known shape", line, "nothing here says which product wrote it")
        .help(NAMED)
        .help(format!("say what it is with `--schema`: {}", known.join(", ")))
}

/// `readings`: the ways in which the event can be read.
pub fn ambiguous_shape(line: Span, readings: &[String]) -> Diagnostic {
    let readings = readings.iter().map(|reading| format!("`{reading}`")).collect::<Vec<_>>().join(" or ");
    Diagnostic::new(Code::AmbiguousEventShape, "this event can be read in more than one way", line, format!("as {readings}"))
        .help("a channel, the name of the table or the prefix of the fields (`Processes.user`) tells them apart")
        .help("or say what it is with `--schema`")
}

/// `at`: the word on the command line.
pub fn unknown_schema(at: Span, name: &str, known: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::UnknownEventSchema, format!("no schema is called `{name}`"), at, "unknown here")
        .help(format!("the schemas are {}", known.join(", ")))
}

pub fn regex_too_large(test: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::RegexTooLarge, "this regular expression is too large for the matcher", test, first_line(reason))
        .help("counted repetitions (`x{1000}`) multiply; the rule is left out")
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
