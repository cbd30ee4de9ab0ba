//! One corpus, all targets: each rule compiles, has the verdicts that its author states, and its queries stand in `snapshots/`.

mod common;

use std::fmt::Write as _;

use common::{Compiled, compile, packs, root, rule_files};
use spoor::backend::{self, Target};
use spoor::diag::Severity;
use spoor::engine::{Engine, reference};
use spoor::hir::{Event, TestEvents};

fn corpus() -> Vec<std::path::PathBuf> {
    let mut files = rule_files("tests/corpus");
    files.extend(rule_files("examples"));
    assert!(files.len() > 300, "only {} rules: is the corpus where it was?", files.len());
    files
}

fn errors(compiled: &Compiled) -> Vec<String> {
    let all = compiled.checked.diagnostics.iter();
    all.filter(|found| found.severity() == Severity::Error).map(|found| format!("{} {}", found.code, found.title)).collect()
}

#[test]
fn every_rule_checks() {
    let wrong: Vec<String> = corpus()
        .iter()
        .map(|path| (path, errors(&compile(path))))
        .filter(|(_, found)| !found.is_empty())
        .map(|(path, found)| format!("{}: {found:?}", path.display()))
        .collect();
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
}

/// The verdict that the author states is that of the reference evaluator and of the engine.
#[test]
fn stated_verdicts_hold() {
    let packs = packs();
    let (mut cases, mut wrong) = (0, Vec::new());
    for path in corpus() {
        for rule in compile(&path).checked.rules {
            let (engine, refused) = Engine::new([&rule], packs);
            assert!(refused.is_empty(), "{}: {:?}", path.display(), refused);
            for test in &rule.tests {
                let TestEvents::Here(events) = &test.events else { continue };
                let by_reference = reference::verdict(&rule, events, packs);
                let by_engine = verdict(&engine, events);
                cases += 1;
                if by_reference != test.matches || by_engine != test.matches {
                    wrong.push(format!(
                        "{} `{}`: stated {}, reference {by_reference}, engine {by_engine}",
                        path.display(),
                        test.name,
                        test.matches
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases > 1000, "only {cases} cases");
    println!("{cases} stated verdicts");
}

/// Whether the engine finds something among the events.
fn verdict(engine: &Engine, events: &[Event]) -> bool {
    let mut scanner = engine.scanner();
    let mut matches = false;
    events.iter().for_each(|event| scanner.push(&spoor::engine::Event::from(event), |_| matches = true));
    scanner.finish(|_| matches = true);
    matches
}

#[test]
fn queries_are_as_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in corpus() {
        let relative = path.strip_prefix(root()).expect("below the repository");
        let folder = relative.parent().and_then(|dir| dir.strip_prefix("tests").ok().or(Some(dir))).expect("a folder");
        settings.set_snapshot_path(root().join("snapshots").join(folder));
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(name, page(&path)));
    }
}

/// The source, then a section a target.
fn page(path: &std::path::Path) -> String {
    let compiled = compile(path);
    let mut page = std::fs::read_to_string(path).expect("was read before");
    for found in &compiled.checked.diagnostics {
        let _ = writeln!(page, "# {}: {}", found.code, found.title);
    }
    for rule in &compiled.checked.rules {
        for target in Target::ALL {
            let lowered = backend::lower(rule, *target, packs(), &backend::Options::default());
            let _ = writeln!(page, "\n==== {} · {}", target.name(), lowered.fidelity.name());
            for reason in &lowered.reasons {
                let place = compiled.sources.place(reason.span());
                let _ = writeln!(page, "# {} at {}:{}: {}", reason.code, place.line, place.column, reason.title);
            }
            if let Some(query) = &lowered.query {
                let _ = writeln!(page, "{}", query.trim_end());
            }
        }
    }
    page
}
