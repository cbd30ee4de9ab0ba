//! Files to disk, whole or not at all.
//!
//! The new text of one goes to a file beside the old one, which it then replaces: a full disk, an interruption or a read-only folder leaves the old
//! text. A link is followed, so it stays a link; the rights of the old file are kept. Links aside, nothing is created but the file. Who ends the run in the
//! middle calls [`abandon`] before: what is not finished goes, and nothing more is begun. Thousands of files: `stage.rs`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

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

pub(super) fn gate() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last step of what has a name of its own; what it leaves of that goes.
pub(super) fn finish(temporary: &Path, step: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let _open = gate();
    let done = step();
    if done.is_err() {
        let _ = fs::remove_file(temporary).or_else(|_| fs::remove_dir_all(temporary));
    }
    unfinished().remove(temporary);
    done
}

/// What was not finished goes.
pub(super) fn take_away(temporary: &Path) {
    let _open = gate();
    if unfinished().remove(temporary) {
        let _ = fs::remove_file(temporary).or_else(|_| fs::remove_dir_all(temporary));
    }
}

pub fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    lay(path, text)?.settle()
}

/// The new text of a file, whole, under a name of its own. What is not settled goes with it.
pub struct Laid {
    temporary: PathBuf,
    path: PathBuf,
}

impl Laid {
    /// Gives it its name.
    pub(super) fn settle(&self) -> io::Result<()> {
        finish(&self.temporary, || fs::rename(&self.temporary, &self.path))
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        take_away(&self.temporary);
    }
}

/// Everything of [`write`](write()) but the last step.
pub(super) fn lay(path: &Path, text: &[u8]) -> io::Result<Laid> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return lay_beside(path, text, None);
    }
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let rights = match fs::metadata(&path) {
        Ok(meta) if meta.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
        Ok(meta) => Some(meta.permissions()),
        Err(_) => None,
    };
    lay_beside(&path, text, rights)
}

fn lay_beside(path: &Path, text: &[u8], rights: Option<Permissions>) -> io::Result<Laid> {
    let (temporary, mut file) = unused(path, |temporary| OpenOptions::new().write(true).create_new(true).open(temporary))?;
    let laid = Laid { temporary, path: path.to_owned() };
    file.write_all(text)?;
    if let Some(rights) = rights {
        fs::set_permissions(&laid.temporary, rights)?;
    }
    Ok(laid)
}

/// Makes something beside `path`, under a name that nobody uses.
pub(super) fn unused<T>(path: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(PathBuf, T)> {
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
