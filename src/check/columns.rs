//! `having .. by .. per ..` and `show ..`.

use crate::diag::{names, values};
use crate::hir::{AggPred, Aggregate, Column, ColumnWhat, Compare, Function, Group, Number, Pattern};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{self, AggExpr, Num, Value};

use super::pattern::{branches, classes, step_of};
use super::scope::ScopeId;
use super::words::{Field, Words};
use super::{Checker, Cx, actions};
use crate::schema::nearest;

const FUNCTIONS: &[(&str, Function)] = &[
    ("count", Function::Count),
    ("distinct", Function::Distinct),
    ("sum", Function::Sum),
    ("min", Function::Min),
    ("max", Function::Max),
    ("avg", Function::Avg),
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
        let group = Group { having: having.flatten(), by: keys?, per: per.flatten(), span: detect.at.0 };
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
                    Value::Number(number) => match number.value {
                        Num::Int(number) => Number::Int(number),
                        Num::Real(number) => Number::Real(number),
                    },
                    Value::Duration(duration) => Number::Int(i64::try_from(duration.seconds()).unwrap_or(i64::MAX)),
                    _ => return self.doubt(),
                };
                Some(AggPred::Test { aggregate, op, value })
            }
        }
    }

    fn aggregate(&mut self, aggregate: &'a ast::Aggregate, pattern: &Pattern, scope: ScopeId) -> Option<Aggregate> {
        let at = aggregate.at.0;
        let name = &aggregate.function;
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name.text) else {
            let near = nearest(&name.text, FUNCTIONS.iter().map(|(name, _)| *name));
            self.report(names::unknown_function(name.at.0, &name.text, near));
            return None;
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
                let numeric = matches!(field.ty, Type::Int | Type::Real | Type::Port | Type::Duration);
                let fits = match function {
                    Function::Sum | Function::Avg => numeric,
                    Function::Min | Function::Max => numeric || field.ty == Type::Time,
                    Function::Count | Function::Distinct | Function::Values => true,
                };
                if !fits {
                    self.report(values::aggregate_misfit(path.at.0, &name.text, &field.name, field.ty.name()));
                    return None;
                }
                Some(field.name)
            }
        };
        Some(Aggregate { function: *function, field, condition, span: at })
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
                if grouped && !detect.group.by.iter().any(|key| key.dotted() == field.name) {
                    self.report(values::plain_column_of_group(path.at.0, &field.name));
                    return None;
                }
                Some(ColumnWhat::Field(field.name))
            }
        }
    }
}

fn is_grouped(detect: &ast::Detect) -> bool {
    let ast::Group { having, by, per } = &detect.group;
    having.is_some() || per.is_some() || !by.is_empty()
}
