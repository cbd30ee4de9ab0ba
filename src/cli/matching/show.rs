//! How matches are written.
//!
//! In: a match, and where its events stand. Out: a line of JSON, or one for people.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::cli::out::Paint;
use crate::diag::render;
use crate::engine::shape::time;
use crate::engine::{Cell, Combined, Event, Hit, Match as Found, Of, Value};
use crate::hir::{Level, Rule};
use crate::schema::Packs;
use crate::source::Sources;

pub struct Show<'e> {
    pub packs: &'e Packs,
    pub rules: &'e [Rule],
    pub sources: &'e Sources,
    pub as_json: bool,
    pub paint: Paint,
}

/// The sources of events, and one number for each event of each of them.
#[derive(Default)]
pub struct Origins(Vec<(String, Unit)>);

/// What the events of a source are counted by.
#[derive(Clone, Copy)]
pub enum Unit {
    /// The line on which the event begins.
    Line,
    /// The `EventRecordID`.
    Record,
    /// The place in the list that the source is.
    Item,
}

/// Bits of a tag that count lines.
const LINE: u32 = 40;

/// No source has more lines, and no log a record of a higher number.
pub const MOST: u64 = (1 << LINE) - 1;

impl Origins {
    /// The source of the events to come.
    pub fn add(&mut self, source: &str, unit: Unit) {
        self.0.push((source.to_owned(), unit));
    }

    pub fn tag(&self, number: u64) -> u64 {
        (self.0.len().saturating_sub(1) as u64) << LINE | number & MOST
    }

    pub fn of(&self, tag: u64) -> Origin<'_> {
        let (source, unit) = self.0.get((tag >> LINE) as usize).map_or(("", Unit::Line), |(source, unit)| (source.as_str(), *unit));
        let number = Some(tag & MOST);
        let none = Origin { source, line: None, record: None, item: None };
        match unit {
            Unit::Line => Origin { line: number, ..none },
            Unit::Record => Origin { record: number, ..none },
            Unit::Item => Origin { item: number, ..none },
        }
    }
}

#[derive(Serialize)]
struct Line<'m> {
    rule: &'m str,
    path: &'m str,
    level: Option<&'static str>,
    time: Option<String>,
    event: Origin<'m>,
    fields: Map<String, Json>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    matched: &'m [&'m str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    steps: Vec<Step<'m>>,
}

#[derive(Clone, Copy, Serialize)]
pub struct Origin<'m> {
    source: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u64>,
}

/// `events.jsonl:12`, `security.evtx#542`, `list.json#3`
impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", render::plain(self.source))?;
        match (self.line, self.record.or(self.item)) {
            (Some(line), _) => write!(f, ":{line}"),
            (None, Some(number)) => write!(f, "#{number}"),
            (None, None) => Ok(()),
        }
    }
}

/// The hit of a step.
#[derive(Serialize)]
struct Step<'m> {
    step: &'m str,
    time: Option<String>,
    #[serde(flatten)]
    origin: Origin<'m>,
}

impl Show<'_> {
    pub fn one(&self, found: &Found<'_>, event: &Event, origin: Origin<'_>) -> String {
        let rule = &self.rules[found.rule];
        let class = self.packs.class(event.class);
        if self.as_json {
            let fields = event.fields().map(|(field, values)| (class.get(field).name.to_string(), together(values.map(json).collect())));
            return self.json(rule, event.time, origin, fields.collect(), &found.labels, Vec::new());
        }
        let fields = class.show.iter().map(|field| {
            let values: Vec<String> = event.values(*field).map(|value| value.to_string()).collect();
            (class.get(*field).name.as_ref(), values)
        });
        self.text(rule, event.time, origin, fields, &found.labels)
    }

    pub fn combined(&self, found: &Combined<'_>, origins: &Origins) -> String {
        let rule = &self.rules[found.rule];
        let by = match (&rule.group, &rule.pattern) {
            (Some(group), _) => &group.by,
            (None, crate::hir::Pattern::Linked(linked)) => &linked.by,
            (None, crate::hir::Pattern::Union(_)) => &Vec::new(),
        };
        // A key that is no column stands before them.
        let is_column = |name: &str| found.columns.iter().any(|(column, _)| *column == name);
        let keys = by.iter().zip(&found.keys).filter(|(name, _)| !is_column(name));
        let keys = keys.map(|(name, key)| (name.as_str(), vec![Cell::Value(key.clone())]));
        let columns = keys.chain(found.columns.iter().map(|(name, cells)| (*name, cells.clone()))).filter(|(_, cells)| !cells.is_empty());
        let origin = origins.of(found.event.tag);
        if self.as_json {
            let fields = columns.map(|(name, cells)| (name.to_owned(), together(cells.iter().map(cell_json).collect())));
            return self.json(rule, found.time, origin, fields.collect(), &found.labels, steps(found, origins));
        }
        let fields = columns.map(|(name, cells)| (name, cells.iter().map(cell_text).collect()));
        self.text(rule, found.time, origin, fields, &found.labels)
    }

    fn json(
        &self,
        rule: &Rule,
        time: Option<i64>,
        event: Origin<'_>,
        fields: Map<String, Json>,
        matched: &[&str],
        steps: Vec<Step<'_>>,
    ) -> String {
        let level = rule.meta.level.map(level);
        let path = self.sources.name(rule.span.file);
        let line = Line { rule: &rule.name, path, level, time: time.map(time::short), event, fields, matched, steps };
        // Keys are texts and numbers are finite: it cannot fail.
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// `2026-01-02T03:04:05Z high python_scripts events.jsonl:12 host=a name=b`
    fn text<'n>(
        &self,
        rule: &Rule,
        time: Option<i64>,
        origin: Origin<'_>,
        fields: impl Iterator<Item = (&'n str, Vec<String>)>,
        labels: &[&str],
    ) -> String {
        let mut text = format!("{:<20} ", time.map(time::short).unwrap_or_else(|| "-".into()));
        let word = rule.meta.level.map_or("-", level);
        let padded = format!("{word:<13} ");
        text.push_str(&match rule.meta.level {
            Some(Level::Critical | Level::High) => self.paint.red(&padded),
            Some(Level::Medium) => self.paint.yellow(&padded),
            Some(Level::Low | Level::Informational) | None => padded,
        });
        text.push_str(&self.paint.bold(&render::plain(&rule.name)));
        if !labels.is_empty() {
            text.push_str(&format!(" [{}]", render::plain(&labels.join(", "))));
        }
        text.push_str(&format!(" {}", self.paint.dim(&origin.to_string())));
        for (name, values) in fields.filter(|(_, values)| !values.is_empty()) {
            text.push_str(&format!(" {}={}", self.paint.cyan(name), render::plain(&values.join(", "))));
        }
        text.replace('\n', "␊")
    }
}

/// The hits of a chain, in the order of the rule.
fn steps<'m>(found: &Combined<'m>, origins: &'m Origins) -> Vec<Step<'m>> {
    let step = |(label, hit): (&'m str, Hit)| Step { step: label, time: hit.time.map(time::short), origin: origins.of(hit.tag) };
    match &found.of {
        Of::Group { .. } => Vec::new(),
        Of::Chain { hits, .. } => hits.iter().filter_map(|(label, hit)| Some((*label, (*hit)?))).map(step).collect(),
    }
}

fn together(mut values: Vec<Json>) -> Json {
    if values.len() == 1 { values.remove(0) } else { values.into() }
}

fn cell_json(cell: &Cell) -> Json {
    match cell {
        Cell::Value(scalar) => json(Value::from(scalar)),
        Cell::Time(micros) => time::short(*micros).into(),
    }
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Value(scalar) => Value::from(scalar).to_string(),
        Cell::Time(micros) => time::short(*micros),
    }
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Text(text) | Value::Enum(text) => text.into(),
        Value::Int(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Bool(truth) => truth.into(),
        Value::Ip(address) => address.to_string().into(),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Informational => "informational",
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
        Level::Critical => "critical",
    }
}
