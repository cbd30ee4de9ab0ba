//! Which files are meant.
//!
//! In: paths as given. Out: the rule files, by path, each once. A folder stands for every `*.spoor`,
//! `*.yml` and `*.yaml` below it (of YAML, a reader tells which are rules); hidden entries and
//! `target` are passed over, links are followed but no folder is entered twice. A file that is named is taken whatever it is called.
//! Nothing is read here.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::read::STDIN;

#[derive(Debug, Default)]
pub struct Discovered {
    pub files: Vec<PathBuf>,
    /// Those of them that were named, not met in a folder.
    pub named: HashSet<PathBuf>,
    /// Paths of which nothing can be said.
    pub failed: Vec<(PathBuf, io::Error)>,
    /// Folders that were named and hold no rule file.
    pub barren: Vec<PathBuf>,
}

pub fn discover(paths: &[PathBuf]) -> Discovered {
    let mut walk = Walk::default();
    for path in paths {
        if path.as_os_str() == STDIN {
            walk.found.files.push(path.clone());
            walk.found.named.insert(path.clone());
            continue;
        }
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => {
                let before = walk.found.files.len() + walk.found.failed.len();
                walk.folder(path);
                if walk.found.files.len() + walk.found.failed.len() == before && !walk.repeated {
                    walk.found.barren.push(path.clone());
                }
            }
            Ok(_) => {
                walk.file(path.clone(), path.canonicalize().unwrap_or_else(|_| path.clone()));
                walk.found.named.insert(path.clone());
            }
            Err(error) => walk.found.failed.push((path.clone(), error)),
        }
    }
    walk.found.files.sort();
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Discovered,
    /// By their true paths.
    folders: HashSet<PathBuf>,
    files: HashSet<PathBuf>,
    /// Something was met that is known already.
    repeated: bool,
}

impl Walk {
    fn folder(&mut self, path: &Path) {
        let entries = path.canonicalize().and_then(|real| Ok((real, std::fs::read_dir(path)?)));
        let (real, entries) = match entries {
            Ok(entries) => entries,
            Err(error) => return self.found.failed.push((path.to_owned(), error)),
        };
        if !self.folders.insert(real.clone()) {
            self.repeated = true;
            return;
        }
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let path = if path == Path::new(".") { PathBuf::from(&name) } else { path.join(&name) };
            let is_rule =
                Path::new(&name).extension().is_some_and(|extension| extension == "spoor" || extension == "yml" || extension == "yaml");
            if kind.is_dir() {
                if name != "target" {
                    self.folder(&path);
                }
            } else if kind.is_file() {
                if is_rule {
                    self.file(path, real.join(&name));
                }
            } else if kind.is_symlink() {
                match std::fs::metadata(&path) {
                    Ok(meta) if meta.is_dir() && name != "target" => self.folder(&path),
                    Ok(meta) if meta.is_file() && is_rule => self.file(path.clone(), path.canonicalize().unwrap_or(path)),
                    Ok(_) => {}
                    Err(error) if is_rule => self.found.failed.push((path, error)),
                    Err(_) => {}
                }
            }
            // What is neither (a pipe, a device) would be waited for: only who names it gets it.
        }
    }

    fn file(&mut self, path: PathBuf, real: PathBuf) {
        if self.files.insert(real) {
            self.found.files.push(path);
        } else {
            self.repeated = true;
        }
    }
}
