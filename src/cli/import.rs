//! `spoor import`: rules of Sigma, written in the language.
//!
//! Rules go to stdout, or with `-o` to one file each; findings go to stderr. What is written reads as the YAML did, its comments and
//! metadata included, and is looked at before it is handed out. Exit 1: a rule has an error; 2: a file could not be read or written.

use std::path::{Path, PathBuf};

use clap::Args;

use super::out::Out;
use super::{FAILED, FINDINGS, counted, load, packs, report};
use crate::diag::Severity;
use crate::project::{Document, Workspace, reason, write};
use crate::source::Sources;
use crate::syntax::{Parsed, format, parse};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor import rule.yml                  to standard output
  spoor import -o rules/ sigma/rules/    rules/<name>.spoor, one for each file")]
pub struct Import {
    /// Files of Sigma rules, or folders of them; `-` is standard input
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Write one file for each to this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

pub fn run(args: &Import, out: &mut Out) -> u8 {
    let (workspace, mut code) = load(&args.paths, out);
    let checked = workspace.check(&workspace.packs(packs()));
    report(&checked.diagnostics, &workspace.sources, out);
    if checked.diagnostics.iter().any(|found| found.severity() == Severity::Error) {
        code = code.max(FINDINGS);
    }
    if let Some(folder) = &args.output
        && let Err(error) = std::fs::create_dir_all(folder)
    {
        out.error(&format!("cannot make `{}`: {}", folder.display(), reason(&error)));
        return FAILED;
    }
    let mut written = 0;
    for (document, lowered) in
        workspace.documents.iter().zip(workspace.readable(packs(), |document| document.asked)).filter(|(document, _)| document.asked)
    {
        match text(document, lowered) {
            Ok(None) => {}
            Ok(Some(text)) if has_error(&text) => {
                let name = workspace.sources.name(document.file);
                let is_told =
                    checked.diagnostics.iter().any(|found| found.span().file == document.file && found.severity() == Severity::Error);
                let why = if is_told { "it has errors" } else { "what was written would have errors, which is a fault of spoor" };
                out.error(&format!("`{name}` is left alone: {why}"));
                code = code.max(if is_told { FINDINGS } else { FAILED });
            }
            Ok(Some(text)) => match &args.output {
                None => out.print(&text),
                Some(folder) => match place(folder, document, args.force).and_then(|path| write(&path, text.as_bytes())) {
                    Ok(()) => written += 1,
                    Err(error) => {
                        let name = workspace.sources.name(document.file);
                        out.error(&format!("cannot write the rules of `{name}`: {}", because(&error)));
                        code = FAILED;
                    }
                },
            },
            Err(why) => {
                out.error(&format!("`{}` {why}", workspace.sources.name(document.file)));
                code = FAILED;
            }
        }
    }
    if args.output.is_some() {
        out.status(&format!("wrote {}", counted(written, "file")));
    }
    code
}

/// Whether `spoor check` would refuse what is handed out.
fn has_error(text: &str) -> bool {
    let written = Workspace::text("imported.spoor", text);
    written.check(&written.packs(packs())).diagnostics.iter().any(|found| found.severity() == Severity::Error)
}

fn because(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => "a file of this name is there; `--force` writes over it".to_owned(),
        _ => reason(error),
    }
}

/// Where the rules of a file go.
fn place(folder: &Path, document: &Document, force: bool) -> std::io::Result<PathBuf> {
    let stem = document.path.as_deref().and_then(Path::file_stem).unwrap_or(std::ffi::OsStr::new("rules"));
    let path = folder.join(stem).with_extension("spoor");
    if !force && path.exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    Ok(path)
}

/// The rules of a file in the language; nothing where it has none that could be read.
fn text(document: &Document, lowered: Option<Vec<Parsed>>) -> Result<Option<String>, &'static str> {
    let Some(lowered) = lowered else { return Err("holds no rules of Sigma: those end in `.yml` or `.yaml`") };
    let rules: Option<Vec<String>> = lowered.iter().map(written).collect();
    // An error in a part of a rule leaves nothing of it.
    match rules {
        Some(rules) if rules.is_empty() && document.parsed.file.items.is_empty() => Ok(None),
        Some(rules) if rules.len() == document.parsed.file.items.len() => Ok(Some(rules.join("\n"))),
        Some(_) | None => Err("is left alone: what was written would not read the same, which is a fault of spoor"),
    }
}

/// A rule as it is handed out; none where it would not read the same.
fn written(lowered: &Parsed) -> Option<String> {
    let read = |text: &str| {
        let mut sources = Sources::default();
        let file = sources.add("imported", text);
        parse(&sources, file)
    };
    // A comment stands where YAML has it; read once more it is laid out as the language has it.
    let text = format(&read(&format(lowered)));
    let again = read(&text);
    let whole = again.diagnostics.iter().all(|found| found.severity() < Severity::Error)
        && format(&again) == text
        && again.comments.len() == lowered.comments.len()
        && again.file.items.len() == lowered.file.items.len();
    whole.then_some(text)
}
