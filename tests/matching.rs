//! `spoor match` as people and programs call it: what is chosen, what is written, how it ends.

#[path = "cli/run.rs"]
mod run;

use std::io::Write;
use std::process::{Command, Stdio};

use run::{Folder, command};
use serde_json::{Value, json};

const GOOD: &str = "rule good {\n  detect process where name == \"a.exe\"\n}\n";

/// Rules over several events are decided at the end, over all files, whatever their order.
#[test]
fn thresholds_and_sequences_come_last() {
    let rules = "rule many {\n  detect process having count() >= 2 by host per 1m\n  last 1d\n  show host as machine, count() as n, values(name) as names\n}\n\
        rule chain {\n  level: high\n  detect sequence by host within 10s {\n    one: process where name == \"a.exe\"\n    optional no: process where name == \"x\"\n    \
        two: process where name == \"b.exe\"\n  }\n  last 1d\n  show one.time as began, name, matched\n}\n\
        rule single {\n  detect process where name == \"b.exe\"\n}\n";
    let row = |second: u32, name: &str, host: &str| {
        format!(
            "{{\"ActionType\": \"ProcessCreated\", \"Timestamp\": \"2026-01-02T03:04:{second:02}.5Z\", \"FileName\": \"{name}\", \"DeviceName\": \"{host}\"}}\n"
        )
    };
    let folder = Folder::with(&[("r.spoor", rules)]);
    folder.write("late.jsonl", row(9, "b.exe", "PC") + &row(20, "b.exe", "other"));
    folder.write("early.jsonl", row(2, "A.exe", "pc"));
    let run = folder.spoor(&["match", "-r", "r.spoor", "late.jsonl", "early.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines: Vec<serde_json::Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<&str> = lines.iter().map(|line| line["rule"].as_str().expect("a name")).collect();
    assert_eq!(names, ["single", "single", "many", "chain"]);
    let many = serde_json::json!({
        "rule": "many", "path": "r.spoor", "level": null, "time": "2026-01-02T03:04:00Z", "host": "pc", "event": {"source": "late.jsonl", "line": 1},
        "fields": {"host": "pc", "machine": "pc", "n": 2, "names": ["A.exe", "b.exe"]},
    });
    assert_eq!(lines[2], many);
    let chain = serde_json::json!({
        "rule": "chain", "path": "r.spoor", "level": "high", "time": "2026-01-02T03:04:09.5Z", "host": "pc", "event": {"source": "late.jsonl", "line": 1},
        "fields": {"host": "pc", "began": "2026-01-02T03:04:02.5Z", "name": "b.exe", "matched": ["one", "two"]},
        "matched": ["one", "two"],
        "steps": [
            {"step": "one", "time": "2026-01-02T03:04:02.5Z", "source": "early.jsonl", "line": 1},
            {"step": "two", "time": "2026-01-02T03:04:09.5Z", "source": "late.jsonl", "line": 1},
        ],
    });
    assert_eq!(lines[3], chain);
    assert!(run.stderr.contains("4 matches of 3 rules in 3 events"), "{}", run.stderr);
    let people = folder.spoor(&["match", "-r", "r.spoor", "--format", "lines", "late.jsonl", "early.jsonl"]).stdout;
    assert!(
        people
            .contains("2026-01-02T03:04:09.5Z high          chain [one, two] late.jsonl:1 host=pc began=2026-01-02T03:04:02.5Z name=b.exe"),
        "{people}"
    );
}

const EVENTS: &str = concat!(
    r#"{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2026-01-02 03:04:05.120", "Computer": "pc\u001b[2J", "Image": "C:\\x\\A.EXE", "CommandLine": "a.exe 1"}"#,
    "\n\nno event\n",
    r#"{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2026-01-02 03:04:06.000", "Image": "C:\\x\\b.exe"}"#,
    "\n",
    r#"{"ActionType": "ProcessCreated", "Timestamp": "2026-01-02T03:04:07Z", "FileName": "a.exe", "DeviceName": "h"}"#,
);

#[test]
fn matches_are_json_lines_in_a_pipe() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("e.jsonl", EVENTS)]);
    let run = folder.spoor(&["match", "--rules", "good.spoor", "e.jsonl"]);
    let rows = run.json();
    let event = |row: &serde_json::Value| format!("{}:{}", row["event"]["source"].as_str().unwrap(), row["event"]["line"]);
    assert_eq!(rows.iter().map(event).collect::<Vec<_>>(), ["e.jsonl:1", "e.jsonl:5"], "{}", run.stderr);
    let row = &rows[0];
    assert_eq!((&row["rule"], &row["path"], &row["level"]), (&"good".into(), &"good.spoor".into(), &serde_json::Value::Null));
    assert_eq!((&row["time"], &row["fields"]["command_line"]), (&"2026-01-02T03:04:05.12Z".into(), &"a.exe 1".into()));
    // The line that is no event has its place, and the run says that something was left out.
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("e.jsonl:3:1") && run.stderr.contains("2 matches of 1 rule in 3 events"), "{}", run.stderr);
}

#[test]
fn matches_are_lines_for_people_who_ask() {
    let folder = Folder::with(&[("good.spoor", &GOOD.replace("{\n", "{\n  level: high\n"))]);
    let run = folder.spoor_with(&["match", "--rules", ".", "--format", "lines", "-"], EVENTS.lines().next().unwrap().as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("2026-01-02T03:04:05.12Z high") && run.stdout.contains("good <stdin>:1"), "{}", run.stdout);
    assert!(!run.stdout.contains('\x1b'), "what an event holds does not reach the terminal: {:?}", run.stdout);
}

#[test]
fn an_event_file_that_is_not_there_is_2_and_the_others_are_read() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("e.jsonl", EVENTS.lines().next().unwrap())]);
    let run = folder.spoor(&["match", "-r", "good.spoor", "missing.jsonl", "e.jsonl"]);
    assert_eq!((run.code, run.json().len()), (2, 1));
    assert!(run.stderr.contains("cannot read `missing.jsonl`: no such file"), "{}", run.stderr);
}

#[test]
fn many_wrong_lines_are_counted_not_shown() {
    let folder = Folder::with(&[("good.spoor", GOOD)]);
    let mut lines = b"\xff\xfe\n".repeat(3);
    lines.extend("x\n".repeat(10_000).bytes());
    let run = folder.spoor_with(&["match", "-r", ".", "-"], &lines);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert_eq!(run.stderr.matches("error[E0650]").count(), 10);
    assert!(run.stderr.contains("9993 lines more that are no event"), "{}", run.stderr);
}

/// Three rules: of two levels and of none.
const RULES: &str = r#"rule shell {
  title: "A shell was started"
  id: "5638f7c0-ac70-491d-8465-2a65075e0d86"
  level: high
  attack: [T1059.003]
  detect process where name == "cmd.exe" and (command_line contains ["/c", "/k"] or parent.name == "x.exe") and user.name != "svc"
}
rule quiet {
  level: low
  detect process where name == "a.exe"
  show host, name as tool
}
rule lookup {
  detect dns where query == "a.example"
}
"#;

fn start(day: u32, name: &str, line: &str) -> String {
    let event = json!({
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": format!("2026-01-{day:02} 03:04:05.000"), "Computer": "pc",
        "Image": format!(r"C:\x\{name}"), "CommandLine": line,
    });
    format!("{event}\n")
}

/// Two days, and one event without a time.
fn folder() -> Folder {
    let timeless = start(1, "a.exe", "none").replace("\"UtcTime\":\"2026-01-01 03:04:05.000\"", "\"x\":1");
    let folder = Folder::with(&[("rules/r.spoor", RULES)]);
    folder.write("logs/one.jsonl", start(2, "cmd.exe", "cmd /c dir") + &start(3, "a.exe", "a"));
    folder.write("logs/deep/two.json", start(4, "cmd.exe", "cmd /K x") + &timeless);
    folder.write("logs/notes.txt", "no events");
    folder
}

/// The rules and the days of the matches.
fn found(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {}", row["rule"].as_str().unwrap(), row["time"].as_str().map_or("-", |time| &time[8..10]))).collect()
}

#[test]
fn events_and_rules_are_chosen() {
    let folder = folder();
    let matched = |more: &[&str]| {
        let run = folder.spoor(&[&["match", "-r", "rules"], more].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        found(&run.json())
    };
    // Of a folder the files that have events, however deep; what is named twice is read once.
    let all = ["shell 04", "quiet -", "shell 02", "quiet 03"];
    assert_eq!(matched(&["logs"]), all);
    assert_eq!(matched(&["logs", "logs/one.jsonl"]), all);
    assert_eq!(matched(&["logs/*.jsonl"]), all[2..]);
    assert_eq!(matched(&["--level", "medium", "logs"]), ["shell 04", "shell 02"]);
    assert_eq!(matched(&["--level", "low", "logs"]), all);
    for select in ["t1059.*", "SHELL", "5638f7c0-*", "a shell*"] {
        assert_eq!(matched(&["--select", select, "logs"]), ["shell 04", "shell 02"], "{select}");
    }
    assert_eq!(matched(&["--select", "shell", "--select", "quiet", "logs"]), all);
    // An event without a time is of no time that was asked for.
    assert_eq!(matched(&["--since", "2026-01-03", "logs"]), ["shell 04", "quiet 03"]);
    assert_eq!(matched(&["--since", "2026-01-02T03:04:05Z", "--until", "2026-01-03T03:04:05Z", "logs"]), ["shell 02"]);
    assert_eq!(matched(&["--since", "1d", "logs"]), Vec::<String>::new());
    folder.write("none/notes.txt", "no events");
    let none = folder.spoor(&["match", "-r", "rules", "none", "logs"]);
    assert!(none.code == 2 && none.stderr.contains("no file of events in `none`"), "{}", none.stderr);
    assert_eq!(found(&none.json()), all, "the others are read");
    let none = folder.spoor(&["match", "-r", "rules", "--select", "nobody*", "logs"]);
    assert!(none.code == 2 && none.stderr.contains("no rule has `nobody*`"), "{}", none.stderr);
    for wrong in [["--since", "yesterday"], ["--level", "hihg"], ["--select", "["]] {
        assert_eq!(folder.spoor(&[&["match", "-r", "rules"], wrong.as_slice(), &["logs"]].concat()).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_match_says_of_itself_what_a_responder_asks_first() {
    let folder = folder();
    let run = folder.spoor(&["match", "-r", "rules", "--include-event", "logs/one.jsonl"]);
    let rows = run.json();
    let row = &rows[0];
    assert_eq!(
        (&row["title"], &row["id"], &row["level"], &row["attack"], &row["host"], &row["decided"]),
        (
            &json!("A shell was started"),
            &json!("5638f7c0-ac70-491d-8465-2a65075e0d86"),
            &json!("high"),
            &json!(["T1059.003"]),
            &json!("pc"),
            &json!(["name", "command_line"]),
        )
    );
    assert_eq!(row["record"]["CommandLine"], "cmd /c dir", "the event as it was read");
    // What `show` names, and no more.
    assert_eq!(rows[1]["fields"], json!({"host": "pc", "tool": "a.exe"}));
    assert_eq!(rows[1]["decided"], json!(["tool"]));
}

#[test]
fn every_form_says_the_same_matches() {
    let folder = folder();
    let of = |form: &str| {
        let run = folder.spoor(&["match", "-r", "rules", "--format", form, "logs"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let mut rows = csv::Reader::from_reader(of("csv").into_bytes().leak() as &[u8]);
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| &row[2]).collect::<Vec<_>>(), ["shell", "quiet", "shell", "quiet"]);
    assert_eq!(serde_json::from_str::<Value>(&rows[0][11]).unwrap()["command_line"], "cmd /K x");
    let sarif: Value = serde_json::from_str(&of("sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!((&sarif["version"], run["results"].as_array().unwrap().len()), (&json!("2.1.0"), 4));
    let place = &run["results"][2]["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&json!("logs/one.jsonl"), &json!(1)));
    assert_eq!((&run["results"][0]["level"], &run["results"][1]["level"]), (&json!("error"), &json!("note")));
    let table = of("table");
    assert_eq!(table.lines().filter(|line| line.contains("cmd.exe")).count(), 2, "{table}");
    assert!(table.contains("two.json:1") && table.starts_with("time "), "{table}");
    let timeline = of("timeline");
    let order: Vec<usize> = ["2026-01-02", "2026-01-03", "2026-01-04", "no time"].iter().map(|day| timeline.rfind(day).unwrap()).collect();
    assert!(order.is_sorted(), "{timeline}");
    assert!(timeline.contains('█') && timeline.contains("shell name=cmd.exe"), "{timeline}");
}

#[test]
fn the_end_says_what_matched_and_what_could_not() {
    let folder = folder();
    let run = folder.spoor(&["match", "-r", "rules", "--summary", "logs"]);
    for wanted in [
        "2  high   shell",
        "2  low    quiet",
        "logs/one.jsonl",
        "1 rule had no event of their class (dns 1)",
        "4 matches of 2 rules in 4 events",
    ] {
        assert!(run.stderr.contains(wanted), "{wanted}: {}", run.stderr);
    }
    folder.write(
        "rules/unmet.spoor",
        "rule unmet {\n  detect process where description == \"x\" or (name == \"a.exe\" and description exists)\n}\n",
    );
    let run = folder.spoor(&["match", "-r", "rules", "--summary", "logs"]);
    assert!(run.stderr.contains("1 rule never had a value in a field that they need: unmet (description)"), "{}", run.stderr);
}

#[test]
fn the_exit_code_says_what_is_asked() {
    let folder = folder();
    let code = |more: &[&str]| folder.spoor(&[&["match", "-r", "rules"], more].concat()).code;
    assert_eq!(code(&["--fail-on", "high", "logs"]), 1);
    assert_eq!(code(&["--fail-on", "critical", "logs"]), 0);
    assert_eq!(code(&["--fail-on", "high", "--select", "quiet", "logs"]), 0);
    folder.write("bad.jsonl", format!("x\n{}", start(2, "a.exe", "a")));
    assert_eq!(code(&["bad.jsonl"]), 1);
    let strict = folder.spoor(&["match", "-r", "rules", "--strict", "bad.jsonl", "logs"]);
    assert_eq!((strict.code, strict.stdout.as_str()), (2, ""), "{}", strict.stderr);
    assert_eq!(code(&["--strict", "logs"]), 0);
}

#[test]
fn a_rule_is_explained_over_events() {
    let folder = folder();
    let run = folder.spoor(&["match", "-r", "rules", "--explain", "shell", "logs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let wanted = "logs/one.jsonl:1 2026-01-02T03:04:05Z process: matches
  + all of
    + name == 'cmd.exe'  <- cmd.exe
    + any of
      + command_line contains '/c'  <- cmd /c dir
      - parent.name == 'x.exe'  <- no value
    + not
      - user.name == 'svc'  <- no value
";
    assert!(run.stdout.contains(wanted), "{}", run.stdout);
    assert!(run.stderr.contains("2 of 4 events"), "{}", run.stderr);
    // Where none matches, what the nearest one lacks.
    folder.write("near.jsonl", start(2, "a.exe", "x") + &start(3, "cmd.exe", "x"));
    let run = folder.spoor(&["match", "-r", "rules", "--explain", "shell", "near.jsonl"]);
    assert!(run.stdout.starts_with("near.jsonl:2 2026-01-03T03:04:05Z process: no match\n  - all of\n"), "{}", run.stdout);
    assert!(run.stdout.contains("- command_line contains ['/c', '/k']  <- x"), "{}", run.stdout);
    let run = folder.spoor(&["match", "-r", "rules", "--explain", "shell", "--event", "1", "--format", "json", "near.jsonl"]);
    let rows = run.json();
    assert_eq!((rows.len(), &rows[0]["match"], &rows[0]["why"][0]["condition"]["holds"]), (1, &json!(false), &json!(false)));
    let run = folder.spoor(&["match", "-r", "rules", "--explain", "shell", "--format", "csv", "logs"]);
    assert!(run.code == 2 && run.stdout.is_empty() && run.stderr.contains("lines or JSON"), "{}", run.stderr);
    let run = folder.spoor(&["match", "-r", "rules", "--explain", "shel", "logs"]);
    assert!(run.code == 2 && run.stderr.contains("did you mean `shell`?"), "{}", run.stderr);
}

/// `platforms` says which logs are asked, here as in a query: a log that only another system writes is not.
#[test]
fn events_of_other_systems_are_not_asked() {
    let rule = |name: &str, platforms: &str| format!("rule {name} {{\n  {platforms}\n  detect process where name == \"curl\"\n}}\n");
    let several = "rule twice {\n  platforms: [linux]\n  detect process where name == \"curl\"\n    having count() >= 1\n    by host\n}\n";
    let rules = rule("linux", "platforms: [linux]") + &rule("windows", "platforms: [windows]") + &rule("anywhere", "") + several;
    let folder = Folder::with(&[("r.spoor", &rules)]);
    let of_windows = start(1, "curl", "curl");
    // The same record without a channel, nested, and as a row of a table in which the events of all systems stand.
    let nested = json!({"Event": {
        "System": {"EventID": 1, "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "Computer": "pc"},
        "EventData": {"Image": r"C:\x\curl"},
    }});
    let shipped = json!({
        "@timestamp": "2026-01-01T03:04:05Z", "event": {"category": ["process"], "type": ["start"]}, "process": {"name": "curl"},
        "winlog": {"event_id": 1, "channel": "Microsoft-Windows-Sysmon/Operational", "event_data": {"Image": r"C:\x\curl"}},
    });
    let of_table =
        json!({"Timestamp": "2026-01-01T03:04:05Z", "ActionType": "ProcessCreated", "FileName": "curl", "ProcessCommandLine": "curl"});
    let of_linux = of_windows.replace("Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational");
    let events = format!("{of_windows}{nested}\n{shipped}\n{of_linux}{of_table}\n");
    folder.write("e.jsonl", &events);
    let run = folder.spoor(&["match", "-r", "r.spoor", "e.jsonl"]);
    let lines = |name: &str| {
        let rows = run.json().into_iter().filter(|row| row["rule"] == name);
        rows.map(|row| row["event"]["line"].as_u64().expect("a line")).collect::<Vec<_>>()
    };
    assert_eq!(lines("anywhere"), [1, 2, 3, 4, 5], "{}", run.stderr);
    assert_eq!(lines("windows"), [1, 2, 3, 5]);
    assert_eq!(lines("linux"), [4, 5]);
    assert_eq!(lines("twice"), [4]);
    let run = folder.spoor(&["match", "-r", "r.spoor", "--explain", "linux", "--event", "1", "e.jsonl"]);
    assert!(run.stdout.contains("process: not asked: a log of windows\n"), "{}", run.stdout);
    folder.write("w.jsonl", &of_windows);
    let run = folder.spoor(&["match", "-r", "r.spoor", "--explain", "linux", "w.jsonl"]);
    assert!(run.stdout.is_empty() && run.stderr.contains("in logs of systems that `linux` is not about"), "{}{}", run.stdout, run.stderr);
}

/// As Defender's portal exports a table, and as a spreadsheet writes it.
#[test]
fn csv_is_read_with_its_heads() {
    let rows = "Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine,ProcessId\r\n\
                2026-01-02T03:04:05.123Z,pc,ProcessCreated,cmd.exe,\"cmd /c \"\"a,\nb\"\"\",42\r\n\
                2026-01-02T03:04:06Z,pc,ProcessCreated\r\n\
                2026-01-02T03:04:07Z,pc,ProcessCreated,cmd.exe,cmd /k,\r\n";
    let folder = Folder::with(&[("rules/r.spoor", RULES), ("export.csv", &format!("\u{feff}{rows}"))]);
    let run = folder.spoor(&["match", "-r", "rules", "export.csv"]);
    let rows = run.json();
    assert_eq!(rows.iter().map(|row| &row["event"]["line"]).collect::<Vec<_>>(), [&json!(2), &json!(5)], "{}", run.stderr);
    assert_eq!(rows[0]["fields"]["command_line"], "cmd /c \"a,\nb\"");
    assert!(
        run.code == 1
            && run.stderr.contains("export.csv:4:1")
            && run.stderr.contains("this row has 3 cells, and the first line names 6 columns"),
        "{}",
        run.stderr
    );
    // Numbers stand there as text; a text of digits stays what it is.
    folder.write("digits.csv", "Timestamp,DeviceName,ActionType,FileName\n2026-01-02T03:04:05Z,0042,ProcessCreated,42\n");
    folder.write("rules/d.spoor", "rule d {\n  detect process where name == \"42\" and host == \"0042\"\n}\n");
    assert_eq!(found(&folder.spoor(&["match", "-r", "rules/d.spoor", "digits.csv"]).json()), ["d 02"]);
    folder.write("rules/n.spoor", "rule n {\n  detect process where id == 42\n}\n");
    assert_eq!(found(&folder.spoor(&["match", "-r", "rules/n.spoor", "export.csv"]).json()), ["n 02"]);
}

/// What was found until then is written, also while nothing more comes.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_run_with_what_was_found() {
    let folder = folder();
    let mut child = command(&folder.path(""))
        .args(["match", "-r", "rules", "--format", "table", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // The first block is longer than what waits in a pipe, so it is read before the signal comes.
    input.write_all(start(2, "cmd.exe", "cmd /c").as_bytes()).unwrap();
    input.write_all(start(2, "b.exe", &"x".repeat(60_000)).repeat(8).as_bytes()).unwrap();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    drop(input);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("stopped before the end"), "{told}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("cmd.exe"), "{told}");
}

/// The parser reads past a wrong spelling to check the rest; what it took it for is a guess, and no rule.
#[test]
fn a_rule_with_an_error_is_not_asked() {
    for wrong in
        [r#"rule one { detect process where command_line contains "\t" }"#, r#"rule one { detect process where name = "cmd.exe" }"#]
    {
        let workspace =
            spoor::project::Workspace::text("wrong.spoor", &format!("{wrong}\nrule two {{ detect process where name == \"a.exe\" }}\n"));
        let packs = spoor::schema::builtin();
        let checked = workspace.check(packs);
        assert!(!checked.diagnostics.is_empty(), "{wrong}");
        assert_eq!(checked.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["two"], "{wrong}");
    }
}

const SEQUENCE: &str = "rule seq {\n  detect sequence by host within 5m {\n    a: process where command_line == \"a\"\n    b: process where command_line == \"b\"\n  }\n}\n";

fn timed(column: &str, times: [&str; 2]) -> String {
    let line = |(time, line): (&str, &str)| {
        format!(
            "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Computer\":\"h\",\"Image\":\"C:\\\\x.exe\",\"CommandLine\":\"{line}\",\"{column}\":\"{time}\"}}\n"
        )
    };
    times.into_iter().zip(["a", "b"]).map(line).collect()
}

/// What no window can hold is told, with what stands there; what can be read in one way only is read.
#[test]
fn events_without_a_time_that_can_be_read_are_told() {
    let folder = Folder::with(&[("seq.spoor", SEQUENCE), ("one.spoor", "rule one {\n  detect process where command_line == \"a\"\n}\n")]);
    let run = |rule: &str, text: &str, more: &[&str]| {
        folder.write("e.jsonl", text);
        folder.spoor(&[&["match", "-r", rule, "e.jsonl"], more].concat())
    };
    let bad = timed("UtcTime", ["1/2/2026 3:04:05 AM", "1/2/2026 3:04:06 AM"]);
    let told = "2 events have no time that can be read (`UtcTime` is `1/2/2026 3:04:05 AM`, in the first of them)";
    let found = run("seq.spoor", &bad, &["-q"]);
    assert!(found.stdout.is_empty() && found.stderr.contains(told) && found.stderr.contains("warning"), "{}", found.stderr);
    // Where nothing asks for the time it is a remark.
    assert!(run("one.spoor", &bad, &[]).stderr.contains(told));
    assert_eq!(run("one.spoor", &bad, &["-q"]).stderr, "");
    assert!(run("one.spoor", &bad, &["-q", "--since", "2026-01-01"]).stderr.contains(told));
    let local = timed("EventTime", ["2026-01-02 03:04:05", "2026-01-02 03:04:06"]);
    assert!(run("seq.spoor", &local, &["-q"]).stderr.contains("`EventTime` is `2026-01-02 03:04:05`"));
    for (column, times) in [
        ("EventTime", ["2026-01-02T03:04:05.5+01:00", "2026-01-02T03:04:06+01:00"]),
        ("TimeCreated", ["20260102T030405Z", "20260102T030406Z"]),
        ("@timestamp", ["Fri, 02 Jan 2026 03:04:05 +0000", "Fri, 02 Jan 2026 03:04:06 +0000"]),
    ] {
        let found = run("seq.spoor", &timed(column, times), &["-q"]);
        assert_eq!((found.json().len(), found.stderr.as_str()), (1, ""), "{column}");
    }
    let table = |time: &str, line: &str| json!({"Type": "DeviceProcessEvents", "DeviceName": "h", "ActionType": "ProcessCreated", "FileName": "x", "TimeGenerated": time, "ProcessCommandLine": line});
    let rows = format!("{}\n{}\n", table("2026-01-02T03:04:05Z", "a"), table("2026-01-02T03:04:06Z", "b"));
    assert_eq!(run("seq.spoor", &rows, &[]).json().len(), 1);
}

#[test]
fn an_event_that_is_kept_is_one_line() {
    let folder = folder();
    let event = start(2, "cmd.exe", "cmd /c x");
    let event: Value = serde_json::from_str(event.trim()).unwrap();
    folder.write("list.json", serde_json::to_string_pretty(&json!([event, event])).unwrap().replace('\n', "\r\n"));
    let run = folder.spoor(&["match", "-r", "rules", "--select", "shell", "--include-event", "list.json"]);
    let rows = run.json();
    assert_eq!((run.stdout.lines().count(), rows.len()), (2, 2), "{}", run.stdout);
    assert_eq!(rows[0]["record"], event);
}

/// A viewer must not take what was not read for what holds nothing.
#[test]
fn sarif_says_what_was_not_read() {
    let folder = folder();
    let invocation = |args: &[&str]| {
        let run = folder.spoor(&[&["match", "-q", "-r", "rules", "--format", "sarif"], args].concat());
        serde_json::from_str::<Value>(&run.stdout).unwrap()["runs"][0]["invocations"][0].clone()
    };
    assert_eq!(invocation(&["logs"]), json!({"executionSuccessful": true}));
    let of =
        |text: &str| json!({"executionSuccessful": false, "toolExecutionNotifications": [{"level": "error", "message": {"text": text}}]});
    assert_eq!(invocation(&["none.json"]), of("cannot read `none.json`: no such file"));
    folder.write("bad.jsonl", format!("x\n{}", start(2, "a.exe", "a")));
    assert_eq!(invocation(&["bad.jsonl"]), of("1 line that is no event"));
    folder.write("rules/bad.spoor", "rule bad {\n  detect process where foo == \"x\"\n}\n");
    assert_eq!(invocation(&["logs"]), of("rules/bad.spoor:2: unknown field `foo`: the rule is not asked"));
}

/// Who chooses rules is judged by those.
#[test]
fn rules_that_are_not_chosen_fail_no_run() {
    let folder = folder();
    folder.write("rules/bad.spoor", "rule bad {\n  detect process where foo == \"x\"\n}\n");
    let run = folder.spoor(&["match", "-r", "rules", "--select", "shell", "logs"]);
    assert!(run.code == 0 && !run.stderr.contains("E0201"), "{}", run.stderr);
    assert!(run.stderr.contains("1 error of rules that were not chosen"), "{}", run.stderr);
    for args in [["--select", "bad"], ["--select", "bad.spoor"], ["--explain", "bad"]] {
        let run = folder.spoor(&[&["match", "-r", "rules"], &args[..], &["logs"]].concat());
        assert!(run.code == 2 && run.stderr.contains("E0201") && run.stderr.contains("` has an error, and is not asked"), "{}", run.stderr);
    }
    assert_eq!(folder.spoor(&["match", "-r", "rules", "logs"]).code, 1);
}

#[test]
fn a_rule_without_a_level_is_told_where_levels_choose() {
    let folder = Folder::with(&[("e.jsonl", &start(2, "a.exe", "x"))]);
    folder.write("r.yml", "title: typo\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {category: process_creation, product: windows}\ndetection: {sel: {CommandLine: x}, condition: sel}\nlevel: hgih\n");
    let run = folder.spoor(&["match", "-q", "-r", "r.yml", "--level", "informational", "e.jsonl"]);
    assert!(run.code == 2 && run.stderr.contains("1 rule has no level that Spoor knows: `r`"), "{}", run.stderr);
    assert!(run.stderr.contains("no rule is of level informational or above"), "{}", run.stderr);
    let run = folder.spoor(&["match", "-q", "-r", "r.yml", "--fail-on", "low", "e.jsonl"]);
    assert!(run.code == 0 && run.stderr.contains("`--fail-on low` does not count them"), "{}", run.stderr);
}

#[test]
fn a_rule_is_explained_by_whatever_selects_it() {
    let folder = folder();
    let run = |name: &str, more: &[&str]| folder.spoor(&[&["match", "-r", "rules", "--explain", name], more, &["logs/one.jsonl"]].concat());
    let wanted = run("shell", &[]).stdout;
    let quiet = run("*hell", &[]);
    assert!(!wanted.is_empty() && quiet.stdout == wanted, "{}", quiet.stderr);
    let several = run("*", &[]);
    assert!(several.code == 2 && several.stderr.contains("rules, and one can be explained at a time"), "{}", several.stderr);
    let none = run("shell", &["--event", "99"]);
    assert!(none.code == 2 && none.stderr.contains("no line, record or item 99 is an event"), "{}", none.stderr);
    folder.write("rules/c.yml", "title: base\nname: base_of_it\nlogsource: {category: process_creation, product: windows}\ndetection: {sel: {CommandLine: x}, condition: sel}\n---\ntitle: many\ncorrelation: {type: event_count, rules: [base_of_it], group-by: [Computer], timespan: 5m, condition: {gte: 9}}\n");
    let run = folder.spoor(&["match", "-r", "rules", "--select", "base_of_it", "logs"]);
    assert!(run.code == 2 && run.stderr.contains("it is asked only as a part of correlations"), "{}", run.stderr);
    let run = folder.spoor(&["match", "-r", "rules", "--select", "c.yml", "logs"]);
    assert!(run.code == 0 && run.stderr.contains("; 1 rule loaded"), "{}", run.stderr);
}

/// A hit of a threshold is no match.
#[test]
fn explaining_rules_over_several_events_tells_hits_from_matches() {
    let folder = Folder::with(&[
        ("seq.spoor", SEQUENCE),
        ("thr.spoor", "rule thr {\n  detect process where name == \"x.exe\"\n    having count() >= 3 by host per 1h\n}\n"),
    ]);
    let run = |rule: &str, text: &str| {
        folder.write("e.jsonl", text);
        folder.spoor(&["match", "-r", &format!("{rule}.spoor"), "--explain", rule, "e.jsonl"]).stderr
    };
    let near = timed("UtcTime", ["2026-01-02 03:04:05", "2026-01-02 03:04:06"]);
    assert!(run("seq", &near).contains("2 of 2 events of its classes are hits of `seq`; they make 1 match"), "{}", run("seq", &near));
    let far = timed("UtcTime", ["2026-01-02 03:04:05", "2026-01-02 04:04:06"]);
    assert!(run("seq", &far).contains("they make no match: none of them are linked"), "{}", run("seq", &far));
    assert!(
        run("thr", &near).contains("2 of 2 events of its classes are hits of `thr`; they make no match: `having` holds in none"),
        "{}",
        run("thr", &near)
    );
    let bad = timed("UtcTime", ["1/2/2026 3:04:05 AM", "1/2/2026 3:04:06 AM"]);
    assert!(run("seq", &bad).contains("2 of them without a time that can be read"), "{}", run("seq", &bad));
}

#[test]
fn what_a_folder_holds_beside_is_told() {
    let folder = folder();
    folder.write("logs/old.jsonl.1", start(2, "cmd.exe", "cmd /c x"));
    let run = folder.spoor(&["match", "-r", "rules", "logs"]);
    assert!(
        run.stderr.contains("2 files are not read, for files of events end in") && run.stderr.contains("old.jsonl.1"),
        "{}",
        run.stderr
    );
    let run = folder.spoor(&["match", "-r", "rules", "--since", "2026-01-03", "--until", "2026-01-02", "logs"]);
    assert!(run.code == 2 && run.stderr.contains("`--since` is not before `--until`"), "{}", run.stderr);
    folder.write("blank.json", " \n\n");
    let run = folder.spoor(&["match", "-r", "rules", "blank.json"]);
    assert!(run.stderr.contains("blank.json: nothing but blanks is in it"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_folder_that_a_link_leads_to_is_read_once() {
    let folder = Folder::with(&[
        ("rules/r.spoor", RULES),
        ("far/one.jsonl", &start(2, "cmd.exe", "cmd /c x")),
        ("logs/two.jsonl", &start(2, "cmd.exe", "cmd /c x")),
    ]);
    for (to, from) in [("../far", "logs/a"), ("../far", "logs/b"), ("../logs", "far/back")] {
        std::os::unix::fs::symlink(to, folder.path(from)).unwrap();
    }
    let run = folder.spoor(&["match", "-r", "rules", "logs"]);
    assert!(run.stderr.contains(" in 2 events"), "{}", run.stderr);
}

/// What an export does not say its reader says: the table of a schema.
#[test]
fn a_table_of_a_schema_can_be_named() {
    let folder = Folder::with(&[(
        "r.spoor",
        "rule it {\n  detect process where command_line contains \"whoami\"\n}\nrule a {\n  detect linux_audit where raw contains \"shadow\"\n}\n",
    )]);
    let row = "_time,dest,process,process_name,user\n2026-01-02T03:04:05Z,h1,cmd /c whoami,cmd.exe,bob\n";
    folder.write("cim.csv", row);
    let run = folder.spoor(&["match", "-r", "r.spoor", "--schema", "cim.Endpoint.Processes", "cim.csv"]);
    assert_eq!((run.code, run.json().len()), (0, 1), "{}", run.stderr);
    folder.write(
        "a.jsonl",
        "{\"type\":\"EXECVE\",\"a0\":\"cat\",\"a1\":\"/etc/shadow\",\"host\":\"l1\",\"timestamp\":\"2026-01-02T03:04:05Z\"}\n",
    );
    let run = folder.spoor(&["match", "-r", "r.spoor", "--schema", "linux", "a.jsonl"]);
    assert!(run.code == 1 && run.stderr.contains("--schema linux.audit"), "{}", run.stderr);
    let run = folder.spoor(&["match", "-r", "r.spoor", "--schema", "linux.audit", "a.jsonl"]);
    assert_eq!((run.code, run.json().len()), (0, 1), "{}", run.stderr);
}

#[test]
fn names_of_data_of_any_log_have_no_case_and_numbers_their_digits() {
    let folder = Folder::with(&[(
        "r.spoor",
        "rule n {\n  detect log where data.n == \"5\"\n}\nrule big {\n  detect log where data.foo == \"18446744073709551617\"\n}\n",
    )]);
    folder.write("e.jsonl", "{\"N\":\"5\"}\n{\"n\":\"5\"}\n{\"N\":\"6\",\"Foo\":18446744073709551617}\n{\"Foo\":18446744073709552000}\n");
    let run = folder.spoor(&["match", "-r", "r.spoor", "--schema", "logs", "e.jsonl"]);
    let found: Vec<(String, u64)> =
        run.json().iter().map(|row| (row["rule"].as_str().unwrap().to_owned(), row["event"]["line"].as_u64().unwrap())).collect();
    assert_eq!(found, [("n".into(), 1), ("n".into(), 2), ("big".into(), 3)], "{}", run.stderr);
}
