//! Shapes: a mapping, a text, a list of texts; what does not fit is reported and passed over.

use std::ops::Range;

use crate::yaml::Node;

use super::{Fault, PackError, Shape, Unknown, version};

/// One document of one file, and what was found wrong in it.
pub struct Reader<'t> {
    pub file: usize,
    pub text: &'t str,
    pub errors: Vec<PackError>,
    /// A user's pack: what is built in answers for a table without a time, which no query could limit.
    pub strict: bool,
}

/// The key of an entry.
#[derive(Clone, Debug)]
pub struct Key<'n> {
    pub name: &'n str,
    pub span: Range<usize>,
}

impl<'t> Reader<'t> {
    pub fn new(file: usize, text: &'t str, strict: bool) -> Reader<'t> {
        Reader { file, text, errors: Vec::new(), strict }
    }

    pub fn report(&mut self, span: Range<usize>, fault: Fault) {
        self.errors.push(PackError { file: self.file, span, earlier: None, fault });
    }

    pub fn shape(&mut self, node: &Node, shape: Shape) {
        self.report(node.span.clone(), Fault::Shape(shape));
    }

    /// The entries of a mapping; nothing at all is an empty one. With `allowed`, other keys are mistakes.
    pub fn entries<'n>(&mut self, node: &'n Node, allowed: Option<&[&str]>) -> Vec<(Key<'n>, &'n Node)> {
        if node.is_null() {
            return Vec::new();
        }
        let Some(pairs) = node.map() else {
            self.shape(node, Shape::Mapping);
            return Vec::new();
        };
        let mut entries: Vec<(Key<'n>, &'n Node)> = Vec::new();
        for (key, value) in pairs {
            let Some(name) = key.text() else {
                self.shape(key, Shape::Text);
                continue;
            };
            if let Some((earlier, _)) = entries.iter().find(|(earlier, _)| earlier.name == name) {
                let fault = Fault::DuplicateKey(name.to_owned());
                self.errors.push(PackError { file: self.file, span: key.span.clone(), earlier: Some(earlier.span.clone()), fault });
                continue;
            }
            if let Some(allowed) = allowed
                && !allowed.contains(&name)
            {
                let unknown = Unknown::among(name, allowed.iter().copied());
                let allowed = allowed.iter().map(|key| (*key).to_owned()).collect();
                self.report(key.span.clone(), Fault::UnknownKey(unknown, allowed));
                continue;
            }
            entries.push((Key { name, span: key.span.clone() }, value));
        }
        entries
    }

    pub fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        if node.text().is_none() {
            self.shape(node, Shape::Text);
        }
        node.text()
    }

    /// A text, or a list of texts, each with its place.
    pub fn texts<'n>(&mut self, node: &'n Node) -> Vec<(&'n str, Range<usize>)> {
        if let Some(text) = node.text() {
            return vec![(text, node.span.clone())];
        }
        let Some(items) = node.list() else {
            self.shape(node, Shape::Texts);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(item).map(|text| (text, item.span.clone()))).collect()
    }

    /// The same without the places.
    pub fn words<'n>(&mut self, node: &'n Node) -> Vec<&'n str> {
        self.texts(node).into_iter().map(|(text, _)| text).collect()
    }

    /// `8.5`
    pub fn version<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = self.text(node)?;
        self.version_in(node, 0..text.len())
    }

    /// The same as a part of a text.
    pub fn version_in<'n>(&mut self, node: &'n Node, part: Range<usize>) -> Option<&'n str> {
        let version = &node.text()?[part.clone()];
        if version::parse(version).is_none() {
            self.report(node.part(self.text, part), Fault::Version(version.to_owned()));
            return None;
        }
        Some(version)
    }

    pub fn flag(&mut self, node: &Node) -> bool {
        match node.text() {
            Some("true") => true,
            Some("false") => false,
            _ => {
                self.shape(node, Shape::Flag);
                false
            }
        }
    }
}
