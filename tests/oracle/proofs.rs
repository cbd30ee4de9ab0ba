//! Every reason for which a query returns more than its rule, or less, is shown by an event.
//!
//! In: the rules of tests/corpus whose query is not exact for one reason alone, and the events of their authors. Out: failures. Law: for
//! each code of family 04 that lowers a fidelity there is a rule of one event and an event of it that the executed query returns against
//! the author, or misses; or, where a product does not record such events at all, an event that the author says matches and that no row of
//! the product can hold. A reason without such an event would be a false alarm, and a code without a rule was never looked at.

use std::collections::{BTreeMap, BTreeSet};

use spoor::backend::{Fidelity, Options, Target, lower};
use spoor::diag::{Code, Severity};
use spoor::hir::{Pattern, TestEvents};
use spoor::schema::Packs;
use spoor::witness;

use crate::batch::{Case, Outcome, execute};
use crate::rules::Written;
use crate::{events, native, rules};

/// Returns more than the rule, or misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    More,
    Less,
}

/// Codes that no rule over single events under the default options can have; tests of their own show them.
const ELSEWHERE: [(Code, &str); 8] = [
    (Code::CountsDiffer, "of groups"),
    (Code::NotCounted, "of groups; no row holds such a value, and tests/oracle/several.rs asks rows without it"),
    (Code::SplCountedByValue, "of groups"),
    (Code::OneEventTwoSteps, "of several events"),
    (Code::SplSummariesOnly, "of an option; what is not summarised is in no row that an engine here has"),
    (Code::DetectionCut, "of an option; tests/detections.rs plays a schedule"),
    (Code::ListSpelledOut, "of an option: tests/lists.rs; what is kept elsewhere no engine here has"),
    (Code::HuntBeyond, "of what the product keeps; an engine here keeps every row"),
];

/// A rule that is not exact on a target for one reason alone.
struct Inexact {
    code: Code,
    ways: Vec<Way>,
    case: Case,
}

#[test]
fn every_reason_is_shown_by_an_event() {
    let packs = rules::packs();
    let mut wanted: BTreeSet<(&str, Way)> = BTreeSet::new();
    let mut shown: BTreeMap<(&str, Way), String> = BTreeMap::new();
    let mut cases: Vec<Inexact> = Vec::new();
    for written in rules::under(&["tests/corpus", "tests/oracle/native"], packs) {
        for target in Target::ALL {
            cases.extend(inexact(&written, *target, packs));
        }
    }
    for one in &cases {
        wanted.extend(one.ways.iter().map(|way| (one.code.id(), *way)));
    }
    let executed: Vec<Case> = cases
        .iter()
        .map(|one| Case {
            rows: one.case.rows.clone(),
            rule: one.case.rule.clone(),
            query: one.case.query.clone(),
            files: one.case.files.clone(),
            ..one.case
        })
        .collect();
    let outcomes = execute(&executed, packs);
    if outcomes.iter().any(Option::is_none) {
        return;
    }
    for (one, outcome) in cases.iter().zip(outcomes) {
        let found = match outcome {
            Some(Outcome::Found { rows: Some(found), .. }) => found,
            // The rows have no time by which to know them again: their number tells.
            Some(Outcome::Found { rows: None, count }) => {
                if count > one.case.rows.iter().filter(|row| row.matches).count() && one.ways == [Way::More] {
                    shown.entry((one.code.id(), Way::More)).or_insert_with(|| format!("{} on {}", one.case.rule, one.case.target.name()));
                }
                continue;
            }
            Some(Outcome::Refused(_) | Outcome::Broken(_)) | None => continue,
        };
        for (index, row) in one.case.rows.iter().enumerate() {
            let way = match (row.matches, found.contains(&index)) {
                (false, true) => Way::More,
                (true, false) => Way::Less,
                (true, true) | (false, false) => continue,
            };
            shown.entry((one.code.id(), way)).or_insert_with(|| format!("{} on {}: {}", one.case.rule, one.case.target.name(), row.why));
        }
    }
    for (key, event) in unheld(packs) {
        shown.entry(key).or_insert(event);
    }
    for (key, event) in &shown {
        println!("{} {:?}: {event}", key.0, key.1);
    }
    let without: Vec<_> = wanted.iter().filter(|key| !shown.contains_key(key)).collect();
    assert!(without.is_empty(), "no event shows that these are real: {without:?}");
    let lowering = Code::ALL.iter().filter(|code| code.id().starts_with("E04") && code.severity() == Severity::Warning);
    let unseen: Vec<&Code> = lowering
        .filter(|code| !ELSEWHERE.iter().any(|(known, _)| known == *code) && !wanted.iter().any(|(id, _)| *id == code.id()))
        .collect();
    assert!(unseen.is_empty(), "no rule of tests/corpus is inexact for these alone: {unseen:?}");
}

fn inexact(written: &Written, target: Target, packs: &Packs) -> Vec<Inexact> {
    let mut lowered = lower(&written.rule, target, packs, &Options::default());
    if lowered.query.is_none() {
        lowered = lower(&written.rule, target, packs, &Options { narrow: true, ..Options::default() });
    }
    let widened = native::is_widened(&lowered);
    let ways = match lowered.fidelity {
        Fidelity::Exact | Fidelity::Refused => return Vec::new(),
        Fidelity::Widened => vec![Way::More],
        Fidelity::Narrowed if widened => vec![Way::More, Way::Less],
        Fidelity::Narrowed => vec![Way::Less],
    };
    let code = lowered.reasons[0].code;
    let single = written.rule.group.is_none() && matches!(written.rule.pattern, Pattern::Union(_));
    if !single || lowered.reasons.iter().any(|reason| reason.code != code) {
        return Vec::new();
    }
    let (rule, fidelity) = (written.rule.name.clone(), lowered.fidelity);
    let Some(query) = lowered.query else { return Vec::new() };
    let rows = events::stated(written, target, packs);
    vec![Inexact { code, ways, case: Case { rule, target, fidelity, widened, query, files: lowered.files, rows, made: false } }]
}

/// Events that match, and that no row of the product can hold: what it does not record, a query over it misses.
fn unheld(packs: &Packs) -> Vec<((&'static str, Way), String)> {
    let mut shown = Vec::new();
    for written in rules::under(&["tests/corpus"], packs) {
        for target in Target::ALL {
            let Some(one) = inexact(&written, *target, packs).into_iter().find(|one| one.ways.contains(&Way::Less)) else { continue };
            for test in written.rule.tests.iter().filter(|test| test.matches) {
                let TestEvents::Here(events) = &test.events else { continue };
                let [event] = events.as_slice() else { continue };
                let held = packs.read_by(*target).any(|schema| witness::rows(packs, &schema.name, event, 0).is_ok());
                if !held {
                    shown.push((
                        (one.code.id(), Way::Less),
                        format!("{} on {}: {} (no row holds it)", written.rule.name, target.name(), test.name),
                    ));
                }
            }
        }
    }
    shown
}
