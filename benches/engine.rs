//! What matching costs beside reading: the same events, parsed only, decoded, and asked about 10, 100, 1,000 and 2,400 rules.
//!
//! `cargo bench --bench engine [RULES EVENTS]`: with a folder of rules and a file of JSON lines, so many of its rules, evenly spread, and
//! its lines; without, both are made here. A plain program: the figures are ratios to parsing the JSON alone, which is what any
//! matcher pays.

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::best;
use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::hir::Rule;
use spoor::project::{Workspace, discover};
use spoor::schema::builtin;

const EVENTS: usize = 5_000;
const MOST: usize = 2_400;

fn main() {
    let given: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).filter(|path| path.exists()).collect();
    let (workspace, lines) = match given.as_slice() {
        [rules, events] => {
            let text = std::fs::read_to_string(events).expect("events");
            (Workspace::load(discover(std::slice::from_ref(rules)), builtin()), text.lines().map(str::to_owned).collect())
        }
        _ => (Workspace::text("bench.spoor", &rules(MOST)), (0..EVENTS).map(line).collect::<Vec<String>>()),
    };
    let packs = workspace.packs(builtin());
    let all = workspace.check(&packs).rules;
    let parsed = best(|| lines.iter().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count());
    let each = |took: Duration| took.as_secs_f64() * 1e6 / lines.len() as f64;
    let report = |what: &str, took: Duration| {
        let (ratio, speed) = (took.as_secs_f64() / parsed.as_secs_f64(), 1e3 / each(took));
        println!("{what:<18} {ratio:>6.2} {:>8.2} µs an event {speed:>8.0} thousand events/s", each(took));
    };
    report("parse the JSON", parsed);
    let mut reader = Reader::detecting(&packs);
    report("read and decode", best(|| lines.iter().filter(|line| reader.read(line, |_| ()).is_ok()).count()));
    report("read", best(|| lines.iter().filter(|line| reader.each(line, |_| ()).is_ok()).count()));
    for count in [10, 100, 1_000, MOST].map(|count| count.min(all.len())) {
        let some: Vec<&Rule> = (0..count).map(|index| &all[index * all.len() / count]).collect();
        let (engine, refused) = Engine::new(some, &packs);
        assert!(refused.is_empty() && engine.len() == count);
        let mut scanner = engine.scanner();
        let matched = best(|| {
            let mut found = 0;
            for line in &lines {
                let _ = reader.each(line, |event| scanner.push(event, |_| found += 1));
            }
            found
        });
        report(&format!("and {count} rules"), matched);
    }
}

fn line(index: usize) -> String {
    let name = ["cmd.exe", "powershell.exe", "python.exe", "svchost.exe", "notepad.exe"][index % 5];
    serde_json::json!({
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": format!("pc{}.corp.example", index % 50),
        "UtcTime": "2026-01-31 10:00:00.123", "ProcessGuid": "{fe86be69-80bd-64b8-d604-000000001000}", "ProcessId": index.to_string(),
        "Image": format!(r"C:\Windows\System32\{name}"), "CommandLine": format!(r#""C:\Windows\System32\{name}" -x word{} /c"#, index % 997),
        "CurrentDirectory": r"C:\Users\alice\", "User": r"CORP\alice", "LogonId": "0x627b7", "IntegrityLevel": "High",
        "Hashes": "MD5=4491E56ABD4171BA0A3DA55740FAE28D,SHA256=5F87065D21D607C0464287824156447BD0E475485824F40856E3EEE777D07E2F",
        "ParentImage": r"C:\Windows\explorer.exe", "ParentCommandLine": r#""C:\Windows\Explorer.EXE" /NoUACCheck"#,
    })
    .to_string()
}

/// A name that is common, a word of the command line that is not, and for every fifth rule a regex.
fn rules(count: usize) -> String {
    let one = |index: usize| {
        let name = ["cmd.exe", "powershell.exe", "python.exe", "mshta.exe"][index % 4];
        let regex = if index.is_multiple_of(5) { format!(" and command_line matches /-x\\s+word{index}\\b/") } else { String::new() };
        format!("rule r{index} {{\n  detect process where name == \"{name}\" and command_line contains \"word{index} \"{regex}\n}}\n")
    };
    (0..count).map(one).collect()
}
