//! Family 06: which findings a project, or a run, may take as it likes.
//!
//! In: a code as a person wrote it. Out: the lint, or why it has no level: what is wrong with the meaning of a rule is always an error, and
//! why a query is not exact is always told. The same words are said of a manifest, with their place, and of the command line.

use super::project::one_word;
use super::{Code, Diagnostic, Severity};
use crate::schema::nearest;
use crate::source::Span;

/// All warnings that no code is named for.
pub const WARNINGS: &str = "warnings";

/// Why something can be given no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLevel {
    /// It is no code; the lint that is nearest.
    Unknown(Option<&'static str>),
    /// The rule cannot mean anything, or not what it says.
    OfMeaning(Code),
    /// It says how far a query is from its rule.
    OfFidelity(Code),
    /// `warnings`, which can be denied as a whole, not allowed.
    Warnings,
}

/// The lint of this id, in either case.
pub fn lint(text: &str) -> Result<Code, NoLevel> {
    match Code::from_id(text) {
        Some(code) if code.is_lint() => Ok(code),
        Some(code) if code.severity() == Severity::Error => Err(NoLevel::OfMeaning(code)),
        Some(code) => Err(NoLevel::OfFidelity(code)),
        None if text == WARNINGS => Err(NoLevel::Warnings),
        None => Err(NoLevel::Unknown(nearest(text, Code::ALL.iter().filter(|code| code.is_lint()).map(|code| code.id())))),
    }
}

/// `at`: the code in the manifest.
pub fn no_level(at: Span, text: &str, why: NoLevel) -> Diagnostic {
    let (label, help) = told(why);
    let code = match why {
        NoLevel::Unknown(_) => Code::UnknownLint,
        NoLevel::OfMeaning(_) | NoLevel::OfFidelity(_) | NoLevel::Warnings => Code::NoLevel,
    };
    let found = Diagnostic::new(code, title(text, why), at, label).help(help);
    match why {
        NoLevel::Unknown(Some(near)) => found.maybe_fix(at, near),
        NoLevel::Unknown(None) | NoLevel::OfMeaning(_) | NoLevel::OfFidelity(_) | NoLevel::Warnings => found,
    }
}

/// The same in a line, for an argument.
pub fn in_a_line(text: &str, why: NoLevel) -> String {
    format!("{}; {}", title(text, why), told(why).1)
}

fn title(text: &str, why: NoLevel) -> String {
    match why {
        NoLevel::Unknown(_) => format!("`{text}` is no code"),
        NoLevel::OfMeaning(code) => format!("`{code}` is an error, whatever a project says of it"),
        NoLevel::OfFidelity(code) => format!("`{code}` says why a query is not exact, which is always told"),
        NoLevel::Warnings => "the warnings cannot be allowed as a whole".to_owned(),
    }
}

/// The label, and the help.
fn told(why: NoLevel) -> (&'static str, String) {
    match why {
        NoLevel::Unknown(Some(near)) => ("unknown", format!("did you mean `{near}`?")),
        NoLevel::Unknown(None) => ("unknown", "a code is `E0501`, as findings show it in brackets".to_owned()),
        NoLevel::OfMeaning(code) => (
            "no lint",
            format!("a rule with it means nothing that could run ({}): mend the rule, or leave it out of `rules`", code.title()),
        ),
        NoLevel::OfFidelity(_) => ("no lint", "a query that may return more, or may miss events, says so wherever it goes".to_owned()),
        NoLevel::Warnings => ("no code", "name the codes that are meant".to_owned()),
    }
}

/// `lints: deny`, or another key where a level belongs.
pub fn unknown_key(at: Span, key: &str, keys: &[&str]) -> Diagnostic {
    let near = nearest(key, keys.iter().copied());
    let found = Diagnostic::new(Code::ManifestUnknownWord, format!("`{key}` is no key of `lints`"), at, "unknown").help(one_word(keys));
    match near {
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

/// A code that one mapping gives two levels.
pub fn two_levels(at: Span, code: &str, earlier: Span) -> Diagnostic {
    Diagnostic::new(Code::TwoLevels, format!("`{code}` has two levels"), at, "a second one")
        .label(earlier, "the first")
        .help("leave one of them; what a path says goes before what all paths say")
}

/// A pattern of `lints: paths:` that fits no file: it may wait for one, or be a slip.
pub fn idle(pattern: &str) -> String {
    format!("`lints` in spoor.yaml: no file here is called like `{pattern}`, so its levels are for nothing")
}

/// What belongs below `lints`.
pub const LINTS: &str = "a mapping from `deny`, `warn` or `allow` to codes, and from `paths` to the same for paths,";
pub const LINT_PATHS: &str = "a mapping from paths to `deny`, `warn` or `allow`, `\"drafts/**\": {allow: [E0501]}`,";
