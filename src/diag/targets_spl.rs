//! Family 04, 0450 to 0469: what SPL cannot say, and what a search over several datasets may lose.

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
