//! What a family of fields, of which any name is one, is made of in each table.
//!
//! In: `data.*: "*"`, the column of that name; `json(COLUMN, *)`, `xml(COLUMN, *)`, what stands there under that name;
//! `first(.., ..)`, one of these, else the other; `{by: {TABLES: ..}}`; `~` takes it away.
//! Out: a template in each container, in which `*` stands for the rest of a field's name.

use crate::yaml::Node;

use super::super::transform::{Expr, Transform};
use super::super::types::{Container, FieldBinding, FieldId, List, Type};
use super::fields::{self, Place};
use super::reader::{Key, Reader};
use super::{Fault, Unknown, expr, owned, replace};

/// Stands for the rest of the name.
pub const REST: &str = "*";

pub fn read(reader: &mut Reader<'_>, place: &Place<'_>, containers: &mut [Container], key: &Key<'_>, node: &Node) {
    let Some(index) = place.class.open.iter().position(|family| family.name == key.name) else {
        let unknown = Unknown::among(key.name, place.class.open.iter().map(|family| family.name.as_ref()));
        return reader.report(key.span.clone(), Fault::UnknownField(unknown, place.class.name.to_string()));
    };
    let field = FieldId(index as u16);
    if node.is_null() {
        containers.iter_mut().for_each(|container| container.open.to_mut().retain(|bound| bound.field != field));
        return;
    }
    let mut parts = vec![(None, node)];
    if node.map().is_some() {
        let by = reader.entries(node, Some(&["by"]));
        parts = by.iter().flat_map(|(_, by)| reader.entries(by, None)).map(|(tables, value)| (Some(tables), value)).collect();
    }
    for (tables, node) in parts {
        let meant = match &tables {
            Some(tables) => fields::named(reader, place, containers, tables),
            None => (0..containers.len()).collect(),
        };
        let Some(value) = template(reader, place, node) else { continue };
        for at in meant {
            // A name that no pack knows is text.
            let missing = List::Owned(fields::of_type(place.schema, Type::Text).to_vec());
            let bound = FieldBinding { field, value: value.clone(), missing, loss: None, form: None };
            replace(&mut containers[at].open, bound, |known| known.field == field);
        }
    }
}

fn template(reader: &mut Reader<'_>, place: &Place<'_>, node: &Node) -> Option<Expr> {
    if node.text() == Some(REST) {
        return Some(Expr::Column(owned(REST)));
    }
    let value = expr::read(reader, &place.packs.model, node)?;
    if is_template(&value) {
        return Some(value);
    }
    reader.report(node.span.clone(), Fault::Expression);
    None
}

fn is_template(value: &Expr) -> bool {
    match value {
        Expr::Column(column) => column == REST,
        Expr::Apply(Transform::Json(key) | Transform::Xml(key), _) => key == REST,
        Expr::Apply(Transform::First, inputs) => inputs.iter().all(is_template),
        Expr::Apply(..) => false,
    }
}
