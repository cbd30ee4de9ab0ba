//! One event after the other against all rules of an [`Engine`].
//!
//! In: events. Out: their matches, in the order of the rules. The verdict of a test and the folded form of a text are kept for the
//! length of an event, so rules that share a test share its cost. Law: what a scanner says of an event does not depend on the events
//! before it (rules over several events are not loaded), and it allocates nothing for an event that matches no rule, once its buffers
//! have grown.

use crate::schema::Actions;

use super::Engine;
use super::compile::{CaseProgram, ClassProgram, Program};
use super::event::Event;
use super::test::View;

/// Scratch and state of one thread.
#[derive(Debug)]
pub struct Scanner<'e> {
    engine: &'e Engine,
    verdicts: Verdicts,
    view: View,
    /// The branches of one rule that the event satisfies.
    branches: Vec<u32>,
}

/// A rule that an event satisfies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match<'e> {
    /// Its place among the rules that [`Engine::new`] was given.
    pub rule: usize,
    pub name: &'e str,
    /// The labels of the branches that the event satisfies, in their order, each once.
    pub labels: Vec<&'e str>,
}

impl<'e> Scanner<'e> {
    pub(super) fn new(engine: &'e Engine) -> Scanner<'e> {
        Scanner { engine, verdicts: Verdicts::default(), view: View::default(), branches: Vec::new() }
    }

    /// Asks every rule about the event; `sink` is called once for each that it matches.
    pub fn push(&mut self, event: &Event, mut sink: impl FnMut(Match<'e>)) {
        let engine = self.engine;
        let Some(class) = engine.classes.get(usize::from(event.class.0)) else { return };
        if class.cases.is_empty() {
            return;
        }
        self.verdicts.begin(class.tests.len());
        self.view.begin(event);
        let mut rule = None;
        for case in asked(class, event.actions) {
            if rule != Some(case.rule) {
                self.report(rule, &mut sink);
                rule = Some(case.rule);
            }
            if self.branches.last() != Some(&case.branch) && self.holds(&case.program, class, event) {
                self.branches.push(case.branch);
            }
        }
        self.report(rule, &mut sink);
    }

    fn report(&mut self, rule: Option<u32>, sink: &mut impl FnMut(Match<'e>)) {
        let Some(rule) = rule else { return };
        if self.branches.is_empty() {
            return;
        }
        let engine = self.engine;
        let rule = &engine.rules[rule as usize];
        let mut labels: Vec<&str> = Vec::new();
        for label in self.branches.drain(..).filter_map(|branch| rule.labels[branch as usize].as_deref()) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        sink(Match { rule: rule.index, name: &rule.name, labels });
    }

    fn holds(&mut self, program: &Program, class: &ClassProgram, event: &Event) -> bool {
        match program {
            Program::All(parts) => parts.iter().all(|part| self.holds(part, class, event)),
            Program::Any(parts) => parts.iter().any(|part| self.holds(part, class, event)),
            Program::Not(inner) => !self.holds(inner, class, event),
            Program::Test(index) => {
                let index = *index as usize;
                if let Some(known) = self.verdicts.get(index) {
                    return known;
                }
                let verdict = class.tests[index].passes(event, &mut self.view);
                self.verdicts.set(index, verdict);
                verdict
            }
        }
    }
}

/// The cases that hold for one of the actions, in the order of the rules.
fn asked(class: &ClassProgram, actions: Actions) -> impl Iterator<Item = &CaseProgram> {
    let listed: &[u32] = match actions {
        actions if actions.0.is_power_of_two() => class.by_action.get(actions.0.trailing_zeros() as usize).map_or(&[], Vec::as_slice),
        _ => &[],
    };
    let all = if listed.is_empty() && !actions.0.is_power_of_two() { class.cases.as_slice() } else { &[] };
    let holds = move |case: &&CaseProgram| match actions {
        Actions::ALL => case.actions == Actions::ALL,
        actions => !case.actions.and(actions).is_empty(),
    };
    listed.iter().map(|case| &class.cases[*case as usize]).chain(all.iter().filter(holds))
}

/// What each test of a class says of this event, as far as it was asked.
#[derive(Debug, Default)]
struct Verdicts {
    /// `event << 1 | verdict`; of another event: unknown.
    known: Vec<u32>,
    event: u32,
}

impl Verdicts {
    fn begin(&mut self, tests: usize) {
        self.event += 1;
        if self.event > u32::MAX >> 1 {
            self.known.clear();
            self.event = 1;
        }
        if self.known.len() < tests {
            self.known.resize(tests, 0);
        }
    }

    fn get(&self, test: usize) -> Option<bool> {
        (self.known[test] >> 1 == self.event).then_some(self.known[test] & 1 == 1)
    }

    fn set(&mut self, test: usize, verdict: bool) {
        self.known[test] = self.event << 1 | u32::from(verdict);
    }
}
