//! Family 05: rules that are legal and yet not what was meant.

use std::net::IpAddr;

use super::names::{listed, techniques};
use super::sigma::{tag, yaml};
use super::values::quoted;
use super::{Code, Diagnostic, Edit, Fix};
use crate::schema::attack::Technique;
use crate::source::Span;

pub fn unused_let(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnusedLet, format!("`let {name}` is not used"), at, "nothing names it").help("use it, or take it out")
}

/// Of a column of a target's own. `fix`: how a rule writes the value that is near.
pub fn undocumented_value(at: Span, text: &str, column: &str, near: Option<&str>, fix: Option<String>) -> Diagnostic {
    let title = format!("the vendor names no `{text}` for `{column}`");
    let found = Diagnostic::new(Code::UndocumentedValue, title, at, "probably never there");
    match (near, fix) {
        (Some(near), Some(fix)) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, fix),
        (Some(near), None) => found.help(format!("did you mean `{near}`?")),
        (None, _) => found.help("vendors add values from time to time: if you have seen it, all is well"),
    }
}

/// `what`: what the name means besides.
pub fn let_hides(at: Span, name: &str, used: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::LetHides, format!("`let {name}` hides {what}"), at, "this is meant")
        .label(used, "here the name has two meanings")
        .help("give the `let` another name")
}

pub fn listed_twice(at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::ListedTwice, "the same value twice in a list", at, "again here")
        .label(first, "first here")
        .help("case counts nothing unless `cased` says so")
}

pub fn host_without_dot(at: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::HostWithoutDot, format!("`{text}` may be half of a host's name"), at, "a name without a domain")
        .help(format!("some products record full names: write one, or `starts_with \"{text}.\"` beside it"))
        .sigma(format!("some products record full names: write one, or `|startswith: '{text}.'` beside it"))
}

pub fn always_false(here: Span, because: Span) -> Diagnostic {
    never_true("these tests are never true together", here, "not with the other")
        .label(because, "the other")
        .help("a field has one value: of several that suffice write a list, `in [..]`, or join the tests with `or`")
        .sigma("a field has one value: of several that suffice write a list without `all`, or join the selections with `or`")
}

pub fn never_any_event(at: Span, class: &str) -> Diagnostic {
    never_true("this is never true", at, format!("no event of `{class}` can satisfy it"))
        .help("look for a test of `action` or `class` that rules out the others")
        .sigma_title("this is never true of the log source")
        .sigma("look for a field that says what happened, as `EventType`, and rules out the others")
}

fn never_true(fact: &str, at: Span, label: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::NeverTrue, fact, at, label)
}

pub fn always_true(here: Span, because: Span) -> Diagnostic {
    Diagnostic::new(Code::AlwaysTrue, "one of these is always true", here, "its opposite is allowed too")
        .label(because, "the other")
        .help("together they let every event through: `and` is probably meant")
}

/// `fix`: the literal stands in the test itself, so the operator can be replaced.
pub fn has_without_edge(at: Span, text: &str, op_at: Span, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::HasWithoutEdge, format!("`has` finds `{text}` anywhere"), at, "no letter or digit at its edges")
        .help("`has` bounds a word where its edge is a letter or digit; without one it is `contains`");
    if fix { found.maybe_fix(op_at, "contains") } else { found }
}

pub fn is_not_private(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::IsNotPrivate, format!("`{field}` may be missing, or an address of no network"), at, "true without an address")
        .help("loopback, link-local and multicast addresses are not private either: `is public` says what is probably meant")
        .maybe_fix(at, "is public")
}

pub fn literal_means_missing(at: Span, text: &str, schemas: &[&str]) -> Diagnostic {
    Diagnostic::new(
        Code::LiteralMeansMissing,
        format!("`{text}` may mean that there is no value"),
        at,
        "cannot be told from a missing value",
    )
    .help(format!("that is how {} writes it; `not exists` asks for it in every target", listed(schemas)))
    .sigma(format!("that is how {} writes it; `null` asks for it in every target", listed(schemas)))
}

/// `flag`: its own letters, where they stand in a regex that is more than the flag.
pub fn leading_case_flag(at: Span, flag: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::LeadingCaseFlag, "`(?i)` says nothing", flag.unwrap_or(at), "case is ignored anyway")
        .help("leave it out; `cased` respects case");
    match flag {
        Some(flag) => found.fix(flag, ""),
        None => found,
    }
}

/// `interpreted`: a script; else a library. `command_line`: the field that names it; `whole`: the test, if it can be written anew.
pub fn no_process_name(
    at: Span,
    text: &str,
    extension: &str,
    interpreted: bool,
    command_line: Option<&str>,
    whole: Option<Span>,
) -> Diagnostic {
    let why = if interpreted { "the process is its interpreter" } else { "a process loads it" };
    let found = Diagnostic::new(
        Code::NoProcessName,
        format!("no process is called `{text}`"),
        at,
        format!("`.{extension}` is run by another: {why}"),
    )
    .sigma(format!("look for it in the command line: `CommandLine|contains: {}`", yaml(text)));
    match command_line {
        Some(field) => {
            let meant = format!("{field} has {}", quoted(text));
            let found = found.help(format!("test the command line: `{meant}`"));
            if let Some(whole) = whole { found.maybe_fix(whole, meant) } else { found }
        }
        None => found,
    }
}

/// `meant`: the network without those bits.
pub fn bits_behind_the_prefix(at: Span, address: IpAddr, meant: &str, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::BitsBehindPrefix, format!("this is the network {meant}"), at, "bits behind the prefix count nothing")
        .help(format!("write {meant} for the network, {address} for the address alone"))
        .sigma_fix(at, meant, false);
    if fix { found.maybe_fix(at, meant) } else { found }
}

/// `op_at`: the operator, if `like` in its place says what is probably meant.
pub fn plain_star(at: Span, op: &str, op_at: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::PlainStar, "a `*` that is no wildcard", at, format!("`{op}` takes it as it stands"))
        .sigma("a `*` without a backslash before it is any run");
    match op_at {
        Some(op_at) => found.help("wildcards follow `like`; `contains`, `starts_with` and `ends_with` need none").maybe_fix(op_at, "like"),
        None => found.help("wildcards follow `like`; leave the star out behind `contains`, `starts_with` and `ends_with`"),
    }
}

/// `like "%x%"`
pub fn percent_in_like(at: Span, meant: &str, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::PlainStar, "a `%` that is no wildcard", at, "`like` takes it as it stands")
        .help("the wildcards of `like` are `*` for any run and `?` for one character")
        .sigma("the wildcards are `*` for any run and `?` for one character");
    if fix { found.maybe_fix(at, quoted(meant)) } else { found }
}

/// `host`: it is one; `test`: from the operator to the literal.
pub fn url_without_scheme(at: Span, text: &str, host: Option<&str>, test: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::UrlWithoutScheme, format!("`{text}` has no scheme"), at, "some products record `https://` before it")
        .help("`contains` finds it with and without a scheme")
        .sigma("`|contains` finds it with and without a scheme");
    match (host, test) {
        (Some(host), Some(test)) => {
            let meant = format!("under {}", quoted(host));
            found.help(format!("every URL of a host is `{meant}`")).maybe_fix(test, meant)
        }
        _ => found,
    }
}

/// `short`: as the regex has it; `full`: as the path has it.
pub fn hive_in_regex(at: Span, short: &str, full: &str) -> Diagnostic {
    Diagnostic::new(Code::HiveInRegex, format!("no path holds `{short}`"), at, "a hive by its short name")
        .help(format!("the path holds the hive in full: write `{full}`"))
}

pub fn numbered_control_set(at: Span, current: bool) -> Diagnostic {
    let label = if current { "read as `CurrentControlSet`" } else { "only where this set is recorded by its number" };
    Diagnostic::new(Code::NumberedControlSet, "a control set by its number", at, label)
        .help("write `CurrentControlSet`: it is `ControlSet001` where a product records the number")
}

/// `whole`: the whole of the data is asked for, so that the number is meant.
pub fn number_as_product_text(at: Span, text: &str, number: i64, whole: bool, fix: bool) -> Diagnostic {
    let label = if whole { "read as the number, however a product writes it" } else { "never found: a number is compared as its digits" };
    let found = Diagnostic::new(Code::NumberAsProductText, format!("`{text}` is how one product writes {number}"), at, label);
    let found = found.sigma(format!("write the number: {number}"));
    let found = found.help(if whole { format!("write the number: {number}") } else { format!("ask for the number: `== {number}`") });
    if fix && whole { found.fix(at, number.to_string()) } else { found }
}

pub fn empty_list_file(at: Span, path: &str) -> Diagnostic {
    Diagnostic::new(Code::EmptyListFile, format!("`{path}` lists nothing"), at, "a test with it is never true")
}

pub fn inequality_between_steps(at: Span) -> Diagnostic {
    Diagnostic::new(Code::StepInequality, "an inequality between steps", at, "true also where one of the two is missing")
        .help("ask that both `exists`, each in its step")
        .sigma("ask in each rule that its field is there: `|exists: true`")
}

pub fn test_name_twice(at: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::TestNameTwice, format!("two tests are called `{name}`"), at, "again here")
        .label(first, "first here")
        .help("a test is reported by its name: give one of them another")
}

pub fn key_twice(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::KeyTwice, format!("`{field}` is a key twice"), at, "again here").help("leave it out")
}

pub fn field_with_itself(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldWithItself, format!("`{field}` is compared with itself"), at, "says only that there is a value")
        .help("write `exists`")
        .sigma_title("a field compared with itself")
        .sigma("write `|exists: true`")
}

/// `now`: the techniques that stand in its place.
pub fn revoked_technique(at: Span, technique: &Technique, now: &[Technique]) -> Diagnostic {
    let label = if now.is_empty() { "what stood in its place is gone too".to_owned() } else { format!("now {}", techniques(now)) };
    let found = Diagnostic::new(Code::RevokedTechnique, format!("`{}` \"{}\" is revoked", technique.id, technique.name), at, label);
    match now {
        [only] => found
            .help(format!("write `{}`: coverage is counted by the ids that stand", only.id))
            .fix(at, only.id.as_ref())
            .sigma(format!("write `{}`: coverage is counted by the ids that stand", tag(&only.id)))
            .sigma_fix(at, tag(&only.id), true),
        [] => found.help("name the technique that covers it today, or leave it out"),
        _ => found.help("write the one that the rule is about"),
    }
}

pub fn deprecated_technique(at: Span, technique: &Technique) -> Diagnostic {
    let title = format!("`{}` \"{}\" is deprecated", technique.id, technique.name);
    Diagnostic::new(Code::DeprecatedTechnique, title, at, "nothing stands in its place")
        .help("name the technique that covers it today, or leave it out")
}

/// `gap`: from the end of the entry before to this one, in which a comma stands and, where it is `certain`, nothing that could be missed.
pub fn id_listed_twice(at: Span, id: &str, first: Span, gap: Span, certain: bool) -> Diagnostic {
    Diagnostic::new(Code::ListedTwice, format!("`{id}` stands twice in the list"), at, "again here")
        .label(first, "first here")
        .help("leave one of them out")
        .with_fix(Fix { certain, edits: vec![Edit { span: Span { end: at.end, ..gap }, text: String::new() }] })
}
