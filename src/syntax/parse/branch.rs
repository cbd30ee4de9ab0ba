//! One branch: its classes, its condition, what is left out of it.
//!
//! In: the tokens from the class on. Out: the branch. `where` may be missing, written as `|`, or be another language's word: then that is told.

use super::super::ast::{Branch, Clause, Exclusion, Name, Pinned};
use super::super::token::{Tok, Token};
use super::super::words;
use super::{Parser, Read};
use crate::diag::syntax as say;

impl Parser<'_> {
    pub(super) fn branch(&mut self) -> Read<Branch> {
        let start = self.peek();
        let mut classes = vec![self.class()?];
        while self.is(Tok::Bar) || (self.is(Tok::Comma) && self.class_follows()) {
            let mark = self.here();
            if self.is(Tok::Comma) {
                self.foreign(mark, ",", " |");
            } else if self.pipe_of_kql() {
                break;
            }
            self.bump();
            classes.push(self.class()?);
        }
        let condition = if self.eat_where().is_some() { Some(self.expr(false)?) } else { None };
        let mut clauses = Vec::new();
        loop {
            match self.word() {
                "except" => clauses.push(Clause::Except(self.exclusion()?)),
                "on" if self.peek_at(1).tok != Tok::Colon => clauses.push(Clause::On(self.pinned()?)),
                "where" => {
                    let here = self.here();
                    self.report(say::second_where(here));
                    self.bump();
                    let expr = self.expr(false)?;
                    self.complete = false;
                    drop(expr);
                }
                _ => break,
            }
        }
        if self.is(Tok::Bar) {
            let here = self.here();
            return self.fail(say::no_pipes(here, self.word_at(1)));
        }
        Ok(Branch { classes, condition, clauses, at: self.since(start) })
    }

    pub(super) fn class_follows(&self) -> bool {
        let word = self.word_at(1);
        words::is_head(word) && (self.word_at(2) == "where" || self.peek_at(2).tok == Tok::Comma)
    }

    /// `process | where ..`: a pipe, not a second class.
    pub(super) fn pipe_of_kql(&self) -> bool {
        words::is_reserved(self.word_at(1))
            || matches!(
                self.word_at(1),
                "project" | "summarize" | "extend" | "stats" | "search" | "sort" | "join" | "table" | "eval" | "tstats"
            ) && !matches!(self.word_at(2), "where")
    }

    pub(super) fn eat_where(&mut self) -> Option<Token> {
        if self.is(Tok::Bar) && matches!(self.word_at(1), "where" | "search") {
            let at = self.here().to(self.span(self.peek_at(1)));
            let written = format!("| {}", self.word_at(1));
            self.foreign(at, &written, "where");
            self.bump();
            return Some(self.bump());
        }
        if matches!(self.word(), "WHERE" | "Where") && matches!(self.peek_at(1).tok, Tok::Name | Tok::Quoted | Tok::OpenParen) {
            let here = self.here();
            self.foreign(here, self.word(), "where");
            return Some(self.bump());
        }
        self.eat_word("where")
    }

    pub(super) fn class(&mut self) -> Read<Name> {
        let word = self.word();
        let here = self.here();
        if words::NO_HEAD.contains(&word) {
            let found = format!("`{word}`");
            return self.fail(say::unexpected(here, &found, "a class of events, as in `process`"));
        }
        if words::HELD_BACK.contains(&word) {
            return self.fail(say::held_back(here, word));
        }
        if words::is_reserved(word) {
            let found = format!("`{word}`");
            return self.fail(say::unexpected(here, &found, "a class of events, as in `process`"));
        }
        self.name("a class of events, as in `process`")
    }

    pub(super) fn exclusion(&mut self) -> Read<Exclusion> {
        let start = self.bump();
        let expr = self.expr(false)?;
        Ok(Exclusion { expr, at: self.since(start) })
    }

    pub(super) fn pinned(&mut self) -> Read<Pinned> {
        let start = self.bump();
        let target = self.name("a target, as in `on defender where ..`")?;
        let except = match self.word() {
            "where" => false,
            "except" => true,
            _ => return self.expected("`where` or `except`"),
        };
        self.bump();
        let expr = self.expr(false)?;
        Ok(Pinned { target, except, expr, at: self.since(start) })
    }
}
