//! Records that are one flat object, or nested as their XML is, are read without a tree: whatever stands in them, the events are the same.

#[path = "common/shared.rs"]
mod shared;

use std::io::Read;

use spoor::engine::Event;
use spoor::engine::shape::Reader;
use spoor::hir::Scalar;
use spoor::project::{Workspace, discover};
use spoor::schema::FieldId;
use spoor::witness::Rng;

/// What a key and a value say does not depend on how the line is read: with a key that says nothing, but that flat records do not have,
/// the same line is read as a tree.
fn same_as_a_tree(reader: &mut Reader<'_>, line: &str) -> bool {
    let mut read = |line: &str| {
        let mut events = Vec::new();
        let row = reader.read(line, |event| events.push((event.class, event.actions, event.time, said(event))));
        (row, events)
    };
    let Some(open) = line.trim_end().strip_suffix('}') else { return false };
    let comma = if open.trim_end().ends_with('{') { "" } else { "," };
    let (flat, tree) = (read(line), read(&format!("{open}{comma}\"_datamodel\":null}}")));
    assert_eq!(flat, tree, "{line}");
    !flat.1.is_empty()
}

fn said(event: &Event) -> Vec<(FieldId, Vec<Scalar>)> {
    event.fields().map(|(field, values)| (field, values.map(|value| value.to_scalar()).collect())).collect()
}

#[test]
fn a_flat_record_is_read_as_its_tree() {
    // Names of the head and of data, as collectors spell them, in other letters, and of other forms.
    let names = [
        "EventID",
        "event_id",
        "EventCode",
        "Channel",
        "channel",
        "LogName",
        "source",
        "Provider",
        "ProviderName",
        "SourceName",
        "Computer",
        "Hostname",
        "Level",
        "level",
        "TimeCreated",
        "_time",
        "UtcTime",
        "@timestamp",
        "TimeGenerated",
        "EventTime",
        "Image",
        "image",
        "CommandLine",
        "ParentImage",
        "ProcessId",
        "NewProcessName",
        "TargetObject",
        "Details",
        "EventType",
        "Hashes",
        "User",
        "SubjectUserName",
        "TargetUserName",
        "IpAddress",
        "LogonType",
        "ServiceName",
        "ObjectName",
        "objectname",
        "_raw",
        "Message",
        "Process Command Line",
        "tags",
        "Type",
        "ActionType",
        "Timestamp",
        "Data",
    ];
    let values = [
        "1",
        "\"1\"",
        "3",
        "7",
        "13",
        "\"4624\"",
        "4688",
        "7045",
        "\"\"",
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "\"-\"",
        "\"Microsoft-Windows-Sysmon/Operational\"",
        "\"Security\"",
        "\"security\"",
        "\"System\"",
        "\"Microsoft-Windows-Sysmon\"",
        "\"Service Control Manager\"",
        "\"XmlWinEventLog:Security\"",
        "\"2026-01-31 10:00:00.123\"",
        "\"2026-01-31T10:00:00Z\"",
        "\"C:\\\\Windows\\\\cmd.exe\"",
        "\"a \\\"b\\\" \\u00e9\\n\"",
        "\"%%1937\"",
        "\"SetValue\"",
        "\"HKLM\\\\Software\\\\x\"",
        "\"MD5=0123456789abcdef0123456789abcdef\"",
        "[\"a\",\"b\"]",
        "[1, null]",
        "{\"a\": 1}",
        "\"10.0.0.1\"",
        "\"0x1f\"",
        "\"0x1\"",
        "1.0",
        "\" 1\"",
        "\"2026-01-31T10:00:00+01:00\"",
        "\"Sat, 31 Jan 2026 10:00:00 +0000\"",
        "18446744073709551617",
        "\"\\ud800 a\"",
        "[\"2026-01-31T10:00:00Z\"]",
        "\"SecurityEvent\"",
    ];
    let rules = "title: a\nlogsource: {product: windows, service: system}\ndetection: {s: {ObjectName: x, Message: y, EventType: z}, condition: s}\n";
    let workspace = Workspace::text("a.yml", rules);
    let packs = workspace.packs(spoor::schema::builtin());
    let mut rng = Rng::new(11);
    let mut readers = vec![Reader::detecting(&packs)];
    readers.extend(["sysmon", "windows"].iter().filter_map(|schema| Reader::of(&packs, schema)));
    let (mut events, mut of_nested) = (0, 0);
    for _ in 0..20_000 {
        let mut entries: Vec<String> = Vec::new();
        if !rng.one_in(10) {
            let log = [
                ("1", "Microsoft-Windows-Sysmon/Operational"),
                ("13", "Microsoft-Windows-Sysmon/Operational"),
                ("4688", "Security"),
                ("7045", "System"),
                ("4624", "Security"),
            ];
            let (number, channel) = rng.pick(&log).expect("a log");
            entries.push(format!("\"EventID\":{number}"));
            if !rng.one_in(8) {
                entries.push(format!("\"Channel\":\"{channel}\""));
            }
        }
        for _ in 0..rng.below(12) {
            entries.push(format!("\"{}\":{}", rng.pick(&names).expect("a name"), rng.pick(&values).expect("a value")));
        }
        let line = format!("{{{}}}", entries.join(","));
        for reader in &mut readers {
            events += usize::from(same_as_a_tree(reader, &line));
        }
        let line = nested(&mut rng, &names, &values);
        for reader in &mut readers {
            of_nested += usize::from(same_as_a_tree(reader, &line));
        }
    }
    assert!(events > 10_000 && of_nested > 10_000, "{events} and {of_nested} events: the cases say little");
}

/// A row of Sentinel's table says by the table's name which log it is of, whatever schema is given.
#[test]
fn a_row_that_names_its_table_is_read_as_its_tree() {
    let workspace =
        Workspace::text("a.yml", "title: a\nlogsource: {product: windows}\ndetection: {s: {Channel: Security}, condition: s}\n");
    let packs = workspace.packs(spoor::schema::builtin());
    let line = r#"{"EventID":4688,"Computer":"pc","NewProcessName":"C:\\a.exe","Type":"SecurityEvent"}"#;
    for reader in [Some(Reader::detecting(&packs)), Reader::of(&packs, "windows")] {
        let mut reader = reader.expect("a schema of the builtin packs");
        assert!(same_as_a_tree(&mut reader, line));
        let mut is_of_security = false;
        let row = reader.read(line, |event| {
            let is_security = |values: &[Scalar]| values.contains(&Scalar::Text("Security".into()));
            is_of_security |= said(event).iter().any(|(_, values)| is_security(values));
        });
        assert!(row.is_ok() && is_of_security);
    }
}

/// A scanner keeps what it found for a text; it finds the same as one that has seen nothing, whichever schema reads the text.
/// Nor does what it looks for in the line before it looks at the event.
#[test]
fn what_a_scanner_keeps_of_texts_changes_no_match() {
    let of = |id: usize, category: &str, detection: &str| {
        format!("title: r{id}\nlogsource: {{product: windows, {category}}}\ndetection: {{s: {detection}, condition: s}}\n")
    };
    let rules = [
        of(1, "category: process_creation", r"{Image|endswith: '\cmd.exe'}"),
        of(2, "category: process_creation", r"{CommandLine|contains: secret}"),
        of(3, "category: process_creation", r"{ParentImage|startswith: 'c:\windows'}"),
        of(4, "category: process_creation", r"{User: 'corp\bob'}"),
        of(5, "category: process_creation", r"{User|contains: bob, CommandLine|endswith: x}"),
        of(6, "service: security", r"{EventID: 4688, NewProcessName|contains: cmd}"),
        of(7, "service: sysmon", r"{EventID: 1, CommandLine: '1'}"),
        of(8, "category: registry_set", r"{TargetObject|contains: run, Details|endswith: cmd.exe}"),
        of(9, "", "[mimikatz, 'secret key>']"),
    ];
    let workspace = Workspace::text("a.yml", &rules.join("---\n"));
    let packs = workspace.packs(spoor::schema::builtin());
    let checked = workspace.check(&packs).rules;
    assert_eq!(checked.len(), rules.len());
    let (engine, _) = spoor::engine::Engine::new(&checked, &packs);
    let names =
        ["Image", "NewProcessName", "CommandLine", "ParentImage", "ParentProcessName", "User", "SubjectUserName", "SubjectDomainName"];
    let values = [
        r#""C:\\Windows\\cmd.exe""#,
        r#""c:\\windows\\CMD.EXE""#,
        r#""cmd.exe""#,
        r#""CORP\\bob""#,
        r#""bob""#,
        r#""corp""#,
        r#""-""#,
        r#"["a secret","x"]"#,
        r#""SECRET x""#,
        r#""\u0073ecret""#,
        r#""HKLM\\Run\\a""#,
        r#""say MIMIKATZ""#,
        r#""mimi\u006batz""#,
        r#""mimi\u212aatz""#,
        "\"mimi\u{212a}atz\"",
        r#""\u003csecret key\u003e""#,
        "1",
        "1.0",
        "null",
    ];
    let mut rng = Rng::new(5);
    let mut readers = vec![Reader::detecting(&packs)];
    readers.extend(["sysmon", "windows"].iter().filter_map(|schema| Reader::of(&packs, schema)));
    let mut kept = engine.scanner();
    let mut found = vec![0; rules.len()];
    for _ in 0..20_000 {
        let logs = [("1", "Microsoft-Windows-Sysmon/Operational"), ("13", "Microsoft-Windows-Sysmon/Operational"), ("4688", "Security")];
        let (number, channel) = rng.pick(&logs).expect("a log");
        let mut entries = Vec::new();
        for name in names.iter().chain(&["TargetObject", "Details"]) {
            if rng.one_in(2) {
                entries.push(format!("\"{name}\":{}", rng.pick(&values).expect("a value")));
            }
        }
        let data = entries.join(",");
        let line = if rng.one_in(2) {
            format!("{{\"winlog\":{{\"event_id\":{number},\"channel\":\"{channel}\",\"event_data\":{{{data}}}}}}}")
        } else {
            let comma = if data.is_empty() { "" } else { "," };
            format!("{{\"EventID\":{number},\"Channel\":\"{channel}\"{comma}{data}}}")
        };
        for reader in &mut readers {
            let (mut of_kept, mut of_new) = (Vec::new(), Vec::new());
            let row = reader.each(&line, |event| {
                kept.push(event, |one| of_kept.push(one.rule));
                // A copy says of nothing where it comes from.
                let mut copy = Event::new(event.class(), event.actions());
                event.copy(&mut copy);
                engine.scanner().push(&copy, |one| of_new.push(one.rule));
            });
            assert!(row.is_ok(), "{line}");
            assert_eq!(of_kept, of_new, "{line}");
            of_new.iter().for_each(|rule| found[*rule] += 1);
        }
    }
    assert!(found.iter().all(|found| *found > 20), "{found:?}: the cases say little");
}

/// A record as the readers of event logs write it, with what they do not write here and there.
fn nested(rng: &mut Rng, names: &[&str], values: &[&str]) -> String {
    let entry = |rng: &mut Rng| format!("\"{}\":{}", rng.pick(names).expect("a name"), rng.pick(values).expect("a value"));
    let provider = ["\"Microsoft-Windows-Sysmon\"", "\"Service Control Manager\"", "null", "\"a\\u0062\"", "1"];
    let element = |rng: &mut Rng, name: &str, attribute: &str, values: &[&str]| {
        let value = rng.pick(values).expect("a value");
        match rng.below(12) {
            0 => format!("\"{name}\":{value}"),
            1 => format!("\"{name}\":{{\"#attributes\":{{\"x\":1}}}}"),
            2 => format!("\"{name}\":{{\"{attribute}\":{value}}}"),
            3 => format!("\"{name}\":{{\"#attributes\":{{\"@{attribute}\":{value}}}}}"),
            4 => format!("\"{name}\":{{\"#attributes\":{{\"{attribute}\":{value}}},\"#text\":{value}}}"),
            _ => format!("\"{name}\":{{\"#attributes\":{{\"y\":\"z\",\"{attribute}\":{value}}}}}"),
        }
    };
    let log = [("1", "Microsoft-Windows-Sysmon/Operational"), ("4688", "Security"), ("7045", "System"), ("13", "Linux-Sysmon/Operational")];
    let (number, channel) = rng.pick(&log).expect("a log");
    let mut system = vec![format!("\"EventID\":{number}"), format!("\"Computer\":\"pc\",\"Keywords\":\"0x8\"")];
    if !rng.one_in(4) {
        system.push(format!("\"Channel\":\"{channel}\""));
    }
    system.push(element(rng, "Provider", "Name", &provider));
    system.push(element(rng, "TimeCreated", "SystemTime", &["\"2026-01-31T10:00:00Z\"", "null", "\"\"", "7"]));
    if rng.one_in(4) {
        system.push(entry(rng));
    }
    if rng.one_in(8) {
        system.push(element(rng, "Channel", "Name", &["\"Security\""]));
    }
    let data: Vec<String> = (0..rng.below(8)).map(|_| entry(rng)).collect();
    let data = if rng.one_in(8) { rng.pick(values).expect("a value").to_string() } else { format!("{{{}}}", data.join(",")) };
    let mut parts = vec![format!("\"System\":{{{}}}", system.join(",")), format!("\"EventData\":{data}")];
    if rng.one_in(2) {
        parts.insert(0, "\"#attributes\":{\"xmlns\":\"http://x\"}".to_owned());
    }
    if rng.one_in(10) {
        parts.push(entry(rng));
    }
    if rng.one_in(10) {
        parts.push("\"UserData\":{\"a\":{\"Image\":\"x\"}}".to_owned());
    }
    if rng.one_in(6) {
        let (one, other) = (rng.below(parts.len()), rng.below(parts.len()));
        parts.swap(one, other);
    }
    if rng.one_in(12) {
        parts.push(parts[rng.below(parts.len())].clone());
    }
    format!("{{\"Event\":{{{}}}}}", parts.join(","))
}

/// Real ones, and the fields that the rules of SigmaHQ name.
#[test]
fn real_records_are_read_as_their_trees() {
    let (Some(rules), Some(events)) =
        (shared::shared("corpus/sigma/rules-threat-hunting"), shared::shared("corpus/events/otrf20k.jsonl.gz"))
    else {
        return;
    };
    let workspace = Workspace::load(discover(&[rules]), spoor::schema::builtin());
    let packs = workspace.packs(spoor::schema::builtin());
    let mut text = String::new();
    let file = std::fs::File::open(events).expect("events");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("text");
    let mut reader = Reader::detecting(&packs);
    let events = text.lines().step_by(7).filter(|line| same_as_a_tree(&mut reader, line)).count();
    assert!(events > 2_000, "{events} events: the cases say little");
}
