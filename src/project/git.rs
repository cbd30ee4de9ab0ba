//! What git knows of a repository, by asking `git` itself.
//!
//! In: a folder and a revision, as git takes it: `main`, `HEAD~2`, a commit. Out: which files are as they were in it, which differ, and the files as they
//! were. Law: nothing of the repository is written, its index included. A revision is never taken for an option, and the variables by which a hook points git at its
//! own index are not handed on.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use super::scratch::Scratch;

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

/// What became of the files of a revision.
#[derive(Debug, Default)]
pub struct Changes {
    /// Those that git knows to be the same. What it does not keep, ignored, new or of another repository, is not among them.
    pub same: HashSet<PathBuf>,
    /// Those that are other or gone, each as it was: the number of its text.
    other: HashMap<PathBuf, String>,
    /// Those of the repositories in this one: their top folders, and what became of their files.
    modules: Vec<(PathBuf, Changes)>,
}

impl Changes {
    /// Whether the revision has a file here that is other now, or gone.
    pub fn is_other(&self, path: &Path) -> bool {
        self.other.contains_key(path) || self.modules.iter().any(|(_, changes)| changes.is_other(path))
    }

    /// Whether git knows the file to be as it was.
    pub fn is_same(&self, path: &Path) -> bool {
        self.same.contains(path) || self.modules.iter().any(|(_, changes)| changes.is_same(path))
    }
}

impl Changes {
    /// Files of the revision that are no more.
    pub fn gone(&self) -> Vec<&Path> {
        let own = self.other.keys().map(PathBuf::as_path).filter(|path| path.symlink_metadata().is_err());
        own.chain(self.modules.iter().flat_map(|(_, changes)| changes.gone())).collect()
    }
}

/// Why git gave no answer.
#[derive(Debug)]
pub enum GitFailure {
    /// There is no `git` to ask.
    NoGit(io::Error),
    /// For what git is to write.
    NoFolder(io::Error),
    NoRepository(PathBuf),
    UnknownRevision(String),
    /// There is no commit yet.
    NoCommit(String),
    /// Of a clone without all of its history.
    NotFetched(String),
    /// Ctrl-C reaches git, too.
    Stopped,
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
            GitFailure::NoFolder(error) => format!("cannot make a temporary folder: {error}"),
            GitFailure::NoRepository(folder) => format!("`{}` is in no repository of git", folder.display()),
            GitFailure::UnknownRevision(name) => {
                format!("`{name}` is no revision of this repository")
            }
            GitFailure::NoCommit(name) => format!("`{name}` is no revision: this repository has no commit yet"),
            GitFailure::NotFetched(name) => {
                format!(
                    "`{name}` is no revision of this repository, which is a shallow clone and has not all of them (`fetch-depth: 0` fetches them)"
                )
            }
            GitFailure::Stopped => "git was stopped".to_owned(),
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
        match resolve(&root, &format!("{name}^{{tree}}")) {
            Some(id) => Ok(Revision { root, name: name.to_owned(), id }),
            None => {
                let is_shallow = ask(&root, ["rev-parse", "--is-shallow-repository"])?;
                let name = name.to_owned();
                Err(match trimmed(&is_shallow.stdout) {
                    b"true" => GitFailure::NotFetched(name),
                    _ if resolve(&root, "HEAD^{tree}").is_none() => GitFailure::NoCommit(name),
                    _ => GitFailure::UnknownRevision(name),
                })
            }
        }
    }

    /// The revision where the work here left the way to it: what was done on that way since is not of here. Where there is no such, itself.
    pub fn forked(self) -> Revision {
        let commit = |name: &str| resolve(&self.root, &format!("{name}^{{commit}}"));
        let base = commit(&self.name).zip(commit("HEAD")).and_then(|(other, head)| {
            let base = ask(&self.root, ["merge-base", &head, &other]).ok().filter(|base| base.status.success())?;
            resolve(&self.root, &format!("{}^{{tree}}", String::from_utf8_lossy(trimmed(&base.stdout))))
        });
        match base {
            Some(id) => Revision { id, ..self },
            None => self,
        }
    }

    pub fn changes(&self) -> Result<Changes, GitFailure> {
        let listed = said(ask(&self.root, ["ls-tree", "-r", "-z", "--full-tree", &self.id])?)?;
        let differs = self.differing()?;
        let mut changes = Changes::default();
        // `MODE TYPE ID<tab>NAME`
        for entry in listed.split(|byte| *byte == 0) {
            let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let head = String::from_utf8_lossy(&entry[..tab]);
            let mut words = head.split(' ').skip(1);
            let (Some(kind), Some(id)) = (words.next(), words.next()) else { continue };
            let path = self.root.join(path(&entry[tab + 1..]));
            if kind == "commit" {
                if let Some(module) = self.module(&path, id) {
                    let of_module = module.changes()?;
                    changes.modules.push((module.root, of_module));
                }
                continue;
            }
            if kind != "blob" {
                continue;
            }
            if differs.contains(&path) {
                changes.other.insert(path, id.to_owned());
            } else {
                changes.same.insert(path);
            }
        }
        Ok(changes)
    }

    /// The repository that stands in this one at a path, at a commit; None: it is not there, or has no such commit.
    fn module(&self, path: &Path, id: &str) -> Option<Revision> {
        let root = path.canonicalize().ok().filter(|root| root.join(".git").exists())?;
        let id = resolve(&root, &format!("{id}^{{tree}}"))?;
        Some(Revision { root, name: self.name.clone(), id })
    }

    /// Those of all repositories in this one.
    fn modules(&self) -> Result<Vec<(PathBuf, Revision)>, GitFailure> {
        let listed = said(ask(&self.root, ["ls-tree", "-r", "-z", "--full-tree", &self.id])?)?;
        let module = |entry: &[u8]| {
            let tab = entry.iter().position(|byte| *byte == b'\t')?;
            let id = String::from_utf8_lossy(&entry[..tab]).strip_prefix("160000 commit ")?.to_owned();
            let below = path(&entry[tab + 1..]);
            Some((below.clone(), self.module(&self.root.join(below), &id)?))
        };
        Ok(listed.split(|byte| *byte == 0).filter_map(module).collect())
    }

    /// Files of the revision, or of the index, that are other, or gone.
    fn differing(&self) -> Result<HashSet<PathBuf>, GitFailure> {
        // Asked for differences, git writes what it learns about times into the index: here into a copy.
        let own = said(ask(&self.root, ["rev-parse", "--git-path", "index"])?)?;
        let own = self.root.join(path(trimmed(&own)));
        let words = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", &self.id, "--"];
        let scratch = Scratch::new().map_err(GitFailure::NoFolder)?;
        let names = scratch.fill(|folder| {
            // A repository without a commit has none.
            let copy = of_its_time(&own, folder.join("index")).ok();
            said(asked(&self.root, words, copy.as_deref())?)
        })?;
        Ok(names.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(|name| self.root.join(path(name))).collect())
    }

    /// The texts of those files that are other or gone and whose name is `wanted`, as they were. What was no text is left out.
    pub fn texts<'c>(&self, changes: &'c Changes, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<(&'c Path, String)>, GitFailure> {
        let mut files: Vec<(&Path, &str)> = changes.other.iter().map(|(path, id)| (path.as_path(), id.as_str())).collect();
        files.retain(|(path, _)| wanted(path));
        files.sort_unstable();
        let mut command = command(&self.root, None);
        let mut git =
            command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(GitFailure::NoGit)?;
        let asked: String = files.iter().map(|(_, id)| format!("{id}\n")).collect();
        let stdin = git.stdin.take();
        // It answers while it is asked, and waits for who does not listen.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(asked.as_bytes())));
            git.wait_with_output()
        });
        let answers = said(ran(output)?)?;
        let mut rest = answers.as_slice();
        let mut texts = Vec::new();
        for (path, _) in files {
            // `ID blob LENGTH`, the text, and the end of a line.
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
            let length = String::from_utf8_lossy(&rest[..end]).rsplit(' ').next().and_then(|length| length.parse::<usize>().ok());
            let Some(text) = length.and_then(|length| rest.get(end + 1..end + 1 + length)) else { break };
            texts.extend(String::from_utf8(text.to_vec()).ok().map(|text| (path, text)));
            rest = rest.get(end + 2 + text.len()..).unwrap_or_default();
        }
        for (root, of) in &changes.modules {
            let module = Revision { root: root.clone(), name: self.name.clone(), id: String::new() };
            texts.extend(module.texts(of, wanted)?);
        }
        Ok(texts)
    }

    /// Writes all its files below a folder, which is there and empty, and those of the repositories in this one that are here. Gives back their top folder.
    pub fn write_to(&self, folder: &Path) -> Result<PathBuf, GitFailure> {
        let tree = folder.join("tree");
        self.write_tree(&folder.join(".index"), &tree)?;
        Ok(tree)
    }

    fn write_tree(&self, index: &Path, tree: &Path) -> Result<(), GitFailure> {
        let mut all = OsString::from("--prefix=");
        all.push(tree);
        all.push("/");
        said(asked(&self.root, [OsString::from("read-tree"), OsString::from(&self.id)], Some(index))?)?;
        let words = ["checkout-index", "--all", "--quiet"].map(OsString::from);
        said(asked(&self.root, words.into_iter().chain([all]), Some(index))?)?;
        for (number, (below, module)) in self.modules()?.into_iter().enumerate() {
            let mut own = index.as_os_str().to_owned();
            own.push(format!(".{number}"));
            module.write_tree(Path::new(&own), &tree.join(below))?;
        }
        Ok(())
    }
}

/// A copy of an index, as old as itself: git looks into files that are as young as their index, since their times say nothing then.
fn of_its_time(index: &Path, copy: PathBuf) -> io::Result<PathBuf> {
    let written = std::fs::metadata(index)?.modified()?;
    std::fs::copy(index, &copy)?;
    File::options().write(true).open(&copy)?.set_modified(written)?;
    Ok(copy)
}

/// The object that a revision is.
fn resolve(root: &Path, name: &str) -> Option<String> {
    let id = ask(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", name]).ok()?;
    id.status.success().then(|| String::from_utf8_lossy(trimmed(&id.stdout)).into_owned())
}

fn ask<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>) -> Result<Output, GitFailure> {
    asked(folder, args, None)
}

fn asked(folder: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>, index: Option<&Path>) -> Result<Output, GitFailure> {
    ran(command(folder, index).args(args).stdin(Stdio::null()).output())
}

fn ran(output: io::Result<Output>) -> Result<Output, GitFailure> {
    let output = output.map_err(GitFailure::NoGit)?;
    if is_stopped(output.status) { Err(GitFailure::Stopped) } else { Ok(output) }
}

#[cfg(unix)]
fn is_stopped(status: ExitStatus) -> bool {
    // SIGINT
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(2)
}

#[cfg(not(unix))]
fn is_stopped(_: ExitStatus) -> bool {
    false
}

fn command(folder: &Path, index: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    command.current_dir(folder);
    command
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
