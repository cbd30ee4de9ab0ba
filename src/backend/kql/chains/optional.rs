//! A step that decides nothing: its hit is shown where there is one.
//!
//! In: rows of matches, a step. Out: the same rows, each once, with the step's hit that is nearest in time, or nothing. Law: a row is neither
//! lost nor doubled. The hit has the keys, passes its tests, stands within the duration with all hits that are there, and in a sequence
//! between those of the steps around it.

use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::hir::{LinkKind, duration};

use super::super::WORDS;
use super::super::predicate::condition;
use super::super::query::{WIDTH, conjuncts, listed};
use super::tuples::differs;
use super::{Matches, Printer};

pub fn lines(printer: &Printer, step: usize, matches: &Matches) -> Vec<Lines> {
    let of = &printer.chains.steps[step];
    let table = &printer.tables[step];
    let [fits, far] = ["fits", "distance"].map(|wanted| printer.free(&format!("{}_{wanted}", printer.labels[step])));
    let time = printer.time(step);
    let mut lines = printer.join("leftouter", step, table);
    let conditions = Frag::all(conditions(printer, step, matches), WORDS).laid_out(8, WIDTH);
    lines.push(conditions.within(&format!("| extend {fits} = coalesce("), ", false)").or(&of.from));
    // Times are multiples of a tenth of a microsecond, so of two hits as far away the earlier one is nearer.
    let distance =
        format!("iff({time} <= {last}, ({last} - {time}) / 1microsecond, ({time} - {last}) / 1microsecond + 0.05)", last = matches.last);
    let mut emptied = vec![Lines::from(format!(
        "{far} = iff({fits}, {distance}, 2.0 * ({} / 1microsecond))",
        duration(printer.chains.within.seconds.max(1))
    ))];
    emptied.extend((0..of.made.len()).map(|made| {
        let column = printer.column(step, made);
        Lines::from(format!("{column} = iff({fits}, {column}, {})", printer.kinds[step][made].missing())).at(&of.made[made].from)
    }));
    lines.push(listed("| extend ", &emptied, 0).or(&of.from));
    lines.push(Lines::from(format!("| summarize arg_min({far}, *) by {}", matches.by.join(", "))).at(&of.from));
    lines
}

fn conditions(printer: &Printer, step: usize, matches: &Matches) -> Vec<Frag> {
    let of = &printer.chains.steps[step];
    let atom = |text: String| Frag::atom(text);
    let (time, within) = (printer.time(step), printer.within());
    let duration = [printer.chains.within.span];
    let mut parts = vec![
        atom(format!("isnotnull({time})")).at(&of.from),
        atom(format!("{} - {time} <= {within}", matches.last)).at(&duration),
        atom(format!("{time} - {} <= {within}", matches.first)).at(&duration),
    ];
    // Optional steps above have their hits by now.
    let above = (0..step).filter(|other| printer.chains.steps[*other].optional);
    let missing_or = |other: usize, texts: Vec<String>| {
        let there = Frag::all(texts.into_iter().map(Frag::atom).collect(), WORDS);
        Frag::any(vec![Frag::atom(format!("isnull({})", printer.time(other))), there], WORDS)
    };
    for other in above {
        let theirs = printer.time(other);
        let texts = match printer.chains.kind {
            LinkKind::Sequence => vec![format!("{theirs} <= {time}"), format!("{time} - {theirs} <= {within}")],
            LinkKind::Together | LinkKind::AtLeast(_) => {
                vec![format!("{theirs} - {time} <= {within}"), format!("{time} - {theirs} <= {within}")]
            }
        };
        parts.push(missing_or(other, texts));
    }
    if printer.chains.kind == LinkKind::Sequence {
        parts.extend(printer.required().rfind(|other| *other < step).map(|other| atom(format!("{} <= {time}", printer.time(other)))));
        parts.extend(printer.required().find(|other| *other > step).map(|other| atom(format!("{time} <= {}", printer.time(other)))));
    }
    parts.extend(conjuncts(&of.cross).map(|part| condition(part, printer.lists)));
    for other in (0..printer.chains.steps.len()).filter(|other| of.distinct.contains(other)) {
        parts.push(Frag::any(differs(printer, step, other).into_iter().map(Frag::atom).collect(), WORDS));
    }
    for other in (step + 1..printer.chains.steps.len()).filter(|other| printer.chains.steps[*other].distinct.contains(&step)) {
        if !printer.chains.steps[other].optional {
            parts.push(Frag::any(differs(printer, other, step).into_iter().map(Frag::atom).collect(), WORDS));
        }
    }
    parts
}
