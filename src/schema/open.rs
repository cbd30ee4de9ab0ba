//! Fields that a pack does not list: any name of an open family (`data.*`) is a field.
//!
//! In: packs, and the names that rule texts use. Out: packs in which each of these names is a field like any other, a column of each table
//! that has the family, and bound there; the packs themselves where no name is of a family. Law: what was there keeps its place and
//! its number, and all that follows (check, queries, events) knows nothing of families. Names compare without case: all spellings of one
//! are one field, which has the spelling of the first pack that has a column of the name, for Splunk tells cases apart; a name that no
//! pack knows stands as written. What the head of a log's record has (`EventID`, `Computer`) is no data.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::transform::{Expr, Transform};
use super::types::{Actions, Class, Column, Container, Field, FieldBinding, FieldId, List, NativeType, Packs, Schema, Str};

/// The end of a family's name, and what stands in its bindings for the rest of a field's.
const REST: &str = "*";

/// The packs with a field for each of the names that is of an open family.
pub fn open<'p>(packs: &'p Packs, names: &BTreeSet<String>) -> Cow<'p, Packs> {
    let mut opened = Cow::Borrowed(packs);
    for index in 0..packs.model.classes.len() {
        let families = packs.model.classes[index].open.len();
        for family in 0..families {
            let class = &packs.model.classes[index];
            let prefix = class.open[family].name.trim_end_matches(REST);
            let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
            for rest in names.iter().filter_map(|name| name.strip_prefix(prefix)).filter(|rest| is_name(rest)) {
                spellings.entry(rest.to_lowercase()).or_default().insert(rest);
            }
            for spelled in spellings.into_values() {
                add(&mut opened, index, family, prefix, &spelled);
            }
        }
    }
    opened
}

/// Whether a name begins as that of an open family of any class does.
pub fn is_open(packs: &Packs, name: &str) -> bool {
    let families = packs.model.classes.iter().flat_map(|class| class.open.iter());
    families.into_iter().any(|family| name.strip_prefix(family.name.trim_end_matches(REST)).is_some_and(is_name))
}

/// What every dialect can say as the name of a column.
fn is_name(rest: &str) -> bool {
    !rest.is_empty() && rest.trim() == rest && !rest.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '`' | '*' | '\\'))
}

fn add(packs: &mut Cow<'_, Packs>, class: usize, family: usize, prefix: &str, spelled: &BTreeSet<&str>) {
    let Some(written) = spelled.first() else { return };
    let bound = templates(packs, class, family);
    let named_alike = |column: &str| column.eq_ignore_ascii_case(written);
    // The record's own head has such columns too, and they are other fields.
    let of_head = |schema: &Schema| schema.columns.iter().any(|column| named_alike(&column.name));
    if bound.iter().any(|(at, ..)| packs.schema(&packs.bindings[*at].schema).is_some_and(of_head)) {
        return;
    }
    let is_known = |name: &str| packs.model.classes[class].fields.iter().any(|field| field.name == name);
    if spelled.iter().any(|one| is_known(&format!("{prefix}{one}"))) {
        return;
    }
    let name =
        bound.iter().find_map(|(at, ..)| spelling(packs, &packs.bindings[*at].schema, written)).unwrap_or_else(|| (*written).to_owned());
    let packs = packs.to_mut();
    let it = &mut packs.model.classes.to_mut()[class];
    let field = put_field(it, family, format!("{prefix}{name}"), None);
    for other in spelled.iter().filter(|other| **other != name) {
        put_field(it, family, format!("{prefix}{other}"), Some(field));
    }
    for (at, container, template) in bound {
        let binding = &mut packs.bindings.to_mut()[at];
        let Container { table, fields, .. } = &mut binding.containers.to_mut()[container];
        let value = instance(&template.value, &name);
        if let (Some(schema), Expr::Column(column)) =
            (packs.schemas.to_mut().iter_mut().find(|schema| schema.name == binding.schema), &value)
        {
            put_column(schema, table, column);
        }
        fields.to_mut().push(FieldBinding { field, value, ..template });
    }
}

/// The bindings of a family: of which binding and container.
fn templates(packs: &Packs, class: usize, family: usize) -> Vec<(usize, usize, FieldBinding)> {
    let bindings = packs.bindings.iter().enumerate().filter(|(_, binding)| binding.class.0 as usize == class);
    let containers = bindings.flat_map(|(at, binding)| binding.containers.iter().enumerate().map(move |(index, it)| (at, index, it)));
    let of = |(at, index, it): (usize, usize, &Container)| {
        it.open.iter().find(|bound| bound.field.0 as usize == family).map(|bound| (at, index, bound.clone()))
    };
    containers.filter_map(of).collect()
}

/// As a pack writes the name: in the schema itself, else in another that describes records of logs, if this one does.
fn spelling(packs: &Packs, schema: &str, written: &str) -> Option<String> {
    let of_logs = |schema: &Schema| schema.tables.iter().any(|table| table.event_id.is_some());
    let own = packs.schema(schema)?;
    let others = packs.schemas.iter().filter(|other| of_logs(own) && of_logs(other) && other.name != own.name);
    let columns = std::iter::once(own).chain(others).flat_map(|schema| schema.tables.iter()).flat_map(|table| table.columns.iter());
    let mut alike = columns.map(|column| column.name.as_ref()).filter(|column| column.eq_ignore_ascii_case(written));
    alike.next().map(str::to_owned)
}

fn put_field(class: &mut Class, family: usize, name: String, same_as: Option<FieldId>) -> FieldId {
    let field = Field { name: Str::Owned(name), same_as, only: Actions::ALL, ..class.open[family].clone() };
    class.fields.to_mut().push(field);
    FieldId((class.fields.len() - 1) as u16)
}

fn instance(template: &Expr, name: &str) -> Expr {
    let rest = |text: &Str| if text == REST { Str::Owned(name.to_owned()) } else { text.clone() };
    match template {
        Expr::Column(column) => Expr::Column(rest(column)),
        Expr::Apply(Transform::Json(key), inputs) => Expr::Apply(Transform::Json(rest(key)), inputs.clone()),
        Expr::Apply(transform, inputs) => {
            Expr::Apply(transform.clone(), List::Owned(inputs.iter().map(|input| instance(input, name)).collect()))
        }
    }
}

fn put_column(schema: &mut Schema, table: &str, name: &str) {
    let of_logs = schema.tables.iter().any(|table| table.event_id.is_some());
    if let Some(table) = schema.tables.to_mut().iter_mut().find(|known| known.name == table)
        && table.column(name).is_none()
    {
        table.columns.to_mut().push(Column {
            name: Str::Owned(name.to_owned()),
            owner: Str::Borrowed(""),
            ty: NativeType::Text,
            multi: false,
            default: None,
            values: List::default(),
            closed: false,
            since: None,
        });
    }
    // Splunk makes names of fields out of those of the data of an event: what is no letter, digit or `_` is `_` (`CLEAN_KEYS`).
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if of_logs && clean != name && !schema.splunk.iter().any(|(own, _)| own == name) {
        schema.splunk.to_mut().push((Str::Owned(name.to_owned()), Str::Owned(clean)));
    }
}
