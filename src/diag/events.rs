//! Family 06, last part: events as they come, and rules that the matcher cannot load.
//!
//! In: what the reader of events or the loader found. Out: the finding. The span of an event is its line, in whatever source the
//! caller made of it; that of an event log, which has no text, is empty.

use super::{Code, Diagnostic};
use crate::source::{Sources, Span};

/// `reason`: what the JSON parser says, or what stands there instead.
pub fn not_an_object(line: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::EventNotAnObject, "this line is no event", line, reason)
        .help("events are JSON objects: one a line, one after the other, or in a list")
}

/// `reason`: what is wrong with its cells.
pub fn not_a_row(row: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::EventNotAnObject, "this row is no event", row, reason)
        .help("a row has a cell for each column; one that holds the delimiter, a quote or a line feed stands in quotes, and a quote in it is doubled")
}

pub fn columns_of_one_name(name: &str, count: usize) -> String {
    format!("{count} columns are called `{}`: of each row the last one that is not empty is read", super::render::plain(name))
}

pub fn unread(source: &str, reason: &str) -> String {
    format!("cannot read `{source}`: {reason}")
}

/// `count`: of the events without one. `sample`: the name and the text of what the first of them has for its time. `asked`: windows, sequences, or
/// `--since` ask for it.
pub fn without_time(count: usize, sample: Option<&(String, String)>, asked: bool) -> String {
    let events = if count == 1 { "1 event has".to_owned() } else { format!("{count} events have") };
    let such = if count == 1 { "" } else { ", in the first of them" };
    let (plain, short) = (super::render::plain, |text: &str| text.chars().take(80).collect::<String>());
    let sample = match sample {
        Some((name, text)) => format!("`{}` is `{}`{such}", plain(name), plain(&short(text))),
        None => "no field is one".to_owned(),
    };
    let lost = if asked { ": windows, sequences, `--since` and `--until` leave such events out" } else { "" };
    format!("{events} no time that can be read ({sample}){lost}")
}

/// Of a rule with an error, in one line.
pub fn unasked(finding: &Diagnostic, sources: &Sources) -> String {
    let (span, place) = (finding.span(), sources.place(finding.span()));
    format!("{}:{}: {}: the rule is not asked", sources.name(span.file), place.line, finding.title)
}

/// `passed`: files of a folder that are not read; `endings`: those of files that are.
pub fn passed_files(passed: &[String], endings: &[&str]) -> String {
    let files = if passed.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", passed.len()) };
    format!("{files} not read, for files of events end in {}: {}; name them to read them", endings.join(", "), first(passed))
}

/// The first of them, and how many there are more.
fn first<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", super::render::plain(name.as_ref()))).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

pub fn errors_of_others(count: usize) -> String {
    let errors = if count == 1 { "1 error".to_owned() } else { format!("{count} errors") };
    format!("{errors} of rules that were not chosen: `spoor check` shows them")
}

pub fn several_rules(name: &str, rules: &[&str]) -> String {
    format!("`{name}` is {} rules, and one can be explained at a time: {}", rules.len(), first(rules))
}

/// `done`: what becomes of them.
pub fn rules_without_level(rules: &[String], done: &str) -> String {
    let have = if rules.len() == 1 { "1 rule has".to_owned() } else { format!("{} rules have", rules.len()) };
    format!("{have} no level that Spoor knows: {}: {done}", first(rules))
}

/// `is_wrong`: such a rule has an error. `is_part`: there is such a document, and it is asked in correlations alone.
pub fn no_rule(name: &str, level: Option<&str>, near: Option<&str>, is_wrong: bool, is_part: bool) -> String {
    if is_wrong {
        return format!("`{name}` has an error, and is not asked");
    }
    if is_part {
        return format!("`{name}` is no rule by itself: it is asked only as a part of correlations, which do not say `generate: true`");
    }
    let of = level.map_or_else(String::new, |level| format!(" of level {level} or above"));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("no rule{of} has `{name}` for its name, title, id, file or technique{near}")
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
const NAMED: &str = "an event log has `EventID` and `Channel`, a table row its time (`Timestamp`, `TimeGenerated`) and `ActionType`, or its table (`Type`); \
     a data model row `_datamodel` or fields like `Processes.user`";

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
    let schemas: Vec<String> = readings.iter().map(|reading| format!("`--schema {}`", reading.replacen(' ', ".", 1))).collect();
    let readings = readings.iter().map(|reading| format!("`{reading}`")).collect::<Vec<_>>().join(" or ");
    Diagnostic::new(Code::AmbiguousEventShape, "this event can be read in more than one way", line, format!("as {readings}"))
        .help("a channel, a `sourcetype`, the name of the table (`Type`), `_datamodel` or the prefix of the fields (`Processes.user`) tells them apart")
        .help(format!("or say what all of them are: {}", schemas.join(" or ")))
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
