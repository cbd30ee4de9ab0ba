//! The commands behind the first one: what is left of the predicate, labels, and the columns of the result.
//!
//! In: parts of a plan. Out: commands without their pipes, a long one over several lines. Nothing here knows which command came first.

use crate::backend::bind::NativePred;
use crate::backend::frag::Frag;
use crate::backend::plan::{Label, Search, Shown};

use super::between;
use super::columns::{Assignment, Commands};
use super::eval_expr::{Scope, WORDS};
use super::quote::eval_string;
use super::value;

/// Longer lines are broken.
pub const WIDTH: usize = 120;

/// What the conditions of these searches need to know.
pub fn scope(searches: &[Search], filled: bool) -> Scope {
    let preds = searches.iter().flat_map(|search| search.labels.iter().map(|label| &label.when).chain([&search.rest]));
    Scope { filled, positions: between::searched(preds) }
}

/// `where ..`
pub fn filter(condition: &Frag) -> String {
    format!("where {}", condition.laid_out(4, WIDTH))
}

/// `eval ..` and `rename ..`, where there is something to do.
pub fn made(commands: Commands) -> Vec<String> {
    let mut made = Vec::new();
    if !commands.eval.is_empty() {
        let flat = format!("eval {}", commands.eval.join(", "));
        made.push(if flat.chars().count() <= WIDTH { flat } else { format!("eval {}", commands.eval.join(",\n    ")) });
    }
    if !commands.rename.is_empty() {
        made.push(format!("rename {}", commands.rename.join(", ")));
    }
    made
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
                format!("if({}, {name}, null())", scope.condition(&label.when).into_text())
            }
        })
        .collect();
    match values.as_slice() {
        [] => None,
        [value] => Some((value.clone(), reads)),
        values => Some((format!("mvappend({})", values.join(", ")), reads)),
    }
}

/// The names of the columns that a predicate reads.
pub fn columns(pred: &NativePred) -> Vec<String> {
    let mut names = Vec::new();
    pred.tests(&mut |test| {
        let other = match &test.op {
            crate::hir::Op::Field { other, .. } => Some(&other.field),
            crate::hir::Op::Text { .. }
            | crate::hir::Op::Like { .. }
            | crate::hir::Op::Matches { .. }
            | crate::hir::Op::OneOf(_)
            | crate::hir::Op::Within(_)
            | crate::hir::Op::Compare(..)
            | crate::hir::Op::Is(_)
            | crate::hir::Op::Exists => None,
        };
        for native in [&test.field].into_iter().chain(other) {
            names.extend(native.value.columns().iter().map(|column| column.name.clone()));
        }
    });
    names
}

/// All of these conditions; None: of none.
pub fn all(mut parts: Vec<Frag>) -> Option<Frag> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Frag::all(parts, WORDS)),
    }
}
