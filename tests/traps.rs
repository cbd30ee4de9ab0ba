//! docs/traps.md: each trap names the rules of `tests/corpus` that hold it, or the codes that tell of it, and these exist.

use std::path::Path;

use spoor::diag::Code;

#[test]
fn every_trap_is_held_by_a_rule_that_states_verdicts_both_ways() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/traps.md")).expect("docs/traps.md");
    let (mut wrong, mut traps) = (Vec::new(), 0);
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---") && !line.ends_with("| held by |")) {
        traps += 1;
        let held = line.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        if held.is_empty() {
            wrong.push(format!("nothing holds: {line}"));
        }
        for name in held.split(", ") {
            let Some(rule) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else {
                if Code::from_id(name).is_none() {
                    wrong.push(format!("{name} is no code"));
                }
                continue;
            };
            let path = root.join("tests/corpus").join(format!("{rule}.spoor"));
            let Ok(text) = std::fs::read_to_string(&path) else {
                wrong.push(format!("{rule} is no rule of tests/corpus"));
                continue;
            };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let by_hand = std::fs::read_to_string(path.with_extension("jsonl")).unwrap_or_default();
            let says = |word: &str, json: &str| text.contains(word) || by_hand.contains(json);
            if !(says("\" match {", "\"match\": true") && says("no match {", "\"match\": false")) {
                wrong.push(format!("{rule} states one verdict only"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(traps > 50, "{traps} traps only");
}
