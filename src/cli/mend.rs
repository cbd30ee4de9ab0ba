//! `spoor check --fix`: the sure fixes, into the files.
//!
//! In: the rule files of a run, what was found in them. Out: the files mended, and what is found there then. Law: a file that is read anew has no error that it
//! had not; where the fixes of a round bring one they are taken back, and tried one by one. What brings an error alone stays out, and the file is named.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::check::Found;
use super::out::Out;
use super::{counted, packs};
use crate::diag::{Code, Diagnostic, Severity, fix};
use crate::project::{Document, Workspace, discover, reason, write};
use crate::source::FileId;

/// A fix may uncover the next; this many rounds are enough for any text that a person wrote.
const ROUNDS: usize = 10;
/// And this many where fixes are tried one by one.
const ALL_ROUNDS: usize = 50;

/// A file that this round wrote.
struct Written {
    old: String,
    new: String,
    bom: bool,
    fixes: usize,
    /// Where that which was written stands now.
    places: Vec<Range<usize>>,
    errors: Errors,
}

/// How many errors a file has.
#[derive(Clone, Copy)]
struct Errors {
    /// Of its text alone.
    read: usize,
    all: usize,
    /// At the places of fixes.
    there: usize,
}

impl Errors {
    /// Of what was not read whole more is known now: there only the places of the fixes count.
    fn are_mended_by(self, now: Errors) -> bool {
        (now.there == 0 || now.there < self.there) && (self.read > 0 || now.all <= self.all)
    }
}

#[derive(Default)]
struct Mend {
    /// Files that stay as they are.
    unwritten: BTreeSet<PathBuf>,
    /// Texts that have more errors than what they were made of.
    refused: HashSet<(PathBuf, String)>,
    /// Files whose fixes are tried one by one.
    one_by_one: BTreeSet<PathBuf>,
}

/// Applies the sure fixes, round by round, until none is left. False: a file could not be written.
pub fn mend(
    paths: &[PathBuf],
    workspace: &mut Workspace,
    checked: &mut Found,
    check: &impl Fn(&Workspace) -> Found,
    out: &mut Out,
) -> bool {
    let mut mend = Mend::default();
    let mut applied: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for round in 0..ALL_ROUNDS {
        if round >= ROUNDS && mend.one_by_one.is_empty() {
            break;
        }
        let written = mend.round(workspace, checked, out);
        if written.is_empty() {
            break;
        }
        *workspace = Workspace::load(discover(paths), packs());
        *checked = check(workspace);
        let worse: Vec<PathBuf> = written
            .iter()
            .filter(|(path, it)| {
                let document = document_at(workspace, path);
                !document.is_some_and(|of| it.errors.are_mended_by(errors(workspace, checked, of.file, &it.places)))
            })
            .map(|(path, _)| path.clone())
            .collect();
        for (path, it) in &written {
            if worse.contains(path) {
                mend.refused.insert((path.clone(), it.new.clone()));
                mend.one_by_one.insert(path.clone());
                mend.put(path, &it.old, it.bom, out);
            } else {
                *applied.entry(path.clone()).or_default() += it.fixes;
            }
        }
        if !worse.is_empty() {
            *workspace = Workspace::load(discover(paths), packs());
            *checked = check(workspace);
        }
    }
    let refused: BTreeSet<&PathBuf> = mend.refused.iter().map(|(path, _)| path).collect();
    for path in refused {
        out.warning(&format!("fixes of `{}` that would bring new errors are left out: mend these by hand", path.display()));
    }
    let all: usize = applied.values().sum();
    if all > 0 {
        let fixes = if all == 1 { "1 fix".to_owned() } else { format!("{all} fixes") };
        out.status(&format!("applied {fixes} in {}", counted(applied.len(), "file")));
    }
    mend.unwritten.is_empty()
}

impl Mend {
    /// Writes what the fixes make of the files.
    fn round(&mut self, workspace: &Workspace, checked: &Found, out: &mut Out) -> BTreeMap<PathBuf, Written> {
        let document = |file| workspace.documents.iter().find(|document| document.file == file && document.asked);
        let is_open = |file| document(file).and_then(|of| of.path.as_ref()).is_some_and(|path| !self.unwritten.contains(path));
        let fixed = fix::apply(&checked.diagnostics, &workspace.sources, is_open);
        let mut written = BTreeMap::new();
        for (file, all) in fixed.texts {
            let Some((document, path)) = document(file).and_then(|document| Some((document, document.path.clone()?))) else { continue };
            let old = workspace.sources.text(file).to_owned();
            let together = (!self.one_by_one.contains(&path) && self.is_sound(&path, &old, &all.text)).then_some(all);
            if together.is_none() {
                self.one_by_one.insert(path.clone());
            }
            let Some(fix::Text { text: new, fixes, places }) = together.or_else(|| self.one(workspace, checked, file, &path, &old)) else {
                continue;
            };
            if doubles(&path, &new) > doubles(&path, &old) {
                out.error(&format!("the fixes of `{}` would give two things one name: mend it by hand; it is as it was", path.display()));
                self.unwritten.insert(path);
                continue;
            }
            if self.put(&path, &new, document.bom, out) {
                let (before, now): (Vec<_>, Vec<_>) = places.into_iter().map(|[before, now]| (before, now)).unzip();
                let errors = errors(workspace, checked, file, &before);
                written.insert(path, Written { old, new, bom: document.bom, fixes, places: now, errors });
            }
        }
        written
    }

    /// The first fix of the file that can be taken alone.
    fn one(&mut self, workspace: &Workspace, checked: &Found, file: FileId, path: &Path, old: &str) -> Option<fix::Text> {
        let of_file = |found: &&Diagnostic| found.fix.as_ref().is_some_and(|fix| fix.edits.iter().all(|edit| edit.span.file == file));
        for found in checked.diagnostics.iter().filter(of_file) {
            let fixed = fix::apply(std::slice::from_ref(found), &workspace.sources, |_| true).texts.remove(&file);
            if let Some(fixed) = fixed.filter(|fixed| self.is_sound(path, old, &fixed.text)) {
                return Some(fixed);
            }
        }
        None
    }

    /// Whether a text is not known to have more errors than the one it was made of: what could be read whole still can.
    fn is_sound(&mut self, path: &Path, old: &str, new: &str) -> bool {
        let key = (path.to_owned(), new.to_owned());
        if self.refused.contains(&key) {
            return false;
        }
        let is_sound = unread(path, old) > 0 || unread(path, new) == 0;
        if !is_sound {
            self.refused.insert(key);
        }
        is_sound
    }

    fn put(&mut self, path: &Path, text: &str, bom: bool, out: &mut Out) -> bool {
        let bytes = if bom { format!("\u{feff}{text}") } else { text.to_owned() };
        let put = write(path, bytes.as_bytes());
        if let Err(error) = &put {
            out.error(&format!("cannot write `{}`: {}; the file is as it was", path.display(), reason(error)));
            self.unwritten.insert(path.to_owned());
        }
        put.is_ok()
    }
}

fn document_at<'w>(workspace: &'w Workspace, path: &Path) -> Option<&'w Document> {
    workspace.documents.iter().find(|document| document.path.as_deref() == Some(path))
}

fn errors(workspace: &Workspace, checked: &Found, file: FileId, places: &[Range<usize>]) -> Errors {
    let of = |found: &&Diagnostic| found.span().file == file && found.severity() == Severity::Error;
    let is_there = |found: &&Diagnostic| {
        let at = found.span().range();
        places.iter().any(|place| at.start <= place.end && place.start <= at.end)
    };
    let read = document_of(workspace, file).map_or(0, |document| document.parsed.diagnostics.iter().filter(of).count());
    let all = || checked.diagnostics.iter().filter(of);
    Errors { read, all: all().count(), there: all().filter(is_there).count() }
}

fn document_of(workspace: &Workspace, file: FileId) -> Option<&Document> {
    workspace.documents.iter().find(|document| document.file == file)
}

/// How many errors reading a text alone finds.
fn unread(path: &Path, text: &str) -> usize {
    let found = Workspace::text(&path.display().to_string(), text);
    found.documents.iter().flat_map(|document| &document.parsed.diagnostics).filter(|found| found.severity() == Severity::Error).count()
}

/// How many keys of a text stand twice.
fn doubles(path: &Path, text: &str) -> usize {
    let found = Workspace::text(&path.display().to_string(), text).syntax();
    found.iter().filter(|diagnostic| diagnostic.code == Code::SigmaDuplicateKey).count()
}
