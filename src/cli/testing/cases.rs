//! Which tests a rule has.
//!
//! In: rules, and the tests that stand in files. Out: for each rule its own tests and those of its id, in this order; and what is wrong: tests of
//! no rule, files of events that say nothing. Law: each test is of the rules that it names, and of no other.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::diag::testing::{self, Stated};
use crate::diag::{Diagnostic, render};
use crate::hir::{Event, Rule, TestEvents};
use crate::project::{Recordings, Workspace};
use crate::source::Span;

pub struct Case<'r> {
    pub name: String,
    pub stated: Stated,
    pub given: Given<'r>,
    /// Where it is written.
    pub at: Span,
}

/// Its events.
pub enum Given<'r> {
    Here(&'r [Event]),
    /// The path to be read; as it is written, where it is; and what it is relative to.
    File(PathBuf, Option<(String, &'static str)>),
}

pub struct Cases<'r> {
    /// By rule.
    pub of: Vec<Vec<Case<'r>>>,
    pub findings: Vec<Diagnostic>,
}

impl<'r> Cases<'r> {
    /// `is_sure`: there are no other rules to which a test may belong, and none whose id nobody could read.
    pub fn new(workspace: &Workspace, rules: &'r [Rule], recordings: Recordings, is_sure: bool) -> Cases<'r> {
        let folder = |document: &crate::project::Document| {
            let path = document.path.as_deref().and_then(std::path::Path::parent);
            (document.file, path.map(std::path::Path::to_owned).unwrap_or_default())
        };
        let folders: HashMap<_, PathBuf> = workspace.documents.iter().map(folder).collect();
        let own = |rule: &'r Rule| -> Vec<Case<'r>> {
            let cases = rule.tests.iter().map(|test| Case {
                name: test.name.clone(),
                stated: if test.matches { Stated::Match } else { Stated::NoMatch },
                given: match &test.events {
                    TestEvents::Here(events) => Given::Here(events),
                    TestEvents::From(path) => {
                        let folder = folders.get(&test.span.file).cloned().unwrap_or_default();
                        Given::File(folder.join(path), Some((path.clone(), "the rule file")))
                    }
                },
                at: test.span,
            });
            cases.collect()
        };
        let mut cases = Cases { of: rules.iter().map(own).collect(), findings: recordings.findings };
        // An id is one whatever the case of its letters.
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            let mut names: Vec<String> = rule.meta.id.iter().chain([&rule.name]).map(|name| name.to_lowercase()).collect();
            names.dedup();
            names.into_iter().for_each(|name| known.entry(name).or_default().push(index));
        }
        let mut lost: BTreeMap<String, (Span, usize)> = BTreeMap::new();
        for test in recordings.tests {
            let Some(of) = known.get(&test.rule.to_lowercase()) else {
                if is_sure {
                    lost.entry(test.rule).or_insert((test.rule_at, 0)).1 += 1;
                }
                continue;
            };
            for index in of {
                let relative = "the root of the repository, or to the folder of `info.yml`";
                cases.of[*index].push(Case {
                    name: test.name.clone(),
                    stated: test.stated,
                    given: Given::File(test.events.clone(), test.written.clone().map(|written| (written, relative))),
                    at: test.at,
                });
            }
        }
        cases.findings.extend(lost.iter().map(|(id, (at, tests))| testing::of_no_rule(*at, id, *tests)));
        let strays = recordings.strays.iter().filter(|stray| known.contains_key(&stray.folder.to_lowercase()));
        cases.findings.extend(strays.map(|stray| testing::no_test_name(stray.at, workspace.sources.name(stray.at.file))));
        render::sort(&mut cases.findings, &workspace.sources);
        cases
    }
}
