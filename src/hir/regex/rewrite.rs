//! The spellings of a pattern, one a family of engines, written from its tree.
//!
//! Groups capture nothing, repetitions are greedy (what is found is all that counts), `\w \d \s` and `.` are classes of characters.
//! A class with a negated part (`[\Wa]`) is folded here, since engines fold before they negate and would undo it.

use regex_syntax::ast::{
    AssertionKind, Ast, ClassAscii, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, GroupKind,
};
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::{Flags, MAX_REPEAT, MAX_SIZE, RegexFault, RegexFaultKind, bounds, range};
use crate::hir::Casing;

#[derive(Default)]
pub(super) struct Spelled {
    pub re2: String,
    pub rust: String,
    pub pcre: String,
}

pub(super) fn rewrite(tree: &Ast, flags: Flags) -> Result<Spelled, RegexFault> {
    let mut writer = Writer { out: Spelled::default(), flags, size: 0 };
    writer.node(tree, 1)?;
    Ok(writer.out)
}

struct Writer {
    out: Spelled,
    flags: Flags,
    size: u64,
}

impl Writer {
    /// `times`: how often the repetitions around it ask for it.
    fn node(&mut self, node: &Ast, times: u32) -> Result<(), RegexFault> {
        self.size += u64::from(times);
        if self.size > MAX_SIZE {
            return Err(RegexFault { range: range(node.span()), kind: RegexFaultKind::Size });
        }
        match node {
            Ast::Empty(_) => self.all("(?:)"),
            Ast::Flags(set) => return Err(inline_flags(&set.span, &set.flags.to_written())),
            Ast::Literal(literal) => self.all(&escaped(literal.c)),
            Ast::Dot(_) => self.all(if self.flags.dot_all { "(?s:.)" } else { r"[^\n]" }),
            Ast::Assertion(assertion) => self.assertion(node, &assertion.kind)?,
            Ast::ClassUnicode(class) => return Err(RegexFault { range: range(&class.span), kind: RegexFaultKind::UnicodeClass }),
            Ast::ClassPerl(class) => self.all(&class_text(&perl(class), class.negated)),
            Ast::ClassBracketed(class) => {
                let text = self.bracketed(class)?;
                self.all(&text);
            }
            Ast::Repetition(repetition) => {
                if matches!(*repetition.ast, Ast::Repetition(_)) {
                    return Err(RegexFault { range: range(&repetition.op.span), kind: RegexFaultKind::Possessive });
                }
                let (least, most) = bounds(&repetition.op.kind);
                let times = times.saturating_mul(most.unwrap_or(least).max(1));
                if times > MAX_REPEAT {
                    return Err(RegexFault { range: range(&repetition.op.span), kind: RegexFaultKind::Repeat });
                }
                self.repeated(&repetition.ast, times)?;
                self.all(&match (least, most) {
                    (0, None) => "*".to_owned(),
                    (1, None) => "+".to_owned(),
                    (0, Some(1)) => "?".to_owned(),
                    (least, None) => format!("{{{least},}}"),
                    (least, Some(most)) if least == most => format!("{{{least}}}"),
                    (least, Some(most)) => format!("{{{least},{most}}}"),
                });
            }
            Ast::Group(group) => {
                if let GroupKind::NonCapturing(flags) = &group.kind
                    && !flags.items.is_empty()
                {
                    return Err(inline_flags(&flags.span, &flags.to_written()));
                }
                self.all("(?:");
                self.node(&group.ast, times)?;
                self.all(")");
            }
            // Inside a group, or the whole pattern: no parentheses of its own are needed.
            Ast::Alternation(alternation) => {
                for (index, branch) in alternation.asts.iter().enumerate() {
                    if index > 0 {
                        self.all("|");
                    }
                    self.node(branch, times)?;
                }
            }
            Ast::Concat(concat) => {
                for part in &concat.asts {
                    self.node(part, times)?;
                }
            }
        }
        Ok(())
    }

    /// What a repetition repeats. Assertions stand in a group of their own: RE2 refuses `^*`.
    fn repeated(&mut self, node: &Ast, times: u32) -> Result<(), RegexFault> {
        if !matches!(node, Ast::Assertion(_)) {
            return self.node(node, times);
        }
        self.all("(?:");
        self.node(node, times)?;
        self.all(")");
        Ok(())
    }

    fn assertion(&mut self, node: &Ast, kind: &AssertionKind) -> Result<(), RegexFault> {
        let (re2, rust, pcre) = match kind {
            // PCRE's own multi-line `^` does not stand after a line end that ends the text: pcre2pattern, "Circumflex and dollar".
            AssertionKind::StartLine if self.flags.multi_line => ("(?m:^)", "(?m:^)", r"(?:^|(?<=\n))"),
            AssertionKind::EndLine if self.flags.multi_line => ("(?m:$)", "(?m:$)", r"(?=\n|\z)"),
            AssertionKind::StartLine | AssertionKind::StartText => ("^", "^", "^"),
            AssertionKind::EndLine | AssertionKind::EndText => ("$", "$", r"\z"),
            AssertionKind::WordBoundary => (r"\b", r"(?-u:\b)", r"\b"),
            AssertionKind::NotWordBoundary => (r"\B", r"(?-u:\B)", r"\B"),
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartAngle
            | AssertionKind::WordBoundaryEndAngle
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => {
                return Err(RegexFault { range: range(node.span()), kind: RegexFaultKind::WordEdge });
            }
        };
        self.out.re2.push_str(re2);
        self.out.rust.push_str(rust);
        self.out.pcre.push_str(pcre);
        Ok(())
    }

    fn bracketed(&self, class: &ClassBracketed) -> Result<String, RegexFault> {
        let mut parts = ClassParts::default();
        match &class.kind {
            ClassSet::Item(item) => parts.add(item)?,
            ClassSet::BinaryOp(op) => return Err(RegexFault { range: range(&op.span), kind: RegexFaultKind::ClassOperation }),
        }
        if !parts.negated_part {
            parts.letters.union(&parts.caseless);
            return Ok(class_text(&parts.letters, class.negated));
        }
        if self.flags.case == Casing::Ignore {
            fold(&mut parts.letters);
        }
        parts.letters.union(&parts.caseless);
        Ok(class_text(&parts.letters, class.negated))
    }

    fn all(&mut self, text: &str) {
        self.out.re2.push_str(text);
        self.out.rust.push_str(text);
        self.out.pcre.push_str(text);
    }
}

/// The members of a bracketed class.
struct ClassParts {
    /// As written; subject to folding.
    letters: ClassUnicode,
    /// Of `\w \W \d \D \s \S`: the same in either case.
    caseless: ClassUnicode,
    /// One of the members is the complement of a class.
    negated_part: bool,
}

impl Default for ClassParts {
    fn default() -> ClassParts {
        ClassParts { letters: ClassUnicode::empty(), caseless: ClassUnicode::empty(), negated_part: false }
    }
}

impl ClassParts {
    fn add(&mut self, item: &ClassSetItem) -> Result<(), RegexFault> {
        match item {
            ClassSetItem::Empty(_) => {}
            ClassSetItem::Literal(literal) => self.letters.push(ClassUnicodeRange::new(literal.c, literal.c)),
            ClassSetItem::Range(range) => self.letters.push(ClassUnicodeRange::new(range.start.c, range.end.c)),
            ClassSetItem::Ascii(class) => self.part(ascii(class), class.negated),
            ClassSetItem::Perl(class) => self.part(perl(class), class.negated),
            ClassSetItem::Unicode(class) => return Err(RegexFault { range: range(&class.span), kind: RegexFaultKind::UnicodeClass }),
            ClassSetItem::Bracketed(class) => {
                return Err(RegexFault { range: range(&class.span), kind: RegexFaultKind::ClassOperation });
            }
            ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| self.add(item))?,
        }
        Ok(())
    }

    fn part(&mut self, mut set: ClassUnicode, negated: bool) {
        if negated {
            set.negate();
            self.negated_part = true;
            self.caseless.union(&set);
        } else {
            self.letters.union(&set);
        }
    }
}

fn ranges(of: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(of.iter().map(|(first, last)| ClassUnicodeRange::new(*first, *last)))
}

fn perl(class: &ClassPerl) -> ClassUnicode {
    match class.kind {
        ClassPerlKind::Digit => ranges(&[('0', '9')]),
        ClassPerlKind::Space => ranges(&[('\t', '\r'), (' ', ' ')]),
        ClassPerlKind::Word => ranges(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
    }
}

fn ascii(class: &ClassAscii) -> ClassUnicode {
    ranges(match class.kind {
        ClassAsciiKind::Alnum => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        ClassAsciiKind::Alpha => &[('A', 'Z'), ('a', 'z')],
        ClassAsciiKind::Ascii => &[('\0', '\x7f')],
        ClassAsciiKind::Blank => &[('\t', '\t'), (' ', ' ')],
        ClassAsciiKind::Cntrl => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        ClassAsciiKind::Digit => &[('0', '9')],
        ClassAsciiKind::Graph => &[('!', '~')],
        ClassAsciiKind::Lower => &[('a', 'z')],
        ClassAsciiKind::Print => &[(' ', '~')],
        ClassAsciiKind::Punct => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        ClassAsciiKind::Space => &[('\t', '\r'), (' ', ' ')],
        ClassAsciiKind::Upper => &[('A', 'Z')],
        ClassAsciiKind::Word => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        ClassAsciiKind::Xdigit => &[('0', '9'), ('A', 'F'), ('a', 'f')],
    })
}

/// Adds the other case of every letter. U+212A and U+017F stay out: no ASCII letter brings them in.
fn fold(set: &mut ClassUnicode) {
    const KELVIN: char = '\u{212a}';
    const LONG_S: char = '\u{17f}';
    let had = [KELVIN, LONG_S].map(|c| set.ranges().iter().any(|range| range.start() <= c && c <= range.end()));
    set.case_fold_simple();
    for (c, had) in [KELVIN, LONG_S].into_iter().zip(had) {
        if !had {
            set.difference(&ranges(&[(c, c)]));
        }
    }
}

/// `[..]` or `[^..]`, whichever does not run to the last code point: PCRE without UTF mode knows none above 255.
fn class_text(set: &ClassUnicode, negated: bool) -> String {
    let mut set = set.clone();
    let mut negated = negated;
    if set.ranges().last().is_some_and(|range| range.end() == char::MAX) {
        set.negate();
        negated = !negated;
    }
    if set.ranges().is_empty() {
        // Every character, or none: `$.` can never stand, and no engine minds it.
        return if negated { "(?s:.)".to_owned() } else { r"[^\x00-\x{10FFFF}]".to_owned() };
    }
    let mut text = String::from(if negated { "[^" } else { "[" });
    for range in set.ranges() {
        let (first, last) = (range.start(), range.end());
        text.push_str(&escaped_in_class(first));
        if first != last {
            if u32::from(last) > u32::from(first) + 1 {
                text.push('-');
            }
            text.push_str(&escaped_in_class(last));
        }
    }
    text.push(']');
    text
}

fn escaped_in_class(c: char) -> String {
    match c {
        '-' | '[' | ']' | '^' | '\\' | '&' | '~' => format!("\\{c}"),
        c => plain(c),
    }
}

/// A character that stands for itself in all engines.
fn escaped(c: char) -> String {
    match c {
        '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => format!("\\{c}"),
        c => plain(c),
    }
}

fn plain(c: char) -> String {
    match c {
        '\t' => r"\t".to_owned(),
        '\n' => r"\n".to_owned(),
        '\r' => r"\r".to_owned(),
        '\x0c' => r"\f".to_owned(),
        c if c.is_ascii_control() => format!(r"\x{:02X}", c as u32),
        c if c.is_control() || c > '\u{ffff}' => format!(r"\x{{{:X}}}", c as u32),
        c => c.to_string(),
    }
}

fn inline_flags(span: &regex_syntax::ast::Span, written: &str) -> RegexFault {
    RegexFault { range: range(span), kind: RegexFaultKind::InlineFlags(written.to_owned()) }
}

trait Written {
    fn to_written(&self) -> String;
}

impl Written for regex_syntax::ast::Flags {
    fn to_written(&self) -> String {
        use regex_syntax::ast::{Flag, FlagsItemKind};
        let letter = |item: &regex_syntax::ast::FlagsItem| match item.kind {
            FlagsItemKind::Negation => '-',
            FlagsItemKind::Flag(Flag::CaseInsensitive) => 'i',
            FlagsItemKind::Flag(Flag::MultiLine) => 'm',
            FlagsItemKind::Flag(Flag::DotMatchesNewLine) => 's',
            FlagsItemKind::Flag(Flag::SwapGreed) => 'U',
            FlagsItemKind::Flag(Flag::Unicode) => 'u',
            FlagsItemKind::Flag(Flag::CRLF) => 'R',
            FlagsItemKind::Flag(Flag::IgnoreWhitespace) => 'x',
        };
        self.items.iter().map(letter).collect()
    }
}
