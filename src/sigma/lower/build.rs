//! Nodes of the tree, with the parentheses that the language asks for.

use crate::source::Span;
use crate::syntax::ast::{self, At, Expr, Name, Op, Path, Relation, Subject, Test, Text, Value};

pub fn name(text: &str, at: Span) -> Name {
    let plain =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty();
    Name { text: text.to_owned(), quoted: !plain, at: At(at) }
}

/// `parent.name`; what stands under `data.` is one name whatever is in it.
pub fn path(dotted: &str, at: Span) -> Path {
    let parts = match dotted.strip_prefix("data.") {
        Some(rest) => vec![name("data", at), name(rest, at)],
        None => dotted.split('.').map(|part| name(part, at)).collect(),
    };
    Path { parts, at: At(at) }
}

pub fn text(value: &str, at: Span) -> Value {
    let raw = value.contains(['\\', '"']) && !value.chars().any(char::is_control);
    Value::Text(Text { value: value.to_owned(), raw, at: At(at) })
}

pub fn number(value: i64, at: Span) -> Value {
    Value::Number(ast::Number { value: ast::Num::Int(value), written: value.to_string(), at: At(at) })
}

pub fn word(value: &str, at: Span) -> Value {
    Value::Path(Path { parts: vec![name(value, at)], at: At(at) })
}

pub fn list(items: Vec<Value>, at: Span) -> Value {
    Value::List(ast::List { items, at: At(at) })
}

pub fn call(function: &str, argument: Value, at: Span) -> Value {
    Value::Call(ast::ConstCall { function: name(function, at), argument: Box::new(argument), at: At(at) })
}

/// How a test compares, beside its operator.
#[derive(Clone, Copy, Default)]
pub struct Manner {
    pub all: bool,
    pub cased: bool,
}

pub fn test(field: &str, field_at: Span, op: Op, manner: Manner, operand: Option<Value>, at: Span) -> Expr {
    let relation = Relation { negated: false, op, op_at: At(field_at), all: manner.all, cased: manner.cased, operand, at: At(at) };
    Expr::Test(Test { subject: Subject::Path(path(field, field_at)), relation: Some(relation), at: At(at) })
}

/// One value is compared, several are a set.
pub fn one_or_more(op: Op, mut values: Vec<Value>, at: Span) -> (Op, Value) {
    // A function makes several spellings of its value.
    let several = values.len() > 1 || op == Op::Equal && matches!(values.as_slice(), [Value::Call(..)]);
    let op = match op {
        Op::Equal if several => Op::In,
        op => op,
    };
    if !several && values.len() == 1 { (op, values.remove(0)) } else { (op, list(values, at)) }
}

pub fn and(parts: Vec<Expr>, at: Span) -> Expr {
    join(
        parts,
        at,
        |part| matches!(part, Expr::Or(..)),
        Expr::And,
        |part, all| match part {
            Expr::And(inner, _) => all.extend(inner),
            part => all.push(part),
        },
    )
}

/// Tests of single values, all of which or any of which hold: neighbours that differ in their value alone are one test of a list.
pub fn values(parts: Vec<Expr>, all: bool, at: Span) -> Expr {
    let mut joined: Vec<Expr> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Expr::Test(before)), Expr::Test(test)) if is_like(before, &test, all) => add_value(before, test, all),
            (_, part) => joined.push(part),
        }
    }
    if all { and(joined, at) } else { or(joined, at) }
}

/// Whether both compare the same field in the same way, and one test can say so of both values.
fn is_like(before: &Test, test: &Test, all: bool) -> bool {
    let (Some(known), Some(next)) = (&before.relation, &test.relation) else { return false };
    let listed = match next.op {
        Op::Equal => !all,
        Op::Contains | Op::StartsWith | Op::EndsWith | Op::Like | Op::Has | Op::Matches => true,
        Op::NotEqual | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::In | Op::Under | Op::Exists | Op::Is => false,
    };
    let op = known.op == next.op || (known.op == Op::In && next.op == Op::Equal);
    let kind = match (&known.operand, &next.operand) {
        (Some(Value::List(list)), Some(value)) => known.all == all && list.items.first().is_some_and(|first| is_of_kind(first, value)),
        (Some(first), Some(value)) => is_of_kind(first, value),
        _ => false,
    };
    before.subject == test.subject && listed && op && kind && known.cased == next.cased && !known.negated && !next.negated && !next.all
}

fn is_of_kind(first: &Value, value: &Value) -> bool {
    let texts = |value: &Value| matches!(value, Value::Text(_) | Value::Call(_));
    (texts(first) && texts(value)) || matches!((first, value), (Value::Regex(_), Value::Regex(_)) | (Value::Path(_), Value::Path(_)))
}

fn add_value(before: &mut Test, test: Test, all: bool) {
    let at = At(before.at.0.to(test.at.0));
    before.at = at;
    let (Some(known), Some(next)) = (&mut before.relation, test.relation) else { return };
    // What products spell in several ways is one word here.
    let is_word = |value: &Value, word: &Path| matches!(value, Value::Path(value) if value.parts.iter().map(|part| &part.text).eq(word.parts.iter().map(|part| &part.text)));
    if let Some(Value::Path(word)) = &next.operand
        && match &known.operand {
            Some(Value::List(list)) => list.items.iter().any(|value| is_word(value, word)),
            Some(value) => is_word(value, word),
            None => false,
        }
    {
        return;
    }
    known.op = if known.op == Op::Equal { Op::In } else { known.op };
    known.all = all;
    match &mut known.operand {
        Some(Value::List(list)) => list.items.extend(next.operand),
        operand => {
            let items = operand.take().into_iter().chain(next.operand).collect();
            *operand = Some(Value::List(ast::List { items, at }));
        }
    }
}

/// What holds for every event.
pub fn everything(at: Span) -> Expr {
    Expr::And(Vec::new(), At(at))
}

pub fn is_everything(expr: &Expr) -> bool {
    matches!(expr, Expr::And(parts, _) if parts.is_empty())
}

pub fn or(parts: Vec<Expr>, at: Span) -> Expr {
    if parts.iter().any(is_everything) {
        return everything(at);
    }
    join(
        parts,
        at,
        |part| matches!(part, Expr::And(..)),
        Expr::Or,
        |part, all| match part {
            Expr::Or(inner, _) => all.extend(inner),
            part => all.push(part),
        },
    )
}

fn join(parts: Vec<Expr>, at: Span, other: fn(&Expr) -> bool, make: fn(Vec<Expr>, At) -> Expr, add: fn(Expr, &mut Vec<Expr>)) -> Expr {
    let mut all = Vec::new();
    parts.into_iter().for_each(|part| add(part, &mut all));
    // Two spellings of one value are one test.
    all.dedup();
    let mut all: Vec<Expr> = all.into_iter().map(|part| if other(&part) { paren(part) } else { part }).collect();
    if all.len() == 1 { unparen(all.remove(0)) } else { make(all, At(at)) }
}

fn paren(expr: Expr) -> Expr {
    let at = At(expr.span());
    Expr::Paren(Box::new(expr), at)
}

pub fn unparen(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(inner, _) => *inner,
        expr => expr,
    }
}

/// A test says its own negation where it can.
pub fn not(expr: Expr, at: Span) -> Expr {
    match expr {
        Expr::Test(mut test) => {
            if let Some(relation) = &mut test.relation {
                match relation.op {
                    Op::Equal => relation.op = Op::NotEqual,
                    Op::NotEqual => relation.op = Op::Equal,
                    _ => relation.negated = !relation.negated,
                }
                return Expr::Test(test);
            }
            Expr::Not(Box::new(Expr::Test(test)), At(at))
        }
        Expr::Not(inner, _) => unparen(*inner),
        Expr::Paren(inner, _) if matches!(*inner, Expr::Test(_)) => not(*inner, at),
        Expr::Paren(..) | Expr::Quorum(..) => Expr::Not(Box::new(expr), At(at)),
        Expr::And(..) | Expr::Or(..) => Expr::Not(Box::new(paren(expr)), At(at)),
    }
}
