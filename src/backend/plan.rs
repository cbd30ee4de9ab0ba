//! What a target's first stage can do, what is left for a later one, and how faithful the whole is.
//!
//! In: a rule, the bindings of a target, and a [`Dialect`] that says of each native test where it can be expressed. Out: [`Plan`].
//! Law of the split: `pred == first and rest`. Through an `All` by parts; an `Any` or a `Not` with one test that the first stage cannot
//! say goes to the rest whole, and leaves in `first` a widened copy, branch by branch: if one branch widens to true, the whole does.

use crate::diag::Diagnostic;
use crate::hir::{Pred, Rule, Test};
use crate::schema::Packs;

use super::bind::{ColumnRef, Native, NativePred};
use super::{Fidelity, Target};

/// Where a target can express one test.
#[derive(Clone, Debug)]
pub enum Support {
    /// In the first stage, exactly, and in every later one: a test may stand in `rest` beside one that only fits there.
    Native,
    /// In a later stage only; the first may take this weaker predicate meanwhile (None: nothing weaker than true). Each test of it
    /// is `Native`, and it is true wherever the test is: [`widen::weaker`](super::widen) makes such predicates.
    Later(Option<NativePred>),
    /// Not at all: the branch is refused for this reason.
    Never(Box<Diagnostic>),
}

/// A test that the dialect can say only nearly.
#[derive(Clone, Debug)]
pub struct Departure {
    /// True: the query's test may pass where the rule's does not. False: it may fail where the rule's passes.
    pub more: bool,
    pub reason: Diagnostic,
}

/// What `plan` must know of a query language.
pub trait Dialect {
    fn support(&self, test: &Test<Native>) -> Support;

    /// Whether a case-insensitive test folds every letter of this literal (of a regex: its pattern) as the language does. By default
    /// a dialect is trusted with ASCII and with scripts that know no case; override where the vendor documents more.
    fn folds(&self, literal: &str) -> bool {
        !literal.chars().any(|c| !c.is_ascii() && (c.is_lowercase() || c.is_uppercase()))
    }

    /// How the dialect's form of the test differs from its meaning, folding aside. `plan` turns it round under a `Not`.
    fn departures(&self, _test: &Test<Native>) -> Vec<Departure> {
        Vec::new()
    }
}

/// A query, before it is printed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One a container and class, in the order of the rule. Never empty.
    pub searches: Vec<Search>,
    /// The columns of the result, in order; titles are unique. [`Search::shown`] runs parallel to it.
    pub columns: Vec<Column>,
    /// How far to look back, in seconds.
    pub last: Option<u64>,
    pub fidelity: Fidelity,
    /// Why it is not exact; empty if it is.
    pub reasons: Vec<Diagnostic>,
    /// What the user should know and what changes no fidelity: a column asked for that stays empty.
    pub notes: Vec<Diagnostic>,
    /// What the bindings take for granted about the data.
    pub assumptions: Vec<String>,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub title: String,
    /// `as NAME` stands in the rule: the title is the user's own.
    pub alias: bool,
    pub kind: ColumnKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// The event's time: [`Shown::Time`] in every search. Untitled by the user, its title is the schema's column of time.
    Time,
    /// The labels that hold: [`Shown::Matched`] in every search that has labels, else [`Shown::Nothing`].
    Matched,
    /// The name of the class: [`Shown::Constant`] in every search.
    Class,
    /// What happened: a column of the table, or a constant.
    Action,
    Field,
}

/// What stands in a column of the result in the rows of one search.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Time,
    /// The labels of [`Search::labels`] whose predicates hold, in their order.
    Matched,
    Constant(String),
    Value(Native),
    Nothing,
}

/// What is asked of one container.
#[derive(Clone, Debug)]
pub struct Search {
    /// `cim`, `defender`, `sysmon`, `windows`
    pub schema: String,
    pub class: String,
    /// `DeviceProcessEvents`, `Endpoint.Processes`, `1`, `Security:4688`
    pub table: String,
    /// The dataset that the columns are prefixed with (CIM: `Processes`), else empty.
    pub lineage: String,
    /// The printer asks for the channel and the event's number: they are in no predicate.
    pub channel: Option<String>,
    pub event_id: Option<u32>,
    /// The schema's column of the event's time, as the target calls it.
    pub time: String,
    /// The class and action predicate and all that the first stage can say.
    pub first: NativePred,
    pub rest: NativePred,
    /// One a column of the plan.
    pub shown: Vec<Shown>,
    /// Columns that the first stage must hand on: those of `rest`, `shown` and `labels`, without repetition. Time is not among them.
    pub carried: Vec<ColumnRef>,
    /// The labels of the branches asked here; empty if no branch of the rule has one.
    pub labels: Vec<Label>,
}

/// A label, and the rows that carry it. The predicate is exact and complete (action included), and needs no `first` beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub name: String,
    /// `Pred::TRUE`: every row of the search.
    pub when: NativePred,
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
