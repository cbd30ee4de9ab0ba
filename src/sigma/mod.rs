//! Rules of Sigma to the tree of the language.
//!
//! In: the text of a YAML file, the packs. Out: a [`Parsed`], as the language's own parser gives one: rules, each node at its place in the
//! YAML, and everything that is wrong with them. All that follows knows nothing of Sigma. Law: a rule means what the specification
//! (version 2.1) says it does, or it is an error; one broken rule takes none of the others with it.
//!
//! `read` makes documents of the text, `condition` and `modifier` read their parts, `lower` makes rules of the language of them.

mod condition;
mod lower;
mod modifier;
mod read;
mod tree;
mod value;

use crate::schema::Packs;
use crate::source::{FileId, Sources, Span};
use crate::syntax::{Parsed, ast};

/// Reads a file. Never fails: what could not be read is told in the diagnostics.
pub fn parse(sources: &Sources, file: FileId, packs: &Packs) -> Parsed {
    let text = sources.text(file);
    let (rules, mut diagnostics) = read::read(text, file);
    let stem = stem(sources.name(file));
    let several = rules.len() > 1;
    let mut items = Vec::new();
    for rule in &rules {
        let title = rule.head.title.as_ref().map_or("", |title| title.text.as_str());
        let name = match (&rule.head.name, several) {
            (Some(name), _) => identifier(&name.text),
            (None, true) => identifier(title),
            (None, false) => identifier(stem),
        };
        items.extend(lower::lower(rule, &name, packs, &mut diagnostics).map(ast::Top::Rule));
    }
    diagnostics.sort_by_key(|found| found.span().start);
    let file = ast::File { items, at: ast::At(Span::new(file, 0, text.len())) };
    Parsed { file, comments: Vec::new(), blanks: Vec::new(), diagnostics }
}

/// Whether a file of this name holds rules of Sigma.
pub fn is_sigma(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.eq_ignore_ascii_case("yml") || ending.eq_ignore_ascii_case("yaml")
}

/// Whether a text among other YAML is meant as a rule: a line begins with one of the keys that only rules have.
pub fn looks_like_a_rule(text: &str) -> bool {
    text.lines().any(|line| ["detection:", "logsource:", "correlation:"].iter().any(|key| line.starts_with(key)))
}

/// The name of a file without its folders and its ending.
fn stem(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
}

/// A name of the language: letters, digits and `_`, in lower case.
fn identifier(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.ends_with('_') || name.is_empty() => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) { format!("rule_{name}") } else { name.to_owned() }
}
