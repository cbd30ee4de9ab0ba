//! Streams for linked patterns.
//!
//! In: steps, keys, a duration. Out: streams of one event a step that complete the pattern, and of so many where a step counts; and what becomes of
//! them when one thing is changed. Each event is made behind those of the steps above it, so that what it asks of them holds.

use crate::engine::reference::{Chained, satisfies_in};
use crate::hir::{Branch, Case, Event, LinkKind, Linked, Op, Rule, Test};
use crate::schema::{Actions, FieldId, Packs};

use super::event::{FIRST, Order, Wish};
use super::streams::{Keys, SECOND, Streams};
use super::{Kind, Witness};

/// An event drawn for a step, and the tests that it was drawn to pass; None: the step has none.
type Drawn<'r> = Option<(Event, Vec<&'r Test>)>;

/// For the events of one chain.
const TRIES: usize = 8;
/// Of a step that counts: so many events are made, and so many are not as the first.
const MOST_COUNTED: u64 = 2_000;
const DIFFERENT: u64 = 3;

pub fn streams(rule: &Rule, linked: &Linked, packs: &Packs, seed: u64, count: usize) -> Vec<Witness> {
    let streams = Streams::new(rule, &linked.by, packs, seed);
    let pattern = Steps { linked, packs };
    streams.until(count, |streams| pattern.base(streams), |streams, base| pattern.change(streams, base))
}

struct Steps<'r> {
    linked: &'r Linked,
    packs: &'r Packs,
}

/// A chain: of each step its event, or none; with the tests that it was made for.
struct Base<'r> {
    hits: Vec<Option<(Event, Vec<&'r Test>)>>,
    keys: Keys,
    /// What is counted behind the hits of steps that want several events.
    counted: Vec<Event>,
}

impl Base<'_> {
    /// The hits first, in the order of their steps.
    fn events(&self) -> Vec<Event> {
        self.hits.iter().flatten().map(|(event, _)| event).chain(&self.counted).cloned().collect()
    }

    /// What stands for each step before the step `before`.
    fn above(&self, before: usize) -> Vec<Option<&Event>> {
        self.hits[..before].iter().map(|hit| hit.as_ref().map(|(event, _)| event)).collect()
    }
}

impl<'r> Steps<'r> {
    fn within(&self) -> i64 {
        i64::try_from(self.linked.within.seconds).unwrap_or(i64::MAX / SECOND).min(i64::MAX / SECOND / 4) * SECOND
    }

    /// A chain that matches, noted.
    fn base(&self, streams: &mut Streams<'r>) -> Option<Base<'r>> {
        (0..TRIES).find_map(|_| {
            let drafts = self.chain(streams, &Vec::new()).unwrap_or_default();
            let drafts: Vec<Event> = drafts.into_iter().flatten().map(|(event, _)| event).collect();
            let keys = streams.keys(&drafts);
            let mut hits = self.chain(streams, &keys)?;
            self.timed(streams, &mut hits, None);
            let counted = self.counted(streams, &hits, &keys, true);
            let base = Base { hits, keys, counted };
            let is_new = streams.note(base.events(), Kind::Match);
            is_new.then_some(base)
        })
    }

    /// An event for each step that is to have one.
    fn chain(&self, streams: &mut Streams<'r>, keys: &Keys) -> Option<Vec<Drawn<'r>>> {
        let asked: Vec<usize> = (0..self.linked.steps.len()).filter(|step| !self.linked.steps[*step].optional).collect();
        let mut taken = asked.clone();
        if let LinkKind::AtLeast(count) = self.linked.kind {
            while taken.len() as u64 > count.max(1) {
                taken.remove(streams.forge.rng.below(taken.len()));
            }
        }
        let mut hits: Vec<Drawn<'r>> = Vec::new();
        for (index, step) in self.linked.steps.iter().enumerate() {
            let is_taken = if step.optional { streams.forge.rng.one_in(2) } else { taken.contains(&index) };
            let hit = is_taken.then(|| self.hit(streams, index, keys, &hits));
            // Without its optional steps a chain is one.
            if hit.as_ref().is_some_and(Option::is_none) && !step.optional {
                return None;
            }
            hits.push(hit.flatten());
        }
        Some(hits)
    }

    /// An event that satisfies the step behind those above it.
    fn hit(
        &self,
        streams: &mut Streams<'r>,
        step: usize,
        keys: &Keys,
        above: &[Option<(Event, Vec<&'r Test>)>],
    ) -> Option<(Event, Vec<&'r Test>)> {
        let above: Vec<Option<&Event>> = above.iter().map(|hit| hit.as_ref().map(|(event, _)| event)).collect();
        let chain = Chained { steps: &above, packs: self.packs };
        (0..TRIES).find_map(|_| {
            let branch: &'r Branch = streams.forge.rng.pick(&self.linked.steps[step].branches)?;
            let case: &'r Case = streams.forge.rng.pick(&branch.cases)?;
            let mut wishes = Vec::new();
            streams.forge.wish(&case.pred, true, &mut wishes);
            let event = self.granted(streams, branch, case.actions, wishes, keys, &self.named(step), chain);
            let mut tests = Vec::new();
            case.pred.tests(&mut |test| tests.push(test));
            satisfies_in(branch, &event, chain).then_some((event, tests))
        })
    }

    /// Beside the hit of each step that counts, what it wants more; `enough`: all of it near enough, else one may be a second too early.
    fn counted(&self, streams: &mut Streams<'r>, hits: &[Drawn<'r>], keys: &Keys, enough: bool) -> Vec<Event> {
        let mut all = Vec::new();
        for (index, step) in self.linked.steps.iter().enumerate() {
            let (Some(counted), Some((event, _))) = (step.counted, &hits[index]) else { continue };
            let within = i64::try_from(counted.within.seconds).unwrap_or(i64::MAX / SECOND).min(i64::MAX / SECOND / 4);
            for more in 1..counted.count.min(MOST_COUNTED) {
                let other = if more <= DIFFERENT { self.hit(streams, index, keys, &[]).map(|(event, _)| event) } else { None };
                let before = match streams.forge.rng.below(6) {
                    0 => 0,
                    1 => within,
                    2 if !enough => within + 1,
                    _ => streams.forge.rng.below(within as usize + 1) as i64,
                };
                let time = event.time.map(|time| time - before * SECOND);
                all.push(Event { time, ..other.unwrap_or_else(|| event.clone()) });
            }
        }
        all
    }

    #[allow(clippy::too_many_arguments)] // what an event is made of
    fn granted(
        &self,
        streams: &mut Streams<'r>,
        branch: &Branch,
        actions: Actions,
        wishes: Vec<Wish<'r>>,
        keys: &Keys,
        needed: &[FieldId],
        chain: Chained<'_>,
    ) -> Event {
        let settled = streams.settled(branch.class, keys);
        streams.forge.granted(&Order { class: branch.class, actions, wishes, settled: &settled, needed, chain })
    }

    /// The fields of the step that others compare with.
    fn named(&self, step: usize) -> Vec<FieldId> {
        let mut named = Vec::new();
        let cases = self.linked.steps.iter().flat_map(|step| &step.branches).flat_map(|branch| &branch.cases);
        for case in cases {
            case.pred.tests(&mut |test| {
                if let Op::Field { other, .. } = &test.op
                    && other.step == Some(step)
                {
                    named.push(other.field);
                }
            });
        }
        named
    }

    /// In the order of the steps, or in any; `span`: from the first to the last, some length within the duration otherwise.
    fn timed(&self, streams: &mut Streams<'r>, hits: &mut [Option<(Event, Vec<&'r Test>)>], span: Option<i64>) {
        let mut places: Vec<usize> = (0..hits.len()).filter(|step| hits[*step].is_some()).collect();
        if self.linked.kind != LinkKind::Sequence {
            for at in (1..places.len()).rev() {
                places.swap(at, streams.forge.rng.below(at + 1));
            }
        }
        // Optional steps may stand outside.
        let decide: Vec<usize> = places.iter().copied().filter(|step| !self.linked.steps[*step].optional).collect();
        let within = self.within();
        let span = span.unwrap_or_else(|| streams.forge.rng.below((within / SECOND) as usize + 1) as i64 * SECOND);
        let start = FIRST * SECOND + streams.forge.rng.below(86_400) as i64 * SECOND + streams.fraction();
        let last = decide.len().saturating_sub(1);
        let mut offsets: Vec<i64> = (0..decide.len())
            .map(|at| match at {
                0 => 0,
                _ if at == last => span,
                _ => streams.forge.rng.below((span / SECOND) as usize + 1) as i64 * SECOND,
            })
            .collect();
        offsets.sort_unstable();
        for (step, offset) in decide.iter().zip(offsets) {
            set_time(hits, *step, start + offset);
        }
        for step in places.into_iter().filter(|step| self.linked.steps[*step].optional) {
            let next = decide.iter().find(|other| **other > step).or(decide.last()).and_then(|other| time(hits, *other));
            let away = match streams.forge.rng.below(4) {
                0 => 0,
                1 => streams.forge.rng.below((within / SECOND) as usize + 2) as i64 * SECOND,
                _ => streams.forge.rng.below(span as usize / SECOND as usize + 1) as i64 * SECOND,
            };
            set_time(hits, step, next.unwrap_or(start) - away);
        }
    }

    fn change(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let events = base.events();
        let counts = self.linked.steps.iter().any(|step| step.counted.is_some());
        match streams.forge.rng.below(if counts { 20 } else { 16 }) {
            16.. => self.recounted(streams, base),
            0 => streams.one_fewer(&events),
            1 => streams.repeated(&events),
            2 => self.stretched(streams, base, 0, Kind::Edge),
            3 => {
                let over = if streams.forge.rng.one_in(3) { 1000 } else { SECOND };
                self.stretched(streams, base, over, Kind::Late);
            }
            4 => streams.swapped(&events),
            5 => streams.tied(&events),
            6 | 7 => streams.rekeyed(&events),
            8 => streams.two_keys(&events, &base.keys),
            9 | 10 => self.one_for_two(streams, base),
            11 => streams.strangers(&events, &base.keys),
            12 => self.optional(streams, base),
            13 => self.again(streams, base),
            _ => self.varied(streams, base),
        }
    }

    /// From the first to the last event exactly the duration, and so much more.
    fn stretched(&self, streams: &mut Streams<'r>, base: &Base<'r>, over: i64, kind: Kind) {
        let mut hits = base.hits.clone();
        self.timed(streams, &mut hits, Some(self.within() + over));
        let counted = self.counted(streams, &hits, &base.keys, true);
        streams.note(hits.into_iter().flatten().map(|(event, _)| event).chain(counted).collect(), kind);
    }

    /// What is counted at other times: at the edge, or one beyond it; or as many, less one.
    fn recounted(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let mut counted = self.counted(streams, &base.hits, &base.keys, false);
        if streams.forge.rng.one_in(3) && !counted.is_empty() {
            counted.remove(streams.forge.rng.below(counted.len()));
        }
        let hits = base.hits.iter().flatten().map(|(event, _)| event.clone());
        streams.note(hits.chain(counted).collect(), Kind::Recounted);
    }

    /// One event that satisfies two steps: in the place of both, or beside one of them.
    fn one_for_two(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let Some((one, other)) = streams.forge.rng.pick(&self.linked.overlaps).copied() else { return };
        let above = base.above(one.max(other));
        let chain = Chained { steps: &above, packs: self.packs };
        for _ in 0..TRIES {
            let Some((branch, case)) = self.any_case(streams, one) else { return };
            let Some((second, second_case)) = self.any_case(streams, other) else { return };
            if branch.class != second.class {
                continue;
            }
            let mut wishes = Vec::new();
            for pred in [&case.pred, &second_case.pred] {
                streams.forge.wish(pred, true, &mut wishes);
            }
            let actions = case.actions.and(second_case.actions);
            let needed: Vec<FieldId> = self.named(one).into_iter().chain(self.named(other)).collect();
            let event = self.granted(streams, branch, actions, wishes, &base.keys, &needed, chain);
            if satisfies_in(branch, &event, chain) && satisfies_in(second, &event, chain) {
                let keep = if streams.forge.rng.one_in(2) { Some(one) } else { None };
                let rest = (0..base.hits.len()).filter(|step| keep == Some(*step) || (*step != one && *step != other));
                let rest: Vec<Event> = rest.filter_map(|step| base.hits[step].as_ref()).map(|(event, _)| event.clone()).collect();
                let time = base.hits[other].as_ref().or(base.hits[one].as_ref()).and_then(|(event, _)| event.time);
                let time = time.or(Some(streams.instant()));
                let all = rest.into_iter().chain(base.counted.iter().cloned()).chain([Event { time, ..event }]);
                streams.note(all.collect(), Kind::OneForTwo);
                return;
            }
        }
    }

    fn any_case(&self, streams: &mut Streams<'r>, step: usize) -> Option<(&'r Branch, &'r Case)> {
        let branch = streams.forge.rng.pick(&self.linked.steps[step].branches)?;
        Some((branch, streams.forge.rng.pick(&branch.cases)?))
    }

    /// An optional step's event taken away; or put there, at some time about the others.
    fn optional(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let optional: Vec<usize> = (0..base.hits.len()).filter(|step| self.linked.steps[*step].optional).collect();
        let Some(step) = streams.forge.rng.pick(&optional).copied() else { return };
        let mut hits = base.hits.clone();
        hits[step] = match &hits[step] {
            Some(_) => None,
            None => self.hit(streams, step, &base.keys, &base.hits[..step]),
        };
        let span = self.span(&hits);
        self.timed(streams, &mut hits, Some(span));
        let counted = self.counted(streams, &hits, &base.keys, true);
        streams.note(hits.into_iter().flatten().map(|(event, _)| event).chain(counted).collect(), Kind::Optional);
    }

    fn span(&self, hits: &[Option<(Event, Vec<&'r Test>)>]) -> i64 {
        let times = || (0..hits.len()).filter(|step| !self.linked.steps[*step].optional).filter_map(|step| time(hits, step));
        times().max().unwrap_or_default() - times().min().unwrap_or_default()
    }

    /// One step more often, at another time: the chain is complete again, or could be another one.
    fn again(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let step = streams.forge.rng.below(base.hits.len());
        let Some((event, _)) = self.hit(streams, step, &base.keys, &base.hits[..step]) else { return };
        let mut events = base.events();
        let Some(near) = streams.forge.rng.pick(&events).and_then(|event| event.time) else { return };
        let away = streams.forge.rng.below((self.within() / SECOND) as usize + 2) as i64 * SECOND;
        let time = if streams.forge.rng.one_in(2) { near + away } else { near - away };
        events.push(Event { time: Some(time), ..event });
        streams.note(events, Kind::Again);
    }

    fn varied(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let present: Vec<usize> = (0..base.hits.len()).filter(|step| base.hits[*step].is_some()).collect();
        let Some(step) = streams.forge.rng.pick(&present).copied() else { return };
        let Some((_, tests)) = &base.hits[step] else { return };
        let index = present.iter().position(|other| *other == step).unwrap_or_default();
        streams.varied(&base.events(), index, tests, &base.above(step));
    }
}

fn time(hits: &[Option<(Event, Vec<&Test>)>], step: usize) -> Option<i64> {
    hits[step].as_ref().and_then(|(event, _)| event.time)
}

fn set_time(hits: &mut [Option<(Event, Vec<&Test>)>], step: usize, time: i64) {
    if let Some((event, _)) = &mut hits[step] {
        event.time = Some(time);
    }
}
