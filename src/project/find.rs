//! Which project the files of a run belong to.
//!
//! In: the paths that a command was given. Out: the manifest, `spoor.yaml`, in the nearest folder at or above them. The way up ends at
//! the folder of a repository (`.git`), so that a file in a home folder never changes what a repository means. Law: a run has one project;
//! paths of two are a finding. A path outside of any project, beside one inside, is read with that one's packs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::read::STDIN;
use super::workspace::shown;
use crate::diag::{Diagnostic, project as findings};
use crate::source::{Sources, Span};

const NAME: &str = "spoor.yaml";
/// What people write instead.
const OTHER: &str = "spoor.yml";

/// The manifest of the paths, as its path reads from the working folder; of no paths: the one of the working folder.
pub fn find(paths: &[PathBuf], sources: &mut Sources) -> Result<Option<PathBuf>, Diagnostic> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut known: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut found: Option<(&Path, PathBuf)> = None;
    for path in paths {
        let folder = folder_of(path);
        let manifest = match known.get(&folder) {
            Some(manifest) => manifest.clone(),
            None => {
                let manifest = above(&folder).map_err(|wrong| {
                    let name = from_here(&wrong);
                    findings::manifest_name(Span::new(sources.add(&*name.to_string_lossy(), ""), 0, 0), &name.to_string_lossy())
                })?;
                known.insert(folder, manifest.clone());
                manifest
            }
        };
        let Some(manifest) = manifest else { continue };
        match &found {
            Some((_, first)) if *first == manifest => {}
            Some((one, first)) => {
                let names = [shown(one), from_here(first).display().to_string(), shown(path), from_here(&manifest).display().to_string()];
                let at = Span::new(sources.add(names[3].as_str(), ""), 0, 0);
                return Err(findings::several_projects(at, (&names[0], &names[1]), (&names[2], &names[3])));
            }
            None => found = Some((path, manifest)),
        }
    }
    Ok(found.map(|(_, manifest)| from_here(&manifest)))
}

/// The folder from which the way up begins.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    let path = if path.as_os_str() == STDIN { Path::new(".") } else { path };
    if path.is_dir() {
        return path.to_owned();
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() }
}

/// The nearest manifest; or the file that somebody takes for one.
fn above(folder: &Path) -> Result<Option<PathBuf>, PathBuf> {
    // What does not exist has no folders above it.
    let Ok(real) = folder.canonicalize() else { return Ok(None) };
    for folder in real.ancestors() {
        let manifest = folder.join(NAME);
        if manifest.symlink_metadata().is_ok() {
            return Ok(Some(manifest));
        }
        let other = folder.join(OTHER);
        if other.is_file() {
            return Err(other);
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}

/// The folder of the repository in which a folder lies, if there is one: the nearest with `.git`.
pub fn repository(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// A path as it reads from the working folder, where that is short: below it, or some folders up.
pub(super) fn from_here(path: &Path) -> PathBuf {
    let Some(here) = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok()) else { return path.to_owned() };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
    if let Ok(below) = folder.strip_prefix(&here) {
        return below.join(name);
    }
    match here.strip_prefix(folder) {
        Ok(down) => down.components().map(|_| Path::new("..")).collect::<PathBuf>().join(name),
        Err(_) => path.to_owned(),
    }
}
