//! Every regular expression that reaches a target compiles in the engine that the target is documented to have.
//!
//! In: the patterns of emitted queries, told by a parser of their language (Microsoft's for KQL, `spl/exec.py --parse` for SPL), never by a
//! search through the text. Out: those that RE2 (KQL), or PCRE2 (SPL), refuses. Microsoft's pages have described RE2 and later Rust's
//! `regex`, so a pattern of KQL has to please both. Law: one that is no literal, and could not be judged, is a failure too.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use spoor::backend::{Options, Target, lower};

use crate::engines::{Oracle, ask};
use crate::{facts, generated, rules, vocabulary};

/// Those that an engine refuses, with its words. `flavour`: `re2`, `pcre`.
pub fn refused(flavour: &str, patterns: &BTreeSet<String>) -> Vec<String> {
    let listed: Vec<&String> = patterns.iter().collect();
    let cases: Vec<Value> =
        listed.iter().enumerate().map(|(id, pattern)| json!({ "id": id.to_string(), "flavour": flavour, "pattern": pattern })).collect();
    let Some(answers) = ask(Oracle::Regexes, Path::new(""), &cases) else { return Vec::new() };
    println!("{} regular expressions compiled as {flavour}", listed.len());
    let error = |(id, pattern): (usize, &&String)| {
        answers[&id.to_string()]["error"].as_str().map(|error| format!("{flavour} refuses {pattern:?}: {error}"))
    };
    let mut failures: Vec<String> = listed.iter().enumerate().filter_map(error).collect();
    if flavour == "re2" {
        let by_rust = |pattern: &&&String| regex::Regex::new(pattern).is_err();
        failures.extend(listed.iter().filter(by_rust).map(|pattern| format!("Rust's regex refuses {pattern:?}")));
    }
    failures
}

/// The patterns of an answer of either parser.
pub fn patterns(query: &str, answer: &Value, into: &mut BTreeSet<String>, failures: &mut Vec<String>) {
    for pattern in answer["patterns"].as_array().into_iter().flatten() {
        match pattern.as_str() {
            Some(pattern) => {
                into.insert(pattern.to_owned());
            }
            None => failures.push(format!("a regular expression that is no literal:\n{query}")),
        }
    }
}

#[test]
fn every_regex_of_a_search_is_one_of_pcre() {
    let packs = rules::packs();
    let mut rules: Vec<_> =
        rules::under(&["tests/corpus", "examples", "tests/oracle/native"], packs).into_iter().map(|one| one.rule).collect();
    rules.extend(vocabulary::rules(packs).into_iter().map(|one| one.rule));
    rules.extend(generated::rules(packs, 6, 1_000));
    let mut cases = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        for target in [Target::Splunk, Target::SplunkRaw] {
            if let Some(query) = lower(rule, target, packs, &Options::default()).query {
                cases.push(json!({ "id": format!("{index} {}", target.name()), "query": query }));
            }
        }
    }
    let Some(answers) = ask(Oracle::SplParser, &facts::cim(), &cases) else { return };
    let (mut found, mut failures) = (BTreeSet::new(), Vec::new());
    for case in &cases {
        let query = case["query"].as_str().unwrap_or_default();
        let answer = &answers[case["id"].as_str().expect("an id")];
        // What the tool cannot read is for the test that executes; here its patterns are those up to there.
        patterns(query, answer, &mut found, &mut failures);
    }
    assert!(found.len() > 500, "only {} patterns", found.len());
    failures.extend(refused("pcre", &found));
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
