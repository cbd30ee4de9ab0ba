//! Events as a product writes them, to events in the model's words.
//!
//! In: one JSON object. Out: one [`Event`] for each class of the model that it is an event of; none where its kind has no class.
//! Where a field lives, under which names, and which values mean 'no value' is read from the bindings. The schema is given or found
//! out for each event; an event that may be of several, or of none, is an error and no guess.

mod document;
mod flat;
mod json;
mod keys;
mod log;
mod marks;
mod plan;
mod rows;
mod scan;
pub mod time;
pub mod value;

use crate::diag::{Diagnostic, events};
use crate::schema::{Actions, Channel, ClassId, Packs, Platform, Table};
use crate::source::Span;

use super::{Event, Fields};
use flat::Flat;
use json::Json;
use log::Record;
use plan::{Form, SchemaPlan};
use value::{cell_values, with_text};

/// Reads one event after the other, of one schema or of any.
#[derive(Debug)]
pub struct Reader<'p> {
    plans: Vec<SchemaPlan<'p>>,
    /// Of the classes that take any record of a log.
    any: Option<SchemaPlan<'p>>,
    /// Of the classes that take any log that Splunk keeps.
    lines: Option<SchemaPlan<'p>>,
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
        let in_splunk = plans.iter().any(|plan| plan.form == Form::Table && plan.is_of_splunk() && !takes_any(plan));
        let lines = packs.schemas.iter().filter(|_| in_splunk).find_map(|schema| SchemaPlan::of_lines(packs, schema));
        let flat = Flat::new(&plans, any.as_ref(), only.is_some());
        Reader {
            plans,
            any,
            lines,
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
            Ok(value) => self.value(&value, sink),
            Err(reason) => {
                let mended = Json::mended(line).ok_or(ShapeError::NotAnObject(reason))?;
                let value = Json::parse(&mended).map_err(ShapeError::NotAnObject)?;
                self.is_mended = true;
                self.value(&value, sink)
            }
        }
    }

    fn value(&self, value: &Json<'_>, sink: &mut dyn FnMut(&dyn Fields)) -> Result<Row, ShapeError> {
        match value {
            Json::Object(_) => match self.row(value, sink) {
                // What is of no known shape may stand around an event, or be one whose objects were written flat.
                Err(ShapeError::Unknown(known)) => {
                    let inside = document::inside(value).or_else(|| log::nested(value));
                    inside.map_or(Err(ShapeError::Unknown(known.clone())), |inside| {
                        self.row(&inside, sink).map_err(|_| ShapeError::Unknown(known))
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
    fn row(&self, object: &Json<'_>, sink: &mut dyn FnMut(&dyn Fields)) -> Result<Row, ShapeError> {
        let record = Record::find(object);
        let (row, form) = self.known(object, record.as_ref(), sink)?;
        let (Some(record), Form::Log | Form::Document, Some(any)) = (&record, form, &self.any) else { return Ok(row) };
        let events = if self.is_told(record) { any.decode_any(record, object, sink) } else { 0 };
        Ok(row.and(events))
    }

    /// It says of which log it is, or what wrote the events was said.
    fn is_told(&self, record: &Record<'_, '_>) -> bool {
        self.given || record.channel.is_some() || record.provider.is_some()
    }

    /// The events of its kind, and how they are written.
    fn known(
        &self,
        object: &Json<'_>,
        record: Option<&Record<'_, '_>>,
        sink: &mut dyn FnMut(&dyn Fields),
    ) -> Result<(Row, Form), ShapeError> {
        let flat = self.flat(object);
        let in_splunk = self.in_splunk(object);
        let mut readings = Vec::new();
        for plan in &self.plans {
            match (plan.form, record) {
                (Form::Log, Some(record)) => readings.extend(Reading::of_record(plan, record, self.given)),
                (Form::Log, None) => {}
                // Nothing in a row tells that it is one of a table that takes any: the user does.
                (Form::Table, _) if let Some(any) = plan.schema.table(plan::ANY) => {
                    let given = in_splunk.iter().filter(|_| self.given);
                    readings.extend(given.map(|row| Reading { plan, tables: vec![any], row }));
                }
                (Form::Table, _) if plan.is_of_splunk() => {
                    readings.extend(in_splunk.iter().flat_map(|row| Reading::of_row(plan, row, self.given)));
                }
                (Form::Table, _) => readings.extend(Reading::of_row(plan, object, self.given)),
                (Form::Dataset, _) => readings.extend(Reading::of_dataset(plan, object)),
                (Form::Document, _) => readings.extend(flat.iter().filter_map(|flat| Reading::of_document(plan, flat))),
            }
        }
        if let (Some(table), Some(plan)) = (self.table, self.plans.first()) {
            let row = in_splunk.as_ref().filter(|_| plan.form == Form::Table).unwrap_or(object);
            readings = vec![Reading { plan, tables: vec![table], row }];
        }
        // What a collector made of a record is read before the record: its pipeline takes out of `winlog` what it names anew.
        if let Some(at) = readings.iter().position(|reading| reading.plan.form == Form::Document) {
            let document = readings.remove(at);
            let platform = record.and_then(|record| self.platform(record));
            match document.decode(object, record, platform, sink) {
                Row::OfNoClass if !readings.is_empty() => {}
                row => return Ok((row, Form::Document)),
            }
        }
        if readings.is_empty() && record.is_none() {
            let by_columns = self.plans.iter().filter(|plan| plan.form == Form::Dataset);
            let by_columns = by_columns.filter(|plan| self.given || object.get(&plan.schema.time).is_some());
            readings.extend(by_columns.flat_map(|plan| Reading::by_columns(plan, object)));
        }
        // A row of a table that keeps whole records is the record in other words, and of the record more is known.
        if readings.iter().any(|reading| reading.plan.form == Form::Log) {
            readings.retain(|reading| {
                reading.plan.form != Form::Table || !reading.tables.iter().all(|table| reading.plan.keeps_records(table))
            });
        }
        if readings.iter().any(Reading::may_be_an_event) {
            readings.retain(Reading::may_be_an_event);
        }
        closest(&mut readings);
        let of_log = record.is_some_and(|record| self.is_told(record));
        let of_no_class = !readings.is_empty() && !readings.iter().any(Reading::may_be_an_event);
        match readings.as_slice() {
            [first, ..] if of_no_class => Ok((Row::OfNoClass, first.plan.form)),
            [] if of_log => Ok((Row::OfNoClass, Form::Log)),
            [] => Err(ShapeError::Unknown(self.plans.iter().map(|plan| plan.schema.name.to_string()).collect())),
            [reading] => {
                let head = record.filter(|_| reading.plan.form == Form::Log);
                let systems = reading
                    .tables
                    .iter()
                    .map(|table| platform(table, head.and_then(|record| record.channel), head.and_then(|record| record.provider)));
                let row = reading.decode(object, record, one(systems).flatten(), sink);
                let more = self.lines.iter().filter(|_| reading.plan.is_of_splunk()).map(|lines| lines.as_line(reading, object, sink));
                Ok((row.and(more.sum()), reading.plan.form))
            }
            several => Err(ShapeError::Ambiguous(several.iter().map(Reading::name).collect())),
        }
    }

    /// The system that writes the log of a record, whatever class it is of.
    fn platform(&self, record: &Record<'_, '_>) -> Option<Platform> {
        let of_logs = self.plans.iter().filter(|plan| plan.form == Form::Log);
        let tables = of_logs.flat_map(|plan| numbered(plan, record.event_id, record.channel, record.provider, false));
        one(tables.map(|table| platform(table, record.channel, record.provider))).flatten()
    }

    /// The object as Splunk keeps it, with its keys by their names with dots, where it is a log that Splunk may keep.
    fn in_splunk<'a>(&self, object: &Json<'a>) -> Option<Json<'a>> {
        let plans = || self.plans.iter().filter(|plan| plan.form == Form::Table && plan.is_of_splunk());
        let may_be = |plan: &SchemaPlan<'_>| object.entries().iter().any(|(key, _)| rows::tells(plan.schema, key));
        let is_one = plans().any(|plan| self.given || may_be(plan));
        let wanted = |column: &str| {
            let any_case = |plan: &SchemaPlan<'_>| takes_any(plan) && plan.caseless(column).is_some();
            let reads = |plan: &SchemaPlan<'_>| {
                plan.reads(column) || plan.column_of(column).is_some() || rows::tells(plan.schema, column) || any_case(plan)
            };
            rows::TIMES.contains(&column) || plans().chain(&self.lines).any(reads)
        };
        is_one.then(|| document::flat(object, &wanted))
    }

    /// The object as a document, if it is one.
    fn flat<'a>(&self, object: &Json<'a>) -> Option<Json<'a>> {
        let plan = self.plans.iter().find(|plan| plan.form == Form::Document)?;
        let is_document = self.given || document::has(object, &plan.schema.kind) && document::has(object, &plan.schema.time);
        is_document.then(|| document::flat(object, &|column| plan.reads(column)))
    }
}

/// Rows of any kind are rows of one of its tables.
fn takes_any(plan: &SchemaPlan<'_>) -> bool {
    plan.schema.table(plan::ANY).is_some()
}

/// Two products have a table of one name (`DeviceProcessEvents`): a row is of the one whose time it has, else of the one that knows more
/// of its columns. Rows that name no table are not told apart so.
fn closest(readings: &mut Vec<Reading<'_, '_, '_>>) {
    let name = readings.first().and_then(|reading| reading.tables.first()).map(|table| table.name.as_ref());
    let same =
        |reading: &Reading<'_, '_, '_>| reading.plan.form == Form::Table && reading.tables.first().map(|table| table.name.as_ref()) == name;
    if readings.len() < 2 || !readings.iter().all(same) {
        return;
    }
    let known = |reading: &Reading<'_, '_, '_>| {
        let has_time = reading.row.get(reading.time()).is_some();
        let of_table = |column: &str| reading.tables.iter().any(|table| table.column(column).is_some());
        (has_time, reading.row.entries().iter().filter(|(column, _)| of_table(column)).count())
    };
    let most = readings.iter().map(known).max();
    readings.retain(|reading| Some(known(reading)) == most);
}

/// One way to read an object.
struct Reading<'i, 'p, 'a> {
    plan: &'i SchemaPlan<'p>,
    /// None: of a known shape, in a table without any class. Several: a row of all of them.
    tables: Vec<&'i Table>,
    row: &'i Json<'a>,
}

impl SchemaPlan<'_> {
    /// The events that a log is which Splunk keeps, whatever it is of.
    fn as_line(&self, reading: &Reading<'_, '_, '_>, object: &Json<'_>, sink: &mut dyn FnMut(&dyn Fields)) -> usize {
        let Some(any) = self.schema.table(plan::ANY) else { return 0 };
        let mut cells = self.cells();
        self.set_any(&mut cells, reading.row.entries());
        self.decode(&[any], None, &plan::Row { cells: &cells, time: reading.read_time(), object }, sink)
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

impl<'i, 'p, 'a> Reading<'i, 'p, 'a> {
    /// A log is known by its channel, else by who wrote it. Where a schema is given, an event that names neither is of that schema.
    fn of_record(plan: &'i SchemaPlan<'p>, record: &Record<'_, '_>, given: bool) -> Vec<Reading<'i, 'p, 'a>> {
        numbered(plan, record.event_id, record.channel, record.provider, given)
            .map(|table| Reading { plan, tables: vec![table], row: &NOTHING })
            .collect()
    }

    /// A row of a table, by the table's name, else by what happened.
    fn of_row(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>, given: bool) -> Vec<Reading<'i, 'p, 'a>> {
        let found = rows::table_row(object, plan.schema);
        let of_kind: Vec<&Table> = rows::of_kind(found.row, plan.schema);
        if found.named && of_kind.is_empty() {
            return vec![Reading { plan, tables: found.table.into_iter().collect(), row: found.row }];
        }
        let (schema, row) = (plan.schema, found.row);
        let reading = |table| Reading { plan, tables: vec![table], row };
        let searched = |table: &&Table| schema.found_by(table).next().is_some();
        let by_signs: Vec<_> = plan.known.iter().copied().filter(|table| rows::has_signs(row, table)).map(reading).collect();
        if !by_signs.is_empty() {
            return by_signs;
        }
        let by_search = plan.known.iter().copied().filter(searched);
        let by_search: Vec<_> = by_search.filter(|table| rows::is_found(row, schema, table, given)).map(reading).collect();
        if of_kind.is_empty() && !by_search.is_empty() {
            return by_search;
        }
        // Without any table's time it is no row; most events of other products end here.
        if of_kind.is_empty() && !given && !plan.is_timed(row) {
            return Vec::new();
        }
        let has = |column: &str| !column.is_empty() && row.get(column).is_some();
        let timed = |table: &Table| given || has(schema.time_of(table));
        let mut cells = plan.cells();
        plan.set_all(&mut cells, row.entries());
        let nothing = || vec![Reading { plan, tables: Vec::new(), row }];
        if !of_kind.is_empty() {
            let fits: Vec<_> = of_kind.into_iter().filter(|table| plan.says_what_happened(table, &cells)).map(reading).collect();
            return if fits.is_empty() { nothing() } else { fits };
        }
        let others = || plan.known.iter().copied().filter(|table| !searched(table) && timed(table));
        let told = |table: &&Table| plan.is_told(table, &cells) && plan.says_what_happened(table, &cells);
        let fits = others().filter(|table| !plan.takes_all(table) && told(table));
        let fits: Vec<&Table> = fits.collect();
        // Of tables that say alike what happened, those that have all columns of the row.
        let (whole, partly): (Vec<&Table>, Vec<&Table>) = fits.into_iter().partition(|table| rows::has_only_columns_of(row, table));
        let fits = if whole.is_empty() { partly } else { whole };
        if !fits.is_empty() {
            return fits.into_iter().map(reading).collect();
        }
        let alike = || others().filter(|table| rows::has_only_columns_of(row, table));
        let whole: Vec<_> = alike().filter(|table| plan.takes_all(table)).map(reading).collect();
        let is_known = has(&schema.tell) && (given || has(&schema.time)) || alike().any(|table| table.own().is_some());
        if whole.is_empty() && is_known { nothing() } else { whole }
    }

    /// A document, by the values of the column that says of which kinds it is.
    fn of_document(plan: &'i SchemaPlan<'p>, flat: &'i Json<'a>) -> Option<Reading<'i, 'p, 'a>> {
        let mut tables = Vec::new();
        cell_values(flat.get(&plan.schema.kind)?, &mut |kind| {
            with_text(kind, |kind| tables.extend(plan.schema.tables.iter().filter(|table| table.name.eq_ignore_ascii_case(kind))));
        });
        Some(Reading { plan, tables, row: flat })
    }

    fn of_dataset(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>) -> Vec<Reading<'i, 'p, 'a>> {
        rows::datasets(object, plan.schema).into_iter().map(|table| Reading { plan, tables: vec![table], row: object }).collect()
    }

    fn by_columns(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>) -> Vec<Reading<'i, 'p, 'a>> {
        rows::datasets_by_columns(object, plan.schema).into_iter().map(|table| Reading { plan, tables: vec![table], row: object }).collect()
    }

    /// The column of its time.
    fn time(&self) -> &str {
        self.tables.first().map_or(&self.plan.schema.time, |table| self.plan.schema.time_of(table))
    }

    /// Splunk reads a log's own time.
    fn read_time(&self) -> Option<i64> {
        let own = || self.row.first(rows::TIMES).filter(|_| self.plan.is_of_splunk());
        // One table has its time under either name, as the workspace or the portal exports it.
        let exported = || self.row.first(rows::EXPORTED).filter(|_| self.plan.form == Form::Table && !self.plan.is_of_splunk());
        match self.row.get(self.time()).or_else(own).or_else(exported)? {
            Json::List(times) => times.first().and_then(time::parse),
            time => time::parse(time),
        }
    }

    fn may_be_an_event(&self) -> bool {
        self.tables.iter().any(|table| self.plan.knows(table))
    }

    fn name(&self) -> String {
        let names = std::iter::once(&self.plan.schema.name).chain(self.tables.iter().map(|table| &table.name));
        names.map(|name| name.as_ref()).collect::<Vec<_>>().join(" ")
    }

    fn decode(
        &self,
        object: &Json<'_>,
        record: Option<&Record<'_, '_>>,
        platform: Option<Platform>,
        sink: &mut dyn FnMut(&dyn Fields),
    ) -> Row {
        let (plan, schema) = (self.plan, self.plan.schema);
        let mut cells = plan.cells();
        let time = match (plan.form, record) {
            (Form::Log, Some(record)) => {
                record.data.iter().for_each(|(name, value)| plan.set(&mut cells, name, value));
                record.computer.into_iter().for_each(|computer| plan.set(&mut cells, &schema.host, computer));
                plan.set(&mut cells, &schema.tell, &record.event_id_cell);
                record.time
            }
            (Form::Log | Form::Table | Form::Document, _) => {
                if plan.form == Form::Table && takes_any(plan) {
                    plan.set_any(&mut cells, self.row.entries());
                } else {
                    plan.set_all(&mut cells, self.row.entries());
                }
                self.read_time()
            }
            (Form::Dataset, _) => {
                for (key, value) in self.row.entries() {
                    plan.set(&mut cells, key.rsplit('.').next().unwrap_or(key), value);
                }
                self.row.get(&schema.time).and_then(time::parse)
            }
        };
        match plan.decode(&self.tables, platform, &plan::Row { cells: &cells, time, object }, sink) {
            0 => Row::OfNoClass,
            events => Row::Events(events),
        }
    }
}

/// The tables of a log, by what the head of a record says.
fn numbered<'i, 'p>(
    plan: &'i SchemaPlan<'p>,
    event_id: i64,
    channel: Option<&'i str>,
    provider: Option<&'i str>,
    given: bool,
) -> impl Iterator<Item = &'p Table> {
    plan.numbered(event_id).iter().copied().filter(move |table| match (channel, provider) {
        (None, None) => given,
        _ if table.channels.is_empty() => true,
        (Some(channel), _) => table.is_in(channel),
        (None, Some(provider)) => table.channels.iter().any(|own| writes_to(provider, &own.name)),
    })
}

/// The system whose machines alone write to the log in which the table's events stand, as far as the head of a record, or the pack, says.
fn platform(table: &Table, channel: Option<&str>, provider: Option<&str>) -> Option<Platform> {
    let is_of_record = |own: &&Channel| match (channel, provider) {
        (Some(channel), _) => own.name.eq_ignore_ascii_case(channel),
        (None, Some(provider)) => writes_to(provider, &own.name),
        (None, None) => true,
    };
    let of_channels = table.channels.iter().filter(is_of_record).map(|channel| channel.platform);
    one(of_channels.chain(table.own().into_iter().flat_map(|own| own.platforms.iter().copied())))
}

/// What all of them are.
fn one<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// The row of a record: its data stands elsewhere.
static NOTHING: Json<'static> = Json::Null;

/// Providers whose log has another name than their own.
const LOGS: [(&str, &str); 10] = [
    ("Microsoft-Windows-Security-Auditing", "Security"),
    ("Microsoft-Windows-Eventlog", "Security"),
    ("Microsoft-Windows-Eventlog", "System"),
    ("Service Control Manager", "System"),
    ("PowerShell", "Windows PowerShell"),
    ("Microsoft-Windows-AppXDeployment-Server", "Microsoft-Windows-AppXDeploymentServer"),
    ("Microsoft-Windows-AppxPackagingOM", "Microsoft-Windows-AppxPackaging"),
    ("Microsoft-Windows-DNS-Client", "Microsoft-Windows-DNS Client Events"),
    ("Microsoft-Windows-Security-Netlogon", "Microsoft-Windows-NTLM"),
    ("Microsoft-Windows-SMBClient", "Microsoft-Windows-SmbClient"),
];

/// Whether a provider writes to a log. Most have their own, of the same name.
fn writes_to(provider: &str, channel: &str) -> bool {
    let log = channel.split('/').next().unwrap_or_default();
    let others = LOGS.iter().filter(|(other, _)| provider.eq_ignore_ascii_case(other)).map(|(_, log)| *log);
    others.chain([provider]).any(|known| known.eq_ignore_ascii_case(log))
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
