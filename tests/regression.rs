//! SigmaHQ's regression data, where it is at hand: a recording of each case as an event log and as JSON, and the rule that must match it.
//!
//! All rules are asked about all recordings in one run of the command, as a user would do it. Held: the rule of a case matches as many
//! events as the case states, or some where it states no number, from the log and from the JSON; and every rule finds the same in both.
//! What other rules find beside it is counted and printed, not judged.

#[path = "cli/run.rs"]
#[allow(dead_code)] // a part of it is used here
mod run;
#[path = "common/shared.rs"]
mod shared;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use run::Run;
use shared::shared;

/// Cases whose number is not that of the events which their rule matches by its own letter: the rule, the number stated, the number
/// found, and why the latter is right.
const ADJUDICATED: &[(&str, usize, usize, &str)] = &[
    (
        "file_event_win_anydesk_artefact",
        1,
        3,
        r"three of the five paths contain `\AppData\Roaming\AnyDesk\user.conf`: two `user.conf.new` and one `user.conf~RF2d9c20d.TMP`",
    ),
    (
        "file_event_win_cred_dump_tools_dropped_files",
        1,
        3,
        r"three of the six paths end with `\procdump64.exe`, `\procdump64a.exe` and `\procdump.exe`; the others with `:Zone.Identifier`",
    ),
    (
        "registry_set_change_security_zones",
        1,
        3,
        r"all three events set a value below `ZoneMap\Domains\` to `DWORD (0x00000002)`, which the rule's filter does not name",
    ),
];

#[derive(Deserialize)]
struct Info {
    rule_metadata: Vec<Rule>,
    #[serde(default)]
    regression_tests_info: Vec<Stated>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
}

#[derive(Deserialize)]
struct Stated {
    r#type: String,
    path: String,
    match_count: Option<usize>,
}

struct Case {
    rule: PathBuf,
    /// The log; the JSON stands beside it.
    log: PathBuf,
    stated: Option<usize>,
}

#[test]
fn each_rule_matches_its_recording() {
    let (Some(recordings), Some(rules)) = (shared("corpus/regression"), shared("corpus/sigma")) else { return };
    let (cases, unstated) = cases(&recordings, &rules);
    let files: Vec<PathBuf> = cases.iter().flat_map(|case| [case.log.clone(), case.log.with_extension("json")]).collect();
    let mut command = run::command(&std::env::temp_dir());
    command.args(["match", "--quiet", "--format", "json", "--rules"]).arg(&rules).args(&files);
    let run = Run::of_command(&mut command);
    for code in ["E0650", "E0651", "E0652", "E0654", "cannot read"] {
        assert!(!run.stderr.contains(code), "every event is read: {}", run.stderr);
    }
    // By recording and rule: how many events.
    let mut found: HashMap<PathBuf, BTreeMap<PathBuf, usize>> = HashMap::new();
    for row in run.json() {
        let text = |value: &serde_json::Value| PathBuf::from(value.as_str().expect("a path"));
        *found.entry(text(&row["event"]["source"])).or_default().entry(text(&row["path"])).or_default() += 1;
    }
    let nothing = BTreeMap::new();
    let of = |file: &Path| found.get(file).unwrap_or(&nothing);
    let (mut wrong, mut adjudicated, mut others) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut whole = [0, 0];
    for case in &cases {
        let json = case.log.with_extension("json");
        if of(&case.log) != of(&json) {
            wrong.push(format!("{}: the log gives {:?}, the JSON {:?}", case.log.display(), of(&case.log), of(&json)));
        }
        let name = case.rule.file_stem().expect("a name").to_string_lossy().into_owned();
        for (index, file) in [&case.log, &json].into_iter().enumerate() {
            let count = of(file).get(&case.rule).copied().unwrap_or(0);
            let decided = ADJUDICATED.iter().find(|(rule, ..)| *rule == name).filter(|(_, stated, ..)| Some(*stated) == case.stated);
            let is_right = match (decided, case.stated) {
                (Some((.., right, _)), _) => count == *right,
                (None, Some(stated)) => count == stated,
                (None, None) => count > 0,
            };
            adjudicated.extend(decided.map(|(rule, ..)| *rule));
            if is_right {
                whole[index] += 1;
            } else {
                wrong.push(format!("{}: {count} matches, the case says {:?}", file.display(), case.stated));
            }
        }
        others.extend(of(&case.log).keys().filter(|rule| **rule != case.rule).map(|rule| (rule.clone(), case.log.clone())));
    }
    let rules_beside: BTreeSet<&PathBuf> = others.iter().map(|(rule, _)| rule).collect();
    println!(
        "{} cases read: {} whole from the log, {} from the JSON, {} of them with a number of our own; {unstated} states nothing",
        cases.len(),
        whole[0],
        whole[1],
        adjudicated.len()
    );
    println!("beside the expected rule: {} rules in {} pairs of rule and recording", rules_beside.len(), others.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<_> = ADJUDICATED.iter().filter(|(rule, ..)| !adjudicated.contains(rule)).collect();
    assert!(unused.is_empty(), "no case is judged by {unused:?}");
    assert!(cases.len() >= 100, "{} cases only", cases.len());
}

/// Every recording that a case names, and how many cases name none.
fn cases(recordings: &Path, rules: &Path) -> (Vec<Case>, usize) {
    let by_id: HashMap<String, PathBuf> = below(rules)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .filter_map(|path| Some((id(&std::fs::read_to_string(&path).ok()?)?, path)))
        .collect();
    let (mut cases, mut unstated) = (Vec::new(), 0);
    for path in below(recordings).into_iter().filter(|path| path.ends_with("info.yml")) {
        let text = std::fs::read_to_string(&path).expect("a case");
        let info: Info = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        unstated += usize::from(info.regression_tests_info.is_empty());
        for stated in &info.regression_tests_info {
            assert_eq!(stated.r#type, "evtx", "{}", path.display());
            let log = recordings.join(stated.path.trim_start_matches("regression_data/"));
            for rule in &info.rule_metadata {
                let rule = by_id.get(&rule.id).unwrap_or_else(|| panic!("{}: no rule has the id {}", path.display(), rule.id)).clone();
                cases.push(Case { rule, log: log.clone(), stated: stated.match_count });
            }
        }
    }
    (cases, unstated)
}

fn id(rule: &str) -> Option<String> {
    rule.lines().find_map(|line| line.strip_prefix("id:")).map(|id| id.trim().to_owned())
}

/// Every file below a folder, sorted.
fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}
