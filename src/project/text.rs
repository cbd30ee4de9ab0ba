//! A text that belongs to a project beside its rules: a brief, a template.

use std::path::Path;

use super::read::read;
use super::workspace::{finding, shown};
use crate::diag::Diagnostic;
use crate::source::{FileId, Sources};

/// Reads it; why it cannot be read is a finding.
pub fn open_text(path: &Path, sources: &mut Sources) -> Result<FileId, Diagnostic> {
    let name = shown(path);
    match read(path) {
        Ok(text) => Ok(sources.add(name, text.text)),
        Err(failure) => Err(finding(failure, &name, sources)),
    }
}
