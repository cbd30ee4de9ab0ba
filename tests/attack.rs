//! ATT&CK: the pack against what is known of it, look-ups, the user's part.

use std::collections::BTreeMap;

use serde_json::Value;
use spoor::diag::{Code, fix};
use spoor::project::Workspace;
use spoor::schema::attack::{Standing, Technique};
use spoor::schema::{Fault, Packs, builtin, load};

#[path = "common/shared.rs"]
mod shared;

/// Every tactic and technique: its name, tactics, standing and what stands in its place, names of the past, and nothing besides.
#[test]
fn attack_is_whole() {
    let Some(path) = shared::shared("schemas/attack.json") else { return };
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the facts are text")).expect("the facts are JSON");
    let attack = &builtin().attack;
    let (mut wrong, mut compared) = (Vec::new(), 0);
    let tactics = facts["tactics"].as_object().expect("tactics");
    let id_of = |word: &Value| tactics[word.as_str().expect("a word")]["id"].as_str().expect("an id").to_owned();
    let current = |tactic: &&Value| tactic["v"].as_array().expect("versions").iter().any(|version| version == attack.version.as_ref());
    for (word, fact) in tactics {
        compared += 1;
        if let Some(parts) = fact["split_into"].as_array() {
            for part in parts {
                let former = attack.tactic(&id_of(part)).and_then(|tactic| tactic.former.as_deref());
                if former != fact["n"].as_str() {
                    wrong.push(format!("{word}: {former:?} of {part}"));
                }
            }
            continue;
        }
        let ours = attack.tactic(&id_of(&Value::from(word.as_str())));
        if ours.map(|tactic| (tactic.name.as_ref(), tactic.word())) != fact["n"].as_str().map(|name| (name, word.clone())) {
            wrong.push(format!("{word}: {ours:?}"));
        }
    }
    assert_eq!(attack.tactics.len(), tactics.values().filter(current).count());

    let techniques = facts["techniques"].as_object().expect("techniques");
    for (id, fact) in techniques {
        compared += 1;
        let expected = Technique {
            id: id.clone().into(),
            name: fact["n"].as_str().expect("a name").to_owned().into(),
            tactics: fact["t"].as_array().expect("tactics").iter().map(|word| id_of(word).into()).collect(),
            standing: match (fact["by"].as_str(), &fact["rev"], &fact["dead19"], &fact["dep"]) {
                (Some(by), ..) => Standing::Revoked(vec![by.to_owned().into()].into()),
                (None, Value::Null, Value::Null, Value::Null) => Standing::Current,
                (None, Value::Null, Value::Null, _) => Standing::Deprecated,
                other => panic!("{id}: {other:?}"),
            },
            former: fact["n18"].as_str().map(|name| name.to_owned().into()),
            since: fact["new"].as_str().map(|version| version.to_owned().into()),
        };
        let ours = attack.techniques.get(id);
        if ours.as_ref() != Some(&expected) {
            wrong.push(format!("{ours:?} instead of {expected:?}"));
        }
    }
    assert_eq!(attack.techniques.iter().count(), techniques.len());
    println!("ATT&CK {}: {compared} tactics and techniques compared, {} differ", attack.version, wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_is_revoked_leads_to_a_technique_that_stands() {
    let attack = &builtin().attack;
    let mut of = BTreeMap::new();
    for technique in attack.techniques.iter() {
        assert_eq!(attack.techniques.get(&technique.id).as_ref(), Some(&technique), "found by halving");
        let parent = technique.parent().map(|parent| attack.techniques.get(parent));
        assert!(parent.is_none_or(|parent| parent.is_some()), "{}", technique.id);
        let now = attack.current(&technique);
        match technique.standing {
            Standing::Current => assert_eq!(now, [technique]),
            Standing::Deprecated => assert!(now.is_empty()),
            Standing::Revoked(_) => {
                assert!(now.iter().all(|now| now.standing == Standing::Current), "{}", technique.id);
                of.insert(technique.id.to_string(), now.iter().map(|now| now.id.to_string()).collect::<Vec<_>>().join(" "));
            }
        }
    }
    // At once, over another that is revoked, and over one that a later version revoked.
    for (old, new) in [("T1086", "T1059.001"), ("T1073", "T1574.001"), ("T1089", "T1685"), ("T1562.001", "T1685"), ("T1150", "T1647")] {
        assert_eq!(of[old], new, "{old}");
    }
    assert!(of.len() > 140, "{}", of.len());
}

// ---------- rules ----------

/// The codes found in a rule with this list, and the list once the sure fixes are in it.
fn checked(packs: &Packs, list: &str) -> (Vec<Code>, String) {
    let mut text = format!("rule x {{\n  attack: [{list}]\n  detect process\n}}\n");
    let mut codes = Vec::new();
    for round in 0..4 {
        let workspace = Workspace::text("x.spoor", &text);
        let found = workspace.check(packs).diagnostics;
        if round == 0 {
            codes = found.iter().map(|finding| finding.code).collect();
        }
        let mut fixed = fix::apply(&found, &workspace.sources, |_| true);
        let Some((_, new)) = fixed.texts.pop_first() else { break };
        text = new.text;
    }
    let list = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(list, _)| list.to_owned());
    (codes, list.expect("a list"))
}

#[test]
fn every_revoked_id_is_reported_and_mended() {
    let attack = &builtin().attack;
    let mut mended = 0;
    for technique in attack.techniques.iter() {
        let (codes, list) = checked(builtin(), &technique.id);
        match &technique.standing {
            Standing::Current => assert!(codes.is_empty() && list == technique.id, "{}: {codes:?}", technique.id),
            Standing::Deprecated => assert!(codes == [Code::DeprecatedTechnique] && list == technique.id, "{}: {codes:?}", technique.id),
            Standing::Revoked(_) => {
                assert!(codes == [Code::RevokedTechnique] && list == attack.current(&technique)[0].id, "{}: {codes:?}", technique.id);
                mended += 1;
            }
        }
    }
    assert!(mended > 140, "{mended}");
    assert!(attack.tactics.iter().all(|tactic| checked(builtin(), &tactic.id).0.is_empty()));
}

#[test]
fn a_list_says_each_thing_once_and_in_the_spelling_of_attack() {
    use Code::{ListedTwice as Twice, RevokedTechnique as Revoked, UnknownAttackId as Unknown, WrongMeta as Wrong};
    let cases: &[(&str, &[Code], &str)] = &[
        ("T1059, T1059.001, TA0002, S0154, G0007, M1032", &[], "T1059, T1059.001, TA0002, S0154, G0007, M1032"),
        ("T1059, TA0002, T1059", &[Twice], "T1059, TA0002"),
        ("T1059, T1059, T1059", &[Twice, Twice], "T1059"),
        ("T1086, T1059.001", &[Revoked], "T1059.001"),
        ("T1562, T1562.001, T1089", &[Revoked, Revoked, Revoked], "T1685"),
        // A comment between the two is not thrown away unasked.
        ("T1059, # why\n T1059", &[Twice], "T1059, # why\n T1059"),
        ("\"T1059.001\", t1003, \"attack.t1105\"", &[Wrong, Wrong, Wrong], "T1059.001, T1003, T1105"),
        ("execution, \"Lateral Movement\", \"PowerShell\"", &[Wrong, Wrong, Wrong], "TA0002, TA0008, T1059.001"),
        // Several techniques have this name.
        ("\"Local Account\"", &[Wrong], "\"Local Account\""),
        ("T1509, TA0020, T1059.099, S0154.001, TA0002.001", &[Unknown; 5], "T1509, TA0020, T1059.099, S0154.001, TA0002.001"),
    ];
    for (list, codes, mended) in cases {
        assert_eq!(checked(builtin(), list), (codes.to_vec(), (*mended).to_owned()), "{list}");
    }
}

#[test]
fn an_unknown_id_stops_its_rule_and_a_revoked_one_does_not() {
    let rules = |list: &str| {
        let text = format!("rule x {{\n attack: [{list}]\n detect process\n}}\nrule y {{\n detect file\n}}\n");
        Workspace::text("x.spoor", &text).check(builtin()).rules.len()
    };
    assert_eq!((rules("T1086"), rules("T1064"), rules("T9999")), (2, 2, 1));
}

// ---------- a user's ----------

#[test]
fn a_pack_adds_techniques_and_takes_the_place_of_some() {
    let mine = "attack:
  tactics: {TA9000: Fraud}
  techniques:
    T9001: {name: Invoice fraud, tactics: [fraud, impact]}
    T9001.001: {name: By letter, tactics: fraud}
    T9002: {name: Old fraud, tactics: fraud, revoked: [T9001, T1657]}
    T9003: {name: Older fraud, tactics: fraud, revoked: T9002}
    T9004: {name: Dull, tactics: fraud, deprecated: true}
    T1086: {name: PowerShell as we count it, tactics: execution}
";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let (codes, list) = checked(&packs, "T9001, T9001.001, TA9000, T1086, T1059.001");
    assert_eq!((codes, list.as_str()), (vec![], "T9001, T9001.001, TA9000, T1086, T1059.001"));
    // Two stand in the place: which, only the author knows.
    let (codes, list) = checked(&packs, "T9003");
    assert_eq!((codes, list.as_str()), (vec![Code::RevokedTechnique], "T9003"));
    let old = packs.attack.techniques.get("T9003").unwrap();
    let now: Vec<String> = packs.attack.current(&old).into_iter().map(|technique| technique.id.into_owned()).collect();
    assert_eq!(now, ["T9001", "T1657"]);
    assert_eq!(checked(&packs, "T9004").0, [Code::DeprecatedTechnique]);
    assert_eq!(packs.attack.techniques.iter().count(), builtin().attack.techniques.iter().count() + 5);
    assert!(builtin().attack.techniques.get("T9001").is_none() && packs.attack.version == builtin().attack.version);
}

#[test]
fn every_mistake_in_a_pack_has_its_place() {
    let mine = r#"
attack:
  version: nineteen
  tactics: {TA1: x, TA9000: {nmae: y}}
  techniques:
    T105: {name: a, tactics: execution}
    T9001: {tactics: laterl-movement}
    T9002.001: {name: b, tactics: execution}
    T9003: {name: c, tactics: execution, revoked: T1095.001}
    T9004: {name: d, tactics: execution, revoked: T9005}
    T9005: {name: e, tactics: execution, revoked: T9004}
    T9006: {name: f, tactics: execution, revoked: T1059, deprecated: true}
    T9007: g
    T9008: {name: h, tactics: execution, revoked: []}
    T1059.001: {name: i, tactics: execution, revoked: T1086}
  groups: {}
"#;
    let errors = load(builtin(), &[("mine.yaml", mine)]).unwrap_err();
    let found: Vec<String> = errors
        .iter()
        .map(|error| {
            let fault = format!("{:?}", error.fault);
            format!("{} {}", &mine[error.span.clone()], fault.split(['(', ' ']).next().unwrap())
        })
        .collect();
    let expected = [
        "nineteen Version",
        "TA1 NoAttackId",
        "TA9000 MissingKey",
        "nmae UnknownKey",
        "T105 NoAttackId",
        "T9001 MissingKey",
        "laterl-movement UnknownTactic",
        "T9002.001 UnknownTechnique",
        "T1095.001 UnknownTechnique",
        "T9005 RevokedCircle",
        "T9004 RevokedCircle",
        "deprecated UnknownKey",
        "g Shape",
        "[] Shape",
        "T1086 RevokedCircle",
        "groups UnknownKey",
    ];
    assert_eq!(found, expected);
    let near = errors.iter().find_map(|error| match &error.fault {
        Fault::UnknownTactic(unknown) => unknown.nearest.clone(),
        _ => None,
    });
    assert_eq!(near.as_deref(), Some("lateral-movement"));
}
