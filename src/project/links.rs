//! What a rule file refers to: imports and lists.

use crate::source::Span;
use crate::syntax::ast::{File, Item, Let, LetSource, Text, Top};

/// A path that a rule file names.
pub struct Link<'t> {
    pub path: &'t str,
    pub span: Span,
    /// Else a list.
    pub import: bool,
}

/// Every reference of a file, in its order.
pub fn links(file: &File) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    for top in &file.items {
        match top {
            Top::Import(import) => links.push(link(&import.path, true)),
            Top::Let(binding) => links.extend(list(binding)),
            Top::Rule(rule) => links.extend(rule.items.iter().filter_map(|item| match item {
                Item::Let(binding) => list(binding),
                Item::Meta(_) | Item::Detect(_) | Item::Last(_) | Item::Show(_) | Item::Test(_) => None,
            })),
        }
    }
    links
}

fn list(binding: &Let) -> Option<Link<'_>> {
    match &binding.source {
        LetSource::From { path, .. } => Some(link(path, false)),
        LetSource::Predicate(_) | LetSource::Value(_) => None,
    }
}

fn link(path: &Text, import: bool) -> Link<'_> {
    Link { path: &path.value, span: path.at.0, import }
}
