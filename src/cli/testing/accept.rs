//! Snapshots, taken in.
//!
//! In: what differs. Out: files. Law: each is the old one or the new one, whatever happens; what was done is told.

use std::io;
use std::path::Path;

use super::Tested;
use super::compare::{Compared, State};
use crate::cli::out::Out;
use crate::cli::{CLEAN, FAILED, counted};
use crate::project::{Stage, reason, write};

/// Gives all that differ and were laid down their names, and takes away those of no rule.
pub fn all(folder: &Path, stage: io::Result<Stage>, tested: &mut [Tested<'_>], orphans: &mut Vec<String>, out: &mut Out) -> u8 {
    let wanted = |tested: &Tested<'_>| tested.snapshot.as_ref().is_some_and(Compared::fails);
    let count = tested.iter().filter(|tested| wanted(tested)).count();
    let (mut waiting, mut unwritten) = (Vec::new(), Vec::new());
    for compared in tested.iter_mut().filter_map(|tested| tested.snapshot.as_mut()) {
        match compared.laid.take() {
            Some(Ok(laid)) => waiting.push((compared.file.clone(), laid)),
            Some(Err(error)) => unwritten.push((folder.join(&compared.file), error)),
            None => {}
        }
    }
    let mut failed: Vec<String> = Vec::new();
    // Where there is nothing to write, no folder is made.
    let settled = if count == 0 { Ok(Vec::new()) } else { stage.and_then(|stage| stage.settle(&waiting)) };
    match settled {
        Ok(more) => {
            for (path, error) in unwritten.into_iter().chain(more) {
                out.error(&format!("cannot write `{}`: {}", path.display(), reason(&error)));
                failed.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        Err(error) => {
            out.error(&format!("cannot make the folder `{}`: {}; nothing was written", folder.display(), reason(&error)));
            return FAILED;
        }
    }
    for compared in tested.iter_mut().filter(|tested| wanted(tested)).filter_map(|tested| tested.snapshot.as_mut()) {
        if !failed.contains(&compared.file) {
            compared.state = State::Written;
        }
    }
    let mut removed = Vec::new();
    for name in std::mem::take(orphans) {
        match remove(folder, &name, out) {
            true => removed.push(name),
            false => orphans.push(name),
        }
    }
    tell(folder, count - failed.len(), &removed, out);
    if failed.is_empty() && orphans.is_empty() { CLEAN } else { FAILED }
}

/// Writes one; false: it could not be, and that was told.
pub fn one(folder: &Path, compared: &mut Compared, out: &mut Out) -> bool {
    let made = std::fs::create_dir_all(folder);
    let written = made.and_then(|()| write(&folder.join(&compared.file), compared.now.as_bytes()));
    match written {
        Ok(()) => compared.state = State::Written,
        Err(ref error) => {
            out.error(&format!("cannot write `{}`: {}", folder.join(&compared.file).display(), reason(error)));
        }
    }
    written.is_ok()
}

/// Takes one away; false: it could not be, and that was told.
pub fn remove(folder: &Path, name: &str, out: &mut Out) -> bool {
    let path = folder.join(name);
    // What another run took away is away.
    let removed = std::fs::remove_file(&path).or_else(|error| if path.symlink_metadata().is_err() { Ok(()) } else { Err(error) });
    if let Err(error) = &removed {
        out.error(&format!("cannot remove `{}`: {}", path.display(), reason(error)));
    }
    removed.is_ok()
}

/// `wrote 3 snapshots in `snapshots`, removed old.snap`
fn tell(folder: &Path, written: usize, removed: &[String], out: &mut Out) {
    if written == 0 && removed.is_empty() {
        return out.status("every snapshot is as it should be: nothing was written");
    }
    let mut told = format!("wrote {} in `{}`", counted(written, "snapshot"), folder.display());
    if !removed.is_empty() {
        told.push_str(&format!(", removed {} of no rule: {}", removed.len(), removed.join(", ")));
    }
    out.status(&told);
}
