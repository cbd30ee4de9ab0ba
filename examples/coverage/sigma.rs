//! Names in Sigma rules.
//!
//! Method: a rule's fields are the keys of the mappings in its selections, up to the first `|`; keywords have none. A log source is
//! `category/product/service`. A class answers for it if the class's name or one of its foreign names is the category, the service or
//! `product/service`, or if a table in which the class stands belongs to the Windows channel of the service (the channels are those of
//! `schemas/sigma_taxonomy.json`). A field is *bound* if it is a foreign name of a field of such a class, or a column that a field of it is
//! made of, or the column that tells what happened, in a schema of the class; it is a *column* if it is at least one of a table in which the
//! class stands, or of the service's channel. Without a class its fields are missing. *Open* is counted apart: a class in which any name is
//! a field (`data.NAME`) takes the records, so a rule can be written, in the words of the log itself.
//! Author's error: the log source's native names are listed in the taxonomy, and this is none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use spoor::schema::{Binding, ClassId, Packs, Table};
use spoor::yaml::{self, Node};

use super::facts;
use super::tally::{ERROR, MISSING, Part};

pub fn print(folder: &Path, packs: &Packs, all: bool) {
    let taxonomy = facts::json(&folder.join("schemas/sigma_taxonomy.json"));
    let mut files = Vec::new();
    collect(&folder.join("corpus/sigma"), &mut files);
    let (mut sources, mut bound, mut columns) = (Part::default(), Part::default(), Part::default());
    let (mut all_sources, mut all_names) = (Part::default(), Part::default());
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    let (mut rules, mut unread) = (0, 0);
    for file in &files {
        let Ok(documents) = yaml::parse(&facts::text(file)) else {
            unread += 1;
            continue;
        };
        for rule in documents.iter().filter(|rule| rule.get("detection").is_some()) {
            rules += 1;
            let source = LogSource::of(rule);
            let key = source.key();
            let answer = answers.entry(key.clone()).or_insert_with(|| Answer::of(&source, packs, &taxonomy));
            sources.count(key.clone(), answer.classes.is_empty().then_some(MISSING));
            all_sources.count(key.clone(), (answer.classes.is_empty() && !answer.open).then_some(MISSING));
            for field in fields(rule) {
                let rest = if answer.alien(&field) { ERROR } else { MISSING };
                let name = format!("{key} {field}");
                bound.count(name.clone(), (!answer.bound.contains(&field)).then_some(rest));
                let known = answer.bound.contains(&field) || answer.columns.contains(&field);
                columns.count(name.clone(), (!known).then_some(rest));
                all_names.count(name, (!known && !answer.open).then_some(rest));
            }
        }
    }
    println!("sigma: {rules} rules in {} files, {unread} files unread", files.len());
    sources.print("log sources", all);
    bound.print("bound", all);
    columns.print("columns", all);
    all_sources.print("log sources, or open", all);
    all_names.print("columns, or open", all);
}

struct LogSource {
    category: String,
    product: String,
    service: String,
}

impl LogSource {
    fn of(rule: &Node) -> LogSource {
        let part = |key: &str| {
            let value = rule.get("logsource").and_then(|source| source.get(key)).and_then(Node::text);
            value.unwrap_or_default().to_owned()
        };
        LogSource { category: part("category"), product: part("product"), service: part("service") }
    }

    fn key(&self) -> String {
        format!("{}/{}/{}", self.category, self.product, self.service)
    }
}

/// What the packs say to a log source.
struct Answer {
    classes: Vec<ClassId>,
    bound: BTreeSet<String>,
    columns: BTreeSet<String>,
    /// A class in which any name is a field takes its records.
    open: bool,
    /// The native names, where the taxonomy lists them.
    native: BTreeSet<String>,
}

impl Answer {
    fn of(source: &LogSource, packs: &Packs, taxonomy: &Value) -> Answer {
        let entry = &taxonomy["logsources"][source.key()];
        let texts = |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
        let channels = if source.service.is_empty() { Vec::new() } else { texts(&entry["channels"]) };
        let mut answer = Answer {
            classes: Vec::new(),
            bound: BTreeSet::new(),
            columns: BTreeSet::new(),
            open: false,
            native: texts(&entry["known"]).into_iter().collect(),
        };
        for schema in packs.schemas.iter() {
            let of_channel = schema.tables.iter().filter(|table| in_channels(table, &channels));
            answer.columns.extend(of_channel.flat_map(|table| table.columns.iter().map(|column| column.name.to_string())));
        }
        for (index, class) in packs.model.classes.iter().enumerate() {
            let id = ClassId(index as u16);
            let names: BTreeSet<&str> = class.aka.iter().map(|name| name.as_ref()).chain([class.name.as_ref()]).collect();
            let pair = format!("{}/{}", source.product, source.service);
            let any = format!("{}/*", source.product);
            let wanted = [source.category.as_str(), source.service.as_str(), pair.as_str()];
            let named = wanted.iter().any(|name| !name.is_empty() && names.contains(name));
            if !class.open.is_empty() {
                answer.open |= named || names.contains(any.as_str());
                continue;
            }
            let bindings = packs.bindings.iter().filter(|binding| binding.class == id);
            let stands = bindings.clone().any(|binding| tables(binding, packs).any(|table| in_channels(table, &channels)));
            if named || stands {
                answer.classes.push(id);
                answer.bound.extend(class.fields.iter().flat_map(|field| field.aka.iter().map(|name| name.to_string())));
                bindings.for_each(|binding| answer.take(binding, packs));
            }
        }
        answer
    }

    fn take(&mut self, binding: &Binding, packs: &Packs) {
        self.bound.extend(packs.schema(&binding.schema).map(|schema| schema.tell.to_string()));
        for bound in binding.containers.iter().flat_map(|container| container.fields.iter()) {
            self.bound.extend(bound.value.columns().into_iter().map(str::to_owned));
        }
        self.columns.extend(tables(binding, packs).flat_map(|table| table.columns.iter().map(|column| column.name.to_string())));
    }

    fn alien(&self, field: &str) -> bool {
        !self.native.is_empty() && !self.native.contains(field)
    }
}

fn tables<'p>(binding: &'p Binding, packs: &'p Packs) -> impl Iterator<Item = &'p spoor::schema::Table> {
    let schema = packs.schema(&binding.schema);
    binding.containers.iter().filter_map(move |container| schema?.table(&container.table))
}

fn in_channels(table: &Table, channels: &[String]) -> bool {
    channels.iter().any(|channel| table.is_in(channel))
}

/// The fields of a rule's selections, one for each use.
fn fields(rule: &Node) -> Vec<String> {
    fn walk(node: &Node, found: &mut Vec<String>) {
        for item in node.list().into_iter().flatten() {
            walk(item, found);
        }
        for (key, _) in node.map().into_iter().flatten() {
            let name = key.text().unwrap_or_default().split('|').next().unwrap_or_default();
            if !name.is_empty() {
                found.push(name.to_owned());
            }
        }
    }
    let mut found = Vec::new();
    for (key, value) in rule.get("detection").and_then(Node::map).into_iter().flatten() {
        if !matches!(key.text(), Some("condition" | "timeframe")) {
            walk(value, &mut found);
        }
    }
    found
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            files.push(path);
        }
    }
}
