//! Texts that no value of a field is, by the form that all of them have in a table.
//!
//! In: a predicate over fields, and a container. Out: the same without the texts that are of another form than the values, and a departure
//! for each test that lost one. Law: on the rows of the container the two say the same.

use std::borrow::Cow;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::diag::targets::{self, At};
use crate::hir::{LikePart, LikePattern, Op, Pred, Regex, Test, TextOp};
use crate::schema::{FieldId, FormKind};
use crate::source::Span;

use super::{Departure, Place};

/// Tests of texts that no value of their field is there, and why.
pub(in crate::backend) fn unlike<'p>(pred: &Pred, place: &Place<'p>) -> Vec<(Span, &'p str)> {
    let mut found = Vec::new();
    pred.tests(&mut |test| {
        let form = place.container.field(test.field).and_then(|bound| bound.form.as_ref());
        if let Some(form) = form.filter(|form| without(&test.op, &form.kind).is_some()) {
            found.push((test.span, form.reason.as_ref()));
        }
    });
    found
}

pub(super) fn kept<'a>(pred: &'a Pred, place: &Place) -> (Cow<'a, Pred>, Vec<Departure>) {
    let has_form = place.container.fields.iter().any(|bound| bound.form.is_some());
    let mut departures = Vec::new();
    let pred = if has_form { Cow::Owned(walk(pred, place, false, &mut departures)) } else { Cow::Borrowed(pred) };
    (pred, departures)
}

fn walk(pred: &Pred, place: &Place, negated: bool, departures: &mut Vec<Departure>) -> Pred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(|part| walk(part, place, negated, departures)).collect::<Vec<_>>()),
        Pred::Any(parts) => Pred::any(parts.iter().map(|part| walk(part, place, negated, departures)).collect::<Vec<_>>()),
        Pred::Not(inner) => walk(inner, place, !negated, departures).not(),
        Pred::Test(test) => {
            let Some(form) = place.container.field(test.field).and_then(|bound| bound.form.as_ref()) else { return pred.clone() };
            let Some(left) = without(&test.op, &form.kind) else { return pred.clone() };
            let at = At { span: test.span, target: place.target.name() };
            let reason = if negated { targets::binding_widens(at, &form.reason) } else { targets::binding_narrows(at, &form.reason) };
            departures.push(Departure { more: negated, reason });
            left.map_or(Pred::FALSE, |op| Pred::Test(Test { op, ..test.clone() }))
        }
    }
}

/// The operator without the texts of another form; `Some(None)`: none is left; None: all are of the form.
fn without(op: &Op<FieldId>, form: &FormKind) -> Option<Option<Op<FieldId>>> {
    match op {
        Op::Text { op: kind, any, case } => {
            let left = retained(any, |text| fits(form, *kind, text))?;
            Some((!left.is_empty()).then_some(Op::Text { op: *kind, any: left, case: *case }))
        }
        Op::Like { any, case } => {
            let left = retained(any, |pattern| pattern_fits(form, pattern))?;
            Some((!left.is_empty()).then_some(Op::Like { any: left, case: *case }))
        }
        Op::Matches { any, case } => {
            let left = retained(any, |regex| regex_fits(form, regex))?;
            Some((!left.is_empty()).then_some(Op::Matches { any: left, case: *case }))
        }
        Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. } => None,
    }
}

/// Those that fit; None: all do.
fn retained<T: Clone>(any: &[T], fits: impl Fn(&T) -> bool) -> Option<Vec<T>> {
    let left: Vec<T> = any.iter().filter(|one| fits(one)).cloned().collect();
    (left.len() < any.len()).then_some(left)
}

fn fits(form: &FormKind, kind: TextOp, text: &str) -> bool {
    match form {
        FormKind::OneWord => !text.contains(char::is_whitespace),
        FormKind::Begins(begin) => match kind {
            TextOp::Equals => begins(text, begin),
            TextOp::StartsWith => begins(text, begin) || begins(begin, text),
            TextOp::Contains | TextOp::EndsWith | TextOp::Has | TextOp::Under => true,
        },
    }
}

fn pattern_fits(form: &FormKind, pattern: &LikePattern) -> bool {
    match form {
        FormKind::OneWord => !pattern.0.iter().any(|part| match part {
            LikePart::Literal(text) => text.contains(char::is_whitespace),
            LikePart::One | LikePart::Any => false,
        }),
        FormKind::Begins(begin) => match pattern.0.as_slice() {
            [LikePart::Literal(text), ..] => begins(text, begin) || begins(begin, text),
            [] | [LikePart::One | LikePart::Any, ..] => true,
        },
    }
}

fn regex_fits(form: &FormKind, regex: &Regex) -> bool {
    match form {
        FormKind::OneWord => regex_syntax::parse(&regex.rust).map_or(true, |hir| !needs_a_blank(&hir)),
        FormKind::Begins(_) => true,
    }
}

/// Every text that the pattern finds has a blank.
fn needs_a_blank(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|text| text.contains(char::is_whitespace)),
        HirKind::Class(Class::Unicode(class)) => {
            let mut ranges = class.iter().peekable();
            ranges.peek().is_some() && ranges.all(|range| (range.start()..=range.end()).all(char::is_whitespace))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut ranges = class.iter().peekable();
            ranges.peek().is_some() && ranges.all(|range| (range.start()..=range.end()).all(|byte| byte.is_ascii_whitespace()))
        }
        HirKind::Repetition(repetition) => repetition.min > 0 && needs_a_blank(&repetition.sub),
        HirKind::Capture(capture) => needs_a_blank(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(needs_a_blank),
        HirKind::Alternation(parts) => parts.iter().all(needs_a_blank),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

/// Letter case aside.
fn begins(text: &str, begin: &str) -> bool {
    text.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin))
}
