//! YAML as a tree that remembers where everything stood.
//!
//! In: the text of a file. Out: its documents as [`Node`]s, every one with the bytes it covers, mappings as pairs in their order (a key
//! that occurs twice stands there twice), scalars as text with the style they were written in; or a [`Problem`] and its place. Aliases
//! are expanded within a budget, so a small file stays small; nesting is limited. What a scalar means (a number, a truth value) is for
//! the reader of the tree to say. The module imports only `letters`: the build script compiles both too.

mod fault;
mod spelled;

use std::ops::Range;

use serde_yaml::granit_parser::{self as granit, Event, Parser, ScalarStyle, StructureStyle};

use crate::letters::Letters;

/// Deeper nesting is an error.
pub const MAX_DEPTH: usize = 64;
/// More nodes than this, aliases expanded, are an error.
pub const MAX_NODES: usize = 1_000_000;
/// Nodes that come from aliases; far beyond any rule, far below what is felt.
pub const MAX_ALIASED: usize = 10_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the text; of an aliased node, where it was defined.
    pub span: Range<usize>,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing was written, or `~`, or `null`.
    Null,
    Text(Text),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// A scalar, escapes resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub text: String,
    pub style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    /// `|` and `>`
    Block,
}

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    pub span: Range<usize>,
    pub problem: Problem,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// What the parser says.
    Syntax(String),
    /// A tab indents a line.
    Tab,
    /// A text that begins with a sign of YAML.
    Reserved(char),
    /// A character that no text of YAML may hold as it is.
    Control,
    /// A backslash in double quotes that is no escape.
    Escape,
    /// More stands behind a quoted text: a quote of this kind inside of it ended it.
    Quote(char),
    /// A quote that is not closed.
    Unclosed,
    /// A colon and a blank where no key may stand.
    Colon,
    /// A line that begins in no column of those above it.
    Column,
    /// `!name`, which stands for nothing here.
    Tag,
    TooDeep,
    TooLarge,
    /// Aliases that multiply.
    AliasBomb,
    /// An alias inside of what it names.
    AliasOfItself,
    /// An alias without an anchor.
    UnknownAlias,
}

/// Every document of a text; an empty text has none.
pub fn parse(text: &str) -> Result<Vec<Node>, Error> {
    let mut options = granit::Options::default();
    options.set_emit_comments(false);
    // The parser's own limits come first, so that its state is bounded as well; one more than ours, to tell which was met.
    options.flow_nesting_limit = MAX_DEPTH + 1;
    options.block_nesting_limit = MAX_DEPTH + 1;
    options.emit_unresolved_aliases = true;
    let mut builder = Builder { text, open: Vec::new(), done: Vec::new(), anchors: Vec::new(), nodes: 0, aliased: 0 };
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| builder.syntax(&error))?;
        builder.take(event, span.byte_range().unwrap_or_default())?;
    }
    Ok(builder.done)
}

/// The comments of a text, from their `#` to the end of the line; as far as it is YAML.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let mut options = granit::Options::default();
    options.set_emit_comments(true);
    options.flow_nesting_limit = MAX_DEPTH + 1;
    options.block_nesting_limit = MAX_DEPTH + 1;
    options.emit_unresolved_aliases = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut comments = Vec::new();
    while let Some(Ok((event, span))) = parser.next_event() {
        if let Event::Comment(..) = event {
            comments.extend(span.byte_range());
        }
    }
    comments
}

/// The line of a place, from 1; for messages without a picture.
pub fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    done: Vec<Node>,
    /// By the parser's number; `None` while the anchored node is open.
    anchors: Vec<(usize, Option<Node>)>,
    nodes: usize,
    aliased: usize,
}

/// A collection whose end was not seen yet.
struct Open {
    start: usize,
    anchor: usize,
    flow: bool,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Error> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = match tag.as_ref().map(|tag| core_tag(&tag.to_string())) {
                    None | Some(Some(false)) => scalar(&text, style),
                    // `!!str 5`
                    Some(Some(true)) => scalar(&text, ScalarStyle::DoubleQuoted),
                    Some(None) => return Err(self.tag(span.start)),
                };
                self.remember(anchor);
                self.finish(Node { span: trimmed(self.text, span), value }, anchor)
            }
            Event::SequenceStart(_, _, Some(tag)) | Event::MappingStart(_, _, Some(tag)) if core_tag(&tag.to_string()).is_none() => {
                Err(self.tag(span.start))
            }
            Event::SequenceStart(style, anchor, _) => self.enter(style, anchor, span, Items::List(Vec::new())),
            Event::MappingStart(style, anchor, _) => self.enter(style, anchor, span, Items::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(_) => Err(Error { span, problem: Problem::UnknownAlias }),
            // A name is good for its own document only; the parser's numbers go on.
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, style: StructureStyle, anchor: usize, span: Range<usize>, items: Items) -> Result<(), Error> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Error { span, problem: Problem::TooDeep });
        }
        self.remember(anchor);
        self.open.push(Open { start: span.start, anchor, flow: style == StructureStyle::Flow, items });
        Ok(())
    }

    fn leave(&mut self, end: Range<usize>) -> Result<(), Error> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (value, last) = match open.items {
            Items::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (Value::List(items), last)
            }
            Items::Map(pairs, _) => {
                let last = pairs.last().map(|(key, value)| key.span.end.max(value.span.end));
                (Value::Map(pairs), last)
            }
        };
        // A block ends where the next thing begins, as the parser sees it; here it ends with its last item.
        let end = if open.flow { end.end } else { last.unwrap_or(open.start) };
        self.finish(Node { span: open.start..end.max(open.start), value }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), Error> {
        match self.anchors.iter().rev().find(|(id, _)| *id == anchor) {
            None => Err(Error { span, problem: Problem::UnknownAlias }),
            Some((_, None)) => Err(Error { span, problem: Problem::AliasOfItself }),
            Some((_, Some(node))) => {
                let size = size(node);
                if self.aliased + size > MAX_ALIASED {
                    return Err(Error { span, problem: Problem::AliasBomb });
                }
                if self.open.len() + depth(node) > MAX_DEPTH {
                    return Err(Error { span, problem: Problem::TooDeep });
                }
                let node = node.clone();
                self.aliased += size;
                self.finish(node, 0)
            }
        }
    }

    /// An anchor is known from its start, so that an alias inside of it is told apart from one without an anchor.
    fn remember(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.push((anchor, None));
        }
    }

    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Error { span: node.span, problem: Problem::TooLarge });
        }
        if anchor != 0
            && let Some((_, slot)) = self.anchors.iter_mut().rev().find(|(id, _)| *id == anchor)
        {
            // What is kept for aliases counts as what is there.
            self.nodes += size(&node);
            *slot = Some(node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.done.push(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map(pairs, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
        }
        Ok(())
    }
}

/// Whether a tag of YAML's own schemas says that a scalar is a text; none: it is no such tag.
fn core_tag(tag: &str) -> Option<bool> {
    match tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!")) {
        Some("str") => Some(true),
        Some("int" | "float" | "bool" | "null" | "timestamp" | "map" | "seq" | "merge") => Some(false),
        Some(_) | None => (tag == "!").then_some(true),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    match text {
        "" | "~" | "null" | "Null" | "NULL" if style == Style::Plain => Value::Null,
        _ => Value::Text(Text { text: text.to_owned(), style }),
    }
}

/// Without blanks and line ends after it, which the parser counts in for scalars of several lines.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let len = text.get(span.clone()).map_or(0, |slice| slice.trim_end().len());
    span.start..span.start + len
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Text(_) => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(pairs) => 1 + pairs.iter().map(|(key, value)| size(key) + size(value)).sum::<usize>(),
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Text(_) => 0,
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(pairs) => 1 + pairs.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0),
    }
}

impl Node {
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(&text.text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    pub fn list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Null | Value::Text(_) | Value::Map(_) => None,
        }
    }

    pub fn map(&self) -> Option<&[(Node, Node)]> {
        match &self.value {
            Value::Map(pairs) => Some(pairs),
            Value::Null | Value::Text(_) | Value::List(_) => None,
        }
    }

    /// The value of the first such key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// Where the letters of this scalar stand in the file. None: it is no scalar, or they are not found there.
    pub fn letters(&self, source: &str) -> Option<Letters> {
        let Value::Text(scalar) = &self.value else { return None };
        spelled::letters(scalar, source.get(self.span.clone())?, self.span.start)
    }

    /// The place of a part of this scalar; all of it where that cannot be told.
    pub fn part(&self, source: &str, part: Range<usize>) -> Range<usize> {
        self.letters(source).and_then(|letters| letters.place(part)).unwrap_or(self.span.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        let mut documents = parse(text).unwrap();
        assert_eq!(documents.len(), 1);
        documents.remove(0)
    }

    fn problem(text: &str) -> (Problem, &str) {
        let error = parse(text).unwrap_err();
        (error.problem, &text[error.span])
    }

    /// Every scalar that has no escape covers its own text.
    fn check_spans(text: &str, node: &Node) {
        match &node.value {
            Value::Null => {}
            Value::Text(scalar) => assert!(text[node.span.clone()].contains(&scalar.text), "{node:?}"),
            Value::List(items) => items.iter().for_each(|item| check_spans(text, item)),
            Value::Map(pairs) => pairs.iter().for_each(|(key, value)| {
                check_spans(text, key);
                check_spans(text, value);
            }),
        }
    }

    #[test]
    fn every_node_knows_its_bytes() {
        for text in
            ["a: 1\nb: [x, 'y z', \"ü\"]\nc:\n  - d: e # comment\n  -\n", "\u{feff}ä: ö\r\nb:\r\n  c: d\r\n", "{a: b, c: {d: [e, f]}}"]
        {
            check_spans(text, &one(text));
        }
        let text = "a:\n  b: c\n\n# later\nd: e\n";
        let node = one(text);
        assert_eq!(&text[node.get("a").unwrap().span.clone()], "b: c");
        let text = "x: [1, 2]  # z\n";
        assert_eq!(&text[one(text).get("x").unwrap().span.clone()], "[1, 2]");
    }

    #[test]
    fn keys_keep_their_order_and_their_doubles() {
        let node = one("b: 1\na: 2\nb: 3\n");
        let keys: Vec<_> = node.map().unwrap().iter().map(|(key, value)| (key.text().unwrap(), value.text().unwrap())).collect();
        assert_eq!(keys, [("b", "1"), ("a", "2"), ("b", "3")]);
    }

    #[test]
    fn styles_tell_text_from_words() {
        let node = one("[1, '1', \"1\", ~, '~', null, ]");
        let styles: Vec<_> = node.list().unwrap().iter().map(|item| item.is_null()).collect();
        assert_eq!(styles, [false, false, false, true, false, true]);
        assert!(one("a:\n").get("a").unwrap().is_null());
    }

    #[test]
    fn aliases_stand_for_what_they_name_within_a_budget() {
        let node = one("a: &x [1, 2]\nb: *x\n");
        assert_eq!(node.get("a").unwrap().value, node.get("b").unwrap().value);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let names = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{names}]\n");
        }
        assert_eq!(problem(&bomb).0, Problem::AliasBomb);
        assert_eq!(problem("a: *b\n"), (Problem::UnknownAlias, "*b"));
        assert_eq!(problem("a: &a [*a]\n"), (Problem::AliasOfItself, "*a"));
        assert_eq!(problem("a: &a 1\n---\nb: *a\n"), (Problem::UnknownAlias, "*a"));
    }

    #[test]
    fn bad_input_has_a_place() {
        assert_eq!(problem("a:\n\tb: c\n"), (Problem::Tab, "\t"));
        assert_eq!(problem("a:\n  b: 1\n \tc: 2\n").0, Problem::Tab);
        assert!(matches!(problem("a: [1, 2\nb: 3\n").0, Problem::Syntax(_)));
        assert_eq!(problem("a: b: c\n"), (Problem::Colon, ":"));
        assert_eq!(problem("a: b\n c: d\n").0, Problem::Colon);
        assert_eq!(problem("a: %b\n"), (Problem::Reserved('%'), "%"));
        assert_eq!(problem("a: 'b\u{1b}'\n"), (Problem::Control, "\u{1b}"));
        assert_eq!(problem("a: \"b\\n\\c\"\n"), (Problem::Escape, "\\c"));
        assert_eq!(problem("a: 'it's'\n"), (Problem::Quote('\''), "s"));
        assert_eq!(problem("a:\n  b: 'c\nd: e\n"), (Problem::Unclosed, "'"));
        assert_eq!(problem("a:\n    b: c\n  d: e\n"), (Problem::Column, "d"));
        assert_eq!(problem("a: !b\n"), (Problem::Tag, "!b"));
        assert_eq!(problem("a: !b [c]\n").0, Problem::Tag);
        assert_eq!(one("a: !!str 5\n").get("a").unwrap().text(), Some("5"));
        assert_eq!(problem(&"[".repeat(5000)).0, Problem::TooDeep);
        let nested: String = (0..200).map(|level| " ".repeat(level) + "a:\n").collect();
        assert_eq!(problem(&nested).0, Problem::TooDeep);
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse("# nothing\n").unwrap(), []);
    }

    #[test]
    fn comments_are_found_beside_values_and_not_in_them() {
        let text = "# one\na: 'x # no' # two\nb:\n  # three\n  - c#d\n";
        let found: Vec<&str> = comments(text).into_iter().map(|range| text[range].trim_end()).collect();
        assert_eq!(found, ["# one", "# two", "# three"]);
    }

    #[test]
    fn a_part_of_a_scalar_has_a_place_where_it_stands_as_it_is() {
        for text in ["a: map(x, y)", "a: 'map(x, y)'", "a: \"map(x, y)\""] {
            let node = one(text);
            assert_eq!(&text[node.get("a").unwrap().part(text, 7..8)], "y");
        }
    }

    #[test]
    fn every_letter_of_a_scalar_has_its_place() {
        let cases = [
            (r#"a: "m\u0061p""#, 1..2, r"\u0061"),
            (r#"a: "\ud83d\ude00x""#, 4..5, "x"),
            (r#"a: "x\\(y""#, 2..3, "("),
            ("a: \"x \\\n   y z\"", 2..3, "y"),
            ("a: \"x\n   y\\tz\"", 2..4, "y\\t"),
            ("a: 'it''s (x'", 5..6, "("),
            ("a: 'it''s (x'", 2..3, "''"),
            ("a: one\n  two (x\n", 8..9, "("),
            ("a: one\n\n\n  two (x\n", 9..10, "("),
            ("a: |\n  one\n    two\n\n  (x\n", 11..12, "("),
            ("a: >-\n  one\n  two (x\n", 8..9, "("),
            ("a: >\r\n  one\r\n  two (x\r\n", 8..9, "("),
            ("a: |2\r\n   one\r\n  two (x\r\n", 9..10, "("),
        ];
        for (text, part, stands) in cases {
            let node = one(text);
            let value = node.get("a").unwrap();
            assert_eq!(&text[value.part(text, part)], stands, "{text:?} {value:?}");
        }
    }
}
