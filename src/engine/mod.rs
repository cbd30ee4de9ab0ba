//! Rules over events, in this process.
//!
//! In: checked rules, and events as JSON in the shape of a product. Out: matches. [`mod@reference`] is the plain recursive definition of
//! truth; [`Engine`] says the same faster: only cases whose gate an event opens are asked (`index`). The bindings that drive the queries
//! say where a field lives in an event ([`shape`]).
//! `Engine` is immutable, `Send + Sync`, and shared between threads; a [`Scanner`] owns scratch and state and stays on one. What several
//! of them saw is put together by [`Scanner::merge`]. Of a stream without end [`Scanner::advance`] gives out what rules over several events
//! find, [`Limits`] bound what is kept, and [`Scanner::save`] and [`Engine::restore`] carry it over a restart, [`Engine::resume`] to other rules.
//! `examples/embed` shows each of these.
//!
//! ```
//! # use spoor::{engine, hir, schema};
//! # fn run(rules: &[hir::Rule], packs: &schema::Packs, lines: &[&str]) -> Result<(), Box<dyn std::error::Error>> {
//! let (engine, _diagnostics) = engine::Engine::new(rules, packs);
//! let mut reader = engine::shape::Reader::detecting(packs);
//! let mut scanner = engine.scanner();
//! for line in lines {
//!     reader.each(line, |event| scanner.push(event, |found| println!("{}", found.name)))?;
//! }
//! scanner.finish(|found| println!("{}", found.name));
//! # Ok(())
//! # }
//! ```

mod compile;
mod event;
mod fields;
mod fingerprint;
mod fold;
mod index;
mod loaded;
mod many;
mod memo;
mod networks;
pub mod parts;
pub mod reference;
mod saved;
mod scanner;
mod several;
pub mod shape;
mod test;
mod text;
mod view;
pub mod why;

pub use event::{Event, Value};
pub use fields::{Fields, Origin};
pub use saved::{Carried, Saved, Unreadable};
pub use scanner::{Match, Scanner};
pub use several::{Cell, Combined, Hit, LeftOut, Limits, Of};

use crate::diag::Diagnostic;
use crate::hir::Rule;
use crate::schema::Packs;

use compile::{ClassProgram, Loaded, Several};

/// Rules, ready to be asked about events.
#[derive(Debug)]
pub struct Engine {
    rules: Vec<Loaded>,
    /// By class of the model.
    classes: Vec<ClassProgram>,
}

impl Engine {
    /// Loads rules. One that cannot be loaded gives a diagnostic and is left out; [`Match::rule`] counts all that were handed in.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Rule>, packs: &Packs) -> (Engine, Vec<Diagnostic>) {
        let (rules, classes, diagnostics) = compile::load(rules, packs);
        (Engine { rules, classes }, diagnostics)
    }

    /// What asks this engine about one event after the other, on one thread.
    pub fn scanner(&self) -> Scanner<'_> {
        Scanner::new(self)
    }

    /// The matches of one event by itself, in the order of the rules; of rules over several events there are none. For many events, a
    /// [`Scanner`] is faster.
    pub fn matches(&self, event: &Event) -> Vec<Match<'_>> {
        let mut found = Vec::new();
        self.scanner().push(event, |one| found.push(one));
        found
    }

    /// The number of rules that were loaded.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules over several events, by their slot.
    fn over_several(&self) -> impl Iterator<Item = (&Loaded, &Several)> {
        self.rules.iter().filter_map(|rule| Some((rule, rule.several.as_ref()?)))
    }
}
