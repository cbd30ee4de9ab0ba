//! The types: which operator fits which, and what is a value of each.
//!
//! A pack of one class, `probe`, has a field of every type, so nothing here waits for a class of the model that needs it.

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
    load(builtin(), &[("pack.yaml", &pack)]).expect("a pack without mistakes")
}

fn found(packs: &Packs, test: &str) -> Vec<Diagnostic> {
    Workspace::text("x.spoor", &format!("rule x {{ detect probe where {test} }}")).check(packs).diagnostics
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
                    text.get(finding.span().start as usize - 28..finding.span().end as usize - 28).map(str::to_owned)
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
