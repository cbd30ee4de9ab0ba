//! What matching costs beside reading: the same events, parsed only, decoded, and asked about 10, 100 and 1,000 rules.
//!
//! `cargo bench --bench matching`. A plain program: the figures are ratios to parsing the JSON alone, which is what any matcher pays.

use std::time::{Duration, Instant};

use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::schema::builtin;

const EVENTS: usize = 5_000;

fn main() {
    let lines: Vec<String> = (0..EVENTS).map(line).collect();
    let parsed = best(|| lines.iter().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count());
    println!("parse the JSON     1.00  {:.2} µs an event", per_event(parsed));
    let mut reader = Reader::detecting(builtin());
    let decoded = best(|| lines.iter().filter(|line| reader.read(line, |_| ()).is_ok()).count());
    report("read and decode", decoded, parsed);
    for count in [10, 100, 1_000] {
        let rules = rules(count);
        let (engine, refused) = Engine::new(&rules, builtin());
        assert!(refused.is_empty() && engine.len() == count);
        let mut scanner = engine.scanner();
        let matched = best(|| {
            let mut found = 0;
            for line in &lines {
                let _ = reader.read(line, |event| scanner.push(event, |_| found += 1));
            }
            found
        });
        report(&format!("and {count} rules"), matched, parsed);
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
fn rules(count: usize) -> Vec<Rule> {
    let one = |index: usize| {
        let name = ["cmd.exe", "powershell.exe", "python.exe", "mshta.exe"][index % 4];
        let regex = if index.is_multiple_of(5) { format!(" and command_line matches /-x\\s+word{index}\\b/") } else { String::new() };
        format!("rule r{index} {{\n  detect process where name == \"{name}\" and command_line contains \"word{index} \"{regex}\n}}\n")
    };
    let text: String = (0..count).map(one).collect();
    Workspace::text("bench.spoor", &text).check(builtin()).rules
}

/// The best of five: what the machine can do when it does nothing else.
fn best(mut work: impl FnMut() -> usize) -> Duration {
    let timed = (0..5).map(|_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed()
    });
    timed.min().unwrap_or_default()
}

fn report(what: &str, took: Duration, parsed: Duration) {
    println!("{what:<18} {:.2}  {:.2} µs an event", took.as_secs_f64() / parsed.as_secs_f64(), per_event(took));
}

fn per_event(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6 / EVENTS as f64
}
