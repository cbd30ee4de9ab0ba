//! Family 04, 0450 to 0469: what SPL cannot say, and what a search over several datasets may lose.

use super::targets::At;
use super::{Code, Diagnostic};
use crate::source::Span;

/// A value that no expression of eval computes exactly.
pub fn no_form(field: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::SplNotComputed, format!("SPL has no form for a test of `{field}`"), span, "refused here")
        .help("The field stands in a column of several values, or is read through a table of values: neither can be compared with another field.")
        .help("Leave the test out for this target, or name the target's own columns with `on splunk where ..`.")
}

/// A negated test on a column of several values, behind tstats' `by`.
pub fn values_split(field: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SplValuesSplit,
        format!("`{field}` has one value a row behind `tstats`"),
        span,
        "its other values are not seen by this `not`",
    )
    .help("tstats cannot say what stands beside this test, so both are said behind it, where an event with several values is several rows.")
    .help("Write the test as an `and` of its own, so that tstats can say it.")
}

/// What tstats takes for granted of a linked pattern.
pub const ALIKE_IN_ONE_SECOND: &str =
    "Of hits of a step that stand in one second and are alike in all columns that the search reads, the first and the last are enough.";

/// What the search over data models takes for granted of a step that counts.
pub const COUNTED_IN_ONE_SECOND: &str =
    "Of hits that are counted, those that stand in one second and are alike count at the time of the last of them, all but the first.";

/// What both searches take for granted of a linked pattern.
pub const WITHIN_MEMORY: &str =
    "The hits fit into what `limits.conf` gives to `streamstats`, `eventstats` and `mvexpand` (`max_stream_window`, `max_mem_usage_mb`).";

/// What is counted behind tstats' `by` on a column of several values.
pub fn counted_by_value(column: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SplCountedByValue,
        format!("an event with several values of `{column}` may count more than once"),
        span,
        "counted here",
    )
    .help("tstats makes a row of each value. As a key, values that differ in case alone are one, and count twice; in a condition, each that passes counts.")
    .help("`distinct(..)`, `min(..)`, `max(..)` and `values(..)` do not mind.")
}

/// The same of a step that counts its events.
pub fn step_counted_by_value(column: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SplCountedByValue,
        format!("an event with several values of `{column}` may count more than once"),
        span,
        "counted here",
    )
    .help(
        "tstats makes a row of each value that a later command reads, and each row counts: leave it out of `show`, and of what is compared",
    )
}

/// A count of a step's events that no window holds.
pub fn beyond_window(at: At, count: u64, most: u64) -> Diagnostic {
    let said = Diagnostic::new(Code::SplWindow, format!("{count} events are more than `{}` counts", at.target), at.span, "counted here");
    said.help(format!("`streamstats` keeps {most} rows at most, unless a site's `max_stream_window` in limits.conf says otherwise"))
}

/// Two tests on a column of several values, behind tstats' `by`.
pub fn values_apart(field: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SplValuesSplit,
        format!("`{field}` has one value a row behind `tstats`, and an event is missed of which two values pass one test each"),
        span,
        "another test asks for this field too",
    )
    .help("tstats cannot say these tests, so they are said behind it, where an event with several values is several rows.")
    .help("A test that tstats can say (`==`, `contains`, `starts_with`, `ends_with`) sees all values of an event.")
}

/// A union over several datasets.
pub fn append_limits(dataset: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SplAppendLimits,
        format!("`{dataset}` is appended to the first search"),
        span,
        "Splunk limits the rows and the time of an appended search",
    )
    .help("By default it returns 50,000 rows at most (10,000 on some versions) and runs 60 seconds at most: `limits.conf`, `[subsearch]`.")
}

/// `summaries: true`. Search Reference, `tstats`, "summariesonly".
pub fn summaries_only(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SplSummariesOnly,
        "`splunk` misses events that are not summarised, or not yet",
        span,
        "searched by `summariesonly=true`",
    )
    .help("Summaries lag behind by some minutes, reach back only so far as the data model says, and are empty for a model that is not accelerated.")
    .help("`summaries: false` searches the other events too.")
}

/// `summaries: macro`, without further macros.
pub const SUMMARIES_MACRO: &str = "the macro `summariesonly` of Splunk_SA_CIM says `summariesonly=false`, as shipped: with `true` events that are not summarised are missed";

/// Splunk's macro for the settings of tstats.
pub const SECURITY_CONTENT_MACRO: &str = "the macro `security_content_summariesonly` says `summariesonly=false` and `fillnull_value=null`, as \
     shipped: with `true` events that are not summarised are missed, and with another filling a column without a value reads as a text";

/// The macro that ends a search in the style of Splunk's content.
pub fn filter_macro(name: &str) -> String {
    format!("the macro `{name}` is defined: `search *`, or what the site leaves out")
}

/// `fill`: what tstats writes where the field has no value. `negated`: the test stands under a `not`.
pub fn filled(field: &str, fill: &str, negated: bool, span: Span) -> Diagnostic {
    let effect = if negated { "also returns events with this text" } else { "misses events with this text" };
    Diagnostic::new(
        Code::SplFilledGap,
        format!("`tstats` writes `{fill}` where `{field}` has no value, and the query {effect}"),
        span,
        format!("asked behind `tstats`, where `{fill}` and no value are one"),
    )
}
