//! Where quotes, backslashes and control characters stand in a text of JSON, and the text without its escapes.
//!
//! In: bytes; a text that a scan has cut. Out: one place after the other; the text as it is meant. Law: no mark is passed over. A bit for each byte
//! is made 64 bytes at a time as somebody goes along, so that a text of few marks costs little and one of many a few steps for each.

use memchr::memmem;
use wide::u8x16;

use crate::engine::index::sieve::is_plain;

/// A walk along a text.
pub struct Marks<'t> {
    bytes: &'t [u8],
    /// Where the bits at hand begin.
    block: usize,
    bits: u64,
}

const BLOCK: usize = 64;

impl<'t> Marks<'t> {
    pub fn new(bytes: &'t [u8]) -> Marks<'t> {
        Marks { bytes, block: 0, bits: marks(bytes, 0) }
    }

    /// The place of the next of them, from here on.
    #[inline]
    pub fn next(&mut self, at: usize) -> Option<usize> {
        let mut from = at;
        loop {
            let block = from & !(BLOCK - 1);
            if block != self.block {
                (self.block, self.bits) = (block, marks(self.bytes, block));
            }
            let left = self.bits >> (from & (BLOCK - 1));
            if left != 0 {
                return Some(from + left.trailing_zeros() as usize);
            }
            from = block + BLOCK;
            if from >= self.bytes.len() {
                return None;
            }
        }
    }
}

fn marks(bytes: &[u8], from: usize) -> u64 {
    let rest = bytes.get(from..).unwrap_or_default();
    if let Some(block) = rest.first_chunk() {
        return marks_of(block);
    }
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    marks_of(&block)
}

#[inline]
fn marks_of(block: &[u8; BLOCK]) -> u64 {
    const LANES: usize = 16;
    let (quote, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(0x1f));
    let (lanes, _) = block.as_chunks::<LANES>();
    lanes.iter().rev().fold(0, |bits, lane| {
        let lane = u8x16::new(*lane);
        let found = lane.simd_eq(quote) | lane.simd_eq(backslash) | lane.min(control).simd_eq(lane);
        bits << LANES | u64::from(found.to_bitmask())
    })
}

/// Whether the four digits behind `\\u` are the number of a character that somebody may look for in the line: one that is written plainly
/// elsewhere, or that folds to such. None: they are no digits, or the half of a pair, which are for who reads them.
pub fn spells(digits: &[u8]) -> Option<bool> {
    let code = digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))?;
    let folds = || char::from_u32(code).is_some_and(|c| matches!(c, '\u{17f}' | '\u{212a}'));
    let is_half = (0xd800..0xe000).contains(&code);
    (!is_half).then(|| u8::try_from(code).map_or_else(|_| folds(), is_plain))
}

/// Whether any number in a text of JSON spells such a one, or stands for nothing known.
pub fn is_spelled(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_escape = |at: usize| bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    let digits = |at: usize| bytes.get(at + 2..at + 6);
    memmem::find_iter(bytes, b"\\u").any(|at| is_escape(at) && digits(at).and_then(spells) != Some(false))
}

/// Appends the text that a scan has cut.
pub fn unescape(escaped: &str, into: &mut String) {
    into.reserve(escaped.len());
    let bytes = escaped.as_bytes();
    let mut marks = Marks::new(bytes);
    // What was not written yet; a character that its escape shows as itself begins the next run.
    let (mut run, mut at) = (0, 0);
    while let Some(mark) = marks.next(at) {
        into.push_str(escaped.get(run..mark).unwrap_or_default());
        let mut put = |c: Option<char>, length: usize| {
            into.extend(c);
            run = mark + length;
        };
        match bytes.get(mark + 1) {
            Some(b'b') => put(Some('\u{8}'), 2),
            Some(b'f') => put(Some('\u{c}'), 2),
            Some(b'n') => put(Some('\n'), 2),
            Some(b'r') => put(Some('\r'), 2),
            Some(b't') => put(Some('\t'), 2),
            Some(b'u') => {
                let code = escaped.get(mark + 2..mark + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                put(code.and_then(char::from_u32), 6);
            }
            _ => run = mark + 1,
        }
        at = run.max(mark + 2);
    }
    into.push_str(escaped.get(run..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At every place of texts of every length around a block, and from every place on.
    #[test]
    fn no_mark_is_passed_over() {
        for length in [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 129] {
            for mark in [b'"', b'\\', 0, b'\n', 0x1f] {
                for place in 0..length {
                    let mut bytes = vec![b' '; length];
                    (bytes[place], bytes[length - 1]) = (mark, mark);
                    let mut marks = Marks::new(&bytes);
                    for from in 0..=length {
                        let wanted = (from..length).find(|at| bytes[*at] == mark);
                        assert_eq!(marks.next(from), wanted, "{mark} at {place} of {length} from {from}");
                    }
                }
            }
            let plain = "é~ \u{7f}!#[]".repeat(length);
            assert_eq!(Marks::new(plain.as_bytes()).next(0), None);
        }
    }

    #[test]
    fn a_letter_spelled_by_its_number_is_seen() {
        for (text, wanted) in [
            (r"\\u0041", false),
            (r"\u0041", true),
            (r"\u003c\u003E\u0026\u0027\u0022\u005c\u002f\u0007\u007f\u00e9\u20ac", false),
            (r"\u0061", true),
            (r"\u0020", true),
            (r"\u017F", true),
            (r"\u212a", true),
            (r"\ud83d\ude00", true),
            (r"\u00", true),
            (r"\u+041", true),
        ] {
            assert_eq!(is_spelled(text), wanted, "{text}");
        }
    }

    #[test]
    fn an_escape_is_what_it_means() {
        let long = "x".repeat(70);
        for text in ["", "plain", "a\"b\\c/d", "\u{8}\u{c}\n\r\t", "é\u{1}ſ", "\\\\", "\\", "\"", &format!("{long}\\\"{long}\n")] {
            let json = serde_json::to_string(text).expect("text");
            let mut found = String::new();
            unescape(&json[1..json.len() - 1], &mut found);
            assert_eq!(found, text, "{json}");
        }
        let mut found = String::new();
        unescape(r"\/\u0041\\u0041\u00e9", &mut found);
        assert_eq!(found, r"/A\u0041é");
    }
}
