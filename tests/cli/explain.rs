//! `spoor explain`.

use crate::run::Folder;
use crate::{BAD, GOOD};

#[test]
fn a_file_of_sigma_is_explained_with_its_selections() {
    let rule = "title: A\nlogsource: {category: process_creation}\ndetection:\n  selection: {CommandLine|contains: x}\n  filter_main: {User: bob}\n  condition: selection and not 1 of filter_*\n";
    let folder = Folder::with(&[("rule.yml", rule), ("bad.yml", &rule.replace("CommandLine", "CommandLin"))]);
    let run = folder.spoor(&["explain", "rule.yml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for wanted in ["rule (rule.yml:1)", "detect process", "except ", "splunk: ", "defender: "] {
        assert!(run.stdout.contains(wanted), "{wanted}: {}", run.stdout);
    }
    let run = folder.spoor(&["explain", "bad.yml"]);
    assert!(run.code == 1 && run.stderr.contains("E0713") && run.stderr.contains("no rule without an error"), "{}", run.stderr);
}

#[test]
fn explain_knows_codes_and_rules() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("bad.spoor", BAD)]);
    let run = folder.spoor(&["explain", "e0201"]);
    assert!(run.code == 0 && run.stdout.starts_with("# E0201 unknown field\n"), "{}", run.stdout);
    let run = folder.spoor(&["explain", "E9999"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, "error: there is no code E9999\n"));
    let run = folder.spoor(&["explain", "good"]);
    assert!(run.code == 0 && run.stdout.starts_with("good (good.spoor:1)\n"), "{}", run.stdout);
    for word in ["splunk: exact", "defender: exact", "process in Endpoint.Processes", "first stage", "assumes:"] {
        assert!(run.stdout.contains(word), "no `{word}` in {}", run.stdout);
    }
    assert!(!run.stdout.contains("rewritten:"), "{}", run.stdout);
    let folder = Folder::with(&[
        ("good.spoor", GOOD),
        ("bad.spoor", BAD),
        ("again.spoor", "rule again {\n  detect file where path ends_with '\\x.hta'\n}\n"),
    ]);
    let run = folder.spoor(&["explain", "again"]);
    let line =
        "\nrewritten:\n  2:21: `path ends_with '\\x.hta'` is `name == 'x.hta'`, because `name` is the last part of `path`\n\nsplunk:";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    let run = folder.spoor(&["explain", "god"]);
    assert!(run.code == 2 && run.stderr.contains("did you mean `good`?"), "{}", run.stderr);
    let run = folder.spoor(&["explain", "bad"]);
    assert!(run.code == 1 && run.stderr.contains("bad.spoor:2:24"), "{}", run.stderr);
}
