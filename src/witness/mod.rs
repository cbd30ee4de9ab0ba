//! Events made for a rule, each list with the verdict of the reference evaluator; native rows made for an event; and smaller lists.
//!
//! In: a rule, a seed. Out: [`Witness`]es: events that match, or just miss. For a rule over single events a witness is one event: it matches, or
//! misses by exactly one test, or has values missing, empty, in other case, beside another value, or hostile. For a threshold or a linked
//! pattern it is a stream of timed events that just completes the pattern, or just does not: in count, in time, in order, in key, in
//! what one step asks of another, with ties, and strangers between. What the rule finds is never assumed from how events were made: the
//! reference says it. The same seed gives the same witnesses. [`rows`] turns an event into a row of a product, by the binding read
//! backwards, so that emitted queries can be run on it; [`shrink`] makes of events that show something the fewest and smallest that do.
//!
//! ```
//! use spoor::engine::reference;
//! use spoor::project::Workspace;
//! use spoor::schema;
//! use spoor::witness::{Kind, shrink, witnesses};
//!
//! let packs = schema::builtin();
//! let source = r#"rule fresh_hta {
//!   detect sequence by host within 10m {
//!     drop: file    where action == created and name ends_with ".hta"
//!     run:  process where name == "mshta.exe" and command_line contains drop.name
//!   }
//! }"#;
//! let rule = Workspace::text("fresh_hta.spoor", source).check(packs).rules.remove(0);
//! let made = witnesses(&rule, packs, 1, 60);
//! assert!(made.iter().any(|witness| witness.kind == Kind::Match && witness.verdict()));
//! assert!(made.iter().any(|witness| witness.kind == Kind::Late && !witness.verdict()));
//!
//! // What of a stream makes it match?
//! let strangers = made.iter().find(|witness| witness.kind == Kind::Strangers && witness.verdict()).unwrap();
//! let small = shrink(&strangers.events, packs, |events| reference::verdict(&rule, events, packs));
//! assert_eq!(small.len(), 2);
//! ```

mod chains;
mod event;
mod groups;
mod rng;
mod rows;
mod sample;
mod shrink;
mod single;
mod streams;
mod values;

pub(crate) use event::set;
pub use rng::Rng;
pub use rows::{NativeRow, Unholdable, rows};
pub use shrink::shrink;

use crate::engine::reference::Found;
use crate::hir::{Event, Pattern, Rule};
use crate::schema::Packs;

/// Events, and what the rule finds among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// One for a rule over single events; for others as many as it takes, in the order of their times.
    pub events: Vec<Event>,
    /// What the reference finds.
    pub found: Found,
    pub kind: Kind,
}

impl Witness {
    /// Whether there is a match.
    pub fn verdict(&self) -> bool {
        !self.found.is_empty()
    }
}

/// How the events were made. Whether they match is another matter, but for the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// To match.
    Match,
    /// One test of a matching event says otherwise, or one count is on the other side of its number; and nothing matches any more.
    JustMisses,
    /// A field of one event has no value any more.
    Missing,
    /// A field of one event is empty text.
    Empty,
    /// The letters of a field are in the other case.
    Recased,
    /// A field has another value beside its own.
    Several,
    /// A field is, or holds, a text that upsets quoting and parsing.
    Hostile,
    /// An action that the rule does not ask for.
    OtherAction,
    /// An event of the stream is not there.
    OneFewer,
    /// An event stands twice, or a value that was to be another one.
    Repeated,
    /// At the edge: the last event as late as the duration allows, or at the first or the last instant of a window.
    Edge,
    /// Over the edge: a second, or less, later than the duration allows, or on both sides of the edge of a window.
    Late,
    /// Two events have changed their times.
    Swapped,
    /// Several events have one time.
    Tied,
    /// An event has another key.
    OtherKey,
    /// An event has no key.
    MissingKey,
    /// An event has its key in other case.
    RecasedKey,
    /// An event has another key beside its own.
    SeveralKeys,
    /// The same once more for other keys, at the same time.
    TwoKeys,
    /// One event that may be two steps.
    OneForTwo,
    /// Between the events stand others: of no step, of other keys, of other classes.
    Strangers,
    /// The event of an optional step is there, or is not.
    Optional,
    /// The pattern is complete more than once.
    Again,
    /// Of a step that wants several events: they stand at other times, at the edge of the count, or beyond it.
    Recounted,
}

impl Kind {
    /// All of them, in their order.
    pub const ALL: &[Kind] = &[
        Kind::Match,
        Kind::JustMisses,
        Kind::Missing,
        Kind::Empty,
        Kind::Recased,
        Kind::Several,
        Kind::Hostile,
        Kind::OtherAction,
        Kind::OneFewer,
        Kind::Repeated,
        Kind::Edge,
        Kind::Late,
        Kind::Swapped,
        Kind::Tied,
        Kind::OtherKey,
        Kind::MissingKey,
        Kind::RecasedKey,
        Kind::SeveralKeys,
        Kind::TwoKeys,
        Kind::OneForTwo,
        Kind::Strangers,
        Kind::Optional,
        Kind::Again,
        Kind::Recounted,
    ];
}

/// Up to `count` witnesses of a rule, none twice. A rule that nothing can match has few, or none.
pub fn witnesses(rule: &Rule, packs: &Packs, seed: u64, count: usize) -> Vec<Witness> {
    match (&rule.pattern, &rule.group) {
        (Pattern::Union(branches), None) => single::events(rule, branches, packs, seed, count),
        (Pattern::Union(branches), Some(group)) => groups::streams(rule, branches, group, packs, seed, count),
        (Pattern::Linked(linked), _) => chains::streams(rule, linked, packs, seed, count),
    }
}
