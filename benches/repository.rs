//! What a repository of 5,000 rules costs: `spoor check`, `spoor test` with and without snapshots, `spoor build -o`; time and the most memory.
//!
//! `cargo bench --bench repository -- [FOLDER of Sigma's rules]`. One repository is of the rules of `examples`, again and again under other names, with their
//! tests; of the other the folder's rules are a part. A plain program that runs the program from its start to its end: `docs/speed.md` has the figures.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::best;
use spoor::project::discover;

const RULES: usize = 5_000;

fn main() {
    let folder = std::env::args_os().skip(1).map(PathBuf::from).find(|path| path.is_dir());
    let scratch = std::env::temp_dir().join(format!("spoor-repository-{}", std::process::id()));
    measure("rules of the language, several events half of them", &made(&scratch.join("own"), RULES));
    if let Some(folder) = folder {
        let root = scratch.join("mixed");
        let sigma = copied(&folder, &root.join("rules/sigma"));
        measure(&format!("{sigma} rules of Sigma and {} of the language", RULES - sigma), &made(&root, RULES - sigma));
    }
    let _ = fs::remove_dir_all(&scratch);
}

fn measure(what: &str, root: &Path) {
    println!("{RULES} rules: {what}");
    run(root, &["test", "--update"]);
    let mut outs = (0..).map(|round| format!("out-{round}"));
    report("spoor check", || run(root, &["check"]));
    report("spoor test --no-snapshots", || run(root, &["test", "--no-snapshots"]));
    report("spoor test", || run(root, &["test"]));
    report("spoor build -o, a new folder", || run(root, &["build", "-o", &outs.next().unwrap_or_default()]));
    report("spoor build -o, the same again", || run(root, &["build", "-o", "out-0"]));
}

fn report(what: &str, mut work: impl FnMut() -> usize) {
    let mut memory = 0;
    let took: Duration = best(|| {
        memory = memory.max(work());
        memory
    });
    println!("  {what:<32} {:>6.0} ms  {:>4} MB", took.as_secs_f64() * 1e3, memory / 1_000);
}

/// A repository with so many rules of the language.
fn made(root: &Path, rules: usize) -> PathBuf {
    let mut examples: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"))
        .expect("the examples")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "spoor"))
        .collect();
    examples.sort();
    let texts: Vec<String> = examples.iter().map(|path| fs::read_to_string(path).expect("an example")).collect();
    for (index, text) in texts.iter().cycle().take(rules).enumerate() {
        let folder = root.join(format!("rules/own/{}", index / 100));
        fs::create_dir_all(&folder).expect("a folder for rules");
        let line = |line: &str| match line.strip_prefix("rule ") {
            Some(rest) => format!("rule r{index}_{rest}\n"),
            None if line.trim_start().starts_with("id: ") && !line.ends_with(',') => format!("  id: \"r{index}\"\n"),
            None => format!("{line}\n"),
        };
        fs::write(folder.join(format!("r{index}.spoor")), text.lines().map(line).collect::<String>()).expect("a rule");
    }
    fs::write(root.join("spoor.yaml"), "rules: [rules]\n").expect("a manifest");
    root.to_owned()
}

/// Copies the rules of Sigma below a folder; gives back how many files there are.
fn copied(from: &Path, to: &Path) -> usize {
    let found = discover(std::slice::from_ref(&from.to_owned())).files;
    for path in &found {
        let target = to.join(path.strip_prefix(from).unwrap_or(path));
        fs::create_dir_all(target.parent().unwrap_or(to)).expect("a folder for rules");
        fs::copy(path, target).expect("a rule");
    }
    found.len()
}

/// The whole program, which says what it finds to nobody; the most memory that it had, in kB, where the system tells (Linux).
fn run(root: &Path, arguments: &[&str]) -> usize {
    let mut spoor = Command::new(env!("CARGO_BIN_EXE_spoor"));
    let mut child = spoor.args(arguments).current_dir(root).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    let memory = watch(&mut child);
    // 1: it has found something; 2: it could not do it.
    assert_ne!(child.wait().expect("an end").code(), Some(2), "{arguments:?}");
    memory
}

fn watch(child: &mut Child) -> usize {
    let path = format!("/proc/{}/status", child.id());
    let begun = Instant::now();
    let mut most = 0;
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        let status = fs::read_to_string(&path).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        // Seldom enough to cost nothing, often enough for a run of a tenth of a second.
        std::thread::sleep(Duration::from_millis(if begun.elapsed() < Duration::from_secs(1) { 2 } else { 20 }));
    }
    most
}
