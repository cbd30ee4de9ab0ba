//! The parts of all branches to one search a container.
//!
//! In: what each branch asks of each container. Out: [`Asked`]: one predicate a container and class, and the labels. Law: the predicate
//! is the disjunction of what the branches ask there; an event is found once, whatever number of branches it satisfies. What all
//! of them ask (most often the class predicate) stands once, in front.

use crate::hir::{Branch, Op, Pred, Test};
use crate::schema::{Actions, Channel, Str, Target};
use crate::source::{Span, add_places};

use super::super::bind::{ColumnRef, Native, NativePred, Place};
use super::branch::Part;
use super::{Departure, Dialect, Label, MadeValue, Search, Shown, assume, filled, split, state};

/// A search before it is split and shown.
pub(super) struct Asked<'p> {
    pub place: Place<'p>,
    pub actions: Actions,
    pub pred: NativePred,
    /// What it says of its rows' values, asked for by every field that is shown, made or counted.
    pub facts: Vec<assume::Fact>,
    pub labels: Vec<Label>,
    /// The rows of the class.
    pub class: NativePred,
    /// The heads of the branches that are asked here.
    pub from: Vec<Span>,
}

struct Way<'a> {
    label: Option<&'a str>,
    head: Span,
    class: NativePred,
    asked: NativePred,
}

/// Any of these conjunctions.
type Forms = Vec<Vec<NativePred>>;

impl Way<'_> {
    fn pair(&self) -> (NativePred, NativePred) {
        (self.class.clone(), self.asked.clone())
    }
}

pub(super) fn merge<'p>(lowered: Vec<(&Branch, Vec<Part<'p>>)>) -> Vec<Asked<'p>> {
    let mut groups: Vec<(Place<'p>, Actions, Vec<Way>)> = Vec::new();
    for (branch, parts) in lowered {
        for part in parts {
            let way = |(class, asked)| Way { label: branch.label.as_deref(), head: branch.head, class, asked };
            let ways = part.ways.into_iter().map(way);
            match groups.iter_mut().find(|(place, ..)| same(place, &part.place)) {
                Some((_, actions, known)) => {
                    *actions = actions.or(part.actions);
                    known.extend(ways);
                }
                None => groups.push((part.place, part.actions, ways.collect())),
            }
        }
    }
    groups.into_iter().map(|(place, actions, ways)| ask(place, actions, ways)).collect()
}

fn same(one: &Place, other: &Place) -> bool {
    one.schema.name == other.schema.name && one.binding.class == other.binding.class && one.container.table == other.container.table
}

fn ask<'p>(place: Place<'p>, actions: Actions, ways: Vec<Way>) -> Asked<'p> {
    // Of a label that all ways have nothing is asked.
    let mut labelled: Vec<(&str, Option<Forms>, Vec<Span>)> = Vec::new();
    for label in ways.iter().filter_map(|way| way.label) {
        if labelled.iter().any(|(known, ..)| *known == label) {
            continue;
        }
        let own = || ways.iter().filter(|way| way.label == Some(label));
        let is_alone = own().count() == ways.len();
        labelled.push((label, (!is_alone).then(|| forms(own().map(Way::pair))), heads(own())));
    }
    let from = heads(ways.iter());
    let class = Pred::any(ways.iter().map(|way| way.class.clone()));
    let (common, differs) = parted(forms(ways.into_iter().map(|way| (way.class, way.asked))));
    let differs = Pred::any(differs);
    let label = |(name, own, from): (&str, Option<Forms>, Vec<Span>)| {
        let when = own.map_or(Pred::TRUE, |own| Pred::any(without(own, &common)));
        Label { name: name.to_owned(), when: if when == differs { Pred::TRUE } else { when }, from }
    };
    let labels = labelled.into_iter().map(label).collect();
    let pred = assume::settled(Pred::all(common.into_iter().chain([differs])));
    let facts = assume::facts(&pred);
    Asked { place, actions, pred, facts, labels, class, from }
}

fn heads<'w>(ways: impl Iterator<Item = &'w Way<'w>>) -> Vec<Span> {
    let mut heads = Vec::new();
    ways.for_each(|way| add_places(&mut heads, &[way.head]));
    heads
}

/// Any of these ways.
pub(super) fn either(ways: &[(NativePred, NativePred)]) -> NativePred {
    Pred::any(forms(ways.iter().cloned()).into_iter().map(Pred::all).collect::<Vec<_>>())
}

/// Of each way what the class asks and what the branch does; each form is a conjunction. Ways that ask the same of different actions are one form: `action in (..) and ..`.
fn forms(ways: impl Iterator<Item = (NativePred, NativePred)>) -> Forms {
    let mut grouped: Vec<(Vec<NativePred>, NativePred)> = Vec::new();
    for (class, asked) in ways {
        match grouped.iter_mut().find(|(_, known)| *known == asked) {
            Some((classes, known)) => {
                classes.push(class);
                known.absorb(&asked);
            }
            None => grouped.push((vec![class], asked)),
        }
    }
    grouped.into_iter().map(|(classes, asked)| conjuncts(Pred::all([one_list(classes), asked]))).collect()
}

fn conjuncts(pred: NativePred) -> Vec<NativePred> {
    match pred {
        Pred::All(parts) => parts,
        other => vec![other],
    }
}

/// Any of these: what all of them ask stands once, and the same operator on the same column is one list.
fn one_list(classes: Vec<NativePred>) -> NativePred {
    let (common, differing) = parted(classes.into_iter().map(conjuncts).collect());
    let mut parts: Vec<NativePred> = Vec::new();
    for form in differing {
        let merged = match &form {
            Pred::Test(test) => parts.iter_mut().any(|part| extend(part, test)),
            Pred::All(_) | Pred::Any(_) | Pred::Not(_) => false,
        };
        if !merged {
            parts.push(form);
        }
    }
    Pred::all(common.into_iter().chain([Pred::any(parts)]))
}

/// What every form asks, and what each asks beside that.
fn parted(mut forms: Forms) -> (Vec<NativePred>, Vec<NativePred>) {
    if forms.len() == 1 {
        return (forms.remove(0), vec![Pred::TRUE]);
    }
    let common = common(&forms);
    let differing = without(forms, &common);
    (common, differing)
}

/// What every form asks.
fn common(forms: &[Vec<NativePred>]) -> Vec<NativePred> {
    let Some((first, others)) = forms.split_first() else { return Vec::new() };
    let in_all = |part: &NativePred| {
        let mut common = part.clone();
        for other in others {
            common.absorb(other.iter().find(|other| *other == part)?);
        }
        Some(common)
    };
    first.iter().filter_map(in_all).collect()
}

/// The forms without what all of them ask.
fn without(forms: Forms, common: &[NativePred]) -> Vec<NativePred> {
    let differing = |form: Vec<NativePred>| Pred::all(form.into_iter().filter(|part| !common.contains(part)).collect::<Vec<_>>());
    forms.into_iter().map(differing).collect()
}

/// Takes the literals of the test into the part, if it is one on the same column with the same operator.
fn extend(part: &mut NativePred, test: &Test<Native>) -> bool {
    let Pred::Test(known) = part else { return false };
    let Test { field, op: Op::Text { op, any, case }, .. } = known else { return false };
    let Op::Text { op: other, any: more, case: other_case } = &test.op else { return false };
    if (&*field, &*op, &*case) != (&test.field, other, other_case) {
        return false;
    }
    for literal in more {
        if !any.contains(literal) {
            any.push(literal.clone());
        }
    }
    known.also_at(test.places());
    true
}

impl Asked<'_> {
    /// The search, and where what the first stage writes into gaps changes it.
    pub(super) fn search(self, shown: Vec<Shown>, made: Vec<MadeValue>, dialect: &dyn Dialect) -> (Search, Vec<Departure>) {
        let shown: Vec<Shown> = shown.into_iter().map(|shown| told(shown, &self.facts)).collect();
        let latest = state::latest(&self, dialect);
        let (first, rest) = split(self.pred, dialect);
        let carried = carried(&rest, &shown, &made, &self.labels);
        let place = self.place;
        let table = place.table();
        let search = Search {
            schema: place.schema.name.to_string(),
            class: place.class().name.to_string(),
            from: self.from,
            table: place.container.table.to_string(),
            lineage: table.map_or_else(String::new, |table| table.lineage.to_string()),
            sources: place.channels().map(Channel::source).collect(),
            event_id: table.and_then(|table| table.event_id),
            found_by: found_by(&place),
            found_at: Vec::new(),
            time: place.time(),
            start: table.and_then(|table| table.own()).map_or_else(String::new, |own| own.start.to_string()),
            latest,
            first,
            rest,
            shown,
            carried,
            labels: self.labels,
            made,
        };
        match dialect.fill() {
            Some(fill) => filled::over(search, fill, &place),
            None => (search, Vec::new()),
        }
    }
}

fn told(shown: Shown, known: &[assume::Fact]) -> Shown {
    match shown {
        Shown::Value(native) => Shown::Value(Native { value: assume::value(&native.value, known), ..native }),
        Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => shown,
    }
}

/// What finds the events of the table, where the target searches for them.
fn found_by(place: &Place) -> Vec<(String, Vec<String>)> {
    let owned = |(column, values): (&str, &[Str])| (column.to_owned(), values.iter().map(|value| value.to_string()).collect());
    match place.target {
        Target::SplunkRaw => place.table().into_iter().flat_map(|table| place.schema.found_by(table)).map(owned).collect(),
        Target::Splunk | Target::Defender | Target::Sentinel => Vec::new(),
    }
}

fn carried(rest: &NativePred, shown: &[Shown], made: &[MadeValue], labels: &[Label]) -> Vec<ColumnRef> {
    let mut carried: Vec<ColumnRef> = Vec::new();
    let mut carry = |native: &Native| {
        for column in native.value.columns() {
            if !carried.contains(column) {
                carried.push(column.clone());
            }
        }
    };
    for shown in shown {
        match shown {
            Shown::Value(native) => carry(native),
            Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => {}
        }
    }
    for made in made {
        match made {
            MadeValue::Value { native, .. } => carry(native),
            MadeValue::Cases(_) | MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Time | MadeValue::Nothing => {}
        }
    }
    let made = made.iter().flat_map(MadeValue::preds);
    for pred in std::iter::once(rest).chain(labels.iter().map(|label| &label.when)).chain(made) {
        pred.tests(&mut |test| {
            carry(&test.field);
            if let Op::Field { other, .. } = &test.op {
                carry(&other.field);
            }
        });
    }
    carried
}
