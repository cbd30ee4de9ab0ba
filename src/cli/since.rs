//! `--since REV`: only what a change concerns.
//!
//! In: a revision, the rule files of a run. Out: the files that are concerned, which is told on stderr, and why all of them are where they are. All
//! rules are read and checked in any case: only who knows all of them can tell.

use std::collections::BTreeSet;
use std::path::Path;

use super::interrupt::STOPPED;
use super::out::Out;
use super::{FAILED, counted, project};
use crate::diag::Diagnostic;
use crate::project::since::{Affected, Concerned, affected, is_touched};
use crate::project::{Changes, GitFailure, Revision, Workspace};
use crate::source::FileId;

/// The files that are concerned, and what else changed; None: all.
pub struct Chosen(Option<(BTreeSet<FileId>, Changes)>);

impl Chosen {
    pub fn has(&self, file: FileId) -> bool {
        self.0.as_ref().is_none_or(|(files, _)| files.contains(&file))
    }

    /// Whether a file that is no rule file changed.
    pub fn has_touched(&self, path: &Path) -> bool {
        self.0.as_ref().is_none_or(|(_, changes)| is_touched(changes, path))
    }

    /// The files that are gone, whatever they were.
    pub fn gone(&self) -> Vec<&Path> {
        self.0.iter().flat_map(|(_, changes)| changes.gone()).collect()
    }

    /// Leaves the findings that have to do with the files: at their place, or by a cause.
    pub fn retain(&self, found: &mut Vec<Diagnostic>) {
        found.retain(|finding| finding.labels.iter().any(|label| self.has(label.span.file)));
    }
}

/// Without a revision: all.
pub fn chosen(revision: Option<&str>, workspace: &Workspace, out: &mut Out) -> Result<Chosen, u8> {
    let Some(name) = revision else { return Ok(Chosen(None)) };
    let asked = Revision::of(Path::new("."), name).map(Revision::forked).and_then(|revision| {
        let changes = revision.changes()?;
        Ok((affected(workspace, &project().read, &revision, &changes)?, changes))
    });
    let (affected, changes) = asked.map_err(|failure| {
        if let GitFailure::Stopped = failure {
            return STOPPED;
        }
        out.error(&failure.told());
        FAILED
    })?;
    let all = workspace.documents.iter().filter(|document| document.asked).count();
    let files = counted(all, "rule file");
    Ok(match affected {
        Affected::All(path) => {
            out.status(&format!("{files}, all of them: `{path}` changed since `{name}`"));
            Chosen(None)
        }
        Affected::Some(Concerned { files: concerned, changed, by_others }) => {
            let others = if by_others == 0 { String::new() } else { format!(", {by_others} by what they have to do with") };
            out.status(&format!("{} of {files}: {changed} changed since `{name}`{others}", changed + by_others));
            Chosen(Some((concerned, changes)))
        }
    })
}
