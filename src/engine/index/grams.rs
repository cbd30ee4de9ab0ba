//! Which of many literals stand in a text.
//!
//! In: literals with a number each. Out: of a text the numbers of those that it contains, one as often as it stands there. Law: none is
//! missed; the time for a byte does not depend on how many literals there are, but for those that nearly stand there.
//!
//! Of every literal the four bytes are taken that the fewest others have. A table of bits says of any four bytes whether they are such;
//! where they are, the literals are compared. One look a byte, none of which waits for the one before: faster than an automaton, and a
//! hundredth of its size. Where no literal has less than seven bytes, four times four of each are taken, side by side, of which one begins at
//! every fourth place: then it is one look at four bytes.

use std::collections::HashMap;

/// Shorter literals are found by their first two bytes; of one byte none is taken.
const GRAM: usize = 4;
pub const SHORTEST: usize = 2;
/// Of literals that are long enough.
const STRIDE: usize = 4;

#[derive(Debug)]
pub struct Grams {
    literals: Box<[(Box<str>, u32)]>,
    /// All of them are found at every fourth place.
    strides: bool,
    long: Bits,
    /// By the bytes: places in `entries`.
    table: HashMap<u32, (u32, u32), super::Fast>,
    entries: Box<[Entry]>,
    /// By two bytes; None: no literal is that short.
    short: Option<Box<Short>>,
}

/// A literal, and where its four bytes begin in it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    literal: u32,
    offset: u32,
}

/// A bit for each value of a hash: many where there are many literals.
#[derive(Debug)]
enum Bits {
    None,
    Few(Box<[u64; 64]>),
    Many(Box<[u64; 1024]>),
}

#[derive(Debug)]
struct Short {
    bits: [u64; 1024],
    table: HashMap<u16, Vec<u32>, super::Fast>,
}

impl Grams {
    /// Each of [`SHORTEST`] bytes or more.
    pub fn new<'l>(literals: impl Iterator<Item = (&'l str, u32)>) -> Grams {
        let literals: Box<[(Box<str>, u32)]> = literals.map(|(literal, number)| (Box::from(literal), number)).collect();
        let mut counts: HashMap<u32, u32, super::Fast> = HashMap::default();
        for gram in literals.iter().flat_map(|(literal, _)| grams(literal)) {
            *counts.entry(gram).or_default() += 1;
        }
        let strides = literals.iter().all(|(literal, _)| literal.len() >= GRAM + STRIDE - 1);
        let mut by_gram: HashMap<u32, Vec<Entry>, super::Fast> = HashMap::default();
        let mut short: Option<Box<Short>> = None;
        for (index, (literal, _)) in literals.iter().enumerate() {
            let all: Vec<u32> = grams(literal).collect();
            let rarity = |grams: &[u32]| grams.iter().map(|gram| (counts.get(gram).copied().unwrap_or(0), common(*gram))).max();
            let rarest = all.windows(if strides { STRIDE } else { 1 }).enumerate().min_by_key(|(_, grams)| rarity(grams));
            if let Some((offset, grams)) = rarest {
                for (offset, gram) in (offset..).zip(grams.iter().copied()) {
                    by_gram.entry(gram).or_default().push(Entry { literal: index as u32, offset: offset as u32 });
                }
            } else if let [first, second, ..] = *literal.as_bytes() {
                let short = short.get_or_insert_with(|| Box::new(Short { bits: [0; 1024], table: HashMap::default() }));
                let two = u16::from_le_bytes([first, second]);
                short.bits[usize::from(two >> 6)] |= 1 << (two & 63);
                short.table.entry(two).or_default().push(index as u32);
            }
        }
        let mut long = match by_gram.len() {
            0 => Bits::None,
            1..=256 => Bits::Few(Box::new([0; 64])),
            _ => Bits::Many(Box::new([0; 1024])),
        };
        let (mut table, mut entries) = (HashMap::default(), Vec::new());
        for (gram, of_gram) in by_gram {
            match &mut long {
                Bits::None => {}
                Bits::Few(bits) => set(&mut bits[..], hash::<12>(gram)),
                Bits::Many(bits) => set(&mut bits[..], hash::<16>(gram)),
            }
            table.insert(gram, (entries.len() as u32, of_gram.len() as u32));
            entries.extend(of_gram);
        }
        Grams { literals, strides, long, table, entries: entries.into(), short }
    }

    pub fn find(&self, text: &str, mut each: impl FnMut(u32)) {
        let bytes = text.as_bytes();
        match &self.long {
            Bits::None => {}
            Bits::Few(bits) if self.strides => strided(bytes, |gram, end| {
                let hash = hash::<12>(gram);
                if bits[hash >> 6] >> (hash & 63) & 1 == 1 {
                    self.look(bytes, gram, end, &mut each);
                }
            }),
            Bits::Few(bits) => rolling(bytes, |gram, end| {
                let hash = hash::<12>(gram);
                if bits[hash >> 6] >> (hash & 63) & 1 == 1 {
                    self.look(bytes, gram, end, &mut each);
                }
            }),
            Bits::Many(bits) if self.strides => strided(bytes, |gram, end| {
                let hash = hash::<16>(gram);
                if bits[hash >> 6] >> (hash & 63) & 1 == 1 {
                    self.look(bytes, gram, end, &mut each);
                }
            }),
            Bits::Many(bits) => rolling(bytes, |gram, end| {
                let hash = hash::<16>(gram);
                if bits[hash >> 6] >> (hash & 63) & 1 == 1 {
                    self.look(bytes, gram, end, &mut each);
                }
            }),
        }
        if let Some(short) = &self.short {
            for (at, pair) in bytes.windows(2).enumerate() {
                let two = u16::from_le_bytes([pair[0], pair[1]]);
                if short.bits[usize::from(two >> 6)] >> (two & 63) & 1 == 1 {
                    short.table.get(&two).into_iter().flatten().for_each(|index| self.compare(bytes, at, *index, &mut each));
                }
            }
        }
    }

    #[inline(never)]
    fn look(&self, bytes: &[u8], gram: u32, end: usize, each: &mut impl FnMut(u32)) {
        let Some((first, count)) = self.table.get(&gram) else { return };
        for entry in &self.entries[*first as usize..(*first + *count) as usize] {
            if let Some(start) = end.checked_sub(GRAM + entry.offset as usize) {
                self.compare(bytes, start, entry.literal, each);
            }
        }
    }

    fn compare(&self, bytes: &[u8], start: usize, index: u32, each: &mut impl FnMut(u32)) {
        let (literal, number) = &self.literals[index as usize];
        if bytes[start..].starts_with(literal.as_bytes()) {
            each(*number);
        }
    }
}

/// Every four bytes, and where they end.
fn rolling(bytes: &[u8], mut each: impl FnMut(u32, usize)) {
    let mut gram = 0;
    for (at, byte) in bytes.iter().enumerate() {
        gram = gram >> 8 | u32::from(*byte) << 24;
        each(gram, at + 1);
    }
}

/// The four bytes at every fourth place, and where they end.
fn strided(bytes: &[u8], mut each: impl FnMut(u32, usize)) {
    for (step, four) in bytes.chunks_exact(STRIDE).enumerate() {
        each(u32::from_le_bytes([four[0], four[1], four[2], four[3]]), step * STRIDE + GRAM);
    }
}

fn grams(literal: &str) -> impl Iterator<Item = u32> {
    literal.as_bytes().windows(GRAM).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// As many bits as are asked for.
fn hash<const BITS: u32>(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

fn set(bits: &mut [u64], at: usize) {
    bits[at >> 6] |= 1 << (at & 63);
}

/// How often such bytes stand in texts, roughly: what words are made of is common, what stands between them less so.
fn common(gram: u32) -> u32 {
    let weight = |byte: &u8| match byte {
        b'e' | b'a' | b'i' | b'o' | b's' | b't' | b'r' | b'n' | b'\\' | b'.' | b' ' => 4,
        b'a'..=b'z' => 3,
        b'0'..=b'9' | b':' | b'-' | b'"' => 2,
        _ => 1,
    };
    gram.to_le_bytes().iter().map(weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At every place of a text.
    fn strided_ones(literals: &[&str]) {
        let grams = Grams::new(literals.iter().zip(0..).map(|(literal, number)| (*literal, number)));
        assert!(grams.strides);
        for (number, literal) in literals.iter().enumerate() {
            for shift in 0..9 {
                let text = format!("{}{literal}{}", "x".repeat(shift), "y".repeat(shift % 3));
                let mut found = Vec::new();
                grams.find(&text, |number| found.push(number));
                assert!(found.contains(&(number as u32)), "{text}");
                assert!(found.iter().all(|number| text.contains(literals[*number as usize])), "{text}");
            }
        }
    }

    #[test]
    fn as_a_walk_over_the_literals_finds_them() {
        let words = ["ab", "abc", "abcd", "bcde", "cdefg", "\u{0}\u{0}", "\u{0}abc", "aaaa", "aaaaa", "é", "日本", "-enc", " -e", "e "];
        for count in [words.len(), 9, 1] {
            let more: Vec<String> = if count == words.len() { (0..600).map(|n| format!("word{n}")).collect() } else { Vec::new() };
            let literals: Vec<&str> = words[..count].iter().copied().chain(more.iter().map(String::as_str)).collect();
            let grams = Grams::new(literals.iter().zip(0..).map(|(literal, number)| (*literal, number)));
            let long: Vec<&str> = literals.iter().copied().filter(|literal| literal.len() >= 7).collect();
            assert!(!Grams::new(literals.iter().zip(0..).map(|(literal, number)| (*literal, number))).strides);
            strided_ones(&long);
            for text in ["", "a", "ab", "abc", "\u{0}abc", "xabcdefgh", "aaaaaa", "日本é", "powershell -enc x", "word59 word599", "éab e "]
            {
                let mut found = Vec::new();
                grams.find(text, |number| found.push(number));
                found.sort_unstable();
                found.dedup();
                let wanted: Vec<u32> = (0..literals.len() as u32).filter(|number| text.contains(literals[*number as usize])).collect();
                assert_eq!(found, wanted, "{text}");
            }
        }
    }
}
