//! Why an event is a match, or what it lacks.
//!
//! In: the branches of a rule, an event. Out: their conditions as trees, each part with its verdict, each test with the values of its field in
//! the event, and with the operands that passed where it has several. Law: the verdicts are those of [`mod@super::reference`]; a tree is for
//! people, so every part of it is asked, also where the verdict is settled. A regex is compiled once for all events.

use std::collections::HashMap;

use super::reference::{passes, values};
use crate::hir::{Branch, Casing, Event, Op, Pred, Scalar, Test, TextOp};
use crate::schema::{Actions, Class, FieldId, Packs, Type};

/// A part of a condition.
#[derive(Clone, Debug)]
pub struct Part<'r> {
    pub holds: bool,
    pub what: What<'r>,
}

#[derive(Clone, Debug)]
pub enum What<'r> {
    All(Vec<Part<'r>>),
    Any(Vec<Part<'r>>),
    Not(Box<Part<'r>>),
    Test {
        test: &'r Test,
        /// Of its field, in the event.
        values: Vec<Scalar>,
        /// The test with those operands alone that passed, where it has others too, and they are to be told.
        passed: Option<Test>,
    },
}

/// A branch, over one event.
#[derive(Clone, Debug)]
pub struct OfBranch<'r> {
    pub branch: &'r Branch,
    pub holds: bool,
    /// The condition of the event's own action; None: it is of another class, or of an action that is not asked for.
    pub condition: Option<Part<'r>>,
}

/// A list of more operands is looked through by their lengths first.
const LONG: usize = 16;

/// Asks rules about events.
#[derive(Debug, Default)]
pub struct Asker {
    /// Whether to tell which operands of a test passed: each is asked by itself.
    tells_operands: bool,
    /// None: it does not compile, which `check` tells.
    regexes: HashMap<(String, Casing), Option<regex::Regex>>,
}

impl Asker {
    /// One that says of a test with several operands which of them passed.
    pub fn telling_operands() -> Asker {
        Asker { tells_operands: true, ..Asker::default() }
    }

    pub fn branch<'r>(&mut self, branch: &'r Branch, event: &Event, packs: &Packs) -> OfBranch<'r> {
        let other = OfBranch { branch, holds: false, condition: None };
        if branch.class != event.class {
            return other;
        }
        let acted = |actions: Actions| event.action.map_or(actions == Actions::ALL, |action| actions.contains(action));
        let Some(case) = branch.cases.iter().find(|case| acted(case.actions)) else { return other };
        let condition = self.part(&case.pred, event, packs.class(event.class));
        OfBranch { branch, holds: condition.holds, condition: Some(condition) }
    }

    fn part<'r>(&mut self, pred: &'r Pred, event: &Event, class: &Class) -> Part<'r> {
        let mut each = |parts: &'r [Pred]| parts.iter().map(|part| self.part(part, event, class)).collect::<Vec<Part<'r>>>();
        match pred {
            Pred::All(parts) => {
                let parts = each(parts);
                Part { holds: parts.iter().all(|part| part.holds), what: What::All(parts) }
            }
            Pred::Any(parts) => {
                let parts = each(parts);
                Part { holds: parts.iter().any(|part| part.holds), what: What::Any(parts) }
            }
            Pred::Not(inner) => {
                let inner = self.part(inner, event, class);
                Part { holds: !inner.holds, what: What::Not(Box::new(inner)) }
            }
            Pred::Test(test) => {
                let holds = self.passes(test, event, class);
                let passed = if holds && self.tells_operands { self.passed(test, event, class) } else { None };
                Part { holds, what: What::Test { test, values: values(test.field, event, class), passed } }
            }
        }
    }

    fn passes(&mut self, test: &Test, event: &Event, class: &Class) -> bool {
        let texts = || values(test.field, event, class).iter().map(super::reference::spelled).collect::<Vec<String>>();
        if let Op::Text { op: TextOp::Equals, any, case } = &test.op
            && any.len() > LONG
            && class.get(test.field).ty != Type::Guid
        {
            // Folding is one to one: a literal of another length is not worth a comparison.
            let lengths: Vec<usize> = texts().iter().map(|text| text.chars().count()).collect();
            let any = any.iter().filter(|literal| lengths.contains(&literal.chars().count())).cloned().collect();
            return passes(&alone(test, Op::Text { op: TextOp::Equals, any, case: *case }), event, class, None);
        }
        let Op::Matches { any, case } = &test.op else { return passes(test, event, class, None) };
        let texts = texts();
        any.iter().any(|regex| {
            let build = || regex::RegexBuilder::new(&regex.rust).case_insensitive(*case == Casing::Ignore).build().ok();
            let built = self.regexes.entry((regex.rust.clone(), *case)).or_insert_with(build);
            texts.iter().any(|text| built.as_ref().is_some_and(|built| built.is_match(text)))
        })
    }

    /// One operand after the other.
    fn passed(&mut self, test: &Test, event: &Event, class: &Class) -> Option<Test> {
        let mut of = |op: Op| self.passes(&alone(test, op), event, class);
        let op = match &test.op {
            Op::Text { op, any, case } if any.len() > 1 => {
                let any = any.iter().filter(|text| of(Op::Text { op: *op, any: vec![(*text).clone()], case: *case })).cloned().collect();
                Op::Text { op: *op, any, case: *case }
            }
            Op::Like { any, case } if any.len() > 1 => {
                let any = any.iter().filter(|like| of(Op::Like { any: vec![(*like).clone()], case: *case })).cloned().collect();
                Op::Like { any, case: *case }
            }
            Op::Matches { any, case } if any.len() > 1 => {
                let any = any.iter().filter(|regex| of(Op::Matches { any: vec![(*regex).clone()], case: *case })).cloned().collect();
                Op::Matches { any, case: *case }
            }
            Op::OneOf(any) if any.len() > 1 => Op::OneOf(any.iter().filter(|one| of(Op::OneOf(vec![(*one).clone()]))).cloned().collect()),
            Op::Within(any) if any.len() > 1 => Op::Within(any.iter().filter(|one| of(Op::Within(vec![**one]))).copied().collect()),
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists
            | Op::Field { .. } => return None,
        };
        Some(alone(test, op))
    }
}

/// The test with other operands. (A long list is not copied for it.)
fn alone(test: &Test, op: Op) -> Test {
    Test { field: test.field, op, span: test.span, from: Vec::new() }
}

impl Part<'_> {
    /// The fields whose values made it true, each once: those of the tests that hold, in parts that hold. What is only not so decides by
    /// nothing that could be shown.
    pub fn decided(&self) -> Vec<FieldId> {
        let mut fields = Vec::new();
        self.decide(&mut fields);
        fields
    }

    fn decide(&self, fields: &mut Vec<FieldId>) {
        match &self.what {
            _ if !self.holds => {}
            What::All(parts) | What::Any(parts) => parts.iter().for_each(|part| part.decide(fields)),
            What::Not(_) => {}
            What::Test { test, .. } => {
                let other = if let Op::Field { other, .. } = &test.op { Some(other.field) } else { None };
                for field in std::iter::once(test.field).chain(other) {
                    if !fields.contains(&field) {
                        fields.push(field);
                    }
                }
            }
        }
    }

    /// How many tests would have to be otherwise, at the least, for it to hold; 0: it does.
    pub fn lacks(&self) -> usize {
        self.away(true)
    }

    fn away(&self, wanted: bool) -> usize {
        let of = |parts: &[Part<'_>], all: bool| -> usize {
            let each = parts.iter().map(|part| part.away(wanted));
            if all { each.sum() } else { each.min().unwrap_or(usize::from(self.holds != wanted)) }
        };
        match &self.what {
            What::All(parts) => of(parts, wanted),
            What::Any(parts) => of(parts, !wanted),
            What::Not(inner) => inner.away(!wanted),
            What::Test { .. } => usize::from(self.holds != wanted),
        }
    }
}
