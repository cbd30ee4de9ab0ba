//! For programs: one JSON object a line, of which `type` says what it is.
//!
//! Out: `{type: "test", rule, path, line, column, name, stated, found, events, result, message, why}`; `{type: "snapshot", rule, path, file, result,
//! targets, diff}`; `{type: "rule", rule, path, line, column, result: "error"}` of a rule that could not be tested; `{type: "finding", ..}`, as
//! `spoor check` writes them; and at the end `{type: "summary", ..}`. The keys of a type are always all there; what there is not is null.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::super::Told;
use super::super::compare::{Changed, State};
use super::{Counts, about};
use crate::cli::out::{Out, Paint};
use crate::diag::Severity;
use crate::diag::json as findings;
use crate::diag::json::Spot;
use crate::source::Span;

#[derive(Serialize)]
struct Test<'t> {
    r#type: &'static str,
    rule: &'t str,
    path: &'t str,
    line: usize,
    column: usize,
    name: &'t str,
    stated: String,
    found: usize,
    events: usize,
    /// `passed`, `failed`, `error`
    result: &'static str,
    message: Option<&'t str>,
    why: Option<&'t str>,
}

#[derive(Serialize)]
struct Snapshot<'t> {
    r#type: &'static str,
    /// Null: no rule makes it any more.
    rule: Option<&'t str>,
    path: Option<&'t str>,
    file: String,
    /// `same`, `changed`, `missing`, `written`, `orphaned`, `error`
    result: &'static str,
    message: Option<String>,
    /// Those whose query is another.
    targets: &'t [String],
    diff: Option<String>,
}

#[derive(Serialize)]
struct Rule<'t> {
    r#type: &'static str,
    rule: &'t str,
    path: &'t str,
    line: usize,
    column: usize,
    result: &'static str,
}

pub fn show(told: &Told<'_>, out: &mut Out) {
    let sources = &told.workspace.sources;
    let of_denied = |denied: bool, severity: Severity| if denied { Severity::Error } else { severity };
    let found = told.findings.iter().zip(told.denied.each()).map(|(finding, denied)| (finding, of_denied(*denied, finding.severity())));
    let unloaded = told.tested.iter().flat_map(|tested| &tested.unloaded).map(|finding| (finding, finding.severity()));
    for (finding, severity) in found.chain(unloaded) {
        // It is a line of JSON already; its keys stay as they are.
        let finding: Json = serde_json::from_str(&findings::line(finding, severity, sources)).unwrap_or_default();
        let mut line = json!({"type": "finding"});
        if let (Some(line), Some(finding)) = (line.as_object_mut(), finding.as_object()) {
            line.extend(finding.clone());
        }
        out.line(&line.to_string());
    }
    let broken = told.broken.iter().map(|(name, span)| (name.as_str(), *span));
    let unloaded =
        told.tested.iter().filter(|tested| !tested.unloaded.is_empty()).map(|tested| (tested.rule.name.as_str(), tested.rule.span));
    for (rule, span) in broken.chain(unloaded) {
        let Spot { path, place } = Spot::new(sources, span);
        line(&Rule { r#type: "rule", rule, path, line: place.line, column: place.column, result: "error" }, out);
    }
    for tested in told.tested {
        for ran in &tested.tests {
            let Spot { path, place } = Spot::new(sources, ran.at);
            let result = match &ran.failed {
                None => "passed",
                Some(_) if ran.is_unreadable => "error",
                Some(_) => "failed",
            };
            let test = Test {
                r#type: "test",
                rule: &tested.rule.name,
                path,
                line: place.line,
                column: place.column,
                name: &ran.name,
                stated: ran.stated.word(),
                found: ran.found,
                events: ran.events,
                result,
                message: ran.failed.as_ref().map(|failed| failed.message.as_str()),
                why: ran.failed.as_ref().map(|failed| failed.why.as_str()),
            };
            line(&test, out);
        }
    }
    snapshots(told, out);
    let counts = Counts::of(told);
    out.line(
        &json!({
            "type": "summary", "rules": counts.rules, "tests": counts.tests, "failed": counts.failed, "errors": counts.broken,
            "untested": counts.untested, "snapshots": counts.snapshots, "changed": counts.changed, "missing": counts.missing,
            "written": counts.written, "orphaned": told.orphans.len(),
        })
        .to_string(),
    );
}

fn snapshots(told: &Told<'_>, out: &mut Out) {
    let Some(folder) = told.snapshots else { return };
    let file = |name: &str| folder.join(name).display().to_string();
    let path = |span: Span| told.workspace.sources.name(span.file);
    for tested in told.tested {
        let Some(compared) = &tested.snapshot else { continue };
        let (result, targets): (_, &[String]) = match &compared.state {
            State::Same => ("same", &[]),
            State::Missing => ("missing", &[]),
            State::Changed(Changed { targets, .. }) => ("changed", targets),
            State::Written => ("written", &[]),
            State::Unreadable(_) => ("error", &[]),
        };
        let snapshot = Snapshot {
            r#type: "snapshot",
            rule: Some(&tested.rule.name),
            path: Some(path(tested.rule.span)),
            file: file(&compared.file),
            result,
            message: about(compared),
            targets,
            diff: compared.diff(folder, Paint(false)),
        };
        line(&snapshot, out);
    }
    for name in &told.orphans {
        let snapshot = Snapshot {
            r#type: "snapshot",
            rule: None,
            path: None,
            file: file(name),
            result: "orphaned",
            message: None,
            targets: &[],
            diff: None,
        };
        line(&snapshot, out);
    }
}

fn line(what: &impl Serialize, out: &mut Out) {
    // Texts and numbers only: it cannot fail.
    out.line(&serde_json::to_string(what).unwrap_or_default());
}
