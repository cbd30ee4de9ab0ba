//! Custom detections of rules over several events, executed.
//!
//! In: the rules' own streams of events. Out: failures. Law: a detection finds what the hunt finds, row for row; and each of its rows leads to
//! the event that the reference evaluator calls the match's own, or to the last hit of the group: time, number and
//! entity are those of that one row of the table. Every row has a device of its own, so that columns of two rows show.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use spoor::backend::plan::{Plan, Shape};
use spoor::backend::{Fidelity, Lowered, Options, Purpose, Target, lower};
use spoor::engine::reference::{self, Found};
use spoor::hir::{Event, Rule};
use spoor::schema::Packs;

use crate::batch::{self, Answer, NOW, Row, answered, asking, micros};
use crate::engines::ask;
use crate::several::{is_several, only, row, shift, stated, ways};
use crate::{native, rules};

const SECOND: i64 = 1_000_000;

/// With its time, in microseconds.
type Timed = (Row, i64);

struct Case {
    rule: usize,
    target: Target,
    name: String,
    rows: Vec<Timed>,
    /// In seconds.
    now: i64,
    /// For each match the rows that an alert may lead to: of one time, any of them is last.
    ends: Vec<BTreeSet<usize>>,
    /// The hunt is asked beside: once for each rule, where something is found.
    is_hunted: bool,
}

#[test]
fn alerts_lead_to_the_last_event_of_what_the_hunt_finds() {
    let packs = rules::packs();
    let written = rules::under(&["tests/corpus", "examples"], packs);
    let of_several = written.iter().map(|written| &written.rule).filter(|rule| is_several(rule));
    let rules: Vec<&Rule> = of_several.filter(|rule| only().is_none_or(|only| rule.name.contains(&only))).collect();
    let mut failures = Vec::new();
    for target in [Target::Defender, Target::Sentinel] {
        let detections: Vec<Lowered> = rules.iter().map(|rule| lower(rule, target, packs, &for_detection())).collect();
        let hunts: Vec<Lowered> = rules.iter().map(|rule| lower(rule, target, packs, &Options::default())).collect();
        let mut cases: Vec<Case> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let Some(plan) = &detections[index].plan else { continue };
            for stream in stated(rule) {
                // One way of saying the events is enough: what they become is for others to try.
                let said = ways(target, packs)
                    .into_iter()
                    .find_map(|way| rows(&stream.events, rule, |event, number| row(event, target, way, number, packs)));
                let Some((rows, events)) = said else { continue };
                let times = || events.iter().filter_map(|event| event.time).map(|time| time.div_euclid(SECOND));
                let (begin, end) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
                // What is older than `last` a hunt does not ask. An engine reads a query once that is asked at one time.
                let is_asked = |now: &i64| plan.last.is_none_or(|last| now - begin < last.seconds as i64);
                let Some(now) = [NOW, end + 1].into_iter().find(is_asked) else { continue };
                let ends = ends(rule, &events, packs);
                // Of two hits of one time a chain has that which was read later, whichever it is.
                let has_ties = rows.iter().map(|(_, time)| time).collect::<BTreeSet<_>>().len() < rows.len();
                let is_known = cases.iter().any(|case| case.rule == index && case.is_hunted);
                let is_hunted = !(ends.is_empty() || has_ties || is_known);
                cases.push(Case { rule: index, target, name: stream.name.clone(), rows, now, ends, is_hunted });
            }
        }
        let query = |lowered: &Lowered| lowered.query.clone().unwrap_or_default();
        let asked = cases.iter().enumerate().flat_map(|(id, case)| {
            let rows: Vec<(&Row, i64)> = case.rows.iter().map(|(row, time)| (row, *time)).collect();
            let of = |what: &str, lowered: &Lowered| asking(&format!("{id} {what}"), target, &query(lowered), &rows, case.now, packs);
            let hunt = case.is_hunted.then(|| of("hunt", &hunts[case.rule]));
            std::iter::once(of("alert", &detections[case.rule])).chain(hunt)
        });
        let asked: Vec<Value> = asked.collect();
        let (engine, facts) = batch::oracle(target, packs);
        let Some(answers) = ask(engine, &facts, &asked) else { return };
        let (mut alerts, mut refused) = (0, 0);
        for (id, case) in cases.iter().enumerate() {
            let (detection, hunt) = (&detections[case.rule], &hunts[case.rule]);
            let of = |lowered: &Lowered, what: &str| answered(target, &query(lowered), &answers[&format!("{id} {what}")]);
            let wrong = match (of(detection, "alert"), case.is_hunted.then(|| of(hunt, "hunt"))) {
                (Answer::Broken(why), _) | (_, Some(Answer::Broken(why))) => Some(why),
                (Answer::Refused(_), None | Some(Answer::Refused(_))) => {
                    refused += 1;
                    None
                }
                (Answer::Refused(why), Some(Answer::Rows(_))) => Some(format!("the engine takes the hunt and not the detection: {why}")),
                (Answer::Rows(_), Some(Answer::Refused(why))) => Some(format!("the engine takes the detection and not the hunt: {why}")),
                (Answer::Rows(rows), hunted) => {
                    alerts += rows.len();
                    judge(case, detection, &rows).or_else(|| match hunted {
                        Some(Answer::Rows(hunted)) => differ(plan_of(hunt), &rows, &hunted),
                        _ => None,
                    })
                }
            };
            failures.extend(wrong.map(|wrong| {
                let events: String = case.rows.iter().map(|(row, time)| format!("\n    {time} {} {:?}", row.table, row.columns)).collect();
                let name = &rules[case.rule].name;
                format!("{name} on {}, {}: {wrong}\n  events:{events}\n{}", case.target.name(), case.name, query(detection))
            }));
        }
        println!("{}: {} streams, {alerts} alerts, {refused} refused", target.name(), cases.len());
        assert!(only().is_some() || alerts > 100, "few alerts on {}", target.name());
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}

fn for_detection() -> Options {
    Options { purpose: Purpose::CustomDetection, ..Options::default() }
}

fn plan_of(lowered: &Lowered) -> &Plan {
    lowered.plan.as_ref().expect("what has a query has a plan")
}

/// The events as rows, each on a device of its own, and what these rows say. None: the target cannot hold them.
fn rows(events: &[Event], rule: &Rule, row: impl Fn(&Event, usize) -> Option<(Row, Event)>) -> Option<(Vec<Timed>, Vec<Event>)> {
    let shift = shift(rule, events.iter().filter_map(|event| event.time).max()?, rules::packs()) * SECOND;
    let mut rows = Vec::new();
    let mut said = Vec::new();
    for event in events {
        let event = Event { time: event.time.map(|time| time + shift), ..event.clone() };
        let (mut row, read) = row(&event, rows.len())?;
        if row.table.starts_with("Device") {
            row.columns.insert("DeviceId".to_owned(), json!(format!("device-{}", rows.len() + 1)));
        }
        said.push(Event { time: event.time, ..read });
        rows.push((row, event.time?));
    }
    Some((rows, said))
}

fn ends(rule: &Rule, events: &[Event], packs: &Packs) -> Vec<BTreeSet<usize>> {
    match reference::find(rule, events, packs) {
        Found::Groups(groups) => {
            let last = |hits: &[usize]| hits.iter().filter_map(|hit| events[*hit].time).max();
            groups.iter().map(|group| group.hits.iter().copied().filter(|hit| events[*hit].time == last(&group.hits)).collect()).collect()
        }
        Found::Chains(chains) => chains.iter().map(|chain| BTreeSet::from([chain.event])).collect(),
        Found::Events(_) => panic!("{} is no rule over several events", rule.name),
    }
}

/// Whether each row leads to one event, and these are the ends of the matches.
fn judge(case: &Case, lowered: &Lowered, rows: &[Map<String, Value>]) -> Option<String> {
    let mut led: Vec<BTreeSet<usize>> = Vec::new();
    for row in rows {
        let to: BTreeSet<usize> = (0..case.rows.len()).filter(|at| leads(case, row, *at, lowered)).collect();
        if to.is_empty() {
            return Some(format!("{} leads to no event", json!(row)));
        }
        led.push(to);
    }
    let missed = case.ends.iter().filter(|end| !led.iter().any(|to| !to.is_disjoint(end))).count();
    let more = led.iter().filter(|to| !case.ends.iter().any(|end| !to.is_disjoint(end))).count();
    let fails = match lowered.fidelity {
        Fidelity::Exact => missed + more > 0,
        Fidelity::Widened => missed > 0,
        Fidelity::Narrowed => !native::is_widened(lowered) && more > 0,
        Fidelity::Refused => unreachable!("a refused rule has no query"),
    };
    fails.then(|| format!("{missed} missed, {more} too many; should lead to {:?}, leads to {led:?}: {}", case.ends, json!(rows)))
}

/// Whether all that the service reads in the row is that of this event.
fn leads(case: &Case, row: &Map<String, Value>, at: usize, lowered: &Lowered) -> bool {
    let (of, time) = &case.rows[at];
    let cell = |name: &str| row.get(name).unwrap_or(&Value::Null);
    let stamp = if case.target == Target::Defender { "Timestamp" } else { "TimeGenerated" };
    micros(cell(stamp)) == Some(*time)
        && titles(lowered).iter().filter(|title| *title != stamp).all(|title| same(cell(title), of.columns.get(title)))
}

/// What the detection shows beside the hunt.
fn titles(lowered: &Lowered) -> Vec<String> {
    let columns: Vec<&String> = match &plan_of(lowered).shape {
        Shape::Groups(groups) => groups.last_hit.iter().map(|column| &column.title).collect(),
        Shape::Chains(chains) => chains.columns.iter().map(|column| &column.title).collect(),
        Shape::Events => Vec::new(),
    };
    let is_read = |title: &&&String| ["ReportId", "DeviceId", "DvcHostname", "Computer"].contains(&title.as_str());
    columns.iter().filter(is_read).map(|title| (*title).clone()).collect()
}

/// Of a table without the column, or a row without a value, nothing stands there.
fn same(shown: &Value, kept: Option<&Value>) -> bool {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text(shown) == kept.map(text).unwrap_or_default()
}

/// Whether the hunt's columns say the same in both, whatever the order of rows and of the values of a set.
fn differ(hunt: &Plan, alerts: &[Map<String, Value>], hunted: &[Map<String, Value>]) -> Option<String> {
    let titles: Vec<&String> = match &hunt.shape {
        Shape::Groups(groups) => groups.columns.iter().map(|column| &column.title).collect(),
        Shape::Chains(chains) => chains.columns.iter().map(|column| &column.title).collect(),
        Shape::Events => Vec::new(),
    };
    let said = |row: &Map<String, Value>| titles.iter().map(|title| sorted(row.get(*title))).collect::<Vec<_>>();
    let all = |rows: &[Map<String, Value>]| {
        let mut all: Vec<Vec<String>> = rows.iter().map(said).collect();
        all.sort();
        all
    };
    let (alerts, hunted) = (all(alerts), all(hunted));
    (alerts != hunted).then(|| format!("the hunt says\n  {hunted:?}\nand the detection\n  {alerts:?}"))
}

fn sorted(value: Option<&Value>) -> String {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let set = match value {
        Some(Value::Array(items)) => Some(items.clone()),
        Some(Value::String(text)) => parsed(text).and_then(|value| value.as_array().cloned()),
        _ => None,
    };
    match set {
        Some(mut items) => {
            items.sort_by_key(Value::to_string);
            Value::Array(items).to_string()
        }
        None => value.unwrap_or(&Value::Null).to_string(),
    }
}
