//! How a scalar is written: which bytes of the file stand for which of its value.
//!
//! In: a scalar and the slice of the file that it was read from. Out: its [`Letters`]. Law: quotes, escapes and folded lines are walked as
//! the specification of YAML reads them; where value and slice do not agree, nothing is said of either.

use super::{Style, Text};
use crate::letters::Letters;

/// Walks a value and what stands in the file for it, side by side. `slice`: the scalar with its quotes, `at`: where it begins.
pub fn letters(scalar: &Text, slice: &str, at: usize) -> Option<Letters> {
    let mut letters = Letters::default();
    let (mut left, mut rest) = (scalar.text.as_str(), slice);
    if let Style::Single | Style::Double = scalar.style {
        let quote = if scalar.style == Style::Single { '\'' } else { '"' };
        rest = rest.strip_prefix(quote)?.strip_suffix(quote)?;
    }
    let end = at + slice.len() - usize::from(matches!(scalar.style, Style::Single | Style::Double));
    while let Some(first) = left.chars().next() {
        let here = end - rest.len();
        let (value, text, same) = match (breaks(rest), scalar.style) {
            // Lines are folded or kept; whatever blanks stand around their ends stand for the value's.
            (Some((blanks, 1)), Style::Plain | Style::Single | Style::Double) => (1, blanks, false),
            (Some((blanks, lines)), Style::Plain | Style::Single | Style::Double) => (lines - 1, blanks, false),
            (Some((blanks, _)), Style::Block) => (left.len() - left.trim_start_matches([' ', '\t', '\n']).len(), blanks, false),
            (None, Style::Single) if rest.starts_with("''") => (1, 2, false),
            (None, Style::Double) if rest.starts_with('\\') => match escape(rest)? {
                // The line goes on.
                (text, true) => (0, text, false),
                (text, false) => (first.len_utf8(), text, false),
            },
            // The last line ends, which `slice` leaves out.
            (None, Style::Block) if rest.is_empty() && left.trim_start_matches([' ', '\t', '\n']).is_empty() => return Some(letters),
            // Blanks on both sides are taken together: each run of them is looked at once.
            (None, _) if is_blank(first) && rest.starts_with(first) => {
                let same = left.bytes().zip(rest.bytes()).take_while(|(value, text)| value == text && is_blank(char::from(*text))).count();
                (same, same, true)
            }
            (None, _) if rest.starts_with(first) => (first.len_utf8(), first.len_utf8(), true),
            (None, _) => return None,
        };
        left = left.get(value..)?;
        rest = rest.get(text..)?;
        if value > 0 {
            letters.push(value, here..here + text, same);
        }
    }
    Some(letters)
}

/// Blanks and line ends that stand next, if a line ends among them, and how many do.
fn breaks(text: &str) -> Option<(usize, usize)> {
    if !text.starts_with([' ', '\t', '\n', '\r']) {
        return None;
    }
    let after = text.trim_start_matches([' ', '\t']);
    if !after.starts_with(['\n', '\r']) {
        return None;
    }
    let len = text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len();
    let lines = text[..len].bytes().filter(|byte| *byte == b'\n').count();
    // A carriage return alone ends a line too.
    Some((len, lines.max(1)))
}

/// The length of the escape that stands next, and whether it only joins two lines.
fn escape(text: &str) -> Option<(usize, bool)> {
    let kind = text[1..].chars().next()?;
    Some(match kind {
        'x' => (4, false),
        'u' => {
            // Two halves of one letter.
            let high = u32::from_str_radix(text.get(2..6)?, 16).is_ok_and(|code| (0xd800..0xdc00).contains(&code));
            (if high { 12 } else { 6 }, false)
        }
        'U' => (10, false),
        '\n' | '\r' => (1 + breaks(&text[1..])?.0, true),
        kind => (1 + kind.len_utf8(), false),
    })
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}
