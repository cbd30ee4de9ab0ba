//! The part of a time, counted on the fingers.
//!
//! In: an event, the field of a time, which part of it. Out: the part of each of its times. Years, months and weeks are counted from 1970 on, one
//! after the other, as a calendar that hangs on a wall has them. Law: shares nothing with [`TimePart::of`], by which the matcher computes it.

use crate::engine::shape::time;
use crate::hir::{Event, Scalar};
use crate::schema::{Class, FieldId, TimePart};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

pub fn values(of: FieldId, part: TimePart, event: &Event, class: &Class) -> Vec<Scalar> {
    let times: Vec<i64> = if class.get(of).name == "time" {
        event.time.into_iter().collect()
    } else {
        super::event::values(of, event, class).iter().filter_map(|value| time::parse_text(&super::event::spelled(value))).collect()
    };
    times.into_iter().map(|time| Scalar::Int(counted(time, part))).collect()
}

fn counted(time: i64, part: TimePart) -> i64 {
    let (day, within) = (time.div_euclid(DAY), time.rem_euclid(DAY));
    match part {
        TimePart::Minute => within / MINUTE % 60,
        TimePart::Hour => within / MINUTE / 60,
        TimePart::Year => date(day).0,
        TimePart::Month => date(day).1,
        TimePart::Day => date(day).2,
        TimePart::Week => {
            // The week of its Thursday, and how many Thursdays the year has had with it. Day 0 was one.
            let thursday = (day - 3..=day + 3).find(|day| day.rem_euclid(7) == 0).unwrap_or(day);
            let (year, ..) = date(thursday);
            (1..).take_while(|nth| date(thursday - 7 * (nth - 1)).0 == year).last().unwrap_or(1)
        }
    }
}

/// Year, month and day of the month of a day counted from 1970.
fn date(mut day: i64) -> (i64, i64, i64) {
    // So many days have four hundred years, after which the calendar is the same.
    const CYCLE: i64 = 146_097;
    let mut year = 1970 + 400 * day.div_euclid(CYCLE);
    day = day.rem_euclid(CYCLE);
    while day >= length_of_year(year) {
        day -= length_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while day >= length_of_month(year, month) {
        day -= length_of_month(year, month);
        month += 1;
    }
    (year, month, day + 1)
}

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn length_of_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn length_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_count_agree() {
        for minute in (-60_000_000i64..80_000_000).step_by(4_999) {
            for part in TimePart::ALL {
                let time = minute * MINUTE + 59_999_999;
                assert_eq!(counted(time, part), part.of(time), "{part:?} of {}", time::iso(time));
            }
        }
    }
}
