//! `spoor diff`: what changed in meaning, with events that show it; and nothing that is not known is said.

use serde_json::Value as Json;

use crate::git::{commit, git, repository, with_module};
use crate::run::{Folder, Run};

fn rule(name: &str, body: &str) -> String {
    format!("rule {name} {{\n{body}\n}}\n")
}

/// The one change between two texts of a file, and the exit code.
fn between(before: &str, now: &str) -> (Json, i32) {
    let folder = Folder::with(&[("old/x.spoor", before), ("new/x.spoor", now), ("new/spoor.yaml", "targets: [splunk, defender]\n")]);
    let run = Run::of_command(crate::run::command(&folder.path("new")).args(["diff", "--format", "json", "../old"]));
    let mut all = run.json();
    assert_eq!(all.len(), 1, "{}{}", run.stdout, run.stderr);
    (all.remove(0), run.code)
}

fn detect(pattern: &str) -> String {
    rule("x", &format!("  detect {pattern}"))
}

/// What is said of the meaning, whatever the form.
fn meaning(before: &str, now: &str) -> String {
    between(&detect(before), &detect(now)).0["meaning"].as_str().unwrap().to_owned()
}

#[test]
fn another_way_to_write_it_is_the_same_meaning() {
    let before =
        rule("x", "  let shells = [\"cmd.exe\", \"pwsh.exe\"]\n  detect process where name in shells and parent.name == \"a.exe\"");
    for now in [
        rule("x", "  let others = [\"cmd.exe\", \"pwsh.exe\"]\n  detect process where name in others and parent.name == \"a.exe\""),
        rule("x", "  detect process where parent.name == \"a.exe\" and name in [\"pwsh.exe\", \"cmd.exe\", \"pwsh.exe\"]"),
        rule("x", "  # why\n  detect process\n    where (name == \"cmd.exe\" or name == \"pwsh.exe\")\n      and parent.name == \"a.exe\""),
        rule(
            "x",
            "  detect {\n    process where name == \"cmd.exe\" and parent.name == \"a.exe\"\n    process where name == \"pwsh.exe\" and parent.name == \"a.exe\"\n  }",
        ),
    ] {
        let (change, code) = between(&before, &now);
        let said = change["meaning"].as_str().unwrap();
        // Two branches for one are another form: then it is not claimed.
        if now.matches("process where").count() == 2 {
            assert!(["same", "no difference found"].contains(&said), "{now}{change:#}");
        } else {
            assert_eq!((said, code), ("same", 0), "{now}{change:#}");
        }
        assert!(change["matches_now"].is_null() && change["matched_before"].is_null());
    }
}

#[test]
fn more_fewer_and_different_come_with_events() {
    let list = |count: usize| (0..count).map(|at| format!("\"tool{at}.exe\"")).collect::<Vec<_>>().join(", ");
    let long = |count| format!("process where name in [{}]", list(count));
    for (before, now, expected, more, fewer) in [
        ("process where name == \"a.exe\"", "process where name in [\"a.exe\", \"b.exe\"]", "more", Some("b.exe"), None),
        ("process where name in [\"a.exe\", \"b.exe\"]", "process where name == \"b.exe\"", "fewer", None, Some("a.exe")),
        ("process where name == \"a.exe\"", "process where name == \"b.exe\"", "different", Some("b.exe"), Some("a.exe")),
        (long(150).as_str(), long(151).as_str(), "more", Some("tool150.exe"), None),
        (
            "process where name == \"a.exe\"",
            "process where name == \"a.exe\" and command_line contains \"x\"",
            "fewer",
            None,
            Some("a.exe"),
        ),
        ("process where name == \"a.exe\" except user.name == \"bob\"", "process where name == \"a.exe\"", "more", Some("bob"), None),
        (
            "file where name == \"a\" and action == created",
            "file where name == \"a\" and action in [created, deleted]",
            "more",
            Some("deleted"),
            None,
        ),
        (
            "process where command_line contains \"ab\"",
            "process where command_line contains cased \"ab\"",
            "fewer",
            None,
            Some("command_line"),
        ),
        (
            "process where name == \"a.exe\"",
            "{\n process where name == \"a.exe\"\n file where name == \"b\"\n}",
            "more",
            Some("file {"),
            None,
        ),
        ("network where dest.port > 1024", "network where dest.port >= 1024", "more", Some("1024"), None),
    ] {
        let (change, code) = between(&detect(before), &detect(now));
        assert_eq!((change["meaning"].as_str(), code), (Some(expected), 1), "{before} | {now}: {change:#}");
        for (key, part) in [("matches_now", more), ("matched_before", fewer)] {
            match part {
                Some(part) => assert!(change[key].to_string().contains(part), "{key} of {before} | {now}: {change:#}"),
                None => assert!(change[key].is_null(), "{key} of {before} | {now}: {change:#}"),
            }
        }
    }
}

#[test]
fn thresholds_and_sequences_are_told_by_streams() {
    let many = |count: u32, name: &str| format!("process where name == \"{name}\"\n  having count() > {count}\n  by host\n  per 1m");
    assert_eq!(meaning(&many(5, "a.exe"), &many(3, "a.exe")), "more");
    assert_eq!(meaning(&many(3, "a.exe"), &many(5, "a.exe")), "fewer");
    assert_eq!(meaning(&many(3, "a.exe"), &many(3, "b.exe")), "different");
    let steps = |within: &str, name: &str| {
        format!(
            "sequence by host within {within} {{\n drop: file where action == created and name == \"{name}\"\n run: process where name == \"b.exe\"\n}}"
        )
    };
    assert_eq!(meaning(&steps("10m", "a"), &steps("5m", "a")), "fewer");
    assert_eq!(meaning(&steps("10m", "a"), &steps("10m", "c")), "different");
    assert_eq!(meaning(&steps("10m", "a"), &steps("600s", "a")), "same");
    // One event is no threshold.
    assert_eq!(meaning("process where name == \"a.exe\"", &many(1, "a.exe")), "fewer");
}

/// Two regexes for one language: the forms differ and no event tells them apart. That is said, and no more.
#[test]
fn what_is_not_known_is_not_claimed() {
    let (change, code) =
        between(&detect("process where command_line matches /xab?b?y/"), &detect("process where command_line matches /xab{0,2}y/"));
    assert_ne!(change["meaning"], "same", "{change:#}");
    if change["meaning"] == "no difference found" {
        assert_eq!(code, 1);
    }
    assert!(change["matches_now"].is_null() && change["matched_before"].is_null(), "{change:#}");
    // What one target alone is asked no event judges.
    let (change, code) = between(
        &detect("process where name == \"a.exe\"\n    on defender where FileSize > 1"),
        &detect("process where name == \"a.exe\"\n    on defender where FileSize > 2"),
    );
    assert_eq!((change["meaning"].as_str(), code), (Some("no difference found"), 1), "{change:#}");
    assert_eq!((&change["targets"][0]["own_clause_changed"], &change["targets"][1]["own_clause_changed"]), (&false.into(), &true.into()));
}

#[test]
fn what_stands_beside_the_pattern_is_told() {
    let before = rule("x", "  title: \"A\"\n  level: low\n  detect process where name == \"a.exe\"\n  last 7d");
    let now = rule(
        "x",
        "  title: \"A\"\n  level: high\n  attack: [T1059]\n  detect process where name == \"a.exe\"\n  last 30d\n  show time, name",
    );
    let (change, code) = between(&before, &now);
    assert_eq!((change["meaning"].as_str(), code), (Some("same"), 1));
    let told: Vec<String> =
        change["beside"].as_array().unwrap().iter().map(|it| format!("{} {} {}", it["key"], it["before"], it["now"])).collect();
    assert_eq!(told, ["\"last\" \"7d\" \"30d\"", "\"show\" null null", "\"level\" \"low\" \"high\"", "\"attack\" null \"T1059\""]);
}

#[test]
fn rules_come_go_are_renamed_and_break() {
    let with_id = |name: &str| rule(name, "  id: \"7\"\n  detect process where name == \"a.exe\"");
    let plain = |name: &str| rule(name, "  detect process where name == \"a.exe\"");
    let folder = repository(&[
        ("rules/a.spoor", &with_id("one")),
        ("rules/b.spoor", &plain("goes")),
        ("rules/c.spoor", &plain("breaks")),
        ("rules/d.spoor", &plain("stays")),
        (
            "rules/s.yml",
            "title: T\nid: 8\nlogsource: {category: process_creation, product: windows}\ndetection:\n  s: {Image: a.exe}\n  condition: s\n",
        ),
    ]);
    assert_eq!(folder.spoor(&["diff", "HEAD"]).code, 0);
    folder.write("rules/z.spoor", with_id("two"));
    std::fs::remove_file(folder.path("rules/a.spoor")).unwrap();
    std::fs::remove_file(folder.path("rules/b.spoor")).unwrap();
    folder.write("rules/c.spoor", plain("breaks").replace("name", "nam"));
    folder.write("rules/e.spoor", plain("comes"));
    folder.write("rules/s.yml", folder.read("rules/s.yml").replace("a.exe", "b.exe"));
    let before = git(&folder, &["status", "--porcelain"]);
    let run = folder.spoor(&["diff", "--format", "json", "HEAD"]);
    assert_eq!((run.code, git(&folder, &["status", "--porcelain"])), (1, before), "{}", run.stderr);
    let told: Vec<String> = run.json().iter().map(|it| format!("{} {} {}", it["rule"], it["change"], it["meaning"])).collect();
    assert_eq!(
        told,
        [
            "\"breaks\" \"not compared\" null",
            "\"comes\" \"added\" null",
            "\"goes\" \"removed\" null",
            "\"s\" \"changed\" \"different\"",
            "\"two\" \"changed\" \"same\"",
        ]
    );
    assert!(run.json()[4]["renamed_from"] == "one" && run.stderr.contains("error[E0201]"), "{}", run.stderr);
    assert!(run.stderr.contains("5 rules against `HEAD`"), "{}", run.stderr);
    // One file, one that is gone, one that never was.
    assert_eq!(folder.spoor(&["diff", "--format", "json", "HEAD", "rules/e.spoor"]).json().len(), 1);
    assert_eq!(folder.spoor(&["diff", "--format", "json", "HEAD", "rules/b.spoor"]).json()[0]["change"], "removed");
    assert_eq!(folder.spoor(&["diff", "HEAD", "rules/nowhere.spoor"]).code, 2);
    // From a folder below it is the same.
    let scratch = folder.path("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let mut command = crate::run::command(&folder.path("rules"));
    let below = Run::of_command(command.env("TMPDIR", &scratch).args(["diff", "--format", "json", "HEAD"]));
    assert_eq!(below.json().len(), 5, "{}", below.stderr);
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "the rules as they were are gone with the run");
}

/// What a rule imports, what packs and options say: its text is the same.
#[test]
fn a_rule_that_nobody_touched_may_change() {
    let rule = "import \"common.spoor\"\nrule x {\n  detect process where name in shared\n}\n";
    let folder = repository(&[
        ("spoor.yaml", "rules: [rules]\ntargets: [splunk]\n"),
        ("rules/x.spoor", rule),
        ("rules/common.spoor", "let shared = [\"a.exe\"]\n"),
    ]);
    folder.write("rules/common.spoor", "let shared = [\"a.exe\", \"b.exe\"]\n");
    let run = folder.spoor(&["diff", "--format", "json", "main"]);
    assert_eq!((run.code, run.json()[0]["meaning"].as_str()), (1, Some("more")), "{}", run.stdout);
    commit(&folder);
    folder.write("spoor.yaml", "rules: [rules]\ntargets: [splunk]\nsummaries: true\n");
    let run = folder.spoor(&["diff", "main"]);
    assert_eq!(run.code, 1, "summaries narrow what is read: {}", run.stdout);
    assert!(run.stdout.contains("same meaning") && run.stdout.contains("narrowed, was exact"), "{}", run.stdout);
    folder.write("spoor.yaml", "rules: [rules]\ntargets: [splunk]\nmodel: {classes: {process: {fields: {mood: text}}}}\n");
    let run = folder.spoor(&["diff", "main"]);
    assert!(run.stdout.is_empty() || run.stdout.contains("another model"), "{}", run.stdout);
}

#[test]
fn people_and_pull_requests_read_it() {
    let folder = repository(&[("x.spoor", &detect("process where name == \"a.exe\""))]);
    folder.write("x.spoor", detect("process where name in [\"a.exe\", \"b.exe\"]"));
    let run = folder.spoor(&["diff", "--target", "defender", "HEAD"]);
    assert_eq!(run.code, 1);
    for part in [
        "x (x.spoor) matches more\n  matches now, and did not:\n    process { ",
        "name: \"b.exe\"",
        "  defender: exact\n    @@ ",
        "\n    -| where FileName =~ \"a.exe\"\n",
    ] {
        assert!(run.stdout.contains(part), "no `{part}` in\n{}", run.stdout);
    }
    assert!(!run.stdout.contains('\x1b') && folder.spoor(&["--color", "always", "diff", "HEAD"]).stdout.contains("\x1b[32m"));
    let run = folder.spoor(&["diff", "--format", "markdown", "--target", "defender", "HEAD"]);
    for part in [
        "### Rules against `HEAD`\n",
        "| `x` | matches more |",
        "<details><summary>x: matches more</summary>\n\n```diff\n",
        "\n-| where FileName",
    ] {
        assert!(run.stdout.contains(part), "no `{part}` in\n{}", run.stdout);
    }
    let none = repository(&[("x.spoor", &detect("process where name == \"a.exe\""))]);
    let run = none.spoor(&["diff", "--format", "markdown", "HEAD"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "### Rules against `HEAD`\n\nNo rule differs.\n"));
}

#[test]
fn a_base_that_cannot_be_read_is_told() {
    let folder = repository(&[("x.spoor", &detect("process where name == \"a.exe\"")), ("spoor.yaml", "")]);
    let run = folder.spoor(&["diff", "nowhere"]);
    assert!(run.code == 2 && run.stderr.contains("cannot compare with `nowhere`: `nowhere` is no revision"), "{}", run.stderr);
    let alone = Folder::with(&[("x.spoor", "")]);
    assert!(alone.spoor(&["diff", "HEAD"]).stderr.contains("is in no repository of git"));
    folder.write("spoor.yaml", "cmi: 6.1\n");
    commit(&folder);
    folder.write("spoor.yaml", "");
    let run = folder.spoor(&["diff", "HEAD"]);
    assert!(
        run.code == 2 && run.stderr.contains("the project of `HEAD` is not whole") && run.stderr.contains("--> spoor.yaml:1:1"),
        "{}",
        run.stderr
    );
}

/// An event that has a path has its name: none without is made up.
#[test]
fn a_witness_is_an_event_as_products_record_it() {
    for (before, now, expected) in [
        (r"path ends_with '\certutil.exe'", r"path contains '\certutil.exe'", "different"),
        (r"path ends_with '\a.exe'", r#"name == "a.exe""#, "same"),
        (r"path contains '\a.exe'", r#"name == "a.exe""#, "different"),
    ] {
        let (change, _) = between(&detect(&format!("process where {before}")), &detect(&format!("process where {now}")));
        assert_eq!(change["meaning"], expected, "{change:#}");
        for event in change["matches_now"].as_array().into_iter().flatten() {
            let text = event.as_str().unwrap();
            assert!(!text.ends_with(r"'\certutil.exe' }"), "both find it: {text}");
        }
    }
}

/// Events are said to be lost or won only where one side finds nothing in them.
#[test]
fn no_events_are_shown_that_both_sides_match() {
    let count = |rest: &str| format!("logon where outcome == failure\n    having count() >= 3 {rest}");
    let two = |kind: &str, steps: &str| format!("{kind} within 15m {{ {steps} }}");
    let (a, b) = ("a: process where name == \"a.exe\"\n", "b: process where name == \"b.exe\"\n");
    for (before, now, expected) in [
        (count("by src.ip, host"), count("by host, src.ip"), &["same"][..]),
        (count("by src.ip per 1h"), count("by src.ip"), &["more", "no difference found"]),
        (two("together by host", &format!("{a}{b}")), two("together by host", &format!("{b}{a}")), &["no difference found"]),
        (two("together by host, user.name", &format!("{a}{b}")), two("together by user.name, host", &format!("{a}{b}")), &["same"]),
        (two("sequence by host", &format!("{a}{b}")), two("sequence by host", &format!("{b}{a}")), &["different"]),
    ] {
        let (change, _) = between(&detect(&before), &detect(&now));
        assert!(expected.contains(&change["meaning"].as_str().unwrap()), "{before}\n{now}\n{change:#}");
        assert!(change["matches_now"].is_null() || change["matches_now"] != change["matched_before"], "{change:#}");
    }
}

#[test]
fn order_case_and_names_that_say_nothing_are_the_same_meaning() {
    let hash = "ab".repeat(32);
    for (before, now) in [
        ("process where parent.name == name".to_owned(), "process where name == parent.name".to_owned()),
        (format!("process where sha256 == \"{hash}\""), format!("process where sha256 == \"{}\"", hash.to_uppercase())),
        (
            "windows_event where channel == \"Security\" and data.x == \"a\"".into(),
            "windows_event where channel == \"Security\" and data.X == \"A\"".into(),
        ),
    ] {
        let (change, code) = between(&detect(&before), &detect(&now));
        assert_eq!((change["meaning"].as_str(), code), (Some("same"), 0), "{change:#}");
    }
    assert_eq!(meaning("process where command_line contains cased \"a\"", "process where command_line contains cased \"A\""), "different");
}

#[test]
fn a_window_that_the_project_gives_is_compared() {
    let rule = detect("process where name == \"a.exe\"");
    let manifest = |days: &str| format!("targets: [defender]\nlookback: {{defender: {days}}}\n");
    let folder = Folder::with(&[
        ("old/x.spoor", &rule),
        ("new/x.spoor", &rule),
        ("old/spoor.yaml", &manifest("1d")),
        ("new/spoor.yaml", &manifest("7d")),
    ]);
    let run = Run::of_command(crate::run::command(&folder.path("new")).args(["diff", "../old"]));
    assert!(run.stdout.contains("lookback of defender: 7d, was 1d") && run.code == 1, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_side_that_cannot_be_read_is_never_the_same() {
    let rule = detect("process where name == \"a.exe\"");
    for (name, text, code) in [
        ("z.spoor", &b"\xff\n"[..], 2),
        ("x.spoor", &b"\xff\xfer\0u\0l\0e\0"[..], 2),
        ("z.spoor", b"rul x {\n", 1),
        ("z.yml", b"title: [\nlogsource: {\ndetection:\n", 1),
    ] {
        for broken in ["old", "new"] {
            let folder = Folder::with(&[("old/x.spoor", &rule), ("new/x.spoor", &rule), ("new/spoor.yaml", "targets: [splunk]\n")]);
            std::fs::write(folder.path(&format!("{broken}/{name}")), text).unwrap();
            let run = Run::of_command(crate::run::command(&folder.path("new")).args(["diff", "../old"]));
            assert_eq!(run.code, code, "{broken} {name}: {}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains("not compared") && !run.stdout.contains("gone"), "{broken} {name}: {}{}", run.stdout, run.stderr);
        }
    }
}

#[test]
fn what_is_gone_is_named_from_where_the_run_stands_and_no_name_is_guessed() {
    let rule = detect("process where name == \"a.exe\"");
    let folder = repository(&[("sub/spoor.yaml", "targets: [splunk]\nrules: [rules]\n"), ("sub/rules/x.spoor", &rule)]);
    std::fs::remove_file(folder.path("sub/rules/x.spoor")).unwrap();
    folder.write("sub/rules/y.spoor", detect("file where name == \"a\"").replace("rule x", "rule y"));
    let run = Run::of_command(crate::run::command(&folder.path("sub")).args(["diff", "HEAD"]));
    assert!(run.stdout.contains("x (rules/x.spoor) gone") && run.stdout.contains("y (rules/y.spoor) new"), "{}{}", run.stdout, run.stderr);
    git(&folder, &["branch", "released"]);
    folder.write("released/x.spoor", &rule);
    let run = folder.spoor(&["diff", "released"]);
    assert!(run.code == 2 && run.stderr.contains("is a folder and a revision"), "{}{}", run.stdout, run.stderr);
    let run = folder.spoor(&["diff", "nowhere"]);
    assert!(
        run.code == 2 && run.stderr.contains("no revision of this repository") && !run.stderr.contains("fetch-depth"),
        "{}",
        run.stderr
    );
}

#[test]
fn rules_of_a_repository_in_this_one_are_compared_with_what_they_were() {
    let module = repository(&[
        ("x.spoor", &detect("process where name == \"a.exe\"")),
        ("y.spoor", &detect("process where name == \"b.exe\"").replace("rule x", "rule y")),
    ]);
    let folder = repository(&[("own.spoor", &detect("file where name == \"a\"").replace("rule x", "rule own"))]);
    with_module(&folder, &module, "shared");
    let run = folder.spoor(&["diff", "HEAD"]);
    assert!(run.code == 0 && run.stdout.is_empty(), "{}{}", run.stdout, run.stderr);
    folder.write("shared/x.spoor", detect("process where name == \"c.exe\""));
    let run = folder.spoor(&["diff", "HEAD"]);
    assert!(
        run.stdout.contains("x (shared/x.spoor) matches different events") && !run.stdout.contains("y ("),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let run = folder.spoor(&["check", "--since", "HEAD"]);
    assert!(run.stderr.contains("1 of 3 rule files: 1 changed"), "{}", run.stderr);
}
