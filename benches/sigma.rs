//! What Sigma rules cost beside reading them: the same files, parsed to YAML events only, checked, and built for every target.
//!
//! `cargo bench --bench sigma -- [FOLDER]`; without a folder, rules made here. A plain program: the figures are ratios to parsing the YAML alone,
//! on one thread, which is what any reader of the files pays; the stages use the threads that the program uses. The last two are the
//! program itself, from its start to its end: `docs/speed.md` has them.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::best;
use serde_yaml::granit_parser::Parser;
use spoor::backend::{Options, Target, lower};
use spoor::hir::Rule;
use spoor::project::{Stage, Workspace, discover, in_parallel};
use spoor::schema::builtin;

const MADE: usize = 2_000;

fn main() {
    let folder = std::env::args_os().skip(1).map(PathBuf::from).find(|path| path.is_dir());
    let scratch = std::env::temp_dir().join(format!("spoor-bench-{}", std::process::id()));
    let folder = folder.unwrap_or_else(|| made(&scratch.join("rules")));
    let load = || Workspace::load(discover(std::slice::from_ref(&folder)), builtin());

    let workspace = load();
    let texts: Vec<&str> = workspace.documents.iter().map(|document| workspace.sources.text(document.file)).collect();
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    println!("{} files, {:.1} MB", texts.len(), bytes as f64 / 1e6);
    let bare = best(|| texts.iter().map(|text| Parser::new_from_str(text).filter(Result::is_ok).count()).sum());
    println!("parse the YAML           1.00  {:.0} ms", bare.as_secs_f64() * 1e3);

    report("and read the rules", best(|| load().documents.len()), bare);
    let checked = best(|| {
        let workspace = load();
        workspace.check(&workspace.packs(builtin())).rules.len()
    });
    report("and check them", checked, bare);
    let packs = workspace.packs(builtin());
    let rules = workspace.check(&packs).rules;
    let options = Options::default();
    let query = |rule: &Rule, target: Target| lower(rule, target, &packs, &options).query;
    for target in Target::ALL.iter().copied() {
        let built = best(|| in_parallel(&rules, |rule| query(rule, target)).iter().flatten().map(String::len).sum());
        report(&format!("lower to {}", target.name()), built, bare);
    }
    let queries: Vec<String> = Target::ALL.iter().flat_map(|target| rules.iter().filter_map(|rule| query(rule, *target))).collect();
    let files: Vec<(String, String)> = queries.into_iter().enumerate().map(|(index, text)| (format!("{index}.txt"), text)).collect();
    let mut outs = (0..).map(|round| scratch.join(format!("out-{round}")));
    let written = best(|| outs.next().map_or(0, |out| write(&out, &files)));
    report(&format!("write {} queries", files.len()), written, bare);

    report("spoor check", best(|| run(&["check"], &folder)), bare);
    let mut outs = (0..).map(|round| scratch.join(format!("build-{round}")).display().to_string());
    let built = best(|| run(&["build", "--output", &outs.next().unwrap_or_default()], &folder));
    report("spoor build, all targets", built, bare);
    let _ = std::fs::remove_dir_all(&scratch);
}

/// How many files were made in a new folder.
fn write(folder: &Path, files: &[(String, String)]) -> usize {
    let stage = Stage::begin(folder).expect("a folder");
    let laid = in_parallel(files, |(name, text)| (name.clone(), stage.lay(name, text.as_bytes()).expect("a file")));
    files.len() - stage.settle(&laid).expect("a folder").len()
}

/// Rules as people write them: a selection with a name, one with a list, and a filter.
fn made(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).expect("a folder for rules");
    for index in 0..MADE {
        let text = format!(
            "title: Tool {index} Was Used\nid: 00000000-0000-4000-8000-{index:012}\nstatus: test\ndescription: Finds the tool by its name and its words.\n\
             author: Nobody\ndate: 2026-01-31\ntags:\n    - attack.execution\n    - attack.t1059.001\nlogsource:\n    category: process_creation\n    product: windows\n\
             detection:\n    selection_img:\n        - Image|endswith: '\\tool{index}.exe'\n        - OriginalFileName: 'tool{index}.exe'\n\
             \x20   selection_cli:\n        CommandLine|contains:\n            - ' -word{index} '\n            - ' --other-word{index}='\n            - '/x{index}*y'\n\
             \x20   filter_main_parent:\n        ParentImage|startswith: 'C:\\Program Files\\Tool\\'\n\
             \x20   condition: all of selection_* and not 1 of filter_main_*\nfalsepositives:\n    - Unknown\nlevel: medium\n"
        );
        std::fs::write(folder.join(format!("tool{index}.yml")), text).expect("a rule");
    }
    folder.to_owned()
}

/// The whole program, which says what it finds to nobody. A folder for queries is a new one each time.
fn run(arguments: &[&str], folder: &Path) -> usize {
    let mut spoor = Command::new(env!("CARGO_BIN_EXE_spoor"));
    let status = spoor.args(arguments).arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program runs");
    // 1: it has found something; 2: it could not do it.
    assert_ne!(status.code(), Some(2), "{arguments:?}");
    1
}

fn report(what: &str, took: Duration, bare: Duration) {
    println!("{what:<24} {:.2}  {:.0} ms", took.as_secs_f64() / bare.as_secs_f64(), took.as_secs_f64() * 1e3);
}
