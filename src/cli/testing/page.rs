//! The snapshot of a rule, as text.
//!
//! In: a rule as it is written, and its queries. Out: its source, without its tests, then a section for each target: the fidelity, the reasons, the
//! query. Law: the text is a function of the rule and the options alone, and says its places by the lines that it shows, so that what stands
//! elsewhere in the rule's file changes nothing. Where a line of the rule looks like the head of a section, the heads are longer, so that
//! sections can be told apart again.

use std::fmt::Write as _;

use crate::backend::{Lowered, Target};
use crate::diag::Diagnostic;
use crate::source::{FileId, Sources};
use crate::syntax::ast::{self, Item};

/// The least of a section's head.
const HEAD: usize = 4;

#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub source: String,
    pub sections: Vec<Section>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// `splunk · exact`
    pub head: String,
    pub body: String,
}

impl Section {
    pub fn target(&self) -> &str {
        self.head.split(' ').next().unwrap_or_default()
    }
}

impl Page {
    pub fn new(rule: &ast::Rule, queries: impl Iterator<Item = Lowered>, sources: &Sources) -> Page {
        let shown = Shown::of(rule, sources);
        let section = |lowered: Lowered| {
            let mut body = String::new();
            for reason in &lowered.reasons {
                let _ = writeln!(body, "# {} at {}: {}", reason.code, shown.place(reason, sources), reason.title);
            }
            if let Some(query) = &lowered.query {
                let _ = writeln!(body, "{}", query.trim_end());
            }
            Section { head: format!("{} · {}", lowered.target.name(), lowered.fidelity.name()), body }
        };
        Page { sections: queries.map(section).collect(), source: shown.text }
    }

    pub fn text(&self) -> String {
        let lines = self.sections.iter().flat_map(|section| section.body.lines()).chain(self.source.lines());
        let longest = lines.map(|line| line.len() - line.trim_start_matches('=').len()).max().unwrap_or(0);
        let head = "=".repeat(HEAD.max(longest + 1));
        let mut text = self.source.clone();
        for section in &self.sections {
            let _ = write!(text, "\n{head} {}\n{}", section.head, section.body);
        }
        text
    }

    /// What [`Page::text`] made; of any other text something that no rule is.
    pub fn parse(text: &str) -> Page {
        let signs = |line: &str| line.len() - line.trim_start_matches('=').len();
        let longest = text.lines().map(signs).max().unwrap_or(0);
        let head = format!("{} ", "=".repeat(longest));
        let mut page = Page { source: String::new(), sections: Vec::new() };
        for line in text.split_inclusive('\n') {
            match line.strip_prefix(&head).filter(|_| longest >= HEAD) {
                Some(rest) => {
                    let before = page.sections.last_mut().map_or(&mut page.source, |section| &mut section.body);
                    if before.ends_with("\n\n") || before == "\n" {
                        before.pop();
                    }
                    page.sections.push(Section { head: rest.trim_end().to_owned(), body: String::new() });
                }
                None => page.sections.last_mut().map_or(&mut page.source, |section| &mut section.body).push_str(line),
            }
        }
        page
    }

    /// Without the other targets.
    pub fn only(mut self, targets: &[Target]) -> Page {
        self.sections.retain(|section| targets.iter().any(|target| target.name() == section.target()));
        self
    }
}

/// The lines of a rule's file that are shown.
struct Shown {
    file: FileId,
    /// By their numbers in the file.
    lines: Vec<usize>,
    text: String,
}

impl Shown {
    fn of(rule: &ast::Rule, sources: &Sources) -> Shown {
        let file = rule.at.0.file;
        let line = |number: usize| &sources.text(file)[sources.line(file, number)];
        let place = sources.place(rule.at.0);
        let mut first = place.line;
        while first > 1 && line(first - 1).trim_start().starts_with("///") {
            first -= 1;
        }
        // The end is exclusive: it may be the beginning of a line that is the next rule's.
        let last = if place.end_column == 1 && place.end_line > first { place.end_line - 1 } else { place.end_line };
        let mut lines: Vec<usize> = (first..=last).collect();
        for item in &rule.items {
            let Item::Test(test) = item else { continue };
            let at = sources.place(test.at.0);
            let alone = line(at.line).chars().take(at.column - 1).all(char::is_whitespace)
                && line(at.end_line).chars().skip(at.end_column - 1).all(char::is_whitespace);
            if alone {
                // The blank lines before it go with it.
                let blank =
                    lines.iter().rev().skip_while(|number| **number >= at.line).take_while(|number| line(**number).trim().is_empty());
                let from = at.line - blank.count();
                lines.retain(|number| !(from..=at.end_line).contains(number));
            }
        }
        while lines.last().is_some_and(|number| line(*number).trim().is_empty()) {
            lines.pop();
        }
        let text = lines.iter().map(|number| format!("{}\n", line(*number))).collect();
        Shown { file, lines, text }
    }

    /// `3:9`, in the lines that are shown; else the name of the file, whose lines come and go.
    fn place(&self, reason: &Diagnostic, sources: &Sources) -> String {
        let at = sources.place(reason.span());
        match self.lines.binary_search(&at.line) {
            Ok(index) if reason.span().file == self.file => format!("{}:{}", index + 1, at.column),
            Ok(_) | Err(_) => sources.name(reason.span().file).replace('\\', "/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_again() {
        for source in ["rule x {}\n", "", "a\n\n==== b\n", "======\n\n"] {
            let section = |head: &str, body: &str| Section { head: head.to_owned(), body: body.to_owned() };
            let sections = vec![section("splunk · exact", "| tstats\n\n==== x\n"), section("defender · refused", "")];
            let page = Page { source: source.to_owned(), sections };
            assert_eq!(Page::parse(&page.text()), page, "{}", page.text());
        }
        assert_eq!(Page::parse("no page").sections.len(), 0);
    }
}
