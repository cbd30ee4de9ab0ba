//! Rules over several events: what is kept of each hit, and what is found when nothing that comes can change it.
//!
//! In: hits, in any order of time, as the programs of single events find them; the time before which none comes any more (the watermark). Out:
//! groups whose window is over, chains whose last hit is; without a watermark, all of them at the end. What is kept grows with the hits
//! and not with the events: keys, what is counted, what other steps compare with, what is shown. Behind a watermark it is what a window or a
//! chain may still need, and [`Limits`] bound it.
//! Law: what is found does not depend on the order of the hits, but for the choice between two of one time, nor on when it is decided: with
//! a watermark is found what the end finds among the hits that were not late.

mod chains;
mod columns;
mod enough;
mod groups;
mod limits;
mod linked;
mod read;
mod search;
mod tally;
mod written;

pub use chains::ChainPlan;
pub use groups::{GroupPlan, Groups};
pub use limits::{Keeping, LeftOut, Limits};
pub use linked::Chains;
pub use written::Written;

use crate::hir::Scalar;

/// A match of several events.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Combined<'e> {
    /// Its place among the rules that [`Engine::new`](super::Engine::new) was given.
    pub rule: usize,
    pub name: &'e str,
    /// Of each field behind `by`, in their order; texts in lower case.
    pub keys: Vec<Scalar>,
    /// Microseconds since 1970: of a group the beginning of its window, or of its first hit where there is no window; of a chain the
    /// match's own.
    pub time: Option<i64>,
    /// The last hit; of a chain the match's own.
    pub event: Hit,
    pub of: Of<'e>,
    /// The labels of all hits, in the order of the rule, each once.
    pub labels: Vec<&'e str>,
    /// What the rule shows, by name.
    pub columns: Vec<(&'e str, Vec<Cell>)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Of<'e> {
    Group {
        /// Where its window begins; None without `per`.
        window: Option<i64>,
    },
    Chain {
        /// The time of the first of the hits that decide; the last one's is the match's own.
        first: i64,
        /// By step, with its label. None: an optional one, or one of `at_least`, without a hit.
        hits: Vec<(&'e str, Option<Hit>)>,
    },
}

/// An event, as the caller knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    pub time: Option<i64>,
    /// What [`Scanner::push_tagged`](super::Scanner::push_tagged) was given with it.
    pub tag: u64,
}

/// A value that is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Value(Scalar),
    /// Microseconds since 1970.
    Time(i64),
}

/// What a rule that is loaded asks about several events.
#[derive(Debug)]
pub enum Plan {
    Groups(GroupPlan),
    Chains(ChainPlan),
}

/// What a scanner keeps for one rule.
#[derive(Debug)]
pub enum State {
    Groups(Groups),
    Chains(Chains),
}

impl Plan {
    pub fn state(&self) -> State {
        match self {
            Plan::Groups(_) => State::Groups(Groups::default()),
            Plan::Chains(_) => State::Chains(Chains::default()),
        }
    }
}

impl State {
    /// How many groups, or events, are kept.
    pub fn len(&self) -> usize {
        match self {
            State::Groups(groups) => groups.len(),
            State::Chains(chains) => chains.len(),
        }
    }

    /// The watermark at which something is to be decided; None: only the end decides.
    pub fn due(&self, plan: &Plan) -> Option<i64> {
        match (self, plan) {
            (State::Groups(groups), Plan::Groups(plan)) => groups.due(plan),
            (State::Chains(chains), _) => chains.due(),
            (State::Groups(_), Plan::Chains(_)) => None,
        }
    }

    /// The matches that no event from the watermark on can change; at the end (None) all.
    pub fn decide<'e>(&mut self, plan: &'e Plan, watermark: Option<i64>, rule: usize, name: &'e str) -> Vec<Combined<'e>> {
        match (self, plan) {
            (State::Groups(groups), Plan::Groups(plan)) => groups.decide(plan, watermark, rule, name),
            (State::Chains(chains), Plan::Chains(plan)) => chains.decide(plan, watermark, rule, name),
            // Of one rule both are of one kind.
            (State::Groups(_), Plan::Chains(_)) | (State::Chains(_), Plan::Groups(_)) => Vec::new(),
        }
    }

    /// Takes in what another scanner kept for the same rule, as if it had read its events after those of this one.
    pub fn merge(&mut self, other: State) {
        match (self, other) {
            (State::Groups(groups), State::Groups(others)) => groups.merge(others),
            (State::Chains(chains), State::Chains(others)) => chains.merge(others),
            // Of one rule both are of one kind.
            (State::Groups(_), State::Chains(_)) | (State::Chains(_), State::Groups(_)) => {}
        }
    }
}
