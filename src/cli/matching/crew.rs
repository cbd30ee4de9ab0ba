//! Threads that ask rules about pieces of sources, while one reads them.
//!
//! In: pieces, in the order in which they stand: lines, chunks of an event log, rows, small files whole. Out: what each gave, in the same
//! order. Law: matches, findings, counts and places are those of one thread. What rules over several events need of a piece is put together in that
//! order too, so that of two hits of one time the same is the later one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::Scope;

use super::found::Unit;
use super::progress::Bytes;
use super::run::{Ask, Part, Source, To};
use super::{blocks, csv, log, open, stop};
use crate::project::reason;

/// What one thread asks about at a time.
pub struct Piece {
    /// The place of the source among all, and its name.
    pub file: usize,
    pub name: Arc<str>,
    pub what: What,
}

pub enum What {
    /// Lines, of which the first has this number.
    Lines(Vec<u8>, u64),
    /// A chunk of an event log, with its number.
    Chunk(Vec<u8>, u64),
    Rows(Vec<csv::Row>),
    /// A source of its own.
    Whole(PathBuf),
}

/// What a piece gave.
pub struct Done<'e> {
    /// It was a source of its own, of this name.
    pub whole: Option<Arc<str>>,
    pub part: Part<'e>,
    /// It was opened; what could not be opened is no source.
    pub is_begun: bool,
    /// The file could not be read to its end, and why.
    pub failed: Option<String>,
    /// The lines, from the first on that cannot be told by itself, which has this number; nothing was asked about them.
    pub rest: Option<(usize, u64)>,
    pub bytes: Vec<u8>,
    /// Of an event log: the number of its records. Of lines: something stands in them.
    pub count: u64,
}

pub struct Crew<'e> {
    pieces: Sender<(u64, Piece)>,
    /// None: a thread has failed.
    done: Receiver<(u64, Option<Done<'e>>)>,
    /// Done before those that stand before them.
    early: HashMap<u64, Done<'e>>,
    given: u64,
    taken: u64,
    /// So many may be on their way.
    most: u64,
    has_failed: bool,
}

/// Says what became of a piece, also where its thread fails: nobody is to wait for that one.
struct Answer<'a, 'e> {
    number: u64,
    done: Option<Done<'e>>,
    sender: &'a Sender<(u64, Option<Done<'e>>)>,
}

impl Drop for Answer<'_, '_> {
    fn drop(&mut self) {
        // Nobody waits for it where the run is over.
        let _ = self.sender.send((self.number, self.done.take()));
    }
}

impl<'e> Crew<'e> {
    /// So many threads; `make` makes what each of them asks.
    pub fn new<'s>(threads: usize, scope: &'s Scope<'s, '_>, bytes: &Bytes, make: impl Fn() -> Ask<'e> + Send + Clone + 's) -> Crew<'e>
    where
        'e: 's,
    {
        let (pieces, waiting) = channel::<(u64, Piece)>();
        let (sender, done) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let (waiting, sender, make, bytes) = (Arc::clone(&waiting), sender.clone(), make.clone(), bytes.clone());
            scope.spawn(move || {
                let mut ask = make();
                // The lock is held while one thread waits; the others wait for it.
                let next = || waiting.lock().ok()?.recv().ok();
                while let Some((number, piece)) = next() {
                    let mut answer = Answer { number, done: None, sender: &sender };
                    answer.done = Some(asked(&mut ask, piece, &bytes));
                }
            });
        }
        Crew { pieces, done, early: HashMap::new(), given: 0, taken: 0, most: 2 * threads as u64 + 2, has_failed: false }
    }

    pub fn give(&mut self, piece: Piece) {
        if !self.has_failed && self.pieces.send((self.given, piece)).is_ok() {
            self.given += 1;
        }
    }

    pub fn is_full(&self) -> bool {
        self.given - self.taken >= self.most
    }

    /// What the next piece gave, in their order; None: none is on its way.
    pub fn next(&mut self) -> Option<Done<'e>> {
        if self.taken == self.given {
            return None;
        }
        let done = loop {
            if let Some(done) = self.early.remove(&self.taken) {
                break done;
            }
            let (number, Some(done)) = self.done.recv().ok()? else {
                // The end of all threads tells it.
                self.taken = self.given;
                self.has_failed = true;
                return None;
            };
            self.early.insert(number, done);
        };
        self.taken += 1;
        Some(done)
    }
}

fn asked<'e>(ask: &mut Ask<'e>, piece: Piece, read: &Bytes) -> Done<'e> {
    let Piece { file, name, what } = piece;
    let mut said = Vec::new();
    let (mut whole, mut is_begun, mut failed, mut rest, mut bytes, mut count) = (None, false, None, None, Vec::new(), 0);
    let mut source = Source::new(ask, To::Later(&mut said), file, Arc::clone(&name));
    let mut wrong = 0;
    match what {
        What::Lines(lines, first) => {
            source.begin(Unit::Line);
            (rest, count) = blocks::lines(&mut source, &lines, first);
            bytes = lines;
            wrong = source.wrong_so_far();
        }
        What::Chunk(data, number) => {
            source.begin(Unit::Record);
            count = log::chunk(&mut source, data, number);
            wrong = source.wrong_so_far();
        }
        What::Rows(rows) => {
            source.begin(Unit::Line);
            rows.into_iter().for_each(|row| row.ask(&mut source));
            wrong = source.wrong_so_far();
        }
        What::Whole(path) if !stop::is_asked() => {
            let opened = open::open(&path, read);
            is_begun = opened.is_ok();
            let done = opened.and_then(|input| source.read(input));
            failed = done.err().map(|error| reason(&error));
            whole = Some(name);
            source.end();
        }
        What::Whole(_) => {}
    }
    let mut part = ask.part(said);
    part.wrong = wrong;
    Done { whole, is_begun, part, failed, rest, bytes, count }
}
