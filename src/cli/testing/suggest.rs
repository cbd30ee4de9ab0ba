//! `spoor test --generate`: tests for rules that have none, made from the rules.
//!
//! In: rules. Out: of a rule of the language `test` blocks, of one of Sigma the lines of event files, under the names that they go by. One
//! matches and is as small as it can be, one just misses. Law: what is printed was read again as a user's would be, and the matcher says of it
//! what it states; where nothing of the kind is found, that is said. Nothing is written. They say what the rule does, not what it is to do: a
//! person decides that.

use std::collections::HashMap;

use super::cases::Cases;
use crate::check::Checked;
use crate::cli::out::{Out, Paint};
use crate::cli::written::test_block;
use crate::cli::{CLEAN, FINDINGS, counted};
use crate::diag::Severity;
use crate::engine::shape::Reader;
use crate::engine::why::Asker;
use crate::engine::{Engine, Event as Decoded, reference};
use crate::hir::{Event, Pattern, Rule, TestEvents};
use crate::project::{Document, Workspace, in_parallel};
use crate::schema::Packs;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Top};
use crate::witness::{Kind, Witness, rows, shrink, witnesses};

/// So many rules are named.
const NAMED: usize = 5;
/// So many events and streams are tried.
const TRIED: usize = 60;
/// A stream of more events is no test that a person reads.
const LONGEST: usize = 400;

/// A test that is not written yet.
struct Made {
    name: &'static str,
    matches: bool,
    events: Vec<Event>,
}

pub fn run(workspace: &Workspace, checked: &Checked, cases: &Cases<'_>, packs: &Packs, verbose: bool, out: &mut Out) -> u8 {
    let documents: HashMap<FileId, &Document> = workspace.documents.iter().map(|document| (document.file, document)).collect();
    let without: Vec<&Rule> = checked.rules.iter().zip(&cases.of).filter(|(_, cases)| cases.is_empty()).map(|(rule, _)| rule).collect();
    let suggested = in_parallel(&without, |rule| {
        let document = documents.get(&rule.span.file)?;
        let made = made(rule, packs);
        let told = if document.sigma { of_sigma(rule, &made, packs) } else { of_language(rule, &made, document, workspace, packs) };
        told.filter(|told| !told.is_empty())
    });
    let paint = Paint(out.stdout_color());
    let mut none = Vec::new();
    for (rule, told) in without.iter().zip(&suggested) {
        let Some(told) = told else {
            none.push(format!("`{}`", crate::diag::render::plain(&rule.name)));
            continue;
        };
        let (path, name) = (workspace.sources.name(rule.span.file), &rule.name);
        out.line(&paint.dim(&format!("# {}, in {}", crate::diag::render::plain(name), crate::diag::render::plain(path))));
        out.print(told);
        out.print("\n");
    }
    if !none.is_empty() {
        let shown = if verbose { none.len() } else { none.len().min(NAMED) };
        let more = if shown < none.len() { format!(" and {} more (`-v` names them)", none.len() - shown) } else { String::new() };
        out.warning(&format!("no events were found that {}{more} would match", none[..shown].join(", ")));
    }
    let made = without.len() - none.len();
    out.status(&match without.len() {
        0 => "every rule has a test".to_owned(),
        _ => format!("tests for {}; they say what a rule finds today: read them before you keep them", counted(made, "rule")),
    });
    let wrong = checked.diagnostics.iter().any(|finding| finding.severity() == Severity::Error);
    if wrong { FINDINGS } else { CLEAN }
}

/// The smallest match that is found, and something that just misses.
fn made(rule: &Rule, packs: &Packs) -> Vec<Made> {
    let tried = witnesses(rule, packs, 1, TRIED);
    let verdict = |events: &[Event]| reference::verdict(rule, events, packs);
    let fewest =
        tried.iter().filter(|witness| witness.verdict() && witness.events.len() <= LONGEST).min_by_key(|witness| witness.events.len());
    let Some(fewest) = fewest else { return Vec::new() };
    let small = shrink(&fewest.events, packs, verdict);
    let miss = match (&rule.pattern, &rule.group) {
        (Pattern::Union(_), None) => single_miss(rule, &tried, packs),
        // Without any one of its events it is no match: that is what small means.
        (Pattern::Union(_), Some(_)) | (Pattern::Linked(_), _) => small.split_last().map(|(_, others)| others.to_vec()),
    };
    let miss = miss.filter(|events| !events.is_empty()).or_else(|| {
        let near = tried.iter().find(|witness| !witness.verdict() && !witness.events.is_empty() && witness.events.len() <= LONGEST);
        near.map(|witness| witness.events.clone())
    });
    let mut made = vec![Made { name: "a match", matches: true, events: settled(small, &verdict) }];
    made.extend(miss.filter(|events| !verdict(events)).map(|events| Made {
        name: "just misses",
        matches: false,
        events: settled(events, &verdict),
    }));
    made
}

/// An event of which one test says otherwise, without what does not matter to that.
fn single_miss(rule: &Rule, tried: &[Witness], packs: &Packs) -> Option<Vec<Event>> {
    let mut asker = Asker::default();
    let mut lacks_one = |events: &[Event]| {
        let [event] = events else { return false };
        let asked = rule.pattern.branches().filter_map(|branch| asker.branch(branch, event, packs).condition);
        asked.map(|condition| condition.lacks()).min() == Some(1)
    };
    let near = tried.iter().find(|witness| witness.kind == Kind::JustMisses && lacks_one(&witness.events))?;
    Some(shrink(&near.events, packs, lacks_one))
}

/// The first event at the beginning, and all of them at one time, where that changes nothing.
fn settled(events: Vec<Event>, verdict: &impl Fn(&[Event]) -> bool) -> Vec<Event> {
    let wanted = verdict(&events);
    let first = events.iter().filter_map(|event| event.time).min().unwrap_or(0);
    let moved = |time: &dyn Fn(i64) -> i64| -> Vec<Event> {
        events.iter().map(|event| Event { time: event.time.map(time), ..event.clone() }).collect()
    };
    let (at_once, begun) = (moved(&|_| 0), moved(&|time| time - first));
    [at_once, begun].into_iter().find(|moved| verdict(moved) == wanted).unwrap_or(events)
}

/// `test` blocks, each of which was put into the rule and run.
fn of_language(rule: &Rule, made: &[Made], document: &Document, workspace: &Workspace, packs: &Packs) -> Option<String> {
    let written = document.parsed.file.items.iter().find_map(|item| match item {
        Top::Rule(written) if written.name.at.0 == rule.span => Some(written),
        Top::Rule(_) | Top::Import(_) | Top::Let(_) => None,
    })?;
    let mut told = String::new();
    for made in made {
        let block = test_block(made.name, made.matches, &made.events, packs);
        if holds(rule, &block, written, made, workspace, packs) {
            told.push_str(&block);
        }
    }
    Some(told)
}

fn holds(rule: &Rule, block: &str, written: &ast::Rule, made: &Made, workspace: &Workspace, packs: &Packs) -> bool {
    let Span { file, end, .. } = written.at.0;
    let text = workspace.sources.text(file);
    let (before, behind) = text.split_at(end as usize - 1);
    let with = Workspace::text(workspace.sources.name(file), &format!("{before}\n{block}{behind}"));
    let checked = with.check(&with.packs(packs));
    let Some(read) = checked.rules.iter().find(|read| read.name == rule.name) else { return false };
    let [test] = read.tests.as_slice() else { return false };
    let TestEvents::Here(events) = &test.events else { return false };
    test.matches == made.matches && verdict(read, packs, |push| events.iter().for_each(|event| push(&Decoded::from(event)))) == made.matches
}

/// What the matcher says of events that are handed to it one by one.
fn verdict(rule: &Rule, packs: &Packs, events: impl FnOnce(&mut dyn FnMut(&dyn crate::engine::Fields))) -> bool {
    let (engine, _) = Engine::new([rule], packs);
    let mut scanner = engine.scanner();
    let mut found = false;
    events(&mut |event| scanner.push(event, |_| found = true));
    scanner.finish(|_| found = true);
    found
}

/// Files of events, of the first product that can say them.
fn of_sigma(rule: &Rule, made: &[Made], packs: &Packs) -> Option<String> {
    let folder = rule.meta.id.as_deref().unwrap_or(&rule.name);
    let mut told = String::new();
    for made in made {
        let lines = packs.schemas.iter().find_map(|schema| lines(rule, made, &schema.name, packs));
        if let Some(lines) = lines {
            let ending = if made.matches { "match" } else { "no_match" };
            told.push_str(&format!("# tests/{folder}/{}.{ending}.jsonl\n{lines}", made.name.replace(' ', "_")));
        }
    }
    Some(told)
}

fn lines(rule: &Rule, made: &Made, schema: &str, packs: &Packs) -> Option<String> {
    let rows: Vec<String> =
        made.events.iter().map(|event| rows(packs, schema, event, 0).ok().map(|row| row.line)).collect::<Option<_>>()?;
    let mut reader = Reader::detecting(packs);
    let mut read = 0;
    let found = verdict(rule, packs, |push| {
        for row in &rows {
            let known = reader.each(row, |event| push(event));
            read += usize::from(matches!(known, Ok(crate::engine::shape::Row::Events(_))));
        }
    });
    (found == made.matches && read == rows.len()).then(|| rows.iter().map(|row| format!("{row}\n")).collect())
}
