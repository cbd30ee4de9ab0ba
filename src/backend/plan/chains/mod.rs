//! `sequence`, `together`, `at_least`.
//!
//! In: a linked pattern. Out: the searches of its steps, with what other steps, keys and columns read made in each, and [`Chains`]. Law: a row
//! is a hit of its step if it passes its search and, beside the rows of the steps above, [`ChainStep::equal`], [`ChainStep::cross`] and
//! [`ChainStep::distinct`]. Every test that a target cannot make so is a reason.

mod columns;

use crate::backend::bind::{self, ColumnRef, Native, NativeExpr, NativePred};
use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Compare, LinkKind, Linked, Number, Op, Other, Pred, Step};
use crate::schema::{ClassId, NativeType, Str, Type};
use crate::source::{Span, add_places};

use super::cross::{Apart, Between, Cross, apart, own_side};
use super::groups::keyed;
use super::lost;
use super::made::{self, Names, Want};
use super::search::Asked;
use super::shape::{ChainStep, Chains, EqualValues, Form, Made, MadeValue};
use super::{Departure, Ground, Reasons, promises};

/// The steps over the target's containers.
pub(super) struct Found<'p> {
    /// Those of all steps, one after the other.
    pub asked: Vec<Asked<'p>>,
    steps: Vec<OfStep>,
}

struct OfStep {
    /// Index into the rule's steps.
    index: usize,
    forms: Vec<Cross>,
    searches: std::ops::Range<usize>,
}

/// Lowers each step by itself. A step that the target refuses refuses the pattern, unless the pattern can do without.
pub(super) fn steps<'p>(ground: &Ground<'p>, linked: &Linked, reasons: &mut Reasons) -> Result<Found<'p>, Vec<Diagnostic>> {
    let mut found = Found { asked: Vec::new(), steps: Vec::new() };
    let mut refused: Vec<Diagnostic> = Vec::new();
    let mut lost = 0;
    for (index, step) in linked.steps.iter().enumerate() {
        let Apart { branches, forms } = apart(step, &linked.steps, ground.packs);
        let branches = keyed(&branches, &linked.by, &linked.by_at, linked.span, ground.packs);
        let beside: Vec<Pred> = branches.iter().map(|branch| own_side(branch, &forms, ground.packs)).collect();
        let mut own = Reasons::default();
        match ground.lowered(&branches, Some((&label(step), &beside)), &mut own) {
            Ok(lowered) => {
                let from = found.asked.len();
                found.asked.extend(super::search::merge(lowered.parts));
                found.steps.push(OfStep { index, forms, searches: from..found.asked.len() });
                reasons.assumptions.extend(lowered.assumptions);
                if step.optional { reasons.note_all(optional(ground, linked, index, own)) } else { reasons.absorb(own) }
            }
            Err(why) if step.optional => reasons.note(targets::optional_left_out(at(ground, step_span(step, linked)), &label(step), &why)),
            Err(why) => {
                lost += 1;
                refused.extend(why);
            }
        }
    }
    let needed = match linked.kind {
        LinkKind::Sequence | LinkKind::Together => linked.steps.iter().filter(|step| !step.optional).count(),
        LinkKind::AtLeast(count) => count as usize,
    };
    let left = linked.steps.iter().filter(|step| !step.optional).count() - lost;
    if left < needed {
        return Err(super::without_repetition(refused));
    }
    if lost > 0 {
        let there = |index: usize| found.steps.iter().any(|of| of.index == index);
        for (_, step) in linked.steps.iter().enumerate().filter(|(index, step)| !step.optional && !there(*index)) {
            reasons.narrow(targets::branch_left_out(at(ground, step_span(step, linked)), &format!("`{}`", label(step)), &refused));
        }
    }
    Ok(found)
}

/// An optional step decides nothing: what is lost of it is lost of what is shown.
fn optional(ground: &Ground, linked: &Linked, index: usize, own: Reasons) -> Vec<Diagnostic> {
    if own.list.is_empty() {
        return own.notes;
    }
    let step = &linked.steps[index];
    let note = targets::optional_inexact(at(ground, step_span(step, linked)), &label(step), &own.list);
    own.notes.into_iter().chain([note]).collect()
}

fn at<'g>(ground: &Ground<'g>, span: Span) -> At<'g> {
    At { span, target: ground.target.name() }
}

fn step_span(step: &Step, linked: &Linked) -> Span {
    step.branches.first().map_or(linked.span, |branch| branch.span)
}

fn label(step: &Step) -> String {
    step.branches.iter().find_map(|branch| branch.label.clone()).unwrap_or_default()
}

/// Its label and its classes.
fn heads(step: &Step) -> Vec<Span> {
    let mut heads = Vec::new();
    step.branches.iter().for_each(|branch| add_places(&mut heads, &[branch.head]));
    heads
}

/// Where the tests of a predicate stand.
fn places(pred: &Pred) -> Vec<Span> {
    let mut places = Vec::new();
    pred.tests(&mut |test| add_places(&mut places, test.places()));
    places
}

/// The chains, and what each search makes.
pub(super) fn chains(
    ground: &Ground,
    linked: &Linked,
    found: &Found,
    reasons: &mut Reasons,
) -> Result<(Chains, Vec<Vec<MadeValue>>), Vec<Diagnostic>> {
    let mut names = Names::new(&found.asked);
    let labels: Vec<String> = found.steps.iter().map(|of| names.free(&label(&linked.steps[of.index]))).collect();
    let mut building = Building {
        ground,
        linked,
        found,
        names,
        labels,
        keys: Vec::new(),
        steps: found.steps.iter().map(|_| MadeOfStep::default()).collect(),
        values: found.asked.iter().map(|_| Vec::new()).collect(),
        refused: Vec::new(),
        empty: Vec::new(),
    };
    building.keys();
    for at in 0..found.steps.len() {
        building.make(at, Wanted::Field("time".to_owned(), Want::Value), linked.span, &[linked.link]);
    }
    let mut equal: Vec<Vec<EqualValues>> = Vec::new();
    let mut cross: Vec<NativePred> = Vec::new();
    let mut refers: Vec<Vec<usize>> = Vec::new();
    for at in 0..found.steps.len() {
        let mut own = Reasons::default();
        let (own_equal, own_cross, own_refers) = building.links(at, &mut own);
        let index = found.steps[at].index;
        if linked.steps[index].optional {
            reasons.note_all(optional(ground, linked, index, own))
        } else {
            reasons.absorb(own)
        }
        equal.push(own_equal);
        cross.push(own_cross);
        refers.push(own_refers);
    }
    let identity: Vec<Vec<usize>> = (0..found.steps.len()).map(|at| building.identity(at)).collect();
    let distinct = building.distinct(&identity, reasons);
    let columns = building.columns();
    if !building.refused.is_empty() {
        return Err(super::without_repetition(building.refused));
    }
    let Building { keys, steps, values, empty, .. } = building;
    reasons.note_all(empty);
    let steps = steps.into_iter().enumerate().map(|(at, of_step)| {
        let of = &found.steps[at];
        let step = &linked.steps[of.index];
        // What a later step compares with must still be there when it comes.
        let later = (at + 1..found.steps.len()).filter(|later| !linked.steps[found.steps[*later].index].optional);
        let is_read = later.clone().flat_map(|later| refers[later].iter().chain(&distinct[later])).any(|read| *read < at);
        // Of chains whose hits ask something of one another the latest one may have begun before an older one did.
        let deciding = (0..=at).filter(|earlier| !linked.steps[found.steps[*earlier].index].optional);
        let is_linked = deciding.flat_map(|earlier| refers[earlier].iter().chain(&distinct[earlier])).next().is_some();
        let is_last = later.count() == 0;
        ChainStep {
            label: label(step),
            optional: step.optional,
            counted: step.counted,
            from: heads(step),
            searches: of.searches.clone(),
            made: of_step.made,
            equal: equal[at].clone(),
            cross: cross[at].clone(),
            distinct: distinct[at].clone(),
            identity: identity[at].clone(),
            latest: is_last || !(is_read || is_linked),
        }
    });
    Ok((Chains { kind: linked.kind, within: linked.within, link: linked.link, keys, steps: steps.collect(), columns }, values))
}

#[derive(Clone, PartialEq)]
enum Wanted {
    Field(String, Want),
    Own(ClassId, Pred),
    /// The rows of a form, by its index.
    Form(usize),
    Identity(String),
}

/// What is compared may also be shown, where both are the same columns.
fn is_same(compared: &MadeValue, shown: &MadeValue) -> bool {
    match (compared, shown) {
        (MadeValue::Value { native: one, .. }, MadeValue::Value { native: other, .. }) => one.value == other.value,
        _ => compared == shown,
    }
}

#[derive(Default)]
struct MadeOfStep {
    made: Vec<Made>,
    wanted: Vec<Wanted>,
    types: Vec<Type>,
}

struct Building<'g> {
    ground: &'g Ground<'g>,
    linked: &'g Linked,
    found: &'g Found<'g>,
    names: Names,
    /// Of the steps, as plain words.
    labels: Vec<String>,
    keys: Vec<Made>,
    steps: Vec<MadeOfStep>,
    /// One list a search: the keys, then what its step makes.
    values: Vec<Vec<MadeValue>>,
    refused: Vec<Diagnostic>,
    /// Columns that stay empty.
    empty: Vec<Diagnostic>,
}

impl Building<'_> {
    fn keys(&mut self) {
        for (key, place) in self.linked.by.iter().zip(&self.linked.by_at) {
            let mut known: Option<(Type, bool)> = None;
            for (asked, values) in self.found.asked.iter().zip(&mut self.values) {
                let class = asked.place.class();
                let field = class.field(key).map(|id| class.get(id));
                known = known.or(field.map(|field| (field.ty, field.multi)));
                let value = made::of_field(asked, key, Want::Key, self.linked.span, self.ground.dialect).unwrap_or_else(|why| {
                    self.refused.push(why);
                    MadeValue::Nothing
                });
                values.push(value.said_at(&[*place]));
            }
            let (ty, multi) = known.unwrap_or((Type::Text, false));
            let name = self.names.free(&key.replace('.', "_"));
            self.keys.push(Made { name, form: made::form(ty, Want::Key), multi, from: vec![*place] });
        }
    }

    /// The index of a value among those of the step. `from`: the places that ask for it; `span`: what a message points at.
    fn make(&mut self, at: usize, wanted: Wanted, span: Span, from: &[Span]) -> usize {
        let wanted = match wanted {
            Wanted::Field(name, _) if name == "time" => Wanted::Field(name, Want::Value),
            wanted => wanted,
        };
        if let Some(known) = self.steps[at].wanted.iter().position(|known| *known == wanted) {
            add_places(&mut self.steps[at].made[known].from, from);
            return known;
        }
        let searches = self.found.steps[at].searches.clone();
        let (mut ty, mut multi) = (None, false);
        let mut made: Vec<MadeValue> = Vec::new();
        for asked in &self.found.asked[searches.clone()] {
            let class = asked.place.class();
            made.push(match &wanted {
                Wanted::Field(name, want) => {
                    if let Some(field) = class.field(name).map(|id| class.get(id)) {
                        ty = ty.or(Some(field.ty));
                        multi |= field.multi;
                    }
                    let value = made::of_field(asked, name, *want, span, self.ground.dialect).unwrap_or_else(|why| {
                        self.refused.push(why);
                        MadeValue::Nothing
                    });
                    value.said_at(from)
                }
                Wanted::Own(class, pred) if asked.place.binding.class == *class => made::of_pred(asked, pred),
                Wanted::Own(..) => MadeValue::When(Pred::FALSE),
                Wanted::Form(form) => {
                    let known = asked.labels.iter().find(|known| known.name == form.to_string());
                    MadeValue::When(known.map_or(Pred::FALSE, |known| known.when.clone()))
                }
                Wanted::Identity(name) => asked.place.named(name).map_or(MadeValue::Nothing, |column| {
                    // A number in one table and text in another is text.
                    ty = match ty {
                        None | Some(Type::Int) if bind::is_number(column.ty) => Some(Type::Int),
                        _ => Some(Type::Text),
                    };
                    MadeValue::Value { native: bind::plain(name.clone(), column, Type::Text), present: Pred::TRUE }
                }),
            });
        }
        if let Wanted::Field(name, Want::Show) = &wanted
            && let Some(known) = self.steps[at].wanted.iter().position(|known| *known == Wanted::Field(name.clone(), Want::Value))
            && searches.clone().zip(&made).all(|(search, made)| is_same(&self.values[search][self.keys.len() + known], made))
        {
            add_places(&mut self.steps[at].made[known].from, from);
            return known;
        }
        self.values[searches].iter_mut().zip(made).for_each(|(values, made)| values.push(made));
        if let Wanted::Field(field, want) = &wanted {
            self.refuse_absent(at, field, *want, span);
        }
        let ty = ty.unwrap_or(Type::Text);
        let (name, form) = match &wanted {
            Wanted::Field(name, Want::Key | Want::Different) => (format!("{}_key", name.replace('.', "_")), made::form(ty, Want::Key)),
            Wanted::Field(name, want) => (name.replace('.', "_"), made::form(ty, *want)),
            Wanted::Own(..) => ("passes".to_owned(), Form::Flag),
            Wanted::Form(_) => ("case".to_owned(), Form::Flag),
            Wanted::Identity(name) => (name.clone(), made::form(ty, Want::Value)),
        };
        let name = self.names.free(&format!("{}_{name}", self.labels[at]));
        let of_step = &mut self.steps[at];
        of_step.made.push(Made { name, form, multi, from: from.to_vec() });
        of_step.wanted.push(wanted);
        of_step.types.push(ty);
        of_step.made.len() - 1
    }

    /// A field that no search of the step has: a comparison is refused, a column stays empty.
    fn refuse_absent(&mut self, at: usize, field: &str, want: Want, span: Span) {
        let searches = self.found.steps[at].searches.clone();
        if self.values[searches.clone()].iter().any(|values| values.last() != Some(&MadeValue::Nothing)) {
            return;
        }
        let here = self::at(self.ground, span);
        match want {
            Want::Show => self.empty.push(targets::empty_column(here, field)),
            Want::Key | Want::Different | Want::Value => {
                let class = self.found.asked.get(searches.start).map_or("", |asked| asked.place.class().name.as_ref());
                self.refused.push(targets::unbound_field(here, class, field, None));
            }
        }
    }

    /// What a step asks of those above: equal values, the rest, and which steps it names.
    fn links(&mut self, at: usize, reasons: &mut Reasons) -> (Vec<EqualValues>, NativePred, Vec<usize>) {
        let forms = &self.found.steps[at].forms;
        let mut refers: Vec<usize> = Vec::new();
        for form in forms {
            form.between(&mut |between| refers.extend(self.place_of(between.step)));
        }
        refers.sort_unstable();
        refers.dedup();
        if let [form] = forms.as_slice() {
            let (keys, others): (Vec<&Cross>, Vec<&Cross>) =
                form.parts().iter().partition(|part| matches!(part, Cross::Between(between) if between.is_key()));
            let equal = keys.into_iter().filter_map(|part| match part {
                Cross::Between(between) => self.equal(at, between, reasons),
                Cross::All(_) | Cross::Any(_) | Cross::Not(_) | Cross::Own(..) => None,
            });
            let equal = equal.collect();
            let cross: Vec<NativePred> = others.into_iter().map(|part| self.cross(at, part, false, reasons)).collect();
            return (equal, Pred::all(cross), refers);
        }
        let ways: Vec<NativePred> = forms
            .iter()
            .enumerate()
            .map(|(index, form)| {
                let heads = self.heads(at);
                let flag = self.make(at, Wanted::Form(index), self.linked.span, &heads);
                let asked = self.cross(at, form, false, reasons);
                Pred::all([self.flag(at, flag, self.linked.span, &heads), asked])
            })
            .collect();
        (Vec::new(), Pred::any(ways), refers)
    }

    fn heads(&self, at: usize) -> Vec<Span> {
        heads(&self.linked.steps[self.found.steps[at].index])
    }

    /// The place of a step of the rule among those that were lowered. An optional one is never named.
    fn place_of(&self, step: usize) -> Option<usize> {
        self.found.steps.iter().position(|of| of.index == step)
    }

    fn equal(&mut self, at: usize, between: &Between, reasons: &mut Reasons) -> Option<EqualValues> {
        let step = self.place_of(between.step)?;
        self.lost(at, step, between, false, reasons);
        let own = self.make(at, Wanted::Field(between.left.clone(), Want::Different), between.span, &[between.span]);
        let theirs = self.make(step, Wanted::Field(between.right.clone(), Want::Different), between.span, &[between.span]);
        Some(EqualValues { own, step, theirs, at: between.span })
    }

    fn cross(&mut self, at: usize, cross: &Cross, negated: bool, reasons: &mut Reasons) -> NativePred {
        match cross {
            Cross::All(parts) => Pred::all(parts.iter().map(|part| self.cross(at, part, negated, reasons)).collect::<Vec<_>>()),
            Cross::Any(parts) => Pred::any(parts.iter().map(|part| self.cross(at, part, negated, reasons)).collect::<Vec<_>>()),
            Cross::Not(inner) => self.cross(at, inner, !negated, reasons).not(),
            Cross::Own(class, pred) => {
                let from = places(pred);
                let flag = self.make(at, Wanted::Own(*class, pred.clone()), self.linked.span, &from);
                let searches = &self.found.asked[self.found.steps[at].searches.clone()];
                for asked in searches.iter().filter(|asked| asked.place.binding.class == *class) {
                    promises::field_losses(pred, &asked.place, self::at(self.ground, self.linked.span), negated, reasons);
                    match super::branch::asks(pred, asked, self.ground) {
                        Ok(departures) => departures
                            .into_iter()
                            .for_each(|departure| reasons.depart(Departure { more: departure.more != negated, ..departure })),
                        Err(why) => self.refused.extend(why),
                    }
                }
                self.flag(at, flag, self.linked.span, &from)
            }
            Cross::Between(between) => self.compare(at, between, negated, reasons),
        }
    }

    /// What the target loses of what two steps compare.
    fn lost(&self, at: usize, other: usize, between: &Between, negated: bool, reasons: &mut Reasons) {
        for (step, name) in [(at, &between.left), (other, &between.right)] {
            let searches = &self.found.asked[self.found.steps[step].searches.clone()];
            lost::compared(self.ground, name, searches, between.span, negated, reasons);
        }
    }

    fn compare(&mut self, at: usize, between: &Between, negated: bool, reasons: &mut Reasons) -> NativePred {
        let Some(step) = self.place_of(between.step) else { return Pred::FALSE };
        self.lost(at, step, between, negated, reasons);
        let left = self.make(at, Wanted::Field(between.left.clone(), Want::Value), between.span, &[between.span]);
        let right = self.make(step, Wanted::Field(between.right.clone(), Want::Value), between.span, &[between.span]);
        let (left, right) = (self.column(at, left, &between.left), self.column(step, right, &between.right));
        let test = |field: &Native, op: Op<Native>| Pred::test(field.clone(), op, between.span);
        let op = Op::Field { op: between.op, other: Other { step: None, field: right.clone() }, case: between.case };
        Pred::all([test(&left, op), test(&left, Op::Exists), test(&right, Op::Exists)])
    }

    /// A made value as a column of the joined rows.
    fn column(&self, at: usize, index: usize, field: &str) -> Native {
        let made = &self.steps[at].made[index];
        let ty = match made.form {
            Form::Text | Form::Folded => NativeType::Text,
            Form::Number => NativeType::Real,
            Form::Flag => NativeType::Long,
            Form::Time => NativeType::Time,
        };
        let column = ColumnRef { name: made.name.clone().into(), owner: Str::default(), ty, multi: made.multi };
        let kept = match made.form {
            Form::Text | Form::Folded => self.steps[at].types[index],
            Form::Number => Type::Real,
            Form::Flag => Type::Int,
            Form::Time => Type::Time,
        };
        Native { field: field.to_owned().into(), value: NativeExpr::Column(column), ty: kept, missing: bind::EMPTY_TEXT, multi: made.multi }
    }

    fn flag(&self, at: usize, index: usize, span: Span, from: &[Span]) -> NativePred {
        let field = self.column(at, index, "");
        Pred::test(field, Op::Compare(Compare::Equal, Number::Int(1)), span).said_at(from)
    }

    /// What tells the step's events apart: nothing, where one of its tables has nothing.
    fn identity(&mut self, at: usize) -> Vec<usize> {
        let searches = self.found.steps[at].searches.clone();
        let mut columns: Option<Vec<String>> = None;
        for asked in &self.found.asked[searches] {
            let schema = asked.place.schema;
            let has_first = schema.identity.first().is_some_and(|first| asked.place.named(first).is_some());
            let own = schema.identity.iter().filter(|name| has_first && asked.place.named(name).is_some()).map(|name| name.to_string());
            let own: Vec<String> = own.collect();
            columns = Some(match columns {
                None => own,
                Some(known) if own.is_empty() || known.is_empty() => Vec::new(),
                Some(mut known) => {
                    known.extend(own.into_iter().filter(|name| !known.contains(name)).collect::<Vec<_>>());
                    known
                }
            });
        }
        let heads = self.heads(at);
        columns.unwrap_or_default().into_iter().map(|name| self.make(at, Wanted::Identity(name), self.linked.span, &heads)).collect()
    }

    /// For each step those above it of which its event must be another one.
    fn distinct(&self, identity: &[Vec<usize>], reasons: &mut Reasons) -> Vec<Vec<usize>> {
        let mut distinct: Vec<Vec<usize>> = identity.iter().map(|_| Vec::new()).collect();
        if matches!(self.linked.kind, LinkKind::AtLeast(_)) {
            return distinct;
        }
        for (earlier, later) in &self.linked.overlaps {
            let (Some(one), Some(other)) = (self.place_of(*earlier), self.place_of(*later)) else { continue };
            let of = |at: usize| &self.found.asked[self.found.steps[at].searches.clone()];
            let same =
                |a: &Asked, b: &Asked| a.place.schema.name == b.place.schema.name && a.place.container.table == b.place.container.table;
            if !of(one).iter().any(|a| of(other).iter().any(|b| same(a, b))) {
                continue;
            }
            if self.ground.dialect.tells_rows_apart() || !(identity[one].is_empty() || identity[other].is_empty()) {
                distinct[other].push(one);
            } else if !self.linked.steps[*earlier].optional && !self.linked.steps[*later].optional {
                let steps = [*earlier, *later].map(|index| label(&self.linked.steps[index]));
                let span = step_span(&self.linked.steps[*later], self.linked);
                reasons.widen(targets::one_event_two_steps(at(self.ground, span), &steps[0], &steps[1]));
            }
        }
        distinct
    }
}
