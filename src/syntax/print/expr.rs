//! Expressions, values, names.

use super::super::ast::{Expr, Name, Op, Path, Subject, Test, Text, Value};
use super::doc::align;
use super::{Doc, Printer, cat, group, nest, nothing, text};
use crate::source::Span;

impl Printer<'_> {
    /// Behind `where`, `except` or `=`: the lines of a chain stand further in than the word.
    pub(super) fn clause_expr(&mut self, expr: &Expr) -> Doc {
        let doc = self.expr(expr);
        group(if matches!(expr, Expr::And(..) | Expr::Or(..)) { nest(doc) } else { doc })
    }

    /// Without a group of its own: the lines of an `and` end with those of what it stands in.
    pub(super) fn expr(&mut self, expr: &Expr) -> Doc {
        match expr {
            Expr::And(operands, _) => self.chain("and ", operands, Expr::span, |p, operand| p.expr(operand)),
            Expr::Or(operands, _) => self.chain("or ", operands, Expr::span, |p, operand| p.expr(operand)),
            Expr::Not(inner, _) => cat([text("not "), self.expr(inner)]),
            Expr::Paren(inner, _) => cat([text("("), align(group(self.expr(inner))), text(")")]),
            Expr::Test(test) => self.test(test),
            Expr::Quorum(count, tests, at) => {
                let open = count.at.0.end.max(at.0.start);
                let tests = self.listed(["[", "]"], Doc::Soft, tests, [open, at.0.end], Expr::span, &mut |p: &mut Self, test: &Expr| {
                    group(p.expr(test))
                });
                cat([text(format!("at_least {} of ", count.written)), tests])
            }
        }
    }

    /// The operands of `and` or `or`, the word at the beginning of each line.
    pub(super) fn chain<T>(&mut self, word: &str, operands: &[T], span: impl Fn(&T) -> Span, print: impl Fn(&mut Self, &T) -> Doc) -> Doc {
        let spans: Vec<Span> = operands.iter().map(&span).collect();
        let (low, high) = (spans.first().map_or(0, |first| first.start), spans.last().map_or(0, |last| last.start));
        let around = self.comments.around(&spans, low, high);
        let mut docs = Vec::new();
        for (n, (operand, near)) in operands.iter().zip(around.parts).enumerate() {
            let part = self.part(near, span(operand), |p| print(p, operand));
            if n > 0 {
                docs.push(Doc::Line);
            }
            docs.extend(part.leads.into_iter().map(|lead| Doc::Own(lead.text)));
            if n > 0 {
                docs.push(text(word));
            }
            docs.push(part.body);
        }
        cat(docs)
    }

    fn test(&mut self, test: &Test) -> Doc {
        let subject = match &test.subject {
            Subject::Path(subject) => path(subject),
            Subject::AnyOf(paths, at) => self.fields("any of ", paths, at.0),
            Subject::AllOf(paths, at) => self.fields("all of ", paths, at.0),
        };
        let Some(relation) = &test.relation else { return subject };
        let mut words = String::new();
        // `is not private`, but `not in`.
        if relation.negated && relation.op != Op::Is {
            words.push_str(" not");
        }
        words.push(' ');
        words.push_str(relation.op.spelling());
        if relation.negated && relation.op == Op::Is {
            words.push_str(" not");
        }
        if relation.all {
            words.push_str(" all");
        }
        if relation.cased {
            words.push_str(" cased");
        }
        let operand = match &relation.operand {
            Some(operand) => cat([text(" "), self.value(operand)]),
            None => nothing(),
        };
        cat([subject, text(words), operand])
    }

    fn fields(&mut self, word: &str, paths: &[Path], at: Span) -> Doc {
        // The bracket stands behind `any of`.
        let low = paths.first().map_or(at.start, |first| first.at.0.start);
        let list =
            self.listed(["[", "]"], Doc::Soft, paths, [low, at.end], |path| path.at.0, &mut |_: &mut Self, field: &Path| path(field));
        cat([text(word), list])
    }

    pub(super) fn value(&mut self, value: &Value) -> Doc {
        match value {
            Value::Text(value) => string(value),
            Value::Number(number) => text(number.written.clone()),
            Value::Duration(duration) => super::items::duration(duration),
            Value::Bool(value, _) => text(if *value { "true" } else { "false" }),
            Value::Address(address) => text(address.written.clone()),
            Value::Regex(pattern) => text(regex(&pattern.pattern, pattern.dot_all, pattern.multi_line)),
            Value::Path(value) => path(value),
            Value::List(list) => self.list(&list.items, list.at.0, Value::span, |p, item| p.value(item)),
            Value::Call(call) => cat([name(&call.function), text("("), self.value(&call.argument), text(")")]),
        }
    }
}

pub(super) fn name(name: &Name) -> Doc {
    text(name_text(name))
}

fn name_text(name: &Name) -> String {
    if name.quoted { format!("`{}`", name.text) } else { name.text.clone() }
}

pub(super) fn path(path: &Path) -> Doc {
    text(path_text(path))
}

pub(super) fn path_text(path: &Path) -> String {
    path.parts.iter().map(name_text).collect::<Vec<_>>().join(".")
}

/// A raw text cannot hold a line end; one that is not from a rule file may, and is then written with escapes.
pub(super) fn string(value: &Text) -> Doc {
    let plain = |c: char| c == '\t' || !(c.is_control() || is_hidden(c));
    if value.raw && !value.value.contains(['\n', '\r']) {
        return text(format!("'{}'", value.value.replace('\'', "''")));
    }
    let mut quoted = String::from("\"");
    for c in value.value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if plain(c) => quoted.push(c),
            c => quoted.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
    }
    quoted.push('"');
    text(quoted)
}

/// Reorders what a reader sees.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `/pattern/flags`
pub(in super::super) fn regex(pattern: &str, dot_all: bool, multi_line: bool) -> String {
    let mut text = String::from("/");
    // `//` and `/*` begin comments elsewhere, so no regex begins so.
    if pattern.is_empty() || pattern.starts_with('*') {
        text.push_str("(?:)");
    }
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
    text.push('/');
    if dot_all {
        text.push('s');
    }
    if multi_line {
        text.push('m');
    }
    text
}
