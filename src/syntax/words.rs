//! The words of the language, and where each of them is more than a name.

/// Reserved everywhere: never a field, `let`, label, class or metadata key, unless in backticks.
pub(super) const RESERVED: [&str; 20] = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "any",
    "all",
    "cased",
    "where",
    "except",
    "true",
    "false",
    "contains",
    "starts_with",
    "ends_with",
    "like",
    "has",
    "matches",
    "exists",
    "under",
];

/// Begin an item or a clause, so they are no class, label or metadata key: a forgotten `}` is found at the next of them.
pub(super) const NO_HEAD: [&str; 12] = ["rule", "import", "let", "detect", "last", "show", "test", "having", "by", "per", "on", "optional"];

/// For later versions; until then no class, label or metadata key either.
pub(super) const HELD_BACK: [&str; 7] = ["without", "new", "against", "extract", "label", "step", "enrich"];

/// Words that begin an item of a rule.
pub(super) const ITEMS: [&str; 5] = ["let", "detect", "last", "show", "test"];

pub(super) const CONST_FUNCTIONS: [&str; 3] = ["dashes", "base64", "utf16"];

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// Whether a plain word may be a class, a label or a metadata key.
pub(super) fn is_head(word: &str) -> bool {
    !is_reserved(word) && !NO_HEAD.contains(&word) && !HELD_BACK.contains(&word)
}
