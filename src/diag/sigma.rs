//! Family 07: rules of Sigma.

use super::{Code, Diagnostic};
use crate::source::Span;

/// `wanted`: what belongs there.
pub fn shape(at: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, "a shape that Sigma does not have", at, format!("{wanted} belongs here"))
        .help("`spoor explain E0701` shows a whole rule")
}

pub fn missing_key(at: Span, key: &str) -> Diagnostic {
    let help = match key {
        "title" => "give it a title, `title: What it finds`",
        "condition" => "say what must hold, `condition: selection and not filter`",
        "detection" => "say what it finds, under `detection`",
        "logsource" => "say where to look, `logsource: {category: process_creation, product: windows}`",
        "rules" => "name the rules that it is about, by `name` or `id`",
        "type" => "say what kind it is, `type: event_count`",
        "timespan" => "say how long it looks, `timespan: 5m`",
        _ => "name at least one of `category`, `product` and `service`",
    };
    Diagnostic::new(Code::SigmaMissingKey, format!("`{key}` is missing"), at, format!("needs `{key}`")).help(help)
}

pub fn unknown_key(at: Span, key: &str, near: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaUnknownKey, format!("unknown key `{key}`"), at, "no key of Sigma")
        .help(format!("did you mean `{near}`?"))
        .maybe_fix(at, near)
}

/// Of a part in which only these keys mean something.
pub fn unknown_part(at: Span, key: &str, known: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, format!("unknown key `{key}`"), at, "means nothing here")
        .help(format!("the keys are {}", super::names::listed(known)))
}

pub fn duplicate_key(at: Span, key: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::SigmaDuplicateKey, format!("the key `{key}` stands twice"), at, "a second time")
        .label(first, "here first")
        .help("YAML keeps one of them: give one another name, or put both into a list of mappings")
}

pub fn unknown_modifier(at: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownModifier, format!("unknown modifier `{name}`"), at, "no modifier of Sigma");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help("the usual ones are `contains`, `startswith`, `endswith`, `all`, `re`, `cidr`, `windash`, `exists`, `cased`"),
    }
}

/// `why`: what it would need.
pub fn modifier_misfit(at: Span, name: &str, why: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::ModifierMisfit, format!("`{name}` does not fit here"), at, why).help(help)
}

pub fn two_modifiers(at: Span, name: &str, first_at: Span, first: &str) -> Diagnostic {
    Diagnostic::new(Code::ModifierMisfit, format!("`{name}` does not fit to `{first}`"), at, "says how to compare, or what, once more")
        .label(first_at, "says so already")
        .help("keep one of them")
}

pub fn value_misfit(at: Span, modifier: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::ModifierMisfit, format!("`{modifier}` takes {wanted}"), at, format!("not {wanted}"))
        .help(format!("write {wanted}"))
}

pub fn part_of_time(at: Span, name: &str) -> Diagnostic {
    let label = "a part of a time, and Sigma does not say in which time zone";
    Diagnostic::new(Code::UnsupportedModifier, format!("`{name}` cannot be carried"), at, label)
        .help("leave it out, and let the schedule of the rule say when it runs")
}

/// Of a text of bytes that no text has.
pub fn byte_order_mark(at: Span) -> Diagnostic {
    modifier_misfit(
        at,
        "utf16",
        "its byte order mark is no text",
        "write `|utf16|base64offset|contains`, or `wide` for the letters without the mark",
    )
}

pub fn unknown_selection(at: Span, name: &str, pattern: bool, near: Option<&str>, known: &[&str]) -> Diagnostic {
    let label = if pattern { "no selection has such a name" } else { "no selection of this name" };
    let found = Diagnostic::new(Code::UnknownSelection, format!("unknown selection `{name}`"), at, label);
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help(format!("the rule has {}", super::names::listed(known))),
    }
}

pub fn too_few(at: Span, asked: u64, there: usize) -> Diagnostic {
    Diagnostic::new(Code::UnknownSelection, format!("{asked} of {there}"), at, "asks for more selections than there are")
        .help("so it never holds: ask for fewer, or mend the name")
}

pub fn unused_selection(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnusedSelection, format!("`{name}` is not used"), at, "no condition names it")
        .help("name it in the condition, or take it out")
}

pub fn condition(at: Span, title: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::BadCondition, title, at, "not a condition").help(help)
}

pub fn pipe(at: Span) -> Diagnostic {
    Diagnostic::new(Code::BadCondition, "an aggregation in a condition", at, "Sigma has no such form any more")
        .help("write a correlation rule, `correlation: {type: event_count, ..}`, beside this one")
}

pub fn action(at: Span) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, "`action` has no meaning in a rule", at, "of a form that Sigma has left behind")
        .help("write out in each document what `action: global` gave to all of them")
}

pub fn taxonomy(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaMeta, format!("fields of the taxonomy `{name}`"), at, "read by the names that the log source has")
        .help("say in `spoor.yaml`, under `sigma`, `sources`, which fields it has")
}

pub fn timeframe(at: Span) -> Diagnostic {
    Diagnostic::new(Code::SigmaUnknownKey, "`timeframe` has no meaning in a rule", at, "of a form that Sigma has left behind")
        .help("write a correlation rule with `timespan`, beside this one")
}

pub fn unknown_log_source(at: Span, name: &str, near: Option<(&str, Span)>) -> Diagnostic {
    match near {
        Some((near, part)) => Diagnostic::new(Code::UnknownLogSource, format!("unknown log source `{name}`"), part, "no such log source")
            .help(format!("did you mean `{near}`?"))
            .maybe_fix(part, near),
        None => {
            Diagnostic::new(Code::UnlistedLogSource, format!("no pack lists the log source `{name}`"), at, "taken for records of any log")
                .help("say in `spoor.yaml`, under `sigma`, `sources`, which class and which fields it has")
        }
    }
}

pub fn unknown_field(at: Span, name: &str, source: &str, near: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownSigmaField, format!("unknown field `{name}`"), at, format!("`{source}` has no such field"))
        .help(format!("did you mean `{near}`?"))
        .maybe_fix(at, near)
}

/// `why`: what its class does not carry.
pub fn read_as_record(at: Span, class: &str, why: &str, record: &str) -> Diagnostic {
    Diagnostic::new(Code::ReadAsRecord, format!("read as `{record}`, not as `{class}`"), at, why)
        .help("so the matcher and `splunk-raw` take it, and targets without records of logs refuse it")
}

/// Of a value that no class carries.
pub fn no_value(at: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaValue, "a value that cannot be compared", at, why).help("write it as the log has it")
}

pub fn empty_selection(at: Span) -> Diagnostic {
    Diagnostic::new(Code::EmptyDetection, "an empty selection", at, "nothing is asked for")
        .help("a selection has one field at least, or it goes")
}

pub fn empty_detection(at: Span) -> Diagnostic {
    Diagnostic::new(Code::EmptyDetection, "a detection without selections", at, "nothing is asked for")
        .help("name what to look for, `selection: {Image|endswith: '\\\\x.exe'}`")
}

pub fn placeholder(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::PlaceholderWithoutValues, format!("no values for `%{name}%`"), at, "a placeholder")
        .help(format!("give them in `spoor.yaml`: `sigma: {{placeholders: {{{name}: [..]}}}}`"))
}

/// `wanted`: what the key takes.
pub fn meta(at: Span, key: &str, wanted: &str, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::SigmaMeta, format!("`{key}` takes {wanted}"), at, "something else");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help(format!("write {wanted}, or leave it out")),
    }
}

/// `why`: what it asks for.
pub fn correlation(at: Span, what: &str, why: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::UnsupportedCorrelation, format!("`{what}` cannot be carried"), at, why).help(help)
}

pub fn unknown_correlation(at: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnsupportedCorrelation, format!("unknown kind of correlation `{name}`"), at, "no kind of Sigma");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help("the kinds are `event_count`, `value_count`, `value_sum`, `value_avg`, `temporal` and `temporal_ordered`"),
    }
}

pub fn chained_correlation(at: Span, name: &str) -> Diagnostic {
    let why = "a correlation: what it finds is no event, and the language counts and links events alone";
    correlation(at, name, why, "name the rules that it is about, in one correlation or in two")
}

/// Of a condition over the rules of a correlation. `why`: what it asks for.
pub fn correlated(at: Span, what: &str, why: &str) -> Diagnostic {
    correlation(at, what, why, "write `a and b` where all are needed, `a or b` or `2 of them` where some are enough")
}

pub fn unknown_rule(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownSigmaRule, format!("unknown rule `{name}`"), at, "no rule of this name or id is read in this run")
        .help("hand its file over too, or mend the name")
}

pub fn filter_of_nothing(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::FilterOfNothing, format!("no rule `{name}` to filter"), at, "no rule of this name or id is read in this run")
        .help("hand its file over too, or mend the name")
}

pub fn no_group_field(at: Span, name: &str, rule: &str) -> Diagnostic {
    Diagnostic::new(
        Code::NoGroupField,
        format!("`{name}` is no field to group by"),
        at,
        format!("the events of `{rule}` have no single such field"),
    )
    .help("name a field of the events that all the rules find")
}

pub fn part_of_correlation(at: Span) -> Diagnostic {
    Diagnostic::new(Code::PartOfCorrelation, "a rule that is only a part of a correlation", at, "gives no query of its own")
        .help("`generate: true` in the correlation lets it stand for itself too")
}

pub fn windows(at: Span, timespan: &str) -> Diagnostic {
    Diagnostic::new(
        Code::FixedWindows,
        format!("counted in windows of {timespan} that follow each other"),
        at,
        "Sigma asks for any window of this length",
    )
    .help("events on both sides of an edge count apart: lower the count, if few of them would do")
}

pub fn wildcard_in_regex(at: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WildcardInRegex,
        "a regular expression that looks like a pattern with wildcards",
        at,
        "here `*` repeats what stands before it",
    )
    .help("write `.*` for any run, or leave out `re`")
}

pub fn regex_in_text(at: Span) -> Diagnostic {
    Diagnostic::new(Code::RegexInText, "a text that looks like a regular expression", at, "compared letter by letter")
        .help("add the modifier `re`, or write `*` for any run")
}
