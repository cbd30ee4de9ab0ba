//! Names in SPL.
//!
//! Method: each `tstats` command, to its `|` or `]`, quotes and macros (backticks) passed over. `datamodel=Model.Dataset` is a table; a bare
//! `datamodel=Model` is the model's datasets, without a table to count. Every dotted name is a column of it (`Processes.user`), unless it is
//! a value: after `=`, `<`, `>`, `as`, or in the list after `IN`. What comes after `tstats` works on renamed columns and is not looked at,
//! nor is a search over raw events: the schema of such a search is its author's.

use super::tally::Tally;

pub fn read(text: &str, tally: &mut Tally<'_>) {
    let tokens = tokens(text);
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].eq_ignore_ascii_case("tstats") {
            let end = tokens[at..].iter().position(|token| matches!(token.as_str(), "|" | "]")).map_or(tokens.len(), |end| at + end);
            command(&tokens[at + 1..end], tally);
            at = end;
        }
        at += 1;
    }
}

fn command(tokens: &[String], tally: &mut Tally<'_>) {
    let value_of = |key: &str| {
        let at = tokens.iter().position(|token| token.eq_ignore_ascii_case(key))?;
        tokens[at + 1..].iter().find(|token| !matches!(token.as_str(), "=" | ":")).cloned()
    };
    let Some(source) = value_of("datamodel") else { return };
    let source = source.replace('"', "");
    let tables: Vec<String> = if source.contains('.') {
        tally.table(&source);
        vec![source.clone()]
    } else {
        let of_model = |name: &&String| name.split('.').next() == Some(source.as_str());
        tally.facts.columns.keys().filter(of_model).cloned().collect()
    };
    let mut in_list = false;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].as_str());
        match token.as_str() {
            "(" if before.eq_ignore_ascii_case("in") => in_list = true,
            ")" => in_list = false,
            _ => {}
        }
        let value = in_list || matches!(before, "=" | "!=" | "<" | ">" | "<=" | ">=") || before.eq_ignore_ascii_case("as");
        if value || before.eq_ignore_ascii_case("datamodel") || !is_qualified(token) {
            continue;
        }
        if !tally.column(&tables, token) {
            tally.no_column(&tables, &source, token, tables.is_empty());
        }
    }
}

fn is_qualified(token: &str) -> bool {
    let name = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    token.contains('.') && token.split('.').all(name)
}

/// Words, marks, and `""` for what stood in quotes where it is no name of a data model.
fn tokens(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted(rest),
            '`' => rest[1..].find('`').map_or(rest.len(), |end| end + 2),
            '!' | '<' | '>' if rest[1..].starts_with('=') => 2,
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let of_model = found.last().is_some_and(|last| matches!(last.as_str(), "=" | ":"))
            && found.iter().rev().nth(1).is_some_and(|key| key.eq_ignore_ascii_case("datamodel"));
        // `"Model"."Dataset"`
        let second = if of_model {
            rest[length..].strip_prefix('.').filter(|more| more.starts_with('"')).map_or(0, |more| 1 + quoted(more))
        } else {
            0
        };
        let length = length + second;
        let token = &rest[..length];
        match first {
            '"' if !of_model => found.push("\"\"".to_owned()),
            '`' => {}
            _ if first.is_whitespace() || first == ',' => {}
            _ => found.push(token.to_owned()),
        }
        rest = &rest[length..];
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '.' | '*' | '\\' | '/' | '-' | '$' | '%' | '{' | '}' | '?' | '@' | '#' | '&' | '+' | '~' | '\'')
}

/// To the closing quote; a backslash hides the next character.
fn quoted(text: &str) -> usize {
    let mut hidden = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
