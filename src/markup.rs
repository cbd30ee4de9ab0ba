//! Text as a part of a page.
//!
//! In: any text: a rule's title, a line of a query, what a person wrote in a brief. Out: the same for HTML (and XML, so SVG), or for Markdown.
//! Law: whoever shows the page reads the text as it was written; nothing of it becomes a tag, a link to follow, a heading, or the end of a block of code. (Of an address of
//! mail some make one to write to: no mark stops them.)

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
            '.' | ')' if digits > 0 && at == digits => true,
            // GitHub makes links of these without a mark: https://github.github.com/gfm/#autolinks-extension-
            ':' => line[at..].starts_with("://"),
            '.' => line[..at].to_ascii_lowercase().ends_with("www") && !in_word(line[..at - 3].chars().next_back()),
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

/// An indicator that nobody follows by mistake: `hxxps://evil[.]example/x`. What is so already stays.
pub fn defanged(text: &str) -> String {
    let is_scheme = |at: &usize| *at > 0 && text[..*at].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let (scheme, rest) = match text.find("://").filter(is_scheme) {
        Some(at) => (&text[..at], &text[at..]),
        None => ("", text),
    };
    let drawn = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" | "ftp" | "ftps" => scheme.replace('t', "x").replace('T', "X"),
        _ => scheme.to_owned(),
    };
    // Dots behind the host are those of a file.
    let start = if scheme.is_empty() { 0 } else { 3 };
    let end = rest[start..].find(['/', '?', '#']).map_or(rest.len(), |at| start + at);
    let host = rest[..end].replace("[.]", ".").replace("[@]", "@");
    format!("{drawn}{}{}", host.replace('.', "[.]").replace('@', "[@]"), &rest[end..])
}
