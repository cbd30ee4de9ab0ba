//! What became of a condition, in words: for `spoor explain`, and beside a reason that speaks of another field than the rule does.
//!
//! In: conditions as lines. Out: sentences without a full stop. They are no findings: a rewritten rule says what it said.

/// A regex that is nothing but texts.
pub fn regex(before: &str, after: &str) -> String {
    format!("`{before}` is `{after}`, because the regex is nothing but text")
}

/// The end of a path, a slash and a name.
pub fn last_part(before: &str, after: &str, name: &str, path: &str) -> String {
    format!("`{before}` is `{after}`, because `{name}` is the last part of `{path}`")
}

/// Several tests that are one.
pub fn list(before: &str, after: &str) -> String {
    format!("`{before}` is `{after}`, because a list means any of its values")
}

/// A part of an `and` or `or` that `by`, another part of it, decides.
pub fn spare(part: &str, by: &str) -> String {
    format!("`{part}` is left out, because `{by}` decides it")
}

/// What a query takes for granted where a product has a column for each.
pub fn assumed(name: &str, path: &str) -> String {
    format!(
        "{name} is the last part of {path}, also where only one of them is recorded: the rule's test of the path's end asks for the name"
    )
}
