//! Rows of tables as text to events, as Defender's portal, Log Analytics, Splunk and PowerShell export them.
//!
//! In: a text whose first line that says anything names the columns, parted by commas, semicolons or tabs. Out: each row, as an object of its cells
//! that are not empty, with the number of the line on which it begins. Law: memory is that of one row; one that has more or fewer cells than
//! there are names, or a quote that is not closed, is told, and the others are read. `cells` cuts a row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use serde_json::{Map, Value};

use super::again::{Again, skip_line};
use super::cells::{Cut, Cutter};
use super::crew::What;
use super::run::{LONGEST, Source};
use crate::cli::counted;
use crate::diag::events;

/// How the cells of a table are parted.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How a table begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Lines before the one that names the columns: empty ones, and what Excel and PowerShell write there.
    pub skipped: u64,
    pub delimiter: u8,
}

/// How the table begins of which this is the beginning; None: it is none, or its head is not there as a whole.
pub fn layout(beginning: &[u8]) -> Option<Layout> {
    let lines = beginning.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.ends_with(b"\n"));
    for (line, skipped) in lines.zip(0..) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.trim().is_empty() || line.starts_with("sep=") || line.starts_with("#TYPE ") {
            continue;
        }
        let names = |delimiter: &u8| is_head(line, char::from(*delimiter));
        let delimiter = DELIMITERS.into_iter().filter(names).max_by_key(|byte| line.bytes().filter(|other| other == byte).count())?;
        return Some(Layout { skipped, delimiter });
    }
    None
}

/// Whether a line names columns: several names, and nothing that a line of a log has.
fn is_head(line: &str, delimiter: char) -> bool {
    let name = |cell: &str| {
        let cell = cell.trim().trim_matches('"');
        cell.starts_with(|c: char| c.is_alphabetic() || "_@".contains(c))
            && cell.chars().all(|c| c.is_alphanumeric() || "_ .:@()[]/-".contains(c))
    };
    line.contains(delimiter) && line.trim_end().split(delimiter).all(name)
}

/// What a row is, and the line on which it begins.
pub enum Row {
    Event(String, u64),
    /// None: why, and its first line.
    Wrong(String, String, u64),
}

impl Row {
    pub fn ask(self, source: &mut Source<'_, '_>) {
        match self {
            Row::Event(text, line) => {
                if let Err(error) = source.event(&text, line) {
                    source.wrong(&text, line, (0, text.len()), |span| error.diagnostic(span));
                }
            }
            Row::Wrong(reason, text, line) => source.wrong(&text, line, (0, text.len()), |span| events::not_a_row(span, &reason)),
        }
    }
}

/// So many rows another thread gets at a time.
const ROWS: usize = 256;

pub fn read(source: &mut Source<'_, '_>, input: Box<dyn BufRead>, layout: Layout) -> io::Result<()> {
    let mut waiting = Vec::new();
    let mut rows = Rows { input: Again::new(input, None), line: 0, cutter: Cutter::new(layout.delimiter) };
    let read = rows.read(source, layout.skipped, &mut waiting);
    if !waiting.is_empty() {
        source.give(What::Rows(waiting));
    }
    source.settle();
    read
}

/// Rows, cut from the lines of a table.
struct Rows {
    input: Again,
    /// The lines that are read.
    line: u64,
    cutter: Cutter,
}

impl Rows {
    /// `waiting`: those for another thread.
    fn read(&mut self, source: &mut Source<'_, '_>, skipped: u64, waiting: &mut Vec<Row>) -> io::Result<()> {
        for _ in 0..skipped {
            skip_line(&mut self.input)?;
            self.line += 1;
        }
        let mut text = Vec::new();
        let names = match self.next(&mut text)? {
            Some((Ok(()), _)) => self.cutter.cells().iter().map(|cell| column(cell)).collect::<Vec<String>>(),
            Some((Err(reason), line)) => return Err(io::Error::other(format!("line {line} should name the columns: {reason}"))),
            None => return Ok(()),
        };
        if let Some(twice) = twice(&names) {
            source.note(&twice);
        }
        while !source.is_closed() {
            let Some((cut, line)) = self.next(&mut text)? else { break };
            let cells = self.cutter.cells();
            let wrong = |reason: String| Row::Wrong(reason, first_line(&text), line);
            let row = match cut {
                Ok(()) if cells.len() == 1 && cells[0].trim_ascii().is_empty() => continue,
                Ok(()) if cells.len() == names.len() => Row::Event(object(&names, cells), line),
                Ok(()) => {
                    let (cells, columns) = (counted(cells.len(), "cell"), counted(names.len(), "column"));
                    wrong(format!("this row has {cells}, and the first line names {columns}"))
                }
                Err(reason) => wrong(reason),
            };
            if matches!(row, Row::Event(..)) && std::str::from_utf8(&text).is_err() {
                source.mended();
            }
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

    /// Cuts the next row, whose lines are `text`; whether it is one, and the number of its first line. Where it is none for a quote, its first line alone is
    /// taken, and reading goes on behind that.
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<(Result<(), String>, u64)>> {
        let first = self.line + 1;
        text.clear();
        self.cutter.begin();
        loop {
            let at = text.len();
            let room = LONGEST.saturating_sub(at as u64);
            if (&mut self.input).take(room).read_until(b'\n', text)? == 0 {
                if text.is_empty() {
                    return Ok(None);
                }
                return Ok(Some((Err(self.back(text, "a quote of this row is not closed")), first)));
            }
            self.line += 1;
            let is_first = at == 0;
            let is_cut = text.len() as u64 == LONGEST && !text.ends_with(b"\n");
            match self.cutter.feed(&text[at..]) {
                Cut::Whole if is_cut => {
                    skip_line(&mut self.input)?;
                    return Ok(Some((Err(format!("it is longer than {} MB", LONGEST >> 20)), first)));
                }
                Cut::Whole => return Ok(Some((Ok(()), first))),
                Cut::Open if !is_cut => {}
                Cut::Open if is_first => {
                    skip_line(&mut self.input)?;
                    return Ok(Some((Err(format!("it is longer than {} MB", LONGEST >> 20)), first)));
                }
                Cut::Open => return Ok(Some((Err(self.back(text, "a quote of this row is not closed")), first))),
                // On one line it is a slip of who wrote it, and cells are as they would be without.
                Cut::Behind => {
                    return Ok(Some((
                        Err(self.back(text, "a quote of this row is not closed on its line, or not doubled in its cell")),
                        first,
                    )));
                }
            }
        }
    }

    /// All lines but the first are read again.
    fn back(&mut self, text: &mut Vec<u8>, reason: &str) -> String {
        let end = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
        let again = text.split_off(end);
        self.line -= super::text::newlines(&again) + u64::from(!again.is_empty() && !again.ends_with(b"\n"));
        self.input.unread(again);
        reason.to_owned()
    }
}

/// A name as its table has it: Log Analytics writes the zone behind that of a time.
fn column(cell: &[u8]) -> String {
    let name = String::from_utf8_lossy(cell);
    let name = name.trim();
    name.strip_suffix("[UTC]").map_or(name, str::trim_end).to_owned()
}

/// The first name that several columns have.
fn twice(names: &[String]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    let name = names.iter().find(|name| counts[name.as_str()] > 1)?;
    Some(events::columns_of_one_name(name, counts[name.as_str()]))
}

fn object(names: &[String], row: &[Vec<u8>]) -> String {
    let cells = names.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
    Value::Object(cells.map(|(name, cell)| (name.clone(), value(String::from_utf8_lossy(cell)))).collect::<Map<_, _>>()).to_string()
}

/// CSV has no types: what is written as a number is one, and a column of texts takes it as text again.
fn value(cell: Cow<'_, str>) -> Value {
    match cell.parse::<i64>() {
        Ok(number) if number.to_string() == cell => number.into(),
        Ok(_) | Err(_) => cell.into_owned().into(),
    }
}

fn first_line(text: &[u8]) -> String {
    const SHOWN: usize = 4096;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line[..line.len().min(SHOWN)].trim_ascii_end()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_table_begins() {
        let of = |text: &str| layout(text.as_bytes()).map(|layout| (layout.skipped, char::from(layout.delimiter)));
        assert_eq!(of("Timestamp [UTC],Device Name,\"Action/Type\"\n"), Some((0, ',')));
        assert_eq!(of("a;b;c\r\n1;2;3\n"), Some((0, ';')));
        assert_eq!(of("a\tb\n"), Some((0, '\t')));
        assert_eq!(of("\n \nsep=;\na;b\n"), Some((3, ';')));
        assert_eq!(of("#TYPE System.X\n\"a\",\"b\"\n"), Some((1, ',')));
        for none in ["{\"a\":1,\"b\":2}\n", "[\n", "a\n", "a,b", "", "\n", "a,1\n"] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
