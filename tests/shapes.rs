//! Events as products write them, decoded. The lines have the form of real ones; none was made by the bindings.

#[path = "engine/hand.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod hand;

use std::process::Command;

use hand::packs;
use spoor::engine::shape::{Reader, Row, ShapeError};

#[path = "common/shared.rs"]
mod shared;

/// `class.action` and `field=value`, blank-separated, of every event of the line; without `raw`, and without the `windows_event` that every
/// record of a log is.
fn decoded(reader: &mut Reader<'_>, line: &str) -> Result<Vec<String>, ShapeError> {
    decoded_with(packs(), reader, line)
}

fn decoded_with(packs: &spoor::schema::Packs, reader: &mut Reader<'_>, line: &str) -> Result<Vec<String>, ShapeError> {
    let (mut all, mut count) = (Vec::new(), 0);
    let row = reader.read(line, |event| {
        let class = packs.class(event.class);
        count += 1;
        if class.name == "windows_event" {
            return;
        }
        let actions: Vec<&str> = event.actions.iter().filter_map(|index| class.actions.get(index)).map(AsRef::as_ref).collect();
        let mut parts = vec![format!("{}.{}", class.name, actions.join("+"))];
        parts.extend(event.time.map(|time| format!("time={time}")));
        for (field, values) in event.fields() {
            let name = &class.get(field).name;
            if name != "raw" {
                parts.extend(values.map(|value| format!("{name}={value}")));
            }
        }
        all.push(parts.join(" "));
    })?;
    match row {
        Row::Events(events) => assert_eq!(events, count),
        Row::OfNoClass | Row::Blank => assert_eq!(count, 0),
    }
    Ok(all)
}

fn detected(line: &str) -> Vec<String> {
    decoded(&mut Reader::detecting(packs()), line).unwrap_or_else(|error| panic!("{error:?}: {line}"))
}

fn of(schema: &str, line: &str) -> Vec<String> {
    decoded(&mut Reader::of(packs(), schema).expect("a schema"), line).unwrap_or_else(|error| panic!("{error:?}: {line}"))
}

fn error(line: &str) -> ShapeError {
    decoded(&mut Reader::detecting(packs()), line).expect_err(line)
}

const START: &str = "process.started time=1595205181592000 host=DC01.corp.example name=launcher.exe path=C:\\Tools\\launcher.exe \
    command_line=\"launcher.exe\" -x id=5728 guid=fe86be69-80bd-64b8-d604-000000001000 md5=4491E56ABD4171BA0A3DA55740FAE28D integrity=high \
    user.name=Administrator user.domain=CORP";

#[test]
fn sysmon_in_every_spelling() {
    let data = r#""UtcTime":"2020-07-20 00:33:01.592","ProcessGuid":"{fe86be69-80bd-64b8-d604-000000001000}","ProcessId":"5728","Image":"C:\\Tools\\launcher.exe","FileVersion":"-","OriginalFileName":"?","CommandLine":"\"launcher.exe\" -x","User":"CORP\\Administrator","IntegrityLevel":"High","Hashes":"SHA1=,MD5=4491E56ABD4171BA0A3DA55740FAE28D,IMPHASH=00000000000000000000000000000000""#;
    let element = |name: &str, value: &str| format!(r##"{{"#attributes":{{"Name":"{name}"}},"#text":"{value}"}}"##);
    let elements = [
        ("UtcTime", "2020-07-20 00:33:01.592"),
        ("ProcessGuid", "{fe86be69-80bd-64b8-d604-000000001000}"),
        ("ProcessId", "5728"),
        ("Image", r"C:\\Tools\\launcher.exe"),
        ("CommandLine", r#"\"launcher.exe\" -x"#),
        ("User", r"CORP\\Administrator"),
        ("IntegrityLevel", "High"),
        ("Hashes", "MD5=4491E56ABD4171BA0A3DA55740FAE28D"),
    ];
    let attributes = elements.map(|(name, value)| element(name, value)).join(",");
    let named = elements.map(|(name, value)| format!(r##"{{"Name":"{name}","#text":"{value}"}}"##)).join(",");
    let at = elements.map(|(name, value)| format!(r##"{{"@Name":"{name}","#text":"{value}"}}"##)).join(",");
    let channel = "Microsoft-Windows-Sysmon/Operational";
    let lines = [
        format!(r#"{{"EventID":1,"Channel":"{channel}","Computer":"DC01.corp.example",{data}}}"#),
        format!(
            r#"{{"EventID":"1","Channel":"{channel}","Hostname":"DC01.corp.example","host":"collector","ProcessID":3500,"Message":"x",{data}}}"#
        ),
        format!(r#"{{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Computer":"DC01.corp.example",{data}}}"#),
        format!(r#"{{"Event":{{"System":{{"EventID":1,"Channel":"{channel}","Computer":"DC01.corp.example"}},"EventData":{{{data}}}}}}}"#),
        format!(
            r##"{{"Event":{{"#attributes":{{"xmlns":"x"}},"System":{{"Provider":{{"#attributes":{{"Name":"Microsoft-Windows-Sysmon"}}}},"EventID":{{"#text":1,"#attributes":{{"Qualifiers":""}}}},"TimeCreated":{{"#attributes":{{"SystemTime":"2020-07-20T00:33:01.592000Z"}}}},"Channel":"{channel}","Computer":"DC01.corp.example"}},"EventData":{{"#attributes":{{"Name":"x"}},{data}}}}}}}"##
        ),
        format!(
            r#"{{"Event":{{"System":{{"EventID":1,"Channel":"{channel}","Computer":"DC01.corp.example"}},"EventData":{{"Data":[{attributes}]}}}}}}"#
        ),
        format!(
            r#"{{"Event":{{"System":{{"EventID":"1","Channel":"{channel}","Computer":"DC01.corp.example"}},"EventData":{{"Data":[{named}]}}}}}}"#
        ),
        format!(
            r#"{{"Event":{{"System":{{"EventID":"1","Channel":"{channel}","Computer":"DC01.corp.example"}},"EventData":{{"Data":[{at}]}}}}}}"#
        ),
        format!(r#"{{"System":{{"EventID":1,"Channel":"{channel}","Computer":"DC01.corp.example"}},"EventData":{{{data}}}}}"#),
        format!(r#"{{"EventID":1,"Channel":"{channel}","Computer":"DC01.corp.example","EventData":{{{data}}}}}"#),
        format!(
            r#"{{"@timestamp":"2020-07-20T00:33:05Z","winlog":{{"event_id":1,"channel":"{channel}","computer_name":"DC01.corp.example","provider_name":"Microsoft-Windows-Sysmon","event_data":{{{data}}}}},"host":{{"name":"collector"}}}}"#
        ),
        format!(
            r#"{{"@timestamp":"2020-07-20T00:33:05Z","event_id":1,"log_name":"{channel}","computer_name":"DC01.corp.example","process_id":3,"host":{{"name":"x"}},"event_data":{{{data}}}}}"#
        ),
        format!(r#"{{"EventCode":"1","source":"XmlWinEventLog:{channel}","Computer":"DC01.corp.example",{data}}}"#),
    ];
    for line in &lines {
        assert_eq!(detected(line), [START], "{line}");
        assert_eq!(of("sysmon", line), [START], "{line}");
        assert_eq!(of("windows", line), [""; 0], "{line}");
    }
    assert_eq!(
        of("sysmon", &format!(r#"{{"EventID":1,"Computer":"DC01.corp.example",{data}}}"#)),
        [START],
        "a given schema needs no channel"
    );
    assert!(matches!(error(&format!(r#"{{"EventID":1,{data}}}"#)), ShapeError::Unknown(_)), "an event without channel may be anybody's");
}

#[test]
fn windows_security() {
    let line = r#"{"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"security","Hostname":"DC01","TimeCreated":"2023-07-19T12:20:18.797Z","@timestamp":"2023-07-19T12:20:20Z","EventID":4688,"SubjectUserSid":"S-1-5-18","SubjectUserName":"DC01$","SubjectDomainName":"CORP","SubjectLogonId":"0x3e7","NewProcessId":"0xb4c","NewProcessName":"C:\\Windows\\System32\\cmd.exe","ProcessId":"0x828","CommandLine":"cmd.exe /c","TargetUserSid":"S-1-0-0","TargetUserName":"-","TargetDomainName":"-","TargetLogonId":"0x0","ParentProcessName":"C:\\Windows\\explorer.exe","MandatoryLabel":"S-1-16-12288"}"#;
    assert_eq!(
        detected(line),
        [
            r"process.started time=1689769218797000 host=DC01 name=cmd.exe path=C:\Windows\System32\cmd.exe command_line=cmd.exe /c id=2892 integrity=high logon_id=999 user.name=DC01$ user.domain=CORP user.sid=S-1-5-18 parent.name=explorer.exe parent.path=C:\Windows\explorer.exe parent.id=2088 parent.user.name=DC01$ parent.user.domain=CORP"
        ]
    );
    let access = r#"{"Channel":"Security","EventID":4663,"Computer":"DC01","ObjectType":"File","ObjectName":"C:\\a\\b.txt","AccessList":"%%4416\n\t\t\t\t%%4417\n\t\t\t\t","ProcessName":"C:\\x.exe"}"#;
    assert_eq!(detected(access), [r"file.modified+accessed host=DC01 name=b.txt path=C:\a\b.txt actor.name=x.exe actor.path=C:\x.exe"]);
    assert_eq!(detected(&access.replace("\"File\"", "\"Key\"")), [""; 0], "another kind of object");
    assert_eq!(detected(r#"{"Channel":"Security","EventID":4608,"Computer":"DC01"}"#), [""; 0], "no class has it");
    assert_eq!(detected(r#"{"Channel":"Application","EventID":1,"Computer":"DC01"}"#), [""; 0], "the number of another channel");
}

/// Without a channel, the provider says which log it is; where it writes to several, the number of the event does.
#[test]
fn a_log_known_by_its_provider() {
    let mine = "model: {classes: {note: {doc: A note, show: [text], fields: {text: {type: text}}}}}
bindings: {windows: {classes: {note: {in: {'System:104': '*', 'Security:1102': '*', 'PowerShellClassic:400': '*'}, fields: {text: Computer}}}}}";
    let packs = spoor::schema::load(packs(), &[("mine.yaml", mine)]).unwrap();
    for (provider, number) in [("Microsoft-Windows-Eventlog", 104), ("Microsoft-Windows-Eventlog", 1102), ("PowerShell", 400)] {
        let line = format!(r#"{{"ProviderName":"{provider}","EventID":{number},"Computer":"pc1"}}"#);
        let row = Reader::detecting(&packs).read(&line, |_| ());
        assert!(matches!(row, Ok(Row::Events(1..))), "{provider} {number} {row:?}");
    }
    let other = r#"{"ProviderName":"Someone","EventID":104,"Computer":"pc1"}"#;
    assert_eq!(decoded(&mut Reader::detecting(&packs), other), Ok(Vec::new()));
}

/// Every record is a `windows_event`, of a channel that no pack knows too; names of data compare without case, and the head of a record
/// is not its data.
#[test]
fn any_record_of_a_log() {
    let names = ["data.ProviderPath", "data.providerpath", "data.Threat Name", "data.threat name", "data.Foo", "data.a.b", "data.Computer"];
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let packs = spoor::schema::open::open(packs(), &names).into_owned();
    let id = packs.model.class("windows_event").unwrap();
    let class = packs.class(id);
    assert_eq!(class.field("data.Computer"), None, "it is `host`");
    assert_eq!(class.field("data.Threat Name"), class.field("data.threat name"));
    let known = packs.binding("windows", id).unwrap().containers[0].field(class.field("data.threat name").unwrap()).unwrap();
    assert_eq!(known.value.columns(), ["Threat Name"], "as the pack spells it");
    let read = |schema: Option<&str>, line: &str| {
        let mut found = Vec::new();
        let mut reader = schema.map_or_else(|| Reader::detecting(&packs), |schema| Reader::of(&packs, schema).unwrap());
        let row = reader.read(line, |event| {
            if event.class == id {
                let fields = event.fields().filter(|(field, _)| class.get(*field).name != "raw");
                found.extend(fields.flat_map(|(field, values)| values.map(move |value| format!("{}={value}", class.get(field).name))));
            }
        });
        (row, found.join(" "))
    };
    let evtx = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Own"}},"EventID":{"#attributes":{"Qualifiers":1},"#text":7},"Level":2,"Channel":"Own/Log","Computer":"pc1"},"UserData":{"Op":{"ProviderPath":"a","FOO":"b","Computer":"other","Threat Name":"-"}}}}"##;
    let whole = "host=pc1 channel=Own/Log event_id=7 provider=Own level=error data.Foo=b data.ProviderPath=a";
    for schema in [None, Some("windows"), Some("sysmon"), Some("ecs")] {
        assert_eq!(read(schema, evtx), (Ok(Row::Events(1)), whole.to_owned()), "{schema:?}");
    }
    let flat = r#"{"EventID":7,"Channel":"Own/Log","Computer":"pc1","SourceName":"Own","Level":"0","foo":"b","a.b":1,"TimeCreated":"2024-01-01T00:00:00Z"}"#;
    assert_eq!(read(None, flat).1, "host=pc1 channel=Own/Log event_id=7 provider=Own level=information data.a.b=1 data.Foo=b");
    let splunk = r#"{"_time":"2024-01-01T00:00:00Z","source":"XmlWinEventLog:Own/Log","EventCode":"7","Computer":"pc1","Foo":"b"}"#;
    assert_eq!(read(None, splunk).1, "host=pc1 channel=Own/Log event_id=7 data.Foo=b");
    for none in [r#"{"EventID":7,"Computer":"pc1","Foo":"b"}"#, r#"{"Channel":"Own/Log","Foo":"b"}"#] {
        assert!(matches!(read(None, none).0, Err(ShapeError::Unknown(_))), "{none}");
    }
    for of_rows in ["defender", "cim"] {
        assert_eq!(read(Some(of_rows), flat).1, "", "{of_rows} has no records");
    }
}

/// Elements of a classic log have no names: they are the values of `Data`, however many, in every spelling.
#[test]
fn a_classic_log() {
    let mine = "model: {classes: {note: {doc: A note, show: [text], fields: {text: {type: text, multi: true}}}}}
bindings: {windows: {classes: {note: {in: {Application:15457: '*'}, fields: {text: Data}}}}}";
    let packs = spoor::schema::load(packs(), &[("mine.yaml", mine)]).unwrap();
    let note = packs.model.class("note").unwrap();
    let text = packs.class(note).field("text").unwrap();
    for (data, expected) in [
        (r##"{"#text":["show advanced options","0","1"]}"##, &["show advanced options", "0", "1"][..]),
        (r##"["show advanced options","0","1"]"##, &["show advanced options", "0", "1"]),
        (r##"{"#text":"one"}"##, &["one"]),
        (r##""one""##, &["one"]),
        ("null", &[]),
    ] {
        let line = format!(
            r##"{{"Event":{{"System":{{"Channel":"Application","EventID":{{"#attributes":{{"Qualifiers":16384}},"#text":15457}}}},"EventData":{{"Data":{data},"Binary":"00"}}}}}}"##
        );
        let mut texts = Vec::new();
        let row = Reader::detecting(&packs).read(&line, |event| {
            let values = event.values(text).filter(|_| event.class == note);
            texts.extend(values.map(|value| value.to_string()));
        });
        assert_eq!(row, Ok(Row::Events(2)), "{data}");
        let bare: Vec<&str> = texts.iter().map(|text| text.trim_matches('"')).collect();
        assert_eq!(bare, expected, "{data}");
    }
}

/// Two classes over the schemas of documents and workspaces, which have no binding of their own in these tests.
fn with_bindings() -> spoor::schema::Packs {
    let mine = r#"
bindings:
  ecs:
    classes:
      process:
        in: {process: {started: start, ended: end}}
        fields: {name: process.name, command_line: process.command_line, user.name: user.name}
      file:
        in:
          file: {created: creation, deleted: deletion}
          process: {accessed: access}
          malware: {created: creation}
        fields: {path: {by: {file: file.path}}, md5: {by: {file: file.hash.md5}}, actor.name: process.name}
  sentinel:
    classes:
      process:
        in: {_Im_ProcessCreate: {started: ProcessCreated}, _Im_ProcessTerminate: {ended: ProcessTerminated}, DeviceProcessEvents: {started: {ActionType: ProcessCreated}}}
        fields: {name: {by: {_Im_ProcessCreate: basename(TargetProcessName), DeviceProcessEvents: FileName}}}
"#;
    spoor::schema::load(packs(), &[("mine.yaml", mine)]).unwrap()
}

fn detected_with(packs: &spoor::schema::Packs, line: &str) -> Vec<String> {
    decoded_with(packs, &mut Reader::detecting(packs), line).unwrap_or_else(|error| panic!("{error:?}: {line}"))
}

#[test]
fn documents_nested_flat_and_as_hits() {
    let packs = with_bindings();
    let start = "process.started time=1595205181592000 host=pc1 name=cmd.exe command_line=cmd /c x user.name=alice";
    let nested = r#"{"@timestamp":"2020-07-20T00:33:01.592Z","host":{"name":"pc1"},"event":{"category":["process"],"type":["start","info"]},"process":{"name":"cmd.exe","command_line":"cmd /c x"},"user":{"name":"alice"}}"#;
    let flat = r#"{"@timestamp":"2020-07-20T00:33:01.592Z","host.name":"pc1","event.category":"process","event.type":"start","process.name":"cmd.exe","process.command_line":"cmd /c x","user.name":"alice"}"#;
    let mixed = r#"{"@timestamp":"2020-07-20T00:33:01.592Z","host.name":"pc1","event":{"category":"process"},"event.type":["start"],"process":{"name":"cmd.exe"},"process.command_line":"cmd /c x","user.name":"alice"}"#;
    let hit = format!(r#"{{"_index":"logs","_id":"1","_source":{nested},"fields":{{"process.name":["cmd.exe"],"user.name":["alice"]}}}}"#);
    let fields = r#"{"_index":"logs","fields":{"@timestamp":["2020-07-20T00:33:01.592Z"],"host.name":["pc1"],"event.category":["process"],"event.type":["start"],"process.name":["cmd.exe"],"process.command_line":["cmd /c x"],"user.name":["alice"]}}"#;
    for line in [nested, flat, mixed, hit.as_str(), fields] {
        assert_eq!(detected_with(&packs, line), [start], "{line}");
    }
    // Of two categories: an event of each, and of a class one event.
    let both =
        nested.replace(r#"["process"]"#, r#"["malware","file","process"]"#).replace(r#"["start","info"]"#, r#"["creation","start"]"#);
    let both = both.replace(r#""user":"#, r#""file":{"path":"C:\\a.exe","hash":{"md5":"4491e56abd4171ba0a3da55740fae28d"}},"user":"#);
    let events = detected_with(&packs, &both);
    assert_eq!(events.len(), 3, "{events:?}");
    for class in ["process.started", "file.created", "malware."] {
        assert!(events.iter().any(|event| event.starts_with(class)), "{events:?}");
    }
    // No category of a class, or nothing that a class knows of: known, and of no class.
    for line in [nested.replace(r#"["process"]"#, r#"["session"]"#), nested.replace(r#"["start","info"]"#, r#"["change"]"#)] {
        assert_eq!(decoded(&mut Reader::detecting(&packs), &line), Ok(Vec::new()), "{line}");
    }
}

#[test]
fn what_a_collector_made_of_a_record_comes_before_the_record() {
    let packs = with_bindings();
    let line = r#"{"@timestamp":"2020-07-20T00:33:01.592Z","event":{"category":["process"],"type":["start"]},"process":{"name":"ecs.exe"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","computer_name":"pc1","event_data":{"Image":"C:\\sysmon.exe"}}}"#;
    assert_eq!(detected_with(&packs, line), ["process.started time=1595205181592000 name=ecs.exe"]);
    let record = line.replace(r#"["start"]"#, r#"["info"]"#);
    assert!(detected_with(&packs, &record)[0].contains("path=C:\\sysmon.exe"), "the document says nothing, the record does");
    let sysmon = decoded(&mut Reader::of(&packs, "sysmon").unwrap(), line).unwrap();
    assert!(sysmon[0].contains("path=C:\\sysmon.exe"), "asked for");
}

#[test]
fn a_document_of_lists_has_the_values_of_all() {
    let mine = "model: {classes: {mail: {doc: A mail, show: [attachment], fields: {attachment: {type: text, multi: true}}}}}
bindings: {ecs: {classes: {mail: {in: {email: '*'}, fields: {attachment: email.attachments.file.name}}}}}";
    let packs = spoor::schema::load(packs(), &[("mine.yaml", mine)]).unwrap();
    let line = r#"{"@timestamp":"2020-07-20T00:33:01.592Z","event":{"category":"email"},"email":{"attachments":[{"file":{"name":"a"}},{"file":{"name":["b","c"]}},{"file":{}}]}}"#;
    assert_eq!(detected_with(&packs, line), ["mail. time=1595205181592000 attachment=a attachment=b attachment=c"]);
}

#[test]
fn rows_of_a_workspace() {
    let packs = with_bindings();
    let asim = r#"{"TimeGenerated":"2020-07-20T00:33:01.592Z","Type":"SecurityEvent","EventSchema":"ProcessEvent","EventType":"ProcessCreated","DvcHostname":"pc1","TargetProcessName":"C:\\Windows\\cmd.exe"}"#;
    assert_eq!(detected_with(&packs, asim), ["process.started time=1595205181592000 host=pc1 name=cmd.exe path=C:\\Windows\\cmd.exe"]);
    assert_eq!(
        detected_with(&packs, &asim.replace(r#""EventSchema":"ProcessEvent","#, "").replace(r#""Type":"SecurityEvent","#, "")).len(),
        1,
        "by what happened"
    );
    assert_eq!(
        decoded(&mut Reader::detecting(&packs), &asim.replace("\"ProcessEvent\"", "\"Dns\"")),
        Ok(Vec::new()),
        "another schema of ASIM"
    );
    assert_eq!(
        decoded(&mut Reader::detecting(&packs), r#"{"TimeGenerated":"2020-07-20T00:33:01.592Z","Type":"SecurityEvent","EventID":1}"#),
        Ok(Vec::new()),
        "a table without a class"
    );
    // One name in two products: advanced hunting has `Timestamp`, a workspace `TimeGenerated` and columns of its own.
    let hunting = r#"{"Timestamp":"2020-07-20T00:33:01.592Z","$table":"DeviceProcessEvents","ActionType":"ProcessCreated","DeviceName":"pc1","FileName":"cmd.exe"}"#;
    let streamed = hunting.replace("\"$table\"", "\"TenantId\":\"t\",\"TimeGenerated\":\"2020-07-20T00:33:01.592Z\",\"Type\"");
    for line in [hunting, streamed.as_str(), &streamed.replace("\"Timestamp\"", "\"Ts\"")] {
        assert_eq!(detected_with(&packs, line).len(), 1, "{line}");
    }
    assert!(detected_with(&packs, hunting)[0].contains("host=pc1"));
    assert_eq!(detected_with(&packs, &streamed), ["process.started time=1595205181592000 name=cmd.exe"], "as the workspace's");
}

#[test]
fn defender_rows() {
    let columns = r#""Timestamp":"2026-01-31T10:00:00Z","DeviceName":"pc1.corp.example","ActionType":"ProcessCreated","FileName":"cmd.exe","FolderPath":"C:\\Windows\\cmd.exe","ProcessId":4688,"ProcessCommandLine":"cmd /c","AccountName":"alice","MD5":"","ProcessIntegrityLevel":"High""#;
    let wanted = [
        r"process.started time=1769853600000000 host=pc1.corp.example name=cmd.exe path=C:\Windows\cmd.exe command_line=cmd /c id=4688 integrity=high user.name=alice",
    ];
    for line in [
        format!("{{{columns}}}"),
        format!(r#"{{"Type":"DeviceProcessEvents",{columns}}}"#),
        format!(r#"{{"TableName":"DeviceProcessEvents",{columns}}}"#),
        format!(
            r#"{{"time":"2026-01-31T10:01:00Z","tenantId":"x","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents","properties":{{{columns}}}}}"#
        ),
    ] {
        assert_eq!(detected(&line), wanted, "{line}");
        assert_eq!(of("defender", &line), wanted, "{line}");
    }
    let file = r#"{"Timestamp":"2026-01-31T10:00:00Z","ActionType":"FileRenamed","FileName":"b.txt","PreviousFileName":"a.txt","PreviousFolderPath":"C:\\Temp","FileSize":"12","FileOriginIP":"::ffff:10.0.0.1"}"#;
    assert_eq!(
        detected(file),
        [r"file.renamed time=1769853600000000 name=b.txt size=12 previous.name=a.txt previous.path=C:\Temp\a.txt origin.ip=10.0.0.1"]
    );
    assert_eq!(
        detected(
            r#"{"ReportId":1,"DeviceName":"pc1","InitiatingProcessFileName":"x.exe","Timestamp":"2026-01-31T10:00:00Z","ActionType":"AntivirusScanCompleted"}"#
        ),
        [""; 0],
        "no class has it"
    );
    assert_eq!(detected(r#"{"category":"AdvancedHunting-NewTable","properties":{"a":1}}"#), [""; 0], "a table that nobody knows");
    assert!(
        matches!(error(r#"{"Timestamp":"2026-01-31T10:00:00Z","FileName":"cmd.exe"}"#), ShapeError::Unknown(_)),
        "nothing says what happened"
    );
}

#[test]
fn cim_rows() {
    let wanted = [
        r"process.started time=1769853600000000 host=pc1 name=cmd.exe command_line=cmd /c id=4688 md5=0123456789abcdef0123456789abcdef user.name=alice user.domain=CORP",
    ];
    let values = [
        ("dest", "\"pc1\""),
        ("process_name", "\"cmd.exe\""),
        ("process", "\"cmd /c\""),
        ("process_id", "\"4688\""),
        ("user", r#""CORP\\alice""#),
        ("parent_process", "\"unknown\""),
        ("original_file_name", "\"unknown\""),
        ("process_hash", r#"["MD5=0123456789abcdef0123456789abcdef","SHA1=x"]"#),
        ("process_integrity_level", "\"unheard of\""),
    ];
    let prefixed = values.map(|(name, value)| format!(r#""Processes.{name}":{value}"#)).join(",");
    let bare = values.map(|(name, value)| format!(r#""{name}":{value}"#)).join(",");
    for line in [
        format!(r#"{{"_time":"2026-01-31T10:00:00.000+00:00",{prefixed}}}"#),
        format!(r#"{{"_time":1769853600,"sourcetype":"x",{prefixed}}}"#),
        format!(r#"{{"_time":"1769853600.000","_datamodel":"Endpoint.Processes",{bare}}}"#),
        format!(r#"{{"_time":"1769853600","datamodel":"Endpoint","nodename":"Processes",{bare}}}"#),
        format!(r#"{{"_time":"1769853600",{bare}}}"#),
    ] {
        // A hash without its digits is shown as it stands.
        let found: Vec<String> = detected(&line).into_iter().map(|event| event.replace("sha1=x ", "")).collect();
        assert_eq!(found, wanted, "{line}");
    }
    let file = r#"{"_time":1769853600,"Filesystem.action":"deleted","Filesystem.file_name":"a.txt","Filesystem.file_size":"0","Filesystem.user":"unknown"}"#;
    assert_eq!(detected(file), ["file.deleted time=1769853600000000 name=a.txt size=0"]);
    assert_eq!(detected(&file.replace("deleted", "acl_modified")), [""; 0], "an action without a class");
    let unclear = r#"{"_time":1769853600,"process_name":"cmd.exe","dest":"pc1"}"#;
    let ShapeError::Ambiguous(readings) = error(unclear) else { panic!("{unclear}") };
    assert!(
        readings.contains(&"cim Endpoint.Processes".to_owned()) && readings.contains(&"cim Endpoint.Filesystem".to_owned()),
        "{readings:?}"
    );
}

#[test]
fn several_values_and_odd_types() {
    let line = |value: &str| format!(r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","CommandLine":{value}}}"#);
    assert_eq!(
        detected(&line(r#"["a","","b",null,3,["c"]]"#)),
        ["process.started command_line=a command_line=b command_line=3 command_line=c"]
    );
    for (value, wanted) in [
        ("null", ""),
        ("\"\"", ""),
        ("\"-\"", ""),
        ("{}", ""),
        (r#"{"a":1}"#, ""),
        ("true", "true"),
        ("1.5", "1.5"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        let wanted = if wanted.is_empty() { "process.started".to_owned() } else { format!("process.started command_line={wanted}") };
        assert_eq!(detected(&line(value)), [wanted], "{value}");
    }
    let id = |value: &str| detected(&format!(r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","ProcessId":{value}}}"#));
    for (value, wanted) in [("4688", "4688"), ("\"4688\"", "4688"), ("\"0x1250\"", "4688"), ("4688.0", "4688")] {
        assert_eq!(id(value), [format!("process.started id={wanted}")], "{value}");
    }
    for value in ["4688.5", "\"x\"", "true", "1e300", "\"99999999999999999999\"", "[]"] {
        assert_eq!(id(value), ["process.started"], "{value}");
    }
    let twice = r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","CommandLine":"a","CommandLine":"b"}"#;
    assert_eq!(detected(twice), ["process.started command_line=b"], "the last of two keys counts");
}

#[test]
fn raw_is_the_event_as_it_came() {
    let raw = |line: &str| {
        let mut found = String::new();
        let field = hand::field("process", "raw");
        Reader::detecting(packs()).read(line, |event| found = event.values(field).map(|value| value.to_string()).collect()).expect(line);
        found
    };
    assert_eq!(raw(r#"{"EventCode":1,"source":"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational","_raw":"<Event/>"}"#), "<Event/>");
    let line = r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\a","x":{"y":["z"]}}"#;
    assert_eq!(raw(line), "1\nMicrosoft-Windows-Sysmon/Operational\nC:\\a\nz");
}

#[test]
fn what_is_no_event_is_an_error_and_no_panic() {
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let list = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for line in ["[1]", "1", "\"x\"", "null", "{", "{\"a\":1}x", "{\"a\":1e999}", "{'a':1}", "{\"a\":\"\u{1}\"}", "\0", &deep, &list] {
        assert!(matches!(error(line), ShapeError::NotAnObject(_)), "{}", &line[..line.len().min(40)]);
    }
    for line in [
        "{}",
        "{\"\":{}}",
        "{\"EventID\":{}}",
        "{\"EventID\":\"x\"}",
        "{\"EventID\":-1}",
        "{\"Event\":3}",
        "{\"Event\":{\"System\":[]}}",
        "{\"winlog\":null}",
    ] {
        assert!(matches!(error(line), ShapeError::Unknown(_)), "{line}");
    }
    for line in ["", "  ", "\u{feff}", "\r"] {
        assert_eq!(Reader::detecting(packs()).read(line, |_| ()), Ok(Row::Blank));
    }
    let bom = "\u{feff}{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\"}\r\n";
    assert_eq!(detected(bom), ["process.started"]);
    let both = r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Timestamp":"2026-01-01T00:00:00Z","ActionType":"ProcessCreated"}"#;
    assert!(matches!(error(both), ShapeError::Ambiguous(_)));
    // A row of a table that keeps records is the record.
    let row = r#"{"Type":"SecurityEvent","TimeGenerated":"2026-01-01T00:00:00Z","Channel":"Security","EventID":4624,"Computer":"pc1","LogonType":3}"#;
    assert!(detected(row)[0].starts_with("logon.logon "), "{:?}", detected(row));
}

proptest::proptest! {
    #[test]
    fn no_line_makes_a_reader_panic(line in "\\PC{0,60}", json in "[{}\\[\\]\",:a-z0-9 \\\\]{0,60}") {
        let mut reader = Reader::detecting(packs());
        let _ = reader.read(&line, |_| ());
        let _ = reader.read(&json, |_| ());
    }

    #[test]
    fn no_value_makes_a_reader_panic(key in 0usize..8, value in "[\\-0-9a-zA-Z:.@\\\\/,={}%* é\u{1F600}]{0,30}") {
        let keys = ["Image", "Hashes", "User", "UtcTime", "ProcessId", "ProcessGuid", "IntegrityLevel", "EventID"];
        for event_id in [1, 11, 23, 15] {
            let line = serde_json::json!({"EventID": event_id, "Channel": "Microsoft-Windows-Sysmon/Operational", keys[key]: value}).to_string();
            let _ = Reader::detecting(packs()).read(&line, |_| ());
        }
    }
}

/// 20,447 events of OTRF's data sets, where they are at hand.
#[test]
fn a_real_log_is_read_whole() {
    let Some(log) = shared::shared("corpus/events/otrf20k.jsonl.gz") else { return };
    let unpacked = Command::new("zcat").arg(&log).output().expect("zcat");
    assert!(unpacked.status.success(), "zcat: {}", String::from_utf8_lossy(&unpacked.stderr));
    let text = String::from_utf8_lossy(&unpacked.stdout);
    let mut reader = Reader::detecting(packs());
    let (mut process, mut file, mut any) = (0, 0, 0);
    for line in text.lines() {
        let row = reader.read(line, |event| {
            assert!(event.time.is_some(), "{line}");
            let class = packs().class(event.class);
            assert!(class.field("host").is_some_and(|host| event.values(host).count() == 1), "{line}");
            match class.name.as_ref() {
                "process" => process += 1,
                "file" => file += 1,
                "windows_event" => any += 1,
                _ => {}
            }
        });
        assert!(matches!(row, Ok(Row::Events(_))), "{row:?}: {line}");
    }
    // By `jq` over channel and number: 20 + 20 of 4688, 19 + 19 of 4689, and so on.
    assert_eq!(any, text.lines().count());
    assert!(process > 100 && file > 300, "{process} {file}");
    println!("{} events read: {process} of processes, {file} of files", text.lines().count());
}

/// The events of the line that are of another class than the one for any log, of which the line is one.
fn in_a_log(line: &str) -> Vec<String> {
    let mut all = detected(line);
    let logs = all.len();
    all.retain(|event| !event.starts_with("log."));
    assert_eq!(logs, all.len() + 1, "{line}");
    all
}

#[test]
fn audit_logs_of_clouds() {
    const TIME: &str = "time=1769853600000000";
    let trail = r#""userIdentity":{"type":"Root","arn":"arn:aws:iam::1:root"},"eventTime":"2026-01-31T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","requestParameters":{"userName":"eve"},"errorCode":"""#;
    let wanted = [format!(
        "cloud_audit. {TIME} provider=aws service=iam.amazonaws.com operation=CreateUser user.arn=arn:aws:iam::1:root user.type=Root \
         target.user.name=eve src.ip=192.0.2.1 region=us-east-1"
    )];
    assert_eq!(in_a_log(&format!("{{{trail}}}")), wanted);
    assert_eq!(of("cloud", &format!("{{{trail}}}")).first(), wanted.first());
    let exported = trail.replace(
        r#""userIdentity":{"type":"Root","arn":"arn:aws:iam::1:root"}"#,
        r#""userIdentity.type":"Root","userIdentity.arn":"arn:aws:iam::1:root""#,
    );
    assert_eq!(in_a_log(&format!(r#"{{"sourcetype":"aws:cloudtrail","_time":"2026-01-31T10:00:00Z",{exported}}}"#)), wanted);
    let service = trail.replace("192.0.2.1", "cloudformation.amazonaws.com");
    assert!(!in_a_log(&format!("{{{service}}}"))[0].contains("src.ip"), "a service stands where an address would");
    assert!(
        matches!(error(&format!(r#"{{"sourcetype":"acme:trail",{trail}}}"#)), ShapeError::Unknown(_)),
        "Splunk takes it for something else, and so would its search"
    );

    let activity = r#"{"time":"2026-01-31T10:00:00Z","resourceId":"/SUBSCRIPTIONS/1","operationName":"MICROSOFT.SQL/SERVERS/DELETE","category":"Administrative","resultType":"Success","callerIpAddress":"192.0.2.1","properties":{"message":"x"}}"#;
    assert_eq!(
        in_a_log(activity),
        [format!(
            "cloud_audit. {TIME} provider=azure operation=MICROSOFT.SQL/SERVERS/DELETE src.ip=192.0.2.1 outcome=success resource=/SUBSCRIPTIONS/1"
        )]
    );
    let audit = r#"{"time":"2026-01-31T10:00:00Z","operationName":"Add member to role","category":"AuditLogs","properties":{"loggedByService":"Core Directory","result":"failure","initiatedBy":{"user":{"userPrincipalName":"eve@corp.example"}},"targetResources":[{"displayName":"x"}]}}"#;
    assert_eq!(
        in_a_log(audit),
        [format!(
            "cloud_audit. {TIME} provider=entra service=Core Directory operation=Add member to role user.name=eve user.upn=eve@corp.example outcome=failure"
        )]
    );
    let signin = r#"{"time":"2026-01-31T10:00:00Z","operationName":"Sign-in activity","category":"SignInLogs","resultType":"50057","properties":{"userPrincipalName":"eve@corp.example","isInteractive":true,"deviceDetail":{"operatingSystem":"Windows 10"}}}"#;
    assert_eq!(
        in_a_log(signin),
        [format!("signin. {TIME} user.name=eve user.upn=eve@corp.example outcome=failure error_code=50057 interactive=true os=windows")]
    );
    let payload = r#"{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"SetIamPolicy","authenticationInfo":{"principalEmail":"eve@corp.example"}},"timestamp":"2026-01-31T10:00:00Z"}"#;
    let wanted = [format!("cloud_audit. {TIME} provider=gcp operation=SetIamPolicy user.name=eve user.upn=eve@corp.example")];
    assert_eq!(in_a_log(payload), wanted);
    let message = format!(r#"{{"attributes":{{}},"time":"2026-01-31T10:00:00Z","data":{payload}}}"#);
    assert_eq!(in_a_log(&message), wanted, "in the envelope of Pub/Sub");
}

#[test]
fn requests_in_logs_of_web_servers() {
    let wanted =
        ["webserver. time=1769853600000000 url=/a?q=1 url_path=/a url_query=q=1 method=GET status=200 user_agent=curl/8 src.ip=192.0.2.1"];
    let w3c = r#"{"time":"2026-01-31T10:00:00Z","cs-method":"GET","cs-uri-stem":"/a","cs-uri-query":"q=1","sc-status":"200","c-ip":"192.0.2.1","cs-user-agent":"curl/8","cs-username":"-"}"#;
    assert_eq!(in_a_log(w3c), wanted);
    let exported = r#"{"_time":"2026-01-31T10:00:00Z","sourcetype":"ms:iis:auto","cs_method":"GET","cs_uri_stem":"/a","cs_uri_query":"q=1","sc_status":"200","c_ip":"192.0.2.1","cs_User_Agent":"curl/8"}"#;
    assert_eq!(in_a_log(exported), wanted);
    let access = r#"{"_time":"2026-01-31T10:00:00Z","sourcetype":"access_combined","method":"GET","uri":"/a?q=1","uri_path":"/a","uri_query":"q=1","status":"200","clientip":"192.0.2.1","useragent":"curl/8","user":"-"}"#;
    assert_eq!(in_a_log(access), wanted);
}
