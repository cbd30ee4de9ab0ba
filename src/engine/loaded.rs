//! The fields of one event that were asked for so far.
//!
//! In: an event, the field that somebody asks about. Out: its values, and their texts in folded form. Law: a field is read once for an event,
//! and a text folded once, whatever number of tests and gates asks.

use std::ops::Range;

use crate::schema::{ClassId, FieldId};

use super::event::{Event, Value};
use super::fields::Fields;
use super::view::View;

#[derive(Debug)]
pub struct Loaded {
    /// Of the class and actions of the event; only what was asked for.
    pub store: Event,
    pub view: View,
    /// By field: the event for which it was read last.
    read: Vec<u32>,
    event: u32,
}

impl Default for Loaded {
    fn default() -> Loaded {
        Loaded { store: Event::new(ClassId(0), crate::schema::Actions::NONE), view: View::default(), read: Vec::new(), event: 0 }
    }
}

impl Loaded {
    pub fn begin(&mut self, event: &dyn Fields) {
        self.event = self.event.wrapping_add(1);
        if self.event == 0 {
            self.read.clear();
            self.event = 1;
        }
        self.store.reset(event.class(), event.actions());
        self.store.time = event.time();
        self.view.begin(&self.store);
    }

    /// Where the values of the field stand.
    pub fn load(&mut self, event: &dyn Fields, field: FieldId) -> Range<usize> {
        let index = usize::from(field.0);
        if self.read.len() <= index {
            self.read.resize(index + 1, 0);
        }
        if self.read[index] != self.event {
            self.read[index] = self.event;
            let store = &mut self.store;
            event.values(field, &mut |value| store.push(field, value));
            self.view.grow(&self.store);
        }
        self.store.range(field)
    }

    pub fn value(&self, slot: usize) -> Value<'_> {
        self.store.value(slot)
    }

    /// The text of a value, folded.
    pub fn folded(&mut self, slot: usize) -> &str {
        self.view.folded_text(&self.store, slot)
    }
}
