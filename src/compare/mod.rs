//! What changed in the meaning of a rule.
//!
//! In: a rule as it was and as it is, and the packs, which have one model. Out: [`Meaning`]: the two are the same, or events that one of them finds and the other does
//! not, made by [`crate::witness`] and judged by the reference. Law: "the same" is said only of equal normal forms. Where no event is found that
//! tells the two apart, that is what is said, and no more. What is shown, the window and the metadata are no part of the meaning of events: they
//! are compared beside it.

mod form;
mod search;

pub use form::{shown, targeted};

use crate::hir::{Event, Rule};
use crate::schema::Packs;

/// How what a rule finds has changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Equal normal forms: it finds the same among any events.
    Same,
    /// The forms differ, and no events were found that tell them apart.
    NoneFound,
    /// Events are found that were not, and none the other way round came up.
    More(Vec<Event>),
    /// Events are found no more, and none the other way round came up.
    Fewer(Vec<Event>),
    Different {
        more: Vec<Event>,
        fewer: Vec<Event>,
    },
    /// The classes and fields themselves changed: an event of one model is none of the other.
    OtherModel,
}

impl Meaning {
    /// The events that the rule finds now, and did not.
    pub fn more(&self) -> Option<&[Event]> {
        match self {
            Meaning::More(events) | Meaning::Different { more: events, fewer: _ } => Some(events),
            Meaning::Same | Meaning::NoneFound | Meaning::Fewer(_) | Meaning::OtherModel => None,
        }
    }

    /// Those that it found.
    pub fn fewer(&self) -> Option<&[Event]> {
        match self {
            Meaning::Fewer(events) | Meaning::Different { more: _, fewer: events } => Some(events),
            Meaning::Same | Meaning::NoneFound | Meaning::More(_) | Meaning::OtherModel => None,
        }
    }
}

/// `packs`: those of before and those of now, with the fields of open families that the rules of either name.
pub fn meaning(old: &Rule, new: &Rule, packs: (&Packs, &Packs)) -> Meaning {
    if packs.0.model != packs.1.model {
        return Meaning::OtherModel;
    }
    if form::form(old) == form::form(new) {
        return Meaning::Same;
    }
    match (search::found_by(new, old, packs.1), search::found_by(old, new, packs.1)) {
        (None, None) => Meaning::NoneFound,
        (Some(more), None) => Meaning::More(more),
        (None, Some(fewer)) => Meaning::Fewer(fewer),
        (Some(more), Some(fewer)) => Meaning::Different { more, fewer },
    }
}
