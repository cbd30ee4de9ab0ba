//! Fields that a pack does not list: any name of an open family (`data.*`) is a field, and so is each part of a time (`time.hour`).
//!
//! In: packs, and the names that rule texts use. Out: packs in which each of these names is a field like any other, a column of each table
//! that has the family, and bound there; a part of a time is a number of its own, bound where the time is. The packs themselves where no
//! name is of either kind. Law: what was there keeps its place and
//! its number, and all that follows (check, queries, events) knows nothing of families. Names compare without case: all spellings of one
//! are one field, which has the spelling of the first pack that has a column of the name, for Splunk tells cases apart; a name that no
//! pack knows stands as written. What the head of a log's record has (`EventID`, `Computer`) is no data.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::calendar::TimePart;
use super::losses::Loss;
use super::targets::Target;
use super::transform::{Expr, Transform};
use super::types::{Actions, Binding, Class, Column, Container, Field, FieldBinding, FieldId, List, NativeType, Packs, Schema, Str, Type};

/// The end of a family's name, and what stands in its bindings for the rest of a field's.
const REST: &str = "*";

/// The packs with a field for each of the names that is of an open family.
pub fn open<'p>(packs: &'p Packs, names: &BTreeSet<String>) -> Cow<'p, Packs> {
    let mut opened = Cow::Borrowed(packs);
    names.iter().for_each(|name| add_part(&mut opened, name));
    let known = Spellings::of(packs, names);
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
                add(&mut opened, (index, family, prefix), &spelled, &known);
            }
        }
    }
    opened
}

/// Whether a name begins as that of an open family of any class does, or may be a part of a time.
pub fn is_open(packs: &Packs, name: &str) -> bool {
    if part_of(name).is_some() {
        return true;
    }
    let families = packs.model.classes.iter().flat_map(|class| class.open.iter());
    families.into_iter().any(|family| name.strip_prefix(family.name.trim_end_matches(REST)).is_some_and(is_name))
}

/// Whether a name that begins and ends so may be one: no other is.
pub fn may_be_open(packs: &Packs, first: &str, last: &str) -> bool {
    let mut families = packs.model.classes.iter().flat_map(|class| class.open.iter());
    // What is in backticks may have dots of its own.
    let last = last.rsplit('.').next().unwrap_or(last);
    TimePart::named(last).is_some() || families.any(|family| family.name.starts_with(first) || first.contains('.'))
}

/// `time.hour`: the name of a time, and which part of it.
pub fn part_of(name: &str) -> Option<(&str, TimePart)> {
    let (time, part) = name.rsplit_once('.')?;
    Some((time, TimePart::named(part)?))
}

/// The part as a field of every class that has such a time, and in each table what it is made of.
fn add_part(packs: &mut Cow<'_, Packs>, name: &str) {
    let Some((time, part)) = part_of(name) else { return };
    let of_time = |class: &Class| {
        let of = class.field(time).filter(|of| class.get(*of).ty == Type::Time);
        of.filter(|_| class.field(name).is_none() && class.fields.len() < usize::from(u16::MAX))
    };
    let found: Vec<(usize, FieldId)> =
        packs.model.classes.iter().enumerate().filter_map(|(index, class)| Some((index, of_time(class)?))).collect();
    for (index, of) in found {
        let packs = packs.to_mut();
        let class = &mut packs.model.classes.to_mut()[index];
        let field = FieldId(class.fields.len() as u16);
        let own = Field {
            name: Str::Owned(name.to_owned()),
            ty: Type::Int,
            part: Some((of, part)),
            aka: List::default(),
            ..class.get(of).clone()
        };
        class.fields.to_mut().push(own);
        for binding in packs.bindings.to_mut().iter_mut().filter(|binding| usize::from(binding.class.0) == index) {
            if let Some((_, why)) = binding.unbound.iter().find(|(what, _)| what == time).cloned() {
                binding.unbound.to_mut().push((Str::Owned(name.to_owned()), why));
            }
            for container in binding.containers.to_mut() {
                let Some(bound) = container.field(of).cloned() else { continue };
                let value = Expr::Apply(Transform::Part(part), List::Owned(vec![bound.value]));
                container.fields.to_mut().push(FieldBinding { field, value, form: None, ..bound });
            }
        }
    }
}

/// What every dialect can say as the name of a column.
fn is_name(rest: &str) -> bool {
    !rest.is_empty() && rest.trim() == rest && !rest.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '`' | '*' | '\\'))
}

fn add(packs: &mut Cow<'_, Packs>, (class, family, prefix): (usize, usize, &str), spelled: &BTreeSet<&str>, known: &Spellings<'_>) {
    let Some(written) = spelled.first() else { return };
    // A field has a number of two bytes: a name too many is none, and whoever tests it is told that there is no such field.
    if packs.model.classes[class].fields.len() + spelled.len() >= usize::from(u16::MAX) {
        return;
    }
    let bound = templates(packs, class, family);
    let named_alike = |column: &str| column.eq_ignore_ascii_case(written);
    // The record's own head has such columns too, and they are other fields.
    let of_head = |schema: &Schema| schema.columns.iter().any(|column| named_alike(&column.name));
    if bound.iter().any(|(at, ..)| packs.schema(&packs.bindings[*at].schema).is_some_and(of_head)) {
        return;
    }
    // Of those that were opened none has this name: they differ in more than case.
    let is_known = |name: &str| known.packs.model.classes[class].fields.iter().any(|field| field.name == name);
    if spelled.iter().any(|one| is_known(&format!("{prefix}{one}"))) {
        return;
    }
    let name = bound
        .iter()
        .find_map(|(at, ..)| spelling(packs, &packs.bindings[*at].schema, written, known))
        .unwrap_or_else(|| (*written).to_owned());
    let packs = packs.to_mut();
    let it = &mut packs.model.classes.to_mut()[class];
    let field = put_field(it, family, format!("{prefix}{name}"), None);
    for other in spelled.iter().filter(|other| **other != name) {
        put_field(it, family, format!("{prefix}{other}"), Some(field));
    }
    for (at, container, template) in bound {
        let columns = columns(packs, &packs.bindings[at], container, &name, known);
        let keys = keys(&packs.bindings[at].schema, &name, spelled, known);
        let Some(value) = instance(&template.value, &keys, &columns) else { continue };
        let loss = loss(&packs.bindings[at].containers[container], family, &name);
        let binding = &mut packs.bindings.to_mut()[at];
        let Container { table, fields, .. } = &mut binding.containers.to_mut()[container];
        if let Some(schema) = packs.schemas.to_mut().iter_mut().find(|schema| schema.name == binding.schema) {
            columns.iter().for_each(|column| put_column(schema, table, column));
        }
        fields.to_mut().push(FieldBinding { field, value, loss: loss.or(template.loss), missing: template.missing, form: None });
    }
}

/// What the pack says of one name of the family.
fn loss(container: &Container, family: usize, name: &str) -> Option<Loss> {
    let is_it = |bound: &&FieldBinding| matches!(&bound.value, Expr::Column(known) if known.eq_ignore_ascii_case(name));
    container.open.iter().filter(|bound| bound.field.0 as usize == family).find(is_it)?.loss.clone()
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
fn spelling(packs: &Packs, schema: &str, written: &str, known: &Spellings<'_>) -> Option<String> {
    let own = packs.schema(schema)?;
    if of_logs(own) {
        return known.first(&own.name, written).map(str::to_owned);
    }
    let mut columns = own.tables.iter().flat_map(|table| table.columns.iter()).map(|column| &column.name);
    columns.find(|column| column.eq_ignore_ascii_case(written)).map(|column| column.to_string())
}

fn put_field(class: &mut Class, family: usize, name: String, same_as: Option<FieldId>) -> FieldId {
    let field = Field { name: Str::Owned(name), same_as, only: Actions::ALL, ..class.open[family].clone() };
    class.fields.to_mut().push(field);
    FieldId((class.fields.len() - 1) as u16)
}

/// The columns of a container's table that hold the data of this name: of a log, one for each spelling that a pack of logs knows, since
/// Splunk tells cases apart. A table of KQL has the columns that it has: one more, and the service takes no query. What the tables of the
/// family have in common is the head of their records, no data.
fn columns(packs: &Packs, binding: &Binding, container: usize, name: &str, known: &Spellings<'_>) -> Vec<String> {
    let Some(schema) = packs.schema(&binding.schema).filter(|schema| Target::of_fixed_columns(&schema.name)) else {
        let of_log = packs.schema(&binding.schema).is_some_and(of_logs);
        let others: BTreeSet<&str> = known.of_name(name).filter(|known| of_log && *known != name).collect();
        return std::iter::once(name).chain(others).map(str::to_owned).collect();
    };
    fixed(schema, binding, container, name).into_iter().collect()
}

fn fixed(schema: &Schema, binding: &Binding, container: usize, name: &str) -> Option<String> {
    let with_family = binding.containers.iter().filter(|it| !it.open.is_empty());
    let other = with_family.filter(|it| it.table != binding.containers[container].table).filter_map(|it| schema.table(&it.table));
    let is_head = |column: &str| other.clone().any(|table| table.column(column).is_some());
    let own = schema.table(&binding.containers[container].table)?;
    let found = own.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))?;
    (!is_head(&found.name)).then(|| found.name.to_string())
}

fn of_logs(schema: &Schema) -> bool {
    schema.tables.iter().any(|table| table.event_id.is_some())
}

/// The columns of events of logs that are called as the rules' names, in whatever case: there are tens of thousands of columns, so they are
/// looked through once for all names.
struct Spellings<'p> {
    /// As they were before.
    packs: &'p Packs,
    /// Each spelling with the schemas that have it, in the order of the schemas and their tables; by the name in lower case.
    by_name: HashMap<String, Vec<(&'p str, &'p str)>>,
}

impl<'p> Spellings<'p> {
    fn of(packs: &'p Packs, names: &BTreeSet<String>) -> Spellings<'p> {
        let mut by_name: HashMap<String, Vec<(&'p str, &'p str)>> = HashMap::new();
        let families = || packs.model.classes.iter().flat_map(|class| class.open.iter());
        for name in names {
            for family in families() {
                if let Some(rest) = name.strip_prefix(family.name.trim_end_matches(REST)) {
                    by_name.entry(rest.to_ascii_lowercase()).or_default();
                }
            }
        }
        if !by_name.is_empty() {
            let schemas = packs.schemas.iter().filter(|schema| of_logs(schema));
            let tables = schemas.flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
            let mut lower = String::new();
            for (schema, column) in tables.flat_map(|(schema, table)| table.columns.iter().map(move |column| (schema, column))) {
                lower.clear();
                lower.push_str(&column.name);
                lower.make_ascii_lowercase();
                let spelling = (schema.name.as_ref(), column.name.as_ref());
                if let Some(spellings) = by_name.get_mut(&lower)
                    && !spellings.contains(&spelling)
                {
                    spellings.push(spelling);
                }
            }
        }
        Spellings { packs, by_name }
    }

    fn of_name(&self, name: &str) -> impl Iterator<Item = &'p str> {
        self.by_name.get(&name.to_ascii_lowercase()).into_iter().flatten().map(|(_, spelling)| *spelling)
    }

    /// As this schema writes the name, else as the first that has it.
    fn first(&self, schema: &str, name: &str) -> Option<&'p str> {
        let all = self.by_name.get(&name.to_ascii_lowercase())?;
        let own = all.iter().find(|(of, _)| *of == schema);
        own.or(all.first()).map(|(_, spelling)| *spelling)
    }
}

/// How a key of this name may be spelled in a bag, the field's own spelling first: as any event of a log that a pack knows has it
/// (`TargetFilename`, `TargetFileName`), or as the rules write it. KQL tells cases apart there, and no other spelling is at hand.
fn keys(schema: &str, name: &str, spelled: &BTreeSet<&str>, known: &Spellings<'_>) -> Vec<String> {
    let mut keys = vec![name.to_owned()];
    if !Target::of_fixed_columns(schema) {
        return keys;
    }
    let others: BTreeSet<&str> = known.of_name(name).chain(spelled.iter().copied()).filter(|key| *key != name).collect();
    keys.extend(others.into_iter().map(str::to_owned));
    keys
}

/// The template for a name. `columns`: those that hold it; where there is none, what can do without remains of it.
fn instance(template: &Expr, keys: &[String], columns: &[String]) -> Option<Expr> {
    let (name, others) = keys.split_first()?;
    let rest = |text: &Str| if text == REST { Str::Owned(name.clone()) } else { text.clone() };
    Some(match template {
        Expr::Apply(Transform::Json(key), _) if key == REST && !others.is_empty() => {
            let own = instance(template, std::slice::from_ref(name), columns)?;
            Expr::Apply(Transform::First, List::Owned(vec![own, instance(template, others, columns)?]))
        }
        Expr::Column(whole) if whole == REST => match columns.split_first()? {
            (own, []) => Expr::Column(Str::Owned(own.clone())),
            (own, others) => {
                let own = Expr::Column(Str::Owned(own.clone()));
                Expr::Apply(Transform::First, List::Owned(vec![own, instance(template, keys, others)?]))
            }
        },
        Expr::Column(other) => Expr::Column(other.clone()),
        Expr::Apply(Transform::Json(key), inputs) => Expr::Apply(Transform::Json(rest(key)), inputs.clone()),
        Expr::Apply(Transform::Xml(key), inputs) => Expr::Apply(Transform::Xml(rest(key)), inputs.clone()),
        Expr::Apply(Transform::First, inputs) => {
            let mut left: Vec<Expr> = inputs.iter().filter_map(|input| instance(input, keys, columns)).collect();
            if left.len() < 2 {
                return left.pop();
            }
            Expr::Apply(Transform::First, List::Owned(left))
        }
        Expr::Apply(transform, inputs) => {
            let inputs: Option<Vec<Expr>> = inputs.iter().map(|input| instance(input, keys, columns)).collect();
            Expr::Apply(transform.clone(), List::Owned(inputs?))
        }
    })
}

fn put_column(schema: &mut Schema, table: &str, name: &str) {
    let of_log = of_logs(schema);
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
    if of_log && clean != name && !schema.splunk.iter().any(|(own, _)| own == name) {
        schema.splunk.to_mut().push((Str::Owned(name.to_owned()), Str::Owned(clean)));
    }
}
