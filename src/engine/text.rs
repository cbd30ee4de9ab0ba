//! The matcher's ways to compare texts.
//!
//! In: a text and a pattern, both folded beforehand unless case counts. Out: whether it passes. All work on bytes of UTF-8 without
//! allocating; no character of a pattern means anything but itself, except in a [`Glob`].

use crate::hir::{LikePart, LikePattern};

/// `needle` stands in the text, bounded by no ASCII letter or digit wherever its own edge is one (`edges`: as it was written).
/// What bounds it is looked up in the text before folding, since `K` (U+212A) folds to a letter of ASCII and is none.
pub fn has(text: &str, original: &str, needle: &str, edges: Edges) -> bool {
    let mut from = 0;
    while let Some(found) = text[from..].find(needle) {
        let start = from + found;
        let end = start + needle.len();
        let (before, after) = if original.len() == text.len() && original.is_ascii() {
            (word_before(original, start), word_after(original, end))
        } else {
            let at = |byte: usize| original.char_indices().nth(text[..byte].chars().count()).map_or(original.len(), |(at, _)| at);
            (word_before(original, at(start)), word_after(original, at(end)))
        };
        if !(edges.first && before || edges.last && after) {
            return true;
        }
        let Some(first) = text[start..].chars().next() else { return false };
        from = start + first.len_utf8();
    }
    false
}

/// Which edges of a pattern are ASCII letters or digits.
#[derive(Clone, Copy, Debug)]
pub struct Edges {
    pub first: bool,
    pub last: bool,
}

impl Edges {
    pub fn of(pattern: &str) -> Edges {
        Edges { first: word_after(pattern, 0), last: word_before(pattern, pattern.len()) }
    }
}

fn word_before(text: &str, at: usize) -> bool {
    text.as_bytes()[..at].last().is_some_and(u8::is_ascii_alphanumeric)
}

fn word_after(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// A literal of [`below_path`]: one kind of slash, none at the end.
pub fn path_stem(literal: &str) -> String {
    literal.replace('/', "\\").trim_end_matches('\\').to_owned()
}

/// This path or one below it, with either slash.
pub fn below_path(text: &str, stem: &str) -> bool {
    let backslash = |byte: &u8| if *byte == b'/' { b'\\' } else { *byte };
    let (text, stem) = (text.as_bytes(), stem.as_bytes());
    text.len() >= stem.len()
        && text.iter().map(backslash).zip(stem).all(|(left, right)| left == *right)
        && text.get(stem.len()).map(backslash).is_none_or(|next| next == b'\\')
}

/// This key of the registry or one below it.
pub fn below_key(text: &str, key: &str) -> bool {
    text.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
}

/// This domain, or a name in it. The literal has no final dot.
pub fn below_name(text: &str, name: &str) -> bool {
    let text = text.trim_end_matches('.');
    text.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The host of a URL; a bare host is itself.
pub fn url_host(url: &str) -> &str {
    let start = match url.find("://") {
        Some(at) if !url[..at].contains(['/', '?', '#']) => at + 3,
        _ if url.starts_with("//") => 2,
        _ => 0,
    };
    let authority = &url[start..];
    let authority = authority.find(['/', '?', '#', '\\']).map_or(authority, |end| &authority[..end]);
    let host = authority.rfind('@').map_or(authority, |at| &authority[at + 1..]);
    if let Some(inner) = host.strip_prefix('[')
        && let Some(end) = inner.find(']')
    {
        return &inner[..end];
    }
    host.find(':').map_or(host, |port| &host[..port])
}

/// After the last `@`; of a text without one, nothing.
pub fn email_domain(address: &str) -> Option<&str> {
    address.rfind('@').map(|at| &address[at + 1..])
}

/// A `like` pattern, character by character.
#[derive(Debug)]
pub struct Glob(Box<[Token]>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Is(char),
    One,
    Any,
}

impl Glob {
    /// `fold` is the identity where case counts.
    pub fn new(pattern: &LikePattern, fold: impl Fn(char) -> char) -> Glob {
        let mut tokens = Vec::new();
        for part in &pattern.0 {
            match part {
                LikePart::Literal(literal) => tokens.extend(literal.chars().map(|c| Token::Is(fold(c)))),
                LikePart::One => tokens.push(Token::One),
                LikePart::Any => tokens.push(Token::Any),
            }
        }
        Glob(tokens.into())
    }

    /// The whole text. On a mismatch only the last `*` takes one character more: an earlier one need never be tried again.
    pub fn is_match(&self, text: &str) -> bool {
        let (mut token, mut at) = (0, 0);
        let mut last_any: Option<(usize, usize)> = None;
        loop {
            let next = text[at..].chars().next();
            match (self.0.get(token), next) {
                (Some(Token::Any), _) => {
                    token += 1;
                    last_any = Some((token, at));
                    continue;
                }
                (Some(Token::One), Some(c)) => {
                    (token, at) = (token + 1, at + c.len_utf8());
                    continue;
                }
                (Some(Token::Is(wanted)), Some(c)) if *wanted == c => {
                    (token, at) = (token + 1, at + c.len_utf8());
                    continue;
                }
                (None, None) => return true,
                (Some(Token::One | Token::Is(_)), _) | (None, Some(_)) => {}
            }
            let Some((after_any, taken)) = last_any else { return false };
            let Some(c) = text[taken..].chars().next() else { return false };
            (token, at) = (after_any, taken + c.len_utf8());
            last_any = Some((after_any, at));
        }
    }
}
