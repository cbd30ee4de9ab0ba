//! Input of which a part is read again: what was taken for something else, and what other threads gave back.
//!
//! In: bytes. Out: the same bytes, those first that were put back. Law: an error of reading comes where it stood, behind what was put back.

use std::io::{self, BufRead, Read};

use super::run::LONGEST;
use super::stop::Idle;

/// How much another thread gets at a time, up to the end of a line.
const BLOCK: u64 = 1 << 19;

pub fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let block = input.fill_buf()?;
        if block.is_empty() {
            return Ok(());
        }
        let end = block.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(block.len(), |end| end + 1);
        input.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}

/// Input of which a part is read again.
pub struct Again {
    back: Vec<u8>,
    at: usize,
    input: Box<dyn BufRead>,
    /// What reading on gives.
    pub failed: Option<io::Error>,
    /// Of standard input: whether it waits.
    idle: Option<Idle>,
}

impl Again {
    pub fn new(input: Box<dyn BufRead>, idle: Option<Idle>) -> Again {
        Again { back: Vec::new(), at: 0, input, failed: None, idle }
    }

    /// Whether nothing came for a while.
    pub fn is_idle(&mut self) -> io::Result<bool> {
        let Some(idle) = self.idle.as_ref().filter(|_| self.at >= self.back.len()) else { return Ok(false) };
        match idle.asking(|| self.input.fill_buf().map(|_| ())) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            read => read.map(|()| false),
        }
    }

    /// Lines, up to the end of one, or as much of one as is ever kept.
    pub fn block(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        into.reserve(BLOCK as usize + 4096);
        self.take(BLOCK).read_to_end(into)?;
        if into.len() as u64 == BLOCK && !into.ends_with(b"\n") {
            self.take(LONGEST - BLOCK).read_until(b'\n', into)?;
        }
        Ok(())
    }

    /// One block more of what comes next is there to be looked at. False: there is none.
    pub fn more(&mut self) -> io::Result<bool> {
        if self.failed.is_some() {
            return Ok(false);
        }
        let mut next = self.back.split_off(self.at.min(self.back.len()));
        let first = if next.is_empty() { take(&mut self.input, &mut next) } else { Ok(()) };
        let before = next.len();
        let read = first.and_then(|()| take(&mut self.input, &mut next));
        (self.back, self.at) = (next, 0);
        read.map(|()| self.back.len() > before)
    }

    /// The bytes come next.
    pub fn unread(&mut self, mut bytes: Vec<u8>) {
        // Mostly they have come from here.
        if let Some(start) = self.at.checked_sub(bytes.len())
            && self.back.get(start..self.at) == Some(&bytes)
        {
            self.at = start;
            return;
        }
        bytes.extend_from_slice(&self.back[self.at..]);
        (self.back, self.at) = (bytes, 0);
    }
}

/// What the reader has at hand, or reads next.
fn take(input: &mut dyn BufRead, into: &mut Vec<u8>) -> io::Result<()> {
    let block = input.fill_buf()?;
    into.extend_from_slice(block);
    let length = block.len();
    input.consume(length);
    Ok(())
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A large piece goes where it is wanted without a stop.
        if self.at >= self.back.len() && self.failed.is_none() {
            return self.input.read(buffer);
        }
        let mut block = self.fill_buf()?;
        let read = block.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Again {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.back.len() {
            return Ok(&self.back[self.at..]);
        }
        self.failed.take().map_or_else(|| self.input.fill_buf(), Err)
    }

    fn consume(&mut self, count: usize) {
        if self.at < self.back.len() {
            self.at += count;
        } else {
            self.input.consume(count);
        }
    }
}
