//! Values by which several events are judged, and which a target has not, or only nearly.
//!
//! In: what is counted, compared or shown, and the searches. Out: reasons; notes on what is only shown. Law: where one container of a class has
//! the field, a row of another one has no value, as in a test, and nothing is lost; where none has it, what the events of the class say of
//! it is. The target loses what its binding says that it loses, wherever the value decides something.

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Aggregate, Branch, Case};
use crate::schema::{Actions, Class, ClassId, FieldId, Target};
use crate::source::Span;

use super::super::bind::Known;
use super::search::Asked;
use super::{Ground, Reasons, promises};

/// What is counted where it decides a group. `branches`: all of them, in the order of the rule.
pub(super) fn counted(ground: &Ground, branches: &[Branch], searches: &[Asked], aggregate: &Aggregate, found: &mut Reasons) {
    let Some(name) = &aggregate.field else { return };
    let at = At { span: aggregate.span, target: ground.target.name() };
    let carriers = |class| carriers(branches, aggregate, class);
    for class in without(name, searches, carriers) {
        found.narrow(targets::not_counted(at, &class.name, name));
    }
    for asked in searches {
        let class = asked.place.class();
        if let Some(id) = class.field(name).filter(|id| !carriers(asked.place.binding.class).and(class.get(*id).only).is_empty()) {
            promises::loss(id, &asked.place, at, false, found);
        }
    }
}

/// What is counted, or shown, in a column that the rule asks for.
pub(super) fn counted_to_show(ground: &Ground, branches: &[Branch], searches: &[Asked], aggregate: &Aggregate, found: &mut Reasons) {
    let Some(name) = &aggregate.field else { return };
    let here = At { span: aggregate.span, target: ground.target.name() };
    for class in without(name, searches, |class| carriers(branches, aggregate, class)) {
        found.note(targets::partly_empty(here, &class.name, name));
    }
}

/// A field in a column that the rule asks for: the classes that leave it empty, where others do not.
pub(super) fn shown(target: Target, name: &str, branches: &[Branch], searches: &[Asked], span: Span) -> Vec<Diagnostic> {
    let here = At { span, target: target.name() };
    let acted = |class| {
        let of_class = branches.iter().filter(|branch| branch.class == class);
        of_class.fold(Actions::NONE, |all, branch| all.or(actions(&branch.cases)))
    };
    without(name, searches, acted).into_iter().map(|class| targets::partly_empty(here, &class.name, name)).collect()
}

/// A value of a step's events that is compared with another event's. Under a `not`, more is less.
pub(super) fn compared(ground: &Ground, name: &str, searches: &[Asked], span: Span, negated: bool, found: &mut Reasons) {
    let at = At { span, target: ground.target.name() };
    for asked in searches {
        if let Some(id) = asked.place.class().field(name) {
            promises::loss(id, &asked.place, at, negated, found);
        }
    }
}

/// The actions of the events of a class whose value is counted.
fn carriers(branches: &[Branch], aggregate: &Aggregate, class: ClassId) -> Actions {
    let counted = branches.iter().enumerate().filter(|(_, branch)| branch.class == class).map(|(at, branch)| {
        let of_condition = aggregate.condition.as_ref().and_then(|condition| condition.get(at));
        actions(&branch.cases).and(of_condition.map_or(Actions::ALL, |cases| actions(cases)))
    });
    counted.fold(Actions::NONE, Actions::or)
}

fn actions(cases: &[Case]) -> Actions {
    cases.iter().filter(|case| !case.pred.is_false()).fold(Actions::NONE, |all, case| all.or(case.actions))
}

/// The classes whose events can have the field, and whose searches have nothing for it, each once; none where no search has anything.
fn without<'a>(name: &str, searches: &'a [Asked], acted: impl Fn(ClassId) -> Actions) -> Vec<&'a Class> {
    let mut classes: Vec<(ClassId, &Class, bool)> = Vec::new();
    for asked in searches {
        let (id, class) = (asked.place.binding.class, asked.place.class());
        let Some(field) = class.field(name).filter(|field| !acted(id).and(class.get(*field).only).is_empty()) else { continue };
        let is_there = has(asked, name, field);
        match classes.iter_mut().find(|(known, ..)| *known == id) {
            Some((.., known)) => *known |= is_there,
            None => classes.push((id, class, is_there)),
        }
    }
    let is_anywhere = classes.iter().any(|(.., is_there)| *is_there);
    classes.into_iter().filter(|(.., is_there)| is_anywhere && !is_there).map(|(_, class, _)| class).collect()
}

fn has(asked: &Asked, name: &str, field: FieldId) -> bool {
    match name {
        "time" => asked.place.time().is_some(),
        // What tells the actions apart is no column of its own.
        "action" => true,
        _ => !matches!(asked.place.field(field), Known::Absent),
    }
}
