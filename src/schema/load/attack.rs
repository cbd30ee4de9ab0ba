//! `attack:` — tactics and techniques.

use std::ops::Range;

use crate::yaml::Node;

use super::super::attack::{Attack, Standing, Tactic, Technique, is_tactic_id, is_technique_id};
use super::super::types::List;
use super::reader::{Key, Reader};
use super::{Fault, Shape, Unknown, owned, replace};

/// A place at which a technique is named, which may be known only when all files are read.
struct Named {
    /// Index of the document.
    document: usize,
    span: Range<usize>,
    /// What is named, and the technique that names it.
    id: String,
    by: String,
    role: Role,
}

/// What one technique is to another that names it.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Parent,
    Replacement,
}

/// Reads the part of every document; first all tactics, since techniques name them.
pub fn read(documents: &mut [(Reader<'_>, Node)], attack: &mut Attack) {
    let mut named = Vec::new();
    for (reader, node) in documents.iter_mut() {
        let Some(value) = node.get("attack") else { continue };
        for (key, value) in reader.entries(value, Some(&["version", "tactics", "techniques"])) {
            match key.name {
                "version" => {
                    if let Some(version) = reader.version(value) {
                        attack.version = owned(version);
                    }
                }
                "tactics" => {
                    for (key, value) in reader.entries(value, None) {
                        tactic(reader, attack, &key, value);
                    }
                }
                _ => {}
            }
        }
    }
    for (document, (reader, node)) in documents.iter_mut().enumerate() {
        let Some(techniques) = node.get("attack").and_then(|value| value.get("techniques")) else { continue };
        for (key, value) in reader.entries(techniques, None) {
            technique(reader, attack, &key, value, |span, id, role| {
                named.push(Named { document, span, id, by: key.name.to_owned(), role });
            });
        }
    }
    for named in &named {
        let reader = &mut documents[named.document].0;
        match attack.techniques.get(&named.id) {
            None => {
                // The form's own neighbours: the distance of words is a poor one between numbers.
                let nearest = attack.near(&named.id).first().map(|id| id.to_string());
                reader.report(named.span.clone(), Fault::UnknownTechnique(Unknown { name: named.id.clone(), nearest }));
            }
            Some(technique) if named.role == Role::Replacement && leads_to(attack, &technique, &named.by) => {
                reader.report(named.span.clone(), Fault::RevokedCircle(named.by.clone()));
            }
            Some(_) => {}
        }
    }
}

/// `ID: NAME`, or `{name, former}`.
fn tactic(reader: &mut Reader<'_>, attack: &mut Attack, key: &Key<'_>, node: &Node) {
    if !is_tactic_id(key.name) {
        reader.report(key.span.clone(), Fault::NoAttackId(false));
        return;
    }
    let mut tactic = Tactic { id: owned(key.name), name: owned(""), former: None };
    if node.map().is_none() {
        let Some(name) = reader.text(node) else { return };
        tactic.name = owned(name);
    } else {
        for (part, value) in reader.entries(node, Some(&["name", "former"])) {
            let Some(text) = reader.text(value) else { continue };
            match part.name {
                "name" => tactic.name = owned(text),
                _ => tactic.former = Some(owned(text)),
            }
        }
        if tactic.name.is_empty() {
            reader.report(key.span.clone(), Fault::MissingKey("name"));
            return;
        }
    }
    replace(&mut attack.tactics, tactic, |known| known.id == key.name);
}

/// `ID: {name, tactics, revoked | deprecated, former, since}`; `names` takes the techniques that it names.
fn technique(reader: &mut Reader<'_>, attack: &mut Attack, key: &Key<'_>, node: &Node, mut names: impl FnMut(Range<usize>, String, Role)) {
    if !is_technique_id(key.name) {
        reader.report(key.span.clone(), Fault::NoAttackId(true));
        return;
    }
    if node.map().is_none() {
        reader.shape(node, Shape::Mapping);
        return;
    }
    let mut technique = Technique {
        id: owned(key.name),
        name: owned(""),
        tactics: List::default(),
        standing: Standing::Current,
        former: None,
        since: None,
    };
    if let Some(parent) = technique.parent() {
        names(key.span.clone(), parent.to_owned(), Role::Parent);
    }
    // Either of the two: what is revoked has something in its place.
    let gone = if node.get("revoked").is_some() { "revoked" } else { "deprecated" };
    for (part, value) in reader.entries(node, Some(&["name", "tactics", gone, "former", "since"])) {
        match part.name {
            "name" => technique.name = reader.text(value).map(owned).unwrap_or_default(),
            "former" => technique.former = reader.text(value).map(owned),
            "since" => technique.since = reader.version(value).map(owned),
            "revoked" => {
                let by = reader.texts(value);
                if by.is_empty() {
                    reader.shape(value, Shape::Texts);
                }
                technique.standing = Standing::Revoked(by.iter().map(|(id, _)| owned(id)).collect());
                by.into_iter().for_each(|(id, span)| names(span, id.to_owned(), Role::Replacement));
            }
            "deprecated" => {
                if reader.flag(value) {
                    technique.standing = Standing::Deprecated;
                }
            }
            _ => {
                for (word, span) in reader.texts(value) {
                    match attack.tactics.iter().find(|tactic| tactic.word() == word) {
                        Some(tactic) => technique.tactics.to_mut().push(tactic.id.clone()),
                        None => {
                            let words: Vec<String> = attack.tactics.iter().map(Tactic::word).collect();
                            reader.report(span, Fault::UnknownTactic(Unknown::among(word, words.iter().map(String::as_str))));
                        }
                    }
                }
            }
        }
    }
    for (required, absent) in [("name", technique.name.is_empty()), ("tactics", node.get("tactics").is_none())] {
        if absent {
            reader.report(key.span.clone(), Fault::MissingKey(required));
        }
    }
    attack.techniques.put(technique);
}

/// Whether what is in the place of a technique is, in the end, this one.
fn leads_to(attack: &Attack, technique: &Technique, id: &str) -> bool {
    let (mut open, mut seen) = (vec![technique.clone()], Vec::new());
    while let Some(next) = open.pop() {
        if next.id == id {
            return true;
        }
        if let Standing::Revoked(by) = &next.standing
            && !seen.contains(&next.id)
        {
            open.extend(by.iter().filter_map(|id| attack.techniques.get(id)));
            seen.push(next.id);
        }
    }
    false
}
