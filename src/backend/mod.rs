//! A checked rule to a query, or to the reason why not.
//!
//! In: [`hir::Rule`](crate::hir::Rule), the packs and the [`Options`]. Out: [`Lowered`], one a target: a query with its fidelity and reasons, or a refusal.
//! Stages, one direction: [`bind`] says each test over the target's own columns, [`plan`] splits the predicate between the target's
//! stages and computes columns and fidelity, the dialect folder prints. Law: a printer only joins [`frag::Frag`]s and
//! [`lines::Lines`], which keep where each line came from, and never looks into one; nothing is left out without a reason in
//! [`Lowered::reasons`]. Adding a target: one folder, one line in [`Target::ALL`], one binding pack.

pub mod bind;
mod cases;
pub mod describe;
pub mod frag;
pub mod kept;
pub mod kql;
pub mod lines;
mod long;
mod options;
pub mod plan;
pub mod rewritten;
pub mod schedule;
pub mod spl;

pub use crate::schema::Target;
pub use options::{Macros, Options, Purpose, Summaries};
pub use plan::widen;

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Lasting, Pattern, Rule, duration};
use crate::schema::Packs;
use crate::source::Span;
use lines::SourceMap;

/// How faithful a query is to its rule; the order is from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fidelity {
    Exact,
    /// May return more.
    Widened,
    /// May miss (and may return more, where a reason says so too).
    Narrowed,
    Refused,
}

impl Fidelity {
    pub fn name(self) -> &'static str {
        match self {
            Fidelity::Exact => "exact",
            Fidelity::Widened => "widened",
            Fidelity::Narrowed => "narrowed",
            Fidelity::Refused => "refused",
        }
    }
}

/// What a target got. `query` is None exactly where the fidelity is `Refused`; `reasons` is empty exactly where it is `Exact`.
#[derive(Clone, Debug)]
pub struct Lowered {
    pub target: Target,
    pub fidelity: Fidelity,
    /// Family 04, each at its place in the rule.
    pub reasons: Vec<Diagnostic>,
    /// What the user should know and what changes no fidelity (Severity Note): a column asked for that stays empty.
    pub notes: Vec<Diagnostic>,
    /// What the bindings take for granted about the data, for `spoor explain`.
    pub assumptions: Vec<String>,
    pub query: Option<String>,
    /// Where the lines of the query came from; empty exactly where there is none.
    pub map: SourceMap,
    /// What the query asks for beside the product's own tables.
    pub files: Vec<File>,
    /// What was printed, for `spoor explain`; None exactly where `query` is.
    pub plan: Option<plan::Plan>,
}

/// A file that must stand where the query runs: the values of a long list.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub name: String,
    /// In the form in which the query asks for them.
    pub values: Vec<String>,
    /// Of the first test that asks for it.
    pub span: Span,
}

impl File {
    /// CSV, with a second column since a lookup must have two.
    pub fn text(&self) -> String {
        let is_plain = |text: &str| !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
        let quoted = |text: &str| if is_plain(text) { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) };
        let rows: String = self.values.iter().map(|value| format!("{},1\n", quoted(value))).collect();
        format!("value,listed\n{rows}")
    }

    fn note(&self, target: Target) -> Diagnostic {
        targets::list_beside(At { span: self.span, target: target.name() }, &self.name, self.values.len())
    }
}

/// The query of this rule for this target.
pub fn lower(rule: &Rule, target: Target, packs: &Packs, options: &Options) -> Lowered {
    if !options.purpose.is_of(target) {
        let others: Vec<&str> = Target::ALL.iter().filter(|other| options.purpose.is_of(**other)).map(|other| other.name()).collect();
        let at = At { span: rule.span, target: target.name() };
        return Lowered::refused(target, vec![targets::no_such_purpose(at, options.purpose.name(), &others)]);
    }
    let options = &options.of(target);
    let planned = match target {
        Target::Splunk => plan::plan(rule, target, &spl::Tstats(options), packs),
        Target::SplunkRaw => plan::plan(rule, target, &spl::Search(options), packs),
        Target::Defender | Target::Sentinel => plan::plan(rule, target, &kql::Kql(options, target), packs),
    };
    match planned {
        Err(mut reasons) => {
            rewritten::explained(&mut reasons, rule, packs);
            Lowered::refused(target, reasons)
        }
        Ok(mut plan) => {
            rewritten::explained(&mut plan.reasons, rule, packs);
            plan.assumptions.extend(rewritten::assumptions(rule, target, packs));
            look_back(&mut plan, rule, target, options);
            plan.notes.extend(plan.last.and_then(|last| too_short(rule, last, target)));
            plan.files = match target {
                Target::Splunk | Target::SplunkRaw => spl::files(rule, &plan, options),
                Target::Defender | Target::Sentinel => Vec::new(),
            };
            plan.notes.extend(plan.files.iter().map(|file| file.note(target)));
            let (query, map) = match target {
                Target::Splunk => spl::tstats(rule, &plan, options).finish(),
                Target::SplunkRaw => spl::search(rule, &plan, options).finish(),
                Target::Defender | Target::Sentinel => {
                    let (query, kept, spelled) = kql::print(rule, &plan, target, options);
                    let note =
                        |list: kql::KeptThere| targets::list_kept(At { span: list.span, target: target.name() }, &list.what, list.values);
                    plan.notes.extend(kept.into_iter().map(note));
                    for list in spelled {
                        plan.reasons.push(targets::list_spelled_out(
                            At { span: list.span, target: target.name() },
                            &list.what,
                            list.values,
                        ));
                        plan.fidelity = plan.fidelity.max(Fidelity::Narrowed);
                    }
                    let (text, map) = query.finish();
                    if let Some(why) = kql::too_long(rule, &text, target, options.purpose) {
                        return Lowered::refused(target, vec![why]);
                    }
                    (
                        text + "
",
                        map,
                    )
                }
            };
            Lowered {
                target,
                fidelity: plan.fidelity,
                reasons: plan.reasons.clone(),
                notes: plan.notes.clone(),
                assumptions: plan.assumptions.clone(),
                query: Some(query),
                map,
                files: plan.files.clone(),
                plan: Some(plan),
            }
        }
    }
}

/// A look back in which a chain has no room.
fn too_short(rule: &Rule, last: Lasting, target: Target) -> Option<Diagnostic> {
    // That of a threshold is moved back until its first window is whole.
    let (Pattern::Linked(_), Some(schedule::Need::Whole(span))) = (&rule.pattern, schedule::need(rule)) else { return None };
    let at = At { span: last.span, target: target.name() };
    (last.seconds < span.seconds).then(|| targets::looks_back_less(at, &duration(last.seconds), span.span, &duration(span.seconds)))
}

/// The window of a rule that has none, where the project says one.
fn look_back(plan: &mut plan::Plan, rule: &Rule, target: Target, options: &Options) {
    let is_in_time = plan.searches.iter().any(|search| search.time.is_some());
    if let Some(seconds) = options.lookback(target).filter(|_| rule.last.is_none() && is_in_time) {
        let last = Lasting { seconds, span: rule.span };
        plan.last = Some(last);
        if let Some(beyond) = kql::schedule::beyond(plan.last, target) {
            plan.reasons.push(beyond.reason);
            plan.fidelity = plan.fidelity.max(Fidelity::Narrowed);
        }
        plan.assumptions.push(targets::looks_back(&duration(seconds)));
    }
}

impl Lowered {
    fn refused(target: Target, reasons: Vec<Diagnostic>) -> Lowered {
        Lowered {
            target,
            fidelity: Fidelity::Refused,
            reasons,
            notes: Vec::new(),
            assumptions: Vec::new(),
            query: None,
            map: SourceMap::default(),
            files: Vec::new(),
            plan: None,
        }
    }
}
