//! A step that wants several events.
//!
//! In: the query of all its events. Out: two tables: those events, and of them the hits, with which so many lie in the time that ends with them. Rows are
//! sorted by their keys and times, so that the row so many before tells whether there are enough; of rows of one time the last has seen
//! the most, and speaks for all of them, which the join says. Law: hits of one time are judged alike, whatever order they have.
//! <https://learn.microsoft.com/kusto/query/prev-function>

use crate::backend::lines::Lines;
use crate::backend::plan::ChainStep;
use crate::hir::{Counted, duration};

use super::super::groups::free;
use super::super::quote::name;
use super::Printer;

/// What the query calls what it needs for it.
pub struct Names {
    events: String,
    /// When that event was with which this one makes enough.
    nth: String,
}

impl Names {
    /// None: the step counts nothing.
    pub fn of(step: &ChainStep, label: &str, taken: &mut Vec<String>) -> Option<Names> {
        step.counted?;
        let [events, nth] = ["events", "nth_time"].map(|word| {
            let free = name(&free(&format!("{label}_{word}"), taken));
            taken.push(free.clone());
            free
        });
        Some(Names { events, nth })
    }
}

pub fn table(printer: &Printer, step: usize, counted: Counted, names: &Names, body: &Lines) -> Lines {
    let Names { events, nth } = names;
    let (of, time, keys) = (&printer.chains.steps[step], printer.time(step), printer.shared());
    let before = |column: &str| format!("prev({column}, {})", counted.count - 1);
    let ascending = keys.iter().chain([&time]).map(|column| format!("{column} asc")).collect::<Vec<_>>().join(", ");
    let same = keys.iter().map(|key| format!("{} == {key}", before(key))).collect::<Vec<_>>().join(" and ");
    let all = body.clone().within(&format!("let {events} = materialize("), ");").or(&of.from);
    let at_count = |text: String| Lines::from(text).at(&[counted.span]).at(&of.from);
    let lines = [
        at_count(format!("let {} = {events}", printer.tables[step])),
        at_count("    | join kind=leftsemi (".to_owned()),
        at_count(format!("        {events}")),
        at_count(format!("        | sort by {ascending}")).at(&printer.keys_at()),
        at_count(format!("        | extend {nth} = iff({same}, {}, datetime(null))", before(&time))).at(&printer.keys_at()),
        Lines::from(format!("        | where {time} - {nth} <= {}", duration(counted.within.seconds))).at(&[counted.within.span]),
        at_count(format!("    ) on {}, {time};", keys.join(", "))),
    ];
    Lines::join(&[all, Lines::join(&lines, "\n")], "\n")
}
