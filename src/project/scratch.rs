//! A folder of a run's own, outside of any project: where a revision is laid out, or git writes what it learns.
//!
//! Law: it is gone when it is dropped, and when the run is ended ([`abandon`](super::abandon())). So what is written there is written in
//! [`Scratch::fill`], for which the end waits: a program that writes on would make the folder again.

use std::io;
use std::path::{Path, PathBuf};

use super::write::{gate, take_away, unfinished};

#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> io::Result<Scratch> {
        let _open = gate();
        // By its true name: what is found in it is told without it.
        let made = tempfile::TempDir::with_prefix_in("spoor-", std::env::temp_dir().canonicalize()?)?.keep();
        unfinished().insert(made.clone());
        Ok(Scratch(made))
    }

    /// Writes in it, by whatever program. Nothing in there may begin or finish another file.
    pub fn fill<T>(&self, write: impl FnOnce(&Path) -> T) -> T {
        let _open = gate();
        write(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        take_away(&self.0);
    }
}
