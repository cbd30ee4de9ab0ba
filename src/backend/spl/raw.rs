//! The query over event logs.
//!
//! In: a plan over the events of Windows channels, as Splunk's add-ons read them from XML: `source` is `XmlWinEventLog:` and the channel,
//! `EventCode` the number, event data under their own names. Out: one `search` over all of them, then `| where .. | sort ..`. Columns
//! that the events call differently are brought under one title by `case(EventCode=..)`. The index is the reader's matter: a role's
//! default indexes are searched. Splunk Add-on for Microsoft Windows, Splunk Add-on for Sysmon, "Source types".

use crate::backend::frag::Frag;
use crate::backend::plan::{ColumnKind, Plan, Search, Shown};
use crate::hir::{Casing, Pred, Rule, TextOp};
use crate::schema::Type;

use super::columns::{self, Assignment};
use super::eval_expr::{Scope, WORDS};
use super::search_expr::{self, Place};
use super::{between, earliest, header, pattern, quote, stage};

pub fn print(rule: &Rule, plan: &Plan) -> String {
    let scope = stage::scope(&plan.searches, false);
    let mut commands = vec![first(rule, plan)];
    commands.extend(between::positions(&scope));
    if let Some(condition) = rest(plan, &scope) {
        commands.push(stage::filter(&condition));
    }
    commands.extend(stage::made(columns::commands(assignments(plan, &scope), &["_time"])));
    commands.push("sort 0 - _time".to_owned());
    let renames: Vec<String> = plan
        .columns
        .iter()
        .filter_map(|column| match column.kind {
            ColumnKind::Time if column.title != "_time" => Some(format!("_time as {}", quote::search_name(&column.title))),
            ColumnKind::Time => None,
            ColumnKind::Matched | ColumnKind::Class | ColumnKind::Action | ColumnKind::Field => {
                (column.title == "_time").then(|| format!("{} as _time", columns::aside("_time")))
            }
        })
        .collect();
    if !renames.is_empty() {
        commands.push(format!("rename {}", renames.join(", ")));
    }
    let names: Vec<String> = plan.columns.iter().map(|column| quote::search_name(&column.title).to_string()).collect();
    commands.push(format!("table {}", stage::names(&names, 4)));
    commands.join("\n| ")
}

fn first(rule: &Rule, plan: &Plan) -> String {
    let window = plan.last.map(|seconds| format!(" {}", earliest(seconds))).unwrap_or_default();
    let parts = plan.searches.iter().map(|search| {
        let mut parts = origin(search);
        match &search.first {
            Pred::All(tests) => parts.extend(tests.iter().map(|test| search_expr::condition(test, Place::Search))),
            pred @ (Pred::Any(_) | Pred::Not(_) | Pred::Test(_)) => parts.push(search_expr::condition(pred, Place::Search)),
        }
        stage::all(parts).unwrap_or_else(|| search_expr::condition(&Pred::TRUE, Place::Search))
    });
    let condition = Frag::any(parts.collect(), search_expr::WORDS);
    let text = condition.laid_out(4, stage::WIDTH);
    // An or beside `earliest` is an and: Splunk's search binds OR tighter, but a reader need not know.
    let text = if plan.searches.len() > 1 && plan.last.is_some() { format!("({text})") } else { text };
    format!("search{window} {}\n    {text}", header(rule))
}

/// Where the events of a search stand: the channel's source, and their number.
fn origin(search: &Search) -> Vec<Frag> {
    let source = search.channel.as_ref().map(|channel| Frag::atom(format!("source={}", quote::eval_string(&source(channel)))));
    let number = search.event_id.map(|number| Frag::atom(format!("EventCode={number}")));
    source.into_iter().chain(number).collect()
}

fn source(channel: &str) -> String {
    format!("XmlWinEventLog:{channel}")
}

/// Tells the rows of one search from those of the others, in the eval dialect: by the event's number, where no other channel has it too.
fn identity(search: &Search, plan: &Plan) -> Option<Frag> {
    let shared = plan.searches.iter().any(|other| other.event_id == search.event_id && other.channel != search.channel);
    let mut parts: Vec<Frag> = search.event_id.map(|number| Frag::atom(format!("EventCode={number}"))).into_iter().collect();
    if let Some(channel) = search.channel.as_ref().filter(|_| shared) {
        let patterns = pattern::of_texts(TextOp::Equals, Type::Text, &[source(channel)], Casing::Ignore);
        parts.extend(patterns.iter().map(|pattern| Frag::atom(format!("match(source, {})", quote::eval_regex(pattern)))));
    }
    stage::all(parts)
}

/// What the first command could not say, of each search's rows.
fn rest(plan: &Plan, scope: &Scope) -> Option<Frag> {
    if plan.searches.iter().all(|search| search.rest.is_true()) {
        return None;
    }
    let mut parts = Vec::new();
    for search in &plan.searches {
        let own = (!search.rest.is_true()).then(|| scope.condition(&search.rest));
        let identity = if plan.searches.len() > 1 { identity(search, plan) } else { None };
        parts.extend(stage::all(identity.into_iter().chain(own).collect()));
    }
    Some(Frag::any(parts, WORDS))
}

/// Events have fields that nobody asked for, so a title that is to stay empty is emptied.
fn assignments(plan: &Plan, scope: &Scope) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (index, column) in plan.columns.iter().enumerate() {
        if column.kind == ColumnKind::Time {
            continue;
        }
        let values: Vec<Option<(String, Vec<String>)>> = plan
            .searches
            .iter()
            .map(|search| stage::expression(search.shown.get(index).unwrap_or(&Shown::Nothing), search, scope))
            .collect();
        let (value, reads) = unified(&values, plan);
        assignments.push(Assignment { title: column.title.clone(), value, reads });
    }
    assignments
}

/// One expression for all searches, or a case for each kind of event.
fn unified(values: &[Option<(String, Vec<String>)>], plan: &Plan) -> (String, Vec<String>) {
    let reads: Vec<String> = values.iter().flatten().flat_map(|(_, reads)| reads.clone()).collect();
    match values {
        [Some((first, _)), others @ ..] if others.iter().all(|other| other.as_ref().is_some_and(|(text, _)| text == first)) => {
            (first.clone(), reads)
        }
        values if values.iter().all(Option::is_none) => ("null()".to_owned(), Vec::new()),
        values => {
            let mut arms: Vec<(String, String)> = Vec::new();
            for (search, value) in plan.searches.iter().zip(values) {
                let Some((text, _)) = value else { continue };
                let identity = identity(search, plan).map_or_else(|| "true()".to_owned(), Frag::into_text);
                if arms.iter().all(|(other, _)| *other != identity) {
                    arms.push((identity, text.clone()));
                }
            }
            let arms: Vec<String> = arms.into_iter().map(|(identity, text)| format!("{identity}, {text}")).collect();
            let mut reads = reads;
            reads.extend(["EventCode", "source"].map(str::to_owned));
            (format!("case({})", arms.join(", ")), reads)
        }
    }
}
