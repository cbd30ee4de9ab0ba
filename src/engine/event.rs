//! One event in the model's words, in the form that a scanner reads.
//!
//! In: values by field, from a decoder or from a rule's own test. Out: the values of a field, in the order they came.
//! All text stands in one buffer and `reset` keeps it, so a reader that fills the same `Event` again and again allocates nothing.
//! Law: no value is empty text, since empty text is missing; addresses are in their shortest form (`::ffff:10.0.0.1` is `10.0.0.1`).

use std::net::IpAddr;
use std::ops::Range;

use crate::hir;
use crate::hir::Scalar;
use crate::schema::{Actions, ClassId, FieldId, Platform};

/// An event of one class. Several actions: the source does not say which of them it was, and it is one of either.
#[derive(Clone, Debug)]
pub struct Event {
    pub class: ClassId,
    /// [`Actions::ALL`] in a class without kinds.
    pub actions: Actions,
    /// Microseconds since 1970 in UTC.
    pub time: Option<i64>,
    /// As [`Fields::platform`](super::Fields::platform) says it.
    pub platform: Option<Platform>,
    text: String,
    slots: Vec<Slot>,
    /// By field: where its values stand in `slots`.
    of_field: Vec<Range<u32>>,
}

/// One value, borrowed from its event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'e> {
    Text(&'e str),
    Int(i64),
    Real(f64),
    Bool(bool),
    /// As the model writes it.
    Enum(&'e str),
    Ip(IpAddr),
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Text(u32, u32),
    Int(i64),
    Real(f64),
    Bool(bool),
    Enum(u32, u32),
    Ip(IpAddr),
}

impl Event {
    pub fn new(class: ClassId, actions: Actions) -> Event {
        Event { class, actions, time: None, platform: None, text: String::new(), slots: Vec::new(), of_field: Vec::new() }
    }

    /// An event without values; what was allocated is kept.
    pub fn reset(&mut self, class: ClassId, actions: Actions) {
        (self.class, self.actions, self.time, self.platform) = (class, actions, None, None);
        self.text.clear();
        self.slots.clear();
        self.of_field.clear();
    }

    /// One value more. The values of a field are pushed one after the other; empty text is no value.
    pub fn push(&mut self, field: FieldId, value: Value<'_>) {
        let slot = match value {
            Value::Text("") | Value::Enum("") => return,
            Value::Text(text) => self.store(text, Slot::Text),
            Value::Enum(text) => self.store(text, Slot::Enum),
            Value::Int(number) => Slot::Int(number),
            Value::Real(number) => Slot::Real(number),
            Value::Bool(truth) => Slot::Bool(truth),
            Value::Ip(address) => Slot::Ip(address.to_canonical()),
        };
        let at = self.slots.len() as u32;
        self.slots.push(slot);
        let index = usize::from(field.0);
        if self.of_field.len() <= index {
            self.of_field.resize(index + 1, 0..0);
        }
        let range = &mut self.of_field[index];
        debug_assert!(range.start == range.end || range.end == at, "the values of a field are pushed together");
        *range = if range.end == at { range.start..at + 1 } else { at..at + 1 };
    }

    fn store(&mut self, text: &str, slot: fn(u32, u32) -> Slot) -> Slot {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        slot(start, self.text.len() as u32)
    }

    pub fn values(&self, field: FieldId) -> impl Iterator<Item = Value<'_>> {
        self.range(field).map(|index| self.value(index))
    }

    /// Where the values of a field stand among all of the event.
    pub(super) fn range(&self, field: FieldId) -> Range<usize> {
        self.of_field.get(usize::from(field.0)).map_or(0..0, |range| range.start as usize..range.end as usize)
    }

    pub(super) fn value(&self, index: usize) -> Value<'_> {
        match self.slots[index] {
            Slot::Text(start, end) => Value::Text(&self.text[start as usize..end as usize]),
            Slot::Enum(start, end) => Value::Enum(&self.text[start as usize..end as usize]),
            Slot::Int(number) => Value::Int(number),
            Slot::Real(number) => Value::Real(number),
            Slot::Bool(truth) => Value::Bool(truth),
            Slot::Ip(address) => Value::Ip(address),
        }
    }

    /// The number of all values.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Every field that has a value, with its values.
    pub fn fields(&self) -> impl Iterator<Item = (FieldId, impl Iterator<Item = Value<'_>>)> {
        let present = self.of_field.iter().enumerate().filter(|(_, range)| range.start < range.end);
        present.map(|(index, range)| (FieldId(index as u16), (range.start as usize..range.end as usize).map(|slot| self.value(slot))))
    }

    /// The same event as rules write it; one for each action that it may have had.
    pub fn to_hir(&self) -> Vec<hir::Event> {
        let fields: Vec<(FieldId, Vec<Scalar>)> =
            self.fields().map(|(field, values)| (field, values.map(|value| value.to_scalar()).collect())).collect();
        let of = |action| hir::Event { class: self.class, action, time: self.time, fields: fields.clone() };
        if self.actions == Actions::ALL { vec![of(None)] } else { self.actions.iter().map(|action| of(Some(action))).collect() }
    }
}

impl From<&hir::Event> for Event {
    fn from(event: &hir::Event) -> Event {
        let mut made = Event::new(event.class, event.action.map_or(Actions::ALL, Actions::one));
        made.time = event.time;
        for (index, (field, _)) in event.fields.iter().enumerate() {
            if event.fields[..index].iter().any(|(earlier, _)| earlier == field) {
                continue;
            }
            for value in event.fields[index..].iter().filter(|(id, _)| id == field).flat_map(|(_, values)| values) {
                made.push(*field, Value::from(value));
            }
        }
        made
    }
}

impl<'s> From<&'s Scalar> for Value<'s> {
    fn from(scalar: &'s Scalar) -> Value<'s> {
        match scalar {
            Scalar::Text(text) => Value::Text(text),
            Scalar::Int(number) => Value::Int(*number),
            Scalar::Real(number) => Value::Real(*number),
            Scalar::Bool(truth) => Value::Bool(*truth),
            Scalar::Enum(text) => Value::Enum(text),
            Scalar::Ip(address) => Value::Ip(*address),
        }
    }
}

impl Value<'_> {
    pub fn to_scalar(self) -> Scalar {
        match self {
            Value::Text(text) => Scalar::Text(text.to_owned()),
            Value::Int(number) => Scalar::Int(number),
            Value::Real(number) => Scalar::Real(number),
            Value::Bool(truth) => Scalar::Bool(truth),
            Value::Enum(text) => Scalar::Enum(text.to_owned()),
            Value::Ip(address) => Scalar::Ip(address),
        }
    }
}

/// Decimal numbers, addresses in their shortest form.
impl std::fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Text(text) | Value::Enum(text) => f.write_str(text),
            Value::Int(number) => write!(f, "{number}"),
            Value::Real(number) => write!(f, "{number}"),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Ip(address) => write!(f, "{address}"),
        }
    }
}
