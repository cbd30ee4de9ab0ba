//! A layer for ATT&CK Navigator, in version 4.5 of its format.
//!
//! In: a [`Coverage`]. Out: the layer as JSON. The score of a technique is the number of rules that name it; a technique of which only
//! sub-techniques are named stands there without one, so that Navigator unfolds it. A technique of several tactics has an entry in each.
//! <https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md>

use std::collections::HashMap;

use serde::Serialize;

use super::{Cell, Column, Coverage, Tally};

/// The format of the layer, and the Navigator whose documentation says so.
const LAYER: &str = "4.5";
const NAVIGATOR: &str = "5.2.0";

/// From one rule to as many as any technique has.
const COLORS: [&str; 2] = ["#d3e7dc", "#1d7a4b"];

#[derive(Serialize)]
struct Layer<'c> {
    name: String,
    versions: Versions<'c>,
    domain: &'static str,
    description: String,
    /// By name, as on ATT&CK's own page.
    sorting: u8,
    layout: Layout,
    #[serde(rename = "hideDisabled")]
    hide_disabled: bool,
    techniques: Vec<Technique<'c>>,
    gradient: Gradient,
    #[serde(rename = "legendItems")]
    legend: Vec<Legend>,
    metadata: Vec<Metadata>,
}

#[derive(Serialize)]
struct Versions<'c> {
    attack: &'c str,
    navigator: &'static str,
    layer: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    layout: &'static str,
    #[serde(rename = "showID")]
    show_id: bool,
    show_name: bool,
    show_aggregate_scores: bool,
    count_unscored: bool,
    aggregate_function: &'static str,
    expanded_subtechniques: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Technique<'c> {
    #[serde(rename = "techniqueID")]
    id: &'c str,
    tactic: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<usize>,
    comment: String,
    enabled: bool,
    metadata: Vec<Metadata>,
    show_subtechniques: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gradient {
    colors: [&'static str; 2],
    min_value: usize,
    max_value: usize,
}

#[derive(Serialize)]
struct Legend {
    label: String,
    color: &'static str,
}

#[derive(Serialize)]
struct Metadata {
    name: &'static str,
    value: String,
}

/// The layer, under the name that it has in Navigator's tab.
pub fn layer(coverage: &Coverage, name: &str) -> String {
    let cells = || coverage.tactics.iter().flat_map(|column| &column.cells);
    let most = cells().flat_map(|cell| std::iter::once(cell).chain(&cell.below)).map(|cell| cell.rules.len()).max().unwrap_or(0);
    let metadata = |name, value: &str| Metadata { name, value: value.to_owned() };
    let titles = coverage.rules.iter().filter_map(|rule| Some((rule.name.as_str(), rule.title.as_deref()?))).collect();
    let entries = Entries { targets: &coverage.targets, titles };
    let layer = Layer {
        name: name.to_owned(),
        versions: Versions { attack: &coverage.attack, navigator: NAVIGATOR, layer: LAYER },
        domain: "enterprise-attack",
        description: description(coverage),
        sorting: 0,
        layout: Layout {
            layout: "side",
            show_id: true,
            show_name: true,
            show_aggregate_scores: false,
            count_unscored: false,
            aggregate_function: "sum",
            expanded_subtechniques: "annotated",
        },
        hide_disabled: false,
        techniques: coverage.tactics.iter().flat_map(|column| column.cells.iter().flat_map(|cell| entries.of(column, cell))).collect(),
        // The greatest must be greater than the least.
        gradient: Gradient { colors: COLORS, min_value: 1, max_value: most.max(2) },
        legend: vec![
            Legend { label: "1 rule".to_owned(), color: COLORS[0] },
            Legend { label: format!("{} rules", most.max(2)), color: COLORS[1] },
        ],
        metadata: coverage
            .without
            .iter()
            .map(|rule| metadata("rule without a technique", rule))
            .chain(coverage.refused.iter().map(|rule| metadata("rule without a query", rule)))
            .collect(),
    };
    // Texts and numbers only: it cannot fail.
    serde_json::to_string_pretty(&layer).unwrap_or_default()
}

fn description(coverage: &Coverage) -> String {
    let told = |count: usize, one: &str, several: &str| match count {
        0 => String::new(),
        1 => format!("; 1 rule {one}"),
        some => format!("; {some} rules {several}"),
    };
    let without = told(coverage.without.len(), "names no technique", "name no technique");
    let refused = told(coverage.refused.len(), "has no query there and covers nothing", "have no query there and cover nothing");
    format!("{}{without}{refused}", coverage.summary())
}

struct Entries<'c> {
    targets: &'c [&'static str],
    /// Of rules, by name.
    titles: HashMap<&'c str, &'c str>,
}

impl Entries<'_> {
    /// A technique and its parts, as far as rules name them.
    fn of<'c>(&self, column: &'c Column, cell: &'c Cell) -> Vec<Technique<'c>> {
        if !cell.is_covered() {
            return Vec::new();
        }
        let below = cell.below.iter().filter(|part| part.is_covered()).map(|part| self.entry(column, part, false));
        std::iter::once(self.entry(column, cell, cell.parts_covered() > 0)).chain(below).collect()
    }

    fn entry<'c>(&self, column: &'c Column, cell: &'c Cell, show_subtechniques: bool) -> Technique<'c> {
        let on = |(target, tally): (&&str, &Tally)| format!("{target}: {}", tally.told());
        let fidelities: Vec<String> = self.targets.iter().zip(&cell.tallies).filter(|(_, tally)| tally.all() > 0).map(on).collect();
        let titled = |name: &String| match self.titles.get(name.as_str()) {
            Some(title) => format!("{name}: {title}"),
            None => name.clone(),
        };
        Technique {
            id: &cell.id,
            tactic: &column.word,
            score: (!cell.rules.is_empty()).then_some(cell.rules.len()),
            comment: fidelities.join("\n"),
            enabled: true,
            metadata: cell.rules.iter().map(|rule| Metadata { name: "rule", value: titled(rule) }).collect(),
            show_subtechniques,
        }
    }
}
