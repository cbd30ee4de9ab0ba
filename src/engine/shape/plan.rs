//! A schema's bindings, prepared: each column has a number, each container its tests and formulas over them.
//!
//! In: one schema of the packs, with its bindings. Out: [`SchemaPlan`], which turns the cells of a row into an event.
//! Law: an event that satisfies no alternative of its container is no event of the class; one that satisfies several is one of either.

use std::collections::HashMap;

use crate::engine::{Event, Value};
use crate::schema::{Actions, ClassId, Container, Expr, FieldId, List, NativeTest, Packs, Schema, Str, Table, Transform, Type};

use super::json::{Entry, Json};
use super::log::Record;
use super::value::{Cells, Formula, Inputs, cell_values, like, typed, with_text};

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
    columns: HashMap<&'p str, usize>,
    /// By table: its containers, one for each class.
    containers: HashMap<&'p str, Vec<ContainerPlan<'p>>>,
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
    /// The enumeration's.
    values: &'p [Str],
    formula: Formula<'p>,
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
        let (columns, containers, by_number) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut plan = SchemaPlan { schema, form, packs, columns, containers, known: Vec::new(), by_number, times };
        for binding in packs.bindings.iter().filter(|binding| binding.schema == schema.name) {
            for container in binding.containers.iter().filter(|container| wanted(&container.table)) {
                let made = plan.container(binding.class, container);
                plan.containers.entry(&container.table).or_default().push(made);
            }
        }
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

    /// Whether the row has the time of any table.
    pub fn is_timed(&self, row: &Json<'_>) -> bool {
        row.entries().iter().any(|(column, _)| self.times.contains(&column.as_ref()))
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
            FieldPlan { field: bound.field, ty: field.ty, values, formula: self.formula(&bound.value), missing: &bound.missing }
        });
        let fields = fields.filter(|plan| neutral.get(plan.field).name != "time").collect();
        let raw = neutral.field("raw").filter(|field| neutral.get(*field).computed && container.field(*field).is_none());
        ContainerPlan { class, alternatives, fields, raw }
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

    /// Puts a value under a column, if any binding reads it. A later value replaces an earlier one.
    pub fn set<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, column: &str, value: &'r Json<'a>) {
        let own = |column: &str| self.columns.get(column).copied();
        let renamed = || self.schema.splunk.iter().find(|(_, splunk)| splunk == column).and_then(|(name, _)| own(name));
        if let Some(index) = own(column).or_else(renamed) {
            cells[index] = Some(value);
        }
    }

    pub fn set_all<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, entries: &'r [Entry<'a>]) {
        entries.iter().for_each(|(name, value)| self.set(cells, name, value));
    }

    /// Whether any class has events in the table.
    pub fn knows(&self, table: &Table) -> bool {
        self.containers.contains_key(table.name.as_ref())
    }

    /// Whether a row of this table says what happened in a way that some class knows.
    pub fn says_what_happened(&self, table: &Table, cells: &Cells<'_, '_>) -> bool {
        let containers = self.containers.get(table.name.as_ref()).into_iter().flatten();
        containers.into_iter().any(|container| !container.actions(cells).is_empty())
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
    pub fn decode_any(&self, record: &Record<'_, '_>, raw: &Json<'_>, event: &mut Event, sink: &mut dyn FnMut(&Event)) -> usize {
        let Some(table) = self.schema.table(ANY) else { return 0 };
        let text = |text: Option<&str>| text.map(|text| Json::Text(text.to_owned().into()));
        let (channel, provider) = (text(record.channel), text(record.provider));
        let mut cells = self.cells();
        // Few columns, those that rules name: without case, as nobody is sure how a provider spells its data.
        for (name, value) in &record.data {
            if let Some((_, index)) = self.columns.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                cells[*index] = Some(value);
            }
        }
        let head = [("Channel", &channel), ("Provider", &provider)];
        head.into_iter().for_each(|(name, value)| self.set_head(&mut cells, name, value.as_ref()));
        self.set_head(&mut cells, "Level", record.level.map(Json::content));
        self.set_head(&mut cells, &self.schema.host, record.computer);
        self.set_head(&mut cells, &self.schema.tell, Some(record.event_id_cell));
        self.decode(&[table], &cells, record.time, raw, event, sink)
    }

    /// What stands in the head of a record is not what its data has under the name.
    fn set_head<'r, 'a>(&self, cells: &mut Cells<'r, 'a>, column: &str, value: Option<&'r Json<'a>>) {
        if let Some(index) = self.columns.get(column) {
            cells[*index] = value;
        }
    }

    /// Calls `sink` for the event of each class that the row of these tables is; tells how many.
    pub fn decode(
        &self,
        tables: &[&Table],
        cells: &Cells<'_, '_>,
        time: Option<i64>,
        raw: &Json<'_>,
        event: &mut Event,
        sink: &mut dyn FnMut(&Event),
    ) -> usize {
        let mut classes: Vec<ClassId> = Vec::new();
        let containers = tables.iter().filter_map(|table| self.containers.get(table.name.as_ref())).flatten();
        for container in containers {
            let actions = container.actions(cells);
            // A row of two tables is one event of a class.
            if actions.is_empty() || classes.contains(&container.class) {
                continue;
            }
            classes.push(container.class);
            event.reset(container.class, actions);
            event.time = time;
            if let Some(field) = container.raw {
                push_raw(event, field, raw);
            }
            for plan in &container.fields {
                let inputs = Inputs { cells, missing: plan.missing, model: &self.packs.model };
                plan.formula.values(inputs, &mut |native| typed(native, plan.ty, plan.values, &mut |value| event.push(plan.field, value)));
            }
            sink(event);
        }
        classes.len()
    }
}

impl ContainerPlan<'_> {
    fn actions(&self, cells: &Cells<'_, '_>) -> Actions {
        let satisfied = self
            .alternatives
            .iter()
            .filter(|alternative| alternative.any.iter().any(|all| all.iter().all(|(column, test)| says(cells[*column], test))));
        satisfied.fold(Actions::NONE, |actions, alternative| actions.or(alternative.actions))
    }
}

fn says(cell: Option<&Json<'_>>, test: &NativeTest) -> bool {
    let mut found = false;
    if let Some(cell) = cell {
        cell_values(cell, &mut |value| found |= with_text(value, |text| test.values.iter().any(|wanted| like(wanted, text))));
    }
    found != test.negated
}

/// The event as it came, where that was kept; else each of its values on a line.
fn push_raw(event: &mut Event, field: FieldId, row: &Json<'_>) {
    if let Some(text) = row.get("_raw").and_then(Json::text) {
        event.push(field, Value::Text(text));
        return;
    }
    let mut raw = String::new();
    collect(row, &mut raw);
    event.push(field, Value::Text(raw.trim_end()));
}

fn collect(value: &Json<'_>, into: &mut String) {
    match value {
        Json::Object(entries) => entries.iter().for_each(|(_, value)| collect(value, into)),
        Json::List(items) => items.iter().for_each(|item| collect(item, into)),
        other => cell_values(other, &mut |value| {
            with_text(value, |text| into.push_str(text));
            into.push('\n');
        }),
    }
}
