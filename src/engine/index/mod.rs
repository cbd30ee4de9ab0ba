//! Which rules an event may satisfy at all: the prefilter.
//!
//! In: the predicates of the cases of a class, events. Out: the cases whose gate the event opens, and those that have no gate. Law: no
//! case that the event satisfies is missing; whether one of those handed out is satisfied is asked elsewhere.
//!
//! All gates over one field are looked at together: equal texts and numbers by their hash, beginnings and ends by a walk along the text,
//! parts by their rarest bytes. Where most cases ask one field for one of a few values (the channel of a log), the field's value chooses
//! the cases before anything else is looked at.

mod gate;
mod grams;
pub mod sieve;
mod telling;
mod trie;

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::hir::Pred;
use crate::schema::{Class, FieldId};

use super::event::Value;
use super::fields::Fields;
use super::loaded::Loaded;
use super::memo::Memo;
use super::test::numeric;
use gate::{Atom, Gate, Gates, What, bits};
use grams::Grams;
use sieve::Sieve;
use trie::Trie;

/// The cases of events of one class and action.
#[derive(Debug, Default)]
pub struct Lane {
    /// Cases that ask a field for a value: by the value.
    route: Option<Route>,
    fields: Box<[FieldIndex]>,
    /// Without a gate.
    always: Box<[u32]>,
}

#[derive(Debug)]
struct Route {
    field: FieldId,
    question: u32,
    texts: HashMap<Box<str>, u32, Fast>,
    numbers: HashMap<u64, u32, Fast>,
    lanes: Vec<Lane>,
}

/// Every gate over one field.
#[derive(Debug)]
struct FieldIndex {
    field: FieldId,
    question: u32,
    equals: HashMap<Box<str>, u32, Fast>,
    numbers: HashMap<u64, u32, Fast>,
    starts: Option<Trie>,
    ends: Option<Trie>,
    parts: Option<Grams>,
    /// Of the text of the whole event: whether it need be put together at all.
    sieve: Option<Sieve>,
    /// By what is found: the cases whose gate it opens.
    opens: Box<[Box<[u32]>]>,
    /// All of them.
    all: Box<[u32]>,
}

/// What is looked for, and the cases whose gate it opens.
type Opens = Vec<(What, Vec<u32>)>;

/// What lanes look for an event's cases with.
pub struct Search<'s> {
    pub event: &'s dyn Fields,
    pub loaded: &'s mut Loaded,
    pub memo: &'s mut Memo,
    pub found: &'s mut Found,
}

/// The cases that were found for an event, each once.
#[derive(Debug, Default)]
pub struct Found {
    pub cases: Vec<u32>,
    /// Lanes that values have chosen, while they are walked.
    lanes: Vec<u32>,
    /// By case: the event for which it was found last.
    seen: Vec<u32>,
    event: u32,
}

/// Numbers every question that some lane asks about a field, each once in an engine.
#[derive(Debug, Default)]
pub struct Questions(Cell<u32>);

impl Questions {
    fn next(&self) -> u32 {
        self.0.replace(self.0.get() + 1)
    }
}

/// A value that so many cases ask for has a lane of its own.
const WORTH_A_ROUTE: usize = 16;

impl Lane {
    /// `cases`: their numbers and predicates.
    pub fn new(class: &Class, cases: &[(u32, &Pred)], questions: &Questions) -> Lane {
        Lane::behind(class, &[], cases, questions)
    }

    /// The same, where values of these fields have chosen the cases.
    fn behind(class: &Class, settled: &[FieldId], cases: &[(u32, &Pred)], questions: &Questions) -> Lane {
        let gates = Gates::new(class, settled, cases.iter().map(|(_, pred)| *pred));
        let mut routed: HashMap<FieldId, Vec<(u32, Gate)>> = HashMap::new();
        for (case, pred) in cases {
            for (field, gate) in gates.equalities(pred) {
                let of_field = routed.entry(field).or_default();
                if of_field.last().is_none_or(|(last, _)| last != case) {
                    of_field.push((*case, gate));
                }
            }
        }
        let best = routed.into_iter().filter(|(_, cases)| is_worth_it(cases)).max_by_key(|(field, cases)| (cases.len(), field.0));
        let Some((field, of_field)) = best else { return Lane::plain(&gates, cases, questions) };
        let by_case: HashMap<u32, Gate> = of_field.into_iter().collect();
        let (inside, outside): (Vec<_>, Vec<_>) = cases.iter().copied().partition(|(case, _)| by_case.contains_key(case));
        let mut by_value: Vec<(What, Vec<(u32, &Pred)>)> = Vec::new();
        for (case, pred) in inside {
            for atom in &by_case[&case] {
                match by_value.iter_mut().find(|(value, _)| *value == atom.what) {
                    Some((_, of_value)) if of_value.last().is_some_and(|(last, _)| *last == case) => {}
                    Some((_, of_value)) => of_value.push((case, pred)),
                    None => by_value.push((atom.what.clone(), vec![(case, pred)])),
                }
            }
        }
        let mut lane = Lane::plain(&gates, &outside, questions);
        let settled: Vec<FieldId> = settled.iter().copied().chain([field]).collect();
        let mut route =
            Route { field, question: questions.next(), texts: HashMap::default(), numbers: HashMap::default(), lanes: Vec::new() };
        for (value, of_value) in by_value {
            let number = route.lanes.len() as u32;
            match value {
                What::Number(bits) => _ = route.numbers.insert(bits, number),
                What::Equals(text) => _ = route.texts.insert(text, number),
                // No equality.
                What::StartsWith(_) | What::EndsWith(_) | What::Contains(_) => continue,
            }
            route.lanes.push(Lane::behind(class, &settled, &of_value, questions));
        }
        lane.route = Some(route);
        lane
    }

    fn plain(gates: &Gates<'_>, cases: &[(u32, &Pred)], questions: &Questions) -> Lane {
        let mut always = Vec::new();
        let mut by_field: Vec<(FieldId, Opens, HashMap<What, usize>)> = Vec::new();
        for (case, pred) in cases {
            let Some(gate) = gates.of(pred) else {
                always.push(*case);
                continue;
            };
            for Atom { field, what } in gate {
                let at = by_field.iter().position(|(known, ..)| *known == field).unwrap_or_else(|| {
                    by_field.push((field, Vec::new(), HashMap::new()));
                    by_field.len() - 1
                });
                let (_, opens, known) = &mut by_field[at];
                let at = *known.entry(what.clone()).or_insert_with(|| {
                    opens.push((what, Vec::new()));
                    opens.len() - 1
                });
                if opens[at].1.last() != Some(case) {
                    opens[at].1.push(*case);
                }
            }
        }
        let fields = by_field.into_iter().map(|(field, opens, _)| FieldIndex::new(field, questions.next(), opens, gates.is_raw(field)));
        Lane { route: None, fields: fields.collect(), always: always.into() }
    }

    /// The cases that the event may satisfy.
    pub fn find(&self, search: &mut Search<'_>) {
        self.always.iter().for_each(|case| search.found.add(*case));
        self.fields.iter().for_each(|field| field.find(search));
        let Some(route) = &self.route else { return };
        let first = search.found.lanes.len();
        route.find(search);
        for at in first..search.found.lanes.len() {
            let lane = search.found.lanes[at];
            route.lanes[lane as usize].find(search);
        }
        search.found.lanes.truncate(first);
    }
}

impl Route {
    /// Puts the lanes that the event's values choose behind the others.
    fn find(&self, search: &mut Search<'_>) {
        let Search { event, loaded, memo, found } = search;
        memo.ask(self.question, self.field, *event, |lane| found.lanes.push(lane), |each| self.look(loaded, *event, each));
    }

    fn look(&self, loaded: &mut Loaded, event: &dyn Fields, each: &mut dyn FnMut(u32)) {
        for slot in loaded.load(event, self.field) {
            let number = numeric(loaded.value(slot)).filter(|_| !self.numbers.is_empty());
            number.and_then(|number| self.numbers.get(&bits(number))).into_iter().for_each(|lane| each(*lane));
            if !self.texts.is_empty() {
                self.texts.get(loaded.folded(slot)).into_iter().for_each(|lane| each(*lane));
            }
        }
    }
}

fn sieve(opens: &Opens) -> Option<Sieve> {
    let literals = opens.iter().map(|(what, _)| match what {
        What::Equals(literal) | What::StartsWith(literal) | What::EndsWith(literal) | What::Contains(literal) => Some(&**literal),
        What::Number(_) => None,
    });
    Sieve::new(literals.collect::<Option<Vec<_>>>()?.into_iter())
}

/// Many cases, and a lane for a value has one of them at least: then an event asks no more than those of its own value.
fn is_worth_it(cases: &[(u32, Gate)]) -> bool {
    let asked = cases.iter().flat_map(|(_, gate)| gate);
    let values: std::collections::HashSet<&What> = asked.map(|atom| &atom.what).collect();
    cases.len() >= WORTH_A_ROUTE && cases.len() >= values.len()
}

impl FieldIndex {
    fn new(field: FieldId, question: u32, opens: Opens, is_raw: bool) -> FieldIndex {
        let sieve = if is_raw { sieve(&opens) } else { None };
        let (mut equals, mut numbers) = (HashMap::default(), HashMap::default());
        let (mut starts, mut ends, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for ((what, _), number) in opens.iter().zip(0..) {
            match what {
                What::Equals(literal) => _ = equals.insert(literal.clone(), number),
                What::Number(bits) => _ = numbers.insert(*bits, number),
                What::StartsWith(literal) => starts.push((&**literal, number)),
                What::EndsWith(literal) => ends.push((&**literal, number)),
                What::Contains(literal) => parts.push((&**literal, number)),
            }
        }
        let starts = (!starts.is_empty()).then(|| Trie::new(starts.into_iter(), false));
        let ends = (!ends.is_empty()).then(|| Trie::new(ends.into_iter(), true));
        let parts = (!parts.is_empty()).then(|| Grams::new(parts.into_iter()));
        let opens: Box<[Box<[u32]>]> = opens.into_iter().map(|(_, cases)| cases.into()).collect();
        let mut all: Vec<u32> = opens.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        FieldIndex { field, question, equals, numbers, starts, ends, parts, sieve, opens, all: all.into() }
    }

    fn find(&self, search: &mut Search<'_>) {
        let Search { event, loaded, memo, found } = search;
        if let Some(sieve) = &self.sieve
            && event.written().is_some_and(|line| !sieve.may_hold(line))
        {
            return;
        }
        memo.ask(self.question, self.field, *event, |case| found.add(case), |each| self.look(loaded, *event, each));
    }

    /// Calls `each` for every case whose gate a value opens; for some twice.
    fn look(&self, loaded: &mut Loaded, event: &dyn Fields, each: &mut dyn FnMut(u32)) {
        for slot in loaded.load(event, self.field) {
            let value = loaded.value(slot);
            if let Value::Real(_) = value {
                // Written in too many ways to be found as text.
                self.all.iter().for_each(|case| each(*case));
                continue;
            }
            let mut open = |number: u32| self.opens[number as usize].iter().for_each(|case| each(*case));
            if !self.numbers.is_empty()
                && let Some(number) = numeric(value).and_then(|number| self.numbers.get(&bits(number)))
            {
                open(*number);
            }
            let has_texts = !self.equals.is_empty() || self.starts.is_some() || self.ends.is_some() || self.parts.is_some();
            if !has_texts {
                continue;
            }
            let text = loaded.folded(slot);
            if let Some(number) = self.equals.get(text).filter(|_| !self.equals.is_empty()) {
                open(*number);
            }
            self.starts.iter().for_each(|starts| starts.find(text, &mut open));
            self.ends.iter().for_each(|ends| ends.find(text, &mut open));
            self.parts.iter().for_each(|parts| parts.find(text, &mut open));
        }
    }
}

impl Found {
    pub fn begin(&mut self, cases: usize) {
        self.cases.clear();
        self.event = self.event.wrapping_add(1);
        if self.event == 0 {
            self.seen.clear();
            self.event = 1;
        }
        if self.seen.len() < cases {
            self.seen.resize(cases, 0);
        }
    }

    pub fn add(&mut self, case: u32) {
        let seen = &mut self.seen[case as usize];
        if *seen != self.event {
            *seen = self.event;
            self.cases.push(case);
        }
    }
}

/// A hash of few steps for keys of few bytes, of whom nobody gains anything if two collide: what stands in the tables are the rules' words.
pub type Fast = BuildHasherDefault<FastHasher>;

#[derive(Clone, Copy, Debug, Default)]
pub struct FastHasher(u64);

impl FastHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        // The table takes its place from the low bits, and the product is best in its high ones.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            self.mix(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn write_u16(&mut self, word: u16) {
        self.mix(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
}
