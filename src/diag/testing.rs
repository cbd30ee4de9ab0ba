//! What `spoor test` says: of the events of tests (family 06), of rules without any (05), and of verdicts.
//!
//! In: what reading a test's events gave, what was stated and what was found. Out: the finding, or the sentence.

use super::names::listed;
use super::{Code, Diagnostic};
use crate::source::Span;

/// `folder`: where a rule of Sigma has its events.
pub fn untested(rule: Span, name: &str, folder: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UntestedRule, format!("`{name}` has no test"), rule, "nothing says what it finds")
        .help("`spoor test --generate` suggests some, from the rule itself");
    match folder {
        Some(folder) => found.help(format!("a test is a file of events: `{folder}/NAME.match.jsonl`, or `NAME.no_match.jsonl`")),
        None => found.help("a test stands in the rule: `test \"what it is\" match { process { name: \"x.exe\" } }`, or `no match`"),
    }
}

/// `at`: the path, where a rule or a description names it.
pub fn unreadable_events(at: Span, path: &str, reason: &str, relative: &str) -> Diagnostic {
    Diagnostic::new(Code::TestEvents, format!("the events of `{path}` cannot be read"), at, reason)
        .help(format!("the path is relative to {relative}"))
}

/// The same of a file that is a test by its own name.
pub fn unreadable_file(file: Span, name: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::TestEvents, format!("the events of `{name}` cannot be read"), file, reason)
        .help("a test is a file of events: JSON, CSV, or an event log of Windows (EVTX)")
}

/// `wanted`: what belongs there.
pub fn info_shape(at: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::TestInfo, "`info.yml` does not say which tests there are", at, format!("{wanted} belongs here"))
}

pub fn info_key(at: Span, key: &str, near: Option<&str>, keys: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::TestInfo, format!("`{key}` is no key of a test in `info.yml`"), at, "unknown");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help(format!("the keys are {}", listed(keys))),
    }
}

/// `tests`: how many of them are lost.
pub fn of_no_rule(at: Span, id: &str, tests: usize) -> Diagnostic {
    let them = if tests == 1 { "its test is".to_owned() } else { format!("its {tests} tests are") };
    Diagnostic::new(Code::TestOfNoRule, format!("no rule has the id or the name `{id}`"), at, format!("{them} not run"))
        .help("a rule that was taken away takes its tests along; one whose id is another now has them under that one")
}

pub fn no_test_name(file: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::NoTestName, format!("`{name}` is not run"), file, "its name does not say what is to be found")
        .help("call it `NAME.match.jsonl` or `NAME.no_match.jsonl` (or `.json`, `.csv`, `.evtx`, also `.gz` and `.zst` behind it)")
}

// ---------- verdicts ----------

/// What a test states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    Match,
    NoMatch,
    /// So many matches.
    Count(usize),
}

impl Stated {
    /// `match`, `no match`, `3 matches`
    pub fn word(self) -> String {
        match self {
            Stated::Match => "match".to_owned(),
            Stated::NoMatch => "no match".to_owned(),
            Stated::Count(count) => matches(count),
        }
    }

    pub fn is_met(self, found: usize) -> bool {
        match self {
            Stated::Match => found > 0,
            Stated::NoMatch => found == 0,
            Stated::Count(count) => found == count,
        }
    }

    /// What was to be found, and what was.
    pub fn missed(self, found: usize, events: usize) -> String {
        let among = if events == 1 { "in 1 event".to_owned() } else { format!("in {events} events") };
        let got = if found == 0 { "found none".to_owned() } else { format!("found {}", matches(found)) };
        match self {
            Stated::Match => format!("expected a match, {got} {among}"),
            Stated::NoMatch => format!("expected no match, {got} {among}"),
            Stated::Count(count) => format!("expected {}, {got} {among}", matches(count)),
        }
    }
}

fn matches(count: usize) -> String {
    if count == 1 { "1 match".to_owned() } else { format!("{count} matches") }
}

/// A test by which nothing is shown.
pub const NO_EVENTS: &str = "there are no events in it: every rule would find nothing";
pub const OF_NO_CLASS: &str = "none of its events is of a class that Spoor knows: every rule would find nothing";

/// `wrong`: how many lines or records of a file are no event.
pub fn broken_events(wrong: usize) -> String {
    if wrong == 1 { "a part of the file is no event".to_owned() } else { format!("{wrong} parts of the file are no event") }
}
