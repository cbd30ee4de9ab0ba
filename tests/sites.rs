//! What a site tells Spoor of its own sources, from the pack to the rows: the query is executed, by engines that share no code with the
//! compiler, over rows written by hand, and the matcher reads the same rows as exports have them. Where an engine is not there, the test
//! says so and its texts are held all the same.

#[allow(dead_code)] // a part of the oracles' own
#[path = "oracle/engines.rs"]
mod engines;

use engines::{Oracle, ask, root};
use serde_json::{Value, json};
use spoor::backend::{Fidelity, Lowered, Options, Target, lower};
use spoor::engine::Engine;
use spoor::engine::shape::{Reader, Row, ShapeError};
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::schema::{NativeType, Packs, builtin, load};

/// A class of one's own, a source of Splunk, a table of Log Analytics, and the indexes of Sysmon.
const SITE: &str = r#"
model:
  classes:
    surf:
      doc: A page was asked for.
      actions: [allowed, blocked]
      show: [time, host, user.name, action, url]
      fields: {user.name: user, src.ip: ip, url: url, bytes: int, tool: file_name}
schemas:
  sysmon: {index: [edr_sysmon, "lab-*"]}
  windows: {tables: {'Security:4688': {index: wineventlog}}}
  proxies:
    title: The proxies of the site
    time: _time
    host: host
    target: splunk-raw
    missing: {text: ["", "-"]}
    columns: {_time: datetime, host: string}
    tables:
      squid:
        search: {index: proxy, sourcetype: "squid:*"}
        columns: {src_ip: string, user: string, uri: string, bytes: string, verdict: string, agent: string}
      zscaler:
        tell: act
        search: {index: proxy, sourcetype: [zscaler, "zs cloud"]}
        columns: {ClientIP: string, login: string, url: string, size: long, act: string}
  defender:
    tables:
      Surf_CL:
        time: TimeGenerated
        host: Computer
        columns: {TimeGenerated: datetime, Computer: string, User_s: string, Url_s: string, Bytes_d: real, Action_s: string}
bindings:
  proxies:
    classes:
      surf:
        in:
          squid: {allowed: {verdict: "TCP_*", not: {verdict: TCP_DENIED}}, blocked: {verdict: TCP_DENIED}}
          zscaler: {allowed: Allowed, blocked: [Blocked, "Denied*"]}
        fields:
          user.name: {by: {squid: user_name(user), zscaler: user_name(login)}}
          src.ip: {by: {squid: src_ip, zscaler: ClientIP}}
          url: {by: {squid: uri, zscaler: url}}
          bytes: {by: {squid: int(bytes), zscaler: size}}
          tool: agent
  defender:
    classes:
      surf:
        in: {Surf_CL: {allowed: {Action_s: allow}, blocked: {Action_s: [block, deny]}}}
        fields: {user.name: user_name(User_s), url: Url_s, bytes: Bytes_d}
        unbound: {src.ip: the connector does not send it, tool: the connector does not send it}
"#;

fn site() -> Packs {
    load(builtin(), &[("site.yaml", SITE)]).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn rules(packs: &Packs, detects: &[&str]) -> Vec<Rule> {
    let text: String = detects.iter().enumerate().map(|(at, detect)| format!("rule r{at} {{\n  detect {detect}\n}}\n")).collect();
    let checked = Workspace::text("x.spoor", &text).check(packs);
    assert_eq!(checked.rules.len(), detects.len(), "{:#?}", checked.diagnostics);
    checked.rules
}

fn query(rule: &Rule, target: Target, packs: &Packs) -> String {
    let Lowered { query, reasons, .. } = lower(rule, target, packs, &Options::default());
    query.unwrap_or_else(|| panic!("{reasons:#?}"))
}

/// Without its layout.
fn flat(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows that each query returns, by a column.
fn returned(oracle: Oracle, queries: &[String], rows: &Value, facts: &std::path::Path, by: &str) -> Option<Vec<Vec<String>>> {
    let case = |(id, query): (usize, &String)| match oracle {
        Oracle::SplEngine | Oracle::SplParser | Oracle::Regexes => {
            json!({"id": id.to_string(), "query": query, "events": rows, "now": NOW})
        }
        Oracle::KqlEngine | Oracle::KqlParser => {
            json!({"id": id.to_string(), "query": query, "tables": rows, "now": "2026-01-02T00:00:00"})
        }
    };
    let cases: Vec<Value> = queries.iter().enumerate().map(case).collect();
    let answers = ask(oracle, facts, &cases)?;
    let found = (0..queries.len()).map(|id| {
        let answer = &answers[&id.to_string()];
        assert!(answer["error"].is_null(), "{}\n{}", queries[id], answer["error"]);
        let cell = |row: &Value| match row {
            Value::Array(cells) => {
                let columns: Vec<&str> = answer["columns"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                let at = columns.iter().position(|column| *column == by).unwrap_or_else(|| panic!("no {by} in {columns:?}"));
                cells[at].as_str().unwrap_or_default().to_owned()
            }
            row => row[by].as_str().unwrap_or_default().to_owned(),
        };
        let mut found: Vec<String> = answer["rows"].as_array().unwrap().iter().map(cell).collect();
        found.sort();
        found
    });
    Some(found.collect())
}

const NOW: u64 = 1_767_312_000;

/// Which rows match each rule, by the matcher.
fn matched(packs: &Packs, rules: &[Rule], rows: &[Value], by: &str) -> Vec<Vec<String>> {
    let (engine, unloaded) = Engine::new(rules, packs);
    assert!(unloaded.is_empty(), "{unloaded:?}");
    let mut found = vec![Vec::new(); rules.len()];
    let mut reader = Reader::detecting(packs);
    for row in rows {
        let mut scanner = engine.scanner();
        let read = reader.read(&row.to_string(), |event| {
            scanner.push(event, |hit| found[hit.rule].push(row[by].as_str().unwrap_or_default().to_owned()))
        });
        // What no search finds is of no source that is known: it may look like something else, and nobody guesses.
        let is_foreign = ["squid elsewhere", "zs other"].iter().any(|foreign| row[by] == *foreign);
        assert!(read.is_ok() || is_foreign, "{read:?}: {row}");
    }
    found.iter_mut().for_each(|rows| rows.sort());
    found
}

// ---------- Splunk ----------

/// Rows of all indexes; `host` names them.
fn events() -> Vec<Value> {
    let at = |row: Value, second: u64| {
        let mut row = row;
        row["_time"] = json!(NOW - second);
        row
    };
    let rows = [
        json!({"host": "squid ok", "index": "proxy", "sourcetype": "squid:access", "verdict": "TCP_MISS", "uri": "http://evil.example/a", "user": "CORP\\bob", "bytes": "10", "src_ip": "10.0.0.1", "agent": "curl.exe"}),
        json!({"host": "squid denied", "index": "proxy", "sourcetype": "SQUID:access", "verdict": "tcp_denied", "uri": "http://evil.example/b", "user": "bob@corp.example", "bytes": "0"}),
        json!({"host": "squid dash", "index": "proxy", "sourcetype": "squid:access", "verdict": "TCP_HIT", "uri": "http://good.example/", "user": "-", "bytes": "-"}),
        json!({"host": "squid other verdict", "index": "proxy", "sourcetype": "squid:access", "verdict": "UDP_HIT", "uri": "http://evil.example/c", "user": "bob"}),
        json!({"host": "squid elsewhere", "index": "test", "sourcetype": "squid:access", "verdict": "TCP_MISS", "uri": "http://evil.example/d", "user": "bob", "bytes": "10"}),
        json!({"host": "zs ok", "index": "proxy", "sourcetype": "zscaler", "act": "Allowed", "url": "http://evil.example/e", "login": "bob@corp.example", "size": "2000", "ClientIP": "10.0.0.2"}),
        json!({"host": "zs denied", "index": "proxy", "sourcetype": "zs cloud", "act": "Denied by policy", "url": "http://evil.example/f", "login": "eve", "size": "5"}),
        json!({"host": "zs other", "index": "proxy", "sourcetype": "zs", "act": "Allowed", "url": "http://evil.example/g", "login": "bob", "size": "5"}),
    ];
    rows.into_iter().enumerate().map(|(second, row)| at(row, second as u64 + 10)).collect()
}

const SURFING: [(&str, &[&str]); 9] = [
    ("surf where url under \"evil.example\"", &["squid denied", "squid ok", "zs denied", "zs ok"]),
    ("surf where action == allowed and url contains \"evil\"", &["squid ok", "zs ok"]),
    ("surf where action == blocked", &["squid denied", "zs denied"]),
    ("surf where user.name == \"bob\"", &["squid denied", "squid ok", "zs ok"]),
    ("surf where user.name not exists", &["squid dash"]),
    ("surf where bytes > 9", &["squid ok", "zs ok"]),
    ("surf where src.ip in [10.0.0.0/31, 10.0.0.2]", &["squid ok", "zs ok"]),
    // A column that one of them lacks, and a test that waits for the second command.
    ("surf where tool == \"curl.exe\"", &["squid ok"]),
    ("surf where url matches /e\\/[ae]$/ and user.name == \"bob\"", &["squid ok", "zs ok"]),
];

#[test]
fn a_source_of_ones_own_is_searched_and_matched() {
    let packs = site();
    let rules = rules(&packs, &SURFING.map(|(detect, _)| detect));
    let expected: Vec<Vec<&str>> = SURFING.iter().map(|(_, rows)| rows.to_vec()).collect();
    let queries: Vec<String> = rules.iter().map(|rule| query(rule, Target::SplunkRaw, &packs)).collect();
    for (rule, query) in rules.iter().zip(&queries) {
        assert_eq!(lower(rule, Target::SplunkRaw, &packs, &Options::default()).fidelity, Fidelity::Exact, "{query}");
        assert!(flat(query).contains("index=\"proxy\" AND sourcetype=\"squid:*\""), "{query}");
    }
    assert!(queries[0].contains("sourcetype IN (\"zscaler\", \"zs cloud\")"), "{}", queries[0]);
    assert_eq!(matched(&packs, &rules, &events(), "host"), expected, "the matcher");
    if let Some(found) = returned(Oracle::SplEngine, &queries, &json!(events()), &root().join("tests/oracle/cim.json"), "host") {
        assert_eq!(found, expected, "{}", queries.join("\n\n"));
    }
}

#[test]
fn the_indexes_of_a_site_are_searched_and_no_others() {
    let packs = site();
    let rules = rules(&packs, &["process where name == \"a.exe\"", "process where name matches /^a\\.exe$/ and command_line has \"x\""]);
    let queries: Vec<String> = rules.iter().map(|rule| query(rule, Target::SplunkRaw, &packs)).collect();
    for part in [
        "index IN (\"edr_sysmon\", \"lab-*\") AND source IN (\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\", \"Syslog:Linux-Sysmon/Operational\")",
        "index=\"wineventlog\" AND source=\"XmlWinEventLog:Security\"",
    ] {
        assert!(queries.iter().all(|query| flat(query).contains(part)), "{}", queries.join("\n\n"));
    }
    let sysmon = |host: &str, index: &str| json!({"_time": NOW - 10, "host": host, "Computer": host, "index": index, "source": "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "EventCode": "1", "Image": "C:\\a.exe", "CommandLine": "a x"});
    let security = |host: &str, index: &str| json!({"_time": NOW - 10, "host": host, "Computer": host, "index": index, "source": "XmlWinEventLog:Security", "EventCode": "4688", "NewProcessName": "C:\\a.exe", "CommandLine": "a x"});
    let rows = json!([
        sysmon("s1", "edr_sysmon"),
        sysmon("s2", "lab-7"),
        sysmon("s3", "main"),
        sysmon("s4", "wineventlog"),
        security("w1", "wineventlog"),
        security("w2", "edr_sysmon")
    ]);
    if let Some(found) = returned(Oracle::SplEngine, &queries, &rows, &root().join("tests/oracle/cim.json"), "Computer") {
        assert_eq!(found, [["s1", "s2", "w1"], ["s1", "s2", "w1"]], "{}", queries.join("\n\n"));
    }
    // Without a pack the query names none.
    assert!(!query(&rules[0], Target::SplunkRaw, builtin()).contains("index"));
}

/// Two searches that find the same events: what waits for the second command is asked of the right ones.
#[test]
fn searches_that_overlap_are_told_apart() {
    let pack = r#"
model:
  classes:
    one: {doc: One., actions: [a], show: [time, name, path], fields: {name: text, path: path}}
    two: {doc: Two., actions: [b], show: [time, name], fields: {name: text}}
schemas:
  mine:
    time: _time
    target: splunk-raw
    columns: {_time: datetime}
    tables:
      all: {index: app, columns: {kind: string, left: string, right: string, file: string}}
      some: {search: {index: app, sourcetype: log}, columns: {kind: string, left: string, right: string}}
bindings:
  mine:
    classes:
      one: {in: {all: {a: {kind: alpha}}}, fields: {name: left, path: file}}
      two: {in: {all: {b: {kind: beta}}, some: {b: {kind: gamma}}}, fields: {name: right}}
"#;
    let packs = load(builtin(), &[("mine.yaml", pack)]).unwrap();
    let rules = rules(
        &packs,
        &[
            "{\n    one where name matches /^x[0-9]$/\n    two where name matches /^y[0-9]$/\n  }",
            "two where name matches /^y[0-9]$/",
            "{\n    one\n    two\n  }",
        ],
    );
    let row = |host: &str, sourcetype: &str, kind: &str, left: &str, right: &str| json!({"_time": NOW - 10, "host": host, "index": "app", "sourcetype": sourcetype, "kind": kind, "left": left, "right": right, "file": "C:\\f"});
    let rows = [
        row("one", "x", "alpha", "x1", "-"),
        row("one by the other's test", "x", "alpha", "-", "y1"),
        row("two", "x", "beta", "-", "y2"),
        row("two by the other's test", "x", "beta", "x2", "-"),
        row("three", "log", "gamma", "-", "y3"),
        row("three elsewhere", "x", "gamma", "-", "y3"),
        row("none", "log", "delta", "x4", "y4"),
    ];
    let queries: Vec<String> =
        rules.iter().map(|rule| query(rule, Target::SplunkRaw, &packs).replace("| table ", "| table host ")).collect();
    let expected = [
        vec!["one", "three", "two"],
        vec!["three", "two"],
        vec!["one", "one by the other's test", "three", "two", "two by the other's test"],
    ];
    let facts = root().join("tests/oracle/cim.json");
    if let Some(found) = returned(Oracle::SplEngine, &queries, &json!(rows), &facts, "host") {
        assert_eq!(found, expected, "{}", queries.join("\n\n"));
    }
    // What each shows is its own: `name` is another column in each.
    let named = [vec!["x1", "y2", "y3"], vec!["y2", "y3"], vec!["-", "-", "x1", "y2", "y3"]];
    if let Some(found) = returned(Oracle::SplEngine, &queries, &json!(rows), &facts, "name") {
        assert_eq!(found[0], named[0], "{}", queries[0]);
        assert_eq!(found[2], named[2], "{}", queries[2]);
    }
}

#[test]
fn values_of_a_search_are_quoted() {
    let pack = |value: &str| {
        format!(
            "schemas: {{mine: {{time: _time, target: splunk-raw, columns: {{_time: datetime, name: string}}, tables: {{t: {{index: a-b_1, search: {{source: {value}}}}}}}}}}}\nbindings: {{mine: {{classes: {{process: {{in: {{t: started}}, fields: {{name: name}}}}}}}}}}\n"
        )
    };
    for (value, quoted, source) in [
        ("'/var/log/x y.log'", "source=\"/var/log/x y.log\"", "/var/log/x y.log"),
        ("'C:\\logs\\*'", "source=\"C:\\\\logs\\\\*\"", "C:\\logs\\x"),
        ("'a\" OR index=*'", "source=\"a\\\" OR index=*\"", "a\" OR index=7"),
        ("'x | delete'", "source=\"x | delete\"", "x | delete"),
    ] {
        let packs = load(builtin(), &[("mine.yaml", &pack(value))]).unwrap();
        let rules = rules(&packs, &["process where name == \"a\""]);
        let query = query(&rules[0], Target::SplunkRaw, &packs);
        assert!(query.contains(&format!("index=\"a-b_1\" AND {quoted}")), "{query}");
        let rows = json!([{"_time": NOW - 1, "index": "a-b_1", "source": source, "name": "a", "host": "in"}, {"_time": NOW - 1, "index": "a-b_1", "source": "other", "name": "a", "host": "out"}]);
        let query = query.replace("| table ", "| table host ");
        if let Some(found) = returned(Oracle::SplEngine, std::slice::from_ref(&query), &rows, &root().join("tests/oracle/cim.json"), "host")
        {
            assert_eq!(found, [["in"]], "{query}");
        }
    }
    for wrong in ["''", "'10.0.0.0/8'", "'a`b'", "\"a\\nb\""] {
        let errors = load(builtin(), &[("mine.yaml", &pack(wrong))]).unwrap_err();
        assert!(format!("{errors:?}").contains("SearchValue"), "{wrong}: {errors:?}");
    }
}

/// A data model of one's own, and tables of a workspace as a schema of their own: a target reads what says so.
/// What the source of one table cannot see leaves out the events that a rule asks for by it, and no others.
#[test]
fn a_blind_source_is_asked_for_what_it_sees() {
    let blind = "bindings: {proxies: {classes: {surf: {blind: {zscaler: {fields: [user], reason: nobody is seen}}}}}}";
    let packs = load(&site(), &[("blind.yaml", blind)]).unwrap();
    let detects = [
        "surf where (action == allowed and user.name == \"bob\") or (action == blocked and url contains \"paste\")",
        "surf where user.name == \"bob\"",
        "surf where url contains \"paste\"",
    ];
    let lowered: Vec<Lowered> =
        rules(&packs, &detects).iter().map(|rule| lower(rule, Target::SplunkRaw, &packs, &Options::default())).collect();
    let queries: Vec<&str> = lowered.iter().map(|lowered| lowered.query.as_deref().unwrap()).collect();
    assert!(queries[0].contains("Denied*") && !queries[0].contains("Allowed"), "{}", queries[0]);
    assert!(!queries[1].contains("zs cloud"), "{}", queries[1]);
    assert!(queries[2].contains("Denied*") && queries[2].contains("Allowed"), "{}", queries[2]);
    let fidelities = [Fidelity::Narrowed, Fidelity::Narrowed, Fidelity::Exact];
    assert_eq!(lowered.iter().map(|lowered| lowered.fidelity).collect::<Vec<_>>(), fidelities);
}

#[test]
fn a_schema_of_ones_own_has_its_target() {
    let pack = r#"
model: {classes: {door: {doc: A door., show: [time, host, name], fields: {name: text}}}}
schemas:
  doors: {target: splunk, prefix: lineage, time: _time, host: dest, columns: {_time: datetime}, tables: {Site.Doors: {columns: {dest: string, name: string}}}}
  workspace: {target: defender, time: TimeGenerated, tables: {Doors_CL: {columns: {TimeGenerated: datetime, Name_s: string}}}}
  notes: {time: at, tables: {lines: {columns: {at: datetime, what: string}}}}
bindings:
  doors: {classes: {door: {in: {Site.Doors: "*"}, fields: {name: name}}}}
  workspace: {classes: {door: {in: {Doors_CL: "*"}, fields: {name: Name_s}}}}
  notes: {classes: {door: {in: {lines: "*"}, fields: {name: what}}}}
"#;
    let packs = load(builtin(), &[("doors.yaml", pack)]).unwrap();
    let rules = rules(&packs, &["door where name == \"a\""]);
    let splunk = query(&rules[0], Target::Splunk, &packs);
    assert!(splunk.contains("from datamodel=Site.Doors") && splunk.contains("Doors.name=\"a\""), "{splunk}");
    let kql = query(&rules[0], Target::Defender, &packs);
    assert!(kql.starts_with("// r0\nDoors_CL\n| where Name_s =~ \"a\"") && kql.contains("sort by TimeGenerated"), "{kql}");
    assert!(lower(&rules[0], Target::SplunkRaw, &packs, &Options::default()).query.is_none(), "no schema says that it is for splunk-raw");
    // `on TARGET` knows their columns; the matcher reads all of them, that of no target too.
    let text = "rule x {\n  detect door\n    on defender where Name_s == \"a\"\n    on splunk where Doors.name == \"a\"\n}\n";
    assert!(Workspace::text("x.spoor", text).check(&packs).diagnostics.is_empty());
    let rows = [
        json!({"TimeGenerated": "2026-01-01T00:00:00Z", "Name_s": "a"}),
        json!({"at": "2026-01-01T00:00:00Z", "what": "a"}),
        json!({"at": "2026-01-01T00:00:00Z", "what": "b"}),
    ];
    assert_eq!(matched(&packs, &rules, &rows, "what"), [["", "a"]]);
}

#[test]
fn a_table_that_is_built_in_may_be_left_out() {
    let of =
        |tables: &str| load(builtin(), &[("mine.yaml", &format!("bindings: {{sysmon: {{classes: {{process: {{in: {{{tables}}}}}}}}}}}"))]);
    let packs = of("5: ~").unwrap();
    let rules = rules(&packs, &["process where action in [started, ended] and name == \"a\""]);
    assert!(
        !query(&rules[0], Target::SplunkRaw, &packs).contains("EventCode=5")
            && query(&rules[0], Target::SplunkRaw, builtin()).contains("EventCode IN (1, 5)")
    );
    assert!(of("1: ~, 5: ~").is_err(), "a binding without a table");
    assert!(of("77: ~").is_err(), "a table that is not there");
}

// ---------- Log Analytics ----------

#[test]
fn a_table_of_log_analytics_is_queried_and_matched() {
    let packs = site();
    let rules = rules(
        &packs,
        &[
            "surf where url under \"evil.example\" and action == blocked",
            "surf where user.name == \"bob\" and bytes > 9",
            "{\n    surf where url contains \"evil\"\n    process where name == \"a.exe\"\n  }",
        ],
    );
    let queries: Vec<String> = rules.iter().map(|rule| query(rule, Target::Defender, &packs)).collect();
    assert!(
        queries[0].contains("Surf_CL\n| where TimeGenerated > ago(7d)") || queries[0].contains("Surf_CL\n| where Action_s"),
        "{}",
        queries[0]
    );
    assert!(queries[0].contains("| sort by TimeGenerated desc") && queries[0].contains("Computer"), "{}", queries[0]);
    let row = |host: &str, action: &str, url: &str, user: &str, bytes: f64| json!({"TimeGenerated": "2026-01-01T12:00:00Z", "Computer": host, "Action_s": action, "Url_s": url, "User_s": user, "Bytes_d": bytes});
    let rows = [
        row("a", "allow", "http://evil.example/", "CORP\\bob", 10.0),
        row("b", "block", "http://evil.example/x", "bob@corp.example", 1.0),
        row("c", "DENY", "http://www.evil.example/x", "", 20.0),
        row("d", "log", "http://evil.example/x", "bob", 20.0),
    ];
    let process = json!({"Timestamp": "2026-01-01T12:00:00Z", "DeviceName": "p", "ActionType": "ProcessCreated", "FileName": "a.exe"});
    let expected = [vec!["b", "c"], vec!["a"], vec!["a", "b", "c"]];
    assert_eq!(matched(&packs, &rules, &rows, "Computer"), expected);
    // As an export names the table, and without its name; a row with a column that the table lacks is no guess.
    let mut reader = Reader::detecting(&packs);
    let mut named = row("d", "allow", "http://evil.example/", "bob", 1.0);
    named["Type"] = json!("Surf_CL");
    named["Other_s"] = json!("x");
    assert_eq!(reader.read(&named.to_string(), |_| {}), Ok(Row::Events(1)));
    let time = rows[0]["TimeGenerated"].as_str().unwrap();
    reader.read(&rows[0].to_string(), |event| assert_eq!(event.time, spoor::engine::shape::time::parse_text(time))).unwrap();
    assert!(matches!(reader.read(r#"{"TimeGenerated": "2026-01-01T12:00:00Z", "Nothing_s": "x"}"#, |_| {}), Err(ShapeError::Unknown(_))));

    let folder = std::env::temp_dir().join(format!("spoor-sites-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let facts = folder.join("schema.json");
    let columns = |table: &str| {
        let kind = |ty: NativeType| match ty {
            NativeType::Text => "string",
            NativeType::Time => "datetime",
            other => other.name(),
        };
        let table = packs.schema("defender").unwrap().table(table).unwrap();
        json!({"columns": table.columns.iter().map(|column| (column.name.to_string(), json!(kind(column.ty)))).collect::<serde_json::Map<_, _>>()})
    };
    std::fs::write(
        &facts,
        json!({"tables": {"Surf_CL": columns("Surf_CL"), "DeviceProcessEvents": columns("DeviceProcessEvents")}}).to_string(),
    )
    .unwrap();
    let tables = json!({"Surf_CL": rows, "DeviceProcessEvents": [process]});
    if let Some(found) = returned(Oracle::KqlEngine, &queries[..2], &tables, &facts, "Computer") {
        assert_eq!(found, expected[..2], "{}", queries.join("\n\n"));
    }
    if let Some(found) = returned(Oracle::KqlEngine, &queries[2..], &tables, &facts, "host") {
        assert_eq!(found, [["a", "b", "c", "p"]], "{}", queries[2]);
    }
    let cases: Vec<Value> = queries.iter().enumerate().map(|(id, query)| json!({"id": id.to_string(), "query": query})).collect();
    if let Some(answers) = ask(Oracle::KqlParser, &facts, &cases) {
        for (id, query) in queries.iter().enumerate() {
            assert_eq!(answers[&id.to_string()]["diagnostics"], json!([]), "{query}");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
