//! `lints` of `spoor.yaml`: how grave a finding is.
//!
//! In: the node; and findings. Out: [`Lints`], which takes those away that are allowed and gives others their level. What stands for a path
//! goes before what stands for all, of paths the later one, and the command line before both; so it is with `warnings`, and a code that any of them names is none
//! of those. Law: only lints have levels. An error stays one, and no finding that stays loses a word.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::expand::{covers, expand, parts};
use super::manifest::{Opening, span};
use crate::diag::levels::{self, NoLevel, WARNINGS};
use crate::diag::{Code, Diagnostic, Severity, project as findings};
use crate::source::{FileId, Sources, Span};
use crate::yaml::Node;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Not shown.
    Allow,
    /// Shown as a warning, whatever denies all warnings.
    Warn,
    /// An error.
    Deny,
}

impl Level {
    pub const ALL: [Level; 3] = [Level::Deny, Level::Warn, Level::Allow];

    pub fn word(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

/// What one mapping, or the command line, says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    pub named: BTreeMap<Code, Level>,
    /// Whether a warning that no code is named for fails the run; None: that is said elsewhere, or not at all.
    pub warnings: Option<bool>,
}

#[derive(Clone, Debug, Default)]
pub struct Lints {
    /// Of the manifest, from the working folder.
    folder: PathBuf,
    /// A later one goes before those above it. None: of every path.
    levels: Vec<(Option<Vec<String>>, Levels)>,
}

/// Of each finding, in their order: whether it fails the run.
#[derive(Clone, Debug, Default)]
pub struct Failing(Vec<bool>);

impl Failing {
    pub fn any(&self) -> bool {
        self.0.contains(&true)
    }

    pub fn each(&self) -> &[bool] {
        &self.0
    }
}

impl Lints {
    /// With what the command line says over it.
    pub fn under(&self, levels: Levels) -> Lints {
        let mut all = self.clone();
        all.levels.push((None, levels));
        all
    }

    /// The patterns of paths that no file below the manifest's folder has, neither one of these nor another.
    pub fn idle(&self, sources: &Sources) -> Vec<String> {
        let mut left: Vec<&Vec<String>> = self.levels.iter().filter_map(|(pattern, _)| pattern.as_ref()).collect();
        // Rules are not all that a level is for: tests have findings too.
        forget_met(&self.folder, &mut Vec::new(), &mut left);
        if !left.is_empty() {
            // What is read through a link.
            let mut known = Known::new(self, sources);
            let files: Vec<Vec<String>> = sources.ids().map(|file| known.path(file)).collect();
            left.retain(|pattern| !files.iter().any(|path| covers(pattern, path)));
        }
        left.into_iter().map(|pattern| pattern.join("/")).collect()
    }

    /// Takes away what is allowed, and gives the others their level.
    pub fn apply(&self, found: &mut Vec<Diagnostic>, sources: &Sources) {
        if self.levels.iter().all(|(_, levels)| levels.named.is_empty()) {
            return;
        }
        let mut known = Known::new(self, sources);
        let leveled = std::mem::take(found).into_iter().filter_map(|finding| match self.named(&finding, &mut known) {
            None => Some(finding),
            Some(Level::Allow) => None,
            Some(Level::Warn) => Some(finding.at_level(Severity::Warning)),
            Some(Level::Deny) => Some(finding.at_level(Severity::Error)),
        });
        *found = leveled.collect();
    }

    /// Which of the findings fail the run.
    pub fn denied(&self, found: &[Diagnostic], sources: &Sources) -> Failing {
        let mut known = Known::new(self, sources);
        Failing(found.iter().map(|finding| self.denies(finding, &mut known)).collect())
    }

    fn denies(&self, finding: &Diagnostic, known: &mut Known<'_>) -> bool {
        match finding.severity() {
            Severity::Error => true,
            Severity::Note => false,
            Severity::Warning => {
                self.named(finding, known).is_none() && self.of(finding, known).find_map(|levels| levels.warnings) == Some(true)
            }
        }
    }

    fn named(&self, finding: &Diagnostic, known: &mut Known<'_>) -> Option<Level> {
        if !finding.code.is_lint() {
            return None;
        }
        self.of(finding, known).find_map(|levels| levels.named.get(&finding.code).copied())
    }

    /// What is said of the file of a finding, the nearest first.
    fn of<'l>(&'l self, finding: &Diagnostic, known: &mut Known<'_>) -> impl Iterator<Item = &'l Levels> + use<'l> {
        let path = if self.levels.iter().any(|(pattern, _)| pattern.is_some()) { known.path(finding.span().file) } else { Vec::new() };
        let is_of = move |pattern: &Option<Vec<String>>| pattern.as_ref().is_none_or(|pattern| covers(pattern, &path));
        self.levels.iter().rev().filter(move |(pattern, _)| is_of(pattern)).map(|(_, levels)| levels)
    }
}

/// Takes those patterns away that fit a file below a folder, whose names from the top down are `path`.
fn forget_met(folder: &Path, path: &mut Vec<String>, patterns: &mut Vec<&Vec<String>>) {
    let at = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = if patterns.is_empty() { None } else { std::fs::read_dir(at).ok() };
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        path.push(name.to_string_lossy().into_owned());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => forget_met(&entry.path(), path, patterns),
            _ => patterns.retain(|pattern| !covers(pattern, path)),
        }
        path.pop();
    }
}

/// The paths of files, from the manifest's folder.
struct Known<'l> {
    folder: &'l Path,
    sources: &'l Sources,
    paths: BTreeMap<FileId, Vec<String>>,
}

impl<'l> Known<'l> {
    fn new(lints: &'l Lints, sources: &'l Sources) -> Known<'l> {
        Known { folder: &lints.folder, sources, paths: BTreeMap::new() }
    }

    /// The names from the folder of the manifest down; none of a file that is not below it.
    fn path(&mut self, file: FileId) -> Vec<String> {
        let (folder, sources) = (self.folder, self.sources);
        self.paths.entry(file).or_insert_with(|| below(folder, Path::new(sources.name(file))).unwrap_or_default()).clone()
    }
}

/// As the paths are written, or, through a link, where they lead.
fn below(folder: &Path, path: &Path) -> Option<Vec<String>> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let real = here.canonicalize().ok()?;
    let written = std::path::absolute(path).ok()?;
    [written.clone(), written.canonicalize().unwrap_or(written)].into_iter().find_map(|path| {
        let below = path.strip_prefix(&real).ok()?;
        let names = below.components().map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        });
        names.collect::<Option<Vec<String>>>()
    })
}

impl Opening<'_> {
    /// `{deny: [..], warn: [..], allow: [..], paths: {PATH: {deny: ..}}}`
    pub(super) fn lints(&mut self, file: FileId, folder: &Path, node: &Node) -> Lints {
        let mut lints = Lints { folder: folder.to_owned(), levels: Vec::new() };
        let Some(pairs) = node.map() else {
            self.findings.push(findings::manifest_shape(span(file, &node.span), levels::LINTS));
            return lints;
        };
        let (paths, general): (Vec<_>, Vec<_>) = pairs.iter().partition(|(key, _)| key.text() == Some("paths"));
        lints.levels.push((None, self.levels(file, general, true)));
        for (_, node) in paths {
            self.lint_paths(file, folder, node, &mut lints);
        }
        lints
    }

    fn lint_paths(&mut self, file: FileId, folder: &Path, node: &Node, lints: &mut Lints) {
        let Some(pairs) = node.map() else {
            self.findings.push(findings::manifest_shape(span(file, &node.span), levels::LINT_PATHS));
            return;
        };
        for (pattern, node) in pairs {
            let (Some(text), Some(pairs)) = (pattern.text(), node.map()) else {
                let wrong = if pattern.text().is_none() { pattern } else { node };
                self.findings.push(findings::manifest_shape(span(file, &wrong.span), levels::LINT_PATHS));
                continue;
            };
            if Path::new(text).components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
                self.findings.push(findings::manifest_path(
                    span(file, &pattern.span),
                    text,
                    "only what is below this folder has levels here",
                ));
                continue;
            }
            // A pattern may fit a file of tomorrow; a name that is not there is a slip.
            if !text.contains('*')
                && let Err(why) = expand(folder, text)
            {
                self.findings.push(findings::manifest_path(span(file, &pattern.span), text, &why));
            }
            let levels = self.levels(file, pairs.iter().collect(), false);
            lints.levels.push((Some(parts(text)), levels));
        }
    }

    fn levels(&mut self, file: FileId, pairs: Vec<&(Node, Node)>, general: bool) -> Levels {
        let mut all = Levels::default();
        let mut first: BTreeMap<Code, Span> = BTreeMap::new();
        let mut warnings: Option<Span> = None;
        for (key, value) in pairs {
            let at = span(file, &key.span);
            let Some(level) = Level::ALL.into_iter().find(|level| key.text() == Some(level.word())) else {
                let words = Level::ALL.map(Level::word);
                let keys: Vec<&str> = words.iter().copied().chain(general.then_some("paths")).collect();
                self.findings.push(levels::unknown_key(at, key.text().unwrap_or_default(), &keys));
                continue;
            };
            for (text, at) in self.words(file, value) {
                match (levels::lint(&text), level) {
                    (Ok(code), _) => {
                        if let Some(earlier) = first.get(&code) {
                            self.findings.push(levels::two_levels(at, code.id(), *earlier));
                        }
                        first.entry(code).or_insert(at);
                        all.named.insert(code, level);
                    }
                    (Err(NoLevel::Warnings), Level::Deny | Level::Warn) => {
                        if let Some(earlier) = warnings {
                            self.findings.push(levels::two_levels(at, WARNINGS, earlier));
                        }
                        warnings.get_or_insert(at);
                        all.warnings = Some(level == Level::Deny);
                    }
                    (Err(why), _) => self.findings.push(levels::no_level(at, &text, why)),
                }
            }
        }
        all
    }
}

/// What a run says by its flags: the code that it gives two levels, if there is one.
pub fn of_flags(deny: &[Denied], warn: &[Code], allow: &[Code]) -> Result<Levels, Code> {
    let mut all = Levels::default();
    let mut name = |code: Code, level: Level| match all.named.insert(code, level) {
        Some(other) if other != level => Err(code),
        Some(_) | None => Ok(()),
    };
    for denied in deny {
        match denied {
            Denied::Lint(code) => name(*code, Level::Deny)?,
            Denied::Warnings | Denied::Errors => {}
        }
    }
    warn.iter().try_for_each(|code| name(*code, Level::Warn))?;
    allow.iter().try_for_each(|code| name(*code, Level::Allow))?;
    all.warnings = deny.contains(&Denied::Warnings).then_some(true);
    Ok(all)
}

/// What `--deny` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// As ever.
    Errors,
    Warnings,
    Lint(Code),
}

impl Denied {
    pub fn parse(text: &str) -> Result<Denied, String> {
        match text {
            "error" | "errors" => Ok(Denied::Errors),
            "warning" | WARNINGS => Ok(Denied::Warnings),
            text => code(text).map(Denied::Lint),
        }
    }
}

/// What `--warn` and `--allow` take.
pub fn code(text: &str) -> Result<Code, String> {
    levels::lint(text).map_err(|why| levels::in_a_line(text, why))
}
