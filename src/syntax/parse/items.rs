//! What stands in a rule but `detect`: metadata, `let`, `last`, `show`, `test`.

use super::super::ast::{
    At, Column, ColumnWhat, Duration, Entry, Event, Int, Item, Last, Let, LetSource, List, Meta, MetaAtom, MetaValue, Name, Number, Show,
    TestCase, TestEvents, Unit, Value,
};
use super::super::token::{Tok, Token};
use super::super::{leaf, words};
use super::{Failed, Parser, Read};
use crate::diag::syntax as say;
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn item(&mut self) -> Read<Item> {
        let start = self.peek();
        let docs = self.docs();
        let word = self.word();
        if self.peek_at(1).tok == Tok::Colon && words::ITEMS.contains(&word) {
            self.word_with_colon(word)?;
        }
        match word {
            "let" => self.let_item(start, docs).map(Item::Let),
            "detect" => self.detect().map(|detect| Item::Detect(Box::new(detect))),
            "last" => self.last().map(Item::Last),
            "show" => self.show().map(Item::Show),
            "test" => self.test_case().map(Item::Test),
            _ => self.meta().map(Item::Meta),
        }
    }

    /// `last: 30d` is a clause with a colon too many, `test: 5` a metadata key that cannot be one.
    pub(super) fn word_with_colon(&mut self, word: &str) -> Read<()> {
        let key = self.here();
        let colon = self.span(self.peek_at(1));
        let clause = match (word, self.peek_at(2).tok) {
            ("last", Tok::Duration | Tok::Bad) => true,
            ("show" | "let" | "detect", Tok::Name | Tok::Quoted | Tok::OpenBrace) => true,
            ("test", Tok::Cooked | Tok::Raw) => matches!(self.word_at(3), "match" | "no"),
            _ => false,
        };
        if !clause {
            return self.fail(say::word_as_key(key, word, "a metadata key"));
        }
        self.report(say::clause_with_colon(key, colon, word));
        // The word stays for its reader; the colon is passed over when that has read it.
        Ok(())
    }

    /// The word that begins an item, and the colon that was reported before.
    fn item_word(&mut self) -> Token {
        let start = self.bump();
        self.eat(Tok::Colon);
        start
    }

    fn meta(&mut self) -> Read<Meta> {
        let start = self.peek();
        let key = matches!(start.tok, Tok::Name | Tok::Quoted);
        let follows = self.peek_at(1).tok;
        if !key || (follows != Tok::Colon && (follows != Tok::Assign || !words::is_head(self.word()))) {
            return self.no_item();
        }
        let word = self.word();
        if words::NO_HEAD.contains(&word) {
            let here = self.here();
            return self.fail(say::word_as_key(here, word, "a metadata key"));
        }
        if words::HELD_BACK.contains(&word) {
            let here = self.here();
            return self.fail(say::held_back(here, word));
        }
        if matches!(word, "condition" | "detection" | "timeframe") {
            let here = self.here();
            return self.fail(crate::diag::names::unknown_key(here, word, None));
        }
        let key = self.name("a metadata key")?;
        let mark = self.bump();
        if mark.tok == Tok::Assign {
            self.foreign(self.span(mark), "=", ":");
        }
        self.meta_value(start, key)
    }

    fn meta_value(&mut self, start: Token, key: Name) -> Read<Meta> {
        let open = self.peek();
        let value = match self.eat(Tok::OpenBracket) {
            None => MetaValue::One(self.meta_atom()?),
            Some(_) => {
                let atoms = self.listed(self.span(open), Self::meta_atom)?;
                MetaValue::List(atoms, self.since(open))
            }
        };
        if self.is(Tok::Comma) {
            let comma = self.here();
            self.report(say::needless_mark(comma, ","));
            self.bump();
        }
        Ok(Meta { key, value, at: self.since(start) })
    }

    fn meta_atom(&mut self) -> Read<MetaAtom> {
        let token = self.peek();
        let slice = self.slice(token);
        match token.tok {
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Bad => self.text("a text").map(MetaAtom::Text),
            Tok::Number => self.number().map(MetaAtom::Number),
            Tok::Technique => {
                self.bump();
                Ok(MetaAtom::Technique(Name { text: slice.to_string(), quoted: false, at: At(self.span(token)) }))
            }
            Tok::Name if leaf::is_technique(slice) => {
                self.bump();
                Ok(MetaAtom::Technique(Name { text: slice.to_string(), quoted: false, at: At(self.span(token)) }))
            }
            Tok::Name if words::is_reserved(slice) => {
                let span = self.span(token);
                self.fail(say::reserved_word_as_value(span, slice))
            }
            Tok::Name | Tok::Quoted => self.name("a value").map(MetaAtom::Name),
            _ => self.expected("a text, a number, a name or a technique"),
        }
    }

    /// At something that begins no item.
    fn no_item<T>(&mut self) -> Read<T> {
        let token = self.peek();
        let span = self.span(token);
        let word = self.word();
        let lower = word.to_ascii_lowercase();
        if word != lower && words::ITEMS.contains(&lower.as_str()) {
            return self.fail(say::word_in_capitals(span, word, &lower));
        }
        match word {
            "having" | "by" | "per" | "where" | "except" | "on" => return self.fail(say::clause_without_detect(span, word)),
            "and" | "or" => return self.fail(say::clause_without_detect(span, word)),
            _ if words::HELD_BACK.contains(&word) => return self.fail(say::held_back(span, word)),
            _ => {}
        }
        if token.tok == Tok::Name && self.word_at(1) == "where" {
            return self.fail(say::without_detect(span, word));
        }
        if let Some(found) = say::foreign_clause(span, word) {
            return self.fail(found);
        }
        let plain = matches!(token.tok, Tok::Name | Tok::Quoted) && !words::is_reserved(word);
        let follows = self.peek_at(1);
        if plain && matches!(follows.tok, Tok::Cooked | Tok::Raw | Tok::Number | Tok::OpenBracket | Tok::Technique) {
            let at = Span { file: self.file, start: token.end, end: token.end };
            return self.fail(say::key_without_colon(span, at, self.slice(token)));
        }
        self.expected("an item of the rule: `key: value`, `let`, `detect`, `last`, `show` or `test`")
    }

    pub(super) fn let_item(&mut self, start: Token, docs: Vec<String>) -> Read<Let> {
        self.item_word();
        let name = self.name("a name after `let`")?;
        let ty = match self.eat(Tok::Colon) {
            Some(_) => Some(self.name("a type, as in `let bad: domain = [..]`")?),
            None => None,
        };
        if self.eat_word("from").is_some() {
            let path = self.text("the path of a file in quotes")?;
            let column = if self.word() == "column" && self.peek_at(1).tok != Tok::Colon {
                self.bump();
                Some(self.text("the name of a column in quotes")?)
            } else {
                None
            };
            return Ok(Let { docs, name, ty, source: LetSource::From { path, column }, at: self.since(start) });
        }
        if self.is(Tok::Equal) {
            let span = self.here();
            self.foreign(span, "==", "=");
            self.bump();
        } else if self.eat(Tok::Assign).is_none() {
            return self.expected("`=`, `: type` or `from`");
        }
        let source = self.let_source()?;
        Ok(Let { docs, name, ty, source, at: self.since(start) })
    }

    fn last(&mut self) -> Read<Last> {
        let start = self.item_word();
        let duration = self.duration("last", "30d")?;
        Ok(Last { duration, at: self.since(start) })
    }

    /// `after`: the word that wants it.
    pub(super) fn duration(&mut self, after: &str, example: &str) -> Read<Duration> {
        let token = self.peek();
        match token.tok {
            Tok::Duration => {
                self.bump();
                let written = self.slice(token);
                // `30days` was reported by the lexer.
                let value = leaf::duration_value(written).or_else(|| leaf::duration_value(&say::meant_duration(written)?));
                let (count, unit) = value.unwrap_or((0, Unit::Second));
                Ok(Duration { count, unit, at: At(self.span(token)) })
            }
            Tok::Bad => {
                // Reported already, and the rest of the item is worth reading.
                let text = self.unknown_text();
                Ok(Duration { count: 0, unit: Unit::Second, at: text.at })
            }
            _ => self.no_duration(token, after, example),
        }
    }

    /// `30 d`, `30 days`, `"30d"`.
    fn no_duration(&mut self, token: Token, after: &str, example: &str) -> Read<Duration> {
        let next = self.peek_at(1);
        let same_line = next.tok == Tok::Name && !next.first;
        let (written, last) = match token.tok {
            Tok::Number if same_line => (format!("{}{}", self.slice(token), self.slice(next)), next),
            Tok::Cooked | Tok::Raw => {
                let slice = self.slice(token);
                (slice[1..slice.len() - 1].replace(' ', ""), token)
            }
            _ => (String::new(), token),
        };
        let here = self.span(token);
        let Some((meant, value)) = say::meant_duration(&written).and_then(|meant| Some((leaf::duration_value(&meant)?, meant))) else {
            let found = self.describe(token);
            let here = if token.tok == Tok::End { self.gap() } else { here };
            return self.fail(say::bad_duration(here, &found, after, example));
        };
        let at = At(here.to(self.span(last)));
        self.bump();
        if last.start != token.start {
            self.bump();
        }
        self.report(say::bad_duration_word(at.0, &self.text[at.0.range()], &value));
        Ok(Duration { count: meant.0, unit: meant.1, at })
    }

    pub(super) fn number(&mut self) -> Read<Number> {
        if !self.is(Tok::Number) {
            return self.expected("a number");
        }
        let token = self.bump();
        let written = self.slice(token);
        match leaf::number_value(written) {
            Some(value) => Ok(Number { value, written: written.to_string(), at: At(self.span(token)) }),
            None => Err(Failed),
        }
    }

    /// A number to count with: no sign, no point, not hexadecimal.
    pub(super) fn int(&mut self, wanted: &str) -> Read<Int> {
        let token = self.peek();
        let slice = self.slice(token);
        let value = slice.replace('_', "").parse::<u64>().ok();
        match (token.tok, value) {
            (Tok::Number, Some(value)) => {
                self.bump();
                Ok(Int { value, written: slice.to_string(), at: At(self.span(token)) })
            }
            _ => self.expected(wanted),
        }
    }

    fn show(&mut self) -> Read<Show> {
        let start = self.item_word();
        let mut columns = vec![self.column()?];
        loop {
            if self.eat(Tok::Comma).is_some() {
                if self.after_trailing_comma() {
                    break;
                }
                columns.push(self.column()?);
            } else if self.missing_comma() {
                let (gap, here) = (self.gap(), self.here());
                self.report(say::missing_comma(gap, here));
                columns.push(self.column()?);
            } else {
                break;
            }
        }
        Ok(Show { columns, at: self.since(start) })
    }

    /// A comma after the last column or key: `show`, `by` and `having` have no closing bracket, so it is one too many.
    pub(super) fn after_trailing_comma(&mut self) -> bool {
        let ends = match self.peek().tok {
            Tok::CloseBrace | Tok::OpenBrace | Tok::End | Tok::Doc => true,
            Tok::Name => {
                let next = self.peek_at(1).tok;
                let item = match self.word() {
                    "last" => next == Tok::Duration,
                    "test" => matches!(next, Tok::Cooked | Tok::Raw),
                    "detect" => matches!(next, Tok::Name | Tok::OpenBrace),
                    "let" | "show" => next == Tok::Name,
                    _ => false,
                };
                next == Tok::Colon || (item && self.word_at(1) != "as" && self.peek_at(2).tok != Tok::Colon)
            }
            _ => false,
        };
        if ends {
            let comma = self.span(self.lexed.tokens[self.at - 1]);
            self.report(say::needless_mark(comma, ","));
        }
        ends
    }

    /// Another name on the same line, where only a comma can have been forgotten.
    fn missing_comma(&self) -> bool {
        let token = self.peek();
        let name = token.tok == Tok::Quoted
            || (token.tok == Tok::Name && !words::is_reserved(self.word()) && !words::NO_HEAD.contains(&self.word()));
        name && !token.first && self.peek_at(1).tok != Tok::Colon
    }

    fn column(&mut self) -> Read<Column> {
        let start = self.peek();
        let what = if self.begins_aggregate() {
            ColumnWhat::Aggregate(self.aggregate()?)
        } else {
            ColumnWhat::Path(self.path("a field or an aggregate to show")?)
        };
        let alias = if self.word() == "as" && self.peek_at(1).tok != Tok::Colon {
            self.bump();
            Some(self.alias()?)
        } else {
            None
        };
        Ok(Column { what, alias, at: self.since(start) })
    }

    fn alias(&mut self) -> Read<Name> {
        let here = self.here();
        if !self.is_text() {
            return self.name("a name for the column");
        }
        let text = self.text("a name")?;
        let meant = say::name_of(&text.value);
        self.report(say::name_in_quotes(here, &meant));
        Ok(Name { text: meant, quoted: false, at: At(here) })
    }

    // ---------- tests ----------

    fn test_case(&mut self) -> Read<TestCase> {
        let start = self.item_word();
        let name = self.text("a name for the test in quotes, as in `test \"a browser\" no match { .. }`")?;
        let matches = self.verdict()?;
        if self.eat_word("from").is_some() {
            let path = self.text("the path of a file of events in quotes")?;
            return Ok(TestCase { name, matches, events: TestEvents::From(path), at: self.since(start) });
        }
        if !self.is(Tok::OpenBrace) {
            return self.expected("`{` and the events, or `from` and a file");
        }
        let open = self.here();
        self.bump();
        let mut events = Vec::new();
        loop {
            match self.peek().tok {
                Tok::CloseBrace => {
                    self.bump();
                    break;
                }
                Tok::Comma => {
                    let comma = self.here();
                    self.report(say::needless_mark(comma, ","));
                    self.bump();
                }
                _ if self.is(Tok::End) || words::NO_HEAD.contains(&self.word()) => {
                    self.close(Tok::CloseBrace, "}", open);
                    break;
                }
                _ => events.push(self.event()?),
            }
        }
        events.shrink_to_fit();
        Ok(TestCase { name, matches, events: TestEvents::Here(events), at: self.since(start) })
    }

    fn verdict(&mut self) -> Read<bool> {
        let here = self.here();
        match (self.word(), self.word_at(1)) {
            ("match", _) => {
                self.bump();
                Ok(true)
            }
            ("no", "match") => {
                self.bump();
                self.bump();
                Ok(false)
            }
            (written @ ("matches" | "matching" | "Match" | "MATCH"), _) => {
                self.bump();
                self.foreign(here, written, "match");
                Ok(true)
            }
            ("no" | "not", other @ ("match" | "matches")) => {
                let at = here.to(self.span(self.peek_at(1)));
                let written = format!("{} {other}", self.word());
                self.bump();
                self.bump();
                self.foreign(at, &written, "no match");
                Ok(false)
            }
            (written @ ("nomatch" | "no_match"), _) => {
                self.bump();
                self.foreign(here, written, "no match");
                Ok(false)
            }
            _ => self.expected("`match` or `no match`"),
        }
    }

    fn event(&mut self) -> Read<Event> {
        let start = self.peek();
        let class = self.class()?;
        let offset = match self.eat_word("at") {
            Some(_) => Some(self.duration("at", "2m")?),
            None => None,
        };
        let repeat = match self.eat_word("repeat") {
            Some(_) => Some(self.int("how many times, as in `repeat 20`")?),
            None => None,
        };
        if !self.is(Tok::OpenBrace) {
            return self.expected("`{` and the fields of the event");
        }
        let open = self.here();
        self.bump();
        let entries = self.listed_until(Tok::CloseBrace, "}", open, Self::entry)?;
        Ok(Event { class, offset, repeat, entries, at: self.since(start) })
    }

    fn entry(&mut self) -> Read<Entry> {
        let start = self.peek();
        let field = self.path("a field of the event")?;
        let mark = self.peek();
        match mark.tok {
            Tok::Colon => {}
            Tok::Assign | Tok::Equal => {
                let written = self.slice(mark);
                self.foreign(self.span(mark), written, ":");
            }
            _ => return self.expected("`:` and a value"),
        }
        self.bump();
        let value = self.entry_value()?;
        Ok(Entry { field, value, at: self.since(start) })
    }

    fn entry_value(&mut self) -> Read<Value> {
        let open = self.peek();
        match open.tok {
            Tok::OpenBracket => {
                self.bump();
                let items = self.listed(self.span(open), |p| p.literal("a literal"))?;
                Ok(Value::List(List { items, at: self.since(open) }))
            }
            Tok::Quoted => self.lone_name(),
            Tok::Name if !words::is_reserved(self.word()) => self.lone_name(),
            _ => self.literal("a literal, a name or a list of literals"),
        }
    }

    /// A name without a dot, as a value.
    pub(super) fn lone_name(&mut self) -> Read<Value> {
        let name = self.name("a name")?;
        if self.is(Tok::Dot) {
            return self.expected("a single name: an event is told in values");
        }
        let at = name.at;
        Ok(Value::Path(super::super::ast::Path { parts: vec![name], at }))
    }
}
