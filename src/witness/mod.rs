//! Events made for a rule, each with the verdict of the reference evaluator; and native rows made for an event.
//!
//! In: a rule, a seed. Out: [`Witness`]es: events that match, events that miss by exactly one test, and the same events with values
//! missing, empty, in other case, beside another value, or hostile. The verdict is never assumed from how an event was made: the
//! reference gives it. The same seed gives the same events. [`rows`] turns an event into a row of a product, by the binding read
//! backwards, so that emitted queries can be run on it.

mod rng;
mod rows;
mod sample;
mod values;

pub use rng::Rng;
pub use rows::{NativeRow, Unholdable, rows};

use crate::engine::reference;
use crate::hir::{Case, Event, Op, Pattern, Pred, Rule, Scalar, Test};
use crate::schema::{Actions, Class, ClassId, FieldId, HashKind, Packs, Type};

/// An event and what the rule says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    pub event: Event,
    pub verdict: bool,
    pub labels: Vec<String>,
    pub kind: Kind,
}

/// How the event was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// To match.
    Match,
    /// One test of a matching event is turned into its opposite, and the event misses.
    JustMisses,
    /// A field of a matching event has no value any more.
    Missing,
    /// A field of a matching event is empty text.
    Empty,
    /// The letters of a field of a matching event are in the other case.
    Recased,
    /// A field has another value beside its own.
    Several,
    /// A field is, or holds, a text that upsets quoting and parsing.
    Hostile,
    /// An action that the rule does not ask for.
    OtherAction,
}

/// Up to `count` witnesses of a rule over single events; none for a pattern over several.
pub fn witnesses(rule: &Rule, packs: &Packs, seed: u64, count: usize) -> Vec<Witness> {
    let Pattern::Union(branches) = &rule.pattern else { return Vec::new() };
    let mut maker = Maker { rule, packs, rng: Rng::new(seed), found: Vec::new() };
    let cases: Vec<(ClassId, &Case)> = branches.iter().flat_map(|branch| branch.cases.iter().map(|case| (branch.class, case))).collect();
    // A rule that no event can match gives up after a while.
    let mut barren = 0;
    for round in 0.. {
        if cases.is_empty() || maker.found.len() >= count || barren > BARREN {
            break;
        }
        let (class, case) = cases[round % cases.len()];
        let before = maker.found.len();
        maker.round(class, case, count);
        barren = if maker.found.len() > before { 0 } else { barren + 1 };
    }
    maker.found.truncate(count);
    maker.found
}

/// After so many rounds without a new event there will be none.
const BARREN: usize = 12;
/// For a value of one field.
const TRIES: usize = 16;

struct Maker<'r> {
    rule: &'r Rule,
    packs: &'r Packs,
    rng: Rng,
    found: Vec<Witness>,
}

/// What a value has to pass.
struct Wish<'p> {
    field: FieldId,
    op: &'p Op,
    wanted: bool,
}

impl<'r> Maker<'r> {
    /// One event that matches, if that can be had, and what can be made of it.
    fn round(&mut self, class_id: ClassId, case: &'r Case, count: usize) {
        let class = self.packs.class(class_id);
        let Some(event) = self.matching(class_id, class, case) else { return };
        self.note(event.clone(), Kind::Match);
        let mut tests = Vec::new();
        case.pred.tests(&mut |test| tests.push(test));
        for _ in 0..6 {
            if self.found.len() >= count {
                return;
            }
            let Some(test) = self.rng.pick(&tests).copied() else { break };
            self.variation(&event, class, &tests, test);
        }
        if tests.is_empty() || self.rng.one_in(4) {
            self.other_action(&event, class);
        }
    }

    fn note(&mut self, event: Event, kind: Kind) -> bool {
        let verdict = reference::matches(self.rule, &event, self.packs);
        let labels = reference::labels(self.rule, &event, self.packs).into_iter().map(str::to_owned).collect();
        let witness = Witness { event, verdict, labels, kind };
        let new = !self.found.contains(&witness);
        if new {
            self.found.push(witness);
        }
        new
    }

    fn matching(&mut self, id: ClassId, class: &Class, case: &'r Case) -> Option<Event> {
        (0..8).find_map(|_| {
            let mut wishes = Vec::new();
            self.wish(&case.pred, true, &mut wishes);
            let event = self.granted(id, class, case.actions, &wishes);
            reference::matches(self.rule, &event, self.packs).then_some(event)
        })
    }

    /// Tests that make the predicate `wanted`, chosen at random where there is a choice.
    fn wish(&mut self, pred: &'r Pred, wanted: bool, wishes: &mut Vec<Wish<'r>>) {
        match (pred, wanted) {
            (Pred::All(parts), true) | (Pred::Any(parts), false) => parts.iter().for_each(|part| self.wish(part, wanted, wishes)),
            (Pred::All(parts), false) | (Pred::Any(parts), true) => {
                if let Some(part) = self.rng.pick(parts) {
                    self.wish(part, wanted, wishes);
                }
            }
            (Pred::Not(inner), wanted) => self.wish(inner, !wanted, wishes),
            (Pred::Test(test), wanted) => wishes.push(Wish { field: test.field, op: &test.op, wanted }),
        }
    }

    fn granted(&mut self, id: ClassId, class: &Class, actions: Actions, wishes: &[Wish<'r>]) -> Event {
        let known: Vec<usize> = actions.and(class.every_action()).iter().collect();
        let action = if class.actions.is_empty() { None } else { self.rng.pick(&known).copied() };
        let mut event =
            Event { class: id, action, time: Some((1_767_225_600 + self.rng.below(86_400 * 7) as i64) * 1_000_000), fields: Vec::new() };
        let mut fields: Vec<FieldId> = Vec::new();
        for wish in wishes.iter().filter(|wish| wish.wanted) {
            let right = values::other_field(wish.op).map(|(_, field)| field);
            for field in right.into_iter().chain([wish.field]) {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        for field in fields {
            let of_field: Vec<&Op> = wishes.iter().filter(|wish| wish.wanted && wish.field == field).map(|wish| wish.op).collect();
            let refused: Vec<&Op> = wishes.iter().filter(|wish| !wish.wanted && wish.field == field).map(|wish| wish.op).collect();
            if let Some(value) = self.value(&event, class, field, &of_field, &refused) {
                set(&mut event, field, vec![value]);
            }
        }
        self.complete(&mut event, class, wishes);
        event
    }

    /// A value that passes all of these tests and none of those; the last try, if none does.
    fn value(&mut self, event: &Event, class: &Class, field: FieldId, wanted: &[&Op], refused: &[&Op]) -> Option<Scalar> {
        let (ty, names) = (class.get(field).ty, self.names(class, field));
        let mut last = None;
        for _ in 0..TRIES {
            let value = match wanted {
                [] => values::ordinary(ty, &names, &mut self.rng),
                wanted => {
                    let index = self.rng.below(wanted.len());
                    let others: Vec<&Op> = wanted.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, op)| *op).collect();
                    match values::other_field(wanted[index]).and_then(|(_, right)| first_value(event, right)) {
                        Some(right) if !self.rng.one_in(4) => Some(right),
                        _ => values::passing(wanted[index], &others, ty, &names, &mut self.rng),
                    }
                }
            };
            let Some(value) = value.map(|value| fitting(value, ty)) else { continue };
            let mut tried = event.clone();
            set(&mut tried, field, vec![value.clone()]);
            let passes = |op: &&Op| passes(&tried, class, field, op);
            if wanted.iter().all(passes) && !refused.iter().any(passes) {
                return Some(value);
            }
            last = Some(value);
        }
        last
    }

    fn names(&self, class: &Class, field: FieldId) -> Vec<String> {
        let values = class.get(field).values.map(|id| &self.packs.model.enumeration(id).values);
        values.map_or(Vec::new(), |values| values.iter().map(ToString::to_string).collect())
    }

    /// What any sensor would record with it: a host, a path for a name, a name for a path. Never a field that the rule asks about.
    fn complete(&mut self, event: &mut Event, class: &Class, wishes: &[Wish<'_>]) {
        let asked = |field: FieldId| {
            wishes.iter().any(|wish| wish.field == field || values::other_field(wish.op).is_some_and(|(_, other)| other == field))
        };
        if let Some(host) = class.field("host").filter(|field| !asked(*field)) {
            set(event, host, vec![Scalar::Text(format!("pc{}.corp.example", self.rng.below(9)))]);
        }
        for (name, path) in class.last_parts() {
            match (first_value(event, name), first_value(event, path)) {
                (Some(Scalar::Text(text)), None) if !asked(path) => {
                    set(event, path, vec![Scalar::Text(format!(r"C:\Windows\{text}"))]);
                }
                (None, Some(Scalar::Text(text))) if !asked(name) => {
                    let last = text.rsplit(['\\', '/']).next().unwrap_or_default();
                    set(event, name, vec![Scalar::Text(last.to_owned())]);
                }
                _ => {}
            }
        }
    }

    fn variation(&mut self, event: &Event, class: &Class, tests: &[&Test], test: &Test) {
        let Some(value) = first_value(event, test.field) else {
            self.fill(event, class, tests, test);
            return;
        };
        let mut varied = event.clone();
        match self.rng.below(8) {
            0 => {
                set(&mut varied, test.field, Vec::new());
                self.note(varied, Kind::Missing);
            }
            1 if matches!(value, Scalar::Text(_)) => {
                set(&mut varied, test.field, vec![Scalar::Text(String::new())]);
                self.note(varied, Kind::Empty);
            }
            2 => {
                if let Scalar::Text(text) = &value {
                    set(&mut varied, test.field, vec![Scalar::Text(values::recased(text))]);
                    self.note(varied, Kind::Recased);
                }
            }
            3 => {
                let names = self.names(class, test.field);
                let Some(other) = values::ordinary(class.get(test.field).ty, &names, &mut self.rng) else { return };
                let both = if self.rng.one_in(2) { vec![value, other] } else { vec![other, value] };
                set(&mut varied, test.field, both);
                self.note(varied, Kind::Several);
            }
            4 => {
                let (Scalar::Text(text), Some(hostile)) = (&value, self.rng.pick(values::HOSTILE)) else { return };
                let text = match self.rng.below(3) {
                    0 => (*hostile).to_owned(),
                    1 => format!("{text}{hostile}"),
                    _ => format!("{hostile}{text}"),
                };
                if is_held(&text, class.get(test.field).ty) {
                    set(&mut varied, test.field, vec![Scalar::Text(text)]);
                    self.note(varied, Kind::Hostile);
                }
            }
            _ => self.miss(event, class, tests, test.field, &value),
        }
    }

    /// An event in which exactly one test says otherwise, and which misses for that.
    fn miss(&mut self, event: &Event, class: &Class, tests: &[&Test], field: FieldId, value: &Scalar) {
        let mut tries = values::neighbours(value, &mut self.rng);
        let names = self.names(class, field);
        tries.extend((0..2).filter_map(|_| values::ordinary(class.get(field).ty, &names, &mut self.rng)));
        self.first_miss(event, class, tests, field, tries);
    }

    /// The field has no value: give it one that some test sees.
    fn fill(&mut self, event: &Event, class: &Class, tests: &[&Test], test: &Test) {
        let (ty, names) = (class.get(test.field).ty, self.names(class, test.field));
        let tries: Vec<Scalar> = (0..6).filter_map(|_| values::passing(&test.op, &[], ty, &names, &mut self.rng)).collect();
        self.first_miss(event, class, tests, test.field, tries.into_iter().map(|value| fitting(value, ty)).collect());
    }

    fn first_miss(&mut self, event: &Event, class: &Class, tests: &[&Test], field: FieldId, tries: Vec<Scalar>) {
        let ty = class.get(field).ty;
        for value in tries.into_iter().filter(|value| !matches!(value, Scalar::Text(text) if !is_held(text, ty))) {
            let mut varied = event.clone();
            set(&mut varied, field, vec![value]);
            let differ =
                tests.iter().filter(|test| passes(event, class, test.field, &test.op) != passes(&varied, class, test.field, &test.op));
            if differ.count() == 1 && !reference::matches(self.rule, &varied, self.packs) && self.note(varied, Kind::JustMisses) {
                return;
            }
        }
    }

    fn other_action(&mut self, event: &Event, class: &Class) {
        if class.actions.len() < 2 {
            return;
        }
        let action = self.rng.below(class.actions.len());
        if event.action != Some(action) {
            self.note(Event { action: Some(action), ..event.clone() }, Kind::OtherAction);
        }
    }
}

fn passes(event: &Event, class: &Class, field: FieldId, op: &Op) -> bool {
    let span = crate::source::Span::new(crate::source::Sources::default().add("", ""), 0, 0);
    reference::holds(&Pred::test(field, op.clone(), span), event, class)
}

fn first_value(event: &Event, field: FieldId) -> Option<Scalar> {
    event.fields.iter().find(|(id, _)| *id == field).and_then(|(_, values)| values.first().cloned())
}

fn set(event: &mut Event, field: FieldId, values: Vec<Scalar>) {
    event.fields.retain(|(id, _)| *id != field);
    if !values.is_empty() {
        let at = event.fields.partition_point(|(id, _)| *id < field);
        event.fields.insert(at, (field, values));
    }
}

/// Whether a product can write the text there: a hash has all of its digits, and no more.
fn is_held(text: &str, ty: Type) -> bool {
    HashKind::ALL.iter().find(|kind| kind.ty() == ty).is_none_or(|kind| text.chars().count() == kind.digits())
}

/// A value that a field of the type can have: the last part of a path for a file name, and so on.
fn fitting(value: Scalar, ty: Type) -> Scalar {
    match (value, ty) {
        (Scalar::Text(text), Type::FileName) if text.contains(['\\', '/']) => Scalar::Text(text.replace(['\\', '/'], "-")),
        (Scalar::Text(text), Type::Guid) => Scalar::Text(text.trim_matches(['{', '}']).to_owned()),
        (value, _) => value,
    }
}
