//! The eval dialect: conditions of `where` and `if()`. It says every test exactly.
//!
//! In: a predicate over native values, of rows that have its columns. Out: a [`Frag`]. Law: on a row where the predicate is false the
//! condition is not true, and beneath a `NOT` it is true or false, never null: Splunk's pages do not say what `NOT` makes of null.
//! Text is compared by `match()` alone: `==` takes text that looks like a number for one (`"1"=="1.0"`), `like()` leaves a backslash
//! before `%` and `_` open. Numbers are guarded by `isnum()`, since a number beside text has an answer too.
//! Search Reference, `where`, `eval`, "Comparison and conditional functions".

use std::net::IpAddr;

use crate::backend::bind::{Native, NativeExpr, NativePred};
use crate::backend::frag::{Connectives, Frag, Negation};
use crate::hir::{Casing, Compare, FieldOp, Kind, LikePart, Network, Number, Op, Pred, Scalar, Test, TextOp, eval_text};
use crate::schema::Type;

use super::between::{self, Sought};
use super::calendar::PartColumn;
use super::lookup::{self, Lookup};
use super::pattern;
use super::quote::{self, eval_name, eval_regex};
use super::value::{self, Rows};

pub const WORDS: Connectives = Connectives { and: "AND", or: "OR", not: Negation::Prefix("NOT") };

/// Where a condition stands.
#[derive(Clone, Debug)]
pub struct Scope {
    /// tstats has filled every column that it handed on.
    pub filled: bool,
    /// The values in which another field's value is sought, each with a column of positions: see [`between`].
    pub positions: Vec<Sought>,
    /// Computed values that stand in a column already.
    pub known: Vec<(NativeExpr, String)>,
    /// The parts of the time that conditions read, each in a column that is known too.
    pub parts: Vec<PartColumn>,
    /// The values that were looked up in a long list, each with a column of answers.
    pub lookups: Vec<Lookup>,
}

impl Scope {
    /// What is known of the rows; `two_valued`: beneath a `NOT`, where null would be wrong.
    pub fn rows(&self, two_valued: bool) -> Rows<'_> {
        Rows { filled: self.filled, two_valued, known: &self.known }
    }

    /// The condition that says the predicate.
    pub fn condition(&self, pred: &NativePred) -> Frag {
        self.walk(pred, false)
    }

    /// `two_valued`: the fragment stands beneath a `NOT`, so it may not be null.
    fn walk(&self, pred: &NativePred, two_valued: bool) -> Frag {
        match pred {
            Pred::All(parts) if parts.is_empty() => Frag::atom("true()".to_owned()),
            Pred::Any(parts) if parts.is_empty() => Frag::atom("false()".to_owned()),
            Pred::All(parts) => Frag::all(parts.iter().map(|part| self.walk(part, two_valued)).collect(), WORDS),
            Pred::Any(parts) => Frag::any(parts.iter().map(|part| self.walk(part, two_valued)).collect(), WORDS),
            Pred::Not(inner) => self.walk(inner, true).not(WORDS),
            Pred::Test(inner) => self.test(inner, two_valued).at(inner.places()),
        }
    }

    fn test(&self, test: &Test<Native>, two_valued: bool) -> Frag {
        if let Some((answer, left)) = lookup::answer(self, test) {
            let left = left.map(|left| self.test(&left, two_valued));
            return Frag::any(std::iter::once(answer).chain(left).collect(), WORDS);
        }
        let native = &test.field;
        let rows = self.rows(two_valued);
        match &test.op {
            Op::Text { op, any, case } => {
                let empty = any.iter().any(String::is_empty);
                found(native, rows, pattern::of_texts(*op, native.ty, any, *case), empty)
            }
            Op::Like { any, case } => {
                let empty = any.iter().any(|like| like.0.iter().all(|part| *part == LikePart::Any));
                found(native, rows, any.iter().map(|like| pattern::of_like(like, *case)).collect(), empty)
            }
            Op::Matches { any, case } => {
                let empty = eval_text(&test.op, "");
                found(native, rows, any.iter().map(|regex| pattern::of_regex(&regex.pcre, *case)).collect(), empty)
            }
            Op::OneOf(scalars) => one_of(native, rows, scalars),
            Op::Within(networks) => within(native, rows, networks),
            Op::Compare(compare, number) => {
                let form = value::number(native, rows);
                let test = format!("{}{}{}", form.value, sign(*compare), quote::number(*number));
                Frag::all(form.guard.into_iter().chain([Frag::atom(test)]).collect(), WORDS)
            }
            Op::Is(kind) => match kind {
                Kind::MachineAccount => {
                    found(native, rows, pattern::of_texts(TextOp::EndsWith, Type::User, &["$".to_owned()], Casing::Ignore), false)
                }
                Kind::Public => {
                    let valid = in_networks(native, rows, ["0.0.0.0/0", "::/0"].map(str::to_owned).to_vec());
                    let listed = within(native, Rows { two_valued: true, ..rows }, &kind.networks());
                    Frag::all(vec![valid, listed.not(WORDS)], WORDS)
                }
                Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved => {
                    within(native, rows, &kind.networks())
                }
            },
            Op::Exists => exists(native, rows),
            Op::Field { op, other, case } => match op {
                FieldOp::Text(op) => between::texts(self, native, *op, &other.field, *case),
                FieldOp::Compare(compare) if between::is_number(native.ty) => between::numbers(native, *compare, &other.field, rows),
                FieldOp::Compare(Compare::NotEqual) => {
                    let equal = between::texts(self, native, TextOp::Equals, &other.field, *case);
                    Frag::all(vec![exists(native, rows), exists(&other.field, rows), equal.not(WORDS)], WORDS)
                }
                FieldOp::Compare(Compare::Equal | Compare::Less | Compare::LessEqual | Compare::Greater | Compare::GreaterEqual) => {
                    between::texts(self, native, TextOp::Equals, &other.field, *case)
                }
            },
        }
    }
}

pub fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "=",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterEqual => ">=",
    }
}

/// One of the patterns is found in the value. `empty`: they may be found in empty text too, which stands for null here.
fn found(native: &Native, rows: Rows, patterns: Vec<String>, empty: bool) -> Frag {
    each(native, rows, empty, |subject| {
        Frag::any(patterns.iter().map(|pattern| Frag::atom(format!("match({subject}, {})", eval_regex(pattern)))).collect(), WORDS)
    })
}

/// The test of the value, or of each where it has several: what `match()` says of those the pages leave open, `mvfilter()` is clear.
fn each(native: &Native, rows: Rows, empty: bool, test: impl Fn(&str) -> Frag) -> Frag {
    if has_values(native) {
        let subject = value::text(native, Rows { filled: true, ..rows });
        return Frag::atom(format!("isnotnull(mvfilter({}))", test(&subject).into_text()));
    }
    let tested = test(&value::text(native, rows));
    if empty && rows.two_valued && !rows.filled { Frag::all(present(native).into_iter().chain([tested]).collect(), WORDS) } else { tested }
}

/// Whether a row may hold several of it.
fn has_values(native: &Native) -> bool {
    native.value.any_column(|column| column.multi)
}

/// Every column of the value has one.
fn present(native: &Native) -> Vec<Frag> {
    native.value.columns().iter().map(|column| Frag::atom(format!("isnotnull({})", eval_name(&column.name)))).collect()
}

fn one_of(native: &Native, rows: Rows, scalars: &[Scalar]) -> Frag {
    let mut texts = Vec::new();
    let mut numbers = Vec::new();
    let mut networks = Vec::new();
    for scalar in scalars {
        match scalar {
            Scalar::Text(text) | Scalar::Enum(text) => texts.push(text.clone()),
            Scalar::Int(number) => numbers.push(quote::number(Number::Int(*number)).to_string()),
            Scalar::Real(number) => numbers.push(quote::number(Number::Real(*number)).to_string()),
            Scalar::Bool(true) => texts.extend(["true", "1"].map(str::to_owned)),
            Scalar::Bool(false) => texts.extend(["false", "0"].map(str::to_owned)),
            Scalar::Ip(IpAddr::V4(address)) => texts.push(address.to_string()),
            Scalar::Ip(IpAddr::V6(address)) => networks.push(format!("{address}/128")),
        }
    }
    let mut parts = Vec::new();
    if !texts.is_empty() {
        let empty = texts.iter().any(String::is_empty);
        parts.push(found(native, rows, pattern::of_texts(TextOp::Equals, native.ty, &texts, Casing::Ignore), empty));
    }
    if !networks.is_empty() {
        parts.push(in_networks(native, rows, networks));
    }
    if !numbers.is_empty() {
        let form = value::number(native, rows);
        let test = match numbers.as_slice() {
            [number] => Frag::atom(format!("{}={number}", form.value)),
            _ => Frag::list(format!("{} IN ", form.value), numbers),
        };
        parts.push(Frag::all(form.guard.into_iter().chain([test]).collect(), WORDS));
    }
    Frag::any(parts, WORDS)
}

fn within(native: &Native, rows: Rows, networks: &[Network]) -> Frag {
    in_networks(native, rows, networks.iter().map(|network| format!("{}/{}", network.base, network.prefix)).collect())
}

/// Text that is no address is in no network.
fn in_networks(native: &Native, rows: Rows, networks: Vec<String>) -> Frag {
    each(native, rows, false, |subject| {
        Frag::any(
            networks.iter().map(|network| Frag::atom(format!("cidrmatch({}, {subject})", quote::eval_string(network)))).collect(),
            WORDS,
        )
    })
}

/// Neither null nor empty; of a number, that it is one.
fn exists(native: &Native, rows: Rows) -> Frag {
    if between::is_number(native.ty) && !has_values(native) {
        return value::number(native, rows).guard.unwrap_or_else(|| Frag::atom("true()".to_owned()));
    }
    each(native, rows, false, |subject| Frag::atom(format!("len({subject})>0")))
}
