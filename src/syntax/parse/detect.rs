//! `detect`: branches, blocks, steps, what is grouped, and aggregates.

use super::super::ast::{
    AggExpr, AggTest, Aggregate, At, Block, BlockKind, Branch, Clause, Counted, Detect, Exclusion, Group, Link, Name, Op, Pattern, Pinned,
    Step, Value,
};
use super::super::token::{Tok, Token};
use super::super::words;
use super::{Failed, Parser, Read};
use crate::diag::syntax as say;
use crate::source::Span;

/// What steps stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    Union,
    Linked,
}

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

    fn by(&mut self) -> Read<Vec<super::Path>> {
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

    fn is_label(&self) -> bool {
        matches!(self.peek().tok, Tok::Name | Tok::Quoted) && self.peek_at(1).tok == Tok::Colon
    }

    // ---------- blocks ----------

    fn steps(&mut self, open: Span, kind: Steps) -> Read<Vec<Step>> {
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

    fn step(&mut self, kind: Steps) -> Read<Step> {
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
    fn counted(&mut self, kind: Steps) -> Read<Option<Counted>> {
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

    fn label(&mut self) -> Read<Name> {
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

    fn branch(&mut self) -> Read<Branch> {
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

    fn class_follows(&self) -> bool {
        let word = self.word_at(1);
        words::is_head(word) && (self.word_at(2) == "where" || self.peek_at(2).tok == Tok::Comma)
    }

    /// `process | where ..`: a pipe, not a second class.
    fn pipe_of_kql(&self) -> bool {
        words::is_reserved(self.word_at(1))
            || matches!(
                self.word_at(1),
                "project" | "summarize" | "extend" | "stats" | "search" | "sort" | "join" | "table" | "eval" | "tstats"
            ) && !matches!(self.word_at(2), "where")
    }

    fn eat_where(&mut self) -> Option<Token> {
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

    fn exclusion(&mut self) -> Read<Exclusion> {
        let start = self.bump();
        let expr = self.expr(false)?;
        Ok(Exclusion { expr, at: self.since(start) })
    }

    fn pinned(&mut self) -> Read<Pinned> {
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

    // ---------- groups ----------

    /// `having`, `by`, `per`, each at most once, in any order.
    fn group(&mut self) -> Read<Group> {
        let mut group = Group::default();
        let mut seen: Vec<(&str, Span)> = Vec::new();
        loop {
            let word = self.word();
            if !matches!(word, "having" | "by" | "per") || self.peek_at(1).tok == Tok::Colon {
                break;
            }
            let here = self.here();
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == word) {
                let first = *first;
                self.report(say::clause_twice(here, first, word));
            }
            seen.push((word, here));
            match word {
                "having" => {
                    self.bump();
                    group.having = Some(self.agg_expr()?);
                }
                "by" => group.by = self.by()?,
                _ => {
                    self.bump();
                    group.per = Some(self.duration("per", "1h")?);
                }
            }
        }
        if words::HELD_BACK.contains(&self.word()) && self.peek_at(1).tok != Tok::Colon {
            let here = self.here();
            return self.fail(say::held_back(here, self.word()));
        }
        if self.is(Tok::Bar) {
            let here = self.here();
            return self.fail(say::no_pipes(here, self.word_at(1)));
        }
        Ok(group)
    }

    fn agg_expr(&mut self) -> Read<AggExpr> {
        let start = self.peek();
        let first = self.agg_unary()?;
        let mut operands = vec![first];
        let mut joints: Vec<(&str, Span)> = Vec::new();
        loop {
            let here = self.here();
            let token = self.peek();
            let joint = match (token.tok, self.slice(token)) {
                (Tok::Name, "and") => "and",
                (Tok::Name, "or") => "or",
                (Tok::Name, "AND") | (Tok::Foreign, "&&") => "and",
                (Tok::Name, "OR") | (Tok::Foreign, "||") => "or",
                _ if self.is(Tok::OpenParen) || self.word() == "not" || self.begins_aggregate() => {
                    let joint = joints.last().map_or("and", |(joint, _)| joint);
                    self.report(say::missing_and(here, self.gap(), joint));
                    joints.push((joint, here));
                    operands.push(self.agg_unary()?);
                    continue;
                }
                _ => break,
            };
            if self.slice(token) != joint {
                self.foreign(here, self.slice(token), joint);
            }
            self.bump();
            joints.push((joint, here));
            operands.push(self.agg_unary()?);
        }
        let Some((first, first_at)) = joints.first().copied() else { return Ok(operands.remove(0)) };
        if let Some((other, at)) = joints.iter().find(|(joint, _)| *joint != first).copied() {
            return self.fail(say::mixed_and_or(at, other, first_at, first, Vec::new()));
        }
        let at = self.since(start);
        Ok(if first == "and" { AggExpr::And(operands, at) } else { AggExpr::Or(operands, at) })
    }

    fn agg_unary(&mut self) -> Read<AggExpr> {
        let start = self.peek();
        match (start.tok, self.word()) {
            (_, "not") => {
                self.bump();
                let inner = self.nested(|p| p.agg_unary())?;
                Ok(AggExpr::Not(Box::new(inner), self.since(start)))
            }
            (Tok::OpenParen, _) => {
                self.bump();
                let inner = self.nested(|p| p.agg_expr())?;
                self.close(Tok::CloseParen, ")", self.span(start));
                Ok(AggExpr::Paren(Box::new(inner), self.since(start)))
            }
            _ => self.agg_test(start).map(|test| AggExpr::Test(Box::new(test))),
        }
    }

    fn agg_test(&mut self, start: Token) -> Read<AggTest> {
        if !self.begins_aggregate() {
            let here = self.here();
            let word = self.word();
            if ["count", "distinct", "sum", "min", "max", "avg", "median", "percentile", "values"].contains(&word) {
                return self.fail(say::aggregate_without_parentheses(here, word));
            }
            return self.expected("an aggregate, as in `count() > 5`");
        }
        let aggregate = self.aggregate()?;
        let mark = self.peek();
        let op = match mark.tok {
            Tok::Equal => Op::Equal,
            Tok::NotEqual => Op::NotEqual,
            Tok::Less => Op::Less,
            Tok::LessEqual => Op::LessEqual,
            Tok::Greater => Op::Greater,
            Tok::GreaterEqual => Op::GreaterEqual,
            Tok::Assign => {
                self.foreign(self.span(mark), "=", "==");
                Op::Equal
            }
            Tok::Foreign if self.slice(mark) == "<>" => {
                self.foreign(self.span(mark), "<>", "!=");
                Op::NotEqual
            }
            _ => return self.expected("a comparison, as in `count() > 5`"),
        };
        self.bump();
        let value = match self.peek().tok {
            Tok::Number => Value::Number(self.number()?),
            Tok::Duration => Value::Duration(self.duration("here", "5m")?),
            Tok::Bad => {
                let at = self.unknown_text().at.0;
                self.zero(at)
            }
            _ => return self.expected("a number or a duration"),
        };
        Ok(AggTest { aggregate, op, value, at: self.since(start) })
    }

    pub(super) fn begins_aggregate(&self) -> bool {
        let token = self.peek();
        let named = token.tok == Tok::Quoted || (token.tok == Tok::Name && !words::is_reserved(self.word()));
        named && self.peek_at(1).tok == Tok::OpenParen
    }

    pub(super) fn aggregate(&mut self) -> Read<Aggregate> {
        let start = self.peek();
        if self.word() == "extract" {
            let here = self.here();
            return self.fail(say::held_back(here, "extract"));
        }
        let function = self.name("an aggregate")?;
        let open = self.here();
        self.bump();
        if self.word() == "extract" && self.peek_at(1).tok == Tok::OpenParen {
            let here = self.here();
            return self.fail(say::held_back(here, "extract"));
        }
        let field = match self.peek().tok {
            Tok::Quoted => Some(self.path("a field")?),
            Tok::Name if self.word() != "where" => Some(self.path("a field")?),
            _ => None,
        };
        let number = if field.is_some() && self.is(Tok::Comma) {
            self.bump();
            Some(self.number()?)
        } else {
            None
        };
        let condition = match self.eat_word("where") {
            Some(_) => Some(Box::new(self.nested(|p| p.expr(true))?)),
            None => None,
        };
        self.close(Tok::CloseParen, ")", open);
        Ok(Aggregate { function, field, number, condition, at: self.since(start) })
    }
}
