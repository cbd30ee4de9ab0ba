//! So many steps: what counts is which steps have a hit behind each hit.
//!
//! In: the tables of the steps. Out: one row a match: each hit that has, itself counted, hits of enough steps at or before it. Law: hits stand
//! in the order of their times, those of one time in the order of their steps; of each step the latest hit is shown.

use super::super::made::{self, Kind};
use super::super::query::listed;
use super::{Matches, Own, Printer};
use crate::backend::lines::Lines;

pub fn matches(printer: &Printer, count: u64) -> Matches {
    let [hits, step, time, id] = ["hits", "step", "hit_time", "hit_id"].map(|wanted| printer.free(wanted));
    let [of_step, of_time, of_id, first, steps] =
        ["match_step", "match_time", "match_id", "first_hit", "steps"].map(|wanted| printer.free(wanted));
    let shared = printer.shared();
    let keys = shared.join(", ");
    let branches: Vec<Lines> = printer
        .required()
        .map(|at| {
            let table = &printer.tables[at];
            let before = format!("    ({table} | extend {step} = {}, {time} = {}, {id} = ", at + 1, printer.time(at));
            event(printer, at).within(&before, ")").at(&printer.chains.steps[at].from)
        })
        .collect();
    let mut lines = vec![
        Lines::join(&branches, ",\n").within(&format!("let {hits} = materialize(union\n"), ");"),
        hits.as_str().into(),
        format!("| project {keys}, {of_time} = {time}, {of_step} = {step}, {of_id} = {id}").into(),
        Lines::from(format!("| join kind=inner {hits} on {keys}")).at(&printer.keys_at()),
        printer.without_second(),
        printer.near(format!(
            "{of_time} - {time} <= {} and ({time} < {of_time} or ({time} == {of_time} and {step} <= {of_step}))",
            printer.within()
        )),
        // Of its own step the event itself.
        format!("| where {step} != {of_step} or ({time} == {of_time} and {id} == {of_id})").into(),
        format!("| summarize arg_max({time}, *) by {keys}, {of_time}, {of_step}, {of_id}, {step}").into(),
    ];
    let mut computed: Vec<Lines> = vec![format!("{steps} = count()").into(), format!("{first} = min({time})").into()];
    for at in printer.required() {
        let made = 0..printer.chains.steps[at].made.len();
        computed.extend(made.filter(|made| *made == 0 || printer.is_read_later(at, *made)).map(|made| {
            let column = printer.column(at, made);
            Lines::from(format!("{column} = take_anyif({column}, {step} == {})", at + 1)).at(&printer.chains.steps[at].made[made].from)
        }));
    }
    let by = format!("\n    by {keys}, {of_time}, {of_step}, {of_id}");
    lines.push(listed("| summarize ", &computed, 0).within("", &by));
    lines.push(format!("| where {steps} >= {count}").into());
    // An event that is a hit of several steps is one match.
    lines.push(format!("| summarize arg_max({of_step}, *) by {keys}, {of_time}, {of_id}").into());
    let by = shared.into_iter().chain([of_time.clone(), of_id]).collect();
    Matches { lines, by, first, last: of_time, own: Own::Told(of_step) }
}

/// What tells the event of a hit from all others of its time, as one text. Where the target has nothing of the kind, one event may
/// be the hit of several steps unseen, so the hits of one time are one.
fn event(printer: &Printer, step: usize) -> Lines {
    let of = &printer.chains.steps[step];
    let parts: Vec<Lines> = of
        .identity
        .iter()
        .map(|made| match printer.kinds[step][*made] {
            Kind::Text => printer.column(step, *made).into(),
            Kind::Long | Kind::Real | Kind::Time => format!("tostring({})", printer.column(step, *made)).into(),
        })
        .collect();
    match parts.as_slice() {
        [] => "\"\"".into(),
        [one] => one.clone(),
        parts => made::broken("strcat_delim", &[vec!["\"|\"".into()], parts.to_vec()].concat(), 8),
    }
}
