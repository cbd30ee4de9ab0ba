//! The query over event logs.
//!
//! In: a plan over the events of Windows channels, as Splunk's add-ons read them from XML: `source` is `XmlWinEventLog:` and the channel,
//! `EventCode` the number, event data under their own names; and over events that a pack finds by other columns. Out: one `search` over
//! all of them, then `| where .. | sort ..`. Columns that the events call differently are brought under one title by `case(EventCode=..)`.
//! The index is the site's matter: where no pack names one, a role's default indexes are searched. Law: where an event may be of two
//! searches, what is left of one is asked only of events that its first command finds.
//! Splunk Add-on for Microsoft Windows, Splunk Add-on for Sysmon, "Source types".

use std::borrow::Cow;

use crate::backend::Options;
use crate::backend::bind::NativePred;
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{Chains, Column, ColumnKind, Form, Groups, Made, Plan, Search, Shape, Shown};
use crate::hir::{Casing, Lasting, LikePattern, Op, Pred, Rule, Test, TextOp};
use crate::schema::{Channel, Type};
use crate::source::{Span, add_places};

use super::chains::{self, Rows};
use super::columns::{self, Assignment, Commands};
use super::eval_expr::{Scope, WORDS};
use super::groups::{self, Row};
use super::made::{self, Making};
use super::quote::eval_regex;
use super::search_expr::{self, Place};
use super::{earliest, header, macros, pattern, quote, stage};

/// What a condition reads of every event, beside its columns.
fn own(searches: &[Search]) -> Vec<&str> {
    let found_by = searches.iter().flat_map(|search| search.found_by.iter().map(|(column, _)| column.as_str()));
    ["_time", "EventCode", "source"].into_iter().chain(found_by).collect()
}

pub fn print(rule: &Rule, plan: &Plan, options: &Options) -> Lines {
    if !plan.searches.iter().any(|search| search.found_by.iter().any(is_any)) {
        return print_narrowed(rule, plan, options);
    }
    print_narrowed(rule, &Plan { searches: plan.searches.iter().map(narrowed).collect(), ..plan.clone() }, options)
}

/// The column of a record's channel. The add-on makes `source` of it, `XmlWinEventLog:` and the channel (`ta-windows-fix-xml-source`).
const CHANNEL: &str = "Channel";

/// A search over any channel, or any value of another column, that asks for some: what finds its events says so, and the index finds them
/// by that.
fn narrowed(search: &Search) -> Search {
    let mut narrowed = search.clone();
    for finding in &mut narrowed.found_by {
        if !is_any(finding) {
            continue;
        }
        let (column, values) = finding;
        let channels = column == "source" && values[0] != "*";
        let tested = if channels { CHANNEL } else { column.as_str() };
        let tests = match &narrowed.first {
            Pred::All(tests) => tests.as_slice(),
            one @ (Pred::Any(_) | Pred::Not(_) | Pred::Test(_)) => std::slice::from_ref(one),
        };
        let Some((at, wanted)) = tests.iter().enumerate().find_map(|(at, test)| Some((at, listed(test, tested)?))) else { continue };
        *values = if channels { wanted.iter().map(|channel| source(channel)).collect() } else { wanted.to_vec() };
        tests[at].tests(&mut |test| add_places(&mut narrowed.found_at, test.places()));
        let others = tests.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, test)| test.clone());
        narrowed.first = Pred::all(others.collect::<Vec<_>>());
    }
    narrowed
}

/// Any channel, or any value of another column.
fn is_any((column, values): &(String, Vec<String>)) -> bool {
    matches!(values.as_slice(), [any] if any == "*" || column == "source" && *any == source("*"))
}

/// The values of a column that a test lets pass, where it is a list of them that can stand in a pattern as they are.
fn listed<'t>(test: &'t NativePred, column: &str) -> Option<&'t [String]> {
    let Pred::Test(Test { field, op: Op::Text { op: TextOp::Equals, any, case: Casing::Ignore }, .. }) = test else { return None };
    let is_plain = |value: &String| !value.chars().any(|c| c.is_control() || matches!(c, '*' | '"' | '`' | '\\'));
    (field.value.column()?.name == column && any.iter().all(is_plain)).then_some(any)
}

fn print_narrowed(rule: &Rule, plan: &Plan, options: &Options) -> Lines {
    let mut commands = match &plan.shape {
        Shape::Events => events(rule, plan),
        Shape::Groups(groups) => counted(rule, plan, groups, options),
        Shape::Chains(chains) => linked(rule, plan, chains, options),
    };
    commands.extend(macros::filter(rule, options));
    Lines::join(&commands, "\n| ")
}

/// The events of all searches are counted together: each once, whatever number of searches it is of.
fn counted(rule: &Rule, plan: &Plan, groups: &Groups, options: &Options) -> Vec<Lines> {
    let back = groups::look_back(groups, plan.last);
    let shared = stage::scope(&plan.searches, false, &plan.files);
    let scopes: Vec<Scope> = plan.searches.iter().map(|_| shared.clone()).collect();
    let mut commands = hits(rule, plan, back, &shared, &scopes);
    let time = if groups.per.is_some() { TIME } else { "_time" };
    let window = groups.per.map(|per| per.span);
    let mut eval: Vec<Lines> = (time == TIME).then(|| Lines::from(format!("{TIME}=_time")).at(window.as_slice())).into_iter().collect();
    eval.extend(groups.made.iter().enumerate().filter(|(_, made)| made.form != Form::Time).map(|(index, made)| {
        let values = plan.searches.iter().zip(&scopes).map(|(search, scope)| (search, reading(search, index, made, scope)));
        let value = unified(values.collect(), &plan.searches, &scopes, true).0;
        // An event is in each group once.
        let once = made.multi && groups.keys.contains(&index);
        let value = if once { value.within("mvdedup(", ")") } else { value };
        value.after(&format!("{}=", made.name)).at(&made.from)
    }));
    let heads = stage::heads(&plan.searches);
    commands.extend(stage::made(Commands { eval, rename: Vec::new() }).into_iter().map(|made| made.or(&heads)));
    commands.extend(groups::windows(groups, plan.last));
    commands.extend(groups::tail(groups, &Row { weight: None, first: time, last: time }, &heads, options));
    commands
}

/// Each event once, with the steps that it satisfies and what they make of it.
fn linked(rule: &Rule, plan: &Plan, chains: &Chains, options: &Options) -> Vec<Lines> {
    let shared = stage::scope(&plan.searches, false, &plan.files);
    let scopes: Vec<Scope> = plan.searches.iter().map(|_| shared.clone()).collect();
    let mut commands = hits(rule, plan, plan.last, &shared, &scopes);
    let of = |step: usize| plan.searches[chains.steps[step].searches.clone()].iter().collect::<Vec<_>>();
    let steps = 0..chains.steps.len();
    let overlap = steps
        .clone()
        .any(|a| (a + 1..chains.steps.len()).any(|b| of(a).iter().any(|one| of(b).iter().any(|other| !are_apart(one, other)))));
    let arms: Vec<Lines> = steps
        .clone()
        .map(|step| {
            let when = identity(&of(step), &plan.searches, &scopes, true).map_or_else(|| "true()".into(), Frag::into_line);
            let number = step + 1;
            let arm = if overlap { when.within("if(", &format!(", {number}, null())")) } else { when.within("", &format!(", {number}")) };
            arm.at(&chains.steps[step].from)
        })
        .collect();
    let of_event = stage::call(if overlap { "mvappend" } else { "case" }, &arms);
    let time = Lines::from(format!("{}=_time", chains::TIME)).at(&[chains.link]);
    let mut eval = vec![time, of_event.after(&format!("{}=", chains::STEP))];
    for (index, key) in chains.keys.iter().enumerate() {
        let values = plan.searches.iter().zip(&scopes).map(|(search, scope)| (search, reading(search, index, key, scope)));
        let value = unified(values.collect(), &plan.searches, &scopes, true).0;
        let value = if key.multi { value.within("mvdedup(", ")") } else { value };
        eval.push(value.after(&format!("{}=", key.name)).at(&key.from));
    }
    for step in steps {
        // Rows of other steps are emptied later, so only the searches of this one need be told apart.
        let alone = &plan.searches[chains.steps[step].searches.clone()];
        // The first is the time.
        for (index, made) in chains.steps[step].made.iter().enumerate().skip(1) {
            let values = alone.iter().zip(&scopes);
            let values = values.map(|(search, scope)| (search, reading(search, chains.keys.len() + index, made, scope)));
            let value = unified(values.collect(), alone, &scopes, true).0;
            let joined = chains::is_joined(chains, step, index);
            let value = if joined { value.within("mvjoin(", ", \", \")") } else { value };
            eval.push(value.after(&format!("{}=", made.name)).at(&made.from));
        }
    }
    commands.extend(stage::made(Commands { eval, rename: Vec::new() }).into_iter().map(|made| made.or(&[chains.link])));
    let is_missing = |step: usize, made: usize| made::is_missing(plan, chains, step, made, false);
    commands.extend(chains::commands(chains, &Rows { is_event: true, overlap, is_missing: &is_missing }, options));
    commands
}

/// The event's own time, while `_time` is the beginning of its window.
const TIME: &str = "spoor_time";

/// How a search makes a value.
fn reading(search: &Search, index: usize, made: &Made, scope: &Scope) -> Option<Reading> {
    let value = search.made.get(index)?;
    let several = |name: &str| search.carried.iter().any(|column| column.name == name && column.multi);
    Some((Making { scope, time: "_time", several: &several }.expression(made, value)?, Vec::new()))
}

/// The events that are hits.
fn hits(rule: &Rule, plan: &Plan, last: Option<Lasting>, shared: &Scope, scopes: &[Scope]) -> Vec<Lines> {
    let mut commands = vec![first(rule, plan, last)];
    commands.extend(stage::prepared(shared));
    commands.extend(rest(plan, scopes).map(|condition| stage::filter(&condition)));
    commands
}

fn events(rule: &Rule, plan: &Plan) -> Vec<Lines> {
    let shared = stage::scope(&plan.searches, false, &plan.files);
    let own = own(&plan.searches);
    let early = stage::early(&plan.columns, &plan.searches, &own);
    let scopes: Vec<Scope> = plan.searches.iter().map(|search| stage::with_early(&shared, &early, &plan.columns, search)).collect();
    let mut commands = vec![first(rule, plan, plan.last)];
    let (first_made, then_made): (Vec<_>, Vec<_>) = assignments(plan, &scopes, &early)
        .into_iter()
        .partition(|assignment| early.iter().any(|index| plan.columns[*index].title == assignment.title));
    let heads = stage::heads(&plan.searches);
    commands.extend(stage::made(columns::commands(first_made, &own)).into_iter().map(|made| made.or(&heads)));
    commands.extend(stage::prepared(&shared));
    if let Some(condition) = rest(plan, &scopes) {
        commands.push(stage::filter(&condition));
    }
    commands.extend(stage::made(columns::commands(then_made, &["_time"])).into_iter().map(|made| made.or(&heads)));
    commands.push("sort 0 - _time".into());
    let renames: Vec<Lines> = plan
        .columns
        .iter()
        .filter_map(|column| {
            let rename = match column.kind {
                ColumnKind::Time if column.title != "_time" => Some(format!("_time as {}", quote::search_name(&column.title))),
                ColumnKind::Time => None,
                ColumnKind::Matched | ColumnKind::Class | ColumnKind::Action | ColumnKind::Field => {
                    (column.title == "_time").then(|| format!("{} as _time", columns::aside("_time")))
                }
            };
            Some(Lines::from(rename?).at(column.at.as_slice()))
        })
        .collect();
    if !renames.is_empty() {
        commands.push(Lines::join(&renames, ", ").after("rename ").or(&heads));
    }
    let name = |column: &Column| Lines::from(quote::search_name(&column.title).to_string()).at(column.at.as_slice());
    let names: Vec<Lines> = plan.columns.iter().map(name).collect();
    commands.push(stage::names(&names, 4).after("table ").or(&heads));
    commands
}

fn first(rule: &Rule, plan: &Plan, last: Option<Lasting>) -> Lines {
    let window = last.map(|last| Lines::from(format!(" {}", earliest(last.seconds))).at(&[last.span])).unwrap_or_default();
    // Events of one channel of which the same is asked are asked for together. Another maker's channel that has some of them has none of
    // the others' numbers.
    let asked = plan.searches.iter().map(|search| {
        let finding = (search.sources.first(), &search.found_by);
        (search, (finding, Cow::Borrowed(&search.first)))
    });
    let groups = grouped(asked, |(_, pred), (_, equal)| pred.to_mut().absorb(equal));
    let parts: Vec<Frag> = groups
        .iter()
        .map(|(searches, ((_, found_by), pred))| {
            let mut parts: Vec<Frag> = found_by.iter().map(|(column, values)| found(column, values)).collect();
            let sources = searches.iter().map(|search| &search.sources).max_by_key(|sources| sources.len());
            parts.extend(sources.filter(|sources| !sources.is_empty()).map(|sources| found("source", sources)));
            parts.extend(numbers(searches));
            let heads = stage::heads(searches.iter().copied());
            let said: Vec<Span> = searches.iter().flat_map(|search| search.found_at.iter().copied()).collect();
            let mut parts: Vec<Frag> = parts.into_iter().map(|part| part.at(&heads).at(&said)).collect();
            match pred.as_ref() {
                Pred::All(tests) => parts.extend(tests.iter().map(|test| search_expr::condition(test, Place::Search))),
                pred @ (Pred::Any(_) | Pred::Not(_) | Pred::Test(_)) => parts.push(search_expr::condition(pred, Place::Search)),
            }
            stage::all(parts).unwrap_or_else(|| search_expr::condition(&Pred::TRUE, Place::Search).at(&heads))
        })
        .collect();
    // An or beside `earliest` is an and: Splunk's search binds OR tighter, but a reader need not know.
    let apart = parts.len() > 1 && last.is_some();
    let text = Frag::any(parts, search_expr::WORDS).laid_out(4, stage::WIDTH);
    let text = if apart { text.within("(", ")") } else { text };
    let mut lines = window.after("search");
    lines.push(&header(rule).within(" ", "\n    "));
    lines.push(&text);
    lines.or(&stage::heads(&plan.searches))
}

/// `index="edr"`, `index IN ("a", "b*")`: of values that the loader of packs has let pass.
fn found(column: &str, values: &[String]) -> Frag {
    let column = quote::search_name(column);
    let quoted: Vec<String> =
        values.iter().filter_map(|value| quote::search_value(&LikePattern::stars(value).0)).map(|value| value.to_string()).collect();
    match quoted.as_slice() {
        [value] => Frag::atom(format!("{column}={value}")),
        _ => Frag::list(format!("{column} IN "), quoted),
    }
}

/// The same in the eval dialect.
fn is_found(column: &str, values: &[String]) -> Option<Frag> {
    let (starred, plain): (Vec<String>, Vec<String>) = values.iter().cloned().partition(|value| value.contains('*'));
    let starred = starred.iter().map(|value| pattern::of_like(&LikePattern::stars(value), Casing::Ignore));
    let patterns = pattern::of_texts(TextOp::Equals, Type::Text, &plain, Casing::Ignore).into_iter().chain(starred);
    let any: Vec<Frag> =
        patterns.map(|pattern| Frag::atom(format!("match({}, {})", quote::eval_name(column), eval_regex(&pattern)))).collect();
    if any.is_empty() { None } else { Some(Frag::any(any, WORDS)) }
}

/// Of a channel of Windows; the rule names no other.
fn source(channel: &str) -> String {
    format!("{}{channel}", Channel::WINDOWS_XML)
}

/// Things that are the same, together, in the order of the first of each, which takes the others in.
fn grouped<'s, T: PartialEq>(things: impl Iterator<Item = (&'s Search, T)>, absorb: impl Fn(&mut T, &T)) -> Vec<(Vec<&'s Search>, T)> {
    let mut groups: Vec<(Vec<&Search>, T)> = Vec::new();
    for (search, thing) in things {
        match groups.iter_mut().find(|(_, known)| *known == thing) {
            Some((searches, known)) => {
                searches.push(search);
                absorb(known, &thing);
            }
            None => groups.push((vec![search], thing)),
        }
    }
    groups
}

/// `EventCode=1`, `EventCode IN (11, 29)`: the same in both dialects.
fn numbers(searches: &[&Search]) -> Option<Frag> {
    let mut numbers: Vec<String> = searches.iter().filter_map(|search| search.event_id).map(|number| number.to_string()).collect();
    numbers.dedup();
    match numbers.as_slice() {
        [] => None,
        [number] => Some(Frag::atom(format!("EventCode={number}"))),
        _ => Some(Frag::list("EventCode IN ".to_owned(), numbers)),
    }
}

/// Tells the rows of some searches from those of the others, in the eval dialect: by the event's number, where no other search may find
/// the same event; else by all that finds it, and, where that is not sure, by all that is asked of it: `whole`: also
/// what the later stage asks.
fn identity(searches: &[&Search], all: &[Search], scopes: &[Scope], whole: bool) -> Option<Frag> {
    let is_among = |search: &Search| searches.iter().any(|one| std::ptr::eq(*one, search));
    let others: Vec<&Search> = all.iter().filter(|search| !is_among(search)).collect();
    let by_number = |search: &&Search| search.event_id.is_some() && others.iter().all(|other| have_two_numbers(search, other));
    let (numbered, named): (Vec<&Search>, Vec<&Search>) = searches.iter().copied().partition(by_number);
    let heads = stage::heads(numbered.iter().copied());
    let mut parts: Vec<Frag> = numbers(&numbered).into_iter().map(|numbers| numbers.at(&heads)).collect();
    for search in named {
        let mut known = told(search, &others);
        if !others.iter().all(|other| are_apart(search, other)) {
            let scope = all.iter().zip(scopes).find(|(one, _)| std::ptr::eq(*one, search)).map(|(_, scope)| scope);
            let asked = [Some(&search.first), whole.then_some(&search.rest)].into_iter().flatten().filter(|pred| !pred.is_true());
            known.extend(scope.into_iter().flat_map(|scope| asked.clone().map(|pred| scope.condition(pred))));
        }
        parts.extend(stage::all(known).map(|known| known.at(&search.from)));
    }
    if parts.is_empty() { None } else { Some(Frag::any(parts, WORDS)) }
}

/// What every event of the search has, but for what every event of the others has too.
fn told(search: &Search, others: &[&Search]) -> Vec<Frag> {
    let is_common = |pair: &(String, Vec<String>)| others.iter().all(|other| known(other).contains(pair));
    let finding = known(search).into_iter().filter(|pair| !is_common(pair)).filter_map(|(column, values)| is_found(&column, &values));
    numbers(&[search]).into_iter().chain(finding).collect()
}

/// No event is of both: another number, another channel, or other values of one column.
fn are_apart(one: &Search, other: &Search) -> bool {
    have_two_numbers(one, other)
        || known(one).iter().any(|(column, values)| known(other).iter().any(|(same, others)| same == column && disjoint(values, others)))
}

fn have_two_numbers(one: &Search, other: &Search) -> bool {
    matches!((one.event_id, other.event_id), (Some(one), Some(other)) if one != other)
}

/// The columns by which the first command finds the events.
fn known(search: &Search) -> Vec<(String, Vec<String>)> {
    let sources = (!search.sources.is_empty()).then(|| ("source".to_owned(), search.sources.clone()));
    sources.into_iter().chain(search.found_by.iter().cloned()).collect()
}

/// No text is like a pattern of either list: they begin or end otherwise.
fn disjoint(one: &[String], other: &[String]) -> bool {
    one.iter().all(|one| other.iter().all(|other| are_disjoint(&one.to_lowercase(), &other.to_lowercase())))
}

fn are_disjoint(one: &str, other: &str) -> bool {
    let ends = |pattern: &str| pattern.rsplit('*').next().map(|end| end.chars().rev().collect::<String>()).unwrap_or_default();
    let begins = |pattern: &str| pattern.split('*').next().map(str::to_owned).unwrap_or_default();
    let differ = |one: String, other: String| one.chars().zip(other.chars()).any(|(one, other)| one != other);
    let plain = !one.contains('*') && !other.contains('*');
    if plain { one != other } else { differ(begins(one), begins(other)) || differ(ends(one), ends(other)) }
}

/// What the first command could not say, of each search's rows.
fn rest(plan: &Plan, scopes: &[Scope]) -> Option<Frag> {
    if plan.searches.iter().all(|search| search.rest.is_true()) {
        return None;
    }
    let said = plan.searches.iter().zip(scopes).map(|(search, scope)| {
        let condition = if search.rest.is_true() { None } else { Some(scope.condition(&search.rest)) };
        (search, condition)
    });
    let groups = grouped(said, |known, equal| {
        if let (Some(known), Some(equal)) = (known, equal) {
            known.absorb(equal);
        }
    });
    let alone = groups.len() == 1;
    let parts: Vec<Frag> = groups
        .into_iter()
        .filter_map(|(searches, condition)| {
            let identity = if alone { None } else { identity(&searches, &plan.searches, scopes, false) };
            stage::all(identity.into_iter().chain(condition).collect())
        })
        .collect();
    Some(Frag::any(parts, WORDS))
}

/// Events have fields that nobody asked for, so a title that is to stay empty is emptied.
fn assignments(plan: &Plan, scopes: &[Scope], early: &[usize]) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (index, column) in plan.columns.iter().enumerate() {
        if column.kind == ColumnKind::Time {
            continue;
        }
        let values = plan.searches.iter().zip(scopes).map(|(search, scope)| {
            let shown = search.shown.get(index).unwrap_or(&Shown::Nothing);
            let said = stage::expression(shown, search, scope);
            (search, said.map(|(value, reads)| (value.at(column.at.as_slice()), reads)))
        });
        let (value, reads) = unified(values.collect(), &plan.searches, scopes, !early.contains(&index));
        assignments.push(Assignment { title: column.title.clone(), value: value.or(column.at.as_slice()), reads });
    }
    assignments
}

/// An expression, and the columns it reads.
type Reading = (Lines, Vec<String>);

/// One expression for all searches, or a case for each kind of event.
fn unified(values: Vec<(&Search, Option<Reading>)>, all: &[Search], scopes: &[Scope], whole: bool) -> Reading {
    let mut reads: Vec<String> = values.iter().filter_map(|(_, value)| value.as_ref()).flat_map(|(_, reads)| reads.clone()).collect();
    let values = values.into_iter().map(|(search, value)| (search, value.map(|(text, _)| text)));
    let groups = grouped(values, |known: &mut Option<Lines>, equal| {
        if let (Some(known), Some(equal)) = (known, equal) {
            known.absorb(equal);
        }
    });
    if let [(_, only)] = groups.as_slice() {
        return (only.clone().unwrap_or_else(|| "null()".into()), reads);
    }
    reads.extend(own(all).into_iter().skip(1).map(str::to_owned));
    let mut arms = Vec::new();
    for (searches, text) in groups {
        let Some(text) = text else { continue };
        let identity = identity(&searches, all, scopes, whole).map_or_else(|| "true()".into(), Frag::into_line);
        arms.push(Lines::join(&[identity, text], ", "));
    }
    (stage::call("case", &arms), reads)
}
