//! An operator that does not fit its field: what was meant, where that is sure.
//!
//! In: a field, and a relation whose operator its type does not take. Out: the finding. A fix stands in it only if it says what the
//! operator would have said, had the type had it.

use crate::diag::Diagnostic;
use crate::diag::values::{self, Asks, Meant};
use crate::schema::{HashKind, Type};
use crate::syntax::ast::{self, Op, Relation, Value};
use crate::syntax::spelled::network_of_octets;

use super::Checker;
use super::forms::{TextFault, normal_text};
use super::operators::operators;
use super::words::Field;

impl<'a> Checker<'a> {
    /// `alone`: the test has no other field.
    pub(super) fn misfit_of(&self, field: &Field<'a>, relation: &Relation, alone: bool) -> Diagnostic {
        let meant = self.path_of_name(field, relation, alone).or_else(|| whole_value(field.ty, relation));
        values::operator_misfit(
            relation.op_at.0,
            relation.op.spelling(),
            (&field.name, field.span, field.ty),
            asks(relation.op),
            &operators(field.ty),
            meant,
        )
    }

    /// `name under 'C:\Windows'`
    fn path_of_name(&self, field: &Field<'a>, relation: &Relation, alone: bool) -> Option<Meant> {
        let asked = alone && field.ty == Type::FileName && relation.op == Op::Under;
        let path = asked.then(|| self.sibling(field, "name", "path", Type::Path))??;
        Some(Meant { at: field.span, text: path })
    }
}

/// `sha256 contains "WHOLE HASH"`, `src.ip starts_with "10."`
fn whole_value(ty: Type, relation: &Relation) -> Option<Meant> {
    let operand = relation.operand.as_ref()?;
    if relation.all || relation.cased {
        return None;
    }
    let (texts, list): (Vec<&ast::Text>, bool) = match operand {
        Value::Text(text) => (vec![text], false),
        Value::List(list) => {
            (list.items.iter().map(|item| if let Value::Text(text) = item { Some(text) } else { None }).collect::<Option<_>>()?, true)
        }
        Value::Number(_) | Value::Duration(_) | Value::Bool(..) | Value::Address(_) | Value::Regex(_) | Value::Path(_) | Value::Call(_) => {
            return None;
        }
    };
    let text_op = matches!(asks(relation.op), Asks::Edges | Asks::Text) && relation.op != Op::Matches;
    let identifier = ty == Type::Guid || ty == Type::Sid || HashKind::ALL.iter().any(|kind| kind.ty() == ty);
    if !text_op {
        None
    } else if ty == Type::Ip {
        let networks: Vec<String> = texts.iter().map(|text| network(relation.op, &text.value)).collect::<Option<_>>()?;
        let text = if list { format!("in [{}]", networks.join(", ")) } else { format!("in {}", networks.first()?) };
        Some(Meant { at: relation.op_at.0.to(operand.span()), text })
    } else if identifier && (list || !relation.negated) {
        let values: Vec<String> = texts.iter().map(|text| identifier_of(ty, &text.value)).collect::<Option<_>>()?;
        let op = if list { "in" } else { "==" };
        if values.iter().zip(&texts).all(|(value, text)| *value == text.value) {
            return Some(Meant { at: relation.op_at.0, text: op.to_owned() });
        }
        let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
        let text = if list { format!("in [{}]", values.join(", ")) } else { format!("== {}", values.first()?) };
        Some(Meant { at: relation.op_at.0.to(operand.span()), text })
    } else {
        None
    }
}

/// The identifier that a text is, or holds behind the name of its kind: `SHA256=..`
fn identifier_of(ty: Type, text: &str) -> Option<String> {
    let whole = |text: &str| normal_text(ty, text, Op::Equal).is_ok().then(|| text.to_owned());
    match normal_text(ty, text, Op::Equal) {
        Err(TextFault::HashDigits(_, Some(alone))) => whole(&alone),
        _ => whole(text),
    }
}

/// The network of addresses that begin so: `10.`, `192.168.*`.
fn network(op: Op, text: &str) -> Option<String> {
    let head = if op == Op::Like { text.strip_suffix(".*")? } else { text.strip_suffix('.').filter(|_| op == Op::StartsWith)? };
    network_of_octets(head)
}

fn asks(op: Op) -> Asks {
    match op {
        Op::Equal | Op::NotEqual | Op::In => Asks::Equality,
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => Asks::Order,
        Op::StartsWith | Op::EndsWith => Asks::Edges,
        Op::Contains | Op::Like | Op::Has | Op::Matches => Asks::Text,
        Op::Under => Asks::Under,
        Op::Exists | Op::Is => Asks::Being,
    }
}
