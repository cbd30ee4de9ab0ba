//! Rule files of the project, checked and lowered.

use std::path::{Path, PathBuf};

use spoor::hir;
use spoor::project::{Workspace, discover};
use spoor::schema::Packs;

use crate::engines::root;

/// A rule without errors, and where it stands.
pub struct Written {
    pub rule: hir::Rule,
    pub path: PathBuf,
}

/// Every rule under these folders of the project. A rule with an error is not here: it is for other tests to judge.
pub fn under(folders: &[&str], packs: &Packs) -> Vec<Written> {
    let paths: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).filter(|path| path.exists()).collect();
    let workspace = Workspace::load(discover(&paths));
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
