//! Rows to groups: `having .. by .. per ..`.
//!
//! In: [`Groups`] and the commands that find the hits. Out: `stats .. by ..` over all of them, the condition, the columns, newest first. Law: what
//! is left of a search's predicate stands before the count. A row of tstats stands for `count` hits, so it is weighed; its times are the
//! first and the last of these. A window is cut by a division: `bin` and `span=` cut days where the searcher's time zone does.
//! What a window counts is asked again of `_time`, since `earliest` can only go back to before its beginning.
//! Search Reference, `stats`, "Aggregate functions": `count(eval(..))`, `dc()`, `values()` of several values take each.

use crate::backend::Options;
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{Agg, AggOf, Form, GroupColumn, Groups, Having, Titled};
use crate::hir::{Compare, Function, Lasting, Percent};
use crate::source::Span;

use super::columns::{self, Assignment};
use super::eval_expr::{WORDS, sign};
use super::quote::{self, eval_name, eval_string};
use super::{macros, stage};

/// What a row of the hits is.
#[derive(Clone, Copy)]
pub struct Row<'r> {
    /// The column that says for how many hits it stands; None: for one.
    pub weight: Option<&'r str>,
    pub first: &'r str,
    pub last: &'r str,
}

/// The time of the newest hit, by which groups are sorted, where the rule has no name for it.
const NEWEST: &str = "spoor_newest";

/// The weight of a hit that is a row of its own.
const ONE: &str = "spoor_one";
/// Of a percentile: how many hits have the value, how many have it or a smaller one, how many have any.
const MANY: &str = "spoor_many";
const UP_TO: &str = "spoor_up_to";
const ALL: &str = "spoor_all";

/// How far a search must look back so that the first window is whole.
pub fn look_back(groups: &Groups, last: Option<Lasting>) -> Option<Lasting> {
    last.map(|last| Lasting { seconds: last.seconds + groups.per.map_or(0, |per| per.seconds), ..last })
}

/// `_time` to the beginning of its window; what began before the first whole one is left out.
pub fn windows(groups: &Groups, last: Option<Lasting>) -> Vec<Lines> {
    let Some(Lasting { seconds: per, span }) = groups.per else { return Vec::new() };
    let mut commands = vec![Lines::from(format!("eval _time=floor(_time/{per})*{per}")).at(&[span])];
    let begins = |last: Lasting| format!("where _time>=floor((now()-{})/{per})*{per}", last.seconds);
    commands.extend(last.map(|last| Lines::from(begins(last)).at(&[last.span, span])));
    commands
}

/// What is counted, the condition, the columns. `heads`: what is counted whatever the rule asks.
pub fn tail(groups: &Groups, row: &Row, heads: &[Span], options: &Options) -> Vec<Lines> {
    let mut commands: Vec<Lines> = labels(groups);
    let ranked: Vec<&Agg> = groups.aggregates.iter().filter(|agg| percent(agg).is_some()).collect();
    // The rows of percentiles stand beside the hits, and are none.
    let weighed = Row { weight: row.weight.or(Some(ONE)), ..*row };
    let row = if ranked.is_empty() { row } else { &weighed };
    if let (false, Some(ONE)) = (ranked.is_empty(), row.weight) {
        commands.push(format!("eval {ONE}=1").into());
    }
    commands.extend(ranked.into_iter().filter_map(|agg| percentile(agg, groups, row)));
    let parts: Vec<Counted> = groups.aggregates.iter().map(|agg| counted(agg, groups, row)).collect();
    let mut terms: Vec<Lines> = parts.iter().flat_map(|part| part.terms.iter().cloned()).collect();
    // One result cannot have two names (Search Reference, `stats`).
    let known = groups.aggregates.iter().find(|agg| agg.when.is_none() && agg.function == Function::Max && is_time(agg, groups));
    let newest = known.map_or(NEWEST, |agg| agg.name.as_str());
    if known.is_none() {
        terms.push(format!("max({}) as {newest}", row.last).into());
    }
    let keys = by(groups);
    let mut stats = stage::names(&terms, 4).after("stats ");
    if !keys.is_empty() {
        stats.push(&stage::names(&keys, 4).after("\n    by "));
    }
    commands.push(stats);
    if keys.is_empty() {
        // Without `by` there is one row even if there is no hit.
        commands.push(format!("where isnotnull({newest})").into());
    }
    let after: Vec<Lines> = parts.into_iter().filter_map(|part| part.after).collect();
    if !after.is_empty() {
        commands.push(Lines::join(&after, ", ").after("eval "));
    }
    match &groups.having {
        Having::All(parts) if parts.is_empty() => {}
        having => commands.push(stage::filter(&condition(having, groups))),
    }
    commands = commands.into_iter().map(|command| command.or(heads)).collect();
    commands.push(format!("sort 0 - {newest}").into());
    commands.extend(shown(groups, heads, options));
    commands
}

/// Window and keys.
fn by(groups: &Groups) -> Vec<Lines> {
    let window = groups.per.map(|per| Lines::from("_time").at(&[per.span]));
    let keys = groups.keys.iter().map(|key| &groups.made[*key]).map(|made| Lines::from(made.name.as_str()).at(&made.from));
    window.into_iter().chain(keys).collect()
}

fn percent(agg: &Agg) -> Option<Percent> {
    match agg.function {
        Function::Percentile(percent) => Some(percent),
        Function::Count | Function::Distinct | Function::Sum | Function::Min | Function::Max | Function::Avg | Function::Values => None,
    }
}

/// A row for each group behind the hits, that holds its percentile alone: the least value of which so many of a hundred are no greater.
/// `exactperc` and `median` take another of two middle values, or one between them, as `perc_method` in the site's limits.conf says.
/// Where values are equal the order of their rows is not said, so each value is one row before they are put in order.
fn percentile(agg: &Agg, groups: &Groups, row: &Row) -> Option<Lines> {
    let (AggOf::Made(made), Some((part, whole))) = (&agg.of, percent(agg).map(Percent::ratio)) else { return None };
    let (value, weight) = (&groups.made[*made].name, row.weight.unwrap_or(ONE));
    let when = agg.when.map(|flag| format!(" AND {}=1", groups.made[flag].name)).unwrap_or_default();
    let keys = by(groups);
    let behind = |mut command: Lines, more: Option<&str>| {
        let all: Vec<Lines> = keys.iter().cloned().chain(more.map(Lines::from)).collect();
        if !all.is_empty() {
            command.push(&Lines::join(&all, ", ").after(" by "));
        }
        command
    };
    let window = groups.per.map(|per| Lines::from("num(_time)").at(&[per.span]));
    let texts = groups.keys.iter().map(|key| &groups.made[*key]).map(|made| Lines::from(format!("str({})", made.name)).at(&made.from));
    let order: Vec<Lines> = window.into_iter().chain(texts).chain([Lines::from(format!("num({value})"))]).collect();
    let commands = [
        format!("where isnotnull({value}){when}").into(),
        behind(format!("stats sum({weight}) as {MANY}").into(), Some(value)),
        Lines::join(&order, ", ").after("sort 0 "),
        behind(format!("streamstats sum({MANY}) as {UP_TO}").into(), None),
        behind(format!("eventstats sum({MANY}) as {ALL}").into(), None),
        format!("where {UP_TO}*{whole}>={ALL}*{part}").into(),
        behind(format!("stats min({value}) as {}", agg.name).into(), None),
    ];
    Some(Lines::join(&commands, "\n    | ").within("appendpipe [\n    ", "\n  ]").at(&agg.from))
}

/// The labels that a row carries. All aggregates over labels are over all of them.
const LABELS: &str = "spoor_labels";

fn labels(groups: &Groups) -> Vec<Lines> {
    let labels = groups.aggregates.iter().find_map(|agg| match &agg.of {
        AggOf::Labels(labels) => Some(labels),
        AggOf::Rows | AggOf::Made(_) => None,
    });
    let texts = labels.into_iter().flatten().map(|(label, flag)| {
        let name = eval_string(label);
        Lines::from(format!("if({}=1, {name}, null())", groups.made[*flag].name)).at(&groups.made[*flag].from)
    });
    let texts: Vec<Lines> = texts.collect();
    if texts.is_empty() { Vec::new() } else { vec![stage::call("mvappend", &texts).after(&format!("eval {LABELS}="))] }
}

fn is_time(agg: &Agg, groups: &Groups) -> bool {
    matches!(agg.of, AggOf::Made(made) if groups.made[made].form == Form::Time)
}

/// The functions of `stats` behind one aggregate, and what is still to be made of them.
struct Counted {
    terms: Vec<Lines>,
    after: Option<Lines>,
}

fn counted(agg: &Agg, groups: &Groups, row: &Row) -> Counted {
    let name = &agg.name;
    let said = |text: String| Lines::from(text).at(&agg.from);
    let one = |term: String| Counted { terms: vec![said(format!("{term} as {name}"))], after: None };
    let subject = match &agg.of {
        AggOf::Rows => None,
        AggOf::Made(made) => Some(match (groups.made[*made].form, agg.function) {
            (Form::Time, Function::Max) => row.last.to_owned(),
            (Form::Time, _) => row.first.to_owned(),
            (Form::Text | Form::Folded | Form::Number | Form::Flag, _) => groups.made[*made].name.clone(),
        }),
        AggOf::Labels(_) => Some(LABELS.to_owned()),
    };
    let when = agg.when.map(|flag| format!("{}=1", groups.made[flag].name));
    // A value where the condition holds, else null.
    let of = |function: &str, value: &str| match &when {
        Some(when) => format!("{function}(eval(if({when}, {value}, null())))"),
        None if quote::is_eval_name(value) => format!("{function}({value})"),
        None => format!("{function}(eval({value}))"),
    };
    let plain = |function: &str| one(of(function, subject.as_deref().unwrap_or("1")));
    match agg.function {
        Function::Count => {
            let present = subject.map(|subject| format!("isnotnull({subject})"));
            let tests: Vec<String> = when.iter().cloned().chain(present).collect();
            one(match (row.weight, tests.join(" AND ")) {
                (Some(weight), tests) if tests.is_empty() => format!("sum({weight})"),
                (Some(weight), tests) => format!("sum(eval(if({tests}, {weight}, 0)))"),
                (None, tests) if tests.is_empty() => "count".to_owned(),
                (None, tests) => format!("count(eval({tests}))"),
            })
        }
        Function::Distinct => plain("dc"),
        Function::Values => plain("values"),
        Function::Min => plain("min"),
        Function::Max => plain("max"),
        // One row of the group has it.
        Function::Percentile(_) => one(format!("max({name})")),
        Function::Sum => {
            let value = subject.unwrap_or_default();
            let weighed = row.weight.map_or_else(|| value.clone(), |weight| format!("{value}*{weight}"));
            Counted {
                terms: vec![said(format!("{} as {name}", of("sum", &weighed)))],
                after: Some(said(format!("{name}=coalesce({name}, 0)"))),
            }
        }
        Function::Avg => match row.weight {
            None => plain("avg"),
            Some(weight) => {
                let value = subject.unwrap_or_default();
                let (sum, number) = (format!("spoor_sum_{name}"), format!("spoor_number_{name}"));
                let numbers = of("sum", &format!("if(isnotnull({value}), {weight}, null())"));
                let sums = format!("{} as {sum}", of("sum", &format!("{value}*{weight}")));
                let terms = vec![said(sums), said(format!("{numbers} as {number}"))];
                Counted { terms, after: Some(said(format!("{name}={sum}/{number}"))) }
            }
        },
    }
}

/// True or false of every group, so that a `NOT` may stand before it.
fn condition(having: &Having, groups: &Groups) -> Frag {
    let several = |parts: &[Having]| parts.iter().map(|part| condition(part, groups)).collect::<Vec<_>>();
    match having {
        Having::All(parts) if parts.is_empty() => Frag::atom("true()".to_owned()),
        Having::Any(parts) if parts.is_empty() => Frag::atom("false()".to_owned()),
        Having::All(parts) => Frag::all(several(parts), WORDS),
        Having::Any(parts) => Frag::any(several(parts), WORDS),
        Having::Not(inner) => condition(inner, groups).not(WORDS),
        // As everywhere: not `=`, so true of what is missing.
        Having::Test { aggregate, op: Compare::NotEqual, value, at } => {
            let equal = Having::Test { aggregate: *aggregate, op: Compare::Equal, value: *value, at: *at };
            condition(&equal, groups).not(WORDS)
        }
        Having::Test { aggregate, op, value, at } => {
            let agg = &groups.aggregates[*aggregate];
            let test = Frag::atom(compared(&agg.name, *op, &quote::number(*value).to_string()));
            let said = match agg.function {
                Function::Count | Function::Distinct | Function::Sum => test,
                Function::Min | Function::Max | Function::Avg | Function::Percentile(_) | Function::Values => {
                    Frag::all(vec![Frag::atom(format!("isnotnull({})", agg.name)), test], WORDS)
                }
            };
            said.at(&[*at])
        }
    }
}

fn compared(name: &str, op: Compare, value: &str) -> String {
    format!("{name}{}{value}", sign(op))
}

/// The columns in their order, times as they can be read.
fn shown(groups: &Groups, heads: &[Span], options: &Options) -> Vec<Lines> {
    let named = |column: &GroupColumn| match column {
        GroupColumn::Key(key) => groups.made[groups.keys[*key]].name.clone(),
        GroupColumn::Window => "_time".to_owned(),
        GroupColumn::Aggregate(aggregate) => groups.aggregates[*aggregate].name.clone(),
    };
    let is_read_as_time = |column: &GroupColumn| match column {
        GroupColumn::Window => true,
        GroupColumn::Key(key) => groups.made[groups.keys[*key]].form == Form::Time,
        GroupColumn::Aggregate(aggregate) => is_time(&groups.aggregates[*aggregate], groups),
    };
    let mut times: Vec<String> = Vec::new();
    for column in groups.columns.iter().filter(|column| is_read_as_time(&column.what)) {
        let name = named(&column.what);
        if !times.contains(&name) {
            times.push(name);
        }
    }
    let assignments = groups.columns.iter().map(|column| {
        let name = named(&column.what);
        let value = Lines::from(eval_name(&name).to_string()).at(column.at.as_slice());
        Assignment { title: column.title.clone(), value, reads: vec![name] }
    });
    let mut commands: Vec<Lines> = Vec::new();
    if !times.is_empty() {
        commands.extend(macros::readable(&times.iter().map(String::as_str).collect::<Vec<_>>(), options));
    }
    commands.extend(stage::made(columns::commands(assignments.collect(), &[])).into_iter().map(|made| made.or(heads)));
    let title = |column: &Titled<GroupColumn>| Lines::from(quote::search_name(&column.title).to_string()).at(column.at.as_slice());
    let titles: Vec<Lines> = groups.columns.iter().map(title).collect();
    commands.push(stage::names(&titles, 4).after("table ").or(heads));
    commands
}
