//! The columns of a result, and what stands in each of them in each search.
//!
//! In: the rule's `show`, or the default columns of its classes. Out: titled columns, and for each search a value or nothing. Law: a
//! title is unique; it is the user's own, else the product's name of the column where every search that has it shows just that
//! column, else the field's name. A default column that a target has nothing for is left out; one that the rule asks for stays,
//! empty, with a note, as it has one for each class that leaves it empty. Values are shown as the product writes them: hashes and enumerations are not translated.

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Branch, ColumnWhat, Rule};
use crate::schema::{NativeTest, Target, Type};

use super::super::bind::{self, Known, Native, NativeExpr, Place};
use super::search::Asked;
use super::{Column, ColumnKind, Dialect, Shown, Titled};

/// A column as asked for: what it shows, and how the rule names it.
struct Wanted<'r> {
    name: String,
    kind: ColumnKind,
    /// Of a rule with `show`.
    asked: Option<&'r crate::hir::Column>,
}

/// Columns, what each search shows in them, and notes on those that stay empty.
pub(super) fn columns(
    rule: &Rule,
    branches: &[Branch],
    searches: &[Asked],
    target: Target,
) -> (Vec<Column>, Vec<Vec<Shown>>, Vec<Diagnostic>) {
    let mut columns = Vec::new();
    let mut names = Vec::new();
    let mut shown: Vec<Vec<Shown>> = searches.iter().map(|_| Vec::new()).collect();
    let mut notes = Vec::new();
    for wanted in wanted(rule, branches, searches) {
        let values: Vec<Shown> = searches.iter().map(|search| value(&wanted, search)).collect();
        if values.iter().all(|value| *value == Shown::Nothing) {
            let Some(asked) = wanted.asked else { continue };
            notes.push(targets::empty_column(At { span: asked.span, target: target.name() }, &wanted.name));
        }
        if let Some(asked) = wanted.asked {
            notes.extend(super::lost::shown(target, &wanted.name, branches, searches, asked.span));
        }
        let alias = wanted.asked.and_then(|asked| asked.alias.clone());
        let title = alias.clone().unwrap_or_else(|| own_title(&wanted, &values, searches));
        columns.push(Column { title, alias: alias.is_some(), kind: wanted.kind, at: wanted.asked.map(|asked| asked.span) });
        names.push(wanted.name.replace('.', "_"));
        shown.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    make_unique(&mut columns, &names);
    (columns, shown, notes)
}

/// The columns that the result must have under their own names, each once.
pub(super) fn demands<'a>(searches: impl IntoIterator<Item = &'a Asked<'a>>, dialect: &dyn Dialect) -> Vec<String> {
    super::without_repetition(searches.into_iter().flat_map(|search| dialect.demands(&search.place)))
}

/// Adds the columns that the result must have under their own names, where none of those there are is one already. A title that the rule
/// gives to something else stays; the dialect then finds that the demanded column is not there.
pub(super) fn demanded(columns: &mut Vec<Column>, shown: &mut [Vec<Shown>], searches: &[Asked], dialect: &dyn Dialect) {
    for name in demands(searches, dialect) {
        if columns.iter().any(|column| column.title == name) {
            continue;
        }
        let is_time = |search: &Asked| search.place.time().is_some_and(|time| time == name);
        let kind = if searches.iter().any(is_time) { ColumnKind::Time } else { ColumnKind::Field };
        columns.push(Column { title: name.clone(), alias: false, kind, at: None });
        for (row, search) in shown.iter_mut().zip(searches) {
            row.push(match search.place.named(&name) {
                _ if is_time(search) => Shown::Time,
                Some(column) => Shown::Value(bind::plain(name.clone(), column, Type::Text)),
                None => Shown::Nothing,
            });
        }
    }
}

fn wanted<'r>(rule: &'r Rule, branches: &[Branch], searches: &[Asked]) -> Vec<Wanted<'r>> {
    if let Some(show) = &rule.show {
        let named = show.iter().filter_map(|column| {
            let name = match &column.what {
                ColumnWhat::Field(name) => name.clone(),
                ColumnWhat::Matched => "matched".to_owned(),
                // Refused before: only thresholds and linked patterns have them.
                ColumnWhat::Aggregate(_) | ColumnWhat::StepField { .. } => return None,
            };
            let kind = if matches!(column.what, ColumnWhat::Matched) { ColumnKind::Matched } else { kind(&name) };
            Some(Wanted { name, kind, asked: Some(column) })
        });
        return named.collect();
    }
    let mut names: Vec<String> = Vec::new();
    for search in searches {
        let class = search.place.class();
        for field in class.show.iter() {
            let name = class.get(*field).name.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let mut wanted: Vec<Wanted> = names.into_iter().map(|name| Wanted { kind: kind(&name), name, asked: None }).collect();
    if branches.iter().any(|branch| branch.label.is_some()) {
        wanted.push(Wanted { name: "matched".to_owned(), kind: ColumnKind::Matched, asked: None });
    }
    wanted
}

fn kind(name: &str) -> ColumnKind {
    match name {
        "time" => ColumnKind::Time,
        "class" => ColumnKind::Class,
        "action" => ColumnKind::Action,
        _ => ColumnKind::Field,
    }
}

fn value(wanted: &Wanted, search: &Asked) -> Shown {
    let place = &search.place;
    match wanted.kind {
        ColumnKind::Time if place.time().is_none() => Shown::Nothing,
        ColumnKind::Time => Shown::Time,
        ColumnKind::Matched if search.labels.is_empty() => Shown::Nothing,
        ColumnKind::Matched => Shown::Matched,
        ColumnKind::Class => Shown::Constant(place.class().name.to_string()),
        ColumnKind::Action => action(search),
        ColumnKind::Field => match place.class().field(&wanted.name).map(|field| place.field(field)) {
            Some(Known::Native(native, _)) => Shown::Value(written(native)),
            Some(Known::Constant(text)) => Shown::Constant(text),
            Some(Known::Absent) | None => Shown::Nothing,
        },
    }
}

/// The column that tells the actions apart, where the table has one; else the one action there is.
fn action(search: &Asked) -> Shown {
    let place = &search.place;
    if let Some(column) = told_by(place).and_then(|column| place.named(column)) {
        return Shown::Value(bind::plain("action", column, Type::Text));
    }
    let class = place.class();
    let mut actions = search.actions.and(class.every_action()).iter().filter_map(|index| class.actions.get(index));
    match (actions.next(), actions.next()) {
        (Some(only), None) => Shown::Constant(only.to_string()),
        (Some(_), Some(_)) | (None, _) => Shown::Nothing,
    }
}

/// The column that says what happened: the schema's own where the container asks it, else the one that all alternatives ask alone.
fn told_by<'p>(place: &Place<'p>) -> Option<&'p str> {
    let tell = place.table().map_or(&place.schema.tell, |table| place.schema.tell_of(table));
    let whens = || place.container.alternatives.iter().flat_map(|told| told.when.iter());
    if whens().any(|when| asks(when, tell)) {
        return Some(tell);
    }
    let first = whens().next()?.first()?.column.as_ref();
    whens().all(|when| when.len() == 1 && asks(when, first)).then_some(first)
}

fn asks(when: &[NativeTest], column: &str) -> bool {
    when.iter().any(|test| test.column == column && !test.negated)
}

/// Without the transforms that change only how a value is spelled; a list stands for each of its items.
fn as_written(value: &NativeExpr) -> NativeExpr {
    match value {
        NativeExpr::Column(_) => value.clone(),
        NativeExpr::Apply(transform, inputs) => match inputs.as_slice() {
            [input] if transform.respells() => as_written(input),
            inputs => NativeExpr::Apply(transform.clone(), inputs.iter().map(as_written).collect()),
        },
    }
}

/// A value as its product writes it.
pub(super) fn written(native: Native) -> Native {
    Native { value: as_written(&native.value), ..native }
}

fn own_title(wanted: &Wanted, values: &[Shown], searches: &[Asked]) -> String {
    if wanted.kind == ColumnKind::Time {
        let times: Vec<String> = searches.iter().filter_map(|search| search.place.time()).collect();
        return match times.split_first() {
            Some((first, others)) if others.iter().all(|other| other == first) => first.clone(),
            Some(_) | None => wanted.name.clone(),
        };
    }
    let mut plain: Option<&str> = None;
    for value in values {
        match value {
            Shown::Nothing => {}
            Shown::Value(native) => match (native.value.column(), plain) {
                (Some(column), None) => plain = Some(&column.name),
                (Some(column), Some(known)) if column.name == known => {}
                (Some(_), Some(_)) | (None, _) => return wanted.name.replace('.', "_"),
            },
            Shown::Time | Shown::Matched | Shown::Constant(_) => return wanted.name.replace('.', "_"),
        }
    }
    plain.map_or_else(|| wanted.name.replace('.', "_"), str::to_owned)
}

/// Of titles that two columns share a later one gets a number. A user's own title stays.
pub(super) fn unique<T>(columns: &mut [Titled<T>]) {
    for at in 0..columns.len() {
        let title = columns[at].title.clone();
        let mut number = 2;
        let taken = |columns: &[Titled<T>]| {
            let (before, from) = columns.split_at(at);
            let own = &from[0];
            let later = from[1..].iter().filter(|other| other.alias);
            !own.alias && before.iter().chain(later).any(|other| other.title.eq_ignore_ascii_case(&own.title))
        };
        while taken(columns) {
            columns[at].title = format!("{title}_{number}");
            number += 1;
        }
    }
}

/// Titles that two columns share give way to the fields' names, then to numbers. A user's own title stays.
fn make_unique(columns: &mut [Column], names: &[String]) {
    let taken =
        |columns: &[Column], at: usize| columns.iter().enumerate().any(|(index, other)| index != at && other.title == columns[at].title);
    let shared: Vec<usize> = (0..columns.len()).filter(|at| !columns[*at].alias && taken(columns, *at)).collect();
    for at in shared {
        columns[at].title.clone_from(&names[at]);
    }
    for at in 0..columns.len() {
        let title = columns[at].title.clone();
        let mut number = 2;
        while columns[..at].iter().any(|other| other.title == columns[at].title) {
            columns[at].title = format!("{title}_{number}");
            number += 1;
        }
    }
}
