//! What a target's first stage can do, what is left for a later one, and how faithful the whole is.
//!
//! In: a rule, the bindings of a target, and a [`Dialect`] that says of each native test where it can be expressed. Out: [`Plan`].
//! Law of the split: `pred == first and rest`. Through an `All` by parts; an `Any` or a `Not` with one test that the first stage cannot
//! say goes to the rest whole, and leaves in `first` a widened copy, branch by branch: if one branch widens to true, the whole does.

use crate::diag::Diagnostic;
use crate::hir::{Pred, Rule, Test};
use crate::schema::Packs;

use super::bind::{ColumnRef, Native, NativeExpr, NativePred};
use super::{Fidelity, Target};

/// Where a target can express one test.
#[derive(Clone, Debug)]
pub enum Support {
    /// In the first stage, exactly.
    Native,
    /// In a later stage only; the first may take this weaker predicate meanwhile (None: nothing weaker than true).
    Later(Option<NativePred>),
    /// Not at all.
    Never(Box<Diagnostic>),
}

/// What `plan` must know of a query language.
pub trait Dialect {
    fn support(&self, test: &Test<Native>) -> Support;
}

/// A query, before it is printed.
#[derive(Clone, Debug)]
pub struct Plan {
    pub searches: Vec<Search>,
    /// The columns of the result, in order; each search has a value, or nothing, for each.
    pub columns: Vec<String>,
    /// How far to look back, in seconds.
    pub last: Option<u64>,
    pub fidelity: Fidelity,
    pub reasons: Vec<Diagnostic>,
    pub assumptions: Vec<String>,
}

/// What is asked of one container.
#[derive(Clone, Debug)]
pub struct Search {
    /// `DeviceProcessEvents`, `Endpoint.Processes`, `1`, `Security:4688`
    pub table: String,
    pub channel: Option<String>,
    pub event_id: Option<u32>,
    /// The class and action predicate and all that the first stage can say.
    pub first: NativePred,
    pub rest: NativePred,
    /// The name of a result column and what stands in it here; None: nothing.
    pub shown: Vec<(String, Option<NativeExpr>)>,
    /// Columns that the first stage must hand on: those of `rest` and of `shown`.
    pub carried: Vec<ColumnRef>,
    /// The labels of the branches asked here, each with its exact predicate; one without a predicate labels every row.
    pub labels: Vec<(String, Option<NativePred>)>,
}

/// The plan of a rule, or why there is none.
pub fn plan(_rule: &Rule, _target: Target, _dialect: &dyn Dialect, _packs: &Packs) -> Result<Plan, Vec<Diagnostic>> {
    Err(Vec::new())
}

/// Splits a predicate: `(first, rest)` with `pred == first and rest`.
pub fn split(pred: &NativePred, dialect: &dyn Dialect) -> (NativePred, NativePred) {
    let _ = (pred, dialect);
    (Pred::TRUE, Pred::TRUE)
}
