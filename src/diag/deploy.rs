//! Family 04, last part: what a form of deployment makes of a rule.
//!
//! In: the form, and what stands against it. Out: the finding; and the words in which files of deployment, and what is told beside them, are written.

use super::targets::At;
use super::{Code, Diagnostic};

/// A rule that has a query, and that the form cannot have. `why`: the fact; `help`: what to do.
pub fn refused(at: At, form: &str, why: &str, help: &str) -> Diagnostic {
    Diagnostic::new(
        Code::FormRefuses,
        format!("`--format {form}` cannot carry the rule for `{}`: {why}", at.target),
        at.span,
        "has no such form",
    )
    .help(help)
}

/// Another rule whose name gives the name of the same file.
pub fn twin(other: &str) -> (String, &'static str) {
    (
        format!("the name of its file is that of `{other}` too"),
        "give one of the two a name that differs in more than its case, its blanks and its signs",
    )
}

/// `left`: each thing that the form has no place for, with the rules that state it.
pub fn left(form: &str, left: &[(String, Vec<&str>)]) -> String {
    let one = |(what, rules): &(String, Vec<&str>)| match rules.as_slice() {
        [rule] => format!("{what} ({rule})"),
        [one, other] => format!("{what} ({one}, {other})"),
        rules => format!("{what} ({} rules)", rules.len()),
    };
    format!("`--format {form}` has no place for: {}", left.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// `keys`: of `deploy` in `spoor.yaml`.
pub fn left_settings(form: &str, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!("`--format {form}` has no place for what `deploy` says of {}", keys.join(", "))
}

/// `--target` and a form of another product.
pub fn other_target(form: &str, target: &str, known: &[&str]) -> String {
    format!("`--format {form}` is for {}, and `{target}` was named", known.join(" and "))
}

/// Two rules of one id.
pub fn one_id(one: &str, other: &str, id: &str) -> String {
    format!("{one} and {other} have one id, {id}: where both are deployed, the later takes the place of the other")
}

/// Two queries of a rule, in two files of one id.
pub fn one_id_of_two(rule: &str, targets: [&str; 2], id: &str) -> String {
    format!("{rule} has one id, {id}, for {}: name one target, or deploy each to a place of its own", targets.join(" and "))
}

/// Two rules of one name in a product that tells them by it.
pub fn one_name(one: &str, other: &str, name: &str) -> String {
    format!("{one} and {other} have one name there, `{name}`: a product that tells them by it takes one of the two")
}

/// A purpose that a form does not have.
pub fn other_purpose(form: &str, purpose: &str) -> String {
    format!("`--format {form}` runs on a schedule: `--for {purpose}` is not for it")
}

/// What is left where a text is longer than a product takes.
pub fn too_long(what: &str, most: usize) -> String {
    format!("what its {what} has beyond {most} characters")
}

pub const NO_ENTITY: &str = "whom a match is about: no column of the query says it";

pub const SUB_TECHNIQUES: &str = "sub-techniques, of which the techniques are named";

/// `found`: the version as the rule has it.
pub fn version_form(found: &str, instead: &str) -> String {
    format!("the version `{found}`, for which `{instead}` stands")
}

/// `since`: the version of ATT&CK that brought it.
pub fn newer_technique(id: &str, since: &str, instead: Option<&str>) -> String {
    match instead {
        Some(instead) => format!("{id}, which ATT&CK {since} brought and {instead} stands for"),
        None => format!("{id}, which ATT&CK {since} brought"),
    }
}

/// What stands where an array of a service has an end.
pub fn beyond_entities(most: usize) -> String {
    format!("entities beyond the first {most}")
}

/// The schedule that was asked for is none of the product's.
pub fn other_schedule(wanted: &str, used: &str) -> String {
    format!("a run every {wanted}: it runs every {used}")
}

/// Why the schedule of the project is none for a rule, and what would be one.
pub fn too_often(wanted: &str, instead: &str) -> String {
    format!(
        "`deploy: {{schedule: {wanted}}}` in `spoor.yaml` runs it too often for how far it must look back; `schedule: {instead}` would do"
    )
}

pub const RUN_LESS: &str = "over 2d or more a rule runs each hour at most: write that, or ask for a shorter window";

/// What schedule a search needs where its form names none.
pub fn own_schedule(every: &str, earliest: &str, latest: &str) -> String {
    format!(" A rule over several events must see them in one run: run it every {every}, from `{earliest}` to `{latest}`.")
}

pub const DOLLARS: &str = "`$` in titles and descriptions, with which Splunk begins a token: `\u{ff04}` stands for it";

pub const BRACES: &str =
    "two braces in title and description, with which Defender begins a column's name: `\u{ff5b}\u{ff5b}` stands for them";

pub const SHORT_NAME: &str = "its whole name, of which the end is cut";

pub const NOT_A_LINK: &str = "references that are no links";

pub const PARENT_BESIDE_SUB: &str = "techniques of which a sub-technique is named too";

pub const NO_DATE: &str = "a date that nobody states (`date` in `deploy`): 1970-01-01 stands for it";

/// What a search needs, for those who install it.
pub fn how_to_implement(sources: &[&str], told: &[String], assumptions: &[String], schedule: Option<String>) -> String {
    let mut text =
        format!("The search reads {}. Its events must be there, and the fields that the search names filled.", sources.join(", "));
    if !told.is_empty() {
        text.push_str(&format!(" Compared with the rule it was written from: {}.", told.join("; ")));
    }
    if !assumptions.is_empty() {
        text.push_str(&format!(" It takes for granted: {}.", assumptions.join("; ")));
    }
    text + &schedule.unwrap_or_default()
}

pub const NO_FALSE_POSITIVES: &str = "The rule names none.";

pub const MADE: &str = "Written by Spoor from its rules: a change here is lost with the next build.";

/// What a story that stands for the rules of a project says.
pub fn story(label: &str) -> String {
    format!("The detections of {label}.")
}

/// The page of an app, for those who open its folder.
pub fn readme(label: &str, description: &str, rules: &[Vec<String>]) -> String {
    let rule = |told: &Vec<String>| {
        told.iter().enumerate().map(|(at, line)| format!("{}- {line}\n", if at == 0 { "" } else { "  " })).collect::<String>()
    };
    format!(
        "# {label}\n\n{description}.\n\n{MADE}\n\nEach search says how faithful it is to its rule, and why where it is not exact:\n\n{}",
        rules.iter().map(rule).collect::<String>()
    )
}

pub const FILTER: &str = "What the site leaves out of the matches of this rule; as it stands, nothing.";

pub const CTIME: &str = "A time that can be read.";

pub const SUMMARIES: &str = "Which events tstats reads, and what stands for a missing value.";

pub const PRUNE_NOTHING: &str = "`--prune` removes files from the folder that `-o`, or the project's `output`, names; there is none";
