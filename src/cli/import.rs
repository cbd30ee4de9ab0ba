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
use crate::sigma;
use crate::source::Sources;
use crate::syntax::{format, parse};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor import rule.yml                  to standard output
  spoor import -o rules/ sigma/rules/    rules/<name>.spoor, one for each file")]
pub struct Import {
    /// Files of Sigma rules, or folders of them; `-` is no file of YAML
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
    for document in workspace.documents.iter().filter(|document| document.asked) {
        match text(document, &workspace) {
            Ok(None) => {}
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
fn text(document: &Document, workspace: &Workspace) -> Result<Option<String>, &'static str> {
    if !document.sigma {
        return Err("holds no rules of Sigma: those end in `.yml` or `.yaml`");
    }
    if document.parsed.file.items.is_empty() {
        return Ok(None);
    }
    let lowered = sigma::commented(&document.parsed, workspace.sources.text(document.file), document.file);
    let (comments, items) = (lowered.comments.len(), lowered.file.items.len());
    let read = |text: &str| {
        let mut sources = Sources::default();
        let file = sources.add("imported", text);
        parse(&sources, file)
    };
    // A comment stands where YAML has it; read once more it is laid out as the language has it.
    let text = format(&read(&format(&lowered)));
    let again = read(&text);
    let whole = again.diagnostics.iter().all(|found| found.severity() < Severity::Error)
        && format(&again) == text
        && again.comments.len() == comments
        && again.file.items.len() == items;
    if whole { Ok(Some(text)) } else { Err("is left alone: what was written would not read the same, which is a fault of spoor") }
}
