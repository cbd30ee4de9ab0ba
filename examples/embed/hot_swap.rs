//! The rules are exchanged while other threads match. An engine never changes: the new one is put in the place of the old, and each thread goes over
//! to it between two events. The old one goes when the last thread has left it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, RwLock};
use std::thread;

use spoor::engine::shape::Reader;
use spoor::engine::{Engine, Saved};
use spoor::schema::builtin;

/// Of each user, two failed logons within an hour.
const COUNTED: &str = r#"
rule failed_twice {
  detect logon where outcome == failure
    having count() >= 2
    by user.name
    per 1h
}
"#;

const BEFORE: &str = "rule tool { detect process where name == \"old.exe\" }\n";
const AFTER: &str = "rule tool { detect process where name == \"new.exe\" }\n";

/// The rules in force. Reading is a lock that is held for the length of a clone of an `Arc`.
struct Rules {
    engine: RwLock<Arc<Engine>>,
    /// Counts up with each exchange, so that a thread asks for the lock only then.
    version: AtomicUsize,
}

impl Rules {
    fn now(&self) -> (usize, Arc<Engine>) {
        let version = self.version.load(Ordering::Acquire);
        (version, Arc::clone(&self.engine.read().expect("no thread panics with the lock")))
    }

    fn put(&self, engine: Engine) {
        *self.engine.write().expect("no thread panics with the lock") = Arc::new(engine);
        self.version.fetch_add(1, Ordering::Release);
    }
}

/// Matches what comes, under whatever rules are in force when it comes.
fn work(rules: &Rules, lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines = lines.into_iter().peekable();
    let mut reader = Reader::detecting(builtin());
    let mut found = Vec::new();
    let mut kept: Option<Saved> = None;
    while lines.peek().is_some() {
        let (version, engine) = rules.now();
        let mut scanner = match kept.take() {
            None => engine.scanner(),
            Some(saved) => {
                // Rule by rule: what asks the same goes on with what it has; others begin with nothing, and what no rule asks is let go.
                let (scanner, carried) = engine.resume(saved);
                println!("hot_swap: {} go on, {} begin anew, gone: {:?}", carried.on.len(), carried.anew.len(), carried.gone);
                scanner
            }
        };
        while rules.version.load(Ordering::Acquire) == version {
            let Some(line) = lines.next() else { break };
            // An error is a line that is no event.
            let _ = reader.each(&line, |event| scanner.push(event, |one| found.push(one.name.to_owned())));
        }
        if lines.peek().is_none() {
            scanner.finish(|one| found.push(one.name.to_owned()));
        }
        // The scanner borrows the engine; what it keeps does not.
        kept = Some(scanner.into_saved());
    }
    found
}

pub fn run() {
    let engine = super::engine(&format!("{BEFORE}{COUNTED}"));
    let rules = Rules { engine: RwLock::new(Arc::new(engine)), version: AtomicUsize::new(0) };
    let (sender, lines) = sync_channel(0);
    let found = thread::scope(|scope| {
        let worker = scope.spawn(|| work(&rules, lines));
        let send = |line: String| sender.send(line).expect("the worker reads to the end");
        send(started("old.exe"));
        send(failed(1));
        // Taken by the worker before the exchange: the channel holds nothing back.
        send(started("new.exe"));
        rules.put(super::engine(&format!("// moved down\n{AFTER}{COUNTED}")));
        // This one may still be waited for under the old rules.
        send(started("other.exe"));
        send(started("old.exe"));
        send(started("new.exe"));
        send(failed(2));
        drop(sender);
        worker.join().expect("the worker ends")
    });
    println!("hot_swap: {found:?}");
    // One failure under each set of rules: the count went on.
    assert_eq!(found, ["tool", "tool", "failed_twice"]);
}

fn started(name: &str) -> String {
    format!(
        r#"{{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2026-01-02 03:04:05.000", "Computer": "pc", "Image": "C:\\{name}"}}"#
    )
}

fn failed(minute: usize) -> String {
    format!(
        r#"{{"EventID": 4625, "Channel": "Security", "TimeCreated": "2026-01-02T03:0{minute}:00Z", "Computer": "pc", "TargetUserName": "anna", "LogonType": 3}}"#
    )
}
