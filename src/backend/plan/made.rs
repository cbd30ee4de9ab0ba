//! Values that several searches make alike: keys, what is counted, what steps compare.
//!
//! In: a field, or a test, and a search before it is printed. Out: a [`MadeValue`]. Law: on every row that the search finds the value is that
//! of the neutral event, in the form asked for, or missing where the field is; what a dialect cannot compute so is refused.

use crate::diag::Diagnostic;
use crate::diag::targets::{self, At};
use crate::hir::{Op, Pred, Scalar};
use crate::schema::{Actions, Class, FieldId, Type};
use crate::source::Span;

use super::super::bind::{self, Bound, Known, Native, NativePred, Place};
use super::branch::class_pred;
use super::search::Asked;
use super::{Dialect, Form, MadeValue, assume};

/// What a made value is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// A key: every row that is found has one, and it is told apart as keys are.
    Key,
    /// To be told apart as keys are, or left out where it is missing.
    Different,
    /// To be compared with `cased`, or by an operator that minds case itself; a number to be reckoned with.
    Value,
    /// To be read by a person.
    Show,
}

/// The form in which a field of this type is made.
pub(super) fn form(ty: Type, want: Want) -> Form {
    match ty {
        Type::Int | Type::Real | Type::Port | Type::Duration => Form::Number,
        Type::Time => Form::Time,
        Type::Text
        | Type::Path
        | Type::FileName
        | Type::CommandLine
        | Type::RegistryPath
        | Type::Data
        | Type::Ip
        | Type::Domain
        | Type::Host
        | Type::Url
        | Type::Email
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Guid
        | Type::Sid
        | Type::User
        | Type::Bool
        | Type::Enum => match want {
            Want::Key | Want::Different => Form::Folded,
            Want::Value | Want::Show => Form::Text,
        },
    }
}

/// A field in the rows of a search, or why the dialect cannot have it.
pub(super) fn of_field(asked: &Asked, name: &str, want: Want, span: Span, dialect: &dyn Dialect) -> Result<MadeValue, Diagnostic> {
    let place = &asked.place;
    let class = place.class();
    if name == "time" {
        return Ok(if place.time().is_some() { MadeValue::Time } else { MadeValue::Nothing });
    }
    if name == "action" && !class.actions.is_empty() {
        return of_action(asked, class, span, want);
    }
    let Some(id) = class.field(name) else { return Ok(MadeValue::Nothing) };
    let facts = &asked.facts;
    Ok(match place.field(id) {
        Known::Absent => MadeValue::Nothing,
        Known::Constant(text) => MadeValue::Constant(text),
        // What is only read is shown as it stands, as in a match by itself.
        Known::Native(native, _) if want == Want::Show => {
            let native = Native { value: assume::value(&native.value, facts), ..native };
            // A number stands in a column of numbers, where a product's spelling of one (`0x1f4`) has no place.
            let is_number = form(class.get(id).ty, want) == Form::Number && dialect.cannot_make(&native, span).is_none();
            let native = if is_number { native } else { super::columns::written(native) };
            MadeValue::Value { native, present: Pred::TRUE }
        }
        Known::Native(..) if class.get(id).values.is_some() || class.get(id).ty == Type::Bool => {
            let cases = values(place, class, id).into_iter().map(|(scalar, word)| {
                let Bound { pred, .. } = bind::bind(&Pred::test(id, Op::OneOf(vec![scalar]), span), place);
                (assume::under(pred, facts.clone()), word)
            });
            MadeValue::Cases(cases.filter(|(pred, _)| !pred.is_false()).collect())
        }
        Known::Native(native, _) => {
            let native = Native { value: assume::value(&native.value, facts), ..native };
            let present = match want {
                Want::Key => Pred::TRUE,
                Want::Different | Want::Value | Want::Show => {
                    let Bound { pred, .. } = bind::bind(&Pred::test(id, Op::Exists, span), place);
                    assume::under(pred, facts.clone())
                }
            };
            if let Some(why) = dialect.cannot_make(&native, span) {
                return Err(why);
            }
            MadeValue::Value { native, present }
        }
    })
}

/// The values of an enumeration or a truth value, each with its word.
fn values(place: &Place, class: &Class, id: FieldId) -> Vec<(Scalar, String)> {
    match class.get(id).values {
        Some(values) => {
            let values = &place.packs.model.enumeration(values).values;
            values.iter().map(|value| (Scalar::Enum(value.to_string()), value.to_string())).collect()
        }
        None => [true, false].map(|truth| (Scalar::Bool(truth), truth.to_string())).to_vec(),
    }
}

/// The actions that the search can find. Where one native value stands for several, nothing tells which it was.
fn of_action(asked: &Asked, class: &Class, span: Span, want: Want) -> Result<MadeValue, Diagnostic> {
    let place = &asked.place;
    let facts = &asked.facts;
    let mut cases = Vec::new();
    for told in place.container.alternatives.iter() {
        let actions = told.actions.and(asked.actions).and(class.every_action());
        match actions.iter().collect::<Vec<_>>().as_slice() {
            [] => {}
            [one] => cases.push((assume::under(class_pred(told, place), facts.clone()), class.actions[*one].to_string())),
            _ if want == Want::Show => {}
            _ => return Err(targets::actions_as_one(At { span, target: place.target.name() }, &class.name, &named(class, actions))),
        }
    }
    Ok(match cases.as_slice() {
        [(pred, word)] if pred.is_true() => MadeValue::Constant(word.clone()),
        _ => MadeValue::Cases(cases),
    })
}

fn named(class: &Class, actions: Actions) -> String {
    actions.iter().filter_map(|index| class.actions.get(index)).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Whether a row satisfies a predicate of its class.
pub(super) fn of_pred(asked: &Asked, pred: &Pred) -> MadeValue {
    let Bound { pred, .. } = bind::bind(pred, &asked.place);
    MadeValue::When(assume::under(pred, asked.facts.clone()))
}

impl MadeValue {
    /// The same, its tests said at these places.
    pub(super) fn said_at(self, places: &[Span]) -> MadeValue {
        match self {
            MadeValue::Value { native, present } => MadeValue::Value { native, present: present.said_at(places) },
            MadeValue::Cases(cases) => MadeValue::Cases(cases.into_iter().map(|(when, word)| (when.said_at(places), word)).collect()),
            MadeValue::When(when) => MadeValue::When(when.said_at(places)),
            MadeValue::Constant(_) | MadeValue::Time | MadeValue::Nothing => self,
        }
    }
}

impl MadeValue {
    /// The predicates in it.
    pub fn preds(&self) -> Vec<&NativePred> {
        match self {
            MadeValue::Value { present, .. } => vec![present],
            MadeValue::Cases(cases) => cases.iter().map(|(pred, _)| pred).collect(),
            MadeValue::When(pred) => vec![pred],
            MadeValue::Constant(_) | MadeValue::Time | MadeValue::Nothing => Vec::new(),
        }
    }
}

/// Names of made values: plain words, each once, none of them a column that a search reads.
#[derive(Default)]
pub(super) struct Names {
    taken: Vec<String>,
}

impl Names {
    /// The columns that the bindings of the searches use are taken, and those that their predicates name.
    pub(super) fn new(searches: &[Asked]) -> Names {
        let mut taken: Vec<String> = Vec::new();
        for asked in searches {
            let place = &asked.place;
            let bound = place.container.fields.iter().flat_map(|bound| bound.value.columns());
            taken.extend(bound.map(|column| place.written(column)).chain(place.time()));
            for pred in std::iter::once(&asked.pred).chain(asked.labels.iter().map(|label| &label.when)) {
                pred.tests(&mut |test| taken.extend(test.field.value.columns().iter().map(|column| column.name.to_string())));
            }
        }
        taken.iter_mut().for_each(|name| name.make_ascii_lowercase());
        taken.sort_unstable();
        taken.dedup();
        Names { taken }
    }

    pub(super) fn free(&mut self, wanted: &str) -> String {
        let mut plain: String = wanted.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if plain.starts_with(|c: char| c.is_ascii_digit()) {
            plain.insert(0, '_');
        }
        let (mut name, mut number) = (plain.clone(), 2);
        while self.taken.contains(&name.to_ascii_lowercase()) {
            name = format!("{plain}_{number}");
            number += 1;
        }
        self.taken.push(name.to_ascii_lowercase());
        name
    }
}
