//! Rules over several events at random, and streams of events from so few words and times that patterns are often whole, and often just not.

use spoor::engine::{Cell, Combined, Engine, Event as EngineEvent, Of, Value, reference};
use spoor::hir::*;
use spoor::schema::{Actions, Class, ClassId};
use spoor::witness::Rng;

use super::hand::{branch, class, field, packs, rule, span};

const CLASSES: &[&str] = &["process", "file", "dns"];
const WORDS: &[&str] = &["a", "A", "ab", "b", "É", "é", "ß", "ss", "\u{212a}", "k"];
const SECOND: i64 = 1_000_000;

/// A match in a form that both sides have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Group { window: Option<i64>, keys: Vec<String>, columns: Vec<String> },
    Chain { event: usize, keys: Vec<String>, hits: Vec<Option<usize>>, first: i64, last: i64 },
}

/// Whether engine and reference find the same among these events, also where two scanners read them; the number of matches.
pub fn agree(rule: &Rule, events: &[Event]) -> usize {
    let is_aggregate = |column: &&Column| matches!(column.what, ColumnWhat::Aggregate(_));
    let aggregates = || rule.show.iter().flatten().filter(is_aggregate).cloned().collect();
    let rule = &Rule { show: rule.group.as_ref().map(|_| aggregates()), ..rule.clone() };
    let wanted = by_reference(rule, events);
    let (engine, refused) = Engine::new([rule], packs());
    assert!(refused.is_empty(), "{refused:?}");
    for cut in [events.len(), events.len() / 2] {
        let (mut scanner, mut other) = (engine.scanner(), engine.scanner());
        for (index, event) in events.iter().enumerate() {
            let scanner = if index < cut { &mut scanner } else { &mut other };
            scanner.push_tagged(&EngineEvent::from(event), index as u64, |one| panic!("no event is a match by itself: {one:?}"));
        }
        scanner.merge(other);
        let mut found = Vec::new();
        scanner.finish(|one| found.push(by_engine(&one)));
        found.sort();
        assert_eq!(found, wanted, "cut at {cut}\n{:?}\n{:?}\n{:?}", rule.pattern, rule.group, events);
        scanner.finish(|one| panic!("what was found is gone: {one:?}"));
    }
    wanted.len()
}

fn by_engine(found: &Combined<'_>) -> Found {
    let keys = found.keys.iter().map(|key| Value::from(key).to_string()).collect();
    match &found.of {
        Of::Group { window } => {
            let columns = found.columns.iter().map(|(_, cells)| cells.iter().map(cell).collect::<Vec<_>>().join(";")).collect();
            Found::Group { window: *window, keys, columns }
        }
        Of::Chain { first, hits } => {
            let hits = hits.iter().map(|(_, hit)| hit.map(|hit| hit.tag as usize)).collect();
            let last = found.time.expect("a chain has its time");
            Found::Chain { event: found.event.tag as usize, keys, hits, first: *first, last }
        }
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Value(scalar) => Value::from(scalar).to_string(),
        Cell::Time(time) => format!("at {time}"),
    }
}

fn by_reference(rule: &Rule, events: &[Event]) -> Vec<Found> {
    let mut all: Vec<Found> = match (reference::find(rule, events, packs()), &rule.pattern) {
        (reference::Found::Events(_), _) => panic!("a rule over several events"),
        (reference::Found::Groups(groups), Pattern::Union(branches)) => {
            let shown = |group: &reference::Group| {
                rule.show.iter().flatten().map(|column| shown(column, branches, group, events)).collect::<Vec<String>>()
            };
            groups.iter().map(|group| Found::Group { window: group.window, keys: group.keys.clone(), columns: shown(group) }).collect()
        }
        (reference::Found::Chains(chains), _) => chains
            .into_iter()
            .map(|chain| Found::Chain { event: chain.event, keys: chain.keys, hits: chain.hits, first: chain.first, last: chain.last })
            .collect(),
        (reference::Found::Groups(_), Pattern::Linked(_)) => panic!("linked events are no groups"),
    };
    all.sort();
    all
}

fn shown(column: &Column, branches: &[Branch], group: &reference::Group, events: &[Event]) -> String {
    let ColumnWhat::Aggregate(aggregate) = &column.what else { panic!("only aggregates are shown here") };
    match reference::aggregate(aggregate, branches, &group.hits, events, packs()) {
        reference::Aggregated::Number(number) => number.map_or(String::new(), |number| match number {
            Number::Int(number) => number.to_string(),
            Number::Real(number) => number.to_string(),
        }),
        reference::Aggregated::Time(time) => time.map_or(String::new(), |time| format!("at {time}")),
        reference::Aggregated::Values(values) => values.into_iter().collect::<Vec<_>>().join(";"),
    }
}

// ---------- events ----------

/// What the events of a stream are made of.
struct Stuff<'s> {
    classes: Vec<&'s str>,
    words: Vec<&'s str>,
    hosts: &'s [&'s str],
    /// Of a hundred values that can be there this many are.
    there: usize,
    /// Halves of seconds, so that fractions decide too.
    times: usize,
}

pub fn random_events(rng: &mut Rng, most: usize) -> Vec<Event> {
    let stuff = Stuff { classes: CLASSES.to_vec(), words: WORDS.to_vec(), hosts: &["h", "H", "g"], there: 70, times: 40 };
    (0..rng.below(most + 1)).map(|_| stuff.event(rng)).collect()
}

/// Events of the rule's own classes, of two words, mostly of one host: nearly each of them is a hit.
pub fn dense_events(rng: &mut Rng, rule: &Rule, count: usize) -> Vec<Event> {
    let Pattern::Linked(linked) = &rule.pattern else { return Vec::new() };
    let classes = linked.steps.iter().flat_map(|step| &step.branches).map(|branch| packs().class(branch.class).name.as_ref()).collect();
    let words = vec!["a", rng.pick(&["ab", "é", "k", "A"]).expect("a word")];
    let stuff = Stuff { classes, words, hosts: &["h", "h", "H", "h", "g"], there: 95, times: 2 + rng.below(60) };
    (0..count).map(|_| stuff.event(rng)).collect()
}

impl Stuff<'_> {
    fn event(&self, rng: &mut Rng) -> Event {
        let (id, of) = class(rng.pick(&self.classes).expect("a class"));
        let mut fields: Vec<(_, Vec<Scalar>)> = Vec::new();
        for name in ["host", "user.name", "name", "command_line", "answers", "id", "size", "query"] {
            let Some(field) = of.field(name).filter(|_| rng.below(100) < self.there) else { continue };
            let count = if rng.one_in(8) { rng.below(3) } else { 1 };
            let value = |rng: &mut Rng| match name {
                "id" | "size" => Scalar::Int(rng.below(4) as i64),
                "host" => Scalar::Text((*rng.pick(self.hosts).expect("a host")).to_owned()),
                _ if rng.one_in(15) => Scalar::Text(String::new()),
                _ => Scalar::Text((*rng.pick(&self.words).expect("a word")).to_owned()),
            };
            fields.push((field, (0..count).map(|_| value(rng)).collect()));
        }
        let action = (!of.actions.is_empty()).then(|| rng.below(2));
        let time = (!rng.one_in(20)).then(|| rng.below(self.times) as i64 * SECOND / 2);
        Event { class: id, action, time, fields }
    }
}

// ---------- rules ----------

fn lasting(rng: &mut Rng) -> Lasting {
    Lasting { seconds: 1 + rng.below(12) as u64, span: span() }
}

fn keys(rng: &mut Rng, names: &[&str]) -> Vec<String> {
    names.iter().filter(|_| rng.one_in(3)).map(|name| (*name).to_owned()).collect()
}

/// A class, and the names of the text that its events are about.
fn some_class(rng: &mut Rng) -> (ClassId, &'static Class, &'static [&'static str]) {
    let name = *rng.pick(CLASSES).expect("a class");
    let (id, of) = class(name);
    (
        id,
        of,
        if name == "dns" {
            &["query", "answers"]
        } else if name == "file" {
            &["name"]
        } else {
            &["name", "command_line"]
        },
    )
}

fn actions(of: &Class, rng: &mut Rng) -> Actions {
    match of.actions.len() {
        0 => Actions::ALL,
        _ if rng.one_in(2) => Actions::one(0).or(Actions::one(1)),
        _ => Actions::one(rng.below(2)),
    }
}

fn own_test(class_name: &str, names: &[&str], rng: &mut Rng) -> Pred {
    let name = rng.pick(names).expect("a field");
    let op = match rng.below(5) {
        0 => Op::Exists,
        1 => Op::Text { op: TextOp::Contains, any: vec!["a".to_owned()], case: Casing::Ignore },
        _ => Op::Text { op: TextOp::Equals, any: vec!["a".to_owned(), "k".to_owned(), "é".to_owned()], case: Casing::Ignore },
    };
    let test = Pred::test(field(class_name, name), op, span());
    if rng.one_in(4) { test.not() } else { test }
}

/// Over the text, or over the number of both classes.
fn cross_test(class_name: &str, names: &[&str], step: usize, other: (&str, &[&str]), rng: &mut Rng) -> Pred {
    let number = |class: &str| if class == "process" { "id" } else { "size" };
    let is_number = rng.one_in(3) && class_name != "dns" && other.0 != "dns";
    let (left, right, op) = if is_number {
        let compare = [Compare::Equal, Compare::Equal, Compare::Less, Compare::GreaterEqual, Compare::NotEqual];
        (number(class_name), number(other.0), FieldOp::Compare(*rng.pick(&compare).expect("an operator")))
    } else {
        let ops = [TextOp::Equals, TextOp::Equals, TextOp::Contains, TextOp::StartsWith];
        (*rng.pick(names).expect("a field"), *rng.pick(other.1).expect("a field"), FieldOp::Text(*rng.pick(&ops).expect("an operator")))
    };
    let other = Other { step: Some(step), field: field(other.0, right) };
    let case = if rng.one_in(4) { Casing::Respect } else { Casing::Ignore };
    let test = Pred::test(field(class_name, left), Op::Field { op, other, case }, span());
    if rng.one_in(4) { test.not() } else { test }
}

pub fn random_linked(rng: &mut Rng, most_steps: usize) -> Rule {
    let count = 2 + rng.below(most_steps - 1);
    let kind = match rng.below(4) {
        0 => LinkKind::AtLeast(1 + rng.below(count) as u64),
        1 => LinkKind::Together,
        _ => LinkKind::Sequence,
    };
    let decides = rng.below(count);
    let mut steps: Vec<Step> = Vec::new();
    let mut known: Vec<(&str, &[&str])> = Vec::new();
    for index in 0..count {
        let (id, of, names) = some_class(rng);
        let mut parts = vec![own_test(&of.name, names, rng)];
        // A step may name those above it that decide.
        let counted = rng.one_in(4).then(|| Counted { count: 2 + rng.below(3) as u64, within: lasting(rng), span: span() });
        let may_name = |step: &usize| counted.is_none() && !steps[*step].optional && kind_takes_tests(kind);
        let above: Vec<usize> = (0..index).filter(may_name).collect();
        for step in above {
            if rng.one_in(2) {
                let cross = cross_test(&of.name, names, step, known[step], rng);
                parts.push(if rng.one_in(4) { Pred::any([own_test(&of.name, names, rng), cross]) } else { cross });
            }
        }
        let mut cases = vec![Case { actions: actions(of, rng), pred: Pred::all(parts) }];
        if rng.one_in(4) && !of.actions.is_empty() && cases[0].actions == Actions::one(0) {
            cases.push(Case { actions: Actions::one(1), pred: own_test(&of.name, names, rng) });
        }
        known.push((&of.name, names));
        let label = format!("s{index}");
        steps.push(Step { optional: index != decides && rng.one_in(5), counted, branches: vec![branch(Some(&label), id, cases)] });
    }
    let by =
        if known.iter().all(|(class, _)| *class == "dns") { keys(rng, &["host", "answers"]) } else { keys(rng, &["host", "user.name"]) };
    let linked = Linked {
        kind,
        by_at: by.iter().map(|_| span()).collect(),
        by,
        within: lasting(rng),
        steps,
        overlaps: Vec::new(),
        link: span(),
        span: span(),
    };
    Rule { pattern: Pattern::Linked(linked), ..rule("linked", Vec::new()) }
}

fn kind_takes_tests(kind: LinkKind) -> bool {
    match kind {
        LinkKind::Sequence | LinkKind::Together => true,
        LinkKind::AtLeast(_) => false,
    }
}

pub fn random_threshold(rng: &mut Rng) -> Rule {
    let mut branches: Vec<Branch> = Vec::new();
    for index in 0..1 + rng.below(3) {
        let (id, of, names) = some_class(rng);
        let label = format!("b{index}");
        let pred = if rng.one_in(3) { Pred::TRUE } else { own_test(&of.name, names, rng) };
        branches.push(branch(rng.one_in(2).then_some(&label), id, vec![Case { actions: actions(of, rng), pred }]));
    }
    let having = (!rng.one_in(5)).then(|| agg_pred(&branches, rng, 2));
    let per = rng.one_in(2).then(|| lasting(rng));
    let by = keys(rng, &["host", "user.name", "action", "class"]);
    let group = Group { having, by_at: by.iter().map(|_| span()).collect(), by, per, span: span() };
    let show = (0..4).map(|_| Column { what: ColumnWhat::Aggregate(aggregate(&branches, rng)), alias: None, span: span() }).collect();
    Rule { group: Some(group), show: Some(show), ..rule("threshold", branches) }
}

fn agg_pred(branches: &[Branch], rng: &mut Rng, depth: usize) -> AggPred {
    let several = |rng: &mut Rng| (0..1 + rng.below(3)).map(|_| agg_pred(branches, rng, depth - 1)).collect();
    match rng.below(if depth == 0 { 1 } else { 5 }) {
        2 => AggPred::All(several(rng)),
        3 => AggPred::Any(several(rng)),
        4 => AggPred::Not(Box::new(agg_pred(branches, rng, depth - 1))),
        _ => {
            let ops = [Compare::Equal, Compare::NotEqual, Compare::Less, Compare::LessEqual, Compare::Greater, Compare::GreaterEqual];
            let value = if rng.one_in(4) { Number::Real(1.5) } else { Number::Int(rng.below(4) as i64) };
            AggPred::Test { aggregate: aggregate(branches, rng), op: *rng.pick(&ops).expect("an operator"), value, span: span() }
        }
    }
}

fn aggregate(branches: &[Branch], rng: &mut Rng) -> Aggregate {
    let percents = [0.0, 10.0, 33.3, 50.0, 75.0, 99.9, 100.0];
    let percent = Percent::new(Number::Real(*rng.pick(&percents).expect("a number"))).expect("a percent");
    let functions = [
        Function::Count,
        Function::Distinct,
        Function::Sum,
        Function::Min,
        Function::Max,
        Function::Avg,
        Function::Percentile(percent),
        Function::Values,
    ];
    let function = *rng.pick(&functions).expect("a function");
    let fields: &[&str] = match function {
        Function::Count => &[],
        Function::Distinct | Function::Values => &["user.name", "name", "answers", "id", "host", "action", "class", ""],
        Function::Sum | Function::Avg | Function::Percentile(_) => &["id", "size"],
        Function::Min | Function::Max => &["id", "size", "time"],
    };
    let field = rng.pick(fields).filter(|name| !name.is_empty()).map(|name| (*name).to_owned());
    let condition = rng.one_in(3).then(|| condition(branches, rng));
    Aggregate { function, field, condition, span: span() }
}

/// Branches of one class are asked the same.
fn condition(branches: &[Branch], rng: &mut Rng) -> Vec<Vec<Case>> {
    let mut of_class: Vec<(ClassId, Vec<Case>)> = Vec::new();
    for branch in branches {
        if of_class.iter().any(|(class, _)| *class == branch.class) {
            continue;
        }
        let of = packs().class(branch.class);
        let names: &[&str] = if of.name == "dns" { &["query", "answers"] } else { &["name"] };
        of_class.push((branch.class, vec![Case { actions: of.every_action(), pred: own_test(&of.name, names, rng) }]));
    }
    branches.iter().map(|branch| of_class.iter().find(|(class, _)| *class == branch.class).expect("its class").1.clone()).collect()
}
