//! JUnit's XML, as CI systems read it.
//!
//! In: suites of cases. Out: the text. <https://github.com/testmoapp/junitxml> has what readers agree about. Law: it is well-formed whatever
//! names and messages hold; a character that XML cannot say is U+FFFD.

use std::fmt::Write as _;

use crate::markup::html;

pub struct Suite {
    pub name: String,
    pub cases: Vec<Case>,
}

pub struct Case {
    pub name: String,
    /// The file in which it is written.
    pub file: String,
    pub line: usize,
    pub outcome: Outcome,
}

/// With what is said of it: a line, and what stands below.
pub enum Outcome {
    Passed,
    Skipped(String),
    Failure(String, String),
    Error(String, String),
}

impl Outcome {
    pub fn is_failure(&self) -> bool {
        matches!(self, Outcome::Failure(..))
    }

    pub fn is_error(&self) -> bool {
        matches!(self, Outcome::Error(..))
    }

    pub fn is_skipped(&self) -> bool {
        matches!(self, Outcome::Skipped(_))
    }
}

/// The whole document.
pub fn text(name: &str, suites: &[Suite]) -> String {
    let count = |kind: fn(&Outcome) -> bool| suites.iter().map(|suite| suite.count(kind)).sum::<usize>();
    let all: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let (name, failures, errors) = (attribute(name), count(Outcome::is_failure), count(Outcome::is_error));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"{name}\" tests=\"{all}\" failures=\"{failures}\" errors=\"{errors}\">");
    suites.iter().for_each(|suite| suite.write(&mut text));
    text.push_str("</testsuites>\n");
    text
}

impl Suite {
    pub fn count(&self, kind: fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|case| kind(&case.outcome)).count()
    }

    fn write(&self, text: &mut String) {
        let count = |kind| self.count(kind);
        let (failures, errors, skipped) = (count(Outcome::is_failure), count(Outcome::is_error), count(Outcome::is_skipped));
        let (name, all) = (attribute(&self.name), self.cases.len());
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{all}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
        );
        for case in &self.cases {
            let (of, file) = (attribute(&case.name), attribute(&case.file));
            let _ = write!(text, "    <testcase name=\"{of}\" classname=\"{name}\" file=\"{file}\" line=\"{}\"", case.line);
            let (tag, message, below) = match &case.outcome {
                Outcome::Passed => {
                    text.push_str("/>\n");
                    continue;
                }
                Outcome::Skipped(message) => ("skipped", message, ""),
                Outcome::Failure(message, below) => ("failure", message, below.as_str()),
                Outcome::Error(message, below) => ("error", message, below.as_str()),
            };
            let _ = writeln!(text, ">\n      <{tag} message=\"{}\">{}</{tag}>\n    </testcase>", attribute(message), html(below));
        }
        text.push_str("  </testsuite>\n");
    }
}

/// Text in double quotes, where a parser makes blanks of line ends.
fn attribute(text: &str) -> String {
    html(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_say_is_replaced() {
        assert_eq!(attribute("a\"<&>\n\u{1b}[31m\u{fffe}"), "a&quot;&lt;&amp;&gt;&#10;\u{fffd}[31m\u{fffd}");
        assert_eq!(html("]]>\r\t"), "]]&gt;&#13;\t");
    }
}
