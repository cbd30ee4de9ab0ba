//! Where a list is kept for a target, so that no query need hold its values.
//!
//! In: what a project says of a list file. Out: [`Kept`], which a printer is told for a list of that file. Law: a query may ask for a list by
//! that name only where it asks for all of it.

use std::collections::HashSet;

use crate::schema::Target;
use crate::source::FileId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A lookup of Splunk: a CSV file of this name, with the column `value`.
    Lookup(String),
    /// A watchlist of Sentinel, by its alias; its `SearchKey` has the values.
    Watchlist(String),
    /// A text behind a URL, one value a line.
    External(String),
}

impl Kept {
    /// How a project may say it for a target.
    pub fn forms(target: Target) -> &'static [&'static str] {
        match target {
            Target::Splunk | Target::SplunkRaw => &["lookup"],
            Target::Defender => &["externaldata"],
            Target::Sentinel => &["watchlist", "externaldata"],
        }
    }

    /// None: no such form, or no name that a query could say.
    pub fn named(form: &str, name: &str) -> Option<Kept> {
        match form {
            "lookup" => {
                let name = name.strip_suffix(".csv").unwrap_or(name);
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
                (plain && !name.is_empty()).then(|| Kept::Lookup(name.to_owned()))
            }
            "watchlist" => (!name.is_empty()).then(|| Kept::Watchlist(name.to_owned())),
            "externaldata" => name.starts_with("https://").then(|| Kept::External(name.to_owned())),
            _ => None,
        }
    }
}

/// What a project says of one list file for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptList {
    pub file: FileId,
    pub target: Target,
    pub kept: Kept,
}

/// The same values, whatever their order and their case.
pub fn is_whole(asked: &[String], list: &[String]) -> bool {
    let folded = |values: &[String]| values.iter().map(|value| value.to_lowercase()).collect::<HashSet<_>>();
    folded(asked) == folded(list)
}
