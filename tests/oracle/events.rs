//! The events that a rule's author gave a verdict for, as one target's product keeps them.
//!
//! In: a rule's own tests, and the rows beside its file. Out: native rows with their verdicts. A neutral event becomes rows by the binding read
//! backwards; a row that says more than its event, so that the rule decides otherwise (`Image` is path and name), is left out, and one
//! that its product cannot hold. That no binding proves itself so is the matter of `native`.

use std::path::Path;

use serde_json::{Value, json};
use spoor::backend::Target;
use spoor::diag::targets_kql;
use spoor::engine::Engine;
use spoor::hir::{Event, Op, Pattern, Pred, Rule, TestEvents};
use spoor::schema::open::part_of;
use spoor::schema::{Channel, ClassId, FieldId, Packs, Platform, Table};
use spoor::witness;

use crate::batch::Row;
use crate::rules::Written;

/// How many ways of saying an event are tried: containers, native values and spellings take turns.
const WAYS: usize = 2;
/// How many events are made for each rule.
const MADE: usize = 4;

/// Every row that the rule's author gave a verdict for.
pub fn stated(written: &Written, target: Target, packs: &Packs) -> Vec<Row> {
    let by_hand = beside(&written.path, target);
    let Some(drawing) = Drawing::of(&written.rule, target, packs) else { return by_hand };
    let mut rows = Vec::new();
    for test in &written.rule.tests {
        let TestEvents::Here(events) = &test.events else { continue };
        // Of several events that match together, no one is the match.
        if events.len() == 1 || !test.matches {
            rows.extend(events.iter().flat_map(|event| drawing.rows(event, test.matches, &test.name)));
        }
    }
    drawing.give_hosts(&mut rows);
    rows.extend(by_hand);
    rows
}

/// Rows of events made for the rule, with the verdict of the reference evaluator. `assumed`: what the query takes for granted.
pub fn made(written: &Written, target: Target, packs: &Packs, seed: u64, assumed: &[String]) -> Vec<Row> {
    made_for(&written.rule, target, packs, seed, assumed, MADE)
}

/// The same, of so many events.
pub fn made_for(rule: &Rule, target: Target, packs: &Packs, seed: u64, assumed: &[String], count: usize) -> Vec<Row> {
    let Some(drawing) = Drawing::of(rule, target, packs) else { return Vec::new() };
    let witnesses = witness::witnesses(rule, packs, seed, count);
    let mut rows: Vec<Row> =
        witnesses.iter().flat_map(|witness| drawing.rows(&witness.events[0], witness.verdict(), &format!("{:?}", witness.kind))).collect();
    if assumed.iter().any(|text| [targets_kql::WORDS, targets_kql::EDGES].contains(&text.as_str())) {
        rows.retain(|row| !row.columns.values().any(has_letters_beyond_ascii));
    }
    drawing.give_hosts(&mut rows);
    rows
}

/// A text with a reference in it, as Splunk's add-ons have it: resolved it could not be told from what the reference stands for.
fn as_xml(value: &mut Value) {
    if let Value::String(text) = value
        && ["&amp;", "&lt;", "&gt;"].iter().any(|reference| text.contains(reference))
    {
        *text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    }
}

/// Anywhere in it.
fn has_letters_beyond_ascii(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(|c| !c.is_ascii() && c.is_alphanumeric()),
        Value::Array(items) => items.iter().any(has_letters_beyond_ascii),
        Value::Object(entries) => entries.values().any(has_letters_beyond_ascii),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

struct Drawing<'r> {
    target: Target,
    packs: &'r Packs,
    engine: Engine,
    platforms: &'r [Platform],
    /// The rule asks for a part of the time.
    asks_calendar: bool,
    /// The rule does not ask for the host, so each row may have one of its own, by which a search keeps them apart.
    free_host: bool,
}

impl<'r> Drawing<'r> {
    /// None: what the rule asks of this target's own columns is in no neutral event.
    fn of(rule: &'r Rule, target: Target, packs: &'r Packs) -> Option<Drawing<'r>> {
        let Pattern::Union(branches) = &rule.pattern else { return None };
        // What is counted is no single event: see `several`.
        if rule.group.is_some() {
            return None;
        }
        let pinned = branches.iter().any(|branch| branch.pinned.iter().any(|pinned| pinned.target == target.name()));
        let asks_host = branches.iter().any(|branch| branch.cases.iter().any(|case| asks_host(&case.pred, branch.class, target, packs)));
        let platforms = rule.meta.platforms.as_slice();
        (!pinned).then(|| Drawing {
            target,
            packs,
            engine: Engine::new([rule], packs).0,
            platforms,
            asks_calendar: asks_calendar(rule, packs),
            free_host: !asks_host,
        })
    }

    fn rows(&self, event: &Event, matches: bool, name: &str) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for schema in self.packs.read_by(self.target).map(|schema| schema.name.as_ref()) {
            let mut known: Vec<Row> = Vec::new();
            for nth in 0..WAYS {
                let Ok(mut row) = witness::rows(self.packs, schema, event, nth) else { continue };
                if self.is_found_by_less(schema, &row) || !self.moved(schema, &mut row, nth) {
                    continue;
                }
                if self.target == Target::SplunkRaw {
                    row.columns.values_mut().for_each(as_xml);
                }
                let verdict = !self.engine.matches(&row.event).is_empty();
                if verdict == matches && !known.iter().any(|known| known.table == row.table && known.columns == row.columns) {
                    let why = format!("{name} ({schema})");
                    let time = if self.asks_calendar { event.time } else { None };
                    known.push(Row { schema: schema.to_owned(), table: row.table, columns: row.columns, time, matches, why });
                }
            }
            rows.extend(known);
        }
        rows
    }

    /// Into a channel of the systems that the rule is about. False: no such system writes it.
    fn moved(&self, schema: &str, row: &mut witness::NativeRow, nth: usize) -> bool {
        let Some(table) = self.packs.schema(schema).and_then(|schema| schema.table(&row.table)) else { return true };
        let of_rule = |channel: &&Channel| self.platforms.is_empty() || self.platforms.contains(&channel.platform);
        let channels: Vec<&Channel> = table.channels.iter().filter(of_rule).collect();
        if let Some(channel) = channels.get(nth % channels.len().max(1)) {
            row.columns.insert("Channel".to_owned(), json!(channel.name));
            row.event.platform = Some(channel.platform);
        }
        let systems = table.own().map_or(&[][..], |own| own.platforms.as_ref());
        let is_of_rule = self.platforms.is_empty() || systems.is_empty() || systems.iter().any(|system| self.platforms.contains(system));
        (table.channels.is_empty() || !channels.is_empty()) && is_of_rule
    }

    /// Every row of the table has a value in the columns by which an index finds it; one that a field is made of has none here.
    fn is_found_by_less(&self, schema: &str, row: &witness::NativeRow) -> bool {
        let table = self.packs.schema(schema).and_then(|schema| schema.table(&row.table));
        let binding = self.packs.binding(schema, row.event.class);
        let containers = || binding.iter().flat_map(|binding| binding.containers.iter()).filter(|container| container.table == row.table);
        let is_read =
            |column: &str| containers().any(|container| container.fields.iter().any(|bound| bound.value.columns().contains(&column)));
        let found_by = table.and_then(|table| table.own()).into_iter().flat_map(|own| own.search.iter());
        found_by.into_iter().any(|(column, _)| is_read(column) && !row.columns.contains_key(column.as_ref()))
    }

    fn give_hosts(&self, rows: &mut [Row]) {
        if !self.free_host {
            return;
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let Some(schema) = self.packs.schema(&row.schema) else { continue };
            let Some(table) = schema.table(&row.table).filter(|table| is_log(table) || table.column(schema.host_of(table)).is_some())
            else {
                continue;
            };
            let host = row.columns.entry(schema.host_of(table).to_string()).or_insert(Value::Null);
            if host.is_null() || host == "unknown" {
                *host = json!(format!("pc-{index}"));
            }
        }
    }
}

/// Its columns are those of every event of a log, too.
fn is_log(table: &Table) -> bool {
    table.event_id.is_some()
}

/// A part of a time is tested, counted or a key.
pub fn asks_calendar(rule: &Rule, packs: &Packs) -> bool {
    let mut asks = false;
    for branch in rule.pattern.branches() {
        let class = packs.class(branch.class);
        branch.cases.iter().for_each(|case| case.pred.tests(&mut |test| asks |= class.get(test.field).part.is_some()));
    }
    let mut names: Vec<&String> = rule.group.iter().flat_map(|group| &group.by).collect();
    if let Pattern::Linked(linked) = &rule.pattern {
        names.extend(&linked.by);
    }
    asks || names.into_iter().any(|name| part_of(name).is_some())
}

/// A test reads the column in which a product keeps the host.
fn asks_host(pred: &Pred, class: ClassId, target: Target, packs: &Packs) -> bool {
    let reads = |field: FieldId| {
        packs.read_by(target).any(|schema| {
            let mut containers = packs.binding(&schema.name, class).into_iter().flat_map(|binding| binding.containers.iter());
            containers.any(|container| {
                let host = schema.table(&container.table).map_or(&schema.host, |table| schema.host_of(table));
                container.field(field).is_some_and(|bound| bound.value.columns().contains(&host.as_ref()))
            })
        })
    };
    let mut asks = false;
    pred.tests(&mut |test| {
        asks |= reads(test.field);
        if let Op::Field { other, .. } = &test.op {
            asks |= reads(other.field);
        }
    });
    asks
}

/// `<name>.jsonl`: rows in a product's own shape, written by hand.
fn beside(path: &Path, target: Target) -> Vec<Row> {
    let Ok(text) = std::fs::read_to_string(path.with_extension("jsonl")) else { return Vec::new() };
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", path.display()));
            Row {
                schema: line["schema"].as_str().expect("a schema").to_owned(),
                table: line["table"].as_str().expect("a table").to_owned(),
                columns: line["row"].as_object().expect("a row").clone(),
                time: None,
                matches: line["match"].as_bool().expect("a verdict"),
                why: line["why"].as_str().unwrap_or_default().to_owned(),
            }
        })
        .filter(|row| target.schemas().contains(&row.schema.as_str()))
        .collect()
}
