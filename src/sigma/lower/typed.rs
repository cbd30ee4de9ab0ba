//! A value over a field of a type: the operator and the literals that say it.

use crate::letters::Letters;
use crate::schema::{HashKind, Type};
use crate::source::Span;
use crate::syntax::ast::{self, At, Op, Value};
use crate::syntax::spelled;

use super::super::modifier::{Asked, How};
use super::super::value::Piece;
use super::build;
use super::test::{Never, Unfit, is_true};
use super::values::{Ready, What};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// The field has no value.
    Missing,
    /// It has one.
    Present,
    Op {
        op: Op,
        cased: bool,
    },
}

type Formed = Result<(Form, Vec<Value>), Unfit>;

pub fn is_text(ty: Type) -> bool {
    match ty {
        Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::RegistryPath | Type::Data => true,
        Type::Domain | Type::Host | Type::Url | Type::Email | Type::User | Type::Sid => true,
        Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash | Type::Guid => true,
        Type::Int | Type::Real | Type::Port | Type::Ip | Type::Bool | Type::Time | Type::Duration | Type::Enum => false,
    }
}

/// Whether `cased` means something.
pub fn has_case(ty: Type) -> bool {
    is_text(ty) && !is_identifier(ty) && ty != Type::Sid
}

fn is_identifier(ty: Type) -> bool {
    ty == Type::Guid || HashKind::ALL.iter().any(|kind| kind.ty() == ty)
}

pub fn is_hash(ty: Type, digits: &str) -> bool {
    HashKind::ALL.iter().any(|kind| kind.ty() == ty && kind.digits() == digits.len()) && spelled::is_hex(digits)
}

/// `missing`: the texts by which the log says that there is no value.
pub fn form(ty: Type, asked: &Asked, ready: &Ready, missing: impl Fn(&str) -> bool) -> Formed {
    let at = ready.at;
    match &ready.what {
        What::Null => Ok((Form::Missing, Vec::new())),
        What::Verbatim(text) => verbatim(ty, asked, text, ready),
        What::Made(..) if !is_text(ty) || is_identifier(ty) || ty == Type::Sid => unfit(at, "its field is no text"),
        What::Made(op, value) => Ok((Form::Op { op: *op, cased: false }, vec![value.clone()])),
        What::Pattern(pattern) => match pattern.as_slice() {
            [] => Ok((Form::Missing, Vec::new())),
            [Piece::Any] => Ok((Form::Present, Vec::new())),
            [Piece::Text(text)] if missing(text) => Ok((Form::Missing, Vec::new())),
            pattern => patterned(ty, pattern, at),
        },
    }
}

fn unfit(at: Span, why: &str) -> Formed {
    Err(Unfit::new(at, why))
}

/// No event has such a value, in whatever log: `wanted` is what it would be.
fn never(at: Span, why: &str, wanted: &'static str) -> Formed {
    Err(Unfit { never: Some(Never::Other(wanted)), ..Unfit::new(at, why) })
}

fn op(op: Op, value: Value) -> Formed {
    Ok((Form::Op { op, cased: false }, vec![value]))
}

fn verbatim(ty: Type, asked: &Asked, text: &str, ready: &Ready) -> Formed {
    let at = ready.at;
    let order = match asked.how {
        How::Exists => return Ok((if is_true(text) { Form::Present } else { Form::Missing }, Vec::new())),
        How::Regex => return regex(ty, asked, text, ready),
        How::Cidr => {
            return if ty == Type::Ip {
                op(Op::In, address(text, at).unwrap_or_else(|| build::text(text, at)))
            } else {
                unfit(at, "its field is no address")
            };
        }
        How::Less => Op::Less,
        How::LessEqual => Op::LessEqual,
        How::Greater => Op::Greater,
        How::GreaterEqual => Op::GreaterEqual,
        How::Whole | How::Contains | How::StartsWith | How::EndsWith => return unfit(at, "a field stands there"),
    };
    match (ty, text.parse::<i64>(), text.parse::<f64>()) {
        (Type::Int | Type::Real | Type::Port | Type::Data, Ok(number), _) => op(order, build::number(number, at)),
        (Type::Int | Type::Real | Type::Data, _, Ok(number)) => {
            op(order, Value::Number(ast::Number { value: ast::Num::Real(number), written: text.to_owned(), at: At(at) }))
        }
        _ => unfit(at, "its field is no number"),
    }
}

/// Sigma's regexes respect case unless `i` says otherwise.
fn regex(ty: Type, asked: &Asked, text: &str, ready: &Ready) -> Formed {
    let at = ready.at;
    if !is_text(ty) || is_identifier(ty) || ty == Type::Sid {
        return unfit(at, "its field is no text");
    }
    if ty == Type::Data && ["word", "0x"].iter().any(|part| text.to_ascii_lowercase().contains(part)) {
        return unfit(at, "a part of a product's spelling of numbers");
    }
    let inline = text.strip_prefix("(?i)");
    let (pattern, letters) = plain_slashes(text, text.len() - inline.unwrap_or(text).len(), &ready.letters);
    let regex = ast::Regex { pattern, dot_all: asked.dot_all, multi_line: asked.multi_line, letters, at: At(at) };
    let cased = !asked.ignores_case && inline.is_none();
    Ok((Form::Op { op: Op::Matches, cased }, vec![Value::Regex(regex)]))
}

/// A slash needs no backslash; the language takes it away when it reads one. What stands before `from` is left out.
fn plain_slashes(pattern: &str, from: usize, letters: &Letters) -> (String, Letters) {
    let (mut plain, mut places) = (String::new(), Letters::default());
    let (mut kept, mut at) = (from, from);
    let mut keep = |part: std::ops::Range<usize>| {
        plain.push_str(&pattern[part.clone()]);
        places.push_part(letters, part);
    };
    while let Some(found) = pattern[at..].find('\\') {
        let escape = at + found;
        let next = pattern[escape + 1..].chars().next();
        if next == Some('/') {
            keep(kept..escape);
            kept = escape + 1;
        }
        at = escape + 1 + next.map_or(0, char::len_utf8);
    }
    keep(kept..pattern.len());
    (plain, places)
}

fn patterned(ty: Type, pattern: &[Piece], at: Span) -> Formed {
    match ty {
        Type::Int | Type::Port => match pattern {
            [Piece::Text(text)] => match spelled::number(&text.to_ascii_lowercase()) {
                Some(number) if ty == Type::Int || (1..=65_535).contains(&number) => op(Op::Equal, build::number(number, at)),
                Some(0) => unfit(at, "its field is a number"),
                Some(_) => never(at, "its field is a port", "a number from 1 to 65535"),
                // Some products write a word where there is no number.
                None if ["null", "none", "unknown", "n/a"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
                    unfit(at, "its field is a number")
                }
                None => never(at, "its field is a number", "a number"),
            },
            _ => unfit(at, "its field is a number"),
        },
        Type::Real => match pattern {
            [Piece::Text(text)] if text.parse::<f64>().is_ok_and(f64::is_finite) => verbatim_number(text, at),
            _ => unfit(at, "its field is a number"),
        },
        Type::Bool => match pattern {
            [Piece::Text(text)] if text.eq_ignore_ascii_case("true") => op(Op::Equal, Value::Bool(true, At(at))),
            [Piece::Text(text)] if text.eq_ignore_ascii_case("false") => op(Op::Equal, Value::Bool(false, At(at))),
            [Piece::Text(_)] => never(at, "its field is true or false", "`true` or `false`"),
            _ => unfit(at, "its field is true or false"),
        },
        Type::Ip => match pattern {
            [Piece::Text(text)] => match address(text, at) {
                Some(value) if !text.contains('/') => op(Op::Equal, value),
                Some(_) => Err(Unfit { never: Some(Never::Network), ..Unfit::new(at, "its field is an address") }),
                // The name of a service may stand there in a log, half an address does not.
                None if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
                    never(at, "its field is an address", "an address")
                }
                None => unfit(at, "its field is an address"),
            },
            [Piece::Text(text), Piece::Any] => {
                match text.strip_suffix('.').and_then(spelled::network_of_octets).and_then(|network| address(&network, at)) {
                    Some(network) => op(Op::In, network),
                    None => unfit(at, "its field is an address"),
                }
            }
            _ => unfit(at, "its field is an address"),
        },
        Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash => match pattern {
            [Piece::Text(text)] if is_hash(ty, text) => op(Op::Equal, build::text(text, at)),
            _ => unfit(at, "its field is a whole hash"),
        },
        Type::Guid => match pattern {
            [Piece::Text(text)] => op(Op::Equal, build::text(text, at)),
            _ => unfit(at, "its field is a whole GUID"),
        },
        Type::Time | Type::Duration | Type::Enum => unfit(at, "its field is no text"),
        Type::Data => match pattern {
            [Piece::Text(text)] => match spelled::wrapped_number(text) {
                Some(number) => op(Op::Equal, build::number(number, at)),
                None => texts(ty, pattern, at),
            },
            // Sysmon writes a number as `DWORD (0x00000001)`, and the model has the number.
            pattern if is_part_of_number(pattern) => unfit(at, "a part of a product's spelling of numbers"),
            pattern => texts(ty, pattern, at),
        },
        Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::RegistryPath => texts(ty, pattern, at),
        Type::Domain | Type::Host | Type::Url | Type::Email | Type::User | Type::Sid => texts(ty, pattern, at),
    }
}

/// Whether a number in Sysmon's spelling can pass the pattern.
fn is_part_of_number(pattern: &[Piece]) -> bool {
    let stands = |text: &str, form: &str, at: usize| {
        form.len() >= at + text.len()
            && form.bytes().skip(at).zip(text.bytes()).all(|(known, byte)| match known {
                b'#' => byte.is_ascii_hexdigit(),
                known => known.eq_ignore_ascii_case(&byte),
            })
    };
    let within = |text: &str| {
        ["DWORD (0x########)", "QWORD (0x########-0x########)"].iter().any(|form| match pattern {
            [Piece::Text(_), Piece::Any] => stands(text, form, 0),
            [Piece::Any, Piece::Text(_)] => form.len() >= text.len() && stands(text, form, form.len() - text.len()),
            _ => (0..form.len()).any(|at| stands(text, form, at)),
        })
    };
    pattern.len() > 1 && pattern.iter().all(|piece| !matches!(piece, Piece::Text(text) if !within(text)))
}

fn verbatim_number(text: &str, at: Span) -> Formed {
    let value = text.parse().map_or(ast::Num::Real(text.parse().unwrap_or_default()), ast::Num::Int);
    op(Op::Equal, Value::Number(ast::Number { value, written: text.to_owned(), at: At(at) }))
}

fn texts(ty: Type, pattern: &[Piece], at: Span) -> Formed {
    let (operator, text) = match pattern {
        [Piece::Text(text)] => (Op::Equal, text.clone()),
        [Piece::Text(text), Piece::Any] => (Op::StartsWith, text.clone()),
        [Piece::Any, Piece::Text(text)] => (Op::EndsWith, text.clone()),
        [Piece::Any, Piece::Text(text), Piece::Any] => (Op::Contains, text.clone()),
        pattern => match like(pattern) {
            Some(text) => (Op::Like, text),
            None => return unfit(at, "a bracket before a wildcard"),
        },
    };
    match ty {
        Type::FileName if text.contains(['\\', '/']) => unfit(at, "its field is the name of a file, without slashes"),
        Type::User if text.contains(['\\', '@']) => unfit(at, "its field is the name of an account, without a domain"),
        Type::Sid if matches!(operator, Op::Contains | Op::Like) => unfit(at, "its field is a SID"),
        _ => op(operator, build::text(&text, at)),
    }
}

/// `*` and `?` are wildcards, `[*]` and `[?]` the characters. None: a bracket of the text would make one of a wildcard.
fn like(pattern: &[Piece]) -> Option<String> {
    let mut written = String::new();
    for piece in pattern {
        match piece {
            Piece::Any | Piece::One if written.ends_with('[') => return None,
            Piece::Any => written.push('*'),
            Piece::One => written.push('?'),
            Piece::Text(text) => text.chars().for_each(|c| match c {
                '*' | '?' => written.extend(['[', c, ']']),
                c => written.push(c),
            }),
        }
    }
    Some(written)
}

fn address(text: &str, at: Span) -> Option<Value> {
    let (ip, prefix) = spelled::address(text)?;
    Some(Value::Address(ast::Address { ip, prefix, written: text.to_owned(), at: At(at) }))
}
