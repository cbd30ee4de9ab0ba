//! What `check` says of whole files: the corpus, the examples, and the language's samples where they are at hand.

use std::path::{Path, PathBuf};

use spoor::diag::{Code, Diagnostic, Severity, render};
use spoor::project::Workspace;
use spoor::schema::builtin as packs;

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "spoor") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn shown(path: &Path, keep: impl Fn(&Diagnostic) -> bool) -> String {
    let (workspace, _) = (Workspace::text(&path.display().to_string(), &std::fs::read_to_string(path).expect("a file")), ());
    let checked = workspace.check(packs());
    checked.diagnostics.iter().filter(|finding| keep(finding)).map(|finding| render::render(finding, &workspace.sources, false)).collect()
}

#[test]
fn the_corpus_and_the_examples_have_no_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = String::new();
    for folder in ["tests/corpus", "examples"] {
        for path in files_under(&root.join(folder)) {
            found += &shown(&path, |finding| finding.severity() == Severity::Error);
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// The samples stand beside the project and not in it; their classes beyond `process` and `file` are unknown to this version.
#[test]
fn the_samples_that_name_process_and_file_alone_have_no_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(samples) = root.ancestors().map(|folder| folder.join("shared/language/samples")).find(|folder| folder.is_dir()) else {
        return;
    };
    let (mut whole, mut others) = (0, 0);
    let mut found = String::new();
    for path in files_under(&samples) {
        let unknown_class = !shown(&path, |finding| finding.code == Code::UnknownClass).is_empty();
        if unknown_class {
            others += 1;
            continue;
        }
        whole += 1;
        // Lists that the samples name are not there.
        found += &shown(&path, |finding| finding.severity() == Severity::Error && finding.code != Code::ListUnreadable);
    }
    println!("{whole} samples checked whole, {others} name other classes");
    assert!(found.is_empty(), "{found}");
}
