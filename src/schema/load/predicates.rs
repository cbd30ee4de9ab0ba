//! Where events of a class stand, and how a table says what happened.

use std::ops::Range;

use crate::yaml::Node;

use super::super::losses::{Blind, Form, FormKind, Loss, Seen};
use super::super::transform::Expr;
use super::super::types::{Actions, Alternative, Binding, Class, Container, FieldBinding, FieldId, List, NativeTest, Schema, Str, Table};
use super::reader::{Key, Reader};
use super::{Fault, Shape, Unknown, entry, fields, model, open, owned, owned_all, schemas};

/// `TABLE: ACTION` is the whole table; `TABLE: {ACTION: PREDICATE, ..}` a part for each; `TABLE: ~` leaves out what was there.
pub fn container(reader: &mut Reader<'_>, binding: &mut Binding, schema: &Schema, class: &Class, key: &Key<'_>, node: &Node) {
    let Some(table) = schemas::table_named(reader, schema, key.name, key.span.clone()) else { return };
    if node.is_null() {
        binding.containers.to_mut().retain(|known| known.table != table.name);
        return;
    }
    let time = schema.time_of(table);
    if reader.strict && table.column(time).is_none() {
        reader.report(key.span.clone(), Fault::NoTime(table.name.to_string(), time.to_string()));
    }
    let mut told: Vec<(Actions, When)> = Vec::new();
    if let Some(name) = node.text() {
        if let Some(actions) = action(reader, class, name, node.span.clone()) {
            told.push((actions, When::Tests(vec![Vec::new()])));
        }
    } else {
        for (name, value) in reader.entries(node, None) {
            let Some(actions) = action(reader, class, name.name, name.span.clone()) else { continue };
            told.push((actions, predicate(reader, schema, table, value)));
        }
    }
    let fresh = || Container {
        table: table.name.clone(),
        alternatives: List::default(),
        fields: List::default(),
        open: List::default(),
        blind: List::default(),
    };
    entry(&mut binding.containers, |known| known.table == table.name, fresh).alternatives =
        List::Owned(alternatives(schema.tell_of(table), told));
}

/// How one action is told.
enum When {
    /// By these values of the schema's tell.
    Told(Vec<String>),
    /// Any of these, each all of its tests.
    Tests(Vec<Vec<NativeTest>>),
}

fn action(reader: &mut Reader<'_>, class: &Class, name: &str, span: Range<usize>) -> Option<Actions> {
    if name == "*" {
        return Some(class.every_action());
    }
    let found = class.action(name).map(Actions::one);
    if found.is_none() {
        reader.report(span, model::unknown_action(class, name));
    }
    found
}

fn predicate(reader: &mut Reader<'_>, schema: &Schema, table: &Table, node: &Node) -> When {
    if node.map().is_some() {
        return When::Tests(vec![tests(reader, schema, table, node)]);
    }
    match node.list() {
        Some(items) if items.iter().any(|item| item.map().is_some()) => {
            When::Tests(items.iter().map(|item| tests(reader, schema, table, item)).collect())
        }
        Some(_) => told(reader, schema, table, node),
        None if node.text().is_some() => told(reader, schema, table, node),
        None => {
            reader.shape(node, Shape::Predicate);
            When::Tests(Vec::new())
        }
    }
}

/// Values of the column that says what happened.
fn told(reader: &mut Reader<'_>, schema: &Schema, table: &Table, node: &Node) -> When {
    let tell = schema.tell_of(table);
    if tell.is_empty() {
        reader.report(node.span.clone(), Fault::MissingKey("tell"));
    }
    When::Told(values(reader, schema, table, tell, node))
}

/// `{COLUMN: VALUES, and: {COLUMN: VALUES}, not: {COLUMN: VALUES}}`
fn tests(reader: &mut Reader<'_>, schema: &Schema, table: &Table, node: &Node) -> Vec<NativeTest> {
    let mut tests = Vec::new();
    for (name, value) in reader.entries(node, None) {
        if name.name == "not" && table.column("not").is_none() {
            for (name, value) in reader.entries(value, None) {
                tests.extend(test(reader, schema, table, &name, value, true));
            }
        } else if name.name == "and" && table.column("and").is_none() {
            tests.extend(self::tests(reader, schema, table, value));
        } else {
            tests.extend(test(reader, schema, table, &name, value, false));
        }
    }
    tests
}

fn test(reader: &mut Reader<'_>, schema: &Schema, table: &Table, name: &Key<'_>, value: &Node, negated: bool) -> Option<NativeTest> {
    if table.column(name.name).is_none() {
        reader.report(name.span.clone(), fields::unknown_column(schema, &[table], name.name));
        return None;
    }
    let values = values(reader, schema, table, name.name, value);
    Some(NativeTest { column: owned(name.name), values: owned_all(values.iter().map(String::as_str)), negated })
}

/// The values of a predicate; where the vendor documents the column's values, each is one of them.
fn values(reader: &mut Reader<'_>, schema: &Schema, table: &Table, column: &str, node: &Node) -> Vec<String> {
    let documented = table.column(column).map(|column| column.values.clone()).unwrap_or_default();
    let mut values = Vec::new();
    for (value, span) in reader.texts(node) {
        if !documented.is_empty() && !documented.iter().any(|known| is_like(known, value)) {
            let of = |of: &str, old: &str| column == schema.tell_of(table) && of == table.name && old.eq_ignore_ascii_case(value);
            if let Some((.., now)) = schema.renamed_values.iter().find(|(table, old, _)| of(table, old)) {
                reader.report(span, Fault::Renamed(value.to_owned(), vec![now.to_string()]));
                continue;
            }
            let unknown = Unknown::among(value, documented.iter().map(|known| known.as_ref()));
            reader.report(span, Fault::UndocumentedValue(unknown, column.to_owned()));
        }
        values.push(value.to_owned());
    }
    values
}

/// Without case; `*` in the pattern is any run.
fn is_like(value: &str, pattern: &str) -> bool {
    let (value, pattern) = (value.to_lowercase(), pattern.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = value.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// One alternative for each set of actions that something native stands for: the cover rule.
fn alternatives(tell: &Str, told: Vec<(Actions, When)>) -> Vec<Alternative> {
    let mut by_value: Vec<(String, Actions)> = Vec::new();
    let mut by_tests: Vec<(Vec<Vec<NativeTest>>, Actions)> = Vec::new();
    for (actions, when) in told {
        match when {
            When::Told(values) => values.into_iter().for_each(|value| cover(&mut by_value, value, actions)),
            When::Tests(tests) => cover(&mut by_tests, tests, actions),
        }
    }
    let mut by_actions: Vec<(Actions, Vec<String>)> = Vec::new();
    for (value, actions) in by_value {
        match by_actions.iter_mut().find(|(known, _)| *known == actions) {
            Some((_, values)) => values.push(value),
            None => by_actions.push((actions, vec![value])),
        }
    }
    let told = by_actions.into_iter().map(|(actions, values)| {
        let values = owned_all(values.iter().map(String::as_str));
        let test = NativeTest { column: tell.clone(), values, negated: false };
        Alternative { actions, when: List::Owned(vec![List::Owned(vec![test])]), loss: None }
    });
    let tested = by_tests.into_iter().map(|(tests, actions)| {
        let when = tests.into_iter().map(List::Owned).collect();
        Alternative { actions, when: List::Owned(when), loss: None }
    });
    told.chain(tested).collect()
}

fn cover<T: PartialEq>(covered: &mut Vec<(T, Actions)>, what: T, actions: Actions) {
    match covered.iter_mut().find(|(known, _)| *known == what) {
        Some((_, known)) => *known = known.or(actions),
        None => covered.push((what, actions)),
    }
}

/// `ACTION: {widened: why}` or `{narrowed: why}`, in every table; of a field in the place of an action, for the rules that test it;
/// of one name of an open family (`data.Data`), which stands among the templates, with the name in the place of `*`. `~` takes it away.
pub fn loss(reader: &mut Reader<'_>, binding: &mut Binding, class: &Class, node: &Node) {
    for (name, value) in reader.entries(node, None) {
        let of_family = class.open.iter().enumerate().find_map(|(at, family)| {
            let prefix = family.name.strip_suffix(open::REST)?;
            Some((FieldId(at as u16), name.name.strip_prefix(prefix)?))
        });
        let field = if name.name == "*" || class.action(name.name).is_some() { None } else { class.field(name.name) };
        let table = binding.containers.iter().position(|container| container.table == name.name);
        let actions = match field {
            Some(_) => Actions::NONE,
            None if of_family.is_some() => Actions::NONE,
            None if table.is_some() => Actions::ALL,
            None => match action(reader, class, name.name, name.span) {
                Some(actions) => actions,
                None => continue,
            },
        };
        let loss = if value.is_null() { None } else { one_loss(reader, value) };
        if loss.is_none() && !value.is_null() {
            continue;
        }
        for (at, container) in binding.containers.to_mut().iter_mut().enumerate() {
            if table.is_some_and(|table| table != at) {
                continue;
            }
            for alternative in container.alternatives.to_mut() {
                if !alternative.actions.and(actions).is_empty() {
                    alternative.loss = loss.clone();
                }
            }
            for bound in container.fields.to_mut().iter_mut().filter(|bound| Some(bound.field) == field) {
                bound.loss = loss.clone();
            }
            if let Some((field, rest)) = of_family.filter(|(family, _)| container.open.iter().any(|bound| bound.field == *family)) {
                let value = Expr::Column(owned(rest));
                container.open.to_mut().push(FieldBinding { field, value, missing: List::default(), loss: loss.clone(), form: None });
            }
        }
    }
}

/// `{widened: why, narrowed: why, seen: end | blank}`, one of the reasons at least.
fn one_loss(reader: &mut Reader<'_>, node: &Node) -> Option<Loss> {
    let entries = if node.map().is_some() { reader.entries(node, Some(&["widened", "narrowed", "seen"])) } else { Vec::new() };
    let part = |wanted: &str| entries.iter().find(|(key, _)| key.name == wanted).map(|(_, value)| *value);
    let seen = match part("seen").map(Node::text) {
        None => Some(Seen::Always),
        Some(Some("end")) => Some(Seen::End),
        Some(Some("blank")) => Some(Seen::Blank),
        Some(_) => None,
    };
    let [widened, narrowed] = [part("widened"), part("narrowed")].map(|why| why.and_then(|why| reader.text(why)).map(owned));
    match seen {
        Some(seen) if widened.is_some() || narrowed.is_some() => Some(Loss { widened, narrowed, seen }),
        Some(_) | None => {
            reader.shape(node, Shape::Loss);
            None
        }
    }
}

/// `TABLES: {fields: [FIELD, ..], reason: why}`; a name stands for the field and for all below it (`actor`: `actor.name`, ..).
pub fn blind(reader: &mut Reader<'_>, place: &fields::Place<'_>, containers: &mut [Container], node: &Node) {
    for (tables, value) in reader.entries(node, None) {
        let entries = reader.entries(value, Some(&["fields", "reason"]));
        let part = |wanted: &str| entries.iter().find(|(key, _)| key.name == wanted).map(|(_, value)| *value);
        let (Some(names), Some(reason)) = (part("fields"), part("reason")) else {
            let absent = if part("fields").is_none() { "fields" } else { "reason" };
            reader.report(value.span.clone(), Fault::MissingKey(absent));
            continue;
        };
        let mut of = Vec::new();
        for (name, span) in reader.texts(names) {
            let below = |known: &str| known.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            let before = of.len();
            of.extend((0..place.class.fields.len()).map(|at| FieldId(at as u16)).filter(|id| below(&place.class.get(*id).name)));
            if of.len() == before {
                let known = place.class.fields.iter().map(|field| field.name.as_ref());
                reader.report(span, Fault::UnknownField(Unknown::among(name, known), place.class.name.to_string()));
            }
        }
        let Some(reason) = reader.text(reason).map(owned) else { continue };
        for at in fields::named(reader, place, containers, &tables) {
            containers[at].fields.to_mut().retain(|bound| !of.contains(&bound.field));
            containers[at].blind.to_mut().push(Blind { fields: List::Owned(of.clone()), reason: reason.clone() });
        }
    }
}

/// `FIELD: {form: one_word | begins TEXT, reason: why}`
pub fn forms(reader: &mut Reader<'_>, class: &Class, containers: &mut [Container], node: &Node) {
    for (name, value) in reader.entries(node, None) {
        let Some(field) = model::field_id(reader, class, name.name, name.span) else { continue };
        let entries = reader.entries(value, Some(&["form", "reason"]));
        let part = |wanted: &str| entries.iter().find(|(key, _)| key.name == wanted).map(|(_, value)| *value);
        let (Some(form), Some(reason)) = (part("form"), part("reason")) else {
            let absent = if part("form").is_none() { "form" } else { "reason" };
            reader.report(value.span.clone(), Fault::MissingKey(absent));
            continue;
        };
        let (Some(text), Some(reason)) = (reader.text(form), reader.text(reason)) else { continue };
        let kind = match text.strip_prefix("begins ") {
            Some(begin) => FormKind::Begins(owned(begin)),
            None if text == "one_word" => FormKind::OneWord,
            None => {
                reader.shape(form, Shape::Form);
                continue;
            }
        };
        let form = Form { kind, reason: owned(reason) };
        for container in containers.iter_mut() {
            for bound in container.fields.to_mut().iter_mut().filter(|bound| bound.field == field) {
                bound.form = Some(form.clone());
            }
        }
    }
}
