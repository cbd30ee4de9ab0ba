//! Packs as text to packs as data.
//!
//! In: what is known already, and the texts of some packs. Out: both as one [`Packs`], or every mistake in the texts, each with its
//! place and the facts of it. An entry adds to what is there or takes the place of one with its name. Law: what comes out is whole: every
//! table, column, class, field, action, map and value that a binding names exists. The build script runs this loader over the built-in
//! packs, so the sentences about a mistake are written elsewhere (`diag::packs`), and nothing here imports more than the YAML tree and the
//! types. The head of `packs/*.yaml` describes the form.

mod bindings;
mod expr;
mod fields;
mod model;
mod predicates;
mod reader;
mod schemas;

use std::ops::Range;

use crate::yaml::{self, Node};

use super::types::{List, Packs, Str};
use reader::Reader;

/// A mistake in a pack.
#[derive(Clone, Debug, PartialEq)]
pub struct PackError {
    /// Index of the file.
    pub file: usize,
    /// In bytes of its text.
    pub span: Range<usize>,
    /// Where the same key stands before this one.
    pub earlier: Option<Range<usize>>,
    pub fault: Fault,
}

/// What is wrong, and what would be right where that can be guessed.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    Yaml(yaml::Problem),
    /// Something else stands where this belongs.
    Shape(Shape),
    UnknownKey {
        key: String,
        nearest: Option<String>,
        allowed: Vec<String>,
    },
    DuplicateKey {
        key: String,
    },
    MissingKey {
        key: &'static str,
    },
    UnknownType {
        name: String,
        nearest: Option<String>,
    },
    UnknownSchema {
        name: String,
        nearest: Option<String>,
    },
    UnknownTable {
        schema: String,
        table: String,
        nearest: Option<String>,
    },
    /// Of one table, or of all tables in which the class stands.
    UnknownColumn {
        tables: Vec<String>,
        column: String,
        nearest: Option<String>,
    },
    UnknownClass {
        name: String,
        nearest: Option<String>,
    },
    UnknownField {
        class: String,
        name: String,
        nearest: Option<String>,
    },
    UnknownAction {
        class: String,
        name: String,
        nearest: Option<String>,
    },
    UnknownEnum {
        name: String,
        nearest: Option<String>,
    },
    UnknownMap {
        name: String,
        nearest: Option<String>,
    },
    UnknownGroup {
        name: String,
        nearest: Option<String>,
    },
    UnknownTransform {
        name: String,
        nearest: Option<String>,
    },
    /// Does not read as `COLUMN` or `transform(..)`.
    Expression,
    Arity {
        transform: &'static str,
        form: &'static str,
    },
    /// A predicate on a value that the column never has.
    UndocumentedValue {
        column: String,
        value: String,
        nearest: Option<String>,
    },
    /// A map gives a value that the field's enumeration lacks.
    MapValue {
        map: String,
        value: String,
        field: String,
    },
    /// A field of one kind of hash, made of another.
    HashKind {
        field: String,
    },
    TooManyActions {
        class: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Text,
    /// A text or a list of texts.
    Texts,
    Mapping,
    Flag,
    /// The predicate of an action.
    Predicate,
    /// `{widened: why}` or `{narrowed: why}`
    Loss,
}

/// Reads packs on top of others. The names of the files are for the caller; an error counts them.
pub fn load(base: &Packs, files: &[(&str, &str)]) -> Result<Packs, Vec<PackError>> {
    let mut packs = base.clone();
    let mut errors = Vec::new();
    let mut documents: Vec<(Reader<'_>, Node)> = Vec::new();
    for (file, (_, text)) in files.iter().enumerate() {
        match yaml::parse(text) {
            Ok(nodes) => documents.extend(nodes.into_iter().map(|node| (Reader::new(file, text), node))),
            Err(error) => errors.push(PackError { file, span: error.span, earlier: None, fault: Fault::Yaml(error.problem) }),
        }
    }
    // What a binding names may stand in any file: first all models, then all schemas, then all bindings.
    for (reader, node) in &mut documents {
        for (key, value) in reader.entries(node, Some(&["model", "schemas", "bindings"])) {
            if key.name == "model" {
                model::read(reader, &mut packs, value);
            }
        }
    }
    for (reader, node) in &mut documents {
        if let Some(value) = node.get("schemas") {
            schemas::read(reader, &mut packs, value);
        }
    }
    for (reader, node) in &mut documents {
        if let Some(value) = node.get("bindings") {
            bindings::read(reader, &mut packs, value);
        }
    }
    errors.extend(documents.into_iter().flat_map(|(reader, _)| reader.errors));
    errors.sort_by_key(|error| (error.file, error.span.start, error.span.end));
    if errors.is_empty() { Ok(packs) } else { Err(errors) }
}

/// The entry of a list that is the same, made first if there is none.
fn entry<T: Clone + 'static>(list: &mut List<T>, same: impl Fn(&T) -> bool, fresh: impl FnOnce() -> T) -> &mut T {
    let at = list.iter().position(same);
    let list = list.to_mut();
    let at = at.unwrap_or_else(|| {
        list.push(fresh());
        list.len() - 1
    });
    &mut list[at]
}

/// Puts an entry in the place of the same one, or at the end.
fn replace<T: Clone + 'static>(list: &mut List<T>, item: T, same: impl Fn(&T) -> bool) {
    let at = list.iter().position(same);
    match at {
        Some(at) => list.to_mut()[at] = item,
        None => list.to_mut().push(item),
    }
}

fn owned(text: &str) -> Str {
    Str::Owned(text.to_owned())
}

fn owned_all<'t>(texts: impl IntoIterator<Item = &'t str>) -> List<Str> {
    List::Owned(texts.into_iter().map(owned).collect())
}
