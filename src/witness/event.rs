//! One event, as tests want it.
//!
//! In: a predicate, the actions it is asked for, values that are settled already, the events that stand for other steps. Out: an event
//! that should satisfy it; and what can be made of one that does: a value missing, in other case, one test turned round. Nothing here
//! need be right: who asks puts the event before the reference.

use crate::engine::reference::{self, Chained};
use crate::engine::shape::time;
use crate::hir::{Event, FieldOp, Op, Pred, Scalar, Test};
use crate::schema::{Actions, Class, ClassId, FieldId, HashKind, Packs, Type, calendar};

use super::rng::Rng;
use super::{Kind, values};

/// For a value of one field.
const TRIES: usize = 16;
/// 2026-01-01, which begins a day; a Thursday, as 1970-01-01 was, so it begins a week too.
pub const FIRST: i64 = 1_767_225_600;

pub struct Forge<'r> {
    pub packs: &'r Packs,
    pub rng: Rng,
}

/// A test, and whether it is to pass.
pub struct Wish<'r> {
    pub test: &'r Test,
    pub wanted: bool,
}

/// What an event is to be.
pub struct Order<'r, 'c> {
    pub class: ClassId,
    pub actions: Actions,
    pub wishes: Vec<Wish<'r>>,
    /// Values that others have chosen.
    pub settled: &'c [(FieldId, Scalar)],
    /// Fields that others look at: they are to have some value.
    pub needed: &'c [FieldId],
    pub chain: Chained<'c>,
}

impl<'r> Forge<'r> {
    /// Tests that make the predicate `wanted`, chosen at random where there is a choice.
    pub fn wish(&mut self, pred: &'r Pred, wanted: bool, wishes: &mut Vec<Wish<'r>>) {
        match (pred, wanted) {
            (Pred::All(parts), true) | (Pred::Any(parts), false) => parts.iter().for_each(|part| self.wish(part, wanted, wishes)),
            (Pred::All(parts), false) | (Pred::Any(parts), true) => {
                if let Some(part) = self.rng.pick(parts) {
                    self.wish(part, wanted, wishes);
                }
            }
            (Pred::Not(inner), wanted) => self.wish(inner, !wanted, wishes),
            (Pred::Test(test), wanted) => wishes.push(Wish { test, wanted }),
        }
    }

    pub fn granted(&mut self, order: &Order<'r, '_>) -> Event {
        let class = self.packs.class(order.class);
        let known: Vec<usize> = order.actions.and(class.every_action()).iter().collect();
        let action = if class.actions.is_empty() { None } else { self.rng.pick(&known).copied() };
        let time = (FIRST + self.rng.below(86_400 * 7) as i64) * 1_000_000;
        let mut event = Event { class: order.class, action, time: Some(time), fields: Vec::new() };
        for (field, value) in order.settled {
            set(&mut event, *field, vec![value.clone()]);
        }
        let mut fields: Vec<FieldId> = Vec::new();
        for wish in order.wishes.iter().filter(|wish| wish.wanted) {
            for field in own_right(wish.test).into_iter().chain([wish.test.field]) {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        fields.retain(|field| !order.settled.iter().any(|(settled, _)| settled == field));
        for field in fields {
            let of_field = |wanted: bool| {
                let wishes = order.wishes.iter().filter(move |wish| wish.wanted == wanted && wish.test.field == field);
                wishes.map(|wish| wish.test).collect::<Vec<&Test>>()
            };
            if let Some(value) = self.value(&event, class, field, &of_field(true), &of_field(false), order.chain) {
                put(&mut event, class, field, vec![value]);
            }
        }
        for field in order.needed {
            let refused: Vec<&Test> =
                order.wishes.iter().filter(|wish| !wish.wanted && wish.test.field == *field).map(|wish| wish.test).collect();
            if first_value(&event, *field).is_none()
                && !class.get(*field).computed
                && let Some(value) = self.value(&event, class, *field, &[], &refused, order.chain)
            {
                put(&mut event, class, *field, vec![value]);
            }
        }
        self.complete(&mut event, class, order);
        event
    }

    /// A value that passes all of these tests and none of those; the last try, if none does.
    pub fn value(
        &mut self,
        event: &Event,
        class: &Class,
        field: FieldId,
        wanted: &[&Test],
        refused: &[&Test],
        chain: Chained<'_>,
    ) -> Option<Scalar> {
        let (ty, names) = (class.get(field).ty, self.names(class, field));
        let mut last = None;
        for _ in 0..TRIES {
            let value = match wanted {
                [] => values::ordinary(ty, &names, &mut self.rng),
                wanted => {
                    let index = self.rng.below(wanted.len());
                    let others: Vec<&Op> = wanted.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, test)| &test.op).collect();
                    match right(wanted[index], event, chain) {
                        Some((op, right)) if !self.rng.one_in(4) => Some(values::related(op, &right, ty, &mut self.rng)),
                        _ => values::passing(&wanted[index].op, &others, ty, &names, &mut self.rng),
                    }
                }
            };
            let Some(value) = value.map(|value| fitting(value, ty)) else { continue };
            let mut tried = event.clone();
            put(&mut tried, class, field, vec![value.clone()]);
            let passes = |test: &&Test| reference::passes(test, &tried, class, Some(chain));
            if wanted.iter().all(passes) && !refused.iter().any(passes) {
                return Some(value);
            }
            last = Some(value);
        }
        last
    }

    /// The words of an enumeration.
    pub fn names(&self, class: &Class, field: FieldId) -> Vec<String> {
        let values = class.get(field).values.map(|id| &self.packs.model.enumeration(id).values);
        values.map_or(Vec::new(), |values| values.iter().map(ToString::to_string).collect())
    }

    /// What any sensor would record with it: a host, a path for a name, a name for a path. Never a field that somebody asks about.
    fn complete(&mut self, event: &mut Event, class: &Class, order: &Order<'_, '_>) {
        let asked = |field: FieldId| {
            order.wishes.iter().any(|wish| wish.test.field == field || own_right(wish.test) == Some(field))
                || order.settled.iter().any(|(settled, _)| *settled == field)
                || order.needed.contains(&field)
        };
        if let Some(host) = class.field("host").filter(|field| !asked(*field)) {
            set(event, host, vec![Scalar::Text(format!("pc{}.corp.example", self.rng.below(9)))]);
        }
        for (name, path) in class.last_parts() {
            match (first_value(event, name), first_value(event, path)) {
                (Some(Scalar::Text(text)), None) if !asked(path) => {
                    set(event, path, vec![Scalar::Text(format!(r"C:\Windows\{text}"))]);
                }
                (None, Some(Scalar::Text(text))) if !asked(name) => {
                    let last = text.rsplit(['\\', '/']).next().unwrap_or_default();
                    set(event, name, vec![Scalar::Text(last.to_owned())]);
                }
                _ => {}
            }
        }
    }

    /// One variation of an event in the field of `test`, or a few that may do, until `take` takes one.
    /// `tests` are all that are asked of the event, behind the same chain.
    pub fn vary(
        &mut self,
        event: &Event,
        tests: &[&Test],
        test: &Test,
        chain: Chained<'_>,
        take: &mut dyn FnMut(Event, Kind) -> bool,
    ) -> bool {
        let class = self.packs.class(event.class);
        let (ty, names) = (class.get(test.field).ty, self.names(class, test.field));
        let with = |values: Vec<Scalar>| {
            let mut varied = event.clone();
            set(&mut varied, test.field, values);
            varied
        };
        if let (Some(_), Some(own)) = (class.get(test.field).part, reference::values(test.field, event, class).first()) {
            let tries = values::neighbours(own, &mut self.rng);
            return first_turned(event, class, tests, test.field, chain, tries, take);
        }
        let Some(value) = first_value(event, test.field) else {
            // It has no value: give it one that some test sees.
            let tries: Vec<Scalar> = (0..6).filter_map(|_| values::passing(&test.op, &[], ty, &names, &mut self.rng)).collect();
            let tries = tries.into_iter().map(|value| fitting(value, ty)).collect();
            return first_turned(event, class, tests, test.field, chain, tries, take);
        };
        match self.rng.below(8) {
            0 => take(with(Vec::new()), Kind::Missing),
            1 if matches!(value, Scalar::Text(_)) => take(with(vec![Scalar::Text(String::new())]), Kind::Empty),
            2 => match &value {
                Scalar::Text(text) => take(with(vec![Scalar::Text(values::recased(text))]), Kind::Recased),
                _ => false,
            },
            3 => {
                let Some(other) = values::ordinary(ty, &names, &mut self.rng) else { return false };
                let both = if self.rng.one_in(2) { vec![value, other] } else { vec![other, value] };
                take(with(both), Kind::Several)
            }
            4 => {
                let (Scalar::Text(text), Some(hostile)) = (&value, self.rng.pick(values::HOSTILE)) else { return false };
                let text = match self.rng.below(3) {
                    0 => (*hostile).to_owned(),
                    1 => format!("{text}{hostile}"),
                    _ => format!("{hostile}{text}"),
                };
                is_held(&text, ty) && take(with(vec![Scalar::Text(text)]), Kind::Hostile)
            }
            _ => {
                let mut tries = values::neighbours(&value, &mut self.rng);
                tries.extend((0..2).filter_map(|_| values::ordinary(ty, &names, &mut self.rng)));
                first_turned(event, class, tests, test.field, chain, tries, take)
            }
        }
    }

    /// The same event with an action that the predicate may not ask for.
    pub fn other_action(&mut self, event: &Event) -> Option<Event> {
        let actions = self.packs.class(event.class).actions.len();
        let action = self.rng.below(actions);
        (actions > 1 && event.action != Some(action)).then(|| Event { action: Some(action), ..event.clone() })
    }
}

/// The first of the values with which exactly one test says otherwise, and which `take` takes.
fn first_turned(
    event: &Event,
    class: &Class,
    tests: &[&Test],
    field: FieldId,
    chain: Chained<'_>,
    tries: Vec<Scalar>,
    take: &mut dyn FnMut(Event, Kind) -> bool,
) -> bool {
    let ty = class.get(field).ty;
    let passes = |test: &&Test, event: &Event| reference::passes(test, event, class, Some(chain));
    tries.into_iter().filter(|value| !matches!(value, Scalar::Text(text) if !is_held(text, ty))).any(|value| {
        let mut varied = event.clone();
        put(&mut varied, class, field, vec![value]);
        let differ = tests.iter().filter(|test| passes(test, event) != passes(test, &varied));
        differ.count() == 1 && take(varied, Kind::JustMisses)
    })
}

/// The field on the right, where it is one of the same event.
fn own_right(test: &Test) -> Option<FieldId> {
    match &test.op {
        Op::Field { other, .. } if other.step.is_none() => Some(other.field),
        Op::Field { .. }
        | Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists => None,
    }
}

/// The value on the right, where a field stands there; of this event, or of that of another step.
fn right(test: &Test, event: &Event, chain: Chained<'_>) -> Option<(FieldOp, Scalar)> {
    let Op::Field { op, other, .. } = &test.op else { return None };
    let of = match other.step {
        None => event,
        Some(step) => chain.steps.get(step).copied().flatten()?,
    };
    first_value(of, other.field).map(|value| (*op, value))
}

pub fn first_value(event: &Event, field: FieldId) -> Option<Scalar> {
    event.fields.iter().find(|(id, _)| *id == field).and_then(|(_, values)| values.first().cloned())
}

/// The same of a field that may be a part of a time: no event holds one, and it is the time that moves.
pub fn put(event: &mut Event, class: &Class, field: FieldId, values: Vec<Scalar>) {
    let Some((of, part)) = class.get(field).part else { return set(event, field, values) };
    let Some(Scalar::Int(number)) = values.first() else { return };
    if class.get(of).name == "time" {
        event.time = event.time.map(|time| calendar::with(time, part, *number));
        return;
    }
    let own = match first_value(event, of) {
        Some(Scalar::Text(text)) => time::parse_text(&text),
        _ => None,
    };
    let moved = calendar::with(own.unwrap_or(FIRST * 1_000_000), part, *number);
    set(event, of, vec![Scalar::Text(time::iso(moved))]);
}

pub fn set(event: &mut Event, field: FieldId, values: Vec<Scalar>) {
    event.fields.retain(|(id, _)| *id != field);
    if !values.is_empty() {
        let at = event.fields.partition_point(|(id, _)| *id < field);
        event.fields.insert(at, (field, values));
    }
}

/// Whether a product can write the text there: a hash has all of its digits, and no more; a time is a time.
pub fn is_held(text: &str, ty: Type) -> bool {
    ty != Type::Time && HashKind::ALL.iter().find(|kind| kind.ty() == ty).is_none_or(|kind| text.chars().count() == kind.digits())
}

/// A value that a field of the type can have: the last part of a path for a file name, and so on.
pub fn fitting(value: Scalar, ty: Type) -> Scalar {
    match (value, ty) {
        (Scalar::Text(text), Type::FileName) if text.contains(['\\', '/']) => Scalar::Text(text.replace(['\\', '/'], "-")),
        (Scalar::Text(text), Type::Guid) => Scalar::Text(text.trim_matches(['{', '}']).to_owned()),
        (value, _) => value,
    }
}
