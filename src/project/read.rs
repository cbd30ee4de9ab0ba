//! One file to text.
//!
//! In: a path. Out: its text without a byte order mark, or why there is none. A size that no rule file has ends the reading before it
//! fills the memory, also of a device without end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 64 << 20;

/// Stands for standard input where a path may stand.
pub const STDIN: &str = "-";

/// What it is called where files are named.
pub const STDIN_NAME: &str = "<stdin>";

pub struct Text {
    pub text: String,
    /// It began with a byte order mark, which `text` does not hold.
    pub bom: bool,
}

pub enum Failure {
    Io(io::Error),
    TooLarge,
    /// Offset and value of the first byte that is wrong, and the text with U+FFFD for all of them.
    NotUtf8 {
        at: usize,
        byte: u8,
        utf16: bool,
        lossy: String,
    },
}

pub fn read(path: &Path) -> Result<Text, Failure> {
    let mut bytes = Vec::new();
    if path.as_os_str() == STDIN {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).map_err(Failure::Io)?;
    } else {
        let file = File::open(path).map_err(Failure::Io)?;
        let length = file.metadata().map_err(Failure::Io)?.len();
        if length > LARGEST {
            return Err(Failure::TooLarge);
        }
        bytes.reserve(length as usize + 1);
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(Failure::Io)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::TooLarge);
    }
    text(bytes)
}

fn text(mut bytes: Vec<u8>) -> Result<Text, Failure> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let bom = bytes.starts_with(&[0xef, 0xbb, 0xbf]);
    if bom {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { text, bom }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            Err(Failure::NotUtf8 { at, byte: bytes[at], utf16, lossy: String::from_utf8_lossy(&bytes).into_owned() })
        }
    }
}

/// Why a file could not be read, in a few words.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string(),
    }
}
