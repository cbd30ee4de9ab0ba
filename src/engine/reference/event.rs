//! One predicate, one event, by plain recursion over the tree.
//!
//! In: a predicate, an event in the model's words, the events that stand for the steps above it. Out: whether it holds. Texts are compared
//! character by character, a regex is compiled each time it is asked.
//! Law: a test on a field without a value is false, whatever its operator.

use std::cmp::Ordering;
use std::net::IpAddr;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use crate::hir::{Branch, Case, Casing, Compare, Event, FieldOp, Kind, LikePart, Network, Number, Op, Pred, Regex, Scalar, Test, TextOp};
use crate::schema::{Actions, Below, Class, FieldId, Packs, Type};

/// The events of a chain so far, by step.
#[derive(Clone, Copy)]
pub struct Chained<'c> {
    pub steps: &'c [Option<&'c Event>],
    pub packs: &'c Packs,
}

/// Whether the event is of the branch's class and satisfies the case of its action. `on TARGET` is another target's matter.
pub fn satisfies(branch: &Branch, event: &Event, packs: &Packs) -> bool {
    satisfies_in(branch, event, Chained { steps: &[], packs })
}

/// The same of a step, behind the steps above it.
pub fn satisfies_in(branch: &Branch, event: &Event, chain: Chained<'_>) -> bool {
    branch.class == event.class && one_holds(&branch.cases, event, chain)
}

/// Whether the case of the event's action holds; the cases are of its class.
pub fn one_holds(cases: &[Case], event: &Event, chain: Chained<'_>) -> bool {
    cases.iter().any(|case| {
        let asked = match event.action {
            Some(action) => case.actions.contains(action),
            None => case.actions == Actions::ALL,
        };
        asked && holds_in(&case.pred, event, chain.packs.class(event.class), Some(chain))
    })
}

/// Whether the event, of this class, satisfies the predicate.
pub fn holds(pred: &Pred, event: &Event, class: &Class) -> bool {
    holds_in(pred, event, class, None)
}

fn holds_in(pred: &Pred, event: &Event, class: &Class, chain: Option<Chained<'_>>) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().all(|part| holds_in(part, event, class, chain)),
        Pred::Any(parts) => parts.iter().any(|part| holds_in(part, event, class, chain)),
        Pred::Not(inner) => !holds_in(inner, event, class, chain),
        Pred::Test(test) => passes(test, event, class, chain),
    }
}

/// True if one value of the field passes.
pub fn passes(test: &Test, event: &Event, class: &Class, chain: Option<Chained<'_>>) -> bool {
    let ty = class.get(test.field).ty;
    values(test.field, event, class).iter().any(|value| match &test.op {
        Op::Text { op, any, case } => any.iter().any(|literal| text(*op, ty, &spelled(value), literal, *case)),
        Op::Like { any, case } => any.iter().any(|pattern| like(&pattern.0, &spelled(value), *case)),
        Op::Matches { any, case } => any.iter().any(|regex| found(regex, &spelled(value), *case)),
        Op::OneOf(scalars) => scalars.iter().any(|scalar| equal(value, scalar, Casing::Ignore)),
        Op::Within(networks) => address(value).is_some_and(|address| networks.iter().any(|network| within(address, network))),
        Op::Compare(compare, number) => numeric(value).and_then(|value| order(value, *number)).is_some_and(|order| fits(*compare, order)),
        Op::Is(kind) => is(*kind, value),
        Op::Exists => true,
        Op::Field { op, other, case } => {
            let right = match other.step {
                None => values(other.field, event, class),
                Some(step) => of_step(step, other.field, chain),
            };
            right.iter().any(|right| against(*op, ty, value, right, *case))
        }
    })
}

/// The values of a field of another step's event; none where no event stands for the step.
fn of_step(step: usize, field: FieldId, chain: Option<Chained<'_>>) -> Vec<Scalar> {
    let Some(chain) = chain else { return Vec::new() };
    let Some(Some(event)) = chain.steps.get(step) else { return Vec::new() };
    values(field, event, chain.packs.class(event.class))
}

/// The values of a field; empty text is no value. A part of a time is read off the time.
pub fn values(field: FieldId, event: &Event, class: &Class) -> Vec<Scalar> {
    if let Some((of, part)) = class.get(field).part {
        return super::parts::values(of, part, event, class);
    }
    if class.get(field).computed && class.get(field).name == "class" {
        return vec![Scalar::Enum(class.name.to_string())];
    }
    let of_field = event.fields.iter().filter(|(id, _)| *id == field).flat_map(|(_, values)| values);
    of_field.filter(|value| !matches!(value, Scalar::Text(text) | Scalar::Enum(text) if text.is_empty())).cloned().collect()
}

/// A value as text: numbers in decimal, addresses in their shortest form.
pub fn spelled(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) | Scalar::Enum(text) => text.clone(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Ip(address) => address.to_canonical().to_string(),
    }
}

// ---------- text ----------

fn text(op: TextOp, ty: Type, value: &str, literal: &str, case: Casing) -> bool {
    if ty == Type::Guid {
        let bare = |text: &str| text.trim_start_matches('{').trim_end_matches('}').chars().collect::<Vec<char>>();
        return plain(op, ty, &bare(value), &bare(literal), case);
    }
    plain(op, ty, &value.chars().collect::<Vec<char>>(), &literal.chars().collect::<Vec<char>>(), case)
}

fn plain(op: TextOp, ty: Type, value: &[char], literal: &[char], case: Casing) -> bool {
    let stands_at = |at: usize| value.get(at..at + literal.len()).is_some_and(|part| same(part, literal, case));
    let mut starts = 0..=value.len();
    match op {
        TextOp::Equals => same(value, literal, case),
        TextOp::Contains => starts.any(stands_at),
        TextOp::StartsWith => stands_at(0),
        TextOp::EndsWith => value.len() >= literal.len() && stands_at(value.len() - literal.len()),
        TextOp::Has => starts.any(|at| stands_at(at) && bounded(value, at, literal)),
        TextOp::Under => match ty.below() {
            Some(Below::Path) => below_path(value, literal, case),
            Some(Below::Key) => below_key(value, literal, case),
            Some(Below::Name) => below_name(value, literal),
            Some(Below::UrlHost) => below_name(&url_host(value), literal),
            Some(Below::MailDomain) => value.iter().rposition(|c| *c == '@').is_some_and(|at| below_name(&value[at + 1..], literal)),
            None => false,
        },
    }
}

fn same(left: &[char], right: &[char], case: Casing) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_letter(*left, *right, case))
}

/// Unicode's simple folding, one to one, which is also what `regex` does: all characters that fold alike are in one class.
fn same_letter(left: char, right: char, case: Casing) -> bool {
    match case {
        Casing::Respect => left == right,
        Casing::Ignore if left == right => true,
        Casing::Ignore if left.is_ascii() && right.is_ascii() => left.eq_ignore_ascii_case(&right),
        Casing::Ignore => {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(left, left)]);
            class.case_fold_simple();
            class.iter().any(|range| range.start() <= right && right <= range.end())
        }
    }
}

/// Beyond an edge of the literal that is an ASCII letter or digit, the text does not go on with one.
fn bounded(value: &[char], at: usize, literal: &[char]) -> bool {
    let word = |c: Option<&char>| c.is_some_and(char::is_ascii_alphanumeric);
    let before = at.checked_sub(1).and_then(|before| value.get(before));
    let after = value.get(at + literal.len());
    let goes_on_before = word(literal.first()) && word(before);
    let goes_on_after = word(literal.last()) && word(after);
    !goes_on_before && !goes_on_after
}

/// Equal, or a slash stands after it; the two slashes are one, and none counts at the end of the literal.
fn below_path(value: &[char], literal: &[char], case: Casing) -> bool {
    let slashes = |text: &[char]| text.iter().map(|c| if *c == '/' { '\\' } else { *c }).collect::<Vec<char>>();
    let (value, mut literal) = (slashes(value), slashes(literal));
    while literal.last() == Some(&'\\') {
        literal.pop();
    }
    value.len() >= literal.len() && same(&value[..literal.len()], &literal, case) && matches!(value.get(literal.len()), None | Some('\\'))
}

fn below_key(value: &[char], literal: &[char], case: Casing) -> bool {
    let length = literal.iter().rposition(|c| *c != '\\').map_or(0, |last| last + 1);
    value.len() >= length && same(&value[..length], &literal[..length], case) && matches!(value.get(length), None | Some('\\'))
}

/// Equal, or a name whose last labels it is; final dots and case aside.
fn below_name(value: &[char], literal: &[char]) -> bool {
    let bare = |text: &[char]| text.iter().collect::<String>().trim_end_matches('.').chars().collect::<Vec<char>>();
    let (value, literal) = (bare(value), bare(literal));
    let Some(cut) = value.len().checked_sub(literal.len()) else { return false };
    same(&value[cut..], &literal, Casing::Ignore) && (cut == 0 || value[cut - 1] == '.')
}

/// Between `//`, or the beginning, and the path; without account and port. A bare host is itself.
fn url_host(url: &[char]) -> Vec<char> {
    let url: String = url.iter().collect();
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => rest,
        _ => url.strip_prefix("//").unwrap_or(&url),
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, _)) => address.chars().collect(),
        None => host.split(':').next().unwrap_or_default().chars().collect(),
    }
}

/// Row by row: after each part of the pattern, the places of the text that it can have reached.
fn like(parts: &[LikePart], value: &str, case: Casing) -> bool {
    let value: Vec<char> = value.chars().collect();
    let mut reached: Vec<usize> = vec![0];
    for part in parts {
        reached = match part {
            LikePart::Literal(literal) => {
                let literal: Vec<char> = literal.chars().collect();
                let ends = reached.into_iter().map(|at| at + literal.len());
                ends.filter(|end| value.get(end - literal.len()..*end).is_some_and(|part| same(part, &literal, case))).collect()
            }
            LikePart::One => reached.into_iter().map(|at| at + 1).filter(|end| *end <= value.len()).collect(),
            LikePart::Any => reached.first().map_or(Vec::new(), |first| (*first..=value.len()).collect()),
        };
    }
    reached.contains(&value.len())
}

/// A pattern that does not compile was refused long before; it finds nothing.
fn found(regex: &Regex, value: &str, case: Casing) -> bool {
    let built = regex::RegexBuilder::new(&regex.rust).case_insensitive(case == Casing::Ignore).build();
    built.is_ok_and(|regex| regex.is_match(value))
}

// ---------- typed values ----------

fn equal(left: &Scalar, right: &Scalar, case: Casing) -> bool {
    match (left, right) {
        (Scalar::Text(left), Scalar::Text(right)) => text(TextOp::Equals, Type::Text, left, right, case),
        (Scalar::Enum(left), Scalar::Enum(right)) => left == right,
        (Scalar::Bool(left), Scalar::Bool(right)) => left == right,
        (Scalar::Ip(left), Scalar::Ip(right)) => left.to_canonical() == right.to_canonical(),
        _ => match (numeric(left), numeric(right)) {
            (Some(left), Some(right)) => order(left, right) == Some(Ordering::Equal),
            _ => false,
        },
    }
}

/// A number; text that is one counts (a value of type `data`).
pub fn numeric(value: &Scalar) -> Option<Number> {
    match value {
        Scalar::Int(number) => Some(Number::Int(*number)),
        Scalar::Real(number) => Some(Number::Real(*number)),
        // `01` and `+1` are no digits of a number.
        Scalar::Text(text) => text.parse().ok().filter(|number: &i64| number.to_string() == *text).map(Number::Int),
        Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => None,
    }
}

pub fn order(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Some(left.cmp(&right)),
        (Number::Int(left), Number::Real(right)) => (left as f64).partial_cmp(&right),
        (Number::Real(left), Number::Int(right)) => left.partial_cmp(&(right as f64)),
        (Number::Real(left), Number::Real(right)) => left.partial_cmp(&right),
    }
}

pub fn fits(compare: Compare, order: Ordering) -> bool {
    match compare {
        Compare::Equal => order == Ordering::Equal,
        Compare::NotEqual => order != Ordering::Equal,
        Compare::Less => order == Ordering::Less,
        Compare::LessEqual => order != Ordering::Greater,
        Compare::Greater => order == Ordering::Greater,
        Compare::GreaterEqual => order != Ordering::Less,
    }
}

fn address(value: &Scalar) -> Option<IpAddr> {
    match value {
        Scalar::Ip(address) => Some(address.to_canonical()),
        Scalar::Text(_) | Scalar::Int(_) | Scalar::Real(_) | Scalar::Bool(_) | Scalar::Enum(_) => None,
    }
}

/// The first `prefix` bits of both are the same, and both are of one family.
fn within(address: IpAddr, network: &Network) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => format!("{:032b}", address.to_bits()),
        IpAddr::V6(address) => format!("{:0128b}", address.to_bits()),
    };
    let (address, base) = (bits(address), bits(network.base));
    address.len() == base.len() && address.starts_with(&base[..usize::from(network.prefix)])
}

fn is(kind: Kind, value: &Scalar) -> bool {
    let in_networks = |address: IpAddr| kind.networks().iter().any(|network| within(address, network));
    match kind {
        Kind::MachineAccount => matches!(value, Scalar::Text(name) if name.ends_with('$')),
        Kind::Public => address(value).is_some_and(|address| !in_networks(address)),
        Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved => address(value).is_some_and(in_networks),
    }
}

/// A value of the field on the left against one of the field on the right.
fn against(op: FieldOp, ty: Type, left: &Scalar, right: &Scalar, case: Casing) -> bool {
    match op {
        FieldOp::Text(op) => text(op, ty, &spelled(left), &spelled(right), case),
        FieldOp::Compare(Compare::Equal) => equal(left, right, case),
        FieldOp::Compare(Compare::NotEqual) => !equal(left, right, case),
        FieldOp::Compare(compare) => match (numeric(left), numeric(right)) {
            (Some(left), Some(right)) => order(left, right).is_some_and(|order| fits(compare, order)),
            _ => false,
        },
    }
}
