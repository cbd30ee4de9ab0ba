//! What follows the subject of a test: an operator with its modifiers, and the operand it takes.

use super::super::ast::{At, Op, Path, Relation, Value};
use super::super::token::Tok;
use super::super::words;
use super::foreign::Pending;
use super::{Parser, Read};
use crate::diag::{Edit, syntax as say};
use crate::source::Span;

/// An operator as read. `pending`: it was written as another language does, which is told with its operand.
pub(super) struct Operator {
    pub op: Op,
    pub negated: bool,
    pub all: bool,
    pub cased: bool,
    pub at: Span,
    pub pending: Option<Pending>,
    /// `is NAME` has its operand already.
    pub operand: Option<Value>,
}

impl Operator {
    pub fn new(op: Op, at: Span) -> Operator {
        Operator { op, negated: false, all: false, cased: false, at, pending: None, operand: None }
    }
}

/// The operator that a word is, if it is one.
pub(super) fn op_word(word: &str) -> Option<Op> {
    Some(match word {
        "in" => Op::In,
        "contains" => Op::Contains,
        "starts_with" => Op::StartsWith,
        "ends_with" => Op::EndsWith,
        "like" => Op::Like,
        "has" => Op::Has,
        "under" => Op::Under,
        "matches" => Op::Matches,
        "exists" => Op::Exists,
        _ => return None,
    })
}

fn takes_all(op: Op) -> bool {
    match op {
        Op::Contains | Op::StartsWith | Op::EndsWith | Op::Like | Op::Has | Op::Under | Op::Matches => true,
        Op::Equal | Op::NotEqual | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::In | Op::Exists | Op::Is => false,
    }
}

impl Parser<'_> {
    pub(super) fn relation(&mut self, closed: bool) -> Read<Option<Relation>> {
        let start = self.peek();
        let Some(mut operator) = self.operator(closed)? else { return Ok(None) };
        let operand = match operator.op {
            Op::Is => operator.operand.take(),
            Op::Exists => None,
            // `|windash` has read its operand already.
            _ if operator.operand.is_some() => operator.operand.take(),
            _ => {
                self.modifiers(&mut operator);
                Some(self.operand(&mut operator)?)
            }
        };
        if let Some(pending) = operator.pending.take() {
            self.report(say::foreign_spelling(pending));
        }
        let Operator { op, negated, all, cased, at, .. } = operator;
        Ok(Some(Relation { negated, op, op_at: At(at), all, cased, operand, at: self.since(start) }))
    }

    fn operator(&mut self, closed: bool) -> Read<Option<Operator>> {
        let token = self.peek();
        let here = self.span(token);
        let op = match token.tok {
            Tok::Equal => Op::Equal,
            Tok::NotEqual => Op::NotEqual,
            Tok::Less => Op::Less,
            Tok::LessEqual => Op::LessEqual,
            Tok::Greater => Op::Greater,
            Tok::GreaterEqual => Op::GreaterEqual,
            Tok::Name => match self.word() {
                "not" => return self.negated_operator(closed),
                "is" => return self.is_operator().map(Some),
                word => match op_word(word) {
                    Some(op) => op,
                    None => return self.foreign_operator(closed),
                },
            },
            Tok::Assign | Tok::Foreign | Tok::Colon | Tok::Bar => return self.foreign_operator(closed),
            _ => return Ok(None),
        };
        if self.peek_at(1).tok == Tok::Foreign && self.slice(self.peek_at(1)) == "~" && self.adjacent(0) {
            return self.foreign_operator(closed);
        }
        if op == Op::Matches && self.matches_regex(1) {
            return self.foreign_operator(closed);
        }
        if matches!(op, Op::Equal | Op::NotEqual) && matches!(self.word_at(1), "null" | "NULL" | "None" | "nil") {
            return Ok(Some(self.compared_with_null(op)));
        }
        self.bump();
        Ok(Some(Operator::new(op, here)))
    }

    /// `matches regex "..."` of KQL; `matches regex` alone names a `let`.
    fn matches_regex(&self, n: usize) -> bool {
        self.word_at(n) == "regex" && matches!(self.peek_at(n + 1).tok, Tok::Cooked | Tok::Raw | Tok::ForeignText)
    }

    fn negated_operator(&mut self, closed: bool) -> Read<Option<Operator>> {
        let not = self.here();
        let next = self.peek_at(1);
        let word = self.word_at(1);
        if let Some(op) = op_word(word) {
            let tilde = self.peek_at(2).tok == Tok::Foreign && self.adjacent(1);
            if tilde || (op == Op::Matches && self.matches_regex(2)) {
                return self.foreign_operator(closed);
            }
            self.bump();
            let at = self.here();
            self.bump();
            return Ok(Some(Operator { negated: true, ..Operator::new(op, at) }));
        }
        match next.tok {
            Tok::Equal | Tok::Assign => {
                let at = not.to(self.span(next));
                let written = format!("not {}", self.slice(next));
                self.bump();
                self.bump();
                let pending = self.pending(at, &written, "!=");
                Ok(Some(Operator { pending: Some(pending), ..Operator::new(Op::NotEqual, at) }))
            }
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Address | Tok::Duration | Tok::OpenBracket | Tok::Bad => {
                let set = next.tok == Tok::OpenBracket || (next.tok == Tok::Address && self.slice(next).contains('/'));
                self.bump();
                self.report(say::not_without_operator(not, if set { "not in" } else { "!=" }));
                let mut operator = Operator::new(if set { Op::In } else { Op::NotEqual }, not);
                operator.negated = set;
                Ok(Some(operator))
            }
            Tok::Name if word == "true" || word == "false" => {
                self.bump();
                self.report(say::not_without_operator(not, "!="));
                Ok(Some(Operator::new(Op::NotEqual, not)))
            }
            Tok::Name if self.foreign_operator_name_at(1) => self.foreign_operator(closed),
            Tok::Name if word == "is" => {
                // `a not is private`
                let at = not.to(self.span(next));
                self.bump();
                let mut operator = self.is_operator()?;
                operator.negated = !operator.negated;
                if operator.pending.is_none() {
                    operator.pending = Some(self.pending(at, "not is", "is not"));
                }
                Ok(Some(operator))
            }
            // `a not b == 1`: an `and` is missing, which the expression tells.
            _ => Ok(None),
        }
    }

    /// `is [not] NAME`, and what other languages say with `is`.
    fn is_operator(&mut self) -> Read<Operator> {
        let is = self.bump();
        let mut operator = Operator::new(Op::Is, self.span(is));
        operator.negated = self.eat_word("not").is_some();
        let until = self.span(self.lexed.tokens[self.at - 1]);
        let negated = operator.negated;
        let written = if negated { "is not" } else { "is" };
        match self.peek().tok {
            Tok::Name if matches!(self.word(), "null" | "NULL" | "None" | "nil" | "empty" | "missing" | "set") => {
                let word = self.word();
                let at = operator.at.to(self.here());
                let missing = (word != "set") != negated;
                self.bump();
                let meant = if missing { "not exists" } else { "exists" };
                operator.pending = Some(self.pending(at, &format!("{written} {word}"), meant));
                operator.op = Op::Exists;
                operator.negated = missing;
                operator.at = at;
            }
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Address | Tok::Bad => {
                let at = operator.at.to(until);
                let (op, meant) = if negated { (Op::NotEqual, "!=") } else { (Op::Equal, "==") };
                operator.pending = Some(self.pending(at, written, meant));
                operator.op = op;
                operator.negated = false;
                operator.at = at;
            }
            Tok::OpenBracket => {
                let at = operator.at.to(until);
                operator.pending = Some(self.pending(at, written, if negated { "not in" } else { "in" }));
                operator.op = Op::In;
                operator.at = at;
            }
            Tok::Name if self.word() == "true" || self.word() == "false" => {
                let at = operator.at.to(until);
                let (op, meant) = if negated { (Op::NotEqual, "!=") } else { (Op::Equal, "==") };
                operator.pending = Some(self.pending(at, written, meant));
                operator.op = op;
                operator.negated = false;
            }
            Tok::Name if self.word() == "in" => {
                let at = operator.at.to(self.here());
                self.bump();
                operator.pending = Some(self.pending(at, &format!("{written} in"), if negated { "not in" } else { "in" }));
                operator.op = Op::In;
                operator.at = at;
            }
            _ => {
                let name = self.name("what it is, as in `is private` or `is machine_account`")?;
                let at = name.at;
                operator.operand = Some(Value::Path(Path { parts: vec![name], at }));
            }
        }
        Ok(operator)
    }

    fn compared_with_null(&mut self, op: Op) -> Operator {
        let at = self.here().to(self.span(self.peek_at(1)));
        let written = format!("{} {}", self.slice(self.peek()), self.word_at(1));
        self.bump();
        self.bump();
        let missing = op == Op::Equal;
        let pending = self.pending(at, &written, if missing { "not exists" } else { "exists" });
        Operator { negated: missing, pending: Some(pending), ..Operator::new(Op::Exists, at) }
    }

    /// `[all] [cased]`, in this order.
    fn modifiers(&mut self, operator: &mut Operator) {
        let mut cased: Option<Span> = None;
        loop {
            let token = self.peek();
            let here = self.span(token);
            match self.word() {
                "all" | "any" => {
                    let all = self.word() == "all";
                    self.bump();
                    // Before anything but a list it is the name of a field.
                    let of = (self.word() == "of" && self.peek_at(1).tok == Tok::OpenBracket).then(|| self.bump());
                    if !all {
                        let at = of.map_or(here, |of| here.to(self.span(of)));
                        self.report(say::needless_word(at, "any", "a list already means any of its values"));
                    } else if !takes_all(operator.op) || operator.all {
                        self.report(say::all_without_text_operator(here));
                    } else {
                        operator.all = true;
                        if let Some(of) = of {
                            self.report(say::needless_word(self.span(of), "of", "the list follows `all`"));
                        } else if let Some(cased) = cased {
                            self.report(say::modifier_order(cased.to(here)));
                        }
                    }
                }
                "cased" => {
                    self.bump();
                    if operator.cased {
                        self.report(say::needless_word(here, "cased", "it was said before"));
                    }
                    operator.cased = true;
                    cased = Some(here);
                }
                _ => return,
            }
        }
    }

    fn operand(&mut self, operator: &mut Operator) -> Read<Value> {
        match operator.op {
            Op::Equal | Op::NotEqual => self.one_value(operator),
            Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => self.scalar("a value to compare with"),
            Op::In => self.set(operator),
            Op::Contains | Op::StartsWith | Op::EndsWith | Op::Like | Op::Has | Op::Under => self.text_or_list(operator),
            Op::Matches => self.pattern_arg(operator),
            Op::Exists | Op::Is => self.expected("the next test"),
        }
    }

    /// `==` takes one value; a list behind it wants `in`.
    fn one_value(&mut self, operator: &mut Operator) -> Read<Value> {
        let (set, parens) = (self.is(Tok::OpenBracket), self.is(Tok::OpenParen));
        if !set && !parens {
            if let (Tok::Regex, None) = (self.peek().tok, &operator.pending) {
                let meant = if operator.op == Op::Equal { "matches" } else { "not matches" };
                let edit = self.replaced(operator.at, meant);
                self.report(say::operator_for_regex(self.here(), operator.at, meant, edit));
                operator.negated = operator.op == Op::NotEqual;
                operator.op = Op::Matches;
                return self.regex();
            }
            let value = self.scalar("a value to compare with")?;
            if let (Value::Text(text), Some(pending)) = (&value, &mut operator.pending) {
                // `=` of SPL knows wildcards.
                if pending.written == "=" && text.value.contains('*') {
                    pending.is_unsure("like");
                    operator.op = Op::Like;
                }
            }
            return Ok(value);
        }
        let start = self.peek();
        let negated = operator.op == Op::NotEqual;
        let word = if negated { "not in" } else { "in" };
        let (value, edits) = if set {
            (self.list()?, Vec::new())
        } else {
            let (list, edits) = self.list_in_parens(Self::list_item)?;
            (Value::List(list), edits)
        };
        if let (Value::List(list), true) = (&value, parens)
            && list.items.len() == 1
        {
            let mut list = list.clone();
            let edits = edits.into_iter().map(|edit| Edit { text: String::new(), ..edit }).collect();
            self.mend(operator, self.span(start), "(..)", "the value without parentheses", edits);
            return Ok(list.items.remove(0));
        }
        match &mut operator.pending {
            Some(pending) => {
                pending.means(word);
                pending.edits.extend(edits);
            }
            None => {
                let edit = self.replaced(operator.at, word);
                let mark = if negated { "!=" } else { "==" };
                self.report(say::one_value_or_set(operator.at, value.span(), mark, word, edit, edits));
            }
        }
        operator.op = Op::In;
        operator.negated = negated;
        Ok(value)
    }

    /// Adds edits to a foreign spelling that is told later, or tells one of their own.
    fn mend(&mut self, operator: &mut Operator, at: Span, written: &str, meant: &str, edits: Vec<Edit>) {
        match &mut operator.pending {
            Some(pending) => pending.edits.extend(edits),
            None => self.report(say::foreign_spelling(Pending {
                span: at,
                written: written.to_string(),
                meant: meant.to_string(),
                certain: true,
                edits,
            })),
        }
    }

    fn set(&mut self, operator: &mut Operator) -> Read<Value> {
        let token = self.peek();
        match token.tok {
            Tok::OpenBracket => self.list(),
            Tok::OpenParen => self.foreign_list(operator),
            Tok::Name if self.word() == "dynamic" && self.peek_at(1).tok == Tok::OpenParen => self.foreign_list(operator),
            Tok::Address if self.slice(token).contains('/') => self.literal("a network"),
            Tok::Bad => self.literal("a list"),
            _ if self.begins_literal() || self.begins_const_call() => {
                let value = self.scalar("a list")?;
                let word = if operator.negated { "!=" } else { "==" };
                let at = if operator.negated { self.not_before(operator.at) } else { operator.at };
                match &mut operator.pending {
                    Some(pending) => pending.means(word),
                    None => {
                        let edit = self.replaced(at, word);
                        self.report(say::set_or_one_value(operator.at, value.span(), word, edit));
                    }
                }
                operator.op = if operator.negated { Op::NotEqual } else { Op::Equal };
                operator.negated = false;
                Ok(value)
            }
            Tok::Name | Tok::Quoted => self.path("a list, as in `in [\"a\", \"b\"]`").map(Value::Path),
            _ => self.expected("a list, as in `in [\"a\", \"b\"]`"),
        }
    }

    /// From the `not` before an operator word to its end.
    fn not_before(&self, op: Span) -> Span {
        let not = self.lexed.tokens.iter().take(self.at).rev().find(|token| token.end <= op.start);
        not.filter(|token| self.slice(**token) == "not").map_or(op, |token| self.span(*token).to(op))
    }

    fn text_or_list(&mut self, operator: &mut Operator) -> Read<Value> {
        match self.peek().tok {
            Tok::OpenParen => self.foreign_list(operator),
            Tok::Name if self.word() == "dynamic" && self.peek_at(1).tok == Tok::OpenParen => self.foreign_list(operator),
            Tok::Regex => {
                let meant = if operator.negated { "not matches" } else { "matches" };
                let at = if operator.negated { self.not_before(operator.at) } else { operator.at };
                let edit = self.replaced(at, meant);
                self.report(say::operator_for_regex(self.here(), operator.at, meant, edit));
                operator.op = Op::Matches;
                self.regex()
            }
            _ => self.text_operand(),
        }
    }

    /// `("a", "b")`, `dynamic(["a", "b"])`.
    fn foreign_list(&mut self, operator: &mut Operator) -> Read<Value> {
        let start = self.peek();
        // Brackets inside: everything around them is one wrapping too many.
        let mut wraps = 0;
        let mut n = 0;
        loop {
            match self.peek_at(n).tok {
                Tok::OpenParen => wraps += 1,
                Tok::Name if self.word_at(n) == "dynamic" => {}
                _ => break,
            }
            n += 1;
        }
        if self.peek_at(n).tok == Tok::OpenBracket {
            for _ in 0..n {
                self.bump();
            }
            let value = self.list()?;
            for _ in 0..wraps {
                self.close(Tok::CloseParen, ")", self.span(start));
            }
            let at = self.since(start).0;
            let before = Edit { span: Span { end: value.span().start, ..at }, text: String::new() };
            let after = Edit { span: Span { start: value.span().end, ..at }, text: String::new() };
            let written = if n > wraps { "dynamic([..])" } else { "([..])" };
            self.mend(operator, at, written, "[..]", vec![before, after]);
            return Ok(value);
        }
        let dynamic = self.eat_word("dynamic").is_some();
        let (list, mut edits) = self.list_in_parens(Self::list_item)?;
        if dynamic {
            edits[0].span = edits[0].span.to(self.span(start));
        }
        self.mend(operator, list.at.0, "(..)", "[..]", edits);
        Ok(Value::List(list))
    }

    fn pattern_arg(&mut self, operator: &mut Operator) -> Read<Value> {
        match self.peek().tok {
            Tok::Regex => self.regex(),
            Tok::OpenBracket => self.pattern_list(),
            Tok::Name | Tok::Quoted if !words::is_reserved(self.word()) => {
                self.path("a regex, as in `matches /^ps\\d+$/`").map(Value::Path)
            }
            Tok::Cooked | Tok::Raw | Tok::ForeignText => {
                let (regex, spelled) = self.text_as_regex()?;
                match &mut operator.pending {
                    Some(pending) => {
                        // Other languages respect case unless the pattern says `(?i)`.
                        let (regex, spelled) = match regex.pattern.strip_prefix("(?i)") {
                            Some(rest) => {
                                let pattern = rest.to_string();
                                let spelled = super::super::print::regex(&pattern, false, false);
                                (super::super::ast::Regex { pattern, ..regex }, spelled)
                            }
                            None => {
                                if !operator.cased {
                                    operator.cased = true;
                                    pending.adds(" cased");
                                }
                                (regex, spelled)
                            }
                        };
                        pending.edits.push(Edit { span: regex.at.0, text: spelled });
                        Ok(Value::Regex(regex))
                    }
                    None => {
                        self.report(say::text_for_regex(regex.at.0, &spelled));
                        Ok(Value::Regex(regex))
                    }
                }
            }
            _ => self.expected("a regex, as in `matches /^ps\\d+$/`"),
        }
    }
}
