//! How the neutral value of a field comes from native columns: the closed list of transforms.
//!
//! Only data and names stand here, without any dependency: the build script compiles this file too. What a transform makes of a text is
//! said where it is done: in the engine for a row, in `backend` for a query.

use super::calendar::TimePart;
use super::types::{List, MapId, Str, Type};

/// How the neutral value comes from the native columns. A missing input gives a missing value.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Column(Str),
    Apply(Transform, List<Expr>),
}

/// The closed list.
#[derive(Clone, Debug, PartialEq)]
pub enum Transform {
    /// After the last `\` or `/`.
    Basename,
    /// A sep B; A where B is missing.
    Join(Str),
    /// A text B; missing if one is.
    Concat(Str),
    /// A, or B where A is missing.
    First,
    /// One algorithm of `SHA256=..,MD5=..`, or a bare hash of its length; also of a column with several values.
    Hash(HashKind),
    /// Cut at the last `\`, else at the first `@`.
    UserName,
    UserDomain,
    /// A part of a text.
    Cut(Cut),
    /// What stands under a key of JSON: `a.b`, `a[0].b`, `[*].b` for each of a list.
    Json(Str),
    /// The text of the element of that name in the XML of an event's data: [`xml_pattern`], its references to characters resolved.
    Xml(Str),
    /// The text, where it is an address.
    OnlyIp,
    /// The text, where it is none.
    NotIp,
    /// A decimal number kept as text.
    Int,
    /// A number kept as `0x..`.
    Hex,
    Lower,
    Map(MapId),
    /// A registry path in its normal form; the form says how the column spells it.
    Hive(HiveForm),
    /// Data of the registry in its normal form.
    RegData,
    /// A part of a time, in UTC. No pack writes it: a field that is a part of another one is bound so.
    Part(TimePart),
    /// The column in the rows of another table that have the same key; several values. The input is the key.
    Lookup {
        table: Str,
        column: Str,
    },
    /// The same for every event of the container; no input.
    Const(Str),
    /// The first input decides: where it has one of the n-th values, the input after it counts; where none, the last one, if there is one more.
    Switch(List<List<Str>>),
}

impl Transform {
    /// The value is a part of its one input, case aside: what stands in it stands there too.
    pub fn is_part(&self) -> bool {
        match self {
            Transform::Basename
            | Transform::UserName
            | Transform::UserDomain
            | Transform::Lower
            | Transform::Hash(_)
            | Transform::Cut(_)
            | Transform::OnlyIp
            | Transform::NotIp => true,
            Transform::Join(_)
            | Transform::Concat(_)
            | Transform::First
            | Transform::Json(_)
            // A character may be written as a reference there.
            | Transform::Xml(_)
            | Transform::Int
            | Transform::Hex
            | Transform::Map(_)
            | Transform::Hive(_)
            | Transform::RegData
            | Transform::Part(_)
            | Transform::Lookup { .. }
            | Transform::Const(_)
            | Transform::Switch(_) => false,
        }
    }

    /// The value is its one input in another spelling: a reader of a result is shown the product's own.
    pub fn respells(&self) -> bool {
        match self {
            Transform::Map(_)
            | Transform::Lower
            | Transform::Int
            | Transform::Hex
            | Transform::Hash(_)
            | Transform::Hive(_)
            | Transform::RegData => true,
            Transform::Json(key) => key.contains("[*]"),
            Transform::Basename
            | Transform::UserName
            | Transform::UserDomain
            | Transform::Cut(_)
            | Transform::OnlyIp
            | Transform::NotIp
            | Transform::Join(_)
            | Transform::Concat(_)
            | Transform::Xml(_)
            | Transform::First
            | Transform::Part(_)
            | Transform::Lookup { .. }
            | Transform::Const(_)
            | Transform::Switch(_) => false,
        }
    }
}

/// The references that stand for characters in a text of XML, in an order in which one replacement after the other resolves them all.
pub const XML_REFERENCES: [(&str, &str); 5] = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];

/// A regex, case ignored, whose first group is the text of the first element of the name, before its references are resolved:
/// `<Data Name="NAME">text</Data>`, as most events have it, or `<NAME>text</NAME>`, as those with `UserData` have it (AppLocker's).
pub fn xml_pattern(name: &str) -> String {
    let escaped: String = name.chars().flat_map(|c| r".+*?()|[]{}^$\".contains(c).then_some('\\').into_iter().chain([c])).collect();
    format!(r#"<(?:Data Name=["']{escaped}["']|{escaped})>([^<]*)<"#)
}

/// What is cut out of a text. [`Cut::pattern`] is the definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// Before the last `\` or `/`; missing where there is none.
    Dirname,
    /// The host of a URL, or the text itself where it is a bare host.
    UrlHost,
    /// The path of a URL, from its slash.
    UrlPath,
    /// The query of a URL, without `?`.
    UrlQuery,
    /// A pipe without `\Device\NamedPipe\` and without a first backslash.
    PipeName,
    /// The key of a path in the registry that ends in the name of a value: before the last `\`.
    Key,
    /// The name of the value: after the last `\`. A slash is a letter of names there.
    ValueName,
    /// What stands behind `KEY=` to the end of its line.
    Kv(Str),
    /// The text of the element of a name in XML, as it is written there. No pack writes it; most tests of [`Transform::Xml`] are one on this.
    Xml(Str),
    /// So many last parts of a name, without final dots: the domain of that depth in which it lies. No pack writes it; a test below one of many
    /// domains is one on this.
    Labels(Named, u8),
}

/// Where the name stands of which [`Cut::Labels`] takes the last parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// The text is the name.
    Whole,
    /// The domain of an address of mail.
    MailDomain,
}

/// An algorithm of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashKind {
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Imphash,
}

impl HashKind {
    pub const ALL: [HashKind; 5] = [HashKind::Md5, HashKind::Sha1, HashKind::Sha256, HashKind::Sha512, HashKind::Imphash];

    pub fn ty(self) -> Type {
        match self {
            HashKind::Md5 => Type::Md5,
            HashKind::Sha1 => Type::Sha1,
            HashKind::Sha256 => Type::Sha256,
            HashKind::Sha512 => Type::Sha512,
            HashKind::Imphash => Type::Imphash,
        }
    }

    /// As Sysmon's lists write it: `SHA256=..,MD5=..`
    pub fn label(self) -> &'static str {
        match self {
            HashKind::Md5 => "MD5",
            HashKind::Sha1 => "SHA1",
            HashKind::Sha256 => "SHA256",
            HashKind::Sha512 => "SHA512",
            HashKind::Imphash => "IMPHASH",
        }
    }

    /// How many hex digits a hash has.
    pub fn digits(self) -> usize {
        match self {
            HashKind::Md5 | HashKind::Imphash => 32,
            HashKind::Sha1 => 40,
            HashKind::Sha256 => 64,
            HashKind::Sha512 => 128,
        }
    }
}

/// How a column spells the hive of a registry path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiveForm {
    /// `HKLM\`
    Short,
    /// `HKEY_LOCAL_MACHINE\`
    Long,
    /// `\REGISTRY\MACHINE\`
    Kernel,
    /// `HKLM\` or `HKEY_LOCAL_MACHINE\`: who sends the event decides.
    Any,
}

impl HiveForm {
    pub const ALL: [(&'static str, HiveForm); 4] =
        [("short", HiveForm::Short), ("long", HiveForm::Long), ("kernel", HiveForm::Kernel), ("any", HiveForm::Any)];

    pub fn name(self) -> &'static str {
        match self {
            HiveForm::Short => "short",
            HiveForm::Long => "long",
            HiveForm::Kernel => "kernel",
            HiveForm::Any => "any",
        }
    }
}

impl Cut {
    /// As packs write it; the key of [`Cut::Kv`] comes after the input.
    pub fn name(&self) -> &'static str {
        match self {
            Cut::Dirname => "dirname",
            Cut::UrlHost => "url_host",
            Cut::UrlPath => "url_path",
            Cut::UrlQuery => "url_query",
            Cut::PipeName => "pipe_name",
            Cut::Key => "reg_key",
            Cut::ValueName => "reg_value",
            Cut::Kv(_) => "kv",
            Cut::Xml(_) => "xml",
            Cut::Labels(..) => "labels",
        }
    }

    /// A regex, case ignored, whose first group is the part; missing where it does not match or the part is empty. It searches, `.` and
    /// negated classes stop where they say, `^` and `$` are the ends of the text.
    pub fn pattern(&self) -> String {
        match self {
            Cut::Dirname => r"(?s)^(.*)[\\/]".to_owned(),
            Cut::UrlHost => r"^(?:[a-z][a-z0-9+.\-]*://|//)?(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:@]*)".to_owned(),
            Cut::UrlPath => r"^(?:(?:[a-z][a-z0-9+.\-]*:)?//[^/?#]*)?(/[^?#]*)".to_owned(),
            Cut::UrlQuery => r"^[^?#]*\?([^#]*)".to_owned(),
            Cut::PipeName => r"(?s)^(?:\\Device\\NamedPipe)?\\?(.*)".to_owned(),
            Cut::Key => r"(?s)^(.*)\\".to_owned(),
            Cut::ValueName => r"(?s)^(?:.*\\)?([^\\]*)\z".to_owned(),
            Cut::Kv(key) => format!(r"(?:^|[\r\n\t ]){key}=([^\r\n]*)"),
            Cut::Xml(name) => xml_pattern(name),
            Cut::Labels(named, count) => {
                let more = count.saturating_sub(1);
                match named {
                    Named::Whole => format!(r"(?:^|\.)([^.]+(?:\.[^.]+){{{more}}})\.*\z"),
                    Named::MailDomain => format!(r"@(?:[^@]*\.)?([^.@]+(?:\.[^.@]+){{{more}}})\.*\z"),
                }
            }
        }
    }
}

impl Expr {
    /// Every column that the value is made of, in order, without repetition.
    pub fn columns(&self) -> Vec<&str> {
        fn walk<'e>(expr: &'e Expr, into: &mut Vec<&'e str>) {
            match expr {
                Expr::Column(name) if !into.contains(&name.as_ref()) => into.push(name),
                Expr::Column(_) => {}
                Expr::Apply(_, inputs) => inputs.iter().for_each(|input| walk(input, into)),
            }
        }
        let mut columns = Vec::new();
        walk(self, &mut columns);
        columns
    }
}

/// The arms of a choice by one selector, and what is chosen where none holds, without those that change nothing: neighbours that choose
/// the same are one, and the last ones that choose what is chosen anyway are left out.
pub fn fewest<E: PartialEq>(arms: Vec<(Vec<Str>, E)>, otherwise: Option<&E>) -> Vec<(Vec<Str>, E)> {
    let mut kept: Vec<(Vec<Str>, E)> = Vec::new();
    for (wanted, value) in arms {
        match kept.last_mut().filter(|(_, known)| *known == value) {
            Some((known, _)) => known.extend(wanted),
            None => kept.push((wanted, value)),
        }
    }
    while kept.last().is_some_and(|(_, value)| otherwise == Some(value)) {
        kept.pop();
    }
    kept
}
