//! The one list of targets.
//!
//! A target is a query dialect plus the schemas whose bindings it reads. The dialects are `backend`'s; the list stands here because
//! `check` must know the names that `on TARGET` may use, and `check` knows no backend.

/// A query dialect plus a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// tstats over the accelerated CIM data models.
    Splunk,
    /// `search` over Windows event logs (Sysmon, Security).
    SplunkRaw,
    /// KQL over Microsoft Defender's tables.
    Defender,
    /// KQL over a Microsoft Sentinel workspace: ASIM's parsers, and tables where none fits.
    Sentinel,
}

impl Target {
    pub const ALL: &[Target] = &[Target::Splunk, Target::SplunkRaw, Target::Defender, Target::Sentinel];

    pub fn name(self) -> &'static str {
        match self {
            Target::Splunk => "splunk",
            Target::SplunkRaw => "splunk-raw",
            Target::Defender => "defender",
            Target::Sentinel => "sentinel",
        }
    }

    /// As people call it.
    pub fn title(self) -> &'static str {
        match self {
            Target::Splunk => "Splunk SPL (CIM)",
            Target::SplunkRaw => "Splunk SPL (event logs)",
            Target::Defender => "Defender KQL",
            Target::Sentinel => "Sentinel KQL",
        }
    }

    /// The schemas whose bindings it reads, in order of preference.
    pub fn schemas(self) -> &'static [&'static str] {
        match self {
            Target::Splunk => &["cim"],
            Target::SplunkRaw => &["sysmon", "windows"],
            Target::Defender => &["defender"],
            Target::Sentinel => &["sentinel"],
        }
    }

    /// Whether a query over the schema fails where it names a column that the table lacks; Splunk takes it for a field without a value.
    pub fn of_fixed_columns(schema: &str) -> bool {
        let fixed = |target: &Target| match target {
            Target::Splunk | Target::SplunkRaw => false,
            Target::Defender | Target::Sentinel => true,
        };
        Target::ALL.iter().any(|target| fixed(target) && target.schemas().contains(&schema))
    }

    /// Whether a place where its queries run may lack a table that they name: in a workspace of Sentinel a table comes with its connector, and a
    /// `union` that names one which is not there fails as a whole, unless it is told to pass over it.
    /// <https://learn.microsoft.com/azure/kusto/query/unionoperator>
    pub fn may_lack_tables(self) -> bool {
        match self {
            Target::Splunk | Target::SplunkRaw | Target::Defender => false,
            Target::Sentinel => true,
        }
    }

    /// What the name of a file with a query ends with.
    pub fn extension(self) -> &'static str {
        match self {
            Target::Splunk | Target::SplunkRaw => "spl",
            Target::Defender | Target::Sentinel => "kql",
        }
    }

    pub fn from_name(name: &str) -> Option<Target> {
        Target::ALL.iter().copied().find(|target| target.name() == name)
    }
}
