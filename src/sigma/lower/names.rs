//! What a field of a rule is in the class that the rule is read over.
//!
//! A field is what the log source says of it, else what the binding of the native schema makes of the column of that name: a column
//! that a field of the model is made of is that field, in another spelling perhaps. In a class of records any name is a field.

use std::borrow::Cow;

use super::events::Chosen;

use crate::schema::sigma::{LogSource, Meaning};
use crate::schema::{
    Actions, Class, ClassId, Container, Cut, Expr, Field, FieldId, List, Packs, Schema, Str, Table, Transform, Type, meant,
};

/// Names of the head of every record, and of every event.
const HEAD: [&str; 3] = ["Computer", "ComputerName", "Hostname"];

/// A class, and the events of it that the rule is about.
#[derive(Clone)]
pub struct Reading<'p> {
    pub packs: &'p Packs,
    pub source: &'p LogSource,
    pub class: ClassId,
    /// The events that the rule asks for by their numbers; none: those of the log source.
    pub chosen: Option<Chosen<'p>>,
}

/// What a name means.
#[derive(Debug)]
pub enum Means<'p> {
    Known(Cow<'p, Meaning>),
    /// The name of a pipe, of which the column has a form with more before it.
    Pipe(FieldId),
    /// `data.NAME`, by the name that the log has for it.
    Data(String),
    /// The class has no such field; true: its events have, in the native schema.
    Nothing(bool),
}

impl<'p> Reading<'p> {
    pub fn class(&self) -> &'p Class {
        self.packs.class(self.class)
    }

    pub fn field(&self, id: FieldId) -> &'p Field {
        self.class().get(id)
    }

    pub fn means(&self, name: &str) -> Means<'p> {
        let listed = self.source.field(name).filter(|_| self.chosen.is_none() || HEAD.contains(&name));
        if let Some(meaning) = listed {
            return match (&self.chosen, meaning) {
                (Some(_), Meaning::Field(_)) => Means::Known(Cow::Owned(Meaning::Field(self.host()))),
                (None | Some(_), meaning) => Means::Known(Cow::Borrowed(meaning)),
            };
        }
        if !self.class().open.is_empty() {
            return Means::Data(self.of_log(name));
        }
        let containers = self.containers();
        let has = |container: &&Container| self.table(container).is_some_and(|table| table.column(name).is_some());
        let mut meanings = containers.iter().copied().filter(has).map(|container| meaning(container, name));
        if let Some(Some(first)) = meanings.next() {
            // One name is one field in all of the events, or none.
            let alike = meanings.all(|other| other.as_ref() == Some(&first));
            return if alike { Means::Known(Cow::Owned(first)) } else { Means::Nothing(true) };
        }
        if let Some(field) = containers.iter().find_map(|container| pipe(container, name)) {
            return Means::Pipe(field);
        }
        Means::Nothing(self.tables().any(|table| table.column(name).is_some()))
    }

    /// Whether a log, or a person, calls the time of the event so.
    pub fn is_own_time(&self, name: &str) -> bool {
        let is_it = |other: &str| other.eq_ignore_ascii_case(name);
        let of_model = self.class().field("time").is_some_and(|time| is_it("time") || self.field(time).aka.iter().any(|aka| is_it(aka)));
        let of_table = |table: &Table| self.schema().is_some_and(|schema| is_it(schema.time_of(table)));
        of_model || self.schema().is_some_and(|schema| is_it(&schema.time)) || self.tables().any(of_table)
    }

    /// Rules write names of data without blanks (`ThreatName`), where a log has them (`Threat Name`): what an event of the source's channels
    /// has under such a name is meant, unless some event of them has the name as it stands.
    fn of_log(&self, name: &str) -> String {
        let without_blanks = |column: &str| {
            let letters = column.bytes().filter(|byte| *byte != b' ').map(|byte| byte.to_ascii_lowercase());
            column.contains(' ') && letters.eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
        };
        let is_own = self.columns().any(|column| column.eq_ignore_ascii_case(name));
        let other = if is_own { None } else { self.columns().find(|column| without_blanks(column)) };
        other.unwrap_or(name).to_owned()
    }

    /// What the events of the source's channels have.
    fn columns(&self) -> impl Iterator<Item = &'p str> {
        let channel = self.class().field("channel");
        let channels = self.source.tests.iter().filter(|(field, _)| Some(*field) == channel).flat_map(|(_, values)| values.iter());
        let channels: Vec<&Str> = channels.collect();
        let of_source = move |table: &&Table| channels.iter().any(|known| table.is_in(known));
        let tables = self.schema().into_iter().flat_map(|schema| schema.tables.iter()).filter(of_source);
        tables.flat_map(|table| table.columns.iter()).map(|column| column.name.as_ref())
    }

    /// Whether no event of the log is known to have the name.
    pub fn is_unlisted(&self, name: &str) -> bool {
        let of_log = matches!(self.means(name), Means::Data(own) if own == name);
        of_log && !self.columns().any(|column| column.eq_ignore_ascii_case(name))
    }

    /// What the events of a log have under nearly this name, where none has it as it stands: surely a slip.
    pub fn nearly(&self, name: &str) -> Option<&'p str> {
        let mut columns: Vec<&str> = self.columns().filter(|column| column.len().abs_diff(name.len()) <= 1).collect();
        columns.sort_unstable();
        columns.dedup();
        meant(name, columns).filter(|(_, sure)| *sure).map(|(near, _)| near)
    }

    /// Every name that means something here, for 'did you mean'.
    pub fn names(&self) -> Vec<&'p str> {
        let listed = self.source.fields.iter().map(|(name, _)| name.as_ref());
        let columns = self.tables().flat_map(|table| table.columns.iter()).map(|column| column.name.as_ref());
        listed.chain(columns).collect()
    }

    /// Whether a text means nothing in a column of the type.
    pub fn is_missing(&self, ty: Type, text: &str) -> bool {
        let missing = self.schema().into_iter().flat_map(|schema| schema.missing.iter());
        missing.filter(|(of, _)| [Type::Text, ty].contains(of)).any(|(_, texts)| texts.iter().any(|missing| missing == text))
    }

    fn schema(&self) -> Option<&'p Schema> {
        self.packs.schema(&self.source.native)
    }

    fn host(&self) -> FieldId {
        self.class().field("host").unwrap_or(FieldId(0))
    }

    fn table(&self, container: &Container) -> Option<&'p Table> {
        self.schema()?.table(&container.table)
    }

    /// Where the events stand in the native schema.
    fn containers(&self) -> Vec<&'p Container> {
        if let Some(chosen) = &self.chosen {
            return chosen.events.iter().map(|event| event.container).collect();
        }
        let binding = self.packs.binding(&self.source.native, self.class);
        let asked = |container: &&Container| container.alternatives.iter().any(|known| !known.actions.and(self.source.actions).is_empty());
        binding.map(|binding| binding.containers.iter().filter(asked).collect()).unwrap_or_default()
    }

    pub fn tables(&self) -> impl Iterator<Item = &'p Table> {
        let schema = self.schema();
        self.containers().into_iter().filter_map(move |container| schema?.table(&container.table))
    }
}

/// What a container makes of a column.
fn meaning(container: &Container, column: &str) -> Option<Meaning> {
    let (mut domain, mut name, mut hashes) = (None, None, Vec::new());
    let mut plain = None;
    for bound in container.fields.iter() {
        let is_it = |expr: &Expr| matches!(expr, Expr::Column(known) if known == column);
        match &bound.value {
            expr if is_it(expr) => plain = plain.or(Some(bound.field)),
            Expr::Column(_) => {}
            Expr::Apply(transform, inputs) if inputs.len() == 1 && inputs.iter().all(is_it) => match transform {
                Transform::UserName => name = Some(bound.field),
                Transform::UserDomain => domain = Some(bound.field),
                Transform::Hash(_) => hashes.push(bound.field),
                Transform::Hex | Transform::Int | Transform::Lower | Transform::Map(_) | Transform::Hive(_) | Transform::RegData => {
                    plain = plain.or(Some(bound.field));
                }
                // A part of the column, or more than it.
                Transform::Cut(_)
                | Transform::Basename
                | Transform::Join(_)
                | Transform::Concat(_)
                | Transform::First
                | Transform::Json(_)
                | Transform::Xml(_)
                | Transform::OnlyIp
                | Transform::NotIp
                | Transform::Part(_)
                | Transform::Lookup { .. }
                | Transform::Const(_)
                | Transform::Switch(_) => {}
            },
            Expr::Apply(..) => {}
        }
    }
    match (plain, domain, name) {
        (Some(field), ..) => Some(Meaning::Field(field)),
        (None, Some(domain), Some(name)) => Some(Meaning::Account { domain, name }),
        _ if !hashes.is_empty() => Some(Meaning::Hashes(List::Owned(hashes))),
        _ => None,
    }
}

fn pipe(container: &Container, column: &str) -> Option<FieldId> {
    let is_it = |expr: &Expr| matches!(expr, Expr::Apply(Transform::Cut(Cut::PipeName), inputs) if inputs.iter().all(|input| *input == Expr::Column(Str::Owned(column.to_owned()))));
    container.fields.iter().find(|bound| is_it(&bound.value)).map(|bound| bound.field)
}

/// The texts that a product writes for the values of an enumeration, beside their own names.
pub fn words(packs: &Packs, field: &Field) -> Vec<(Str, Str)> {
    let Some(id) = field.values else { return Vec::new() };
    let own = packs.model.enumeration(id);
    let all_of_it = |pairs: &List<(Str, Str)>| pairs.iter().all(|(_, neutral)| own.values.contains(neutral));
    let maps = packs.model.maps.iter().filter(|map| all_of_it(&map.pairs)).flat_map(|map| map.pairs.iter().cloned());
    own.values.iter().map(|value| (value.clone(), value.clone())).chain(maps).collect()
}

/// The actions of a set, as a rule writes them.
pub fn actions(class: &Class, actions: Actions) -> Vec<String> {
    actions.and(class.every_action()).iter().filter_map(|index| class.actions.get(index)).map(|action| action.to_string()).collect()
}
