//! Analytics rules of Microsoft Sentinel: YAML as its repository has them, and templates of the Azure Resource Manager.
//!
//! In: a rule with its query. Out: one file. What the service takes: <https://learn.microsoft.com/azure/sentinel/scheduled-rules-overview>,
//! <https://github.com/Azure/Azure-Sentinel/wiki/Query-Style-Guide>, and the tests of that repository (`detectionTemplateSchemaValidation`): names of 256
//! characters, descriptions of 5,000, ten entities; runs 5 minutes to 14 days apart, which look back as far at least, and over 2 days or
//! more no more often than each hour; of a technique all tactics. Law: what is longer is cut, and told.

use crate::backend::Purpose;
use crate::backend::schedule::{Need, need};
use crate::diag::Diagnostic;
use crate::diag::deploy as said;
use crate::hir::{Level, Rule, duration};

use super::entities::{Entity, Found, columns, entities};
use super::settings::{evenly, longer};
use super::tree::{Tree, text, texts};
use super::{Made, One, Part, whole};

const DAY: u64 = 86_400;
const FURTHEST: u64 = 14 * DAY;
/// A look-back from which on a run comes once an hour at most.
const FAR: u64 = 2 * DAY;
const NAME: usize = 256;
const DESCRIPTION: usize = 5_000;
const ENTITIES: usize = 10;
/// What tables of a workspace call the host of an event.
const HOSTS: [&str; 4] = ["DvcHostname", "Computer", "DeviceName", "DvcFQDN"];
/// Columns of one entity.
const FIELDS: usize = 3;

/// What both forms state.
struct Analytics {
    title: String,
    description: String,
    severity: &'static str,
    /// None: near real time.
    schedule: Option<Schedule>,
    tactics: Vec<String>,
    entities: Vec<Mapping>,
    left: Vec<String>,
}

struct Schedule {
    every: u64,
    look_back: u64,
}

struct Mapping {
    kind: &'static str,
    /// Identifier and column.
    fields: Vec<(&'static str, String)>,
}

pub fn yaml(one: &One<'_>) -> Result<Made, Box<Diagnostic>> {
    let mut analytics = analytics(one)?;
    let version = one.facts.three_numbers().unwrap_or_else(|| {
        analytics.left.push(said::version_form(&one.facts.version, "1.0.0"));
        "1.0.0".to_owned()
    });
    let mut pairs = vec![
        ("id", text(&one.facts.id)),
        ("name", text(&analytics.title)),
        ("description", text(&analytics.description)),
        ("severity", text(analytics.severity)),
        // Parsers read whatever fills their tables: which connectors do is the site's to say.
        ("requiredDataConnectors", Tree::List(Vec::new())),
    ];
    if let Some(schedule) = &analytics.schedule {
        pairs.extend([
            ("queryFrequency", text(duration(schedule.every))),
            ("queryPeriod", text(duration(schedule.look_back))),
            ("triggerOperator", text("gt")),
            ("triggerThreshold", Tree::Number(0)),
        ]);
    }
    pairs.extend([
        ("tactics", texts(analytics.tactics)),
        ("relevantTechniques", texts(one.facts.former.techniques.clone())),
        ("query", text(one.query)),
    ]);
    if !analytics.entities.is_empty() {
        pairs.push(("entityMappings", mappings(&analytics.entities)));
    }
    let kind = if analytics.schedule.is_some() { "Scheduled" } else { "NRT" };
    pairs.extend([
        ("eventGroupingSettings", Tree::Map(vec![("aggregationKind", text("AlertPerResult"))])),
        ("version", text(version)),
        ("kind", text(kind)),
    ]);
    let head: String = one.told().iter().map(|line| format!("# {}\n", super::conf::line(line))).collect();
    let file = format!("{head}{}", Tree::Map(pairs).yaml());
    Ok(Made {
        files: vec![(format!("{}.sentinel.yaml", one.stem), file)],
        left: analytics.left,
        id: Some(one.facts.id.clone()),
        name: None,
        part: Part::Nothing,
    })
}

pub fn arm(one: &One<'_>) -> Result<Made, Box<Diagnostic>> {
    let analytics = analytics(one)?;
    let mut left = analytics.left;
    let parents = one.facts.parents();
    if one.facts.former.techniques.iter().any(|technique| technique.contains('.')) {
        left.push(said::SUB_TECHNIQUES.to_owned());
    }
    let mut properties = vec![
        ("displayName", text(analytics.title)),
        ("description", text(analytics.description)),
        ("enabled", Tree::Bool(one.ground.settings.enabled)),
        ("severity", text(analytics.severity)),
        ("query", text(one.query)),
    ];
    if let Some(schedule) = &analytics.schedule {
        properties.extend([
            ("queryFrequency", text(iso(schedule.every))),
            ("queryPeriod", text(iso(schedule.look_back))),
            ("triggerOperator", text("GreaterThan")),
            ("triggerThreshold", Tree::Number(0)),
        ]);
    }
    properties.extend([
        ("suppressionDuration", text("PT5H")),
        ("suppressionEnabled", Tree::Bool(false)),
        ("tactics", texts(analytics.tactics)),
        ("techniques", texts(parents)),
    ]);
    if !analytics.entities.is_empty() {
        properties.push(("entityMappings", mappings(&analytics.entities)));
    }
    properties.extend([
        ("eventGroupingSettings", Tree::Map(vec![("aggregationKind", text("AlertPerResult"))])),
        ("incidentConfiguration", Tree::Map(vec![("createIncident", Tree::Bool(true))])),
    ]);
    // Rules in near real time are of the preview versions alone.
    let (kind, version) = match analytics.schedule {
        Some(_) => ("Scheduled", "2024-09-01"),
        None => ("NRT", "2023-12-01-preview"),
    };
    let id = &one.facts.id;
    let rule = Tree::Map(vec![
        ("type", text("Microsoft.OperationalInsights/workspaces/providers/alertRules")),
        ("apiVersion", text(version)),
        ("name", text(format!("[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{id}')]"))),
        ("kind", text(kind)),
        ("properties", Tree::Map(properties).map_texts(&literal)),
    ]);
    let workspace =
        Tree::Map(vec![("type", text("string")), ("metadata", Tree::Map(vec![("description", text("The workspace of Sentinel"))]))]);
    let template = Tree::Map(vec![
        ("$schema", text("https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#")),
        ("contentVersion", text("1.0.0.0")),
        ("metadata", Tree::Map(vec![("description", text(one.told().join("; ")).map_texts(&literal))])),
        ("parameters", Tree::Map(vec![("workspace", workspace)])),
        ("resources", Tree::List(vec![rule])),
    ]);
    Ok(Made {
        files: vec![(format!("{}.sentinel.json", one.stem), template.json())],
        left,
        id: Some(one.facts.id.clone()),
        name: None,
        part: Part::Nothing,
    })
}

/// A text between brackets is an expression of the template, unless a second bracket begins it.
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>, "Escape characters"
fn literal(text: String) -> String {
    if text.starts_with('[') && text.ends_with(']') { format!("[{text}") } else { text }
}

fn analytics(one: &One<'_>) -> Result<Analytics, Box<Diagnostic>> {
    let facts = &one.facts;
    let mut left = facts.former.told.clone();
    let title = cut(&facts.title, NAME, "name", &mut left);
    let description = cut(&facts.long_description(), DESCRIPTION, "description", &mut left);
    let schedule = match one.ground.options.purpose {
        Purpose::NearRealTime => None,
        Purpose::Hunting | Purpose::CustomDetection => Some(schedule(one, &mut left)?),
    };
    let mut found = entities(one.plan);
    if found.iter().all(|found| found.entity != Entity::Host || found.several) {
        // The hit that an alert leads to has its host.
        let host = columns(one.plan).into_iter().find(|column| HOSTS.contains(column));
        found.extend(host.map(|column| Found { column: column.to_owned(), entity: Entity::Host, several: false }));
    }
    let mut mappings = mapped(&found);
    if mappings.len() > ENTITIES {
        mappings.truncate(ENTITIES);
        left.push(said::beyond_entities(ENTITIES));
    }
    if mappings.is_empty() {
        left.push(said::NO_ENTITY.to_owned());
    }
    let tactics = facts.tactics.iter().map(|name| joined(name)).collect();
    Ok(Analytics { title, description, severity: severity(facts.level), schedule, tactics, entities: mappings, left })
}

/// The first characters of a text, and the word that there were more.
pub fn cut(text: &str, most: usize, what: &str, left: &mut Vec<String>) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    left.push(said::too_long(what, most));
    text.chars().take(most - 1).collect::<String>().trim_end().to_owned() + "…"
}

/// `CommandAndControl`
pub fn joined(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.split(' ').map(word).collect()
}

pub fn severity(level: Level) -> &'static str {
    match level {
        Level::Informational => "Informational",
        Level::Low => "Low",
        Level::Medium => "Medium",
        Level::High | Level::Critical => "High",
    }
}

fn schedule(one: &One<'_>, left: &mut Vec<String>) -> Result<Schedule, Box<Diagnostic>> {
    let wanted = one.ground.settings.schedule;
    let Some(found) = fitting(one.rule, wanted) else {
        // A run that comes too often for how far it must look back.
        if let Some(instead) = longer(wanted).find(|every| fitting(one.rule, *every).is_some()) {
            return Err(one.refused(&said::too_often(&duration(wanted), &duration(instead)), said::RUN_LESS));
        }
        return Err(one.refused(
            "no schedule looks back far enough, and often enough",
            "a run looks back 14d at most, and over 2d or more runs each hour at most: ask for a shorter window",
        ));
    };
    if found.every != wanted {
        left.push(said::other_schedule(&duration(wanted), &duration(found.every)));
    }
    Ok(found)
}

/// What shows the rule all that it must see at once, at a run each `wanted` or more often.
fn fitting(rule: &Rule, wanted: u64) -> Option<Schedule> {
    let need = need(rule);
    let fits = |schedule: &Schedule| {
        schedule.every <= schedule.look_back && schedule.look_back <= FURTHEST && (schedule.look_back < FAR || schedule.every >= 3_600)
    };
    match need {
        Some(Need::Window { look_back, every }) => {
            let every = wanted.min(evenly(every));
            Some(Schedule { every, look_back: minutes(look_back.seconds).max(every) }).filter(fits)
        }
        Some(Need::Whole(_)) | None => {
            let span = whole(need).map_or(0, |span| span.seconds);
            // Where the span leaves little of what a run may look back over, it runs more often.
            let choices = [wanted, evenly(wanted.min(FURTHEST.saturating_sub(span))), 3_600, 300];
            let schedule = |every: u64| Schedule { every, look_back: minutes(every.saturating_add(span)) };
            choices.into_iter().filter(|every| *every <= wanted).map(schedule).find(fits)
        }
    }
}

/// Up to whole minutes.
fn minutes(seconds: u64) -> u64 {
    seconds.div_ceil(60) * 60
}

/// `PT1H`
pub fn iso(seconds: u64) -> String {
    match seconds {
        s if s.is_multiple_of(DAY) => format!("P{}D", s / DAY),
        s if s.is_multiple_of(3_600) => format!("PT{}H", s / 3_600),
        s => format!("PT{}M", s / 60),
    }
}

/// What the service knows an entity by; with the identifiers that are enough to know it.
fn mapped(found: &[Found]) -> Vec<Mapping> {
    let mut mappings: Vec<(usize, Mapping)> = Vec::new();
    // A column with several values in a row is no identifier.
    for Found { column, entity, .. } in found.iter().filter(|found| !found.several && is_column(&found.column)) {
        let (rank, kind, identifier, more) = match entity {
            Entity::Host => (0, "Host", "FullName", false),
            Entity::User => (1, "Account", "Name", false),
            Entity::UserSid => (1, "Account", "Sid", true),
            Entity::UserPrincipal => (1, "Account", "FullName", true),
            Entity::Address => (2, "IP", "Address", false),
            Entity::CommandLine => (3, "Process", "CommandLine", false),
            Entity::FileName => (4, "File", "Name", false),
            Entity::Url => (5, "URL", "Url", false),
            Entity::Domain => (6, "DNS", "DomainName", false),
            Entity::RegistryKey => (7, "RegistryKey", "Key", false),
            Entity::RegistryValue => (8, "RegistryValue", "Name", false),
            Entity::Recipient => (9, "Mailbox", "MailboxPrimaryAddress", false),
            Entity::ProcessName
            | Entity::ParentName
            | Entity::ParentCommandLine
            | Entity::FilePath
            | Entity::Hash
            | Entity::Sender
            | Entity::Subject
            | Entity::UserAgent
            | Entity::Service => continue,
        };
        // What tells more of the same account stands with it.
        let same = mappings.iter_mut().filter(|_| more).find(|(_, known)| {
            known.kind == kind && known.fields.len() < FIELDS && known.fields.iter().all(|(known, _)| *known != identifier)
        });
        match same {
            Some((_, known)) => known.fields.push((identifier, column.clone())),
            None => mappings.push((rank, Mapping { kind, fields: vec![(identifier, column.clone())] })),
        }
    }
    // The first of each kind before the second of any.
    let mut ranked: Vec<(usize, usize, Mapping)> = Vec::new();
    for (rank, mapping) in mappings {
        let before = ranked.iter().filter(|(_, _, known)| known.kind == mapping.kind).count();
        ranked.push((before, rank, mapping));
    }
    ranked.sort_by_key(|(before, rank, _)| (*before, *rank));
    ranked.into_iter().map(|(_, _, mapping)| mapping).collect()
}

/// The service maps columns of plain names alone.
fn is_column(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn mappings(all: &[Mapping]) -> Tree {
    let field =
        |(identifier, column): &(&'static str, String)| Tree::Map(vec![("identifier", text(*identifier)), ("columnName", text(column))]);
    let mapping = |mapping: &Mapping| {
        Tree::Map(vec![("entityType", text(mapping.kind)), ("fieldMappings", Tree::List(mapping.fields.iter().map(field).collect()))])
    };
    Tree::List(all.iter().map(mapping).collect())
}
