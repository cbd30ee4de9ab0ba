//! What lies beside the repository on the machines where it is written: facts, samples, real events.
//!
//! `SPOOR_SHARED` names the folder, and then everything asked for must be in it. Without it `../shared` is looked at, and a test that
//! finds nothing there says so and passes.

use std::path::{Path, PathBuf};

pub fn shared(path: &str) -> Option<PathBuf> {
    let named = std::env::var_os("SPOOR_SHARED");
    let folder = named.clone().map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(named.is_none(), "SPOOR_SHARED is set, and {} is not there", found.display());
    println!("skipped: {} is not there", found.display());
    None
}
