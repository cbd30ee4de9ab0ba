//! Patterns of `like`, in the form that every target can read.

use super::TextOp;

/// The whole text, part by part. In normal form: no two `Any` or two `Literal` beside each other, no empty literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern(pub Vec<LikePart>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LikePart {
    Literal(String),
    /// `?`: one code point, line ends too.
    One,
    /// `*`: any run, line ends too.
    Any,
}

/// What a pattern says where a simpler operator says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simple<'p> {
    /// Any text.
    Present,
    /// `a*` is a start, `*a` an end, `*a*` a part, `a` the text itself.
    Text(TextOp, &'p str),
}

impl LikePattern {
    /// None: only `like` says it.
    pub fn simple(&self) -> Option<Simple<'_>> {
        match self.0.as_slice() {
            [LikePart::Any] => Some(Simple::Present),
            [LikePart::Literal(text)] => Some(Simple::Text(TextOp::Equals, text)),
            [LikePart::Literal(text), LikePart::Any] => Some(Simple::Text(TextOp::StartsWith, text)),
            [LikePart::Any, LikePart::Literal(text)] => Some(Simple::Text(TextOp::EndsWith, text)),
            [LikePart::Any, LikePart::Literal(text), LikePart::Any] => Some(Simple::Text(TextOp::Contains, text)),
            _ => None,
        }
    }

    /// Reads `*` and `?`; `[*]` and `[?]` are the characters themselves, and so is a backslash.
    pub fn parse(written: &str) -> LikePattern {
        let mut parts = Vec::new();
        let mut rest = written;
        while let Some(first) = rest.chars().next() {
            let (part, length) = match first {
                '*' => (LikePart::Any, 1),
                '?' => (LikePart::One, 1),
                '[' if rest.starts_with("[*]") || rest.starts_with("[?]") => (LikePart::Literal(rest[1..2].to_owned()), 3),
                other => (LikePart::Literal(other.to_string()), other.len_utf8()),
            };
            parts.push(part);
            rest = &rest[length..];
        }
        LikePattern::of(parts)
    }

    /// Reads `*`, and nothing else.
    pub fn stars(written: &str) -> LikePattern {
        let literals = written.split('*').map(|text| LikePart::Literal(text.to_owned()));
        LikePattern::of(literals.flat_map(|literal| [LikePart::Any, literal]).skip(1))
    }

    /// The normal form of these parts.
    pub fn of(parts: impl IntoIterator<Item = LikePart>) -> LikePattern {
        let mut normal: Vec<LikePart> = Vec::new();
        for part in parts {
            match (normal.last_mut(), part) {
                (_, LikePart::Literal(text)) if text.is_empty() => {}
                (Some(LikePart::Literal(before)), LikePart::Literal(text)) => before.push_str(&text),
                (Some(LikePart::Any), LikePart::Any) => {}
                // `?` before `*`, so that `*?` and `?*` are one pattern
                (Some(LikePart::Any), LikePart::One) => {
                    let at = normal.len() - 1;
                    normal.insert(at, LikePart::One);
                }
                (_, part) => normal.push(part),
            }
        }
        LikePattern(normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> LikePart {
        LikePart::Literal(text.to_owned())
    }

    #[test]
    fn only_brackets_escape() {
        assert_eq!(LikePattern::parse(r"C:\*[*]?x").0, [literal(r"C:\"), LikePart::Any, literal("*"), LikePart::One, literal("x")]);
    }

    #[test]
    fn runs_are_one_part() {
        assert_eq!(LikePattern::parse("**a[b*?*").0, [LikePart::Any, literal("a[b"), LikePart::One, LikePart::Any]);
    }
}
