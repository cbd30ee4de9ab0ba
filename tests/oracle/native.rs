//! Rows written by hand, in the products' own shapes, and rules whose matches among them the author states.
//!
//! In: `native/<class>.<schema>.jsonl`, a row a line (`{id, table, row, why}`), the rules beside, and `native/expected.json`: for each rule and
//! schema the ids of the rows that it matches. Out: cases. No binding took part in making a row or a verdict.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use spoor::backend::{Fidelity, Lowered, Options, Purpose, Target, lower};
use spoor::hir::Rule;
use spoor::schema::Packs;

use crate::batch::{Case, Row};
use crate::engines::root;
use crate::{forms, rules};

struct Line {
    id: String,
    class: String,
    row: Row,
}

pub fn cases(packs: &Packs) -> Vec<Case> {
    let lines = lines();
    let expected: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        serde_json::from_str(&std::fs::read_to_string(folder().join("expected.json")).expect("expected.json")).expect("rule, schema, ids");
    let mut cases = Vec::new();
    for written in rules::under(&["tests/oracle/native"], packs) {
        let stated = expected.get(&written.rule.name).unwrap_or_else(|| panic!("expected.json has no verdicts for {}", written.rule.name));
        // A target of whose schemas nothing is stated is not asked, whatever rows there are.
        let asked = |target: &&Target| target.schemas().iter().any(|schema| stated.contains_key(*schema));
        for target in Target::ALL.iter().filter(asked) {
            let forms = forms(&written.rule, *target, packs);
            assert!(!forms.is_empty(), "{} is refused on {}", written.rule.name, target.name());
            let rows: Vec<Row> = lines
                .iter()
                .filter(|line| target.schemas().contains(&line.row.schema.as_str()))
                .map(|line| {
                    let ids = stated.get(&line.row.schema);
                    let matches = ids.is_some_and(|ids| ids.contains(&format!("{}.{}", line.class, line.id)));
                    Row { matches, ..line.row.clone() }
                })
                .collect();
            for (lowered, fidelity, widened) in forms {
                let Some(query) = lowered.query else { continue };
                let (rule, rows, files) = (written.rule.name.clone(), rows.clone(), lowered.files);
                cases.push(Case { rule, target: *target, fidelity, widened, query, files, rows, made: false });
            }
        }
    }
    let named: BTreeSet<&String> = expected.keys().collect();
    let asked: BTreeSet<&String> = cases.iter().map(|case| &case.rule).collect();
    assert_eq!(named, asked, "expected.json and the rules beside it name each other");
    for (rule, schemas) in &expected {
        for id in schemas.iter().flat_map(|(schema, ids)| ids.iter().map(move |id| (schema, id))) {
            let known = lines.iter().any(|line| line.row.schema == *id.0 && format!("{}.{}", line.class, line.id) == *id.1);
            assert!(known, "{rule}: no row {} in {}", id.1, id.0);
        }
    }
    cases
}

/// The rule in every form of the target, what each promises of the rows, and whether it may return more. The first is that without options,
/// where it has one; empty: it is refused, whatever may be left out.
pub fn forms(rule: &Rule, target: Target, packs: &Packs) -> Vec<(Lowered, Fidelity, bool)> {
    let plain = lower(rule, target, packs, &Options::default());
    let (fidelity, widened) = (plain.fidelity, is_widened(&plain));
    // What is left out on demand; where nothing is, the query is the same.
    let narrow = lower(rule, target, packs, &Options { narrow: true, ..Options::default() });
    let narrow = (narrow.query.is_some() && narrow.query != plain.query).then(|| {
        let (fidelity, widened) = (narrow.fidelity, is_widened(&narrow));
        (narrow, fidelity, widened)
    });
    if plain.query.is_none() {
        return narrow.into_iter().collect();
    }
    let others = forms::of(target).into_iter().map(|options| {
        let lowered = lower(rule, target, packs, &options);
        let may_refuse = options.purpose != Purpose::Hunting;
        assert!(may_refuse || lowered.query.is_some(), "{} on {}: {options:?} refuses it", rule.name, target.name());
        let promised = forms::promised(lowered.fidelity, fidelity, &options);
        let widened = is_widened(&lowered);
        (lowered, promised, widened)
    });
    std::iter::once((plain, fidelity, widened)).chain(others).chain(narrow).collect()
}

fn folder() -> std::path::PathBuf {
    root().join("tests/oracle/native")
}

fn lines() -> Vec<Line> {
    let mut files: Vec<_> = std::fs::read_dir(folder()).expect("native/").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut lines = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let (class, schema) = stem.split_once('.').expect("class.schema.jsonl");
        for text in std::fs::read_to_string(path).expect("rows").lines() {
            let line: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}: {text}", path.display()));
            let word = |key: &str| line[key].as_str().unwrap_or_else(|| panic!("{}: no `{key}`: {text}", path.display())).to_owned();
            let row = Row {
                schema: schema.to_owned(),
                table: word("table"),
                columns: line["row"].as_object().expect("a row").clone(),
                time: None,
                matches: false,
                why: format!("{class}.{}: {}", word("id"), word("why")),
            };
            lines.push(Line { id: word("id"), class: class.to_owned(), row });
        }
    }
    lines
}

/// A reason says that the query may return more.
pub fn is_widened(lowered: &Lowered) -> bool {
    lowered.plan.as_ref().is_some_and(|plan| plan.widened)
}
