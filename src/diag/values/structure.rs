//! Quorums, steps, groups, columns, metadata and test events: numbers and shapes that do not fit.

use crate::diag::{Code, Diagnostic, Edit, Fix};
use crate::source::Span;

pub fn quorum_count(at: Span, count: u64, parts: usize) -> Diagnostic {
    let label = if count == 0 { "always true".to_owned() } else { format!("of {parts}: never true") };
    Diagnostic::new(Code::QuorumCount, format!("{count} of {parts} tests"), at, label).help(format!("ask for 1 to {parts}"))
}

pub fn quorum_too_large(at: Span, combinations: u64, most: u64) -> Diagnostic {
    Diagnostic::new(
        Code::QuorumTooLarge,
        "a quorum of too many combinations",
        at,
        format!("{combinations} of them, and {most} are the limit"),
    )
    .help("join tests that stand for the same thing with `or`, and count fewer")
    .sigma("put selections that stand for the same thing into one, and count fewer")
}

pub fn rule_too_large(at: Span, most: usize) -> Diagnostic {
    Diagnostic::new(
        Code::RuleTooLarge,
        "the rule grows too large",
        at,
        format!("more than {most} tests with all that it names spelled out"),
    )
    .help("a list of values is one test; a condition that is used often is spelled out at each use")
    .sigma("a list of values is one test; a selection that the condition names often is spelled out at each place")
}

pub fn step_count(at: Span, count: u64, steps: usize) -> Diagnostic {
    Diagnostic::new(Code::StepCount, format!("{count} of {steps} steps"), at, format!("the block has {steps}"))
        .help(format!("ask for 1 to {steps}"))
}

/// Of a step of a linked pattern.
pub fn counts_nothing(at: Span) -> Diagnostic {
    Diagnostic::new(Code::CountsNothing, "a step of no event", at, "at least one is needed")
        .help("write how many events of the step are needed; a step that is not needed is `optional`")
}

/// `one`, `other`: classes, and the type that the key has in each.
pub fn key_of_two_types(at: Span, key: &str, one: (&str, &str), other: (&str, &str)) -> Diagnostic {
    let label = format!("of type {} in `{}`, of type {} in `{}`", one.1, one.0, other.1, other.0);
    Diagnostic::new(Code::FieldsOfTwoTypes, format!("`{key}` is no key of both classes"), at, label)
        .help("a value of the one is never equal to a value of the other: choose a key that means the same in each")
        .sigma("a value of the one is never equal to a value of the other: group by a field that means the same in each")
}

pub fn only_optional(at: Span) -> Diagnostic {
    Diagnostic::new(Code::OnlyOptional, "every step is optional", at, "nothing decides")
        .help("an optional step enriches a match; one at least must make it")
}

pub fn grouped_sequence(at: Span) -> Diagnostic {
    Diagnostic::new(Code::GroupedSequence, "linked patterns are not grouped", at, "held for a later version")
        .help("count single events with `having`, or link them, not both")
}

pub fn aggregate_without_field(at: Span, function: &str) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, format!("`{function}` of nothing"), at, "it wants a field")
        .help(format!("as in `{function}(host)`"))
}

pub fn count_of_field(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, "`count` takes no field", at, "it counts events")
        .help(format!("`count(where {field} exists)` counts those with a value, `distinct({field})` the values"))
}

pub fn aggregate_misfit(at: Span, function: &str, field: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, format!("no `{function}` of `{field}`"), at, format!("of type {ty}"))
        .help("numbers have it, and for `min` and `max` times")
        .sigma_title(format!("no `{function}` of this field"))
        .sigma("name a field that holds numbers")
}

pub fn no_percent(at: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, format!("`{written}` is no part of a hundred"), at, "beyond 0 and 100, or of too many digits")
        .help("a percentile is a number from 0 to 100, with four digits behind the point at most")
        .sigma("write a number from 0 to 100")
}

/// `field`: what stands in the parentheses.
pub fn percentile_without_number(at: Span, field: Option<&str>) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, "a percentile without its number", at, "which one is not said")
        .help(format!("as in `percentile({}, 95)`; `median(..)` is the one of 50", field.unwrap_or("size")))
}

pub fn number_in_aggregate(at: Span, function: &str) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, format!("`{function}` takes no number"), at, "means nothing here")
        .help("`percentile(..)` takes one; a number to compare with stands behind the parentheses")
}

pub fn values_compared(at: Span) -> Diagnostic {
    Diagnostic::new(Code::AggregateMisfit, "`values` is shown, not compared", at, "a list of values").help("`distinct(..)` counts them")
}

pub fn aggregate_without_group(at: Span) -> Diagnostic {
    Diagnostic::new(Code::AggregateWithoutGroup, "an aggregate of single events", at, "nothing is grouped")
        .help("`by`, `per` or `having` after `detect` makes groups")
}

pub fn plain_column_of_group(at: Span, field: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::PlainColumnOfGroup, format!("`{field}` has many values in a group"), at, "no key of the group");
    if field == "time" {
        return found.help("show `min(time)` or `max(time)`").maybe_fix(at, "min(time)");
    }
    found.help(format!("show `values({field})`, or group `by {field}`")).fix(at, format!("values({field})"))
}

/// `fix`: what was meant, and whether that is sure.
pub fn wrong_meta(at: Span, key: &str, wanted: &str, fix: Option<(&str, bool)>) -> Diagnostic {
    let found =
        Diagnostic::new(Code::WrongMeta, format!("`{key}` does not take this value"), at, "not this").help(format!("it takes {wanted}"));
    match fix {
        Some((fix, certain)) => found.with_fix(Fix { certain, edits: vec![Edit { span: at, text: fix.to_owned() }] }),
        None => found,
    }
}

pub fn no_duration(at: Span) -> Diagnostic {
    Diagnostic::new(Code::NoDuration, "a span of no time", at, "nothing fits into it").help("write a longer one, as 5m")
}

/// `most`: `10000d`
pub fn too_long(at: Span, most: &str) -> Diagnostic {
    Diagnostic::new(Code::SpanTooLong, "a span of time that no product can state", at, "too long")
        .help(format!("{most} is the longest: further back no log reaches"))
        .maybe_fix(at, most)
}

pub fn entry_of_no_value(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::EntryMisfit, format!("`{field}` is no entry of an event"), at, "not here")
        .help("the word before the brace says it")
}

pub fn part_as_entry(at: Span, field: &str, time: &str) -> Diagnostic {
    Diagnostic::new(Code::EntryMisfit, format!("`{field}` is no entry of an event"), at, format!("a part of `{time}`"))
        .help(format!("write the whole time: `{time}: \"2026-01-31T22:15:00Z\"`"))
}

pub fn no_time(at: Span) -> Diagnostic {
    Diagnostic::new(Code::EntryMisfit, "no time", at, "not a time in UTC")
        .help("write `\"2026-01-31T22:15:00Z\"`; or say with `at` how long after the first instant of the test: `process at 2m { .. }`")
}

pub fn two_times(at: Span, offset: Span) -> Diagnostic {
    Diagnostic::new(Code::EntryMisfit, "an event at two times", at, "says when").label(offset, "says so too").help("keep one of them")
}

pub fn list_for_one_value(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::EntryMisfit, format!("`{field}` holds one value"), at, "several").help("write an event for each")
}

/// `last`: the last part of the path that stands at `of`; empty where the path ends in a slash.
pub fn name_not_of_path(at: Span, name: &str, last: &str, of: Span, path: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::NameNotOfPath, format!("no event has this `{name}` and this `{path}`"), at, "another name");
    if last.is_empty() {
        return found.label(of, "ends in a slash, so nothing has a name here").help(format!("leave `{name}` or the slash out"));
    }
    let found = found.label(of, format!("ends in `{last}`")).help(format!("`{name}` is the last part of `{path}`; left out, it is that"));
    if last.contains('"') { found } else { found.maybe_fix(at, format!("\"{last}\"")) }
}

pub fn too_many_events(at: Span, most: u64) -> Diagnostic {
    Diagnostic::new(Code::TooManyEvents, "too many events", at, format!("{most} are the limit"))
        .help("a test needs no more events than it takes to cross a threshold")
}
