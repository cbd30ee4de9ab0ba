//! Many generated rules, whole: through parser, checker and planner, and the matcher against the reference on many events.
//!
//! `SPOOR_GENERATED=N` asks for N rule x event cases; without it there are fewer.

#[path = "generated/mod.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod generated;

use std::collections::BTreeMap;

use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::engine::{Engine, reference};
use spoor::hir::{Event, Pattern, Rule};
use spoor::schema::{ClassId, builtin};
use spoor::witness::witnesses;

/// Rules of one class that are asked together of each other's events.
const TOGETHER: usize = 20;

fn class(rule: &Rule) -> Option<ClassId> {
    match &rule.pattern {
        Pattern::Union(branches) => branches.first().map(|branch| branch.class),
        Pattern::Linked(_) => None,
    }
}

/// The matcher says of each rule and event what the reference says: of events made for the rule, and for rules of its kind.
#[test]
fn the_matcher_is_the_reference_on_generated_rules() {
    let packs = builtin();
    let wanted: usize = std::env::var("SPOOR_GENERATED").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let (mut cases, mut matches, mut all) = (0, 0, 0);
    for seed in 1.. {
        let mut by_class: BTreeMap<u16, Vec<Rule>> = BTreeMap::new();
        for rule in generated::rules(packs, seed, TOGETHER * packs.model.classes.len()) {
            by_class.entry(class(&rule).expect("a class").0).or_default().push(rule);
        }
        for rules in by_class.values() {
            let (engine, refused) = Engine::new(rules, packs);
            assert!(refused.is_empty(), "{refused:?}");
            let made = rules.iter().enumerate().flat_map(|(index, rule)| witnesses(rule, packs, seed * 1_000 + index as u64, 4));
            let events: Vec<Event> = made.flat_map(|witness| witness.events).collect();
            let mut scanner = engine.scanner();
            for event in &events {
                let mut found = Vec::new();
                scanner.push(&spoor::engine::Event::from(event), |one| found.push(one.rule));
                let truth: Vec<usize> = (0..rules.len()).filter(|index| reference::matches(&rules[*index], event, packs)).collect();
                assert_eq!(found, truth, "on {event:?}");
                matches += found.len();
            }
            cases += rules.len() * events.len();
            all += rules.len();
        }
        if cases >= wanted {
            break;
        }
    }
    println!("{all} rules, {cases} rule x event cases, {matches} match");
    assert!(matches * 20 > cases, "{matches} of {cases} match: the cases say little");
}

/// Every generated rule gets a query, or a reason why not, from every target; what is exact has no reason, and what is not has one.
#[test]
fn every_target_says_what_becomes_of_a_generated_rule() {
    let packs = builtin();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for rule in generated::rules(packs, 77, 1_500) {
        for target in Target::ALL {
            let lowered = lower(&rule, *target, packs, &Options::default());
            assert_eq!(lowered.query.is_none(), lowered.fidelity == Fidelity::Refused, "{}", rule.name);
            assert_eq!(lowered.reasons.is_empty(), lowered.fidelity == Fidelity::Exact, "{}", rule.name);
            *counts.entry((target.name(), lowered.fidelity.name())).or_default() += 1;
        }
    }
    println!("{counts:?}");
    for target in Target::ALL {
        assert!(counts.get(&(target.name(), "exact")).is_some_and(|count| *count > 200), "{counts:?}");
    }
}
