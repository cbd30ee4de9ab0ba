//! One file to disk, whole or not at all.
//!
//! The new text goes to a file beside the old one, which it then replaces: a full disk, an interruption or a read-only folder leaves the old
//! text. A link is followed, so it stays a link; the rights of the old file are kept. Links aside, nothing is created but the file.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return replace(path, text, None);
    }
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let rights = match fs::metadata(&path) {
        Ok(meta) if meta.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
        Ok(meta) => Some(meta.permissions()),
        Err(_) => None,
    };
    replace(&path, text, rights)
}

fn replace(path: &Path, text: &[u8], rights: Option<Permissions>) -> io::Result<()> {
    let (temporary, mut file) = beside(path)?;
    let written = file.write_all(text).and_then(|()| match rights {
        Some(rights) => fs::set_permissions(&temporary, rights),
        None => Ok(()),
    });
    drop(file);
    let replaced = written.and_then(|()| fs::rename(&temporary, path));
    if replaced.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

/// A new file in the folder of `path`, under a name that nobody uses.
fn beside(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    for attempt in 0..100 {
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let temporary = path.with_file_name(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (temporary, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
