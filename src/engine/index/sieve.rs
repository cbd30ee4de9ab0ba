//! Whether any of some literals may stand in an event, asked of the text it was written in.
//!
//! In: literals that rules look for anywhere in an event; the event's own line of JSON. Out: false only where none of them is in the event.
//! Law: a literal is sought by a run of its characters that writers of JSON write as themselves, and that no number is written with; so an
//! event whose line has no such run has no such literal, if the line spells none of these by its number and holds none of the two that fold
//! to one of ASCII ([`crate::engine::Fields::written`]).
//!
//! Putting an event's values together, one a line and folded, costs more than all else that is asked of most events. A run of seven has
//! four bytes at one of every four places, so a look at every fourth is enough.

use std::collections::HashMap;

use super::Fast;

const GRAM: usize = 4;
/// Small enough to stay near, large enough to be nearly empty.
const TABLE: usize = 1 << 13;

#[derive(Debug)]
pub struct Sieve {
    stride: usize,
    /// By the hash of four bytes: 1 where some run has such.
    table: Box<[u8; TABLE]>,
    /// By four bytes: the runs that have them, and where.
    grams: HashMap<u32, Vec<(u32, u32)>, Fast>,
    runs: Box<[Box<[u8]>]>,
}

impl Sieve {
    /// None: one of the literals has no run that is long enough. They are folded.
    pub fn new<'l>(literals: impl Iterator<Item = &'l str>) -> Option<Sieve> {
        let runs: Box<[Box<[u8]>]> = literals.map(run).collect::<Option<_>>()?;
        let shortest = runs.iter().map(|run| run.len()).min()?;
        let stride = [8, 4, 1].into_iter().find(|stride| stride + GRAM - 1 <= shortest)?;
        let (mut table, mut grams) = (Box::new([0; TABLE]), HashMap::<u32, Vec<(u32, u32)>, Fast>::default());
        for (index, run) in runs.iter().enumerate() {
            for (offset, four) in run.windows(GRAM).take(stride).enumerate() {
                let gram = word(four);
                table[hash(gram)] = 1;
                grams.entry(gram).or_default().push((index as u32, offset as u32));
            }
        }
        Some(Sieve { stride, table, grams, runs })
    }

    pub fn may_hold(&self, line: &str) -> bool {
        let bytes = line.as_bytes();
        match self.stride {
            8 => self.sift::<8, 32>(bytes),
            4 => self.sift::<4, 16>(bytes),
            _ => bytes.windows(GRAM).enumerate().any(|(at, four)| self.holds(bytes, word(four), at)),
        }
    }

    /// Four steps are looked at together: in most lines none of them is anything.
    fn sift<const STRIDE: usize, const FOUR: usize>(&self, bytes: &[u8]) -> bool {
        let (blocks, _) = bytes.as_chunks::<FOUR>();
        for (block, at) in blocks.iter().zip((0..).step_by(FOUR)) {
            let gram = |step: usize| word(&block[step * STRIDE..step * STRIDE + GRAM]);
            let grams = [gram(0), gram(1), gram(2), gram(3)];
            let any = self.table[hash(grams[0])] | self.table[hash(grams[1])] | self.table[hash(grams[2])] | self.table[hash(grams[3])];
            if any != 0 && grams.iter().enumerate().any(|(step, gram)| self.holds(bytes, *gram, at + step * STRIDE)) {
                return true;
            }
        }
        let mut rest = (blocks.len() * FOUR..bytes.len()).step_by(STRIDE);
        rest.any(|at| bytes.get(at..at + GRAM).is_some_and(|four| self.holds(bytes, word(four), at)))
    }

    #[inline(always)]
    fn holds(&self, bytes: &[u8], gram: u32, at: usize) -> bool {
        self.table[hash(gram)] == 1 && self.stands(bytes, gram, at)
    }

    #[inline(never)]
    fn stands(&self, bytes: &[u8], gram: u32, at: usize) -> bool {
        self.grams.get(&gram).into_iter().flatten().any(|(index, offset)| {
            let run = &self.runs[*index as usize];
            let here = at.checked_sub(*offset as usize).and_then(|start| bytes.get(start..start + run.len()));
            here.is_some_and(|here| here.iter().zip(run).all(|(one, other)| one | 0x20 == *other))
        })
    }
}

/// Whether every writer of JSON writes the character as itself. JSON escapes quotes and backslashes, some escape slashes, and those that
/// think of HTML spell `<`, `>`, `&` and `'` by their numbers: Go's (Beats), .NET's (`ConvertTo-Json`).
pub fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'/' | b'<' | b'>' | b'&' | b'\'')
}

/// The longest run of a literal that stands in the line as it is, with the bit set that tells letters by case.
fn run(literal: &str) -> Option<Box<[u8]>> {
    let runs =
        literal.as_bytes().split(|byte| !is_plain(*byte)).filter(|run| run.iter().any(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-')));
    runs.max_by_key(|run| run.len()).map(|run| run.iter().map(|byte| byte | 0x20).collect())
}

#[inline(always)]
fn word(four: &[u8]) -> u32 {
    u32::from_le_bytes([four[0], four[1], four[2], four[3]]) | 0x2020_2020
}

#[inline(always)]
fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (u32::BITS - TABLE.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_held_back() {
        let words = ["sekurlsa::", r"\perfc.dat", "gentilkiwi.com", "x-1234567", "lsadump::"];
        for count in 1..=words.len() {
            let sieve = Sieve::new(words[..count].iter().copied()).expect("long runs");
            for (index, word) in words.iter().enumerate() {
                for shift in 0..9 {
                    let line = format!("{{\"{}\":\"{}\"}}", "a".repeat(shift), word.replace('\\', "\\\\").to_uppercase());
                    assert_eq!(sieve.may_hold(&line), index < count, "{line}");
                }
            }
            assert!(!sieve.may_hold("") && !sieve.may_hold("{}"));
        }
        for none in [&["ab"][..], &["1234567.89"], &[r#"a"b\c/d"#], &["ab<c>d&e'f"], &["éééé"], &["gentilkiwi.com", "abc"]] {
            assert!(Sieve::new(none.iter().copied()).is_none(), "{none:?}");
        }
    }
}
