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
use crate::backend::bind::ColumnRef;
use crate::backend::frag::Frag;
use crate::backend::plan::{ColumnKind, Plan, Search};
use crate::hir::{Pred, Rule};

use super::search_expr::{self, Place, WORDS};
use super::{between, columns, earliest, header, macros, quote, stage};

/// What tstats itself puts into the result.
const OWN: [&str; 3] = ["firstTime", "lastTime", "count"];

pub fn print(rule: &Rule, plan: &Plan, options: &Options) -> String {
    let titles: Vec<String> = plan.columns.iter().map(|column| column.title.clone()).collect();
    let mut commands = Vec::new();
    for (index, search) in plan.searches.iter().enumerate() {
        let made = pipeline(search, plan, &titles, if index == 0 { Some(header(rule)) } else { None }, options);
        if index == 0 {
            commands.extend(made);
        } else {
            let inner = made.iter().map(|command| format!("\n    | {}", command.replace('\n', "\n    "))).collect::<String>();
            commands.push(format!("append [{inner}\n  ]"));
        }
    }
    commands.extend(tail(plan, options));
    commands.extend(macros::filter(rule, options));
    commands.iter().map(|command| format!("| {command}")).collect::<Vec<_>>().join("\n")
}

/// One search, up to its columns.
fn pipeline(search: &Search, plan: &Plan, titles: &[String], header: Option<String>, options: &Options) -> Vec<String> {
    let scope = stage::scope(std::slice::from_ref(search), true);
    let early = stage::early(&plan.columns, std::slice::from_ref(search), &OWN);
    let (by, collected) = split(search);
    let mut commands = vec![first(search, plan.last, &by, &collected, header, options)];
    commands.extend(owners(search).into_iter().map(|owner| macros::drop_owner(&owner, options)));
    if by.is_empty() {
        // Without `by` there is one row even if no event matches.
        commands.push("where count>0".to_owned());
    }
    let carried = |title: &str| search.carried.iter().any(|column| column.name == title);
    let known = stage::with_early(&scope, &early, &plan.columns, search);
    let (first_made, then_made): (Vec<_>, Vec<_>) = stage::assignments(titles, search, &known, carried)
        .into_iter()
        .partition(|assignment| early.iter().any(|index| plan.columns[*index].title == assignment.title));
    commands.extend(stage::made(columns::commands(first_made, &OWN)));
    commands.extend(between::positions(&known));
    if !search.rest.is_true() {
        commands.push(stage::filter(&known.condition(&search.rest)));
    }
    commands.extend(stage::made(columns::commands(then_made, &OWN)));
    commands
}

fn first(
    search: &Search,
    last: Option<u64>,
    by: &[&ColumnRef],
    collected: &[&ColumnRef],
    header: Option<String>,
    options: &Options,
) -> String {
    let header = header.map(|header| format!(" {header}")).unwrap_or_default();
    // A comment stands apart from a macro: both are written in backticks.
    let (behind_settings, behind_functions) =
        if macros::settings_are_macro(options) { (String::new(), header) } else { (header, String::new()) };
    let mut lines = vec![format!("tstats {}{behind_settings}", macros::settings(options))];
    let mut functions = "count min(_time) as firstTime max(_time) as lastTime".to_owned();
    for column in collected {
        functions.push_str(&format!(" values({}) as {}", search_expr::name(column, Place::Tstats), quote::search_name(&column.name)));
    }
    functions.push_str(&behind_functions);
    lines.push(functions);
    lines.push(format!("from datamodel={}", search.table));
    let mut parts: Vec<Frag> = last.map(|seconds| Frag::atom(earliest(seconds))).into_iter().collect();
    match &search.first {
        Pred::All(tests) => parts.extend(tests.iter().map(|test| search_expr::condition(test, Place::Tstats))),
        pred @ (Pred::Any(_) | Pred::Not(_) | Pred::Test(_)) => parts.push(search_expr::condition(pred, Place::Tstats)),
    }
    if !parts.is_empty() {
        lines.push(format!("where {}", Frag::all(parts, WORDS).laid_out(8, stage::WIDTH)));
    }
    if !by.is_empty() {
        let names: Vec<String> = by.iter().map(|column| search_expr::name(column, Place::Tstats).to_string()).collect();
        lines.push(format!("by {}", stage::names(&names, 8)));
    }
    lines.join("\n    ")
}

/// Columns for `by`, and those for `values()`.
fn split(search: &Search) -> (Vec<&ColumnRef>, Vec<&ColumnRef>) {
    let mut tested = stage::columns(&search.rest);
    search.labels.iter().for_each(|label| tested.extend(stage::columns(&label.when)));
    let mut carried: Vec<&ColumnRef> = Vec::new();
    for column in &search.carried {
        // Twice in `by` is an error.
        if !carried.iter().any(|known| known.name == column.name && known.owner == column.owner) {
            carried.push(column);
        }
    }
    carried.into_iter().partition(|column| !column.multi || tested.contains(&column.name))
}

/// The datasets whose names stand before the columns, the longest first: `All_Changes.Account_Management` before `All_Changes`.
fn owners(search: &Search) -> Vec<String> {
    let mut owners: Vec<String> = search.carried.iter().map(|column| column.owner.clone()).filter(|owner| !owner.is_empty()).collect();
    owners.sort_by_key(|owner| (std::cmp::Reverse(owner.len()), owner.clone()));
    owners.dedup();
    owners
}

/// Newest first, times that can be read, the columns in their order.
fn tail(plan: &Plan, options: &Options) -> Vec<String> {
    let mut renames = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let time = plan.columns.iter().find(|column| column.kind == ColumnKind::Time && column.alias).map(|column| column.title.as_str());
    let is_title = |name: &str| plan.columns.iter().any(|column| column.kind != ColumnKind::Time && column.title == name);
    for own in OWN {
        match time {
            Some(title) if own == "lastTime" => {
                renames.push(format!("lastTime as {}", quote::search_name(title)));
                names.push(quote::search_name(title).to_string());
            }
            _ if is_title(own) => {}
            _ => names.push(own.to_owned()),
        }
    }
    for column in &plan.columns {
        if column.kind == ColumnKind::Time {
            continue;
        }
        if OWN.contains(&column.title.as_str()) {
            renames.push(format!("{} as {}", columns::aside(&column.title), column.title));
        }
        names.push(quote::search_name(&column.title).to_string());
    }
    let mut commands = vec!["sort 0 - lastTime".to_owned()];
    commands.extend(macros::readable(&["firstTime", "lastTime"], options));
    if !renames.is_empty() {
        commands.push(format!("rename {}", renames.join(", ")));
    }
    commands.push(format!("table {}", stage::names(&names, 4)));
    commands
}
