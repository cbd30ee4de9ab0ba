//! Family 04, 0470 to 0489: what KQL cannot say.

use super::targets::At;
use super::{Code, Diagnostic};
use crate::source::Span;

/// A value that no expression of KQL computes exactly.
pub fn no_form(field: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::NoKqlForm, format!("KQL has no form for a test of `{field}`"), span, "refused here")
        .help("The binding keeps the field in a column of several values, or in a table of values that two fields cannot be compared by.")
        .help("Leave the test out for this target, or name the target's own columns with `on TARGET where ..`.")
}

/// Where Kusto's words and the language's part: listed among the assumptions of a rule that asks for a word.
/// <https://learn.microsoft.com/kusto/query/datatypes-string-operators> speaks of "alphanumeric characters".
pub const WORDS: &str = "beside a word that `has` looks for stands no letter or digit beyond ASCII: Kusto would count it into the word";

/// The same for the edge of a word in a regular expression. <https://learn.microsoft.com/kusto/query/regex>
pub const EDGES: &str = "beside a `\\b` of a regular expression stands no letter or digit beyond ASCII: Kusto would count it into the word";

/// Where the last row of each thing is kept: `summarize .. by` tells spellings apart.
pub const ONE_SPELLING: &str = "one thing (a device, its software) is spelled alike, in case too, in all rows of the table";

// ---------- detections ----------

/// What the rows of a detection must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    Time,
    Report,
    Entity,
}

pub fn no_demanded_column(at: At, table: &str, demand: Demand) -> Diagnostic {
    let (what, label) = match demand {
        Demand::Time => ("a time", "an alert must have a time"),
        Demand::Report => ("`ReportId`", "without it an alert does not lead to its event"),
        Demand::Entity => ("a device, a mailbox or an account", "an alert must be about one of them"),
    };
    Diagnostic::new(Code::NoDemandedColumn, format!("the rows of `{table}` in `{}` have no column for {what}", at.target), at.span, label)
        .help("a hunt can ask this table, a detection cannot: leave `--for` out")
}

/// A title that the detection needs for another column.
pub fn title_taken(at: At, title: &str) -> Diagnostic {
    Diagnostic::new(
        Code::DetectionTitle,
        format!("a detection in `{}` needs the column `{title}`, and the rule shows something else under this name", at.target),
        at.span,
        "the service reads the column by its name",
    )
    .help(format!("show it under another name than `{title}`"))
}

pub fn several_events(at: At) -> Diagnostic {
    Diagnostic::new(
        Code::DetectionOfSeveral,
        format!("a rule over several events cannot be a detection in `{}` yet", at.target),
        at.span,
        "its rows would not lead to an event",
    )
    .help("as a hunt it can be asked: leave `--for` out")
}

/// `what`: `a count`.
pub fn no_stream_of(at: At, what: &str) -> Diagnostic {
    Diagnostic::new(
        Code::NrtSeveral,
        format!("{what} cannot be asked in near real time in `{}`", at.target),
        at.span,
        "needs several events",
    )
    .help("events are looked at as they arrive, some at a time: `--for custom-detection` runs on a schedule")
}

pub fn several_tables(at: At, one: &str, other: &str) -> Diagnostic {
    Diagnostic::new(
        Code::NrtSeveral,
        format!("in near real time `{}` asks one table, and the rule needs `{one}` and `{other}`", at.target),
        at.span,
        "several tables",
    )
    .help("a rule for each table can be run so, or this one with `--for custom-detection`")
}

pub fn table_not_streamed(at: At, table: &str) -> Diagnostic {
    Diagnostic::new(Code::NrtTable, format!("`{}` does not read `{table}` in near real time", at.target), at.span, "seen in this table")
        .help("`--for custom-detection` runs on a schedule, and may ask it")
}

pub fn column_not_streamed(at: At, column: &str) -> Diagnostic {
    Diagnostic::new(Code::NrtTable, format!("`{}` has no `{column}` in near real time", at.target), at.span, "changes after the event")
        .help("`--for custom-detection` runs on a schedule, and may ask it")
}

pub fn not_said_in_real_time(at: At, function: &str) -> Diagnostic {
    Diagnostic::new(
        Code::NrtOperator,
        format!("in near real time `{}` does not know `{function}`", at.target),
        at.span,
        format!("said with `{function}`"),
    )
    .help("`--for custom-detection` runs on a schedule, and knows all of KQL")
}

/// `last` in a rule over single events.
pub fn window_by_schedule(last: Span) -> Diagnostic {
    Diagnostic::new(Code::DetectionWindow, "the schedule says how far a detection looks back", last, "said by hunts alone")
        .help("the service gives each event to the query once it has arrived, so the query asks for no time")
}
