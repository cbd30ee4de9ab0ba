//! The binary as its users meet it: exit codes, the two streams, JSON, and every kind of bad input.

mod build;
mod check;
mod codes;
mod explain;
mod files;
mod fmt;
mod hostile;
mod run;
mod schema;
mod streams;

use run::Run;

const GOOD: &str = "rule good {\n  detect process where name == \"a.exe\"\n}\n";
const BAD: &str = "rule bad {\n  detect process where nam == \"a.exe\"\n}\n";
const BROKEN: &str = "rule broken {\n  detect process where name ==\n}\n";

fn codes_of(run: &Run) -> Vec<String> {
    run.json().iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}
