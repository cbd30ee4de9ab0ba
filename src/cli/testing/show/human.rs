//! For people: a sign or a line for each rule, what failed, and a summary at the end.

use super::super::{Tested, Told};
use super::{Counts, about, is_untested, some};
use crate::cli::out::Out;
use crate::cli::{counted, report};
use crate::diag::json::Spot;
use crate::diag::{Code, Diagnostic, Severity, render};

/// So many signs on a line.
const WIDTH: usize = 100;
/// So many rules without a test are named, and so many files.
const NAMED: usize = 5;

pub fn show(told: &Told<'_>, out: &mut Out) {
    let counts = Counts::of(told);
    findings(told, out);
    if told.verbose {
        lines(told, out)
    } else {
        signs(told, out)
    }
    if !counts.is_clean() {
        out.print("\n");
        failures(told, out);
    }
    orphans(told, out);
    hints(told, out);
    out.line(&summary(told, &counts));
}

/// What is wrong with tests, and rules without any: those last, and the first of them only.
fn findings(told: &Told<'_>, out: &mut Out) {
    let (untested, others): (Vec<&Diagnostic>, Vec<_>) = told.findings.iter().partition(|finding| finding.code == Code::UntestedRule);
    let others: Vec<Diagnostic> = others.into_iter().cloned().collect();
    report(&others, &told.workspace.sources, out);
    let shown = if told.verbose { untested.len() } else { 0 };
    for finding in untested.iter().take(shown) {
        out.eprint(&render::render(finding, &told.workspace.sources, out.stderr_color()));
    }
}

/// `.` as stated, `F` not so, `E` it could not be asked, `-` without a test.
fn signs(told: &Told<'_>, out: &mut Out) {
    let paint = told.paint;
    let broken = told.broken.iter().map(|_| paint.red("E"));
    let tested = told.tested.iter().map(|tested| match verdict(tested) {
        Verdict::Passed => paint.green("."),
        Verdict::Failed => paint.red("F"),
        Verdict::Broken => paint.red("E"),
        Verdict::Untested => paint.yellow("-"),
    });
    let signs: Vec<String> = tested.chain(broken).collect();
    for line in signs.chunks(WIDTH) {
        out.line(&line.concat());
    }
}

enum Verdict {
    Passed,
    Failed,
    Broken,
    Untested,
}

fn verdict(tested: &Tested<'_>) -> Verdict {
    let wrong = tested.tests.iter().any(|ran| ran.failed.is_some());
    if !tested.unloaded.is_empty() {
        Verdict::Broken
    } else if wrong || tested.snapshot.as_ref().is_some_and(|compared| compared.fails()) {
        Verdict::Failed
    } else if is_untested(tested) {
        Verdict::Untested
    } else {
        Verdict::Passed
    }
}

fn lines(told: &Told<'_>, out: &mut Out) {
    let paint = told.paint;
    let path = |span| render::plain(told.workspace.sources.name(span)).into_owned();
    for tested in told.tested {
        let word = match verdict(tested) {
            Verdict::Passed => paint.green(" PASS"),
            Verdict::Failed => paint.red(" FAIL"),
            Verdict::Broken => paint.red("ERROR"),
            Verdict::Untested => paint.yellow("    -"),
        };
        let failed = tested.tests.iter().filter(|ran| ran.failed.is_some()).count();
        let tests = match (tested.tests.len(), failed) {
            (0, _) => "no test".to_owned(),
            (all, 0) => counted(all, "test"),
            (all, failed) => format!("{failed} of {} failed", counted(all, "test")),
        };
        let snapshot = tested.snapshot.as_ref().map_or("", |compared| match about(compared) {
            None => ", snapshot",
            Some(_) => ", snapshot differs",
        });
        let (name, path) = (render::plain(&tested.rule.name), path(tested.rule.span.file));
        out.line(&format!("{word} {} {} ({tests}{snapshot})", paint.dim(&path), paint.bold(&name)));
    }
    for (name, span) in &told.broken {
        out.line(&format!("{} {} {} (has an error)", paint.red("ERROR"), paint.dim(&path(span.file)), paint.bold(&render::plain(name))));
    }
}

/// What failed, the last of it next to the summary.
fn failures(told: &Told<'_>, out: &mut Out) {
    let (paint, sources) = (told.paint, &told.workspace.sources);
    let place = |span| {
        let Spot { path, place } = Spot::new(sources, span);
        format!("{}:{}:{}", render::plain(path), place.line, place.column)
    };
    for (name, span) in &told.broken {
        out.line(&format!("{} {}: `{}` has an error, and was not tested", paint.red("ERROR"), place(*span), render::plain(name)));
    }
    for tested in told.tested {
        let name = render::plain(&tested.rule.name);
        for finding in &tested.unloaded {
            out.line(&format!("{} {}: `{name}` was not tested", paint.red("ERROR"), place(tested.rule.span)));
            out.print(&indented(&render::render(finding, sources, paint.0)));
        }
        for ran in &tested.tests {
            let Some(failed) = &ran.failed else { continue };
            let test = render::plain(&ran.name).into_owned();
            out.line(&format!("{} {}: `{name}`, test \"{test}\"", paint.red("FAIL"), place(ran.at)));
            out.line(&format!("  {}", paint.bold(&failed.message)));
            out.print(&indented(&failed.why));
            out.print("\n");
        }
    }
    let Some(folder) = told.snapshots else { return };
    for tested in told.tested {
        let Some(compared) = &tested.snapshot else { continue };
        let Some(why) = about(compared) else { continue };
        let file = folder.join(&compared.file);
        out.line(&format!("{} {}: `{}`", paint.red("FAIL"), render::plain(&file.display().to_string()), render::plain(&tested.rule.name)));
        out.line(&format!("  {}", paint.bold(&why)));
        if let Some(diff) = compared.diff(folder, paint) {
            out.print(&indented(&diff));
        }
        out.print("\n");
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

fn orphans(told: &Told<'_>, out: &mut Out) {
    let Some(folder) = told.snapshots.filter(|_| !told.orphans.is_empty()) else { return };
    let shown = if told.verbose { told.orphans.len() } else { NAMED };
    let names: Vec<String> = told.orphans.iter().take(shown).map(|name| format!("`{}`", folder.join(name).display())).collect();
    let more = told.orphans.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let are = if told.orphans.len() == 1 { "is a snapshot" } else { "are snapshots" };
    out.warning(&format!("{}{more} {are} that no rule makes any more: `spoor test --update` removes what is not needed", names.join(", ")));
}

fn hints(told: &Told<'_>, out: &mut Out) {
    if let Some(folder) = told.snapshots.filter(|_| told.is_first) {
        out.status(&format!("no snapshots yet: `spoor test --update` writes them to `{}`", folder.display()));
    }
    let untested: Vec<&Diagnostic> = told.findings.iter().filter(|finding| finding.code == Code::UntestedRule).collect();
    if let Some(first) = untested.first().filter(|_| !told.verbose) {
        let names = untested.iter().take(NAMED).map(|finding| format!("`{}`", render::plain(name_at(told, finding))));
        let names: Vec<String> = names.collect();
        let more = untested.len() - names.len();
        let more = if more > 0 { format!(" and {more} more (`-v` names them)") } else { String::new() };
        let have = if untested.len() == 1 { "has" } else { "have" };
        let text = format!("{}: {}{more} {have} no test; `--generate` suggests some", Code::UntestedRule, names.join(", "));
        if first.severity() == Severity::Error { out.error(&text) } else { out.warning(&text) }
    }
}

/// Of the rule at whose name a finding is.
fn name_at<'t>(told: &'t Told<'_>, finding: &Diagnostic) -> &'t str {
    let of = told.tested.iter().find(|tested| tested.rule.span == finding.span());
    of.map_or("", |tested| tested.rule.name.as_str())
}

/// `ok: 3 rules, 7 tests passed; 3 snapshots`
fn summary(told: &Told<'_>, counts: &Counts) -> String {
    let paint = told.paint;
    let passed = counts.tests - counts.failed;
    let mut parts = vec![format!("{}: {passed} passed, {} failed", counted(counts.tests, "test"), counts.failed)];
    if told.snapshots.is_some() && !told.is_first {
        let states =
            [(counts.changed, "changed"), (counts.missing, "missing"), (counts.written, "written"), (told.orphans.len(), "of no rule")];
        let states: Vec<String> = states.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let states = if states.is_empty() { "all as they were".to_owned() } else { states.join(", ") };
        parts.push(format!("{}: {states}", counted(counts.snapshots, "snapshot")));
    }
    parts.extend(some(counts.untested, "rule", " without a test"));
    parts.extend(some(counts.broken, "rule", " not tested for an error"));
    parts.extend(some(told.errors, "error", ""));
    let verdict = if counts.is_clean() && told.errors == 0 && !told.is_cut { paint.green("ok") } else { paint.red("FAILED") };
    format!("{verdict}. {}. {}", counted(counts.rules, "rule"), parts.join("; "))
}
