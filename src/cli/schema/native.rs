//! What is to be said of a schema, a table, a column: data, for people and for programs alike.
//!
//! In: packs. Out: [`SchemaPage`], [`TablePage`], [`ColumnPage`], whose names of keys are a stable interface; each says which fields of
//! the model come of it. Law: a page costs one walk over the bindings.

use std::collections::HashMap;

use serde::Serialize;

use super::class::{Inexact, Missing, SchemaLine, actions, line, lost};
use super::view::{Source, View};
use super::words;
use crate::schema::{Column, Schema, Str, Table, Target};

#[derive(Serialize)]
pub struct SchemaPage<'p> {
    #[serde(flatten)]
    pub line: SchemaLine<'p>,
    pub versions: &'p [Str],
    pub time: &'p str,
    pub host: &'p str,
    pub tell: &'p str,
    pub missing: Vec<Missing<'p>>,
    pub tables: Vec<TableLine<'p>>,
}

#[derive(Serialize)]
pub struct TableLine<'p> {
    pub name: &'p str,
    pub columns: usize,
    pub since: Option<&'p str>,
    pub classes: Vec<&'p str>,
}

#[derive(Serialize)]
pub struct TablePage<'p> {
    pub schema: &'p str,
    pub target: Option<&'static str>,
    pub title: &'p str,
    pub name: &'p str,
    pub channels: Vec<&'p str>,
    pub event_id: Option<u32>,
    pub since: Option<&'p str>,
    /// What it was called before.
    pub formerly: Vec<&'p str>,
    /// By what `splunk-raw` finds its events, beside channel and number.
    pub found_by: Vec<FoundBy<'p>>,
    pub classes: Vec<Holds<'p>>,
    /// Families of fields that read any column: `windows_event.data.*`.
    pub any: Vec<String>,
    pub columns: Vec<ColumnRow<'p>>,
}

#[derive(Serialize)]
pub struct FoundBy<'p> {
    pub column: &'p str,
    pub values: &'p [Str],
}

/// Events of a class in the table.
#[derive(Serialize)]
pub struct Holds<'p> {
    pub class: &'p str,
    pub actions: Vec<&'p str>,
    #[serde(rename = "where")]
    pub when: String,
    pub inexact: Option<Inexact<'p>>,
}

#[derive(PartialEq, Serialize)]
pub struct ColumnRow<'p> {
    /// As a query writes it: `Filesystem.file_name`.
    pub name: String,
    #[serde(rename = "type")]
    pub ty: &'static str,
    pub several: bool,
    pub since: Option<&'p str>,
    /// What the schema computes where a source has no value.
    pub default: Option<&'p str>,
    /// What Splunk's add-ons call it.
    pub splunk: Option<&'p str>,
    /// Those that the vendor documents.
    pub values: &'p [Str],
    /// No other value occurs.
    pub closed: bool,
    pub feeds: Vec<Feed<'p>>,
}

/// A field that comes of a column.
#[derive(Clone, PartialEq, Serialize)]
pub struct Feed<'p> {
    pub class: &'p str,
    /// `action` or `class`: the column says what happened.
    pub field: &'p str,
    /// How; empty for what happened.
    pub value: String,
}

#[derive(Serialize)]
pub struct ColumnPage<'p> {
    pub name: &'p str,
    pub places: Vec<Place<'p>>,
}

/// Tables of one schema in which the column is the same.
#[derive(Serialize)]
pub struct Place<'p> {
    pub schema: &'p str,
    pub target: Option<&'static str>,
    #[serde(skip)]
    pub reader: &'static str,
    pub tables: Vec<&'p str>,
    pub column: ColumnRow<'p>,
}

/// The tables of a schema that are wanted.
pub fn schema<'p>(source: &Source<'p>, view: &View<'p>, wanted: impl Fn(&Table) -> bool) -> SchemaPage<'p> {
    let it = source.schema;
    let mut classes: HashMap<&str, Vec<&'p str>> = HashMap::new();
    for (_, binding) in view.bound().filter(|(_, binding)| binding.schema == it.name) {
        for container in binding.containers.iter() {
            let names = classes.entry(&container.table).or_default();
            let name = view.packs.class(binding.class).name.as_ref();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let table = |table: &'p Table| TableLine {
        name: &table.name,
        columns: table.columns.len(),
        since: table.since.as_deref(),
        classes: classes.remove(table.name.as_ref()).unwrap_or_default(),
    };
    SchemaPage {
        line: line(source, view),
        versions: &it.versions,
        time: &it.time,
        host: &it.host,
        tell: &it.tell,
        missing: it.missing.iter().map(|(ty, values)| Missing { ty: ty.name(), values }).collect(),
        tables: it.tables.iter().filter(|table| wanted(table)).map(table).collect(),
    }
}

pub fn table<'p>(source: &Source<'p>, it: &'p Table, view: &View<'p>) -> TablePage<'p> {
    let schema = source.schema;
    let feeds = feeds(source, view, |table, _| table == it.name);
    let found_by = |target: Target| match target {
        Target::SplunkRaw => schema.found_by(it).map(|(column, values)| FoundBy { column, values }).collect(),
        Target::Splunk | Target::Defender | Target::Sentinel => Vec::new(),
    };
    TablePage {
        schema: source.name(),
        target: source.target.map(|target| target.name()),
        title: &schema.title,
        name: &it.name,
        channels: it.channels.iter().map(|channel| channel.name.as_ref()).collect(),
        event_id: it.event_id,
        since: it.since.as_deref(),
        formerly: schema.renamed_tables.iter().filter(|(_, new)| *new == it.name).map(|(old, _)| old.as_ref()).collect(),
        found_by: source.target.map_or_else(Vec::new, found_by),
        classes: holds(source, it, view),
        any: any(source, it, view),
        columns: it.columns.iter().map(|column| row(schema, it, column, &feeds)).collect(),
    }
}

fn holds<'p>(source: &Source<'p>, it: &Table, view: &View<'p>) -> Vec<Holds<'p>> {
    let mut all = Vec::new();
    for (_, binding) in view.bound().filter(|(_, binding)| binding.schema == source.schema.name) {
        let class = view.packs.class(binding.class);
        let containers = binding.containers.iter().filter(|container| container.table == it.name);
        all.extend(containers.flat_map(|container| container.alternatives.iter()).map(|alternative| Holds {
            class: &class.name,
            actions: actions(class, alternative.actions),
            when: words::when(&alternative.when),
            inexact: alternative.loss.as_ref().map(|loss| lost(String::new(), loss)),
        }));
    }
    all
}

fn any(source: &Source<'_>, it: &Table, view: &View<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for (_, binding) in view.bound().filter(|(_, binding)| binding.schema == source.schema.name) {
        let class = view.packs.class(binding.class);
        // `*` is the table of every record.
        let containers = binding.containers.iter().filter(|container| container.table == it.name || container.table == "*");
        let open = containers.flat_map(|container| container.open.iter()).filter_map(|bound| class.open.get(usize::from(bound.field.0)));
        all.extend(open.map(|family| format!("{}.{}", class.name, family.name)));
        all.dedup();
    }
    all
}

/// A column in each of these tables: those in which it is the same stand together.
pub fn column<'p>(name: &'p str, places: &[(Source<'p>, &'p Table, &'p Column)], view: &View<'p>) -> ColumnPage<'p> {
    let mut all: Vec<Place> = Vec::new();
    let mut feeds_of: HashMap<&str, Feeds<'p>> = HashMap::new();
    for (source, table, column) in places {
        let wanted = |_: &str, of: &str| of.eq_ignore_ascii_case(&column.name);
        let feeds = feeds_of.entry(source.name()).or_insert_with(|| feeds(source, view, wanted));
        let row = row(source.schema, table, column, feeds);
        match all.iter_mut().find(|known| known.schema == source.name() && known.column == row) {
            Some(known) => known.tables.push(&table.name),
            None => all.push(Place {
                schema: source.name(),
                target: source.target.map(|target| target.name()),
                reader: source.reader(),
                tables: vec![&table.name],
                column: row,
            }),
        }
    }
    ColumnPage { name, places: all }
}

fn row<'p>(schema: &'p Schema, table: &'p Table, column: &'p Column, feeds: &Feeds<'p>) -> ColumnRow<'p> {
    let splunk = schema.splunk.iter().find(|(own, _)| *own == column.name).map(|(_, theirs)| theirs.as_ref());
    ColumnRow {
        name: if column.owner.is_empty() { column.name.to_string() } else { format!("{}.{}", column.owner, column.name) },
        ty: column.ty.name(),
        several: column.multi,
        since: column.since.as_deref(),
        default: column.default.as_deref(),
        splunk,
        values: &column.values,
        closed: column.closed,
        feeds: feeds.get(&(table.name.as_ref(), column.name.as_ref())).cloned().unwrap_or_default(),
    }
}

/// By table and column.
type Feeds<'p> = HashMap<(&'p str, &'p str), Vec<Feed<'p>>>;

/// What comes of the columns that are wanted, in one walk over the bindings of a schema.
fn feeds<'p>(source: &Source<'p>, view: &View<'p>, wanted: impl Fn(&str, &str) -> bool) -> Feeds<'p> {
    let mut all: Feeds<'p> = HashMap::new();
    let mut add = |table: &'p str, column: &'p str, feed: Feed<'p>| {
        if wanted(table, column) {
            let known = all.entry((table, column)).or_default();
            if !known.contains(&feed) {
                known.push(feed);
            }
        }
    };
    for (_, binding) in view.bound().filter(|(_, binding)| binding.schema == source.schema.name) {
        let class = view.packs.class(binding.class);
        let told = if class.actions.is_empty() { "class" } else { "action" };
        for container in binding.containers.iter() {
            for test in container.alternatives.iter().flat_map(|alternative| alternative.when.iter().flat_map(|all| all.iter())) {
                add(&container.table, &test.column, Feed { class: &class.name, field: told, value: String::new() });
            }
            for bound in container.fields.iter() {
                for column in bound.value.columns() {
                    let field = class.get(bound.field).name.as_ref();
                    add(&container.table, column, Feed { class: &class.name, field, value: words::value(&bound.value) });
                }
            }
        }
    }
    all
}
