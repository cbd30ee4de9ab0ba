//! `spoor diff`: what changed in the meaning of rules since a revision, or against a folder.
//!
//! Changes go to stdout, findings and the summary to stderr. Exit 0: no rule came, went or means something else, and no target says one less or more
//! faithfully; 1: some do, or some could not be told; 2: one side could not be read. Law: rules are told by their ids, else by their names; what cannot be
//! compared is told, never passed over.

mod base;
mod show;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::out::Out;
use super::{CLEAN, FAILED, FINDINGS, load, packs, project, rules};
use crate::backend::{Fidelity, Lowered, Options, Target, lower};
use crate::compare::{self, Meaning};
use crate::hir::{Rule, duration};
use crate::project::{Workspace, in_parallel, repository};
use crate::schema::Packs;
use crate::schema::open::open;
use crate::source::FileId;
use crate::syntax::ast;
use base::{Base, Head};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor diff main                         what this branch changes in meaning
  spoor diff HEAD rules/x.spoor           what is not committed yet, of one file
  spoor diff ../released                  against another folder
  spoor diff --format markdown origin/main > comment.md
  spoor diff --format json v1 | jq -r 'select(.meaning == \"fewer\") | .rule'

\"Same meaning\" is said of rules whose normal forms are equal: a `let` renamed, parts reordered, another layout. \"Matches more\" and
\"fewer\" come with events that show it. Where the forms differ and no such event is found, that is what is said.
Exit code 0: nothing changed in meaning; 1: something did, or could not be told; 2: one side could not be read.")]
pub struct Diff {
    /// A folder, or a revision of git: `main`, `HEAD~2`
    base: String,
    /// Rule files, or folders of them [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// Only this target (repeatable) [default: the project's targets, else all]
    #[arg(short, long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name())))]
    targets: Vec<String>,
    /// For people, one JSON object a rule, or a comment of a pull request
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Human,
    Json,
    Markdown,
}

/// What became of a rule.
pub struct Change {
    pub name: String,
    pub id: Option<String>,
    /// Of now, else of before.
    pub path: String,
    pub what: What,
}

pub enum What {
    Added(Vec<(Target, Said)>),
    Removed,
    /// It has an error on one side, or on both.
    Unreadable {
        before: bool,
        now: bool,
    },
    Changed(Box<Changed>),
}

/// A rule that is on both sides.
pub struct Changed {
    /// Its name before, where it was another one.
    pub renamed: Option<String>,
    /// It is written otherwise.
    pub rewritten: bool,
    pub meaning: Meaning,
    /// Key, before and now: the window, the columns, metadata.
    pub beside: Vec<(String, Option<String>, Option<String>)>,
    pub targets: Vec<OfTarget>,
}

pub struct OfTarget {
    pub target: Target,
    pub before: Said,
    pub now: Said,
    /// The rule's own clause for the target is another one: nothing here runs it.
    pub clause: bool,
}

/// What a target makes of a rule.
#[derive(PartialEq)]
pub struct Said {
    pub fidelity: Fidelity,
    pub query: Option<String>,
}

impl Changed {
    /// Whether there is more to it than the way it is written.
    fn matters(&self) -> bool {
        let other = |of: &OfTarget| of.before.fidelity != of.now.fidelity || of.clause;
        self.meaning != Meaning::Same || !self.beside.is_empty() || self.renamed.is_some() || self.targets.iter().any(other)
    }
}

impl Change {
    fn matters(&self) -> bool {
        match &self.what {
            What::Added(_) | What::Removed | What::Unreadable { .. } => true,
            What::Changed(changed) => changed.matters(),
        }
    }
}

/// Rules of one side.
struct Side<'s> {
    workspace: &'s Workspace,
    rules: &'s [Rule],
    packs: &'s Packs,
    /// The rules as they are without the names that the other side alone has, and the packs for them; None: there are none such.
    own: Option<(&'s [Rule], &'s Packs)>,
    options: Options,
}

pub fn run(args: &Diff, extra: &[PathBuf], out: &mut Out) -> u8 {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here.canonicalize().ok().and_then(|here| repository(&here)).unwrap_or(here);
    let manifest = project().read.iter().find(|path| path.file_name().is_some_and(|name| name == "spoor.yaml"));
    let folder = manifest.and_then(|path| path.parent()).map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let base = match Base::open(&args.base, folder, &Head { root, paths: &args.paths, packs: extra }, out) {
        Ok(base) => base,
        Err(code) => return code,
    };
    // A path that was there before, and is gone, is no mistake.
    let now: Vec<PathBuf> = rules(&args.paths).into_iter().filter(|path| path.exists() || base.missing.contains(path)).collect();
    let (workspace, code) = load(&now, out);
    let targets = super::targets(&args.targets);

    // Fields of open families have the same numbers on both sides, whichever of them names one.
    let mut names = [base.workspace.open_names(base.packs()), workspace.open_names(packs())];
    let own = [open(base.packs(), &names[0]), open(packs(), &names[1])];
    let differ = names[0] != names[1];
    let [first_names, second_names] = &mut names;
    first_names.append(second_names);
    let (first, second) = (open(base.packs(), &names[0]), open(packs(), &names[0]));
    let (before, after) = (base.check(&first), workspace.check(&second));
    // A query has the spelling of its own side.
    let [own_before, own_after] =
        [(&base.workspace, &own[0]), (&workspace, &own[1])].map(|(workspace, packs)| differ.then(|| workspace.check(packs).rules));
    super::matching::errors(&after.diagnostics, &workspace, out);
    base.tell_unread(&args.base, out);
    let code = if base.workspace.unread().is_empty() && workspace.unread().is_empty() { code } else { FAILED };
    let options = |project: &crate::project::Project, workspace: &Workspace| Options {
        lists: workspace.kept(&project.lists),
        ..project.options.clone()
    };
    let sides = [
        Side {
            workspace: &base.workspace,
            rules: &before.rules,
            packs: &first,
            own: own_before.as_deref().map(|rules| (rules, &*own[0])),
            options: options(&base.project, &base.workspace),
        },
        Side {
            workspace: &workspace,
            rules: &after.rules,
            packs: &second,
            own: own_after.as_deref().map(|rules| (rules, &*own[1])),
            options: options(project(), &workspace),
        },
    ];
    let changes = changes(&sides, &targets, |file| base.path(file));
    match args.format {
        Format::Human => {
            changes.iter().for_each(|change| out.print(&show::human(change, sides[1].packs, super::out::Paint(out.stdout_color()))))
        }
        Format::Json => changes.iter().for_each(|change| out.line(&show::json(change, sides[1].packs))),
        Format::Markdown => out.print(&show::markdown(&changes, &args.base, sides[1].packs)),
    }
    out.status(&show::summary(&changes, &args.base));
    match code {
        CLEAN if changes.iter().any(Change::matters) => FINDINGS,
        code => code,
    }
}

/// In the order of names.
fn changes(sides: &[Side<'_>; 2], targets: &[Target], path: impl Fn(FileId) -> String) -> Vec<Change> {
    let [old, new] = sides;
    let pairs = pairs(old.rules, new.rules);
    let mut changes: Vec<Change> =
        in_parallel(&pairs, |(before, now)| compared(before, now, sides, targets)).into_iter().flatten().collect();
    let paired = |rule: &Rule, pick: fn(&(&Rule, &Rule)) -> *const Rule| pairs.iter().any(|pair| std::ptr::eq(pick(pair), rule));
    // What is written and has no meaning has an error; `check` says which.
    let written = |side: &Side<'_>, name: &str| side.workspace.rules().iter().any(|(known, _)| *known == name);
    let meant = |side: &Side<'_>, name: &str| side.rules.iter().any(|rule| rule.name == name);
    let of = |rule: &Rule, path: String, what: What| Change { name: rule.name.clone(), id: rule.meta.id.clone(), path, what };
    for rule in old.rules.iter().filter(|rule| !paired(rule, |pair| pair.0)) {
        let is_broken = written(new, &rule.name) && !meant(new, &rule.name) || has_error(new, &path(rule.span.file));
        let what = if is_broken { What::Unreadable { before: false, now: true } } else { What::Removed };
        changes.push(of(rule, path(rule.span.file), what));
    }
    for rule in new.rules.iter().filter(|rule| !paired(rule, |pair| pair.1)) {
        let was_broken = written(old, &rule.name) && !meant(old, &rule.name);
        let place = new.workspace.sources.name(rule.span.file).to_owned();
        let what = if was_broken { What::Unreadable { before: true, now: false } } else { What::Added(said(rule, new, targets)) };
        changes.push(of(rule, place, what));
    }
    // Those that mean nothing on either side.
    for (name, span) in new.workspace.rules() {
        if !meant(new, name) && !changes.iter().any(|change| change.name == name) {
            let path = new.workspace.sources.name(span.file).to_owned();
            changes.push(Change {
                name: name.to_owned(),
                id: None,
                path,
                what: What::Unreadable { before: written(old, name), now: true },
            });
        }
    }
    // What a file holds that says no rule's name.
    let old_names = old.workspace.unclear().into_iter().map(|file| (path(file), true));
    let new_names = new.workspace.unclear().into_iter().map(|file| (new.workspace.sources.name(file).to_owned(), false));
    for (path, is_before) in new_names.chain(old_names) {
        match changes.iter_mut().find(|change| change.path == path && matches!(change.what, What::Unreadable { .. })) {
            Some(Change { what: What::Unreadable { before, .. }, .. }) if is_before => *before = true,
            Some(_) => {}
            None => {
                let what = What::Unreadable { before: is_before, now: !is_before };
                changes.push(Change { name: path.clone(), id: None, path, what });
            }
        }
    }
    changes.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.path.cmp(&other.path)));
    changes
}

/// Whether a file of this name could not be read as rules: then what it held is not gone.
fn has_error(side: &Side<'_>, path: &str) -> bool {
    side.workspace.unclear().iter().any(|file| side.workspace.sources.name(*file) == path)
}

/// Each rule of before with the one that it is now: of the same id, else of the same name.
fn pairs<'r>(old: &'r [Rule], new: &'r [Rule]) -> Vec<(&'r Rule, &'r Rule)> {
    let ids = once(new.iter().filter_map(|rule| Some((rule.meta.id.as_deref()?, rule))));
    let old_ids = once(old.iter().filter_map(|rule| Some((rule.meta.id.as_deref()?, rule))));
    let names = once(new.iter().map(|rule| (rule.name.as_str(), rule)));
    let mut taken: Vec<*const Rule> = Vec::new();
    let mut pairs: Vec<(&Rule, &Rule)> = Vec::new();
    for by_id in [true, false] {
        for rule in old {
            let id = rule.meta.id.as_deref().filter(|id| old_ids.contains_key(id));
            let found = if by_id { id.and_then(|id| ids.get(id)) } else { names.get(rule.name.as_str()) };
            let is_free = |found: &&&Rule| {
                !taken.contains(&std::ptr::from_ref(**found)) && !pairs.iter().any(|(known, _)| std::ptr::eq(*known, rule))
            };
            if let Some(now) = found.filter(is_free) {
                taken.push(std::ptr::from_ref(*now));
                pairs.push((rule, *now));
            }
        }
    }
    pairs
}

/// Those whose key is nobody else's.
fn once<'r>(all: impl Iterator<Item = (&'r str, &'r Rule)>) -> HashMap<&'r str, &'r Rule> {
    let mut known: HashMap<&str, Option<&Rule>> = HashMap::new();
    for (key, rule) in all {
        known.entry(key).and_modify(|known| *known = None).or_insert(Some(rule));
    }
    known.into_iter().filter_map(|(key, rule)| Some((key, rule?))).collect()
}

fn said(rule: &Rule, side: &Side<'_>, targets: &[Target]) -> Vec<(Target, Said)> {
    let own = side.own.and_then(|(rules, packs)| Some((rules.iter().find(|own| own.span == rule.span && own.name == rule.name)?, packs)));
    let (rule, packs) = own.unwrap_or((rule, side.packs));
    let of = |target: &Target| {
        let Lowered { fidelity, query, .. } = lower(rule, *target, packs, &side.options);
        (*target, Said { fidelity, query })
    };
    targets.iter().map(of).collect()
}

/// None: nothing of it is another way, not even how it is written.
fn compared(before: &Rule, now: &Rule, [old, new]: &[Side<'_>; 2], targets: &[Target]) -> Option<Change> {
    let meaning = compare::meaning(before, now, (old.packs, new.packs));
    let queries = said(before, old, targets).into_iter().zip(said(now, new, targets));
    let targets: Vec<OfTarget> = queries
        .map(|((target, before_said), (_, now_said))| {
            let clause = compare::targeted(before, target.name()) != compare::targeted(now, target.name());
            OfTarget { target, before: before_said, now: now_said, clause }
        })
        .collect();
    let rewritten = text(before, old.workspace) != text(now, new.workspace);
    let renamed = (before.name != now.name).then(|| before.name.clone());
    let mut beside = beside(before, now);
    beside.extend(lookbacks((before, old), (now, new), &targets));
    let changed = Changed { renamed, rewritten, beside, meaning, targets };
    let another = rewritten || changed.matters() || changed.targets.iter().any(|of| of.before != of.now);
    let path = new.workspace.sources.name(now.span.file).to_owned();
    another.then(|| Change { name: now.name.clone(), id: now.meta.id.clone(), path, what: What::Changed(Box::new(changed)) })
}

/// What stands beside the pattern and differs.
fn beside(before: &Rule, now: &Rule) -> Vec<(String, Option<String>, Option<String>)> {
    let mut all = Vec::new();
    let window = |rule: &Rule| rule.last.map(|last| duration(last.seconds));
    if window(before) != window(now) {
        all.push(("last".to_owned(), window(before), window(now)));
    }
    if compare::shown(before) != compare::shown(now) {
        all.push(("show".to_owned(), None, None));
    }
    let keys: Vec<&String> = before.meta.entries.iter().chain(&now.meta.entries).map(|(key, _)| key).collect();
    let value = |rule: &Rule, key: &str| rule.meta.entries.iter().find(|(known, _)| known == key).map(|(_, values)| values.join(", "));
    for (index, key) in keys.iter().enumerate() {
        if !keys[..index].contains(key) && value(before, key) != value(now, key) {
            all.push(((*key).clone(), value(before, key), value(now, key)));
        }
    }
    all
}

/// How far back the project lets a rule look that has no window of its own.
fn lookbacks(before: (&Rule, &Side<'_>), now: (&Rule, &Side<'_>), targets: &[OfTarget]) -> Vec<(String, Option<String>, Option<String>)> {
    let of = |(rule, side): (&Rule, &Side<'_>), target| side.options.lookback(target).filter(|_| rule.last.is_none()).map(duration);
    // Where the rule itself has another window, that is told.
    let both_without = before.0.last.is_none() && now.0.last.is_none();
    let each = targets.iter().filter(|_| both_without).map(|it| (it.target, of(before, it.target), of(now, it.target)));
    each.filter(|(_, before, now)| before != now)
        .map(|(target, before, now)| (format!("lookback of {}", target.name()), before, now))
        .collect()
}

/// The rule as it is written, with its comments; of Sigma's the whole file.
fn text<'w>(rule: &Rule, workspace: &'w Workspace) -> &'w str {
    let document = workspace.documents.iter().find(|document| document.file == rule.span.file && !document.sigma);
    let items = document.iter().flat_map(|document| &document.parsed.file.items);
    let written = items.filter_map(|item| match item {
        ast::Top::Rule(it) if it.name.text == rule.name => Some(it.at.0),
        ast::Top::Rule(_) | ast::Top::Import(_) | ast::Top::Let(_) => None,
    });
    written.map(|span| workspace.sources.slice(span)).next().unwrap_or_else(|| workspace.sources.text(rule.span.file))
}
