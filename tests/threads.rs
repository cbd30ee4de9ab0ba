//! `spoor match` with several threads, which say what one says, and of events that have no end.

#[path = "common/evtx.rs"]
#[allow(dead_code)] // a part of it is used here
mod evtx;
#[path = "cli/run.rs"]
#[allow(dead_code)] // the same
mod run;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use run::{Folder, command};
use serde_json::json;
use spoor::witness::Rng;

/// One over single events; one that counts; one that links, of hits whose times are often equal, and shows which of them it took.
const RULES: &str = r#"
rule single {
  level: high
  detect process where name == "a.exe" and command_line contains "7"
}
rule many {
  detect process
    having count() >= 40 and distinct(command_line) >= 3
    by host
    per 10s
  show host, count(), min(time), max(time), distinct(command_line)
}
rule linked {
  detect sequence by host within 2s {
    first:  process where name == "a.exe" and command_line contains "11"
    second: process where name == "b.exe" and command_line contains "22"
    optional third: process where command_line contains "33"
  }
  show first.command_line, second.command_line, third.command_line, third.time
}
"#;

fn event(rng: &mut Rng, number: usize) -> serde_json::Value {
    let name = if rng.one_in(2) { "a.exe" } else { "b.exe" };
    let time = format!("2026-01-02 03:04:{:02}.000", rng.below(60));
    json!({
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": time, "Computer": format!("pc{}", rng.below(4)),
        "Image": format!(r"C:\x\{name}"), "CommandLine": format!("line {number} {}", rng.below(100)), "Description": "x".repeat(rng.below(300)),
    })
}

/// Mostly lines; some that are broken, cut off, empty, several on one, or one over several; here and there a list.
fn lines(rng: &mut Rng, count: usize, odd: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for number in 0..count {
        let event = event(rng, number);
        let line = event.to_string();
        let pretty = serde_json::to_string_pretty(&event).expect("an event");
        match if odd > 0 && rng.one_in(odd) { rng.below(9) } else { 9 } {
            0 => text.extend(&line.as_bytes()[..line.len() / 2]),
            1 => text.extend(pretty.as_bytes()),
            2 => text.extend(b"no event"),
            3 => text.extend(b"\xff\xfe\xfd"),
            4 => text.extend(format!("{line} {line}").bytes()),
            5 => text.extend(format!("[{line},\n{line}]").bytes()),
            6 => text.extend(format!("  {line}\r").bytes()),
            7 => text.extend(b"{\"a\": [1, 2}"),
            8 => text.extend(b"\n\n[1, 2]"),
            _ => text.extend(line.bytes()),
        }
        text.push(b'\n');
    }
    text
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn csv(rng: &mut Rng, count: usize) -> String {
    let mut text = "Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine\n".to_owned();
    for number in 0..count {
        let row = format!("2026-01-02T03:04:{:02}Z,pc{},ProcessCreated,a.exe", rng.below(60), rng.below(4));
        match rng.below(50) {
            0 => writeln!(text, "{row}"),
            1 => writeln!(text, "{row},\"two\nlines {number}\""),
            2 => writeln!(text, "no,event,at,all,x"),
            _ => writeln!(text, "{row},line {number} {}", "y".repeat(120)),
        }
        .unwrap();
    }
    text
}

fn log(chunks: usize) -> Vec<u8> {
    let lines: Vec<String> = (0..chunks * 20).map(|number| format!("line {number}")).collect();
    let records: Vec<(u64, &str)> = lines.iter().enumerate().map(|(id, line)| (id as u64 + 1, line.as_str())).collect();
    let each: Vec<&[(u64, &str)]> = records.chunks(20).collect();
    let mut log = evtx::log(&each);
    // One chunk that is none any more.
    if chunks > 4 {
        log[evtx::HEADER + 3 * evtx::CHUNK] = b'?';
    }
    log
}

/// Every form, small and large, whole and damaged.
fn folder(rng: &mut Rng) -> Folder {
    let folder = Folder::with(&[("r.spoor", RULES)]);
    folder.write("e/a_regular.jsonl", lines(rng, 5_000, 0));
    folder.write("e/b_odd.jsonl", lines(rng, 5_000, 400));
    folder.write("e/c_very_odd.jsonl", lines(rng, 4_000, 3));
    folder.write("e/d_packed.jsonl.gz", gzip(&lines(rng, 5_000, 500)));
    // Larger packed than what one thread takes whole, and cut off.
    let noise: String = (0..3_000).map(|number| format!("{{\"a\":\"{}\"}}\n", noise(rng, number))).collect();
    let mut packed = gzip(&[noise.as_bytes(), &lines(rng, 4_000, 0)].concat());
    assert!(packed.len() > 1 << 20, "{}", packed.len());
    packed.truncate(packed.len() - 30_000);
    folder.write("e/e_cut.jsonl.gz", packed);
    for number in 0..12 {
        folder.write(&format!("e/f_small{number}.jsonl"), lines(rng, 40, 8));
    }
    folder.write("e/g_empty.jsonl", "");
    let list: Vec<String> = (0..4_000).map(|number| event(rng, number).to_string()).collect();
    folder.write("e/h_list.json", format!("[{}]", list.join(",\n")));
    folder.write("e/h_list_in_an_object.json", format!("{{ \"Records\":\n[{}]}}", list.join(",\n")));
    folder.write("e/i_rows.csv", csv(rng, 9_000));
    folder.write("e/j_log.evtx", log(24));
    folder.write("e/k_log.evtx", log(3));
    folder.write("e/l_cut.evtx", &log(24)[..evtx::HEADER + 20 * evtx::CHUNK + 900]);
    folder.write("e/m_packed.zip.jsonl", b"PK\x03\x04 no events");
    folder.write("e/n_last.jsonl", lines(rng, 100, 0).trim_ascii_end());
    folder
}

fn noise(rng: &mut Rng, number: usize) -> String {
    (0..400)
        .fold(number.to_string(), |mut text, _| {
            text.push(char::from(b'!' + rng.below(90) as u8));
            text
        })
        .replace(['"', '\\'], "_")
}

#[test]
fn threads_say_what_one_says() {
    let mut rng = Rng::new(21);
    for round in 0..2 {
        let folder = folder(&mut rng);
        for more in [&["--format", "json", "--summary"][..], &["--format", "table"], &["--strict"], &["--since", "2026-01-02T03:04:30Z"]] {
            let run = |threads: &str| folder.spoor(&[&["match", "-r", "r.spoor", "--threads", threads], more, &["e"]].concat());
            let one = run("1");
            assert!(one.stdout.lines().count() > 5 || more == ["--strict"], "{}{}", one.stdout, one.stderr);
            for threads in ["2", "4"] {
                let several = run(threads);
                assert_eq!(several.code, one.code, "{more:?}");
                same(&several.stderr, &one.stderr, &format!("round {round}, stderr of {threads} threads, {more:?}"));
                same(&several.stdout, &one.stdout, &format!("round {round}, stdout of {threads} threads, {more:?}"));
            }
            if more.contains(&"json") {
                for name in ["single", "many", "linked"] {
                    assert!(one.stdout.contains(&format!("\"rule\":\"{name}\"")), "{name}");
                }
                assert!(one.stderr.contains("lines more that are no event") && one.stderr.contains("ends too early"), "{}", one.stderr);
            }
        }
    }
}

fn same(left: &str, right: &str, what: &str) {
    let differing = left.lines().zip(right.lines()).enumerate().find(|(_, (left, right))| left != right);
    assert!(differing.is_none(), "{what}: {differing:?}");
    assert_eq!(left.len(), right.len(), "{what}");
}

/// Of a file that never ends: what was found is written, and the threads go home.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_all_threads() {
    let folder = Folder::with(&[("r.spoor", RULES)]);
    let pipe = folder.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let text = lines(&mut Rng::new(23), 500, 0);
    let feeding = thread::spawn(move || {
        let mut pipe = std::fs::File::options().write(true).open(pipe).unwrap();
        while pipe.write_all(&text).is_ok() {}
    });
    let stream = Stream::begin(&folder, &["match", "-r", "r.spoor", "--threads", "3", "--format", "json", "pipe"]);
    assert_eq!(stream.found(), "single");
    assert!(Command::new("kill").args(["-INT", &stream.child.id().to_string()]).status().unwrap().success());
    let (rest, told, code) = stream.end();
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("stopped before the end") && rest.iter().any(|line| line.contains("\"many\"")), "{told}");
    feeding.join().unwrap();
}

// ---------- events without end ----------

struct Stream {
    child: Child,
    lines: Receiver<String>,
}

impl Stream {
    fn begin(folder: &Folder, args: &[&str]) -> Stream {
        let mut child =
            command(&folder.path("")).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Stream { child, lines }
    }

    fn send(&mut self, second: usize, name: &str) {
        let event = json!({
            "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": format!("2026-01-02 03:04:{second:02}.000"), "Computer": "pc",
            "Image": format!(r"C:\x\{name}"), "CommandLine": "x",
        });
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{event}").unwrap();
        input.flush().unwrap();
    }

    /// The rule of the next match, while the stream goes on.
    fn found(&self) -> String {
        let line = self.lines.recv_timeout(Duration::from_secs(20)).expect("a match, while more may come");
        serde_json::from_str::<serde_json::Value>(&line).unwrap()["rule"].as_str().unwrap().to_owned()
    }

    fn end(mut self) -> (Vec<String>, String, Option<i32>) {
        drop(self.child.stdin.take());
        let rest = self.lines.iter().collect();
        let output = self.child.wait_with_output().unwrap();
        (rest, String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    }
}

const STREAM: &str = r#"
rule one { detect process where name == "one.exe" }
rule pair {
  detect sequence by host within 10s {
    a: process where name == "a.exe"
    b: process where name == "b.exe"
  }
}
rule burst {
  detect process where name == "c.exe"
    having count() >= 2
    by host
    per 1s
}
rule whole { detect process where name == "d.exe" having count() >= 1 by host }
"#;

#[test]
fn a_stream_is_told_while_it_goes_on() {
    let folder = Folder::with(&[("r.spoor", STREAM)]);
    let mut stream = Stream::begin(&folder, &["match", "-r", "r.spoor", "--format", "json", "--allow-late", "1s", "-"]);
    stream.send(1, "one.exe");
    assert_eq!(stream.found(), "one", "of a single event, at once");
    stream.send(2, "a.exe");
    stream.send(4, "b.exe");
    // No other event says that time has passed.
    assert_eq!(stream.found(), "pair");
    stream.send(9, "c.exe");
    stream.send(9, "c.exe");
    stream.send(20, "d.exe");
    assert_eq!(stream.found(), "burst");
    stream.send(5, "b.exe");
    let (rest, told, code) = stream.end();
    assert!(rest.len() == 1 && rest[0].contains("\"whole\""), "{rest:?}");
    assert!(told.contains("`whole` counted without `per`: decided when the input ends"), "{told}");
    assert!(told.contains("`pair` left out 1 event that came too late"), "{told}");
    assert_eq!(code, Some(0), "{told}");
}

/// Without the word of the user the end decides, but what one event says is not held back.
#[test]
fn without_it_the_end_decides() {
    let folder = Folder::with(&[("r.spoor", STREAM)]);
    let mut stream = Stream::begin(&folder, &["match", "-r", "r.spoor", "-"]);
    // Who writes may begin late: nothing so far is no end.
    std::thread::sleep(std::time::Duration::from_millis(350));
    stream.send(2, "a.exe");
    stream.send(4, "b.exe");
    stream.send(50, "one.exe");
    assert_eq!(stream.found(), "one");
    stream.send(3, "b.exe");
    let (rest, told, code) = stream.end();
    assert_eq!((rest.len(), code), (2, Some(0)), "{rest:?}\n{told}");
    assert!(!told.contains("left out"), "{told}");
    let wrong = folder.spoor(&["match", "-r", "r.spoor", "--allow-late", "soon", "-"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("as in `5m`"), "{}", wrong.stderr);
}

/// What `--allow-late` finds in files is what the end finds, if nothing was late.
#[test]
fn files_may_be_streams_too() {
    let mut rng = Rng::new(22);
    let folder = Folder::with(&[("r.spoor", RULES)]);
    folder.write("e.jsonl", lines(&mut rng, 3_000, 0));
    let run = |more: &[&str]| {
        let run = folder.spoor(&[&["match", "-r", "r.spoor"], more, &["e.jsonl"]].concat());
        let mut lines: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
        lines.sort();
        (lines, run.stderr)
    };
    let (wanted, _) = run(&[]);
    assert_eq!(run(&["--allow-late", "1m"]).0, wanted);
    let (less, told) = run(&["--allow-late", "5s"]);
    assert!(less.len() < wanted.len() && told.contains("`linked` left out"), "{told}");
}
