//! Event logs of Windows (EVTX) to events, one record after the other.
//!
//! In: a log from its first byte, which need not be a file: it is read in one go, chunk by chunk. Out: each record, as JSON in the form
//! that the reader of events knows, with its `EventRecordID`: the number that other tools show, and that an export keeps. Law: memory is that of one chunk. What is damaged is told, with the
//! number of the record or of the chunk, and the others are read; so are logs that were copied while Windows wrote to them. Records that
//! a chunk says it has, and that are not found, are told too. What was deleted and not yet written over is not read.

use std::error::Error;
use std::io::{self, BufRead};
use std::sync::Arc;

use evtx::{EvtxChunkData, EvtxFileHeader, ParserSettings, err::EvtxError};

use super::crew::What;
use super::found::MOST;
use super::run::Source;
use crate::diag::events;
use crate::engine::shape::ShapeError;

/// What stands before the first chunk.
const HEADER: usize = 4096;
/// Every chunk has this size.
const CHUNK: usize = 65536;
/// Where the names and the templates of a chunk stand, in its header.
const TABLES: std::ops::Range<usize> = 128..512;
/// No record is smaller, so no chunk has more than this many.
const SMALLEST: u64 = 28;

pub fn read(source: &mut Source<'_, '_>, mut input: Box<dyn BufRead>) -> io::Result<()> {
    let mut header = vec![0; HEADER];
    if fill(&mut input, &mut header)? < HEADER {
        return Err(io::Error::other("the event log ends in its header"));
    }
    let header = EvtxFileHeader::from_bytes(&header).map_err(|error| io::Error::other(error.to_string()))?;
    let (mut chunks, mut records) = (0, 0);
    while !source.is_closed() {
        let mut data = vec![0; CHUNK];
        let length = fill(&mut input, &mut data)?;
        // Windows makes room for chunks before it has records for them.
        let is_used = data.iter().any(|byte| *byte != 0);
        if length == 0 || length < CHUNK && !is_used {
            break;
        }
        chunks += 1;
        if length < CHUNK {
            records += source.settle();
            source
                .wrong("", 1, (0, 0), |span| events::damaged_chunk(span, chunks, &format!("it ends after {length} of its {CHUNK} bytes")));
        }
        if is_used {
            records += if source.crew().is_some() { source.give(What::Chunk(data, chunks)) } else { chunk(source, data, chunks) };
        }
    }
    records += source.settle();
    let known = u64::from(header.chunk_count);
    if chunks < known && !source.is_closed() {
        source.wrong("", 1, (0, 0), |span| events::damaged_chunk(span, chunks + 1, &format!("the log has {known} chunks, and ends here")));
    }
    if records == 0 {
        source.note("the event log has no records");
    }
    Ok(())
}

/// The number of records in it.
pub fn chunk(source: &mut Source<'_, '_>, data: Vec<u8>, number: u64) -> u64 {
    let settings = Arc::new(ParserSettings::default().indent(false));
    let damaged = |source: &mut Source<'_, '_>, reason: &str| {
        source.wrong("", 1, (0, 0), |span| events::damaged_chunk(span, number, reason));
    };
    let mut data = match EvtxChunkData::new(data, false) {
        Ok(data) => data,
        Err(error) => {
            damaged(source, &reason(&error));
            return 0;
        }
    };
    // What its records have in common stands in tables too, which they can do without. (Asked twice, for an answer borrows the data.)
    if let Err(error) = data.parse(Arc::clone(&settings)) {
        damaged(source, &reason(&error));
        data.data[TABLES].fill(0);
        match EvtxChunkData::new(data.data, false) {
            Ok(without) => data = without,
            Err(_) => return 0,
        }
    }
    let (first, last) = (data.header.first_event_record_number, data.header.last_event_record_number);
    let mut chunk = match data.parse(Arc::clone(&settings)) {
        Ok(chunk) => chunk,
        Err(error) => {
            damaged(source, &reason(&error));
            return 0;
        }
    };
    let mut found = 0;
    for record in chunk.iter() {
        if source.is_closed() {
            return found;
        }
        found += 1;
        match record.and_then(evtx::EvtxRecord::into_json) {
            Ok(record) => {
                let id = event_record_id(&record.data).unwrap_or(record.event_record_id);
                if id <= MOST {
                    event(source, id, &record.data);
                } else {
                    source.wrong("", 1, (0, 0), |span| events::damaged_record(span, Some(id), number, "no log has had so many records"));
                }
            }
            Err(error) => {
                let record = match &error {
                    EvtxError::FailedToParseRecord { record_id, .. } => Some(*record_id),
                    _ => None,
                };
                source.wrong("", 1, (0, 0), |span| events::damaged_record(span, record, number, &reason(&error)));
            }
        }
    }
    // An empty chunk has no last record: the number is the highest there is.
    let said = last.checked_sub(first).map(|more| more.saturating_add(1)).filter(|said| *said <= CHUNK as u64 / SMALLEST);
    if let Some(said) = said.filter(|said| *said > found) {
        damaged(source, &format!("it says that it has {said} records, and {found} were found"));
    }
    found
}

/// The head of a record comes first, and inside of a text the quotes would have backslashes.
fn event_record_id(json: &str) -> Option<u64> {
    let (_, behind) = json.split_once("\"EventRecordID\":")?;
    let digits = behind.trim_start_matches('"');
    digits[..digits.bytes().take_while(u8::is_ascii_digit).count()].parse().ok()
}

fn event(source: &mut Source<'_, '_>, number: u64, json: &str) {
    match source.event(json, number) {
        Ok(_) => {}
        Err(ShapeError::NotAnObject(reason)) => {
            source.wrong("", 1, (0, 0), |span| events::damaged_record(span, Some(number), 0, &reason));
        }
        Err(error) => source.wrong(json, number, (0, json.len()), |span| error.diagnostic(span)),
    }
}

/// What was wrong in the end: the errors around it say only that something was.
fn reason(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// As much as there is.
fn fill(input: &mut dyn BufRead, into: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < into.len() {
        match input.read(&mut into[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
