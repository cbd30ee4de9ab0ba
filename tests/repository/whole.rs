//! A day with a repository of rules: it is begun, rules come, one breaks, a branch is looked at.

use crate::git::{commit, git};
use crate::run::{Folder, Run, command};

#[test]
fn a_repository_from_its_first_day() {
    let folder = Folder::new();
    assert_eq!(folder.spoor(&["init", "."]).code, 0);
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(&folder);
    let code = |args: &[&str]| {
        let run = folder.spoor(args);
        assert!(run.code < 2, "{args:?}: {}", run.stderr);
        run.code
    };
    assert_eq!(code(&["test"]), 0);
    // All is well, and building twice changes no byte.
    assert_eq!((code(&["check"]), code(&["build"]), code(&["diff", "main"])), (0, 0, 0));
    let query = folder.read("queries/office_starts_shell.splunk.spl");
    assert_eq!((code(&["build"]), folder.read("queries/office_starts_shell.splunk.spl")), (0, query.clone()));
    assert_eq!(git(&folder, &["status", "--porcelain"]), "", "what is built is not committed");

    // A rule more, with a warning, which the manifest denies.
    let new = "rule lsass_dump {\n  let unused = [\"a\"]\n  detect process where name == \"procdump.exe\" and command_line contains \"lsass\"\n  last 7d\n  test \"it\" match { process { name: \"procdump.exe\", command_line: \"procdump.exe -ma lsass.exe\" } }\n}\n";
    folder.write("rules/lsass_dump.spoor", new);
    let run = folder.spoor(&["check", "--since", "main", "--format", "json"]);
    assert_eq!((run.code, run.json().len(), run.json()[0]["code"].as_str()), (1, 1, Some("E0501")), "{}", run.stdout);
    assert!(run.stderr.contains("1 of 3 rule files: 1 changed since `main`"), "{}", run.stderr);
    folder.write("rules/lsass_dump.spoor", new.replace("  let unused = [\"a\"]\n", ""));
    assert_eq!(code(&["check"]), 0);
    let run = folder.spoor(&["diff", "--format", "json", "main"]);
    assert_eq!((run.code, run.json()[0]["change"].as_str()), (1, Some("added")), "{}", run.stdout);
    assert_eq!(code(&["build"]), 0);
    assert!(folder.read("queries/lsass_dump.defender.kql").contains("procdump.exe"));
    commit(&folder);

    // One breaks: the others are checked and built all the same.
    let office = folder.read("rules/office_starts_shell.spoor");
    folder.write("rules/office_starts_shell.spoor", office.replace("parent.name in office", "parent.nam in office"));
    let run = folder.spoor(&["check", "--format", "github"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("::error file=rules/office_starts_shell.spoor,line=11,endLine=11,col=24,"), "{}", run.stdout);
    let run = folder.spoor(&["build", "--format", "json"]);
    assert!(run.code == 1 && run.stdout.contains("lsass_dump") && !run.stdout.contains("office_starts_shell"), "{}", run.stderr);
    assert_eq!(code(&["test"]), 1);
    let run = folder.spoor(&["diff", "main"]);
    assert!(run.code == 1 && run.stdout.contains("has an error: not compared"), "{}{}", run.stdout, run.stderr);

    // It is mended, and catches less than before: a branch says so.
    folder.write("rules/office_starts_shell.spoor", office.replace("\"pwsh.exe\", ", ""));
    assert_eq!((code(&["check"]), code(&["test"])), (0, 0));
    let run = folder.spoor(&["diff", "--format", "markdown", "main"]);
    assert!(
        run.code == 1 && run.stdout.contains("| `office_starts_shell` | matches fewer |") && run.stdout.contains("pwsh.exe"),
        "{}",
        run.stdout
    );
    // Laid out anew it means the same.
    folder.write("rules/office_starts_shell.spoor", office.replace("let office", "let    programs").replace("in office", "in programs"));
    let run = folder.spoor(&["diff", "main"]);
    assert!(run.code == 0 && run.stdout.contains("same meaning"), "{}{}", run.stdout, run.stderr);
    // From a folder below all is as from the top.
    let below = Run::of_command(command(&folder.path("rules/sigma")).args(["check"]));
    assert_eq!(below.code, 0, "{}", below.stdout);
}
