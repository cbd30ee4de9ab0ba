//! Regular expressions: the subset that Rust, RE2 and PCRE agree on, rewritten so that they do.
//!
//! In: a pattern as written, its flags, and whether letters keep their case. Out: [`Regex`], with one spelling for each family of
//! engines and wildcard patterns that are weaker, or a [`RegexFault`] with its place. Law: every spelling finds what the original
//! finds with `\w \d \s \b` read as ASCII. Case-insensitive matching is the test's matter: no spelling holds `(?i)`.
//! The one exception to the law is the language's own: U+212A and U+017F may be found where `k` and `s` are asked for.

mod globs;
mod plain;
mod rewrite;

use std::ops::Range;

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ErrorKind};

use super::{Casing, LikePattern, TextOp};

/// A regular expression that all engines read alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Regex {
    /// As the author wrote it, for messages.
    pub written: String,
    /// For RE2, where `\b` is ASCII and `$` is the true end of the text.
    pub pattern: String,
    /// For Rust's `regex` crate in its default (Unicode) mode: the same with an ASCII `\b`.
    pub rust: String,
    /// For PCRE: the same with `\z`, since its `$` also stands before a final line end.
    pub pcre: String,
    /// Wildcard patterns of which every text that the regex finds matches at least one, as [`LikePattern`]s without `One`;
    /// empty where the regex requires no literal.
    pub globs: Vec<LikePattern>,
    /// Where the regex is nothing but texts: these, any of which says what it says.
    pub plain: Option<Vec<(TextOp, String)>>,
}

/// Why a pattern cannot stand in a rule, and where in the pattern (in bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexFault {
    pub range: Range<usize>,
    pub kind: RegexFaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegexFaultKind {
    /// It is no regular expression; the text says why.
    Syntax(String),
    LookAround,
    BackReference,
    /// `a++`, `(?>..)`: no backtracking into it.
    Possessive,
    /// `(?x)`, `(?i:..)`; the flags as written.
    InlineFlags(String),
    /// `\p{L}`
    UnicodeClass,
    /// `[a&&b]`, `[a[bc]]`: read as a set operation by Rust alone.
    ClassOperation,
    /// `\<`, `\b{start}`
    WordEdge,
    /// More than [`MAX_REPEAT`] repetitions, nested ones multiplied.
    Repeat,
    /// More than [`MAX_SIZE`] parts with every repetition spelled out.
    Size,
}

/// RE2 refuses more repetitions than this, nested ones multiplied: <https://github.com/google/re2/wiki/Syntax>
pub const MAX_REPEAT: u32 = 1000;
/// Keeps the pattern below the size limit of Rust's `regex` (10 MB compiled).
pub const MAX_SIZE: u64 = 10_000;

impl Regex {
    /// `dot_all` and `multi_line` are the flags after the slash.
    pub fn new(written: &str, dot_all: bool, multi_line: bool, case: Casing) -> Result<Regex, RegexFault> {
        if let Some(at) = written.find("(?>") {
            return Err(RegexFault { range: at..at + 3, kind: RegexFaultKind::Possessive });
        }
        let tree = ParserBuilder::new().build().parse(written).map_err(fault)?;
        let flags = Flags { dot_all, multi_line, case };
        let spelled = rewrite::rewrite(&tree, flags)?;
        let globs = globs::globs(&tree, flags);
        let plain = plain::plain(&tree, written, flags);
        Ok(Regex { written: written.to_owned(), pattern: spelled.re2, rust: spelled.rust, pcre: spelled.pcre, globs, plain })
    }
}

#[derive(Clone, Copy)]
struct Flags {
    dot_all: bool,
    multi_line: bool,
    case: Casing,
}

fn range(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

fn fault(error: ast::Error) -> RegexFault {
    let kind = match error.kind() {
        ErrorKind::UnsupportedLookAround => RegexFaultKind::LookAround,
        ErrorKind::UnsupportedBackreference => RegexFaultKind::BackReference,
        ErrorKind::NestLimitExceeded(_) => RegexFaultKind::Size,
        other => RegexFaultKind::Syntax(other.to_string()),
    };
    RegexFault { range: range(error.span()), kind }
}

/// The least and the most of a repetition; None: without end.
fn bounds(kind: &ast::RepetitionKind) -> (u32, Option<u32>) {
    use ast::{RepetitionKind, RepetitionRange};
    match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(n)) => (*n, Some(*n)),
        RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (*n, None),
        RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => (*n, Some(*m)),
    }
}

/// `a` of `(a)`, whatever the group's kind.
fn inside(node: &Ast) -> &Ast {
    match node {
        Ast::Group(group) => inside(&group.ast),
        other => other,
    }
}

#[cfg(test)]
mod tests;
