//! What a column can hold, by what the binding makes of it: values of the field's type in a product's spellings, and what means none.

use std::collections::BTreeMap;

use spoor::backend::bind::Place;
use spoor::schema::{Cut, Expr, FieldBinding, List, NativeType, Str, Transform, Type};

use crate::build::packs;

/// Column as written, to the texts that it may hold.
pub type Domain = BTreeMap<String, Vec<String>>;

pub fn of_field(place: &Place, bound: &FieldBinding, into: &mut Domain) {
    let field = place.class().get(bound.field);
    let values = match field.values {
        Some(id) => packs().model.enumeration(id).values.iter().map(|value| value.to_string()).collect(),
        None => texts_of(field.ty),
    };
    walk(place, &bound.value, values, into);
    for column in bound.value.columns() {
        let numbers = is_number(place, column);
        let texts = into.entry(place.written(column)).or_default();
        texts.extend(bound.missing.iter().filter(|marker| !numbers || marker.parse::<i64>().is_ok()).map(|marker| marker.to_string()));
    }
}

/// Those of a closed list.
fn known_values(place: &Place, name: &str) -> Vec<String> {
    let column = place.table().and_then(|table| table.column(name));
    column.into_iter().flat_map(|column| column.values.iter()).map(|value| value.to_string()).collect()
}

fn walk(place: &Place, expr: &Expr, values: Vec<String>, into: &mut Domain) {
    match expr {
        Expr::Column(name) => {
            let texts = into.entry(place.written(name)).or_default();
            let truths = place.named(name).is_some_and(|column| column.ty == NativeType::Bool);
            texts.extend(match (is_number(place, name), truths) {
                _ if place.table().and_then(|table| table.column(name)).is_some_and(|column| column.closed) => known_values(place, name),
                (true, _) => owned(&["0", "1", "4", "12", "443"]),
                (_, true) => owned(&["true", "false"]),
                (false, false) => values,
            });
        }
        Expr::Apply(transform, inputs) => {
            let first = |values: Vec<String>, into: &mut Domain| {
                if let Some(input) = inputs.first() {
                    walk(place, input, values, into);
                }
            };
            match transform {
                Transform::Const(_) | Transform::Lookup { .. } => {}
                Transform::Map(map) => {
                    let natives = packs().model.map(*map).pairs.iter().map(|(native, _)| native.replace('*', "zz"));
                    first(natives.chain(["zzz".to_owned()]).collect(), into);
                }
                Transform::Switch(arms) => {
                    let Some((selector, branches)) = inputs.split_first() else { return };
                    walk(place, selector, arm_values(arms), into);
                    branches.iter().for_each(|branch| walk(place, branch, values.clone(), into));
                }
                Transform::Json(key) => {
                    let wrapped = values.iter().map(|value| json(key, value));
                    first(wrapped.chain(owned(&["{}", "no json", r#"{"other":1}"#])).collect(), into);
                }
                Transform::Xml(key) | Transform::Cut(Cut::Xml(key)) => {
                    let escaped = |value: &String| value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                    let held = values.iter().map(|value| format!("<EventData><Data Name=\"{key}\">{}</Data></EventData>", escaped(value)));
                    let others = owned(&["<EventData></EventData>", "<EventData><Data Name=\"Other\">a</Data></EventData>"]);
                    first(held.chain(others).collect(), into);
                }
                Transform::Hive(form) => {
                    let spelled = |path: &String| match spoor::hir::registry::head(path) {
                        Some((hive, length)) => hive.spellings(*form).iter().map(|name| format!("{name}{}", &path[length..])).collect(),
                        None => vec![path.clone()],
                    };
                    first(values.iter().flat_map(spelled).collect(), into);
                }
                Transform::RegData => first(owned(DATA), into),
                Transform::Part(_) => first(owned(&["2026-03-01T22:15:00Z", "2028-02-29T00:00:00Z", "no time"]), into),
                Transform::Hex => first(owned(&["0x0", "0x4", "0xc", "0x1", "0x1bb"]), into),
                Transform::Int => first(values, into),
                Transform::Hash(_) | Transform::Basename | Transform::UserName | Transform::UserDomain => first(owned(TEXTS), into),
                Transform::OnlyIp | Transform::NotIp => first(owned(&["10.1.2.3", "pc1", "2001:db8::1", "8.8.8.8", "a.b"]), into),
                Transform::Cut(Cut::UrlHost | Cut::UrlPath | Cut::UrlQuery) => first(owned(URLS), into),
                Transform::Cut(Cut::PipeName) => {
                    first(owned(&[r"\lsass", r"\Device\NamedPipe\lsass", "lsass", r"\a\b", r"\Device\NamedPipe", r"\\x"]), into);
                }
                Transform::Cut(Cut::Kv(key)) => first(vec![format!("{key}=a"), format!("x\n\t{key}=b c\ny"), "nothing".to_owned()], into),
                Transform::Cut(Cut::Key | Cut::ValueName) => {
                    let named = ["", "x", "a/b", "Start"].iter().flat_map(|name| values.iter().map(move |key| format!(r"{key}\{name}")));
                    first(named.collect(), into);
                }
                Transform::Cut(Cut::Dirname | Cut::Labels(..))
                | Transform::Lower
                | Transform::First
                | Transform::Join(_)
                | Transform::Concat(_) => {
                    inputs.iter().for_each(|input| walk(place, input, values.clone(), into));
                }
            }
        }
    }
}

fn arm_values(arms: &[List<Str>]) -> Vec<String> {
    arms.iter().flat_map(|arm| arm.iter()).map(|value| value.replace('*', "zz")).chain(["zzz".to_owned()]).collect()
}

/// `{"a":{"b":VALUE}}` for `a.b`.
fn json(key: &str, value: &str) -> String {
    let text = serde_json::Value::from(value).to_string();
    key.split('.').rev().fold(text, |inner, step| format!("{{{}:{inner}}}", serde_json::Value::from(step)))
}

pub fn is_number(place: &Place, name: &str) -> bool {
    place.named(name).is_some_and(|column| matches!(column.ty, NativeType::Int | NativeType::Long | NativeType::Real))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub fn texts_of(ty: Type) -> Vec<String> {
    match ty {
        Type::Int | Type::Real | Type::Port | Type::Duration => owned(&["0", "1", "4", "12", "443"]),
        Type::Bool => owned(&["true", "false", "True", "1", "0"]),
        Type::Ip => owned(&["10.1.2.3", "8.8.8.8", "127.0.0.1", "2001:db8::1", "2001:DB8:0::1", "::1", "fe80::1"]),
        Type::RegistryPath => owned(KEYS),
        Type::Data => owned(DATA),
        Type::Url => owned(URLS),
        Type::Email => owned(&["a@corp.example", "b@EU.corp.example", "a@xcorp.example", "none"]),
        Type::Domain | Type::Host => owned(&["corp.local", "pc.corp.local.", "xcorp.local", "PC1", "a"]),
        Type::Sid => owned(&["S-1-5-18", "s-1-5-21-1-2-3-500"]),
        Type::Guid => owned(&["{0f7d4f1c-8a2f-4c70-b0c0-3a1d2e4f5a6b}", "0F7D4F1C-8A2F-4C70-B0C0-3A1D2E4F5A6B"]),
        Type::Sha256 => owned(&[SHA256]),
        Type::Sha512 => vec![format!("{SHA256}{SHA256}")],
        Type::Md5 | Type::Imphash | Type::Sha1 | Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::User => owned(TEXTS),
        Type::Time | Type::Enum => owned(TEXTS),
    }
}

pub const SHA256: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub const KEYS: &[&str] = &[
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\a",
    r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\a",
    r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Services\a",
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet",
    r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\ControlSet001\x",
    r"hkey_local_machine\Software\Run",
    r"HKEY_LOCAL_MACHINE",
    r"HKEY_USERS\S-1-5-21-1-2-3-500\Software\Run",
    r"HKEY_USERS\S-1-5-21-1-2-3-500_Classes\x",
    r"HKEY_CURRENT_USER\Software\Run\a/b",
    r"HKEY_CLASSES_ROOT\x",
    r"HKLM\Software\Run",
    r"\REGISTRY\MACHINE\Software\Run",
    r"\REGISTRY\A\{1}\Software",
    r"Software\Run",
];

pub const DATA: &[&str] = &[
    "DWORD (0x00000001)",
    "DWORD (0x0000000a)",
    "QWORD (0x00000000-0x00000001)",
    "QWORD (0x00000001-0x00000000)",
    "0x00000001",
    "0x1",
    "0X0000000A",
    "1",
    "01",
    "10",
    "0",
    "-1",
    "Binary Data",
    "powershell -enc x",
    "dword (1)",
    "1.5",
];

pub const URLS: &[&str] = &[
    "http://corp.local/a/b?x=1#y",
    "HTTPS://user@pc.corp.local:8443/",
    "corp.local",
    "/a?b",
    "http://xcorp.local",
    "//corp.local/a",
    "?x",
    "#",
];

/// Texts that are cut, joined, guarded: slashes, domains, tenants, markers, hashes, numbers.
pub const TEXTS: &[&str] = &[
    "",
    "-",
    "?",
    "unknown",
    "UNKNOWN",
    "a",
    "A",
    "a.exe",
    r"C:\a.exe",
    r"C:\x\a.exe",
    "/usr/bin/a",
    r"C:\",
    r"\",
    "a@b",
    "a@b@c",
    r"d\a",
    r"D\e\a",
    r"d\a@b",
    "@b",
    r"d\",
    r"\a",
    "a$",
    r"d\a$",
    "a$@b",
    "0x0",
    "0x4",
    "4",
    "12",
    "high",
    "High",
    "S-1-16-12288",
    "S-1-0-0",
    "x-y z",
    "*",
    r"x\*\y",
    "0123456789abcdef0123456789abcdef",
    "MD5=0123456789ABCDEF0123456789ABCDEF,SHA1=0123456789abcdef0123456789abcdef01234567",
    "IMPHASH=00000000000000000000000000000000",
    "00000000000000000000000000000000",
    "corp.local",
    "pc.corp.local.",
];
