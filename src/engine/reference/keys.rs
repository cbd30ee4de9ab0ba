//! Keys: when two values are one.
//!
//! In: names of fields, an event. Out: each of its keys, as texts. Law: two texts are one key if they are equal in lower case, letter by
//! letter; every other value has one spelling, so equal values are equal texts. An event without a value of a key has no key at all.

use crate::hir::{Event, Scalar};
use crate::schema::{Packs, Type};

use super::event::{spelled, values};

/// Every combination of the values of these fields, each once; of no fields, the empty one.
pub fn keys(by: &[String], event: &Event, packs: &Packs) -> Vec<Vec<String>> {
    let mut keys = vec![Vec::new()];
    for name in by {
        let values = folded(name, event, packs);
        let longer = |key: Vec<String>| values.iter().map(move |value| key.iter().cloned().chain([value.clone()]).collect());
        keys = keys.into_iter().flat_map(longer).collect();
    }
    keys
}

/// The values of a field as keys, each once.
pub fn folded(name: &str, event: &Event, packs: &Packs) -> Vec<String> {
    let ty = packs.class(event.class).field(name).map(|field| packs.class(event.class).get(field).ty);
    let mut folded: Vec<String> = Vec::new();
    for value in of_name(name, event, packs) {
        let one = key(&value, ty);
        if !folded.contains(&one) {
            folded.push(one);
        }
    }
    folded
}

/// The values of the field of this name; of a class that has no such field, none.
pub fn of_name(name: &str, event: &Event, packs: &Packs) -> Vec<Scalar> {
    let class = packs.class(event.class);
    match (name, event.action) {
        ("class", _) => vec![Scalar::Enum(class.name.to_string())],
        ("action", Some(action)) => vec![Scalar::Enum(class.actions[action].to_string())],
        _ => class.field(name).map_or(Vec::new(), |field| values(field, event, class)),
    }
}

fn key(value: &Scalar, ty: Option<Type>) -> String {
    match value {
        // -0 is 0, and 4.0 is 4.
        Scalar::Real(number) if *number == 0.0 => "0".to_owned(),
        Scalar::Text(text) if ty == Some(Type::Guid) => lower(text.trim_start_matches('{').trim_end_matches('}')),
        value => lower(&spelled(value)),
    }
}

/// Letter by letter: `İ`, which would become two, stays.
fn lower(text: &str) -> String {
    text.chars()
        .map(|letter| match letter.to_lowercase().collect::<Vec<char>>().as_slice() {
            [lower] => *lower,
            _ => letter,
        })
        .collect()
}
