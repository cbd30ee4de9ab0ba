//! A native row, and the plain meaning of a native predicate on it. Written for the tests: it shares nothing with `backend`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use spoor::backend::bind::{Native, NativeExpr, NativePred};
use spoor::hir::{Compare, FieldOp, Kind, Network, Number, Op, Pred, Scalar, Test, TextOp, eval_text};
use spoor::schema::{Str, Transform};

/// Column to its one text; a column that is not there is null.
pub type Row = BTreeMap<String, String>;

pub fn holds(pred: &NativePred, row: &Row) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().all(|part| holds(part, row)),
        Pred::Any(parts) => parts.iter().any(|part| holds(part, row)),
        Pred::Not(inner) => !holds(inner, row),
        Pred::Test(test) => passes(test, row),
    }
}

fn passes(test: &Test<Native>, row: &Row) -> bool {
    let Some(left) = value(&test.field.value, row, &test.field.missing) else { return false };
    match &test.op {
        Op::Field { op, other, .. } => {
            let Some(right) = value(&other.field.value, row, &other.field.missing) else { return false };
            let (left, right) = (left.to_lowercase(), right.to_lowercase());
            match op {
                FieldOp::Text(TextOp::Equals) => left == right,
                FieldOp::Text(TextOp::Contains) => left.contains(&right),
                FieldOp::Text(TextOp::StartsWith) => left.starts_with(&right),
                FieldOp::Text(TextOp::EndsWith) => left.ends_with(&right),
                FieldOp::Text(TextOp::Has | TextOp::Under) => panic!("not generated"),
                FieldOp::Compare(compare) => numbers(&left, &right).is_some_and(|(left, right)| ordered(*compare, left, right)),
            }
        }
        Op::Text { op: TextOp::Under, .. } => panic!("bind leaves no `under` with literals"),
        Op::OneOf(scalars) => scalars.iter().any(|scalar| match scalar {
            Scalar::Int(number) => left.parse() == Ok(*number),
            other => eval_text::<()>(&Op::OneOf(vec![other.clone()]), &left),
        }),
        Op::Compare(compare, Number::Int(number)) => left.parse().is_ok_and(|left: i64| ordered(*compare, left, *number)),
        Op::Within(networks) => left.parse().is_ok_and(|address| networks.iter().any(|network| within(address, network))),
        Op::Is(kind @ (Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved)) => {
            left.parse().is_ok_and(|address| kind.networks().iter().any(|network| within(address, network)))
        }
        literal => eval_text(literal, &left),
    }
}

fn within(address: IpAddr, network: &Network) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let ((address, width), (base, of)) = (bits(address), bits(network.base));
    width == of && (network.prefix == 0 || (address ^ base) >> (128 - network.prefix) == 0)
}

fn numbers(left: &str, right: &str) -> Option<(i64, i64)> {
    Some((left.parse().ok()?, right.parse().ok()?))
}

fn ordered(compare: Compare, left: i64, right: i64) -> bool {
    match compare {
        Compare::Equal => left == right,
        Compare::NotEqual => left != right,
        Compare::Less => left < right,
        Compare::LessEqual => left <= right,
        Compare::Greater => left > right,
        Compare::GreaterEqual => left >= right,
    }
}

/// What a printer computes: null stays null; markers are told from values only inside `First` and `Join`.
fn value(expr: &NativeExpr, row: &Row, missing: &[Str]) -> Option<String> {
    match expr {
        NativeExpr::Column(column) => row.get(&*column.name).cloned(),
        NativeExpr::Apply(transform, inputs) => match (transform, inputs.as_slice()) {
            (Transform::Join(separator), [a, b]) => {
                let present = |expr: &NativeExpr| value(expr, row, missing).filter(|text| !is_missing(text, missing));
                let a = present(a)?;
                Some(present(b).map_or(a.clone(), |b| format!("{a}{separator}{b}")))
            }
            // Only where two fields are compared.
            (Transform::Switch(arms), [selector, values @ ..]) => {
                let told = value(selector, row, missing);
                let is = |wanted: &Str| told.as_ref().is_some_and(|told| told.eq_ignore_ascii_case(wanted));
                let arm = arms.iter().position(|arm| arm.iter().any(is)).unwrap_or(arms.len());
                value(values.get(arm)?, row, missing)
            }
            (Transform::First | Transform::Map(_) | Transform::Switch(_) | Transform::Lookup { .. }, _) => {
                panic!("bind leaves none in a test: {transform:?}")
            }
            (Transform::Const(text), _) => Some(text.to_string()),
            (Transform::Concat(between), [a, b]) => {
                let present = |expr: &NativeExpr| value(expr, row, missing).filter(|text| !is_missing(text, missing));
                Some(format!("{}{between}{}", present(a)?, present(b)?))
            }
            (one, [input]) => computed(one, &value(input, row, missing)?),
            _ => panic!("as many inputs as the transform takes"),
        },
    }
}

pub fn is_missing(text: &str, missing: &[Str]) -> bool {
    missing.iter().any(|marker| marker.eq_ignore_ascii_case(text))
}

/// A transform of one text, as MODEL says it; also of the neutral side.
pub fn computed(transform: &Transform, text: &str) -> Option<String> {
    let found = match transform {
        Transform::Basename => text.rsplit(['\\', '/']).next()?.to_owned(),
        Transform::UserName => match text.rfind('\\') {
            Some(at) => text[at + 1..].to_owned(),
            None => text.split('@').next()?.to_owned(),
        },
        Transform::UserDomain => match text.rfind('\\') {
            Some(at) => text[..at].to_owned(),
            None => text.split_once('@')?.1.to_owned(),
        },
        Transform::Int => text.parse::<i64>().ok()?.to_string(),
        Transform::Hex => i64::from_str_radix(text.strip_prefix("0x")?, 16).ok()?.to_string(),
        Transform::Part(part) => part.of(spoor::schema::calendar::instant(text)?).to_string(),
        Transform::Lower => text.to_lowercase(),
        Transform::Hash(kind) => {
            let name = format!("{}=", kind.ty().name());
            let lower = text.to_lowercase();
            let digits = kind.digits();
            let part = lower.split(',').find_map(|part| part.strip_prefix(&name).map(str::to_owned));
            part.or_else(|| (lower.len() == digits && lower.chars().all(|c| c.is_ascii_hexdigit())).then_some(lower))?
        }
        Transform::Cut(cut) => {
            let pattern = regex::RegexBuilder::new(&cut.pattern()).case_insensitive(true).build().expect("a pattern");
            pattern.captures(text)?.get(1)?.as_str().to_owned()
        }
        Transform::OnlyIp => text.parse::<std::net::IpAddr>().ok().map(|_| text.to_owned())?,
        Transform::NotIp => {
            if text.parse::<std::net::IpAddr>().is_ok() {
                return None;
            } else {
                text.to_owned()
            }
        }
        Transform::Hive(form) => spoor::hir::registry::of_column(*form, text).into_owned(),
        Transform::RegData => spoor::hir::registry::data(text).into_owned(),
        Transform::Json(key) => {
            let mut value: serde_json::Value = serde_json::from_str(text).ok()?;
            for step in key.split('.') {
                value = value.get_mut(step)?.take();
            }
            value.as_str()?.to_owned()
        }
        Transform::Xml(key) => {
            let (_, rest) = text.split_once(&format!("Name=\"{key}\">"))?;
            let raw = rest.split_once('<')?.0;
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
                .iter()
                .fold(raw.to_owned(), |text, (from, to)| text.replace(from, to))
        }
        Transform::Map(_)
        | Transform::First
        | Transform::Join(_)
        | Transform::Concat(_)
        | Transform::Lookup { .. }
        | Transform::Const(_)
        | Transform::Switch(_) => panic!("not of one text"),
    };
    (!found.is_empty()).then_some(found)
}
