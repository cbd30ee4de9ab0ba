//! `spoor init`: what it makes works, and what is there stays as it was.

use crate::run::{Folder, Run, command};

/// Every file below a folder, by its path.
fn files(folder: &Folder, below: &str) -> Vec<String> {
    let (mut open, mut found) = (vec![folder.path(below)], Vec::new());
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() { open.push(entry.path()) } else { found.push(entry.path().display().to_string()) }
        }
    }
    let root = folder.path("").display().to_string();
    let mut found: Vec<String> = found.into_iter().map(|path| path.trim_start_matches(&root).to_owned()).collect();
    found.sort();
    found
}

#[test]
fn a_new_repository_is_one_that_works() {
    let folder = Folder::new();
    let run = folder.spoor(&["init", "team"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let made = files(&folder, "team");
    let mut told: Vec<&str> = run.stdout.lines().collect();
    told.sort_unstable();
    assert_eq!(told, made.iter().map(String::as_str).collect::<Vec<_>>(), "it says what it made");
    let inside = |args: &[&str]| Run::of_command(command(&folder.path("team")).args(args));
    for args in [&["check", "--deny", "warnings"][..], &["fmt", "--check"], &["test", "--deny", "warning"], &["build"]] {
        let run = inside(args);
        assert_eq!(run.code, 0, "{args:?}: {}{}", run.stdout, run.stderr);
    }
    let queries = files(&folder, "team/queries");
    assert!(queries.contains(&"team/queries/office_starts_shell.defender.kql".to_owned()), "{queries:?}");
    // The schema of the manifest is the one that this Spoor prints, and the manifest names it.
    assert_eq!(folder.read("team/.spoor/manifest.schema.json"), inside(&["schema", "--manifest"]).stdout);
    assert!(folder.read("team/spoor.yaml").starts_with("# yaml-language-server: $schema=.spoor/manifest.schema.json\n"));
    let settings: serde_json::Value = serde_json::from_str(&folder.read("team/.vscode/settings.json")).unwrap();
    assert_eq!(settings["yaml.schemas"]["./.spoor/manifest.schema.json"], "spoor.yaml");
    // The events beside the rule of Sigma say what their names say.
    let events = "tests/0d4d9c1e-2a35-4b0c-8f5e-6c3d5b7f2a91";
    for (file, matches) in [("made.match.jsonl", 1), ("asked.no_match.jsonl", 0)] {
        let run = inside(&["match", "--rules", "rules/sigma", &format!("{events}/{file}")]);
        assert_eq!((run.code, run.stdout.lines().count()), (0, matches), "{file}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn what_is_there_is_named_and_stays() {
    let folder = Folder::with(&[("spoor.yaml", "# mine\n"), (".vscode/settings.json", "{}"), ("rules/own.spoor", "# mine\n")]);
    let before = files(&folder, "");
    let run = folder.spoor(&["init"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("`spoor.yaml` is there already: this is a project; nothing was written"), "{}", run.stderr);
    assert_eq!((files(&folder, ""), folder.read("spoor.yaml").as_str()), (before, "# mine\n"));
    // Beside what a fresh repository has it begins, and touches none of it.
    let folder = Folder::with(&[("README.md", "mine"), (".gitignore", "mine"), (".git/HEAD", "")]);
    let run = folder.spoor(&["init"]);
    assert!(run.code == 0 && run.stderr.contains("`README.md` was there, and stays as it is"), "{}", run.stderr);
    assert_eq!((folder.spoor(&["check"]).code, folder.read("README.md").as_str(), folder.read(".gitignore").as_str()), (0, "mine", "mine"));
    assert_eq!(folder.spoor(&["init"]).code, 2, "once");
}

#[test]
fn where_nothing_can_be_made_nothing_is_left() {
    let folder = Folder::with(&[("file", "x"), ("team/rules", "a file in the place of a folder")]);
    let run = folder.spoor(&["init", "file"]);
    assert!(run.code == 2 && run.stderr.contains("cannot write `file/spoor.yaml`"), "{}", run.stderr);
    let run = folder.spoor(&["init", "team"]);
    assert!(run.code == 2 && run.stderr.contains("cannot write `team/rules/"), "{}", run.stderr);
    assert_eq!(files(&folder, ""), ["file", "team/rules"]);
}

#[test]
fn what_is_there_is_told_with_what_it_lacks() {
    let folder = Folder::with(&[("a b/.gitignore", "mine\n")]);
    let run = folder.spoor(&["init", "a b"]);
    let (made, wanted) = (folder.read("a b/.gitignore"), include_str!("../../src/cli/init/files/gitignore"));
    assert_eq!((run.code, made.as_str()), (0, "mine\n"), "{}", run.stderr);
    for line in wanted.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(run.stderr.contains(&format!("`{line}`")), "{line}: {}", run.stderr);
    }
    assert!(run.stderr.contains("next: cd 'a b' && spoor check"), "{}", run.stderr);
    std::fs::create_dir_all(folder.path("y/spoor.yaml")).unwrap();
    let run = folder.spoor(&["init", "y"]);
    assert!(run.code == 2 && run.stderr.contains("a folder") && !run.stderr.contains("this is a project"), "{}", run.stderr);
}
