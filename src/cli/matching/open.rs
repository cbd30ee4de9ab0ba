//! A file of events to what reads it: unpacked, and told by its first bytes, whatever its name is.
//!
//! In: a path, or `-`. Out: JSON, CSV, or an event log of Windows (EVTX). gzip and zstd are unpacked, also one in the other, and UTF-16 becomes UTF-8. Law: nothing is read
//! whole. What compressed data lacks at its end is an error at the place where it lacks it: what stands before is read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use super::gzip::Gzip;
use super::progress::Bytes;
use super::stop::Idle;
use super::utf16::{self, Utf16};
use super::zstd::Zstd;
use super::{csv, stop};
use crate::project::STDIN;

pub enum Input {
    /// JSON, without a byte order mark; of standard input, as it is, with what says that it waits.
    Text(Box<dyn BufRead>, Option<Idle>),
    /// A table whose first line names its columns.
    Csv(Box<dyn BufRead>, csv::Layout),
    Evtx(Box<dyn BufRead>),
    /// There is nothing in it.
    Empty,
}

const BLOCK: usize = 1 << 18;
/// Compressed more often than this is no file of events.
const LAYERS: usize = 4;
/// As many bytes as tell a format.
const HEAD: usize = 8;

const BOM: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const EVTX: &[u8] = b"ElfFile\0";
/// What people have events in too, and how to read it all the same.
const OTHERS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "it is a zip archive: unpack it first"),
    (b"BZh", "it is bzip2: `bzcat` it"),
    (b"\xfd7zXZ\0", "it is xz: `xzcat` it"),
    (b"7z\xbc\xaf", "it is a 7z archive: unpack it first"),
    (b"\x30\0\0\0LfLe", "it is an event log from before Windows Vista (EVT), which is not read"),
    (b"PAR1", "it is Parquet, which is not read: export JSON lines"),
    (b"<?xml", "it is XML, which is not read: take the EVTX itself, or JSON"),
    (b"<Event", "it is XML, which is not read: take the EVTX itself, or JSON"),
];

pub fn open(path: &Path, bytes: &Bytes) -> io::Result<Input> {
    if path.as_os_str() == STDIN {
        let idle = Idle::default();
        return told(Box::new(BufReader::with_capacity(BLOCK, stop::Input::new(BLOCK, idle.clone()))), Some(idle));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    told(Box::new(BufReader::with_capacity(BLOCK, bytes.counting(file))), None)
}

fn told(mut input: Box<dyn BufRead>, mut idle: Option<Idle>) -> io::Result<Input> {
    for _ in 0..LAYERS {
        let head = head(&mut input)?;
        if head.starts_with(GZIP) {
            (input, idle) = (unpacked(Gzip::new(input), "gzip"), None);
        } else if head.starts_with(ZSTD) || is_skippable(&head) {
            (input, idle) = (unpacked(Zstd::new(input), "zstd"), None);
        } else if head == EVTX {
            return Ok(Input::Evtx(input));
        } else if let Some((mark, is_big)) = utf16::order(&head) {
            input.consume(mark);
            (input, idle) = (Box::new(BufReader::with_capacity(BLOCK, Utf16::new(input, is_big))), None);
        } else if head.is_empty() {
            return Ok(Input::Empty);
        } else {
            refuse(&head)?;
            if head.starts_with(BOM) {
                input.consume(BOM.len());
            }
            if is_tar(input.fill_buf()?) {
                return Err(io::Error::other("it is a tar archive: unpack it first"));
            }
            // As much of it as is there at once.
            return Ok(match csv::layout(input.fill_buf()?) {
                Some(layout) => Input::Csv(input, layout),
                None => Input::Text(input, idle),
            });
        }
    }
    Err(io::Error::other("it is compressed again and again"))
}

/// A frame of zstd that holds no data.
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn refuse(head: &[u8]) -> io::Result<()> {
    if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(io::Error::other(*what));
    }
    if head.starts_with(b"Elf") {
        return Err(io::Error::other("it is a part of an event log (EVTX), without its beginning"));
    }
    Ok(())
}

/// Its mark stands behind the name and the numbers of the first file.
fn is_tar(there: &[u8]) -> bool {
    there.get(257..262) == Some(b"ustar")
}

/// The first bytes, which are still to be read. A pipe may give less at once.
fn head(input: &mut Box<dyn BufRead>) -> io::Result<Vec<u8>> {
    let there = input.fill_buf()?;
    if there.len() >= HEAD {
        return Ok(there[..HEAD].to_owned());
    }
    let mut head = Vec::with_capacity(HEAD);
    input.take(HEAD as u64).read_to_end(&mut head)?;
    let rest = std::mem::replace(input, Box::new(io::empty()));
    *input = Box::new(Cursor::new(head.clone()).chain(rest));
    Ok(head)
}

fn unpacked(packed: impl Read + 'static, format: &'static str) -> Box<dyn BufRead> {
    Box::new(BufReader::with_capacity(BLOCK, Unpacked { packed, format }))
}

/// Says of an error whose it is.
struct Unpacked<R> {
    packed: R,
    format: &'static str,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.packed.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => {
                io::Error::other(format!("its {} data ends too early; what stands before that was read", self.format))
            }
            _ => io::Error::other(format!("its {} data is damaged ({error}); what stands before that was read", self.format)),
        })
    }
}
