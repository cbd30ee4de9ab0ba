//! The formatter's laws: what is printed parses to the same tree, printing again changes nothing, every comment is kept.

use spoor::source::Sources;
use spoor::syntax::{self, Parsed};
use std::path::{Path, PathBuf};

#[path = "common/shared.rs"]
mod shared;

fn parse(text: &str) -> Parsed {
    let mut sources = Sources::default();
    let file = sources.add("test.spoor", text);
    let parsed = syntax::parse(&sources, file);
    let told: Vec<_> = parsed.diagnostics.iter().map(|found| (sources.place(found.span()), &found.title)).collect();
    assert!(told.is_empty(), "{told:?} in\n{text}");
    parsed
}

/// In order of their letters: items may move.
fn comments(parsed: &Parsed) -> Vec<&str> {
    let mut comments: Vec<&str> = parsed.comments.iter().map(|comment| comment.text.as_str()).collect();
    comments.sort_unstable();
    comments
}

#[track_caller]
fn laws(text: &str) -> String {
    let read = parse(text);
    let printed = syntax::print(&read);
    let again = parse(&printed);
    assert_eq!(read.file, again.file, "not the same tree:\n{printed}");
    assert_eq!(comments(&read), comments(&again), "not the same comments:\n{printed}");
    assert_eq!(printed, syntax::print(&again), "printed again it differs");
    let formatted = syntax::format(&read);
    let again = parse(&formatted);
    assert_eq!(comments(&read), comments(&again), "not the same comments:\n{formatted}");
    assert_eq!(formatted, syntax::format(&again), "formatted again it differs");
    formatted
}

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "spoor"));
    paths.sort();
    paths
}

#[test]
fn the_laws_hold_for_the_samples_of_the_language() {
    let Some(samples) = shared::shared("language/samples") else { return };
    let files = rule_files(&samples);
    println!("{} samples laid out", files.len());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a sample is text");
        let formatted = laws(&text);
        if std::env::var_os("SPOOR_SHOW").is_some() {
            println!("{formatted}");
        }
    }
}

/// Each file of `tests/fmt/written` is set as the file of its name in `tests/fmt/set`; `SPOOR_UPDATE=1` writes those.
#[test]
fn files_are_set_as_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let files = rule_files(&folder.join("written"));
    assert!(files.len() >= 6, "the files are where they should be");
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a fixture is text");
        let formatted = laws(&text);
        let expected = folder.join("set").join(path.file_name().expect("a file has a name"));
        if std::env::var_os("SPOOR_UPDATE").is_some() {
            std::fs::write(&expected, &formatted).expect("the fixture can be written");
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(formatted, expected, "{}", path.display());
    }
}
