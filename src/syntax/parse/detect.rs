//! `detect`, down to its branches.
//!
//! In: the tokens behind the word. Out: a lone branch, a block or a linked pattern, and what groups its events. Steps are read in `steps`, branches in `branch`, groups in
//! `aggregate`; what other languages write in their place is told, and read as it is meant.

use super::super::ast::{Block, BlockKind, Detect, Link, Pattern, Step};
use super::super::token::{Tok, Token};
use super::super::words;
use super::steps::Steps;
use super::{Failed, Parser, Read};
use crate::diag::syntax as say;

impl Parser<'_> {
    pub(super) fn detect(&mut self) -> Read<Detect> {
        let start = self.bump();
        self.eat(Tok::Colon);
        let pattern = self.pattern(start)?;
        let group = self.group()?;
        Ok(Detect { pattern, group, at: self.since(start) })
    }

    fn pattern(&mut self, detect: Token) -> Read<Pattern> {
        let start = self.peek();
        let kind = match (start.tok, self.word()) {
            (Tok::OpenBrace, _) => BlockKind::Union,
            (_, "sequence") => {
                self.bump();
                BlockKind::Sequence(self.link("sequence")?)
            }
            (_, "together") => {
                self.bump();
                BlockKind::Together(self.link("together")?)
            }
            (_, "at_least") => {
                self.bump();
                let count = self.int("how many of the steps, as in `at_least 3 by host within 10m {..}`")?;
                if self.word() == "of" {
                    let of = self.here();
                    self.report(say::needless_word(of, "of", "the steps stand in braces"));
                    self.bump();
                }
                BlockKind::AtLeast(count, self.link("at_least")?)
            }
            _ => return self.lone_branch(detect),
        };
        let open = self.peek();
        if self.eat(Tok::OpenBrace).is_none() {
            return self.expected("`{` and the steps");
        }
        let steps = if kind == BlockKind::Union { Steps::Union } else { Steps::Linked };
        let steps = self.steps(self.span(open), steps)?;
        let mut common = Vec::new();
        loop {
            let token = self.peek();
            match self.word() {
                "except" => common.push(self.exclusion()?),
                "on" if self.peek_at(1).tok != Tok::Colon => {
                    let here = self.span(token);
                    return self.fail(say::clause_after_block(here, "on"));
                }
                "where" => {
                    let here = self.span(token);
                    return self.fail(say::clause_after_block(here, "where"));
                }
                _ => break,
            }
        }
        Ok(Pattern::Block(Block { kind, steps, common, at: self.since(start) }))
    }

    fn link(&mut self, word: &str) -> Read<Link> {
        let start = self.peek();
        let by = if self.word() == "by" { self.by()? } else { Vec::new() };
        if self.eat_word("within").is_none() {
            let token = self.peek();
            let found = self.describe(token);
            let at = if token.tok == Tok::End { self.gap() } else { self.span(token) };
            return self.fail(say::without_within(at, &found, word));
        }
        let within = self.duration("within", "10m")?;
        let mut link = Link { by, within, at: self.since(start) };
        if self.word() == "by" && link.by.is_empty() {
            // `within 10m by host`: the other order.
            let here = self.peek();
            link.by = self.by()?;
            let at = self.since(here);
            let written = self.text[link.at.0.range()].to_string();
            let by = self.text[at.0.range()].to_string();
            self.report(say::link_order(at.0, link.at.0, &written, &by));
            link.at = self.since(start);
        }
        Ok(link)
    }

    pub(super) fn by(&mut self) -> Read<Vec<super::Path>> {
        self.bump();
        let mut paths = vec![self.path("a field to group by")?];
        while self.eat(Tok::Comma).is_some() {
            if self.after_trailing_comma() {
                break;
            }
            paths.push(self.path("a field to group by")?);
        }
        Ok(paths)
    }

    /// A pattern without braces, and what shows that it wanted them.
    fn lone_branch(&mut self, detect: Token) -> Read<Pattern> {
        let start = self.peek();
        if matches!(start.tok, Tok::Name | Tok::Quoted) && self.peek_at(1).tok == Tok::Colon && !words::ITEMS.contains(&self.word()) {
            return self.steps_without_braces(start, Vec::new(), detect);
        }
        let branch = self.branch()?;
        if !self.branch_follows() {
            return Ok(Pattern::One(branch));
        }
        let at = branch.at;
        self.steps_without_braces(start, vec![Step { optional: false, label: None, counted: None, branch, at }], detect)
    }

    /// Whether a second branch stands behind the first although no brace was opened.
    fn branch_follows(&self) -> bool {
        let token = self.peek();
        let named = token.tok == Tok::Quoted || (token.tok == Tok::Name && words::is_head(self.word()));
        let follows = self.peek_at(1);
        named
            && match follows.tok {
                Tok::Bar => true,
                Tok::Name => {
                    matches!(self.word_at(1), "where" | "except" | "on") || (!token.first && words::NO_HEAD.contains(&self.word_at(1)))
                }
                // `a: process where ..` is a branch with a label, `level: high` is metadata.
                Tok::Colon => {
                    matches!(self.peek_at(2).tok, Tok::Name | Tok::Quoted)
                        && (matches!(self.word_at(3), "where" | "except") || self.peek_at(3).tok == Tok::Bar)
                }
                Tok::CloseBrace => true,
                _ => false,
            }
    }

    fn steps_without_braces(&mut self, start: Token, mut steps: Vec<Step>, detect: Token) -> Read<Pattern> {
        let second = self.peek();
        let first = steps.first().map(|step| step.at.0);
        while (steps.is_empty() && self.is_label()) || self.branch_follows() {
            match self.step(Steps::Union) {
                Ok(step) => steps.push(step),
                Err(Failed) => break,
            }
        }
        let at = self.since(start);
        self.report(say::several_patterns(self.span(second), first, self.span(detect), at.0));
        Ok(Pattern::Block(Block { kind: BlockKind::Union, steps, common: Vec::new(), at }))
    }
}
