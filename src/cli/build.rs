//! `spoor build`: the queries of every rule, each with its fidelity.
//!
//! Queries go to stdout, or with `-o`, or the project's `output`, to one file each, in the form that `--format` names; findings, refusals, what a form
//! has no place for and the summary go to stderr. Exit 1: a rule has an error, or a target that was named refuses one; 2: a file could not be
//! read or written. Law: what has no query says why.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::forms::Format;
use super::out::{Out, Paint};
use super::output::{File, Output, Stems};
use super::table::{Cell, table};
use super::{CLEAN, FAILED, FINDINGS, checked, fails, load, packs, pages, project, report, rules, since, source_map};
use crate::backend::{Fidelity, Lowered, Macros, Options, Purpose, Summaries, Target, lower};
use crate::deploy::{Form, Ground, Made};
use crate::diag::deploy as said;
use crate::diag::json::Spot;
use crate::diag::{Diagnostic, Severity};
use crate::hir::Rule;
use crate::project::in_parallel;
use crate::source::{FileId, Sources};

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
    let (workspace, mut code) = load(&rules(&args.paths), out);
    options.lists = workspace.kept(&project().lists);
    let sources = &workspace.sources;
    let packs = &*workspace.packs(packs());
    let mut checked = checked(&workspace, packs);
    let chosen = match since::chosen(args.since.as_deref(), &workspace, out) {
        Ok(chosen) => chosen,
        Err(code) => return code,
    };
    chosen.retain(&mut checked.diagnostics);
    report(&checked.diagnostics, sources, out);
    let wrong = fails(&checked.diagnostics, sources, out);

    let ground = form.map(|form| Ground { form, packs, options: &options, settings: &project().deploy });
    let mut stems = Stems::default();
    // A rule has the same name of a file whichever others are built.
    let all_named: Vec<(&Rule, String)> = checked.rules.iter().map(|rule| (rule, stem(&mut stems, rule, form))).collect();
    let owner = owners(&all_named);
    let named_rules: Vec<&(&Rule, String)> = all_named.iter().filter(|(rule, _)| chosen.has(rule.span.file)).collect();
    // The plan is `explain`'s: thousands of them are not kept.
    let query = |rule: &Rule, stem: &str, target: &Target| match &ground {
        Some(ground) if owner[stem] != rule.name => (ground.twin(rule, *target, owner[stem]), None),
        Some(ground) => ground.deploy(rule, *target, &stem_of(stem, *target, ground.form)),
        None => (Lowered { plan: None, ..lower(rule, *target, packs, &options) }, None),
    };
    let all = in_parallel(&named_rules, |(rule, stem)| targets.iter().map(|target| query(rule, stem, target)).collect::<Vec<_>>());
    let made: Vec<(&Rule, &str, &Lowered, Option<&Made>)> = named_rules
        .iter()
        .zip(&all)
        .flat_map(|((rule, stem), all)| all.iter().map(move |(lowered, made)| (*rule, stem.as_str(), lowered, made.as_ref())))
        .collect();
    let built: Vec<(&Rule, &Lowered)> = made.iter().map(|(rule, _, lowered, _)| (*rule, *lowered)).collect();
    let files = match &ground {
        Some(ground) => deployed(ground, &made, sources),
        None => {
            made.iter().flat_map(|(rule, stem, lowered, _)| plainly(rule, stem, lowered, args.map.then_some(sources), sources)).collect()
        }
    };
    if let Some(folder) = &folder {
        let forms = match form {
            Some(form) => BTreeSet::from([form.name().to_owned()]),
            None => targets.iter().map(|target| plain_form(*target)).collect(),
        };
        let gone = if form.is_none() { not_made(&made, args.map) } else { HashSet::new() };
        // Of a file with an error nobody knows what it would make.
        let broken: HashSet<_> = errors(&checked.diagnostics).collect();
        let read =
            workspace.documents.iter().filter(|document| document.asked && chosen.has(document.file) && !broken.contains(&document.file));
        let read = read.map(|document| PathBuf::from(sources.name(document.file))).collect();
        if !(Output { folder, files, forms, read, gone, prune: args.prune }).write(out) {
            code = FAILED;
        }
    } else if form.is_some() {
        print(&files, out);
    }
    for (rule, lowered) in &built {
        match args.format {
            Format::Json => out.line(&json(rule, lowered, sources, args.map)),
            Format::Plain if folder.is_none() => plain(rule, lowered, sources, args.map, out),
            Format::Plain
            | Format::SavedSearches
            | Format::Contentctl
            | Format::Sentinel
            | Format::SentinelArm
            | Format::CustomDetection
            | Format::Markdown
            | Format::Html => {}
        }
    }
    if let Some(form) = form {
        let unused = project().deploy.stated(form.no_place_for());
        if !unused.is_empty() {
            out.status(&said::left_settings(form.name(), &unused));
        }
        tell_left(form, &made, out);
        tell_alike(form, &made, out);
        if form == Form::CustomDetection {
            tell_departures(&made, sources, out);
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
    drop((named_rules, owner));
    drop(all_named);
    // The process ends here: what thousands of rules became need not be taken apart.
    std::mem::forget((all, checked, workspace));
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

/// Two targets of one rule are two files.
fn stem_of(stem: &str, target: Target, form: Form) -> String {
    match (form, target) {
        (Form::Contentctl, Target::SplunkRaw) => format!("{stem}_raw"),
        (Form::SavedSearches | Form::Contentctl | Form::Sentinel | Form::SentinelArm | Form::CustomDetection, _) => stem.to_owned(),
    }
}

/// The files of a form, those of each rule and those of all.
fn deployed(ground: &Ground, made: &[(&Rule, &str, &Lowered, Option<&Made>)], sources: &Sources) -> Vec<File> {
    let form = ground.form.name();
    let file = |(name, text): (String, String), rules: Vec<PathBuf>| File { name, text, form: form.to_owned(), rules };
    let of_rule = |rule: &Rule| PathBuf::from(sources.name(rule.span.file));
    let each = made.iter().filter_map(|(rule, _, _, made)| made.map(|made| (*rule, made)));
    let mut files: Vec<File> =
        each.clone().flat_map(|(rule, made)| made.files.iter().map(move |pair| file(pair.clone(), vec![of_rule(rule)]))).collect();
    let all: Vec<&Made> = each.clone().map(|(_, made)| made).collect();
    let rules: BTreeSet<PathBuf> = each.map(|(rule, _)| of_rule(rule)).collect();
    let rules: Vec<PathBuf> = rules.into_iter().collect();
    files.extend(ground.gather(&all).into_iter().map(|pair| file(pair, rules.clone())));
    files
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
fn tell_left(form: Form, made: &[(&Rule, &str, &Lowered, Option<&Made>)], out: &mut Out) {
    let mut left: Vec<(String, Vec<&str>)> = Vec::new();
    for (rule, _, _, made) in made {
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
fn tell_alike(form: Form, made: &[(&Rule, &str, &Lowered, Option<&Made>)], out: &mut Out) {
    let mut ids: HashMap<&str, (&str, Target)> = HashMap::new();
    let mut names: HashMap<&str, &str> = HashMap::new();
    for (rule, _, lowered, made) in made {
        let Some(made) = made else { continue };
        let name = rule.name.as_str();
        let other = made.id.as_deref().and_then(|id| Some((id, ids.insert(id, (name, lowered.target))?)));
        match other {
            Some((id, (other, target))) if target == lowered.target => out.warning(&said::one_id(other, name, id)),
            // Of a content repository every file has an id of its own.
            Some((id, (_, target))) if form == Form::Contentctl => {
                out.warning(&said::one_id_of_two(name, [target.name(), lowered.target.name()], id));
            }
            Some(_) | None => {}
        }
        if let Some((shared, other)) = made.name.as_deref().and_then(|shared| Some((shared, names.insert(shared, name)?))) {
            out.warning(&said::one_name(other, name, shared));
        }
    }
}

/// How queries differ from their rules, where the form itself has no place to say it.
fn tell_departures(made: &[(&Rule, &str, &Lowered, Option<&Made>)], sources: &Sources, out: &mut Out) {
    for (rule, _, lowered, _) in made.iter().filter(|(_, _, lowered, made)| made.is_some() && lowered.fidelity != Fidelity::Exact) {
        out.status(&format!(
            "{} is {} in {}: {}",
            rule.name,
            lowered.fidelity.name(),
            lowered.target.name(),
            reasons(&lowered.reasons, sources)
        ));
    }
}

fn plain_form(target: Target) -> String {
    format!("plain/{}", target.name())
}

/// A query, and its file's name without the ending.
fn plain_stem(stem: &str, lowered: &Lowered) -> String {
    format!("{stem}.{}", lowered.target.name())
}

/// The query in its file, where its lines came from beside it, and the lists that it asks for.
fn plainly(rule: &Rule, stem: &str, lowered: &Lowered, map: Option<&Sources>, sources: &Sources) -> Vec<File> {
    let Some(query) = &lowered.query else { return Vec::new() };
    let stem = plain_stem(stem, lowered);
    let file = |name: String, text: String| {
        let rules = vec![PathBuf::from(sources.name(rule.span.file))];
        File { name, text, form: plain_form(lowered.target), rules }
    };
    let lists = lowered.files.iter().map(|list| file(list.name.clone(), list.text()));
    let query = file(format!("{stem}.{}", lowered.target.extension()), format!("{}\n", query.trim_end()));
    let map = map.map(|sources| file(format!("{stem}.map.json"), source_map::file(&lowered.map, sources)));
    lists.chain([query]).chain(map).collect()
}

/// The names of files that would speak for a query that is refused now, or for one that no map was asked of.
fn not_made(made: &[(&Rule, &str, &Lowered, Option<&Made>)], map: bool) -> HashSet<String> {
    let names = |(_, stem, lowered, _): &(&Rule, &str, &Lowered, Option<&Made>)| {
        let stem = plain_stem(stem, lowered);
        let query = lowered.query.is_none().then(|| format!("{stem}.{}", lowered.target.extension()));
        let map = (!map || lowered.query.is_none()).then(|| format!("{stem}.map.json"));
        query.into_iter().chain(map)
    };
    made.iter().flat_map(names).collect()
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
pub fn summary(targets: &[Target], built: &[(&Rule, &Lowered)], colors: Paint) -> String {
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
