//! Rules over one source of events after the other.
//!
//! In: sources, opened. Out: matches, findings, and what was counted. What is wrong with a piece of a source is shown for the first few
//! of them, and counted for all.

use std::io;
use std::time::{Duration, Instant};

use super::open::Input;
use super::show::{Origins, Show, Unit};
use super::{log, text};
use crate::cli::counted;
use crate::cli::out::Out;
use crate::diag::{Diagnostic, render};
use crate::engine::Scanner;
use crate::engine::shape::{Reader, Row, ShapeError};
use crate::source::{Sources, Span};

/// A line or a document longer than this is no event; it is passed over without being kept.
pub const LONGEST: u64 = 64 << 20;
/// How much is wrong in a source is shown up to here; the rest is counted.
const SHOWN: usize = 10;

#[derive(Default)]
pub struct Counts {
    pub events: usize,
    pub matches: usize,
    pub of_no_class: usize,
    /// Lines and documents that are no event.
    pub wrong: usize,
    /// Records and chunks of event logs that are not read whole.
    pub damaged: usize,
}

pub struct Run<'e> {
    pub scanner: Scanner<'e>,
    pub show: Show<'e>,
    pub origins: Origins,
    pub counts: Counts,
    /// By rule: it matched something.
    pub hit: Vec<bool>,
}

impl<'e> Run<'e> {
    pub fn source(&mut self, name: &str, input: Input, reader: &mut Reader<'_>, out: &mut Out) -> io::Result<()> {
        let progress = Progress::new(out);
        let mut source = Source { run: self, name, reader, out, wrong: 0, unit: Unit::Line, progress };
        let read = match input {
            Input::Text(input) => {
                source.begin(Unit::Line);
                text::read(&mut source, input)
            }
            Input::Evtx(input) => {
                source.begin(Unit::Record);
                log::read(&mut source, input)
            }
            Input::Empty => {
                source.out.status(&format!("{name} is empty"));
                Ok(())
            }
        };
        source.end();
        read
    }

    /// What was found of rules over several events.
    pub fn finish(&mut self, out: &mut Out) {
        let Run { scanner, show, origins, counts, hit } = self;
        scanner.finish(|found| {
            counts.matches += 1;
            hit[found.rule] = true;
            out.line(&show.combined(&found, origins));
        });
    }
}

/// One of them, while it is read.
pub struct Source<'r, 'e, 'p> {
    run: &'r mut Run<'e>,
    name: &'r str,
    reader: &'r mut Reader<'p>,
    out: &'r mut Out,
    wrong: usize,
    unit: Unit,
    progress: Progress,
}

impl Source<'_, '_, '_> {
    /// Nobody reads any more what is found.
    pub fn is_closed(&self) -> bool {
        self.out.is_closed()
    }

    /// What its events are counted by.
    pub fn begin(&mut self, unit: Unit) {
        self.unit = unit;
        self.run.origins.add(self.name, unit);
    }

    /// Asks every rule about one event; false: the text is blank.
    pub fn event(&mut self, text: &str, number: u64) -> Result<bool, ShapeError> {
        let Run { scanner, show, origins, counts, hit } = &mut *self.run;
        let out = &mut *self.out;
        let tag = origins.tag(number);
        let row = self.reader.read(text, |event| {
            scanner.push_tagged(event, tag, |found| {
                counts.matches += 1;
                hit[found.rule] = true;
                out.line(&show.one(&found, event, origins.of(tag)));
            });
        })?;
        match row {
            Row::Blank => return Ok(false),
            Row::Events(_) => {}
            Row::OfNoClass => counts.of_no_class += 1,
        }
        counts.events += 1;
        self.progress.step(counts.events, self.out);
        Ok(true)
    }

    /// Something in it is no event. `text`: what is shown of it, with the number of its first line, and where in it the place is.
    pub fn wrong(&mut self, text: &str, number: u64, (start, end): (usize, usize), make: impl FnOnce(Span) -> Diagnostic) {
        self.wrong += 1;
        if self.wrong <= SHOWN {
            let mut sources = Sources::default();
            let file = sources.add_part(self.name, text, number as usize);
            let picture = render::render(&make(Span::new(file, start, end)), &sources, self.out.stderr_color());
            self.out.eprint(&picture);
        }
    }

    /// A word about it that is no error.
    pub fn note(&mut self, text: &str) {
        self.out.status(&format!("{}: {text}", self.name));
    }

    fn end(self) {
        self.progress.end(self.out);
        let counts = &mut self.run.counts;
        let (count, what, are) = match self.unit {
            Unit::Line | Unit::Item => (&mut counts.wrong, "line", "no event"),
            Unit::Record => (&mut counts.damaged, "part", "damaged"),
        };
        *count += self.wrong;
        let more = self.wrong.saturating_sub(SHOWN);
        if more > 0 {
            self.out.status(&format!("{}: {} more that are {are}", self.name, counted(more, what)));
        }
    }
}

/// The number of events so far, for who waits.
struct Progress {
    shown: bool,
    last: Instant,
    steps: u32,
    wanted: bool,
}

impl Progress {
    fn new(out: &Out) -> Progress {
        Progress { shown: false, last: Instant::now(), steps: 0, wanted: out.shows_progress() }
    }

    fn step(&mut self, events: usize, out: &mut Out) {
        self.steps = self.steps.wrapping_add(1);
        if self.wanted && self.steps.is_multiple_of(4096) && self.last.elapsed() > Duration::from_millis(200) {
            out.eprint(&format!("\r{events} events"));
            self.last = Instant::now();
            self.shown = true;
        }
    }

    fn end(&self, out: &mut Out) {
        if self.shown {
            out.eprint("\r\x1b[K");
        }
    }
}
