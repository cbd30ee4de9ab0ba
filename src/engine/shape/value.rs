//! Native values to neutral ones: the closed list of transforms, and how each type is read.
//!
//! In: the cells of a row, an expression of a binding. Out: neutral values, one after the other. Law: a missing input gives a missing
//! value; so does text that is no number, no address, no value of the enumeration.

use std::net::IpAddr;

use crate::engine::Value;
use crate::hir::{self, registry};
use crate::schema::{HashKind, HiveForm, Model, Str, Transform, Type, ValueMap};

use super::json::Json;

/// A value as the row holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Native<'v> {
    Text(&'v str),
    Int(i64),
    Real(f64),
    Bool(bool),
}

/// [`crate::schema::Expr`] with its columns as indices.
#[derive(Debug)]
pub enum Formula<'p> {
    Column(usize),
    Constant(&'p str),
    Apply(&'p Transform, Vec<Formula<'p>>),
}

/// A cell as the text says it.
#[derive(Clone, Copy, Debug)]
pub enum Written<'c> {
    Unknown,
    /// There is no value.
    Nothing,
    /// This text, of this kind: one cell for one text and kind.
    Text(u8, &'c str),
}

/// What a row has, by column of its schema.
pub trait Columns {
    /// Calls `then` with the cell, if the row has it.
    fn cell(&self, column: usize, then: &mut dyn FnMut(&Json<'_>));

    /// What the cell is made of.
    fn written(&self, column: usize) -> Written<'_> {
        let _ = column;
        Written::Unknown
    }

    /// Microseconds since 1970.
    fn time(&self) -> Option<i64>;

    /// Calls `then` with the text of the whole event.
    fn raw(&self, then: &mut dyn FnMut(&str));

    /// See [`crate::engine::Fields::written`].
    fn line(&self) -> Option<&str> {
        None
    }
}

/// What an expression is evaluated with.
#[derive(Clone, Copy)]
pub struct Inputs<'i> {
    pub cells: &'i dyn Columns,
    /// The native values that mean 'no value'.
    pub missing: &'i [Str],
    pub model: &'i Model,
}

impl Inputs<'_> {
    /// Calls `each` for every value of the cell that does not mean 'no value'.
    pub fn of_cell(self, cell: &Json<'_>, each: &mut dyn FnMut(Native<'_>)) {
        cell_values(cell, &mut |value| {
            if !means_missing(value, self.missing) {
                each(value);
            }
        });
    }
}

impl Formula<'_> {
    /// Appends its columns, in the order in which they stand in it.
    pub fn columns(&self, into: &mut Vec<usize>) {
        match self {
            Formula::Column(column) => into.push(*column),
            Formula::Constant(_) => {}
            Formula::Apply(_, arguments) => arguments.iter().for_each(|argument| argument.columns(into)),
        }
    }

    /// Appends the maps that it looks something up in.
    pub fn maps<'m>(&self, model: &'m Model, into: &mut Vec<&'m ValueMap>) {
        let Formula::Apply(transform, arguments) = self else { return };
        if let Transform::Map(map) = transform {
            into.push(model.map(*map));
        }
        arguments.iter().for_each(|argument| argument.maps(model, into));
    }

    /// Calls `each` for every value.
    pub fn values(&self, inputs: Inputs<'_>, each: &mut dyn FnMut(Native<'_>)) {
        match self {
            Formula::Column(column) => inputs.cells.cell(*column, &mut |cell| inputs.of_cell(cell, each)),
            Formula::Constant(text) => each(Native::Text(text)),
            Formula::Apply(transform, arguments) => apply(transform, arguments, inputs, each),
        }
    }
}

fn apply(transform: &Transform, arguments: &[Formula<'_>], inputs: Inputs<'_>, each: &mut dyn FnMut(Native<'_>)) {
    let [first, rest @ ..] = arguments else { return };
    let mut texts = |cut: &dyn Fn(&str) -> Option<&str>| {
        first.values(inputs, &mut |value| {
            with_text(value, |text| {
                if let Some(part) = cut(text).filter(|part| !part.is_empty()) {
                    each(Native::Text(part));
                }
            });
        });
    };
    match transform {
        Transform::Basename => {
            texts(&|path| path.get(path.bytes().rposition(|byte| matches!(byte, b'\\' | b'/')).map_or(0, |at| at + 1)..))
        }
        Transform::UserName => texts(&|user| Some(user_name(user))),
        Transform::UserDomain => texts(&user_domain),
        Transform::Hash(kind) => first.values(inputs, &mut |value| {
            with_text(value, |text| {
                hashes(text, *kind, &mut |hash| {
                    if !means_missing(Native::Text(hash), inputs.missing) {
                        each(Native::Text(hash));
                    }
                });
            });
        }),
        Transform::Int | Transform::Hex => first.values(inputs, &mut |value| {
            if let Some(number) = int(value) {
                each(Native::Int(number));
            }
        }),
        Transform::Lower => first.values(inputs, &mut |value| with_text(value, |text| each(Native::Text(&text.to_lowercase())))),
        Transform::Map(map) => {
            let pairs = &inputs.model.map(*map).pairs;
            first.values(inputs, &mut |value| {
                with_text(value, |text| {
                    if let Some((_, neutral)) = pairs.iter().find(|(native, _)| like(native, text)) {
                        each(Native::Text(neutral));
                    }
                });
            });
        }
        Transform::First => {
            let mut any = false;
            for argument in arguments {
                if !any {
                    argument.values(inputs, &mut |value| {
                        any = true;
                        each(value);
                    });
                }
            }
        }
        Transform::Cut(cut) => texts(&|text| hir::cut(cut, text)),
        Transform::OnlyIp => texts(&|text| Some(text).filter(|text| text.parse::<IpAddr>().is_ok())),
        Transform::NotIp => texts(&|text| Some(text).filter(|text| text.parse::<IpAddr>().is_err())),
        Transform::Hive(form) => {
            first.values(inputs, &mut |value| with_text(value, |text| each(Native::Text(&registry::of_column(*form, text)))));
        }
        Transform::RegData => first.values(inputs, &mut |value| with_text(value, |text| each(Native::Text(&registry::data(text))))),
        Transform::Json(key) => match first {
            Formula::Column(column) => inputs.cells.cell(*column, &mut |cell| under_key(cell, key, each)),
            Formula::Constant(_) | Formula::Apply(..) => {
                first.values(inputs, &mut |value| with_text(value, |text| under_key(&Json::Text(text.into()), key, each)));
            }
        },
        Transform::Xml(name) => first.values(inputs, &mut |value| {
            with_text(value, |text| {
                if let Some(found) =
                    hir::xml(name, text).filter(|found| !found.is_empty() && !means_missing(Native::Text(found), inputs.missing))
                {
                    each(Native::Text(&found));
                }
            });
        }),
        Transform::Switch(arms) => {
            let mut arm = arms.len();
            first.values(inputs, &mut |value| {
                let found = with_text(value, |text| arms.iter().position(|values| values.iter().any(|wanted| like(wanted, text))));
                arm = found.unwrap_or(arm);
            });
            rest.get(arm).into_iter().for_each(|argument| argument.values(inputs, each));
        }
        // No field is made of it: the engine reads parts off the time.
        Transform::Part(_) => {}
        // Made into other formulas when the binding was prepared.
        Transform::Const(_) | Transform::Lookup { .. } => first.values(inputs, each),
        Transform::Concat(between) => first.values(inputs, &mut |left| {
            with_text(left, |left| {
                if let Some(right) = rest.first() {
                    right.values(inputs, &mut |right| with_text(right, |right| each(Native::Text(&format!("{left}{between}{right}")))));
                }
            });
        }),
        Transform::Join(separator) => first.values(inputs, &mut |left| {
            with_text(left, |left| {
                let mut any = false;
                if let Some(right) = rest.first() {
                    right.values(inputs, &mut |right| {
                        with_text(right, |right| {
                            any = true;
                            each(Native::Text(&format!("{left}{separator}{right}")));
                        });
                    });
                }
                if !any {
                    each(Native::Text(left));
                }
            });
        }),
    }
}

/// Every value of a cell; a list has several, an object none.
pub fn cell_values(cell: &Json<'_>, each: &mut dyn FnMut(Native<'_>)) {
    match cell.content() {
        Json::Null | Json::Object(_) => {}
        Json::Bool(truth) => each(Native::Bool(*truth)),
        Json::Int(number) => each(Native::Int(*number)),
        Json::Real(number) => each(Native::Real(*number)),
        Json::Text(text) if text.is_empty() => {}
        Json::Text(text) => each(Native::Text(text)),
        Json::List(items) => items.iter().for_each(|item| cell_values(item, each)),
    }
}

/// The values that stand under a key of JSON, or of a text that is JSON: `a.b`, `a[0].b`, `[*].b`.
fn under_key(cell: &Json<'_>, key: &str, each: &mut dyn FnMut(Native<'_>)) {
    match cell {
        Json::Text(text) => {
            if let Ok(parsed @ (Json::Object(_) | Json::List(_))) = Json::parse(text) {
                step(&parsed, key, each);
            }
        }
        other => step(other, key, each),
    }
}

fn step(value: &Json<'_>, key: &str, each: &mut dyn FnMut(Native<'_>)) {
    let key = key.strip_prefix('.').unwrap_or(key);
    if key.is_empty() {
        return cell_values(value, each);
    }
    if let Some((index, rest)) = key.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let Json::List(items) = value else { return };
        match index.parse::<usize>() {
            Ok(index) => items.get(index).into_iter().for_each(|item| step(item, rest, each)),
            Err(_) => items.iter().for_each(|item| step(item, rest, each)),
        }
        return;
    }
    let end = key.find(['.', '[']).unwrap_or(key.len());
    value.get(&key[..end]).into_iter().for_each(|inner| step(inner, &key[end..], each));
}

pub fn means_missing(value: Native<'_>, missing: &[Str]) -> bool {
    !missing.is_empty() && with_text(value, |text| missing.iter().any(|word| word.eq_ignore_ascii_case(text)))
}

/// A value as text; only what is none is written down first.
pub fn with_text<T>(value: Native<'_>, then: impl FnOnce(&str) -> T) -> T {
    match value {
        Native::Text(text) => then(text),
        Native::Int(number) => then(&number.to_string()),
        Native::Real(number) => then(&number.to_string()),
        Native::Bool(truth) => then(if truth { "true" } else { "false" }),
    }
}

/// Cut at the last `\`, else at the first `@`.
fn user_name(user: &str) -> &str {
    match (user.rfind('\\'), user.find('@')) {
        (Some(at), _) => &user[at + 1..],
        (None, Some(at)) => &user[..at],
        (None, None) => user,
    }
}

fn user_domain(user: &str) -> Option<&str> {
    match (user.rfind('\\'), user.find('@')) {
        (Some(at), _) => Some(&user[..at]),
        (None, Some(at)) => Some(&user[at + 1..]),
        (None, None) => None,
    }
}

/// `MD5=..,SHA256=..`, or a bare hash by its length.
fn hashes(text: &str, kind: HashKind, each: &mut dyn FnMut(&str)) {
    let is_between = |byte: &u8| matches!(byte, b',' | b';' | b' ' | b'\n' | b'\r' | b'\t');
    let mut rest = Some(text);
    while let Some(text) = rest {
        let end = text.as_bytes().iter().position(is_between);
        let part = end.map_or(text, |end| &text[..end]);
        rest = end.map(|end| &text[end + 1..]);
        match part.split_once('=') {
            Some((key, hash)) if key.eq_ignore_ascii_case(kind.label()) && !hash.is_empty() => each(hash),
            Some(_) => {}
            None if part.len() == kind.digits() && part.bytes().all(|byte| byte.is_ascii_hexdigit()) => each(part),
            None => {}
        }
    }
}

/// `4688`, `0x1250`, or a number that has no fraction.
fn int(value: Native<'_>) -> Option<i64> {
    match value {
        Native::Int(number) => Some(number),
        Native::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
        Native::Text(text) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) if digits.starts_with(['+', '-']) => None,
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
        Native::Real(_) | Native::Bool(_) => None,
    }
}

/// Without case; `*` is any run.
pub fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some((head, mut rest)) = text.split_at_checked(first.len()) else { return false };
    if !head.eq_ignore_ascii_case(first) {
        return false;
    }
    let middle: Vec<&str> = parts.collect();
    let Some((last, middle)) = middle.split_last() else { return rest.is_empty() };
    for part in middle {
        let found = (0..=rest.len()).find(|at| rest.get(*at..at + part.len()).is_some_and(|here| here.eq_ignore_ascii_case(part)));
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.get(rest.len() - last.len()..).is_some_and(|end| end.eq_ignore_ascii_case(last))
}

/// Whether [`typed`] keeps a text as it is.
pub fn is_kept(ty: Type) -> bool {
    match ty {
        Type::Int | Type::Port | Type::Duration | Type::Real | Type::Bool | Type::Ip | Type::Enum | Type::RegistryPath | Type::Guid => {
            false
        }
        Type::Text
        | Type::Path
        | Type::FileName
        | Type::CommandLine
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
        | Type::Sid
        | Type::User
        | Type::Time => true,
    }
}

/// Reads a native value as one of this type; `values`: those of the enumeration.
pub fn typed(value: Native<'_>, ty: Type, values: &[Str], each: &mut dyn FnMut(Value<'_>)) {
    match ty {
        Type::Int | Type::Port | Type::Duration => int(value).into_iter().for_each(|number| each(Value::Int(number))),
        Type::Real => real(value).into_iter().for_each(|number| each(Value::Real(number))),
        Type::Bool => truth(value).into_iter().for_each(|truth| each(Value::Bool(truth))),
        Type::Ip => with_text(value, |text| text.parse::<IpAddr>().into_iter().for_each(|address| each(Value::Ip(address)))),
        Type::Enum => with_text(value, |text| {
            values.iter().find(|word| word.eq_ignore_ascii_case(text)).into_iter().for_each(|word| each(Value::Enum(word)));
        }),
        // Without a transform that says otherwise a column has its hives in full.
        Type::RegistryPath => with_text(value, |text| each(Value::Text(&registry::of_column(HiveForm::Long, text)))),
        Type::Guid => with_text(value, |text| each(Value::Text(text.trim_start_matches('{').trim_end_matches('}')))),
        Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::Data | Type::Domain | Type::Host
        | Type::Url | Type::Email | Type::Md5 | Type::Sha1 | Type::Sha256 | Type::Sha512 | Type::Imphash | Type::Sid | Type::User
        // No rule compares a time with a literal: it is kept as written, to be shown.
        | Type::Time => with_text(value, |text| each(Value::Text(text))),
    }
}

fn real(value: Native<'_>) -> Option<f64> {
    match value {
        Native::Int(number) => Some(number as f64),
        Native::Real(number) => Some(number),
        Native::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        Native::Bool(_) => None,
    }
}

fn truth(value: Native<'_>) -> Option<bool> {
    match value {
        Native::Bool(truth) => Some(truth),
        Native::Int(number @ (0 | 1)) => Some(number == 1),
        Native::Text(text) if text == "1" || text.eq_ignore_ascii_case("true") => Some(true),
        Native::Text(text) if text == "0" || text.eq_ignore_ascii_case("false") => Some(false),
        Native::Text(_) | Native::Int(_) | Native::Real(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        assert!(like("*%%4416*", "%%4416\n\t%%4417") && like("*IPC$", r"\\*\ipc$") && like("a*b*c", "aXbbXc") && like("*", ""));
        assert!(!like("a*a", "a") && !like("ab", "abc") && !like("", "a") && !like("é*", "e"));
    }

    #[test]
    fn numbers_are_read_whole() {
        let numbers = ["4688", "0x1250", "0X1250", "-1", "4688 ", "12a", "0x", "0x-1", "", "99999999999999999999"];
        let read: Vec<Option<i64>> = numbers.iter().map(|text| int(Native::Text(text))).collect();
        assert_eq!(read, [Some(4688), Some(4688), Some(4688), Some(-1), None, None, None, None, None, None]);
    }

    #[test]
    fn hashes_by_kind_or_length() {
        let of = |text: &str, kind| {
            let mut found = Vec::new();
            hashes(text, kind, &mut |hash| found.push(hash.to_owned()));
            found
        };
        let md5 = "0123456789abcdef0123456789ABCDEF";
        assert_eq!(of(&format!("SHA1=aa,MD5={md5},IMPHASH=00"), HashKind::Md5), [md5]);
        assert_eq!(of(md5, HashKind::Md5), [md5]);
        assert_eq!(of(md5, HashKind::Sha1), [""; 0]);
        assert_eq!(of("MD5=", HashKind::Md5), [""; 0]);
    }

    #[test]
    fn accounts() {
        assert_eq!((user_name(r"CORP\alice"), user_domain(r"CORP\alice")), ("alice", Some("CORP")));
        assert_eq!((user_name("bob@corp.example"), user_domain("bob@corp.example")), ("bob", Some("corp.example")));
        assert_eq!((user_name("PC1$"), user_domain("PC1$")), ("PC1$", None));
        assert_eq!((user_name(r"NT AUTHORITY\SYSTEM@x"), user_domain(r"A\B\c")), ("SYSTEM@x", Some(r"A\B")));
    }
}
