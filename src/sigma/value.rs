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
        match letter {
            '\\' => push(&mut pieces, Piece::Text(letters.next_if(|next| matches!(next, '\\' | '*' | '?')).unwrap_or('\\').to_string())),
            '*' => push(&mut pieces, Piece::Any),
            '?' => push(&mut pieces, Piece::One),
            letter => push(&mut pieces, Piece::Text(letter.to_string())),
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
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Text(wanted), rest)) => {
            text.get(..wanted.len()).is_some_and(|head| head.eq_ignore_ascii_case(wanted)) && matches(rest, &text[wanted.len()..])
        }
        Some((Piece::One, rest)) => text.chars().next().is_some_and(|first| matches(rest, &text[first.len_utf8()..])),
        Some((Piece::Any, rest)) => text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..])),
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
        for (pattern, whole, is) in
            [("a*C", "AbbbC", true), ("a*c", "abcd", false), ("?", "ü", true), ("", "", true), ("*", "", true), ("a?", "a", false)]
        {
            assert_eq!(matches(&pieces(pattern), whole), is, "{pattern} {whole}");
        }
    }
}
