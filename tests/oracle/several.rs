//! Rules over several events: what their queries return is what the reference evaluator finds among the same rows.
//!
//! In: the events of each `test` block of a threshold or a linked pattern, as one target's product keeps them, at times of which the windows
//! are the test's own. Out: failures. Law: the reference says of the rows what the author said of the test (where a row says more than
//! its event, that way of writing it is left out); a query returns the same groups, by keys and window, and the same matches, by time and keys,
//! as far as its fidelity promises. Columns are those that a rule without `show` has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use spoor::backend::plan::{ChainColumn, GroupColumn, Shape};
use spoor::backend::{Fidelity, Lowered, Options, Target, lower};
use spoor::engine::reference::{self, Found};
use spoor::hir::{Event, Rule, TestEvents};
use spoor::schema::Packs;
use spoor::witness;

use crate::batch::{Answer, Row, answered, asking, micros, oracle};
use crate::engines::ask;
use crate::rules;

/// How many ways of saying an event are tried.
const WAYS: usize = 2;
/// Tests begin here, or at the beginning of the window before.
const BASE: i64 = 1_700_000_000;
const SECOND: i64 = 1_000_000;

/// A match: its time, or its window, in seconds; and its keys.
type Key = (Option<i64>, Vec<String>);

struct Case {
    name: String,
    target: Target,
    lowered: Lowered,
    expected: Vec<Key>,
    request: Value,
}

#[derive(Debug, Default)]
struct Counts {
    compared: usize,
    /// The product cannot hold an event, or its rows say more than the events.
    unholdable: usize,
    refused: usize,
}

#[test]
fn rules_over_several_events_find_what_the_reference_finds() {
    let packs = rules::packs();
    let mut failures = Vec::new();
    for target in Target::ALL {
        let mut counts = Counts::default();
        let mut cases = Vec::new();
        for written in rules::under(&["tests/corpus", "examples"], packs) {
            if only().is_none_or(|only| written.rule.name.contains(&only)) {
                cases.extend(of_the_rule(&written.rule, *target, packs, &mut counts));
            }
        }
        let (engine, facts) = oracle(*target, packs);
        let requests: Vec<Value> = cases
            .iter()
            .enumerate()
            .map(|(id, case)| {
                let mut request = case.request.clone();
                request["id"] = Value::String(id.to_string());
                request
            })
            .collect();
        if requests.is_empty() {
            continue;
        }
        let Some(answers) = ask(engine, &facts, &requests) else { return };
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        for (id, case) in cases.iter().enumerate() {
            let query = case.lowered.query.as_deref().unwrap_or_default();
            match answered(*target, query, &answers[&id.to_string()]) {
                Answer::Refused(reason) => {
                    counts.refused += 1;
                    *refused.entry(format!("{}: {reason}", case.name)).or_default() += 1;
                }
                Answer::Broken(message) => failures.push(format!("{} on {}: {message}\n{query}", case.name, target.name())),
                Answer::Rows(rows) => {
                    counts.compared += 1;
                    failures.extend(judge(case, &rows));
                }
            }
        }
        println!("{}: {counts:?} {refused:#?}", target.name());
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}

/// A part of a rule's name, to look at one alone.
fn only() -> Option<String> {
    std::env::var("SPOOR_RULE").ok()
}

fn of_the_rule(rule: &Rule, target: Target, packs: &Packs, counts: &mut Counts) -> Vec<Case> {
    let rule = Rule { show: None, ..rule.clone() };
    let lowered = lower(&rule, target, packs, &Options::default());
    let mut cases = Vec::new();
    if lowered.plan.as_ref().is_none_or(|plan| plan.shape == Shape::Events) {
        return cases;
    }
    for test in &rule.tests {
        let TestEvents::Here(events) = &test.events else { continue };
        let ways = ways(events, target, packs);
        let mut known = 0;
        for (schema, rows) in ways {
            let seen: Vec<Event> = rows.iter().map(|(_, event)| event.clone()).collect();
            let found = reference::find(&rule, &seen, packs);
            if found.is_empty() == test.matches {
                continue;
            }
            known += 1;
            let base = base(&rule);
            let shown: Vec<(&Row, i64)> = rows.iter().map(|(row, event)| (row, base * SECOND + event.time.unwrap_or_default())).collect();
            let last = shown.iter().map(|(_, time)| *time).max().unwrap_or_default();
            let query = lowered.query.as_deref().unwrap_or_default();
            let request = asking("", target, query, &shown, last / SECOND + 1, packs);
            let name = format!("{}, {:?} ({schema})", rule.name, test.name);
            cases.push(Case { name, target, lowered: lowered.clone(), expected: expected(&found, base), request });
        }
        counts.unholdable += usize::from(known == 0);
    }
    cases
}

/// The second at which a test's own time begins: a window of the rule begins there too.
fn base(rule: &Rule) -> i64 {
    let per = rule.group.as_ref().and_then(|group| group.per.as_ref()).map_or(1, |per| per.seconds as i64);
    BASE / per * per
}

/// The events as rows, in each way that the target's products have; with what the rows say.
fn ways(events: &[Event], target: Target, packs: &Packs) -> Vec<(String, Vec<(Row, Event)>)> {
    let schemas: Vec<&str> = packs.read_by(target).map(|schema| schema.name.as_ref()).collect();
    let row = |event: &Event, schema: &str, nth: usize| {
        let row = witness::rows(packs, schema, event, nth).ok()?;
        let seen = Event { time: event.time, ..row.event.to_hir().into_iter().find(|seen| seen.action == event.action)? };
        Some((Row { schema: schema.to_owned(), table: row.table, columns: row.columns, matches: true, why: String::new() }, seen))
    };
    let mut ways: Vec<(String, Vec<(Row, Event)>)> = Vec::new();
    for schema in &schemas {
        for nth in 0..WAYS {
            // What one schema cannot hold another of the same target may.
            let others = || std::iter::once(schema).chain(&schemas);
            let rows: Option<Vec<_>> = events.iter().map(|event| others().find_map(|schema| row(event, schema, nth))).collect();
            let Some(rows) = rows else { continue };
            let same = |known: &[(Row, Event)]| known.iter().zip(&rows).all(|(a, b)| a.0.table == b.0.table && a.0.columns == b.0.columns);
            if !ways.iter().any(|(_, known)| same(known)) {
                ways.push(((*schema).to_owned(), rows));
            }
        }
    }
    ways
}

fn expected(found: &Found, base: i64) -> Vec<Key> {
    let seconds = |time: i64| base + time.div_euclid(SECOND);
    let mut keys: Vec<Key> = match found {
        Found::Events(_) => Vec::new(),
        Found::Groups(groups) => groups.iter().map(|group| (group.window.map(seconds), group.keys.clone())).collect(),
        Found::Chains(chains) => chains.iter().map(|chain| (Some(seconds(chain.last)), chain.keys.clone())).collect(),
    };
    keys.sort();
    keys
}

/// The titles of the time, and of the keys in their order.
fn titles(shape: &Shape) -> (Option<String>, Vec<String>) {
    let mut time = None;
    let mut keys: BTreeMap<usize, String> = BTreeMap::new();
    let mut note = |title: &String, key: Option<usize>| match key {
        Some(key) => {
            keys.insert(key, title.clone());
        }
        None => time = Some(title.clone()),
    };
    match shape {
        Shape::Events => {}
        Shape::Groups(groups) => groups.columns.iter().for_each(|column| match column.what {
            GroupColumn::Key(key) => note(&column.title, Some(key)),
            GroupColumn::Window => note(&column.title, None),
            GroupColumn::Aggregate(_) => {}
        }),
        Shape::Chains(chains) => chains.columns.iter().for_each(|column| match column.what {
            ChainColumn::Key(key) => note(&column.title, Some(key)),
            ChainColumn::Last => note(&column.title, None),
            ChainColumn::First | ChainColumn::Delay | ChainColumn::Step(..) | ChainColumn::Own(_) | ChainColumn::Matched => {}
        }),
    }
    (time, keys.into_values().collect())
}

/// An exact query returns the matches and no others; a widened one at least these; a narrowed one may miss.
fn judge(case: &Case, rows: &[Map<String, Value>]) -> Option<String> {
    let plan = case.lowered.plan.as_ref()?;
    let (time, keys) = titles(&plan.shape);
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        // 445.0 is 445.
        Some(Value::Number(number)) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let found = rows.iter().map(|row| {
        let time = time.as_ref().and_then(|title| row.get(title)).and_then(micros).map(|time| time.div_euclid(SECOND));
        (time, keys.iter().map(|title| text(row.get(title))).collect())
    });
    let mut found: Vec<Key> = found.collect();
    found.sort();
    let (set, wanted): (BTreeSet<&Key>, BTreeSet<&Key>) = (found.iter().collect(), case.expected.iter().collect());
    let fails = match case.lowered.fidelity {
        // What is alike in all columns is one row of tstats.
        Fidelity::Exact if case.target == Target::Splunk => set != wanted,
        Fidelity::Exact => found != case.expected,
        Fidelity::Widened => !wanted.is_subset(&set),
        Fidelity::Narrowed => !plan.widened && !set.is_subset(&wanted),
        Fidelity::Refused => unreachable!("a refused rule has no query"),
    };
    fails.then(|| {
        let query = case.lowered.query.as_deref().unwrap_or_default();
        let (name, target) = (&case.name, case.target.name());
        let rows = serde_json::to_string_pretty(&case.request).unwrap_or_default();
        format!("{name} on {target}\n  expected {:?}\n  returned {found:?}\n{query}\n{rows}", case.expected)
    })
}
