//! Parts of times, which no event holds: they are read off the time.
//!
//! In: the fields of a class that are such parts, an event. Out: an event that has them too. Law: where a rule names no part of a time no event
//! is touched.

use crate::schema::{Actions, Class, ClassId, FieldId, Platform, TimePart};

use super::event::{Event, Value};
use super::fields::{Fields, Origin};
use super::shape::time;

/// A field that is a part of another one.
#[derive(Clone, Copy, Debug)]
pub struct PartField {
    pub field: FieldId,
    /// None: of the event's own time.
    pub of: Option<FieldId>,
    pub part: TimePart,
}

impl PartField {
    /// All that the class has.
    pub fn of_class(class: &Class) -> Vec<PartField> {
        let of = |of: FieldId| (class.get(of).name != "time").then_some(of);
        let fields = class.fields.iter().enumerate();
        fields
            .filter_map(|(index, field)| field.part.map(|(time, part)| PartField { field: FieldId(index as u16), of: of(time), part }))
            .collect()
    }

    /// Calls `each` for the part of each time.
    pub fn values(&self, event: &dyn Fields, each: &mut dyn FnMut(Value<'_>)) {
        match self.of {
            None => event.time().into_iter().for_each(|time| each(Value::Int(self.part.of(time)))),
            Some(of) => event.values(of, &mut |value| {
                if let Some(time) = time::parse_text(&value.to_string()) {
                    each(Value::Int(self.part.of(time)));
                }
            }),
        }
    }
}

/// An event with the parts of its times.
pub struct WithParts<'e> {
    pub event: &'e dyn Fields,
    pub parts: &'e [PartField],
}

impl Fields for WithParts<'_> {
    fn class(&self) -> ClassId {
        self.event.class()
    }

    fn actions(&self) -> Actions {
        self.event.actions()
    }

    fn time(&self) -> Option<i64> {
        self.event.time()
    }

    fn platform(&self) -> Option<Platform> {
        self.event.platform()
    }

    fn values(&self, field: FieldId, each: &mut dyn FnMut(Value<'_>)) {
        match self.parts.iter().find(|part| part.field == field) {
            Some(part) => part.values(self.event, each),
            None => self.event.values(field, each),
        }
    }

    fn origin(&self, field: FieldId) -> Option<Origin<'_>> {
        if self.parts.iter().any(|part| part.field == field) { None } else { self.event.origin(field) }
    }

    fn written(&self) -> Option<&str> {
        self.event.written()
    }

    fn copy(&self, into: &mut Event) {
        self.event.copy(into);
        for part in self.parts {
            part.values(self.event, &mut |value| into.push(part.field, value));
        }
    }
}
