//! The matcher beside others, over the same lines and the same rules of Sigma.
//!
//! `peers RULES EVENTS [ROUNDS [NAME]]`: the rules are those for Windows; EVENTS are JSON lines, unpacked; with a NAME only contenders that
//! have it in theirs. Every contender runs once a round, in
//! turn, on one thread; the table shows the median of user CPU. All of them begin with the text of a line and end with results built
//! in full, but those that only parse.
//! `peers RULES EVENTS differences`: which rules find what, here and there, event by event.

mod differences;
mod rsigma;

use std::hint::black_box;
use std::path::{Path, PathBuf};

use spoor::engine::{Engine, Match, shape::Reader};
use spoor::project::{Workspace, discover};
use spoor::schema::builtin;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rules, events, rest @ ..] = arguments.as_slice() else {
        eprintln!("peers RULES EVENTS [ROUNDS [NAME]]");
        std::process::exit(2);
    };
    let only = rest.get(1).map_or("", String::as_str);
    let rounds = rest.first().and_then(|text| text.parse().ok()).unwrap_or(9);
    let text = std::fs::read_to_string(events).expect("events");
    let mixed: Vec<&str> = text.lines().collect();
    let created: Vec<&str> = mixed.iter().copied().filter(|line| is_process_creation(line)).collect();
    // Few of the lines: each again and again, as often as makes the lanes alike.
    let created = created.repeat(mixed.len().div_ceil(created.len().max(1)));

    let mut files = Vec::new();
    rules_of_windows(Path::new(rules), &mut files);
    if rest.first().is_some_and(|word| word == "differences") {
        differences::print(&Spoor::new(&files), &rsigma::Routed::new(&files), &mixed);
        return;
    }
    let before = memory("VmRSS");
    let (loaded, spoor) = timed(|| Spoor::new(&files));
    println!(
        "{} files; Spoor loaded {} rules in {:.0} ms and {:.0} MB",
        files.len(),
        spoor.engine.len(),
        loaded * 1e3,
        memory("VmRSS") - before
    );
    let before = memory("VmRSS");
    let (loaded, shipped) = timed(|| rsigma::Shipped::new(&files));
    println!("rsigma loaded {} rules in {:.0} ms and {:.0} MB", shipped.len(), loaded * 1e3, memory("VmRSS") - before);
    let routed = rsigma::Routed::new(&files);
    for (name, lines) in [("mixed", mixed), ("process creation", created)] {
        println!(
            "\n{name}: {} lines, {:.1} MB, {rounds} rounds",
            lines.len(),
            lines.iter().map(|line| line.len()).sum::<usize>() as f64 / 1e6
        );
        lane(&lines, rounds, only, &spoor, &shipped, &routed);
    }
    println!("\nat most {:.0} MB, all of it", memory("VmHWM"));
}

type Contender<'c> = (&'static str, Box<dyn FnMut(&[&str]) -> usize + 'c>);

fn lane(lines: &[&str], rounds: usize, only: &str, spoor: &Spoor, shipped: &rsigma::Shipped, routed: &rsigma::Routed) {
    let mut contenders: Vec<Contender<'_>> = vec![
        (
            "serde_json, to its values",
            Box::new(|lines| lines.iter().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count()),
        ),
        ("rsigma, as shipped", Box::new(|lines| lines.iter().map(|line| shipped.matches(line)).sum())),
        ("rsigma, an engine a log source", Box::new(|lines| lines.iter().map(|line| routed.matches(line)).sum())),
        ("Spoor, reading alone", Box::new(|lines| spoor.read(lines))),
        ("Spoor", Box::new(|lines| spoor.matches(lines))),
    ];
    contenders.retain(|(name, _)| name.contains(only));
    let mut times = vec![Vec::new(); contenders.len() + 1];
    let mut found = vec![0; contenders.len() + 1];
    let mut tape = Tape::default();
    for _ in 0..rounds {
        // It writes into its input; the copy is none of its time.
        let mut copies: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        let (time, count) = timed(|| copies.iter_mut().map(|line| tape.parse(line)).sum());
        times[0].push(time);
        found[0] = count;
        drop(copies);
        for (index, (_, run)) in contenders.iter_mut().enumerate() {
            let (time, count) = timed(|| black_box(run(lines)));
            times[index + 1].push(time);
            found[index + 1] = count;
        }
    }
    let names = std::iter::once("simd-json, to a tape").chain(contenders.iter().map(|(name, _)| *name));
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    println!("{:<32} {:>10} {:>12} {:>10} {:>8}", "", "µs/event", "events/s", "to tape", "found");
    for ((name, median), found) in names.zip(&medians).zip(found) {
        let each = median / lines.len() as f64;
        println!("{name:<32} {:>10.2} {:>12.0} {:>10.2} {found:>8}", each * 1e6, 1.0 / each, median / medians[0]);
    }
    if !only.is_empty() {
        return;
    }
    let spoor = medians[medians.len() - 1];
    println!("Spoor is {:.1} times rsigma as shipped, {:.1} times its engines a log source", medians[2] / spoor, medians[3] / spoor);
}

struct Spoor {
    packs: spoor::schema::Packs,
    /// By the place of a rule: its id in the YAML.
    ids: Vec<String>,
    engine: Engine,
}

impl Spoor {
    fn new(files: &[PathBuf]) -> Spoor {
        let workspace = Workspace::load(discover(files), builtin());
        let packs = workspace.packs(builtin()).into_owned();
        let rules = workspace.check(&packs).rules;
        let (engine, _) = Engine::new(&rules, &packs);
        let ids = rules.iter().map(|rule| rule.meta.id.clone().unwrap_or_else(|| rule.name.clone())).collect();
        Spoor { packs, ids, engine }
    }

    fn read(&self, lines: &[&str]) -> usize {
        let mut reader = Reader::detecting(&self.packs);
        lines.iter().filter(|line| reader.each(line, |event| _ = black_box(event.class())).is_ok()).count()
    }

    fn matches(&self, lines: &[&str]) -> usize {
        let mut reader = Reader::detecting(&self.packs);
        let mut scanner = self.engine.scanner();
        let mut total = 0;
        let mut found: Vec<Match<'_>> = Vec::new();
        for line in lines {
            let _ = reader.each(line, |event| scanner.push(event, |one| found.push(one)));
            total += black_box(&found).len();
            found.clear();
        }
        total
    }
}

#[derive(Default)]
struct Tape(simd_json::Buffers);

impl Tape {
    fn parse(&mut self, line: &mut [u8]) -> usize {
        simd_json::to_tape_with_buffers(line, &mut self.0).map_or(0, |tape| usize::from(!black_box(tape).0.is_empty()))
    }
}

/// Sysmon's event 1 and Security's 4688.
fn is_process_creation(line: &str) -> bool {
    let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else { return false };
    let channel = event["Channel"].as_str().unwrap_or_default();
    matches!(event["EventID"].as_i64(), Some(1)) && channel.contains("Sysmon") || matches!(event["EventID"].as_i64(), Some(4688))
}

/// The files below the folder whose rule has `product: windows`.
fn rules_of_windows(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).expect("rules").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rules_of_windows(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "yml") && rsigma::is_of_windows(&path) {
            into.push(path);
        }
    }
}

/// Seconds of user CPU.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = user();
    let done = work();
    (user() - start, done)
}

fn user() -> f64 {
    // SAFETY: the structure is plain numbers, and the call fills it.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    usage.ru_utime.tv_sec as f64 + usage.ru_utime.tv_usec as f64 / 1e6
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Megabytes, as Linux counts them.
fn memory(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
