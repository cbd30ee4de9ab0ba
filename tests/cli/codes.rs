//! The codes that no page can trigger, since a page holds one rule and no file: `tests/cli.rs` triggers each of them.

pub const BY_COMMANDS: &[&str] = &["E0600", "E0601", "E0602", "E0603", "E0604", "E0605", "E0606", "E0220", "E0512"];
