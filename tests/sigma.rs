//! Rules of Sigma find what the specification says: each case is a detection, an event as Sysmon or Windows write it, and the verdict.

use serde_json::{Map, Value, json};
use spoor::diag::Severity;
use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::project::Workspace;
use spoor::schema::builtin;

const PROCESS: &str = "{category: process_creation, product: windows}";

/// Whether the rule finds the event; its fields are those of the record's data.
fn finds(source: &str, detection: &str, (channel, number): (&str, u32), data: &Value) -> bool {
    let text = format!("title: A\nlogsource: {source}\ndetection:\n{detection}");
    let workspace = Workspace::text("rule.yml", &text);
    let packs = &*workspace.packs(builtin());
    let checked = workspace.check(packs);
    let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}\n{errors:?}");
    let (engine, unloaded) = Engine::new(&checked.rules, packs);
    assert!(unloaded.is_empty() && engine.len() == 1, "{text}\n{unloaded:?}");
    let data: Map<String, Value> = data.as_object().expect("fields").clone();
    let record = json!({"Event": {
        "System": {"EventID": number, "Channel": channel, "Computer": "pc1", "Provider": {"#attributes": {"Name": "Sysmon"}},
                   "TimeCreated": {"#attributes": {"SystemTime": "2026-01-01T00:00:00Z"}}},
        "EventData": data,
    }});
    let mut found = false;
    let read = Reader::detecting(packs).read(&record.to_string(), |event| found |= !engine.matches(event).is_empty());
    read.unwrap_or_else(|error| panic!("{record}: {error:?}"));
    found
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

/// A process start that differs from the rest in its command line.
fn process(detection: &str, command_line: &str) -> bool {
    finds(
        PROCESS,
        detection,
        (SYSMON, 1),
        &json!({"Image": r"C:\Windows\System32\cmd.exe", "CommandLine": command_line, "User": r"CORP\bob"}),
    )
}

#[track_caller]
fn values(item: &str, cases: &[(&str, bool)]) {
    let detection = format!("  sel:\n    {item}\n  condition: sel\n");
    for (command_line, is) in cases {
        assert_eq!(process(&detection, command_line), *is, "{item}: {command_line:?}");
    }
}

#[test]
fn texts_compare_without_case_and_know_wildcards() {
    values("CommandLine: 'cmd /c *'", &[("CMD /C dir", true), ("xcmd /c dir", false), ("cmd /c ", true)]);
    values("CommandLine: 'a?c'", &[("abc", true), ("ac", false), ("abcd", false)]);
    values(r"CommandLine: 'a\*c'", &[("a*c", true), ("abc", false)]);
    values(r"CommandLine: 'C:\\*\x'", &[(r"C:\temp\x", true), ("C:*x", false)]);
    values(r"CommandLine|contains: '\\\\host'", &[(r"dir \\host\share", true), (r"dir \host", false)]);
    values("CommandLine: [one, two]", &[("ONE", true), ("two", true), ("three", false)]);
    values("CommandLine: 5", &[("5", true), ("55", false)]);
}

#[test]
fn modifiers_say_how_values_compare() {
    values("CommandLine|contains: [a1, b2]", &[("xxA1xx", true), ("b2", true), ("c3", false)]);
    values("CommandLine|contains|all: [a1, b2]", &[("b2 a1", true), ("a1", false)]);
    values("CommandLine|contains|all: ['a*z', '?q']", &[("a-z xq", true), ("q a-z", false)]);
    values("CommandLine|startswith: 'a*b'", &[("axxb then", true), ("xaxb", false)]);
    values("CommandLine|endswith: .exe", &[("x.EXE", true), ("x.exe ", false)]);
    values("CommandLine|contains|cased: Abc", &[("xAbc", true), ("xabc", false)]);
    values("CommandLine|neq: abc", &[("abd", true), ("ABC", false)]);
    values(r"CommandLine|re: 'a\d+'", &[("xa12", true), ("xA12", false)]);
    values(r"CommandLine|re|i: 'a\d+'", &[("xA12", true), ("x12", false)]);
    values(r"CommandLine|re: '(?i)a/b'", &[("A/B", true)]);
    values("CommandLine|re|s: 'a.b'", &[("a\nb", true)]);
    values("CommandLine|re: 'a.b'", &[("a\nb", false), ("axb", true)]);
    values(
        "CommandLine|windash|contains: ' -enc'",
        &[("ps -enc x", true), ("ps /enc x", true), ("ps \u{2013}enc x", true), ("ps +enc", false)],
    );
    values("CommandLine|base64: foobar", &[("Zm9vYmFy", true), ("foobar", false)]);
    values("CommandLine|base64|contains: 'http://'", &[("x aHR0cDovLw== y", true), ("http://", false)]);
    values("CommandLine|base64offset|contains: foobar", &[("xZm9vYmFyx", true), ("xxmb29iYXxx", true), ("foobar", false)]);
    values("CommandLine|wide|base64offset|contains: ping", &[("cABpAG4AZw", true), ("cGluZw", false)]);
    values("CommandLine|exists: true", &[("x", true), ("", false)]);
    values("CommandLine|exists: 'no'", &[("x", false), ("", true)]);
    values("CommandLine: null", &[("", true), ("x", false)]);
    values("CommandLine: ''", &[("", true), ("x", false)]);
    values("CommandLine: '*'", &[("", false), ("x", true)]);
    values("CommandLine|fieldref: Image", &[(r"c:\windows\system32\cmd.exe", true), ("cmd.exe", false)]);
    values("CommandLine|fieldref|startswith: Image", &[(r"C:\Windows\System32\cmd.exe /c", true), ("cmd.exe", false)]);
}

#[test]
fn conditions_bind_not_before_and_before_or() {
    let detection = |condition: &str| {
        format!(
            "  a_1: {{CommandLine|contains: a}}\n  a_2: {{CommandLine|contains: b}}\n  c: {{CommandLine|contains: c}}\n  _off: {{CommandLine: z}}\n  condition: {condition}\n"
        )
    };
    let cases = [
        ("a_1 or a_2 and c", "a", true),
        ("a_1 or a_2 and c", "b", false),
        ("not a_1 and c", "c", true),
        ("not (a_1 and c)", "c", true),
        ("1 of a_* and not c", "b", true),
        ("all of a_* and not c", "b", false),
        ("all of a_* or c", "ab", true),
        ("1 of them", "z", false),
        ("all of them", "abc", true),
        ("2 of them", "bc", true),
        ("2 of them", "b", false),
        ("any of a_* AND NOT c", "a", true),
        ("[a_1, c]", "c", true),
    ];
    for (condition, command_line, is) in cases {
        assert_eq!(process(&detection(condition), command_line), is, "{condition}: {command_line}");
    }
}

#[test]
fn lists_are_alternatives_and_maps_conjunctions() {
    let lists = "  sel:\n    - {CommandLine|contains: a, Image|endswith: '\\cmd.exe'}\n    - CommandLine|contains: b\n  condition: sel\n";
    for (command_line, is) in [("a", true), ("b", true), ("c", false)] {
        assert_eq!(process(lists, command_line), is, "{command_line}");
    }
    assert!(!process("  sel: {CommandLine: a, Image: b}\n  condition: sel\n", "a"));
}

#[test]
fn keywords_stand_anywhere_in_the_event() {
    let any = "  keywords: [needle, 'xy*zq']\n  condition: keywords\n";
    for (command_line, is) in [("a Needle b", true), ("xy-zq", true), ("hay", false)] {
        assert_eq!(process(any, command_line), is, "{command_line}");
    }
    let all = "  keywords:\n    '|all': [one, two]\n  condition: keywords\n";
    for (command_line, is) in [("two one", true), ("one", false)] {
        assert_eq!(process(all, command_line), is, "{command_line}");
    }
}

#[test]
fn values_of_products_are_values_of_the_model() {
    let one = |source: &str, item: &str, event: (&str, u32), data: Value| {
        finds(&format!("{{category: {source}, product: windows}}"), &format!("  sel:\n    {item}\n  condition: sel\n"), event, &data)
    };
    let set =
        json!({"EventType": "SetValue", "TargetObject": r"HKLM\Software\x\Run\evil", "Details": "DWORD (0x00000001)", "Image": "a.exe"});
    assert!(one("registry_set", "Details: 'DWORD (0x00000001)'", (SYSMON, 13), set.clone()));
    assert!(!one("registry_set", "Details: 'DWORD (0x00000000)'", (SYSMON, 13), set.clone()));
    assert!(one("registry_set", r"TargetObject|contains: '\x\Run\'", (SYSMON, 13), set.clone()));
    assert!(one("registry_set", r"TargetObject|startswith: 'HKEY_LOCAL_MACHINE\Software'", (SYSMON, 13), set.clone()));
    assert!(one("registry_event", "EventType: SetValue", (SYSMON, 13), set.clone()));
    assert!(!one("registry_event", "EventType: DeleteKey", (SYSMON, 13), set));
    let net = json!({"Image": "a.exe", "Initiated": "true", "DestinationIp": "10.1.2.3", "DestinationPort": 443, "Protocol": "tcp"});
    assert!(one("network_connection", "Initiated: 'true'", (SYSMON, 3), net.clone()));
    assert!(!one("network_connection", "Initiated: false", (SYSMON, 3), net.clone()));
    assert!(one("network_connection", "DestinationIp|cidr: [10.0.0.0/8, 192.168.0.0/16]", (SYSMON, 3), net.clone()));
    assert!(one("network_connection", "DestinationIp|startswith: '10.'", (SYSMON, 3), net.clone()));
    assert!(one("network_connection", "DestinationPort: '443'", (SYSMON, 3), net.clone()));
    assert!(!one("network_connection", "DestinationPort: [80, 8080]", (SYSMON, 3), net));
    let hash = "d41d8cd98f00b204e9800998ecf8427e";
    let start = json!({"Image": "a.exe", "Hashes": format!("MD5={hash},IMPHASH={hash}"), "IntegrityLevel": "High", "User": r"NT AUTHORITY\SYSTEM", "LogonId": "0x3e7"});
    for (item, is) in [
        (format!("Hashes|contains: 'IMPHASH={hash}'"), true),
        (format!("Hashes|contains: 'SHA1={hash}{}'", &hash[..8]), false),
        (format!("Hashes|contains: ['MD5={}', 'IMPHASH={hash}']", hash.replace('d', "e")), true),
        ("IntegrityLevel: [High, System]".to_owned(), true),
        ("IntegrityLevel: S-1-16-12288".to_owned(), true),
        ("IntegrityLevel: Medium".to_owned(), false),
        (r"User: 'NT AUTHORITY\SYSTEM'".to_owned(), true),
        ("User|contains: [AUTHORI, AUTORI]".to_owned(), true),
        (r"User|startswith: 'NT AUTHORITY\'".to_owned(), true),
        (r"User|endswith: '\SYSTEM'".to_owned(), true),
        (r"User|contains: '\SYS'".to_owned(), true),
        ("User|contains: bob".to_owned(), false),
        ("LogonId: '0x3e7'".to_owned(), true),
        ("LogonId: '0x3e8'".to_owned(), false),
    ] {
        assert_eq!(one("process_creation", &item, (SYSMON, 1), start.clone()), is, "{item}");
    }
    let pipe = json!({"EventType": "CreatePipe", "PipeName": r"\mojo.123", "Image": "a.exe"});
    for (item, is) in [
        (r"PipeName: '\mojo.123'", true),
        (r"PipeName|startswith: '\mojo'", true),
        (r"PipeName|contains: '\mo'", true),
        (r"PipeName|endswith: '\mojo.123'", true),
        (r"PipeName|re: '^mojo\.\d+$'", true),
        (r"PipeName: '\mo*3'", true),
        (r"PipeName: '\other'", false),
    ] {
        assert_eq!(one("pipe_created", item, (SYSMON, 17), pipe.clone()), is, "{item}");
    }
}

#[test]
fn what_has_no_class_is_a_record_of_its_log() {
    let detection = "  sel:\n    EventID: 5829\n    MachineSamAccountName|endswith: '$'\n  condition: sel\n";
    let data = json!({"MachineSamAccountName": "PC1$"});
    let source = "{product: windows, service: system}";
    assert!(finds(source, detection, ("System", 5829), &data));
    assert!(!finds(source, detection, ("Security", 5829), &data));
    assert!(!finds(source, detection, ("System", 5830), &data));
    // A field that the class lacks.
    let rule_name = "  sel:\n    RuleName: x\n    Image|endswith: a.exe\n  condition: sel\n";
    assert!(finds(PROCESS, rule_name, (SYSMON, 1), &json!({"RuleName": "x", "Image": r"C:\a.exe"})));
    assert!(!finds(PROCESS, rule_name, (SYSMON, 5), &json!({"RuleName": "x", "Image": r"C:\a.exe"})));
}
