//! Tokens: what kind, and where. The text of a token is read from the file when it is wanted.

use crate::source::{FileId, Span};

/// A kind of token. Words are names: which of them a word is depends on the place (see [`super::words`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tok {
    Name,
    /// A name in backticks.
    Quoted,
    /// `"..."`
    Cooked,
    /// `'...'`
    Raw,
    /// `@"..."` or typographic quotes: reported already, and read as raw text.
    ForeignText,
    Number,
    Duration,
    /// `T1059.001`; one without a dot is a `Name`.
    Technique,
    /// An address or a network.
    Address,
    Regex,
    Doc,
    /// A literal that was reported already: its value is not known.
    Bad,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Comma,
    Colon,
    Dot,
    Bar,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `=`
    Assign,
    /// A mark of another language: `=~ !~ <> && || ! ~ ; ...`
    Foreign,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub tok: Tok,
    pub start: u32,
    pub end: u32,
    /// The first on its line.
    pub first: bool,
}

impl Token {
    pub fn span(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}
