//! One test, prepared: literals folded, sets hashed, regexes compiled, networks as masks.
//!
//! In: a test of the hir. Out: [`Compiled`], which an event passes or not. Law: it says what `reference` says of the same test.
//! A text is folded once for an event, whatever number of tests reads it: [`View`] keeps it.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::net::IpAddr;

use crate::hir::{Casing, Compare, FieldOp, Kind, LikePart, LikePattern, Number, Op, Scalar, Test, TextOp};
use crate::schema::{Actions, Below, Class, ClassId, FieldId, Type};

use super::event::{Event, Value};
use super::fields::Fields;
use super::fold::{fold, folded};
use super::index::Fast;
use super::loaded::Loaded;
use super::many::{FEW, Many, automaton, by_length};
use super::networks::{Mask, Networks};
use super::text::{self, Edges, Glob};

/// A test over one field.
#[derive(Debug)]
pub struct Compiled {
    field: FieldId,
    check: Check,
}

#[derive(Debug)]
enum Check {
    /// Known when the rule is loaded: a test on `class`.
    Constant(bool),
    Exists,
    Text(Casing, TextCheck),
    Matches(Box<[Behind]>),
    OneOf(OneOf),
    Within(Box<[Mask]>),
    WithinMany(Networks),
    NotWithin(Box<[Mask]>),
    Compare(Compare, Number),
    MachineAccount,
    Field {
        op: FieldOp,
        other: FieldId,
        ty: Type,
        case: Casing,
    },
}

/// A regex, and literals of which it needs one; of none it needs nothing.
type Behind = (regex::Regex, Box<[Box<str>]>);

/// What the text, folded unless case counts, is compared with.
#[derive(Debug)]
enum TextCheck {
    Equals(HashSet<Box<str>, Fast>),
    /// Without braces.
    EqualsGuid(HashSet<Box<str>, Fast>),
    Contains(Box<[Box<str>]>),
    StartsWith(Box<[Box<str>]>),
    EndsWith(Box<[Box<str>]>),
    Has(Box<[(Box<str>, Edges)]>),
    Like(Box<[Glob]>),
    BelowPath(Box<[Box<str>]>),
    BelowKey(Box<[Box<str>]>),
    BelowName(Box<[Box<str>]>),
    HostBelowName(Box<[Box<str>]>),
    DomainBelowName(Box<[Box<str>]>),
    Many(Many),
    Never,
}

#[derive(Debug, Default)]
struct OneOf {
    ints: HashSet<i64, Fast>,
    reals: Vec<f64>,
    enums: HashSet<Box<str>, Fast>,
    texts: HashSet<Box<str>, Fast>,
    addresses: HashSet<IpAddr, Fast>,
    truths: [bool; 2],
}

/// Fails only where a regex is larger than the engine takes.
pub fn compile(test: &Test, class: &Class) -> Result<Compiled, String> {
    let field = class.get(test.field);
    let mut compiled = Compiled { field: test.field, check: check(test, field.ty)? };
    if field.computed && field.name == "class" {
        let mut event = Event::new(ClassId(0), Actions::ALL);
        event.push(test.field, Value::Enum(&class.name));
        let mut loaded = Loaded::default();
        loaded.begin(&event);
        compiled.check = Check::Constant(compiled.passes(&event, &mut loaded));
    }
    Ok(compiled)
}

fn check(test: &Test, ty: Type) -> Result<Check, String> {
    Ok(match &test.op {
        Op::Text { op, any, case } => {
            let case = respected(*op, ty, *case);
            Check::Text(case, text_check(*op, ty, any, case)?)
        }
        Op::Like { any, case } => {
            let fold = |c| if *case == Casing::Ignore { fold(c) } else { c };
            Check::Text(*case, TextCheck::Like(any.iter().map(|pattern| Glob::new(pattern, fold)).collect()))
        }
        Op::Matches { any, case } => {
            let build = |pattern| regex::RegexBuilder::new(pattern).case_insensitive(*case == Casing::Ignore).build();
            let built: Result<_, _> = any.iter().map(|regex| Ok((build(&regex.rust)?, needed(&regex.globs)))).collect();
            Check::Matches(built.map_err(|error: regex::Error| error.to_string())?)
        }
        Op::OneOf(scalars) => Check::OneOf(one_of(scalars)),
        Op::Within(networks) if networks.len() > FEW => Check::WithinMany(Networks::new(networks)),
        Op::Within(networks) => Check::Within(networks.iter().map(Mask::new).collect()),
        Op::Compare(compare, number) => Check::Compare(*compare, *number),
        Op::Is(Kind::MachineAccount) => Check::MachineAccount,
        Op::Is(Kind::Public) => Check::NotWithin(Kind::Public.networks().iter().map(Mask::new).collect()),
        Op::Is(kind @ (Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved)) => {
            Check::Within(kind.networks().iter().map(Mask::new).collect())
        }
        Op::Exists => Check::Exists,
        // Of an earlier step: no single event decides it.
        Op::Field { other, .. } if other.step.is_some() => Check::Constant(false),
        Op::Field { op, other, case } => Check::Field { op: *op, other: other.field, ty, case: *case },
    })
}

/// Literals, folded, of which every text that the regex finds has one.
fn needed(globs: &[LikePattern]) -> Box<[Box<str>]> {
    let longest = |glob: &LikePattern| {
        let literals = glob.0.iter().filter_map(|part| if let LikePart::Literal(literal) = part { Some(literal) } else { None });
        literals.max_by_key(|literal| literal.len()).map(|literal| folded(literal).into())
    };
    globs.iter().map(longest).collect::<Option<_>>().unwrap_or_default()
}

fn text_check(op: TextOp, ty: Type, any: &[String], case: Casing) -> Result<TextCheck, String> {
    if any.len() > FEW
        && let Some(many) = many(op, ty, any, case)?
    {
        return Ok(TextCheck::Many(many));
    }
    Ok(few(op, ty, any, case))
}

/// None: a set says it as it is.
fn many(op: TextOp, ty: Type, any: &[String], case: Casing) -> Result<Option<Many>, String> {
    let literal = |text: &String| -> Box<str> { if case == Casing::Ignore { folded(text) } else { text.clone() }.into() };
    let literals = || any.iter().map(literal);
    let names = || any.iter().map(|text| folded(text.trim_end_matches('.')).into()).collect();
    Ok(match op {
        TextOp::Equals => None,
        TextOp::Contains => Some(Many::Parts(automaton(literals().collect::<Vec<_>>().iter().map(|text| &**text))?)),
        TextOp::StartsWith => Some(Many::Starts(by_length(literals()))),
        TextOp::EndsWith => Some(Many::Ends(by_length(literals()))),
        TextOp::Has => {
            let words: Box<[(Box<str>, Edges)]> = any.iter().map(|text| (literal(text), Edges::of(text))).collect();
            Some(Many::Words(automaton(words.iter().map(|(word, _)| &**word))?, words))
        }
        TextOp::Under => match ty.below() {
            Some(Below::Path) => Some(Many::Paths(literals().map(|text| text::path_stem(&text).into()).collect())),
            Some(Below::Key) => Some(Many::Keys(literals().map(|text| text.trim_end_matches('\\').into()).collect())),
            Some(Below::Name) => Some(Many::Names(names())),
            Some(Below::UrlHost) => Some(Many::HostNames(names())),
            Some(Below::MailDomain) => Some(Many::MailNames(names())),
            None => None,
        },
    })
}

fn few(op: TextOp, ty: Type, any: &[String], case: Casing) -> TextCheck {
    let literal = |text: &String| if case == Casing::Ignore { folded(text) } else { text.clone() };
    let literals = || any.iter().map(|text| literal(text).into()).collect();
    let names = || any.iter().map(|text| folded(text.trim_end_matches('.')).into()).collect();
    match op {
        TextOp::Equals if ty == Type::Guid => TextCheck::EqualsGuid(any.iter().map(|text| bare_guid(&literal(text)).into()).collect()),
        TextOp::Equals => TextCheck::Equals(any.iter().map(|text| literal(text).into()).collect()),
        TextOp::Contains => TextCheck::Contains(literals()),
        TextOp::StartsWith => TextCheck::StartsWith(literals()),
        TextOp::EndsWith => TextCheck::EndsWith(literals()),
        TextOp::Has => TextCheck::Has(any.iter().map(|text| (literal(text).into(), Edges::of(text))).collect()),
        TextOp::Under => match ty.below() {
            Some(Below::Path) => TextCheck::BelowPath(any.iter().map(|text| text::path_stem(&literal(text)).into()).collect()),
            Some(Below::Key) => TextCheck::BelowKey(any.iter().map(|text| literal(text).trim_end_matches('\\').into()).collect()),
            Some(Below::Name) => TextCheck::BelowName(names()),
            Some(Below::UrlHost) => TextCheck::HostBelowName(names()),
            Some(Below::MailDomain) => TextCheck::DomainBelowName(names()),
            None => TextCheck::Never,
        },
    }
}

/// Names compare without case, whatever the rule says.
pub fn respected(op: TextOp, ty: Type, case: Casing) -> Casing {
    match (op, ty.below()) {
        (TextOp::Under, Some(Below::Name | Below::UrlHost | Below::MailDomain)) => Casing::Ignore,
        _ => case,
    }
}

fn one_of(scalars: &[Scalar]) -> OneOf {
    let mut set = OneOf::default();
    for scalar in scalars {
        match scalar {
            Scalar::Text(text) => {
                set.texts.insert(folded(text).into());
                set.ints.extend(digits(text));
            }
            Scalar::Int(number) => {
                set.ints.insert(*number);
            }
            Scalar::Real(number) => set.reals.push(*number),
            Scalar::Bool(truth) => set.truths[usize::from(*truth)] = true,
            Scalar::Enum(text) => {
                set.enums.insert(text.as_str().into());
            }
            Scalar::Ip(address) => {
                set.addresses.insert(address.to_canonical());
            }
        }
    }
    set
}

impl Compiled {
    /// True if one value of the field passes.
    pub fn passes(&self, of: &dyn Fields, loaded: &mut Loaded) -> bool {
        let mut slots = loaded.load(of, self.field);
        if let Check::Field { other, .. } = &self.check {
            loaded.load(of, *other);
        }
        let Loaded { store: event, view, .. } = loaded;
        let event = &*event;
        match &self.check {
            Check::Constant(truth) => *truth,
            Check::Exists => !slots.is_empty(),
            Check::Text(case, check) => slots.any(|slot| {
                let (text, original) = view.texts(event, slot, *case);
                check.passes(text, original)
            }),
            Check::Matches(regexes) => slots.any(|slot| {
                let folded = view.texts(event, slot, Casing::Ignore).0;
                let may = |needed: &[Box<str>]| needed.is_empty() || needed.iter().any(|literal| folded.contains(&**literal));
                // Numbers have more spellings than one.
                let is_real = matches!(event.value(slot), Value::Real(_));
                if !is_real && !regexes.iter().any(|(_, needed)| may(needed)) {
                    return false;
                }
                let text = view.texts(event, slot, Casing::Respect).1;
                regexes.iter().any(|(regex, _)| regex.is_match(text))
            }),
            Check::OneOf(set) => slots.any(|slot| match event.value(slot) {
                Value::Text(text) => {
                    let as_number = digits(text).is_some_and(|number| set.has_int(number));
                    as_number || set.texts.contains(view.texts(event, slot, Casing::Ignore).0)
                }
                Value::Int(number) => set.has_int(number),
                Value::Real(number) => set.has_real(number),
                Value::Bool(truth) => set.truths[usize::from(truth)],
                Value::Enum(text) => set.enums.contains(text),
                Value::Ip(address) => set.addresses.contains(&address),
            }),
            Check::Within(masks) => slots.any(|slot| address(event.value(slot)).is_some_and(|a| masks.iter().any(|mask| mask.holds(a)))),
            Check::WithinMany(networks) => slots.any(|slot| address(event.value(slot)).is_some_and(|a| networks.hold(a))),
            Check::NotWithin(masks) => {
                slots.any(|slot| address(event.value(slot)).is_some_and(|a| !masks.iter().any(|mask| mask.holds(a))))
            }
            Check::Compare(compare, number) => slots.any(|slot| {
                let order = numeric(event.value(slot)).and_then(|value| ordered(value, *number));
                order.is_some_and(|order| compare_passes(*compare, order))
            }),
            Check::MachineAccount => slots.any(|slot| matches!(event.value(slot), Value::Text(name) if name.ends_with('$'))),
            Check::Field { op, other, ty, case } => {
                let right = event.range(*other);
                slots.any(|left| right.clone().any(|right| view.against(event, left, right, *op, *ty, *case)))
            }
        }
    }

    /// The field whose text alone decides it, where that takes longer than to find what was said of the text before.
    pub fn of_text(&self) -> Option<FieldId> {
        matches!(&self.check, Check::Text(..) | Check::Matches(_)).then_some(self.field)
    }

    /// A rough order: what is cheap, and what is dear.
    pub fn cost(&self) -> u32 {
        match &self.check {
            Check::Constant(_) | Check::Exists => 1,
            Check::OneOf(_) | Check::Compare(..) | Check::MachineAccount => 2,
            Check::Within(masks) | Check::NotWithin(masks) => 2 + masks.len() as u32,
            Check::WithinMany(networks) => 2 + networks.lengths() as u32,
            Check::Text(_, check) => check.cost(),
            Check::Field { .. } => 30,
            Check::Matches(regexes) => 100 * regexes.len() as u32,
        }
    }
}

impl TextCheck {
    fn passes(&self, text: &str, original: &str) -> bool {
        match self {
            TextCheck::Equals(any) => any.contains(text),
            TextCheck::EqualsGuid(any) => any.contains(bare_guid(text)),
            TextCheck::Contains(any) => any.iter().any(|literal| text.contains(&**literal)),
            TextCheck::StartsWith(any) => any.iter().any(|literal| text.starts_with(&**literal)),
            TextCheck::EndsWith(any) => any.iter().any(|literal| text.ends_with(&**literal)),
            TextCheck::Has(any) => any.iter().any(|(literal, edges)| text::has(text, original, literal, *edges)),
            TextCheck::Like(any) => any.iter().any(|glob| glob.is_match(text)),
            TextCheck::BelowPath(any) => any.iter().any(|stem| text::below_path(text, stem)),
            TextCheck::BelowKey(any) => any.iter().any(|key| text::below_key(text, key)),
            TextCheck::BelowName(any) => any.iter().any(|name| text::below_name(text, name)),
            TextCheck::HostBelowName(any) => any.iter().any(|name| text::below_name(text::url_host(text), name)),
            TextCheck::DomainBelowName(any) => {
                text::email_domain(text).is_some_and(|domain| any.iter().any(|name| text::below_name(domain, name)))
            }
            TextCheck::Many(many) => many.passes(text, original),
            TextCheck::Never => false,
        }
    }

    fn cost(&self) -> u32 {
        match self {
            TextCheck::Never => 1,
            TextCheck::Many(many) => many.cost(),
            TextCheck::Equals(_) | TextCheck::EqualsGuid(_) => 4,
            TextCheck::StartsWith(any) | TextCheck::EndsWith(any) => 4 + any.len() as u32,
            TextCheck::BelowPath(any) | TextCheck::BelowKey(any) | TextCheck::BelowName(any) => 4 + any.len() as u32,
            TextCheck::HostBelowName(any) | TextCheck::DomainBelowName(any) => 6 + any.len() as u32,
            TextCheck::Contains(any) => 4 + 8 * any.len() as u32,
            TextCheck::Has(any) => 4 + 10 * any.len() as u32,
            TextCheck::Like(any) => 4 + 30 * any.len() as u32,
        }
    }
}

pub fn bare_guid(text: &str) -> &str {
    text.trim_start_matches('{').trim_end_matches('}')
}

impl OneOf {
    fn has_int(&self, number: i64) -> bool {
        self.ints.contains(&number) || self.reals.contains(&(number as f64))
    }

    fn has_real(&self, number: f64) -> bool {
        self.reals.contains(&number) || self.ints.iter().any(|int| *int as f64 == number)
    }
}

/// A text that is a number as it is written without need: `01` is none.
pub fn digits(text: &str) -> Option<i64> {
    let spare = text.starts_with(['0', '+']) && text.len() > 1 || text.starts_with("-0");
    if spare { None } else { text.parse().ok() }
}

pub fn numeric(value: Value<'_>) -> Option<Number> {
    match value {
        Value::Int(number) => Some(Number::Int(number)),
        Value::Real(number) => Some(Number::Real(number)),
        Value::Text(text) => digits(text).map(Number::Int),
        Value::Bool(_) | Value::Enum(_) | Value::Ip(_) => None,
    }
}

pub fn ordered(left: Number, right: Number) -> Option<Ordering> {
    let real = |number| match number {
        Number::Int(number) => number as f64,
        Number::Real(number) => number,
    };
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Some(left.cmp(&right)),
        _ => real(left).partial_cmp(&real(right)),
    }
}

pub fn compare_passes(compare: Compare, order: Ordering) -> bool {
    match compare {
        Compare::Equal => order.is_eq(),
        Compare::NotEqual => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterEqual => order.is_ge(),
    }
}

fn address(value: Value<'_>) -> Option<IpAddr> {
    if let Value::Ip(address) = value { Some(address) } else { None }
}

/// One text for all values that compare as equal; others may have the same.
pub fn alike(value: Value<'_>) -> String {
    let number = numeric(value).map(|number| match number {
        Number::Int(number) => number as f64,
        Number::Real(number) => number,
    });
    match (number, value) {
        // Whole numbers and fractions compare as such; 0 and -0 are one.
        (Some(number), _) => (number + 0.0).to_string(),
        (None, Value::Text(text)) => folded(bare_guid(text)),
        (None, Value::Enum(_) | Value::Ip(_) | Value::Bool(_) | Value::Int(_) | Value::Real(_)) => folded(&value.to_string()),
    }
}
