//! Regular expressions that this printer writes itself, for eval's `match()` and `replace()`.
//!
//! In: literals or wildcard patterns, and what is asked of them. Out: a PCRE pattern to be searched for, flags first. Law: it finds
//! exactly the texts that the operator means. Letters beyond ASCII are spelled out with their other cases, as alternatives, so nothing
//! rests on how the engine folds or on whether it reads bytes or characters. `\z` is the end: PCRE's `$` also stands before a final line end.

use crate::backend::cases::{cases, has_cases};
use crate::hir::{Casing, LikePart, LikePattern, TextOp};
use crate::schema::{Below, Type};

/// How long an alternation grows before the next one begins: a line of a query that a person reads.
const WIDTH: usize = 90;

/// Patterns of which every text with `text op literal` for one of the literals matches one, and no other text any.
pub fn of_texts(op: TextOp, ty: Type, any: &[String], case: Casing) -> Vec<String> {
    let letters = any.concat();
    let bodies: Vec<String> = any.iter().map(|literal| body(op, ty, literal, case)).collect();
    let (start, end) = match op {
        TextOp::Equals => ("^", r"\z"),
        TextOp::StartsWith => ("^", ""),
        TextOp::EndsWith => ("", r"\z"),
        TextOp::Contains | TextOp::Has | TextOp::Under => ("", ""),
    };
    lines(&bodies)
        .into_iter()
        .map(|alternatives| {
            let joined = alternatives.join("|");
            let grouped = alternatives.len() > 1 && !(start.is_empty() && end.is_empty());
            let pattern = if grouped { format!("{start}(?:{joined}){end}") } else { format!("{start}{joined}{end}") };
            format!("{}{pattern}", flags(case, &letters, false))
        })
        .collect()
}

/// The texts that are like the pattern, from end to end.
pub fn of_like(like: &LikePattern, case: Casing) -> String {
    let parts = like.0.as_slice();
    let (start, parts) = match parts {
        [LikePart::Any, rest @ ..] => ("", rest),
        parts => ("^", parts),
    };
    let (end, parts) = match parts {
        [rest @ .., LikePart::Any] => ("", rest),
        parts => (r"\z", parts),
    };
    // `*` alone is every text; so is what is left of it here, unless both ends were cut from one `*`.
    let (start, end) = if like.0.as_slice() == [LikePart::Any] { ("", "") } else { (start, end) };
    let body: String = parts
        .iter()
        .map(|part| match part {
            LikePart::Literal(text) => spelled(text, case),
            LikePart::One => ".".to_owned(),
            LikePart::Any => ".*".to_owned(),
        })
        .collect();
    let dots = parts.iter().any(|part| matches!(part, LikePart::One | LikePart::Any));
    format!("{}{start}{body}{end}", flags(case, &body, dots))
}

/// A pattern of the rule's own, in PCRE's spelling.
pub fn of_regex(pcre: &str, case: Casing) -> String {
    match case {
        Casing::Ignore => format!("{}{}", flags(case, pcre, false), folded(pcre)),
        Casing::Respect => pcre.to_owned(),
    }
}

/// Whether [`of_regex`] spells every letter of the pattern with its cases: in a class there is no place for alternatives.
pub fn can_fold(pattern: &str) -> bool {
    !pattern.contains('[') || !pattern.chars().any(has_cases)
}

fn body(op: TextOp, ty: Type, literal: &str, case: Casing) -> String {
    let text = spelled(literal, case);
    match op {
        TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith => text,
        TextOp::Has => {
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            let before = if is_word(literal.chars().next()) { "(?<![0-9A-Za-z])" } else { "" };
            let after = if is_word(literal.chars().next_back()) { "(?![0-9A-Za-z])" } else { "" };
            format!("{before}{text}{after}")
        }
        TextOp::Under => under(ty, literal, case),
    }
}

fn under(ty: Type, literal: &str, case: Casing) -> String {
    let domain = || spelled(literal.trim_end_matches('.'), case);
    match ty.below() {
        Some(Below::Name) => format!(r"(?:^|\.){}\.*\z", domain()),
        Some(Below::MailDomain) => format!(r"@(?:[^@]*\.)?{}\.*\z", domain()),
        // scheme://user@host:port/path, and a bare host.
        Some(Below::UrlHost) => {
            format!(r"^(?:[A-Za-z][0-9A-Za-z+.\-]*://)?(?:[^/?#@]*@)?(?:[^/?#@:]*\.)?{}\.*(?::[0-9]*)?(?:[/?#]|\z)", domain())
        }
        Some(Below::Key) => format!(r"^{}(?:\\|\z)", spelled(literal.trim_end_matches('\\'), case)),
        Some(Below::Path) | None => {
            let parts: Vec<String> = literal.trim_end_matches(['\\', '/']).split(['\\', '/']).map(|part| spelled(part, case)).collect();
            format!(r"^{}(?:[\\/]|\z)", parts.join(r"[\\/]"))
        }
    }
}

/// Alternatives, as many together as fit a line.
fn lines(bodies: &[String]) -> Vec<Vec<&str>> {
    let mut lines: Vec<Vec<&str>> = Vec::new();
    let mut width = 0;
    for body in bodies {
        match lines.last_mut() {
            Some(line) if width + body.len() < WIDTH => line.push(body),
            _ => {
                lines.push(vec![body]);
                width = 0;
            }
        }
        width += body.len() + 1;
    }
    lines
}

fn flags(case: Casing, pattern: &str, dots: bool) -> &'static str {
    let letters = case == Casing::Ignore && pattern.contains(|c: char| c.is_ascii_alphabetic());
    match (letters, dots) {
        (true, true) => "(?is)",
        (true, false) => "(?i)",
        (false, true) => "(?s)",
        (false, false) => "",
    }
}

/// The literal itself; where case does not count, each letter beyond ASCII with its cases.
fn spelled(literal: &str, case: Casing) -> String {
    let mut text = String::with_capacity(literal.len() + 8);
    for c in literal.chars() {
        if case == Casing::Ignore && has_cases(c) {
            text.push_str(&alternatives(c));
            continue;
        }
        if is_mark(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// A pattern with each letter beyond ASCII that stands outside a class spelled with its cases.
fn folded(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut class = false;
    let mut escape = false;
    for c in pattern.chars() {
        if !escape && !class && has_cases(c) {
            text.push_str(&alternatives(c));
            continue;
        }
        match c {
            '[' if !escape => class = true,
            ']' if !escape => class = false,
            _ => {}
        }
        escape = c == '\\' && !escape;
        text.push(c);
    }
    text
}

fn alternatives(c: char) -> String {
    format!("(?:{})", cases(c).into_iter().map(String::from).collect::<Vec<_>>().join("|"))
}

/// Only what PCRE reads as more than itself is escaped, so that a pattern stays readable.
fn is_mark(c: char) -> bool {
    matches!(c, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(op: TextOp, ty: Type, literal: &str, case: Casing) -> String {
        of_texts(op, ty, &[literal.to_owned()], case).remove(0)
    }

    #[test]
    fn operators_as_patterns() {
        let text = |op, literal| one(op, Type::Text, literal, Casing::Ignore);
        assert_eq!(text(TextOp::Equals, "a.exe"), r"(?i)^a\.exe\z");
        assert_eq!(text(TextOp::Has, "7"), "(?<![0-9A-Za-z])7(?![0-9A-Za-z])");
        assert_eq!(text(TextOp::Contains, "-7 é"), "-7 (?:É|é)");
        assert_eq!(text(TextOp::StartsWith, r"C:\"), r"(?i)^C:\\");
        assert_eq!(text(TextOp::EndsWith, "$"), r"\$\z");
        assert_eq!(text(TextOp::Has, "-enc"), "(?i)-enc(?![0-9A-Za-z])");
        assert_eq!(one(TextOp::Under, Type::Path, r"C:\Users/", Casing::Ignore), r"(?i)^C:[\\/]Users(?:[\\/]|\z)");
        assert_eq!(one(TextOp::Under, Type::Host, "corp.example.", Casing::Respect), r"(?:^|\.)corp\.example\.*\z");
    }

    #[test]
    fn lists_stay_within_a_line() {
        let names: Vec<String> = (0..40).map(|n| format!("name{n}.exe")).collect();
        let patterns = of_texts(TextOp::Equals, Type::FileName, &names, Casing::Respect);
        assert!(patterns.len() > 1 && patterns.iter().all(|pattern| pattern.len() < WIDTH + 30), "{patterns:?}");
        assert!(patterns[0].starts_with(r"^(?:name0\.exe|name1\.exe|"));
    }

    #[test]
    fn wildcards_as_patterns() {
        let like = |pattern: &str| of_like(&LikePattern::parse(pattern), Casing::Ignore);
        assert_eq!(like(r"C:\*\x?"), r"(?is)^C:\\.*\\x.\z");
        assert_eq!(like("*ab*"), "(?i)ab");
        assert_eq!(like("*"), "");
        assert_eq!(like("a"), r"(?i)^a\z");
        assert_eq!(like("*?"), r"(?s)^.");
    }

    #[test]
    fn letters_of_a_regex_are_folded_outside_classes() {
        assert_eq!(of_regex(r"é[ab]\.x", Casing::Ignore), r"(?i)(?:É|é)[ab]\.x");
        assert_eq!(of_regex("é", Casing::Respect), "é");
        assert!(!can_fold("[é]") && can_fold("é") && can_fold("[a]漢"));
    }
}
