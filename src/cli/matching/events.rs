//! The events of a file, for who asks about them himself.
//!
//! In: a path. Out: each event in the model's words, with its place; what in the file is none is told at the end. It is read as `spoor match`
//! reads it, whatever its format, and no rule is asked.

use std::io;
use std::path::Path;

use super::choose::Times;
use super::found::{Finder, Origin};
use super::open;
use super::progress::Bytes;
use super::run::{Ask, Counts, Said, Source, To};
use super::summary::Seen;
use crate::engine::shape::Reader;
use crate::engine::{Engine, Fields};
use crate::schema::Packs;

/// What reads them, one file after the other.
pub struct Events<'e> {
    ask: Ask<'e>,
}

/// What was read of a file.
#[derive(Default)]
pub struct Told {
    /// Those of no class that Spoor knows among them.
    pub events: usize,
    pub of_no_class: usize,
    /// Lines, rows and records that are no event.
    pub wrong: usize,
    /// Pictures of the first of them.
    pub pictures: Vec<String>,
}

impl<'e> Events<'e> {
    /// `nothing`: an engine without rules.
    pub fn new(nothing: &'e Engine, packs: &'e Packs, color: bool) -> Events<'e> {
        let ask = Ask {
            reader: Reader::detecting(packs),
            scanner: nothing.scanner(),
            finder: Finder::new(packs, &[], false),
            times: Times::default(),
            strict: false,
            seen: Seen::new(&[], packs, false),
            counts: Counts::default(),
            timeless: None,
            color,
        };
        Events { ask }
    }

    pub fn read(&mut self, path: &Path, each: &mut dyn FnMut(&dyn Fields, Origin)) -> io::Result<Told> {
        let mut said = Vec::new();
        let name = path.display().to_string();
        let mut source = Source::new(&mut self.ask, To::Events(each, &mut said), 0, name.into());
        let read = open::open(path, &Bytes::default()).and_then(|input| source.read(input));
        source.end();
        let Counts { events, of_no_class, wrong, damaged, .. } = std::mem::take(&mut self.ask.counts);
        read?;
        let picture = |said| if let Said::Wrong(picture) = said { Some(picture) } else { None };
        Ok(Told { events, of_no_class, wrong: wrong + damaged, pictures: said.into_iter().filter_map(picture).collect() })
    }
}
