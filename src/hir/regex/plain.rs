//! A regex that is nothing but texts.
//!
//! In: the tree of a regex. Out: texts and where they stand, such that one of them does exactly where the regex finds something, with
//! the same casing; None where the regex says more than that, or where the texts would be much longer to read than it is.
//! Law: the same values, neither more nor fewer.

use std::collections::HashSet;

use regex_syntax::ast::{AssertionKind, Ast, ClassSet, ClassSetItem};

use super::{Flags, bounds, inside};
use crate::hir::{Casing, TextOp};

/// So many times the length of the regex, the texts together.
const LONGER: usize = 3;
/// Of one part of a pattern that is no alternation.
const MOST: usize = 16;

#[derive(Clone, PartialEq)]
enum Piece {
    Literal(char),
    /// `.*` with the flag `s`.
    Run,
    /// `.*` without it: up to a line end.
    Line,
    /// The start and the end of the text.
    Start,
    End,
}

type Form = Vec<Piece>;

pub(super) fn plain(tree: &Ast, written: &str, flags: Flags) -> Option<Vec<(TextOp, String)>> {
    let mut texts = Vec::new();
    let mut seen = HashSet::new();
    for form in forms(tree, flags)? {
        let (op, text) = text(&form)?;
        let folded = if flags.case == Casing::Ignore { text.to_ascii_lowercase() } else { text.clone() };
        if seen.insert((op, folded)) {
            texts.push((op, text));
        }
    }
    let length: usize = texts.iter().map(|(_, text)| text.len()).sum();
    (length <= LONGER * written.len()).then_some(texts)
}

/// What is found stands anywhere, unless the form says where. A run before or behind it asks for nothing then.
fn text(form: &[Piece]) -> Option<(TextOp, String)> {
    let (mut rest, mut starts, mut ends) = (form, false, false);
    if let [Piece::Start, behind @ ..] = rest {
        (rest, starts) = (behind, true);
    }
    if let [before @ .., Piece::End] = rest {
        (rest, ends) = (before, true);
    }
    while let [run @ (Piece::Run | Piece::Line), behind @ ..] = rest
        && (!starts || *run == Piece::Run)
    {
        (rest, starts) = (behind, false);
    }
    while let [before @ .., run @ (Piece::Run | Piece::Line)] = rest
        && (!ends || *run == Piece::Run)
    {
        (rest, ends) = (before, false);
    }
    let literal = |piece: &Piece| match piece {
        // Text with such characters is better left to the engine that reads the regex.
        Piece::Literal(c) if c.is_control() => None,
        Piece::Literal(c) => Some(*c),
        Piece::Run | Piece::Line | Piece::Start | Piece::End => None,
    };
    let text: String = rest.iter().map(literal).collect::<Option<_>>()?;
    let op = match (starts, ends) {
        (true, true) => TextOp::Equals,
        (true, false) => TextOp::StartsWith,
        (false, true) => TextOp::EndsWith,
        (false, false) => TextOp::Contains,
    };
    (!text.is_empty()).then_some((op, text))
}

fn one(pieces: Form) -> Option<Vec<Form>> {
    Some(vec![pieces])
}

fn forms(node: &Ast, flags: Flags) -> Option<Vec<Form>> {
    match node {
        Ast::Empty(_) => one(Vec::new()),
        Ast::Literal(literal) => one(vec![Piece::Literal(literal.c)]),
        Ast::Flags(_) | Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => None,
        Ast::ClassBracketed(class) => match (&class.kind, class.negated) {
            (ClassSet::Item(item), false) => {
                let mut characters = Vec::new();
                members(item, &mut characters)?;
                Some(characters.into_iter().map(|c| vec![Piece::Literal(c)]).collect())
            }
            (ClassSet::Item(_), true) | (ClassSet::BinaryOp(_), _) => None,
        },
        Ast::Assertion(assertion) => match assertion.kind {
            AssertionKind::StartText => one(vec![Piece::Start]),
            AssertionKind::EndText => one(vec![Piece::End]),
            AssertionKind::StartLine if !flags.multi_line => one(vec![Piece::Start]),
            AssertionKind::EndLine if !flags.multi_line => one(vec![Piece::End]),
            _ => None,
        },
        Ast::Group(group) => forms(inside(&group.ast), flags),
        Ast::Alternation(alternation) => {
            let each: Option<Vec<Vec<Form>>> = alternation.asts.iter().map(|branch| forms(branch, flags)).collect();
            each.map(|each| each.into_iter().flatten().collect())
        }
        Ast::Concat(concat) => concat.asts.iter().try_fold(vec![Vec::new()], |before, part| then(&before, &forms(part, flags)?)),
        Ast::Repetition(repetition) => match (&*repetition.ast, bounds(&repetition.op.kind)) {
            (Ast::Dot(_), (0, None)) => one(vec![if flags.dot_all { Piece::Run } else { Piece::Line }]),
            (once, (0, Some(1))) => {
                let once = forms(once, flags)?;
                (once.len() < MOST).then(|| std::iter::once(Vec::new()).chain(once).collect())
            }
            (once, (least, Some(most))) if least == most && least as usize <= MOST => {
                let once = forms(once, flags)?;
                (0..least).try_fold(vec![Vec::new()], |before, _| then(&before, &once))
            }
            _ => None,
        },
    }
}

/// Every form of the one followed by every form of the other.
fn then(before: &[Form], after: &[Form]) -> Option<Vec<Form>> {
    let few = before.len() == 1 || after.len() == 1 || before.len() * after.len() <= MOST;
    few.then(|| before.iter().flat_map(|first| after.iter().map(move |second| [first.as_slice(), second].concat())).collect())
}

/// The characters of a class that names each of them.
fn members(item: &ClassSetItem, into: &mut Vec<char>) -> Option<()> {
    match item {
        ClassSetItem::Literal(literal) => into.push(literal.c),
        ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| members(item, into))?,
        ClassSetItem::Empty(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_)
        | ClassSetItem::Unicode(_)
        | ClassSetItem::Perl(_)
        | ClassSetItem::Bracketed(_) => return None,
    }
    (into.len() <= MOST).then_some(())
}
