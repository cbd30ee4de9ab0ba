//! Parts of the event's time, in UTC.
//!
//! In: the values that conditions read. Out: the `eval` that makes a column of each part of the time among them. `strftime()` has the time zone of
//! who searches, and the fields `date_hour` and their like that of who wrote the event, where they are there at all; so parts are computed
//! from `_time`, which is in seconds since 1970.
//! Search Reference, "Date and time format variables"; Knowledge Manager Manual, "Use default fields".

use crate::backend::bind::{NativeExpr, NativePred, TIME};
use crate::backend::lines::Lines;
use crate::hir::Op;
use crate::schema::{TimePart, Transform};
use crate::source::{Span, add_places};

use super::value;

/// A part that conditions read, in a column.
#[derive(Clone, Debug)]
pub struct PartColumn {
    pub value: NativeExpr,
    part: TimePart,
    /// Where the tests stand.
    from: Vec<Span>,
}

/// Every part of the time that the predicates read.
pub fn read<'p>(preds: impl IntoIterator<Item = &'p NativePred>) -> Vec<PartColumn> {
    let mut columns: Vec<PartColumn> = Vec::new();
    for pred in preds {
        pred.tests(&mut |test| {
            let other = if let Op::Field { other, .. } = &test.op { Some(&other.field) } else { None };
            for native in std::iter::once(&test.field).chain(other).filter(|native| value::is_part(&native.value)) {
                let NativeExpr::Apply(Transform::Part(part), _) = &native.value else { continue };
                match columns.iter_mut().find(|column| column.part == *part) {
                    Some(known) => add_places(&mut known.from, test.places()),
                    None => columns.push(PartColumn { value: native.value.clone(), part: *part, from: test.places().to_vec() }),
                }
            }
        });
    }
    columns
}

impl PartColumn {
    /// No schema has the name, and the result does not show it.
    pub fn name(&self) -> String {
        format!("spoor_{}", self.part.name())
    }
}

/// The `eval` that makes the columns; None where there is none.
pub fn command(columns: &[PartColumn]) -> Option<Lines> {
    let made = columns.iter().map(|column| Lines::from(format!("{}={}", column.name(), part(column.part))).at(&column.from));
    let made: Vec<Lines> = made.collect();
    (!made.is_empty()).then(|| Lines::join(&made, ",\n    ").after("eval "))
}

/// Whole numbers below 2^53, so that nothing is rounded. Years are counted in fours of 1461 days, from a March or a January on, of which the
/// last one has, or is, a leap year's: true from 1970 to February 2100, and Splunk takes no event from more than 10,951 days ago or from
/// more than 10,950 days ahead (props.conf, `MAX_DAYS_AGO`, `MAX_DAYS_HENCE`). In a year from March on, `n` months have `(153n+2)/5` days:
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
pub fn part(part: TimePart) -> String {
    // 2687 is 4 * 671 + 3: so many days before 1970 a March began behind a leap day. 1463 is 4 * 365 + 3: 1969 began the years before one.
    let day_from_march = format!("floor(((4*floor({TIME}/86400)+2687)%1461)/4)");
    match part {
        TimePart::Minute => format!("floor({TIME}/60)%60"),
        TimePart::Hour => format!("floor({TIME}/3600)%24"),
        TimePart::Day => format!("floor(((5*{day_from_march}+2)%153)/5)+1"),
        // Of the Thursday of the week: 1970-01-01 was one, three days behind a Monday.
        TimePart::Week => format!("floor(((28*floor(({TIME}+259200)/604800)+1463)%1461)/28)+1"),
        TimePart::Month => format!("(floor((5*{day_from_march}+2)/153)+2)%12+1"),
        TimePart::Year => format!("floor((4*floor({TIME}/86400)+1463)/1461)+1969"),
    }
}
