//! `spoor match`: rules over events.
//!
//! In: rules, and files of events. `choose` says which of them, `open` tells what a file is and unpacks it, `text`, `csv` and `log` make events of
//! it, `run` asks the rules about each, `found` is what they found, `show` writes it; `explain` asks one rule why; `crew` has the threads, of which
//! each asks about pieces of the files. Matches go to stdout; findings, progress and the summary to stderr. Those of thresholds and linked patterns
//! come last, once all events are read, so the order of files and lines does not matter; `clock` says of a stream without end when they
//! come. What is no event is told and passed over. Exit 0: every rule was asked about everything;
//! 1: a rule that was chosen, a line or a record was left out, or `--fail-on` says that a match is to fail; 2: a file could not be read, or not to its
//! end, nothing is there to ask, or `--strict` met something that is no event; 130: Ctrl-C.

mod again;
mod blocks;
mod cells;
pub(super) mod choose;
mod clock;
mod crew;
mod csv;
pub(super) mod events;
pub(super) mod explain;
pub(super) mod found;
mod gzip;
mod log;
mod open;
mod progress;
mod run;
mod scan;
pub(super) mod show;
mod stop;
mod summary;
mod text;
mod utf16;
mod zstd;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;
use glob::Pattern;

use super::out::{Out, Paint};
use super::{CLEAN, FAILED, FINDINGS, checked, counted, load, packs, project, report, rules};
use crate::check::Checked;
use crate::diag::{Diagnostic, Severity, events as findings};
use crate::engine::shape::Reader;
use crate::engine::{Engine, Limits};
use crate::hir::{self, Level, Rule};
use crate::project::{STDIN, STDIN_NAME, Workspace, reason};
use crate::schema::{Packs, builtin, nearest};
use crate::source::{Sources, Span};
use choose::{Files, Times};
use clock::Clock;
use crew::{Crew, Piece, What};
use explain::Explainer;
use found::{Finder, Origins};
use progress::Progress;
use run::{Ask, Counts, Run, Tell};
use show::{About, Format, Show};
use summary::Seen;

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor match --rules rules/ events.jsonl
  spoor match -r rules/ Security.evtx Sysmon.evtx.gz
  spoor match -r rules/ --level high --since 2026-01-02 --format table logs/
  spoor match -r rules/ --select 'T1059*' --fail-on high --format sarif 'logs/*.jsonl' > found.sarif
  spoor match -r rules/ --explain encoded_powershell Sysmon.evtx
  curl -s https://logs.example/today | spoor match -r rules/ -
  tail -F events.jsonl | spoor match -r rules/ --allow-late 5m -
  spoor match -r x.spoor --schema sysmon *.jsonl | jq -r .rule | sort | uniq -c

Read are JSON, one object a line, one after the other in any layout, or in a list; CSV, whose first line names the columns (with commas,
semicolons or tabs); and Windows event logs (EVTX). Each may be compressed (gzip, zstd). The first bytes tell what a file is, not its name. Of a folder the files below it are
read that have such a name. What is damaged is told, and the rest is read.

A match in JSON is one line: rule, title, id, path, level, attack, time, host, event, fields, and matched, where branches or steps have labels.
`event` is the source and the line on which the event begins, of an event log the EventRecordID, of a list the number of the item
(`log.evtx#542`). `fields` are those that the rule shows, and those that `decided`: whose values made it a match.
Thresholds and linked patterns are decided when all events are read, in whatever order they came; `last` asks nothing here. With `--allow-late` they are
decided as time passes, for events that have no end: a window when it is over, a pattern when its last event is in and none before it can come.
  Of a threshold: `time` is the beginning of its window (without `per` the first hit's), `event` the last hit, `fields` the keys and
  the columns of `show`, or how many, from when to when, and what the hits hold.
  Of a linked pattern: `event` and `time` are the match's own, `steps` has the hit of each step, `fields` the keys and the columns.")]
pub struct Match {
    /// Rule files, or folders of them; repeatable [default: the project's rules]
    #[arg(short, long = "rules", value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Files of events, folders of them, or patterns (`logs/*.jsonl`); `-` is standard input
    #[arg(required = true)]
    events: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", help = schemas())]
    schema: Option<String>,
    /// How matches are shown; a table, a timeline and SARIF are written when all events are read
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
    /// Only rules of this level or above: informational, low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Level>,
    /// Only rules of this name, title, id, file (with its folder or without) or ATT&CK id; `*` is any run (repeatable)
    #[arg(long, value_name = "PATTERN")]
    select: Vec<Pattern>,
    /// Only events of this time or later: `2026-01-02`, `2026-01-02T03:04:05Z`, or how long ago (`24h`)
    #[arg(long, value_name = "TIME", value_parser = choose::time)]
    since: Option<i64>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = choose::time)]
    until: Option<i64>,
    /// Exit with 1 if a rule of this level or above matches
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    fail_on: Option<Level>,
    /// How many threads ask the rules [default: one for each processor]; what is written is the same. Standard input, `--explain` and
    /// `--allow-late` have one
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
    /// Decide thresholds and linked patterns as time passes, for events that come at most so much later than newer ones: `30s`, `5m`, `1h`. What
    /// comes later still is left out of them, and counted
    #[arg(long, value_name = "DURATION", value_parser = choose::lasting, conflicts_with = "explain")]
    allow_late: Option<i64>,
    /// Stop at the first line or record that is no event, with exit code 2
    #[arg(long)]
    strict: bool,
    /// In JSON: the event of a match as it was read, under `record`
    #[arg(long)]
    include_event: bool,
    /// Say at the end what matched how often, and which rules could not; on a terminal it is always said
    #[arg(long)]
    summary: bool,
    /// Show why each event matches this rule, named as for `--select`, or, where none does, what the nearest ones lack
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// With `--explain`: only the event of this line or record
    #[arg(long, value_name = "NUMBER", requires = "explain")]
    event: Option<u64>,
}

fn schemas() -> String {
    let names: Vec<&str> = builtin().schemas.iter().map(|schema| schema.name.as_ref()).collect();
    format!(
        "What wrote the events, where they do not say it: {}, a schema of the project's packs, or a table of one (`linux.audit`)",
        names.join(", ")
    )
}

fn level(name: &str) -> Result<Level, String> {
    Level::from_name(name).ok_or_else(|| format!("the levels are {}", Level::ALL.map(Level::name).join(", ")))
}

pub fn run(args: &Match, out: &mut Out) -> u8 {
    if args.rules.is_empty() && project().rules.is_empty() {
        out.error("no rules: name some with `--rules PATH`, or let `rules` in `spoor.yaml` do so");
        return FAILED;
    }
    if args.explain.is_some() && !matches!(args.format, Format::Auto | Format::Lines | Format::Json) {
        out.error("`--explain` writes lines or JSON: leave `--format` out, or let it be one of these");
        return FAILED;
    }
    let (workspace, mut code) = load(&rules(&args.rules), out);
    let packs = &*workspace.packs(packs());
    if args.schema.as_deref().is_some_and(|name| Reader::of(packs, name).is_none()) {
        return no_schema(args.schema.as_deref().unwrap_or_default(), out);
    }
    let mut checked = checked(&workspace, packs);
    of_chosen(args, &mut checked.diagnostics, &workspace, out);
    errors(&checked.diagnostics, &workspace, out);
    if let Err(code) = choose(args, &mut checked, &workspace, out) {
        return code;
    }
    let (engine, unloaded) = Engine::new(&checked.rules, packs);
    report(&unloaded, &workspace.sources, out);
    let wrong = checked.diagnostics.iter().chain(&unloaded).any(|finding| finding.severity() == Severity::Error);

    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        out.error("no event is of that time: `--since` is not before `--until`");
        return FAILED;
    }
    let format = match args.format {
        Format::Auto if out.stdout_is_terminal() => Format::Lines,
        Format::Auto if args.explain.is_some() => Format::Lines,
        Format::Auto => Format::Json,
        format => format,
    };
    let about = About { rules: &checked.rules, sources: &workspace.sources, paint: Paint(out.stdout_color()) };
    let Files { files, barren, passed } = choose::files(&args.events);
    if !passed.is_empty() {
        out.status(&findings::passed_files(&passed.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(), &choose::ENDINGS));
    }
    for folder in &barren {
        out.error(&format!("no file of events in `{}`: their names end in {}", folder.display(), choose::ENDINGS.join(", ")));
        code = FAILED;
    }
    let explained = args.explain.as_ref().and(checked.rules.first());
    let (rules, wanted, color) = (&checked.rules, args.summary || out.stderr_is_terminal(), out.stderr_color());
    let limits = if args.allow_late.is_some() { Limits::STREAM } else { Limits::NONE };
    let ask = || Ask {
        reader: args.schema.as_deref().and_then(|name| Reader::of(packs, name)).unwrap_or_else(|| Reader::detecting(packs)),
        scanner: engine.scanner().limited(limits),
        finder: Finder::new(packs, rules, args.include_event),
        times: Times { since: args.since, until: args.until },
        strict: args.strict,
        seen: Seen::new(rules, packs, wanted),
        counts: Counts::default(),
        timeless: None,
        color,
    };
    let tell = Tell {
        show: Show::new(about, format),
        explainer: explained.map(|rule| Explainer::new(rule, packs, args.event, about, format)),
        progress: Progress::new(&files, out),
        clock: args.allow_late.map(Clock::new),
        unread: Vec::new(),
    };
    stop::listen();
    if let Some(told) = args.allow_late.and_then(|_| undecided(rules)) {
        out.warning(&told);
    }
    let threads = threads(args, &files, out);
    let mut run = thread::scope(|scope| {
        let crew = (threads > 1).then(|| Crew::new(threads, scope, tell.progress.bytes(), ask));
        let mut run = Run { ask: ask(), tell, origins: Origins::default(), crew, code };
        read(&files, &mut run, out);
        run.crew = None;
        run
    });
    code = run.code;
    let unasked = checked.diagnostics.iter().chain(&unloaded).filter(|finding| finding.severity() == Severity::Error);
    let unasked = unasked.map(|finding| findings::unasked(finding, &workspace.sources)).collect();
    run.finish(unasked, out);
    if explained.is_none() {
        told(&run, engine.len(), packs, out);
    }
    let counts = &run.ask.counts;
    let left_out = wrong || counts.wrong + counts.damaged > 0;
    if let Some(level) = args.fail_on {
        let names: Vec<String> = run.ask.seen.without_level(&checked.rules);
        if !names.is_empty() {
            out.warning(&findings::rules_without_level(
                &names,
                &format!("they match, and `--fail-on {}` does not count them", level.name()),
            ));
        }
    }
    let fails = args.fail_on.is_some_and(|least| run.ask.seen.has(&checked.rules, least));
    match code {
        _ if stop::is_asked() => stop::STOPPED,
        CLEAN if run.tell.explainer.as_ref().is_some_and(Explainer::is_missing) => FAILED,
        CLEAN if args.strict && counts.wrong + counts.damaged > 0 => FAILED,
        CLEAN if left_out || fails => FINDINGS,
        code => code,
    }
}

/// Shows what leaves a rule out, or is denied; what else there is to say of rules is `spoor check`'s matter.
pub(super) fn errors(found: &[Diagnostic], workspace: &Workspace, out: &mut Out) {
    let (errors, others): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|finding| finding.severity() == Severity::Error);
    report(&errors, &workspace.sources, out);
    if !others.is_empty() {
        out.status(&format!("{} of rules: `spoor check` shows them", plural(others.len(), "warning or note", "warnings and notes")));
    }
}

/// Where rules are chosen by name: leaves the errors that concern those, and counts the others.
fn of_chosen(args: &Match, found: &mut Vec<Diagnostic>, workspace: &Workspace, out: &mut Out) {
    let patterns: Vec<Pattern> = args.select.iter().cloned().chain(args.explain.as_deref().map(pattern)).collect();
    if patterns.is_empty() {
        return;
    }
    let concerns = |finding: &Diagnostic| patterns.iter().any(|pattern| is_of(pattern, finding, workspace));
    let before = found.len();
    found.retain(|finding| finding.severity() != Severity::Error || concerns(finding));
    if found.len() < before {
        out.status(&findings::errors_of_others(before - found.len()));
    }
}

fn is_of(pattern: &Pattern, finding: &Diagnostic, workspace: &Workspace) -> bool {
    let (sources, span) = (&workspace.sources, finding.span());
    choose::is_path(pattern, sources.name(span.file)) || choose::is_around(pattern, sources.text(span.file), span.range().start)
}

/// What is no pattern is a name.
fn pattern(text: &str) -> Pattern {
    Pattern::new(text).or_else(|_| Pattern::new(&Pattern::escape(text))).unwrap_or_default()
}

/// Leaves the rules that are asked for.
fn choose(args: &Match, checked: &mut Checked, workspace: &Workspace, out: &mut Out) -> Result<(), u8> {
    let Checked { rules, diagnostics } = checked;
    let path = |rule: &Rule| workspace.sources.name(rule.span.file).to_owned();
    let near = |name: &str| {
        let known = rules.iter().flat_map(|rule| [Some(rule.name.as_str()), rule.meta.title.as_deref(), rule.meta.id.as_deref()]);
        nearest(name, known.flatten()).map(str::to_owned)
    };
    let (suggested, of_level) = (args.explain.as_deref().and_then(near), args.level);
    // One error, or one use, is enough to say why there is no such rule.
    let unmet = |name: &str, of_level: Option<Level>, near: Option<String>| {
        let pattern = pattern(name);
        let is_wrong = diagnostics.iter().any(|finding| finding.severity() == Severity::Error && is_of(&pattern, finding, workspace));
        let is_part = || workspace.sources.ids().any(|file| choose::is_in(&pattern, workspace.sources.text(file)));
        findings::no_rule(name, of_level.map(Level::name), near.as_deref(), is_wrong, !is_wrong && of_level.is_none() && is_part())
    };
    if let Some(name) = &args.explain {
        let exact = rules.iter().filter(|rule| rule.name == *name).count();
        let wanted = pattern(name);
        rules.retain(|rule| if exact > 0 { rule.name == *name } else { choose::is(&wanted, rule, &path(rule)) });
        match rules.as_slice() {
            [_] => {}
            [] => {
                out.error(&unmet(name, None, suggested));
                return Err(FAILED);
            }
            several => {
                out.error(&findings::several_rules(name, &several.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>()));
                return Err(FAILED);
            }
        }
    }
    let had = !rules.is_empty();
    let without = choose::of_level(rules, of_level);
    if let Some(level) = of_level.filter(|_| !without.is_empty()) {
        out.warning(&findings::rules_without_level(&without, &format!("`--level {}` leaves them out", level.name())));
    }
    if let Some(level) = of_level.filter(|_| had && rules.is_empty()) {
        out.error(&format!("no rule is of level {} or above", level.name()));
        return Err(FAILED);
    }
    choose::selected(rules, &args.select, path).map_err(|pattern| {
        out.error(&unmet(&pattern, of_level, None));
        FAILED
    })
}

/// More than that is a mistake, or no gain.
const MOST_THREADS: i64 = 512;

/// How many threads ask: one, where the order in which events come decides something, or people are to see each as it comes.
fn threads(args: &Match, files: &[PathBuf], out: &mut Out) -> usize {
    let is_one = args.explain.is_some() || args.allow_late.is_some() || files.iter().all(|path| path.as_os_str() == STDIN);
    let machine = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if is_one && args.threads.is_some_and(|threads| threads > 1) {
        out.warning("standard input, `--explain` and `--allow-late` have one thread");
    }
    if is_one { 1 } else { args.threads.map_or_else(machine, usize::from) }
}

/// The rules that a stream without end never decides.
fn undecided(rules: &[Rule]) -> Option<String> {
    let endless = rules.iter().filter(|rule| rule.group.as_ref().is_some_and(|group| group.per.is_none()));
    let names: Vec<&str> = endless.map(|rule| rule.name.as_str()).collect();
    let first = names.first()?;
    let others = if names.len() > 1 { format!(" and {}", plural(names.len() - 1, "other", "others")) } else { String::new() };
    Some(format!("`{first}`{others} counted without `per`: decided when the input ends"))
}

/// A file of this size or less one thread reads whole.
const SMALL: u64 = 1 << 20;

/// Asks the rules about each file.
fn read(files: &[PathBuf], run: &mut Run<'_>, out: &mut Out) {
    for path in files {
        if run.is_over(out) {
            break;
        }
        let is_stdin = path.as_os_str() == STDIN;
        let name = if is_stdin { STDIN_NAME.to_owned() } else { path.display().to_string() };
        if let Some(crew) = run.crew.as_mut().filter(|_| !is_stdin && is_small(path)) {
            let file = run.origins.add(&name);
            crew.give(Piece { file, name: name.into(), what: What::Whole(path.clone()) });
            run.make_room(out);
            continue;
        }
        // What stands before it is told before it is begun.
        run.settle(out);
        if run.is_over(out) {
            break;
        }
        out.is_live = is_stdin;
        let crew = if is_stdin { run.crew.take() } else { None };
        let read = open::open(path, run.tell.progress.bytes()).and_then(|input| run.source(&name, input, out));
        (run.crew, out.is_live) = (crew.or(run.crew.take()), false);
        if let Err(error) = read {
            run.settle(out);
            let told = findings::unread(&name, &reason(&error));
            run.tell.progress.beside(|| out.error(&told));
            run.tell.unread.push(told);
            run.code = FAILED;
        }
    }
    run.settle(out);
}

fn is_small(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= SMALL)
}

/// How it went, on stderr.
fn told(run: &Run<'_>, loaded: usize, packs: &Packs, out: &mut Out) {
    let summary = run.ask.seen.summary(run.tell.show.about.rules, packs, Paint(out.stderr_color()));
    if !summary.is_empty() {
        out.status(&format!("\n{summary}"));
    }
    left_out(run, out);
    let counts = &run.ask.counts;
    if let Some(sample) = &run.ask.timeless {
        let has_several =
            |rule: &Rule| matches!(rule.pattern, hir::Pattern::Linked(_)) || rule.group.as_ref().is_some_and(|group| group.per.is_some());
        let times = run.ask.times;
        let asked = times.since.is_some() || times.until.is_some() || run.tell.show.about.rules.iter().any(has_several);
        let told = findings::without_time(counts.timeless, sample.as_ref(), asked);
        if asked { out.warning(&told) } else { out.status(&told) }
    }
    let found = plural(counts.matches, "match", "matches");
    let mut told = format!("{found} of {} in {}", counted(run.ask.seen.rules(), "rule"), counted(counts.events, "event"));
    told.push_str(&format!("; {} loaded", counted(loaded, "rule")));
    for (count, one, many) in [
        (counts.of_no_class, "event of no class that Spoor knows", "events of no class that Spoor knows"),
        (counts.outside, "event outside of the time", "events outside of the time"),
        (counts.mended, "event with letters that are none, read as U+FFFD", "events with letters that are none, read as U+FFFD"),
        (counts.wrong, "line that is no event", "lines that are no event"),
        (counts.damaged, "damaged part of an event log", "damaged parts of event logs"),
    ] {
        if count > 0 {
            told.push_str(&format!("; {}", plural(count, one, many)));
        }
    }
    if stop::is_asked() {
        told.push_str("; stopped before the end");
    }
    out.status(&told);
}

/// What rules over several events did not count or link, each of the first few.
fn left_out(run: &Run<'_>, out: &mut Out) {
    const SHOWN: usize = 10;
    let all: Vec<_> = run.ask.scanner.left_out().collect();
    for (rule, left_out) in all.iter().take(SHOWN) {
        let parts = [
            (left_out.late, "event that came too late", "events that came too late"),
            (left_out.keys, "group or key, for there were too many", "groups or keys, for there were too many"),
            (left_out.hits, "event of a key, for it had too many", "events of keys that had too many"),
            (left_out.values, "value of a group, for it had too many", "values of groups that had too many"),
        ];
        let parts = parts.iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, one, many)| plural(*count as usize, one, many)).collect();
        out.warning(&format!("`{}` left out {}", run.tell.show.about.rules[*rule].name, parts.join(", ")));
    }
    if all.len() > SHOWN {
        out.warning(&format!("{} more left something out", counted(all.len() - SHOWN, "rule")));
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn no_schema(name: &str, out: &mut Out) -> u8 {
    let mut sources = Sources::default();
    let file = sources.add("--schema", name);
    let known: Vec<&str> = packs().schemas.iter().map(|schema| schema.name.as_ref()).collect();
    report(&[findings::unknown_schema(Span::new(file, 0, name.len()), name, &known)], &sources, out);
    FAILED
}
