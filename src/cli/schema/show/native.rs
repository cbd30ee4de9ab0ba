//! A schema, a table, a column.

use super::super::native::{ColumnPage, ColumnRow, Feed, SchemaPage, TablePage};
use super::{Show, none, once, tables};
use crate::cli::out::Paint;
use crate::cli::table::Cell;

/// Of more classes than these only the number is shown.
const CLASSES: usize = 3;
/// Of more values than these only the first few.
const VALUES: usize = 8;

impl Show {
    pub fn schema(&mut self, page: &SchemaPage<'_>) {
        let line = &page.line;
        let reader = line.target.map_or("only `spoor match` reads".to_owned(), |target| format!("the target {target} reads"));
        self.title(line.name, &format!("{}; {reader} it", line.titled()));
        let missing: Vec<String> =
            page.missing.iter().map(|missing| format!("{} in {}", super::super::words::quoted(missing.values), missing.ty)).collect();
        self.pairs(&[
            ("versions", page.versions.join(", ")),
            ("time", page.time.to_owned()),
            ("host", page.host.to_owned()),
            ("what happened", page.tell.to_owned()),
            ("no value", missing.join("; ")),
        ]);
        self.line("");
        let rows = page.tables.iter().map(|table| {
            let since = table.since.map_or_else(String::new, |since| format!("since {since}"));
            vec![
                Cell::painted(table.name, Paint::cyan),
                Cell::new(table.columns.to_string()).right(),
                Cell::new(table.classes.join(", ")),
                Cell::new(since),
            ]
        });
        self.table_of(&["table", "columns", "classes", ""], rows.collect());
    }

    pub fn table(&mut self, page: &TablePage<'_>) {
        let what = if page.event_id.is_some() { "an event" } else { "a table" };
        self.title(page.name, &format!("{what} of {} ({})", page.schema, page.title));
        let mut pairs = vec![
            ("read by", page.target.unwrap_or("match").to_owned()),
            ("channel", page.channels.join(", ")),
            ("number", page.event_id.map_or_else(String::new, |id| id.to_string())),
            ("since", page.since.unwrap_or("").to_owned()),
            ("formerly", page.formerly.join(", ")),
            ("any column", page.any.join(", ")),
        ];
        pairs.extend(page.found_by.iter().map(|found| ("found by", format!("{} = {}", found.column, found.values.join(" or ")))));
        self.pairs(&pairs);
        if !page.classes.is_empty() {
            self.head("events");
            let mut class = "";
            let rows = page.classes.iter().map(|holds| {
                let when = if holds.when.is_empty() { "every event" } else { &holds.when };
                let inexact = holds.inexact.as_ref().map_or_else(String::new, |inexact| format!("\n~ {}: {}", inexact.to, inexact.reason));
                vec![
                    Cell::painted(once(&mut class, holds.class), Paint::cyan),
                    Cell::new(holds.actions.join(", ")),
                    Cell::new(format!("{when}{inexact}")),
                ]
            });
            let rows = rows.collect();
            self.table_of(&["class", "action", "where"], rows);
        }
        self.head("columns");
        let rows = page.columns.iter().map(|column| {
            vec![
                Cell::painted(&*column.name, Paint::cyan),
                Cell::new(typed(column)),
                Cell::new(fed(&column.feeds)),
                Cell::painted(details(column, VALUES), Paint::dim),
            ]
        });
        self.table_of(&["column", "type", "feeds", "values"], rows.collect());
    }

    pub fn column(&mut self, page: &ColumnPage<'_>) {
        self.title(page.name, "a column");
        let mut reader = "";
        let mut rows = Vec::new();
        let few = page.places.len() < 4;
        for place in &page.places {
            let fed = if few { each(&place.column.feeds) } else { fed(&place.column.feeds) };
            rows.push(vec![
                Cell::new(once(&mut reader, place.reader)),
                Cell::painted(place.schema, Paint::cyan),
                tables(&place.tables),
                Cell::new(typed(&place.column)),
                if fed.is_empty() { none() } else { Cell::new(fed) },
            ]);
        }
        self.table_of(&["read by", "schema", "tables", "type", "feeds"], rows);
        // What is documented of it, once.
        let mut told: Vec<String> = Vec::new();
        for place in &page.places {
            let details = details(&place.column, if few { usize::MAX } else { VALUES });
            let names =
                if place.tables.len() > 3 { format!("{} tables of {}", place.tables.len(), place.schema) } else { place.tables.join(", ") };
            if !details.is_empty() && !told.contains(&details) {
                self.prose(&format!("{names}: {details}"));
                told.push(details);
            }
        }
    }
}

fn typed(column: &ColumnRow<'_>) -> String {
    if column.several { format!("{}, several", column.ty) } else { column.ty.to_owned() }
}

/// `file.path`, or with the number of classes: `actor.name (12 classes)`.
fn fed(feeds: &[Feed<'_>]) -> String {
    let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
    for feed in feeds {
        match fields.iter_mut().find(|(field, _)| *field == feed.field) {
            Some((_, classes)) => classes.push(feed.class),
            None => fields.push((feed.field, vec![feed.class])),
        }
    }
    let told = fields.into_iter().flat_map(|(field, classes)| {
        if classes.len() > CLASSES {
            vec![format!("{field} ({} classes)", classes.len())]
        } else {
            classes.into_iter().map(|class| format!("{class}.{field}")).collect()
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Each with the way it comes of the column, where that is not the column itself.
fn each(feeds: &[Feed<'_>]) -> String {
    let one = |feed: &Feed<'_>| {
        let plain = feed.value.is_empty() || !feed.value.contains(['(', ' ']);
        if plain { format!("{}.{}", feed.class, feed.field) } else { format!("{}.{}: {}", feed.class, feed.field, feed.value) }
    };
    if feeds.len() > 12 { fed(feeds) } else { feeds.iter().map(one).collect::<Vec<_>>().join("\n") }
}

/// The documented values and what else a vendor says.
fn details(column: &ColumnRow<'_>, most: usize) -> String {
    let mut parts = Vec::new();
    if !column.values.is_empty() {
        let mut values = column.values[..column.values.len().min(most)].join(", ");
        if column.values.len() > most {
            values.push_str(&format!(", {} more", column.values.len() - most));
        }
        parts.push(if column.closed { format!("{values} and no other") } else { values });
    }
    parts.extend(column.default.map(|default| format!("else {default}")));
    parts.extend(column.since.map(|since| format!("since {since}")));
    parts.extend(column.splunk.map(|splunk| format!("{splunk} in Splunk")));
    parts.join("; ")
}
