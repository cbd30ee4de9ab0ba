//! What a name is: a class, a field, a schema, a table, a column, a value, a name of another tool, an id of ATT&CK.
//!
//! In: a name as asked for, its parts joined by dots. Out: a page for everything that is called so; none: [`nearest_names`]. Case counts nothing, and
//! `.`, `:` and a blank are the same. A class hides what else has its name (the page says what), since that is what most mean.

use serde::Serialize;

use super::attack::{self, TacticPage, TechniquePage};
use super::class::{self, ClassPage, FieldPage, Overview};
use super::native::{self, ColumnPage, SchemaPage, TablePage};
use super::value::{self, EnumerationPage, ForeignPage, RenamedPage, ValuePage};
use super::view::{Source, View};
use crate::schema::attack::{is_tactic_id, is_technique_id};
use crate::schema::{ClassId, Column, FieldId, Packs, Table, Target, nearest};

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Page<'p> {
    Overview(Overview<'p>),
    Class(ClassPage<'p>),
    Field(FieldPage<'p>),
    Schema(SchemaPage<'p>),
    Table(TablePage<'p>),
    Column(ColumnPage<'p>),
    Enumeration(EnumerationPage<'p>),
    Value(ValuePage<'p>),
    Foreign(ForeignPage<'p>),
    Renamed(RenamedPage<'p>),
    Technique(TechniquePage),
    Tactic(TacticPage),
}

/// Whether a name is the one asked for.
pub fn same(name: &str, asked: &str) -> bool {
    let plain = |byte: u8| match byte {
        b':' | b' ' => b'.',
        other => other.to_ascii_lowercase(),
    };
    name.len() == asked.len() && name.bytes().zip(asked.bytes()).all(|(left, right)| plain(left) == plain(right))
}

/// Everything of this name.
pub fn pages<'p>(name: &str, view: &View<'p>) -> Vec<Page<'p>> {
    let packs = view.packs;
    if let Some(page) = attack::page(name, &packs.attack) {
        return vec![page];
    }
    if let Some(id) = view.classes().find(|id| same(&packs.class(*id).name, name)) {
        let mut page = class::page(id, view);
        page.also = also(name, view);
        return vec![Page::Class(page)];
    }
    let schemas: Vec<&Source> = view.sources.iter().filter(|source| same(source.name(), name) || named(source.target, name)).collect();
    if !schemas.is_empty() {
        return schemas.into_iter().map(|source| Page::Schema(native::schema(source, view, |_| true))).collect();
    }
    let natives = natives(name, view);
    let of_schema = name.rsplit_once('.').filter(|(of, _)| view.sources.iter().any(|source| same(source.name(), of)));
    let last = of_schema.map_or(name, |(_, last)| last);
    // A number is a table's: no more is meant.
    if !natives.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
        return natives;
    }
    let mut found: Vec<Page> = value::renamed(name, view).into_iter().map(Page::Renamed).collect();
    found.extend(fields(name, packs).into_iter().map(|(id, field)| Page::Field(class::field(id, field, view))));
    // Where a column is written just so, another one is not meant: Sysmon's `TargetFilename` is a path, ASIM's `TargetFileName` a name.
    let exact = natives.iter().any(|page| matches!(page, Page::Column(column) if column.name == name));
    found.extend(natives);
    let model = &packs.model;
    let enumerations = model.enums.iter().enumerate().filter(|(_, of)| same(&of.name, name));
    found.extend(enumerations.map(|(index, _)| Page::Enumeration(value::enumeration(index, model))));
    found.extend(value::page(last, view).map(Page::Value));
    // What is shown already under its own name is not told again.
    let shown = fields(name, packs).into_iter().map(|(id, field)| qualified(packs, id, field)).collect::<Vec<_>>();
    let foreign = value::foreign(name, exact, view).map(|mut page| {
        page.fields.retain(|field| !shown.contains(field));
        page
    });
    found.extend(foreign.filter(|page| page.class.is_some() || !page.fields.is_empty()).map(Page::Foreign));
    found
}

/// The name of a target stands for the schemas that it reads.
fn named(target: Option<Target>, name: &str) -> bool {
    target.is_some_and(|target| same(target.name(), name))
}

/// Tables, groups of tables and columns of this name.
fn natives<'p>(name: &str, view: &View<'p>) -> Vec<Page<'p>> {
    let mut found = Vec::new();
    for source in &view.sources {
        let tables = source.schema.tables.iter().filter(|table| is_table(source, table, name));
        found.extend(tables.map(|table| Page::Table(native::table(source, table, view))));
    }
    if found.is_empty() {
        for source in &view.sources {
            let within = |table: &Table| within(table, name);
            if source.schema.tables.iter().any(within) {
                found.push(Page::Schema(native::schema(source, view, within)));
            }
        }
    }
    let columns = columns(name, view);
    let mut names: Vec<&'p str> = columns.iter().map(|(.., column)| column.name.as_ref()).collect();
    // The one that is written just so comes first.
    names.sort_unstable_by_key(|one| (*one != name, *one));
    names.dedup();
    for one in names {
        let places: Vec<_> = columns.iter().filter(|(.., column)| column.name == one).copied().collect();
        found.push(Page::Column(native::column(one, &places, view)));
    }
    found
}

/// `DeviceFileEvents`, `Endpoint.Filesystem`, `Filesystem`, `Security:4688`, `4688`, each with its schema before it or not.
fn is_table(source: &Source<'_>, table: &Table, name: &str) -> bool {
    let of_schema = name.get(..source.name().len()).filter(|first| same(first, source.name()));
    let rest = of_schema.and_then(|first| name[first.len()..].strip_prefix(['.', ':', ' ']));
    [Some(name), rest].into_iter().flatten().any(|name| {
        let dataset = table.name.split_once('.').map_or("", |(_, dataset)| dataset);
        same(&table.name, name) || same(dataset, name) || table.event_id.is_some_and(|id| id.to_string() == name)
    })
}

/// The tables of a data model (`Endpoint`) or a log (`Security`, or the channel's own name).
fn within(table: &Table, name: &str) -> bool {
    let first = table.name.split_once(['.', ':']).map_or("", |(first, _)| first);
    same(first, name) || table.is_in(name)
}

/// The fields of this name, with or without their class before it.
fn fields(name: &str, packs: &Packs) -> Vec<(ClassId, FieldId)> {
    let mut found = Vec::new();
    for (class_index, class) in packs.model.classes.iter().enumerate() {
        let of_class = name.split_once(['.', ':', ' ']).filter(|(first, _)| same(&class.name, first)).map(|(_, rest)| rest);
        for (index, field) in class.fields.iter().enumerate() {
            if same(&field.name, name) || of_class.is_some_and(|rest| same(&field.name, rest)) {
                found.push((ClassId(class_index as u16), FieldId(index as u16)));
            }
        }
    }
    found
}

/// `file.path`
fn qualified(packs: &Packs, id: ClassId, field: FieldId) -> String {
    let class = packs.class(id);
    format!("{}.{}", class.name, class.get(field).name)
}

/// The columns of this name, with or without schema, table or owner before it; also what Splunk's add-ons call one.
pub fn columns<'p>(name: &str, view: &View<'p>) -> Vec<(Source<'p>, &'p Table, &'p Column)> {
    let mut found = Vec::new();
    let cuts: Vec<(&str, &str)> =
        name.char_indices().filter(|(_, c)| matches!(c, '.' | ':' | ' ')).map(|(at, _)| (&name[..at], &name[at + 1..])).collect();
    for source in &view.sources {
        let own_name = |last: &str| source.schema.splunk.iter().find(|(_, theirs)| same(theirs, last)).map(|(own, _)| own.as_ref());
        let splunk = own_name(name);
        for table in source.schema.tables.iter() {
            // What may stand before the column: `of` the table is decided once a table.
            let lasts: Vec<(&str, &str)> = cuts
                .iter()
                .filter(|(before, last)| !before.is_empty() && !last.is_empty())
                .map(|(before, last)| (if same(source.name(), before) || is_table(source, table, before) { "" } else { before }, *last))
                .collect();
            let fits = |column: &Column| {
                same(&column.name, name)
                    || splunk == Some(&column.name)
                    || lasts.iter().any(|(before, last)| same(&column.name, last) && (before.is_empty() || is_owner(&column.owner, before)))
            };
            found.extend(table.columns.iter().filter(|column| fits(column)).map(|column| (*source, table, column)));
        }
    }
    found
}

/// `All_Changes.Account_Management`, or its last part.
fn is_owner(owner: &str, before: &str) -> bool {
    !owner.is_empty() && (same(owner, before) || owner.rsplit_once('.').is_some_and(|(_, last)| same(last, before)))
}

/// What else has the name of a class, as it is asked for.
fn also(name: &str, view: &View<'_>) -> Vec<String> {
    let of_fields = fields(name, view.packs).into_iter().map(|(id, field)| qualified(view.packs, id, field));
    let of_schemas = view.sources.iter().filter(|source| {
        let has = |table: &Table| is_table(source, table, name) || table.columns.iter().any(|column| same(&column.name, name));
        source.schema.tables.iter().any(has)
    });
    of_fields.chain(of_schemas.map(|source| format!("{}.{name}", source.name()))).collect()
}

/// Why there is nothing of this name, with what was perhaps meant.
pub fn unknown(name: &str, view: &View<'_>) -> String {
    let packs = view.packs;
    let upper = name.to_ascii_uppercase();
    if is_technique_id(&upper) || is_tactic_id(&upper) {
        let near: Vec<String> = packs.attack.near(&upper).iter().take(3).map(|id| format!("`{id}`")).collect();
        let help = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        return format!("ATT&CK {} has no `{upper}`{help}", packs.attack.version);
    }
    let near = nearest_names(name, view);
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let help = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
    format!("there is no class, field, table, column or value `{name}`{help}")
}

/// The nearest of each kind, the nearest kind first.
fn nearest_names(name: &str, view: &View<'_>) -> Vec<String> {
    let classes = || view.packs.model.classes.iter();
    let mut near: Vec<String> = Vec::new();
    let mut add = |found: Option<&str>| {
        if let Some(found) = found
            && near.len() < 3
            && !near.iter().any(|known| known.eq_ignore_ascii_case(found))
        {
            near.push(found.to_owned());
        }
    };
    if let Some((first, rest)) = name.split_once('.')
        && let Some(class) = classes().find(|class| same(&class.name, first))
    {
        let field = nearest(rest, class.fields.iter().map(|field| field.name.as_ref()));
        return field.map(|field| vec![format!("{}.{field}", class.name)]).unwrap_or_default();
    }
    add(nearest(name, classes().map(|class| class.name.as_ref())));
    add(nearest(name, view.sources.iter().map(|source| source.name())));
    add(nearest(name, classes().flat_map(|class| class.fields.iter().map(|field| field.name.as_ref()))));
    let tables = || view.sources.iter().flat_map(|source| source.schema.tables.iter());
    add(nearest(
        name,
        tables().flat_map(|table| {
            let dataset = table.name.split_once('.').map_or("", |(_, dataset)| dataset);
            [table.name.as_ref(), dataset]
        }),
    ));
    add(nearest(name, tables().flat_map(|table| table.columns.iter().map(|column| column.name.as_ref()))));
    add(nearest(name, classes().flat_map(|class| class.aka.iter().chain(class.actions.iter()).map(|name| name.as_ref()))));
    add(nearest(name, tables().flat_map(|table| table.columns.iter().flat_map(|column| column.values.iter().map(|value| value.as_ref())))));
    near
}
