//! What other tests of the same conjunction settle.
//!
//! In: a predicate over native values, and what is known where it stands. Out: a shorter one. Law: on every row that satisfies what is
//! known, the two say the same; with nothing known they say the same on every row. A column that is known to have one of a few values
//! decides each test on it: `ActionType` of `InboundConnectionAccepted` is no outbound one, so the other arm of a switch goes.

use std::borrow::Cow;

use crate::hir::{Casing, Op, Pred, Scalar, Test, TextOp, eval_text};
use crate::schema::{List, Str, Transform, fewest};

use super::super::bind::{Native, NativeExpr, NativePred};

/// A longer list is no discriminator, and trying each of its values would cost more than it saves.
const FEW: usize = 64;

/// A value that is one of these, as text, case aside.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    value: NativeExpr,
    any: Vec<String>,
}

/// The predicate without what it settles by itself.
pub(super) fn settled(pred: NativePred) -> NativePred {
    under(pred, Vec::new())
}

/// What a predicate says of values on every row that satisfies it.
pub(super) fn facts(pred: &NativePred) -> Vec<Fact> {
    match pred {
        Pred::All(parts) => parts.iter().flat_map(facts).collect(),
        Pred::Test(test) => fact(test).into_iter().collect(),
        Pred::Any(_) | Pred::Not(_) => Vec::new(),
    }
}

/// The predicate, where these facts hold.
pub(super) fn under(pred: NativePred, mut known: Vec<Fact>) -> NativePred {
    shorter(pred, &mut known)
}

/// `known` grows within a conjunction, and is as it was behind it.
fn shorter(pred: NativePred, known: &mut Vec<Fact>) -> NativePred {
    match pred {
        Pred::All(parts) => all(parts, known),
        Pred::Any(parts) => Pred::any(parts.into_iter().map(|part| shorter(part, known))),
        Pred::Not(inner) => shorter(*inner, known).not(),
        Pred::Test(test) => known.iter().fold(Pred::Test(test), decided),
    }
}

/// First what tells facts, each with the help of those before it; then the rest, with the help of all.
fn all(mut parts: Vec<NativePred>, known: &mut Vec<Fact>) -> NativePred {
    let before = known.len();
    let mut told = vec![false; parts.len()];
    for at in 0..parts.len() {
        told[at] = matches!(&parts[at], Pred::Test(test) if few(test).is_some());
        if !told[at] {
            continue;
        }
        let narrower = shorter(std::mem::replace(&mut parts[at], Pred::TRUE), known);
        let mut place = at;
        if let Pred::Test(Test { field, .. }) = &narrower {
            // What says less than this is not needed beside it; this takes its place.
            for earlier in (0..at).filter(|earlier| told[*earlier]) {
                let other = &mut parts[earlier];
                let is_wider = matches!(other, Pred::Test(test) if test.field.value == field.value && is_proved(test, &narrower));
                if is_wider {
                    *other = Pred::TRUE;
                    place = place.min(earlier);
                }
            }
            known.extend(self::facts(&narrower));
        }
        let is_false = narrower.is_false();
        parts[place] = narrower;
        if is_false {
            break;
        }
    }
    let is_false = parts.iter().any(Pred::is_false);
    let rest = |(part, told): (NativePred, bool)| if told || is_false { part } else { shorter(part, known) };
    let whole = Pred::all(parts.into_iter().zip(told).map(rest));
    known.truncate(before);
    whole
}

/// The value on rows where these facts hold: of a switch the arms that can be taken.
pub(super) fn value(expr: &NativeExpr, known: &[Fact]) -> NativeExpr {
    let NativeExpr::Apply(transform, inputs) = expr else { return expr.clone() };
    let inputs: Vec<NativeExpr> = inputs.iter().map(|input| value(input, known)).collect();
    let (Transform::Switch(arms), Some((selector, values))) = (transform, inputs.split_first()) else {
        return NativeExpr::Apply(transform.clone(), inputs);
    };
    let Some(fact) = known.iter().find(|fact| fact.value == *selector) else { return NativeExpr::Apply(transform.clone(), inputs) };
    let mut left: Vec<&String> = fact.any.iter().collect();
    let mut kept: Vec<(Vec<Str>, NativeExpr)> = Vec::new();
    for (wanted, value) in arms.iter().zip(values) {
        let (taken, others) = left.into_iter().partition(|known| wanted.iter().any(|value| value.eq_ignore_ascii_case(known)));
        left = others;
        if !taken.is_empty() {
            kept.push((taken.into_iter().map(|value| Str::Owned(value.clone())).collect(), value.clone()));
        }
    }
    let otherwise = if left.is_empty() { None } else { values.get(arms.len()).cloned() };
    // What is left over when all other values are told is the last arm's.
    let otherwise = if left.is_empty() { kept.pop().map(|(_, value)| value) } else { otherwise };
    let kept = fewest(kept, otherwise.as_ref());
    match (kept.is_empty(), otherwise) {
        (true, Some(value)) => value,
        (true, None) => NativeExpr::Apply(Transform::Const(Str::Borrowed("")), Vec::new()),
        (false, otherwise) => {
            let (wanted, values): (Vec<Vec<Str>>, Vec<NativeExpr>) = kept.into_iter().unzip();
            let arms = List::Owned(wanted.into_iter().map(List::Owned).collect());
            NativeExpr::Apply(Transform::Switch(arms), std::iter::once(selector.clone()).chain(values).chain(otherwise).collect())
        }
    }
}

/// A test that passes for each of the values that another one allows.
fn is_proved(test: &Test<Native>, by: &NativePred) -> bool {
    facts(by)
        .iter()
        .any(|fact| fact.value == test.field.value && can_tell(&test.op) && fact.any.iter().all(|value| eval_text(&test.op, value)))
}

fn fact(test: &Test<Native>) -> Option<Fact> {
    few(test).map(|any| Fact { value: test.field.value.clone(), any: any.into_owned() })
}

/// The values of an equality with a few, of a column that has one value.
fn few(test: &Test<Native>) -> Option<Cow<'_, [String]>> {
    let any: Cow<[String]> = match &test.op {
        Op::Text { op: TextOp::Equals, any, case: Casing::Ignore } => any.into(),
        Op::OneOf(scalars) => scalars.iter().map(whole).collect::<Option<Vec<_>>>()?.into(),
        Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists
        | Op::Field { .. } => {
            return None;
        }
    };
    // How a product folds other letters is its own matter.
    let is_plain = any.len() <= FEW && any.iter().all(|text| text.is_ascii() && !text.is_empty());
    let is_single = !test.field.multi && !test.field.value.any_column(|column| column.multi);
    (is_plain && is_single).then_some(any)
}

fn whole(scalar: &Scalar) -> Option<String> {
    match scalar {
        Scalar::Int(number) => Some(number.to_string()),
        Scalar::Text(_) | Scalar::Real(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => None,
    }
}

/// A test where its value is one of a few: true of all of them, of none, or as much of it as can hold.
fn decided(pred: NativePred, fact: &Fact) -> NativePred {
    let Pred::Test(mut test) = pred else { return pred };
    if fact.value != test.field.value || !can_tell(&test.op) {
        return Pred::Test(test);
    }
    let passing: Vec<&String> = fact.any.iter().filter(|value| eval_text(&test.op, value)).collect();
    if passing.is_empty() {
        return Pred::FALSE;
    }
    if passing.len() == fact.any.len() {
        return Pred::TRUE;
    }
    if let Op::Text { op: TextOp::Equals, any, .. } = &mut test.op {
        any.retain(|literal| passing.iter().any(|value| value.eq_ignore_ascii_case(literal)));
    }
    Pred::Test(test)
}

/// Whether the text of a value decides the test.
fn can_tell(op: &Op<Native>) -> bool {
    match op {
        Op::Text { op, case, .. } => *case == Casing::Ignore && *op != TextOp::Under,
        Op::Like { case, .. } => *case == Casing::Ignore,
        Op::OneOf(scalars) => scalars.iter().all(|scalar| whole(scalar).is_some()),
        Op::Exists => true,
        Op::Matches { .. } | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Field { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::bind::ColumnRef;
    use crate::backend::describe::describe;
    use crate::schema::{NativeType, Type};
    use crate::source::{Sources, Span};
    use proptest::prelude::*;

    fn native(name: &str) -> Native {
        let column = ColumnRef { name: name.to_owned().into(), owner: Str::default(), ty: NativeType::Text, multi: false };
        let missing = crate::backend::bind::EMPTY_TEXT;
        Native { field: name.to_owned().into(), value: NativeExpr::Column(column), ty: Type::Text, missing, multi: false }
    }

    fn test(name: &str, op: Op<Native>) -> NativePred {
        let span = Span::new(Sources::default().add("x", ""), 0, 0);
        Pred::test(native(name), op, span)
    }

    fn is(name: &str, any: &[&str]) -> NativePred {
        let any = any.iter().map(|text| (*text).to_owned()).collect();
        test(name, Op::Text { op: TextOp::Equals, any, case: Casing::Ignore })
    }

    #[test]
    fn a_switch_over_what_is_known_keeps_one_arm() {
        let arms = Pred::any([Pred::all([is("a", &["In", "both"]), is("b", &["1"])]), Pred::all([is("a", &["out"]), is("c", &["1"])])]);
        let pred = Pred::all([is("a", &["in", "out", "other"]), arms, is("a", &["in", "stray"])]);
        assert_eq!(describe(&settled(pred)), r"a == 'in' and b == '1'");
    }

    #[test]
    fn a_shown_switch_keeps_the_arms_that_can_be_taken() {
        let column = |name: &str| native(name).value;
        let arms =
            List::Owned(vec![List::Owned(vec![Str::Borrowed("In")]), List::Owned(vec![Str::Borrowed("out"), Str::Borrowed("gone")])]);
        let switch = NativeExpr::Apply(Transform::Switch(arms), vec![column("a"), column("b"), column("c"), column("d")]);
        let shown = |any: &[&str]| crate::backend::describe::describe_value(&value(&switch, &facts(&is("a", any))));
        assert_eq!(shown(&["in"]), "b");
        assert_eq!(shown(&["other"]), "d");
        assert_eq!(shown(&["out", "in"]), "b if a in in, else c");
        assert_eq!(shown(&["in", "other"]), "b if a in in, else d");
    }

    #[test]
    fn equal_tests_do_not_settle_each_other_away() {
        let pred = Pred::All(vec![is("a", &["x"]), is("a", &["X"])]);
        assert_eq!(describe(&settled(pred)), "a == 'x'");
        assert!(settled(Pred::All(vec![is("a", &["x"]), is("a", &["y"])])).is_false());
    }

    fn leaf() -> impl Strategy<Value = NativePred> {
        let texts = prop::sample::subsequence(vec!["a", "AB", "b", "c"], 1..4);
        let op = prop_oneof![Just(TextOp::Equals), Just(TextOp::Contains), Just(TextOp::StartsWith)];
        prop_oneof![
            4 => (prop::sample::select(vec!["x", "y"]), op, texts, any::<bool>()).prop_map(|(name, op, any, ignore)| {
                let case = if ignore { Casing::Ignore } else { Casing::Respect };
                test(name, Op::Text { op, any: any.into_iter().map(str::to_owned).collect(), case })
            }),
            1 => prop::sample::select(vec!["x", "y"]).prop_map(|name| test(name, Op::Exists)),
        ]
    }

    fn tree() -> impl Strategy<Value = NativePred> {
        leaf().prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                3 => prop::collection::vec(inner.clone(), 1..4).prop_map(Pred::All),
                2 => prop::collection::vec(inner.clone(), 1..4).prop_map(Pred::Any),
                1 => inner.prop_map(|pred| Pred::Not(Box::new(pred))),
            ]
        })
    }

    fn holds(pred: &NativePred, x: &str, y: &str) -> bool {
        match pred {
            Pred::All(parts) => parts.iter().all(|part| holds(part, x, y)),
            Pred::Any(parts) => parts.iter().any(|part| holds(part, x, y)),
            Pred::Not(inner) => !holds(inner, x, y),
            Pred::Test(test) => {
                let value = if test.field.field == "x" { x } else { y };
                !value.is_empty() && eval_text(&test.op, value)
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_changes_on_any_row(pred in tree()) {
            let short = settled(pred.clone());
            let values = ["", "a", "A", "ab", "AB", "b", "c", "abc", "z"];
            for (x, y) in values.iter().flat_map(|x| values.iter().map(move |y| (x, y))) {
                prop_assert_eq!(holds(&pred, x, y), holds(&short, x, y), "{} became {} for {:?} {:?}", describe(&pred), describe(&short), x, y);
            }
        }
    }
}
