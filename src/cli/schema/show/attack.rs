//! A technique, a tactic.

use super::super::attack::{Named, TacticPage, TechniquePage};
use super::{Show, once};
use crate::cli::out::Paint;
use crate::cli::table::Cell;

impl Show {
    pub fn technique(&mut self, page: &TechniquePage) {
        let kind = if page.sub_technique { "sub-technique" } else { "technique" };
        let since = page.since.as_ref().map_or(String::new(), |since| format!(", new in {since}"));
        self.title(&page.id, &format!("{}, a {kind} of ATT&CK {}{since}", page.name, page.version));
        let (mut rows, mut last) = (Vec::new(), "");
        // A head stands before the first row of its kind.
        let mut say = |head: &'static str, id: &str, name: String| {
            rows.push(vec![Cell::new(once(&mut last, head)), Cell::painted(id, Paint::cyan), Cell::new(name)]);
        };
        match page.standing {
            "deprecated" => say("  deprecated", "", "nothing stands in its place".to_owned()),
            "revoked" if page.now.is_empty() => say("  revoked", "", "what stood in its place is gone too".to_owned()),
            _ => page.now.iter().for_each(|now| say("  revoked, now", &now.id, now.name.clone())),
        }
        page.formerly.iter().for_each(|former| say("  formerly", "", former.clone()));
        page.part_of.iter().for_each(|of| say("  part of", &of.id, of.name.clone()));
        page.tactics.iter().for_each(|tactic| say("  tactics", &tactic.id, noted(tactic, ", ", "")));
        page.parts.iter().for_each(|part| say("  sub-techniques", &part.id, noted(part, " (", ")")));
        self.rows(&rows);
    }

    pub fn tactic(&mut self, page: &TacticPage) {
        let former = page.formerly.as_ref().map_or(String::new(), |former| format!(", formerly {former}"));
        self.title(&page.id, &format!("{}, a tactic of ATT&CK {}{former}", page.name, page.version));
        let row = |it: &Named| vec![Cell::painted(format!("  {}", it.id), Paint::cyan), Cell::new(&*it.name), Cell::new(&*it.note)];
        let rows: Vec<Vec<Cell>> = page.techniques.iter().map(row).collect();
        self.rows(&rows);
    }
}

fn noted(it: &Named, before: &str, after: &str) -> String {
    if it.note.is_empty() { it.name.clone() } else { format!("{}{before}{}{after}", it.name, it.note) }
}
