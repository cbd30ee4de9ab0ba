//! Regexes, and the functions of constants.

use crate::diag::{Code, Diagnostic};
use crate::source::Span;

pub fn regex_syntax(at: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::RegexSyntax, "no regular expression", at, reason)
        .help("a character that is meant as it stands has a backslash before it, as `\\.`, `\\(` or `\\[`")
}

/// What one of the engines does not have.
#[derive(Clone, Debug)]
pub enum Outside {
    LookAround,
    BackReference,
    Possessive,
    InlineFlags(String),
    UnicodeClass,
    ClassOperation,
    WordEdge,
}

pub fn regex_outside_subset(at: Span, what: &Outside) -> Diagnostic {
    let sigma = match what {
        Outside::LookAround => Some("write the exclusion as a selection of its own, behind `not` in the condition"),
        Outside::BackReference => Some("compare two fields with `|fieldref` instead, or list the cases"),
        Outside::InlineFlags(_) => Some("flags stand behind the modifier: `|re|i`, `|re|m`, `|re|s`"),
        Outside::Possessive | Outside::UnicodeClass | Outside::ClassOperation | Outside::WordEdge => None,
    };
    let (fact, engines, help) = match what {
        Outside::LookAround => (
            "look-around".to_owned(),
            "neither `defender` nor the matcher can look around",
            "write the exclusion as a test of its own: `except .. matches /../`",
        ),
        Outside::BackReference => (
            "a back-reference".to_owned(),
            "neither `defender` nor the matcher can look back",
            "compare two fields instead, or list the cases",
        ),
        Outside::Possessive => (
            "a possessive repetition".to_owned(),
            "neither `defender` nor the matcher has it",
            "it finds nothing more than the plain one: `+` for `++`, `(..)` for `(?>..)`",
        ),
        Outside::InlineFlags(flags) => (
            format!("flags `{flags}` inside"),
            "targets disagree on flags inside a pattern",
            "case is ignored unless `cased` stands before the regex; `s` and `m` stand behind it: `/../sm`",
        ),
        Outside::UnicodeClass => (
            "a Unicode class".to_owned(),
            "`splunk` reads it as its engine was built",
            "list the characters, or their ranges: `[a-z\u{e4}\u{f6}\u{fc}]`",
        ),
        Outside::ClassOperation => (
            "an operation on classes".to_owned(),
            "only the matcher knows it; `splunk` and `defender` read plain characters",
            "a `[`, `&&`, `--` or `~~` that is meant as it stands is escaped: `\\[`",
        ),
        Outside::WordEdge => (
            "an edge of a word".to_owned(),
            "`splunk` and `defender` read `\\<` as the character",
            "write `\\b` for an edge, or the character without the backslash",
        ),
    };
    let found = Diagnostic::new(Code::RegexOutsideSubset, format!("{fact} in a regex"), at, engines).help(help);
    if let Some(sigma) = sigma { found.sigma(sigma) } else { found }
}

pub fn regex_too_large(at: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::RegexSize, "a regex that grows too large", at, why.to_owned()).help("repeat less, or use `*` or `+`")
}

/// `(?i)` behind `cased`.
pub fn case_flag_and_cased(at: Span) -> Diagnostic {
    Diagnostic::new(Code::CaseFlagAndCased, "`cased` and `(?i)` contradict each other", at, "ignores case").help("leave one of them out")
}

/// A regex, by name, where none fits.
pub fn regex_without_matches(at: Span, op_at: Span) -> Diagnostic {
    Diagnostic::new(Code::RegexByName, "a regex without `matches`", at, "a regex").label(op_at, "takes no regex").help("write `matches`")
}

/// No regex, by name, behind `matches`.
pub fn no_regex(at: Span, kind: &str) -> Diagnostic {
    Diagnostic::new(Code::RegexByName, "`matches` wants a regex", at, kind.to_owned())
        .help("a regex stands between slashes; `like` takes texts with wildcards")
}

pub fn bytes_as_text(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ConstantMisuse, "these bytes are no text", at, "outside of `base64(..)`")
        .help("`utf16(..)` of letters beyond ASCII stands inside `base64(..)`: `base64(utf16(..))`")
        .sigma_title("these bytes are no text")
        .sigma("`wide` of letters beyond ASCII stands before `base64offset`: `|wide|base64offset|contains`")
}

pub fn too_many_dashes(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ConstantMisuse, "too many spellings", at, "each dash has five of them, and 125 are the limit")
        .help("split the text: `contains all dashes([.., ..])`")
        .sigma("split the text: `|windash|contains|all: [.., ..]`")
}

pub fn constant_of_no_text(at: Span, function: &str, kind: &str) -> Diagnostic {
    Diagnostic::new(Code::ConstantMisuse, format!("`{function}` takes texts"), at, kind.to_owned())
}

pub fn base64_needs_contains(at: Span, op_at: Span, op: &str) -> Diagnostic {
    Diagnostic::new(Code::ConstantMisuse, format!("`{op}` with `base64(..)`"), at, "a part of a longer text")
        .label(op_at, "asks for more than a part")
        .help("write `contains`: the text stands somewhere inside a longer one, at one of three alignments")
        .maybe_fix(op_at, "contains")
}
