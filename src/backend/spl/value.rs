//! A native value as an expression of the eval dialect.
//!
//! In: a column, or a transform over columns that binding could not move into the operand. Out: the expression that computes it. Law: on
//! a row where the neutral value is missing it is null, `""`, or (of a number) fails its guard. Nothing is tested here.
//! Search Reference, "Evaluation functions".

use crate::backend::bind::{Native, NativeExpr, TIME};
use crate::backend::frag::Frag;
use crate::hir::registry::{CONTROL_SET, DWORD, HEX, HIVES, QWORD};
use crate::schema::{HiveForm, List, Str, Transform, Type, XML_REFERENCES, xml_pattern};

use super::calendar;
use super::eval_expr::WORDS;
use super::quote::{eval_name, eval_regex, eval_string};

/// What is known of the rows where an expression stands.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'k> {
    /// No column is null: tstats has filled them.
    pub filled: bool,
    /// Null would be wrong here: the expression gives `""` instead.
    pub two_valued: bool,
    /// Values that an earlier `eval` has put into a column.
    pub known: &'k [(NativeExpr, String)],
}

/// The value as text, for functions of text. A number's text is its digits.
pub fn text(native: &Native, rows: Rows) -> String {
    expression(&native.value, &native.missing, rows)
}

/// The value for a column of the result.
pub fn shown(native: &Native, filled: bool) -> String {
    let rows = Rows { filled, two_valued: false, known: &[] };
    match number_form(&native.value) {
        Some(number) if !matches!(native.value, NativeExpr::Column(_)) => match number.guard {
            Some(guard) => format!("if({}, {}, null())", guard.into_text(), number.value),
            None => number.value,
        },
        _ => text(native, rows),
    }
}

/// A number, and the test that it is one: eval orders text and numbers too, so an unguarded comparison would have an answer. None: it always is.
pub struct NumberForm {
    pub guard: Option<Frag>,
    pub value: String,
}

/// The value as a number.
pub fn number(native: &Native, rows: Rows) -> NumberForm {
    if let Some((_, name)) = rows.known.iter().find(|(known, _)| is_part(known) && *known == native.value) {
        return NumberForm { guard: None, value: name.clone() };
    }
    number_form(&native.value).unwrap_or_else(|| {
        let text = text(native, rows);
        if is_hex(&native.value) {
            return hex(&text);
        }
        let value = format!("tonumber({text})");
        NumberForm { guard: Some(Frag::atom(format!("isnotnull({value})"))), value }
    })
}

/// The text of the number is hexadecimal, also where it is one of several columns.
fn is_hex(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Apply(Transform::Hex, _) => true,
        NativeExpr::Apply(_, inputs) => !inputs.is_empty() && inputs.iter().all(is_hex),
        NativeExpr::Column(_) => false,
    }
}

fn hex(text: &str) -> NumberForm {
    let guard = Frag::atom(format!("match(coalesce({text}, \"\"), {})", eval_regex(r"^0[xX][0-9A-Fa-f]+\z")));
    NumberForm { guard: Some(guard), value: format!("tonumber(substr({text}, 3), 16)") }
}

fn number_form(value: &NativeExpr) -> Option<NumberForm> {
    match value {
        // Text that looks like a number is one to eval.
        NativeExpr::Column(column) => {
            let name = eval_name(&column.name);
            Some(NumberForm { guard: Some(Frag::atom(format!("isnum({name})"))), value: name.to_string() })
        }
        NativeExpr::Apply(Transform::Int, inputs) => number_form(inputs.first()?),
        NativeExpr::Apply(Transform::Hex, inputs) => {
            let column = eval_name(&inputs.first()?.column()?.name);
            Some(hex(&column.to_string()))
        }
        NativeExpr::Apply(Transform::Part(part), inputs) => {
            inputs.first().filter(|time| is_own_time(time)).map(|_| NumberForm { guard: None, value: calendar::part(*part) })
        }
        NativeExpr::Apply(
            Transform::Basename
            | Transform::Join(_)
            | Transform::First
            | Transform::Hash(_)
            | Transform::UserName
            | Transform::UserDomain
            | Transform::Lower
            | Transform::Map(_)
            | Transform::Concat(_)
            | Transform::Cut(_)
            | Transform::Json(_)
            | Transform::Xml(_)
            | Transform::OnlyIp
            | Transform::NotIp
            | Transform::Hive(_)
            | Transform::RegData
            | Transform::Lookup { .. }
            | Transform::Const(_)
            | Transform::Switch(_),
            _,
        ) => None,
    }
}

/// Whether SPL can compute the value: of one value a row, without a table of values (that is the binding's matter).
pub fn can_compute(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(column) => !column.multi,
        NativeExpr::Apply(Transform::Map(_) | Transform::Lookup { .. }, _) => false,
        // A time in a column of its own is a text, which eval reads in the time zone of who searches.
        NativeExpr::Apply(Transform::Part(_), inputs) => inputs.iter().all(is_own_time),
        NativeExpr::Apply(_, inputs) => inputs.iter().all(can_compute),
    }
}

/// A part of the time of the event.
pub fn is_part(value: &NativeExpr) -> bool {
    matches!(value, NativeExpr::Apply(Transform::Part(_), inputs) if inputs.iter().all(is_own_time))
}

/// The event's own time, which Splunk keeps in seconds.
pub fn is_own_time(value: &NativeExpr) -> bool {
    value.column().is_some_and(|column| column.name == TIME)
}

fn expression(value: &NativeExpr, missing: &[Str], rows: Rows) -> String {
    let column = |name: &str| {
        let name = eval_name(name);
        if rows.two_valued && !rows.filled { format!("coalesce({name}, \"\")") } else { name.to_string() }
    };
    if let Some((_, name)) = rows.known.iter().find(|(known, _)| known == value) {
        return column(name);
    }
    match value {
        NativeExpr::Column(known) => column(&known.name),
        NativeExpr::Apply(transform, inputs) => {
            let texts: Vec<String> = inputs.iter().map(|input| expression(input, missing, rows)).collect();
            apply(transform, &texts, missing, rows)
        }
    }
}

fn apply(transform: &Transform, texts: &[String], missing: &[Str], rows: Rows) -> String {
    let x = texts.first().map_or("\"\"", String::as_str);
    let cut = |pattern: &str| format!("replace({x}, {}, \"\")", eval_regex(pattern));
    let found = |pattern: &str| format!("match({x}, {})", eval_regex(pattern));
    match transform {
        Transform::Basename => cut(r"(?s)^.*[\\/]"),
        Transform::Join(separator) => match texts {
            [a, b] => format!(
                "case({}, \"\", {}, {a}, true(), {a}.{}.{b})",
                is_missing(a, missing, rows),
                is_missing(b, missing, rows),
                eval_string(separator)
            ),
            _ => x.to_owned(),
        },
        Transform::First => match texts {
            [rest @ .., last] => {
                rest.iter().rev().fold(last.clone(), |otherwise, a| format!("if({}, {otherwise}, {a})", is_missing(a, missing, rows)))
            }
            [] => x.to_owned(),
        },
        Transform::Hash(kind) => {
            let (label, digits) = (kind.label(), kind.digits());
            let pattern = format!(r"(?is)^(?:.*\b{label}=)?([0-9a-f]{{{digits}}})(?![0-9a-f]).*\z");
            format!("if({}, replace({x}, {}, \"\\1\"), \"\")", found(&pattern), eval_regex(&pattern))
        }
        Transform::UserName => {
            format!("if({}, {}, {})", found(r"\\"), cut(r"(?s)^.*\\"), cut(r"(?s)@.*\z"))
        }
        Transform::UserDomain => {
            format!("case({}, {}, {}, {}, true(), \"\")", found(r"\\"), cut(r"\\[^\\]*\z"), found("@"), cut(r"^[^@]*@"))
        }
        // As text, a number is what its column says.
        Transform::Int | Transform::Hex => x.to_owned(),
        Transform::Part(part) => format!("tostring({})", calendar::part(*part)),
        Transform::Lower => format!("lower({x})"),
        // Neither is ever computed: `can_compute`.
        Transform::Map(_) | Transform::Lookup { .. } => x.to_owned(),
        Transform::Concat(between) => match texts {
            [a, b] => {
                let missing = [a, b].map(|side| is_missing(side, missing, rows)).join(" OR ");
                format!("if({missing}, \"\", {a}.{}.{b})", eval_string(between))
            }
            _ => x.to_owned(),
        },
        Transform::Cut(cut) => {
            let pattern = whole(&cut.pattern());
            format!("if({}, replace({x}, {}, \"\\1\"), \"\")", found(&pattern), eval_regex(&pattern))
        }
        Transform::Json(key) => format!("spath({x}, {})", eval_string(&key.replace("[*]", "{}").replace('[', "{").replace(']', "}"))),
        Transform::Xml(key) => {
            let pattern = whole(&xml_pattern(key));
            let text = format!("if({}, replace({x}, {}, \"\\1\"), \"\")", found(&pattern), eval_regex(&pattern));
            XML_REFERENCES.iter().fold(text, |text, (from, to)| format!("replace({text}, {}, {})", eval_string(from), eval_string(to)))
        }
        Transform::OnlyIp => format!("if({}, {x}, \"\")", is_address(x)),
        Transform::NotIp => format!("if({}, \"\", {x})", is_address(x)),
        Transform::Hive(form) => hive(*form, x),
        Transform::RegData => reg_data(x),
        Transform::Const(value) => eval_string(value).to_string(),
        Transform::Switch(arms) => switch(arms, texts),
    }
}

/// A pattern that is searched for, as one of the whole text. Flags stand at its beginning only.
fn whole(pattern: &str) -> String {
    let (flags, body) = pattern.strip_prefix("(?s)").map_or(("(?i)", pattern), |body| ("(?is)", body));
    match body.strip_prefix('^') {
        Some(from_the_start) => format!(r"{flags}^{from_the_start}[\s\S]*\z"),
        None => format!(r"{flags}^[\s\S]*?(?:{body})[\s\S]*\z"),
    }
}

fn is_address(text: &str) -> String {
    format!("cidrmatch(\"0.0.0.0/0\", {text}) OR cidrmatch(\"::/0\", {text})")
}

fn hive(form: HiveForm, path: &str) -> String {
    let spelled = HIVES.iter().flat_map(|hive| {
        let other = hive.spellings(form).into_iter().filter(|spelling| *spelling != hive.long);
        other.map(|spelling| (format!(r"(?i)^{}(?=\\|\z)", regex_syntax::escape(spelling)), hive.long))
    });
    let (current, numbered) = CONTROL_SET;
    let sets = (format!(r"(?i)(?<=\\){numbered}(?=\\|\z)"), current);
    spelled
        .chain([sets])
        .fold(path.to_owned(), |path, (pattern, by)| format!("replace({path}, {}, {})", eval_regex(&pattern), eval_string(by)))
}

fn reg_data(data: &str) -> String {
    let pattern = |pattern: &str| eval_regex(&format!("(?i){}", pattern.replace('$', r"\z"))).to_string();
    let number = |of: &str, digits: &str| format!("tostring(tonumber(replace({data}, {}, \"{digits}\"), 16))", pattern(of));
    let arms = [(DWORD, r"\1"), (QWORD, r"\1\2"), (HEX, r"\1")];
    let arms = arms.map(|(of, digits)| format!("match({data}, {}), {}", pattern(of), number(of, digits)));
    format!("case({}, true(), {data})", arms.join(", "))
}

fn switch(arms: &[List<Str>], texts: &[String]) -> String {
    let Some((selector, values)) = texts.split_first() else { return "\"\"".to_owned() };
    let mut parts = Vec::new();
    for (wanted, value) in arms.iter().zip(values) {
        let wanted: Vec<String> = wanted.iter().map(|value| value.to_string()).collect();
        let patterns = super::pattern::of_texts(crate::hir::TextOp::Equals, Type::Text, &wanted, crate::hir::Casing::Ignore);
        let tests = patterns.iter().map(|pattern| Frag::atom(format!("match({selector}, {})", eval_regex(pattern)))).collect();
        parts.push(format!("{}, {value}", Frag::any(tests, WORDS).into_text()));
    }
    let otherwise = values.get(arms.len()).map_or("\"\"", String::as_str);
    format!("case({}, true(), {otherwise})", parts.join(", "))
}

/// A value inside a larger one is missing: null, empty, or what the schema writes for nothing.
fn is_missing(text: &str, missing: &[Str], rows: Rows) -> String {
    let mut words: Vec<String> = missing.iter().filter(|word| !word.is_empty()).map(|word| word.to_string()).collect();
    words.dedup();
    let text = if rows.filled || rows.two_valued { text.to_owned() } else { format!("coalesce({text}, \"\")") };
    if words.is_empty() {
        return format!("len({text})=0");
    }
    words.insert(0, String::new());
    let patterns = super::pattern::of_texts(crate::hir::TextOp::Equals, Type::Text, &words, crate::hir::Casing::Ignore);
    let tests = patterns.iter().map(|pattern| Frag::atom(format!("match({text}, {})", eval_regex(pattern)))).collect();
    Frag::any(tests, WORDS).into_text()
}
