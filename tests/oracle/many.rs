//! Generated rules, executed: what the query returns is what the reference says.
//!
//! In: rules at random over every class (tests/generated), and events made for each, with the verdict of the reference evaluator, as rows of
//! each target's product. Out: failures, as far as each fidelity promises. Law: at least [`WANTED`] rule x event cases through each
//! target's engine; all rows of a rule in one call.

use std::collections::BTreeMap;
use std::path::PathBuf;

use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::schema::Packs;

use crate::batch::{Case, Outcome, execute};
use crate::rules::Written;
use crate::verdicts::{is_state, judge};
use crate::{events, generated, native, rules};

/// Cases that an engine judges, a target.
const WANTED: usize = 5_000;
/// Some are refused by the engine, which proves nothing.
const ASKED: usize = 6_500;
/// For each rule; a row comes of most of them, of some two.
const EVENTS: usize = 16;
/// Where a file of failures would say no more.
const SHOWN: usize = 12;

/// Queries, and the rows that they were asked for, by what the query promises.
#[derive(Debug, Default)]
pub struct Counts {
    pub queries: usize,
    pub exact: usize,
    pub widened: usize,
    pub narrowed: usize,
    /// Of those the ones that the rule matches.
    pub matching: usize,
    /// By the engine, which proves nothing.
    pub refused: usize,
}

#[test]
fn generated_rules_return_what_the_reference_says() {
    let packs = rules::packs();
    let made = generated::rules(packs, 5, 4_000);
    let mut cases = Vec::new();
    for target in Target::ALL {
        let mut rows_so_far = 0;
        for (seed, rule) in made.iter().enumerate() {
            if rows_so_far >= ASKED {
                break;
            }
            let Some(case) = case(rule, *target, packs, seed as u64, EVENTS) else { continue };
            rows_so_far += case.rows.len();
            cases.push(case);
        }
    }
    for (target, counts) in judged("generated", &cases, packs) {
        let judged = counts.exact + counts.widened + counts.narrowed;
        assert!(judged >= WANTED && counts.matching * 10 > judged, "{target}: {counts:?}");
    }
}

/// The rule's query, and rows of `events` events made for it. None: it is refused, no row can hold one, or rows of one thing count together.
pub fn case(rule: &Rule, target: Target, packs: &Packs, seed: u64, events: usize) -> Option<Case> {
    if is_state(rule, packs) {
        return None;
    }
    let lowered = lower(rule, target, packs, &Options::default());
    let widened = native::is_widened(&lowered);
    let query = lowered.query?;
    let rows = events::made_for(rule, target, packs, seed, &lowered.assumptions, events);
    let (rule, fidelity, files) = (rule.name.clone(), lowered.fidelity, lowered.files);
    (!rows.is_empty()).then_some(Case { rule, target, fidelity, widened, query, files, rows, made: true })
}

/// Executes the cases, prints what was judged of each target, and fails where a query returns what it does not promise. Out: the counts, of the
/// targets whose engine is installed.
pub fn judged(what: &str, cases: &[Case], packs: &Packs) -> BTreeMap<&'static str, Counts> {
    let mut failures = Vec::new();
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for (case, outcome) in cases.iter().zip(execute(cases, packs)) {
        let Some(outcome) = outcome else { continue };
        let of_target = counts.entry(case.target.name()).or_default();
        of_target.queries += 1;
        match outcome {
            Outcome::Refused(_) => of_target.refused += case.rows.len(),
            Outcome::Broken(message) => failures.push(format!("{} on {}: {message}\n{}", case.rule, case.target.name(), case.query)),
            Outcome::Found { rows, count } => {
                of_target.matching += case.rows.iter().filter(|row| row.matches).count();
                *match case.fidelity {
                    Fidelity::Exact => &mut of_target.exact,
                    Fidelity::Widened => &mut of_target.widened,
                    Fidelity::Narrowed => &mut of_target.narrowed,
                    Fidelity::Refused => unreachable!("a refused rule has no query"),
                } += case.rows.len();
                failures.extend(judge(case, rows.as_ref(), count));
            }
        }
    }
    for (target, counts) in &counts {
        println!("{what}, {target}: {counts:?}");
    }
    assert!(failures.is_empty(), "{} failures, of which\n{}", failures.len(), failures[..failures.len().min(SHOWN)].join("\n\n"));
    counts
}

/// A list as long as feeds are, whose last value is asked for like its first.
#[test]
fn a_list_of_ten_thousand_values_is_asked_whole() {
    let packs = rules::packs();
    let values: Vec<String> = (0..10_000).map(|index| format!("\"f{index}.exe\"")).collect();
    let tests = "test \"first\" match { process { name: \"F0.exe\" } } test \"last\" match { process { name: \"f9999.exe\" } }
        test \"beyond\" no match { process { name: \"f10000.exe\" } } test \"missing\" no match { process { command_line: \"x\" } }";
    let text = format!("rule long {{ let names = [{}] detect process where name in names last 1d {tests} }}", values.join(", "));
    let rule = Workspace::text("long.spoor", &text).check(packs).rules.remove(0);
    let written = Written { rule, path: PathBuf::new() };
    let mut cases = Vec::new();
    for target in Target::ALL {
        let lowered = lower(&written.rule, *target, packs, &Options::default());
        assert_eq!(lowered.fidelity, Fidelity::Exact, "{}: {:?}", target.name(), lowered.reasons);
        let rows = events::stated(&written, *target, packs);
        assert!(rows.iter().filter(|row| row.matches).count() >= 2, "{}", target.name());
        let (rule, query) = ("long".to_owned(), lowered.query.expect("a query"));
        cases.push(Case {
            rule,
            target: *target,
            fidelity: lowered.fidelity,
            widened: false,
            query,
            files: lowered.files,
            rows,
            made: false,
        });
    }
    for (case, outcome) in cases.iter().zip(execute(&cases, packs)) {
        match outcome {
            None => {}
            Some(Outcome::Found { rows, count }) => assert!(judge(case, rows.as_ref(), count).is_none(), "{}", case.target.name()),
            Some(Outcome::Refused(why) | Outcome::Broken(why)) => panic!("{}: {}", case.target.name(), &why[..why.len().min(300)]),
        }
    }
}
