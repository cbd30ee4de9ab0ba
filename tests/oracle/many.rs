//! Generated rules, executed: what the query returns is what the reference says.
//!
//! In: rules at random over every class (tests/generated), and events made for each, with the verdict of the reference evaluator, as rows of
//! each target's product. Out: failures, as far as each fidelity promises. Law: at least [`WANTED`] rule x event cases through each
//! target's engine; all rows of a rule in one call.

use std::collections::BTreeMap;
use std::path::PathBuf;

use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::project::Workspace;

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

#[derive(Debug, Default)]
struct Counts {
    exact: usize,
    widened: usize,
    narrowed: usize,
    matching: usize,
    refused: usize,
}

#[test]
fn generated_rules_return_what_the_reference_says() {
    let packs = rules::packs();
    let made = generated::rules(packs, 5, 4_000);
    let mut cases = Vec::new();
    for target in Target::ALL {
        let mut rows_so_far = 0;
        for (seed, rule) in made.iter().enumerate().filter(|(_, rule)| !is_state(rule, packs)) {
            if rows_so_far >= ASKED {
                break;
            }
            let lowered = lower(rule, *target, packs, &Options::default());
            let widened = native::is_widened(&lowered);
            let Some(query) = lowered.query else { continue };
            let rows = events::made_for(rule, *target, packs, seed as u64, &lowered.assumptions, EVENTS);
            if rows.is_empty() {
                continue;
            }
            rows_so_far += rows.len();
            cases.push(Case {
                rule: rule.name.clone(),
                target: *target,
                fidelity: lowered.fidelity,
                widened,
                query,
                files: lowered.files,
                rows,
                made: true,
            });
        }
    }
    let mut failures = Vec::new();
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut complete = true;
    for (case, outcome) in cases.iter().zip(execute(&cases, packs)) {
        let of_target = counts.entry(case.target.name()).or_default();
        match outcome {
            None => complete = false,
            Some(Outcome::Refused(_)) => of_target.refused += case.rows.len(),
            Some(Outcome::Broken(message)) => failures.push(format!("{} on {}: {message}\n{}", case.rule, case.target.name(), case.query)),
            Some(Outcome::Found { rows, count }) => {
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
        println!("generated, {target}: {counts:?}");
    }
    assert!(failures.is_empty(), "{} failures, of which\n{}", failures.len(), failures[..failures.len().min(SHOWN)].join("\n\n"));
    for (target, counts) in counts.iter().filter(|_| complete) {
        let judged = counts.exact + counts.widened + counts.narrowed;
        assert!(judged >= WANTED && counts.matching * 10 > judged, "{target}: {counts:?}");
    }
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
