//! `dashes(..)`, `base64(..)`, `utf16(..)`: what the functions of constants make of a text.
//!
//! They follow Sigma's modifiers, whose rules they carry. `dashes` is `windash`: each dash or slash that begins a word becomes any of
//! `-`, `/`, en dash, em dash, horizontal bar. `base64` is `base64offset`: what the text looks like inside a longer base64 text, at each
//! of the three alignments; it respects case, whatever is around it. `utf16` is `utf16le`, without a byte order mark.

/// A text on its way: bytes, since `utf16` inside `base64` is none.
pub type Bytes = Vec<u8>;

/// More spellings of one text than this are refused.
const MOST: usize = 125;

const DASHES: [&str; 5] = ["-", "/", "\u{2013}", "\u{2014}", "\u{2015}"];

/// The text with each such dash as each of them; none where there would be more than [`MOST`].
pub fn dashes(text: &str) -> Option<Vec<String>> {
    let mut spellings = vec![String::new()];
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let begins = matches!(c, '-' | '/') && !before.is_some_and(is_word) && characters.peek().copied().is_some_and(is_word);
        if begins {
            if spellings.len() * DASHES.len() > MOST {
                return None;
            }
            spellings = spellings.iter().flat_map(|start| DASHES.iter().map(move |dash| format!("{start}{dash}"))).collect();
        } else {
            spellings.iter_mut().for_each(|spelling| spelling.push(c));
        }
        before = Some(c);
    }
    // as written first
    let at = spellings.iter().position(|spelling| spelling == text).unwrap_or(0);
    spellings.swap(0, at);
    Some(spellings)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The part of the encoding that depends on these bytes alone, at each of the three places in a group of three.
pub fn base64(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|before| {
            let mut padded = vec![0; before];
            padded.extend_from_slice(bytes);
            let sure = padded.len() * 8 / 6;
            let skipped = (before * 8).div_ceil(6);
            encode(&padded).chars().take(sure).skip(skipped).collect()
        })
        .collect()
}

/// RFC 4648, without padding.
pub fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for index in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * index) & 63) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_what_sigma_makes_of_it() {
        // SigmaHQ's specification, modifier base64offset, for `foobar`
        assert_eq!(base64(b"foobar"), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        assert_eq!(base64(&utf16("IEX"))[0], "SQBFAFgA");
    }

    #[test]
    fn dashes_are_those_that_begin_a_word() {
        assert_eq!(dashes("/create").unwrap(), ["/create", "-create", "\u{2013}create", "\u{2014}create", "\u{2015}create"]);
        assert_eq!(dashes("a-b").unwrap(), ["a-b"]);
        assert_eq!(dashes(" -a -b").unwrap().len(), 25);
        assert_eq!(dashes(" -a -b -c -d"), None);
    }
}
