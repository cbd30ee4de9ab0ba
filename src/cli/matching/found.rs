//! A match, ready to be shown.
//!
//! In: what a scanner found, with the event or the hits. Out: a [`Detection`]: what every form of output shows, in the model's words, apart
//! from how it looks. Of a rule over single events it has the fields that the rule shows, and those that decided.

use std::fmt;
use std::sync::Arc;

use crate::diag::render;
use crate::engine::parts::PartField;
use crate::engine::why::Asker;
use crate::engine::{Cell, Combined, Event, Hit, Match, Of};
use crate::hir::{Branch, ColumnWhat, Pattern, Rule};
use crate::schema::{Class, FieldId, Packs};

pub struct Detection {
    /// Its place among the rules.
    pub rule: usize,
    /// Microseconds since 1970.
    pub time: Option<i64>,
    pub origin: Origin,
    pub host: Option<String>,
    /// What is shown, by name; none is without a value.
    pub fields: Vec<(String, Vec<Cell>)>,
    /// Those of them whose values made it a match, by name.
    pub decided: Vec<String>,
    pub labels: Vec<String>,
    pub steps: Vec<Step>,
    /// The event as it was read, if it is to be kept.
    pub event: Option<String>,
}

/// The hit of a step.
pub struct Step {
    pub label: String,
    pub time: Option<i64>,
    pub origin: Origin,
}

/// Where an event stands.
#[derive(Clone)]
pub struct Origin {
    pub source: Arc<str>,
    pub unit: Unit,
    pub number: u64,
}

/// What the events of a source are counted by.
#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    /// The line on which the event begins.
    Line,
    /// The `EventRecordID`.
    Record,
    /// The place in the list that the source is.
    Item,
}

/// The names of the sources of events.
#[derive(Default)]
pub struct Origins(Vec<Arc<str>>);

/// Bits of a tag that count lines, and those that say what is counted.
const LINE: u32 = 40;
const UNIT: u32 = 2;

/// No source has more lines, and no log a record of a higher number.
pub const MOST: u64 = (1 << LINE) - 1;

/// One number for each event of each source.
pub fn tag(file: usize, unit: Unit, number: u64) -> u64 {
    let unit = match unit {
        Unit::Line => 0,
        Unit::Record => 1,
        Unit::Item => 2,
    };
    (file as u64) << (LINE + UNIT) | unit << LINE | number & MOST
}

impl Origins {
    /// The source of the events to come; its place.
    pub fn add(&mut self, source: &str) -> usize {
        self.0.push(source.into());
        self.0.len() - 1
    }

    pub fn of(&self, tag: u64) -> Origin {
        let source = self.0.get((tag >> (LINE + UNIT)) as usize).cloned().unwrap_or_else(|| "".into());
        let unit = match tag >> LINE & 3 {
            0 => Unit::Line,
            1 => Unit::Record,
            _ => Unit::Item,
        };
        Origin { source, unit, number: tag & MOST }
    }
}

/// `events.jsonl:12`, `security.evtx#542`, `list.json#3`
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.unit {
            Unit::Line => ':',
            Unit::Record | Unit::Item => '#',
        };
        write!(f, "{}{sign}{}", render::plain(&self.source), self.number)
    }
}

impl Origin {
    /// The same with the name of the file alone.
    pub fn short(&self) -> String {
        self.in_its_folder().to_string()
    }

    /// Of a file whose folder everybody knows.
    pub fn in_its_folder(&self) -> Origin {
        let name = self.source.rsplit(['/', '\\']).next().unwrap_or_default();
        Origin { source: name.into(), ..self.clone() }
    }
}

/// Makes them.
pub struct Finder<'e> {
    pub packs: &'e Packs,
    pub rules: &'e [Rule],
    /// Whether events are kept as they were read.
    pub keeps_events: bool,
    asker: Asker,
}

impl<'e> Finder<'e> {
    pub fn new(packs: &'e Packs, rules: &'e [Rule], keeps_events: bool) -> Finder<'e> {
        Finder { packs, rules, keeps_events, asker: Asker::default() }
    }

    /// Of a rule over single events. `text`: the event as it was read.
    pub fn one(&mut self, found: &Match<'_>, event: &Event, origin: Origin, text: &str) -> Detection {
        let rule = &self.rules[found.rule];
        let class = self.packs.class(event.class);
        let decided = self.decided(rule, event);
        let mut shown: Vec<(String, FieldId)> = shown(rule, class);
        shown.extend(
            decided
                .iter()
                .filter(|field| !shown.iter().any(|(_, known)| known == *field))
                .map(|field| named(class, *field))
                .collect::<Vec<_>>(),
        );
        let name = |field: &FieldId| shown.iter().find(|(_, known)| known == field).map(|(name, _)| name.clone());
        let names = decided.iter().filter_map(name).collect();
        let fields = shown.into_iter().map(|(name, field)| (name, values(event, class, field))).filter(|(_, cells)| !cells.is_empty());
        Detection {
            rule: found.rule,
            time: event.time,
            origin,
            host: class.field("host").and_then(|host| event.values(host).next()).map(|host| host.to_string()),
            fields: fields.collect(),
            decided: names,
            labels: found.labels.iter().map(|label| (*label).to_owned()).collect(),
            steps: Vec::new(),
            event: self.keeps_events.then(|| text.to_owned()),
        }
    }

    /// The fields that made the event a match, each once.
    fn decided(&mut self, rule: &Rule, event: &Event) -> Vec<FieldId> {
        let Pattern::Union(branches) = &rule.pattern else { return Vec::new() };
        let mut fields: Vec<FieldId> = Vec::new();
        for event in event.to_hir() {
            let of = |branch: &Branch| {
                let asked = self.asker.branch(branch, &event, self.packs);
                asked.condition.filter(|_| asked.holds).map(|condition| condition.decided()).unwrap_or_default()
            };
            for field in branches.iter().flat_map(of).collect::<Vec<_>>() {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        fields
    }

    /// Of a rule over several.
    pub fn combined(&self, found: &Combined<'_>, origins: &Origins) -> Detection {
        let rule = &self.rules[found.rule];
        let by: &[String] = match (&rule.group, &rule.pattern) {
            (Some(group), _) => &group.by,
            (None, Pattern::Linked(linked)) => &linked.by,
            (None, Pattern::Union(_)) => &[],
        };
        // A key that is no column stands before them.
        let is_column = |name: &str| found.columns.iter().any(|(column, _)| *column == name);
        let keys = by.iter().zip(&found.keys).filter(|(name, _)| !is_column(name));
        let keys = keys.map(|(name, key)| (name.clone(), vec![Cell::Value(key.clone())]));
        let columns = found.columns.iter().map(|(name, cells)| ((*name).to_owned(), cells.clone()));
        let fields: Vec<(String, Vec<Cell>)> = keys.chain(columns).filter(|(_, cells)| !cells.is_empty()).collect();
        let step = |(label, hit): &(&str, Option<Hit>)| {
            let hit = (*hit)?;
            Some(Step { label: (*label).to_owned(), time: hit.time, origin: origins.of(hit.tag) })
        };
        let host = by.iter().zip(&found.keys).find(|(name, _)| *name == "host").map(|(_, key)| cell(&Cell::Value(key.clone())));
        Detection {
            rule: found.rule,
            time: found.time,
            origin: origins.of(found.event.tag),
            host: host.or_else(|| fields.iter().find(|(name, _)| name == "host").and_then(|(_, cells)| cells.first()).map(cell)),
            decided: Vec::new(),
            labels: found.labels.iter().map(|label| (*label).to_owned()).collect(),
            steps: match &found.of {
                Of::Group { .. } => Vec::new(),
                Of::Chain { hits, .. } => hits.iter().filter_map(step).collect(),
            },
            event: None,
            fields,
        }
    }
}

/// The fields that a rule shows of one event, with the names that it gives them.
fn shown(rule: &Rule, class: &Class) -> Vec<(String, FieldId)> {
    let Some(columns) = &rule.show else { return class.show.iter().map(|field| named(class, *field)).collect() };
    let field = |what: &ColumnWhat| match what {
        ColumnWhat::Field(name) => class.field(name),
        ColumnWhat::StepField { .. } | ColumnWhat::Aggregate(_) | ColumnWhat::Matched => None,
    };
    let column = |(field, alias): (FieldId, &Option<String>)| (alias.clone().unwrap_or_else(|| class.get(field).name.to_string()), field);
    columns.iter().filter_map(|column| Some((field(&column.what)?, &column.alias))).map(column).collect()
}

fn named(class: &Class, field: FieldId) -> (String, FieldId) {
    (class.get(field).name.to_string(), field)
}

fn values(event: &Event, class: &Class, field: FieldId) -> Vec<Cell> {
    let parts = PartField::of_class(class);
    if let Some(part) = parts.iter().find(|part| part.field == field) {
        let mut cells = Vec::new();
        part.values(event, &mut |value| cells.push(Cell::Value(value.to_scalar())));
        return cells;
    }
    event.values(field).map(|value| Cell::Value(value.to_scalar())).collect()
}

/// A value as people read it.
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Value(scalar) => crate::engine::Value::from(scalar).to_string(),
        Cell::Time(micros) => crate::engine::shape::time::short(*micros),
    }
}
