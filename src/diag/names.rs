//! Family 02: names that mean nothing, or something else, where they stand.

use super::sigma::tag;
use super::targets::Later;
use super::values::{literal_of, quoted};
use super::{Code, Diagnostic, Edit, Fix};
use crate::schema::Type;
use crate::schema::attack::{Attack, Technique};
use crate::source::Span;

/// `foreign`: the field that another product calls so, and whether that is sure; `near`: the nearest name otherwise.
pub fn unknown_field(at: Span, name: &str, class: &str, foreign: Option<(&str, bool)>, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownField, format!("unknown field `{name}`"), at, format!("no field of `{class}`"))
        .sigma_title(format!("unknown field `{}`", name.strip_prefix("data.").unwrap_or(name)))
        .sigma("the head of a record has a field of this name, from which one of the data is not told: `Computer`, `Provider_Name`, `Channel` and `EventID` ask for the head");
    match (foreign, near) {
        (Some((field, true)), _) => found.help(format!("that is another product's name: here it is `{field}`")).fix(at, field),
        (Some((field, false)), _) => {
            found.help(format!("that is another product's column, from which `{field}` is made")).maybe_fix(at, field)
        }
        (None, Some(field)) => found.help(format!("did you mean `{field}`?")).maybe_fix(at, field),
        (None, None) => found.help(format!("`spoor schema {class}` lists the fields of `{class}`")),
    }
}

pub fn unknown_class(at: Span, name: &str, foreign: Option<&str>, near: Option<&str>, classes: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownClass, format!("unknown class `{name}`"), at, "no class of events");
    match (foreign, near) {
        (Some(class), _) => found.help(format!("that is another product's name: here it is `{class}`")).fix(at, class),
        (None, Some(class)) => found.help(format!("did you mean `{class}`?")).maybe_fix(at, class),
        (None, None) => found.help(format!("the classes are {}", listed(classes))),
    }
}

/// A target's own column that the project's version of the schema lacks.
pub fn later_column(at: Span, later: Later) -> Diagnostic {
    let Later { schema, table, column, since, chosen, .. } = later;
    let what = column.unwrap_or(table);
    let label = format!("`{table}` has no such column in {schema} {chosen}");
    Diagnostic::new(Code::LaterColumn, format!("`{what}` is new in {schema} {since}"), at, label).help(later.says())
}

/// What an unknown name stands in the place of.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A test, or a shared one.
    Test,
    /// A value that is a text.
    Text,
    Value(Type),
}

/// A bare word that is no `let`, no value and no field.
pub fn unknown_name(at: Span, name: &str, near: Option<&str>, place: Place) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownName, format!("unknown name `{name}`"), at, "no `let` and no field is called so");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => match place {
            Place::Text => found.help(format!("a text stands in quotes: \"{name}\"")).maybe_fix(at, format!("\"{name}\"")),
            Place::Value(ty) => found.help(format!("a value of type {} is {}", ty.name(), literal_of(ty.name()))),
            Place::Test => found.help("a test is a field, an operator and a value: `name == \"cmd.exe\"`; a shared one is a `let`"),
        },
    }
}

pub fn unknown_value(at: Span, name: &str, field: &str, values: &[&str], near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownValue, format!("unknown value `{name}`"), at, format!("`{field}` has no such value"));
    let found = found.help(format!("its values are {}", listed(values)));
    match near {
        Some(near) if near.eq_ignore_ascii_case(name) => found.help(format!("write `{near}`")).fix(at, near),
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found,
    }
}

pub fn let_as_field(at: Span, name: &str, place: Span) -> Diagnostic {
    Diagnostic::new(Code::LetAsField, format!("`{name}` is a `let`, not a field"), at, "a field stands on the left")
        .label(place, "the `let`")
        .help("a shared list stands on the right of an operator, a shared condition by itself")
}

/// Why a step cannot be named.
#[derive(Clone, Copy, Debug)]
pub enum StepBar {
    Later,
    Itself,
    Optional,
    AtLeast,
    Counted,
    SeveralClasses,
}

pub fn step_out_of_reach(at: Span, label: &str, step: Span, bar: StepBar) -> Diagnostic {
    let (fact, help) = match bar {
        StepBar::Later => ("it comes later", "a step names steps above it only: let the later step name this one"),
        StepBar::Itself => ("it is the step itself", "write the field without the label"),
        StepBar::Optional => ("it is optional", "an optional step never decides, so none may depend on it"),
        StepBar::AtLeast => ("steps of `at_least` are counted alone", "`sequence` or `together` may name other steps"),
        StepBar::Counted => (
            "this step's events are counted, whatever others found",
            "a step that wants one event may name this one: let the later of the two ask",
        ),
        StepBar::SeveralClasses => ("it is of several classes", "a step of one class has fields that others can name"),
    };
    Diagnostic::new(Code::StepOutOfReach, format!("step `{label}` cannot be named here"), at, fact).label(step, "the step").help(help)
}

pub fn step_on_the_left(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::StepOnTheLeft, format!("`{name}` stands on the left"), at, "a field of another step")
        .help("a condition is about its own step's event: put the field of the other step on the right")
}

pub fn label_is_group(at: Span, label: &str, class: &str) -> Diagnostic {
    Diagnostic::new(Code::LabelIsGroup, format!("label `{label}` is a group of fields"), at, format!("`{class}` has fields `{label}.*`"))
        .help("choose another label, or `label.field` would have two meanings")
        .sigma_title(format!("`{label}` cannot be the name of a rule here"))
        .sigma("give the rule another `name`")
}

pub fn duplicate_label(at: Span, label: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateLabel, format!("label `{label}` is used twice"), at, "again here")
        .label(first, "first here")
        .help("a label names one branch or step: choose another")
        .sigma_title(format!("two rules of the correlation are called `{label}`"))
        .sigma("each rule that a correlation names stands there once, under a `name` of its own")
}

pub fn duplicate_rule(at: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::RuleNameTwice, format!("two rules of this file are called `{name}`"), at, "again here")
        .label(first, "first here")
        .help("a match goes by the name of its rule")
        .sigma("a rule goes by its `name`, else by its title: give one of them another, as `name: a_name`")
}

pub fn duplicate_let(at: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateLet, format!("two `let`s are called `{name}`"), at, "again here")
        .label(first, "first here")
        .help("give one of them another name")
}

pub fn duplicate_clause(at: Span, clause: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateClause, format!("a second `{clause}`"), at, "again here")
        .label(first, "first here")
        .help(format!("a rule has one `{clause}`"))
}

pub fn duplicate_key(at: Span, key: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateKey, format!("`{key}` is stated twice"), at, "again here")
        .label(first, "first here")
        .help("a key stands once; where it takes several values they are a list: `tags: [\"a\", \"b\"]`")
}

pub fn duplicate_class(at: Span, class: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateClass, format!("class `{class}` is named twice"), at, "again here")
        .label(first, "first here")
        .help("each class stands once before `where`; another test of it is a branch of its own")
}

pub fn duplicate_entry(at: Span, field: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateEntry, format!("`{field}` has two entries"), at, "again here")
        .label(first, "first here")
        .help("an event gives a field once; several values of a field that takes them are a list")
}

/// `owner`: the label of a step whose events have the field; `last`: that of the last one.
pub fn field_of_other_step(at: Span, name: &str, owner: &str, last: &str) -> Diagnostic {
    Diagnostic::new(
        Code::StepOutOfReach,
        format!("no match has `{name}`"),
        at,
        format!("a match is the event of `{last}`, which has no such field"),
    )
    .help(format!("name the step too: `{owner}.{name}`"))
    .fix(at, format!("{owner}.{name}"))
}

pub fn duplicate_column(at: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateColumn, format!("two columns are called `{name}`"), at, "again here")
        .label(first, "first here")
        .help("give one of them another name with `as`")
}

pub fn unknown_key(at: Span, key: &str, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownKey, format!("unknown metadata key `{key}`"), at, "no such key");
    let sigma = match key {
        "condition" => Some("a condition stands behind `where`; of branches in braces any suffices, and `except` takes events away"),
        "logsource" | "category" | "product" | "service" => {
            Some("the class behind `detect` says what kind of event is meant: `spoor schema` lists the classes")
        }
        "detection" | "selection" => Some("what a rule looks for is `detect CLASS where ..`"),
        "timeframe" => Some("`last 7d` says how far back a query looks, `within 10m` how close linked events stand"),
        _ => None,
    };
    if let Some(help) = sigma {
        return found.help(help);
    }
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help(format!("a key of your own begins with `x_`: `x_{key}`")).maybe_fix(at, format!("x_{key}")),
    }
}

/// `steps`: where each `let` of the circle names the next, and its name.
pub fn let_circle(at: Span, name: &str, steps: &[(Span, &str)]) -> Diagnostic {
    let found = Diagnostic::new(Code::LetCircle, format!("`let {name}` leads back to itself"), at, "it never ends")
        .help("a `let` may name others, but none that leads back to it");
    steps.iter().fold(found, |found, (span, name)| found.label(*span, format!("`{name}` names this")))
}

pub fn unknown_target(at: Span, name: &str, near: Option<&str>, targets: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownTarget, format!("unknown target `{name}`"), at, "no target");
    let found = found.help(format!("the targets with names of their own are {}", listed(targets)));
    match near {
        // a name with a dash stands in backticks
        Some(near) if near.contains('-') => found.maybe_fix(at, format!("`{near}`")),
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

/// The column that is meant, and why.
#[derive(Clone, Copy, Debug)]
pub enum NearColumn<'a> {
    /// The same letters in another case.
    OtherCase(&'a str),
    /// What the target calls a field of the model.
    OfField(&'a str),
    Near(&'a str),
}

/// `tables`: where the target looks for the class. `elsewhere`: other tables of it that have such a column.
pub fn unknown_column(at: Span, name: &str, target: &str, tables: &[&str], near: Option<NearColumn<'_>>, elsewhere: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownColumn, format!("`{target}` has no column `{name}`"), at, "not one of its own names")
        .help(format!("inside `on {target}` only its own names stand; it looks in {}", listed(tables)));
    let written = |near: &str| if is_word(near) { near.to_owned() } else { format!("`{near}`") };
    match near {
        Some(NearColumn::OtherCase(near)) => found.help(format!("cases count there: `{near}`")).fix(at, written(near)),
        Some(NearColumn::OfField(near)) => found.help(format!("`{name}` is `{near}` there")).maybe_fix(at, written(near)),
        Some(NearColumn::Near(near)) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, written(near)),
        None if elsewhere.is_empty() => found,
        None => found.help(format!("it is a column of {}, where no event of this class stands", listed(elsewhere))),
    }
}

/// It needs no backticks.
fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The vendor has another word for it now. `fix`: how a rule writes that.
pub fn renamed_value(at: Span, old: &str, column: &str, now: &str, fix: Option<String>) -> Diagnostic {
    let found = Diagnostic::new(Code::RenamedValue, format!("`{column}` says `{now}` now"), at, format!("`{old}` is its word from before"))
        .help(format!("write {}", quoted(now)));
    if let Some(fix) = fix { found.fix(at, fix) } else { found }
}

/// `values`: all that the vendor says occur.
pub fn no_such_value(at: Span, text: &str, column: &str, values: &[&str], near: Option<&str>, fix: Option<String>) -> Diagnostic {
    const FEW: usize = 12;
    let mut shown: Vec<&str> = Vec::new();
    for value in values {
        if !shown.contains(value) {
            shown.push(value);
        }
    }
    let more = if shown.len() > FEW { ", .." } else { "" };
    let found = Diagnostic::new(Code::NoSuchValue, format!("`{column}` is never `{text}`"), at, "not one of its values")
        .help(format!("its values are {}{more}", listed(&shown[..shown.len().min(FEW)])));
    match (near, fix) {
        (Some(near), Some(fix)) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, fix),
        (Some(near), None) => found.help(format!("did you mean `{near}`?")),
        (None, _) => found,
    }
}

/// `at` is the target's name in the clause; `others`: the targets that have the class.
pub fn class_not_there(at: Span, target: &str, class: &str, others: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::ClassNotThere, format!("`{target}` has no `{class}` events"), at, "nothing can be asked of it here");
    match others {
        [] => found.help("take the clause out: no target has events of this class"),
        others => found.help(format!("take the clause out; there are such events in {}", listed(others))),
    }
}

/// The vendor renamed it.
pub fn renamed_column(at: Span, old: &str, schema: &str, new: &str) -> Diagnostic {
    Diagnostic::new(Code::RenamedColumn, format!("`{old}` has another name in `{schema}` now"), at, "its name from before")
        .help(format!("it is `{new}`"))
        .fix(at, new)
}

pub fn predicate_as_value(at: Span, name: &str, place: Span) -> Diagnostic {
    Diagnostic::new(Code::LetOfOtherKind, format!("`{name}` is a condition, not a value"), at, "a value or a list belongs here")
        .label(place, "the condition")
        .help("a shared condition stands by itself, where a test may stand")
}

pub fn value_as_predicate(at: Span, name: &str, place: Span) -> Diagnostic {
    Diagnostic::new(Code::LetOfOtherKind, format!("`{name}` is a value, not a condition"), at, "a test belongs here")
        .label(place, "the value")
        .help(format!("compare a field with it, as in `name in {name}`"))
}

pub fn no_detect(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::NoDetect, format!("rule `{name}` detects nothing"), at, "it has no `detect`")
        .help("write `detect CLASS where ..`")
}

pub fn unknown_list_column(at: Span, column: &str, path: &str, near: Option<&str>, head: &[String]) -> Diagnostic {
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let found = Diagnostic::new(Code::UnknownListColumn, format!("`{path}` has no column `{column}`"), at, "not in its first line")
        .help(format!("its columns are {}", listed(&head)));
    match near {
        Some(near) => found.maybe_fix(at, format!("\"{near}\"")),
        None => found,
    }
}

pub fn unknown_function(at: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownFunction, format!("unknown function `{name}`"), at, "no such function");
    let found = found.help("the aggregates are `count`, `distinct`, `sum`, `min`, `max`, `avg`, `median`, `percentile` and `values`");
    match near {
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

pub fn unknown_type(at: Span, name: &str, near: Option<&str>, types: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownType, format!("unknown type `{name}`"), at, "no type");
    let found = found.help(format!("the types are {}", listed(types)));
    match near {
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

pub fn typed_predicate(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::TypedPredicate, format!("`{name}` is a condition and has no type"), at, "a type is for values")
        .help("leave the type out")
}

pub fn unknown_kind(at: Span, name: &str, near: Option<&str>, kinds: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownKind, format!("unknown word `{name}` after `is`"), at, "no kind of value");
    let found = found.help(format!("the words are {}; a value is compared with `==`", listed(kinds)));
    match near {
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

pub fn no_test(at: Span, field: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::NoTest, format!("`{field}` alone is no test"), at, format!("a field of type {ty}"))
        .help("only a bool stands alone; `exists` asks whether there is a value")
        .with_fix(Fix { certain: false, edits: vec![Edit { span: Span { start: at.end, ..at }, text: " exists".into() }] })
}

/// What may have been meant by an id that ATT&CK does not have.
pub enum MeantId {
    /// Of a sub-technique that is not: the technique it would be part of, and what stands in its place if that is revoked.
    Parent(Technique, Vec<Technique>),
    /// Techniques or tactics, each with its id and name, the nearest first.
    Near(Vec<(String, String)>),
}

pub fn unknown_attack_id(at: Span, id: &str, attack: &Attack, meant: &MeantId) -> Diagnostic {
    const FEW: usize = 3;
    let found = Diagnostic::new(Code::UnknownAttackId, format!("ATT&CK has no `{id}`"), at, format!("not in version {}", attack.version));
    let found = match meant {
        MeantId::Parent(parent, now) => {
            let found = match &now[..] {
                [only] if only.id == parent.id => found.help(format!("`{}` is \"{}\"", parent.id, parent.name)),
                _ => found.help(format!("`{}` \"{}\" is revoked; now {}", parent.id, parent.name, techniques(now))),
            };
            match &now[..] {
                [only] => found
                    .help(format!("`spoor schema {}` lists its sub-techniques", only.id))
                    .maybe_fix(at, only.id.as_ref())
                    .sigma_fix(at, tag(&only.id), false),
                _ => found,
            }
        }
        MeantId::Near(near) => {
            let shown: Vec<String> = near.iter().take(FEW).map(|(id, name)| format!("`{id}` \"{name}\"")).collect();
            match near.first() {
                Some((first, _)) => {
                    found.help(format!("did you mean {}?", shown.join(", "))).maybe_fix(at, first.as_str()).sigma_fix(at, tag(first), false)
                }
                None => found,
            }
        }
    };
    found.help("only the Enterprise matrix is known; an id of another one, or of your own, goes into a pack, under `attack`")
}

/// `T1059.001` "PowerShell", ..
pub(super) fn techniques(techniques: &[Technique]) -> String {
    techniques.iter().map(|technique| format!("`{}` \"{}\"", technique.id, technique.name)).collect::<Vec<_>>().join(", ")
}

/// A finding inside a shared condition: the place that uses it decides the class.
pub fn used_here(found: Diagnostic, used: Span, class: &str) -> Diagnostic {
    found.label(used, format!("used here, in `{class}`"))
}

pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
