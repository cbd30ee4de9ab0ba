//! Family 04: why a target gets less, or more, than the rule says.

use super::{Code, Diagnostic};
use crate::schema::Platform;
use crate::source::Span;

/// Where in the rule, and for which target.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub span: Span,
    /// `splunk`
    pub target: &'a str,
}

/// `reason`: the binding's own words, without a full stop. `others`: the targets that record the class.
pub fn unbound_class(at: At, class: &str, reason: Option<&str>, others: &[&str]) -> Diagnostic {
    let label = reason.map_or_else(|| format!("no table of `{}` holds this class", at.target), str::to_owned);
    let found = Diagnostic::new(Code::UnboundClass, format!("`{}` has no `{class}` events", at.target), at.span, label);
    if others.is_empty() {
        return found.help(format!("no target has them; `spoor match` reads them, and `spoor schema {class}` says from what"));
    }
    let others: Vec<String> = others.iter().map(|target| format!("`{target}`")).collect();
    found.help(format!("{} has them; `spoor schema {class}` says where", others.join(" or ")))
}

/// Listed among the assumptions of a rule without `last`.
pub fn looks_back(lasting: &str) -> String {
    format!("what happened in the last {lasting} is enough: the rule has no `last`, and `lookback` in `spoor.yaml` says so")
}

/// Every log in which the target has the class is one of other systems than the rule is about.
pub fn other_platform(at: At, class: &str, platforms: &[Platform]) -> Diagnostic {
    let title = format!("`{}` has no `{class}` events of {}", at.target, names(platforms));
    Diagnostic::new(Code::OtherPlatform, title, at.span, "its logs of such events are those of other systems")
        .help("`platforms` says which systems the rule is about; a log of these systems can be named in a pack: docs/packs.md")
}

/// For `spoor explain`: a table in which machines of all systems stand together.
pub fn platform_not_told(table: &str, platforms: &[Platform]) -> String {
    format!("{table} holds events of any system, and is not asked for those of {} alone: the rule's tests are enough", names(platforms))
}

fn names(platforms: &[Platform]) -> String {
    platforms.iter().map(|platform| platform.name()).collect::<Vec<_>>().join(" or ")
}

/// `except`: the tests that all of those events pass.
pub fn never_held(at: At, reason: &str, except: &str) -> Diagnostic {
    binding_narrows(at, reason).help(format!("if these events are not wanted, `except {except}` says so"))
}

/// `reason`: the binding's own words, without a full stop.
pub fn unbound_field(at: At, class: &str, field: &str, reason: Option<&str>) -> Diagnostic {
    let label = reason.map_or_else(|| "not recorded there".to_owned(), str::to_owned);
    Diagnostic::new(Code::UnboundField, format!("`{}` has no `{field}` in `{class}`", at.target), at.span, label)
        .help(format!("`spoor schema {class}` shows what every target has; `on {} where ..` tests its own columns", at.target))
}

/// What came later than the version that a project works with.
#[derive(Clone, Copy, Debug)]
pub struct Later<'a> {
    /// `cim`
    pub schema: &'a str,
    pub table: &'a str,
    /// None: the table itself.
    pub column: Option<&'a str>,
    pub since: &'a str,
    pub chosen: &'a str,
    /// Where the project chooses it: `spoor.yaml:3`.
    pub place: &'a str,
}

impl Later<'_> {
    /// Why there is nothing to ask, in the words of a binding.
    pub fn because(self) -> String {
        format!("{}, and {}", self.fact(), self.says())
    }

    fn fact(self) -> String {
        let Later { schema, table, since, .. } = self;
        match self.column {
            Some(column) => format!("`{column}` of `{table}` is new in {schema} {since}"),
            None => format!("`{table}` is new in {schema} {since}"),
        }
    }

    /// Which version the project works with, and the line that says so.
    pub fn says(self) -> String {
        format!("`{}` says `{}: {}`", self.place, self.schema, self.chosen)
    }
}

/// The field is made of a column that the project's version lacks.
pub fn later_field(at: At, class: &str, field: &str, later: Later) -> Diagnostic {
    let title = format!("`{}` has no `{field}` in `{class}` before {} {}", at.target, later.schema, later.since);
    Diagnostic::new(Code::LaterField, title, at.span, later.fact()).help(later.says())
}

/// The class stands in a table that the project's version lacks.
pub fn later_class(at: At, class: &str, later: Later) -> Diagnostic {
    let title = format!("`{}` has no `{class}` events before {} {}", at.target, later.schema, later.since);
    Diagnostic::new(Code::LaterField, title, at.span, later.fact()).help(later.says())
}

pub fn unbound_action(at: At, class: &str, actions: &str, reason: Option<&str>) -> Diagnostic {
    let label = reason.map_or_else(|| "not recorded there".to_owned(), str::to_owned);
    Diagnostic::new(Code::UnboundAction, format!("`{}` cannot tell when `{class}` is {actions}", at.target), at.span, label)
        .help(format!("`spoor schema {class}` shows which actions every target has"))
}

pub fn actions_left_out(at: At, actions: &str, reason: Option<&str>) -> Diagnostic {
    let label = reason.map_or_else(|| format!("{actions}: not recorded there"), |reason| format!("{actions}: {reason}"));
    Diagnostic::new(Code::ActionsLeftOut, format!("`{}` does not see {actions}, and misses those events", at.target), at.span, label)
}

/// `causes`: what refused the branch, each as its own diagnostic.
pub fn branch_left_out(at: At, branch: &str, causes: &[Diagnostic]) -> Diagnostic {
    let title = match causes {
        [cause, ..] => format!("`{}` leaves {branch} out: {}", at.target, cause.title),
        [] => format!("`{}` leaves {branch} out", at.target),
    };
    let mut diagnostic = Diagnostic::new(Code::BranchLeftOut, title, at.span, "the other branches remain");
    for label in causes.iter().flat_map(|cause| &cause.labels) {
        diagnostic = diagnostic.label(label.span, label.text.clone());
    }
    diagnostic
}

/// `cause`: what refused it, as its own diagnostic.
pub fn alternative_left_out(at: At, cause: &Diagnostic) -> Diagnostic {
    let title = format!("`{}` leaves an alternative out: {}", at.target, cause.title);
    let found = Diagnostic::new(Code::AlternativeLeftOut, title, at.span, "the other alternatives remain");
    cause.labels.iter().fold(found, |found, label| found.label(label.span, label.text.clone()))
}

/// A refusal that the user may turn into a narrowed query.
pub fn may_be_left_out(refusal: Diagnostic) -> Diagnostic {
    refusal.help("`spoor build --narrow` leaves this alternative out, and says so")
}

/// `because`: what a pack says of the values that are asked for.
pub fn never_true_there(at: At, class: &str, because: Option<(Span, &str)>) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::NeverTrueThere,
        format!("no event of `{}` can satisfy this `{class}` pattern", at.target),
        at.span,
        "no table has all that is asked here",
    );
    match because {
        Some((span, reason)) => diagnostic.label(span, reason),
        None => diagnostic.help("each table lacks a field that the pattern needs, or the field never has the value asked for"),
    }
}

pub fn covered_together(at: At, wanted: &str, others: &str) -> Diagnostic {
    Diagnostic::new(
        Code::CoveredTogether,
        format!("`{}` does not tell {wanted} from {others}, and returns both", at.target),
        at.span,
        format!("the rule asks for {wanted} alone"),
    )
}

/// A table has no such field, so every row of it counts as one without.
pub fn missing_there(at: At, table: &str, field: &str) -> Diagnostic {
    binding_widens(at, &format!("{table} does not record `{field}`, so each of its events counts as one without"))
}

pub fn binding_widens(at: At, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::BindingWidens, format!("`{}` may return more: {reason}", at.target), at.span, "seen through this pattern")
}

pub fn binding_narrows(at: At, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::BindingNarrows, format!("`{}` may miss events: {reason}", at.target), at.span, "seen through this pattern")
}

/// `negated`: the test stands under a `not`.
pub fn missing_literal(at: At, field: &str, literal: &str, negated: bool) -> Diagnostic {
    let effect = if negated { "misses events without it" } else { "also returns events without it" };
    Diagnostic::new(
        Code::MissingLiteral,
        format!("`{}` writes `{literal}` where `{field}` has no value, and {effect}", at.target),
        at.span,
        format!("`{literal}` and no value are one there"),
    )
    .help(format!("`{field} exists` and `{field} not exists` mean the same in every target"))
}

/// `purpose`: what `--for` says. `others`: the targets that have it.
pub fn no_such_purpose(at: At, purpose: &str, others: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::NoSuchPurpose, format!("`{}` has no rules of the kind `{purpose}`", at.target), at.span, "asked for by `--for`")
        .help(format!("{} have", others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(" and ")))
}

/// `negated`: the test stands under a `not`.
pub fn letters_not_folded(at: At, literal: &str, negated: bool) -> Diagnostic {
    let effect = if negated { "may return other spellings of it" } else { "may miss other spellings of it" };
    Diagnostic::new(
        Code::LettersNotFolded,
        format!("`{}` ignores the case of ASCII letters only for certain, and {effect}", at.target),
        at.span,
        format!("`{literal}` has other letters with a case"),
    )
    .help("`cased` is exact for such text")
}

pub fn empty_column(at: At, name: &str) -> Diagnostic {
    Diagnostic::new(Code::EmptyColumn, format!("the column `{name}` stays empty in `{}`", at.target), at.span, "nothing there holds it")
}

/// Of one class of several.
pub fn partly_empty(at: At, class: &str, name: &str) -> Diagnostic {
    let title = format!("nothing of `{class}` stands in the column `{name}` in `{}`", at.target);
    Diagnostic::new(Code::EmptyColumn, title, at.span, "other classes have it")
}

/// Of one class of several.
pub fn not_counted(at: At, class: &str, field: &str) -> Diagnostic {
    let title = format!("`{}` has no `{field}` in `{class}`, and counts that of other events only", at.target);
    Diagnostic::new(Code::NotCounted, title, at.span, format!("what events of `{class}` say of it is not counted there"))
        .help(format!("`spoor schema {class}` shows what every target has; a rule for each class says what is counted where"))
}

/// `at` is the window.
pub fn no_time_there(at: At, table: &str) -> Diagnostic {
    Diagnostic::new(
        Code::NoTimeThere,
        format!("the rows of `{table}` in `{}` have no time, and all of them count", at.target),
        at.span,
        "no such window can be asked there",
    )
    .help("the table holds what is known now; without `last` the rule says the same")
}

pub fn older_rows_count(at: At, class: &str) -> Diagnostic {
    Diagnostic::new(
        Code::OlderRowsCount,
        format!("in `{}` older rows of a `{class}` count too, not the last one alone", at.target),
        at.span,
        format!("`{class}` is a state: the last row of each in the window counts"),
    )
}

/// `actions` would be told apart by a key or an aggregate.
pub fn actions_as_one(at: At, class: &str, actions: &str) -> Diagnostic {
    let label = format!("it writes the same for {actions}");
    Diagnostic::new(Code::ActionsAsOne, format!("`{}` does not tell these actions of `{class}` apart", at.target), at.span, label)
        .help("leave `action` out here, or give each action that is counted a branch with a label of its own")
}

/// `more`: hits are counted that the rule does not mean; else some are not counted.
pub fn counts_differ(at: At, more: bool) -> Diagnostic {
    let (hits, groups) = if more { ("counts more hits", "lost") } else { ("counts fewer hits", "found") };
    Diagnostic::new(
        Code::CountsDiffer,
        format!("`{}` {hits} than the rule means, so groups that should have few may be {groups}", at.target),
        at.span,
        "wants few of something".to_owned(),
    )
    .help("the other reasons say which hits; a condition that wants many (`>`) is not turned round")
}

pub fn one_event_two_steps(at: At, one: &str, other: &str) -> Diagnostic {
    Diagnostic::new(
        Code::OneEventTwoSteps,
        format!("in `{}` one event may be both `{one}` and `{other}`", at.target),
        at.span,
        "an event may satisfy both, and nothing in the rows tells two events apart".to_owned(),
    )
    .help("let the steps exclude each other: `and not`, another action, another value of one field")
}

/// `why`: the target's reasons.
pub fn optional_left_out(at: At, step: &str, why: &[Diagnostic]) -> Diagnostic {
    optional(at, format!("`{}` does not show the optional step `{step}`", at.target), why)
}

/// `why`: how its hits differ from what the rule means.
pub fn optional_inexact(at: At, step: &str, why: &[Diagnostic]) -> Diagnostic {
    optional(at, format!("in `{}` another event may be shown for the optional step `{step}`", at.target), why)
}

fn optional(at: At, title: String, why: &[Diagnostic]) -> Diagnostic {
    let why = why.iter().map(|why| why.title.clone()).collect::<Vec<_>>().join("; ");
    Diagnostic::new(Code::OptionalLeftOut, title, at.span, why).help("an optional step decides nothing: the matches are the same")
}

pub fn no_time_to_order(at: At, table: &str) -> Diagnostic {
    let label = format!("the rows of `{table}` have no time");
    Diagnostic::new(Code::NoTimeToOrder, format!("`{}` cannot put these rows into an order", at.target), at.span, label)
        .help("they are what is there now; a rule over single rows of them, or a count without `per`, can be asked")
}

/// A key of the JSON in `column`, as written in an `on` clause.
pub fn key_in_column(at: At, column: &str, key: &str) -> Diagnostic {
    Diagnostic::new(
        Code::KeyInColumn,
        format!("no query for `{}` can name the key `{key}` of `{column}`", at.target),
        at.span,
        "a dot, a bracket or a star in it means more than itself there",
    )
    .help(format!("test the text of the column: `{column} contains ..`"))
}

/// The query looks values up in a file that must be there.
pub fn list_beside(at: At, file: &str, values: usize) -> Diagnostic {
    Diagnostic::new(
        Code::ListBeside,
        format!("the query for `{}` needs the lookup `{file}`", at.target),
        at.span,
        format!("{values} values"),
    )
    .help("`spoor build -o DIR` writes it beside the query: upload it as a lookup table file, and again when the list changes")
}

/// `within`: what the rule's events may be apart, and where it says so.
pub fn looks_back_less(at: At, last: &str, within: Span, within_text: &str) -> Diagnostic {
    Diagnostic::new(
        Code::LooksBackLess,
        format!("the query for `{}` looks back {last}, and the rule's events may be {within_text} apart", at.target),
        at.span,
        format!("{last} back"),
    )
    .label(within, format!("{within_text} apart"))
    .help(format!("what is further apart than {last} no run of it finds: let `last`, or `lookback` in `spoor.yaml`, be longer"))
}

/// The query says values that the project keeps elsewhere.
pub fn list_spelled_out(at: At, what: &str, values: usize) -> Diagnostic {
    Diagnostic::new(
        Code::ListSpelledOut,
        format!("the query for `{}` has the values of a list in it, and asks {what} for none of them, or not for all", at.target),
        at.span,
        format!("{values} values in the list"),
    )
    .help("`in` a whole list, and `under` a list of domains, ask there; what is added there later other tests miss until the query is built anew")
}

/// The query asks for values that the project keeps elsewhere.
pub fn list_kept(at: At, what: &str, values: usize) -> Diagnostic {
    Diagnostic::new(
        Code::ListKept,
        format!("the query for `{}` asks for {what}", at.target),
        at.span,
        format!("{values} values in the list"),
    )
    .help("what is kept there decides, not the list file: keep the two alike")
}
