//! The events of a rule's own tests and of the rows beside its file, as one target's product keeps them.

use std::path::Path;

use serde_json::Value;
use spoor::backend::Target;
use spoor::schema::Packs;

use crate::batch::Row;
use crate::rules::Written;

/// Every row that the rule's author gave a verdict for.
pub fn of(written: &Written, target: Target, _packs: &Packs) -> Vec<Row> {
    beside(&written.path, target)
}

/// `<name>.jsonl`: rows in a product's own shape, written by hand.
fn beside(path: &Path, target: Target) -> Vec<Row> {
    let Ok(text) = std::fs::read_to_string(path.with_extension("jsonl")) else { return Vec::new() };
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", path.display()));
            Row {
                schema: line["schema"].as_str().expect("a schema").to_owned(),
                table: line["table"].as_str().expect("a table").to_owned(),
                columns: line["row"].as_object().expect("a row").clone(),
                matches: line["match"].as_bool().expect("a verdict"),
                why: line["why"].as_str().unwrap_or_default().to_owned(),
            }
        })
        .filter(|row| target.schemas().contains(&row.schema.as_str()))
        .collect()
}
