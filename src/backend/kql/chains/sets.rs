//! So many steps: what counts is which steps have a hit behind each hit.
//!
//! In: the tables of the steps. Out: one row a match: each hit that has, itself counted, hits of enough steps at or before it. Law: hits stand
//! in the order of their times, those of one time in the order of their steps; of each step the latest hit is shown.

use super::super::made::{self, Kind};
use super::super::query::listed;
use super::{Matches, Own, Printer};

pub fn matches(printer: &Printer, count: u64) -> Matches {
    let [hits, step, time, id] = ["hits", "step", "hit_time", "hit_id"].map(|wanted| printer.free(wanted));
    let [of_step, of_time, of_id, first, steps] =
        ["match_step", "match_time", "match_id", "first_hit", "steps"].map(|wanted| printer.free(wanted));
    let shared = printer.shared();
    let keys = shared.join(", ");
    let branches: Vec<String> = printer
        .required()
        .map(|at| {
            let table = &printer.tables[at];
            format!("    ({table} | extend {step} = {}, {time} = {}, {id} = {})", at + 1, printer.time(at), event(printer, at))
        })
        .collect();
    let mut lines = vec![
        format!("let {hits} = materialize(union\n{});", branches.join(",\n")),
        hits.clone(),
        format!("| project {keys}, {of_time} = {time}, {of_step} = {step}, {of_id} = {id}"),
        format!("| join kind=inner {hits} on {keys}"),
        printer.without_second(&shared),
        format!(
            "| where {of_time} - {time} <= {} and ({time} < {of_time} or ({time} == {of_time} and {step} <= {of_step}))",
            printer.within()
        ),
        // Of its own step the event itself.
        format!("| where {step} != {of_step} or ({time} == {of_time} and {id} == {of_id})"),
        format!("| summarize arg_max({time}, *) by {keys}, {of_time}, {of_step}, {of_id}, {step}"),
    ];
    let mut computed = vec![format!("{steps} = count()"), format!("{first} = min({time})")];
    for at in printer.required() {
        let made = 0..printer.chains.steps[at].made.len();
        computed.extend(made.filter(|made| *made == 0 || printer.is_read_later(at, *made)).map(|made| {
            let column = printer.column(at, made);
            format!("{column} = take_anyif({column}, {step} == {})", at + 1)
        }));
    }
    lines.push(format!("{}\n    by {keys}, {of_time}, {of_step}, {of_id}", listed("| summarize ", &computed, 0)));
    lines.push(format!("| where {steps} >= {count}"));
    // An event that is a hit of several steps is one match.
    lines.push(format!("| summarize arg_max({of_step}, *) by {keys}, {of_time}, {of_id}"));
    let by = shared.into_iter().chain([of_time.clone(), of_id]).collect();
    Matches { lines, by, first, last: of_time, own: Own::Told(of_step) }
}

/// What tells the event of a hit from all others of its time, as one text. Where the target has nothing of the kind, one event may
/// be the hit of several steps unseen, so the hits of one time are one.
fn event(printer: &Printer, step: usize) -> String {
    let of = &printer.chains.steps[step];
    let parts: Vec<String> = of
        .identity
        .iter()
        .map(|made| match printer.kinds[step][*made] {
            Kind::Text => printer.column(step, *made),
            Kind::Long | Kind::Real | Kind::Time => format!("tostring({})", printer.column(step, *made)),
        })
        .collect();
    match parts.as_slice() {
        [] => "\"\"".to_owned(),
        [one] => one.clone(),
        parts => made::broken("strcat_delim", &[vec!["\"|\"".to_owned()], parts.to_vec()].concat(), 8),
    }
}
