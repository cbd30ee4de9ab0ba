//! A value, an enumeration, a name from elsewhere or from before.

use super::super::value::{EnumerationPage, ForeignPage, RenamedPage, ValuePage};
use super::{Show, once, tables};
use crate::cli::out::Paint;
use crate::cli::table::Cell;

impl Show {
    pub fn value(&mut self, page: &ValuePage<'_>) {
        let mut first = true;
        let mut apart = |show: &mut Show| {
            if !std::mem::take(&mut first) {
                show.line("");
            }
        };
        for action in &page.actions {
            apart(self);
            self.title(action.name, &format!("an action of {}", action.class));
            let (mut rows, mut reader) = (Vec::new(), "");
            for schema in &action.schemas {
                let mut name = "";
                for stands in &schema.events {
                    let when = if stands.when.is_empty() { "every event" } else { &stands.when };
                    let others: Vec<&str> = stands.actions.iter().filter(|other| **other != action.name).copied().collect();
                    let others = if others.is_empty() { String::new() } else { format!(" (or {})", others.join(", ")) };
                    rows.push(vec![
                        Cell::new(format!("  {}", once(&mut reader, schema.reader))),
                        Cell::painted(once(&mut name, schema.schema), Paint::cyan),
                        Cell::new(stands.table),
                        Cell::new(format!("{when}{others}")),
                    ]);
                }
            }
            self.rows(&rows);
        }
        for enumeration in &page.enumerations {
            apart(self);
            self.title(&page.value, &format!("a value of {}", enumeration.name));
            self.about(enumeration);
        }
        if !page.columns.is_empty() {
            apart(self);
            let value = page.columns[0].value;
            let mut columns: Vec<&str> = page.columns.iter().map(|at| at.column).collect();
            columns.sort_unstable();
            columns.dedup();
            let of = if columns.len() > 3 { format!("{} columns", columns.len()) } else { columns.join(" and ") };
            self.title(value, &format!("a value of {of}"));
            let (mut rows, mut reader) = (Vec::new(), "");
            for at in &page.columns {
                rows.push(vec![
                    Cell::new(once(&mut reader, at.reader)),
                    Cell::painted(at.schema, Paint::cyan),
                    tables(&at.tables),
                    Cell::new(at.column),
                    Cell::new(at.says.join("\n")),
                ]);
            }
            self.table_of(&["read by", "schema", "table", "column", "says"], rows);
        }
    }

    pub fn enumeration(&mut self, page: &EnumerationPage<'_>) {
        self.title(page.name, "the values of an enumeration");
        self.about(page);
    }

    fn about(&mut self, page: &EnumerationPage<'_>) {
        self.pairs(&[("values", page.values.join(", ")), ("fields", page.fields.join(", "))]);
    }

    pub fn foreign(&mut self, page: &ForeignPage<'_>) {
        let what = page.class.map_or("another tool's name".to_owned(), |class| format!("another tool's name of the class {class}"));
        self.title(&page.name, &what);
        let class = page.class.map_or_else(String::new, |class| format!("{class}: {} (`spoor schema {class}`)", page.doc.unwrap_or("")));
        self.pairs(&[("class", class), ("fields", page.fields.join(", "))]);
    }

    pub fn renamed(&mut self, page: &RenamedPage<'_>) {
        let of = match page.table {
            None => page.schema.to_owned(),
            Some("*") => format!("any table of {}", page.schema),
            Some(table) => format!("{table} of {}", page.schema),
        };
        self.title(page.old, &format!("a {} of {of}, now {}", page.what, page.new.join(" and ")));
    }
}
