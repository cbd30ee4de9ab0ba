//! Family 07: rules of Sigma.

use super::{Code, Diagnostic};
use crate::source::Span;

/// The name that is nearest, and whether it is sure to be meant.
pub type Near<'n> = Option<(&'n str, bool)>;

/// Of a name that stands at `at`.
fn did_you_mean(found: Diagnostic, at: Span, (near, sure): (&str, bool)) -> Diagnostic {
    let found = found.help(format!("did you mean `{near}`?"));
    if is_word(near) { found.suggest(at, near, sure) } else { found }
}

/// Whether it is itself wherever it stands: in a scalar with quotes or without, between brackets, and in a condition.
fn is_word(text: &str) -> bool {
    let inner = |letter: char| letter.is_alphanumeric() || "_-./|* ".contains(letter);
    text.starts_with(|first: char| first.is_alphanumeric() || first == '_') && text.chars().all(inner) && !text.ends_with(' ')
}

/// A text as a scalar of YAML: quoted so that a backslash is itself.
pub(super) fn yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `T1059.001` as a tag.
pub(super) fn tag(id: &str) -> String {
    format!("attack.{}", id.to_ascii_lowercase())
}

/// `wanted`: what belongs there.
pub fn shape(at: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, "a shape that Sigma does not have", at, format!("{wanted} belongs here"))
        .help("`spoor explain E0701` shows a whole rule")
}

pub fn nothing_behind(at: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, format!("`{key}` without a value"), at, "nothing stands behind it")
        .help("`spoor explain E0701` shows a whole rule")
}

/// It stands there, misspelt.
pub fn misspelt_key(at: Span, key: &str, written: &str, sure: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SigmaMissingKey, format!("`{key}` is missing"), at, format!("`{written}` is no key of Sigma"));
    did_you_mean(found, at, (key, sure))
}

pub fn missing_key(at: Span, key: &str) -> Diagnostic {
    let help = match key {
        "title" => "give it a title, `title: What it finds`",
        "condition" => "say what must hold, `condition: selection and not filter`",
        "detection" => "say what it finds, under `detection`",
        "logsource" => "say where to look, `logsource: {category: process_creation, product: windows}`",
        "rules" => "name the rules that it is about, by `name` or `id`",
        "type" => "say what kind it is, `type: event_count`",
        "field" => "say under `condition` of which field: `condition: {field: FileSize, gte: 100}`",
        "percentile" => "say under `condition` which one: `condition: {field: FileSize, percentile: 95, gte: 100}`",
        "timespan" => "say how long it looks, `timespan: 5m`",
        _ => "name at least one of `category`, `product` and `service`",
    };
    Diagnostic::new(Code::SigmaMissingKey, format!("`{key}` is missing"), at, format!("needs `{key}`")).help(help)
}

pub fn unknown_key(at: Span, key: &str, near: (&str, bool)) -> Diagnostic {
    did_you_mean(Diagnostic::new(Code::SigmaUnknownKey, format!("unknown key `{key}`"), at, "no key of Sigma"), at, near)
}

/// Of a part in which only these keys mean something.
pub fn unknown_part(at: Span, key: &str, known: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, format!("unknown key `{key}`"), at, "means nothing here")
        .help(format!("the keys are {}", super::names::listed(known)))
}

pub fn percentile_of_nothing(at: Span, kind: &str) -> Diagnostic {
    Diagnostic::new(Code::SigmaShape, "a percentile that nothing asks for", at, format!("`{kind}` takes none"))
        .help("take it out, or ask for it with `type: value_percentile`")
}

pub fn duplicate_key(at: Span, key: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::SigmaDuplicateKey, format!("the key `{key}` stands twice"), at, "a second time")
        .label(first, "here first")
        .help("YAML keeps one of them: give one another name, or put both into a list of mappings")
}

pub fn unknown_modifier(at: Span, name: &str, near: Near<'_>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnknownModifier, format!("unknown modifier `{name}`"), at, "no modifier of Sigma");
    match near {
        Some(near) => did_you_mean(found, at, near),
        None if name == "not" => found.help("`not` stands in the condition, before the name of a selection; `neq` asks for another value"),
        None => found.help("the usual ones are `contains`, `startswith`, `endswith`, `all`, `re`, `cidr`, `windash`, `exists`, `cased`"),
    }
}

/// `Image | endswith`. `part`: the name or modifier without them.
pub fn blanks_in_key(at: Span, part: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownModifier, "blanks beside a `|`", at, "the blanks are letters of the name")
        .help(format!("write `{part}` without them"))
        .fix(at, part)
}

pub fn empty_modifier(at: Span) -> Diagnostic {
    Diagnostic::new(Code::UnknownModifier, "a `|` without a modifier", at, "nothing stands behind it")
        .help("write a modifier, as `|contains`, or leave the `|` out")
}

/// `base64offset` compares with a part of a longer text only.
pub fn needs_contains(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ModifierMisfit, "`base64offset` without `contains`", at, "gives parts of a longer text, never a whole one")
        .help("write `|base64offset|contains`")
        .suggest(at, "base64offset|contains", false)
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

/// `is_text`: a log keeps a text there, which may be a time or not.
pub fn no_part_of_time(at: Span, name: &str, field: &str, is_text: bool) -> Diagnostic {
    let label = if is_text {
        format!("`{field}` is kept as a text, and no log says in which form and time zone")
    } else {
        format!("`{field}` is no time")
    };
    Diagnostic::new(Code::UnsupportedModifier, format!("`{name}` cannot be carried"), at, label)
        .help(format!("the time of the event has parts: write `timestamp|{name}`, or `UtcTime|{name}`"))
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

pub fn unknown_selection(at: Span, name: &str, pattern: bool, near: Near<'_>, known: &[&str]) -> Diagnostic {
    let label = if pattern { "no selection has such a name" } else { "no selection of this name" };
    let found = Diagnostic::new(Code::UnknownSelection, format!("unknown selection `{name}`"), at, label);
    match near {
        Some(near) => did_you_mean(found, at, near),
        None => found.help(format!("the rule has {}", super::names::listed(known))),
    }
}

/// `selection_*` alone.
pub fn pattern_alone(at: Span, pattern: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownSelection, format!("`{pattern}` alone names no selection"), at, "a pattern of names")
        .help(format!("write `1 of {pattern}` for any of them, `all of {pattern}` for each"))
}

pub fn too_few(at: Span, asked: u64, there: usize) -> Diagnostic {
    Diagnostic::new(Code::UnknownSelection, format!("{asked} of {there}"), at, "asks for more selections than there are")
        .help("so it never holds: ask for fewer, or mend the name")
}

pub fn too_many_values(at: Span, most: usize) -> Diagnostic {
    super::values::rule_too_large(at, most).in_sigma()
}

pub fn unused_selection(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnusedSelection, format!("`{name}` is not used"), at, "no condition names it")
        .help("name it in the condition, or take it out")
}

pub fn condition(at: Span, title: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::BadCondition, title, at, "not a condition").help(help)
}

/// A sign of another language for a word.
pub fn sign(at: Span, sign: &str, word: &str) -> Diagnostic {
    Diagnostic::new(Code::BadCondition, format!("`{sign}` has no meaning in a condition"), at, "a sign of another language")
        .help(format!("write `{}`", word.trim_end()))
        .fix(at, word)
}

/// `all selection_*`, `one of them`
pub fn quantity(at: Span, written: &str, meant: &str) -> Diagnostic {
    Diagnostic::new(Code::BadCondition, format!("`{written}` is no quantity"), at, "not a condition")
        .help(format!("write `{meant}`"))
        .fix(at, meant)
}

pub fn pipe(at: Span) -> Diagnostic {
    Diagnostic::new(Code::BadCondition, "an aggregation in a condition", at, "Sigma has no such form any more")
        .help("write a correlation rule, `correlation: {type: event_count, ..}`, beside this one")
}

/// `action: global`
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

/// `near`: the part that is misspelt, and what it should be.
pub fn unknown_log_source(at: Span, name: &str, near: Option<(Span, (&str, bool))>) -> Diagnostic {
    match near {
        Some((part, near)) => {
            let found = Diagnostic::new(Code::UnknownLogSource, format!("unknown log source `{name}`"), part, "no such log source");
            did_you_mean(found, part, near)
        }
        None => {
            Diagnostic::new(Code::UnlistedLogSource, format!("no pack lists the log source `{name}`"), at, "taken for records of any log")
                .help("say in `spoor.yaml`, under `sigma`, `sources`, which class and which fields it has")
        }
    }
}

pub fn unknown_field(at: Span, name: &str, source: &str, near: (&str, bool)) -> Diagnostic {
    let label = format!("`{source}` has no such field");
    did_you_mean(Diagnostic::new(Code::UnknownSigmaField, format!("unknown field `{name}`"), at, label), at, near)
}

pub fn nearly_a_field(at: Span, name: &str, near: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::NearlyAField, format!("no known event of the log has `{name}`"), at, "looked for as it stands");
    did_you_mean(found, at, (near, false))
}

/// `DestinationIp: 10.0.0.0/8`; `modifiers`: where the field's name ends.
pub fn network_as_value(at: Span, name: &str, modifiers: Span) -> Diagnostic {
    Diagnostic::new(Code::NeverThatValue, format!("`{name}` is never a network"), at, "a set of addresses")
        .help(format!("write `{name}|cidr`"))
        .suggest(modifiers, "|cidr", true)
}

/// `wanted`: what values of the field are.
pub fn never_that_value(at: Span, name: &str, wanted: &str, near: Near<'_>) -> Diagnostic {
    let found = Diagnostic::new(Code::NeverThatValue, format!("`{name}` never has this value"), at, format!("not {wanted}"));
    match near {
        Some(near) => did_you_mean(found, at, near),
        None => found.help(format!("a value of `{name}` is {wanted}: so no event would be found")),
    }
}

/// `why`: what its class does not carry.
pub fn read_as_record(at: Span, class: &str, why: &str, record: &str) -> Diagnostic {
    Diagnostic::new(Code::ReadAsRecord, format!("read as `{record}`, not as `{class}`"), at, why)
        .help("so the matcher and `splunk-raw` take it, and targets without records of logs refuse it")
}

/// Of a value that no class carries. `record`: why records of a log do not carry it either.
pub fn no_value(at: Span, why: &str, record: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::SigmaValue, "a value that cannot be compared", at, why);
    match record {
        Some(record) => {
            found.help(format!("nor can it as a record of the log: {record}")).help("ask for it in another way, as by another modifier")
        }
        None => found.help("write it as the log has it"),
    }
}

/// `Image|endswith '\\x.exe'`, in which the colon is forgotten.
pub fn field_as_keyword(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldAsKeyword, "a keyword that looks like a field", at, "looked for letter by letter, anywhere in the event")
        .help(format!("a colon and a blank make a field of it: `{field}: ..`"))
}

pub fn empty_keyword(at: Span) -> Diagnostic {
    Diagnostic::new(Code::EmptyDetection, "an empty keyword", at, "stands in every event").help("write a word, or take it out")
}

/// A category stands for the events of every service that has them.
pub fn service_not_asked(at: Span, service: &str, category: &str) -> Diagnostic {
    let title = format!("`{category}` is not restricted to the service `{service}`");
    Diagnostic::new(Code::LogSourceNote, title, at, "events of the category from other logs are found too")
        .help("name the service without the category, and ask for the numbers of its events")
}

/// `note`: the pack's own words, without a full stop.
pub fn log_source_note(at: Span, class: &str, note: &str) -> Diagnostic {
    Diagnostic::new(Code::LogSourceNote, format!("read as `{class}`, which is not quite the same"), at, note)
        .help("`spoor import` shows the rule; there `action in [..]` can ask for more")
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
pub fn meta(at: Span, key: &str, wanted: &str, near: Near<'_>) -> Diagnostic {
    let found = Diagnostic::new(Code::SigmaMeta, format!("`{key}` takes {wanted}"), at, "something else");
    match near {
        Some(near) => did_you_mean(found, at, near),
        None => found.help(format!("write {wanted}, or leave it out")),
    }
}

/// `why`: what it asks for.
pub fn correlation(at: Span, what: &str, why: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::UnsupportedCorrelation, format!("`{what}` cannot be carried"), at, why).help(help)
}

/// What is wrong with a tag.
#[derive(Clone, Copy, Debug)]
pub enum TagFault {
    /// Nothing of ATT&CK has the form of its name.
    Name,
    /// These there are.
    Namespace(&'static [&'static str]),
    NoNamespace,
}

pub fn unknown_tag(at: Span, tag: &str, fault: TagFault, near: Near<'_>) -> Diagnostic {
    let found = Diagnostic::new(Code::SigmaMeta, format!("unknown tag `{tag}`"), at, "no tag of Sigma's");
    match near {
        Some(near) => did_you_mean(found, at, near),
        None => found.help(match fault {
            TagFault::Name => {
                "a tag of ATT&CK is a technique, a tactic, a group or software: `attack.t1059.001`, `attack.execution`, `attack.g0007`"
                    .to_owned()
            }
            TagFault::Namespace(known) => format!("the namespaces are `{}`", known.join("`, `")),
            TagFault::NoNamespace => "a tag is a namespace, a dot and a name: `attack.execution`".to_owned(),
        }),
    }
}

pub fn unknown_correlation(at: Span, name: &str, near: Near<'_>) -> Diagnostic {
    let found = Diagnostic::new(Code::UnsupportedCorrelation, format!("unknown kind of correlation `{name}`"), at, "no kind of Sigma");
    match near {
        Some(near) => did_you_mean(found, at, near),
        None => found.help("the kinds are `event_count`, `value_count`, `value_sum`, `value_avg`, `temporal` and `temporal_ordered`"),
    }
}

/// Whether a correlation, and the one that names it, link events; else they count them.
#[derive(Clone, Copy, Debug)]
pub struct Chained {
    pub inner_links: bool,
    pub outer_links: bool,
}

pub fn chained_correlation(at: Span, name: &str, chained: Chained) -> Diagnostic {
    let (why, help) = match chained {
        Chained { outer_links: true, inner_links: false } => (
            "a correlation of values: a step of a linked pattern is one event, or so many events, whatever their values",
            "count the events (`event_count`), or name the rules, so that one of their events is enough",
        ),
        Chained { outer_links: true, inner_links: true } => (
            "a correlation that links events within a time of its own, and a linked pattern has one time for all its steps",
            "name the rules that it links beside the others, in one correlation",
        ),
        Chained { outer_links: false, inner_links: true } => (
            "a correlation that links events: what it finds are chains, and events alone are counted",
            "name the rules that it links, in one correlation or in two",
        ),
        Chained { outer_links: false, inner_links: false } => (
            "a correlation that counts: what it finds are groups, and events alone are counted",
            "name the rules that it counts, in one correlation or in two",
        ),
    };
    correlation(at, name, why, help)
}

/// Of a correlation that counts, named by one that links.
pub fn counts_several_rules(at: Span, name: &str) -> Diagnostic {
    let why = "a correlation that counts what several rules find, and a step of a linked pattern is of one rule";
    correlation(at, name, why, "write one rule that finds the events of all of them, and count that")
}

/// `of`: a correlation.
pub fn counts_no_rule(at: Span, name: &str, of: &str) -> Diagnostic {
    let why = format!("it counts what the correlation `{of}` finds, and events alone are counted");
    correlation(at, name, &why, "let it count the events of a rule")
}

/// `op`: what it asks of the number.
pub fn count_can_be_undone(at: Span, op: &str) -> Diagnostic {
    let why = "an event more could undo it: a step of a linked pattern is found by so many events, or more";
    correlation(at, op, why, "write `gte` or `gt`, and that alone")
}

/// `word`: the correlation that counts.
pub fn count_by_an_alias(at: Span, word: &str) -> Diagnostic {
    let why = format!("an alias of different fields, and the events of `{word}` are counted by one");
    correlation(at, "aliases", &why, "group by a field that all the rules have under one name")
}

/// What it groups by, and what the correlation groups by that names it.
pub fn counts_by_other_keys(at: Span, name: &str, own: &[String], others: &[String]) -> Diagnostic {
    let by = |words: &[String]| if words.is_empty() { "nothing".to_owned() } else { format!("`{}`", words.join("`, `")) };
    let why = format!("it counts by {}, where this correlation groups by {}", by(own), by(others));
    correlation(at, name, &why, "a step of a linked pattern counts by the keys of all its steps: let both group by the same fields")
}

/// Of a condition over the rules of a correlation. `why`: what it asks for.
pub fn correlated(at: Span, what: &str, why: &str) -> Diagnostic {
    correlation(at, what, why, "write `a and b` where all are needed, `a or b` or `2 of them` where some are enough")
}

pub fn unknown_rule(at: Span, name: &str, near: Option<&str>) -> Diagnostic {
    no_such_rule(Diagnostic::new(Code::UnknownSigmaRule, format!("unknown rule `{name}`"), at, NOT_READ), at, near)
}

pub fn broken_rule(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownSigmaRule, format!("the rule `{name}` has an error"), at, "so nothing can be made of it here")
        .help("mend that rule first")
}

/// Of a rule that a filter with an error names.
pub fn broken_filter(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        Code::UnknownSigmaRule,
        format!("`{name}` is not made: its filter has an error"),
        at,
        "alone it would find what was to be left out",
    )
    .help("mend the filter, or take the rule out of it")
}

pub fn filter_of_nothing(at: Span, name: &str, near: Option<&str>) -> Diagnostic {
    no_such_rule(Diagnostic::new(Code::FilterOfNothing, format!("no rule `{name}` to filter"), at, NOT_READ), at, near)
}

const NOT_READ: &str = "no rule of this name or id is read in this run";

fn no_such_rule(found: Diagnostic, at: Span, near: Option<&str>) -> Diagnostic {
    match near {
        Some(near) => did_you_mean(found, at, (near, false)),
        None => found.help("hand its file over too, or mend the name"),
    }
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
