//! What stands on the right of an operator: literals, lists, constant calls, regexes; and the source of a `let`.

use super::super::ast::{Address, At, ConstCall, Expr, LetSource, List, Num, Regex, Subject, Value};
use super::super::token::{Tok, Token};
use super::super::{leaf, words};
use super::{Failed, Parser, Read};
use crate::diag::{Edit, syntax as say};
use crate::letters::Letters;
use crate::source::Span;

impl<'a> Parser<'a> {
    /// The items up to `]`, which may follow a comma. The `[` was read.
    pub(super) fn listed<T>(&mut self, open: Span, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.listed_until(Tok::CloseBracket, "]", open, item)
    }

    /// Goes on at the next comma after an item that cannot be read, so that each item tells its own error.
    pub(super) fn listed_until<T>(&mut self, close: Tok, mark: &str, open: Span, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut items = Vec::new();
        loop {
            if self.eat(close).is_some() {
                // Thousands of rules are kept at once.
                items.shrink_to_fit();
                return Ok(items);
            }
            if self.is(Tok::End) || self.list_is_left() {
                self.close(close, mark, open);
                return Ok(items);
            }
            if self.is(Tok::Comma) {
                let comma = self.here();
                self.report(say::needless_mark(comma, ","));
                self.bump();
                continue;
            }
            match item(self) {
                Ok(item) => items.push(item),
                Err(Failed) => self.skip_to_comma(close)?,
            }
            if self.eat(Tok::Comma).is_some() || self.is(close) {
                continue;
            }
            if self.is(Tok::Foreign) && self.slice(self.peek()) == ";" {
                let semicolon = self.here();
                self.foreign(semicolon, ";", ",");
                self.bump();
            } else if self.item_follows() {
                let (gap, here) = (self.gap(), self.here());
                self.report(say::missing_comma(gap, here));
            } else {
                self.close(close, mark, open);
                return Ok(items);
            }
        }
    }

    /// Whether nothing stands between the bracket and the token that was read last; otherwise what stood there was reported.
    pub(super) fn was_empty(&self, open: Token) -> bool {
        self.at >= 2 && self.lexed.tokens[self.at - 2].start == open.start
    }

    /// At a line that begins something else: the closing bracket was forgotten.
    fn list_is_left(&self) -> bool {
        let token = self.peek();
        token.first
            && (self.next_rule_begins()
                || words::ITEMS.contains(&self.word())
                    && match self.peek_at(1).tok {
                        Tok::Quoted | Tok::Duration | Tok::Cooked | Tok::OpenBrace => true,
                        Tok::Name => !words::is_reserved(self.word_at(1)),
                        _ => false,
                    })
    }

    fn item_follows(&self) -> bool {
        let token = self.peek();
        match token.tok {
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Duration | Tok::Address | Tok::Regex | Tok::Technique => true,
            Tok::Quoted | Tok::OpenParen => !token.first,
            Tok::Name => {
                let word = self.word();
                matches!(word, "true" | "false" | "not")
                    || (!words::is_reserved(word) && (!token.first || self.peek_at(1).tok == Tok::Comma))
            }
            _ => false,
        }
    }

    /// To the next comma or closing bracket of this list; fails if the line of a clause or the end comes first.
    fn skip_to_comma(&mut self, close: Tok) -> Read<()> {
        self.complete = false;
        let mut open = 0;
        loop {
            let token = self.peek();
            match token.tok {
                Tok::End => return Err(Failed),
                Tok::Comma if open == 0 => return Ok(()),
                _ if token.tok == close && open == 0 => return Ok(()),
                Tok::OpenBracket | Tok::OpenParen | Tok::OpenBrace => open += 1,
                Tok::CloseBracket | Tok::CloseParen | Tok::CloseBrace if open > 0 => open -= 1,
                Tok::CloseBrace => return Err(Failed),
                Tok::Name if token.first && (words::ITEMS.contains(&self.word()) || self.next_rule_begins()) => return Err(Failed),
                _ => {}
            }
            self.bump();
        }
    }

    pub(super) fn begins_literal(&self) -> bool {
        match self.peek().tok {
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Duration | Tok::Address | Tok::Bad => true,
            Tok::Name => matches!(self.word(), "true" | "false"),
            _ => false,
        }
    }

    pub(super) fn literal(&mut self, wanted: &str) -> Read<Value> {
        let token = self.peek();
        match token.tok {
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Bad => self.text(wanted).map(Value::Text),
            Tok::Number => self.number().map(Value::Number),
            Tok::Duration => self.duration("here", "5m").map(Value::Duration),
            Tok::Address => {
                self.bump();
                Ok(self.address(token))
            }
            Tok::Name if self.word() == "true" || self.word() == "false" => {
                let value = self.word() == "true";
                self.bump();
                Ok(Value::Bool(value, At(self.span(token))))
            }
            Tok::Regex => {
                let span = self.span(token);
                self.fail(say::misplaced_regex(span))
            }
            _ => self.expected(wanted),
        }
    }

    fn address(&self, token: Token) -> Value {
        let written = self.slice(token);
        let (ip, prefix) = leaf::address_value(written).unwrap_or((std::net::Ipv4Addr::UNSPECIFIED.into(), None));
        Value::Address(Address { ip, prefix, written: written.to_string(), at: At(self.span(token)) })
    }

    pub(super) fn regex(&mut self) -> Read<Value> {
        let token = self.bump();
        Ok(Value::Regex(self.regex_of(token)))
    }

    fn regex_of(&self, token: Token) -> Regex {
        let (pattern, flags) = leaf::regex_value(self.slice(token));
        let at = self.span(token);
        // Only `\/` is written longer than it is read; where there is one, no letter is told apart.
        let verbatim = at.range().len() == pattern.len() + 2 + flags.len();
        let letters = if verbatim { Letters::same(at.start as usize + 1, pattern.len()) } else { Letters::default() };
        Regex { pattern, dot_all: flags.contains('s'), multi_line: flags.contains('m'), letters, at: At(at) }
    }

    /// A text where a regex belongs: its pattern, and the spelling that Spoor wants.
    pub(super) fn text_as_regex(&mut self) -> Read<(Regex, String)> {
        let token = self.bump();
        let slice = self.slice(token);
        let at = At(self.span(token));
        let pattern = match token.tok {
            Tok::Cooked => leaf::cooked_value(slice).unwrap_or_else(|_| slice[1..slice.len() - 1].to_string()),
            Tok::Raw => leaf::raw_value(slice),
            _ => leaf::foreign_value(slice),
        };
        let spelled = super::super::print::regex(&pattern, false, false);
        Ok((Regex { pattern, dot_all: false, multi_line: false, letters: Letters::default(), at }, spelled))
    }

    pub(super) fn begins_const_call(&self) -> bool {
        words::CONST_FUNCTIONS.contains(&self.word()) && self.peek_at(1).tok == Tok::OpenParen
    }

    pub(super) fn const_call(&mut self) -> Read<Value> {
        let start = self.bump();
        let function = super::Name { text: self.slice(start).to_string(), quoted: false, at: At(self.span(start)) };
        let open = self.here();
        self.bump();
        let argument = self.text_operand()?;
        self.close(Tok::CloseParen, ")", open);
        Ok(Value::Call(ConstCall { function, argument: Box::new(argument), at: self.since(start) }))
    }

    /// `text` of the grammar: a literal, a list, a path or a constant call.
    pub(super) fn text_operand(&mut self) -> Read<Value> {
        if self.is(Tok::OpenBracket) { self.list() } else { self.scalar("a text, a list or a field") }
    }

    /// `scalar` of the grammar: a literal, a path or a constant call.
    pub(super) fn scalar(&mut self, wanted: &str) -> Read<Value> {
        if self.begins_const_call() {
            return self.nested(|p| p.const_call());
        }
        match self.peek().tok {
            Tok::Name if self.begins_literal() => self.literal(wanted),
            Tok::Name if matches!(self.word(), "True" | "TRUE" | "False" | "FALSE") && self.peek_at(1).tok != Tok::Dot => {
                let token = self.bump();
                let written = self.slice(token);
                let meant = written.to_ascii_lowercase();
                self.foreign(self.span(token), written, &meant);
                Ok(Value::Bool(meant == "true", At(self.span(token))))
            }
            Tok::Name if self.peek_at(1).tok == Tok::OpenParen && self.adjacent(0) => {
                let here = self.here();
                let word = self.word();
                self.fail(say::no_functions(here, word))
            }
            Tok::Name | Tok::Quoted => self.path(wanted).map(Value::Path),
            _ => self.literal(wanted),
        }
    }

    pub(super) fn list(&mut self) -> Read<Value> {
        let open = self.peek();
        self.bump();
        let items = self.nested(|p| p.listed(p.span(open), Self::list_item))?;
        Ok(Value::List(List { items, at: self.since(open) }))
    }

    pub(super) fn list_item(&mut self) -> Read<Value> {
        if self.word() == "cased" {
            let here = self.here();
            self.bump();
            self.report(say::cased_in_list(here));
        }
        if self.is(Tok::OpenBracket) {
            let here = self.here();
            return self.fail(say::list_in_list(here));
        }
        self.scalar("a value of the list")
    }

    pub(super) fn pattern_list(&mut self) -> Read<Value> {
        let open = self.peek();
        self.bump();
        let items = self.nested(|p| p.listed(p.span(open), Self::pattern_item))?;
        let at = self.since(open);
        if items.is_empty() && self.was_empty(open) {
            return self.fail(say::empty_list(at.0, "`matches` wants patterns"));
        }
        Ok(Value::List(List { items, at }))
    }

    fn pattern_item(&mut self) -> Read<Value> {
        match self.peek().tok {
            Tok::Regex => self.regex(),
            Tok::Name if self.word() == "cased" => {
                let here = self.here();
                self.bump();
                self.report(say::cased_in_list(here));
                self.pattern_item()
            }
            Tok::Name | Tok::Quoted => self.path("a regex, as in `/^ps\\d+$/`").map(Value::Path),
            Tok::Cooked | Tok::Raw | Tok::ForeignText => {
                let (regex, spelled) = self.text_as_regex()?;
                self.report(say::text_for_regex(regex.at.0, &spelled));
                Ok(Value::Regex(regex))
            }
            _ => self.expected("a regex, as in `/^ps\\d+$/`"),
        }
    }

    /// A list in the parentheses of SQL, KQL and SPL: the items, and the edits that make brackets of them.
    pub(super) fn list_in_parens(&mut self, item: impl Fn(&mut Self) -> Read<Value>) -> Read<(List, Vec<Edit>)> {
        let open = self.peek();
        self.bump();
        let items = self.nested(|p| p.listed_until(Tok::CloseParen, ")", p.span(open), item))?;
        let at = self.since(open);
        let last = Span { file: self.file, start: at.0.end - 1, end: at.0.end };
        let edits = vec![Edit { span: self.span(open), text: "[".to_string() }, Edit { span: last, text: "]".to_string() }];
        Ok((List { items, at }, edits))
    }

    // ---------- let ----------

    /// A lone name parses as an expression; it is told as a value, and `check` decides.
    pub(super) fn let_source(&mut self) -> Read<LetSource> {
        match self.peek().tok {
            Tok::Regex => return self.regex().map(LetSource::Value),
            Tok::OpenBracket => return self.list().map(LetSource::Value),
            Tok::Name if self.begins_const_call() => return self.nested(|p| p.const_call()).map(LetSource::Value),
            _ if self.begins_literal() => return self.literal("a value").map(LetSource::Value),
            _ => {}
        }
        let expr = self.expr(false)?;
        Ok(match expr {
            Expr::Test(super::super::ast::Test { subject: Subject::Path(path), relation: None, .. }) => LetSource::Value(Value::Path(path)),
            expr => LetSource::Predicate(expr),
        })
    }

    pub(super) fn zero(&self, at: Span) -> Value {
        Value::Number(super::super::ast::Number { value: Num::Int(0), written: "0".to_string(), at: At(at) })
    }
}
