//! Lines of JSON for other threads.
//!
//! In: a text. Out: blocks of its lines, each for a thread of its own. Law: what is found, and where, is what one thread finds that reads line by line. A
//! line that is no event by itself (an object begins there that does not end, or a list) calls back all that stands behind it: that is read
//! in the other way, and blocks are handed out again behind it. A text that has many such lines is read by one thread.

use std::io::{self, BufRead};

use super::crew::{Crew, Done, Piece, What};
use super::run::{LONGEST, Source};
use super::text::{Envelope, Text, envelope, line, newlines};

/// So many lines are read here behind one that is no event by itself, and twice as many behind the next one.
const CALM: u64 = 16;
const MOST_CALM: u64 = 1 << 24;
/// So many blocks without such a line, and it was an exception.
const REGULAR: u64 = 8;

/// Asks about lines, of which the first has this number. Where one is no event by itself: where it begins, and its number; and whether something
/// stands before it.
pub fn lines(source: &mut Source<'_, '_>, lines: &[u8], first: u64) -> (Option<(usize, u64)>, u64) {
    let (mut behind, mut number, mut begun) = (lines, first, 0);
    while !behind.is_empty() && !source.is_closed() {
        let at = lines.len() - behind.len();
        // Of bytes in memory it does not fail.
        let length = behind.skip_until(b'\n').unwrap_or_default();
        let bytes = lines[at..at + length].trim_ascii();
        let is_read = match bytes.first() {
            None => true,
            Some(b'[') => false,
            Some(b'{') if matches!(envelope(bytes), Envelope::List(_)) => false,
            Some(_) => line(source, bytes, number, &mut None),
        };
        if !is_read {
            return (Some((at, number)), begun);
        }
        begun |= u64::from(!bytes.is_empty());
        number += 1;
    }
    (None, begun)
}

impl<'e> Text<'_, '_, 'e> {
    pub fn read(&mut self) -> io::Result<()> {
        let mut calm = CALM;
        while self.source.crew().is_some() && self.items.is_none() {
            let (is_over, blocks) = self.blocks()?;
            calm = if blocks < REGULAR { calm } else { CALM };
            if is_over || self.lines(calm)? {
                return Ok(());
            }
            calm = (2 * calm).min(MOST_CALM);
        }
        self.lines(u64::MAX).map(|_| ())
    }

    /// Hands out blocks of lines, up to one that is no event by itself, or to the end. Whether that was it, and how many there were.
    fn blocks(&mut self) -> io::Result<(bool, u64)> {
        let mut blocks = 0;
        while !self.source.is_closed() {
            let mut bytes = Vec::new();
            let read = self.input.block(&mut bytes);
            if let Err(error) = read {
                // The line in which it fails is no line.
                let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                self.input.unread(bytes.split_off(whole));
                self.input.failed = Some(error);
                if bytes.is_empty() {
                    let is_called_back = self.settle();
                    return if is_called_back { Ok((false, blocks)) } else { self.input.failed.take().map_or(Ok((true, blocks)), Err) };
                }
            }
            if bytes.is_empty() {
                return Ok((!self.settle(), blocks));
            }
            if bytes.len() as u64 >= LONGEST && !bytes.ends_with(b"\n") {
                self.input.unread(bytes);
                self.settle();
                return Ok((false, blocks));
            }
            blocks += 1;
            if self.give(bytes) {
                return Ok((false, blocks));
            }
        }
        self.settle();
        Ok((true, blocks))
    }

    /// Hands out a block; whether one that came before it is called back, and with it all behind that.
    fn give(&mut self, bytes: Vec<u8>) -> bool {
        let first = self.number + 1;
        self.number += newlines(&bytes) + u64::from(!bytes.ends_with(b"\n"));
        let piece = Piece { file: self.source.file, name: self.source.name.clone(), what: What::Lines(bytes, first) };
        if let Some(crew) = self.source.crew() {
            crew.give(piece);
        }
        while self.source.crew().is_some_and(|crew| crew.is_full()) {
            let Some(done) = self.source.crew().and_then(Crew::next) else { break };
            if self.take(done) {
                return true;
            }
        }
        false
    }

    /// The same of all that are on their way.
    fn settle(&mut self) -> bool {
        while let Some(done) = self.source.crew().and_then(Crew::next) {
            if self.take(done) {
                return true;
            }
        }
        false
    }

    fn take(&mut self, mut done: Done<'e>) -> bool {
        let (rest, bytes) = (done.rest.take(), std::mem::take(&mut done.bytes));
        self.begun |= done.count > 0;
        self.source.take(done);
        let Some((at, number)) = rest else { return false };
        let mut back = bytes[at..].to_vec();
        while let Some(later) = self.source.crew().and_then(Crew::next) {
            back.extend(later.bytes);
        }
        self.input.unread(back);
        self.number = number - 1;
        true
    }
}
