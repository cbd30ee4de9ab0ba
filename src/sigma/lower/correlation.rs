//! Correlations: rules over several events.
//!
//! `event_count`, `value_count` and the other kinds of values are `having .. by .. per ..`; `temporal` is `together`, or `at_least` where fewer
//! rules are enough; `temporal_ordered` is `sequence`. What groups events is the same field of the model in each rule; an alias of
//! different fields is a test between steps. Sigma counts in any window of the length, the language in windows that follow each other: this
//! is said. A correlation that counts, named by one that links, is a step of so many events ([`count`]).

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::Packs;
use crate::schema::sigma::Meaning;
use crate::source::Span;
use crate::syntax::ast::{self, AggExpr, AggTest, Aggregate, At, Duration, Op, Unit, Value};

use super::super::tree::{Correlation, Filter, Head, Rule, Word};
use super::names::{Means, Reading};
use super::selections::{Naming, Style};
use super::{build, count, meta, named, which};

/// A rule that a correlation names.
pub struct Part<'r> {
    /// As the correlation names it.
    pub word: &'r Word,
    pub rule: &'r Rule,
    pub filters: Vec<&'r Filter>,
    /// The correlation that stands between: it counts what the rule finds.
    pub counts: Option<&'r Correlation>,
    /// In the language.
    pub label: String,
}

impl Part<'_> {
    /// Of what the correlation names.
    pub(super) fn head(&self) -> &Head {
        self.counts.map_or(&self.rule.head, |counts| &counts.head)
    }
}

/// A rule that was read, with what its fields mean.
pub(super) struct Step<'p, 'r> {
    pub(super) part: &'r Part<'r>,
    pub(super) reading: Reading<'p>,
    branch: ast::Branch,
    counted: Option<ast::Counted>,
}

/// The rule under a name; none where a part of it is wrong.
pub fn lower(
    it: &Correlation,
    parts: &[Part<'_>],
    (name, style): (&str, Style),
    packs: &Packs,
    out: &mut Vec<Diagnostic>,
) -> Option<ast::Rule> {
    let mut items = meta::items(&it.head, packs, out);
    let mut naming = Naming::new(style, it.at.file);
    parts.iter().for_each(|part| naming.keep_free(&part.label));
    let timespan = timespan(&it.timespan, out);
    let steps: Vec<Option<Step<'_, '_>>> = parts
        .iter()
        .map(|part| {
            let (reading, branch) = super::branch(part.rule, &part.filters, packs, &mut naming, out)?;
            let counted = match part.counts {
                Some(counts) => Some(count::step(counts, out)?),
                None => None,
            };
            Some(Step { part, reading, branch, counted })
        })
        .collect();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    items.extend(meta::platforms(steps.iter().map(|step| (step.part.rule, &step.reading))));
    let detect = match it.kind.text.as_str() {
        "event_count" | "value_count" | "value_sum" | "value_avg" | "value_median" | "value_percentile" => {
            counted(it, steps, timespan?, out)?
        }
        "temporal" | "temporal_ordered" => linked(it, steps, timespan?, out)?,
        other => {
            let known = [
                "event_count",
                "value_count",
                "temporal",
                "temporal_ordered",
                "value_sum",
                "value_avg",
                "value_percentile",
                "value_median",
            ];
            out.push(say::unknown_correlation(it.kind.at, other, crate::schema::meant(other, known)));
            return None;
        }
    };
    Some(named(&it.head, name, items, (naming, detect), it.at))
}

/// `5m`
pub(super) fn timespan(word: &Word, out: &mut Vec<Diagnostic>) -> Option<Duration> {
    let at = At(word.at);
    let (count, unit) = word.text.split_at(word.text.len() - word.text.chars().next_back().map_or(0, char::len_utf8));
    let unit = match unit {
        "s" => Some((1, Unit::Second)),
        "m" => Some((1, Unit::Minute)),
        "h" => Some((1, Unit::Hour)),
        "d" => Some((1, Unit::Day)),
        "w" => Some((7, Unit::Day)),
        _ => None,
    };
    let count = count.parse::<u64>().ok().filter(|count| *count > 0);
    let read = unit.zip(count).and_then(|((times, unit), count)| Some(Duration { count: count.checked_mul(times)?, unit, at }));
    if read.is_none() {
        out.push(say::value_misfit(word.at, "timespan", "a number and `s`, `m`, `h` or `d`"));
    }
    read
}

/// The words and fields under which the events are grouped, in each step.
fn keys<'p>(it: &Correlation, steps: &[Step<'p, '_>], out: &mut Vec<Diagnostic>) -> Option<Vec<(Span, Vec<&'p str>)>> {
    let mut keys = Vec::new();
    let before = out.len();
    for word in &it.group_by {
        let alias = it.aliases.iter().find(|alias| alias.name.text == word.text);
        let mut fields = Vec::new();
        for step in steps {
            let name = match alias {
                None => Some(word),
                Some(alias) => alias.fields.iter().find(|(rule, _)| is_named(step.part.head(), &rule.text)).map(|(_, field)| field),
            };
            match name.and_then(|name| single(&step.reading, &name.text)) {
                Some(field) => fields.push(field),
                None => out.push(say::no_group_field(word.at, &word.text, &step.part.word.text)),
            }
        }
        keys.push((word.at, fields));
    }
    (out.len() == before).then_some(keys)
}

/// Whether a rule goes by this name or id.
pub fn is_named(head: &Head, name: &str) -> bool {
    [&head.name, &head.id].into_iter().flatten().any(|known| known.text == name)
}

/// The one field of the model that a name stands for; of an account the name, which all products have.
pub(super) fn single<'p>(reading: &Reading<'p>, name: &str) -> Option<&'p str> {
    match reading.means(name) {
        Means::Known(meaning) => match &*meaning {
            Meaning::Field(id) | Meaning::Words(id, _) | Meaning::Account { name: id, .. } => Some(reading.name(*id)),
            Meaning::Hashes(_) | Meaning::Happened(_) => None,
        },
        Means::Pipe(id) => Some(reading.name(id)),
        Means::Data(_) | Means::Nothing(_) => None,
    }
}

/// Each key as one name that all steps share; none where an alias means several.
fn shared(keys: &[(Span, Vec<&str>)], out: &mut Vec<Diagnostic>) -> Option<Vec<ast::Path>> {
    let mut paths = Vec::new();
    for (at, fields) in keys {
        let first = fields.first()?;
        if fields.iter().any(|field| field != first) {
            out.push(say::correlation(
                *at,
                "an alias of different fields",
                "events are counted by one field",
                "name one field that all the rules have",
            ));
            return None;
        }
        paths.push(build::path(first, *at));
    }
    Some(paths)
}

fn counted(it: &Correlation, steps: Vec<Step<'_, '_>>, per: Duration, out: &mut Vec<Diagnostic>) -> Option<ast::Detect> {
    let by = shared(&keys(it, &steps, out)?, out)?;
    let at = At(it.at);
    let function = match it.kind.text.as_str() {
        "value_count" => "distinct",
        "value_sum" => "sum",
        "value_avg" => "avg",
        "value_median" => "median",
        "value_percentile" => "percentile",
        _ => "count",
    };
    let field = match (&it.field, function) {
        (_, "count") => None,
        (None, _) => {
            out.push(say::missing_key(it.kind.at, "field"));
            return None;
        }
        (Some(word), _) => {
            let names: Vec<Option<&str>> = steps.iter().map(|step| single(&step.reading, &word.text)).collect();
            match names.as_slice() {
                [Some(first), rest @ ..] if rest.iter().all(|name| name == &Some(*first)) => Some(build::path(first, word.at)),
                _ => {
                    out.push(say::no_group_field(word.at, &word.text, &steps[0].part.word.text));
                    return None;
                }
            }
        }
    };
    let number = percentile(it, function == "percentile", out)?;
    let aggregate = Aggregate { function: build::name(function, it.kind.at), field, number, condition: None, at: At(it.kind.at) };
    let having = having(it, &aggregate, out)?;
    out.push(say::windows(it.timespan.at, &it.timespan.text));
    let pattern = block(ast::BlockKind::Union, steps, at);
    Some(ast::Detect { pattern, group: ast::Group { having: Some(having), by, per: Some(per) }, at })
}

/// Which percentile: a kind of its own wants it, no other has one. None: it was reported.
fn percentile(it: &Correlation, wanted: bool, out: &mut Vec<Diagnostic>) -> Option<Option<ast::Number>> {
    match (&it.percentile, wanted) {
        (None, false) => Some(None),
        (None, true) => {
            out.push(say::missing_key(it.kind.at, "percentile"));
            None
        }
        (Some(known), false) => {
            out.push(say::percentile_of_nothing(known.key, &it.kind.text));
            None
        }
        (Some(known), true) => {
            let found = number(&known.number).filter(|number| {
                (0.0..=100.0).contains(&match number.value {
                    ast::Num::Int(number) => number as f64,
                    ast::Num::Real(number) => number,
                })
            });
            if found.is_none() {
                out.push(say::value_misfit(known.number.at, "percentile", "a number from 0 to 100"));
            }
            Some(Some(found?))
        }
    }
}

/// YAML has more forms than the language (`+5`, `1e3`): written as the language has it.
pub(super) fn number(word: &Word) -> Option<ast::Number> {
    let value = match (word.text.parse::<i64>(), word.text.parse::<f64>()) {
        (Ok(whole), _) => ast::Num::Int(whole),
        (_, Ok(real)) if real.is_finite() && real.fract() == 0.0 && real.abs() < 1e15 => ast::Num::Int(real as i64),
        (_, Ok(real)) if real.is_finite() && real.abs() < 1e15 => ast::Num::Real(real),
        _ => return None,
    };
    let written = match value {
        ast::Num::Int(number) => number.to_string(),
        ast::Num::Real(number) => number.to_string(),
    };
    Some(ast::Number { value, written, at: At(word.at) })
}

fn having(it: &Correlation, aggregate: &Aggregate, out: &mut Vec<Diagnostic>) -> Option<AggExpr> {
    let mut tests = Vec::new();
    if let Some(which) = &it.which {
        out.push(say::correlated(which.span(), "condition", "names rules, where a number of events is asked for"));
        return None;
    }
    for (op, number) in &it.bounds {
        let Some(value) = self::number(number).map(Value::Number) else {
            out.push(say::value_misfit(number.at, &op.text, "a number"));
            return None;
        };
        tests.push(AggExpr::Test(Box::new(AggTest {
            aggregate: aggregate.clone(),
            op: bound(&op.text),
            value,
            at: At(op.at.to(number.at)),
        })));
    }
    match tests.len() {
        0 => {
            out.push(say::missing_key(it.kind.at, "condition"));
            None
        }
        1 => tests.pop(),
        _ => Some(AggExpr::And(tests, At(it.at))),
    }
}

fn bound(name: &str) -> Op {
    match name {
        "gt" => Op::Greater,
        "lt" => Op::Less,
        "lte" => Op::LessEqual,
        "eq" => Op::Equal,
        "neq" => Op::NotEqual,
        _ => Op::GreaterEqual,
    }
}

fn linked(it: &Correlation, steps: Vec<Step<'_, '_>>, within: Duration, out: &mut Vec<Diagnostic>) -> Option<ast::Detect> {
    let at = At(it.at);
    let ordered = it.kind.text == "temporal_ordered";
    let (steps, needed) = which::needed(it, steps, out)?;
    let mut steps = steps;
    let keys = keys(it, &steps, out)?;
    count::alike(it, &steps, &keys, out)?;
    // An alias of different fields is no key, but a test between the steps.
    let (same, between): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(_, fields)| fields.iter().all(|field| field == &fields[0]));
    let link = ast::Link { by: same.iter().map(|(at, fields)| build::path(fields[0], *at)).collect(), within, at };
    if needed < steps.len() as u64 && (ordered || !between.is_empty()) {
        out.push(say::correlation(
            it.kind.at,
            &it.kind.text,
            "fewer than all of its rules are enough",
            "let all of them be needed, or use `temporal` by fields of one name",
        ));
        return None;
    }
    let first = steps[0].part.label.clone();
    for (index, step) in steps.iter_mut().enumerate().skip(1) {
        for (at, fields) in &between {
            let other = Value::Path(build::path(&format!("{first}.{}", fields[0]), *at));
            let test = build::test(fields[index], *at, Op::Equal, build::Manner::default(), Some(other), *at);
            let mut parts: Vec<ast::Expr> = step.branch.condition.take().into_iter().collect();
            parts.push(test);
            step.branch.condition = Some(build::and(parts, *at));
        }
    }
    let kind = match (ordered, needed < steps.len() as u64) {
        (true, _) => ast::BlockKind::Sequence(link),
        (false, false) => ast::BlockKind::Together(link),
        (false, true) => ast::BlockKind::AtLeast(ast::Int { value: needed, written: needed.to_string(), at }, link),
    };
    Some(ast::Detect { pattern: block(kind, steps, at), group: ast::Group::default(), at })
}

/// One branch stands alone, several in braces.
fn block(kind: ast::BlockKind, steps: Vec<Step<'_, '_>>, at: At) -> ast::Pattern {
    if steps.len() == 1 && kind == ast::BlockKind::Union {
        return ast::Pattern::One(steps.into_iter().next().expect("one step").branch);
    }
    let steps = steps.into_iter().map(|step| ast::Step {
        optional: false,
        label: Some(build::name(&step.part.label, step.part.word.at)),
        counted: step.counted,
        at: step.branch.at,
        branch: step.branch,
    });
    ast::Pattern::Block(ast::Block { kind, steps: steps.collect(), common: Vec::new(), at })
}
