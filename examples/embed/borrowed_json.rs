//! Lines of JSON that somebody else owns: nothing is copied but what a rule reads and has to unescape.

use spoor::engine::shape::{Reader, Row};
use spoor::schema::builtin;

const RULE: &str = r#"
rule shadow_copies {
  level: high
  detect process where name == "vssadmin.exe" and command_line contains all ["delete", "shadows"]
}
"#;

/// As a consumer of a topic, or a file that is mapped, would hold it.
const LINES: &str = r#"{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2026-01-02 03:04:05.000", "Computer": "pc1", "Image": "C:\\Windows\\System32\\vssadmin.exe", "CommandLine": "vssadmin delete shadows /all"}
{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2026-01-02 03:04:06.000", "Computer": "pc1", "Image": "C:\\Windows\\System32\\cmd.exe", "CommandLine": "cmd"}
no event
{"EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "Computer": "pc1"}
"#;

pub fn run() {
    let engine = super::engine(RULE);
    // One scanner and one reader a thread; `Reader::of(packs, "sysmon")` where the shape of the events is known.
    let mut scanner = engine.scanner();
    let mut reader = Reader::detecting(builtin());
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (number, line) in LINES.lines().enumerate() {
        // The event borrows the line; a line may be an event of several classes, or of none that rules know.
        let row = reader.each(line, |event| scanner.push(event, |one| found.push((number + 1, one.name.to_owned()))));
        match row {
            Ok(Row::Events(_) | Row::OfNoClass | Row::Blank) => {}
            Err(why) => wrong.push((number + 1, format!("{why:?}"))),
        }
    }
    println!("borrowed_json: {found:?}, no events: {wrong:?}");
    assert_eq!(found, [(1, "shadow_copies".to_owned())]);
    assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3]);
}
