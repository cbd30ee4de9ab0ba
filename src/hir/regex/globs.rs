//! Wildcard patterns that are weaker than a regex: what a first stage without regexes may ask meanwhile.
//!
//! Law: every text in which the regex finds something matches one of them, with the same casing. There are at most [`MOST`];
//! where a part of the pattern has too many forms it becomes `*`. A pattern without a literal asks for nothing and is not given.

use regex_syntax::ast::{AssertionKind, Ast, ClassSet, ClassSetItem};

use super::{Flags, bounds, inside};
use crate::hir::{LikePart, LikePattern};

const MOST: usize = 16;

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
    let mut globs: Vec<(LikePattern, Vec<Letter>)> = Vec::new();
    for form in forms(tree, flags) {
        let glob = whole_text(&form);
        if !glob.0.iter().any(|part| matches!(part, LikePart::Literal(_))) {
            return Vec::new();
        }
        let letters = letters(&glob);
        if !globs.iter().any(|(_, wider)| covers(wider, &letters)) {
            globs.retain(|(_, narrower)| !covers(&letters, narrower));
            globs.push((glob, letters));
        }
    }
    globs.into_iter().map(|(glob, _)| glob).collect()
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
            (ClassSet::Item(item), false) => only_character(item).map_or_else(any, |c| vec![vec![Piece::Literal(c)]]),
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

/// The character of a class of one; a wider class is a `*`, which a reader sees through at once.
fn only_character(item: &ClassSetItem) -> Option<char> {
    match item {
        ClassSetItem::Literal(literal) => Some(literal.c),
        ClassSetItem::Union(union) => match union.items.as_slice() {
            [only] => only_character(only),
            _ => None,
        },
        ClassSetItem::Empty(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_)
        | ClassSetItem::Unicode(_)
        | ClassSetItem::Perl(_)
        | ClassSetItem::Bracketed(_) => None,
    }
}

/// Whether every text that is like the one is like the other: `*` takes anything, a `*` of the other too.
fn covers(wide: &[Letter], narrow: &[Letter]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Behind the last `*`, and how far what it takes reaches: only the last one need ever take more.
    let mut star = None;
    while read < narrow.len() {
        match wide.get(at) {
            Some(None) => {
                at += 1;
                star = Some((at, read));
            }
            Some(letter) if *letter == narrow[read] => (at, read) = (at + 1, read + 1),
            _ => match star {
                Some((behind, reach)) => {
                    (at, read) = (behind, reach + 1);
                    star = Some((behind, read));
                }
                None => return false,
            },
        }
    }
    wide[at..].iter().all(Option::is_none)
}

/// A character of a pattern, or its `*`.
type Letter = Option<char>;

fn letters(glob: &LikePattern) -> Vec<Letter> {
    let mut letters = Vec::new();
    for part in &glob.0 {
        match part {
            LikePart::Literal(text) => letters.extend(text.chars().map(Some)),
            LikePart::One | LikePart::Any => letters.push(None),
        }
    }
    letters
}
