//! `spoor.yaml`: what a folder of rules takes for granted.
//!
//! In: the manifest's text, and the pack files that the command line adds. Out: a [`Project`]: the packs, and what commands without
//! arguments mean; or every mistake with its place. Its keys are [`Key`]s, and the name of a schema for the version in use (`cim: 6.1`).
//! Over the built-in packs lie the pack files in their order, over these the manifest, over it the files of the command line. Law: one
//! mistake and there is no project; rules are never held against half of what the user said.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::expand::{expand, files_in};
use super::keys::Key;
use super::lints::Lints;
use super::read::read;
use super::sources;
use super::workspace::finding;
use crate::backend::kept::Kept;
use crate::backend::{Macros, Options, Summaries};
use crate::deploy;
use crate::diag::{Diagnostic, packs, project as findings};
use crate::page::TEMPLATES;
use crate::schema::{self, Chosen, Packs, Part, Target, nearest, version};
use crate::source::{FileId, Sources, Span};
use crate::yaml::{self, Node};

/// What a run works with.
#[derive(Debug, Default)]
pub struct Project {
    /// The folder of the manifest, as it reads from the working folder (empty: that one); None: there is none.
    pub root: Option<PathBuf>,
    /// None: what is built in.
    pub packs: Option<Packs>,
    /// Those for commands that name none; empty: all.
    pub targets: Vec<Target>,
    /// Where the rules are, for commands that name no path; empty: the working folder.
    pub rules: Vec<PathBuf>,
    /// Where `build` writes where no folder is named.
    pub output: Option<PathBuf>,
    /// How grave lints are.
    pub lints: Lints,
    /// The manifest and the packs: what all rules rest on.
    pub read: Vec<PathBuf>,
    /// How queries are written.
    pub options: Options,
    /// What its rules are deployed with.
    pub deploy: deploy::Settings,
    /// Where the values of list files are kept for a target, so that no query need hold them.
    pub lists: Vec<(PathBuf, Target, Kept)>,
    /// Where the tests are that stand in files, where the manifest says it.
    pub tests: Option<Vec<PathBuf>>,
    /// Where the snapshots of queries are, or will be, where the manifest says it.
    pub snapshots: Option<PathBuf>,
    /// Those of pages.
    pub briefs: Vec<PathBuf>,
    /// Of pages, in the place of the built-in ones of these names.
    pub templates: Vec<(&'static str, PathBuf)>,
}

/// The project of a manifest, if there is one, and of further pack files.
pub fn open(base: &Packs, manifest: Option<&Path>, extra: &[PathBuf], sources: &mut Sources) -> Result<Project, Vec<Diagnostic>> {
    if manifest.is_none() && extra.is_empty() {
        return Ok(Project::default());
    }
    let mut opening =
        Opening { sources, findings: Vec::new(), texts: Vec::new(), read: manifest.map(Path::to_owned).into_iter().collect() };
    let mut project = Project { root: manifest.map(|path| path.parent().unwrap_or(Path::new("")).to_owned()), ..Project::default() };
    let Later { versions, sources } = manifest.and_then(|path| opening.manifest(path, &mut project)).unwrap_or_default();
    for path in extra {
        opening.pack(path);
    }
    let packs = opening.load(base);
    let chosen = choose(&versions, packs.as_ref().unwrap_or(base), &mut opening);
    let stated: Vec<_> = sources.iter().flat_map(|(file, node)| opening.sources(*file, node, packs.as_ref().unwrap_or(base))).collect();
    match packs {
        Some(mut packs) if opening.findings.is_empty() => {
            stated.iter().for_each(|stated| sources::ask(stated, &mut packs));
            for (schema, version) in chosen {
                packs.schemas.to_mut()[schema].chosen = Some(version);
            }
            Ok(Project { packs: Some(packs), read: opening.read, ..project })
        }
        Some(_) | None => Err(opening.findings),
    }
}

pub(super) struct Opening<'s> {
    pub(super) sources: &'s mut Sources,
    pub(super) findings: Vec<Diagnostic>,
    /// Those with packs, in the order in which they lie on one another; the flag: the manifest.
    texts: Vec<(FileId, bool)>,
    read: Vec<PathBuf>,
}

/// What is said of packs that are not read yet.
#[derive(Default)]
struct Later {
    versions: Vec<Version>,
    sources: Option<(FileId, Node)>,
}

/// A key that may be a schema's name, and its value.
struct Version {
    file: FileId,
    key: Node,
    value: Node,
}

impl Opening<'_> {
    fn manifest(&mut self, path: &Path, project: &mut Project) -> Option<Later> {
        let name = path.to_string_lossy();
        let text = match read(path) {
            Ok(text) => text.text,
            Err(failure) => {
                self.findings.push(finding(failure, &name, self.sources));
                return None;
            }
        };
        let file = self.sources.add(name, text);
        let documents = match yaml::parse(self.sources.text(file)) {
            Ok(documents) => documents,
            Err(error) => {
                self.findings.push(packs::yaml(span(file, &error.span), &error.problem));
                return None;
            }
        };
        let root = match documents.as_slice() {
            [] => return None,
            [root] => root,
            [_, second, ..] => {
                self.findings.push(findings::manifest_shape(span(file, &second.span), "one document, not a second one,"));
                return None;
            }
        };
        if root.is_null() {
            return None;
        }
        let Some(pairs) = root.map() else {
            self.findings.push(findings::manifest_shape(span(file, &root.span), "a mapping, `key: value`,"));
            return None;
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut later = Later::default();
        for (key, value) in pairs {
            // A key that is no text: the loader says so.
            let Some(word) = key.text() else { continue };
            match Key::from_word(word) {
                None => later.versions.push(Version { file, key: key.clone(), value: value.clone() }),
                Some(Key::Rules) => project.rules = self.paths(file, folder, value),
                Some(Key::Targets) => project.targets = self.targets(file, value),
                Some(Key::Output) => project.output = self.folder(file, folder, value, "build"),
                Some(Key::Lints) => project.lints = self.lints(file, folder, value),
                Some(Key::Summaries) => project.options.summaries = self.word(file, word, value, &Summaries::ALL, Summaries::name),
                Some(Key::Macros) => project.options.macros = self.word(file, word, value, &Macros::ALL, Macros::name).unwrap_or_default(),
                Some(Key::Narrow) => {
                    let names = |truth| if truth { "true" } else { "false" };
                    project.options.narrow = self.word(file, word, value, &[false, true], names).unwrap_or_default();
                }
                Some(Key::Lookback) => project.options.lookback = self.lookback(file, value),
                Some(Key::Lists) => project.lists = self.lists(file, folder, value),
                Some(Key::Deploy) => project.deploy = self.deploy(file, value),
                Some(Key::Tests) => project.tests = Some(self.paths(file, folder, value)),
                Some(Key::Snapshots) => project.snapshots = self.folder(file, folder, value, "snapshots"),
                Some(Key::Sources) => later.sources = Some((file, value.clone())),
                Some(Key::Briefs) => project.briefs = self.paths(file, folder, value),
                Some(Key::Templates) => project.templates = self.templates(file, folder, value),
                Some(Key::Schemas) if value.map().is_none() && !value.is_null() => self.pack_files(file, folder, path, value),
                Some(Key::Schemas | Key::Model | Key::Bindings | Key::Attack | Key::Sigma) => continue,
            }
            self.once(file, value);
        }
        self.texts.push((file, true));
        Some(later)
    }

    /// Each key of a mapping once, at whatever depth; in what packs hold too the loader says so.
    fn once(&mut self, file: FileId, node: &Node) {
        let mut known: HashMap<&str, &Node> = HashMap::new();
        for (key, value) in node.map().unwrap_or_default() {
            if let Some(text) = key.text()
                && let Some(earlier) = known.insert(text, key)
            {
                self.findings.push(packs::duplicate_key(span(file, &key.span), text, span(file, &earlier.span)));
            }
            self.once(file, value);
        }
        node.list().unwrap_or_default().iter().for_each(|item| self.once(file, item));
    }

    /// `hunt.md: templates/ours.md`
    fn templates(&mut self, file: FileId, folder: &Path, node: &Node) -> Vec<(&'static str, PathBuf)> {
        let mut templates = Vec::new();
        let Some(pairs) = node.map() else {
            self.findings.push(findings::manifest_shape(span(file, &node.span), "a mapping from names of templates to files,"));
            return templates;
        };
        for (key, value) in pairs {
            let word = key.text().unwrap_or_default();
            let Some(name) = TEMPLATES.into_iter().find(|name| *name == word) else {
                let near = nearest(word, TEMPLATES);
                self.findings.push(findings::manifest_unknown_word(span(file, &key.span), "templates", word, near, &TEMPLATES));
                continue;
            };
            let paths = if value.text().is_some() { self.paths(file, folder, value) } else { Vec::new() };
            match paths.as_slice() {
                [path] => templates.push((name, path.clone())),
                // What is wrong with none was told.
                [] if value.text().is_some() => {}
                [] | [_, ..] => self.findings.push(findings::manifest_shape(span(file, &value.span), "one file")),
            }
        }
        templates
    }

    /// A folder, which need not be there yet.
    fn folder(&mut self, file: FileId, folder: &Path, node: &Node, example: &str) -> Option<PathBuf> {
        let at = span(file, &node.span);
        match node.text().filter(|text| !text.is_empty()) {
            Some(text) if folder.join(text).is_file() => {
                self.findings.push(findings::manifest_path(at, text, "it is a file, and a folder is written to"));
                None
            }
            Some(text) => Some(folder.join(text)),
            None => {
                self.findings.push(findings::manifest_shape(at, &format!("a folder, `{example}`,")));
                None
            }
        }
    }

    /// A text or a list of texts.
    pub(super) fn words(&mut self, file: FileId, node: &Node) -> Vec<(String, Span)> {
        let items = node.list().unwrap_or(std::slice::from_ref(node));
        let mut words = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => words.push((text.to_owned(), span(file, &item.span))),
                None => self.findings.push(findings::manifest_shape(span(file, &item.span), "a text, or a list of texts,")),
            }
        }
        words
    }

    fn paths(&mut self, file: FileId, folder: &Path, node: &Node) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for (text, at) in self.words(file, node) {
            match expand(folder, &text) {
                Ok(found) => paths.extend(found),
                Err(why) => self.findings.push(findings::manifest_path(at, &text, &why)),
            }
        }
        paths
    }

    pub(super) fn targets(&mut self, file: FileId, node: &Node) -> Vec<Target> {
        let mut targets = Vec::new();
        for (text, at) in self.words(file, node) {
            match Target::from_name(&text) {
                Some(target) => targets.push(target),
                None => {
                    let names: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
                    let near = nearest(&text, names.iter().copied());
                    self.findings.push(findings::manifest_unknown_target(at, &text, near, &names));
                }
            }
        }
        targets
    }

    /// `iocs/domains.txt: {sentinel: {watchlist: NAME}}`
    fn lists(&mut self, file: FileId, folder: &Path, node: &Node) -> Vec<(PathBuf, Target, Kept)> {
        let mut lists = Vec::new();
        let Some(pairs) = node.map() else {
            self.findings.push(findings::manifest_shape(span(file, &node.span), "a mapping from list files to targets,"));
            return lists;
        };
        for (path, targets) in pairs {
            let Some(pairs) = targets.map() else {
                self.findings
                    .push(findings::manifest_shape(span(file, &targets.span), "a mapping from targets to where they keep the list,"));
                continue;
            };
            let paths = self.paths(file, folder, path);
            for (target, kept) in pairs {
                let named = self.targets(file, target);
                let (Some(target), Some(path)) = (named.first(), paths.first()) else { continue };
                lists.extend(self.kept(file, *target, kept).map(|kept| (path.clone(), *target, kept)));
            }
        }
        lists
    }

    fn kept(&mut self, file: FileId, target: Target, node: &Node) -> Option<Kept> {
        let forms = Kept::forms(target);
        let pair = match node.map() {
            Some([(form, name)]) => form.text().zip(name.text()),
            Some(_) | None => None,
        };
        let kept = pair.filter(|(form, _)| forms.contains(form)).and_then(|(form, name)| Kept::named(form, name));
        if kept.is_none() {
            self.findings.push(findings::manifest_shape(span(file, &node.span), &findings::kept_forms(forms)));
        }
        kept
    }

    /// `{app: my_app, schedule: 30m}`
    fn deploy(&mut self, file: FileId, node: &Node) -> deploy::Settings {
        let mut settings = deploy::Settings::default();
        let Some(pairs) = node.map() else {
            self.findings.push(findings::manifest_shape(span(file, &node.span), findings::DEPLOY));
            return settings;
        };
        for (key, value) in pairs {
            let name = key.text().unwrap_or_default();
            let Some(known) = deploy::settings::KEYS.iter().find(|known| known.name == name) else {
                let keys: Vec<&str> = deploy::settings::KEYS.iter().map(|known| known.name).collect();
                let near = nearest(name, keys.iter().copied());
                self.findings.push(findings::manifest_unknown_key(span(file, &key.span), name, near, &keys));
                continue;
            };
            let words = self.words(file, value);
            let texts: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
            if settings.set(known, &texts).is_none() {
                self.findings.push(findings::manifest_shape(span(file, &value.span), known.takes));
            }
        }
        settings
    }

    /// One of a few words.
    fn word<T: Copy>(&mut self, file: FileId, key: &str, node: &Node, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        let at = span(file, &node.span);
        let Some(text) = node.text() else {
            self.findings.push(findings::manifest_shape(at, &findings::one_word(&names)));
            return None;
        };
        let found = all.iter().copied().find(|one| name(*one) == text);
        if found.is_none() {
            let near = nearest(text, names.iter().copied());
            self.findings.push(findings::manifest_unknown_word(at, key, text, near, &names));
        }
        found
    }

    /// Files as they are named; of a folder every `*.yaml` and `*.yml` in it. The manifest itself is read anyway.
    fn pack_files(&mut self, file: FileId, folder: &Path, manifest: &Path, node: &Node) {
        let same =
            |one: &Path, other: &Path| one.canonicalize().ok().is_some_and(|one| other.canonicalize().is_ok_and(|other| one == other));
        let mut read: Vec<PathBuf> = Vec::new();
        for (text, at) in self.words(file, node) {
            let found = expand(folder, &text).and_then(|found| {
                let mut files = Vec::new();
                for path in found {
                    if path.is_dir() { files.extend(files_in(&path, &["yaml", "yml"])?) } else { files.push(path) }
                }
                let itself = !files.is_empty() && files.iter().all(|path| same(path, manifest));
                files.retain(|path| !same(path, manifest));
                match files.is_empty() {
                    _ if itself => Err("the manifest itself, which is read anyway".to_owned()),
                    true => Err("no pack (`*.yaml`) is there".to_owned()),
                    false => Ok(files),
                }
            });
            match found {
                Ok(files) => {
                    for path in files {
                        if !read.iter().any(|known| same(known, &path)) {
                            self.pack(&path);
                            read.push(path);
                        }
                    }
                }
                Err(why) => self.findings.push(findings::manifest_path(at, &text, &why)),
            }
        }
    }

    fn pack(&mut self, path: &Path) {
        self.read.push(path.to_owned());
        let name = path.to_string_lossy();
        match read(path) {
            Ok(text) => self.texts.push((self.sources.add(name, text.text), false)),
            Err(failure) => self.findings.push(finding(failure, &name, self.sources)),
        }
    }

    /// `spoor.yaml:3`
    pub(super) fn place(&self, file: FileId, key: &Node) -> String {
        format!("{}:{}", self.sources.name(file), yaml::line(self.sources.text(file), key.span.start))
    }

    /// The packs of all texts on top of `base`.
    fn load(&mut self, base: &Packs) -> Option<Packs> {
        let part = |(file, manifest): &(FileId, bool)| {
            let text = self.sources.text(*file);
            if *manifest { Part::Manifest(text) } else { Part::Pack(text) }
        };
        let parts: Vec<Part<'_>> = self.texts.iter().map(part).collect();
        match schema::load_parts(base, &parts) {
            Ok(packs) => Some(packs),
            Err(mistakes) => {
                let texts = &self.texts;
                self.findings.extend(mistakes.iter().map(|error| packs::mistake(error, texts[error.file].0)));
                None
            }
        }
    }
}

/// The versions that the manifest names, each with the place of its schema among the packs'.
fn choose(versions: &[Version], packs: &Packs, opening: &mut Opening<'_>) -> Vec<(usize, Chosen)> {
    let mut chosen = Vec::new();
    for Version { file, key, value } in versions {
        let name = key.text().unwrap_or_default();
        let Some(index) = packs.schemas.iter().position(|schema| schema.name == name) else {
            let versioned = packs.schemas.iter().filter(|schema| !schema.versions.is_empty()).map(|schema| schema.name.as_ref());
            let keys: Vec<&str> = versioned.chain(Key::ALL.iter().map(|key| key.word())).collect();
            let near = nearest(name, keys.iter().copied());
            opening.findings.push(findings::manifest_unknown_key(span(*file, &key.span), name, near, &keys));
            continue;
        };
        let at = span(*file, if value.is_null() { &key.span } else { &value.span });
        let Some(text) = value.text() else {
            opening.findings.push(findings::manifest_shape(at, "a version, `6.1`,"));
            continue;
        };
        let known: Vec<&str> = packs.schemas[index].versions.iter().map(|version| version.as_ref()).collect();
        if !known.iter().any(|known| version::is_of(text, known)) {
            opening.findings.push(findings::unknown_version(at, name, text, &known));
            continue;
        }
        let place = opening.place(*file, key);
        chosen.push((index, Chosen { version: text.to_owned().into(), place: place.into() }));
    }
    chosen
}

pub(super) fn span(file: FileId, range: &std::ops::Range<usize>) -> Span {
    Span::new(file, range.start, range.end)
}
