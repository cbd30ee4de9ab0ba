//! How matches are written.
//!
//! In: one [`Detection`] after the other. Out: the form that was asked for. Lines, JSON and CSV are written at once; a table, a timeline and
//! SARIF need all of them, and are written at the end.

mod csv;
mod json;
mod lines;
mod sarif;
mod table;
mod timeline;

use clap::ValueEnum;

use super::found::Detection;
use crate::cli::out::{Out, Paint};
use crate::hir::{Level, Rule};
use crate::source::Sources;

pub use json::{origin, value};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Format {
    /// Lines for people on a terminal, JSON in a pipe
    Auto,
    /// A line a match
    Lines,
    /// An object a line
    #[value(aliases = ["jsonl", "ndjson"])]
    Json,
    /// Columns that line up
    Table,
    Csv,
    /// For code scanning and its viewers, 2.1.0
    Sarif,
    /// What happened where, in the order of time
    Timeline,
}

/// What they are about.
#[derive(Clone, Copy)]
pub struct About<'e> {
    pub rules: &'e [Rule],
    pub sources: &'e Sources,
    pub paint: Paint,
}

pub struct Show<'e> {
    pub about: About<'e>,
    pub format: Format,
    /// What is written at the end.
    kept: Vec<Detection>,
    begun: bool,
}

impl<'e> Show<'e> {
    pub fn new(about: About<'e>, format: Format) -> Show<'e> {
        Show { about, format, kept: Vec::new(), begun: false }
    }

    pub fn take(&mut self, found: Detection, out: &mut Out) {
        match self.format {
            Format::Lines => out.line(&lines::line(&found, &self.about)),
            Format::Json | Format::Auto => out.line(&json::detection(&found, &self.about)),
            Format::Csv => {
                if !self.begun {
                    out.print(&csv::head());
                }
                out.print(&csv::row(&found, &self.about));
            }
            Format::Table | Format::Sarif | Format::Timeline => self.kept.push(found),
        }
        self.begun = true;
    }

    /// No match comes any more. `missing`: what could not be read or asked.
    pub fn end(&mut self, missing: &[String], out: &mut Out) {
        let text = match self.format {
            Format::Lines | Format::Json | Format::Auto => return,
            Format::Csv if self.begun => return,
            Format::Csv => csv::head(),
            Format::Table => table::table(&self.kept, &self.about, out.width()),
            Format::Timeline => timeline::timeline(&self.kept, &self.about),
            Format::Sarif => sarif::log(&self.kept, &self.about, missing),
        };
        out.print(&text);
    }
}

impl About<'_> {
    pub fn rule(&self, found: &Detection) -> &Rule {
        &self.rules[found.rule]
    }

    /// The rule's file.
    pub fn path(&self, found: &Detection) -> &str {
        self.sources.name(self.rule(found).span.file)
    }

    /// A level in its colour.
    fn level(&self, level: Option<Level>, padded: &str) -> String {
        match level {
            Some(Level::Critical | Level::High) => self.paint.red(padded),
            Some(Level::Medium) => self.paint.yellow(padded),
            Some(Level::Low | Level::Informational) | None => padded.to_owned(),
        }
    }
}
