//! Findings as a code quality report of GitLab (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::sarif::Prints;
use super::{Report, Root, message};
use crate::diag::Severity;

pub fn text(report: &Report<'_>, root: &Root) -> String {
    let mut prints = Prints { sources: report.sources, seen: BTreeMap::new() };
    let all = report.each().map(|(found, severity)| {
        let path = root.path(report.sources.name(found.span().file));
        let place = report.sources.place(found.span());
        // Of two entries with one fingerprint the first alone is shown, so it holds the path too.
        let print = format!("{path}:{}", prints.of(found));
        json!({
            "description": message(found),
            "check_name": found.code.id(),
            "fingerprint": print,
            "severity": word(severity),
            "location": {"path": path, "lines": {"begin": place.line, "end": place.end_line}},
        })
    });
    format!("{:#}\n", Json::Array(all.collect()))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}
