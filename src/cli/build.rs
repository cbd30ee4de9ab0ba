//! `spoor build`: the queries of every rule, each with its fidelity.
//!
//! Queries go to stdout, or with `-o`, or the project's `output`, to one file each; findings, refusals and the summary go to stderr. Exit 1: a rule has an error, or
//! a target that was named refuses one; 2: a file could not be read or written. Law: what has no query says why.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::out::{Out, Paint};
use super::table::{Cell, table};
use super::{CLEAN, FAILED, FINDINGS, checked, load, packs, project, report, rules, source_map};
use crate::backend::{Fidelity, Lowered, Macros, Options, Purpose, Summaries, Target, lower};
use crate::diag::Diagnostic;
use crate::diag::json::Spot;
use crate::hir::Rule;
use crate::project::{in_parallel, reason, write, write_folder};
use crate::source::Sources;

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor build examples                          every query of every rule
  spoor build --target splunk rules/x.spoor     fails if Splunk cannot say it
  spoor build -o out rules/                     out/<rule>.<target>.spl or .kql
  spoor build --for custom-detection rules/     what Defender and Sentinel run on a schedule
  spoor build -o out --map rules/               beside each query, where each of its lines came from
  spoor build --format json rules/ | jq -r 'select(.fidelity != \"exact\") | .rule'")]
pub struct Build {
    /// Rule files, or folders of them; `-` is standard input [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// Only this target, which then must not refuse; repeatable [default: the project's targets, else all]
    #[arg(short, long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name())))]
    targets: Vec<String>,
    /// Write one file a rule and target into this folder; `-`: to the terminal [default: the project's `output`, else `-`]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Say of each line of a query which places of the rule it came from: below the query, as `map` in JSON, with -o in a file `.map.json`
    #[arg(long)]
    map: bool,
    /// Queries under headings, or one JSON object a line
    #[arg(long, value_enum, default_value = "plain")]
    format: Format,
    /// Whether searches over data models read summarised events alone [default: the project's, else `false`, or `macro` with macros]
    #[arg(long, value_name = "WHICH", value_parser = PossibleValuesParser::new(Summaries::ALL.map(Summaries::name)))]
    summaries: Option<String>,
    /// The macros that searches rest on [default: the project's, else `none`]
    #[arg(long, value_name = "WHOSE", value_parser = PossibleValuesParser::new(Macros::ALL.map(Macros::name)))]
    macros: Option<String>,
    /// Leave out alternatives of an `or` that need a field which a target lacks, where others remain; such a query is narrowed, and says so
    #[arg(long)]
    narrow: bool,
    /// What runs the queries: a person, or a rule of the product on a schedule or in near real time; of the targets that have such rules
    #[arg(long = "for", value_name = "PURPOSE", default_value = Purpose::Hunting.name(), value_parser = PossibleValuesParser::new(Purpose::ALL.map(Purpose::name)))]
    purpose: String,
}

impl Build {
    /// Where files go: `-o`, of which `-` is none, else where the project says. What is asked for as JSON goes to a program that reads it.
    fn folder(&self) -> Option<PathBuf> {
        match &self.output {
            Some(folder) => Some(folder.clone()).filter(|folder| folder.as_os_str() != "-"),
            None => project().output.clone().filter(|_| self.format == Format::Plain),
        }
    }

    /// The project's options under those of the command line.
    fn options(&self, project: &Options) -> Options {
        Options {
            summaries: self.summaries.as_deref().and_then(Summaries::from_name).or(project.summaries),
            macros: self.macros.as_deref().and_then(Macros::from_name).unwrap_or(project.macros),
            purpose: Purpose::from_name(&self.purpose).unwrap_or_default(),
            narrow: self.narrow || project.narrow,
            ..project.clone()
        }
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Plain,
    Json,
}

pub fn run(args: &Build, out: &mut Out) -> u8 {
    let named: Vec<Target> = args.targets.iter().filter_map(|name| Target::from_name(name)).collect();
    let wanted = if named.is_empty() { &project().targets } else { &named };
    let mut options = args.options(&project().options);
    // A target that was named must answer for itself; of the others those that have such rules are meant.
    let is_meant =
        |target: &Target| (wanted.is_empty() || wanted.contains(target)) && (!named.is_empty() || options.purpose.is_of(*target));
    let targets: Vec<Target> = Target::ALL.iter().copied().filter(is_meant).collect();
    let (workspace, mut code) = load(&rules(&args.paths), out);
    options.lists = workspace.kept(&project().lists);
    let sources = &workspace.sources;
    let packs = &*workspace.packs(packs());
    let checked = checked(&workspace, packs);
    report(&checked.diagnostics, sources, out);
    let wrong = project().lints.denied(&checked.diagnostics, sources).contains(&true);

    // The plan is `explain`'s: thousands of them are not kept.
    let query = |rule: &Rule, target: &Target| Lowered { plan: None, ..lower(rule, *target, packs, &options) };
    let all = in_parallel(&checked.rules, |rule| targets.iter().map(|target| query(rule, target)).collect::<Vec<_>>());
    let built: Vec<(&Rule, &Lowered)> =
        checked.rules.iter().zip(&all).flat_map(|(rule, lowered)| lowered.iter().map(move |lowered| (rule, lowered))).collect();
    let folder = args.folder();
    if let Some(folder) = &folder
        && !write_all(folder, &built, args.map.then_some(sources), out)
    {
        code = FAILED;
    }
    for (rule, lowered) in &built {
        match args.format {
            Format::Json => out.line(&json(rule, lowered, sources, args.map)),
            Format::Plain if folder.is_none() => plain(rule, lowered, sources, args.map, out),
            Format::Plain => {}
        }
    }
    let mut refused = false;
    for (rule, lowered) in built.iter().filter(|(_, lowered)| lowered.query.is_none()) {
        if named.is_empty() {
            out.status(&format!("{} has no {} query: {}", rule.name, lowered.target.name(), reasons(&lowered.reasons, sources)));
        } else {
            report(&lowered.reasons, sources, out);
            refused = true;
        }
    }
    if !built.is_empty() {
        let colors = Paint(out.stderr_color());
        out.status(summary(&targets, &built, colors).trim_end());
    }
    let code = if code == CLEAN && (wrong || refused) { FINDINGS } else { code };
    // The process ends here: what thousands of rules became need not be taken apart.
    std::mem::forget((all, checked, workspace));
    code
}

/// A heading, the reasons, the query, where its lines came from.
fn plain(rule: &Rule, lowered: &Lowered, sources: &Sources, map: bool, out: &mut Out) {
    let Some(query) = &lowered.query else { return };
    let colors = Paint(out.stdout_color());
    let heading = format!("# {}, {}: ", rule.name, lowered.target.name());
    out.line(&format!("{}{}", colors.bold(&heading), painted(colors, lowered.fidelity)));
    for reason in lowered.reasons.iter().chain(&lowered.notes) {
        out.line(&format!("#   {}", told(reason, sources)));
    }
    out.print("\n");
    out.line(query.trim_end());
    out.print("\n");
    if map {
        source_map::told(&lowered.map, sources).iter().for_each(|line| out.line(&colors.dim(&format!("#   {line}"))));
        out.print("\n");
    }
}

fn reasons(reasons: &[Diagnostic], sources: &Sources) -> String {
    reasons.iter().map(|reason| told(reason, sources)).collect::<Vec<_>>().join("; ")
}

/// `E0401 the title (rules/x.spoor:3:9)`
fn told(reason: &Diagnostic, sources: &Sources) -> String {
    let Spot { path, place } = Spot::new(sources, reason.span());
    format!("{} {} ({path}:{}:{})", reason.code, reason.title, place.line, place.column)
}

pub fn painted(colors: Paint, fidelity: Fidelity) -> String {
    painter(fidelity)(colors, fidelity.name())
}

pub fn painter(fidelity: Fidelity) -> fn(Paint, &str) -> String {
    match fidelity {
        Fidelity::Exact => Paint::green,
        Fidelity::Widened | Fidelity::Narrowed => Paint::yellow,
        Fidelity::Refused => Paint::red,
    }
}

const FIDELITIES: [Fidelity; 4] = [Fidelity::Exact, Fidelity::Widened, Fidelity::Narrowed, Fidelity::Refused];

/// How many rules each target says how faithfully.
fn summary(targets: &[Target], built: &[(&Rule, &Lowered)], colors: Paint) -> String {
    let mut rows = vec![vec![Cell::painted("target", Paint::bold)]];
    rows[0].extend(FIDELITIES.iter().map(|fidelity| Cell::painted(fidelity.name(), Paint::bold).right()));
    for target in targets {
        let count = |fidelity| built.iter().filter(|(_, lowered)| lowered.target == *target && lowered.fidelity == fidelity).count();
        let mut row = vec![Cell::new(target.name())];
        row.extend(FIDELITIES.iter().map(|fidelity| match count(*fidelity) {
            0 => Cell::painted("0", Paint::dim).right(),
            count => Cell::painted(count.to_string(), painter(*fidelity)).right(),
        }));
        rows.push(row);
    }
    table(&rows, colors)
}

#[derive(Serialize)]
struct Row<'r> {
    rule: &'r str,
    path: &'r str,
    target: &'static str,
    fidelity: &'static str,
    reasons: Vec<Why<'r>>,
    query: Option<&'r str>,
    /// Where the lines of the query came from, if that was asked for; null where there is no query.
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<Option<Vec<source_map::Line<'r>>>>,
    /// What must stand where the query runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<Beside<'r>>,
}

#[derive(Serialize)]
struct Beside<'r> {
    name: &'r str,
    text: String,
}

#[derive(Serialize)]
struct Why<'r> {
    code: &'static str,
    message: &'r str,
    span: Spot<'r>,
}

fn json(rule: &Rule, lowered: &Lowered, sources: &Sources, map: bool) -> String {
    let why = |reason| -> Why {
        let reason: &Diagnostic = reason;
        Why { code: reason.code.id(), message: &reason.title, span: Spot::new(sources, reason.span()) }
    };
    let row = Row {
        rule: &rule.name,
        path: sources.name(rule.span.file),
        target: lowered.target.name(),
        fidelity: lowered.fidelity.name(),
        reasons: lowered.reasons.iter().map(why).collect(),
        query: lowered.query.as_deref(),
        map: map.then(|| lowered.query.as_ref().map(|_| source_map::entries(&lowered.map, sources))),
        files: lowered.files.iter().map(|file| Beside { name: &file.name, text: file.text() }).collect(),
    };
    // Texts and numbers only: it cannot fail.
    serde_json::to_string(&row).unwrap_or_default()
}

/// Writes each query to its file, and where its lines came from beside it. The file of a query that is refused now is taken away, and so is a
/// map that was not asked for: it would speak for a rule, or a query, that is no more.
fn write_all(folder: &Path, built: &[(&Rule, &Lowered)], map: Option<&Sources>, out: &mut Out) -> bool {
    // In a new folder nothing stands that an earlier run wrote.
    let is_new = std::fs::symlink_metadata(folder).is_err();
    let mut stems = Stems::default();
    // A list has the name of its rule; of rules that share one the last counts.
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut failed: Vec<(PathBuf, std::io::Error)> = Vec::new();
    for (rule, lowered) in built {
        let stem = format!("{}.{}", stems.of(&rule.name), lowered.target.name());
        let name = format!("{stem}.{}", lowered.target.extension());
        files.extend(lowered.files.iter().map(|file| (file.name.clone(), file.text())));
        let query = lowered.query.as_ref().map(|query| format!("{}\n", query.trim_end()));
        let map = map.filter(|_| query.is_some()).map(|sources| source_map::file(&lowered.map, sources));
        for (name, text) in [(name, query), (format!("{stem}.map.json"), map)] {
            let path = || folder.join(&name);
            if let Some(text) = text {
                files.insert(name, text);
            } else if !is_new && path().is_file() {
                let path = path();
                out.status(&format!("removed `{}`, which an earlier run wrote", path.display()));
                failed.extend(std::fs::remove_file(&path).err().map(|error| (path, error)));
            }
        }
    }
    let files: Vec<(String, String)> = files.into_iter().collect();
    let written = if is_new { write_folder(folder, &files) } else { write_among(folder, &files) };
    match written {
        Ok(more) => failed.extend(more),
        Err(error) => {
            out.error(&format!("cannot make the folder `{}`: {}", folder.display(), reason(&error)));
            return false;
        }
    }
    for (path, error) in &failed {
        out.error(&format!("cannot write `{}`: {}", path.display(), reason(error)));
    }
    failed.is_empty()
}

/// The same in a folder that is there, beside what stands in it.
fn write_among(folder: &Path, files: &[(String, String)]) -> std::io::Result<Vec<(PathBuf, std::io::Error)>> {
    std::fs::create_dir_all(folder)?;
    let results = in_parallel(files, |(name, text)| {
        let path = folder.join(name);
        write_new(&path, text).err().map(|error| (path, error))
    });
    Ok(results.into_iter().flatten().collect())
}

/// Leaves a file alone that has the text already.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) { Ok(()) } else { write(path, text.as_bytes()) }
}

/// Names of rules as names of files: any text may be a rule's name, and some file systems do not tell `A` from `a`.
#[derive(Default)]
struct Stems {
    known: HashMap<String, String>,
    taken: HashSet<String>,
}

impl Stems {
    fn of(&mut self, rule: &str) -> String {
        if let Some(stem) = self.known.get(rule) {
            return stem.clone();
        }
        let plain: String = rule.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).take(80).collect();
        let mut stem = plain.clone();
        let mut next = 2;
        while !self.taken.insert(stem.to_lowercase()) {
            stem = format!("{plain}-{next}");
            next += 1;
        }
        self.known.insert(rule.to_owned(), stem.clone());
        stem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_file_of_its_own() {
        let mut stems = Stems::default();
        let names: Vec<String> = ["a_b", "A_B", "a b", "../etc/passwd", "a_b", ""].iter().map(|name| stems.of(name)).collect();
        assert_eq!(names, ["a_b", "A_B-2", "a_b-3", "___etc_passwd", "a_b", ""]);
    }
}
