//! A match as an object of JSON: `spoor match --format json`, a stable interface.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::About;
use crate::cli::matching::found::{Detection, Origin, Step, Unit};
use crate::engine::shape::time;
use crate::engine::{Cell, Value};

#[derive(Serialize)]
struct Line<'m> {
    rule: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'m str>,
    path: &'m str,
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    attack: &'m [String],
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'m str>,
    event: Place<'m>,
    fields: Map<String, Json>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    decided: &'m [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    matched: &'m [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    steps: Vec<Hit<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'m RawValue>,
}

#[derive(Serialize)]
struct Hit<'m> {
    step: &'m str,
    time: Option<String>,
    #[serde(flatten)]
    place: Place<'m>,
}

#[derive(Serialize)]
pub struct Place<'m> {
    source: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u64>,
}

pub fn detection(found: &Detection, about: &About<'_>) -> String {
    let rule = about.rule(found);
    let event = found.event.as_deref().map(one_line);
    let line = Line {
        rule: &rule.name,
        title: rule.meta.title.as_deref(),
        id: rule.meta.id.as_deref(),
        path: about.path(found),
        level: rule.meta.level.map(crate::hir::Level::name),
        attack: &rule.meta.attack,
        time: found.time.map(time::short),
        host: found.host.as_deref(),
        event: origin(&found.origin),
        fields: found.fields.iter().map(|(name, cells)| (name.clone(), value(cells))).collect(),
        decided: &found.decided,
        matched: &found.labels,
        steps: found.steps.iter().map(step).collect(),
        record: event.as_deref().and_then(|event| serde_json::from_str(event).ok()),
    };
    // Keys are texts and numbers are finite: it cannot fail.
    serde_json::to_string(&line).unwrap_or_default()
}

/// An object without the line feeds of its layout: in its texts none stands as it is.
fn one_line(event: &str) -> Cow<'_, str> {
    let is_break = |c: char| matches!(c, '\n' | '\r');
    if event.contains(is_break) { event.replace(is_break, " ").into() } else { event.into() }
}

fn step(step: &Step) -> Hit<'_> {
    Hit { step: &step.label, time: step.time.map(time::short), place: origin(&step.origin) }
}

pub fn origin(origin: &Origin) -> Place<'_> {
    let of = |unit: Unit| (origin.unit == unit).then_some(origin.number);
    Place { source: &origin.source, line: of(Unit::Line), record: of(Unit::Record), item: of(Unit::Item) }
}

/// One value, or a list of several.
pub fn value(cells: &[Cell]) -> Json {
    match cells {
        [one] => of_cell(one),
        several => several.iter().map(of_cell).collect(),
    }
}

fn of_cell(cell: &Cell) -> Json {
    match cell {
        Cell::Time(micros) => time::short(*micros).into(),
        Cell::Value(scalar) => match Value::from(scalar) {
            Value::Text(text) | Value::Enum(text) => text.into(),
            Value::Int(number) => number.into(),
            Value::Real(number) => number.into(),
            Value::Bool(truth) => truth.into(),
            Value::Ip(address) => address.to_string().into(),
        },
    }
}
