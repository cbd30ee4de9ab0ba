//! The oracles as processes: lines of JSON in, lines of JSON out.
//!
//! In: cases, each with an `id`. Out: the answers by id. Law: an oracle that is there and dies, or leaves a case unanswered, fails the
//! test; one that is not there skips it, unless SPOOR_ORACLES=1 demands it; SPOOR_ORACLES=0 skips all.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Oracle {
    /// Microsoft's parser and binder.
    KqlParser,
    /// duckdb-kql: what a KQL query returns.
    KqlEngine,
    /// Splunk's documented semantics: what a search returns.
    SplEngine,
    /// The same, reading only.
    SplParser,
    /// RE2 and PCRE2: what is a regular expression.
    Regexes,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What `.ci/oracles` installed.
fn home() -> PathBuf {
    root().join("target/oracle")
}

/// The answers to `cases`, by their ids; None: the oracle is not installed here. `facts` is the schema it reads.
pub fn ask(oracle: Oracle, facts: &std::path::Path, cases: &[Value]) -> Option<HashMap<String, Value>> {
    let wanted = std::env::var("SPOOR_ORACLES").ok();
    if wanted.as_deref() == Some("0") {
        return None;
    }
    let Some(mut command) = command(oracle) else {
        assert!(wanted.is_none(), "{oracle:?} is not installed: run .ci/oracles");
        println!("skipped: {oracle:?} is not installed here (.ci/oracles installs it)");
        return None;
    };
    let mut child = command.arg(facts).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            // A process that died shows in its missing answers.
            if writeln!(stdin, "{line}").is_err() {
                break;
            }
        }
    });
    let output = child.wait_with_output().expect("the oracle ends");
    writer.join().expect("the writer ends");
    assert!(output.status.success(), "{oracle:?} failed: {}", output.status);
    let answers: HashMap<String, Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).expect("a line of JSON");
            (answer["id"].as_str().unwrap_or_default().to_owned(), answer)
        })
        .collect();
    for case in cases {
        assert!(answers.contains_key(case["id"].as_str().expect("an id")), "{oracle:?} did not answer {}", case["id"]);
    }
    Some(answers)
}

fn command(oracle: Oracle) -> Option<Command> {
    let here = root().join("tests/oracle");
    match oracle {
        Oracle::KqlParser => {
            let modules = home().join("node_modules");
            modules.join("@kusto/language-service-next").is_dir().then(|| {
                let mut command = Command::new("node");
                command.arg(here.join("kql/check.mjs")).args(["--columns", "--patterns"]).env("KQL_NODE_MODULES", modules);
                command
            })
        }
        Oracle::KqlEngine => {
            let python = home().join("venv/bin/python");
            python.exists().then(|| {
                let mut command = Command::new(python);
                command.arg(here.join("kql/exec.py"));
                command
            })
        }
        Oracle::Regexes => {
            let python = home().join("venv/bin/python");
            python.exists().then(|| {
                let mut command = Command::new(python);
                command.arg(here.join("regex/check.py"));
                command
            })
        }
        // They need nothing but Python itself.
        Oracle::SplEngine | Oracle::SplParser => {
            Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()).then(|| {
                let mut command = Command::new("python3");
                command.arg(here.join("spl/exec.py")).env("PYTHONDONTWRITEBYTECODE", "1");
                if oracle == Oracle::SplParser {
                    command.arg("--parse");
                }
                command
            })
        }
    }
}
