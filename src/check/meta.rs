//! What a rule says about itself: a closed set of keys, as the Sigma community uses them, and `x_..` for a team's own.

use crate::diag::{names, values};
use crate::hir::{Level, Meta};
use crate::syntax::ast::{self, MetaAtom, MetaValue};
use crate::syntax::meta::{LEVEL, STATUS, is_date};

use super::Checker;
use crate::schema::{Platform, nearest};

/// What a key takes.
enum Takes {
    Text,
    /// A text or a number: `version: 3`.
    Brief,
    Texts,
    Techniques,
    /// `2026-02-28`
    Date,
    OneOf(&'static [&'static str]),
    /// One or more of these words.
    SomeOf(&'static [&'static str]),
    /// A bare word or a text.
    Word,
}

const KEYS: &[(&str, Takes)] = &[
    ("title", Takes::Text),
    ("id", Takes::Brief),
    ("version", Takes::Brief),
    ("status", Takes::OneOf(&STATUS)),
    ("level", Takes::OneOf(&LEVEL)),
    ("confidence", Takes::OneOf(&["low", "medium", "high"])),
    ("phase", Takes::Word),
    ("platforms", Takes::SomeOf(&Platform::NAMES)),
    ("description", Takes::Text),
    ("attack", Takes::Techniques),
    ("references", Takes::Texts),
    ("falsepositives", Takes::Texts),
    ("author", Takes::Texts),
    ("date", Takes::Date),
    ("modified", Takes::Date),
    ("tags", Takes::Texts),
    ("related", Takes::Texts),
    ("license", Takes::Text),
];

impl<'a> Checker<'a> {
    pub(super) fn meta(&mut self, rule: &'a ast::Rule) -> Meta {
        let mut meta = Meta::default();
        let mut seen: Vec<&ast::Name> = Vec::new();
        for item in &rule.items {
            let ast::Item::Meta(entry) = item else { continue };
            let key = entry.key.text.as_str();
            if let Some(first) = seen.iter().find(|first| first.text == key) {
                self.report(names::duplicate_key(entry.key.at.0, key, first.at.0));
                continue;
            }
            seen.push(&entry.key);
            if !key.starts_with("x_") {
                let Some((_, takes)) = KEYS.iter().find(|(name, _)| *name == key) else {
                    let near = nearest(key, KEYS.iter().map(|(name, _)| *name)).or_else(|| as_elsewhere(key));
                    self.report(names::unknown_key(entry.key.at.0, key, near));
                    continue;
                };
                if !self.takes(entry, takes) {
                    continue;
                }
                if let Takes::Techniques = takes {
                    self.attack_ids(&entry.value);
                }
            }
            let texts: Vec<String> = atoms(&entry.value).into_iter().map(text).collect();
            let one = texts.first().cloned();
            if matches!(key, "title" | "version") {
                meta.named_at.push(entry.at.0);
            }
            match key {
                "title" => meta.title = one,
                "id" => meta.id = one,
                "version" => meta.version = one,
                "level" => meta.level = one.as_deref().and_then(Level::from_name),
                "attack" => meta.attack = texts.clone(),
                "platforms" => {
                    let named = |platform: &Platform| texts.iter().any(|text| text == platform.name());
                    meta.platforms = Platform::ALL.into_iter().filter(named).collect();
                }
                _ => {}
            }
            meta.entries.push((key.to_owned(), texts));
        }
        meta
    }

    fn takes(&mut self, entry: &ast::Meta, takes: &Takes) -> bool {
        let key = entry.key.text.as_str();
        let (wanted, list) = match takes {
            Takes::Text => ("one text".to_owned(), false),
            Takes::Brief => ("one text or number".to_owned(), false),
            Takes::Texts => ("a text, or a list of texts".to_owned(), true),
            Takes::Techniques => ("ATT&CK ids without quotes, as in [T1059.001, TA0002]".to_owned(), true),
            Takes::Date => ("a date, as in \"2026-02-28\"".to_owned(), false),
            Takes::OneOf(words) => (format!("one of {}", words.join(", ")), false),
            Takes::SomeOf(words) => (format!("some of {}", words.join(", ")), true),
            Takes::Word => ("one word".to_owned(), false),
        };
        if let MetaValue::List(_, at) = &entry.value
            && !list
        {
            self.report(values::wrong_meta(at.0, key, &wanted, None));
            return false;
        }
        let mut whole = true;
        for atom in atoms(&entry.value) {
            let fits = match (takes, atom) {
                (Takes::Text | Takes::Brief | Takes::Texts | Takes::Word, MetaAtom::Text(_)) => true,
                (Takes::Brief, MetaAtom::Number(_)) | (Takes::Word, MetaAtom::Name(_)) => true,
                (Takes::Techniques, MetaAtom::Technique(_)) => true,
                (Takes::Date, MetaAtom::Text(text)) => is_date(&text.value),
                (Takes::OneOf(words) | Takes::SomeOf(words), MetaAtom::Name(name)) => words.contains(&name.text.as_str()),
                _ => false,
            };
            if !fits {
                // The same in another dress is sure to be meant; a near word is not.
                let fix = match (takes, atom) {
                    (Takes::OneOf(words) | Takes::SomeOf(words), MetaAtom::Text(text)) => {
                        words.iter().find(|word| text.value.eq_ignore_ascii_case(word)).map(|word| ((*word).to_owned(), true))
                    }
                    (Takes::OneOf(words) | Takes::SomeOf(words), MetaAtom::Name(name)) => {
                        nearest(&name.text, words.iter().copied()).map(|word| (word.to_owned(), name.text.eq_ignore_ascii_case(word)))
                    }
                    (Takes::Techniques, MetaAtom::Text(text)) => self.attack_id_of(&text.value).map(|id| (id, true)),
                    (Takes::Techniques, MetaAtom::Name(name)) => self.attack_id_of(&name.text).map(|id| (id, true)),
                    _ => None,
                };
                let fix = fix.as_ref().map(|(text, certain)| (text.as_str(), *certain));
                self.report(values::wrong_meta(span(atom), key, &wanted, fix));
                whole = false;
            }
        }
        whole
    }
}

/// What others call a key.
fn as_elsewhere(key: &str) -> Option<&'static str> {
    match key {
        "name" => Some("title"),
        "severity" => Some("level"),
        "mitre" | "technique" | "techniques" | "mitre_attack" => Some("attack"),
        "reference" | "links" => Some("references"),
        "false_positives" => Some("falsepositives"),
        "updated" => Some("modified"),
        "platform" | "os" | "product" => Some("platforms"),
        "created" => Some("date"),
        _ => None,
    }
}

pub(super) fn atoms(value: &MetaValue) -> Vec<&MetaAtom> {
    match value {
        MetaValue::One(atom) => vec![atom],
        MetaValue::List(atoms, _) => atoms.iter().collect(),
    }
}

fn text(atom: &MetaAtom) -> String {
    match atom {
        MetaAtom::Text(text) => text.value.clone(),
        MetaAtom::Number(number) => number.written.clone(),
        MetaAtom::Technique(name) | MetaAtom::Name(name) => name.text.clone(),
    }
}

fn span(atom: &MetaAtom) -> crate::source::Span {
    match atom {
        MetaAtom::Text(text) => text.at.0,
        MetaAtom::Number(number) => number.at.0,
        MetaAtom::Technique(name) | MetaAtom::Name(name) => name.at.0,
    }
}
