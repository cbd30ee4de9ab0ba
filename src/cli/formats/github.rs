//! Findings as annotations of GitHub Actions, which a step prints
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message>).

use super::{Report, Root, message};
use crate::diag::Severity;
use crate::source::Place;

/// Of a step GitHub keeps so many annotations of each kind.
const KEPT: usize = 10;

pub fn text(report: &Report<'_>, root: &Root) -> String {
    let line = |(found, severity): (&crate::diag::Diagnostic, Severity)| {
        let Place { line, column, end_line, end_column } = report.sources.place(found.span());
        let path = property(&root.path(report.sources.name(found.span().file)));
        // Columns are for places within a line.
        let columns = if line == end_line { format!(",col={column},endColumn={end_column}") } else { String::new() };
        let title = property(&format!("{} {}", found.code, found.code.title()));
        format!("::{} file={path},line={line},endLine={end_line}{columns},title={title}::{}\n", word(severity), data(&message(found)))
    };
    report.each().map(line).collect()
}

pub fn beyond(report: &Report<'_>) -> Option<String> {
    let most = [Severity::Error, Severity::Warning, Severity::Note]
        .map(|severity| report.each().filter(|(_, it)| *it == severity).count())
        .into_iter()
        .max()
        .unwrap_or_default();
    (most > KEPT).then(|| format!("GitHub shows {KEPT} annotations of a kind for a step; the log and `--format sarif` have all of them"))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// As the runner reads it back: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same in a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_would_end_a_property_or_a_line_is_escaped() {
        assert_eq!(super::data("100%,\r\na::b"), "100%25,%0D%0Aa::b");
        assert_eq!(super::property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
