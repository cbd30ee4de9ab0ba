//! How a column spells a literal.
//!
//! In: literals, and the type of a column. Out: tests of it that say the same: patterns by what they are, numbers and truths as the texts that stand for them.

use crate::hir::{Casing, LikePattern, Op, Pred, Scalar, Simple, TextOp};
use crate::schema::{NativeType, Type};
use crate::source::Span;

use super::place::is_number;
use super::{Native, NativePred};

/// The value is one of these, in which `*` is any run.
pub fn values(native: &Native, values: Vec<String>, span: Span) -> NativePred {
    let test = |native: &Native, op| Pred::test(native.clone(), op, span);
    if native.value.column().is_some_and(|column| is_number(column.ty)) {
        let numbers = values.iter().filter_map(|value| value.parse().ok().map(Scalar::Int)).collect::<Vec<_>>();
        return if numbers.is_empty() { Pred::FALSE } else { test(&Native { ty: Type::Int, ..native.clone() }, Op::OneOf(numbers)) };
    }
    let text = Native { ty: Type::Text, ..native.clone() };
    let (globs, exact): (Vec<String>, Vec<String>) = values.into_iter().partition(|value| value.contains('*'));
    let mut tests = Vec::new();
    if !exact.is_empty() {
        tests.push(texts(TextOp::Equals, exact, Casing::Ignore));
    }
    let globs: Vec<LikePattern> = globs.iter().map(|glob| LikePattern::parse(glob)).collect();
    tests.extend(like_tests(&globs, Casing::Ignore));
    Pred::any(tests.into_iter().map(|op| test(&text, op)))
}

pub(super) fn texts(op: TextOp, any: Vec<String>, case: Casing) -> Op<Native> {
    Op::Text { op, any, case }
}

/// Patterns by what they are.
pub(super) fn like_tests(patterns: &[LikePattern], case: Casing) -> Vec<Op<Native>> {
    const GROUPS: [TextOp; 4] = [TextOp::Equals, TextOp::StartsWith, TextOp::EndsWith, TextOp::Contains];
    if patterns.iter().any(|pattern| pattern.simple() == Some(Simple::Present)) {
        return vec![Op::Exists];
    }
    let of = |wanted: TextOp| -> Vec<String> {
        let text = |pattern: &LikePattern| match pattern.simple() {
            Some(Simple::Text(op, text)) if op == wanted => Some(text.to_owned()),
            _ => None,
        };
        patterns.iter().filter_map(text).collect()
    };
    let groups = GROUPS.map(|op| (op, of(op))).into_iter().filter(|(_, any)| !any.is_empty());
    let mut tests: Vec<Op<Native>> = groups.map(|(op, any)| texts(op, any, case)).collect();
    // The empty pattern is like the empty text, which is no value.
    let other = patterns.iter().filter(|pattern| !pattern.0.is_empty() && pattern.simple().is_none());
    let other: Vec<LikePattern> = other.cloned().collect();
    if !other.is_empty() {
        tests.push(Op::Like { any: other, case });
    }
    tests
}

pub(super) fn has_case(text: &str) -> bool {
    text.chars().any(|c| c.is_lowercase() || c.is_uppercase())
}

pub(super) fn ignores_case(op: &Op<Native>) -> bool {
    match op {
        Op::Text { case, .. } | Op::Like { case, .. } | Op::Matches { case, .. } | Op::Field { case, .. } => *case == Casing::Ignore,
        Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists => true,
    }
}

/// How a column keeps values of a type.
pub(super) enum Spelling {
    /// As the type does.
    Own,
    Text,
    ZeroOne,
}

pub(super) fn spelling(ty: Type, column: NativeType) -> Spelling {
    match ty {
        Type::Bool if column == NativeType::Bool => Spelling::Own,
        Type::Bool if is_number(column) => Spelling::ZeroOne,
        // Text in which an address is found, in one of several spellings: the printer's matter.
        Type::Ip => Spelling::Own,
        Type::Int | Type::Real | Type::Port | Type::Duration if is_number(column) => Spelling::Own,
        Type::Int
        | Type::Real
        | Type::Port
        | Type::Duration
        | Type::Bool
        | Type::Enum
        | Type::Text
        | Type::Path
        | Type::FileName
        | Type::CommandLine
        | Type::RegistryPath
        | Type::Data
        | Type::Domain
        | Type::Host
        | Type::Url
        | Type::Email
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Guid
        | Type::Sid
        | Type::User
        | Type::Time => Spelling::Text,
    }
}

/// Values under a key of JSON that are told by their text.
pub(super) fn is_spelled(ty: Type, op: &Op<Native>) -> bool {
    const EXACT: i64 = 1 << 53;
    let is_long = |scalar: &Scalar| matches!(scalar, Scalar::Int(number) if !(-EXACT..=EXACT).contains(number));
    matches!(op, Op::OneOf(scalars) if ty == Type::Bool || (ty == Type::Int && scalars.iter().any(is_long)))
}

/// How a text says the value: a truth by its word or its digit.
pub(super) fn scalar_texts(scalar: &Scalar) -> Vec<String> {
    match scalar {
        Scalar::Bool(truth) => vec![truth.to_string(), u8::from(*truth).to_string()],
        Scalar::Text(_) | Scalar::Enum(_) | Scalar::Int(_) | Scalar::Real(_) | Scalar::Ip(_) => vec![scalar_text(scalar)],
    }
}

pub(super) fn scalar_text(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) | Scalar::Enum(text) => text.clone(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Ip(address) => address.to_string(),
    }
}
