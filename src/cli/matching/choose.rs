//! Which rules are asked, about the events of which time, in which files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use glob::{MatchOptions, Pattern};

use crate::engine::shape::time;
use crate::hir::{Level, Rule};
use crate::project::STDIN;

/// A rule without a level is below all of them.
pub fn of_level(rules: &mut Vec<Rule>, least: Option<Level>) {
    rules.retain(|rule| least.is_none() || rule.meta.level >= least);
}

/// Those whose name, title, id, file or technique one of the patterns is. Err: the pattern that is none of any.
pub fn selected(rules: &mut Vec<Rule>, patterns: &[Pattern], path: impl Fn(&Rule) -> String) -> Result<(), String> {
    let options = MatchOptions { case_sensitive: false, ..MatchOptions::new() };
    let is = |pattern: &Pattern, rule: &Rule| {
        let path = path(rule);
        let said = [Some(rule.name.as_str()), rule.meta.title.as_deref(), rule.meta.id.as_deref(), Some(path.as_str())];
        let mut said = said.into_iter().flatten().chain(rule.meta.attack.iter().map(String::as_str));
        said.any(|text| pattern.matches_with(text, options))
    };
    if let Some(none) = patterns.iter().find(|pattern| !rules.iter().any(|rule| is(pattern, rule))) {
        return Err(none.as_str().to_owned());
    }
    rules.retain(|rule| patterns.is_empty() || patterns.iter().any(|pattern| is(pattern, rule)));
    Ok(())
}

/// From the one, up to and without the other; microseconds since 1970.
#[derive(Clone, Copy, Default)]
pub struct Times {
    pub since: Option<i64>,
    pub until: Option<i64>,
}

impl Times {
    /// An event without a time is of no time that was asked for.
    pub fn has(self, time: Option<i64>) -> bool {
        let Times { since, until } = self;
        let asked = since.is_some() || until.is_some();
        !asked || time.is_some_and(|time| since.is_none_or(|since| time >= since) && until.is_none_or(|until| time < until))
    }
}

/// `2026-01-02`, `2026-01-02T03:04:05Z`, or how long ago: `90m`, `24h`, `7d`.
pub fn time(text: &str) -> Result<i64, String> {
    let day = || time::parse_text(&format!("{text}T00:00:00Z"));
    let ago = || {
        let ago = Duration::from_secs(seconds(text)?);
        let then = SystemTime::now().checked_sub(ago)?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(then.as_micros()).ok()
    };
    // A number alone is no time that a person writes.
    let whole = || Some(text).filter(|text| text.contains('-')).and_then(time::parse_text);
    ago().or_else(whole).or_else(day).ok_or_else(|| "write `2026-01-02`, `2026-01-02T03:04:05Z`, or how long ago, as in `24h`".to_owned())
}

fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)].iter().find(|(name, _)| *name == unit)?.1;
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// How long: `90s`, `5m`, `24h`, `7d`; in microseconds.
pub fn lasting(text: &str) -> Result<i64, String> {
    let micros = seconds(text).and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1_000_000));
    micros.ok_or_else(|| "write a number and one of `s`, `m`, `h`, `d`, as in `5m`".to_owned())
}

/// How files of events are called; compressed ones have one of the last two behind it.
pub const ENDINGS: [&str; 8] = ["json", "jsonl", "ndjson", "evtx", "csv", "log", "gz", "zst"];

/// The files that are meant: of a folder those below it that have the name of a file of events, of a pattern (`*.jsonl`) those that it is. What is
/// not there is left as it is, for opening it to say so; what is named twice is read once. Beside them the folders that have none.
pub fn files(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<&Path>) {
    let (mut files, mut barren) = (Vec::new(), Vec::new());
    for path in paths {
        match path.to_str() {
            Some(STDIN) => files.push(path.clone()),
            Some(text) if !path.exists() && text.contains(['*', '?', '[']) => {
                let before = files.len();
                files.extend(glob::glob(text).into_iter().flatten().flatten().filter(|path| path.is_file()));
                if files.len() == before {
                    files.push(path.clone());
                }
            }
            Some(_) | None => {
                let before = files.len();
                below(path, &mut files);
                barren.extend(Some(path.as_path()).filter(|_| files.len() == before));
            }
        }
    }
    let mut known = HashSet::new();
    files.retain(|path| known.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    (files, barren)
}

fn below(path: &Path, files: &mut Vec<PathBuf>) {
    let entries = if path.is_dir() { std::fs::read_dir(path) } else { return files.push(path.to_owned()) };
    // Opening it says what is wrong.
    let Ok(entries) = entries else { return files.push(path.to_owned()) };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        let is_events = entry.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)));
        // A link to a folder may lead back to where it stands.
        if entry.is_dir() && !entry.is_symlink() {
            below(&entry, files);
        } else if is_events && entry.is_file() {
            files.push(entry);
        }
    }
}
