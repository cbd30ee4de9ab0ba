//! Witnesses of a rule over single events.
//!
//! In: branches. Out: events, each a witness by itself: one that matches, and what becomes of it when one thing is changed.

use crate::engine::reference::{self, Chained};
use crate::hir::{Branch, Case, Event, Rule, Test};
use crate::schema::{ClassId, Packs};

use super::event::{Forge, Order};
use super::rng::Rng;
use super::{Kind, Witness};

/// After so many rounds without a new event there will be none.
const BARREN: usize = 12;

pub fn events(rule: &Rule, branches: &[Branch], packs: &Packs, seed: u64, count: usize) -> Vec<Witness> {
    let mut maker = Maker { rule, forge: Forge { packs, rng: Rng::new(seed) }, found: Vec::new() };
    let cases: Vec<(ClassId, &Case)> = branches.iter().flat_map(|branch| branch.cases.iter().map(|case| (branch.class, case))).collect();
    // A rule that no event can match gives up after a while.
    let mut barren = 0;
    for round in 0.. {
        if cases.is_empty() || maker.found.len() >= count || barren > BARREN {
            break;
        }
        let (class, case) = cases[round % cases.len()];
        let before = maker.found.len();
        maker.round(class, case, count);
        barren = if maker.found.len() > before { 0 } else { barren + 1 };
    }
    maker.found.truncate(count);
    maker.found
}

struct Maker<'r> {
    rule: &'r Rule,
    forge: Forge<'r>,
    found: Vec<Witness>,
}

impl<'r> Maker<'r> {
    /// One event that matches, if that can be had, and what can be made of it.
    fn round(&mut self, class: ClassId, case: &'r Case, count: usize) {
        let Some(event) = self.matching(class, case) else { return };
        let (rule, packs) = (self.rule, self.forge.packs);
        note(&mut self.found, rule, packs, event.clone(), Kind::Match);
        let mut tests: Vec<&Test> = Vec::new();
        case.pred.tests(&mut |test| tests.push(test));
        for _ in 0..6 {
            if self.found.len() >= count {
                return;
            }
            let Some(test) = self.forge.rng.pick(&tests).copied() else { break };
            let found = &mut self.found;
            let mut take = |event: Event, kind| {
                let is_wanted = kind != Kind::JustMisses || !reference::matches(rule, &event, packs);
                is_wanted && note(found, rule, packs, event, kind)
            };
            self.forge.vary(&event, &tests, test, Chained { steps: &[], packs }, &mut take);
        }
        if (tests.is_empty() || self.forge.rng.one_in(4))
            && let Some(other) = self.forge.other_action(&event)
        {
            note(&mut self.found, rule, packs, other, Kind::OtherAction);
        }
    }

    fn matching(&mut self, class: ClassId, case: &'r Case) -> Option<Event> {
        let packs = self.forge.packs;
        (0..8).find_map(|_| {
            let mut wishes = Vec::new();
            self.forge.wish(&case.pred, true, &mut wishes);
            let chain = Chained { steps: &[], packs };
            let event = self.forge.granted(&Order { class, actions: case.actions, wishes, settled: &[], needed: &[], chain });
            reference::matches(self.rule, &event, packs).then_some(event)
        })
    }
}

/// False: it is known.
fn note(found: &mut Vec<Witness>, rule: &Rule, packs: &Packs, event: Event, kind: Kind) -> bool {
    let events = vec![event];
    let witness = Witness { found: reference::find(rule, &events, packs), events, kind };
    let new = !found.contains(&witness);
    if new {
        found.push(witness);
    }
    new
}
