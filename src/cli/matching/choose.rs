//! Which rules are asked, about the events of which time, in which files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use glob::{MatchOptions, Pattern};

use crate::engine::shape::time;
use crate::hir::{Level, Rule};
use crate::project::STDIN;

/// A rule without a level is below all of them: the names of those that are left out for that.
pub fn of_level(rules: &mut Vec<Rule>, least: Option<Level>) -> Vec<String> {
    if least.is_none() {
        return Vec::new();
    }
    let without = rules.iter().filter(|rule| rule.meta.level.is_none()).map(|rule| rule.name.clone()).collect();
    rules.retain(|rule| rule.meta.level >= least);
    without
}

/// Those whose name, title, id, file or technique one of the patterns is. Err: the pattern that is none of any.
pub fn selected(rules: &mut Vec<Rule>, patterns: &[Pattern], path: impl Fn(&Rule) -> String) -> Result<(), String> {
    if let Some(none) = patterns.iter().find(|pattern| !rules.iter().any(|rule| is(pattern, rule, &path(rule)))) {
        return Err(none.as_str().to_owned());
    }
    rules.retain(|rule| patterns.is_empty() || patterns.iter().any(|pattern| is(pattern, rule, &path(rule))));
    Ok(())
}

const OPTIONS: MatchOptions = MatchOptions { case_sensitive: false, require_literal_separator: false, require_literal_leading_dot: false };

/// Whether the pattern is one of what a rule is known by.
pub fn is(pattern: &Pattern, rule: &Rule, path: &str) -> bool {
    let said = [Some(rule.name.as_str()), rule.meta.title.as_deref(), rule.meta.id.as_deref()];
    let mut said = said.into_iter().flatten().chain(rule.meta.attack.iter().map(String::as_str));
    is_path(pattern, path) || said.any(|text| pattern.matches_with(text, OPTIONS))
}

/// A file, by its path or by its name alone.
pub fn is_path(pattern: &Pattern, path: &str) -> bool {
    [path, path.rsplit(['/', '\\']).next().unwrap_or(path)].iter().any(|text| pattern.matches_with(text, OPTIONS))
}

/// Whether the pattern is the name, title or id that stands around a place in a text of rules, of whatever is wrong there no rule is made.
pub fn is_around(pattern: &Pattern, text: &str, at: usize) -> bool {
    names_around(text, at).iter().any(|name| pattern.matches_with(name, OPTIONS))
}

/// Of a rule of the language its name; of one of Sigma, which is a document of its own, what its head says.
fn names_around(text: &str, at: usize) -> Vec<String> {
    let before = text.get(..at).unwrap_or(text);
    let name = |line: &str| {
        let name = line.trim_start().strip_prefix("rule ")?.trim_start();
        Some(name.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?.to_owned())
    };
    let line_end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    if let Some(name) = text.get(..line_end).and_then(|text| text.lines().rev().find_map(name)) {
        return vec![name];
    }
    let begin = before.rfind("\n---").map_or(0, |begin| begin + 1);
    let document = text.get(begin..).unwrap_or_default();
    let document = document.get(3..).and_then(|rest| rest.find("\n---")).map_or(document, |end| &document[..end + 3]);
    let values = document.lines().filter_map(|line| ["title:", "id:", "name:"].iter().find_map(|key| line.strip_prefix(key)));
    values.map(str::trim).map(|text| text.trim_matches(['"', '\'']).to_owned()).collect()
}

/// Whether a document of Sigma has the pattern for its name, title or id.
pub fn is_in(pattern: &Pattern, text: &str) -> bool {
    let begins = std::iter::once(0).chain(text.match_indices("\n---").map(|(at, _)| at + 4));
    begins.into_iter().any(|at| is_around(pattern, text, at))
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

/// What people's paths came to.
#[derive(Default)]
pub struct Files {
    pub files: Vec<PathBuf>,
    /// Folders that have none.
    pub barren: Vec<PathBuf>,
    /// Files of folders whose names are not those of files of events.
    pub passed: Vec<PathBuf>,
}

/// The files that are meant: of a folder those below it that have the name of a file of events, of a pattern (`*.jsonl`) those that it is. What is
/// not there is left as it is, for opening it to say so; what is named twice is read once, and so is a folder that a link leads to.
pub fn files(paths: &[PathBuf]) -> Files {
    let mut found = Files::default();
    let mut entered = HashSet::new();
    for path in paths {
        match path.to_str() {
            Some(STDIN) => found.files.push(path.clone()),
            Some(text) if !path.exists() && text.contains(['*', '?', '[']) => {
                let before = found.files.len();
                found.files.extend(glob::glob(text).into_iter().flatten().flatten().filter(|path| path.is_file()));
                if found.files.len() == before {
                    found.files.push(path.clone());
                }
            }
            Some(_) | None => {
                let before = found.files.len();
                below(path, &mut found, &mut entered);
                // A folder that was named before has been read.
                found.barren.extend(Some(path.clone()).filter(|_| found.files.len() == before && found.files.is_empty()));
            }
        }
    }
    let mut known = HashSet::new();
    found.files.retain(|path| known.insert(real(path)));
    found
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// `entered`: the folders that were read; a link may lead back to where it stands.
fn below(path: &Path, found: &mut Files, entered: &mut HashSet<PathBuf>) {
    if !path.is_dir() {
        return found.files.push(path.to_owned());
    }
    if !entered.insert(real(path)) {
        return;
    }
    // Opening it says what is wrong.
    let Ok(entries) = std::fs::read_dir(path) else { return found.files.push(path.to_owned()) };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // What stands in the folder itself before what links lead to.
    entries.sort_by_key(|entry| (entry.is_dir() && entry.is_symlink(), entry.clone()));
    for entry in entries {
        let is_events = entry.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)));
        if entry.is_dir() {
            below(&entry, found, entered);
        } else if is_events && entry.is_file() {
            found.files.push(entry);
        } else if entry.is_file() {
            found.passed.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_stands_around_a_place() {
        let text = "rule one { detect x }\n\nrule two {\n  detect y\n}\n";
        let names = |text: &str, at: &str| names_around(text, text.find(at).expect("place"));
        assert_eq!(names(text, "x }"), ["one"]);
        assert_eq!(names(text, "rule two"), ["two"]);
        assert_eq!(names(text, "y"), ["two"]);
        let text = "title: A\nid: 1\nx: 1\n---\ntitle: 'B b'\nname: bb\nx: 2\n";
        assert_eq!(names(text, "x: 1"), ["A", "1"]);
        assert_eq!(names(text, "title: A"), ["A", "1"]);
        assert_eq!(names(text, "x: 2"), ["B b", "bb"]);
        let is = |name: &str| is_in(&Pattern::new(name).expect("pattern"), text);
        assert!(is("bb") && is("a") && is("B*") && !is("c"));
    }
}
