//! A correlation that counts, as a step of one that links: many failures, then a success.
//!
//! In: an `event_count` that another correlation names. Out: `at_least 10 within 10m`, which is found whenever Sigma's own would be: at each event
//! with which so many lie in the timespan. Law: the language counts a step's events by the keys of the whole pattern, so a correlation that
//! groups otherwise than the one that names it is an error, and so is a number that a further event could undo.

use crate::diag::{Diagnostic, sigma as say};
use crate::source::Span;
use crate::syntax::ast::{self, At};

use super::super::tree::{Correlation, Word};
use super::correlation::{Step, is_named, number, single, timespan};

/// None: it was reported.
pub fn step(it: &Correlation, out: &mut Vec<Diagnostic>) -> Option<ast::Counted> {
    if let Some(which) = &it.which {
        out.push(say::correlated(which.span(), "condition", "names rules, where a number of events is asked for"));
        return None;
    }
    if let Some(percentile) = &it.percentile {
        out.push(say::percentile_of_nothing(percentile.key, &it.kind.text));
        return None;
    }
    let [(op, word)] = it.bounds.as_slice() else {
        out.push(match it.bounds.get(1) {
            Some((op, _)) => say::count_can_be_undone(op.at, &op.text),
            None => say::missing_key(it.kind.at, "condition"),
        });
        return None;
    };
    let more = match op.text.as_str() {
        "gte" => 0,
        "gt" => 1,
        _ => {
            out.push(say::count_can_be_undone(op.at, &op.text));
            return None;
        }
    };
    let count = match number(word).map(|number| number.value) {
        Some(ast::Num::Int(number)) => u64::try_from(number).ok().map(|number| number + more).filter(|count| *count > 0),
        Some(ast::Num::Real(_)) | None => None,
    };
    let Some(count) = count else {
        out.push(say::value_misfit(word.at, &op.text, "a number of events: 1 or more of them"));
        return None;
    };
    let within = timespan(&it.timespan, out)?;
    Some(ast::Counted { count: ast::Int { value: count, written: count.to_string(), at: At(word.at) }, within, at: At(op.at.to(word.at)) })
}

/// Whether each step that counts groups its events as the correlation groups all. `keys`: the field of each step, for each word.
pub fn alike(it: &Correlation, steps: &[Step<'_, '_>], keys: &[(Span, Vec<&str>)], out: &mut Vec<Diagnostic>) -> Option<()> {
    let before = out.len();
    for (index, step) in steps.iter().enumerate() {
        let Some(counts) = step.part.counts else { continue };
        if let Some((at, _)) = keys.iter().find(|(_, fields)| fields.iter().any(|field| *field != fields[0])) {
            out.push(say::count_by_an_alias(*at, &step.part.word.text));
            continue;
        }
        let fields: Option<Vec<&str>> = counts.group_by.iter().map(|word| field(counts, step, word, out)).collect();
        let Some(mut own) = fields else { continue };
        let mut of_all: Vec<&str> = keys.iter().map(|(_, fields)| fields[index]).collect();
        for fields in [&mut own, &mut of_all] {
            fields.sort_unstable();
            fields.dedup();
        }
        if own != of_all {
            let words = |it: &Correlation| it.group_by.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
            out.push(say::counts_by_other_keys(step.part.word.at, &step.part.word.text, &words(counts), &words(it)));
        }
    }
    (out.len() == before).then_some(())
}

/// What a word groups the counted events by.
fn field<'p>(counts: &Correlation, step: &Step<'p, '_>, word: &Word, out: &mut Vec<Diagnostic>) -> Option<&'p str> {
    let name = match counts.aliases.iter().find(|alias| alias.name.text == word.text) {
        None => Some(word),
        Some(alias) => alias.fields.iter().find(|(rule, _)| is_named(&step.part.rule.head, &rule.text)).map(|(_, field)| field),
    };
    let found = name.and_then(|name| single(&step.reading, &name.text));
    if found.is_none() {
        let rule = counts.rules.first().map_or(&step.part.word.text, |rule| &rule.text);
        out.push(say::no_group_field(word.at, &word.text, rule));
    }
    found
}
