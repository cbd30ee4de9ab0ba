//! Values that pass a test, and values that just do not.
//!
//! In: an operator, the type of its field. Out: a few values to try; the reference evaluator says which of them do what was wanted.
//! Nothing here need be right: a wrong proposal costs one try.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::hir::{Compare, FieldOp, Kind, LikePart, LikePattern, Network, Number, Op, Scalar, TextOp};
use crate::schema::Type;

use super::rng::Rng;
use super::sample::sample;

/// Values of texts that have upset somebody's quoting, parsing or comparing.
pub const HOSTILE: &[&str] = &[
    "\"",
    "'",
    "a\"b",
    "a'b",
    "it''s",
    "\\",
    "a\\",
    "C:\\dir\\",
    "\\\\",
    "\\\"",
    "*",
    "a*b",
    "%",
    "100%",
    "%%1793",
    "_",
    "a_b",
    "\n",
    "a\nb",
    "a\r\nb",
    "\t",
    "$",
    "$x$",
    "`x`",
    "|",
    "a|b",
    "[[",
    "]]",
    "# x",
    "// x",
    "/* x */",
    "é",
    "É",
    "ß",
    "ẞ",
    "İ",
    "ı",
    "ſ",
    "\u{212a}",
    "Σς",
    "日本",
    "😀",
    "\u{202e}x",
    "\u{feff}x",
    "a\u{0}b",
    "unknown",
    "UNKNOWN",
    "-",
    "?",
    "0",
    "null",
    "NULL",
    "nan",
    "true",
    " ",
    " a ",
    "10.0.0.0/8",
    "::1",
    "and or not",
    "x) or (1==1",
    "{{x}}",
    "${x}",
    "<x>",
    "&amp;",
    ",",
    "a,b",
    ";",
    "=",
    "1=1",
];

/// A value that should pass; `others` are the operators that the same value has to pass as well.
pub fn passing(op: &Op, others: &[&Op], ty: Type, names: &[String], rng: &mut Rng) -> Option<Scalar> {
    let textual = |op: &Op| matches!(op, Op::Text { .. } | Op::Like { .. } | Op::Matches { .. });
    if others.iter().any(|other| textual(other)) && textual(op) && rng.below(3) > 0 {
        return together(std::iter::once(op).chain(others.iter().copied().filter(|other| textual(other))), ty, rng).map(Scalar::Text);
    }
    match op {
        Op::Text { op, any, .. } => rng.pick(any).cloned().map(|literal| Scalar::Text(around(*op, ty, &literal, rng))),
        Op::Like { any, .. } => Some(Scalar::Text(filled(rng.pick(any)?, rng))),
        Op::Matches { any, .. } => sample(&rng.pick(any).map(|regex| regex.rust.clone())?, rng).map(Scalar::Text),
        Op::OneOf(scalars) => rng.pick(scalars).cloned(),
        Op::Within(networks) => rng.pick(networks).cloned().map(|network| Scalar::Ip(address_in(network, rng))),
        Op::Compare(compare, number) => Some(beside(*compare, *number, rng)),
        Op::Is(Kind::MachineAccount) => Some(Scalar::Text(format!("PC{}$", rng.below(90)))),
        Op::Is(Kind::Public) => Some(Scalar::Ip(if rng.one_in(2) { [8, 8, 8, rng.below(256) as u8].into() } else { PUBLIC_V6.into() })),
        Op::Is(kind @ (Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved)) => {
            let networks = kind.networks();
            rng.pick(&networks).map(|network| Scalar::Ip(address_in(*network, rng)))
        }
        Op::Exists | Op::Field { .. } => ordinary(ty, names, rng),
    }
}

const PUBLIC_V6: Ipv6Addr = Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0x1111);

/// A value of the type that nobody asks for; `names`: the values of an enumeration.
pub fn ordinary(ty: Type, names: &[String], rng: &mut Rng) -> Option<Scalar> {
    let number = rng.below(100);
    numbered(ty, names, number, rng)
}

/// The value of this number, another one for each number where the type has so many.
pub fn numbered(ty: Type, names: &[String], number: usize, rng: &mut Rng) -> Option<Scalar> {
    let hex = |digits: usize, rng: &mut Rng| Scalar::Text((0..digits).map(|_| char::from(b"0123456789abcdef"[rng.below(16)])).collect());
    Some(match ty {
        Type::Text | Type::Data => Scalar::Text(format!("text {number}")),
        Type::Path => Scalar::Text(format!(r"C:\Windows\q{number}.exe")),
        Type::FileName => Scalar::Text(format!("q{number}.exe")),
        Type::CommandLine => Scalar::Text(format!("q{number}.exe /x \"{number}\"")),
        Type::RegistryPath => Scalar::Text(format!(r"HKEY_LOCAL_MACHINE\Software\q{number}")),
        Type::Int | Type::Duration => Scalar::Int(number as i64 * 4),
        Type::Real => Scalar::Real(number as f64 / 4.0),
        Type::Port => Scalar::Int((number % 64_000) as i64 + 1024),
        Type::Ip => Scalar::Ip(Ipv4Addr::new(198, 18, (number >> 8) as u8, number as u8).into()),
        Type::Domain | Type::Host => Scalar::Text(format!("pc{number}.corp.example")),
        Type::Url => Scalar::Text(format!("https://h{number}.example/a?b=c")),
        Type::Email => Scalar::Text(format!("u{number}@corp.example")),
        Type::Md5 | Type::Imphash => hex(32, rng),
        Type::Sha1 => hex(40, rng),
        Type::Sha256 => hex(64, rng),
        Type::Sha512 => hex(128, rng),
        Type::Guid => Scalar::Text(format!("a1b2c3d4-0001-0002-0003-{number:012}")),
        Type::Sid => Scalar::Text(format!("S-1-5-21-1-2-3-{}", 1000 + number)),
        Type::User => Scalar::Text(format!("user{number}")),
        Type::Bool => Scalar::Bool(number.is_multiple_of(2)),
        Type::Time => Scalar::Text(format!("2026-01-01 00:00:{:02}.000", number % 60)),
        Type::Enum => Scalar::Enum(names.get(number % names.len().max(1))?.clone()),
    })
}

/// One text for several tests: a text for each, in an order that may suit them.
fn together<'o>(ops: impl Iterator<Item = &'o Op>, ty: Type, rng: &mut Rng) -> Option<String> {
    let mut parts: Vec<(usize, String)> = Vec::new();
    for op in ops {
        let (place, text) = match op {
            Op::Text { op: TextOp::StartsWith, any, .. } => (0, rng.pick(any)?.clone()),
            Op::Text { op: TextOp::EndsWith, any, .. } => (9, rng.pick(any)?.clone()),
            Op::Text { any, .. } => (1 + rng.below(8), rng.pick(any)?.clone()),
            other => match passing(other, &[], ty, &[], rng)? {
                Scalar::Text(text) => (rng.below(10), text),
                _ => return None,
            },
        };
        parts.push((place, text));
    }
    parts.sort_by_key(|(place, _)| *place);
    let separator = *rng.pick(&["", " ", " ", "-", "\\"])?;
    Some(parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(separator))
}

/// A text that stands so to the literal as the operator asks.
fn around(op: TextOp, ty: Type, literal: &str, rng: &mut Rng) -> String {
    let left = *rng.pick(&["", "x", "x ", "é", "\\"]).unwrap_or(&"");
    let right = *rng.pick(&["", "x", " x", "é", "\\", "\n"]).unwrap_or(&"");
    match op {
        TextOp::Equals => literal.to_owned(),
        TextOp::Contains | TextOp::Has => format!("{left}{literal}{right}"),
        TextOp::StartsWith => format!("{literal}{right}"),
        TextOp::EndsWith => format!("{left}{literal}"),
        TextOp::Under => match ty {
            Type::RegistryPath => format!("{}{}", literal.trim_end_matches('\\'), rng.pick(&["", "\\", "\\a", "\\b/c"]).unwrap_or(&"")),
            Type::Path => {
                format!("{}{}", literal.trim_end_matches(['\\', '/']), rng.pick(&["", "\\", "\\a.exe", "/b/c"]).unwrap_or(&""))
            }
            Type::Url => format!("https://{}{literal}/a", rng.pick(&["", "www.", "a.b."]).unwrap_or(&"")),
            Type::Email => format!("u@{}{literal}", rng.pick(&["", "eu."]).unwrap_or(&"")),
            _ => format!("{}{literal}{}", rng.pick(&["", "a."]).unwrap_or(&""), rng.pick(&["", "."]).unwrap_or(&"")),
        },
    }
}

fn filled(pattern: &LikePattern, rng: &mut Rng) -> String {
    let parts = pattern.0.iter().map(|part| match part {
        LikePart::Literal(literal) => literal.clone(),
        LikePart::One => (*rng.pick(&["x", "é", "\n", "*"]).unwrap_or(&"x")).to_owned(),
        LikePart::Any => (*rng.pick(&["", "x", "a b", "\n", "\\"]).unwrap_or(&"")).to_owned(),
    });
    parts.collect()
}

fn address_in(network: Network, rng: &mut Rng) -> IpAddr {
    match network.base {
        IpAddr::V4(base) => {
            let free = u32::MAX.checked_shr(network.prefix.into()).unwrap_or(0);
            Ipv4Addr::from_bits(base.to_bits() | (rng.number() as u32 & free)).into()
        }
        IpAddr::V6(base) => {
            let free = u128::MAX.checked_shr(network.prefix.into()).unwrap_or(0);
            Ipv6Addr::from_bits(base.to_bits() | (u128::from(rng.number()) & free)).into()
        }
    }
}

fn beside(compare: Compare, number: Number, rng: &mut Rng) -> Scalar {
    let step = match compare {
        Compare::Equal | Compare::LessEqual | Compare::GreaterEqual => 0,
        Compare::Less => -1,
        Compare::Greater | Compare::NotEqual => 1,
    };
    let far = if rng.one_in(3) { step * 40 } else { step };
    match number {
        Number::Int(number) => Scalar::Int(number.saturating_add(far)),
        Number::Real(number) => Scalar::Real(number + far as f64 / 2.0),
    }
}

/// Values close to this one, most of which pass one test less.
pub fn neighbours(value: &Scalar, rng: &mut Rng) -> Vec<Scalar> {
    match value {
        Scalar::Text(text) => text_neighbours(text, rng).into_iter().filter(|text| !text.is_empty()).map(Scalar::Text).collect(),
        Scalar::Int(number) => [1, -1, 1000, -1000].iter().map(|step| Scalar::Int(number.saturating_add(*step))).collect(),
        Scalar::Real(number) => [0.5, -0.5].iter().map(|step| Scalar::Real(number + step)).collect(),
        Scalar::Bool(truth) => vec![Scalar::Bool(!truth)],
        Scalar::Enum(_) => Vec::new(),
        Scalar::Ip(IpAddr::V4(address)) => {
            let flips = [0, 8, 15, 23, 30, 31].map(|bit| Ipv4Addr::from_bits(address.to_bits() ^ 1 << bit));
            flips.into_iter().map(|address| Scalar::Ip(address.into())).collect()
        }
        Scalar::Ip(IpAddr::V6(address)) => {
            let flips = [0, 64, 95, 96, 117, 120, 127].map(|bit| Ipv6Addr::from_bits(address.to_bits() ^ 1 << bit));
            flips.into_iter().map(|address| Scalar::Ip(address.into())).collect()
        }
    }
}

fn text_neighbours(text: &str, rng: &mut Rng) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = rng.below(chars.len());
    let other = if chars.get(at) == Some(&'z') { 'y' } else { 'z' };
    let replaced = |at: usize, with: Option<char>| {
        chars.iter().enumerate().filter_map(|(index, c)| if index == at { with } else { Some(*c) }).collect::<String>()
    };
    let last = chars.len().saturating_sub(1);
    vec![
        replaced(0, None),
        replaced(last, None),
        replaced(at, None),
        replaced(at, Some(other)),
        format!("{text}z"),
        format!("z{text}"),
        format!("{text}\n"),
        chars.iter().rev().collect(),
        text.replace(['\\', '/'], "_"),
    ]
}

/// The same text with the case of its letters turned around.
pub fn recased(text: &str) -> String {
    let one = |mut letters: std::iter::Peekable<std::char::ToUppercase>, c: char| match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => c,
    };
    text.chars()
        .map(|c| if c.is_lowercase() { one(c.to_uppercase().peekable(), c) } else { c.to_lowercase().next().unwrap_or(c) })
        .collect()
}

/// A value that stands so to the value on the right.
pub fn related(op: FieldOp, right: &Scalar, ty: Type, rng: &mut Rng) -> Scalar {
    match (op, right) {
        (FieldOp::Text(op), Scalar::Text(text)) => Scalar::Text(around(op, ty, text, rng)),
        (FieldOp::Compare(compare), Scalar::Int(number)) => beside(compare, Number::Int(*number), rng),
        (FieldOp::Compare(compare), Scalar::Real(number)) => beside(compare, Number::Real(*number), rng),
        (FieldOp::Text(_) | FieldOp::Compare(_), value) => value.clone(),
    }
}
