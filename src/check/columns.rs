//! `having .. by .. per ..` and `show ..`.

use crate::diag::{names, values};
use crate::hir::{AggPred, Aggregate, Column, ColumnWhat, Compare, Function, Group, LinkKind, Number, Pattern, Percent, Step};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{self, AggExpr, Num, Value};

use super::pattern::{branches, classes, step_of};
use super::scope::ScopeId;
use super::words::{Field, Words};
use super::{Checker, Cx, actions};
use crate::schema::nearest;

/// `percentile` is here with a number that the rule's own takes the place of.
const FUNCTIONS: &[(&str, Function)] = &[
    ("count", Function::Count),
    ("distinct", Function::Distinct),
    ("sum", Function::Sum),
    ("min", Function::Min),
    ("max", Function::Max),
    ("avg", Function::Avg),
    ("median", Function::Percentile(Percent::HALF)),
    ("percentile", Function::Percentile(Percent::HALF)),
    ("values", Function::Values),
];

impl<'a> Checker<'a> {
    pub(super) fn group(&mut self, detect: &'a ast::Detect, pattern: &Pattern, scope: ScopeId) -> Option<Group> {
        let ast::Group { having, by, per } = &detect.group;
        if !is_grouped(detect) {
            return None;
        }
        if matches!(pattern, Pattern::Linked(_)) {
            self.report(values::grouped_sequence(detect.at.0));
            return None;
        }
        let keys = self.keys(by, &classes(pattern));
        let having = having.as_ref().map(|having| self.having(having, pattern, scope));
        let per = per.as_ref().map(|per| self.lasting(per));
        let whole = !matches!(having, Some(None)) && !matches!(per, Some(None));
        let (by, by_at) = keys?;
        let group = Group { having: having.flatten(), by, by_at, per: per.flatten(), span: detect.at.0 };
        whole.then_some(group)
    }

    fn having(&mut self, expr: &'a AggExpr, pattern: &Pattern, scope: ScopeId) -> Option<AggPred> {
        let mut several = |parts: &'a [AggExpr]| -> Option<Vec<AggPred>> {
            let read: Vec<Option<AggPred>> = parts.iter().map(|part| self.having(part, pattern, scope)).collect();
            read.into_iter().collect()
        };
        match expr {
            AggExpr::And(parts, _) => several(parts).map(AggPred::All),
            AggExpr::Or(parts, _) => several(parts).map(AggPred::Any),
            AggExpr::Not(inner, _) => self.having(inner, pattern, scope).map(|inner| AggPred::Not(Box::new(inner))),
            AggExpr::Paren(inner, _) => self.having(inner, pattern, scope),
            AggExpr::Test(test) => {
                let aggregate = self.aggregate(&test.aggregate, pattern, scope)?;
                if aggregate.field.as_deref() == Some("time") {
                    self.report(values::time_compared(test.aggregate.at.0, "time"));
                    return None;
                }
                if aggregate.function == Function::Values {
                    self.report(values::values_compared(test.aggregate.at.0));
                    return None;
                }
                let op = match test.op {
                    ast::Op::Equal => Compare::Equal,
                    ast::Op::NotEqual => Compare::NotEqual,
                    ast::Op::Less => Compare::Less,
                    ast::Op::LessEqual => Compare::LessEqual,
                    ast::Op::Greater => Compare::Greater,
                    ast::Op::GreaterEqual => Compare::GreaterEqual,
                    // the parser lets nothing else stand here
                    ast::Op::In
                    | ast::Op::Contains
                    | ast::Op::StartsWith
                    | ast::Op::EndsWith
                    | ast::Op::Like
                    | ast::Op::Has
                    | ast::Op::Under
                    | ast::Op::Matches
                    | ast::Op::Exists
                    | ast::Op::Is => return self.doubt(),
                };
                let value = match &test.value {
                    Value::Number(number) => number_of(number),
                    Value::Duration(duration) => Number::Int(i64::try_from(duration.seconds()).unwrap_or(i64::MAX)),
                    _ => return self.doubt(),
                };
                Some(AggPred::Test { aggregate, op, value, span: test.at.0 })
            }
        }
    }

    fn aggregate(&mut self, aggregate: &'a ast::Aggregate, pattern: &Pattern, scope: ScopeId) -> Option<Aggregate> {
        let at = aggregate.at.0;
        let name = &aggregate.function;
        let Some((word, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name.text) else {
            let near = nearest(&name.text, FUNCTIONS.iter().map(|(name, _)| *name));
            self.report(names::unknown_function(name.at.0, &name.text, near));
            return None;
        };
        let function = match (&aggregate.number, *word) {
            (Some(number), "percentile") => match Percent::new(number_of(number)) {
                Some(percent) => Function::Percentile(percent),
                None => {
                    self.report(values::no_percent(number.at.0, &number.written));
                    return None;
                }
            },
            (None, "percentile") => {
                self.report(values::percentile_without_number(at, aggregate.field.as_ref().map(ast::Path::dotted).as_deref()));
                return None;
            }
            (Some(number), word) => {
                self.report(values::number_in_aggregate(number.at.0, word));
                return None;
            }
            (None, _) => *function,
        };
        let condition = match &aggregate.condition {
            None => None,
            Some(condition) => {
                let mut each = Vec::new();
                for branch in branches(pattern) {
                    let cx = Cx { words: Words::Class(branch.class), scope, steps: &[], several: false, via: None };
                    let pred = self.expr(condition, cx)?;
                    each.push(actions::of_hits(&pred, self.packs.class(branch.class)));
                }
                Some(each)
            }
        };
        let field = match (&aggregate.field, function) {
            (None, Function::Count) => None,
            (None, _) => {
                self.report(values::aggregate_without_field(at, &name.text));
                return None;
            }
            (Some(path), Function::Count) => {
                self.report(values::count_of_field(path.at.0, &path.dotted()));
                return None;
            }
            (Some(path), Function::Distinct | Function::Values) if path.dotted() == "matched" => None,
            (Some(path), function) => {
                let field = self.shown_field(path, pattern)?;
                // Of every class that has it.
                let types =
                    classes(pattern).into_iter().filter_map(|class| self.find_field(class, &field.name, path.at.0)).map(|field| field.ty);
                let misfit = types.collect::<Vec<_>>().into_iter().find(|ty| !has_aggregate(*ty, function));
                if let Some(ty) = misfit {
                    self.report(values::aggregate_misfit(path.at.0, &name.text, &field.name, ty.name()));
                    return None;
                }
                Some(field.name)
            }
        };
        Some(Aggregate { function, field, condition, span: at })
    }

    /// A field that one class of the pattern has at least.
    fn shown_field(&mut self, path: &ast::Path, pattern: &Pattern) -> Option<Field<'a>> {
        let name = path.dotted();
        let classes = classes(pattern);
        let found = classes.iter().find_map(|class| self.find_field(*class, &name, path.at.0));
        if found.is_none()
            && let Some(class) = classes.first()
        {
            let report = self.unknown_field(*class, &name, path.at.0);
            self.report(report);
        }
        found
    }

    /// The match of a sequence is the event of its last step: a field that no class of it has would stay empty.
    fn never_of_the_match(&self, path: &ast::Path, pattern: &Pattern) -> Option<crate::diag::Diagnostic> {
        let Pattern::Linked(linked) = pattern else { return None };
        let name = path.dotted();
        let last = linked.steps.iter().rev().find(|step| !step.optional).filter(|_| linked.kind == LinkKind::Sequence)?;
        let has = |step: &Step| step.branches.iter().any(|branch| self.find_field(branch.class, &name, path.at.0).is_some());
        let owner = linked.steps.iter().find(|step| has(step)).filter(|_| !has(last))?;
        let label = |step: &Step| step.branches.first().and_then(|branch| branch.label.clone()).unwrap_or_default();
        Some(names::field_of_other_step(path.at.0, &name, &label(owner), &label(last)))
    }

    pub(super) fn show(&mut self, show: &'a ast::Show, detect: &ast::Detect, pattern: &Pattern, scope: ScopeId) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        let mut named: Vec<(String, Span)> = Vec::new();
        for column in &show.columns {
            let shown = match (&column.alias, &column.what) {
                (Some(alias), _) => Some(alias.text.clone()),
                (None, ast::ColumnWhat::Path(path)) => Some(path.dotted()),
                (None, ast::ColumnWhat::Aggregate(_)) => None,
            };
            if let Some(shown) = shown {
                match named.iter().find(|(other, _)| *other == shown) {
                    Some((_, first)) => self.report(names::duplicate_column(column.at.0, &shown, *first)),
                    None => named.push((shown, column.at.0)),
                }
            }
            if let Some(what) = self.column(&column.what, detect, pattern, scope) {
                if let (ColumnWhat::Aggregate(one), None) = (&what, &column.alias) {
                    let is_same = |other: &&Column| matches!(&other.what, ColumnWhat::Aggregate(other) if is_same(one, other));
                    if let Some(first) = columns.iter().filter(|other| other.alias.is_none()).find(is_same) {
                        let (first, name) = (first.span, &column_name(&column.what));
                        self.report(names::duplicate_column(column.at.0, name, first));
                    }
                }
                columns.push(Column { what, alias: column.alias.as_ref().map(|alias| alias.text.clone()), span: column.at.0 });
            }
        }
        columns
    }

    fn column(&mut self, what: &'a ast::ColumnWhat, detect: &ast::Detect, pattern: &Pattern, scope: ScopeId) -> Option<ColumnWhat> {
        let grouped = is_grouped(detect);
        match what {
            ast::ColumnWhat::Aggregate(aggregate) => {
                if !grouped {
                    self.report(values::aggregate_without_group(aggregate.at.0));
                    return None;
                }
                self.aggregate(aggregate, pattern, scope).map(ColumnWhat::Aggregate)
            }
            ast::ColumnWhat::Path(path) => {
                let name = path.dotted();
                if name == "matched" {
                    return Some(ColumnWhat::Matched);
                }
                if let [label, rest @ ..] = path.parts.as_slice()
                    && !rest.is_empty()
                    && let Some((step, classes)) = step_of(pattern, &label.text)
                {
                    let field = rest.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
                    if !classes.iter().any(|class| self.find_field(*class, &field, path.at.0).is_some()) {
                        let report = self.unknown_field(classes[0], &field, path.at.0);
                        self.report(report);
                        return None;
                    }
                    return Some(ColumnWhat::StepField { step, field });
                }
                let field = self.shown_field(path, pattern)?;
                if let Some(report) = self.never_of_the_match(path, pattern) {
                    self.report(report);
                    return None;
                }
                if grouped && !detect.group.by.iter().any(|key| key.dotted() == field.name) {
                    self.report(values::plain_column_of_group(path.at.0, &field.name));
                    return None;
                }
                Some(ColumnWhat::Field(field.name))
            }
        }
    }
}

fn number_of(number: &ast::Number) -> Number {
    match number.value {
        Num::Int(number) => Number::Int(number),
        Num::Real(number) => Number::Real(number),
    }
}

fn is_same(one: &Aggregate, other: &Aggregate) -> bool {
    (one.function, &one.field, &one.condition) == (other.function, &other.field, &other.condition)
}

/// `distinct(host)`
fn column_name(what: &ast::ColumnWhat) -> String {
    match what {
        ast::ColumnWhat::Path(path) => path.dotted(),
        ast::ColumnWhat::Aggregate(aggregate) => {
            let field = aggregate.field.as_ref().map(ast::Path::dotted).unwrap_or_default();
            let number = aggregate.number.as_ref().map_or_else(String::new, |number| format!(", {}", number.written));
            format!("{}({field}{number})", aggregate.function.text)
        }
    }
}

fn has_aggregate(ty: Type, function: Function) -> bool {
    let numeric = matches!(ty, Type::Int | Type::Real | Type::Port | Type::Duration);
    match function {
        Function::Sum | Function::Avg | Function::Percentile(_) => numeric,
        Function::Min | Function::Max => numeric || ty == Type::Time,
        Function::Count => true,
        Function::Distinct | Function::Values => ty != Type::Time,
    }
}

fn is_grouped(detect: &ast::Detect) -> bool {
    let ast::Group { having, by, per } = &detect.group;
    having.is_some() || per.is_some() || !by.is_empty()
}
