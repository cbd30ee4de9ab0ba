//! Streams for thresholds.
//!
//! In: branches, `having .. by .. per ..`. Out: streams of as many hits as the condition wants, with the values that it wants, in one
//! window; streams on the other side of one of its numbers; and what becomes of them when one thing is changed. For a condition of
//! several aggregates each gets a number beside those that it is compared with; whether they go together the reference says.

use std::cmp::Ordering;

use crate::engine::reference::{Chained, folded, one_holds, satisfies};
use crate::hir::{AggPred, Aggregate, Branch, Case, Compare, Event, Function, Group, Number, Rule, Scalar, Test};
use crate::schema::{FieldId, Packs, Type};

use super::event::{FIRST, Order, first_value, put};
use super::streams::{Keys, SECOND, Streams, replaced};
use super::{Kind, Witness, values};

/// No stream has more hits.
const MOST: usize = 300;
/// Of a stream of so many, few changes are made.
const MANY: usize = 40;
/// For one hit, or for all of them together.
const TRIES: usize = 6;

pub fn streams(rule: &Rule, branches: &[Branch], group: &Group, packs: &Packs, seed: u64, count: usize) -> Vec<Witness> {
    let streams = Streams::new(rule, &group.by, packs, seed);
    let hits = Hits { branches, group, packs };
    streams.until(count, |streams| hits.base(streams), |streams, base| hits.change(streams, base))
}

struct Hits<'r> {
    branches: &'r [Branch],
    group: &'r Group,
    packs: &'r Packs,
}

struct Base<'r> {
    events: Vec<Event>,
    /// Of each event, those that it was made for.
    tests: Vec<Vec<&'r Test>>,
    keys: Keys,
}

/// What an aggregate is to be. None: of no value.
struct Target<'r> {
    aggregate: &'r Aggregate,
    to: Option<f64>,
}

/// A condition, and the number of hits that are to satisfy it.
struct Part<'r> {
    condition: &'r [Vec<Case>],
    size: usize,
    /// Those from this one on, and then those at the beginning.
    from: usize,
    total: usize,
}

impl<'r> Hits<'r> {
    fn base(&self, streams: &mut Streams<'r>) -> Option<Base<'r>> {
        (0..TRIES).find_map(|_| {
            let base = self.hits(streams, true)?;
            let is_new = streams.note(base.events.clone(), Kind::Match);
            is_new.then_some(base)
        })
    }

    fn hits(&self, streams: &mut Streams<'r>, wanted: bool) -> Option<Base<'r>> {
        let targets = self.targets(streams, wanted)?;
        // Conditions that exclude each other have hits of their own.
        let apart = streams.forge.rng.one_in(2);
        let total = self.total(streams, &targets, apart)?;
        let drafts: Vec<Event> =
            (0..2).filter_map(|index| self.hit(streams, index, &[], &[], &Vec::new())).map(|(event, _)| event).collect();
        let keys = streams.keys(&drafts);
        let parts = self.parts(streams, &targets, total, apart);
        let mut base = Base { events: Vec::new(), tests: Vec::new(), keys };
        for index in 0..total {
            let (event, tests) = self.hit(streams, index, &targets, &parts, &base.keys)?;
            base.events.push(event);
            base.tests.push(tests);
        }
        // The greatest is said last: where a field has a least value too, it is the last hit's alone.
        let (greatest, others): (Vec<&Target>, Vec<&Target>) =
            targets.iter().partition(|target| target.aggregate.function == Function::Max);
        for target in others.into_iter().chain(greatest) {
            let crowded = targets.iter().filter(|other| other.aggregate.field == target.aggregate.field).count() > 1;
            self.give(streams, target, crowded, &parts, &mut base.events);
        }
        self.timed(streams, &mut base.events);
        Some(base)
    }

    // ---------- what is wanted ----------

    /// A number for each aggregate that decides, beside those that it is compared with.
    fn targets(&self, streams: &mut Streams<'r>, wanted: bool) -> Option<Vec<Target<'r>>> {
        let mut wishes = Vec::new();
        if let Some(having) = &self.group.having {
            wish(streams, having, wanted, &mut wishes);
        } else if !wanted {
            return None;
        }
        let mut targets: Vec<Target<'r>> = Vec::new();
        for (aggregate, ..) in &wishes {
            if targets.iter().any(|target| is_same(target.aggregate, aggregate)) {
                continue;
            }
            let asked: Vec<(Compare, f64, bool)> = wishes
                .iter()
                .filter(|(other, ..)| is_same(other, aggregate))
                .map(|(_, op, value, wanted)| (*op, *value, *wanted))
                .collect();
            let holds = |to: &Option<f64>| asked.iter().all(|(op, value, wanted)| compares(*to, *op, *value) == *wanted);
            let mut near: Vec<Option<f64>> =
                asked.iter().flat_map(|(_, value, _)| [value.floor(), value.ceil(), value + 1.0, value - 1.0]).map(Some).collect();
            match aggregate.function {
                // Of a number with a fraction there are never so many.
                Function::Count | Function::Distinct => near.retain(|to| to.is_some_and(|to| to >= 0.0 && to.fract() == 0.0)),
                Function::Sum => {}
                Function::Min | Function::Max | Function::Avg | Function::Percentile(_) | Function::Values => near.push(None),
            }
            near.retain(holds);
            let to = *streams.forge.rng.pick(&near)?;
            targets.push(Target { aggregate, to });
        }
        Some(targets)
    }

    /// How many hits there are. None: too many, or none at all.
    fn total(&self, streams: &mut Streams<'r>, targets: &[Target<'r>], apart: bool) -> Option<usize> {
        let of = |target: &Target| target.to.unwrap_or_default() as usize;
        let all = targets.iter().find(|target| target.aggregate.function == Function::Count && target.aggregate.condition.is_none());
        let counted = targets.iter().filter(|target| matches!(target.aggregate.function, Function::Count | Function::Distinct)).map(of);
        let least = if apart { counted.sum() } else { counted.max().unwrap_or(1) };
        let total = match all {
            Some(all) => of(all),
            None => least.max(1) + if apart { 0 } else { streams.forge.rng.below(3) },
        };
        (1..=MOST).contains(&total).then_some(total)
    }

    fn parts(&self, streams: &mut Streams<'r>, targets: &[Target<'r>], total: usize, apart: bool) -> Vec<Part<'r>> {
        let mut parts: Vec<Part<'r>> = Vec::new();
        let mut next = streams.forge.rng.below(total);
        for target in targets {
            let Some(condition) = &target.aggregate.condition else { continue };
            let size = match target.aggregate.function {
                Function::Count => target.to.unwrap_or_default() as usize,
                Function::Distinct => total.min(target.to.unwrap_or_default() as usize),
                _ if target.to.is_none() => 0,
                _ => total,
            };
            match parts.iter_mut().find(|part| part.condition == condition) {
                Some(part) if target.aggregate.function == Function::Count => part.size = size,
                Some(_) => {}
                None => {
                    let from = if apart { next % total } else { streams.forge.rng.below(total) };
                    next = from + size;
                    parts.push(Part { condition, size, from, total });
                }
            }
        }
        parts
    }

    // ---------- hits ----------

    /// A hit that satisfies those conditions that its place says; with the labels taking turns.
    fn hit(
        &self,
        streams: &mut Streams<'r>,
        index: usize,
        targets: &[Target<'r>],
        parts: &[Part<'r>],
        keys: &Keys,
    ) -> Option<(Event, Vec<&'r Test>)> {
        let chain = Chained { steps: &[], packs: self.packs };
        (0..TRIES).find_map(|_| {
            let at = self.branch(streams, index, targets)?;
            let branch = &self.branches[at];
            let case = streams.forge.rng.pick(&branch.cases)?;
            let (mut actions, mut wishes, mut tests) = (case.actions, Vec::new(), Vec::new());
            streams.forge.wish(&case.pred, true, &mut wishes);
            case.pred.tests(&mut |test| tests.push(test));
            for part in parts {
                let cases: &'r [Case] = part.condition.get(at)?;
                let fitting: Vec<&'r Case> = cases.iter().filter(|case| !case.actions.and(actions).is_empty()).collect();
                let Some(case) = streams.forge.rng.pick(&fitting).copied() else { continue };
                actions = actions.and(case.actions);
                streams.forge.wish(&case.pred, part.holds(index), &mut wishes);
                case.pred.tests(&mut |test| tests.push(test));
            }
            let needed = self.needed(branch, targets);
            let settled = streams.settled(branch.class, keys);
            let order = Order { class: branch.class, actions, wishes, settled: &settled, needed: &needed, chain };
            let event = streams.forge.granted(&order);
            self.is_hit(index, &event, parts).then_some((event, tests))
        })
    }

    /// One with a label for each of the labels that are counted.
    fn branch(&self, streams: &mut Streams<'r>, index: usize, targets: &[Target<'r>]) -> Option<usize> {
        let possible: Vec<usize> = (0..self.branches.len()).filter(|at| !self.branches[*at].cases.is_empty()).collect();
        let labels = targets.iter().find(|target| target.aggregate.function == Function::Distinct && target.aggregate.field.is_none());
        let Some(many) = labels.and_then(|target| target.to) else { return streams.forge.rng.pick(&possible).copied() };
        possible.get(index % (many as usize).clamp(1, possible.len().max(1))).copied()
    }

    fn needed(&self, branch: &Branch, targets: &[Target<'r>]) -> Vec<FieldId> {
        let class = self.packs.class(branch.class);
        let fields =
            targets.iter().filter(|target| target.to.is_some_and(|to| to > 0.0)).filter_map(|target| target.aggregate.field.as_ref());
        fields.filter_map(|name| class.field(name)).collect()
    }

    fn is_hit(&self, index: usize, event: &Event, parts: &[Part<'r>]) -> bool {
        let chain = Chained { steps: &[], packs: self.packs };
        self.branches.iter().any(|branch| satisfies(branch, event, self.packs))
            && parts.iter().all(|part| {
                let of_class = self.branches.iter().zip(part.condition).filter(|(branch, _)| branch.class == event.class);
                of_class.into_iter().any(|(_, cases)| one_holds(cases, event, chain)) == part.holds(index)
            })
    }

    // ---------- values ----------

    /// Gives the hits that are counted the values that the aggregate wants.
    fn give(&self, streams: &mut Streams<'r>, target: &Target<'r>, crowded: bool, parts: &[Part<'r>], events: &mut [Event]) {
        let (Some(name), aggregate) = (&target.aggregate.field, target.aggregate) else { return };
        let part = parts.iter().find(|part| Some(part.condition) == aggregate.condition.as_deref());
        let counted: Vec<usize> = (0..events.len()).filter(|index| part.is_none_or(|part| part.holds(*index))).collect();
        let many = counted.len() as f64;
        for (place, index) in counted.iter().copied().enumerate() {
            let Some(field) = self.packs.class(events[index].class).field(name) else { continue };
            let last = place + 1 == counted.len();
            if crowded && !last && aggregate.function == Function::Max {
                continue;
            }
            let number = |to: f64| match aggregate.function {
                Function::Sum if last => to - (to / many).floor() * (many - 1.0),
                Function::Sum => (to / many).floor(),
                Function::Min if crowded => to,
                Function::Min => to + place as f64,
                Function::Max if crowded => to,
                Function::Max => to - place as f64,
                // Two beside it, or itself.
                Function::Avg if place + 1 == counted.len() && place % 2 == 0 => to,
                Function::Avg => to + if place % 2 == 0 { 1.0 } else { -1.0 },
                // Those before its place are less, those behind it greater.
                Function::Percentile(percent) => {
                    let middle = percent.index(counted.len() as u64).unwrap_or_default();
                    match (place as u64).cmp(&middle) {
                        Ordering::Less => to - 1.0,
                        Ordering::Equal => to,
                        Ordering::Greater => to + 1.0,
                    }
                }
                Function::Count | Function::Distinct | Function::Values => to,
            };
            let proposals = match (aggregate.function, target.to) {
                (Function::Count | Function::Values, _) => continue,
                (_, None) => vec![Vec::new()],
                (Function::Distinct, Some(0.0)) => vec![Vec::new()],
                (Function::Distinct, Some(to)) if (place as f64) < to => {
                    let known: Vec<String> = counted[..place].iter().flat_map(|known| folded(name, &events[*known], self.packs)).collect();
                    // Where hits are fewer than values, the last one has several.
                    let values = if last { to as usize - place } else { 1 };
                    self.different(streams, &events[index], name, field, &known, values)
                }
                (Function::Distinct, Some(to)) => {
                    let same = counted[place % to as usize];
                    first_value(&events[same], field).map(|value| vec![value]).into_iter().collect()
                }
                (_, Some(to)) => vec![vec![scalar(number(to), self.packs.class(events[index].class).get(field).ty)]],
            };
            for values in proposals {
                let mut with = events[index].clone();
                put(&mut with, self.packs.class(events[index].class), field, values);
                if self.is_hit(index, &with, parts) {
                    events[index] = with;
                    break;
                }
            }
        }
    }

    /// Values of the field that are unlike the known ones, the likelier to do first.
    fn different(
        &self,
        streams: &mut Streams<'r>,
        event: &Event,
        name: &str,
        field: FieldId,
        known: &[String],
        many: usize,
    ) -> Vec<Vec<Scalar>> {
        let class = self.packs.class(event.class);
        let (ty, names) = (class.get(field).ty, streams.forge.names(class, field));
        let own = first_value(event, field);
        let is_new = |value: &Scalar| {
            let mut with = event.clone();
            put(&mut with, class, field, vec![value.clone()]);
            let keys = folded(name, &with, self.packs);
            !keys.is_empty() && keys.iter().all(|key| !known.contains(key))
        };
        let mut proposals: Vec<Scalar> = own.clone().into_iter().collect();
        for number in known.len()..known.len() + 3 {
            proposals.extend(values::numbered(ty, &names, number, &mut streams.forge.rng));
            if let Some(Scalar::Text(text)) = &own {
                proposals.extend([format!("{number}{text}"), format!("{text}{number}")].map(Scalar::Text));
            }
        }
        proposals.extend(own.iter().flat_map(|value| values::neighbours(value, &mut streams.forge.rng)));
        proposals.retain(is_new);
        if many > 1 {
            proposals.truncate(many);
            return vec![proposals];
        }
        proposals.into_iter().map(|value| vec![value]).collect()
    }

    // ---------- time ----------

    /// Seconds; without `per`, of some length that is looked at.
    fn window(&self) -> i64 {
        self.group.per.map_or(3600, |per| i64::try_from(per.seconds).unwrap_or(3600).clamp(1, 86_400 * 366))
    }

    /// The beginning of some window.
    fn start(&self, streams: &mut Streams<'r>) -> i64 {
        let some = FIRST + streams.forge.rng.below(86_400) as i64;
        some.div_euclid(self.window()) * self.window() * SECOND
    }

    /// Anywhere in one window.
    fn timed(&self, streams: &mut Streams<'r>, events: &mut [Event]) {
        let start = self.start(streams);
        for event in events {
            event.time = Some(start + streams.forge.rng.below(self.window() as usize) as i64 * SECOND + streams.fraction());
        }
    }

    /// At the first instant of a window and at its last; or some of them at the first of the next one.
    fn at_the_edge(&self, streams: &mut Streams<'r>, base: &Base<'r>, over: bool) {
        let start = self.start(streams);
        let length = self.window() * SECOND;
        let least = if streams.forge.rng.one_in(3) { 1000 } else { SECOND };
        let late = 1 + streams.forge.rng.below(base.events.len());
        let mut events = base.events.clone();
        for (index, event) in events.iter_mut().enumerate() {
            event.time = Some(match index {
                _ if over && index < late => start + length,
                _ if over || index % 2 == 0 => start + length - least,
                _ => start,
            });
        }
        streams.note(events, if over { Kind::Late } else { Kind::Edge });
    }

    // ---------- changes ----------

    fn change(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        if base.events.len() > MANY && !streams.forge.rng.one_in(3) {
            return;
        }
        match streams.forge.rng.below(14) {
            0 => streams.one_fewer(&base.events),
            1 => streams.repeated(&base.events),
            2 => self.repeated_value(streams, base),
            3 => self.at_the_edge(streams, base, false),
            4 => self.at_the_edge(streams, base, true),
            5 => streams.tied(&base.events),
            6 | 7 => streams.rekeyed(&base.events),
            8 => streams.two_keys(&base.events, &base.keys),
            9 => streams.strangers(&base.events, &base.keys),
            10 | 11 => {
                if let Some(other) = self.hits(streams, false) {
                    streams.note(other.events, Kind::JustMisses);
                }
            }
            _ => {
                let index = streams.forge.rng.below(base.events.len());
                streams.varied(&base.events, index, &base.tests[index], &[]);
            }
        }
    }

    /// Of the values that are counted two are one, perhaps in other case.
    fn repeated_value(&self, streams: &mut Streams<'r>, base: &Base<'r>) {
        let mut names = Vec::new();
        if let Some(having) = &self.group.having {
            fields(having, &mut names);
        }
        let Some(name) = streams.forge.rng.pick(&names).copied() else { return };
        let (one, other) = (streams.forge.rng.below(base.events.len()), streams.forge.rng.below(base.events.len()));
        let field = |index: usize| self.packs.class(base.events[index].class).field(name);
        let (Some(from), Some(to)) = (field(one), field(other)) else { return };
        let Some(value) = first_value(&base.events[one], from) else { return };
        let value = match value {
            Scalar::Text(text) if streams.forge.rng.one_in(2) => Scalar::Text(values::recased(&text)),
            value => value,
        };
        let mut event = base.events[other].clone();
        put(&mut event, self.packs.class(base.events[other].class), to, vec![value]);
        streams.note(replaced(&base.events, other, event), Kind::Repeated);
    }
}

impl Part<'_> {
    fn holds(&self, index: usize) -> bool {
        (index + self.total - self.from) % self.total < self.size
    }
}

type Asked<'r> = (&'r Aggregate, Compare, f64, bool);

fn wish<'r>(streams: &mut Streams<'r>, having: &'r AggPred, wanted: bool, wishes: &mut Vec<Asked<'r>>) {
    match (having, wanted) {
        (AggPred::All(parts), true) | (AggPred::Any(parts), false) => parts.iter().for_each(|part| wish(streams, part, wanted, wishes)),
        (AggPred::All(parts), false) | (AggPred::Any(parts), true) => {
            // Mostly the other parts say the opposite, so that one alone decides.
            let chosen = streams.forge.rng.below(parts.len());
            let alone = !streams.forge.rng.one_in(3);
            for (index, part) in parts.iter().enumerate().filter(|(index, _)| alone || *index == chosen) {
                wish(streams, part, if index == chosen { wanted } else { !wanted }, wishes);
            }
        }
        (AggPred::Not(inner), wanted) => wish(streams, inner, !wanted, wishes),
        (AggPred::Test { aggregate, op, value, .. }, wanted) => {
            let value = match value {
                Number::Int(number) => *number as f64,
                Number::Real(number) => *number,
            };
            wishes.push((aggregate, *op, value, wanted));
        }
    }
}

fn fields<'r>(having: &'r AggPred, names: &mut Vec<&'r str>) {
    match having {
        AggPred::All(parts) | AggPred::Any(parts) => parts.iter().for_each(|part| fields(part, names)),
        AggPred::Not(inner) => fields(inner, names),
        AggPred::Test { aggregate, .. } => names.extend(aggregate.field.as_deref()),
    }
}

fn is_same(one: &Aggregate, other: &Aggregate) -> bool {
    (one.function, &one.field, &one.condition) == (other.function, &other.field, &other.condition)
}

fn compares(to: Option<f64>, op: Compare, value: f64) -> bool {
    match op {
        Compare::Equal => to == Some(value),
        Compare::NotEqual => to != Some(value),
        Compare::Less => to.is_some_and(|to| to < value),
        Compare::LessEqual => to.is_some_and(|to| to <= value),
        Compare::Greater => to.is_some_and(|to| to > value),
        Compare::GreaterEqual => to.is_some_and(|to| to >= value),
    }
}

fn scalar(number: f64, ty: Type) -> Scalar {
    if ty == Type::Real { Scalar::Real(number) } else { Scalar::Int(number as i64) }
}
