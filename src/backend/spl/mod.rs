//! A plan to SPL: `tstats` over the CIM data models, and `search` over Windows event logs.
//!
//! In: a [`Plan`]. Out: a query laid out for a reader. What the search dialect can say exactly stands in the first command, everything
//! else in a `where` behind it, which can say all. Law: the query returns what the plan's predicates say, of rows with missing, empty,
//! repeated and hostile values too, and rests on nothing that Splunk's pages leave open. User text enters through [`quote`] alone.
//! What cannot be computed after tstats, which hands on one value a row, is refused or reported by its code. Hits become groups
//! ([`groups`]) or chains ([`chains`]) by the same commands, whichever search found them.

mod between;
mod calendar;
mod candidates;
mod chains;
mod columns;
mod counted;
mod eval_expr;
mod groups;
mod links;
mod lookup;
mod macros;
mod made;
mod pattern;
mod quote;
mod raw;
mod search_expr;
mod stage;
mod tstats;
mod value;

use super::bind::{ColumnRef, Native, NativePred};
use super::cases::has_cases;
use super::lines::Lines;
use super::plan::{self, Departure, Dialect, Fill, Plan, Shape, Support, widen};
use super::{File, Macros, Options, Summaries};
use crate::diag::targets::At;
use crate::diag::{Diagnostic, targets_spl};
use crate::hir::{Casing, LikePart, LikePattern, Op, Pattern, Pred, Rule, Test, TextOp, duration};
use crate::schema::Target;
use crate::source::Span;
pub use macros::filter_name;
use search_expr::Place;

/// tstats over the CIM data models.
pub struct Tstats<'o>(pub &'o Options);

/// `search` over event logs.
pub struct Search<'o>(pub &'o Options);

impl Dialect for Tstats<'_> {
    fn leaves_out(&self) -> bool {
        self.0.narrow
    }

    fn support(&self, test: &Test<Native>) -> Support {
        support(test, Place::Tstats)
    }

    fn never(&self, test: &Test<Native>) -> Option<Diagnostic> {
        never(test, Place::Tstats)
    }

    fn folds(&self, literal: &str) -> bool {
        pattern::can_fold(literal)
    }

    fn fill(&self) -> Option<Fill> {
        Some(Fill { text: macros::fill(self.0), reason: targets_spl::filled })
    }

    fn losses(&self, search: &plan::Search) -> Vec<Departure> {
        let mut losses = Vec::new();
        split_values(&search.rest, false, &mut losses);
        joint_values(&search.rest, &mut losses);
        losses
    }

    fn losses_of(&self, rule: &Rule) -> Vec<Departure> {
        match self.0.summaries() {
            Summaries::Only => {
                vec![Departure { more: false, reason: targets_spl::summaries_only(rule.last.as_ref().map_or(rule.span, |last| last.span)) }]
            }
            Summaries::All | Summaries::Macro => Vec::new(),
        }
    }

    fn assumes_of(&self, rule: &Rule) -> Vec<String> {
        let summaries = match (self.0.summaries(), self.0.macros) {
            (Summaries::Macro, Macros::None) => Some(targets_spl::SUMMARIES_MACRO),
            (Summaries::Macro, Macros::SecurityContent) => Some(targets_spl::SECURITY_CONTENT_MACRO),
            (Summaries::All | Summaries::Only, Macros::None | Macros::SecurityContent) => None,
        };
        let linked = linked(rule).then_some([targets_spl::ALIKE_IN_ONE_SECOND, targets_spl::WITHIN_MEMORY]);
        let counted = (!counted::counts(rule).is_empty()).then_some(targets_spl::COUNTED_IN_ONE_SECOND);
        let texts = summaries.into_iter().chain(linked.into_iter().flatten()).chain(counted);
        texts.map(str::to_owned).chain(filter_is_there(rule, self.0)).collect()
    }

    fn miscounts(&self, shape: &Shape, searches: &[plan::Search], span: Span) -> Vec<Departure> {
        match shape {
            Shape::Groups(groups) => {
                let columns = searches.iter().flat_map(|search| tstats::counted_by_value(search, groups));
                columns.map(|column| Departure { more: true, reason: targets_spl::counted_by_value(&column.name, span) }).collect()
            }
            Shape::Chains(chains) => {
                let columns = tstats::linked_by_value(searches, chains).into_iter();
                columns.map(|(column, at)| Departure { more: true, reason: targets_spl::step_counted_by_value(&column.name, at) }).collect()
            }
            Shape::Events => Vec::new(),
        }
    }

    fn refusals(&self, rule: &Rule, target: Target) -> Vec<Diagnostic> {
        beyond_window(rule, target)
    }

    fn cannot_make(&self, native: &Native, span: Span) -> Option<Diagnostic> {
        cannot_make(native, span)
    }

    fn notes(&self, rule: &Rule, searches: &[plan::Search]) -> Vec<Diagnostic> {
        searches.iter().skip(1).map(|search| targets_spl::append_limits(&search.table, rule.span)).collect()
    }
}

impl Dialect for Search<'_> {
    fn leaves_out(&self) -> bool {
        self.0.narrow
    }

    fn support(&self, test: &Test<Native>) -> Support {
        support(test, Place::Search)
    }

    fn never(&self, test: &Test<Native>) -> Option<Diagnostic> {
        never(test, Place::Search)
    }

    fn folds(&self, literal: &str) -> bool {
        pattern::can_fold(literal)
    }

    fn refusals(&self, rule: &Rule, target: Target) -> Vec<Diagnostic> {
        beyond_window(rule, target)
    }

    fn cannot_make(&self, native: &Native, span: Span) -> Option<Diagnostic> {
        cannot_make(native, span)
    }

    fn tells_rows_apart(&self) -> bool {
        true
    }

    fn assumes_of(&self, rule: &Rule) -> Vec<String> {
        let linked = linked(rule).then(|| targets_spl::WITHIN_MEMORY.to_owned());
        linked.into_iter().chain(filter_is_there(rule, self.0)).collect()
    }
}

fn linked(rule: &Rule) -> bool {
    match &rule.pattern {
        Pattern::Linked(_) => true,
        Pattern::Union(_) => false,
    }
}

/// Counts that no window of `streamstats` holds.
fn beyond_window(rule: &Rule, target: Target) -> Vec<Diagnostic> {
    let beyond = counted::counts(rule).into_iter().filter(|counted| counted.count > counted::MOST);
    beyond
        .map(|counted| targets_spl::beyond_window(At { span: counted.span, target: target.name() }, counted.count, counted::MOST))
        .collect()
}

fn cannot_make(native: &Native, span: Span) -> Option<Diagnostic> {
    (!made::can_make(native)).then(|| targets_spl::no_form(&native.field, span))
}

fn filter_is_there(rule: &Rule, options: &Options) -> Option<String> {
    macros::filter(rule, options).map(|_| targets_spl::filter_macro(&macros::filter_name(rule)))
}

/// The query of a plan over data models.
pub fn tstats(rule: &Rule, plan: &Plan, options: &Options) -> Lines {
    tstats::print(rule, plan, options)
}

/// The query of a plan over event logs.
pub fn search(rule: &Rule, plan: &Plan, options: &Options) -> Lines {
    raw::print(rule, plan, options)
}

/// The files that the query of this plan asks for.
pub fn files(rule: &Rule, plan: &Plan, options: &Options) -> Vec<File> {
    lookup::files(rule, plan, options)
}

fn support(test: &Test<Native>, place: Place) -> Support {
    if lookup::is_for(test) {
        return Support::Later(lookup::weaker(test));
    }
    let is_native = |test: &Test<Native>| search_expr::can_say(test, place);
    if is_native(test) {
        return Support::Native;
    }
    if let Some(why) = never(test, place) {
        return Support::Never(Box::new(why));
    }
    Support::Later(match coarse(test).filter(is_native) {
        Some(coarse) => Some(Pred::Test(coarse)),
        None => widen::weaker(test, &is_native),
    })
}

/// What neither dialect can say. Few tests are beyond eval, so this is asked first.
fn never(test: &Test<Native>, place: Place) -> Option<Diagnostic> {
    let native = beyond_eval(test).filter(|_| !lookup::is_for(test) && !search_expr::can_say(test, place))?;
    Some(targets_spl::no_form(&native.field, test.span))
}

/// A value in the test that eval cannot compute, or cannot compare: several values beside another field.
fn beyond_eval(test: &Test<Native>) -> Option<&Native> {
    match &test.op {
        Op::Field { other, .. } => [&test.field, &other.field].into_iter().find(|native| !value::can_compute(&native.value)),
        Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists => (test.field.value.column().is_none() && !value::can_compute(&test.field.value)).then_some(&test.field),
    }
}

/// The test with every character that the search dialect cannot say as a wildcard, and without `cased`: weaker, and still near.
fn coarse(test: &Test<Native>) -> Option<Test<Native>> {
    let of = |parts: Vec<LikePart>| LikePattern::of(parts.into_iter().flat_map(coarse_part));
    let text = |literal: &String| LikePart::Literal(literal.clone());
    let any: Vec<LikePattern> = match &test.op {
        Op::Text { op, any, .. } => {
            let patterns = any.iter().map(|literal| match op {
                TextOp::Equals => Some(vec![text(literal)]),
                TextOp::Contains | TextOp::Has => Some(vec![LikePart::Any, text(literal), LikePart::Any]),
                TextOp::StartsWith => Some(vec![text(literal), LikePart::Any]),
                TextOp::EndsWith => Some(vec![LikePart::Any, text(literal)]),
                TextOp::Under => None,
            });
            patterns.map(|parts| parts.map(of)).collect::<Option<_>>()?
        }
        Op::Like { any, .. } => any.iter().map(|like| of(like.0.clone())).collect(),
        Op::Matches { any, .. } if any.iter().all(|regex| !regex.globs.is_empty()) => {
            any.iter().flat_map(|regex| &regex.globs).map(|glob| of(glob.0.clone())).collect()
        }
        Op::Matches { .. } | Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. } => return None,
    };
    let says_something = |like: &LikePattern| like.0.iter().any(|part| matches!(part, LikePart::Literal(_)));
    let op = Op::Like { any, case: Casing::Ignore };
    match &op {
        Op::Like { any, .. } if any.iter().all(says_something) => Some(test.with(test.field.clone(), op)),
        _ => None,
    }
}

fn coarse_part(part: LikePart) -> Vec<LikePart> {
    match part {
        LikePart::Literal(text) => {
            let parts = text.split_inclusive(|c| !quote::is_sayable(c) || has_cases(c)).flat_map(|run| {
                let said = run.trim_end_matches(|c| !quote::is_sayable(c) || has_cases(c));
                [LikePart::Literal(said.to_owned())].into_iter().chain((said.len() < run.len()).then_some(LikePart::Any))
            });
            parts.collect()
        }
        LikePart::One | LikePart::Any => vec![LikePart::Any],
    }
}

/// Negated tests on columns of several values, which tstats' `by` has split into rows.
fn split_values(pred: &NativePred, negated: bool, losses: &mut Vec<Departure>) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| split_values(part, negated, losses)),
        Pred::Not(inner) => split_values(inner, !negated, losses),
        Pred::Test(test) if negated && test.field.value.any_column(|column| column.multi) => {
            losses.push(Departure { more: true, reason: targets_spl::values_split(&test.field.field, test.span) });
        }
        Pred::Test(_) => {}
    }
}

/// Tests on one column of several values that must hold together: one row has one of the values, and another may be what the other test
/// is true of.
fn joint_values(pred: &NativePred, losses: &mut Vec<Departure>) {
    for (column, test, count) in together(pred, false) {
        if count > 1 && column.multi {
            losses.push(Departure { more: false, reason: targets_spl::values_apart(&test.field.field, test.span) });
        }
    }
}

/// Each column, a test on it, and how many tests on it may have to hold of one row.
fn together(pred: &NativePred, negated: bool) -> Vec<(&ColumnRef, &Test<Native>, usize)> {
    let both: fn(usize, usize) -> usize = match pred {
        Pred::All(_) if !negated => |one, other| one + other,
        Pred::Any(_) if negated => |one, other| one + other,
        Pred::All(_) | Pred::Any(_) => usize::max,
        Pred::Not(inner) => return together(inner, !negated),
        // What a negated one loses is told by `split_values`; that there is a value each of the rows says.
        Pred::Test(test) if negated || matches!(test.op, Op::Exists) => return Vec::new(),
        Pred::Test(test) => return test.field.value.columns().into_iter().map(|column| (column, test, 1)).collect(),
    };
    let (Pred::All(parts) | Pred::Any(parts)) = pred else { return Vec::new() };
    let mut counts: Vec<(&ColumnRef, &Test<Native>, usize)> = Vec::new();
    for (column, test, count) in parts.iter().flat_map(|part| together(part, negated)) {
        match counts.iter_mut().find(|(known, ..)| *known == column) {
            Some((.., known)) => *known = both(*known, count),
            None => counts.push((column, test, count)),
        }
    }
    counts
}

/// The rule's name, version and title, as a comment. It stands behind the first command: what sends a search to Splunk takes one that
/// does not begin with a pipe for the arguments of `search`.
fn header(rule: &Rule) -> Lines {
    let version = rule.meta.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let title = rule.meta.title.as_ref().map(|title| format!(": {title}")).unwrap_or_default();
    let text = format!("```{}```", quote::comment(&format!("{}{version}{title}", rule.name)));
    Lines::from(text).at(&[rule.span]).at(&rule.meta.named_at)
}

/// `earliest=-30d`
fn earliest(seconds: u64) -> String {
    format!("earliest=-{}", duration(seconds))
}
