//! Keys of the registry that are links to others: a literal that begins with one means both.
//!
//! In: an operator with literals over paths of the registry, in their normal form. Out: operators of which any must hold. Law: a literal
//! without such a beginning stays as it is. Products differ in which side of a link they record (most know no current user, only the hives
//! of all), so a rule that names one side means either:
//!
//! - `HKEY_CURRENT_USER` is the hive of an account, `HKEY_USERS\S-1-5-21-*` (of a machine or a domain) or `HKEY_USERS\S-1-12-1-*` (of Entra);
//! - its `Software\Classes` is a hive too, `HKEY_USERS\S-1-5-21-*_Classes`;
//! - `HKEY_CLASSES_ROOT` shows `HKEY_LOCAL_MACHINE\SOFTWARE\Classes` and the classes of the account; Sysmon writes it for the former.
//!
//! `*` is any run, as in `like`. A hive begins a path and stands nowhere else, so what contains a text that begins with one begins with it, and
//! what ends with it is it. Facts: <https://learn.microsoft.com/windows/win32/sysinfo/hkey-classes-root-key>,
//! <https://learn.microsoft.com/windows/win32/sysinfo/predefined-keys>,
//! <https://learn.microsoft.com/sysinternals/downloads/sysmon> (events 12 to 14).

use super::{Casing, LikePart, LikePattern, Op, Regex, TextOp, registry};

const CURRENT_USER: &str = "HKEY_CURRENT_USER";
const CLASSES_ROOT: &str = "HKEY_CLASSES_ROOT";
const MACHINE_CLASSES: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes";
const USER_CLASSES: &str = r"\Software\Classes";
/// How the hives of accounts begin.
const ACCOUNTS: [&str; 2] = [r"HKEY_USERS\S-1-5-21-", r"HKEY_USERS\S-1-12-1-"];

/// Where a path stands: a text, or a beginning, any run, and an end.
#[derive(Clone)]
enum Place {
    Whole(String),
    Account(&'static str, String),
}

/// The operator, and what it means by the links in its literals.
pub fn everywhere<F>(op: Op<F>) -> Vec<Op<F>> {
    match op {
        Op::Text { op, any, case } => {
            let (from_hive, others): (Vec<_>, Vec<_>) = any.into_iter().partition(|text| registry::head(text).is_some());
            let parts = [(at_the_start(op), from_hive), (op, others)].into_iter().filter(|(_, any)| !any.is_empty());
            parts.flat_map(|(op, any)| of_texts(op, any, case)).collect()
        }
        Op::Like { any, case } => {
            let any = any.iter().flat_map(of_pattern).collect();
            vec![Op::Like { any, case }]
        }
        // A pattern says itself what it means; the others have no literal of this type.
        other @ (Op::Matches { .. } | Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. }) => {
            vec![other]
        }
    }
}

fn at_the_start(op: TextOp) -> TextOp {
    match op {
        TextOp::Contains => TextOp::StartsWith,
        TextOp::EndsWith => TextOp::Equals,
        TextOp::Equals | TextOp::StartsWith | TextOp::Has | TextOp::Under => op,
    }
}

fn of_texts<F>(op: TextOp, any: Vec<String>, case: Casing) -> Vec<Op<F>> {
    let (mut texts, mut patterns, mut regexes) = (Vec::new(), Vec::new(), Vec::new());
    for place in any.iter().flat_map(|literal| places(literal)) {
        match place {
            Place::Whole(text) => texts.push(text),
            // Of the whole path nothing is left to compare but the account's own number.
            Place::Account(_, end) if end.is_empty() && matches!(op, TextOp::Equals | TextOp::EndsWith) => {}
            Place::Account(beginning, end) if op == TextOp::Has => regexes.extend(bounded(beginning, &end, case)),
            Place::Account(beginning, end) => patterns.extend(around(op, beginning, &end)),
        }
    }
    let mut ops = vec![Op::Text { op, any: texts, case }];
    if !patterns.is_empty() {
        ops.push(Op::Like { any: patterns, case });
    }
    if !regexes.is_empty() {
        ops.push(Op::Matches { any: regexes, case });
    }
    ops
}

/// The path, then its other places.
fn places(path: &str) -> Vec<Place> {
    let mut places = vec![Place::Whole(path.to_owned())];
    if let Some(rest) = below(path, CURRENT_USER) {
        places.extend(of_accounts(rest));
    } else if let Some(rest) = below(path, CLASSES_ROOT) {
        places.push(Place::Whole(format!("{MACHINE_CLASSES}{rest}")));
        let user = format!("{USER_CLASSES}{rest}");
        places.push(Place::Whole(format!("{CURRENT_USER}{user}")));
        places.extend(of_accounts(&user));
    } else if let Some(rest) = below(path, MACHINE_CLASSES) {
        places.push(Place::Whole(format!("{CLASSES_ROOT}{rest}")));
    }
    places
}

/// A path below the hive of an account.
fn of_accounts(rest: &str) -> Vec<Place> {
    let classes = below(rest, USER_CLASSES).map(|rest| format!("_Classes{rest}"));
    let ends = [Some(rest.to_owned()), classes];
    ends.into_iter().flatten().flat_map(|end| ACCOUNTS.map(|beginning| Place::Account(beginning, end.clone()))).collect()
}

/// What stands behind the key, if the path is it or below it.
fn below<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let head = path.get(..key.len())?;
    let rest = &path[key.len()..];
    (head.eq_ignore_ascii_case(key) && (rest.is_empty() || rest.starts_with('\\'))).then_some(rest)
}

fn around(op: TextOp, beginning: &str, end: &str) -> Vec<LikePattern> {
    let text = |text: &str| LikePart::Literal(text.to_owned());
    let path = |end: &str| [text(beginning), LikePart::Any, text(end)];
    let any = || [LikePart::Any];
    match op {
        TextOp::Equals => vec![LikePattern::of(path(end))],
        TextOp::StartsWith => vec![LikePattern::of(path(end).into_iter().chain(any()))],
        TextOp::EndsWith => vec![LikePattern::of(any().into_iter().chain(path(end)))],
        TextOp::Contains | TextOp::Has => vec![LikePattern::of(any().into_iter().chain(path(end)).chain(any()))],
        TextOp::Under => {
            let key = end.trim_end_matches('\\');
            let below = LikePattern::of(path(&format!("{key}\\")).into_iter().chain(any()));
            [LikePattern::of(path(key)), below].into_iter().collect()
        }
    }
}

/// The same as a word: no letter or digit at its edges. Its first letter is one.
fn bounded(beginning: &str, end: &str, case: Casing) -> Option<Regex> {
    let last = end.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
    let after = if last { "(?:[^0-9A-Za-z]|$)" } else { "" };
    let pattern = format!(r"(?:^|[^0-9A-Za-z]){}[\s\S]*{}{after}", regex_syntax::escape(beginning), regex_syntax::escape(end));
    Regex::new(&pattern, false, false, case).ok()
}

/// A pattern whose first part begins so.
fn of_pattern(pattern: &LikePattern) -> Vec<LikePattern> {
    let leading = pattern.0.iter().take_while(|part| **part == LikePart::Any).count();
    let Some(LikePart::Literal(text)) = pattern.0.get(leading) else { return vec![pattern.clone()] };
    if registry::head(text).is_none() {
        return vec![pattern.clone()];
    }
    let with = |parts: Vec<LikePart>| LikePattern::of(parts.into_iter().chain(pattern.0[leading + 1..].iter().cloned()));
    let place = |place: Place| match place {
        Place::Whole(text) => with(vec![LikePart::Literal(text)]),
        Place::Account(beginning, end) => with(vec![LikePart::Literal(beginning.to_owned()), LikePart::Any, LikePart::Literal(end)]),
    };
    places(text).into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::eval_text;

    fn holds(op: TextOp, literal: &str, value: &str) -> bool {
        let op: Op = Op::Text { op, any: vec![literal.to_owned()], case: Casing::Ignore };
        everywhere(op).iter().any(|op| match op {
            Op::Text { op: TextOp::Under, any, case } => any.iter().any(|key| {
                let below = Op::Text { op: TextOp::StartsWith, any: vec![format!("{key}\\")], case: *case };
                eval_text::<()>(&below, value) || key.eq_ignore_ascii_case(value)
            }),
            op => eval_text(op, value),
        })
    }

    #[test]
    fn the_current_user_is_every_account() {
        let run = r"HKEY_CURRENT_USER\Software\Run";
        for (value, here) in [
            (r"HKEY_CURRENT_USER\Software\Run", true),
            (r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Run", true),
            (r"HKEY_USERS\S-1-12-1-1-2-3-4\SOFTWARE\Run", true),
            (r"HKEY_USERS\S-1-5-18\Software\Run", false),
            (r"HKEY_USERS\.DEFAULT\Software\Run", false),
            (r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Runs", false),
            (r"HKEY_LOCAL_MACHINE\Software\Run", false),
        ] {
            for op in [TextOp::Equals, TextOp::Under, TextOp::EndsWith] {
                assert_eq!(holds(op, run, value), here, "{op:?} {value}");
            }
        }
        for op in [TextOp::Under, TextOp::StartsWith, TextOp::Contains, TextOp::Has] {
            assert!(holds(op, run, r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Run\x"), "{op:?}");
        }
        assert!(!holds(TextOp::Has, run, r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Runs"));
        assert!(!holds(TextOp::Under, run, r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Runs"));
        assert!(!holds(TextOp::Equals, "HKEY_CURRENT_USER", r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software"));
    }

    #[test]
    fn classes_stand_in_four_places() {
        let key = r"HKEY_CLASSES_ROOT\ms-settings\shell";
        for value in [
            r"HKEY_CLASSES_ROOT\ms-settings\shell",
            r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\ms-settings\shell",
            r"HKEY_CURRENT_USER\Software\Classes\ms-settings\shell",
            r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Classes\ms-settings\shell",
            r"HKEY_USERS\S-1-5-21-1-2-3-1001_Classes\ms-settings\shell",
        ] {
            assert!(holds(TextOp::Equals, key, value), "{value}");
        }
        assert!(holds(TextOp::Equals, r"HKEY_LOCAL_MACHINE\Software\Classes\x", r"HKEY_CLASSES_ROOT\x"));
        assert!(!holds(TextOp::Equals, r"HKEY_LOCAL_MACHINE\Software\Classes\x", r"HKEY_USERS\S-1-5-21-1_Classes\x"));
        assert!(holds(TextOp::StartsWith, r"HKEY_CURRENT_USER\Software\Classes\", r"HKEY_USERS\S-1-5-21-1_Classes\x"));
    }

    #[test]
    fn patterns_likewise() {
        let like: Op = Op::Like { any: vec![LikePattern::parse(r"HKEY_CURRENT_USER\*\Run")], case: Casing::Ignore };
        let all = everywhere(like);
        assert!(all.iter().any(|op| eval_text(op, r"HKEY_USERS\S-1-5-21-1\a\Run")));
        let like: Op = Op::Like { any: vec![LikePattern::parse(r"*\Software\*\Run")], case: Casing::Ignore };
        assert_eq!(everywhere(like.clone()), [like]);
    }
}
