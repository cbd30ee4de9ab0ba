//! KQL as tokens, and what stands between brackets.

#[derive(Clone, Debug, PartialEq)]
pub enum Tok {
    Name(String),
    /// A text or a number.
    Value,
    Mark(&'static str),
}

/// Operators of one word with a dash in it.
const DASHED: &[&str] = &[
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "mv-expand",
    "mv-apply",
    "parse-where",
    "parse-kv",
    "make-series",
    "sample-distinct",
    "top-nested",
    "top-hitters",
    "graph-match",
    "make-graph",
    "project-smart",
];

const MARKS: &[&str] = &[
    "==", "=~", "!=", "!~", "<=", ">=", "<>", "..", "=>", "|", ";", "(", ")", "[", "]", "{", "}", ",", "=", ".", ":", "<", ">", "+", "-",
    "*", "/", "%", "~",
];

pub fn tokens(text: &str, is_table: impl Fn(&str) -> bool) -> Vec<Tok> {
    let mut found = Vec::new();
    let (mut rest, mut depth, mut blank_line) = (text, 0i32, false);
    while let Some(first) = rest.chars().next() {
        let before = found.len();
        let named = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            found.push(Tok::Value);
            length
        } else if first.is_ascii_digit() {
            found.push(Tok::Value);
            // `1.5`, `7d`; but `1 .. 2`
            let end = rest.find(|c: char| !named(c) && c != '.').unwrap_or(rest.len());
            rest[..end].find("..").unwrap_or(end)
        } else if named(first) || first == '$' || first == '@' {
            let end = rest[first.len_utf8()..].find(|c| !named(c)).map_or(rest.len(), |end| end + first.len_utf8());
            let dashed = DASHED.iter().find(|word| rest.starts_with(**word) && matches!(found.last(), Some(Tok::Mark("|" | "("))));
            let end = dashed.map_or(end, |word| word.len());
            found.push(Tok::Name(rest[..end].to_owned()));
            // `in~` is one operator
            if rest[end..].starts_with('~') { end + 1 } else { end }
        } else if first == '!' && rest[1..].starts_with(named) {
            // `!has`: the word alone is a keyword
            1
        } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            found.push(Tok::Mark(mark));
            mark.len()
        } else {
            first.len_utf8()
        };
        match found.get(before) {
            None if first == '\n' => blank_line |= rest[1..].lines().next().is_some_and(|line| line.trim().is_empty()),
            None => {}
            Some(Tok::Name(name))
                if blank_line && depth == 0 && is_table(name) && !matches!(found[..before].last(), Some(Tok::Mark("=" | ","))) =>
            {
                found.insert(before, Tok::Mark(";"));
                blank_line = false;
            }
            Some(token) => {
                depth += i32::from(matches!(token, Tok::Mark("(" | "[" | "{"))) - i32::from(matches!(token, Tok::Mark(")" | "]" | "}")));
                blank_line = false;
            }
        }
        rest = &rest[length..];
    }
    found
}

/// The length of a text in quotes at the start, whatever its kind.
fn literal(text: &str) -> Option<usize> {
    if let Some(body) = text.strip_prefix("```") {
        return Some(body.find("```").map_or(text.len(), |end| end + 6));
    }
    let opened = text.find(['"', '\'']).filter(|at| *at <= 2)?;
    let (prefix, quote) = (&text[..opened], text[opened..].chars().next()?);
    if !matches!(prefix, "" | "@" | "h" | "H" | "h@" | "H@") {
        return None;
    }
    let raw = prefix.ends_with('@');
    let body = &text[opened + 1..];
    let mut hidden = false;
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if hidden => hidden = false,
            '\\' if !raw => hidden = true,
            // In a raw text the quote is doubled.
            _ if c == quote && raw && chars.peek().is_some_and(|(_, next)| *next == quote) => {
                chars.next();
            }
            _ if c == quote && raw && is_within(&body[..at], &body[at + 1..]) => {}
            _ if c == quote => return Some(opened + 1 + at + 1),
            '\n' if !raw => return Some(opened + 1 + at),
            _ => {}
        }
    }
    Some(text.len())
}

/// Whether a quote in a raw text was meant as a part of it. Some authors hide it with a backslash, which KQL takes for the end: where nothing
/// can follow a text so, where a class of a regex is open, or where the line would be left with half a text, they meant no end.
fn is_within(before: &str, after: &str) -> bool {
    let odd = after.chars().next().is_some_and(|next| !next.is_whitespace() && !",;)]}|=+".contains(next));
    let class = before.rfind('[') > before.rfind(']');
    let half = before.ends_with('\\') && after.lines().next().unwrap_or_default().matches('"').count() % 2 == 1;
    odd || class || half
}

/// Parts between marks at depth 0.
pub fn split<'a>(tokens: &'a [Tok], mark: &str) -> Vec<&'a [Tok]> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0i32, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Tok::Mark("(" | "[" | "{") => depth += 1,
            Tok::Mark(")" | "]" | "}") => depth -= 1,
            Tok::Mark(found) if *found == mark && depth == 0 => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}

/// Where the bracket at `open` closes.
pub fn close(tokens: &[Tok], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Tok::Mark("(" | "[" | "{") => depth += 1,
            Tok::Mark(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

pub fn name(tokens: &[Tok], at: usize) -> Option<&str> {
    match tokens.get(at) {
        Some(Tok::Name(name)) => Some(name),
        _ => None,
    }
}

pub fn mark(tokens: &[Tok], at: usize, mark: &str) -> bool {
    matches!(tokens.get(at), Some(Tok::Mark(found)) if *found == mark)
}

/// Where a word stands outside of brackets.
pub fn word(tokens: &[Tok], wanted: &str) -> Option<usize> {
    let mut depth = 0i32;
    tokens.iter().position(|token| {
        match token {
            Tok::Mark("(" | "[" | "{") => depth += 1,
            Tok::Mark(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(token, Tok::Name(name) if name == wanted)
    })
}
