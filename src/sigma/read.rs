//! YAML to documents.
//!
//! In: the text of a file. Out: its documents, and what is wrong with their form. A document with an error is [`Document::Broken`]; the
//! others of the file stand.

use std::collections::HashMap;
use std::ops::Range;

use crate::diag::{Diagnostic, Severity, packs, sigma as say};
use crate::letters::Letters;
use crate::schema::meant;
use crate::source::{FileId, Span};
use crate::yaml::{self, Node, Style, Value};

use super::tree::{Body, Broken, Condition, Detection, Document, Entry, Filter, Head, Item, Literal, LogSource, Rule, Scalar, Word};
use super::{condition, modifier};

/// The keys of a document that say what it finds.
const PARTS: [&str; 8] = ["correlation", "filter", "title", "id", "name", "logsource", "detection", "taxonomy"];
/// What a rule says of itself and does not change what it finds. With [`PARTS`]: the keys that the specification names.
const ABOUT: [&str; 13] = [
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "related",
    "fields",
];

/// Every document of a text that is one.
pub fn read(text: &str, file: FileId) -> (Vec<Document>, Vec<Diagnostic>) {
    let mut reader = Reader { text, file, out: Vec::new() };
    let documents = match yaml::parse(text) {
        Ok(documents) => documents,
        Err(error) => {
            let at = reader.at(error.span);
            return (Vec::new(), vec![packs::yaml(at, &error.problem)]);
        }
    };
    let mut rules = Vec::new();
    for document in documents.iter().filter(|document| !document.is_null()) {
        let (before, mut known) = (reader.out.len(), Broken::default());
        let read = reader.document(document, &mut known);
        let wrong = reader.out[before..].iter().any(|found| found.severity() == Severity::Error);
        rules.push(read.filter(|_| !wrong).unwrap_or(Document::Broken(known)));
    }
    (rules, reader.out)
}

/// A key of a document, and what stands behind it.
type Part<'n> = Option<(&'n Word, &'n Node)>;

/// A key, and the one that it is nearly; whether it is sure to be meant.
type Near<'n> = (&'n Word, (&'n str, bool));

/// What a document finds.
#[derive(Default)]
struct Parts<'n> {
    source: Option<LogSource>,
    detection: Part<'n>,
    correlation: Part<'n>,
    filter: Part<'n>,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    file: FileId,
    out: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn at(&self, span: Range<usize>) -> Span {
        Span::new(self.file, span.start, span.end)
    }

    pub(super) fn say(&mut self, found: Diagnostic) {
        self.out.push(found);
    }

    /// `known` is what a document says of itself, also one that is broken.
    fn document(&mut self, node: &Node, known: &mut Broken) -> Option<Document> {
        let at = self.at(node.span.clone());
        let entries = self.entries(node)?;
        if let Some((key, _)) = entries.iter().find(|(key, _)| key.text == "action") {
            self.say(say::action(key.at));
            return None;
        }
        let (parts, unknown) = self.parts(&entries, known);
        self.misspelt(&entries, &parts, unknown, at);
        known.head.title.as_ref()?;
        let head = known.head.clone();
        if let Some(part) = parts.correlation {
            return self.correlation(head, part, at).map(Document::Correlation);
        }
        let source = parts.source?;
        if let Some((key, node)) = parts.filter {
            return self.filter(key, node, head, source, at).map(Document::Filter);
        }
        let (key, node) = parts.detection?;
        let body = key.at.to(self.at(node.span.clone()));
        let entries = self.entries(node)?;
        let (detections, conditions) = self.detections(key, entries)?;
        Some(Document::Rule(Rule { head, source, detections, conditions, body, at }))
    }

    /// What it says of itself goes to `known`; the rest are its parts, and keys that are nearly one that Sigma has.
    fn parts<'n>(&mut self, entries: &'n [(Word, &'n Node)], known: &mut Broken) -> (Parts<'n>, Vec<Near<'n>>) {
        let Broken { head, filtered } = known;
        let mut unknown = Vec::new();
        let mut parts = Parts::default();
        for (key, value) in entries {
            match key.text.as_str() {
                "title" | "logsource" | "detection" | "correlation" | "filter" if value.is_null() => {
                    self.say(say::nothing_behind(key.at, &key.text))
                }
                "id" | "name" if value.is_null() => self.say(say::meta(key.at, &key.text, "a value", None)),
                "title" => head.title = self.text(value),
                "id" => head.id = self.text(value),
                "name" => head.name = self.text(value),
                "logsource" => parts.source = self.source(value, &mut head.entries),
                "detection" => parts.detection = Some((key, value)),
                "correlation" => parts.correlation = Some((key, value)),
                "filter" => {
                    *filtered = self.filtered(value);
                    parts.filter = Some((key, value));
                }
                "taxonomy" => {
                    if let Some(word) = self.text(value) {
                        if word.text != "sigma" {
                            self.say(say::taxonomy(word.at, &word.text));
                        }
                        head.entries.push(Entry { key: key.clone(), values: vec![word], list: false });
                    }
                }
                // A rule may have keys of its own; one that is nearly a known one is misspelt.
                name => {
                    let near = Some(name).filter(|name| !ABOUT.contains(name)).and_then(|name| meant(name, PARTS.into_iter().chain(ABOUT)));
                    unknown.extend(near.map(|near| (key, near)));
                    head.entries.extend(self.about(key.clone(), value));
                }
            }
        }
        (parts, unknown)
    }

    /// Tells of keys that the document needs, and of those that are nearly one.
    fn misspelt(&mut self, entries: &[(Word, &Node)], parts: &Parts<'_>, mut unknown: Vec<Near<'_>>, at: Span) {
        let first = entries.first().map_or(at, |(key, _)| key.at);
        let has = |name: &str| entries.iter().any(|(key, _)| key.text == name);
        let needed: &[&str] = match (&parts.correlation, &parts.filter) {
            (Some(_), _) => &["title"],
            (None, Some(_)) => &["title", "logsource"],
            (None, None) => &["title", "logsource", "detection"],
        };
        for missing in needed.iter().filter(|name| !has(name)) {
            match unknown.iter().position(|(_, (near, _))| near == missing) {
                Some(index) => {
                    let (key, (_, sure)) = unknown.remove(index);
                    self.say(say::misspelt_key(key.at, missing, &key.text, sure));
                }
                None => self.say(say::missing_key(first, missing)),
            }
        }
        for (key, (near, sure)) in unknown {
            self.say(say::unknown_key(key.at, &key.text, (near, sure && !has(near))));
        }
    }

    fn filter(&mut self, key: &Word, node: &Node, head: Head, source: LogSource, at: Span) -> Option<Filter> {
        let (named, others): (Vec<_>, Vec<_>) = self.entries(node)?.into_iter().partition(|(key, _)| key.text == "rules");
        let rules = match named.first() {
            Some((_, value)) => self.texts(value).map(|(rules, _)| rules).unwrap_or_default(),
            None => Vec::new(),
        };
        if rules.is_empty() {
            self.say(say::missing_key(key.at, "rules"));
            return None;
        }
        let (detections, conditions) = self.detections(key, others)?;
        let body = key.at.to(self.at(node.span.clone()));
        Some(Filter { rules, rule: Rule { head, source, detections, conditions, body, at } })
    }

    /// The rules that a filter names, whatever else is wrong with it.
    fn filtered(&self, filter: &Node) -> Vec<Word> {
        let named = filter.map().into_iter().flatten().filter(|(key, _)| key.text() == Some("rules"));
        let texts = named.flat_map(|(_, value)| value.list().unwrap_or(std::slice::from_ref(value)));
        texts.filter_map(|node| Some(Word { text: node.text()?.to_owned(), at: self.at(node.span.clone()) })).collect()
    }

    /// The pairs of a mapping, each key once.
    pub(super) fn entries<'n>(&mut self, node: &'n Node) -> Option<Vec<(Word, &'n Node)>> {
        Some(self.pairs(node)?.into_iter().map(|(key, _, value)| (key, value)).collect())
    }

    /// The same with the nodes of the keys. `<<: *base` has the pairs of another mapping too, as far as this one has none of these keys
    /// (<https://yaml.org/type/merge.html>).
    fn pairs<'n>(&mut self, node: &'n Node) -> Option<Vec<(Word, &'n Node, &'n Node)>> {
        let Some(pairs) = node.map() else {
            self.say(say::shape(self.at(node.span.clone()), "a mapping, `key: value`"));
            return None;
        };
        let mut entries: Vec<(Word, &'n Node, &'n Node)> = Vec::new();
        let mut known: HashMap<&'n str, Span> = HashMap::new();
        let mut merged: Vec<&'n Node> = Vec::new();
        for (node, value) in pairs {
            let Some(key) = self.key(node) else { continue };
            if is_merge(node) {
                merged.extend(value.list().map_or_else(|| vec![value], |items| items.iter().collect()));
                continue;
            }
            match known.get(node.text().unwrap_or_default()) {
                Some(first) => self.say(say::duplicate_key(key.at, &key.text, *first)),
                None => {
                    known.insert(node.text().unwrap_or_default(), key.at);
                    entries.push((key, node, value));
                }
            }
        }
        for base in merged {
            for (key, node, value) in self.pairs(base)? {
                if !known.contains_key(node.text().unwrap_or_default()) {
                    known.insert(node.text().unwrap_or_default(), key.at);
                    entries.push((key, node, value));
                }
            }
        }
        Some(entries)
    }

    fn key(&mut self, node: &Node) -> Option<Word> {
        let at = self.at(node.span.clone());
        if node.text().is_none() && !node.is_null() {
            self.say(say::shape(at, "a name"));
            return None;
        }
        Some(Word { text: node.text().unwrap_or_default().to_owned(), at })
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<Word> {
        let at = self.at(node.span.clone());
        if node.text().is_none() {
            self.say(say::shape(at, "a text"));
        }
        Some(Word { text: node.text()?.to_owned(), at })
    }

    /// A text, a list of texts; a mapping in it (`related` has them) is one text.
    pub(super) fn texts(&mut self, node: &Node) -> Option<(Vec<Word>, bool)> {
        let word = |node: &Node| Word { text: flat(node), at: self.at(node.span.clone()) };
        match &node.value {
            Value::Null => None,
            Value::List(items) => Some((items.iter().filter(|item| !item.is_null()).map(word).collect(), true)),
            Value::Text(_) | Value::Map(_) => Some((vec![word(node)], false)),
        }
    }

    /// What a document says of itself under a key.
    fn about(&mut self, key: Word, value: &Node) -> Option<Entry> {
        let (values, list) = self.texts(value)?;
        Some(Entry { key, values, list })
    }

    /// `about`: what it says beside its parts, as what must be set to record; it is kept.
    fn source(&mut self, node: &Node, about: &mut Vec<Entry>) -> Option<LogSource> {
        let at = self.at(node.span.clone());
        let mut source = LogSource { category: None, product: None, service: None, at };
        let before = self.out.len();
        for (key, value) in self.entries(node)? {
            match key.text.as_str() {
                "category" => source.category = self.text(value),
                "product" => source.product = self.text(value),
                "service" => source.service = self.text(value),
                name => {
                    let known = ["category", "product", "service", "definition"];
                    if let Some(near) = Some(name).filter(|name| !known.contains(name)).and_then(|name| meant(name, known)) {
                        self.say(say::unknown_key(key.at, name, near));
                    }
                    about.extend(self.about(Word { text: format!("logsource_{name}"), at: key.at }, value));
                }
            }
        }
        if source.category.is_none() && source.product.is_none() && source.service.is_none() {
            // What is wrong with its only part was told, as an error or as a key that is none.
            if self.out[before..].iter().all(|found| found.severity() < Severity::Error) {
                self.say(say::missing_key(at, "category"));
            }
            return None;
        }
        Some(source)
    }

    fn detections(&mut self, key: &Word, entries: Vec<(Word, &Node)>) -> Option<(Vec<Detection>, Vec<Condition>)> {
        let mut detections: Vec<Detection> = Vec::new();
        let mut conditions = None;
        let mut whole = true;
        for (name, value) in entries {
            match name.text.as_str() {
                "condition" => conditions = Some(value),
                // Of a form that the specification has left behind; its meaning stands in correlations now.
                "timeframe" => self.say(say::timeframe(name.at)),
                _ if value.is_null() => {
                    self.say(say::empty_selection(name.at));
                    whole = false;
                }
                _ => match self.body(value) {
                    Some(body) => detections.push(Detection { name, body }),
                    None => whole = false,
                },
            }
        }
        let misspelt = |detection: &Detection| Some((detection.name.clone(), meant(&detection.name.text, ["condition"])?.1));
        if conditions.is_none()
            && let Some((name, sure)) = detections.iter().find_map(misspelt)
        {
            self.say(say::misspelt_key(name.at, "condition", &name.text, sure));
            return None;
        }
        if detections.is_empty() {
            if whole {
                self.say(say::empty_detection(key.at));
            }
            return None;
        }
        let Some(node) = conditions.filter(|node| !node.is_null() && node.list().is_none_or(|items| !items.is_empty())) else {
            self.say(say::missing_key(key.at, "condition"));
            return None;
        };
        let texts: Vec<&Node> = node.list().map_or_else(|| vec![node], |items| items.iter().collect());
        let mut read = Vec::new();
        for text in texts {
            read.extend(self.condition(text));
        }
        whole.then_some((detections, read))
    }

    pub(super) fn condition(&mut self, node: &Node) -> Option<Condition> {
        let word = self.text(node)?;
        let letters = self.letters(node);
        match condition::parse(&word.text, &|part| self.place(&letters, word.at, part)) {
            Ok(condition) => Some(condition),
            Err(found) => {
                self.say(found);
                None
            }
        }
    }

    fn body(&mut self, node: &Node) -> Option<Body> {
        let at = self.at(node.span.clone());
        match &node.value {
            Value::Map(pairs) if pairs.is_empty() => {
                self.say(say::empty_selection(at));
                None
            }
            Value::List(items) if items.is_empty() => {
                self.say(say::empty_selection(at));
                None
            }
            Value::Null => {
                self.say(say::empty_selection(at));
                None
            }
            Value::Map(_) => {
                let pairs = self.pairs(node)?;
                let items: Vec<Option<Item>> = pairs.into_iter().map(|(key, node, value)| self.item(&key, node, value)).collect();
                Some(Body::All(items.into_iter().collect::<Option<_>>()?, at))
            }
            Value::List(items) => {
                let parts: Vec<Option<Body>> = items.iter().map(|item| self.body(item)).collect();
                Some(Body::Any(parts.into_iter().collect::<Option<_>>()?, at))
            }
            Value::Text(text) => {
                if text.text.is_empty() {
                    self.say(say::empty_keyword(at));
                    return None;
                }
                // `Image|endswith 'x'`
                let head = text.text.split([' ', ':']).next().unwrap_or_default();
                let mut words = head.split('|');
                let name = words.next().is_some_and(|name| !name.is_empty());
                if name && text.style == Style::Plain && head.contains('|') && words.all(modifier::is_one) {
                    self.say(say::field_as_keyword(at, head));
                }
                self.literal(node).map(Body::Keyword)
            }
        }
    }

    fn item(&mut self, key: &Word, key_node: &Node, node: &Node) -> Option<Item> {
        let letters = self.letters(key_node);
        let mut words = Vec::new();
        let mut from = 0;
        for text in key.text.split('|') {
            // Where nothing stands behind a `|`, that is the place.
            let at = self.place(&letters, key.at, from - usize::from(text.is_empty() && from > 0)..from + text.len());
            from += text.len() + 1;
            if text.trim() != text && !text.trim().is_empty() {
                self.say(say::blanks_in_key(at, text.trim()));
                return None;
            }
            words.push(Word { text: text.to_owned(), at });
        }
        let mut words = words.into_iter();
        let field = words.next().filter(|field| !field.text.is_empty());
        let modifiers: Vec<Word> = words.collect();
        let is_regex = modifiers.iter().any(|modifier| modifier.text == "re");
        let values = match &node.value {
            Value::List(items) if items.is_empty() => {
                self.say(say::empty_selection(self.at(node.span.clone())));
                return None;
            }
            Value::List(items) => items.iter().map(|item| self.value(item, is_regex)).collect::<Option<Vec<_>>>()?,
            Value::Null | Value::Text(_) | Value::Map(_) => vec![self.value(node, is_regex)?],
        };
        Some(Item { field, modifiers, values, at: key.at.to(self.at(node.span.clone())) })
    }

    fn letters(&self, node: &Node) -> Letters {
        node.letters(self.text).unwrap_or_default()
    }

    /// The place of a part of a scalar; all of it where that cannot be told.
    fn place(&self, letters: &Letters, whole: Span, part: Range<usize>) -> Span {
        letters.place(part).map_or(whole, |place| self.at(place))
    }

    fn value(&mut self, node: &Node, is_regex: bool) -> Option<Literal> {
        let literal = self.literal(node)?;
        Some(if is_regex { Literal { letters: self.letters(node), ..literal } } else { literal })
    }

    fn literal(&mut self, node: &Node) -> Option<Literal> {
        let at = self.at(node.span.clone());
        let value = match &node.value {
            Value::Null => Scalar::Null,
            Value::Text(text) => Scalar::Text { text: text.text.clone(), quoted: text.style != Style::Plain },
            Value::List(_) | Value::Map(_) => {
                self.say(say::shape(at, "one value"));
                return None;
            }
        };
        Some(Literal { value, letters: Letters::default(), at })
    }
}

/// `<<`, without quotes.
fn is_merge(key: &Node) -> bool {
    matches!(&key.value, Value::Text(text) if text.text == "<<" && text.style == Style::Plain)
}

/// A node as a text: `type: similar, id: ..`
fn flat(node: &Node) -> String {
    match &node.value {
        Value::Null => String::new(),
        Value::Text(text) => text.text.clone(),
        Value::List(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Map(pairs) => pairs.iter().map(|(key, value)| format!("{}: {}", flat(key), flat(value))).collect::<Vec<_>>().join(", "),
    }
}
