//! UTF-16, as PowerShell and Windows' editors write text, to UTF-8.
//!
//! In: bytes of UTF-16, in either order, without a byte order mark. Out: the same text in UTF-8. Law: what is no character there (half a pair, half a unit at the
//! end) is no UTF-8 here: a byte that no text has, so that who reads the text says what becomes of it.

use std::io::{self, BufRead, Read};

pub struct Utf16<R> {
    input: R,
    /// The byte that counts more stands first.
    is_big: bool,
    /// What is read and not handed on, and how much of it was.
    text: Vec<u8>,
    at: usize,
    /// Half a unit, or half a pair, whose other half is not read yet.
    rest: Vec<u8>,
}

/// How it begins: with a mark, or with the first character of JSON. The length of the mark, and the order.
pub fn order(head: &[u8]) -> Option<(usize, bool)> {
    match head {
        [0xff, 0xfe, 1..=0xff, 0, ..] => Some((2, false)),
        [0xfe, 0xff, 0, 1..=0xff, ..] => Some((2, true)),
        [b'{' | b'[', 0, 1..=0xff, 0, ..] => Some((0, false)),
        [0, b'{' | b'[', 0, 1..=0xff, ..] => Some((0, true)),
        _ => None,
    }
}

/// No text in UTF-8 has this byte.
const NONE: u8 = 0xff;

impl<R: BufRead> Utf16<R> {
    pub fn new(input: R, is_big: bool) -> Utf16<R> {
        Utf16 { input, is_big, text: Vec::new(), at: 0, rest: Vec::new() }
    }

    /// Reads on; false: nothing comes any more.
    fn fill(&mut self) -> io::Result<bool> {
        let block = self.input.fill_buf()?;
        let (length, is_over) = (block.len(), block.is_empty());
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(block);
        self.input.consume(length);
        (self.text, self.at) = (Vec::with_capacity(bytes.len()), 0);
        let (pairs, odd) = bytes.as_chunks::<2>();
        let unit = |pair: &[u8; 2]| if self.is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
        let is_half = |pair: &[u8; 2]| matches!(unit(pair), 0xd800..0xdc00);
        let held = usize::from(!is_over && pairs.last().is_some_and(is_half));
        let (now, later) = pairs.split_at(pairs.len() - held);
        for decoded in char::decode_utf16(now.iter().map(unit)) {
            match decoded {
                Ok(c) => self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(_) => self.text.push(NONE),
            }
        }
        if is_over {
            self.text.extend(odd.iter().map(|_| NONE));
        } else {
            self.rest = [later.as_flattened(), odd].concat();
        }
        Ok(!is_over || !self.text.is_empty())
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let read = (self.text.len() - self.at).min(buffer.len());
        buffer[..read].copy_from_slice(&self.text[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever what is read at once ends.
    #[test]
    fn text_in_either_order() {
        let text = "{\"é\": \"😀\r\n\"}";
        for is_big in [false, true] {
            let bytes: Vec<u8> =
                text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            assert_eq!(order(&bytes), Some((0, is_big)));
            for size in 1..bytes.len() {
                let input = std::io::BufReader::with_capacity(size, &bytes[..]);
                let mut read = String::new();
                Utf16::new(input, is_big).read_to_string(&mut read).expect("UTF-8");
                assert_eq!(read, text);
            }
        }
        let mut read = Vec::new();
        Utf16::new(&b"a\0\x00\xd8b\0\x00\xd8c"[..], false).read_to_end(&mut read).expect("bytes");
        assert_eq!(read, b"a\xffb\xff\xff");
        assert_eq!(
            (order(b"\xff\xfea\0"), order(b"\xfe\xff\0a"), order(b"\xff\xfe\0\0"), order(b"{\"a\"")),
            (Some((2, false)), Some((2, true)), None, None)
        );
    }
}
