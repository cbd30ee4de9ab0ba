//! A plan to KQL, over Microsoft Defender's tables or those of a Sentinel workspace.
//!
//! In: native tests to judge, then a plan of them. Out: whether KQL can say a test, and the query. KQL needs one stage: every test is
//! said exactly in a `where`, or not at all. Law: a row passes the query if and only if it satisfies the plan's predicate; user text
//! enters through `quote` alone. Nothing here knows a binding: names come from the pack.

mod address;
mod alert;
mod chains;
mod detection;
mod groups;
mod hoist;
mod lists;
mod made;
mod pattern;
mod predicate;
mod query;
mod quote;
pub mod schedule;
mod text;
mod value;

pub use detection::too_long;
pub use lists::KeptThere;
pub use query::print;

use super::bind::{Departure, Native, NativeExpr, Place};
use super::frag::{Connectives, Negation};
use super::kept::Kept;
use super::plan::{Dialect, MadeValue, Plan, Search, Support};
use super::{Options, Purpose, Target};
use crate::diag::{Diagnostic, targets_kql};
use crate::hir::{FieldOp, Function, Op, Pattern, Rule, Test, TextOp};
use crate::schema::{NativeType, Transform};
use crate::source::{FileId, Span};

/// The dialect of Microsoft's advanced hunting and of Log Analytics.
pub struct Kql<'o>(pub &'o Options, pub Target);

const WORDS: Connectives = Connectives { and: "and", or: "or", not: Negation::Call("not") };

impl Dialect for Kql<'_> {
    fn leaves_out(&self) -> bool {
        self.0.narrow
    }

    // What a detection is deployed with says what it says of a short list item by item.
    fn keeps(&self, list: FileId) -> bool {
        self.0.purpose == Purpose::Hunting && matches!(self.0.kept(list), Some(Kept::Watchlist(_) | Kept::External(_)))
    }

    fn support(&self, test: &Test<Native>) -> Support {
        if let (NativeExpr::Apply(Transform::Lookup { .. }, _), false) = (&test.field.value, matches!(test.op, Op::Field { .. })) {
            return Support::Native;
        }
        let values = match &test.op {
            Op::Field { other, .. } => vec![&test.field, &other.field],
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists => {
                vec![&test.field]
            }
        };
        match values.into_iter().find(|native| !value::can_compute(&native.value)) {
            Some(native) => Support::Never(Box::new(targets_kql::no_form(&native.field, test.span))),
            None => Support::Native,
        }
    }

    /// A list is one value to `summarize` and `join`.
    fn cannot_make(&self, native: &Native, span: Span) -> Option<Diagnostic> {
        let can = value::can_compute(&native.value) && value::type_of(&native.value) != NativeType::Dynamic;
        (!can).then(|| targets_kql::no_form(&native.field, span))
    }

    fn demands(&self, place: &Place) -> Vec<String> {
        detection::demands(place, self.0.purpose)
    }

    fn refusals(&self, rule: &Rule, target: Target) -> Vec<Diagnostic> {
        detection::refusals(rule, target, self.0.purpose)
    }

    fn misfits(&self, rule: &Rule, plan: &Plan, target: Target) -> Vec<Diagnostic> {
        detection::misfits(rule, plan, target, self.0.purpose)
    }

    fn notes(&self, rule: &Rule, _searches: &[Search]) -> Vec<Diagnostic> {
        detection::notes(rule, self.1, self.0.purpose)
    }

    fn losses_of(&self, rule: &Rule) -> Vec<Departure> {
        detection::losses(rule, self.1, self.0.purpose)
    }

    fn keeps_latest(&self, by: &[Native]) -> bool {
        by.iter().all(|native| value::can_compute(&native.value) && value::type_of(&native.value) != NativeType::Dynamic)
    }

    fn assumes(&self, search: &Search) -> Vec<&'static str> {
        let mut found = Vec::new();
        let mut note = |test: &Test<Native>| {
            let assumption = match &test.op {
                Op::Text { op: TextOp::Has, .. } => targets_kql::WORDS,
                Op::Field { op: FieldOp::Text(TextOp::Has), .. } => targets_kql::WORDS,
                Op::Matches { any, .. } if any.iter().any(|regex| regex.pattern.contains(r"\b")) => targets_kql::EDGES,
                Op::Text { .. }
                | Op::Like { .. }
                | Op::Matches { .. }
                | Op::OneOf(_)
                | Op::Within(_)
                | Op::Compare(..)
                | Op::Is(_)
                | Op::Exists
                | Op::Field { .. } => return,
            };
            found.push(assumption);
        };
        let labels = search.labels.iter().map(|label| &label.when);
        let made = search.made.iter().flat_map(MadeValue::preds);
        [&search.first, &search.rest].into_iter().chain(labels).chain(made).for_each(|pred| pred.tests(&mut note));
        if search.latest.is_some() {
            found.push(targets_kql::ONE_SPELLING);
        }
        found
    }

    /// Between steps words are looked for too; such tests are in no search.
    fn assumes_of(&self, rule: &Rule) -> Vec<String> {
        let lists = rule.aggregates().into_iter().any(|aggregate| matches!(aggregate.function, Function::Percentile(_)));
        let lists = lists.then(|| targets_kql::LISTS.to_owned());
        let Pattern::Linked(linked) = &rule.pattern else { return lists.into_iter().collect() };
        let mut words = false;
        for case in linked.steps.iter().flat_map(|step| &step.branches).flat_map(|branch| &branch.cases) {
            case.pred.tests(&mut |test| words |= matches!(test.op, Op::Field { op: FieldOp::Text(TextOp::Has), .. }));
        }
        lists.into_iter().chain(words.then(|| targets_kql::WORDS.to_owned())).collect()
    }

    /// The printer spells the cases of letters beyond ASCII out, so nothing rests on how Kusto folds them.
    fn folds(&self, _literal: &str) -> bool {
        true
    }
}
