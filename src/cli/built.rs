//! One rule for one target, as `spoor build` gives it.
//!
//! In: a rule, the name of its files. Out: [`Built`]: what is printed, its files, and what is told of it at the end. Law: of thousands of queries nothing else
//! is kept, neither plan nor text where it is laid down.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Serialize;

use super::forms::Format;
use super::out::Paint;
use super::output::{File, Laid, Output};
use super::{build, source_map};
use crate::backend::{Fidelity, Lowered, Options, Target, lower};
use crate::deploy::{Form, Ground, Made};
use crate::diag::Diagnostic;
use crate::diag::json::Spot;
use crate::hir::Rule;
use crate::schema::Packs;
use crate::source::Sources;

pub struct Built<'r> {
    pub rule: &'r Rule,
    pub target: Target,
    pub fidelity: Fidelity,
    /// Why there is no query; of a form that has no place for them, how the query departs.
    pub reasons: Vec<Diagnostic>,
    /// Its form, without the files.
    pub made: Option<Made>,
    /// For stdout.
    pub printed: String,
    /// Of a form that no folder is named for.
    pub files: Vec<File>,
    pub laid: Vec<Laid>,
    /// Files that an earlier run wrote, and that would speak for a query that is refused now, or for one that no map was asked of.
    pub gone: Vec<String>,
}

/// What all rules of a run share.
pub struct Making<'m> {
    pub targets: &'m [Target],
    pub packs: &'m Packs,
    pub options: &'m Options,
    /// None: plain queries.
    pub ground: Option<&'m Ground<'m>>,
    /// The first rule of each name of files.
    pub owner: &'m HashMap<&'m str, &'m str>,
    pub sources: &'m Sources,
    pub format: Format,
    pub map: bool,
    pub paint: Paint,
    pub output: Option<&'m Output<'m>>,
}

impl Making<'_> {
    /// One a target.
    pub fn each<'r>(&self, rule: &'r Rule, stem: &str) -> Vec<Built<'r>> {
        let one = |target: &Target| {
            let (lowered, made) = match self.ground {
                Some(ground) if self.owner[stem] != rule.name => (ground.twin(rule, *target, self.owner[stem]), None),
                Some(ground) => ground.deploy(rule, *target, &stem_of(stem, *target, ground.form)),
                None => (lower(rule, *target, self.packs, self.options), None),
            };
            self.built(rule, stem, lowered, made)
        };
        self.targets.iter().map(one).collect()
    }

    fn built<'r>(&self, rule: &'r Rule, stem: &str, lowered: Lowered, mut made: Option<Made>) -> Built<'r> {
        let files = match (self.ground, &mut made) {
            (Some(ground), Some(made)) => deployed(rule, ground.form, std::mem::take(&mut made.files), self.sources),
            (Some(_), None) => Vec::new(),
            (None, _) if self.output.is_some() => plainly(rule, stem, &lowered, self.map, self.sources),
            (None, _) => Vec::new(),
        };
        let (files, laid) = match self.output {
            Some(output) => (Vec::new(), files.into_iter().map(|file| output.lay(file)).collect()),
            None => (files, Vec::new()),
        };
        let printed = match self.format {
            Format::Json => json(rule, &lowered, self.sources, self.map) + "\n",
            Format::Plain if self.output.is_none() => plain(rule, &lowered, self.sources, self.map, self.paint),
            Format::Plain
            | Format::SavedSearches
            | Format::Contentctl
            | Format::Sentinel
            | Format::SentinelArm
            | Format::CustomDetection
            | Format::Markdown
            | Format::Html => String::new(),
        };
        let gone = match (self.output, self.ground) {
            (Some(output), None) => not_made(stem, &lowered, self.map).filter(|name| output.knows(name)).collect(),
            (Some(_), Some(_)) | (None, _) => Vec::new(),
        };
        let is_told = lowered.query.is_none() || self.format == Format::CustomDetection;
        let reasons = if is_told { lowered.reasons } else { Vec::new() };
        Built { rule, target: lowered.target, fidelity: lowered.fidelity, reasons, made, printed, files, laid, gone }
    }
}

/// Two targets of one rule are two files.
fn stem_of(stem: &str, target: Target, form: Form) -> String {
    match (form, target) {
        (Form::Contentctl, Target::SplunkRaw) => format!("{stem}_raw"),
        (Form::SavedSearches | Form::Contentctl | Form::Sentinel | Form::SentinelArm | Form::CustomDetection, _) => stem.to_owned(),
    }
}

/// The files that a form has for a rule.
fn deployed(rule: &Rule, form: Form, files: Vec<(String, String)>, sources: &Sources) -> Vec<File> {
    let rules = vec![PathBuf::from(sources.name(rule.span.file))];
    files.into_iter().map(|(name, text)| File { name, text, form: form.name().to_owned(), rules: rules.clone() }).collect()
}

pub fn plain_form(target: Target) -> String {
    format!("plain/{}", target.name())
}

/// A query, and its file's name without the ending.
fn plain_stem(stem: &str, lowered: &Lowered) -> String {
    format!("{stem}.{}", lowered.target.name())
}

/// The query in its file, where its lines came from beside it, and the lists that it asks for.
fn plainly(rule: &Rule, stem: &str, lowered: &Lowered, map: bool, sources: &Sources) -> Vec<File> {
    let Some(query) = &lowered.query else { return Vec::new() };
    let stem = plain_stem(stem, lowered);
    let file = |name: String, text: String| {
        let rules = vec![PathBuf::from(sources.name(rule.span.file))];
        File { name, text, form: plain_form(lowered.target), rules }
    };
    let lists = lowered.files.iter().map(|list| file(list.name.clone(), list.text()));
    let query = file(format!("{stem}.{}", lowered.target.extension()), format!("{}\n", query.trim_end()));
    let map = map.then(|| file(format!("{stem}.map.json"), source_map::file(&lowered.map, sources)));
    lists.chain([query]).chain(map).collect()
}

/// The names of files that would speak for a query that is refused now, or for one that no map was asked of.
fn not_made(stem: &str, lowered: &Lowered, map: bool) -> impl Iterator<Item = String> {
    let stem = plain_stem(stem, lowered);
    let query = lowered.query.is_none().then(|| format!("{stem}.{}", lowered.target.extension()));
    let map = (!map || lowered.query.is_none()).then(|| format!("{stem}.map.json"));
    query.into_iter().chain(map)
}

/// A heading, the reasons, the query, where its lines came from.
fn plain(rule: &Rule, lowered: &Lowered, sources: &Sources, map: bool, colors: Paint) -> String {
    let Some(query) = &lowered.query else { return String::new() };
    let heading = format!("# {}, {}: ", rule.name, lowered.target.name());
    let mut text = format!("{}{}\n", colors.bold(&heading), build::painted(colors, lowered.fidelity));
    for reason in lowered.reasons.iter().chain(&lowered.notes) {
        text.push_str(&format!("#   {}\n", told(reason, sources)));
    }
    text.push_str(&format!("\n{}\n\n", query.trim_end()));
    if map {
        let lines = source_map::told(&lowered.map, sources);
        text.extend(lines.iter().map(|line| colors.dim(&format!("#   {line}")) + "\n"));
        text.push('\n');
    }
    text
}

/// `E0401 the title (rules/x.spoor:3:9)`
pub fn told(reason: &Diagnostic, sources: &Sources) -> String {
    let Spot { path, place } = Spot::new(sources, reason.span());
    format!("{} {} ({path}:{}:{})", reason.code, reason.title, place.line, place.column)
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
