//! Records of Windows that are events of a class.
//!
//! In: a rule over records of a channel. Out: a reading over the class whose events they are, if the rule asks for numbers that are events
//! of one class and of nothing else. Law: the class, its actions and one field that the numbers decide select exactly the records of
//! these numbers; where they select more, or another log holds events of the class too, the rule stays with the records.

use crate::schema::{Actions, Binding, ClassId, Container, Expr, FieldId, Packs, Str, Table, Transform};

use super::super::modifier::{Asked, How};
use super::super::tree::{Item, Scalar, Word};
use super::logic::Logic;
use super::names::Reading;

/// The events that a rule asks for by their numbers.
#[derive(Clone, Debug)]
pub struct Chosen<'p> {
    pub events: Vec<Event<'p>>,
    pub actions: Actions,
    /// What tells them from each other, and from other events of the class with these actions.
    pub told_by: Option<FieldId>,
    /// There are no others with these actions.
    pub alone: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Event<'p> {
    pub number: u32,
    pub table: &'p Table,
    pub container: &'p Container,
}

impl<'p> Chosen<'p> {
    /// The values of the field that tells these numbers apart from the rest.
    pub fn values(&self, numbers: &[u32]) -> Vec<&'p Str> {
        let mut values = Vec::new();
        for event in self.events.iter().filter(|event| numbers.contains(&event.number)) {
            let value = self.told_by.and_then(|field| constant(event.container, field));
            values.extend(value.filter(|value| !values.contains(value)));
        }
        values
    }

    /// What these numbers did.
    pub fn actions(&self, numbers: &[u32]) -> Actions {
        let events = self.events.iter().filter(|event| numbers.contains(&event.number));
        events.fold(Actions::NONE, |all, event| all.or(actions(event.container)))
    }
}

/// The same rule over a class; none where it is no class, or more than one.
pub fn over<'p>(reading: &Reading<'p>, logic: &Logic<'_>) -> Option<Reading<'p>> {
    let packs = reading.packs;
    let channels: Vec<&str> = reading.source.tests.iter().flat_map(|(_, values)| values.iter()).map(|channel| channel.as_ref()).collect();
    let numbers = numbers(logic)?;
    let of_record = packs.schema(&reading.source.native)?;
    for binding in packs.bindings.iter().filter(|binding| binding.schema == of_record.name && binding.class != reading.class) {
        let event = |number: &u32| {
            let container = binding.containers.iter().find(|container| {
                of_record
                    .table(&container.table)
                    .is_some_and(|table| table.event_id == Some(*number) && channels.iter().any(|channel| table.is_in(channel)))
            })?;
            Some(Event { number: *number, table: of_record.table(&container.table)?, container })
        };
        let Some(events) = numbers.iter().map(event).collect::<Option<Vec<Event<'p>>>>() else { continue };
        if let Some(chosen) = exact(packs, binding, events) {
            return Some(Reading { class: binding.class, chosen: Some(chosen), ..reading.clone() });
        }
    }
    None
}

/// The choice, if it selects these events of the class and no others.
fn exact<'p>(packs: &'p Packs, binding: &'p Binding, events: Vec<Event<'p>>) -> Option<Chosen<'p>> {
    let whole = |event: &Event<'_>| event.container.alternatives.iter().any(|known| known.when.iter().any(|tests| tests.is_empty()));
    if !events.iter().all(whole) || elsewhere(packs, binding.class, &binding.schema) {
        return None;
    }
    let all = events.iter().fold(Actions::NONE, |all, event| all.or(actions(event.container)));
    let others: Vec<&Container> = binding
        .containers
        .iter()
        .filter(|container| events.iter().all(|event| event.table.name != container.table) && !actions(container).and(all).is_empty())
        .collect();
    let tells = |field: &FieldId| {
        let values: Option<Vec<&Str>> = events.iter().map(|event| constant(event.container, *field)).collect();
        values.is_some_and(|values| {
            others.iter().all(|other| match (other.field(*field), constant(other, *field)) {
                (None, _) => true,
                (Some(_), Some(value)) => !values.contains(&value),
                (Some(_), None) => false,
            })
        })
    };
    let mut fields = (0..packs.class(binding.class).fields.len()).map(|index| FieldId(index as u16));
    let (told_by, alone) = (fields.find(tells), others.is_empty());
    (alone || told_by.is_some()).then_some(Chosen { events, actions: all, told_by, alone })
}

/// Whether another log of Windows has events of the class, which the rule does not ask for.
fn elsewhere(packs: &Packs, class: ClassId, schema: &str) -> bool {
    let of_logs = |name: &str| packs.schema(name).is_some_and(|schema| schema.tables.iter().any(|table| table.event_id.is_some()));
    packs
        .bindings
        .iter()
        .any(|binding| binding.class == class && binding.schema != schema && of_logs(&binding.schema) && !binding.containers.is_empty())
}

fn actions(container: &Container) -> Actions {
    container.alternatives.iter().fold(Actions::NONE, |all, known| all.or(known.actions))
}

/// The value that a field has in every event of the container.
fn constant(container: &Container, field: FieldId) -> Option<&Str> {
    match &container.field(field)?.value {
        Expr::Apply(Transform::Const(value), _) => Some(value),
        Expr::Column(_) | Expr::Apply(..) => None,
    }
}

/// The numbers that every event found by the rule has one of; none where it asks for others, or does not say.
fn numbers(logic: &Logic<'_>) -> Option<Vec<u32>> {
    match logic {
        Logic::All(parts, _) => parts.iter().find_map(numbers),
        Logic::Any(parts, _) => {
            let each: Option<Vec<Vec<u32>>> = parts.iter().map(numbers).collect();
            let mut all: Vec<u32> = each?.into_iter().flatten().collect();
            all.sort_unstable();
            all.dedup();
            Some(all).filter(|all| !all.is_empty())
        }
        Logic::Selection { asks, .. } => numbers(asks),
        Logic::Test(item, field, asked, _) if is_number(field) => asked_for(item, asked),
        Logic::Test(..) | Logic::Not(..) | Logic::AtLeast(..) | Logic::Keywords(..) => None,
    }
}

pub fn is_number(field: &Word) -> bool {
    field.text == "EventID"
}

/// The numbers of a plain list of them.
pub fn asked_for(item: &Item, asked: &Asked) -> Option<Vec<u32>> {
    let number = |value: &Scalar| match value {
        Scalar::Text { text, .. } => text.trim().parse().ok(),
        Scalar::Null => None,
    };
    let plain = asked.how == How::Whole && !asked.negated && !asked.all && !asked.field && !asked.expand && asked.become_.is_empty();
    if plain { item.values.iter().map(|literal| number(&literal.value)).collect() } else { None }
}
