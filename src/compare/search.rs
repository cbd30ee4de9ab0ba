//! Events that one rule finds and another does not.
//!
//! In: two rules. Out: such events, few and small, or none. First a rule is made that asks for the difference itself: what the one asks and the other does not, in the
//! place of the pattern, or of one step; its witnesses are likely to tell the two apart. Then the witnesses of both rules are tried. Law: among what is given back the reference
//! has found a match of the one and none at all of the other, also as a product records it, where a path has its name.

use std::collections::BTreeSet;

use crate::engine::reference::{self, Found};
use crate::hir::{AggPred, Branch, Case, Event, Group, Linked, Pattern, Pred, Rule, Scalar, Step};
use crate::schema::{Actions, ClassId, Packs};
use crate::witness::{set, shrink, witnesses};

/// The same events each time.
const SEED: u64 = 1;
/// How many are made for the difference, and for each of the rules.
const OF_DIFFERENCE: usize = 24;
const OF_RULE: usize = 48;

/// So many are shrunk until one rule finds nothing in them, where both find something in all that was made.
const SHRUNK: usize = 4;

/// What `one` finds and `other` does not.
pub fn found_by(one: &Rule, other: &Rule, packs: &Packs) -> Option<Vec<Event>> {
    let of = |rule: &Rule, events: &[Event]| reference::find(rule, events, packs);
    let judged = |events: &[Event]| !of(one, events).is_empty() && of(other, events).is_empty();
    // As they are shown, and as they are recorded.
    let alone = |events: &[Event]| judged(events) && judged(&named(events, packs));
    let made = differences(one, other, packs).into_iter().flat_map(|rule| witnesses(&rule, packs, SEED, OF_DIFFERENCE));
    let made = made.chain([one, other].into_iter().flat_map(|rule| witnesses(rule, packs, SEED, OF_RULE)));
    let mut more: Vec<Vec<Event>> = Vec::new();
    for events in made.map(|witness| named(&witness.events, packs)) {
        if alone(&events) {
            return Some(shrink(&events, packs, |events| alone(events)));
        }
        if more.len() < SHRUNK && is_more(one, other, &of(one, &events), &of(other, &events)) {
            more.push(events);
        }
    }
    let shrunk = |events: &Vec<Event>| shrink(events, packs, |events| is_more(one, other, &of(one, events), &of(other, events)));
    more.iter().map(shrunk).find(|events| alone(events)).map(|events| shrink(&events, packs, |events| alone(events)))
}

/// The events as any product records them: what has a path has its name, and no other one.
fn named(events: &[Event], packs: &Packs) -> Vec<Event> {
    let mut events = events.to_vec();
    for event in &mut events {
        for (name, path) in packs.class(event.class).last_parts() {
            let values = event.fields.iter().find(|(field, _)| *field == path).map_or(&[][..], |(_, values)| values);
            let last =
                values.iter().filter_map(|value| if let Scalar::Text(text) = value { text.rsplit(['\\', '/']).next() } else { None });
            let last: Vec<Scalar> = last.filter(|last| !last.is_empty()).map(|last| Scalar::Text(last.to_owned())).collect();
            if !values.is_empty() {
                set(event, name, last);
            }
        }
    }
    events
}

/// Whether the first finds something that the second does not. Groups are told apart by keys and windows, and chains by keys and events, where both rules
/// have the same of these.
fn is_more(one: &Rule, other: &Rule, of_one: &Found, of_other: &Found) -> bool {
    match (of_one, of_other) {
        (Found::Events(one), Found::Events(other)) => one.iter().any(|event| !other.contains(event)),
        (Found::Groups(left), Found::Groups(right)) if windows(one) == windows(other) => {
            let known: BTreeSet<_> = right.iter().map(|group| (&group.keys, group.window)).collect();
            left.iter().any(|group| !known.contains(&(&group.keys, group.window)))
        }
        (Found::Chains(left), Found::Chains(right)) if linked_by(one) == linked_by(other) => {
            let known: BTreeSet<_> = right.iter().map(|chain| (chain.event, &chain.keys)).collect();
            left.iter().any(|chain| !known.contains(&(chain.event, &chain.keys)))
        }
        // Whether there is a match is all that compares.
        (Found::Events(_) | Found::Groups(_) | Found::Chains(_), _) => !of_one.is_empty() && of_other.is_empty(),
    }
}

fn windows(rule: &Rule) -> Option<(String, Option<u64>)> {
    rule.group.as_ref().map(|group| (format!("{:?}", group.by), group.per.map(|per| per.seconds)))
}

fn linked_by(rule: &Rule) -> Option<String> {
    if let Pattern::Linked(linked) = &rule.pattern { Some(format!("{:?}", linked.by)) } else { None }
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
