//! The definition of truth: one rule, some events, by plain recursion.
//!
//! In: a rule, events in the model's words, the model. Out: what the rule finds among them. Nothing is prepared, cached or shared: a
//! threshold asks every event for every group, a linked pattern tries every chain. The matcher and every emitted query are held to what
//! stands here. It has in common with the matcher only the `regex` crate (what a pattern means), `regex-syntax`'s table of simple case
//! folding, and [`Kind::networks`](crate::hir::Kind::networks); and with the queries only the last.
//! Law: grammar/semantics.md, word by word. [`mod@self::chains`] is exponential in the number of steps: it is for tests.

mod chains;
mod event;
mod groups;
mod keys;
mod parts;

pub use chains::Chain;
pub use event::{Chained, holds, one_holds, passes, satisfies, satisfies_in, spelled, values};
pub use groups::{Aggregated, Group, aggregate};
pub use keys::{folded, keys};

use crate::hir::{Event, Pattern, Rule};
use crate::schema::Packs;

/// What a rule finds. Events are named by their place in the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Of a rule over single events, in the order of the list.
    Events(Vec<usize>),
    /// Of a threshold, in the order of their keys and windows.
    Groups(Vec<Group>),
    /// Of a linked pattern, in the order of their events and keys.
    Chains(Vec<Chain>),
}

impl Found {
    pub fn is_empty(&self) -> bool {
        match self {
            Found::Events(events) => events.is_empty(),
            Found::Groups(groups) => groups.is_empty(),
            Found::Chains(chains) => chains.is_empty(),
        }
    }
}

/// Whether there is a match among the events.
pub fn verdict(rule: &Rule, events: &[Event], packs: &Packs) -> bool {
    !find(rule, events, packs).is_empty()
}

/// Every match among the events. Their order in the list decides nothing but which of two equal ones is shown.
pub fn find(rule: &Rule, events: &[Event], packs: &Packs) -> Found {
    match (&rule.pattern, &rule.group) {
        (Pattern::Union(_), None) => Found::Events((0..events.len()).filter(|index| matches(rule, &events[*index], packs)).collect()),
        (Pattern::Union(branches), Some(group)) => Found::Groups(groups::groups(branches, group, events, packs)),
        (Pattern::Linked(linked), _) => Found::Chains(chains::chains(linked, events, packs)),
    }
}

/// Whether the event is a match by itself. A rule over several events is matched by no single one.
pub fn matches(rule: &Rule, event: &Event, packs: &Packs) -> bool {
    !branches(rule, event, packs).is_empty()
}

/// Every label that the event satisfies, once, in the order of the rule.
pub fn labels<'r>(rule: &'r Rule, event: &Event, packs: &Packs) -> Vec<&'r str> {
    let Pattern::Union(all) = &rule.pattern else { return Vec::new() };
    let mut labels = Vec::new();
    for label in branches(rule, event, packs).into_iter().filter_map(|index| all[index].label.as_deref()) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

/// The indices of the branches that the event satisfies.
pub fn branches(rule: &Rule, event: &Event, packs: &Packs) -> Vec<usize> {
    match &rule.pattern {
        Pattern::Union(branches) if rule.group.is_none() => {
            branches.iter().enumerate().filter(|(_, branch)| satisfies(branch, event, packs)).map(|(index, _)| index).collect()
        }
        Pattern::Union(_) | Pattern::Linked(_) => Vec::new(),
    }
}
