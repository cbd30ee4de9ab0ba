//! The keys of `spoor.yaml`: where `build` writes, and the JSON Schema that editors have of them, held to the reader and to a validator
//! that shares no code with it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use spoor::backend::{Options, Target, lower};
use spoor::hir::{Lasting, Rule};
use spoor::project::{Key, Workspace, discover, manifest_schema, open};
use spoor::schema::builtin;
use spoor::source::Sources;

use crate::run::Folder;

const GOOD: &str = "rule good {\n  detect process where name == \"a.exe\"\n}\n";

#[test]
fn a_project_says_where_build_writes() {
    let folder = Folder::with(&[("rules/good.spoor", GOOD), ("spoor.yaml", "rules: rules\ntargets: defender\noutput: out/queries\n")]);
    let run = folder.spoor(&["build"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(folder.read("out/queries/good.defender.kql").contains("DeviceProcessEvents"));
    // From below it is the same folder, not another one.
    std::fs::remove_dir_all(folder.path("out")).unwrap();
    let run = crate::run::Run::of_command(crate::run::command(&folder.path("rules")).arg("build"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(folder.path("out/queries/good.defender.kql").is_file() && !folder.path("rules/out").exists());
    std::fs::remove_dir_all(folder.path("out")).unwrap();
    // To the terminal, to a program, to another folder.
    assert!(folder.spoor(&["build", "-o", "-"]).stdout.contains("DeviceProcessEvents"));
    assert_eq!(folder.spoor(&["build", "--format", "json"]).json().len(), 1);
    assert!(!folder.path("out").exists());
    folder.spoor(&["build", "-o", "other"]);
    assert!(!folder.path("out").exists() && folder.path("other/good.defender.kql").is_file());
    for (output, code) in [("[a]", "E0607"), ("''", "E0607"), ("{}", "E0607"), ("rules/good.spoor", "E0609")] {
        folder.write("spoor.yaml", format!("output: {output}\n"));
        let run = folder.spoor(&["build"]);
        assert!(run.code == 2 && run.stderr.contains(code) && run.stderr.contains("spoor.yaml:1:9"), "{output}: {}", run.stderr);
    }
}

#[test]
fn a_manifest_that_names_itself_or_something_twice_is_told() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("packs/a.yaml", "model: {}\n")]);
    for (manifest, parts) in [
        ("schemas: spoor.yaml\n", &["E0609", "spoor.yaml:1:10", "the manifest itself, which is read anyway"][..]),
        ("schemas: ./packs/../spoor.yaml\n", &["E0609", "the manifest itself"]),
        ("lists: {a: {splunk: {lookup: x}}, a: {}}\n", &["E0624", "spoor.yaml:1:35", "`a` stands twice"]),
        ("sources:\n  sentinel: {sysmon: , sysmon: }\n", &["E0624", "spoor.yaml:2:24"]),
    ] {
        folder.write("spoor.yaml", manifest);
        let run = folder.spoor(&["check"]);
        assert_eq!(run.code, 2, "{manifest}");
        for part in parts {
            assert!(run.stderr.contains(part), "{manifest}: no `{part}` in\n{}", run.stderr);
        }
    }
    // A pack leads nowhere, so there are no circles.
    folder.write("packs/a.yaml", "schemas: [../spoor.yaml]\n");
    folder.write("spoor.yaml", "schemas: [packs]\n");
    let run = folder.spoor(&["check"]);
    assert!(run.code == 2 && run.stderr.contains("packs/a.yaml:1:10"), "{}", run.stderr);
    // A file that is named twice is read once.
    folder.write("packs/a.yaml", "model: {}\n");
    folder.write("spoor.yaml", "schemas: [packs, packs/a.yaml, packs/*.yaml]\n");
    assert_eq!(folder.spoor(&["check"]).code, 0);
}

#[test]
fn a_rule_without_last_looks_back_as_far_as_the_project_says() {
    let rules =
        "rule bare {\n  detect process where name == \"a.exe\"\n}\nrule own {\n  detect process where name == \"b.exe\"\n  last 1h\n}\n";
    let folder = Folder::with(&[("r.spoor", rules), ("spoor.yaml", "lookback: {splunk: 24h, sentinel: 30d}\n")]);
    let queries = folder.spoor(&["build", "--format", "json"]).json();
    let query = |rule: &str, target: &str| {
        let row = queries.iter().find(|row| row["rule"] == rule && row["target"] == target).unwrap();
        row["query"].as_str().unwrap().to_owned()
    };
    assert!(query("bare", "splunk").contains("earliest=-1d") && query("own", "splunk").contains("earliest=-1h"));
    assert!(query("bare", "sentinel").contains("ago(30d)") && query("own", "sentinel").contains("ago(1h)"));
    assert!(!query("bare", "defender").contains("ago(") && !query("bare", "splunk-raw").contains("earliest"));
    assert!(folder.spoor(&["explain", "r.spoor"]).stdout.contains("`lookback` in `spoor.yaml` says so"));
    // A schedule says how far back a scheduled rule looks.
    let scheduled = |manifest: &str| {
        folder.write("spoor.yaml", manifest);
        ["savedsearches", "sentinel"].map(|form| folder.spoor(&["build", "--format", form, "-o", "-"]).stdout)
    };
    assert_eq!(scheduled("lookback: 24h\n"), scheduled("rules: [.]\n"));
    for (wrong, told) in [
        ("0d", "a number and one of"),
        ("7", "a number and one of"),
        ("d", "a number and one of"),
        ("week", "a number and one of"),
        ("[7d]", "a number and one of"),
        ("{splunky: 7d}", "`splunky` is no target"),
        ("{splunk: -7d}", "a number and one of"),
        ("99999999999d", "10000d is the longest"),
        ("{sentinel: 99999999999999999999d}", "10000d is the longest"),
    ] {
        folder.write("spoor.yaml", format!("lookback: {wrong}\n"));
        let run = folder.spoor(&["check"]);
        assert!(run.code == 2 && run.stderr.contains("spoor.yaml:1:") && run.stderr.contains(told), "{wrong}: {}", run.stderr);
    }
    folder.write("spoor.yaml", "lookback: 10000d\n");
    assert_eq!(folder.spoor(&["check"]).code, 0);
}

#[test]
fn a_project_says_which_columns_a_rule_without_show_has() {
    let rules =
        "rule bare {\n  detect process where name == \"a.exe\"\n}\nrule own {\n  detect process where name == \"b.exe\"\n  show path\n}\n";
    let manifest = "targets: defender\nmodel: {classes: {process: {show: [time, name, command_line]}}}\n";
    let folder = Folder::with(&[("r.spoor", rules), ("spoor.yaml", manifest)]);
    let queries = folder.spoor(&["build", "--format", "json"]).json();
    let query = |row: usize| queries[row]["query"].as_str().unwrap().to_owned();
    assert!(query(0).contains("| project Timestamp, FileName, ProcessCommandLine\n"), "{}", query(0));
    assert!(query(1).contains("| project FolderPath"), "{}", query(1));
}

/// The window of a project is that of a rule, in every query.
#[test]
fn a_project_looks_back_as_a_rule_does() {
    let found = discover(&["examples".into(), "tests/corpus".into()]);
    let workspace = Workspace::load(found, builtin());
    let packs = workspace.packs(builtin());
    let rules = workspace.check(&packs).rules;
    let mut compared = 0;
    for rule in rules {
        let stated = Rule { last: Some(Lasting { seconds: 604_800, span: rule.span }), ..rule.clone() };
        let rule = &Rule { last: None, ..rule };
        for target in Target::ALL.iter().copied() {
            let site = Options { lookback: vec![(target, 604_800)], ..Options::default() };
            let by_site = lower(rule, target, &packs, &site);
            assert_eq!(by_site.query, lower(&stated, target, &packs, &Options::default()).query, "{} {}", rule.name, target.name());
            compared += usize::from(by_site.query.is_some());
        }
    }
    assert!(compared > 500, "{compared}");
}

// ---------- the schema for editors ----------

/// A value that each key takes, and one that it does not.
fn samples(key: Key) -> (&'static str, &'static str) {
    match key {
        Key::Rules => ("[a, '*.spoor']", "{a: b}"),
        Key::Targets => ("[splunk, defender]", "[splunky]"),
        Key::Output => ("out", "[out]"),
        Key::Lints => ("{deny: [warnings, E0501], allow: E0505, paths: {'**': {warn: [E0503]}}}", "{allow: [warnings]}"),
        Key::Summaries => ("true", "truth"),
        Key::Macros => ("splunk-security-content", "escu"),
        Key::Narrow => ("true", "maybe"),
        Key::Lookback => ("{splunk: 24h, defender: 30d}", "0d"),
        Key::Lists => ("{a: {splunk: {lookup: b}, defender: {externaldata: 'https://x.example'}}}", "{a: {splunk: {watchlist: b}}}"),
        Key::Deploy => ("{app: acme, schedule: 30m, actions: [], risk_score: 7, enabled: false}", "{schedul: 1h}"),
        Key::Tests => ("[a]", "{a: b}"),
        Key::Snapshots => ("kept", "[kept]"),
        Key::Sources => ("{sentinel: [sysmon, defender], splunk: {web_servers: {sourcetype: [iis, 'a*']}}}", "{sentinel: [sysmn]}"),
        Key::Schemas => ("[p.yaml]", "[{cim: 1}]"),
        Key::Briefs => ("[p.yaml]", "{a: b}"),
        Key::Templates => ("{hunt.md: p.yaml}", "{hunt.txt: p.yaml}"),
        Key::Model | Key::Bindings => ("{}", "text"),
        Key::Attack | Key::Sigma => ("{}", "[a]"),
    }
}

/// Further ones of which the reader and the schema must think alike.
const MANIFESTS: &[(&str, bool)] = &[
    ("", true),
    ("cim: 6.1\n", true),
    ("cim: 8.5.0\n", true),
    ("cim: '6.1'\n", true),
    ("cim: [6.1]\n", false),
    ("cmi: 6.1\n", false),
    ("defender: 1\n", false),
    ("rules: a\ntargets: splunk\n", true),
    ("rules: []\ntargets: []\nschemas: []\n", true),
    ("schemas:\nmodel:\n", true),
    ("rules:\n", false),
    ("output: 2026\nsnapshots: 1.5\n", true),
    ("lists: {a: {splunk: {lookup: 7}}}\n", true),
    ("output: ''\n", false),
    ("deploy: {date: 2026-02-28}\n", true),
    ("lints: {deny: warnings, paths: {a: {warn: warnings}}}\n", true),
    ("narrow: 'true'\n", true),
    ("summaries: macro\n", true),
    ("summaries: false\n", true),
    ("macros: [none]\n", false),
    ("lints: {deny: E0201}\n", false),
    ("lints: {deny: E0405}\n", false),
    ("lints: {paths: {a: {paths: {}}}}\n", false),
    ("lints: {dany: [E0501]}\n", false),
    ("lints: {}\n", true),
    ("lists: {a: {sentinel: {watchlist: W}}}\n", true),
    ("lists: {a: {sentinel: {lookup: W}}}\n", false),
    ("lists: {a: {sentinel: {watchlist: W, externaldata: 'https://x'}}}\n", false),
    ("lists: {a: b}\n", false),
    ("sources: {sentinel: sysmon}\n", true),
    ("sources: {sentinel: {sysmon: {Source: x}}}\n", false),
    ("sources: {sentinel: {sysmon: }}\n", true),
    ("sources: {splunk: [proxies]}\n", false),
    ("sources: {splunk: {proxies: {index: 7}}}\n", true),
    ("sources: {splunk: {proxies: {sourcetyp: x}}}\n", false),
    ("sources: {splunk: {proxies: }}\n", false),
    ("sources: {defender: [sysmon]}\n", false),
    ("sources: [sysmon]\n", false),
    ("model: {classes: {}}\n", true),
];

#[test]
fn the_schema_has_every_key_of_the_reader_and_no_other() {
    let schema = manifest_schema(builtin());
    let keys: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let versioned = builtin().schemas.iter().filter(|schema| !schema.versions.is_empty()).map(|schema| schema.name.as_ref());
    assert_eq!(keys, Key::ALL.iter().map(|key| key.word()).chain(versioned).collect());
    for key in &keys {
        assert!(schema["properties"][key]["description"].as_str().is_some_and(|doc| doc.ends_with('.')), "{key} says nothing of itself");
    }
}

#[test]
fn reader_and_schema_think_alike() {
    let schema = manifest_schema(builtin());
    jsonschema::draft7::meta::validate(&schema).expect("a schema of draft 7");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let mut cases: Vec<(String, bool)> = MANIFESTS.iter().map(|(text, right)| ((*text).to_owned(), *right)).collect();
    for key in Key::ALL {
        let (right, wrong) = samples(*key);
        cases.extend([(format!("{}: {right}\n", key.word()), true), (format!("{}: {wrong}\n", key.word()), false)]);
    }
    let folder = Folder::with(&[("a", "x"), ("x.spoor", GOOD), ("p.yaml", "model: {}\n")]);
    let mut wrong = Vec::new();
    for (text, right) in cases {
        folder.write("spoor.yaml", &text);
        let opened = open(builtin(), Some(&folder.path("spoor.yaml")), &[], &mut Sources::default());
        let codes: Vec<String> = opened.err().unwrap_or_default().iter().map(|found| found.code.to_string()).collect();
        if codes.is_empty() != right {
            wrong.push(format!("the reader: {text}{codes:?}"));
        }
        if validator.is_valid(&as_json(&text)) != right {
            let why: Vec<String> = validator.iter_errors(&as_json(&text)).map(|error| error.to_string()).collect();
            wrong.push(format!("the schema: {text}{why:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As an editor reads YAML.
fn as_json(text: &str) -> Json {
    if text.trim().is_empty() { Json::Null } else { serde_yaml::from_str(text).expect("YAML") }
}

#[test]
fn the_command_prints_it_with_the_names_of_the_project() {
    let pack =
        "schemas: {mine: {target: defender, time: Timestamp, versions: [1.0, 2.0], tables: {T: {columns: {Timestamp: datetime}}}}}\n";
    let folder = Folder::with(&[("spoor.yaml", pack)]);
    let run = folder.spoor(&["schema", "--manifest"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let printed: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["$schema"], json!("http://json-schema.org/draft-07/schema#"));
    assert_eq!(printed["properties"]["mine"]["examples"], json!(["1.0", "2.0"]), "{}", run.stdout);
    assert_eq!(folder.spoor(&["schema", "--manifest", "process"]).code, 2);
}
