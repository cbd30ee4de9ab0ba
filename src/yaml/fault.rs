//! What is wrong with a text that is no YAML, and where.
//!
//! In: the parser's error, or the place of a node. Out: an [`Error`] that says what a person would change. The parser tells where it stopped;
//! here the beginning of the mistake is looked for.

use std::ops::Range;

use serde_yaml::granit_parser as granit;

use super::{Builder, Error, Problem};

impl Builder<'_> {
    pub(super) fn syntax(&self, error: &granit::ScanError) -> Error {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let at = (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        if let Some(tab) = self.tab(error, at) {
            return Error { span: tab..tab + 1, problem: Problem::Tab };
        }
        let letter = |at: usize| at..self.text[at..].chars().next().filter(|c| *c != '\n' && *c != '\r').map_or(at, |c| at + c.len_utf8());
        use granit::ErrorKind as Kind;
        let (span, problem) = match error.kind() {
            Kind::RecursionLimitExceeded => (at..at, Problem::TooDeep),
            Kind::UnexpectedCharacter { character } if character.is_control() => (letter(at), Problem::Control),
            Kind::UnexpectedCharacter { character } => (letter(at), Problem::Reserved(*character)),
            Kind::UnknownQuotedScalarEscape | Kind::InvalidQuotedScalarHexEscape | Kind::InvalidUnicodeEscape => {
                (self.bad_escape(at), Problem::Escape)
            }
            Kind::InvalidTrailingSingleQuotedScalar => (letter(at), Problem::Quote('\'')),
            Kind::InvalidTrailingDoubleQuotedScalar => (letter(at), Problem::Quote('"')),
            Kind::UnclosedQuotedScalar | Kind::InvalidQuotedScalarIndent | Kind::DocumentIndicatorInQuotedScalar => {
                (self.open_quote(at), Problem::Unclosed)
            }
            Kind::MappingValueNotAllowed => (letter(at), Problem::Colon),
            Kind::ExpectedBlockMappingKey | Kind::ExpectedBlockSequenceEntry | Kind::InvalidIndentation => (letter(at), Problem::Column),
            _ => (letter(at), Problem::Syntax(error.info())),
        };
        Error { span, problem }
    }

    /// The first backslash of a text in double quotes that is no escape.
    fn bad_escape(&self, quote: usize) -> Range<usize> {
        let mut at = quote + 1;
        while let Some(found) = self.text.get(at..).and_then(|rest| rest.find('\\')) {
            let (from, next) = (at + found, self.text[at + found + 1..].chars().next());
            let hex = |digits: usize| {
                let end = from + 2 + digits;
                self.text.get(from + 2..end).is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
            };
            let known = match next {
                Some('x') => hex(2),
                Some('u') => hex(4),
                Some('U') => hex(8),
                Some(c) => "0abtnvfre \"/\\N_LP\t\n\r".contains(c),
                None => false,
            };
            if !known {
                return from..from + 1 + next.filter(|c| *c != '\n').map_or(0, char::len_utf8);
            }
            at = from + 1 + next.map_or(0, char::len_utf8);
        }
        quote..quote + 1
    }

    /// The quote that is open at a place: the last one before it that begins a text.
    fn open_quote(&self, at: usize) -> Range<usize> {
        let before = &self.text[..at];
        let begins = |(at, _): &(usize, &str)| before[..*at].ends_with([' ', '\n', '[', '{', ',', '(']) || *at == 0;
        let start = before.rmatch_indices(['"', '\'']).find(begins).map_or(at, |(start, _)| start);
        start..self.text.len().min(start + usize::from(start < at))
    }

    /// A tag that no core schema has.
    pub(super) fn tag(&self, node: usize) -> Error {
        let line = self.text[..node].rfind('\n').map_or(0, |end| end + 1);
        let start = self.text[line..node].rfind('!').map_or(node, |at| line + at);
        let len = self.text[start..].find(char::is_whitespace).unwrap_or(self.text.len() - start);
        Error { span: start..start + len, problem: Problem::Tag }
    }

    /// The tab that stands where only spaces may: in the indent of the line, or the next one after the place of an error about tabs.
    fn tab(&self, error: &granit::ScanError, at: usize) -> Option<usize> {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let rest = &self.text[start..];
        let indent = &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()];
        let about_tabs = matches!(
            error.kind(),
            granit::ErrorKind::TabNotAllowed
                | granit::ErrorKind::TabInBlockIndentation
                | granit::ErrorKind::TabAtBlockScalarStart
                | granit::ErrorKind::TabInIndentation
                | granit::ErrorKind::TabInPlainScalar
        );
        let later = || self.text[at..].find('\t').map(|tab| at + tab).filter(|_| about_tabs);
        indent.find('\t').map(|tab| start + tab).or_else(later)
    }
}
