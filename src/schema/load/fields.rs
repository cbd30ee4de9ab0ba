//! What a field of the model is made of in each table.

use crate::yaml::Node;

use super::super::transform::{Expr, HashKind, Transform};
use super::super::types::{Class, Container, Field, FieldBinding, FieldId, List, NativeType, Packs, Schema, Table, Type};
use super::reader::{Key, Reader};
use super::{Fault, Str, Unknown, expr, model, open, owned, replace, schemas, switch};

/// What a binding binds to what.
pub struct Place<'p> {
    pub packs: &'p Packs,
    pub schema: &'p Schema,
    pub class: &'p Class,
}

/// Where an entry stands.
#[derive(Clone, Copy)]
pub enum Origin {
    Class,
    Group,
}

/// `FIELD: EXPR`, `{by: {TABLES: EXPR}}`, `{value: EXPR, missing}`, or `~`; an EXPR may be a `{switch: ..}`.
pub fn read(reader: &mut Reader<'_>, place: &Place<'_>, containers: &mut [Container], origin: Origin, key: &Key<'_>, node: &Node) {
    if key.name.ends_with(model::OPEN) {
        return open::read(reader, place, containers, key, node);
    }
    let Some(id) = model::field_id(reader, place.class, key.name, key.span.clone()) else { return };
    if node.is_null() {
        containers.iter_mut().for_each(|container| container.fields.to_mut().retain(|bound| bound.field != id));
        return;
    }
    let (mut more, mut exprs) = (Vec::new(), Vec::new());
    if node.map().is_none() || switch::is_one(node) {
        exprs.push((None, node));
    } else {
        for (part, value) in reader.entries(node, Some(&["value", "by", "missing"])) {
            match part.name {
                "value" => exprs.push((None, value)),
                "by" => exprs.extend(reader.entries(value, None).into_iter().map(|(tables, value)| (Some(tables), value))),
                _ => more = reader.words(value),
            }
        }
        if exprs.is_empty() {
            reader.report(key.span.clone(), Fault::MissingKey("value"));
        }
    }
    for (tables, node) in exprs {
        let meant = match &tables {
            Some(tables) => named(reader, place, containers, tables),
            None => (0..containers.len()).collect(),
        };
        let strict = tables.is_some();
        let values: Vec<(usize, Expr)> = if switch::is_one(node) {
            meant.iter().filter_map(|index| Some((*index, switch::read(reader, place, &containers[*index], node)?))).collect()
        } else {
            let Some(value) = expr::read(reader, &place.packs.model, node) else { continue };
            if !columns_exist(reader, place, containers, &meant, (strict, origin), &value, node) {
                continue;
            }
            meant.into_iter().map(|index| (index, value.clone())).collect()
        };
        if let Some((_, value)) = values.first() {
            check_values(reader, place, place.class.get(id), value, node);
        }
        for (index, value) in values {
            put(place, &mut containers[index], id, value, &more);
        }
    }
}

/// Binds the field where the table has the columns.
fn put(place: &Place<'_>, container: &mut Container, field: FieldId, value: Expr, more: &[&str]) {
    let Some(table) = place.schema.table(&container.table) else { return };
    if value.columns().iter().all(|column| table.column(column).is_some()) {
        let missing = missing(place.schema, table, place.class.get(field), &value, more);
        let bound = FieldBinding { field, value, missing, loss: None, form: None };
        replace(&mut container.fields, bound, |known| known.field == field);
    }
}

/// The containers that a key of `by` names: one or several, separated by blanks.
pub fn named(reader: &mut Reader<'_>, place: &Place<'_>, containers: &[Container], key: &Key<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    for name in key.name.split_whitespace() {
        match containers.iter().position(|container| container.table == name) {
            Some(index) => found.push(index),
            None => {
                let unknown = Unknown::among(name, containers.iter().map(|container| container.table.as_ref()));
                let fault = Fault::TableOfNoClass(unknown, place.class.name.to_string());
                reader.report(key.span.clone(), fault);
            }
        }
    }
    found
}

/// With `by`, every table that is named has the columns. Without, one is enough: a table that lacks them has no value there. For an entry
/// of a group one table of the schema is enough: not every class that uses the group stands in a table with all of its columns.
fn columns_exist(
    reader: &mut Reader<'_>,
    place: &Place<'_>,
    containers: &[Container],
    meant: &[usize],
    (strict, origin): (bool, Origin),
    value: &Expr,
    node: &Node,
) -> bool {
    let tables: Vec<&Table> = meant.iter().filter_map(|index| place.schema.table(&containers[*index].table)).collect();
    let mut known = true;
    for column in value.columns() {
        let has = |table: &Table| table.column(column).is_some();
        let found = match origin {
            _ if strict => tables.iter().all(|table| has(table)),
            Origin::Class => tables.iter().any(|table| has(table)),
            Origin::Group => place.schema.tables.iter().any(has),
        };
        if !found {
            let at = node.text().and_then(|text| text.find(column)).unwrap_or(0);
            reader.report(node.part(reader.text, at..at + column.len()), unknown_column(place.schema, &tables, column));
            known = false;
        }
    }
    known
}

/// A map and a constant give values of the field's enumeration, a hash is of the field's kind, another table exists.
fn check_values(reader: &mut Reader<'_>, place: &Place<'_>, field: &Field, value: &Expr, node: &Node) {
    let Expr::Apply(transform, inputs) = value else { return };
    let packs = place.packs;
    let allowed = field.values.map(|id| &packs.model.enumeration(id).values);
    match transform {
        Transform::Map(map) => {
            let map = packs.model.map(*map);
            let foreign = map.pairs.iter().find(|(_, neutral)| allowed.is_some_and(|allowed| !allowed.contains(neutral)));
            if let Some((_, neutral)) = foreign {
                let (map, value, field) = (map.name.to_string(), neutral.to_string(), field.name.to_string());
                reader.report(node.span.clone(), Fault::MapValue { map, value, field });
            }
        }
        Transform::Const(value) => {
            if let Some(allowed) = allowed.filter(|allowed| !allowed.contains(value)) {
                let unknown = Unknown::among(value, allowed.iter().map(|known| known.as_ref()));
                reader.report(node.span.clone(), Fault::UndocumentedValue(unknown, field.name.to_string()));
            }
        }
        Transform::Hash(kind) => {
            if field.ty != kind.ty() && HashKind::ALL.iter().any(|known| known.ty() == field.ty) {
                reader.report(node.span.clone(), Fault::HashKind(field.name.to_string()));
            }
        }
        Transform::Lookup { table, column } => {
            let key = inputs.first().and_then(|input| if let Expr::Column(key) = input { Some(key) } else { None });
            let Some(table) = schemas::table_named(reader, place.schema, table, node.span.clone()) else { return };
            for name in std::iter::once(column).chain(key).filter(|name| table.column(name).is_none()) {
                reader.report(node.span.clone(), unknown_column(place.schema, &[table], name));
            }
        }
        Transform::First | Transform::Lower | Transform::Switch(_) => {
            inputs.iter().for_each(|input| check_values(reader, place, field, input, node));
        }
        Transform::Basename
        | Transform::Join(_)
        | Transform::Concat(_)
        | Transform::UserName
        | Transform::UserDomain
        | Transform::Cut(_)
        | Transform::Json(_)
        | Transform::Xml(_)
        | Transform::OnlyIp
        | Transform::NotIp
        | Transform::Int
        | Transform::Hex
        | Transform::Hive(_)
        | Transform::RegData
        | Transform::Part(_) => {}
    }
}

/// The native values that mean no value: those of the field's type, and those of text where a column is kept as text.
pub fn missing(schema: &Schema, table: &Table, field: &Field, value: &Expr, more: &[&str]) -> List<Str> {
    let is_text = value.columns().iter().any(|name| {
        let column = table.column(name);
        column.is_some_and(|column| matches!(column.ty, NativeType::Text | NativeType::Guid | NativeType::Dynamic))
    });
    let of = |wanted: Type| of_type(schema, wanted);
    let mut missing: Vec<Str> = Vec::new();
    let text = if is_text { of(Type::Text) } else { &[] };
    let own = if field.ty == Type::Text { &[] } else { of(field.ty) };
    for value in text.iter().chain(own).cloned().chain(more.iter().map(|value| owned(value))) {
        if !missing.contains(&value) {
            missing.push(value);
        }
    }
    List::Owned(missing)
}

/// What the head of the schema lists for a type.
pub fn of_type(schema: &Schema, wanted: Type) -> &[Str] {
    schema.missing.iter().find(|(ty, _)| *ty == wanted).map(|(_, values)| values.as_ref()).unwrap_or_default()
}

/// No such column in these tables.
pub fn unknown_column(schema: &Schema, tables: &[&Table], column: &str) -> Fault {
    if let Some(now) = schema.renamed_column(tables, column) {
        return Fault::Renamed(column.to_owned(), vec![now.to_owned()]);
    }
    let unknown = Unknown::among(column, tables.iter().flat_map(|table| table.columns.iter().map(|known| known.name.as_ref())));
    Fault::UnknownColumn(unknown, tables.iter().map(|table| table.name.to_string()).collect())
}
