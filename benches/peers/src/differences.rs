//! What the two find that the other does not, event by event.
//!
//! In: both, loaded with the same rules, and lines. Out: a table with a row for each rule that they disagree about: on how many lines both
//! find it, on how many only one does, and the first such line. Which of the two is right is for a person to say.

use std::collections::{BTreeMap, BTreeSet};

use spoor::engine::shape::Reader;

use super::Spoor;
use super::rsigma::Routed;

#[derive(Default)]
struct Tally {
    both: usize,
    spoor: Vec<usize>,
    rsigma: Vec<usize>,
}

pub fn print(spoor: &Spoor, rsigma: &Routed, lines: &[&str]) {
    let mut reader = Reader::detecting(&spoor.packs);
    let mut scanner = spoor.engine.scanner();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (line, number) in lines.iter().zip(1..) {
        let mut here = BTreeSet::new();
        let _ = reader.each(line, |event| scanner.push(event, |one| _ = here.insert(spoor.ids[one.rule].clone())));
        let there: BTreeSet<String> = rsigma.ids(line).into_iter().collect();
        for id in here.union(&there) {
            let tally = tallies.entry(id.clone()).or_default();
            match (here.contains(id), there.contains(id)) {
                (true, true) => tally.both += 1,
                (true, false) => tally.spoor.push(number),
                (false, _) => tally.rsigma.push(number),
            }
        }
    }
    let (same, others): (Vec<_>, Vec<_>) = tallies.iter().partition(|(_, tally)| tally.spoor.is_empty() && tally.rsigma.is_empty());
    let matches: usize = tallies.values().map(|tally| tally.both).sum();
    println!("{} rules found something; {} of them the same lines; {matches} matches are of both", tallies.len(), same.len());
    println!("{:<38} {:>6} {:>6} {:>7}  first lines", "rule", "both", "Spoor", "rsigma");
    for (id, tally) in others {
        let first = tally.spoor.iter().chain(&tally.rsigma).take(3);
        println!("{id:<38} {:>6} {:>6} {:>7}  {first:?}", tally.both, tally.spoor.len(), tally.rsigma.len(), first = first.collect::<Vec<_>>());
    }
}
