//! User text and names as SPL writes them: the only way in for text from a rule.
//!
//! In: any text. Out: a [`Quoted`] piece of a query that means exactly it, or nothing where the dialect has no way to say it. Law:
//! `unquote(quote(s)) == s`. Splunk has two dialects of strings. In `search` and in tstats' `where`, `\\` and `\"` are escapes, `*` is a
//! wildcard that nothing escapes, and a value in the form of a network also matches addresses; in `eval` and `where`, other sequences
//! stay as they are, so `"\d"` reaches a regular expression. Pages: Search Reference, `search`, "Quotes and escaping characters"; Search
//! Manual, "Backslashes", "SPL and regular expressions". Backticks (macros, comments) and control characters are never written as they are.

use crate::backend::cases::is_unseen;
use std::fmt;

use crate::hir::{LikePart, Number};

/// A piece of query text that is one token, whatever the user wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted(String);

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Quoted> for String {
    fn from(quoted: Quoted) -> String {
        quoted.0
    }
}

/// A part of a pattern: [`LikePart`], of a text that stands elsewhere.
#[derive(Clone, Copy)]
pub enum Piece<'t> {
    Text(&'t str),
    One,
    Any,
}

impl<'t> From<&'t LikePart> for Piece<'t> {
    fn from(part: &'t LikePart) -> Piece<'t> {
        match part {
            LikePart::Literal(text) => Piece::Text(text),
            LikePart::One => Piece::One,
            LikePart::Any => Piece::Any,
        }
    }
}

/// A value of the search dialect, `"*\\cmd.exe"`. None: its literal parts hold what the dialect cannot say, or it has a `?`.
pub fn search_value<'t, P: Into<Piece<'t>>>(parts: impl IntoIterator<Item = P>) -> Option<Quoted> {
    let mut quoted = opened(USUAL);
    for part in parts {
        match part.into() {
            Piece::Text(text) if !text.chars().all(is_sayable) => return None,
            Piece::Text(text) => escape(text, &mut quoted),
            Piece::One => return None,
            // No text ends in a star here: two runs beside each other are one.
            Piece::Any if quoted.ends_with('*') => {}
            Piece::Any => quoted.push('*'),
        }
    }
    // What is escaped is in no network.
    if looks_like_network(&quoted[1..]) {
        return None;
    }
    quoted.push('"');
    Some(Quoted(quoted))
}

/// A network or an IPv6 address as a value of the search dialect, which compares it as one.
pub fn search_network(network: &str) -> Quoted {
    Quoted(double_quoted(network))
}

/// A number, in both dialects.
pub fn number(number: Number) -> Quoted {
    Quoted(match number {
        Number::Int(number) => number.to_string(),
        Number::Real(number) => number.to_string(),
    })
}

/// A string of the eval dialect.
pub fn eval_string(text: &str) -> Quoted {
    Quoted(double_quoted(text))
}

/// A regular expression as a string of the eval dialect. Sequences that eval leaves alone stay readable (`\.`, `\d`); so do `\t`, `\n`
/// and `\r`, which mean the same to a regular expression whether eval reads them or not.
pub fn eval_regex(pattern: &str) -> Quoted {
    let pattern = safe_pattern(pattern);
    let mut quoted = opened(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('"', _) => quoted.push_str("\\\""),
            ('\\', Some('\\')) => {
                chars.next();
                quoted.push_str(r"\\\\");
            }
            // A quote ends the string; a backslash at the end would take the quote with it.
            ('\\', Some('"') | None) => quoted.push_str(r"\\"),
            ('\\', Some(next)) => {
                chars.next();
                quoted.push('\\');
                quoted.push(next);
            }
            (c, _) => quoted.push(c),
        }
    }
    quoted.push('"');
    Quoted(quoted)
}

/// A field of the search dialect, and of commands that take names.
pub fn search_name(name: &str) -> Quoted {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        && !is_word(name);
    Quoted(if plain { name.to_owned() } else { double_quoted(name) })
}

/// A field of the eval dialect. A single quote cannot be escaped there; no schema has a column with one.
pub fn eval_name(name: &str) -> Quoted {
    Quoted(if is_eval_name(name) { name.to_owned() } else { format!("'{}'", name.replace('\'', "")) })
}

/// Whether eval reads the name without quotes.
pub fn is_eval_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_word(name)
}

/// Text for a comment: on one line, without the backtick that could end it.
pub fn comment(text: &str) -> Quoted {
    let seen: String = text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    Quoted(seen.replace('`', "'").split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether `search` reads the text as a network (or might), so that it would match addresses, not the text.
fn looks_like_network(text: &str) -> bool {
    text.rsplit_once('/').is_some_and(|(base, prefix)| {
        !prefix.is_empty()
            && prefix.chars().all(|c| c.is_ascii_digit())
            && base.contains(['.', ':'])
            && base.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'))
    })
}

/// Whether the search dialect can say the character itself.
pub fn is_sayable(c: char) -> bool {
    c != '*' && !is_unsafe(c)
}

/// What is not written as it is: a backtick might begin a macro, control characters do not survive copying.
fn is_unsafe(c: char) -> bool {
    c == '`' || c.is_ascii_control()
}

/// The same pattern, spelled without backticks, control characters and escaped pipes.
fn safe_pattern(pattern: &str) -> String {
    let mut safe = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                // Splunk reads `\|` itself, in some places.
                Some(next) if is_unsafe(next) || next == '|' => safe.push_str(&hex(next)),
                Some(next) => safe.extend(['\\', next]),
                None => safe.push('\\'),
            },
            c if is_unsafe(c) => safe.push_str(&hex(c)),
            c => safe.push(c),
        }
    }
    safe
}

fn hex(c: char) -> String {
    format!("\\x{:02x}", u32::from(c))
}

/// A value is seldom longer.
const USUAL: usize = 48;

/// The quote before a text of about this length.
fn opened(length: usize) -> String {
    let mut quoted = String::with_capacity(length + 8);
    quoted.push('"');
    quoted
}

fn double_quoted(text: &str) -> String {
    let mut quoted = opened(text.len());
    escape(text, &mut quoted);
    quoted.push('"');
    quoted
}

fn escape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'\\' | b'"')) {
        into.push_str(&rest[..at]);
        into.push('\\');
        into.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
}

/// Words of the two dialects and of the commands that take names.
fn is_word(name: &str) -> bool {
    [
        "and",
        "or",
        "not",
        "xor",
        "in",
        "like",
        "as",
        "by",
        "from",
        "where",
        "true",
        "false",
        "null",
        "output",
        "outputnew",
        "earliest",
        "latest",
    ]
    .iter()
    .any(|word| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `search` reads between quotes. None: not one string.
    fn unquote_search(quoted: &str) -> Option<String> {
        unquote(quoted, |c| matches!(c, '\\' | '"' | '|').then_some(c))
    }

    /// What `eval` reads between quotes.
    fn unquote_eval(quoted: &str) -> Option<String> {
        unquote(quoted, |c| match c {
            '\\' | '"' => Some(c),
            't' => Some('\t'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            _ => None,
        })
    }

    fn unquote(quoted: &str, escape: fn(char) -> Option<char>) -> Option<String> {
        let mut text = String::new();
        let mut chars = quoted.strip_prefix('"')?.strip_suffix('"')?.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => return None,
                '\\' => match chars.next()? {
                    next if escape(next).is_some() => text.extend(escape(next)),
                    next => text.extend(['\\', next]),
                },
                c => text.push(c),
            }
        }
        Some(text)
    }

    fn literal(text: &str) -> Vec<LikePart> {
        vec![LikePart::Literal(text.to_owned())]
    }

    proptest! {
        #[test]
        fn what_search_says_can_be_read_back(text in r#"(?s)([\\"*|'`$%_\[\]/:.0-9\n]|.){0,12}"#) {
            match search_value(&literal(&text)) {
                Some(quoted) => prop_assert_eq!(unquote_search(&quoted.to_string()), Some(text)),
                None => prop_assert!(text.contains(['*', '`']) || text.contains(|c: char| c.is_ascii_control()) || text.contains('/')),
            }
        }

        #[test]
        fn what_eval_says_can_be_read_back(text in r#"(?s)([\\"tnr|'`\n]|.){0,12}"#) {
            prop_assert_eq!(unquote_eval(&eval_string(&text).to_string()), Some(text));
        }

        #[test]
        fn a_pattern_reaches_the_engine_as_it_was(pattern in r#"([\\"tnrd.*|']|[ -_a-~é]){0,12}"#) {
            prop_assume!(!ends_in_a_lone_backslash(&pattern));
            let pattern = safe_pattern(&pattern);
            // Whether eval reads `\t` or leaves it, the engine sees a tab.
            let quoted = eval_regex(&pattern).to_string();
            prop_assert_eq!(unquote_search(&quoted), Some(pattern.clone()), "{}", quoted);
            let read = unquote_eval(&quoted).unwrap();
            let spelled = read.replace('\t', r"\t").replace('\n', r"\n").replace('\r', r"\r");
            prop_assert_eq!(spelled, pattern);
        }

        #[test]
        fn a_pattern_finds_the_same_without_backticks(text in "[`\n\ta]{1,4}") {
            let quoted = eval_regex(&regex_syntax::escape(&text)).to_string();
            prop_assert!(!quoted.contains(['`', '\n', '\t']));
            let read = unquote_eval(&quoted).unwrap();
            let anchored = regex::Regex::new(&format!("^{read}$")).unwrap();
            prop_assert!(anchored.is_match(&text));
        }

        #[test]
        fn a_comment_cannot_be_ended(text in "(?s)([`\n\r]|.){0,12}") {
            let comment = comment(&text).to_string();
            prop_assert!(!comment.contains(['`', '\n', '\r']));
        }
    }

    fn ends_in_a_lone_backslash(pattern: &str) -> bool {
        pattern.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
    }

    #[test]
    fn search_values_as_hunters_write_them() {
        let value = |parts: &[LikePart]| search_value(parts).map(|value| value.to_string());
        assert_eq!(value(&literal("cmd.exe")), Some(r#""cmd.exe""#.to_owned()));
        assert_eq!(value(&[LikePart::Any, LikePart::Literal(r"\cmd.exe".to_owned())]), Some(r#""*\\cmd.exe""#.to_owned()));
        assert_eq!(value(&[LikePart::Literal(r"C:\Temp\".to_owned()), LikePart::Any]), Some(r#""C:\\Temp\\*""#.to_owned()));
        assert_eq!(value(&literal(r#"say "hi"\"#)), Some(r#""say \"hi\"\\""#.to_owned()));
        for unsayable in ["a*b", "a`b", "a\nb", "10.0.0.0/8", "fe80::/10", "10.0.0.1/32"] {
            assert_eq!(value(&literal(unsayable)), None, "{unsayable}");
        }
        for sayable in ["route 10.0.0.0/8", "a/8", "10.0.0.0/", "http://1.2.3.4/8", "|", "$a$", "AND"] {
            assert!(value(&literal(sayable)).is_some(), "{sayable}");
        }
    }

    /// A mark of direction would show the rest of the search in another order than it is read in.
    #[test]
    fn a_comment_is_as_it_looks() {
        assert_eq!(comment("a\u{202e}b\u{2066}c\u{200b}d\n`e`\u{2028}").to_string(), "a b c d 'e'");
    }

    #[test]
    fn patterns_stay_readable() {
        assert_eq!(eval_regex(r"^\d+\.exe\z").to_string(), r#""^\d+\.exe\z""#);
        assert_eq!(eval_regex(r"C:\\Temp").to_string(), r#""C:\\\\Temp""#);
        assert_eq!(eval_regex("a\"\\\"b\\t").to_string(), r#""a\"\\\"b\t""#);
    }

    #[test]
    fn names() {
        assert_eq!(search_name("Processes.process_name").to_string(), "Processes.process_name");
        assert_eq!(search_name("by").to_string(), r#""by""#);
        assert_eq!(search_name("the name").to_string(), r#""the name""#);
        assert_eq!(eval_name("process_name").to_string(), "process_name");
        assert_eq!(eval_name("Processes.process_name").to_string(), "'Processes.process_name'");
    }
}
