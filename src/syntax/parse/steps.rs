//! The steps of a block.
//!
//! In: the tokens behind its brace. Out: labelled steps, each a branch, with how many events it wants. Law: one mistake in a step loses that step alone: the loop goes on at the next
//! label.

use super::super::ast::{At, Counted, Name, Step};
use super::super::token::Tok;
use super::super::words;
use super::{Failed, Parser, Read};
use crate::diag::syntax as say;
use crate::source::Span;

/// What steps stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    Union,
    Linked,
}

impl Parser<'_> {
    pub(super) fn is_label(&self) -> bool {
        matches!(self.peek().tok, Tok::Name | Tok::Quoted) && self.peek_at(1).tok == Tok::Colon
    }

    pub(super) fn steps(&mut self, open: Span, kind: Steps) -> Read<Vec<Step>> {
        let mut steps = Vec::new();
        let mut failed = false;
        loop {
            let token = self.peek();
            match token.tok {
                Tok::CloseBrace => {
                    self.bump();
                    break;
                }
                Tok::Comma | Tok::Foreign if matches!(self.slice(token), "," | ";") => {
                    let here = self.span(token);
                    self.report(say::needless_mark(here, self.slice(token)));
                    self.bump();
                    continue;
                }
                _ => {}
            }
            if token.tok == Tok::End || self.block_is_left() {
                self.left_open = token.tok == Tok::End || self.next_rule_begins();
                self.close(Tok::CloseBrace, "}", open);
                break;
            }
            let start = self.at;
            match self.step(kind) {
                Ok(step) => steps.push(step),
                Err(Failed) => {
                    failed = true;
                    self.skip_to_step(start);
                }
            }
        }
        let least = if kind == Steps::Linked { 2 } else { 1 };
        if steps.len() < least && !failed {
            let at = Span { end: self.last_end(), ..open };
            self.complete = false;
            self.report(say::too_few_steps(at, steps.len(), least));
        }
        Ok(steps)
    }

    /// At a clause or at metadata: the `}` of the block was forgotten.
    fn block_is_left(&self) -> bool {
        let word = self.word();
        if self.next_rule_begins() {
            return true;
        }
        let follows = self.peek_at(1).tok;
        match word {
            "rule" | "import" | "let" | "detect" | "last" | "show" | "test" | "having" | "by" | "per" => follows != Tok::Colon,
            _ => {
                follows == Tok::Colon
                    && matches!(
                        self.peek_at(2).tok,
                        Tok::Cooked | Tok::Raw | Tok::Number | Tok::OpenBracket | Tok::Technique | Tok::Duration
                    )
            }
        }
    }

    /// To the next line that begins a step, or to what ends the block.
    fn skip_to_step(&mut self, start: usize) {
        self.complete = false;
        if self.at == start {
            self.bump();
        }
        let mut open = 0;
        loop {
            let token = self.peek();
            match token.tok {
                Tok::End => return,
                Tok::OpenBrace => open += 1,
                Tok::CloseBrace if open == 0 => return,
                Tok::CloseBrace => open -= 1,
                _ if open > 0 || !token.first => {}
                Tok::Name | Tok::Quoted => {
                    let step = match self.peek_at(1).tok {
                        Tok::Colon | Tok::Bar => true,
                        Tok::Name => self.word_at(1) == "where" || words::ITEMS.contains(&self.word()),
                        Tok::Duration => self.word() == "last",
                        _ => false,
                    };
                    if step || self.word() == "optional" || self.next_rule_begins() {
                        return;
                    }
                }
                _ => {}
            }
            self.bump();
        }
    }

    pub(super) fn step(&mut self, kind: Steps) -> Read<Step> {
        let start = self.peek();
        let optional = self.word() == "optional" && self.peek_at(1).tok != Tok::Colon;
        if optional {
            let here = self.here();
            self.bump();
            if kind == Steps::Union {
                self.report(say::optional_in_union(here));
            }
        }
        let label = if self.is_label() { Some(self.label()?) } else { None };
        if label.is_none() && kind == Steps::Linked {
            // The step is worth reading all the same.
            let here = self.here();
            let counted = self.counted(kind)?;
            let branch = self.branch()?;
            self.complete = false;
            self.report(say::step_without_label(here));
            return Ok(Step { optional, label, counted, branch, at: self.since(start) });
        }
        let counted = self.counted(kind)?;
        let branch = self.branch()?;
        Ok(Step { optional, label, counted, branch, at: self.since(start) })
    }

    /// `at_least 10 within 10m`: without the number the word is a class.
    pub(super) fn counted(&mut self, kind: Steps) -> Read<Option<Counted>> {
        if self.word() != "at_least" || self.peek_at(1).tok != Tok::Number {
            return Ok(None);
        }
        let start = self.bump();
        let count = self.int("how many of the step's events, as in `at_least 10 within 10m`")?;
        if self.eat_word("within").is_none() {
            let token = self.peek();
            let found = self.describe(token);
            let at = if token.tok == Tok::End { self.gap() } else { self.span(token) };
            return self.fail(say::count_without_within(at, &found, self.word() == "by"));
        }
        let within = self.duration("within", "10m")?;
        let counted = Counted { count, within, at: self.since(start) };
        if kind == Steps::Union {
            self.complete = false;
            self.report(say::count_in_union(counted.at.0));
            return Ok(None);
        }
        Ok(Some(counted))
    }

    pub(super) fn label(&mut self) -> Read<Name> {
        let word = self.word();
        let here = self.here();
        if words::NO_HEAD.contains(&word) {
            self.complete = false;
            self.report(say::word_as_key(here, word, "a label"));
            self.bump();
            self.bump();
            return Ok(Name { text: word.to_string(), quoted: true, at: At(here) });
        }
        if words::HELD_BACK.contains(&word) {
            return self.fail(say::held_back(here, word));
        }
        let label = self.name("a label")?;
        self.bump();
        Ok(label)
    }
}
