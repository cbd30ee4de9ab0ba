//! The command line: arguments, exit codes, what goes to which stream.
//!
//! In: the arguments. Out: text on stdout (what was asked for), text on stderr (what happened), an exit code: 0 all well, 1 findings,
//! 2 a wrong call or a file that could not be read or written. Law: each command in its own file does its work and returns its code;
//! it prints through [`Out`] only, so a closed pipe ends quietly and colour follows the stream. Nothing is decided here.

mod build;
mod built;
mod check;
mod completions;
mod coverage;
mod diff;
mod explain;
mod fmt;
mod formats;
mod forms;
mod import;
mod init;
mod interrupt;
mod junit;
mod matching;
mod mend;
mod out;
mod output;
mod pages;
mod sarif;
mod schema;
mod since;
mod source_map;
mod table;
mod testing;
mod unified;
mod written;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{Parser, Subcommand};

use crate::backend::Target;
use crate::check::Checked;
use crate::diag::{Diagnostic, Severity, render};
use crate::project::lints::Failing;
use crate::project::{self, Project, Workspace, discover};
use crate::schema::Packs;
use crate::source::Sources;
use out::Out;

/// Everything was as it should be.
const CLEAN: u8 = 0;
/// The command did its work and has something to say about the rules.
const FINDINGS: u8 = 1;
/// The command could not do its work, or not all of it.
const FAILED: u8 = 2;

/// A compiler for detection rules: one rule, checked against the real schemas, lowered to Splunk, Defender, Sentinel and a matcher.
#[derive(Parser)]
#[command(name = "spoor", version, arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colour
    #[arg(long, value_enum, default_value = "auto", global = true, value_name = "WHEN")]
    color: out::Color,
    /// A pack of your own on top of the project's and the built-in ones: classes, fields, schemas, bindings (repeatable)
    #[arg(long = "pack", global = true, value_name = "FILE")]
    packs: Vec<PathBuf>,
    /// Say nothing on stderr but errors, and what is left out of a result
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Report what is wrong with rules, and mend what is sure
    Check(check::Check),
    /// Print the queries of rules, with their fidelity
    Build(build::Build),
    /// Run the tests of rules, and compare the snapshots of their queries
    Test(testing::Test),
    /// Run rules over events
    Match(matching::Match),
    /// Write rules of Sigma in the language
    Import(import::Import),
    /// Tell what changed in the meaning of rules
    Diff(diff::Diff),
    /// Begin a repository of rules
    Init(init::Init),
    /// Lay rules out in the one layout
    Fmt(fmt::Fmt),
    /// Explain a diagnostic code, or how a rule is lowered
    Explain(explain::Explain),
    /// Show what the rules cover of ATT&CK, by technique, class of events and target
    Coverage(coverage::CoverageArgs),
    /// Show classes, fields, tables and columns
    Schema(schema::Schema),
    /// Print the completions of a shell
    Completions(completions::Completions),
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let mut out = Out::new(cli.color, cli.quiet);
    if let Some(paths) = cli.command.paths()
        && let Err((findings, sources)) = open(&paths, &cli.packs)
    {
        let form = if let Command::Check(args) = &cli.command { args.form() } else { formats::Format::Human };
        match form {
            formats::Format::Human => report(&findings, &sources, &mut out),
            form => out.print(&formats::text(&formats::Report::of_project(&findings, &sources), form, false)),
        }
        // What may stand in a manifest is asked where one is to be mended.
        if !matches!(&cli.command, Command::Schema(args) if args.is_of_manifest()) {
            return out.finish(FAILED);
        }
    }
    if cli.command.writes() {
        interrupt::listen();
    }
    let code = match cli.command {
        Command::Check(args) => check::run(&args, &mut out),
        Command::Build(args) => build::run(&args, &mut out),
        Command::Test(args) => testing::run(&args, &mut out),
        Command::Match(args) => matching::run(&args, &mut out),
        Command::Import(args) => import::run(&args, &mut out),
        Command::Diff(args) => diff::run(&args, &cli.packs, &mut out),
        Command::Init(args) => init::run(&args, &mut out),
        Command::Fmt(args) => fmt::run(&args, &mut out),
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Coverage(args) => coverage::run(&args, &mut out),
        Command::Schema(args) => schema::run(&args, &mut out),
        Command::Completions(args) => completions::run(&args, &mut out),
    };
    out.finish(code)
}

impl Command {
    /// Whether it may write files, if only for a while; `match` has its own way to stop.
    fn writes(&self) -> bool {
        match self {
            Command::Check(args) => args.writes(),
            Command::Build(_)
            | Command::Test(_)
            | Command::Import(_)
            | Command::Diff(_)
            | Command::Init(_)
            | Command::Fmt(_)
            | Command::Coverage(_) => true,
            Command::Match(_) | Command::Explain(_) | Command::Schema(_) | Command::Completions(_) => false,
        }
    }

    /// What is read, by which the project is found; None: nothing that a project changes.
    fn paths(&self) -> Option<Vec<PathBuf>> {
        match self {
            Command::Check(args) => Some(args.paths.clone()),
            Command::Build(args) => Some(args.paths.clone()),
            Command::Test(args) => Some(args.paths.clone()),
            Command::Match(args) => Some(args.rules.clone()),
            Command::Import(args) => Some(args.paths.clone()),
            Command::Fmt(args) => Some(args.paths.clone()),
            Command::Explain(args) => (!args.is_code()).then(|| args.read()),
            Command::Coverage(args) => Some(args.paths.clone()),
            Command::Schema(_) => Some(Vec::new()),
            Command::Diff(args) => Some(args.paths.iter().filter(|path| path.exists()).cloned().collect()),
            Command::Init(_) | Command::Completions(_) => None,
        }
    }
}

/// The paths, or those of the project where none are given.
fn rules(paths: &[PathBuf]) -> Vec<PathBuf> {
    match (paths, project().rules.as_slice()) {
        ([], []) => vec![PathBuf::from(".")],
        ([], rules) => rules.to_owned(),
        (paths, _) => paths.to_owned(),
    }
}

/// The targets that are named, else those of the project, else all, in the order of the list.
fn targets(named: &[String]) -> Vec<Target> {
    let named: Vec<Target> = named.iter().filter_map(|name| Target::from_name(name)).collect();
    let wanted = if named.is_empty() { &project().targets } else { &named };
    Target::ALL.iter().copied().filter(|target| wanted.is_empty() || wanted.contains(target)).collect()
}

/// The rule files under the paths, and the code that reading alone gives.
fn load(paths: &[PathBuf], out: &mut Out) -> (Workspace, u8) {
    let found = discover(paths);
    for folder in &found.barren {
        out.error(&format!("no rule file in `{}`", folder.display()));
    }
    let barren = !found.barren.is_empty();
    let workspace = Workspace::load(found, packs());
    let code = if barren || workspace.unreadable { FAILED } else { CLEAN };
    (workspace, code)
}

/// The rules without an error, and the findings at the levels of the project.
fn checked(workspace: &Workspace, packs: &Packs) -> Checked {
    let mut checked = workspace.check(packs);
    project().lints.apply(&mut checked.diagnostics, &workspace.sources);
    checked
}

/// Shows findings on stderr, as `build`, `match` and `fmt` do: stdout is for what was asked for.
fn report(diagnostics: &[Diagnostic], sources: &Sources, out: &mut Out) {
    let quiet = out.is_quiet();
    for diagnostic in diagnostics.iter().filter(|diagnostic| !quiet || diagnostic.severity() == Severity::Error) {
        let picture = render::render(diagnostic, sources, out.stderr_color());
        out.eprint(&picture);
    }
}

/// Whether the findings fail a run; where that is due to warnings alone, it is said.
fn fails(found: &[Diagnostic], sources: &Sources, out: &mut Out) -> bool {
    let denied = project().lints.denied(found, sources);
    tell_denied(found, &denied, out);
    denied.any()
}

/// A warning fails a run where somebody said so: else nothing on the screen would say why.
fn tell_denied(found: &[Diagnostic], denied: &Failing, out: &mut Out) {
    let denied = found.iter().zip(denied.each()).filter(|(_, denied)| **denied).map(|(finding, _)| finding.severity());
    let (errors, warnings): (Vec<_>, Vec<_>) = denied.partition(|severity| *severity == Severity::Error);
    if errors.is_empty() && !warnings.is_empty() {
        let are = if warnings.len() == 1 { "is" } else { "are" };
        out.error(&format!("{} {are} denied, by `lints` in spoor.yaml or by `--deny`", counted(warnings.len(), "warning")));
    }
}

/// That of this run.
static PROJECT: OnceLock<Project> = OnceLock::new();

fn project() -> &'static Project {
    PROJECT.get_or_init(Project::default)
}

fn packs() -> &'static Packs {
    project().packs.as_ref().unwrap_or_else(|| crate::schema::builtin())
}

/// Finds the project of the paths and opens it; nothing is done in one that holds a mistake.
fn open(paths: &[PathBuf], packs: &[PathBuf]) -> Result<(), (Vec<Diagnostic>, Sources)> {
    let mut sources = Sources::default();
    let opened = match project::find(paths, &mut sources) {
        Ok(manifest) => project::open(crate::schema::builtin(), manifest.as_deref(), packs, &mut sources),
        Err(finding) => Err(vec![finding]),
    };
    match opened {
        Ok(project) => {
            PROJECT.get_or_init(|| project);
            Ok(())
        }
        Err(findings) => Err((findings, sources)),
    }
}

/// `1 error`, `3 errors`
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
