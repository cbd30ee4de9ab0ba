//! Text as a part of a page.
//!
//! In: any text: a rule's title, a line of a query, what a person wrote in a brief. Out: the same for HTML (and XML, so SVG), or for Markdown.
//! Law: whoever shows the page reads the text as it was written; nothing of it becomes a tag, a link, a heading, or the end of a block of code.

use std::fmt::Write;

/// For the content of an element and for an attribute in quotes. A character that no XML may hold becomes U+FFFD.
/// <https://www.w3.org/TR/xml/#charsets>
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            // A parser of XML makes a line feed of it; a parser of HTML too.
            '\r' => out.push_str("&#13;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

/// For running text of Markdown, CommonMark and GitHub's alike: each line of the text stays a line.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        // Four blanks before it would make code of a line.
        let line = if index > 0 { line.trim_start_matches([' ', '\t']) } else { line };
        markdown_line(line, &mut out);
    }
    out
}

fn markdown_line(line: &str, out: &mut String) {
    let mut before: Option<char> = None;
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    for (at, c) in line.char_indices() {
        let next = line[at + c.len_utf8()..].chars().next();
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let speaks = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | '|' | '&' => true,
            // Within a word it stands for itself.
            '_' => !(in_word(before) && in_word(next)),
            // What begins a heading, an item of a list, or underlines the line above.
            '#' | '+' | '-' | '=' => at == 0 || line[..at].chars().all(|first| first == c),
            '.' | ')' => digits > 0 && at == digits,
            _ => false,
        };
        if speaks {
            out.push('\\');
        }
        if c.is_control() && c != '\t' {
            out.push(char::REPLACEMENT_CHARACTER);
        } else {
            out.push(c);
        }
        before = Some(c);
    }
}

/// A block of code of Markdown, with the name of its language. Its fence is longer than any run of backticks in it: a search of Splunk holds
/// comments between three of them.
pub fn fenced(text: &str, language: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

/// Code within a line of Markdown.
pub fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    // A backtick at an edge needs a blank beside it, which is taken off again; so would blanks at both edges be.
    let edge = |c: Option<char>| matches!(c, Some('`' | ' ') | None);
    let pad = if edge(text.chars().next()) || edge(text.chars().next_back()) { " " } else { "" };
    let mut out = String::new();
    let _ = write!(out, "{fence}{pad}{text}{pad}{fence}");
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// An indicator that nobody follows by mistake: `hxxps://evil[.]example/x`.
pub fn defanged(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let (scheme, rest) = match lower.find("://") {
        Some(at) if lower.starts_with("http") || lower.starts_with("ftp") => (text[..at].replacen("tt", "xx", 1), &text[at..]),
        _ => (String::new(), text),
    };
    // Dots behind the host are those of a file.
    let start = if rest.starts_with("://") { 3 } else { 0 };
    let end = rest[start..].find(['/', '?', '#']).map_or(rest.len(), |at| start + at);
    format!("{scheme}{}{}", rest[..end].replace('.', "[.]").replace('@', "[@]"), &rest[end..])
}
