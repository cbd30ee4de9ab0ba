//! Rows of CSV to events, as Defender's portal and Splunk export them.
//!
//! In: a text whose first line names the columns. Out: each row, as an object of its cells that are not empty, with the number of the line on
//! which it begins. Law: memory is that of one row; one that has more or fewer cells than there are names is told, and the others are read.

use std::io::{self, BufRead};

use csv::{ReaderBuilder, StringRecord, Terminator};
use serde_json::{Map, Value};

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

pub fn read(source: &mut Source<'_, '_, '_>, input: Box<dyn BufRead>) -> io::Result<()> {
    // Lines are counted by their line feed: the carriage return before it is taken off here.
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).terminator(Terminator::Any(b'\n')).from_reader(input);
    let mut names = StringRecord::new();
    reader.read_record(&mut names).map_err(failed)?;
    let mut row = StringRecord::new();
    while !source.is_closed() {
        let line = reader.position().line();
        match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) if row.len() == 1 && row[0].trim().is_empty() => {}
            Ok(true) => {
                let line = row.position().map_or(line, csv::Position::line);
                if row.len() == names.len() {
                    let text = object(&names, &row);
                    if let Err(error) = source.event(&text, line) {
                        source.wrong(&text, line, (0, text.len()), |span| error.diagnostic(span));
                    }
                } else {
                    let reason =
                        format!("this row has {}, and the first line names {}", counted(row.len(), "cell"), counted(names.len(), "column"));
                    source.wrong("", line, (0, 0), |span| events::not_an_object(span, &reason));
                }
            }
            Err(error) if error.is_io_error() => return Err(failed(error)),
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                source.wrong("", line, (0, 0), |span| events::not_an_object(span, "this row is not UTF-8"));
            }
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
