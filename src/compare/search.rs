//! Events that one rule finds and another does not.
//!
//! In: two rules. Out: such events, few and small, or none. First a rule is made that asks for the difference itself: what the one asks and the other does not, in the
//! place of the pattern, or of one step; its witnesses are likely to tell the two apart. Then the witnesses of both rules are tried. Law: what is given back the reference has
//! judged, by both rules.

use std::collections::BTreeSet;

use crate::engine::reference::{self, Found};
use crate::hir::{AggPred, Branch, Case, Event, Group, Linked, Pattern, Pred, Rule, Step};
use crate::schema::{Actions, ClassId, Packs};
use crate::witness::{shrink, witnesses};

/// The same events each time.
const SEED: u64 = 1;
/// How many are made for the difference, and for each of the rules.
const OF_DIFFERENCE: usize = 24;
const OF_RULE: usize = 48;

/// What `one` finds and `other` does not.
pub fn found_by(one: &Rule, other: &Rule, packs: &Packs) -> Option<Vec<Event>> {
    let tells = |events: &[Event]| more(&reference::find(one, events, packs), &reference::find(other, events, packs));
    let made = differences(one, other, packs).into_iter().flat_map(|rule| witnesses(&rule, packs, SEED, OF_DIFFERENCE));
    let made = made.chain([one, other].into_iter().flat_map(|rule| witnesses(rule, packs, SEED, OF_RULE)));
    let found = made.map(|witness| witness.events).find(|events| tells(events))?;
    Some(shrink(&found, packs, |events| tells(events)))
}

/// Whether the first finds something that the second does not.
fn more(one: &Found, other: &Found) -> bool {
    match (one, other) {
        (Found::Events(one), Found::Events(other)) => one.iter().any(|event| !other.contains(event)),
        (Found::Groups(one), Found::Groups(other)) => {
            let known: BTreeSet<_> = other.iter().map(|group| (&group.keys, group.window)).collect();
            one.iter().any(|group| !known.contains(&(&group.keys, group.window)))
        }
        (Found::Chains(one), Found::Chains(other)) => {
            let known: BTreeSet<_> = other.iter().map(|chain| (chain.event, &chain.keys)).collect();
            one.iter().any(|chain| !known.contains(&(chain.event, &chain.keys)))
        }
        // Matches of another kind: whether there is one is all that compares.
        (Found::Events(_) | Found::Groups(_) | Found::Chains(_), _) => !one.is_empty() && other.is_empty(),
    }
}

/// Rules that ask for what `one` asks and `other` does not: of the whole pattern, or of one step after the other.
fn differences(one: &Rule, other: &Rule, packs: &Packs) -> Vec<Rule> {
    match (&one.pattern, &other.pattern) {
        (Pattern::Union(left), Pattern::Union(right)) if !one.group.as_ref().is_some_and(counts_by_branch) => {
            let branches = without(left, right, packs);
            let rule = Rule { pattern: Pattern::Union(branches.clone()), show: None, ..one.clone() };
            if branches.is_empty() { Vec::new() } else { vec![rule] }
        }
        (Pattern::Linked(left), Pattern::Linked(right)) if left.steps.len() == right.steps.len() => {
            let steps = left.steps.iter().zip(&right.steps).enumerate().filter_map(|(index, (step, other))| {
                let branches = without(&step.branches, &other.branches, packs);
                (!branches.is_empty()).then(|| with_step(one, left, index, branches))
            });
            steps.collect()
        }
        (Pattern::Union(_) | Pattern::Linked(_), _) => Vec::new(),
    }
}

fn with_step(rule: &Rule, linked: &Linked, index: usize, branches: Vec<Branch>) -> Rule {
    let mut linked = linked.clone();
    linked.steps[index] = Step { branches, ..linked.steps[index].clone() };
    Rule { pattern: Pattern::Linked(linked), show: None, ..rule.clone() }
}

/// Conditions of aggregates are told by the places of the branches: these must stay.
fn counts_by_branch(group: &Group) -> bool {
    fn any(pred: &AggPred) -> bool {
        match pred {
            AggPred::All(parts) | AggPred::Any(parts) => parts.iter().any(any),
            AggPred::Not(inner) => any(inner),
            AggPred::Test { aggregate, .. } => aggregate.condition.is_some(),
        }
    }
    group.having.as_ref().is_some_and(any)
}

/// For each class of the first branches one that asks for the events of these and of none of the second.
fn without(left: &[Branch], right: &[Branch], packs: &Packs) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    for branch in left {
        if branches.iter().any(|known| known.class == branch.class) {
            continue;
        }
        let kinds = packs.class(branch.class).actions.len() as u32;
        let each = if kinds == 0 { vec![Actions::ALL] } else { (0..kinds).map(|kind| Actions(1 << kind)).collect() };
        let cases = each.into_iter().map(|actions| {
            let pred = Pred::all([asked(left, branch.class, actions), asked(right, branch.class, actions).not()]);
            Case { actions, pred }
        });
        let cases: Vec<Case> = cases.filter(|case| !case.pred.is_false()).collect();
        if !cases.is_empty() {
            branches.push(Branch { cases, pinned: Vec::new(), ..branch.clone() });
        }
    }
    branches
}

/// What branches ask of events of a class with an action.
fn asked(branches: &[Branch], class: ClassId, actions: Actions) -> Pred {
    let cases = branches.iter().filter(|branch| branch.class == class).flat_map(|branch| &branch.cases);
    Pred::any(cases.filter(|case| case.actions.0 & actions.0 != 0).map(|case| case.pred.clone()))
}
