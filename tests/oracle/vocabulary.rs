//! A rule for every field of every class.
//!
//! In: the model. Out: rules, one a field, each with an operator and a literal that fit the field's type; operators take turns, so that
//! each binding meets some and each operator many bindings. Law: every field of the model but the time is asked for once. (Of the parts of a
//! time, which no model lists, tell `calendar` and the rules of tests/corpus/calendar.)

use std::path::PathBuf;

use spoor::diag::Severity;
use spoor::project::Workspace;
use spoor::schema::{Class, Field, Packs, Type};

use crate::rules::Written;

/// What follows the field in a rule. A `match` without a rest: a type more must say what is asked of it.
fn tests(field: &Field, packs: &Packs) -> Vec<String> {
    let texts = |texts: [&str; 4]| {
        let [whole, start, part, end] = texts.map(|text| format!("'{text}'"));
        [("==", &whole), ("starts_with", &start), ("contains", &part), ("ends_with", &end)]
            .map(|(op, text)| format!("{op} {text}"))
            .to_vec()
    };
    let equals = |literal: &str| vec![format!("== {literal}")];
    let mut tests = match field.ty {
        Type::Text => texts(["Abc def", "Abc", "c d", "def"]),
        Type::Path => texts([r"C:\Temp\a.exe", r"C:\Temp\", r"\Temp\", r"\Temp\a.exe"]),
        Type::FileName => texts(["setup.exe", "set", "tup", ".exe"]),
        Type::CommandLine => texts(["cmd /c dir", "cmd ", " /c ", " dir"]),
        Type::RegistryPath => texts([r"HKLM\SOFTWARE\Acme\Run", r"HKLM\SOFTWARE\", r"\Acme\", r"\Run"]),
        Type::Data => vec!["== 1".to_owned(), "contains 'temp'".to_owned(), "> 3".to_owned()],
        Type::Int => vec!["== 4688".to_owned(), "> 12".to_owned(), "in [1, 2, 0x3e7]".to_owned()],
        Type::Real => vec!["> 7.5".to_owned()],
        Type::Port => vec!["== 443".to_owned(), "< 1024".to_owned()],
        Type::Ip => vec!["== 10.1.2.3".to_owned(), "in [10.0.0.0/8]".to_owned()],
        Type::Domain => vec!["== 'evil.example'".to_owned(), "under 'evil.example'".to_owned()],
        Type::Host => vec!["== 'pc1.corp.example'".to_owned(), "starts_with 'pc1.'".to_owned()],
        Type::Url => vec!["== 'http://evil.example/a?b=1'".to_owned(), "contains '/a?'".to_owned(), "under 'evil.example'".to_owned()],
        Type::Email => vec!["== 'bob@corp.example'".to_owned(), "under 'corp.example'".to_owned()],
        Type::Md5 | Type::Imphash => equals(&format!("'{}'", "0123456789abcdef".repeat(2))),
        Type::Sha1 => equals(&format!("'{}'", "01234567".repeat(5))),
        Type::Sha256 => equals(&format!("'{}'", "0123456789abcdef".repeat(4))),
        Type::Sha512 => equals(&format!("'{}'", "0123456789abcdef".repeat(8))),
        Type::Guid => equals("'fe86be69-80bd-64b8-d604-000000001000'"),
        Type::Sid => equals("'S-1-5-21-1-2-3-1001'"),
        Type::User => vec!["== 'alice'".to_owned(), "is machine_account".to_owned(), "in ['alice', 'bob']".to_owned()],
        Type::Bool => vec!["== true".to_owned(), "== false".to_owned()],
        Type::Time => Vec::new(),
        Type::Duration => vec!["> 5m".to_owned()],
        Type::Enum => {
            let values = field.values.map(|id| packs.model.enumeration(id).values.to_vec()).unwrap_or_default();
            values.iter().map(|value| format!("== {value}")).collect()
        }
    };
    tests.push("exists".to_owned());
    tests
}

/// The rules, as one text.
fn text(packs: &Packs) -> String {
    let mut text = String::new();
    for (nth, class) in packs.model.classes.iter().enumerate() {
        for (at, field) in
            class.fields.iter().enumerate().filter(|(_, field)| !field.computed && field.name != "time" && field.part.is_none())
        {
            let tests = tests(field, packs);
            let test = &tests[(nth + at) % tests.len()];
            let action = carrier(class, field);
            let name = written(&field.name);
            text.push_str(&format!("rule ask_{}_{at} {{ detect {} where {action}{name} {test} }}\n", class.name, class.name));
        }
    }
    text
}

/// A product's own name may hold blanks.
fn written(name: &str) -> String {
    let is_plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    name.split('.').map(|part| if is_plain(part) { part.to_owned() } else { format!("`{part}`") }).collect::<Vec<_>>().join(".")
}

/// An action that carries the field, where not all do.
fn carrier(class: &Class, field: &Field) -> String {
    let carried = field.only.and(class.every_action());
    match carried.iter().next().and_then(|index| class.actions.get(index)) {
        Some(action) if carried != class.every_action() => format!("action == {action} and "),
        _ => String::new(),
    }
}

pub fn rules(packs: &Packs) -> Vec<Written> {
    let workspace = Workspace::text("vocabulary.spoor", &text(packs));
    let checked = workspace.check(packs);
    let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    checked.rules.into_iter().map(|rule| Written { rule, path: PathBuf::from("vocabulary") }).collect()
}
