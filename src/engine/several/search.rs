//! Which events complete a chain, and with which hits.
//!
//! In: the hits of one key, in the order of time; the events that are asked about. Out: each of them that is a match, with the latest of its chains. Law: the same as the reference,
//! which tries every chain. Here a chain is looked for from the match backwards, the latest hit of each step first, within the duration: of
//! steps that no test binds together the first try decides, so a pattern without such tests costs a binary search a step. Where a test
//! asks for equal values they lead to the hits; where it asks for anything else, the hits in the duration are tried.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use crate::hir::{LinkKind, Scalar};

use super::super::event::Value;
use super::super::view::Against;
use super::chains::{ChainPlan, Cond, Equal, Part};
use super::enough;
use super::linked::{Kept, Linkable, OfKey};

/// By step: the event that stands for it.
pub type Hits = Vec<Option<u32>>;

/// What is known of a match.
pub enum Outcome {
    Settled(Hits),
    /// An event up to this time may still be shown with it.
    Waits(i64),
}

/// Each match among these events, by event. `watermark`: no earlier event comes; None: none at all.
pub fn matches(plan: &ChainPlan, events: &[Kept], of_key: &OfKey, asked: &[u32], watermark: Option<i64>) -> Vec<(u32, Outcome)> {
    // No search leads further away from what is asked about.
    let times = || asked.iter().map(|event| events[*event as usize].time);
    let (from, until) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    let steps = enough::steps(plan, of_key, from.saturating_sub(plan.within), until.saturating_add(plan.within));
    let shared = &of_key.shared;
    let search =
        Search { plan, events, steps: &steps, shared, against: RefCell::default(), indexes: RefCell::default(), tried: Cell::new(0) };
    let required: Vec<usize> = (0..plan.steps.len()).filter(|step| !plan.steps[*step].optional).collect();
    let mut found: BTreeMap<u32, Chosen> = BTreeMap::new();
    for event in asked {
        for step in (0..plan.steps.len()).filter(|step| plan.completes[*step]) {
            for at in search.hits_of(step, *event) {
                if let LinkKind::AtLeast(_) = plan.kind {
                    // The last of its steps says the most of an event.
                    found.insert(*event, search.counted(step, at, &required));
                } else if let Some(chosen) = search.latest(step, at, &required) {
                    let known = found.entry(*event).or_insert_with(|| chosen.clone());
                    if search.lateness(&chosen) > search.lateness(known) {
                        *known = chosen;
                    }
                }
            }
        }
    }
    if let LinkKind::AtLeast(count) = plan.kind {
        found.retain(|_, chosen| chosen.iter().flatten().count() as u64 >= count);
    }
    let outcome = |chosen: Chosen, event: u32| {
        let first = || chosen.iter().enumerate().filter_map(|(step, at)| at.map(|at| search.hit(step, at).time)).min();
        let until = if plan.waits { first().map(|first| first.saturating_add(plan.within)) } else { None };
        match (until, watermark) {
            (Some(until), Some(watermark)) if until >= watermark => Outcome::Waits(until),
            (_, _) => Outcome::Settled(search.with_optional(event, chosen)),
        }
    };
    found.into_iter().map(|(event, chosen)| (event, outcome(chosen, event))).collect()
}

/// By step: the place of its hit among those of the step.
type Chosen = Vec<Option<usize>>;

/// The places of the hits of a step.
#[derive(Default)]
struct Index {
    /// By spelling of a value: of those that have it.
    of_value: HashMap<Box<str>, Vec<usize>>,
    /// Of those that ask for no equal value.
    free: Vec<usize>,
}

/// Which equal values lead to the hits of a step.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Led {
    /// By a value of theirs, which a hit of another step asks for.
    Theirs { step: usize, theirs: usize },
    /// By the value that they ask another step for.
    Own { step: usize, other: usize, theirs: usize },
}

struct Search<'s> {
    plan: &'s ChainPlan,
    events: &'s [Kept],
    /// By step, in the order of time.
    steps: &'s [Cow<'s, [Linkable]>],
    /// By pair of steps: some event is a hit of both.
    shared: &'s [bool],
    against: RefCell<Against>,
    indexes: RefCell<HashMap<Led, Rc<Index>>>,
    /// How many hits were tried one by one where an index could have led to them.
    tried: Cell<usize>,
}

/// Fewer hits than these are tried one by one.
const FEW: usize = 16;

impl<'s> Search<'s> {
    fn hit(&self, step: usize, at: usize) -> &'s Linkable {
        &self.steps[step][at]
    }

    /// Where the hits of a step stand that are this event.
    fn hits_of(&self, step: usize, event: u32) -> Range<usize> {
        let (hits, place) = (&self.steps[step], (self.events[event as usize].time, event));
        let start = hits.partition_point(|hit| (hit.time, hit.event) < place);
        start..hits.partition_point(|hit| (hit.time, hit.event) <= place)
    }

    /// Where the hits of a step stand whose time is in these bounds, both included.
    fn between(&self, step: usize, from: i64, until: i64) -> Range<usize> {
        let hits = &self.steps[step];
        let start = hits.partition_point(|hit| hit.time < from);
        start..hits.partition_point(|hit| hit.time <= until).max(start)
    }

    /// From the last step to the first.
    fn lateness(&self, chosen: &Chosen) -> Vec<Option<(i64, u32)>> {
        let place = |(step, at): (usize, &Option<usize>)| at.map(|at| (self.hit(step, at).time, self.hit(step, at).event));
        chosen.iter().enumerate().rev().map(place).collect()
    }

    // ---------- at_least ----------

    /// The hit as that of its step, and of each other one the latest that stands before it.
    fn counted(&self, own: usize, at: usize, required: &[usize]) -> Chosen {
        let hit = self.hit(own, at);
        let mut chosen = vec![None; self.steps.len()];
        for step in required {
            let until = if *step < own { hit.time } else { hit.time.saturating_sub(1) };
            let near = self.between(*step, hit.time.saturating_sub(self.plan.within), until);
            chosen[*step] = near.last();
        }
        chosen[own] = Some(at);
        chosen
    }

    // ---------- sequence, together ----------

    /// The latest chain that this hit completes, as the last of its hits.
    fn latest(&self, step: usize, at: usize, required: &[usize]) -> Option<Chosen> {
        let until = self.hit(step, at).time;
        let from = until.saturating_sub(self.plan.within);
        if required.iter().any(|other| self.between(*other, from, until).is_empty()) {
            return None;
        }
        let levels: Vec<usize> = required.iter().copied().filter(|other| *other != step).collect();
        let mut chosen = vec![None; self.steps.len()];
        chosen[step] = Some(at);
        let mut walk = Walk { search: self, fixed: step, from, until, levels: &levels, chosen, failed: HashSet::new() };
        walk.complete(levels.len(), until).then_some(walk.chosen)
    }

    /// Whether the parts that are about this step and otherwise about steps that have a hit hold.
    fn parts_hold(&self, chosen: &Chosen, step: usize) -> bool {
        chosen.iter().enumerate().all(|(owner, at)| {
            let Some(at) = at else { return true };
            let hit = self.hit(owner, *at);
            self.plan.cases[hit.case as usize].parts.iter().all(|part| {
                let is_asked = part.steps.contains(&step) && part.steps.iter().all(|other| chosen[*other].is_some());
                !is_asked || self.holds(&part.cond, hit, chosen)
            })
        })
    }

    fn holds(&self, cond: &Cond, hit: &Linkable, chosen: &Chosen) -> bool {
        match cond {
            Cond::All(parts) => parts.iter().all(|part| self.holds(part, hit, chosen)),
            Cond::Any(parts) => parts.iter().any(|part| self.holds(part, hit, chosen)),
            Cond::Not(inner) => !self.holds(inner, hit, chosen),
            Cond::Own(index) => hit.own[*index],
            Cond::Cross { own, ty, op, case, step, theirs } => {
                let Some(other) = chosen[*step].map(|at| self.hit(*step, at)) else { return false };
                let (left, right) = (self.kept(hit, *own), self.kept(other, *theirs));
                let mut against = self.against.borrow_mut();
                left.iter().any(|left| right.iter().any(|right| against.passes(left.into(), right.into(), *op, *ty, *case)))
            }
        }
    }

    fn kept(&self, hit: &Linkable, place: usize) -> &'s [Scalar] {
        self.events[hit.event as usize].values.get(place).map_or(&[], |values| values)
    }

    /// The places within this range, from the first on; only those that have an equal value that a chosen hit asks for, or is asked for, if one does.
    fn candidates(&self, chosen: &Chosen, step: usize, range: Range<usize>) -> Places {
        let few = range.len() <= FEW;
        let Some((led, values)) = (if few { None } else { self.led(chosen, step) }) else { return Places::All(range) };
        // An index of all hits pays only where more than these are tried.
        self.tried.set(self.tried.get() + range.len());
        if self.tried.get() <= self.steps[step].len() {
            return Places::All(range);
        }
        let index = self.index(led);
        let of_values = values.iter().filter_map(|value| index.of_value.get(&*spelled(value)));
        let within = |places: &[usize]| {
            let start = places.partition_point(|at| *at < range.start);
            start..places.partition_point(|at| *at < range.end).max(start)
        };
        let lists = of_values.chain([&index.free]).map(|places| &places[within(places)]);
        let mut places: Vec<usize> = lists.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        Places::Some(places)
    }

    /// By which values of a chosen hit those of the step are found.
    fn led(&self, chosen: &Chosen, step: usize) -> Option<(Led, &'s [Scalar])> {
        let hits = || chosen.iter().enumerate().filter_map(|(other, at)| Some((other, self.hit(other, (*at)?))));
        let asked = hits().find_map(|(_, hit)| {
            let equal = self.equal(hit, |equal| equal.step == step)?;
            Some((Led::Theirs { step, theirs: equal.theirs }, self.kept(hit, equal.own)))
        });
        let asks = || {
            let equals = self.plan.cases.iter().filter(|case| case.step == step).flat_map(|case| &case.parts).filter_map(|part| part.equal);
            let mut of_chosen = equals.filter_map(|equal| Some((equal, self.hit(equal.step, chosen[equal.step]?))));
            of_chosen.next().map(|(equal, hit)| (Led::Own { step, other: equal.step, theirs: equal.theirs }, self.kept(hit, equal.theirs)))
        };
        asked.or_else(asks)
    }

    fn equal(&self, hit: &Linkable, is_wanted: impl Fn(&Equal) -> bool) -> Option<Equal> {
        self.plan.cases[hit.case as usize].parts.iter().find_map(|part| part.equal.filter(&is_wanted))
    }

    fn index(&self, led: Led) -> Rc<Index> {
        let mut indexes = self.indexes.borrow_mut();
        let index = indexes.entry(led).or_insert_with(|| {
            let mut index = Index::default();
            let (Led::Theirs { step, .. } | Led::Own { step, .. }) = led;
            for (at, hit) in self.steps[step].iter().enumerate() {
                let place = match led {
                    Led::Theirs { theirs, .. } => Some(theirs),
                    Led::Own { other, theirs, .. } => {
                        self.equal(hit, |equal| (equal.step, equal.theirs) == (other, theirs)).map(|equal| equal.own)
                    }
                };
                match place {
                    Some(place) => {
                        self.kept(hit, place).iter().for_each(|value| index.of_value.entry(spelled(value)).or_default().push(at));
                    }
                    None => index.free.push(at),
                }
            }
            Rc::new(index)
        });
        Rc::clone(index)
    }

    /// Whether some test binds this step to one of these.
    fn is_bound(&self, step: usize, others: &[usize]) -> bool {
        let binds = |part: &Part| part.steps.contains(&step) && others.iter().any(|other| part.steps.contains(other));
        let cases = self.plan.cases.iter().filter(|case| !self.plan.steps[case.step].optional);
        cases.flat_map(|case| &case.parts).any(binds)
    }

    fn is_shared(&self, step: usize, others: &[usize]) -> bool {
        others.iter().any(|other| self.shared[step * self.plan.steps.len() + other])
    }

    // ---------- optional steps ----------

    /// Each optional step, from the first on, with its hit that is nearest to the match.
    fn with_optional(&self, event: u32, mut chosen: Chosen) -> Hits {
        let matched = self.events[event as usize].time;
        for step in (0..self.steps.len()).filter(|step| self.plan.steps[*step].optional) {
            let times = || chosen.iter().enumerate().filter_map(|(other, at)| at.map(|at| (other, self.hit(other, at).time)));
            let (Some(first), Some(last)) = (times().map(|(_, time)| time).min(), times().map(|(_, time)| time).max()) else { continue };
            let (mut from, mut until) = (last.saturating_sub(self.plan.within), first.saturating_add(self.plan.within));
            if self.plan.kind == LinkKind::Sequence {
                from = times().filter(|(other, _)| *other < step).map(|(_, time)| time).fold(from, i64::max);
                until = times().filter(|(other, _)| *other > step).map(|(_, time)| time).fold(until, i64::min);
            }
            let is_own = |chosen: &Chosen, event| matches!(self.plan.kind, LinkKind::AtLeast(_)) || !self.is_used(chosen, event);
            let places = self.candidates(&chosen, step, self.between(step, from, until));
            for at in self.outwards(step, matched, &places) {
                if is_own(&chosen, self.hit(step, at).event) {
                    chosen[step] = Some(at);
                    if self.parts_hold(&chosen, step) {
                        break;
                    }
                    chosen[step] = None;
                }
            }
        }
        chosen.iter().enumerate().map(|(step, at)| at.map(|at| self.hit(step, at).event)).collect()
    }

    /// Of these the nearest in time to the match first; of two as near the earlier one, of two of one time the one read later.
    fn outwards(&self, step: usize, matched: i64, places: &Places) -> impl Iterator<Item = usize> {
        let time = move |nth: usize| self.hit(step, places.at(nth)).time;
        let middle = places.partition_point(|at| self.hit(step, at).time <= matched);
        let mut before = (0..middle).rev().peekable();
        // Groups of one time, each from its end.
        let mut start = middle;
        let groups = std::iter::from_fn(move || {
            let first = start;
            let of_time = (first < places.len()).then(|| time(first))?;
            start += (first..places.len()).take_while(|nth| time(*nth) == of_time).count();
            Some((first..start).rev())
        });
        let mut after = groups.flatten().peekable();
        std::iter::from_fn(move || {
            let distance = |nth: &usize| time(*nth).abs_diff(matched);
            let nth = match (before.peek().map(distance), after.peek().map(distance)) {
                (Some(earlier), Some(later)) if later < earlier => after.next(),
                (Some(_), _) => before.next(),
                (None, _) => after.next(),
            };
            nth.map(|nth| places.at(nth))
        })
    }

    fn is_used(&self, chosen: &Chosen, event: u32) -> bool {
        chosen.iter().enumerate().any(|(step, at)| at.is_some_and(|at| self.hit(step, at).event == event))
    }
}

/// Places of hits of one step, in their order.
enum Places {
    All(Range<usize>),
    Some(Vec<usize>),
}

impl Places {
    fn len(&self) -> usize {
        match self {
            Places::All(range) => range.len(),
            Places::Some(places) => places.len(),
        }
    }

    fn at(&self, nth: usize) -> usize {
        match self {
            Places::All(range) => range.start + nth,
            Places::Some(places) => places[nth],
        }
    }

    /// How many of them, from the first on, are as asked.
    fn partition_point(&self, is_before: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(self.at(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Values that the language calls equal are spelled alike; others may be.
fn spelled(value: &Scalar) -> Box<str> {
    super::super::test::alike(Value::from(value)).into()
}

/// From the match backwards.
struct Walk<'w, 's> {
    search: &'w Search<'s>,
    /// The step of the match.
    fixed: usize,
    from: i64,
    until: i64,
    /// The other steps that decide, in the order of the rule.
    levels: &'w [usize],
    chosen: Chosen,
    /// What was chosen of the steps that those below see, where nothing was found below.
    failed: HashSet<Vec<usize>>,
}

impl Walk<'_, '_> {
    /// Chooses a hit for each of the first `open` levels. `hi`: the time of the one above.
    fn complete(&mut self, open: usize, hi: i64) -> bool {
        let Some(below) = open.checked_sub(1) else { return true };
        let search = self.search;
        let (step, lower) = (self.levels[below], &self.levels[..below]);
        let until = match search.plan.kind {
            LinkKind::Sequence => hi,
            // The match stands last, also among hits of its own time.
            LinkKind::Together | LinkKind::AtLeast(_) if step > self.fixed => self.until.saturating_sub(1),
            LinkKind::Together | LinkKind::AtLeast(_) => self.until,
        };
        let range = search.between(step, self.from, until);
        // A hit that nothing binds to the steps below can be exchanged for any other that leaves them their events and their time: if those
        // below need `n` events, one of the latest `n + 1` will do, or none.
        let tries = match (search.is_bound(step, lower), search.is_shared(step, lower)) {
            (true, _) => usize::MAX,
            (false, true) => lower.len() + 1,
            (false, false) => 1,
        };
        let (mut failures, mut last) = (0, None);
        let places = search.candidates(&self.chosen, step, range);
        for at in (0..places.len()).rev().map(|nth| places.at(nth)) {
            let hit = search.hit(step, at);
            if search.is_used(&self.chosen, hit.event) {
                continue;
            }
            self.chosen[step] = Some(at);
            if search.parts_hold(&self.chosen, step) {
                if self.complete_below(below, hit.time) {
                    return true;
                }
                failures += usize::from(last.replace(hit.event) != Some(hit.event));
            }
            self.chosen[step] = None;
            if failures >= tries {
                break;
            }
        }
        false
    }

    /// What was tried in vain with all that the levels below can see is not tried again.
    fn complete_below(&mut self, below: usize, time: i64) -> bool {
        // Where nothing was chosen between it and the match, no two tries are the same.
        if below == 0 || below + 1 >= self.levels.len() {
            return self.complete(below, time);
        }
        let lower = &self.levels[..below];
        let is_seen = |step: &usize| self.search.is_bound(*step, lower) || self.search.is_shared(*step, lower);
        let seen = self.levels[below + 1..].iter().filter(|step| is_seen(step)).filter_map(|step| self.chosen[*step]);
        let mut key = vec![below];
        key.extend(self.chosen[self.levels[below]]);
        key.extend(seen);
        if self.failed.contains(&key) {
            return false;
        }
        let done = self.complete(below, time);
        if !done {
            self.failed.insert(key);
        }
        done
    }
}
