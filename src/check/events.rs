//! The events of a rule's own tests, in the model's words.

use crate::diag::{lints, names, values};
use crate::hir::{Event, Scalar, TestCase, TestEvents};
use crate::source::Span;
use crate::syntax::ast::{self, Item, Op, Value};

use super::literals::{Asked, Typed, place_of};
use super::operands::{Literal, LiteralValue};
use super::operators::is_kept_as_text;
use super::scope::ScopeId;
use super::words::{Key, Words};
use super::{Checker, Cx};
use crate::schema::calendar::instant;
use crate::schema::{Class, FieldId, Type};

/// `repeat` makes at most so many events.
const MOST_EVENTS: u64 = 100_000;

impl<'a> Checker<'a> {
    pub(super) fn test_cases(&mut self, rule: &'a ast::Rule, scope: ScopeId) -> Vec<TestCase> {
        let mut cases = Vec::new();
        let mut seen: Vec<&ast::Text> = Vec::new();
        for item in &rule.items {
            let Item::Test(test) = item else { continue };
            if let Some(first) = seen.iter().find(|first| first.value == test.name.value) {
                self.report(lints::test_name_twice(test.name.at.0, &test.name.value, first.at.0));
            }
            seen.push(&test.name);
            let events = match &test.events {
                ast::TestEvents::From(path) => TestEvents::From(path.value.clone()),
                ast::TestEvents::Here(events) => {
                    let mut here = Vec::with_capacity(events.len());
                    events.iter().for_each(|event| here.extend(self.event(event, scope)));
                    TestEvents::Here(here)
                }
            };
            cases.push(TestCase { name: test.name.value.clone(), matches: test.matches, events, span: test.at.0 });
        }
        cases
    }

    /// One event, as often as it is repeated.
    fn event(&mut self, event: &'a ast::Event, scope: ScopeId) -> Vec<Event> {
        let Some(class) = self.class(&event.class) else { return Vec::new() };
        let known = self.packs.class(class);
        let offset = event.offset.as_ref().filter(|offset| self.is_stated(offset));
        let mut action = (0..known.actions.len()).find(|index| known.default.contains(*index));
        let mut fields: Vec<(FieldId, Vec<Scalar>)> = Vec::with_capacity(event.entries.len() + 1);
        let mut seen: Vec<(String, Span)> = Vec::new();
        let mut places: Vec<(FieldId, Span)> = Vec::new();
        let mut time: Option<i64> = None;
        for entry in &event.entries {
            let name = entry.field.dotted();
            let at = entry.field.at.0;
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
                self.report(names::duplicate_entry(at, &name, *first));
                continue;
            }
            seen.push((name.clone(), at));
            let Some(field) = self.find_field(class, &name, at) else {
                let report = self.unknown_field(class, &name, at);
                self.report(report);
                continue;
            };
            if name == "time" {
                if let Some(offset) = &event.offset {
                    self.report(values::two_times(entry.value.span(), offset.at.0));
                }
                time = self.written_time(&entry.value).or(time);
                continue;
            }
            let part = if let Key::Field(id) = field.key { known.get(id).part } else { None };
            if let Some((of, _)) = part {
                self.report(values::part_as_entry(at, &name, &known.get(of).name));
                continue;
            }
            if field.key == Key::Class {
                self.report(values::entry_of_no_value(at, &name));
                continue;
            }
            if let (Key::Field(id), Type::Time) = (&field.key, field.ty) {
                let written = self.written_time(&entry.value).and(if let Value::Text(text) = &entry.value { Some(text) } else { None });
                fields.extend(written.map(|text| (*id, vec![Scalar::Text(text.value.to_string())])));
                continue;
            }
            let cx = Cx { words: Words::Class(class), scope, steps: &[], several: false, via: None };
            let Some(values) = self.entry(&entry.value, &field, cx) else { continue };
            match (&field.key, values.as_slice()) {
                (Key::Action, [Scalar::Enum(value)]) => action = known.action(value),
                (Key::Field(id), _) => {
                    places.push((*id, entry.value.span()));
                    fields.push((*id, values));
                }
                (Key::Action | Key::Class | Key::Native(_), _) => {}
            }
        }
        self.last_parts(known, &mut fields, &places);
        let one = Event { class, action, time: Some(time.unwrap_or_else(|| offset.map_or(0, microseconds))), fields };
        let times = event.repeat.as_ref().map_or(1, |repeat| repeat.value);
        if let Some(repeat) = event.repeat.as_ref().filter(|repeat| repeat.value > MOST_EVENTS) {
            self.report(values::too_many_events(repeat.at.0, MOST_EVENTS));
            return Vec::new();
        }
        vec![one; times as usize]
    }

    /// A time as an entry has it; None: it was reported.
    fn written_time(&mut self, value: &Value) -> Option<i64> {
        let text = if let Value::Text(text) = value { Some(&text.value) } else { None };
        let time = text.and_then(|text| instant(text.as_str()));
        if time.is_none() {
            self.report(values::no_time(value.span()));
        }
        time
    }

    /// A path has a name, its last part; no other name stands beside it.
    fn last_parts(&mut self, class: &Class, fields: &mut Vec<(FieldId, Vec<Scalar>)>, places: &[(FieldId, Span)]) {
        let text = |fields: &[(FieldId, Vec<Scalar>)], wanted: FieldId| {
            fields.iter().find(|(id, _)| *id == wanted).and_then(|(_, values)| match values.as_slice() {
                [Scalar::Text(text)] => Some(text.clone()),
                _ => None,
            })
        };
        for (name, path) in class.last_parts() {
            let Some(whole) = text(fields, path) else { continue };
            let last = whole.rsplit(['\\', '/']).next().unwrap_or_default();
            match text(fields, name) {
                None => {
                    fields.retain(|(id, _)| *id != name);
                    fields.extend((!last.is_empty()).then(|| (name, vec![Scalar::Text(last.to_owned())])));
                }
                Some(given) if given.to_lowercase() == last.to_lowercase() => {}
                Some(_) => {
                    let place = |wanted| places.iter().find(|(id, _)| *id == wanted).map(|(_, span)| *span);
                    if let (Some(at), Some(of)) = (place(name), place(path)) {
                        self.report(values::name_not_of_path(at, &class.get(name).name, last, of, &class.get(path).name));
                    }
                }
            }
        }
    }

    fn entry(&mut self, value: &'a Value, field: &super::words::Field<'a>, cx: Cx<'_, 'a>) -> Option<Vec<Scalar>> {
        let items: Vec<&'a Value> = match value {
            Value::List(list) if !field.multi => {
                self.report(values::list_for_one_value(list.at.0, &field.name));
                return None;
            }
            Value::List(list) => list.items.iter().collect(),
            one => vec![one],
        };
        let mut scalars = Vec::with_capacity(items.len());
        for item in items {
            let literal = match item {
                Value::Path(path) => self.entry_word(path, field)?,
                other => self.literals(other, Some(field), cx)?.items.into_iter().next()?,
            };
            // No value: what an empty text is everywhere.
            if matches!(&literal.value, LiteralValue::Text(text) if text.is_empty()) && is_kept_as_text(field.ty) {
                continue;
            }
            let asked = Asked { field, op: Op::Equal, op_at: literal.span, whole: None, subject: None, texts: Vec::new() };
            match self.plain(&literal, &asked, cx)? {
                Typed::Text(text) => scalars.push(Scalar::Text(as_recorded(field.ty, &literal.value).map_or(text, str::to_owned))),
                Typed::Scalar(scalar) => scalars.push(scalar),
                Typed::Network(_) => {}
            }
        }
        Some(scalars)
    }

    fn entry_word(&mut self, path: &ast::Path, field: &super::words::Field<'a>) -> Option<Literal<'a>> {
        let name = path.dotted();
        if field.values.contains(&name.as_str()) {
            return Some(Literal { value: LiteralValue::Word(name), span: path.at.0, cased: false, spells: 0, used: None, held: None });
        }
        let report = if field.values.is_empty() {
            names::unknown_name(path.at.0, &name, None, place_of(field.ty))
        } else {
            self.unknown_value(path.at.0, &name, field)
        };
        self.report(report);
        None
    }
}

/// A name as a product records it, which is no indicator: its dots and fangs stay, as in the events of a log.
fn as_recorded<'v>(ty: Type, value: &'v LiteralValue<'_>) -> Option<&'v str> {
    match (ty, value) {
        (Type::Domain | Type::Host | Type::Url | Type::Email, LiteralValue::Text(text)) => Some(text),
        _ => None,
    }
}

fn microseconds(offset: &ast::Duration) -> i64 {
    // [`crate::hir::LONGEST`] is far from the end of time.
    i64::try_from(offset.seconds()).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}
