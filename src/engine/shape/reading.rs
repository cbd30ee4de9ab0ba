//! The ways in which one object can be read.
//!
//! In: an object, the plan of a schema, and what the head of a record says. Out: every way in which the object may be an event of that schema,
//! and of a way the events themselves. Law: where the object leaves a choice, all of it is returned; which way is taken, or that none is, the
//! reader says.

use crate::engine::Fields;
use crate::schema::{Platform, Table};

use super::heads::{numbered, one, platform};
use super::json::Json;
use super::log::Record;
use super::plan::{self, Form, SchemaPlan, Whole};
use super::value::{cell_values, with_text};
use super::{Row, rows, time};

/// One way to read an object.
pub struct Reading<'i, 'p, 'a> {
    pub plan: &'i SchemaPlan<'p>,
    /// None: of a known shape, in a table without any class. Several: a row of all of them.
    pub tables: Vec<&'i Table>,
    pub row: &'i Json<'a>,
}

impl SchemaPlan<'_> {
    /// The events that a log is which Splunk keeps, whatever it is of.
    pub fn as_line(&self, reading: &Reading<'_, '_, '_>, whole: Whole<'_, '_>, sink: &mut dyn FnMut(&dyn Fields)) -> usize {
        let Some(any) = self.schema.table(plan::ANY) else { return 0 };
        let mut cells = self.cells();
        self.set_any(&mut cells, reading.row.entries());
        self.decode(&[any], None, &plan::Row { cells: &cells, time: reading.read_time(), whole }, sink)
    }
}

impl<'i, 'p, 'a> Reading<'i, 'p, 'a> {
    /// A log is known by its channel, else by who wrote it. Where a schema is given, an event that names neither is of that schema.
    pub fn of_record(plan: &'i SchemaPlan<'p>, record: &Record<'_, '_>, given: bool) -> Vec<Reading<'i, 'p, 'a>> {
        numbered(plan, record.event_id, record.channel, record.provider, given)
            .map(|table| Reading { plan, tables: vec![table], row: &NOTHING })
            .collect()
    }

    /// A row of a table, by the table's name, else by what happened.
    pub fn of_row(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>, given: bool) -> Vec<Reading<'i, 'p, 'a>> {
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
    pub fn of_document(plan: &'i SchemaPlan<'p>, flat: &'i Json<'a>) -> Option<Reading<'i, 'p, 'a>> {
        let mut tables = Vec::new();
        cell_values(flat.get(&plan.schema.kind)?, &mut |kind| {
            with_text(kind, |kind| tables.extend(plan.schema.tables.iter().filter(|table| table.name.eq_ignore_ascii_case(kind))));
        });
        Some(Reading { plan, tables, row: flat })
    }

    pub fn of_dataset(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>) -> Vec<Reading<'i, 'p, 'a>> {
        rows::datasets(object, plan.schema).into_iter().map(|table| Reading { plan, tables: vec![table], row: object }).collect()
    }

    pub fn by_columns(plan: &'i SchemaPlan<'p>, object: &'i Json<'a>) -> Vec<Reading<'i, 'p, 'a>> {
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

    pub fn may_be_an_event(&self) -> bool {
        self.tables.iter().any(|table| self.plan.knows(table))
    }

    /// The system that writes the log it stands in.
    pub fn platform(&self, record: Option<&Record<'_, '_>>) -> Option<Platform> {
        let head = record.filter(|_| self.plan.form == Form::Log);
        let of_head = |table: &&Table| platform(table, head.and_then(|record| record.channel), head.and_then(|record| record.provider));
        one(self.tables.iter().map(of_head)).flatten()
    }

    pub fn name(&self) -> String {
        let names = std::iter::once(&self.plan.schema.name).chain(self.tables.iter().map(|table| &table.name));
        names.map(|name| name.as_ref()).collect::<Vec<_>>().join(" ")
    }

    pub fn decode(
        &self,
        whole: Whole<'_, '_>,
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
                if plan.form == Form::Table && plan.takes_any() {
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
        match plan.decode(&self.tables, platform, &plan::Row { cells: &cells, time, whole }, sink) {
            0 => Row::OfNoClass,
            events => Row::Events(events),
        }
    }
}

/// Leaves out what is less likely where something else is: tables without events, rows of what a log says itself, and [`closest`].
pub fn likeliest(readings: &mut Vec<Reading<'_, '_, '_>>) {
    // A row of a table that keeps whole records is the record in other words, and of the record more is known.
    if readings.iter().any(|reading| reading.plan.form == Form::Log) {
        readings
            .retain(|reading| reading.plan.form != Form::Table || !reading.tables.iter().all(|table| reading.plan.keeps_records(table)));
    }
    if readings.iter().any(Reading::may_be_an_event) {
        readings.retain(Reading::may_be_an_event);
    }
    closest(readings);
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

/// The row of a record: its data stands elsewhere.
static NOTHING: Json<'static> = Json::Null;
