//! The rules of SigmaHQ, read from `../shared`: what becomes of them on each target, and that an imported rule is the rule.
//!
//! Without the corpus the tests say so and pass; `.ci/run` sets `SPOOR_SHARED`, and there it must be found.

#[path = "common/imported.rs"]
mod imported;
#[path = "common/shared.rs"]
mod shared;

use std::collections::BTreeMap;

use imported::same_when_imported;
use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::check::Checked;
use spoor::diag::{Code, Severity};
use spoor::project::{Workspace, discover};
use spoor::schema::{Packs, builtin};

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
        let mut on_demand = 0;
        for rule in &checked.rules {
            let lowered = lower(rule, target, &packs, &options);
            *table.entry(lowered.fidelity.name()).or_default() += 1;
            if lowered.fidelity == Fidelity::Refused {
                let narrowed = lower(rule, target, &packs, &Options { narrow: true, ..Options::default() });
                assert!(matches!(narrowed.fidelity, Fidelity::Narrowed | Fidelity::Refused), "{}: left out in silence", rule.name);
                on_demand += usize::from(narrowed.fidelity == Fidelity::Narrowed);
                assert!(!lowered.reasons.is_empty(), "{}: refused without a reason", rule.name);
                *why.entry(lowered.reasons[0].code).or_default() += 1;
            }
        }
        println!("  {}: {table:?}, refused for {why:?}, of which narrowed on demand {on_demand}", target.name());
    }
    assert!(checked.rules.len() * 100 >= workspace.documents.len() * 98, "too few rules");
}

#[test]
fn samples_of_sigma_are_the_same_when_imported() {
    let Some((workspace, packs, checked)) = read() else { return };
    let queries = same_when_imported(&workspace, &packs, &checked);
    println!("sigma: {} rules imported, {queries} queries alike", checked.rules.len());
}
