//! Family 04, 0470 to 0489: what KQL cannot say.

use super::{Code, Diagnostic};
use crate::source::Span;

/// A value that no expression of KQL computes exactly.
pub fn no_form(field: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::NoKqlForm, format!("KQL has no form for a test of `{field}`"), span, "refused here")
        .help("The binding keeps the field in a column of several values, or in a table of values that two fields cannot be compared by.")
        .help("Leave the test out for this target, or name the target's own columns with `on defender where ..`.")
}
