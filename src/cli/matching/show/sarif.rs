//! Matches as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>): a result a match, at the line of its event.

use serde_json::{Map, Value as Json, json};

use super::{About, value};
use crate::cli::matching::found::{Detection, Origin, Unit};
use crate::cli::sarif::{self, uri};
use crate::engine::shape::time;
use crate::hir::{Level, Rule};

pub fn log(found: &[Detection], about: &About<'_>, missing: &[String]) -> String {
    // The rules that matched, in the order of their first match.
    let mut rules: Vec<usize> = Vec::new();
    for found in found {
        if !rules.contains(&found.rule) {
            rules.push(found.rule);
        }
    }
    let results: Vec<Json> = found.iter().map(|found| result(found, &rules, about)).collect();
    let rules: Vec<Json> = rules.iter().map(|rule| of_rule(&about.rules[*rule])).collect();
    sarif::log(rules, results, missing.is_empty(), missing)
}

fn of_rule(rule: &Rule) -> Json {
    let mut it = json!({
        "id": rule.name,
        "defaultConfiguration": {"level": level(rule.meta.level)},
        "properties": {"tags": rule.meta.attack},
    });
    if let Some(title) = &rule.meta.title {
        it["shortDescription"] = json!({"text": title});
    }
    it
}

fn result(found: &Detection, rules: &[usize], about: &About<'_>) -> Json {
    let rule = about.rule(found);
    let fields: Map<String, Json> = found.fields.iter().map(|(name, cells)| (name.clone(), value(cells))).collect();
    let title = rule.meta.title.as_ref().unwrap_or(&rule.name);
    let host = found.host.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
    let mut properties = json!({"fields": fields, "decided": found.decided});
    if let Some(micros) = found.time {
        properties["time"] = time::short(micros).into();
    }
    let related: Vec<Json> = found.steps.iter().map(|step| location(&step.origin, Some(&step.label))).collect();
    let mut it = json!({
        "ruleId": rule.name,
        "ruleIndex": rules.iter().position(|known| *known == found.rule),
        "level": level(rule.meta.level),
        "message": {"text": format!("{title}{host}")},
        "locations": [location(&found.origin, None)],
        "properties": properties,
    });
    if !related.is_empty() {
        it["relatedLocations"] = related.into();
    }
    it
}

/// A line of a text; of a log, whose records have no lines, the record by its number.
fn location(origin: &Origin, message: Option<&str>) -> Json {
    let uri = uri(&origin.source);
    let mut it = match origin.unit {
        Unit::Line => json!({"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": origin.number.max(1)}}}),
        Unit::Record | Unit::Item => json!({
            "physicalLocation": {"artifactLocation": {"uri": uri}},
            "logicalLocations": [{"name": origin.number.to_string(), "kind": "element"}],
        }),
    };
    if let Some(message) = message {
        it["message"] = json!({"text": message});
    }
    it
}

fn level(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Critical | Level::High) => "error",
        Some(Level::Medium) => "warning",
        Some(Level::Low | Level::Informational) | None => "note",
    }
}
