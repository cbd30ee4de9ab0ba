//! `spoor coverage`: every rule is counted or named, every form says the same, and each is what its readers take.

#[path = "cli/run.rs"]
mod run;
#[path = "common/xml.rs"]
mod xml;

use std::collections::{BTreeMap, BTreeSet};

use run::Folder;
use serde_json::Value;

/// Every way in which a rule stands to ATT&CK.
const RULES: &[(&str, &str)] = &[
    ("two.spoor", "rule two {\n  title: \"Two techniques\"\n  attack: [T1059, T1059.001]\n  detect process where name == \"a.exe\"\n}\n"),
    ("part.spoor", "rule part {\n  attack: [T1059.001]\n  detect process | file where host == \"b\"\n}\n"),
    ("several.spoor", "rule several_tactics {\n  attack: [T1078]\n  detect logon where outcome == failure\n}\n"),
    ("old.spoor", "rule revoked {\n  attack: [T1086]\n  detect process where name == \"d.exe\"\n}\n"),
    ("none.spoor", "rule nothing_named {\n  detect process where name == \"e.exe\"\n}\n"),
    ("tactic.spoor", "rule tactic_only {\n  attack: [TA0040]\n  detect process where name == \"f.exe\"\n}\n"),
    ("tool.spoor", "rule tool_only {\n  attack: [S0154, T1043]\n  detect process where grandparent.name == \"g.exe\"\n}\n"),
];

fn json(folder: &Folder, args: &[&str]) -> Value {
    let run = folder.spoor(&[&["coverage", "--format", "json"], args].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

/// The cells with a rule, by tactic and id, each with its rules; parts too.
fn covered(coverage: &Value) -> BTreeMap<(String, String), Vec<String>> {
    let mut found = BTreeMap::new();
    for column in coverage["tactics"].as_array().expect("tactics") {
        for cell in column["cells"].as_array().expect("cells") {
            for cell in std::iter::once(cell).chain(cell["below"].as_array().expect("parts")) {
                let rules: Vec<String> = texts(&cell["rules"]).into_iter().map(str::to_owned).collect();
                if !rules.is_empty() {
                    found.insert((column["word"].as_str().unwrap().to_owned(), cell["id"].as_str().unwrap().to_owned()), rules);
                }
            }
        }
    }
    found
}

#[test]
fn every_way_of_naming_a_technique_is_counted() {
    let folder = Folder::with(RULES);
    let coverage = json(&folder, &[]);
    let cells = covered(&coverage);
    let of = |tactic: &str, id: &str| cells.get(&(tactic.to_owned(), id.to_owned())).cloned().unwrap_or_default();
    assert_eq!(of("execution", "T1059"), ["two"]);
    assert_eq!(of("execution", "T1059.001"), ["revoked", "part", "two"]);
    // It stands in four tactics.
    let tactics: Vec<&str> = cells.keys().filter(|(_, id)| id == "T1078").map(|(tactic, _)| tactic.as_str()).collect();
    assert_eq!(tactics, ["initial-access", "persistence", "privilege-escalation", "stealth"]);
    assert_eq!(cells.len(), 2 + 4, "{cells:?}");
    assert_eq!(texts(&coverage["without"]), ["nothing_named", "tactic_only", "tool_only"]);
    let impact = coverage["tactics"].as_array().unwrap().iter().find(|column| column["word"] == "impact").unwrap();
    assert_eq!((&impact["rules"], texts(&impact["named"])), (&1.into(), vec!["tactic_only"]));
    assert_eq!(coverage["moved"][0]["id"], "T1086");
    assert_eq!(texts(&coverage["moved"][0]["to"]), ["T1059.001"]);
    let elsewhere: Vec<&str> = coverage["elsewhere"].as_array().unwrap().iter().filter_map(|other| other["id"].as_str()).collect();
    assert_eq!(elsewhere, ["S0154", "T1043"]);
}

/// What is said of each rule is what `build` says.
#[test]
fn fidelities_are_those_of_build() {
    let folder = Folder::with(RULES);
    let coverage = json(&folder, &[]);
    let targets = texts(&coverage["targets"]);
    assert_eq!(targets, ["splunk", "splunk-raw", "defender", "sentinel"]);
    let mut built: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in folder.spoor(&["build", "--format", "json"]).json() {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        built.insert((text("rule"), text("target")), text("fidelity"));
    }
    let mut tallies = vec![BTreeMap::<String, u64>::new(); targets.len()];
    let rules = coverage["rules"].as_array().unwrap();
    for rule in rules {
        for (index, fidelity) in texts(&rule["fidelities"]).into_iter().enumerate() {
            assert_eq!(built[&(rule["name"].as_str().unwrap().to_owned(), targets[index].to_owned())], fidelity, "{rule}");
            *tallies[index].entry(fidelity.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(built.len(), rules.len() * targets.len());
    assert!(tallies.iter().any(|tally| tally.contains_key("refused")) && tallies.iter().any(|tally| tally.contains_key("exact")));
    for (index, tally) in tallies.iter().enumerate() {
        for fidelity in ["exact", "widened", "narrowed", "refused"] {
            assert_eq!(coverage["tallies"][index][fidelity], tally.get(fidelity).copied().unwrap_or_default(), "{}", targets[index]);
        }
    }
    let classes: Vec<(&str, u64)> = coverage["classes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| (class["name"].as_str().unwrap(), class["rules"].as_u64().unwrap()))
        .collect();
    assert_eq!(classes, [("process", 6), ("file", 1), ("logon", 1)]);
}

#[test]
fn a_rule_of_the_examples_is_in_a_cell_or_named() {
    let folder = Folder::new();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let coverage = json(&folder, &[examples]);
    let mut counted: BTreeSet<String> = covered(&coverage).into_values().flatten().collect();
    counted.extend(texts(&coverage["without"]).into_iter().map(str::to_owned));
    let all: BTreeSet<String> =
        coverage["rules"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(counted, all);
    assert!(all.len() > 20);
}

#[test]
fn the_table_says_what_the_json_says() {
    let folder = Folder::with(RULES);
    let run = folder.spoor(&["coverage", "--target", "splunk"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let settings = settings();
    settings.bind(|| insta::assert_snapshot!("table", page(&run.stdout)));
    let wide = folder.spoor(&["coverage", "--color", "always", "--target", "splunk"]);
    assert!(wide.stdout.contains("\x1b["));
    assert!(run.stderr.contains("T1086"), "what was revoked is told as well: {}", run.stderr);
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/coverage");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// The rules beside the result.
fn page(result: &str) -> String {
    let rules: String = RULES.iter().map(|(_, text)| *text).collect();
    format!("{rules}\n----------\n{result}")
}

// ---------- Navigator ----------

/// What the format's description says of each key: its type, and whether it must be there. `?`: it may be left out.
/// <https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md>
const LAYER: &[(&str, &str)] = &[
    ("name", "string"),
    ("versions", "object"),
    ("domain", "string"),
    ("description", "string?"),
    ("customDataURL", "string?"),
    ("filters", "object?"),
    ("sorting", "number?"),
    ("layout", "object?"),
    ("hideDisabled", "boolean?"),
    ("techniques", "array?"),
    ("gradient", "object?"),
    ("legendItems", "array?"),
    ("showTacticRowBackground", "boolean?"),
    ("tacticRowBackground", "string?"),
    ("selectTechniquesAcrossTactics", "boolean?"),
    ("selectSubtechniquesWithParent", "boolean?"),
    ("selectVisibleTechniques", "boolean?"),
    ("metadata", "array?"),
    ("links", "array?"),
];
const VERSIONS: &[(&str, &str)] = &[("attack", "string?"), ("navigator", "string"), ("layer", "string")];
const TECHNIQUE: &[(&str, &str)] = &[
    ("techniqueID", "string"),
    ("tactic", "string?"),
    ("comment", "string?"),
    ("enabled", "boolean?"),
    ("score", "number?"),
    ("color", "string?"),
    ("metadata", "array?"),
    ("links", "array?"),
    ("showSubtechniques", "boolean?"),
];
const GRADIENT: &[(&str, &str)] = &[("colors", "array"), ("minValue", "number"), ("maxValue", "number")];
const LEGEND: &[(&str, &str)] = &[("label", "string"), ("color", "string")];
const METADATA: &[(&str, &str)] = &[("name", "string"), ("value", "string")];
const LAYOUT: &[(&str, &str)] = &[
    ("layout", "string?"),
    ("showID", "boolean?"),
    ("showName", "boolean?"),
    ("showAggregateScores", "boolean?"),
    ("countUnscored", "boolean?"),
    ("aggregateFunction", "string?"),
    ("expandedSubtechniques", "string?"),
];

fn holds(what: &str, value: &Value, keys: &[(&str, &str)]) -> Result<(), String> {
    let object = value.as_object().ok_or(format!("{what} is no object"))?;
    if let Some(unknown) = object.keys().find(|key| !keys.iter().any(|(name, _)| name == key)) {
        return Err(format!("{what} has an unknown key `{unknown}`"));
    }
    for (name, ty) in keys {
        let kind = match object.get(*name) {
            None if ty.ends_with('?') => continue,
            None => return Err(format!("{what} has no `{name}`")),
            Some(Value::String(_)) => "string",
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Number(_)) => "number",
            Some(Value::Array(_)) => "array",
            Some(Value::Object(_)) => "object",
            Some(Value::Null) => "null",
        };
        if kind != ty.trim_end_matches('?') {
            return Err(format!("`{name}` of {what} is a {kind}"));
        }
    }
    Ok(())
}

fn layer_holds(layer: &Value) -> Result<(), String> {
    holds("the layer", layer, LAYER)?;
    holds("versions", &layer["versions"], VERSIONS)?;
    holds("gradient", &layer["gradient"], GRADIENT)?;
    holds("layout", &layer["layout"], LAYOUT)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let color = |value: &Value| {
        let digits = value.as_str().and_then(|text| text.strip_prefix('#')).unwrap_or_default();
        if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()) { Ok(()) } else { Err(format!("no colour: {value}")) }
    };
    list(&layer["legendItems"]).iter().try_for_each(|item| holds("a legend", item, LEGEND).and_then(|()| color(&item["color"])))?;
    list(&layer["metadata"]).iter().try_for_each(|item| holds("metadata", item, METADATA))?;
    let colors = list(&layer["gradient"]["colors"]);
    colors.iter().try_for_each(color)?;
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let version: Vec<u32> =
        layer["versions"]["navigator"].as_str().unwrap_or_default().split('.').map(|part| part.parse().unwrap_or(0)).collect();
    let facts = [
        (layer["versions"]["layer"] == "4.5", "it is of version 4.5"),
        (version.len() == 3 && version >= vec![4, 9, 0], "Navigator is 4.9.0 at least"),
        (layer["domain"] == "enterprise-attack", "it is of the Enterprise matrix"),
        (colors.len() >= 2, "two colours at least"),
        (number(&layer["gradient"]["maxValue"]) > number(&layer["gradient"]["minValue"]), "the greatest value is the greater one"),
        (["side", "flat", "mini"].contains(&layer["layout"]["layout"].as_str().unwrap_or_default()), "a known layout"),
        (["average", "min", "max", "sum"].contains(&layer["layout"]["aggregateFunction"].as_str().unwrap_or_default()), "a known function"),
        (["none", "all", "annotated"].contains(&layer["layout"]["expandedSubtechniques"].as_str().unwrap_or_default()), "known parts"),
    ];
    if let Some((_, fact)) = facts.iter().find(|(holds, _)| !holds) {
        return Err(format!("not so: {fact}"));
    }
    let attack = &spoor::schema::builtin().attack;
    let mut seen = BTreeSet::new();
    for entry in list(&layer["techniques"]) {
        holds("a technique", &entry, TECHNIQUE)?;
        list(&entry["metadata"]).iter().try_for_each(|item| holds("metadata", item, METADATA))?;
        let (id, tactic) = (entry["techniqueID"].as_str().unwrap_or_default(), entry["tactic"].as_str().unwrap_or_default());
        let technique = attack.techniques.get(id).ok_or(format!("no technique: {id}"))?;
        let in_tactic = technique.tactics.iter().filter_map(|id| attack.tactic(id)).any(|of| of.word() == tactic);
        if !in_tactic || !seen.insert((id.to_owned(), tactic.to_owned())) {
            return Err(format!("{id} is not in `{tactic}`, or twice"));
        }
        let parts = attack.techniques.below(id).count();
        if entry["showSubtechniques"] == true && parts == 0 {
            return Err(format!("{id} has no parts to show"));
        }
    }
    Ok(())
}

#[test]
fn the_layer_is_what_navigator_reads() {
    let folder = Folder::with(RULES);
    let run = folder.spoor(&["coverage", "--format", "navigator"]);
    let layer: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(layer_holds(&layer), Ok(()));
    assert_eq!(layer["versions"]["attack"], "19");
    let entry = |id: &str| layer["techniques"].as_array().unwrap().iter().find(|entry| entry["techniqueID"] == id).unwrap().clone();
    let (whole, part) = (entry("T1059"), entry("T1059.001"));
    assert_eq!((&whole["score"], &whole["showSubtechniques"]), (&1.into(), &true.into()));
    assert_eq!((&part["score"], &part["showSubtechniques"]), (&3.into(), &false.into()));
    assert_eq!(whole["metadata"][0]["value"], "two: Two techniques");
    assert!(part["comment"].as_str().unwrap().contains("splunk: 3 exact\nsplunk-raw: "), "{part}");
    let mut scores = BTreeMap::new();
    for entry in layer["techniques"].as_array().unwrap() {
        let text = |key: &str| entry[key].as_str().unwrap().to_owned();
        if let Some(score) = entry["score"].as_u64() {
            scores.insert((text("tactic"), text("techniqueID")), score as usize);
        }
    }
    let cells: BTreeMap<(String, String), usize> =
        covered(&json(&folder, &[])).into_iter().map(|(cell, rules)| (cell, rules.len())).collect();
    assert_eq!(scores, cells);
    settings().bind(|| insta::assert_snapshot!("navigator", page(&run.stdout)));
}

/// The check above is one: what is wrong is found.
#[test]
fn a_wrong_layer_is_found() {
    let folder = Folder::with(RULES);
    let layer: Value = serde_json::from_str(&folder.spoor(&["coverage", "--format", "navigator"]).stdout).expect("JSON");
    type Spoil = fn(&mut Value);
    let wrong: [(&str, Spoil); 6] = [
        ("/versions/layer", |value| *value = "4.4".into()),
        ("/versions/navigator", |value| *value = "4.8.2".into()),
        ("/gradient/maxValue", |value| *value = 1.into()),
        ("/techniques/0/tactic", |value| *value = "impact".into()),
        ("/techniques/0/score", |value| *value = "1".into()),
        ("/layout", |value| value["width"] = 3.into()),
    ];
    for (place, spoil) in wrong {
        let mut spoiled = layer.clone();
        spoil(spoiled.pointer_mut(place).unwrap_or_else(|| panic!("no {place}")));
        assert!(layer_holds(&spoiled).is_err(), "{place}");
    }
}

// ---------- the picture and the page ----------

/// Names that would be tags, and characters that no page may hold.
const PACK: &str = r#"
attack:
  techniques:
    T9001: {name: "</title><script>alert(1)</script> & \"x\" 'y' \u0001", tactics: impact}
    T9001.001: {name: "]]> <!-- ", tactics: impact}
"#;

#[test]
fn picture_and_page_are_well_formed_whatever_names_hold() {
    let folder = Folder::with(RULES);
    folder.write("mine.spoor", "rule mine {\n  attack: [T9001, T9001.001]\n  detect process where name == \"m.exe\"\n}\n");
    folder.write("spoor.yaml", PACK);
    let coverage = json(&folder, &[]);
    for format in ["svg", "html"] {
        let run = folder.spoor(&["coverage", "--format", format]);
        let elements = xml::elements(&run.stdout).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert!(!elements.iter().any(|element| element.name == "script"), "{format}");
        let labels: Vec<&str> =
            elements.iter().filter(|element| element.name == "g").filter_map(|element| element.attribute("aria-label")).collect();
        // Each cell with a rule is told once in each of its tactics.
        for ((_, id), rules) in covered(&coverage) {
            let tactics = covered(&coverage).keys().filter(|(_, other)| *other == id).count();
            let told = labels.iter().filter(|label| label.starts_with(&format!("{id} "))).collect::<Vec<_>>();
            assert_eq!(told.len(), tactics, "{format} {id}");
            assert!(told.iter().all(|label| label.contains(&rules.join(", "))), "{format} {id}: {told:?}");
        }
        assert!(labels.iter().any(|label| label.contains("</title><script>alert(1)</script> & \"x\" 'y' \u{fffd}")), "{format}");
        // What a reader points at says the same.
        assert_eq!(
            elements.iter().filter(|element| element.name == "title" && element.path.contains(&"g".to_owned())).count(),
            labels.len()
        );
        // The columns are ATT&CK's, in its order.
        let heads: Vec<&str> =
            elements.iter().filter(|element| element.attribute("class") == Some("tactic")).map(|it| it.text.as_str()).collect();
        let names: Vec<&str> = spoor::schema::builtin().attack.tactics.iter().map(|tactic| tactic.name.as_ref()).collect();
        assert_eq!(heads, names, "{format}");
        // Nothing is loaded.
        let outside = run.stdout.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !outside.contains("http") && !outside.contains("src=") && !outside.contains("@import") && !outside.contains("url("),
            "{format}"
        );
        assert!(run.stdout.contains("prefers-color-scheme:dark"), "{format}");
    }
}

/// No cell lies on another one, and none outside of the picture.
#[test]
fn cells_do_not_overlap() {
    let folder = Folder::with(RULES);
    let run = folder.spoor(&["coverage", "--format", "svg"]);
    let elements = xml::elements(&run.stdout).expect("well formed");
    let number = |element: &xml::Element, name: &str| -> i64 { element.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(-1) };
    let (width, height) = (number(&elements[0], "width"), number(&elements[0], "height"));
    let cells: Vec<[i64; 4]> = elements
        .iter()
        .filter(|element| element.name == "rect" && element.attribute("class") == Some("c"))
        .map(|element| ["x", "y", "width", "height"].map(|name| number(element, name)))
        .collect();
    assert!(cells.len() > 200);
    for (index, [x, y, w, h]) in cells.iter().enumerate() {
        assert!(*x >= 0 && *y >= 0 && x + w <= width && y + h <= height, "{x} {y}");
        for [other_x, other_y, other_w, other_h] in &cells[..index] {
            let apart = x + w <= *other_x || other_x + other_w <= *x || y + h <= *other_y || other_y + other_h <= *y;
            assert!(apart, "{x} {y} lies on {other_x} {other_y}");
        }
    }
}

// ---------- as a command ----------

#[test]
fn exit_codes_and_files() {
    let folder = Folder::with(RULES);
    let run = folder.spoor(&["coverage", "--format", "html", "-o", "out.html"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(run.stderr.contains("out.html: 7 rules: "), "{}", run.stderr);
    assert!(folder.read("out.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(folder.spoor(&["coverage", "-q", "--format", "html", "-o", "again.html"]).stderr.matches("out.html").count(), 0);
    assert_eq!(folder.read("again.html"), folder.read("out.html"), "twice the same");
    // A rule with an error is shown, and the others are counted.
    folder.write("bad.spoor", "rule bad {\n  detect process where nam == \"a\"\n}\n");
    let run = folder.spoor(&["coverage"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("error[E0201]") && run.stdout.starts_with("7 rules: "), "{}", run.stderr);
    for args in [
        &["coverage", "nowhere"][..],
        &["coverage", "--target", "nobody"],
        &["coverage", "--format", "xml"],
        &["coverage", "-o", "no/where/x"],
    ] {
        assert_eq!(folder.spoor(args).code, 2, "{args:?}");
    }
    let empty = Folder::new();
    let run = empty.spoor(&["coverage"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no rule file in `.`") && run.stdout.starts_with("0 rules: 0 of "), "{}{}", run.stdout, run.stderr);
}
