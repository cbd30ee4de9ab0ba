//! What is counted of a group, hit by hit.
//!
//! In: the hits of a group that satisfy an aggregate's condition. Out: a number, a time, or values. Law: the order of the hits changes
//! nothing, but for the last digits of a sum of fractions.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::hir::{Function, Number, Percent, Scalar};

use super::super::event::Event;
use super::super::test::{numeric, ordered};
use super::read::{ByClass, Source};
use super::written::{Bits, Value, WrittenSum, WrittenTally};

/// An aggregate of a rule.
#[derive(Debug)]
pub struct Tallied {
    pub function: Function,
    /// None: the hits themselves, or their labels.
    pub field: Option<Box<str>>,
    pub sources: ByClass<Source>,
    /// Which of the rule's conditions the hit must satisfy.
    pub when: Option<usize>,
}

/// What was counted so far.
#[derive(Clone, Debug)]
pub enum Tally {
    Count(u64),
    Different(HashSet<Box<str>>),
    /// Of labels, by their places.
    Labels(BTreeSet<usize>),
    Sum(Sum),
    /// How many there are of each number.
    Ranked(BTreeMap<Ranked, u64>),
    Least(Option<Number>),
    Greatest(Option<Number>),
    FirstTime(Option<i64>),
    LastTime(Option<i64>),
    /// By their spelling.
    Values(BTreeMap<Box<str>, Scalar>),
}

/// A number by its place among others.
#[derive(Clone, Copy, Debug)]
pub struct Ranked(Number);

/// Exact while all numbers are whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    whole: i128,
    rest: f64,
    has_fractions: bool,
    count: u64,
}

pub fn least(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}

impl Tally {
    pub fn new(tallied: &Tallied) -> Tally {
        match (tallied.function, tallied.field.as_deref()) {
            (Function::Count, _) => Tally::Count(0),
            (Function::Distinct | Function::Values, None) => Tally::Labels(BTreeSet::new()),
            (Function::Distinct, Some(_)) => Tally::Different(HashSet::new()),
            (Function::Values, Some(_)) => Tally::Values(BTreeMap::new()),
            (Function::Sum | Function::Avg, _) => Tally::Sum(Sum::default()),
            (Function::Percentile(_), _) => Tally::Ranked(BTreeMap::new()),
            (Function::Min, Some("time")) => Tally::FirstTime(None),
            (Function::Max, Some("time")) => Tally::LastTime(None),
            (Function::Min, _) => Tally::Least(None),
            (Function::Max, _) => Tally::Greatest(None),
        }
    }

    /// Takes in a hit. Of different values at most so many are kept; how many were not taken in.
    pub fn add(&mut self, source: Option<&Source>, event: &Event, labels: &BTreeSet<usize>, most: usize) -> u64 {
        let mut left_out = 0;
        let numbers = |add: &mut dyn FnMut(Number)| {
            if let Some(source) = source {
                source.visit(event, |value| numeric(value).into_iter().for_each(&mut *add));
            }
        };
        match self {
            Tally::Count(count) => *count = count.saturating_add(1),
            Tally::Labels(known) => known.extend(labels),
            Tally::Different(known) => {
                for (key, _) in source.into_iter().flat_map(|source| source.keys(event)) {
                    if known.len() < most || known.contains(&key) {
                        known.insert(key);
                    } else {
                        left_out += 1;
                    }
                }
            }
            Tally::Sum(sum) => numbers(&mut |number| sum.add(number)),
            Tally::Ranked(known) => numbers(&mut |number| {
                if known.len() < most || known.contains_key(&Ranked(number)) {
                    *known.entry(Ranked(number)).or_default() += 1;
                } else {
                    left_out += 1;
                }
            }),
            Tally::Least(least) => numbers(&mut |number| replace(least, number, Ordering::Less)),
            Tally::Greatest(greatest) => numbers(&mut |number| replace(greatest, number, Ordering::Greater)),
            Tally::FirstTime(first) => *first = self::least(*first, event.time),
            Tally::LastTime(last) => *last = (*last).max(event.time),
            Tally::Values(known) => {
                if let Some(source) = source {
                    source.visit(event, |value| {
                        let spelling: Box<str> = value.to_string().into();
                        if known.len() < most || known.contains_key(&spelling) {
                            known.entry(spelling).or_insert_with(|| value.to_scalar());
                        } else {
                            left_out += 1;
                        }
                    });
                }
            }
        }
        left_out
    }

    pub fn merge(&mut self, other: Tally) {
        match (self, other) {
            (Tally::Count(count), Tally::Count(more)) => *count += more,
            (Tally::Different(known), Tally::Different(more)) => known.extend(more),
            (Tally::Labels(known), Tally::Labels(more)) => known.extend(more),
            (Tally::Sum(sum), Tally::Sum(more)) => sum.merge(more),
            (Tally::Ranked(known), Tally::Ranked(more)) => {
                more.into_iter().for_each(|(number, many)| *known.entry(number).or_default() += many)
            }
            (Tally::Least(least), Tally::Least(more)) => more.into_iter().for_each(|number| replace(least, number, Ordering::Less)),
            (Tally::Greatest(most), Tally::Greatest(more)) => more.into_iter().for_each(|number| replace(most, number, Ordering::Greater)),
            (Tally::FirstTime(first), Tally::FirstTime(more)) => *first = least(*first, more),
            (Tally::LastTime(last), Tally::LastTime(more)) => *last = (*last).max(more),
            (Tally::Values(known), Tally::Values(more)) => known.extend(more),
            // Of one plan both are of one kind.
            (
                Tally::Count(_)
                | Tally::Different(_)
                | Tally::Labels(_)
                | Tally::Sum(_)
                | Tally::Ranked(_)
                | Tally::Least(_)
                | Tally::Greatest(_)
                | Tally::FirstTime(_)
                | Tally::LastTime(_)
                | Tally::Values(_),
                _,
            ) => {}
        }
    }

    /// The labels, by their places.
    pub fn labels(&self) -> &BTreeSet<usize> {
        static NONE: BTreeSet<usize> = BTreeSet::new();
        match self {
            Tally::Labels(labels) => labels,
            Tally::Count(_)
            | Tally::Different(_)
            | Tally::Sum(_)
            | Tally::Ranked(_)
            | Tally::Least(_)
            | Tally::Greatest(_)
            | Tally::FirstTime(_)
            | Tally::LastTime(_)
            | Tally::Values(_) => &NONE,
        }
    }

    pub fn write(&self) -> WrittenTally {
        match self {
            Tally::Count(count) => WrittenTally::Count(*count),
            Tally::Different(known) => WrittenTally::Different(known.iter().cloned().collect()),
            Tally::Labels(known) => WrittenTally::Labels(known.clone()),
            Tally::Sum(Sum { whole, rest, has_fractions, count }) => WrittenTally::Sum(WrittenSum {
                whole: whole.to_string(),
                rest: Bits(rest.to_bits()),
                has_fractions: *has_fractions,
                count: *count,
            }),
            Tally::Ranked(known) => WrittenTally::Ranked(known.iter().map(|(number, many)| (Value::from(number.0), *many)).collect()),
            Tally::Least(number) => WrittenTally::Least(number.map(Value::from)),
            Tally::Greatest(number) => WrittenTally::Greatest(number.map(Value::from)),
            Tally::FirstTime(time) => WrittenTally::FirstTime(*time),
            Tally::LastTime(time) => WrittenTally::LastTime(*time),
            Tally::Values(known) => WrittenTally::Values(known.iter().map(|(key, value)| (key.clone(), Value::from(value))).collect()),
        }
    }

    /// None: it is of another kind than the aggregate's.
    pub fn read(written: WrittenTally, tallied: &Tallied) -> Option<Tally> {
        let number = |written: Option<Value>| match written {
            None => Some(None),
            Some(value) => value.number().map(Some),
        };
        let tally = match written {
            WrittenTally::Count(count) => Tally::Count(count),
            WrittenTally::Different(known) => Tally::Different(known.into_iter().collect()),
            WrittenTally::Labels(known) => Tally::Labels(known),
            WrittenTally::Sum(WrittenSum { whole, rest, has_fractions, count }) => {
                Tally::Sum(Sum { whole: whole.parse().ok()?, rest: f64::from_bits(rest.0), has_fractions, count })
            }
            WrittenTally::Ranked(known) => {
                let read = |(number, many): (Value, u64)| Some((Ranked(number.number()?), many));
                Tally::Ranked(known.into_iter().map(read).collect::<Option<_>>()?)
            }
            WrittenTally::Least(written) => Tally::Least(number(written)?),
            WrittenTally::Greatest(written) => Tally::Greatest(number(written)?),
            WrittenTally::FirstTime(time) => Tally::FirstTime(time),
            WrittenTally::LastTime(time) => Tally::LastTime(time),
            WrittenTally::Values(known) => Tally::Values(known.into_iter().map(|(key, value)| (key, value.into())).collect()),
        };
        let is_of = std::mem::discriminant(&tally) == std::mem::discriminant(&Tally::new(tallied));
        is_of.then_some(tally)
    }

    /// What a comparison sees; None: of no value.
    pub fn number(&self, function: Function) -> Option<Number> {
        let count = |count: u64| Some(Number::Int(i64::try_from(count).unwrap_or(i64::MAX)));
        match self {
            Tally::Count(number) => count(*number),
            Tally::Different(known) => count(known.len() as u64),
            Tally::Labels(_) if function == Function::Values => None,
            Tally::Labels(known) => count(known.len() as u64),
            Tally::Sum(sum) if function == Function::Avg => sum.average(),
            Tally::Sum(sum) => Some(sum.total()),
            Tally::Ranked(known) => match function {
                Function::Percentile(percent) => ranked(known, percent),
                Function::Count | Function::Distinct | Function::Sum | Function::Min | Function::Max | Function::Avg | Function::Values => {
                    None
                }
            },
            Tally::Least(number) | Tally::Greatest(number) => *number,
            Tally::FirstTime(_) | Tally::LastTime(_) | Tally::Values(_) => None,
        }
    }
}

fn replace(known: &mut Option<Number>, number: Number, wanted: Ordering) {
    if known.is_none_or(|known| ordered(number, known) == Some(wanted)) {
        *known = Some(number);
    }
}

/// The number at the percentile's place.
fn ranked(known: &BTreeMap<Ranked, u64>, percent: Percent) -> Option<Number> {
    let index = percent.index(known.values().fold(0, |sum: u64, many| sum.saturating_add(*many)))?;
    let mut before: u64 = 0;
    let mut is_there = |many: &u64| {
        before = before.saturating_add(*many);
        before > index
    };
    known.iter().find(|(_, many)| is_there(many)).map(|(number, _)| number.0)
}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        // A number that is none (NaN) is in no event.
        ordered(self.0, other.0).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Ranked) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

impl Sum {
    fn add(&mut self, number: Number) {
        match number {
            Number::Int(number) => self.whole = self.whole.saturating_add(i128::from(number)),
            Number::Real(number) => (self.rest, self.has_fractions) = (self.rest + number, true),
        }
        self.count = self.count.saturating_add(1);
    }

    fn merge(&mut self, other: Sum) {
        self.whole += other.whole;
        self.rest += other.rest;
        self.has_fractions |= other.has_fractions;
        self.count += other.count;
    }

    fn total(&self) -> Number {
        match i64::try_from(self.whole) {
            Ok(whole) if !self.has_fractions => Number::Int(whole),
            _ => Number::Real(self.whole as f64 + self.rest),
        }
    }

    fn average(&self) -> Option<Number> {
        let total = match self.total() {
            Number::Int(number) => number as f64,
            Number::Real(number) => number,
        };
        (self.count > 0).then(|| Number::Real(total / self.count as f64))
    }
}
