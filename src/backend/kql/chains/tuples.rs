//! Step by step: each join makes longer chains of the chains so far.
//!
//! In: the tables of the steps. Out: one row a match, with its latest chain. Law: each chain that can still be completed is kept, or a later
//! one that does as well: in a sequence in which no step up to here asks anything of another one but its time, the latest chain to a
//! hit is latest in every hit, so it is enough.

use crate::backend::lines::Lines;
use crate::hir::LinkKind;

use super::{Matches, Own, Printer, conditions};

pub fn matches(printer: &Printer) -> Matches {
    match printer.chains.kind {
        LinkKind::Sequence => sequence(printer),
        LinkKind::Together | LinkKind::AtLeast(_) => together(printer),
    }
}

fn sequence(printer: &Printer) -> Matches {
    let steps: Vec<usize> = printer.required().collect();
    let (first, last) = (steps[0], steps[steps.len() - 1]);
    let mut lines = vec![Lines::from(printer.tables[first].as_str()).at(&printer.chains.steps[first].from)];
    let by = |step: usize| printer.shared().into_iter().chain(printer.identity(step)).collect::<Vec<_>>();
    for (at, step) in steps.iter().enumerate().skip(1) {
        let [begin, before, own] = [first, steps[at - 1], *step].map(|step| printer.time(step));
        lines.extend(printer.join("inner", *step, &printer.tables[*step]));
        lines.push(printer.near(format!("{before} <= {own} and {own} - {begin} <= {}", printer.within())));
        lines.extend(asked(printer, *step));
        let is_plain = !steps[..=at].iter().any(|step| printer.is_linked(*step));
        if printer.chains.steps[*step].latest {
            let times: Vec<String> = steps[..at].iter().map(|step| printer.time(*step)).collect();
            let from = if is_plain { at - 1 } else { 0 };
            lines.extend(latest(&times[from..], &by(*step)));
        }
    }
    Matches { lines, by: by(last), first: printer.time(first), last: printer.time(last), own: Own::Step(last) }
}

/// Any order: what is last is known when all are there.
fn together(printer: &Printer) -> Matches {
    let steps: Vec<usize> = printer.required().collect();
    let [begin, end, told, id] = ["first_hit", "last_hit", "match_step", "match_id"].map(|wanted| printer.free(wanted));
    let mut lines = vec![Lines::from(printer.tables[steps[0]].as_str()).at(&printer.chains.steps[steps[0]].from)];
    for (at, step) in steps.iter().enumerate().skip(1) {
        let own = printer.time(*step);
        let (least, greatest) = if at == 1 { (printer.time(steps[0]), printer.time(steps[0])) } else { (begin.clone(), end.clone()) };
        lines.extend(printer.join("inner", *step, &printer.tables[*step]));
        lines.push(format!("| extend {begin} = min_of({least}, {own}), {end} = max_of({greatest}, {own})").into());
        lines.push(printer.near(format!("{end} - {begin} <= {}", printer.within())));
        lines.extend(asked(printer, *step));
    }
    let (earliest, others) = (steps[0], &steps[1..]);
    let later = others.iter().rev().map(|step| format!("{} == {end}, {}, ", printer.time(*step), step + 1));
    lines.push(format!("| extend {told} = case({}{})", later.collect::<String>(), earliest + 1).into());
    let ids = others.iter().map(|step| format!("{told} == {}, {}, ", step + 1, event(printer, *step)));
    lines.push(format!("| extend {id} = case({}{})", ids.collect::<String>(), event(printer, earliest)).into());
    let by: Vec<String> = printer.shared().into_iter().chain([end.clone(), id]).collect();
    let times: Vec<String> = steps.iter().map(|step| printer.time(*step)).collect();
    lines.extend(latest(&times, &by));
    Matches { lines, by, first: begin, last: end, own: Own::Told(told) }
}

/// What tells the event of a hit from all others of its time, as one text. Steps that one event may satisfy both say the same of it.
fn event(printer: &Printer, step: usize) -> String {
    let of = component(printer, step);
    let parts = printer.identity(step).into_iter().skip(1).map(|column| format!("tostring({column})"));
    format!("strcat({})", std::iter::once(format!("\"{}\"", of + 1)).chain(parts).collect::<Vec<_>>().join(", \"|\", "))
}

/// The first of the steps that one event may satisfy beside this one, directly or by way of others.
fn component(printer: &Printer, step: usize) -> usize {
    let steps = &printer.chains.steps;
    let mut of: Vec<usize> = (0..steps.len()).collect();
    for (one, other) in (0..steps.len()).flat_map(|one| steps[one].distinct.iter().map(move |other| (one, *other))) {
        let (a, b) = (of[one], of[other]);
        of.iter_mut().filter(|known| **known == a || **known == b).for_each(|known| *known = a.min(b));
    }
    of[step]
}

/// What a step asks of the steps above it.
fn asked(printer: &Printer, step: usize) -> Vec<Lines> {
    let of = &printer.chains.steps[step];
    let mut lines = conditions(&of.cross, printer.lists);
    let others = of.distinct.iter().filter(|other| !printer.chains.steps[**other].optional);
    let apart = |other: &usize| {
        let differs = format!("| where {}", differs(printer, step, *other).join(" or "));
        Lines::from(differs).at(&of.from).at(&printer.chains.steps[*other].from)
    };
    lines.extend(others.map(apart));
    lines
}

/// The hits of two steps are two events. What is a number in one and text in the other is compared as text.
pub fn differs(printer: &Printer, step: usize, other: usize) -> Vec<String> {
    let (own, theirs) = (&printer.chains.steps[step], &printer.chains.steps[other]);
    let pairs = std::iter::once((0, 0)).chain(own.identity.iter().copied().zip(theirs.identity.iter().copied()));
    let differ = |(a, b): (usize, usize)| {
        let (a_kind, b_kind) = (printer.kinds[step][a], printer.kinds[other][b]);
        let [a, b] = [printer.column(step, a), printer.column(other, b)];
        if a_kind == b_kind { format!("{b} != {a}") } else { format!("tostring({b}) != tostring({a})") }
    };
    pairs.map(differ).collect()
}

/// One row for each of these: the one whose last time is latest, then that before it, down to the first.
fn latest(times: &[String], by: &[String]) -> Vec<Lines> {
    let line = |at: usize| {
        let by: Vec<String> = by.iter().cloned().chain(times[at + 1..].iter().cloned()).collect();
        format!("| summarize arg_max({}, *) by {}", times[at], by.join(", ")).into()
    };
    (0..times.len()).map(line).collect()
}
