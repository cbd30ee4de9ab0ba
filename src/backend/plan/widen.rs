//! Weaker predicates for a first stage that cannot say a test itself.
//!
//! In: a test that a dialect can say in a later stage only, and what its first stage can say. Out: a predicate of tests that the first
//! stage can say, true wherever the test is. Law: `test implies weaker`. A wider pattern is tried before a wider value, so what is
//! left is as narrow as the dialect allows: a regex gives its globs, `cased` goes, `has` becomes `contains`, `?` and a literal `*`
//! become `*`, a value computed of a column gives its column.

use crate::hir::{Casing, LikePart, LikePattern, Op, Pred, Test, TextOp};
use crate::schema::{NativeType, Transform, Type};

use super::super::bind::{Native, NativeExpr, NativePred};

/// A predicate that `native` can say each test of, and that is true wherever `test` is; None: nothing better than true.
pub fn weaker(test: &Test<Native>, native: &dyn Fn(&Test<Native>) -> bool) -> Option<NativePred> {
    let pred = weakened(test, native);
    if pred.is_true() { None } else { Some(pred) }
}

/// True where nothing weaker can be said.
fn weakened(test: &Test<Native>, native: &dyn Fn(&Test<Native>) -> bool) -> NativePred {
    match step(test) {
        None => Pred::TRUE,
        Some(next) => said(&next, native),
    }
}

fn said(pred: &NativePred, native: &dyn Fn(&Test<Native>) -> bool) -> NativePred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(|part| said(part, native)).collect::<Vec<_>>()),
        Pred::Any(parts) => Pred::any(parts.iter().map(|part| said(part, native)).collect::<Vec<_>>()),
        // No step makes one.
        Pred::Not(_) => Pred::TRUE,
        Pred::Test(test) if native(test) => pred.clone(),
        Pred::Test(test) => weakened(test, native),
    }
}

/// The next weaker form; each step leaves a simpler operator or a simpler value, so the steps end.
fn step(test: &Test<Native>) -> Option<NativePred> {
    let with = |op: Op<Native>| Some(Pred::Test(test.with(test.field.clone(), op)));
    match &test.op {
        Op::Text { op, any, case: Casing::Respect } => with(Op::Text { op: *op, any: any.clone(), case: Casing::Ignore }),
        Op::Like { any, case: Casing::Respect } => with(Op::Like { any: any.clone(), case: Casing::Ignore }),
        // Its globs know no case, so they are weaker than either casing.
        Op::Matches { any, .. } => {
            if any.iter().any(|regex| regex.globs.is_empty()) {
                return present(test);
            }
            with(Op::Like { any: any.iter().flat_map(|regex| regex.globs.clone()).collect(), case: Casing::Ignore })
        }
        Op::Text { op: TextOp::Has, any, case } => with(Op::Text { op: TextOp::Contains, any: any.clone(), case: *case }),
        Op::Text { op, any, case: Casing::Ignore } => match &test.field.value {
            NativeExpr::Apply(transform, inputs) => text_of_columns(test, transform, inputs, *op, any),
            NativeExpr::Column(_) if any.iter().any(|literal| literal.contains('*')) => {
                with(Op::Like { any: any.iter().map(|literal| starred(*op, literal)).collect(), case: Casing::Ignore })
            }
            NativeExpr::Column(_) => present(test),
        },
        Op::Like { any, case: Casing::Ignore } => match &test.field.value {
            NativeExpr::Apply(transform, inputs) => like_of_columns(test, transform, inputs, any),
            NativeExpr::Column(_) if any.iter().any(is_fine) => {
                let any: Vec<LikePattern> = any.iter().map(coarse).collect();
                if any.iter().any(|pattern| pattern.0 == [LikePart::Any]) {
                    present(test)
                } else {
                    with(Op::Like { any, case: Casing::Ignore })
                }
            }
            NativeExpr::Column(_) => present(test),
        },
        Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) => present(test),
        Op::Exists => match &test.field.value {
            NativeExpr::Apply(..) => present(test),
            NativeExpr::Column(_) => None,
        },
        Op::Field { other, .. } => {
            let left = present(test)?;
            let right = present(&test.with(other.field.clone(), Op::Exists))?;
            Some(Pred::all([left, right]))
        }
    }
}

/// Every column that the value cannot do without has a value.
pub fn present(test: &Test<Native>) -> Option<NativePred> {
    fn needed<'e>(value: &'e NativeExpr, into: &mut Vec<&'e NativeExpr>) {
        match value {
            NativeExpr::Column(_) => into.push(value),
            // The second of a `Join` may be missing, and either of a `First`; of a `Switch` any but one is not looked at.
            // And every event has its time.
            NativeExpr::Apply(Transform::First | Transform::Switch(_) | Transform::Part(_), _) => {}
            NativeExpr::Apply(_, inputs) => {
                if let Some(first) = inputs.first() {
                    needed(first, into);
                }
            }
        }
    }
    let mut columns = Vec::new();
    needed(&test.field.value, &mut columns);
    let parts = columns.into_iter().map(|column| on_column(test, column, Op::Exists)).collect::<Vec<_>>();
    if parts.is_empty() { None } else { Some(Pred::all(parts)) }
}

fn on_column(test: &Test<Native>, value: &NativeExpr, op: Op<Native>) -> NativePred {
    // A number that is computed of a text (`0x1250`) need not look like one there.
    let is_number = matches!(test.field.ty, Type::Int | Type::Real | Type::Port);
    let is_computed = *value != test.field.value && value.column().is_some_and(|column| column.ty == NativeType::Text);
    let ty = if matches!(op, Op::Exists) && !(is_number && is_computed) { test.field.ty } else { Type::Text };
    Pred::Test(test.with(Native { value: value.clone(), ty, ..test.field.clone() }, op))
}

/// What a computed text holds stands in the column that it was cut out of.
fn text_of_columns(test: &Test<Native>, transform: &Transform, inputs: &[NativeExpr], op: TextOp, any: &[String]) -> Option<NativePred> {
    let contains =
        |input: &NativeExpr, any: Vec<String>| Some(on_column(test, input, Op::Text { op: TextOp::Contains, any, case: Casing::Ignore }));
    match (transform, inputs, op) {
        (Transform::Basename, [path], TextOp::StartsWith) => {
            let start = on_column(test, path, Op::Text { op: TextOp::StartsWith, any: any.to_vec(), case: Casing::Ignore });
            let below = any.iter().flat_map(|text| [format!("\\{text}"), format!("/{text}")]).collect();
            Some(Pred::any([start, contains(path, below)?]))
        }
        (Transform::UserName, [account], TextOp::StartsWith) => {
            let start = on_column(test, account, Op::Text { op: TextOp::StartsWith, any: any.to_vec(), case: Casing::Ignore });
            Some(Pred::any([start, contains(account, any.iter().map(|text| format!("\\{text}")).collect())?]))
        }
        (Transform::UserName, [account], TextOp::EndsWith) => {
            let end = on_column(test, account, Op::Text { op: TextOp::EndsWith, any: any.to_vec(), case: Casing::Ignore });
            Some(Pred::any([end, contains(account, any.iter().map(|text| format!("{text}@")).collect())?]))
        }
        (Transform::Join(separator), [before, after], _) => {
            // Whole in one of the two, or cut where the separator stands.
            let mut parts = vec![contains(before, any.to_vec())?, contains(after, any.to_vec())?];
            if any.iter().any(|text| separator.chars().any(|c| c.is_alphabetic() || text.contains(c))) {
                parts.push(on_column(test, before, Op::Exists));
            }
            Some(Pred::any(parts))
        }
        (_, [input], _) if transform.is_part() => contains(input, any.to_vec()),
        _ => present(test),
    }
}

/// A pattern over what was cut out of a column, anywhere in that column.
fn like_of_columns(test: &Test<Native>, transform: &Transform, inputs: &[NativeExpr], any: &[LikePattern]) -> Option<NativePred> {
    let [input] = inputs else { return present(test) };
    let anywhere =
        |pattern: &LikePattern| LikePattern::of(std::iter::once(LikePart::Any).chain(pattern.0.iter().cloned()).chain([LikePart::Any]));
    let any: Vec<LikePattern> = any.iter().map(anywhere).collect();
    if !transform.is_part() || any.iter().any(|pattern| pattern.0 == [LikePart::Any]) {
        return present(test);
    }
    Some(on_column(test, input, Op::Like { any, case: Casing::Ignore }))
}

/// The literal with each of its stars read as a wildcard, which is weaker.
fn starred(op: TextOp, literal: &str) -> LikePattern {
    let inside = split_stars(literal);
    let (before, after) = match op {
        TextOp::Equals => (false, false),
        TextOp::StartsWith => (false, true),
        TextOp::EndsWith => (true, false),
        TextOp::Contains | TextOp::Has | TextOp::Under => (true, true),
    };
    let edge = |wanted: bool| wanted.then_some(LikePart::Any);
    LikePattern::of(edge(before).into_iter().chain(inside).chain(edge(after)))
}

fn split_stars(literal: &str) -> Vec<LikePart> {
    let mut parts = Vec::new();
    for (index, text) in literal.split('*').enumerate() {
        if index > 0 {
            parts.push(LikePart::Any);
        }
        parts.push(LikePart::Literal(text.to_owned()));
    }
    parts
}

/// It says more than `*` can.
fn is_fine(pattern: &LikePattern) -> bool {
    pattern.0.iter().any(|part| match part {
        LikePart::Literal(text) => text.contains('*'),
        LikePart::One => true,
        LikePart::Any => false,
    })
}

fn coarse(pattern: &LikePattern) -> LikePattern {
    LikePattern::of(pattern.0.iter().flat_map(|part| match part {
        LikePart::Literal(text) => split_stars(text),
        LikePart::One | LikePart::Any => vec![LikePart::Any],
    }))
}
