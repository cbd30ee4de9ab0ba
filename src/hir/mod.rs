//! What a rule means.
//!
//! In: nothing but what `check` has proved. Out: a tree that is simpler than the syntax: names are bound to fields of the model,
//! values have types, `let`, `any of`, `!=`, `except`, `at_least 2 of` and several classes are spelled out, `action` is no test any
//! more but a set on each [`Case`]. The constructors keep the normal form: `All` and `Any` are flat, hold no constant beside others,
//! and never one child alone. Law: two trees that differ mean different things somewhere, up to the order of their parts.
//! Backends and engine see this tree only.

mod eval;
mod falls;
mod links;
mod networks;
mod parts;
mod percent;
mod pred;
mod regex;
pub mod registry;
pub mod rewrite;
mod text;

pub use eval::{eval_text, eval_text_in_any_case};
pub use links::everywhere;
pub use parts::{cut, xml};
pub use percent::Percent;
pub use pred::*;
pub use regex::{MAX_REPEAT, MAX_SIZE, Regex, RegexFault, RegexFaultKind};
pub use text::*;

use crate::schema::{Actions, ClassId, FieldId, Platform};
use crate::source::{FileId, Span};

/// One rule, ready to be lowered.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    /// Of the name.
    pub span: Span,
    pub docs: Vec<String>,
    pub meta: Meta,
    pub pattern: Pattern,
    pub group: Option<Group>,
    /// How far a hunt looks back.
    pub last: Option<Lasting>,
    /// None: the default columns of the classes.
    pub show: Option<Vec<Column>>,
    pub tests: Vec<TestCase>,
    /// The lists that the rule asks for by name.
    pub lists: Vec<NamedList>,
    /// What [`rewrite`] changed in the predicates, for `spoor explain`.
    pub rewritten: Vec<rewrite::Rewritten>,
}

/// `let bad: domain from "bad.txt"`, or `= [..]`: what the operand of a test was called. The operands hold its values; the name is for a query
/// that says them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedList {
    pub name: String,
    /// The text it was read from; None: it stands in the rule.
    pub file: Option<FileId>,
    /// Its values in the normal form of its type, or as written where it states none.
    pub values: Vec<String>,
    /// Where it stands in the tests of the rule.
    pub used: Vec<Span>,
}

/// Seconds, and the place that says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasting {
    pub seconds: u64,
    pub span: Span,
}

/// The longest span of time that a rule or a project asks for, in seconds. The time now less two of them, a look-back and a window, is one that every product
/// has: Splunk counts from 1970, KQL's `ago()` is no date before the year 1.
pub const LONGEST: u64 = 10_000 * 86_400;

/// `90m`: in the largest unit of the language that says it. SPL and KQL write a length of time so too.
pub fn duration(seconds: u64) -> String {
    match seconds {
        s if s.is_multiple_of(86_400) => format!("{}d", s / 86_400),
        s if s.is_multiple_of(3_600) => format!("{}h", s / 3_600),
        s if s.is_multiple_of(60) => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    pub title: Option<String>,
    pub id: Option<String>,
    pub version: Option<String>,
    /// Where title and version stand.
    pub named_at: Vec<Span>,
    pub level: Option<Level>,
    /// The systems that the rule is about, none twice; empty: any.
    pub platforms: Vec<Platform>,
    /// ATT&CK ids as written.
    pub attack: Vec<String>,
    /// Every key with its values as text, in the order written; those above among them.
    pub entries: Vec<(String, Vec<String>)>,
}

impl Meta {
    /// Whether the rule is asked about events of a log that only this system writes; None: any may.
    pub fn is_about(&self, platform: Option<Platform>) -> bool {
        self.platforms.is_empty() || platform.is_none_or(|platform| self.platforms.contains(&platform))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub const ALL: [Level; 5] = [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    /// As Sigma and the language write it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    pub fn from_name(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == name)
    }
}

#[derive(Clone, Debug)]
pub enum Pattern {
    /// One or more; an event is one match, whatever number of branches it satisfies.
    Union(Vec<Branch>),
    /// Several events.
    Linked(Linked),
}

impl Pattern {
    /// Every branch, of whichever step.
    pub fn branches(&self) -> impl Iterator<Item = &Branch> {
        let (branches, steps): (&[Branch], &[Step]) = match self {
            Pattern::Union(branches) => (branches, &[]),
            Pattern::Linked(linked) => (&[], &linked.steps),
        };
        branches.iter().chain(steps.iter().flat_map(|step| &step.branches))
    }
}

#[derive(Clone, Debug)]
pub struct Linked {
    pub kind: LinkKind,
    /// Names of fields; each exists in every class of the steps.
    pub by: Vec<String>,
    /// Where each of them stands, in their order.
    pub by_at: Vec<Span>,
    pub within: Lasting,
    pub steps: Vec<Step>,
    /// Pairs of steps (the earlier first) that one event might satisfy both: nothing proves them disjoint.
    pub overlaps: Vec<(usize, usize)>,
    /// `at_least 2 by host within 10m`
    pub link: Span,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LinkKind {
    Sequence,
    Together,
    AtLeast(u64),
}

#[derive(Clone, Debug)]
pub struct Step {
    pub optional: bool,
    /// None: one event is enough.
    pub counted: Option<Counted>,
    /// One a class, all with the label of the step.
    pub branches: Vec<Branch>,
}

/// `at_least 10 within 10m`: an event is a hit of the step only if so many that satisfy it and have the same keys lie in the time that ends with
/// it, itself and others of its own time among them. More than one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    pub count: u64,
    /// Both ends included.
    pub within: Lasting,
    pub span: Span,
}

/// Events of one class that satisfy a predicate. `a | b where ..` becomes two branches with one label.
#[derive(Clone, Debug)]
pub struct Branch {
    pub label: Option<String>,
    pub class: ClassId,
    /// Disjoint in their actions; an event is tested by the case that has its action. Empty: never true.
    pub cases: Vec<Case>,
    pub pinned: Vec<Pinned>,
    /// Of the label, if there is one, and the class.
    pub head: Span,
    pub span: Span,
}

/// The predicate for events of these actions. No test in it is on `action`.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Of a class without actions: [`Actions::ALL`].
    pub actions: Actions,
    pub pred: Pred,
}

/// `on TARGET where ..`: holds in that target only, over its own columns.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// As written: `defender`, `splunk`, `splunk-raw`.
    pub target: String,
    pub pred: Pred<NativeColumn>,
    pub span: Span,
}

/// A column of a schema, as `on` names it.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeColumn {
    /// As its schema writes it.
    pub name: String,
    /// From the outermost: what stands under this key of the JSON in the column. Empty: the column itself.
    pub keys: Vec<String>,
    /// How it compares.
    pub ty: crate::schema::Type,
}

impl NativeColumn {
    /// `AdditionalFields.Key`, for messages.
    pub fn dotted(&self) -> String {
        std::iter::once(&self.name).chain(&self.keys).map(String::as_str).collect::<Vec<_>>().join(".")
    }
}

/// `having .. by .. per ..`
#[derive(Clone, Debug)]
pub struct Group {
    pub having: Option<AggPred>,
    /// Names of fields; each exists in every class of the pattern.
    pub by: Vec<String>,
    /// Where each of them stands, in their order.
    pub by_at: Vec<Span>,
    pub per: Option<Lasting>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum AggPred {
    All(Vec<AggPred>),
    Any(Vec<AggPred>),
    Not(Box<AggPred>),
    Test { aggregate: Aggregate, op: Compare, value: Number, span: Span },
}

#[derive(Clone, Debug)]
pub struct Aggregate {
    pub function: Function,
    /// None: of the events themselves (`count()`), or of the labels (`distinct(matched)`).
    pub field: Option<String>,
    /// One case list a branch of the pattern, in their order, where the aggregate has a condition.
    pub condition: Option<Vec<Vec<Case>>>,
    pub span: Span,
}

impl Aggregate {
    /// What its column is called that has no name of its own: `distinct_user_name`, `first_time`.
    pub fn title(&self) -> String {
        let field = self.field.as_ref().map(|field| field.replace('.', "_"));
        let of = |word: &str| format!("{word}_{}", field.as_deref().unwrap_or("matched"));
        match (self.function, field.as_deref()) {
            (Function::Count, _) => "count".to_owned(),
            (Function::Min, Some("time")) => "first_time".to_owned(),
            (Function::Max, Some("time")) => "last_time".to_owned(),
            (Function::Values, None) => "matched".to_owned(),
            // As the field itself is called.
            (Function::Values, Some(_)) => self.field.clone().unwrap_or_default(),
            (Function::Distinct, _) => of("distinct"),
            (Function::Sum, _) => of("sum"),
            (Function::Min, _) => of("min"),
            (Function::Max, _) => of("max"),
            (Function::Avg, _) => of("avg"),
            (Function::Percentile(percent), _) => of(&percent.title()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Count,
    Distinct,
    Sum,
    Min,
    Max,
    Avg,
    /// The value that stands so far up among the sorted ones.
    Percentile(Percent),
    Values,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub what: ColumnWhat,
    /// `as NAME`
    pub alias: Option<String>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ColumnWhat {
    /// A field by its name; it exists in one class of the pattern at least. `time`, `class` and `host` among them.
    Field(String),
    /// Of a step of a linked pattern.
    StepField {
        step: usize,
        field: String,
    },
    Aggregate(Aggregate),
    Matched,
}

/// `test "name" match { .. }`
#[derive(Clone, Debug)]
pub struct TestCase {
    pub name: String,
    pub matches: bool,
    pub events: TestEvents,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TestEvents {
    Here(Vec<Event>),
    /// A path, relative to the rule's file.
    From(String),
}

/// An event in the model's own words.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub class: ClassId,
    /// Index of its action; None in a class without kinds.
    pub action: Option<usize>,
    /// Microseconds since 1970 in UTC; those of a test begin there. None: a row of a snapshot, which has no time.
    pub time: Option<i64>,
    pub fields: Vec<(FieldId, Vec<Scalar>)>,
}
