//! What metadata takes, in the language as in Sigma.

pub const STATUS: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];
pub const LEVEL: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// `2026-02-28`, a day that there is; Sigma's older rules write `2026/02/28`.
pub fn is_date(text: &str) -> bool {
    let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?;
    let numbers: Option<Vec<u32>> = text.split(['-', '/']).map(number).collect();
    let is_year = text.find(['-', '/']) == Some(4);
    matches!(numbers.as_deref(), Some(&[year, month, day]) if is_year && (1..=days_of(year, month)).contains(&day))
}

/// How many days the month has.
fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn a_date_is_a_day_that_there_is() {
        for date in ["2026-02-28", "2024-02-29", "2000-02-29", "2026/1/3", "2026-12-31"] {
            assert!(is_date(date), "{date}");
        }
        for date in [
            "2026-02-31",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "26-01-01",
            "2026-01",
            "2026-+1-01",
            "",
        ] {
            assert!(!is_date(date), "{date}");
        }
    }
}
