//! Transforms moved into the operand, one by one.
//!
//! In: what stands inside the transform, and an operator with literals over its result. Out: the predicate over the inside that is equal; where there is none, the test as it
//! is. Law: as in `operand`: equal, never nearly equal.

use crate::hir::{Casing, LikePart, LikePattern, Op, Pred, Scalar, TextOp, eval_text};
use crate::schema::{Cut, HashKind, MapId, Str, Transform, Type, XML_REFERENCES};

use super::spelling::{scalar_texts, texts, values};
use super::{Binder, Native, NativeExpr, NativePred};

/// What XML may write as a reference.
const REFERRED: [char; 5] = ['<', '>', '"', '\'', '&'];
pub(super) const SLASHES: [&str; 2] = ["\\", "/"];

impl<F> Binder<'_, F> {
    /// Where the text as it is written in XML passes or fails as the text that is meant does, that one is asked.
    pub(super) fn on_xml(&mut self, native: &Native, name: &Str, text: &NativeExpr, op: &Op<Native>) -> NativePred {
        let raw = native.part(&NativeExpr::Apply(Transform::Cut(Cut::Xml(name.clone())), vec![text.clone()]));
        match op {
            Op::Exists => self.guarded(&raw, Op::Exists),
            Op::Text { op: kind, any, case } => {
                let (written, meant): (Vec<_>, Vec<_>) = any.iter().cloned().partition(|literal| is_as_written(*kind, literal));
                let sides = [(&raw, written), (native, meant)].into_iter().filter(|(_, any)| !any.is_empty());
                let parts: Vec<_> = sides.map(|(value, any)| self.guarded(value, texts(*kind, any, *case))).collect();
                Pred::any(parts)
            }
            // No spelling of a truth has a reference in it.
            Op::OneOf(scalars) if native.ty == Type::Bool => {
                let any = scalars.iter().flat_map(scalar_texts).collect();
                self.guarded(&Native { ty: Type::Text, ..raw }, texts(TextOp::Equals, any, Casing::Ignore))
            }
            Op::Like { .. } | Op::Matches { .. } | Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Field { .. } => {
                self.guarded(native, op.clone())
            }
        }
    }

    /// A name has no slash: a literal with one is in no name, and an end without one is the path's end too.
    pub(super) fn on_basename(&mut self, native: &Native, path: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: kind, any, case } = op else { return self.guarded(native, op.clone()) };
        let any: Vec<String> = any.iter().filter(|literal| !literal.contains(['\\', '/'])).cloned().collect();
        if any.is_empty() {
            return Pred::FALSE;
        }
        let path = native.part(path);
        match kind {
            TextOp::Equals => {
                let below = SLASHES.iter().flat_map(|slash| any.iter().map(move |name| format!("{slash}{name}"))).collect();
                self.any_of(&path, vec![texts(TextOp::Equals, any.clone(), *case), texts(TextOp::EndsWith, below, *case)])
            }
            TextOp::EndsWith => self.say(&path, &texts(TextOp::EndsWith, any, *case)),
            TextOp::Contains | TextOp::StartsWith | TextOp::Has | TextOp::Under => self.guarded(native, texts(*kind, any, *case)),
        }
    }

    /// `DOMAIN\name`, else `name@tenant`, else `name`.
    pub(super) fn on_user_name(&mut self, native: &Native, account: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: kind, any, case } = op else { return self.guarded(native, op.clone()) };
        let any: Vec<String> = any.iter().filter(|literal| !literal.contains('\\')).cloned().collect();
        if any.is_empty() {
            return Pred::FALSE;
        }
        match kind {
            TextOp::Equals => {
                let account = native.part(account);
                let bare: Vec<String> = any.iter().filter(|name| !name.contains('@')).cloned().collect();
                let below = any.iter().map(|name| format!("\\{name}")).collect();
                let in_domain = self.say(&account, &texts(TextOp::EndsWith, below, *case));
                if bare.is_empty() {
                    return in_domain;
                }
                let before_tenant = bare.iter().map(|name| format!("{name}@")).collect();
                let alone = self.say(&account, &texts(TextOp::Equals, bare, *case));
                let of_tenant = self.say(&account, &texts(TextOp::StartsWith, before_tenant, *case));
                let has_domain = self.say(&account, &texts(TextOp::Contains, vec!["\\".to_owned()], Casing::Ignore));
                Pred::any([alone, in_domain, Pred::all([of_tenant, has_domain.not()])])
            }
            TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Has | TextOp::Under => {
                self.guarded(native, texts(*kind, any, *case))
            }
        }
    }

    /// Before the last `\`, else after the first `@`.
    pub(super) fn on_user_domain(&mut self, native: &Native, account: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: TextOp::Equals, any, case } = op else { return self.guarded(native, op.clone()) };
        if any.iter().any(|domain| domain.contains(['\\', '@'])) {
            return self.guarded(native, op.clone());
        }
        let account = native.part(account);
        let literal = |text: &str| LikePart::Literal(text.to_owned());
        let mut parts = Vec::new();
        for domain in any {
            let before = self.say(&account, &texts(TextOp::StartsWith, vec![format!("{domain}\\")], *case));
            let deeper = LikePattern::of([literal(domain), literal("\\"), LikePart::Any, literal("\\"), LikePart::Any]);
            let deeper = self.say(&account, &Op::Like { any: vec![deeper], case: *case });
            parts.push(Pred::all([before, deeper.not()]));
        }
        let tenants = any.iter().map(|domain| format!("@{domain}")).collect();
        let of_tenant = self.say(&account, &texts(TextOp::EndsWith, tenants, *case));
        let has_domain = self.say(&account, &texts(TextOp::Contains, vec!["\\".to_owned()], Casing::Ignore));
        let two = LikePattern::of([LikePart::Any, literal("@"), LikePart::Any, literal("@"), LikePart::Any]);
        let two = self.say(&account, &Op::Like { any: vec![two], case: Casing::Ignore });
        parts.push(Pred::all([of_tenant, has_domain.not(), two.not()]));
        Pred::any(parts)
    }

    /// `SHA256=..,MD5=..`, or the digits alone.
    pub(super) fn on_hash(&mut self, native: &Native, kind: HashKind, hashes: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: TextOp::Equals, any, case } = op else { return self.guarded(native, op.clone()) };
        self.report_hash_markers(native, op);
        let named = any.iter().map(|digits| format!("{}={digits}", kind.label())).collect();
        self.any_of(&native.part(hashes), vec![texts(TextOp::Contains, named, *case), texts(TextOp::Equals, any.clone(), *case)])
    }

    /// Digits that mean no value stand within the text of the column.
    pub(super) fn report_hash_markers(&mut self, native: &Native, op: &Op<Native>) {
        let Op::Text { any, .. } = op else { return };
        let is_asked = |marker: &&Str| any.iter().any(|digits| digits.eq_ignore_ascii_case(marker));
        if matches!(native.value, NativeExpr::Apply(Transform::Hash(_), _))
            && let Some(marker) = native.missing.iter().find(is_asked)
        {
            self.report_marker(native, marker);
        }
    }

    /// A number kept as text: equality by its spelling, order by its value.
    pub(super) fn on_number_text(&mut self, native: &Native, text: &NativeExpr, op: &Op<Native>, spell: fn(i64) -> String) -> NativePred {
        let Op::OneOf(scalars) = op else { return self.guarded(native, op.clone()) };
        let spelled: Option<Vec<String>> = scalars
            .iter()
            .map(|scalar| match scalar {
                Scalar::Int(number) => Some(spell(*number)),
                Scalar::Text(_) | Scalar::Real(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => None,
            })
            .collect();
        match spelled {
            Some(any) => self.say(&Native { ty: Type::Text, ..native.part(text) }, &texts(TextOp::Equals, any, Casing::Ignore)),
            None => self.guarded(native, op.clone()),
        }
    }

    pub(super) fn on_map(&mut self, native: &Native, map: MapId, input: &NativeExpr, op: &Op<Native>) -> NativePred {
        self.mapped(&native.part(input), map, &|neutral| eval_text(op, neutral))
    }

    /// The native values whose neutral one is wanted. `*` alone is every other value.
    pub(super) fn mapped(&mut self, input: &Native, map: MapId, wanted: &dyn Fn(&str) -> bool) -> NativePred {
        let pairs = &self.place.packs.model.map(map).pairs;
        let natives = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            pairs.iter().filter(|(native, neutral)| native != "*" && wanted(neutral)).map(|(native, _)| native.to_string()).collect()
        };
        let named = self.one_of(input, natives(wanted));
        if !pairs.iter().any(|(native, neutral)| native == "*" && wanted(neutral)) {
            return named;
        }
        let present = self.exists(input);
        let others = self.one_of(input, natives(&|neutral| !wanted(neutral)));
        Pred::any([named, Pred::all([present, others.not()])])
    }

    pub(super) fn one_of(&self, native: &Native, native_values: Vec<String>) -> NativePred {
        values(native, native_values, self.span)
    }
}

/// The test says of a text in XML, with its references to characters as they are written, what it says of the text that is meant: the
/// literal has none of the characters that are written so, and is no part of a reference.
fn is_as_written(op: TextOp, literal: &str) -> bool {
    if literal.contains(REFERRED) {
        return false;
    }
    match op {
        TextOp::Equals | TextOp::StartsWith => true,
        TextOp::Contains | TextOp::EndsWith | TextOp::Has => {
            let lower = literal.to_lowercase();
            !literal.contains(';') && !XML_REFERENCES.iter().any(|(reference, _)| reference.contains(&lower))
        }
        TextOp::Under => false,
    }
}
