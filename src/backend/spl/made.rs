//! Values that every search makes under one name: keys, what is counted, what steps compare.
//!
//! In: a [`MadeValue`] of a search. Out: the expression of the eval dialect that makes it. Law: on a row that the search has passed it is the
//! value in its [`Form`], or null where the value is missing; of a column of several values in one row, every value that is not missing,
//! each in that form. `mvmap()` looks at them one by one (Search Reference, "Multivalue eval functions").

use crate::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{Chains, Form, Made, MadeValue, Plan};
use crate::hir::{Pred, Test};
use crate::schema::Type;

use super::eval_expr::Scope;
use super::quote::{eval_name, eval_string};
use super::stage::{self, WIDTH};
use super::value;

/// How a value is made in the rows of one search.
pub struct Making<'m> {
    pub scope: &'m Scope,
    /// The column of the event's time.
    pub time: &'m str,
    /// Columns of which a row may hold several values.
    pub several: &'m dyn Fn(&str) -> bool,
}

impl Making<'_> {
    /// The expression; None: null in every row.
    pub fn expression(&self, made: &Made, value: &MadeValue) -> Option<Lines> {
        let folded = |text: &str| if made.form == Form::Folded { text.to_lowercase() } else { text.to_owned() };
        match value {
            MadeValue::Value { native, present } => Some(self.value(made.form, native, present)),
            MadeValue::Cases(cases) if matches!(cases.first(), Some((when, _)) if when.is_true()) => {
                cases.first().map(|(_, word)| eval_string(&folded(word)).to_string().into())
            }
            MadeValue::Cases(cases) => {
                let arms = cases.iter().map(|(when, word)| {
                    let when = self.condition(when);
                    when.into_line().within("", &format!(", {}", eval_string(&folded(word))))
                });
                let arms: Vec<Lines> = arms.collect();
                (!arms.is_empty()).then(|| stage::call("case", &arms))
            }
            MadeValue::Constant(text) => Some(eval_string(&folded(text)).to_string().into()),
            MadeValue::When(pred) if pred.is_true() => Some("1".into()),
            MadeValue::When(pred) if pred.is_false() => Some("0".into()),
            MadeValue::When(pred) => Some(self.condition(pred).laid_out(12, WIDTH).within("if(", ", 1, 0)")),
            MadeValue::Time => Some(self.time.into()),
            MadeValue::Nothing => None,
        }
    }

    fn condition(&self, pred: &NativePred) -> Frag {
        self.scope.condition(pred)
    }

    fn value(&self, form: Form, native: &Native, present: &NativePred) -> Lines {
        let several = native.value.columns().into_iter().find(|column| (self.several)(&column.name));
        let (native, present) = (one_value(native), present.map(&mut |test| Pred::Test(of_one_value(test))));
        let rows = self.scope.rows(false);
        let guard = (!present.is_true()).then(|| self.condition(&present));
        let (guard, value) = match (form, &native.value) {
            (Form::Text | Form::Time | Form::Flag, _) => (guard, value::text(&native, rows)),
            (Form::Folded, _) => {
                let text = format!("lower({})", value::text(&native, rows));
                (guard, one_spelling(text, native.ty))
            }
            // Null of text that is no number; and one number has one text.
            (Form::Number, NativeExpr::Column(column)) => (guard, format!("tonumber({})", eval_name(&column.name))),
            (Form::Number, NativeExpr::Apply(..)) => {
                let number = value::number(&native, rows);
                (stage::all(guard.into_iter().chain(number.guard).collect()), number.value)
            }
        };
        let made = match guard {
            Some(guard) => guard.laid_out(12, WIDTH).within("if(", &format!(", {value}, null())")),
            None => Lines::from(value),
        };
        match several.map(|column| eval_name(&column.name).to_string()) {
            Some(column) if !made.reads(&column) => made.within(&format!("mvmap({column}, "), ")"),
            Some(_) | None => made,
        }
    }
}

/// A GUID stands alone or in braces, an IPv4 address alone or in IPv6.
fn one_spelling(text: String, ty: Type) -> String {
    if ty == Type::Guid {
        format!("trim({text}, \"{{}}\")")
    } else if ty == Type::Ip {
        format!("replace({text}, \"^::ffff:\", \"\")")
    } else {
        text
    }
}

/// Whether a value of a step may be null in one of its rows. `filled`: no column is.
pub fn is_missing(plan: &Plan, chains: &Chains, step: usize, made: usize, filled: bool) -> bool {
    let of_step = &chains.steps[step];
    let values = plan.searches[of_step.searches.clone()].iter().filter_map(|search| search.made.get(chains.keys.len() + made));
    let is_number = match of_step.made[made].form {
        Form::Number => true,
        Form::Text | Form::Folded | Form::Time | Form::Flag => false,
    };
    values.into_iter().any(|value| match value {
        MadeValue::Value { native, present } => !filled || is_number || !present.is_true() || native.value.column().is_none(),
        MadeValue::Cases(cases) => !matches!(cases.first(), Some((when, _)) if when.is_true()),
        MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Time => false,
        MadeValue::Nothing => true,
    })
}

/// Whether eval can make the value: of several values only one by one, so of one column alone, and without a table of values.
pub fn can_make(native: &Native) -> bool {
    let several = native.value.columns().iter().filter(|column| column.multi).count();
    (several == 0 || native.value.columns().len() == 1) && value::can_compute(&one_value(native).value)
}

fn of_one_value(test: &Test<Native>) -> Test<Native> {
    test.with(one_value(&test.field), test.op.map_field(one_value))
}

/// The value where each of its columns holds one.
fn one_value(native: &Native) -> Native {
    fn of(value: &NativeExpr) -> NativeExpr {
        match value {
            NativeExpr::Column(column) => NativeExpr::Column(ColumnRef { multi: false, ..column.clone() }),
            NativeExpr::Apply(transform, inputs) => NativeExpr::Apply(transform.clone(), inputs.iter().map(of).collect()),
        }
    }
    Native { value: of(&native.value), multi: false, ..native.clone() }
}
