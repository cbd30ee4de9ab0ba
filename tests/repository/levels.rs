//! `lints` of `spoor.yaml`, and `--deny`, `--warn` and `--allow`.

use crate::run::{Folder, Run};

/// E0501, a warning.
const UNUSED: &str = "rule unused {\n  let bad = [\"a\"]\n  detect process where name == \"a.exe\"\n}\n";
/// E0505, a warning.
const NEVER: &str = "rule never {\n  detect process where name == \"a.exe\" and name == \"b.exe\"\n}\n";
/// E0201, an error.
const WRONG: &str = "rule wrong {\n  detect process where nam == \"a.exe\"\n}\n";

/// `warning E0501 rules/a.spoor`
fn found(run: &Run) -> Vec<String> {
    let told = |row: serde_json::Value| [&row["severity"], &row["code"], &row["path"]].map(|it| it.as_str().unwrap().to_owned()).join(" ");
    run.json().into_iter().map(told).collect()
}

fn check(folder: &Folder, args: &[&str]) -> Run {
    folder.spoor(&[&["check", "--format", "json"], args].concat())
}

#[test]
fn a_project_says_how_grave_a_lint_is() {
    let folder = Folder::with(&[("rules/a.spoor", UNUSED), ("rules/b.spoor", NEVER), ("rules/c.spoor", WRONG)]);
    let all = ["warning E0501 rules/a.spoor", "warning E0505 rules/b.spoor", "error E0201 rules/c.spoor"];
    assert_eq!(found(&check(&folder, &[])), all);
    for (manifest, expected) in [
        ("allow: [E0501]", vec![all[1], all[2]]),
        ("allow: e0501", vec![all[1], all[2]]),
        ("deny: [E0501]", vec!["error E0501 rules/a.spoor", all[1], all[2]]),
        ("deny: [warnings]", vec!["error E0501 rules/a.spoor", "error E0505 rules/b.spoor", all[2]]),
        ("{deny: [warnings], paths: {'**/a.*': {warn: [warnings]}}}", vec![all[0], "error E0505 rules/b.spoor", all[2]]),
        ("{warn: [warnings], paths: {'**/a.*': {deny: [warnings]}}}", vec!["error E0501 rules/a.spoor", all[1], all[2]]),
        ("warn: [E0501]", all.to_vec()),
        ("paths: {rules/a.spoor: {allow: [E0501, E0505]}}", vec![all[1], all[2]]),
        ("paths: {'**/b.*': {deny: E0505, allow: E0501}}", vec![all[0], "error E0505 rules/b.spoor", all[2]]),
        ("{allow: [E0501], paths: {rules: {warn: [E0501]}}}", all.to_vec()),
        ("{allow: [E0501], paths: {rules: {warn: [E0501]}, 'r*s/*': {allow: [E0501]}}}", vec![all[1], all[2]]),
    ] {
        let manifest = if manifest.starts_with('{') { manifest.to_owned() } else { format!("{{{manifest}}}") };
        folder.write("spoor.yaml", format!("lints: {manifest}\n"));
        assert_eq!(found(&check(&folder, &[])), expected, "{manifest}");
        // From below, and by another path, the same.
        let below = Run::of_command(crate::run::command(&folder.path("rules")).args(["check", "--format", "json"]));
        assert_eq!(found(&below).len(), expected.len(), "{manifest}");
    }
}

#[test]
fn what_is_denied_fails_a_run_and_nothing_else_does() {
    let folder = Folder::with(&[("a.spoor", UNUSED), ("b.spoor", NEVER)]);
    for (manifest, args, code) in [
        ("{}", &[][..], 0),
        ("{}", &["--deny", "warning"], 1),
        ("{}", &["--deny", "warnings"], 1),
        ("{}", &["--deny", "error"], 0),
        ("{}", &["--deny", "E0501"], 1),
        ("{}", &["--deny", "E0503"], 0),
        ("{}", &["--deny", "warnings", "--allow", "E0501,E0505"], 0),
        ("{}", &["--deny", "warnings", "--allow", "E0501"], 1),
        ("{}", &["--deny", "warnings", "--warn", "E0501", "--warn", "E0505"], 0),
        ("{deny: warnings}", &[], 1),
        ("{deny: warnings, warn: [E0501, E0505]}", &[], 0),
        ("{deny: warnings, paths: {'*.spoor': {warn: [E0501, E0505]}}}", &[], 0),
        ("{paths: {a.spoor: {deny: [warnings]}}}", &[], 1),
        ("{deny: warnings, paths: {'*.spoor': {warn: warnings}}}", &[], 0),
        ("{warn: warnings}", &["--deny", "warnings"], 1),
        ("{paths: {'c*': {deny: [warnings]}}}", &[], 0),
        ("{deny: [E0501]}", &["--warn", "E0501"], 0),
        ("{deny: [E0501]}", &["--allow", "E0501"], 0),
        ("{allow: [E0501, E0505]}", &["--deny", "warnings"], 0),
        ("{warn: [E0501, E0505]}", &["--deny", "warnings"], 0),
        ("{warn: [E0501]}", &["--deny", "warnings"], 1),
        ("{warn: [E0501, E0505], paths: {'*.spoor': {deny: warnings}}}", &[], 0),
        ("{allow: [E0501]}", &["--deny", "E0501"], 1),
    ] {
        folder.write("spoor.yaml", format!("lints: {manifest}\n"));
        let run = check(&folder, args);
        assert_eq!(run.code, code, "{manifest} {args:?}: {}{}", run.stdout, run.stderr);
    }
}

/// A path may be written before its file, or wrong: which of the two, only its author knows.
#[test]
fn a_path_without_a_file_is_told() {
    let folder = Folder::with(&[("rules/a.spoor", UNUSED), ("tests/a/info.yml", "x")]);
    let told = |patterns: &str, args: &[&str]| {
        folder.write("spoor.yaml", format!("rules: [rules]\nlints: {{paths: {patterns}}}\n"));
        let run = check(&folder, args);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stderr.lines().filter(|line| line.contains("no file here")).map(str::to_owned).collect::<Vec<_>>()
    };
    for met in ["rules", "./rules/*.spoor", "'**/a.*'", "'tests/**'", "'r*'"] {
        assert!(told(&format!("{{{met}: {{allow: [E0501]}}}}"), &[]).is_empty(), "{met}");
    }
    let idle = "{'rulez/**': {allow: [E0501]}, '*.spoor': {deny: [E0501]}, 'rules/*': {warn: [E0501]}}";
    let said =
        |pattern: &str| format!("warning: `lints` in spoor.yaml: no file here is called like `{pattern}`, so its levels are for nothing");
    assert_eq!(told(idle, &[]), [said("rulez/**"), said("*.spoor")]);
    assert!(told(idle, &["rules/a.spoor"]).is_empty(), "one file is asked about");
}

/// The other commands hold to the same levels; a query is made all the same.
#[test]
fn build_follows_the_levels_of_the_project() {
    let folder = Folder::with(&[("a.spoor", UNUSED), ("spoor.yaml", "lints: {allow: [E0501]}\n")]);
    let run = folder.spoor(&["build", "--target", "defender"]);
    assert_eq!(run.code, 0);
    assert!(!run.stderr.contains("E0501"), "{}", run.stderr);
    for manifest in ["lints: {deny: [E0501]}\n", "lints: {deny: warnings}\n"] {
        folder.write("spoor.yaml", manifest);
        let run = folder.spoor(&["build", "--target", "defender"]);
        assert_eq!(run.code, 1, "{manifest}");
        assert!(run.stderr.contains("[E0501]") && run.stdout.contains("DeviceProcessEvents"), "{}{}", run.stdout, run.stderr);
    }
}

/// What is allowed is not mended either.
#[test]
fn fixes_of_what_is_allowed_are_not_applied() {
    let text = "rule x {\n  detect process where command_line matches /(?i)abc/\n}\n";
    let folder = Folder::with(&[("x.spoor", text)]);
    assert_eq!(found(&check(&folder, &[])), ["warning E0510 x.spoor"]);
    folder.spoor(&["check", "--fix", "--allow", "E0510"]);
    assert_eq!(folder.read("x.spoor"), text);
    folder.spoor(&["check", "--fix"]);
    assert_ne!(folder.read("x.spoor"), text);
}

#[test]
fn what_has_no_level_is_told_with_a_caret_or_on_the_command_line() {
    let folder = Folder::with(&[("a.spoor", UNUSED)]);
    for (manifest, parts) in [
        (
            "allow: [E0201]",
            &["error[E0617]", "spoor.yaml:1:17", "`E0201` is an error, whatever a project says of it", "(unknown field)"][..],
        ),
        ("warn: E0405", &["error[E0617]", "spoor.yaml:1:15", "why a query is not exact"]),
        ("allow: warnings", &["error[E0617]", "spoor.yaml:1:16", "name the codes"]),
        ("deny: [E0551]", &["error[E0616]", "spoor.yaml:1:16", "did you mean `E0501`?"]),
        ("deny: [unused]", &["error[E0616]", "spoor.yaml:1:16", "a code is `E0501`"]),
        ("dany: [E0501]", &["error[E0614]", "spoor.yaml:1:9", "`dany` is no key of `lints`", "`deny`"]),
        ("deny: [E0501], allow: [e0501]", &["error[E0618]", "spoor.yaml:1:32", "`E0501` has two levels"]),
        ("deny: [E0501, E0501]", &["error[E0618]", "spoor.yaml:1:23"]),
        ("deny: [E0501], deny: [E0505]", &["error[E0624]", "spoor.yaml:1:24", "`deny` stands twice"]),
        ("deny: {E0501: x}", &["error[E0607]", "spoor.yaml:1:15"]),
        ("paths: [a]", &["error[E0607]", "spoor.yaml:1:16"]),
        ("paths: {a.spoor: deny}", &["error[E0607]", "spoor.yaml:1:26"]),
        ("paths: {b.spoor: {deny: E0501}}", &["error[E0609]", "spoor.yaml:1:17", "no such file"]),
        ("paths: {a.spoor: {paths: {}}}", &["error[E0614]", "spoor.yaml:1:27"]),
    ] {
        folder.write("spoor.yaml", format!("lints: {{{manifest}}}\n"));
        let run = folder.spoor(&["check"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{manifest}");
        for part in parts {
            assert!(run.stderr.contains(part), "{manifest}: no `{part}` in\n{}", run.stderr);
        }
    }
    folder.write("spoor.yaml", "lints: [E0501]\n");
    assert!(folder.spoor(&["check"]).stderr.contains("error[E0607]"));
    folder.write("spoor.yaml", "");
    for (args, part) in [
        (&["--allow", "E0201"][..], "`E0201` is an error"),
        (&["--warn", "E0551"], "did you mean `E0501`?"),
        (&["--deny", "waring"], "`waring` is no code"),
        (&["--allow", "warnings"], "name the codes"),
        (&["--deny", "E0501", "--allow", "e0501"], "the flags give `E0501` two levels"),
    ] {
        let run = check(&folder, args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}");
        assert!(run.stderr.contains(part), "{args:?}: {}", run.stderr);
    }
}
