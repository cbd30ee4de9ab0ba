//! `spoor explain`: the page of a code, or how a rule is lowered.
//!
//! A page is Markdown: shown as it is in a pipe, with its marks made into colour on a terminal. For a rule each target says what its
//! stages ask, how faithful that is and why, and what the binding takes for granted; of one that is written in Sigma first what it says in the
//! language, its selections under their names. A file stands for all of its rules. Exit 2: there is no such code or rule.

use std::path::{Path, PathBuf};

use clap::Args;

use super::out::{Out, Paint};
use super::{FAILED, FINDINGS, build, checked, load, packs, project, report, rules};
use crate::backend::bind::NativePred;
use crate::backend::describe::{describe, describe_columns, describe_made, describe_shape};
use crate::backend::{Lowered, Options, Target, lower, rewritten};
use crate::check::Checked;
use crate::diag::{Code, Severity, render};
use crate::hir::{Pred, Rule};
use crate::project::Workspace;
use crate::schema::{Packs, nearest};
use crate::source::{Sources, Span};
use crate::syntax::{Parsed, ast, format};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor explain E0201
  spoor explain python_build_scripts examples/
  spoor explain rule.yml                 every rule of a file")]
pub struct Explain {
    /// A code, as findings show it, the name of a rule, or a file of rules
    #[arg(value_name = "CODE|RULE|FILE")]
    what: String,
    /// Where to look for the rule: files, or folders of them [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
}

impl Explain {
    /// `E0201`: a page that no project changes. A code that does not exist is none of a rule either.
    pub fn is_code(&self) -> bool {
        let digits = self.what.strip_prefix(['E', 'e']).unwrap_or(&self.what);
        digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The file whose rules are explained, if one is named.
    fn file(&self) -> Option<PathBuf> {
        Some(PathBuf::from(&self.what)).filter(|path| path.is_file())
    }

    /// What is read.
    pub fn read(&self) -> Vec<PathBuf> {
        self.file().into_iter().chain(self.paths.iter().cloned()).collect()
    }
}

pub fn run(args: &Explain, out: &mut Out) -> u8 {
    if let Some(code) = Code::from_id(&args.what) {
        page(code, out);
        return super::CLEAN;
    }
    if args.is_code() {
        out.error(&format!("there is no code {}", args.what.to_uppercase()));
        return FAILED;
    }
    rule(args, out)
}

fn page(code: Code, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let mut fenced = false;
    for line in code.page().lines() {
        if !paint.0 {
            out.line(line);
        } else if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            out.line(&format!("    {}", paint.cyan(line)));
        } else if let Some(title) = line.strip_prefix("# ") {
            out.line(&paint.bold(title));
        } else {
            out.line(&inline(line, paint));
        }
    }
}

/// Code between backticks in colour. The backticks stay: what is quoted may begin or end with a blank.
fn inline(line: &str, paint: Paint) -> String {
    let mut text = String::new();
    let mut parts = line.split('`').peekable();
    text.push_str(parts.next().unwrap_or(""));
    while let Some(quoted) = parts.next() {
        match parts.next() {
            Some(after) => text.push_str(&format!("{}{after}", paint.cyan(&format!("`{quoted}`")))),
            None => text.push_str(&format!("`{quoted}")),
        }
    }
    text
}

fn rule(args: &Explain, out: &mut Out) -> u8 {
    let file = args.file();
    let (workspace, code) = load(&rules(&args.read()), out);
    let packs = &*workspace.packs(packs());
    let checked = checked(&workspace, packs);
    let of_file = |rule: &Rule| {
        file.as_ref().is_some_and(|path| workspace.documents.iter().any(|it| it.file == rule.span.file && it.path.as_ref() == Some(path)))
    };
    let asked = |rule: &&Rule| if file.is_some() { of_file(rule) } else { rule.name == args.what };
    let found: Vec<&Rule> = checked.rules.iter().filter(asked).collect();
    if found.is_empty() && file.is_some() {
        report(&checked.diagnostics, &workspace.sources, out);
        out.error(&format!("`{}` has no rule without an error", args.what));
        return FINDINGS;
    }
    if found.is_empty() {
        return absent(&args.what, &workspace, &checked, out);
    }
    let readable = workspace.readable(packs, |document| found.iter().any(|rule| rule.span.file == document.file));
    for (index, rule) in found.into_iter().enumerate() {
        if index > 0 {
            out.print("\n");
        }
        explained(rule, &workspace, &readable, packs, out);
    }
    code
}

fn explained(rule: &Rule, workspace: &Workspace, readable: &[Option<Vec<Parsed>>], packs: &Packs, out: &mut Out) {
    let sources = &workspace.sources;
    let place = sources.place(rule.span);
    let paint = Paint(out.stdout_color());
    out.line(&format!("{} ({}:{})", paint.bold(&rule.name), sources.name(rule.span.file), place.line));
    if let Some(title) = &rule.meta.title {
        out.line(title);
    }
    for line in readable.iter().flatten().flatten().find_map(|parsed| pattern(parsed, &rule.name)).unwrap_or_default().lines() {
        out.line(format!("  {line}").trim_end());
    }
    rewrites(rule, packs, sources, out);
    let options = Options { lists: workspace.kept(&project().lists), ..project().options.clone() };
    for target in Target::ALL {
        out.print("\n");
        one(&lower(rule, *target, packs, &options), sources, out);
    }
}

/// What a rule of this name looks for, in the language, without what it says about itself.
fn pattern(parsed: &Parsed, name: &str) -> Option<String> {
    let is_it = |item: &ast::Top| matches!(item, ast::Top::Rule(rule) if rule.name.text == name);
    let mut file = ast::File { items: parsed.file.items.iter().filter(|item| is_it(item)).cloned().collect(), at: parsed.file.at };
    let Some(ast::Top::Rule(rule)) = file.items.first_mut() else { return None };
    rule.items.retain(|item| !matches!(item, ast::Item::Meta(_)));
    let bare = Parsed { file, comments: Vec::new(), blanks: Vec::new(), diagnostics: Vec::new() };
    Some(format!("\n{}", format(&bare)))
}

/// What the rule says in other words, in every target.
fn rewrites(rule: &Rule, packs: &Packs, sources: &Sources, out: &mut Out) {
    let mut told: Vec<String> = Vec::new();
    for one in &rule.rewritten {
        let place = sources.place(one.span);
        let line = format!("  {}:{}: {}", place.line, place.column, rewritten::sentence(one, packs));
        // Several classes of one condition.
        if !told.contains(&line) {
            told.push(line);
        }
    }
    if !told.is_empty() {
        out.print("\n");
        out.line(&Paint(out.stdout_color()).bold("rewritten:"));
        told.iter().for_each(|line| out.line(line));
    }
}

/// What one target makes of the rule.
fn one(lowered: &Lowered, sources: &Sources, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let heading = paint.bold(&format!("{}: ", lowered.target.name()));
    out.line(&format!("{heading}{}", build::painted(paint, lowered.fidelity)));
    if let Some(plan) = &lowered.plan {
        for (at, search) in plan.searches.iter().enumerate() {
            out.line(&format!("  {} in {}", search.class, search.table));
            let stages: &[(&str, _)] = &[("first stage", &search.first), ("later", &search.rest)];
            for (name, pred) in stages {
                if *name == "first stage" || !pred.is_true() {
                    out.line(&format!("    {name}:"));
                    for line in lines(pred, 6) {
                        out.line(&line);
                    }
                }
            }
            for label in search.labels.iter().filter(|label| !label.when.is_true()) {
                out.line(&format!("    labelled `{}` where:", label.name));
                for line in lines(&label.when, 6) {
                    out.line(&line);
                }
            }
            let made = describe_made(plan, at);
            if !made.is_empty() {
                out.line("    makes:");
                made.iter().for_each(|line| out.line(&format!("      {line}")));
            }
        }
        describe_shape(plan).iter().for_each(|line| out.line(&format!("  {line}")));
        out.line(&format!("  columns: {}", describe_columns(plan).join(", ")));
    }
    for assumption in &lowered.assumptions {
        out.line(&format!("  assumes: {assumption}"));
    }
    for reason in lowered.reasons.iter().chain(&lowered.notes) {
        out.print("\n");
        out.print(render::render(reason, sources, paint.0).trim_end());
        out.print("\n");
    }
}

/// A line is broken where it would be longer.
const WIDTH: usize = 110;

/// The predicate, each line indented by so many blanks: one part of an `and` or `or` a line where one line is too short for all.
fn lines(pred: &NativePred, indent: usize) -> Vec<String> {
    let blank = " ".repeat(indent);
    let whole = format!("{blank}{}", describe(pred));
    let (parts, word) = match pred {
        Pred::All(parts) => (parts, "and "),
        Pred::Any(parts) => (parts, "or "),
        Pred::Not(_) | Pred::Test(_) => return vec![whole],
    };
    if whole.chars().count() <= WIDTH {
        return vec![whole];
    }
    let mut broken = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let lead = if index == 0 { "" } else { word };
        match part {
            Pred::All(_) | Pred::Any(_) => {
                let inner = lines(part, indent + 2);
                match inner.as_slice() {
                    [one] => broken.push(format!("{blank}{lead}({})", one.trim_start())),
                    _ => {
                        broken.push(format!("{blank}{lead}("));
                        broken.extend(inner);
                        broken.push(format!("{blank})"));
                    }
                }
            }
            Pred::Not(_) | Pred::Test(_) => broken.push(format!("{blank}{lead}{}", describe(part))),
        }
    }
    broken
}

/// The rule has an error, or there is none of this name.
fn absent(name: &str, workspace: &Workspace, checked: &Checked, out: &mut Out) -> u8 {
    let written: Vec<(&str, Span)> = workspace.rules();
    if let Some((_, span)) = written.iter().find(|(written, _)| *written == name) {
        let findings: Vec<_> = checked
            .diagnostics
            .iter()
            .filter(|finding| finding.severity() == Severity::Error && finding.span().file == span.file)
            .cloned()
            .collect();
        report(&findings, &workspace.sources, out);
        out.error(&format!("the rule `{name}` has errors, so it has no meaning yet"));
        return FINDINGS;
    }
    if Path::new(name).extension().is_some() || name.contains(std::path::is_separator) {
        out.error(&format!("there is neither a file nor a rule `{name}` here"));
        return FAILED;
    }
    let near = nearest(name, written.iter().map(|(written, _)| *written));
    let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    out.error(&format!("there is no rule `{name}` here{help}"));
    FAILED
}
