//! What a set of rules covers of ATT&CK.
//!
//! In: rules, each with its fidelity on every target that is asked about, and the packs. Out: [`Coverage`]: the matrix with the rules of each
//! technique, the classes of events that the rules read, how faithful they are on each target, and what no cell of the matrix stands for.
//! The printers ([`navigator`], [`svg`], [`html`]) only read it. Law: every rule is counted in a cell, or named among those that name no
//! technique, or that no target has a query for; an id that ATT&CK took back counts where its successors stand, and is told.

mod count;
pub mod html;
pub mod navigator;
pub mod svg;

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use crate::backend::Fidelity;
use crate::schema::Target;

pub use count::{Asked, count};

/// How many rules are how faithful on one target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub exact: usize,
    pub widened: usize,
    pub narrowed: usize,
    pub refused: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Of ATT&CK.
    pub attack: String,
    /// Those that are asked about; every list of tallies is in their order.
    pub targets: Vec<&'static str>,
    pub rules: Vec<RuleRow>,
    /// The columns of the matrix, in ATT&CK's order.
    pub tactics: Vec<Column>,
    /// The classes of events that the rules read, in the model's order.
    pub classes: Vec<ClassRow>,
    /// Of all rules, one a target.
    pub tallies: Vec<Tally>,
    /// Names of the rules that name no technique.
    pub without: Vec<String>,
    /// Names of the rules for which none of the targets has a query: they cover nothing there.
    pub refused: Vec<String>,
    /// Ids that are no cell of the matrix, with the rules that name them: software, groups, mitigations, what is deprecated.
    pub elsewhere: Vec<Elsewhere>,
    /// Ids that ATT&CK took back, with what stands in their place.
    pub moved: Vec<Moved>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RuleRow {
    pub name: String,
    pub title: Option<String>,
    pub path: String,
    /// As the rule names them.
    pub attack: Vec<String>,
    pub classes: Vec<String>,
    /// One a target.
    pub fidelities: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub id: String,
    pub name: String,
    /// As Navigator and tags write it: `command-and-control`.
    pub word: String,
    /// How many rules have a technique of it, or name it itself.
    pub rules: usize,
    /// Names of those that name the tactic itself.
    pub named: Vec<String>,
    /// By name, as in ATT&CK's matrix.
    pub cells: Vec<Cell>,
}

/// A technique in a tactic.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    pub id: String,
    pub name: String,
    /// Names of the rules that name it, in the order of the rules.
    pub rules: Vec<String>,
    /// Of these, one a target.
    pub tallies: Vec<Tally>,
    /// Its sub-techniques, by id.
    pub below: Vec<Cell>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClassRow {
    pub name: String,
    pub rules: usize,
    pub tallies: Vec<Tally>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Elsewhere {
    pub id: String,
    pub rules: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    pub id: String,
    pub to: Vec<String>,
    pub rules: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, fidelity: Fidelity) {
        match fidelity {
            Fidelity::Exact => self.exact += 1,
            Fidelity::Widened => self.widened += 1,
            Fidelity::Narrowed => self.narrowed += 1,
            Fidelity::Refused => self.refused += 1,
        }
    }

    pub fn of(&self, fidelity: Fidelity) -> usize {
        match fidelity {
            Fidelity::Exact => self.exact,
            Fidelity::Widened => self.widened,
            Fidelity::Narrowed => self.narrowed,
            Fidelity::Refused => self.refused,
        }
    }

    pub fn all(&self) -> usize {
        self.exact + self.widened + self.narrowed + self.refused
    }

    /// `2 exact, 1 refused`
    pub fn told(&self) -> String {
        let kinds = [(self.exact, "exact"), (self.widened, "widened"), (self.narrowed, "narrowed"), (self.refused, "refused")];
        let kinds: Vec<String> = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
        kinds.join(", ")
    }
}

impl Cell {
    pub fn is_covered(&self) -> bool {
        !self.rules.is_empty() || self.below.iter().any(Cell::is_covered)
    }

    /// Rules that name it or a part of it, each once.
    pub fn all_rules(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let below = self.below.iter().flat_map(|part| &part.rules);
        self.rules.iter().chain(below).map(String::as_str).filter(|name| seen.insert(*name)).collect()
    }

    pub fn parts_covered(&self) -> usize {
        self.below.iter().filter(|part| part.is_covered()).count()
    }
}

impl Column {
    pub fn covered(&self) -> usize {
        self.cells.iter().filter(|cell| cell.is_covered()).count()
    }
}

impl Coverage {
    /// How many techniques and sub-techniques have a rule of their own or below them, and how many there are; each once, though it stands in several
    /// tactics.
    pub fn totals(&self) -> [(usize, usize); 2] {
        let mut seen = BTreeMap::new();
        for cell in self.tactics.iter().flat_map(|column| &column.cells).flat_map(|cell| std::iter::once(cell).chain(&cell.below)) {
            seen.insert(cell.id.as_str(), cell.is_covered());
        }
        [false, true].map(|parts| {
            let of = || seen.iter().filter(|(id, _)| id.contains('.') == parts);
            (of().filter(|(_, covered)| **covered).count(), of().count())
        })
    }

    /// `24 rules: 12 of 222 techniques, 9 of 475 sub-techniques of ATT&CK 19`
    pub fn summary(&self) -> String {
        let [(techniques, all), (parts, all_parts)] = self.totals();
        let rules = self.rules.len();
        let noun = if rules == 1 { "rule" } else { "rules" };
        format!("{rules} {noun}: {techniques} of {all} techniques and {parts} of {all_parts} sub-techniques of ATT&CK {}", self.attack)
    }
}

/// The names of the targets, as the tallies are ordered.
fn names(targets: &[Target]) -> Vec<&'static str> {
    targets.iter().map(|target| target.name()).collect()
}
