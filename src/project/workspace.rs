//! All rule files of a run, and what they say.
//!
//! In: paths. Out: texts, trees, and on request the checked rules. Everything that a file refers to is read beforehand, so `check`
//! reads nothing. Law: each file stands on its own; one that is broken takes no rule from the others. A file that is only imported
//! gives its `let`s: its syntax is reported, its rules are not.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZero;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::discover::Discovered;
use super::links::links;
use super::read::{Failure, LARGEST, STDIN, STDIN_NAME, Text, read, reason};
use crate::backend::kept::{Kept, KeptList};
use crate::check::{self, Checked, Files};
use crate::diag::{Diagnostic, Severity, project as findings, render};
use crate::hir::Rule;
use crate::schema::{self, Packs, Target};
use crate::sigma;
use crate::source::{FileId, Sources, Span};
use crate::syntax::{Parsed, ast, parse};

/// One rule file that could be read.
pub struct Document {
    pub file: FileId,
    /// None for standard input.
    pub path: Option<PathBuf>,
    /// It begins with a byte order mark, which the text does not hold.
    pub bom: bool,
    /// False: it is only imported.
    pub asked: bool,
    /// It holds rules of Sigma.
    pub sigma: bool,
    pub parsed: Parsed,
}

#[derive(Default)]
pub struct Workspace {
    pub sources: Sources,
    /// Those that were asked for by path, then those that are imported.
    pub documents: Vec<Document>,
    /// What reading found.
    findings: Vec<Diagnostic>,
    /// Something that was asked for could not be read at all.
    pub unreadable: bool,
    imports: HashMap<(FileId, String), usize>,
    lists: HashMap<(FileId, String), FileId>,
    /// By their true paths.
    pub(super) list_files: HashMap<PathBuf, FileId>,
}

impl Document {
    /// Whether the parser told an error in the rule of this name, or in what all rules of the file share: it may have read past it, to check
    /// the rest, and what it took it for is a guess.
    fn is_misread(&self, name: Span) -> bool {
        let mut errors = self.parsed.diagnostics.iter().filter(|found| found.severity() == Severity::Error).map(Diagnostic::span);
        !self.sigma
            && errors.any(|error| {
                self.parsed.file.items.iter().any(|item| match item {
                    ast::Top::Rule(rule) => rule.name.at.0 == name && rule.at.0.range().contains(&(error.start as usize)),
                    ast::Top::Let(shared) => shared.at.0.range().contains(&(error.start as usize)),
                    ast::Top::Import(_) => false,
                })
            })
    }
}

impl Workspace {
    /// Reads and parses what was found; the packs say what the names of Sigma's rules mean. YAML that was met in a folder and is no rule
    /// is passed over.
    pub fn load(found: Discovered, packs: &Packs) -> Workspace {
        let mut workspace = Workspace::default();
        for (path, error) in found.failed {
            let name = shown(&path);
            workspace.findings.push(finding(Failure::Io(error), &name, &mut workspace.sources));
            workspace.unreadable = true;
        }
        let mut documents = Vec::new();
        let texts = in_parallel(&found.files, |path| read(path));
        for (path, text) in found.files.iter().zip(texts) {
            let named = found.named.contains(path);
            if let Some(document) = workspace.admit(path, text)
                && (named || !document.sigma || sigma::looks_like_a_rule(workspace.sources.text(document.file)))
            {
                documents.push(document);
            }
        }
        workspace.parse(documents, true, packs);
        workspace.follow(packs);
        workspace
    }

    /// One text that is no file on disk; what it refers to is relative to `name`, whose ending says what language it is in. Names of
    /// Sigma mean what the built-in packs say.
    pub fn text(name: &str, text: &str) -> Workspace {
        let mut workspace = Workspace::default();
        let file = workspace.sources.add(name, text);
        let packs = schema::builtin();
        workspace.parse(vec![Read { file, path: Some(PathBuf::from(name)), bom: false, sigma: sigma::is_sigma(name) }], true, packs);
        workspace.follow(packs);
        workspace
    }

    /// The packs with the fields of open families that the rules name: what [`Workspace::check`] and all after it is given.
    pub fn packs<'p>(&self, packs: &'p Packs) -> Cow<'p, Packs> {
        schema::open::open(packs, &self.open_names(packs))
    }

    /// The names of open families that the rules name.
    pub fn open_names(&self, packs: &Packs) -> BTreeSet<String> {
        in_parallel(&self.documents, |document| check::named(&document.parsed.file, packs)).into_iter().flatten().collect()
    }

    /// What the project keeps elsewhere of the lists that these rules name.
    pub fn kept(&self, lists: &[(PathBuf, Target, Kept)]) -> Vec<KeptList> {
        let known = |path: &PathBuf| self.list_files.get(&path.canonicalize().ok()?).copied();
        let kept =
            lists.iter().filter_map(|(path, target, kept)| Some(KeptList { file: known(path)?, target: *target, kept: kept.clone() }));
        kept.collect()
    }

    /// The rules without an error, and every finding, in the order of paths and places.
    pub fn check(&self, packs: &Packs) -> Checked {
        let (rules, diagnostics) = self.judged(packs, |rule| rule);
        Checked { rules, diagnostics }
    }

    /// How many rules are without an error, and every finding, in the order of paths and places. What the rules mean is not kept.
    pub fn findings(&self, packs: &Packs) -> (usize, Vec<Diagnostic>) {
        let (rules, diagnostics) = self.judged(packs, |_| ());
        (rules.len(), diagnostics)
    }

    fn judged<R: Send>(&self, packs: &Packs, keep: impl Fn(Rule) -> R + Sync) -> (Vec<R>, Vec<Diagnostic>) {
        let mut asked: Vec<&Document> = self.documents.iter().filter(|document| document.asked).collect();
        asked.sort_by_key(|document| self.sources.name(document.file));
        let parts = in_parallel(&asked, |document| {
            let Checked { rules, mut diagnostics } = check::check(&document.parsed.file, self, packs);
            if document.sigma {
                diagnostics = diagnostics.into_iter().map(Diagnostic::in_sigma).collect();
            }
            let rules = rules.into_iter().filter(|rule| !document.is_misread(rule.span));
            (rules.map(|rule| (rule.span, keep(rule))).collect::<Vec<_>>(), diagnostics)
        });
        let (mut rules, mut diagnostics) = (Vec::with_capacity(parts.len()), Vec::new());
        for (some, found) in parts {
            rules.extend(some);
            diagnostics.extend(found);
        }
        diagnostics.extend(self.syntax());
        let twice = self.told_twice(&mut diagnostics);
        rules.retain(|(span, _)| !twice.contains(span));
        render::sort(&mut diagnostics, &self.sources);
        // A shared part is read by each file that imports it.
        diagnostics.dedup_by(|one, first| one.code == first.code && one.span() == first.span());
        (rules.into_iter().map(|(_, rule)| rule).collect(), diagnostics)
    }

    /// The rules of Sigma as a person would have written them in the language, for each document that is wanted; none of other documents.
    pub fn readable(&self, packs: &Packs, wanted: impl Fn(&Document) -> bool + Sync) -> Vec<Option<Vec<Parsed>>> {
        let read = |document: &Document| document.sigma.then(|| sigma::read(&self.sources, document.file));
        let written: Vec<Option<sigma::Written>> = self.documents.iter().map(read).collect();
        let others = sigma::Others::of(written.iter().flatten());
        let both: Vec<_> = self.documents.iter().zip(&written).collect();
        let lower = |(document, written): &(&Document, &Option<sigma::Written>)| {
            written.as_ref().filter(|_| wanted(document)).map(|it| sigma::readable(it, &others, &self.sources, packs))
        };
        in_parallel(&both, lower)
    }

    /// The trees, which nobody needs who has checked the rules and prints none: of thousands they are most of what is kept.
    pub fn drop_trees(&mut self) {
        self.documents.iter_mut().for_each(|document| document.parsed.file.items = Vec::new());
    }

    /// What reading and parsing found.
    pub fn syntax(&self) -> Vec<Diagnostic> {
        let mut all = self.findings.clone();
        all.extend(self.documents.iter().flat_map(|document| document.parsed.diagnostics.iter().cloned()));
        render::sort(&mut all, &self.sources);
        all
    }

    /// The files of which there is no text to parse.
    #[cfg(feature = "cli")]
    pub(crate) fn unread(&self) -> Vec<FileId> {
        let known: BTreeSet<FileId> =
            self.documents.iter().map(|document| document.file).chain(self.list_files.values().copied()).collect();
        self.findings.iter().map(|finding| finding.span().file).filter(|file| !known.contains(file)).collect()
    }

    /// The files that hold what could not be read: all of their text, or a part of it.
    #[cfg(feature = "cli")]
    pub(crate) fn unclear(&self) -> Vec<FileId> {
        let has_error = |document: &&Document| {
            document.asked && document.parsed.diagnostics.iter().any(|found| found.severity() == crate::diag::Severity::Error)
        };
        let documents = self.documents.iter().filter(has_error).map(|document| document.file);
        self.unread().into_iter().chain(documents).collect()
    }

    /// Every rule that is written, with or without errors, and the place of its name.
    pub fn rules(&self) -> Vec<(&str, Span)> {
        let items = self.documents.iter().filter(|document| document.asked).flat_map(|document| &document.parsed.file.items);
        items
            .filter_map(|item| match item {
                ast::Top::Rule(rule) => Some((rule.name.text.as_str(), rule.name.at.0)),
                ast::Top::Import(_) | ast::Top::Let(_) => None,
            })
            .collect()
    }

    /// A match goes by the name of its rule, so of rules in different files only the first may have a name. Gives back the others. (Within a
    /// file `check` sees it.)
    fn told_twice(&self, diagnostics: &mut Vec<Diagnostic>) -> HashSet<Span> {
        let mut rules = self.rules();
        rules.sort_by_key(|(_, span)| (self.sources.name(span.file), *span));
        let mut first: HashMap<&str, Span> = HashMap::new();
        let mut twice = HashSet::new();
        for (name, span) in rules {
            let earlier = *first.entry(name).or_insert(span);
            if earlier.file != span.file {
                diagnostics.push(findings::duplicate_rule(span, name, earlier));
                twice.insert(span);
            }
        }
        twice
    }

    fn admit(&mut self, path: &Path, text: Result<Text, Failure>) -> Option<Read> {
        let name = shown(path);
        match text {
            Ok(text) => {
                // Standard input has no ending that says what it holds.
                let sigma = sigma::is_sigma(&name) || (path.as_os_str() == STDIN && sigma::looks_like_a_rule(&text.text));
                let file = self.sources.add(name, text.text);
                Some(Read { file, path: (path.as_os_str() != STDIN).then(|| path.to_owned()), bom: text.bom, sigma })
            }
            Err(failure) => {
                self.unreadable |= matches!(failure, Failure::Io(_));
                self.findings.push(finding(failure, &name, &mut self.sources));
                None
            }
        }
    }

    fn parse(&mut self, read: Vec<Read>, asked: bool, packs: &Packs) {
        let sources = &self.sources;
        let written = in_parallel(&read, |document| document.sigma.then(|| sigma::read(sources, document.file)));
        let others = sigma::Others::of(written.iter().flatten());
        let both: Vec<_> = read.iter().zip(&written).collect();
        let trees = in_parallel(&both, |(document, written)| match written {
            Some(written) => sigma::lower(written, &others, sources, packs, sigma::Style::Plain),
            None => parse(sources, document.file),
        });
        // A document that is no rule by itself, a filter, is something too.
        let nothing: Vec<bool> = written.iter().map(|written| written.as_ref().is_none_or(sigma::Written::is_empty)).collect();
        for ((Read { file, path, bom, sigma }, parsed), nothing) in read.into_iter().zip(trees).zip(nothing) {
            if nothing && parsed.file.items.is_empty() && parsed.diagnostics.is_empty() && asked {
                let found = findings::empty_file(Span::new(file, 0, 0), self.sources.name(file));
                self.findings.push(if sigma { found.in_sigma() } else { found });
            }
            self.documents.push(Document { file, path, bom, asked, sigma, parsed });
        }
    }

    /// Reads what the documents refer to, and what that refers to.
    fn follow(&mut self, packs: &Packs) {
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        let mut broken: BTreeSet<PathBuf> = BTreeSet::new();
        let mut next = 0;
        while next < self.documents.len() {
            let document = &self.documents[next];
            next += 1;
            let from = document.file;
            let links: Vec<(String, Span, bool)> =
                links(&document.parsed.file).iter().map(|link| (link.path.to_owned(), link.span, link.import)).collect();
            if links.is_empty() {
                continue;
            }
            let folder = document.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
            if known.is_empty() && links.iter().any(|(_, _, import)| *import) {
                let paths = self.documents.iter().enumerate().filter_map(|(index, document)| Some((index, document.path.as_ref()?)));
                known = paths.filter_map(|(index, path)| Some((path.canonicalize().ok()?, index))).collect();
            }
            for (path, span, import) in links {
                let target = tidy(&folder.join(&path));
                if import {
                    self.import(from, path, span, &target, (&mut known, &mut broken), packs);
                } else {
                    self.list(from, path, span, &target);
                }
            }
        }
    }

    fn import(
        &mut self,
        from: FileId,
        path: String,
        span: Span,
        target: &Path,
        (known, broken): (&mut HashMap<PathBuf, usize>, &mut BTreeSet<PathBuf>),
        packs: &Packs,
    ) {
        let real = match target.canonicalize().and_then(|real| std::fs::File::open(&real).map(|_| real)) {
            Ok(real) if real.is_dir() => {
                return self.findings.push(findings::import_unreadable(span, &path, &reason(&std::io::ErrorKind::IsADirectory.into())));
            }
            Ok(real) => real,
            Err(error) => return self.findings.push(findings::import_unreadable(span, &path, &reason(&error))),
        };
        if broken.contains(&real) {
            return;
        }
        if !known.contains_key(&real) {
            let Some(read) = self.admit(target, read(target)) else {
                broken.insert(real);
                return;
            };
            known.insert(real.clone(), self.documents.len());
            self.parse(vec![read], false, packs);
        }
        self.imports.insert((from, path), known[&real]);
    }

    fn list(&mut self, from: FileId, path: String, span: Span, target: &Path) {
        if self.lists.contains_key(&(from, path.clone())) {
            return;
        }
        let real = target.canonicalize().unwrap_or_else(|_| target.to_owned());
        if let Some(known) = self.list_files.get(&real) {
            self.lists.insert((from, path), *known);
            return;
        }
        let why = match read(target) {
            Ok(text) => {
                let file = self.sources.add(shown(target), text.text);
                self.list_files.insert(real, file);
                self.lists.insert((from, path), file);
                return;
            }
            Err(Failure::Io(error)) => reason(&error),
            Err(Failure::TooLarge) => format!("it has more than {} MB", LARGEST >> 20),
            Err(Failure::NotUtf8 { utf16: true, .. }) => "it is UTF-16: save it as UTF-8".to_owned(),
            Err(Failure::NotUtf8 { at, lossy, .. }) => {
                format!("it is not UTF-8 in line {}", lossy[..at].matches('\n').count() + 1)
            }
        };
        self.findings.push(findings::list_unreadable(span, &path, &why));
    }
}

impl Files for Workspace {
    fn import(&self, from: FileId, path: &str) -> Option<&ast::File> {
        self.imports.get(&(from, path.to_owned())).map(|index| &self.documents[*index].parsed.file)
    }

    fn list(&self, from: FileId, path: &str) -> Option<(FileId, &str)> {
        self.lists.get(&(from, path.to_owned())).map(|file| (*file, self.sources.text(*file)))
    }
}

/// Why a file could not be read; what there is of its text joins the sources.
pub(super) fn finding(failure: Failure, name: &str, sources: &mut Sources) -> Diagnostic {
    match failure {
        Failure::Io(error) => findings::unreadable(Span::new(sources.add(name, ""), 0, 0), name, &reason(&error)),
        Failure::TooLarge => findings::too_large(Span::new(sources.add(name, ""), 0, 0), name, LARGEST),
        Failure::NotUtf8 { at, byte, utf16, lossy } => {
            let file = sources.add(name, lossy);
            findings::not_utf8(Span::new(file, at, at + char::REPLACEMENT_CHARACTER.len_utf8()), byte, utf16)
        }
    }
}

/// A text that waits to be parsed.
struct Read {
    file: FileId,
    path: Option<PathBuf>,
    bom: bool,
    sigma: bool,
}

/// The name under which a file is shown.
pub(super) fn shown(path: &Path) -> String {
    if path.as_os_str() == STDIN { STDIN_NAME.into() } else { path.strip_prefix(".").unwrap_or(path).display().to_string() }
}

/// `rules/../common.spoor` as people write it. Only a folder that was named is taken back, never a link's.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) && !tidy.is_symlink() => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}

/// Small runs are not worth a thread.
const FEW: usize = 64;
/// Into how many pieces the work of one thread is cut.
const PIECES: usize = 16;

/// glibc lets the memory of a thread grow by a page at a time, with a call of the system for each; what was asked for once it keeps. The first block
/// tells it that such a size is usual, the others are asked for together. A page that is not written to costs nothing.
fn make_room() {
    const ROOM: usize = 30 << 20;
    let block = |size| std::hint::black_box(Vec::<u8>::with_capacity(size));
    drop(block(ROOM));
    drop([block(ROOM - (1 << 20)), block(ROOM - (1 << 20))]);
}

/// The work on each item, in the order of the items.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len() / FEW + 1);
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    // Neighbours are alike, and a folder of long rules is slow: each thread takes the next few, not its share at once.
    let chunks: Vec<&[T]> = items.chunks(items.len().div_ceil(threads * PIECES)).collect();
    let next = AtomicUsize::new(0);
    let run = |is_own: bool| {
        if is_own {
            make_room();
        }
        let mine = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            chunks.get(index).map(|chunk| (index, chunk.iter().map(&work).collect::<Vec<R>>()))
        });
        mine.collect::<Vec<_>>()
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| run(true))).collect();
        let mut done = run(false);
        done.extend(others.into_iter().flat_map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, results)| results).collect()
}
