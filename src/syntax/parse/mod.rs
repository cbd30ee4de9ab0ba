//! Tokens to tree: recursive descent by hand, since recovery wants it; two tokens of lookahead suffice.
//!
//! In: the tokens of a file. Out: the tree and one diagnostic a mistake. Where the intention is plain (a foreign spelling, a missing
//! `and`) the mistake is reported and the tree holds what was meant. Where it is not, the function returns [`Failed`], which says that
//! the mistake *was reported*; the nearest loop with a recovery point goes on there, and the rule is marked as not `complete`.
//! Recovery points: `rule`, `import` and `let` at the top; a line that begins with a clause word, `key:` or `}` in a rule; a name
//! before `:`, `where` or `|` in a block; `,` and `]` in lists; the end of the line in texts.

mod aggregate;
mod branch;
mod detect;
mod expr;
mod file;
mod foreign;
mod items;
mod names;
mod relation;
mod steps;
mod value;

use super::ast::{At, File, Name, Path};
use super::lex::{Lexed, MOST_ERRORS};
use super::token::{Tok, Token};
use crate::diag::{Diagnostic, syntax as say};
use crate::source::{FileId, Span};

/// How deep parentheses, `not`, lists and calls may stand in each other.
const MOST_NESTED: u32 = 200;

/// What could not be read was reported.
struct Failed;

type Read<T> = Result<T, Failed>;

/// The tree, and the parser's diagnostics after the lexer's, in the order of the text.
pub(super) fn parse(text: &str, file: FileId, lexed: &Lexed) -> (File, Vec<Diagnostic>) {
    let mut parser = Parser {
        text,
        file,
        lexed,
        at: 0,
        depth: 0,
        complete: true,
        left_open: false,
        errors: lexed.diagnostics.len(),
        diagnostics: Vec::new(),
    };
    let items = parser.top();
    (File { items, at: At(Span::new(file, 0, text.len())) }, parser.diagnostics)
}

struct Parser<'a> {
    text: &'a str,
    file: FileId,
    lexed: &'a Lexed,
    at: usize,
    depth: u32,
    /// Of the current rule.
    complete: bool,
    /// A block of the current rule was not closed before the rule was left.
    left_open: bool,
    errors: usize,
    diagnostics: Vec<Diagnostic>,
}

// ---------- tokens ----------

impl<'a> Parser<'a> {
    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    fn peek_at(&self, n: usize) -> Token {
        let tokens = &self.lexed.tokens;
        tokens[(self.at + n).min(tokens.len() - 1)]
    }

    fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.tok != Tok::End {
            self.at += 1;
        }
        token
    }

    fn span(&self, token: Token) -> Span {
        token.span(self.file)
    }

    fn slice(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn here(&self) -> Span {
        self.span(self.peek())
    }

    /// From the token at which something began to the last one read.
    fn since(&self, start: Token) -> At {
        At(Span { file: self.file, start: start.start, end: self.last_end().max(start.start) })
    }

    fn last_end(&self) -> u32 {
        if self.at == 0 { 0 } else { self.lexed.tokens[self.at - 1].end }
    }

    /// The empty place after the last token read: where something is missing.
    fn gap(&self) -> Span {
        let end = self.last_end();
        Span { file: self.file, start: end, end }
    }

    fn is(&self, tok: Tok) -> bool {
        self.peek().tok == tok
    }

    fn eat(&mut self, tok: Tok) -> Option<Token> {
        self.is(tok).then(|| self.bump())
    }

    /// The word at a place, if a plain name stands there.
    fn word_at(&self, n: usize) -> &'a str {
        let token = self.peek_at(n);
        if token.tok == Tok::Name { self.slice(token) } else { "" }
    }

    fn word(&self) -> &'a str {
        self.word_at(0)
    }

    fn eat_word(&mut self, word: &str) -> Option<Token> {
        (self.word() == word).then(|| self.bump())
    }

    /// Whether the second token stands directly behind the first, without a blank.
    pub(super) fn adjacent(&self, n: usize) -> bool {
        self.peek_at(n).end == self.peek_at(n + 1).start
    }
}

// ---------- reporting ----------

impl Parser<'_> {
    /// Tells it, unless the lexer or the parser told something of the same place before.
    fn report(&mut self, diagnostic: Diagnostic) {
        let at = diagnostic.span().start;
        let told = self.lexed.broken.iter().any(|(start, end)| *start <= at && at <= *end)
            || self.diagnostics.iter().rev().take(4).any(|other| other.span().start == at);
        if !told && self.errors < MOST_ERRORS {
            self.errors += 1;
            self.diagnostics.push(diagnostic);
        }
    }

    fn fail<T>(&mut self, diagnostic: Diagnostic) -> Read<T> {
        self.complete = false;
        self.report(diagnostic);
        Err(Failed)
    }

    /// Fails at the current token, for want of something else.
    fn expected<T>(&mut self, wanted: &str) -> Read<T> {
        let token = self.peek();
        if token.tok == Tok::Bad {
            self.complete = false;
            return Err(Failed);
        }
        let found = self.describe(token);
        let span = if token.tok == Tok::End { self.gap() } else { self.span(token) };
        self.fail(say::unexpected(span, &found, wanted))
    }

    fn describe(&self, token: Token) -> String {
        match token.tok {
            Tok::End => "the end of the file".to_string(),
            Tok::Cooked | Tok::Raw | Tok::ForeignText => "a text".to_string(),
            Tok::Number => "a number".to_string(),
            Tok::Duration => "a duration".to_string(),
            Tok::Address => "an address".to_string(),
            Tok::Regex => "a regex".to_string(),
            Tok::Doc => "a doc comment".to_string(),
            _ => {
                // A name may be as long as a file.
                let slice = self.slice(token);
                match slice.char_indices().nth(40) {
                    Some((at, _)) => format!("`{}..`", &slice[..at]),
                    None => format!("`{slice}`"),
                }
            }
        }
    }

    /// Reads a token, or reports that it is missing and goes on as if it stood here.
    fn close(&mut self, tok: Tok, mark: &str, opened: Span) {
        if self.eat(tok).is_none() {
            if self.is(Tok::Bad) {
                self.complete = false;
                return;
            }
            let found = self.describe(self.peek());
            self.report(say::not_closed(self.gap(), opened, mark, &found));
        }
    }

    /// Counts a level of nesting while `read` runs.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == MOST_NESTED {
            let here = self.here();
            return self.fail(say::nested_too_deep(here, MOST_NESTED));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}
