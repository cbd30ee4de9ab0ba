//! Values in the normal form of a type, and why something is none.
//!
//! In: a type, what was written, the operator. Out: the value, or a fault. Texts are refanged, the hive of a registry path is spelled in
//! full, `{..}` around a GUID is gone. What a value of the type can never look like is a fault, since the test would silently never be
//! true. Law: a normal form is its own normal form.

use std::net::{IpAddr, SocketAddr};

use crate::hir::{Network, Scalar, registry};
use crate::schema::{HashKind, Type};
use crate::syntax::ast::{Num, Op};
use crate::syntax::spelled::{address, is_hex, network_of_octets, number};

use super::literals::Typed;
use super::operands::LiteralValue;
use super::operators::is_kept_as_text;

/// Why a literal is no value of a type that is not kept as text.
pub(super) enum ScalarFault {
    /// Another kind of literal; with the text that would fit, if that is sure.
    Kind(Option<String>),
    Port,
    Fraction,
    /// `== 10.0.0.0/8`
    Network,
    AddressWithPort(SocketAddr),
    /// A text that is no address; with the network that its wildcards mean.
    NoAddress(Option<String>),
}

/// Why a text is no value of a type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TextFault {
    Slash,
    /// Whole, but of these other kinds.
    OtherHash(Vec<HashKind>),
    HashLength(HashKind),
    /// Other characters than hex digits; with the digits alone, if that mends it.
    HashDigits(HashKind, Option<String>),
    /// `CORP\bob`, `bob@corp.example`
    Qualified,
    /// A URL where a name belongs: its host.
    Url(String),
    /// `*.evil.example`: what stands behind the wildcard.
    Wildcard(String),
    NoName,
    NoMail,
    /// It can be no value of the type: what one looks like.
    Form(&'static str),
    /// The nearest hive.
    Hive(Option<&'static str>),
    /// With the path as it is meant, if it has no other slash.
    ForwardSlash(Option<String>),
}

/// Whether the operator compares the whole value.
pub(super) fn is_whole(op: Op) -> bool {
    matches!(op, Op::Equal | Op::NotEqual | Op::In)
}

pub(super) fn scalar(ty: Type, value: &LiteralValue<'_>, op: Op) -> Result<Typed, ScalarFault> {
    let scalar = |scalar| Ok(Typed::Scalar(scalar));
    let unquoted = |ok: bool, text: &str| Err(ScalarFault::Kind(ok.then(|| text.to_owned())));
    match (ty, value) {
        (Type::Int | Type::Data, LiteralValue::Number(Num::Int(number), _)) => scalar(Scalar::Int(*number)),
        (Type::Int, LiteralValue::Number(Num::Real(number), _)) => {
            let ordered = matches!(op, Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual);
            if ordered { scalar(Scalar::Real(*number)) } else { Err(ScalarFault::Fraction) }
        }
        (Type::Real, LiteralValue::Number(Num::Int(number), _)) => scalar(Scalar::Real(*number as f64)),
        (Type::Real | Type::Data, LiteralValue::Number(Num::Real(number), _)) => scalar(Scalar::Real(*number)),
        (Type::Port, LiteralValue::Number(Num::Int(number), _)) if (1..=65535).contains(number) => scalar(Scalar::Int(*number)),
        (Type::Port, LiteralValue::Number(..)) => Err(ScalarFault::Port),
        (Type::Int | Type::Port, LiteralValue::Text(text)) => unquoted(number(text.trim()).is_some(), text.trim()),
        (Type::Real, LiteralValue::Text(text)) => unquoted(text.parse::<f64>().is_ok_and(f64::is_finite), text),
        (Type::Duration, LiteralValue::Duration(seconds)) => scalar(Scalar::Int(i64::try_from(*seconds).unwrap_or(i64::MAX))),
        (Type::Duration, LiteralValue::Text(text)) => {
            Err(ScalarFault::Kind(crate::diag::syntax::meant_duration(&text.replace(' ', "")).filter(|meant| !meant.starts_with('0'))))
        }
        (Type::Bool, LiteralValue::Bool(truth)) => scalar(Scalar::Bool(*truth)),
        (Type::Bool, LiteralValue::Text(text)) => Err(ScalarFault::Kind(truth(text).map(|truth| truth.to_string()))),
        (Type::Bool, LiteralValue::Number(Num::Int(number), _)) => {
            Err(ScalarFault::Kind(truth(&number.to_string()).map(|truth| truth.to_string())))
        }
        (Type::Ip, LiteralValue::Address(ip, None)) => scalar(Scalar::Ip(plain_address(*ip))),
        (Type::Ip, LiteralValue::Address(ip, Some(prefix))) => match op {
            Op::In | Op::Under => Ok(Typed::Network(network(*ip, *prefix))),
            _ => Err(ScalarFault::Network),
        },
        (Type::Ip, LiteralValue::Text(text)) => {
            let text = refanged(text.trim());
            match text.parse::<SocketAddr>() {
                _ if address(&text).is_some() => unquoted(true, &text),
                Ok(both) => Err(ScalarFault::AddressWithPort(both)),
                Err(_) => Err(ScalarFault::NoAddress(text.strip_suffix(".*").and_then(network_of_octets))),
            }
        }
        (ty, LiteralValue::Number(Num::Int(_), Some(written))) if is_kept_as_text(ty) => {
            Err(ScalarFault::Kind(Some(format!("\"{written}\""))))
        }
        (ty, LiteralValue::Address(ip, None)) if is_kept_as_text(ty) => Err(ScalarFault::Kind(Some(format!("\"{ip}\"")))),
        _ => Err(ScalarFault::Kind(None)),
    }
}

/// What other languages write for a truth value.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// `::ffff:a.b.c.d` is a.b.c.d.
pub(super) fn plain_address(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

pub(super) fn network(ip: IpAddr, prefix: u8) -> Network {
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

/// The text in its type's normal form.
pub(super) fn normal_text(ty: Type, text: &str, op: Op) -> Result<String, TextFault> {
    match ty {
        Type::Text | Type::CommandLine => Ok(text.to_owned()),
        Type::Data if is_whole(op) => Ok(registry::data(text).into_owned()),
        Type::Data => Ok(text.to_owned()),
        Type::FileName if text.contains(['\\', '/']) => Err(TextFault::Slash),
        Type::FileName => Ok(text.to_owned()),
        Type::Path if op == Op::Under => Ok(without_final_slash(text)),
        Type::Path => Ok(text.to_owned()),
        Type::RegistryPath => registry_path(text, op),
        Type::Domain | Type::Host if is_whole(op) || op == Op::Under => name_of_host(text),
        Type::Domain | Type::Host => Ok(refanged(text)),
        Type::Url if op == Op::Under => name_of_host(text),
        Type::Url => Ok(refanged(text)),
        Type::Email if op == Op::Under => name_of_host(text.trim_start_matches('@')),
        Type::Email => {
            let text = refanged(text);
            let shaped = text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !domain.contains('@'));
            if is_whole(op) && !shaped { Err(TextFault::NoMail) } else { Ok(text) }
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
            if shaped { Ok(text.to_owned()) } else { Err(TextFault::Form("S-1-5-18 or S-1-5-21-..-500")) }
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

/// The hives, short and in full.
pub(super) const HIVES: [(&str, &str); 5] = [
    ("HKLM", "HKEY_LOCAL_MACHINE"),
    ("HKCU", "HKEY_CURRENT_USER"),
    ("HKCR", "HKEY_CLASSES_ROOT"),
    ("HKU", "HKEY_USERS"),
    ("HKCC", "HKEY_CURRENT_CONFIG"),
];

/// `HKLM\..` in full, as `HKLM:\..` of PowerShell, `Computer\..` of the editor and `\REGISTRY\MACHINE\..` of the kernel; the current control
/// set by its name. A path without a hive is meant anywhere.
fn registry_path(text: &str, op: Op) -> Result<String, TextFault> {
    let from_the_start = is_whole(op) || matches!(op, Op::StartsWith | Op::Under);
    let spelled = with_hive(text, from_the_start || op == Op::Like)?;
    // What begins in the middle of a path may begin with the control set.
    let normal = if from_the_start { registry::path(&spelled).into_owned() } else { registry::part(&spelled) };
    let short = normal.trim_end_matches('\\');
    Ok(if op == Op::Under && !short.is_empty() { short.to_owned() } else { normal })
}

fn with_hive(text: &str, from_the_start: bool) -> Result<String, TextFault> {
    let editor = text.get(..r"Computer\".len()).filter(|head| head.eq_ignore_ascii_case(r"Computer\"));
    let text = editor.map_or(text, |head| &text[head.len()..]);
    let (hive, rest) = text.split_at(text.find(['\\', '/']).unwrap_or(text.len()));
    let bare = hive.strip_suffix(':').unwrap_or(hive);
    let known = HIVES.iter().find(|(short, full)| short.eq_ignore_ascii_case(bare) || full.eq_ignore_ascii_case(bare));
    match known {
        Some((_, full)) if rest.starts_with('/') => {
            let meant = !rest.contains('\\');
            Err(TextFault::ForwardSlash(meant.then(|| format!("{full}{}", rest.replace('/', "\\")))))
        }
        Some((_, full)) => Ok(format!("{full}{rest}")),
        None if from_the_start && !rest.is_empty() && looks_like_a_hive(bare) => {
            let names = HIVES.iter().flat_map(|(short, full)| [*short, *full]);
            Err(TextFault::Hive(crate::schema::nearest(bare, names)))
        }
        None => Ok(text.to_owned()),
    }
}

/// `HKLMM`, `HKEY_MACHINE`; `HKEY_PERFORMANCE_DATA` is one, though no product logs it.
fn looks_like_a_hive(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    upper.starts_with("HK") && upper.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !upper.starts_with("HKEY_PERFORMANCE")
}

/// `hxxps://evil[.]com` as it was before somebody drew its fangs.
pub fn refanged(text: &str) -> String {
    const DRAWN: [(&str, &str); 12] = [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[/]", "/"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
    ];
    let mut text = text.to_owned();
    if text.contains(['[', '(', '{']) {
        text = DRAWN.iter().fold(text, |text, (drawn, plain)| replaced(&text, drawn, plain));
    }
    // A scheme, or the beginning of one: a domain may begin with these letters.
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let plain = match text[..end].to_ascii_lowercase().as_str() {
        "hxxp" => "http",
        "hxxps" => "https",
        "fxp" => "ftp",
        _ => return text,
    };
    if end == text.len() || text[end..].starts_with(':') { format!("{plain}{}", &text[end..]) } else { text }
}

/// In whatever case it stands.
fn replaced(text: &str, drawn: &str, plain: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (lower, mut from) = (text.to_ascii_lowercase(), 0);
    for (at, _) in lower.match_indices(drawn) {
        out.push_str(&text[from..at]);
        out.push_str(plain);
        from = at + drawn.len();
    }
    out + &text[from..]
}

/// A name of a host or domain: refanged, without final dot.
fn name_of_host(text: &str) -> Result<String, TextFault> {
    let text = refanged(text);
    if let Some((_, after)) = text.split_once("://") {
        let host = after.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        return Err(TextFault::Url(host.split(':').next().unwrap_or_default().to_owned()));
    }
    if let Some((host, _)) = text.split_once('/') {
        return Err(TextFault::Url(host.to_owned()));
    }
    let is_name = |name: &str| {
        let odd = |c: char| c.is_whitespace() || matches!(c, '*' | '?' | '\\' | '@' | ':' | ',' | ';');
        !name.is_empty() && (!name.contains(odd) || name.parse::<IpAddr>().is_ok())
    };
    let name = text.trim_end_matches('.').trim_start_matches('.');
    match name.strip_prefix("*.") {
        Some(rest) if is_name(rest) => Err(TextFault::Wildcard(rest.to_owned())),
        _ if is_name(name) => Ok(name.to_owned()),
        _ => Err(TextFault::NoName),
    }
}

fn hash(text: &str, kind: HashKind) -> Result<String, TextFault> {
    if is_hex(text) && text.len() == kind.digits() {
        return Ok(text.to_owned());
    }
    if !is_hex(text) {
        // `SHA256=..`, as Sysmon lists them, or blanks around it
        let alone = text.rsplit(['=', ':']).next().unwrap_or_default().trim();
        return Err(TextFault::HashDigits(kind, is_hex(alone).then(|| alone.to_owned())));
    }
    let others: Vec<HashKind> = HashKind::ALL.into_iter().filter(|other| other.digits() == text.len()).collect();
    Err(if others.is_empty() { TextFault::HashLength(kind) } else { TextFault::OtherHash(others) })
}

#[cfg(test)]
mod tests {
    use super::refanged;

    #[test]
    fn what_was_drawn_is_taken_back_and_nothing_else() {
        for (written, meant) in [
            ("hxxps://evil[.]example/x", "https://evil.example/x"),
            ("hXXp[:]//evil[dot]example", "http://evil.example"),
            ("HXXPS[://]evil(DOT)example", "https://evil.example"),
            ("fxp[:][/][/]evil{.}example", "ftp://evil.example"),
            ("a[AT]evil[.]example", "a@evil.example"),
            ("hxxps", "https"),
            // A domain of these letters.
            ("hxxps[.]example", "hxxps.example"),
            ("hxxp.example", "hxxp.example"),
            ("HTTP://evil.example", "HTTP://evil.example"),
            ("é[.]example", "é.example"),
            ("", ""),
        ] {
            assert_eq!(refanged(written), meant, "{written}");
        }
    }
}
