//! How much is kept for rules over several events, and what was left out for it.
//!
//! In: what the caller allows. Out: counts of what was not taken in, or was let go. Law: nothing is left out without being counted, and without a
//! limit and a watermark nothing is left out.

use serde::{Deserialize, Serialize};

/// How much a scanner keeps for each rule over several events. Where more comes, an eighth is let go, what had no hit for longest first, and
/// counted in [`LeftOut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Groups of a threshold, each a window of its keys; keys of a linked pattern.
    pub keys: usize,
    /// Hits of one key of a linked pattern.
    pub hits: usize,
    /// Different values that one group keeps for one `distinct`, `values` or percentile. What comes behind them is not taken in.
    pub values: usize,
}

impl Limits {
    /// Everything is kept: for events that have an end.
    pub const NONE: Limits = Limits { keys: usize::MAX, hits: usize::MAX, values: usize::MAX };

    /// For a stream without end.
    pub const STREAM: Limits = Limits { keys: 100_000, hits: 10_000, values: 100_000 };

    /// To how many of so many it is brought down; None: they are not too many.
    pub(super) fn down(count: usize, most: usize) -> Option<usize> {
        (count > most).then(|| most - most / 8)
    }
}

/// What was not counted or linked, though the rules asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Hits that came after what they belong to was decided: of a threshold after the end of their window, of a linked pattern after their time.
    pub late: u64,
    /// Groups, and keys of linked patterns, with all that was kept of them.
    pub keys: u64,
    /// Hits of a key of a linked pattern.
    pub hits: u64,
    /// Values of a group.
    pub values: u64,
}

impl LeftOut {
    pub fn is_nothing(&self) -> bool {
        *self == LeftOut::default()
    }

    pub(crate) fn add(&mut self, other: LeftOut) {
        self.late = self.late.saturating_add(other.late);
        self.keys = self.keys.saturating_add(other.keys);
        self.hits = self.hits.saturating_add(other.hits);
        self.values = self.values.saturating_add(other.values);
    }
}

/// What a state must know of the scanner that feeds it.
#[derive(Clone, Copy, Debug)]
pub struct Keeping {
    pub limits: Limits,
    /// No earlier event is taken in; `i64::MIN`: any is.
    pub watermark: i64,
}

impl Keeping {
    /// Whether something is let go at all.
    pub fn is_bounded(&self) -> bool {
        self.watermark > i64::MIN || self.limits != Limits::NONE
    }
}
