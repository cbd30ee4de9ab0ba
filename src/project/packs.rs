//! A user's own packs.
//!
//! In: the paths of pack files. Out: the packs they make on top of others, or every mistake in them with its place. Law: one mistake and
//! there are no packs; rules are never held against half of what the user said.

use std::path::PathBuf;

use super::read::read;
use super::workspace::finding;
use crate::diag::Diagnostic;
use crate::diag::packs::mistake;
use crate::schema::{self, Packs};
use crate::source::{FileId, Sources};

/// The packs of these files on top of `base`, later files over earlier ones.
pub fn packs(base: &Packs, paths: &[PathBuf], sources: &mut Sources) -> Result<Packs, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut files: Vec<FileId> = Vec::new();
    for path in paths {
        let name = path.to_string_lossy();
        match read(path) {
            Ok(text) => files.push(sources.add(name, text.text)),
            Err(failure) => findings.push(finding(failure, &name, sources)),
        }
    }
    let texts: Vec<(&str, &str)> = files.iter().map(|file| (sources.name(*file), sources.text(*file))).collect();
    match schema::load(base, &texts) {
        Ok(packs) if findings.is_empty() => Ok(packs),
        Ok(_) => Err(findings),
        Err(mistakes) => {
            findings.extend(mistakes.iter().map(|error| mistake(error, files[error.file])));
            Err(findings)
        }
    }
}
