//! Generated rules, checked.

pub mod rules;
pub mod several;
pub mod streams;

use spoor::diag::Severity;
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::schema::Packs;

/// About so many rules: those that the checker lets pass. A literal may be none of its type, or a test one that no event can pass.
pub fn rules(packs: &Packs, seed: u64, count: usize) -> Vec<Rule> {
    checked(packs, &rules::text(packs, seed, count), count)
}

/// The same over several events.
pub fn several(packs: &Packs, seed: u64, count: usize) -> Vec<Rule> {
    checked(packs, &several::text(packs, seed, count), count)
}

fn checked(packs: &Packs, text: &str, count: usize) -> Vec<Rule> {
    let workspace = Workspace::text("generated.spoor", text);
    let checked = workspace.check(packs);
    let syntax: Vec<_> =
        checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error && found.code.id().starts_with("E01")).collect();
    assert!(syntax.is_empty(), "{} are not in the language: {:?}", syntax.len(), syntax[0]);
    assert!(checked.rules.len() * 10 > count * 7, "only {} of {count} pass the checker", checked.rules.len());
    checked.rules
}
