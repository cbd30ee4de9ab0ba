//! `spoor build`: the queries of every rule, each with its fidelity.
//!
//! Queries go to stdout, or with `-o`, or the project's `output`, to one file each, in the form that `--format` names; findings, refusals, what a form
//! has no place for and the summary go to stderr. Exit 1: a rule has an error, or a target that was named refuses one; 2: a file could not be
//! read or written. Law: what has no query says why.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::built::{Built, Making, plain_form, told};
use super::forms::Format;
use super::out::{Out, Paint};
use super::output::{self, File, Laid, Output, Stems};
use super::table::{Cell, table};
use super::{CLEAN, FAILED, FINDINGS, checked, fails, load, packs, pages, project, report, rules, since};
use crate::backend::{Fidelity, Macros, Options, Purpose, Summaries, Target};
use crate::deploy::{Form, Ground, Made};
use crate::diag::deploy as said;
use crate::diag::{Diagnostic, Severity};
use crate::hir::Rule;
use crate::project::in_parallel;
use crate::source::{FileId, Sources};

/// So many rules are made at once: what they print is no more than that.
const TOGETHER: usize = 512;

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor build examples                          every query of every rule
  spoor build --target splunk rules/x.spoor     fails if Splunk cannot say it
  spoor build -o out rules/                     out/<rule>.<target>.spl or .kql
  spoor build --for custom-detection rules/     what Defender and Sentinel run on a schedule
  spoor build -o out --map rules/               beside each query, where each of its lines came from
  spoor build --format savedsearches -o out     an app of Splunk; sentinel, contentctl: `deploy` in spoor.yaml
  spoor build -o out --prune                    also removes what earlier runs wrote and no rule makes any more
  spoor build -o out --since origin/main        what a branch changed; the other files stay
  spoor build --format html -o pages            the project's briefs, or all rules, as pages to read
  spoor build --format markdown --technique T1059.006
  spoor build --format json rules/ | jq -r 'select(.fidelity != \"exact\") | .rule'")]
pub struct Build {
    /// Rule files, or folders of them; `-` is standard input [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// Only this target, which then must not refuse; repeatable [default: the project's targets, else all]
    #[arg(short, long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name())))]
    pub targets: Vec<String>,
    /// Write one file a rule and target into this folder; `-`: to the terminal [default: the project's `output`, else `-`]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Only the rules that changed here since the work left this revision of git, and those that have to do with it; all where a pack or the manifest changed
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// Say of each line of a query which places of the rule it came from: below the query, as `map` in JSON, with -o in a file `.map.json`
    #[arg(long)]
    map: bool,
    /// The form of the result
    #[arg(long, value_enum, default_value = "plain")]
    format: Format,
    /// Remove the files in the folder that Spoor wrote and that no rule makes any more
    #[arg(long)]
    pub prune: bool,
    /// Whether searches over data models read summarised events alone [default: the project's, else `false`, or `macro` with macros]
    #[arg(long, value_name = "WHICH", value_parser = PossibleValuesParser::new(Summaries::ALL.map(Summaries::name)))]
    summaries: Option<String>,
    /// The macros that searches rest on [default: the project's, else `none`]
    #[arg(long, value_name = "WHOSE", value_parser = PossibleValuesParser::new(Macros::ALL.map(Macros::name)))]
    macros: Option<String>,
    /// Leave out alternatives of an `or` that need a field which a target lacks, where others remain; such a query is narrowed, and says so
    #[arg(long)]
    narrow: bool,
    /// Of a page: this brief and its rules; repeatable [default: the project's briefs where no PATH is named, else one page of all rules]
    #[arg(long = "brief", value_name = "FILE", conflicts_with = "technique")]
    pub briefs: Vec<PathBuf>,
    /// Of a page: a template of your own in the place of the built-in one (docs/pages.md)
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Of a page: how this technique of ATT&CK is detected, by the rules that name it
    #[arg(long, value_name = "ID")]
    pub technique: Option<String>,
    /// What runs the queries: a person, or a rule of the product on a schedule or in near real time; of the targets that have such rules
    #[arg(long = "for", value_name = "PURPOSE", default_value = Purpose::Hunting.name(), value_parser = PossibleValuesParser::new(Purpose::ALL.map(Purpose::name)))]
    purpose: String,
}

impl Build {
    /// Where files go: `-o`, of which `-` is none, else where the project says. What is asked for as JSON goes to a program that reads it.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.output {
            Some(folder) => Some(folder.clone()).filter(|folder| folder.as_os_str() != "-"),
            None => project().output.clone().filter(|_| self.format != Format::Json),
        }
    }

    /// The project's options under those of the command line.
    pub fn options(&self, project: &Options) -> Options {
        Options {
            summaries: self.summaries.as_deref().and_then(Summaries::from_name).or(project.summaries),
            macros: self.macros.as_deref().and_then(Macros::from_name).unwrap_or(project.macros),
            purpose: Purpose::from_name(&self.purpose).unwrap_or_default(),
            narrow: self.narrow || project.narrow,
            ..project.clone()
        }
    }
}

pub fn run(args: &Build, out: &mut Out) -> u8 {
    match args.format.page() {
        Some(_) if args.map => {
            out.error("`--map` is for queries: a page has none");
            return FAILED;
        }
        Some(_) if args.since.is_some() => {
            out.error("`--since` is for queries: a page is of all its rules");
            return FAILED;
        }
        Some(format) => return pages::run(args, format, out),
        None if !args.briefs.is_empty() || args.template.is_some() || args.technique.is_some() => {
            out.error("`--brief`, `--template` and `--technique` are for pages: `--format markdown` or `html`");
            return FAILED;
        }
        None => {}
    }
    let named: Vec<Target> = args.targets.iter().filter_map(|name| Target::from_name(name)).collect();
    let mut options = args.options(&project().options);
    let form = args.format.deployed();
    if let Some(form) = form
        && let Some(wrong) = misfit(form, &named, options.purpose)
    {
        out.error(&wrong);
        return FAILED;
    }
    let folder = args.folder();
    if args.prune && folder.is_none() {
        out.error(said::PRUNE_NOTHING);
        return FAILED;
    }
    let targets = targets(&args.targets, form, &options);
    options = form.map_or(options.clone(), |form| form.options(options));
    let (mut workspace, mut code) = load(&rules(&args.paths), out);
    options.lists = workspace.kept(&project().lists);
    let packs = &*workspace.packs(packs());
    let mut checked = checked(&workspace, packs);
    let chosen = match since::chosen(args.since.as_deref(), &workspace, out) {
        Ok(chosen) => chosen,
        Err(code) => return code,
    };
    workspace.drop_trees();
    let sources = &workspace.sources;
    chosen.retain(&mut checked.diagnostics);
    report(&checked.diagnostics, sources, out);
    let wrong = fails(&checked.diagnostics, sources, out);

    let ground = form.map(|form| Ground { form, packs, options: &options, settings: &project().deploy });
    let mut stems = Stems::default();
    // A rule has the same name of a file whichever others are built.
    let all_named: Vec<(&Rule, String)> = checked.rules.iter().map(|rule| (rule, stem(&mut stems, rule, form))).collect();
    let owner = owners(&all_named);
    let named_rules: Vec<&(&Rule, String)> = all_named.iter().filter(|(rule, _)| chosen.has(rule.span.file)).collect();
    let output = folder.as_deref().map(|folder| Output::begin(folder, out));
    let making = Making {
        targets: &targets,
        packs,
        options: &options,
        ground: ground.as_ref(),
        owner: &owner,
        sources,
        format: args.format,
        map: args.map,
        paint: Paint(out.stdout_color()),
        output: output.as_ref(),
    };
    let mut built: Vec<Built> = Vec::new();
    for some in named_rules.chunks(TOGETHER) {
        for mut one in in_parallel(some, |(rule, stem)| making.each(rule, stem)).into_iter().flatten() {
            if output.is_none() {
                out.print(&std::mem::take(&mut one.printed));
            }
            built.push(one);
        }
    }
    let gathered = ground.as_ref().map(|ground| gathered(ground, &built, sources)).unwrap_or_default();
    if let Some(output) = output {
        let mut files: Vec<Laid> = built.iter_mut().flat_map(|one| std::mem::take(&mut one.laid)).collect();
        files.extend(gathered.into_iter().map(|file| output.lay(file)));
        let forms = match form {
            Some(form) => BTreeSet::from([form.name().to_owned()]),
            None => targets.iter().map(|target| plain_form(*target)).collect(),
        };
        let gone = built.iter_mut().flat_map(|one| std::mem::take(&mut one.gone)).collect();
        // Of a file with an error nobody knows what it would make.
        let broken: HashSet<_> = errors(&checked.diagnostics).collect();
        let read =
            workspace.documents.iter().filter(|document| document.asked && chosen.has(document.file) && !broken.contains(&document.file));
        let read = read.map(|document| PathBuf::from(sources.name(document.file))).collect();
        if !output.settle(output::Made { files, forms, read, gone, prune: args.prune }, out) {
            code = FAILED;
        }
        built.iter().for_each(|one| out.print(&one.printed));
    } else {
        let files: Vec<File> = built.iter_mut().flat_map(|one| std::mem::take(&mut one.files)).chain(gathered).collect();
        print(&files, out);
    }
    if let Some(form) = form {
        let unused = project().deploy.stated(form.no_place_for());
        if !unused.is_empty() {
            out.status(&said::left_settings(form.name(), &unused));
        }
        tell_left(form, &built, out);
        tell_alike(form, &built, out);
        if form == Form::CustomDetection {
            tell_departures(&built, sources, out);
        }
    }
    let mut refused = false;
    for one in built.iter().filter(|one| one.fidelity == Fidelity::Refused) {
        if named.is_empty() {
            out.status(&format!("{} has no {} query: {}", one.rule.name, one.target.name(), reasons(&one.reasons, sources)));
        } else {
            report(&one.reasons, sources, out);
            refused = true;
        }
    }
    if !built.is_empty() {
        let colors = Paint(out.stderr_color());
        let fidelities: Vec<_> = built.iter().map(|one| (one.target, one.fidelity)).collect();
        out.status(summary(&targets, &fidelities, colors).trim_end());
    }
    let code = if code == CLEAN && (wrong || refused) { FINDINGS } else { code };
    // The process ends here: what thousands of rules became need not be taken apart.
    std::mem::forget((built, all_named));
    std::mem::forget((checked, workspace));
    code
}

/// The files that have errors.
fn errors(findings: &[Diagnostic]) -> impl Iterator<Item = FileId> {
    findings.iter().filter(|finding| finding.severity() == Severity::Error).map(|finding| finding.span().file)
}

/// Why the arguments do not go together.
fn misfit(form: Form, named: &[Target], purpose: Purpose) -> Option<String> {
    let known: Vec<&str> = form.targets().iter().map(|target| target.name()).collect();
    if let Some(other) = named.iter().find(|target| !form.targets().contains(target)) {
        return Some(said::other_target(form.name(), other.name(), &known));
    }
    let fits = purpose == Purpose::Hunting || form.targets().iter().any(|target| purpose.is_of(*target));
    (!fits).then(|| said::other_purpose(form.name(), purpose.name()))
}

/// Those that were named, else the project's, else all; of those the ones that have what is asked for.
pub fn targets(named: &[String], form: Option<Form>, options: &Options) -> Vec<Target> {
    let wanted = super::targets(named);
    match form {
        Some(form) => {
            let is_chosen = !named.is_empty() || !project().targets.is_empty();
            let of_form: Vec<Target> = form.targets().iter().copied().filter(|target| is_chosen && wanted.contains(target)).collect();
            if of_form.is_empty() { form.targets()[..1].to_vec() } else { of_form }
        }
        // A target that was named must answer for itself; of the others those that have such rules are meant.
        None => wanted.into_iter().filter(|target| !named.is_empty() || options.purpose.is_of(*target)).collect(),
    }
}

/// Where the form says how it follows from the name, it is that, whatever other rules there are.
fn stem(stems: &mut Stems, rule: &Rule, form: Option<Form>) -> String {
    form.and_then(|form| form.stem(&rule.name)).unwrap_or_else(|| stems.of(&rule.name))
}

/// The first rule of each stem.
fn owners<'r>(rules: &'r [(&Rule, String)]) -> HashMap<&'r str, &'r str> {
    let mut owners = HashMap::new();
    for (rule, stem) in rules {
        owners.entry(stem.as_str()).or_insert(rule.name.as_str());
    }
    owners
}

/// The files that a form has for all rules together.
fn gathered(ground: &Ground, built: &[Built], sources: &Sources) -> Vec<File> {
    let made = built.iter().filter_map(|one| Some((one.rule, one.made.as_ref()?)));
    let (rules, all): (BTreeSet<PathBuf>, Vec<&Made>) =
        made.map(|(rule, made)| (PathBuf::from(sources.name(rule.span.file)), made)).unzip();
    let rules: Vec<PathBuf> = rules.into_iter().collect();
    let file = |(name, text)| File { name, text, form: ground.form.name().to_owned(), rules: rules.clone() };
    ground.gather(&all).into_iter().map(file).collect()
}

/// One file as it is, so that it can be handed on; several one after the other, under their names.
fn print(files: &[File], out: &mut Out) {
    let colors = Paint(out.stdout_color());
    for file in files {
        if files.len() > 1 {
            out.line(&colors.bold(&format!("# {}", file.name)));
        }
        out.print(&file.text);
        if files.len() > 1 {
            out.print("\n");
        }
    }
}

/// What rules state and the form has no place for, each once with its rules.
fn tell_left(form: Form, built: &[Built], out: &mut Out) {
    let mut left: Vec<(String, Vec<&str>)> = Vec::new();
    for Built { rule, made, .. } in built {
        for what in made.iter().flat_map(|made| &made.left) {
            match left.iter_mut().find(|(known, _)| known == what) {
                Some((_, rules)) if rules.contains(&rule.name.as_str()) => {}
                Some((_, rules)) => rules.push(&rule.name),
                None => left.push((what.clone(), vec![&rule.name])),
            }
        }
    }
    if !left.is_empty() {
        out.status(&said::left(form.name(), &left));
    }
}

/// Rules that a product would take for one, or of which it takes one.
fn tell_alike(form: Form, built: &[Built], out: &mut Out) {
    let mut ids: HashMap<&str, (&str, Target)> = HashMap::new();
    let mut names: HashMap<&str, &str> = HashMap::new();
    for Built { rule, target, made, .. } in built {
        let Some(made) = made else { continue };
        let name = rule.name.as_str();
        let other = made.id.as_deref().and_then(|id| Some((id, ids.insert(id, (name, *target))?)));
        match other {
            Some((id, (other, of))) if of == *target => out.warning(&said::one_id(other, name, id)),
            // Of a content repository every file has an id of its own.
            Some((id, (_, of))) if form == Form::Contentctl => {
                out.warning(&said::one_id_of_two(name, [of.name(), target.name()], id));
            }
            Some(_) | None => {}
        }
        if let Some((shared, other)) = made.name.as_deref().and_then(|shared| Some((shared, names.insert(shared, name)?))) {
            out.warning(&said::one_name(other, name, shared));
        }
    }
}

/// How queries differ from their rules, where the form itself has no place to say it.
fn tell_departures(built: &[Built], sources: &Sources, out: &mut Out) {
    for one in built.iter().filter(|one| one.made.is_some() && one.fidelity != Fidelity::Exact) {
        out.status(&format!("{} is {} in {}: {}", one.rule.name, one.fidelity.name(), one.target.name(), reasons(&one.reasons, sources)));
    }
}

fn reasons(reasons: &[Diagnostic], sources: &Sources) -> String {
    reasons.iter().map(|reason| told(reason, sources)).collect::<Vec<_>>().join("; ")
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
pub fn summary(targets: &[Target], built: &[(Target, Fidelity)], colors: Paint) -> String {
    let mut rows = vec![vec![Cell::painted("target", Paint::bold)]];
    rows[0].extend(FIDELITIES.iter().map(|fidelity| Cell::painted(fidelity.name(), Paint::bold).right()));
    for target in targets {
        let count = |fidelity| built.iter().filter(|one| **one == (*target, fidelity)).count();
        let mut row = vec![Cell::new(target.name())];
        row.extend(FIDELITIES.iter().map(|fidelity| match count(*fidelity) {
            0 => Cell::painted("0", Paint::dim).right(),
            count => Cell::painted(count.to_string(), painter(*fidelity)).right(),
        }));
        rows.push(row);
    }
    table(&rows, colors)
}
