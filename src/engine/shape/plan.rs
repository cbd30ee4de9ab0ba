//! A schema's bindings, prepared: each column has a number, each container its tests and formulas over them.
//!
//! In: one schema of the packs, with its bindings. Out: [`SchemaPlan`], which turns the cells of a row into an event.
//! Law: an event that satisfies no alternative of its container is no event of the class; one that satisfies several is one of either.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt::Write;

use crate::engine::fingerprint::Hash;
use crate::engine::index::Fast;
use crate::engine::{Event, Fields, Origin, Value};
use crate::schema::{
    Actions, ClassId, Container, Expr, FieldId, List, Model, NativeTest, Packs, Platform, Schema, Str, Table, Target, Transform, Type,
};

use super::json::{Entry, Json};
use super::log::Record;
use super::marks::is_spelled;
use super::scan::Kind;
use super::value::{Columns, Formula, Inputs, Native, Written, cell_values, is_kept, like, means_missing, typed, with_text};

/// The table of an event log in which every record of every channel stands.
pub const ANY: &str = "*";

/// How a product writes a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A record of an event log: a number, a channel, data by name.
    Log,
    /// A row of a table; one column says what happened.
    Table,
    /// A row of a data model, its columns with or without the dataset before them.
    Dataset,
    /// A document: columns with dots in their names, nested or not; one column says of which kinds it is.
    Document,
}

#[derive(Debug)]
pub struct SchemaPlan<'p> {
    pub schema: &'p Schema,
    pub form: Form,
    packs: &'p Packs,
    columns: HashMap<&'p str, usize, Fast>,
    /// What Splunk calls them, where that is no column's own name.
    renamed: HashMap<&'p str, usize>,
    /// In lower case; of names that differ in case alone, one.
    caseless: HashMap<String, usize>,
    /// By table: its containers, one for each class.
    containers: HashMap<&'p str, Vec<ContainerPlan<'p>>, Fast>,
    /// The tables in which some class has events.
    pub known: Vec<&'p Table>,
    /// Those of them that are an event of a log, by its number.
    by_number: HashMap<i64, Vec<&'p Table>>,
    /// The columns of time of all tables.
    times: Vec<&'p str>,
}

#[derive(Debug)]
struct ContainerPlan<'p> {
    class: ClassId,
    alternatives: Vec<AlternativePlan<'p>>,
    fields: Vec<FieldPlan<'p>>,
    /// By field: where it stands in `fields`, and one more.
    by_field: Vec<u16>,
    /// The field that holds the event's text, where the class has it.
    raw: Option<FieldId>,
}

#[derive(Debug)]
struct AlternativePlan<'p> {
    actions: Actions,
    any: Vec<Vec<(usize, &'p NativeTest)>>,
}

#[derive(Debug)]
struct FieldPlan<'p> {
    field: FieldId,
    ty: Type,
    /// A text of the product is the value.
    is_text: bool,
    /// The enumeration's.
    values: &'p [Str],
    formula: Formula<'p>,
    /// Those of the formula.
    columns: Vec<usize>,
    /// What it makes of them, as a number; once somebody asked.
    print: OnceCell<u64>,
    missing: &'p List<Str>,
}

impl<'p> SchemaPlan<'p> {
    pub fn new(packs: &'p Packs, schema: &'p Schema) -> SchemaPlan<'p> {
        SchemaPlan::of_tables(packs, schema, &|_| true)
    }

    /// Of the table alone in which every record stands; None where the schema has none, or is none of logs.
    pub fn of_any(packs: &'p Packs, schema: &'p Schema) -> Option<SchemaPlan<'p>> {
        schema.table(ANY)?;
        let plan = SchemaPlan::of_tables(packs, schema, &|table| table == ANY);
        (plan.form == Form::Log).then_some(plan)
    }

    /// Of the table alone in which any log stands that Splunk keeps; None where the schema has none.
    pub fn of_lines(packs: &'p Packs, schema: &'p Schema) -> Option<SchemaPlan<'p>> {
        schema.table(ANY)?;
        let plan = SchemaPlan::of_tables(packs, schema, &|table| table == ANY);
        (plan.form == Form::Table && plan.is_of_splunk()).then_some(plan)
    }

    /// Its rows are logs as Splunk keeps them: of nested JSON it makes columns with dots in their names.
    pub fn is_of_splunk(&self) -> bool {
        self.schema.target == Some(Target::SplunkRaw)
    }

    /// Rows of any kind are rows of one of its tables.
    pub fn takes_any(&self) -> bool {
        self.schema.table(ANY).is_some()
    }

    fn of_tables(packs: &'p Packs, schema: &'p Schema, wanted: &dyn Fn(&str) -> bool) -> SchemaPlan<'p> {
        let form = if schema.prefixed {
            Form::Dataset
        } else if schema.tables.iter().any(|table| table.event_id.is_some()) {
            Form::Log
        } else if schema.kind.contains('.') {
            Form::Document
        } else {
            Form::Table
        };
        let mut times: Vec<&str> = schema.tables.iter().map(|table| schema.time_of(table).as_ref()).chain([schema.time.as_ref()]).collect();
        times.sort_unstable();
        times.dedup();
        let (columns, containers, by_number) = (HashMap::default(), HashMap::default(), HashMap::new());
        let (renamed, caseless) = (HashMap::new(), HashMap::new());
        let mut plan = SchemaPlan { schema, form, packs, columns, renamed, caseless, containers, known: Vec::new(), by_number, times };
        for binding in packs.bindings.iter().filter(|binding| binding.schema == schema.name) {
            for container in binding.containers.iter().filter(|container| wanted(&container.table)) {
                let made = plan.container(binding.class, container);
                plan.containers.entry(&container.table).or_default().push(made);
            }
        }
        for (name, splunk) in schema.splunk.iter().rev() {
            match plan.columns.get(name.as_ref()) {
                Some(column) => _ = plan.renamed.insert(splunk, *column),
                None => _ = plan.renamed.remove(splunk.as_ref()),
            }
        }
        let mut names: Vec<(&str, usize)> = plan.columns.iter().map(|(name, column)| (*name, *column)).collect();
        names.sort_by_key(|(_, column)| std::cmp::Reverse(*column));
        plan.caseless = names.into_iter().map(|(name, column)| (name.to_ascii_lowercase(), column)).collect();
        plan.known = schema.tables.iter().filter(|table| plan.containers.contains_key(table.name.as_ref())).collect();
        for table in &plan.known {
            if let Some(number) = table.event_id {
                plan.by_number.entry(i64::from(number)).or_default().push(table);
            }
        }
        plan
    }

    /// The events of this number that some class knows.
    pub fn numbered(&self, number: i64) -> &[&'p Table] {
        self.by_number.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Whether some table has its time there.
    pub fn is_time(&self, column: &str) -> bool {
        self.times.contains(&column)
    }

    /// Whether the row has the time of any table.
    pub fn is_timed(&self, row: &Json<'_>) -> bool {
        row.entries().iter().any(|(column, _)| self.is_time(column))
    }

    fn container(&mut self, class: ClassId, container: &'p Container) -> ContainerPlan<'p> {
        let model = &self.packs.model;
        let neutral = self.packs.class(class);
        let alternatives = container.alternatives.iter().map(|alternative| AlternativePlan {
            actions: alternative.actions,
            any: alternative.when.iter().map(|all| all.iter().map(|test| (self.column(&test.column), test)).collect()).collect(),
        });
        let alternatives = alternatives.collect();
        let fields = container.fields.iter().map(|bound| {
            let field = neutral.get(bound.field);
            let values = field.values.map_or(&[][..], |id| &model.enumeration(id).values);
            let formula = self.formula(&bound.value);
            let mut columns = Vec::new();
            formula.columns(&mut columns);
            let (is_text, print) = (is_kept(field.ty), OnceCell::new());
            FieldPlan { field: bound.field, ty: field.ty, is_text, values, formula, columns, print, missing: &bound.missing }
        });
        // The time is told by the whole row, and its parts by the time.
        let is_read = |plan: &FieldPlan<'p>| neutral.get(plan.field).name != "time" && neutral.get(plan.field).part.is_none();
        let fields: Vec<FieldPlan<'p>> = fields.filter(is_read).collect();
        let mut by_field = vec![0; neutral.fields.len()];
        fields.iter().zip(1..).for_each(|(plan, place)| by_field[usize::from(plan.field.0)] = place);
        let raw = neutral.field("raw").filter(|field| neutral.get(*field).computed && container.field(*field).is_none());
        ContainerPlan { class, alternatives, fields, by_field, raw }
    }

    fn formula(&mut self, expr: &'p Expr) -> Formula<'p> {
        match expr {
            Expr::Column(name) => Formula::Column(self.column(name)),
            Expr::Apply(Transform::Const(value), _) => Formula::Constant(value),
            // An export that has joined the tables holds the column itself; no other row is at hand.
            Expr::Apply(Transform::Lookup { column, .. }, _) => Formula::Column(self.column(column)),
            Expr::Apply(transform, inputs) => Formula::Apply(transform, inputs.iter().map(|input| self.formula(input)).collect()),
        }
    }

    /// The number of a column.
    fn column(&mut self, name: &'p str) -> usize {
        let next = self.columns.len();
        *self.columns.entry(name).or_insert(next)
    }

    /// Whether any binding reads the column, or the schema's head names it.
    pub fn reads(&self, column: &str) -> bool {
        self.columns.contains_key(column) || column == self.schema.time || column == self.schema.kind
    }

    /// The cells of a row without any.
    pub fn cells<'r, 'a>(&self) -> Vec<Option<&'r Json<'a>>> {
        vec![None; self.columns.len()]
    }

    /// The column of this name, if any binding reads it.
    pub fn column_of(&self, name: &str) -> Option<usize> {
        self.columns.get(name).or_else(|| self.renamed.get(name)).copied()
    }

    /// The same, as nobody is sure how a provider spells its data.
    pub fn caseless(&self, name: &str) -> Option<usize> {
        self.caseless.get(&name.to_ascii_lowercase()).copied()
    }

    /// A column by its own name.
    pub fn own(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    /// Puts a value under a column, if any binding reads it. A later value replaces an earlier one.
    pub fn set<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, column: &str, value: &'r Json<'a>) {
        if let Some(index) = self.column_of(column) {
            cells[index] = Some(value);
        }
    }

    pub fn set_all<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, entries: &'r [Entry<'a>]) {
        entries.iter().for_each(|(name, value)| self.set(cells, name, value));
    }

    /// The same of a table of rows of any kind: who wrote them spells names as he likes, and case counts nothing. A column's own name goes first.
    pub fn set_any<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, entries: &'r [Entry<'a>]) {
        for (name, value) in entries {
            if let Some(index) = self.caseless(name) {
                cells[index] = Some(value);
            }
        }
        self.set_all(cells, entries);
    }

    /// Whether any class has events in the table.
    pub fn knows(&self, table: &Table) -> bool {
        self.containers.contains_key(table.name.as_ref())
    }

    /// Whether a row of this table says what happened in a way that some class knows.
    pub fn says_what_happened(&self, table: &Table, cells: &Cells<'_, '_>) -> bool {
        let containers = self.containers.get(table.name.as_ref()).into_iter().flatten();
        let row = Row { cells, time: None, whole: Whole { object: &Json::Null, line: None } };
        containers.into_iter().any(|container| !container.actions(&row).is_empty())
    }

    /// Whether the row has a column that some class looks at to know what happened.
    pub fn is_told(&self, table: &Table, cells: &Cells<'_, '_>) -> bool {
        let containers = self.containers.get(table.name.as_ref()).into_iter().flatten();
        let tests = containers.flat_map(|container| &container.alternatives).flat_map(|alternative| alternative.any.iter().flatten());
        tests.into_iter().any(|(column, _)| cells[*column].is_some())
    }

    /// Whether no column tells the table's events from others: some class has them all.
    pub fn takes_all(&self, table: &Table) -> bool {
        let containers = self.containers.get(table.name.as_ref()).into_iter().flatten();
        containers.flat_map(|container| &container.alternatives).any(|alternative| alternative.any.iter().any(|all| all.is_empty()))
    }

    /// Whether every class of the table takes any record of a log.
    pub fn keeps_records(&self, table: &Table) -> bool {
        let mut containers = self.containers.get(table.name.as_ref()).into_iter().flatten();
        containers.all(|container| !self.packs.class(container.class).open.is_empty())
    }

    /// The events that a record of a log is whatever its channel and its number.
    pub fn decode_any(&self, record: &Record<'_, '_>, whole: Whole<'_, '_>, sink: &mut dyn FnMut(&dyn Fields)) -> usize {
        let Some(table) = self.schema.table(ANY) else { return 0 };
        let text = |text: Option<&str>| text.map(|text| Json::Text(text.to_owned().into()));
        let (channel, provider) = (text(record.channel), text(record.provider));
        let mut cells = self.cells();
        // Few columns, those that rules name.
        for (name, value) in &record.data {
            if let Some(index) = self.caseless(name) {
                cells[index] = Some(value);
            }
        }
        let head = [("Channel", &channel), ("Provider", &provider)];
        head.into_iter().for_each(|(name, value)| self.set_head(&mut cells, name, value.as_ref()));
        self.set_head(&mut cells, "Level", record.level.map(Json::content));
        self.set_head(&mut cells, &self.schema.host, record.computer);
        self.set_head(&mut cells, &self.schema.tell, Some(&*record.event_id_cell));
        self.decode(&[table], None, &Row { cells: &cells, time: record.time, whole }, sink)
    }

    /// What stands in the head of a record is not what its data has under the name.
    fn set_head<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, column: &str, value: Option<&'r Json<'a>>) {
        if let Some(index) = self.own(column) {
            cells[index] = value;
        }
    }

    /// Calls `sink` for the event of each class that the row of these tables, of a log of this system, is; tells how many.
    pub fn decode(&self, tables: &[&Table], platform: Option<Platform>, row: &dyn Columns, sink: &mut dyn FnMut(&dyn Fields)) -> usize {
        let mut classes: Vec<ClassId> = Vec::new();
        let mut events = 0;
        let containers = tables.iter().filter_map(|table| self.containers.get(table.name.as_ref())).flatten();
        for container in containers {
            let actions = container.actions(row);
            // A row of two tables is one event of a class.
            if actions.is_empty() || classes.contains(&container.class) {
                continue;
            }
            if tables.len() > 1 {
                classes.push(container.class);
            }
            events += 1;
            sink(&Decoded { container, actions, platform, row, model: &self.packs.model });
        }
        events
    }
}

/// By column of the schema: what the row has there.
pub type Cells<'r, 'a> = [Option<&'r Json<'a>>];

/// All that was read of an event.
#[derive(Clone, Copy)]
pub struct Whole<'r, 'a> {
    pub object: &'r Json<'a>,
    /// What it was read from, where that is as [`crate::engine::Fields::written`] wants it.
    pub line: Option<&'r str>,
}

/// Whether a text holds a letter that folds to one of ASCII and is none.
pub fn folds(text: &str) -> bool {
    // One after the other: a search for one character looks at bytes, for one of several at characters.
    !text.is_ascii() && (text.contains('\u{17f}') || text.contains('\u{212a}'))
}

/// A row whose cells were found.
pub struct Row<'r, 'a> {
    pub cells: &'r Cells<'r, 'a>,
    pub time: Option<i64>,
    pub whole: Whole<'r, 'a>,
}

impl<'r, 'a> Whole<'r, 'a> {
    pub fn of(object: &'r Json<'a>, line: &'r str) -> Whole<'r, 'a> {
        Whole { object, line: (!folds(line) && !is_spelled(line)).then_some(line) }
    }
}

impl Columns for Row<'_, '_> {
    fn cell(&self, column: usize, then: &mut dyn FnMut(&Json<'_>)) {
        self.cells[column].into_iter().for_each(then);
    }

    fn time(&self) -> Option<i64> {
        self.time
    }

    fn raw(&self, then: &mut dyn FnMut(&str)) {
        raw(self.whole.object, then);
    }

    fn written(&self, column: usize) -> Written<'_> {
        match self.cells[column] {
            None | Some(Json::Null) => Written::Nothing,
            Some(Json::Text(text)) => Written::Text(Kind::Text as u8, text),
            Some(Json::Bool(_) | Json::Int(_) | Json::Real(_) | Json::List(_) | Json::Object(_)) => Written::Unknown,
        }
    }

    fn line(&self) -> Option<&str> {
        self.whole.line
    }
}

/// The event that a row is of one class. A field is read when somebody asks for it.
struct Decoded<'d, 'p> {
    container: &'d ContainerPlan<'p>,
    actions: Actions,
    platform: Option<Platform>,
    row: &'d dyn Columns,
    model: &'p Model,
}

impl Fields for Decoded<'_, '_> {
    fn class(&self) -> ClassId {
        self.container.class
    }

    fn actions(&self) -> Actions {
        self.actions
    }

    fn time(&self) -> Option<i64> {
        self.row.time()
    }

    fn platform(&self) -> Option<Platform> {
        self.platform
    }

    fn values(&self, field: FieldId, each: &mut dyn FnMut(Value<'_>)) {
        if self.container.raw == Some(field) {
            return self.row.raw(&mut |text| {
                if !text.is_empty() {
                    each(Value::Text(text));
                }
            });
        }
        if let Some(plan) = self.container.plan(field) {
            plan.values(self.row, self.model, each);
        }
    }

    fn origin(&self, field: FieldId) -> Option<Origin<'_>> {
        if self.container.raw == Some(field) {
            return None;
        }
        match self.container.plan(field) {
            Some(plan) => plan.origin(self.row, self.model),
            None => Some(Origin { text: "", made: 0 }),
        }
    }

    fn written(&self) -> Option<&str> {
        self.row.line()
    }

    fn copy(&self, into: &mut Event) {
        into.reset(self.class(), self.actions);
        (into.time, into.platform) = (self.time(), self.platform);
        let fields = self.container.raw.into_iter().chain(self.container.fields.iter().map(|plan| plan.field));
        fields.for_each(|field| self.values(field, &mut |value| into.push(field, value)));
    }
}

impl FieldPlan<'_> {
    /// None: several cells have a value, or nobody knows.
    fn origin<'r>(&self, row: &'r dyn Columns, model: &Model) -> Option<Origin<'r>> {
        let print = *self.print.get_or_init(|| self.print(model));
        let mut origin = Origin { text: "", made: print };
        for (column, place) in self.columns.iter().zip(1..) {
            match row.written(*column) {
                Written::Unknown => return None,
                Written::Nothing => {}
                Written::Text(..) if origin.made != print => return None,
                Written::Text(kind, text) => origin = Origin { text, made: print.wrapping_add(place << 8 | u64::from(kind)) },
            }
        }
        Some(origin)
    }

    /// One number for all that make the same of the same cells.
    fn print(&self, model: &Model) -> u64 {
        let mut hash = Hash::new();
        let mut maps = Vec::new();
        self.formula.maps(model, &mut maps);
        // Writing to it does not fail.
        let _ = write!(hash, "{:?} {maps:?} {:?} {:?} {:?}", self.formula, self.ty, self.values, self.missing);
        hash.0
    }

    fn values(&self, row: &dyn Columns, model: &Model, each: &mut dyn FnMut(Value<'_>)) {
        let inputs = Inputs { cells: row, missing: self.missing, model };
        match &self.formula {
            // Most fields are a column's text, as it is.
            Formula::Column(column) if self.is_text => row.cell(*column, &mut |cell| match cell {
                Json::Text(text) if text.is_empty() || means_missing(Native::Text(text), self.missing) => {}
                Json::Text(text) => each(Value::Text(text)),
                other => inputs.of_cell(other, &mut |native| self.typed(native, each)),
            }),
            formula => formula.values(inputs, &mut |native| self.typed(native, each)),
        }
    }

    fn typed(&self, native: Native<'_>, each: &mut dyn FnMut(Value<'_>)) {
        typed(native, self.ty, self.values, &mut |value| {
            if !matches!(value, Value::Text("") | Value::Enum("")) {
                each(value);
            }
        });
    }
}

impl<'p> ContainerPlan<'p> {
    fn plan(&self, field: FieldId) -> Option<&FieldPlan<'p>> {
        let place = usize::from(*self.by_field.get(usize::from(field.0))?).checked_sub(1)?;
        self.fields.get(place)
    }

    fn actions(&self, row: &dyn Columns) -> Actions {
        let satisfied = self
            .alternatives
            .iter()
            .filter(|alternative| alternative.any.iter().any(|all| all.iter().all(|(column, test)| says(row, *column, test))));
        satisfied.fold(Actions::NONE, |actions, alternative| actions.or(alternative.actions))
    }
}

fn says(row: &dyn Columns, column: usize, test: &NativeTest) -> bool {
    let mut found = false;
    row.cell(column, &mut |cell| {
        cell_values(cell, &mut |value| found |= with_text(value, |text| test.values.iter().any(|wanted| like(wanted, text))));
    });
    found != test.negated
}

/// The event as it came, where that was kept; else each of its values on a line.
fn raw(row: &Json<'_>, then: &mut dyn FnMut(&str)) {
    if let Some(text) = row.get("_raw").and_then(Json::text) {
        return then(text);
    }
    let mut raw = String::new();
    collect(row, &mut raw);
    then(raw.trim_end());
}

/// Each value on a line.
pub fn collect(value: &Json<'_>, into: &mut String) {
    match value {
        Json::Object(entries) => entries.iter().for_each(|(_, value)| collect(value, into)),
        Json::List(items) => items.iter().for_each(|item| collect(item, into)),
        other => cell_values(other, &mut |value| {
            with_text(value, |text| into.push_str(text));
            into.push('\n');
        }),
    }
}
