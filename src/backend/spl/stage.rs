//! The commands behind the first one: what is left of the predicate, labels, and the columns of the result.
//!
//! In: parts of a plan. Out: commands without their pipes, a long one over several lines. Nothing here knows which command came first.

use crate::backend::File;
use crate::backend::bind::{Native, NativeExpr, NativePred};
use crate::backend::frag::Frag;
use crate::backend::plan::{Column, Label, Search, Shown};
use crate::hir::Op;
use crate::schema::Transform;

use super::between;
use super::columns::{Assignment, Commands};
use super::eval_expr::{Scope, WORDS};
use super::lookup;
use super::made;
use super::quote::{eval_string, is_eval_name};
use super::value;

/// Longer lines are broken.
pub const WIDTH: usize = 120;

/// What the conditions of these searches need to know.
pub fn scope(searches: &[Search], filled: bool, files: &[File]) -> Scope {
    let preds: Vec<&NativePred> = searches.iter().flat_map(preds).collect();
    let lookups = lookup::known(&preds, files);
    Scope { filled, positions: between::searched(preds), known: Vec::new(), lookups }
}

/// Every predicate that stands behind the first command of a search.
pub fn preds(search: &Search) -> Vec<&NativePred> {
    let made = search.made.iter().flat_map(made::preds);
    search.labels.iter().map(|label| &label.when).chain([&search.rest]).chain(made).collect()
}

/// The commands that make what the conditions read beside the rows' own columns.
pub fn prepared(scope: &Scope) -> Vec<String> {
    between::positions(scope).into_iter().chain(lookup::commands(scope)).collect()
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
    let known = early.iter().filter_map(|index| Some((computed(search, *index)?.clone(), columns[*index].title.clone()))).collect();
    Scope { known, ..scope.clone() }
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
pub fn filter(condition: &Frag) -> String {
    format!("where {}", condition.laid_out(4, WIDTH).finish().0)
}

/// `eval ..` and `rename ..`, where there is something to do.
pub fn made(commands: Commands) -> Vec<String> {
    let mut made = Vec::new();
    if !commands.eval.is_empty() {
        let flat = format!("eval {}", commands.eval.join(", "));
        let fits = flat.chars().count() <= WIDTH && !flat.contains('\n');
        made.push(if fits { flat } else { format!("eval {}", commands.eval.join(",\n    ")) });
    }
    if !commands.rename.is_empty() {
        made.push(format!("rename {}", commands.rename.join(", ")));
    }
    made
}

/// `name(argument, argument)`, one argument a line where it is too long for an assignment.
pub fn call(name: &str, arguments: &[String]) -> String {
    let flat = format!("{name}({})", arguments.join(", "));
    let fits = flat.chars().count() + 24 <= WIDTH && !flat.contains('\n');
    if fits { flat } else { format!("{name}(\n        {}\n    )", arguments.join(",\n        ")) }
}

/// Names, as many on a line as fit; further lines begin at `indent`.
pub fn names(names: &[String], indent: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for name in names {
        if column > indent && column + name.len() > WIDTH {
            text.push_str(&format!("\n{}", " ".repeat(indent)));
            column = indent;
        } else if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(name);
        column += name.len() + 1;
    }
    text
}

/// The expression for one column of one search, with the columns that it reads; None: nothing stands there.
pub fn expression(shown: &Shown, search: &Search, scope: &Scope) -> Option<(String, Vec<String>)> {
    match shown {
        Shown::Time | Shown::Nothing => None,
        Shown::Constant(text) => Some((eval_string(text).to_string(), Vec::new())),
        Shown::Matched => matched(&search.labels, scope),
        Shown::Value(native) => {
            let reads = native.value.columns().iter().map(|column| column.name.clone()).collect();
            Some((value::shown(native, scope.filled), reads))
        }
    }
}

/// The columns of one search; `clash` says whether a title may already be taken by something else there.
pub fn assignments(titles: &[String], search: &Search, scope: &Scope, clash: impl Fn(&str) -> bool) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (title, shown) in titles.iter().zip(&search.shown) {
        match expression(shown, search, scope) {
            Some((value, reads)) => assignments.push(Assignment { title: title.clone(), value, reads }),
            None if *shown != Shown::Time && clash(title) => {
                assignments.push(Assignment { title: title.clone(), value: "null()".to_owned(), reads: Vec::new() });
            }
            None => {}
        }
    }
    assignments
}

/// The labels that hold, together: null where none does.
fn matched(labels: &[Label], scope: &Scope) -> Option<(String, Vec<String>)> {
    let mut reads = Vec::new();
    let values: Vec<String> = labels
        .iter()
        .map(|label| {
            reads.extend(columns(&label.when));
            let name = eval_string(&label.name);
            if label.when.is_true() {
                name.to_string()
            } else {
                format!("if({}, {name}, null())", scope.condition(&label.when).laid_out(12, WIDTH).finish().0)
            }
        })
        .collect();
    match values.as_slice() {
        [] => None,
        [value] => Some((value.clone(), reads)),
        values => Some((call("mvappend", values), reads)),
    }
}

/// The names of the columns that a predicate reads.
pub fn columns(pred: &NativePred) -> Vec<String> {
    let mut names = Vec::new();
    natives(pred, &mut |native| names.extend(native.value.columns().iter().map(|column| column.name.clone())));
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
