//! What differs between two texts, line by line, in the form of `diff -u`.
//!
//! In: two texts. Out: the lines that differ with `-` and `+` before them, each with three around it, under heads that say where. Law: a line is shown for
//! what it is, whatever it begins with.

use similar::{ChangeTag, TextDiff};

use super::out::Paint;

/// The hunks alone; empty where nothing differs.
pub fn hunks(before: &str, now: &str, paint: Paint) -> String {
    let diff = TextDiff::from_lines(before, now);
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&format!("{}\n", paint.cyan(&hunk.header().to_string())));
        for change in hunk.iter_changes() {
            let line = format!("{}{}", change.tag(), change.value().trim_end_matches('\n'));
            let line = match change.tag() {
                ChangeTag::Insert => paint.green(&line),
                ChangeTag::Delete => paint.red(&line),
                ChangeTag::Equal => line,
            };
            text.push_str(&format!("{line}\n"));
            if change.missing_newline() {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// With a head that names both sides.
pub fn named([old, new]: [&str; 2], before: &str, now: &str, paint: Paint) -> String {
    let head = [format!("--- {old}"), format!("+++ {new}")].map(|line| format!("{}\n", paint.bold(&line))).concat();
    format!("{head}{}", hunks(before, now, paint))
}
