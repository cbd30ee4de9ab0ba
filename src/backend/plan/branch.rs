//! One branch of a rule over every container of a target.
//!
//! In: a branch. Out: a [`Part`] for each container in which it can be true, or the reasons of its refusal. Law: the class predicate
//! is in every part (an event of another action is no match); each way in which the parts say more or less than the branch is a
//! reason. A container in which the branch can never be true is left out without one: there, the matcher finds nothing either.

use std::borrow::Cow;

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Branch, Case, Casing, LikePart, LikePattern, Op, Pred, Test};
use crate::schema::{Actions, Alternative, Class, FieldId, NativeTest, Packs, Platform, Target, Type};
use crate::source::Span;

use super::super::bind::{self, Bound, Departure, Native, NativePred, Place, version};
use super::narrow::{self, Left};
use super::search::Asked;
use super::{Dialect, Ground, Reasons, assume, promises};

/// What a branch asks of one container.
pub(super) struct Part<'p> {
    pub place: Place<'p>,
    /// The actions that it can find there.
    pub actions: Actions,
    /// Each way to be a match: the class predicate, and what is asked of such events.
    pub ways: Vec<(NativePred, NativePred)>,
}

/// `beside`: what the branch asks of its event beside another one. What no container has of that it cannot say either.
pub(super) fn parts<'p>(
    branch: &Branch,
    beside: Option<&Pred>,
    ground: &Ground<'p>,
    reasons: &mut Reasons,
) -> Result<Vec<Part<'p>>, Vec<Diagnostic>> {
    let Ground { target, dialect, packs, .. } = *ground;
    let platforms: &[Platform] = &ground.rule.meta.platforms;
    let class = packs.class(branch.class);
    let at = At { span: branch.span, target: target.name() };
    let all: Vec<Place> = bind::bindings(target, branch.class, packs)
        .into_iter()
        .flat_map(|(schema, binding)| {
            binding.containers.iter().map(move |container| Place {
                target,
                packs,
                schema,
                binding,
                container,
                table: schema.table(&container.table),
                platforms,
                kept: ground.kept,
                span: branch.span,
            })
        })
        .collect();
    if all.is_empty() {
        let why = bind::bindings(target, branch.class, packs).into_iter().find_map(|(_, binding)| binding.unbound_class());
        let others =
            Target::ALL.iter().filter(|other| bind::has_class(**other, branch.class, packs)).map(|other| other.name()).collect::<Vec<_>>();
        return Err(vec![targets::unbound_class(at, &class.name, why, &others)]);
    }
    let places: Vec<Place> = all.iter().filter(|place| version::is_there(place.schema, place.container)).copied().collect();
    if places.is_empty() {
        let later = all.iter().filter_map(|place| version::later_table(place.schema, place.container));
        return Err(later.map(|later| targets::later_class(at, &class.name, later)).collect());
    }
    let of_others = places.len();
    let places: Vec<Place> = places.into_iter().filter(Place::is_of_platforms).collect();
    if places.is_empty() && of_others > 0 {
        return Err(vec![targets::other_platform(at, &class.name, platforms)]);
    }
    // Reasons are kept only if the branch is: a refused one has said why.
    let mut found = Reasons::default();
    let narrowed = narrowed(branch, beside, &all, dialect, &mut found)?;
    let branch = narrowed.as_ref().unwrap_or(branch);
    uncovered(branch, class, &places, at, &mut found)?;
    let mut parts = Vec::new();
    for place in places {
        if !platforms.is_empty() && place.tells_no_platform() {
            found.assumptions.push(targets::platform_not_told(&place.container.table, platforms));
        }
        parts.extend(part(branch, place, at, &mut found));
    }
    if parts.is_empty() {
        let preds = || branch.cases.iter().map(|case| &case.pred);
        let because = all.iter().flat_map(|place| preds().flat_map(|pred| bind::unlike(pred, place))).next();
        return Err(vec![targets::never_true_there(at, &class.name, because)]);
    }
    sayable(parts.iter().flat_map(|part| &part.ways).map(|(_, pred)| pred), dialect, at, &mut found)?;
    if ground.rule.group.is_some() {
        counted_twice(&parts, at, &mut found);
    }
    reasons.absorb(found);
    Ok(parts)
}

/// An event that stands in several of the tables is several hits.
fn counted_twice(parts: &[Part], at: At, found: &mut Reasons) {
    for pair in parts.windows(2).filter(|pair| std::ptr::eq(pair[0].place.binding, pair[1].place.binding)) {
        if let Some(why) = &pair[0].place.binding.overlaps {
            found.widen(targets::binding_widens(at, why));
        }
    }
}

/// The branch without what the target cannot say; none where it can say all of it.
fn narrowed(
    branch: &Branch,
    beside: Option<&Pred>,
    places: &[Place],
    dialect: &dyn Dialect,
    found: &mut Reasons,
) -> Result<Option<Branch>, Vec<Diagnostic>> {
    let Some(Place { target, packs, .. }) = places.first().copied() else { return Ok(None) };
    let unsayable = |branch: &Branch| unbound(branch, beside, places, target, packs);
    let refusals = unsayable(branch);
    if refusals.is_empty() {
        return Ok(None);
    }
    let lacks = |field| !bind::is_bound(field, target, branch.class, packs);
    match narrow::without(branch, &lacks).filter(|(kept, _)| unsayable(kept).is_empty()) {
        Some((kept, left)) if dialect.leaves_out() => {
            for Left { field, test, alternative } in left {
                let at = At { span: alternative, target: target.name() };
                found.narrow(targets::alternative_left_out(at, &lacking(places, packs.class(branch.class), field, test)));
            }
            Ok(Some(kept))
        }
        Some(_) => Err(refusals.into_iter().map(targets::may_be_left_out).collect()),
        None => Err(refusals),
    }
}

/// A field that no place has.
fn lacking(places: &[Place], class: &Class, field: FieldId, span: Span) -> Diagnostic {
    let name = &class.get(field).name;
    let at = At { span, target: places.first().map_or("", |place| place.target.name()) };
    match places.iter().find_map(|place| version::awaited(place.schema, place.container, field)) {
        Some(later) => targets::later_field(at, &class.name, name, later),
        None => targets::unbound_field(at, &class.name, name, reason(places, name)),
    }
}

/// Refuses what the dialect cannot say, and counts what it says only nearly.
fn sayable<'w>(
    preds: impl Iterator<Item = &'w NativePred>,
    dialect: &dyn Dialect,
    at: At,
    found: &mut Reasons,
) -> Result<(), Vec<Diagnostic>> {
    let mut never = Vec::new();
    for pred in preds {
        pred.tests(&mut |test| {
            if let Some(reason) = dialect.never(test)
                && !never.contains(&reason)
            {
                never.push(reason);
            }
        });
        near_misses(pred, dialect, at, false, found);
    }
    if never.is_empty() { Ok(()) } else { Err(never) }
}

/// Whether a row of a search satisfies another condition on events of its class.
pub(super) fn condition(branch: &Branch, asked: &Asked, ground: &Ground, found: &mut Reasons) -> Result<NativePred, Vec<Diagnostic>> {
    let place = asked.place;
    let refused = unbound(branch, None, &[place], ground.target, ground.packs);
    if !refused.is_empty() {
        return Err(refused);
    }
    let at = At { span: branch.span, target: ground.target.name() };
    let Some(part) = part(branch, place, at, found) else { return Ok(Pred::FALSE) };
    sayable(part.ways.iter().map(|(_, pred)| pred), ground.dialect, at, found)?;
    // Asked alike of whatever happened: a row of the search is of the class already.
    let told = place.container.alternatives.iter().filter(|told| version::is_told(&place, told)).count();
    let alike = part.ways.len() == told && part.ways.windows(2).all(|ways| ways[0].1 == ways[1].1);
    let pred = match part.ways.first() {
        Some((_, asked)) if alike => asked.clone(),
        Some(_) | None => super::search::either(&part.ways),
    };
    Ok(assume::under(pred, asked.facts.clone()))
}

/// How a predicate on the rows of a search departs from what it says of events, or why it cannot be asked.
pub(super) fn asks(pred: &Pred, asked: &Asked, ground: &Ground) -> Result<Vec<Departure>, Vec<Diagnostic>> {
    let (place, span) = (asked.place, asked.place.span);
    let cases = vec![Case { actions: Actions::ALL, pred: pred.clone() }];
    let branch = Branch { label: None, class: place.binding.class, cases, pinned: Vec::new(), head: span, span };
    let refused = unbound(&branch, None, &[place], ground.target, ground.packs);
    if !refused.is_empty() {
        return Err(refused);
    }
    let Bound { pred, departures } = bind::bind(pred, &place);
    let mut found = Reasons::default();
    sayable(std::iter::once(&pred), ground.dialect, At { span, target: ground.target.name() }, &mut found)?;
    Ok(departures)
}

/// Fields that no container has, and keys that no query can name.
fn unbound(branch: &Branch, beside: Option<&Pred>, places: &[Place], target: Target, packs: &Packs) -> Vec<Diagnostic> {
    let class = packs.class(branch.class);
    let preds = branch.cases.iter().map(|case| &case.pred).chain(beside);
    let fields = bind::unbound(preds, target, branch.class, packs).into_iter();
    let fields = fields.map(|(field, span)| lacking(places, class, field, span));
    let mut refusals: Vec<Diagnostic> = fields.collect();
    for pinned in branch.pinned.iter().filter(|pinned| pinned.target == target.name()) {
        pinned.pred.tests(&mut |test| {
            let right = if let Op::Field { other, .. } = &test.op { Some(&other.field) } else { None };
            for column in std::iter::once(&test.field).chain(right) {
                // Dots and brackets are steps of a path, in KQL's and in Splunk's.
                if let Some(key) = column.keys.iter().find(|key| key.is_empty() || key.contains(['.', '[', ']', '{', '}', '*'])) {
                    refusals.push(targets::key_in_column(At { span: test.span, target: target.name() }, &column.name, key));
                }
            }
        });
    }
    refusals
}

/// The binding's own words on a field or an action.
fn reason<'p>(places: &[Place<'p>], name: &str) -> Option<&'p str> {
    let said = places.iter().flat_map(|place| place.binding.unbound.iter()).find(|(key, _)| key == name).map(|(_, text)| text.as_ref());
    let is_blind = |place: &Place<'p>| {
        let id = place.class().field(name)?;
        place.container.blind.iter().find(|blind| blind.fields.contains(&id)).map(|blind| blind.reason.as_ref())
    };
    said.or_else(|| places.iter().find_map(is_blind))
}

/// Actions that the rule asks for and no container can tell.
fn uncovered(branch: &Branch, class: &Class, places: &[Place], at: At, found: &mut Reasons) -> Result<(), Vec<Diagnostic>> {
    let wanted = branch.cases.iter().fold(Actions::NONE, |all, case| all.or(case.actions)).and(class.every_action());
    let told = |place: &Place<'_>| {
        place
            .container
            .alternatives
            .iter()
            .filter(|told| version::is_told(place, told))
            .fold(Actions::NONE, |all, told| all.or(told.actions))
    };
    let told = places.iter().map(told).fold(Actions::NONE, Actions::or);
    let left: Vec<usize> = wanted.iter().filter(|index| !told.contains(*index)).collect();
    let name = |index: usize| class.actions.get(index).map_or("", |name| name.as_ref());
    if let Some(why) = reason(places, "action").filter(|_| wanted != class.default.and(class.every_action())) {
        let wanted = listed(wanted.iter().map(name));
        return Err(vec![targets::unbound_action(at, &class.name, &wanted, Some(why))]);
    }
    if wanted.and(told).is_empty() {
        let refusals = left.iter().map(|index| {
            let why = reason(places, name(*index)).map(str::to_owned).or_else(|| version::untold(places, *index));
            targets::unbound_action(at, &class.name, &format!("`{}`", name(*index)), why.as_deref())
        });
        let refusals: Vec<Diagnostic> = refusals.collect();
        return Err(if refusals.is_empty() { vec![targets::never_true_there(at, &class.name, None)] } else { refusals });
    }
    // A rule that does not speak of actions asks for what there is.
    let unspoken =
        matches!(branch.cases.as_slice(), [case] if case.actions.and(class.every_action()) == class.default.and(class.every_action()));
    if !unspoken && !left.is_empty() {
        let own = left.iter().find_map(|index| reason(places, name(*index)).map(str::to_owned));
        let why = own.or_else(|| left.iter().find_map(|index| version::untold(places, *index)));
        found.narrow(targets::actions_left_out(at, &listed(left.iter().map(|index| name(*index))), why.as_deref()));
    }
    Ok(())
}

fn part<'p>(branch: &Branch, place: Place<'p>, at: At, found: &mut Reasons) -> Option<Part<'p>> {
    let class = place.class();
    let mut departures = Vec::new();
    let mut pinned = Vec::new();
    for clause in branch.pinned.iter().filter(|pinned| pinned.target == place.target.name()) {
        let Bound { pred, departures: more } = bind::bind_pinned(&clause.pred, &place);
        pinned.push(pred);
        departures.extend(more);
    }
    let mut cases: Vec<Bound> = branch.cases.iter().map(|case| bind::bind(&case.pred, &place)).collect();
    // A case that reads what the source of the table cannot see is not asked there.
    let blind: Vec<Vec<&str>> = branch.cases.iter().map(|case| promises::read_blindly(&case.pred, &place)).collect();
    let mut unseen: Vec<&str> = Vec::new();
    let mut ways = Vec::new();
    let mut actions = Actions::NONE;
    let mut used = vec![false; cases.len()];
    let mut told_apart = place.container.alternatives.iter().filter(|told| version::is_told(&place, told)).peekable();
    while let Some(told) = told_apart.next() {
        let wanted = (0..cases.len()).filter(|index| !branch.cases[*index].actions.and(told.actions).is_empty());
        let (hit, left): (Vec<usize>, Vec<usize>) = wanted.partition(|index| blind[*index].is_empty());
        unseen.extend(left.into_iter().flat_map(|index| &blind[index]));
        let is_last = told_apart.peek().is_none();
        let asked_of = |index: &usize| {
            let pred = &mut cases[*index].pred;
            if is_last { std::mem::replace(pred, Pred::TRUE) } else { pred.clone() }
        };
        let asked = Pred::all(pinned.iter().cloned().chain([Pred::any(hit.iter().map(asked_of))]));
        let class_pred = class_pred(told, &place);
        let asked = assume::under(asked, assume::facts(&class_pred));
        if asked.is_false() {
            continue;
        }
        hit.iter().for_each(|index| {
            used[*index] = true;
            let pred = &branch.cases[*index].pred;
            promises::field_losses(pred, &place, at, false, found);
            promises::excluded(pred, &place, at, found);
        });
        cover(branch, class, told, &hit, at, found);
        if let Some(reason) = told.loss.as_ref().and_then(|loss| loss.widened.as_ref()) {
            found.widen(targets::binding_widens(at, reason));
        }
        if let Some(reason) = told.loss.as_ref().and_then(|loss| loss.narrowed.as_ref()) {
            found.narrow(targets::binding_narrows(at, reason));
        }
        actions = actions.or(told.actions);
        ways.push((class_pred, asked));
    }
    unseen.sort_unstable();
    unseen.dedup();
    unseen.into_iter().for_each(|reason| found.narrow(targets::binding_narrows(at, reason)));
    if ways.is_empty() {
        branch.cases.iter().flat_map(|case| bind::emptied(&case.pred, &place)).for_each(|departure| found.depart(departure));
        return None;
    }
    let of_cases = cases.into_iter().zip(used).filter(|(_, used)| *used).flat_map(|(bound, _)| bound.departures);
    departures.into_iter().chain(of_cases).for_each(|departure| found.depart(departure));
    Some(Part { place, actions, ways })
}

/// MODEL's cover rule: a native value that stands for several actions is exact if the rule asks the same of all of them.
fn cover(branch: &Branch, class: &Class, told: &Alternative, hit: &[usize], at: At, found: &mut Reasons) {
    let asked = hit.iter().fold(Actions::NONE, |all, index| all.or(branch.cases[*index].actions));
    // A test on a field that only the wanted actions carry tells them apart.
    let carriers = hit.iter().fold(Actions::NONE, |all, index| all.or(promises::carriers(&branch.cases[*index].pred, class)));
    if hit.len() == 1 && told.actions.and(class.every_action()).and(carriers).is_within(asked) {
        return;
    }
    let name = |index: usize| class.actions.get(index).map_or("", |name| name.as_ref());
    let (wanted, others): (Vec<usize>, Vec<usize>) =
        told.actions.and(class.every_action()).iter().partition(|index| asked.contains(*index));
    let others = if others.is_empty() { "one another".to_owned() } else { listed(others.iter().map(|index| name(*index))) };
    found.widen(targets::covered_together(at, &listed(wanted.iter().map(|index| name(*index))), &others));
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What the container's columns say of the action.
pub(super) fn class_pred(told: &Alternative, place: &Place) -> NativePred {
    let any: Vec<NativePred> = told
        .when
        .iter()
        .filter(|all| version::can_tell(place, all))
        .map(|all| Pred::all(all.iter().map(|test| native_test(test, place)).collect::<Vec<_>>()))
        .collect();
    if any.is_empty() { Pred::TRUE } else { Pred::any(any) }
}

fn native_test(test: &NativeTest, place: &Place) -> NativePred {
    let Some(column) = place.named(&test.column) else { return if test.negated { Pred::TRUE } else { Pred::FALSE } };
    let native = bind::plain(test.column.clone(), column, Type::Text);
    let any = bind::values(&native, test.values.iter().map(|value| value.to_string()).collect(), place.span);
    if test.negated { any.not() } else { any }
}

/// Tests that the dialect says only nearly; under a `not` more is less.
fn near_misses(pred: &NativePred, dialect: &dyn Dialect, at: At, negated: bool, found: &mut Reasons) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| near_misses(part, dialect, at, negated, found)),
        Pred::Not(inner) => near_misses(inner, dialect, at, !negated, found),
        Pred::Test(test) => {
            for departure in dialect.departures(test) {
                found.depart(Departure { more: departure.more != negated, ..departure });
            }
            if let Some(literal) = folded_literals(test).find(|literal| !dialect.folds(literal)) {
                let reason = targets::letters_not_folded(At { span: test.span, ..at }, &literal, negated);
                found.depart(Departure { more: negated, reason });
            }
        }
    }
}

/// The literals whose case the test ignores.
fn folded_literals(test: &Test<Native>) -> Box<dyn Iterator<Item = Cow<'_, str>> + '_> {
    let in_pattern = |pattern: &LikePattern| -> Cow<str> {
        let texts = pattern.0.iter().filter_map(|part| match part {
            LikePart::Literal(text) => Some(text.as_str()),
            LikePart::One | LikePart::Any => None,
        });
        texts.collect()
    };
    match &test.op {
        Op::Text { any, case: Casing::Ignore, .. } => Box::new(any.iter().map(Cow::from)),
        Op::Like { any, case: Casing::Ignore } => Box::new(any.iter().map(in_pattern)),
        Op::Matches { any, case: Casing::Ignore } => Box::new(any.iter().map(|regex| Cow::from(&regex.pattern))),
        Op::Text { case: Casing::Respect, .. }
        | Op::Like { case: Casing::Respect, .. }
        | Op::Matches { case: Casing::Respect, .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists
        | Op::Field { .. } => Box::new(std::iter::empty()),
    }
}
