//! The texts of Sigma: wildcards and their escapes.
//!
//! `*` is any run, `?` one character. A backslash before `*`, `?` or another backslash takes away its meaning; before anything else, and at
//! the end, it is a backslash.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `*`
    Any,
    /// `?`
    One,
}

/// A text as a pattern; neighbours of one kind are one piece.
pub fn pieces(written: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => letters.next_if(|next| matches!(next, '\\' | '*' | '?')).unwrap_or('\\'),
            '*' => {
                push(&mut pieces, Piece::Any);
                continue;
            }
            '?' => {
                push(&mut pieces, Piece::One);
                continue;
            }
            letter => letter,
        };
        match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(letter),
            Some(Piece::Any | Piece::One) | None => pieces.push(Piece::Text(letter.to_string())),
        }
    }
    pieces
}

/// Appends a piece.
pub fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
        (Some(Piece::Any), Piece::Any) => {}
        (_, piece) => pieces.push(piece),
    }
}

/// Whether a text as a whole is one that the pattern means; letters of ASCII compare without case.
pub fn matches(pieces: &[Piece], text: &str) -> bool {
    let (mut left, mut rest) = (pieces, text);
    // The last `*`: what stands behind it, and where that is looked for next. An earlier one need not be looked at again.
    let mut again: Option<(&[Piece], &str)> = None;
    loop {
        match left.split_first() {
            Some((Piece::Any, after)) => {
                again = Some((after, rest));
                left = after;
                continue;
            }
            None if rest.is_empty() => return true,
            Some((piece, after)) => {
                if let Some(len) = taken(piece, rest) {
                    (left, rest) = (after, &rest[len..]);
                    continue;
                }
            }
            None => {}
        }
        let Some((after, from)) = again else { return false };
        let Some(first) = from.chars().next() else { return false };
        let from = &from[first.len_utf8()..];
        again = Some((after, from));
        (left, rest) = (after, from);
    }
}

/// How much of the text a text, or one character, takes at its start.
fn taken(piece: &Piece, text: &str) -> Option<usize> {
    match piece {
        Piece::Text(wanted) => text.get(..wanted.len()).filter(|head| head.eq_ignore_ascii_case(wanted)).map(str::len),
        Piece::One => text.chars().next().map(char::len_utf8),
        Piece::Any => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn a_backslash_escapes_wildcards_and_itself() {
        assert_eq!(pieces(r"C:\Windows\*\x?.exe"), [text(r"C:\Windows*\x"), Piece::One, text(".exe")]);
        assert_eq!(pieces(r"C:\Windows\\*"), [text(r"C:\Windows\"), Piece::Any]);
        assert_eq!(pieces(r"a\\b\c"), [text(r"a\b\c")]);
        assert_eq!(pieces(r"\\\*\"), [text(r"\*\")]);
        assert_eq!(pieces("**"), [Piece::Any]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn a_pattern_means_whole_texts_without_case() {
        for (pattern, whole, is) in [
            ("a*C", "AbbbC", true),
            ("a*c", "abcd", false),
            ("?", "ü", true),
            ("", "", true),
            ("*", "", true),
            ("a?", "a", false),
            ("*a*b", "xaab", true),
            ("*ab", "aab", true),
            ("*a?b*", "aaxb", true),
            ("a**", "a", true),
        ] {
            assert_eq!(matches(&pieces(pattern), whole), is, "{pattern} {whole}");
        }
    }
}
