//! Rules over several events, executed: thresholds and linked patterns.
//!
//! In: a rule, streams of timed events. Out: a failure for each query whose rows are not the matches of the reference evaluator. Law: what is
//! compared is what a match is: of a threshold the keys and the window, and what it counts; of a linked pattern the time of the last
//! hit and the keys, and what is shown of the hits. Of a stream that a product holds a part of, only a narrowed query says less than what
//! happened, and only a widened one more. Each stream becomes native rows by the binding read backwards, at times of their own, and is asked
//! for right after its last event. Where a row says more than its event, so that the rule decides otherwise, the stream is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use spoor::backend::plan::{ChainColumn, GroupColumn, Plan, Shape};
use spoor::backend::{Fidelity, Lowered, Options, Target, lower};
use spoor::engine::reference::{self, Aggregated, Found};
use spoor::hir::{ColumnWhat, Event, Number, Pattern, Rule, Scalar, TestEvents};
use spoor::schema::{Packs, Type};
use spoor::witness;

use crate::batch::{self, Answer, NOW, Row, answered, asking, micros};
use crate::engines::ask;
use crate::rules;
use crate::{native, refusals, streams};

const SECOND: i64 = 1_000_000;
/// How many ways of saying the events are tried: containers, native values and spellings take turns.
const WAYS: usize = 2;

/// Reasons for which a query returns more that events of the rules' own tests can show; what a binding promises of its product they cannot.
const SHOWN: &[&str] = &["E0420", "E0421", "E0455"];

/// Reasons for which a query misses what its author means, each shown by a stream as the product holds it.
const MISSED: &[&str] = &["E0425"];

/// Events that the rule is asked of at once.
pub struct Stream {
    pub name: String,
    pub events: Vec<Event>,
    /// Whether the rule matches what happened, of which a product may hold less; None: nobody said.
    pub matches: Option<bool>,
}

struct Case {
    rule: usize,
    target: Target,
    lowered: usize,
    name: String,
    /// Each with its time, in microseconds.
    rows: Vec<(Row, i64)>,
    /// In seconds.
    now: i64,
    expected: Vec<Match>,
    stated: Option<bool>,
}

/// A match, as far as the columns of the result tell it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    /// Of the window, or of the last hit. None: not shown.
    time: Option<i64>,
    /// None: not shown.
    keys: Vec<Option<String>>,
    /// By title.
    shown: BTreeMap<String, Cell>,
}

/// What a column shows, in one form for all engines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Nothing,
    Time(i64),
    /// In millionths.
    Number(i128),
    Text(String),
}

/// What came of one target. The fields are printed.
#[derive(Debug, Default)]
#[allow(dead_code)] // read by `Debug` alone
struct Counts {
    queries: usize,
    matches: usize,
    left_out: usize,
    refused_by_engine: usize,
    /// By fidelity: the rules, `refused` ones among them, and the events that were judged.
    rules: BTreeMap<&'static str, usize>,
    events: BTreeMap<&'static str, usize>,
}

#[test]
fn queries_over_several_events_return_what_the_reference_finds() {
    let packs = rules::packs();
    let written = rules::under(&["tests/corpus", "examples"], packs);
    let mut several: Vec<Rule> = Vec::new();
    for written in written.iter().filter(|written| is_several(&written.rule)) {
        let rule = &written.rule;
        if only().is_none_or(|only| rule.name.contains(&only)) {
            // Columns of the rule's own choice, and all that tell matches apart.
            several.extend(rule.show.is_some().then(|| Rule {
                name: format!("{} (default columns)", rule.name),
                show: None,
                ..rule.clone()
            }));
            several.push(rule.clone());
        }
    }
    let list = only().is_none().then_some("several.txt");
    let streams = |rule: &Rule, target| {
        let held = stated(rule).into_iter().filter_map(|stream| streams::as_held(stream, target, packs));
        stated(rule).into_iter().chain(held).collect()
    };
    let Checked { failures, events, widened, more, less } = check(&several, &streams, packs, list);
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
    let is_whole = only().is_none() && std::env::var("SPOOR_TARGET").is_err() && !events.is_empty();
    for code in MISSED.iter().filter(|_| is_whole) {
        assert!(less.contains(code), "{code}: no query misses what its author means for this alone, so nothing shows that it is narrowed");
    }
    // What is said of counts and of events that are two steps is true: some rule's query does return more.
    for code in SHOWN.iter().filter(|code| only().is_none() && widened.contains(**code)) {
        assert!(more.contains(*code), "{code}: no query returns more than the reference finds, so nothing shows that it is widened");
    }
}

/// A part of a rule's name, to look at one alone.
pub fn only() -> Option<String> {
    std::env::var("SPOOR_RULE").ok()
}

pub fn is_several(rule: &Rule) -> bool {
    rule.group.is_some() || matches!(rule.pattern, Pattern::Linked(_))
}

/// The events of the rule's own tests.
pub fn stated(rule: &Rule) -> Vec<Stream> {
    let tests = rule.tests.iter().filter_map(|test| match &test.events {
        TestEvents::Here(events) => Some(Stream { name: test.name.clone(), events: events.clone(), matches: Some(test.matches) }),
        TestEvents::From(_) => None,
    });
    tests.collect()
}

/// What came of asking.
pub struct Checked {
    pub failures: Vec<String>,
    /// By target: the events of all queries that an engine answered. Empty: it is not installed.
    pub events: BTreeMap<&'static str, usize>,
    /// The codes for which a query that was answered may return more, and those of queries that did.
    pub widened: BTreeSet<&'static str>,
    pub more: BTreeSet<&'static str>,
    /// The codes that alone are the reason why a query missed what an author says that it matches.
    pub less: BTreeSet<&'static str>,
}

/// Asks all rules of their streams. `list`: the refusals are compared with those of this file.
pub fn check(rules: &[Rule], streams: &dyn Fn(&Rule, Target) -> Vec<Stream>, packs: &Packs, list: Option<&str>) -> Checked {
    let mut failures = Vec::new();
    let mut events: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut widened, mut more, mut less) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut refused = BTreeSet::new();
    let mut complete = true;
    let one = std::env::var("SPOOR_TARGET").ok();
    for target in Target::ALL {
        if one.as_ref().is_some_and(|one| target.name() != one) {
            complete = false;
            continue;
        }
        let mut counts = Counts::default();
        let mut cases: Vec<Case> = Vec::new();
        let mut lowered: Vec<Lowered> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let of_target = lower(rule, *target, packs, &Options::default());
            *counts.rules.entry(of_target.fidelity.name()).or_default() += 1;
            let Some(plan) = &of_target.plan else { continue };
            for stream in streams(rule, *target) {
                let before = cases.len();
                for way in ways(*target, packs) {
                    let known = |case: &Case| cases[before..].iter().any(|known| known.is_like(case));
                    if let Some(case) = case(rule, index, *target, lowered.len(), plan, &stream, way, packs).filter(|case| !known(case)) {
                        cases.push(case);
                    }
                }
                counts.left_out += usize::from(cases.len() == before);
            }
            lowered.push(of_target);
        }
        let (oracle, facts) = batch::oracle(*target, packs);
        let asked: Vec<Value> = cases
            .iter()
            .enumerate()
            .map(|(id, case)| {
                let rows: Vec<(&Row, i64)> = case.rows.iter().map(|(row, time)| (row, *time)).collect();
                let lowered = &lowered[case.lowered];
                let asked = asking(&id.to_string(), *target, lowered.query.as_deref().unwrap_or_default(), &rows, case.now, packs);
                batch::beside(asked, &lowered.files)
            })
            .collect();
        if asked.is_empty() {
            continue;
        }
        let Some(answers) = ask(oracle, &facts, &asked) else {
            complete = false;
            continue;
        };
        for (id, case) in cases.iter().enumerate() {
            let rule = &rules[case.rule];
            let of_target = &lowered[case.lowered];
            let query = of_target.query.as_deref().unwrap_or_default();
            match answered(*target, query, &answers[&id.to_string()]) {
                Answer::Refused(reason) => {
                    counts.refused_by_engine += 1;
                    refused.insert(format!("{} {} {reason}", rule.name, target.name()));
                }
                Answer::Broken(message) => failures.push(format!("{} on {}, {}: {message}\n{query}", rule.name, target.name(), case.name)),
                Answer::Rows(rows) => {
                    counts.queries += 1;
                    counts.matches += case.expected.len();
                    *events.entry(target.name()).or_default() += case.rows.len();
                    *counts.events.entry(of_target.fidelity.name()).or_default() += case.rows.len();
                    if case.stated == Some(true) && rows.is_empty() && of_target.fidelity == Fidelity::Narrowed {
                        let codes: BTreeSet<&str> = of_target.reasons.iter().map(|reason| reason.code.id()).collect();
                        less.extend((codes.len() == 1).then(|| codes.first().copied()).flatten());
                    }
                    if native::is_widened(of_target) {
                        let codes = || of_target.reasons.iter().map(|reason| reason.code.id());
                        widened.extend(codes());
                        if returns_more(plan_of(of_target), case, &rows) {
                            more.extend(codes());
                        }
                    }
                    failures.extend(judge(rule, case, of_target, &rows));
                }
            }
        }
        println!("{}: {counts:?}", target.name());
    }
    if let Some(list) = list.filter(|_| complete) {
        failures.extend(refusals::compare(list, &refused));
    }
    Checked { failures, events, widened, more, less }
}

impl Case {
    fn is_like(&self, other: &Case) -> bool {
        let rows = |case: &Case| case.rows.iter().map(|(row, time)| (row.table.clone(), row.columns.clone(), *time)).collect::<Vec<_>>();
        rows(self) == rows(other)
    }
}

/// A way of saying events: the schema that is asked first, and which of its ways.
#[derive(Clone, Copy)]
pub struct Way<'s> {
    schema: &'s str,
    nth: usize,
}

pub fn ways(target: Target, packs: &Packs) -> Vec<Way<'_>> {
    let schemas: Vec<&str> = packs.read_by(target).map(|schema| schema.name.as_ref()).collect();
    (0..WAYS).flat_map(|nth| schemas.iter().map(move |schema| Way { schema, nth }).collect::<Vec<_>>()).collect()
}

/// The stream in the target's rows. None: it cannot hold them, or a row says more than its event.
#[allow(clippy::too_many_arguments)] // what a case is made of
fn case(rule: &Rule, index: usize, target: Target, lowered: usize, plan: &Plan, stream: &Stream, way: Way, packs: &Packs) -> Option<Case> {
    let begin = stream.events.iter().filter_map(|event| event.time).min().unwrap_or(0);
    let end = stream.events.iter().filter_map(|event| event.time).max().unwrap_or(0);
    let shift = shift(rule, end, packs);
    // What is older than `last` is not asked. An engine reads a query once that is asked at one time; where the window is too short
    // for that, right after the last event.
    let is_asked = |now: &i64| plan.last.is_none_or(|last| now - (begin.div_euclid(SECOND) + shift) < last.seconds as i64);
    let now = [NOW, end.div_euclid(SECOND) + shift + 1].into_iter().find(is_asked)?;
    let mut rows = Vec::new();
    let mut events = Vec::new();
    for event in &stream.events {
        let event = Event { time: event.time.map(|time| time + shift * SECOND), ..event.clone() };
        let (row, read) = row(&event, target, way, rows.len(), packs)?;
        rows.push((row, event.time.unwrap_or(shift * SECOND)));
        events.push(Event { time: event.time, ..read });
    }
    let own: Vec<Event> =
        stream.events.iter().map(|event| Event { time: event.time.map(|time| time + shift * SECOND), ..event.clone() }).collect();
    let found = reference::find(rule, &events, packs);
    if identities(&found) != identities(&reference::find(rule, &own, packs)) {
        return None;
    }
    let expected = matches(rule, plan, &found, &events, packs);
    let name = stream.name.clone();
    Some(Case { rule: index, target, lowered, name, rows, now, expected, stated: stream.matches })
}

/// To the last window that has ended when the query is asked; without windows, so that the last event is in the second before. In seconds. A rule
/// that asks for a part of the time is asked about the times as they are.
pub fn shift(rule: &Rule, end: i64, packs: &Packs) -> i64 {
    if crate::events::asks_calendar(rule, packs) {
        return 0;
    }
    (NOW - 1 - end.div_euclid(SECOND)).div_euclid(unit(rule)) * unit(rule)
}

/// Windows lie alike after so many seconds.
fn unit(rule: &Rule) -> i64 {
    rule.group.as_ref().and_then(|group| group.per.as_ref()).map_or(1, |per| per.seconds as i64)
}

/// An event as a row of the schema, or of another one of the target that holds it, and what the row says. Each row has a number of its own, where its table numbers rows.
pub fn row(event: &Event, target: Target, way: Way, number: usize, packs: &Packs) -> Option<(Row, Event)> {
    let others = packs.read_by(target).filter(|schema| schema.name != way.schema);
    packs.schema(way.schema).into_iter().chain(others).find_map(|schema| {
        let row = witness::rows(packs, &schema.name, event, way.nth).ok()?;
        let read = row.event.to_hir().into_iter().find(|read| read.action == event.action || read.action.is_none())?;
        let mut columns = row.columns;
        let table = schema.table(&row.table)?;
        if schema.identity.iter().any(|name| name == "ReportId") && table.column("ReportId").is_some() {
            columns.insert("ReportId".to_owned(), json!(number + 1));
        }
        let why = format!("{} ({})", packs.class(event.class).name, schema.name);
        Some((Row { schema: schema.name.to_string(), table: row.table, columns, time: None, matches: false, why }, read))
    })
}

/// What tells a rule's matches apart, whatever else their events say.
fn identities(found: &Found) -> Vec<(Vec<String>, i64, Vec<usize>)> {
    match found {
        Found::Events(events) => events.iter().map(|event| (Vec::new(), 0, vec![*event])).collect(),
        Found::Groups(groups) => {
            groups.iter().map(|group| (group.keys.clone(), group.window.unwrap_or_default(), group.hits.clone())).collect()
        }
        Found::Chains(chains) => {
            chains.iter().map(|chain| (chain.keys.clone(), chain.last, chain.hits.iter().flatten().copied().collect())).collect()
        }
    }
}

/// The matches as the result should show them.
fn matches(rule: &Rule, plan: &Plan, found: &Found, events: &[Event], packs: &Packs) -> Vec<Match> {
    match (found, &plan.shape) {
        (Found::Groups(groups), Shape::Groups(planned)) => {
            let is_shown = |what: GroupColumn| planned.columns.iter().any(|column| column.what == what);
            let one = |group: &reference::Group| Match {
                time: group.window.filter(|_| is_shown(GroupColumn::Window)),
                keys: group.keys.iter().enumerate().map(|(at, key)| is_shown(GroupColumn::Key(at)).then(|| key.clone())).collect(),
                shown: aggregates(rule, plan, group, events, packs),
            };
            groups.iter().map(one).collect()
        }
        (Found::Chains(chains), Shape::Chains(planned)) => {
            let is_shown = |what: ChainColumn| planned.columns.iter().any(|column| column.what == what);
            let one = |chain: &reference::Chain| Match {
                time: Some(chain.last).filter(|_| is_shown(ChainColumn::Last)),
                keys: chain.keys.iter().enumerate().map(|(at, key)| is_shown(ChainColumn::Key(at)).then(|| key.clone())).collect(),
                shown: of_chain(rule, plan, chain, events, packs),
            };
            chains.iter().map(one).collect()
        }
        (Found::Events(_) | Found::Groups(_) | Found::Chains(_), _) => panic!("{}: the plan is of another shape", rule.name),
    }
}

/// The aggregates that `show` asks for, with the titles that they got. Sets are another matter.
fn aggregates(rule: &Rule, plan: &Plan, group: &reference::Group, events: &[Event], packs: &Packs) -> BTreeMap<String, Cell> {
    let (Shape::Groups(planned), Pattern::Union(branches)) = (&plan.shape, &rule.pattern) else { return BTreeMap::new() };
    let titles: Vec<&str> =
        planned.columns.iter().filter(|column| column.what != GroupColumn::Window).map(|column| column.title.as_str()).collect();
    let asked = rule.show.iter().flatten().zip(titles).filter_map(|(column, title)| match &column.what {
        ColumnWhat::Aggregate(aggregate) => Some((title.to_owned(), aggregate)),
        ColumnWhat::Field(_) | ColumnWhat::StepField { .. } | ColumnWhat::Matched => None,
    });
    let cell = |aggregate| match reference::aggregate(aggregate, branches, &group.hits, events, packs) {
        Aggregated::Number(None) | Aggregated::Time(None) => Some(Cell::Nothing),
        Aggregated::Number(Some(Number::Int(number))) => Some(Cell::Number(i128::from(number) * 1_000_000)),
        Aggregated::Number(Some(Number::Real(number))) => Some(Cell::Number((number * 1e6).round() as i128)),
        Aggregated::Time(Some(time)) => Some(Cell::Time(time)),
        Aggregated::Values(_) => None,
    };
    asked.filter_map(|(title, aggregate)| Some((title, cell(aggregate)?))).collect()
}

/// First time, delay, and the fields of the steps that `show` asks for: of one value, and where one time has one hit.
fn of_chain(rule: &Rule, plan: &Plan, chain: &reference::Chain, events: &[Event], packs: &Packs) -> BTreeMap<String, Cell> {
    let Shape::Chains(planned) = &plan.shape else { return BTreeMap::new() };
    let mut shown = BTreeMap::new();
    let mut times: Vec<i64> = events.iter().filter_map(|event| event.time).collect();
    times.sort_unstable();
    let has_ties = times.windows(2).any(|two| two[0] == two[1]);
    if has_ties {
        return shown;
    }
    for column in &planned.columns {
        match &column.what {
            ChainColumn::First => shown.insert(column.title.clone(), Cell::Time(chain.first)),
            ChainColumn::Delay => shown.insert(column.title.clone(), Cell::Number(i128::from(chain.last - chain.first))),
            ChainColumn::Last | ChainColumn::Key(_) | ChainColumn::Step(..) | ChainColumn::Own(_) | ChainColumn::Matched => None,
        };
    }
    for column in rule.show.iter().flatten() {
        let ColumnWhat::StepField { step, field } = &column.what else { continue };
        let Some(alias) = &column.alias else { continue };
        let hit = chain.hits[*step].map(|hit| &events[hit]);
        let cell = match (hit, field.as_str()) {
            (None, _) => Cell::Nothing,
            (Some(event), "time") => event.time.map_or(Cell::Nothing, Cell::Time),
            (Some(event), field) => {
                let class = packs.class(event.class);
                let Some(id) = class.field(field) else { continue };
                // A list of hashes is shown as it stands.
                if matches!(class.get(id).ty, Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash) {
                    continue;
                }
                match event.fields.iter().find(|(known, _)| *known == id).map(|(_, values)| values.as_slice()) {
                    None | Some([]) => Cell::Nothing,
                    Some([Scalar::Int(number)]) => Cell::Number(i128::from(*number) * 1_000_000),
                    Some([Scalar::Text(text)]) => text_cell(text),
                    Some(_) => continue,
                }
            }
        };
        shown.insert(alias.clone(), cell);
    }
    shown
}

fn text_cell(text: &str) -> Cell {
    if text.is_empty() || text == "unknown" { Cell::Nothing } else { Cell::Text(text.to_lowercase()) }
}

fn plan_of(lowered: &Lowered) -> &Plan {
    lowered.plan.as_ref().expect("what has a query has a plan")
}

/// A search writes its times in whole seconds.
fn as_shown(one: &Match, target: Target) -> Match {
    let written = |time: i64| match target {
        Target::Splunk | Target::SplunkRaw => time.div_euclid(SECOND) * SECOND,
        Target::Defender | Target::Sentinel => time,
    };
    let cell = |cell: &Cell| match cell {
        Cell::Time(time) => Cell::Time(written(*time)),
        Cell::Nothing | Cell::Number(_) | Cell::Text(_) => cell.clone(),
    };
    let shown = one.shown.iter().map(|(title, value)| (title.clone(), cell(value))).collect();
    Match { time: one.time.map(written), keys: one.keys.clone(), shown }
}

/// A row is no match of the reference.
fn returns_more(plan: &Plan, case: &Case, rows: &[Map<String, Value>]) -> bool {
    let expected: Vec<Match> = case.expected.iter().map(|one| as_shown(one, case.target)).collect();
    let is_expected = |found: &Match| expected.iter().any(|one| (one.time, &one.keys) == (found.time, &found.keys));
    rows.iter().any(|row| !is_expected(&read(plan, row, &case.expected)))
}

/// Compares as far as the fidelity promises: an exact query returns these matches, a widened one at least those, a narrowed one may
/// miss some, and return more only where it is widened too.
fn judge(rule: &Rule, case: &Case, lowered: &Lowered, rows: &[Map<String, Value>]) -> Option<String> {
    let plan = lowered.plan.as_ref()?;
    let found: Vec<Match> = rows.iter().map(|row| read(plan, row, &case.expected)).collect();
    let expected_here: Vec<Match> = case.expected.iter().map(|one| as_shown(one, case.target)).collect();
    let told = |all: &[Match]| all.iter().map(|one| (one.time, one.keys.clone())).collect::<BTreeSet<_>>();
    let (expected, returned) = (told(&expected_here), told(&found));
    let missed: Vec<_> = expected.difference(&returned).collect();
    let more: Vec<_> = returned.difference(&expected).collect();
    let widened = native::is_widened(lowered);
    let fails = match lowered.fidelity {
        Fidelity::Exact => !missed.is_empty() || !more.is_empty() || !is_count(case, found.len()),
        Fidelity::Widened => !missed.is_empty(),
        Fidelity::Narrowed => !widened && !more.is_empty(),
        Fidelity::Refused => unreachable!("a refused rule has no query"),
    };
    // What is shown of a match that stands alone.
    let alone = |one: &&Match| {
        let same = |other: &&Match| (other.time, &other.keys) == (one.time, &one.keys);
        expected_here.iter().filter(same).count() == 1 && found.iter().filter(same).count() == 1
    };
    let differs = expected_here.iter().filter(alone).find_map(|one| {
        let other = found.iter().find(|other| (other.time, &other.keys) == (one.time, &one.keys))?;
        (lowered.fidelity == Fidelity::Exact && other.shown != one.shown)
            .then(|| format!("{:?}\n    shown as {:?}", one.shown, other.shown))
    });
    let lies = match case.stated {
        Some(true) => rows.is_empty() && matches!(lowered.fidelity, Fidelity::Exact | Fidelity::Widened),
        Some(false) => !rows.is_empty() && !widened,
        None => false,
    };
    let against = lies.then_some("what happened says otherwise");
    (fails || differs.is_some() || against.is_some()).then(|| {
        let events: String =
            case.rows.iter().map(|(row, time)| format!("\n    {} {} {:?}", spoor::engine::shape::time::iso(*time), row.table, row.columns)).collect();
        format!(
            "{} on {} ({}), \"{}\": {} expected, {} returned {}\n  missed: {missed:?}\n  too many: {more:?}\n  {}\n  events:{events}\n{}\n  returned: {}",
            rule.name,
            case.target.name(),
            lowered.fidelity.name(),
            case.name,
            case.expected.len(),
            rows.len(),
            against.unwrap_or_default(),
            differs.unwrap_or_default(),
            lowered.query.as_deref().unwrap_or_default(),
            json!(rows)
        )
    })
}

/// Where nothing tells the rows of a target apart, matches that are alike may be one row.
fn is_count(case: &Case, found: usize) -> bool {
    match case.target {
        Target::Defender | Target::SplunkRaw => found == case.expected.len(),
        Target::Splunk | Target::Sentinel => found <= case.expected.len(),
    }
}

/// A row of the result. It shows what the expected matches show.
fn read(plan: &Plan, row: &Map<String, Value>, expected: &[Match]) -> Match {
    let columns: Vec<(&str, Option<usize>, bool)> = match &plan.shape {
        Shape::Groups(groups) => groups
            .columns
            .iter()
            .filter_map(|column| match column.what {
                GroupColumn::Key(key) => Some((column.title.as_str(), Some(key), false)),
                GroupColumn::Window => Some((column.title.as_str(), None, true)),
                GroupColumn::Aggregate(_) => None,
            })
            .collect(),
        Shape::Chains(chains) => chains
            .columns
            .iter()
            .filter_map(|column| match column.what {
                ChainColumn::Key(key) => Some((column.title.as_str(), Some(key), false)),
                ChainColumn::Last => Some((column.title.as_str(), None, true)),
                ChainColumn::First | ChainColumn::Delay | ChainColumn::Step(..) | ChainColumn::Own(_) | ChainColumn::Matched => None,
            })
            .collect(),
        Shape::Events => Vec::new(),
    };
    let count = match &plan.shape {
        Shape::Groups(groups) => groups.keys.len(),
        Shape::Chains(chains) => chains.keys.len(),
        Shape::Events => 0,
    };
    let cell = |title: &str| row.get(title).unwrap_or(&Value::Null);
    let key = |at: usize| columns.iter().find(|(_, key, _)| *key == Some(at)).map(|(title, ..)| spelled(cell(title)));
    let time = columns.iter().find(|(.., is_time)| *is_time).and_then(|(title, ..)| micros(cell(title)));
    let shown = expected.first().into_iter().flat_map(|one| &one.shown);
    Match {
        time,
        keys: (0..count).map(key).collect(),
        shown: shown.map(|(title, like)| (title.clone(), cell_like(cell(title), like))).collect(),
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, |number| number.to_string()),
        other => other.to_string(),
    }
}

fn cell_like(value: &Value, like: &Cell) -> Cell {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (value, like) {
        (Value::Null, _) => Cell::Nothing,
        (_, Cell::Time(_)) => micros(value).map_or(Cell::Nothing, Cell::Time),
        (Value::String(text), Cell::Text(_) | Cell::Nothing) => text_cell(text),
        _ => number.map_or_else(|| text_cell(&spelled(value)), |number| Cell::Number((number * 1e6).round() as i128)),
    }
}
