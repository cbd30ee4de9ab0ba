//! The codes of events and of the matcher's loader, which no page of rules can trigger: `tests/engine.rs` triggers each of them.

pub const BY_EVENTS: &[&str] = &["E0650", "E0651", "E0652", "E0653", "E0661"];
