//! `spoor schema`: the vocabulary, and what every product calls it.
//!
//! Without a name the classes and schemas; with one everything that is called so, whoever calls it so: [`find`]. What is shown is data
//! first ([`class`], [`native`], [`value`], [`attack`]), printed by [`show`] or as JSON. Exit 2: there is nothing of that name.

mod attack;
mod class;
mod find;
mod native;
mod show;
mod value;
mod view;
mod words;

use std::collections::BTreeSet;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::out::{Out, Paint};
use super::{CLEAN, FAILED, packs};
use crate::project::manifest_schema;
use crate::schema::Target;
use crate::schema::open::open;
use find::Page;
use view::View;

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor schema                        the classes, by groups, and the schemas
  spoor schema process                a class: its events and fields in each schema
  spoor schema file name              a field of a class; also file.name
  spoor schema parent.name            a field, wherever it is
  spoor schema sysmon                 a schema, or a part of one: Endpoint, Security
  spoor schema DeviceProcessEvents    a table; also Filesystem, 4688, Security:4688, sysmon 1
  spoor schema TargetFilename         a column; also Filesystem.file_name
  spoor schema FileCreated            a value: of the model, of a column, an action type
  spoor schema registry_set           another tool's name, or one from before
  spoor schema T1059                  a technique of ATT&CK, or a tactic: TA0002
  spoor schema --manifest             spoor.yaml itself, as a JSON Schema for editors

Each says what it is and which fields come of it. `~` marks what is never exact, `-` what is not there.
With --format json: one object, {asked, found: [{kind, ..}]}; kind is overview, class, field, schema,
table, column, enumeration, value, foreign, renamed, technique or tactic.")]
pub struct Schema {
    /// A class, a field, a schema, a table, a column, a value, or an id of ATT&CK; several words are one name, or else each a name
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only the schemas that this target reads (repeatable)
    #[arg(short, long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name())))]
    targets: Vec<String>,
    /// Only this schema (repeatable)
    #[arg(long = "schema", value_name = "NAME")]
    schemas: Vec<String>,
    /// Tables for people, or one JSON object
    #[arg(long, value_enum, default_value = "plain")]
    format: Format,
    /// Print what may stand in `spoor.yaml`, as a JSON Schema (draft 7) that editors complete and check it by
    #[arg(long, conflicts_with_all = ["names", "targets", "schemas", "format"])]
    manifest: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Plain,
    Json,
}

#[derive(Serialize)]
struct Answer<'a, 'p> {
    asked: &'a [String],
    found: &'a [Page<'p>],
}

impl Schema {
    /// Asks for the manifest, not for what packs name.
    pub fn is_of_manifest(&self) -> bool {
        self.manifest
    }
}

pub fn run(args: &Schema, out: &mut Out) -> u8 {
    if args.manifest {
        out.line(&format!("{:#}", manifest_schema(packs())));
        return CLEAN;
    }
    let targets: Vec<Target> = args.targets.iter().filter_map(|name| Target::from_name(name)).collect();
    let opened = open(packs(), &possible(&args.names));
    let view = match View::new(&opened, &targets, &args.schemas) {
        Ok(view) => view,
        Err(reason) => {
            out.error(&reason);
            return FAILED;
        }
    };
    let (pages, unknown) = answer(&args.names, &view);
    match args.format {
        // The only failures of `to_string` are of maps with odd keys and of floats, of which there are none.
        Format::Json => out.line(&serde_json::to_string(&Answer { asked: &args.names, found: &pages }).unwrap_or_default()),
        Format::Plain => out.print(&show::show(&pages, Paint(out.stdout_color()), out.width())),
    }
    for name in &unknown {
        out.error(&find::unknown(name, &view));
    }
    if unknown.is_empty() { CLEAN } else { FAILED }
}

/// What may be a field of an open family: a name, and what stands behind a class in it.
fn possible(names: &[String]) -> BTreeSet<String> {
    let parts = names.iter().flat_map(|name| [Some(name.as_str()), name.split_once('.').map(|(_, rest)| rest)]);
    parts.flatten().map(str::to_owned).chain([names.join(".")]).collect()
}

/// The pages, and the names of which there are none.
fn answer<'p>(names: &[String], view: &View<'p>) -> (Vec<Page<'p>>, Vec<String>) {
    if names.is_empty() {
        return (vec![Page::Overview(class::overview(view))], Vec::new());
    }
    let whole = names.join(".");
    let pages = find::pages(&whole, view);
    if !pages.is_empty() {
        return (pages, Vec::new());
    }
    let (mut pages, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        let found = find::pages(name, view);
        if found.is_empty() {
            unknown.push(name.clone());
        }
        pages.extend(found);
    }
    // Each is known, but not this part of that: `file colour`.
    if names.len() > 1 && !unknown.is_empty() {
        return (Vec::new(), vec![whole]);
    }
    (pages, unknown)
}

#[cfg(test)]
mod tests;
