//! What is to be said of a value, of an enumeration, of a name from elsewhere: data, for people and for programs alike.
//!
//! In: a name. Out: the pages of it, whose names of keys are a stable interface. A value is known if it is an action or a value of the
//! model, a value that a column is documented to have, one that a binding tests, or one that a map translates.

use serde::Serialize;

use super::class::{Stands, actions};
use super::find::same;
use super::view::View;
use super::words;
use crate::schema::{Expr, Model, Str, Transform};

#[derive(Serialize)]
pub struct ValuePage<'p> {
    pub value: String,
    /// The classes of which it is an action.
    pub actions: Vec<ActionOf<'p>>,
    /// The enumerations that have it.
    pub enumerations: Vec<EnumerationPage<'p>>,
    /// The columns that have it.
    pub columns: Vec<ValueAt<'p>>,
}

#[derive(Serialize)]
pub struct ActionOf<'p> {
    pub class: &'p str,
    pub name: &'p str,
    pub schemas: Vec<InSchema<'p>>,
}

#[derive(Serialize)]
pub struct InSchema<'p> {
    pub schema: &'p str,
    #[serde(skip)]
    pub reader: &'static str,
    pub events: Vec<Stands<'p>>,
}

#[derive(Serialize)]
pub struct EnumerationPage<'p> {
    pub name: &'p str,
    pub values: &'p [Str],
    /// `logon.type`
    pub fields: Vec<String>,
}

#[derive(Serialize)]
pub struct ValueAt<'p> {
    pub schema: &'p str,
    #[serde(skip)]
    pub reader: &'static str,
    pub tables: Vec<&'p str>,
    pub column: &'p str,
    /// As it is written there.
    pub value: &'p str,
    /// `file: created`, `network.outcome: success`
    pub says: Vec<String>,
}

/// A name of another tool, or one from before.
#[derive(Serialize)]
pub struct ForeignPage<'p> {
    pub name: String,
    pub class: Option<&'p str>,
    pub doc: Option<&'p str>,
    pub fields: Vec<String>,
}

#[derive(Serialize)]
pub struct RenamedPage<'p> {
    pub schema: &'p str,
    /// `table`, `column` or `value`
    pub what: &'static str,
    /// The table of the column or value; `*`: any.
    pub table: Option<&'p str>,
    pub old: &'p str,
    pub new: Vec<&'p str>,
}

/// None: no such value is known.
pub fn page<'p>(name: &str, view: &View<'p>) -> Option<ValuePage<'p>> {
    let model = &view.packs.model;
    let enumerations = model.enums.iter().enumerate().filter(|(_, of)| of.values.iter().any(|value| same(value, name)));
    // The actions of a class are an enumeration too, which is shown as the class's.
    let enumerations = enumerations.filter(|(_, of)| !of.name.ends_with(".action")).map(|(index, _)| enumeration(index, model));
    let page = ValuePage {
        value: name.to_owned(),
        actions: actions_of(name, view),
        enumerations: enumerations.collect(),
        columns: columns(name, view),
    };
    (!page.actions.is_empty() || !page.enumerations.is_empty() || !page.columns.is_empty()).then_some(page)
}

pub fn enumeration(index: usize, model: &Model) -> EnumerationPage<'_> {
    let of = &model.enums[index];
    let mut fields = Vec::new();
    for class in model.classes.iter() {
        let own = class.fields.iter().filter(|field| field.values.is_some_and(|id| id.0 as usize == index));
        fields.extend(own.map(|field| format!("{}.{}", class.name, field.name)));
    }
    EnumerationPage { name: &of.name, values: &of.values, fields }
}

fn actions_of<'p>(name: &str, view: &View<'p>) -> Vec<ActionOf<'p>> {
    let mut all = Vec::new();
    for id in view.classes() {
        let class = view.packs.class(id);
        let Some(index) = class.actions.iter().position(|action| same(action, name)) else { continue };
        let mut schemas = Vec::new();
        for source in &view.sources {
            let containers = view.binding(source, id).into_iter().flat_map(|binding| binding.containers.iter());
            let stands = containers.flat_map(|container| {
                let saying = container.alternatives.iter().filter(|alternative| alternative.actions.contains(index));
                saying.map(|alternative| Stands {
                    table: &container.table,
                    actions: actions(class, alternative.actions),
                    when: words::when(&alternative.when),
                    inexact: None,
                })
            });
            schemas.push(InSchema { schema: source.name(), reader: source.reader(), events: stands.collect() });
        }
        all.push(ActionOf { class: &class.name, name: &class.actions[index], schemas });
    }
    all
}

/// Columns that are documented to have it, that a binding tests for it, or that a map translates; tables that agree stand together.
fn columns<'p>(name: &str, view: &View<'p>) -> Vec<ValueAt<'p>> {
    /// Schema, table, column, value, what it says.
    type Hit<'p> = (usize, &'p str, &'p str, &'p str, Option<String>);
    let mut hits: Vec<Hit<'p>> = Vec::new();
    for (at, source) in view.sources.iter().enumerate() {
        for table in source.schema.tables.iter() {
            for column in table.columns.iter().filter(|column| !column.values.is_empty()) {
                let documented = column.values.iter().find(|value| same(value, name));
                hits.extend(documented.map(|value| (at, table.name.as_ref(), column.name.as_ref(), value.as_ref(), None)));
            }
        }
    }
    for (source, binding) in view.bound() {
        let at = view.sources.iter().position(|known| known.name() == source.name()).unwrap_or(0);
        let class = view.packs.class(binding.class);
        for container in binding.containers.iter() {
            for alternative in container.alternatives.iter() {
                for test in alternative.when.iter().flat_map(|all| all.iter()).filter(|test| !test.negated) {
                    let Some(value) = test.values.iter().find(|value| same(value, name)) else { continue };
                    let told = actions(class, alternative.actions).join(", ");
                    let told = if told.is_empty() { class.name.to_string() } else { format!("{}: {told}", class.name) };
                    hits.push((at, &container.table, &test.column, value, Some(told)));
                }
            }
            for bound in container.fields.iter() {
                let Expr::Apply(Transform::Map(id), inputs) = &bound.value else { continue };
                let [Expr::Column(column)] = inputs.as_ref() else { continue };
                let Some((native, neutral)) = view.packs.model.map(*id).pairs.iter().find(|(native, _)| same(native, name)) else {
                    continue;
                };
                let told = format!("{}.{}: {neutral}", class.name, class.get(bound.field).name);
                hits.push((at, &container.table, column, native, Some(told)));
            }
        }
    }
    merged(hits, view)
}

fn merged<'p>(mut hits: Vec<(usize, &'p str, &'p str, &'p str, Option<String>)>, view: &View<'p>) -> Vec<ValueAt<'p>> {
    hits.sort_by_key(|(at, table, column, ..)| (*at, *table, *column));
    let mut all: Vec<ValueAt> = Vec::new();
    for group in hits.chunk_by(|left, right| (left.0, left.1, left.2) == (right.0, right.1, right.2)) {
        let (at, table, column, value, _) = &group[0];
        let mut says: Vec<String> = Vec::new();
        for told in group.iter().filter_map(|(.., told)| told.as_ref()) {
            if !says.contains(told) {
                says.push(told.clone());
            }
        }
        let source = view.sources[*at];
        match all.iter_mut().find(|known| known.schema == source.name() && known.column == *column && known.says == says) {
            Some(known) => known.tables.push(table),
            None => all.push(ValueAt { schema: source.name(), reader: source.reader(), tables: vec![table], column, value, says }),
        }
    }
    all
}

/// The class and the fields that other tools call so; `exact`: in this case of the letters.
pub fn foreign<'p>(name: &str, exact: bool, view: &View<'p>) -> Option<ForeignPage<'p>> {
    let is = |known: &Str| if exact { known == name } else { same(known, name) };
    let classes = &view.packs.model.classes;
    let class = classes.iter().find(|class| class.aka.iter().any(is));
    let mut fields = Vec::new();
    for of in classes.iter() {
        let own = of.fields.iter().filter(|field| field.aka.iter().any(is));
        fields.extend(own.map(|field| format!("{}.{}", of.name, field.name)));
    }
    let page = ForeignPage { name: name.to_owned(), class: class.map(|of| of.name.as_ref()), doc: class.map(|of| of.doc.as_ref()), fields };
    (page.class.is_some() || !page.fields.is_empty()).then_some(page)
}

/// Tables, columns and values that are called otherwise now.
pub fn renamed<'p>(name: &str, view: &View<'p>) -> Vec<RenamedPage<'p>> {
    let mut all: Vec<RenamedPage> = Vec::new();
    for source in &view.sources {
        let it = source.schema;
        let tables = it.renamed_tables.iter().map(|(old, new)| ("table", None, old, new));
        let columns = it.renamed_columns.iter().map(|(table, old, new)| ("column", Some(table.as_ref()), old, new));
        let values = it.renamed_values.iter().map(|(table, old, new)| ("value", Some(table.as_ref()), old, new));
        for (what, table, old, new) in tables.chain(columns).chain(values) {
            let with_table = table.is_some_and(|table| name.split_once('.').is_some_and(|(of, last)| same(table, of) && same(old, last)));
            if !same(old, name) && !with_table {
                continue;
            }
            match all.iter_mut().find(|known| known.schema == it.name && (known.what, known.table) == (what, table)) {
                Some(known) => known.new.push(new),
                None => all.push(RenamedPage { schema: source.name(), what, table, old, new: vec![new] }),
            }
        }
    }
    all
}
