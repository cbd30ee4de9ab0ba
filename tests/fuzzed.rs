//! The laws of the fuzz targets, over their seeds and over texts made of them: what a fresh clone holds without a fuzzer.

#[path = "common/asked.rs"]
mod asked;
#[path = "common/laws.rs"]
mod laws;

use std::path::Path;

use proptest::prelude::*;

/// The texts of a folder of seeds.
fn seeds(target: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    // A fuzzer leaves texts of any bytes there.
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

#[test]
fn the_laws_hold_for_the_seeds() {
    seeds("condition").iter().for_each(|text| laws::condition(text));
    seeds("front").iter().for_each(|text| laws::lowered(text));
    seeds("front").iter().for_each(|text| laws::front(text));
    seeds("front").iter().for_each(|text| laws::queries(text));
    seeds("engine").iter().for_each(|text| asked::asked(text));
}

/// Pieces that YAML, rules and events are made of, and what people and machines put between them by mistake.
const PIECES: [&str; 53] = [
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    "- ",
    "|",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "*",
    "?",
    "\\",
    "\\\\",
    "''",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "# ",
    "---\n",
    "|\n",
    ">-\n",
    "\t",
    "\u{e9}",
    "~",
    "null",
    "true",
    "10.0.0.0/8",
    "0x1",
    "|re",
    "|contains",
    "|all",
    "|cidr",
    "|expand",
    "%x%",
    "(",
    ")",
    " and ",
    " or not ",
    "1 of ",
    "them",
    "condition",
    "Image",
    "EventID",
    " not ",
    "== ",
    "contains ",
    "cased ",
    "\\u004b",
];

/// A seed, some of whose places are replaced by pieces.
fn damaged(seeds: Vec<String>) -> impl Strategy<Value = String> {
    let places = proptest::collection::vec((any::<prop::sample::Index>(), 0..4usize, 0..PIECES.len()), 1..4);
    (0..seeds.len(), places).prop_map(move |(seed, places)| {
        let mut text = seeds[seed].clone();
        for (at, length, piece) in places {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = at.index(ends.len());
            let to = (from + length).min(ends.len() - 1);
            text.replace_range(ends[from]..ends[to], PIECES[piece]);
        }
        text
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn the_laws_hold_for_damaged_conditions() {
    let texts = damaged(seeds("condition"));
    proptest!(config(4000), |(text in texts)| laws::condition(&text));
}

#[test]
fn the_laws_hold_for_damaged_rules() {
    let texts = damaged(seeds("front"));
    proptest!(config(400), |(text in texts)| {
        laws::lowered(&text);
        laws::front(&text);
    });
}

#[test]
fn queries_are_made_of_damaged_rules() {
    let texts = damaged(seeds("front"));
    proptest!(config(150), |(text in texts)| laws::queries(&text));
}

#[test]
fn the_matcher_is_the_reference_on_damaged_rules_and_events() {
    let texts = damaged(seeds("engine"));
    proptest!(config(600), |(text in texts)| asked::asked(&text));
}
