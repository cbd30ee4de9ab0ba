//! Expressions: `and`, `or`, `not`, parentheses, quorums, and where a test begins.
//!
//! An expression never continues with a name. So a name behind a complete test that is followed by an operator, or an expression's
//! beginning that can begin nothing else there, tells of a missing `and`; inside brackets any name does.

use super::super::ast::{At, Expr, Subject, Test};
use super::super::token::{Tok, Token};
use super::super::words;
use super::{Parser, Read};
use crate::diag::{Edit, syntax as say};
use crate::source::Span;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

impl Joint {
    fn word(self) -> &'static str {
        match self {
            Joint::And => "and",
            Joint::Or => "or",
        }
    }
}

/// `and` or `or` and the operand behind it. `forgotten`: it does not stand in the text.
struct Link {
    joint: Joint,
    at: Span,
    forgotten: bool,
}

impl Parser<'_> {
    /// `closed`: in brackets, where no branch can begin.
    pub(super) fn expr(&mut self, closed: bool) -> Read<Expr> {
        let first = self.unary(closed)?;
        let Some(link) = self.joint(closed, None) else { return Ok(first) };
        let (mut operands, mut links) = (vec![first, self.unary(closed)?], vec![link]);
        while let Some(link) = self.joint(closed, links.last().map(|link| link.joint)) {
            links.push(link);
            operands.push(self.unary(closed)?);
        }
        operands.shrink_to_fit();
        Ok(self.joined(operands, links))
    }

    /// Two operands or more, and what stands between them.
    fn joined(&mut self, operands: Vec<Expr>, links: Vec<Link>) -> Expr {
        let first = &links[0];
        let at = At(operands[0].span().to(operands[operands.len() - 1].span()));
        let Some(other) = links.iter().find(|link| link.joint != first.joint) else {
            return match first.joint {
                Joint::And => Expr::And(operands, at),
                Joint::Or => Expr::Or(operands, at),
            };
        };
        // Read as most languages do, with `and` first; but the reader must say so.
        let mut edits = Vec::new();
        let mut groups: Vec<Vec<Expr>> = vec![Vec::new()];
        for (n, operand) in operands.into_iter().enumerate() {
            if n > 0 && links[n - 1].joint == Joint::Or {
                groups.push(Vec::new());
            }
            if let Some(group) = groups.last_mut() {
                group.push(operand);
            }
        }
        let any = groups
            .into_iter()
            .map(|mut group| {
                if group.len() == 1 {
                    return group.remove(0);
                }
                let at = At(group[0].span().to(group[group.len() - 1].span()));
                let (start, end) = (Span { end: at.0.start, ..at.0 }, Span { start: at.0.end, ..at.0 });
                edits.extend([Edit { span: start, text: "(".to_string() }, Edit { span: end, text: ")".to_string() }]);
                Expr::Paren(Box::new(Expr::And(group, at)), at)
            })
            .collect();
        if !first.forgotten && !other.forgotten {
            self.report(say::mixed_and_or(other.at, other.joint.word(), first.at, first.joint.word(), edits));
        }
        Expr::Or(any, at)
    }

    /// Reads `and` or `or`, in whatever language, or finds that one is missing.
    fn joint(&mut self, closed: bool, before: Option<Joint>) -> Option<Link> {
        let at = self.here();
        let joint = match self.word() {
            "and" => Some(Joint::And),
            "or" => Some(Joint::Or),
            _ => None,
        };
        if let Some(joint) = joint {
            self.bump();
            return Some(Link { joint, at, forgotten: false });
        }
        if let Some((joint, written)) = self.foreign_joint(closed) {
            self.bump();
            let joint = if joint == "and" { Joint::And } else { Joint::Or };
            self.foreign(at, &written, joint.word());
            return Some(Link { joint, at, forgotten: false });
        }
        if !self.test_follows(closed) {
            return None;
        }
        let joint = before.unwrap_or(Joint::And);
        self.report(say::missing_and(at, self.gap(), joint.word()));
        Some(Link { joint, at, forgotten: true })
    }

    fn foreign_joint(&self, closed: bool) -> Option<(&'static str, String)> {
        let token = self.peek();
        let slice = self.slice(token);
        let joint = match (token.tok, slice) {
            (Tok::Foreign, "&&" | "&") => "and",
            (Tok::Foreign, "||") => "or",
            (Tok::Name, "AND" | "And") if closed || self.operand_follows() => "and",
            (Tok::Name, "OR" | "Or") if closed || self.operand_follows() => "or",
            _ => return None,
        };
        Some((joint, slice.to_string()))
    }

    /// Whether behind the current word something stands that an operand may begin with, and a branch may not continue with.
    fn operand_follows(&self) -> bool {
        match self.peek_at(1).tok {
            Tok::OpenParen | Tok::Quoted | Tok::Foreign => true,
            Tok::Name => !matches!(self.word_at(1), "where" | "except" | "on"),
            _ => false,
        }
    }

    /// Whether a test begins here although no `and` stands before it.
    fn test_follows(&self, closed: bool) -> bool {
        let token = self.peek();
        match token.tok {
            Tok::OpenParen => true,
            Tok::Name | Tok::Quoted => {
                let word = self.word();
                match word {
                    "not" => true,
                    "any" | "all" => self.word_at(1) == "of" || self.peek_at(1).tok == Tok::OpenBracket,
                    "at_least" => self.peek_at(1).tok == Tok::Number,
                    _ if words::is_reserved(word) => false,
                    // What is grouped may be asked for with `having not ..`, `having (..)`.
                    "having" if self.word_at(1) == "not" || self.peek_at(1).tok == Tok::OpenParen => false,
                    _ if closed => !words::NO_HEAD.contains(&word) || self.operator_at(1),
                    _ => self.operator_at(1),
                }
            }
            _ => false,
        }
    }

    /// Whether an operator, or a `.` and so a path, stands at the n-th token: then the name before it is a field.
    fn operator_at(&self, n: usize) -> bool {
        let token = self.peek_at(n);
        match token.tok {
            Tok::Dot | Tok::Equal | Tok::NotEqual | Tok::Less | Tok::LessEqual | Tok::Greater | Tok::GreaterEqual => true,
            Tok::Assign => true,
            Tok::Foreign => self.slice(token) != ";",
            Tok::OpenParen => true,
            Tok::Name => match self.word_at(n) {
                "in" | "contains" | "starts_with" | "ends_with" | "like" | "has" | "under" | "matches" | "exists" | "is" => true,
                "not" => true,
                _ => self.foreign_operator_name_at(n),
            },
            Tok::Bar => self.sigma_modifier_at(n + 1),
            _ => false,
        }
    }

    fn unary(&mut self, closed: bool) -> Read<Expr> {
        let start = self.peek();
        match start.tok {
            Tok::OpenParen => self.nested(|p| p.paren(start)),
            Tok::Foreign if matches!(self.slice(start), "!" | "~" | "-") && self.prefix_not() => self.foreign_not(start, closed),
            Tok::Name => match self.word() {
                "not" => {
                    self.bump();
                    self.nested(|p| p.negated(start, closed))
                }
                "any" | "all" => self.test(closed),
                "at_least" if self.peek_at(1).tok == Tok::Number => self.nested(|p| p.quorum(start)),
                "NOT" | "Not" if !self.operator_at(1) || self.peek_at(1).tok == Tok::OpenParen => self.foreign_not(start, closed),
                "exists" => self.prefix_exists(start),
                "true" | "false" => self.literal_as_test(start),
                _ if self.peek_at(1).tok == Tok::OpenParen => self.foreign_call(start),
                _ => self.test(closed),
            },
            Tok::Quoted => self.test(closed),
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Duration | Tok::Address | Tok::Regex => {
                self.literal_as_test(start)
            }
            _ => self.expected("a test, as in `name == \"cmd.exe\"`"),
        }
    }

    fn paren(&mut self, open: Token) -> Read<Expr> {
        self.bump();
        let inner = self.expr(true)?;
        self.close(Tok::CloseParen, ")", self.span(open));
        Ok(Expr::Paren(Box::new(inner), self.since(open)))
    }

    fn negated(&mut self, start: Token, closed: bool) -> Read<Expr> {
        let inner = self.unary(closed)?;
        Ok(Expr::Not(Box::new(inner), self.since(start)))
    }

    fn prefix_not(&self) -> bool {
        matches!(self.peek_at(1).tok, Tok::OpenParen | Tok::Name | Tok::Quoted | Tok::Foreign)
    }

    fn foreign_not(&mut self, start: Token, closed: bool) -> Read<Expr> {
        self.bump();
        let written = self.slice(start);
        self.foreign(self.span(start), written, "not");
        self.nested(|p| p.negated(start, closed))
    }

    fn quorum(&mut self, start: Token) -> Read<Expr> {
        self.bump();
        let count = self.int("how many of them, as in `at_least 2 of [..]`")?;
        if self.eat_word("of").is_none() {
            return self.expected("`of` and a list of tests");
        }
        let open = self.peek();
        if self.eat(Tok::OpenBracket).is_none() {
            return self.expected("`[` and the tests");
        }
        let tests = self.listed(self.span(open), |p| p.expr(true))?;
        if tests.is_empty() && self.was_empty(open) {
            let at = self.since(open);
            return self.fail(say::empty_list(at.0, "`at_least .. of` counts tests"));
        }
        Ok(Expr::Quorum(count, tests, self.since(start)))
    }

    fn test(&mut self, closed: bool) -> Read<Expr> {
        let start = self.peek();
        let subject = self.subject()?;
        let relation = self.relation(closed)?;
        Ok(Expr::Test(Test { subject, relation, at: self.since(start) }))
    }

    fn subject(&mut self) -> Read<Subject> {
        let start = self.peek();
        let word = self.word();
        if word != "any" && word != "all" {
            return self.path("a field").map(Subject::Path);
        }
        self.bump();
        if self.eat_word("of").is_none() {
            return self.expected(&format!("`of`, as in `{word} of [name, original_name]`"));
        }
        let open = self.peek();
        if self.eat(Tok::OpenBracket).is_none() {
            return self.expected("`[` and the fields");
        }
        let paths = self.listed(self.span(open), |p| p.path("a field"))?;
        if paths.is_empty() && self.was_empty(open) {
            let at = self.since(open);
            return self.fail(say::empty_list(at.0, &format!("`{word} of` wants fields")));
        }
        let at = self.since(start);
        Ok(if word == "any" { Subject::AnyOf(paths, at) } else { Subject::AllOf(paths, at) })
    }

    /// `exists name`, `exists(name)`.
    fn prefix_exists(&mut self, start: Token) -> Read<Expr> {
        let named = matches!(self.peek_at(1).tok, Tok::Name | Tok::Quoted | Tok::OpenParen);
        if !named {
            return self.expected("a field: Spoor writes `name exists`");
        }
        self.foreign_exists(start, false)
    }
}
