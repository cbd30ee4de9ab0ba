//! The normal form of a rule as a text: what it asks, without the places where it stands, the names of its `let`s and the order of its parts.
//!
//! In: rules over one model, by whose numbers classes and fields are told. Out: texts that are equal only where the rules ask the same. Where one thing is
//! asked in two ways that the normal form does not know as one, the texts differ.

use std::collections::BTreeMap;

use crate::hir::{
    AggPred, Aggregate, Branch, Case, Casing, Column, ColumnWhat, Compare, Counted, FieldOp, Group, LikePart, LikePattern, Linked,
    NativeColumn, Op, Other, Pattern, Pinned, Pred, Rule, Step, Test, TextOp,
};

/// All that decides whether events are a match, in any target.
pub fn form(rule: &Rule) -> String {
    let platforms = sorted(rule.meta.platforms.iter().map(|platform| format!("{platform:?}")));
    let pattern = match (&rule.pattern, &rule.group) {
        (Pattern::Union(branches), None) => union(branches),
        // The places of the branches tell the conditions of aggregates, and their labels are counted.
        (Pattern::Union(all), Some(_)) => all.iter().map(|it| format!("{:?} {}; ", it.label, branch(it))).collect(),
        (Pattern::Linked(it), _) => linked(it),
    };
    format!("{pattern} {} on {platforms} {}", rule.group.as_ref().map(group).unwrap_or_default(), pinned(rule, None))
}

/// What a rule asks of one target alone.
pub fn targeted(rule: &Rule, target: &str) -> String {
    pinned(rule, Some(target))
}

/// What is shown of a match, labels among it.
pub fn shown(rule: &Rule) -> String {
    let labels: Vec<_> = rule.pattern.branches().map(|branch| branch.label.as_deref()).collect();
    let columns = rule.show.as_ref().map(|columns| columns.iter().map(column).collect::<Vec<_>>());
    format!("{labels:?} {columns:?}")
}

/// An event of a class with one action is asked by all branches that have it, whatever their order and number.
fn union(branches: &[Branch]) -> String {
    let mut asked: BTreeMap<(u16, u32), Vec<String>> = BTreeMap::new();
    for branch in branches {
        for Case { actions, pred } in &branch.cases {
            for bit in (0..u32::BITS).filter(|bit| actions.0 & (1 << bit) != 0) {
                asked.entry((branch.class.0, bit)).or_default().push(of(pred));
            }
        }
    }
    asked.into_iter().map(|(event, preds)| format!("{event:?}: {}; ", sorted(preds))).collect()
}

fn branch(branch: &Branch) -> String {
    let Branch { label: _, class, cases, pinned: _, head: _, span: _ } = branch;
    format!("{} {}", class.0, of_cases(cases))
}

fn of_cases(cases: &[Case]) -> String {
    sorted(cases.iter().map(|Case { actions, pred }| format!("{}: {}", actions.0, of(pred))))
}

fn linked(linked: &Linked) -> String {
    let Linked { kind, by, by_at: _, within, steps, overlaps: _, link: _, span: _ } = linked;
    let step = |Step { optional, counted, branches }: &Step| {
        let counted = counted.map(|Counted { count, within, span: _ }| (count, within.seconds));
        format!("{optional} {counted:?} {}; ", sorted(branches.iter().map(branch)))
    };
    format!("{kind:?} by {} within {}: {}", keys(by), within.seconds, steps.iter().map(step).collect::<String>())
}

/// Their order says where they are shown, and no more.
fn keys(by: &[impl std::fmt::Debug]) -> String {
    sorted(by.iter().map(|key| format!("{key:?}")))
}

fn group(group: &Group) -> String {
    let Group { having: asked, by, by_at: _, per, span: _ } = group;
    format!("having {} by {} per {:?}", asked.as_ref().map(having).unwrap_or_default(), keys(by), per.map(|per| per.seconds))
}

fn having(pred: &AggPred) -> String {
    match pred {
        AggPred::All(parts) => format!("all{}", sorted(parts.iter().map(having))),
        AggPred::Any(parts) => format!("any{}", sorted(parts.iter().map(having))),
        AggPred::Not(inner) => format!("not({})", having(inner)),
        AggPred::Test { aggregate: it, op, value, span: _ } => format!("{} {op:?} {value:?}", aggregate(it)),
    }
}

fn aggregate(aggregate: &Aggregate) -> String {
    let Aggregate { function, field, condition, span: _ } = aggregate;
    let condition = condition.as_ref().map(|branches| branches.iter().map(|cases| of_cases(cases)).collect::<Vec<_>>());
    format!("{function:?}({field:?} where {condition:?})")
}

fn column(Column { what, alias, span: _ }: &Column) -> String {
    let what = match what {
        ColumnWhat::Field(name) => name.clone(),
        ColumnWhat::StepField { step, field } => format!("{step}.{field}"),
        ColumnWhat::Aggregate(it) => aggregate(it),
        ColumnWhat::Matched => "matched".to_owned(),
    };
    format!("{what} as {alias:?}")
}

/// Of every target, or of one.
fn pinned(rule: &Rule, target: Option<&str>) -> String {
    let each = rule.pattern.branches().enumerate().flat_map(|(index, branch)| branch.pinned.iter().map(move |pinned| (index, pinned)));
    let wanted = each.filter(|(_, pinned)| target.is_none_or(|target| pinned.target == target));
    sorted(wanted.map(|(index, Pinned { target, pred, span: _ })| format!("{index} {target}: {}", of_native(pred))))
}

fn of(pred: &Pred) -> String {
    written(pred, &|field| field.0.to_string())
}

fn of_native(pred: &Pred<NativeColumn>) -> String {
    written(pred, &|column: &NativeColumn| format!("{column:?}"))
}

fn written<F: std::fmt::Debug>(pred: &Pred<F>, field: &impl Fn(&F) -> String) -> String {
    match pred {
        Pred::All(parts) => format!("all{}", sorted(parts.iter().map(|part| written(part, field)))),
        Pred::Any(parts) => format!("any{}", sorted(parts.iter().map(|part| written(part, field)))),
        Pred::Not(inner) => format!("not({})", written(inner, field)),
        Pred::Test(Test { field: of, op: Op::Field { op, other: Other { step: None, field: other }, case }, .. }) => {
            between(field(of), *op, field(other), *case)
        }
        Pred::Test(Test { field: of, op, .. }) => format!("{} {}", field(of), operator(op)),
    }
}

/// Two fields of one event, whichever of them stands first.
fn between(one: String, op: FieldOp, other: String, case: Casing) -> String {
    let (one, op, other) = match op {
        FieldOp::Compare(Compare::Greater) => (other, FieldOp::Compare(Compare::Less), one),
        FieldOp::Compare(Compare::GreaterEqual) => (other, FieldOp::Compare(Compare::LessEqual), one),
        FieldOp::Text(TextOp::Equals) | FieldOp::Compare(Compare::Equal | Compare::NotEqual) if other < one => (other, op, one),
        FieldOp::Text(_) | FieldOp::Compare(_) => (one, op, other),
    };
    format!("{one} {op:?} {case:?} {other}")
}

/// Of a list any will do: its order says nothing.
fn operator<F: std::fmt::Debug>(op: &Op<F>) -> String {
    match op {
        Op::Text { op, any, case } => format!("{op:?} {case:?} {}", sorted(any.iter().map(|text| format!("{:?}", folded(text, *case))))),
        Op::Like { any, case } => format!("like {case:?} {}", sorted(any.iter().map(|pattern| like(pattern, *case)))),
        Op::Matches { any, case } => format!("matches {case:?} {}", sorted(any.iter().map(|regex| format!("{regex:?}")))),
        Op::OneOf(values) => format!("in {}", sorted(values.iter().map(|value| format!("{value:?}")))),
        Op::Within(networks) => format!("within {}", sorted(networks.iter().map(|network| format!("{network:?}")))),
        Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. } => format!("{op:?}"),
    }
}

/// The letters whose case surely says nothing.
fn folded(text: &str, case: Casing) -> String {
    match case {
        Casing::Ignore => text.to_ascii_lowercase(),
        Casing::Respect => text.to_owned(),
    }
}

fn like(LikePattern(parts): &LikePattern, case: Casing) -> String {
    let part = |part: &LikePart| match part {
        LikePart::Literal(text) => format!("{:?}", folded(text, case)),
        other => format!("{other:?}"),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Each once: saying it twice says no more.
fn sorted(parts: impl IntoIterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.into_iter().collect();
    parts.sort_unstable();
    parts.dedup();
    format!("({})", parts.join(", "))
}
