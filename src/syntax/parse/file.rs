//! A file, and the items of a rule.
//!
//! In: tokens from the top. Out: what stands at the top, and of each rule its items. A mistake that a reader below could not name ends here: the loops skip to the
//! next thing that can only be a beginning.

use super::super::ast::{At, Import, Item, Name, Rule, Top};
use super::super::lex::MOST_ERRORS;
use super::super::token::{Tok, Token};
use super::super::words;
use crate::diag::syntax as say;
use crate::source::Span;

use super::{Failed, Parser, Read};

impl Parser<'_> {
    pub(super) fn top(&mut self) -> Vec<Top> {
        let mut items = Vec::new();
        while !self.is(Tok::End) && self.errors < MOST_ERRORS {
            let start = self.at;
            self.depth = 0;
            match self.top_item() {
                Ok(item) => items.push(item),
                Err(Failed) => self.skip_to_top(start),
            }
        }
        items.shrink_to_fit();
        items
    }

    fn top_item(&mut self) -> Read<Top> {
        let start = self.peek();
        let docs = self.docs();
        match self.word() {
            "rule" => self.rule(start, docs).map(Top::Rule),
            "let" => {
                self.complete = true;
                if self.peek_at(1).tok == Tok::Colon {
                    self.word_with_colon("let")?;
                }
                self.let_item(start, docs).map(Top::Let)
            }
            "import" => {
                self.bump();
                let path = self.text("the path of a file in quotes, as in `import \"common.spoor\"`")?;
                Ok(Top::Import(Import { path, at: self.since(start) }))
            }
            _ => self.no_top_item(),
        }
    }

    fn no_top_item<T>(&mut self) -> Read<T> {
        let token = self.peek();
        let here = self.span(token);
        if token.tok == Tok::CloseBrace {
            return self.fail(say::closes_nothing(here, "}"));
        }
        let word = self.word();
        let lower = word.to_ascii_lowercase();
        if word != lower && ["rule", "let", "import"].contains(&lower.as_str()) {
            return self.fail(say::word_in_capitals(here, word, &lower));
        }
        let item = words::ITEMS.contains(&word)
            || ["having", "by", "per", "where", "except", "on"].contains(&word)
            || (token.tok == Tok::Name && self.peek_at(1).tok == Tok::Colon);
        if item {
            let last = self.at.checked_sub(1).map(|at| self.lexed.tokens[at]);
            let closed = last.filter(|token| token.tok == Tok::CloseBrace).map(|token| self.span(token));
            return self.fail(say::outside_of_a_rule(here, self.slice(token), closed));
        }
        self.expected("`rule`, `let` or `import`")
    }

    /// To the next line that begins something at the top of a file.
    fn skip_to_top(&mut self, start: usize) {
        if self.at == start {
            self.bump();
        }
        while !self.is(Tok::End) && !self.begins_top() {
            self.bump();
        }
    }

    fn begins_top(&self) -> bool {
        let token = self.peek();
        token.first
            && match token.tok {
                Tok::Doc => true,
                Tok::Name => matches!(self.word(), "rule" | "import" | "let") && self.peek_at(1).tok != Tok::Colon,
                _ => false,
            }
    }

    /// At a `rule` or `import` that can only be the next one: the brace before it was forgotten.
    pub(super) fn next_rule_begins(&self) -> bool {
        let mut n = 0;
        while self.peek_at(n).tok == Tok::Doc {
            n += 1;
        }
        let follows = self.peek_at(n + 1).tok;
        match self.word_at(n) {
            "rule" => matches!(follows, Tok::Name | Tok::Quoted | Tok::Cooked | Tok::OpenBrace),
            "import" => matches!(follows, Tok::Cooked | Tok::Raw),
            _ => false,
        }
    }

    pub(super) fn docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while let Some(token) = self.eat(Tok::Doc) {
            let line = &self.slice(token)[3..];
            docs.push(line.strip_prefix(' ').unwrap_or(line).trim_end().to_string());
        }
        docs
    }

    fn rule(&mut self, start: Token, docs: Vec<String>) -> Read<Rule> {
        self.bump();
        self.complete = true;
        self.left_open = false;
        let name = self.rule_name()?;
        let open = self.here();
        if self.is(Tok::Colon) && self.peek_at(1).tok == Tok::OpenBrace {
            self.report(say::needless_mark(open, ":"));
            self.bump();
        }
        if self.eat(Tok::OpenBrace).is_none() {
            self.expected::<()>("`{`")?;
        }
        let open = self.span(self.lexed.tokens[self.at - 1]);
        let mut items = self.items(open);
        items.shrink_to_fit();
        Ok(Rule { docs, name, items, complete: self.complete, at: self.since(start) })
    }

    /// Never fails for the want of a name alone: the rule is worth reading without one.
    fn rule_name(&mut self) -> Read<Name> {
        let here = self.here();
        match self.peek().tok {
            Tok::Cooked | Tok::Raw | Tok::ForeignText => {
                let text = self.text("a name")?;
                let meant = say::name_of(&text.value);
                self.report(say::name_in_quotes(here, &meant));
                Ok(Name { text: meant, quoted: false, at: At(here) })
            }
            Tok::OpenBrace => {
                self.complete = false;
                let gap = self.gap();
                self.report(say::rule_without_name(gap));
                Ok(Name { text: String::new(), quoted: false, at: At(gap) })
            }
            _ => {
                let start = self.peek();
                let name = self.name("a name for the rule")?;
                if !(self.is(Tok::Foreign) || self.is(Tok::Number)) || self.last_end() != self.peek().start {
                    return Ok(name);
                }
                // `my-rule`: everything up to the blank is the name that was meant.
                while self.last_end() == self.peek().start && matches!(self.peek().tok, Tok::Foreign | Tok::Number | Tok::Name | Tok::Bad) {
                    self.bump();
                }
                let at = self.since(start);
                let meant = say::name_of(&self.text[at.0.range()]);
                self.report(say::name_with_marks(at.0, &meant));
                Ok(Name { text: meant, quoted: false, at })
            }
        }
    }

    fn items(&mut self, open: Span) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            if self.is(Tok::CloseBrace) {
                self.bump();
                return items;
            }
            if self.is(Tok::End) || self.next_rule_begins() {
                // One brace or two: what was forgotten was told at the block.
                if !self.left_open {
                    let found = self.describe(self.peek());
                    let at = if self.is(Tok::End) { self.gap() } else { self.here() };
                    self.report(say::rule_not_closed(at, open, &found, self.gap()));
                }
                return items;
            }
            if self.errors >= MOST_ERRORS {
                self.complete = false;
                return items;
            }
            let start = self.at;
            self.depth = 0;
            match self.item() {
                Ok(item) => items.push(item),
                Err(Failed) => self.skip_to_item(start),
            }
        }
    }

    /// To the next line that begins with an item's word, `key:` or the rule's `}`. Braces opened on the way are passed over.
    fn skip_to_item(&mut self, start: usize) {
        self.complete = false;
        if self.at == start {
            self.bump();
        }
        let mut open = 0;
        // What the failed item had opened is still open.
        for token in &self.lexed.tokens[start..self.at] {
            match token.tok {
                Tok::OpenBrace => open += 1,
                Tok::CloseBrace => open = (open - 1).max(0),
                _ => {}
            }
        }
        loop {
            let token = self.peek();
            let begins = token.first && self.begins_item();
            match token.tok {
                Tok::End => return,
                _ if self.next_rule_begins() && token.first => return,
                Tok::CloseBrace if open <= 0 => return,
                Tok::CloseBrace => open -= 1,
                Tok::OpenBrace => open += 1,
                _ if begins && open <= 0 => return,
                // In an open brace `key:` may be a label or an entry, but these words are neither.
                _ if begins && words::ITEMS.contains(&self.word()) => return,
                _ => {}
            }
            self.bump();
        }
    }

    pub(super) fn begins_item(&self) -> bool {
        match self.peek().tok {
            Tok::Doc => true,
            Tok::Name => words::ITEMS.contains(&self.word()) || self.peek_at(1).tok == Tok::Colon,
            Tok::Quoted => self.peek_at(1).tok == Tok::Colon,
            _ => false,
        }
    }
}
