//! What a scanner asks of an event, whoever holds it.
//!
//! In: an event in any form. Out: its class, its actions, its time, and the values of a field when they are asked for. Law: within one
//! event the answers are always the same; no value is empty text.

use crate::schema::{Actions, ClassId, FieldId, Platform};

use super::event::{Event, Value};

/// An event of one class, whose fields are read when a rule asks for them. [`shape::Reader`](super::shape::Reader) makes them of JSON,
/// [`Event`] holds one whole; who has events in another form implements it for that, as `examples/embed/own_fields.rs` does. Classes, actions
/// and fields are those of [`Packs::model`](crate::schema::Packs).
pub trait Fields {
    fn class(&self) -> ClassId;

    /// [`Actions::ALL`] in a class without kinds; several where the source does not say which of them it was.
    fn actions(&self) -> Actions;

    /// Microseconds since 1970 in UTC.
    fn time(&self) -> Option<i64>;

    /// The system whose machines alone write the log that the event stands in; None: any, or nobody knows. Rules about others are not asked.
    fn platform(&self) -> Option<Platform> {
        None
    }

    /// Calls `each` for every value of the field, in their order. A scanner asks at most once for an event and a field.
    fn values(&self, field: FieldId, each: &mut dyn FnMut(Value<'_>));

    /// What the values of the field are made of, where that is one text; None: nobody knows. Whatever events one scanner is shown: those of one
    /// class with one origin of a field have the same values of it, and what was found for an origin is not looked for again.
    fn origin(&self, field: FieldId) -> Option<Origin<'_>> {
        let _ = field;
        None
    }

    /// The text that the event was read from, if every character of a value that is a printable one of ASCII, and none of `"` `\` `/` `<` `>` `&`
    /// `'`, stands in it as itself, and no other one of a value folds to such: then what is not in the text is in no value. None: nobody knows.
    fn written(&self) -> Option<&str> {
        None
    }

    /// Puts the whole event in the place of another: for who keeps more of it than rules ask.
    fn copy(&self, into: &mut Event);
}

/// A text, and what is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'e> {
    pub text: &'e str,
    /// Another number where something else is made of the text.
    pub made: u64,
}

impl Fields for Event {
    fn class(&self) -> ClassId {
        self.class
    }

    fn actions(&self) -> Actions {
        self.actions
    }

    fn time(&self) -> Option<i64> {
        self.time
    }

    fn platform(&self) -> Option<Platform> {
        self.platform
    }

    fn values(&self, field: FieldId, each: &mut dyn FnMut(Value<'_>)) {
        self.range(field).for_each(|slot| each(self.value(slot)));
    }

    fn copy(&self, into: &mut Event) {
        into.clone_from(self);
    }
}
