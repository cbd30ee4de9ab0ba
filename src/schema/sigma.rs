//! What the log sources and the field names of Sigma rules are in the model.
//!
//! Only data and look-ups stand here, without any dependency: the build script compiles this file too. What a log source does not name
//! is a column of its native schema, of which the binding of that schema says what it is.

use std::borrow::Cow;

use super::types::{Actions, ClassId, FieldId, List, Str};

/// Everything that packs say of Sigma.
#[derive(Clone, Debug, PartialEq)]
pub struct Taxonomy {
    pub sources: List<LogSource>,
    /// What a placeholder, `%NAME%`, stands for.
    pub placeholders: List<(Str, List<Str>)>,
}

/// One log source: the events that a rule with it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSource {
    /// Empty: a rule may name any, or none.
    pub category: Str,
    pub product: Str,
    pub service: Str,
    pub class: ClassId,
    /// [`Actions::ALL`]: those that a rule of the class means which does not test its action.
    pub actions: Actions,
    /// What holds for every event of it: a field has one of these values.
    pub tests: List<(FieldId, List<Str>)>,
    /// The schema whose columns its fields are; empty: none is known.
    pub native: Str,
    /// Where Sigma's word means more, or less, than the class: a sentence for the author, without a full stop; else empty.
    pub note: Str,
    /// The fields that no column of the native schema explains, or that it explains otherwise.
    pub fields: List<(Str, Meaning)>,
}

/// What a field of Sigma is in the class.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Field(FieldId),
    /// `DOMAIN\name`, or a name alone.
    Account {
        domain: FieldId,
        name: FieldId,
    },
    /// `SHA256=..,MD5=..`: the fields of the kinds.
    Hashes(List<FieldId>),
    /// Native words, each a value of the field.
    Words(FieldId, List<(Str, Str)>),
    /// Native words, each an action.
    Happened(List<(Str, Actions)>),
}

impl Taxonomy {
    pub const EMPTY: Taxonomy = Taxonomy { sources: Cow::Borrowed(&[]), placeholders: Cow::Borrowed(&[]) };

    /// The source that says the most about what a rule names; empty: the rule does not say.
    pub fn find(&self, category: &str, product: &str, service: &str) -> Option<&LogSource> {
        let asked = [category, product, service];
        let fits = |source: &&LogSource| {
            source.parts().iter().zip(asked).all(|(known, asked)| known.is_empty() || known.eq_ignore_ascii_case(asked))
        };
        // A category says what happened, wherever; without one a source is all that its parts name, and no more.
        let whole = |source: &&LogSource| {
            !source.category.is_empty() || source.parts().iter().zip(asked).all(|(known, asked)| known.is_empty() == asked.is_empty())
        };
        self.sources.iter().filter(fits).filter(whole).max_by_key(|source| source.parts().iter().filter(|part| !part.is_empty()).count())
    }
}

impl Taxonomy {
    pub fn placeholder(&self, name: &str) -> Option<&[Str]> {
        self.placeholders.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_ref())
    }
}

impl LogSource {
    /// Category, product, service.
    pub fn parts(&self) -> [&str; 3] {
        [&self.category, &self.product, &self.service]
    }

    pub fn field(&self, name: &str) -> Option<&Meaning> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, meaning)| meaning)
    }
}
