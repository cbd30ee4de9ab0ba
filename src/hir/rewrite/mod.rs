//! The same rule, said so that both sides have less to do.
//!
//! In: a checked rule, the packs. Out: the rule with each predicate in a form that is cheaper to ask (an exact value in place of a
//! leading wildcard, one list in place of many tests), and what was changed, for `spoor explain`. Law: on every event the predicate
//! says what it said before. What one rule here takes for granted is the model's own: the last part of a path is its name
//! (grammar/semantics.md); a condition of `on TARGET` is left as it is written. Spans stay those of the user's own tests.

mod last_part;
mod lists;
mod regexes;
mod spare;

use crate::schema::{Class, ClassId, Packs};
use crate::source::Span;

use super::{AggPred, Aggregate, Branch, Case, ColumnWhat, Pattern, Pred, Rule, Test};

/// One change, in the order made.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewritten {
    pub class: ClassId,
    /// Of what was changed, in the rule's text.
    pub span: Span,
    pub before: Pred,
    pub change: Change,
}

/// What became of it, and why that is the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A regex that is nothing but texts.
    Regex(Pred),
    /// The end of a path, a slash and a name, is its last part.
    LastPart(Pred),
    /// Several tests of one field are one with a list.
    List(Pred),
    /// Left out: what the other part says decides it.
    Spare(Pred),
}

/// Rewrites every predicate of the rule.
pub fn rule(rule: &mut Rule, packs: &Packs) {
    let mut all = Vec::new();
    let branches: Vec<&mut Branch> = match &mut rule.pattern {
        Pattern::Union(branches) => branches.iter_mut().collect(),
        Pattern::Linked(linked) => linked.steps.iter_mut().flat_map(|step| &mut step.branches).collect(),
    };
    let classes: Vec<ClassId> = branches.iter().map(|branch| branch.class).collect();
    for branch in branches {
        cases(&mut branch.cases, branch.class, packs, &mut all);
    }
    let mut aggregate = |aggregate: &mut Aggregate| {
        for (branch, class) in aggregate.condition.iter_mut().flatten().zip(&classes) {
            cases(branch, *class, packs, &mut all);
        }
    };
    if let Some(having) = rule.group.as_mut().and_then(|group| group.having.as_mut()) {
        aggregates(having, &mut aggregate);
    }
    for column in rule.show.iter_mut().flatten() {
        if let ColumnWhat::Aggregate(shown) = &mut column.what {
            aggregate(shown);
        }
    }
    rule.rewritten = all;
}

fn aggregates(having: &mut AggPred, visit: &mut impl FnMut(&mut Aggregate)) {
    match having {
        AggPred::All(parts) | AggPred::Any(parts) => parts.iter_mut().for_each(|part| aggregates(part, visit)),
        AggPred::Not(inner) => aggregates(inner, visit),
        AggPred::Test { aggregate, .. } => visit(aggregate),
    }
}

/// Cases that become one predicate stay apart: their actions do.
fn cases(cases: &mut [Case], class: ClassId, packs: &Packs, all: &mut Vec<Rewritten>) {
    for case in cases {
        let (pred, made) = pred(&case.pred, class, packs.class(class));
        case.pred = pred;
        // The cases of a branch share their tests.
        let new: Vec<Rewritten> = made.into_iter().filter(|one| !all.contains(one)).collect();
        all.extend(new);
    }
}

/// One predicate over a class, and what was changed in it.
pub fn pred(pred: &Pred, id: ClassId, class: &Class) -> (Pred, Vec<Rewritten>) {
    let mut rewriter = Rewriter { id, class, made: Vec::new() };
    let pred = rewriter.pred(pred);
    (pred, rewriter.made)
}

struct Rewriter<'c> {
    id: ClassId,
    class: &'c Class,
    made: Vec<Rewritten>,
}

impl Rewriter<'_> {
    fn pred(&mut self, pred: &Pred) -> Pred {
        match pred {
            Pred::All(parts) => {
                let parts: Vec<Pred> = parts.iter().map(|part| self.pred(part)).collect();
                match Pred::all(parts) {
                    Pred::All(parts) => self.all(parts),
                    other => other,
                }
            }
            Pred::Any(parts) => {
                let parts: Vec<Pred> = parts.iter().map(|part| self.pred(part)).collect();
                match Pred::any(parts) {
                    Pred::Any(parts) => self.any(parts),
                    other => other,
                }
            }
            Pred::Not(inner) => self.pred(inner).not(),
            Pred::Test(test) => self.test(test),
        }
    }

    fn test(&mut self, test: &Test) -> Pred {
        let text = self.step(test, regexes::plain(test, self.class), Change::Regex);
        text.map(&mut |test| self.step(test, last_part::named(test, self.class), Change::LastPart))
    }

    fn step(&mut self, test: &Test, made: Option<Pred>, change: fn(Pred) -> Change) -> Pred {
        let before = Pred::Test(test.clone());
        let Some(after) = made.map(|after| after.said_by(test)) else { return before };
        self.note(test.span, before, change(after.clone()));
        after
    }

    fn all(&mut self, parts: Vec<Pred>) -> Pred {
        let parts = self.negated_lists(parts);
        let parts = self.without_spare(parts, true);
        Pred::all(parts)
    }

    fn any(&mut self, parts: Vec<Pred>) -> Pred {
        let parts = self.lists(parts);
        let parts = self.without_spare(parts, false);
        Pred::any(parts)
    }

    fn note(&mut self, span: Span, before: Pred, change: Change) {
        self.made.push(Rewritten { class: self.id, span, before, change });
    }
}

/// From the first test to the last, as far as they stand in one text.
fn span(pred: &Pred) -> Option<Span> {
    let mut whole: Option<Span> = None;
    pred.tests(&mut |test| whole = Some(whole.map_or(test.span, |whole| both(whole, test.span))));
    whole
}

fn both(one: Span, other: Span) -> Span {
    if one.file == other.file { one.to(other) } else { one }
}
