//! `a or (a and b)` is `a`.
//!
//! A part that another part of the same `and` or `or` decides is left out: in an `and` what another part implies, in an `or` what implies
//! another part. `(a and b)` implies `a`; a test on a field implies `f exists`, since a test on a missing value is false; a list implies
//! a longer one. Law: where it says yes, no event satisfies the one and not the other; it says no where it would have to look longer
//! than [`LONGEST`], so that lists of ten thousand values cost nothing.

use crate::hir::{Casing, Op, Pred, Test};
use crate::schema::FieldId;

use super::lists::alike;
use super::{Change, Rewriter, span};

/// Steps for all parts of one `and` or `or`; a pair of texts is one.
const LONGEST: usize = 100_000;

impl Rewriter<'_> {
    /// `all`: the parts of an `and`, else of an `or`.
    pub(super) fn without_spare(&mut self, parts: Vec<Pred>, all: bool) -> Vec<Pred> {
        let mut left = LONGEST;
        let mut spare: Vec<Option<usize>> = vec![None; parts.len()];
        for index in 0..parts.len() {
            let others = (0..parts.len()).filter(|other| *other != index && spare[*other].is_none());
            let mut decides = others.filter(|other| {
                let (strong, weak) = if all { (&parts[*other], &parts[index]) } else { (&parts[index], &parts[*other]) };
                implies(strong, weak, &mut left)
            });
            spare[index] = decides.next();
        }
        for (part, by) in parts.iter().zip(&spare) {
            if let (Some(by), Some(span)) = (by, span(part)) {
                self.note(span, part.clone(), Change::Spare(parts[*by].clone()));
            }
        }
        let mut kept = parts.clone();
        for (part, by) in parts.iter().zip(&spare) {
            if let Some(by) = by {
                take_in(&mut kept[*by], part);
            }
        }
        kept.into_iter().zip(spare).filter(|(_, by)| by.is_none()).map(|(part, _)| part).collect()
    }
}

/// What a part says that decides another one is said where the other says it too.
fn take_in(decides: &mut Pred, spare: &Pred) {
    spare.tests(&mut |one| {
        decides.tests_mut(&mut |own| {
            if alike(own, one) {
                own.also_at(one.places());
            }
        });
    });
}

fn implies(strong: &Pred, weak: &Pred, left: &mut usize) -> bool {
    let Some(less) = left.checked_sub(1) else { return false };
    *left = less;
    match (strong, weak) {
        (Pred::Test(strong), Pred::Test(weak)) => test_implies(strong, weak, left),
        (Pred::Not(strong), Pred::Not(weak)) => implies(weak, strong, left),
        (Pred::Any(parts), _) => parts.iter().all(|part| implies(part, weak, left)),
        (_, Pred::All(parts)) => parts.iter().all(|part| implies(strong, part, left)),
        (Pred::All(strongs), Pred::Any(weaks)) => {
            strongs.iter().any(|part| implies(part, weak, left)) || weaks.iter().any(|part| implies(strong, part, left))
        }
        (Pred::All(parts), Pred::Test(_) | Pred::Not(_)) => parts.iter().any(|part| implies(part, weak, left)),
        (Pred::Test(_) | Pred::Not(_), Pred::Any(parts)) => parts.iter().any(|part| implies(strong, part, left)),
        (Pred::Test(_), Pred::Not(_)) | (Pred::Not(_), Pred::Test(_)) => false,
    }
}

fn test_implies(strong: &Test, weak: &Test, left: &mut usize) -> bool {
    if weak.op == Op::Exists {
        return requires(strong, weak.field);
    }
    if !alike(strong, weak) {
        return false;
    }
    match (&strong.op, &weak.op) {
        (Op::Text { any, case, .. }, Op::Text { any: more, .. }) => {
            let same = |a: &String, b: &String| a == b || (*case == Casing::Ignore && a.eq_ignore_ascii_case(b));
            within(any, more, same, left)
        }
        (Op::Like { any, .. }, Op::Like { any: more, .. }) => within(any, more, |a, b| a == b, left),
        (Op::Matches { any, .. }, Op::Matches { any: more, .. }) => within(any, more, |a, b| a == b, left),
        (Op::OneOf(any), Op::OneOf(more)) => within(any, more, |a, b| a == b, left),
        (Op::Within(any), Op::Within(more)) => within(any, more, |a, b| a == b, left),
        (strong, weak) => strong == weak,
    }
}

/// Whether every item of the one list is in the other.
fn within<T>(any: &[T], more: &[T], same: impl Fn(&T, &T) -> bool, left: &mut usize) -> bool {
    let Some(less) = left.checked_sub(any.len().saturating_mul(more.len())) else { return false };
    *left = less;
    any.iter().all(|one| more.iter().any(|other| same(one, other)))
}

/// Whether the test is false of every event without the field.
fn requires(test: &Test, field: FieldId) -> bool {
    let of_event = |other: &crate::hir::Other| other.step.is_none() && other.field == field;
    test.field == field || matches!(&test.op, Op::Field { other, .. } if of_event(other))
}
