//! `--since REV`: what a change concerns, and nothing else.

use std::collections::BTreeSet;
use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::git::{commit, git, repository};
use crate::run::{Folder, Run, command};

/// One warning a file, so that every file that is looked at is seen.
fn rule(name: &str, more: &str) -> String {
    format!("{more}rule {name} {{\n  let unused = [\"a\"]\n  detect process where name == \"a.exe\"\n}}\n")
}

fn sigma(id: &str, more: &str) -> String {
    format!(
        "title: T {id}\nid: {id}\nname: {id}\nstatus: nonsense\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n  s:\n    Image: a.exe\n  condition: s\n{more}"
    )
}

/// The files of which something is said, and the last line on stderr.
fn looked_at(folder: &Folder, args: &[&str]) -> (BTreeSet<String>, String) {
    let run = folder.spoor(&[&["check", "--format", "json", "--since", "HEAD"], args].concat());
    assert!(run.code < 2, "{}", run.stderr);
    let paths = run.json().iter().map(|found| found["path"].as_str().unwrap().to_owned()).collect();
    (paths, run.stderr.trim_end().to_owned())
}

fn set(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

/// `common` is imported by `a`, which is not imported; `b` reads a list; `c` stands alone.
fn team() -> Folder {
    let a = rule("a", "import \"common.spoor\"\n").replace("name == \"a.exe\"", "name in shared");
    let b = rule("b", "")
        .replace("detect", "let bad: domain from \"iocs.txt\"\n  detect")
        .replace("name == \"a.exe\"", "command_line contains \"x\"");
    let b = b.replace("detect process where", "detect dns where query under bad or");
    let b = b.replace("or command_line contains \"x\"", "");
    repository(&[
        ("spoor.yaml", "rules: [rules]\nschemas: [packs]\n"),
        ("packs/p.yaml", "model: {}\n"),
        ("rules/a.spoor", &a),
        ("rules/b.spoor", &b),
        ("rules/c.spoor", &rule("c", "")),
        ("rules/common.spoor", "let shared = [\"a.exe\"]\n"),
        ("rules/iocs.txt", "evil.example\n"),
        ("notes.md", "x"),
    ])
}

#[test]
fn what_changed_and_what_refers_to_it_is_looked_at() {
    let folder = team();
    assert_eq!(looked_at(&folder, &[]), (set(&[]), "0 of 4 rule files: 0 changed since `HEAD`".to_owned()));
    for (file, text, expected, told) in [
        ("notes.md", "y", set(&[]), "0 of 4 rule files: 0 changed since `HEAD`"),
        ("rules/c.spoor", "\n", set(&["rules/c.spoor"]), "1 of 4 rule files: 1 changed since `HEAD`"),
        ("rules/common.spoor", "\n", set(&["rules/a.spoor"]), "2 of 4 rule files: 1 changed since `HEAD`, 1 by what they have to do with"),
        (
            "rules/iocs.txt",
            "worse.example\n",
            set(&["rules/b.spoor"]),
            "1 of 4 rule files: 0 changed since `HEAD`, 1 by what they have to do with",
        ),
        (
            "spoor.yaml",
            "# more\n",
            set(&["rules/a.spoor", "rules/b.spoor", "rules/c.spoor"]),
            "4 rule files, all of them: `spoor.yaml` changed since `HEAD`",
        ),
        (
            "packs/p.yaml",
            "# more\n",
            set(&["rules/a.spoor", "rules/b.spoor", "rules/c.spoor"]),
            "4 rule files, all of them: `packs/p.yaml` changed since `HEAD`",
        ),
    ] {
        let before = folder.read(file);
        folder.write(file, format!("{before}{text}"));
        assert_eq!(looked_at(&folder, &[]), (expected.clone(), told.to_owned()), "{file}");
        // Staged it is the same, and from a folder below too.
        git(&folder, &["add", "--all"]);
        assert_eq!(looked_at(&folder, &[]).0, expected, "{file}");
        let below = Run::of_command(command(&folder.path("packs")).args(["check", "--format", "json", "--since", "HEAD"]));
        assert_eq!(below.json().len(), looked_at(&folder, &[]).0.len(), "{file}: {}", below.stderr);
        git(&folder, &["checkout", "--quiet", "--force", "HEAD", "."]);
    }
}

#[test]
fn what_is_new_or_gone_counts() {
    let folder = team();
    folder.write("rules/d.spoor", rule("d", ""));
    assert_eq!(looked_at(&folder, &[]).0, set(&["rules/d.spoor"]));
    // A new rule takes the name of one that did not change: that is told at whichever place.
    folder.write("rules/b2.spoor", "rule c {\n  detect process where name == \"b.exe\"\n}\n");
    assert_eq!(looked_at(&folder, &[]).0, set(&["rules/c.spoor", "rules/d.spoor"]));
    commit(&folder);
    std::fs::remove_file(folder.path("rules/common.spoor")).unwrap();
    let (paths, _) = looked_at(&folder, &[]);
    assert_eq!(paths, set(&["rules/a.spoor"]), "its import is gone");
    git(&folder, &["checkout", "--quiet", "--force", "HEAD", "."]);
    folder.write("packs/q.yaml", "model: {}\n");
    commit(&folder);
    std::fs::remove_file(folder.path("packs/q.yaml")).unwrap();
    assert!(looked_at(&folder, &[]).1.contains("all of them: `packs/q.yaml` changed"), "a pack that is gone");
}

#[test]
fn rules_of_sigma_are_concerned_by_filters_and_correlations() {
    let correlation = "title: C\nname: cc\nstatus: nonsense\ncorrelation:\n  type: event_count\n  rules: [one]\n  group-by: [Computer]\n  timespan: 5m\n  condition: {gte: 3}\n";
    let filter = "title: F\nname: ff\nlogsource: {category: process_creation, product: windows}\nfilter:\n  rules: [two]\n  selection:\n    User: adm\n  condition: not selection\n";
    let files = [
        ("s/one.yml", sigma("one", "")),
        ("s/two.yml", sigma("two", "")),
        ("s/three.yml", sigma("three", "")),
        ("s/cc.yml", correlation.to_owned()),
        ("s/ff.yml", filter.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = repository(&files);
    let all = folder.spoor(&["check", "--format", "json"]);
    assert!(all.json().iter().any(|found| found["path"] == "s/three.yml"), "{}", all.stdout);
    let of = |file: &str, change: &dyn Fn(String) -> Option<String>| {
        match change(folder.read(file)) {
            Some(text) => folder.write(file, text),
            None => std::fs::remove_file(folder.path(file)).unwrap(),
        }
        let paths = looked_at(&folder, &[]).0;
        git(&folder, &["checkout", "--quiet", "--force", "HEAD", "."]);
        paths
    };
    let more = |text: String| Some(format!("{text}# more\n"));
    let gone = |_: String| None;
    // A correlation and its part rest on each other; nothing else is concerned.
    assert_eq!(of("s/one.yml", &more), set(&["s/cc.yml", "s/one.yml"]));
    assert_eq!(of("s/cc.yml", &more), set(&["s/cc.yml", "s/one.yml"]));
    assert_eq!(of("s/three.yml", &more), set(&["s/three.yml"]));
    assert!(of("s/ff.yml", &more).contains("s/two.yml"));
    assert!(!of("s/ff.yml", &more).contains("s/three.yml"));
    // What was said by a file that is gone, or says it no more.
    assert!(of("s/ff.yml", &gone).contains("s/two.yml"));
    assert!(of("s/cc.yml", &gone).contains("s/one.yml"));
    assert!(of("s/one.yml", &gone).contains("s/cc.yml"));
    assert!(of("s/ff.yml", &|text| Some(text.replace("[two]", "[three]"))).is_superset(&set(&["s/two.yml", "s/three.yml"])));
}

#[test]
fn without_git_or_a_revision_the_error_says_what_is_missing() {
    let folder = team();
    for (args, part) in [
        (&["--since", "nowhere"][..], "`nowhere` is no revision"),
        (&["--since=--all"], "`--all` is no revision"),
        (&["--since", "HEAD", "--fix"], "cannot be used with"),
    ] {
        let run = folder.spoor(&[&["check"], args].concat());
        assert!(run.code == 2 && run.stderr.contains(part), "{args:?}: {}", run.stderr);
    }
    let elsewhere = Folder::with(&[("a.spoor", &rule("a", ""))]);
    let run = elsewhere.spoor(&["check", "--since", "HEAD"]);
    assert!(run.code == 2 && run.stderr.contains("is in no repository of git"), "{}", run.stderr);
    let run = Run::of_command(command(&folder.path(".")).args(["check", "--since", "HEAD"]).env("PATH", ""));
    assert!(run.code == 2 && run.stderr.contains("there is no `git` here"), "{}", run.stderr);
    // What stands outside of the repository is looked at: nobody knows of its changes.
    let outside = elsewhere.path("a.spoor").canonicalize().unwrap();
    let (paths, _) = looked_at(&folder, &["rules/c.spoor", outside.to_str().unwrap()]);
    assert_eq!(paths.len(), 1, "{paths:?}");
}

// ---------- tests and queries ----------

const ID: &str = "11111111-1111-4111-8111-111111111111";

/// A record of Sysmon.
fn started(name: &str) -> String {
    format!("{{\"Channel\": \"Microsoft-Windows-Sysmon/Operational\", \"EventID\": 1, \"Image\": \"C:\\\\x\\\\{name}\"}}\n")
}

/// Three rules with snapshots; the tests of one stand in a file.
fn tested_team() -> Folder {
    let own = "rule own {\n  detect process where name == \"own.exe\"\n  test \"it\" match { process { name: \"own.exe\" } }\n}\n";
    let filed = format!("rule filed {{\n  id: \"{ID}\"\n  detect process where name == \"filed.exe\"\n}}\n");
    let folder = repository(&[
        ("spoor.yaml", "rules: [rules]\n"),
        ("rules/own.spoor", own),
        ("rules/other.spoor", &own.replace("own", "other")),
        ("rules/filed.spoor", &filed),
        (&format!("tests/{ID}/it.match.jsonl"), &started("filed.exe")),
    ]);
    let run = folder.spoor(&["test", "--update"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    commit(&folder);
    folder
}

/// The rules that are asked, by their snapshots.
fn asked(folder: &Folder) -> (i32, BTreeSet<String>) {
    let run = folder.spoor(&["test", "--format", "json", "--since", "HEAD"]);
    let snapshots = run.json().into_iter().filter(|row| row["type"] == "snapshot");
    (run.code, snapshots.map(|row| row["rule"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn rules_are_tested_that_changed_or_whose_events_or_snapshots_did() {
    let events = format!("tests/{ID}/it.match.jsonl");
    for (file, text, expected) in [
        ("notes.md", "x".to_owned(), (0, set(&[]))),
        ("rules/own.spoor", "# more\n".to_owned(), (0, set(&["own"]))),
        (&events, started("another.exe"), (1, set(&["filed"]))),
        ("snapshots/other.snap", "nothing".to_owned(), (1, set(&["other"]))),
        ("spoor.yaml", "rules: [rules]\n# more\n".to_owned(), (0, set(&["own", "other", "filed"]))),
    ] {
        let folder = tested_team();
        assert_eq!(asked(&folder), (0, set(&[])));
        let text = if file.ends_with(".spoor") { folder.read(file) + &text } else { text };
        folder.write(file, text);
        assert_eq!(asked(&folder), expected, "{file}");
    }
    let folder = tested_team();
    std::fs::remove_file(folder.path("snapshots/own.snap")).unwrap();
    assert_eq!(asked(&folder), (1, set(&["own"])), "a snapshot that is gone");
}

#[test]
fn queries_are_built_that_changed_and_the_others_stay() {
    let folder = tested_team();
    assert_eq!(folder.spoor(&["build", "-o", "out", "--target", "defender"]).code, 0);
    for rule in ["own", "other"] {
        let path = format!("rules/{rule}.spoor");
        folder.write(&path, folder.read(&path).replace(".exe", ".com"));
    }
    commit(&folder);
    folder.write("rules/own.spoor", folder.read("rules/own.spoor").replace(".com", ".bat"));
    let run = folder.spoor(&["build", "-o", "out", "--target", "defender", "--since", "HEAD"]);
    assert!(run.code == 0 && run.stderr.contains("1 of 3 rule files: 1 changed since `HEAD`"), "{}", run.stderr);
    assert!(folder.read("out/own.defender.kql").contains("own.bat"));
    assert!(folder.read("out/other.defender.kql").contains("other.exe"), "not built by this run");
    // What no rule makes any more is gone, and nothing else.
    std::fs::remove_file(folder.path("rules/filed.spoor")).unwrap();
    let run = folder.spoor(&["build", "-o", "out", "--target", "defender", "--since", "HEAD", "--prune"]);
    assert!(run.code == 0 && !folder.path("out/filed.defender.kql").exists(), "{}", run.stderr);
    assert!(folder.path("out/other.defender.kql").exists());
    assert_eq!(folder.spoor(&["build", "--format", "html", "--since", "HEAD"]).code, 2);
}

/// Before the first commit there is nothing that anything could differ from, and it is not the name that is wrong.
#[test]
fn a_repository_without_a_commit_is_told() {
    let folder = Folder::with(&[("c.spoor", &rule("c", ""))]);
    git(&folder, &["init", "--quiet"]);
    for args in [&["check", "--since", "HEAD"][..], &["test", "--since", "main"], &["build", "--since", "HEAD"], &["diff", "HEAD"]] {
        let run = folder.spoor(args);
        assert!(run.code == 2 && run.stderr.contains("this repository has no commit yet"), "{args:?}: {} {}", run.code, run.stderr);
    }
    commit(&folder);
    let run = folder.spoor(&["check", "--since", "nowhere"]);
    assert!(run.code == 2 && run.stderr.contains("`nowhere` is no revision of this repository"), "{}", run.stderr);
}

/// Where times tell nothing: a file that was written again in the moment in which git wrote its index, and is as long as before.
#[test]
fn a_file_as_young_as_the_index_is_looked_into() {
    let folder = team();
    git(&folder, &["config", "core.trustctime", "false"]);
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let date = |path: &str| File::options().write(true).open(folder.path(path)).unwrap().set_modified(moment).unwrap();
    let written = |name: &str| {
        folder.write("rules/c.spoor", rule("c", "").replace("a.exe", name));
        date("rules/c.spoor");
    };
    written("b.exe");
    commit(&folder);
    date(".git/index");
    assert_eq!(looked_at(&folder, &[]).1, "0 of 4 rule files: 0 changed since `HEAD`");
    date(".git/index");
    written("c.exe");
    assert_eq!(looked_at(&folder, &[]), (set(&["rules/c.spoor"]), "1 of 4 rule files: 1 changed since `HEAD`".to_owned()));
}

#[test]
fn a_test_that_was_taken_away_concerns_its_rule() {
    let folder = tested_team();
    std::fs::remove_dir_all(folder.path("tests")).unwrap();
    let run = folder.spoor(&["test", "--since", "HEAD", "--deny", "E0540"]);
    assert!(run.code == 1 && run.stderr.contains("E0540"), "{} {}{}", run.code, run.stdout, run.stderr);
    assert!(folder.spoor(&["test", "--since", "HEAD"]).stdout.contains("1 rule without a test"));
}
