//! The folder of `spoor build -o`: what is written there, and what no rule makes any more.
//!
//! In: the files of a run as they come, each with the rule file it comes from. Out: those files, and [`KNOWN`] beside them: each file that Spoor made there, with
//! the digest of what it wrote and the rule files that went into it. Law: nothing is removed but what stands in that list and is still what was written, and nothing is
//! replaced but what stands in it; what comes of rule files that a run has not read, or in another form, is not its business. Each file is the old one or the new one, and a run that is told of no rule writes the same bytes again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::TryLockError;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::out::Out;
use crate::deploy::digest;
use crate::project::snapshots::is_device;
use crate::project::{STDIN_NAME, Stage, Waiting, reason};

/// The list of what Spoor made in a folder.
pub const KNOWN: &str = ".spoor-files";

const HEAD: &str =
    "# What Spoor made in this folder; `spoor build --prune` removes what no rule makes any more. Digest, form, rule file, file.";

/// Stands for the rule file of what is made of any.
const ANY: &str = "-";

/// As standard input stands in the list: nobody knows what it was, or whether it is gone.
const UNNAMED: &str = STDIN_NAME;

pub struct File {
    /// Below the folder, with `/`.
    pub name: String,
    pub text: String,
    /// `plain/splunk`, `sentinel`
    pub form: String,
    /// Whose rules it is made of; empty: those of the run, whichever they are.
    pub rules: Vec<PathBuf>,
}

/// A file whose text is laid down, or stands there already: of thousands of queries no text is kept.
pub struct Laid {
    name: String,
    form: String,
    rules: Vec<PathBuf>,
    digest: String,
    /// None: there is no more to be done.
    text: Option<io::Result<Waiting>>,
}

/// What a run made, beside the texts.
pub struct Made {
    pub files: Vec<Laid>,
    /// The forms that were built, whether they gave files or not.
    pub forms: BTreeSet<String>,
    /// The rule files that were read.
    pub read: Vec<PathBuf>,
    /// Files of queries that are refused now: they would speak for a query that is no more.
    pub gone: HashSet<String>,
    pub prune: bool,
}

/// A folder that a run writes.
pub struct Output<'o> {
    folder: &'o Path,
    stage: io::Result<Stage>,
    known: BTreeMap<String, Entry>,
    /// Two runs into one folder: the later one knows what the earlier one wrote.
    _alone: Option<std::fs::File>,
}

#[derive(Clone, PartialEq)]
struct Entry {
    digest: String,
    form: String,
    /// Relative to the folder, so that the list is the same wherever the run was begun.
    rules: BTreeSet<String>,
}

impl<'o> Output<'o> {
    pub fn begin(folder: &'o Path, out: &mut Out) -> Output<'o> {
        let alone = alone(folder, out);
        // In a new folder nothing stands that an earlier run wrote.
        let is_new = std::fs::symlink_metadata(folder).is_err();
        let known = if is_new { BTreeMap::new() } else { read_known(folder) };
        Output { folder, stage: Stage::begin(folder), known, _alone: alone }
    }

    /// Whether the list has a file of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// From any thread. What stands in the folder is as it was until [`Output::settle`].
    pub fn lay(&self, file: File) -> Laid {
        let File { name, text, form, rules } = file;
        let text = text.as_bytes();
        let is_there = || std::fs::read(self.folder.join(&name)).is_ok_and(|there| there == text);
        let laid = match &self.stage {
            // There is no folder, which is told once.
            Err(_) => None,
            Ok(_) if leads_away(self.folder, &name) => Some(Err(io::ErrorKind::AlreadyExists.into())),
            Ok(_) if self.knows(&name) && is_there() => None,
            Ok(stage) => Some(stage.lay(&name, text)),
        };
        Laid { digest: digest(text), text: laid, name, form, rules }
    }

    /// False: something could not be written, and was told.
    pub fn settle(mut self, made: Made, out: &mut Out) -> bool {
        let place = Place::of(self.folder);
        let read: HashMap<&Path, String> = made.read.iter().map(|path| (path.as_path(), place.relative(path))).collect();
        let relative = |path: &PathBuf| read.get(path.as_path()).cloned().unwrap_or_else(|| place.relative(path));
        let decided: HashSet<&str> = read.values().map(String::as_str).collect();
        let mut failed = self.take_away(&made, &decided, out);
        let stage = match self.stage {
            Ok(stage) => stage,
            Err(error) => {
                out.error(&format!("cannot make the folder `{}`: {}", self.folder.display(), reason(&error)));
                return false;
            }
        };
        let is_decided = |rule: &str| is_decided(self.folder, &decided, rule);
        let mut waiting: BTreeMap<String, Waiting> = BTreeMap::new();
        let mut now: BTreeMap<String, Entry> = BTreeMap::new();
        // Two queries of a rule may name one list: it is told once what stood there, and the last text counts.
        let mut told: HashSet<String> = HashSet::new();
        let mut whole = true;
        for file in made.files {
            let path = self.folder.join(&file.name);
            let known = self.known.get(&file.name);
            let stands = if file.text.is_none() {
                Stands::Same
            } else if leads_away(self.folder, &file.name) {
                Stands::Foreign
            } else {
                stands(&path, &file.digest, known, is_decided)
            };
            if !told.contains(&file.name) && stands.tell(self.folder, &path, out) {
                told.insert(file.name.clone());
            }
            match (stands, file.text) {
                (Stands::Foreign | Stands::OfOthers(_), _) => {
                    whole = false;
                    continue;
                }
                (Stands::Same, _) | (_, None) => _ = waiting.remove(&file.name),
                (Stands::Free | Stands::Changed, Some(Ok(text))) => _ = waiting.insert(file.name.clone(), text),
                (Stands::Free | Stands::Changed, Some(Err(error))) => {
                    failed.push((path, error));
                    continue;
                }
            }
            let mut rules: BTreeSet<String> = file.rules.iter().map(relative).collect();
            if rules.is_empty() {
                rules.insert(ANY.to_owned());
            }
            // The text is that of the others too.
            let others = known.into_iter().flat_map(|entry| &entry.rules);
            rules.extend(others.filter(|rule| *rule != UNNAMED && !is_decided(rule)).cloned());
            now.insert(file.name, Entry { digest: file.digest, form: file.form, rules });
        }
        self.known.extend(now);
        let list = self.folder.join(KNOWN);
        match lay_list(&list, &self.known, &stage) {
            Some(Ok(text)) => _ = waiting.insert(KNOWN.to_owned(), text),
            Some(Err(error)) => failed.push((list, error)),
            None => {}
        }
        let waiting: Vec<(String, Waiting)> = waiting.into_iter().collect();
        match stage.settle(&waiting) {
            Ok(more) => failed.extend(more),
            Err(error) => {
                out.error(&format!("cannot make the folder `{}`: {}", self.folder.display(), reason(&error)));
                return false;
            }
        }
        failed.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, error) in &failed {
            out.error(&format!("cannot write `{}`: {}", path.display(), reason(error)));
        }
        failed.is_empty() && whole
    }

    /// Of the files that this run might have made and did not: removes those that it may, and names the others.
    fn take_away(&mut self, made: &Made, read: &HashSet<&str>, out: &mut Out) -> Vec<(PathBuf, io::Error)> {
        let names: HashSet<&str> = made.files.iter().map(|file| file.name.as_str()).collect();
        let is_ours =
            |entry: &Entry| made.forms.contains(&entry.form) && entry.rules.iter().all(|rule| is_decided(self.folder, read, rule));
        let stale: Vec<(String, Entry)> = self
            .known
            .iter()
            .filter(|(name, entry)| !names.contains(name.as_str()) && is_ours(entry))
            .map(|(name, entry)| (name.clone(), entry.clone()))
            .collect();
        let mut failed = Vec::new();
        for (name, entry) in stale {
            let path = self.folder.join(&name);
            let Ok(text) = std::fs::read(&path) else {
                if !path.exists() {
                    self.known.remove(&name);
                }
                continue;
            };
            if digest(&text) != entry.digest {
                out.status(&format!("no rule makes `{}` any more; it was changed since, and stays", path.display()));
            } else if made.prune || made.gone.contains(&name) {
                match std::fs::remove_file(&path) {
                    Ok(()) => {
                        out.status(&format!("removed `{}`, which an earlier run wrote", path.display()));
                        self.known.remove(&name);
                        self.clear(&name);
                    }
                    Err(error) => failed.push((path, error)),
                }
            } else {
                out.status(&format!("no rule makes `{}` any more: `--prune` removes it", path.display()));
            }
        }
        failed
    }

    /// Takes the folders away that nothing is left in.
    fn clear(&self, name: &str) {
        let mut above = Path::new(name).parent();
        while let Some(folder) = above.filter(|folder| !folder.as_os_str().is_empty()) {
            if std::fs::remove_dir(self.folder.join(folder)).is_err() {
                return;
            }
            above = folder.parent();
        }
    }
}

/// No other run writes into the folder as long as this lives. What is locked is the folder above, which is there before the other one is. Where the
/// system has no such lock there is none.
fn alone(folder: &Path, out: &mut Out) -> Option<std::fs::File> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(above).ok()?;
    let above = std::fs::File::open(above).ok()?;
    if let Err(TryLockError::WouldBlock) = above.try_lock() {
        out.status(&format!("another run writes beside or into `{}`: this one waits for it", folder.display()));
        above.lock().ok()?;
    }
    Some(above)
}

/// What stands where a file is to be written.
enum Stands {
    /// Nothing, or what Spoor wrote.
    Free,
    /// The same text.
    Same,
    /// What Spoor wrote, and somebody changed.
    Changed,
    /// What Spoor did not write.
    Foreign,
    /// What comes of a rule file that this run knows nothing of.
    OfOthers(String),
}

/// Whether a link stands there, or on the way from the folder: Spoor makes none, and what it leads to is not of this folder.
fn leads_away(folder: &Path, name: &str) -> bool {
    let steps = Path::new(name).ancestors().filter(|step| !step.as_os_str().is_empty());
    steps.into_iter().any(|step| folder.join(step).symlink_metadata().is_ok_and(|there| there.file_type().is_symlink()))
}

/// `now`: the digest of what is to be written. `is_decided`: the run has read the rule file, or it is gone.
fn stands(path: &Path, now: &str, known: Option<&Entry>, is_decided: impl Fn(&str) -> bool) -> Stands {
    let Ok(there) = std::fs::read(path) else { return Stands::Free };
    let there = digest(&there);
    if there == now {
        return Stands::Same;
    }
    let Some(entry) = known else { return Stands::Foreign };
    match entry.rules.iter().find(|rule| !is_decided(rule)) {
        Some(rule) if rule != UNNAMED => Stands::OfOthers(rule.clone()),
        Some(_) | None if there != entry.digest => Stands::Changed,
        Some(_) | None => Stands::Free,
    }
}

impl Stands {
    /// False: there is nothing to say.
    fn tell(&self, folder: &Path, path: &Path, out: &mut Out) -> bool {
        match self {
            Stands::Free | Stands::Same => return false,
            Stands::Changed => out.status(&format!("`{}` was changed since Spoor wrote it: that is lost", path.display())),
            Stands::Foreign => out.error(&format!(
                "`{}` stands there, and Spoor did not write it: it stays; move it, or build into another folder",
                path.display()
            )),
            Stands::OfOthers(rule) => {
                let rule = folder.join(rule);
                out.error(&format!(
                    "`{}` comes of `{}` too, which this run did not read, or not without an error: it stays; build all its rules together, or into another folder",
                    path.display(),
                    rule.canonicalize().unwrap_or(rule).display()
                ));
            }
        }
        true
    }
}

/// A run knows what comes of a rule file that it has read, and of one that is gone.
fn is_decided(folder: &Path, read: &HashSet<&str>, rule: &str) -> bool {
    rule == ANY || rule != UNNAMED && (read.contains(rule) || !folder.join(rule).exists())
}

/// Where the folder is, to name rule files from there.
struct Place(PathBuf);

impl Place {
    fn of(folder: &Path) -> Place {
        let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        // What is there is followed through links, what is not is below it.
        let there = whole.ancestors().find_map(|above| above.canonicalize().ok().map(|real| (above.to_owned(), real)));
        Place(there.map_or(whole.clone(), |(above, real)| real.join(whole.strip_prefix(above).unwrap_or(Path::new("")))))
    }

    /// `../rules/x.spoor`
    fn relative(&self, path: &Path) -> String {
        let Ok(path) = path.canonicalize() else { return path.to_string_lossy().into_owned() };
        let shared = self.0.components().zip(path.components()).take_while(|(one, other)| one == other).count();
        let up = self.0.components().count() - shared;
        let down = path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
        std::iter::repeat_n("..".to_owned(), up).chain(down).collect::<Vec<_>>().join("/")
    }
}

/// By the names of the files. A line that is none of Spoor's, or that leads out of the folder, is passed over.
fn read_known(folder: &Path) -> BTreeMap<String, Entry> {
    let text = std::fs::read_to_string(folder.join(KNOWN)).unwrap_or_default();
    let entry = |line: &str| -> Option<(String, Entry)> {
        let mut parts = line.splitn(4, '\t');
        let (digest, form, rule) = (parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.to_owned());
        let name = parts.next()?;
        let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        (is_below && digest.len() == 40).then(|| (name.to_owned(), Entry { digest, form, rules: BTreeSet::from([rule]) }))
    };
    let mut known: BTreeMap<String, Entry> = BTreeMap::new();
    // What comes of several rule files has a line for each.
    for (name, entry) in text.lines().filter(|line| !line.starts_with('#')).filter_map(entry) {
        match known.get_mut(&name) {
            Some(other) => other.rules.extend(entry.rules),
            None => _ = known.insert(name, entry),
        }
    }
    known
}

/// None: it is what stands there, or there is nothing to list.
fn lay_list(path: &Path, known: &BTreeMap<String, Entry>, stage: &Stage) -> Option<io::Result<Waiting>> {
    let there = std::fs::read(path);
    let list = said(known);
    let is_same = there.as_ref().map_or(known.is_empty(), |there| there == list.as_bytes());
    (!is_same).then(|| stage.lay(KNOWN, list.as_bytes()))
}

fn said(known: &BTreeMap<String, Entry>) -> String {
    // A name with a tab, or an end of a line, cannot stand in the list: Spoor would not know it again, and leaves it alone.
    let sayable = |text: &str| !text.contains(['\t', '\n', '\r']);
    let known = known.iter().filter(|(name, entry)| sayable(name) && entry.rules.iter().all(|rule| sayable(rule)));
    let line = |(name, entry): (&String, &Entry)| {
        entry.rules.iter().map(|rule| format!("{}\t{}\t{rule}\t{name}\n", entry.digest, entry.form)).collect::<String>()
    };
    let lines = known.map(line);
    std::iter::once(format!("{HEAD}\n")).chain(lines).collect()
}

/// Names of rules, and of other things, as names of files: any text may be a rule's name, and some file systems do not tell `A` from `a`.
#[derive(Default)]
pub struct Stems {
    known: HashMap<String, String>,
    taken: HashSet<String>,
}

impl Stems {
    pub fn of(&mut self, rule: &str) -> String {
        let plain: String = rule.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).take(80).collect();
        self.with(rule, plain)
    }

    /// `plain`, with a mark behind it where Windows has a device of that name, and a number where another rule has it.
    pub fn with(&mut self, rule: &str, mut plain: String) -> String {
        if is_device(&plain) {
            plain.push('_');
        }
        if let Some(stem) = self.known.get(rule) {
            return stem.clone();
        }
        let mut stem = plain.clone();
        let mut next = 2;
        while !self.taken.insert(stem.to_lowercase()) {
            stem = format!("{plain}-{next}");
            next += 1;
        }
        self.known.insert(rule.to_owned(), stem.clone());
        stem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_file_of_its_own() {
        let mut stems = Stems::default();
        let names: Vec<String> =
            ["a_b", "A_B", "a b", "../etc/passwd", "a_b", "", "Con", "lpt1", "con_", "comx"].iter().map(|name| stems.of(name)).collect();
        assert_eq!(names, ["a_b", "A_B-2", "a_b-3", "___etc_passwd", "a_b", "", "Con_", "lpt1_", "con_-2", "comx"]);
    }
}
