//! A predicate over native values as a KQL condition.
//!
//! In: a tree of tests. Out: a [`Frag`] to stand behind `where` or in `iff()`. Law: on a row where the predicate is false the condition
//! is false or null, and beneath a `not` it is never null (`not(null)` is null, and the row would be lost). Kusto's text is never null;
//! its numbers, times and truth values are, and `null != 5` is true there. <https://learn.microsoft.com/kusto/query/scalar-data-types/null-values>

use crate::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use crate::backend::frag::Frag;
use crate::hir::{Casing, Compare, FieldOp, Kind, LikePart, Number, Op, Pred, Scalar, Test, TextOp, eval_text};
use crate::schema::{Below, NativeType, Str, Transform, Type};

use super::WORDS;
use super::address;
use super::lists::{Asked, Lists};
use super::quote::name;
use super::text;
use super::value;

/// The condition that says the predicate.
pub fn condition(pred: &NativePred, lists: &Lists) -> Frag {
    walk(pred, false, lists)
}

/// `two_valued`: the fragment stands beneath a `not`, so it may not be null.
fn walk(pred: &NativePred, two_valued: bool, lists: &Lists) -> Frag {
    match pred {
        Pred::All(parts) if parts.is_empty() => Frag::atom("true".to_owned()),
        Pred::Any(parts) if parts.is_empty() => Frag::atom("false".to_owned()),
        Pred::All(parts) => Frag::all(parts.iter().map(|part| walk(part, two_valued, lists)).collect(), WORDS),
        Pred::Any(parts) => Frag::any(parts.iter().map(|part| walk(part, two_valued, lists)).collect(), WORDS),
        Pred::Not(inner) => match &**inner {
            Pred::Test(inner) => test(inner, true, false, lists).at(inner.places()),
            inner => walk(inner, true, lists).not(WORDS),
        },
        Pred::Test(inner) => test(inner, two_valued, true, lists).at(inner.places()),
    }
}

/// One test, or its negation where `positive` is false. What it says of a list that is kept elsewhere it asks there, or that is told.
fn test(test: &Test<Native>, two_valued: bool, positive: bool, lists: &Lists) -> Frag {
    let asked_before = lists.asked();
    let said = say(test, two_valued, positive, lists);
    let values = values(&test.op);
    if lists.asked() - asked_before < values.len() {
        lists.spelled_out(test.span, &values);
    }
    said
}

/// The literals of a test, as a list might have them.
fn values(op: &Op<Native>) -> Vec<String> {
    match op {
        Op::Text { any, .. } => any.clone(),
        Op::Like { any, .. } => {
            let literal = |part: &LikePart| if let LikePart::Literal(text) = part { Some(text.clone()) } else { None };
            any.iter().map(|like| like.0.iter().filter_map(literal).collect()).collect()
        }
        Op::Matches { any, .. } => any.iter().map(|regex| regex.pattern.clone()).collect(),
        Op::OneOf(any) => {
            let text = |scalar: &Scalar| match scalar {
                Scalar::Text(text) | Scalar::Enum(text) => text.clone(),
                Scalar::Int(number) => number.to_string(),
                Scalar::Real(number) => number.to_string(),
                Scalar::Bool(truth) => truth.to_string(),
                Scalar::Ip(address) => address.to_string(),
            };
            any.iter().map(text).collect()
        }
        Op::Within(any) => any.iter().map(|network| format!("{}/{}", network.base, network.prefix)).collect(),
        Op::Compare(..) | Op::Is(_) | Op::Exists | Op::Field { .. } => Vec::new(),
    }
}

fn say(test: &Test<Native>, two_valued: bool, positive: bool, lists: &Lists) -> Frag {
    if let NativeExpr::Apply(Transform::Lookup { table, column }, key) = &test.field.value {
        return in_other_rows(test, table, column, key, positive, lists);
    }
    let native = &test.field;
    let asked = Asked { lists, span: test.span, places: test.places(), native };
    let two_valued = two_valued || !positive;
    let asserted = match &test.op {
        Op::Text { op, any, case } => return text::test(&value::text(&native.value), *op, any, *case, positive, asked),
        Op::Like { any, case } => return text::like(&value::text(&native.value), any, *case, positive, asked),
        Op::Matches { any, case } => {
            let subject = value::text(&native.value);
            let patterns = text::alternatives(any.iter().map(|regex| regex.pattern.clone()).collect());
            let parts = patterns.iter().map(|pattern| text::regex(&subject, pattern, *case, positive)).collect();
            return if positive { Frag::any(parts, WORDS) } else { Frag::all(parts, WORDS) };
        }
        Op::Exists => return exists(native, positive),
        Op::OneOf(scalars) => return one_of(native, scalars, two_valued, positive, asked),
        Op::Within(networks) => address::within(&value::text(&native.value), networks, two_valued),
        Op::Compare(compare, number) => ordered(native, *compare, &literal(native, *number), two_valued),
        Op::Is(kind) => match kind {
            Kind::MachineAccount => {
                return text::test(&value::text(&native.value), TextOp::EndsWith, &["$".to_owned()], Casing::Respect, positive, asked);
            }
            Kind::Public => address::outside(&value::text(&native.value), &kind.networks()),
            Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved => {
                address::within(&value::text(&native.value), &kind.networks(), two_valued)
            }
        },
        Op::Field { op, other, case } => match op {
            FieldOp::Text(op) => between_texts(native, *op, &other.field, *case),
            FieldOp::Compare(compare) => between_numbers(native, *compare, &other.field, two_valued),
        },
    };
    if positive { asserted } else { asserted.not(WORDS) }
}

/// A row of another table has the same key and passes; a missing value passes nothing.
fn in_other_rows(test: &Test<Native>, table: &str, column: &str, key: &[NativeExpr], positive: bool, lists: &Lists) -> Frag {
    let other = ColumnRef { name: column.to_owned().into(), owner: Str::default(), ty: NativeType::Text, multi: false };
    let native = Native { value: NativeExpr::Column(other), ..test.field.clone() };
    let asked = test.with(native.clone(), test.op.clone());
    let mut parts = vec![walk(&Pred::Test(asked), false, lists)];
    if !matches!(test.op, Op::Exists) && eval_text(&test.op, "") {
        parts.push(exists(&native, true));
    }
    let condition = Frag::all(parts, WORDS).into_text();
    let key = key.first().map_or_else(String::new, value::plain);
    let found = Frag::atom(format!("{key} in (({} | where {condition} | project {key}))", name(table)));
    if positive { found } else { found.not(WORDS) }
}

/// Neither null nor empty text.
fn exists(native: &Native, positive: bool) -> Frag {
    let empty = match value::type_of(&native.value) {
        NativeType::Text | NativeType::Dynamic => "empty",
        NativeType::Int
        | NativeType::Long
        | NativeType::Real
        | NativeType::Bool
        | NativeType::Time
        | NativeType::Guid
        | NativeType::Timespan => "null",
    };
    Frag::atom(format!("{}{empty}({})", if positive { "isnot" } else { "is" }, value::plain(&native.value)))
}

/// Typed equality: `null == 5` and `null in (5)` are false, so its negation needs no guard.
fn one_of(native: &Native, scalars: &[Scalar], two_valued: bool, positive: bool, asked: Asked) -> Frag {
    let mut addresses = Vec::new();
    let mut texts = Vec::new();
    let mut literals = Vec::new();
    for scalar in scalars {
        match scalar {
            Scalar::Ip(address) => addresses.push(*address),
            Scalar::Text(text) | Scalar::Enum(text) => texts.push(text.clone()),
            Scalar::Int(number) => literals.push(literal(native, Number::Int(*number))),
            Scalar::Real(number) => literals.push(literal(native, Number::Real(*number))),
            Scalar::Bool(truth) => literals.push(truth.to_string()),
        }
    }
    let mut parts = Vec::new();
    if !addresses.is_empty() {
        let one = address::one_of(&value::text(&native.value), &addresses, two_valued, asked);
        parts.push(if positive { one } else { one.not(WORDS) });
    }
    if !texts.is_empty() {
        parts.push(text::test(&value::text(&native.value), TextOp::Equals, &texts, Casing::Ignore, positive, asked));
    }
    let subject = value::number(&native.value);
    match literals.as_slice() {
        [] => {}
        [one] if positive => parts.push(Frag::atom(format!("{subject} == {one}"))),
        [one] => parts.push(Frag::atom(format!("{subject} == {one}")).not(WORDS)),
        _ => {
            let listed = Frag::list(format!("{subject} in "), literals);
            parts.push(if positive { listed } else { listed.not(WORDS) });
        }
    }
    if positive { Frag::any(parts, WORDS) } else { Frag::all(parts, WORDS) }
}

fn ordered(native: &Native, compare: Compare, right: &str, two_valued: bool) -> Frag {
    let left = value::number(&native.value);
    let compared = Frag::atom(format!("{left} {} {right}", sign(compare)));
    let needs_guard = match compare {
        Compare::Equal => false,
        Compare::NotEqual => true,
        Compare::Less | Compare::LessEqual | Compare::Greater | Compare::GreaterEqual => two_valued,
    };
    if needs_guard { Frag::all(vec![Frag::atom(format!("isnotnull({left})")), compared], WORDS) } else { compared }
}

/// Two values of the same row. Empty text on either side is excluded beside the test, in the predicate.
fn between_texts(native: &Native, op: TextOp, other: &Native, case: Casing) -> Frag {
    let (left, right) = (value::text(&native.value), value::text(&other.value));
    let (word, _) = text::operator(op, case);
    match op {
        TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Has => {
            Frag::atom(format!("{left} {word} {right}"))
        }
        TextOp::Under => below(native.ty, &left, &right, case),
    }
}

/// `left` is `right` or below it: both in a common form, in which one begins or ends the other.
fn below(ty: Type, left: &str, right: &str, case: Casing) -> Frag {
    let starts = text::operator(TextOp::StartsWith, case).0;
    let ends = text::operator(TextOp::EndsWith, case).0;
    let undotted = |text: &str| format!(r#"strcat(".", trim_end(@"\.+", {text}))"#);
    match ty.below() {
        Some(Below::Name) => Frag::atom(format!("{} {ends} {}", undotted(left), undotted(right))),
        Some(Below::MailDomain) => {
            Frag::atom(format!("{} {ends} {}", undotted(&format!(r#"extract("@([^@]*)$", 1, {left})"#)), undotted(right)))
        }
        Some(Below::UrlHost) => {
            let host = format!(r#"extract(@"^(?:[A-Za-z][0-9A-Za-z+.\-]*://)?(?:[^/?#@]*@)?([^/?#:@]*)", 1, {left})"#);
            Frag::atom(format!("{} {ends} {}", undotted(&host), undotted(right)))
        }
        Some(Below::Key) => {
            let keyed = |text: &str| format!(r#"strcat(trim_end(@"\\+", {text}), @"\")"#);
            Frag::atom(format!("{} {starts} {}", keyed(left), keyed(right)))
        }
        Some(Below::Path) | None => {
            let slashed = |text: &str| format!(r#"strcat(trim_end(@"\\+", replace_string({text}, "/", @"\")), @"\")"#);
            Frag::atom(format!("{} {starts} {}", slashed(left), slashed(right)))
        }
    }
}

fn between_numbers(native: &Native, compare: Compare, other: &Native, two_valued: bool) -> Frag {
    let (left, right) = (value::number(&native.value), value::number(&other.value));
    let compared = Frag::atom(format!("{left} {} {right}", sign(compare)));
    let present = |value: &str| Frag::atom(format!("isnotnull({value})"));
    let guards = match compare {
        // Only two nulls could pass.
        Compare::Equal if !two_valued => vec![present(&left)],
        Compare::Equal | Compare::NotEqual => vec![present(&left), present(&right)],
        Compare::Less | Compare::LessEqual | Compare::Greater | Compare::GreaterEqual if !two_valued => Vec::new(),
        Compare::Less | Compare::LessEqual | Compare::Greater | Compare::GreaterEqual => vec![present(&left), present(&right)],
    };
    Frag::all(guards.into_iter().chain([compared]).collect(), WORDS)
}

pub fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "==",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterEqual => ">=",
    }
}

/// A number in the type of the value it is compared with: a duration counts seconds.
fn literal(native: &Native, number: Number) -> String {
    let text = match number {
        Number::Int(i64::MIN) => "long(-9223372036854775808)".to_owned(),
        Number::Int(number) => number.to_string(),
        Number::Real(number) => format!("real({number:?})"),
    };
    if value::type_of(&native.value) == NativeType::Timespan { format!("{text} * 1s") } else { text }
}
