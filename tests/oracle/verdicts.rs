//! What the queries must do: parse, and return what the authors said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::hir::{Pattern, Rule};
use spoor::schema::Packs;

use crate::batch::{Case, Outcome, execute};
use crate::engines::{Oracle, ask};
use crate::rules::Written;
use crate::{events, facts, generated, native, refusals, regexes, rules, vocabulary};

const FOLDERS: &[&str] = &["tests/corpus", "examples", "tests/oracle/native"];

/// The targets that read KQL.
pub const KQL: [Target; 2] = [Target::Defender, Target::Sentinel];

/// Queries that were executed, and the verdicts that they were asked for.
#[derive(Debug, Default)]
struct Counts {
    queries: usize,
    stated: usize,
    made: usize,
    refused: usize,
}

#[test]
fn microsofts_parser_finds_no_error() {
    let packs = rules::packs();
    let mut rules = rules::under(FOLDERS, packs);
    rules.extend(vocabulary::rules(packs));
    rules.extend(generated::rules(packs, 6, 600).into_iter().map(|rule| Written { rule, path: PathBuf::new() }));
    let mut failures = Vec::new();
    let mut patterns = BTreeSet::new();
    if !parsed(&rules, packs, &KQL, &mut patterns, &mut failures) {
        return;
    }
    assert!(patterns.len() > 200, "only {} regular expressions", patterns.len());
    failures.extend(regexes::refused("re2", &patterns));
    assert!(failures.is_empty(), "{} errors\n{}", failures.len(), failures.join("\n"));
}

/// Every query of the rules in KQL, which these targets read, against the packs and against the facts that lie beside the project. False: the parser is not installed.
pub fn parsed(rules: &[Written], packs: &Packs, targets: &[Target], patterns: &mut BTreeSet<String>, failures: &mut Vec<String>) -> bool {
    for target in targets.iter().copied() {
        let query = |rule: &Rule| Some(json!({ "id": rule.name, "query": lower(rule, target, packs, &Options::default()).query? }));
        let cases: Vec<_> = rules.iter().filter_map(|written| query(&written.rule)).collect();
        for facts in [Some(facts::kql(target.name(), packs)), facts::shared_kql(target.name())].into_iter().flatten() {
            if !parse(&facts, &cases, patterns, failures) {
                return false;
            }
        }
        println!("{} queries of {} parsed", cases.len(), target.name());
    }
    true
}

/// False: the parser is not installed.
fn parse(facts: &Path, cases: &[Value], patterns: &mut BTreeSet<String>, failures: &mut Vec<String>) -> bool {
    let Some(answers) = ask(Oracle::KqlParser, facts, cases) else { return false };
    for case in cases {
        let answer = &answers[case["id"].as_str().expect("an id")];
        regexes::patterns(case["query"].as_str().unwrap_or_default(), answer, patterns, failures);
        let diagnostics = answer["diagnostics"].as_array().expect("diagnostics");
        for found in diagnostics.iter().filter(|found| found["severity"] == "Error") {
            failures.push(format!(
                "{} against {}: {}\n{}",
                case["id"],
                facts.display(),
                found["message"],
                case["query"].as_str().unwrap_or_default()
            ));
        }
    }
    true
}

#[test]
fn queries_return_what_the_authors_said() {
    let packs = rules::packs();
    let mut cases = of_the_rules(&rules::under(&["tests/corpus", "examples"], packs), Target::ALL, packs);
    cases.extend(native::cases(packs));
    cases.extend(of_the_rules(&vocabulary::rules(packs), Target::ALL, packs));
    let one = std::env::var("SPOOR_TARGET").ok();
    cases.retain(|case| one.as_ref().is_none_or(|one| case.target.name() == one));
    let some = std::env::var("SPOOR_RULES").ok();
    cases.retain(|case| some.as_ref().is_none_or(|some| some.split(',').any(|some| case.rule.starts_with(some))));
    let mut failures = Vec::new();
    let mut refused = BTreeSet::new();
    let mut complete = one.is_none() && some.is_none();
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for (case, outcome) in cases.iter().zip(execute(&cases, packs)) {
        let count_of = counts.entry(case.target.name()).or_default();
        match outcome {
            None => complete = false,
            Some(Outcome::Refused(_)) if case.made => count_of.refused += case.rows.len(),
            Some(Outcome::Refused(reason)) => {
                count_of.refused += case.rows.len();
                refused.insert(format!("{} {} {reason}", case.rule, case.target.name()));
            }
            Some(Outcome::Broken(message)) => failures.push(format!("{} on {}: {message}\n{}", case.rule, case.target.name(), case.query)),
            Some(Outcome::Found { rows, count }) => {
                count_of.queries += 1;
                if case.made {
                    count_of.made += case.rows.len()
                } else {
                    count_of.stated += case.rows.len()
                }
                failures.extend(judge(case, rows.as_ref(), count));
            }
        }
    }
    if complete {
        failures.extend(refusals::compare("refusals.txt", &refused));
    }
    for (target, counts) in &counts {
        println!("{target}: {counts:?}");
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}

/// Rules on every of these targets that takes them: the authors' events, and events made for the rule.
pub fn of_the_rules(rules: &[Written], targets: &[Target], packs: &Packs) -> Vec<Case> {
    let mut cases = Vec::new();
    for (seed, written) in rules.iter().enumerate() {
        for target in targets {
            let forms = native::forms(&written.rule, *target, packs);
            let Some((lowered, ..)) = forms.first() else { continue };
            let stated = events::stated(written, *target, packs);
            let made = events::made(written, *target, packs, seed as u64, &lowered.assumptions);
            for (rows, made) in [(stated, false), (made, true)] {
                // Of the rows of one thing the last one counts, and each verdict is of one row.
                let together = if is_state(&written.rule, packs) { 1 } else { rows.len().max(1) };
                // The KQL engine is slow: the further forms are asked for the authors' rows alone.
                let forms = if made && matches!(target, Target::Defender | Target::Sentinel) { &forms[..1] } else { &forms[..] };
                for (lowered, fidelity, widened) in forms {
                    let Some(query) = &lowered.query else { continue };
                    for rows in rows.chunks(together) {
                        let (rule, query, rows) = (written.rule.name.clone(), query.clone(), rows.to_vec());
                        let files = lowered.files.clone();
                        cases.push(Case { rule, target: *target, fidelity: *fidelity, widened: *widened, query, files, rows, made });
                    }
                }
            }
        }
    }
    cases
}

pub fn is_state(rule: &Rule, packs: &Packs) -> bool {
    match &rule.pattern {
        Pattern::Union(branches) => branches.iter().any(|branch| !packs.class(branch.class).state.is_empty()),
        Pattern::Linked(_) => false,
    }
}

/// tstats gives an event a row for each value of a column that a later command tests: the event is the same one, by its time.
fn is_split(case: &Case) -> bool {
    case.target == Target::Splunk && case.rows.iter().any(|row| row.columns.values().any(Value::is_array))
}

/// Compares as far as the fidelity promises: an exact query returns the stated rows, a widened one at least those, a narrowed one
/// may miss some, and return more only where it is widened too.
pub fn judge(case: &Case, found: Option<&BTreeSet<usize>>, count: usize) -> Option<String> {
    let stated: BTreeSet<usize> = (0..case.rows.len()).filter(|index| case.rows[*index].matches).collect();
    let (missed, more): (Vec<usize>, Vec<usize>) = match found {
        Some(found) => (stated.difference(found).copied().collect(), found.difference(&stated).copied().collect()),
        None => (Vec::new(), Vec::new()),
    };
    let fails = match case.fidelity {
        Fidelity::Exact => !missed.is_empty() || !more.is_empty() || !(count == stated.len() || count > stated.len() && is_split(case)),
        Fidelity::Widened => !missed.is_empty() || count < stated.len(),
        Fidelity::Narrowed => !case.widened && (!more.is_empty() || count > stated.len()),
        Fidelity::Refused => unreachable!("a refused rule has no query"),
    };
    let shown = |rows: &[usize]| {
        rows.iter().map(|index| format!("\n    {} {:?}", case.rows[*index].why, case.rows[*index].columns)).collect::<String>()
    };
    fails.then(|| {
        format!(
            "{} on {} ({}): {} stated, {count} returned\n  missed:{}\n  too many:{}\n{}",
            case.rule,
            case.target.name(),
            case.fidelity.name(),
            stated.len(),
            shown(&missed),
            shown(&more),
            case.query
        )
    })
}
