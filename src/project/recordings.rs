//! The tests that stand beside rules: events in files, by the id of their rule.
//!
//! In: folders. Out: each test, with the rule it is of, what it states, and where that is said; and what is wrong with their descriptions.
//! Two forms, one beside the other: `<folder>/../<rule id>/NAME.match.jsonl` and `NAME.no_match.jsonl`, where the names of folder and file say
//! all; and `info.yml` as SigmaHQ's `regression_data` has it, which names rules, recordings and how many matches there are. A rule without an id
//! goes by its name. Law: nothing that looks like a test is passed over in silence; no event is read here.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::find::{folder_of, from_here};
use super::manifest::span;
use super::read::{read, reason};
use super::workspace::{finding, shown};
use crate::diag::testing::{self, Stated};
use crate::diag::{Diagnostic, packs};
use crate::schema::nearest;
use crate::source::{FileId, Sources, Span};
use crate::yaml::{self, Node};

/// What a folder of tests is called where nobody says it: ours, and SigmaHQ's.
const FOLDERS: [&str; 2] = ["tests", "regression_data"];
/// How files of events end, as `spoor match` knows them.
const ENDINGS: [&str; 8] = ["json", "jsonl", "ndjson", "evtx", "csv", "log", "gz", "zst"];
/// Of a test in `info.yml`.
const KEYS: [&str; 5] = ["name", "type", "provider", "match_count", "path"];

/// A test in a file.
#[derive(Debug)]
pub struct Recorded {
    /// The id of its rule, or the name.
    pub rule: String,
    pub name: String,
    pub stated: Stated,
    pub events: PathBuf,
    /// As it is written in `info.yml`; None: the file says all by its name.
    pub written: Option<String>,
    /// Where the events are named.
    pub at: Span,
    /// Where the rule is.
    pub rule_at: Span,
}

/// A file of events that says by nothing what is to be found in it.
pub struct Stray {
    /// The name of its folder.
    pub folder: String,
    pub at: Span,
}

#[derive(Default)]
pub struct Recordings {
    pub tests: Vec<Recorded>,
    pub strays: Vec<Stray>,
    pub findings: Vec<Diagnostic>,
}

/// The folders that are looked into where none is named: those of the project; else those between the paths and the folder of the repository,
/// or the working folder.
pub fn folders(root: Option<&Path>, paths: &[PathBuf]) -> Vec<PathBuf> {
    let inside = |folder: &Path| FOLDERS.map(|name| folder.join(name)).into_iter().filter(|folder| folder.is_dir());
    if let Some(root) = root {
        return inside(root).collect();
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let mut known = HashSet::new();
    let mut found = Vec::new();
    for path in paths {
        let Ok(real) = folder_of(path).canonicalize() else { continue };
        let repository = real.ancestors().find(|folder| folder.join(".git").exists());
        // Where neither is above it, nobody knows how far up is meant.
        let top = repository.or(here.as_deref().filter(|here| real.starts_with(here))).unwrap_or(&real);
        let between = real.ancestors().take_while(|folder| folder.starts_with(top));
        let between = between.filter(|folder| known.insert(folder.to_path_buf()));
        found.extend(between.flat_map(inside).map(|folder| from_here(&folder)));
    }
    found
}

/// Every test below the folders, in the order of their paths.
pub fn recordings(folders: &[PathBuf], sources: &mut Sources) -> Recordings {
    let mut reading = Reading { sources, found: Recordings::default(), entered: HashSet::new() };
    folders.iter().for_each(|folder| reading.folder(folder));
    reading.found
}

struct Reading<'s> {
    sources: &'s mut Sources,
    found: Recordings,
    /// By their true paths: one folder may be named twice, or stand in another.
    entered: HashSet<PathBuf>,
}

impl Reading<'_> {
    fn folder(&mut self, folder: &Path) {
        let entries = folder.canonicalize().and_then(|real| Ok((real, std::fs::read_dir(folder)?)));
        let (real, entries) = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let name = shown(folder);
                let at = Span::new(self.sources.add(name.as_str(), ""), 0, 0);
                return self.found.findings.push(testing::unreadable_file(at, &name, &reason(&error)));
            }
        };
        if !self.entered.insert(real) {
            return;
        }
        let mut files = Vec::new();
        let mut below = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    below.push(folder.join(&name));
                    if is_of_tests(&name.to_string_lossy()) {
                        let path = shown(&folder.join(&name));
                        let at = Span::new(self.sources.add(path.as_str(), ""), 0, 0);
                        let why = reason(&std::io::ErrorKind::IsADirectory.into());
                        self.found.findings.push(testing::unreadable_file(at, &path, &why));
                    }
                }
                Ok(_) => files.push(name.to_string_lossy().into_owned()),
                Err(_) => {}
            }
        }
        files.sort();
        below.sort();
        self.files(folder, &files);
        below.iter().for_each(|folder| self.folder(folder));
    }

    fn files(&mut self, folder: &Path, files: &[String]) {
        let own = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let info = files.iter().find(|name| *name == "info.yml" || *name == "info.yaml");
        for name in files.iter().filter(|name| is_of_events(name)) {
            let path = folder.join(name);
            let mut at = || Span::new(self.sources.add(shown(&path), ""), 0, 0);
            match by_name(name) {
                Some((test, stated)) => {
                    let at = at();
                    let (rule, name) = (own.clone(), test.to_owned());
                    self.found.tests.push(Recorded { rule, name, stated, events: path, written: None, at, rule_at: at });
                }
                // What `info.yml` does not name stands beside what it names: the same events in another form.
                None if info.is_some() => {}
                None => {
                    let at = at();
                    self.found.strays.push(Stray { folder: own.clone(), at });
                }
            }
        }
        if let Some(info) = info {
            self.info(folder, &folder.join(info));
        }
    }

    fn info(&mut self, folder: &Path, path: &Path) {
        let text = match read(path) {
            Ok(text) => text.text,
            Err(failure) => return self.found.findings.push(finding(failure, &shown(path), self.sources)),
        };
        let file = self.sources.add(shown(path), text);
        let documents = match yaml::parse(self.sources.text(file)) {
            Ok(documents) => documents,
            Err(error) => return self.found.findings.push(packs::yaml(span(file, &error.span), &error.problem)),
        };
        let mut info = Info { file, folder, findings: Vec::new(), tests: Vec::new() };
        for document in &documents {
            info.document(document);
        }
        self.found.findings.append(&mut info.findings);
        self.found.tests.append(&mut info.tests);
    }
}

/// One `info.yml`.
struct Info<'i> {
    file: FileId,
    folder: &'i Path,
    findings: Vec<Diagnostic>,
    tests: Vec<Recorded>,
}

impl Info<'_> {
    fn wrong(&mut self, node: &Node, wanted: &str) {
        self.findings.push(testing::info_shape(span(self.file, &node.span), wanted));
    }

    fn document(&mut self, root: &Node) {
        let Some(pairs) = root.map() else { return self.wrong(root, "a mapping with `rule_metadata` and `regression_tests_info`") };
        let of = |key: &str| pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value);
        // A description without tests is one that waits for them.
        let Some(tests) = of("regression_tests_info").filter(|tests| !tests.is_null()) else { return };
        let Some(tests) = tests.list() else { return self.wrong(tests, "a list of tests") };
        let rules: Vec<&Node> = match of("rule_metadata").map(|rules| rules.list().unwrap_or(std::slice::from_ref(rules))) {
            Some(rules) => rules.iter().filter_map(|rule| pair(rule, "id")).filter(|id| id.text().is_some()).collect(),
            None => Vec::new(),
        };
        if rules.is_empty() && !tests.is_empty() {
            return self.wrong(of("rule_metadata").unwrap_or(root), "the `id` of the rule, as `rule_metadata: [{id: ..}]`,");
        }
        for test in tests {
            self.test(test, &rules);
        }
    }

    fn test(&mut self, test: &Node, rules: &[&Node]) {
        let Some(pairs) = test.map() else { return self.wrong(test, "a mapping, `path: ..`,") };
        for (key, _) in pairs {
            let name = key.text().unwrap_or_default();
            if !KEYS.contains(&name) {
                self.findings.push(testing::info_key(span(self.file, &key.span), name, nearest(name, KEYS), &KEYS));
            }
        }
        let Some(path) = pair(test, "path") else { return self.wrong(test, "the `path` of the events") };
        let Some(written) = path.text().filter(|text| !text.is_empty()) else { return self.wrong(path, "the path of the events") };
        let stated = match pair(test, "match_count").filter(|count| !count.is_null()) {
            None => Stated::Match,
            Some(count) => match count.text().and_then(|text| text.parse().ok()) {
                Some(0) => Stated::NoMatch,
                Some(count) => Stated::Count(count),
                None => return self.wrong(count, "how many matches there are, a number,"),
            },
        };
        let name = pair(test, "name").and_then(Node::text).unwrap_or(written);
        for rule in rules {
            self.tests.push(Recorded {
                rule: rule.text().unwrap_or_default().to_owned(),
                name: name.to_owned(),
                stated,
                events: self.events(written),
                written: Some(written.to_owned()),
                at: span(self.file, &path.span),
                rule_at: span(self.file, &rule.span),
            });
        }
    }

    /// A path from the root of the repository, wherever that is; or from the folder of the description. Where a copy of the recordings has another
    /// name than theirs (`regression_data`), the recording still stands beside its description.
    fn events(&self, written: &str) -> PathBuf {
        let real = self.folder.canonicalize().unwrap_or_default();
        let above = self.folder.ancestors().chain(real.ancestors());
        let beside = Path::new(written).file_name().map(|name| self.folder.join(name));
        let mut there = above.map(|folder| folder.join(written)).chain(beside).filter(|path| path.exists());
        there.next().unwrap_or_else(|| self.folder.join(written))
    }
}

fn pair<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.map()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
}

/// Whether a file of this name is a test, or says which there are.
pub fn is_of_tests(name: &str) -> bool {
    matches!(name, "info.yml" | "info.yaml") || is_of_events(name) && by_name(name).is_some()
}

fn is_of_events(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// `download.no_match.jsonl.gz`: the name of the test, and what it states.
fn by_name(name: &str) -> Option<(&str, Stated)> {
    let mut rest = name;
    while let Some((before, last)) = rest.rsplit_once('.') {
        match last {
            "match" => return Some((before, Stated::Match)),
            "no_match" => return Some((before, Stated::NoMatch)),
            _ if ENDINGS.iter().any(|known| last.eq_ignore_ascii_case(known)) => rest = before,
            _ => return None,
        }
    }
    match rest {
        "match" => Some((rest, Stated::Match)),
        "no_match" => Some((rest, Stated::NoMatch)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_stated() {
        assert_eq!(by_name("a b.match.jsonl"), Some(("a b", Stated::Match)));
        assert_eq!(by_name("x.y.no_match.evtx.gz"), Some(("x.y", Stated::NoMatch)));
        assert_eq!(by_name("match.json"), Some(("match", Stated::Match)));
        assert_eq!(by_name("rematch.json"), None);
        assert_eq!(by_name("x.match.old.json"), None);
    }
}
