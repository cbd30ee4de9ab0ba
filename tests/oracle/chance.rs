//! Generated rules over several events, executed: what the query returns is what the reference finds.
//!
//! In: thresholds and linked patterns at random (tests/generated), and streams for each: made to match or just to miss, and hits dealt at random.
//! Out: failures, as far as each fidelity promises. `SPOOR_RULES_OF_SEVERAL=N` asks for N rules, `SPOOR_SEED` for others.

use std::collections::BTreeMap;

use spoor::backend::Target;
use spoor::hir::{Event, Rule};
use spoor::schema::Packs;
use spoor::witness::{self, Rng};

use crate::{generated, rules, several, streams};

/// Rules that are asked of each target.
const RULES: usize = 200;
const SEED: u64 = 11;
/// Rule x event cases that each engine judges.
const LEAST: usize = 5_000;
/// For each rule: streams that just match, or just do not; and those that are dealt of their events.
const MADE: usize = 24;
const DEALT: usize = 12;
/// For each rule and target; the engine reads the query once.
const CALLS: usize = 3;
/// Events of a stream that is dealt.
const MOST: usize = 9;

#[test]
fn generated_rules_over_several_events_return_what_the_reference_finds() {
    let packs = rules::packs();
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let seed = number("SPOOR_SEED").unwrap_or(SEED);
    let count = number("SPOOR_RULES_OF_SEVERAL").map_or(RULES, |count| count as usize);
    println!("seed {seed}");
    let made = generated::several(packs, seed, count);
    let made: Vec<Rule> = made.into_iter().filter(|rule| several::only().is_none_or(|only| rule.name == only)).collect();
    let of_rule: BTreeMap<&str, Vec<(String, Vec<Event>)>> =
        made.iter().enumerate().map(|(index, rule)| (rule.name.as_str(), candidates(rule, packs, seed * 10_000 + index as u64))).collect();
    let streams = |rule: &Rule, target: Target| streams::asked(rule, target, packs, of_rule[rule.name.as_str()].iter().cloned(), CALLS);
    let checked = several::check(&made, &streams, packs, None);
    let text = generated::several::text(packs, seed, count);
    let written = |failure: &String| {
        let name = failure.split(' ').next().unwrap_or_default();
        let rule = text.lines().find(|line| line.starts_with(&format!("rule {name} ")));
        format!("{}\n{failure}", rule.unwrap_or_default())
    };
    let failures: Vec<String> = checked.failures.iter().map(written).collect();
    for pair in [[Target::Splunk, Target::SplunkRaw], [Target::Defender, Target::Sentinel]] {
        let asked: Vec<usize> = pair.iter().filter_map(|target| checked.events.get(target.name()).copied()).collect();
        println!("{pair:?}: {asked:?} events");
        let is_whole = several::only().is_none() && std::env::var("SPOOR_TARGET").is_err();
        assert!(asked.is_empty() || !is_whole || asked.iter().sum::<usize>() >= LEAST, "{pair:?}: {asked:?} events");
    }
    assert!(failures.is_empty(), "seed {seed}: {} failures\n{}", failures.len(), failures[..failures.len().min(60)].join("\n\n"));
}

/// Both kinds of streams, in turns.
fn candidates(rule: &Rule, packs: &Packs, seed: u64) -> Vec<(String, Vec<Event>)> {
    let made = witness::witnesses(rule, packs, seed, MADE);
    let mut rng = Rng::new(seed);
    let dealt: Vec<(String, Vec<Event>)> =
        (0..DEALT).filter_map(|_| Some(("Dealt".to_owned(), generated::streams::dealt(rule, packs, &made, &mut rng, MOST)?))).collect();
    let mut made: Vec<(String, Vec<Event>)> = made.into_iter().map(|made| (format!("{:?}", made.kind), made.events)).collect();
    let turn = rng.below(made.len());
    made.rotate_left(turn);
    let mut both = Vec::new();
    let (mut made, mut dealt) = (made.into_iter(), dealt.into_iter());
    loop {
        let before = both.len();
        both.extend(made.next());
        both.extend(dealt.next());
        if both.len() == before {
            return both;
        }
    }
}
