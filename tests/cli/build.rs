//! `spoor build`: files, JSON, refusals, where lines came from.

use crate::GOOD;
use crate::run::Folder;

/// Lines and columns are those of an editor: a column is a character, a tab and a letter beyond ASCII among them.
#[test]
fn a_map_says_where_each_line_came_from() {
    let rule = "rule mapped {\n  let bad = [\"b.exe\", \"c.exe\"]\n  detect process where user.name == \"h\u{e9}\" and\tname in bad\n  last 7d\n}\n";
    let folder = Folder::with(&[("rules/x.spoor", rule)]);
    let run = folder.spoor(&["build", "--format", "json", "--map", "-t", "defender", "rules"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let row = &run.json()[0];
    let query = row["query"].as_str().unwrap();
    let entries = row["map"].as_array().unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=query.trim_end().lines().count() as u64).collect::<Vec<_>>());
    let of = |text: &str| {
        let line = query.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {query}"));
        let place = |span: &serde_json::Value| {
            assert_eq!(span["path"], "rules/x.spoor");
            ["line", "column", "end_line", "end_column"].map(|key| span[key].as_u64().unwrap())
        };
        entries[line]["spans"].as_array().unwrap().iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(of("// mapped"), [[1, 6, 1, 12]]);
    assert_eq!(of("DeviceProcessEvents"), [[3, 10, 3, 17]]);
    assert_eq!(of("ago(7d)"), [[4, 8, 4, 10]]);
    assert_eq!(of("AccountName matches"), [[3, 24, 3, 41]]);
    assert_eq!(of("b.exe"), [[2, 3, 2, 31], [3, 46, 3, 57]]);
    assert_eq!(of("| sort by"), [[0u64; 4]; 0]);
    // Without the flag there is no such key.
    assert!(folder.spoor(&["build", "--format", "json", "rules"]).json()[0].get("map").is_none());
}

#[test]
fn a_map_stands_beside_the_query_and_below_it() {
    let file = "rule file_only {\n  detect file where name == \"a.exe\"\n}\n";
    let native = "rule native {\n  detect windows_event where event_id == 1\n}\n";
    let folder = Folder::with(&[("x.spoor", file), ("y.spoor", native)]);
    let run = folder.spoor(&["build", "--map", "-o", "out", "x.spoor", "y.spoor"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let entries: serde_json::Value = serde_json::from_str(&folder.read("out/file_only.splunk.map.json")).unwrap();
    let json = folder.spoor(&["build", "--map", "--format", "json", "-t", "splunk", "x.spoor"]).json();
    assert_eq!(entries, json[0]["map"]);
    assert!(folder.path("out/native.splunk-raw.map.json").is_file() && !folder.path("out/native.defender.map.json").exists());
    // What has no query has no map.
    let refused = folder.spoor(&["build", "--map", "--format", "json", "-t", "defender", "y.spoor"]).json();
    assert!(refused[0]["query"].is_null() && refused[0]["map"].is_null() && refused[0].get("map").is_some());
    // A map that is not written again is taken away: it would speak for a query that is no more.
    let run = folder.spoor(&["build", "-o", "out", "x.spoor"]);
    assert!(run.stderr.contains("removed `out/file_only.splunk.map.json`"), "{}", run.stderr);
    assert!(!folder.path("out/file_only.splunk.map.json").exists() && folder.path("out/file_only.splunk.spl").is_file());
    // For people: the query as it is, and below it where its lines came from.
    let plain = folder.spoor(&["build", "-t", "defender", "x.spoor"]).stdout;
    let mapped = folder.spoor(&["build", "--map", "-t", "defender", "x.spoor"]).stdout;
    assert!(mapped.starts_with(&plain), "{mapped}");
    assert!(
        mapped[plain.len()..].starts_with("#   line 1: x.spoor:1:6\n#   lines 2-4: x.spoor:2:10\n#   line 5: x.spoor:2:21\n"),
        "{mapped}"
    );
    assert!(mapped.contains(": nothing of the rule\n"), "{mapped}");
}

#[test]
fn build_writes_a_file_a_rule_and_target() {
    let folder = Folder::with(&[("good.spoor", GOOD)]);
    let run = folder.spoor(&["build", "-o", "out"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let printed = folder.spoor(&["build", "--target", "defender"]).stdout;
    let written = folder.read("out/good.defender.kql");
    assert!(written.ends_with('\n') && printed.contains(written.trim_end()), "{written}");
    assert!(folder.read("out/good.splunk.spl").contains("tstats"));
    folder.write("file", "");
    let run = folder.spoor(&["build", "-o", "file/out"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot make the folder"), "{}", run.stderr);
}

#[test]
fn build_json_has_the_documented_shape() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("unrecorded.spoor", UNRECORDED)]);
    let run = folder.spoor(&["build", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rows = run.json();
    assert_eq!(rows.len(), 2 * spoor::backend::Target::ALL.len());
    for row in &rows {
        assert_eq!(row["query"].is_null(), row["fidelity"] == "refused", "{row}");
        assert_eq!(row["reasons"].as_array().unwrap().is_empty(), row["fidelity"] == "exact", "{row}");
        for reason in row["reasons"].as_array().unwrap() {
            let span = &reason["span"];
            assert!(reason["code"].is_string() && reason["message"].is_string() && span["path"] == row["path"], "{row}");
            assert!(["line", "column", "end_line", "end_column"].iter().all(|key| span[key].is_number()), "{row}");
        }
    }
}

const UNRECORDED: &str = "rule unrecorded {\n  detect driver_load where name == \"a\"\n  last 7d\n}\n";

#[test]
fn a_named_target_must_not_refuse() {
    let folder = Folder::with(&[("unrecorded.spoor", UNRECORDED)]);
    let run = folder.spoor(&["build"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("unrecorded has no splunk query: E04"), "{}", run.stderr);
    let run = folder.spoor(&["build", "-t", "splunk"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("--> unrecorded.spoor:2:"), "{}", run.stderr);
    let run = folder.spoor(&["build", "-t", "splunc"]);
    assert!(run.code == 2 && run.stderr.contains("splunk"), "{}", run.stderr);
}

#[test]
fn a_query_that_is_refused_now_leaves_no_old_file() {
    let folder = Folder::with(&[("x.spoor", &GOOD.replace("good", "unrecorded"))]);
    folder.spoor(&["build", "-o", "out"]);
    assert!(folder.path("out/unrecorded.splunk.spl").exists());
    folder.write("x.spoor", UNRECORDED);
    let run = folder.spoor(&["build", "-o", "out"]);
    assert!(!folder.path("out/unrecorded.splunk.spl").exists());
    assert!(run.stderr.contains("removed"), "{}", run.stderr);
}

/// Its rule has another name now: what stands there is named until somebody lets it be removed, each file by itself.
#[test]
fn a_file_that_no_rule_makes_any_more_is_named() {
    let folder = Folder::with(&[("x.spoor", GOOD)]);
    assert_eq!(folder.spoor(&["build", "-o", "out"]).code, 0);
    folder.write("x.spoor", GOOD.replace("good", "better"));
    let run = folder.spoor(&["build", "-o", "out"]);
    for target in ["splunk.spl", "splunk-raw.spl", "defender.kql", "sentinel.kql"] {
        let told = format!("no rule makes `out/good.{target}` any more: `--prune` removes it");
        assert!(run.code == 0 && run.stderr.contains(&told), "{told}: {}", run.stderr);
        assert!(folder.path(&format!("out/good.{target}")).exists() && folder.path(&format!("out/better.{target}")).exists());
    }
    let run = folder.spoor(&["build", "-o", "out", "--prune"]);
    assert!(run.stderr.contains("removed `out/good.sentinel.kql`") && !folder.path("out/good.splunk.spl").exists(), "{}", run.stderr);
    assert!(!folder.spoor(&["build", "-o", "out"]).stderr.contains("no rule makes"), "told once it is so");
}

#[test]
fn a_list_that_two_queries_ask_for_is_written_once() {
    let rule = "rule x {\n  let bad: file_name from \"iocs.txt\"\n  detect process where name in bad\n}\n";
    let list = |word: &str| (0..300).map(|n| format!("{word}{n}.exe\n")).collect::<String>();
    let folder = Folder::with(&[("x.spoor", rule), ("iocs.txt", &list("evil"))]);
    assert_eq!(folder.spoor(&["build", "-o", "out"]).code, 0);
    folder.write("iocs.txt", list("other"));
    let run = folder.spoor(&["build", "-o", "out"]);
    assert!(run.code == 0 && !run.stderr.contains("was changed"), "nobody but Spoor did: {}", run.stderr);
    assert!(folder.read("out/x_bad.csv").contains("other7.exe"));
    // Nothing stands there that is no result.
    let mut names: Vec<_> = std::fs::read_dir(folder.path("out")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, [".spoor-files", "x.defender.kql", "x.sentinel.kql", "x.splunk-raw.spl", "x.splunk.spl", "x_bad.csv"]);
}
