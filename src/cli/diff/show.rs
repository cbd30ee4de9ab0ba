//! Changes for people, for programs, for a pull request.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{Change, Changed, OfTarget, Said, What};
use crate::cli::build::painter;
use crate::cli::out::Paint;
use crate::cli::{counted, unified, written};
use crate::compare::Meaning;
use crate::hir::Event;
use crate::markup;
use crate::schema::Packs;

/// What is said of a change in a few words.
fn verdict(change: &Change) -> &'static str {
    match &change.what {
        What::Added(_) => "new",
        What::Removed => "gone",
        What::Unreadable { before: true, now: false } => "had an error before: not compared",
        What::Unreadable { .. } => "has an error: not compared",
        What::Changed(changed) => match &changed.meaning {
            Meaning::Same => "same meaning",
            Meaning::NoneFound => "another form, no difference found",
            Meaning::More(_) => "matches more",
            Meaning::Fewer(_) => "matches fewer",
            Meaning::Different { .. } => "matches different events",
            Meaning::OtherModel => "another model: events were not compared",
        },
    }
}

pub fn summary(changes: &[Change], base: &str) -> String {
    if changes.is_empty() {
        return format!("no rule differs from `{base}`");
    }
    let mut told: Vec<(&str, usize)> = Vec::new();
    for change in changes {
        let word = verdict(change);
        match told.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => told.push((word, 1)),
        }
    }
    let told: Vec<String> = told.into_iter().map(|(word, count)| format!("{word}: {count}")).collect();
    format!("{} against `{base}`; {}", counted(changes.len(), "rule"), told.join(", "))
}

fn diff(of: &OfTarget, paint: Paint) -> String {
    let text = |said: &Said| said.query.as_ref().map_or_else(String::new, |query| format!("{}\n", query.trim_end()));
    unified::hunks(&text(&of.before), &text(&of.now), paint)
}

/// `exact`, or `exact, was widened`.
fn fidelity(of: &OfTarget) -> String {
    if of.before.fidelity == of.now.fidelity {
        return of.now.fidelity.name().to_owned();
    }
    format!("{}, was {}", of.now.fidelity.name(), of.before.fidelity.name())
}

/// What is said of a target beside its fidelity.
fn beside(of: &OfTarget, changed: &Changed) -> Option<&'static str> {
    match of.before.query == of.now.query {
        _ if of.clause => Some("its own clause changed, which no event here can judge"),
        true if of.now.query.is_some() && changed.meaning != Meaning::Same => Some("the query is the same"),
        false if changed.meaning == Meaning::Same && changed.renamed.is_none() && changed.beside.is_empty() => Some(if changed.rewritten {
            "the query says the same in another way"
        } else {
            "the rule is the same and its query another: packs, lists or options changed"
        }),
        true | false => None,
    }
}

/// `level: high, was medium`
fn stated((key, before, now): &(String, Option<String>, Option<String>)) -> String {
    match (before, now) {
        (None, None) => format!("{key}: other columns are shown"),
        (None, Some(now)) => format!("{key}: {now}, was not stated"),
        (Some(before), None) => format!("{key}: not stated, was {before}"),
        (Some(before), Some(now)) => format!("{key}: {now}, was {before}"),
    }
}

// ---------- for people ----------

pub fn human(change: &Change, packs: &Packs, paint: Paint) -> String {
    let mut text = format!("{} {} {}\n", paint.bold(&change.name), paint.dim(&format!("({})", change.path)), colored(change, paint));
    match &change.what {
        What::Removed | What::Unreadable { .. } => {}
        What::Added(targets) => {
            let told: Vec<String> = targets.iter().map(|(target, said)| format!("{}: {}", target.name(), said.fidelity.name())).collect();
            let _ = writeln!(text, "  {}", told.join(", "));
        }
        What::Changed(changed) => of_changed(changed, packs, paint, &mut text),
    }
    text.push('\n');
    text
}

fn colored(change: &Change, paint: Paint) -> String {
    let color = match &change.what {
        What::Added(_) => Paint::green,
        What::Removed | What::Unreadable { .. } => Paint::red,
        What::Changed(changed) => match changed.meaning {
            Meaning::Same => Paint::green,
            Meaning::NoneFound | Meaning::More(_) | Meaning::Fewer(_) | Meaning::Different { .. } | Meaning::OtherModel => Paint::yellow,
        },
    };
    color(paint, verdict(change))
}

fn of_changed(changed: &Changed, packs: &Packs, paint: Paint, text: &mut String) {
    if let Some(name) = &changed.renamed {
        let _ = writeln!(text, "  was called {name}");
    }
    for (head, events) in [("matches now, and did not:", changed.meaning.more()), ("matched, and does not now:", changed.meaning.fewer())] {
        if let Some(events) = events {
            let _ = writeln!(text, "  {head}");
            events.iter().for_each(|it| _ = writeln!(text, "    {}", written::event(it, packs)));
        }
    }
    changed.beside.iter().for_each(|it| _ = writeln!(text, "  {}", stated(it)));
    for of in &changed.targets {
        let said = beside(of, changed).map_or_else(String::new, |said| format!("; {said}"));
        let _ = writeln!(text, "  {}: {}{said}", of.target.name(), painter(of.now.fidelity)(paint, &fidelity(of)));
        diff(of, paint).lines().for_each(|line| _ = writeln!(text, "    {line}"));
    }
}

// ---------- for programs ----------

/// One line, without its end.
pub fn json(change: &Change, packs: &Packs) -> String {
    let events = |events: Option<&[Event]>| events.map(|events| events.iter().map(|it| written::event(it, packs)).collect::<Vec<_>>());
    let mut it = json!({"rule": change.name, "id": change.id, "path": change.path});
    match &change.what {
        What::Added(targets) => {
            it["change"] = "added".into();
            it["targets"] =
                targets.iter().map(|(target, said)| json!({"target": target.name(), "fidelity": said.fidelity.name()})).collect();
        }
        What::Removed => it["change"] = "removed".into(),
        What::Unreadable { before, now } => {
            it["change"] = "not compared".into();
            it["errors"] = json!({"before": before, "now": now});
        }
        What::Changed(changed) => {
            it["change"] = "changed".into();
            it["renamed_from"] = json!(changed.renamed);
            it["meaning"] = word(&changed.meaning).into();
            it["matches_now"] = json!(events(changed.meaning.more()));
            it["matched_before"] = json!(events(changed.meaning.fewer()));
            it["beside"] = changed.beside.iter().map(|(key, before, now)| json!({"key": key, "before": before, "now": now})).collect();
            it["targets"] = changed.targets.iter().map(of_target).collect();
        }
    }
    it.to_string()
}

fn of_target(of: &OfTarget) -> Json {
    json!({
        "target": of.target.name(),
        "fidelity_before": of.before.fidelity.name(),
        "fidelity": of.now.fidelity.name(),
        "own_clause_changed": of.clause,
        "query_changed": of.before.query != of.now.query,
        "query_before": of.before.query,
        "query": of.now.query,
    })
}

fn word(meaning: &Meaning) -> &'static str {
    match meaning {
        Meaning::Same => "same",
        Meaning::NoneFound => "no difference found",
        Meaning::More(_) => "more",
        Meaning::Fewer(_) => "fewer",
        Meaning::Different { .. } => "different",
        Meaning::OtherModel => "another model",
    }
}

// ---------- for a pull request ----------

pub fn markdown(changes: &[Change], base: &str, packs: &Packs) -> String {
    let mut text = format!("### Rules against `{base}`\n\n");
    if changes.is_empty() {
        text.push_str("No rule differs.\n");
        return text;
    }
    text.push_str("| rule | meaning | targets |\n| --- | --- | --- |\n");
    for change in changes {
        let targets: Vec<String> = match &change.what {
            What::Added(targets) => targets.iter().map(|(target, said)| format!("{} {}", target.name(), said.fidelity.name())).collect(),
            What::Changed(changed) => {
                let other = changed.targets.iter().filter(|of| of.before.fidelity != of.now.fidelity);
                other.map(|of| format!("{} {}", of.target.name(), fidelity(of))).collect()
            }
            What::Removed | What::Unreadable { .. } => Vec::new(),
        };
        let _ = writeln!(text, "| {} | {} | {} |", cell(&markup::code(&change.name)), verdict(change), cell(&targets.join("<br>")));
    }
    for change in changes {
        let What::Changed(changed) = &change.what else { continue };
        let mut plain = String::new();
        of_changed(changed, packs, Paint(false), &mut plain);
        let (name, fenced) = (markup::html(&change.name), markup::fenced(&dedented(&plain), "diff"));
        let _ = write!(text, "\n<details><summary>{name}: {}</summary>\n\n{fenced}\n\n</details>\n", verdict(change));
    }
    text
}

/// Lines of a diff begin with their signs.
fn dedented(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
