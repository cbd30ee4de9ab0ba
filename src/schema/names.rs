//! What was probably meant by a name that a class does not have.
//!
//! In: a name as written. Out: the field, or class, that it stands for, and [`Why`]. First come the names that other tools use for it
//! exactly (the native names of every binding, and the `aka` of the model: ECS, Sigma, ASIM), then a part of a field's name, then spelling.
//! Case counts nothing. Nothing here is quick: it runs only when something is wrong.

use super::nearest::nearest;
use super::transform::Expr;
use super::types::{Binding, ClassId, Container, FieldId, Packs, Table};

/// How a name came to be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'p> {
    /// It is what this schema calls it (`defender`).
    Native(&'p str),
    /// It is what another tool calls it: ECS, Sigma, ASIM, everyday speech.
    Foreign,
    /// The end of the field's name (`name` where only `actor.name` exists).
    Part,
    /// Nearly the same letters.
    Spelling,
}

/// The field of a class that a name stands for. A name that another class knows exactly is not taken for a slip: [`field_elsewhere`].
pub fn nearest_field<'p>(packs: &'p Packs, class: ClassId, written: &str) -> Option<(FieldId, Why<'p>)> {
    exact_field(packs, class, written)
        .or_else(|| part_of_field(packs, class, written).map(|field| (field, Why::Part)))
        .or_else(|| field_elsewhere(packs, class, written).is_none().then(|| spelt_field(packs, class, written)).flatten())
}

/// The field of another class that a name stands for, exactly: `TargetFilename` is `path` of `file`.
pub fn field_elsewhere<'p>(packs: &'p Packs, class: ClassId, written: &str) -> Option<(ClassId, FieldId, Why<'p>)> {
    others(packs, class).find_map(|other| {
        let own = packs.class(other).field(written).map(|field| (field, Why::Spelling));
        own.or_else(|| exact_field(packs, other, written)).map(|(field, why)| (other, field, why))
    })
}

/// The class that a name stands for: `process_creation`, `DeviceProcessEvents`, `Endpoint.Processes`, `proces`.
pub fn nearest_class<'p>(packs: &'p Packs, written: &str) -> Option<(ClassId, Why<'p>)> {
    let classes = || packs.model.classes.iter().enumerate().map(|(index, class)| (ClassId(index as u16), class));
    let named = classes().find(|(_, class)| is(&class.name, written)).map(|(id, _)| (id, Why::Spelling));
    let foreign = || classes().find(|(_, class)| class.aka.iter().any(|name| is(name, written))).map(|(id, _)| (id, Why::Foreign));
    let native = || native_class(packs, written);
    let spelt = || {
        let names = || classes().flat_map(|(id, class)| std::iter::once(&class.name).chain(class.aka.iter()).map(move |name| (id, name)));
        let near = nearest(written, names().map(|(_, name)| name.as_ref()))?;
        names().find(|(_, name)| *name == near).map(|(id, _)| (id, Why::Spelling))
    };
    named.or_else(foreign).or_else(native).or_else(spelt)
}

// ---------- fields ----------

/// In the same case first: Sysmon's `TargetFilename` is a path, ASIM's `TargetFileName` a name.
fn exact_field<'p>(packs: &'p Packs, class: ClassId, written: &str) -> Option<(FieldId, Why<'p>)> {
    let fields = || packs.class(class).fields.iter().enumerate().map(|(index, field)| (FieldId(index as u16), field));
    let by = |same: Same| {
        let named = fields().find(|(_, field)| same(&field.name, written)).map(|(id, _)| (id, Why::Spelling));
        let foreign = || fields().find(|(_, field)| field.aka.iter().any(|name| same(name, written))).map(|(id, _)| (id, Why::Foreign));
        named.or_else(foreign).or_else(|| native_field(packs, class, written, same))
    };
    by(|name, written| name == written).or_else(|| by(is))
}

/// Whether two names are the same one.
type Same = fn(&str, &str) -> bool;

/// A column that is the field's whole value stands for it before one that is only a part of the value.
fn native_field<'p>(packs: &'p Packs, class: ClassId, written: &str, same: Same) -> Option<(FieldId, Why<'p>)> {
    let mut part = None;
    for (binding, container) in containers(packs, class) {
        let table = packs.schema(&binding.schema).and_then(|schema| schema.table(&container.table));
        for bound in container.fields.iter() {
            if !bound.value.columns().iter().any(|column| is_column(table, column, written, same)) {
                continue;
            }
            let found = (bound.field, Why::Native(binding.schema.as_ref()));
            if matches!(bound.value, Expr::Column(_)) {
                return Some(found);
            }
            part = part.or(Some(found));
        }
    }
    part
}

/// `process`, `Processes.process`, `Endpoint.Processes.process`.
fn is_column(table: Option<&Table>, column: &str, written: &str, same: Same) -> bool {
    if same(column, written) {
        return true;
    }
    let Some((before, name)) = written.rsplit_once('.') else { return false };
    let owner = table.and_then(|table| table.column(column)).map_or("", |column| column.owner.as_ref());
    let of = |name: &str| !name.is_empty() && same(name, before);
    same(column, name) && (of(owner) || table.is_some_and(|table| of(&table.name)))
}

/// The shortest field of which the name is the end: `command_line` in `file` is `actor.command_line`.
fn part_of_field(packs: &Packs, class: ClassId, written: &str) -> Option<FieldId> {
    let ends = |name: &str| name.len() > written.len() && is(&name[name.len() - written.len()..], written);
    let fields = packs.class(class).fields.iter().enumerate();
    let ending = fields.filter(|(_, field)| field.name.is_ascii() && ends(&field.name));
    let whole = ending.filter(|(_, field)| field.name[..field.name.len() - written.len()].ends_with('.'));
    whole.min_by_key(|(_, field)| field.name.len()).map(|(index, _)| FieldId(index as u16))
}

fn spelt_field<'p>(packs: &'p Packs, class: ClassId, written: &str) -> Option<(FieldId, Why<'p>)> {
    let fields = &packs.class(class).fields;
    if let Some(near) = nearest(written, fields.iter().map(|field| field.name.as_ref())) {
        return packs.class(class).field(near).map(|field| (field, Why::Spelling));
    }
    // A foreign name, misspelt.
    let aka = fields.iter().flat_map(|field| field.aka.iter());
    let native = containers(packs, class).flat_map(|(_, container)| container.fields.iter().flat_map(|bound| bound.value.columns()));
    let near = nearest(written, aka.map(|name| name.as_ref()).chain(native))?;
    exact_field(packs, class, near)
}

// ---------- classes ----------

/// The class whose events a table holds before all: for a table of many classes there is none.
/// The class whose first table it is, if it is that of no other class.
fn native_class<'p>(packs: &'p Packs, written: &str) -> Option<(ClassId, Why<'p>)> {
    let mut found: Option<(ClassId, Why)> = None;
    for binding in packs.bindings.iter() {
        let (Some(schema), Some(first)) = (packs.schema(&binding.schema), binding.containers.first()) else { continue };
        let dataset = first.table.split_once('.').map_or("", |(_, dataset)| dataset);
        let renamed = schema.renamed_tables.iter().any(|(old, new)| is(old, written) && *new == first.table);
        if !(is(&first.table, written) || is(dataset, written) || renamed) {
            continue;
        }
        match found {
            Some((class, _)) if class != binding.class => return None,
            Some(_) => {}
            None => found = Some((binding.class, Why::Native(binding.schema.as_ref()))),
        }
    }
    found
}

fn others(packs: &Packs, class: ClassId) -> impl Iterator<Item = ClassId> {
    (0..packs.model.classes.len()).map(|index| ClassId(index as u16)).filter(move |other| *other != class)
}

fn containers(packs: &Packs, class: ClassId) -> impl Iterator<Item = (&Binding, &Container)> {
    let bindings = packs.bindings.iter().filter(move |binding| binding.class == class);
    bindings.flat_map(|binding| binding.containers.iter().map(move |container| (binding, container)))
}

fn is(name: &str, written: &str) -> bool {
    !name.is_empty() && name.eq_ignore_ascii_case(written)
}

#[cfg(test)]
mod tests {
    use super::super::builtin;
    use super::*;

    fn class(name: &str) -> ClassId {
        builtin().model.class(name).unwrap()
    }

    fn field(in_class: &str, written: &str) -> String {
        let packs = builtin();
        let found = nearest_field(packs, class(in_class), written);
        found.map_or_else(|| "-".to_owned(), |(id, why)| format!("{} {why:?}", packs.class(class(in_class)).get(id).name))
    }

    #[test]
    fn foreign_names_of_fields() {
        for (in_class, written, meant) in [
            ("process", "ProcessCommandLine", "command_line Native(\"defender\")"),
            ("process", "Image", "path Native(\"sysmon\")"),
            ("process", "CommandLine", "command_line Native(\"sysmon\")"),
            ("process", "process.command_line", "command_line Foreign"),
            ("process", "Processes.process", "command_line Native(\"cim\")"),
            ("process", "Endpoint.Processes.process_name", "name Native(\"cim\")"),
            ("process", "FolderPath", "path Native(\"defender\")"),
            ("process", "ParentImage", "parent.path Native(\"sysmon\")"),
            ("process", "InitiatingProcessFileName", "parent.name Native(\"defender\")"),
            ("process", "Hashes", "sha256 Foreign"),
            ("process", "user", "user.name Foreign"),
            ("process", "NewProcessName", "path Native(\"windows\")"),
            ("process", "comand_line", "command_line Spelling"),
            ("process", "Command_Line", "command_line Spelling"),
            ("process", "parentname", "parent.name Spelling"),
            ("process", "ProcesCommandLine", "command_line Foreign"),
            ("process", "actor.name", "parent.name Foreign"),
            ("process", "weather", "-"),
            ("file", "TargetFilename", "path Native(\"sysmon\")"),
            ("file", "TargetFileName", "name Foreign"),
            ("file", "file_path", "path Native(\"cim\")"),
            ("file", "Filesystem.file_name", "name Native(\"cim\")"),
            ("file", "command_line", "actor.command_line Part"),
            ("file", "process.name", "actor.name Foreign"),
            ("file", "parent.name", "actor.parent.name Foreign"),
        ] {
            assert_eq!(field(in_class, written), meant, "{in_class} {written}");
        }
    }

    #[test]
    fn a_foreign_name_of_another_class_is_known_there() {
        let packs = builtin();
        let (other, id, _) = field_elsewhere(packs, class("process"), "TargetFilename").unwrap();
        assert_eq!((packs.class(other).name.as_ref(), packs.class(other).get(id).name.as_ref()), ("file", "path"));
        assert_eq!(nearest_field(packs, class("process"), "TargetFilename"), None);
        assert_eq!(field_elsewhere(packs, class("process"), "weather"), None);
    }

    #[test]
    fn foreign_names_of_classes() {
        let packs = builtin();
        for (written, meant) in [
            ("process_creation", Some("process")),
            ("DeviceProcessEvents", Some("process")),
            ("Endpoint.Processes", Some("process")),
            ("Processes", Some("process")),
            ("ProcessCreationEvents", Some("process")),
            ("proc", Some("process")),
            ("Process", Some("process")),
            ("proces", Some("process")),
            ("file_event", Some("file")),
            ("DeviceFileEvents", Some("file")),
            ("Filesystem", Some("file")),
            ("DeviceEvents", None),
            ("netwrok", Some("network")),
            ("weather", None),
        ] {
            let found = nearest_class(packs, written).map(|(id, _)| packs.class(id).name.as_ref());
            assert_eq!(found, meant, "{written}");
        }
    }
}
