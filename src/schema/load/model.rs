//! `model:` — enumerations, maps, classes and their fields.

use crate::yaml::Node;

use super::super::types::{Actions, Class, EnumId, Enumeration, Field, FieldId, List, Packs, Type, ValueMap};
use super::reader::{Key, Reader};
use super::{Fault, Str, Unknown, entry, owned, owned_all, replace};

/// The words for the types of fields.
pub const TYPES: [(&str, Type); 26] = [
    ("text", Type::Text),
    ("path", Type::Path),
    ("file_name", Type::FileName),
    ("command_line", Type::CommandLine),
    ("registry_path", Type::RegistryPath),
    ("data", Type::Data),
    ("int", Type::Int),
    ("real", Type::Real),
    ("port", Type::Port),
    ("ip", Type::Ip),
    ("domain", Type::Domain),
    ("host", Type::Host),
    ("url", Type::Url),
    ("email", Type::Email),
    ("md5", Type::Md5),
    ("sha1", Type::Sha1),
    ("sha256", Type::Sha256),
    ("sha512", Type::Sha512),
    ("imphash", Type::Imphash),
    ("guid", Type::Guid),
    ("sid", Type::Sid),
    ("user", Type::User),
    ("bool", Type::Bool),
    ("time", Type::Time),
    ("duration", Type::Duration),
    ("enum", Type::Enum),
];

/// The end of the name of a family of which any name is a field: `data.*`.
pub const OPEN: &str = ".*";

/// An action is a bit of [`Actions`].
const MAX_ACTIONS: usize = 31;

pub fn read(reader: &mut Reader<'_>, packs: &mut Packs, node: &Node) {
    let sections = reader.entries(node, Some(&["enums", "maps", "common", "groups", "classes"]));
    let mut groups: Vec<(Key<'_>, Vec<Field>)> = Vec::new();
    // Fields name enumerations, classes name groups: so in this order, whatever the file's.
    for wanted in ["enums", "maps", "common", "groups", "classes"] {
        let Some((_, value)) = sections.iter().find(|(key, _)| key.name == wanted) else { continue };
        for (key, value) in reader.entries(value, None) {
            match wanted {
                "enums" => {
                    let values = owned_all(reader.words(value));
                    let fresh = || Enumeration { name: owned(key.name), values: List::default() };
                    entry(&mut packs.model.enums, |known| known.name == key.name, fresh).values = values;
                }
                "maps" => map(reader, packs, &key, value),
                "common" => {
                    if let Some(field) = field(reader, packs, &key, value) {
                        put(&mut packs.model.common, field);
                    }
                }
                "groups" => {
                    let fields = fields(reader, packs, value);
                    groups.push((key, fields));
                }
                _ => class(reader, packs, &groups, &key, value),
            }
        }
    }
}

fn map(reader: &mut Reader<'_>, packs: &mut Packs, key: &Key<'_>, node: &Node) {
    let pairs: Vec<_> = reader
        .entries(node, None)
        .into_iter()
        .filter_map(|(native, neutral)| reader.text(neutral).map(|neutral| (owned(native.name), owned(neutral))))
        .collect();
    let fresh = || ValueMap { name: owned(key.name), pairs: List::default() };
    entry(&mut packs.model.maps, |known| known.name == key.name, fresh).pairs = List::Owned(pairs);
}

fn fields(reader: &mut Reader<'_>, packs: &Packs, node: &Node) -> Vec<Field> {
    let entries = reader.entries(node, None);
    entries.iter().filter_map(|(key, value)| field(reader, packs, key, value)).collect()
}

fn plain_field(name: &str) -> Field {
    Field {
        name: owned(name),
        ty: Type::Text,
        values: None,
        multi: false,
        computed: false,
        of: None,
        same_as: None,
        part: None,
        only: Actions::ALL,
        aka: List::default(),
    }
}

/// `NAME: TYPE`, or `{type, values, multi, computed, of, aka}`. What else stands there is of the class: [`within_class`].
fn field(reader: &mut Reader<'_>, packs: &Packs, key: &Key<'_>, node: &Node) -> Option<Field> {
    let mut field = plain_field(key.name);
    if node.map().is_none() {
        field.ty = ty(reader, node)?;
    } else {
        let mut typed = false;
        for (part, value) in reader.entries(node, Some(&["type", "values", "multi", "computed", "of", "aka", "only", "same_as"])) {
            match part.name {
                "only" | "same_as" => {}
                "type" => {
                    field.ty = ty(reader, value)?;
                    typed = true;
                }
                "values" => field.values = enumeration(reader, packs, value),
                "multi" => field.multi = reader.flag(value),
                "computed" => field.computed = reader.flag(value),
                "of" => field.of = reader.text(value).map(owned),
                _ => field.aka = owned_all(reader.words(value)),
            }
        }
        if !typed {
            reader.report(key.span.clone(), Fault::MissingKey("type"));
        }
    }
    if field.ty == Type::Enum && field.values.is_none() && !field.computed {
        reader.report(key.span.clone(), Fault::MissingKey("values"));
    }
    Some(field)
}

fn ty(reader: &mut Reader<'_>, node: &Node) -> Option<Type> {
    let name = reader.text(node)?;
    let found = TYPES.iter().find(|(word, _)| *word == name).map(|(_, ty)| *ty);
    if found.is_none() {
        let unknown = Unknown::among(name, TYPES.iter().map(|(word, _)| *word));
        reader.report(node.span.clone(), Fault::UnknownType(unknown));
    }
    found
}

fn enumeration(reader: &mut Reader<'_>, packs: &Packs, node: &Node) -> Option<EnumId> {
    let name = reader.text(node)?;
    let found = packs.model.enums.iter().position(|known| known.name == name);
    if found.is_none() {
        let unknown = Unknown::among(name, packs.model.enums.iter().map(|known| known.name.as_ref()));
        reader.report(node.span.clone(), Fault::UnknownEnum(unknown));
    }
    found.map(|index| EnumId(index as u16))
}

/// A field takes the place of one with its name: its number stays, and so do the bindings.
fn put(fields: &mut List<Field>, field: Field) {
    let name = field.name.clone();
    replace(fields, field, |known| known.name == name);
}

fn class(reader: &mut Reader<'_>, packs: &mut Packs, groups: &[(Key<'_>, Vec<Field>)], key: &Key<'_>, node: &Node) {
    let common = packs.model.common.clone();
    let fresh = || Class {
        name: owned(key.name),
        doc: owned(""),
        group: owned(""),
        actions: List::default(),
        default: Actions::ALL,
        fields: common,
        open: List::default(),
        show: List::default(),
        state: List::default(),
        aka: List::default(),
    };
    let mut class = entry(&mut packs.model.classes, |known| known.name == key.name, fresh).clone();
    let sections = reader.entries(node, Some(&["doc", "group", "actions", "default", "show", "state", "aka", "use", "fields"]));
    let section = |wanted: &str| sections.iter().find(|(key, _)| key.name == wanted).map(|(_, value)| *value);
    if let Some(doc) = section("doc").and_then(|doc| reader.text(doc)) {
        class.doc = owned(doc);
    }
    if let Some(group) = section("group").and_then(|group| reader.text(group)) {
        class.group = owned(group);
    }
    if let Some(actions) = section("actions") {
        let every = class.default == class.every_action() || class.default == Actions::ALL;
        for action in reader.words(actions) {
            entry(&mut class.actions, |known| known == action, || owned(action));
        }
        if class.actions.len() > MAX_ACTIONS {
            reader.report(actions.span.clone(), Fault::TooManyActions(key.name.to_owned()));
            return;
        }
        if every {
            class.default = class.every_action();
        }
        let action = action_field(packs, &class);
        put(&mut class.fields, action);
    }
    if let Some(default) = section("default") {
        class.default = action_set(reader, &class, default);
    }
    if let Some(own) = section("fields") {
        for field in fields(reader, packs, own) {
            put(if field.name.ends_with(OPEN) { &mut class.open } else { &mut class.fields }, field);
        }
    }
    for (name, span) in section("use").map(|names| reader.texts(names)).unwrap_or_default() {
        match groups.iter().find(|(group, _)| group.name == name) {
            // The class's own entry wins.
            Some((_, fields)) => {
                let absent: Vec<Field> = fields.iter().filter(|field| class.field(&field.name).is_none()).cloned().collect();
                class.fields.to_mut().extend(absent);
            }
            None => {
                let unknown = Unknown::among(name, groups.iter().map(|(group, _)| group.name));
                reader.report(span, Fault::UnknownGroup(unknown));
            }
        }
    }
    without_path(&mut class, section("fields"));
    last_parts(reader, &class, key, section("fields"));
    if let Some(own) = section("fields") {
        within_class(reader, &mut class, own);
    }
    if let Some(aka) = section("aka") {
        let mut names = class.aka.into_owned();
        names.extend(reader.words(aka).into_iter().map(owned));
        class.aka = List::Owned(names);
    }
    if let Some(show) = section("show") {
        class.show = field_ids(reader, &class, show);
    }
    if let Some(state) = section("state") {
        class.state = field_ids(reader, &class, state);
    }
    replace(&mut packs.model.classes, class, |known| known.name == key.name);
}

fn field_ids(reader: &mut Reader<'_>, class: &Class, node: &Node) -> List<FieldId> {
    let names = reader.texts(node);
    List::Owned(names.into_iter().filter_map(|(name, span)| field_id(reader, class, name, span)).collect())
}

/// What an entry of a field says of others and of the actions: `same_as: FIELD`, `only: ACTIONS`.
fn within_class(reader: &mut Reader<'_>, class: &mut Class, fields: &Node) {
    for (key, node) in reader.entries(fields, None) {
        let Some(at) = class.fields.iter().position(|field| field.name == key.name) else { continue };
        if let Some(same) = node.get("same_as") {
            let id = reader.text(same).and_then(|name| field_id(reader, class, name, same.span.clone()));
            class.fields.to_mut()[at].same_as = id;
        }
        if let Some(only) = node.get("only") {
            let actions = action_set(reader, class, only);
            class.fields.to_mut()[at].only = actions;
        }
    }
}

/// A field of a group is the last part of a path in the classes that have the path.
fn without_path(class: &mut Class, own: Option<&Node>) {
    let names: Vec<Str> = class.fields.iter().map(|field| field.name.clone()).collect();
    for field in class.fields.to_mut() {
        let of_group = own.and_then(|own| own.get(&field.name)).is_none();
        if of_group && field.of.as_ref().is_some_and(|of| !names.contains(of)) {
            field.of = None;
        }
    }
}

/// What is the last part of another field is a file name, and the other a path; each has one value.
fn last_parts(reader: &mut Reader<'_>, class: &Class, key: &Key<'_>, own: Option<&Node>) {
    for field in class.fields.iter() {
        let Some(of) = &field.of else { continue };
        let written = own.and_then(|own| own.get(&field.name)).and_then(|field| field.get("of"));
        let span = written.map_or_else(|| key.span.clone(), |node| node.span.clone());
        let Some(path) = field_id(reader, class, of, span.clone()).map(|id| class.get(id)) else { continue };
        if field.ty != Type::FileName || path.ty != Type::Path || field.multi || path.multi {
            reader.report(span, Fault::LastPart(field.name.to_string(), path.name.to_string()));
        }
    }
}

pub fn action_set(reader: &mut Reader<'_>, class: &Class, node: &Node) -> Actions {
    let actions = reader.texts(node);
    actions.iter().fold(Actions::NONE, |all, (name, span)| match class.action(name) {
        Some(index) => all.or(Actions::one(index)),
        None => {
            reader.report(span.clone(), unknown_action(class, name));
            all
        }
    })
}

/// `action`, an enumeration of its own in every class that has kinds. A rule's tests on it are told from the branch.
fn action_field(packs: &mut Packs, class: &Class) -> Field {
    let name = format!("{}.action", class.name);
    let fresh = || Enumeration { name: owned(&name), values: List::default() };
    entry(&mut packs.model.enums, |known| known.name == name, fresh).values = class.actions.clone();
    let values = packs.model.enums.iter().position(|known| known.name == name).map(|index| EnumId(index as u16));
    Field { ty: Type::Enum, values, computed: true, ..plain_field("action") }
}

pub fn unknown_action(class: &Class, name: &str) -> Fault {
    let unknown = Unknown::among(name, class.actions.iter().map(|action| action.as_ref()));
    Fault::UnknownAction(unknown, class.name.to_string())
}

pub fn field_id(reader: &mut Reader<'_>, class: &Class, name: &str, span: std::ops::Range<usize>) -> Option<FieldId> {
    let found = class.field(name);
    if found.is_none() {
        let unknown = Unknown::among(name, class.fields.iter().map(|field| field.name.as_ref()));
        reader.report(span, Fault::UnknownField(unknown, class.name.to_string()));
    }
    found
}
