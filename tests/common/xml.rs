//! Whether a page is well formed: every element closed in its order, every attribute quoted, no `<` or `&` that is none. HTML that is written
//! as XML would be passes too; what stands in `script` and `style` is taken as it is.

#![allow(dead_code)] // each test binary uses its part of it

/// An element, in the order of the text.
#[derive(Debug)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The text directly in it, entities resolved.
    pub text: String,
    /// Names of those around it, the outermost first.
    pub path: Vec<String>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub fn elements(text: &str) -> Result<Vec<Element>, String> {
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text.trim_start();
    rest = rest.strip_prefix("<!DOCTYPE html>").unwrap_or(rest);
    while !rest.is_empty() {
        let raw = open.last().map(|at| found[*at].name.clone()).filter(|name| name == "script" || name == "style");
        let end = match &raw {
            Some(name) => rest.find(&format!("</{name}>")).ok_or(format!("`{name}` is not closed"))?,
            None => rest.find('<').unwrap_or(rest.len()),
        };
        let plain = if raw.is_some() { rest[..end].to_owned() } else { resolved(&rest[..end])? };
        match open.last() {
            Some(at) => found[*at].text.push_str(&plain),
            None if plain.trim().is_empty() => {}
            None => return Err(format!("text outside of all: {plain:?}")),
        }
        rest = &rest[end..];
        let Some(tag) = rest.strip_prefix('<') else { break };
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or("a comment is not closed")?.1;
            continue;
        }
        let (inside, after) = tag_end(tag)?;
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            let at = open.pop().ok_or(format!("`{name}` closes nothing"))?;
            if found[at].name != name.trim_end() {
                return Err(format!("`{}` is closed by `{name}`", found[at].name));
            }
            continue;
        }
        let (inside, alone) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
        let name: String = inside.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if name.is_empty() {
            return Err(format!("no name: <{inside}>"));
        }
        let path = open.iter().map(|at| found[*at].name.clone()).collect();
        found.push(Element { attributes: attributes(&inside[name.len()..])?, name, text: String::new(), path });
        if !alone {
            open.push(found.len() - 1);
        }
    }
    match open.last() {
        Some(at) => Err(format!("`{}` is not closed", found[*at].name)),
        None => Ok(found),
    }
}

/// What stands in a tag, and what follows it; a `>` in quotes does not end it.
fn tag_end(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '<') => return Err(format!("`<` in a tag: {}", text.chars().take(60).collect::<String>())),
            (None, '>') => return Ok((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    Err("a tag is not closed".to_owned())
}

fn attributes(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').ok_or(format!("no value: {rest}"))?;
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(format!("no quotes: {rest}"))?;
        let (value, after) = value[1..].split_once(quote).ok_or(format!("an open quote: {rest}"))?;
        if all.iter().any(|(known, _)| known == name) || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)) {
            return Err(format!("a wrong or doubled name: {name}"));
        }
        if value.contains('<') {
            return Err(format!("`<` in an attribute: {value}"));
        }
        all.push((name.to_owned(), resolved(value)?));
        rest = after.trim_start();
    }
    Ok(all)
}

fn resolved(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, after) = part.split_once(';').ok_or(format!("`&` that is no entity: {part}"))?;
        match name {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            _ => {
                let number = name.strip_prefix('#').ok_or(format!("an unknown entity: {name}"))?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                };
                out.push(code.and_then(char::from_u32).ok_or(format!("no character: {name}"))?);
            }
        }
        out.push_str(after);
    }
    match out.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        Some(control) => Err(format!("a character that no page may hold: {control:?}")),
        None => Ok(out),
    }
}
