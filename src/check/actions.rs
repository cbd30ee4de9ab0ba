//! `action` and `class` are no tests any more: they are decided, kind by kind.
//!
//! In: a predicate over [`Key`]s, and the class. Out: [`Case`]s, disjoint in their actions. For each action the predicate is read as if
//! the event had it; actions that leave the same predicate are one case, and one that leaves `false` is none. A predicate that does not
//! test `action` is one case, of the class's default actions. Law: the case of an event's action says what the predicate says.

use crate::hir::{Case, NativeColumn, Op, Pred, Scalar, Test};
use crate::schema::{Actions, Class, ClassId, FieldId};

use super::words::Key;

pub(super) fn cases(pred: &Pred<Key>, class: &Class) -> Vec<Case> {
    cases_among(pred, class, if class.actions.is_empty() { Actions::ALL } else { class.default })
}

/// The same of a condition on hits of the class: what it does not test it does not ask.
pub(super) fn of_hits(pred: &Pred<Key>, class: &Class) -> Vec<Case> {
    cases_among(pred, class, class.every_action())
}

/// `unasked`: what a predicate means that does not test `action`.
fn cases_among(pred: &Pred<Key>, class: &Class, unasked: Actions) -> Vec<Case> {
    let mut asks = false;
    pred.tests(&mut |test| asks |= test.field == Key::Action);
    if !asks {
        let pred = decided(pred, class, None);
        return if pred.is_false() { Vec::new() } else { vec![Case { actions: unasked, pred }] };
    }
    let mut cases: Vec<Case> = Vec::new();
    for action in 0..class.actions.len() {
        let left = decided(pred, class, Some(action));
        match cases.iter_mut().find(|case| case.pred == left) {
            _ if left.is_false() => {}
            Some(case) => case.actions = case.actions.or(Actions::one(action)),
            None => cases.push(Case { actions: Actions::one(action), pred: left }),
        }
    }
    cases
}

/// The predicate for events of one action.
fn decided(pred: &Pred<Key>, class: &Class, action: Option<usize>) -> Pred<FieldId> {
    pred.map(&mut |test| match &test.field {
        Key::Field(id) => match field_op(&test.op) {
            Some(op) => Pred::test(*id, op, test.span),
            None => Pred::FALSE,
        },
        Key::Action => constant(test, action.map(|action| class.actions[action].as_ref())),
        Key::Class => constant(test, Some(&class.name)),
        Key::Native(_) => Pred::FALSE,
    })
}

fn constant(test: &Test<Key>, value: Option<&str>) -> Pred<FieldId> {
    let Some(value) = value else { return Pred::FALSE };
    let holds = match &test.op {
        Op::Exists => true,
        Op::OneOf(values) => values.iter().any(|one| matches!(one, Scalar::Enum(name) if name == value)),
        Op::Text { .. } | Op::Like { .. } | Op::Matches { .. } | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Field { .. } => false,
    };
    if holds { Pred::TRUE } else { Pred::FALSE }
}

/// None: the field on the right is none of the model's, which `expr` never lets through.
fn field_op(op: &Op<Key>) -> Option<Op<FieldId>> {
    if let Op::Field { other, .. } = op
        && !matches!(other.field, Key::Field(_))
    {
        return None;
    }
    Some(op.map_field(|key| match key {
        Key::Field(id) => *id,
        Key::Action | Key::Class | Key::Native(_) => FieldId(u16::MAX),
    }))
}

/// A condition of `on`, over the target's columns alone.
pub(super) fn native(pred: &Pred<Key>) -> Pred<NativeColumn> {
    let column = |key: &Key| match key {
        Key::Native(column) => Some(column.clone()),
        Key::Field(_) | Key::Action | Key::Class => None,
    };
    pred.map(&mut |test| match column(&test.field) {
        Some(field) => {
            let op = test.op.map_field(|key| column(key).unwrap_or_else(|| field.clone()));
            Pred::test(field, op, test.span)
        }
        None => Pred::FALSE,
    })
}

/// Whether one event may satisfy a case of both: they are of one class, and some action is in both.
pub(super) fn shared(a: (ClassId, &[Case]), b: (ClassId, &[Case])) -> Vec<Pred> {
    let mut both = Vec::new();
    if a.0 == b.0 {
        for one in a.1 {
            for other in b.1 {
                if !one.actions.and(other.actions).is_empty() {
                    both.push(Pred::all([one.pred.clone(), other.pred.clone()]));
                }
            }
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span};
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn class() -> Class {
        Class {
            name: "thing".into(),
            doc: "".into(),
            group: "".into(),
            actions: Cow::Borrowed(&[Cow::Borrowed("made"), Cow::Borrowed("moved"), Cow::Borrowed("gone")]),
            default: Actions::one(0),
            fields: Cow::Borrowed(&[]),
            open: Cow::Borrowed(&[]),
            show: Cow::Borrowed(&[]),
            state: Cow::Borrowed(&[]),
            aka: Cow::Borrowed(&[]),
        }
    }

    fn span() -> Span {
        Span::new(Sources::default().add("x", ""), 0, 0)
    }

    fn pred() -> impl Strategy<Value = Pred<Key>> {
        let names = ["made", "moved", "gone"];
        let action = prop::sample::subsequence(names.to_vec(), 1..3)
            .prop_map(|names| Op::OneOf(names.into_iter().map(|name| Scalar::Enum(name.to_owned())).collect()))
            .prop_map(|op| Pred::test(Key::Action, op, span()));
        let field = (0u16..3).prop_map(|id| Pred::test(Key::Field(FieldId(id)), Op::Exists, span()));
        let class = prop_oneof![Just("thing"), Just("other")]
            .prop_map(|name| Pred::test(Key::Class, Op::OneOf(vec![Scalar::Enum(name.to_owned())]), span()));
        prop_oneof![action, field, class].prop_recursive(4, 20, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Pred::all),
                prop::collection::vec(inner.clone(), 0..3).prop_map(Pred::any),
                inner.prop_map(Pred::not),
            ]
        })
    }

    fn holds<F>(pred: &Pred<F>, leaf: &impl Fn(&Test<F>) -> bool) -> bool {
        match pred {
            Pred::All(parts) => parts.iter().all(|part| holds(part, leaf)),
            Pred::Any(parts) => parts.iter().any(|part| holds(part, leaf)),
            Pred::Not(inner) => !holds(inner, leaf),
            Pred::Test(test) => leaf(test),
        }
    }

    proptest! {
        #[test]
        fn cases_say_what_the_predicate_says(pred in pred(), present in 0u8..8) {
            let class = class();
            let cases = cases(&pred, &class);
            let mut asks = false;
            pred.tests(&mut |test| asks |= test.field == Key::Action);
            for (index, action) in class.actions.iter().enumerate() {
                let direct = holds(&pred, &|test: &Test<Key>| match &test.field {
                    Key::Field(id) => present >> id.0 & 1 == 1,
                    Key::Action => matches!(&test.op, Op::OneOf(values) if values.contains(&Scalar::Enum(action.to_string()))),
                    Key::Class => matches!(&test.op, Op::OneOf(values) if values.contains(&Scalar::Enum("thing".into()))),
                    Key::Native(_) => false,
                });
                let meant = direct && (asks || class.default.contains(index));
                let mine: Vec<&Case> = cases.iter().filter(|case| case.actions.contains(index)).collect();
                prop_assert!(mine.len() <= 1);
                let said = mine.iter().any(|case| holds(&case.pred, &|test: &Test| present >> test.field.0 & 1 == 1));
                prop_assert_eq!(meant, said, "{:?} at {}", pred, action);
            }
        }
    }
}
