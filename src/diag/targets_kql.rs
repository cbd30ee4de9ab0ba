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

/// <https://learn.microsoft.com/kusto/query/make-list-aggregation-function>: "The default and max value is 1048576."
pub const LISTS: &str = "no group has more than 1,048,576 values of which a percentile is taken: a list of KQL holds no more";

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

/// `most`: how long it may be.
pub fn too_long_to_see(at: At, window: &str, most: &str) -> Diagnostic {
    Diagnostic::new(
        Code::DetectionOfSeveral,
        format!("no schedule of `{}` sees {window} whole", at.target),
        at.span,
        format!("{most} at most, in a detection"),
    )
    .help("the service gives a detection the events of its look-back, less what the run before has seen; ask for a shorter time")
    .help("as a hunt the rule can be asked: leave `--for` out")
}

/// `least`: the time between two runs.
pub fn too_short_to_run(at: At, window: &str, least: &str) -> Diagnostic {
    Diagnostic::new(
        Code::DetectionOfSeveral,
        format!("no schedule of `{}` runs every {window}", at.target),
        at.span,
        format!("each run counts the last {window}, and there is one every {least} at most"),
    )
    .help("count in windows (`per 1m`), which a run finds whenever they were")
}

/// What a rule over several events asks of its schedule; durations as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of a span at once.
    Whole(String),
    /// A window that ends with the run.
    Window { look_back: String, every: String },
}

/// `fixed`: the service's own frequency that is enough, and how far it looks back.
pub fn schedule_for(at: At, asked: &Asked, fixed: Option<(String, String)>) -> Diagnostic {
    let (label, why) = match asked {
        Asked::Whole(span) => (
            format!("look back over {span} and the time between two runs, at least"),
            format!("else {span} that two runs part is whole in neither, and missed"),
        ),
        Asked::Window { look_back, every } => (
            format!("look back over {look_back} at least, and run every {every} or more often"),
            format!("each run counts what the last {every} before it hold"),
        ),
    };
    let choice = match fixed {
        Some((every, look_back)) => format!("a run every {every}, which looks back {look_back}, is enough"),
        None => "choose both: `Run query every`, `Lookup data from the last`".to_owned(),
    };
    Diagnostic::new(Code::DetectionSchedule, format!("this detection needs its schedule in `{}`", at.target), at.span, label)
        .help(choice)
        .help(why)
}

pub fn first_window_cut(at: At, per: &str) -> Diagnostic {
    Diagnostic::new(
        Code::DetectionCut,
        format!("`{}` cuts the first window of {per} that a detection sees, and a group may seem to have few hits", at.target),
        at.span,
        "wants few of something, in each window",
    )
    .help("say how far back to count (`last 1d`): then the query begins with a whole window")
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

/// `most`: how far back there are events.
pub fn beyond_what_is_kept(at: At, last: &str, most: &str) -> Diagnostic {
    Diagnostic::new(
        Code::HuntBeyond,
        format!("a hunt in `{}` looks back {most} at most, and the rule {last}", at.target),
        at.span,
        "what is older is not found",
    )
    .help(format!("`last {most}` asks for all that there is; older events are where they were exported to"))
}

/// In characters.
pub fn query_too_long(at: At, length: usize, most: usize) -> Diagnostic {
    Diagnostic::new(
        Code::DetectionLength,
        format!("`{}` takes a rule's query of {most} characters, and this one has {length}", at.target),
        at.span,
        "too long for a rule that the service runs",
    )
    .help("keep long lists where the query can ask for them (`lists` in `spoor.yaml`: a watchlist), or make several rules of it")
    .help("as a hunt it can be asked: leave `--for` out")
}

/// `last`, where the service gives the events. `beyond`: how far it looks back, where the rule would look further.
pub fn window_by_schedule(last: Span, beyond: Option<String>) -> Diagnostic {
    let note = Diagnostic::new(Code::DetectionWindow, "the schedule says how far a detection looks back", last, "said by hunts alone")
        .help("the service gives each event to the query once it has arrived, so the query asks for no time");
    match beyond {
        Some(most) => note.help(format!("no run looks back further than {most}: a hunt finds what is older")),
        None => note,
    }
}
