//! Documents: rows whose columns have names with dots, nested or not.
//!
//! In: one JSON object, as Elastic's tools write it: nested, flat, a mixture, or a hit of a search with the document in `_source` or
//! `fields`. Out: the columns that somebody reads, by their names with dots. Law: how a document is nested changes nothing; a column of
//! the objects in a list has the values of all of them.

use super::json::{Entry, Json};

/// Whether the document has this column.
pub fn has(object: &Json<'_>, column: &str) -> bool {
    parts(object).any(|part| reaches(part, column))
}

/// The columns that are wanted, each once.
pub fn flat<'a>(object: &Json<'a>, wanted: &dyn Fn(&str) -> bool) -> Json<'a> {
    let mut columns = Vec::new();
    for part in parts(object) {
        let known = columns.len();
        let mut more = Vec::new();
        part.entries().iter().for_each(|(name, value)| collect(name.to_string(), value, wanted, &mut more));
        // `fields` says again what `_source` has said.
        more.retain(|(name, _)| !columns[..known].iter().any(|(before, _): &Entry<'_>| before == name));
        columns.extend(more);
    }
    Json::Object(columns)
}

/// Under which exports and collectors keep the event that they carry: Elastic's hits, Splunk's exports, and its collector (HEC).
const AROUND: [&str; 3] = ["_source", "result", "event"];
/// What stands beside it there and is the event's own, with the name that Splunk gives it in a row.
const BESIDE: [(&str, &str); 4] = [("time", "_time"), ("host", "host"), ("source", "source"), ("sourcetype", "sourcetype")];

/// The event in an object that carries one.
pub fn inside<'a>(object: &Json<'a>) -> Option<Json<'a>> {
    let (_, inner) =
        AROUND.iter().find_map(|key| object.entries().iter().rfind(|(name, value)| name == key && matches!(value, Json::Object(_))))?;
    let mut entries = inner.entries().to_vec();
    for (name, own) in BESIDE {
        let value = object.get(name).filter(|value| !matches!(value, Json::Object(_) | Json::List(_) | Json::Null));
        entries.extend(value.filter(|_| inner.get(own).is_none()).map(|value| (own.into(), value.clone())));
    }
    Some(Json::Object(entries))
}

fn parts<'r, 'a>(object: &'r Json<'a>) -> impl Iterator<Item = &'r Json<'a>> {
    let inner = ["_source", "fields"].map(|key| object.get(key).filter(|part| matches!(part, Json::Object(_))));
    let is_hit = object.get("_index").is_some() && inner.iter().any(Option::is_some);
    let whole = (!is_hit).then_some(object);
    inner.into_iter().filter(move |_| is_hit).flatten().chain(whole)
}

fn reaches(value: &Json<'_>, column: &str) -> bool {
    value.entries().iter().any(|(name, value)| match column.strip_prefix(name.as_ref()) {
        Some("") => *value != Json::Null,
        Some(rest) => rest.strip_prefix('.').is_some_and(|rest| reaches(value, rest)),
        None => false,
    })
}

fn collect<'a>(name: String, value: &Json<'a>, wanted: &dyn Fn(&str) -> bool, into: &mut Vec<Entry<'a>>) {
    match value {
        Json::List(items) if items.iter().any(|item| matches!(item, Json::Object(_))) => {
            items.iter().for_each(|item| collect(name.clone(), item, wanted, into));
        }
        Json::Object(entries) => {
            entries.iter().for_each(|(key, value)| collect(format!("{name}.{key}"), value, wanted, into));
            put(name, value, wanted, into);
        }
        _ => put(name, value, wanted, into),
    }
}

fn put<'a>(name: String, value: &Json<'a>, wanted: &dyn Fn(&str) -> bool, into: &mut Vec<Entry<'a>>) {
    if !wanted(&name) {
        return;
    }
    match into.iter_mut().find(|(known, _)| *known == name) {
        None => into.push((name.into(), value.clone())),
        Some((_, Json::List(values))) => values.push(value.clone()),
        Some((_, known)) => {
            let first = std::mem::replace(known, Json::Null);
            *known = Json::List(vec![first, value.clone()]);
        }
    }
}
