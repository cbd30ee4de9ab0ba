//! `name == a or name == b` is `name in [a, b]`.
//!
//! Tests of one field with one operator become one with a list, in an `or`; under `not`, in an `and`. Law: a list on the right means any
//! of it, also for a field of several values.

use std::collections::HashSet;

use crate::hir::{Casing, Op, Pred, Test, TextOp};
use crate::schema::FieldId;
use crate::source::{Span, add_places};

use super::{Change, Rewriter, both};

impl Rewriter<'_> {
    /// The parts of an `or`.
    pub(super) fn lists(&mut self, parts: Vec<Pred>) -> Vec<Pred> {
        let (mut groups, joined) = join(vec![parts]);
        for one in joined {
            let before = Pred::any(one.members.into_iter().map(Pred::Test));
            self.note(one.test.span, before, Change::List(Pred::Test(one.test)));
        }
        groups.pop().unwrap_or_default()
    }

    /// The parts of an `and`: what stands under `not`, also as one of several in it.
    pub(super) fn negated_lists(&mut self, parts: Vec<Pred>) -> Vec<Pred> {
        let groups = parts.iter().map(|part| match part {
            Pred::Not(inner) => match &**inner {
                Pred::Any(any) => any.clone(),
                one => vec![one.clone()],
            },
            Pred::All(_) | Pred::Any(_) | Pred::Test(_) => Vec::new(),
        });
        let (groups, joined) = join(groups.collect());
        if joined.is_empty() {
            return parts;
        }
        for one in joined {
            let before = Pred::all(one.members.into_iter().map(|test| Pred::Test(test).not()));
            self.note(one.test.span, before, Change::List(Pred::Test(one.test).not()));
        }
        let left = parts.into_iter().zip(groups).filter_map(|(part, group)| match part {
            Pred::Not(_) if group.is_empty() => None,
            Pred::Not(_) => Some(Pred::any(group).not()),
            part => Some(part),
        });
        left.collect()
    }
}

/// Several tests that became one.
struct Joined {
    members: Vec<Test>,
    test: Test,
}

/// The place of a test that others may go into.
struct Slot {
    group: usize,
    index: usize,
    members: Vec<Test>,
}

/// The same parts, each test in the first place where one of its kind stands.
fn join(groups: Vec<Vec<Pred>>) -> (Vec<Vec<Pred>>, Vec<Joined>) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut left: Vec<Vec<Pred>> = Vec::new();
    for (group, parts) in groups.into_iter().enumerate() {
        left.push(Vec::new());
        for part in parts {
            match &part {
                Pred::Test(test) if takes_a_list(&test.op) => {
                    if let Some(slot) = slots.iter_mut().find(|slot| alike(&slot.members[0], test)) {
                        slot.members.push(test.clone());
                        continue;
                    }
                    slots.push(Slot { group, index: left[group].len(), members: vec![test.clone()] });
                }
                Pred::Test(_) | Pred::All(_) | Pred::Any(_) | Pred::Not(_) => {}
            }
            left[group].push(part);
        }
    }
    let mut joined = Vec::new();
    for slot in slots.into_iter().filter(|slot| slot.members.len() > 1) {
        let test = one(&slot.members);
        left[slot.group][slot.index] = Pred::Test(test.clone());
        joined.push(Joined { members: slot.members, test });
    }
    (left, joined)
}

fn takes_a_list(op: &Op) -> bool {
    match op {
        Op::Text { .. } | Op::Like { .. } | Op::Matches { .. } | Op::OneOf(_) | Op::Within(_) => true,
        Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. } => false,
    }
}

/// What must be the same for the lists of two tests to be one.
fn kind(test: &Test) -> (FieldId, u8, Option<TextOp>, Option<Casing>) {
    let (kind, op, case) = match &test.op {
        Op::Text { op, case, .. } => (0, Some(*op), Some(*case)),
        Op::Like { case, .. } => (1, None, Some(*case)),
        Op::Matches { case, .. } => (2, None, Some(*case)),
        Op::OneOf(_) => (3, None, None),
        Op::Within(_) => (4, None, None),
        Op::Compare(..) => (5, None, None),
        Op::Is(_) => (6, None, None),
        Op::Exists => (7, None, None),
        Op::Field { .. } => (8, None, None),
    };
    (test.field, kind, op, case)
}

pub(super) fn alike(one: &Test, other: &Test) -> bool {
    kind(one) == kind(other)
}

fn one(members: &[Test]) -> Test {
    let span: Span = members[1..].iter().fold(members[0].span, |span, test| both(span, test.span));
    let mut op = members[0].op.clone();
    for member in &members[1..] {
        match (&mut op, &member.op) {
            (Op::Text { any, .. }, Op::Text { any: more, .. }) => any.extend(more.iter().cloned()),
            (Op::Like { any, .. }, Op::Like { any: more, .. }) => any.extend(more.iter().cloned()),
            (Op::Matches { any, .. }, Op::Matches { any: more, .. }) => any.extend(more.iter().cloned()),
            (Op::OneOf(any), Op::OneOf(more)) => any.extend(more.iter().cloned()),
            (Op::Within(any), Op::Within(more)) => any.extend(more.iter().copied()),
            // Tests that are alike have one kind of operator.
            _ => {}
        }
    }
    if let Op::Text { any, case, .. } = &mut op {
        let mut seen = HashSet::new();
        any.retain(|text| seen.insert(if *case == Casing::Ignore { text.to_ascii_lowercase() } else { text.clone() }));
    }
    let mut joined = Test::new(members[0].field, op, span);
    joined.from = members[0].places().to_vec();
    members[1..].iter().for_each(|member| add_places(&mut joined.from, member.places()));
    joined
}
