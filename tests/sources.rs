//! What a site states of the makers of its events, from the manifest to the rows: a query over the tables of one maker, executed over rows
//! written by hand, returns that maker's events and no others; the matcher, told the same, reads the same rows alike. Where an engine is not
//! there, the test says so and its texts are held all the same.

#[allow(dead_code)] // a part of the oracles' own
#[path = "oracle/engines.rs"]
mod engines;

use std::path::{Path, PathBuf};

use engines::{Oracle, ask, root};
use serde_json::{Map, Value, json};
use spoor::backend::{Fidelity, Lowered, Options, Target, lower};
use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::hir::Rule;
use spoor::project::{Workspace, open};
use spoor::schema::{NativeType, Packs, builtin};
use spoor::source::Sources;

fn site(name: &str) -> Packs {
    let manifest = root().join(format!("tests/sources/{name}.yaml"));
    let project = open(builtin(), Some(&manifest), &[], &mut Sources::default()).unwrap_or_else(|found| panic!("{found:#?}"));
    project.packs.expect("the manifest changes the packs")
}

fn rules(packs: &Packs, detects: &[&str]) -> Vec<Rule> {
    let text: String = detects.iter().enumerate().map(|(at, detect)| format!("rule r{at} {{\n  detect {detect}\n}}\n")).collect();
    let checked = Workspace::text("x.spoor", &text).check(packs);
    assert_eq!(checked.rules.len(), detects.len(), "{:#?}", checked.diagnostics);
    checked.rules
}

/// The queries, each of which is exact.
fn queries(rules: &[Rule], target: Target, packs: &Packs) -> Vec<String> {
    let query = |rule| {
        let Lowered { query, reasons, fidelity, .. } = lower(rule, target, packs, &Options::default());
        assert_eq!(fidelity, Fidelity::Exact, "{reasons:#?}");
        query.expect("a query")
    };
    rules.iter().map(query).collect()
}

/// The tables of Sentinel with these rows, as the engine for KQL takes them.
fn facts(packs: &Packs, tables: &Value) -> PathBuf {
    let of = |table: &str| {
        let table = packs.schema("sentinel").unwrap().table(table).unwrap();
        let kind = |ty: NativeType| match ty {
            NativeType::Text => "string",
            NativeType::Time => "datetime",
            other => other.name(),
        };
        let columns: Map<String, Value> = table.columns.iter().map(|column| (column.name.to_string(), json!(kind(column.ty)))).collect();
        json!({ "columns": columns })
    };
    let tables: Map<String, Value> = tables.as_object().unwrap().keys().map(|name| (name.clone(), of(name))).collect();
    let path = std::env::temp_dir().join(format!("spoor-sources-{}-{}.json", std::process::id(), tables.len()));
    std::fs::write(&path, json!({ "tables": tables }).to_string()).unwrap();
    path
}

/// The column of the rows that each query returns; None where the engine is not installed.
fn returned(oracle: Oracle, facts: &Path, queries: &[String], rows: (&str, &Value), by: &str) -> Option<Vec<Vec<String>>> {
    let case = |(id, query): (usize, &String)| json!({"id": id.to_string(), "query": query, (rows.0): rows.1, "now": if rows.0 == "tables" { json!("2026-01-02T00:00:00") } else { json!(1_767_312_000) }});
    let answers = ask(oracle, facts, &queries.iter().enumerate().map(case).collect::<Vec<_>>())?;
    let found = (0..queries.len()).map(|id| {
        let answer = &answers[&id.to_string()];
        assert!(answer["error"].is_null(), "{}\n{}", queries[id], answer["error"]);
        let at = answer["columns"].as_array().and_then(|columns| columns.iter().position(|column| column == by));
        let cell = |row: &Value| {
            at.map_or(&row[by], |at| if row.is_array() { &row[at] } else { &row[by] }).as_str().unwrap_or_default().to_owned()
        };
        let mut found: Vec<String> = answer["rows"].as_array().unwrap().iter().map(cell).collect();
        found.sort();
        found
    });
    Some(found.collect())
}

/// What the matcher finds in rows of these tables, by a column.
fn matched(packs: &Packs, rules: &[Rule], tables: &Value, by: &str) -> Vec<Vec<String>> {
    let (engine, unloaded) = Engine::new(rules, packs);
    assert!(unloaded.is_empty(), "{unloaded:?}");
    let mut found = vec![Vec::new(); rules.len()];
    for (table, rows) in tables.as_object().unwrap() {
        for row in rows.as_array().unwrap() {
            let mut row = row.clone();
            row["Type"] = json!(table);
            let mut scanner = engine.scanner();
            let mut reader = Reader::detecting(packs);
            let _ = reader.read(&row.to_string(), |event| {
                scanner.push(event, |hit| found[hit.rule].push(row[by].as_str().unwrap_or_default().to_owned()))
            });
        }
    }
    found.iter_mut().for_each(|rows| rows.sort());
    found
}

/// A record as Log Analytics keeps it in Event.
fn record(host: &str, source: &str, number: u32, data: &[(&str, &str)]) -> Value {
    let data: String = data.iter().map(|(name, value)| format!("<Data Name=\"{name}\">{value}</Data>")).collect();
    json!({
        "TimeGenerated": "2026-01-01T12:00:00Z", "Computer": host, "Source": source, "EventLog": format!("{source}/Operational"), "EventID": number,
        "EventData": format!("<DataItem type=\"System.XmlData\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">{data}</EventData></DataItem>"),
    })
}

const SYSMON: &str = "Microsoft-Windows-Sysmon";

#[test]
fn sysmons_records_are_asked_and_no_others() {
    let packs = site("sysmon");
    let asked = [
        "process where original_name == \"b.exe\" and command_line contains \"a && b\"",
        "process where company != \"Acme\" and name == \"a.exe\"",
        "image_load where signed == false",
        "registry where action == value_deleted and path ends_with \"\\\\Run\\\\x\"",
        "registry where key ends_with \"\\\\Run\" and action == value_set",
        "file where action == deleted and name == \"x.txt\"",
        "script where text contains \"hello\"",
    ];
    let rules = rules(&packs, &asked);
    let queries = queries(&rules, Target::Sentinel, &packs);
    for query in &queries {
        assert!(!query.contains("_Im_") && !query.contains("Device"), "{query}");
    }
    let start = |host: &str, source: &str, number: u32, original: &str, company: &str| {
        record(
            host,
            source,
            number,
            &[("Image", "C:\\a.exe"), ("OriginalFileName", original), ("CommandLine", "x a &amp;&amp; b"), ("Company", company)],
        )
    };
    let key = |host: &str, number: u32, what: &str| {
        let path = "HKLM\\SOFTWARE\\Run\\x";
        record(host, SYSMON, number, &[("EventType", what), ("TargetObject", path), ("Details", "DeleteValue")])
    };
    let tables = json!({
        "Event": [
            start("sysmon", SYSMON, 1, "b.exe", "Acme"),
            start("sysmon other name", SYSMON, 1, "c.exe", "-"),
            start("sysmon ended", SYSMON, 5, "b.exe", "Acme"),
            start("of another log", "Other", 1, "b.exe", "-"),
            record("unsigned", SYSMON, 7, &[("ImageLoaded", "C:\\a.dll"), ("Signed", "false")]),
            record("signed", SYSMON, 7, &[("ImageLoaded", "C:\\a.dll"), ("Signed", "true")]),
            key("value deleted", 12, "DeleteValue"),
            key("key deleted", 12, "DeleteKey"),
            key("value set", 13, "SetValue"),
            record("deleted", SYSMON, 26, &[("TargetFilename", "C:\\x.txt")]),
            record("created", SYSMON, 11, &[("TargetFilename", "C:\\x.txt")]),
            record("script", "Microsoft-Windows-PowerShell", 4104, &[("ScriptBlockText", "hello")]),
        ],
        "WindowsEvent": [],
        "Syslog": [],
    });
    let expected: [&[&str]; 7] =
        [&["sysmon"], &["sysmon other name"], &["unsigned"], &["value deleted"], &["value set"], &["deleted"], &["script"]];
    assert_eq!(matched(&packs, &rules, &tables, "Computer"), expected, "the matcher");
    let facts = facts(&packs, &tables);
    for (query, expected) in queries.iter().zip(expected) {
        let by = if query.contains("host = ") { "host" } else { "Computer" };
        if let Some(found) = returned(Oracle::KqlEngine, &facts, std::slice::from_ref(query), ("tables", &tables), by) {
            assert_eq!(found, [expected], "{query}");
        }
    }
    // Without the statement ASIM's parsers are asked, and what they lose is said.
    let Lowered { query, fidelity, .. } = lower(&rules[0], Target::Sentinel, builtin(), &Options::default());
    assert!(query.is_some_and(|query| query.contains("_Im_ProcessCreate")) && fidelity == Fidelity::Narrowed);
}

#[test]
fn a_class_that_no_stated_source_has_is_refused_and_says_which_would_have_it() {
    let packs = site("sysmon");
    let rules = rules(&packs, &["service where name == \"x\"", "dns where query == \"evil.example\""]);
    let Lowered { query, reasons, .. } = lower(&rules[0], Target::Sentinel, &packs, &Options::default());
    assert_eq!((query, reasons[0].code.id()), (None, "E0401"));
    let label = &reasons[0].labels[0].text;
    assert!(label.ends_with("sysmon.yaml:3` states has them; `defender` would"), "{label}");
    // What is not a matter of sources is asked as ever.
    assert_eq!(queries(&rules[1..], Target::Sentinel, &packs), queries(&rules[1..], Target::Sentinel, builtin()));
}

#[test]
fn each_system_has_its_own_source() {
    let packs = site("sysmon");
    let of = |platform: &str| {
        let text = format!("rule x {{\n  platforms: [{platform}]\n  detect process where name == \"a\"\n}}\n");
        let rules = Workspace::text("x.spoor", &text).check(&packs).rules;
        lower(&rules[0], Target::Sentinel, &packs, &Options::default()).query.unwrap_or_default()
    };
    let (windows, linux) = (of("windows"), of("linux"));
    assert!(windows.contains("\nEvent\n") && !windows.contains("Syslog"), "{windows}");
    assert!(linux.contains("\nSyslog\n") && !linux.contains("Event\n"), "{linux}");
}

#[test]
fn what_two_makers_write_down_may_be_counted_twice() {
    let both = "sources: {sentinel: [sysmon, security_events]}\n";
    let path = std::env::temp_dir().join(format!("spoor-both-{}.yaml", std::process::id()));
    std::fs::write(&path, both).unwrap();
    let packs = open(builtin(), Some(&path), &[], &mut Sources::default()).unwrap().packs.unwrap();
    std::fs::remove_file(&path).unwrap();
    let text = "rule x {\n  detect process where name == \"a.exe\"\n    having count() > 3\n    by host\n    per 1h\n  last 1d\n}\n";
    let checked = Workspace::text("x.spoor", text).check(&packs);
    assert!(!checked.rules.is_empty(), "{:#?}", checked.diagnostics);
    let Lowered { reasons, fidelity, .. } = lower(&checked.rules[0], Target::Sentinel, &packs, &Options::default());
    assert_eq!(fidelity, Fidelity::Widened, "{reasons:#?}");
    assert!(reasons.iter().any(|reason| format!("{reason:?}").contains("each of `sysmon`, `security_events`")), "{reasons:#?}");
}

#[test]
fn logs_of_a_data_model_are_told_by_what_the_site_says() {
    let packs = site("splunk");
    let rules =
        rules(&packs, &["webserver where url contains \"/x\"", "web where url contains \"/x\"", "signin where user.name == \"bob\""]);
    let queries = queries(&rules, Target::Splunk, &packs);
    for (query, part) in queries.iter().zip([
        "sourcetype IN (\"iis\", \"access_*\")",
        "index=\"proxy\" AND sourcetype=\"bluecoat:*\"",
        "sourcetype=\"azure:monitor:aad\"",
    ]) {
        assert!(query.contains(part), "{query}");
    }
    let row = |host: &str, index: &str, sourcetype: &str| json!({"_time": 1_767_311_000, "host": host, "index": index, "sourcetype": sourcetype, "url": "http://a.example/x", "user": "bob"});
    let rows = json!({
        "Web.Web": [
            row("iis", "web", "IIS"),
            row("apache", "web", "access_combined"),
            row("squid", "proxy", "squid"),
            row("bluecoat", "proxy", "bluecoat:proxysg:access:syslog"),
            row("bluecoat elsewhere", "test", "bluecoat:proxysg:access:syslog"),
        ],
    });
    let expected: [&[&str]; 2] = [&["apache", "iis"], &["bluecoat"]];
    let facts = root().join("tests/oracle/cim.json");
    if let Some(found) = returned(Oracle::SplEngine, &facts, &queries[..2], ("datamodel", &rows), "host") {
        assert_eq!(found, expected, "{}", queries.join("\n\n"));
    }
    let widened = lower(&rules[0], Target::Splunk, builtin(), &Options::default());
    assert_eq!(widened.fidelity, Fidelity::Widened, "without the statement");
}
