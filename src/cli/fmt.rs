//! `spoor fmt`: rules in the one layout.
//!
//! A file with a syntax error is left alone and reported, and so is one of Sigma's that is named: YAML has no layout here. Standard input goes
//! to stdout. Exit 1: a file was reported, or has under `--check` another layout; 2: a file could not be read or written.

use std::path::PathBuf;

use clap::Args;

use super::out::Out;
use super::{CLEAN, FAILED, FINDINGS, counted, load, report, rules};
use crate::diag::{Severity, project as findings};
use crate::project::{Document, STDIN, reason, write};
use crate::source::{Sources, Span};
use crate::syntax::{format, parse};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor fmt                    every rule below this folder
  spoor fmt --check rules/     list the files that would change
  spoor fmt - < x.spoor        to standard output, for editors")]
pub struct Fmt {
    /// Rule files, or folders of them; `-` is standard input [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// Change nothing, list the files that are laid out otherwise
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Fmt, out: &mut Out) -> u8 {
    let (workspace, mut code) = load(&rules(&args.paths), out);
    let of_sigma = |file| workspace.documents.iter().find(|document| document.file == file && document.sigma);
    let errors =
        workspace.syntax().into_iter().filter(|found| found.severity() == Severity::Error && of_sigma(found.span().file).is_none());
    // YAML that is met in a folder is passed over; who names it is told.
    let named =
        |document: &&Document| document.asked && document.sigma && args.paths.contains(&document.path.clone().unwrap_or(STDIN.into()));
    let named = workspace.documents.iter().filter(named);
    let named = named.map(|document| findings::not_laid_out(Span::new(document.file, 0, 0), workspace.sources.name(document.file)));
    let errors: Vec<_> = errors.chain(named).collect();
    report(&errors, &workspace.sources, out);
    let mut differ = !errors.is_empty();
    let mut changed = 0;
    for document in workspace.documents.iter().filter(|document| document.asked && !document.sigma) {
        if document.parsed.diagnostics.iter().any(|finding| finding.severity() == Severity::Error) {
            continue;
        }
        let old = workspace.sources.text(document.file);
        let Some(new) = laid_out(document, &workspace.sources) else {
            out.error(&format!(
                "`{}` is left alone: its new layout would not read the same, which is a fault of spoor",
                workspace.sources.name(document.file)
            ));
            code = FAILED;
            continue;
        };
        match &document.path {
            None if args.check => {
                if new != old {
                    differ = true;
                    out.line(workspace.sources.name(document.file));
                }
            }
            None => out.print(&new),
            Some(_) if new == old && !document.bom => {}
            Some(_) if args.check => {
                differ = true;
                out.line(workspace.sources.name(document.file));
            }
            Some(path) => match write(path, new.as_bytes()) {
                Ok(()) => changed += 1,
                Err(error) => {
                    out.error(&format!("cannot write `{}`: {}; the file is as it was", path.display(), reason(&error)));
                    code = FAILED;
                }
            },
        }
    }
    if changed > 0 {
        out.status(&format!("laid out {}", counted(changed, "file")));
    }
    if code == CLEAN && differ { FINDINGS } else { code }
}

/// The new text, with the line ends of the old one; None if it does not read as the old one did. A formatter that loses a rule is
/// worse than none, so this is looked at each time.
fn laid_out(document: &Document, sources: &Sources) -> Option<String> {
    let text = format(&document.parsed);
    let mut again = Sources::default();
    let file = again.add(sources.name(document.file), text.as_str());
    let reread = parse(&again, file);
    let same = reread.diagnostics.iter().all(|finding| finding.severity() < Severity::Error)
        && reread.comments.len() == document.parsed.comments.len()
        && reread.file.items.len() == document.parsed.file.items.len()
        && format(&reread) == text;
    let crlf = sources.text(document.file).find('\n').is_some_and(|at| sources.text(document.file)[..at].ends_with('\r'));
    same.then(|| if crlf { text.replace('\n', "\r\n") } else { text })
}
