//! Every literal of a rule that its queries may say: each with its place, as it is read.

use spoor::source::Span;
use spoor::syntax::ast::*;

/// Where it stands, and what a query says verbatim if it says it so.
pub struct Literal {
    pub span: Span,
    pub text: String,
}

/// Those of the rule, and of the `let`s beside it.
pub fn of_rule(file: &File, name: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    for top in &file.items {
        match top {
            Top::Let(one) => of_let(one, &mut found),
            Top::Rule(rule) if rule.name.text == name => rule.items.iter().for_each(|item| of_item(item, &mut found)),
            Top::Import(_) | Top::Rule(_) => {}
        }
    }
    found
}

fn of_item(item: &Item, found: &mut Vec<Literal>) {
    match item {
        Item::Meta(meta) => {
            // The others stand in no query.
            if let ("title" | "version", MetaValue::One(atom)) = (meta.key.text.as_str(), &meta.value) {
                match atom {
                    MetaAtom::Text(text) => add(text.at, &text.value, found),
                    MetaAtom::Number(number) => add(number.at, &number.written, found),
                    MetaAtom::Technique(_) | MetaAtom::Name(_) => {}
                }
            }
        }
        Item::Let(one) => of_let(one, found),
        Item::Detect(detect) => {
            of_pattern(&detect.pattern, found);
            if let Some(having) = &detect.group.having {
                of_having(having, found);
            }
            detect.group.per.iter().for_each(|per| of_duration(per, found));
        }
        Item::Last(last) => of_duration(&last.duration, found),
        Item::Show(show) => {
            for column in &show.columns {
                if let ColumnWhat::Aggregate(aggregate) = &column.what {
                    of_aggregate(aggregate, found);
                }
            }
        }
        Item::Test(_) => {}
    }
}

fn of_let(one: &Let, found: &mut Vec<Literal>) {
    match &one.source {
        LetSource::Predicate(expr) => of_expr(expr, found),
        LetSource::Value(value) => of_value(value, found),
        LetSource::From { .. } => {}
    }
}

fn of_pattern(pattern: &Pattern, found: &mut Vec<Literal>) {
    let block = match pattern {
        Pattern::One(branch) => return of_branch(branch, found),
        Pattern::Block(block) => block,
    };
    match &block.kind {
        BlockKind::Union => {}
        BlockKind::Sequence(link) | BlockKind::Together(link) => of_duration(&link.within, found),
        BlockKind::AtLeast(count, link) => {
            add(count.at, &count.written, found);
            of_duration(&link.within, found);
        }
    }
    block.steps.iter().for_each(|step| of_branch(&step.branch, found));
    block.common.iter().for_each(|common| of_expr(&common.expr, found));
}

fn of_branch(branch: &Branch, found: &mut Vec<Literal>) {
    branch.condition.iter().for_each(|condition| of_expr(condition, found));
    for clause in &branch.clauses {
        match clause {
            Clause::Except(exclusion) => of_expr(&exclusion.expr, found),
            Clause::On(pinned) => of_expr(&pinned.expr, found),
        }
    }
}

fn of_expr(expr: &Expr, found: &mut Vec<Literal>) {
    match expr {
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Quorum(_, parts, _) => parts.iter().for_each(|part| of_expr(part, found)),
        Expr::Not(inner, _) | Expr::Paren(inner, _) => of_expr(inner, found),
        Expr::Test(test) => test.relation.iter().filter_map(|relation| relation.operand.as_ref()).for_each(|value| of_value(value, found)),
    }
}

fn of_value(value: &Value, found: &mut Vec<Literal>) {
    match value {
        Value::Text(text) => add(text.at, &text.value, found),
        Value::Number(number) => add(number.at, &number.written, found),
        Value::Duration(duration) => of_duration(duration, found),
        Value::Address(address) => add(address.at, &address.written, found),
        Value::Regex(regex) => add(regex.at, &regex.pattern, found),
        Value::List(list) => list.items.iter().for_each(|item| of_value(item, found)),
        Value::Call(call) => of_value(&call.argument, found),
        Value::Bool(..) | Value::Path(_) => {}
    }
}

fn of_having(having: &AggExpr, found: &mut Vec<Literal>) {
    match having {
        AggExpr::And(parts, _) | AggExpr::Or(parts, _) => parts.iter().for_each(|part| of_having(part, found)),
        AggExpr::Not(inner, _) | AggExpr::Paren(inner, _) => of_having(inner, found),
        AggExpr::Test(test) => {
            of_aggregate(&test.aggregate, found);
            of_value(&test.value, found);
        }
    }
}

fn of_aggregate(aggregate: &Aggregate, found: &mut Vec<Literal>) {
    aggregate.condition.iter().for_each(|condition| of_expr(condition, found));
}

fn of_duration(duration: &Duration, found: &mut Vec<Literal>) {
    let unit = match duration.unit {
        Unit::Second => "s",
        Unit::Minute => "m",
        Unit::Hour => "h",
        Unit::Day => "d",
    };
    add(duration.at, &format!("{}{unit}", duration.count), found);
}

fn add(at: At, text: &str, found: &mut Vec<Literal>) {
    found.push(Literal { span: at.0, text: text.to_owned() });
}
