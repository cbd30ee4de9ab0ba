//! What the version that a project works with has not got yet.
//!
//! In: a schema with the version that the project chose, a table, a value of its columns. Out: what is left of the value, and, where
//! nothing is, what came later. Law: a column that came later is in no row, so it is missing in every one.

use std::borrow::Cow;

use crate::diag::targets::Later;
use crate::schema::{Alternative, Container, Expr, FieldId, List, NativeTest, Schema, Table, Transform};

use super::Place;

/// What is left of the value; None: it is missing in every row.
pub fn left<'e>(schema: &Schema, table: Option<&Table>, value: &'e Expr) -> Option<Cow<'e, Expr>> {
    match table {
        Some(table) if schema.chosen.is_some() => rest(schema, table, value),
        Some(_) | None => Some(Cow::Borrowed(value)),
    }
}

fn rest<'e>(schema: &Schema, table: &Table, value: &'e Expr) -> Option<Cow<'e, Expr>> {
    match value {
        Expr::Column(name) => (!is_later(schema, table, name)).then_some(Cow::Borrowed(value)),
        Expr::Apply(..) if value.columns().iter().all(|name| !is_later(schema, table, name)) => Some(Cow::Borrowed(value)),
        Expr::Apply(Transform::First, inputs) => inputs.iter().find_map(|input| rest(schema, table, input)),
        // Without what is joined to it, the first part is the value.
        Expr::Apply(Transform::Join(_), inputs) => rest(schema, table, inputs.first()?),
        Expr::Apply(transform, inputs) => {
            let inputs = inputs.iter().map(|input| Some(rest(schema, table, input)?.into_owned()));
            Some(Cow::Owned(Expr::Apply(transform.clone(), List::Owned(inputs.collect::<Option<_>>()?))))
        }
    }
}

fn is_later(schema: &Schema, table: &Table, column: &str) -> bool {
    table.column(column).is_some_and(|column| schema.is_later(column.since.as_ref()))
}

/// The tables of a binding that there are.
pub fn is_there(schema: &Schema, container: &Container) -> bool {
    schema.chosen.is_none() || schema.table(&container.table).is_none_or(|table| !schema.is_later(table.since.as_ref()))
}

/// The tests of one way to tell an action read only columns that there are.
pub fn can_tell(place: &Place, tests: &[NativeTest]) -> bool {
    place.schema.chosen.is_none() || place.table().is_none_or(|table| tests.iter().all(|test| !is_later(place.schema, table, &test.column)))
}

/// The action can be told in some way.
pub fn is_told(place: &Place, told: &Alternative) -> bool {
    told.when.is_empty() || told.when.iter().any(|tests| can_tell(place, tests))
}

/// What a field of one container waits for: the column that came later.
pub fn awaited<'p>(schema: &'p Schema, container: &'p Container, field: FieldId) -> Option<Later<'p>> {
    let table = schema.table(&container.table)?;
    let bound = container.field(field)?;
    if !is_there(schema, container) {
        return later_table(schema, container);
    }
    later_column(schema, table, bound.value.columns())
}

/// Why no table can tell an action: the column that would tell it came later.
pub fn untold(places: &[Place], action: usize) -> Option<String> {
    places.iter().find_map(|place| {
        let tests = place.container.alternatives.iter().filter(|told| told.actions.contains(action)).flat_map(|told| told.when.iter());
        let columns = tests.flat_map(|tests| tests.iter()).map(|test| test.column.as_ref()).collect();
        later_column(place.schema, place.table()?, columns).map(Later::because)
    })
}

fn later_column<'p>(schema: &'p Schema, table: &'p Table, columns: Vec<&str>) -> Option<Later<'p>> {
    let chosen = schema.chosen.as_ref()?;
    let column = columns.into_iter().filter_map(|name| table.column(name)).find(|column| schema.is_later(column.since.as_ref()))?;
    let since = column.since.as_deref()?;
    let (table, column) = (table.name.as_ref(), Some(column.name.as_ref()));
    Some(Later { schema: &schema.name, table, column, since, chosen: &chosen.version, place: &chosen.place })
}

/// What a container waits for: the table itself came later.
pub fn later_table<'p>(schema: &'p Schema, container: &Container) -> Option<Later<'p>> {
    let chosen = schema.chosen.as_ref()?;
    let table = schema.table(&container.table)?;
    let since = table.since.as_deref().filter(|_| !is_there(schema, container))?;
    Some(Later { schema: &schema.name, table: &table.name, column: None, since, chosen: &chosen.version, place: &chosen.place })
}
