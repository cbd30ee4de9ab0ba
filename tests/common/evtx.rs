//! Event logs of Windows, written by hand: what a test of reading them needs, and no more.
//!
//! <https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc>

pub const HEADER: usize = 4096;
pub const CHUNK: usize = 65536;
/// Where the records of a chunk begin.
pub const RECORDS: usize = 512;

/// A log of process starts that Sysmon wrote: a chunk for each list of `EventRecordID`s and command lines. As in an export, the records
/// themselves are numbered from 1.
pub fn log(chunks: &[&[(u64, &str)]]) -> Vec<u8> {
    let mut log = vec![0; HEADER];
    put(&mut log, 0, b"ElfFile\0");
    put(&mut log, 16, &(chunks.len() as u64 - 1).to_le_bytes());
    put(&mut log, 32, &128u32.to_le_bytes());
    put(&mut log, 36, &[1, 0, 3, 0]);
    put(&mut log, 40, &(HEADER as u16).to_le_bytes());
    put(&mut log, 42, &(chunks.len() as u16).to_le_bytes());
    let mut number = 1;
    for records in chunks {
        log.extend(chunk(number, records));
        number += records.len() as u64;
    }
    log
}

fn chunk(first: u64, records: &[(u64, &str)]) -> Vec<u8> {
    let mut chunk = vec![0; RECORDS];
    put(&mut chunk, 0, b"ElfChnk\0");
    let last = if records.is_empty() { u64::MAX } else { first + records.len() as u64 - 1 };
    [(8, first), (16, last), (24, first), (32, last)].iter().for_each(|(at, number)| put(&mut chunk, *at, &number.to_le_bytes()));
    put(&mut chunk, 40, &128u32.to_le_bytes());
    for (number, (id, command_line)) in (first..).zip(records) {
        let start = chunk.len();
        chunk.extend(b"\x2a\x2a\0\0\0\0\0\0");
        chunk.extend(number.to_le_bytes());
        // 2026-01-02T03:04:05Z, in steps of 100 ns since 1601.
        chunk.extend(134_118_110_450_000_000u64.to_le_bytes());
        event(&mut chunk, *id, command_line);
        let size = (chunk.len() + 4 - start) as u32;
        chunk.extend(size.to_le_bytes());
        put(&mut chunk, start + 4, &size.to_le_bytes());
        put(&mut chunk, 44, &(start as u32).to_le_bytes());
    }
    let free = chunk.len() as u32;
    put(&mut chunk, 48, &free.to_le_bytes());
    chunk.resize(CHUNK, 0);
    chunk
}

/// One fragment of binary XML.
fn event(chunk: &mut Vec<u8>, id: u64, command_line: &str) {
    chunk.extend([0x0f, 1, 1, 0]);
    element(chunk, "Event", None, &mut |chunk| {
        element(chunk, "System", None, &mut |chunk| {
            element(chunk, "Provider", Some("Microsoft-Windows-Sysmon"), &mut |_| {});
            let texts = [
                ("EventID", "1"),
                ("EventRecordID", &id.to_string()),
                ("Channel", "Microsoft-Windows-Sysmon/Operational"),
                ("Computer", "pc1"),
            ];
            texts.iter().for_each(|(name, value)| element(chunk, name, None, &mut |chunk| text(chunk, value)));
        });
        element(chunk, "EventData", None, &mut |chunk| {
            let data = [("UtcTime", "2026-01-02 03:04:05.120"), ("Image", r"C:\a.exe"), ("CommandLine", command_line)];
            data.iter().for_each(|(name, value)| element(chunk, "Data", Some(name), &mut |chunk| text(chunk, value)));
        });
    });
    chunk.push(0);
}

/// `named`: what its attribute `Name` says.
fn element(chunk: &mut Vec<u8>, tag: &str, named: Option<&str>, inside: &mut dyn FnMut(&mut Vec<u8>)) {
    chunk.push(if named.is_some() { 0x41 } else { 0x01 });
    chunk.extend([0; 4]);
    name(chunk, tag);
    if let Some(named) = named {
        chunk.extend([0; 4]);
        chunk.push(0x06);
        name(chunk, "Name");
        text(chunk, named);
    }
    chunk.push(0x02);
    inside(chunk);
    chunk.push(0x04);
}

/// A name that stands where it is used: its offset, the next of its hash, the hash, and the text with a zero behind it.
fn name(chunk: &mut Vec<u8>, name: &str) {
    let at = chunk.len() as u32 + 4;
    chunk.extend(at.to_le_bytes());
    chunk.extend([0; 6]);
    utf16(chunk, name);
    chunk.extend([0; 2]);
}

fn text(chunk: &mut Vec<u8>, text: &str) {
    chunk.extend([0x05, 0x01]);
    utf16(chunk, text);
}

fn utf16(chunk: &mut Vec<u8>, text: &str) {
    let units: Vec<u16> = text.encode_utf16().collect();
    chunk.extend((units.len() as u16).to_le_bytes());
    units.iter().for_each(|unit| chunk.extend(unit.to_le_bytes()));
}

pub fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}
