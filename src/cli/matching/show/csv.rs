//! Matches as CSV (RFC 4180): the same columns for every rule, the fields as JSON in the last.

use serde_json::{Map, Value as Json};

use super::{About, value};
use crate::cli::matching::found::Detection;
use crate::engine::shape::time;
use crate::hir::Level;

const COLUMNS: [&str; 12] = ["time", "level", "rule", "title", "id", "attack", "host", "source", "number", "matched", "path", "fields"];

pub fn head() -> String {
    written(&COLUMNS)
}

pub fn row(found: &Detection, about: &About<'_>) -> String {
    let rule = about.rule(found);
    let fields: Map<String, Json> = found.fields.iter().map(|(name, cells)| (name.clone(), value(cells))).collect();
    let cells: [&str; COLUMNS.len()] = [
        &found.time.map(time::short).unwrap_or_default(),
        rule.meta.level.map_or("", Level::name),
        &rule.name,
        rule.meta.title.as_deref().unwrap_or_default(),
        rule.meta.id.as_deref().unwrap_or_default(),
        &rule.meta.attack.join(" "),
        found.host.as_deref().unwrap_or_default(),
        &found.origin.source,
        &found.origin.number.to_string(),
        &found.labels.join(" "),
        about.path(found),
        &Json::Object(fields).to_string(),
    ];
    written(&cells)
}

fn written(cells: &[&str]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Into memory: it cannot fail.
    let _ = writer.write_record(cells);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
