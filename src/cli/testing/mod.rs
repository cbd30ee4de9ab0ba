//! `spoor test`: the tests of rules, and the snapshots of their queries.
//!
//! In: rules with their own tests, tests in files by the id of a rule, snapshots. Out: for each test whether the matcher finds what it states,
//! for each snapshot whether it is what the rule is lowered to. `cases` says which tests a rule has, `ask` asks the matcher, `why` tells a
//! wrong verdict, `page` and `compare` are about snapshots, `accept` and `review` take them in, `suggest` makes tests for rules without, `show`
//! has a file for each form of output. What was asked for goes to stdout, findings about rules to stderr. Exit 0: all is as stated;
//! 1: a test failed, a snapshot differs or is missing, a rule has an error, or `--deny` says so; 2: a wrong call, or a file that could not be
//! read or written. Law: a test by which nothing is shown (no event in its file, or none that could be read) is a failure; nothing is written
//! unless asked for, and a file is written whole or not at all.

mod accept;
mod ask;
mod cases;
mod compare;
mod page;
mod review;
mod show;
mod suggest;
mod why;

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::check::Levels;
use super::matching::choose;
use super::out::{Out, Paint};
use super::since::{self, Chosen};
use super::{CLEAN, FAILED, FINDINGS, load, packs, project, rules};
use crate::backend::{Options, Target};
use crate::check::Checked;
use crate::diag::{Code, Diagnostic, Severity, testing};
use crate::hir::Rule;
use crate::project::lints::Failing;
use crate::project::{STDIN, Stage, Workspace, is_of_tests, recordings, snapshot_name, test_folders};
use crate::source::{FileId, Span};
use ask::Asking;
use cases::Cases;
use compare::Compared;

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor test                             the project's rules, their tests, the snapshots of their queries
  spoor test rules/windows -v            a line for each rule
  spoor test --select 'T1059*'           the rules of a name, title, id, file or ATT&CK id
  spoor test --since origin/main         the rules that a branch concerns, by themselves, their tests or their snapshots
  spoor test --update                    write the snapshots as they are now
  spoor test --review                    look at each snapshot that differs, and take it or not
  spoor test --generate rules/x.spoor    tests for rules that have none, to copy
  spoor test --format junit > tests.xml  for CI; --deny E0540 fails where a rule has no test

A rule of the language has its tests in itself. A rule of Sigma has them in files, in `tests/<rule id>/`: a file of events `NAME.match.jsonl` wants a
match among its events, `NAME.no_match.jsonl` wants none; JSON, CSV and EVTX are read, as `spoor match` reads them. SigmaHQ's `regression_data`
(`info.yml` beside recordings) is read too. Both folders are looked for in the project, or, without one, between the rules and the root of their
repository; `tests:` in spoor.yaml and --tests name others.

A snapshot is a text file for each rule, in `snapshots/` beside spoor.yaml: the rule, and its query for each target. The first
`spoor test --update` makes them; from then on a query that changes fails until it is accepted.")]
pub struct Test {
    /// Rule files, or folders of them [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// Only rules of this name, title, id, file or ATT&CK id; `*` is any run (repeatable)
    #[arg(long, value_name = "PATTERN")]
    select: Vec<glob::Pattern>,
    /// Only what changed here since the work left this revision of git: rules, what has to do with them, their events, their snapshots
    #[arg(long, value_name = "REV", conflicts_with_all = ["update", "generate"])]
    since: Option<String>,
    /// Folders of tests by rule id [default: the project's, else `tests` and `regression_data`]
    #[arg(long = "tests", value_name = "DIR")]
    tests: Vec<PathBuf>,
    /// Compare the snapshots of this target only; repeatable
    #[arg(short, long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name())))]
    targets: Vec<String>,
    /// Where snapshots are [default: the project's; without a project there are none]
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// Leave snapshots alone
    #[arg(long, conflicts_with_all = ["snapshots", "targets", "update", "review"])]
    no_snapshots: bool,
    /// Write every snapshot as it is now, and remove those that no rule makes any more
    #[arg(long, conflicts_with_all = ["review", "targets", "select"])]
    update: bool,
    /// Show each snapshot that differs, and ask whether to accept it
    #[arg(long, conflicts_with_all = ["targets", "format"])]
    review: bool,
    /// Print tests for rules that have none, made from the rule itself; nothing is written
    #[arg(long, conflicts_with_all = ["update", "review", "snapshots", "no_snapshots", "targets", "format"])]
    generate: bool,
    /// For people, one JSON object a line, or JUnit's XML
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    levels: Levels,
    /// A line for each rule, and every rule without a test
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Human,
    Json,
    Junit,
}

/// What became of the tests of a rule.
pub struct Tested<'r> {
    pub rule: &'r Rule,
    pub tests: Vec<ask::Ran>,
    /// None: nobody asks for it.
    pub snapshot: Option<Compared>,
    /// The matcher cannot load it.
    pub unloaded: Vec<Diagnostic>,
}

/// All that is told at the end.
pub struct Told<'r> {
    pub workspace: &'r Workspace,
    pub tested: &'r [Tested<'r>],
    /// Rules that are written and have an error: their names and places.
    pub broken: Vec<(String, Span)>,
    /// Of rules and tests: all there is to say beside verdicts.
    pub findings: Vec<Diagnostic>,
    /// Which of these fail the run.
    pub denied: Failing,
    /// Errors and warnings of rules, which were told already.
    pub of_rules: &'r [Diagnostic],
    /// How many errors there are among these, and how many of the findings fail the run.
    pub errors: usize,
    /// Where snapshots are; None: nobody asks for them.
    pub snapshots: Option<&'r Path>,
    /// There are none yet.
    pub is_first: bool,
    /// What was asked for could not be read, which was told.
    pub is_cut: bool,
    /// Files of snapshots that no rule makes any more.
    pub orphans: Vec<String>,
    pub verbose: bool,
    pub paint: Paint,
}

pub fn run(args: &Test, out: &mut Out) -> u8 {
    if args.review && !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        out.error("`--review` asks, and here is no terminal to answer: `--update` accepts all, `spoor test` shows what differs");
        return FAILED;
    }
    if args.paths.iter().any(|path| path.as_os_str() == STDIN) && (args.update || args.review) {
        out.error("a rule from standard input has no snapshot to be kept");
        return FAILED;
    }
    let lints = match args.levels.over_the_project(out) {
        Ok(lints) => lints,
        Err(code) => return code,
    };
    let snapshots = snapshots(args);
    if snapshots.is_none() && (args.update || args.review) {
        out.error("there is no project, so no place for snapshots: make a `spoor.yaml`, or name a folder with `--snapshots DIR`");
        return FAILED;
    }
    let paths = rules(&args.paths);
    let (mut workspace, code) = load(&paths, out);
    let folders = match (args.tests.as_slice(), &project().tests) {
        ([], Some(folders)) => folders.clone(),
        ([], None) => test_folders(project().root.as_deref(), &paths),
        (folders, _) => folders.to_owned(),
    };
    let recordings = recordings(&folders, &mut workspace.sources);
    let packs = &*workspace.packs(packs());
    let mut checked = workspace.check(packs);
    lints.apply(&mut checked.diagnostics, &workspace.sources);
    let chosen = match since::chosen(args.since.as_deref(), &workspace, out) {
        Ok(chosen) => chosen,
        Err(code) => return code,
    };
    chosen.retain(&mut checked.diagnostics);
    super::matching::errors(&checked.diagnostics, &workspace, out);
    if let Err(pattern) = choose::selected(&mut checked.rules, &args.select, |rule| workspace.sources.name(rule.span.file).to_owned()) {
        out.error(&format!("no rule has `{pattern}` for its name, title, id, file or technique"));
        return FAILED;
    }
    // Of a part of the rules nobody can say what belongs to none.
    let is_sure = is_whole(args) && args.since.is_none() && code == CLEAN && !has_errors(&checked.diagnostics);
    let cases = Cases::new(&workspace, &checked.rules, recordings, is_sure);
    if args.generate {
        return suggest::run(&workspace, &checked, &cases, packs, args.verbose, out).max(code);
    }
    let wanted = wanted(&chosen, &checked.rules, &cases, snapshots.as_deref(), &workspace);
    let targets = super::targets(&args.targets);
    let options = Options { lists: workspace.kept(&project().lists), ..project().options.clone() };
    let stage = snapshots.as_deref().filter(|_| args.update).map(Stage::begin);
    let asking = Asking {
        workspace: &workspace,
        packs,
        rules: &checked.rules,
        wanted: &wanted,
        cases: &cases,
        snapshots: snapshots.as_deref(),
        takes_in: args.update || args.review,
        targets: &targets,
        only: !args.targets.is_empty(),
        options: &options,
        paint: Paint(args.format == Format::Human && out.stdout_color()),
    };
    let mut tested = asking.all(stage.as_ref().and_then(|stage| stage.as_ref().ok()), out);
    let mut told = Told {
        workspace: &workspace,
        tested: &[],
        broken: broken(&workspace, &checked, args).into_iter().filter(|(_, span)| chosen.has(span.file)).collect(),
        findings: cases.findings.clone(),
        denied: Failing::default(),
        of_rules: &checked.diagnostics,
        errors: checked.diagnostics.iter().filter(|finding| finding.severity() == Severity::Error).count(),
        snapshots: snapshots.as_deref(),
        is_first: false,
        is_cut: code != CLEAN,
        orphans: Vec::new(),
        verbose: args.verbose,
        paint: asking.paint,
    };
    let is_of_these = |span: Span| chosen.has(span.file) || chosen.has_touched(Path::new(workspace.sources.name(span.file)));
    told.findings.retain(|finding| finding.labels.iter().any(|label| is_of_these(label.span)));
    told.findings.extend(untested(&workspace, &tested));
    lints.apply(&mut told.findings, &workspace.sources);
    told.denied = lints.denied(&told.findings, &workspace.sources);
    told.errors += told.denied.each().iter().filter(|denied| **denied).count();
    let mut code = code;
    if let Some(folder) = &snapshots {
        match compare::settle(folder, &tested, is_sure) {
            Ok(settled) => (told.is_first, told.orphans) = (settled.is_first && !args.update && !args.review, settled.orphans),
            Err(error) => {
                out.error(&format!("cannot read the folder of snapshots `{}`: {}", folder.display(), crate::project::reason(&error)));
                code = FAILED;
            }
        }
        if told.is_first {
            tested.iter_mut().for_each(|tested| tested.snapshot = None);
        }
        if let Some(stage) = stage {
            code = code.max(accept::all(folder, stage, &mut tested, &mut told.orphans, out));
        }
    }
    if args.review
        && let Some(folder) = &snapshots
    {
        code = code.max(review::run(folder, &mut tested, &mut told.orphans, &mut std::io::stdin().lock(), out));
    }
    told.tested = &tested;
    match args.format {
        Format::Human => show::human::show(&told, out),
        Format::Json => show::json::show(&told, out),
        Format::Junit => out.print(&show::junit::text(&told)),
    }
    let unreadable = told.findings.iter().any(|found| found.code == Code::TestEvents)
        || told.tested.iter().flat_map(|tested| &tested.tests).any(|ran| ran.is_unreadable);
    let code = match code {
        CLEAN if unreadable => FAILED,
        CLEAN if fails(&told) => FINDINGS,
        code => code,
    };
    // The process ends here: what thousands of rules became need not be taken apart.
    std::mem::forget(told);
    std::mem::forget(tested);
    std::mem::forget(cases);
    std::mem::forget((checked, workspace));
    code
}

/// Which rules are asked: those of the files that are concerned, and those whose events or snapshots are.
fn wanted(chosen: &Chosen, rules: &[Rule], cases: &Cases<'_>, snapshots: Option<&Path>, workspace: &Workspace) -> Vec<bool> {
    let by_case = |case: &cases::Case<'_>| match &case.given {
        // The file that names the events, and these.
        cases::Given::File(path, _) => chosen.has_touched(path) || chosen.has_touched(Path::new(workspace.sources.name(case.at.file))),
        cases::Given::Here(_) => false,
    };
    let by_snapshot = |rule: &Rule| snapshots.is_some_and(|folder| chosen.has_touched(&folder.join(snapshot_name(&rule.name))));
    // A test that was taken away is one whose folder has the rule's id for its name, or its name.
    let gone = chosen.gone().into_iter().filter(|path| path.file_name().is_some_and(|name| is_of_tests(&name.to_string_lossy())));
    let folders: HashSet<String> = gone.filter_map(|path| Some(path.parent()?.file_name()?.to_string_lossy().to_lowercase())).collect();
    let by_gone = |rule: &Rule| rule.meta.id.iter().chain([&rule.name]).any(|name| folders.contains(&name.to_lowercase()));
    let one = |(rule, of): (&Rule, &Vec<cases::Case<'_>>)| {
        chosen.has(rule.span.file) || of.iter().any(by_case) || by_snapshot(rule) || by_gone(rule)
    };
    rules.iter().zip(&cases.of).map(one).collect()
}

/// Where snapshots are to be; None: nobody asks for them.
fn snapshots(args: &Test) -> Option<PathBuf> {
    if args.no_snapshots || args.generate || args.paths.iter().any(|path| path.as_os_str() == STDIN) {
        return None;
    }
    let project = project();
    let root = project.root.as_deref();
    args.snapshots.clone().or_else(|| project.snapshots.clone()).or_else(|| root.map(|root| root.join("snapshots")))
}

/// Whether every rule of the project is read, so that a snapshot or a test without a rule is one without any.
fn is_whole(args: &Test) -> bool {
    let project = project();
    let is_here = project.root.as_deref().is_some_and(|root| root.as_os_str().is_empty());
    args.paths.is_empty() && args.select.is_empty() && project.root.is_some() && (is_here || !project.rules.is_empty())
}

fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|finding| finding.severity() == Severity::Error)
}

/// The rules that are written, and are not among those without an error; of a file in which no rule could be read so much as that, the file.
/// Of a selection nobody can say.
fn broken(workspace: &Workspace, checked: &Checked, args: &Test) -> Vec<(String, Span)> {
    if !args.select.is_empty() {
        return Vec::new();
    }
    let whole: HashSet<Span> = checked.rules.iter().map(|rule| rule.span).collect();
    let lost = workspace.rules().into_iter().filter(|(_, span)| !whole.contains(span));
    let mut broken: Vec<(String, Span)> = lost.map(|(name, span)| (name.to_owned(), span)).collect();
    let mut known: HashSet<FileId> = broken.iter().map(|(_, span)| span.file).collect();
    // A lint that is denied is an error, and takes no rule away.
    let errors = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error && !found.code.is_lint());
    for found in errors {
        let span = found.span();
        if known.insert(span.file) {
            broken.push((workspace.sources.name(span.file).to_owned(), span));
        }
    }
    broken
}

/// The rules without a test, each a finding.
fn untested(workspace: &Workspace, tested: &[Tested<'_>]) -> Vec<Diagnostic> {
    let sigma: HashMap<_, bool> = workspace.documents.iter().map(|document| (document.file, document.sigma)).collect();
    let without = tested.iter().filter(|tested| tested.tests.is_empty()).map(|tested| tested.rule);
    without
        .map(|rule| {
            let is_sigma = sigma.get(&rule.span.file).copied().unwrap_or_default();
            let folder = is_sigma.then(|| format!("tests/{}", rule.meta.id.as_deref().unwrap_or(&rule.name)));
            testing::untested(rule.span, &rule.name, folder.as_deref())
        })
        .collect()
}

fn fails(told: &Told<'_>) -> bool {
    let failed = |tested: &Tested<'_>| {
        let wrong = tested.tests.iter().any(|ran| ran.failed.is_some());
        wrong || !tested.unloaded.is_empty() || tested.snapshot.as_ref().is_some_and(Compared::fails)
    };
    told.errors > 0 || !told.broken.is_empty() || told.tested.iter().any(failed)
}
