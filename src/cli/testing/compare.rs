//! Snapshots, held against what rules are lowered to now.
//!
//! In: the page of a rule, the folder. Out: whether the file says the same, and how it differs. Line ends count nothing: a checkout may change
//! them. Nothing is written here.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use super::Tested;
use super::page::Page;
use crate::backend::Target;
use crate::cli::out::Paint;
use crate::cli::unified;
use crate::project::{Stage, Waiting, present_snapshots, reason, snapshot_name};

pub struct Compared {
    /// The name of the file, in the folder of snapshots.
    pub file: String,
    /// What it would be now; empty where nobody asks for it: of thousands of rules not all of them are kept.
    pub now: String,
    pub state: State,
    /// It is laid down, to be accepted.
    pub laid: Option<io::Result<Waiting>>,
}

pub enum State {
    Same,
    /// There is none.
    Missing,
    Changed(Changed),
    /// It was accepted, and written.
    Written,
    /// Why nobody can say.
    Unreadable(String),
}

pub struct Changed {
    pub before: String,
    /// The targets whose section is another; none: the rule alone is.
    pub targets: Vec<String>,
}

impl Compared {
    pub fn fails(&self) -> bool {
        match self.state {
            State::Same | State::Written => false,
            State::Missing | State::Changed(_) | State::Unreadable(_) => true,
        }
    }

    /// Lays it down where it differs; then the texts are not kept.
    pub fn lay(&mut self, stage: &Stage) {
        if !self.fails() {
            return;
        }
        let laid = stage.lay(&self.file, self.now.as_bytes());
        if laid.is_ok() {
            self.now = String::new();
            if let State::Changed(changed) = &mut self.state {
                changed.before = String::new();
            }
        }
        self.laid = Some(laid);
    }

    /// `+` and `-` before the lines that differ; None: nothing to compare.
    pub fn diff(&self, folder: &Path, paint: Paint) -> Option<String> {
        let State::Changed(Changed { before, .. }) = &self.state else { return None };
        let name = folder.join(&self.file).display().to_string();
        Some(unified::named([&name, "now"], before, &self.now, paint))
    }
}

/// `only`: the targets that are asked for, where there are others. `is_shown`: somebody wants to see what is missing.
pub fn compare(folder: &Path, rule: &str, page: Page, only: Option<&[Target]>, is_shown: bool) -> Compared {
    let file = snapshot_name(rule);
    let now = page.text();
    let state = match std::fs::read(folder.join(&file)) {
        Ok(bytes) if only.is_none() && bytes == now.as_bytes() => State::Same,
        Ok(bytes) => {
            let before = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            let old = Page::parse(&before);
            let (before, old) = match only {
                Some(targets) => {
                    let old = old.only(targets);
                    (old.text(), old)
                }
                None => (before, old),
            };
            if before == now { State::Same } else { State::Changed(Changed { targets: targets(&old, &page), before }) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => State::Missing,
        Err(error) => State::Unreadable(reason(&error)),
    };
    let is_wanted = match state {
        State::Same => false,
        State::Missing => is_shown,
        State::Changed(_) | State::Unreadable(_) | State::Written => true,
    };
    Compared { file, now: if is_wanted { now } else { String::new() }, state, laid: None }
}

/// Of either page those with a section that the other has not.
fn targets(old: &Page, new: &Page) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let others = |of: &Page, other: &Page, names: &mut Vec<String>| {
        for section in of.sections.iter().filter(|section| !other.sections.contains(section)) {
            if !names.iter().any(|name| name == section.target()) {
                names.push(section.target().to_owned());
            }
        }
    };
    others(new, old, &mut names);
    others(old, new, &mut names);
    names
}

pub struct Settled {
    /// No snapshot was ever made.
    pub is_first: bool,
    pub orphans: Vec<String>,
}

/// What the folder says as a whole. `is_sure`: every rule is known, so what belongs to none is nobody's.
pub fn settle(folder: &Path, tested: &[Tested<'_>], is_sure: bool) -> io::Result<Settled> {
    let present = present_snapshots(folder)?.unwrap_or_default();
    let made: HashSet<&str> = tested.iter().filter_map(|tested| Some(tested.snapshot.as_ref()?.file.as_str())).collect();
    let is_first = present.is_empty();
    let orphans = present.into_iter().filter(|name| is_sure && !made.contains(name.as_str())).collect();
    Ok(Settled { is_first, orphans })
}
