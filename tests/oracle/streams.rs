//! Streams made for rules over several events, executed.
//!
//! In: the rules of the repository over several events; witnesses of each. Out: a failure for each query that does not return what the
//! reference finds in a stream. Streams stand alone, with the `last` of the rule, and many in one call, one after the other
//! with time between, without it: an engine answers few calls a second. Law: that the streams of one call do not meet is nothing that is assumed;
//! the reference looks at all of them together.

use spoor::backend::{Options, Target, lower};
use spoor::diag::targets_kql;
use spoor::engine::reference;
use spoor::hir::{Event, Pattern, Rule, Scalar};
use spoor::schema::Packs;
use spoor::witness;

use crate::rules;
use crate::several::{self, Stream, Way};

const SECOND: i64 = 1_000_000;
/// Made for each rule and target.
const MADE: usize = 60;
/// In one call.
const TOGETHER: usize = 10;
/// No call has more events.
const MOST: usize = 120;
const ALONE: usize = 2;

#[test]
fn queries_return_what_the_reference_finds_in_streams_made_for_the_rules() {
    let packs = rules::packs();
    let written = rules::under(&["tests/corpus", "examples"], packs);
    let mut asked: Vec<Rule> = Vec::new();
    for written in written.iter().filter(|written| several::is_several(&written.rule)) {
        let rule = Rule { show: None, ..written.rule.clone() };
        if several::only().is_none_or(|only| rule.name.contains(&only)) {
            asked.push(Rule { name: format!("{} (without `last`)", rule.name), last: None, ..rule.clone() });
            asked.push(rule);
        }
    }
    let checked = several::check(&asked, &|rule, target| made(rule, target, packs), packs, None);
    assert!(checked.failures.is_empty(), "{} failures\n{}", checked.failures.len(), checked.failures.join("\n\n"));
    // Each engine reads two targets.
    for pair in [[Target::Splunk, Target::SplunkRaw], [Target::Defender, Target::Sentinel]] {
        let asked: Vec<usize> = pair.iter().filter_map(|target| checked.events.get(target.name()).copied()).collect();
        println!("{pair:?}: {asked:?} events");
        assert!(asked.is_empty() || several::only().is_some() || asked.iter().sum::<usize>() >= 5_000, "{pair:?}: {asked:?} events");
    }
}

/// The streams that the target's products can hold.
fn made(rule: &Rule, target: Target, packs: &Packs) -> Vec<Stream> {
    let seed = rule.name.bytes().fold(0, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    // A list is not looked through further than it is used.
    let mut made = witness::witnesses(rule, packs, seed, MADE);
    let turn = seed as usize % made.len().max(1);
    made.rotate_left(turn);
    asked(rule, target, packs, made.into_iter().map(|made| (format!("{:?}", made.kind), made.events)), 1)
}

/// Of streams, each with its name, those that the target's products can hold, in so many calls; twice as many alone.
pub fn asked(
    rule: &Rule,
    target: Target,
    packs: &Packs,
    made: impl Iterator<Item = (String, Vec<Event>)>,
    most_calls: usize,
) -> Vec<Stream> {
    let lowered = lower(rule, target, packs, &Options::default());
    if lowered.query.is_none() {
        return Vec::new();
    }
    let assumes = |text: &&str| lowered.assumptions.iter().any(|assumed| assumed == text);
    let ascii = [targets_kql::WORDS, targets_kql::EDGES].iter().any(assumes);
    let held = made.filter(|(_, events)| !(ascii && has_letters_beyond_ascii(events)) && is_held(rule, events, target, packs));
    let stream = |(name, events): (String, Vec<Event>)| Stream { name, events, matches: None };
    if rule.last.is_some() {
        return held.take(ALONE * most_calls).map(stream).collect();
    }
    let Some(stride) = stride(rule) else {
        return held.take(ALONE * 2 * most_calls).map(stream).collect();
    };
    let mut calls: Vec<(Vec<String>, Vec<Event>)> = Vec::new();
    for (name, made) in held {
        let has_room = |call: &(Vec<String>, Vec<Event>)| call.0.len() < TOGETHER && call.1.len() + made.len() <= MOST;
        if !calls.last().is_some_and(has_room) {
            if calls.len() == most_calls {
                break;
            }
            calls.push((Vec::new(), Vec::new()));
        }
        let Some((names, events)) = calls.last_mut() else { break };
        let begin = made.iter().filter_map(|event| event.time).min().unwrap_or_default();
        // By whole windows, or seconds, so that what stands at an edge stands at one.
        let unit = rule.group.as_ref().and_then(|group| group.per).map_or(1, |per| per.seconds as i64) * SECOND;
        let away = names.len() as i64 * stride - begin.div_euclid(unit) * unit;
        events.extend(made.into_iter().map(|event| Event { time: event.time.map(|time| time + away), ..event }));
        names.push(name);
    }
    calls.into_iter().map(|(names, events)| stream((names.join(", "), events))).collect()
}

/// From one stream to the next, in microseconds. None: all time is one window.
fn stride(rule: &Rule) -> Option<i64> {
    match (&rule.pattern, &rule.group) {
        (Pattern::Linked(linked), _) => Some((linked.within.seconds as i64 * 4 + 60) * SECOND),
        (Pattern::Union(_), Some(group)) => group.per.map(|per| per.seconds as i64 * 4 * SECOND),
        (Pattern::Union(_), None) => None,
    }
}

/// In each way that the target has, rows say of the rule what the events say.
fn is_held(rule: &Rule, events: &[Event], target: Target, packs: &Packs) -> bool {
    let found = reference::find(rule, events, packs);
    several::ways(target, packs).iter().all(|way: &Way| {
        let read: Option<Vec<Event>> = events
            .iter()
            .enumerate()
            .map(|(number, event)| several::row(event, target, *way, number, packs).map(|(_, read)| Event { time: event.time, ..read }))
            .collect();
        read.is_some_and(|read| reference::find(rule, &read, packs) == found)
    })
}

fn has_letters_beyond_ascii(events: &[Event]) -> bool {
    let values = events.iter().flat_map(|event| &event.fields).flat_map(|(_, values)| values);
    values.into_iter().any(|value| matches!(value, Scalar::Text(text) if text.chars().any(|c| !c.is_ascii() && c.is_alphanumeric())))
}

/// The stream without the values for which the target has no column in any table of the class; what is said of it stays, since it is what
/// happened. None: the target holds all of it.
pub fn as_held(stream: Stream, target: Target, packs: &Packs) -> Option<Stream> {
    let bindings = |event: &Event| packs.read_by(target).filter_map(|schema| packs.binding(&schema.name, event.class)).collect::<Vec<_>>();
    let mut is_less = false;
    let held = |event: &Event| {
        let (class, bindings) = (packs.class(event.class), bindings(event));
        let has = |id| bindings.iter().any(|binding| binding.containers.iter().any(|container| container.field(id).is_some()));
        let mut event = event.clone();
        let before = event.fields.len();
        event.fields.retain(|(id, _)| {
            let field = class.get(*id);
            // Others are made of another field.
            field.computed || field.of.is_some() || field.same_as.is_some() || field.name == "time" || has(*id)
        });
        is_less |= event.fields.len() < before;
        event
    };
    let events = stream.events.iter().map(held).collect();
    is_less.then(|| Stream { name: format!("{} (as it is recorded)", stream.name), events, ..stream })
}
