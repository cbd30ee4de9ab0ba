//! What a page shows, from rules and their queries.

use std::collections::BTreeMap;

use super::brief::Brief;
use super::{ClassOf, DataSource, Hunt, Indicators, Named, Page, Query, Reason, TargetName, Technique};
use crate::backend::{Lowered, Target};
use crate::diag::Diagnostic;
use crate::diag::json::Spot;
use crate::hir::{Level, Rule, duration};
use crate::schema::attack::{Attack, Standing};
use crate::schema::{Actions, Packs, attack};
use crate::source::Sources;

/// A rule and its queries, one a target.
pub struct Asked<'r> {
    pub rule: &'r Rule,
    pub lowered: &'r [Lowered],
}

/// What all pages of a run stand on.
pub struct Ground<'g> {
    pub packs: &'g Packs,
    pub sources: &'g Sources,
    pub targets: &'g [Target],
}

/// The page of an article and the rules that its brief names.
pub fn of_brief(brief: &Brief, asked: &[Asked<'_>], ground: &Ground<'_>) -> Page {
    let page = of(asked, &brief.attack, ground);
    Page {
        title: brief.title.clone(),
        severity: brief.severity.map(|level| level.name().to_owned()).or(page.severity),
        source: brief.source.clone(),
        published: brief.published.clone(),
        link: brief.link.clone(),
        summary: paragraphs(&brief.summary),
        indicators: brief
            .indicators
            .iter()
            .map(|(kind, values)| Indicators { kind: kind.name().to_owned(), values: values.clone() })
            .collect(),
        why: paragraphs(&brief.why),
        is_brief: true,
        ..page
    }
}

/// The page of rules without an article. One rule speaks for itself.
pub fn of_rules(asked: &[Asked<'_>], ground: &Ground<'_>) -> Page {
    let page = of(asked, &[], ground);
    let [hunt] = page.hunts.as_slice() else {
        let title = format!("{} hunts", page.hunts.len());
        return Page { title, ..page };
    };
    let hunt = hunt.clone();
    Page {
        title: hunt.title,
        source: (!hunt.authors.is_empty()).then(|| hunt.authors.join(", ")),
        published: hunt.date,
        link: hunt.references.into_iter().find(|reference| is_link(reference)),
        summary: hunt.description,
        ..page
    }
}

/// The page of a technique and the rules that [name](names) it.
pub fn of_technique(id: &str, asked: &[Asked<'_>], ground: &Ground<'_>) -> Page {
    let page = of(asked, &[id.to_owned()], ground);
    let technique = page.techniques.iter().find(|technique| technique.id == id).cloned();
    let technique = technique.map(|technique| Technique { rules: page.hunts.iter().map(|hunt| hunt.name.clone()).collect(), ..technique });
    let title = technique.as_ref().map_or_else(|| id.to_owned(), |technique| format!("{} ({id})", technique.name));
    Page { title, technique, ..page }
}

/// Whether a rule names a technique, or one that it stands in the place of.
pub fn names(rule: &Rule, id: &str, attack: &Attack) -> bool {
    rule.meta.attack.iter().any(|named| {
        let now = attack.techniques.get(named).map(|technique| attack.current(&technique)).unwrap_or_default();
        named == id || now.iter().any(|now| now.id == id)
    })
}

/// A link that a page may carry: what else a text may begin with, a browser would run.
pub(super) fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn of(asked: &[Asked<'_>], also: &[String], ground: &Ground<'_>) -> Page {
    let hunts: Vec<Hunt> = asked.iter().map(|asked| hunt(asked, ground)).collect();
    let mut phases: Vec<String> = Vec::new();
    for phase in hunts.iter().filter_map(|hunt| hunt.phase.as_ref()) {
        if !phases.contains(phase) {
            phases.push(phase.clone());
        }
    }
    let severity = asked.iter().filter_map(|asked| asked.rule.meta.level).max().map(Level::name);
    Page {
        severity: severity.map(str::to_owned),
        techniques: techniques(&hunts, also, &ground.packs.attack),
        phases,
        targets: ground.targets.iter().map(|target| TargetName { name: target.name(), title: target.title() }).collect(),
        sources: data_sources(&hunts),
        hunts,
        attack: ground.packs.attack.version.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Page::default()
    }
}

// ---------- a rule ----------

fn hunt(asked: &Asked<'_>, ground: &Ground<'_>) -> Hunt {
    let (rule, meta) = (asked.rule, &asked.rule.meta);
    let entry = |key: &str| meta.entries.iter().find(|(name, _)| name == key).map(|(_, values)| values.clone()).unwrap_or_default();
    let one = |key: &str| entry(key).into_iter().next();
    let Spot { path, place } = Spot::new(ground.sources, rule.span);
    let mut description = paragraphs(&rule.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n"));
    description.extend(one("description").iter().flat_map(|text| paragraphs(text)));
    Hunt {
        name: rule.name.clone(),
        title: meta.title.clone().unwrap_or_else(|| rule.name.clone()),
        id: meta.id.clone(),
        version: meta.version.clone(),
        status: one("status"),
        level: meta.level.map(|level| level.name().to_owned()),
        confidence: one("confidence"),
        phase: one("phase"),
        path: path.to_owned(),
        line: place.line,
        description,
        authors: entry("author"),
        date: one("date"),
        modified: one("modified"),
        references: entry("references"),
        falsepositives: entry("falsepositives"),
        platforms: entry("platforms"),
        attack: meta.attack.clone(),
        classes: classes(rule, ground.packs),
        last: rule.last.map(|last| duration(last.seconds)),
        queries: asked.lowered.iter().map(|lowered| query(lowered, ground.sources)).collect(),
    }
}

fn query(lowered: &Lowered, sources: &Sources) -> Query {
    let reason = |finding: &Diagnostic| {
        let Spot { path, place } = Spot::new(sources, finding.span());
        Reason { code: finding.code.id(), message: finding.title.clone(), path: path.to_owned(), line: place.line, column: place.column }
    };
    Query {
        target: lowered.target.name(),
        title: lowered.target.title(),
        language: lowered.target.extension(),
        fidelity: lowered.fidelity.name(),
        text: lowered.query.as_ref().map(|query| query.trim_end().to_owned()),
        reasons: lowered.reasons.iter().map(reason).collect(),
        notes: lowered.notes.iter().map(reason).collect(),
        files: lowered.files.iter().map(|file| file.name.clone()).collect(),
    }
}

/// Each class that the rule reads, with the actions that it asks for where these are not all.
fn classes(rule: &Rule, packs: &Packs) -> Vec<ClassOf> {
    let mut asked: BTreeMap<_, Actions> = BTreeMap::new();
    for branch in rule.pattern.branches() {
        let actions = branch.cases.iter().fold(Actions::NONE, |all, case| all.or(case.actions));
        let known = asked.entry(branch.class).or_insert(Actions::NONE);
        *known = known.or(actions);
    }
    let of = |(class, actions): (_, Actions)| {
        let class = packs.class(class);
        let all = class.actions.len();
        let named: Vec<String> = (0..all).filter(|index| actions.contains(*index)).map(|index| class.actions[index].to_string()).collect();
        ClassOf { name: class.name.to_string(), actions: if named.len() == all { Vec::new() } else { named } }
    };
    asked.into_iter().map(of).collect()
}

/// Hunts that read the same stand together, in the order in which the first of them comes.
fn data_sources(hunts: &[Hunt]) -> Vec<DataSource> {
    let mut sources: Vec<DataSource> = Vec::new();
    for (index, hunt) in hunts.iter().enumerate() {
        let name = |class: &ClassOf| match class.actions.as_slice() {
            [] => class.name.clone(),
            actions => format!("{}: {}", class.name, actions.join(" or ")),
        };
        let name = hunt.classes.iter().map(name).collect::<Vec<_>>().join("; ");
        match sources.iter_mut().find(|source| source.name == name) {
            Some(source) => source.hunts.push(index),
            None => sources.push(DataSource { name, hunts: vec![index] }),
        }
    }
    sources
}

/// Lines between blank ones are a paragraph.
fn paragraphs(text: &str) -> Vec<String> {
    let mut all: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match all.last_mut() {
            Some(last) if !line.is_empty() => last.push(line),
            Some(last) if last.is_empty() => {}
            Some(_) | None => all.push(Vec::new()),
        }
    }
    all.into_iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")).collect()
}

// ---------- ATT&CK ----------

fn techniques(hunts: &[Hunt], also: &[String], attack: &Attack) -> Vec<Technique> {
    let mut ids: Vec<&String> = hunts.iter().flat_map(|hunt| &hunt.attack).chain(also).collect();
    ids.sort();
    ids.dedup();
    let rules = |id: &str| hunts.iter().filter(|hunt| hunt.attack.iter().any(|named| named == id)).map(|hunt| hunt.name.clone()).collect();
    ids.into_iter().filter_map(|id| technique(id, rules(id), attack)).collect()
}

/// None: the id stands for no technique, but for a tactic or software.
fn technique(id: &str, rules: Vec<String>, attack: &Attack) -> Option<Technique> {
    let it = attack.techniques.get(id)?;
    let named = |other: &attack::Technique| Named { id: other.id.to_string(), name: other.name.to_string() };
    let parent = it.parent().and_then(|parent| attack.techniques.get(parent));
    let parts = attack.techniques.below(id).filter(|part| part.standing == Standing::Current);
    let (standing, now) = match &it.standing {
        Standing::Current => ("current", Vec::new()),
        Standing::Revoked(_) => ("revoked", attack.current(&it).iter().map(named).collect()),
        Standing::Deprecated => ("deprecated", Vec::new()),
    };
    let full_name = parent.as_ref().map_or_else(|| it.name.to_string(), |parent| format!("{}: {}", parent.name, it.name));
    Some(Technique {
        id: it.id.to_string(),
        name: it.name.to_string(),
        full_name,
        url: format!("https://attack.mitre.org/techniques/{}/", it.id.replace('.', "/")),
        parent: parent.as_ref().map(named),
        tactics: it
            .tactics
            .iter()
            .filter_map(|tactic| attack.tactic(tactic))
            .map(|tactic| Named { id: tactic.id.to_string(), name: tactic.name.to_string() })
            .collect(),
        rules,
        parts: parts.map(|part| named(&part)).collect(),
        standing,
        now,
    })
}
