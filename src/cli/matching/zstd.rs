//! zstd, unpacked frame by frame.
//!
//! In: compressed bytes. Out: the bytes of all frames, one after the other; frames that are to be skipped are. Law: memory is that of one
//! window, of which the decoder takes no more than it is made for; a frame with a checksum is held to it. Where a frame breaks off or is damaged,
//! the blocks before that place are given out first, and the error comes behind them.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

pub struct Zstd<R> {
    input: R,
    decoder: FrameDecoder,
    /// A frame is begun.
    open: bool,
    /// What is to be said once the blocks before it are given out.
    failed: Option<io::Error>,
}

/// How much is unpacked at once.
const STEP: usize = 1 << 17;
/// A last block that is raw and empty, and room for a checksum. The decoder keeps a window of what it has until a frame ends: behind a block that
/// cannot be read this ends it.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl<R: BufRead> Zstd<R> {
    pub fn new(input: R) -> Zstd<R> {
        Zstd { input, decoder: FrameDecoder::new(), open: false, failed: None }
    }

    /// Begins the next frame; false: there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.input) {
                Ok(()) => {
                    self.open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut (&mut self.input).take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(false)
    }

    /// A decoder that finds nothing more to read says so in many ways: what counts is that nothing is there.
    fn failed(&mut self, error: FrameDecoderError) -> io::Error {
        match self.input.fill_buf() {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => io::Error::other(error.to_string()),
            Err(error) => error,
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.open || self.begin()? {
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                if let Err(error) = self.decoder.decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBytes(STEP)) {
                    let failed = self.failed(error);
                    if self.failed.is_some() || self.decoder.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::All).is_err() {
                        return Err(self.failed.take().unwrap_or(failed));
                    }
                    self.failed = Some(failed);
                }
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            self.open = false;
            let stated = self.decoder.get_checksum_from_data();
            if stated.is_some() && stated != self.decoder.get_calculated_checksum() {
                return Err(io::Error::other("wrong checksum"));
            }
        }
        Ok(0)
    }
}
