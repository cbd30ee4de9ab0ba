//! What metadata takes, in the language as in Sigma.

pub const STATUS: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];
pub const LEVEL: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// `2026-02-28`; Sigma's older rules write `2026/02/28`.
pub fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let digits = parts.iter().all(|part| part.chars().all(|c| c.is_ascii_digit()));
    let within = |part: &str, least: u32, most: u32| part.parse().is_ok_and(|number: u32| (least..=most).contains(&number));
    matches!(parts.as_slice(), [year, month, day] if digits && year.len() == 4 && within(month, 1, 12) && within(day, 1, 31))
}
