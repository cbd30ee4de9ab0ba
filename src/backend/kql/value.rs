//! A native value as a KQL expression.
//!
//! In: a column, or a transform over columns that binding could not move into the operand. Out: the expression that computes it, of a
//! known type. Law: on a row where the neutral value is missing, a text is `""` and anything else null. Nothing is tested here.

use crate::backend::bind::NativeExpr;
use crate::schema::{NativeType, Transform};

use super::quote::{name, quote};

/// The value in its own type.
pub fn plain(value: &NativeExpr) -> String {
    match value {
        NativeExpr::Column(column) => name(&column.name),
        NativeExpr::Apply(transform, inputs) => apply(transform, inputs),
    }
}

/// The value as text; a string in Kusto is never null, so null becomes `""`.
pub fn text(value: &NativeExpr) -> String {
    if type_of(value) == NativeType::Text { plain(value) } else { format!("tostring({})", plain(value)) }
}

/// The value as a number; text that is no number is null.
pub fn number(value: &NativeExpr) -> String {
    match type_of(value) {
        NativeType::Text | NativeType::Dynamic | NativeType::Guid => format!("toreal({})", text(value)),
        NativeType::Int | NativeType::Long | NativeType::Real | NativeType::Bool | NativeType::Time | NativeType::Timespan => plain(value),
    }
}

pub fn type_of(value: &NativeExpr) -> NativeType {
    match value {
        NativeExpr::Column(column) => column.ty,
        NativeExpr::Apply(transform, inputs) => match transform {
            Transform::Int | Transform::Hex => NativeType::Long,
            Transform::Basename
            | Transform::Join(_)
            | Transform::Hash(_)
            | Transform::UserName
            | Transform::UserDomain
            | Transform::Lower
            | Transform::Map(_) => NativeType::Text,
            Transform::First => inputs.first().map_or(NativeType::Text, type_of),
        },
    }
}

/// Whether KQL can compute the value. A table of values is the binding's matter: where it is still here, nothing stands for it.
pub fn can_compute(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(column) => !column.multi,
        NativeExpr::Apply(Transform::Map(_), _) => false,
        NativeExpr::Apply(_, inputs) => inputs.iter().all(can_compute),
    }
}

fn apply(transform: &Transform, inputs: &[NativeExpr]) -> String {
    let texts: Vec<String> = inputs.iter().map(text).collect();
    let first = texts.first().map_or("\"\"", String::as_str);
    match transform {
        Transform::Basename => format!(r#"extract(@"[^\\/]*$", 0, {first})"#),
        Transform::Join(separator) => match texts.as_slice() {
            [a, b] => format!("case(isempty({a}), \"\", isempty({b}), {a}, strcat({a}, {}, {b}))", quote(separator)),
            _ => first.to_owned(),
        },
        Transform::First => match inputs {
            // coalesce() passes over empty texts as over nulls.
            [a, b] if type_of(a) == type_of(b) => format!("coalesce({}, {})", plain(a), plain(b)),
            _ => format!("coalesce({})", texts.join(", ")),
        },
        Transform::Hash(kind) => {
            let (label, digits) = (kind.label(), kind.digits());
            format!("extract(@\"(?i)(?:^|{label}=)([0-9a-f]{{{digits}}})(?:$|,)\", 1, {first})")
        }
        Transform::UserName => format!(r#"iff({first} contains @"\", extract(@"[^\\]*$", 0, {first}), extract(@"^[^@]*", 0, {first}))"#),
        Transform::UserDomain => {
            format!(r#"iff({first} contains @"\", extract(@"(?s)^(.*)\\", 1, {first}), extract(@"(?s)^[^@]*@(.*)$", 1, {first}))"#)
        }
        // tolong() reads hexadecimal too, which a decimal number is not.
        Transform::Int => format!("iff({first} contains \"x\", long(null), tolong({first}))"),
        Transform::Hex => format!("iff({first} startswith \"0x\", tolong({first}), long(null))"),
        Transform::Lower => format!("tolower({first})"),
        Transform::Map(_) => first.to_owned(),
    }
}
