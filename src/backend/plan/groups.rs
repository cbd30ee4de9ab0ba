//! `having .. by .. per ..` over a union of branches.
//!
//! In: a rule with a group. Out: its searches, with what is counted made in each, and [`Groups`]. Law: every row that a search finds has each
//! of the keys, is a hit of the rule once, and says of itself all that an aggregate asks. Where hits are missed or too many the
//! groups are so too; a condition that wants few of something turns that round, and says so.

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{AggPred, Aggregate, Branch, Case, Column, ColumnWhat, Function, Group, Op, Pred, Rule};
use crate::schema::{Packs, Type};
use crate::source::{Span, add_places};

use super::super::bind;

use super::made::{self, Names, Want};
use super::search::Asked;
use super::shape::{Agg, AggOf, Form, GroupColumn, Groups, Having, Made, MadeValue, Titled};
use super::{Dialect, Ground, Reasons, branch};

/// The branches, each asking for every key: a hit without one is in no group.
pub(super) fn keyed(branches: &[Branch], keys: &[String], places: &[Span], span: Span, packs: &Packs) -> Vec<Branch> {
    let of = |branch: &Branch| {
        let class = packs.class(branch.class);
        // An event always has these.
        let asked = keys.iter().zip(places).filter(|(key, _)| !matches!(key.as_str(), "time" | "class" | "action"));
        let fields = asked.filter_map(|(key, place)| Some((class.field(key)?, *place)));
        let tests: Vec<Pred> = fields.map(|(field, place)| Pred::test(field, Op::Exists, span).said_at(&[place])).collect();
        let cases = branch.cases.iter().map(|case| {
            let pred = Pred::all(std::iter::once(case.pred.clone()).chain(tests.iter().cloned()));
            Case { actions: case.actions, pred }
        });
        Branch { cases: cases.filter(|case| !case.pred.is_false()).collect(), ..branch.clone() }
    };
    branches.iter().map(of).collect()
}

/// What is made of the searches' rows, one list a search, and the groups.
pub(super) fn groups(
    ground: &Ground,
    group: &Group,
    branches: &[Branch],
    searches: &[Asked],
    reasons: &mut Reasons,
) -> Result<(Groups, Vec<Vec<MadeValue>>), Vec<Diagnostic>> {
    let mut building = Building {
        ground,
        branches,
        searches,
        names: Names::new(searches),
        made: Vec::new(),
        wanted: Vec::new(),
        values: searches.iter().map(|_| Vec::new()).collect(),
        aggregates: Vec::new(),
        refused: Vec::new(),
        found: Reasons::default(),
    };
    let keys = group.by.iter().zip(&group.by_at);
    let keys: Vec<usize> = keys.map(|(key, place)| building.field(key, Want::Key, group.span, &[*place])).collect();
    let having = group.having.as_ref().map_or(Having::All(Vec::new()), |having| building.having(having));
    let mut columns = building.columns(ground.rule, group, &keys);
    let last_hit = building.last_hit(&mut columns);
    if !building.refused.is_empty() {
        return Err(super::without_repetition(building.refused));
    }
    reasons.absorb(building.found);
    let Building { made, values, aggregates, .. } = building;
    Ok((Groups { made, keys, per: group.per, aggregates, having, columns, last_hit }, values))
}

/// More hits make fewer groups where the condition wants few; and fewer, more. Asked when every other reason is known.
pub(super) fn wants_few(ground: &Ground, group: &Group, reasons: &mut Reasons) {
    let (more, less) = (reasons.widened, reasons.misses);
    if (more || less) && group.having.as_ref().is_some_and(AggPred::may_fall) {
        let at = At { span: group.span, target: ground.target.name() };
        if more {
            reasons.narrow(targets::counts_differ(at, true));
        }
        if less {
            reasons.widen(targets::counts_differ(at, false));
        }
    }
}

/// What a made value says, so that it is made once.
#[derive(Clone, PartialEq)]
enum Wanted {
    Field(String, Want),
    /// The cases of a condition, one list a branch.
    Condition(Vec<Vec<Case>>),
    Label(String),
    /// A column of the tables, as it stands.
    Native(String),
}

struct Building<'g> {
    ground: &'g Ground<'g>,
    branches: &'g [Branch],
    searches: &'g [Asked<'g>],
    names: Names,
    made: Vec<Made>,
    /// Runs parallel to `made`.
    wanted: Vec<Wanted>,
    /// One list a search, each parallel to `made`.
    values: Vec<Vec<MadeValue>>,
    aggregates: Vec<Agg>,
    refused: Vec<Diagnostic>,
    found: Reasons,
}

impl Building<'_> {
    fn dialect(&self) -> &dyn Dialect {
        self.ground.dialect
    }

    /// The index of what is made already, now for these places too.
    fn known(&mut self, wanted: &Wanted, from: &[Span]) -> Option<usize> {
        let known = self.wanted.iter().position(|known| known == wanted)?;
        add_places(&mut self.made[known].from, from);
        Some(known)
    }

    fn add(&mut self, wanted: Wanted, name: &str, (form, multi): (Form, bool), from: &[Span], values: Vec<MadeValue>) -> usize {
        let name = self.names.free(name);
        self.made.push(Made { name, form, multi, from: from.to_vec() });
        self.wanted.push(wanted);
        self.values.iter_mut().zip(values).for_each(|(of_search, value)| of_search.push(value));
        self.made.len() - 1
    }

    /// `from`: the places that ask for it; `span`: what a message points at.
    fn field(&mut self, name: &str, want: Want, span: Span, from: &[Span]) -> usize {
        let wanted = Wanted::Field(name.to_owned(), want);
        if let Some(known) = self.known(&wanted, from) {
            return known;
        }
        // Also of a branch that the target leaves out: then nothing holds the field.
        let packs = self.ground.packs;
        let classes = || self.branches.iter().map(|branch| packs.class(branch.class));
        let owner = classes().find(|class| class.field(name).is_some());
        let Some((owner, field)) = owner.and_then(|class| Some((class, class.get(class.field(name)?)))) else {
            unreachable!("`check` lets no aggregate be of a field that no class has")
        };
        let multi = classes().any(|class| class.field(name).is_some_and(|id| class.get(id).multi));
        let mut values = Vec::new();
        for asked in self.searches {
            match made::of_field(asked, name, want, span, self.dialect()) {
                Ok(value) => values.push(value.said_at(from)),
                Err(why) => {
                    self.refused.push(why);
                    values.push(MadeValue::Nothing);
                }
            }
        }
        // Keys were asked for in every branch, so a target without them has refused already.
        if want != Want::Key && values.iter().all(|value| *value == MadeValue::Nothing) {
            let at = At { span, target: self.ground.target.name() };
            if want == Want::Show {
                self.found.note(targets::empty_column(at, name));
            } else {
                self.refused.push(targets::unbound_field(at, &owner.name, name, None));
            }
        }
        let plain = name.replace('.', "_");
        // An aggregate of it has the plain name.
        let title = match want {
            Want::Key => plain,
            Want::Different => format!("{plain}_folded"),
            Want::Value | Want::Show => format!("{plain}_value"),
        };
        self.add(wanted, &title, (made::form(field.ty, want), multi), from, values)
    }

    fn label(&mut self, label: &str) -> usize {
        let wanted = Wanted::Label(label.to_owned());
        let labels = self.searches.iter().flat_map(|asked| &asked.labels).filter(|known| known.name == label);
        let mut from = Vec::new();
        labels.for_each(|label| add_places(&mut from, &label.from));
        if let Some(known) = self.known(&wanted, &from) {
            return known;
        }
        let when = |asked: &Asked| {
            let known = asked.labels.iter().find(|known| known.name == label);
            MadeValue::When(known.map_or(Pred::FALSE, |known| known.when.clone()))
        };
        let values = self.searches.iter().map(when).collect();
        self.add(wanted, &format!("is_{label}"), (Form::Flag, false), &from, values)
    }

    fn condition(&mut self, condition: &[Vec<Case>], span: Span) -> usize {
        let wanted = Wanted::Condition(condition.to_vec());
        if let Some(known) = self.known(&wanted, &[span]) {
            return known;
        }
        let mut values = Vec::new();
        for asked in self.searches {
            // The condition is the same for every branch of a class.
            let of_class = self.branches.iter().zip(condition).find(|(branch, _)| branch.class == asked.place.binding.class);
            let Some((branch, cases)) = of_class else {
                values.push(MadeValue::When(Pred::FALSE));
                continue;
            };
            let branch = Branch { label: None, cases: cases.clone(), pinned: Vec::new(), span, ..branch.clone() };
            match branch::condition(&branch, asked, self.ground, &mut self.found) {
                Ok(when) => values.push(MadeValue::When(when)),
                Err(why) => {
                    self.refused.extend(why);
                    values.push(MadeValue::When(Pred::FALSE));
                }
            }
        }
        self.add(wanted, "counted", (Form::Flag, false), &[span], values)
    }

    /// `from`: the places that ask for it.
    fn aggregate(&mut self, aggregate: &Aggregate, from: &[Span]) -> usize {
        let when = aggregate.condition.as_ref().map(|condition| self.condition(condition, aggregate.span));
        let of = match (&aggregate.field, aggregate.function) {
            (None, Function::Count) => AggOf::Rows,
            (None, _) => {
                let mut labels: Vec<(String, usize)> = Vec::new();
                for label in self.branches.iter().filter_map(|branch| branch.label.clone()) {
                    if !labels.iter().any(|(known, _)| *known == label) {
                        let flag = self.label(&label);
                        labels.push((label, flag));
                    }
                }
                AggOf::Labels(labels)
            }
            (Some(field), function) => {
                let want = match function {
                    Function::Distinct => Want::Different,
                    Function::Values => Want::Show,
                    Function::Count | Function::Sum | Function::Min | Function::Max | Function::Avg | Function::Percentile(_) => {
                        Want::Value
                    }
                };
                AggOf::Made(self.field(field, want, aggregate.span, from))
            }
        };
        let function = aggregate.function;
        if let Some(known) = self.aggregates.iter().position(|known| (known.function, &known.of, known.when) == (function, &of, when)) {
            add_places(&mut self.aggregates[known].from, from);
            return known;
        }
        let name = self.names.free(&titled(aggregate));
        self.aggregates.push(Agg { name, function, of, when, from: from.to_vec() });
        self.aggregates.len() - 1
    }

    fn having(&mut self, having: &AggPred) -> Having {
        let mut several = |parts: &[AggPred]| parts.iter().map(|part| self.having(part)).collect();
        match having {
            AggPred::All(parts) => Having::All(several(parts)),
            AggPred::Any(parts) => Having::Any(several(parts)),
            AggPred::Not(inner) => Having::Not(Box::new(self.having(inner))),
            AggPred::Test { aggregate, op, value, span } => {
                super::lost::counted(self.ground, self.branches, self.searches, aggregate, &mut self.found);
                Having::Test { aggregate: self.aggregate(aggregate, &[aggregate.span]), op: *op, value: *value, at: *span }
            }
        }
    }

    fn columns(&mut self, rule: &Rule, group: &Group, keys: &[usize]) -> Vec<Titled<GroupColumn>> {
        let window =
            group.per.map(|per| Titled { title: "window".to_owned(), alias: false, what: GroupColumn::Window, at: Some(per.span) });
        let mut columns: Vec<Titled<GroupColumn>> = window.into_iter().collect();
        match &rule.show {
            Some(show) => show.iter().for_each(|column| {
                let shown = self.shown(column, group);
                columns.extend(shown);
            }),
            None => {
                let title = |at: usize| group.by[at].replace('.', "_");
                columns.extend((0..keys.len()).map(|at| Titled {
                    title: title(at),
                    alias: false,
                    what: GroupColumn::Key(at),
                    at: group.by_at.get(at).copied(),
                }));
                // The classes choose them.
                let mut heads = Vec::new();
                self.searches.iter().for_each(|asked| add_places(&mut heads, &asked.from));
                for aggregate in default_aggregates(self.searches, group) {
                    let what = GroupColumn::Aggregate(self.aggregate(&aggregate, &heads));
                    columns.push(Titled { title: titled(&aggregate), alias: false, what, at: None });
                }
                if self.branches.iter().any(|branch| branch.label.is_some()) {
                    let labels = aggregate(Function::Values, None, group.span);
                    let what = GroupColumn::Aggregate(self.aggregate(&labels, &heads));
                    columns.push(Titled { title: "matched".to_owned(), alias: false, what, at: None });
                }
            }
        }
        super::columns::unique(&mut columns);
        columns
    }

    /// The columns that the result must have under their own names: those of the group's last hit. One whose title the rule gives to
    /// something else is left out; the dialect then finds that it is not there.
    fn last_hit(&mut self, columns: &mut Vec<Titled<GroupColumn>>) -> Vec<Titled<usize>> {
        let mut last_hit = Vec::new();
        for name in super::columns::demands(self.searches, self.dialect()) {
            if self.searches.iter().any(|asked| asked.place.time().is_some_and(|time| time == name)) {
                // The rule's own `max(time)` is the time of that hit.
                columns.retain(|column| column.title != name || !self.is_latest(column.what));
            }
            if !columns.iter().any(|column| column.title == name) {
                let made = self.native(&name, columns);
                last_hit.push(Titled { title: name, alias: false, what: made, at: None });
            }
        }
        last_hit
    }

    fn is_latest(&self, what: GroupColumn) -> bool {
        let GroupColumn::Aggregate(at) = what else { return false };
        let Agg { function, of, when, .. } = &self.aggregates[at];
        let is_of_time = matches!(of, AggOf::Made(made) if self.made[*made].form == Form::Time);
        *function == Function::Max && when.is_none() && is_of_time
    }

    /// A column of the tables as it stands, under a name that no title is.
    fn native(&mut self, name: &str, columns: &[Titled<GroupColumn>]) -> usize {
        let wanted = Wanted::Native(name.to_owned());
        if let Some(known) = self.wanted.iter().position(|known| *known == wanted) {
            return known;
        }
        let is_time = |asked: &Asked| asked.place.time().is_some_and(|time| time == name);
        let of_tables = || self.searches.iter().filter_map(|asked| asked.place.named(name));
        let form = match () {
            () if self.searches.iter().any(is_time) => Form::Time,
            () if of_tables().all(|column| bind::is_number(column.ty)) => Form::Number,
            () => Form::Text,
        };
        let value = |asked: &Asked| match asked.place.named(name) {
            _ if is_time(asked) => MadeValue::Time,
            Some(column) => MadeValue::Value { native: bind::plain(name.to_owned(), column, Type::Text), present: Pred::TRUE },
            None => MadeValue::Nothing,
        };
        let values = self.searches.iter().map(value).collect();
        let mut wanted_name = format!("last_{name}");
        while columns.iter().any(|column| column.title.eq_ignore_ascii_case(&wanted_name)) {
            wanted_name.push('_');
        }
        self.add(wanted, &wanted_name, (form, false), &[], values)
    }

    /// None: no column of a group, which `check` has refused.
    fn shown(&mut self, column: &Column, group: &Group) -> Option<Titled<GroupColumn>> {
        let (name, what) = match &column.what {
            ColumnWhat::Field(name) => (name.replace('.', "_"), GroupColumn::Key(group.by.iter().position(|key| key == name)?)),
            ColumnWhat::Aggregate(aggregate) => {
                super::lost::counted_to_show(self.ground, self.branches, self.searches, aggregate, &mut self.found);
                (titled(aggregate), GroupColumn::Aggregate(self.aggregate(aggregate, &[column.span])))
            }
            ColumnWhat::Matched => {
                let labels = aggregate(Function::Values, None, column.span);
                ("matched".to_owned(), GroupColumn::Aggregate(self.aggregate(&labels, &[column.span])))
            }
            ColumnWhat::StepField { .. } => return None,
        };
        let title = column.alias.clone().unwrap_or(name);
        Some(Titled { title, alias: column.alias.is_some(), what, at: Some(column.span) })
    }
}

/// How many, from when to when, and what the classes show.
fn default_aggregates(searches: &[Asked], group: &Group) -> Vec<Aggregate> {
    let of = |function, field: Option<&str>| aggregate(function, field, group.span);
    let mut aggregates = vec![of(Function::Count, None), of(Function::Min, Some("time")), of(Function::Max, Some("time"))];
    let mut named: Vec<&str> = Vec::new();
    for asked in searches {
        let class = asked.place.class();
        for field in class.show.iter().map(|field| class.get(*field).name.as_ref()) {
            let is_own = matches!(field, "time" | "class") || group.by.iter().any(|key| key == field);
            let is_there = class.field(field).is_some_and(|id| !matches!(asked.place.field(id), super::super::bind::Known::Absent));
            if !is_own && !named.contains(&field) && (is_there || field == "action") {
                named.push(field);
                aggregates.push(of(Function::Values, Some(field)));
            }
        }
    }
    aggregates
}

fn aggregate(function: Function, field: Option<&str>, span: Span) -> Aggregate {
    Aggregate { function, field: field.map(str::to_owned), condition: None, span }
}

/// The title of a column that has none of its own: no name of a column has a full stop.
fn titled(aggregate: &Aggregate) -> String {
    aggregate.title().replace('.', "_")
}
