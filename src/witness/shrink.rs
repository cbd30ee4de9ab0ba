//! The fewest and smallest events that still show something.
//!
//! In: events, a property that they have. Out: events that have it too. Law: without any one of them the property is lost, and so it is
//! without any one value. Each step takes something away and asks the property again: events, fields, values of a field, parts of a
//! text (where it stands in several events, in all of them), the size of a number, time between events. What is left is small, not the
//! smallest there is: two things that can only go together stay, but for equal values.

use crate::hir::{Event, Scalar};
use crate::schema::Packs;

use super::event::{FIRST, is_held};
use super::streams::SECOND;

/// Smaller events that keep the property, in the order of their times. The property is asked many times: some hundred for a handful of
/// events. Events that do not have it come back as they are.
///
/// The first event comes to stand at the beginning of 2026 where the property allows, which begins an hour, a day and a week.
pub fn shrink(events: &[Event], packs: &Packs, keeps: impl FnMut(&[Event]) -> bool) -> Vec<Event> {
    let mut shrinking = Shrinking { events: events.to_vec(), packs, keeps };
    if !(shrinking.keeps)(events) {
        return shrinking.events;
    }
    loop {
        let before = weight(&shrinking.events);
        shrinking.fewer_events();
        shrinking.fewer_fields();
        shrinking.smaller_values();
        shrinking.smaller_times();
        if weight(&shrinking.events) == before {
            return shrinking.events;
        }
    }
}

struct Shrinking<'p, P> {
    events: Vec<Event>,
    packs: &'p Packs,
    keeps: P,
}

impl<P: FnMut(&[Event]) -> bool> Shrinking<'_, P> {
    /// Each step makes them lighter, so there is a last one.
    fn accept(&mut self, mut events: Vec<Event>) -> bool {
        events.sort_by_key(|event| event.time);
        let accepted = weight(&events) < weight(&self.events) && (self.keeps)(&events);
        if accepted {
            self.events = events;
        }
        accepted
    }

    /// Halves, quarters, and at last one by one.
    fn fewer_events(&mut self) {
        let mut length = self.events.len();
        while length > 0 {
            let mut at = 0;
            while at < self.events.len() {
                let mut fewer = self.events.clone();
                fewer.drain(at..(at + length).min(fewer.len()));
                if !self.accept(fewer) {
                    at += length;
                }
            }
            length /= 2;
        }
    }

    fn fewer_fields(&mut self) {
        for index in 0..self.events.len() {
            let mut at = 0;
            while let Some((_, values)) = self.events[index].fields.get(at) {
                let values = values.len();
                let mut without = self.events.clone();
                without[index].fields.remove(at);
                if self.accept(without) {
                    continue;
                }
                for value in (0..values).rev().filter(|_| values > 1) {
                    let mut without = self.events.clone();
                    without[index].fields[at].1.remove(value);
                    self.accept(without);
                }
                at += 1;
            }
        }
    }

    /// A value at all of its places, then at each.
    fn smaller_values(&mut self) {
        let mut known: Vec<Scalar> = Vec::new();
        let places = |events: &[Event]| -> Vec<(usize, usize, usize)> {
            let of = |(index, event): (usize, &Event)| {
                let fields = event.fields.iter().enumerate();
                fields.flat_map(move |(at, (_, values))| (0..values.len()).map(move |value| (index, at, value))).collect::<Vec<_>>()
            };
            events.iter().enumerate().flat_map(of).collect()
        };
        for place in places(&self.events) {
            let value = self.at(place).clone();
            if !known.contains(&value) {
                let same: Vec<_> = places(&self.events).into_iter().filter(|other| *self.at(*other) == value).collect();
                self.smaller_at(&same);
                known.push(value);
            }
        }
        for place in places(&self.events) {
            self.smaller_at(&[place]);
        }
    }

    fn at(&self, (index, at, value): (usize, usize, usize)) -> &Scalar {
        &self.events[index].fields[at].1[value]
    }

    /// The same value at these places, as small as it gets.
    fn smaller_at(&mut self, places: &[(usize, usize, usize)]) {
        let Some(first) = places.first() else { return };
        loop {
            let smaller = match self.at(*first) {
                Scalar::Text(text) => shorter(text).into_iter().map(Scalar::Text).collect(),
                Scalar::Int(number) => [0, number / 2, number - number.signum()].map(Scalar::Int).to_vec(),
                Scalar::Real(number) => [0.0, (number / 2.0).trunc(), number.trunc()].map(Scalar::Real).to_vec(),
                Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => Vec::new(),
            };
            let is_smaller = smaller.into_iter().any(|value| self.put(places, &value));
            if !is_smaller {
                return;
            }
        }
    }

    fn put(&mut self, places: &[(usize, usize, usize)], value: &Scalar) -> bool {
        let mut with = self.events.clone();
        for (index, at, nth) in places {
            let (field, values) = &mut with[*index].fields[*at];
            let ty = self.packs.class(self.events[*index].class).get(*field).ty;
            if matches!(value, Scalar::Text(text) if !is_held(text, ty)) {
                return false;
            }
            values[*nth] = value.clone();
        }
        self.accept(with)
    }

    /// All of them moved to the beginning of the year; then each closer to the first.
    fn smaller_times(&mut self) {
        let Some(first) = self.events.iter().filter_map(|event| event.time).min() else { return };
        let mut moved = self.events.clone();
        moved.iter_mut().for_each(|event| event.time = event.time.map(|time| time.saturating_sub(first).saturating_add(FIRST * SECOND)));
        self.accept(moved);
        for index in 0..self.events.len() {
            let mut going = true;
            while going {
                let (Some(first), Some(time)) = (self.events.iter().filter_map(|event| event.time).min(), self.events[index].time) else {
                    break;
                };
                let away = time.saturating_sub(first);
                let whole = |micros: i64| micros.div_euclid(SECOND) * SECOND;
                let closer = [0, whole(away / 2), whole(away), (away - SECOND).max(0)];
                going = closer.into_iter().filter(|closer| *closer < away).any(|closer| {
                    let mut with = self.events.clone();
                    with[index].time = Some(first + closer);
                    self.accept(with)
                });
            }
        }
    }
}

/// Events, values, characters, the size of numbers, whether the first stands elsewhere than at the beginning of the year, time between.
fn weight(events: &[Event]) -> (usize, usize, usize, f64, bool, i128) {
    let values = || events.iter().flat_map(|event| &event.fields).flat_map(|(_, values)| values);
    let characters = values().map(|value| if let Scalar::Text(text) = value { text.chars().count() } else { 0 });
    let sizes = values().map(|value| match value {
        Scalar::Int(number) => number.unsigned_abs() as f64,
        Scalar::Real(number) => number.abs(),
        Scalar::Text(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => 0.0,
    });
    let times = || events.iter().filter_map(|event| event.time);
    let first = times().min().unwrap_or(FIRST * SECOND);
    let between = times().map(|time| i128::from(time) - i128::from(first)).sum();
    let fields = events.iter().map(|event| event.fields.len()).sum::<usize>();
    (events.len(), fields + values().count(), characters.sum(), sizes.sum(), first != FIRST * SECOND, between)
}

/// The text without a part of it, larger parts first.
fn shorter(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut shorter = Vec::new();
    let mut length = chars.len() / 2;
    while length > 0 {
        for at in (0..chars.len()).step_by(length) {
            let rest = chars[..at].iter().chain(&chars[(at + length).min(chars.len())..]).collect::<String>();
            if !rest.is_empty() {
                shorter.push(rest);
            }
        }
        length /= 2;
    }
    shorter
}
