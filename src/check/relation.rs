//! A field, an operator and what stands on the right.
//!
//! In: a relation as written, over a field whose name is bound. Out: a predicate, or the reason why the two do not go together: an operator that is none of the
//! type's, `cased` where no case is, a kind of another type, fields of two types. What literals say is `pieces`' matter.

use crate::diag::{lints, names, values};
use crate::hir::{Casing, Compare, FieldOp, Op, Other, Pred, TextOp};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{self, Relation};

use super::literals::Asked;
use super::operands::{Literal, LiteralValue, Literals, Operand};
use super::operators::{every_kind, fits, is_kept_as_text, kinds, takes_cased};
use super::words::{Field, Key};
use super::{Checker, Cx};
use crate::schema::nearest;

impl<'a> Checker<'a> {
    pub(super) fn relation(
        &mut self,
        field: &Field<'a>,
        relation: &'a Relation,
        test: &ast::Test,
        alone: bool,
        cx: Cx<'_, 'a>,
    ) -> Option<Pred<Key>> {
        let at = test.at.0;
        self.spend(1, at, cx)?;
        let typed = field.open.then(|| self.compared(field, relation.op, relation.operand.as_ref(), cx));
        let field = typed.as_ref().unwrap_or(field);
        if field.ty == Type::Time && relation.op != ast::Op::Exists {
            self.report_in(cx, values::time_compared(relation.at.0, &field.name));
            return None;
        }
        if relation.op == ast::Op::Is {
            return self.kind(field, relation, at, cx);
        }
        if !fits(relation.op, field.ty) {
            let misfit = self.misfit_of(field, relation, alone);
            self.report_in(cx, misfit);
            return None;
        }
        if relation.cased && !takes_cased(field.ty) {
            let operand = relation.operand.as_ref().map(ast::Value::span).filter(|_| !relation.all);
            let between = operand.map(|operand| Span { start: relation.op_at.0.end, end: operand.start, ..operand });
            self.report_in(cx, values::cased_without_case(relation.at.0, &field.name, field.ty.name(), between));
            return None;
        }
        let Some(operand) = &relation.operand else {
            // Every event has its time, whether or not a row keeps it under a name.
            if self.is_always_there(field) {
                return Some(Pred::TRUE);
            }
            return Some(Pred::test(field.key.clone(), Op::Exists, at));
        };
        let case = if relation.cased { Casing::Respect } else { Casing::Ignore };
        match self.operand(operand, field, cx)? {
            Operand::Field { step, field: other } => self.field_test(field, relation, step, other, case, at, cx),
            Operand::Literals(literals) => {
                let one = alone && literals.items.len() == 1 && !literals.list && !relation.cased && !relation.negated;
                let asked = Asked {
                    field,
                    op: relation.op,
                    op_at: relation.op_at.0,
                    whole: one.then_some(at),
                    subject: alone.then_some(field.span),
                    texts: texts(&literals),
                };
                self.literal_test(literals, &asked, relation, case, at, cx)
            }
        }
    }

    /// The time of the event, or a part of it.
    fn is_always_there(&self, field: &Field<'a>) -> bool {
        let Key::Field(id) = field.key else { return false };
        let class = self.packs.class(field.class);
        class.get(class.get(id).part.map_or(id, |(time, _)| time)).name == "time"
    }

    fn kind(&mut self, field: &Field<'a>, relation: &Relation, at: Span, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        let Some(ast::Value::Path(path)) = &relation.operand else { return self.doubt() };
        let word = path.dotted();
        let Some((_, kind)) = kinds(field.ty).iter().find(|(name, _)| *name == word) else {
            let report = if every_kind().any(|name| name == word) {
                let fitting: Vec<&str> = kinds(field.ty).iter().map(|(name, _)| *name).collect();
                values::kind_misfit(path.at.0, &word, &field.name, field.ty, &fitting)
            } else {
                names::unknown_kind(path.at.0, &word, nearest(&word, every_kind()), &every_kind().collect::<Vec<_>>())
            };
            self.report_in(cx, report);
            return None;
        };
        if relation.negated && *kind == crate::hir::Kind::Private {
            self.report_in(cx, lints::is_not_private(relation.at.0, &field.name));
        }
        Some(Pred::test(field.key.clone(), Op::Is(*kind), at))
    }

    #[allow(clippy::too_many_arguments)] // one test, whole; a struct would have one use
    fn field_test(
        &mut self,
        field: &Field<'a>,
        relation: &Relation,
        step: Option<usize>,
        other: Field<'a>,
        case: Casing,
        at: Span,
        cx: Cx<'_, 'a>,
    ) -> Option<Pred<Key>> {
        let op = match relation.op {
            ast::Op::Equal | ast::Op::NotEqual if is_kept_as_text(field.ty) => FieldOp::Text(TextOp::Equals),
            ast::Op::Equal | ast::Op::NotEqual => FieldOp::Compare(Compare::Equal),
            ast::Op::Less => FieldOp::Compare(Compare::Less),
            ast::Op::LessEqual => FieldOp::Compare(Compare::LessEqual),
            ast::Op::Greater => FieldOp::Compare(Compare::Greater),
            ast::Op::GreaterEqual => FieldOp::Compare(Compare::GreaterEqual),
            ast::Op::Contains => FieldOp::Text(TextOp::Contains),
            ast::Op::StartsWith => FieldOp::Text(TextOp::StartsWith),
            ast::Op::EndsWith => FieldOp::Text(TextOp::EndsWith),
            ast::Op::Has => FieldOp::Text(TextOp::Has),
            ast::Op::Under if field.ty != Type::Ip => FieldOp::Text(TextOp::Under),
            ast::Op::In => {
                let negated = relation.negated;
                self.report_in(cx, values::field_as_set(other.span, relation.op_at.0, &other.name, negated));
                return None;
            }
            ast::Op::Like | ast::Op::Matches | ast::Op::Under | ast::Op::Exists | ast::Op::Is => {
                self.report_in(cx, values::field_as_pattern(other.span, &other.name, relation.op.spelling()));
                return None;
            }
        };
        // What stands under a key has no type of its own.
        let (field, other) = match (field.open, other.open) {
            (true, false) if field.ty == Type::Text => (&field.clone().with_type(other.ty), other),
            (false, true) => (field, other.with_type(field.ty)),
            (true, _) | (false, false) => (field, other),
        };
        let comparable = match (&field.key, &other.key) {
            (Key::Action | Key::Class, _) | (_, Key::Action | Key::Class) => false,
            _ => compare_alike(field.ty, other.ty) && (field.ty != Type::Enum || field.values == other.values),
        };
        if !comparable {
            let (left, right) = (field.ty.name(), other.ty.name());
            self.report_in(cx, values::fields_of_two_types(other.span, &other.name, right, field.span, &field.name, left));
            return None;
        }
        if step.is_none() && field.key == other.key {
            self.report_in(cx, lints::field_with_itself(at, &field.name));
        }
        let pred = Pred::test(field.key.clone(), Op::Field { op, other: Other { step, field: other.key }, case }, at);
        Some(pred)
    }
}

/// The texts of a test; none if one of its literals is something else or stands elsewhere.
fn texts(literals: &Literals<'_>) -> Vec<String> {
    let text = |literal: &Literal<'_>| match &literal.value {
        LiteralValue::Text(text) if literal.used.is_none() => Some(text.clone()),
        _ => None,
    };
    literals.items.iter().map(text).collect::<Option<_>>().unwrap_or_default()
}

/// Whether values of the two types are compared in one way.
pub(super) fn compare_alike(left: Type, right: Type) -> bool {
    let number = |ty| matches!(ty, Type::Int | Type::Real | Type::Port);
    left == right || (number(left) && number(right)) || (is_kept_as_text(left) && is_kept_as_text(right))
}
