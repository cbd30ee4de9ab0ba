//! Family 04, 0470 to 0489: what KQL cannot say.

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
