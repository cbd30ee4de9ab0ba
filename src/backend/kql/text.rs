//! Tests of text against literals.
//!
//! In: a KQL expression of type string, an operator, its operands. Out: the test, or its negation in the form a hunter would write.
//! Law: text in Kusto is never null, so every test here is true or false, and `!op` is its negation. Letters beyond ASCII are folded by
//! the query itself (`[éÉ]`): Microsoft's pages do not say how the operators fold them.
//! Operators: <https://learn.microsoft.com/kusto/query/datatypes-string-operators>

use crate::backend::cases::has_cases;
use crate::backend::frag::Frag;
use crate::backend::long::{chunks, is_long};
use crate::hir::{Casing, LikePart, LikePattern, TextOp};

use super::lists::Asked;
use super::quote::quote;
use super::{WORDS, pattern};

/// `value op any of operands`, or not.
pub fn test(value: &str, op: TextOp, any: &[String], case: Casing, positive: bool, asked: Asked) -> Frag {
    // A pattern that the operators cannot be trusted with goes to a regular expression; the others stay together.
    let (plain, spelled): (Vec<&String>, Vec<&String>) = any.iter().partition(|literal| is_plain(op, literal, case));
    let mut parts = Vec::new();
    if !plain.is_empty() {
        parts.extend(operator_tests(value, op, &plain, case, positive, asked));
    }
    let patterns = alternatives(spelled.iter().map(|literal| pattern::of_text(op, literal, case)).collect());
    parts.extend(patterns.iter().map(|pattern| regex(value, pattern, case, positive)));
    if positive { Frag::any(parts, WORDS) } else { Frag::all(parts, WORDS) }
}

/// `value` as a whole is like one of the patterns, or like none.
pub fn like(value: &str, any: &[LikePattern], case: Casing, positive: bool, asked: Asked) -> Frag {
    if is_long(any) {
        let patterns = alternatives(any.iter().map(|like| pattern::of_like(&like.0, case)).collect());
        let parts = patterns.iter().map(|pattern| regex(value, pattern, case, positive)).collect();
        return if positive { Frag::any(parts, WORDS) } else { Frag::all(parts, WORDS) };
    }
    let parts = any
        .iter()
        .map(|like| match like.0.as_slice() {
            [] => equals(value, &[&String::new()], case, positive, asked),
            [LikePart::Literal(text)] => test(value, TextOp::Equals, std::slice::from_ref(text), case, positive, asked),
            [LikePart::Literal(text), LikePart::Any] => test(value, TextOp::StartsWith, std::slice::from_ref(text), case, positive, asked),
            [LikePart::Any, LikePart::Literal(text)] => test(value, TextOp::EndsWith, std::slice::from_ref(text), case, positive, asked),
            [LikePart::Any, LikePart::Literal(text), LikePart::Any] => {
                test(value, TextOp::Contains, std::slice::from_ref(text), case, positive, asked)
            }
            [LikePart::Literal(start), LikePart::Any, LikePart::Literal(end)] if are_apart(start, end) => {
                let [start, end] = [(TextOp::StartsWith, start), (TextOp::EndsWith, end)]
                    .map(|(op, text)| test(value, op, std::slice::from_ref(text), case, positive, asked));
                if positive { Frag::all(vec![start, end], WORDS) } else { Frag::any(vec![start, end], WORDS) }
            }
            parts => regex(value, &pattern::of_like(parts, case), case, positive),
        })
        .collect();
    if positive { Frag::any(parts, WORDS) } else { Frag::all(parts, WORDS) }
}

/// No text that begins with the one and ends with the other is too short to hold both.
fn are_apart(start: &str, end: &str) -> bool {
    let (start, end) = (start.to_lowercase(), end.to_lowercase());
    start.is_ascii() && end.is_ascii() && (0..start.len()).all(|at| !end.starts_with(&start[at..]))
}

/// Patterns of a long list as alternatives of a few: a test for each would nest as deep as the list is long.
pub fn alternatives(patterns: Vec<String>) -> Vec<String> {
    if !is_long(&patterns) {
        return patterns;
    }
    let joined = |chunk: Vec<String>| chunk.into_iter().map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|");
    chunks(patterns, |pattern| pattern.len() + 4).into_iter().map(joined).collect()
}

/// A regular expression is found in `value`, or is not.
pub fn regex(value: &str, pattern: &str, case: Casing, positive: bool) -> Frag {
    let flag = match case {
        Casing::Ignore => "(?i)",
        Casing::Respect => "",
    };
    let found = Frag::atom(format!("{value} matches regex {}", quote(&format!("{flag}{pattern}"))));
    if positive { found } else { found.not(WORDS) }
}

/// The operator between a value and a literal, and its negation.
pub fn operator(op: TextOp, case: Casing) -> (&'static str, &'static str) {
    match (op, case) {
        (TextOp::Equals, Casing::Ignore) => ("=~", "!~"),
        (TextOp::Equals, Casing::Respect) => ("==", "!="),
        (TextOp::Contains, Casing::Ignore) => ("contains", "!contains"),
        (TextOp::Contains, Casing::Respect) => ("contains_cs", "!contains_cs"),
        (TextOp::StartsWith, Casing::Ignore) => ("startswith", "!startswith"),
        (TextOp::StartsWith, Casing::Respect) => ("startswith_cs", "!startswith_cs"),
        (TextOp::EndsWith, Casing::Ignore) => ("endswith", "!endswith"),
        (TextOp::EndsWith, Casing::Respect) => ("endswith_cs", "!endswith_cs"),
        (TextOp::Has, Casing::Ignore) => ("has", "!has"),
        (TextOp::Has, Casing::Respect) => ("has_cs", "!has_cs"),
        // Between two fields alone, by the end of their common form.
        (TextOp::Under, Casing::Ignore) => ("endswith", "!endswith"),
        (TextOp::Under, Casing::Respect) => ("endswith_cs", "!endswith_cs"),
    }
}

/// Whether the operator itself says what the language means. `has` takes a term's edge where the pattern's own edge is a letter or
/// digit, as the language does, but for letters beyond ASCII, which the language does not count among them.
fn is_plain(op: TextOp, literal: &str, case: Casing) -> bool {
    let folds = match case {
        Casing::Ignore => literal.is_ascii() || !literal.chars().any(has_cases),
        Casing::Respect => true,
    };
    match op {
        TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith => folds,
        TextOp::Has => folds && literal.starts_with(|c: char| c.is_ascii()) && literal.ends_with(|c: char| c.is_ascii()),
        TextOp::Under => false,
    }
}

fn operator_tests(value: &str, op: TextOp, any: &[&String], case: Casing, positive: bool, asked: Asked) -> Vec<Frag> {
    match op {
        TextOp::Equals => vec![equals(value, any, case, positive, asked)],
        TextOp::Has => {
            // Without a letter or digit there is no term to find: that is what `contains` says.
            let (terms, marks): (Vec<&String>, Vec<&String>) =
                any.iter().partition(|literal| literal.contains(|c: char| c.is_ascii_alphanumeric()));
            let mut parts = Vec::new();
            if terms.len() > 1 && case == Casing::Ignore {
                for items in asked.items(&terms, true) {
                    let found = Frag::list(format!("{value} has_any "), items);
                    parts.push(if positive { found } else { found.not(WORDS) });
                }
            } else {
                parts.extend(each(value, op, &terms, case, positive));
            }
            parts.extend(each(value, TextOp::Contains, &marks, case, positive));
            parts
        }
        TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Under => each(value, op, any, case, positive),
    }
}

fn each(value: &str, op: TextOp, any: &[&String], case: Casing, positive: bool) -> Vec<Frag> {
    if is_long(any) {
        let patterns = alternatives(any.iter().map(|literal| pattern::of_text(op, literal, case)).collect());
        return patterns.iter().map(|pattern| regex(value, pattern, case, positive)).collect();
    }
    let (yes, no) = operator(op, case);
    let word = if positive { yes } else { no };
    any.iter().map(|literal| Frag::atom(format!("{value} {word} {}", quote(literal)))).collect()
}

fn equals(value: &str, any: &[&String], case: Casing, positive: bool, asked: Asked) -> Frag {
    match (any, case) {
        ([empty], _) if empty.is_empty() => Frag::atom(format!("{}({value})", if positive { "isempty" } else { "isnotempty" })),
        ([_], _) if !asked.is_kept(any) => Frag::all(each(value, TextOp::Equals, any, case, positive), WORDS),
        (_, Casing::Ignore) => listed(value, if positive { "in~" } else { "!in~" }, any, positive, asked),
        (_, Casing::Respect) => listed(value, if positive { "in" } else { "!in" }, any, positive, asked),
    }
}

fn listed(value: &str, word: &str, any: &[&String], positive: bool, asked: Asked) -> Frag {
    let parts = asked.items(any, false).into_iter().map(|items| Frag::list(format!("{value} {word} "), items)).collect();
    if positive { Frag::any(parts, WORDS) } else { Frag::all(parts, WORDS) }
}
