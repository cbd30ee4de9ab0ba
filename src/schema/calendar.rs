//! The parts of a time: what a calendar and a clock say of an instant in UTC.
//!
//! Only names and numbers stand here, without any dependency: the build script compiles this file too. Law: a part is that of the
//! proleptic Gregorian calendar, a week that of ISO 8601 (it begins on Monday, and the first of a year has its first Thursday), and
//! there is no time zone but UTC, whoever asks.

/// A part of a time, which is a field of its own: `time.hour`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimePart {
    Minute,
    Hour,
    /// Of the month.
    Day,
    /// Of ISO 8601: the last days of December may be in week 1, the first of January in week 52 or 53.
    Week,
    Month,
    Year,
}

impl TimePart {
    pub const ALL: [TimePart; 6] = [TimePart::Minute, TimePart::Hour, TimePart::Day, TimePart::Week, TimePart::Month, TimePart::Year];

    /// As a rule writes it, and Sigma.
    pub fn name(self) -> &'static str {
        match self {
            TimePart::Minute => "minute",
            TimePart::Hour => "hour",
            TimePart::Day => "day",
            TimePart::Week => "week",
            TimePart::Month => "month",
            TimePart::Year => "year",
        }
    }

    pub fn named(name: &str) -> Option<TimePart> {
        TimePart::ALL.into_iter().find(|part| part.name() == name)
    }

    /// The least and the greatest number of it. Years have four digits, as every product writes them.
    pub fn range(self) -> (i64, i64) {
        match self {
            TimePart::Minute => (0, 59),
            TimePart::Hour => (0, 23),
            TimePart::Day => (1, 31),
            TimePart::Week => (1, 53),
            TimePart::Month => (1, 12),
            TimePart::Year => (1, 9999),
        }
    }

    /// The part of a time in microseconds since 1970.
    pub fn of(self, micros: i64) -> i64 {
        let minute = micros.div_euclid(60_000_000);
        let day = minute.div_euclid(24 * 60);
        match self {
            TimePart::Minute => minute.rem_euclid(60),
            TimePart::Hour => minute.div_euclid(60).rem_euclid(24),
            TimePart::Day => civil(day).2,
            TimePart::Week => week(day),
            TimePart::Month => civil(day).1,
            TimePart::Year => civil(day).0,
        }
    }
}

/// Days since 1970-01-01; years begin in March, so that a leap day ends one.
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day: the inverse of [`days`].
pub fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A time near this one, in microseconds since 1970, whose part is this number: of the other parts those stay that can.
pub fn with(micros: i64, part: TimePart, number: i64) -> i64 {
    const DAY: i64 = 86_400_000_000;
    let (day, within) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (least, greatest) = part.range();
    let number = number.clamp(least, greatest);
    let (year, month, of_month) = civil(day);
    // The first year from this one on in which there is such a day.
    let with_day = |year: i64, month: i64, of_month: i64| {
        let fits = (year..year + 8).find(|year| of_month <= length(*year, month));
        fits.map_or_else(|| days(year, month, length(year, month)), |year| days(year, month, of_month))
    };
    let (day, within) = match part {
        TimePart::Minute => (day, within + (number - part.of(micros)) * 60_000_000),
        TimePart::Hour => (day, within + (number - part.of(micros)) * 3_600_000_000),
        TimePart::Day if number > length(2000, month) => (days(year, 1, number), within),
        TimePart::Day => (with_day(year, month, number), within),
        TimePart::Month => (with_day(year, number, of_month), within),
        TimePart::Year => (days(number, month, of_month.min(length(number, month))), within),
        TimePart::Week => {
            let moved = |year: i64| days(year, 1, 4) + (number - 1) * 7;
            let found = (year..year + 8).map(moved).find(|day| week(*day) == number);
            (found.unwrap_or(day), within)
        }
    };
    day * DAY + within
}

/// `2028-02-29T22:15:00Z` as microseconds since 1970: a day that there is, a `T` or a blank, hours and minutes, seconds and a fraction of them if
/// need be. It is in UTC, with or without the `Z`.
pub fn instant(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, clock) = text.split_once(['T', ' '])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2]).or_else(|| numbers(&format!("{clock}:00"), ':', [2, 2, 2]))?;
    let is_day = (1..=12).contains(&month) && (1..=length(year, month)).contains(&day);
    let is_clock = hour < 24 && minute < 60 && second < 60;
    let is_fraction = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !(is_day && is_clock && is_fraction) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some((days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + micros)
}

/// Three numbers of so many digits.
fn numbers(text: &str, between: char, lengths: [usize; 3]) -> Option<[i64; 3]> {
    let mut numbers = [0; 3];
    let mut parts = text.split(between);
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// How many days a month has.
pub fn length(year: i64, month: i64) -> i64 {
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    next - days(year, month, 1)
}

/// The week is of the year in which its Thursday is, as 1970-01-01 was one.
fn week(day: i64) -> i64 {
    let thursday = (day + 3).div_euclid(7) * 7;
    let (year, ..) = civil(thursday);
    (thursday - days(year, 1, 1)) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(year: i64, month: i64, day: i64, minute: i64) -> [i64; 6] {
        let micros = (days(year, month, day) * 1440 + minute) * 60_000_000;
        TimePart::ALL.map(|part| part.of(micros))
    }

    #[test]
    fn days_and_back() {
        for day in (-800_000..3_000_000).step_by(97) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
            assert!((1..=length(year, month)).contains(&of_month));
        }
    }

    #[test]
    fn times_that_there_are() {
        let leap = Some(1_835_475_300_000_000);
        for text in ["2028-02-29T22:15:00Z", "2028-02-29 22:15", "2028-02-29T22:15:00.000Z", "2028-02-29T22:15Z"] {
            assert_eq!(instant(text), leap, "{text}");
        }
        assert_eq!(instant("1969-12-31T23:59:59.5Z"), Some(-500_000));
        for text in [
            "2027-02-29T22:15:00Z",
            "2028-13-01T00:00Z",
            "2028-02-29T24:00Z",
            "2028-02-29",
            "noon",
            "2028-2-9T1:1Z",
            "2028-02-29T22Z",
            "",
            "T",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_with_another_part() {
        let time = instant("2026-01-31T10:20:30Z").unwrap();
        for part in TimePart::ALL {
            let (least, greatest) = part.range();
            for number in least..=greatest.min(2100) {
                assert_eq!(part.of(with(time, part, number)), number, "{part:?} {number}");
            }
        }
        let leap = with(with(time, TimePart::Day, 29), TimePart::Month, 2);
        assert_eq!(Some(leap), instant("2028-02-29T10:20:30Z"));
    }

    /// The examples of ISO 8601's weeks are those of Kusto's page of `week_of_year()`, and the years around them.
    #[test]
    fn edges_of_days_and_years() {
        assert_eq!(parts(2020, 12, 31, 1439), [59, 23, 31, 53, 12, 2020]);
        assert_eq!(parts(2021, 1, 3, 0), [0, 0, 3, 53, 1, 2021]);
        assert_eq!(parts(2021, 1, 4, 0), [0, 0, 4, 1, 1, 2021]);
        assert_eq!(parts(2020, 6, 15, 61), [1, 1, 15, 25, 6, 2020]);
        assert_eq!(parts(1970, 1, 1, 0), [0, 0, 1, 1, 1, 1970]);
        assert_eq!(parts(2000, 1, 1, 0)[3], 52);
        assert_eq!(parts(2024, 12, 30, 0)[3], 1);
        assert_eq!(parts(2024, 2, 29, 720), [0, 12, 29, 9, 2, 2024]);
        assert_eq!(parts(1969, 12, 31, 1439), [59, 23, 31, 1, 12, 1969]);
        assert_eq!(TimePart::Minute.of(-1), 59);
    }
}
