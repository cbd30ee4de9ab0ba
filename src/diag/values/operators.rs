//! Operators on fields of a type that they mean nothing for: what the type is asked with instead.

use super::super::names::listed;
use crate::diag::{Code, Diagnostic, Edit, Fix};
use crate::schema::Type;
use crate::source::Span;

/// What an operator asks of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// `==`, `!=`, `in`
    Equality,
    /// `<` and its kin
    Order,
    /// `starts_with`, `ends_with`
    Edges,
    /// `contains`, `like`, `has`, `matches`
    Text,
    Under,
    /// `exists`, `is`
    Being,
}

/// What was meant for sure: what to write, and where.
#[derive(Clone, Debug)]
pub struct Meant {
    pub at: Span,
    pub text: String,
}

/// `field`: its name, its place and its type.
pub fn operator_misfit(
    at: Span,
    op: &str,
    (field, place, ty): (&str, Span, Type),
    asks: Asks,
    operators: &[&str],
    meant: Option<Meant>,
) -> Diagnostic {
    let name = ty.name();
    let found = Diagnostic::new(Code::OperatorMisfit, format!("`{op}` does not fit `{field}`"), at, format!("not for type {name}"))
        .label(place, format!("of type {name}"));
    let found = match advice(ty, asks) {
        Some(advice) => found.help(advice),
        None => found,
    };
    let found = match operators {
        ["exists"] => found.help(format!("a field of type {name} takes `exists` only")),
        operators => found.help(format!("a field of type {name} takes {}", listed(operators))),
    };
    match meant {
        Some(Meant { at, text }) => found.help(format!("write `{text}`")).fix(at, text),
        None => found,
    }
}

/// How one asks a value of the type for what the operator was to say. None: the list of operators says it all.
fn advice(ty: Type, asks: Asks) -> Option<&'static str> {
    Some(match (asks, ty) {
        (Asks::Equality | Asks::Being, _) => return None,
        (Asks::Order, Type::Enum) => "the values have no order: list those that are meant, as `in [high, system]`",
        (Asks::Order, Type::Bool) => "a truth value has no order: write the field alone, or `not` before it",
        (Asks::Order, Type::Ip) => "addresses have no order: a range of them is a network, as `in 10.0.0.0/8`",
        (Asks::Order, Type::Time) => "times are not compared: `last`, `within` and `per` speak of time",
        (
            Asks::Order,
            Type::Text
            | Type::Path
            | Type::FileName
            | Type::CommandLine
            | Type::RegistryPath
            | Type::Domain
            | Type::Host
            | Type::Url
            | Type::Email
            | Type::User,
        ) => "text has no order",
        (Asks::Order, Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash | Type::Guid | Type::Sid) => {
            "an identifier has no order: it is the one that is meant, or one of a list"
        }
        (Asks::Edges | Asks::Text, Type::Int | Type::Real | Type::Port) => {
            "a number is no text: `in [..]` asks for several, `>` and `<` for a range"
        }
        (Asks::Edges | Asks::Text, Type::Duration) => "a duration is no text: `>` and `<` compare it, as `> 5m`",
        (Asks::Edges | Asks::Text, Type::Ip) => "an address is no text: a part of one is a network, as `in 10.0.0.0/8`",
        (Asks::Edges | Asks::Text, Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash) => {
            "a hash is compared whole: `==`, or `in [..]`"
        }
        (Asks::Edges | Asks::Text, Type::Guid) => "a GUID is compared whole: `==`, or `in [..]`",
        (Asks::Text, Type::Sid) => "a SID is compared whole, or by its ends: `ends_with \"-500\"`",
        (Asks::Edges | Asks::Text, Type::Bool) => "a truth value is no text: write the field alone, or `not` before it",
        (Asks::Edges | Asks::Text, Type::Enum) => "the values are words of a closed set: `==`, or `in [..]`",
        (Asks::Edges | Asks::Text, Type::Time) => "times are not compared: `last`, `within` and `per` speak of time",
        (Asks::Under, Type::FileName) => "`under` asks for a folder, and a file name has none: ask for the path",
        (Asks::Under, Type::Text | Type::CommandLine | Type::Data | Type::User) => {
            "`under` is for paths, networks and the names of hosts: `starts_with` and `contains` look into a text"
        }
        (
            Asks::Under,
            Type::Int
            | Type::Real
            | Type::Port
            | Type::Md5
            | Type::Sha1
            | Type::Sha256
            | Type::Sha512
            | Type::Imphash
            | Type::Guid
            | Type::Sid
            | Type::Bool
            | Type::Time
            | Type::Duration
            | Type::Enum,
        ) => "`under` is for paths, networks and the names of hosts",
        // These fit.
        (Asks::Order, Type::Data | Type::Int | Type::Real | Type::Port | Type::Duration)
        | (Asks::Edges, Type::Sid)
        | (
            Asks::Edges | Asks::Text,
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
            | Type::User,
        )
        | (Asks::Under, Type::Path | Type::RegistryPath | Type::Ip | Type::Domain | Type::Host | Type::Url | Type::Email) => return None,
    })
}

pub fn kind_misfit(at: Span, word: &str, field: &str, ty: Type, fitting: &[&str]) -> Diagnostic {
    let name = ty.name();
    let found = Diagnostic::new(Code::KindMisfit, format!("`{field}` is never `{word}`"), at, format!("not for type {name}"));
    if fitting.is_empty() {
        found.help(format!("`is` asks what kind of address or account a value is; `==` compares a {name}"))
    } else {
        found.help(format!("`is` goes here with {}", listed(fitting)))
    }
}

/// `between`: from the operator to its operand.
pub fn cased_without_case(at: Span, field: &str, ty: &str, between: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::CasedWithoutCase, format!("`cased` says nothing about `{field}`"), at, format!("of type {ty}"))
        .help("leave `cased` out");
    match between {
        Some(between) => found.with_fix(Fix { certain: true, edits: vec![Edit { span: between, text: " ".into() }] }),
        None => found,
    }
}

pub fn time_compared(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::TimeCompared, format!("`{field}` is a time and is not compared"), at, "no test of a time")
        .help("`last`, `within` and `per` speak of time; `min` and `max` show it")
        .help(format!("its parts are numbers, in UTC: `{field}.hour >= 22`"))
}
