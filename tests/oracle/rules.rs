//! Rule files of the project, checked and lowered.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spoor::hir;
use spoor::project::{Workspace, discover};
use spoor::schema::{Packs, builtin};

use crate::engines::root;

/// The built-in packs, with the fields of open families that the rules of these folders name.
pub fn packs() -> &'static Packs {
    static PACKS: OnceLock<Packs> = OnceLock::new();
    PACKS.get_or_init(|| opened(builtin()))
}

/// The same of other packs.
pub fn opened(packs: &Packs) -> Packs {
    let folders = ["tests/corpus", "examples", "tests/oracle/native"].map(|folder| root().join(folder));
    Workspace::load(discover(&folders), packs).packs(packs).into_owned()
}

/// A rule without errors, and where it stands.
pub struct Written {
    pub rule: hir::Rule,
    pub path: PathBuf,
}

/// Every rule under these folders of the project. A rule with an error is not here: it is for other tests to judge.
pub fn under(folders: &[&str], packs: &Packs) -> Vec<Written> {
    let paths: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).filter(|path| path.exists()).collect();
    let workspace = Workspace::load(discover(&paths), spoor::schema::builtin());
    let checked = workspace.check(packs);
    checked
        .rules
        .into_iter()
        .map(|rule| {
            let name = workspace.sources.name(rule.span.file);
            let path = Path::new(name).to_owned();
            Written { rule, path }
        })
        .collect()
}
