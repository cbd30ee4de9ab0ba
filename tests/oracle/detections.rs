//! Queries that Microsoft's services run: custom detections, and those in near real time.
//!
//! In: every rule, for each purpose. Out: failures. Law: Microsoft's parser finds no error, and its binder finds the columns in the result
//! that the service reads; a query in near real time holds nothing but what the list of supported features has. What is
//! refused says why by a code, which `spoor explain` knows; here it is counted.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};
use spoor::backend::{Options, Purpose, Target, lower};

use crate::engines::{Oracle, ask};
use crate::several::is_several;
use crate::{facts, rules};

/// By which the service finds what an alert is about.
const ENTITIES: &[&str] = &[
    "DeviceId",
    "DeviceName",
    "RemoteDeviceName",
    "RecipientEmailAddress",
    "SenderFromAddress",
    "SenderMailFromAddress",
    "SenderObjectId",
    "RecipientObjectId",
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
    "InitiatingProcessAccountSid",
    "InitiatingProcessAccountUpn",
];

/// "Supported KQL features in Azure Monitor transformations": what Defender knows in near real time.
const FUNCTIONS: &[&str] = &[
    "tobool",
    "todatetime",
    "todouble",
    "toreal",
    "toguid",
    "toint",
    "tolong",
    "tostring",
    "totimespan",
    "parse_json",
    "case",
    "iff",
    "iif",
    "extract",
    "isempty",
    "isnotempty",
    "isnull",
    "isnotnull",
    "strcat",
    "strlen",
    "substring",
    "tolower",
    "toupper",
    "dayofmonth",
    "getmonth",
    "getyear",
    "hourofday",
    "datetime_part",
    // Words of the condition itself, and typed literals.
    "not",
    "and",
    "or",
    "in",
    "where",
    "long",
    "real",
];

#[test]
fn detections_are_what_the_service_asks_for() {
    let packs = rules::packs();
    let rules = rules::under(&["tests/corpus", "examples", "tests/oracle/native"], packs);
    let mut failures = Vec::new();
    for target in [Target::Defender, Target::Sentinel] {
        for purpose in [Purpose::CustomDetection, Purpose::NearRealTime] {
            let options = Options { purpose, ..Options::default() };
            let mut cases = Vec::new();
            let mut several = 0;
            let mut refused: BTreeMap<String, usize> = BTreeMap::new();
            for written in &rules {
                let lowered = lower(&written.rule, target, packs, &options);
                match lowered.query {
                    Some(query) => {
                        several += usize::from(is_several(&written.rule));
                        cases.push(json!({ "id": written.rule.name, "query": query }));
                    }
                    None => *refused.entry(lowered.reasons[0].code.to_string()).or_default() += 1,
                }
            }
            let Some(answers) = ask(Oracle::KqlParser, &facts::kql(target.name(), packs), &cases) else { return };
            for case in &cases {
                let id = case["id"].as_str().expect("an id");
                let query = case["query"].as_str().expect("a query");
                let mut say = |what: String| failures.push(format!("{id} for {} on {}: {what}\n{query}", purpose.name(), target.name()));
                for wrong in errors(&answers[id]) {
                    say(wrong);
                }
                for lacking in lacking(&answers[id], target) {
                    say(lacking);
                }
                if target == Target::Defender && purpose == Purpose::NearRealTime {
                    for unknown in unknown(query) {
                        say(unknown);
                    }
                }
            }
            println!(
                "{} for {}: {} queries, {several} over several events, refused {refused:?}",
                target.name(),
                purpose.name(),
                cases.len()
            );
            let (least, most) = if purpose == Purpose::CustomDetection { (60, usize::MAX) } else { (0, 0) };
            assert!((least..=most).contains(&several), "{several} rules over several events for {} on {}", purpose.name(), target.name());
            assert!(cases.len() > 100, "few rules can be {} on {}: {refused:?}", purpose.name(), target.name());
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
}

fn errors(answer: &Value) -> Vec<String> {
    let found = answer["diagnostics"].as_array().expect("diagnostics").iter().filter(|found| found["severity"] == "Error");
    found.map(|found| found["message"].to_string()).collect()
}

/// What the service reads and the result, as Microsoft's binder sees it, does not have.
fn lacking(answer: &Value, target: Target) -> Vec<String> {
    let columns = answer["columns"].as_array().map(Vec::as_slice).unwrap_or_default();
    let has = |name: &str, ty: &str| columns.iter().any(|column| column["name"] == name && (ty.is_empty() || column["type"] == ty));
    let mut lacking = Vec::new();
    let time = if target == Target::Defender { "Timestamp" } else { "TimeGenerated" };
    if !has(time, "datetime") {
        lacking.push(format!("no {time}"));
    }
    if target == Target::Defender {
        let report = has("ReportId", "long") || has("ReportId", "string");
        lacking.extend((!report).then(|| "no ReportId".to_owned()));
        lacking.extend((!ENTITIES.iter().any(|entity| has(entity, "string"))).then(|| "no entity".to_owned()));
    }
    lacking
}

/// Operators and functions that are not on the list, and comments.
fn unknown(query: &str) -> Vec<String> {
    let literal = Regex::new(r#"@"(?:[^"]|"")*"|"(?:[^"\\]|\\.)*""#).expect("a regex");
    let bare = literal.replace_all(query, "\"\"");
    let mut unknown = Vec::new();
    for line in bare.lines().map(str::trim_start) {
        if let Some(rest) = line.strip_prefix("| ") {
            let operator = rest.split(' ').next().unwrap_or_default();
            if !["where", "extend", "project"].contains(&operator) {
                unknown.push(format!("the operator {operator}"));
            }
        }
    }
    let call = Regex::new(r"\b([A-Za-z_0-9]+)\s*\(").expect("a regex");
    unknown.extend(
        call.captures_iter(&bare)
            .map(|found| found[1].to_owned())
            .filter(|name| !FUNCTIONS.contains(&name.as_str()))
            .map(|name| format!("the function {name}")),
    );
    for word in ["in~", "has_any", "has_all", "//", "union", "join", "let "] {
        if bare.contains(word) {
            unknown.push(format!("`{word}`"));
        }
    }
    unknown
}
