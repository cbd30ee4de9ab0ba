//! Tests that can never, or must always, be true.
//!
//! In: a predicate and its class. Only what is sure is told: two values asked of one single-valued field, a value asked for and ruled
//! out in one `and`, or allowed and excluded in one `or`. A test that only looks odd is not this module's matter.

use std::collections::{HashMap, HashSet};

use crate::hir::{Casing, Op, Pred, Scalar, Test, TextOp};
use crate::source::Span;

use super::words::Key;

/// Why a part of a predicate is a constant: the later place, the earlier one, and whether it is always true.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Constant {
    pub here: Span,
    pub because: Span,
    pub truth: bool,
}

/// Two parts of one `and` or `or` that decide it.
pub(super) fn constant_parts(parts: &[Pred<Key>], all: bool, multi: &impl Fn(&Key) -> bool) -> Option<Constant> {
    let opposite = parts.iter().enumerate().find_map(|(at, part)| {
        let Pred::Not(inner) = part else { return None };
        let other = parts.iter().position(|other| other == &**inner)?;
        let (first, second) = (at.min(other), at.max(other));
        Some(Constant { here: place(&parts[second])?, because: place(&parts[first])?, truth: !all })
    });
    if opposite.is_some() || !all {
        return opposite;
    }
    contradiction(parts, multi).map(|(because, here)| Constant { here, because, truth: false })
}

/// Two tests of one field that no single value passes: the earlier one and the later one.
pub(super) fn contradiction<F: PartialEq>(parts: &[Pred<F>], multi: &impl Fn(&F) -> bool) -> Option<(Span, Span)> {
    let mut tests: Vec<(&Test<F>, bool)> = Vec::new();
    for part in parts {
        match part {
            Pred::Test(test) => tests.push((test, true)),
            Pred::Not(inner) => match &**inner {
                Pred::Test(test) => tests.push((test, false)),
                Pred::Any(any) => tests.extend(any.iter().filter_map(|one| match one {
                    Pred::Test(test) => Some((test, false)),
                    _ => None,
                })),
                _ => {}
            },
            _ => {}
        }
    }
    tests.retain(|(test, _)| !multi(&test.field));
    for (index, first) in tests.iter().enumerate() {
        for second in &tests[index + 1..] {
            if first.0.field == second.0.field && (excludes(*first, *second) || excludes(*second, *first)) {
                return Some((first.0.span, second.0.span));
            }
        }
    }
    None
}

/// Pairs of texts that are compared for the sake of a lint.
const LONGEST: usize = 1_000_000;

/// Whether no value of a list that the first asks for passes the second.
fn excludes<F>(values: (&Test<F>, bool), test: (&Test<F>, bool)) -> bool {
    let (Test { op: values, .. }, true) = values else { return false };
    let (Test { op: test, .. }, wanted) = test;
    // None: not decided here
    let passes: Option<Vec<bool>> = match (values, test) {
        (Op::Text { op: TextOp::Equals, any, case }, Op::Text { op, any: operands, case: other }) => {
            let fold = *case == Casing::Ignore || *other == Casing::Ignore;
            // A value that is only known without its case may or may not pass a test that respects it.
            if *case == Casing::Ignore && *other == Casing::Respect && !wanted {
                return false;
            }
            let spelled = |text: &String| if fold { text.to_lowercase() } else { text.clone() };
            let operands: Vec<String> = operands.iter().map(spelled).collect();
            if *op == TextOp::Equals {
                let operands: HashSet<&String> = operands.iter().collect();
                return any.iter().all(|value| operands.contains(&spelled(value)) != wanted);
            }
            if any.len().saturating_mul(operands.len()) > LONGEST {
                return false;
            }
            let one = |value: &String, operand: &String| match op {
                TextOp::Equals => Some(value == operand),
                TextOp::Contains => Some(value.contains(operand.as_str())),
                TextOp::StartsWith => Some(value.starts_with(operand.as_str())),
                TextOp::EndsWith => Some(value.ends_with(operand.as_str())),
                TextOp::Has | TextOp::Under => None,
            };
            let any_of = |value: String| operands.iter().map(|operand| one(&value, operand)).collect::<Option<Vec<bool>>>();
            any.iter().map(|value| any_of(spelled(value)).map(|passes| passes.contains(&true))).collect()
        }
        (Op::OneOf(values), Op::OneOf(others)) => Some(values.iter().map(|value| others.iter().any(|other| same(value, other))).collect()),
        _ => None,
    };
    passes.is_some_and(|passes| passes.iter().all(|passes| *passes != wanted))
}

fn same(a: &Scalar, b: &Scalar) -> bool {
    match (a, b) {
        (Scalar::Int(a), Scalar::Real(b)) | (Scalar::Real(b), Scalar::Int(a)) => *a as f64 == *b,
        _ => a == b,
    }
}

fn place(pred: &Pred<Key>) -> Option<Span> {
    let mut span: Option<Span> = None;
    pred.tests(&mut |test| {
        span = Some(match span {
            // A predicate `let` may stand in another file.
            Some(before) if before.file == test.span.file => before.to(test.span),
            Some(before) => before,
            None => test.span,
        });
    });
    span
}

/// Steps of which each is tested against another's field by an inequality, with the fields that must be there.
pub(super) fn inequalities<'p>(pred: &'p Pred<Key>, into: &mut Vec<&'p Test<Key>>) {
    fn walk<'p>(pred: &'p Pred<Key>, negated: bool, into: &mut Vec<&'p Test<Key>>) {
        match pred {
            Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| walk(part, negated, into)),
            Pred::Not(inner) => walk(inner, !negated, into),
            Pred::Test(test) => {
                if negated && matches!(&test.op, Op::Field { other, .. } if other.step.is_some()) {
                    into.push(test);
                }
            }
        }
    }
    walk(pred, false, into);
}

/// The fields that a predicate needs in order to be true.
pub(super) fn required(pred: &Pred<Key>) -> Vec<&Key> {
    match pred {
        Pred::All(parts) => parts.iter().flat_map(required).collect(),
        Pred::Any(parts) => {
            let mut counts: HashMap<usize, usize> = HashMap::new();
            let each: Vec<Vec<&Key>> = parts.iter().map(required).collect();
            let Some(first) = each.first() else { return Vec::new() };
            for keys in &each {
                for (index, key) in first.iter().enumerate() {
                    *counts.entry(index).or_default() += usize::from(keys.contains(key));
                }
            }
            first.iter().enumerate().filter(|(index, _)| counts[index] == each.len()).map(|(_, key)| *key).collect()
        }
        Pred::Not(_) => Vec::new(),
        Pred::Test(test) => vec![&test.field],
    }
}
