//! Where the lines of a query came from, as `spoor build --map` says it.
//!
//! In: a [`SourceMap`] and the texts it points into. Out: `[{line, spans: [{path, line, column, end_line, end_column}]}]`, one entry a line of the
//! query, a stable interface; or comment lines for a person. Lines and columns count from 1, columns in Unicode scalars, ends are exclusive.

use serde::Serialize;

use crate::backend::lines::SourceMap;
use crate::diag::json::Spot;
use crate::source::{FileId, Sources, Span};

#[derive(Serialize)]
pub struct Line<'s> {
    line: usize,
    /// Empty: the line says nothing of the rule's.
    spans: Vec<Spot<'s>>,
}

pub fn entries<'s>(map: &SourceMap, sources: &'s Sources) -> Vec<Line<'s>> {
    map.lines().map(|(line, places)| Line { line, spans: places.into_iter().map(|place| Spot::new(sources, place)).collect() }).collect()
}

/// The text of a file: an array with one entry a line.
pub fn file(map: &SourceMap, sources: &Sources) -> String {
    // Texts and numbers only: it cannot fail.
    let entries: Vec<String> = entries(map, sources).iter().map(|entry| serde_json::to_string(entry).unwrap_or_default()).collect();
    format!("[\n{}\n]\n", entries.join(",\n"))
}

/// `line 3: rules/x.spoor:4:9, 6:3`; lines that follow each other and of which the same is said stand together.
pub fn told(map: &SourceMap, sources: &Sources) -> Vec<String> {
    let mut runs: Vec<(usize, usize, String)> = Vec::new();
    for (line, places) in map.lines() {
        let mut file = None;
        let mut spots: Vec<String> = places.iter().map(|place| spot(*place, &mut file, sources)).collect();
        spots.dedup();
        let said = if spots.is_empty() { "nothing of the rule".to_owned() } else { spots.join(", ") };
        match runs.last_mut() {
            Some((_, last, known)) if *known == said => *last = line,
            _ => runs.push((line, line, said)),
        }
    }
    let run = |(first, last, said): (usize, usize, String)| match first == last {
        true => format!("line {first}: {said}"),
        false => format!("lines {first}-{last}: {said}"),
    };
    runs.into_iter().map(run).collect()
}

/// `rules/x.spoor:4:9`; behind another place of the same file, `6:3`.
fn spot(place: Span, file: &mut Option<FileId>, sources: &Sources) -> String {
    let Spot { path, place: at } = Spot::new(sources, place);
    let at = format!("{}:{}", at.line, at.column);
    if file.replace(place.file) == Some(place.file) { at } else { format!("{path}:{at}") }
}
