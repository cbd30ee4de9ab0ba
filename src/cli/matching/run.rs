//! Rules over one source of events after the other.
//!
//! In: sources, opened. Out: matches, findings, and what was counted. What is wrong with a piece of a source is shown for the first few
//! of them, and counted for all. What is asked about an event ([`Ask`]) each thread has for itself; what is told ([`Tell`]), one has.

use std::io;
use std::sync::Arc;

use super::choose::Times;
use super::clock::Clock;
use super::crew::{Crew, Done, Piece, What};
use super::explain::Explainer;
use super::found::{Detection, Finder, Origin, Origins, Unit, tag};
use super::open::Input;
use super::progress::Progress;
use super::show::Show;
use super::summary::Seen;
use super::{csv, log, plural, stop, text};
use crate::cli::out::Out;
use crate::cli::{FAILED, counted};
use crate::diag::{Diagnostic, events, render};
use crate::engine::shape::{Reader, Row, ShapeError};
use crate::engine::{Event, Fields, Scanner};
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
    /// Without a time that can be read.
    pub timeless: usize,
    /// Read with U+FFFD for what is no character.
    pub mended: usize,
    /// Lines and documents that are no event.
    pub wrong: usize,
    /// Records and chunks of event logs that are not read whole.
    pub damaged: usize,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.events += other.events;
        self.matches += other.matches;
        self.of_no_class += other.of_no_class;
        self.outside += other.outside;
        self.timeless += other.timeless;
        self.mended += other.mended;
        self.wrong += other.wrong;
        self.damaged += other.damaged;
    }
}

impl Counts {
    /// What was to be read and is no event.
    fn missing(&self) -> Vec<String> {
        let counts = [
            (self.wrong, "line that is no event", "lines that are no event"),
            (self.damaged, "damaged part of an event log", "damaged parts of event logs"),
        ];
        counts.iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| plural(*count, one, many)).collect()
    }
}

/// What is asked about each event, and what it gave; of one thread.
pub struct Ask<'e> {
    pub reader: Reader<'e>,
    pub scanner: Scanner<'e>,
    pub finder: Finder<'e>,
    pub times: Times,
    /// The first thing that is wrong ends the run.
    pub strict: bool,
    pub seen: Seen,
    pub counts: Counts,
    /// What the first event has for its time that has none which can be read; None: nothing.
    pub timeless: Option<Option<(String, String)>>,
    /// Whether stderr takes colour.
    pub color: bool,
}

/// Where all of it goes.
pub struct Tell<'e> {
    pub show: Show<'e>,
    /// Asks one rule why, instead of all what they find.
    pub explainer: Option<Explainer<'e>>,
    pub progress: Progress,
    /// Tells rules over several events that time has passed; None: the end decides.
    pub clock: Option<Clock>,
    /// Each source that could not be read, or not to its end, and why.
    pub unread: Vec<String>,
}

pub struct Run<'e> {
    pub ask: Ask<'e>,
    pub tell: Tell<'e>,
    pub origins: Origins,
    /// Other threads that ask.
    pub crew: Option<Crew<'e>>,
    /// Of files that could not be read.
    pub code: u8,
}

/// What is told of a piece of a source.
pub enum Said {
    Found(Box<Detection>),
    /// Something is no event: the picture of it.
    Wrong(String),
    Note(String),
}

impl Run<'_> {
    pub fn source(&mut self, name: &str, input: Input, out: &mut Out) -> io::Result<()> {
        self.ask.seen.begin(name);
        let Run { ask, tell, origins, crew, code } = self;
        let file = origins.add(name);
        let mut source = Source::new(ask, To::Now(Now { tell, origins, crew: crew.as_mut(), code, out }), file, name.into());
        let read = source.read(input);
        source.end();
        read
    }

    /// The threads that ask have no more to do: what they have is told.
    pub fn settle(&mut self, out: &mut Out) {
        let Run { ask, tell, origins, crew, code } = self;
        let mut now = Now { tell, origins, crew: crew.as_mut(), code, out };
        while let Some(done) = now.crew.as_mut().and_then(|crew| crew.next()) {
            now.take(ask, done, &mut 0);
        }
    }

    /// Room for one more of the tasks; what the first of them gave is told.
    pub fn make_room(&mut self, out: &mut Out) {
        let Run { ask, tell, origins, crew, code } = self;
        let mut now = Now { tell, origins, crew: crew.as_mut(), code, out };
        while now.crew.as_ref().is_some_and(|crew| crew.is_full())
            && let Some(done) = now.crew.as_mut().and_then(|crew| crew.next())
        {
            now.take(ask, done, &mut 0);
        }
    }

    /// What was found of rules over several events, and all that waited for the last event.
    /// `unasked`: what was not asked of rules, for those forms of output that say it.
    pub fn finish(&mut self, unasked: Vec<String>, out: &mut Out) {
        let Run { ask, tell, origins, .. } = self;
        tell.progress.end();
        if let Some(explainer) = &mut tell.explainer {
            ask.scanner.finish(|_| explainer.made(1));
            return explainer.end(out);
        }
        let mut missing = unasked;
        missing.append(&mut tell.unread.clone());
        missing.extend(ask.counts.missing());
        let Ask { scanner, finder, seen, counts, .. } = ask;
        scanner.finish(|found| {
            counts.matches += 1;
            seen.matched(found.rule);
            tell.show.take(finder.combined(&found, origins), out);
        });
        tell.show.end(&missing, out);
    }

    /// Nothing more is to be read.
    pub fn is_over(&self, out: &Out) -> bool {
        out.is_closed() || stop::is_asked() || self.ask.is_over() || self.ask.strict && !self.tell.unread.is_empty()
    }
}

impl<'e> Ask<'e> {
    fn is_over(&self) -> bool {
        self.strict && self.counts.wrong + self.counts.damaged > 0
    }

    /// What it has so far; it begins anew.
    pub fn part(&mut self, said: Vec<Said>) -> Part<'e> {
        Part {
            said,
            scanner: self.scanner.split_off(),
            seen: self.seen.split_off(),
            counts: std::mem::take(&mut self.counts),
            timeless: self.timeless.take(),
            wrong: 0,
        }
    }
}

/// What a piece of a source gave.
pub struct Part<'e> {
    pub said: Vec<Said>,
    pub scanner: Scanner<'e>,
    pub seen: Seen,
    pub counts: Counts,
    pub timeless: Option<Option<(String, String)>>,
    /// How much of a part of a source is no event.
    pub wrong: usize,
}

/// Where what is found of a source goes at once.
pub struct Now<'r, 'e> {
    tell: &'r mut Tell<'e>,
    origins: &'r mut Origins,
    pub crew: Option<&'r mut Crew<'e>>,
    code: &'r mut u8,
    out: &'r mut Out,
}

impl<'e> Now<'_, 'e> {
    /// Tells what another thread gave of a piece; `wrong`: how much of the same source was told to be no event.
    pub fn take(&mut self, ask: &mut Ask<'e>, done: Done<'e>, wrong: &mut usize) {
        let Done { whole, is_begun, part, failed, .. } = done;
        let Part { said, scanner, seen, counts, timeless, wrong: more } = part;
        if self.out.is_closed() || ask.is_over() || ask.strict && !self.tell.unread.is_empty() {
            return;
        }
        if let Some(name) = whole.as_ref().filter(|_| is_begun) {
            ask.seen.begin(name);
        }
        let mut before = *wrong;
        for said in said {
            match said {
                Said::Found(found) => self.found(ask, *found),
                Said::Wrong(picture) => {
                    if before < SHOWN {
                        self.beside(&picture);
                    }
                    before += 1;
                }
                Said::Note(text) => self.note(&text),
            }
        }
        *wrong += more;
        ask.scanner.merge(scanner);
        ask.seen.merge(seen, counts.events);
        ask.counts.add(&counts);
        ask.timeless = ask.timeless.take().or(timeless);
        self.tell.progress.step(ask.counts.events);
        if let (Some(name), Some(why)) = (whole, failed) {
            let told = events::unread(&name, &why);
            self.tell.progress.beside(|| self.out.error(&told));
            self.tell.unread.push(told);
            *self.code = FAILED;
        }
    }

    fn found(&mut self, ask: &mut Ask<'e>, found: Detection) {
        ask.counts.matches += 1;
        ask.seen.matched(found.rule);
        self.tell.show.take(found, self.out);
    }

    fn beside(&mut self, picture: &str) {
        self.tell.progress.beside(|| self.out.eprint(picture));
    }

    fn note(&mut self, text: &str) {
        self.tell.progress.beside(|| self.out.status(text));
    }
}

/// Where what is found of a source goes.
pub enum To<'r, 'e> {
    Now(Now<'r, 'e>),
    /// To be told in its turn.
    Later(&'r mut Vec<Said>),
    /// No rule is asked: each event goes to who asks himself. What is wrong is to be told in its turn.
    Events(&'r mut dyn FnMut(&dyn Fields, Origin), &'r mut Vec<Said>),
}

/// One of them, or a piece of it, while it is read.
pub struct Source<'r, 'e> {
    ask: &'r mut Ask<'e>,
    to: To<'r, 'e>,
    /// Its place among the sources.
    pub file: usize,
    pub name: Arc<str>,
    wrong: usize,
    unit: Unit,
}

impl<'r, 'e> Source<'r, 'e> {
    pub fn new(ask: &'r mut Ask<'e>, to: To<'r, 'e>, file: usize, name: Arc<str>) -> Source<'r, 'e> {
        Source { ask, to, file, name, wrong: 0, unit: Unit::Line }
    }

    pub fn read(&mut self, input: Input) -> io::Result<()> {
        match input {
            Input::Text(input, idle) => {
                self.begin(Unit::Line);
                text::read(self, input, idle)
            }
            Input::Csv(input, layout) => {
                self.begin(Unit::Line);
                csv::read(self, input, layout)
            }
            Input::Evtx(input) => {
                self.begin(Unit::Record);
                log::read(self, input)
            }
            Input::Empty => {
                self.status(format!("{} is empty", self.name));
                Ok(())
            }
        }
    }

    /// Nobody reads any more what is found, or nobody wants it.
    pub fn is_closed(&self) -> bool {
        let is_closed = match &self.to {
            To::Now(now) => now.out.is_closed(),
            To::Later(_) | To::Events(..) => false,
        };
        is_closed || stop::is_asked() || self.ask.is_over() || self.ask.strict && self.wrong > 0
    }

    /// What its events are counted by.
    pub fn begin(&mut self, unit: Unit) {
        self.unit = unit;
    }

    /// The threads that may take a piece of it.
    pub fn crew(&mut self) -> Option<&mut Crew<'e>> {
        match &mut self.to {
            To::Now(now) => now.crew.as_deref_mut(),
            To::Later(_) | To::Events(..) => None,
        }
    }

    /// Hands a piece to the threads; what others gave is told meanwhile. How much was counted in those.
    pub fn give(&mut self, what: What) -> u64 {
        let piece = Piece { file: self.file, name: Arc::clone(&self.name), what };
        if let Some(crew) = self.crew() {
            crew.give(piece);
        }
        let mut count = 0;
        while self.crew().is_some_and(|crew| crew.is_full()) {
            let Some(done) = self.crew().and_then(Crew::next) else { break };
            count += done.count;
            self.take(done);
        }
        count
    }

    /// Tells what all pieces gave that are on their way.
    pub fn settle(&mut self) -> u64 {
        let mut count = 0;
        while let Some(done) = self.crew().and_then(Crew::next) {
            count += done.count;
            self.take(done);
        }
        count
    }

    /// Tells what another thread gave of a piece.
    pub fn take(&mut self, done: Done<'e>) {
        if self.ask.strict && self.wrong > 0 {
            return;
        }
        if let To::Now(now) = &mut self.to {
            // What is of another source was given before this one was begun.
            let mut others = 0;
            let wrong = if done.whole.is_some() { &mut others } else { &mut self.wrong };
            now.take(self.ask, done, wrong);
        }
    }

    /// Asks every rule about one event; false: the text is blank.
    pub fn event(&mut self, text: &str, number: u64) -> Result<bool, ShapeError> {
        let Source { ask, to, file, name, unit, .. } = self;
        let Ask { reader, scanner, finder, times, seen, counts, timeless, .. } = &mut **ask;
        let tag = tag(*file, *unit, number);
        let place = || Origin { source: Arc::clone(name), unit: *unit, number };
        let (mut outside, mut is_timeless) = (false, false);
        let row = reader.each(text, |fields| {
            is_timeless |= fields.time().is_none();
            if !times.has(fields.time()) {
                outside = true;
                return;
            }
            if let To::Events(each, _) = to {
                return each(fields, place());
            }
            // Whole only where more than the rules asks for it.
            let whole = || {
                let mut event = Event::new(fields.class(), fields.actions());
                fields.copy(&mut event);
                event
            };
            seen.event(fields);
            if let To::Now(Now { tell: Tell { explainer: Some(explainer), .. }, out, .. }) = to {
                explainer.event(&whole(), place(), out);
                // What is linked or counted is found at the end.
                return scanner.push_tagged(fields, tag, |_| ());
            }
            let mut event: Option<Event> = None;
            scanner.push_tagged(fields, tag, |found| {
                let rule = found.rule;
                let found = finder.one(&found, event.get_or_insert_with(whole), place(), text);
                match to {
                    To::Now(now) => {
                        counts.matches += 1;
                        seen.matched(rule);
                        now.tell.show.take(found, now.out);
                    }
                    To::Later(said) | To::Events(_, said) => said.push(Said::Found(Box::new(found))),
                }
            });
        })?;
        match row {
            Row::Blank => return Ok(false),
            Row::Events(_) => {}
            Row::OfNoClass => counts.of_no_class += 1,
        }
        counts.events += 1;
        seen.read(1);
        counts.outside += usize::from(outside);
        counts.mended += usize::from(reader.is_mended());
        if is_timeless {
            counts.timeless += 1;
            timeless.get_or_insert_with(|| Reader::time_as_written(text));
        }
        if let To::Now(now) = to {
            now.tell.progress.step(counts.events);
            now.tell.explainer.iter_mut().for_each(|explainer| explainer.read(number));
        }
        self.time_passes();
        Ok(true)
    }

    /// Something in the event that comes next is no character, and is read as U+FFFD.
    pub fn mended(&mut self) {
        self.ask.counts.mended += 1;
    }

    /// What rules over several events find, now that it is so late.
    pub fn time_passes(&mut self) {
        let To::Now(Now { tell: Tell { clock: Some(clock), show, .. }, origins, out, .. }) = &mut self.to else { return };
        let Ask { scanner, finder, seen, counts, .. } = &mut *self.ask;
        let Some(watermark) = clock.watermark(scanner.latest(), counts.events) else { return };
        scanner.advance(watermark, |found| {
            counts.matches += 1;
            seen.matched(found.rule);
            show.take(finder.combined(&found, origins), out);
        });
    }

    /// Something in it is no event. `text`: what is shown of it, with the number of its first line, and where in it the place is.
    pub fn wrong(&mut self, text: &str, number: u64, (start, end): (usize, usize), make: impl FnOnce(Span) -> Diagnostic) {
        self.wrong += 1;
        if self.wrong <= SHOWN {
            let mut sources = Sources::default();
            let file = sources.add_part(&*self.name, text, number as usize);
            let picture = render::render(&make(Span::new(file, start, end)), &sources, self.ask.color);
            match &mut self.to {
                To::Now(now) => now.beside(&picture),
                To::Later(said) | To::Events(_, said) => said.push(Said::Wrong(picture)),
            }
        }
    }

    /// A word about it that is no error.
    pub fn note(&mut self, text: &str) {
        self.status(format!("{}: {text}", self.name));
    }

    fn status(&mut self, text: String) {
        match &mut self.to {
            To::Now(now) => now.note(&text),
            To::Later(said) | To::Events(_, said) => said.push(Said::Note(text)),
        }
    }

    /// How much of it was no event.
    pub fn wrong_so_far(&self) -> usize {
        self.wrong
    }

    pub fn end(mut self) {
        let counts = &mut self.ask.counts;
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
