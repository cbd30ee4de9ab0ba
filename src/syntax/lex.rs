//! Text to tokens: a loop by hand over the leaves of [`super::leaf`].
//!
//! The loop is written by hand because it must go on after anything: an unterminated text ends with its line, a character of no token
//! is passed over, a mark of another language is a token of its own that the parser reads as what is meant. Out: the tokens, with an
//! `End` after them; the comments; the errors. The lexer needs no context: `/` has no second meaning, a technique id with its dot
//! is never a path. Errors of the parser on a *broken* line are the lexer's error again, so they are not told.

use super::Comment;
use super::leaf::{self, BadAddress};
use super::token::{Tok, Token};
use crate::diag::{Diagnostic, syntax as say};
use crate::source::{FileId, Span};

/// So many errors of one file are told; then the rest of it is not read.
pub(super) const MOST_ERRORS: usize = 100;

pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    pub comments: Vec<Comment>,
    /// Where blank lines begin.
    pub blanks: Vec<u32>,
    pub diagnostics: Vec<Diagnostic>,
    /// From a lexical error to the end of its line.
    pub broken: Vec<(u32, u32)>,
}

pub(super) fn lex(text: &str, file: FileId) -> Lexed {
    let mut lexer = Lexer {
        text,
        file,
        at: 0,
        first: true,
        line_is_blank: true,
        line_start: 0,
        last_end: 0,
        out: Lexed { tokens: Vec::new(), comments: Vec::new(), blanks: Vec::new(), diagnostics: Vec::new(), broken: Vec::new() },
    };
    if let Some(at) = binary(text) {
        lexer.report(say::not_text(lexer.span(at, at + 1)));
        lexer.at = text.len();
    }
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
    }
    while lexer.at < text.len() && lexer.out.diagnostics.len() < MOST_ERRORS {
        lexer.step();
    }
    let end = text.len() as u32;
    lexer.out.tokens.push(Token { tok: Tok::End, start: end, end, first: true });
    drop_misplaced_docs(text, file, &mut lexer.out);
    lexer.out
}

/// Where the first control character is, if the beginning of the text has so many that a person cannot have written it.
fn binary(text: &str) -> Option<usize> {
    let odd = |c: &char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || *c == '\u{fffd}';
    // Of most texts their bytes say it.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
        return None;
    }
    let count = text.chars().take(4096).filter(odd).count();
    if count < 8 || count * 20 < text.chars().take(4096).count() {
        return None;
    }
    text.char_indices().find(|(_, c)| odd(c)).map(|(at, _)| at)
}

/// The characters that reorder what a reader sees, so that a rule may not say what it shows.
fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

struct Lexer<'a> {
    text: &'a str,
    file: FileId,
    at: usize,
    /// No token yet on this line.
    first: bool,
    /// Neither token nor comment yet on this line.
    line_is_blank: bool,
    line_start: usize,
    /// Of the last token that is no comma.
    last_end: u32,
    out: Lexed,
}

impl<'a> Lexer<'a> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return };
        match c {
            '\n' => self.line_end(),
            ' ' | '\t' => self.at += rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count(),
            '\r' if rest.starts_with("\r\n") => self.at += 1,
            '#' => self.comment(leaf::rest_of_line(rest).len(), None),
            '/' => self.slash(rest),
            '"' => self.text_token(rest, Tok::Cooked, leaf::scan_cooked(rest)),
            '\'' => self.text_token(rest, Tok::Raw, leaf::scan_raw(rest)),
            '`' => self.text_token(rest, Tok::Quoted, leaf::scan_quoted_name(rest)),
            '@' if rest.starts_with("@\"") || rest.starts_with("@'") => match leaf::scan_verbatim(rest) {
                Ok((_, token)) => self.token(Tok::ForeignText, token.len()),
                Err(_) => self.unterminated(rest),
            },
            '“' | '”' | '„' | '‘' | '’' | '‚' => match leaf::scan_curly(rest) {
                Ok((_, token)) => self.token(Tok::ForeignText, token.len()),
                Err(_) => self.unterminated(rest),
            },
            _ => self.word_or_mark(rest, c),
        }
    }

    fn word_or_mark(&mut self, rest: &str, c: char) {
        if (c.is_ascii_hexdigit() || c == ':')
            && let Ok((_, token)) = leaf::scan_address(rest)
        {
            return self.address(token);
        }
        if leaf::starts_name(c) {
            if let Some(len) = leaf::scan_bare_text(rest) {
                let span = self.span(self.at, self.at + len);
                // Behind a comma without a blank the text may go on.
                let mut behind = rest[len..].chars();
                let ends = match behind.next() {
                    Some(',' | ')' | ']') => behind.next().is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ')' | ']')),
                    other => other.is_none_or(char::is_whitespace),
                };
                self.report(say::text_without_quotes(span, &rest[..len], ends));
                return self.token(Tok::Bad, len);
            }
            let technique = if matches!(c, 'T' | 'S' | 'G' | 'M') { leaf::scan_technique(rest).ok() } else { None };
            let technique = technique.map(|(_, token)| (Tok::Technique, token.len()));
            let (tok, len) = technique.unwrap_or((Tok::Name, leaf::scan_name(rest).map_or(1, |(_, token)| token.len())));
            return self.token(tok, len);
        }
        if c.is_ascii_digit() || (c == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            return self.digits(rest);
        }
        if let Some((tok, len)) = mark(rest) {
            return self.token(tok, len);
        }
        match leaf::scan_foreign_mark(rest) {
            Ok((_, token)) => self.token(Tok::Foreign, token.len()),
            Err(_) => self.stray(c),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.out.diagnostics.push(diagnostic);
    }

    fn token(&mut self, tok: Tok, len: usize) {
        self.out.tokens.push(Token { tok, start: self.at as u32, end: (self.at + len) as u32, first: self.first });
        self.first = false;
        self.line_is_blank = false;
        self.at += len;
        if tok != Tok::Comma {
            self.last_end = self.at as u32;
        }
    }

    fn line_end(&mut self) {
        if self.line_is_blank {
            self.out.blanks.push(self.line_start as u32);
        }
        self.at += 1;
        self.line_start = self.at;
        self.first = true;
        self.line_is_blank = true;
    }

    /// `as_written`: the text to keep where the source wrote a comment of another language.
    fn comment(&mut self, len: usize, as_written: Option<String>) {
        let text = self.text[self.at..self.at + len].trim_end();
        self.hidden_characters(self.at, text);
        let after = self.last_end;
        let span = self.span(self.at, self.at + text.len());
        self.out.comments.push(Comment { text: as_written.unwrap_or_else(|| text.to_string()), trailing: !self.first, after, span });
        self.line_is_blank = false;
        self.at += len;
    }

    fn slash(&mut self, rest: &str) {
        let line = leaf::rest_of_line(rest);
        if line.starts_with("///") {
            self.hidden_characters(self.at, line);
            return self.token(Tok::Doc, line.len());
        }
        if let Some(text) = line.strip_prefix("//") {
            self.report(say::foreign_comment(self.span(self.at, self.at + 2), "//"));
            return self.comment(line.len(), Some(format!("#{}", text.trim_end())));
        }
        if let Ok((_, token)) = leaf::scan_block_comment(rest) {
            self.report(say::foreign_comment(self.span(self.at, self.at + token.len()), "/* */"));
            self.at += token.len();
            return;
        }
        match leaf::scan_regex(rest) {
            Ok((_, token)) => {
                self.hidden_characters(self.at, token);
                self.token(Tok::Regex, token.len());
            }
            Err(_) => self.unterminated(rest),
        }
    }

    fn text_token(&mut self, rest: &str, tok: Tok, scanned: nom::IResult<&str, &str>) {
        let Ok((_, token)) = scanned else { return self.unterminated(rest) };
        self.hidden_characters(self.at, token);
        self.token(tok, token.len());
    }

    /// The rest of the line is lost: whatever the parser says of it is this error again.
    fn unterminated(&mut self, rest: &str) {
        let line = leaf::rest_of_line(rest).trim_end();
        let len = line.len().max(1);
        self.broken_line();
        let opening = self.span(self.at, self.at + rest.chars().next().map_or(1, char::len_utf8));
        let found = match rest.as_bytes()[0] {
            b'/' => say::unterminated_regex(opening, self.span(self.at, self.at + len)),
            b'`' => say::unterminated_name(opening, self.span(self.at, self.at + len), rest.starts_with("``")),
            _ => self.unterminated_text(opening, line),
        };
        self.report(found);
        self.token(Tok::Bad, len);
    }

    fn unterminated_text(&mut self, opening: Span, line: &str) -> Diagnostic {
        let rest = self.span(self.at, self.at + line.len().max(1));
        if line.starts_with('"')
            && let Some(end) = line.find("\\\"")
        {
            return say::backslash_before_quote(self.span(self.at, self.at + end + 2), rest, &line[1..=end]);
        }
        // A text with a word right behind its quote ended where another was to begin.
        let tokens = &self.out.tokens;
        let text = tokens.windows(2).find(|pair| {
            pair[0].start as usize >= self.line_start
                && matches!(pair[0].tok, Tok::Cooked | Tok::Raw)
                && pair[0].end == pair[1].start
                && matches!(pair[1].tok, Tok::Name | Tok::Number)
        });
        match text.map(|pair| pair[0]) {
            Some(token) => {
                let (start, end) = (token.start as usize, token.end as usize);
                self.out.broken.push((token.start, rest.end));
                say::quote_forgotten(self.span(start, start + 1), self.span(end - 1, end))
            }
            None => say::unterminated_text(opening, rest),
        }
    }

    fn broken_line(&mut self) {
        let end = self.at + leaf::rest_of_line(&self.text[self.at..]).len();
        self.out.broken.push((self.at as u32, end as u32));
    }

    fn digits(&mut self, rest: &str) {
        let goes_on = |left: &str| left.strip_prefix('.').is_some_and(|left| left.starts_with(|c: char| c.is_ascii_digit()));
        if let Ok((_, token)) = leaf::scan_duration(rest) {
            let known = leaf::duration_value(token).is_some();
            if !known {
                self.report(say::bad_number(self.span(self.at, self.at + token.len()), token));
            }
            return self.token(if known { Tok::Duration } else { Tok::Bad }, token.len());
        }
        let unsigned = rest.strip_prefix('-').and_then(|rest| leaf::scan_duration(rest).ok());
        if let Some((_, token)) = unsigned {
            let span = self.span(self.at, self.at + 1 + token.len());
            self.report(say::bad_duration_word(span, &rest[..=token.len()], token));
            return self.token(Tok::Bad, 1 + token.len());
        }
        if let Ok((left, token)) = leaf::scan_number(rest)
            && !goes_on(left)
        {
            let known = leaf::number_value(token).is_some();
            if !known {
                self.report(say::bad_number(self.span(self.at, self.at + token.len()), token));
            }
            return self.token(if known { Tok::Number } else { Tok::Bad }, token.len());
        }
        let token = leaf::scan_digits_and_letters(rest).map_or(&rest[..1], |(_, token)| token);
        let token = token.trim_end_matches('.');
        let span = self.span(self.at, self.at + token.len());
        if token.matches('.').count() > 1 && token.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            let prefix = rest[token.len()..].strip_prefix('/');
            let prefix = prefix.map_or(0, |digits| 1 + digits.bytes().take_while(u8::is_ascii_digit).count());
            let span = self.span(self.at, self.at + token.len() + prefix);
            self.report(say::bad_address(span, &rest[..token.len() + prefix]));
            return self.token(Tok::Bad, token.len() + prefix);
        }
        match say::meant_duration(token) {
            Some(meant) => {
                self.report(say::bad_duration_word(span, token, &meant));
                self.token(Tok::Duration, token.len());
            }
            None => {
                self.report(say::bad_number(span, token));
                self.token(Tok::Bad, token.len());
            }
        }
    }

    fn address(&mut self, token: &str) {
        let behind = &self.text[self.at + token.len()..];
        let port = behind.strip_prefix(':').map_or(0, |port| port.bytes().take_while(u8::is_ascii_digit).count());
        if port > 0 && !token.contains(['/', ':']) {
            let span = self.span(self.at, self.at + token.len() + 1 + port);
            self.report(say::address_with_port(span, token, &behind[1..=port]));
            return self.token(Tok::Bad, token.len() + 1 + port);
        }
        let span = self.span(self.at, self.at + token.len());
        let tok = match leaf::address_value(token) {
            Ok(_) => Tok::Address,
            Err(BadAddress::Part) => {
                self.report(say::bad_address(span, token));
                Tok::Bad
            }
            Err(BadAddress::Prefix) => {
                self.report(say::bad_prefix(span, token));
                Tok::Bad
            }
        };
        self.token(tok, token.len());
    }

    /// A run of one such character is one error, a word with a letter of another alphabet too.
    fn stray(&mut self, c: char) {
        let same = |next: &char| *next == c || (c.is_alphabetic() && (next.is_alphanumeric() || *next == '_'));
        let len: usize = self.text[self.at..].chars().take_while(same).map(char::len_utf8).sum();
        self.broken_line();
        self.report(say::stray_character(self.span(self.at, self.at + len), c));
        self.at += len;
    }

    /// Warns of the first character in a text or comment that a reader cannot see.
    fn hidden_characters(&mut self, start: usize, token: &str) {
        let hidden = |c: &char| (c.is_control() && *c != '\t') || is_bidi_override(*c);
        if let Some((at, c)) = token.char_indices().find(|(_, c)| hidden(c)) {
            let span = self.span(start + at, start + at + c.len_utf8());
            self.report(say::hidden_character(span, c, token.starts_with('"')));
        }
    }
}

fn mark(rest: &str) -> Option<(Tok, usize)> {
    // A longer mark of another language is not two marks of ours.
    if ["===", "=~", "==~", "!==", "!=~", "<>", "||"].iter().any(|foreign| rest.starts_with(foreign)) {
        return None;
    }
    let two = match rest.get(..2) {
        Some("==") => Some(Tok::Equal),
        Some("!=") => Some(Tok::NotEqual),
        Some("<=") => Some(Tok::LessEqual),
        Some(">=") => Some(Tok::GreaterEqual),
        _ => None,
    };
    if let Some(tok) = two {
        return Some((tok, 2));
    }
    let tok = match rest.as_bytes()[0] {
        b'{' => Tok::OpenBrace,
        b'}' => Tok::CloseBrace,
        b'[' => Tok::OpenBracket,
        b']' => Tok::CloseBracket,
        b'(' => Tok::OpenParen,
        b')' => Tok::CloseParen,
        b',' => Tok::Comma,
        b':' => Tok::Colon,
        b'.' => Tok::Dot,
        b'|' => Tok::Bar,
        b'<' => Tok::Less,
        b'>' => Tok::Greater,
        b'=' => Tok::Assign,
        _ => return None,
    };
    Some((tok, 1))
}

/// A doc comment belongs to the `rule` or `let` below it. Elsewhere it is reported, and read as a comment.
fn drop_misplaced_docs(text: &str, file: FileId, out: &mut Lexed) {
    if !out.tokens.iter().any(|token| token.tok == Tok::Doc) {
        return;
    }
    let word = |token: &Token| &text[token.start as usize..token.end as usize];
    let mut belongs = false;
    let mut kept: Vec<bool> = Vec::with_capacity(out.tokens.len());
    for token in out.tokens.iter().rev() {
        if token.tok != Tok::Doc {
            belongs = token.tok == Tok::Name && matches!(word(token), "rule" | "let");
        }
        kept.push(token.tok != Tok::Doc || belongs);
    }
    kept.reverse();
    let mut after = 0;
    for (token, kept) in out.tokens.iter().zip(&kept) {
        if *kept {
            after = if token.tok == Tok::Comma { after } else { token.end };
            continue;
        }
        if out.diagnostics.len() < MOST_ERRORS {
            out.diagnostics.push(say::misplaced_doc(token.span(file)));
        }
        let text = format!("#{}", word(token)[3..].trim_end());
        out.comments.push(Comment { text, trailing: !token.first, after, span: token.span(file) });
    }
    out.comments.sort_by_key(|comment| comment.span.start);
    let mut kept = kept.into_iter();
    out.tokens.retain(|_| kept.next().unwrap_or(true));
}
