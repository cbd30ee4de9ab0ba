//! Family 06, last part: briefs, and the templates of pages.
//!
//! In: what reading a brief, or filling a template, gave. Out: the finding, at its place in the brief or the template.

use super::names::listed;
use super::{Code, Diagnostic};
use crate::source::Span;

/// `wanted`: what belongs there.
pub fn shape(at: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::BriefShape, "a shape that briefs do not have", at, format!("{wanted} belongs here"))
}

/// A brief without a key that it needs.
pub fn missing_key(at: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::BriefShape, format!("a brief has a `{key}`"), at, "none is in this one").help(match key {
        "rules" => "`rules: [NAME]` names the rules of the brief, by their names or ids",
        _ => "`title: TEXT` is the heading of the page",
    })
}

/// `what`: `keys`, or `kinds of indicators`.
pub fn unknown_key(at: Span, key: &str, near: Option<&str>, what: &str, known: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::BriefUnknownKey, format!("`{key}` is none of the {what} of a brief"), at, "unknown");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help(format!("the {what} are {}", listed(known))),
    }
}

pub const LEVELS: &str = "one of informational, low, medium, high and critical";

/// What an entry of `attack` is.
pub fn technique_of(version: &str) -> String {
    format!("a technique of ATT&CK {version}, as in `T1059.006`")
}

/// A text that its key cannot take.
pub fn value(at: Span, text: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::BriefValue, format!("`{text}` is no value of this key"), at, "here").help(format!("it is {wanted}"))
}

/// A rule that a brief asks for and that the run does not have; `is_wrong`: it is there, with an error.
pub fn no_such_rule(at: Span, name: &str, near: Option<&str>, is_wrong: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::BriefRule, format!("no rule `{name}` for this brief"), at, "asked for here");
    match (is_wrong, near) {
        (true, _) => found.help("the rule has an error, which is told above: mend it first"),
        (false, Some(near)) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        (false, None) => {
            found.help("a brief names rules of the project, or of the paths that the command was given, by their names or ids")
        }
    }
}

/// `--technique`, of what ATT&CK does not have, or has no more.
pub fn no_such_technique(id: &str, version: &str, now: &[String]) -> String {
    match now {
        [] => format!("`{id}` is no technique of ATT&CK {version}"),
        now => format!("`{id}` is revoked in ATT&CK {version}: ask for {}", listed(&now.iter().map(String::as_str).collect::<Vec<_>>())),
    }
}

/// What a template cannot do; `what` is the engine's word for it.
pub fn template(at: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::TemplateFault, "a template that cannot be used", at, what.to_owned())
        .help("docs/pages.md lists what a template is given")
}

/// Rules of a project that stand in no brief of it.
pub fn in_no_brief(names: &[&str]) -> String {
    let noun = if names.len() == 1 { "1 rule is" } else { &format!("{} rules are", names.len()) };
    format!("{noun} in no brief, so on no page: {}", names.join(", "))
}
