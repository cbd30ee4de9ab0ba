//! Events as a product writes them, to events in the model's words.
//!
//! In: one JSON object. Out: one [`Event`] for each class of the model that it is an event of; none where its kind has no class.
//! Where a field lives, under which names, and which values mean 'no value' is read from the bindings. The schema is given or found
//! out for each event; an event that may be of several, or of none, is an error and no guess.

mod document;
mod flat;
mod heads;
mod json;
mod keys;
mod log;
mod marks;
mod names;
mod plan;
mod reading;
mod rows;
mod scan;
pub mod time;
pub mod value;

use crate::diag::{Diagnostic, events};
use crate::schema::{Actions, ClassId, Packs, Platform, Table};
use crate::source::Span;

use super::{Event, Fields};
use flat::Flat;
use heads::{numbered, one, platform};
use json::Json;
use log::Record;
use names::{Names, Said};
use plan::{Form, SchemaPlan, Whole};
use reading::{Reading, likeliest};

/// Reads one event after the other, of one schema or of any.
#[derive(Debug)]
pub struct Reader<'p> {
    plans: Vec<SchemaPlan<'p>>,
    /// Of the classes that take any record of a log.
    any: Option<SchemaPlan<'p>>,
    /// Of the classes that take any log that Splunk keeps.
    lines: Option<SchemaPlan<'p>>,
    names: Names,
    /// Some schema was named.
    given: bool,
    /// And a table of it.
    table: Option<&'p Table>,
    flat: Flat<'p>,
    event: Event,
    is_mended: bool,
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

    /// Every event is of this schema (`sysmon`, `windows`, `defender`, `cim`), or of this table of it (`linux.audit`, `cim.Endpoint.Processes`); None
    /// if no pack has it. The tables of a log are told by what its records say themselves.
    pub fn of(packs: &'p Packs, schema: &str) -> Option<Reader<'p>> {
        if let Some(schema) = packs.schema(schema) {
            return Some(Reader::new(packs, Some(&schema.name)));
        }
        let (schema, table) = schema.split_once('.')?;
        let schema = packs.schema(schema)?;
        let table = schema.tables.iter().find(|known| known.name.eq_ignore_ascii_case(table))?;
        let reader = Reader { table: Some(table), ..Reader::new(packs, Some(&schema.name)) };
        let is_chosen = |plan: &SchemaPlan<'_>| matches!(plan.form, Form::Table | Form::Dataset) && plan.knows(table);
        reader.plans.iter().any(is_chosen).then_some(reader)
    }

    fn new(packs: &'p Packs, only: Option<&str>) -> Reader<'p> {
        // A schema that no class is bound in reads nothing: it takes no part unless it is asked for.
        let is_bound = |schema: &str| packs.bindings.iter().any(|binding| binding.schema == schema);
        let schemas = packs.schemas.iter().filter(|schema| only.map_or(is_bound(&schema.name), |only| schema.name == only));
        let plans: Vec<SchemaPlan<'_>> = schemas.map(|schema| SchemaPlan::new(packs, schema)).collect();
        let of_logs = plans.iter().any(|plan| matches!(plan.form, Form::Log | Form::Document));
        let any = packs.schemas.iter().filter(|_| of_logs).find_map(|schema| SchemaPlan::of_any(packs, schema));
        let in_splunk = plans.iter().any(|plan| plan.form == Form::Table && plan.is_of_splunk() && !plan.takes_any());
        let lines = packs.schemas.iter().filter(|_| in_splunk).find_map(|schema| SchemaPlan::of_lines(packs, schema));
        let flat = Flat::new(&plans, any.as_ref(), only.is_some());
        Reader {
            plans,
            any,
            lines,
            names: Names::default(),
            given: only.is_some(),
            table: None,
            flat,
            event: Event::new(ClassId(0), Actions::NONE),
            is_mended: false,
        }
    }

    /// What a line has that may be its time, with its name, as it is written: for an event whose time could not be read.
    pub fn time_as_written(line: &str) -> Option<(String, String)> {
        let line = line.trim_start_matches('\u{feff}').trim();
        let value = Json::parse(line).ok()?;
        log::times(&value).map(|(name, value)| {
            let mut text = String::new();
            plan::collect(value, &mut text);
            (name.to_owned(), text.trim_end().to_owned())
        })
    }

    /// Whether the last line that was read had something in its texts that is no character, and was read with U+FFFD in its place.
    pub fn is_mended(&self) -> bool {
        self.is_mended
    }

    /// Reads one line of JSON. `sink` is called for each event that it is, with all of its fields.
    pub fn read(&mut self, line: &str, mut sink: impl FnMut(&Event)) -> Result<Row, ShapeError> {
        let mut event = std::mem::replace(&mut self.event, Event::new(ClassId(0), Actions::NONE));
        let row = self.each(line, |fields| {
            fields.copy(&mut event);
            sink(&event);
        });
        self.event = event;
        row
    }

    /// The same, with events whose fields are read when somebody asks for them, as a scanner does for those that rules test.
    pub fn each(&mut self, line: &str, mut sink: impl FnMut(&dyn Fields)) -> Result<Row, ShapeError> {
        let line = line.trim_start_matches('\u{feff}').trim();
        self.is_mended = false;
        if line.is_empty() {
            return Ok(Row::Blank);
        }
        if let Some(row) = self.flat.read(line, &self.plans, self.any.as_ref(), self.given, &mut sink) {
            return Ok(row);
        }
        self.tree(line, &mut sink)
    }

    /// What cannot be read without a tree.
    fn tree(&mut self, line: &str, sink: &mut dyn FnMut(&dyn Fields)) -> Result<Row, ShapeError> {
        match Json::parse(line) {
            Ok(value) => self.value(Whole::of(&value, line), sink),
            Err(reason) => {
                let mended = Json::mended(line).ok_or(ShapeError::NotAnObject(reason))?;
                let value = Json::parse(&mended).map_err(ShapeError::NotAnObject)?;
                self.is_mended = true;
                self.value(Whole { object: &value, line: None }, sink)
            }
        }
    }

    fn value(&self, whole: Whole<'_, '_>, sink: &mut dyn FnMut(&dyn Fields)) -> Result<Row, ShapeError> {
        match whole.object {
            Json::Object(_) => match self.row(whole, sink) {
                // What is of no known shape may stand around an event, or be one whose objects were written flat.
                Err(ShapeError::Unknown(known)) => {
                    let inside = document::inside(whole.object).or_else(|| log::nested(whole.object));
                    inside.map_or(Err(ShapeError::Unknown(known.clone())), |inside| {
                        self.row(Whole { object: &inside, ..whole }, sink).map_err(|_| ShapeError::Unknown(known))
                    })
                }
                row => row,
            },
            Json::List(_) => Err(ShapeError::NotAnObject("this is a list".into())),
            Json::Null | Json::Bool(_) | Json::Int(_) | Json::Real(_) | Json::Text(_) => {
                Err(ShapeError::NotAnObject("this is a single value".into()))
            }
        }
    }

    /// What the object is of the classes that know its kind; and, where it is a record of a log, of those that take any record.
    fn row(&self, whole: Whole<'_, '_>, sink: &mut dyn FnMut(&dyn Fields)) -> Result<Row, ShapeError> {
        let record = Record::find(whole.object);
        let (row, form) = self.known(whole, record.as_ref(), sink)?;
        let (Some(record), Form::Log | Form::Document, Some(any)) = (&record, form, &self.any) else { return Ok(row) };
        let events = if self.is_told(record) { any.decode_any(record, whole, sink) } else { 0 };
        Ok(row.and(events))
    }

    /// It says of which log it is, or what wrote the events was said.
    fn is_told(&self, record: &Record<'_, '_>) -> bool {
        self.given || record.channel.is_some() || record.provider.is_some()
    }

    /// The events of its kind, and how they are written.
    fn known(
        &self,
        whole: Whole<'_, '_>,
        record: Option<&Record<'_, '_>>,
        sink: &mut dyn FnMut(&dyn Fields),
    ) -> Result<(Row, Form), ShapeError> {
        let object = whole.object;
        let said = self.said(object);
        let (flat, in_splunk) = (self.flat(object), self.in_splunk(object, said));
        let mut readings = self.readings(object, said, record, flat.as_ref(), in_splunk.as_ref());
        // What a collector made of a record is read before the record: its pipeline takes out of `winlog` what it names anew.
        if let Some(at) = readings.iter().position(|reading| reading.plan.form == Form::Document) {
            let document = readings.remove(at);
            let platform = record.and_then(|record| self.platform(record));
            match document.decode(whole, record, platform, sink) {
                Row::OfNoClass if !readings.is_empty() => {}
                row => return Ok((row, Form::Document)),
            }
        }
        if readings.is_empty() && record.is_none() {
            let by_columns = self.plans.iter().filter(|plan| plan.form == Form::Dataset);
            let by_columns = by_columns.filter(|plan| self.given || object.get(&plan.schema.time).is_some());
            readings.extend(by_columns.flat_map(|plan| Reading::by_columns(plan, object)));
        }
        likeliest(&mut readings);
        let of_log = record.is_some_and(|record| self.is_told(record));
        match readings.as_slice() {
            [first, ..] if !readings.iter().any(Reading::may_be_an_event) => Ok((Row::OfNoClass, first.plan.form)),
            [] if of_log => Ok((Row::OfNoClass, Form::Log)),
            [] => Err(ShapeError::Unknown(self.plans.iter().map(|plan| plan.schema.name.to_string()).collect())),
            [reading] => {
                let row = reading.decode(whole, record, reading.platform(record), sink);
                let more = self.lines.iter().filter(|_| reading.plan.is_of_splunk()).map(|lines| lines.as_line(reading, whole, sink));
                Ok((row.and(more.sum()), reading.plan.form))
            }
            several => Err(ShapeError::Ambiguous(several.iter().map(Reading::name).collect())),
        }
    }

    /// Every way in which the object says what it is.
    fn readings<'r, 'a>(
        &'r self,
        object: &'r Json<'a>,
        said: Said,
        record: Option<&'r Record<'_, '_>>,
        flat: Option<&'r Json<'a>>,
        in_splunk: Option<&'r Json<'a>>,
    ) -> Vec<Reading<'r, 'p, 'a>> {
        if let (Some(table), Some(plan)) = (self.table, self.plans.first()) {
            let row = in_splunk.filter(|_| plan.form == Form::Table).unwrap_or(object);
            return vec![Reading { plan, tables: vec![table], row }];
        }
        let said_in_splunk = in_splunk.map(|row| self.said(row)).unwrap_or_default();
        let mut readings = Vec::new();
        for (at, plan) in self.plans.iter().enumerate() {
            let is_of = |said: Said| self.given || said.may_be_of(at);
            match (plan.form, record) {
                (Form::Log, Some(record)) => readings.extend(Reading::of_record(plan, record, self.given)),
                // Nothing in a row tells that it is one of a table that takes any: the user does.
                (Form::Table, _) if let Some(any) = plan.schema.table(plan::ANY) => {
                    let given = in_splunk.iter().filter(|_| self.given);
                    readings.extend(given.map(|row| Reading { plan, tables: vec![any], row }));
                }
                (Form::Table, _) if plan.is_of_splunk() && is_of(said_in_splunk) => {
                    readings.extend(in_splunk.iter().flat_map(|row| Reading::of_row(plan, row, self.given)));
                }
                (Form::Table, _) if !plan.is_of_splunk() && is_of(said) => readings.extend(Reading::of_row(plan, object, self.given)),
                (Form::Dataset, _) if is_of(said) => readings.extend(Reading::of_dataset(plan, object)),
                (Form::Document, _) => readings.extend(flat.iter().filter_map(|flat| Reading::of_document(plan, flat))),
                (Form::Log | Form::Table | Form::Dataset, _) => {}
            }
        }
        readings
    }

    fn said(&self, row: &Json<'_>) -> Said {
        self.names.of_row(row, &self.plans, self.lines.as_ref())
    }

    /// The system that writes the log of a record, whatever class it is of.
    fn platform(&self, record: &Record<'_, '_>) -> Option<Platform> {
        let of_logs = self.plans.iter().filter(|plan| plan.form == Form::Log);
        let tables = of_logs.flat_map(|plan| numbered(plan, record.event_id, record.channel, record.provider, false));
        one(tables.map(|table| platform(table, record.channel, record.provider))).flatten()
    }

    /// The object as Splunk keeps it, with its keys by their names with dots, where it is a log that Splunk may keep.
    fn in_splunk<'a>(&self, object: &Json<'a>, said: Said) -> Option<Json<'a>> {
        let mut of_splunk = self.plans.iter().filter(|plan| plan.form == Form::Table && plan.is_of_splunk());
        let is_one = said.tells_splunk || self.given && of_splunk.next().is_some();
        is_one.then(|| document::flat(object, &|column| self.names.of(column, &self.plans, self.lines.as_ref()).is_read))
    }

    /// The object as a document, if it is one.
    fn flat<'a>(&self, object: &Json<'a>) -> Option<Json<'a>> {
        let plan = self.plans.iter().find(|plan| plan.form == Form::Document)?;
        let is_document = self.given || document::has(object, &plan.schema.kind) && document::has(object, &plan.schema.time);
        is_document.then(|| document::flat(object, &|column| plan.reads(column)))
    }
}

impl Row {
    /// The same, being so many events more.
    fn and(self, more: usize) -> Row {
        match self {
            Row::Events(events) => Row::Events(events + more),
            Row::OfNoClass | Row::Blank if more > 0 => Row::Events(more),
            Row::OfNoClass | Row::Blank => self,
        }
    }
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
