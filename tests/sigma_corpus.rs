//! The rules of SigmaHQ, read from `../shared`: what becomes of them on each target, and that an imported rule is the rule.
//!
//! Without the corpus the tests say so and pass; `.ci/run` sets `SPOOR_SHARED`, and there it must be found.

#[path = "common/imported.rs"]
mod imported;
#[path = "common/shared.rs"]
mod shared;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imported::same_when_imported;
use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::check::Checked;
use spoor::diag::{Code, Severity};
use spoor::hir::Rule;
use spoor::project::{Workspace, discover, open};
use spoor::schema::{Packs, builtin};
use spoor::source::Sources;

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
    let files = workspace.documents.len();
    let mut table = table(&checked.rules, &packs, files);
    table.push_str(&of_sites(&workspace, files));
    print!("{table}");
    kept(&table);
    assert!(checked.rules.len() * 100 >= workspace.documents.len() * 98, "too few rules");
}

/// The same where a site states what feeds a target.
fn of_sites(workspace: &Workspace, files: usize) -> String {
    let mut text = String::new();
    for (site, target) in [("sysmon", Target::Sentinel), ("defender", Target::Sentinel), ("splunk", Target::Splunk)] {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sources/{site}.yaml"));
        let project = open(builtin(), Some(&manifest), &[], &mut Sources::default()).unwrap_or_else(|found| panic!("{site}: {found:#?}"));
        let packs = project.packs.expect("the manifest changes the packs");
        let packs = workspace.packs(&packs).into_owned();
        let rules = workspace.check(&packs).rules;
        text.push_str(&format!("with tests/sources/{site}.yaml: "));
        text.push_str(&of_target(&rules, target, &packs, files));
    }
    text
}

/// How many rules each target says how faithfully, and why not exactly: a rule counts once under each of its reasons.
fn table(rules: &[Rule], packs: &Packs, files: usize) -> String {
    Target::ALL.iter().map(|target| of_target(rules, *target, packs, files)).collect()
}

fn of_target(rules: &[Rule], target: Target, packs: &Packs, files: usize) -> String {
    let (options, narrow) = (Options::default(), Options { narrow: true, ..Options::default() });
    let mut text = String::new();
    let mut counts: BTreeMap<Fidelity, usize> = BTreeMap::new();
    let mut why: BTreeMap<(Fidelity, String), usize> = BTreeMap::new();
    let mut on_demand = 0;
    for rule in rules {
        let lowered = lower(rule, target, packs, &options);
        *counts.entry(lowered.fidelity).or_default() += 1;
        let reasons: BTreeSet<String> = lowered.reasons.iter().map(|reason| format!("{} {}", reason.code, reason.title)).collect();
        assert!(lowered.fidelity == Fidelity::Exact || !reasons.is_empty(), "{}: not exact without a reason", rule.name);
        reasons.into_iter().for_each(|reason| *why.entry((lowered.fidelity, reason)).or_default() += 1);
        if lowered.fidelity == Fidelity::Refused {
            let narrowed = lower(rule, target, packs, &narrow);
            assert!(matches!(narrowed.fidelity, Fidelity::Narrowed | Fidelity::Refused), "{}: left out in silence", rule.name);
            on_demand += usize::from(narrowed.fidelity == Fidelity::Narrowed);
        }
    }
    let share = |count: usize| format!("{count} ({:.1} %)", 100.0 * count as f64 / files as f64);
    text.push_str(&format!("{} of {files} files\n", target.name()));
    for (fidelity, count) in &counts {
        text.push_str(&format!("  {} {}\n", fidelity.name(), share(*count)));
        let mut why: Vec<_> = why.iter().filter(|((of, _), _)| of == fidelity).collect();
        why.sort_by_key(|((_, reason), count)| (Reverse(**count), reason.clone()));
        why.iter().for_each(|((_, reason), count)| text.push_str(&format!("    {count:>4} {reason}\n")));
    }
    text.push_str(&format!("  narrowed if asked for, of the refused: {on_demand}\n"));
    text
}

/// The table as people have read it: a change of it wants an eye. `SPOOR_UPDATE=1` writes it.
fn kept(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sigma_corpus.txt");
    if std::env::var_os("SPOOR_UPDATE").is_some() {
        std::fs::write(&path, table).expect("the table can be written");
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let changed = table.lines().filter(|line| !known.lines().any(|known| known == *line)).take(12).collect::<Vec<_>>().join("\n");
    assert!(table == known, "tests/sigma_corpus.txt says otherwise (SPOOR_UPDATE=1 writes it; read the difference):\n{changed}");
}

#[test]
fn samples_of_sigma_are_the_same_when_imported() {
    let Some((workspace, packs, checked)) = read() else { return };
    let queries = same_when_imported(&workspace, &packs, &checked);
    println!("sigma: {} rules imported, {queries} queries alike", checked.rules.len());
}
