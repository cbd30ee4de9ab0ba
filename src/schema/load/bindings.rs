//! `bindings:` — how a class appears in a schema. Everything that is named here is looked up.

use crate::yaml::Node;

use super::super::transform::Expr;
use super::super::types::{Binding, Class, ClassId, Exclusion, FieldBinding, List, NativeTest, Packs, Schema, Type};
use super::fields::{Origin, Place};
use super::reader::{Key, Reader};
use super::{Fault, Unknown, entry, fields, last_part, model, owned, owned_all, predicates, replace};

pub fn read(reader: &mut Reader<'_>, packs: &mut Packs, node: &Node) {
    for (name, value) in reader.entries(node, None) {
        let sections = reader.entries(value, Some(&["groups", "classes"]));
        let Some(schema) = packs.schema(name.name).cloned() else {
            let unknown = Unknown::among(name.name, packs.schemas.iter().map(|schema| schema.name.as_ref()));
            reader.report(name.span, Fault::UnknownSchema(unknown));
            continue;
        };
        let groups = sections.iter().find(|(key, _)| key.name == "groups").map(|(_, node)| reader.entries(node, None)).unwrap_or_default();
        let classes =
            sections.iter().find(|(key, _)| key.name == "classes").map(|(_, node)| reader.entries(node, None)).unwrap_or_default();
        for (class, value) in classes {
            match packs.model.class(class.name) {
                Some(id) => binding(reader, packs, &schema, &groups, id, &class, value),
                None => {
                    let unknown = Unknown::among(class.name, packs.model.classes.iter().map(|class| class.name.as_ref()));
                    reader.report(class.span, Fault::UnknownClass(unknown));
                }
            }
        }
    }
}

type Entries<'n> = [(Key<'n>, &'n Node)];

fn binding(reader: &mut Reader<'_>, packs: &mut Packs, schema: &Schema, groups: &Entries<'_>, id: ClassId, key: &Key<'_>, node: &Node) {
    let class = packs.class(id).clone();
    let is_of = |known: &Binding| known.schema == schema.name && known.class == id;
    let mut binding = packs.binding(&schema.name, id).cloned().unwrap_or_else(|| Binding {
        schema: schema.name.clone(),
        class: id,
        containers: List::default(),
        unbound: List::default(),
        excludes: None,
        overlaps: None,
        assumes: List::default(),
    });
    let sections =
        reader.entries(node, Some(&["as", "in", "use", "fields", "blind", "forms", "unbound", "loss", "excludes", "overlaps", "assumes"]));
    let section = |wanted: &str| sections.iter().find(|(part, _)| part.name == wanted).map(|(_, value)| *value);

    if let Some(other) = section("as")
        && let Some(name) = reader.text(other)
    {
        match packs.binding(name, id) {
            Some(known) => binding = likewise(known, schema, &class),
            None => {
                let others = packs.bindings.iter().filter(|known| known.class == id).map(|known| known.schema.as_ref());
                reader.report(other.span.clone(), Fault::UnknownSchema(Unknown::among(name, others)));
            }
        }
    }
    for (name, value) in section("in").map(|node| reader.entries(node, None)).unwrap_or_default() {
        predicates::container(reader, &mut binding, schema, &class, &name, value);
    }
    if let Some(why) = section("unbound").and_then(Node::text) {
        // The class as a whole.
        binding.containers = List::default();
        binding.unbound = List::Owned(vec![(owned(WHOLE), owned(why))]);
        replace(&mut packs.bindings, binding, is_of);
        return;
    }
    if binding.containers.is_empty() {
        reader.report(key.span.clone(), Fault::MissingKey("in"));
        return;
    }
    binding.unbound.to_mut().retain(|(what, _)| what != WHOLE);
    common(&mut binding, schema, &class);

    let before = binding.containers.clone();
    let place = Place { packs, schema, class: &class };
    let containers = binding.containers.to_mut();
    let own = section("fields").map(|node| reader.entries(node, None)).unwrap_or_default();
    for (group, span) in section("use").map(|node| reader.texts(node)).unwrap_or_default() {
        let Some((_, entries)) = groups.iter().find(|(known, _)| known.name == group) else {
            let unknown = Unknown::among(group, groups.iter().map(|(known, _)| known.name));
            reader.report(span, Fault::UnknownGroup(unknown));
            continue;
        };
        for (name, value) in reader.entries(entries, None) {
            if !own.iter().any(|(known, _)| known.name == name.name) {
                fields::read(reader, &place, containers, Origin::Group, &name, value);
            }
        }
    }
    for (name, value) in own {
        fields::read(reader, &place, containers, Origin::Class, &name, value);
    }
    if let Some(blind) = section("blind") {
        predicates::blind(reader, &place, containers, blind);
    }
    if let Some(forms) = section("forms") {
        predicates::forms(reader, &class, containers, forms);
    }
    last_part::bind(&before, binding.containers.to_mut(), &class);
    for container in binding.containers.to_mut() {
        container.fields.to_mut().sort_by_key(|bound| bound.field);
    }
    if let Some(losses) = section("loss") {
        predicates::loss(reader, &mut binding, &class, losses);
    }
    if let Some(excluded) = section("excludes") {
        binding.excludes = exclusion(reader, packs, &class, excluded);
    }
    if let Some(why) = section("overlaps") {
        binding.overlaps = reader.text(why).map(owned);
    }
    if let Some(unbound) = section("unbound") {
        for (name, reason) in reader.entries(unbound, None) {
            let Some(reason) = reader.text(reason) else { continue };
            if class.action(name.name).is_none() && model::field_id(reader, &class, name.name, name.span.clone()).is_none() {
                continue;
            }
            entry(&mut binding.unbound, |(known, _)| known == name.name, || (owned(name.name), owned(reason))).1 = owned(reason);
        }
    }
    if let Some(assumes) = section("assumes") {
        binding.assumes = owned_all(reader.words(assumes));
    }
    replace(&mut packs.bindings, binding, is_of);
}

/// A binding of another schema, over the tables and columns that this one has under the same names.
fn likewise(known: &Binding, schema: &Schema, class: &Class) -> Binding {
    let mut binding = Binding { schema: schema.name.clone(), ..known.clone() };
    let containers = binding.containers.to_mut();
    containers.retain(|container| schema.table(&container.table).is_some());
    for container in containers {
        let Some(table) = schema.table(&container.table) else { continue };
        let is_time = |field: &FieldBinding| class.get(field.field).name == "time";
        let fields = container.fields.to_mut();
        fields.retain(|bound| !is_time(bound) && bound.value.columns().iter().all(|column| table.column(column).is_some()));
        for bound in fields {
            bound.missing = fields::missing(schema, table, class.get(bound.field), &bound.value, &[]);
        }
        let is_known = |tests: &List<NativeTest>| tests.iter().all(|test| table.column(&test.column).is_some());
        for told in container.alternatives.to_mut() {
            told.when.to_mut().retain(is_known);
        }
        container.alternatives.to_mut().retain(|told| !told.when.is_empty());
    }
    binding
}

/// Stands for the class in [`Binding::unbound`], where the schema has no events of it.
const WHOLE: &str = "*";

/// What a test of an exclusion says of an account.
pub const MACHINE_ACCOUNT: &str = "is machine_account";

/// `{when: {FIELD: VALUE, ..}, reason: WHY}`
fn exclusion(reader: &mut Reader<'_>, packs: &Packs, class: &Class, node: &Node) -> Option<Exclusion> {
    let entries = reader.entries(node, Some(&["when", "reason"]));
    let part = |wanted: &str| entries.iter().find(|(key, _)| key.name == wanted).map(|(_, value)| *value);
    let (Some(when), Some(reason)) = (part("when"), part("reason")) else {
        let absent = if part("when").is_none() { "when" } else { "reason" };
        reader.report(node.span.clone(), Fault::MissingKey(absent));
        return None;
    };
    let mut tests = Vec::new();
    for (name, value) in reader.entries(when, None) {
        let Some(field) = model::field_id(reader, class, name.name, name.span) else { continue };
        let Some(text) = reader.text(value) else { continue };
        let fits = match class.get(field).values {
            Some(id) => packs.model.enumeration(id).values.iter().any(|known| known == text),
            None => class.get(field).ty == Type::User && text == MACHINE_ACCOUNT,
        };
        if fits {
            tests.push((field, owned(text)));
        } else {
            reader.report(value.span.clone(), Fault::Exclusion(class.get(field).name.to_string()));
        }
    }
    Some(Exclusion { tests: List::Owned(tests), reason: owned(reader.text(reason)?) })
}

/// `time` and `host`, which the head of the schema binds.
fn common(binding: &mut Binding, schema: &Schema, class: &Class) {
    for name in ["time", "host"] {
        let Some(id) = class.field(name) else { continue };
        for container in binding.containers.to_mut() {
            let Some(table) = schema.table(&container.table) else { continue };
            let column = if name == "time" { schema.time_of(table) } else { schema.host_of(table) };
            if table.column(column).is_some() && container.field(id).is_none() {
                let value = Expr::Column(column.clone());
                let missing = fields::missing(schema, table, class.get(id), &value, &[]);
                container.fields.to_mut().push(FieldBinding { field: id, value, missing, loss: None, form: None });
            }
        }
    }
}
