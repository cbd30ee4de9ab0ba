//! The search dialect: the first command of a raw search, and tstats' `where`.
//!
//! In: a predicate over native values. Out: a [`Frag`], or nothing where the dialect cannot say a test exactly: the same function tells
//! the planner what is `Native` and prints it. The dialect compares text without case, knows `*` and nothing else, and reads a value in
//! the form of a network as one. Law: what is printed says the test exactly, of null and of several values too: `=` holds if one value
//! passes, and `NOT` keeps events without the field (`f!=v` would not, so it is never written).
//! Search Reference, `search`; Search Manual, "Boolean expressions" (OR binds tighter than AND there), "Difference between NOT and !=".

use std::net::IpAddr;

use crate::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use crate::backend::cases::has_cases;
use crate::backend::frag::{Connectives, Frag, Negation};
use crate::hir::{Casing, Compare, Kind, Network, Number, Op, Pred, Scalar, Test, TextOp};
use crate::schema::{Below, NativeType, Transform, Type};
use crate::source::{Span, add_places};

use super::quote::{self, Piece, Quoted};

pub const WORDS: Connectives = Connectives { and: "AND", or: "OR", not: Negation::Prefix("NOT") };

const NATIVE: &str = "the plan's first stage holds only what the dialect calls native";

/// The two places where the dialect is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Columns are written with their dataset; no network is compared: "tstats may not correctly filter strings containing
    /// non-numeric wildcard octets" (Search Reference, tstats, "Limitations of CIDR matching with tstats").
    Tstats,
    Search,
}

/// The condition that says the predicate, whose every test is one that [`can_say`] says it can say.
pub fn condition(pred: &NativePred, place: Place) -> Frag {
    match pred {
        // The dialect has no words for these; not every event has a host.
        Pred::All(parts) if parts.is_empty() => Frag::any(vec![host(), host().not(WORDS)], WORDS),
        Pred::Any(parts) if parts.is_empty() => Frag::all(vec![host(), host().not(WORDS)], WORDS),
        Pred::All(parts) => Frag::all(parts.iter().map(|part| condition(part, place)).collect(), WORDS),
        Pred::Any(parts) => Frag::any(either(parts, place), WORDS),
        Pred::Not(inner) => condition(inner, place).not(WORDS),
        Pred::Test(inner) => say(inner, place).expect(NATIVE).into_frag().at(inner.places()),
    }
}

fn host() -> Frag {
    Frag::atom("host=*".to_owned())
}

/// Alternatives; what is asked of the same column is one list: `Image IN ("cmd.exe", "*\\cmd.exe")`.
fn either(parts: &[NativePred], place: Place) -> Vec<Frag> {
    let mut said: Vec<(Said, Vec<Span>)> = Vec::new();
    for part in parts {
        let (next, places) = match part {
            Pred::Test(inner) => (say(inner, place).expect(NATIVE), inner.places()),
            Pred::All(_) | Pred::Any(_) | Pred::Not(_) => (Said::Whole(condition(part, place)), [].as_slice()),
        };
        match (said.last_mut(), next) {
            (Some((Said::Values(known, values), from)), Said::Values(field, more)) if *known == field => {
                values.extend(more);
                add_places(from, places);
            }
            (_, next) => said.push((next, places.to_vec())),
        }
    }
    said.into_iter().map(|(said, from)| said.into_frag().at(&from)).collect()
}

/// A test as the dialect says it.
enum Said {
    /// The column has one of these values.
    Values(Quoted, Vec<Quoted>),
    Whole(Frag),
}

impl Said {
    fn into_frag(self) -> Frag {
        match self {
            Said::Values(field, values) => one_of(&field, values),
            Said::Whole(frag) => frag,
        }
    }
}

/// Whether the dialect can say the test exactly.
pub fn can_say(test: &Test<Native>, place: Place) -> bool {
    say(test, place).is_some()
}

fn say(test: &Test<Native>, place: Place) -> Option<Said> {
    let column = column(&test.field.value, &test.op)?;
    let field = name(column, place);
    match &test.op {
        Op::Text { op, any, case } => {
            let mut values = Vec::with_capacity(any.len());
            any.iter().try_for_each(|literal| spell(*op, test.field.ty, literal, *case, &mut values))?;
            Some(Said::Values(field, values))
        }
        Op::Like { any, case } => {
            let values = any.iter().map(|like| value(like.0.iter().map(Piece::from), *case)).collect::<Option<_>>()?;
            Some(Said::Values(field, values))
        }
        Op::Matches { .. } => None,
        Op::OneOf(scalars) => {
            let parts = scalars.iter().map(|value| scalar(value, column, place)).collect::<Option<Vec<_>>>()?.concat();
            Some(Said::Values(field, parts))
        }
        Op::Within(networks) => Some(Said::Values(field, within(networks, place)?)),
        Op::Compare(compare, number) => ordered(&field, column.ty, *compare, *number).map(Said::Whole),
        Op::Is(kind) => match kind {
            Kind::MachineAccount => {
                let ends = value([Piece::Any, Piece::Text("$")].into_iter(), Casing::Ignore)?;
                Some(Said::Values(field, vec![ends]))
            }
            Kind::Public => {
                let valid = one_of(&field, ["0.0.0.0/0", "::/0"].into_iter().map(quote::search_network).collect());
                let others = one_of(&field, within(&kind.networks(), place)?);
                Some(Said::Whole(Frag::all(vec![valid, others.not(WORDS)], WORDS)))
            }
            Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved => {
                Some(Said::Values(field, within(&kind.networks(), place)?))
            }
        },
        Op::Exists => Some(Said::Whole(exists(&field, column, place))),
        Op::Field { .. } => None,
    }
}

/// How the dialect names a column.
pub fn name(column: &ColumnRef, place: Place) -> Quoted {
    match place {
        Place::Tstats if !column.owner.is_empty() => quote::search_name(&format!("{}.{}", column.owner, column.name)),
        Place::Tstats | Place::Search => quote::search_name(&column.name),
    }
}

/// The column, where the value is one as far as the test can see: lower case is nothing to who ignores case.
fn column<'n>(value: &'n NativeExpr, op: &Op<Native>) -> Option<&'n ColumnRef> {
    match value {
        NativeExpr::Column(column) => Some(column),
        NativeExpr::Apply(Transform::Lower, inputs) if ignores_case(op) => inputs.first()?.column(),
        NativeExpr::Apply(..) => None,
    }
}

fn ignores_case(op: &Op<Native>) -> bool {
    match op {
        Op::Text { case, .. } | Op::Like { case, .. } | Op::Matches { case, .. } | Op::Field { case, .. } => *case == Casing::Ignore,
        Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists => true,
    }
}

/// Adds what a text operator asks for, as wildcard patterns for the whole text.
fn spell(op: TextOp, ty: Type, literal: &str, case: Casing, into: &mut Vec<Quoted>) -> Option<()> {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (before, after) = match op {
        TextOp::Equals => (None, None),
        TextOp::Contains => (Some(Piece::Any), Some(Piece::Any)),
        TextOp::StartsWith => (None, Some(Piece::Any)),
        TextOp::EndsWith => (Some(Piece::Any), None),
        // Without a letter or digit at either end it is `contains`.
        TextOp::Has if is_word(literal.chars().next()) || is_word(literal.chars().next_back()) => return None,
        TextOp::Has => (Some(Piece::Any), Some(Piece::Any)),
        TextOp::Under => return under(ty, literal, case, into),
    };
    into.push(value(before.into_iter().chain([Piece::Text(literal)]).chain(after), case)?);
    Some(())
}

/// `C:` and `C:\*`, `C:/*`. Of a path with a slash inside, which may be either, and of what has final dots or parts: nothing exact.
fn under(ty: Type, literal: &str, case: Casing, into: &mut Vec<Quoted>) -> Option<()> {
    let (slashes, base): (&[&str], &str) = match ty.below() {
        Some(Below::Key) => (&["\\"], literal.trim_end_matches('\\')),
        Some(Below::Path) => (&["\\", "/"], literal.trim_end_matches(['\\', '/'])),
        Some(Below::Name | Below::UrlHost | Below::MailDomain) | None => return None,
    };
    if base.is_empty() || slashes.len() > 1 && base.contains(['\\', '/']) {
        return None;
    }
    into.push(value([Piece::Text(base)].into_iter(), case)?);
    for slash in slashes {
        into.push(value([Piece::Text(base), Piece::Text(slash), Piece::Any].into_iter(), case)?);
    }
    Some(())
}

/// A pattern as the dialect writes it, if it can say it exactly.
fn value<'t>(pieces: impl Iterator<Item = Piece<'t>> + Clone, case: Casing) -> Option<Quoted> {
    let is_exact = |piece: Piece| match piece {
        Piece::Text(text) => match case {
            Casing::Ignore => text.is_ascii() || !text.chars().any(has_cases),
            Casing::Respect => !text.chars().any(|c| c.is_ascii_alphabetic() || has_cases(c)),
        },
        Piece::One | Piece::Any => true,
    };
    if pieces.clone().all(is_exact) { quote::search_value(pieces) } else { None }
}

fn one_of(field: &Quoted, values: Vec<Quoted>) -> Frag {
    match values.as_slice() {
        [value] => Frag::atom(format!("{field}={value}")),
        _ => Frag::list(format!("{field} IN "), values.into_iter().map(String::from).collect()),
    }
}

/// The dialect compares text with `=`: a number is found as it is usually written, in a column of numbers.
fn scalar(value: &Scalar, column: &ColumnRef, place: Place) -> Option<Vec<Quoted>> {
    let text = |text: &str| quote::search_value([Piece::Text(text)]);
    match value {
        Scalar::Text(value) | Scalar::Enum(value) => {
            if value.chars().any(has_cases) {
                return None;
            }
            Some(vec![text(value)?])
        }
        Scalar::Int(value) => is_whole(column.ty).then(|| vec![quote::number(Number::Int(*value))]),
        Scalar::Real(_) => None,
        Scalar::Bool(true) => Some(vec![text("true")?, text("1")?]),
        Scalar::Bool(false) => Some(vec![text("false")?, text("0")?]),
        Scalar::Ip(IpAddr::V4(address)) => Some(vec![text(&address.to_string())?]),
        // An IPv6 address has many spellings; the network of one address knows them.
        Scalar::Ip(IpAddr::V6(address)) => (place == Place::Search).then(|| vec![quote::search_network(&format!("{address}/128"))]),
    }
}

fn within(networks: &[Network], place: Place) -> Option<Vec<Quoted>> {
    let texts = networks.iter().map(|network| quote::search_network(&format!("{}/{}", network.base, network.prefix)));
    (place == Place::Search).then(|| texts.collect())
}

/// `<` and its like compare numbers as numbers; `=` compares text, which of a whole number is as good.
fn ordered(field: &Quoted, ty: NativeType, compare: Compare, number: Number) -> Option<Frag> {
    let test = |sign: &str| Frag::atom(format!("{field}{sign}{}", quote::number(number)));
    let whole = is_whole(ty) && matches!(number, Number::Int(_));
    match compare {
        Compare::Equal => whole.then(|| test("=")),
        Compare::NotEqual => whole.then(|| Frag::all(vec![Frag::atom(format!("{field}=*")), test("=").not(WORDS)], WORDS)),
        Compare::Less => is_number(ty).then(|| test("<")),
        Compare::LessEqual => is_number(ty).then(|| test("<=")),
        Compare::Greater => is_number(ty).then(|| test(">")),
        Compare::GreaterEqual => is_number(ty).then(|| test(">=")),
    }
}

/// Neither null nor empty. A data model has no empty values.
fn exists(field: &Quoted, column: &ColumnRef, place: Place) -> Frag {
    let present = Frag::atom(format!("{field}=*"));
    match place {
        Place::Search if column.ty == NativeType::Text => Frag::all(vec![present, Frag::atom(format!("{field}=\"\"")).not(WORDS)], WORDS),
        Place::Tstats | Place::Search => present,
    }
}

fn is_whole(ty: NativeType) -> bool {
    match ty {
        NativeType::Int | NativeType::Long => true,
        NativeType::Text
        | NativeType::Real
        | NativeType::Bool
        | NativeType::Time
        | NativeType::Guid
        | NativeType::Dynamic
        | NativeType::Timespan => false,
    }
}

fn is_number(ty: NativeType) -> bool {
    is_whole(ty) || ty == NativeType::Real
}
