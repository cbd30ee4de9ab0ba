//! Which fields of open families the rules name.
//!
//! In: a parsed file, the packs. Out: such names, which [`schema::open`](crate::schema::open) makes fields of. Law: every path of a file is looked at, wherever it stands, so a field is there for whatever the checker meets; a name that
//! stands in no rule is never a field.

use std::collections::BTreeSet;

use crate::schema::{self, Packs};
use crate::syntax::ast::{
    AggExpr, Aggregate, BlockKind, Branch, Clause, ColumnWhat, Detect, Expr, File, Item, Let, LetSource, Path, Pattern, Rule, Subject,
    TestEvents, Top, Value,
};

/// The names of a file that are of open families: the packs that its rules are checked with have a field for each.
pub fn named(file: &File, packs: &Packs) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut visit = |path: &Path| {
        if let [first, .., last] = path.parts.as_slice()
            && schema::open::may_be_open(packs, &first.text, &last.text)
        {
            let name = path.dotted();
            if schema::open::is_open(packs, &name) {
                names.insert(name);
            }
        }
    };
    for item in &file.items {
        match item {
            Top::Import(_) => {}
            Top::Let(one) => binding(one, &mut visit),
            Top::Rule(one) => rule(one, &mut visit),
        }
    }
    names
}

type Visit<'v> = &'v mut dyn FnMut(&Path);

fn rule(rule: &Rule, visit: Visit<'_>) {
    for item in &rule.items {
        match item {
            Item::Meta(_) | Item::Last(_) => {}
            Item::Let(one) => binding(one, visit),
            Item::Detect(one) => detect(one, visit),
            Item::Show(show) => {
                for column in &show.columns {
                    match &column.what {
                        ColumnWhat::Path(path) => visit(path),
                        ColumnWhat::Aggregate(one) => aggregate(one, visit),
                    }
                }
            }
            Item::Test(test) => match &test.events {
                TestEvents::Here(events) => events.iter().flat_map(|event| &event.entries).for_each(|entry| visit(&entry.field)),
                TestEvents::From(_) => {}
            },
        }
    }
}

fn binding(one: &Let, visit: Visit<'_>) {
    match &one.source {
        LetSource::Predicate(condition) => expr(condition, visit),
        LetSource::Value(one) => value(one, visit),
        LetSource::From { .. } => {}
    }
}

fn detect(detect: &Detect, visit: Visit<'_>) {
    match &detect.pattern {
        Pattern::One(one) => branch(one, visit),
        Pattern::Block(block) => {
            block.steps.iter().for_each(|step| branch(&step.branch, visit));
            block.common.iter().for_each(|common| expr(&common.expr, visit));
            match &block.kind {
                BlockKind::Union => {}
                BlockKind::Sequence(link) | BlockKind::Together(link) | BlockKind::AtLeast(_, link) => link.by.iter().for_each(&mut *visit),
            }
        }
    }
    detect.group.by.iter().for_each(&mut *visit);
    if let Some(having) = &detect.group.having {
        aggregates(having, visit);
    }
}

fn branch(branch: &Branch, visit: Visit<'_>) {
    branch.condition.iter().for_each(|condition| expr(condition, visit));
    for clause in &branch.clauses {
        match clause {
            Clause::Except(exclusion) => expr(&exclusion.expr, visit),
            Clause::On(pinned) => expr(&pinned.expr, visit),
        }
    }
}

fn expr(one: &Expr, visit: Visit<'_>) {
    match one {
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Quorum(_, parts, _) => parts.iter().for_each(|part| expr(part, visit)),
        Expr::Not(inner, _) | Expr::Paren(inner, _) => expr(inner, visit),
        Expr::Test(test) => {
            match &test.subject {
                Subject::Path(path) => visit(path),
                Subject::AnyOf(paths, _) | Subject::AllOf(paths, _) => paths.iter().for_each(&mut *visit),
            }
            if let Some(operand) = test.relation.as_ref().and_then(|relation| relation.operand.as_ref()) {
                value(operand, visit);
            }
        }
    }
}

fn value(one: &Value, visit: Visit<'_>) {
    match one {
        Value::Path(path) => visit(path),
        Value::List(list) => list.items.iter().for_each(|item| value(item, visit)),
        Value::Call(call) => value(&call.argument, visit),
        Value::Text(_) | Value::Number(_) | Value::Duration(_) | Value::Bool(..) | Value::Address(_) | Value::Regex(_) => {}
    }
}

fn aggregates(one: &AggExpr, visit: Visit<'_>) {
    match one {
        AggExpr::And(parts, _) | AggExpr::Or(parts, _) => parts.iter().for_each(|part| aggregates(part, visit)),
        AggExpr::Not(inner, _) | AggExpr::Paren(inner, _) => aggregates(inner, visit),
        AggExpr::Test(test) => aggregate(&test.aggregate, visit),
    }
}

fn aggregate(one: &Aggregate, visit: Visit<'_>) {
    one.field.iter().for_each(&mut *visit);
    one.condition.iter().for_each(|condition| expr(condition, visit));
}
