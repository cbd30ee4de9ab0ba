//! Tree to text, in the one layout of the language.

use super::ast::Op;

/// `/pattern/flags`
pub(super) fn regex(pattern: &str, dot_all: bool, multi_line: bool) -> String {
    let mut text = String::from("/");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '/' => text.push_str("\\/"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => {
                text.push('\\');
                text.extend(chars.next());
            }
            c => text.push(c),
        }
    }
    // `//` and `/*` begin comments elsewhere, so no regex begins so.
    if pattern.is_empty() || pattern.starts_with('*') {
        text.insert_str(1, "(?:)");
    }
    text.push('/');
    if dot_all {
        text.push('s');
    }
    if multi_line {
        text.push('m');
    }
    text
}

pub(super) fn op(op: Op) -> &'static str {
    match op {
        Op::Equal => "==",
        Op::NotEqual => "!=",
        Op::Less => "<",
        Op::LessEqual => "<=",
        Op::Greater => ">",
        Op::GreaterEqual => ">=",
        Op::In => "in",
        Op::Contains => "contains",
        Op::StartsWith => "starts_with",
        Op::EndsWith => "ends_with",
        Op::Like => "like",
        Op::Has => "has",
        Op::Under => "under",
        Op::Matches => "matches",
        Op::Exists => "exists",
        Op::Is => "is",
    }
}
