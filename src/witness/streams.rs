//! What streams for thresholds and for linked patterns have in common.
//!
//! In: a stream that was made to match. Out: the same with one thing changed: an event less, a time, a key, strangers between. What the
//! rule finds in it the reference says.

use crate::engine::reference::{self, Chained};
use crate::hir::{Event, Rule, Scalar, Test};
use crate::schema::{ClassId, FieldId, Packs};

use super::event::{FIRST, Forge, first_value, set};
use super::rng::Rng;
use super::{Kind, Witness, values};

pub const SECOND: i64 = 1_000_000;
/// After so many rounds without a new stream there will be none.
const BARREN: usize = 30;
/// A pattern that was matched is changed so often before another one is made.
const CHANGES: usize = 10;

pub struct Streams<'r> {
    pub rule: &'r Rule,
    pub by: &'r [String],
    pub forge: Forge<'r>,
    pub found: Vec<Witness>,
}

/// The values of the keys, by the names of their fields.
pub type Keys = Vec<(String, Scalar)>;

impl<'r> Streams<'r> {
    pub fn new(rule: &'r Rule, by: &'r [String], packs: &'r Packs, seed: u64) -> Streams<'r> {
        Streams { rule, by, forge: Forge { packs, rng: Rng::new(seed) }, found: Vec::new() }
    }

    /// Until there are `count`: a stream that matches, noted, and changes of it.
    pub fn until<B>(
        mut self,
        count: usize,
        mut base: impl FnMut(&mut Streams<'r>) -> Option<B>,
        mut change: impl FnMut(&mut Streams<'r>, &B),
    ) -> Vec<Witness> {
        let mut barren = 0;
        while self.found.len() < count && barren <= BARREN {
            let before = self.found.len();
            if let Some(base) = base(&mut self) {
                for _ in 0..CHANGES {
                    if self.found.len() < count {
                        change(&mut self, &base);
                    }
                }
            }
            barren = if self.found.len() > before { 0 } else { barren + 1 };
        }
        self.found.truncate(count);
        self.found
    }

    /// Whether it is new; one that was to miss by one thing is noted only if it does.
    pub fn note(&mut self, mut events: Vec<Event>, kind: Kind) -> bool {
        events.sort_by_key(|event| event.time);
        if events.is_empty() || self.found.iter().any(|known| known.events == events) {
            return false;
        }
        let found = reference::find(self.rule, &events, self.forge.packs);
        let is_wanted = match kind {
            Kind::Match => !found.is_empty(),
            Kind::JustMisses => found.is_empty(),
            _ => true,
        };
        if is_wanted {
            self.found.push(Witness { events, found, kind });
        }
        is_wanted
    }

    /// Keys that these events, made without regard to keys, could share.
    pub fn keys(&mut self, drafts: &[Event]) -> Keys {
        let mut keys = Vec::new();
        for name in self.by {
            let of = |event: &Event| first_value(event, self.field(event.class, name)?);
            let known: Vec<Scalar> = drafts.iter().filter_map(of).collect();
            let value = match self.forge.rng.pick(&known) {
                Some(value) => Some(value.clone()),
                None => drafts.iter().find_map(|draft| self.ordinary(draft.class, name)),
            };
            keys.extend(value.map(|value| (name.clone(), value)));
        }
        keys
    }

    /// For each key another value than it has.
    pub fn other_keys(&mut self, class: ClassId, keys: &Keys) -> Keys {
        keys.iter().filter_map(|(name, _)| Some((name.clone(), self.ordinary(class, name)?))).collect()
    }

    /// None: it is no field that an event holds a value of.
    fn field(&self, class: ClassId, name: &str) -> Option<FieldId> {
        let class = self.forge.packs.class(class);
        // Nor a part of a time.
        class.field(name).filter(|field| !class.get(*field).computed && name != "time" && class.get(*field).part.is_none())
    }

    fn ordinary(&mut self, class: ClassId, name: &str) -> Option<Scalar> {
        let field = self.field(class, name)?;
        let class = self.forge.packs.class(class);
        let names = self.forge.names(class, field);
        values::ordinary(class.get(field).ty, &names, &mut self.forge.rng)
    }

    pub fn settled(&self, class: ClassId, keys: &Keys) -> Vec<(FieldId, Scalar)> {
        keys.iter().filter_map(|(name, value)| Some((self.field(class, name)?, value.clone()))).collect()
    }

    /// Microseconds: mostly whole seconds.
    pub fn fraction(&mut self) -> i64 {
        if self.forge.rng.one_in(4) { self.forge.rng.below(1000) as i64 * 1000 } else { 0 }
    }

    /// Some second of the first week.
    pub fn instant(&mut self) -> i64 {
        (FIRST + self.forge.rng.below(86_400 * 6) as i64) * SECOND
    }

    // ---------- changes of any stream ----------

    pub fn one_fewer(&mut self, events: &[Event]) {
        let mut fewer = events.to_vec();
        fewer.remove(self.forge.rng.below(events.len()));
        self.note(fewer, Kind::OneFewer);
    }

    /// An event once more, at its own time or at that of another.
    pub fn repeated(&mut self, events: &[Event]) {
        let (Some(one), Some(other)) = (self.forge.rng.pick(events).cloned(), self.forge.rng.pick(events)) else { return };
        let again = Event { time: other.time, ..one };
        self.note(events.iter().cloned().chain([again]).collect(), Kind::Repeated);
    }

    pub fn swapped(&mut self, events: &[Event]) {
        let (one, other) = (self.forge.rng.below(events.len()), self.forge.rng.below(events.len()));
        let mut swapped = events.to_vec();
        (swapped[one].time, swapped[other].time) = (events[other].time, events[one].time);
        self.note(swapped, Kind::Swapped);
    }

    /// Two events at the time of one, or all of them; listed in either order.
    pub fn tied(&mut self, events: &[Event]) {
        let Some(at) = self.forge.rng.pick(events).map(|event| event.time) else { return };
        let all = self.forge.rng.one_in(2);
        let other = self.forge.rng.below(events.len());
        let mut tied: Vec<Event> = events.to_vec();
        tied.iter_mut().enumerate().filter(|(index, _)| all || *index == other).for_each(|(_, event)| event.time = at);
        if self.forge.rng.one_in(2) {
            tied.reverse();
        }
        self.note(tied, Kind::Tied);
    }

    /// One event with another key, none, its own in other case, or two.
    pub fn rekeyed(&mut self, events: &[Event]) {
        let index = self.forge.rng.below(events.len());
        let (Some(name), Some(event)) = (self.forge.rng.pick(self.by).cloned(), events.get(index)) else { return };
        let Some(field) = self.field(event.class, &name) else { return };
        let Some(own) = first_value(event, field) else { return };
        let Some(other) = self.ordinary(event.class, &name) else { return };
        let (values, kind) = match self.forge.rng.below(4) {
            0 => (vec![other], Kind::OtherKey),
            1 => (Vec::new(), Kind::MissingKey),
            2 => match &own {
                Scalar::Text(text) => (vec![Scalar::Text(values::recased(text))], Kind::RecasedKey),
                _ => return,
            },
            _ => (if self.forge.rng.one_in(2) { vec![own, other] } else { vec![other, own] }, Kind::SeveralKeys),
        };
        let mut rekeyed = events.to_vec();
        set(&mut rekeyed[index], field, values);
        self.note(rekeyed, kind);
    }

    /// The same events for two keys, in step.
    pub fn two_keys(&mut self, events: &[Event], keys: &Keys) {
        let Some(first) = events.first() else { return };
        let others = self.other_keys(first.class, keys);
        if others.is_empty() {
            return;
        }
        let twin = |event: &Event| self.with_keys(event, &others);
        let twins: Vec<Event> = events.iter().map(twin).collect();
        self.note(events.iter().cloned().chain(twins).collect(), Kind::TwoKeys);
    }

    fn with_keys(&self, event: &Event, keys: &Keys) -> Event {
        let mut other = event.clone();
        for (field, value) in self.settled(event.class, keys) {
            set(&mut other, field, vec![value]);
        }
        other
    }

    /// Events that should change nothing: between these, or around them.
    pub fn strangers(&mut self, events: &[Event], keys: &Keys) {
        let mut with = events.to_vec();
        for _ in 0..1 + self.forge.rng.below(3) {
            let Some(like) = self.forge.rng.pick(events).cloned() else { return };
            let stranger = match self.forge.rng.below(3) {
                0 => {
                    let others = self.other_keys(like.class, keys);
                    self.with_keys(&like, &others)
                }
                1 => self.of_any_class(keys),
                _ => Event {
                    fields: self.settled(like.class, keys).into_iter().map(|(field, value)| (field, vec![value])).collect(),
                    ..like
                },
            };
            let between = self.forge.rng.pick(events).and_then(|event| event.time).unwrap_or_default();
            let away = (self.forge.rng.below(5) as i64 - 2) * SECOND;
            with.push(Event { time: Some(between + away), ..stranger });
        }
        for event in &mut with {
            event.fields.sort_by_key(|(field, _)| *field);
        }
        self.note(with, Kind::Strangers);
    }

    /// An event of any class, with little in it but the keys.
    fn of_any_class(&mut self, keys: &Keys) -> Event {
        let classes = &self.forge.packs.model.classes;
        // A state is no event.
        let classes: Vec<usize> = (0..classes.len()).filter(|index| classes[*index].state.is_empty()).collect();
        let class = ClassId(self.forge.rng.pick(&classes).copied().unwrap_or_default() as u16);
        let actions = self.forge.packs.class(class).actions.len();
        let action = (actions > 0).then(|| self.forge.rng.below(actions));
        let fields = self.settled(class, keys).into_iter().map(|(field, value)| (field, vec![value])).collect();
        Event { class, action, time: None, fields }
    }

    /// One event with one value changed, as for a rule over single events; `tests` are those that it was made for.
    pub fn varied(&mut self, events: &[Event], index: usize, tests: &[&Test], steps: &[Option<&Event>]) {
        let event = &events[index];
        if tests.is_empty() || self.forge.rng.one_in(6) {
            if let Some(other) = self.forge.other_action(event) {
                self.note(replaced(events, index, other), Kind::OtherAction);
            }
            return;
        }
        let Some(test) = self.forge.rng.pick(tests).copied() else { return };
        let packs = self.forge.packs;
        let mut proposed = Vec::new();
        let mut take = |event: Event, kind| {
            let is_wanted = kind != Kind::JustMisses || !reference::verdict(self.rule, &replaced(events, index, event.clone()), packs);
            if is_wanted {
                proposed.push((event, kind));
            }
            is_wanted
        };
        self.forge.vary(event, tests, test, Chained { steps, packs }, &mut take);
        for (event, kind) in proposed {
            self.note(replaced(events, index, event), kind);
        }
    }
}

pub fn replaced(events: &[Event], index: usize, event: Event) -> Vec<Event> {
    let mut all = events.to_vec();
    all[index] = event;
    all
}
