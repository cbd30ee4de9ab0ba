//! Values that a query would compute twice.
//!
//! In: a search. Out: the same search over columns that an `extend` makes before, and what it makes. Law: on every row the two say the
//! same. A value is made once where a condition reads it and something else does too; what stands in one place alone stays there. What is taken
//! out of XML for several columns of the result is made behind the conditions, under the name that it has there.

use std::borrow::Cow;

use crate::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use crate::backend::plan::{Label, MadeValue, Search, Shown};
use crate::hir::{Op, Pred, Test};
use crate::schema::{Str, Transform};
use crate::source::{Span, add_places};

use super::lists::Lists;
use super::value;

/// A search, and the columns to make for it: name and value.
pub struct Hoisted<'l> {
    pub search: Cow<'l, Search>,
    /// Of the plan.
    pub is_first: bool,
    pub made: Vec<Hoist>,
    /// Made of the rows that pass, for what is shown.
    pub later: Vec<Hoist>,
    /// Those of the query, which its conditions read.
    pub lists: &'l Lists<'l>,
}

/// A value that is made once.
pub struct Hoist {
    pub name: String,
    pub value: NativeExpr,
    /// The places of the tests that read it.
    pub from: Vec<Span>,
}

/// `taken`: names that the query gives to other columns.
pub fn hoisted<'l>(search: &'l Search, is_first: bool, taken: &[&str], lists: &'l Lists<'l>) -> Hoisted<'l> {
    let mut read: Vec<(&Native, usize, Vec<Span>)> = Vec::new();
    let of_made = search.made.iter().flat_map(preds);
    for pred in [&search.first, &search.rest].into_iter().chain(search.labels.iter().map(|label| &label.when)).chain(of_made) {
        pred.tests(&mut |test| {
            sides(test, &mut |native| match read.iter_mut().find(|(known, ..)| known.value == native.value) {
                Some((_, times, from)) => {
                    *times += 1;
                    add_places(from, test.places());
                }
                None => read.push((native, 1, test.places().to_vec())),
            });
        });
    }
    let shown = search.shown.iter().filter_map(|shown| match shown {
        Shown::Value(native) => Some(native),
        Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => None,
    });
    let values = search.made.iter().filter_map(|made| match made {
        MadeValue::Value { native, .. } => Some(native),
        MadeValue::Cases(_) | MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Time | MadeValue::Nothing => None,
    });
    for native in shown.chain(values) {
        // Only beside a condition: what is shown or made is computed once anyway.
        if let Some((_, times, _)) = read.iter_mut().find(|(known, ..)| known.value == native.value) {
            *times += 1;
        }
    }
    let mut made: Vec<Hoist> = Vec::new();
    for (native, times, from) in read {
        if times > 1 && is_made(&native.value) {
            let name = free_name(&native.field, search, &made, taken);
            made.push(Hoist { name, value: native.value.clone(), from });
        }
    }
    let search = if made.is_empty() { Cow::Borrowed(search) } else { Cow::Owned(over_made(search, &made)) };
    let later = of_xml(&search, &made, taken);
    if later.is_empty() {
        return Hoisted { search, is_first, made, later, lists };
    }
    let shown = search.shown.iter().map(|shown| shown_within(shown, &later)).collect();
    Hoisted { search: Cow::Owned(Search { shown, ..search.into_owned() }), is_first, made, later, lists }
}

fn over_made(search: &Search, made: &[Hoist]) -> Search {
    let pred = |pred: &NativePred| pred.map(&mut |test| Pred::Test(over(test, made)));
    Search {
        first: pred(&search.first),
        rest: pred(&search.rest),
        labels: search.labels.iter().map(|label| Label { when: pred(&label.when), ..label.clone() }).collect(),
        shown: search.shown.iter().map(|shown| shown_over(shown, made)).collect(),
        made: search.made.iter().map(|value| made_over(value, made)).collect(),
        ..search.clone()
    }
}

/// What is read in XML for several of the values that are shown, or several times for one.
fn of_xml(search: &Search, made: &[Hoist], taken: &[&str]) -> Vec<Hoist> {
    let mut read: Vec<(&NativeExpr, &str, usize)> = Vec::new();
    for shown in &search.shown {
        if let Shown::Value(native) = shown {
            count_xml(&native.value, 1, &mut read);
        }
    }
    let mut later: Vec<Hoist> = Vec::new();
    for (value, key, _) in read.into_iter().filter(|(.., times)| *times > 1) {
        let others: Vec<&str> = made.iter().chain(&later).map(|made| made.name.as_str()).chain(taken.iter().copied()).collect();
        let key: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let name = free_name(&key, search, &later, &others);
        later.push(Hoist { name, value: value.clone(), from: search.from.clone() });
    }
    later
}

fn count_xml<'v>(value: &'v NativeExpr, times: usize, read: &mut Vec<(&'v NativeExpr, &'v str, usize)>) {
    let NativeExpr::Apply(transform, inputs) = value else { return };
    if let Transform::Xml(key) = transform {
        return match read.iter_mut().find(|(known, ..)| *known == value) {
            Some((.., known)) => *known += times,
            None => read.push((value, key, times)),
        };
    }
    // KQL spells these with their input several times.
    let more = if matches!(transform, Transform::UserName | Transform::UserDomain | Transform::Int | Transform::Hex) { 2 } else { 1 };
    inputs.iter().for_each(|input| count_xml(input, times * more, read));
}

fn shown_within(shown: &Shown, later: &[Hoist]) -> Shown {
    match shown {
        Shown::Value(native) => Shown::Value(Native { value: within(&native.value, later), ..native.clone() }),
        Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => shown.clone(),
    }
}

fn within(value: &NativeExpr, later: &[Hoist]) -> NativeExpr {
    match (later.iter().find(|made| made.value == *value), value) {
        (Some(made), _) => {
            NativeExpr::Column(ColumnRef { name: made.name.clone().into(), owner: "".into(), ty: value::type_of(value), multi: false })
        }
        (None, NativeExpr::Column(_)) => value.clone(),
        (None, NativeExpr::Apply(transform, inputs)) => {
            NativeExpr::Apply(transform.clone(), inputs.iter().map(|input| within(input, later)).collect())
        }
    }
}

/// Whether the condition reads a column that was made.
pub fn reads_made(pred: &NativePred, made: &[Hoist]) -> bool {
    let mut found = false;
    pred.tests(&mut |test| {
        sides(test, &mut |native| {
            found |= native.value.column().is_some_and(|column| made.iter().any(|made| made.name == column.name));
        });
    });
    found
}

fn sides<'t>(test: &'t Test<Native>, each: &mut impl FnMut(&'t Native)) {
    each(&test.field);
    if let Op::Field { other, .. } = &test.op {
        each(&other.field);
    }
}

/// A column needs no making, and another table's is not of this row.
fn is_made(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(_) | NativeExpr::Apply(Transform::Lookup { .. }, _) => false,
        NativeExpr::Apply(..) => true,
    }
}

/// What the rule calls it, as a name that no column of the search has.
fn free_name(field: &str, search: &Search, made: &[Hoist], taken: &[&str]) -> String {
    let mut name = field.replace('.', "_");
    let is_taken = |name: &str| {
        let carried = search.carried.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let mut tested = false;
        for pred in [&search.first, &search.rest] {
            pred.tests(&mut |test| {
                sides(test, &mut |native| tested |= native.value.any_column(|column| column.name.eq_ignore_ascii_case(name)))
            });
        }
        let other = taken.iter().any(|known| known.eq_ignore_ascii_case(name));
        carried || tested || other || search.time.as_deref() == Some(name) || made.iter().any(|known| known.name == name)
    };
    while is_taken(&name) {
        name.push_str("_value");
    }
    name
}

fn over(test: &Test<Native>, made: &[Hoist]) -> Test<Native> {
    let op = test.op.map_field(|other| native_over(other, made));
    test.with(native_over(&test.field, made), op)
}

fn native_over(native: &Native, made: &[Hoist]) -> Native {
    match made.iter().find(|made| made.value == native.value) {
        Some(Hoist { name, value, .. }) => {
            let column = ColumnRef { name: name.clone().into(), owner: Str::default(), ty: value::type_of(value), multi: false };
            Native { value: NativeExpr::Column(column), ..native.clone() }
        }
        None => native.clone(),
    }
}

fn shown_over(shown: &Shown, made: &[Hoist]) -> Shown {
    match shown {
        Shown::Value(native) => Shown::Value(native_over(native, made)),
        Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => shown.clone(),
    }
}

/// The predicates in a made value.
pub fn preds(value: &MadeValue) -> Vec<&NativePred> {
    match value {
        MadeValue::Value { present, .. } => vec![present],
        MadeValue::Cases(cases) => cases.iter().map(|(pred, _)| pred).collect(),
        MadeValue::When(pred) => vec![pred],
        MadeValue::Constant(_) | MadeValue::Time | MadeValue::Nothing => Vec::new(),
    }
}

fn made_over(value: &MadeValue, made: &[Hoist]) -> MadeValue {
    let over = |pred: &NativePred| pred.map(&mut |test| Pred::Test(over(test, made)));
    match value {
        MadeValue::Value { native, present } => MadeValue::Value { native: native_over(native, made), present: over(present) },
        MadeValue::Cases(cases) => MadeValue::Cases(cases.iter().map(|(pred, word)| (over(pred), word.clone())).collect()),
        MadeValue::When(pred) => MadeValue::When(over(pred)),
        MadeValue::Constant(_) | MadeValue::Time | MadeValue::Nothing => value.clone(),
    }
}
