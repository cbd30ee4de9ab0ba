//! Tests as JUnit's XML: a suite for each rule, a case for each of its tests, one for its snapshot. A rule without a test is a case that was
//! skipped.

use super::super::{Tested, Told};
use super::{about, is_untested};
use crate::cli::junit::{self, Case, Outcome, Suite};
use crate::cli::out::Paint;
use crate::source::Span;

pub fn text(told: &Told<'_>) -> String {
    let tested = told.tested.iter().map(|tested| suite(tested, told));
    let suites: Vec<Suite> = tested.chain(told.broken.iter().map(|broken| of_error(broken, told))).chain(orphans(told)).collect();
    junit::text("spoor test", &suites)
}

fn suite(tested: &Tested<'_>, told: &Told<'_>) -> Suite {
    let mut cases: Vec<Case> = tested
        .tests
        .iter()
        .map(|ran| {
            let outcome = match &ran.failed {
                None => Outcome::Passed,
                Some(failed) if ran.is_unreadable => Outcome::Error(failed.message.clone(), failed.why.clone()),
                Some(failed) => Outcome::Failure(failed.message.clone(), failed.why.clone()),
            };
            case(&ran.name, ran.at, outcome, told)
        })
        .collect();
    for finding in &tested.unloaded {
        let below = crate::diag::render::render(finding, &told.workspace.sources, false);
        cases.push(case("matcher", tested.rule.span, Outcome::Error(finding.title.clone(), below), told));
    }
    if is_untested(tested) {
        cases.push(case("test", tested.rule.span, Outcome::Skipped("the rule has no test".to_owned()), told));
    }
    if let (Some(compared), Some(folder)) = (&tested.snapshot, told.snapshots) {
        let diff = compared.diff(folder, Paint(false)).unwrap_or_default();
        let outcome = about(compared).map_or(Outcome::Passed, |why| Outcome::Failure(why, diff));
        cases.push(case("snapshot", tested.rule.span, outcome, told));
    }
    Suite { name: tested.rule.name.clone(), cases }
}

/// A rule with an error: what it is was said by `check`.
fn of_error((name, span): &(String, Span), told: &Told<'_>) -> Suite {
    let of_file = told.of_rules.iter().filter(|finding| finding.span().file == span.file);
    let below: String = of_file.map(|finding| crate::diag::render::render(finding, &told.workspace.sources, false)).collect();
    let outcome = Outcome::Error("the rule has an error".to_owned(), below);
    Suite { name: name.clone(), cases: vec![case("check", *span, outcome, told)] }
}

/// What is no failure, and is to be seen all the same.
fn orphans(told: &Told<'_>) -> Option<Suite> {
    let folder = told.snapshots.filter(|_| !told.orphans.is_empty())?;
    let of = |name: &String| Case {
        name: name.clone(),
        file: folder.join(name).display().to_string(),
        line: 1,
        outcome: Outcome::Skipped("no rule makes this snapshot any more".to_owned()),
    };
    Some(Suite { name: "snapshots of no rule".to_owned(), cases: told.orphans.iter().map(of).collect() })
}

fn case(name: &str, at: Span, outcome: Outcome, told: &Told<'_>) -> Case {
    let sources = &told.workspace.sources;
    Case { name: name.to_owned(), file: sources.name(at.file).to_owned(), line: sources.place(at).line, outcome }
}
