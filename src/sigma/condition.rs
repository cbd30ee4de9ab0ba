//! The condition of a rule: text to tree.
//!
//! `not` binds before `and`, `and` before `or`; `1 of NAME*`, `all of them`, `2 of NAME*`. Words compare without case, names with it.
//! What does not parse is told with its place in the text.

use std::fmt::{Display, Formatter};
use std::ops::Range;

use crate::diag::{Diagnostic, sigma as say};
use crate::source::Span;

use super::tree::{Condition, Pattern, Quantity, Word};

/// Parentheses and `not`s may nest so deep.
const MOST_NESTED: usize = 64;

/// `place`: where a part of the text stands in the file.
pub fn parse(text: &str, place: &dyn Fn(Range<usize>) -> Span) -> Result<Condition, Diagnostic> {
    let tokens = tokens(text, place)?;
    let end = tokens.last().map_or_else(|| place(0..text.len()), |last| last.at);
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, end };
    if tokens.is_empty() {
        return Err(say::condition(place(0..text.len()), "an empty condition", "name a selection, as in `selection and not filter`"));
    }
    let condition = parser.or()?;
    match parser.peek() {
        None => Ok(condition),
        Some(token) => Err(unexpected(token)),
    }
}

/// As the specification writes it, each part of a mixture in parentheses.
impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let inner = |part: &Condition| match part {
            Condition::And(..) | Condition::Or(..) => format!("({part})"),
            Condition::Not(..) | Condition::Name(_) | Condition::Of { .. } => part.to_string(),
        };
        let joined = |parts: &[Condition], word: &str| parts.iter().map(inner).collect::<Vec<_>>().join(word);
        match self {
            Condition::And(parts, _) => f.write_str(&joined(parts, " and ")),
            Condition::Or(parts, _) => f.write_str(&joined(parts, " or ")),
            Condition::Not(part, _) => write!(f, "not {}", inner(part)),
            Condition::Name(word) => f.write_str(&word.text),
            Condition::Of { quantity, pattern, .. } => {
                match quantity {
                    Quantity::All => f.write_str("all of ")?,
                    Quantity::AtLeast(least) => write!(f, "{least} of ")?,
                }
                match pattern {
                    Pattern::Them => f.write_str("them"),
                    Pattern::Like(word) => f.write_str(&word.text),
                }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    And,
    Or,
    Not,
    Of,
    All,
    Them,
    Open,
    Close,
    Number(u64),
    Name,
}

struct Token {
    kind: Kind,
    text: String,
    at: Span,
}

fn tokens(text: &str, place: &dyn Fn(Range<usize>) -> Span) -> Result<Vec<Token>, Diagnostic> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let from = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let len = match first {
            '(' | ')' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')').unwrap_or(rest.len()),
        };
        let word = &rest[..len];
        let at = place(from..from + len);
        if let Some((sign, meant)) = SIGNS.iter().find(|(sign, _)| word.starts_with(sign)) {
            return Err(say::sign(place(from..from + sign.len()), sign, meant));
        }
        if word.starts_with('|') {
            return Err(say::pipe(place(from..text.len())));
        }
        if let Some(other) = word.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | '(' | ')'))) {
            return Err(say::condition(
                at,
                &format!("`{other}` has no meaning in a condition"),
                "names, `and`, `or`, `not`, `1 of`, `all of`, parentheses",
            ));
        }
        let kind = match word.to_ascii_lowercase().as_str() {
            "and" => Kind::And,
            "or" => Kind::Or,
            "not" => Kind::Not,
            "of" => Kind::Of,
            "all" if follows_of(&rest[len..]) => Kind::All,
            "any" if follows_of(&rest[len..]) => Kind::Number(1),
            "them" => Kind::Them,
            "(" => Kind::Open,
            ")" => Kind::Close,
            "one" if follows_of(&rest[len..]) => return Err(say::quantity(at, word, "1")),
            word => match word.parse() {
                Ok(number) if follows_of(&rest[len..]) => Kind::Number(number),
                _ => Kind::Name,
            },
        };
        tokens.push(Token { kind, text: word.to_owned(), at });
        rest = &rest[len..];
    }
}

/// What other languages write for the words.
const SIGNS: [(&str, &str); 5] = [("&&", "and"), ("||", "or"), ("&", "and"), ("!", "not "), ("~", "not ")];

/// A word is a quantity only before `of`: a selection may be called `all`.
fn follows_of(rest: &str) -> bool {
    rest.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("of"))
}

fn unexpected(token: &Token) -> Diagnostic {
    let help = match token.kind {
        Kind::Close => "a `(` is missing before it",
        Kind::Name | Kind::Open | Kind::Number(_) | Kind::All | Kind::Not | Kind::Them => "`and` or `or` is missing before it",
        Kind::And | Kind::Or | Kind::Of => "a name stands on both sides of it",
    };
    say::condition(token.at, &format!("`{}` is unexpected", token.text), help)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    /// The last word.
    end: Span,
}

type Read = Result<Condition, Diagnostic>;

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn eat(&mut self, kind: &Kind) -> bool {
        let is = self.peek().is_some_and(|token| token.kind == *kind);
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Read {
        self.several(&Kind::Or, Parser::and, Condition::Or)
    }

    fn and(&mut self) -> Read {
        self.several(&Kind::And, Parser::not, Condition::And)
    }

    fn several(&mut self, between: &Kind, part: fn(&mut Self) -> Read, join: fn(Vec<Condition>, Span) -> Condition) -> Read {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.eat(between) {
            parts.push(part(self)?);
        }
        let at = parts[0].span().to(parts[parts.len() - 1].span());
        Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts, at) })
    }

    fn not(&mut self) -> Read {
        let Some(token) = self.peek() else {
            return Err(say::condition(self.end, "the condition ends here", "a name of a selection is missing behind it"));
        };
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(say::condition(token.at, "the condition is nested too deep", "64 levels are the limit"));
        }
        let read = match token.kind {
            Kind::Not => {
                self.at += 1;
                self.not().map(|inner| {
                    let at = token.at.to(inner.span());
                    Condition::Not(Box::new(inner), at)
                })
            }
            Kind::Open => {
                self.at += 1;
                let inner = self.or()?;
                if !self.eat(&Kind::Close) {
                    return Err(say::condition(token.at, "this parenthesis is not closed", "a `)` is missing"));
                }
                Ok(inner)
            }
            Kind::All => self.of(token, Quantity::All),
            Kind::Number(least) => self.of(token, Quantity::AtLeast(least)),
            // A selection may be called `them`.
            Kind::Name | Kind::Them => {
                self.at += 1;
                match self.peek() {
                    // `all selection_*`: the `of` is forgotten.
                    Some(what) if is_quantity(token) && matches!(what.kind, Kind::Name | Kind::Them) => {
                        let at = token.at.to(what.at);
                        // Another name behind it: this one was to be the `of`.
                        let is_of = self.tokens.get(self.at + 1).is_some_and(|next| matches!(next.kind, Kind::Name | Kind::Them));
                        let meant = if is_of { String::new() } else { format!(" {}", what.text) };
                        Err(say::quantity(at, &token.text, &format!("{} of{meant}", token.text)))
                    }
                    Some(_) | None => Ok(Condition::Name(word(token))),
                }
            }
            Kind::And | Kind::Or | Kind::Of | Kind::Close => Err(unexpected(token)),
        };
        self.depth -= 1;
        read
    }

    fn of(&mut self, first: &'t Token, quantity: Quantity) -> Read {
        // Its `of` was seen when the word was read.
        self.at += 2;
        let Some(what) = self.peek() else {
            return Err(say::condition(
                self.end,
                "the condition ends here",
                "`them` or a name is missing behind it, as in `1 of selection_*`",
            ));
        };
        let pattern = match what.kind {
            Kind::Them => Pattern::Them,
            Kind::Name => Pattern::Like(word(what)),
            Kind::And | Kind::Or | Kind::Not | Kind::Of | Kind::All | Kind::Open | Kind::Close | Kind::Number(_) => {
                return Err(say::condition(what.at, "`of` takes `them` or a name", "write `1 of selection_*` or `all of them`"));
            }
        };
        self.at += 1;
        Ok(Condition::Of { quantity, pattern, at: first.at.to(what.at) })
    }
}

/// It would be one, if `of` stood behind it.
fn is_quantity(token: &Token) -> bool {
    ["all", "any"].iter().any(|word| token.text.eq_ignore_ascii_case(word)) || token.text.parse::<u64>().is_ok()
}

fn word(token: &Token) -> Word {
    Word { text: token.text.clone(), at: token.at }
}
