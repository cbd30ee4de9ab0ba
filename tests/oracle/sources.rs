//! Where a site states what feeds a target: the queries over the makers' own tables, parsed, and executed on rows made for each rule.
//!
//! In: the manifests of tests/sources; the rules of the corpus and one for each field of the model. Out: failures. Law: as for any query; and
//! a table of one maker holds the event as the reference reads it, whatever a parser of several would make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::project::open;
use spoor::schema::{Packs, builtin};
use spoor::source::Sources;

use crate::batch::{Outcome, execute};
use crate::engines::root;
use crate::rules::{self, Written};
use crate::verdicts::{judge, of_the_rules, parsed};
use crate::vocabulary;

/// A manifest, the target that it speaks of, and packs with the fields that the rules name.
fn sites() -> Vec<(&'static str, Target, Packs)> {
    let sites = [("sysmon", Target::Sentinel), ("defender", Target::Sentinel), ("security", Target::Sentinel), ("splunk", Target::Splunk)];
    let packs = |site: &str| {
        let manifest = root().join(format!("tests/sources/{site}.yaml"));
        let project = open(builtin(), Some(&manifest), &[], &mut Sources::default()).unwrap_or_else(|found| panic!("{site}: {found:#?}"));
        rules::opened(&project.packs.expect("packs"))
    };
    sites.into_iter().map(|(site, target)| (site, target, packs(site))).collect()
}

/// Without the rows beside a file, which are those of other tables. What is bound as another target has it is executed there.
fn asked(target: Target, packs: &Packs) -> Vec<Written> {
    let is_own = packs.binding(target.schemas()[0], packs.model.class("process").expect("a class"));
    let is_own = is_own.is_some_and(|binding| binding.containers.iter().any(|container| container.table == "Event"));
    let mut all = if is_own { rules::under(&["tests/corpus", "examples"], packs) } else { Vec::new() };
    all.iter_mut().for_each(|written| written.path = PathBuf::new());
    all.extend(vocabulary::rules(packs));
    all
}

/// Those over what the site states: the others are executed as they are without it.
fn changed(target: Target, packs: &Packs) -> Vec<Written> {
    let before = rules::packs();
    let differs = |written: &Written| {
        let query = |packs: &Packs| lower(&written.rule, target, packs, &Options::default()).query;
        query(packs) != query(before)
    };
    asked(target, packs).into_iter().filter(differs).collect()
}

#[test]
fn microsofts_parser_finds_no_error_in_queries_of_sources() {
    let (mut patterns, mut failures) = (BTreeSet::new(), Vec::new());
    for (site, target, packs) in sites() {
        println!("{site}:");
        if target != Target::Splunk && !parsed(&changed(target, &packs), &packs, &[target], &mut patterns, &mut failures) {
            return;
        }
    }
    assert!(failures.is_empty(), "{} errors\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn queries_of_stated_sources_return_what_is_said() {
    let mut failures = Vec::new();
    for (site, target, packs) in sites() {
        let cases = of_the_rules(&changed(target, &packs), &[target], &packs);
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut tables: BTreeSet<String> = BTreeSet::new();
        for (case, outcome) in cases.iter().zip(execute(&cases, &packs)) {
            let count = counts.entry(case.fidelity.name()).or_default();
            match outcome {
                None | Some(Outcome::Refused(_)) => {}
                Some(Outcome::Broken(message)) => failures.push(format!("{site}: {}: {message}\n{}", case.rule, case.query)),
                Some(Outcome::Found { rows, count: found }) => {
                    count.0 += 1;
                    count.1 += case.rows.iter().filter(|row| row.matches).count();
                    if case.fidelity == Fidelity::Exact {
                        tables.extend(case.rows.iter().filter(|row| row.matches).map(|row| row.table.clone()));
                    }
                    failures.extend(judge(case, rows.as_ref(), found).map(|failure| format!("{site}: {failure}")));
                }
            }
        }
        println!("{site}: {counts:?} in {tables:?}");
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}
