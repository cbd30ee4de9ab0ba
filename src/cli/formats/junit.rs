//! Findings as JUnit's XML: a suite for each file, a case for each finding that fails the run; of a file without one, a case that passed.

use std::collections::BTreeMap;

use super::{Report, Root};
use crate::cli::junit::{self, Case, Outcome, Suite};
use crate::diag::{Severity, render};

pub fn text(report: &Report<'_>, root: &Root) -> String {
    let mut files: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for file in &report.files {
        files.entry(root.path(report.sources.name(*file))).or_default();
    }
    for (found, _) in report.each().filter(|(_, severity)| *severity == Severity::Error) {
        let path = root.path(report.sources.name(found.span().file));
        let place = report.sources.place(found.span());
        let name = format!("{} {}:{}", found.code, place.line, place.column);
        let outcome = Outcome::Failure(format!("{}: {}", found.code, found.title), render::render(found, report.sources, false));
        files.entry(path.clone()).or_default().push(Case { name, file: path, line: place.line, outcome });
    }
    let suite = |(path, mut cases): (String, Vec<Case>)| {
        if cases.is_empty() {
            cases.push(Case { name: "check".to_owned(), file: path.clone(), line: 1, outcome: Outcome::Passed });
        }
        Suite { name: path, cases }
    };
    let suites: Vec<Suite> = files.into_iter().map(suite).collect();
    junit::text("spoor check", &suites)
}
