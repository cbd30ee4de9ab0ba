//! What is left of a predicate, on rows in which the first stage has filled the gaps.
//!
//! In: a predicate for a later stage, and the text that the first one writes where a column is null (tstats' `fillnull_value`). Out: the
//! same, false of that text wherever it would be true of it. Law: a filled gap is a missing value; an event whose own value is this text
//! is taken for one without, and each test that this changes is a departure. No gaps has a column that the schema computes a default for,
//! or that the first stage asks for a value; and what the binding counts as missing is guarded already. Like any marker, one that is
//! asked for by equality is emitted as it stands.

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Casing, Op, Pred, Test, TextOp, eval_text};
use crate::schema::{Str, Type};

use super::super::bind::{self, ColumnRef, Departure, Native, NativePred, Place};
use super::{Fill, Label, MadeValue, Search};

/// The search over rows with filled gaps, and where it says more or less than before.
pub(super) fn over(search: Search, fill: Fill, place: &Place) -> (Search, Vec<Departure>) {
    let mut filler = Filler { fill, place, asked: asked(&search.first), departures: Vec::new() };
    let rest = filler.pred(&search.rest, false);
    let made = search.made.iter().map(|made| filler.made(made)).collect();
    let departures = std::mem::take(&mut filler.departures);
    // A label decides no row: what it may lose is lost by `rest` too, or by nothing.
    let labels = search.labels.iter().map(|label| Label { when: filler.pred(&label.when, false), ..label.clone() }).collect();
    (Search { rest, labels, made, ..search }, departures)
}

struct Filler<'p> {
    fill: Fill,
    place: &'p Place<'p>,
    /// Columns that every row has.
    asked: Vec<ColumnRef>,
    departures: Vec<Departure>,
}

impl Filler<'_> {
    fn made(&mut self, made: &MadeValue) -> MadeValue {
        match made {
            MadeValue::Value { native, present } => MadeValue::Value { native: native.clone(), present: self.pred(present, false) },
            MadeValue::Cases(cases) => MadeValue::Cases(cases.iter().map(|(when, word)| (self.pred(when, false), word.clone())).collect()),
            MadeValue::When(when) => MadeValue::When(self.pred(when, false)),
            MadeValue::Constant(_) | MadeValue::Time | MadeValue::Nothing => made.clone(),
        }
    }

    fn pred(&mut self, pred: &NativePred, negated: bool) -> NativePred {
        match pred {
            Pred::All(parts) => Pred::all(parts.iter().map(|part| self.pred(part, negated)).collect::<Vec<_>>()),
            Pred::Any(parts) => Pred::any(parts.iter().map(|part| self.pred(part, negated)).collect::<Vec<_>>()),
            Pred::Not(inner) => self.pred(inner, !negated).not(),
            Pred::Test(test) => self.test(test, negated).said_by(test),
        }
    }

    fn test(&mut self, test: &Test<Native>, negated: bool) -> NativePred {
        let mut sides = vec![&test.field];
        if let Op::Field { other, .. } = &test.op {
            sides.push(&other.field);
        }
        let mut test = test.clone();
        let mut guards = Vec::new();
        for native in sides {
            let gaps: Vec<&ColumnRef> = native.value.columns().into_iter().filter(|column| self.has_gaps(native, column)).collect();
            if gaps.is_empty() || !passes(&test.op, native, self.fill.text) {
                continue;
            }
            let at = At { span: test.span, target: self.place.target.name() };
            if let Op::Text { op: TextOp::Equals, .. } | Op::OneOf(_) = test.op {
                self.depart(!negated, targets::missing_literal(at, &native.field, self.fill.text, negated));
                continue;
            }
            self.depart(negated, (self.fill.reason)(&native.field, self.fill.text, negated, test.span));
            match gaps.as_slice() {
                [column] if native.value.columns().len() == 1 => guards.push(self.is_filled(native, column, &test).not()),
                // Of several columns some may have no value where the whole has one: the printer asks each.
                _ => add_marker(&mut test, native, self.fill.text),
            }
        }
        Pred::all([Pred::Test(test)].into_iter().chain(guards))
    }

    /// The column may be null in the first stage, and nothing yet asks it for the text that stands there then.
    fn has_gaps(&self, native: &Native, column: &ColumnRef) -> bool {
        if column.name == bind::TIME && column.owner.is_empty() {
            return false;
        }
        let is_known = native.missing.iter().any(|marker| marker.eq_ignore_ascii_case(self.fill.text));
        // No text is a number.
        let is_number = bind::compares_numbers(native.ty) && bind::is_number(column.ty);
        let computed = self.place.table().and_then(|table| table.column(&column.name)).is_some_and(|column| column.default.is_some());
        !(is_known || is_number || computed || self.asked.contains(column))
    }

    fn is_filled(&self, native: &Native, column: &ColumnRef, test: &Test<Native>) -> NativePred {
        let column = Native { value: bind::NativeExpr::Column(column.clone()), ty: Type::Text, ..native.clone() };
        Pred::test(column, Op::Text { op: TextOp::Equals, any: vec![self.fill.text.to_owned()], case: Casing::Respect }, test.span)
    }

    fn depart(&mut self, more: bool, reason: Diagnostic) {
        let departure = Departure { more, reason };
        if !self.departures.contains(&departure) {
            self.departures.push(departure);
        }
    }
}

/// The columns of which every row that passes has a value: null passes no test.
fn asked(pred: &NativePred) -> Vec<ColumnRef> {
    match pred {
        Pred::All(parts) => parts.iter().flat_map(asked).collect(),
        Pred::Test(test) => test.field.value.column().cloned().into_iter().collect(),
        Pred::Any(_) | Pred::Not(_) => Vec::new(),
    }
}

/// Whether a filled gap would pass.
fn passes(op: &Op<Native>, native: &Native, fill: &str) -> bool {
    match bind::computed(&native.value, fill) {
        Some(text) => eval_text(op, &text),
        None => true,
    }
}

fn add_marker(test: &mut Test<Native>, native: &Native, fill: &str) {
    let marked = |known: &Native| {
        let mut known = known.clone();
        known.missing.to_mut().push(Str::Owned(fill.to_owned()));
        known
    };
    let other_is = |other: &Native| other.value == native.value;
    test.op = test.op.map_field(|other| if other_is(other) { marked(other) } else { other.clone() });
    if other_is(&test.field) {
        test.field = marked(&test.field);
    }
}
