//! Rules, items, blocks, lists: what is not closed, stands in the wrong place, or is called by a word of the language.

use super::{after, before, certain, remove, unsure};
use crate::diag::{Code, Diagnostic, Edit};
use crate::source::Span;

pub fn not_closed(gap: Span, opened: Span, mark: &str, found: &str) -> Diagnostic {
    Diagnostic::new(Code::NotClosed, format!("missing `{mark}`"), gap, format!("expected `{mark}` before {found}"))
        .label(opened, "opened here")
        .maybe_fix(gap, mark)
}

pub fn rule_not_closed(at: Span, opened: Span, found: &str, gap: Span) -> Diagnostic {
    Diagnostic::new(Code::NotClosed, "missing `}`", at, format!("{found} stands where the rule has not ended"))
        .label(opened, "the rule opens here")
        .help("close the rule with `}`")
        .maybe_fix(gap, "\n}")
}

pub fn closes_nothing(at: Span, mark: &str) -> Diagnostic {
    Diagnostic::new(Code::ClosesNothing, format!("`{mark}` closes nothing"), at, "nothing is open here")
        .help("take it out, or look for a `{` that is missing above")
}

pub fn outside_of_a_rule(at: Span, word: &str, closed: Option<Span>) -> Diagnostic {
    let found =
        Diagnostic::new(Code::OutsideOfARule, format!("`{word}` stands outside of a rule"), at, "belongs into the braces of a rule");
    match closed {
        Some(closed) => found.label(closed, "the rule was closed here").help("is this `}` one too many?"),
        None => found.help("write `rule a_name { .. }` around it"),
    }
}

pub fn word_in_capitals(at: Span, word: &str, meant: &str) -> Diagnostic {
    Diagnostic::new(Code::ForeignSpelling, format!("Spoor writes `{meant}`"), at, format!("`{word}` is a name"))
        .help("the words of the language are in small letters")
        .fix(at, meant)
}

pub fn word_as_key(at: Span, word: &str, what: &str) -> Diagnostic {
    Diagnostic::new(Code::WordAsKey, format!("`{word}` cannot be {what}"), at, "a word of the language")
        .help(format!("at this place `{word}` begins a clause; take another name, or write it in backticks"))
        .maybe_fix(at, format!("`{word}`"))
}

pub fn clause_with_colon(word_at: Span, colon: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::ClauseWithColon, format!("`{word}` takes no colon"), colon, "not here")
        .label(word_at, "a clause, no metadata")
        .help("metadata is `key: value`, a clause has no colon")
        .fix(colon, "")
}

pub fn held_back(at: Span, word: &str) -> Diagnostic {
    let coming = match word {
        "without" => "steps that must not follow (`without`)",
        "new" | "against" => "first-seen rules (`new by .. against ..`)",
        "extract" => "extraction (`extract(f, /re(group)/)`)",
        _ => "a later version",
    };
    Diagnostic::new(Code::HeldBack, format!("`{word}` is held back for a later version"), at, "not in this version")
        .help(format!("the word is kept for {coming}; as a name write it in backticks"))
}

pub fn reserved_word(at: Span, word: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::ReservedWord, format!("`{word}` is a word of the language"), at, format!("expected {wanted}"))
        .help(format!("a name that is spelt so stands in backticks: `` `{word}` ``"))
}

pub fn reserved_word_in_path(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::ReservedWord, format!("`{word}` is a word of the language"), at, "a name is wanted here")
        .help("a name that is spelt so stands in backticks")
        .fix(at, format!("`{word}`"))
}

pub fn reserved_word_as_value(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::ReservedWord, format!("`{word}` is a word of the language"), at, "a text, a number or a name is wanted here")
        .help("write it in quotes")
        .maybe_fix(at, format!("\"{word}\""))
}

pub fn clause_without_detect(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::MisplacedClause, format!("`{word}` belongs to `detect`"), at, "not at this place")
        .help("`where`, `except` and `on` follow a class; `having`, `by` and `per` follow the pattern, before `last` and `show`")
}

/// `process where ..` in the place of an item.
pub fn without_detect(at: Span, class: &str) -> Diagnostic {
    Diagnostic::new(Code::MisplacedClause, format!("`{class} where` without `detect`"), at, "a pattern")
        .help("what a rule looks for follows the word `detect`")
        .fix(before(at), "detect ")
}

/// `having count > 5`
pub fn aggregate_without_parentheses(at: Span, function: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::UnexpectedToken, format!("`{function}` without parentheses"), at, "an aggregate of what?");
    if function == "count" {
        found.help("`count()` counts events").fix(after(at), "()")
    } else {
        found.help(format!("an aggregate names its field: `{function}(host)`"))
    }
}

pub fn clause_after_block(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::MisplacedClause, format!("`{word}` does not follow a block"), at, "behind the `}`")
        .help("write it in each branch; only `except` holds for all branches from here")
}

pub fn clause_twice(at: Span, first: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::ClauseTwice, format!("`{word}` stands twice"), at, "again")
        .label(first, "first here")
        .help("leave one; several keys are `by host, user.name`")
}

pub fn second_where(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ClauseTwice, "`where` stands twice", at, "again").help("join the tests with `and`").maybe_fix(at, "and")
}

pub fn misplaced_doc(at: Span) -> Diagnostic {
    Diagnostic::new(Code::MisplacedDoc, "a doc comment stands above a `rule` or a `let`", at, "nothing to describe here")
        .help("write `#` for a plain comment")
        .fix(Span { end: at.start + 3, ..at }, "#")
}

pub fn needless_mark(at: Span, mark: &str) -> Diagnostic {
    Diagnostic::new(Code::NeedlessMark, format!("`{mark}` is needless here"), at, "take it out")
        .help("nothing separates items, branches and events; commas stand in lists, between columns and between keys")
        .fix(at, "")
}

pub fn missing_comma(gap: Span, next: Span) -> Diagnostic {
    Diagnostic::new(Code::MissingComma, "missing `,`", next, "the next one begins here")
        .help("commas stand between the values of a list")
        .fix(gap, ",")
}

pub fn key_without_colon(key: Span, gap: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingColon, format!("missing `:` behind `{name}`"), key, "a metadata key")
        .help("metadata is `key: value`")
        .fix(gap, ":")
}

/// The name that a text or a name with marks may have meant.
pub fn name_of(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        let word = c.is_ascii_alphanumeric() || c == '_';
        match (word, name.ends_with('_')) {
            (true, _) => name.push(c.to_ascii_lowercase()),
            (false, false) if !name.is_empty() => name.push('_'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name.to_string() }
}

pub fn name_in_quotes(at: Span, meant: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::BadName, "a name stands without quotes", at, "a text");
    if meant.is_empty() { found } else { found.help(format!("write `{meant}`")).maybe_fix(at, meant) }
}

pub fn name_with_marks(at: Span, meant: &str) -> Diagnostic {
    Diagnostic::new(Code::BadName, "a name has letters, digits and `_` only", at, "not a name")
        .help(format!("write `{meant}`"))
        .maybe_fix(at, meant)
}

pub fn rule_without_name(at: Span) -> Diagnostic {
    Diagnostic::new(Code::BadName, "a rule wants a name", at, "here").help("write `rule a_name { .. }`")
}

pub fn several_patterns(second: Span, first: Option<Span>, detect: Span, all: Span) -> Diagnostic {
    let edits = vec![Edit { span: before(all), text: "{ ".to_string() }, Edit { span: after(all), text: " }".to_string() }];
    let found = match first {
        Some(first) => Diagnostic::new(Code::SeveralPatterns, "several patterns stand in braces", second, "a second pattern begins here")
            .label(first, "the first"),
        None => Diagnostic::new(Code::SeveralPatterns, "a label stands in braces", second, "a label").label(detect, "of this pattern"),
    };
    found.help("write `detect { .. }`, one pattern a line").with_fix(unsure(edits))
}

pub fn too_few_steps(at: Span, steps: usize, least: usize) -> Diagnostic {
    if least == 1 {
        Diagnostic::new(Code::TooFewSteps, "the block is empty", at, "no pattern")
            .help("write a class and a test: `process where name == \"cmd.exe\"`")
    } else {
        Diagnostic::new(Code::TooFewSteps, "linked patterns want two steps at least", at, format!("{steps} here"))
            .help("one event alone is `detect process where ..`; several patterns, any of which suffices, are `detect { .. }`")
    }
}

pub fn step_without_label(at: Span) -> Diagnostic {
    Diagnostic::new(Code::StepWithoutLabel, "a step wants a label", at, "a step without one")
        .help("write `drop: file where ..`; other steps and `show` call it by that name")
}

pub fn optional_in_union(at: Span) -> Diagnostic {
    Diagnostic::new(Code::MisplacedClause, "`optional` belongs to a step", at, "a branch of a union")
        .help("any branch of a union suffices, so none is optional")
        .with_fix(certain(vec![remove(at)]))
}

pub fn without_within(at: Span, found: &str, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WithoutWithin, format!("`{word}` wants `within`"), at, format!("expected `within` and a duration, found {found}"))
        .help(format!("linked patterns stand in a window: `{word} by host within 10m {{ .. }}`"))
}

/// Of a step. `by`: keys stand where `within` is expected.
pub fn count_without_within(at: Span, found: &str, by: bool) -> Diagnostic {
    let said = Diagnostic::new(
        Code::WithoutWithin,
        "a count of a step's events wants `within`",
        at,
        format!("expected `within` and a duration, found {found}"),
    );
    let said = said.help("events are counted in the time that ends with each of them: `failed: at_least 10 within 10m logon where ..`");
    if by { said.help("they have the keys of the whole pattern: `by` stands before its brace") } else { said }
}

pub fn count_in_union(at: Span) -> Diagnostic {
    Diagnostic::new(Code::MisplacedClause, "a count belongs to a step", at, "a branch of a union")
        .help("`having count() >= 10 by host per 10m` counts the events of a union, behind its brace")
        .help("a step of `sequence`, `together` or `at_least` may want several events")
}

/// `within 10m by host`
pub fn link_order(by: Span, within: Span, within_text: &str, by_text: &str) -> Diagnostic {
    let edits = vec![Edit { span: within.to(by), text: format!("{by_text} {within_text}") }];
    Diagnostic::new(Code::MisplacedClause, "`by` stands before `within`", by, "behind it here")
        .label(within, "`within`")
        .help(format!("write `{by_text} {within_text}`"))
        .with_fix(certain(edits))
}

pub fn empty_list(at: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::EmptyList, "an empty list", at, why.to_string())
        .help("a list holds one value at least; a test that is not wanted is left out whole")
}

pub fn list_in_list(at: Span) -> Diagnostic {
    Diagnostic::new(Code::ListInList, "a list in a list", at, "not here")
        .help("a list holds values; the name of another list may stand in it")
}

pub fn nested_too_deep(at: Span, most: u32) -> Diagnostic {
    Diagnostic::new(Code::NestedTooDeep, "nested too deep", at, format!("more than {most} levels"))
        .help("a `let` gives a part of a condition a name")
}

pub fn too_many_errors(at: Span, most: usize) -> Diagnostic {
    Diagnostic::new(Code::TooManyErrors, "too many errors", at, format!("the rest of the file was not read after {most} errors"))
        .help("is this a rule file?")
}
