//! `spoor test`, as its user calls it: tests in rules and in files, snapshots, every form of output, and what goes wrong.

#[path = "common/evtx.rs"]
#[allow(dead_code)] // a part of it is used here
mod evtx;
#[path = "cli/run.rs"]
mod run;

use run::{Folder, Run};

const CERTUTIL: &str = r#"rule certutil_download {
  detect process where name == "certutil.exe" and command_line contains "urlcache"

  test "a download" match    { process { name: "certutil.exe", command_line: "certutil -urlcache -f http://x/a" } }
  test "a listing"  no match { process { name: "certutil.exe", command_line: "certutil -store" } }
}
"#;

const UNTESTED: &str = "rule plain {\n  detect process where name == \"whoami.exe\"\n}\n";

const ID: &str = "e011a729-98a6-4139-b5c4-bf6f6dd8239a";

const SIGMA: &str = "title: Certutil\nid: e011a729-98a6-4139-b5c4-bf6f6dd8239a\nstatus: test\nlogsource:\n    category: process_creation\n    product: windows\n\
detection:\n    selection:\n        CommandLine|contains: urlcache\n    condition: selection\nlevel: high\n";

fn event(command_line: &str) -> String {
    format!(
        "{{\"Channel\": \"Microsoft-Windows-Sysmon/Operational\", \"EventID\": 1, \"Image\": \"C:\\\\Windows\\\\certutil.exe\", \"CommandLine\": \"{command_line}\"}}\n"
    )
}

fn project(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::with(files);
    folder.write("spoor.yaml", "rules: [rules]\ntargets: [splunk, defender]\n");
    folder
}

/// The last line of stdout.
fn summary(run: &Run) -> &str {
    run.stdout.lines().last().unwrap_or_default()
}

// ---------- tests in rules ----------

#[test]
fn all_is_as_stated() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    let run = folder.spoor(&["test"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ".\nok. 1 rule. 2 tests: 2 passed, 0 failed\n"), "{}", run.stderr);
    assert_eq!(run.stderr, "no snapshots yet: `spoor test --update` writes them to `snapshots`\n");
    assert!(!folder.path("snapshots").exists(), "nothing is written unless asked for");
    let lines = folder.spoor(&["test", "-v", "--no-snapshots", "rules/a.spoor"]);
    assert!(lines.stdout.starts_with(" PASS rules/a.spoor certutil_download (2 tests)\n"), "{}", lines.stdout);
}

#[test]
fn a_wrong_verdict_is_told_with_its_events_and_what_decided() {
    let folder = Folder::with(&[("a.spoor", &CERTUTIL.replace("\"urlcache\"", "\"store\""))]);
    let run = folder.spoor(&["test", "a.spoor"]);
    let wanted = r#"F

FAIL a.spoor:4:3: `certutil_download`, test "a download"
  expected a match, found none in 1 event
  event#1 1970-01-01T00:00:00Z process: no match
    action: started, name: certutil.exe, command_line: certutil -urlcache -f http://x/a
    - all of
      + name == 'certutil.exe'  <- certutil.exe
      - command_line contains 'store'  <- certutil -urlcache -f http://x/a

FAIL a.spoor:5:3: `certutil_download`, test "a listing"
  expected no match, found 1 match in 1 event
  event#1 1970-01-01T00:00:00Z process: matches
    action: started, name: certutil.exe, command_line: certutil -store
    + all of
      + name == 'certutil.exe'  <- certutil.exe
      + command_line contains 'store'  <- certutil -store

FAILED. 1 rule. 2 tests: 0 passed, 2 failed
"#;
    assert_eq!((run.code, run.stdout.as_str()), (1, wanted), "{}", run.stderr);
    let colored = folder.spoor(&["--color", "always", "test", "a.spoor"]);
    assert!(colored.stdout.contains("\x1b[31mFAIL\x1b[0m"), "{}", colored.stdout);
}

const SEQUENCE: &str = r#"rule fresh_hta {
  detect sequence by host within 10m {
    drop: file    where action == created and name ends_with ".hta"
    run:  process where name == "mshta.exe" and command_line contains drop.name
  }
  test "in time" match {
    file { host: "pc1", action: created, name: "x.hta" }
    process at 10m { host: "pc1", name: "mshta.exe", command_line: "mshta x.hta" }
  }
  test "too late" no match {
    file { host: "pc1", action: created, name: "x.hta" }
    process at 11m { host: "pc1", name: "mshta.exe", command_line: "mshta x.hta" }
  }
  test "another host" no match {
    file { host: "pc1", action: created, name: "x.hta" }
    process at 1m { host: "pc2", name: "mshta.exe", command_line: "mshta x.hta" }
  }
}

rule many_runs {
  detect process where name == "net.exe"
  having count() >= 3 by host per 5m
  test "three" match    { process repeat 3 { host: "pc1", name: "net.exe" } }
  test "two"   no match { process repeat 2 { host: "pc1", name: "net.exe" } }
}
"#;

#[test]
fn rules_over_several_events_have_tests_too() {
    let folder = Folder::with(&[("a.spoor", SEQUENCE)]);
    let run = folder.spoor(&["test", "a.spoor"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 2 rules. 5 tests: 5 passed, 0 failed"), "{}{}", run.stdout, run.stderr);

    let wrong = SEQUENCE
        .replace("test \"another host\" no match", "test \"another host\" match")
        .replace("test \"two\"   no match", "test \"two\" match");
    folder.write("a.spoor", wrong);
    let run = folder.spoor(&["test", "a.spoor"]);
    assert_eq!(run.code, 1);
    let hosts = "  asked: sequence by host within 10m\n    drop: 1 event\n      event#1 1970-01-01T00:00:00Z host pc1\n    run: 1 event\n      event#2 1970-01-01T00:01:00Z host pc2\n";
    assert!(run.stdout.contains(hosts), "{}", run.stdout);
    let two = "expected a match, found none in 2 events\n  asked: detect process where name == \"net.exe\" having count() >= 3 by host per 5m\n    process: 2 events\n      event#1";
    assert!(run.stdout.contains(two), "{}", run.stdout);
}

#[test]
fn rules_with_errors_are_told_and_the_others_tested() {
    let folder =
        Folder::with(&[("a.spoor", CERTUTIL), ("b.spoor", "rule b {\n  detect process where nmae == \"x\"\n}\n"), ("c.spoor", CERTUTIL)]);
    let run = folder.spoor(&["test", "a.spoor", "b.spoor"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("error[E0201]"), "{}", run.stderr);
    assert!(run.stdout.contains("ERROR b.spoor:1:6: `b` has an error, and was not tested"), "{}", run.stdout);
    assert_eq!(summary(&run), "FAILED. 2 rules. 2 tests: 2 passed, 0 failed; 1 rule not tested for an error; 1 error");
    // A rule of Sigma may be lost so early that not even its name is known.
    folder.write("lost.yml", SIGMA.replace("condition: selection", "condition: selektion"));
    let lost = folder.spoor(&["test", "a.spoor", "lost.yml"]);
    assert_eq!(
        (lost.code, summary(&lost)),
        (1, "FAILED. 2 rules. 2 tests: 2 passed, 0 failed; 1 rule not tested for an error; 1 error"),
        "{}",
        lost.stderr
    );
    // Of two rules of one name one is left out, and that is an error.
    let twice = folder.spoor(&["test", "a.spoor", "c.spoor"]);
    assert_eq!(twice.code, 1);
    assert!(twice.stderr.contains("error[E0605]"), "{}", twice.stderr);
    assert!(twice.stdout.contains("ERROR c.spoor:1:6"), "{}", twice.stdout);
}

#[test]
fn a_rule_without_a_test_is_a_warning() {
    let folder = Folder::with(&[("a.spoor", UNTESTED)]);
    let run = folder.spoor(&["test", "a.spoor"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "-\nok. 1 rule. 0 tests: 0 passed, 0 failed; 1 rule without a test\n"));
    assert!(run.stderr.contains("E0540: `plain` has no test"), "{}", run.stderr);
    for (args, code) in [("--deny=warnings", 1), ("--deny=E0540", 1), ("--allow=E0540", 0)] {
        let run = folder.spoor(&["test", args, "a.spoor"]);
        assert_eq!(run.code, code, "{args}: {}", run.stderr);
        assert_eq!(summary(&run).starts_with("FAILED. "), code == 1, "{args}: {}", run.stdout);
    }
    assert!(folder.spoor(&["test", "-v", "a.spoor"]).stderr.contains("warning[E0540]: `plain` has no test"));
    // `check` says nothing of it.
    assert!(!folder.spoor(&["check", "a.spoor"]).stdout.contains("E0540"));
}

#[test]
fn rules_are_selected_as_for_match() {
    let folder = Folder::with(&[("a.spoor", CERTUTIL), ("b.spoor", UNTESTED)]);
    let run = folder.spoor(&["test", "--select", "certutil*"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 1 rule. 2 tests: 2 passed, 0 failed"));
    let none = folder.spoor(&["test", "--select", "nothing"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("no rule has `nothing`"), "{}", none.stderr);
}

// ---------- tests in files ----------

#[test]
fn rules_of_sigma_have_tests_in_files() {
    let folder = project(&[("rules/certutil.yml", SIGMA)]);
    folder.write(&format!("tests/{ID}/download.match.jsonl"), event("certutil -urlcache -f x") + &event("certutil"));
    folder.write(&format!("tests/{ID}/listing.no_match.jsonl"), event("certutil -store"));
    folder.write(
        &format!("tests/windows/{}/recorded.match.evtx", ID.to_uppercase()),
        evtx::log(&[&[(7, "certutil -urlcache"), (8, "whoami")]]),
    );
    let run = folder.spoor(&["test"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 1 rule. 3 tests: 3 passed, 0 failed"), "{}{}", run.stdout, run.stderr);

    folder.write(&format!("tests/{ID}/listing.no_match.jsonl"), event("certutil -store") + &event("certutil -URLCACHE"));
    let run = folder.spoor(&["test", "--format", "json"]);
    assert_eq!(run.code, 1);
    let failed: Vec<_> = run.json().into_iter().filter(|line| line["result"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&failed[0]["name"], &failed[0]["found"], &failed[0]["events"]), (&"listing".into(), &1.into(), &2.into()));
    let why = failed[0]["why"].as_str().unwrap();
    assert!(why.starts_with("listing.no_match.jsonl:2 - process: matches\n") && why.contains("<- certutil -URLCACHE"), "{why}");
}

/// As SigmaHQ has it: paths are those from the root of the repository, wherever one stands in it.
#[test]
fn regression_data_is_read_as_it_is() {
    let folder = Folder::with(&[("rules/certutil.yml", SIGMA), (".git/HEAD", "")]);
    let info = |count: &str| {
        format!(
            "id: 63b16abe-2d5c-4a2f-b0ae-f1bc4580e40c\ndescription: N/A\ndate: 2025-11-27\nauthor: A\nrule_metadata:\n    - id: {ID}\n      title: Certutil\n\
regression_tests_info:\n    - name: Positive Detection Test\n      type: evtx\n      provider: Microsoft-Windows-Sysmon\n{count}      path: regression_data/rules/certutil/{ID}.evtx\n"
        )
    };
    folder.write("regression_data/rules/certutil/info.yml", info("      match_count: 1\n"));
    folder.write(&format!("regression_data/rules/certutil/{ID}.evtx"), evtx::log(&[&[(7, "certutil -urlcache"), (8, "whoami")]]));
    folder.write(&format!("regression_data/rules/certutil/{ID}.json"), event("the same in another form"));
    let passed = folder.spoor(&["test", "rules"]);
    assert_eq!((passed.code, summary(&passed)), (0, "ok. 1 rule. 1 test: 1 passed, 0 failed"), "{}{}", passed.stdout, passed.stderr);
    assert_eq!(passed.stderr, "");
    let below = Run::of_command(run::command(&folder.path("rules")).args(["test"]));
    assert_eq!((below.code, summary(&below)), (0, "ok. 1 rule. 1 test: 1 passed, 0 failed"), "{}{}", below.stdout, below.stderr);

    folder.write("regression_data/rules/certutil/info.yml", info("      match_count: 2\n"));
    let failed = folder.spoor(&["test", "rules"]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.stdout.contains("test \"Positive Detection Test\"\n  expected 2 matches, found 1 match in 2 events\n"),
        "{}",
        failed.stdout
    );
    folder.write("regression_data/rules/certutil/info.yml", info("      match_count: 0\n"));
    assert!(folder.spoor(&["test", "rules"]).stdout.contains("expected no match, found 1 match in 2 events"));
    folder.write("regression_data/rules/certutil/info.yml", info(""));
    assert_eq!(folder.spoor(&["test", "rules"]).code, 0);
    // Under another name, the recording still stands beside its description.
    std::fs::rename(folder.path("regression_data"), folder.path("recordings")).unwrap();
    assert_eq!(summary(&folder.spoor(&["test", "rules", "--tests", "recordings"])), "ok. 1 rule. 1 test: 1 passed, 0 failed");
}

#[test]
fn what_is_wrong_with_a_description_is_told_where_it_is() {
    let folder = Folder::with(&[("rules/certutil.yml", SIGMA)]);
    for (info, told) in [
        ("- a\n", "a mapping with `rule_metadata`"),
        ("regression_tests_info:\n  - path: x\n", "the `id` of the rule"),
        ("rule_metadata:\n  - id: a\nregression_tests_info:\n  - name: x\n", "the `path` of the events"),
        ("rule_metadata:\n  - id: a\nregression_tests_info:\n  - path: x\n    match_counts: 1\n", "did you mean `match_count`?"),
        ("rule_metadata:\n  - id: a\nregression_tests_info:\n  - path: x\n    match_count: few\n", "how many matches there are"),
    ] {
        folder.write("tests/x/info.yml", info);
        let run = folder.spoor(&["test", "rules", "--tests", "tests"]);
        assert_eq!(run.code, 1, "{info}");
        assert!(
            run.stderr.contains("error[E0691]") && run.stderr.contains(told) && run.stderr.contains("tests/x/info.yml:"),
            "{info}: {}",
            run.stderr
        );
    }
    folder.write("tests/x/info.yml", "a: [\n");
    let run = folder.spoor(&["test", "rules", "--tests", "tests"]);
    assert!(run.code == 1 && run.stderr.contains("error[E0620]"), "{}", run.stderr);
}

#[test]
fn events_that_cannot_be_read_fail_their_test() {
    let rule = |path: &str| format!("rule x {{\n  detect process where name == \"a\"\n  test \"a day\" no match from \"{path}\"\n}}\n");
    let folder = Folder::with(&[("rules/a.spoor", &rule("../events/none.jsonl"))]);
    let run = folder.spoor(&["test", "rules"]);
    assert_eq!(run.code, 2, "what cannot be read is no finding");
    assert!(run.stdout.contains("error[E0690]: the events of `../events/none.jsonl` cannot be read"), "{}", run.stdout);
    assert!(run.stdout.contains("no such file"), "{}", run.stdout);

    folder.write("events/none.jsonl/inside", "");
    let run = folder.spoor(&["test", "rules"]);
    assert!(run.code == 2 && run.stdout.contains("it is a folder"), "{}", run.stdout);

    // A test by which nothing is shown is none, though nothing is what it states.
    for (text, told) in [
        (String::new(), "there are no events in it"),
        (event("whoami") + "{broken\n", "a part of the file is no event"),
        ("{\"@timestamp\": \"2020-07-20T00:33:01Z\", \"event\": {\"category\": [\"session\"], \"type\": [\"start\"]}, \"process\": {\"name\": \"x\"}}\n".to_owned(), "is of a class that Spoor knows"),
    ] {
        folder.write("rules/a.spoor", rule("events.jsonl"));
        folder.write("rules/events.jsonl", &text);
        let run = folder.spoor(&["test", "rules"]);
        assert_eq!(run.code, 1, "{text}: {}", run.stdout);
        assert!(run.stdout.contains(told), "{text}: {}", run.stdout);
    }
    folder.write("rules/events.jsonl", event("whoami"));
    let run = folder.spoor(&["test", "rules"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 1 rule. 1 test: 1 passed, 0 failed"), "{}", run.stdout);
    // Events of another kind than the rule is about.
    folder.write("rules/a.spoor", rule("events.jsonl").replace("no match", "match").replace("process where name", "file where path"));
    let run = folder.spoor(&["test", "rules"]);
    assert!(run.code == 1 && run.stdout.contains("no event is of a class and an action that `x` asks for"), "{}", run.stdout);
}

#[test]
fn tests_of_nobody_and_files_of_no_verdict_are_warnings() {
    let folder = project(&[("rules/certutil.yml", SIGMA), ("rules/other.spoor", CERTUTIL)]);
    folder.write(&format!("tests/{ID}/download.jsonl"), event("certutil -urlcache"));
    folder.write(&format!("tests/{ID}/readme.md"), "no event");
    folder.write("tests/63b16abe-2d5c-4a2f-b0ae-f1bc4580e40c/download.match.jsonl", event("certutil -urlcache"));
    let run = folder.spoor(&["test"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains(&format!("warning[E0693]: `tests/{ID}/download.jsonl` is not run")), "{}", run.stderr);
    assert!(run.stderr.contains("warning[E0692]: no rule has the id or the name `63b16abe"), "{}", run.stderr);
    assert!(run.stderr.contains("its test is not run"), "{}", run.stderr);
    // Of some rules nobody can say so.
    let some = folder.spoor(&["test", "rules/certutil.yml"]);
    assert!(!some.stderr.contains("E0692") && some.stderr.contains("E0693"), "{}", some.stderr);
    let missing = folder.spoor(&["test", "--tests", "nowhere"]);
    assert!(missing.code == 2 && missing.stderr.contains("`nowhere` cannot be read"), "{}", missing.stderr);
}

#[test]
fn the_manifest_names_folders() {
    let folder = Folder::with(&[("rules/certutil.yml", SIGMA), ("spoor.yaml", "rules: [rules]\ntests: proofs\nsnapshots: kept/queries\n")]);
    let run = folder.spoor(&["test"]);
    assert!(run.code == 2 && run.stderr.contains("error[E0609]: `proofs` gives nothing to read"), "{}", run.stderr);
    folder.write(&format!("proofs/{ID}/download.match.jsonl"), event("certutil -urlcache"));
    let run = folder.spoor(&["test", "--update"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 1 rule. 1 test: 1 passed, 0 failed; 1 snapshot: 1 written"), "{}", run.stderr);
    assert!(folder.path("kept/queries/certutil.snap").is_file());
    folder.write("spoor.yaml", "snapshots: []\n");
    let run = folder.spoor(&["test"]);
    assert!(run.code == 2 && run.stderr.contains("error[E0607]"), "{}", run.stderr);
}

// ---------- snapshots ----------

#[test]
fn a_snapshot_has_the_rule_and_a_section_a_target() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    let run = folder.spoor(&["test", "--update"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.stderr, "wrote 1 snapshot in `snapshots`\n");
    let snapshot = folder.read("snapshots/certutil_download.snap");
    let begin = "rule certutil_download {\n  detect process where name == \"certutil.exe\" and command_line contains \"urlcache\"\n}\n\n==== splunk · exact\n| tstats";
    assert!(snapshot.starts_with(begin), "{snapshot}");
    assert!(snapshot.contains("\n\n==== defender · exact\n// certutil_download"), "{snapshot}");
    let run = folder.spoor(&["test"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 1 rule. 2 tests: 2 passed, 0 failed; 1 snapshot: all as they were"));
    assert_eq!(folder.spoor(&["test", "--update"]).stderr, "every snapshot is as it should be: nothing was written\n");
    // A checkout may have changed the ends of lines.
    folder.write("snapshots/certutil_download.snap", snapshot.replace('\n', "\r\n"));
    assert_eq!(folder.spoor(&["test"]).code, 0);
}

#[test]
fn a_query_that_differs_fails_until_it_is_accepted() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    folder.spoor(&["test", "--update"]);
    folder.write("rules/a.spoor", CERTUTIL.replace("\"certutil.exe\" and", "\"certutil2.exe\" and"));
    let run = folder.spoor(&["test"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("  the queries of splunk, defender: not as in the snapshot"), "{}", run.stdout);
    assert!(run.stdout.contains("  -| where FileName =~ \"certutil.exe\"\n  +| where FileName =~ \"certutil2.exe\"\n"), "{}", run.stdout);
    assert!(summary(&run).ends_with("1 snapshot: 1 changed"), "{}", run.stdout);
    let colored = folder.spoor(&["--color", "always", "test"]);
    assert!(colored.stdout.contains("\x1b[32m+| where FileName =~ \"certutil2.exe\"\x1b[0m"), "{}", colored.stdout);
    assert_eq!(folder.spoor(&["test", "--update"]).code, 1, "a test fails still");
    let run = folder.spoor(&["test"]);
    assert!(summary(&run).ends_with("1 snapshot: all as they were"), "{}", run.stdout);
}

#[test]
fn one_target_alone_may_be_compared() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    folder.spoor(&["test", "--update"]);
    let snapshot = folder.read("snapshots/certutil_download.snap");
    folder.write("snapshots/certutil_download.snap", snapshot.replace("DeviceProcessEvents", "DeviceFileEvents"));
    assert_eq!(folder.spoor(&["test", "--target", "splunk"]).code, 0);
    let run = folder.spoor(&["test", "--target", "defender"]);
    assert!(run.code == 1 && run.stdout.contains("the query of defender: not as in the snapshot"), "{}", run.stdout);
    assert!(!run.stdout.contains("==== splunk"), "{}", run.stdout);
    assert_eq!(folder.spoor(&["test", "--no-snapshots"]).code, 0);
    assert_eq!(folder.spoor(&["test", "--target", "defender", "--update"]).code, 2);
}

#[test]
fn the_rule_alone_may_be_another_and_its_tests_count_nothing() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    folder.spoor(&["test", "--update"]);
    folder.write("rules/a.spoor", format!("# a comment\n\n{UNTESTED}\n{}", CERTUTIL.replace("\"a listing\"", "\"a list\"")));
    let run = folder.spoor(&["test", "--select", "certutil_download"]);
    assert_eq!(run.code, 0, "neither tests nor what stands around a rule: {}", run.stdout);
    folder.write("rules/a.spoor", CERTUTIL.replace("  detect", "  # on purpose\n  detect"));
    let run = folder.spoor(&["test"]);
    assert!(run.code == 1 && run.stdout.contains("the rule is another, its queries are as they were"), "{}", run.stdout);
}

#[test]
fn snapshots_are_missed_named_and_removed() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    folder.spoor(&["test", "--update"]);
    folder.write("rules/b.spoor", UNTESTED);
    let run = folder.spoor(&["test"]);
    assert!(run.code == 1 && run.stdout.contains("there is no snapshot yet: `spoor test --update` writes it"), "{}", run.stdout);
    assert_eq!(folder.spoor(&["test", "--update"]).stderr.lines().next(), Some("wrote 1 snapshot in `snapshots`"));

    std::fs::remove_file(folder.path("rules/a.spoor")).unwrap();
    let named = "snapshots/certutil_download.snap` is a snapshot that no rule makes any more";
    // A part of the rules knows nothing of the others, and neither does one with an error.
    assert!(!folder.spoor(&["test", "rules/b.spoor"]).stderr.contains(named));
    assert!(!folder.spoor(&["test", "--select", "plain"]).stderr.contains(named));
    folder.write("rules/c.spoor", "rule c {");
    assert!(!folder.spoor(&["test", "--update"]).stderr.contains("removed"));
    std::fs::remove_file(folder.path("rules/c.spoor")).unwrap();
    let run = folder.spoor(&["test"]);
    assert!(run.code == 0 && run.stderr.contains(named), "{}", run.stderr);
    let run = folder.spoor(&["test", "--update"]);
    assert!(run.stderr.contains("removed 1 of no rule: certutil_download.snap"), "{}", run.stderr);
    assert!(!folder.path("snapshots/certutil_download.snap").exists() && folder.path("snapshots/plain.snap").exists());
}

/// In a folder of a project whose manifest names no rules, the rules of the other folders are not gone.
#[test]
fn a_run_in_a_subfolder_removes_nothing() {
    let folder = Folder::with(&[("one/a.spoor", CERTUTIL), ("two/b.spoor", UNTESTED), ("spoor.yaml", "")]);
    assert_eq!(folder.spoor(&["test", "--update"]).code, 0);
    let below = Run::of_command(run::command(&folder.path("one")).args(["test", "--update"]));
    assert_eq!(below.code, 0, "{}", below.stderr);
    assert!(below.stderr.contains("nothing was written") && folder.path("snapshots/plain.snap").exists(), "{}", below.stderr);
}

#[test]
fn names_that_are_none_of_files_have_files_all_the_same() {
    let rule = |name: &str| format!("rule `{name}` {{\n  detect process where name == \"whoami.exe\"\n}}\n");
    let names = ["a b", "a_b", "A_B", "../up", "con", "ünïcode", "."];
    let folder = project(&[("rules/a.spoor", &names.map(rule).join("\n"))]);
    let run = folder.spoor(&["test", "--update"]);
    assert_eq!(run.stderr.lines().next(), Some("wrote 7 snapshots in `snapshots`"), "{}", run.stderr);
    let mut files: Vec<String> = std::fs::read_dir(folder.path("snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().to_lowercase())
        .collect();
    files.sort();
    files.dedup();
    assert_eq!(files.len(), 7, "{files:?}");
    // Asked alone, a rule has the same file as among others.
    assert_eq!(folder.spoor(&["test", "--select", "A_B"]).code, 0);
}

#[test]
fn what_cannot_be_written_stays_as_it_was() {
    let folder = project(&[("rules/a.spoor", CERTUTIL), ("rules/b.spoor", UNTESTED)]);
    folder.spoor(&["test", "--update"]);
    let before = folder.read("snapshots/certutil_download.snap");
    std::fs::remove_file(folder.path("snapshots/plain.snap")).unwrap();
    folder.write("snapshots/plain.snap/inside", "");
    folder.write("rules/a.spoor", CERTUTIL.replace("urlcache", "cache"));
    let run = folder.spoor(&["test"]);
    assert!(run.code == 1 && run.stdout.contains("the snapshot cannot be read: it is a folder"), "{}", run.stdout);
    let run = folder.spoor(&["test", "--update"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot write `snapshots/plain.snap`") && run.stderr.contains("wrote 1 snapshot"), "{}", run.stderr);
    assert_ne!(folder.read("snapshots/certutil_download.snap"), before);

    let folder = project(&[("rules/a.spoor", CERTUTIL), ("snapshots", "a file")]);
    for args in [&["test"][..], &["test", "--update"]] {
        let run = folder.spoor(args);
        assert!(run.code == 2 && run.stderr.contains("cannot read the folder of snapshots `snapshots`"), "{}", run.stderr);
        assert_eq!(folder.read("snapshots"), "a file");
    }
}

#[test]
fn without_a_project_a_folder_must_be_named() {
    let folder = Folder::with(&[("a.spoor", CERTUTIL)]);
    assert_eq!(folder.spoor(&["test"]).stderr, "");
    let run = folder.spoor(&["test", "--update"]);
    assert!(run.code == 2 && run.stderr.contains("there is no project, so no place for snapshots"), "{}", run.stderr);
    assert_eq!(folder.spoor(&["test", "--update", "--snapshots", "kept"]).code, 0);
    assert!(folder.path("kept/certutil_download.snap").is_file());
    let run = folder.spoor(&["test", "--snapshots", "kept"]);
    assert!(summary(&run).ends_with("1 snapshot: all as they were"), "{}", run.stdout);
}

#[test]
fn a_review_needs_a_terminal() {
    let folder = project(&[("rules/a.spoor", CERTUTIL)]);
    let run = folder.spoor_with(&["test", "--review"], b"A\n");
    assert!(run.code == 2 && run.stderr.contains("`--review` asks, and here is no terminal to answer"), "{}", run.stderr);
    assert!(!folder.path("snapshots").exists());
}

// ---------- other forms ----------

#[test]
fn json_has_the_same_keys_always() {
    let folder = project(&[("rules/a.spoor", CERTUTIL), ("rules/b.spoor", UNTESTED)]);
    folder.spoor(&["test", "--update"]);
    folder.write("snapshots/gone.snap", "x\n");
    folder.write("rules/b.spoor", UNTESTED.replace("whoami", "who"));
    let run = folder.spoor(&["test", "--format", "json"]);
    assert_eq!(run.code, 1);
    let lines = run.json();
    let keys = |kind: &str| -> Vec<Vec<String>> {
        let of = lines.iter().filter(|line| line["type"] == kind);
        of.map(|line| line.as_object().unwrap().keys().cloned().collect()).collect()
    };
    let sorted = |text: &str| {
        let mut keys: Vec<String> = text.split(' ').map(str::to_owned).collect();
        keys.sort();
        keys
    };
    for (kind, count, wanted) in [
        ("test", 2, "type rule path line column name stated found events result message why"),
        ("snapshot", 3, "type rule path file result message targets diff"),
        ("summary", 1, "type rules tests failed errors untested snapshots changed missing written orphaned"),
    ] {
        let found = keys(kind);
        assert_eq!(found.len(), count, "{kind}: {}", run.stdout);
        for mut keys in found {
            keys.sort();
            assert_eq!(keys, sorted(wanted), "{kind}");
        }
    }
    let results: Vec<&str> = lines.iter().filter(|line| line["type"] == "snapshot").map(|line| line["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["same", "changed", "orphaned"]);
    assert!(lines.iter().any(|line| line["type"] == "finding" && line["code"] == "E0540"));
}

#[test]
fn junit_is_well_formed_whatever_names_hold() {
    let rule = r#"rule `a<b>&"c` {
  detect process where name == "x"
  test "\u{1b}[31m <&> \u{0} ]]> \"quoted\"" match { process { name: "\u{1}<y>" } }
  test "fine" match { process { name: "x" } }
}
"#;
    let folder = project(&[
        ("rules/a.spoor", rule),
        ("rules/b.spoor", UNTESTED),
        ("rules/c.spoor", "rule c { detect process where nmae == \"<\" }\n"),
    ]);
    let run = folder.spoor(&["test", "--format", "junit"]);
    assert_eq!(run.code, 1);
    let tags = well_formed(&run.stdout);
    assert_eq!(tags[0], ("testsuites".to_owned(), "name=spoor test tests=4 failures=1 errors=1".to_owned()));
    let cases: Vec<&str> = tags.iter().filter(|(tag, _)| tag == "testcase").map(|(_, attributes)| attributes.as_str()).collect();
    assert_eq!(cases.len(), 4, "{}", run.stdout);
    assert_eq!(cases[0], "name=\u{fffd}[31m <&> \u{fffd} ]]> \"quoted\" classname=a<b>&\"c file=rules/a.spoor line=3");
    let kinds: Vec<&str> = tags.iter().map(|(tag, _)| tag.as_str()).filter(|tag| !tag.starts_with("test")).collect();
    assert_eq!(kinds, ["failure", "skipped", "error"]);
}

/// The elements of a document with their attributes; panics where it is none.
fn well_formed(text: &str) -> Vec<(String, String)> {
    let text = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a head");
    assert!(!text.chars().any(|c| c < ' ' && c != '\n' && c != '\t'), "no control characters");
    let plain = |text: &str| {
        assert!(!text.contains('<'), "{text}");
        let mut plain = String::new();
        let mut parts = text.split('&');
        plain.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (name, rest) = part.split_once(';').unwrap_or_else(|| panic!("an open reference: {part}"));
            plain.push_str(match name {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "quot" => "\"",
                "#39" => "'",
                "#10" => "\n",
                "#9" => "\t",
                "#13" => "\r",
                other => panic!("no such reference: {other}"),
            });
            plain.push_str(rest);
        }
        plain
    };
    let (mut open, mut tags, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some(at) = rest.find('<') {
        plain(&rest[..at]);
        let end = at + rest[at..].find('>').expect("the end of a tag");
        let inside = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let is_empty = inside.ends_with('/');
        let (name, attributes) = inside.trim_end_matches('/').split_once(' ').unwrap_or((inside, ""));
        let mut shown = Vec::new();
        let mut left = attributes;
        while let Some((key, behind)) = left.split_once("=\"") {
            let (value, behind) = behind.split_once('"').expect("the end of a value");
            shown.push(format!("{}={}", key.trim(), plain(value)));
            left = behind;
        }
        assert_eq!(left.trim(), "");
        tags.push((name.to_owned(), shown.join(" ")));
        if !is_empty {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    tags
}

// ---------- suggestions ----------

#[test]
fn suggestions_for_rules_can_be_copied_and_pass() {
    let bare = |source: &str| {
        source
            .lines()
            .filter(|line| !line.starts_with("  test") && !line.starts_with("    file {") && !line.starts_with("    process "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let sequence = "rule fresh_hta {\n  detect sequence by host within 10m {\n    drop: file    where action == created and name ends_with \".hta\"\n    run:  process where name == \"mshta.exe\" and command_line contains drop.name\n  }\n}\n";
    let threshold = "rule many {\n  detect process where name == \"net.exe\"\n  having count() >= 30 by host per 5m\n}\n";
    let clock = "rule night {\n  detect process where name == \"a.exe\" and time.hour >= 22\n}\n";
    for source in [bare(CERTUTIL).as_str(), sequence, threshold, clock] {
        let folder = Folder::with(&[("a.spoor", source)]);
        let run = folder.spoor(&["test", "--generate", "a.spoor"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let blocks: String = run.stdout.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        assert!(blocks.contains("test \"a match\" match") && blocks.contains("test \"just misses\" no match"), "{}", run.stdout);
        let end = source.trim_end().len() - 1;
        assert_eq!(folder.read("a.spoor"), source, "nothing is written");
        folder.write("a.spoor", format!("{}\n{blocks}}}\n", &source[..end]));
        let run = folder.spoor(&["test", "a.spoor"]);
        assert_eq!(
            (run.code, summary(&run)),
            (0, "ok. 1 rule. 2 tests: 2 passed, 0 failed"),
            "{source}{blocks}{}{}",
            run.stdout,
            run.stderr
        );
    }
}

#[test]
fn suggestions_for_rules_of_sigma_are_files() {
    let folder = project(&[("rules/certutil.yml", SIGMA)]);
    let run = folder.spoor(&["test", "--generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut files: Vec<(String, String)> = Vec::new();
    for line in run.stdout.lines().skip(1).filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ") {
            Some(path) => files.push((path.to_owned(), String::new())),
            None => files.last_mut().expect("a name first").1.push_str(&format!("{line}\n")),
        }
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [format!("tests/{ID}/a_match.match.jsonl"), format!("tests/{ID}/just_misses.no_match.jsonl")]);
    files.iter().for_each(|(name, text)| folder.write(name, text));
    let run = folder.spoor(&["test"]);
    assert_eq!((run.code, summary(&run)), (0, "ok. 1 rule. 2 tests: 2 passed, 0 failed"), "{}{}", run.stdout, run.stderr);
    assert!(folder.spoor(&["test", "--generate"]).stderr.contains("every rule has a test"));
}

#[test]
fn many_rules_are_told_in_their_order_however_many_threads() {
    let folder = project(&[]);
    for number in 0..300 {
        folder.write(&format!("rules/r{number:03}.spoor"), CERTUTIL.replace("certutil_download", &format!("r{number:03}")));
    }
    folder.spoor(&["test", "--update"]);
    let runs = [0, 1].map(|_| folder.spoor(&["test", "--format", "json"]));
    assert_eq!(runs[0].stdout, runs[1].stdout);
    let names: Vec<String> =
        runs[0].json().iter().filter(|line| line["type"] == "test").map(|line| line["rule"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 600);
    assert!(names.is_sorted());
}

#[test]
fn what_cannot_be_read_as_a_test_is_told_and_is_not_ok() {
    let folder = Folder::with(&[("spoor.yaml", "{}\n"), ("r.yml", SIGMA), (&format!("tests/{ID}/x.match.jsonl"), &event("urlcache"))]);
    std::fs::create_dir(folder.path(&format!("tests/{ID}/dir.match.jsonl"))).unwrap();
    let run = folder.spoor(&["test", "--no-snapshots"]);
    assert!(
        run.code == 2 && run.stderr.contains("dir.match.jsonl") && !run.stdout.contains("ok."),
        "{} {}{}",
        run.code,
        run.stdout,
        run.stderr
    );
    let empty = Folder::new();
    let run = empty.spoor(&["test"]);
    assert!(run.code == 2 && !run.stdout.contains("ok."), "{} {}{}", run.code, run.stdout, run.stderr);
}
