//! The rules as they were.
//!
//! In: a revision of git, or a folder; the paths of the run. Out: the project, the rules and the findings there. A revision is written to a folder of its own, which is
//! gone when the run is. Law: nothing of the repository changes.

use std::path::{Path, PathBuf};

use crate::check::Checked;
use crate::cli::FAILED;
use crate::cli::interrupt::STOPPED;
use crate::cli::out::Out;
use crate::diag::render;
use crate::project::{self, GitFailure, Project, Revision, Scratch, Workspace, discover};
use crate::schema::{Packs, builtin};
use crate::source::{FileId, Sources};

/// The rules of before.
pub struct Base {
    /// Where they lie.
    root: PathBuf,
    /// The folder in whose place that stands.
    now: PathBuf,
    pub project: Project,
    pub workspace: Workspace,
    /// The paths of the run that are not there.
    pub missing: Vec<PathBuf>,
    /// Holds the folder of a revision as long as it is needed.
    _made: Option<Scratch>,
}

/// Where the rules of now lie, in which the paths of before are looked for.
pub struct Head<'h> {
    pub root: PathBuf,
    pub paths: &'h [PathBuf],
    pub packs: &'h [PathBuf],
}

impl Base {
    /// An error: it was told why.
    pub fn open(name: &str, here: Option<&Path>, head: &Head<'_>, out: &mut Out) -> Result<Base, u8> {
        if Path::new(name).is_dir() {
            if Revision::of(&head.root, name).is_ok() {
                out.error(&format!("`{name}` is a folder and a revision of git: `./{name}` is the folder, `{name}^0` the revision"));
                return Err(FAILED);
            }
            return Base::of_folder(Path::new(name).to_owned(), None, here.unwrap_or(&head.root), name, head, out);
        }
        match laid_out(name, head) {
            Ok((revision, made, tree)) => Base::of_folder(tree, Some(made), &revision.root, name, head, out),
            Err(GitFailure::Stopped) => Err(STOPPED),
            Err(why) => {
                out.error(&format!("cannot compare with `{name}`: {}", why.told()));
                Err(FAILED)
            }
        }
    }

    /// `now`: the folder in whose place the root of before stands.
    fn of_folder(root: PathBuf, made: Option<Scratch>, now: &Path, name: &str, head: &Head<'_>, out: &mut Out) -> Result<Base, u8> {
        let mut sources = Sources::default();
        let place = |path: &Path| below(path, now).map(|below| if below.as_os_str().is_empty() { root.clone() } else { root.join(below) });
        let named: Vec<PathBuf> = head.paths.iter().filter_map(|path| place(path)).collect();
        let at = place(Path::new(".")).unwrap_or_else(|| root.clone());
        let looked = if named.is_empty() { vec![at.clone()] } else { named.clone() };
        let looked: Vec<PathBuf> = looked.into_iter().filter(|path| path.exists()).collect();
        let opened = project::find(if looked.is_empty() { std::slice::from_ref(&root) } else { &looked }, &mut sources)
            .map_err(|finding| vec![finding])
            .and_then(|manifest| project::open(builtin(), manifest.as_deref(), head.packs, &mut sources));
        let project = match opened {
            Ok(project) => project,
            Err(findings) => {
                out.error(&format!("the project of `{name}` is not whole"));
                // Paths as they are in the base, not where they were written to.
                let prefix = format!("{}/", root.display());
                findings.iter().for_each(|finding| out.eprint(&render::render(finding, &sources, out.stderr_color()).replace(&prefix, "")));
                return Err(FAILED);
            }
        };
        let paths = match (head.paths, project.rules.as_slice()) {
            ([], []) => vec![at],
            ([], rules) => rules.to_owned(),
            _ => named,
        };
        let paths: Vec<PathBuf> = paths.into_iter().filter(|path| path.exists()).collect();
        let workspace = Workspace::load(discover(&paths), project.packs.as_ref().unwrap_or_else(|| builtin()));
        let missing = head.paths.iter().filter(|path| place(path).is_none_or(|path| !path.exists())).cloned().collect();
        let now = now.canonicalize().unwrap_or_else(|_| now.to_owned());
        Ok(Base { root, now, project, workspace, missing, _made: made })
    }

    pub fn packs(&self) -> &Packs {
        self.project.packs.as_ref().unwrap_or_else(|| builtin())
    }

    pub fn check(&self, packs: &Packs) -> Checked {
        self.workspace.check(packs)
    }

    /// Says which files of before could not be read.
    pub fn tell_unread(&self, name: &str, out: &mut Out) {
        let unread = self.workspace.unread();
        let prefix = format!("{}/", self.root.display());
        for finding in self.workspace.syntax().iter().filter(|finding| unread.contains(&finding.span().file)) {
            out.error(&format!("a file of `{name}` could not be read"));
            out.eprint(&render::render(finding, &self.workspace.sources, out.stderr_color()).replace(&prefix, ""));
        }
    }

    /// The path of a file as it is called now.
    pub fn path(&self, file: FileId) -> String {
        let name = self.workspace.sources.name(file);
        let Ok(below) = Path::new(name).strip_prefix(&self.root) else { return name.to_owned() };
        let now = self.now.join(below);
        let from = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        let shared = from.components().zip(now.components()).take_while(|(one, other)| one == other).count();
        let up = std::iter::repeat_n(PathBuf::from(".."), from.components().count() - shared);
        let path: PathBuf = up.chain(now.components().skip(shared).map(|part| PathBuf::from(part.as_os_str()))).collect();
        path.display().to_string()
    }
}

/// A revision, the folder that is held for it, and where in it its files lie.
fn laid_out(name: &str, head: &Head<'_>) -> Result<(Revision, Scratch, PathBuf), GitFailure> {
    let revision = Revision::of(&head.root, name)?;
    let made = Scratch::new().map_err(GitFailure::NoFolder)?;
    let tree = made.fill(|folder| {
        let tree = revision.write_to(folder)?;
        // Here the way up to a manifest ends.
        std::fs::create_dir_all(tree.join(".git")).map_err(GitFailure::NoFolder)?;
        Ok(tree)
    })?;
    Ok((revision, made, tree))
}

/// A path from a folder down; None: it is not below it.
fn below(path: &Path, folder: &Path) -> Option<PathBuf> {
    let written = std::path::absolute(path).ok()?;
    // What is gone now has its folder still, or that above it.
    let real = written.ancestors().find_map(|above| {
        let real = above.canonicalize().ok()?;
        let rest = written.strip_prefix(above).ok()?;
        Some(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
    })?;
    real.strip_prefix(folder.canonicalize().ok()?).ok().map(Path::to_owned)
}
