//! Regular expressions that this printer writes itself.
//!
//! In: a literal or a wildcard pattern, and what is asked of it. Out: a pattern in the syntax that RE2 and Rust share (Kusto's pages
//! have described both), to be searched for; whoever writes it puts `(?i)` before it where case does not count. Law: it finds exactly
//! the texts that the operator means. Letters beyond ASCII are spelled out with their other cases, so nothing rests on how the engine
//! folds. Nothing is quoted here.

use crate::backend::cases::{cases, has_cases};
use crate::hir::{Casing, LikePart, TextOp};

/// The texts of which `text op literal` holds.
pub fn of_text(op: TextOp, literal: &str, case: Casing) -> String {
    let text = spelled(literal, case);
    match op {
        TextOp::Equals => format!("^{text}$"),
        TextOp::Contains => text,
        TextOp::StartsWith => format!("^{text}"),
        TextOp::EndsWith => format!("{text}$"),
        TextOp::Has => {
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            let before = if is_word(literal.chars().next()) { "(?:^|[^0-9A-Za-z])" } else { "" };
            let after = if is_word(literal.chars().next_back()) { "(?:[^0-9A-Za-z]|$)" } else { "" };
            format!("{before}{text}{after}")
        }
        TextOp::Under => unreachable!("binding spells `under` a literal out"),
    }
}

/// The texts that are like the pattern, from end to end.
pub fn of_like(parts: &[LikePart], case: Casing) -> String {
    let body: String = parts
        .iter()
        .map(|part| match part {
            LikePart::Literal(text) => spelled(text, case),
            LikePart::One => ".".to_owned(),
            LikePart::Any => ".*".to_owned(),
        })
        .collect();
    format!("(?s)^{body}$")
}

/// The literal itself; where case does not count, each letter beyond ASCII as the class of its cases.
fn spelled(literal: &str, case: Casing) -> String {
    let mut pattern = String::new();
    for c in literal.chars() {
        match case {
            Casing::Ignore if has_cases(c) => {
                pattern.push('[');
                pattern.extend(cases(c));
                pattern.push(']');
            }
            Casing::Ignore | Casing::Respect => pattern.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(pattern: &str, text: &str) -> bool {
        regex::Regex::new(&format!("(?i){pattern}")).expect("a pattern of ours compiles").is_match(text)
    }

    #[test]
    fn letters_beyond_ascii_bring_their_cases() {
        assert_eq!(of_text(TextOp::Contains, "a.é漢", Casing::Ignore), r"a\.[Éé]漢");
        assert_eq!(of_text(TextOp::Contains, "a.é漢", Casing::Respect), r"a\.é漢");
    }

    proptest! {
        #[test]
        fn a_literal_finds_itself_and_only_that(text in "[a-zéß.\\\\*(漢]{0,8}", literal in "[a-zéß.\\\\*(漢]{1,3}") {
            let fold = |s: &str| s.to_lowercase();
            let lower = (fold(&text), fold(&literal));
            prop_assert_eq!(finds(&of_text(TextOp::Contains, &literal, Casing::Ignore), &text), lower.0.contains(&lower.1));
            prop_assert_eq!(finds(&of_text(TextOp::Equals, &literal, Casing::Ignore), &text), lower.0 == lower.1);
            prop_assert_eq!(finds(&of_text(TextOp::StartsWith, &literal, Casing::Ignore), &text), lower.0.starts_with(&lower.1));
            prop_assert_eq!(finds(&of_text(TextOp::EndsWith, &literal, Casing::Ignore), &text), lower.0.ends_with(&lower.1));
        }
    }
}
