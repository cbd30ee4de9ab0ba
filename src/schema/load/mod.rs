//! Packs as text to packs as data.
//!
//! In: what is known already, and the texts of some packs. Out: both as one [`Packs`], or every mistake in the texts, each with its
//! place and the facts of it. An entry adds to what is there or takes the place of one with its name. Law: what comes out is whole: every
//! table, column, class, field, action, map and value that a binding names exists. The build script runs this loader over the built-in
//! packs, so the sentences about a mistake are written elsewhere (`diag::packs`), and nothing here imports more than the YAML tree and the
//! types. The head of `packs/*.yaml` describes the form.

mod attack;
mod bindings;
mod expr;
mod fields;
mod last_part;
mod model;
mod open;
mod predicates;
mod reader;
mod schemas;
mod search;
mod sigma;
mod switch;

use std::ops::Range;

use crate::yaml::{self, Node};

use super::nearest::nearest;
use super::types::{List, Packs, Str};
use super::version;
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

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    Yaml(yaml::Problem),
    /// Something else stands where this belongs.
    Shape(Shape),
    /// Only these keys may stand there.
    UnknownKey(Unknown, Vec<String>),
    DuplicateKey(String),
    MissingKey(&'static str),
    UnknownType(Unknown),
    UnknownSchema(Unknown),
    /// Of a schema, by its name.
    UnknownTable(Unknown, String),
    /// A table in which the class, by its name, does not stand.
    TableOfNoClass(Unknown, String),
    /// Of one table, or of all tables in which the class stands.
    UnknownColumn(Unknown, Vec<String>),
    /// A name of a table, column or value from before, and what it is now.
    Renamed(String, Vec<String>),
    UnknownClass(Unknown),
    /// Of a class, by its name.
    UnknownField(Unknown, String),
    /// Of a class, by its name.
    UnknownAction(Unknown, String),
    UnknownEnum(Unknown),
    UnknownMap(Unknown),
    UnknownGroup(Unknown),
    UnknownTransform(Unknown),
    /// Does not read as `COLUMN` or `transform(..)`.
    Expression,
    /// The name of a transform, and how it is written.
    Arity(&'static str, &'static str),
    /// A predicate on a value that this column never has.
    UndocumentedValue(Unknown, String),
    /// A map gives a value that the field's enumeration lacks.
    MapValue {
        map: String,
        value: String,
        field: String,
    },
    /// This field, of one kind of hash, is made of another.
    HashKind(String),
    /// No value of this field that an exclusion can name.
    Exclusion(String),
    /// This field, which decides in a `switch`, has no single column here whose values are known.
    Selector(String),
    /// Of this class.
    TooManyActions(String),
    /// This field is said to be the last part of that one; their types do not allow it.
    LastPart(String, String),
    /// This text is not `CATEGORY/PRODUCT/SERVICE`.
    LogSource(String),
    /// This text is no version.
    Version(String),
    UnknownTarget(Unknown),
    /// A key that this schema cannot have.
    Misplaced(&'static str, Misplaced),
    /// No query can say this name.
    Name(String),
    /// No search can say this value.
    SearchValue(String),
    /// The table, by its name, lacks the column of its time.
    NoTime(String, String),
    /// A table in which another source, by its name, has the class otherwise.
    SharedTable(String, String),
    /// Neither `T1234`, `T1234.001` nor, of tactics, `TA1234`: that it is no id of a technique (true) or of a tactic.
    NoAttackId(bool),
    UnknownTechnique(Unknown),
    UnknownTactic(Unknown),
    /// A technique that is revoked by itself, by way of others or not.
    RevokedCircle(String),
}

/// Why a schema cannot have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// `splunk-raw` does not search for its events.
    NotSearched,
    /// A target reads it already.
    OwnTarget,
    /// No query calls its tables as functions.
    NotCalled,
}

/// A name that does not exist, and the one that was probably meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    pub name: String,
    pub nearest: Option<String>,
}

impl Unknown {
    fn among<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Unknown {
        Unknown { name: name.to_owned(), nearest: nearest(name, names).map(str::to_owned) }
    }
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
    /// Of `forms`.
    Form,
}

/// A text with packs in it.
#[derive(Clone, Copy, Debug)]
pub enum Part<'t> {
    Pack(&'t str),
    /// Its sections may stand among other keys, and `schemas` may be a list of files instead: all that is another reader's matter.
    Manifest(&'t str),
}

impl<'t> Part<'t> {
    fn text(self) -> &'t str {
        match self {
            Part::Pack(text) | Part::Manifest(text) => text,
        }
    }

    fn keys(self) -> Option<&'static [&'static str]> {
        match self {
            Part::Pack(_) => Some(&["model", "schemas", "bindings", "attack", "sigma"]),
            Part::Manifest(_) => None,
        }
    }

    fn lists_files(self, schemas: &Node) -> bool {
        matches!(self, Part::Manifest(_)) && (schemas.list().is_some() || schemas.text().is_some())
    }
}

/// Reads packs on top of others. The names of the files are for the caller; an error counts them.
pub fn load(base: &Packs, files: &[(&str, &str)]) -> Result<Packs, Vec<PackError>> {
    load_parts(base, &files.iter().map(|(_, text)| Part::Pack(text)).collect::<Vec<_>>())
}

/// Reads packs, and what a manifest has of one, on top of others.
pub fn load_parts(base: &Packs, files: &[Part<'_>]) -> Result<Packs, Vec<PackError>> {
    let mut packs = base.clone();
    let mut errors = Vec::new();
    let strict = !base.schemas.is_empty();
    let mut documents: Vec<(Reader<'_>, Node)> = Vec::new();
    for (file, part) in files.iter().enumerate() {
        let text = part.text();
        match yaml::parse(text) {
            Ok(nodes) => documents.extend(nodes.into_iter().map(|node| (Reader::new(file, text, strict), node))),
            Err(error) => errors.push(PackError { file, span: error.span, earlier: None, fault: Fault::Yaml(error.problem) }),
        }
    }
    // What a binding names may stand in any file: first all models, then all schemas, then all bindings.
    for (reader, node) in &mut documents {
        for (key, value) in reader.entries(node, files[reader.file].keys()) {
            if key.name == "model" {
                model::read(reader, &mut packs, value);
            }
        }
    }
    for (reader, node) in &mut documents {
        if let Some(value) = node.get("schemas")
            && !files[reader.file].lists_files(value)
        {
            schemas::read(reader, &mut packs, value);
        }
    }
    for (reader, node) in &mut documents {
        if let Some(value) = node.get("bindings") {
            bindings::read(reader, &mut packs, value);
        }
    }
    for (reader, node) in &mut documents {
        if let Some(value) = node.get("sigma") {
            sigma::read(reader, &mut packs, value);
        }
    }
    attack::read(&mut documents, &mut packs.attack);
    errors.extend(documents.into_iter().flat_map(|(reader, _)| reader.errors));
    errors.sort_by_key(|error| (error.file, error.span.start, error.span.end));
    // An entry that several tables read is wrong once.
    errors.dedup();
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
