//! The query over data models.
//!
//! In: a plan over CIM datasets. Out: `| tstats .. | where .. | sort ..`, a further dataset in an `append`. Decisions:
//! `summariesonly=false` unless the site wants otherwise, so that events that are not yet summarised (and models that are not
//! accelerated) are searched too: nothing is missed, at the price of speed. A `fillnull_value`, since `by` drops a row of which a column
//! is null: a list of columns to show would be a hidden filter. A column of several values is split by
//! `by` into rows, so one that is only shown is collected by `values()`. `earliest` alone: `latest` is `now` then, whatever a time
//! picker says, and an appended search has a window of its own (Search Reference, "Time modifiers").
//! Search Reference, `tstats`, `append` (a subsearch returns 50,000 rows at most and runs 60 seconds at most, by default).

use crate::backend::Options;
use crate::backend::bind::{ColumnRef, TIME};
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{AggOf, Chains, ColumnKind, Form, Groups, Made, MadeValue, Plan, Search, Shape};
use crate::hir::{Function, Lasting, LinkKind, Linked, Pattern, Pred, Rule};
use crate::schema::Str;
use crate::source::Span;

use super::chains::{self, Rows};
use super::columns::Commands;
use super::eval_expr::Scope;
use super::groups::{self, Row};
use super::made::{self, Making};
use super::search_expr::{self, Place, WORDS};
use super::{columns, counted, earliest, header, macros, quote, stage};

/// What tstats itself puts into the result.
const OWN: [&str; 3] = ["firstTime", "lastTime", "count"];

pub fn print(rule: &Rule, plan: &Plan, options: &Options) -> Lines {
    let mut commands = match &plan.shape {
        Shape::Events => {
            let mut commands = appended(rule, plan, |_, search, header| pipeline(search, plan, header, options));
            commands.extend(tail(plan, options));
            commands
        }
        Shape::Groups(groups) => {
            let mut commands = appended(rule, plan, |_, search, header| counted(search, groups, plan, header, options));
            commands.extend(groups::windows(groups, plan.last));
            let row = Row { weight: Some("count"), first: "firstTime", last: "lastTime" };
            commands.extend(groups::tail(groups, &row, &stage::heads(&plan.searches), options));
            commands
        }
        Shape::Chains(chains) => {
            let mut commands = appended(rule, plan, |index, search, header| linked(index, search, chains, plan, header, options));
            let is_missing = |step: usize, made: usize| made::is_missing(plan, chains, step, made, true);
            let rows = Rows { is_event: false, overlap: is_counted_twice(rule), is_missing: &is_missing };
            commands.extend(chains::commands(chains, &rows, options));
            commands
        }
    };
    commands.extend(macros::filter(rule, options));
    Lines::join(&commands, "\n| ").after("| ")
}

/// An event that is two of the steps of `at_least` comes in the rows of both. (Where steps must be different events, `plan` has said that
/// nothing tells them apart.)
fn is_counted_twice(rule: &Rule) -> bool {
    match &rule.pattern {
        Pattern::Linked(Linked { kind: LinkKind::AtLeast(_), overlaps, .. }) => !overlaps.is_empty(),
        Pattern::Linked(_) | Pattern::Union(_) => false,
    }
}

/// All searches, each but the first in an `append`.
fn appended(rule: &Rule, plan: &Plan, pipeline: impl Fn(usize, &Search, Option<Lines>) -> Vec<Lines>) -> Vec<Lines> {
    let mut commands = Vec::new();
    for (index, search) in plan.searches.iter().enumerate() {
        let made = pipeline(index, search, if index == 0 { Some(header(rule)) } else { None });
        // What any search of the class needs.
        let made = made.into_iter().map(|command| command.or(&search.from));
        if index == 0 {
            commands.extend(made);
        } else {
            let inner: Vec<Lines> = made.map(|command| command.indented(4).after("\n    | ")).collect();
            commands.push(Lines::join(&inner, "").within("append [", "\n  ]").or(&search.from));
        }
    }
    commands
}

/// The hits of one search that are alike in all that is read, within a part of a window, with what is counted of them.
fn counted(search: &Search, groups: &Groups, plan: &Plan, header: Option<Lines>, options: &Options) -> Vec<Lines> {
    let scope = stage::scope(std::slice::from_ref(search), true, &plan.files);
    let (by, collected) = split_to_count(search, groups);
    // A part of the time is that of the event's own second.
    let span = if keeps_time(search) { Some("1s".to_owned()) } else { groups.per.map(|per| part(per.seconds)) };
    let at: Vec<Span> = groups.per.iter().map(|per| per.span).chain(read_time_at(search, plan, groups.made.iter())).collect();
    let by = placed(by, search, plan, groups.made.iter());
    let hits = Hits { last: groups::look_back(groups, plan.last), span: span.as_deref(), at, by, collected };
    let mut commands = found(search, &hits, &scope, header, options);
    let several = |name: &str| hits.collected.iter().any(|column| column.name == name);
    let making = Making { scope: &scope, time: "firstTime", several: &several };
    let made = groups.made.iter().zip(&search.made).filter(|(made, _)| made.form != Form::Time);
    let made = made.filter_map(|(made, value)| Some(making.expression(made, value)?.after(&format!("{}=", made.name)).at(&made.from)));
    commands.extend(stage::made(Commands { eval: made.collect(), rename: Vec::new() }));
    commands
}

/// The hits of one search of a step, those of one second that are alike as one row with its first and its last time.
fn linked(index: usize, search: &Search, chains: &Chains, plan: &Plan, header: Option<Lines>, options: &Options) -> Vec<Lines> {
    let scope = stage::scope(std::slice::from_ref(search), true, &plan.files);
    let Some(at) = chains.steps.iter().position(|step| step.searches.contains(&index)) else { return Vec::new() };
    let keys = chains.keys.len();
    let (collected, by) = split_to_link(search, chains, at);
    let by = placed(by, search, plan, chains.keys.iter().chain(&chains.steps[at].made));
    let hits = Hits { last: plan.last, span: Some("1s"), at: vec![chains.link], by, collected };
    let mut commands = found(search, &hits, &scope, header, options);
    let several = |name: &str| hits.collected.iter().any(|column| column.name == name);
    let making = Making { scope: &scope, time: "firstTime", several: &several };
    let step = Lines::from(format!("{}={}", chains::STEP, at + 1)).at(&chains.steps[at].from);
    let times = if counted::is_in(chains) {
        counted::numbered(&chains.steps[at])
    } else {
        Lines::from(format!("{}=mvdedup(mvappend(firstTime, lastTime))", chains::TIME)).at(&[chains.link])
    };
    let mut eval = vec![step, times];
    for (index, (made, value)) in chains.keys.iter().chain(&chains.steps[at].made).zip(&search.made).enumerate() {
        // The time of a hit is made of all rows together.
        if index == keys {
            continue;
        }
        let Some(expression) = making.expression(made, value) else { continue };
        let joined = index > keys && chains::is_joined(chains, at, index - keys);
        let expression = if joined { expression.within("mvjoin(", ", \", \")") } else { expression };
        eval.push(expression.after(&format!("{}=", made.name)).at(&made.from));
    }
    commands.extend(stage::made(Commands { eval, rename: Vec::new() }));
    commands
}

/// Columns for `values()`, and those for `by`, where the rows are hits of the step.
fn split_to_link<'s>(search: &'s Search, chains: &Chains, step: usize) -> (Vec<&'s ColumnRef>, Vec<&'s ColumnRef>) {
    let keys = chains.keys.len();
    let tested = tested(search);
    let is_shown = |column: &ColumnRef| {
        search.made.iter().enumerate().filter(|(_, value)| reads(value, column)).all(|(index, value)| {
            let alone = matches!(value, MadeValue::Value { native, .. } if native.value.columns().len() == 1);
            alone && index >= keys && chains::is_joined(chains, step, index - keys)
        })
    };
    let is_collected = |column: &&ColumnRef| column.multi && !tested.contains(&&*column.name) && is_shown(column);
    carried(search).into_iter().partition(is_collected)
}

/// Of steps that count: the columns of several values that `by` takes apart, so that a hit may count once for each, and where it is counted.
pub fn linked_by_value<'s>(searches: &'s [Search], chains: &Chains) -> Vec<(&'s ColumnRef, Span)> {
    let mut columns = Vec::new();
    for (index, step) in chains.steps.iter().enumerate() {
        let Some(counted) = step.counted else { continue };
        for search in &searches[step.searches.clone()] {
            let (_, by) = split_to_link(search, chains, index);
            columns.extend(by.into_iter().filter(|column| column.multi).map(|column| (column, counted.span)));
        }
    }
    columns
}

fn reads(value: &MadeValue, column: &ColumnRef) -> bool {
    matches!(value, MadeValue::Value { native, .. } if native.value.any_column(|own| own.name == column.name))
}

/// Columns for `by`, and those for `values()`, where the rows are counted.
fn split_to_count<'s>(search: &'s Search, groups: &Groups) -> (Vec<&'s ColumnRef>, Vec<&'s ColumnRef>) {
    let tested = tested(search);
    let listed = |column: &ColumnRef| search.made.iter().enumerate().all(|(index, value)| is_listed(column, index, value, groups));
    carried(search).into_iter().partition(|column| tested.contains(&&*column.name) || !listed(column))
}

/// The columns of several values that `by` takes apart, so that a hit may count once for each.
pub fn counted_by_value<'s>(search: &'s Search, groups: &Groups) -> Vec<&'s ColumnRef> {
    let counts = groups.aggregates.iter().map(|agg| agg.function).any(|function| match function {
        Function::Count | Function::Sum | Function::Avg | Function::Percentile(_) => true,
        Function::Distinct | Function::Min | Function::Max | Function::Values => false,
    });
    let (by, _) = split_to_count(search, groups);
    by.into_iter().filter(|column| counts && column.multi).collect()
}

/// Whether what this value reads of the column is only told apart or listed: then the first stage collects its values, and need not keep
/// the rows of each apart. Its other columns must not be read with it.
fn is_listed(column: &ColumnRef, index: usize, value: &MadeValue, groups: &Groups) -> bool {
    let MadeValue::Value { native, .. } = value else { return true };
    let columns = native.value.columns();
    if !columns.iter().any(|own| own.name == column.name) {
        return true;
    }
    let users = groups.aggregates.iter().filter(|agg| matches!(agg.of, AggOf::Made(made) if made == index));
    let only = users.map(|agg| agg.function).all(|function| match function {
        Function::Distinct | Function::Values => true,
        Function::Count | Function::Sum | Function::Min | Function::Max | Function::Avg | Function::Percentile(_) => false,
    });
    only && columns.len() == 1 && !groups.keys.contains(&index)
}

/// A part of a window that begins with it in every time zone: those are whole quarters of an hour apart, wherever `span=` begins to count.
fn part(per: u64) -> String {
    let (mut a, mut b) = (per, 900);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a % 60 == 0 { format!("{}m", a / 60) } else { format!("{a}s") }
}

/// What the first stage keeps of the hits.
struct Hits<'s> {
    /// How far to look back.
    last: Option<Lasting>,
    /// `_time` is in `by`, in steps of this span.
    span: Option<&'s str>,
    /// Where the rule asks for that.
    at: Vec<Span>,
    /// Each with the places that read it.
    by: Vec<(&'s ColumnRef, Vec<Span>)>,
    /// Columns whose values are collected.
    collected: Vec<&'s ColumnRef>,
}

/// The rows of one search that are hits.
fn found(search: &Search, hits: &Hits, scope: &Scope, header: Option<Lines>, options: &Options) -> Vec<Lines> {
    let mut commands = vec![first(search, hits, header, options)];
    commands.extend(owners(search).into_iter().map(|owner| macros::drop_owner(&owner, options)));
    if hits.by.is_empty() && hits.span.is_none() {
        // Without `by` there is one row even if no event matches.
        commands.push("where count>0".into());
    }
    commands.extend(stage::prepared(scope));
    if !search.rest.is_true() {
        commands.push(stage::filter(&scope.condition(&search.rest)));
    }
    commands
}

/// One search, up to its columns.
fn pipeline(search: &Search, plan: &Plan, header: Option<Lines>, options: &Options) -> Vec<Lines> {
    let scope = stage::scope(std::slice::from_ref(search), true, &plan.files);
    let early = stage::early(&plan.columns, std::slice::from_ref(search), &OWN);
    let (by, collected) = split(search);
    let by = placed(by, search, plan, std::iter::empty());
    let (span, at) = (keeps_time(search).then_some("1s"), read_time_at(search, plan, std::iter::empty()));
    let hits = Hits { last: plan.last, span, at, by, collected };
    let mut commands = vec![first(search, &hits, header, options)];
    commands.extend(owners(search).into_iter().map(|owner| macros::drop_owner(&owner, options)));
    if hits.by.is_empty() && hits.span.is_none() {
        // Without `by` there is one row even if no event matches.
        commands.push("where count>0".into());
    }
    let carried = |title: &str| search.carried.iter().any(|column| column.name == title);
    let known = stage::with_early(&scope, &early, &plan.columns, search);
    let (first_made, then_made): (Vec<_>, Vec<_>) = stage::assignments(&plan.columns, search, &known, carried)
        .into_iter()
        .partition(|assignment| early.iter().any(|index| plan.columns[*index].title == assignment.title));
    commands.extend(stage::made(columns::commands(first_made, &OWN)));
    commands.extend(stage::prepared(&known));
    if !search.rest.is_true() {
        commands.push(stage::filter(&known.condition(&search.rest)));
    }
    commands.extend(stage::made(columns::commands(then_made, &OWN)));
    commands
}

fn first(search: &Search, hits: &Hits, header: Option<Lines>, options: &Options) -> Lines {
    let header = header.map(|header| header.after(" ")).unwrap_or_default();
    // A comment stands apart from a macro: both are written in backticks.
    let (behind_settings, behind_functions) =
        if macros::settings_are_macro(options) { (Lines::default(), header) } else { (header, Lines::default()) };
    let mut lines = vec![behind_settings.after(&format!("tstats {}", macros::settings(options)))];
    let mut functions = "count min(_time) as firstTime max(_time) as lastTime".to_owned();
    for column in &hits.collected {
        functions.push_str(&format!(" values({}) as {}", search_expr::name(column, Place::Tstats), quote::search_name(&column.name)));
    }
    lines.push(behind_functions.after(&functions));
    lines.push(format!("from datamodel={}", search.table).into());
    let mut parts: Vec<Frag> = hits.last.map(|last| Frag::atom(earliest(last.seconds)).at(&[last.span])).into_iter().collect();
    match &search.first {
        Pred::All(tests) => parts.extend(tests.iter().map(|test| search_expr::condition(test, Place::Tstats))),
        pred @ (Pred::Any(_) | Pred::Not(_) | Pred::Test(_)) => parts.push(search_expr::condition(pred, Place::Tstats)),
    }
    if !parts.is_empty() {
        lines.push(Frag::all(parts, WORDS).laid_out(8, stage::WIDTH).after("where "));
    }
    let columns = hits.by.iter().map(|(column, from)| Lines::from(search_expr::name(column, Place::Tstats).to_string()).at(from));
    let time = hits.span.iter().map(|_| Lines::from("_time").at(&hits.at));
    let span = hits.span.iter().map(|span| Lines::from(format!("span={span}")).at(&hits.at));
    let names: Vec<Lines> = time.chain(columns).chain(span).collect();
    if !names.is_empty() {
        lines.push(stage::names(&names, 8).after("by "));
    }
    Lines::join(&lines, "\n    ")
}

/// Columns with the places of the rule that read them.
fn placed<'s, 'm>(
    columns: Vec<&'s ColumnRef>,
    search: &Search,
    plan: &Plan,
    made: impl Iterator<Item = &'m Made> + Clone,
) -> Vec<(&'s ColumnRef, Vec<Span>)> {
    columns.into_iter().map(|column| (column, stage::read_at(column, search, &plan.columns, made.clone()))).collect()
}

/// Columns for `by`, and those for `values()`.
fn split(search: &Search) -> (Vec<&ColumnRef>, Vec<&ColumnRef>) {
    let tested = tested(search);
    carried(search).into_iter().partition(|column| !column.multi || tested.contains(&&*column.name))
}

/// The columns that a condition reads.
fn tested(search: &Search) -> Vec<&str> {
    let mut tested = stage::columns(&search.rest);
    search.labels.iter().for_each(|label| tested.extend(stage::columns(&label.when)));
    search.made.iter().filter(|value| !matches!(value, MadeValue::Value { .. })).flat_map(MadeValue::preds).for_each(|pred| {
        tested.extend(stage::columns(pred));
    });
    tested
}

/// Whether a later command reads the event's own time, of which a part is asked: then rows are those of one second.
fn keeps_time(search: &Search) -> bool {
    search.carried.iter().any(is_own_time)
}

fn is_own_time(column: &ColumnRef) -> bool {
    column.name == TIME && column.owner.is_empty()
}

fn read_time_at<'m>(search: &Search, plan: &Plan, made: impl Iterator<Item = &'m Made>) -> Vec<Span> {
    let time = search.carried.iter().find(|column| is_own_time(column));
    time.map_or_else(Vec::new, |time| stage::read_at(time, search, &plan.columns, made))
}

/// The columns that the first stage hands on. Twice in `by` is an error.
fn carried(search: &Search) -> Vec<&ColumnRef> {
    let mut carried: Vec<&ColumnRef> = Vec::new();
    for column in search.carried.iter().filter(|column| !is_own_time(column)) {
        if !carried.iter().any(|known| known.name == column.name && known.owner == column.owner) {
            carried.push(column);
        }
    }
    carried
}

/// The datasets whose names stand before the columns, the longest first: `All_Changes.Account_Management` before `All_Changes`.
fn owners(search: &Search) -> Vec<Str> {
    let mut owners: Vec<Str> = search.carried.iter().map(|column| column.owner.clone()).filter(|owner| !owner.is_empty()).collect();
    owners.sort_by_key(|owner| (std::cmp::Reverse(owner.len()), owner.clone()));
    owners.dedup();
    owners
}

/// Newest first, times that can be read, the columns in their order.
fn tail(plan: &Plan, options: &Options) -> Vec<Lines> {
    let mut renames: Vec<Lines> = Vec::new();
    let mut names: Vec<Lines> = Vec::new();
    let time = plan.columns.iter().find(|column| column.kind == ColumnKind::Time && column.alias);
    let is_title = |name: &str| plan.columns.iter().any(|column| column.kind != ColumnKind::Time && column.title == name);
    for own in OWN {
        match time {
            Some(time) if own == "lastTime" => {
                let title = quote::search_name(&time.title).to_string();
                renames.push(Lines::from(format!("lastTime as {title}")).at(time.at.as_slice()));
                names.push(Lines::from(title).at(time.at.as_slice()));
            }
            _ if is_title(own) => {}
            _ => names.push(own.into()),
        }
    }
    for column in &plan.columns {
        if column.kind == ColumnKind::Time {
            continue;
        }
        if OWN.contains(&column.title.as_str()) {
            let rename = format!("{} as {}", columns::aside(&column.title), column.title);
            renames.push(Lines::from(rename).at(column.at.as_slice()));
        }
        names.push(Lines::from(quote::search_name(&column.title).to_string()).at(column.at.as_slice()));
    }
    let heads = stage::heads(&plan.searches);
    let mut commands = vec![Lines::from("sort 0 - lastTime")];
    commands.extend(macros::readable(&["firstTime", "lastTime"], options));
    if !renames.is_empty() {
        commands.push(Lines::join(&renames, ", ").after("rename ").or(&heads));
    }
    commands.push(stage::names(&names, 4).after("table ").or(&heads));
    commands
}
