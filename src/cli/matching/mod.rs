//! `spoor match`: rules over events.
//!
//! Matches go to stdout, one JSON object a line in a pipe and a line for people on a terminal; findings and counts to stderr. Those of
//! thresholds and linked patterns come last, once all events are read, so the order of files and lines does not matter. A line
//! that is no event is told and passed over. Exit 0: every rule was asked about every line; 1: a rule or a line was left out; 2: a file
//! could not be read.

mod show;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::out::{Out, Paint};
use super::{CLEAN, FAILED, FINDINGS, counted, load, packs, project, report, rules};
use crate::diag::{Severity, events, render};
use crate::engine::shape::{Reader, Row};
use crate::engine::{Engine, Scanner};
use crate::project::{STDIN, reason};
use crate::source::{Sources, Span};
use show::{Origins, Show};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor match --rules rules/ events.jsonl
  zcat events.jsonl.gz | spoor match -r rules/ -
  spoor match -r x.spoor --schema sysmon *.jsonl | jq -r .rule | sort | uniq -c

A match is one line: rule, path, level, time, event (source and line), fields, and matched, where branches or steps have labels.
Thresholds and linked patterns are decided when all events are read, in whatever order they came; `last` asks nothing here.
  Of a threshold: `time` is the beginning of its window (without `per` the first hit's), `event` the last hit, `fields` the keys and
  the columns of `show`, or how many, from when to when, and what the hits hold.
  Of a linked pattern: `event` and `time` are the match's own, `steps` has the hit of each step, `fields` the keys and the columns.")]
pub struct Match {
    /// Rule files, or folders of them; repeatable [default: the project's rules]
    #[arg(short, long = "rules", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Files of events, one JSON object a line; `-` is standard input
    #[arg(required = true)]
    events: Vec<PathBuf>,
    /// What wrote the events, where they do not say it: cim, defender, sysmon, windows
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// How matches are shown
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
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
        let read = open(path).and_then(|input| run.source(&source, input, &mut reader, out));
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
    for (count, what) in [(counts.of_no_class, "of no class that Spoor knows"), (counts.wrong, "that are no event")] {
        if count > 0 {
            told.push_str(&format!("; {} {what}", counted(count, "line")));
        }
    }
    out.status(&told);
    if code == CLEAN && (wrong || counts.wrong > 0) { FINDINGS } else { code }
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

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    const BLOCK: usize = 1 << 18;
    if path.as_os_str() == STDIN {
        return Ok(Box::new(BufReader::with_capacity(BLOCK, io::stdin())));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(Box::new(BufReader::with_capacity(BLOCK, file)))
}

#[derive(Default)]
struct Counts {
    events: usize,
    matches: usize,
    of_no_class: usize,
    wrong: usize,
}

/// Rules over one source after the other.
struct Run<'e> {
    scanner: Scanner<'e>,
    show: Show<'e>,
    origins: Origins,
    counts: Counts,
    /// By rule: it matched something.
    hit: Vec<bool>,
}

/// A line longer than this is no event; it is passed over without being kept.
const LONGEST: u64 = 64 << 20;
/// How many wrong lines of a source are shown; the others are counted.
const SHOWN: usize = 10;

impl<'e> Run<'e> {
    fn source(&mut self, source: &str, mut input: Box<dyn BufRead>, reader: &mut Reader<'_>, out: &mut Out) -> io::Result<()> {
        self.origins.add(source);
        let mut line = Vec::new();
        let mut number = 0;
        let mut wrong = 0;
        let mut progress = Progress::new(out);
        while !out.is_closed() {
            line.clear();
            if (&mut input).take(LONGEST).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            number += 1;
            if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
                skip_line(&mut input)?;
            }
            if number == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            let Err(finding) = self.line(source, number, line.trim_ascii(), reader, out) else {
                progress.step(self.counts.events, out);
                continue;
            };
            wrong += 1;
            if wrong <= SHOWN {
                out.eprint(&finding);
            }
        }
        progress.end(out);
        if wrong > SHOWN {
            out.status(&format!("{source}: {} more that are no event", counted(wrong - SHOWN, "line")));
        }
        self.counts.wrong += wrong;
        Ok(())
    }

    /// Asks every rule about one line; the picture of what is wrong with it, if something is.
    fn line(&mut self, source: &str, number: usize, bytes: &[u8], reader: &mut Reader<'_>, out: &mut Out) -> Result<(), String> {
        if bytes.is_empty() {
            return Ok(());
        }
        let color = out.stderr_color();
        let picture = |text: &str, make: &dyn Fn(Span) -> crate::diag::Diagnostic| {
            let mut sources = Sources::default();
            let file = sources.add_part(source, text, number);
            render::render(&make(Span::new(file, 0, text.len())), &sources, color)
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(picture(&String::from_utf8_lossy(bytes), &|span| events::not_an_object(span, "it is not UTF-8")));
        };
        let Run { scanner, show, origins, counts, hit } = self;
        let tag = origins.tag(number);
        let row = reader.read(text, |event| {
            scanner.push_tagged(event, tag, |found| {
                counts.matches += 1;
                hit[found.rule] = true;
                out.line(&show.one(&found, event, origins.of(tag)));
            });
        });
        match row {
            Ok(Row::Events(_)) => counts.events += 1,
            Ok(Row::Blank) => {}
            Ok(Row::OfNoClass) => {
                counts.events += 1;
                counts.of_no_class += 1;
            }
            Err(error) => return Err(picture(text, &|span| error.diagnostic(span))),
        }
        Ok(())
    }
}

impl Run<'_> {
    /// What was found of rules over several events.
    fn finish(&mut self, out: &mut Out) {
        let Run { scanner, show, origins, counts, hit } = self;
        scanner.finish(|found| {
            counts.matches += 1;
            hit[found.rule] = true;
            out.line(&show.combined(&found, origins));
        });
    }
}

fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let block = input.fill_buf()?;
        if block.is_empty() {
            return Ok(());
        }
        let end = block.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(block.len(), |end| end + 1);
        input.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}

/// The number of events so far, for who waits.
struct Progress {
    shown: bool,
    last: Instant,
    steps: u32,
    wanted: bool,
}

impl Progress {
    fn new(out: &Out) -> Progress {
        Progress { shown: false, last: Instant::now(), steps: 0, wanted: out.shows_progress() }
    }

    fn step(&mut self, events: usize, out: &mut Out) {
        self.steps += 1;
        if self.wanted && self.steps.is_multiple_of(4096) && self.last.elapsed() > Duration::from_millis(200) {
            out.eprint(&format!("\r{events} events"));
            self.last = Instant::now();
            self.shown = true;
        }
    }

    fn end(&self, out: &mut Out) {
        if self.shown {
            out.eprint("\r\x1b[K");
        }
    }
}
