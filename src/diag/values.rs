//! Family 03: tests and values that do not fit their field.

mod literals;
mod operators;
mod patterns;
mod structure;

pub use literals::*;
pub use operators::*;
pub use patterns::*;
pub use structure::*;

use super::{Code, Diagnostic};
use crate::source::Span;

/// A literal of a `let`: the place that uses it decides the type.
pub fn held_by_let(found: Diagnostic, used: Span) -> Diagnostic {
    found.label(used, "used here")
}

/// `test`: the whole test, and what it asks for.
pub fn empty_text(at: Span, field: &str, test: Option<(Span, String)>) -> Diagnostic {
    let found = Diagnostic::new(Code::EmptyText, "an empty text", at, format!("nothing to compare `{field}` with"))
        .help("empty text is missing text: `exists` and `not exists` ask for it")
        .sigma_title("an empty text")
        .sigma("empty text is missing text: `null` asks for it, `'*'` for any other");
    match test {
        Some((test, meant)) => found.fix(test, meant),
        None => found,
    }
}

pub fn mixed_list(at: Span, kind: &str, first: Span, first_kind: &str) -> Diagnostic {
    Diagnostic::new(Code::MixedList, "a list of two kinds", at, kind)
        .label(first, first_kind)
        .help("a field is of one type, so one of them can never be equal to it")
}

/// `== LIST`
pub fn list_after_equals(at: Span, op: &str, op_at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::SetByName, format!("`{op}` takes one value"), at, "several values")
        .help(format!("write `{instead}`"))
        .fix(op_at, instead)
}

/// `in VALUE`
pub fn value_after_in(at: Span, op_at: Span, negated: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SetByName, "`in` takes a set", at, "one value");
    if negated { found.help("write `!=`") } else { found.help("write `==`").fix(op_at, "==") }
}

pub fn list_in_order(at: Span, op: &str) -> Diagnostic {
    Diagnostic::new(Code::SetByName, format!("`{op}` takes one value"), at, "several values").help("write a test for each bound")
}

/// `in FIELD`
pub fn field_as_set(at: Span, op_at: Span, field: &str, negated: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SetByName, "`in` takes a set", at, format!("`{field}` is a field"));
    if negated { found.help("write `!=`") } else { found.help("write `==`").fix(op_at, "==") }
}

/// `== 10.0.0.0/8`
pub fn network_as_value(at: Span, op_at: Span, instead: &str, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SetByName, "a network is no address", at, "a set of addresses")
        .help(format!("write `{instead}`: a network is a set of addresses"));
    if fix { found.fix(op_at, instead) } else { found }
}

pub fn field_in_list(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldMisplaced, format!("field `{field}` stands where a value belongs"), at, "lists and `let`s hold values")
        .help("write a test for each field and join them with `or`")
}

pub fn field_as_pattern(at: Span, field: &str, op: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldMisplaced, format!("`{op}` takes no field"), at, format!("the value of `{field}` is plain text"))
        .help("`==`, `contains`, `starts_with`, `ends_with` and `has` take a field")
}

pub fn fields_of_two_types(at: Span, right: &str, right_ty: &str, place: Span, left: &str, left_ty: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldsOfTwoTypes, format!("`{left}` and `{right}` do not compare"), at, format!("of type {right_ty}"))
        .label(place, format!("of type {left_ty}"))
        .help("texts of all kinds compare with each other, and numbers with numbers; every other type with its own")
}
