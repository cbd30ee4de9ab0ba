//! Literals as values of the type that they are compared with.
//!
//! In: a literal, the field on its left, the operator. Out: [`Typed`], in the type's normal form. What is no value of the type is told
//! by [`super::faults`], what is one and yet looks odd by [`super::oddities`].

use crate::diag::{names, values};
use crate::hir::{Network, Scalar};
use crate::schema::{Type, nearest};
use crate::source::Span;
use crate::syntax::ast::{Num, Op};
use crate::syntax::spelled::{address, number};

use super::forms::{normal_text, refanged, scalar};
use super::operands::{Literal, LiteralValue, Literals};
use super::operators::is_kept_as_text;
use super::words::{Field, Key};
use super::{Checker, Cx};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed {
    Text(String),
    Scalar(Scalar),
    Network(Network),
}

/// The test that a literal stands in.
pub(super) struct Asked<'f, 'a> {
    pub field: &'f Field<'a>,
    pub op: Op,
    pub op_at: Span,
    /// Of the whole test, if it is one field, one operator and one literal, so that it can be written anew.
    pub whole: Option<Span>,
    /// Of the field, if it is the only one.
    pub subject: Option<Span>,
    /// Every literal of the test; none, if one of them is no text that stands in the test itself.
    pub texts: Vec<String>,
}

impl<'a> Checker<'a> {
    /// The literal of a test.
    pub(super) fn typed(&mut self, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<Typed> {
        let typed = self.plain(literal, asked, cx)?;
        if let Typed::Text(text) = &typed {
            self.native_value(text, literal, asked, cx)?;
        }
        self.lint_literal(&typed, literal, asked, cx);
        Some(typed)
    }

    /// The literal as such, whatever one may ask of it.
    pub(super) fn plain(&mut self, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<Typed> {
        let ty = asked.field.ty;
        match &literal.value {
            LiteralValue::Text(text) if is_kept_as_text(ty) => self.typed_text(text, literal, asked, cx).map(Typed::Text),
            LiteralValue::Word(word) => self.typed_word(word, literal, asked, cx),
            _ => match scalar(ty, &literal.value, asked.op) {
                Ok(Typed::Scalar(scalar)) => match self.missed(&scalar, asked.field) {
                    Some((number, range)) => {
                        self.misfit(values::outside_calendar(literal.span, &number, &asked.field.name, range), literal, cx);
                        None
                    }
                    None => Some(Typed::Scalar(scalar)),
                },
                Ok(typed) => Some(typed),
                Err(fault) => {
                    let report = self.scalar_fault(fault, literal, asked);
                    self.misfit(report, literal, cx);
                    None
                }
            },
        }
    }

    /// A number that a part of a time never is, with the least and the greatest one.
    fn missed(&self, scalar: &Scalar, field: &Field<'a>) -> Option<(String, (i64, i64))> {
        let Key::Field(id) = field.key else { return None };
        let (_, part) = self.packs.class(field.class).get(id).part?;
        let (least, greatest) = part.range();
        let (number, is_one) = match scalar {
            Scalar::Int(number) => (number.to_string(), (least..=greatest).contains(number)),
            Scalar::Real(number) => (number.to_string(), (least as f64..=greatest as f64).contains(number)),
            Scalar::Text(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => return None,
        };
        (!is_one).then_some((number, (least, greatest)))
    }

    /// Reports a literal; if it stands in a `let`, names the place that uses it.
    pub(super) fn misfit(&mut self, diagnostic: crate::diag::Diagnostic, literal: &Literal<'a>, cx: Cx<'_, 'a>) {
        let diagnostic = match literal.used {
            Some(used) => values::held_by_let(diagnostic, used),
            None => diagnostic,
        };
        self.report_in(cx, diagnostic);
    }

    fn typed_text(&mut self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<String> {
        if text.is_empty() {
            let asks = if asked.op == Op::Equal { " not exists" } else { " exists" };
            let whole = asked.whole.filter(|_| literal.used.is_none() && matches!(asked.op, Op::Equal | Op::NotEqual));
            let test = whole.map(|whole| (whole, format!("{}{asks}", asked.field.name)));
            self.misfit(values::empty_text(literal.span, &asked.field.name, test), literal, cx);
            return None;
        }
        match normal_text(asked.field.ty, text, asked.op) {
            Ok(normal) => Some(normal),
            Err(fault) => {
                let report = self.text_fault(fault, text, literal, asked);
                self.misfit(report, literal, cx);
                None
            }
        }
    }

    fn typed_word(&mut self, word: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<Typed> {
        if asked.field.values.contains(&word) {
            return Some(Typed::Scalar(Scalar::Enum(word.to_owned())));
        }
        let report = if asked.field.values.is_empty() {
            names::unknown_name(literal.span, word, None, place_of(asked.field.ty))
        } else {
            self.unknown_value(literal.span, word, asked.field)
        };
        self.misfit(report, literal, cx);
        None
    }

    /// A word, or a text, that is no value of an enumeration.
    pub(super) fn unknown_value(&self, at: Span, word: &str, field: &Field<'a>) -> crate::diag::Diagnostic {
        let other_case = field.values.iter().any(|value| value.eq_ignore_ascii_case(word));
        if let Some((value, sure)) = self.neutral_value(word, field).filter(|_| !other_case) {
            return values::native_value(at, word, &field.name, value, sure);
        }
        names::unknown_value(at, word, &field.name, &field.values, nearest(word, field.values.iter().copied()))
    }

    /// The literals of a typed `let`, or of a list file: each in the normal form of that type. Faults are reported where they stand.
    pub(super) fn of_type(&mut self, literals: Literals<'a>, ty: Type) -> Literals<'a> {
        let items = literals.items.into_iter().map(|literal| Literal { value: converted(ty, &literal.value), ..literal }).collect();
        Literals { items, list: literals.list }
    }
}

/// What stands on the right of a field of the type.
pub(super) fn place_of(ty: Type) -> names::Place {
    if is_kept_as_text(ty) { names::Place::Text } else { names::Place::Value(ty) }
}

/// A text of a typed `let` as a literal of that type: an address, a number, a text without its fangs. What is none stays as it is, and is
/// found where the `let` is checked.
fn converted<'a>(ty: Type, value: &LiteralValue<'a>) -> LiteralValue<'a> {
    let LiteralValue::Text(text) = value else { return value.clone() };
    let read = match ty {
        Type::Ip => address(&refanged(text)).map(|(ip, prefix)| LiteralValue::Address(ip, prefix)),
        Type::Int | Type::Port => number(text).map(|number| LiteralValue::Number(Num::Int(number), None)),
        Type::Real => {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| LiteralValue::Number(Num::Real(number), None))
        }
        Type::Bool => text.to_ascii_lowercase().parse().ok().map(LiteralValue::Bool),
        Type::Data | Type::Time | Type::Duration | Type::Enum => None,
        ty => normal_text(ty, text, Op::In).ok().map(LiteralValue::Text),
    };
    read.unwrap_or_else(|| value.clone())
}

/// Whether a literal of a typed `let` is one of its type.
pub(super) fn fits_type(ty: Type, value: &LiteralValue<'_>) -> bool {
    match (ty, value) {
        (_, LiteralValue::Regex(_) | LiteralValue::Word(_)) => false,
        (Type::Data, LiteralValue::Text(text)) => !text.is_empty(),
        (ty, LiteralValue::Text(text)) if is_kept_as_text(ty) => !text.is_empty() && normal_text(ty, text, Op::In).is_ok(),
        (ty, value) => scalar(ty, value, Op::In).is_ok(),
    }
}
