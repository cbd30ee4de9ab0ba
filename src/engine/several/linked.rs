//! Linked patterns: the hits that are kept, and the chains among them.
//!
//! In: hits, in any order of time. Out: a chain when nothing that comes can change it: the events up to its last hit are in, and, where an optional step may
//! stand behind that, those up to the end of the duration. Law: an event is kept once, whatever number of steps it satisfies; behind a watermark only
//! those are kept whose chain may still be completed, and again as many.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::hir::Scalar;
use crate::schema::ClassId;

use super::super::event::Event;
use super::chains::{ChainColumn, ChainPlan, Read};
use super::limits::{Keeping, LeftOut, Limits};
use super::read::{ByClass, Keys, keys};
use super::search::{self, Outcome};
use super::written::{WrittenChains, WrittenEvent, WrittenKey, scalars, values};
use super::{Cell, Combined, Hit, Of};

/// Keys as they are spelled.
pub type Spelled = Arc<[Box<str>]>;

/// The hits of one rule so far.
#[derive(Debug, Default)]
pub struct Chains {
    /// In the order in which they were read.
    events: Vec<Kept>,
    keys: HashMap<Spelled, OfKey>,
    /// By the time that must be over before it is decided: events that may be a match, each with its key.
    due: BTreeMap<i64, Vec<(Spelled, u32)>>,
    /// How many events were left when those were let go that no chain can have any more.
    left: usize,
}

#[derive(Debug)]
pub struct OfKey {
    pub shown: Box<[Scalar]>,
    /// By step, in the order of time, and of reading.
    pub steps: Box<[Vec<Linkable>]>,
    /// By pair of steps: some event was a hit of both.
    pub shared: Box<[bool]>,
    is_sorted: bool,
}

/// What is left of an event.
#[derive(Debug)]
pub struct Kept {
    pub time: i64,
    tag: u64,
    class: ClassId,
    pub values: Box<[Box<[Scalar]>]>,
}

/// An event as a hit of one case.
#[derive(Clone, Debug)]
pub struct Linkable {
    pub time: i64,
    /// Its place among the events that are kept: the later one was read later.
    pub event: u32,
    pub case: u32,
    /// What it says of the own parts of its case.
    pub own: Box<[bool]>,
}

/// So many events may be kept in vain.
const FEW: usize = 64;

impl Chains {
    /// An event that satisfies these cases, each with what it says of the case's own parts.
    pub fn add(
        &mut self,
        plan: &ChainPlan,
        event: &Event,
        cases: &[(u32, Box<[bool]>)],
        tag: u64,
        keeping: Keeping,
        left_out: &mut LeftOut,
    ) {
        let (Some(time), Some(by), Some(kept)) = (event.time, plan.by.get(event.class), plan.kept.get(event.class)) else { return };
        let keys = keys(by, event);
        if keys.is_empty() {
            return;
        }
        if time < keeping.watermark {
            left_out.late += 1;
            return;
        }
        if keeping.is_bounded() && self.events.len() >= 2 * self.left + FEW {
            self.clean(plan, keeping.watermark);
        }
        let Ok(index) = u32::try_from(self.events.len()) else {
            left_out.hits += 1;
            return;
        };
        let values = kept.iter().map(|source| source.scalars(event)).collect();
        self.events.push(Kept { time, tag, class: event.class, values });
        let may_complete = cases.iter().any(|(case, _)| plan.completes[plan.cases[*case as usize].step]);
        for Keys { spelled, shown } in keys {
            let spelled: Spelled = spelled.into();
            let of_key = self.keys.entry(Arc::clone(&spelled)).or_insert_with(|| OfKey::new(plan, shown));
            for (case, own) in cases {
                of_key.add(plan, Linkable { time, event: index, case: *case, own: own.clone() });
            }
            if let Some(left) = Limits::down(of_key.len(), keeping.limits.hits) {
                left_out.hits += of_key.forget(left);
            }
            if may_complete {
                self.due.entry(time).or_default().push((spelled, index));
            }
        }
        if let Some(left) = Limits::down(self.keys.len(), keeping.limits.keys) {
            self.clean(plan, keeping.watermark);
            left_out.keys += self.forget(left);
        }
    }

    /// Lets go what is in no chain that is still to be found, and events that no key has any more.
    fn clean(&mut self, plan: &ChainPlan, watermark: i64) {
        let asked = self.due.keys().next().copied().unwrap_or(i64::MAX);
        let from = watermark.min(asked).saturating_sub(plan.within);
        let mut places = vec![None; self.events.len()];
        for of_key in self.keys.values_mut() {
            for (hits, step) in of_key.steps.iter_mut().zip(&plan.steps) {
                // What is counted behind a hit may be older than any chain.
                let from = from.saturating_sub(step.counted.map_or(0, |counted| counted.within));
                hits.retain(|hit| hit.time >= from);
                hits.iter().for_each(|hit| places[hit.event as usize] = Some(0));
            }
        }
        self.keys.retain(|_, of_key| of_key.len() > 0);
        let mut next = 0..;
        places.iter_mut().for_each(|place| *place = place.and_then(|_: u32| next.next()));
        let mut is_kept = places.iter().map(Option::is_some);
        self.events.retain(|_| is_kept.next().unwrap_or_default());
        let place = |event: u32| places[event as usize];
        for hit in self.keys.values_mut().flat_map(|of_key| &mut of_key.steps).flatten() {
            hit.event = place(hit.event).unwrap_or_default();
        }
        for asked in self.due.values_mut() {
            let kept = asked.drain(..).filter_map(|(keys, event)| Some((keys, place(event)?)));
            *asked = kept.collect();
        }
        self.due.retain(|_, asked| !asked.is_empty());
        self.left = self.events.len();
    }

    /// Lets go the keys that had no hit for longest, until so many are left; how many those were.
    fn forget(&mut self, left: usize) -> u64 {
        let mut all: Vec<(Option<i64>, Spelled)> = self.keys.iter().map(|(keys, of_key)| (of_key.last(), Arc::clone(keys))).collect();
        all.sort();
        all.truncate(self.keys.len().saturating_sub(left));
        for (_, keys) in &all {
            self.keys.remove(keys);
        }
        all.len() as u64
    }

    pub fn merge(&mut self, others: Chains) {
        let read = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        self.events.extend(others.events);
        for (spelled, other) in others.keys {
            let later =
                other.steps.into_iter().map(|hits| hits.into_iter().map(|hit| Linkable { event: hit.event.saturating_add(read), ..hit }));
            let Some(of_key) = self.keys.get_mut(&spelled) else {
                let steps = later.map(Iterator::collect).collect();
                self.keys.insert(spelled, OfKey { steps, ..other });
                continue;
            };
            of_key.is_sorted = false;
            of_key.steps.iter_mut().zip(later).for_each(|(hits, later)| hits.extend(later));
            of_key.shared.iter_mut().zip(&other.shared).for_each(|(shared, more)| *shared |= more);
        }
        for (time, asked) in others.due {
            let later = asked.into_iter().map(|(keys, event)| (keys, event.saturating_add(read)));
            self.due.entry(time).or_default().extend(later);
        }
    }

    pub fn write(&self) -> WrittenChains {
        let events = self.events.iter().map(|Kept { time, tag, class, values: kept }| WrittenEvent {
            time: *time,
            tag: *tag,
            class: class.0,
            values: kept.iter().map(|kept| values(kept)).collect(),
        });
        let mut keys: Vec<(&Spelled, &OfKey)> = self.keys.iter().collect();
        keys.sort_by_key(|(spelled, _)| *spelled);
        let places: HashMap<&Spelled, usize> = keys.iter().enumerate().map(|(place, (spelled, _))| (*spelled, place)).collect();
        let due = self.due.iter().flat_map(|(time, asked)| asked.iter().map(|(spelled, event)| (*time, spelled, *event)));
        let due = due.filter_map(|(time, spelled, event)| Some((time, *places.get(spelled)?, event))).collect();
        let keys = keys.into_iter().map(|(spelled, of_key)| {
            let mut hits: Vec<_> = of_key.steps.iter().flatten().map(|hit| (hit.event, hit.case, hit.own.to_vec())).collect();
            hits.sort_unstable();
            WrittenKey { spelled: spelled.to_vec(), shown: values(&of_key.shown), hits }
        });
        WrittenChains { events: events.collect(), keys: keys.collect(), due }
    }

    /// None: they are not of this plan.
    pub fn read(written: WrittenChains, plan: &ChainPlan) -> Option<Chains> {
        let mut chains = Chains::default();
        for WrittenEvent { time, tag, class, values } in written.events {
            let class = ClassId(class);
            let values = values.into_iter().map(scalars).collect::<Option<Box<[Box<[Scalar]>]>>>()?;
            plan.kept.get(class).filter(|kept| kept.len() == values.len())?;
            chains.events.push(Kept { time, tag, class, values });
        }
        let mut places = Vec::new();
        for WrittenKey { spelled, shown, hits } in written.keys {
            let mut of_key = OfKey::new(plan, scalars(shown)?);
            for (event, case, own) in hits {
                let time = chains.events.get(event as usize)?.time;
                plan.cases.get(case as usize).filter(|case| case.own == own.len())?;
                of_key.add(plan, Linkable { time, event, case, own: own.into() });
            }
            let spelled: Spelled = spelled.into();
            let fits = (spelled.len(), of_key.shown.len()) == (plan.keys, plan.keys);
            places.push(Arc::clone(&spelled));
            if !fits || chains.keys.insert(spelled, of_key).is_some() {
                return None;
            }
        }
        for (time, place, event) in written.due {
            chains.events.get(event as usize)?;
            chains.due.entry(time).or_default().push((Arc::clone(places.get(place)?), event));
        }
        chains.left = chains.events.len();
        Some(chains)
    }

    /// How many events are kept.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// The watermark at which the next of them are decided.
    pub fn due(&self) -> Option<i64> {
        self.due.first_key_value().map(|(time, _)| time.saturating_add(1))
    }

    /// The matches that are settled, by time and keys; at the end (None) all, and nothing is kept.
    pub fn decide<'e>(&mut self, plan: &'e ChainPlan, watermark: Option<i64>, rule: usize, name: &'e str) -> Vec<Combined<'e>> {
        let later = watermark.map(|watermark| self.due.split_off(&watermark)).unwrap_or_default();
        let mut asked: HashMap<Spelled, Vec<u32>> = HashMap::new();
        for (keys, event) in std::mem::replace(&mut self.due, later).into_values().flatten() {
            asked.entry(keys).or_default().push(event);
        }
        let mut found = Vec::new();
        for (spelled, asked) in asked {
            // Those of a key that was let go are gone with it.
            let Some(of_key) = self.keys.get_mut(&spelled) else { continue };
            of_key.sort();
            for (event, outcome) in search::matches(plan, &self.events, of_key, &asked, watermark) {
                match outcome {
                    Outcome::Waits(until) => self.due.entry(until).or_default().push((Arc::clone(&spelled), event)),
                    Outcome::Settled(hits) => {
                        let combined = combined(plan, &self.events, &of_key.shown, event, &hits, rule, name);
                        found.push(((self.events[event as usize].time, event, Arc::clone(&spelled)), combined));
                    }
                }
            }
        }
        if watermark.is_none() {
            *self = Chains::default();
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found.into_iter().map(|(_, combined)| combined).collect()
    }
}

impl OfKey {
    fn new(plan: &ChainPlan, shown: Box<[Scalar]>) -> OfKey {
        let steps = plan.steps.len();
        OfKey { shown, steps: vec![Vec::new(); steps].into(), shared: vec![false; steps * steps].into(), is_sorted: true }
    }

    fn add(&mut self, plan: &ChainPlan, hit: Linkable) {
        let (step, steps) = (plan.cases[hit.case as usize].step, self.steps.len());
        for other in (0..steps).filter(|other| *other != step) {
            if self.steps[other].last().is_some_and(|last| last.event == hit.event) {
                self.shared[step * steps + other] = true;
                self.shared[other * steps + step] = true;
            }
        }
        let hits = &mut self.steps[step];
        self.is_sorted &= hits.last().is_none_or(|last| last.time <= hit.time);
        hits.push(hit);
    }

    fn sort(&mut self) {
        if !self.is_sorted {
            self.steps.iter_mut().for_each(|hits| hits.sort_by_key(|hit| (hit.time, hit.event)));
            self.is_sorted = true;
        }
    }

    fn len(&self) -> usize {
        self.steps.iter().map(Vec::len).sum()
    }

    /// The time of the last hit.
    fn last(&self) -> Option<i64> {
        self.steps.iter().flatten().map(|hit| hit.time).max()
    }

    /// Lets go the earliest hits, until so many are left; how many those were.
    fn forget(&mut self, left: usize) -> u64 {
        let mut all: Vec<(i64, u32)> = self.steps.iter().flatten().map(|hit| (hit.time, hit.event)).collect();
        all.sort_unstable();
        let before = all.len();
        if let Some(first) = all.get(before.saturating_sub(left)) {
            self.steps.iter_mut().for_each(|hits| hits.retain(|hit| (hit.time, hit.event) >= *first));
        } else {
            self.steps.iter_mut().for_each(Vec::clear);
        }
        (before - self.len()) as u64
    }
}

fn combined<'e>(
    plan: &'e ChainPlan,
    events: &[Kept],
    keys: &[Scalar],
    event: u32,
    hits: &[Option<u32>],
    rule: usize,
    name: &'e str,
) -> Combined<'e> {
    let own = &events[event as usize];
    let of = |event: &Kept| Hit { time: Some(event.time), tag: event.tag };
    let decide = plan.steps.iter().zip(hits).filter(|(step, _)| !step.optional).filter_map(|(_, hit)| *hit);
    let first = decide.map(|hit| events[hit as usize].time).min().unwrap_or(own.time);
    let labels: Vec<&str> = plan.steps.iter().zip(hits).filter(|(_, hit)| hit.is_some()).map(|(step, _)| &*step.label).collect();
    let read = |event: &Kept, reads: &ByClass<Read>| match reads.get(event.class) {
        Some(Read::Kept(slot)) => event.values[*slot].iter().cloned().map(Cell::Value).collect(),
        Some(Read::Time) => vec![Cell::Time(event.time)],
        None => Vec::new(),
    };
    let cells = |column: &ChainColumn| match column {
        ChainColumn::First => vec![Cell::Time(first)],
        ChainColumn::Last => vec![Cell::Time(own.time)],
        ChainColumn::Delay => vec![Cell::Value(seconds(own.time.saturating_sub(first)))],
        ChainColumn::Key(index) => vec![Cell::Value(keys[*index].clone())],
        ChainColumn::Step(step, reads) => hits[*step].map_or(Vec::new(), |hit| read(&events[hit as usize], reads)),
        ChainColumn::Own(reads) => read(own, reads),
        ChainColumn::Matched => labels.iter().map(|label| Cell::Value(Scalar::Text((*label).to_owned()))).collect(),
    };
    Combined {
        rule,
        name,
        keys: keys.to_vec(),
        time: Some(own.time),
        event: of(own),
        of: Of::Chain {
            first,
            hits: plan.steps.iter().zip(hits).map(|(step, hit)| (&*step.label, hit.map(|hit| of(&events[hit as usize])))).collect(),
        },
        columns: plan.columns.iter().map(|(name, column)| (&**name, cells(column))).collect(),
        labels,
    }
}

fn seconds(micros: i64) -> Scalar {
    if micros % 1_000_000 == 0 { Scalar::Int(micros / 1_000_000) } else { Scalar::Real(micros as f64 / 1e6) }
}
