//! A plan to SPL: `tstats` over the CIM data models, and `search` over Windows event logs.
//!
//! In: a [`Plan`]. Out: a query laid out for a reader. What the search dialect can say exactly stands in the first command, everything
//! else in a `where` behind it, which can say all. Law: the query returns what the plan's predicates say, of rows with missing, empty,
//! repeated and hostile values too, and rests on nothing that Splunk's pages leave open. User text enters through [`quote`] alone.
//! What cannot be computed after tstats, which hands on one value a row, is refused or reported by its code.

mod between;
mod columns;
mod eval_expr;
mod pattern;
mod quote;
mod raw;
mod search_expr;
mod stage;
mod tstats;
mod value;

use super::bind::Native;
use super::plan::{Dialect, Plan, Support, widen};
use crate::diag::targets_spl;
use crate::hir::{Op, Rule, Test};
use search_expr::Place;

/// tstats over the CIM data models.
pub struct Tstats;

/// `search` over event logs.
pub struct Search;

impl Dialect for Tstats {
    fn support(&self, test: &Test<Native>) -> Support {
        support(test, Place::Tstats)
    }

    fn folds(&self, literal: &str) -> bool {
        pattern::can_fold(literal)
    }
}

impl Dialect for Search {
    fn support(&self, test: &Test<Native>) -> Support {
        support(test, Place::Search)
    }

    fn folds(&self, literal: &str) -> bool {
        pattern::can_fold(literal)
    }
}

/// The query of a plan over data models.
pub fn tstats(rule: &Rule, plan: &Plan) -> String {
    tstats::print(rule, plan)
}

/// The query of a plan over event logs.
pub fn search(rule: &Rule, plan: &Plan) -> String {
    raw::print(rule, plan)
}

fn support(test: &Test<Native>, place: Place) -> Support {
    if search_expr::test(test, place).is_some() {
        return Support::Native;
    }
    if let Some(field) = beyond_eval(test) {
        return Support::Never(Box::new(targets_spl::not_computed(&field.field, test.span)));
    }
    Support::Later(widen::weaker(test, &|weaker| search_expr::test(weaker, place).is_some()))
}

/// A value in the test that eval cannot compute, or cannot compare: several values beside another field.
fn beyond_eval(test: &Test<Native>) -> Option<&Native> {
    let single = |native: &Native| value::can_compute(&native.value);
    match &test.op {
        Op::Field { other, .. } => [&test.field, &other.field].into_iter().find(|native| !single(native)),
        Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists => {
            let column = test.field.value.column().is_some();
            (!column && !single(&test.field)).then_some(&test.field)
        }
    }
}

/// The rule's name, version and title, as a comment. It stands behind the first command: what sends a search to Splunk takes one that
/// does not begin with a pipe for the arguments of `search`.
fn header(rule: &Rule) -> String {
    let version = rule.meta.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let title = rule.meta.title.as_ref().map(|title| format!(": {title}")).unwrap_or_default();
    format!("```{}```", quote::comment(&format!("{}{version}{title}", rule.name)))
}

/// `-30d`, in the largest unit that says it.
fn earliest(seconds: u64) -> String {
    let (count, unit) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, "d"),
        s if s % 3_600 == 0 => (s / 3_600, "h"),
        s if s % 60 == 0 => (s / 60, "m"),
        s => (s, "s"),
    };
    format!("earliest=-{count}{unit}")
}
