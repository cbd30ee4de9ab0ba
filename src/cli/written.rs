//! Events as a rule's own test writes them.
//!
//! In: events in the model's words. Out: a `test` block in the one layout, or one event on a line. Law: none of its own; who prints a block reads it
//! again and runs it, for not every event can be written (a time before the first, a name that is not its path's).

use crate::hir::{Event, Scalar};
use crate::schema::{Class, Packs};
use crate::source::{Sources, Span};
use crate::syntax::ast::{self, At, Item, Value};
use crate::syntax::{Parsed, is_free, print, print_event};

/// Times up to here, in microseconds, are written as so long after the beginning.
const OFFSETS: i64 = 400 * 86_400 * 1_000_000;

/// The block with lines of their own, each two blanks in, as in a rule.
pub fn test_block(name: &str, matches: bool, events: &[Event], packs: &Packs) -> String {
    let writer = Writer::new(packs);
    let at = writer.at;
    let test = ast::TestCase { name: writer.text(name), matches, events: ast::TestEvents::Here(writer.events(events)), at };
    let rule = ast::Rule { docs: Vec::new(), name: writer.name("x"), items: vec![Item::Test(test)], complete: true, at };
    let file = ast::File { items: vec![ast::Top::Rule(rule)], at };
    let text = print(&Parsed { file, comments: Vec::new(), blanks: Vec::new(), diagnostics: Vec::new() });
    // The rule around it is the first line and the last.
    let lines: Vec<&str> = text.lines().collect();
    lines[1..lines.len() - 1].iter().map(|line| format!("{line}\n")).collect()
}

/// `process at 5m { name: "a.exe" }`
pub fn event(event: &Event, packs: &Packs) -> String {
    print_event(&Writer::new(packs).event(event, 1))
}

struct Writer<'p> {
    packs: &'p Packs,
    at: At,
}

impl<'p> Writer<'p> {
    fn new(packs: &'p Packs) -> Writer<'p> {
        // A tree has places; what is only printed has one that nobody looks at.
        let nowhere = Span::new(Sources::default().add("", ""), 0, 0);
        Writer { packs, at: At(nowhere) }
    }

    /// Equal ones at one time are one that is repeated.
    fn events(&self, events: &[Event]) -> Vec<ast::Event> {
        let mut written: Vec<(&Event, u64)> = Vec::new();
        for event in events {
            match written.last_mut() {
                Some((last, count)) if *last == event => *count += 1,
                Some(_) | None => written.push((event, 1)),
            }
        }
        written.into_iter().map(|(event, count)| self.event(event, count)).collect()
    }

    fn event(&self, event: &Event, count: u64) -> ast::Event {
        let class = self.packs.class(event.class);
        let mut entries = Vec::new();
        // Only whole seconds have an offset.
        let seconds = event.time.filter(|time| (0..OFFSETS).contains(time) && time % 1_000_000 == 0).map(|time| (time / 1_000_000) as u64);
        if let (Some(time), None) = (event.time, seconds) {
            entries.push(self.entry("time", self.value_text(&crate::engine::shape::time::short(time))));
        }
        if let Some(action) = event.action {
            entries.push(self.entry("action", self.word(&class.actions[action])));
        }
        for (field, values) in &event.fields {
            let mut values: Vec<Value> = values.iter().map(|value| self.value(value)).collect();
            let value = match values.len() {
                0 => continue,
                1 => values.remove(0),
                _ => Value::List(ast::List { items: values, at: self.at }),
            };
            entries.push(self.entry(&class.get(*field).name, value));
        }
        let offset = seconds.filter(|seconds| *seconds > 0);
        let repeat = (count > 1).then(|| ast::Int { value: count, written: count.to_string(), at: self.at });
        ast::Event { class: self.class(class), offset: offset.map(|seconds| self.duration(seconds)), repeat, entries, at: self.at }
    }

    fn duration(&self, seconds: u64) -> ast::Duration {
        let (count, unit) = match seconds {
            s if s.is_multiple_of(86_400) => (s / 86_400, ast::Unit::Day),
            s if s.is_multiple_of(3_600) => (s / 3_600, ast::Unit::Hour),
            s if s.is_multiple_of(60) => (s / 60, ast::Unit::Minute),
            s => (s, ast::Unit::Second),
        };
        ast::Duration { count, unit, at: self.at }
    }

    fn class(&self, class: &Class) -> ast::Name {
        self.name(&class.name)
    }

    fn entry(&self, field: &str, value: Value) -> ast::Entry {
        // What stands under `data.` is one name, whatever is in it.
        let parts = match field.strip_prefix("data.") {
            Some(rest) => vec![self.name("data"), self.name(rest)],
            None => field.split('.').map(|part| self.name(part)).collect(),
        };
        ast::Entry { field: ast::Path { parts, at: self.at }, value, at: self.at }
    }

    fn value(&self, value: &Scalar) -> Value {
        match value {
            Scalar::Text(text) => self.value_text(text),
            Scalar::Int(number) => Value::Number(ast::Number { value: ast::Num::Int(*number), written: number.to_string(), at: self.at }),
            Scalar::Real(number) => {
                Value::Number(ast::Number { value: ast::Num::Real(*number), written: format!("{number:?}"), at: self.at })
            }
            Scalar::Bool(truth) => Value::Bool(*truth, self.at),
            Scalar::Enum(word) => self.word(word),
            Scalar::Ip(address) => Value::Address(ast::Address { ip: *address, prefix: None, written: address.to_string(), at: self.at }),
        }
    }

    fn value_text(&self, text: &str) -> Value {
        Value::Text(self.text(text))
    }

    fn text(&self, value: &str) -> ast::Text {
        let raw = value.contains(['\\', '"']) && !value.chars().any(char::is_control);
        ast::Text { value: value.to_owned(), raw, at: self.at }
    }

    fn word(&self, word: &str) -> Value {
        Value::Path(ast::Path { parts: vec![self.name(word)], at: self.at })
    }

    fn name(&self, text: &str) -> ast::Name {
        let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && text.starts_with(|c: char| c.is_ascii_alphabetic());
        ast::Name { text: text.to_owned(), quoted: !is_plain && !is_free(text), at: self.at }
    }
}
