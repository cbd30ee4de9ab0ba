//! The codes that no page can trigger, since a page holds one rule and no file: `tests/cli` triggers each of them.

#[allow(dead_code)]
pub const BY_COMMANDS: &[&str] = &[
    "E0220", "E0231", "E0512", "E0600", "E0601", "E0602", "E0603", "E0604", "E0605", "E0606", "E0615", "E0650", "E0651", "E0652", "E0653",
    "E0654", "E0661",
];

/// The codes that only a project can bring about: `tests/project.rs` triggers each of them.
#[allow(dead_code)] // three tests read this file, each a part of it
pub const BY_PROJECTS: &[&str] = &["E0240", "E0416", "E0612", "E0613"];

/// The codes that only a form of deployment can bring about: `tests/deploy.rs` triggers each of them.
#[allow(dead_code)]
pub const BY_FORMS: &[&str] = &["E0490"];

/// The codes that only a page can bring about: `tests/hunt_pages.rs` triggers each of them.
#[allow(dead_code)]
pub const BY_HUNT_PAGES: &[&str] = &["E0698", "E0699"];

/// The codes that only a list file can bring about: `tests/lists.rs` triggers each of them.
#[allow(dead_code)]
pub const BY_LISTS: &[&str] = &["E0440", "E0441", "E0442"];

/// The codes that only a user's pack can bring about: `tests/pages.rs` triggers each of them.
#[allow(dead_code)]
pub const BY_PACKS: &[(&str, &str, &str)] =
    &[("E0401", "splunk", "name == \"a\""), ("E0407", "defender", "action == created"), ("E0470", "defender", "tags contains \"a\"")];

/// The codes that only tests bring about: `tests/testing.rs` triggers each of them.
#[allow(dead_code)]
pub const BY_TESTS: &[&str] = &["E0540", "E0690", "E0691", "E0692", "E0693"];
