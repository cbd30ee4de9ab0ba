//! What a query makes of its rows: matches one by one, groups of them, or chains.
//!
//! In: nothing; these are types. [`groups`](super::groups) and [`chains`](super::chains) build them, the printers read them. Law: what several searches must
//! agree on (a key, what is counted, what another step compares with) is made by each of them under one name, in one form, and missing
//! where the language says missing; behind that, a printer needs no binding.

use std::ops::Range;

use crate::hir::{Compare, Counted, Function, Lasting, LinkKind, Number};
use crate::source::Span;

use super::super::bind::{Native, NativePred};

/// What the rows of the searches become.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Each row is a match, and shows [`Plan::columns`](super::Plan::columns).
    Events,
    /// Rows are counted. [`Plan::columns`](super::Plan::columns) is empty, and so is what each search shows.
    Groups(Groups),
    /// Rows of several steps are put together. Likewise.
    Chains(Chains),
}

/// A value that searches make under one name. [`Search::made`](super::Search::made) says how each of them does.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// A plain word (letters, digits, `_`), unlike every column that a search reads, and unlike every other made name.
    pub name: String,
    pub form: Form,
    /// An event may have several; each counts.
    pub multi: bool,
    /// Where the rule asks for it.
    pub from: Vec<Span>,
}

/// How a made value is kept, so that equal values are equal columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text as it is compared with `cased`, or shown. Missing is what the dialect has for no text.
    Text,
    /// Text in lower case.
    Folded,
    Number,
    Time,
    /// 1 where it holds, else 0.
    Flag,
}

/// How one search makes a value.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // a handful in a plan
pub enum MadeValue {
    /// `native` where `present` holds, else missing. `Pred::TRUE`: every row that passes has one.
    Value {
        native: Native,
        present: NativePred,
    },
    /// The first whose predicate holds, else missing: the words of an enumeration, whatever the product writes.
    Cases(Vec<(NativePred, String)>),
    Constant(String),
    /// Of the form [`Form::Flag`].
    When(NativePred),
    /// Of the form [`Form::Time`]: the event's own.
    Time,
    /// Always missing.
    Nothing,
}

/// `having .. by .. per ..`
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    pub made: Vec<Made>,
    /// Indices into `made`; every row that passes has each of them.
    pub keys: Vec<usize>,
    /// None: one window.
    pub per: Option<Lasting>,
    /// What is computed of a group, for `having` or to be shown; each once.
    pub aggregates: Vec<Agg>,
    pub having: Having,
    /// The columns of the result, in order.
    pub columns: Vec<Titled<GroupColumn>>,
    /// What the result must have behind them, of the one hit that is last in the group: indices into `made`, the time first. Empty in a hunt.
    pub last_hit: Vec<Titled<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Agg {
    /// A plain word, unlike any other name here.
    pub name: String,
    pub function: Function,
    pub of: AggOf,
    /// Index of a flag in `made`: of these rows only.
    pub when: Option<usize>,
    /// Where the rule asks for it.
    pub from: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AggOf {
    /// The rows themselves: `count()`.
    Rows,
    /// Index into `made`; rows (and values) that are missing are passed over. Text that is counted is [`Form::Folded`].
    Made(usize),
    /// Labels, each with the index of its flag: `distinct(matched)`, `values(matched)`.
    Labels(Vec<(String, usize)>),
}

/// The condition on a group. A comparison with a missing value is false, its negation true.
#[derive(Clone, Debug, PartialEq)]
pub enum Having {
    /// `All([])`: every group.
    All(Vec<Having>),
    Any(Vec<Having>),
    Not(Box<Having>),
    Test {
        aggregate: usize,
        op: Compare,
        value: Number,
        at: Span,
    },
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Titled<T> {
    /// Unique.
    pub title: String,
    /// `as NAME` stands in the rule.
    pub alias: bool,
    pub what: T,
    /// Where the rule asks for it.
    pub at: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupColumn {
    /// Index into [`Groups::keys`].
    Key(usize),
    /// The beginning of the window; only with `per`.
    Window,
    /// Index into [`Groups::aggregates`].
    Aggregate(usize),
}

/// `sequence`, `together`, `at_least`
#[derive(Clone, Debug, PartialEq)]
pub struct Chains {
    pub kind: LinkKind,
    /// Both ends included.
    pub within: Lasting,
    /// `sequence by host within 10m`
    pub link: Span,
    /// Shared by all steps; every row that passes has each of them.
    pub keys: Vec<Made>,
    /// In the order of the rule, optional ones among them.
    pub steps: Vec<ChainStep>,
    pub columns: Vec<Titled<ChainColumn>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChainStep {
    pub label: String,
    pub optional: bool,
    /// Only rows with which so many of the step, with the same keys, lie in the time that ends with them are its hits.
    pub counted: Option<Counted>,
    /// Its label and its classes.
    pub from: Vec<Span>,
    /// Those of [`Plan::searches`](super::Plan::searches) that find its hits. Their `made` is that of [`Chains::keys`], then of `made`.
    pub searches: Range<usize>,
    /// Named after the label: `drop_name`. The first is the time of the hit.
    pub made: Vec<Made>,
    /// Equal values of this step and of one above it; neither is missing. Ask them as keys.
    pub equal: Vec<EqualValues>,
    /// What else the hit must satisfy beside those of the steps above it: a predicate over made columns ([`NativeExpr::Column`](super::super::bind::NativeExpr)
    /// of their names) and flags (`== 1`). Made values that are missing are guarded in it.
    pub cross: NativePred,
    /// Steps above, of which this one's hit must be another event, and might be the same one. Only those that the target can tell apart: there,
    /// `identity` is not empty in both.
    pub distinct: Vec<usize>,
    /// Indices into `made` that tell this step's events apart, beside the time. Empty: the target has nothing of the kind.
    pub identity: Vec<usize>,
    /// In a sequence: of the chains that lead to a hit of this step the latest is enough, since nothing from here on compares with a step
    /// above, and nothing up to here does, so that the latest chain is also the one that begins latest. True of the first step, and of the
    /// last one, behind which no time is asked.
    pub latest: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EqualValues {
    /// Index into this step's `made`.
    pub own: usize,
    pub step: usize,
    /// Index into that step's `made`.
    pub theirs: usize,
    pub at: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainColumn {
    /// Of the first hit.
    First,
    /// Of the last hit: the match's own.
    Last,
    /// Seconds between the two.
    Delay,
    /// Index into [`Chains::keys`].
    Key(usize),
    /// Step, and index into its `made`; empty where an optional step, or one of `at_least`, has no hit.
    Step(usize, usize),
    /// Of the match's own event: for each step, in its order, an index into its `made`, where it has the value.
    Own(Vec<Option<usize>>),
    /// The labels of the steps that have a hit.
    Matched,
}
