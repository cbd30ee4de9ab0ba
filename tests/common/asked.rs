//! What holds for the matcher, whatever rules and events it is given: the fuzz target and the tests hold the same law.
//!
//! A text is rules, a line of `====`, and events, one a line. Of each event, as it is read and as it is made for a rule, the matcher with its
//! prefilters says what the reference says; of all of them together too, where rules are over several.

use spoor::engine::shape::Reader;
use spoor::engine::{Engine, Event as Whole, reference};
use spoor::hir::{Event, Pattern, Rule};
use spoor::project::Workspace;
use spoor::schema::{Packs, builtin};
use spoor::witness::witnesses;

/// The reference tries every chain of these.
const MOST_EVENTS: usize = 8;
const MOST_STEPS: usize = 4;

pub fn asked(text: &str) {
    let (rules, lines) = text.split_once("\n====\n").unwrap_or((text, ""));
    let name = if rules.trim_start().starts_with("title") { "rule.yml" } else { "rule.spoor" };
    let workspace = Workspace::text(name, rules);
    let packs = workspace.packs(builtin());
    let checked = workspace.check(&packs);
    let (engine, unloaded) = Engine::new(&checked.rules, &packs);
    if checked.rules.is_empty() || !unloaded.is_empty() {
        return;
    }
    let mut scanner = engine.scanner();
    let mut read = Vec::new();
    let mut reader = Reader::detecting(&packs);
    for line in lines.lines() {
        let mut whole = Whole::new(spoor::schema::ClassId(0), spoor::schema::Actions::NONE);
        let _ = reader.each(line, |fields| {
            let mut found = Vec::new();
            scanner.push(fields, |one| found.push((one.rule, one.labels)));
            fields.copy(&mut whole);
            assert_eq!(found, wanted(&checked.rules, &whole.to_hir(), &packs), "{line:?} of {text:?}");
            read.push(whole.to_hir());
        });
    }
    together(&checked.rules, &read, &packs, text);
    for (rule, seed) in checked.rules.iter().zip(text.len() as u64..) {
        for witness in witnesses(rule, &packs, seed, 4) {
            for event in &witness.events {
                let found: Vec<_> = engine.matches(&Whole::from(event)).into_iter().map(|one| (one.rule, one.labels)).collect();
                assert_eq!(found, wanted(&checked.rules, std::slice::from_ref(event), &packs), "{event:?} of {text:?}");
            }
            together(std::slice::from_ref(rule), &witness.events.into_iter().map(|event| vec![event]).collect::<Vec<_>>(), &packs, text);
        }
    }
}

/// The rules that the event satisfies by itself, with the labels of their branches. Several: it is one of them, and nobody knows which.
fn wanted<'r>(rules: &'r [Rule], either: &[Event], packs: &Packs) -> Vec<(usize, Vec<&'r str>)> {
    let of = |(index, rule): (usize, &'r Rule)| {
        let Pattern::Union(branches) = &rule.pattern else { return None };
        let met: Vec<usize> = either.iter().flat_map(|event| reference::branches(rule, event, packs)).collect();
        let mut labels: Vec<&str> = Vec::new();
        let of_met = branches.iter().enumerate().filter(|(index, _)| met.contains(index));
        for label in of_met.filter_map(|(_, branch)| branch.label.as_deref()) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        (!met.is_empty()).then_some((index, labels))
    };
    rules.iter().enumerate().filter_map(of).collect()
}

/// The rules over several events find something among these exactly if the reference does.
fn together(rules: &[Rule], events: &[Vec<Event>], packs: &Packs, text: &str) {
    // An event of which nobody knows what it was is several in one: the reference has no word for it.
    let Some(known) = events.iter().map(|either| <&[Event; 1]>::try_from(either.as_slice()).ok()).collect::<Option<Vec<_>>>() else {
        return;
    };
    if known.is_empty() || known.len() > MOST_EVENTS {
        return;
    }
    let events: Vec<Event> = known.into_iter().map(|[event]| event.clone()).collect();
    for rule in rules.iter().filter(|rule| is_small(rule)) {
        let (engine, _) = Engine::new([rule], packs);
        let mut scanner = engine.scanner();
        events.iter().for_each(|event| scanner.push(&Whole::from(event), |_| {}));
        let mut found = false;
        scanner.finish(|_| found = true);
        assert_eq!(found, reference::verdict(rule, &events, packs), "{events:?} of {text:?}");
    }
}

/// Over several events, and few enough steps to try every chain.
fn is_small(rule: &Rule) -> bool {
    match &rule.pattern {
        Pattern::Union(_) => rule.group.is_some(),
        Pattern::Linked(linked) => linked.steps.len() <= MOST_STEPS,
    }
}
