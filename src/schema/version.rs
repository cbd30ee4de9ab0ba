//! Versions of a schema: `6.1`, `8.5.0`, `2026-07-27`.
//!
//! In: a version as a pack or a project writes it. Out: its numbers, and which of two came first. Law: a part that is not written is zero,
//! so `8.5` and `8.5.0` are the same.

/// The numbers of a version, or None for what is no version.
pub fn parse(text: &str) -> Option<Vec<u32>> {
    text.split(['.', '-']).map(|part| part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))).collect()
}

/// The version is this one of the known versions, or a release of it: `6.1.2` is of `6.1`.
pub fn is_of(version: &str, known: &str) -> bool {
    let (Some(mut version), Some(known)) = (parse(version), parse(known)) else { return false };
    version.resize(version.len().max(known.len()), 0);
    version.starts_with(&known)
}

/// One version came before another. False for what is no version.
pub fn is_before(version: &str, other: &str) -> bool {
    let (Some(mut version), Some(mut other)) = (parse(version), parse(other)) else { return false };
    let parts = version.len().max(other.len());
    version.resize(parts, 0);
    other.resize(parts, 0);
    version < other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        for (first, second) in [("6.1", "6.4"), ("6.4", "6.10"), ("4.20.2", "5"), ("6.1", "8.5.0"), ("2026-07-27", "2026-08-01")] {
            assert!(is_before(first, second) && !is_before(second, first), "{first} {second}");
        }
        for (one, other) in [("8.5", "8.5.0"), ("6", "6.0.0"), ("six", "7"), ("6", "seven")] {
            assert!(!is_before(one, other) && !is_before(other, one), "{one} {other}");
        }
        for (version, known, is) in
            [("6.1", "6.1", true), ("6.1.2", "6.1", true), ("6", "6.0", true), ("6.10", "6.1", false), ("x", "6", false)]
        {
            assert_eq!(is_of(version, known), is, "{version} {known}");
        }
        for text in ["", "6.", ".1", "6.x", "v6", "+6", " 6", "99999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
