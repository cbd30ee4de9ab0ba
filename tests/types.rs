//! The types: which operator fits which, and what is a value of each.
//!
//! A pack of one class, `probe`, has a field of every type, so nothing here waits for a class of the model that needs it.

use std::collections::BTreeSet;

use spoor::diag::{Code, Diagnostic, Severity};
use spoor::project::Workspace;
use spoor::schema::{Packs, Type, builtin, load};

/// A value of the type, as a rule writes it. None: it has no literal.
fn value(ty: Type) -> Option<&'static str> {
    Some(match ty {
        Type::Text | Type::CommandLine | Type::Data => r#""some words""#,
        Type::Path => r"'C:\Windows\x.exe'",
        Type::FileName => r#""x.exe""#,
        Type::RegistryPath => r"'HKLM\Software\x'",
        Type::Int => "4688",
        Type::Real => "1.5",
        Type::Port => "443",
        Type::Ip => "192.0.2.1",
        Type::Domain => r#""evil.example""#,
        Type::Host => r#""pc1.corp.example""#,
        Type::Url => r#""https://evil.example/x""#,
        Type::Email => r#""bob@evil.example""#,
        Type::Md5 | Type::Imphash => r#""d41d8cd98f00b204e9800998ecf8427e""#,
        Type::Sha1 => r#""da39a3ee5e6b4b0d3255bfef95601890afd80709""#,
        Type::Sha256 => r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#,
        Type::Sha512 => {
            r#""cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e""#
        }
        Type::Guid => r#""8D1B4B2C-0D5A-4D3F-9C57-6A2B3C4D5E6F""#,
        Type::Sid => r#""S-1-5-18""#,
        Type::User => r#""bob""#,
        Type::Bool => "true",
        Type::Duration => "5m",
        Type::Enum => "red",
        Type::Time => return None,
    })
}

fn packs() -> Packs {
    let mut pack = String::from(
        "model:\n  enums:\n    colour: [red, green]\n  classes:\n    probe:\n      doc: A field of every type.\n      show: [time]\n      fields:\n",
    );
    for ty in Type::ALL {
        let values = if ty == Type::Enum { ", values: colour" } else { "" };
        pack += &format!("        f_{}: {{type: {}{values}}}\n", ty.name(), ty.name());
    }
    // Fields that stand beside each other, as the model's classes have them.
    let siblings = [
        ("name", "file_name"),
        ("path", "path"),
        ("md5", "md5"),
        ("sha1", "sha1"),
        ("sha256", "sha256"),
        ("imphash", "imphash"),
        ("user.name", "user"),
        ("user.domain", "text"),
        ("user.upn", "email"),
        ("dest.ip", "ip"),
        ("dest.port", "port"),
        ("dest.host", "host"),
    ];
    for (name, ty) in siblings {
        pack += &format!("        {name}: {ty}\n");
    }
    load(builtin(), &[("pack.yaml", &pack)]).expect("a pack without mistakes")
}

const HEAD: &str = "rule x { detect probe where ";

fn found(packs: &Packs, test: &str) -> Vec<Diagnostic> {
    Workspace::text("x.spoor", &format!("{HEAD}{test} }}")).check(packs).diagnostics
}

// ---------- operators ----------

/// The words after `is`.
const KINDS: [&str; 7] = ["private", "public", "loopback", "link_local", "multicast", "reserved", "machine_account"];

/// The columns of the table: how it is headed, and the operators that it stands for.
const COLUMNS: [(&str, &[&str]); 9] = [
    ("`==` `!=` `in`", &["==", "!=", "in", "not in"]),
    ("`<` `<=` `>` `>=`", &["<", "<=", ">", ">="]),
    ("`starts_with` `ends_with`", &["starts_with", "ends_with", "not starts_with"]),
    ("`contains` `like` `has` `matches`", &["contains", "like", "has", "matches", "not contains"]),
    ("`under`", &["under", "not under"]),
    ("`cased`", &["cased"]),
    ("`is`", &KINDS),
    ("`exists`", &["exists", "not exists"]),
    ("alone", &["alone"]),
];

/// A test of the field of that type with that operator, or with that word after `is`.
fn test(ty: Type, op: &str, operand: &str) -> String {
    let field = format!("f_{}", ty.name());
    match op {
        "alone" => field,
        "exists" | "not exists" => format!("{field} {op}"),
        "in" | "not in" => format!("{field} {op} [{operand}]"),
        "matches" => format!("{field} matches /some/"),
        "cased" => format!("{field} == cased {operand}"),
        kind if KINDS.contains(&kind) => format!("{field} is {kind}"),
        op => format!("{field} {op} {operand}"),
    }
}

/// What stands behind an operator that fits.
fn operand(ty: Type, op: &str) -> &'static str {
    match (ty, op) {
        (Type::Data, "<" | "<=" | ">" | ">=") => "5",
        (Type::Url | Type::Email, "under" | "not under") => r#""evil.example""#,
        (Type::Ip, "under" | "not under") => "192.0.2.0/24",
        _ => value(ty).unwrap_or("5"),
    }
}

fn fits(packs: &Packs, ty: Type, op: &str) -> bool {
    found(packs, &test(ty, op, operand(ty, op))).iter().all(|finding| finding.severity() != Severity::Error)
}

/// grammar/semantics.md shows what the checker does, cell by cell.
#[test]
fn the_table_on_the_page_is_the_one_in_force() {
    let packs = packs();
    let mut table = String::from("| type |");
    COLUMNS.iter().for_each(|(head, _)| table += &format!(" {head} |"));
    table += "\n| --- |";
    COLUMNS.iter().for_each(|_| table += " --- |");
    for ty in Type::ALL {
        table += &format!("\n| {} |", ty.name());
        for (head, ops) in COLUMNS {
            let fitting: Vec<&str> = ops.iter().copied().filter(|op| fits(&packs, ty, op)).collect();
            let cell = match (fitting.len(), head) {
                (0, _) => String::new(),
                (_, "`is`") => format!(" {}", fitting.join(" ")),
                (count, _) => {
                    assert_eq!(count, ops.len(), "{} and {head}: only {fitting:?}", ty.name());
                    " yes".to_owned()
                }
            };
            table += &format!("{cell} |");
        }
    }
    let page = include_str!("../grammar/semantics.md");
    assert!(page.contains(&format!("\n{table}\n")), "grammar/semantics.md, section 7, should hold\n\n{table}\n");
}

#[test]
fn an_operator_that_does_not_fit_is_told_once_with_its_place_and_what_to_do() {
    let packs = packs();
    let mut wrong = Vec::new();
    let mut pairs = 0;
    for ty in Type::ALL {
        for op in COLUMNS.iter().flat_map(|(_, ops)| ops.iter().copied()) {
            if fits(&packs, ty, op) {
                continue;
            }
            pairs += 1;
            // Whatever stands on the right, it is the operator that is wrong.
            for operand in [value(ty), Some("5"), Some(r#""words""#), Some("192.0.2.1"), Some("f_text")].into_iter().flatten() {
                let text = test(ty, op, operand);
                let found = found(&packs, &text);
                let place = |finding: &Diagnostic| {
                    text.get(finding.span().start as usize - HEAD.len()..finding.span().end as usize - HEAD.len()).map(str::to_owned)
                };
                let expected = match op {
                    "alone" => Code::NoTest,
                    "cased" if ty != Type::Time => Code::CasedWithoutCase,
                    _ if ty == Type::Time => Code::TimeCompared,
                    kind if KINDS.contains(&kind) => Code::KindMisfit,
                    _ => Code::OperatorMisfit,
                };
                let bare = op.trim_start_matches("not ");
                let at_operator = |one: &Diagnostic| expected != Code::OperatorMisfit || place(one).as_deref() == Some(bare);
                match found.as_slice() {
                    [one]
                        if one.code == expected
                            && !one.help.is_empty()
                            && place(one).is_some_and(|place| !place.is_empty())
                            && at_operator(one) => {}
                    other => wrong.push(format!("{text}: {other:#?}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pairs > 200, "{pairs} pairs only");
}

// ---------- literals ----------

/// What a fix makes of the test.
enum Fix {
    None,
    /// A person says yes.
    Likely(&'static str),
    /// `check --fix` does it.
    Sure(&'static str),
}
use Fix::{Likely, Sure};

const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

#[rustfmt::skip] // one line a case
const WRONG: &[(&str, Code, Fix)] = &[
    // numbers
    ("f_int == \"4688\"", Code::WrongKind, Sure("f_int == 4688")),
    ("f_int == \"0x1250\"", Code::WrongKind, Sure("f_int == 0x1250")),
    ("f_int == \"0x-5\"", Code::WrongKind, Fix::None),
    ("f_int == \"many\"", Code::WrongKind, Fix::None),
    ("f_int == 1.5", Code::Fraction, Fix::None),
    ("f_int == 5m", Code::WrongKind, Fix::None),
    ("f_int == true", Code::WrongKind, Fix::None),
    ("f_int == 192.0.2.1", Code::WrongKind, Fix::None),
    ("f_real > \"1.5\"", Code::WrongKind, Sure("f_real > 1.5")),
    ("f_port == 0", Code::NoPort, Sure("f_port not exists")),
    ("f_port > 0", Code::NoPort, Sure("f_port exists")),
    ("f_port != 0", Code::NoPort, Sure("f_port exists")),
    ("f_port in [0, 80]", Code::NoPort, Fix::None),
    ("f_port == 65536", Code::NoPort, Fix::None),
    ("f_port == -1", Code::NoPort, Fix::None),
    ("f_port == 443.0", Code::NoPort, Fix::None),
    ("f_port == \"443\"", Code::WrongKind, Sure("f_port == 443")),
    ("f_duration > 300", Code::WrongKind, Fix::None),
    ("f_duration > \"5m\"", Code::WrongKind, Sure("f_duration > 5m")),
    ("f_duration > \"5 minutes\"", Code::WrongKind, Sure("f_duration > 5m")),
    ("f_duration > \"soon\"", Code::WrongKind, Fix::None),
    // truth
    ("f_bool == \"True\"", Code::WrongKind, Sure("f_bool == true")),
    ("f_bool == yes", Code::WrongKind, Sure("f_bool == true")),
    ("f_bool == 1", Code::WrongKind, Sure("f_bool == true")),
    ("f_bool == \"no\"", Code::WrongKind, Sure("f_bool == false")),
    ("f_bool == 2", Code::WrongKind, Fix::None),
    // text
    ("f_text == 5", Code::WrongKind, Sure("f_text == \"5\"")),
    ("f_text == 0x1f", Code::WrongKind, Sure("f_text == \"0x1f\"")),
    ("f_text == 192.0.2.1", Code::WrongKind, Sure("f_text == \"192.0.2.1\"")),
    ("f_text == 5m", Code::WrongKind, Fix::None),
    ("f_text == true", Code::WrongKind, Fix::None),
    ("f_text == \"\"", Code::EmptyText, Sure("f_text not exists")),
    ("f_text != \"\"", Code::EmptyText, Sure("f_text exists")),
    ("f_text contains \"\"", Code::EmptyText, Fix::None),
    ("f_text in [\"\"]", Code::EmptyText, Fix::None),
    ("f_text == bob", Code::UnknownName, Likely("f_text == \"bob\"")),
    // addresses
    ("f_ip == \"192.0.2.1\"", Code::WrongKind, Sure("f_ip == 192.0.2.1")),
    ("f_ip == \"192[.]0[.]2[.]1\"", Code::WrongKind, Sure("f_ip == 192.0.2.1")),
    ("f_ip == \"999.1.1.1\"", Code::NoAddress, Fix::None),
    ("f_ip == \"evil.example\"", Code::NoAddress, Fix::None),
    ("f_ip == \"10.0.*\"", Code::NoAddress, Sure("f_ip in 10.0.0.0/16")),
    ("f_ip == \"10.*.*.*\"", Code::NoAddress, Sure("f_ip in 10.0.0.0/8")),
    ("f_ip in [\"10.*\"]", Code::NoAddress, Sure("f_ip in [10.0.0.0/8]")),
    ("f_ip == 10.0.0.0/8", Code::SetByName, Sure("f_ip in 10.0.0.0/8")),
    ("f_ip != 10.0.0.0/8", Code::SetByName, Sure("f_ip not in 10.0.0.0/8")),
    ("f_ip starts_with \"10.0.\"", Code::OperatorMisfit, Sure("f_ip in 10.0.0.0/16")),
    ("f_ip like [\"10.*\", \"192.168.*\"]", Code::OperatorMisfit, Sure("f_ip in [10.0.0.0/8, 192.168.0.0/16]")),
    ("f_ip like \"10.*.5\"", Code::OperatorMisfit, Fix::None),
    ("f_ip == \"192.0.2.1:443\"", Code::AddressWithPort, Fix::None),
    ("dest.ip == \"192.0.2.1:443\"", Code::AddressWithPort, Sure("(dest.ip == 192.0.2.1 and dest.port == 443)")),
    ("dest.ip == \"[2001:db8::1]:443\"", Code::AddressWithPort, Sure("(dest.ip == 2001:db8::1 and dest.port == 443)")),
    ("dest.ip != \"192.0.2.1:443\"", Code::AddressWithPort, Fix::None),
    ("f_ip in [192.0.2.7/24]", Code::BitsBehindPrefix, Likely("f_ip in [192.0.2.0/24]")),
    ("f_ip under 192.0.2.7/24", Code::BitsBehindPrefix, Likely("f_ip under 192.0.2.0/24")),
    // names
    ("f_domain == \"https://evil.example/x?y\"", Code::UrlAsDomain, Sure("f_domain == \"evil.example\"")),
    ("f_domain == \"hxxps://bob:pw@evil[.]example:8080/x\"", Code::UrlAsDomain, Sure("f_domain == \"evil.example\"")),
    ("f_domain == \"evil.example/x\"", Code::UrlAsDomain, Sure("f_domain == \"evil.example\"")),
    ("f_domain == \"*.evil.example\"", Code::WildcardInName, Likely("f_domain under \"evil.example\"")),
    ("f_domain under \"*.evil.example\"", Code::WildcardInName, Likely("f_domain under \"evil.example\"")),
    ("f_domain in [\"*.evil.example\"]", Code::WildcardInName, Fix::None),
    ("f_domain == \"evil*\"", Code::NoName, Fix::None),
    ("f_domain == \"evil.example:8080\"", Code::NoName, Fix::None),
    ("f_domain == \"bob@evil.example\"", Code::NoName, Fix::None),
    ("f_domain == \"two words\"", Code::NoName, Fix::None),
    ("f_host == \"pc1\"", Code::HostWithoutDot, Fix::None),
    ("f_url under \"https://evil.example/x\"", Code::UrlAsDomain, Sure("f_url under \"evil.example\"")),
    ("f_url == \"evil.example\"", Code::UrlWithoutScheme, Likely("f_url under \"evil.example\"")),
    ("f_url starts_with \"evil.example/x\"", Code::UrlWithoutScheme, Fix::None),
    ("f_email == \"evil.example\"", Code::NoMail, Likely("f_email under \"evil.example\"")),
    ("f_email == \"bob\"", Code::NoMail, Fix::None),
    ("f_email == \"bob@\"", Code::NoMail, Fix::None),
    ("f_host == \"*.corp.example\"", Code::WildcardInName, Likely("f_host under \"corp.example\"")),
    ("f_host == \"pc1.corp.example:3389\"", Code::NoName, Fix::None),
    ("f_host == \"https://pc1.corp.example\"", Code::UrlAsDomain, Sure("f_host == \"pc1.corp.example\"")),
    ("f_host == 192.0.2.1", Code::WrongKind, Sure("f_host == \"192.0.2.1\"")),
    ("f_host == \"\"", Code::EmptyText, Sure("f_host not exists")),
    ("f_domain == 5", Code::WrongKind, Sure("f_domain == \"5\"")),
    ("f_url under \"*.evil.example\"", Code::WildcardInName, Likely("f_url under \"evil.example\"")),
    ("f_url == \"*evil*\"", Code::PlainStar, Likely("f_url like \"*evil*\"")),
    ("f_email under \"bob@evil.example\"", Code::NoName, Fix::None),
    // hashes and identifiers
    ("f_sha1 == \"d41d8cd98f00b204e9800998ecf8427e\"", Code::OtherHash, Fix::None),
    ("f_sha1 == \"abc\"", Code::NotAHash, Fix::None),
    ("f_sha1 == \"none\"", Code::NotHex, Fix::None),
    ("f_sha256 == \"abc\"", Code::NotAHash, Fix::None),
    ("f_sha256 == \"none\"", Code::NotHex, Fix::None),
    ("f_sha512 == \"d41d8cd98f00b204e9800998ecf8427e\"", Code::OtherHash, Fix::None),
    ("f_sha512 == \"abc\"", Code::NotAHash, Fix::None),
    ("f_sha512 == \"none\"", Code::NotHex, Fix::None),
    ("f_imphash == \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", Code::OtherHash, Fix::None),
    ("f_imphash == \"abc\"", Code::NotAHash, Fix::None),
    ("f_imphash == \"none\"", Code::NotHex, Fix::None),
    ("f_md5 == \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", Code::OtherHash, Fix::None),
    ("sha256 == \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", Code::OtherHash, Sure("sha1 == \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"")),
    ("sha256 not in [\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"]", Code::OtherHash, Sure("sha1 not in [\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"]")),
    ("sha256 == \"d41d8cd98f00b204e9800998ecf8427e\"", Code::OtherHash, Likely("md5 == \"d41d8cd98f00b204e9800998ecf8427e\"")),
    ("f_sha256 == \"d41d8cd98f00b204e9800998ecf8427e\"", Code::OtherHash, Fix::None),
    ("f_md5 == \"d41d8cd98f00b204e9800998ecf842\"", Code::NotAHash, Fix::None),
    ("f_md5 == \"MD5=d41d8cd98f00b204e9800998ecf8427e\"", Code::NotHex, Sure("f_md5 == \"d41d8cd98f00b204e9800998ecf8427e\"")),
    ("f_md5 == \" d41d8cd98f00b204e9800998ecf8427e\"", Code::NotHex, Sure("f_md5 == \"d41d8cd98f00b204e9800998ecf8427e\"")),
    ("f_md5 == \"x41d8cd98f00b204e9800998ecf8427e\"", Code::NotHex, Fix::None),
    ("f_md5 contains \"d41d8cd98f00b204e9800998ecf8427e\"", Code::OperatorMisfit, Sure("f_md5 == \"d41d8cd98f00b204e9800998ecf8427e\"")),
    ("f_md5 has [\"d41d8cd98f00b204e9800998ecf8427e\"]", Code::OperatorMisfit, Sure("f_md5 in [\"d41d8cd98f00b204e9800998ecf8427e\"]")),
    ("f_md5 contains \"d41d8\"", Code::OperatorMisfit, Fix::None),
    ("f_md5 == cased \"d41d8cd98f00b204e9800998ecf8427e\"", Code::CasedWithoutCase, Sure("f_md5 == \"d41d8cd98f00b204e9800998ecf8427e\"")),
    ("f_guid == \"1234\"", Code::WrongForm, Fix::None),
    ("f_guid == \"(8D1B4B2C-0D5A-4D3F-9C57-6A2B3C4D5E6F)\"", Code::WrongForm, Fix::None),
    ("f_sid == \"SYSTEM\"", Code::WrongForm, Fix::None),
    ("f_sid contains \"S-1-5-18\"", Code::OperatorMisfit, Sure("f_sid == \"S-1-5-18\"")),
    // accounts
    (r"user.name == 'CORP\bob'", Code::AccountWithDomain, Sure(r#"(user.domain == "CORP" and user.name == "bob")"#)),
    (r"user.name != 'NT AUTHORITY\SYSTEM'", Code::AccountWithDomain, Sure(r#"not (user.domain == "NT AUTHORITY" and user.name == "SYSTEM")"#)),
    (r"user.name starts_with 'CORP\'", Code::AccountWithDomain, Sure(r#"user.domain == "CORP""#)),
    (r"user.name starts_with 'CORP\adm'", Code::AccountWithDomain, Sure(r#"(user.domain == "CORP" and user.name starts_with "adm")"#)),
    (r"user.name ends_with '\bob'", Code::AccountWithDomain, Sure(r#"user.name == "bob""#)),
    (r"user.name == '.\bob'", Code::AccountWithDomain, Likely(r#"user.name == "bob""#)),
    (r"user.name in ['CORP\bob', 'CORP\eve']", Code::AccountWithDomain, Fix::None),
    (r#"user.name == "bob@corp.example""#, Code::AccountWithDomain, Likely(r#"user.upn == "bob@corp.example""#)),
    (r"f_user == 'CORP\bob'", Code::AccountWithDomain, Fix::None),
    // files
    (r"name ends_with '\cmd.exe'", Code::SlashInFileName, Sure(r"path ends_with '\cmd.exe'")),
    (r"name not ends_with ['\cmd.exe', '\sh.exe']", Code::SlashInFileName, Sure(r"path not ends_with ['\cmd.exe', '\sh.exe']")),
    (r"name == 'C:\Windows\x.exe'", Code::SlashInFileName, Sure(r"path == 'C:\Windows\x.exe'")),
    (r#"name == "/usr/bin/curl""#, Code::SlashInFileName, Sure(r#"path == "/usr/bin/curl""#)),
    (r"name == '\cmd.exe'", Code::SlashInFileName, Sure(r#"name == "cmd.exe""#)),
    (r"name in ['\cmd.exe', 'sh.exe']", Code::SlashInFileName, Sure(r#"name in ["cmd.exe", 'sh.exe']"#)),
    (r"name == 'System32\cmd.exe'", Code::SlashInFileName, Fix::None),
    (r"name contains ['\Temp\', 'x']", Code::SlashInFileName, Fix::None),
    (r"name under 'C:\Windows'", Code::OperatorMisfit, Sure(r"path under 'C:\Windows'")),
    (r"f_file_name ends_with '\cmd.exe'", Code::SlashInFileName, Fix::None),
    ("f_path == \"*.exe\"", Code::PlainStar, Likely("f_path like \"*.exe\"")),
    ("f_path under 'C:\\Windows\\*'", Code::PlainStar, Fix::None),
    ("f_command_line like \"%password%\"", Code::PlainStar, Likely("f_command_line like \"*password*\"")),
    (r#"name == "*cmd*""#, Code::PlainStar, Likely(r#"name like "*cmd*""#)),
    (r#"f_command_line == "* -enc *""#, Code::PlainStar, Likely(r#"f_command_line like "* -enc *""#)),
    (r"path contains '\Temp\*'", Code::PlainStar, Fix::None),
    // the registry
    (r"f_registry_path == 'HKLMM\Software'", Code::UnknownHive, Likely(r"f_registry_path == 'HKLM\Software'")),
    (r"f_registry_path starts_with 'HKEY_LOCAL_MASCHINE\Software'", Code::UnknownHive, Likely(r"f_registry_path starts_with 'HKEY_LOCAL_MACHINE\Software'")),
    (r#"f_registry_path == "HKLM/Software/x""#, Code::ForwardSlash, Likely(r"f_registry_path == 'HKEY_LOCAL_MACHINE\Software\x'")),
    (r"f_registry_path contains '\ControlSet001\Services'", Code::NumberedControlSet, Fix::None),
    (r"f_registry_path under 'HKLM/Software'", Code::ForwardSlash, Likely(r"f_registry_path under 'HKEY_LOCAL_MACHINE\Software'")),
    (r"f_registry_path matches /^HKLM\\.*\\Run$/", Code::HiveInRegex, Fix::None),
    ("f_data == \"DWORD (0x00000001)\"", Code::NumberAsProductText, Sure("f_data == 1")),
    ("f_data in [\"QWORD (0x00000001-0x00000002)\"]", Code::NumberAsProductText, Sure("f_data in [4294967298]")),
    ("f_data > \"1\"", Code::WrongKind, Fix::None),
    // words
    ("f_enum == \"red\"", Code::WrongKind, Sure("f_enum == red")),
    ("f_enum == \"Red\"", Code::WrongKind, Sure("f_enum == red")),
    ("f_enum == Red", Code::UnknownValue, Sure("f_enum == red")),
    ("f_enum == gren", Code::UnknownValue, Likely("f_enum == green")),
    ("f_enum == \"gren\"", Code::WrongKind, Likely("f_enum == green")),
    ("f_enum == 3", Code::WrongKind, Fix::None),
    ("f_enum >= red", Code::OperatorMisfit, Fix::None),
];

#[test]
fn what_is_no_value_is_told_once_and_what_mends_it_is_right() {
    let packs = packs();
    let mut wrong = Vec::new();
    for (test, code, fix) in WRONG {
        let found = found(&packs, test);
        // A list of two wrong values is two findings.
        let (Some(first), true) = (found.first(), found.iter().all(|finding| finding.code == *code)) else {
            wrong.push(format!("{test}: {found:#?}"));
            continue;
        };
        if first.help.is_empty() {
            wrong.push(format!("{test}: no help"));
        }
        let mended = first.fix.as_ref().map(|fix| (fix.certain, edited(test, fix)));
        let right = match (fix, &mended) {
            (Fix::None, None) => true,
            (Likely(text), Some((false, mended))) | (Sure(text), Some((true, mended))) => text == mended,
            _ => false,
        };
        if !right {
            wrong.push(format!("{test}: {mended:?}"));
        }
        if let Some((_, mended)) = &mended {
            let left = self::found(&packs, mended);
            // A list of several wrong values is mended one by one.
            if left.iter().any(|finding| finding.code != *code) || (found.len() == 1 && !left.is_empty()) {
                wrong.push(format!("{mended}: {left:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn edited(test: &str, fix: &spoor::diag::Fix) -> String {
    let mut text = test.to_owned();
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    for edit in edits {
        text.replace_range(edit.span.start as usize - HEAD.len()..edit.span.end as usize - HEAD.len(), &edit.text);
    }
    text
}

/// grammar/semantics.md names the codes of each type: just those that the examples above trigger.
#[test]
fn the_page_names_the_codes_of_each_type() {
    let packs = packs();
    let class = packs.class(packs.model.class("probe").expect("the class"));
    let page = include_str!("../grammar/semantics.md");
    let mut wrong = Vec::new();
    for ty in Type::ALL {
        let of_type = |test: &str| {
            let field = test.split_whitespace().next().unwrap_or_default();
            class.field(field).is_some_and(|id| class.get(id).ty == ty)
        };
        // Operators have a table of their own, and these stand for every type.
        let common = [Code::OperatorMisfit, Code::CasedWithoutCase, Code::WrongKind, Code::EmptyText, Code::UnknownName];
        let codes = |severity| {
            let of = WRONG.iter().filter(|(test, code, _)| of_type(test) && !common.contains(code) && code.severity() == severity);
            let codes: BTreeSet<&str> = of.map(|(_, code, _)| code.id()).collect();
            codes.into_iter().map(|code| format!("{code} ")).collect::<String>()
        };
        let row = page.lines().filter(|line| line.starts_with(&format!("| {} |", ty.name()))).nth(1);
        let end = format!("| {}| {}|", codes(Severity::Error), codes(Severity::Warning));
        if !row.is_some_and(|row| row.ends_with(&end)) {
            wrong.push(format!("{}: {end}", ty.name()));
        }
    }
    assert!(wrong.is_empty(), "the rows should end so:\n{}", wrong.join("\n"));
}

/// Every kind of literal against every type: it is a value, or it is told once, at its place, with what to write.
#[test]
fn a_literal_of_any_kind_is_a_value_or_told_once() {
    let packs = packs();
    let literals = ["\"words\"", "\"\"", "5", "-5", "0x1f", "1.5", "5m", "true", "192.0.2.1", "2001:db8::1", "10.0.0.0/8", "word"];
    let mut wrong = Vec::new();
    let mut told = 0;
    for ty in Type::ALL.into_iter().filter(|ty| *ty != Type::Time) {
        for literal in literals {
            let text = test(ty, "==", literal);
            let found = found(&packs, &text);
            match found.as_slice() {
                [] => {}
                [one] => {
                    told += 1;
                    let place = &text[one.span().start as usize - HEAD.len()..one.span().end as usize - HEAD.len()];
                    if one.help.is_empty() || !(place == literal || place == "==") {
                        wrong.push(format!("{text}: at `{place}` {one:#?}"));
                    }
                }
                several => wrong.push(format!("{text}: {several:#?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(told > 200, "{told} only");
}

/// What looks odd and is right: no word about it.
#[test]
fn what_is_a_value_is_none_of_these() {
    let packs = packs();
    let right = [
        "f_int == 0x1f",
        "f_int > 1.5",
        "f_port in [1, 65535]",
        "f_ip in [192.0.2.0/24, 2001:db8::/32, ::ffff:192.0.2.1]",
        "f_ip under 192.0.2.1",
        r#"f_domain == "evil[.]example.""#,
        r#"f_domain ends_with ".evil.example""#,
        r#"f_domain like "*.evil.*""#,
        r#"f_domain under ".evil.example""#,
        r#"f_host == "2001:db8::1""#,
        r#"f_host starts_with "pc""#,
        r#"f_url == "hxxps://evil[.]example/x""#,
        r#"f_url contains "evil.example""#,
        r#"f_url under "192.0.2.1""#,
        r#"f_email == "bob[@]evil[.]example""#,
        r#"f_email under "@evil.example""#,
        r#"f_email starts_with "bob@""#,
        r#"f_guid == "{8D1B4B2C-0D5A-4D3F-9C57-6A2B3C4D5E6F}""#,
        r#"f_guid == "8d1b4b2c-0d5a-4d3f-9c57-6a2b3c4d5e6f""#,
        r#"f_sid ends_with "-500""#,
        r#"f_sid starts_with "S-1-5-21-""#,
        r#"user.name == "WIN10$""#,
        r#"f_command_line == '"C:\x.exe" -a "b"'"#,
        r#"f_command_line contains "*.docx""#,
        r#"f_command_line == "cmd /c del *""#,
        r"f_path ends_with '\x.exe'",
        r"f_path like '*\x*.exe'",
        r"f_registry_path under 'HKLM:\Software'",
        r"f_registry_path == 'Computer\HKEY_LOCAL_MACHINE\Software'",
        r"f_registry_path == '\REGISTRY\MACHINE\Software'",
        r"f_registry_path contains '\CurrentVersion\Run'",
        r"f_registry_path like 'HK*\Software\x'",
        r#"f_data == "1""#,
        "f_data == 1",
        "f_data > 0x10",
        "f_bool == false",
        "not f_bool",
        "f_enum in [red, green]",
        "f_duration >= 90s",
    ];
    for test in right {
        let found = found(&packs, test);
        assert!(found.is_empty(), "{test}: {found:#?}");
    }
}

/// The spellings of one key are one key.
#[test]
fn a_hive_has_one_form() {
    let packs = packs();
    let spellings =
        ["HKLM", "hklm", "HKLM:", "HKEY_LOCAL_MACHINE", r"Computer\HKEY_LOCAL_MACHINE", r"\REGISTRY\MACHINE", r"\Registry\Machine"];
    let rule = |hive: &str| {
        let checked = Workspace::text("x.spoor", &format!("{HEAD}f_registry_path == '{hive}\\Software' }}")).check(&packs);
        format!("{:?}", checked.rules[0].pattern).split("span").next().map(str::to_owned)
    };
    for spelling in spellings {
        assert_eq!(rule(spelling), rule("HKLM"), "{spelling}");
    }
}

/// A typed list says what is wrong where it stands, and an edit never lands in the name of its file.
#[test]
fn a_list_of_a_type_is_checked_where_it_stands() {
    let packs = packs();
    let of = |list: &str| {
        let text = format!("rule x {{ let bad{list} detect probe where f_text in bad }}");
        Workspace::text("x.spoor", &text).check(&packs).diagnostics.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(of(&format!(r#": sha1 = ["{MD5}"]"#)), [Code::OtherHash]);
    assert_eq!(of(r#": domain = ["https://evil.example/"]"#), [Code::UrlAsDomain]);
    assert_eq!(of(r#": ip = ["192.0.2.1:443"]"#), [Code::AddressWithPort]);
    assert_eq!(of(r#": ip = ["pc1"]"#), [Code::NoAddress]);
    assert_eq!(of(": port = [0]"), [Code::NoPort]);
    assert_eq!(of(": int = [1.5]"), [Code::Fraction]);
    assert_eq!(of(r#": int = ["x"]"#), [Code::NotOfStatedType]);
    assert_eq!(of(": text = [5]"), [Code::NotOfStatedType]);
    assert_eq!(of(r#": text = [""]"#), [Code::NotOfStatedType]);
}

/// What is sure in one class may not be in another, and a shared condition is read in any.
#[test]
fn a_fix_that_names_a_field_is_sure_in_one_class_only() {
    let certain = |text: &str| {
        let found = Workspace::text("x.spoor", text).check(builtin()).diagnostics;
        found.iter().filter_map(|finding| finding.fix.as_ref()).any(|fix| fix.certain)
    };
    let test = r"name ends_with '\x.exe'";
    assert!(certain(&format!("rule x {{ detect process where {test} }}")));
    assert!(!certain(&format!("rule x {{ detect process | file where {test} }}")));
    assert!(!certain(&format!("let shared = {test} rule x {{ detect process where shared }}")));
}

/// The model's own words for what products write.
#[test]
fn the_words_of_products_have_a_sure_fix_where_they_mean_one_thing() {
    let fix = |test: &str| {
        let text = format!("rule x {{ detect {test} }}");
        let found = Workspace::text("x.spoor", &text).check(builtin()).diagnostics;
        let [one] = found.as_slice() else { panic!("{test}: {found:#?}") };
        one.fix.as_ref().map(|fix| (one.code, fix.certain, fix.edits[0].text.clone()))
    };
    let native = |sure, value: &str| Some((Code::NativeValue, sure, value.to_owned()));
    assert_eq!(fix(r#"process where integrity == "S-1-16-12288""#), native(true, "high"));
    assert_eq!(fix(r#"process where integrity in ["s-1-16-4096"]"#), native(true, "low"));
    assert_eq!(fix("file where action == FileCreated"), native(true, "created"));
    assert_eq!(fix(r#"file where action == "FileRenamed""#), native(true, "renamed"));
    assert_eq!(fix("process where integrity == High"), Some((Code::UnknownValue, true, "high".to_owned())));
}
