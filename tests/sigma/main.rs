//! Rules of Sigma find what the specification says: each case is a detection, an event as Sysmon or Windows write it, and the verdict.

#[path = "../common/imported.rs"]
mod imported;
mod kept;
mod several;

use imported::same_when_imported;
use serde_json::{Map, Value, json};
use several::TWO;
use spoor::check::Checked;
use spoor::diag::Severity;
use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::hir;
use spoor::project::Workspace;
use spoor::schema::{Packs, builtin};

const PROCESS: &str = "{category: process_creation, product: windows}";

/// What a text without an error says, and says again when it was imported.
fn sound(text: &str) -> (Packs, Checked) {
    let workspace = Workspace::text("rule.yml", text);
    let packs = workspace.packs(builtin()).into_owned();
    let checked = workspace.check(&packs);
    let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}\n{errors:?}");
    same_when_imported(&workspace, &packs, &checked);
    (packs, checked)
}

/// Whether the rule finds the event; its fields are those of the record's data.
fn finds(source: &str, detection: &str, event: (&str, u32), data: &Value) -> bool {
    finds_at("2026-01-01T00:00:00Z", source, detection, event, data)
}

fn finds_at(time: &str, source: &str, detection: &str, (channel, number): (&str, u32), data: &Value) -> bool {
    let text = format!("title: A\nlogsource: {source}\ndetection:\n{detection}");
    let (packs, checked) = sound(&text);
    let packs = &packs;
    let (engine, unloaded) = Engine::new(&checked.rules, packs);
    assert!(unloaded.is_empty() && engine.len() == 1, "{text}\n{unloaded:?}");
    let data: Map<String, Value> = data.as_object().expect("fields").clone();
    let record = json!({"Event": {
        "System": {"EventID": number, "Channel": channel, "Computer": "pc1", "Provider": {"#attributes": {"Name": "Sysmon"}},
                   "TimeCreated": {"#attributes": {"SystemTime": time}}},
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
    values("CommandLine|utf16le|base64offset|contains: ping", &[("cABpAG4AZw", true), ("cGluZw", false)]);
    values("CommandLine|utf16be|base64offset|contains: cmd", &[("xAGMAbQBkx", true), ("YwBtAGQA", false)]);
    values("CommandLine|utf16be|base64: cmd", &[("AGMAbQBk", true), ("YwBtAGQA", false)]);
    values("CommandLine|utf16|base64offset|contains: cmd", &[("//5jAG0AZAA=", true), ("YwBtAGQA", false), ("AGMAbQBk", false)]);
    values("CommandLine|utf16be|contains: cmd", &[("\0c\0m\0d", true), ("cmd", false)]);
    values("CommandLine|windash|utf16be|base64offset|contains: ' -a'", &[("ACAALwBh", true), ("ACAALQBh", true), ("ACAAKwBh", false)]);
    values("CommandLine|contains|base64offset: foobar", &[("xZm9vYmFyx", true), ("foobar", false)]);
    values("CommandLine|contains|windash|all: [' -a', ' -b']", &[("x /a -b", true), ("x -a", false)]);
    values("CommandLine|utf16be|base64offset|contains|all: [cmd, dir]", &[("xAGMAbQBkx AGQAaQBy", true), ("xAGMAbQBkx", false)]);
    values("CommandLine|base64offset|contains|all: [foobar, barfoo]", &[("Zm9vYmFy.YmFyZm9v", true), ("Zm9vYmFy", false)]);
    values("CommandLine|windash|startswith: '-a'", &[("/a b", true), ("b /a", false)]);
    values("CommandLine|windash|endswith|cased: ' -A'", &[("b /A", true), ("b /a", false)]);
    values("CommandLine|startswith|cased: [Abc, Xyz]", &[("Xyz1", true), ("xyz1", false)]);
    values("CommandLine|cased: Abc", &[("Abc", true), ("abc", false)]);
    values("CommandLine|re|i|s: 'A.b'", &[("a\nB", true), ("aB", false)]);
    values("CommandLine|re|m: '^b$'", &[("a\nb\nc", true), ("ab", false)]);
    values("CommandLine|re|all: ['a+', 'b+']", &[("ba", true), ("a", false)]);
    values("CommandLine|fieldref|endswith: Image", &[(r"x C:\Windows\System32\cmd.exe", true), (r"C:\Windows\System32\cmd.exe x", false)]);
    values("CommandLine|fieldref|contains: Image", &[(r"x C:\Windows\System32\cmd.exe /c", true), ("cmd.exe", false)]);
    values("CommandLine|fieldref|neq: Image", &[("cmd.exe", true), (r"C:\Windows\System32\CMD.exe", false)]);
    values("CommandLine|contains|neq: [a1, b2]", &[("c3", true), ("xa1", false), ("b2", false)]);
    values("CommandLine: [null, abc]", &[("", true), ("ABC", true), ("x", false)]);
    values("CommandLine|exists: true", &[("x", true), ("", false)]);
    values("CommandLine|exists: 'no'", &[("x", false), ("", true)]);
    values("CommandLine: null", &[("", true), ("x", false)]);
    values("CommandLine: ''", &[("", true), ("x", false)]);
    values("CommandLine: '*'", &[("", false), ("x", true)]);
    values("CommandLine|fieldref: Image", &[(r"c:\windows\system32\cmd.exe", true), ("cmd.exe", false)]);
    values("CommandLine|fieldref|startswith: Image", &[(r"C:\Windows\System32\cmd.exe /c", true), ("cmd.exe", false)]);
}

/// The time of the event has parts, under whatever name it is asked for; a time in the event's data has its own.
#[test]
fn parts_of_a_time_are_those_of_utc() {
    let at = |item: &str, time: &str, is: bool| {
        let source = "{category: file_event, product: windows}";
        let detection = format!("  sel:\n    {item}\n  condition: sel\n");
        let data = json!({"Image": r"C:\a.exe", "TargetFilename": r"C:\b.exe", "CreationUtcTime": "2026-02-28 03:00:00.000"});
        assert_eq!(finds_at(time, source, &detection, (SYSMON, 11), &data), is, "{item}: {time}");
    };
    for name in ["UtcTime", "TimeCreated", "SystemTime", "timestamp", "@timestamp", "_time"] {
        at(&format!("'{name}|hour': 23"), "2026-12-31 23:59:59.999", true);
        at(&format!("'{name}|hour': 23"), "2027-01-01 00:00:00.000", false);
    }
    at("UtcTime|minute: [58, 59]", "2026-12-31 23:59:59.999", true);
    at("UtcTime|day: 31", "2026-12-31 23:59:59.999", true);
    at("UtcTime|week: 53", "2026-12-31 23:59:59.999", true);
    at("UtcTime|week: 53", "2027-01-04 00:00:00.000", false);
    at("UtcTime|month|gte: 12", "2026-12-31 23:59:59.999", true);
    at("UtcTime|month|gte: 12", "2026-11-30 23:59:59.999", false);
    at("UtcTime|year|neq: 2026", "2027-01-01 00:00:00.000", true);
    at("UtcTime|year|neq: 2026", "2026-12-31 23:59:59.999", false);
    at("UtcTime|lt|hour: 6", "2026-12-31 05:59:59.000", true);
    at("UtcTime|hour|lt: 6", "2026-12-31 06:00:00.000", false);
    at("UtcTime|hour|gt|all: [3, 5]", "2026-12-31 06:00:00.000", true);
    at("UtcTime|hour|gt|all: [3, 5]", "2026-12-31 05:00:00.000", false);
    at("CreationUtcTime|hour: 3", "2026-12-31 23:59:59.999", true);
    at("CreationUtcTime|month: 12", "2026-12-31 23:59:59.999", false);
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
    for (command_line, is) in [("code 4625 here", true), ("code 462", false)] {
        assert_eq!(process("  keywords: [4625, zzz]\n  condition: keywords\n", command_line), is, "{command_line}");
        assert_eq!(process("  keywords: 4625\n  condition: keywords\n", command_line), is, "{command_line}");
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
    // Names of a log with blanks in them, as rules write them; another log has the name as it stands.
    let source = "{product: windows, service: windefend}";
    let channel = "Microsoft-Windows-Windows Defender/Operational";
    let threat =
        "  sel:\n    ThreatName|endswith: EICAR_Test_File\n    ProcessName: a.exe\n    SourceName|fieldref: OriginName\n  condition: sel\n";
    let data = json!({"Threat Name": "Tool:Win32/EICAR_Test_File", "Process Name": "a.exe", "Source Name": "x", "Origin Name": "X"});
    assert!(finds(source, threat, (channel, 1119), &data));
    assert!(!finds(source, threat, (channel, 1119), &json!({"Threat Name": "x", "Process Name": "a.exe"})));
    let process = "  sel:\n    ProcessName: a.exe\n  condition: sel\n";
    assert!(finds("{product: windows, service: security}", process, ("Security", 4663), &json!({"ProcessName": "a.exe"})));
    assert!(!finds("{product: windows, service: security}", process, ("Security", 4663), &json!({"Process Name": "a.exe"})));
    // A field that the class lacks.
    let rule_name = "  sel:\n    RuleName: x\n    Image|endswith: a.exe\n  condition: sel\n";
    assert!(finds(PROCESS, rule_name, (SYSMON, 1), &json!({"RuleName": "x", "Image": r"C:\a.exe"})));
    assert!(!finds(PROCESS, rule_name, (SYSMON, 5), &json!({"RuleName": "x", "Image": r"C:\a.exe"})));
}

/// The rules of a text with what is said about it, by code.
fn said(text: &str) -> (Vec<String>, Vec<String>) {
    let workspace = Workspace::text("rule.yml", text);
    let checked = workspace.check(&workspace.packs(builtin()));
    (checked.rules.iter().map(|rule| rule.name.clone()).collect(), checked.diagnostics.iter().map(|found| found.code.to_string()).collect())
}

#[test]
fn numbers_of_windows_events_are_events_of_a_class() {
    let rules = |source: &str, detection: &str| {
        let text = format!("title: A\nlogsource: {source}\ndetection:\n{detection}");
        let workspace = Workspace::text("rule.yml", &text);
        let packs = workspace.packs(builtin()).into_owned();
        let checked = workspace.check(&packs);
        assert!(checked.diagnostics.iter().all(|found| found.severity() < Severity::Error), "{text}\n{:?}", checked.diagnostics);
        let hir::Pattern::Union(branches) = &checked.rules[0].pattern else { panic!("{text}") };
        branches.iter().map(|branch| packs.class(branch.class).name.to_string()).collect::<Vec<_>>()
    };
    let security = "{product: windows, service: security}";
    let service = "  sel: {Provider_Name: Service Control Manager, EventID: 7045, ImagePath|contains: x}\n  condition: sel\n";
    let cases = [
        (security, "  sel: {EventID: 4625, LogonType: 3}\n  condition: sel\n", "logon"),
        (security, "  a: {EventID: 4624}\n  b: {EventID: 4625}\n  condition: a or b\n", "logon"),
        // Of the other logon of the pair the class says nothing.
        (security, "  sel: {EventID: 4624, TargetLinkedLogonId: x}\n  condition: sel\n", "windows_event"),
        // Sysmon has process starts too.
        (security, "  sel: {EventID: 4688, CommandLine: x}\n  condition: sel\n", "windows_event"),
        (security, "  sel: {CommandLine: x}\n  condition: sel\n", "windows_event"),
        // Another log has installations of services too.
        ("{product: windows, service: system}", service, "windows_event"),
    ];
    for (source, detection, class) in cases {
        assert_eq!(rules(source, detection), [class], "{detection}");
    }
    // The class finds the records of these numbers, and no others.
    let failed = "  sel: {EventID: 4625, LogonType: 3, TargetUserName|startswith: adm}\n  condition: sel\n";
    let data = json!({"LogonType": "3", "TargetUserName": "Admin1", "TargetDomainName": "CORP"});
    assert!(finds(security, failed, ("Security", 4625), &data));
    assert!(!finds(security, failed, ("Security", 4624), &data));
    let either = "  a: {EventID: 4624, LogonType: 3}\n  b: {EventID: 4625, LogonType: 10}\n  condition: a or b\n";
    assert!(finds(security, either, ("Security", 4624), &data));
    assert!(!finds(security, either, ("Security", 4625), &data));
}

/// An error in any part is an error of the rule, whatever it is read over.
#[test]
fn no_rule_comes_of_a_part_of_its_yaml() {
    for item in ["CommandLine|expand: '%unknown%'", "CommandLine|cidr: nowhere", "CommandLine|endwith: x"] {
        for record in ["Image: x", "RuleName: x"] {
            let text = format!(
                "title: A\nlogsource: {{category: process_creation}}\ndetection:\n  sel: {{{record}}}\n  other: {{{item}}}\n  condition: sel and not other\n"
            );
            assert_eq!(said(&text).0, [""; 0], "{text}");
        }
    }
}

#[test]
fn a_project_says_what_its_log_sources_and_placeholders_are() {
    let manifest = "sigma: {sources: {/acme/turnstile: {class: log}}, placeholders: {Admins: [alice, 'b*']}}\n";
    let packs = spoor::schema::load_parts(builtin(), &[spoor::schema::Part::Manifest(manifest)]).expect("a manifest");
    let folder = std::env::temp_dir().join(format!("spoor-sigma-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("rule.yml");
    let rule = "title: A\nlogsource: {product: acme, service: turnstile}\ndetection: {sel: {who|expand: 'x%Admins%'}, condition: sel}\n";
    std::fs::write(&path, rule).expect("a file");
    let workspace = Workspace::load(spoor::project::discover(&[path]), &packs);
    let packs = workspace.packs(&packs).into_owned();
    let checked = workspace.check(&packs);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    same_when_imported(&workspace, &packs, &checked);
    let (engine, _) = Engine::new(&checked.rules, &packs);
    for (who, is) in [("xalice", true), ("xbob", true), ("alice", false)] {
        let mut found = false;
        let mut reader = Reader::of(&packs, "logs").expect("a schema");
        reader.read(&json!({"who": who}).to_string(), |event| found |= !engine.matches(event).is_empty()).expect("an event");
        assert_eq!(found, is, "{who}");
    }
}

/// A warning is told, and the rule stands.
#[test]
fn a_rule_with_a_warning_is_a_rule() {
    for (item, code) in [("CommandLine|contains: 'a.*b[0-9]+'", "E0719"), ("CommandLine|re: '(a|*b)'", "E0718")] {
        let text = format!("title: A\nlogsource: {{category: process_creation}}\ndetection:\n  sel: {{{item}}}\n  condition: sel\n");
        let (rules, codes) = said(&text);
        assert!(codes.contains(&code.to_owned()), "{text}: {codes:?}");
        // What does not compile as a regex is an error besides.
        assert_eq!(rules.len(), usize::from(codes.len() == 1), "{text}: {codes:?}");
    }
    assert_eq!(
        said("title: A\nlogsource: {category: process_creation}\ndetection: {sel: {CommandLine: 'a[0-9]'}, condition: sel}\n").0.len(),
        1
    );
}

#[test]
fn a_modifier_of_a_number_is_not_passed_over() {
    let detection = "  a: {EventID: [4624, 4625], LogonType: 3}\n  b: {EventID|neq: 4624}\n  condition: a and b\n";
    let source = "{product: windows, service: security}";
    let data = json!({"LogonType": "3", "TargetUserName": "bob"});
    assert!(finds(source, detection, ("Security", 4625), &data));
    assert!(!finds(source, detection, ("Security", 4624), &data));
}

/// What the language has no word for is an error, and leaves no rule.
#[test]
fn what_cannot_be_carried_is_an_error() {
    let item = |item: &str| {
        said(&format!("title: A\nlogsource: {{category: process_creation}}\ndetection:\n  sel: {{{item}}}\n  condition: sel\n"))
    };
    for (modifier, code) in [
        ("Image|hour: 3", "E0707"),
        ("LogonGuid|week|gte: 3", "E0707"),
        ("UtcTime|hour|day: 3", "E0706"),
        ("UtcTime|hour|contains: 3", "E0706"),
        ("UtcTime|cased|hour: 3", "E0706"),
        ("UtcTime|hour|fieldref: Image", "E0706"),
        ("UtcTime|hour: 24", "E0348"),
        ("UtcTime|week|gt: 54", "E0348"),
        ("UtcTime|month: may", "E0727"),
        ("CommandLine|utf16: x", "E0706"),
        ("CommandLine|utf16|contains: x", "E0706"),
        ("CommandLine|i|re: x", "E0706"),
        ("CommandLine|re|contains: x", "E0706"),
        ("CommandLine|cidr|base64: 10.0.0.0/8", "E0706"),
        ("CommandLine|contains: null", "E0706"),
        ("CommandLine|base64: 'a*b'", "E0706"),
    ] {
        assert_eq!(item(modifier), (Vec::new(), vec![code.to_owned()]), "{modifier}");
    }
    let correlation = |it: &str| said(&format!("{TWO}title: Both\nname: both\ncorrelation: {it}\n"));
    let of = |kind: &str, condition: &str| {
        format!("{{type: {kind}, rules: [start, net], group-by: [Computer], timespan: 1m, condition: {condition}, generate: true}}")
    };
    for it in [
        of("event_count", "start and net"),
        of("temporal", "start and not net"),
        of("temporal", "start or (start and net)"),
        of("temporal", "start and other"),
        of("temporal", "{eq: 1}"),
    ] {
        let (rules, codes) = correlation(&it);
        assert_eq!((rules.len(), codes.contains(&"E0721".to_owned())), (2, true), "{it}: {codes:?}");
    }
    let chained = of("temporal", "both and net").replace("[start, net]", "[both, net]");
    let (rules, codes) = said(&format!(
        "{TWO}title: Both\nname: both\ncorrelation: {}\n---\ntitle: Chain\ncorrelation: {chained}\n",
        of("temporal", "start and net")
    ));
    assert!(!rules.contains(&"chain".to_owned()) && codes.contains(&"E0721".to_owned()), "{rules:?} {codes:?}");
    // A rule that the condition does not name is told.
    let (rules, codes) = correlation(&of("temporal", "1 of start"));
    assert!(codes.contains(&"E0709".to_owned()), "{rules:?} {codes:?}");
}

/// Sysmon has no events of a file that was read; the process has its field all the same.
#[test]
fn a_log_source_that_sysmon_lacks_has_the_acting_process() {
    let text = "title: A\nlogsource: {category: file_access, product: windows}\ndetection:\n  sel: {FileName|endswith: '\\Login Data', Image|endswith: '\\x.exe'}\n  condition: sel\n";
    let imported = written(text);
    assert!(imported.contains("actor.path ends_with '\\x.exe'"), "{imported}");
}

/// `(Empty)` is how Sysmon writes that a value has no data; other products write nothing.
#[test]
fn sysmons_word_for_no_data_is_no_data() {
    let text = "title: A\nlogsource: {category: registry_set, product: windows}\ndetection:\n  sel: {TargetObject|endswith: '\\Run\\x'}\n  filter: {Details: ['(Empty)', 'DWORD (0x00000001)']}\n  condition: sel and not filter\n";
    let imported = written(text);
    assert!(imported.contains("value_data not exists"), "{imported}");
}

/// What a modifier asks of a keyword is asked, or is an error; nothing is passed over.
#[test]
fn modifiers_of_keywords_are_not_passed_over() {
    let rule = |keyword: &str, condition: &str| {
        format!(
            "title: A\nlogsource: {{product: linux, service: auth}}\ndetection:\n  kw: {{{keyword}}}\n  _off: {{pid: 5}}\n  condition: {condition}\n"
        )
    };
    assert!(written(&rule("'|neq': [evil]", "kw")).contains("raw not contains \"evil\""), "{}", written(&rule("'|neq': [evil]", "kw")));
    assert!(written(&rule("'|cased': [Abc]", "kw")).contains("contains cased \"Abc\""), "{}", written(&rule("'|cased': [Abc]", "kw")));
    for item in ["'|exists': true", "'|lt': 5", "'|cidr': 10.0.0.0/8", "'|startswith': a", "'|fieldref': x"] {
        let (rules, codes) = said(&rule(item, "kw"));
        assert!(rules.is_empty() && codes.contains(&"E0706".to_owned()), "{item}: {rules:?} {codes:?}");
    }
    // A selection of none selects nothing.
    let none = "title: A\nlogsource: {category: process_creation}\ndetection:\n  _off: {Image: x}\n  condition: all of them\n";
    assert_eq!(said(none), (Vec::new(), vec!["E0708".to_owned()]));
    // A time that no number holds.
    let long = format!(
        "{TWO}title: Both\ncorrelation: {{type: event_count, rules: [start], group-by: [Computer], timespan: 9999999999999999999w, condition: {{gte: 3}}}}\n"
    );
    let (rules, codes) = said(&long);
    assert!(!rules.contains(&"both".to_owned()) && !codes.is_empty(), "{rules:?} {codes:?}");
    // What is made of a text is no regular expression.
    for item in ["CommandLine|windash|re: '-a'", "CommandLine|base64|re: abc"] {
        let text = format!("title: A\nlogsource: {{category: process_creation}}\ndetection: {{sel: {{{item}}}, condition: sel}}\n");
        assert_eq!(said(&text), (Vec::new(), vec!["E0706".to_owned()]), "{item}");
    }
    // Any of the dashes.
    assert!(process("  sel: {CommandLine|windash: '-a'}\n  condition: sel\n", "/a"));
}

/// The model has the number of a value, a part of Sysmon's spelling of it is looked for in the record.
#[test]
fn parts_of_the_spelling_of_numbers_are_read_as_records() {
    for item in [
        "re: 'DWORD \\(0x0000000[1-9]\\)'",
        "contains: '00001'",
        "startswith: DWORD",
        "endswith: '0x00000001)'",
        "contains|all: [DWORD, '1']",
    ] {
        let item = item.split_once(": ").map_or(String::new(), |(modifier, value)| format!("Details|{modifier}: {value}"));
        let text =
            format!("title: A\nlogsource: {{category: registry_set, product: windows}}\ndetection: {{sel: {{{item}}}, condition: sel}}\n");
        assert!(written(&text).contains("detect windows_event"), "{item}: {}", written(&text));
    }
    let plain = "title: A\nlogsource: {category: registry_set}\ndetection: {sel: {Details|contains: 'cmd.exe'}, condition: sel}\n";
    assert!(written(plain).contains("detect registry"), "{}", written(plain));
}

/// Records of logs are those of Windows: a rule about another system is not read as one.
#[test]
fn a_rule_of_linux_is_no_record_of_windows() {
    let rule = |product: &str| {
        said(&format!(
            "title: A\nlogsource: {{category: process_creation, product: {product}}}\ndetection: {{sel: {{Image|endswith: nc, RuleName: x}}, condition: sel}}\n"
        ))
    };
    assert_eq!(rule("windows"), (vec!["rule".to_owned()], vec!["E0714".to_owned()]));
    assert_eq!(rule("linux"), (Vec::new(), vec!["E0720".to_owned()]));
}

/// The rule in the language.
fn written(yaml: &str) -> String {
    let workspace = Workspace::text("rule.yml", yaml);
    let [document] = workspace.documents.as_slice() else { panic!("one document") };
    spoor::syntax::format(&document.parsed)
}
