//! The commands behind the first one: what is left of the predicate, labels, and the columns of the result.
//!
//! In: parts of a plan. Out: commands without their pipes, a long one over several lines. Nothing here knows which command came first.

use crate::backend::File;
use crate::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{Column, Label, Made, MadeValue, Search, Shown};
use crate::hir::Op;
use crate::schema::Transform;
use crate::source::{Span, add_places};

use super::between;
use super::calendar;
use super::columns::{Assignment, Commands};
use super::eval_expr::{Scope, WORDS};
use super::lookup;
use super::quote::{eval_string, is_eval_name};
use super::value;

/// Longer lines are broken.
pub const WIDTH: usize = 120;

/// What the conditions of these searches need to know.
pub fn scope(searches: &[Search], filled: bool, files: &[File]) -> Scope {
    let preds: Vec<&NativePred> = searches.iter().flat_map(preds).collect();
    let lookups = lookup::known(&preds, files);
    let parts = calendar::read(preds.iter().copied());
    let known = parts.iter().map(|part| (part.value.clone(), part.name())).collect();
    Scope { filled, positions: between::searched(preds), known, parts, lookups }
}

/// Every predicate that stands behind the first command of a search.
pub fn preds(search: &Search) -> Vec<&NativePred> {
    let made = search.made.iter().flat_map(MadeValue::preds);
    search.labels.iter().map(|label| &label.when).chain([&search.rest]).chain(made).collect()
}

/// The commands that make what the conditions read beside the rows' own columns.
pub fn prepared(scope: &Scope) -> Vec<Lines> {
    calendar::command(&scope.parts).into_iter().chain(between::positions(scope)).chain(lookup::commands(scope)).collect()
}

/// The columns of the result that conditions read too, by their index: they are computed before the first condition.
pub fn early(columns: &[Column], searches: &[Search], own: &[&str]) -> Vec<usize> {
    let is_read = |name: &str| searches.iter().any(|search| search.carried.iter().any(|column| column.name == name));
    (0..columns.len())
        .filter(|index| {
            let title = columns[*index].title.as_str();
            let wanted = searches.iter().any(|search| computed(search, *index).is_some_and(|value| is_tested(value, search)));
            wanted && is_eval_name(title) && !own.contains(&title) && !is_read(title)
        })
        .collect()
}

/// The scope of one search, in which early columns are known.
pub fn with_early(scope: &Scope, early: &[usize], columns: &[Column], search: &Search) -> Scope {
    let early = early.iter().filter_map(|index| Some((computed(search, *index)?.clone(), columns[*index].title.clone())));
    Scope { known: scope.known.iter().cloned().chain(early).collect(), ..scope.clone() }
}

/// A value that is made of one column, as text.
fn computed(search: &Search, index: usize) -> Option<&NativeExpr> {
    match search.shown.get(index)? {
        Shown::Value(native) => match &native.value {
            value @ NativeExpr::Apply(Transform::Basename | Transform::UserName | Transform::UserDomain | Transform::Join(_), _) => {
                Some(value)
            }
            NativeExpr::Column(_) | NativeExpr::Apply(..) => None,
        },
        Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => None,
    }
}

fn is_tested(value: &NativeExpr, search: &Search) -> bool {
    let mut tested = false;
    for pred in search.labels.iter().map(|label| &label.when).chain([&search.rest]) {
        natives(pred, &mut |native| tested |= native.value == *value);
    }
    tested
}

/// `where ..`
pub fn filter(condition: &Frag) -> Lines {
    condition.laid_out(4, WIDTH).after("where ")
}

/// `eval ..` and `rename ..`, where there is something to do.
pub fn made(commands: Commands) -> Vec<Lines> {
    let mut made = Vec::new();
    if !commands.eval.is_empty() {
        let flat = Lines::join(&commands.eval, ", ").after("eval ");
        let fits = flat.width() <= WIDTH && flat.is_one_line();
        made.push(if fits { flat } else { Lines::join(&commands.eval, ",\n    ").after("eval ") });
    }
    if !commands.rename.is_empty() {
        made.push(Lines::join(&commands.rename, ", ").after("rename "));
    }
    made
}

/// `name(argument, argument)`, one argument a line where it is too long for an assignment.
pub fn call(name: &str, arguments: &[Lines]) -> Lines {
    let flat = Lines::join(arguments, ", ").within(&format!("{name}("), ")");
    let fits = flat.width() + 24 <= WIDTH && flat.is_one_line();
    if fits { flat } else { Lines::join(arguments, ",\n        ").within(&format!("{name}(\n        "), "\n    )") }
}

/// Names, as many on a line as fit; further lines begin at `indent`.
pub fn names<N: Clone + Into<Lines>>(names: &[N], indent: usize) -> Lines {
    let mut lines = Lines::default();
    let mut column = indent;
    for name in names {
        let name: Lines = name.clone().into();
        if column > indent && column + name.width() > WIDTH {
            lines.push_str(&format!("\n{}", " ".repeat(indent)));
            column = indent;
        } else if !lines.is_empty() {
            lines.push_str(" ");
        }
        lines.push(&name);
        column += name.width() + 1;
    }
    lines
}

/// Where the rule asks for what reads a column. `made`: what the search makes, in its order.
pub fn read_at<'m>(column: &ColumnRef, search: &Search, columns: &[Column], made: impl Iterator<Item = &'m Made>) -> Vec<Span> {
    let reads = |native: &Native| native.value.any_column(|own| own.name == column.name);
    let mut places = Vec::new();
    for (column, shown) in columns.iter().zip(&search.shown) {
        if matches!(shown, Shown::Value(native) if reads(native)) {
            add_places(&mut places, column.at.as_slice());
        }
    }
    for (made, value) in made.zip(&search.made) {
        if matches!(value, MadeValue::Value { native, .. } if reads(native)) {
            add_places(&mut places, &made.from);
        }
    }
    for pred in preds(search) {
        pred.tests(&mut |test| {
            let other = if let Op::Field { other, .. } = &test.op { Some(&other.field) } else { None };
            if reads(&test.field) || other.is_some_and(reads) {
                add_places(&mut places, test.places());
            }
        });
    }
    places
}

/// The labels and classes of these searches.
pub fn heads<'s>(searches: impl IntoIterator<Item = &'s Search>) -> Vec<Span> {
    let mut heads = Vec::new();
    searches.into_iter().for_each(|search| add_places(&mut heads, &search.from));
    heads
}

/// The expression for one column of one search, with the columns that it reads; None: nothing stands there.
pub fn expression(shown: &Shown, search: &Search, scope: &Scope) -> Option<(Lines, Vec<String>)> {
    match shown {
        Shown::Time | Shown::Nothing => None,
        Shown::Constant(text) => Some((eval_string(text).to_string().into(), Vec::new())),
        Shown::Matched => matched(&search.labels, scope),
        Shown::Value(native) => {
            let reads = native.value.columns().iter().map(|column| column.name.to_string()).collect();
            Some((value::shown(native, scope.filled).into(), reads))
        }
    }
}

/// The columns of one search; `clash` says whether a title may already be taken by something else there.
pub fn assignments(shown: &[Column], search: &Search, scope: &Scope, clash: impl Fn(&str) -> bool) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (column, shown) in shown.iter().zip(&search.shown) {
        let title = &column.title;
        match expression(shown, search, scope) {
            Some((value, reads)) => {
                let value = value.at(column.at.as_slice());
                assignments.push(Assignment { title: title.clone(), value, reads });
            }
            None if *shown != Shown::Time && clash(title) => {
                let value = Lines::from("null()").at(column.at.as_slice());
                assignments.push(Assignment { title: title.clone(), value, reads: Vec::new() });
            }
            None => {}
        }
    }
    assignments
}

/// The labels that hold, together: null where none does.
fn matched(labels: &[Label], scope: &Scope) -> Option<(Lines, Vec<String>)> {
    let mut reads = Vec::new();
    let values: Vec<Lines> = labels
        .iter()
        .map(|label| {
            reads.extend(columns(&label.when).into_iter().map(str::to_owned));
            let name = eval_string(&label.name).to_string();
            let said = if label.when.is_true() {
                name.into()
            } else {
                scope.condition(&label.when).laid_out(12, WIDTH).within("if(", &format!(", {name}, null())"))
            };
            said.at(&label.from)
        })
        .collect();
    match values.as_slice() {
        [] => None,
        [value] => Some((value.clone(), reads)),
        values => Some((call("mvappend", values), reads)),
    }
}

/// The names of the columns that a predicate reads.
pub fn columns(pred: &NativePred) -> Vec<&str> {
    let mut names = Vec::new();
    natives(pred, &mut |native| names.extend(native.value.columns().iter().map(|column| &*column.name)));
    names
}

/// Every value that a predicate tests or compares with.
fn natives<'p>(pred: &'p NativePred, visit: &mut impl FnMut(&'p Native)) {
    pred.tests(&mut |test| {
        visit(&test.field);
        if let Op::Field { other, .. } = &test.op {
            visit(&other.field);
        }
    });
}

/// All of these conditions; None: of none.
pub fn all(mut parts: Vec<Frag>) -> Option<Frag> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Frag::all(parts, WORDS)),
    }
}
