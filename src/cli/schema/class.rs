//! What is to be said of the classes, of one class, and of a field: data, for people and for programs alike.
//!
//! In: packs. Out: [`Overview`], [`ClassPage`], [`FieldPage`], whose names of keys are a stable interface. Law: what a binding says is
//! here, refusals and losses with their reasons; nothing is printed.

use std::borrow::Cow;

use serde::Serialize;

use super::view::{Source, View};
use super::words;
use crate::schema::{Actions, Binding, Blind, Class, ClassId, Container, Field, FieldBinding, FieldId, Loss, MapId, Schema, Str};

#[derive(Serialize)]
pub struct Overview<'p> {
    pub classes: Vec<Listed<'p>>,
    pub schemas: Vec<SchemaLine<'p>>,
}

/// A class in the list.
#[derive(Serialize)]
pub struct Listed<'p> {
    pub name: &'p str,
    pub group: &'p str,
    pub doc: &'p str,
    pub fields: usize,
    pub actions: &'p [Str],
    /// The schemas that have events of it.
    pub schemas: Vec<Has<'p>>,
}

#[derive(Serialize)]
pub struct Has<'p> {
    pub schema: &'p str,
    pub target: Option<&'static str>,
    /// Never exactly: every rule over it is wider or narrower there.
    pub inexact: bool,
}

#[derive(Serialize)]
pub struct SchemaLine<'p> {
    pub name: &'p str,
    pub title: &'p str,
    pub version: &'p str,
    pub chosen: Option<&'p str>,
    pub target: Option<&'static str>,
    pub tables: usize,
    pub columns: usize,
    pub classes: usize,
}

#[derive(Serialize)]
pub struct ClassPage<'p> {
    pub name: &'p str,
    pub group: &'p str,
    pub doc: &'p str,
    pub actions: &'p [Str],
    /// What a rule means that tests no action.
    pub default: Vec<&'p str>,
    pub show: Vec<&'p str>,
    /// The fields that tell the things of an inventory apart; empty: events.
    pub state: Vec<&'p str>,
    pub aka: &'p [Str],
    pub schemas: Vec<Standing<'p>>,
    pub fields: Vec<FieldRow<'p>>,
    pub values: Vec<Values<'p>>,
    /// What else has its name, as it is asked for.
    pub also: Vec<String>,
}

/// A class in a schema.
#[derive(Serialize)]
pub struct Standing<'p> {
    pub schema: &'p str,
    pub target: Option<&'static str>,
    #[serde(skip)]
    pub reader: &'static str,
    /// No pack says anything of the class here.
    pub unknown: bool,
    /// Why it has no events of the class.
    pub refused: Option<&'p str>,
    pub events: Vec<Stands<'p>>,
    /// Actions that it does not record.
    pub without: Vec<Without<'p>>,
    pub inexact: Vec<Inexact<'p>>,
    pub assumes: &'p [Str],
    pub excludes: Option<Excludes<'p>>,
    pub overlaps: Option<&'p str>,
    /// What a table cannot see: a rule that tests it leaves the table out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blind: Vec<Unseen<'p>>,
    /// What counts as no value, by type.
    pub missing: Vec<Missing<'p>>,
}

/// Events of a class, and what says so.
#[derive(Serialize)]
pub struct Stands<'p> {
    pub table: &'p str,
    pub actions: Vec<&'p str>,
    /// Over the table's columns; empty: every row.
    #[serde(rename = "where")]
    pub when: String,
    pub inexact: Option<Inexact<'p>>,
}

#[derive(Serialize)]
pub struct Without<'p> {
    pub name: &'p str,
    pub reason: Option<&'p str>,
}

#[derive(Clone, PartialEq, Serialize)]
pub struct Inexact<'p> {
    /// The field or the actions; empty: what holds it says it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub of: String,
    /// `widened`, `narrowed`, or both
    pub to: &'static str,
    pub reason: Cow<'p, str>,
}

#[derive(Serialize)]
pub struct Unseen<'p> {
    pub table: &'p str,
    pub fields: Vec<&'p str>,
    pub reason: &'p str,
}

#[derive(Serialize)]
pub struct Excludes<'p> {
    pub when: Vec<String>,
    pub reason: &'p str,
}

#[derive(Serialize)]
pub struct Missing<'p> {
    #[serde(rename = "type")]
    pub ty: &'static str,
    pub values: &'p [Str],
}

#[derive(Clone, PartialEq, Serialize)]
pub struct Values<'p> {
    pub name: &'p str,
    pub values: &'p [Str],
}

/// A field, and what it is in each schema.
#[derive(Serialize)]
pub struct FieldRow<'p> {
    pub name: &'p str,
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// The name of the enumeration.
    pub values: Option<&'p str>,
    pub several: bool,
    /// Known without a column: `class`, `action`, `raw`.
    pub computed: bool,
    /// It is the last part of this field.
    pub of: Option<&'p str>,
    /// It is another name of this field.
    pub same_as: Option<&'p str>,
    /// The actions whose events can have it; empty: all.
    pub only: Vec<&'p str>,
    pub aka: &'p [Str],
    pub schemas: Vec<Reading<'p>>,
}

/// A field in a schema.
#[derive(Serialize)]
pub struct Reading<'p> {
    pub schema: &'p str,
    pub target: Option<&'static str>,
    #[serde(skip)]
    pub reader: &'static str,
    /// Empty: it has no value there.
    pub is: Vec<Made<'p>>,
    /// Why it has none, where a pack says so.
    pub refused: Option<&'p str>,
}

/// The value of a field in tables that agree.
#[derive(Serialize)]
pub struct Made<'p> {
    pub tables: Vec<&'p str>,
    pub value: String,
    /// The native values that mean no value.
    pub missing: &'p [Str],
    pub inexact: Option<Inexact<'p>>,
    pub since: Vec<Since<'p>>,
}

/// A column that came with a version.
#[derive(Clone, PartialEq, Serialize)]
pub struct Since<'p> {
    pub column: &'p str,
    pub version: &'p str,
    /// The project works with a version from before.
    pub later: bool,
}

#[derive(Serialize)]
pub struct FieldPage<'p> {
    pub class: &'p str,
    #[serde(flatten)]
    pub field: FieldRow<'p>,
    pub enumeration: Option<Values<'p>>,
    /// Native value to neutral value.
    pub maps: Vec<MapRow<'p>>,
}

#[derive(Serialize)]
pub struct MapRow<'p> {
    pub name: &'p str,
    pub pairs: &'p [(Str, Str)],
}

impl SchemaLine<'_> {
    /// Its title with what is known of its version.
    pub fn titled(&self) -> String {
        let version = self.chosen.map_or_else(|| self.version.to_owned(), |chosen| format!("{chosen} of {}", self.version));
        [self.title, version.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

pub fn overview<'p>(view: &View<'p>) -> Overview<'p> {
    let listed = |id: ClassId| {
        let class = view.packs.class(id);
        let has = |source: &Source<'p>| {
            let binding = view.binding(source, id).filter(|binding| !binding.containers.is_empty())?;
            let mut alternatives = binding.containers.iter().flat_map(|container| container.alternatives.iter());
            let inexact = alternatives.all(|alternative| alternative.loss.is_some());
            Some(Has { schema: source.name(), target: source.target.map(|target| target.name()), inexact })
        };
        Listed {
            name: &class.name,
            group: &class.group,
            doc: &class.doc,
            fields: class.fields.len(),
            actions: &class.actions,
            schemas: view.sources.iter().filter_map(has).collect(),
        }
    };
    Overview { classes: view.classes().map(listed).collect(), schemas: view.sources.iter().map(|source| line(source, view)).collect() }
}

pub fn line<'p>(source: &Source<'p>, view: &View<'p>) -> SchemaLine<'p> {
    let schema = source.schema;
    let classes = view.classes().filter(|class| view.binding(source, *class).is_some_and(|binding| !binding.containers.is_empty()));
    SchemaLine {
        name: &schema.name,
        title: &schema.title,
        version: &schema.version,
        chosen: schema.chosen.as_ref().map(|chosen| chosen.version.as_ref()),
        target: source.target.map(|target| target.name()),
        tables: schema.tables.len(),
        columns: schema.tables.iter().map(|table| table.columns.len()).sum(),
        classes: classes.count(),
    }
}

pub fn page<'p>(id: ClassId, view: &View<'p>) -> ClassPage<'p> {
    let class = view.packs.class(id);
    let names = |ids: &[FieldId]| ids.iter().map(|id| class.get(*id).name.as_ref()).collect();
    let mut values: Vec<Values> = Vec::new();
    for field in class.fields.iter().filter(|field| field.name != "action") {
        if let Some(spelt) = enumeration(field, view)
            && !values.contains(&spelt)
        {
            values.push(spelt);
        }
    }
    ClassPage {
        name: &class.name,
        group: &class.group,
        doc: &class.doc,
        actions: &class.actions,
        default: actions(class, class.default),
        show: names(&class.show),
        state: names(&class.state),
        aka: &class.aka,
        schemas: view.sources.iter().map(|source| standing(source, id, view)).collect(),
        fields: rows(id, view),
        values,
        also: Vec::new(),
    }
}

pub fn field<'p>(id: ClassId, field: FieldId, view: &View<'p>) -> FieldPage<'p> {
    let class = view.packs.class(id);
    let meant = class.get(field).same_as.unwrap_or(field);
    let mut maps: Vec<MapId> = Vec::new();
    for (_, binding) in view.bound().filter(|(_, binding)| binding.class == id) {
        for bound in binding.containers.iter().filter_map(|container| container.field(meant)) {
            words::maps(&bound.value, &mut maps);
        }
    }
    let model = &view.packs.model;
    FieldPage {
        class: &class.name,
        field: row(id, field, view),
        enumeration: enumeration(class.get(field), view),
        maps: maps.into_iter().map(|id| MapRow { name: &model.map(id).name, pairs: &model.map(id).pairs }).collect(),
    }
}

fn enumeration<'p>(field: &'p Field, view: &View<'p>) -> Option<Values<'p>> {
    let of = view.packs.model.enumeration(field.values?);
    Some(Values { name: &of.name, values: &of.values })
}

fn standing<'p>(source: &Source<'p>, id: ClassId, view: &View<'p>) -> Standing<'p> {
    let class = view.packs.class(id);
    let binding = view.binding(source, id);
    let missing = |binding: &&'p Binding| !binding.containers.is_empty();
    Standing {
        schema: source.name(),
        target: source.target.map(|target| target.name()),
        reader: source.reader(),
        unknown: binding.is_none_or(|binding| binding.containers.is_empty() && binding.unbound_class().is_none()),
        refused: binding.and_then(Binding::unbound_class),
        events: binding.map_or_else(Vec::new, |binding| events(binding, class)),
        without: binding.filter(missing).map_or_else(Vec::new, |binding| without(binding, class)),
        inexact: binding.map_or_else(Vec::new, |binding| inexact(binding, class)),
        assumes: binding.map_or(&[], |binding| &binding.assumes),
        excludes: binding.and_then(|binding| binding.excludes.as_ref()).map(|excluded| Excludes {
            when: excluded.tests.iter().map(|(field, value)| excluded_when(&class.get(*field).name, value)).collect(),
            reason: &excluded.reason,
        }),
        overlaps: binding.and_then(|binding| binding.overlaps.as_deref()),
        blind: binding.map_or_else(Vec::new, |binding| blind(binding, class)),
        missing: source.schema.missing.iter().map(|(ty, values)| Missing { ty: ty.name(), values }).collect(),
    }
}

fn blind<'p>(binding: &'p Binding, class: &'p Class) -> Vec<Unseen<'p>> {
    let of = |container: &'p Container, blind: &'p Blind| {
        let fields = blind.fields.iter().map(|field| class.get(*field).name.as_ref()).collect();
        Unseen { table: &container.table, fields, reason: &blind.reason }
    };
    binding.containers.iter().flat_map(|container| container.blind.iter().map(move |blind| of(container, blind))).collect()
}

fn excluded_when(field: &str, value: &str) -> String {
    if value.starts_with("is ") { format!("{field} {value}") } else { format!("{field} == {value}") }
}

/// Tables that say the same of the same actions are one line each; what stands in a table stands together.
fn events<'p>(binding: &'p Binding, class: &'p Class) -> Vec<Stands<'p>> {
    let of = |container: &'p Container| {
        container.alternatives.iter().map(|alternative| Stands {
            table: &container.table,
            actions: actions(class, alternative.actions),
            when: words::when(&alternative.when),
            inexact: alternative.loss.as_ref().map(|loss| lost(String::new(), loss)),
        })
    };
    binding.containers.iter().flat_map(of).collect()
}

fn without<'p>(binding: &'p Binding, class: &'p Class) -> Vec<Without<'p>> {
    let alternatives = binding.containers.iter().flat_map(|container| container.alternatives.iter());
    let all = alternatives.fold(Actions::NONE, |all, alternative| all.or(alternative.actions));
    let absent = class.actions.iter().enumerate().filter(|(index, _)| !all.contains(*index));
    absent.map(|(_, name)| Without { name, reason: reason(binding, name) }).collect()
}

/// Of fields: what is inexact in one place or more, each reason once.
fn inexact<'p>(binding: &'p Binding, class: &'p Class) -> Vec<Inexact<'p>> {
    let mut all: Vec<Inexact> = Vec::new();
    for bound in binding.containers.iter().flat_map(|container| container.fields.iter()) {
        if let Some(loss) = &bound.loss {
            let one = lost(class.get(bound.field).name.to_string(), loss);
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

pub fn lost(of: String, loss: &Loss) -> Inexact<'_> {
    let (to, reason) = match (&loss.widened, &loss.narrowed) {
        (Some(more), Some(less)) => ("widened and narrowed", Cow::Owned(format!("{more}; {less}"))),
        (Some(more), None) => ("widened", Cow::Borrowed(more.as_ref())),
        (None, less) => ("narrowed", Cow::Borrowed(less.as_deref().unwrap_or_default())),
    };
    Inexact { of, to, reason }
}

fn reason<'p>(binding: &'p Binding, name: &str) -> Option<&'p str> {
    binding.unbound.iter().find(|(of, _)| of == name).map(|(_, why)| why.as_ref())
}

/// Every field, then the families of which any name is one.
fn rows<'p>(id: ClassId, view: &View<'p>) -> Vec<FieldRow<'p>> {
    let class = view.packs.class(id);
    let fields = (0..class.fields.len()).map(|index| row(id, FieldId(index as u16), view));
    let open = class.open.iter().enumerate().map(|(index, family)| {
        let bound = move |container: &'p Container| container.open.iter().find(|bound| usize::from(bound.field.0) == index);
        row_of(id, family, &family.name, &bound, view)
    });
    fields.chain(open).collect()
}

fn row<'p>(id: ClassId, field: FieldId, view: &View<'p>) -> FieldRow<'p> {
    let class = view.packs.class(id);
    let meant = class.get(field).same_as.unwrap_or(field);
    row_of(id, class.get(field), &class.get(meant).name, &move |container: &'p Container| container.field(meant), view)
}

/// Where a field is found in a container.
type Bound<'b, 'p> = &'b dyn Fn(&'p Container) -> Option<&'p FieldBinding>;

fn row_of<'p>(id: ClassId, it: &'p Field, meant: &str, bound: Bound<'_, 'p>, view: &View<'p>) -> FieldRow<'p> {
    let class = view.packs.class(id);
    let every = it.only == Actions::ALL || class.every_action().is_within(it.only);
    FieldRow {
        name: &it.name,
        ty: it.ty.name(),
        values: it.values.map(|id| view.packs.model.enumeration(id).name.as_ref()),
        several: it.multi,
        computed: it.computed,
        of: it.of.as_deref(),
        same_as: it.same_as.map(|id| class.get(id).name.as_ref()),
        only: if every { Vec::new() } else { actions(class, it.only) },
        aka: &it.aka,
        schemas: view.sources.iter().map(|source| reading(source, id, meant, bound, view)).collect(),
    }
}

fn reading<'p>(source: &Source<'p>, id: ClassId, meant: &str, bound: Bound<'_, 'p>, view: &View<'p>) -> Reading<'p> {
    let binding = view.binding(source, id);
    let mut is: Vec<Made> = Vec::new();
    for container in binding.iter().flat_map(|binding| binding.containers.iter()) {
        let Some(bound) = bound(container) else { continue };
        let fresh = made(source.schema, container, bound);
        match is.iter_mut().find(|known| known.value == fresh.value && known.missing == fresh.missing && known.inexact == fresh.inexact) {
            Some(known) => {
                known.tables.extend(fresh.tables.into_iter().filter(|table| !known.tables.contains(table)).collect::<Vec<_>>());
                known.since.extend(fresh.since.into_iter().filter(|since| !known.since.contains(since)).collect::<Vec<_>>());
            }
            None => is.push(fresh),
        }
    }
    let refused = binding.filter(|_| is.is_empty()).and_then(|binding| reason(binding, meant));
    Reading {
        schema: source.name(),
        target: source.target.map(|target| target.name()),
        reader: source.reader(),
        refused: refused.or_else(|| binding.and_then(Binding::unbound_class)),
        is,
    }
}

fn made<'p>(schema: &'p Schema, container: &'p Container, bound: &'p FieldBinding) -> Made<'p> {
    let table = schema.table(&container.table);
    let since = |column: &&'p str| {
        let it = table?.column(column)?;
        let version = it.since.as_deref()?;
        Some(Since { column: &it.name, version, later: schema.is_later(it.since.as_ref()) })
    };
    Made {
        tables: vec![&container.table],
        value: words::value(&bound.value),
        missing: &bound.missing,
        inexact: bound.loss.as_ref().map(|loss| lost(String::new(), loss)),
        since: bound.value.columns().iter().filter_map(since).collect(),
    }
}

pub fn actions(class: &Class, actions: Actions) -> Vec<&str> {
    class.actions.iter().enumerate().filter(|(index, _)| actions.contains(*index)).map(|(_, name)| name.as_ref()).collect()
}
