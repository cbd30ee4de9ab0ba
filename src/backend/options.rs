//! What a site or a run chooses about its queries.
//!
//! In: nothing; `project` and `cli` fill it. Out: [`Options`], which every dialect and printer is given. Law: the default is the query
//! that needs nothing but the product itself, and misses nothing. An option changes how a query is written, or what it is
//! fit for; where that changes what it returns, the dialect says so among the reasons.

/// How queries are written. Plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub summaries: Summaries,
    pub macros: Macros,
    pub purpose: Purpose,
}

/// Whether a search over data models reads summarised events alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summaries {
    /// Those that are not summarised too.
    #[default]
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
