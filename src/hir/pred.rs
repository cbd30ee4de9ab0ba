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

/// Equal to another test that says the same, wherever it stands.
#[derive(Clone, Debug)]
pub struct Test<F = FieldId> {
    pub field: F,
    pub op: Op<F>,
    /// What a message points at.
    pub span: Span,
    /// Every place that says it, where that is more than `span`: several tests that became one, and the `let` that holds its values.
    pub from: Vec<Span>,
}

impl<F> Test<F> {
    pub fn new(field: F, op: Op<F>, span: Span) -> Test<F> {
        Test { field, op, span, from: Vec::new() }
    }

    /// Another test, said at the same places.
    pub fn with<G>(&self, field: G, op: Op<G>) -> Test<G> {
        Test { field, op, span: self.span, from: self.from.clone() }
    }

    /// The places of the rule that say it; never empty.
    pub fn places(&self) -> &[Span] {
        if self.from.is_empty() { std::slice::from_ref(&self.span) } else { &self.from }
    }

    /// It is said at these places too.
    pub fn also_at(&mut self, places: &[Span]) {
        if places.iter().any(|place| !self.places().contains(place)) {
            let mut all = self.places().to_vec();
            crate::source::add_places(&mut all, places);
            self.from = all;
        }
    }
}

impl<F: PartialEq> PartialEq for Test<F> {
    fn eq(&self, other: &Test<F>) -> bool {
        // Tests that stand together are of one field more often than of one operand.
        self.op == other.op && self.field == other.field
    }
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

    /// The conjunction: flat, each part once, no constant beside others; `x and not x` is false.
    pub fn all(parts: impl IntoIterator<Item = Pred<F>>) -> Pred<F>
    where
        F: PartialEq,
    {
        let parts = parts.into_iter();
        let mut flat: Vec<Pred<F>> = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Pred::All(inner) => inner.into_iter().for_each(|part| push_new(&mut flat, part)),
                part if part.is_false() => return Pred::FALSE,
                part => push_new(&mut flat, part),
            }
        }
        match flat.len() {
            _ if has_opposites(&flat) => Pred::FALSE,
            1 => flat.remove(0),
            _ => Pred::All(flat),
        }
    }

    /// The disjunction: flat, each part once, no constant beside others; `x or not x` is true.
    pub fn any(parts: impl IntoIterator<Item = Pred<F>>) -> Pred<F>
    where
        F: PartialEq,
    {
        let parts = parts.into_iter();
        let mut flat: Vec<Pred<F>> = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Pred::Any(inner) => inner.into_iter().for_each(|part| push_new(&mut flat, part)),
                part if part.is_true() => return Pred::TRUE,
                part => push_new(&mut flat, part),
            }
        }
        match flat.len() {
            _ if has_opposites(&flat) => Pred::TRUE,
            1 => flat.remove(0),
            _ => Pred::Any(flat),
        }
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

    /// The same predicate with each test replaced; a test may become a constant, or several.
    pub fn map<G: PartialEq>(&self, replace: &mut impl FnMut(&Test<F>) -> Pred<G>) -> Pred<G> {
        match self {
            Pred::All(parts) => Pred::all(parts.iter().map(|part| part.map(replace)).collect::<Vec<_>>()),
            Pred::Any(parts) => Pred::any(parts.iter().map(|part| part.map(replace)).collect::<Vec<_>>()),
            Pred::Not(inner) => inner.map(replace).not(),
            Pred::Test(test) => replace(test).said_by(test),
        }
    }

    pub fn test(field: F, op: Op<F>, span: Span) -> Pred<F> {
        Pred::Test(Test::new(field, op, span))
    }

    /// The same, of which each test stands where this one does.
    pub fn said_by<G>(mut self, test: &Test<G>) -> Pred<F> {
        if !test.from.is_empty() {
            self.tests_mut(&mut |own| own.from.clone_from(&test.from));
        }
        self
    }

    /// The same, said at these places alone.
    pub fn said_at(mut self, places: &[Span]) -> Pred<F> {
        self.tests_mut(&mut |own| own.from = places.to_vec());
        self
    }

    /// Takes in where an equal predicate stands.
    pub fn absorb(&mut self, equal: &Pred<F>) {
        match (self, equal) {
            (Pred::All(own), Pred::All(other)) | (Pred::Any(own), Pred::Any(other)) => {
                own.iter_mut().zip(other).for_each(|(own, other)| own.absorb(other));
            }
            (Pred::Not(own), Pred::Not(other)) => own.absorb(other),
            (Pred::Test(own), Pred::Test(other)) => own.also_at(other.places()),
            (Pred::All(_) | Pred::Any(_) | Pred::Not(_) | Pred::Test(_), _) => {}
        }
    }

    /// The same, to be told where they stand.
    pub(super) fn tests_mut(&mut self, visit: &mut impl FnMut(&mut Test<F>)) {
        match self {
            Pred::All(parts) | Pred::Any(parts) => parts.iter_mut().for_each(|part| part.tests_mut(visit)),
            Pred::Not(inner) => inner.tests_mut(visit),
            Pred::Test(test) => visit(test),
        }
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

impl<F> Op<F> {
    /// The same operator, with the field on its right replaced.
    pub fn map_field<G>(&self, replace: impl FnOnce(&F) -> G) -> Op<G> {
        match self {
            Op::Text { op, any, case } => Op::Text { op: *op, any: any.clone(), case: *case },
            Op::Like { any, case } => Op::Like { any: any.clone(), case: *case },
            Op::Matches { any, case } => Op::Matches { any: any.clone(), case: *case },
            Op::OneOf(values) => Op::OneOf(values.clone()),
            Op::Within(networks) => Op::Within(networks.clone()),
            Op::Compare(compare, number) => Op::Compare(*compare, *number),
            Op::Is(kind) => Op::Is(*kind),
            Op::Exists => Op::Exists,
            Op::Field { op, other, case } => {
                Op::Field { op: *op, other: Other { step: other.step, field: replace(&other.field) }, case: *case }
            }
        }
    }
}

/// Long lists of parts are machine-made and already without repetition; comparing each with each would cost more than it saves.
const COMPARED: usize = 256;

fn push_new<F: PartialEq>(parts: &mut Vec<Pred<F>>, part: Pred<F>) {
    let known = if parts.len() > COMPARED { None } else { parts.iter_mut().find(|known| **known == part) };
    match known {
        Some(known) => known.absorb(&part),
        None => parts.push(part),
    }
}

fn has_opposites<F: PartialEq>(parts: &[Pred<F>]) -> bool {
    parts.len() <= COMPARED && parts.iter().any(|part| matches!(part, Pred::Not(inner) if parts.contains(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Sources};
    use proptest::prelude::*;

    fn file() -> FileId {
        Sources::default().add("x", "")
    }

    /// `letter exists`, for one of four fields.
    fn leaf() -> impl Strategy<Value = Pred> {
        (0u16..4).prop_map(|index| Pred::test(FieldId(index), Op::Exists, Span::new(file(), index as usize, 9)))
    }

    /// A tree as nobody's constructor made it.
    fn raw() -> impl Strategy<Value = Pred> {
        leaf().prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Pred::All),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Pred::Any),
                inner.prop_map(|pred| Pred::Not(Box::new(pred))),
            ]
        })
    }

    fn value(pred: &Pred, present: u8) -> bool {
        match pred {
            Pred::All(parts) => parts.iter().all(|part| value(part, present)),
            Pred::Any(parts) => parts.iter().any(|part| value(part, present)),
            Pred::Not(inner) => !value(inner, present),
            Pred::Test(test) => present >> test.field.0 & 1 == 1,
        }
    }

    fn is_normal(pred: &Pred) -> bool {
        let parts_are = |parts: &[Pred], same: fn(&Pred) -> bool| {
            parts.len() != 1 && parts.iter().all(|part| is_normal(part) && !same(part) && !part.is_true() && !part.is_false())
        };
        match pred {
            Pred::All(parts) => parts_are(parts, |part| matches!(part, Pred::All(_))),
            Pred::Any(parts) => parts_are(parts, |part| matches!(part, Pred::Any(_))),
            Pred::Not(inner) => is_normal(inner) && !matches!(**inner, Pred::Not(_)) && !inner.is_true() && !inner.is_false(),
            Pred::Test(_) => true,
        }
    }

    proptest! {
        #[test]
        fn constructors_keep_the_meaning_and_give_the_normal_form(pred in raw()) {
            let made: Pred = pred.map(&mut |test| Pred::Test(test.clone()));
            for present in 0..16 {
                prop_assert_eq!(value(&pred, present), value(&made, present));
            }
            prop_assert!(is_normal(&made), "{:?}", made);
        }
    }

    #[test]
    fn a_test_says_the_same_wherever_it_stands() {
        let at = |start| Pred::test(FieldId(0), Op::Exists, Span::new(file(), start, 9));
        assert_eq!(Pred::all([at(1), at(5)]), at(3));
        let both = Pred::all([at(1), at(5)]);
        let Pred::Test(both) = both else { panic!("one test: {both:?}") };
        assert_eq!(both.places(), [1, 5].map(|start| Span::new(file(), start, 9)));
        assert!(Pred::all([at(1), at(5).not()]).is_false());
        assert!(Pred::any([at(1), at(5).not()]).is_true());
    }
}
