//! Operators: missing, mixed, unknown, or spelt as in another language.

use super::{certain, remove, unsure};
use crate::diag::{Code, Diagnostic, Edit};
use crate::source::Span;

/// A foreign spelling while it is being read. The first edit writes what is meant in its place.
#[derive(Debug)]
pub struct Pending {
    pub span: Span,
    pub written: String,
    pub meant: String,
    pub certain: bool,
    pub edits: Vec<Edit>,
}

impl Pending {
    /// Its operand shows that another operator is meant.
    pub fn means(&mut self, meant: &str) {
        if let Some(edit) = self.edits.first_mut() {
            edit.text = edit.text.replace(self.meant.as_str(), meant);
        }
        self.meant = meant.to_string();
    }

    /// Likely, but a person must say so.
    pub fn is_unsure(&mut self, meant: &str) {
        self.means(meant);
        self.certain = false;
    }

    /// One more word behind what is meant.
    pub fn adds(&mut self, word: &str) {
        let meant = format!("{}{word}", self.meant);
        self.means(&meant);
    }
}

pub fn foreign_spelling(pending: Pending) -> Diagnostic {
    let Pending { span, written, meant, certain: sure, edits } = pending;
    let label = format!("`{written}` is of another language");
    let found = Diagnostic::new(Code::ForeignSpelling, format!("Spoor writes `{meant}`"), span, label).help(format!("write `{meant}`"));
    found.with_fix(if sure { certain(edits) } else { unsure(edits) })
}

pub fn needless_fold(at: Span, function: &str, edits: Vec<Edit>) -> Diagnostic {
    Diagnostic::new(Code::ForeignSpelling, format!("`{function}` is needless"), at, "text compares without case")
        .help("write the field alone; `cased` is what makes case count")
        .with_fix(certain(edits))
}

pub fn missing_and(at: Span, gap: Span, joint: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingAnd, "missing `and` or `or`", at, "a second test begins here")
        .help(format!("tests are joined with `and` or `or`; it is read as `{joint}`"))
        .maybe_fix(gap, format!(" {joint}{}", if gap.end == at.start { " " } else { "" }))
}

pub fn mixed_and_or(at: Span, joint: &str, first: Span, first_joint: &str, edits: Vec<Edit>) -> Diagnostic {
    let found = Diagnostic::new(Code::MixedAndOr, "`and` and `or` are mixed without parentheses", at, format!("`{joint}` here"))
        .label(first, format!("`{first_joint}` here"))
        .help("languages disagree on which of them binds tighter, so say it with parentheses");
    if edits.is_empty() { found } else { found.with_fix(unsure(edits)) }
}

/// `== [..]`, `!= [..]`
pub fn one_value_or_set(op: Span, value: Span, mark: &str, word: &str, edit: Edit, mut more: Vec<Edit>) -> Diagnostic {
    let mut edits = vec![edit];
    edits.append(&mut more);
    Diagnostic::new(Code::OneValueOrSet, format!("`{mark}` takes one value"), op, format!("a list wants `{word}`"))
        .label(value, "a list")
        .help(format!("write `{word} [..]`"))
        .with_fix(certain(edits))
}

/// `in "text"`
pub fn set_or_one_value(op: Span, value: Span, mark: &str, edit: Edit) -> Diagnostic {
    Diagnostic::new(Code::OneValueOrSet, "`in` takes a set", op, format!("one value wants `{mark}`"))
        .label(value, "one value")
        .help(format!("write `{mark}`; a set is a list, the name of a list, or a network"))
        .with_fix(certain(vec![edit]))
}

/// `name not "x"`
pub fn not_without_operator(not: Span, meant: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingOperator, "`not` without an operator", not, "an operator is missing here")
        .help(format!("write `{meant}`; `not` stands before a test, or before an operator: `not contains`"))
        .fix(not, meant)
}

const OPERATORS: [&str; 9] = ["contains", "starts_with", "ends_with", "like", "has", "under", "matches", "exists", "in"];

/// The operator of nearly this spelling.
pub fn nearest_operator(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let near = |operator: &&str| distance(&lower, operator) <= if operator.len() > 4 { 2 } else { 1 };
    OPERATORS.iter().copied().filter(near).min_by_key(|operator| distance(&lower, operator))
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(32).collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[b.len()]
}

pub fn unknown_operator(at: Span, word: &str, nearest: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownOperator, format!("unknown operator `{word}`"), at, "no operator");
    match nearest {
        Some(nearest) => found.help(format!("write `{nearest}`")).maybe_fix(at, nearest),
        None => found.help(
            "the operators are `==` `!=` `<` `<=` `>` `>=` `in` `contains` `starts_with` `ends_with` `like` `has` `under` `matches` `exists` `is`",
        ),
    }
}

pub fn sigma_modifier(at: Span, modifier: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownOperator, format!("`|{modifier}` of Sigma has no word in Spoor"), at, "no operator")
        .help("an operator stands behind the field: `command_line contains \"x\"`")
}

/// `contains "a" or "b"`, `"a" == name`
pub fn literal_as_test(at: Span, found: &str, joint: Option<&str>) -> Diagnostic {
    let label = format!("{found} is no test");
    match joint {
        Some(joint) => Diagnostic::new(Code::LiteralAsTest, format!("each side of `{}` is a whole test", joint.to_ascii_lowercase()), at, label)
            .help("several values of one field are a list: `name in [\"a\", \"b\"]`, `command_line contains [\"a\", \"b\"]` (any), `contains all [..]` (all)"),
        None => Diagnostic::new(Code::LiteralAsTest, "a test begins with a field", at, label).help("the field stands on the left: `name == \"cmd.exe\"`"),
    }
}

pub fn no_functions(at: Span, name: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::NoFunctions, format!("`{name}(..)` is no test"), at, "Spoor calls no functions here");
    if matches!(name.to_ascii_lowercase().as_str(), "ago" | "now" | "datetime" | "todatetime" | "relative_time" | "strftime") {
        return found.help(
            "a rule has no clock: `last 7d` behind `detect` says how far back a query looks, `within` and `per` how close events stand",
        );
    }
    found.help("a test is a field, an operator and a value: `command_line contains \"x\"`; aggregates stand in `having` and `show`")
}

pub fn no_pipes(at: Span, word: &str) -> Diagnostic {
    not_a_pipe(Diagnostic::new(Code::NoPipes, "a rule is a pattern, not a pipe", at, "a pipe"), word)
}

/// A command of another language that begins no item: `summarize`, `earliest`. None: it is no such word.
pub fn foreign_clause(at: Span, word: &str) -> Option<Diagnostic> {
    let lower = word.to_ascii_lowercase();
    let found = Diagnostic::new(Code::NoPipes, format!("`{word}` is of another language"), at, "begins no item of a rule");
    match lower.as_str() {
        "project" | "table" | "fields" | "extend" | "eval" | "summarize" | "stats" | "tstats" | "eventstats" | "sort" | "order"
        | "head" | "take" | "limit" | "top" | "search" | "filter" => Some(not_a_pipe(found, &lower)),
        "earliest" | "latest" | "timeframe" | "since" | "timespan" | "lookback" => {
            Some(found.help("`last 7d` says how far back a query looks"))
        }
        "groupby" | "group_by" => Some(found.help("group with `by host` behind the pattern")),
        "union" | "join" => Some(found.help("several patterns stand in braces: `detect { process where ..  file where .. }`")),
        _ => None,
    }
}

fn not_a_pipe(found: Diagnostic, word: &str) -> Diagnostic {
    match word {
        "where" | "search" | "filter" => found.help("join the tests with `and`"),
        "project" | "table" | "fields" | "extend" | "eval" => found.help("columns are named with `show time, host, name`"),
        "summarize" | "stats" | "tstats" | "eventstats" => {
            found.help("group with `having count() > 5`, `by host`, `per 1h` behind the pattern")
        }
        "sort" | "order" | "head" | "take" | "limit" | "top" => found.help("every query is sorted newest first; leave it out"),
        _ => found.help("`|` stands between classes only: `dns | network where ..`"),
    }
}

pub fn modifier_order(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ModifierOrder, "`cased` follows `all`", at, "in the wrong order").help("write `all cased`").fix(at, "all cased")
}

pub fn cased_in_list(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ModifierOrder, "`cased` holds for a whole operand", at, "in a list")
        .help("write it before the list: `in cased [\"a\", \"b\"]`; a value with another case rule is a test of its own")
}

pub fn all_without_text_operator(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ModifierOrder, "`all` does not go with this operator", at, "takes no `all`")
        .help("`all` follows a text operator once: `contains all [\"a\", \"b\"]`; one value cannot be all of a set")
}

/// `contains any [..]`, `at_least 2 of {..}`
pub fn needless_word(at: Span, word: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::NeedlessWord, format!("`{word}` is needless here"), at, why)
        .help("leave it out")
        .with_fix(certain(vec![remove(at)]))
}
