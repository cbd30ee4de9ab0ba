//! Alternatives that a target cannot say, left out where others remain.
//!
//! In: what a branch asks, and which fields the target lacks. Out: the same without the alternatives of an `or` that read such a field, and
//! what was left out. Law: an event that satisfies what is kept satisfies the branch: an alternative goes only where an `or` stands under
//! no `not`, and never the last one. Under a `not` leaving out would let more pass, so there nothing is left out. The cases of a branch
//! are alternatives too, of actions.

use crate::hir::{Branch, Case, Op, Pred, Test};
use crate::schema::FieldId;
use crate::source::Span;

/// An alternative that is not asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Left {
    /// That the target lacks.
    pub field: FieldId,
    /// Of the test that reads it.
    pub test: Span,
    /// Of all its tests.
    pub alternative: Span,
}

/// None: nothing would remain, or what is lacking stands where it cannot be left out.
pub(super) fn without(branch: &Branch, lacks: &dyn Fn(FieldId) -> bool) -> Option<(Branch, Vec<Left>)> {
    let mut left = Vec::new();
    let mut kept = Vec::new();
    for case in &branch.cases {
        match sayable(&case.pred, lacks) {
            Ok((pred, gone)) => {
                left.extend(gone);
                kept.push(Case { actions: case.actions, pred });
            }
            Err((field, test)) => left.push(Left { field, test, alternative: extent(&case.pred, test) }),
        }
    }
    let remains = kept.iter().any(|case| case.pred != Pred::FALSE);
    remains.then(|| (Branch { cases: kept, ..branch.clone() }, left))
}

type Sayable = Result<(Pred, Vec<Left>), (FieldId, Span)>;

/// What is kept and what is not; or the field without which nothing is kept.
fn sayable(pred: &Pred, lacks: &dyn Fn(FieldId) -> bool) -> Sayable {
    match pred {
        Pred::Test(_) | Pred::Not(_) => match lacking(pred, lacks) {
            Some(why) => Err(why),
            None => Ok((pred.clone(), Vec::new())),
        },
        Pred::All(parts) => {
            let (mut kept, mut left) = (Vec::new(), Vec::new());
            for part in parts {
                let (part, gone) = sayable(part, lacks)?;
                kept.push(part);
                left.extend(gone);
            }
            Ok((Pred::all(kept), left))
        }
        Pred::Any(parts) => {
            let (mut kept, mut left, mut first) = (Vec::new(), Vec::new(), None);
            for part in parts {
                match sayable(part, lacks) {
                    Ok((part, gone)) => {
                        kept.push(part);
                        left.extend(gone);
                    }
                    Err((field, test)) => {
                        first = first.or(Some((field, test)));
                        left.push(Left { field, test, alternative: extent(part, test) });
                    }
                }
            }
            match first {
                Some(why) if kept.is_empty() => Err(why),
                Some(_) | None => Ok((Pred::any(kept), left)),
            }
        }
    }
}

/// The first field that is lacking, and the test that reads it.
fn lacking(pred: &Pred, lacks: &dyn Fn(FieldId) -> bool) -> Option<(FieldId, Span)> {
    let mut found = None;
    pred.tests(&mut |test: &Test<FieldId>| {
        let right = if let Op::Field { other, .. } = &test.op { Some(other.field) } else { None };
        let field = std::iter::once(test.field).chain(right).find(|field| lacks(*field));
        found = found.or(field.map(|field| (field, test.span)));
    });
    found
}

/// From the first of its tests to the last, as far as they stand in one text.
fn extent(pred: &Pred, at: Span) -> Span {
    let mut whole = at;
    pred.tests(&mut |test| {
        if test.span.file == whole.file {
            whole = whole.to(test.span);
        }
    });
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    const LACKING: u16 = 4;

    /// Fields 0 to 7 are there or not; those from [`LACKING`] on the target lacks.
    fn holds(pred: &Pred, event: u16) -> bool {
        match pred {
            Pred::All(parts) => parts.iter().all(|part| holds(part, event)),
            Pred::Any(parts) => parts.iter().any(|part| holds(part, event)),
            Pred::Not(inner) => !holds(inner, event),
            Pred::Test(test) => event >> test.field.0 & 1 == 1,
        }
    }

    fn random(state: &mut u64, depth: u32, at: Span) -> Pred {
        let mut next = |below: u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*state >> 33) % below
        };
        let (kind, parts, field) = (next(5), 2 + next(2), next(8) as u16);
        if depth == 0 || kind == 0 {
            return Pred::test(FieldId(field), Op::Exists, at);
        }
        let mut parts: Vec<Pred> = (0..parts).map(|_| random(state, depth - 1, at)).collect();
        match kind {
            1 | 2 => Pred::any(parts),
            3 => Pred::all(parts),
            _ => parts.remove(0).not(),
        }
    }

    #[test]
    fn what_is_kept_is_never_more_and_reads_nothing_that_is_lacking() {
        let at = Span::new(Sources::default().add("x", ""), 0, 0);
        let lacks = |field: FieldId| field.0 >= LACKING;
        let (mut state, mut narrowed, mut refused) = (7, 0, 0);
        for _ in 0..4_000 {
            let pred = random(&mut state, 4, at);
            let Ok((kept, left)) = sayable(&pred, &lacks) else {
                refused += 1;
                assert!(lacking(&pred, &lacks).is_some(), "{pred:?}");
                continue;
            };
            narrowed += usize::from(!left.is_empty());
            assert!(lacking(&kept, &lacks).is_none(), "{kept:?}");
            assert_eq!(left.is_empty(), lacking(&pred, &lacks).is_none(), "{pred:?}");
            for event in 0..256 {
                assert!(!holds(&kept, event) || holds(&pred, event), "{event:b}: {pred:?} became {kept:?}");
            }
        }
        assert!(narrowed > 500 && refused > 500, "{narrowed} {refused}");
    }
}
