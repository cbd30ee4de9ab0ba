//! What holds for the front of Sigma, whatever it is given: the fuzz targets and the tests hold the same laws.
//!
//! Nothing panics; every place lies in the text, between its characters; reading twice gives the same; a byte order mark and the ends of lines
//! change no rule; what a fix writes is YAML; and a document that gives no rule has a word said about it.

use spoor::backend::{Options, Target, lower};
use spoor::check::Checked;
use spoor::diag::{Code, Diagnostic, Severity, fix};
use spoor::engine::Engine;
use spoor::project::Workspace;
use spoor::schema::builtin;
use spoor::sigma;
use spoor::source::{Sources, Span};
use spoor::{syntax, yaml};

/// A text as a condition.
pub fn condition(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("condition", text);
    match sigma::condition(text, file) {
        Ok(written) => {
            let again = sources.add("again", written.as_str());
            let reread = sigma::condition(&written, again).unwrap_or_else(|found| panic!("{text:?} is {written:?}: {found:?}"));
            assert_eq!(written, reread, "{text:?}");
        }
        Err(found) => {
            spans(std::slice::from_ref(&found), &sources);
            assert!(!found.help.is_empty(), "{found:?}");
        }
    }
}

/// A text as a file of rules in the language; not checked, so that a fuzzer gets through many.
pub fn lowered(text: &str) {
    let lower = |text: &str| {
        let mut sources = Sources::default();
        let file = sources.add("rule.yml", text);
        let written = sigma::read(&sources, file);
        let parsed = sigma::lower(&written, &sigma::Others::of([&written]), &sources, builtin(), sigma::Style::Plain);
        (parsed, sources)
    };
    let (parsed, sources) = lower(text);
    spans(&parsed.diagnostics, &sources);
    // What this costs is paid for some of the texts only.
    if text.len().is_multiple_of(8) {
        assert_eq!(syntax::format(&parsed), syntax::format(&lower(text).0), "{text:?}");
    }
}

/// A text as a file of rules.
pub fn front(text: &str) {
    let workspace = read(text);
    let packs = workspace.packs(builtin());
    let checked = workspace.check(&packs);
    spans(&checked.diagnostics, &workspace.sources);
    nothing_is_dropped(text, &checked);
    words_of_sigma(&checked.diagnostics);
    if yaml::parse(text).is_ok() {
        fixes_are_yaml(&checked.diagnostics, &workspace.sources);
    }
    let told = |checked: &Checked| checked.diagnostics.iter().map(|found| (found.code, found.title.clone())).collect::<Vec<_>>();
    let same = |other: &str, what: &str| {
        let again = read(other);
        let packs = again.packs(builtin());
        assert_eq!(printed(&workspace), printed(&again), "{what}: {text:?}");
        assert_eq!(told(&checked), told(&again.check(&packs)), "{what}: {text:?}");
    };
    same(text, "read twice");
    if !text.contains(['\r', '\u{feff}']) {
        same(&text.replace('\n', "\r\n"), "other ends of lines");
        same(&format!("\u{feff}{text}"), "a byte order mark");
    }
}

/// A text as a file of rules, all the way.
pub fn queries(text: &str) {
    let workspace = read(text);
    let packs = workspace.packs(builtin());
    let checked = workspace.check(&packs);
    let options = Options::default();
    for rule in &checked.rules {
        for target in Target::ALL.iter().copied() {
            let lowered = lower(rule, target, &packs, &options);
            spans(&lowered.reasons, &workspace.sources);
            assert!(lowered.query.is_some() || !lowered.reasons.is_empty(), "{}: refused without a reason: {text:?}", target.name());
        }
    }
    let (engine, unloaded) = Engine::new(&checked.rules, &packs);
    assert_eq!(engine.len() + unloaded.len(), checked.rules.len(), "{text:?}");
}

fn read(text: &str) -> Workspace {
    Workspace::text("rule.yml", text)
}

/// The rules in the language, which says nothing of places.
fn printed(workspace: &Workspace) -> String {
    workspace.documents.iter().map(|document| syntax::format(&document.parsed)).collect()
}

fn spans(found: &[Diagnostic], sources: &Sources) {
    let lies_in = |span: Span| sources.text(span.file).get(span.range()).is_some();
    for found in found {
        let edits = found.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in found.labels.iter().map(|label| label.span).chain(edits) {
            assert!(lies_in(span), "{span:?} of {found:?} in {:?}", sources.text(span.file));
        }
    }
}

/// Each document is a rule, a filter, or something is said.
fn nothing_is_dropped(text: &str, checked: &Checked) {
    let excused = [Code::PartOfCorrelation, Code::FilterOfNothing];
    if checked.diagnostics.iter().any(|found| found.severity() == Severity::Error || excused.contains(&found.code)) {
        return;
    }
    let documents = yaml::parse(text).expect("what is no YAML is an error");
    let is_rule = |node: &&yaml::Node| !node.is_null() && (node.get("filter").is_none() || node.get("correlation").is_some());
    assert_eq!(checked.rules.len(), documents.iter().filter(is_rule).count(), "{:?}: {text:?}", checked.diagnostics);
}

/// Spoor's own spelling, which means nothing to who writes Sigma.
pub const OWN_WORDS: [&str; 12] =
    ["starts_with", "ends_with", "`matches`", "matches /", "not exists", "in [", "`in`", "`like`", "`under`", "`let`", "`has`", "except"];

fn words_of_sigma(found: &[Diagnostic]) {
    for (found, text) in found.iter().flat_map(|found| found.help.iter().map(move |text| (found, text))) {
        for word in OWN_WORDS {
            assert!(!text.contains(word), "{found:?} says {word}");
        }
    }
}

fn fixes_are_yaml(found: &[Diagnostic], sources: &Sources) {
    for found in found {
        let Some(fix) = &found.fix else { continue };
        let mut sure = found.clone();
        sure.fix = Some(spoor::diag::Fix { certain: true, edits: fix.edits.clone() });
        for text in fix::apply(&[sure], sources, |_| true).texts.into_values() {
            assert!(yaml::parse(&text.text).is_ok(), "{found:?} gives {:?}", text.text);
        }
    }
}
