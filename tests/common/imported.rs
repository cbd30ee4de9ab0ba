//! An imported rule is the rule: what `spoor import` writes of YAML means what the YAML did, to the byte of every query.

use std::collections::BTreeMap;

use spoor::backend::{Options, Target, lower};
use spoor::check::Checked;
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::schema::{Packs, builtin};
use spoor::syntax;

/// The rules of the text that is written for these documents, beside those that they are; how many queries were compared.
pub fn same_when_imported(workspace: &Workspace, packs: &Packs, checked: &Checked) -> usize {
    let mut text = String::new();
    for readable in workspace.readable(packs, |_| true).iter().flatten().flatten() {
        let written = read(&syntax::format(readable));
        assert_eq!(written.comments.len(), readable.comments.len(), "a comment is lost: {:?}", readable.comments);
        let again = syntax::format(&written);
        assert_eq!(syntax::format(&read(&again)), again, "`spoor fmt` would change it");
        text.push_str(&again);
        text.push('\n');
    }
    let imported = Workspace::text("imported.spoor", &text);
    // Names of data in records are fields of the packs that the rules ask for.
    let again = imported.check(&imported.packs(builtin()));
    let told = |checked: &Checked| {
        // What is told of YAML alone is of the family of Sigma.
        let codes = checked.diagnostics.iter().map(|found| found.code.to_string()).filter(|code| !code.starts_with("E07"));
        codes.fold(BTreeMap::new(), |mut all: BTreeMap<String, usize>, code| {
            *all.entry(code).or_default() += 1;
            all
        })
    };
    assert_eq!(told(&again), told(checked), "{text}");
    assert_eq!(again.rules.len(), checked.rules.len(), "{text}");
    let options = Options::default();
    let mut queries = 0;
    for rule in &checked.rules {
        let other = again.rules.iter().find(|other| other.name == rule.name).unwrap_or_else(|| panic!("{} is lost", rule.name));
        assert_eq!(bare(rule), bare(other), "{}", rule.name);
        for target in Target::ALL.iter().copied() {
            let (yaml, language) = (lower(rule, target, packs, &options), lower(other, target, packs, &options));
            assert_eq!((yaml.fidelity, yaml.query), (language.fidelity, language.query), "{}", rule.name);
            queries += 1;
        }
    }
    queries
}

fn read(text: &str) -> syntax::Parsed {
    let mut sources = spoor::source::Sources::default();
    let file = sources.add("imported", text);
    syntax::parse(&sources, file)
}

/// What a rule means and says of itself, without the places.
fn bare(rule: &Rule) -> String {
    let without = |text: &str, open: &str, close: char| {
        let mut bare = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(open) {
            bare.push_str(&rest[..at]);
            rest = rest[at..].split_once(close).map_or("", |(_, rest)| rest);
        }
        bare + rest
    };
    let text = format!("{:?} {:?} {:?}", rule.pattern, rule.group, rule.meta.entries);
    without(&without(&text, "Span {", '}'), "from: [", ']')
}
