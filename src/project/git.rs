//! What git knows of a repository, by asking `git` itself.
//!
//! In: a folder and a revision, as git takes it: `main`, `HEAD~2`, a commit. Out: which files differ from it, and the files as they were.
//! Law: nothing of the repository is written, its index included. A revision is never taken for an option, and the variables by which a hook points git at its
//! own index are not handed on.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A revision of a repository.
#[derive(Debug)]
pub struct Revision {
    /// The top folder of the working tree, by its true path.
    pub root: PathBuf,
    /// As it was asked for.
    pub name: String,
    /// Its commit, or tree.
    id: String,
}

/// Why git gave no answer.
#[derive(Debug)]
pub enum GitFailure {
    /// There is no `git` to ask.
    NoGit(io::Error),
    NoRepository(PathBuf),
    UnknownRevision(String),
    /// What git said.
    Failed(String),
}

impl GitFailure {
    pub fn told(&self) -> String {
        match self {
            GitFailure::NoGit(error) if error.kind() == io::ErrorKind::NotFound => {
                "there is no `git` here: what changed since a revision it must say".to_owned()
            }
            GitFailure::NoGit(error) => format!("cannot run `git`: {error}"),
            GitFailure::NoRepository(folder) => format!("`{}` is in no repository of git", folder.display()),
            GitFailure::UnknownRevision(name) => {
                format!("`{name}` is no revision of this repository; a clone of the last commit alone has no others (`fetch-depth: 0`)")
            }
            GitFailure::Failed(said) => format!("git says: {}", said.trim()),
        }
    }
}

impl Revision {
    /// The revision in the repository of this folder.
    pub fn of(folder: &Path, name: &str) -> Result<Revision, GitFailure> {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let top = ask(&folder, ["rev-parse", "--show-toplevel"])?;
        if !top.status.success() {
            let said = String::from_utf8_lossy(&top.stderr).into_owned();
            // A repository of somebody else is one that git does not read, and it says what to do.
            return Err(if said.contains("dubious ownership") { GitFailure::Failed(said) } else { GitFailure::NoRepository(folder) });
        }
        let root = path(trimmed(&top.stdout));
        let root = root.canonicalize().unwrap_or(root);
        let id = ask(&root, ["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{tree}}")])?;
        if !id.status.success() {
            return Err(GitFailure::UnknownRevision(name.to_owned()));
        }
        let id = String::from_utf8_lossy(trimmed(&id.stdout)).into_owned();
        Ok(Revision { root, name: name.to_owned(), id })
    }

    /// Every file that differs from the revision: changed, new, tracked or not, or gone. What is ignored git does not know.
    pub fn changed(&self) -> Result<Vec<PathBuf>, GitFailure> {
        let changed = said(ask(&self.root, ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", &self.id, "--"])?)?;
        let new = said(ask(&self.root, ["ls-files", "--others", "--exclude-standard", "-z"])?)?;
        let names = changed.split(|byte| *byte == 0).chain(new.split(|byte| *byte == 0));
        let mut paths: Vec<PathBuf> = names.filter(|name| !name.is_empty()).map(|name| self.root.join(path(name))).collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// The text of a file in the revision; None: it was not there, or was no text.
    pub fn text(&self, file: &Path) -> Option<String> {
        let below = file.strip_prefix(&self.root).ok()?.to_str()?.replace('\\', "/");
        let shown = ask(&self.root, ["cat-file", "blob", &format!("{}:{below}", self.id)]).ok()?;
        shown.status.success().then(|| String::from_utf8(shown.stdout).ok())?
    }

    /// Writes all its files below a folder, which is there and empty.
    pub fn write_to(&self, folder: &Path) -> Result<(), GitFailure> {
        let index = folder.join(".index");
        let mut prefix = folder.join("tree").into_os_string();
        prefix.push("/");
        said(asked(&self.root, [OsString::from("read-tree"), OsString::from(&self.id)], Some(&index))?)?;
        let mut all = OsString::from("--prefix=");
        all.push(prefix);
        said(asked(
            &self.root,
            [OsString::from("checkout-index"), OsString::from("--all"), OsString::from("--quiet"), all],
            Some(&index),
        )?)?;
        Ok(())
    }
}

fn ask<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>) -> Result<Output, GitFailure> {
    asked(folder, args, None)
}

fn asked(folder: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>, index: Option<&Path>) -> Result<Output, GitFailure> {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    command.current_dir(folder).args(args).stdin(Stdio::null()).output().map_err(GitFailure::NoGit)
}

fn said(output: Output) -> Result<Vec<u8>, GitFailure> {
    if output.status.success() { Ok(output.stdout) } else { Err(GitFailure::Failed(String::from_utf8_lossy(&output.stderr).into_owned())) }
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n").unwrap_or(text)
}

/// Names of files are bytes where the system has them so.
#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name))
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}
