//! `sigma:` — what the log sources and fields of Sigma rules are in the model.
//!
//! `placeholders` are names, each with the values that it stands for.
//! A source is `CATEGORY/PRODUCT/SERVICE`, of which parts may be empty. A field is `FIELD`, `account(DOMAIN, NAME)`, `hashes(FIELD, ..)`,
//! `{FIELD: {WORD: VALUE}}` or `{action: {WORD: ACTION}}`.

use crate::yaml::Node;

use super::super::sigma::{LogSource, Meaning};
use super::super::types::{Actions, Class, FieldId, List, Packs, Str};
use super::reader::{Key, Reader};
use super::{Fault, Shape, Unknown, model, owned, owned_all, replace};

pub fn read(reader: &mut Reader<'_>, packs: &mut Packs, node: &Node) {
    let sections = reader.entries(node, Some(&["groups", "sources", "placeholders"]));
    let section = |wanted: &str| sections.iter().find(|(key, _)| key.name == wanted).map(|(_, node)| *node);
    let groups = section("groups").map(|node| reader.entries(node, None)).unwrap_or_default();
    for (key, value) in section("sources").map(|node| reader.entries(node, None)).unwrap_or_default() {
        source(reader, packs, &groups, &key, value);
    }
    for (key, value) in section("placeholders").map(|node| reader.entries(node, None)).unwrap_or_default() {
        let values = owned_all(reader.words(value));
        replace(&mut packs.sigma.placeholders, (owned(key.name), values), |(known, _)| known == key.name);
    }
}

fn source(reader: &mut Reader<'_>, packs: &mut Packs, groups: &[(Key<'_>, &Node)], key: &Key<'_>, node: &Node) {
    let sections = reader.entries(node, Some(&["class", "action", "where", "native", "note", "use", "fields"]));
    let section = |wanted: &str| sections.iter().find(|(part, _)| part.name == wanted).map(|(_, value)| *value);
    let parts: Vec<&str> = key.name.split('/').collect();
    let ([category, product, service], true) = (parts.as_slice(), key.name != "//") else {
        reader.report(key.span.clone(), Fault::LogSource(key.name.to_owned()));
        return;
    };
    let Some(named) = section("class") else {
        reader.report(key.span.clone(), Fault::MissingKey("class"));
        return;
    };
    let Some(name) = reader.text(named) else { return };
    let Some(id) = packs.model.class(name) else {
        let unknown = Unknown::among(name, packs.model.classes.iter().map(|class| class.name.as_ref()));
        reader.report(named.span.clone(), Fault::UnknownClass(unknown));
        return;
    };
    let class = packs.class(id).clone();
    let actions = section("action").map_or(Actions::ALL, |node| model::action_set(reader, &class, node));
    let native = section("native").and_then(|node| {
        let name = reader.text(node)?;
        if packs.schema(name).is_none() {
            let unknown = Unknown::among(name, packs.schemas.iter().map(|schema| schema.name.as_ref()));
            reader.report(node.span.clone(), Fault::UnknownSchema(unknown));
        }
        Some(owned(name))
    });
    let mut tests = Vec::new();
    for (field, value) in section("where").map(|node| reader.entries(node, None)).unwrap_or_default() {
        if let Some(id) = model::field_id(reader, &class, field.name, field.span) {
            tests.push((id, owned_all(reader.words(value))));
        }
    }
    let mut fields: Vec<(Str, Meaning)> = Vec::new();
    for (group, span) in section("use").map(|node| reader.texts(node)).unwrap_or_default() {
        match groups.iter().find(|(key, _)| key.name == group) {
            Some((_, node)) => all(reader, &class, node, &mut fields),
            None => {
                let unknown = Unknown::among(group, groups.iter().map(|(key, _)| key.name));
                reader.report(span, Fault::UnknownGroup(unknown));
            }
        }
    }
    section("fields").into_iter().for_each(|node| all(reader, &class, node, &mut fields));
    let source = LogSource {
        category: owned(category),
        product: owned(product),
        service: owned(service),
        class: id,
        actions,
        tests: List::Owned(tests),
        native: native.unwrap_or_default(),
        note: section("note").and_then(|node| reader.text(node)).map(owned).unwrap_or_default(),
        fields: List::Owned(fields),
    };
    let parts = source.parts().map(str::to_owned);
    replace(&mut packs.sigma.sources, source, |known| known.parts() == [parts[0].as_str(), parts[1].as_str(), parts[2].as_str()]);
}

/// The last word on a name counts.
fn all(reader: &mut Reader<'_>, class: &Class, node: &Node, fields: &mut Vec<(Str, Meaning)>) {
    for (key, value) in reader.entries(node, None) {
        if let Some(meaning) = meaning(reader, class, value) {
            fields.retain(|(known, _)| known != key.name);
            fields.push((owned(key.name), meaning));
        }
    }
}

fn meaning(reader: &mut Reader<'_>, class: &Class, node: &Node) -> Option<Meaning> {
    if node.map().is_some() {
        return words(reader, class, node);
    }
    let text = reader.text(node)?;
    let mut field = |name: &str| model::field_id(reader, class, name.trim(), node.span.clone());
    let Some((function, rest)) = text.split_once('(') else { return field(text).map(Meaning::Field) };
    let arguments: Option<Vec<FieldId>> = rest.strip_suffix(')').unwrap_or(rest).split(',').map(&mut field).collect();
    match (function.trim(), arguments?.as_slice()) {
        ("account", [domain, name]) => Some(Meaning::Account { domain: *domain, name: *name }),
        ("hashes", kinds) => Some(Meaning::Hashes(List::Owned(kinds.to_vec()))),
        (name, _) => {
            reader.report(node.span.clone(), Fault::UnknownTransform(Unknown::among(name, ["account", "hashes"])));
            None
        }
    }
}

fn words(reader: &mut Reader<'_>, class: &Class, node: &Node) -> Option<Meaning> {
    let entries = reader.entries(node, None);
    let [(key, value)] = entries.as_slice() else {
        reader.shape(node, Shape::Mapping);
        return None;
    };
    let pairs = reader.entries(value, None);
    if key.name == "action" && !class.actions.is_empty() {
        let mut happened = Vec::new();
        for (word, value) in pairs {
            happened.push((owned(word.name), model::action_set(reader, class, value)));
        }
        return Some(Meaning::Happened(List::Owned(happened)));
    }
    let field = model::field_id(reader, class, key.name, key.span.clone())?;
    let mut known = Vec::new();
    for (word, value) in pairs {
        if let Some(value) = reader.text(value) {
            known.push((owned(word.name), owned(value)));
        }
    }
    Some(Meaning::Words(field, List::Owned(known)))
}
