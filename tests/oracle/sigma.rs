//! The rules of SigmaHQ, where they lie beside the project: their queries parsed, and executed on events made for each.
//!
//! In: `corpus/sigma` of the folder that `SPOOR_SHARED` names. Out: failures. Law: no KQL query has an error for Microsoft's parser; of the
//! categories with the most rules, a query returns what the reference says, as far as its fidelity promises. Executing takes a second for
//! three of them, so each run asks [`EACH`] rules a category, evenly over all; `SPOOR_SIGMA=all` asks every one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use spoor::backend::Target;
use spoor::hir::Rule;
use spoor::project::{Workspace, discover};
use spoor::schema::{Packs, builtin};

use crate::many::{case, judged};
use crate::regexes;
use crate::rules::Written;
use crate::shared::shared;
use crate::verdicts::{KQL, parsed};

/// Categories, by their number of rules.
const CATEGORIES: usize = 5;
const EACH: usize = 24;
/// For each rule.
const EVENTS: usize = 8;

fn read() -> Option<(Workspace, Packs)> {
    let workspace = Workspace::load(discover(&[shared("corpus/sigma")?]), builtin());
    let packs = workspace.packs(builtin()).into_owned();
    Some((workspace, packs))
}

#[test]
fn microsofts_parser_finds_no_error_in_sigma() {
    let Some((workspace, packs)) = read() else { return };
    let written = |rule: Rule| Written { path: Path::new(workspace.sources.name(rule.span.file)).to_owned(), rule };
    let rules: Vec<Written> = workspace.check(&packs).rules.into_iter().map(written).collect();
    let (mut patterns, mut failures) = (BTreeSet::new(), Vec::new());
    if parsed(&rules, &packs, &KQL, &mut patterns, &mut failures) {
        println!("sigma: {} rules", rules.len());
        failures.extend(regexes::refused("re2", &patterns));
    }
    assert!(failures.is_empty(), "{} errors\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn rules_of_sigma_return_what_the_reference_says() {
    let Some((workspace, packs)) = read() else { return };
    let rules = workspace.check(&packs).rules;
    let mut cases = Vec::new();
    for (name, rules) in largest(&rules, &workspace) {
        let every = if std::env::var("SPOOR_SIGMA").is_ok_and(|which| which == "all") { 1 } else { rules.len().div_ceil(EACH) };
        let some: Vec<&Rule> = rules.iter().step_by(every).copied().collect();
        println!("sigma: {} of {} rules of {name}", some.len(), rules.len());
        for (seed, rule) in some.into_iter().enumerate() {
            cases.extend(Target::ALL.iter().filter_map(|target| case(rule, *target, &packs, seed as u64, EVENTS)));
        }
    }
    for (target, counts) in judged("sigma", &cases, &packs) {
        assert!(counts.matching > 0 && counts.refused * 20 < counts.exact + counts.widened + counts.narrowed, "{target}: {counts:?}");
    }
}

/// The categories of log sources with the most rules, and these in the order of their files.
fn largest<'r>(rules: &'r [Rule], workspace: &Workspace) -> Vec<(String, Vec<&'r Rule>)> {
    let mut by_category: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        let text = workspace.sources.text(rule.span.file);
        let category = text.lines().find_map(|line| line.trim_start().strip_prefix("category:"));
        if let Some(category) = category {
            by_category.entry(category.trim().to_owned()).or_default().push(rule);
        }
    }
    let mut largest: Vec<_> = by_category.into_iter().collect();
    largest.sort_by_key(|(_, rules)| std::cmp::Reverse(rules.len()));
    largest.truncate(CATEGORIES);
    largest
}
