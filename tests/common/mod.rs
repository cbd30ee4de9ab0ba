//! What the tests over rule files share: finding them, compiling one.

#![allow(dead_code)] // each test binary uses its part of it

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spoor::check::{self, Checked, Files};
use spoor::project::{Workspace, discover};
use spoor::schema::{self, Packs};
use spoor::source::{FileId, Sources};
use spoor::syntax::{self, ast};

/// A rule file that names no other file.
pub struct NoFiles;

impl Files for NoFiles {
    fn import(&self, _: FileId, _: &str) -> Option<&ast::File> {
        None
    }

    fn list(&self, _: FileId, _: &str) -> Option<(FileId, &str)> {
        None
    }
}

pub struct Compiled {
    pub sources: Sources,
    pub checked: Checked,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The built-in packs, with the fields of open families that rules of the repository name.
pub fn packs() -> &'static Packs {
    static PACKS: OnceLock<Packs> = OnceLock::new();
    PACKS.get_or_init(|| {
        let folders = ["tests/corpus", "examples", "tests/oracle/native"].map(|folder| root().join(folder));
        Workspace::load(discover(&folders), spoor::schema::builtin()).packs(schema::builtin()).into_owned()
    })
}

/// Every `*.spoor` below a folder of the repository, sorted.
pub fn rule_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
            let path = entry.expect("a directory entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "spoor") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Parses and checks a file; its diagnostics, syntax ones first, stand in `checked`.
pub fn compile(path: &Path) -> Compiled {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned();
    if text.contains(" from \"") {
        // It may name a list, which stands beside it.
        let workspace = Workspace::text(&name, &text);
        let checked = workspace.check(packs());
        return Compiled { sources: workspace.sources, checked };
    }
    compile_text(&name, &text)
}

pub fn compile_text(name: &str, text: &str) -> Compiled {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let parsed = syntax::parse(&sources, file);
    let mut checked = check::check(&parsed.file, &NoFiles, packs());
    checked.diagnostics.splice(0..0, parsed.diagnostics);
    Compiled { sources, checked }
}
