//! `schemas:` — tables and columns.

use crate::yaml::Node;

use super::super::channel::{Channel, Platform};
use super::super::columns::Columns;
use super::super::types::{Column, List, NativeType, Packs, Schema, Str, Table, Type};
use super::reader::{Key, Reader};
use super::{Fault, Unknown, entry, model, owned, owned_all, search};

/// The words of the vendors for the types of columns.
pub const NATIVE_TYPES: [(&str, NativeType); 12] = [
    ("string", NativeType::Text),
    ("int", NativeType::Int),
    ("long", NativeType::Long),
    ("real", NativeType::Real),
    ("number", NativeType::Real),
    ("bool", NativeType::Bool),
    ("boolean", NativeType::Bool),
    ("datetime", NativeType::Time),
    ("timestamp", NativeType::Time),
    ("guid", NativeType::Guid),
    ("dynamic", NativeType::Dynamic),
    ("timespan", NativeType::Timespan),
];

const KEYS: [&str; 22] = [
    "title",
    "version",
    "versions",
    "target",
    "index",
    "tell",
    "time",
    "host",
    "identity",
    "kind",
    "prefix",
    "missing",
    "channel",
    "channels",
    "also",
    "splunk",
    "renamed_tables",
    "renamed_columns",
    "renamed_values",
    "columns",
    "groups",
    "tables",
];

const TABLE_KEYS: [&str; 16] = [
    "within",
    "channel",
    "event_id",
    "kind",
    "since",
    "tell",
    "time",
    "host",
    "index",
    "search",
    "signs",
    "start",
    "platforms",
    "escaped",
    "use",
    "columns",
];

/// Columns that several tables of one file `use`.
type Groups<'n> = Vec<(Key<'n>, Vec<Column>)>;

pub fn read(reader: &mut Reader<'_>, packs: &mut Packs, node: &Node) {
    for (key, value) in reader.entries(node, None) {
        schema(reader, packs, &key, value);
    }
}

fn schema(reader: &mut Reader<'_>, packs: &mut Packs, key: &Key<'_>, node: &Node) {
    let is_new = packs.schema(key.name).is_none();
    let fresh = || Schema {
        name: owned(key.name),
        title: owned(key.name),
        version: owned(""),
        versions: List::default(),
        chosen: None,
        target: None,
        index: List::default(),
        tell: owned(""),
        time: owned(""),
        host: owned(""),
        identity: List::default(),
        kind: owned(""),
        prefixed: false,
        missing: List::default(),
        channels: List::default(),
        splunk: List::default(),
        columns: Columns::packed(""),
        tables: List::default(),
        renamed_tables: List::default(),
        renamed_columns: List::default(),
        renamed_values: List::default(),
    };
    let schema = entry(&mut packs.schemas, |known| known.name == key.name, fresh);
    let sections = reader.entries(node, Some(&KEYS));
    let mut groups = Groups::new();
    for (part, value) in &sections {
        match part.name {
            "title" => set(&mut schema.title, reader.text(value)),
            "version" => set(&mut schema.version, reader.text(value)),
            "versions" => schema.versions = versions(reader, value),
            "tell" => set(&mut schema.tell, reader.text(value)),
            "time" => set(&mut schema.time, reader.text(value)),
            "host" => set(&mut schema.host, reader.text(value)),
            "identity" => schema.identity = reader.words(value).into_iter().map(owned).collect(),
            "kind" => set(&mut schema.kind, reader.text(value)),
            "prefix" => schema.prefixed = reader.text(value) == Some("lineage"),
            "missing" => missing(reader, schema, value),
            "channel" => {
                if let Some(channel) = reader.text(value) {
                    put_pair(&mut schema.channels, "", channel);
                }
            }
            "channels" => pairs(reader, &mut schema.channels, value),
            "splunk" => pairs(reader, &mut schema.splunk, value),
            "renamed_tables" => {
                for (old, new) in reader.entries(value, None) {
                    let pairs = reader.words(new).into_iter().map(|new| (owned(old.name), owned(new)));
                    schema.renamed_tables.to_mut().extend(pairs);
                }
            }
            "renamed_columns" => renamed(reader, &mut schema.renamed_columns, value),
            "renamed_values" => renamed(reader, &mut schema.renamed_values, value),
            "columns" => {
                for column in columns(reader, value, "") {
                    put(&mut schema.columns, column.clone());
                    schema.tables.to_mut().iter_mut().for_each(|table| put(&mut table.columns, column.clone()));
                }
            }
            "groups" => {
                for (group, value) in reader.entries(value, None) {
                    let columns = columns(reader, value, "");
                    groups.push((group, columns));
                }
            }
            _ => {}
        }
    }
    if is_new && schema.time.is_empty() {
        reader.report(key.span.clone(), Fault::MissingKey("time"));
    }
    search::of_schema(reader, schema, &sections);
    if let Some((_, tables)) = sections.iter().find(|(part, _)| part.name == "tables") {
        for (name, value) in reader.entries(tables, None) {
            table(reader, schema, &groups, &name, value);
        }
    }
    let also = sections.iter().find(|(part, _)| part.name == "also");
    for (key, value) in also.map(|(_, also)| reader.entries(also, Some(&Platform::NAMES))).unwrap_or_default() {
        if let Some(platform) = Platform::from_name(key.name) {
            another_channel(reader, schema, platform, value);
        }
    }
}

fn of_windows(name: Str) -> Channel {
    Channel { name, platform: Platform::Windows, prefix: owned(Channel::WINDOWS_XML) }
}

/// A channel of such machines in which events of some tables stand too.
fn another_channel(reader: &mut Reader<'_>, schema: &mut Schema, platform: Platform, node: &Node) {
    let known = if platform == Platform::Windows { Channel::WINDOWS_XML } else { "" };
    let mut channel = Channel { name: owned(""), platform, prefix: owned(known) };
    let mut tables = Vec::new();
    for (part, value) in reader.entries(node, Some(&["channel", "source", "tables"])) {
        match part.name {
            "channel" => set(&mut channel.name, reader.text(value)),
            "source" => set(&mut channel.prefix, reader.text(value)),
            _ => tables = reader.texts(value),
        }
    }
    // Of Windows' channels the beginning of the source is known.
    let absent = [("channel", channel.name.is_empty()), ("source", channel.prefix.is_empty()), ("tables", tables.is_empty())];
    for (key, _) in absent.into_iter().filter(|(_, is_absent)| *is_absent) {
        reader.report(node.span.clone(), Fault::MissingKey(key));
    }
    for (name, span) in tables {
        match schema.tables.to_mut().iter_mut().find(|table| table.name == name) {
            Some(table) => table.channels.to_mut().push(channel.clone()),
            None => reader.report(span, unknown_table(schema, name)),
        }
    }
}

fn set(slot: &mut super::Str, text: Option<&str>) {
    if let Some(text) = text {
        *slot = owned(text);
    }
}

fn versions(reader: &mut Reader<'_>, node: &Node) -> List<super::Str> {
    if let Some(items) = node.list() {
        return List::Owned(items.iter().filter_map(|item| reader.version(item)).map(owned).collect());
    }
    List::Owned(reader.version(node).into_iter().map(owned).collect())
}

pub fn missing(reader: &mut Reader<'_>, schema: &mut Schema, node: &Node) {
    for (key, values) in reader.entries(node, None) {
        let Some((_, ty)) = model::TYPES.iter().find(|(word, _)| *word == key.name) else {
            let unknown = Unknown::among(key.name, model::TYPES.iter().map(|(word, _)| *word));
            reader.report(key.span, Fault::UnknownType(unknown));
            continue;
        };
        let values = owned_all(reader.words(values));
        entry(&mut schema.missing, |(known, _): &(Type, _)| known == ty, || (*ty, List::default())).1 = values;
    }
}

/// By table, what was and what is.
fn renamed(reader: &mut Reader<'_>, list: &mut List<(Str, Str, Str)>, node: &Node) {
    for (table, names) in reader.entries(node, None) {
        for (old, new) in reader.entries(names, None) {
            if let Some(new) = reader.text(new) {
                list.to_mut().push((owned(table.name), owned(old.name), owned(new)));
            }
        }
    }
}

fn pairs(reader: &mut Reader<'_>, list: &mut List<(Str, Str)>, node: &Node) {
    for (left, right) in reader.entries(node, None) {
        if let Some(right) = reader.text(right) {
            put_pair(list, left.name, right);
        }
    }
}

fn put_pair(list: &mut List<(Str, Str)>, left: &str, right: &str) {
    entry(list, |(known, _)| known == left, || (owned(left), owned(right))).1 = owned(right);
}

fn table(reader: &mut Reader<'_>, schema: &mut Schema, groups: &Groups<'_>, key: &Key<'_>, node: &Node) {
    let sections = reader.entries(node, Some(&TABLE_KEYS));
    let section = |wanted: &str| sections.iter().find(|(part, _)| part.name == wanted).map(|(_, value)| *value);
    let parent = section("within").and_then(|within| {
        let name = reader.text(within)?;
        let found = schema.table(name).cloned();
        if found.is_none() {
            reader.report(within.span.clone(), unknown_table(schema, name));
        }
        found
    });
    if schema.prefixed && !is_dataset_name(key.name) || key.name.is_empty() || key.name.chars().any(char::is_control) {
        reader.report(key.span.clone(), Fault::Name(key.name.to_owned()));
    }
    let own = key.name.split_once('.').map_or(key.name, |(_, dataset)| dataset);
    let lineage = match &parent {
        _ if !schema.prefixed => String::new(),
        Some(parent) => format!("{}.{own}", parent.lineage),
        None => own.to_owned(),
    };
    let (prefix, number) = key.name.rsplit_once(':').unwrap_or(("", key.name));
    let known = schema.channels.iter().find(|(known, _)| known == prefix).map(|(_, channel)| channel.clone());
    let channel = known.or((!prefix.is_empty()).then(|| owned(prefix)));
    let fresh = || Table {
        name: owned(key.name),
        lineage: owned(&lineage),
        event_id: channel.is_some().then(|| number.parse().ok()).flatten(),
        channels: channel.map(of_windows).into_iter().collect(),
        kind: None,
        since: None,
        own: List::default(),
        escaped: false,
        columns: schema.columns.clone(),
    };
    let table = entry(&mut schema.tables, |known| known.name == key.name, fresh);
    for column in parent.iter().flat_map(|parent| parent.columns.iter()) {
        put(&mut table.columns, column.clone());
    }
    if let Some(channel) = section("channel").and_then(|channel| reader.text(channel)) {
        table.channels = List::Owned(vec![of_windows(owned(channel))]);
    }
    if let Some(node) = section("event_id") {
        table.event_id = reader.text(node).and_then(|number| number.parse().ok());
        if table.event_id.is_none() {
            reader.shape(node, super::Shape::Text);
        }
    }
    if let Some(node) = section("escaped") {
        table.escaped = reader.flag(node);
    }
    if let Some(node) = section("since") {
        table.since = reader.version(node).map(owned);
    }
    let owner = table.lineage.to_string();
    for (name, span) in section("use").map(|node| reader.texts(node)).unwrap_or_default() {
        let Some((_, columns)) = groups.iter().find(|(group, _)| group.name == name) else {
            let unknown = Unknown::among(name, groups.iter().map(|(group, _)| group.name));
            reader.report(span, Fault::UnknownGroup(unknown));
            continue;
        };
        columns.iter().for_each(|column| put(&mut table.columns, Column { owner: owned(&owner), ..column.clone() }));
    }
    for column in section("columns").map(|node| columns(reader, node, &owner)).unwrap_or_default() {
        put(&mut table.columns, column);
    }
    for (column, value) in section("kind").map(|node| reader.entries(node, None)).unwrap_or_default() {
        let Some(value) = reader.text(value) else { continue };
        if table.column(column.name).is_none() {
            let unknown = Unknown::among(column.name, table.columns.iter().map(|known| known.name.as_ref()));
            reader.report(column.span, Fault::UnknownColumn(unknown, vec![table.name.to_string()]));
        }
        table.kind = Some((owned(column.name), owned(value)));
    }
    let name = table.name.clone();
    search::of_table(reader, schema, &name, key, &sections);
}

/// A column takes the place of one with its name. It stays the property of the dataset that had it first, and the values of both are kept.
fn put(columns: &mut Columns, mut column: Column) {
    let at = columns.iter().position(|known| known.name == column.name);
    let Some(at) = at else { return columns.to_mut().push(column) };
    let known = &columns[at];
    let mut values = known.values.to_vec();
    values.extend(column.values.iter().filter(|value| !known.values.contains(value)).cloned());
    column.values = List::Owned(values);
    column.owner = known.owner.clone();
    columns.to_mut()[at] = column;
}

fn columns(reader: &mut Reader<'_>, node: &Node, owner: &str) -> Vec<Column> {
    let entries = reader.entries(node, None);
    entries.iter().filter_map(|(key, value)| column(reader, key, value, owner)).collect()
}

/// `NAME: TYPE [multi] [since VERSION] [= DEFAULT]`, or `{type, multi, default, values, closed, since}`.
fn column(reader: &mut Reader<'_>, key: &Key<'_>, node: &Node, owner: &str) -> Option<Column> {
    let mut column = Column {
        name: owned(key.name),
        owner: owned(owner),
        ty: NativeType::Text,
        multi: false,
        default: None,
        values: List::default(),
        closed: false,
        since: None,
    };
    if !is_column_name(key.name) {
        reader.report(key.span.clone(), Fault::Name(key.name.to_owned()));
    }
    if node.map().is_none() {
        let text = reader.text(node)?;
        let (head, default) = text.split_once('=').map_or((text, None), |(head, default)| (head, Some(default.trim())));
        let (head, since) = head.split_once(" since ").map_or((head, None), |(head, since)| (head, Some(since.trim())));
        if let Some(since) = since {
            let at = text.find(since).unwrap_or(0);
            column.since = reader.version_in(node, at..at + since.len()).map(owned);
        }
        let head = head.trim();
        let word = head.strip_suffix("multi").map_or(head, str::trim);
        column.multi = word.len() < head.len();
        column.default = default.map(owned);
        column.ty = native_type(reader, word, node.part(reader.text, 0..word.len()))?;
        return Some(column);
    }
    let mut typed = false;
    for (part, value) in reader.entries(node, Some(&["type", "multi", "default", "values", "closed", "since"])) {
        match part.name {
            "type" => {
                let word = reader.text(value)?;
                column.ty = native_type(reader, word, value.span.clone())?;
                typed = true;
            }
            "multi" => column.multi = reader.flag(value),
            "default" => column.default = reader.text(value).map(owned),
            "values" => column.values = owned_all(reader.words(value)),
            "since" => column.since = reader.version(value).map(owned),
            _ => column.closed = reader.flag(value),
        }
    }
    if !typed {
        reader.report(key.span.clone(), Fault::MissingKey("type"));
    }
    Some(column)
}

/// A name that every dialect can quote: eval has no way to say a single quote, the search dialect none to say a star.
fn is_column_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '`' | '*' | '\\'))
}

/// A dataset's name stands in a query as it is.
fn is_dataset_name(name: &str) -> bool {
    name.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

fn native_type(reader: &mut Reader<'_>, word: &str, span: std::ops::Range<usize>) -> Option<NativeType> {
    let found = NATIVE_TYPES.iter().find(|(known, _)| *known == word).map(|(_, ty)| *ty);
    if found.is_none() {
        let unknown = Unknown::among(word, NATIVE_TYPES.iter().map(|(known, _)| *known));
        reader.report(span, Fault::UnknownType(unknown));
    }
    found
}

/// A table by its name, for who reads of it. One that was renamed is a mistake even while the product still has it.
pub fn table_named<'s>(reader: &mut Reader<'_>, schema: &'s Schema, name: &str, span: std::ops::Range<usize>) -> Option<&'s Table> {
    let now = schema.renamed_table(name);
    if !now.is_empty() {
        reader.report(span, Fault::Renamed(name.to_owned(), now.into_iter().map(str::to_owned).collect()));
        return None;
    }
    let found = schema.table(name);
    if found.is_none() {
        reader.report(span, unknown_table(schema, name));
    }
    found
}

fn unknown_table(schema: &Schema, name: &str) -> Fault {
    let unknown = Unknown::among(name, schema.tables.iter().map(|table| table.name.as_ref()));
    Fault::UnknownTable(unknown, schema.name.to_string())
}
