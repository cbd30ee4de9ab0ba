//! How a site finds the events of a schema: the target that reads it, the indexes, what a search for a table says, and the columns that
//! one table calls otherwise.

use crate::yaml::Node;

use super::super::channel::Platform;
use super::super::targets::Target;
use super::super::types::{List, Own, Schema, Str, Table};
use super::reader::{Key, Reader};
use super::{Fault, Misplaced, Unknown, fields, owned};

type Sections<'n> = [(Key<'n>, &'n Node)];

fn section<'n>(sections: &Sections<'n>, wanted: &str) -> Option<(std::ops::Range<usize>, &'n Node)> {
    sections.iter().find(|(key, _)| key.name == wanted).map(|(key, node)| (key.span.clone(), *node))
}

/// `target` and `index` of a schema.
pub fn of_schema(reader: &mut Reader<'_>, schema: &mut Schema, sections: &Sections<'_>) {
    if let Some((key, node)) = section(sections, "target") {
        let is_own = Target::ALL.iter().any(|target| target.schemas().contains(&schema.name.as_ref()));
        match reader.text(node).map(|name| (name, Target::from_name(name))) {
            Some(_) if is_own => reader.report(key, Fault::Misplaced("target", Misplaced::OwnTarget)),
            Some((_, Some(target))) => schema.target = Some(target),
            Some((name, None)) => {
                let unknown = Unknown::among(name, Target::ALL.iter().map(|target| target.name()));
                reader.report(node.span.clone(), Fault::UnknownTarget(unknown));
            }
            None => {}
        }
    }
    if let Some((key, node)) = section(sections, "index") {
        if !is_searched(schema) {
            reader.report(key, Fault::Misplaced("index", Misplaced::NotSearched));
        }
        schema.index = indexes(reader, node);
    }
}

/// What one table has otherwise than the head of its schema says.
pub fn of_table(reader: &mut Reader<'_>, schema: &mut Schema, name: &str, key: &Key<'_>, sections: &Sections<'_>) {
    let Some(at) = schema.tables.iter().position(|table| table.name == name) else { return };
    let is_searched = is_searched(schema);
    let mut own = schema.tables[at].own().cloned().unwrap_or_default();
    for part in ["tell", "time", "host"] {
        let Some((_, node)) = section(sections, part) else { continue };
        let Some(column) = reader.text(node) else { continue };
        if schema.tables[at].column(column).is_none() {
            reader.report(node.span.clone(), fields::unknown_column(schema, &[&schema.tables[at]], column));
        }
        match part {
            "tell" => own.tell = owned(column),
            "time" => own.time = owned(column),
            _ => own.host = owned(column),
        }
    }
    for part in ["index", "search"] {
        let Some((span, node)) = section(sections, part) else { continue };
        if !is_searched {
            reader.report(span, Fault::Misplaced(part, Misplaced::NotSearched));
        }
        if part == "index" {
            own.index = indexes(reader, node);
        } else {
            let found = pairs(reader, &schema.tables[at], &EVERY, node);
            let (index, search): (Vec<_>, Vec<_>) = found.into_iter().partition(|(column, _)| column == "index");
            own.search = List::Owned(search);
            own.index = index.into_iter().next().map_or(own.index, |(_, index)| index);
        }
    }
    if let Some((_, node)) = section(sections, "signs") {
        own.signs = List::Owned(pairs(reader, &schema.tables[at], &[], node));
    }
    if let Some((span, node)) = section(sections, "start")
        && let Some(parameter) = reader.text(node)
    {
        let is_name =
            parameter.starts_with(|c: char| c.is_ascii_alphabetic()) && parameter.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_called(schema) {
            reader.report(span, Fault::Misplaced("start", Misplaced::NotCalled));
        } else if !is_name {
            reader.report(node.span.clone(), Fault::Name(parameter.to_owned()));
        } else {
            own.start = owned(parameter);
        }
    }
    for (word, span) in section(sections, "platforms").map(|(_, node)| reader.texts(node)).unwrap_or_default() {
        match Platform::from_name(word) {
            Some(platform) => own.platforms.to_mut().push(platform),
            None => {
                reader.report(span, Fault::UnknownKey(Unknown::among(word, Platform::NAMES), Platform::NAMES.map(str::to_owned).to_vec()))
            }
        }
    }
    let is_found = !own.search.is_empty() || !own.index.is_empty() || !schema.index.is_empty() || schema.tables[at].event_id.is_some();
    if schema.target == Some(Target::SplunkRaw) && !is_found {
        reader.report(key.span.clone(), Fault::MissingKey("search"));
    }
    if own != Own::default() {
        schema.tables.to_mut()[at].own = List::Owned(vec![own]);
    }
}

/// Whether a target that writes KQL reads it.
fn is_called(schema: &Schema) -> bool {
    let reads = |target: Target| schema.target == Some(target) || target.schemas().contains(&schema.name.as_ref());
    Target::ALL.iter().any(|target| match target {
        Target::Defender | Target::Sentinel => reads(*target),
        Target::Splunk | Target::SplunkRaw => false,
    })
}

/// What Splunk keeps with every event, beside the columns.
const EVERY: [&str; 5] = ["index", "source", "sourcetype", "host", "splunk_server"];

/// `{COLUMN: VALUES}`, of the table's columns and of `others`.
fn pairs(reader: &mut Reader<'_>, table: &Table, others: &[&str], node: &Node) -> Vec<(Str, List<Str>)> {
    let mut found = Vec::new();
    for (column, values) in reader.entries(node, None) {
        let names = || others.iter().copied().chain(table.columns.iter().map(|column| column.name.as_ref()));
        if !names().any(|name| name == column.name) {
            let unknown = Unknown::among(column.name, names());
            reader.report(column.span, Fault::UnknownColumn(unknown, others.iter().map(|name| (*name).to_owned()).collect()));
            continue;
        }
        let values = if column.name == "index" { indexes(reader, values) } else { valid(reader, values, is_value) };
        found.push((owned(column.name), values));
    }
    found
}

fn indexes(reader: &mut Reader<'_>, node: &Node) -> List<Str> {
    valid(reader, node, |text| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*')))
}

fn valid(reader: &mut Reader<'_>, node: &Node, is_valid: fn(&str) -> bool) -> List<Str> {
    let mut values = Vec::new();
    for (text, span) in reader.texts(node) {
        if is_valid(text) { values.push(owned(text)) } else { reader.report(span, Fault::SearchValue(text.to_owned())) }
    }
    List::Owned(values)
}

/// What the search dialect says as it stands: no control character, no backtick (a macro), no network, which it would look into.
fn is_value(text: &str) -> bool {
    let is_network = text.rsplit_once('/').is_some_and(|(base, prefix)| {
        let is_base = base.contains(['.', ':']) && base.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'));
        is_base && !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_digit())
    });
    !text.trim().is_empty() && !is_network && !text.chars().any(|c| c.is_control() || c == '`')
}

/// Whether `splunk-raw` searches for its events.
fn is_searched(schema: &Schema) -> bool {
    schema.target == Some(Target::SplunkRaw) || Target::SplunkRaw.schemas().contains(&schema.name.as_ref())
}
