//! Family 01: what does not parse. One constructor a code, and the few variants of one fact that want other words.

use super::{Code, Diagnostic, Edit, Fix};
use crate::source::Span;

mod literals;
mod spelling;
mod structure;

pub use literals::*;
pub use spelling::*;
pub use structure::*;

/// Where something may be wrong with what stands here, `found` instead of `wanted`.
pub fn unexpected(at: Span, found: &str, wanted: &str) -> Diagnostic {
    let bare = found.strip_prefix("a ").or_else(|| found.strip_prefix("an ")).or_else(|| found.strip_prefix("the ")).unwrap_or(found);
    Diagnostic::new(Code::UnexpectedToken, format!("unexpected {bare}"), at, format!("expected {wanted}"))
}

fn remove(span: Span) -> Edit {
    Edit { span, text: String::new() }
}

fn certain(edits: Vec<Edit>) -> Fix {
    Fix { certain: true, edits }
}

fn unsure(edits: Vec<Edit>) -> Fix {
    Fix { certain: false, edits }
}

/// The empty place at the start of a span.
fn before(span: Span) -> Span {
    Span { end: span.start, ..span }
}

/// The empty place at the end of a span.
fn after(span: Span) -> Span {
    Span { start: span.end, ..span }
}
