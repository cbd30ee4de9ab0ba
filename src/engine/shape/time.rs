//! The time of an event, as products write it.
//!
//! In: `2026-01-31T10:00:00.123Z`, `2026-01-31 10:00:00.123` (Sysmon's `UtcTime`), an offset behind either, seconds, milliseconds,
//! microseconds or nanoseconds since 1970 as number or text, `/Date(1769853600000)/`. Out: microseconds since 1970 in UTC.
//! A time without zone is UTC; one that names no day is none.

use crate::schema::calendar::{civil, days};

use super::json::Json;

pub fn parse(value: &Json<'_>) -> Option<i64> {
    match value.content() {
        Json::Int(number) => Some(epoch(*number)),
        Json::Real(number) => epoch_real(*number),
        Json::Text(text) => parse_text(text.trim()),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
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
    calendar(text)
}

/// By its size: no log is older than 1973 in milliseconds, or younger than 5138 in seconds.
fn epoch(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => number * 1_000_000,
        100_000_000_000..100_000_000_000_000 => number * 1000,
        100_000_000_000_000..100_000_000_000_000_000 => number,
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

/// `YYYY-MM-DD`, `T` or a space, `HH:MM[:SS[.f..]]`, and `Z`, `UTC`, `+HH:MM`, `+HHMM` or nothing.
fn calendar(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| {
        let digit = |number: i64, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
        text.as_bytes().get(range)?.iter().try_fold(0, digit)
    };
    let is = |at: usize, wanted: &[u8]| text.as_bytes().get(at).is_some_and(|byte| wanted.contains(byte));
    if !(is(4, b"-/") && is(7, b"-/") && is(10, b"Tt ") && is(13, b":")) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute) = (number(11..13)?, number(14..16)?);
    let (second, mut rest) = if is(16, b":") { (number(17..19)?, text.get(19..)?) } else { (0, text.get(16..)?) };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        fraction = micros(&after[..end])?;
        rest = &after[end..];
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(rest.trim())?;
    Some(seconds * 1_000_000 + fraction)
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
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().unwrap_or(0) * 60))
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
        ] {
            assert_eq!(parse_text(text), wanted, "{text}");
        }
        assert_eq!(parse(&Json::Int(1_769_853_600)), Some(1_769_853_600_000_000));
        assert_eq!(parse(&Json::Real(1_769_853_600.5)), Some(1_769_853_600_500_000));
        for text in [
            "",
            "-",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-01-31",
            "12/31/2026 10:00",
            "2026-01-31T10:00:00 CET",
            "999999999999999999999",
        ] {
            assert_eq!(parse_text(text), None, "{text}");
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
