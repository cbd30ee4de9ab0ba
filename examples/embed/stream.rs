//! A stream without end: what rules over several events find is given out as time passes, memory is bounded, and the state outlives the program.

use spoor::engine::shape::Reader;
use spoor::engine::{Combined, Engine, Limits, Scanner};
use spoor::schema::builtin;

const RULE: &str = r#"
rule guessed {
  detect sequence by user.name within 10m {
    failed:  logon where outcome == failure
    entered: logon where outcome == success
  }
}
"#;

const MINUTE: i64 = 60_000_000;

/// Events may come two minutes later than others that are newer.
const LATE: i64 = 2 * MINUTE;

fn feed<'e>(scanner: &mut Scanner<'e>, line: &str, found: &mut Vec<Combined<'e>>) {
    let mut reader = Reader::detecting(builtin());
    let row = reader.each(line, |event| scanner.push(event, |one| println!("stream: {}", one.name)));
    row.expect("an event");
    // Also without a line, when time passes: `scanner.advance(micros, ..)`.
    scanner.advance_behind(LATE, |one| found.push(one));
}

pub fn run() {
    // The program is started for the first time.
    let engine: Engine = super::engine(RULE);
    // What is kept at most of each rule; `scanner.left_out()` tells what that cost.
    let mut scanner = engine.scanner().limited(Limits::STREAM);
    let mut found = Vec::new();
    feed(&mut scanner, &logon(4625, "03:01"), &mut found);
    // The position of the stream belongs to it: save both, or neither.
    let bytes: Vec<u8> = scanner.save();
    assert!(found.is_empty());

    // And again, perhaps on another machine: the rules over several events must be the same (`restore_some` takes what fits).
    let engine: Engine = super::engine(RULE);
    let mut scanner = engine.restore(&bytes).expect("what was saved").limited(Limits::STREAM);
    let mut found = Vec::new();
    feed(&mut scanner, &logon(4624, "03:05"), &mut found);
    assert!(found.is_empty(), "an event of 03:04 may still come");
    feed(&mut scanner, &logon(4634, "03:08"), &mut found);
    println!("stream: {} {:?}", found[0].name, found[0].keys);
    assert_eq!(found.len(), 1);

    // Too late, told, and left out.
    feed(&mut scanner, &logon(4624, "03:02"), &mut found);
    assert_eq!(scanner.left_out().map(|(_, left_out)| left_out.late).sum::<u64>(), 1);
    assert!(engine.restore(&bytes[..bytes.len() - 1]).is_err(), "half a state is none");
}

fn logon(id: u32, time: &str) -> String {
    format!(
        r#"{{"EventID": {id}, "Channel": "Security", "TimeCreated": "2026-01-02T{time}:00Z", "Computer": "pc", "TargetUserName": "anna", "TargetLogonId": "0x1", "LogonType": 3}}"#
    )
}
