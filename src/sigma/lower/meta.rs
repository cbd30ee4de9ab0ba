//! What a rule says about itself, as the language says it.
//!
//! Every key is kept: those that both know under their own names, tags of ATT&CK as `attack`, the others as `x_sigma_..`. A value of another
//! form than the specification asks for is told, and kept as it stands.

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::attack::{is_other_id, is_technique_id};
use crate::schema::{Platform, nearest};
use crate::source::Span;
use crate::syntax::ast::{At, Item, Meta, MetaAtom, MetaValue, Name, Text};
use crate::syntax::meta::{LEVEL, STATUS, is_date};

use super::super::identifier;
use super::super::tree::{Entry, Head, Rule, Word};
use super::names::Reading;

pub fn items(head: &Head, out: &mut Vec<Diagnostic>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut say = |key: &str, at: Span, value: MetaValue| {
        items.push(Item::Meta(Meta { key: Name { text: key.to_owned(), quoted: false, at: At(at) }, value, at: At(at) }));
    };
    if let Some(title) = &head.title {
        say("title", title.at, one(text(title)));
    }
    match &head.id {
        Some(id) if !is_uuid(&id.text) => out.push(say::meta(id.at, "id", "a UUID", None)),
        Some(_) | None => {}
    }
    if let Some(id) = &head.id {
        say("id", id.at, one(text(id)));
    }
    for Entry { key, values, list } in &head.entries {
        let name = key.text.as_str();
        let texts = || match values.as_slice() {
            [value] if !list => one(text(value)),
            values => MetaValue::List(values.iter().map(text).collect(), At(key.at)),
        };
        match name {
            "status" | "level" => {
                let words: &[&str] = if name == "status" { &STATUS } else { &LEVEL };
                let [value] = values.as_slice() else { continue };
                if words.contains(&value.text.as_str()) {
                    say(name, key.at, one(word(value)));
                } else {
                    out.push(say::meta(
                        value.at,
                        name,
                        &format!("one of {}", words.join(", ")),
                        nearest(&value.text, words.iter().copied()),
                    ));
                }
            }
            "date" | "modified" => {
                for value in values {
                    if is_date(&value.text) {
                        say(name, key.at, one(text(value)));
                    } else {
                        out.push(say::meta(value.at, name, "a date, as in `2026-02-28`", None));
                    }
                }
            }
            "tags" => tags(key, values, &mut say),
            "description" if !list => say(name, key.at, one(text(&one_line(key, values)))),
            "license" if !list => say(name, key.at, texts()),
            "references" | "falsepositives" | "author" | "related" => say(name, key.at, texts()),
            other => say(&format!("x_sigma_{}", identifier(other)), key.at, texts()),
        }
    }
    items
}

/// The systems that the log sources name; none where one of them names no system. A record of a log is of the systems that write the log.
pub fn platforms<'r, 'p: 'r>(read: impl IntoIterator<Item = (&'r Rule, &'r Reading<'p>)>) -> Option<Item> {
    let mut named: Vec<(Platform, Span)> = Vec::new();
    for (rule, reading) in read {
        let product = rule.source.product.as_ref().filter(|_| reading.class().open.is_empty())?;
        let platform = Platform::from_name(&product.text.trim().to_lowercase())?;
        if !named.iter().any(|(known, _)| *known == platform) {
            named.push((platform, product.at));
        }
    }
    let at = named.first()?.1;
    let name = |(platform, at): (Platform, Span)| MetaAtom::Name(Name { text: platform.name().to_owned(), quoted: false, at: At(at) });
    let value = MetaValue::List(named.into_iter().map(name).collect(), At(at));
    Some(Item::Meta(Meta { key: Name { text: "platforms".to_owned(), quoted: false, at: At(at) }, value, at: At(at) }))
}

/// `attack.t1059.001` is a technique; what is no id stays a tag.
fn tags(key: &Word, values: &[Word], say: &mut impl FnMut(&str, Span, MetaValue)) {
    let (mut attack, mut others) = (Vec::new(), Vec::new());
    for value in values {
        let id = value
            .text
            .to_ascii_lowercase()
            .strip_prefix("attack.")
            .map(str::to_ascii_uppercase)
            .filter(|id| is_technique_id(id) || is_other_id(id));
        match id {
            Some(id) => attack.push(MetaAtom::Technique(Name { text: id, quoted: false, at: At(value.at) })),
            None => others.push(text(value)),
        }
    }
    if !attack.is_empty() {
        say("attack", key.at, MetaValue::List(attack, At(key.at)));
    }
    if !others.is_empty() {
        say("tags", key.at, MetaValue::List(others, At(key.at)));
    }
}

/// A text of the language crosses no line: the lines that YAML has are one here.
fn one_line(key: &Word, values: &[Word]) -> Word {
    let lines = values.iter().flat_map(|word| word.text.lines()).map(str::trim).filter(|line| !line.is_empty());
    Word { text: lines.collect::<Vec<_>>().join(" "), at: values.first().unwrap_or(key).at }
}

fn one(atom: MetaAtom) -> MetaValue {
    MetaValue::One(atom)
}

fn text(word: &Word) -> MetaAtom {
    MetaAtom::Text(Text { value: word.text.clone(), raw: false, at: At(word.at) })
}

fn word(word: &Word) -> MetaAtom {
    MetaAtom::Name(Name { text: word.text.clone(), quoted: false, at: At(word.at) })
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()))
}
