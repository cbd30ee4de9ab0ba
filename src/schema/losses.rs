//! What a binding says of itself where it is not the event as it was.
//!
//! In: what packs say of tables and fields. Out: [`Loss`], [`Blind`], [`Form`], each with the reason that a user reads. Law: a reason stands with
//! the table or field that it is true of; which tests it concerns is said here, and read by the stage that plans a query.

use super::types::{FieldId, List, Str};

/// Why the binding is never exact; one of the two at least.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    pub widened: Option<Str>,
    pub narrowed: Option<Str>,
    pub seen: Seen,
}

/// Which tests see the loss of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Always,
    /// Those that look at the end of the value, beyond its last part: the value of a path has more behind it.
    End,
    /// Those of a text with a blank.
    Blank,
}

/// What all values of a field have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub kind: FormKind,
    pub reason: Str,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FormKind {
    /// No blank is in it.
    OneWord,
    Begins(Str),
}

/// Fields without a value in the rows of a table, though their events had one: a rule that tests one of them leaves the table out.
#[derive(Clone, Debug, PartialEq)]
pub struct Blind {
    pub fields: List<FieldId>,
    pub reason: Str,
}
