//! The list of classes, a class, a field.

use super::super::class::{ClassPage, FieldPage, FieldRow, Inexact, Listed, Overview, Reading, Standing, Stands};
use super::super::words::quoted;
use super::{Column, Show, narrow, none, once, tables};
use crate::cli::out::Paint;
use crate::cli::table::{Cell, wrapped};
use crate::schema::{Target, TimePart, Type};

/// What the doc of a class needs at least to stand beside the targets.
const DOC: usize = 36;

impl Show {
    pub fn overview(&mut self, page: &Overview<'_>) {
        let mut groups: Vec<&str> = Vec::new();
        for class in &page.classes {
            if !groups.contains(&class.group) {
                groups.push(class.group);
            }
        }
        let targets: Vec<&str> = Target::ALL.iter().map(|target| target.name()).filter(|target| page.has(target)).collect();
        let name = page.classes.iter().map(|class| class.name.len()).max().unwrap_or(0) + 2;
        let beside = name + targets.iter().map(|target| target.len() + 2).sum::<usize>() + "match only".len() + 4;
        // Where there is no room for it the doc stands below.
        let wide = beside + DOC <= self.width;
        let (mut rows, mut docs) = (Vec::new(), vec![""]);
        for group in groups {
            rows.push(vec![Cell::painted(if group.is_empty() { "other" } else { group }, Paint::bold)]);
            docs.push("");
            for class in page.classes.iter().filter(|class| class.group == group) {
                let mut row = vec![Cell::painted(format!("  {}", class.name), Paint::cyan)];
                row.extend(targets.iter().map(|target| mark(class, target)));
                let others: Vec<&str> = class.schemas.iter().filter(|has| has.target.is_none()).map(|has| has.schema).collect();
                row.push(Cell::painted(others.join(" "), Paint::dim));
                if wide {
                    row.push(Cell::new(class.doc));
                }
                rows.push(row);
                docs.push(if wide { "" } else { class.doc });
            }
        }
        let mut heads = vec!["class"];
        heads.extend(&targets);
        heads.push("match only");
        if wide {
            heads.push("");
        }
        let before = self.text.len();
        // A row stays one line, on the narrowest terminal too.
        let width = self.width;
        self.width = if wide { width } else { width.max(beside) };
        self.table_of(&heads, rows);
        self.width = width;
        if !wide {
            let list = self.text.split_off(before);
            for (index, line) in list.lines().enumerate() {
                self.line(line);
                let doc = docs.get(index).copied().filter(|doc| !doc.is_empty());
                let lines = doc.map_or_else(Vec::new, |doc| wrapped(&format!("    {doc}"), self.width));
                lines.iter().for_each(|line| self.line(&self.paint.dim(line)));
            }
        }
        if page.classes.iter().any(|class| class.schemas.iter().any(|has| has.inexact)) {
            self.prose("~ never exactly: the page of the class says why");
        }
        self.head("schemas");
        let mut rows = Vec::new();
        for schema in &page.schemas {
            rows.push(vec![
                Cell::painted(format!("  {}", schema.name), Paint::cyan),
                Cell::new(schema.target.unwrap_or("match")),
                Cell::new(schema.classes.to_string()).right(),
                Cell::new(schema.tables.to_string()).right(),
                Cell::new(schema.columns.to_string()).right(),
                Cell::new(schema.titled()),
            ]);
        }
        self.table_of(&["", "read by", "classes", "tables", "columns", ""], rows);
        self.line("");
        self.prose("`spoor schema NAME` shows more of a class, a schema, or any other name: --help has examples");
    }

    pub fn class(&mut self, page: &ClassPage<'_>) {
        self.title(page.name, page.doc);
        let default = if page.default.len() == page.actions.len() { "all of them".to_owned() } else { page.default.join(", ") };
        let default = if page.actions.len() < 2 { String::new() } else { format!("{default}, where a rule tests no action") };
        self.pairs(&[
            ("actions", page.actions.join(", ")),
            ("default", default),
            ("shows", page.show.join(", ")),
            ("last row of", page.state.join(", ")),
            ("elsewhere", page.aka.join(", ")),
            ("also", page.also.join(", ")),
        ]);
        self.head("events");
        self.events(&page.schemas, !page.actions.is_empty());
        self.head("fields");
        self.class_fields(page);
        if !page.values.is_empty() {
            self.head("values");
            let pairs: Vec<(&str, String)> = page.values.iter().map(|of| (of.name, of.values.join(", "))).collect();
            self.pairs(&pairs);
        }
        let mut notes = Vec::new();
        for schema in page.schemas.iter().filter(|schema| !schema.events.is_empty()) {
            notes.extend(self::notes(schema, page).into_iter().map(|note| (schema.schema, note)));
        }
        if !notes.is_empty() {
            self.head("notes");
            self.pairs(&notes);
        }
    }

    fn events(&mut self, schemas: &[Standing<'_>], acts: bool) {
        let mut rows = Vec::new();
        let mut reader = "";
        for (at, schema) in schemas.iter().enumerate() {
            // Of one reader's schemas, those that say nothing of the class stand for one another.
            let others = |(other, known): (usize, &Standing)| known.reader == schema.reader && (!known.unknown || other < at);
            if schema.unknown && schemas.iter().enumerate().any(others) {
                continue;
            }
            let mut head = vec![Cell::new(once(&mut reader, schema.reader)), Cell::painted(schema.schema, Paint::cyan)];
            let mut add = |table: Cell, action: Cell, when: Cell| {
                let head = std::mem::replace(&mut head, vec![Cell::new(""), Cell::new("")]);
                rows.push(head.into_iter().chain([table, action, when]).collect::<Vec<_>>());
            };
            let mut table = String::new();
            for (names, stands) in together(&schema.events) {
                let when = if stands.when.is_empty() { "every event".to_owned() } else { stands.when.clone() };
                let when = stands.inexact.as_ref().map_or(when.clone(), |inexact| format!("{when}\n{}", told(inexact)));
                let same = std::mem::replace(&mut table, names.join(", ")) == table;
                add(if same { Cell::new("") } else { tables(&names) }, narrow(&stands.actions), Cell::new(when));
            }
            let mut named: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
            for without in &schema.without {
                match named.iter_mut().find(|(reason, _)| *reason == without.reason) {
                    Some((_, names)) => names.push(without.name),
                    None => named.push((without.reason, vec![without.name])),
                }
            }
            for (reason, names) in named {
                add(none(), narrow(&names), Cell::painted(reason.unwrap_or("not recorded"), Paint::dim));
            }
            if schema.events.is_empty() {
                let reason = schema.refused.unwrap_or("no pack says where it would stand");
                add(none(), Cell::new(""), Cell::painted(reason, Paint::dim));
            }
        }
        let heads = ["read by", "schema", "table", if acts { "action" } else { "" }, "where"];
        self.table_of(&heads, rows);
    }

    fn class_fields(&mut self, page: &ClassPage<'_>) {
        let fields: Vec<&FieldRow> = page.fields.iter().filter(|field| !field.computed).collect();
        let keys: Vec<Vec<Cell>> =
            fields.iter().map(|field| vec![Cell::painted(field.name, Paint::cyan), Cell::new(typed(field))]).collect();
        self.blocks(&["field", "type"], &keys, &columns(&fields));
        let computed: Vec<&str> = page.fields.iter().filter(|field| field.computed).map(|field| field.name).collect();
        self.prose(&format!("and {}, which no column holds", computed.join(", ")));
        if let Some(time) = fields.iter().find(|field| field.ty == Type::Time.name()) {
            let parts = TimePart::ALL.map(|part| format!(".{}", part.name())).join(", ");
            self.prose(&format!("and the parts of a time, in UTC: {}{parts}", time.name));
        }
    }

    pub fn field(&mut self, page: &FieldPage<'_>) {
        let field = &page.field;
        self.title(&format!("{}.{}", page.class, field.name), &format!("{}, a field of {}", typed(field), page.class));
        self.pairs(&[
            ("last part of", field.of.unwrap_or("").to_owned()),
            ("values", page.enumeration.as_ref().map_or_else(String::new, |of| of.values.join(", "))),
            ("elsewhere", field.aka.join(", ")),
        ]);
        if field.computed {
            self.prose("no column holds it: it is known from the event itself");
            return;
        }
        self.line("");
        let mut rows = Vec::new();
        let mut reader = "";
        for schema in &field.schemas {
            let mut name = schema.schema;
            let mut head = || {
                let name = std::mem::take(&mut name);
                let shown = if name.is_empty() { "" } else { once(&mut reader, schema.reader) };
                vec![Cell::new(shown), Cell::painted(name, Paint::cyan)]
            };
            for made in &schema.is {
                let mut row = head();
                let mut note: Vec<String> = made.inexact.iter().map(told).collect();
                note.extend(made.since.iter().map(|since| format!("{} since {}", since.column, since.version)));
                row.extend([tables(&made.tables), Cell::new(&*made.value), Cell::new(quoted(made.missing)), Cell::new(note.join("\n"))]);
                rows.push(row);
            }
            if schema.is.is_empty() {
                let mut row = head();
                row.extend([none(), Cell::painted(schema.refused.unwrap_or("no value"), Paint::dim), Cell::new(""), Cell::new("")]);
                rows.push(row);
            }
        }
        self.table_of(&["read by", "schema", "table", "value", "none if", ""], rows);
        for map in &page.maps {
            let pairs: Vec<String> = map.pairs.iter().map(|(native, neutral)| format!("{native} is {neutral}")).collect();
            self.prose(&format!("map {}: {}", map.name, pairs.join(", ")));
        }
    }

    /// A field of many classes.
    pub fn fields(&mut self, pages: &[&FieldPage<'_>]) {
        let name = pages[0].field.name;
        self.title(name, &format!("a field of {} classes", pages.len()));
        self.line("");
        let keys: Vec<Vec<Cell>> = pages
            .iter()
            .map(|page| vec![Cell::painted(format!("{}.{}", page.class, page.field.name), Paint::cyan), Cell::new(typed(&page.field))])
            .collect();
        let rows: Vec<&FieldRow> = pages.iter().map(|page| &page.field).collect();
        self.blocks(&["field", "type"], &keys, &columns(&rows));
    }
}

impl Overview<'_> {
    fn has(&self, target: &str) -> bool {
        self.schemas.iter().any(|schema| schema.target == Some(target))
    }
}

fn mark(class: &Listed<'_>, target: &str) -> Cell {
    let has: Vec<_> = class.schemas.iter().filter(|has| has.target == Some(target)).collect();
    if has.is_empty() {
        none()
    } else if has.iter().all(|has| has.inexact) {
        Cell::painted("~", Paint::yellow)
    } else {
        Cell::painted("yes", Paint::green)
    }
}

/// The tables of which every event is of the same actions stand together.
fn together<'s, 'p>(events: &'s [Stands<'p>]) -> Vec<(Vec<&'p str>, &'s Stands<'p>)> {
    let mut all: Vec<(Vec<&str>, &Stands)> = Vec::new();
    for stands in events {
        let same = |known: &&mut (Vec<&str>, &Stands)| {
            stands.when.is_empty() && known.1.when.is_empty() && known.1.actions == stands.actions && known.1.inexact == stands.inexact
        };
        match all.iter_mut().find(same) {
            Some((names, _)) => names.push(stands.table),
            None => all.push((vec![stands.table], stands)),
        }
    }
    all
}

/// One for each schema that has a value for one of the fields.
fn columns<'p>(fields: &[&FieldRow<'p>]) -> Vec<Column<'p>> {
    let count = fields.first().map_or(0, |field| field.schemas.len());
    let used = (0..count).filter(|index| fields.iter().any(|field| !field.schemas[*index].is.is_empty()));
    used.map(|index| {
        let first = &fields[0].schemas[index];
        Column { reader: first.reader, name: first.schema, cells: fields.iter().map(|field| cell(&field.schemas[index])).collect() }
    })
    .collect()
}

/// The values of a field in a schema, a line each where its tables differ.
fn cell(reading: &Reading<'_>) -> Cell {
    let mut lines: Vec<String> = Vec::new();
    for made in &reading.is {
        let mut line = made.value.clone();
        if let Some(later) = made.since.iter().find(|since| since.later) {
            line.push_str(&format!(" (not before {})", later.version));
        }
        if made.inexact.is_some() {
            line.push_str(" ~");
        }
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() { none() } else { Cell::new(lines.join("\n")) }
}

/// `file_name`, `ip, several`, `domain, = dest.host`
fn typed(field: &FieldRow<'_>) -> String {
    let mut text = field.values.unwrap_or(field.ty).to_owned();
    if field.several {
        text.push_str(", several");
    }
    if let Some(same) = field.same_as {
        text.push_str(&format!(", = {same}"));
    }
    if !field.only.is_empty() {
        text.push_str(&format!(", only {}", field.only.join(" ")));
    }
    text
}

fn told(inexact: &Inexact<'_>) -> String {
    let of = if inexact.of.is_empty() { String::new() } else { format!("{} ", inexact.of) };
    format!("~ {of}{}: {}", inexact.to, inexact.reason)
}

/// What is to be known of a class in a schema, beside the tables.
fn notes(schema: &Standing<'_>, page: &ClassPage<'_>) -> Vec<String> {
    let mut notes: Vec<String> = schema.assumes.iter().map(|text| format!("assumes: {text}")).collect();
    notes.extend(schema.inexact.iter().map(told));
    notes.extend(schema.excludes.iter().map(|excluded| format!("holds none with {}: {}", excluded.when.join(" and "), excluded.reason)));
    notes.extend(
        schema
            .blind
            .iter()
            .map(|unseen| format!("{} is left out by a rule that tests {}: {}", unseen.table, unseen.fields.join(", "), unseen.reason)),
    );
    notes.extend(schema.overlaps.map(|text| format!("an event may stand in several tables: {text}")));
    // Fields without a value, by the reason.
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut since: Vec<String> = Vec::new();
    for field in &page.fields {
        for reading in field.schemas.iter().filter(|reading| reading.schema == schema.schema) {
            if let Some(why) = reading.refused {
                match reasons.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, names)) => names.push(field.name),
                    None => reasons.push((why, vec![field.name])),
                }
            }
            for one in reading.is.iter().flat_map(|made| made.since.iter()) {
                let line = format!("{} since {}", one.column, one.version);
                if !since.contains(&line) {
                    since.push(line);
                }
            }
        }
    }
    notes.extend(reasons.into_iter().map(|(why, names)| format!("no {}: {why}", names.join(", "))));
    if !since.is_empty() {
        notes.push(since.join(", "));
    }
    let missing: Vec<String> = schema.missing.iter().map(|missing| format!("{} in {}", quoted(missing.values), missing.ty)).collect();
    if !missing.is_empty() {
        notes.push(format!("counts as no value: {}", missing.join("; ")));
    }
    notes
}
