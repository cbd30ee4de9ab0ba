//! Where the lines of a query came from: every line says, and says what is so.
//!
//! Over every rule of the corpus and of the examples, and over generated ones, on every target, in every form that a query has.

mod common;
#[path = "generated/mod.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod generated;
#[path = "source_map/literals.rs"]
mod literals;

use std::fmt::Write as _;

use common::{compile, packs, root, rule_files};
use literals::{Literal, of_rule};
use spoor::backend::{Lowered, Macros, Options, Purpose, Summaries, Target, lower};
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::source::{Sources, Span};
use spoor::syntax;

/// Lines that come from no place, since they stand in the query of any rule: it is sorted, newest first, and times are made readable.
fn says_nothing_of_the_rule(line: &str) -> bool {
    let command = line.trim_start().trim_start_matches("| ");
    let sorts = command.starts_with("sort by ") && command.ends_with(" desc") || command.starts_with("sort 0 - ");
    sorts || command.starts_with("convert timeformat=") || command.starts_with("`security_content_ctime(")
}

fn lines(lowered: &Lowered) -> Vec<(String, Vec<Span>)> {
    let Some(query) = &lowered.query else { return Vec::new() };
    let texts: Vec<&str> = query.trim_end_matches('\n').split('\n').collect();
    let map: Vec<(usize, Vec<Span>)> = lowered.map.lines().collect();
    let numbers: Vec<usize> = map.iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, (1..=texts.len()).collect::<Vec<_>>(), "an entry a line, in their order:\n{query}");
    texts.into_iter().map(str::to_owned).zip(map.into_iter().map(|(_, places)| places)).collect()
}

/// What all maps must keep to.
struct Judge<'s> {
    sources: &'s Sources,
    /// Of rules whose literals are drawn from a few.
    is_random: bool,
    wrong: Vec<String>,
    lines: usize,
    literals: usize,
}

impl<'s> Judge<'s> {
    fn new(sources: &'s Sources, is_random: bool) -> Judge<'s> {
        Judge { sources, is_random, wrong: Vec::new(), lines: 0, literals: 0 }
    }

    fn say(&mut self, rule: &Rule, lowered: &Lowered, what: String) {
        self.wrong.push(format!("{} {} {}: {what}", self.sources.name(rule.span.file), rule.name, lowered.target.name()));
    }

    fn lowered(&mut self, rule: &Rule, lowered: &Lowered) {
        let lines = lines(lowered);
        assert_eq!(lines.is_empty(), lowered.query.is_none());
        for (text, places) in &lines {
            self.lines += 1;
            if places.is_empty() && !says_nothing_of_the_rule(text) {
                self.say(rule, lowered, format!("no place of `{text}`"));
            }
            for place in places {
                let known = self.sources.ids().any(|file| file == place.file);
                let end = place.end as usize;
                if !known || place.start >= place.end || end > self.sources.text(place.file).len() {
                    self.say(rule, lowered, format!("`{text}` came from {place:?}"));
                }
            }
        }
        self.literals(rule, lowered, &lines);
    }

    /// A literal that one line alone says, and says verbatim: that line came from where it stands. In a regular expression it is escaped.
    fn literals(&mut self, rule: &Rule, lowered: &Lowered, lines: &[(String, Vec<Span>)]) {
        let file = syntax::parse(self.sources, rule.span.file).file;
        let literals = of_rule(&file, &rule.name);
        for literal in &literals {
            let escaped = regex_syntax::escape(&literal.text);
            let saying: Vec<&(String, Vec<Span>)> =
                lines.iter().filter(|(line, _)| says(line, &literal.text) || line.contains(&escaped)).collect();
            let [(line, places)] = saying.as_slice() else { continue };
            if !says(line, &literal.text) {
                continue;
            }
            self.literals += 1;
            // Of literals that read alike one may be decided by others, and say nothing.
            let alike = |other: &&Literal| {
                other.span == literal.span || self.is_random && other.text.to_lowercase().contains(&literal.text.to_lowercase())
            };
            let within = |place: &Span, literal: &Literal| {
                place.file == literal.span.file && place.start <= literal.span.start && literal.span.end <= place.end
            };
            let mut alike = literals.iter().filter(alike);
            // The networks of a kind of addresses are spelled out.
            let is_kind = self.is_random && places.iter().any(|place| self.sources.slice(*place).contains(" is "));
            if !is_kind && !alike.any(|literal| places.iter().any(|place| within(place, literal))) {
                let at = self.sources.place(literal.span);
                let known: Vec<&str> = places.iter().map(|place| self.sources.slice(*place)).collect();
                self.say(rule, lowered, format!("`{}` at {}:{} is said by `{line}`, of {known:?}", literal.text, at.line, at.column));
            }
        }
    }
}

/// The text stands there as a word, or as words, and is no part of a longer one.
fn says(line: &str, text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let beside = |edge: Option<char>, other: Option<char>| edge.is_some_and(is_part) && other.is_some_and(is_part);
    text.contains(char::is_alphanumeric)
        && line.match_indices(text).any(|(at, _)| {
            let (before, after) = (line[..at].chars().next_back(), line[at + text.len()..].chars().next());
            !beside(before, text.chars().next()) && !beside(text.chars().next_back(), after)
        })
}

/// Every form that a query has: what a site chooses, and what runs it.
fn options() -> Vec<Options> {
    let content = Options { macros: Macros::SecurityContent, summaries: Some(Summaries::Macro), ..Options::default() };
    let purposes =
        [Purpose::Hunting, Purpose::CustomDetection, Purpose::NearRealTime].map(|purpose| Options { purpose, ..Options::default() });
    purposes.into_iter().chain([content]).collect()
}

#[test]
fn every_line_says_where_it_came_from() {
    let (mut all, mut literals, mut wrong) = (0, 0, Vec::new());
    for path in ["tests/corpus", "examples"].into_iter().flat_map(rule_files) {
        let compiled = compile(&path);
        let mut judge = Judge::new(&compiled.sources, false);
        for rule in &compiled.checked.rules {
            for (target, options) in Target::ALL.iter().flat_map(|target| options().into_iter().map(move |options| (target, options))) {
                judge.lowered(rule, &lower(rule, *target, packs(), &options));
            }
        }
        (all, literals) = (all + judge.lines, literals + judge.literals);
        wrong.extend(judge.wrong);
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    println!("{all} lines, {literals} literals");
    assert!(all > 30_000 && literals > 3_000, "{all} lines, {literals} literals: the rules say little");
}

#[test]
fn every_line_of_a_generated_rule_says_where_it_came_from() {
    let packs = spoor::schema::builtin();
    for text in [generated::rules::text(packs, 4_242, 300), generated::several::text(packs, 4_242, 150)] {
        let workspace = Workspace::text("generated.spoor", &text);
        let checked = workspace.check(packs);
        let mut judge = Judge::new(&workspace.sources, true);
        for rule in &checked.rules {
            for target in Target::ALL {
                judge.lowered(rule, &lower(rule, *target, packs, &Options::default()));
            }
        }
        let wrong = &judge.wrong;
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
        println!("{} rules, {} lines, {} literals", checked.rules.len(), judge.lines, judge.literals);
        assert!(judge.lines > 5_000 && judge.literals > 300, "{} lines, {} literals", judge.lines, judge.literals);
    }
}

/// Read by a person: each line of a query, and what the rule says there.
#[test]
fn maps_are_as_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(root().join("snapshots/source_map"));
    for (name, target) in [
        ("examples/python_build_scripts.spoor", Target::Splunk),
        ("examples/password_spray.spoor", Target::Defender),
        ("examples/dump_and_archive.spoor", Target::Defender),
        ("tests/corpus/windows_event/several_channels.spoor", Target::SplunkRaw),
    ] {
        let compiled = compile(&root().join(name));
        let lowered = lower(&compiled.checked.rules[0], target, packs(), &Options::default());
        let mut page = String::new();
        for (text, places) in lines(&lowered) {
            let _ = writeln!(page, "{text}");
            for place in places {
                let at = compiled.sources.place(place);
                let said = compiled.sources.slice(place).split_whitespace().collect::<Vec<_>>().join(" ");
                let short: String = if said.chars().count() > 90 { said.chars().take(90).chain("..".chars()).collect() } else { said };
                let _ = writeln!(page, "        {}:{} {short}", at.line, at.column);
            }
        }
        let stem = name.rsplit('/').next().and_then(|name| name.strip_suffix(".spoor")).expect("a name");
        settings.bind(|| insta::assert_snapshot!(format!("{stem}.{}", target.name()), page));
    }
}
