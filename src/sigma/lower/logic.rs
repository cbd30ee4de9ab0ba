//! Conditions and selections to one tree of tests.
//!
//! In: a rule's detections and conditions. Out: a [`Logic`] of items with their modifiers and values read, the same whatever class they
//! are read over: what is wrong with them is told here, once. What no condition names, or names wrongly, is told.

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::nearest;
use crate::schema::sigma::Taxonomy;
use crate::source::Span;

use super::super::modifier::{self, Asked};
use super::super::tree::{Body, Condition, Detection, Head, Item, Pattern, Quantity, Rule, Word};
use super::values::{self, Ready};

#[derive(Debug)]
pub enum Logic<'r> {
    All(Vec<Logic<'r>>, Span),
    Any(Vec<Logic<'r>>, Span),
    Not(Box<Logic<'r>>, Span),
    AtLeast(u64, Vec<Logic<'r>>, Span),
    /// What a selection asks for, where a condition names it.
    Selection {
        selection: &'r Detection,
        /// Of the rule that has it.
        head: &'r Head,
        asks: Box<Logic<'r>>,
    },
    /// Of a field.
    Test(&'r Item, &'r Word, Asked, Vec<Ready>),
    Keywords(Asked, Vec<Ready>, Span),
}

impl<'r> Logic<'r> {
    /// Every field that is named, in the order of the condition.
    pub fn fields(&self) -> Vec<&'r Word> {
        match self {
            Logic::All(parts, _) | Logic::Any(parts, _) | Logic::AtLeast(_, parts, _) => parts.iter().flat_map(Logic::fields).collect(),
            Logic::Not(inner, _) | Logic::Selection { asks: inner, .. } => inner.fields(),
            Logic::Test(_, field, ..) => vec![field],
            Logic::Keywords(..) => Vec::new(),
        }
    }
}

/// None: it was reported.
pub fn read<'r>(rule: &'r Rule, taxonomy: &Taxonomy, out: &mut Vec<Diagnostic>) -> Option<Logic<'r>> {
    let mut reader = Reader { rule, taxonomy, used: vec![false; rule.detections.len()], out };
    let conditions: Vec<Option<Logic<'r>>> = rule.conditions.iter().map(|condition| reader.condition(condition)).collect();
    for (detection, used) in rule.detections.iter().zip(&reader.used) {
        // A name with `_` before it is for parts that are switched off.
        if !used && !detection.name.text.starts_with('_') {
            reader.out.push(say::unused_selection(detection.name.at, &detection.name.text));
        }
    }
    let mut conditions = conditions.into_iter().collect::<Option<Vec<_>>>()?;
    if conditions.len() == 1 { conditions.pop() } else { Some(Logic::Any(conditions, rule.body)) }
}

struct Reader<'r, 'o> {
    rule: &'r Rule,
    taxonomy: &'o Taxonomy,
    used: Vec<bool>,
    out: &'o mut Vec<Diagnostic>,
}

impl<'r> Reader<'r, '_> {
    fn condition(&mut self, condition: &Condition) -> Option<Logic<'r>> {
        match condition {
            Condition::And(parts, at) => Some(Logic::All(self.all(parts)?, *at)),
            Condition::Or(parts, at) => Some(Logic::Any(self.all(parts)?, *at)),
            Condition::Not(inner, at) => Some(Logic::Not(Box::new(self.condition(inner)?), *at)),
            Condition::Name(word) => self.named(word),
            Condition::Of { quantity, pattern, at } => self.of(*quantity, pattern, *at),
        }
    }

    /// Every part is read, also after a mistake.
    fn all(&mut self, parts: &[Condition]) -> Option<Vec<Logic<'r>>> {
        let read: Vec<Option<Logic<'r>>> = parts.iter().map(|part| self.condition(part)).collect();
        read.into_iter().collect()
    }

    fn named(&mut self, word: &Word) -> Option<Logic<'r>> {
        let Some(index) = self.rule.detections.iter().position(|detection| detection.name.text == word.text) else {
            self.unknown(word, false);
            return None;
        };
        self.selection(index)
    }

    fn selection(&mut self, index: usize) -> Option<Logic<'r>> {
        self.used[index] = true;
        let selection = &self.rule.detections[index];
        let asks = Box::new(self.body(&selection.body)?);
        Some(Logic::Selection { selection, head: &self.rule.head, asks })
    }

    fn unknown(&mut self, word: &Word, pattern: bool) {
        let known: Vec<&str> = self.rule.detections.iter().map(|detection| detection.name.text.as_str()).collect();
        let near = if pattern { None } else { nearest(&word.text, known.iter().copied()) };
        self.out.push(say::unknown_selection(word.at, &word.text, pattern, near, &known));
    }

    fn of(&mut self, quantity: Quantity, pattern: &Pattern, at: Span) -> Option<Logic<'r>> {
        let fits = |detection: &Detection| match pattern {
            Pattern::Them => !detection.name.text.starts_with('_'),
            Pattern::Like(word) => like(&word.text, &detection.name.text),
        };
        let chosen: Vec<usize> = (0..self.rule.detections.len()).filter(|index| fits(&self.rule.detections[*index])).collect();
        if let (Pattern::Like(word), true) = (pattern, chosen.is_empty()) {
            self.unknown(word, true);
            return None;
        }
        let mut parts = Vec::new();
        let mut whole = true;
        for index in &chosen {
            match self.selection(*index) {
                Some(part) => parts.push(part),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        match quantity {
            Quantity::All => Some(Logic::All(parts, at)),
            Quantity::AtLeast(1) => Some(Logic::Any(parts, at)),
            Quantity::AtLeast(least) if least == 0 || least > parts.len() as u64 => {
                self.out.push(say::too_few(at, least, parts.len()));
                None
            }
            Quantity::AtLeast(least) => Some(Logic::AtLeast(least, parts, at)),
        }
    }

    fn item(&mut self, item: &'r Item) -> Option<Logic<'r>> {
        let asked = modifier::read(item, self.out)?;
        let asked = if item.field.is_some() { asked } else { asked.anywhere() };
        let values = values::ready(&item.values, &asked, self.taxonomy, self.out)?;
        Some(match &item.field {
            Some(field) => Logic::Test(item, field, asked, values),
            None => Logic::Keywords(asked, values, item.at),
        })
    }

    fn body(&mut self, body: &'r Body) -> Option<Logic<'r>> {
        match body {
            Body::All(items, at) => {
                let read: Vec<Option<Logic<'r>>> = items.iter().map(|item| self.item(item)).collect();
                Some(Logic::All(read.into_iter().collect::<Option<_>>()?, *at))
            }
            Body::Any(parts, at) => {
                let read: Vec<Option<Logic<'r>>> = parts.iter().map(|part| self.body(part)).collect();
                Some(Logic::Any(read.into_iter().collect::<Option<_>>()?, *at))
            }
            Body::Keyword(literal) => {
                let asked = Asked::contains();
                let values = values::ready(std::slice::from_ref(literal), &asked, self.taxonomy, self.out)?;
                Some(Logic::Keywords(asked, values, literal.at))
            }
        }
    }
}

/// `*` is any run.
pub fn like(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => {
            name.strip_prefix(head).is_some_and(|name| (0..=name.len()).any(|at| name.is_char_boundary(at) && like(rest, &name[at..])))
        }
    }
}
