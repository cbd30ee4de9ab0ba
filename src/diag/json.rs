//! A diagnostic as programs read it: one JSON object a line, a stable interface.
//!
//! In: a [`Diagnostic`] and the texts it points into. Out: `{code, severity, message, path, line, column, end_line, end_column, help,
//! fix}`, and `labels`, of which the first is the place of the finding. Lines and columns count from 1, columns in Unicode scalars,
//! ends are exclusive; `fix` is `{certain, edits: [{path, line, column, end_line, end_column, text}]}` or null.

use serde::Serialize;

use super::{Diagnostic, Severity, render};
use crate::source::{Place, Sources, Span};

/// A span with the name of its file.
#[derive(Serialize)]
pub struct Spot<'s> {
    pub path: &'s str,
    #[serde(flatten)]
    pub place: Place,
}

impl<'s> Spot<'s> {
    pub fn new(sources: &'s Sources, span: Span) -> Spot<'s> {
        Spot { path: sources.name(span.file), place: sources.place(span) }
    }
}

#[derive(Serialize)]
struct Finding<'s> {
    code: &'static str,
    severity: &'static str,
    message: &'s str,
    #[serde(flatten)]
    spot: Spot<'s>,
    help: Option<String>,
    fix: Option<Fix<'s>>,
    labels: Vec<Text<'s>>,
}

#[derive(Serialize)]
struct Fix<'s> {
    certain: bool,
    edits: Vec<Text<'s>>,
}

#[derive(Serialize)]
struct Text<'s> {
    #[serde(flatten)]
    spot: Spot<'s>,
    text: &'s str,
}

/// One line, without its end. `severity`: in this run, where a warning may be denied.
pub fn line(diagnostic: &Diagnostic, severity: Severity, sources: &Sources) -> String {
    let finding = Finding {
        code: diagnostic.code.id(),
        severity: render::word(severity),
        message: &diagnostic.title,
        spot: Spot::new(sources, diagnostic.span()),
        help: (!diagnostic.help.is_empty()).then(|| diagnostic.help.join("\n")),
        fix: diagnostic.fix.as_ref().map(|fix| Fix {
            certain: fix.certain,
            edits: fix.edits.iter().map(|edit| Text { spot: Spot::new(sources, edit.span), text: &edit.text }).collect(),
        }),
        labels: diagnostic.labels.iter().map(|label| Text { spot: Spot::new(sources, label.span), text: &label.text }).collect(),
    };
    // The only failures of `to_string` are of maps with odd keys and of floats, of which there are none.
    serde_json::to_string(&finding).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::diag::{Code, Diagnostic};
    use crate::source::{Sources, Span};

    #[test]
    fn the_whole_object() {
        let mut sources = Sources::default();
        let file = sources.add("rules/ä.spoor", "x\n  Näme\n");
        let span = Span::new(file, 4, 9);
        let diagnostic =
            Diagnostic::new(Code::UnknownField, "unknown field `Näme`", span, "no such field").help("one").help("two").fix(span, "name");
        let spot = r#""path":"rules/ä.spoor","line":2,"column":3,"end_line":2,"end_column":7"#;
        assert_eq!(
            super::line(&diagnostic, diagnostic.severity(), &sources),
            format!(
                r#"{{"code":"E0201","severity":"error","message":"unknown field `Näme`",{spot},"help":"one\ntwo","fix":{{"certain":true,"edits":[{{{spot},"text":"name"}}]}},"labels":[{{{spot},"text":"no such field"}}]}}"#
            )
        );
    }
}
