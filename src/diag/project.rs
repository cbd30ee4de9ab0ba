//! Family 06, first part: files and projects.
//!
//! In: what reading a file gave. Out: the finding; a file without a text is its own place.

use super::{Code, Diagnostic};
use crate::source::Span;

pub fn unreadable(file: Span, name: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::UnreadableFile, format!("`{name}` cannot be read"), file, reason)
}

/// `at`: the first byte that is no UTF-8.
pub fn not_utf8(at: Span, byte: u8, utf16: bool) -> Diagnostic {
    let label = format!("the byte 0x{byte:02X} is no UTF-8");
    let help = if utf16 { "the file looks like UTF-16: save it as UTF-8" } else { "save the file as UTF-8" };
    Diagnostic::new(Code::NotUtf8, "file is not UTF-8", at, label).help(help)
}

pub fn too_large(file: Span, name: &str, limit: u64) -> Diagnostic {
    let label = format!("a rule file may have {} MB", limit >> 20);
    Diagnostic::new(Code::FileTooLarge, format!("`{name}` is too large"), file, label)
        .help("a long list of indicators stands in a file of its own: `let bad: domain from \"bad.txt\"`")
}

/// `at`: the path in `import "path"`.
pub fn import_unreadable(at: Span, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::ImportUnreadable, format!("imported file `{path}` cannot be read"), at, reason)
        .help("the path is relative to the file that imports it")
}

/// `at`: the path in `let x from "path"`.
pub fn list_unreadable(at: Span, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::ListUnreadable, format!("list file `{path}` cannot be read"), at, reason)
        .help("the path is relative to the rule file")
}

pub fn duplicate_rule(name: Span, rule: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateRule, format!("rule name `{rule}` is used twice"), name, "this rule is left out")
        .label(first, "the name is used here first")
        .help("matches and queries go by the name of their rule: give one of them another name")
}

pub fn empty_file(file: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::EmptyFile, format!("`{name}` holds no rule, `let` or import"), file, "nothing is here")
}
