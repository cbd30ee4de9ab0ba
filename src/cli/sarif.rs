//! What `check` and `match` share of SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
//!
//! In: the rules and the results of a run. Out: the log, as one text. Columns count code points, as all of Spoor's do, and the log says so.

use serde_json::{Value as Json, json};

/// A log of one run. `whole`: all that was asked for could be read. `missing`: what could not, each in a line.
pub fn log(rules: Vec<Json>, results: Vec<Json>, whole: bool, missing: &[String]) -> String {
    let notification = |text: &String| json!({"level": "error", "message": {"text": text}});
    let mut invocation = json!({"executionSuccessful": whole});
    if !missing.is_empty() {
        invocation["toolExecutionNotifications"] = missing.iter().map(notification).collect();
    }
    let driver =
        json!({"name": "spoor", "semanticVersion": env!("CARGO_PKG_VERSION"), "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// A path as a reference (RFC 3986): whatever is no plain letter of one is encoded.
pub fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
