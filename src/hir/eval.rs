//! One test on one text, by the plain meaning of its operator.
//!
//! In: an operator with literals on its right, and the text of a value. Out: whether the value passes. It decides, when a query is
//! built, what a test would say of a native value that means 'no value', so it may err on the side of `true`: a pattern that does not
//! compile, an address in a network. Matching events is the engine's matter, which shares nothing with this file.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use super::{Casing, Compare, Kind, LikePart, Number, Op, Scalar, TextOp};

/// Whether a value with this text passes, as far as a text alone can tell: `true` where it cannot.
pub fn eval_text<F>(op: &Op<F>, value: &str) -> bool {
    eval(op, value, |case| case)
}

/// The same, of a value that may be written in any case.
pub fn eval_text_in_any_case<F>(op: &Op<F>, value: &str) -> bool {
    eval(op, value, |_| Casing::Ignore)
}

fn eval<F>(op: &Op<F>, value: &str, casing: fn(Casing) -> Casing) -> bool {
    match op {
        Op::Text { op, any, case } => {
            let case = casing(*case);
            let value = fold(value, case);
            any.iter().any(|literal| !is_longer(*op, literal, &value) && text(*op, &fold(literal, case), &value))
        }
        Op::Like { any, case } => {
            let case = casing(*case);
            let value = fold(value, case);
            any.iter().any(|pattern| like(&pattern.0, &value, case))
        }
        Op::Matches { any, case } => any.iter().any(|regex| is_found(&regex.rust, casing(*case), value)),
        Op::OneOf(scalars) => scalars.iter().any(|scalar| equals(scalar, value)),
        Op::Within(_) => value.parse::<std::net::IpAddr>().is_ok(),
        Op::Compare(compare, number) => value.trim().parse::<f64>().is_ok_and(|value| ordered(*compare, value, *number)),
        Op::Is(Kind::MachineAccount) => value.ends_with('$'),
        Op::Is(Kind::Private | Kind::Public | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved) => {
            value.parse::<std::net::IpAddr>().is_ok()
        }
        Op::Exists => !value.is_empty(),
        Op::Field { .. } => true,
    }
}

/// How many compiled patterns are kept: a rule asks each of its own for several values, in each table of a target.
const KEPT: usize = 1024;

fn is_found(pattern: &str, case: Casing, value: &str) -> bool {
    type Built = HashMap<(String, Casing), Option<regex::Regex>>;
    thread_local! { static BUILT: RefCell<Built> = RefCell::default(); }
    BUILT.with_borrow_mut(|built| {
        if built.len() > KEPT {
            built.clear();
        }
        let build = || regex::RegexBuilder::new(pattern).case_insensitive(case == Casing::Ignore).build().ok();
        let regex = built.entry((pattern.to_owned(), case)).or_insert_with(build);
        regex.as_ref().is_none_or(|regex| regex.is_match(value))
    })
}

/// The literal has more characters than the value, so no part of the value is it. Most values asked about are empty.
fn is_longer(op: TextOp, literal: &str, value: &str) -> bool {
    match op {
        TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Has => {
            literal.chars().nth(value.chars().count()).is_some()
        }
        TextOp::Under => false,
    }
}

fn fold(text: &str, case: Casing) -> Cow<'_, str> {
    let is_folded = |c: char| fold_char(c) == c;
    match case {
        Casing::Ignore if !text.chars().all(is_folded) => text.chars().map(fold_char).collect(),
        Casing::Respect | Casing::Ignore => text.into(),
    }
}

/// One to one, as the language folds.
fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn text(op: TextOp, literal: &str, value: &str) -> bool {
    match op {
        TextOp::Equals => value == literal,
        TextOp::Contains => value.contains(literal),
        TextOp::StartsWith => value.starts_with(literal),
        TextOp::EndsWith => value.ends_with(literal),
        TextOp::Has => has(literal, value),
        // How far down depends on the type; what stands below a text contains it.
        TextOp::Under => value.contains(literal.trim_end_matches(['\\', '/', '.'])),
    }
}

fn has(literal: &str, value: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (first, last) = (literal.chars().next(), literal.chars().next_back());
    value.char_indices().map(|(at, _)| at).filter(|at| value[*at..].starts_with(literal)).any(|at| {
        let before = value[..at].chars().next_back();
        let after = value[at + literal.len()..].chars().next();
        let runs_on = (word(first) && word(before)) || (word(last) && word(after));
        !runs_on
    })
}

fn like(parts: &[LikePart], value: &str, case: Casing) -> bool {
    match parts {
        [] => value.is_empty(),
        [LikePart::Literal(literal), parts @ ..] => value.strip_prefix(&*fold(literal, case)).is_some_and(|value| like(parts, value, case)),
        [LikePart::One, parts @ ..] => value.chars().next().is_some_and(|c| like(parts, &value[c.len_utf8()..], case)),
        [LikePart::Any, parts @ ..] => {
            value.char_indices().map(|(at, _)| at).chain([value.len()]).any(|at| like(parts, &value[at..], case))
        }
    }
}

fn equals(scalar: &Scalar, value: &str) -> bool {
    match scalar {
        Scalar::Text(text) | Scalar::Enum(text) => fold(text, Casing::Ignore) == fold(value, Casing::Ignore),
        Scalar::Int(number) => value.trim().parse::<i64>().is_ok_and(|value| value == *number),
        Scalar::Real(number) => value.trim().parse::<f64>().is_ok_and(|value| value == *number),
        Scalar::Bool(truth) => value.eq_ignore_ascii_case(if *truth { "true" } else { "false" }),
        Scalar::Ip(address) => value.parse::<std::net::IpAddr>().is_ok_and(|value| value.to_canonical() == *address),
    }
}

fn ordered(compare: Compare, value: f64, number: Number) -> bool {
    let number = match number {
        Number::Int(number) => number as f64,
        Number::Real(number) => number,
    };
    match compare {
        Compare::Equal => value == number,
        Compare::NotEqual => value != number,
        Compare::Less => value < number,
        Compare::LessEqual => value <= number,
        Compare::Greater => value > number,
        Compare::GreaterEqual => value >= number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::{LikePattern, Regex};
    use crate::schema::FieldId;

    fn text(op: TextOp, literal: &str) -> Op<FieldId> {
        Op::Text { op, any: vec![literal.to_owned()], case: Casing::Ignore }
    }

    #[test]
    fn texts_compare_without_case_and_words_by_their_edges() {
        assert!(eval_text(&text(TextOp::Equals, "Unknown"), "unKNOWN"));
        assert!(eval_text(&text(TextOp::Contains, "know"), "unknown"));
        assert!(!eval_text(&text(TextOp::Has, "know"), "unknown"));
        assert!(eval_text(&text(TextOp::Has, "-x"), "a -x b"));
    }

    #[test]
    fn patterns_see_the_whole_text_or_search_it() {
        let parts = vec![LikePart::Any, LikePart::One, LikePart::Literal("n".into())];
        let like: Op<FieldId> = Op::Like { any: vec![LikePattern(parts)], case: Casing::Ignore };
        assert!(eval_text(&like, "unknowN") && !eval_text(&like, "n"));
        let regex = Regex::new("^$", false, false, Casing::Ignore).expect("a regex");
        let matches: Op<FieldId> = Op::Matches { any: vec![regex], case: Casing::Ignore };
        assert!(eval_text(&matches, "") && !eval_text(&matches, "-"));
    }

    #[test]
    fn numbers_are_read_from_text() {
        let below: Op<FieldId> = Op::Compare(Compare::Less, Number::Int(1024));
        assert!(eval_text(&below, "0") && !eval_text(&below, "unknown"));
    }
}
