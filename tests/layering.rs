//! Arrows between the stages point one way, and only the outermost stages touch the world.
//!
//! Read from the sources: each `crate::STAGE` path in a folder must be one that the stage may see, and files, environment, network and
//! printing are named nowhere outside `project`, `cli` and `main`. Tests inside the sources may see what they like.

use std::path::{Path, PathBuf};

/// A stage and what it may see beside itself.
const SEES: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("letters", &[]),
    ("yaml", &["letters"]),
    // The build script compiles it too, so it knows nothing but YAML; `diag` puts its facts into words.
    ("schema", &["yaml"]),
    ("diag", &["source", "schema", "yaml"]),
    ("syntax", &["source", "letters", "diag"]),
    ("sigma", &["source", "letters", "yaml", "diag", "syntax", "schema"]),
    ("hir", &["source", "schema"]),
    ("check", &["source", "diag", "syntax", "schema", "hir", "yaml"]),
    ("backend", &["source", "diag", "schema", "hir"]),
    ("deploy", &["source", "diag", "schema", "hir", "backend"]),
    ("engine", &["source", "diag", "schema", "hir"]),
    ("markup", &[]),
    ("coverage", &["schema", "hir", "backend", "markup"]),
    ("page", &["source", "diag", "schema", "hir", "backend", "check", "yaml", "markup", "syntax"]),
    ("witness", &["source", "schema", "hir", "engine"]),
    ("compare", &["schema", "hir", "engine", "witness"]),
];

/// They see everything and touch the world.
const OUTERMOST: &[&str] = &["project", "cli", "main.rs", "lib.rs"];

const WORLD: &[&str] = &["std::fs", "std::env", "std::net::Tcp", "std::net::Udp", "println!", "eprintln!", "print!(", "eprint!(", "dbg!"];

#[test]
fn arrows_point_one_way() {
    let mut wrong = Vec::new();
    for (stage, path, text) in sources() {
        let Some((_, sees)) = SEES.iter().find(|(name, _)| *name == stage) else {
            assert!(OUTERMOST.contains(&stage.as_str()), "`src/{stage}` is a stage that tests/layering.rs does not know");
            continue;
        };
        for (number, line) in code_lines(&text) {
            for seen in line.split("crate::").skip(1) {
                let seen: String = seen.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = SEES.iter().any(|(name, _)| *name == seen) || OUTERMOST.contains(&seen.as_str());
                if known && seen != stage && !sees.contains(&seen.as_str()) {
                    wrong.push(format!("{}:{number}: `{stage}` must not see `{seen}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_outermost_stages_touch_the_world() {
    let mut wrong = Vec::new();
    for (stage, path, text) in sources() {
        if OUTERMOST.contains(&stage.as_str()) {
            continue;
        }
        for (number, line) in code_lines(&text) {
            for word in WORLD.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: `{word}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each source with its stage: the folder or file under `src`.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_stem().is_some_and(|stem| stem != "tests") {
                let below = path.strip_prefix(&root).expect("below the root");
                let first = below.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
                let stage = if OUTERMOST.contains(&first.as_str()) { first } else { first.trim_end_matches(".rs").to_owned() };
                found.push((stage, path.clone(), std::fs::read_to_string(&path).expect("a source")));
            }
        }
    }
    found
}

/// Numbered lines of code: no comments, and nothing after the first test module of the file, which stands at its end.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").enumerate();
    lines.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default())).filter(|(_, line)| !line.trim().is_empty())
}
