//! `matches /^cmd\.exe$/` is `== "cmd.exe"`.
//!
//! A regex that is nothing but texts is the test on these texts: `==`, `starts_with`, `ends_with` or `contains`, with the same casing. Law: [`Regex::plain`](crate::hir::Regex) finds what the regex finds, and the types read a text in one way for all of these.

use crate::hir::{Op, Pred, Test, TextOp};
use crate::schema::{Class, Type};

pub(super) fn plain(test: &Test, class: &Class) -> Option<Pred> {
    let Op::Matches { any, case } = &test.op else { return None };
    if !compares_plainly(class.get(test.field).ty) || any.iter().all(|regex| regex.plain.is_none()) {
        return None;
    }
    let mut ops: Vec<(TextOp, Vec<String>)> = Vec::new();
    for (op, text) in any.iter().filter_map(|regex| regex.plain.as_ref()).flatten() {
        match ops.iter_mut().find(|(known, _)| known == op) {
            Some((_, texts)) if texts.contains(text) => {}
            Some((_, texts)) => texts.push(text.clone()),
            None => ops.push((*op, vec![text.clone()])),
        }
    }
    let mut ops: Vec<Op> = ops.into_iter().map(|(op, any)| Op::Text { op, any, case: *case }).collect();
    let others: Vec<_> = any.iter().filter(|regex| regex.plain.is_none()).cloned().collect();
    if !others.is_empty() {
        ops.push(Op::Matches { any: others, case: *case });
    }
    Some(Pred::any(ops.into_iter().map(|op| Pred::test(test.field, op, test.span))))
}

/// Whether `==` and `contains` on the type compare the text that a regex sees.
fn compares_plainly(ty: Type) -> bool {
    match ty {
        Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::Domain | Type::Host | Type::Url | Type::Email | Type::User => {
            true
        }
        // A hive has two spellings, `data` compares a number by its value, a GUID is one with braces or without.
        Type::RegistryPath | Type::Data | Type::Guid => false,
        // No regex stands there.
        Type::Int
        | Type::Real
        | Type::Port
        | Type::Ip
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Sid
        | Type::Bool
        | Type::Time
        | Type::Duration
        | Type::Enum => false,
    }
}
