//! Where parts of a rule stand, for the one who prints it: comments hang on parts by their places.
//!
//! A condition joins tests of selections that stand elsewhere: what holds them stands [from the first to the last](settle). A `let` stands
//! outside of the `detect` whose selections are around it: [`aside`], in a part of the file that has no text.

use crate::source::{FileId, Span};
use crate::syntax::ast::{At, Expr, Subject, Value};

/// Where `let`s of a file are said to stand: no file is as long.
const ASIDE: u32 = 1 << 28;

/// The place of a part that is printed elsewhere; what comes of another file stands apart again.
pub fn moved(at: Span, file: FileId) -> Span {
    let by = if at.file == file { ASIDE } else { 2 * ASIDE };
    Span { file: at.file, start: at.start + by, end: at.end + by }
}

/// The place in the text again, of what stands aside in its own file.
pub fn original(at: Span, file: FileId) -> Option<Span> {
    (at.file == file && (ASIDE..2 * ASIDE).contains(&at.start)).then(|| Span { file, start: at.start - ASIDE, end: at.end - ASIDE })
}

/// What joins tests stands where they do. None: there are no tests.
pub fn settle(expr: &mut Expr) -> Option<Span> {
    let hull = |parts: &mut Vec<Expr>| parts.iter_mut().filter_map(settle).reduce(joined);
    match expr {
        Expr::And(parts, at) | Expr::Or(parts, at) | Expr::Quorum(_, parts, at) => {
            let all = hull(parts)?;
            *at = At(all);
            Some(all)
        }
        Expr::Not(inner, at) | Expr::Paren(inner, at) => {
            let all = settle(inner)?;
            *at = At(all);
            Some(all)
        }
        Expr::Test(test) => Some(test.at.0),
    }
}

fn joined(one: Span, other: Span) -> Span {
    Span { file: one.file, start: one.start.min(other.start), end: one.end.max(other.end) }
}

/// Moves the whole of it.
pub fn aside(expr: &mut Expr, file: FileId) {
    let by = |at: &mut At| *at = At(moved(at.0, file));
    match expr {
        Expr::And(parts, at) | Expr::Or(parts, at) => {
            by(at);
            parts.iter_mut().for_each(|part| aside(part, file));
        }
        Expr::Quorum(count, parts, at) => {
            by(at);
            by(&mut count.at);
            parts.iter_mut().for_each(|part| aside(part, file));
        }
        Expr::Not(inner, at) | Expr::Paren(inner, at) => {
            by(at);
            aside(inner, file);
        }
        Expr::Test(test) => {
            by(&mut test.at);
            match &mut test.subject {
                Subject::Path(path) => by(&mut path.at),
                Subject::AnyOf(paths, at) | Subject::AllOf(paths, at) => {
                    by(at);
                    paths.iter_mut().for_each(|path| by(&mut path.at));
                }
            }
            if let Some(relation) = &mut test.relation {
                by(&mut relation.at);
                by(&mut relation.op_at);
                if let Some(operand) = &mut relation.operand {
                    value_aside(operand, file);
                }
            }
        }
    }
}

fn value_aside(value: &mut Value, file: FileId) {
    let by = |at: &mut At| *at = At(moved(at.0, file));
    match value {
        Value::Text(value) => by(&mut value.at),
        Value::Number(value) => by(&mut value.at),
        Value::Duration(value) => by(&mut value.at),
        Value::Bool(_, at) => by(at),
        Value::Address(value) => by(&mut value.at),
        Value::Regex(value) => by(&mut value.at),
        Value::Path(value) => by(&mut value.at),
        Value::List(list) => {
            by(&mut list.at);
            list.items.iter_mut().for_each(|item| value_aside(item, file));
        }
        Value::Call(call) => {
            by(&mut call.at);
            value_aside(&mut call.argument, file);
        }
    }
}
