//! Tests on two columns that make one text: `folder \ name`.
//!
//! In: `A sep B` (A alone where B has no value) and an operator. Out: a predicate over A and B: the literal stands in one of them, or
//! across the separator, cut at each place where the separator stands in it. Law: equal to the test on the joined text; what cannot be
//! cut (patterns, words, a separator that is no single caseless character) stays joined, for the printer to compute.

use crate::hir::{Casing, Op, Pred, TextOp};

use super::spelling::texts;
use super::{Binder, Native, NativeExpr, NativePred};

impl<F> Binder<'_, F> {
    pub(super) fn on_join(
        &mut self,
        native: &Native,
        separator: &str,
        before: &NativeExpr,
        after: &NativeExpr,
        op: &Op<Native>,
    ) -> NativePred {
        let (a, b) = (native.part(before), native.part(after));
        match op {
            Op::Text { op: TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith, any, case } if cuts(separator) => {
                let Op::Text { op: kind, .. } = op else { return Pred::FALSE };
                let parts: Vec<_> = any.iter().flat_map(|literal| self.across(&a, &b, separator, *kind, literal, *case)).collect();
                Pred::any(parts)
            }
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists
            | Op::Field { .. } => {
                let present = self.exists(&a);
                Pred::all([self.leaf(native, op.clone()), present])
            }
        }
    }

    /// The ways in which a literal can stand in the joined text.
    fn across(&mut self, a: &Native, b: &Native, separator: &str, kind: TextOp, literal: &str, case: Casing) -> Vec<NativePred> {
        let whole = texts(kind, vec![literal.to_owned()], case);
        let (has_a, has_b) = (self.exists(a), self.exists(b));
        let in_a = self.say(a, &whole);
        let mut ways = match kind {
            TextOp::Equals => vec![Pred::all([in_a, has_b.clone().not()])],
            TextOp::StartsWith => vec![in_a],
            TextOp::EndsWith => vec![Pred::all([in_a, has_b.clone().not()]), Pred::all([has_a.clone(), self.say(b, &whole)])],
            TextOp::Contains => vec![in_a, Pred::all([has_a.clone(), self.say(b, &whole)])],
            TextOp::Has | TextOp::Under => Vec::new(),
        };
        // Left of the separator the literal ends A, right of it it begins B; an empty side asks for a value only.
        let (left_kind, right_kind) = match kind {
            TextOp::Equals => (TextOp::Equals, TextOp::Equals),
            TextOp::StartsWith => (TextOp::Equals, TextOp::StartsWith),
            TextOp::EndsWith => (TextOp::EndsWith, TextOp::Equals),
            TextOp::Contains | TextOp::Has | TextOp::Under => (TextOp::EndsWith, TextOp::StartsWith),
        };
        for (at, _) in literal.match_indices(separator) {
            let (left, right) = (&literal[..at], &literal[at + separator.len()..]);
            let left = self.side(a, &has_a, left_kind, left, case);
            let right = self.side(b, &has_b, right_kind, right, case);
            ways.push(Pred::all([left, right]));
        }
        ways
    }

    fn side(&mut self, native: &Native, exists: &NativePred, kind: TextOp, text: &str, case: Casing) -> NativePred {
        match (text.is_empty(), kind) {
            (false, _) => self.say(native, &texts(kind, vec![text.to_owned()], case)),
            (true, TextOp::Equals) => Pred::FALSE, // empty text is no value
            (true, TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Has | TextOp::Under) => exists.clone(),
        }
    }
}

fn cuts(separator: &str) -> bool {
    let mut characters = separator.chars();
    matches!((characters.next(), characters.next()), (Some(one), None) if !one.is_lowercase() && !one.is_uppercase())
}
