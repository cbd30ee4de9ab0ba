//! What is grouped, and aggregates.
//!
//! In: the tokens of `having`, `by` and `per`, or of one aggregate. Out: their part of the tree. Which functions there are, and of what, is `check`'s matter.

use super::super::ast::{AggExpr, AggTest, Aggregate, Group, Op, Value};
use super::super::token::{Tok, Token};
use super::super::words;
use super::{Parser, Read};
use crate::diag::syntax as say;
use crate::source::Span;

impl Parser<'_> {
    /// `having`, `by`, `per`, each at most once, in any order.
    pub(super) fn group(&mut self) -> Read<Group> {
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
