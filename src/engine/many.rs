//! Long lists in the matcher: one look at a text, not one a literal.
//!
//! In: the literals of a text test, folded as its texts are. Out: [`Many`], which a text passes or not. Law: it says what a walk over the
//! literals says; the time it takes depends on the text (its parts, its length) and on how many lengths the literals have, not on how many
//! they are.

use std::collections::{BTreeMap, HashSet};

use super::text::{self, Edges};

/// A shorter list is walked: that is as fast.
pub const FEW: usize = 16;

type Set = HashSet<Box<str>>;

#[derive(Debug)]
pub enum Many {
    /// Ends of names, at their dots.
    Names(Set),
    HostNames(Set),
    MailNames(Set),
    /// Beginnings of paths at their slashes: see [`text::path_stem`].
    Paths(Set),
    Keys(Set),
    /// By length.
    Starts(BTreeMap<usize, Set>),
    Ends(BTreeMap<usize, Set>),
    Parts(regex::Regex),
    /// One of them stands in the text; then each is looked at.
    Words(regex::Regex, Box<[(Box<str>, Edges)]>),
}

/// Room for the automaton of some ten thousand literals.
const AUTOMATON: usize = 256 << 20;

/// The literals as alternatives of one automaton.
pub fn automaton<'l>(literals: impl Iterator<Item = &'l str>) -> Result<regex::Regex, String> {
    let any = literals.map(regex_syntax::escape).collect::<Vec<_>>().join("|");
    regex::RegexBuilder::new(&any).size_limit(AUTOMATON).dfa_size_limit(AUTOMATON).build().map_err(|error| error.to_string())
}

pub fn by_length(literals: impl Iterator<Item = Box<str>>) -> BTreeMap<usize, Set> {
    let mut by_length: BTreeMap<usize, Set> = BTreeMap::new();
    literals.for_each(|literal| {
        by_length.entry(literal.len()).or_default().insert(literal);
    });
    by_length
}

impl Many {
    pub fn passes(&self, text: &str, original: &str) -> bool {
        match self {
            Many::Names(set) => below_name(text, set),
            Many::HostNames(set) => below_name(text::url_host(text), set),
            Many::MailNames(set) => text::email_domain(text).is_some_and(|domain| below_name(domain, set)),
            Many::Paths(set) if text.contains('/') => below(&text.replace('/', "\\"), set),
            Many::Paths(set) | Many::Keys(set) => below(text, set),
            Many::Starts(by_length) => by_length.iter().any(|(length, set)| text.get(..*length).is_some_and(|start| set.contains(start))),
            Many::Ends(by_length) => by_length.iter().any(|(length, set)| {
                let at = text.len().checked_sub(*length);
                at.and_then(|at| text.get(at..)).is_some_and(|end| set.contains(end))
            }),
            Many::Parts(any) => any.is_match(text),
            Many::Words(any, words) => any.is_match(text) && words.iter().any(|(word, edges)| text::has(text, original, word, *edges)),
        }
    }

    /// As dear as a few literals.
    pub fn cost(&self) -> u32 {
        match self {
            Many::Names(_) | Many::HostNames(_) | Many::MailNames(_) | Many::Paths(_) | Many::Keys(_) => 12,
            Many::Starts(by_length) | Many::Ends(by_length) => 4 + 2 * by_length.len() as u32,
            Many::Parts(_) | Many::Words(..) => 50,
        }
    }
}

/// The name, or what stands behind one of its dots, is in the set.
fn below_name(text: &str, set: &Set) -> bool {
    let name = text.trim_end_matches('.');
    set.contains(name) || name.match_indices('.').any(|(dot, _)| set.contains(&name[dot + 1..]))
}

/// The text, or what stands before one of its backslashes, is in the set.
fn below(text: &str, set: &Set) -> bool {
    set.contains(text) || text.match_indices('\\').any(|(slash, _)| set.contains(&text[..slash]))
}
