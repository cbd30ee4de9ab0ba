//! What happened where, in the order of time: a picture of each host, and below it what was found there.

use std::collections::BTreeMap;

use super::{About, lines};
use crate::cli::matching::found::Detection;
use crate::diag::render;
use crate::engine::shape::time;
use crate::hir::Level;

/// How many parts the time between the first and the last match has in a picture.
const PARTS: usize = 48;
/// From few to many.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub fn timeline(found: &[Detection], about: &About<'_>) -> String {
    let mut hosts: BTreeMap<&str, Vec<&Detection>> = BTreeMap::new();
    for found in found {
        hosts.entry(found.host.as_deref().unwrap_or("")).or_default().push(found);
    }
    let times = || found.iter().filter_map(|found| found.time);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return sections(hosts, None, about) };
    sections(hosts, Some((first, last)), about)
}

fn sections(hosts: BTreeMap<&str, Vec<&Detection>>, span: Option<(i64, i64)>, about: &About<'_>) -> String {
    let mut text = String::new();
    if let Some((first, last)) = span {
        text.push_str(&format!("{} to {}\n", time::short(first), time::short(last)));
    }
    let longest = hosts.keys().map(|host| named(host).chars().count()).max().unwrap_or(0);
    for (host, found) in &hosts {
        let bars = span.map_or_else(String::new, |span| bars(found, span));
        text.push_str(&format!("{:<longest$}  {bars}  {}\n", named(host), found.len()));
    }
    for (host, mut found) in hosts {
        found.sort_by_key(|found| (found.time.is_none(), found.time));
        text.push_str(&format!("\n{}\n", about.paint.bold(&named(host))));
        let mut day = String::new();
        for found in found {
            let (date, clock) = parts(found.time);
            if date != day {
                text.push_str(&format!("  {}\n", about.paint.dim(&date)));
                day = date;
            }
            let rule = about.rule(found);
            let level = about.level(rule.meta.level, &format!("{:<13}", rule.meta.level.map_or("-", Level::name)));
            let fields = lines::fields(found, about, |name| {
                name != "host" && (found.decided.is_empty() || found.decided.iter().any(|it| it == name))
            });
            let line = format!(
                "    {clock:<15} {level} {}{fields} {}",
                about.paint.bold(&render::plain(&rule.name)),
                about.paint.dim(&found.origin.to_string())
            );
            text.push_str(&line.replace('\n', "␊"));
            text.push('\n');
        }
    }
    text
}

fn named(host: &str) -> String {
    if host.is_empty() { "(no host)".to_owned() } else { render::plain(host).to_string() }
}

/// `2026-01-02` and `03:04:05.5`, in UTC.
fn parts(micros: Option<i64>) -> (String, String) {
    let Some(micros) = micros else { return ("no time".to_owned(), "-".to_owned()) };
    let whole = time::short(micros);
    let (date, clock) = whole.trim_end_matches('Z').split_once('T').unwrap_or((&whole, ""));
    (date.to_owned(), clock.to_owned())
}

/// How many matches each part of the time has.
fn bars(found: &[&Detection], (first, last): (i64, i64)) -> String {
    let mut counts = [0usize; PARTS];
    let width = last.saturating_sub(first).unsigned_abs() as u128 + 1;
    for time in found.iter().filter_map(|found| found.time) {
        let at = time.saturating_sub(first).unsigned_abs() as u128 * PARTS as u128 / width;
        counts[(at as usize).min(PARTS - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    counts.iter().map(|count| if *count == 0 { '·' } else { BARS[(count * BARS.len() - 1) / most] }).collect()
}
