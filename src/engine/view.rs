//! The texts of one event, folded when somebody asks, and one value held against another.
//!
//! In: an event, places of values in it. Out: texts as they are and in folded form; whether two values compare as a test asks. Law: a text is
//! folded once, into a buffer that is kept from event to event.

use std::cmp::Ordering;

use crate::hir::{Casing, Compare, FieldOp, TextOp};
use crate::schema::{Actions, Below, ClassId, FieldId, Type};

use super::event::{Event, Value};
use super::fold::fold_into;
use super::test::{bare_guid, compare_passes, numeric, ordered, respected};
use super::text::{self, Edges};

/// Texts of one event, folded.
#[derive(Debug, Default)]
pub struct View {
    buffer: String,
    /// By value of the event: where its text stands in `buffer`, once it was asked for.
    folded: Vec<Option<(u32, u32)>>,
}

impl View {
    pub fn begin(&mut self, event: &Event) {
        self.buffer.clear();
        self.folded.clear();
        self.folded.resize(event.len(), None);
    }

    /// The event has more values than before.
    pub fn grow(&mut self, event: &Event) {
        self.folded.resize(event.len(), None);
    }

    pub fn folded_text<'v>(&'v mut self, event: &'v Event, slot: usize) -> &'v str {
        self.texts(event, slot, Casing::Ignore).0
    }

    /// A value as text: folded unless case counts, and as it is.
    pub fn texts<'v>(&'v mut self, event: &'v Event, slot: usize, case: Casing) -> (&'v str, &'v str) {
        let original = match event.value(slot) {
            Value::Text(text) | Value::Enum(text) => Some(text),
            Value::Int(_) | Value::Real(_) | Value::Bool(_) | Value::Ip(_) => None,
        };
        match (original, case) {
            (Some(text), Casing::Respect) => (text, text),
            (Some(text), Casing::Ignore) => {
                let range = self.folded(event, slot);
                (&self.buffer[range], text)
            }
            // What is no text has no case.
            (None, _) => {
                let range = self.folded(event, slot);
                let text = &self.buffer[range];
                (text, text)
            }
        }
    }

    fn folded(&mut self, event: &Event, slot: usize) -> std::ops::Range<usize> {
        let (start, end) = *self.folded[slot].get_or_insert_with(|| {
            let start = self.buffer.len() as u32;
            match event.value(slot) {
                Value::Text(text) | Value::Enum(text) => fold_into(text, &mut self.buffer),
                other => {
                    use std::fmt::Write;
                    // Writing to a `String` cannot fail.
                    let _ = write!(self.buffer, "{other}");
                }
            }
            (start, self.buffer.len() as u32)
        });
        start as usize..end as usize
    }

    /// The value `left` of one field against the value `right` of another; `ty` is the left one's.
    pub fn against(&mut self, event: &Event, left: usize, right: usize, op: FieldOp, ty: Type, case: Casing) -> bool {
        match op {
            FieldOp::Text(op) => self.text_against(event, left, right, op, ty, case),
            FieldOp::Compare(compare @ (Compare::Equal | Compare::NotEqual)) => {
                let equal = match (event.value(left), event.value(right)) {
                    (Value::Text(_), Value::Text(_)) => self.text_against(event, left, right, TextOp::Equals, Type::Text, case),
                    (Value::Enum(left), Value::Enum(right)) => left == right,
                    (Value::Bool(left), Value::Bool(right)) => left == right,
                    (Value::Ip(left), Value::Ip(right)) => left == right,
                    (left, right) => match (numeric(left), numeric(right)) {
                        (Some(left), Some(right)) => ordered(left, right).is_some_and(Ordering::is_eq),
                        _ => false,
                    },
                };
                equal == (compare == Compare::Equal)
            }
            FieldOp::Compare(compare) => match (numeric(event.value(left)), numeric(event.value(right))) {
                (Some(left), Some(right)) => ordered(left, right).is_some_and(|order| compare_passes(compare, order)),
                _ => false,
            },
        }
    }

    fn text_against(&mut self, event: &Event, left: usize, right: usize, op: TextOp, ty: Type, case: Casing) -> bool {
        let case = respected(op, ty, case);
        self.texts(event, left, case);
        self.texts(event, right, case);
        // Both are in the buffer by now, where they have to be.
        let view = &*self;
        let (text, original) = view.known(event, left, case);
        let (literal, written) = view.known(event, right, case);
        match op {
            TextOp::Equals if ty == Type::Guid => bare_guid(text) == bare_guid(literal),
            TextOp::Equals => text == literal,
            TextOp::Contains => text.contains(literal),
            TextOp::StartsWith => text.starts_with(literal),
            TextOp::EndsWith => text.ends_with(literal),
            TextOp::Has => text::has(text, original, literal, Edges::of(written)),
            TextOp::Under => {
                let name = literal.trim_end_matches('.');
                match ty.below() {
                    Some(Below::Path) => text::below_path(text, &text::path_stem(literal)),
                    Some(Below::Key) => text::below_key(text, literal.trim_end_matches('\\')),
                    Some(Below::Name) => text::below_name(text, name),
                    Some(Below::UrlHost) => text::below_name(text::url_host(text), name),
                    Some(Below::MailDomain) => text::email_domain(text).is_some_and(|domain| text::below_name(domain, name)),
                    None => false,
                }
            }
        }
    }

    /// The same as [`View::texts`], of what it was asked before.
    fn known<'v>(&'v self, event: &'v Event, slot: usize, case: Casing) -> (&'v str, &'v str) {
        let folded = self.folded[slot].map_or("", |(start, end)| &self.buffer[start as usize..end as usize]);
        match (event.value(slot), case) {
            (Value::Text(text) | Value::Enum(text), Casing::Respect) => (text, text),
            (Value::Text(text) | Value::Enum(text), Casing::Ignore) => (folded, text),
            (Value::Int(_) | Value::Real(_) | Value::Bool(_) | Value::Ip(_), _) => (folded, folded),
        }
    }
}

/// A value of one event against a value of another.
#[derive(Debug)]
pub struct Against {
    both: Event,
    view: View,
}

impl Default for Against {
    fn default() -> Against {
        Against { both: Event::new(ClassId(0), Actions::ALL), view: View::default() }
    }
}

impl Against {
    /// `ty` is the left one's.
    pub fn passes(&mut self, left: Value<'_>, right: Value<'_>, op: FieldOp, ty: Type, case: Casing) -> bool {
        self.both.reset(ClassId(0), Actions::ALL);
        self.both.push(FieldId(0), left);
        self.both.push(FieldId(1), right);
        self.view.begin(&self.both);
        self.view.against(&self.both, 0, 1, op, ty, case)
    }
}
