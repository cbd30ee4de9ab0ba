//! What a site or a run chooses about its queries.
//!
//! In: nothing; `project` and `cli` fill it. Out: [`Options`], which every dialect and printer is given. Law: the default is the query
//! that needs nothing but the product itself, and misses nothing. An option changes how a query is written, or what it is
//! fit for; where that changes what it returns, the dialect says so among the reasons.

use super::kept::{Kept, KeptList};
use crate::schema::Target;
use crate::source::FileId;

/// How queries are written. Plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// None: as the macros have it.
    pub summaries: Option<Summaries>,
    pub macros: Macros,
    pub purpose: Purpose,
    /// Alternatives that a target cannot say are left out where others remain, and the query says so; else the rule is refused.
    pub narrow: bool,
    /// How far back a hunt looks, in seconds, whose rule does not say it. A rule of a product has a schedule that says it.
    pub lookback: Vec<(Target, u64)>,
    /// The lists that are kept outside of queries.
    pub lists: Vec<KeptList>,
}

/// Whether a search over data models reads summarised events alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summaries {
    /// Those that are not summarised too.
    All,
    Only,
    /// A macro of the site decides.
    Macro,
}

/// The macros that a search may rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Macros {
    #[default]
    None,
    /// Those of Splunk's security content (ES Content Update).
    SecurityContent,
}

/// What the query is run by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A person, who reads the rows.
    #[default]
    Hunting,
    /// A schedule, which makes an alert of each row.
    CustomDetection,
    /// The stream of events.
    NearRealTime,
}

impl Options {
    pub fn summaries(&self) -> Summaries {
        match (self.summaries, self.macros) {
            (Some(summaries), Macros::None | Macros::SecurityContent) => summaries,
            (None, Macros::None) => Summaries::All,
            (None, Macros::SecurityContent) => Summaries::Macro,
        }
    }

    /// Those of one target.
    pub fn of(&self, target: Target) -> Options {
        let lists = self.lists.iter().filter(|list| list.target == target).cloned().collect();
        Options { lists, ..self.clone() }
    }

    /// How far back the query of a rule without `last` looks; None: as far as who runs it says.
    pub fn lookback(&self, target: Target) -> Option<u64> {
        let stated = self.lookback.iter().rev().find(|(of, _)| *of == target).map(|(_, seconds)| *seconds);
        stated.filter(|_| self.purpose == Purpose::Hunting)
    }

    /// Where the list of this file is kept.
    pub fn kept(&self, file: FileId) -> Option<&Kept> {
        self.lists.iter().find(|list| list.file == file).map(|list| &list.kept)
    }
}

impl Summaries {
    pub const ALL: [Summaries; 3] = [Summaries::All, Summaries::Only, Summaries::Macro];

    /// As tstats has it: `summariesonly=true`.
    pub fn name(self) -> &'static str {
        match self {
            Summaries::All => "false",
            Summaries::Only => "true",
            Summaries::Macro => "macro",
        }
    }

    pub fn from_name(name: &str) -> Option<Summaries> {
        Summaries::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl Macros {
    pub const ALL: [Macros; 2] = [Macros::None, Macros::SecurityContent];

    pub fn name(self) -> &'static str {
        match self {
            Macros::None => "none",
            Macros::SecurityContent => "splunk-security-content",
        }
    }

    pub fn from_name(name: &str) -> Option<Macros> {
        Macros::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl Purpose {
    pub const ALL: [Purpose; 3] = [Purpose::Hunting, Purpose::CustomDetection, Purpose::NearRealTime];

    pub fn name(self) -> &'static str {
        match self {
            Purpose::Hunting => "hunting",
            Purpose::CustomDetection => "custom-detection",
            Purpose::NearRealTime => "nrt",
        }
    }

    /// Whether the product has rules of the kind.
    pub fn is_of(self, target: Target) -> bool {
        match (self, target) {
            (Purpose::Hunting, _) | (_, Target::Defender | Target::Sentinel) => true,
            (Purpose::CustomDetection | Purpose::NearRealTime, Target::Splunk | Target::SplunkRaw) => false,
        }
    }

    pub fn from_name(name: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|one| one.name() == name)
    }
}
