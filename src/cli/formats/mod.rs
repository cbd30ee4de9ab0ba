//! Findings as other programs read them.
//!
//! In: the findings of a run, and which of them fail it. Out: the whole text of one form. A CI names files from the folder of its
//! repository: so do these forms, wherever the command runs. Law: nothing is left out; where a reader shows a part only, [`beyond`] says so.

mod github;
mod gitlab;
mod junit;
mod sarif;

use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;

use crate::diag::{Diagnostic, Severity, json, render};
use crate::project::{STDIN_NAME, repository};
use crate::source::{FileId, Sources};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    /// Pictures for people
    Human,
    /// An object a line
    Json,
    /// SARIF 2.1.0, for code scanning of GitHub and others
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// JUnit's XML
    Junit,
}

/// What a run found.
pub struct Report<'r> {
    pub found: &'r [Diagnostic],
    /// Of each of them: it fails the run. Errors do in any case.
    pub denied: &'r [bool],
    pub sources: &'r Sources,
    /// The files that were asked for.
    pub files: Vec<FileId>,
    /// All of them could be read.
    pub whole: bool,
}

pub fn text(report: &Report<'_>, format: Format, color: bool) -> String {
    match format {
        Format::Human => report.found.iter().map(|found| render::render(found, report.sources, color)).collect(),
        Format::Json => report.each().map(|(found, severity)| format!("{}\n", json::line(found, severity, report.sources))).collect(),
        Format::Sarif => sarif::text(report, &Root::of_here()),
        Format::Github => github::text(report, &Root::of_here()),
        Format::Gitlab => gitlab::text(report, &Root::of_here()),
        Format::Junit => junit::text(report, &Root::of_here()),
    }
}

/// What the reader of a form would not show of so many findings.
pub fn beyond(report: &Report<'_>, format: Format) -> Option<String> {
    match format {
        Format::Human | Format::Json | Format::Gitlab | Format::Junit => None,
        Format::Sarif => sarif::beyond(report.found.len()),
        Format::Github => github::beyond(report),
    }
}

impl<'r> Report<'r> {
    /// Of a project with mistakes, in which nothing else was read.
    pub fn of_project(found: &'r [Diagnostic], sources: &'r Sources) -> Report<'r> {
        let mut files: Vec<FileId> = found.iter().map(|finding| finding.span().file).collect();
        files.sort_unstable();
        files.dedup();
        Report { found, denied: &[], sources, files, whole: false }
    }

    /// Each finding, and how grave it is in this run.
    fn each(&self) -> impl Iterator<Item = (&Diagnostic, Severity)> {
        let denied = self.denied.iter().copied().chain(std::iter::repeat(false));
        self.found.iter().zip(denied).map(|(found, denied)| (found, if denied { Severity::Error } else { found.severity() }))
    }
}

/// The fact, and what is at its place; then what to write instead.
fn message(found: &Diagnostic) -> String {
    let mut text = found.title.clone();
    if let Some(label) = found.labels.first().filter(|label| !label.text.is_empty()) {
        text.push_str(": ");
        text.push_str(&label.text);
    }
    for help in &found.help {
        text.push('\n');
        text.push_str(help);
    }
    text
}

/// The folder from which a CI names files: that of the repository, else the working folder.
struct Root {
    here: PathBuf,
    root: PathBuf,
}

/// Where a file is, to a CI.
enum Place {
    /// Its names from the root down, behind slashes.
    Below(String),
    /// From the root of the disk.
    Elsewhere(String),
    /// Standard input.
    None,
}

impl Root {
    fn of_here() -> Root {
        let here = std::env::current_dir().unwrap_or_default();
        let here = here.canonicalize().unwrap_or(here);
        Root { root: repository(&here).unwrap_or_else(|| here.clone()), here }
    }

    fn place(&self, name: &str) -> Place {
        if name == STDIN_NAME {
            return Place::None;
        }
        // The folder's true path; the file may be a link, and is still what the repository calls it.
        let path = self.here.join(name);
        let path = match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path,
        };
        match path.strip_prefix(&self.root) {
            Ok(below) => Place::Below(slashed(below)),
            Err(_) => Place::Elsewhere(path.to_string_lossy().into_owned()),
        }
    }

    /// For a form that has no word for a file elsewhere.
    fn path(&self, name: &str) -> String {
        match self.place(name) {
            Place::Below(path) | Place::Elsewhere(path) => path,
            Place::None => name.to_owned(),
        }
    }
}

fn slashed(path: &Path) -> String {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    names.collect::<Vec<_>>().join("/")
}
