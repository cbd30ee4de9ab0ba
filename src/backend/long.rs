//! Lists that are too long to be spelled out.
//!
//! In: a list of values. Out: whether it is one of these. A list of a few values is said where it is asked for, in the form a reader knows; of a
//! longer one each value would be a line, and each form of it another. There the value of the row is computed once and looked up.

use crate::hir::{NamedList, Rule};
use crate::source::Span;

/// The longest list that stands in a query as it is written. No product documents a limit so low: a reader's patience is it.
pub const INLINE: usize = 256;

pub fn is_long<T>(list: &[T]) -> bool {
    list.len() > INLINE
}

/// What one pattern holds of a list, in bytes: engines set limits to a pattern's size that their pages do not name.
const PATTERN: usize = 2_000;

/// Parts of a list, each of which is no longer than a pattern should be; one item alone may be.
pub fn chunks<T>(list: Vec<T>, length: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut chunks: Vec<Vec<T>> = Vec::new();
    let mut full = PATTERN;
    for item in list {
        let length = length(&item) + 1;
        match chunks.last_mut() {
            Some(chunk) if full + length <= PATTERN => {
                full += length;
                chunk.push(item);
            }
            _ => {
                full = length;
                chunks.push(vec![item]);
            }
        }
    }
    chunks
}

/// The list that a test at this place asks for by its name.
pub fn origin(rule: &Rule, test: Span) -> Option<&NamedList> {
    let stands_in = |used: &Span| used.file == test.file && test.start <= used.start && used.end <= test.end;
    rule.lists.iter().find(|list| list.used.iter().any(stands_in))
}
