//! Query text that remembers its outermost operator.
//!
//! Fragments are joined, never inspected: there is no way back from a `Frag` to text but the final [`Frag::into_text`], and no
//! `From<String>`. Joining parenthesises every mixed nesting, so no printer needs to know a precedence (Splunk's `search` binds OR
//! tighter than AND, its `where` the reverse).

/// A piece of a predicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Frag {
    text: String,
    outer: Outer,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outer {
    /// A test, a call, a parenthesis: nothing can come between its parts.
    Atom,
    And,
    Or,
    Not,
}

/// How a dialect writes the connectives.
#[derive(Clone, Copy, Debug)]
pub struct Connectives {
    pub and: &'static str,
    pub or: &'static str,
    pub not: Negation,
}

#[derive(Clone, Copy, Debug)]
pub enum Negation {
    /// `NOT x`
    Prefix(&'static str),
    /// `not(x)`
    Call(&'static str),
}

impl Frag {
    /// One test, as the dialect writes it; every piece of user text in it went through the dialect's `quote`.
    pub fn atom(text: String) -> Frag {
        Frag { text, outer: Outer::Atom }
    }

    pub fn all(parts: Vec<Frag>, words: Connectives) -> Frag {
        Frag::join(parts, words.and, Outer::And)
    }

    pub fn any(parts: Vec<Frag>, words: Connectives) -> Frag {
        Frag::join(parts, words.or, Outer::Or)
    }

    pub fn not(self, words: Connectives) -> Frag {
        match words.not {
            Negation::Prefix(word) => Frag { text: format!("{word} {}", self.enclosed(Outer::Not)), outer: Outer::Not },
            Negation::Call(word) => Frag { text: format!("{word}({})", self.text), outer: Outer::Atom },
        }
    }

    fn join(mut parts: Vec<Frag>, word: &str, outer: Outer) -> Frag {
        assert!(!parts.is_empty(), "a constant is printed by the dialect, not joined");
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let texts: Vec<String> = parts.into_iter().map(|part| part.enclosed(outer)).collect();
        Frag { text: texts.join(&format!(" {word} ")), outer }
    }

    fn enclosed(self, within: Outer) -> String {
        match (self.outer, within) {
            (Outer::Atom, _) => self.text,
            (Outer::Not, Outer::And | Outer::Or) => self.text,
            (Outer::And, Outer::And) | (Outer::Or, Outer::Or) => self.text,
            _ => format!("({})", self.text),
        }
    }

    pub fn into_text(self) -> String {
        self.text
    }
}
