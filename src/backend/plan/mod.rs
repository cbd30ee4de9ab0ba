//! What a target's first stage can do, what is left for a later one, and how faithful the whole is.
//!
//! In: a rule, the bindings of a target, and a [`Dialect`] that says of each native test where it can be expressed. Out: [`Plan`].
//! Law of the split: `pred == first and rest`. Through an `All` by parts; an `Any` or a `Not` with one test that the first stage cannot
//! say goes to the rest whole, and leaves in `first` a widened copy, branch by branch: if one branch widens to true, the whole does.

mod assume;
mod branch;
mod chains;
mod columns;
mod cross;
mod filled;
mod groups;
mod lost;
mod made;
mod narrow;
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
use crate::hir::{Branch, Group, Lasting, Linked, NamedList, Pattern, Pred, Rule, Test};
use crate::schema::Packs;
use crate::source::{FileId, Span};

use super::bind::{ColumnRef, Native, NativePred, Place};
use super::{Fidelity, File, Target};
use branch::Part;
use search::Asked;

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

    /// The reason of [`Support::Never`], where that is what the test has.
    fn never(&self, test: &Test<Native>) -> Option<Diagnostic> {
        match self.support(test) {
            Support::Never(reason) => Some(*reason),
            Support::Native | Support::Later(_) => None,
        }
    }

    /// Whether a case-insensitive test folds every letter of this literal (of a regex: its pattern) as the language does. By default
    /// a dialect is trusted with ASCII and with scripts that know no case; override where the vendor documents more.
    fn folds(&self, literal: &str) -> bool {
        !literal.chars().any(|c| !c.is_ascii() && (c.is_lowercase() || c.is_uppercase()))
    }

    /// Whether alternatives that the target cannot say are left out where others remain: the user asked for it.
    fn leaves_out(&self) -> bool {
        false
    }

    /// Whether the query asks for the values of this list where they are kept.
    fn keeps(&self, _list: FileId) -> bool {
        false
    }

    /// How the dialect's form of the test differs from its meaning, folding aside. `plan` turns it round under a `Not`.
    fn departures(&self, _test: &Test<Native>) -> Vec<Departure> {
        Vec::new()
    }

    /// How the search that the dialect prints differs from its predicates, beyond the single tests.
    fn losses(&self, _search: &Search) -> Vec<Departure> {
        Vec::new()
    }

    /// What the first stage writes where a column that it hands on is null; None: nothing, it stays null.
    fn fill(&self) -> Option<Fill> {
        None
    }

    /// How what becomes of the rows differs from the shape.
    fn miscounts(&self, _shape: &Shape, _searches: &[Search], _span: Span) -> Vec<Departure> {
        Vec::new()
    }

    /// How every query that the dialect prints of the rule differs from it.
    fn losses_of(&self, _rule: &Rule) -> Vec<Departure> {
        Vec::new()
    }

    /// What every query that the dialect prints of the rule takes for granted.
    fn assumes_of(&self, _rule: &Rule) -> Vec<String> {
        Vec::new()
    }

    /// Columns of the container that the result must have under their own names.
    fn demands(&self, _place: &Place) -> Vec<String> {
        Vec::new()
    }

    /// Why no plan of the rule is fit for what the query is for.
    fn refusals(&self, _rule: &Rule, _target: Target) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Why the plan is not fit for what the query is for.
    fn misfits(&self, _rule: &Rule, _plan: &Plan, _target: Target) -> Vec<Diagnostic> {
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

    /// Why a native value cannot be computed to be counted, or compared with another row's.
    fn cannot_make(&self, _native: &Native, _span: Span) -> Option<Diagnostic> {
        None
    }

    /// Whether two rows of a search are two events, so that steps on one event are told apart without the help of a column.
    fn tells_rows_apart(&self) -> bool {
        false
    }

    /// What the user should know of the query as a whole, and what changes no fidelity (Severity Note).
    fn notes(&self, _rule: &Rule, _searches: &[Search]) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// What stands in a column that has no value.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    pub text: &'static str,
    /// Why a test of a field departs there: the field, the text, whether it stands under a `not`.
    pub reason: fn(&str, &str, bool, Span) -> Diagnostic,
}

/// A query, before it is printed.
#[derive(Clone, Debug)]
pub struct Plan {
    pub shape: Shape,
    /// One a container and class, in the order of the rule; of [`Shape::Chains`] one a step, container and class. Never empty.
    pub searches: Vec<Search>,
    /// The columns of the result, in order; titles are unique. [`Search::shown`] runs parallel to it.
    pub columns: Vec<Column>,
    /// How far to look back.
    pub last: Option<Lasting>,
    /// The newest match first. A service reads the rows in an order of its own.
    pub sorted: bool,
    pub fidelity: Fidelity,
    /// A reason says that it may return more; beside `Narrowed`, it may do both.
    pub widened: bool,
    /// Why it is not exact; empty if it is.
    pub reasons: Vec<Diagnostic>,
    /// What the user should know and what changes no fidelity: a column asked for that stays empty.
    pub notes: Vec<Diagnostic>,
    /// What the bindings take for granted about the data.
    pub assumptions: Vec<String>,
    /// The lists that the query asks for under a name, once the dialect has told them apart.
    pub files: Vec<File>,
}

/// A column of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub title: String,
    /// `as NAME` stands in the rule: the title is the user's own.
    pub alias: bool,
    pub kind: ColumnKind,
    /// Where the rule asks for it.
    pub at: Option<Span>,
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
    /// The labels and classes of the rule that are asked here.
    pub from: Vec<Span>,
    /// `DeviceProcessEvents`, `Endpoint.Processes`, `1`, `Security:4688`
    pub table: String,
    /// The dataset that the columns are prefixed with (CIM: `Processes`), else empty.
    pub lineage: String,
    /// The printer asks for the channels (one of them, as Splunk's `source` has it) and the event's number: they are in no predicate.
    pub sources: Vec<String>,
    pub event_id: Option<u32>,
    /// What finds the events in an index, beside the channels and the number; columns as the target calls them, with the values of each,
    /// in which `*` is any run. In no predicate either.
    pub found_by: Vec<(String, Vec<String>)>,
    /// Where the rule itself says a part of that.
    pub found_at: Vec<Span>,
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
    /// Where the rule has it.
    pub from: Vec<Span>,
}

/// The plan of a rule, or why there is none.
pub fn plan(rule: &Rule, target: Target, dialect: &dyn Dialect, packs: &Packs) -> Result<Plan, Vec<Diagnostic>> {
    let refusals = dialect.refusals(rule, target);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let keeps = |list: &&NamedList| list.file.is_some_and(|file| dialect.keeps(file));
    let kept: Vec<Span> = rule.lists.iter().filter(keeps).flat_map(|list| list.used.iter().copied()).collect();
    let ground = Ground { rule, target, dialect, packs, kept: &kept };
    let plan = match (&rule.pattern, &rule.group) {
        (Pattern::Union(branches), None) => ground.events(branches),
        (Pattern::Union(branches), Some(group)) => ground.groups(branches, group),
        (Pattern::Linked(linked), _) => ground.chains(linked),
    }?;
    let misfits = without_repetition(dialect.misfits(rule, &plan, target));
    if misfits.is_empty() { Ok(plan) } else { Err(misfits) }
}

/// What every part of a plan stands on.
struct Ground<'p> {
    rule: &'p Rule,
    target: Target,
    dialect: &'p dyn Dialect,
    packs: &'p Packs,
    /// Where it names lists that are kept elsewhere.
    kept: &'p [Span],
}

/// Branches over the containers of the target, those that it refuses left out.
struct Parts<'b, 'p> {
    parts: Vec<(&'b Branch, Vec<Part<'p>>)>,
    /// What the bindings in use take for granted.
    assumptions: Vec<String>,
}

impl<'p> Ground<'p> {
    fn at(&self, span: Span) -> At<'p> {
        At { span, target: self.target.name() }
    }

    fn events(&self, branches: &[Branch]) -> Result<Plan, Vec<Diagnostic>> {
        let mut reasons = Reasons::default();
        let lowered = self.lowered(branches, None, &mut reasons)?;
        reasons.assumptions.extend(lowered.assumptions);
        let asked = search::merge(lowered.parts);
        let (mut columns, mut shown, notes) = columns::columns(self.rule, branches, &asked, self.target);
        columns::demanded(&mut columns, &mut shown, &asked, self.dialect);
        reasons.note_all(notes);
        let made = asked.iter().map(|_| Vec::new()).collect();
        Ok(self.plan(Shape::Events, columns, asked, shown, made, reasons))
    }

    fn groups(&self, branches: &[Branch], group: &Group) -> Result<Plan, Vec<Diagnostic>> {
        let mut reasons = Reasons::default();
        let branches = groups::keyed(branches, &group.by, &group.by_at, group.span, self.packs);
        let lowered = self.lowered(&branches, None, &mut reasons)?;
        reasons.assumptions.extend(lowered.assumptions);
        let asked = search::merge(lowered.parts);
        self.timed(&asked, group.per.map_or(group.span, |per| per.span), group.per.is_some())?;
        let (groups, made) = groups::groups(self, group, &branches, &asked, &mut reasons)?;
        let shown = asked.iter().map(|_| Vec::new()).collect();
        Ok(self.plan(Shape::Groups(groups), Vec::new(), asked, shown, made, reasons))
    }

    fn chains(&self, linked: &Linked) -> Result<Plan, Vec<Diagnostic>> {
        let mut reasons = Reasons::default();
        let found = chains::steps(self, linked, &mut reasons)?;
        self.timed(&found.asked, linked.within.span, true)?;
        let (chains, made) = chains::chains(self, linked, &found, &mut reasons)?;
        let shown = found.asked.iter().map(|_| Vec::new()).collect();
        Ok(self.plan(Shape::Chains(chains), Vec::new(), found.asked, shown, made, reasons))
    }

    /// Rows without a time are in no window, and in no order.
    fn timed(&self, searches: &[Asked], span: Span, needed: bool) -> Result<(), Vec<Diagnostic>> {
        let without = searches.iter().filter(|asked| needed && asked.place.time().is_none());
        let refused: Vec<Diagnostic> =
            without.map(|asked| targets::no_time_to_order(self.at(span), &asked.place.container.table)).collect();
        if refused.is_empty() { Ok(()) } else { Err(without_repetition(refused)) }
    }

    /// `step`: the label of the step that the branches are of, and what each of them asks of its events beside others; that must be
    /// sayable, and is not said here.
    fn lowered<'b>(
        &self,
        branches: &'b [Branch],
        step: Option<(&str, &[Pred])>,
        reasons: &mut Reasons,
    ) -> Result<Parts<'b, 'p>, Vec<Diagnostic>> {
        let mut lowered: Vec<(&Branch, Vec<Part>)> = Vec::new();
        let mut refused: Vec<(&Branch, Vec<Diagnostic>)> = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let beside = step.and_then(|(_, beside)| beside.get(index));
            match branch::parts(branch, beside, self, reasons) {
                Ok(parts) => lowered.push((branch, parts)),
                Err(why) => refused.push((branch, why)),
            }
        }
        if lowered.is_empty() {
            return Err(without_repetition(refused.into_iter().flat_map(|(_, why)| why)));
        }
        for (branch, why) in &refused {
            let class = &self.packs.class(branch.class).name;
            let name = match (step, &branch.label) {
                (Some((step, _)), _) => format!("the `{class}` of `{step}`"),
                (None, Some(label)) => format!("`{label}`"),
                (None, None) => format!("this `{class}` branch"),
            };
            reasons.narrow(targets::branch_left_out(self.at(branch.span), &name, why));
        }
        let parts = lowered.iter().flat_map(|(_, parts)| parts);
        let assumptions = parts.flat_map(|part| part.place.binding.assumes.iter().map(|text| text.to_string())).collect();
        Ok(Parts { parts: lowered, assumptions })
    }

    fn plan(
        &self,
        shape: Shape,
        columns: Vec<Column>,
        asked: Vec<Asked>,
        shown: Vec<Vec<Shown>>,
        made: Vec<Vec<MadeValue>>,
        mut reasons: Reasons,
    ) -> Plan {
        state::losses(&asked, self.rule, self.target, self.dialect, &mut reasons);
        let with = asked.into_iter().zip(shown).zip(made);
        let (searches, filled): (Vec<Search>, Vec<Vec<Departure>>) =
            with.map(|((asked, shown), made)| asked.search(shown, made, self.dialect)).unzip();
        let losses = searches.iter().flat_map(|search| self.dialect.losses(search)).chain(self.dialect.losses_of(self.rule));
        filled.into_iter().flatten().chain(losses).for_each(|loss| reasons.depart(loss));
        let span = self.rule.group.as_ref().map_or(self.rule.span, |group| group.span);
        self.dialect.miscounts(&shape, &searches, span).into_iter().for_each(|loss| reasons.depart(loss));
        if let (Shape::Groups(_), Some(group)) = (&shape, &self.rule.group) {
            groups::wants_few(self, group, &mut reasons);
        }
        reasons.note_all(self.dialect.notes(self.rule, &searches));
        reasons.assumptions.extend(searches.iter().flat_map(|search| self.dialect.assumes(search)).map(str::to_owned));
        reasons.assumptions.extend(self.dialect.assumes_of(self.rule));
        Plan {
            shape,
            searches,
            columns,
            last: self.rule.last,
            sorted: true,
            fidelity: reasons.fidelity,
            widened: reasons.widened,
            reasons: without_repetition(reasons.list),
            notes: without_repetition(reasons.notes),
            assumptions: without_repetition(reasons.assumptions),
            files: Vec::new(),
        }
    }
}

/// Why a query is not exact, the worst reason deciding; and what else there is to say.
struct Reasons {
    fidelity: Fidelity,
    /// Some reason says that it returns more; another, that it misses.
    widened: bool,
    misses: bool,
    list: Vec<Diagnostic>,
    notes: Vec<Diagnostic>,
    assumptions: Vec<String>,
}

impl Default for Reasons {
    fn default() -> Reasons {
        let (list, notes, assumptions) = (Vec::new(), Vec::new(), Vec::new());
        Reasons { fidelity: Fidelity::Exact, widened: false, misses: false, list, notes, assumptions }
    }
}

impl Reasons {
    fn widen(&mut self, reason: Diagnostic) {
        self.widened = true;
        self.fidelity = self.fidelity.max(Fidelity::Widened);
        self.list.push(reason);
    }

    fn narrow(&mut self, reason: Diagnostic) {
        self.misses = true;
        self.fidelity = self.fidelity.max(Fidelity::Narrowed);
        self.list.push(reason);
    }

    fn depart(&mut self, departure: Departure) {
        if departure.more { self.widen(departure.reason) } else { self.narrow(departure.reason) }
    }

    fn note(&mut self, note: Diagnostic) {
        self.notes.push(note);
    }

    fn note_all(&mut self, notes: Vec<Diagnostic>) {
        self.notes.extend(notes);
    }

    fn absorb(&mut self, other: Reasons) {
        self.fidelity = self.fidelity.max(other.fidelity);
        self.widened |= other.widened;
        self.misses |= other.misses;
        self.list.extend(other.list);
        self.notes.extend(other.notes);
        self.assumptions.extend(other.assumptions);
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
