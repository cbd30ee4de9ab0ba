//! Tokens to tree: recursive descent by hand, since recovery wants it; two tokens of lookahead suffice.
//!
//! In: the tokens of a file. Out: the tree and one diagnostic a mistake. Where the intention is plain (a foreign spelling, a missing
//! `and`) the mistake is reported and the tree holds what was meant. Where it is not, the function returns [`Failed`], which says that
//! the mistake *was reported*; the nearest loop with a recovery point goes on there, and the rule is marked as not `complete`.
//! Recovery points: `rule`, `import` and `let` at the top; a line that begins with a clause word, `key:` or `}` in a rule; a name
//! before `:`, `where` or `|` in a block; `,` and `]` in lists; the end of the line in texts.

mod detect;
mod expr;
mod foreign;
mod items;
mod relation;
mod value;

use super::ast::{At, File, Import, Item, Name, Path, Rule, Text, Top};
use super::lex::{Lexed, MOST_ERRORS};
use super::token::{Tok, Token};
use super::{leaf, words};
use crate::diag::{Diagnostic, syntax as say};
use crate::source::{FileId, Span};

/// How deep parentheses, `not`, lists and calls may stand in each other.
const MOST_NESTED: u32 = 200;

/// What could not be read was reported.
struct Failed;

type Read<T> = Result<T, Failed>;

/// The tree, and the parser's diagnostics after the lexer's, in the order of the text.
pub(super) fn parse(text: &str, file: FileId, lexed: &Lexed) -> (File, Vec<Diagnostic>) {
    let mut parser = Parser {
        text,
        file,
        lexed,
        at: 0,
        depth: 0,
        complete: true,
        left_open: false,
        errors: lexed.diagnostics.len(),
        diagnostics: Vec::new(),
    };
    let items = parser.top();
    (File { items, at: At(Span::new(file, 0, text.len())) }, parser.diagnostics)
}

struct Parser<'a> {
    text: &'a str,
    file: FileId,
    lexed: &'a Lexed,
    at: usize,
    depth: u32,
    /// Of the current rule.
    complete: bool,
    /// A block of the current rule was not closed before the rule was left.
    left_open: bool,
    errors: usize,
    diagnostics: Vec<Diagnostic>,
}

// ---------- tokens ----------

impl<'a> Parser<'a> {
    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    fn peek_at(&self, n: usize) -> Token {
        let tokens = &self.lexed.tokens;
        tokens[(self.at + n).min(tokens.len() - 1)]
    }

    fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.tok != Tok::End {
            self.at += 1;
        }
        token
    }

    fn span(&self, token: Token) -> Span {
        token.span(self.file)
    }

    fn slice(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn here(&self) -> Span {
        self.span(self.peek())
    }

    /// From the token at which something began to the last one read.
    fn since(&self, start: Token) -> At {
        At(Span { file: self.file, start: start.start, end: self.last_end().max(start.start) })
    }

    fn last_end(&self) -> u32 {
        if self.at == 0 { 0 } else { self.lexed.tokens[self.at - 1].end }
    }

    /// The empty place after the last token read: where something is missing.
    fn gap(&self) -> Span {
        let end = self.last_end();
        Span { file: self.file, start: end, end }
    }

    fn is(&self, tok: Tok) -> bool {
        self.peek().tok == tok
    }

    fn eat(&mut self, tok: Tok) -> Option<Token> {
        self.is(tok).then(|| self.bump())
    }

    /// The word at a place, if a plain name stands there.
    fn word_at(&self, n: usize) -> &'a str {
        let token = self.peek_at(n);
        if token.tok == Tok::Name { self.slice(token) } else { "" }
    }

    fn word(&self) -> &'a str {
        self.word_at(0)
    }

    fn eat_word(&mut self, word: &str) -> Option<Token> {
        (self.word() == word).then(|| self.bump())
    }

    /// Whether the second token stands directly behind the first, without a blank.
    pub(super) fn adjacent(&self, n: usize) -> bool {
        self.peek_at(n).end == self.peek_at(n + 1).start
    }
}

// ---------- reporting ----------

impl Parser<'_> {
    /// Tells it, unless the lexer or the parser told something of the same place before.
    fn report(&mut self, diagnostic: Diagnostic) {
        let at = diagnostic.span().start;
        let told = self.lexed.broken.iter().any(|(start, end)| *start <= at && at <= *end)
            || self.diagnostics.iter().rev().take(4).any(|other| other.span().start == at);
        if !told && self.errors < MOST_ERRORS {
            self.errors += 1;
            self.diagnostics.push(diagnostic);
        }
    }

    fn fail<T>(&mut self, diagnostic: Diagnostic) -> Read<T> {
        self.complete = false;
        self.report(diagnostic);
        Err(Failed)
    }

    /// Fails at the current token, for want of something else.
    fn expected<T>(&mut self, wanted: &str) -> Read<T> {
        let token = self.peek();
        if token.tok == Tok::Bad {
            self.complete = false;
            return Err(Failed);
        }
        let found = self.describe(token);
        let span = if token.tok == Tok::End { self.gap() } else { self.span(token) };
        self.fail(say::unexpected(span, &found, wanted))
    }

    fn describe(&self, token: Token) -> String {
        match token.tok {
            Tok::End => "the end of the file".to_string(),
            Tok::Cooked | Tok::Raw | Tok::ForeignText => "a text".to_string(),
            Tok::Number => "a number".to_string(),
            Tok::Duration => "a duration".to_string(),
            Tok::Address => "an address".to_string(),
            Tok::Regex => "a regex".to_string(),
            Tok::Doc => "a doc comment".to_string(),
            _ => {
                // A name may be as long as a file.
                let slice = self.slice(token);
                match slice.char_indices().nth(40) {
                    Some((at, _)) => format!("`{}..`", &slice[..at]),
                    None => format!("`{slice}`"),
                }
            }
        }
    }

    /// Reads a token, or reports that it is missing and goes on as if it stood here.
    fn close(&mut self, tok: Tok, mark: &str, opened: Span) {
        if self.eat(tok).is_none() {
            if self.is(Tok::Bad) {
                self.complete = false;
                return;
            }
            let found = self.describe(self.peek());
            self.report(say::not_closed(self.gap(), opened, mark, &found));
        }
    }

    /// Counts a level of nesting while `read` runs.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == MOST_NESTED {
            let here = self.here();
            return self.fail(say::nested_too_deep(here, MOST_NESTED));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}

// ---------- the file ----------

impl Parser<'_> {
    fn top(&mut self) -> Vec<Top> {
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
    fn next_rule_begins(&self) -> bool {
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

    fn docs(&mut self) -> Vec<String> {
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

    fn begins_item(&self) -> bool {
        match self.peek().tok {
            Tok::Doc => true,
            Tok::Name => words::ITEMS.contains(&self.word()) || self.peek_at(1).tok == Tok::Colon,
            Tok::Quoted => self.peek_at(1).tok == Tok::Colon,
            _ => false,
        }
    }
}

// ---------- names and texts ----------

impl Parser<'_> {
    /// A name that is no reserved word.
    fn name(&mut self, wanted: &str) -> Read<Name> {
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

    fn path(&mut self, wanted: &str) -> Read<Path> {
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
    fn clause_begins(&self) -> bool {
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

    fn adjacent_before(&self) -> bool {
        self.last_end() == self.peek().start
    }

    fn is_text(&self) -> bool {
        matches!(self.peek().tok, Tok::Cooked | Tok::Raw | Tok::ForeignText)
    }

    fn text(&mut self, wanted: &str) -> Read<Text> {
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
    fn unknown_text(&mut self) -> Text {
        self.complete = false;
        let token = self.bump();
        Text { value: String::new(), raw: false, at: At(self.span(token)) }
    }
}
