//! The files of a folder, thousands of them: each is laid down as it comes, from any thread, and all get their names at the end.
//!
//! In: a folder, texts. Out: files, whole or not at all. Law: until [`Stage::settle`] the folder has the files that it had, with their texts. In a folder
//! that is there, each is laid beside its place; one that is new is made beside its place and then takes its name, so that its files need no second name
//! each.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::in_parallel;
use super::write::{Laid, finish, gate, lay, take_away, unused};

pub struct Stage {
    folder: PathBuf,
    /// What is to be the folder, where there is none.
    made: Option<PathBuf>,
}

/// A file that waits for its name. Without it, it goes.
pub enum Waiting {
    Beside(Laid),
    /// Where it belongs, in the folder that is made.
    There,
}

/// What could not be written, and why.
pub type Failed = Vec<(PathBuf, io::Error)>;

impl Stage {
    /// An error: there can be no such folder.
    pub fn begin(folder: &Path) -> io::Result<Stage> {
        let made = if fs::symlink_metadata(folder).is_err() {
            folder.parent().map_or(Ok(()), fs::create_dir_all)?;
            Some(unused(folder, |made| fs::create_dir(made))?.0)
        } else {
            fs::create_dir_all(folder)?;
            None
        };
        Ok(Stage { folder: folder.to_owned(), made })
    }

    /// A file by its name; with `/`, in a folder below.
    pub fn lay(&self, name: &str, text: &[u8]) -> io::Result<Waiting> {
        let path = self.made.as_ref().unwrap_or(&self.folder).join(name);
        if name.contains('/') {
            let _open = gate();
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
        }
        if self.made.is_some() {
            match make(&path, text) {
                // It is laid twice.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Waiting::There),
            }
        }
        lay(&path, text).map(Waiting::Beside)
    }

    /// Gives the files their names, no two the same; gives back those that could not have theirs. An error: there is no folder.
    pub fn settle(mut self, files: &[(String, Waiting)]) -> io::Result<Failed> {
        let settle = |(name, file): &(String, Waiting)| match file {
            Waiting::Beside(laid) => laid.settle().err().map(|error| (self.folder.join(name), error)),
            Waiting::There => None,
        };
        let mut failed: Failed = in_parallel(files, settle).into_iter().flatten().collect();
        let Some(made) = self.made.take() else { return Ok(failed) };
        finish(&made, || match fs::rename(&made, &self.folder) {
            // Another run made the folder meanwhile.
            Err(_) if self.folder.is_dir() => {
                for (from, to) in files.iter().map(|(name, _)| (made.join(name), self.folder.join(name))).filter(|(from, _)| from.exists())
                {
                    let moved = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::rename(&from, &to));
                    failed.extend(moved.err().map(|error| (to, error)));
                }
                fs::remove_dir_all(&made)
            }
            renamed => renamed,
        })?;
        Ok(failed)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            take_away(made);
        }
    }
}

/// A file that is not there yet. What was begun and broke off is none.
fn make(path: &Path, text: &[u8]) -> io::Result<()> {
    let _open = gate();
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text);
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}
