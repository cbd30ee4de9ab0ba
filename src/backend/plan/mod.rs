//! What a target's first stage can do, what is left for a later one, and how faithful the whole is.
//!
//! In: a rule, the bindings of a target, and a [`Dialect`] that says of each native test where it can be expressed. Out: [`Plan`].
//! Law of the split: `pred == first and rest`. Through an `All` by parts; an `Any` or a `Not` with one test that the first stage cannot
//! say goes to the rest whole, and leaves in `first` a widened copy, branch by branch: if one branch widens to true, the whole does.

mod assume;
mod branch;
mod columns;
mod promises;
mod search;
mod shape;
mod split;
mod state;
pub mod widen;

pub use super::bind::Departure;
pub use shape::{
    Agg, AggOf, ChainColumn, ChainStep, Chains, EqualValues, Form, GroupColumn, Groups, Having, Made, MadeValue, Shape, Titled,
};
pub use split::split;

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Branch, ColumnWhat, Pattern, Rule, Test};
use crate::schema::Packs;

use super::bind::{ColumnRef, Native, NativePred};
use super::{Fidelity, Target};
use branch::Part;

/// Where a target can express one test.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // built for one test and taken apart at once
pub enum Support {
    /// In the first stage, exactly, and in every later one: a test may stand in `rest` beside one that only fits there.
    Native,
    /// In a later stage only; the first may take this weaker predicate meanwhile (None: nothing weaker than true). Each test of it
    /// is `Native`, and it is true wherever the test is: [`widen::weaker`](super::widen) makes such predicates.
    Later(Option<NativePred>),
    /// Not at all: the branch is refused for this reason.
    Never(Box<Diagnostic>),
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

    /// How the search that the dialect prints differs from its predicates, beyond the single tests.
    fn losses(&self, _search: &Search) -> Vec<Departure> {
        Vec::new()
    }

    /// Whether it can keep the last row of each thing that these values tell apart.
    fn keeps_latest(&self, _by: &[Native]) -> bool {
        false
    }

    /// What the search takes for granted about the data, beside what its binding does.
    fn assumes(&self, _search: &Search) -> Vec<&'static str> {
        Vec::new()
    }

    /// What the user should know of the query as a whole, and what changes no fidelity (Severity Note).
    fn notes(&self, _rule: &Rule, _searches: &[Search]) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// A query, before it is printed.
#[derive(Clone, Debug)]
pub struct Plan {
    pub shape: Shape,
    /// One a container and class, in the order of the rule; of [`Shape::Chains`] one a step, container and class. Never empty.
    pub searches: Vec<Search>,
    /// The columns of the result, in order; titles are unique. [`Search::shown`] runs parallel to it.
    pub columns: Vec<Column>,
    /// How far to look back, in seconds.
    pub last: Option<u64>,
    pub fidelity: Fidelity,
    /// A reason says that it may return more; beside `Narrowed`, it may do both.
    pub widened: bool,
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
    /// What finds the events in an index, beside the channel and the number; columns as the target calls them, with the values of each,
    /// in which `*` is any run. In no predicate either.
    pub found_by: Vec<(String, Vec<String>)>,
    /// The schema's column of the event's time, as the target calls it; None: the rows have no time, and are what is there now.
    pub time: Option<String>,
    /// The parameter of the table, which is a function, that takes the beginning of the window; empty: the time is asked of the rows.
    pub start: String,
    /// Of a class that is a state: only the last row of each thing counts. Asked after the window and before the predicates.
    pub latest: Option<Latest>,
    /// The class and action predicate and all that the first stage can say.
    pub first: NativePred,
    pub rest: NativePred,
    /// One a column of the plan.
    pub shown: Vec<Shown>,
    /// Columns that the first stage must hand on: those of `rest`, `shown` and `labels`, without repetition. Time is not among them.
    pub carried: Vec<ColumnRef>,
    /// The labels of the branches asked here; empty if no branch of the rule has one.
    pub labels: Vec<Label>,
    /// One a [`Made`] of the shape, in its order.
    pub made: Vec<MadeValue>,
}

/// What keeps the last row of each thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// The rows of the class in the table.
    pub among: NativePred,
    /// What tells the things apart; never empty.
    pub by: Vec<Native>,
}

/// A label, and those rows of the search that carry it. The predicate is exact on rows that `first` and `rest` have passed; what they
/// prove for every row is not repeated in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub name: String,
    /// `Pred::TRUE`: every row of the search.
    pub when: NativePred,
}

/// The plan of a rule, or why there is none.
pub fn plan(rule: &Rule, target: Target, dialect: &dyn Dialect, packs: &Packs) -> Result<Plan, Vec<Diagnostic>> {
    let branches = single_events(rule, target)?;
    let mut lowered: Vec<(&Branch, Vec<Part>)> = Vec::new();
    let mut refused: Vec<(&Branch, Vec<Diagnostic>)> = Vec::new();
    let mut reasons = Reasons::default();
    for branch in branches {
        match branch::parts(branch, target, dialect, packs, &mut reasons) {
            Ok(parts) => lowered.push((branch, parts)),
            Err(why) => refused.push((branch, why)),
        }
    }
    if lowered.is_empty() {
        return Err(without_repetition(refused.into_iter().flat_map(|(_, why)| why)));
    }
    for (branch, why) in &refused {
        let name =
            branch.label.as_ref().map_or_else(|| format!("this `{}` branch", packs.class(branch.class).name), |label| format!("`{label}`"));
        reasons.narrow(targets::branch_left_out(At { span: branch.span, target: target.name() }, &name, why));
    }
    let asked = search::merge(&lowered);
    state::losses(&asked, rule, target, dialect, &mut reasons);
    let (columns, shown, mut notes) = columns::columns(rule, branches, &asked, target);
    let searches: Vec<Search> = asked.into_iter().zip(shown).map(|(asked, shown)| asked.search(shown, dialect)).collect();
    searches.iter().flat_map(|search| dialect.losses(search)).for_each(|loss| reasons.depart(loss));
    notes.extend(dialect.notes(rule, &searches));
    let by_binding =
        lowered.iter().flat_map(|(_, parts)| parts).flat_map(|part| part.place.binding.assumes.iter().map(|text| text.to_string()));
    let by_dialect = searches.iter().flat_map(|search| dialect.assumes(search)).map(str::to_owned);
    let assumptions = without_repetition(by_binding.chain(by_dialect));
    let last = rule.last.map(|last| last.seconds);
    Ok(Plan {
        shape: Shape::Events,
        searches,
        columns,
        last,
        fidelity: reasons.fidelity,
        widened: reasons.widened,
        reasons: without_repetition(reasons.list),
        notes,
        assumptions,
    })
}

/// The branches of a pattern over one event; what else a rule may ask needs another kind of query.
fn single_events(rule: &Rule, target: Target) -> Result<&[Branch], Vec<Diagnostic>> {
    let at = |span| At { span, target: target.name() };
    if let Some(group) = &rule.group {
        return Err(vec![targets::thresholds_not_lowered(at(group.span))]);
    }
    for column in rule.show.iter().flatten() {
        match &column.what {
            ColumnWhat::Aggregate(aggregate) => return Err(vec![targets::thresholds_not_lowered(at(aggregate.span))]),
            ColumnWhat::Field(_) | ColumnWhat::StepField { .. } | ColumnWhat::Matched => {}
        }
    }
    match &rule.pattern {
        Pattern::Union(branches) => Ok(branches),
        Pattern::Linked(linked) => Err(vec![targets::links_not_lowered(at(linked.span))]),
    }
}

/// Why a query is not exact; the worst reason decides.
struct Reasons {
    fidelity: Fidelity,
    widened: bool,
    list: Vec<Diagnostic>,
}

impl Default for Reasons {
    fn default() -> Reasons {
        Reasons { fidelity: Fidelity::Exact, widened: false, list: Vec::new() }
    }
}

impl Reasons {
    fn widen(&mut self, reason: Diagnostic) {
        self.add(Fidelity::Widened, reason);
    }

    fn narrow(&mut self, reason: Diagnostic) {
        self.add(Fidelity::Narrowed, reason);
    }

    fn depart(&mut self, departure: Departure) {
        self.add(if departure.more { Fidelity::Widened } else { Fidelity::Narrowed }, departure.reason);
    }

    fn add(&mut self, fidelity: Fidelity, reason: Diagnostic) {
        self.fidelity = self.fidelity.max(fidelity);
        self.widened |= fidelity == Fidelity::Widened;
        self.list.push(reason);
    }
}

fn without_repetition<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}
