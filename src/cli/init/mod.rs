//! `spoor init`: a new repository of rules.
//!
//! In: a folder. Out: in it a project whose commands all end well: a manifest, a rule with its tests, one of Sigma with its, a workflow, what editors need.
//! Exit 2: there is a project already, or something cannot be written. Law: nothing that is there is touched, which is said, and what cannot be made whole is not
//! made at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::out::Out;
use super::{CLEAN, FAILED};
use crate::project::{manifest_schema, reason, repository};
use crate::schema::builtin;

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor init detections     a new folder
  spoor init                this folder: what is there stays as it is
  cd detections && spoor check && spoor test && spoor build")]
pub struct Init {
    /// Where; made if it is not there [default: this folder]
    folder: Option<PathBuf>,
}

/// A file, from the folder down, and its text.
const FILES: &[(&str, &str)] = &[
    ("spoor.yaml", include_str!("files/manifest.yaml")),
    ("README.md", include_str!("files/README.md")),
    ("rules/office_starts_shell.spoor", include_str!("files/office_starts_shell.spoor")),
    ("rules/sigma/schtasks_from_temp.yml", include_str!("files/schtasks_from_temp.yml")),
    ("tests/0d4d9c1e-2a35-4b0c-8f5e-6c3d5b7f2a91/made.match.jsonl", include_str!("files/made.match.jsonl")),
    ("tests/0d4d9c1e-2a35-4b0c-8f5e-6c3d5b7f2a91/asked.no_match.jsonl", include_str!("files/asked.no_match.jsonl")),
    (".github/workflows/spoor.yml", include_str!("files/workflow.yml")),
    (".gitignore", include_str!("files/gitignore")),
    (".vscode/settings.json", include_str!("files/settings.json")),
    (".vscode/extensions.json", include_str!("files/extensions.json")),
];

/// What may stand in the manifest, for editors.
const SCHEMA: &str = ".spoor/manifest.schema.json";

pub fn run(args: &Init, out: &mut Out) -> u8 {
    let folder = args.folder.as_deref().unwrap_or(Path::new("."));
    let schema = format!("{:#}\n", manifest_schema(builtin()));
    let files: Vec<(PathBuf, &str)> =
        FILES.iter().copied().chain([(SCHEMA, schema.as_str())]).map(|(name, text)| (named(folder, name), text)).collect();
    let (there, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| path.symlink_metadata().is_ok());
    if let Some((path, _)) = there.iter().find(|(path, _)| path.ends_with(FILES[0].0)) {
        let what = if path.is_dir() { "a folder, and a project's manifest is a file" } else { "this is a project" };
        out.error(&format!("`{}` is there already: {what}; nothing was written", path.display()));
        return FAILED;
    }
    let mut made: Vec<&Path> = Vec::new();
    for (path, text) in &files {
        if let Err(error) = create(path, text) {
            out.error(&format!("cannot write `{}`: {}", path.display(), reason(&error)));
            // Only what this run made.
            made.iter().for_each(|path| _ = fs::remove_file(path));
            out.status("nothing was left behind but folders");
            return FAILED;
        }
        made.push(path);
    }
    made.iter().for_each(|path| out.line(&path.display().to_string()));
    for (path, text) in there {
        out.status(&format!("`{}` was there, and stays as it is", path.display()));
        if path.ends_with(".gitignore") {
            let known = fs::read_to_string(&path).unwrap_or_default();
            let lacks = |line: &&str| !line.is_empty() && !line.starts_with('#') && !known.lines().any(|known| known.trim() == *line);
            let lines: Vec<&str> = text.lines().map(str::trim).filter(lacks).collect();
            if !lines.is_empty() {
                out.status(&format!("what is built need not be committed: `{}` lacks `{}`", path.display(), lines.join("`, `")));
            }
        }
    }
    if let Some(root) = folder.canonicalize().ok().and_then(|here| repository(&here).filter(|root| *root != here)) {
        out.status(&format!(
            "GitHub reads workflows in `{}` alone: move that of `.github` there",
            root.join(".github/workflows").display()
        ));
    }
    let change = if folder == Path::new(".") { String::new() } else { format!("cd {} && ", quoted(folder)) };
    out.status(&format!("next: {change}spoor check && spoor test && spoor build"));
    CLEAN
}

fn named(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) }
}

/// As a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',' | ':' | '@' | '\\');
    let dashed = if text.starts_with('-') { format!("./{text}") } else { text };
    if dashed.chars().all(is_plain) { dashed } else { format!("'{}'", dashed.replace('\'', r"'\''")) }
}

/// A file that nobody else made in the meantime.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}
