//! What an event cannot do without to satisfy a predicate.
//!
//! In: predicates of the hir. Out: for each a [`Gate`]: literals and numbers of which one at least is found in every event that satisfies
//! it; none where there is no such list. Law: weaker than the predicate, never stronger. Everything is compared in folded form, so a gate
//! of a test that respects case is weaker than the test. Of several gates the one is chosen that opens most rarely: of many rules those
//! parts are common that many of them ask for.

use std::collections::HashMap;

use crate::hir::{Compare, LikePart, LikePattern, Number, Op, Pred, Scalar, Test, TextOp};
use crate::schema::{Below, Class, FieldId, Type};

use super::super::fold::folded;
use super::super::test::digits;
use super::super::text;
use super::grams::SHORTEST;
use super::telling::telling;

/// One of these is found in the event.
pub type Gate = Vec<Atom>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Atom {
    pub field: FieldId,
    pub what: What,
}

/// Of one value of the field. Texts are folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Equals(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    /// By the bits of the real number.
    Number(u64),
}

/// How often a number is the one that a rule asks for: those of events and ports are few.
const NUMBER: f64 = 0.1;

/// How often the rules of a class ask for something.
pub struct Gates<'p> {
    class: &'p Class,
    /// Fields of which is known already that the event has what is asked for: nothing is gained by looking again.
    settled: &'p [FieldId],
    asked: HashMap<Atom, u32>,
}

impl<'p> Gates<'p> {
    pub fn new<'r>(class: &'p Class, settled: &'p [FieldId], preds: impl Iterator<Item = &'r Pred>) -> Gates<'p> {
        let mut gates = Gates { class, settled, asked: HashMap::new() };
        preds.for_each(|pred| gates.count(pred));
        gates
    }

    fn count(&mut self, pred: &Pred) {
        match pred {
            Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| self.count(part)),
            Pred::Not(_) => {}
            Pred::Test(test) => {
                for atom in self.of_test(test).unwrap_or_default() {
                    *self.asked.entry(atom).or_default() += 1;
                }
            }
        }
    }

    /// The gate that opens most rarely; None: there is none.
    pub fn of(&self, pred: &Pred) -> Option<Gate> {
        self.rarest(pred).map(|(_, gate)| gate)
    }

    /// The gates of equal values over one field that the predicate has, whatever their number.
    pub fn equalities(&self, pred: &Pred) -> Vec<(FieldId, Gate)> {
        match pred {
            Pred::All(parts) => parts.iter().flat_map(|part| self.equalities(part)).collect(),
            Pred::Any(parts) => {
                let mut of_parts = parts.iter().map(|part| self.equalities(part));
                let Some(first) = of_parts.next() else { return Vec::new() };
                of_parts.fold(first, |known, more| {
                    let both = |(field, mut gate): (FieldId, Gate)| {
                        let (_, other) = more.iter().find(|(other, _)| *other == field)?;
                        gate.extend(other.iter().cloned());
                        Some((field, gate))
                    };
                    known.into_iter().filter_map(both).collect()
                })
            }
            Pred::Not(_) => Vec::new(),
            Pred::Test(test) => {
                let gate = self.of_test(test);
                let gate = gate.filter(|gate| gate.iter().all(|atom| matches!(atom.what, What::Equals(_) | What::Number(_))));
                gate.into_iter().map(|gate| (test.field, gate)).collect()
            }
        }
    }

    fn rarest(&self, pred: &Pred) -> Option<(f64, Gate)> {
        match pred {
            Pred::All(parts) => parts.iter().filter_map(|part| self.rarest(part)).min_by(|(one, _), (other, _)| one.total_cmp(other)),
            Pred::Any(parts) => {
                let gates: Vec<(f64, Gate)> = parts.iter().map(|part| self.rarest(part)).collect::<Option<_>>()?;
                Some(gates.into_iter().fold((0.0, Gate::new()), |(sum, mut all), (weight, gate)| {
                    all.extend(gate);
                    (sum + weight, all)
                }))
            }
            Pred::Not(_) => None,
            Pred::Test(test) => {
                let gate = self.of_test(test)?;
                Some((gate.iter().map(|atom| self.weight(atom)).sum(), gate))
            }
        }
    }

    fn of_test(&self, test: &Test) -> Option<Gate> {
        if self.settled.contains(&test.field) { None } else { of_test(test, self.class) }
    }

    /// The text of the whole event.
    pub fn is_raw(&self, field: FieldId) -> bool {
        let field = self.class.get(field);
        field.computed && field.name == "raw"
    }

    /// A guess how often it is found. Of the whole event, which takes long to put together, only where nothing else is.
    fn weight(&self, atom: &Atom) -> f64 {
        let halves = |literal: &str| 0.5f64.powf(telling(literal).min(24) as f64 / 2.0);
        let alone = match &atom.what {
            What::Equals(literal) => halves(literal) / 2.0,
            What::StartsWith(literal) => halves(literal) * 2.0,
            What::EndsWith(literal) => halves(literal),
            What::Contains(literal) => halves(literal) * 4.0,
            What::Number(_) => NUMBER,
        };
        let dear = if self.is_raw(atom.field) { 1e6 } else { 1.0 };
        (alone.max(1e-4) * f64::from(*self.asked.get(atom).unwrap_or(&1))).min(1.0) * dear
    }
}

/// Of a test that no missing value passes. What the class is no event says.
fn of_test(test: &Test, class: &Class) -> Option<Gate> {
    let field = class.get(test.field);
    if field.computed && field.name == "class" {
        return None;
    }
    let ty = field.ty;
    let atoms: Vec<What> = match &test.op {
        Op::Text { op, any, .. } => any.iter().map(|literal| of_text(*op, ty, literal)).collect::<Option<_>>()?,
        Op::Like { any, .. } => any.iter().map(of_like).collect::<Option<_>>()?,
        Op::Matches { any, .. } => {
            // Without globs a regex needs no literal.
            let globs = any.iter().map(|regex| Some(&regex.globs).filter(|globs| !globs.is_empty())).collect::<Option<Vec<_>>>()?;
            globs.into_iter().flatten().map(of_like).collect::<Option<_>>()?
        }
        Op::OneOf(scalars) => scalars.iter().flat_map(of_scalar).collect(),
        Op::Compare(Compare::Equal, number) => vec![number_of(*number)],
        Op::Compare(..) | Op::Within(_) | Op::Is(_) | Op::Exists | Op::Field { .. } => return None,
    };
    Some(atoms.into_iter().map(|what| Atom { field: test.field, what }).collect())
}

fn of_text(op: TextOp, ty: Type, literal: &str) -> Option<What> {
    let literal = folded(literal);
    if ty == Type::Guid {
        // Braces around it, and around the value, are passed over.
        return part(literal.trim_start_matches('{').trim_end_matches('}'));
    }
    match op {
        TextOp::Equals => Some(What::Equals(literal.into())),
        TextOp::Contains | TextOp::Has => part(&literal),
        TextOp::StartsWith if literal.is_empty() => None,
        TextOp::StartsWith => Some(What::StartsWith(literal.into())),
        TextOp::EndsWith if literal.is_empty() => None,
        TextOp::EndsWith => Some(What::EndsWith(literal.into())),
        TextOp::Under => match ty.below() {
            // Either slash will do, so no part that has one.
            Some(Below::Path) => part(longest(text::path_stem(&literal).split('\\'))),
            Some(Below::Key) => part(literal.trim_end_matches('\\')),
            Some(Below::Name | Below::UrlHost | Below::MailDomain) => part(literal.trim_end_matches('.')),
            // Nothing is below a value of another type.
            None => Some(What::Equals(literal.into())),
        },
    }
}

fn part(literal: &str) -> Option<What> {
    (literal.len() >= SHORTEST).then(|| What::Contains(literal.into()))
}

fn longest<'l>(parts: impl Iterator<Item = &'l str>) -> &'l str {
    parts.max_by_key(|part| part.len()).unwrap_or_default()
}

/// The one of its literals that tells most.
fn of_like(pattern: &LikePattern) -> Option<What> {
    let literals = pattern.0.iter().enumerate().filter_map(|(at, part)| match part {
        LikePart::Literal(literal) => Some((at, literal)),
        LikePart::One | LikePart::Any => None,
    });
    let (at, literal) = literals.max_by_key(|(_, literal)| (telling(&folded(literal)), literal.len()))?;
    let literal = folded(literal);
    match (at == 0, at + 1 == pattern.0.len()) {
        (true, true) => Some(What::Equals(literal.into())),
        (true, false) => Some(What::StartsWith(literal.into())),
        (false, true) => Some(What::EndsWith(literal.into())),
        (false, false) => part(&literal),
    }
}

/// A text that is a number equals the number, and a number the text.
fn of_scalar(scalar: &Scalar) -> Vec<What> {
    match scalar {
        Scalar::Text(text) => {
            let number = digits(text).map(|number| number_of(Number::Int(number)));
            number.into_iter().chain([What::Equals(folded(text).into())]).collect()
        }
        Scalar::Int(number) => vec![number_of(Number::Int(*number))],
        Scalar::Real(number) => vec![number_of(Number::Real(*number))],
        Scalar::Enum(word) => vec![What::Equals(folded(word).into())],
        Scalar::Bool(truth) => vec![What::Equals(truth.to_string().into())],
        // An event has them in their shortest form.
        Scalar::Ip(address) => vec![What::Equals(address.to_canonical().to_string().into())],
    }
}

fn number_of(number: Number) -> What {
    What::Number(bits(number))
}

/// One for all numbers that are equal: 0 and -0 are, and whole ones beside their fractions. Large ones may share theirs with a neighbour.
pub fn bits(number: Number) -> u64 {
    let real = match number {
        Number::Int(number) => number as f64,
        Number::Real(number) => number,
    };
    (real + 0.0).to_bits()
}
