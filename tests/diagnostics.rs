//! What people see: each rule file of `tests/diagnostics`, and under it every finding as `spoor check` shows it.
//!
//! A new one: write the `.spoor`, run, read the `.snap.new`, rename it (or `cargo insta accept`), commit both.
//!
//! `tests/diagnostics/beginner` holds mistakes of those who come from Sigma, SPL, KQL or a blog, a mistake a file. There the way out is
//! tested too: what `spoor check --fix` makes of the file passes; where a person must choose, `NAME.fixed.spoor` is what the findings
//! lead to, and passes. Where every finding offers a fix, taking them all gives just that file. `tests/diagnostics/sigma` holds mistakes in
//! rules of Sigma in the same way, and what is said of them is said in Sigma's words.

#[allow(dead_code)] // the fuzz targets hold the laws themselves
#[path = "common/laws.rs"]
mod laws;

use std::path::{Path, PathBuf};

use laws::OWN_WORDS;
use spoor::diag::{Diagnostic, Fix, fix, render};
use spoor::project::Workspace;
use spoor::schema::builtin as packs;

#[test]
fn findings_look_as_they_should() {
    let mut failed = Vec::new();
    for path in rules("tests/diagnostics", "spoor") {
        let text = read(&path);
        let page = format!("{}\n────────\n\n{}", text.trim_end(), shown(&file(&path), &text).0);
        snapshot("../snapshots/diagnostics", &path, page, &mut failed);
    }
    assert!(failed.is_empty(), "differ: {failed:?}");
}

#[test]
fn what_beginners_write_is_led_to_what_they_mean() {
    led("tests/diagnostics/beginner", "spoor", 40, |_| Vec::new());
}

#[test]
fn what_authors_of_sigma_write_is_led_to_what_they_mean() {
    led("tests/diagnostics/sigma", "yml", 60, |finding| {
        let said = finding.help.iter().chain([&finding.title]).chain(finding.labels.iter().map(|label| &label.text));
        let said: Vec<&String> = said.collect();
        OWN_WORDS
            .iter()
            .filter(|word| said.iter().any(|text| text.contains(**word)))
            .map(|word| format!("{}: says {word}", finding.code))
            .collect()
    });
}

/// Each file of a folder; `wrong_in` is what else is wrong with a finding.
fn led(folder: &str, ending: &str, least: usize, wrong_in: fn(&Diagnostic) -> Vec<String>) {
    let (mut failed, mut wrong) = (Vec::new(), Vec::new());
    let mut count = 0;
    for path in rules(folder, ending) {
        let (file, text) = (name(&path), read(&path));
        let in_file = format!("{file}.{ending}");
        if file.ends_with(".fixed") {
            assert!(path.with_file_name(format!("{}.{ending}", file.trim_end_matches(".fixed"))).exists(), "{file} mends nothing");
            continue;
        }
        count += 1;
        let (findings, found) = shown(&in_file, &text);
        if found.is_empty() {
            wrong.push(format!("{file}: nothing is found"));
        }
        for finding in &found {
            // The fact, the place and the way out.
            if finding.help.is_empty() || finding.span().start == finding.span().end {
                wrong.push(format!("{file}: {} has no help or no place", finding.code));
            }
            wrong.extend(wrong_in(finding).into_iter().map(|what| format!("{file}: {what}")));
        }
        let sure = mended(&in_file, &text, |fix| fix.certain);
        let by_hand = path.with_file_name(format!("{file}.fixed.{ending}"));
        let (how, right) = if passes(&in_file, &sure) {
            if by_hand.exists() {
                wrong.push(format!("{file}: `--fix` mends it, so {file}.fixed is not needed"));
            }
            ("what `spoor check --fix` makes of it", sure)
        } else if let Ok(right) = std::fs::read_to_string(&by_hand) {
            let offered = mended(&in_file, &text, |_| true);
            let every = found.iter().all(|finding| finding.fix.is_some()) && passes(&in_file, &offered);
            if every && offered != right {
                wrong.push(format!("{file}: the fixes on offer give another text than {file}.fixed:\n{offered}"));
            }
            if !passes(&in_file, &right) {
                wrong.push(format!("{file}.fixed: {}", shown(&in_file, &right).0));
            }
            (if every { "with every fix on offer" } else { "as the findings advise" }, right)
        } else {
            wrong.push(format!("{file}: `--fix` is not enough, and there is no {file}.fixed; it gives\n{sure}"));
            continue;
        };
        let page = format!("{}\n────────\n\n{findings}──────── {how}\n\n{}", text.trim_end(), right.trim_end());
        snapshot(&folder.replace("tests", "../snapshots"), &path, page, &mut failed);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(failed.is_empty(), "differ: {failed:?}");
    assert!(count >= least, "{count} mistakes only");
}

fn rules(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn file(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Every finding as people see it.
fn shown(name: &str, text: &str) -> (String, Vec<Diagnostic>) {
    let workspace = Workspace::text(name, text);
    let found = workspace.check(&workspace.packs(packs())).diagnostics;
    (found.iter().map(|finding| render::render(finding, &workspace.sources, false)).collect(), found)
}

/// Rules, and not a word about them.
fn passes(file: &str, text: &str) -> bool {
    let workspace = Workspace::text(file, text);
    let checked = workspace.check(&workspace.packs(packs()));
    checked.diagnostics.is_empty() && !checked.rules.is_empty()
}

/// The text with the fixes that are taken, round by round until none is left.
fn mended(file: &str, text: &str, take: impl Fn(&Fix) -> bool) -> String {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let workspace = Workspace::text(file, &text);
        let mut found = workspace.check(&workspace.packs(packs())).diagnostics;
        found.retain(|finding| finding.fix.as_ref().is_some_and(&take));
        found.iter_mut().filter_map(|finding| finding.fix.as_mut()).for_each(|fix| fix.certain = true);
        let fixed = fix::apply(&found, &workspace.sources, |_| true);
        match fixed.texts.into_values().next() {
            Some(new) => text = new.text,
            None => break,
        }
    }
    text
}

fn snapshot(folder: &str, path: &Path, page: String, failed: &mut Vec<String>) {
    let name = name(path);
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        if std::panic::catch_unwind(|| insta::assert_snapshot!(name.clone(), page)).is_err() {
            failed.push(name);
        }
    });
}
