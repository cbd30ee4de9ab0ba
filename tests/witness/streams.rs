//! Streams for rules over several events, and what becomes of them when they are made small.

use std::collections::BTreeMap;

use spoor::engine::reference::{self, Found};
use spoor::hir::*;
use spoor::project::{Workspace, discover};
use spoor::witness::{Kind, Witness, shrink, witnesses};

use super::hand::{event, field, packs, text};

const HTA: &str = r#"rule hta {
  detect sequence by host within 10m {
    drop: file    where action == created and name ends_with ".hta"
    run:  process where name == "mshta.exe" and command_line contains drop.name
  }
}"#;
const SPRAY: &str = r#"rule spray {
  detect logon where outcome == failure
    having count() >= 5 and distinct(user.name) > 3
    by src.ip
    per 10m
}"#;

fn rule(source: &str) -> Rule {
    let checked = Workspace::text("x.spoor", source).check(packs());
    checked.rules.into_iter().next().unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

/// The rules of the repository over several events.
fn several() -> Vec<Rule> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = Workspace::load(discover(&["tests/corpus", "examples"].map(|folder| root.join(folder))), spoor::schema::builtin())
        .check(packs())
        .rules;
    rules.into_iter().filter(|rule| rule.group.is_some() || matches!(rule.pattern, Pattern::Linked(_))).collect()
}

/// By kind: how many match, how many do not.
fn kinds<'w>(made: impl IntoIterator<Item = &'w Witness>) -> BTreeMap<Kind, (usize, usize)> {
    let mut kinds: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for witness in made {
        let count = kinds.entry(witness.kind).or_default();
        *(if witness.verdict() { &mut count.0 } else { &mut count.1 }) += 1;
    }
    kinds
}

#[test]
fn every_rule_over_several_events_has_streams_of_either_verdict() {
    let (mut all, mut poor) = (Vec::new(), Vec::new());
    for (seed, rule) in several().iter().enumerate() {
        let made = witnesses(rule, packs(), seed as u64, 60);
        for witness in &made {
            super::judged(witness);
            assert_eq!(witness.found, reference::find(rule, &witness.events, packs()));
            assert!(witness.events.is_sorted_by_key(|event| event.time), "{}: {witness:?}", rule.name);
        }
        let kinds = kinds(&made);
        let (yes, no) = (kinds.values().map(|count| count.0).sum::<usize>(), kinds.values().map(|count| count.1).sum::<usize>());
        if yes < 10 || no < 2 {
            poor.push(format!("{}: {kinds:?}", rule.name));
        }
        all.extend(made);
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
    let kinds = kinds(&all);
    println!("{kinds:#?}");
    for kind in Kind::ALL {
        assert!(kinds.get(kind).is_some_and(|count| count.0 + count.1 >= 5), "{kind:?}: {kinds:?}");
    }
    // What is near a match is often one, and often none.
    for kind in [Kind::Edge, Kind::Late, Kind::OneFewer, Kind::Swapped, Kind::Tied, Kind::Strangers, Kind::OneForTwo, Kind::SeveralKeys] {
        assert!(kinds[&kind].0 >= 3, "{kind:?}: {kinds:?}");
    }
    for kind in [Kind::Late, Kind::OneFewer, Kind::Repeated, Kind::Swapped, Kind::OtherKey, Kind::MissingKey, Kind::OneForTwo] {
        assert!(kinds[&kind].1 >= 3, "{kind:?}: {kinds:?}");
    }
}

#[test]
fn a_stream_just_completes_or_just_does_not() {
    let rule = rule(HTA);
    let made = witnesses(&rule, packs(), 5, 200);
    let of = |kind: Kind| made.iter().filter(move |witness| witness.kind == kind).collect::<Vec<_>>();
    let apart = |witness: &Witness| witness.events.last().and_then(|last| Some(last.time? - witness.events[0].time?));
    let kinds = kinds(&made);
    for kind in [Kind::Edge, Kind::Late, Kind::OneFewer, Kind::OtherKey, Kind::MissingKey, Kind::RecasedKey, Kind::SeveralKeys] {
        assert!(!of(kind).is_empty(), "{kind:?}: {kinds:?}");
    }
    assert!(of(Kind::Edge).iter().all(|witness| witness.verdict() && apart(witness) == Some(600_000_000)));
    assert!(of(Kind::Late).iter().all(|witness| !witness.verdict() && apart(witness) > Some(600_000_000)));
    assert!(of(Kind::OneFewer).iter().all(|witness| !witness.verdict() && witness.events.len() == 1));
    assert!(of(Kind::OtherKey).iter().chain(&of(Kind::MissingKey)).all(|witness| !witness.verdict()));
    assert!(of(Kind::RecasedKey).iter().chain(&of(Kind::SeveralKeys)).all(|witness| witness.verdict()));
    assert!(of(Kind::TwoKeys).iter().all(|witness| matches!(&witness.found, Found::Chains(chains) if chains.len() == 2)));
    // The name of the dropped file is another one.
    let name = field("file", "name");
    let crossed = of(Kind::JustMisses).into_iter().filter(|witness| {
        let dropped = witness.events[0].fields.iter().find(|(id, _)| *id == name).map(|(_, values)| values);
        matches!(dropped.map(Vec::as_slice), Some([Scalar::Text(name)]) if name.to_lowercase().ends_with(".hta"))
    });
    assert!(crossed.count() > 0, "{kinds:?}");
}

#[test]
fn a_count_is_met_or_just_missed() {
    let rule = rule(SPRAY);
    let made = witnesses(&rule, packs(), 5, 200);
    let sizes = |verdict: bool| made.iter().filter(move |witness| witness.verdict() == verdict).map(|witness| witness.events.len());
    assert_eq!(sizes(true).min(), Some(5));
    assert!(sizes(false).max() >= Some(5), "enough hits, too few users");
    let windows: usize = made
        .iter()
        .filter(|witness| witness.kind == Kind::Late)
        .filter(|witness| {
            let windows = witness.events.iter().filter_map(|event| event.time).map(|time| time.div_euclid(600_000_000));
            windows.clone().min() != windows.max()
        })
        .count();
    assert!(windows > 3, "{windows}");
}

#[test]
fn the_same_seed_gives_the_same_streams() {
    for source in [HTA, SPRAY] {
        let rule = rule(source);
        assert_eq!(witnesses(&rule, packs(), 7, 60), witnesses(&rule, packs(), 7, 60));
        assert_ne!(witnesses(&rule, packs(), 7, 60), witnesses(&rule, packs(), 8, 60));
    }
}

#[test]
fn what_nothing_can_match_has_no_streams() {
    for source in [
        r#"rule x { detect process where name == "a.exe" having count() > 5 and count() < 3 by host }"#,
        r#"rule x { detect sequence by host within 1m { a: process where name == "a.exe"  b: process where id == 1 and id == 2 } }"#,
    ] {
        let checked = Workspace::text("x.spoor", source).check(packs());
        for rule in checked.rules {
            assert!(witnesses(&rule, packs(), 1, 50).iter().all(|witness| !witness.verdict()), "{source}");
        }
    }
}

// ---------- smaller ----------

/// Without any one of its events the property is lost.
fn is_minimal(events: &[Event], mut keeps: impl FnMut(&[Event]) -> bool) -> bool {
    (0..events.len()).all(|index| {
        let mut without = events.to_vec();
        without.remove(index);
        !keeps(&without)
    })
}

#[test]
fn what_is_small_still_matches_and_without_any_one_event_no_more() {
    let mut shrunk = 0;
    for (seed, rule) in several().iter().enumerate() {
        // The few that show most: with strangers, twice complete, or at an edge.
        let made = witnesses(rule, packs(), seed as u64, 30).into_iter().filter(|witness| witness.events.len() < 40);
        for witness in made.filter(Witness::verdict).step_by(7).take(2) {
            let keeps = |events: &[Event]| reference::verdict(rule, events, packs());
            let small = shrink(&witness.events, packs(), keeps);
            assert!(keeps(&small) && is_minimal(&small, keeps), "{}: {small:?}", rule.name);
            let values = |events: &[Event]| events.iter().map(|event| event.fields.len()).sum::<usize>();
            assert!(small.len() <= witness.events.len() && values(&small) <= values(&witness.events));
            assert_eq!(shrink(&small, packs(), keeps), small, "it is as small as it gets");
            shrunk += 1;
        }
    }
    assert!(shrunk > 60, "{shrunk}");
}

#[test]
fn two_events_with_nothing_to_spare_are_left() {
    let rule = rule(HTA);
    let keeps = |events: &[Event]| reference::verdict(&rule, events, packs());
    let made = witnesses(&rule, packs(), 3, 200);
    let large = made.iter().filter(|witness| witness.verdict()).max_by_key(|witness| witness.events.len()).expect("a match");
    let small = shrink(&large.events, packs(), keeps);
    let at = |events: [Event; 2]| events.map(|event| Event { time: Some(1_767_225_600_000_000), ..event }).to_vec();
    let host = |event: &Event| event.fields[0].1.clone();
    let host = host(&small[0]);
    let expected = at([
        event("file", "created", &[("host", host.clone()), ("name", vec![text(".hta")])]),
        event("process", "started", &[("host", host.clone()), ("name", vec![text("mshta.exe")]), ("command_line", vec![text(".hta")])]),
    ]);
    let sorted = |mut events: Vec<Event>| {
        events.iter_mut().for_each(|event| event.fields.sort_by_key(|(field, _)| *field));
        events
    };
    assert!(matches!(&host[..], [Scalar::Text(host)] if host.chars().count() == 1), "{host:?}");
    let folded = |events: Vec<Event>| format!("{events:?}").to_lowercase();
    assert_eq!(folded(sorted(small)), folded(sorted(expected)));
}

#[test]
fn numbers_and_times_become_small_and_what_does_not_hold_stays() {
    let rule = rule(r#"rule x { detect file where size > 100 having count() >= 2 by host per 1h }"#);
    let at = |time: i64, size: i64| Event {
        time: Some(1_767_300_000_000_000 + time),
        ..event("file", "created", &[("host", vec![text("pc1")]), ("size", vec![Scalar::Int(size)])])
    };
    let events = [at(5_000_000, 4096), at(99_000_000, 1 << 40), at(99_000_001, 7)];
    let small = shrink(&events, packs(), |events| reference::verdict(&rule, events, packs()));
    let size = |event: &Event| event.fields.iter().find(|(id, _)| *id == field("file", "size")).map(|(_, values)| values.clone());
    assert_eq!(small.iter().map(size).collect::<Vec<_>>(), vec![Some(vec![Scalar::Int(101)]); 2]);
    assert_eq!(small.iter().map(|event| event.time).collect::<Vec<_>>(), vec![Some(1_767_225_600_000_000); 2]);
    assert_eq!(shrink(&events, packs(), |_| false), events, "they never had the property");
    assert!(shrink(&events, packs(), |_| true).is_empty(), "nothing is needed");
    // A hash has all of its digits.
    let hash = event("file", "created", &[("md5", vec![text("0123456789abcdef0123456789abcdef")])]);
    let kept = shrink(std::slice::from_ref(&hash), packs(), |events| events.iter().any(|event| !event.fields.is_empty()));
    assert_eq!(kept[0].fields, hash.fields);
}
