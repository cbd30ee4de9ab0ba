//! `spoor check`: every finding of every rule, and the sure fixes.
//!
//! Findings are what was asked for, so they go to stdout. Exit 0: none is denied; 1: some; 2: a file could not be read, or
//! written under `--fix`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::formats::{self, Format, Report};
use super::out::Out;
use super::{CLEAN, FAILED, FINDINGS, counted, load, packs, project, rules, since, tell_denied};
use crate::diag::{Code, Diagnostic, Severity, levels};
use crate::project::lints::{self, Denied, Lints};
use crate::project::{STDIN, Workspace};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor check                            every rule below this folder
  spoor check rules/ extra.spoor --deny warnings
  spoor check --allow E0501 --deny E0505 rules/
  spoor check --fix rules/               apply the fixes that are sure
  spoor check --since origin/main        what a branch changed, and what has to do with it
  spoor check --format sarif > spoor.sarif     for code scanning; also github, gitlab, junit
  spoor check --format json rules/ | jq -r .code | sort | uniq -c")]
pub struct Check {
    /// Rule files, or folders of them; `-` is standard input [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// For whom it is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Only what changed here since the work left this revision of git, and what has to do with it: importers, correlations; all rules where a pack or the manifest changed
    #[arg(long, value_name = "REV", conflicts_with = "fix")]
    since: Option<String>,
    /// Apply the fixes that are sure to say what was meant
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    levels: Levels,
}

/// Over what the project says under `lints`.
#[derive(Args)]
pub struct Levels {
    /// What fails beside errors: `warnings`, or lints by their codes, which are errors then [repeatable, or with commas]
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = Denied::parse)]
    deny: Vec<Denied>,
    /// Lints that are warnings, also under `--deny warnings`
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = lints::code)]
    warn: Vec<Code>,
    /// Lints that are not shown
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = lints::code)]
    allow: Vec<Code>,
}

impl Levels {
    /// What the project says, under what the command line does; Err: the exit code of flags that go against each other.
    pub fn over_the_project(&self, out: &mut Out) -> Result<Lints, u8> {
        let Levels { deny, warn, allow } = self;
        lints::of_flags(deny, warn, allow).map(|levels| project().lints.under(levels)).map_err(|twice| {
            out.error(&format!("the flags give `{twice}` two levels"));
            FAILED
        })
    }
}

impl Check {
    pub fn writes(&self) -> bool {
        self.fix || self.since.is_some()
    }

    pub fn form(&self) -> Format {
        self.format
    }
}

/// What the rules mean nobody asks here.
pub struct Found {
    /// How many rules are without an error.
    rules: usize,
    pub diagnostics: Vec<Diagnostic>,
}

pub fn run(args: &Check, out: &mut Out) -> u8 {
    if args.fix && args.paths.iter().any(|path| path.as_os_str() == STDIN) {
        out.error("`--fix` changes files, and standard input is none");
        return FAILED;
    }
    let lints = match args.levels.over_the_project(out) {
        Ok(lints) => lints,
        Err(code) => return code,
    };
    let check = |workspace: &Workspace| {
        let (rules, mut diagnostics) = workspace.findings(&workspace.packs(packs()));
        lints.apply(&mut diagnostics, &workspace.sources);
        Found { rules, diagnostics }
    };
    let paths = rules(&args.paths);
    let (mut workspace, mut code) = load(&paths, out);
    let mut checked = check(&workspace);
    if args.fix {
        let mended = super::mend::mend(&paths, &mut workspace, &mut checked, &check, out);
        if !mended {
            code = FAILED;
        }
    }
    let chosen = match since::chosen(args.since.as_deref(), &workspace, out) {
        Ok(chosen) => chosen,
        Err(code) => return code,
    };
    chosen.retain(&mut checked.diagnostics);
    let denied = lints.denied(&checked.diagnostics, &workspace.sources);
    let files =
        workspace.documents.iter().filter(|document| document.asked && chosen.has(document.file)).map(|document| document.file).collect();
    let report = Report { found: &checked.diagnostics, denied: denied.each(), sources: &workspace.sources, files, whole: code == CLEAN };
    out.print(&formats::text(&report, args.format, out.stdout_color()));
    if let Some(told) = formats::beyond(&report, args.format) {
        out.warning(&told);
    }
    if args.format == Format::Human && out.stderr_is_terminal() {
        out.status(&summary(&workspace, &checked));
    }
    if args.paths.is_empty() {
        lints.idle(&workspace.sources).iter().for_each(|pattern| out.warning(&levels::idle(pattern)));
    }
    tell_denied(&checked.diagnostics, &denied, out);
    let code = if code == CLEAN && denied.any() { FINDINGS } else { code };
    // The process ends here: what thousands of rules became need not be taken apart.
    std::mem::forget((checked, workspace));
    code
}

/// `2 errors, 1 warning in 3 files`
fn summary(workspace: &Workspace, checked: &Found) -> String {
    let count = |severity| checked.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let asked = workspace.documents.iter().filter(|document| document.asked).count();
    let mut text = match (errors, warnings) {
        (0, 0) => format!("{} in {}, nothing to report", counted(checked.rules, "rule"), counted(asked, "file")),
        _ => {
            let files: BTreeSet<_> = checked.diagnostics.iter().map(|diagnostic| diagnostic.span().file).collect();
            let parts = [(errors, "error"), (warnings, "warning")];
            let parts: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
            format!("{} in {}", parts.join(", "), counted(files.len(), "file"))
        }
    };
    let sure = checked.diagnostics.iter().filter(|diagnostic| diagnostic.fix.as_ref().is_some_and(|fix| fix.certain)).count();
    if sure > 0 {
        text.push_str(&format!("; `spoor check --fix` mends {sure}"));
    }
    text
}
