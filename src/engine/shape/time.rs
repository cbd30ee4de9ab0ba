//! The time of an event, as products write it.
//!
//! In: `2026-01-31T10:00:00.123Z`, `2026-01-31 10:00:00.123` (Sysmon's `UtcTime`), `20260131T100000`, an offset behind any of them,
//! `Sat, 31 Jan 2026 10:00:00 +0000` (RFC 2822), seconds, milliseconds, microseconds or nanoseconds since 1970 as number or text, Windows'
//! intervals since 1601, `/Date(1769853600000)/`, or a list of one of these. Out: microseconds since 1970 in UTC. A time without zone is UTC;
//! one that names no day of the calendar is none, and so is one that different countries read differently.

use crate::schema::calendar::{civil, days};

use super::json::Json;

pub fn parse(value: &Json<'_>) -> Option<i64> {
    match value.content() {
        Json::Int(number) => Some(epoch(*number)),
        Json::Real(number) => epoch_real(*number),
        Json::Text(text) => parse_text(text.trim()),
        Json::List(times) => {
            if let [time] = times.as_slice() {
                parse(time)
            } else {
                None
            }
        }
        Json::Null | Json::Bool(_) | Json::Object(_) => None,
    }
}

/// The same of a column whose times are those of the machine's own zone, where none stands behind them.
pub fn parse_zoned(value: &Json<'_>) -> Option<i64> {
    let clock = |text: &str| text.get(10..).map_or(0, |clock| clock.find(['Z', 'z', '+', '-']).map_or(0, |at| at + 1));
    match value.content() {
        Json::Text(text) if !text.contains(['-', '/']) || clock(text.trim()) > 0 => parse(value),
        Json::Text(_) => None,
        value => parse(value),
    }
}

pub fn parse_text(text: &str) -> Option<i64> {
    if let Some(date) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        return date.parse::<i64>().ok()?.checked_mul(1000);
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(epoch(number));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch_decimal(text);
    }
    calendar(text).or_else(|| letter(text))
}

/// Windows counts by 100 nanoseconds since 1601: so many lie before 1970, and before 2101.
const FILETIMES: std::ops::Range<u64> = 116_444_736_000_000_000..157_800_000_000_000_000;

/// By its size: no log is older than 1973 in milliseconds, or younger than 5138 in seconds. Windows' own numbers would, in nanoseconds since 1970, be days of
/// 1973 and 1974.
fn epoch(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => number * 1_000_000,
        100_000_000_000..100_000_000_000_000 => number * 1000,
        100_000_000_000_000..100_000_000_000_000_000 => number,
        size if number > 0 && FILETIMES.contains(&size) => (number - FILETIMES.start as i64) / 10,
        _ => number / 1000,
    }
}

fn epoch_real(number: f64) -> Option<i64> {
    number.is_finite().then(|| if number.abs() < 1e11 { (number * 1e6).round() as i64 } else { epoch(number as i64) })
}

/// `1769853600.123456`, exact in every digit that counts.
fn epoch_decimal(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.')?;
    let seconds: i64 = whole.parse().ok()?;
    seconds.checked_mul(1_000_000)?.checked_add(micros(fraction)?)
}

/// The digits after the point of a second.
fn micros(digits: &str) -> Option<i64> {
    let digits = digits.get(..digits.len().min(6))?;
    let number: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    Some(number * 10i64.pow(6 - digits.len() as u32))
}

/// The number that so many digits are.
fn number(text: &str, range: std::ops::Range<usize>) -> Option<i64> {
    let digit = |number: i64, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
    text.as_bytes().get(range)?.iter().try_fold(0, digit)
}

/// `YYYY-MM-DD`, `T` or a space, `HH:MM[:SS[.f..]]`, and `Z`, `UTC`, `+HH:MM`, `+HHMM` or nothing; or `YYYYMMDDTHHMMSS` and the same behind it.
fn calendar(text: &str) -> Option<i64> {
    let is = |at: usize, wanted: &[u8]| text.as_bytes().get(at).is_some_and(|byte| wanted.contains(byte));
    if is(8, b"Tt") {
        let date = (number(text, 0..4)?, number(text, 4..6)?, number(text, 6..8)?);
        return clock(date, (number(text, 9..11)?, number(text, 11..13)?, number(text, 13..15)?), text.get(15..)?);
    }
    if !(is(4, b"-/") && is(7, b"-/") && is(10, b"Tt ") && is(13, b":")) {
        return None;
    }
    let date = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
    let (hour, minute) = (number(text, 11..13)?, number(text, 14..16)?);
    let (second, rest) = if is(16, b":") { (number(text, 17..19)?, text.get(19..)?) } else { (0, text.get(16..)?) };
    clock(date, (hour, minute, second), rest)
}

/// `rest`: a fraction, and a zone.
fn clock((year, month, day): (i64, i64, i64), (hour, minute, second): (i64, i64, i64), rest: &str) -> Option<i64> {
    let mut rest = rest;
    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // A day that the month has not is one of the next month.
    let date = days(year, month, day);
    if civil(date) != (year, month, day) {
        return None;
    }
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        fraction = micros(&after[..end])?;
        rest = &after[end..];
    }
    let seconds = date * 86_400 + hour * 3600 + minute * 60 + second - offset(rest.trim())?;
    Some(seconds * 1_000_000 + fraction)
}

/// `Sat, 31 Jan 2026 10:00:00 +0000`; the day of the week may be left out, the zone may not.
fn letter(text: &str) -> Option<i64> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = text.split_once(',').map_or(Some(text), |(day, date)| DAYS.contains(&day).then_some(date))?;
    let [day, month, year, clock, zone] = date.split_whitespace().collect::<Vec<_>>().try_into().ok()?;
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    if year.len() != 4 || day.len() > 2 || !zone.starts_with(['+', '-']) && !matches!(zone, "GMT" | "UTC" | "Z") {
        return None;
    }
    calendar(&format!("{year}-{month:02}-{day:0>2}T{clock}{zone}"))
}

/// Seconds east of Greenwich.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !(digits.len() == 2 || digits.len() == 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().unwrap_or(0));
    (hours < 24 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60))
}

/// `2026-01-31T10:00:00.000000Z`: what [`parse_text`] reads again.
pub fn iso(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, of_month) = civil(day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{of_month:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// The same without a fraction where there is none.
pub fn short(micros: i64) -> String {
    // The point stops what takes off zeros.
    format!("{}Z", iso(micros).trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_write_a_time() {
        let wanted = Some(1_769_853_600_123_000);
        for text in [
            "2026-01-31T10:00:00.123Z",
            "2026-01-31 10:00:00.123",
            "2026-01-31T10:00:00.1230000Z",
            "2026-01-31T11:00:00.123+01:00",
            "2026-01-31T08:30:00.123-0130",
            "1769853600.123",
            "1769853600123",
            "/Date(1769853600123)/",
            "20260131T100000.123Z",
            "20260131T110000.123+01:00",
            "Sat, 31 Jan 2026 10:00:00.123 +0000",
            "31 Jan 2026 11:00:00.123 +0100",
            "134143272001230000",
        ] {
            assert_eq!(parse_text(text), wanted, "{text}");
        }
        assert_eq!(parse(&Json::Int(1_769_853_600)), Some(1_769_853_600_000_000));
        assert_eq!(parse(&Json::Real(1_769_853_600.5)), Some(1_769_853_600_500_000));
        let list = |text: &'static str| Json::List(vec![Json::Text(text.into())]);
        assert_eq!(parse(&list("2026-01-31T10:00:00.123Z")), wanted);
        for text in [
            "",
            "-",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-01-31",
            "12/31/2026 10:00",
            "2026-01-31T10:00:00 CET",
            "2026-02-30T10:00:00Z",
            "2026-01-31T10:00:00+25:00",
            "20260230T100000Z",
            "31 Jan 2026 10:00:00",
            "31 Jan 26 10:00:00 +0000",
            "1/2/2026 3:04:05 AM",
            "Jan 2, 2026 @ 03:04:05.123",
            "999999999999999999999",
        ] {
            assert_eq!(parse_text(text), None, "{text}");
        }
    }

    /// 23:59:60 is a second of its own day, whatever number it has.
    #[test]
    fn days_of_the_calendar() {
        for day in ["2024-02-29", "2026-12-31", "2000-02-29"] {
            assert!(parse_text(&format!("{day}T23:59:60Z")).is_some(), "{day}");
        }
        for day in ["2026-02-29", "1900-02-29", "2026-04-31", "2026-01-00", "2026-00-10"] {
            assert_eq!(parse_text(&format!("{day}T00:00:00Z")), None, "{day}");
        }
    }

    #[test]
    fn a_local_time_is_none_where_it_has_no_zone() {
        let of = |text: &'static str| parse_zoned(&Json::Text(text.into()));
        for text in ["2026-01-31 10:00:00", "2026-01-31T10:00:00.123"] {
            assert_eq!(of(text), None, "{text}");
        }
        for text in ["2026-01-31T10:00:00.123Z", "2026-01-31 11:00:00.123+01:00", "2026-01-31T05:00:00.123-05:00", "1769853600123"] {
            assert_eq!(of(text), Some(1_769_853_600_123_000), "{text}");
        }
    }

    #[test]
    fn a_long_time_has_every_digit() {
        assert_eq!(iso(1_769_853_600_123_000), "2026-01-31T10:00:00.123000Z");
    }

    #[test]
    fn a_short_time_has_the_fraction_there_is() {
        assert_eq!(short(0), "1970-01-01T00:00:00Z");
        assert_eq!(short(951_782_400_000_000), "2000-02-29T00:00:00Z");
        assert_eq!(short(1_767_225_599_120_000), "2025-12-31T23:59:59.12Z");
        assert_eq!(short(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(short(i64::MIN).len(), "-290308-12-21T19:59:05.224192Z".len());
    }
}
