//! What is kept for a rule over several events, as it is written, and read again.
//!
//! In: a state; or what was written of one, and the plan of its rule. Out: values of plain types, in an order that does not depend on chance; the
//! state. Law: what was read finds what the state that was written would have found; what does not fit the plan is no state, whatever it is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::hir::{Number, Scalar};

use super::{Plan, State};

#[derive(Serialize, Deserialize)]
pub enum Written {
    Groups(Vec<WrittenGroup>),
    Chains(WrittenChains),
}

#[derive(Serialize, Deserialize)]
pub struct WrittenGroup {
    pub window: Option<i64>,
    pub spelled: Vec<Box<str>>,
    pub keys: Vec<Value>,
    pub first: Option<i64>,
    /// The last hit: its time, and its tag.
    pub last: (Option<i64>, u64),
    pub labels: BTreeSet<usize>,
    pub tallies: Vec<WrittenTally>,
}

#[derive(Serialize, Deserialize)]
pub enum WrittenTally {
    Count(u64),
    Different(BTreeSet<Box<str>>),
    Labels(BTreeSet<usize>),
    Sum(WrittenSum),
    /// How many there are of each number.
    Ranked(Vec<(Value, u64)>),
    Least(Option<Value>),
    Greatest(Option<Value>),
    FirstTime(Option<i64>),
    LastTime(Option<i64>),
    Values(BTreeMap<Box<str>, Value>),
}

#[derive(Serialize, Deserialize)]
pub struct WrittenSum {
    /// Its digits: not every reader of JSON knows numbers so large.
    pub whole: String,
    pub rest: Bits,
    pub has_fractions: bool,
    pub count: u64,
}

#[derive(Serialize, Deserialize)]
pub struct WrittenChains {
    pub events: Vec<WrittenEvent>,
    pub keys: Vec<WrittenKey>,
    /// When it is asked, the place of its key, and of its event.
    pub due: Vec<(i64, usize, u32)>,
}

#[derive(Serialize, Deserialize)]
pub struct WrittenEvent {
    pub time: i64,
    pub tag: u64,
    pub class: u16,
    pub values: Vec<Vec<Value>>,
}

#[derive(Serialize, Deserialize)]
pub struct WrittenKey {
    pub spelled: Vec<Box<str>>,
    pub shown: Vec<Value>,
    /// By event: its place, the case, what it says of the case's own parts.
    pub hits: Vec<(u32, u32, Vec<bool>)>,
}

/// A number that is no integer, by its bits: it comes back as it was, and what is no number in JSON too.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Bits(pub u64);

#[derive(Serialize, Deserialize)]
pub enum Value {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "r")]
    Real(Bits),
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "e")]
    Enum(String),
    #[serde(rename = "a")]
    Ip(IpAddr),
}

impl From<&Scalar> for Value {
    fn from(scalar: &Scalar) -> Value {
        match scalar {
            Scalar::Text(text) => Value::Text(text.clone()),
            Scalar::Int(number) => Value::Int(*number),
            Scalar::Real(number) => Value::Real(Bits(number.to_bits())),
            Scalar::Bool(truth) => Value::Bool(*truth),
            Scalar::Enum(text) => Value::Enum(text.clone()),
            Scalar::Ip(address) => Value::Ip(*address),
        }
    }
}

impl From<Value> for Scalar {
    fn from(value: Value) -> Scalar {
        match value {
            Value::Text(text) => Scalar::Text(text),
            Value::Int(number) => Scalar::Int(number),
            Value::Real(bits) => Scalar::Real(f64::from_bits(bits.0)),
            Value::Bool(truth) => Scalar::Bool(truth),
            Value::Enum(text) => Scalar::Enum(text),
            Value::Ip(address) => Scalar::Ip(address),
        }
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        match number {
            Number::Int(number) => Value::Int(number),
            Number::Real(number) => Value::Real(Bits(number.to_bits())),
        }
    }
}

impl Value {
    /// None: it is none.
    pub fn number(&self) -> Option<Number> {
        match self {
            Value::Int(number) => Some(Number::Int(*number)),
            Value::Real(bits) => Some(Number::Real(f64::from_bits(bits.0))),
            Value::Text(_) | Value::Bool(_) | Value::Enum(_) | Value::Ip(_) => None,
        }
    }
}

pub fn values(scalars: &[Scalar]) -> Vec<Value> {
    scalars.iter().map(Value::from).collect()
}

/// None: one of them is empty text, which is no value.
pub fn scalars(values: Vec<Value>) -> Option<Box<[Scalar]>> {
    let is_empty = |value: &Value| matches!(value, Value::Text(text) | Value::Enum(text) if text.is_empty());
    values.into_iter().map(|value| (!is_empty(&value)).then(|| Scalar::from(value))).collect()
}

impl State {
    pub fn write(&self) -> Written {
        match self {
            State::Groups(groups) => Written::Groups(groups.write()),
            State::Chains(chains) => Written::Chains(chains.write()),
        }
    }

    /// None: it is not of this plan.
    pub fn read(written: Written, plan: &Plan) -> Option<State> {
        match (written, plan) {
            (Written::Groups(groups), Plan::Groups(plan)) => super::Groups::read(groups, plan).map(State::Groups),
            (Written::Chains(chains), Plan::Chains(plan)) => super::Chains::read(chains, plan).map(State::Chains),
            (Written::Groups(_), Plan::Chains(_)) | (Written::Chains(_), Plan::Groups(_)) => None,
        }
    }
}
