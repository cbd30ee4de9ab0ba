//! Findings as SARIF 2.1.0, as code scanning of GitHub reads it
//! (<https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).
//!
//! A code is a rule, with its page as help. A result has its place from the root of the repository, its causes as related locations, its fix,
//! and a fingerprint that stays when lines above it come and go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{Place, Report, Root, message};
use crate::cli::sarif::{log, uri};
use crate::deploy::digest;
use crate::diag::{Code, Diagnostic, Fix, Severity};
use crate::project::STDIN_NAME;
use crate::source::{FileId, Sources, Span};

/// Of a run GitHub shows so many results, and takes none of a run that has more than the second number.
/// <https://docs.github.com/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit>
const SHOWN: usize = 5_000;
const TAKEN: usize = 25_000;

pub fn text(report: &Report<'_>, root: &Root) -> String {
    let codes: Vec<Code> = report.found.iter().map(|found| found.code).collect::<BTreeSet<_>>().into_iter().collect();
    let mut prints = Prints { sources: report.sources, seen: BTreeMap::new() };
    let results = report.each().map(|(found, severity)| {
        let index = codes.binary_search(&found.code).unwrap_or_default();
        result(found, severity, index, &mut prints, root)
    });
    let results = results.collect();
    log(codes.iter().map(|code| of_code(*code)).collect(), results, report.whole, &[])
}

pub fn beyond(count: usize) -> Option<String> {
    match count {
        _ if count > TAKEN => Some(format!("code scanning of GitHub takes no run of more than {TAKEN} results, and this one has {count}")),
        _ if count > SHOWN => {
            Some(format!("code scanning of GitHub shows {SHOWN} results of a run, the gravest, and this one has {count}"))
        }
        _ => None,
    }
}

fn of_code(code: Code) -> Json {
    let page = code.page();
    // Below the title stands what it is, in a sentence or two.
    let first: Vec<&str> = page.lines().skip(1).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    let told = match code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    };
    json!({
        "id": code.id(),
        "name": format!("{code:?}"),
        "shortDescription": {"text": code.title()},
        "fullDescription": {"text": first.join(" ")},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level(code.severity())},
        "properties": {"tags": ["detection-rules", family(code)], "precision": "very-high", "problem.severity": told},
    })
}

/// As the registry has them.
fn family(code: Code) -> &'static str {
    match &code.id()[1..3] {
        "01" => "syntax",
        "02" => "names",
        "03" => "types",
        "04" => "fidelity",
        "05" => "lints",
        "07" => "sigma",
        _ => "project",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(found: &Diagnostic, severity: Severity, index: usize, prints: &mut Prints<'_>, root: &Root) -> Json {
    let sources = prints.sources;
    let mut it = json!({
        "ruleId": found.code.id(),
        "ruleIndex": index,
        "level": level(severity),
        "message": {"text": message(found)},
        "locations": [{"physicalLocation": physical(found.span(), sources, root)}],
        "partialFingerprints": {"primaryLocationLineHash": prints.of(found)},
    });
    let causes = found
        .labels
        .iter()
        .skip(1)
        .enumerate()
        .map(|(id, label)| json!({"id": id, "physicalLocation": physical(label.span, sources, root), "message": {"text": label.text}}));
    let causes: Vec<Json> = causes.collect();
    if !causes.is_empty() {
        it["relatedLocations"] = causes.into();
    }
    if let Some(fix) = found.fix.as_ref().filter(|fix| !fix.edits.is_empty()) {
        it["fixes"] = json!([of_fix(fix, sources, root)]);
    }
    it
}

fn physical(span: Span, sources: &Sources, root: &Root) -> Json {
    json!({"artifactLocation": artifact(span.file, sources, root), "region": region(span, sources)})
}

fn artifact(file: FileId, sources: &Sources, root: &Root) -> Json {
    match root.place(sources.name(file)) {
        Place::Below(path) => json!({"uri": uri(&path), "uriBaseId": "%SRCROOT%"}),
        Place::Elsewhere(path) => json!({"uri": format!("file://{}", uri(&path))}),
        // Readers ask for a reference of each place; no file has this name.
        Place::None => json!({"uri": uri(STDIN_NAME), "description": {"text": "standard input"}}),
    }
}

fn region(span: Span, sources: &Sources) -> Json {
    let place = sources.place(span);
    json!({"startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column})
}

fn of_fix(fix: &Fix, sources: &Sources, root: &Root) -> Json {
    let mut changes: BTreeMap<FileId, Vec<Json>> = BTreeMap::new();
    for edit in &fix.edits {
        let mut it: Map<String, Json> = Map::new();
        it.insert("deletedRegion".into(), region(edit.span, sources));
        it.insert("insertedContent".into(), json!({"text": edit.text}));
        changes.entry(edit.span.file).or_default().push(it.into());
    }
    let changes =
        changes.into_iter().map(|(file, edits)| json!({"artifactLocation": artifact(file, sources, root), "replacements": edits}));
    let told = if fix.certain { "What was meant" } else { "Perhaps this was meant" };
    json!({"description": {"text": told}, "artifactChanges": changes.collect::<Vec<_>>()})
}

/// Numbers by which a finding is known again: of its code, the text of its line, and how often the two were met in the file before.
pub struct Prints<'s> {
    pub sources: &'s Sources,
    pub seen: BTreeMap<(FileId, String), usize>,
}

impl Prints<'_> {
    pub fn of(&mut self, found: &Diagnostic) -> String {
        let span = found.span();
        let line = self.sources.line(span.file, self.sources.place(span).line);
        let line = self.sources.text(span.file).get(line).unwrap_or_default().trim();
        let digest = digest(format!("{} {line}", found.code.id()).as_bytes());
        let times = self.seen.entry((span.file, digest.clone())).or_default();
        *times += 1;
        format!("{digest}:{times}")
    }
}
