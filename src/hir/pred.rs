//! Predicates: `All`, `Any`, `Not` over tests of one field each.
//!
//! `F` says what a test is about: a [`FieldId`] of the model in a rule, a native value in a plan. A test on a missing value is
//! false, whatever the operator; `Not` of it is true.

use crate::schema::FieldId;
use crate::source::Span;

use super::{LikePattern, Regex};

#[derive(Clone, Debug, PartialEq)]
pub enum Pred<F = FieldId> {
    /// `All([])` is true.
    All(Vec<Pred<F>>),
    /// `Any([])` is false.
    Any(Vec<Pred<F>>),
    Not(Box<Pred<F>>),
    Test(Test<F>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Test<F = FieldId> {
    pub field: F,
    pub op: Op<F>,
    pub span: Span,
}

/// True if one value of the field passes; a list of operands means any of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<F = FieldId> {
    /// On every type that is kept as text (hashes, identifiers and sids among them).
    Text {
        op: TextOp,
        any: Vec<String>,
        case: Casing,
    },
    /// The whole text is like one of them.
    Like {
        any: Vec<LikePattern>,
        case: Casing,
    },
    /// One of them is found in the text.
    Matches {
        any: Vec<Regex>,
        case: Casing,
    },
    /// One of these values, of the field's type.
    OneOf(Vec<Scalar>),
    /// An address in one of these networks.
    Within(Vec<Network>),
    Compare(Compare, Number),
    Is(Kind),
    Exists,
    /// The other field's value on the right, read as plain text (no wildcard, no pattern), or compared as the type does.
    Field {
        op: FieldOp,
        other: Other<F>,
        case: Casing,
    },
}

/// Whether letters are told apart by case. Folding is Unicode simple folding, one to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Casing {
    Ignore,
    Respect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextOp {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
    /// Bounded by non-alphanumerics wherever the pattern's own edge is alphanumeric.
    Has,
    /// This domain, path, key or host, or below it: by the field's type.
    Under,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldOp {
    Text(TextOp),
    Compare(Compare),
}

/// A field on the right; of an earlier step where `step` says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Other<F = FieldId> {
    pub step: Option<usize>,
    pub field: F,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Private,
    Public,
    Loopback,
    LinkLocal,
    Multicast,
    Reserved,
    /// A user name that ends in `$`.
    MachineAccount,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Text(String),
    Int(i64),
    Real(f64),
    Bool(bool),
    /// A value of an enumeration, as the model writes it.
    Enum(String),
    Ip(std::net::IpAddr),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Real(f64),
}

/// `10.0.0.0/8`; host bits are zero, `::ffff:a.b.c.d` is `a.b.c.d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    pub base: std::net::IpAddr,
    pub prefix: u8,
}

impl<F> Pred<F> {
    pub const TRUE: Pred<F> = Pred::All(Vec::new());
    pub const FALSE: Pred<F> = Pred::Any(Vec::new());

    pub fn is_true(&self) -> bool {
        matches!(self, Pred::All(parts) if parts.is_empty())
    }

    pub fn is_false(&self) -> bool {
        matches!(self, Pred::Any(parts) if parts.is_empty())
    }

    pub fn all(parts: impl IntoIterator<Item = Pred<F>>) -> Pred<F> {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Pred::All(inner) => flat.extend(inner),
                part if part.is_false() => return Pred::FALSE,
                part => flat.push(part),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Pred::All(flat) }
    }

    pub fn any(parts: impl IntoIterator<Item = Pred<F>>) -> Pred<F> {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Pred::Any(inner) => flat.extend(inner),
                part if part.is_true() => return Pred::TRUE,
                part => flat.push(part),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Pred::Any(flat) }
    }

    /// The negation of a predicate; named so because it is no operator on values.
    #[allow(clippy::should_implement_trait)] // `!pred` would read as if it were a truth value
    pub fn not(self) -> Pred<F> {
        match self {
            Pred::Not(inner) => *inner,
            pred if pred.is_true() => Pred::FALSE,
            pred if pred.is_false() => Pred::TRUE,
            pred => Pred::Not(Box::new(pred)),
        }
    }

    pub fn test(field: F, op: Op<F>, span: Span) -> Pred<F> {
        Pred::Test(Test { field, op, span })
    }

    /// Every test of the tree, from left to right.
    pub fn tests<'p>(&'p self, visit: &mut impl FnMut(&'p Test<F>)) {
        match self {
            Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| part.tests(visit)),
            Pred::Not(inner) => inner.tests(visit),
            Pred::Test(test) => visit(test),
        }
    }
}
