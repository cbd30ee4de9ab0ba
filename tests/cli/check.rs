//! `spoor check`: exit codes, JSON, levels, fixes.

use crate::run::Folder;
use crate::{BAD, GOOD, codes_of};

#[test]
fn clean_is_0_findings_are_1_a_missing_file_is_2() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("bad/bad.spoor", BAD)]);
    let run = folder.spoor(&["check", "good.spoor"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert_eq!(folder.spoor(&["check"]).code, 1);
    let run = folder.spoor(&["check", "good.spoor", "missing.spoor", "bad"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("`missing.spoor` cannot be read") && run.stdout.contains("bad/bad.spoor:2:24"), "{}", run.stdout);
}

#[test]
fn the_json_has_the_documented_shape() {
    let folder = Folder::with(&[("bad.spoor", BAD)]);
    let run = folder.spoor(&["check", "--format", "json"]);
    let findings = run.json();
    assert_eq!(findings.len(), 1, "{}", run.stdout);
    let finding = &findings[0];
    for key in ["code", "severity", "message", "path", "line", "column", "end_line", "end_column", "help", "fix"] {
        assert!(finding.get(key).is_some(), "no {key}: {finding}");
    }
    assert_eq!((&finding["path"], &finding["line"], &finding["column"]), (&"bad.spoor".into(), &2.into(), &24.into()));
    assert_eq!((&finding["severity"], &finding["end_line"], &finding["end_column"]), (&"error".into(), &2.into(), &27.into()));
}

#[test]
fn warnings_fail_only_when_they_are_denied() {
    let folder = Folder::with(&[("empty.spoor", "# nothing yet\n")]);
    assert_eq!(folder.spoor(&["check"]).code, 0);
    let run = folder.spoor(&["check", "--deny", "warning", "--format", "json"]);
    assert_eq!((run.code, codes_of(&run)), (1, vec!["E0606".to_owned()]));
}

#[test]
fn findings_are_in_the_order_of_paths_and_places() {
    let two = "rule x {\n  detect process where nam == \"a\" and nme == \"b\"\n}\n";
    let folder = Folder::with(&[("b.spoor", two), ("a/z.spoor", &two.replace('x', "y")), ("a.spoor", &two.replace('x', "z"))]);
    let run = folder.spoor(&["check", "--format", "json", "b.spoor", "."]);
    let places: Vec<String> = run.json().iter().map(|f| format!("{}:{}", f["path"].as_str().unwrap(), f["column"])).collect();
    assert_eq!(places, ["a.spoor:24", "a.spoor:39", "a/z.spoor:24", "a/z.spoor:39", "b.spoor:24", "b.spoor:39"]);
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let folder = Folder::with(&[("bad.spoor", BAD)]);
    assert!(!folder.spoor(&["check"]).stdout.contains('\x1b'));
    assert!(folder.spoor(&["check", "--color", "always"]).stdout.contains("\x1b["));
    assert!(!folder.spoor(&["check", "--color", "never"]).stdout.contains('\x1b'));
}

#[test]
fn sure_fixes_are_applied_and_the_rest_is_reported() {
    let folder = Folder::with(&[(
        "x.spoor",
        "\u{feff}rule x {\r\n  detect process where name =~ \"a.exe\" and id == \"4\" and nam exists\r\n}\r\n",
    )]);
    let run = folder.spoor(&["check", "--fix"]);
    let text = folder.read("x.spoor");
    assert!(text.starts_with("\u{feff}rule x {\r\n  detect process where name == \"a.exe\""), "{text}");
    assert!(run.stdout.contains("nam") && !run.stdout.contains("=~"), "{}", run.stdout);
    assert!(run.stderr.contains("in 1 file"), "{}", run.stderr);
    assert_eq!(run.code, 1);
    let again = folder.spoor(&["check", "--fix"]);
    assert_eq!((folder.read("x.spoor"), again.stdout, again.stderr.as_str()), (text, run.stdout, ""));
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 1, "no temporary file is left");
}

/// What would mend a value in a rule is written otherwise in a list file: nothing is mended.
#[test]
fn a_fault_of_a_list_file_names_the_entry_and_changes_nothing() {
    let rule = "rule x {\n  let bad: domain from \"iocs.txt\"\n  detect file where origin.url under bad\n}\n";
    let folder = Folder::with(&[("x.spoor", rule), ("iocs.txt", "evil.example\nhttps://evil.example/x\n")]);
    let run = folder.spoor(&["check", "--fix"]);
    assert_eq!((folder.read("x.spoor").as_str(), run.code), (rule, 1));
    assert!(run.stdout.contains("E0307") && run.stdout.contains("iocs.txt:2:1"), "{}", run.stdout);
}

#[test]
fn a_file_that_cannot_be_written_is_as_it_was() {
    let text = "rule x {\n  detect process where name =~ \"a.exe\"\n}\n";
    let folder = Folder::with(&[("x.spoor", text)]);
    let mut rights = std::fs::metadata(folder.path("x.spoor")).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(folder.path("x.spoor"), rights.clone()).unwrap();
    let run = folder.spoor(&["check", "--fix"]);
    assert_eq!((run.code, folder.read("x.spoor")), (2, text.to_owned()));
    assert!(run.stderr.contains("cannot write `x.spoor`: permission denied"), "{}", run.stderr);
    assert!(run.stdout.contains("=~"), "what is left is reported: {}", run.stdout);
}

/// Two keys of one selection would be one: a person chooses.
#[test]
fn no_fix_makes_two_keys_the_same() {
    let rule = "title: A\nlogsource: {category: process_creation, product: windows}\ndetection:\n  sel:\n    Image|endswith: a.exe\n    \
                image|endswith: b.exe\n  condition: sel\n";
    let folder = Folder::with(&[("rule.yml", rule)]);
    let run = folder.spoor(&["check", "--fix", "rule.yml"]);
    assert_eq!((folder.read("rule.yml").as_str(), run.code), (rule, 2), "{}", run.stderr);
    assert!(run.stderr.contains("two things one name"), "{}", run.stderr);
}

#[test]
fn sure_fixes_go_into_yaml_as_it_is_written() {
    let rule = "\u{feff}title: A\r\nstatus: Test\r\nlevel: 'hihg'\r\ntags: [attack.t1086]\r\nlogsource: {category: process_creation, product: windows}\r\n\
                detection:\r\n  selection:\r\n    \"CommandLnie|contain\": x # why\r\n  condition: selektion && selection\r\n";
    let folder = Folder::with(&[("rule.yml", rule)]);
    folder.spoor(&["check", "--fix", "rule.yml"]);
    let fixed = rule
        .replace("Test", "test")
        .replace("'hihg'", "high")
        .replace("t1086", "t1059.001")
        .replace("CommandLnie|contain", "CommandLine|contains");
    assert_eq!(folder.read("rule.yml"), fixed.replace("selektion && selection", "selection and selection"));
}

/// What is written as a text has no letters that a fix could take away, and between the slashes of nothing a comment would begin.
#[test]
fn a_needless_flag_is_taken_out_of_a_regex_that_is_more() {
    for (written, fixed) in [
        (r#"[/a/, "(?i)b"]"#, r#"[/a/, "(?i)b"]"#),
        (r#""(?i)x.y""#, r#""(?i)x.y""#),
        ("/(?i)/", "/(?i)/"),
        ("/(?i)x.y/", "/x.y/"),
        (r"/(?i)a\.b/", r"/a\.b/"),
    ] {
        let rule = |regex: &str| format!("rule x {{\n  detect process where command_line matches {regex} and name == \"x\"\n}}\n");
        let folder = Folder::with(&[("x.spoor", &rule(written))]);
        let run = folder.spoor(&["check", "--fix"]);
        assert_eq!(folder.read("x.spoor"), rule(fixed), "{written}{}", run.stderr);
    }
}

#[test]
fn fixes_do_not_grow_together_nor_bring_errors() {
    let rule = "rule c {\n  detect process where name == ''x''\n}\n";
    let folder = Folder::with(&[("x.spoor", rule)]);
    let run = folder.spoor(&["check", "--fix"]);
    assert!(!folder.read("x.spoor").contains("existsx"), "{}{}", folder.read("x.spoor"), run.stdout);
    assert_eq!(folder.read("x.spoor"), rule, "what would have more errors is taken back");
    assert!(run.stderr.contains("would bring new errors") && run.code == 1, "{}{}", run.code, run.stderr);
    // One fix that is not taken does not hold the others back.
    let both = format!("rule d {{\n  detect process where command_line matches /(?i)x/\n}}\n{rule}");
    let folder = Folder::with(&[("x.spoor", &both)]);
    folder.spoor(&["check", "--fix"]);
    assert_eq!(folder.read("x.spoor"), both.replace("(?i)", ""));
}
