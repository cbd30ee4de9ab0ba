//! What a binding says of itself: losses of fields, events that are never held, actions that carry a field.
//!
//! In: the cases of a branch over one container. Out: the reasons that follow. Law: a promise counts against a rule only where the rule
//! can see it: a test on the field, an event that it could match.

use crate::diag::targets::{self, At};
use crate::hir::{LikePart, Op, Pred, Scalar, Test, TextOp};
use crate::schema::{Actions, Blind, Class, Exclusion, FieldId, Seen};

use super::super::bind::Place;
use super::Reasons;

/// A field that the container holds only nearly: under a `not`, more is less. One that it does not hold at all is missing in all of its rows.
pub(super) fn field_losses(pred: &Pred, place: &Place, at: At, negated: bool, found: &mut Reasons) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| field_losses(part, place, at, negated, found)),
        Pred::Not(inner) => field_losses(inner, place, at, !negated, found),
        Pred::Test(test) => {
            let at = At { span: test.span, ..at };
            if negated && matches!(test.op, Op::Exists) && is_unrecorded(test.field, place) {
                found.widen(targets::missing_there(at, &place.container.table, &place.class().get(test.field).name));
            }
            let other = if let Op::Field { other, .. } = &test.op { Some(other.field) } else { None };
            std::iter::once(test.field).chain(other).filter(|field| sees(&test.op, *field, place)).for_each(|field| {
                loss(field, place, at, negated, found);
            });
        }
    }
}

/// An event of the container may have the field, and no row of it does.
fn is_unrecorded(field: FieldId, place: &Place) -> bool {
    let told = place.container.alternatives.iter().fold(Actions::NONE, |all, told| all.or(told.actions));
    place.container.field(field).is_none() && !place.class().get(field).only.and(told).is_empty()
}

/// What a container loses of the values of a field.
pub(super) fn loss(field: FieldId, place: &Place, at: At, negated: bool, found: &mut Reasons) {
    let Some(loss) = place.container.field(field).and_then(|bound| bound.loss.as_ref()) else { return };
    let (more, less) = if negated { (&loss.narrowed, &loss.widened) } else { (&loss.widened, &loss.narrowed) };
    if let Some(reason) = more {
        found.widen(targets::binding_widens(at, reason));
    }
    if let Some(reason) = less {
        found.narrow(targets::binding_narrows(at, reason));
    }
}

/// Whether the test looks at what the field loses.
fn sees(op: &Op<FieldId>, field: FieldId, place: &Place) -> bool {
    let Some(loss) = place.container.field(field).and_then(|bound| bound.loss.as_ref()) else { return false };
    match loss.seen {
        Seen::Always => true,
        Seen::End => sees_the_end(op),
        Seen::Blank => sees_a_blank(op),
    }
}

/// A value that has its last part once more behind it is told from the true one.
fn sees_the_end(op: &Op<FieldId>) -> bool {
    // A last part alone ends both.
    let is_deep = |literal: &String| literal.char_indices().any(|(at, c)| at > 0 && matches!(c, '\\' | '/'));
    match op {
        Op::Text { op: TextOp::StartsWith | TextOp::Contains | TextOp::Has | TextOp::Under, .. } | Op::Exists => false,
        Op::Text { op: TextOp::EndsWith, any, .. } => any.iter().any(is_deep),
        Op::Like { any, .. } => any.iter().any(|pattern| !matches!(pattern.0.last(), Some(LikePart::Any))),
        Op::Text { op: TextOp::Equals, .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Field { .. } => true,
    }
}

fn sees_a_blank(op: &Op<FieldId>) -> bool {
    let has_blank = |text: &str| text.contains(char::is_whitespace);
    match op {
        Op::Text { any, .. } => any.iter().any(|literal| has_blank(literal)),
        Op::Like { any, .. } => any.iter().any(|pattern| {
            pattern.0.iter().any(|part| match part {
                LikePart::Literal(text) => has_blank(text),
                LikePart::One | LikePart::Any => false,
            })
        }),
        // What a pattern needs is its own matter.
        Op::Matches { .. } | Op::Field { .. } => true,
        Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists => false,
    }
}

/// Why the source of the table cannot see what a test reads.
pub(super) fn read_blindly<'p>(pred: &Pred, place: &Place<'p>) -> Vec<&'p str> {
    let reads = |blind: &&Blind| {
        let mut reads = false;
        pred.tests(&mut |test| {
            let other = if let Op::Field { other, .. } = &test.op { Some(other.field) } else { None };
            reads |= std::iter::once(test.field).chain(other).any(|field| blind.fields.contains(&field));
        });
        reads
    };
    place.container.blind.iter().filter(reads).map(|blind| blind.reason.as_ref()).collect()
}

/// Events that the schema never holds, where the rule can match one.
pub(super) fn excluded(pred: &Pred, place: &Place, at: At, found: &mut Reasons) {
    let Some(excluded) = &place.binding.excludes else { return };
    if value(pred, excluded) != Some(false) {
        let tests = excluded.tests.iter().map(|(field, value)| {
            let name = &place.class().get(*field).name;
            if value.starts_with("is ") { format!("{name} {value}") } else { format!("{name} == {value}") }
        });
        let except = tests.collect::<Vec<_>>().join(" and ");
        found.narrow(targets::never_held(at, &excluded.reason, &except));
    }
}

/// What the predicate is for an excluded event; None: either.
fn value(pred: &Pred, excluded: &Exclusion) -> Option<bool> {
    let parts = |parts: &[Pred]| parts.iter().map(|part| value(part, excluded)).collect::<Vec<_>>();
    match pred {
        Pred::All(all) => {
            let all = parts(all);
            if all.contains(&Some(false)) { Some(false) } else { all.iter().all(|part| *part == Some(true)).then_some(true) }
        }
        Pred::Any(any) => {
            let any = parts(any);
            if any.contains(&Some(true)) { Some(true) } else { any.iter().all(|part| *part == Some(false)).then_some(false) }
        }
        Pred::Not(inner) => value(inner, excluded).map(|value| !value),
        Pred::Test(test) => {
            let (_, word) = excluded.tests.iter().find(|(field, _)| *field == test.field)?;
            if word.starts_with("is ") { of_machine_account(test) } else { of_word(test, word) }
        }
    }
}

fn of_word(test: &Test, word: &str) -> Option<bool> {
    match &test.op {
        Op::OneOf(values) => Some(values.iter().any(|value| matches!(value, Scalar::Enum(known) if known == word))),
        Op::Exists => Some(true),
        Op::Text { .. } | Op::Like { .. } | Op::Matches { .. } | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Field { .. } => None,
    }
}

/// The name ends in `$`.
fn of_machine_account(test: &Test) -> Option<bool> {
    match &test.op {
        Op::Is(_) | Op::Exists => Some(true),
        Op::Text { op: TextOp::EndsWith, any, .. } if any.iter().any(|end| end == "$") => Some(true),
        Op::Text { op: TextOp::EndsWith | TextOp::Equals, any, .. } if any.iter().all(|text| !text.ends_with('$')) => Some(false),
        Op::Text { .. } | Op::Like { .. } | Op::Matches { .. } | Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Field { .. } => None,
    }
}

/// The actions of the events that can pass: a test that holds proves that the field has a value.
pub(super) fn carriers(pred: &Pred, class: &Class) -> Actions {
    let of = |field: FieldId| class.get(field).only;
    match pred {
        Pred::All(parts) => parts.iter().fold(Actions::ALL, |all, part| all.and(carriers(part, class))),
        Pred::Any(parts) => parts.iter().fold(Actions::NONE, |any, part| any.or(carriers(part, class))),
        Pred::Not(_) => Actions::ALL,
        Pred::Test(test) => match &test.op {
            Op::Field { other, .. } => of(test.field).and(of(other.field)),
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists => of(test.field),
        },
    }
}
