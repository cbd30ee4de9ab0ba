//! Each rule asked about the events of its tests, and its queries held against their snapshot.
//!
//! In: rules, their tests. Out: for each test what the matcher found, and why that is wrong where it is. A rule has an engine of its own, so that
//! what is found of one says nothing of another, and each test a scanner of its own: its events are all there are. Rules are asked on all
//! processors, some neighbours at a time.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::cases::{Case, Cases, Given};
use super::compare;
use super::page::Page;
use super::{Tested, why};
use crate::backend::{Lowered, Options, Target, lower};
use crate::cli::matching::events::{Events, Told};
use crate::cli::out::{Out, Paint};
use crate::diag::testing::{self, Stated};
use crate::diag::{Diagnostic, render};
use crate::engine::{Engine, Event, Scanner};
use crate::hir::Rule;
use crate::project::{Stage, Workspace, in_parallel, reason};
use crate::schema::Packs;
use crate::source::Span;
use crate::syntax::ast;

/// A test that was run.
pub struct Ran {
    pub name: String,
    pub at: Span,
    pub stated: Stated,
    /// How many matches there are, in how many events.
    pub found: usize,
    pub events: usize,
    /// None: all is as stated.
    pub failed: Option<Failed>,
    /// Its events could not be read at all.
    pub is_unreadable: bool,
}

pub struct Failed {
    /// In one line.
    pub message: String,
    /// Events, and what of the condition they satisfy.
    pub why: String,
}

pub struct Asking<'a> {
    pub workspace: &'a Workspace,
    pub packs: &'a Packs,
    pub rules: &'a [Rule],
    /// Which of them are asked.
    pub wanted: &'a [bool],
    pub cases: &'a Cases<'a>,
    /// None: nobody asks for them.
    pub snapshots: Option<&'a Path>,
    pub targets: &'a [Target],
    /// Snapshots that are missing are to be taken in.
    pub takes_in: bool,
    /// Other targets have sections too, and are not asked for.
    pub only: bool,
    pub options: &'a Options,
    pub paint: Paint,
}

/// So many rules go to a thread together: they share what reads events.
const MOST_TOGETHER: usize = 64;
/// Into at least so many pieces the rules are cut, where there are so many.
const PIECES: usize = 128;

impl<'a> Asking<'a> {
    /// `stage`: where snapshots that differ are laid down, if all of them are to be taken in.
    pub fn all(&self, stage: Option<&Stage>, out: &Out) -> Vec<Tested<'a>> {
        let items = self.workspace.documents.iter().flat_map(|document| &document.parsed.file.items);
        let written: HashMap<Span, &ast::Rule> = items
            .filter_map(|item| match item {
                ast::Top::Rule(rule) => Some((rule.name.at.0, rule)),
                ast::Top::Import(_) | ast::Top::Let(_) => None,
            })
            .collect();
        let (nothing, _) = Engine::new([], self.packs);
        let numbered: Vec<(usize, &Rule)> = self.rules.iter().enumerate().filter(|(index, _)| self.wanted[*index]).collect();
        let bar = Bar::new(numbered.len(), out);
        let pieces: Vec<&[(usize, &Rule)]> = numbered.chunks((numbered.len() / PIECES).clamp(1, MOST_TOGETHER)).collect();
        let tested = in_parallel(&pieces, |piece| {
            let mut reader = Reader { nothing: &nothing, packs: self.packs, color: self.paint.0, events: None };
            let one = |(index, rule): &(usize, &'a Rule)| {
                let mut tested = self.rule(rule, &self.cases.of[*index], written.get(&rule.span).copied(), &mut reader);
                tested.snapshot.iter_mut().zip(stage).for_each(|(compared, stage)| compared.lay(stage));
                bar.step();
                tested
            };
            piece.iter().map(one).collect::<Vec<_>>()
        });
        bar.end();
        tested.into_iter().flatten().collect()
    }

    fn rule(&self, rule: &'a Rule, cases: &[Case<'_>], written: Option<&ast::Rule>, reader: &mut Reader<'_>) -> Tested<'a> {
        let (tests, unloaded) = if cases.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            let (engine, unloaded) = Engine::new([rule], self.packs);
            let cases = cases.iter().filter(|_| unloaded.is_empty());
            (cases.map(|case| self.case(rule, &engine, case, reader)).collect(), unloaded)
        };
        let snapshot = self.snapshots.zip(written).map(|(folder, written)| {
            let query = |target: &Target| Lowered { plan: None, ..lower(rule, *target, self.packs, self.options) };
            let page = Page::new(written, self.targets.iter().map(query), &self.workspace.sources);
            compare::compare(folder, &rule.name, page, self.only.then_some(self.targets), self.takes_in)
        });
        Tested { rule, tests, snapshot, unloaded }
    }

    fn case(&self, rule: &Rule, engine: &Engine, case: &Case<'_>, reader: &mut Reader<'_>) -> Ran {
        let mut scanner = engine.scanner();
        let mut found = 0;
        let mut ran =
            Ran { name: case.name.clone(), at: case.at, stated: case.stated, found: 0, events: 0, failed: None, is_unreadable: false };
        let read = match &case.given {
            Given::Here(events) => {
                events.iter().for_each(|event| scanner.push(&Event::from(event), |_| found += 1));
                Ok(Told { events: events.len(), ..Told::default() })
            }
            Given::File(path, _) => reader.events().read(path, &mut |fields, _| scanner.push(fields, |_| found += 1)),
        };
        let told = match read {
            Ok(told) => told,
            Err(error) => {
                let finding = unreadable(case, &reason(&error), self.workspace);
                let message = finding.title.clone();
                let why = render::render(&finding, &self.workspace.sources, self.paint.0);
                return Ran { failed: Some(Failed { message, why }), is_unreadable: true, ..ran };
            }
        };
        finish(&mut scanner, &mut found);
        (ran.found, ran.events) = (found, told.events);
        ran.failed = self.failed(rule, case, &ran, &told, reader);
        ran
    }

    fn failed(&self, rule: &Rule, case: &Case<'_>, ran: &Ran, told: &Told, reader: &mut Reader<'_>) -> Option<Failed> {
        let is_file = matches!(case.given, Given::File(..));
        let plain = |message: &str| Some(Failed { message: message.to_owned(), why: String::new() });
        if told.wrong > 0 {
            return Some(Failed { message: testing::broken_events(told.wrong), why: told.pictures.concat() });
        }
        if is_file && told.events == 0 {
            return plain(testing::NO_EVENTS);
        }
        if is_file && told.events == told.of_no_class {
            return plain(testing::OF_NO_CLASS);
        }
        if ran.stated.is_met(ran.found) {
            return None;
        }
        let message = ran.stated.missed(ran.found, ran.events);
        let why = why::why(self, rule, case, ran.found, reader);
        Some(Failed { message, why })
    }
}

fn finish(scanner: &mut Scanner<'_>, found: &mut usize) {
    scanner.finish(|_| *found += 1);
}

/// The finding at the place where the file is named, or at the file itself.
fn unreadable(case: &Case<'_>, reason: &str, workspace: &Workspace) -> Diagnostic {
    match &case.given {
        Given::File(_, Some((written, relative))) => testing::unreadable_events(case.at, written, reason, relative),
        Given::File(_, None) | Given::Here(_) => testing::unreadable_file(case.at, workspace.sources.name(case.at.file), reason),
    }
}

/// What reads files of events, made when the first is read.
pub struct Reader<'e> {
    nothing: &'e Engine,
    packs: &'e Packs,
    color: bool,
    events: Option<Events<'e>>,
}

impl<'e> Reader<'e> {
    pub fn events(&mut self) -> &mut Events<'e> {
        let (nothing, packs, color) = (self.nothing, self.packs, self.color);
        self.events.get_or_insert_with(|| Events::new(nothing, packs, color))
    }
}

/// How far it is, for who waits at a terminal for longer than a second.
struct Bar {
    bar: Option<ProgressBar>,
    done: AtomicUsize,
    begun: Instant,
}

impl Bar {
    fn new(rules: usize, out: &Out) -> Bar {
        let bar = out.waits_for_progress().then(|| {
            let bar = ProgressBar::with_draw_target(Some(rules as u64), ProgressDrawTarget::stderr());
            // The form is written here: it is right.
            bar.with_style(ProgressStyle::with_template("{bar:30} {pos} of {len} rules").unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Bar { bar, done: AtomicUsize::new(0), begun: Instant::now() }
    }

    fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar
            && self.begun.elapsed() > Duration::from_secs(1)
        {
            bar.set_position(done as u64);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
