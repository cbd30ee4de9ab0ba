//! A match as a line for people.

use super::About;
use crate::cli::matching::found::{Detection, cell};
use crate::diag::render;
use crate::engine::shape::time;
use crate::hir::Level;

/// `2026-01-02T03:04:05Z high          python_scripts events.jsonl:12 host=a name=b`
pub fn line(found: &Detection, about: &About<'_>) -> String {
    let rule = about.rule(found);
    let mut text = format!("{:<20} ", found.time.map(time::short).unwrap_or_else(|| "-".into()));
    text.push_str(&about.level(rule.meta.level, &format!("{:<13} ", rule.meta.level.map_or("-", Level::name))));
    text.push_str(&about.paint.bold(&render::plain(&rule.name)));
    if !found.labels.is_empty() {
        text.push_str(&format!(" [{}]", render::plain(&found.labels.join(", "))));
    }
    text.push_str(&format!(" {}", about.paint.dim(&found.origin.to_string())));
    text.push_str(&fields(found, about, |_| true));
    text.replace('\n', "␊")
}

/// ` name=value`, of those that are wanted; what decided stands out.
pub fn fields(found: &Detection, about: &About<'_>, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for (name, cells) in found.fields.iter().filter(|(name, _)| wanted(name)) {
        let values = render::plain(&cells.iter().map(cell).collect::<Vec<_>>().join(", ")).into_owned();
        let values = if found.decided.contains(name) { about.paint.bold(&values) } else { values };
        text.push_str(&format!(" {}={values}", about.paint.cyan(name)));
    }
    text
}
