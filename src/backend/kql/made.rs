//! Values that several searches make under one name, as KQL makes them.
//!
//! In: a [`Made`] and what each search says of it. Out: its [`Kind`], one for all searches (a `union` splits a column of two types in two),
//! and for each search the expression that makes it. Law: missing is `""` in a text and null in anything else, and nothing else is.

use crate::backend::bind::{Native, NativeExpr, NativePred};
use crate::backend::lines::Lines;
use crate::backend::plan::{Form, Made, MadeValue};
use crate::hir::Op;
use crate::schema::{NativeType, Transform, Type};

use super::lists::Lists;
use super::predicate::condition;
use super::query::WIDTH;
use super::quote::{name, quote};
use super::value;

/// The type of a made column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Long,
    Real,
    Time,
}

impl Kind {
    /// No value, in this type.
    pub fn missing(self) -> &'static str {
        match self {
            Kind::Text => "\"\"",
            Kind::Long => "long(null)",
            Kind::Real => "real(null)",
            Kind::Time => "datetime(null)",
        }
    }

    /// Whether the column has a value.
    pub fn present(self, column: &str) -> String {
        match self {
            Kind::Text => format!("isnotempty({column})"),
            Kind::Long | Kind::Real | Kind::Time => format!("isnotnull({column})"),
        }
    }
}

/// The kind of a made value, from what every search makes of it.
pub fn kind<'v>(made: &Made, values: impl Iterator<Item = &'v MadeValue>) -> Kind {
    match made.form {
        Form::Text | Form::Folded => Kind::Text,
        Form::Flag => Kind::Long,
        Form::Time => Kind::Time,
        Form::Number => {
            let is_real = |value: &MadeValue| match value {
                MadeValue::Value { native, .. } => of_number(native) == Kind::Real,
                MadeValue::Constant(text) => text.parse::<i64>().is_err(),
                MadeValue::Cases(_) | MadeValue::When(_) | MadeValue::Time | MadeValue::Nothing => false,
            };
            if values.into_iter().any(is_real) { Kind::Real } else { Kind::Long }
        }
    }
}

/// Whole numbers stay so, also those that are kept as text. A timespan is counted in seconds.
fn of_number(native: &Native) -> Kind {
    match value::type_of(&native.value) {
        NativeType::Int | NativeType::Long | NativeType::Bool => Kind::Long,
        NativeType::Text | NativeType::Dynamic | NativeType::Guid if matches!(native.ty, Type::Int | Type::Port) => Kind::Long,
        NativeType::Text | NativeType::Dynamic | NativeType::Guid => Kind::Real,
        NativeType::Real | NativeType::Time | NativeType::Timespan => Kind::Real,
    }
}

/// Whether each row that the searches find has a value.
pub fn is_always_there<'v>(mut values: impl Iterator<Item = &'v MadeValue>) -> bool {
    values.all(|value| match value {
        MadeValue::Value { present, .. } => present.is_true(),
        MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Time => true,
        MadeValue::Cases(cases) => cases.last().is_some_and(|(when, _)| when.is_true()),
        MadeValue::Nothing => false,
    })
}

/// The value in the rows of a search, whose column of time is `time`; a long one is broken, its further lines at `indent`.
pub fn expression(made: &Made, value: &MadeValue, kind: Kind, time: Option<&str>, lists: &Lists, indent: usize) -> Lines {
    let missing = || Lines::from(kind.missing());
    match value {
        MadeValue::Value { native, present } => {
            let said = Lines::from(of_native(native, made.form, kind));
            if present.is_false() {
                missing()
            } else if present.is_true() || is_said_by(present, native) {
                said
            } else {
                broken("iff", &[condition(present, lists).laid_out(indent, WIDTH), said, missing()], indent)
            }
        }
        MadeValue::Cases(cases) => of_cases(cases, made.form, lists, indent),
        MadeValue::Constant(text) => match kind {
            Kind::Text => quote(&cased(text, made.form)).into(),
            Kind::Long | Kind::Real => text.parse::<f64>().map_or_else(|_| missing(), |_| Lines::from(text.clone())),
            Kind::Time => missing(),
        },
        MadeValue::When(pred) if pred.is_true() => "1".into(),
        MadeValue::When(pred) if pred.is_false() => "0".into(),
        MadeValue::When(pred) => broken("iff", &[condition(pred, lists).laid_out(indent, WIDTH), "1".into(), "0".into()], indent),
        MadeValue::Time => time.map_or_else(missing, |time| name(time).into()),
        MadeValue::Nothing => missing(),
    }
}

/// The column that the value is, as it stands.
pub fn column<'v>(made: &Made, value: &'v MadeValue, kind: Kind, time: Option<&'v str>) -> Option<&'v str> {
    match value {
        MadeValue::Value { native, present } => {
            let column = native.value.column()?;
            let is_plain = of_native(native, made.form, kind) == name(&column.name);
            (is_plain && (present.is_true() || is_said_by(present, native))).then_some(&*column.name)
        }
        MadeValue::Time => time,
        MadeValue::Cases(_) | MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Nothing => None,
    }
}

/// A call on one line, or with one argument a line; of `case`, one condition a line.
pub fn broken(call: &str, arguments: &[Lines], indent: usize) -> Lines {
    let head = format!("{call}(");
    let flat = Lines::join(arguments, ", ").within(&head, ")");
    if flat.is_one_line() && flat.width() + indent <= WIDTH {
        return flat;
    }
    let pad = " ".repeat(indent);
    let together = if call == "case" { 2 } else { 1 };
    let lines: Vec<Lines> = arguments.chunks(together).map(|chunk| Lines::join(chunk, ", ")).collect();
    Lines::join(&lines, &format!(",\n{pad}")).within(&format!("{head}\n{pad}"), ")")
}

fn of_native(native: &Native, form: Form, kind: Kind) -> String {
    let own = value::type_of(&native.value);
    match kind {
        Kind::Text => {
            let text = value::text(&native.value);
            match form {
                // An IPv4 address stands alone or in IPv6.
                Form::Folded if native.ty == Type::Ip => format!("trim_start(\"::ffff:\", tolower({text}))"),
                // A GUID stands alone or in braces; one that is kept as a GUID has none.
                Form::Folded if native.ty == Type::Guid && own != NativeType::Guid => format!("trim(@\"[{{}}]\", tolower({text}))"),
                Form::Folded => format!("tolower({text})"),
                Form::Text | Form::Number | Form::Time | Form::Flag => text,
            }
        }
        Kind::Time => value::plain(&native.value),
        Kind::Long => match own {
            NativeType::Long => value::plain(&native.value),
            NativeType::Text | NativeType::Dynamic | NativeType::Guid => format!("tolong({})", value::text(&native.value)),
            NativeType::Int | NativeType::Real | NativeType::Bool | NativeType::Time | NativeType::Timespan => {
                format!("tolong({})", value::plain(&native.value))
            }
        },
        Kind::Real => match own {
            NativeType::Real => value::plain(&native.value),
            NativeType::Timespan => format!("{} / 1s", value::plain(&native.value)),
            NativeType::Text | NativeType::Dynamic | NativeType::Guid => format!("toreal({})", value::text(&native.value)),
            NativeType::Int | NativeType::Long | NativeType::Bool | NativeType::Time => {
                format!("toreal({})", value::plain(&native.value))
            }
        },
    }
}

/// A value is itself empty, or null, where it is missing, unless a product writes a word for that, or more is asked than that there is a
/// value, and which of several columns has it.
fn is_said_by(present: &NativePred, native: &Native) -> bool {
    let mut selectors = Vec::new();
    selected_by(&native.value, &mut selectors);
    let mut only = native.missing.iter().all(|word| word.is_empty());
    present.tests(&mut |test| only &= matches!(test.op, Op::Exists) || selectors.contains(&&test.field.value));
    only
}

/// What tells the arms of each choice apart.
fn selected_by<'v>(value: &'v NativeExpr, found: &mut Vec<&'v NativeExpr>) {
    let NativeExpr::Apply(transform, inputs) = value else { return };
    if let (Transform::Switch(_), Some(selector)) = (transform, inputs.first()) {
        found.push(selector);
    }
    inputs.iter().for_each(|input| selected_by(input, found));
}

fn of_cases(cases: &[(NativePred, String)], form: Form, lists: &Lists, indent: usize) -> Lines {
    let mut parts: Vec<Lines> = Vec::new();
    let mut otherwise = Lines::from("\"\"");
    for (when, word) in cases {
        let word = Lines::from(quote(&cased(word, form)));
        if when.is_true() {
            otherwise = word;
            break;
        }
        parts.extend([condition(when, lists).laid_out(indent, WIDTH), word]);
    }
    let call = match parts.len() {
        0 => return otherwise,
        2 => "iff",
        _ => "case",
    };
    parts.push(otherwise);
    broken(call, &parts, indent)
}

fn cased(text: &str, form: Form) -> String {
    match form {
        Form::Folded => text.to_lowercase(),
        Form::Text | Form::Number | Form::Time | Form::Flag => text.to_owned(),
    }
}
