//! A field against a field.
//!
//! In: two values of one container and an operator. Out: the test over their columns, guarded on both sides: what means 'no value' is
//! equal to nothing. Law: `First` and `Map` are gone; other transforms stay on their side, for the printer to compute.

use crate::hir::{Casing, FieldOp, Op, Other, Pred, Scalar, TextOp};
use crate::schema::{EnumId, Transform};

use super::spelling::texts;
use super::{Binder, Known, Native, NativeExpr, NativePred};

impl<F> Binder<'_, F> {
    pub(super) fn compare(&mut self, left: &Known, op: FieldOp, right: &Known, case: Casing) -> NativePred {
        match (left, right) {
            (Known::Absent, _) | (_, Known::Absent) => Pred::FALSE,
            (Known::Constant(left), Known::Constant(right)) if left == right => Pred::TRUE,
            (Known::Constant(_), Known::Constant(_)) => Pred::FALSE,
            (Known::Native(native, _), Known::Constant(text)) | (Known::Constant(text), Known::Native(native, _)) => {
                self.say(native, &texts(TextOp::Equals, vec![text.clone()], Casing::Ignore))
            }
            (Known::Native(left, values), Known::Native(right, _)) => match values {
                Some(values) if is_mapped(&left.value) || is_mapped(&right.value) => self.same_value(left, right, *values),
                Some(_) | None => self.sides(left, op, right, case),
            },
        }
    }

    /// Two enumerations, at least one of them spelled by a table: equal if both are the same neutral value.
    fn same_value(&mut self, left: &Native, right: &Native, values: EnumId) -> NativePred {
        let values = &self.place.packs.model.enumeration(values).values;
        let mut parts = Vec::new();
        for value in values.iter() {
            let one = Op::OneOf(vec![Scalar::Enum(value.to_string())]);
            let both = [self.say(left, &one), self.say(right, &one)];
            parts.push(Pred::all(both));
        }
        Pred::any(parts)
    }

    fn sides(&mut self, left: &Native, op: FieldOp, right: &Native, case: Casing) -> NativePred {
        if let Some((first, second)) = either(left) {
            let absent = self.exists(&first).not();
            let parts = [self.sides(&first, op, right, case), self.sides(&second, op, right, case)];
            let [one, other] = parts;
            return Pred::any([one, Pred::all([absent, other])]);
        }
        if let Some((first, second)) = either(right) {
            let absent = self.exists(&first).not();
            let parts = [self.sides(left, op, &first, case), self.sides(left, op, &second, case)];
            let [one, other] = parts;
            return Pred::any([one, Pred::all([absent, other])]);
        }
        let [left, right] = [left, right].map(|side| prepared(side, case));
        let guards = [self.exists(&left), self.exists(&right)];
        let test = self.leaf(&left, Op::Field { op, other: Other { step: None, field: right }, case });
        Pred::all(std::iter::once(test).chain(guards))
    }
}

fn is_mapped(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(_) => false,
        NativeExpr::Apply(Transform::Map(_), _) => true,
        NativeExpr::Apply(_, inputs) => inputs.iter().any(is_mapped),
    }
}

fn either(native: &Native) -> Option<(Native, Native)> {
    match &native.value {
        NativeExpr::Apply(Transform::First, inputs) => match inputs.as_slice() {
            [first, second] => Some((native.part(first), native.part(second))),
            _ => None,
        },
        NativeExpr::Apply(..) | NativeExpr::Column(_) => None,
    }
}

/// One side in the form in which both compare: letters as they are where case is ignored.
fn prepared(side: &Native, case: Casing) -> Native {
    match &side.value {
        NativeExpr::Apply(Transform::Lower, inputs) if case == Casing::Ignore => match inputs.as_slice() {
            [inner] => prepared(&side.part(inner), case),
            _ => side.clone(),
        },
        NativeExpr::Column(_) | NativeExpr::Apply(..) => side.clone(),
    }
}
