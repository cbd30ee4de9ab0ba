//! Where the records of an event log stand, and whose machines write them.
//!
//! In: what packs say of a schema's tables. Out: [`Channel`] and [`Platform`]. Law: a channel is of one system; a table without a channel is of
//! any.

use super::types::Str;

/// A log of records, as Windows calls it; other systems have the like. Whoever writes it, a record is XML.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// `Microsoft-Windows-Sysmon/Operational`
    pub name: Str,
    pub platform: Platform,
    /// What Splunk's add-ons write before the name in `source`.
    pub prefix: Str,
}

impl Channel {
    /// Windows' channels are collected as XML, and the add-on makes `source` of that and the channel (`ta-windows-fix-xml-source`).
    pub const WINDOWS_XML: &str = "XmlWinEventLog:";

    /// What Splunk keeps as the `source` of its records.
    pub fn source(&self) -> String {
        format!("{}{}", self.prefix, self.name)
    }
}

/// A system that machines run, as rules and packs write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    Windows,
    Linux,
    Macos,
}

impl Platform {
    pub const ALL: [Platform; 3] = [Platform::Windows, Platform::Linux, Platform::Macos];
    pub const NAMES: [&str; 3] = ["windows", "linux", "macos"];

    pub fn name(self) -> &'static str {
        match self {
            Platform::Windows => Platform::NAMES[0],
            Platform::Linux => Platform::NAMES[1],
            Platform::Macos => Platform::NAMES[2],
        }
    }

    pub fn from_name(name: &str) -> Option<Platform> {
        Platform::ALL.into_iter().find(|platform| platform.name() == name)
    }
}
