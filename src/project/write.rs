//! Files to disk, whole or not at all.
//!
//! The new text of one goes to a file beside the old one, which it then replaces: a full disk, an interruption or a read-only folder leaves the old
//! text. A link is followed, so it stays a link; the rights of the old file are kept. Links aside, nothing is created but the file. The files of
//! a folder that is new are made in one beside it, which then takes its name: thousands of files need no second name each. Who ends the run in the
//! middle calls [`abandon`] before: what is not finished goes, and nothing more is begun.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use super::in_parallel;

/// Shared by those who make something or give it its name; taken by who ends the run, and never given back.
static GATE: RwLock<()> = RwLock::new(());

/// What stands under a name of its own until it is whole.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Takes away what is not finished. Whoever writes waits from here on: the process is to end.
pub fn abandon() {
    std::mem::forget(GATE.write().unwrap_or_else(PoisonError::into_inner));
    for path in unfinished().iter() {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
    }
}

fn gate() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(PoisonError::into_inner)
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives what is whole its name, or takes it away.
fn settle(temporary: &Path, written: io::Result<()>, path: &Path) -> io::Result<()> {
    let _open = gate();
    let settled = written.and_then(|()| fs::rename(temporary, path));
    if settled.is_err() {
        let _ = fs::remove_file(temporary).or_else(|_| fs::remove_dir_all(temporary));
    }
    unfinished().remove(temporary);
    settled
}

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

/// What could not be written, and why.
type Failed = Vec<(PathBuf, io::Error)>;

/// These files in a folder, by name; with `/`, in folders below it. Gives back those that could not be written; the others stand. A file that has the text already is left
/// alone. An error: there is no folder.
pub fn write_files(folder: &Path, files: &[(String, String)]) -> io::Result<Failed> {
    if fs::symlink_metadata(folder).is_ok() {
        return write_among(folder, files);
    }
    match write_folder(folder, files) {
        // Another run made the folder meanwhile.
        Err(_) if folder.is_dir() => write_among(folder, files),
        written => written,
    }
}

/// In a folder that is there, beside what stands in it.
fn write_among(folder: &Path, files: &[(String, String)]) -> io::Result<Failed> {
    fs::create_dir_all(folder)?;
    let results = in_parallel(files, |(name, text)| {
        let path = folder.join(name);
        let above = path.parent().map_or(Ok(()), fs::create_dir_all);
        above.and_then(|()| write_other(&path, text)).err().map(|error| (path, error))
    });
    Ok(results.into_iter().flatten().collect())
}

fn write_other(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) { Ok(()) } else { write(path, text.as_bytes()) }
}

/// In a folder that is not there yet.
fn write_folder(folder: &Path, files: &[(String, String)]) -> io::Result<Failed> {
    folder.parent().map_or(Ok(()), fs::create_dir_all)?;
    let (staged, ()) = unused(folder, |staged| fs::create_dir(staged))?;
    let above: BTreeSet<&Path> = files.iter().filter_map(|(name, _)| Path::new(name).parent()).collect();
    let folders = above.into_iter().try_for_each(|above| {
        let _open = gate();
        fs::create_dir_all(staged.join(above))
    });
    if folders.is_err() {
        return settle(&staged, folders, folder).map(|()| Vec::new());
    }
    let made = in_parallel(files, |(name, text)| {
        let _open = gate();
        let written =
            OpenOptions::new().write(true).create_new(true).open(staged.join(name)).and_then(|mut file| file.write_all(text.as_bytes()));
        written.err().map(|error| (name.clone(), error))
    });
    let failed: Vec<_> = made.into_iter().flatten().collect();
    // What was begun and broke off is no file.
    failed.iter().for_each(|(name, _)| _ = fs::remove_file(staged.join(name)));
    settle(&staged, Ok(()), folder)?;
    Ok(failed.into_iter().map(|(name, error)| (folder.join(name), error)).collect())
}

fn replace(path: &Path, text: &[u8], rights: Option<Permissions>) -> io::Result<()> {
    let (temporary, mut file) = beside(path)?;
    let written = file.write_all(text).and_then(|()| match rights {
        Some(rights) => fs::set_permissions(&temporary, rights),
        None => Ok(()),
    });
    drop(file);
    settle(&temporary, written, path)
}

/// A new file beside `path`.
fn beside(path: &Path) -> io::Result<(PathBuf, fs::File)> {
    unused(path, |temporary| OpenOptions::new().write(true).create_new(true).open(temporary))
}

/// Makes something beside `path`, under a name that nobody uses.
fn unused<T>(path: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(PathBuf, T)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    for attempt in 0..100 {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let temporary = path.with_file_name(hidden);
        let _open = gate();
        match make(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(made) => {
                unfinished().insert(temporary.clone());
                return Ok((temporary, made));
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
