//! The pages of `spoor schema` as text.
//!
//! In: pages, and the width to keep. Out: text: aligned, in colour where that is wanted, no line wider as long as there is room at all.
//! Law: what a page says is shown; a long cell runs on in the next line, schemas that have no room beside each other stand in blocks below
//! each other, and where of many tables or values only some are shown, the text says how many more there are.

mod attack;
mod class;
mod native;
mod value;

use super::find::Page;
use crate::cli::out::Paint;
use crate::cli::table::{Cell, fitted, wrapped};

/// No column of a schema is wider than this if it can run on.
const WIDEST: usize = 46;

/// A list of names in a table is not wider.
const NAMES: usize = 26;
/// Of more tables that hold the same the first ones are shown.
const TABLES: usize = 16;

pub struct Show {
    paint: Paint,
    width: usize,
    text: String,
}

/// Pages below each other.
pub fn show(pages: &[Page<'_>], paint: Paint, width: usize) -> String {
    let mut show = Show { paint, width, text: String::new() };
    let mut rest = pages;
    while let Some(first) = rest.first() {
        if rest.len() < pages.len() {
            show.line("");
        }
        let fields: Vec<_> = rest.iter().map_while(|page| if let Page::Field(field) = page { Some(field) } else { None }).collect();
        // A field of many classes is a line each.
        if fields.len() > 2 {
            show.fields(&fields);
            rest = &rest[fields.len()..];
            continue;
        }
        show.page(first);
        rest = &rest[1..];
    }
    show.text
}

impl Show {
    fn page(&mut self, page: &Page<'_>) {
        match page {
            Page::Overview(page) => self.overview(page),
            Page::Class(page) => self.class(page),
            Page::Field(page) => self.field(page),
            Page::Schema(page) => self.schema(page),
            Page::Table(page) => self.table(page),
            Page::Column(page) => self.column(page),
            Page::Enumeration(page) => self.enumeration(page),
            Page::Value(page) => self.value(page),
            Page::Foreign(page) => self.foreign(page),
            Page::Renamed(page) => self.renamed(page),
            Page::Technique(page) => self.technique(page),
            Page::Tactic(page) => self.tactic(page),
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// `NAME: what it is`, and the text below it.
    fn title(&mut self, name: &str, what: &str) {
        let lines = wrapped(&format!("{name}: {what}"), self.width);
        for (index, line) in lines.iter().enumerate() {
            match line.strip_prefix(name).filter(|_| index == 0) {
                Some(rest) => self.line(&format!("{}{rest}", self.paint.bold(name))),
                None => self.line(line),
            }
        }
    }

    fn head(&mut self, text: &str) {
        self.line("");
        self.line(&self.paint.bold(text));
    }

    /// Text that runs on.
    fn prose(&mut self, text: &str) {
        wrapped(text, self.width).iter().for_each(|line| self.line(line));
    }

    /// `  key  text`, the keys below each other; nothing without a text.
    fn pairs(&mut self, pairs: &[(&str, String)]) {
        let mut last = "";
        let mut rows = Vec::new();
        for (key, text) in pairs.iter().filter(|(_, text)| !text.is_empty()) {
            let shown = if std::mem::replace(&mut last, key) == *key { "" } else { key };
            rows.push(vec![Cell::painted(format!("  {shown}"), Paint::dim), Cell::new(text)]);
        }
        self.rows(&rows);
    }

    fn rows(&mut self, rows: &[Vec<Cell>]) {
        if !rows.is_empty() {
            let text = fitted(rows, self.width, self.paint);
            self.text.push_str(&text);
        }
    }

    /// A table of which the heads are the first row and the columns with nothing in them are left out.
    fn table_of(&mut self, heads: &[&str], rows: Vec<Vec<Cell>>) {
        let used: Vec<bool> =
            (0..heads.len()).map(|column| rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.width() > 0))).collect();
        let kept = |row: Vec<Cell>| row.into_iter().zip(&used).filter(|(_, used)| **used).map(|(cell, _)| cell).collect::<Vec<_>>();
        let heads = heads.iter().map(|head| Cell::painted(*head, Paint::bold)).collect();
        let all: Vec<Vec<Cell>> = std::iter::once(heads).chain(rows).map(kept).collect();
        self.rows(&all);
    }

    /// A table with a column for each schema: as many beside each other as there is room for, the others in blocks below.
    fn blocks(&mut self, keys: &[&str], rows: &[Vec<Cell>], schemas: &[Column<'_>]) {
        let width = |column: usize| rows.iter().map(|row| row[column].width()).chain([keys[column].len()]).max().unwrap_or(0);
        let mut shown = 0;
        while shown < schemas.len() || shown == 0 {
            let own = if shown == 0 { keys.len() } else { 1 };
            let mut used: usize = (0..own).map(|column| width(column).min(WIDEST) + 2).sum();
            let mut count = 0;
            for schema in &schemas[shown..] {
                used += schema.width().min(WIDEST) + 2;
                if count > 0 && used > self.width + 2 {
                    break;
                }
                count += 1;
            }
            let block = &schemas[shown..shown + count];
            if shown > 0 {
                self.line("");
            }
            let blank = || (0..own).map(|_| Cell::new(""));
            let head = |text: &str| Cell::painted(text, Paint::bold);
            let mut all: Vec<Vec<Cell>> = Vec::new();
            if !block.is_empty() {
                all.push(blank().chain(block.iter().map(|schema| Cell::painted(schema.reader, Paint::dim))).collect());
            }
            all.push(keys[..own].iter().map(|key| head(key)).chain(block.iter().map(|schema| head(schema.name))).collect());
            for (index, row) in rows.iter().enumerate() {
                all.push(row[..own].iter().cloned().chain(block.iter().map(|schema| schema.cells[index].clone())).collect());
            }
            self.rows(&all);
            shown += count;
            if schemas.is_empty() {
                break;
            }
        }
    }
}

/// A schema in [`Show::blocks`].
struct Column<'p> {
    reader: &'p str,
    name: &'p str,
    cells: Vec<Cell>,
}

impl Column<'_> {
    fn width(&self) -> usize {
        self.cells.iter().map(Cell::width).chain([self.name.len(), self.reader.len()]).max().unwrap_or(0)
    }
}

/// Nothing is there.
fn none() -> Cell {
    Cell::painted("-", Paint::dim)
}

/// Names below each other, so that many of them do not take the room of other columns.
fn narrow(names: &[&str]) -> Cell {
    Cell::new(wrapped(&names.join(", "), NAMES).join("\n"))
}

/// The names of tables: of very many the first ones, and how many more there are.
fn tables(names: &[&str]) -> Cell {
    let (shown, more) = if names.len() > TABLES { (&names[..TABLES - 4], names.len() - TABLES + 4) } else { (names, 0) };
    let more = format!("{more} more");
    let all: Vec<&str> = shown.iter().copied().chain((names.len() > TABLES).then_some(more.as_str())).collect();
    Cell::new(wrapped(&all.join(", "), WIDEST).join("\n"))
}

/// A word that is shown where it changes.
fn once<'t>(last: &mut &'t str, text: &'t str) -> &'t str {
    if std::mem::replace(last, text) == text { "" } else { text }
}
