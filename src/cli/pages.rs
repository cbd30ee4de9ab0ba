//! `spoor build --format markdown|html`: rules, or the briefs of a project, as pages to read.
//!
//! Without a brief one page holds all rules; with briefs each has a page with the rules that it names; `--technique` is the page of a technique of
//! ATT&CK. Exit codes are those of `build`; a mistake in a brief or a template is a finding. Law: a page holds every rule it is asked for, or is
//! not written.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::build::{Build, summary, targets};
use super::out::{Out, Paint};
use super::output::{File, Made, Output, Stems};
use super::{CLEAN, FAILED, FINDINGS, checked, fails, load, packs, project, report, rules};
use crate::backend::{Lowered, Target, lower};
use crate::check::Checked;
use crate::diag::briefs as said;
use crate::diag::deploy::PRUNE_NOTHING;
use crate::hir::Rule;
use crate::page::template::{About, Format, render};
use crate::page::{self, Asked, Brief, Ground, Page, Templates};
use crate::project::{Workspace, in_parallel, open_text};
use crate::schema::attack::Standing;
use crate::schema::{Packs, nearest};

/// A page that is to be made.
struct Job {
    /// Of the file.
    stem: String,
    /// Places among the checked rules.
    rules: Vec<usize>,
    what: What,
}

impl Job {
    /// What the folder knows it by: what a page was made of.
    fn file(&self, text: String, format: Format) -> File {
        let (made, rules) = match &self.what {
            What::Brief(_, path) => ("brief", vec![path.clone()]),
            What::Rules => ("rules", Vec::new()),
            What::Technique(id) => (id.as_str(), Vec::new()),
        };
        let extension = format.extension();
        File { name: format!("{}.{extension}", self.stem), text, form: format!("{extension}/{made}"), rules }
    }
}

enum What {
    /// And its file.
    Brief(Box<Brief>, PathBuf),
    Rules,
    Technique(String),
}

impl What {
    fn about(&self) -> About {
        match self {
            What::Brief(..) | What::Rules => About::Hunts,
            What::Technique(_) => About::Technique,
        }
    }
}

/// What was read goes wrong in two ways: a file that is not there, and a mistake in one.
#[derive(Default)]
struct Faults {
    failed: bool,
    wrong: bool,
}

pub fn run(args: &Build, format: Format, out: &mut Out) -> u8 {
    let named: Vec<Target> = args.targets.iter().filter_map(|name| Target::from_name(name)).collect();
    let mut options = args.options(&project().options);
    let folder = args.folder();
    if args.prune && folder.is_none() {
        out.error(PRUNE_NOTHING);
        return FAILED;
    }
    let targets = targets(&args.targets, None, &options);
    let (mut workspace, mut code) = load(&rules(&args.paths), out);
    options.lists = workspace.kept(&project().lists);
    let packs = &*workspace.packs(packs());
    let checked = checked(&workspace, packs);
    report(&checked.diagnostics, &workspace.sources, out);
    let mut faults = Faults { failed: false, wrong: fails(&checked.diagnostics, &workspace.sources, out) };

    let jobs = match &args.technique {
        Some(id) => match technique(id, &checked, packs) {
            Ok(job) => vec![job],
            Err(why) => {
                out.error(&why);
                return FAILED;
            }
        },
        None => jobs(args, &mut workspace, &checked, packs, &mut faults, out),
    };
    let templates = templates(args, format, &jobs, &mut workspace, &mut faults, out);
    if faults.failed {
        return FAILED;
    }
    let mut asked: Vec<usize> = jobs.iter().flat_map(|job| job.rules.iter().copied()).collect();
    asked.sort_unstable();
    asked.dedup();
    let query = |rule: &Rule, target: &Target| Lowered { plan: None, ..lower(rule, *target, packs, &options) };
    let lowered = in_parallel(&asked, |at| targets.iter().map(|target| query(&checked.rules[*at], target)).collect::<Vec<_>>());
    let lowered: BTreeMap<usize, Vec<Lowered>> = asked.into_iter().zip(lowered).collect();

    let pages: Vec<Page> = {
        let ground = Ground { packs, sources: &workspace.sources, targets: &targets };
        jobs.iter().map(|job| page_of(job, &checked, &lowered, &ground)).collect()
    };
    let mut files = Vec::new();
    for (job, page) in jobs.iter().zip(&pages) {
        match render(page, job.what.about().template(format), format, &templates, &mut workspace.sources) {
            Ok(text) => files.push(job.file(text, format)),
            Err(finding) => {
                // The next page would have the same mistake.
                report(&[finding], &workspace.sources, out);
                return FINDINGS;
            }
        }
    }
    match folder {
        Some(folder) => {
            if !write_all(&folder, files, args.prune, out) {
                code = FAILED;
            }
        }
        None if format == Format::Html && files.len() > 1 => {
            out.error("several pages of HTML are several files: name a folder with `-o`");
            return FAILED;
        }
        None => {
            for (index, file) in files.iter().enumerate() {
                out.print(if index > 0 { "\n" } else { "" });
                out.print(&file.text);
            }
        }
    }
    let built: Vec<(&Rule, &Lowered)> =
        lowered.iter().flat_map(|(at, lowered)| lowered.iter().map(|lowered| (&checked.rules[*at], lowered))).collect();
    if !named.is_empty() {
        for (_, lowered) in built.iter().filter(|(_, lowered)| lowered.query.is_none()) {
            report(&lowered.reasons, &workspace.sources, out);
            faults.wrong = true;
        }
    }
    if !built.is_empty() {
        let fidelities: Vec<_> = built.iter().map(|(_, lowered)| (lowered.target, lowered.fidelity)).collect();
        out.status(summary(&targets, &fidelities, Paint(out.stderr_color())).trim_end());
    }
    if code == CLEAN && faults.wrong { FINDINGS } else { code }
}

fn page_of(job: &Job, checked: &Checked, lowered: &BTreeMap<usize, Vec<Lowered>>, ground: &Ground<'_>) -> Page {
    let asked = |at: &usize| Some(Asked { rule: &checked.rules[*at], lowered: lowered.get(at)? });
    let asked: Vec<Asked<'_>> = job.rules.iter().filter_map(asked).collect();
    match &job.what {
        What::Brief(brief, _) => page::of_brief(brief, &asked, ground),
        What::Rules => page::of_rules(&asked, ground),
        What::Technique(id) => page::of_technique(id, &asked, ground),
    }
}

/// The briefs that are named, else, where no rules are, those of the project, else one page of all rules.
fn jobs(args: &Build, workspace: &mut Workspace, checked: &Checked, packs: &Packs, faults: &mut Faults, out: &mut Out) -> Vec<Job> {
    let paths = if args.briefs.is_empty() && args.paths.is_empty() { &project().briefs } else { &args.briefs };
    if paths.is_empty() {
        return vec![Job { stem: "hunts".to_owned(), rules: (0..checked.rules.len()).collect(), what: What::Rules }];
    }
    let mut jobs = Vec::new();
    let mut stems = Stems::default();
    for path in paths {
        let file = match open_text(path, &mut workspace.sources) {
            Ok(file) => file,
            Err(finding) => {
                report(&[finding], &workspace.sources, out);
                faults.failed = true;
                continue;
            }
        };
        let found = page::brief::read(file, workspace.sources.text(file), packs);
        let found = found.and_then(|brief| placed(&brief, checked, workspace).map(|rules| (brief, rules)));
        match found {
            Ok((brief, rules)) => jobs.push(Job { stem: stem(path, &mut stems), rules, what: What::Brief(Box::new(brief), path.clone()) }),
            Err(findings) => {
                report(&findings, &workspace.sources, out);
                faults.wrong = true;
            }
        }
    }
    let used: HashSet<usize> = jobs.iter().flat_map(|job| job.rules.iter().copied()).collect();
    let rest: Vec<&str> =
        checked.rules.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, rule)| rule.name.as_str()).collect();
    // Who names a brief asks for nothing else.
    if !rest.is_empty() && args.briefs.is_empty() {
        out.status(&said::in_no_brief(&rest));
    }
    jobs
}

/// Where the rules of a brief are.
fn placed(brief: &Brief, checked: &Checked, workspace: &Workspace) -> Result<Vec<usize>, Vec<crate::diag::Diagnostic>> {
    let (mut rules, mut missing) = (Vec::new(), Vec::new());
    for (name, at) in &brief.rules {
        let is_it = |rule: &Rule| rule.name == *name || rule.meta.id.as_ref() == Some(name);
        match checked.rules.iter().position(is_it) {
            Some(found) if rules.contains(&found) => {}
            Some(found) => rules.push(found),
            None => {
                let is_wrong = workspace.rules().iter().any(|(known, _)| known == name);
                let known = checked.rules.iter().flat_map(|rule| std::iter::once(rule.name.as_str()).chain(rule.meta.id.as_deref()));
                missing.push(said::no_such_rule(*at, name, nearest(name, known), is_wrong));
            }
        }
    }
    if missing.is_empty() { Ok(rules) } else { Err(missing) }
}

/// The file's name without its ending; two of one name in different folders are two pages.
fn stem(path: &Path, stems: &mut Stems) -> String {
    let plain = path.file_stem().map_or_else(|| "brief".to_owned(), |stem| stem.to_string_lossy().into_owned());
    stems.with(&path.to_string_lossy(), plain)
}

fn technique(id: &str, checked: &Checked, packs: &Packs) -> Result<Job, String> {
    let id = id.to_ascii_uppercase();
    let found = packs.attack.techniques.get(&id);
    match found {
        Some(technique) if technique.standing == Standing::Current => {}
        other => {
            let now = other.map(|technique| packs.attack.current(&technique)).unwrap_or_default();
            let now: Vec<String> = now.iter().map(|now| now.id.to_string()).collect();
            return Err(said::no_such_technique(&id, &packs.attack.version, &now));
        }
    }
    let names = |rule: &Rule| page::names(rule, &id, &packs.attack);
    let rules = checked.rules.iter().enumerate().filter(|(_, rule)| names(rule)).map(|(at, _)| at).collect();
    Ok(Job { stem: id.clone(), rules, what: What::Technique(id) })
}

/// The project's, under that of the command line.
fn templates(args: &Build, format: Format, jobs: &[Job], workspace: &mut Workspace, faults: &mut Faults, out: &mut Out) -> Templates {
    let mut paths: Vec<(&'static str, &PathBuf)> = project().templates.iter().map(|(name, path)| (*name, path)).collect();
    if let (Some(path), Some(job)) = (&args.template, jobs.first()) {
        let name = job.what.about().template(format);
        paths.retain(|(known, _)| *known != name);
        paths.push((name, path));
    }
    let mut templates = Templates::new();
    for (name, path) in paths {
        match open_text(path, &mut workspace.sources) {
            Ok(file) => templates.push((name, file)),
            Err(finding) => {
                report(&[finding], &workspace.sources, out);
                faults.failed = true;
            }
        }
    }
    templates
}

fn write_all(folder: &Path, files: Vec<File>, prune: bool, out: &mut Out) -> bool {
    let forms = files.iter().map(|file| file.form.clone()).collect();
    let read = files.iter().flat_map(|file| file.rules.clone()).collect();
    let output = Output::begin(folder, out);
    let files = files.into_iter().map(|file| output.lay(file)).collect();
    output.settle(Made { files, forms, read, gone: HashSet::new(), prune }, out)
}
