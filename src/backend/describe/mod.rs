//! A predicate, or a plan, in lines that a person can read.
//!
//! In: what a plan asks of a container, or what a rule means. Out: text in Spoor's own words over the product's columns, or over the
//! model's fields, for `spoor explain` and for tests. It is no query language: columns stand without their dataset, and a value
//! computed of a column reads as the binding writes it.

use crate::hir::{Casing, Compare, FieldOp, Kind, LikePart, LikePattern, Number, Op, Pred, Scalar, Test, TextOp};
use crate::schema::{Class, Cut, FieldId, List, Str, Transform};

use super::bind::{Native, NativeExpr, NativePred};

mod shape;

pub use shape::{describe_columns, describe_made, describe_shape};

/// `process_name == 'a.exe' and not user in ['unknown', '-']`
pub fn describe(pred: &NativePred) -> String {
    line(pred, &|native: &Native| describe_value(&native.value), usize::MAX)
}

/// `name == 'a.exe'`; of a list of more than `most` values the first ones.
pub fn describe_neutral(pred: &Pred, class: &Class, most: usize) -> String {
    line(pred, &|field: &FieldId| class.get(*field).name.to_string(), most)
}

/// What a test is about, in words.
type Name<'n, F> = &'n dyn Fn(&F) -> String;

fn line<F>(pred: &Pred<F>, name: Name<'_, F>, most: usize) -> String {
    let enclosed = |pred: &Pred<F>| match pred {
        Pred::All(_) | Pred::Any(_) => format!("({})", line(pred, name, most)),
        Pred::Not(_) | Pred::Test(_) => line(pred, name, most),
    };
    let joined = |parts: &[Pred<F>], word: &str| parts.iter().map(enclosed).collect::<Vec<_>>().join(word);
    match pred {
        Pred::All(parts) if parts.is_empty() => "everything".to_owned(),
        Pred::Any(parts) if parts.is_empty() => "nothing".to_owned(),
        Pred::All(parts) => joined(parts, " and "),
        Pred::Any(parts) => joined(parts, " or "),
        Pred::Not(inner) => format!("not {}", enclosed(inner)),
        Pred::Test(test) => of_test(test, name, most),
    }
}

/// `basename(Image)`
pub fn describe_value(value: &NativeExpr) -> String {
    let NativeExpr::Apply(transform, inputs) = value else {
        return value.column().map_or_else(String::new, |column| column.name.to_string());
    };
    let inputs: Vec<String> = inputs.iter().map(describe_value).collect();
    let name = match transform {
        Transform::Basename => "basename",
        Transform::Join(separator) => return format!("join({})", inputs.join(&format!(", \"{separator}\", "))),
        Transform::First => "first",
        Transform::Hash(kind) => return format!("hash({}, {})", inputs.join(", "), kind.ty().name()),
        Transform::UserName => "user_name",
        Transform::UserDomain => "user_domain",
        Transform::Int => "int",
        Transform::Hex => "hex",
        Transform::Lower => "lower",
        Transform::Map(_) => "map",
        Transform::Cut(Cut::Kv(key)) => return format!("kv({}, {key})", inputs.join(", ")),
        Transform::Cut(Cut::Xml(name)) => return format!("xml({}, {name})", inputs.join(", ")),
        Transform::Cut(Cut::Labels(_, count)) => return format!("labels({}, {count})", inputs.join(", ")),
        Transform::Cut(cut) => cut.name(),
        Transform::Concat(between) => return format!("concat({})", inputs.join(&format!(", \"{between}\", "))),
        Transform::Json(key) => return format!("json({}, {key})", inputs.join(", ")),
        Transform::Xml(key) => return format!("xml({}, {key})", inputs.join(", ")),
        Transform::OnlyIp => "only_ip",
        Transform::NotIp => "not_ip",
        Transform::Hive(form) => return format!("hive({}, {})", inputs.join(", "), form.name()),
        Transform::RegData => "reg_data",
        Transform::Part(part) => part.name(),
        Transform::Lookup { table, column } => return format!("lookup({table}, {}, {column})", inputs.join(", ")),
        Transform::Const(value) => return format!("\"{value}\""),
        Transform::Switch(arms) => return switch(arms, &inputs),
    };
    format!("{name}({})", inputs.join(", "))
}

/// `RemoteIP if ActionType in [..], else LocalIP`
fn switch(arms: &[List<Str>], inputs: &[String]) -> String {
    let Some((selector, values)) = inputs.split_first() else { return String::new() };
    let told = values.iter().enumerate().map(|(at, value)| match arms.get(at) {
        Some(wanted) => format!("{value} if {selector} in {}", list(wanted.iter().map(|value| value.to_string()).collect(), usize::MAX)),
        None => format!("else {value}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn of_test<F>(test: &Test<F>, name: Name<'_, F>, most: usize) -> String {
    let value = name(&test.field);
    let list = |items: Vec<String>| list(items, most);
    match &test.op {
        Op::Text { op: TextOp::Equals, any, case } => match (any.as_slice(), case) {
            ([one], _) => format!("{value} == {}{}", cased(*case), quoted(one)),
            _ => format!("{value} in {}{}", cased(*case), list(any.iter().map(|text| quoted(text)).collect())),
        },
        Op::Text { op, any, case } => {
            format!("{value} {} {}{}", word(*op), cased(*case), list(any.iter().map(|text| quoted(text)).collect()))
        }
        Op::Like { any, case } => {
            format!("{value} like {}{}", cased(*case), list(any.iter().map(|pattern| quoted(&wildcards(pattern))).collect()))
        }
        Op::Matches { any, case } => {
            format!("{value} matches {}{}", cased(*case), list(any.iter().map(|regex| format!("/{}/", regex.written)).collect()))
        }
        Op::OneOf(scalars) => match scalars.as_slice() {
            [one] => format!("{value} == {}", scalar(one)),
            _ => format!("{value} in {}", list(scalars.iter().map(scalar).collect())),
        },
        Op::Within(networks) => {
            format!("{value} in {}", list(networks.iter().map(|network| format!("{}/{}", network.base, network.prefix)).collect()))
        }
        Op::Compare(compare, number) => format!("{value} {} {}", sign(*compare), of_number(*number)),
        Op::Is(kind) => format!("{value} is {}", kind_name(*kind)),
        Op::Exists => format!("{value} exists"),
        Op::Field { op, other, case } => {
            let sign = match op {
                FieldOp::Text(op) => word(*op),
                FieldOp::Compare(compare) => sign(*compare),
            };
            format!("{value} {sign} {}{}", cased(*case), name(&other.field))
        }
    }
}

fn cased(case: Casing) -> &'static str {
    match case {
        Casing::Ignore => "",
        Casing::Respect => "cased ",
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn list(items: Vec<String>, most: usize) -> String {
    match items.as_slice() {
        [one] => one.clone(),
        all if all.len() <= most => format!("[{}]", all.join(", ")),
        all => format!("[{}, and {} more]", all[..most].join(", "), all.len() - most),
    }
}

fn wildcards(pattern: &LikePattern) -> String {
    let parts = pattern.0.iter().map(|part| match part {
        LikePart::Literal(text) => text.replace('*', "[*]").replace('?', "[?]"),
        LikePart::One => "?".to_owned(),
        LikePart::Any => "*".to_owned(),
    });
    parts.collect()
}

fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => quoted(text),
        Scalar::Enum(word) => word.clone(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Ip(address) => address.to_string(),
    }
}

fn of_number(number: Number) -> String {
    match number {
        Number::Int(number) => number.to_string(),
        Number::Real(number) => number.to_string(),
    }
}

fn word(op: TextOp) -> &'static str {
    match op {
        TextOp::Equals => "==",
        TextOp::Contains => "contains",
        TextOp::StartsWith => "starts_with",
        TextOp::EndsWith => "ends_with",
        TextOp::Has => "has",
        TextOp::Under => "under",
    }
}

fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "==",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterEqual => ">=",
    }
}

fn kind_name(kind: Kind) -> &'static str {
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
