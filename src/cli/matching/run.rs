//! Rules over one source of events after the other.
//!
//! In: sources, opened. Out: matches, findings, and what was counted. What is wrong with a piece of a source is shown for the first few
//! of them, and counted for all.

use std::io;

use super::choose::Times;
use super::explain::Explainer;
use super::found::{Finder, Origins, Unit};
use super::open::Input;
use super::progress::Progress;
use super::show::Show;
use super::summary::Seen;
use super::{csv, log, stop, text};
use crate::cli::counted;
use crate::cli::out::Out;
use crate::diag::{Diagnostic, render};
use crate::engine::shape::{Reader, Row, ShapeError};
use crate::engine::{Event, Scanner};
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
    /// Of another time than was asked for, or of none.
    pub outside: usize,
    /// Lines and documents that are no event.
    pub wrong: usize,
    /// Records and chunks of event logs that are not read whole.
    pub damaged: usize,
}

pub struct Run<'e> {
    pub scanner: Scanner<'e>,
    pub finder: Finder<'e>,
    pub show: Show<'e>,
    pub origins: Origins,
    pub counts: Counts,
    pub seen: Seen,
    pub times: Times,
    /// The first thing that is wrong ends the run.
    pub strict: bool,
    /// Asks one rule why, instead of all what they find.
    pub explainer: Option<Explainer<'e>>,
    pub progress: Progress,
}

impl Run<'_> {
    pub fn source(&mut self, name: &str, input: Input, reader: &mut Reader<'_>, out: &mut Out) -> io::Result<()> {
        let mut source = Source { run: self, name, reader, out, wrong: 0, unit: Unit::Line };
        source.run.seen.begin(name);
        let read = match input {
            Input::Text(input) => {
                source.begin(Unit::Line);
                text::read(&mut source, input)
            }
            Input::Csv(input) => {
                source.begin(Unit::Line);
                csv::read(&mut source, input)
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

    /// What was found of rules over several events, and all that waited for the last event.
    pub fn finish(&mut self, out: &mut Out) {
        self.progress.end();
        let Run { scanner, finder, show, origins, counts, seen, explainer, .. } = self;
        if let Some(explainer) = explainer {
            return explainer.end(out);
        }
        scanner.finish(|found| {
            counts.matches += 1;
            seen.matched(found.rule);
            show.take(finder.combined(&found, origins), out);
        });
        show.end(out);
    }

    /// Nothing more is to be read.
    pub fn is_over(&self, out: &Out) -> bool {
        out.is_closed() || stop::is_asked() || self.strict && self.counts.wrong + self.counts.damaged > 0
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
}

impl Source<'_, '_, '_> {
    /// Nobody reads any more what is found, or nobody wants it.
    pub fn is_closed(&self) -> bool {
        self.run.is_over(self.out) || self.run.strict && self.wrong > 0
    }

    /// What its events are counted by.
    pub fn begin(&mut self, unit: Unit) {
        self.unit = unit;
        self.run.origins.add(self.name, unit);
    }

    /// Asks every rule about one event; false: the text is blank.
    pub fn event(&mut self, text: &str, number: u64) -> Result<bool, ShapeError> {
        let Run { scanner, finder, show, origins, counts, seen, times, explainer, progress, .. } = &mut *self.run;
        let out = &mut *self.out;
        let tag = origins.tag(number);
        let mut outside = false;
        let row = self.reader.each(text, |fields| {
            if !times.has(fields.time()) {
                outside = true;
                return;
            }
            // Whole only where more than the rules asks for it.
            let whole = || {
                let mut event = Event::new(fields.class(), fields.actions());
                fields.copy(&mut event);
                event
            };
            seen.event(fields);
            if let Some(explainer) = explainer {
                return explainer.event(&whole(), origins.of(tag), out);
            }
            let mut event: Option<Event> = None;
            scanner.push_tagged(fields, tag, |found| {
                counts.matches += 1;
                seen.matched(found.rule);
                show.take(finder.one(&found, event.get_or_insert_with(whole), origins.of(tag), text), out);
            });
        })?;
        match row {
            Row::Blank => return Ok(false),
            Row::Events(_) => {}
            Row::OfNoClass => counts.of_no_class += 1,
        }
        counts.events += 1;
        seen.read();
        counts.outside += usize::from(outside);
        progress.step(counts.events);
        Ok(true)
    }

    /// Something in it is no event. `text`: what is shown of it, with the number of its first line, and where in it the place is.
    pub fn wrong(&mut self, text: &str, number: u64, (start, end): (usize, usize), make: impl FnOnce(Span) -> Diagnostic) {
        self.wrong += 1;
        if self.wrong <= SHOWN {
            let mut sources = Sources::default();
            let file = sources.add_part(self.name, text, number as usize);
            let picture = render::render(&make(Span::new(file, start, end)), &sources, self.out.stderr_color());
            self.run.progress.beside(|| self.out.eprint(&picture));
        }
    }

    /// A word about it that is no error.
    pub fn note(&mut self, text: &str) {
        self.run.progress.beside(|| self.out.status(&format!("{}: {text}", self.name)));
    }

    fn end(mut self) {
        let counts = &mut self.run.counts;
        let (count, what, are) = match self.unit {
            Unit::Line | Unit::Item => (&mut counts.wrong, "line", "no event"),
            Unit::Record => (&mut counts.damaged, "part", "damaged"),
        };
        *count += self.wrong;
        let more = self.wrong.saturating_sub(SHOWN);
        if more > 0 {
            self.note(&format!("{} more that are {are}", counted(more, what)));
        }
    }
}
