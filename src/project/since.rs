//! Which rule files a change concerns.
//!
//! In: the rule files of a run, what git knows of the files, those that all rules rest on. Out: [`Affected`]. A rule file is concerned by a change of its own
//! text, of what it imports, of the lists that it or an import reads, and, of Sigma's, of the rules, correlations and filters that have to do with
//! its rules, also of those that are gone. A manifest or a pack that changed concerns all. Law: a file that is left out says and means
//! what it said and meant; where that cannot be told, it is concerned.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::git::{Changes, GitFailure, Revision};
use super::links::links;
use super::workspace::{Document, Workspace, shown};
use crate::sigma::{self, Refers};
use crate::source::{FileId, Sources};

/// The files that a change concerns.
#[derive(Debug, PartialEq, Eq)]
pub enum Affected {
    /// All of them, since this file changed, by the name that people know it by.
    All(String),
    Some(Concerned),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Concerned {
    pub files: BTreeSet<FileId>,
    /// How many of those that were asked for changed themselves.
    pub changed: usize,
    /// How many are concerned by what they refer to, or what refers to them.
    pub by_others: usize,
}

/// `common`: the manifest and the packs.
pub fn affected(workspace: &Workspace, common: &[PathBuf], revision: &Revision, changes: &Changes) -> Result<Affected, GitFailure> {
    let is_changed = |path: &Path| is_changed(changes, path);
    if let Some(path) = common.iter().find(|path| is_changed(path)) {
        return Ok(Affected::All(shown(path)));
    }
    let before = revision.texts(changes, &|path| sigma::is_sigma(&path.to_string_lossy()))?;
    // A pack that is gone is named by nothing any more.
    let mut gone = before.iter().filter(|(path, _)| path.symlink_metadata().is_err());
    if let Some((path, _)) = gone.find(|(_, text)| !sigma::looks_like_a_rule(text) && !is_filter(text)) {
        return Ok(Affected::All(path.strip_prefix(&revision.root).unwrap_or(path).display().to_string()));
    }
    let own: Vec<bool> = workspace.documents.iter().map(|document| document.path.as_deref().is_none_or(is_changed)).collect();
    let mut concerned = own.clone();
    for (document, concerned) in workspace.documents.iter().zip(&mut concerned) {
        *concerned |= targets(document).iter().any(|path| is_changed(path));
    }
    let edges = edges(workspace);
    concerned.iter_mut().zip(of_gone_sigma(workspace, before)).for_each(|(known, more)| *known |= more);
    // Until nothing is added: an import of an import, a correlation over a rule whose filter changed.
    loop {
        let more: Vec<usize> = edges.iter().filter(|(of, on)| concerned[*on] && !concerned[*of]).map(|(of, _)| *of).collect();
        if more.is_empty() {
            break;
        }
        more.into_iter().for_each(|of| concerned[of] = true);
    }
    let mut files: BTreeSet<FileId> = concerned_files(workspace, &concerned, &is_changed);
    // What could not be read says nothing of itself.
    files.extend(workspace.unread());
    let asked = |index: &usize| workspace.documents[*index].asked;
    let all: Vec<usize> = (0..concerned.len()).filter(|index| concerned[*index]).collect();
    let itself = all.iter().copied().filter(|index| asked(index) && own[*index]).count();
    Ok(Affected::Some(Concerned { by_others: all.iter().filter(|index| asked(index)).count() - itself, changed: itself, files }))
}

fn is_changed(changes: &Changes, path: &Path) -> bool {
    !changes.is_same(&real(path)) || !changes.is_same(&named(path))
}

/// Whether a file that is no rule file is new, other, or gone: events of a test, a snapshot. What is not there and was not is none.
pub fn is_touched(changes: &Changes, path: &Path) -> bool {
    if path.symlink_metadata().is_ok() { is_changed(changes, path) } else { changes.is_other(&named(path)) }
}

/// The texts of the documents that are concerned, and of the lists that changed or that these read.
fn concerned_files(workspace: &Workspace, concerned: &[bool], is_changed: &impl Fn(&Path) -> bool) -> BTreeSet<FileId> {
    let of = workspace.documents.iter().zip(concerned).filter(|(_, concerned)| **concerned).map(|(document, _)| document);
    let lists: HashSet<PathBuf> = of.clone().flat_map(targets).map(|path| real(&path)).collect();
    let lists = workspace.list_files.iter().filter(|(path, _)| lists.contains(*path) || is_changed(path)).map(|(_, file)| *file);
    of.map(|document| document.file).chain(lists).collect()
}

/// What a document refers to by path.
fn targets(document: &Document) -> Vec<PathBuf> {
    let folder = document.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    links(&document.parsed.file).iter().map(|link| folder.join(link.path)).collect()
}

/// Which document rests on which, by their places in the list.
fn edges(workspace: &Workspace) -> Vec<(usize, usize)> {
    let paths = workspace.documents.iter().enumerate().filter_map(|(index, document)| Some((real(document.path.as_ref()?), index)));
    let known: HashMap<PathBuf, usize> = paths.collect();
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (index, document) in workspace.documents.iter().enumerate() {
        edges.extend(targets(document).iter().filter_map(|path| Some((index, *known.get(&real(path))?))));
    }
    edges.extend(of_sigma(&referring(&read(workspace))));
    edges
}

/// The documents of Sigma with their places in the list.
fn read(workspace: &Workspace) -> Vec<(usize, sigma::Written)> {
    let documents = workspace.documents.iter().enumerate().filter(|(_, document)| document.sigma);
    documents.map(|(index, document)| (index, sigma::read(&workspace.sources, document.file))).collect()
}

/// What each of them is called, and names.
fn referring(written: &[(usize, sigma::Written)]) -> Vec<(usize, Refers<'_>)> {
    written.iter().map(|(index, written)| (*index, written.refers())).collect()
}

/// A correlation and its parts rest on each other: a part is no rule of its own unless the correlation says so. A rule rests on its filters.
fn of_sigma(written: &[(usize, Refers<'_>)]) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for (index, refers) in written {
        for name in &refers.correlated {
            for of in having(written, name) {
                edges.extend([(*index, of), (of, *index)]);
            }
        }
        for name in &refers.filtered {
            edges.extend(having(written, name).map(|of| (of, *index)));
        }
    }
    edges
}

/// Those with a rule of this name or id; `any` is all of them.
fn having<'w>(written: &'w [(usize, Refers<'w>)], name: &'w str) -> impl Iterator<Item = usize> + 'w {
    written.iter().filter(move |(_, other)| name == "any" || other.has(name)).map(|(of, _)| *of)
}

/// What the files of Sigma that changed or are gone had to do with others, as they were.
fn of_gone_sigma(workspace: &Workspace, before: Vec<(&Path, String)>) -> Vec<bool> {
    let mut concerned = vec![false; workspace.documents.len()];
    if before.is_empty() {
        return concerned;
    }
    let written = read(workspace);
    let written = referring(&written);
    let mut old = Sources::default();
    for (path, text) in before {
        let file = old.add(path.to_string_lossy(), text);
        let text = sigma::read(&old, file);
        let refers = text.refers();
        for name in refers.correlated.iter().chain(&refers.filtered) {
            having(&written, name).for_each(|of| concerned[of] = true);
        }
        // Who asks for a rule that was here.
        for (of, other) in &written {
            concerned[*of] |= other.correlated.iter().chain(&other.filtered).any(|name| refers.has(name));
        }
    }
    concerned
}

fn is_filter(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("filter:"))
}

/// The path as it is on disk, through every link; of what is not there, through those above it.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| named(path))
}

/// The path with its folder's true name: a link is itself.
fn named(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(name),
        _ => path,
    }
}
