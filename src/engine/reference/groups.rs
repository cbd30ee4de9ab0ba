//! Thresholds: hits, their groups, and what is counted of each.
//!
//! In: branches, `having .. by .. per ..`, events. Out: the groups that are matches. Law: an event is one hit of each of its groups,
//! whatever number of branches it satisfies.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::hir::{AggPred, Aggregate, Branch, Compare, Event, Function, Group as Grouping, Number, Percent, Scalar};
use crate::schema::Packs;

use super::event::{Chained, fits, numeric, one_holds, order, satisfies, spelled};
use super::keys::{folded, keys, of_name};

const SECOND: i64 = 1_000_000;

/// A group of hits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// In lower case, in the order of `by`.
    pub keys: Vec<String>,
    /// Microseconds since 1970: where its window begins. None without `per`.
    pub window: Option<i64>,
    /// In the order of the list.
    pub hits: Vec<usize>,
}

/// What an aggregate says of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregated {
    /// None: of no value.
    Number(Option<Number>),
    /// Microseconds since 1970.
    Time(Option<i64>),
    /// `values(f)`, sorted.
    Values(BTreeSet<String>),
}

pub(super) fn groups(branches: &[Branch], grouping: &Grouping, events: &[Event], packs: &Packs) -> Vec<Group> {
    let mut groups: BTreeSet<(Vec<String>, Option<i64>)> = BTreeSet::new();
    for event in events.iter().filter(|event| is_hit(branches, event, packs)) {
        groups.extend(groups_of(grouping, event, packs));
    }
    let with_hits = groups.into_iter().map(|(keys, window)| {
        let is_in = |event: &Event| groups_of(grouping, event, packs).contains(&(keys.clone(), window));
        let hits = (0..events.len()).filter(|index| is_hit(branches, &events[*index], packs) && is_in(&events[*index])).collect();
        Group { keys, window, hits }
    });
    with_hits.filter(|group| grouping.having.as_ref().is_none_or(|having| holds(having, branches, group, events, packs))).collect()
}

fn is_hit(branches: &[Branch], event: &Event, packs: &Packs) -> bool {
    branches.iter().any(|branch| satisfies(branch, event, packs))
}

/// Its keys and its window. An event without time is in no window.
fn groups_of(grouping: &Grouping, event: &Event, packs: &Packs) -> Vec<(Vec<String>, Option<i64>)> {
    let window = match &grouping.per {
        None => None,
        Some(per) => {
            let length = i64::try_from(per.seconds).unwrap_or(i64::MAX).saturating_mul(SECOND);
            let Some(time) = event.time else { return Vec::new() };
            Some(time.div_euclid(length) * length)
        }
    };
    keys(&grouping.by, event, packs).into_iter().map(|keys| (keys, window)).collect()
}

fn holds(having: &AggPred, branches: &[Branch], group: &Group, events: &[Event], packs: &Packs) -> bool {
    match having {
        AggPred::All(parts) => parts.iter().all(|part| holds(part, branches, group, events, packs)),
        AggPred::Any(parts) => parts.iter().any(|part| holds(part, branches, group, events, packs)),
        AggPred::Not(inner) => !holds(inner, branches, group, events, packs),
        // As everywhere: not `==`.
        AggPred::Test { aggregate, op: Compare::NotEqual, value, span } => {
            let equal = AggPred::Test { aggregate: aggregate.clone(), op: Compare::Equal, value: *value, span: *span };
            !holds(&equal, branches, group, events, packs)
        }
        AggPred::Test { aggregate: asked, op, value, .. } => match aggregate(asked, branches, &group.hits, events, packs) {
            Aggregated::Number(Some(number)) => order(number, *value).is_some_and(|order| fits(*op, order)),
            Aggregated::Number(None) | Aggregated::Time(_) | Aggregated::Values(_) => false,
        },
    }
}

/// What the aggregate says of these hits of the branches.
pub fn aggregate(aggregate: &Aggregate, branches: &[Branch], hits: &[usize], events: &[Event], packs: &Packs) -> Aggregated {
    let hits = hits.iter().map(|index| &events[*index]);
    let counted: Vec<&Event> = hits.filter(|event| is_counted(aggregate, branches, event, packs)).collect();
    let count = |count: usize| Aggregated::Number(Some(Number::Int(count as i64)));
    let Some(field) = &aggregate.field else {
        let labels = counted.iter().flat_map(|event| labels(branches, event, packs)).collect::<BTreeSet<String>>();
        return match aggregate.function {
            Function::Count => count(counted.len()),
            Function::Distinct => count(labels.len()),
            Function::Values => Aggregated::Values(labels),
            // `check` lets none of them stand without a field.
            Function::Sum | Function::Min | Function::Max | Function::Avg | Function::Percentile(_) => Aggregated::Number(None),
        };
    };
    let times = || counted.iter().filter_map(|event| event.time);
    let of_field = || counted.iter().flat_map(|event| of_name(field, event, packs));
    let numbers: Vec<Number> = of_field().filter_map(|value| numeric(&value)).collect();
    match aggregate.function {
        Function::Count => count(counted.len()),
        Function::Distinct => count(counted.iter().flat_map(|event| folded(field, event, packs)).collect::<BTreeSet<String>>().len()),
        Function::Values => Aggregated::Values(of_field().map(|value: Scalar| spelled(&value)).collect()),
        Function::Min if field == "time" => Aggregated::Time(times().min()),
        Function::Max if field == "time" => Aggregated::Time(times().max()),
        Function::Sum => Aggregated::Number(Some(sum(&numbers))),
        Function::Avg if numbers.is_empty() => Aggregated::Number(None),
        Function::Avg => Aggregated::Number(Some(Number::Real(real(sum(&numbers)) / numbers.len() as f64))),
        Function::Percentile(percent) => Aggregated::Number(ranked(numbers, percent)),
        Function::Min => {
            Aggregated::Number(numbers.into_iter().reduce(|a, b| if order(b, a).is_some_and(|order| order.is_lt()) { b } else { a }))
        }
        Function::Max => {
            Aggregated::Number(numbers.into_iter().reduce(|a, b| if order(b, a).is_some_and(|order| order.is_gt()) { b } else { a }))
        }
    }
}

/// The condition is of one case list a branch; those of one class are alike, so any of the event's class says it.
fn is_counted(aggregate: &Aggregate, branches: &[Branch], event: &Event, packs: &Packs) -> bool {
    let Some(condition) = &aggregate.condition else { return true };
    let of_class = branches.iter().zip(condition).filter(|(branch, _)| branch.class == event.class);
    of_class.into_iter().any(|(_, cases)| one_holds(cases, event, Chained { steps: &[], packs }))
}

fn labels(branches: &[Branch], event: &Event, packs: &Packs) -> Vec<String> {
    branches.iter().filter(|branch| satisfies(branch, event, packs)).filter_map(|branch| branch.label.clone()).collect()
}

/// The least of which so many of a hundred are no greater.
fn ranked(mut numbers: Vec<Number>, percent: Percent) -> Option<Number> {
    numbers.sort_by(|one, other| order(*one, *other).unwrap_or(Ordering::Equal));
    let (part, whole) = percent.ratio();
    let count = numbers.len();
    let is_enough = |index: &usize| (index + 1) as u128 * u128::from(whole) >= count as u128 * u128::from(part);
    (0..count).find(is_enough).map(|index| numbers[index])
}

/// Exact while all are whole; of whole numbers too large to be held, the nearest fraction.
fn sum(numbers: &[Number]) -> Number {
    let mut whole: i128 = 0;
    let mut rest = 0.0;
    let mut is_whole = true;
    for number in numbers {
        match number {
            Number::Int(number) => whole += i128::from(*number),
            Number::Real(number) => (rest, is_whole) = (rest + number, false),
        }
    }
    match i64::try_from(whole) {
        Ok(whole) if is_whole => Number::Int(whole),
        _ => Number::Real(whole as f64 + rest),
    }
}

fn real(number: Number) -> f64 {
    match number {
        Number::Int(number) => number as f64,
        Number::Real(number) => number,
    }
}
