//! Family 04, Splunk: what SPL cannot compute, and what a search of several datasets may lose.

use super::{Code, Diagnostic};
use crate::source::Span;

/// A field of several values (or one that the binding leaves to a table) beside another field.
pub fn not_computed(field: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::SplNotComputed, format!("Splunk cannot compute `{field}` here"), span, "holds several values in one event there")
        .help("Splunk's pages do not say what a comparison of several values gives; compare the field with a literal")
}
