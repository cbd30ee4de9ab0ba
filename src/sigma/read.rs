//! YAML to documents.
//!
//! In: the text of a file. Out: its documents, and what is wrong with their form. A document that lacks what a rule needs is left out
//! with a word about it; the others of the file stand.

use std::ops::Range;

use crate::diag::{Diagnostic, packs, sigma as say};
use crate::schema::nearest;
use crate::source::{FileId, Span};
use crate::yaml::{self, Node, Style, Value};

use super::condition;
use super::tree::{Body, Condition, Detection, Document, Entry, Filter, Head, Item, Literal, LogSource, Rule, Scalar, Word};

/// The keys of a rule that the specification names.
const KEYS: [&str; 22] = [
    "correlation",
    "filter",
    "title",
    "id",
    "name",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "related",
    "taxonomy",
    "action",
];
/// What a rule says of itself and does not change what it finds.
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
    let rules = documents.iter().filter(|document| !document.is_null()).filter_map(|document| reader.document(document)).collect();
    (rules, reader.out)
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

    fn document(&mut self, node: &Node) -> Option<Document> {
        let at = self.at(node.span.clone());
        let entries = self.entries(node)?;
        let mut head = Head::default();
        let (mut source, mut detection, mut correlation, mut filter) = (None, None, None, None);
        for (key, value) in &entries {
            match key.text.as_str() {
                "title" => head.title = self.text(value),
                "id" => head.id = self.text(value),
                "name" => head.name = self.text(value),
                "logsource" => {
                    source = self.source(value);
                    let about = self.about_source(value);
                    head.entries.extend(about);
                }
                "detection" => detection = Some((key, *value)),
                "correlation" => correlation = Some((key, *value)),
                "filter" => filter = Some((key, *value)),
                "action" => self.say(say::action(key.at)),
                "taxonomy" => {
                    if let Some(word) = self.text(value) {
                        if word.text != "sigma" {
                            self.say(say::taxonomy(word.at, &word.text));
                        }
                        head.entries.push(Entry { key: key.clone(), values: vec![word], list: false });
                    }
                }
                name if ABOUT.contains(&name) => {
                    if let Some((values, list)) = self.texts(value) {
                        head.entries.push(Entry { key: key.clone(), values, list });
                    }
                }
                name if KEYS.contains(&name) => {}
                name => {
                    // A rule may have keys of its own; one that is nearly a known one is misspelt.
                    if let Some(near) = nearest(name, KEYS) {
                        self.say(say::unknown_key(key.at, name, near));
                    } else if let Some((values, list)) = self.texts(value) {
                        head.entries.push(Entry { key: key.clone(), values, list });
                    }
                }
            }
        }
        let has = |name: &str| entries.iter().any(|(key, _)| key.text == name);
        let needed: &[&str] = match (&correlation, &filter) {
            (Some(_), _) => &["title"],
            (None, Some(_)) => &["title", "logsource"],
            (None, None) => &["title", "logsource", "detection"],
        };
        for missing in needed.iter().filter(|name| !has(name)) {
            self.say(say::missing_key(self.at(start(node)), missing));
        }
        head.title.as_ref()?;
        if let Some(part) = correlation {
            return self.correlation(head, part, at).map(Document::Correlation);
        }
        let source = source?;
        if let Some((key, node)) = filter {
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
            return Some(Document::Filter(Filter {
                rules,
                rule: Rule { head, source, detections, conditions, body: key.at.to(self.at(node.span.clone())), at },
            }));
        }
        let (key, node) = detection?;
        let body = key.at.to(self.at(node.span.clone()));
        let entries = self.entries(node)?;
        let (detections, conditions) = self.detections(key, entries)?;
        Some(Document::Rule(Rule { head, source, detections, conditions, body, at }))
    }

    /// The pairs of a mapping, each key once.
    pub(super) fn entries<'n>(&mut self, node: &'n Node) -> Option<Vec<(Word, &'n Node)>> {
        let Some(pairs) = node.map() else {
            self.say(say::shape(self.at(node.span.clone()), "a mapping, `key: value`"));
            return None;
        };
        let mut entries: Vec<(Word, &'n Node)> = Vec::new();
        for (key, value) in pairs {
            let Some(key) = self.key(key) else { continue };
            match entries.iter().find(|(known, _)| known.text == key.text) {
                Some((known, _)) => self.say(say::duplicate_key(key.at, &key.text, known.at)),
                None => entries.push((key, value)),
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

    fn source(&mut self, node: &Node) -> Option<LogSource> {
        let at = self.at(node.span.clone());
        let mut source = LogSource { category: None, product: None, service: None, at };
        for (key, value) in self.entries(node)? {
            match key.text.as_str() {
                "category" => source.category = self.text(value),
                "product" => source.product = self.text(value),
                "service" => source.service = self.text(value),
                "definition" => {}
                name => {
                    if let Some(near) = nearest(name, ["category", "product", "service", "definition"]) {
                        self.say(say::unknown_key(key.at, name, near));
                    }
                }
            }
        }
        if source.category.is_none() && source.product.is_none() && source.service.is_none() {
            self.say(say::missing_key(at, "category"));
            return None;
        }
        Some(source)
    }

    /// What a log source says beside its parts: what it must be set to record.
    fn about_source(&mut self, node: &Node) -> Vec<Entry> {
        let pairs = node.map().unwrap_or_default();
        let name = |key: &Node| key.text().filter(|key| !["category", "product", "service"].contains(key)).map(str::to_owned);
        let about = pairs.iter().filter_map(|(key, value)| {
            let word = Word { text: format!("logsource_{}", name(key)?), at: self.at(key.span.clone()) };
            let (values, list) = self.texts(value)?;
            Some(Entry { key: word, values, list })
        });
        about.collect()
    }

    fn detections(&mut self, key: &Word, entries: Vec<(Word, &Node)>) -> Option<(Vec<Detection>, Vec<Condition>)> {
        let mut detections = Vec::new();
        let mut conditions = None;
        for (name, value) in entries {
            match name.text.as_str() {
                "condition" => conditions = Some(value),
                // Of a form that the specification has left behind; its meaning stands in correlations now.
                "timeframe" => self.say(say::timeframe(name.at)),
                _ => {
                    if let Some(body) = self.body(value) {
                        detections.push(Detection { name, body });
                    }
                }
            }
        }
        if detections.is_empty() {
            self.say(say::empty_detection(key.at));
            return None;
        }
        let Some(node) = conditions else {
            self.say(say::missing_key(key.at, "condition"));
            return None;
        };
        let texts: Vec<&Node> = node.list().map_or_else(|| vec![node], |items| items.iter().collect());
        let mut read = Vec::new();
        for text in texts {
            read.extend(self.condition(text));
        }
        Some((detections, read))
    }

    pub(super) fn condition(&mut self, node: &Node) -> Option<Condition> {
        let word = self.text(node)?;
        match condition::parse(&word.text, &|part| self.at(node.part(self.text, part))) {
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
                let entries = self.entries(node)?;
                let items: Vec<Option<Item>> = entries.into_iter().map(|(key, value)| self.item(&key, value)).collect();
                Some(Body::All(items.into_iter().collect::<Option<_>>()?, at))
            }
            Value::List(items) => {
                let parts: Vec<Option<Body>> = items.iter().map(|item| self.body(item)).collect();
                Some(Body::Any(parts.into_iter().collect::<Option<_>>()?, at))
            }
            Value::Text(_) => self.literal(node).map(Body::Keyword),
        }
    }

    fn item(&mut self, key: &Word, node: &Node) -> Option<Item> {
        let mut parts = Vec::new();
        let mut from = 0;
        for part in key.text.split('|') {
            parts.push((part, from..from + part.len()));
            from += part.len() + 1;
        }
        // The key stands in the file as it is, or in quotes.
        let shift = usize::from(self.text[key.at.range()].starts_with(['\'', '"']));
        let place = |range: Range<usize>| {
            Span::new(self.file, key.at.start as usize + shift + range.start, key.at.start as usize + shift + range.end)
        };
        let mut words = parts.into_iter().map(|(text, range)| Word { text: text.to_owned(), at: place(range) });
        let field = words.next().filter(|field| !field.text.is_empty());
        let modifiers: Vec<Word> = words.collect();
        let values = match &node.value {
            Value::List(items) if items.is_empty() => {
                self.say(say::empty_selection(self.at(node.span.clone())));
                return None;
            }
            Value::List(items) => items.iter().map(|item| self.literal(item)).collect::<Option<Vec<_>>>()?,
            Value::Null | Value::Text(_) | Value::Map(_) => vec![self.literal(node)?],
        };
        Some(Item { field, modifiers, values, at: key.at.to(self.at(node.span.clone())) })
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
        Some(Literal { value, at })
    }
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

/// The first letter of a node, where the whole of it would be too much to show.
fn start(node: &Node) -> Range<usize> {
    node.span.start..node.span.start
}
