//! Conditions and selections to one tree of tests.
//!
//! In: a rule's detections and conditions. Out: a [`Logic`] of items with their modifiers and values read, the same whatever class they
//! are read over: what is wrong with them is told here, once. What no condition names, or names wrongly, is told.

use std::collections::HashMap;

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::meant;
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
    /// Every test of a field, in the order of the condition.
    pub fn tests<'l>(&'l self, told: &mut impl FnMut(&'r Item, &'r Word, &'l Asked, &'l [Ready])) {
        match self {
            Logic::All(parts, _) | Logic::Any(parts, _) | Logic::AtLeast(_, parts, _) => parts.iter().for_each(|part| part.tests(told)),
            Logic::Not(inner, _) | Logic::Selection { asks: inner, .. } => inner.tests(told),
            Logic::Test(item, field, asked, values) => told(item, field, asked, values),
            Logic::Keywords(..) => {}
        }
    }
}

/// None: it was reported.
pub fn read<'r>(rule: &'r Rule, taxonomy: &Taxonomy, out: &mut Vec<Diagnostic>) -> Option<Logic<'r>> {
    let mut names: HashMap<&str, usize> = HashMap::new();
    for (index, detection) in rule.detections.iter().enumerate() {
        names.entry(&detection.name.text).or_insert(index);
    }
    let mut reader = Reader { rule, taxonomy, names, used: vec![false; rule.detections.len()], unknown: 0, values: 0, out };
    let conditions: Vec<Option<Logic<'r>>> = rule.conditions.iter().map(|condition| reader.condition(condition)).collect();
    // A name that is not known may have been meant for any of them.
    let named = reader.unknown == 0;
    for (detection, used) in rule.detections.iter().zip(&reader.used) {
        // A name with `_` before it is for parts that are switched off.
        if named && !used && !detection.name.text.starts_with('_') {
            reader.out.push(say::unused_selection(detection.name.at, &detection.name.text));
        }
    }
    let mut conditions = conditions.into_iter().collect::<Option<Vec<_>>>()?;
    if conditions.len() == 1 { conditions.pop() } else { Some(Logic::Any(conditions, rule.body)) }
}

struct Reader<'r, 'o> {
    rule: &'r Rule,
    taxonomy: &'o Taxonomy,
    /// The first selection of each name.
    names: HashMap<&'r str, usize>,
    used: Vec<bool>,
    /// Names that no selection has.
    unknown: usize,
    /// How many values were read: a selection counts at each place that names it.
    values: usize,
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
        let Some(index) = self.names.get(word.text.as_str()).copied() else {
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
        self.unknown += 1;
        if self.unknown > MOST_UNKNOWN {
            return;
        }
        let known: Vec<&str> = self.rule.detections.iter().map(|detection| detection.name.text.as_str()).collect();
        let listed = &known[..known.len().min(MOST_UNKNOWN)];
        if !pattern && word.text.contains('*') && known.iter().any(|name| like(&word.text, name)) {
            self.out.push(say::pattern_alone(word.at, &word.text));
            return;
        }
        // `filter_*` for `filter_main_*`: the parts of names that a `_` ends.
        let stems = |name: &&'r str| {
            let name = *name;
            name.match_indices('_').take(MOST_STEMS).map(move |(at, _)| format!("{}*", &name[..=at])).collect::<Vec<String>>()
        };
        let near = if pattern {
            let stems: Vec<String> = known.iter().flat_map(stems).collect();
            meant(&word.text, stems.iter().map(String::as_str)).map(|(near, sure)| (near.to_owned(), sure))
        } else {
            meant(&word.text, known.iter().copied()).map(|(near, sure)| (near.to_owned(), sure))
        };
        let near = near.as_ref().map(|(near, sure)| (near.as_str(), *sure));
        self.out.push(say::unknown_selection(word.at, &word.text, pattern, near, listed));
    }

    /// Whether the rule may hold so many values more; told once.
    fn may_grow(&mut self, values: usize, at: Span) -> Option<()> {
        let before = self.values;
        self.values = before.saturating_add(values);
        if self.values > MOST_VALUES && before <= MOST_VALUES {
            self.out.push(say::too_many_values(at, MOST_VALUES));
        }
        (self.values <= MOST_VALUES).then_some(())
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
        if chosen.is_empty() {
            self.out.push(say::too_few(at, 1, 0));
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
        self.may_grow(item.values.len(), item.at)?;
        let asked = modifier::read(item, self.out)?;
        let asked = match &item.field {
            Some(_) => asked,
            None => modifier::anywhere(item, &asked, self.out)?,
        };
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
                self.may_grow(1, literal.at)?;
                let asked = Asked::contains();
                let values = values::ready(std::slice::from_ref(literal), &asked, self.taxonomy, self.out)?;
                Some(Logic::Keywords(asked, values, literal.at))
            }
        }
    }
}

/// Of so many names that are not known something is said.
const MOST_UNKNOWN: usize = 16;
/// Of one name; more parts than that no name has.
const MOST_STEMS: usize = 16;

/// Values of a rule with each selection spelled out where it is named.
const MOST_VALUES: usize = 500_000;

/// `*` is any run.
pub fn like(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(head) else { return false };
    let (between, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    // Each part at the first place where it stands: what follows has the most room there.
    for part in between.split('*') {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}
