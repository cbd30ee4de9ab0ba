//! What a plan makes of its rows, in lines that a person can read.
//!
//! In: a plan. Out: lines for `spoor explain`: what each search makes, how rows are grouped, how steps are put together.

use crate::backend::plan::{Agg, AggOf, ChainStep, Chains, Groups, Having, Made, MadeValue, Plan, Shape};
use crate::hir::{Function, LinkKind, Number, Percent, duration};

use super::{describe, describe_value, sign};

/// `host = dest`, one line a value that the search of this index makes.
pub fn describe_made(plan: &Plan, search: usize) -> Vec<String> {
    let named: Vec<&Made> = match &plan.shape {
        Shape::Events => Vec::new(),
        Shape::Groups(groups) => groups.made.iter().collect(),
        Shape::Chains(chains) => {
            let step = chains.steps.iter().find(|step| step.searches.contains(&search));
            chains.keys.iter().chain(step.into_iter().flat_map(|step| &step.made)).collect()
        }
    };
    let values = plan.searches.get(search).map_or(&[][..], |search| search.made.as_slice());
    let line = |(made, value): (&Made, &MadeValue)| Some(format!("{} = {}", made.name, value_of(value)?));
    named.into_iter().zip(values).filter_map(line).collect()
}

/// None: nothing.
fn value_of(value: &MadeValue) -> Option<String> {
    Some(match value {
        MadeValue::Value { native, present } if present.is_true() => describe_value(&native.value),
        MadeValue::Value { native, present } => format!("{} where {}", describe_value(&native.value), describe(present)),
        MadeValue::Cases(cases) => {
            let cases: Vec<String> = cases.iter().map(|(pred, word)| format!("'{word}' where {}", describe(pred))).collect();
            cases.join(", ")
        }
        MadeValue::Constant(text) => format!("'{text}'"),
        MadeValue::When(pred) => format!("whether {}", describe(pred)),
        MadeValue::Time => "the time".to_owned(),
        MadeValue::Nothing => return None,
    })
}

/// How the rows of all searches become matches; no line where each is one.
pub fn describe_shape(plan: &Plan) -> Vec<String> {
    match &plan.shape {
        Shape::Events => Vec::new(),
        Shape::Groups(groups) => of_groups(groups),
        Shape::Chains(chains) => of_chains(chains),
    }
}

/// The titles of the result.
pub fn describe_columns(plan: &Plan) -> Vec<&str> {
    match &plan.shape {
        Shape::Events => plan.columns.iter().map(|column| column.title.as_str()).collect(),
        Shape::Groups(groups) => groups.columns.iter().map(|column| column.title.as_str()).collect(),
        Shape::Chains(chains) => chains.columns.iter().map(|column| column.title.as_str()).collect(),
    }
}

fn of_groups(groups: &Groups) -> Vec<String> {
    let keys: Vec<&str> = groups.keys.iter().map(|key| groups.made[*key].name.as_str()).collect();
    let by = if keys.is_empty() { "all together".to_owned() } else { format!("by {}", keys.join(", ")) };
    let per = groups.per.map_or_else(String::new, |per| format!(", in windows of {}", duration(per.seconds)));
    let mut lines = vec![format!("counted {by}{per}")];
    lines.extend(groups.aggregates.iter().map(|agg| format!("  {} = {}", agg.name, aggregate(agg, groups))));
    let kept = having(&groups.having, groups);
    if !kept.is_empty() {
        lines.push(format!("kept where {kept}"));
    }
    lines
}

fn aggregate(agg: &Agg, groups: &Groups) -> String {
    let mut behind = String::new();
    let name = match agg.function {
        Function::Count => "count",
        Function::Distinct => "distinct",
        Function::Sum => "sum",
        Function::Min => "min",
        Function::Max => "max",
        Function::Avg => "avg",
        Function::Percentile(Percent::HALF) => "median",
        Function::Percentile(percent) => {
            behind = format!(", {percent}");
            "percentile"
        }
        Function::Values => "values",
    };
    let of = match &agg.of {
        AggOf::Rows => String::new(),
        AggOf::Made(index) => groups.made[*index].name.clone(),
        AggOf::Labels(_) => "matched".to_owned(),
    };
    let when = agg.when.map_or_else(String::new, |flag| format!(" where {}", groups.made[flag].name));
    format!("{name}({})", format!("{of}{behind}{when}").trim_start())
}

fn having(pred: &Having, groups: &Groups) -> String {
    let joined = |parts: &[Having], word: &str| {
        let part = |part: &Having| match part {
            Having::All(_) | Having::Any(_) => format!("({})", having(part, groups)),
            Having::Not(_) | Having::Test { .. } => having(part, groups),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(word)
    };
    match pred {
        Having::All(parts) => joined(parts, " and "),
        Having::Any(parts) => joined(parts, " or "),
        Having::Not(inner) => format!("not ({})", having(inner, groups)),
        Having::Test { aggregate, op, value, at: _ } => {
            let op = sign(*op);
            let value = match value {
                Number::Int(number) => number.to_string(),
                Number::Real(number) => number.to_string(),
            };
            format!("{} {op} {value}", groups.aggregates[*aggregate].name)
        }
    }
}

fn of_chains(chains: &Chains) -> Vec<String> {
    let keys: Vec<&str> = chains.keys.iter().map(|key| key.name.as_str()).collect();
    let by = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
    let what = match chains.kind {
        LinkKind::Sequence => "in this order".to_owned(),
        LinkKind::Together => "in any order".to_owned(),
        LinkKind::AtLeast(count) => format!("{count} of them at least"),
    };
    let mut lines = vec![format!("put together{by}, {what}, within {}", duration(chains.within.seconds))];
    lines.extend(chains.steps.iter().map(|step| format!("  {}{}", step.label, of_step(step, chains))));
    lines
}

fn of_step(step: &ChainStep, chains: &Chains) -> String {
    let mut told = Vec::new();
    if step.optional {
        told.push("optional".to_owned());
    }
    if let Some(counted) = step.counted {
        told.push(format!("{} at least within {}", counted.count, duration(counted.within.seconds)));
    }
    for equal in &step.equal {
        told.push(format!("{} == {}", step.made[equal.own].name, chains.steps[equal.step].made[equal.theirs].name));
    }
    if !step.cross.is_true() {
        told.push(describe(&step.cross));
    }
    for other in &step.distinct {
        told.push(format!("another event than `{}`", chains.steps[*other].label));
    }
    if told.is_empty() { String::new() } else { format!(": {}", told.join("; ")) }
}
