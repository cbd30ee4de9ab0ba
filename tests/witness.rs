//! Witnesses of rules, and native rows of events.

#[path = "engine/hand.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod hand;
#[path = "engine/random.rs"]
#[allow(dead_code)] // the same
mod random;
#[path = "witness/streams.rs"]
mod streams;

use std::collections::BTreeMap;

use hand::{event, field, packs, process, span, text};
use proptest::prelude::*;
use spoor::engine::reference;
use spoor::hir::*;
use spoor::witness::{Kind, Rng, Unholdable, Witness, rows, witnesses};

const SCHEMAS: &[&str] = &["sysmon", "windows", "defender", "cim", "sentinel"];

fn test_on(name: &str, op: Op) -> Pred {
    Pred::test(field("process", name), op, span())
}

fn says(op: TextOp, literals: &[&str]) -> Op {
    Op::Text { op, any: literals.iter().map(|literal| (*literal).to_owned()).collect(), case: Casing::Ignore }
}

/// `name == "cmd.exe" and command_line contains "/c" and command_line matches /x\d{2}$/ and not (user.name ends_with "$")`
fn rule() -> Rule {
    let digits = Op::Matches { any: vec![hand::regex(r"x\d{2}$", Casing::Ignore)], case: Casing::Ignore };
    process(Pred::all([
        test_on("name", says(TextOp::Equals, &["cmd.exe"])),
        test_on("command_line", says(TextOp::Contains, &["/c"])),
        test_on("command_line", digits),
        test_on("user.name", says(TextOp::EndsWith, &["$"])).not(),
    ]))
}

#[test]
fn every_kind_of_witness_comes() {
    let made = witnesses(&rule(), packs(), 7, 300);
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for witness in &made {
        let count = kinds.entry(format!("{:?}", witness.kind)).or_default();
        *(if witness.verdict() { &mut count.0 } else { &mut count.1 }) += 1;
        assert_eq!(witness.verdict(), reference::matches(&rule(), &witness.events[0], packs()));
        assert_eq!(witness.events.len(), 1);
        judged(witness);
    }
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    assert!(kinds["Match"].0 > 20 && kinds["JustMisses"].1 > 20 && kinds["Hostile"].1 > 5, "{kinds:?}");
}

/// What a kind promises of the verdict.
fn judged(witness: &Witness) {
    match witness.kind {
        Kind::Match => assert!(witness.verdict()),
        Kind::JustMisses => assert!(!witness.verdict()),
        _ => {}
    }
}

#[test]
fn the_same_seed_gives_the_same_witnesses() {
    assert_eq!(witnesses(&rule(), packs(), 7, 60), witnesses(&rule(), packs(), 7, 60));
    assert_ne!(witnesses(&rule(), packs(), 7, 60), witnesses(&rule(), packs(), 8, 60));
    // A seed in a report means the same tomorrow.
    let mut rng = Rng::new(42);
    assert_eq!([rng.number(), rng.number()], [13679457532755275413, 2949826092126892291]);
}

#[test]
fn a_rule_that_nothing_matches_ends() {
    let never = process(Pred::all([test_on("name", says(TextOp::Equals, &["a"])), test_on("name", says(TextOp::Equals, &["b"]))]));
    assert!(witnesses(&never, packs(), 1, 50).iter().all(|witness| witness.verdict()), "only several values can");
    assert!(witnesses(&process(Pred::FALSE), packs(), 1, 50).is_empty());
}

#[test]
fn a_row_has_the_native_words() {
    let full = event(
        "process",
        "started",
        &[
            ("host", vec![text("pc1")]),
            ("name", vec![text("cmd.exe")]),
            ("path", vec![text(r"C:\Windows\cmd.exe")]),
            ("command_line", vec![text("cmd /c")]),
            ("id", vec![Scalar::Int(4688)]),
            ("md5", vec![text("0123456789abcdef0123456789abcdef")]),
            ("integrity", vec![Scalar::Enum("medium_high".into())]),
            ("user.name", vec![text("alice")]),
            ("user.domain", vec![text("CORP")]),
        ],
    );
    let row = |schema: &str| rows(packs(), schema, &full, 0).unwrap_or_else(|why| panic!("{schema}: {why:?}"));
    let cim = row("cim");
    assert_eq!(cim.table, "Endpoint.Processes");
    assert_eq!(cim.columns["user"], r"CORP\alice");
    assert_eq!(cim.columns["process_hash"], "MD5=0123456789abcdef0123456789abcdef");
    assert_eq!(cim.columns["process_integrity_level"], "medium high");
    assert_eq!(cim.columns["_time"], 1_767_225_600);
    assert_eq!(cim.columns["parent_process"], "unknown", "what the data model computes");
    let defender = row("defender");
    assert_eq!((defender.table.as_str(), &defender.columns["ActionType"]), ("DeviceProcessEvents", &"ProcessCreated".into()));
    assert_eq!((&defender.columns["ProcessId"], &defender.columns["AccountName"]), (&4688.into(), &"alice".into()));
    assert_eq!(defender.columns["Timestamp"], "2026-01-01T00:00:00.000000Z");
    let sysmon = row("sysmon");
    assert_eq!((&sysmon.columns["EventID"], &sysmon.columns["Image"]), (&1.into(), &r"C:\Windows\cmd.exe".into()));
    assert_eq!(sysmon.columns["Channel"], "Microsoft-Windows-Sysmon/Operational");
    assert_eq!(rows(packs(), "windows", &full, 0).map(|row| row.table), Err(Unholdable::Unbound("md5".into())));
    let several = event("process", "started", &[("command_line", vec![text("a"), text("b")])]);
    assert_eq!(rows(packs(), "defender", &several, 0).map(|row| row.table), Err(Unholdable::Several("command_line".into())));
    assert_eq!(rows(packs(), "cim", &event("file", "renamed", &[]), 0).map(|row| row.table), Err(Unholdable::Action));
    let split = event("process", "started", &[("name", vec![text("a.exe")]), ("path", vec![text(r"C:\b.exe")])]);
    assert_eq!(rows(packs(), "sysmon", &split, 0).map(|row| row.table), Err(Unholdable::Value("name".into())));
}

/// A row, read again, is the event; and it is refused rarely.
#[test]
fn rows_hold_the_witnesses_of_generated_rules() {
    let mut rng = Rng::new(3);
    let mut held: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for index in 0..40 {
        let rule = random::random_rule("made", &mut rng);
        for (nth, witness) in witnesses(&rule, packs(), index, 15).into_iter().enumerate() {
            for schema in SCHEMAS {
                let count = held.entry(schema).or_default();
                match rows(packs(), schema, &witness.events[0], nth) {
                    Ok(row) => {
                        count.0 += 1;
                        for (field, values) in &witness.events[0].fields {
                            let kept: Vec<Scalar> = row.event.values(*field).map(|value| value.to_scalar()).collect();
                            let wanted: Vec<Scalar> = values.iter().filter(|value| **value != text("")).cloned().collect();
                            // What was emptied may come back: a column that says another field says it too.
                            let computed = packs().class(witness.events[0].class).get(*field).computed;
                            assert!(
                                computed || wanted.is_empty() || kept == wanted || matches!(wanted[..], [Scalar::Ip(_), ..]),
                                "{kept:?} {wanted:?} {}",
                                row.line
                            );
                        }
                        assert!(witness.events[0].action.is_none_or(|action| row.event.actions.contains(action)));
                    }
                    Err(_) => count.1 += 1,
                }
            }
        }
    }
    assert!(held["defender"].0 > held["defender"].1, "{held:?}");
    assert!(held.values().all(|(yes, _)| *yes > 50), "{held:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the text, Defender's own column holds it, unless the text is how Defender says nothing.
    #[test]
    fn any_text_survives_a_row(value in "\\PC{1,20}", schema in 0usize..5) {
        let made = event("process", "started", &[("command_line", vec![text(&value)])]);
        match rows(packs(), SCHEMAS[schema], &made, 0) {
            Ok(row) => prop_assert_eq!(row.event.values(field("process", "command_line")).map(|value| value.to_string()).collect::<Vec<_>>(), vec![value]),
            Err(why) => prop_assert_eq!((why, ["-", "?", "unknown"].iter().any(|word| value.eq_ignore_ascii_case(word))), (Unholdable::Value("command_line".into()), true)),
        }
    }
}
