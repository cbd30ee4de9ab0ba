//! What the engines refuse: a list that people have read.
//!
//! In: the refusals of a run. Out: a failure for each that is not in the list (refusals.txt; several.txt for rules over several events), and for each
//! line there that no longer happens.
//! SPOOR_UPDATE=1 writes the file anew; read the difference before it is committed.

use std::collections::BTreeSet;

use crate::engines::root;

const HEAD: &str = "# What the engines of tests/oracle refuse, so that nothing is proven there: rule, target, the engine's reason.\n\
                    # SPOOR_UPDATE=1 cargo test --test oracle writes it; each new line wants a person's eye.\n";

/// The failures.
pub fn compare(list: &str, refused: &BTreeSet<String>) -> Vec<String> {
    let path = root().join("tests/oracle").join(list);
    if std::env::var_os("SPOOR_UPDATE").is_some() {
        let lines: String = refused.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, format!("{HEAD}{lines}")).expect("the list can be written");
        return Vec::new();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let known: BTreeSet<String> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    let new = refused.difference(&known).map(|line| format!("a new refusal: {line}"));
    let stale = known.difference(refused).map(|line| format!("no longer refused, take it out of {list}: {line}"));
    new.chain(stale).collect()
}
