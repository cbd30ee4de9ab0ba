//! Text that a target keeps as XML writes it.
//!
//! In: a test over a column of an event that was collected as XML. Out: the same test with each literal in both forms, as it is meant and as XML
//! writes it. Splunk's add-ons take the data of Windows' events out of the XML by regular expressions at search time, and a regular
//! expression resolves no references: `a && b` stands in the field as `a &amp;&amp; b`; so does the parser of ASIM that reads Sysmon's events of the
//! table Event (`parse-kv` with a regular expression). Where a site resolves them the other form is found.
//! Law: whichever form the field has, the verdict is that of the text that is meant, or a departure is reported: of a text that stands in a
//! reference too (`;`), and of a regular expression, which is not rewritten. `?` and classes of characters take one of the three for one, and a
//! text that holds a reference itself is taken for resolved where a site resolves none.

use std::borrow::Cow;

use crate::diag::targets::{self, At};
use crate::hir::{LikePart, LikePattern, Op, TextOp};
use crate::schema::{Channel, Str, Target};

use super::{Binder, ColumnRef, Native};

/// XML must write these as references; a quote it may leave, and Windows does.
const ESCAPED: [char; 3] = ['&', '<', '>'];

impl<F> Binder<'_, F> {
    /// The test with the forms that XML has of its literals.
    pub(super) fn as_xml<'o>(&mut self, column: &ColumnRef, op: &'o Op<Native>) -> Cow<'o, Op<Native>> {
        if !self.keeps_xml(column) {
            return Cow::Borrowed(op);
        }
        if let Op::Text { op: kind, any, .. } = op
            && any.iter().any(|literal| is_of_reference(*kind, literal))
        {
            self.report_reference();
        }
        match op {
            Op::Text { op: kind, any, case } if any.iter().any(|literal| literal.contains(ESCAPED)) => {
                Cow::Owned(Op::Text { op: *kind, any: both(any, |literal| escaped(literal)), case: *case })
            }
            Op::Like { any, case } if any.iter().any(has_escaped) => Cow::Owned(Op::Like { any: both(any, pattern), case: *case }),
            Op::Matches { any, .. } if any.iter().any(|regex| regex.pattern.contains(ESCAPED)) => {
                self.report_xml();
                Cow::Borrowed(op)
            }
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists
            | Op::Field { .. } => Cow::Borrowed(op),
        }
    }

    /// Of a table that says so, or data of an event of a log that Splunk has as XML; what every event of the log has is no data.
    fn keeps_xml(&self, column: &ColumnRef) -> bool {
        let of_head = || self.place.schema.columns.iter().any(|known| known.name == column.name);
        // A table of any record is found by the beginning of its source.
        let of_search =
            |(name, values): (&str, &[Str])| name == "source" && values.iter().any(|value| value.starts_with(Channel::WINDOWS_XML));
        let any = || self.place.table().is_some_and(|table| self.place.schema.found_by(table).any(of_search));
        if self.place.table().is_some_and(|table| table.escaped) {
            return true;
        }
        self.place.target == Target::SplunkRaw && (self.place.channels().next().is_some() || any()) && !of_head()
    }

    fn report_xml(&mut self) {
        let why = "the fields may hold `&`, `<` and `>` as XML writes them, and the regular expression is not asked for that form";
        self.report_form(why, self.negated);
    }

    fn report_reference(&mut self) {
        let why = "the fields may hold `&`, `<` and `>` as `&amp;`, `&lt;` and `&gt;`, in which this text stands too";
        self.report_form(why, !self.negated);
    }

    fn report_form(&mut self, why: &str, more: bool) {
        let at = At { span: self.span, target: self.place.target.name() };
        let reason = if more { targets::binding_widens(at, why) } else { targets::binding_narrows(at, why) };
        self.depart(more, reason);
    }
}

fn both<T: Clone + PartialEq>(any: &[T], other: impl Fn(&T) -> T) -> Vec<T> {
    let mut both = any.to_vec();
    both.extend(any.iter().map(other).filter(|form| !any.contains(form)));
    both
}

fn escaped(literal: &str) -> String {
    literal.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text that a reference alone can pass for, as `;` at the end.
fn is_of_reference(op: TextOp, literal: &str) -> bool {
    const LONGEST: usize = "&amp;".len();
    if literal.is_empty() || literal.len() > LONGEST {
        return false;
    }
    let literal = literal.to_ascii_lowercase();
    let passes = |reference: &&str| match op {
        TextOp::Equals | TextOp::Under => *reference == literal,
        TextOp::StartsWith => reference.starts_with(&literal),
        TextOp::EndsWith => reference.ends_with(&literal),
        TextOp::Contains | TextOp::Has => reference.contains(&literal),
    };
    ["&amp;", "&lt;", "&gt;"].iter().any(passes)
}

fn has_escaped(like: &LikePattern) -> bool {
    like.0.iter().any(|part| matches!(part, LikePart::Literal(text) if text.contains(ESCAPED)))
}

fn pattern(like: &LikePattern) -> LikePattern {
    let part = |part: &LikePart| match part {
        LikePart::Literal(text) => LikePart::Literal(escaped(text)),
        LikePart::One | LikePart::Any => part.clone(),
    };
    LikePattern(like.0.iter().map(part).collect())
}
