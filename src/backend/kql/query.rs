//! A plan as a query that a hunter would have written: one clause a line, newest first.
//!
//! In: a rule and its plan. Out: KQL for one table, or a `union` of several. Law: the columns are the plan's, in its order and with one
//! type in every branch (a `union` splits a column of two types in two); a column that a branch has no value for is empty there.

use crate::backend::bind::{Native, NativeExpr, NativePred};
use crate::backend::lines::Lines;
use crate::backend::plan::{Column, ColumnKind, Label, Latest, MadeValue, Plan, Search, Shape, Shown};
use crate::backend::{Options, Purpose, Target};
use crate::hir::{Lasting, Pred, Rule, duration};
use crate::schema::{NativeType, Transform};
use crate::source::{Span, add_places};

use super::detection;
use super::hoist::{self, Hoisted, hoisted};
use super::lists::{KeptThere, Lists};
use super::predicate::condition;
use super::quote::{comment, name, quote};
use super::{chains, groups, value};

/// Lines longer than this are broken.
pub const WIDTH: usize = 100;
/// Where the branches of a union begin.
pub const INSIDE: usize = 4;

/// The query, the lists that it asks for where they are kept, and those whose values it says all the same.
pub fn print(rule: &Rule, plan: &Plan, target: Target, options: &Options) -> (Lines, Vec<KeptThere>, Vec<KeptThere>) {
    let plan = &detection::form(rule, plan, target, options);
    let lists = Lists::new(rule, plan, options);
    let mut lines = match &plan.shape {
        Shape::Events => events(plan, target, &lists),
        Shape::Groups(of) => groups::lines(plan, of, target, &lists),
        Shape::Chains(of) => chains::lines(plan, of, target, &lists),
    };
    // Known when the conditions are printed.
    let header = match options.purpose {
        Purpose::Hunting | Purpose::CustomDetection => Some(header(rule)),
        Purpose::NearRealTime => None,
    };
    lines.splice(0..0, header.into_iter().chain(lists.lines()));
    (Lines::join(&lines, "\n"), lists.kept(), lists.spelled())
}

/// Where the window that is asked for begins.
pub struct Since {
    pub from: String,
    /// What compares a time with it.
    pub op: &'static str,
    /// The places that say so.
    pub at: Vec<Span>,
}

impl Since {
    pub fn ago(last: Lasting) -> Since {
        Since { from: format!("ago({})", duration(last.seconds)), op: ">", at: vec![last.span] }
    }
}

/// Each row is a match.
fn events(plan: &Plan, target: Target, lists: &Lists) -> Vec<Lines> {
    let since = plan.last.map(Since::ago);
    let since = since.as_ref();
    let time_column = plan.columns.iter().find(|column| column.kind == ColumnKind::Time);
    let asked: Vec<Span> = time_column.and_then(|column| column.at).into_iter().collect();
    let sort = |title: &str| plan.sorted.then(|| Lines::from(format!("| sort by {} desc", name(title))).at(&asked));
    let time_title = time_column.map(|column| column.title.as_str());
    let mut lines = Vec::new();
    let searches: Vec<Hoisted> = plan.searches.iter().enumerate().map(|(at, search)| hoisted(search, at == 0, &[], lists)).collect();
    match searches.as_slice() {
        [one] => {
            let search = &one.search;
            lines.push(source(search, since));
            lines.extend(filters(one, since, 0));
            let project = projection(plan, one, None, 0);
            match (time_title, &search.time) {
                (_, None) => lines.push(project),
                (Some(title), Some(_)) => lines.extend([Some(project), sort(title)].into_iter().flatten()),
                // Not shown, so it must be sorted by while it is still there.
                (None, Some(time)) => lines.extend([sort(time), Some(project)].into_iter().flatten()),
            }
        }
        searches => {
            let time = searches.iter().find_map(|one| one.search.time.as_deref());
            let hidden = time.filter(|_| time_title.is_none()).map(|time| free_title(plan, time));
            let heads = heads(searches);
            lines.push(Lines::from(union(searches, target)).at(&heads));
            let branches: Vec<Lines> = searches.iter().map(|one| branch(plan, one, since, hidden.as_deref())).collect();
            lines.push(Lines::join(&branches, ",\n"));
            if let Some(time) = time.and(time_title.or(hidden.as_deref())) {
                lines.extend(sort(time));
            }
            // The union's columns come in the order in which its branches have them.
            if hidden.is_some() || searches[0].search.shown.contains(&Shown::Nothing) {
                let items: Vec<Lines> = plan.columns.iter().map(|column| item(column, name(&column.title).into())).collect();
                lines.push(listed("| project ", &items, 0).or(&heads));
            }
        }
    }
    lines
}

/// The operator; a table that is not there is passed over, where others stand beside it.
pub fn union(searches: &[Hoisted], target: Target) -> &'static str {
    let several = searches.windows(2).any(|two| two[0].search.table != two[1].search.table);
    if target.may_lack_tables() && several { "union isfuzzy=true" } else { "union" }
}

/// The labels and classes of all searches.
pub fn heads(searches: &[Hoisted]) -> Vec<Span> {
    let mut heads = Vec::new();
    searches.iter().for_each(|one| add_places(&mut heads, &one.search.from));
    heads
}

/// What stands in a column, and where the rule asks for it.
fn item(column: &Column, lines: Lines) -> Lines {
    lines.at(column.at.as_slice())
}

pub fn header(rule: &Rule) -> Lines {
    let mut text = rule.name.clone();
    if let Some(version) = &rule.meta.version {
        text.push_str(&format!(" {version}"));
    }
    if let Some(title) = &rule.meta.title {
        text.push_str(&format!(": {title}"));
    }
    Lines::from(format!("// {}", comment(&text))).at(&[rule.span]).at(&rule.meta.named_at)
}

fn branch(plan: &Plan, one: &Hoisted, since: Option<&Since>, hidden: Option<&str>) -> Lines {
    let mut lines = vec![source(&one.search, since)];
    lines.extend(filters(one, since, INSIDE));
    lines.push(projection(plan, one, hidden, INSIDE));
    enclosed(&lines, INSIDE)
}

/// A pipeline in parentheses.
pub fn enclosed(lines: &[Lines], indent: usize) -> Lines {
    let pad = " ".repeat(indent);
    Lines::join(lines, &format!("\n{pad}")).within(&format!("{pad}("), ")")
}

/// The table, or a call of the function that it is: told the window, it reads no more than that.
pub fn source(search: &Search, since: Option<&Since>) -> Lines {
    match since {
        Some(since) if !search.start.is_empty() => {
            Lines::from(format!("{}({}={})", name(&search.table), search.start, since.from)).at(&search.from).at(&since.at)
        }
        Some(_) | None => Lines::from(name(&search.table)).at(&search.from),
    }
}

/// The window, the last row of each thing where the class is a state, then each condition that must hold, those on columns that are
/// made last; further lines of a clause stand four columns right of it.
pub fn filters(one: &Hoisted, since: Option<&Since>, indent: usize) -> Vec<Lines> {
    let search = &one.search;
    let bounds = search.time.as_ref().zip(since).filter(|_| search.start.is_empty());
    let window = bounds.map(|(time, since)| Lines::from(format!("| where {} {} {}", name(time), since.op, since.from)).at(&since.at));
    let all = conjuncts(&search.first).chain(conjuncts(&search.rest));
    let (late, early): (Vec<&NativePred>, Vec<&NativePred>) = all.partition(|pred| hoist::reads_made(pred, &one.made));
    // A class without a condition of its own has none to stand for it.
    let clause = |pred: &NativePred| condition(pred, one.lists).laid_out(indent + 4, WIDTH).after("| where ").or(&search.from);
    let extend = |made: &[hoist::Hoist]| {
        let item = |made: &hoist::Hoist| Lines::from(format!("{} = {}", name(&made.name), value::plain(&made.value))).at(&made.from);
        let made: Vec<Lines> = made.iter().map(item).collect();
        (!made.is_empty()).then(|| listed("| extend ", &made, indent))
    };
    let latest = search.time.as_ref().zip(search.latest.as_ref()).into_iter().flat_map(|(time, latest)| {
        let among = conjuncts(&latest.among).map(clause);
        let last = format!("| summarize arg_max({}, *) by {}", name(time), keys(latest));
        among.chain([Lines::from(last).at(&search.from)])
    });
    let early = early.into_iter().map(clause);
    let late = late.into_iter().map(clause);
    let conditions = window.into_iter().chain(latest).chain(early).chain(extend(&one.made)).chain(late);
    conditions.chain(joins(search)).chain(extend(&one.later)).collect()
}

/// What tells things apart; a value of several columns gets a name of its own beside them.
fn keys(latest: &Latest) -> String {
    let said = |native: &Native| match native.value.column() {
        Some(column) => name(&column.name),
        None => format!("{} = {}", name(&format!("key_{}", native.field.replace('.', "_"))), value::plain(&native.value)),
    };
    latest.by.iter().map(said).collect::<Vec<_>>().join(", ")
}

/// Columns of other tables that the result shows, of events, groups or chains: every value of one key in one row, so that no event is found
/// twice.
fn joins(search: &Search) -> Vec<Lines> {
    let shown = search.shown.iter().filter_map(|shown| match shown {
        Shown::Value(native) => Some(native),
        Shown::Time | Shown::Matched | Shown::Constant(_) | Shown::Nothing => None,
    });
    let made = search.made.iter().filter_map(|made| match made {
        MadeValue::Value { native, .. } => Some(native),
        MadeValue::Cases(_) | MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Time | MadeValue::Nothing => None,
    });
    let mut joins: Vec<(&str, String, Vec<String>)> = Vec::new();
    for native in shown.chain(made) {
        let NativeExpr::Apply(Transform::Lookup { table, column }, key) = &native.value else { continue };
        let key = key.first().map_or_else(String::new, value::plain);
        let set = format!("{} = make_set({})", value::joined(table, column), name(column));
        match joins.iter_mut().find(|(known, of, _)| known == table && *of == key) {
            Some((_, _, sets)) if sets.contains(&set) => {}
            Some((_, _, sets)) => sets.push(set),
            None => joins.push((table, key, vec![set])),
        }
    }
    let line = |(table, key, sets): (&str, String, Vec<String>)| {
        let join = format!("| join kind=leftouter ({} | summarize {} by {key}) on {key}", name(table), sets.join(", "));
        Lines::from(join).at(&search.from)
    };
    joins.into_iter().map(line).collect()
}

pub fn conjuncts(pred: &NativePred) -> impl Iterator<Item = &NativePred> {
    match pred {
        Pred::All(parts) => parts.iter(),
        Pred::Any(_) | Pred::Not(_) | Pred::Test(_) => std::slice::from_ref(pred).iter(),
    }
}

fn projection(plan: &Plan, one: &Hoisted, hidden: Option<&str>, indent: usize) -> Lines {
    let search = &one.search;
    let mut items: Vec<Lines> = plan
        .columns
        .iter()
        .zip(&search.shown)
        .enumerate()
        .filter_map(|(index, (column, shown))| {
            let title = name(&column.title);
            let value: Lines = match shown {
                Shown::Time => name(search.time.as_deref()?).into(),
                Shown::Matched => matched(&search.labels, indent, one.lists),
                Shown::Constant(text) => quote(text).into(),
                Shown::Value(native) if has_one_type(plan, index) => value::plain(&native.value).into(),
                Shown::Value(native) => value::text(&native.value).into(),
                // One branch must have the column; in the others the union leaves it empty.
                Shown::Nothing if one.is_first && is_without(plan, index) => "\"\"".into(),
                Shown::Nothing => return None,
            };
            Some(item(column, titled(&title, value)))
        })
        .collect();
    if let (Some(title), Some(time)) = (hidden, &search.time) {
        items.push(titled(&name(title), name(time).into()));
    }
    listed("| project ", &items, indent).or(&search.from)
}

/// `title = value`, or the column itself.
pub fn titled(title: &str, value: Lines) -> Lines {
    if value.reads(title) { value } else { value.after(&format!("{title} = ")) }
}

/// Whether the column has values of the same type in every branch.
fn has_one_type(plan: &Plan, index: usize) -> bool {
    let mut types = plan.searches.iter().filter_map(|search| match &search.shown[index] {
        Shown::Nothing => None,
        Shown::Value(native) => Some(value::type_of(&native.value)),
        Shown::Time => Some(NativeType::Time),
        Shown::Matched | Shown::Constant(_) => Some(NativeType::Text),
    });
    let first = types.next();
    types.all(|ty| Some(ty) == first)
}

/// No branch has a value for the column.
fn is_without(plan: &Plan, index: usize) -> bool {
    plan.searches.iter().all(|search| search.shown[index] == Shown::Nothing)
}

/// The labels that hold in a row, joined.
fn matched(labels: &[Label], indent: usize, lists: &Lists) -> Lines {
    match labels {
        [] => "\"\"".into(),
        [label] if label.when.is_true() => Lines::from(quote(&label.name)).at(&label.from),
        [label] => {
            let when = condition(&label.when, lists).into_line();
            when.within("iff(", &format!(", {}, \"\")", quote(&label.name))).at(&label.from)
        }
        labels => {
            let said = |label: &Label| {
                let text = quote(&format!(", {}", label.name));
                let said = if label.when.is_true() {
                    text.into()
                } else {
                    condition(&label.when, lists).laid_out(indent + 12, WIDTH).within("iff(", &format!(", {text}, \"\")"))
                };
                said.at(&label.from)
            };
            let parts: Vec<Lines> = labels.iter().map(said).collect();
            let pad = " ".repeat(indent + 8);
            Lines::join(&parts, &format!(",\n{pad}")).within(&format!("substring(strcat(\n{pad}"), "), 2)")
        }
    }
}

/// Items on one line, or on as many as they need.
pub fn listed(head: &str, items: &[Lines], indent: usize) -> Lines {
    let mut lines = Lines::from(head);
    let mut column = indent + head.len();
    for (index, item) in items.iter().enumerate() {
        let width = item.width() + 1;
        if index > 0 {
            lines.push_str(",");
            if column + width > WIDTH {
                lines.push_str(&format!("\n{:1$}", "", indent + 4));
                column = indent + 4;
            } else {
                lines.push_str(" ");
                column += 1;
            }
        }
        lines.push(item);
        column += width;
    }
    lines
}

fn free_title(plan: &Plan, wanted: &str) -> String {
    let mut title = wanted.to_owned();
    while plan.columns.iter().any(|column| column.title == title) {
        title.push('_');
    }
    title
}
