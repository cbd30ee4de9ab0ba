//! Literals in the normal form of the type they are compared with, and the mistakes that a type tells.
//!
//! In: a literal, the field on its left, the operator. Out: [`Typed`]. Texts are refanged, numbers and addresses are themselves, `{..}`
//! around a GUID is gone. What a value of the type can never look like is an error here, since the test would silently never be true.

use std::net::IpAddr;

use crate::diag::{lints, values};
use crate::hir::{Network, Scalar};
use crate::schema::{HashKind, Type};
use crate::source::Span;
use crate::syntax::ast::{Num, Op};

use super::operands::{Literal, LiteralValue, Literals};
use super::operators::is_kept_as_text;
use super::words::{Field, Key, Words};
use super::{Checker, Cx};
use crate::schema::nearest;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Typed {
    Text(String),
    Scalar(Scalar),
    Network(Network),
}

/// The test that a literal stands in.
pub(super) struct Asked<'f, 'a> {
    pub field: &'f Field<'a>,
    pub op: Op,
    pub op_at: Span,
    /// Of the whole test, if it is one field, one operator and one literal, so that it can be written anew.
    pub whole: Option<Span>,
    /// Of the field, if it is the only one.
    pub subject: Option<Span>,
}

impl<'a> Checker<'a> {
    /// The literal of a test.
    pub(super) fn typed(&mut self, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<Typed> {
        let typed = self.plain(literal, asked, cx)?;
        if let Typed::Text(text) = &typed {
            self.lint_text(text, literal, asked, cx);
        }
        self.lint_missing(&typed, literal, asked, cx);
        Some(typed)
    }

    /// The literal as such, whatever one may ask of it.
    pub(super) fn plain(&mut self, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<Typed> {
        let ty = asked.field.ty;
        match &literal.value {
            LiteralValue::Text(text) if is_kept_as_text(ty) => self.typed_text(text, literal, asked, cx).map(Typed::Text),
            LiteralValue::Word(word) => self.typed_word(word, literal, asked, cx),
            _ => match scalar(ty, &literal.value, asked.op) {
                Ok(typed) => Some(typed),
                Err(fault) => {
                    let report = self.scalar_fault(fault, literal, asked);
                    self.misfit(report, literal, cx);
                    None
                }
            },
        }
    }

    /// Reports a literal; if it stands in a `let`, names the place that uses it.
    pub(super) fn misfit(&mut self, diagnostic: crate::diag::Diagnostic, literal: &Literal<'a>, cx: Cx<'_, 'a>) {
        let diagnostic = match literal.used {
            Some(used) => values::held_by_let(diagnostic, used),
            None => diagnostic,
        };
        self.report_in(cx, diagnostic);
    }

    fn typed_text(&mut self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<String> {
        let ty = asked.field.ty;
        if text.is_empty() {
            self.misfit(values::empty_text(literal.span, &asked.field.name), literal, cx);
            return None;
        }
        match normal_text(ty, text, asked.op) {
            Ok(normal) => Some(normal),
            Err(fault) => {
                let report = self.text_fault(fault, text, literal, asked);
                self.misfit(report, literal, cx);
                None
            }
        }
    }

    fn typed_word(&mut self, word: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<Typed> {
        if asked.field.values.contains(&word) {
            return Some(Typed::Scalar(Scalar::Enum(word.to_owned())));
        }
        let near = nearest(word, asked.field.values.iter().copied());
        let report = if asked.field.values.is_empty() {
            crate::diag::names::unknown_name(literal.span, word, None, is_kept_as_text(asked.field.ty))
        } else {
            crate::diag::names::unknown_value(literal.span, word, &asked.field.name, &asked.field.values, near)
        };
        self.misfit(report, literal, cx);
        None
    }

    /// The literals of a typed `let`, or of a list file: each in the normal form of that type. Faults are reported where they stand.
    pub(super) fn of_type(&mut self, literals: Literals<'a>, ty: Type) -> Literals<'a> {
        let items = literals.items.into_iter().map(|literal| Literal { value: converted(ty, &literal.value), ..literal }).collect();
        Literals { items, list: literals.list }
    }

    fn text_fault(&self, fault: TextFault, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>) -> crate::diag::Diagnostic {
        let field = asked.field;
        let here = literal.used.is_none();
        match fault {
            TextFault::Slash => {
                let path = self.sibling(field, "name", "path", Type::Path);
                // The same literal fits the sibling, as long as nothing else of the test must change with it.
                let subject = asked.subject.filter(|_| here && asked.whole.is_some());
                values::slash_in_file_name(literal.span, text, &field.name, path.as_deref(), subject)
            }
            TextFault::Hash { kind, looks_like } => {
                values::not_a_hash(literal.span, (kind.ty().name(), kind.digits()), &field.name, text, looks_like)
            }
            TextFault::Qualified => {
                let domain = self.sibling(field, "name", "domain", Type::Text);
                let whole = asked.whole.filter(|_| here && asked.op == Op::Equal);
                values::account_with_domain(literal.span, text, &field.name, domain.as_deref(), whole)
            }
            TextFault::Url(host) => values::url_as_domain(literal.span, field.ty.name(), &host, here),
            TextFault::Form(what) => values::wrong_form(literal.span, text, field.ty.name(), what),
        }
    }

    /// `path` for `name`, `parent.path` for `parent.name`, if the class has it with that type.
    pub(super) fn sibling(&self, field: &Field<'a>, last: &str, other: &str, ty: Type) -> Option<String> {
        let class = self.packs.class(field.class);
        let stem = field.name.strip_suffix(last)?;
        let name = format!("{stem}{other}");
        class.field(&name).filter(|id| class.get(*id).ty == ty).map(|_| name)
    }

    fn scalar_fault(&self, fault: ScalarFault, literal: &Literal<'a>, asked: &Asked<'_, 'a>) -> crate::diag::Diagnostic {
        let field = asked.field;
        let here = literal.used.is_none();
        match fault {
            ScalarFault::Kind(fix) => values::wrong_kind(
                literal.span,
                literal.value.kind(),
                &field.name,
                field.ty.name(),
                fix.filter(|_| here).as_deref(),
                &field.values,
            ),
            ScalarFault::Port => values::no_port(literal.span),
            ScalarFault::Fraction => values::fraction(literal.span, &field.name),
            ScalarFault::Network => values::network_as_value(literal.span, asked.op_at, asked.op == Op::Equal && here),
        }
    }

    fn lint_text(&mut self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) {
        let field = asked.field;
        let whole = matches!(asked.op, Op::Equal | Op::NotEqual | Op::In);
        if field.ty == Type::Host && whole && !text.contains('.') {
            self.misfit(lints::host_without_dot(literal.span, text), literal, cx);
        }
        if field.ty == Type::FileName && (whole || asked.op == Op::EndsWith) && self.names_a_process(field, cx) {
            let extension = text.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
            let interpreted = SCRIPTS.contains(&extension.as_str());
            // The original name of a program that .NET hosts is that of its library: `pwsh.dll`.
            let loaded = LIBRARIES.contains(&extension.as_str()) && !field.name.ends_with("original_name");
            if interpreted || loaded {
                let command_line = self.sibling(field, "name", "command_line", Type::CommandLine);
                self.misfit(lints::no_process_name(literal.span, text, &extension, interpreted, command_line.as_deref()), literal, cx);
            }
        }
    }

    /// The names of `process` are those of processes, and elsewhere those of the actor.
    fn names_a_process(&self, field: &Field<'a>, cx: Cx<'_, 'a>) -> bool {
        matches!(cx.words, Words::Class(_)) && (self.packs.class(field.class).name == "process" || field.name.starts_with("actor."))
    }

    /// A literal that a product writes for 'no value'.
    fn lint_missing(&mut self, typed: &Typed, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) {
        let Key::Field(id) = asked.field.key else { return };
        let text = match typed {
            Typed::Text(text) => text.clone(),
            Typed::Scalar(Scalar::Int(number)) => number.to_string(),
            Typed::Scalar(_) | Typed::Network(_) => return,
        };
        if !matches!(asked.op, Op::Equal | Op::NotEqual | Op::In) {
            return;
        }
        let says_missing = |binding: &&crate::schema::Binding| {
            binding.class == asked.field.class
                && binding
                    .containers
                    .iter()
                    .filter_map(|container| container.field(id))
                    .any(|bound| bound.missing.iter().any(|missing| missing.eq_ignore_ascii_case(&text)))
        };
        let packs = self.packs;
        let schemas: Vec<&str> = packs.bindings.iter().filter(says_missing).map(|binding| binding.schema.as_ref()).collect();
        if !schemas.is_empty() {
            self.misfit(lints::literal_means_missing(literal.span, &text, &schemas), literal, cx);
        }
    }
}

/// What an interpreter runs; it is never the image of a process.
const SCRIPTS: &[&str] =
    &["py", "pyw", "js", "jse", "vbs", "vbe", "wsf", "ps1", "psm1", "bat", "cmd", "sh", "pl", "rb", "php", "lua", "hta", "jar"];
/// What a process loads.
const LIBRARIES: &[&str] = &["dll", "ocx", "cpl", "sys", "so", "dylib"];

enum ScalarFault {
    /// Another kind of literal; with the text that would fit, if that is sure.
    Kind(Option<String>),
    Port,
    Fraction,
    /// `== 10.0.0.0/8`
    Network,
}

fn scalar(ty: Type, value: &LiteralValue<'_>, op: Op) -> Result<Typed, ScalarFault> {
    let scalar = |scalar| Ok(Typed::Scalar(scalar));
    let unquoted = |ok: bool, text: &str| Err(ScalarFault::Kind(ok.then(|| text.to_owned())));
    match (ty, value) {
        (Type::Int | Type::Data, LiteralValue::Number(Num::Int(number))) => scalar(Scalar::Int(*number)),
        (Type::Int, LiteralValue::Number(Num::Real(number))) => {
            let ordered = matches!(op, Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual);
            if ordered { scalar(Scalar::Real(*number)) } else { Err(ScalarFault::Fraction) }
        }
        (Type::Real, LiteralValue::Number(Num::Int(number))) => scalar(Scalar::Real(*number as f64)),
        (Type::Real | Type::Data, LiteralValue::Number(Num::Real(number))) => scalar(Scalar::Real(*number)),
        (Type::Port, LiteralValue::Number(Num::Int(number))) if (1..=65535).contains(number) => scalar(Scalar::Int(*number)),
        (Type::Port, LiteralValue::Number(_)) => Err(ScalarFault::Port),
        (Type::Int | Type::Port, LiteralValue::Text(text)) => unquoted(text.parse::<i64>().is_ok(), text),
        (Type::Real, LiteralValue::Text(text)) => unquoted(text.parse::<f64>().is_ok_and(f64::is_finite), text),
        (Type::Duration, LiteralValue::Duration(seconds)) => scalar(Scalar::Int(i64::try_from(*seconds).unwrap_or(i64::MAX))),
        (Type::Bool, LiteralValue::Bool(truth)) => scalar(Scalar::Bool(*truth)),
        (Type::Bool, LiteralValue::Text(text)) => {
            let text = text.to_ascii_lowercase();
            unquoted(text == "true" || text == "false", &text)
        }
        (Type::Ip, LiteralValue::Address(ip, None)) => scalar(Scalar::Ip(plain_address(*ip))),
        (Type::Ip, LiteralValue::Address(ip, Some(prefix))) => match op {
            Op::In | Op::Under => Ok(Typed::Network(network(*ip, *prefix))),
            _ => Err(ScalarFault::Network),
        },
        (Type::Ip, LiteralValue::Text(text)) => {
            let text = refanged(text);
            unquoted(address(&text).is_some(), &text)
        }
        (Type::Enum, LiteralValue::Text(text)) => unquoted(is_word(text), text),
        (ty, LiteralValue::Number(Num::Int(number))) if is_kept_as_text(ty) => Err(ScalarFault::Kind(Some(format!("\"{number}\"")))),
        (ty, LiteralValue::Address(ip, None)) if is_kept_as_text(ty) => Err(ScalarFault::Kind(Some(format!("\"{ip}\"")))),
        _ => Err(ScalarFault::Kind(None)),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `10.0.0.0/8` or `10.0.0.1`, from text.
pub(super) fn address(text: &str) -> Option<(IpAddr, Option<u8>)> {
    match text.split_once('/') {
        None => text.parse().ok().map(|ip| (ip, None)),
        Some((ip, prefix)) => {
            let ip: IpAddr = ip.parse().ok()?;
            let prefix: u8 = prefix.parse().ok()?;
            (prefix <= if ip.is_ipv4() { 32 } else { 128 }).then_some((ip, Some(prefix)))
        }
    }
}

/// `::ffff:a.b.c.d` is a.b.c.d.
pub(super) fn plain_address(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

fn network(ip: IpAddr, prefix: u8) -> Network {
    let (base, prefix) = match (ip, ip.to_canonical()) {
        (IpAddr::V6(_), IpAddr::V4(v4)) if prefix >= 96 => (IpAddr::V4(v4), prefix - 96),
        _ => (ip, prefix),
    };
    let base = match base {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    };
    Network { base, prefix }
}

pub(super) enum TextFault {
    Slash,
    /// The kind of hash that it looks like.
    Hash {
        kind: HashKind,
        looks_like: Option<&'static str>,
    },
    /// `CORP\bob`, `bob@corp.example`
    Qualified,
    /// A URL where a name belongs: its host.
    Url(String),
    /// It can be no value of the type: what one looks like.
    Form(&'static str),
}

/// A text of a typed `let` as a literal of that type: an address, a number, a text without its fangs. What is none stays as it is, and is
/// found where the `let` is checked.
fn converted<'a>(ty: Type, value: &LiteralValue<'a>) -> LiteralValue<'a> {
    let LiteralValue::Text(text) = value else { return value.clone() };
    let read = match ty {
        Type::Ip => address(&refanged(text)).map(|(ip, prefix)| LiteralValue::Address(ip, prefix)),
        Type::Int | Type::Port => number(text).map(|number| LiteralValue::Number(Num::Int(number))),
        Type::Real => text.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| LiteralValue::Number(Num::Real(number))),
        Type::Bool => text.to_ascii_lowercase().parse().ok().map(LiteralValue::Bool),
        Type::Data | Type::Time | Type::Duration | Type::Enum => None,
        ty => normal_text(ty, text, Op::In).ok().map(LiteralValue::Text),
    };
    read.unwrap_or_else(|| value.clone())
}

/// Whether a literal of a typed `let` is one of its type.
pub(super) fn fits_type(ty: Type, value: &LiteralValue<'_>) -> bool {
    match (ty, value) {
        (_, LiteralValue::Regex(_) | LiteralValue::Word(_)) => false,
        (Type::Data, LiteralValue::Text(text)) => !text.is_empty(),
        (ty, LiteralValue::Text(text)) if is_kept_as_text(ty) => !text.is_empty() && normal_text(ty, text, Op::In).is_ok(),
        (ty, value) => scalar(ty, value, Op::In).is_ok(),
    }
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The text in its type's normal form.
pub(super) fn normal_text(ty: Type, text: &str, op: Op) -> Result<String, TextFault> {
    let whole = matches!(op, Op::Equal | Op::NotEqual | Op::In);
    match ty {
        Type::Text | Type::CommandLine | Type::Data => Ok(text.to_owned()),
        Type::FileName if text.contains(['\\', '/']) => Err(TextFault::Slash),
        Type::FileName => Ok(text.to_owned()),
        Type::Path if op == Op::Under => Ok(without_final_slash(text)),
        Type::Path => Ok(text.to_owned()),
        Type::RegistryPath => {
            let spelled = full_hive(text);
            Ok(if op == Op::Under { without_final_slash(&spelled) } else { spelled })
        }
        Type::Domain | Type::Host if whole || op == Op::Under => name_of_host(text),
        Type::Domain | Type::Host => Ok(refanged(text)),
        Type::Url if op == Op::Under => name_of_host(text),
        Type::Url => Ok(refanged(text)),
        Type::Email if op == Op::Under => name_of_host(text.trim_start_matches('@')),
        Type::Email => {
            let text = refanged(text);
            let shaped = text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !domain.contains('@'));
            if whole && !shaped { Err(TextFault::Form("name@domain")) } else { Ok(text) }
        }
        Type::Md5 => hash(text, HashKind::Md5),
        Type::Sha1 => hash(text, HashKind::Sha1),
        Type::Sha256 => hash(text, HashKind::Sha256),
        Type::Sha512 => hash(text, HashKind::Sha512),
        Type::Imphash => hash(text, HashKind::Imphash),
        Type::Guid => {
            let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
            let groups: Vec<&str> = bare.split('-').collect();
            let shaped = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(|group| is_hex(group));
            if shaped {
                Ok(bare.to_owned())
            } else {
                Err(TextFault::Form("{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}, with or without braces"))
            }
        }
        Type::Sid => {
            let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '-');
            let head = |text: &str| text.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("S-")) && digits(&text[2..]);
            let shaped = match op {
                Op::EndsWith => digits(text) || head(text),
                Op::StartsWith => head(text),
                _ => head(text) && text.len() > 4,
            };
            if shaped { Ok(text.to_owned()) } else { Err(TextFault::Form("S-1-5-21-..")) }
        }
        Type::User if text.contains(['\\', '@']) => Err(TextFault::Qualified),
        Type::User => Ok(text.to_owned()),
        Type::Int | Type::Real | Type::Port | Type::Ip | Type::Bool | Type::Time | Type::Duration | Type::Enum => Ok(text.to_owned()),
    }
}

fn without_final_slash(text: &str) -> String {
    let short = text.trim_end_matches(['\\', '/']);
    if short.is_empty() { text.to_owned() } else { short.to_owned() }
}

/// `HKLM\..` in full. A path without a hive stays as it is.
fn full_hive(text: &str) -> String {
    const HIVES: [(&str, &str); 5] = [
        ("HKLM", "HKEY_LOCAL_MACHINE"),
        ("HKCU", "HKEY_CURRENT_USER"),
        ("HKCR", "HKEY_CLASSES_ROOT"),
        ("HKU", "HKEY_USERS"),
        ("HKCC", "HKEY_CURRENT_CONFIG"),
    ];
    let (hive, rest) = text.split_at(text.find(['\\', '/']).unwrap_or(text.len()));
    match HIVES.iter().find(|(short, _)| short.eq_ignore_ascii_case(hive)) {
        Some((_, full)) => format!("{full}{rest}"),
        None => text.to_owned(),
    }
}

/// `hxxps://evil[.]com` as it was before somebody drew its fangs.
pub(super) fn refanged(text: &str) -> String {
    let text = text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("[@]", "@").replace("[dot]", ".");
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("hxxp") => format!("http{}", &text[4..]),
        _ => text,
    }
}

/// A name of a host or domain: refanged, without final dot.
fn name_of_host(text: &str) -> Result<String, TextFault> {
    let text = refanged(text);
    if let Some((_, after)) = text.split_once("://") {
        return Err(TextFault::Url(after.split(['/', '?', '#', ':']).next().unwrap_or_default().to_owned()));
    }
    if let Some((host, _)) = text.split_once('/') {
        return Err(TextFault::Url(host.to_owned()));
    }
    let name = text.trim_end_matches('.').trim_start_matches('.');
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '?' | '\\' | '@')) {
        return Err(TextFault::Form("example.com"));
    }
    Ok(name.to_owned())
}

fn is_hex(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_hexdigit())
}

fn hash(text: &str, kind: HashKind) -> Result<String, TextFault> {
    if is_hex(text) && text.len() == kind.digits() {
        return Ok(text.to_owned());
    }
    let other = HashKind::ALL.into_iter().find(|other| is_hex(text) && other.digits() == text.len());
    Err(TextFault::Hash { kind, looks_like: other.map(|other| other.ty().name()) })
}
