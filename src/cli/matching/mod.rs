//! `spoor match`: rules over events.
//!
//! In: rules, and files of events. `open` tells what a file is and unpacks it, `text` and `log` make events of it (JSON, EVTX), `run` asks the
//! rules about each, `show` writes what they found. Matches go to stdout, one JSON object a line in a pipe and a line for people on a terminal; findings and counts to stderr. Those of
//! thresholds and linked patterns come last, once all events are read, so the order of files and lines does not matter. What is no
//! event is told and passed over. Exit 0: every rule was asked about everything; 1: a rule, a line or a record was left out; 2: a file
//! could not be read, or not to its end.

mod log;
mod open;
mod run;
mod scan;
mod show;
mod text;
mod zstd;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::out::{Out, Paint};
use super::{CLEAN, FAILED, FINDINGS, counted, load, packs, project, report, rules};
use crate::diag::{Severity, events};
use crate::engine::Engine;
use crate::engine::shape::Reader;
use crate::project::{STDIN, reason};
use crate::schema::builtin;
use crate::source::{Sources, Span};
use run::{Counts, Run};
use show::{Origins, Show};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor match --rules rules/ events.jsonl
  spoor match -r rules/ Security.evtx Sysmon.evtx.gz
  curl -s https://logs.example/today | spoor match -r rules/ -
  spoor match -r x.spoor --schema sysmon *.jsonl | jq -r .rule | sort | uniq -c

Read are JSON, one object a line, one after the other in any layout, or in a list; and Windows event logs (EVTX). Either may be
compressed (gzip, zstd). The first bytes tell what a file is, not its name. What is damaged is told, and the rest is read.

A match is one line: rule, path, level, time, event, fields, and matched, where branches or steps have labels. `event` is the source
and the line on which the event begins, of an event log the EventRecordID, of a list the number of the item (`log.evtx#542`).
Thresholds and linked patterns are decided when all events are read, in whatever order they came; `last` asks nothing here.
  Of a threshold: `time` is the beginning of its window (without `per` the first hit's), `event` the last hit, `fields` the keys and
  the columns of `show`, or how many, from when to when, and what the hits hold.
  Of a linked pattern: `event` and `time` are the match's own, `steps` has the hit of each step, `fields` the keys and the columns.")]
pub struct Match {
    /// Rule files, or folders of them; repeatable [default: the project's rules]
    #[arg(short, long = "rules", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Files of events: JSON or EVTX, also compressed; `-` is standard input
    #[arg(required = true)]
    events: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", help = schemas())]
    schema: Option<String>,
    /// How matches are shown
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
}

fn schemas() -> String {
    let names: Vec<&str> = builtin().schemas.iter().map(|schema| schema.name.as_ref()).collect();
    format!("What wrote the events, where they do not say it: {}, or a schema of the project's packs", names.join(", "))
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// Lines for people on a terminal, JSON in a pipe
    Auto,
    Lines,
    Json,
}

pub fn run(args: &Match, out: &mut Out) -> u8 {
    if args.rules.is_empty() && project().rules.is_empty() {
        out.error("no rules: name some with `--rules PATH`, or let `rules` in `spoor.yaml` do so");
        return FAILED;
    }
    let (workspace, mut code) = load(&rules(&args.rules), out);
    let packs = &*workspace.packs(packs());
    let mut reader = match &args.schema {
        None => Reader::detecting(packs),
        Some(name) => match Reader::of(packs, name) {
            Some(reader) => reader,
            None => return no_schema(name, out),
        },
    };
    let checked = workspace.check(packs);
    let (engine, unloaded) = Engine::new(&checked.rules, packs);
    report(&checked.diagnostics, &workspace.sources, out);
    report(&unloaded, &workspace.sources, out);
    let wrong = checked.diagnostics.iter().chain(&unloaded).any(|finding| finding.severity() == Severity::Error);

    let as_json = match args.format {
        Format::Auto => !out.stdout_is_terminal(),
        Format::Lines => false,
        Format::Json => true,
    };
    let show = Show { packs, rules: &checked.rules, sources: &workspace.sources, as_json, paint: Paint(out.stdout_color()) };
    let hit = vec![false; checked.rules.len()];
    let mut run = Run { scanner: engine.scanner(), show, origins: Origins::default(), counts: Counts::default(), hit };
    for path in &args.events {
        if out.is_closed() {
            break;
        }
        let source = if path.as_os_str() == STDIN { "<stdin>".into() } else { path.display().to_string() };
        let read = open::open(path).and_then(|input| run.source(&source, input, &mut reader, out));
        if let Err(error) = read {
            out.error(&format!("cannot read `{source}`: {}", reason(&error)));
            code = FAILED;
        }
    }
    run.finish(out);
    let counts = &run.counts;
    let rules = run.hit.iter().filter(|hit| **hit).count();
    let mut told =
        format!("{} of {} in {}", plural(counts.matches, "match", "matches"), counted(rules, "rule"), counted(counts.events, "event"));
    told.push_str(&format!("; {} loaded", counted(engine.len(), "rule")));
    for (count, one, many) in [
        (counts.of_no_class, "event of no class that Spoor knows", "events of no class that Spoor knows"),
        (counts.wrong, "line that is no event", "lines that are no event"),
        (counts.damaged, "damaged part of an event log", "damaged parts of event logs"),
    ] {
        if count > 0 {
            told.push_str(&format!("; {}", plural(count, one, many)));
        }
    }
    out.status(&told);
    if code == CLEAN && (wrong || counts.wrong + counts.damaged > 0) { FINDINGS } else { code }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn no_schema(name: &str, out: &mut Out) -> u8 {
    let mut sources = Sources::default();
    let file = sources.add("--schema", name);
    let known: Vec<&str> = packs().schemas.iter().map(|schema| schema.name.as_ref()).collect();
    report(&[events::unknown_schema(Span::new(file, 0, name.len()), name, &known)], &sources, out);
    FAILED
}
