//! gzip, unpacked member by member.
//!
//! In: compressed bytes. Out: the bytes of all members, one after the other. Law: zeros behind a member fill up a block of a tape or a disk, and are
//! passed over as gzip itself does; anything else there is a mistake.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

pub struct Gzip<R> {
    /// None: nothing comes any more.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gzip<R> {
    pub fn new(input: R) -> Gzip<R> {
        Gzip { member: Some(GzDecoder::new(input)) }
    }

    /// Begins the next member, if there is one.
    fn next(&mut self) -> io::Result<()> {
        let Some(mut input) = self.member.take().map(GzDecoder::into_inner) else { return Ok(()) };
        loop {
            let block = input.fill_buf()?;
            let zeros = block.iter().take_while(|byte| **byte == 0).count();
            let is_over = block.is_empty();
            let is_more = zeros < block.len();
            input.consume(zeros);
            if is_over {
                return Ok(());
            }
            if is_more {
                self.member = Some(GzDecoder::new(input));
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.next()?;
        }
        Ok(0)
    }
}
