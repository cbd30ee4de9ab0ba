//! `path ends_with '\x.exe'` is `name == "x.exe"`.
//!
//! A text that is a slash and a name, asked for at the end of a path, asks for the path's last part, and the model says which field that
//! is. Each literal of a list goes its own way: what it means must not hang on its neighbours, and each that leaves is one leading
//! wildcard fewer. Law: the same on every event whose path has that slash before its last part and whose name is that part; of
//! the others (the other slash, a name without a path) the language says that the name decides.

use crate::hir::{Op, Pred, Test, TextOp};
use crate::schema::Class;

pub(super) fn named(test: &Test, class: &Class) -> Option<Pred> {
    let Op::Text { op: TextOp::EndsWith, any, case } = &test.op else { return None };
    let name = class.last_part(test.field)?;
    let mut names: Vec<String> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for literal in any {
        match last_part(literal) {
            // Either slash was asked for.
            Some(last) if names.iter().any(|known| known == last) => {}
            Some(last) => names.push(last.to_owned()),
            None => others.push(literal.clone()),
        }
    }
    if names.is_empty() {
        return None;
    }
    let mut parts = vec![Pred::test(name, Op::Text { op: TextOp::Equals, any: names, case: *case }, test.span)];
    if !others.is_empty() {
        parts.push(Pred::test(test.field, Op::Text { op: TextOp::EndsWith, any: others, case: *case }, test.span));
    }
    Some(Pred::any(parts))
}

/// Behind the only slash, which is the first character.
fn last_part(literal: &str) -> Option<&str> {
    let last = literal.strip_prefix(['\\', '/'])?;
    (!last.is_empty() && !last.contains(['\\', '/'])).then_some(last)
}
