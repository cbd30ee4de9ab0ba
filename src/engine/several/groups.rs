//! Thresholds: what is counted of each group, hit by hit.
//!
//! In: hits of the branches. Out, when their window is over: the groups that satisfy `having`. A group keeps its counters; for different values a
//! set of them, exactly; no event.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::hir::{AggPred, Aggregate, Branch, Column, ColumnWhat, Compare, Function, Group as Grouping, Number, Scalar};
use crate::schema::{ClassId, Packs};

use super::super::event::Event;
use super::super::test::{compare_passes, ordered};
use super::columns;
use super::limits::{Keeping, LeftOut, Limits};
use super::read::{ByClass, Keys, Source, keys};
use super::tally::{Tallied, Tally, least};
use super::written::{WrittenGroup, scalars, values};
use super::{Cell, Combined, Hit, Of};

const SECOND: i64 = 1_000_000;

/// `having .. by .. per ..`, ready to be fed.
#[derive(Debug)]
pub struct GroupPlan {
    /// How many there are.
    keys: usize,
    by: ByClass<Box<[Source]>>,
    /// Microseconds.
    per: Option<i64>,
    having: Option<Having>,
    /// Those that `having` asks for and those that are shown, each once.
    tallied: Vec<Tallied>,
    columns: Vec<(Box<str>, GroupColumn)>,
    /// Every label once, and by branch which of them it has.
    labels: Vec<Box<str>>,
    label_of: Vec<Option<usize>>,
}

#[derive(Debug)]
enum Having {
    All(Vec<Having>),
    Any(Vec<Having>),
    Not(Box<Having>),
    Test { tally: usize, op: Compare, value: Number },
}

#[derive(Debug)]
enum GroupColumn {
    Key(usize),
    Tally(usize),
}

/// The conditions of a rule's aggregates: of each one a list of cases a branch.
pub type Conditions<'r> = Vec<&'r [Vec<crate::hir::Case>]>;

impl GroupPlan {
    /// And the conditions that a hit is to be asked about, in the order of [`Groups::add`].
    pub fn new<'r>(grouping: &'r Grouping, branches: &[Branch], show: Option<&'r [Column]>, packs: &Packs) -> (GroupPlan, Conditions<'r>) {
        let classes: Vec<ClassId> = branches.iter().map(|branch| branch.class).collect();
        let of_class = |class: &crate::schema::Class| grouping.by.iter().map(|name| Source::of(name, class)).collect();
        let mut labels: Vec<Box<str>> = Vec::new();
        let label_of = branches.iter().map(|branch| branch.label.as_deref().map(|label| place(&mut labels, label))).collect();
        let mut plan = GroupPlan {
            keys: grouping.by.len(),
            by: ByClass::new(packs, classes.iter().copied(), of_class),
            per: grouping.per.map(|per| i64::try_from(per.seconds).unwrap_or(i64::MAX).saturating_mul(SECOND)),
            having: None,
            tallied: Vec::new(),
            columns: Vec::new(),
            labels,
            label_of,
        };
        let mut planner = Planner { plan: &mut plan, conditions: Vec::new(), classes: &classes, packs };
        let having = grouping.having.as_ref().map(|having| planner.having(having));
        let columns = match show {
            Some(show) => show.iter().filter_map(|column| planner.shown(column, grouping)).collect(),
            None => planner.default_columns(grouping),
        };
        let conditions = planner.conditions;
        (plan.having, plan.columns) = (having, columns::named(columns));
        (plan, conditions)
    }

    /// Where a window ends; that without `per` ends with the events.
    fn end(&self, window: Option<i64>) -> Option<i64> {
        Some(window?.saturating_add(self.per?))
    }
}

fn place(labels: &mut Vec<Box<str>>, label: &str) -> usize {
    labels.iter().position(|known| **known == *label).unwrap_or_else(|| {
        labels.push(label.into());
        labels.len() - 1
    })
}

struct Planner<'p, 'r> {
    plan: &'p mut GroupPlan,
    conditions: Conditions<'r>,
    classes: &'p [ClassId],
    packs: &'p Packs,
}

impl<'r> Planner<'_, 'r> {
    fn having(&mut self, having: &'r AggPred) -> Having {
        match having {
            AggPred::All(parts) => Having::All(parts.iter().map(|part| self.having(part)).collect()),
            AggPred::Any(parts) => Having::Any(parts.iter().map(|part| self.having(part)).collect()),
            AggPred::Not(inner) => Having::Not(Box::new(self.having(inner))),
            // As everywhere: not `==`.
            AggPred::Test { aggregate, op: Compare::NotEqual, value, .. } => {
                Having::Not(Box::new(Having::Test { tally: self.tally(aggregate), op: Compare::Equal, value: *value }))
            }
            AggPred::Test { aggregate, op, value, .. } => Having::Test { tally: self.tally(aggregate), op: *op, value: *value },
        }
    }

    fn tally(&mut self, aggregate: &'r Aggregate) -> usize {
        let when = aggregate.condition.as_deref().map(|condition| {
            self.conditions.iter().position(|known| *known == condition).unwrap_or_else(|| {
                self.conditions.push(condition);
                self.conditions.len() - 1
            })
        });
        self.add(aggregate.function, aggregate.field.as_deref(), when)
    }

    fn add(&mut self, function: Function, field: Option<&str>, when: Option<usize>) -> usize {
        let field = field.map(Box::from);
        if let Some(known) =
            self.plan.tallied.iter().position(|known| (known.function, &known.field, known.when) == (function, &field, when))
        {
            return known;
        }
        let source = |class: &crate::schema::Class| field.as_deref().map_or(Source::Nothing, |name| Source::of(name, class));
        let sources = ByClass::new(self.packs, self.classes.iter().copied(), source);
        self.plan.tallied.push(Tallied { function, field, sources, when });
        self.plan.tallied.len() - 1
    }

    /// None: no column of a group, which `check` has refused.
    fn shown(&mut self, column: &'r Column, grouping: &Grouping) -> Option<(String, GroupColumn)> {
        let (name, what) = match &column.what {
            ColumnWhat::Field(name) => (name.clone(), GroupColumn::Key(grouping.by.iter().position(|key| key == name)?)),
            ColumnWhat::Aggregate(aggregate) => (aggregate.title(), GroupColumn::Tally(self.tally(aggregate))),
            ColumnWhat::Matched => ("matched".to_owned(), GroupColumn::Tally(self.add(Function::Values, None, None))),
            ColumnWhat::StepField { .. } => return None,
        };
        Some((column.alias.clone().unwrap_or(name), what))
    }

    /// The keys, how many, from when to when, and what the classes show.
    fn default_columns(&mut self, grouping: &Grouping) -> Vec<(String, GroupColumn)> {
        let mut columns: Vec<(String, GroupColumn)> =
            grouping.by.iter().enumerate().map(|(at, key)| (key.clone(), GroupColumn::Key(at))).collect();
        columns.push(("count".to_owned(), GroupColumn::Tally(self.add(Function::Count, None, None))));
        columns.push(("first_time".to_owned(), GroupColumn::Tally(self.add(Function::Min, Some("time"), None))));
        columns.push(("last_time".to_owned(), GroupColumn::Tally(self.add(Function::Max, Some("time"), None))));
        let mut shown: Vec<&str> = Vec::new();
        for class in self.classes.iter().map(|class| self.packs.class(*class)) {
            for name in class.show.iter().map(|field| class.get(*field).name.as_ref()) {
                if !matches!(name, "time" | "class") && !shown.contains(&name) && !grouping.by.iter().any(|key| key == name) {
                    shown.push(name);
                    columns.push((name.to_owned(), GroupColumn::Tally(self.add(Function::Values, Some(name), None))));
                }
            }
        }
        columns
    }
}

/// The keys of a group, as they are spelled.
type GroupKeys = Box<[Box<str>]>;

/// The groups of one rule that are not decided.
#[derive(Debug, Default)]
pub struct Groups {
    /// By the beginning of their window; None without `per`.
    windows: BTreeMap<Option<i64>, HashMap<GroupKeys, Group>>,
    /// How many there are in all windows.
    count: usize,
}

#[derive(Debug)]
struct Group {
    keys: Box<[Scalar]>,
    first: Option<i64>,
    last: Hit,
    labels: BTreeSet<usize>,
    tallies: Box<[Tally]>,
}

impl Groups {
    /// An event that satisfies these branches; `conditions` says which of the rule's it satisfies.
    pub fn add(
        &mut self,
        plan: &GroupPlan,
        event: &Event,
        (branches, conditions): (&[u32], &[bool]),
        hit: Hit,
        keeping: Keeping,
        left_out: &mut LeftOut,
    ) {
        let Some(by) = plan.by.get(event.class) else { return };
        let window = match (plan.per, event.time) {
            (None, _) => None,
            (Some(length), Some(time)) => Some(time.div_euclid(length).saturating_mul(length)),
            (Some(_), None) => return,
        };
        let keys = keys(by, event);
        if plan.end(window).is_some_and(|end| end <= keeping.watermark) {
            left_out.late += u64::from(!keys.is_empty());
            return;
        }
        let labels: BTreeSet<usize> = branches.iter().filter_map(|branch| plan.label_of[*branch as usize]).collect();
        for Keys { spelled, shown } in keys {
            let group = match self.windows.entry(window).or_default().entry(spelled) {
                Entry::Occupied(occupied) => occupied.into_mut(),
                Entry::Vacant(vacant) => {
                    self.count += 1;
                    vacant.insert(Group::new(plan, shown, hit))
                }
            };
            left_out.values += group.add(plan, event, &labels, conditions, hit, keeping.limits.values);
        }
        if let Some(left) = Limits::down(self.count, keeping.limits.keys) {
            left_out.keys += self.forget(left);
        }
    }

    /// Lets go those that had no hit for longest, until so many are left; how many those were.
    fn forget(&mut self, left: usize) -> u64 {
        let all = self.windows.iter().flat_map(|(window, groups)| groups.iter().map(|(keys, group)| (group.last.time, *window, keys)));
        let mut all: Vec<(Option<i64>, Option<i64>, GroupKeys)> = all.map(|(last, window, keys)| (last, window, keys.clone())).collect();
        all.sort();
        all.truncate(self.count.saturating_sub(left));
        for (_, window, keys) in &all {
            if let Some(groups) = self.windows.get_mut(window) {
                groups.remove(keys);
            }
        }
        self.windows.retain(|_, groups| !groups.is_empty());
        self.count -= all.len();
        all.len() as u64
    }

    pub fn merge(&mut self, others: Groups) {
        for (window, groups) in others.windows {
            let known = self.windows.entry(window).or_default();
            for (keys, other) in groups {
                match known.entry(keys) {
                    Entry::Vacant(vacant) => {
                        vacant.insert(other);
                        self.count += 1;
                    }
                    Entry::Occupied(mut occupied) => occupied.get_mut().merge(other),
                }
            }
        }
    }

    pub fn write(&self) -> Vec<WrittenGroup> {
        let mut all: Vec<_> =
            self.windows.iter().flat_map(|(window, groups)| groups.iter().map(|(keys, group)| (*window, keys, group))).collect();
        all.sort_by_key(|(window, keys, _)| (*window, *keys));
        let written = all.into_iter().map(|(window, spelled, group)| WrittenGroup {
            window,
            spelled: spelled.to_vec(),
            keys: values(&group.keys),
            first: group.first,
            last: (group.last.time, group.last.tag),
            labels: group.labels.clone(),
            tallies: group.tallies.iter().map(Tally::write).collect(),
        });
        written.collect()
    }

    /// None: they are not of this plan.
    pub fn read(written: Vec<WrittenGroup>, plan: &GroupPlan) -> Option<Groups> {
        let mut groups = Groups::default();
        for WrittenGroup { window, spelled, keys, first, last: (time, tag), labels, tallies } in written {
            let is_known = |label: &usize| *label < plan.labels.len();
            let fits = window.is_some() == plan.per.is_some()
                && (spelled.len(), keys.len()) == (plan.keys, plan.keys)
                && labels.iter().all(is_known)
                && tallies.len() == plan.tallied.len();
            let read = |(written, tallied)| Tally::read(written, tallied).filter(|tally| tally.labels().iter().all(is_known));
            let tallies = tallies.into_iter().zip(&plan.tallied).map(read).collect::<Option<Box<[Tally]>>>()?;
            let group = Group { keys: scalars(keys)?, first, last: Hit { time, tag }, labels, tallies };
            let is_new = groups.windows.entry(window).or_default().insert(spelled.into(), group).is_none();
            if !fits || !is_new {
                return None;
            }
            groups.count += 1;
        }
        Some(groups)
    }

    /// How many groups are kept.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The watermark at which the next of them are decided.
    pub fn due(&self, plan: &GroupPlan) -> Option<i64> {
        self.windows.first_key_value().and_then(|(window, _)| plan.end(*window))
    }

    /// The matches among the groups whose window is over, by window and keys; at the end (None) among all. What was decided is not kept.
    pub fn decide<'e>(&mut self, plan: &'e GroupPlan, watermark: Option<i64>, rule: usize, name: &'e str) -> Vec<Combined<'e>> {
        let mut found = Vec::new();
        while let Some(first) = self.windows.first_entry() {
            let is_over = |watermark| plan.end(*first.key()).is_some_and(|end| end <= watermark);
            if !watermark.is_none_or(is_over) {
                break;
            }
            let (window, groups) = first.remove_entry();
            self.count -= groups.len();
            let mut groups: Vec<(GroupKeys, Group)> = groups.into_iter().collect();
            groups.retain(|(_, group)| plan.having.as_ref().is_none_or(|having| holds(having, group, plan)));
            groups.sort_by(|(one, _), (other, _)| one.cmp(other));
            found.extend(groups.into_iter().map(|(_, group)| combined(plan, window, group, rule, name)));
        }
        found
    }
}

fn combined<'e>(plan: &'e GroupPlan, window: Option<i64>, group: Group, rule: usize, name: &'e str) -> Combined<'e> {
    Combined {
        rule,
        name,
        time: window.or(group.first),
        event: group.last,
        of: Of::Group { window },
        labels: group.labels.iter().map(|label| &*plan.labels[*label]).collect(),
        columns: plan.columns.iter().map(|(name, column)| (&**name, shown(plan, &group, column))).collect(),
        keys: group.keys.into(),
    }
}

impl Group {
    fn new(plan: &GroupPlan, keys: Box<[Scalar]>, hit: Hit) -> Group {
        Group { keys, first: None, last: hit, labels: BTreeSet::new(), tallies: plan.tallied.iter().map(Tally::new).collect() }
    }

    /// How many values were not taken in.
    fn add(&mut self, plan: &GroupPlan, event: &Event, labels: &BTreeSet<usize>, conditions: &[bool], hit: Hit, most: usize) -> u64 {
        self.first = least(self.first, hit.time);
        if hit.time >= self.last.time {
            self.last = hit;
        }
        self.labels.extend(labels);
        let mut left_out = 0;
        for (tally, tallied) in self.tallies.iter_mut().zip(&plan.tallied) {
            if tallied.when.is_none_or(|when| conditions[when]) {
                left_out += tally.add(tallied.sources.get(event.class), event, labels, most);
            }
        }
        left_out
    }

    fn merge(&mut self, other: Group) {
        self.first = least(self.first, other.first);
        if other.last.time >= self.last.time {
            self.last = other.last;
        }
        self.labels.extend(other.labels);
        for (tally, other) in self.tallies.iter_mut().zip(other.tallies) {
            tally.merge(other);
        }
    }
}

fn holds(having: &Having, group: &Group, plan: &GroupPlan) -> bool {
    match having {
        Having::All(parts) => parts.iter().all(|part| holds(part, group, plan)),
        Having::Any(parts) => parts.iter().any(|part| holds(part, group, plan)),
        Having::Not(inner) => !holds(inner, group, plan),
        Having::Test { tally, op, value } => {
            let number = group.tallies[*tally].number(plan.tallied[*tally].function);
            number.and_then(|number| ordered(number, *value)).is_some_and(|order| compare_passes(*op, order))
        }
    }
}

fn shown(plan: &GroupPlan, group: &Group, column: &GroupColumn) -> Vec<Cell> {
    let number = |number: Option<Number>| {
        let scalar = number.map(|number| match number {
            Number::Int(number) => Scalar::Int(number),
            Number::Real(number) => Scalar::Real(number),
        });
        scalar.map(Cell::Value).into_iter().collect()
    };
    match column {
        GroupColumn::Key(index) => vec![Cell::Value(group.keys[*index].clone())],
        GroupColumn::Tally(index) => match &group.tallies[*index] {
            Tally::FirstTime(time) | Tally::LastTime(time) => time.map(Cell::Time).into_iter().collect(),
            Tally::Values(values) => values.values().cloned().map(Cell::Value).collect(),
            Tally::Labels(labels) if plan.tallied[*index].function == Function::Values => {
                labels.iter().map(|label| Cell::Value(Scalar::Text(plan.labels[*label].to_string()))).collect()
            }
            tally => number(tally.number(plan.tallied[*index].function)),
        },
    }
}
