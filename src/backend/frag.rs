//! Query text that remembers its outermost operator.
//!
//! Fragments are joined, never inspected: there is no way back from a `Frag` to text but the final [`Frag::into_text`] and
//! [`Frag::laid_out`], and no `From<String>`. What came from a place of the rule says so once ([`Frag::at`]), and its lines do then. Joining parenthesises every mixed nesting, so no printer needs to know a precedence
//! (Splunk's `search` binds OR tighter than AND, its `where` the reverse).

use crate::source::{Span, add_places};

use super::lines::Lines;

/// A piece of a predicate. Equal to one that reads alike, wherever it came from.
#[derive(Clone, Debug)]
pub struct Frag {
    node: Node,
    /// The places of the rule that all of it came from.
    from: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// A test, a call, a parenthesis: nothing can come between its parts.
    Atom(String),
    /// `head(items)`: an atom that may be broken between its items.
    List {
        head: String,
        items: Vec<String>,
    },
    Join {
        outer: Outer,
        word: &'static str,
        parts: Vec<Frag>,
    },
    Not {
        word: Negation,
        inner: Box<Frag>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outer {
    And,
    Or,
}

/// How a dialect writes the connectives.
#[derive(Clone, Copy, Debug)]
pub struct Connectives {
    pub and: &'static str,
    pub or: &'static str,
    pub not: Negation,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Negation {
    /// `NOT x`
    Prefix(&'static str),
    /// `not(x)`
    Call(&'static str),
}

impl PartialEq for Frag {
    fn eq(&self, other: &Frag) -> bool {
        self.node == other.node
    }
}

impl Frag {
    fn new(node: Node) -> Frag {
        Frag { node, from: Vec::new() }
    }

    /// One test, as the dialect writes it; every piece of user text in it went through the dialect's `quote`.
    pub fn atom(text: String) -> Frag {
        Frag::new(Node::Atom(text))
    }

    /// `head(item, item)`, of which [`Frag::laid_out`] breaks one that is too long, one item a line.
    pub fn list(head: String, items: Vec<String>) -> Frag {
        Frag::new(Node::List { head, items })
    }

    pub fn all(parts: Vec<Frag>, words: Connectives) -> Frag {
        Frag::join(parts, words.and, Outer::And)
    }

    pub fn any(parts: Vec<Frag>, words: Connectives) -> Frag {
        Frag::join(parts, words.or, Outer::Or)
    }

    /// The negation of a fragment; named so because it is no operator on values.
    pub fn not(self, words: Connectives) -> Frag {
        Frag::new(Node::Not { word: words.not, inner: Box::new(self) })
    }

    /// The same, which came from these places of the rule.
    pub fn at(mut self, places: &[Span]) -> Frag {
        self.from.extend(places);
        self
    }

    /// Where a fragment that reads alike came from.
    pub fn absorb(&mut self, equal: &Frag) {
        add_places(&mut self.from, &equal.from);
        match (&mut self.node, &equal.node) {
            (Node::Join { parts, .. }, Node::Join { parts: others, .. }) => {
                parts.iter_mut().zip(others).for_each(|(part, other)| part.absorb(other));
            }
            (Node::Not { inner, .. }, Node::Not { inner: other, .. }) => inner.absorb(other),
            (Node::Atom(_) | Node::List { .. } | Node::Join { .. } | Node::Not { .. }, _) => {}
        }
    }

    fn join(mut parts: Vec<Frag>, word: &'static str, outer: Outer) -> Frag {
        assert!(!parts.is_empty(), "a constant is printed by the dialect, not joined");
        if parts.len() == 1 { parts.remove(0) } else { Frag::new(Node::Join { outer, word, parts }) }
    }

    /// On one line, as a part of what has its places already.
    pub fn into_text(self) -> String {
        self.flat()
    }

    /// On one line.
    pub fn into_line(self) -> Lines {
        self.laid_out(0, usize::MAX)
    }

    /// On as few lines as `width` allows: it begins at column `indent`, where its further lines begin too, each with its connective.
    pub fn laid_out(&self, indent: usize, width: usize) -> Lines {
        let mut lines = Lines::default();
        self.lay(indent, width, &mut lines);
        lines
    }

    fn lay(&self, indent: usize, width: usize, into: &mut Lines) {
        let first = into.last();
        let own = self.width();
        if indent.saturating_add(own) <= width {
            into.reserve(own);
            self.pieces(&mut |piece| into.push_str(piece));
            return self.places(&mut |from| into.since(first, from));
        }
        match &self.node {
            Node::List { head, items } if items.len() > 1 => {
                into.push_str(head);
                into.push_str("(");
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index > 0 { ",\n" } else { "\n" });
                    into.push_blanks(indent + 4);
                    into.push_str(item);
                }
                into.push_str("\n");
                into.push_blanks(indent);
                into.push_str(")");
            }
            Node::Atom(_) | Node::List { .. } => self.pieces(&mut |piece| into.push_str(piece)),
            Node::Join { outer, word, parts } => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        into.push_str("\n");
                        into.push_blanks(indent);
                        [word, " "].into_iter().for_each(|text| into.push_str(text));
                    }
                    if part.is_apart(*outer) {
                        into.push_str("(");
                        part.lay(indent + 4, width, into);
                        into.push_str(")");
                    } else {
                        part.lay(indent, width, into);
                    }
                }
            }
            Node::Not { word, inner } => {
                let (before, after) = negation(*word, inner);
                into.push_str(&before);
                inner.lay(indent + 4, width, into);
                into.push_str(after);
            }
        }
        into.since(first, &self.from);
    }

    fn flat(&self) -> String {
        let mut text = String::new();
        self.pieces(&mut |piece| text.push_str(piece));
        text
    }

    /// On one line, in characters.
    fn width(&self) -> usize {
        let mut width = 0;
        self.pieces(&mut |piece| width += piece.chars().count());
        width
    }

    /// What one line of it is made of, from left to right.
    fn pieces(&self, each: &mut dyn FnMut(&str)) {
        match &self.node {
            Node::Atom(text) => each(text),
            Node::List { head, items } => {
                each(head);
                each("(");
                for (index, item) in items.iter().enumerate() {
                    each(if index > 0 { ", " } else { "" });
                    each(item);
                }
                each(")");
            }
            Node::Join { outer, word, parts } => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        [" ", word, " "].into_iter().for_each(&mut *each);
                    }
                    let (before, after) = if part.is_apart(*outer) { ("(", ")") } else { ("", "") };
                    each(before);
                    part.pieces(each);
                    each(after);
                }
            }
            Node::Not { word, inner } => {
                let (before, after) = negation(*word, inner);
                each(&before);
                inner.pieces(each);
                each(after);
            }
        }
    }

    /// Where it and all in it came from.
    fn places(&self, each: &mut dyn FnMut(&[Span])) {
        each(&self.from);
        match &self.node {
            Node::Atom(_) | Node::List { .. } => {}
            Node::Join { parts, .. } => parts.iter().for_each(|part| part.places(each)),
            Node::Not { inner, .. } => inner.places(each),
        }
    }

    /// Within a chain of `outer`, this needs parentheses.
    fn is_apart(&self, outer: Outer) -> bool {
        matches!(&self.node, Node::Join { outer: own, .. } if *own != outer)
    }
}

/// What stands before and behind what is negated.
fn negation(word: Negation, inner: &Frag) -> (String, &'static str) {
    match (word, &inner.node) {
        (Negation::Call(word), _) => (format!("{word}("), ")"),
        (Negation::Prefix(word), Node::Atom(_) | Node::List { .. }) => (format!("{word} "), ""),
        (Negation::Prefix(word), Node::Join { .. } | Node::Not { .. }) => (format!("{word} ("), ")"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Connectives = Connectives { and: "AND", or: "OR", not: Negation::Prefix("NOT") };

    fn atom(text: &str) -> Frag {
        Frag::atom(text.to_owned())
    }

    fn text(lines: Lines) -> String {
        lines.finish().0
    }

    #[test]
    fn mixed_nesting_is_always_parenthesised() {
        let either = Frag::any(vec![atom("a"), atom("b")], WORDS);
        let both = Frag::all(vec![either.clone(), atom("c"), Frag::all(vec![atom("d"), atom("e")], WORDS)], WORDS);
        assert_eq!(both.clone().into_text(), "(a OR b) AND c AND d AND e");
        assert_eq!(either.not(WORDS).into_text(), "NOT (a OR b)");
        assert_eq!(atom("a").not(WORDS).not(WORDS).into_text(), "NOT (NOT a)");
        assert_eq!(Frag::any(vec![both.not(WORDS), atom("f")], WORDS).into_text(), "NOT ((a OR b) AND c AND d AND e) OR f");
    }

    #[test]
    fn long_fragments_are_broken_at_their_connectives() {
        let both = Frag::all(vec![atom("first"), Frag::list("x in ".to_owned(), vec!["1".to_owned(), "2".to_owned()])], WORDS);
        let either = Frag::any(vec![both, atom("last")], WORDS);
        assert_eq!(text(either.laid_out(2, 40)), "(first AND x in (1, 2)) OR last");
        assert_eq!(text(either.laid_out(2, 30)), "(first AND x in (1, 2))\n  OR last");
        assert_eq!(text(either.laid_out(2, 12)), "(first\n      AND x in (\n          1,\n          2\n      ))\n  OR last");
    }
}
