//! A predicate over a target's columns, in the words of the language.
//!
//! In: what `plan` asks of a stage. Out: lines of at most [`WIDTH`] characters where that is possible. It is for reading only: the
//! query is printed by its dialect.

use crate::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use crate::hir::{Casing, Compare, FieldOp, Kind, LikePart, LikePattern, Number, Op, Pred, Scalar, Test, TextOp};
use crate::schema::Transform;

const WIDTH: usize = 100;

/// The predicate, each line indented by `indent` blanks.
pub fn lines(pred: &NativePred, indent: usize) -> Vec<String> {
    let blank = " ".repeat(indent);
    let whole = format!("{blank}{}", short(pred, false));
    let (parts, word) = match pred {
        Pred::All(parts) => (parts, "and"),
        Pred::Any(parts) => (parts, "or"),
        Pred::Not(_) | Pred::Test(_) => return vec![whole],
    };
    if parts.is_empty() || whole.chars().count() <= WIDTH {
        return vec![whole];
    }
    let mut lines_ = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let lead = if index == 0 { String::new() } else { format!("{word} ") };
        let one = format!("{blank}{lead}{}", short(part, true));
        let inner = match part {
            Pred::All(inner) | Pred::Any(inner) if inner.len() > 1 && one.chars().count() > WIDTH => lines(part, indent + 2),
            Pred::All(_) | Pred::Any(_) | Pred::Not(_) | Pred::Test(_) => {
                lines_.push(one);
                continue;
            }
        };
        lines_.push(format!("{blank}{lead}("));
        lines_.extend(inner);
        lines_.push(format!("{blank})"));
    }
    lines_
}

/// On one line; `nested`: beside others, so what has parts needs parentheses.
fn short(pred: &NativePred, nested: bool) -> String {
    let joined = |parts: &[NativePred], word: &str| {
        let text = parts.iter().map(|part| short(part, true)).collect::<Vec<_>>().join(&format!(" {word} "));
        if nested { format!("({text})") } else { text }
    };
    match pred {
        Pred::All(parts) if parts.is_empty() => "every row".into(),
        Pred::Any(parts) if parts.is_empty() => "no row".into(),
        Pred::All(parts) => joined(parts, "and"),
        Pred::Any(parts) => joined(parts, "or"),
        Pred::Not(inner) => format!("not {}", short(inner, true)),
        Pred::Test(test) => self::test(test),
    }
}

fn test(test: &Test<Native>) -> String {
    let subject = value(&test.field.value);
    match &test.op {
        Op::Text { op: TextOp::Equals, any, case } if any.len() != 1 => {
            format!("{subject} in{} {}", cased(*case), list(any.iter().map(|text| quote(text))))
        }
        Op::Text { op, any, case } => format!("{subject} {}{} {}", text_op(*op), cased(*case), list(any.iter().map(|text| quote(text)))),
        Op::Like { any, case } => format!("{subject} like{} {}", cased(*case), list(any.iter().map(like))),
        Op::Matches { any, case } => {
            format!("{subject} matches{} {}", cased(*case), list(any.iter().map(|regex| format!("/{}/", regex.written))))
        }
        Op::OneOf(values) if values.len() == 1 => format!("{subject} == {}", list(values.iter().map(scalar))),
        Op::OneOf(values) => format!("{subject} in {}", list(values.iter().map(scalar))),
        Op::Within(networks) => {
            format!("{subject} in {}", list(networks.iter().map(|network| format!("{}/{}", network.base, network.prefix))))
        }
        Op::Compare(compare, number) => format!("{subject} {} {}", mark(*compare), self::number(*number)),
        Op::Is(kind) => format!("{subject} is {}", self::kind(*kind)),
        Op::Exists => format!("{subject} exists"),
        Op::Field { op, other, case } => {
            let op = match op {
                FieldOp::Text(op) => text_op(*op),
                FieldOp::Compare(compare) => mark(*compare),
            };
            format!("{subject} {op}{} {}", cased(*case), value(&other.field.value))
        }
    }
}

pub fn value(expr: &NativeExpr) -> String {
    match expr {
        NativeExpr::Column(column) => self::column(column),
        NativeExpr::Apply(transform, inputs) => applied(transform, inputs.iter().map(value).collect()),
    }
}

/// A transform of values, as a pack writes it.
pub fn applied(transform: &Transform, mut inputs: Vec<String>) -> String {
    let name = match transform {
        Transform::Basename => "basename",
        Transform::Join(separator) => {
            inputs.insert(inputs.len().min(1), quote(separator));
            "join"
        }
        Transform::First => "first",
        Transform::Hash(kind) => {
            inputs.push(kind.name().to_owned());
            "hash"
        }
        Transform::UserName => "user_name",
        Transform::UserDomain => "user_domain",
        Transform::Int => "int",
        Transform::Hex => "hex",
        Transform::Lower => "lower",
        Transform::Map(_) => "map",
    };
    format!("{name}({})", inputs.join(", "))
}

fn column(column: &ColumnRef) -> String {
    if column.owner.is_empty() { column.name.clone() } else { format!("{}.{}", column.owner, column.name) }
}

fn cased(case: Casing) -> &'static str {
    match case {
        Casing::Ignore => "",
        Casing::Respect => " cased",
    }
}

fn text_op(op: TextOp) -> &'static str {
    match op {
        TextOp::Equals => "==",
        TextOp::Contains => "contains",
        TextOp::StartsWith => "starts_with",
        TextOp::EndsWith => "ends_with",
        TextOp::Has => "has",
        TextOp::Under => "under",
    }
}

fn mark(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "==",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterEqual => ">=",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Private => "private",
        Kind::Public => "public",
        Kind::Loopback => "loopback",
        Kind::LinkLocal => "link_local",
        Kind::Multicast => "multicast",
        Kind::Reserved => "reserved",
        Kind::MachineAccount => "machine_account",
    }
}

fn number(number: Number) -> String {
    match number {
        Number::Int(number) => number.to_string(),
        Number::Real(number) => number.to_string(),
    }
}

pub fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => quote(text),
        Scalar::Int(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Enum(name) => name.clone(),
        Scalar::Ip(address) => address.to_string(),
    }
}

fn like(pattern: &LikePattern) -> String {
    let mut text = String::new();
    for part in &pattern.0 {
        match part {
            LikePart::Literal(literal) => text.push_str(&literal.replace('*', "[*]").replace('?', "[?]")),
            LikePart::One => text.push('?'),
            LikePart::Any => text.push('*'),
        }
    }
    quote(&text)
}

/// One value stands alone, several in brackets.
fn list(values: impl Iterator<Item = String>) -> String {
    let mut values: Vec<String> = values.collect();
    if values.len() == 1 { values.remove(0) } else { format!("[{}]", values.join(", ")) }
}

/// A raw string where a cooked one would need escapes, as an author would write it.
fn quote(text: &str) -> String {
    if text.contains(['\\', '"']) && !text.contains('\'') {
        format!("'{text}'")
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
