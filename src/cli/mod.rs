//! The command line: arguments, exit codes, what goes to which stream.
//!
//! In: the arguments. Out: text on stdout (what was asked for), text on stderr (what happened), an exit code: 0 all well, 1 findings,
//! 2 a wrong call or a file that could not be read or written. Law: each command in its own file does its work and returns its code;
//! it prints through [`Out`] only, so a closed pipe ends quietly and colour follows the stream. Nothing is decided here.

mod attack;
mod build;
mod check;
mod completions;
mod explain;
mod fmt;
mod matching;
mod out;
mod schema;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{Parser, Subcommand};

use crate::diag::{Diagnostic, render};
use crate::project::{self, Workspace, discover};
use crate::schema::Packs;
use crate::source::Sources;
use out::Out;

/// Everything was as it should be.
const CLEAN: u8 = 0;
/// The command did its work and has something to say about the rules.
const FINDINGS: u8 = 1;
/// The command could not do its work, or not all of it.
const FAILED: u8 = 2;

/// A compiler for detection rules: one rule, checked against the real schemas, lowered to Splunk, Defender and a matcher.
#[derive(Parser)]
#[command(name = "spoor", version, arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colour
    #[arg(long, value_enum, default_value = "auto", global = true, value_name = "WHEN")]
    color: out::Color,
    /// A pack of your own on top of the built-in ones: classes, fields, schemas, bindings (repeatable)
    #[arg(long = "pack", global = true, value_name = "FILE")]
    packs: Vec<PathBuf>,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Report what is wrong with rules, and mend what is sure
    Check(check::Check),
    /// Print the queries of rules, with their fidelity
    Build(build::Build),
    /// Run rules over events
    Match(matching::Match),
    /// Lay rules out in the one layout
    Fmt(fmt::Fmt),
    /// Explain a diagnostic code, or how a rule is lowered
    Explain(explain::Explain),
    /// Show classes, fields, tables and columns
    Schema(schema::Schema),
    /// Print the completions of a shell
    Completions(completions::Completions),
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let mut out = Out::new(cli.color, cli.quiet);
    if let Err(code) = add_packs(&cli.packs, &mut out) {
        return out.finish(code);
    }
    let code = match cli.command {
        Command::Check(args) => check::run(&args, &mut out),
        Command::Build(args) => build::run(&args, &mut out),
        Command::Match(args) => matching::run(&args, &mut out),
        Command::Fmt(args) => fmt::run(&args, &mut out),
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Schema(args) => schema::run(&args, &mut out),
        Command::Completions(args) => completions::run(&args, &mut out),
    };
    out.finish(code)
}

/// The rule files under the paths, and the code that reading alone gives.
fn load(paths: &[PathBuf], out: &mut Out) -> (Workspace, u8) {
    let found = discover(paths);
    for folder in &found.barren {
        out.error(&format!("no .spoor file in `{}`", folder.display()));
    }
    let barren = !found.barren.is_empty();
    let workspace = Workspace::load(found);
    let code = if barren || workspace.unreadable { FAILED } else { CLEAN };
    (workspace, code)
}

/// Shows findings on stderr, as `build`, `match` and `fmt` do: stdout is for what was asked for.
fn report(diagnostics: &[Diagnostic], sources: &Sources, out: &mut Out) {
    for diagnostic in diagnostics {
        let picture = render::render(diagnostic, sources, out.stderr_color());
        out.eprint(&picture);
    }
}

/// Those of this run, where the user gave some.
static PACKS: OnceLock<Packs> = OnceLock::new();

fn packs() -> &'static Packs {
    PACKS.get().unwrap_or_else(|| crate::schema::builtin())
}

/// Puts the user's packs on top of the built-in ones; nothing is done with packs that hold a mistake.
fn add_packs(paths: &[PathBuf], out: &mut Out) -> Result<(), u8> {
    if paths.is_empty() {
        return Ok(());
    }
    let mut sources = Sources::default();
    match project::packs(crate::schema::builtin(), paths, &mut sources) {
        Ok(packs) => {
            PACKS.get_or_init(|| packs);
            Ok(())
        }
        Err(findings) => {
            report(&findings, &sources, out);
            Err(FAILED)
        }
    }
}

/// `1 error`, `3 errors`
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
