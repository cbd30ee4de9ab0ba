//! Which operator fits which type: the one table.
//!
//! MODEL.md, section 2, as two exhaustive matches: what a type takes, and what an operator asks for. `exists` fits every type, `in` and
//! `==` every type but `time`. A new operator or a new type does not compile before it has its row here.

use crate::hir::Kind;
use crate::schema::Type;
use crate::syntax::ast::Op;

/// What a type takes beside `exists`.
#[derive(Clone, Copy)]
struct Row {
    /// `==`, `!=`, `in`
    equal: bool,
    /// `<` and its kin
    order: bool,
    text: Text,
    under: bool,
    kinds: &'static [(&'static str, Kind)],
}

#[derive(Clone, Copy, PartialEq)]
enum Text {
    None,
    /// `starts_with` and `ends_with` alone.
    Edges,
    Whole,
}

const ADDRESS_KINDS: &[(&str, Kind)] = &[
    ("private", Kind::Private),
    ("public", Kind::Public),
    ("loopback", Kind::Loopback),
    ("link_local", Kind::LinkLocal),
    ("multicast", Kind::Multicast),
    ("reserved", Kind::Reserved),
];
const USER_KINDS: &[(&str, Kind)] = &[("machine_account", Kind::MachineAccount)];

fn row(ty: Type) -> Row {
    let row = |equal, order, text, under, kinds| Row { equal, order, text, under, kinds };
    match ty {
        //                                                 equal  order  text         under  is
        Type::Text | Type::FileName | Type::CommandLine => row(true, false, Text::Whole, false, &[]),
        Type::Path | Type::RegistryPath => row(true, false, Text::Whole, true, &[]),
        Type::Domain | Type::Host | Type::Url | Type::Email => row(true, false, Text::Whole, true, &[]),
        Type::User => row(true, false, Text::Whole, false, USER_KINDS),
        Type::Data => row(true, true, Text::Whole, false, &[]),
        Type::Int | Type::Real | Type::Port | Type::Duration => row(true, true, Text::None, false, &[]),
        Type::Ip => row(true, false, Text::None, true, ADDRESS_KINDS),
        Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash | Type::Guid => row(true, false, Text::None, false, &[]),
        Type::Sid => row(true, false, Text::Edges, false, &[]),
        Type::Bool | Type::Enum => row(true, false, Text::None, false, &[]),
        Type::Time => row(false, false, Text::None, false, &[]),
    }
}

/// Whether a test of this operator on a field of this type means something.
pub(super) fn fits(op: Op, ty: Type) -> bool {
    let row = row(ty);
    match op {
        Op::Exists => true,
        Op::Equal | Op::NotEqual | Op::In => row.equal,
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => row.order,
        Op::StartsWith | Op::EndsWith => row.text != Text::None,
        Op::Contains | Op::Like | Op::Has | Op::Matches => row.text == Text::Whole,
        Op::Under => row.under,
        Op::Is => !row.kinds.is_empty(),
    }
}

/// The words after `is` that fit a type.
pub(super) fn kinds(ty: Type) -> &'static [(&'static str, Kind)] {
    row(ty).kinds
}

/// Every word after `is`.
pub(super) fn every_kind() -> impl Iterator<Item = &'static str> {
    ADDRESS_KINDS.iter().chain(USER_KINDS).map(|(name, _)| *name)
}

/// The operators of a type, in the order in which the help names them.
pub(super) fn operators(ty: Type) -> Vec<&'static str> {
    const ALL: [Op; 16] = [
        Op::Equal,
        Op::NotEqual,
        Op::In,
        Op::Less,
        Op::LessEqual,
        Op::Greater,
        Op::GreaterEqual,
        Op::Contains,
        Op::StartsWith,
        Op::EndsWith,
        Op::Like,
        Op::Has,
        Op::Matches,
        Op::Under,
        Op::Is,
        Op::Exists,
    ];
    ALL.into_iter().filter(|op| fits(*op, ty)).map(Op::spelling).collect()
}

/// Whether values of the type are kept as text, so that `==` compares texts and `cased` says something.
pub(super) fn is_kept_as_text(ty: Type) -> bool {
    match ty {
        Type::Text
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
        | Type::User => true,
        Type::Int | Type::Real | Type::Port | Type::Ip | Type::Bool | Type::Time | Type::Duration | Type::Enum => false,
    }
}

/// Whether `cased` says something: hashes and identifiers are the same in either case by nature.
pub(super) fn takes_cased(ty: Type) -> bool {
    is_kept_as_text(ty) && row(ty).text == Text::Whole
}

/// The type of `let x: TYPE`.
pub(super) fn type_of_name(name: &str) -> Option<Type> {
    stated_types().find(|ty| ty.name() == name)
}

/// Every type that a `let` may state. The values of an enumeration depend on the field, and a time has no literal.
pub(super) fn stated_types() -> impl Iterator<Item = Type> {
    Type::ALL.into_iter().filter(|ty| !matches!(ty, Type::Enum | Type::Time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_among_all() {
        // A type more makes the last one's number larger than the list is long.
        assert!(Type::ALL.iter().enumerate().all(|(index, ty)| *ty as usize == index));
        assert_eq!(Type::Enum as usize + 1, Type::ALL.len());
    }
}
