//! A repository of git in a folder of its own.

use std::process::Command;

use crate::run::Folder;

/// Asks git, who must be content. Nobody's settings are heeded.
pub fn git(folder: &Folder, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder.path(".")).args(args);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
    ] {
        command.env(name, value);
    }
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    let output = command.output().expect("git");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A repository with these files in its first commit.
pub fn repository(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::with(files);
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(&folder);
    folder
}

pub fn commit(folder: &Folder) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--allow-empty", "--message=x"]);
}

/// Another repository in the folder of this one, as `git submodule add` leaves it.
pub fn with_module(folder: &Folder, module: &Folder, name: &str) {
    let from = module.path(".").display().to_string();
    git(folder, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, name]);
    commit(folder);
}
