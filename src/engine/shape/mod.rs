//! Events as a product writes them, to events in the model's words.
//!
//! In: one JSON object. Out: one [`Event`] for each class of the model that it is an event of; none where its kind has no class.
//! Where a field lives, under which names, and which values mean 'no value' is read from the bindings. The schema is given or found
//! out for each event; an event that may be of several, or of none, is an error and no guess.

mod json;
mod log;
mod plan;
mod rows;
pub mod time;
mod value;

use crate::diag::{Diagnostic, events};
use crate::schema::{Actions, ClassId, Packs, Table};
use crate::source::Span;

use super::Event;
use json::Json;
use log::Record;
use plan::{Form, SchemaPlan};

/// Reads one event after the other, of one schema or of any.
#[derive(Debug)]
pub struct Reader<'p> {
    plans: Vec<SchemaPlan<'p>>,
    /// Some schema was named.
    given: bool,
    event: Event,
}

/// What an object was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Events of this many classes.
    Events(usize),
    /// Of a known shape, and of no class.
    OfNoClass,
    /// An empty line.
    Blank,
}

/// Why a line is no event.
#[derive(Clone, Debug, PartialEq)]
pub enum ShapeError {
    /// And what it is.
    NotAnObject(String),
    /// The schemas there are.
    Unknown(Vec<String>),
    /// The ways in which it can be read.
    Ambiguous(Vec<String>),
}

impl<'p> Reader<'p> {
    /// Finds out for each event what shape it has.
    pub fn detecting(packs: &'p Packs) -> Reader<'p> {
        Reader::new(packs, None)
    }

    /// Every event is of this schema (`sysmon`, `windows`, `defender`, `cim`); None if no pack has it.
    pub fn of(packs: &'p Packs, schema: &str) -> Option<Reader<'p>> {
        packs.schema(schema).map(|schema| Reader::new(packs, Some(&schema.name)))
    }

    fn new(packs: &'p Packs, only: Option<&str>) -> Reader<'p> {
        let schemas = packs.schemas.iter().filter(|schema| only.is_none_or(|only| schema.name == only));
        let plans = schemas.map(|schema| SchemaPlan::new(packs, schema)).collect();
        Reader { plans, given: only.is_some(), event: Event::new(ClassId(0), Actions::NONE) }
    }

    /// Reads one line of JSON. `sink` is called for each event that it is.
    pub fn read(&mut self, line: &str, mut sink: impl FnMut(&Event)) -> Result<Row, ShapeError> {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            return Ok(Row::Blank);
        }
        let object = Json::parse(line).map_err(ShapeError::NotAnObject)?;
        match &object {
            Json::Object(_) => self.row(&object, &mut sink),
            Json::List(_) => Err(ShapeError::NotAnObject("this is a list".into())),
            Json::Null | Json::Bool(_) | Json::Int(_) | Json::Real(_) | Json::Text(_) => {
                Err(ShapeError::NotAnObject("this is a single value".into()))
            }
        }
    }

    fn row(&mut self, object: &Json<'_>, sink: &mut dyn FnMut(&Event)) -> Result<Row, ShapeError> {
        let mut readings = Vec::new();
        let record = Record::find(object);
        for plan in &self.plans {
            match (plan.form, &record) {
                (Form::Log, Some(record)) => readings.extend(Reading::of_record(plan, record, self.given)),
                (Form::Log, None) => {}
                (Form::Table, _) => readings.extend(Reading::of_row(plan, object, self.given)),
                (Form::Dataset, _) => readings.extend(Reading::of_dataset(plan, object)),
            }
        }
        if readings.is_empty() && record.is_none() {
            let by_columns = self.plans.iter().filter(|plan| plan.form == Form::Dataset);
            let by_columns = by_columns.filter(|plan| self.given || object.get(&plan.schema.time).is_some());
            readings.extend(by_columns.flat_map(|plan| Reading::by_columns(plan, object)));
        }
        let of_log = record.as_ref().is_some_and(|record| self.given || record.channel.is_some() || record.provider.is_some());
        let of_no_class = !readings.is_empty() && !readings.iter().any(Reading::may_be_an_event);
        match readings.as_slice() {
            _ if of_no_class => Ok(Row::OfNoClass),
            [] if of_log => Ok(Row::OfNoClass),
            [] => Err(ShapeError::Unknown(self.plans.iter().map(|plan| plan.schema.name.to_string()).collect())),
            [reading] => Ok(reading.decode(object, record.as_ref(), &mut self.event, sink)),
            several => Err(ShapeError::Ambiguous(several.iter().map(Reading::name).collect())),
        }
    }
}

/// One way to read an object.
struct Reading<'i, 'p, 'a> {
    plan: &'i SchemaPlan<'p>,
    /// None: of a known shape, in a table without any class.
    table: Option<&'i Table>,
    row: &'i Json<'a>,
}

impl<'i, 'p, 'a> Reading<'i, 'p, 'a> {
    /// A log is known by its channel, else by who wrote it. Where a schema is given, an event that names neither is of that schema.
    fn of_record(plan: &'i SchemaPlan<'p>, record: &Record<'_, '_>, given: bool) -> Vec<Reading<'i, 'p, 'a>> {
        let numbered = plan.schema.tables.iter().filter(|table| table.event_id.map(i64::from) == Some(record.event_id));
        let of_log = numbered.filter(|table| match (record.channel, record.provider, &table.channel) {
            (Some(channel), _, Some(own)) => own.eq_ignore_ascii_case(channel),
            (None, Some(provider), Some(own)) => channel_of(provider).eq_ignore_ascii_case(own.split('/').next().unwrap_or_default()),
            (None, None, _) => given,
            (_, _, None) => true,
        });
        of_log.filter(|table| plan.knows(table)).map(|table| Reading { plan, table: Some(table), row: &NOTHING }).collect()
    }

    /// A row of a table, by the table's name, else by what happened.
    fn of_row(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>, given: bool) -> Vec<Reading<'i, 'p, 'a>> {
        let found = rows::table_row(object, plan.schema);
        if found.named {
            return vec![Reading { plan, table: found.table, row: found.row }];
        }
        if object.get(&plan.schema.tell).is_none() || !(given || object.get(&plan.schema.time).is_some()) {
            return Vec::new();
        }
        let mut cells = plan.cells();
        plan.set_all(&mut cells, object.entries());
        let fits = plan.schema.tables.iter().filter(|table| plan.says_what_happened(table, &cells));
        let fits: Vec<_> = fits.map(|table| Reading { plan, table: Some(table), row: object }).collect();
        if fits.is_empty() { vec![Reading { plan, table: None, row: object }] } else { fits }
    }

    fn of_dataset(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>) -> Vec<Reading<'i, 'p, 'a>> {
        rows::datasets(object, plan.schema).into_iter().map(|table| Reading { plan, table: Some(table), row: object }).collect()
    }

    fn by_columns(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>) -> Vec<Reading<'i, 'p, 'a>> {
        rows::datasets_by_columns(object, plan.schema).into_iter().map(|table| Reading { plan, table: Some(table), row: object }).collect()
    }

    fn may_be_an_event(&self) -> bool {
        self.table.is_some_and(|table| self.plan.knows(table))
    }

    fn name(&self) -> String {
        match self.table {
            Some(table) => format!("{} {}", self.plan.schema.name, table.name),
            None => self.plan.schema.name.to_string(),
        }
    }

    fn decode(&self, object: &Json<'_>, record: Option<&Record<'_, '_>>, event: &mut Event, sink: &mut dyn FnMut(&Event)) -> Row {
        let Some(table) = self.table else { return Row::OfNoClass };
        let (plan, schema) = (self.plan, self.plan.schema);
        let mut cells = plan.cells();
        let time = match (plan.form, record) {
            (Form::Log, Some(record)) => {
                record.data.iter().for_each(|(name, value)| plan.set(&mut cells, name, value));
                record.computer.into_iter().for_each(|computer| plan.set(&mut cells, &schema.host, computer));
                plan.set(&mut cells, &schema.tell, record.event_id_cell);
                record.time
            }
            (Form::Log | Form::Table, _) => {
                plan.set_all(&mut cells, self.row.entries());
                self.row.get(&schema.time).and_then(time::parse)
            }
            (Form::Dataset, _) => {
                for (key, value) in self.row.entries() {
                    plan.set(&mut cells, key.rsplit('.').next().unwrap_or(key), value);
                }
                self.row.get(&schema.time).and_then(time::parse)
            }
        };
        match plan.decode(table, &cells, time, object, event, sink) {
            0 => Row::OfNoClass,
            events => Row::Events(events),
        }
    }
}

/// The row of a record: its data stands elsewhere.
static NOTHING: Json<'static> = Json::Null;

/// The log that a provider writes to, up to the slash. Most have their own, of the same name.
fn channel_of(provider: &str) -> &str {
    if provider.eq_ignore_ascii_case("Microsoft-Windows-Security-Auditing") { "Security" } else { provider }
}

impl ShapeError {
    /// The finding, at the span of the event.
    pub fn diagnostic(&self, line: Span) -> Diagnostic {
        match self {
            ShapeError::NotAnObject(reason) => events::not_an_object(line, reason),
            ShapeError::Unknown(schemas) => events::unknown_shape(line, schemas),
            ShapeError::Ambiguous(readings) => events::ambiguous_shape(line, readings),
        }
    }
}

impl std::fmt::Display for ShapeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ShapeError::NotAnObject(_) => "not a JSON object",
            ShapeError::Unknown(_) => "no known shape",
            ShapeError::Ambiguous(_) => "more than one shape",
        })
    }
}

impl std::error::Error for ShapeError {}
