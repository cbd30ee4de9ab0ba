//! What a rule says about itself, as the language says it.
//!
//! Every key is kept: those that both know under their own names, tags of ATT&CK as `attack`, the others as `x_sigma_..`. A value of another
//! form than the specification asks for is told, and kept as it stands.

use std::collections::HashSet;

use crate::diag::sigma::TagFault;
use crate::diag::{Diagnostic, sigma as say};
use crate::schema::attack::{is_other_id, is_technique_id};
use crate::schema::{Packs, Platform, meant};
use crate::source::Span;
use crate::syntax::ast::{At, Item, Meta, MetaAtom, MetaValue, Name, Text};
use crate::syntax::meta::{LEVEL, STATUS, is_date};

use super::super::identifier;
use super::super::tree::{Entry, Head, Rule, Word};
use super::names::Reading;

pub fn items(head: &Head, packs: &Packs, out: &mut Vec<Diagnostic>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    let mut say = |key: &str, at: Span, value: MetaValue| {
        items.push(Item::Meta(Meta { key: Name { text: key.to_owned(), quoted: false, at: At(at) }, value, at: At(at) }));
    };
    if let Some(title) = &head.title {
        say("title", title.at, one(text(title)));
    }
    match &head.id {
        Some(id) if !is_uuid(&id.text) => out.push(say::meta(id.at, "id", "a UUID", uuid(&id.text).as_deref().map(|id| (id, true)))),
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
        match (name, values.as_slice()) {
            ("status" | "level", [value]) if words(name).contains(&value.text.as_str()) => say(name, key.at, one(word(value))),
            ("date" | "modified", [value]) if is_date(&value.text) => say(name, key.at, one(text(value))),
            ("tags", _) => {
                values.iter().for_each(|value| tag(value, packs, out));
                tags(key, values, &mut say);
            }
            ("description", _) if !list => say(name, key.at, one(text(&one_line(key, values)))),
            ("license", _) if !list => say(name, key.at, texts()),
            ("references" | "falsepositives" | "author" | "related", _) => say(name, key.at, texts()),
            _ => {
                out.extend(misfit(key, values));
                say(&free(&format!("x_sigma_{}", identifier(name)), &mut taken), key.at, texts());
            }
        }
    }
    items
}

fn words(key: &str) -> &'static [&'static str] {
    if key == "status" { &STATUS } else { &LEVEL }
}

/// What is wrong with a value of a key that has a form.
fn misfit(key: &Word, values: &[Word]) -> Option<Diagnostic> {
    let name = key.text.as_str();
    let (at, written) = match values {
        [value] => (value.at, value.text.as_str()),
        _ => (key.at, ""),
    };
    match name {
        "status" | "level" => {
            let near = also(written).or_else(|| meant(written, words(name).iter().copied()));
            Some(say::meta(at, name, &format!("one of {}", words(name).join(", ")), near))
        }
        "date" | "modified" => {
            let near = date(written);
            Some(say::meta(at, name, "a date, as in `2026-02-28`", near.as_deref().map(|date| (date, true))))
        }
        _ => None,
    }
}

/// A name that no key before has: those of YAML may differ in a sign that a name cannot have.
fn free(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
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

/// What other tools write for a level.
fn also(word: &str) -> Option<(&'static str, bool)> {
    match word.to_ascii_lowercase().as_str() {
        "info" | "information" => Some(("informational", true)),
        "crit" => Some(("critical", true)),
        "med" | "moderate" => Some(("medium", true)),
        _ => None,
    }
}

/// The namespaces of the specification (`appendix_tags.md`).
const NAMESPACES: [&str; 7] = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"];

/// Tells of a tag without a namespace, or of ATT&CK and of no form that it has. Whether an id exists is for `check` to tell.
fn tag(tag: &Word, packs: &Packs, out: &mut Vec<Diagnostic>) {
    let lower = tag.text.to_ascii_lowercase();
    let is_id = |name: &str| {
        let name = name.to_ascii_uppercase();
        // Campaigns, sources of data and their components.
        let other = ["C", "DS", "DC"].iter().filter_map(|kind| name.strip_prefix(kind));
        is_technique_id(&name) || is_other_id(&name) || other.into_iter().any(|id| id.len() == 4 && id.bytes().all(|b| b.is_ascii_digit()))
    };
    let tactics = || packs.attack.tactics.iter().map(|tactic| tactic.word()).chain(FORMER.map(str::to_owned));
    let is_tactic = |name: &str| {
        let name = name.replace('_', "-");
        packs.attack.tactics.iter().any(|tactic| tactic.is_word(&name)) || FORMER.contains(&name.as_str())
    };
    let (near, fault) = match lower.split_once('.') {
        Some(("attack", name)) => {
            if is_id(name) || is_tactic(name) {
                return;
            }
            let tactics: Vec<String> = tactics().collect();
            let near = meant(name, tactics.iter().map(String::as_str)).map(|(near, sure)| (format!("attack.{near}"), sure));
            (near, TagFault::Name)
        }
        Some((namespace, _)) if NAMESPACES.contains(&namespace) => return,
        Some((namespace, name)) => {
            (meant(namespace, NAMESPACES).map(|(near, sure)| (format!("{near}.{name}"), sure)), TagFault::Namespace(&NAMESPACES))
        }
        None => {
            let of_attack = is_id(&lower) || is_tactic(&lower);
            (of_attack.then(|| (format!("attack.{lower}"), true)), TagFault::NoNamespace)
        }
    };
    out.push(say::unknown_tag(tag.at, &tag.text, fault, near.as_ref().map(|(near, sure)| (near.as_str(), *sure))));
}

/// Tactics that earlier versions of ATT&CK had.
const FORMER: [&str; 1] = ["defense-evasion"];

/// The date that is written in another form: year, month and day in this order, of whatever length.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['-', '/', '.', ' ']).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [whole] if whole.len() == 8 && whole.is_ascii() => (&whole[..4], &whole[4..6], &whole[6..]),
        _ => return None,
    };
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    Some(format!("{:04}-{:02}-{:02}", number(year)?, number(month)?, number(day)?)).filter(|date| is_date(date))
}

/// The UUID that stands in braces, or without its dashes.
fn uuid(text: &str) -> Option<String> {
    let digits: String = text.trim_matches(['{', '}']).chars().filter(|c| *c != '-').collect();
    let is_one = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
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
