//! Matches in columns that line up, as wide as the terminal.

use super::About;
use crate::cli::matching::found::{Detection, cell};
use crate::cli::out::Paint;
use crate::cli::table::{Cell, fitted};
use crate::diag::render;
use crate::engine::shape::time;
use crate::hir::Level;

/// More of a value is not shown: a line of JSON has it whole.
const LONGEST: usize = 80;

pub fn table(found: &[Detection], about: &About<'_>, width: usize) -> String {
    if found.is_empty() {
        return String::new();
    }
    let head = ["time", "level", "rule", "host", "event", "because"].map(|name| Cell::painted(name, |paint, text| paint.bold(text)));
    let rows = std::iter::once(head.to_vec()).chain(found.iter().map(|found| row(found, about)));
    fitted(&rows.collect::<Vec<_>>(), width, about.paint)
}

fn row(found: &Detection, about: &About<'_>) -> Vec<Cell> {
    let rule = about.rule(found);
    let paint: fn(Paint, &str) -> String = match rule.meta.level {
        Some(Level::Critical | Level::High) => |paint, text| paint.red(text),
        Some(Level::Medium) => |paint, text| paint.yellow(text),
        Some(Level::Low | Level::Informational) | None => |_, text| text.to_owned(),
    };
    vec![
        Cell::new(found.time.map(time::short).unwrap_or_else(|| "-".into())),
        Cell::painted(rule.meta.level.map_or("-", Level::name), paint),
        Cell::new(render::plain(&rule.name)),
        Cell::new(render::plain(found.host.as_deref().unwrap_or("-"))),
        Cell::new(found.origin.short()),
        Cell::new(because(found)),
    ]
}

/// What decided; of a rule over several events all that it shows.
fn because(found: &Detection) -> String {
    let told = found.fields.iter().filter(|(name, _)| found.decided.is_empty() || found.decided.contains(name));
    let told = told.filter(|(name, _)| name != "host").map(|(name, cells)| {
        let mut text = render::plain(&cells.iter().map(cell).collect::<Vec<_>>().join(", ")).replace('\n', "␊");
        if let Some((at, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(at);
            text.push('…');
        }
        format!("{name}={text}")
    });
    told.collect::<Vec<_>>().join("\n")
}
