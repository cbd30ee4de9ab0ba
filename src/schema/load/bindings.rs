//! `bindings:` — how a class appears in a schema. Everything that is named here is looked up.

use crate::yaml::Node;

use super::super::sources::Source;
use super::super::transform::Expr;
use super::super::types::{Binding, Class, ClassId, Exclusion, FieldBinding, List, NativeTest, Packs, Schema, Type};
use super::fields::{Origin, Place};
use super::reader::{Key, Reader};
use super::{Fault, Unknown, entry, fields, last_part, model, owned, owned_all, predicates, replace, schemas};

pub fn read(reader: &mut Reader<'_>, packs: &mut Packs, node: &Node) {
    for (name, value) in reader.entries(node, None) {
        let sections = reader.entries(value, Some(&["groups", "classes", "sources"]));
        let Some(schema) = packs.schema(name.name).cloned() else {
            let unknown = Unknown::among(name.name, packs.schemas.iter().map(|schema| schema.name.as_ref()));
            reader.report(name.span, Fault::UnknownSchema(unknown));
            continue;
        };
        let section = |wanted: &str| sections.iter().find(|(key, _)| key.name == wanted).map(|(_, node)| *node);
        let mut entries = |wanted: &str| section(wanted).map(|node| reader.entries(node, None)).unwrap_or_default();
        let (groups, classes, sources) = (entries("groups"), entries("classes"), entries("sources"));
        for (class, value) in classes {
            let Some(id) = class_named(reader, packs, &class) else { continue };
            let known = packs.binding(&schema.name, id).cloned();
            if let Some(bound) = binding(reader, packs, (&schema, &groups), id, &class, (known, value)) {
                replace(&mut packs.bindings, bound, |known| known.schema == schema.name && known.class == id);
            }
        }
        for (name, value) in sources {
            source(reader, packs, (&schema, &groups), &name, value);
        }
    }
}

fn class_named(reader: &mut Reader<'_>, packs: &Packs, key: &Key<'_>) -> Option<ClassId> {
    let found = packs.model.class(key.name);
    if found.is_none() {
        let unknown = Unknown::among(key.name, packs.model.classes.iter().map(|class| class.name.as_ref()));
        reader.report(key.span.clone(), Fault::UnknownClass(unknown));
    }
    found
}

/// `NAME: {title, by: [COLUMN, ..], missing, classes: {CLASS: ..}}`: what one maker of events has, for a site that says so. Its bindings take the
/// place of those above; `as: SCHEMA` lies them on these. `missing` is said of its columns in the place of the schema's.
fn source(reader: &mut Reader<'_>, packs: &mut Packs, place: (&Schema, &Entries<'_>), key: &Key<'_>, node: &Node) {
    let mut schema = place.0.clone();
    let is_it = |known: &Source| known.schema == place.0.name && known.name == key.name;
    let mut source = packs.sources.iter().find(|known| is_it(known)).cloned().unwrap_or_else(|| Source {
        schema: schema.name.clone(),
        name: owned(key.name),
        title: owned(key.name),
        by: List::default(),
        bindings: List::default(),
    });
    let sections = reader.entries(node, Some(&["title", "by", "missing", "classes"]));
    let section = |wanted: &str| sections.iter().find(|(part, _)| part.name == wanted).map(|(_, value)| *value);
    if let Some(title) = section("title").and_then(|title| reader.text(title)) {
        source.title = owned(title);
    }
    if let Some(by) = section("by") {
        source.by = owned_all(reader.words(by));
        for (name, span) in reader.texts(by) {
            if schema.columns.iter().all(|column| column.name != name) {
                let unknown = Unknown::among(name, schema.columns.iter().map(|column| column.name.as_ref()));
                reader.report(span, Fault::UnknownColumn(unknown, vec![schema.name.to_string()]));
            }
        }
    }
    if let Some(missing) = section("missing") {
        schema.missing = List::default();
        schemas::missing(reader, &mut schema, missing);
    }
    for (class, value) in section("classes").map(|node| reader.entries(node, None)).unwrap_or_default() {
        let Some(id) = class_named(reader, packs, &class) else { continue };
        let known = source.bindings.iter().find(|known| known.class == id).cloned();
        let Some(bound) = binding(reader, packs, (&schema, place.1), id, &class, (known, value)) else { continue };
        // One table is searched once, whoever wrote into it.
        let others = packs.sources.iter().filter(|other| other.schema == schema.name && other.name != key.name);
        let others = others.flat_map(|other| other.bindings.iter().filter(|other| other.class == id).map(move |binding| (other, binding)));
        let differs =
            others.flat_map(|(other, binding)| binding.containers.iter().map(move |container| (other, container))).find(|(_, known)| {
                bound.containers.iter().any(|own| own.table == known.table && (&own.fields, &own.blind) != (&known.fields, &known.blind))
            });
        if let Some((other, container)) = differs {
            reader.report(class.span.clone(), Fault::SharedTable(container.table.to_string(), other.name.to_string()));
        }
        replace(&mut source.bindings, bound, |known| known.class == id);
    }
    replace(&mut packs.sources, source, is_it);
}

type Entries<'n> = [(Key<'n>, &'n Node)];

/// What a class is bound to, on top of what is known of it.
fn binding(
    reader: &mut Reader<'_>,
    packs: &Packs,
    (schema, groups): (&Schema, &Entries<'_>),
    id: ClassId,
    key: &Key<'_>,
    (known, node): (Option<Binding>, &Node),
) -> Option<Binding> {
    let class = packs.class(id).clone();
    let mut binding = known.unwrap_or_else(|| Binding {
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
        return Some(binding);
    }
    if binding.containers.is_empty() {
        reader.report(key.span.clone(), Fault::MissingKey("in"));
        return None;
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
    Some(binding)
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

use super::super::types::WHOLE;

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
