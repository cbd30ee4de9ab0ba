//! Files of events as they come: event logs, JSON in every layout, compressed, cut off and damaged. What is there is read, and what is not
//! is told.

#[path = "common/evtx.rs"]
mod evtx;
#[path = "cli/run.rs"]
#[allow(dead_code)] // a part of it is used here
mod run;

use std::io::Write;

use evtx::{CHUNK, HEADER, RECORDS, log, put};
use run::{Folder, Run};

const RULE: &str = "rule hit {\n  detect process where name == \"a.exe\"\n}\n";

fn folder(files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder::with(&[("any.spoor", RULE)]);
    files.iter().for_each(|(name, bytes)| folder.write(name, bytes));
    folder
}

/// What is found in a file with these bytes.
fn read(bytes: &[u8]) -> Run {
    folder(&[("events", bytes)]).spoor(&["match", "-r", "any.spoor", "events"])
}

/// `number:command line` of each match.
fn found(run: &Run) -> Vec<String> {
    let one = |row: serde_json::Value| {
        let event = &row["event"];
        let number = ["line", "record", "item"].iter().find_map(|unit| event[unit].as_u64()).expect("a number");
        format!("{number}:{}", row["fields"]["command_line"].as_str().unwrap_or_default())
    };
    run.json().into_iter().map(one).collect()
}

fn object(command_line: &str) -> serde_json::Value {
    serde_json::json!({"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Image": r"C:\a.exe", "CommandLine": command_line, "x": {"y": ["}", "\"{"]}})
}

fn line(command_line: &str) -> String {
    object(command_line).to_string()
}

fn pretty(command_line: &str) -> String {
    serde_json::to_string_pretty(&object(command_line)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

// ---------- event logs ----------

#[test]
fn an_event_log_is_read_whatever_it_is_called() {
    let log = log(&[&[(7, "one"), (8, "two")], &[(9, "é 😀")]]);
    let folder = folder(&[("log.jsonl", &log), ("log.gz", &gzip(&log)), ("log.evtx", &zstd(&gzip(&log)))]);
    for args in [["log.jsonl"], ["log.gz"], ["log.evtx"]] {
        let run = folder.spoor(&[&["match", "-r", "any.spoor"], &args[..]].concat());
        assert_eq!((run.code, found(&run)), (0, vec!["7:one".into(), "8:two".into(), "9:é 😀".into()]), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains("3 matches of 1 rule in 3 events"), "{}", run.stderr);
    }
    let run = folder.spoor_with(&["match", "-r", "any.spoor", "-"], &log);
    assert_eq!(run.json()[0]["event"], serde_json::json!({"source": "<stdin>", "record": 7}));
    assert_eq!((&run.json()[0]["time"], &run.json()[0]["fields"]["host"]), (&"2026-01-02T03:04:05.12Z".into(), &"pc1".into()));
    let people = folder.spoor(&["match", "-r", "any.spoor", "--format", "lines", "log.jsonl"]);
    assert!(people.stdout.contains("log.jsonl#7"), "{}", people.stdout);
}

#[test]
fn what_is_damaged_in_a_log_is_told_and_the_rest_is_read() {
    let whole = log(&[&[(1, "one"), (2, "two"), (3, "three")], &[(4, "four")], &[(5, "five")]]);
    let second = whole[HEADER + RECORDS..].windows(4).skip(4).position(|four| four == b"\x2a\x2a\0\0").unwrap() + HEADER + RECORDS + 4;
    let changed = |at: usize, what: &[u8]| {
        let mut log = whole.clone();
        put(&mut log, at, what);
        log
    };
    let cases: [(Vec<u8>, &[&str], &str); 8] = [
        (changed(HEADER + 128, &[0xff; 4]), &["1:one", "2:two", "3:three", "4:four", "5:five"], "chunk 1 of the event log is damaged"),
        (changed(second + 24, &[0xee; 4]), &["1:one", "3:three", "4:four", "5:five"], "record 2 of the event log is damaged"),
        (changed(second, b"xxxx"), &["1:one", "3:three", "4:four", "5:five"], "a record in chunk 1 of the event log is damaged"),
        (log(&[&[(1, "one"), (1 << 40, "two"), (3, "three")]]), &["1:one", "3:three"], "record 1099511627776 of the event log is damaged"),
        (changed(HEADER + CHUNK, b"xxxx"), &["1:one", "2:two", "3:three", "5:five"], "chunk 2 of the event log is damaged"),
        (changed(HEADER + 16, &[9]), &["1:one", "2:two", "3:three", "4:four", "5:five"], "it says that it has 9 records, and 3 were found"),
        (whole[..HEADER + CHUNK].to_owned(), &["1:one", "2:two", "3:three"], "the log has 3 chunks, and ends here"),
        (
            whole[..HEADER + 2 * CHUNK + 5000].to_owned(),
            &["1:one", "2:two", "3:three", "4:four", "5:five"],
            "it ends after 5000 of its 65536 bytes",
        ),
    ];
    for (log, wanted, said) in cases {
        let run = read(&log);
        assert_eq!((run.code, found(&run)), (1, wanted.iter().map(|one| (*one).to_owned()).collect()), "{said}: {}", run.stderr);
        assert!(run.stderr.contains("error[E0654]") && run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    // Room that Windows has made for what is to come.
    let mut room = whole.clone();
    room.resize(whole.len() + 2 * CHUNK, 0);
    assert_eq!(read(&room).code, 0);
    let run = read(&log(&[&[]]));
    assert!(run.code == 0 && run.stderr.contains("the event log has no records"), "{}", run.stderr);
    let run = read(&whole[..1000]);
    assert!(run.code == 2 && run.stderr.contains("the event log ends in its header"), "{}", run.stderr);
}

/// Whatever bytes are wrong: no panic, and an end.
#[test]
fn no_bytes_of_a_log_make_a_panic() {
    let whole = log(&[&[(1, "one"), (2, "two")]]);
    let folder = folder(&[]);
    let mut state = 1u64;
    let names: Vec<String> = (0..200).map(|index| format!("{index}.evtx")).collect();
    for name in &names {
        let mut log = whole.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = HEADER + (state >> 33) as usize % 1500;
            log[at] = (state >> 24) as u8;
        }
        folder.write(name, log);
    }
    let args: Vec<&str> = ["match", "-q", "-r", "any.spoor"].into_iter().chain(names.iter().map(String::as_str)).collect();
    folder.spoor(&args);
}

// ---------- JSON ----------

#[test]
fn objects_are_read_however_they_are_laid_out() {
    let (one, two, three) = (pretty("one"), pretty("two"), pretty("three"));
    let high = one.lines().count();
    let indented = |text: &str| text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    let cases = [
        ("one object", one.clone(), vec![1]),
        ("one after the other", format!("{one}\n{two}\r\n\n{three}\n"), vec![1, high + 1, 2 * high + 2]),
        ("on lines where others end", format!("{one}{two} {three}"), vec![1, high, 2 * high - 1]),
        ("as evtx_dump prints them", format!("Record 1\n{one}\nRecord 2\n{two}\nRecord 30\n{three}\n"), vec![2, high + 3, 2 * high + 4]),
        ("lines and others", format!("\u{feff}{}\n{two}\n{}\n", line("one"), line("three")), vec![1, 2, high + 2]),
        ("several on a line", format!("{}{} {}\n", line("one"), line("two"), line("three")), vec![1, 1, 1]),
        ("a list", format!(" [\n{},\n{},\n{}\n]\n", indented(&one), indented(&two), indented(&three)), vec![1, 2, 3]),
        ("a list on a line", format!("[{},{}, {}]", line("one"), line("two"), line("three")), vec![1, 2, 3]),
        ("a list of lines", format!("[\n{},\n{}\n,{}\n]", line("one"), line("two"), line("three")), vec![1, 2, 3]),
        ("lists", format!("[{}]\n[{},{}]\n[]", line("one"), line("two"), line("three")), vec![1, 2, 3]),
        (
            "a list in an object",
            format!("{{\n \"Records\" : [\n{},\n{},{}] }}\n", indented(&one), line("two"), line("three")),
            vec![1, 2, 3],
        ),
        ("a list in an object on a line", format!("{{\"records\":[{},{},{}]}}", line("one"), line("two"), line("three")), vec![1, 2, 3]),
        (
            "a list in an object on its own lines",
            format!("{{\n\"Records\": [\n{},\n{},\n{}\n]\n}}\n", indented(&one), indented(&two), line("three")),
            vec![1, 2, 3],
        ),
        (
            "lists in objects",
            format!("{{\"records\":[{}]}}\n{{\"records\":[{},{}]}}\n", line("one"), line("two"), line("three")),
            vec![1, 2, 3],
        ),
        (
            "lists in objects on a line",
            format!("{{\"Records\":[{}]}}{{\"Records\":[{},{}]}}", line("one"), line("two"), line("three")),
            vec![1, 2, 3],
        ),
        (
            "a list in an object behind many blank lines",
            format!("{}{{\"Records\":[{},{},{}]}}", "\n".repeat(70_000), line("one"), line("two"), line("three")),
            vec![1, 2, 3],
        ),
        ("without the brackets", format!("{},\n{},\n{},\n", line("one"), pretty("two"), line("three")), vec![1, 2, high + 2]),
        ("a list behind an object", format!("{}\n[{},\n{}]", line("one"), line("two"), line("three")), vec![1, 2, 3]),
    ];
    for (name, text, numbers) in cases {
        let wanted: Vec<String> = numbers.iter().zip(["one", "two", "three"]).map(|(number, what)| format!("{number}:{what}")).collect();
        let run = read(text.as_bytes());
        assert_eq!((run.code, found(&run)), (0, wanted), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(&format!(" in {} event", numbers.len())), "{name}: {}", run.stderr);
    }
    let run = read(format!("[{}]", line("one")).as_bytes());
    assert_eq!(run.json()[0]["event"], serde_json::json!({"source": "events", "item": 1}));
}

#[test]
fn one_that_breaks_off_takes_no_other_with_it() {
    let (one, two, three) = (line("one"), line("two"), line("three"));
    let high = pretty("x").lines().count();
    let cut = pretty("cut");
    let cut = &cut[..cut.rfind("\"y\"").unwrap()];
    let bad = pretty("bad").replace("\"x\":", "\"x\" =");
    let in_list = |text: &str| text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
    let cases: [(&str, String, Vec<String>, &str); 9] = [
        ("inside a text", format!("{one}\n{{\"a\": \"b\n{three}\n"), vec!["1:one".into(), "3:three".into()], "events:2:"),
        (
            "behind a comma",
            format!("{one}\n{{\"a\": 1,\n{two}\n{three}\n"),
            vec!["1:one".into(), "3:two".into(), "4:three".into()],
            "events:3:1",
        ),
        ("behind a colon", format!("{{\"a\":\n{two}\n{three}"), vec!["2:two".into(), "3:three".into()], "events:3:1"),
        ("in a list", format!("{{\"a\": [1,\n{two}\n{three}"), vec!["2:two".into(), "3:three".into()], "events:3:1"),
        ("at the end", format!("{one}\n{{\"a\": 1,\n"), vec!["1:one".into()], "the text ends inside of it"),
        (
            "laid out",
            format!("{cut}\n{}\n{three}", pretty("two")),
            vec![format!("{}:two", cut.lines().count() + 1), format!("{}:three", cut.lines().count() + high + 1)],
            "are passed over",
        ),
        ("a wrong sign", format!("{bad}\n{two}\n"), vec![format!("{}:two", high + 1)], "expected `:`"),
        (
            "of a list",
            format!("[\n{},\n{},\n{}\n]\n{three}", in_list(&pretty("one")), in_list(&bad), in_list(&pretty("two"))),
            vec!["1:one".into(), "3:two".into(), "4:three".into()],
            "expected `:`",
        ),
        ("other elements", format!("[{one}, 1, \"x\", [{two}], {three}]"), vec!["1:one".into(), "5:three".into()], "this is a list"),
    ];
    for (name, text, wanted, said) in cases {
        let run = read(text.as_bytes());
        assert_eq!((run.code, found(&run)), (1, wanted), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("error[E0650]") && run.stderr.contains(said), "{name}: {}", run.stderr);
    }
    let run = read(format!("[{one},").as_bytes());
    assert!(run.code == 1 && found(&run) == ["1:one"] && run.stderr.contains("the list has no end"), "{}", run.stderr);
    // The others are told of, each once.
    let run = read("plain\n{\"a\": 1}}\n{'a': 1}\n{]\n\"x\"\n".as_bytes());
    assert_eq!((run.code, run.stderr.matches("error[E0650]").count()), (1, 5), "{}", run.stderr);
}

/// Cut anywhere, or with any byte put anywhere: no panic, an end, and the lines behind it are read.
#[test]
fn no_text_makes_a_panic() {
    let texts = [format!("{}\n{}\n", pretty("one"), line("two")), format!("[{},\n {}]", pretty("one"), line("two"))];
    let folder = folder(&[]);
    let mut names = Vec::new();
    for text in &texts {
        for at in (0..text.len()).step_by(3).filter(|at| text.is_char_boundary(*at)) {
            for (kind, put) in ["{", "}", "[", "]", "\"", "\n", "\u{e9}\\"].iter().enumerate() {
                let name = format!("{}.json", names.len());
                let tail = if kind == 0 { "" } else { &text[at..] };
                folder.write(&name, format!("{}{put}{tail}\n{}\n", &text[..at], line("three")));
                names.push(name);
            }
        }
    }
    let args: Vec<&str> = ["match", "-q", "-r", "any.spoor"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let run = folder.spoor(&args);
    let read: std::collections::BTreeSet<String> =
        run.json().iter().filter(|row| row["fields"]["command_line"] == "three").map(|row| row["event"]["source"].to_string()).collect();
    let lost: Vec<&String> = names.iter().filter(|name| !read.contains(&format!("\"{name}\""))).collect();
    // Where the piece put in opens a text, or an object that the line fits into, the line is a part of it.
    assert!(lost.len() * 20 < names.len(), "{} of {}: {lost:?}", lost.len(), names.len());
}

// ---------- compressed, empty, something else ----------

#[test]
fn compressed_events_are_unpacked() {
    let (one, two) = (format!("{}\n", line("one")), pretty("two"));
    let skipped = b"\x5a\x2a\x4d\x18\x03\0\0\0abc";
    let cases = [
        ("gzip", gzip(format!("{one}{two}").as_bytes())),
        ("members of gzip", [gzip(one.as_bytes()), gzip(two.as_bytes())].concat()),
        ("zstd", zstd(format!("{one}{two}").as_bytes())),
        ("frames of zstd", [skipped.to_vec(), zstd(one.as_bytes()), skipped.to_vec(), zstd(b""), zstd(two.as_bytes())].concat()),
        ("zstd in gzip", gzip(&zstd(format!("\u{feff}{one}{two}").as_bytes()))),
    ];
    for (name, bytes) in cases {
        let run = read(&bytes);
        assert_eq!((run.code, found(&run)), (0, vec!["1:one".into(), "2:two".into()]), "{name}: {}", run.stderr);
    }
}

#[test]
fn what_is_cut_off_or_something_else_is_said() {
    let many: String = (0..5_000).map(|index| format!("{}\n", line(&format!("word{index}")))).collect();
    for (format, packed) in [("gzip", gzip(many.as_bytes())), ("zstd", zstd(many.as_bytes()))] {
        let run = read(&packed[..packed.len() - 100]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(
            run.stderr.contains(&format!("cannot read `events`: its {format} data ends too early; what stands before")),
            "{}",
            run.stderr
        );
        assert!(found(&run).len() > 1_000, "{format}: {}", found(&run).len());
        let mut damaged = packed.clone();
        let at = packed.len() * 3 / 4;
        damaged[at..at + 8].fill(0xff);
        let run = read(&damaged);
        assert!(run.code == 2 && run.stderr.contains(&format!("its {format} data ")), "{}", run.stderr);
    }
    for (bytes, said) in [
        (&b"PK\x03\x04abcdef"[..], "it is a zip archive"),
        (b"BZh91AY&", "it is bzip2"),
        (b"\xfd7zXZ\0\0\0", "it is xz"),
        (b"<?xml version='1.0'?>", "it is XML"),
        (b"ElfChnk\0abc", "a part of an event log"),
        (&[&[b'a'; 100][..], &[0; 157], b"ustar\x0000", &[0; 300]].concat(), "it is a tar archive"),
        (&gzip(&gzip(&gzip(&gzip(&gzip(b"{}"))))), "compressed again and again"),
        (b"\x1f\x8b", "its gzip data ends too early"),
    ] {
        let run = read(bytes);
        assert!(run.code == 2 && run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    for empty in [&b""[..], &gzip(b""), &zstd(b"")] {
        let run = read(empty);
        assert!(run.code == 0 && run.stderr.contains("events is empty"), "{}", run.stderr);
    }
    let folder = folder(&[("empty", b"")]);
    let run = folder.spoor(&["match", "-r", "any.spoor", "empty", "missing"]);
    assert!(run.code == 2 && run.stderr.contains("`missing`: no such file"), "{}", run.stderr);
}

/// A line without end in a small file: it is told and passed over.
#[test]
fn a_line_longer_than_any_event_is_passed_over() {
    let long = [&b"{\"a\": \""[..], &b"x".repeat(65 << 20), b"\"}\n", line("two").as_bytes(), b"\n"].concat();
    let packed = gzip(&long);
    assert!(packed.len() < 1 << 20);
    let run = read(&packed);
    assert_eq!((run.code, found(&run)), (1, vec!["2:two".into()]), "{}", run.stderr);
    assert!(run.stderr.contains("it is longer than 64 MB") && run.stderr.len() < 2_000, "{}", run.stderr);
}

// ---------- what attackers and exports write ----------

/// As PowerShell writes by default.
#[test]
fn text_in_utf_16_is_read() {
    let text = format!("{}\r\n{}\r\n", line("é 😀"), line("two"));
    let bytes = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for bytes in [[b"\xff\xfe", &bytes(&text)[..]].concat(), bytes(&text), gzip(&bytes(&format!("\u{feff}{text}")))] {
        let run = read(&bytes);
        assert_eq!((run.code, found(&run)), (0, vec!["1:é 😀".into(), "2:two".into()]), "{}", run.stderr);
    }
    let table = format!("Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine\r\n{ROW}\r\n");
    assert_eq!(found(&read(&[b"\xff\xfe", &bytes(&table)[..]].concat())), ["2:one"]);
    let xml = read(&bytes("\u{feff}<?xml version='1.0'?>"));
    assert!(xml.code == 2 && xml.stderr.contains("it is XML"), "{}", xml.stderr);
}

/// The blocks before the place where it breaks off are whole, whatever the window of the frame.
#[test]
fn a_frame_of_zstd_that_breaks_off_is_read_up_to_there() {
    let lines: Vec<String> =
        (0..20_000).map(|number| line(&format!("{number} {:x}", number * 2_654_435_761_u64 % 4_294_967_291))).collect();
    let packed = zstd((lines.join("\n") + "\n").as_bytes());
    let (mut damaged, middle) = (packed.clone(), packed.len() / 2);
    damaged[middle..middle + 64].fill(0xff);
    for bytes in [packed[..packed.len() * 9 / 10].to_vec(), packed[..middle].to_vec(), damaged] {
        let run = read(&bytes);
        let found = found(&run);
        let whole = found.iter().take(5_000).enumerate().all(|(at, one)| one.starts_with(&format!("{}:{at} ", at + 1)));
        assert!(run.code == 2 && found.len() > 5_000 && whole, "{} of {}: {}", found.len(), bytes.len(), run.stderr);
        assert!(run.stderr.contains("what stands before that was read"), "{}", run.stderr);
    }
    assert_eq!(found(&read(&packed)).len(), lines.len());
}

#[test]
fn zeros_behind_gzip_are_no_damage() {
    let packed = gzip((line("one") + "\n").as_bytes());
    let padded = [&packed[..], &[0; 700]].concat();
    let run = read(&padded);
    assert_eq!((run.code, found(&run)), (0, vec!["1:one".into()]), "{}", run.stderr);
    let run = read(&[&packed[..], &[0; 700], &packed].concat());
    assert_eq!((run.code, found(&run).len()), (0, 2), "{}", run.stderr);
    let run = read(&[&packed[..], b"x"].concat());
    assert_eq!((run.code, found(&run).len()), (2, 1), "{}", run.stderr);
}

/// One character that is none takes no event from the rules.
#[test]
fn letters_that_are_none_are_read() {
    let text = line("a?b");
    let replaced = |with: &[u8]| {
        let at = text.find('?').unwrap();
        [&text.as_bytes()[..at], with, &text.as_bytes()[at + 1..]].concat()
    };
    let pretty = pretty("a?b").replace('?', "\\ud800");
    for bytes in
        [replaced(br"\ud800"), replaced(br"\udc00"), replaced(&[0xff]), pretty.into_bytes(), [b"[", &replaced(&[0xc3])[..], b"]"].concat()]
    {
        let run = read(&bytes);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!((run.code, found(&run)), (0, vec!["1:a\u{fffd}b".into()]), "{shown}: {}", run.stderr);
        assert!(run.stderr.contains("1 event with letters that are none, read as U+FFFD"), "{shown}: {}", run.stderr);
    }
    let run = read(b"\xff\xfe\xff");
    assert!(run.code == 1 && run.stderr.contains("it is not UTF-8"), "{}", run.stderr);
}

#[test]
fn objects_around_events_are_opened() {
    let (one, two) = (line("one"), line("two"));
    for text in [
        format!("{{\"Count\":2,\"Records\":[{one},{two}]}}"),
        format!("{{\"Records\":[{one},{two}],\"NextToken\":\"a]}}\",\"more\":[{{\"a\":1}}], \"n\": 5}}"),
        format!("{{\n \"@odata.context\": \"x\",\n \"value\": [{one},\n{two}]\n}}\n"),
        format!("{{\"Stats\":{{}},\"Schema\":[{{\"Name\":\"x\"}}],\"Results\":[{one},{two}]}}"),
        format!("{{\"preview\":false,\"result\":{one}}}\n{{\"preview\":false,\"result\":{two}}}\n"),
        format!("{{\"time\":1767323045.123,\"host\":\"h\",\"event\":{one}}}\n{{\"event\":{two}}}\n"),
        format!("{{\"_source\":{one}}}\n{{\"_index\":\"x\",\"_source\":{two}}}\n"),
    ] {
        let run = read(text.as_bytes());
        let found: Vec<String> = found(&run).iter().filter_map(|one| one.split_once(':')).map(|(_, line)| line.to_owned()).collect();
        assert_eq!((run.code, found), (0, vec!["one".into(), "two".into()]), "{text}: {}", run.stderr);
    }
}

#[test]
fn records_of_winlogbeat_may_be_flat() {
    let flat = r#"{"winlog.channel":"Microsoft-Windows-Sysmon/Operational","winlog.event_id":1,"winlog.computer_name":"h1","winlog.event_data.Image":"C:\\a.exe","winlog.event_data.CommandLine":"one","@timestamp":"2026-01-02T03:04:05.123Z"}"#;
    let run = read(flat.as_bytes());
    assert_eq!((run.code, found(&run)), (0, vec!["1:one".into()]), "{}", run.stderr);
    let row = &run.json()[0];
    assert_eq!((&row["time"], &row["fields"]["host"]), (&"2026-01-02T03:04:05.123Z".into(), &"h1".into()));
    let csv = "\"@timestamp\",\"winlog.channel\",\"winlog.event_id\",\"winlog.event_data.Image\",\"winlog.event_data.CommandLine\"\n\
               2026-01-02T03:04:05Z,Microsoft-Windows-Sysmon/Operational,1,C:\\a.exe,one\n";
    assert_eq!(found(&read(csv.as_bytes())), ["2:one"]);
}

/// As pandas, and hands, write a column of numbers.
#[test]
fn a_number_of_an_event_may_be_written_in_other_ways() {
    for number in ["1.0", "1e0", "\"0x1\"", "\" 1\"", "\"1.0\""] {
        let text = line("one").replace("\"EventID\":1", &format!("\"EventID\":{number}"));
        assert!(text.contains(number));
        let run = read(text.as_bytes());
        assert_eq!((run.code, found(&run)), (0, vec!["1:one".into()]), "{number}: {}", run.stderr);
        assert_eq!(
            folder(&[("e", text.as_bytes()), ("n.spoor", b"rule n { detect windows_event where event_id == 1 }")])
                .spoor(&["match", "-r", "n.spoor", "e"])
                .json()
                .len(),
            1,
            "{number}"
        );
    }
    for number in ["1.5", "\"1.5\"", "\"x\"", "\"\""] {
        let text = line("one").replace("\"EventID\":1", &format!("\"EventID\":{number}"));
        assert_eq!(found(&read(text.as_bytes())), [""; 0], "{number}");
    }
}

/// Rows of Sentinel's own table need no channel.
#[test]
fn a_row_of_security_event_is_of_the_security_log() {
    let row = r#"{"TimeGenerated":"2026-01-02T03:04:05Z","Computer":"h1","EventID":4688,"NewProcessName":"C:\\a.exe","CommandLine":"one","Type":"SecurityEvent"}"#;
    assert_eq!(found(&read(row.as_bytes())), ["1:one"]);
}

// ---------- tables ----------

const ROW: &str = "2026-01-02T03:04:05Z,h1,ProcessCreated,a.exe,one";

#[test]
fn tables_are_read_as_they_are_exported() {
    let head = "Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine";
    let tabs = format!("{head}\n{ROW}\n").replace(',', "\t");
    for (text, line) in [
        (format!("{head}\n{ROW}\n"), 2),
        (format!("Timestamp [UTC],DeviceName,ActionType,FileName,ProcessCommandLine\r\n{ROW}\r\n"), 2),
        (format!("{head}\n{ROW}\n").replace(',', ";"), 2),
        (tabs, 2),
        (format!("sep=,\r\n{head}\r\n{ROW}"), 3),
        (format!("#TYPE System.Object\n\"{}\"\n{ROW}\n", head.replace(',', "\",\"")), 3),
        (format!("\n\n{head}\n{ROW}\n"), 4),
    ] {
        let run = read(text.as_bytes());
        assert_eq!((run.code, found(&run)), (0, vec![format!("{line}:one")]), "{text}: {}", run.stderr);
        assert_eq!(run.json()[0]["time"], "2026-01-02T03:04:05Z", "{text}");
    }
}

/// The rows behind a quote that nobody closed are rows all the same, and none of them is a part of the first.
#[test]
fn a_quote_that_is_not_closed_takes_its_own_row_alone() {
    let head = "Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine";
    let open = ROW.replace("one", "\"open");
    let quoted = ROW.replace("one", "\"a, \"\"b\"\"\"");
    let lines = ROW.replace("one", "\"a\nb\"");
    let text = format!("{head}\n{open}\n{ROW}\n{lines}\n{quoted}\n");
    let run = read(text.as_bytes());
    assert_eq!(found(&run), ["3:one", "4:a\nb", "6:a, \"b\""], "{}", run.stderr);
    assert!(
        run.code == 1 && run.stderr.contains("events:2:1") && run.stderr.contains("a quote of this row is not closed"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(&format!("2 | {open}")), "{}", run.stderr);
    let run = read(format!("{head}\n{ROW}\n{open}").as_bytes());
    assert_eq!((run.code, found(&run)), (1, vec!["2:one".into()]), "{}", run.stderr);
}

#[test]
fn two_columns_of_one_name_are_told() {
    let text = format!("Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine,ProcessCommandLine\n{ROW},two\n{ROW},\n");
    let run = read(text.as_bytes());
    assert_eq!(found(&run), ["2:two", "3:one"], "{}", run.stderr);
    assert!(run.stderr.contains("2 columns are called `ProcessCommandLine`"), "{}", run.stderr);
}
