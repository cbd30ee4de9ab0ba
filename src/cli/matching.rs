//! `spoor match`: rules over events.
//!
//! Matches go to stdout, one JSON object a line in a pipe and a line for people on a terminal; findings and counts to stderr. A line
//! that is no event is told and passed over. Exit 0: every rule was asked about every line; 1: a rule or a line was left out; 2: a file
//! could not be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::out::{Out, Paint};
use super::{CLEAN, FAILED, FINDINGS, counted, load, packs, project, report, rules};
use crate::diag::{Severity, events, render};
use crate::engine::shape::{Reader, Row};
use crate::engine::{Engine, Event, Match as Found, Scanner, Value};
use crate::hir::{Level, Rule};
use crate::project::{STDIN, reason};
use crate::schema::Packs;
use crate::source::{Sources, Span};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor match --rules rules/ events.jsonl
  zcat events.jsonl.gz | spoor match -r rules/ -
  spoor match -r x.spoor --schema sysmon *.jsonl | jq -r .rule | sort | uniq -c")]
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
    let mut run = Run { scanner: engine.scanner(), show, counts: Counts::default(), hit: vec![false; checked.rules.len()] };
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
        let Run { scanner, show, counts, hit } = self;
        let row = reader.read(text, |event| {
            scanner.push(event, |found| {
                counts.matches += 1;
                hit[found.rule] = true;
                out.line(&show.one(&found, event, source, number));
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

/// How matches are written.
struct Show<'e> {
    packs: &'e Packs,
    rules: &'e [Rule],
    sources: &'e Sources,
    as_json: bool,
    paint: Paint,
}

#[derive(Serialize)]
struct Line<'m> {
    rule: &'m str,
    path: &'m str,
    level: Option<&'static str>,
    time: Option<String>,
    event: Origin<'m>,
    fields: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    matched: &'m [&'m str],
}

#[derive(Serialize)]
struct Origin<'m> {
    source: &'m str,
    line: usize,
}

impl Show<'_> {
    fn one(&self, found: &Found<'_>, event: &Event, source: &str, number: usize) -> String {
        let rule = &self.rules[found.rule];
        if self.as_json { self.json(rule, found, event, source, number) } else { self.text(rule, found, event, source, number) }
    }

    fn json(&self, rule: &Rule, found: &Found<'_>, event: &Event, source: &str, number: usize) -> String {
        let class = self.packs.class(event.class);
        let mut fields = serde_json::Map::new();
        for (field, values) in event.fields() {
            let mut values: Vec<serde_json::Value> = values.map(json).collect();
            let value = if values.len() == 1 { values.remove(0) } else { values.into() };
            fields.insert(class.get(field).name.to_string(), value);
        }
        let line = Line {
            rule: &rule.name,
            path: self.sources.name(rule.span.file),
            level: rule.meta.level.map(level),
            time: event.time.map(time),
            event: Origin { source, line: number },
            fields,
            matched: &found.labels,
        };
        // Keys are texts and numbers are finite: it cannot fail.
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// `2026-01-02T03:04:05Z high python_scripts events.jsonl:12 host=a name=b`
    fn text(&self, rule: &Rule, found: &Found<'_>, event: &Event, source: &str, number: usize) -> String {
        let class = self.packs.class(event.class);
        let mut text = format!("{:<20} ", event.time.map(time).unwrap_or_else(|| "-".into()));
        let word = rule.meta.level.map_or("-", level);
        let padded = format!("{word:<13} ");
        text.push_str(&match rule.meta.level {
            Some(Level::Critical | Level::High) => self.paint.red(&padded),
            Some(Level::Medium) => self.paint.yellow(&padded),
            Some(Level::Low | Level::Informational) | None => padded,
        });
        text.push_str(&self.paint.bold(&render::plain(&rule.name)));
        if !found.labels.is_empty() {
            text.push_str(&format!(" [{}]", render::plain(&found.labels.join(", "))));
        }
        text.push_str(&format!(" {}", self.paint.dim(&format!("{}:{number}", render::plain(source)))));
        for field in class.show.iter() {
            let values: Vec<String> = event.values(*field).map(|value| value.to_string()).collect();
            if !values.is_empty() {
                let value = values.join(", ");
                text.push_str(&format!(" {}={}", self.paint.cyan(&class.get(*field).name), render::plain(&value)));
            }
        }
        text.replace('\n', "␊")
    }
}

fn json(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Text(text) | Value::Enum(text) => text.into(),
        Value::Int(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Bool(truth) => truth.into(),
        Value::Ip(address) => address.to_string().into(),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Informational => "informational",
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
        Level::Critical => "critical",
    }
}

/// Microseconds since 1970 as ISO 8601 in UTC, without a fraction where there is none.
fn time(micros: i64) -> String {
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, seconds) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros > 0 {
        text.push_str(format!(".{micros:06}").trim_end_matches('0'));
    }
    text + "Z"
}

/// The civil date of a day since 1970. Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(951_782_400_000_000), "2000-02-29T00:00:00Z");
        assert_eq!(time(1_767_225_599_120_000), "2025-12-31T23:59:59.12Z");
        assert_eq!(time(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(time(i64::MIN).len(), "-290308-12-21T19:59:05.224192Z".len());
    }
}
