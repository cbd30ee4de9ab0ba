//! The rules of SigmaHQ, read from `../shared`: what becomes of them on each target, and that an imported rule is the rule.
//!
//! Without the corpus the tests say so and pass; `.ci/run` sets `SPOOR_SHARED`, and there it must be found.

#[path = "common/shared.rs"]
mod shared;

use std::collections::BTreeMap;

use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::check::Checked;
use spoor::diag::{Code, Severity};
use spoor::project::{Workspace, discover};
use spoor::schema::{Packs, builtin};
use spoor::sigma;
use spoor::syntax;

fn read() -> Option<(Workspace, Packs, Checked)> {
    let folder = shared::shared("corpus/sigma")?;
    let workspace = Workspace::load(discover(&[folder]), builtin());
    let packs = workspace.packs(builtin()).into_owned();
    let checked = workspace.check(&packs);
    Some((workspace, packs, checked))
}

/// Refused for what the rule says, or for want of what a project would say.
const REFUSALS: [(Code, &str); 3] = [
    (Code::PlaceholderWithoutValues, "no project says what the placeholder stands for"),
    (Code::SigmaValue, "a network in a record's data, which is text"),
    (Code::UnknownField, "a name that the head of every record has"),
];

#[test]
fn samples_of_sigma_are_read() {
    let Some((workspace, packs, checked)) = read() else { return };
    let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error).collect();
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    errors.iter().for_each(|found| *counts.entry(found.code).or_default() += 1);
    println!("sigma: {} files, {} rules without an error", workspace.documents.len(), checked.rules.len());
    for (code, count) in &counts {
        let reason = REFUSALS.iter().find(|(known, _)| known == code);
        println!("  {code} {count}: {}", reason.map_or("", |(_, why)| why));
        assert!(reason.is_some(), "{code}: {:?}", errors.iter().find(|found| found.code == *code));
    }
    let options = Options::default();
    for target in Target::ALL.iter().copied() {
        let mut table: BTreeMap<&str, usize> = BTreeMap::new();
        let mut why: BTreeMap<Code, usize> = BTreeMap::new();
        for rule in &checked.rules {
            let lowered = lower(rule, target, &packs, &options);
            *table.entry(lowered.fidelity.name()).or_default() += 1;
            if lowered.fidelity == Fidelity::Refused {
                assert!(!lowered.reasons.is_empty(), "{}: refused without a reason", rule.name);
                *why.entry(lowered.reasons[0].code).or_default() += 1;
            }
        }
        println!("  {}: {table:?}, refused for {why:?}", target.name());
    }
    assert!(checked.rules.len() * 100 >= workspace.documents.len() * 98, "too few rules");
}

#[test]
fn samples_of_sigma_are_the_same_when_imported() {
    let Some((workspace, packs, checked)) = read() else { return };
    let mut text = String::new();
    for document in &workspace.documents {
        let commented = sigma::commented(&document.parsed, workspace.sources.text(document.file), document.file);
        text.push_str(&syntax::format(&commented));
        text.push('\n');
    }
    let imported = Workspace::text("imported.spoor", &text);
    let again = imported.check(&imported.packs(builtin()));
    assert_eq!(again.rules.len(), checked.rules.len());
    let options = Options::default();
    let mut queries = 0;
    for rule in &checked.rules {
        let other = again.rules.iter().find(|other| other.name == rule.name).unwrap_or_else(|| panic!("{} is lost", rule.name));
        assert_eq!(bare(&rule.pattern), bare(&other.pattern), "{}", rule.name);
        for target in Target::ALL.iter().copied() {
            let (yaml, language) = (lower(rule, target, &packs, &options), lower(other, target, &packs, &options));
            assert_eq!((yaml.fidelity, yaml.query), (language.fidelity, language.query), "{}", rule.name);
            queries += 1;
        }
    }
    println!("sigma: {} rules imported, {queries} queries alike", again.rules.len());
}

/// What a rule means, without the places.
fn bare(pattern: &spoor::hir::Pattern) -> String {
    let without = |text: &str, open: &str, close: char| {
        let mut bare = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(open) {
            bare.push_str(&rest[..at]);
            rest = rest[at..].split_once(close).map_or("", |(_, rest)| rest);
        }
        bare + rest
    };
    without(&without(&format!("{pattern:?}"), "Span {", '}'), "from: [", ']')
}
