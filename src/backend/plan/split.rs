//! A predicate to what the first stage says and what is left.
//!
//! In: a predicate, and a dialect. Out: `(first, rest)`. Law: `pred == first and rest`, each test of `first` is one that the first
//! stage can say, and nothing that `first` proves exactly stands in `rest` again (through every `All`, and through the `Not` of an
//! `Any`). Where an `Any` cannot be said whole, `first` takes what each of its branches implies.

use crate::hir::Pred;

use super::super::bind::NativePred;
use super::{Dialect, Support};

/// Splits a predicate: `(first, rest)` with `pred == first and rest`.
pub fn split(pred: NativePred, dialect: &dyn Dialect) -> (NativePred, NativePred) {
    let by_parts = |parts: &mut dyn Iterator<Item = NativePred>| {
        let (first, rest): (Vec<_>, Vec<_>) = parts.map(|part| split(part, dialect)).unzip();
        (Pred::all(first), Pred::all(rest))
    };
    match pred {
        // Each is asked about once, where that is enough: the answer costs the spelling.
        Pred::Test(test) => match dialect.support(&test) {
            Support::Native => (Pred::Test(test), Pred::TRUE),
            support => (weaker(support, dialect), Pred::Test(test)),
        },
        pred if is_native(&pred, dialect) => (pred, Pred::TRUE),
        Pred::All(parts) => by_parts(&mut parts.into_iter()),
        Pred::Not(inner) => match *inner {
            // None of them: each for itself is not.
            Pred::Any(parts) => by_parts(&mut parts.into_iter().map(Pred::not)),
            inner @ (Pred::All(_) | Pred::Not(_) | Pred::Test(_)) => {
                let pred = inner.not();
                (widened_parts(&pred, dialect), pred)
            }
        },
        Pred::Any(_) => (widened_parts(&pred, dialect), pred),
    }
}

fn is_native(pred: &NativePred, dialect: &dyn Dialect) -> bool {
    let mut native = true;
    pred.tests(&mut |test| native = native && matches!(dialect.support(test), Support::Native));
    native
}

/// What the first stage can say that is true wherever the predicate is.
fn widened(pred: &NativePred, dialect: &dyn Dialect) -> NativePred {
    match pred {
        Pred::Test(test) => match dialect.support(test) {
            Support::Native => pred.clone(),
            support => weaker(support, dialect),
        },
        Pred::All(_) | Pred::Any(_) | Pred::Not(_) if is_native(pred, dialect) => pred.clone(),
        Pred::All(_) | Pred::Any(_) | Pred::Not(_) => widened_parts(pred, dialect),
    }
}

/// The same of one that the first stage cannot say whole.
fn widened_parts(pred: &NativePred, dialect: &dyn Dialect) -> NativePred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(|part| widened(part, dialect)).collect::<Vec<_>>()),
        Pred::Any(parts) => Pred::any(parts.iter().map(|part| widened(part, dialect)).collect::<Vec<_>>()),
        Pred::Not(inner) => match &**inner {
            Pred::Any(parts) => Pred::all(parts.iter().map(|part| widened(&part.clone().not(), dialect)).collect::<Vec<_>>()),
            Pred::All(parts) => Pred::any(parts.iter().map(|part| widened(&part.clone().not(), dialect)).collect::<Vec<_>>()),
            Pred::Not(inner) => widened(inner, dialect),
            // What is weaker than the test is no help against its negation.
            Pred::Test(_) => Pred::TRUE,
        },
        Pred::Test(_) => widened(pred, dialect),
    }
}

/// Of a test that is not native.
fn weaker(support: Support, dialect: &dyn Dialect) -> NativePred {
    match support {
        Support::Later(Some(weaker)) => {
            debug_assert!(is_native(&weaker, dialect), "the first stage was handed a test that it cannot say: {weaker:?}");
            weaker
        }
        Support::Native | Support::Later(None) | Support::Never(_) => Pred::TRUE,
    }
}
