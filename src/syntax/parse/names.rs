//! Names, paths and texts.
//!
//! In: the tokens of one. Out: the leaf of the tree. A word that the language keeps is no name, but behind a dot nothing else can stand; a literal that the lexer told of
//! is read as some text, so that the rest of its item is read.

use super::super::ast::{At, Name, Path, Text};
use super::super::token::Tok;
use super::super::{leaf, words};
use crate::diag::syntax as say;
use crate::source::Span;

use super::{Parser, Read};

impl Parser<'_> {
    /// A name that is no reserved word.
    pub(super) fn name(&mut self, wanted: &str) -> Read<Name> {
        let token = self.peek();
        match token.tok {
            Tok::Quoted => {
                self.bump();
                let slice = self.slice(token);
                Ok(Name { text: slice[1..slice.len() - 1].to_string(), quoted: true, at: At(self.span(token)) })
            }
            Tok::Name if words::is_reserved(self.slice(token)) => {
                let word = self.slice(token);
                self.fail(say::reserved_word(self.span(token), word, wanted))
            }
            Tok::Name => {
                self.bump();
                Ok(Name { text: self.slice(token).to_string(), quoted: false, at: At(self.span(token)) })
            }
            _ => self.expected(wanted),
        }
    }

    pub(super) fn path(&mut self, wanted: &str) -> Read<Path> {
        let start = self.peek();
        if self.clause_begins() {
            return self.expected(wanted);
        }
        let mut parts = vec![self.name(wanted)?];
        while self.is(Tok::Dot) {
            self.bump();
            let word = self.word();
            if words::is_reserved(word) && self.adjacent_before() {
                // `actor.all`: a name is meant, and only a name can stand here.
                let token = self.bump();
                self.report(say::reserved_word_in_path(self.span(token), word));
                parts.push(Name { text: word.to_string(), quoted: true, at: At(self.span(token)) });
                continue;
            }
            parts.push(self.name("a name after the dot")?);
        }
        Ok(Path { parts, at: self.since(start) })
    }

    /// At a line such as `last 7d`: what was wanted before it is missing, although `last` could be a field.
    pub(super) fn clause_begins(&self) -> bool {
        let next = self.peek_at(1).tok;
        self.peek().first
            && match self.word() {
                "last" => matches!(next, Tok::Duration | Tok::Bad),
                "test" => matches!(next, Tok::Cooked | Tok::Raw),
                "let" => matches!(self.peek_at(2).tok, Tok::Assign),
                "show" => matches!(self.peek_at(2).tok, Tok::Comma),
                _ => false,
            }
    }

    pub(super) fn adjacent_before(&self) -> bool {
        self.last_end() == self.peek().start
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.peek().tok, Tok::Cooked | Tok::Raw | Tok::ForeignText)
    }

    pub(super) fn text(&mut self, wanted: &str) -> Read<Text> {
        if self.is(Tok::Bad) {
            return Ok(self.unknown_text());
        }
        if !self.is_text() {
            return self.expected(wanted);
        }
        let token = self.bump();
        let (slice, span) = (self.slice(token), self.span(token));
        let at = At(span);
        Ok(match token.tok {
            Tok::Cooked => match leaf::cooked_value(slice) {
                Ok(value) => Text { value, raw: false, at },
                Err((from, len)) => {
                    let start = token.start as usize + from;
                    self.report(say::bad_escape(span, Span::new(self.file, start, start + len), slice));
                    // As the fix says: the backslashes are meant as they stand.
                    Text { value: slice[1..slice.len() - 1].to_string(), raw: true, at }
                }
            },
            Tok::Raw => Text { value: leaf::raw_value(slice), raw: true, at },
            _ => {
                let value = leaf::foreign_value(slice);
                self.report(say::foreign_quotes(span, slice, &value));
                Text { value, raw: true, at }
            }
        })
    }

    /// Stands for a literal that was reported already, so that the rest of the item is read.
    pub(super) fn unknown_text(&mut self) -> Text {
        self.complete = false;
        let token = self.bump();
        Text { value: String::new(), raw: false, at: At(self.span(token)) }
    }
}
