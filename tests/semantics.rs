//! grammar/semantics.md names a corpus rule for each point; here each of them is looked up.

use std::path::Path;

#[test]
fn every_point_names_a_rule_of_the_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("grammar/semantics.md")).expect("the page");
    let mut named = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let Some((folder, fact)) = word.split_once('/') else { continue };
        if !folder.chars().all(|c| c.is_ascii_lowercase() || c == '_') || folder == "tests" || word.contains(' ') {
            continue;
        }
        let path = root.join("tests/corpus").join(folder);
        let found = if fact == "*" { path.is_dir() } else { path.join(format!("{fact}.spoor")).is_file() };
        assert!(found, "grammar/semantics.md names `{word}`, and there is no such rule");
        named += 1;
    }
    assert!(named > 100, "only {named} rules are named: is the page read as it is written?");
}
