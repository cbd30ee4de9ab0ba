//! What a scanner keeps, apart from its engine: for another engine, or for another day.
//!
//! In: a scanner; or bytes that were saved. Out: bytes; a scanner that goes on where the other one stopped. Saved are what is kept for rules over
//! several events, the watermark, and the counts; limits are said anew. A state is carried to a rule of the same name that asks the same
//! (`fingerprint`), in whatever file and place it stands. Law: a scanner that was restored finds what it would have found without a
//! stop. Bytes that are damaged, of another version or of other rules are an error, never a panic and never half a state.
//!
//! The form: a line of JSON that says what it is, in which version, and the sum of what follows; then a document of JSON.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diag::state as say;

use super::Engine;
use super::fingerprint::Hash;
use super::scanner::{Parts, Scanner};
use super::several::{LeftOut, State, Written};

/// Of the form that is written; another one is not read.
const VERSION: u32 = 1;
const KIND: &str = "spoor state";

/// What a scanner keeps for each rule over several events. It borrows nothing: the engine may go.
#[derive(Debug)]
pub struct Saved {
    rules: Vec<OfRule>,
    head: Head,
}

#[derive(Debug)]
struct OfRule {
    name: Box<str>,
    fingerprint: u64,
    state: State,
    left_out: LeftOut,
}

/// What is not of one rule.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Head {
    pub watermark: Option<i64>,
    pub seen: u64,
    pub latest: Option<i64>,
}

/// What became of each rule over several events where a scanner was resumed on another set of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Those that go on, by their place among the rules that [`Engine::new`] was given.
    pub on: Vec<usize>,
    /// Those that begin with nothing: they are new, or ask something else than the rule of their name did.
    pub anew: Vec<usize>,
    /// The names of those whose state is gone: no rule of that name asks the same.
    pub gone: Vec<String>,
}

/// Why bytes are no state of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// They do not begin as one does.
    NoState,
    Version(u32),
    Damaged,
    /// It is the state of other rules.
    OtherRules(Carried),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Unreadable::NoState => say::no_state(),
            Unreadable::Version(version) => say::version(*version, VERSION),
            Unreadable::Damaged => say::damaged(),
            Unreadable::OtherRules(Carried { on: _, anew, gone }) => say::other_rules(anew.len(), gone),
        })
    }
}

impl std::error::Error for Unreadable {}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Line {
    kind: String,
    version: u32,
    length: usize,
    /// Of the bytes behind the line.
    sum: String,
}

/// What follows it.
#[derive(Serialize, Deserialize)]
struct Body {
    head: Head,
    rules: Vec<BodyRule>,
}

#[derive(Serialize, Deserialize)]
struct BodyRule {
    name: String,
    fingerprint: String,
    left_out: LeftOut,
    kept: Written,
}

impl<'e> Scanner<'e> {
    /// Everything that it keeps, as bytes that [`Engine::restore`] takes. The same state gives the same bytes.
    pub fn save(&self) -> Vec<u8> {
        let (head, states) = self.kept_states();
        let each = self.engine().over_several().zip(states).map(|((rule, several), (state, left_out))| BodyRule {
            name: rule.name.to_string(),
            fingerprint: format!("{:016x}", several.fingerprint),
            left_out: *left_out,
            kept: state.write(),
        });
        write(&Body { head, rules: each.collect() })
    }

    /// The same without bytes, for [`Engine::resume`]: the engine may then go.
    pub fn into_saved(self) -> Saved {
        let engine = self.engine();
        let Parts { head, states } = self.into_parts();
        let each = engine.over_several().zip(states).map(|((rule, several), (state, left_out))| OfRule {
            name: rule.name.clone(),
            fingerprint: several.fingerprint,
            state,
            left_out,
        });
        Saved { rules: each.collect(), head }
    }
}

impl Engine {
    /// A scanner that goes on where the one that was saved stopped. The engine must have the same rules over several events, in whatever order; those
    /// over single events may be others. Where rules have changed, [`Engine::restore_some`] takes what still fits.
    pub fn restore(&self, bytes: &[u8]) -> Result<Scanner<'_>, Unreadable> {
        let (scanner, carried) = self.restore_some(bytes)?;
        if carried.anew.is_empty() && carried.gone.is_empty() { Ok(scanner) } else { Err(Unreadable::OtherRules(carried)) }
    }

    /// The same for rules that may have changed: what became of each is told.
    pub fn restore_some(&self, bytes: &[u8]) -> Result<(Scanner<'_>, Carried), Unreadable> {
        let Body { head, rules } = read(bytes)?;
        let mut known: HashMap<(String, u64), Vec<BodyRule>> = HashMap::new();
        for rule in rules.into_iter().rev() {
            let fingerprint = u64::from_str_radix(&rule.fingerprint, 16).map_err(|_| Unreadable::Damaged)?;
            known.entry((rule.name.clone(), fingerprint)).or_default().push(rule);
        }
        let mut saved = Vec::new();
        for (rule, several) in self.over_several() {
            let Some(kept) = known.get_mut(&(rule.name.to_string(), several.fingerprint)).and_then(Vec::pop) else { continue };
            let state = State::read(kept.kept, &several.plan).ok_or(Unreadable::Damaged)?;
            saved.push(OfRule { name: rule.name.clone(), fingerprint: several.fingerprint, state, left_out: kept.left_out });
        }
        let mut gone: Vec<String> = known.into_values().flatten().map(|rule| rule.name).collect();
        gone.sort();
        let (scanner, carried) = self.resume(Saved { rules: saved, head });
        Ok((scanner, Carried { gone, ..carried }))
    }

    /// Takes over what a scanner of another engine kept, rule by rule: where the name is the same and what is asked, the rule goes on as if
    /// nothing had happened. Any other begins with nothing: of windows that are open it counts what comes from now on.
    pub fn resume(&self, saved: Saved) -> (Scanner<'_>, Carried) {
        let mut known: HashMap<(Box<str>, u64), Vec<OfRule>> = HashMap::new();
        for rule in saved.rules.into_iter().rev() {
            known.entry((rule.name.clone(), rule.fingerprint)).or_default().push(rule);
        }
        let mut carried = Carried::default();
        let mut states = Vec::new();
        for (rule, several) in self.over_several() {
            let kept = known.get_mut(&(rule.name.clone(), several.fingerprint)).and_then(Vec::pop);
            let place = if kept.is_some() { &mut carried.on } else { &mut carried.anew };
            place.push(rule.index);
            states.push(kept.map_or_else(|| (several.plan.state(), LeftOut::default()), |kept| (kept.state, kept.left_out)));
        }
        carried.gone = known.into_values().flatten().map(|rule| rule.name.into()).collect();
        carried.gone.sort();
        (self.scanner().with(Parts { head: saved.head, states }), carried)
    }
}

fn write(body: &Body) -> Vec<u8> {
    // Maps of texts, lists and numbers: nothing that JSON lacks.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let line = Line { kind: KIND.to_owned(), version: VERSION, length: body.len(), sum: sum(&body) };
    let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend(body);
    bytes
}

fn read(bytes: &[u8]) -> Result<Body, Unreadable> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Unreadable::NoState)?;
    let line: Line = serde_json::from_slice(&bytes[..end]).map_err(|_| Unreadable::NoState)?;
    let body = &bytes[end + 1..];
    match line {
        Line { kind, .. } if kind != KIND => Err(Unreadable::NoState),
        Line { version, .. } if version != VERSION => Err(Unreadable::Version(version)),
        Line { length, .. } if length != body.len() => Err(Unreadable::Damaged),
        Line { sum, .. } if sum != self::sum(body) => Err(Unreadable::Damaged),
        Line { .. } => serde_json::from_slice(body).map_err(|_| Unreadable::Damaged),
    }
}

fn sum(bytes: &[u8]) -> String {
    let mut hash = Hash::new();
    hash.bytes(bytes);
    format!("{:016x}", hash.0)
}
