//! Rows of CSV to events, as Defender's portal and Splunk export them.
//!
//! In: a text whose first line names the columns. Out: each row, as an object of its cells that are not empty, with the number of the line on
//! which it begins. Law: memory is that of one row; one that has more or fewer cells than there are names is told, and the others are read.

use std::io::{self, BufRead};

use csv::{ReaderBuilder, StringRecord, Terminator};
use serde_json::{Map, Value};

use super::crew::What;
use super::run::Source;
use crate::cli::counted;
use crate::diag::events;

/// Whether a first line names columns: several names, and nothing that a line of a log has.
pub fn is_head(line: &str) -> bool {
    let name = |cell: &str| {
        let cell = cell.trim().trim_matches('"');
        cell.starts_with(|c: char| c.is_alphabetic() || "_@".contains(c))
            && cell.chars().all(|c| c.is_alphanumeric() || "_ .:@()/-".contains(c))
    };
    line.contains(',') && line.trim_end().split(',').all(name)
}

/// What a row is, and the line on which it begins.
pub enum Row {
    Event(String, u64),
    /// None: and why.
    Wrong(String, u64),
}

impl Row {
    pub fn ask(self, source: &mut Source<'_, '_>) {
        match self {
            Row::Event(text, line) => {
                if let Err(error) = source.event(&text, line) {
                    source.wrong(&text, line, (0, text.len()), |span| error.diagnostic(span));
                }
            }
            Row::Wrong(reason, line) => source.wrong("", line, (0, 0), |span| events::not_an_object(span, &reason)),
        }
    }
}

/// So many rows another thread gets at a time.
const ROWS: usize = 256;

pub fn read(source: &mut Source<'_, '_>, input: Box<dyn BufRead>) -> io::Result<()> {
    let mut waiting = Vec::new();
    let read = rows(source, input, &mut waiting);
    if !waiting.is_empty() {
        source.give(What::Rows(waiting));
    }
    source.settle();
    read
}

/// `waiting`: those for another thread.
fn rows(source: &mut Source<'_, '_>, input: Box<dyn BufRead>, waiting: &mut Vec<Row>) -> io::Result<()> {
    // Lines are counted by their line feed: the carriage return before it is taken off here.
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).terminator(Terminator::Any(b'\n')).from_reader(input);
    let mut names = StringRecord::new();
    reader.read_record(&mut names).map_err(failed)?;
    let mut record = StringRecord::new();
    while !source.is_closed() {
        let line = reader.position().line();
        let row = match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) if record.len() == 1 && record[0].trim().is_empty() => continue,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                if record.len() == names.len() {
                    Row::Event(object(&names, &record), line)
                } else {
                    let (cells, columns) = (counted(record.len(), "cell"), counted(names.len(), "column"));
                    Row::Wrong(format!("this row has {cells}, and the first line names {columns}"), line)
                }
            }
            Err(error) if error.is_io_error() => return Err(failed(error)),
            Err(error) => Row::Wrong("this row is not UTF-8".to_owned(), error.position().map_or(line, csv::Position::line)),
        };
        if source.crew().is_none() {
            row.ask(source);
            continue;
        }
        waiting.push(row);
        if waiting.len() == ROWS {
            source.give(What::Rows(std::mem::take(waiting)));
        }
    }
    Ok(())
}

fn object(names: &StringRecord, row: &StringRecord) -> String {
    let bare = |cell: &str| cell.strip_suffix('\r').unwrap_or(cell).to_owned();
    let cells = names.iter().zip(row).map(|(name, cell)| (name.trim().to_owned(), bare(cell)));
    Value::Object(cells.filter(|(_, cell)| !cell.is_empty()).map(|(name, cell)| (name, value(cell))).collect::<Map<_, _>>()).to_string()
}

/// CSV has no types: what is written as a number is one, and a column of texts takes it as text again.
fn value(cell: String) -> Value {
    match cell.parse::<i64>() {
        Ok(number) if number.to_string() == cell => number.into(),
        Ok(_) | Err(_) => cell.into(),
    }
}

fn failed(error: csv::Error) -> io::Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other(text),
    }
}
