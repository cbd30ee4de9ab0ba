//! Wildcard patterns that are weaker than a regex: what a first stage without regexes may ask meanwhile.
//!
//! Law: every text in which the regex finds something matches one of them, with the same casing. There are at most [`MOST`];
//! where a part of the pattern has too many forms it becomes `*`. A pattern without a literal asks for nothing and is not given.

use regex_syntax::ast::{AssertionKind, Ast, ClassSet, ClassSetItem};

use super::{Flags, bounds, inside};
use crate::hir::{LikePart, LikePattern};

const MOST: usize = 16;
/// A class of more characters than this is a `*`.
const MOST_OF_CLASS: usize = 3;

#[derive(Clone, PartialEq)]
enum Piece {
    Literal(char),
    Any,
    /// The start and the end of the text.
    Start,
    End,
}

type Form = Vec<Piece>;

pub(super) fn globs(tree: &Ast, flags: Flags) -> Vec<LikePattern> {
    let mut globs = Vec::new();
    for form in forms(tree, flags) {
        let glob = whole_text(&form);
        if !glob.0.iter().any(|part| matches!(part, LikePart::Literal(_))) {
            return Vec::new();
        }
        if !globs.contains(&glob) {
            globs.push(glob);
        }
    }
    globs
}

/// What is found stands anywhere, unless the form says where.
fn whole_text(form: &[Piece]) -> LikePattern {
    let mut parts = Vec::new();
    if form.first() != Some(&Piece::Start) {
        parts.push(LikePart::Any);
    }
    for piece in form {
        match piece {
            Piece::Literal(c) => parts.push(LikePart::Literal(c.to_string())),
            Piece::Any => parts.push(LikePart::Any),
            Piece::Start | Piece::End => {}
        }
    }
    if form.last() != Some(&Piece::End) {
        parts.push(LikePart::Any);
    }
    LikePattern::of(parts)
}

fn any() -> Vec<Form> {
    vec![vec![Piece::Any]]
}

fn forms(node: &Ast, flags: Flags) -> Vec<Form> {
    match node {
        Ast::Empty(_) | Ast::Flags(_) => vec![Vec::new()],
        Ast::Literal(literal) => vec![vec![Piece::Literal(literal.c)]],
        Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => any(),
        Ast::ClassBracketed(class) => match (&class.kind, class.negated) {
            (ClassSet::Item(item), false) => {
                let mut characters = Vec::new();
                if characters_of(item, &mut characters) { characters.into_iter().map(|c| vec![Piece::Literal(c)]).collect() } else { any() }
            }
            _ => any(),
        },
        Ast::Assertion(assertion) => match assertion.kind {
            AssertionKind::StartText => vec![vec![Piece::Start]],
            AssertionKind::EndText => vec![vec![Piece::End]],
            AssertionKind::StartLine if !flags.multi_line => vec![vec![Piece::Start]],
            AssertionKind::EndLine if !flags.multi_line => vec![vec![Piece::End]],
            _ => vec![Vec::new()],
        },
        Ast::Group(group) => forms(inside(&group.ast), flags),
        Ast::Alternation(alternation) => {
            let all: Vec<Form> = alternation.asts.iter().flat_map(|branch| forms(branch, flags)).collect();
            if all.len() > MOST { any() } else { all }
        }
        Ast::Concat(concat) => concat.asts.iter().fold(vec![Vec::new()], |before, part| then(&before, &forms(part, flags))),
        Ast::Repetition(repetition) => {
            let once = forms(&repetition.ast, flags);
            match bounds(&repetition.op.kind) {
                (0, Some(0)) => vec![Vec::new()],
                (0, Some(1)) if once.len() < MOST => std::iter::once(Vec::new()).chain(once).collect(),
                (0, _) => any(),
                (1, Some(1)) => once,
                (least, most) if least <= 3 => {
                    let least_times = (1..least).fold(once.clone(), |before, _| then(&before, &once));
                    if most == Some(least) { least_times } else { then(&least_times, &any()) }
                }
                _ => then(&once, &any()),
            }
        }
    }
}

/// Every form of the one followed by every form of the other; `*` for the other where they would be too many.
fn then(before: &[Form], after: &[Form]) -> Vec<Form> {
    let many = any();
    let after = if before.len() * after.len() > MOST { &many } else { after };
    before.iter().flat_map(|first| after.iter().map(move |second| [first.as_slice(), second].concat())).collect()
}

/// False where they are too many to be named.
fn characters_of(item: &ClassSetItem, into: &mut Vec<char>) -> bool {
    match item {
        ClassSetItem::Empty(_) => {}
        ClassSetItem::Literal(literal) => into.push(literal.c),
        ClassSetItem::Union(union) => return union.items.iter().all(|item| characters_of(item, into)),
        ClassSetItem::Range(_) | ClassSetItem::Ascii(_) | ClassSetItem::Unicode(_) | ClassSetItem::Perl(_) | ClassSetItem::Bracketed(_) => {
            return false;
        }
    }
    into.len() <= MOST_OF_CLASS
}
