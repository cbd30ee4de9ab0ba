//! What a rule reads of an event by name, and when two values are one key.
//!
//! In: names of fields, resolved for each class when the rule is loaded; events. Out: values, keys. Law: two keys are one if their
//! spellings are the same: of a text in lower case, letter by letter, of every other value its only one.

use crate::hir::Scalar;
use crate::schema::{Class, ClassId, FieldId, Packs, Type};

use super::super::event::{Event, Value};

/// What a name means in one class.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Field(FieldId, Type),
    /// The class itself, by its name.
    Class(Box<str>),
    /// The names of all actions.
    Action(Box<[Box<str>]>),
    Time,
    /// The class has no such field.
    Nothing,
}

impl Source {
    pub fn of(name: &str, class: &Class) -> Source {
        match name {
            "time" => Source::Time,
            "class" => Source::Class(class.name.as_ref().into()),
            "action" if !class.actions.is_empty() => Source::Action(class.actions.iter().map(|action| action.as_ref().into()).collect()),
            _ => class.field(name).map_or(Source::Nothing, |id| Source::Field(id, class.get(id).ty)),
        }
    }

    /// Each value that the event has there. A time is no value: [`Event::time`] has it.
    pub fn visit(&self, event: &Event, mut sink: impl FnMut(Value<'_>)) {
        match self {
            Source::Field(id, _) => event.values(*id).for_each(sink),
            Source::Class(name) => sink(Value::Enum(name)),
            Source::Action(names) => {
                event.actions.iter().filter_map(|action| names.get(action)).for_each(|name| sink(Value::Enum(name)));
            }
            Source::Time | Source::Nothing => {}
        }
    }

    pub fn scalars(&self, event: &Event) -> Box<[Scalar]> {
        let mut scalars = Vec::new();
        self.visit(event, |value| scalars.push(value.to_scalar()));
        scalars.into()
    }

    /// Each value as a key, once, with its spelling.
    pub fn keys(&self, event: &Event) -> Vec<(Box<str>, Scalar)> {
        let is_guid = matches!(self, Source::Field(_, Type::Guid));
        let mut keys: Vec<(Box<str>, Scalar)> = Vec::new();
        self.visit(event, |value| {
            let (spelling, shown) = key(value, is_guid);
            if !keys.iter().any(|(known, _)| *known == spelling) {
                keys.push((spelling, shown));
            }
        });
        keys
    }
}

fn key(value: Value<'_>, is_guid: bool) -> (Box<str>, Scalar) {
    match value {
        Value::Text(text) => {
            let bare = if is_guid { text.trim_start_matches('{').trim_end_matches('}') } else { text };
            let lower = lower(bare);
            (lower.as_str().into(), Scalar::Text(lower))
        }
        Value::Enum(text) => (lower(text).into(), value.to_scalar()),
        // -0 is 0.
        Value::Real(0.0) => ("0".into(), Scalar::Real(0.0)),
        Value::Int(_) | Value::Real(_) | Value::Bool(_) | Value::Ip(_) => (value.to_string().into(), value.to_scalar()),
    }
}

/// One letter to one: `İ`, which would become two, stays.
fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let letter = |letter: char| {
        let mut lower = letter.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => letter,
        }
    };
    text.chars().map(letter).collect()
}

/// The values of all keys: how they are spelled, and how they are shown.
#[derive(Clone, Debug)]
pub struct Keys {
    pub spelled: Box<[Box<str>]>,
    pub shown: Box<[Scalar]>,
}

/// Every combination of the values; none if one of the sources has no value. Of no sources the empty one.
pub fn keys(by: &[Source], event: &Event) -> Vec<Keys> {
    let mut all: Vec<(Vec<Box<str>>, Vec<Scalar>)> = vec![Default::default()];
    for source in by {
        let values = source.keys(event);
        let longer = |(spelled, shown): (Vec<Box<str>>, Vec<Scalar>)| {
            let of = move |(spelling, scalar): &(Box<str>, Scalar)| {
                let (mut spelled, mut shown) = (spelled.clone(), shown.clone());
                spelled.push(spelling.clone());
                shown.push(scalar.clone());
                (spelled, shown)
            };
            values.iter().map(of).collect::<Vec<_>>()
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all.into_iter().map(|(spelled, shown)| Keys { spelled: spelled.into(), shown: shown.into() }).collect()
}

/// Something for each class that a rule is about.
#[derive(Clone, Debug)]
pub struct ByClass<T>(Vec<Option<T>>);

impl<T> ByClass<T> {
    pub fn new(packs: &Packs, classes: impl IntoIterator<Item = ClassId>, of: impl Fn(&Class) -> T) -> ByClass<T> {
        ByClass::of(classes.into_iter().map(|id| (id, of(packs.class(id)))).collect())
    }

    pub fn of(all: Vec<(ClassId, T)>) -> ByClass<T> {
        let mut by_class = ByClass(Vec::new());
        for (class, one) in all {
            let index = usize::from(class.0);
            if by_class.0.len() <= index {
                by_class.0.resize_with(index + 1, || None);
            }
            by_class.0[index] = Some(one);
        }
        by_class
    }

    pub fn get(&self, class: ClassId) -> Option<&T> {
        self.0.get(usize::from(class.0)).and_then(Option::as_ref)
    }

    pub fn get_mut(&mut self, class: ClassId) -> Option<&mut T> {
        self.0.get_mut(usize::from(class.0)).and_then(Option::as_mut)
    }
}
