//! A native value as a KQL expression.
//!
//! In: a column, or a transform over columns that binding could not move into the operand. Out: the expression that computes it, of a
//! known type. Law: on a row where the neutral value is missing, a text is `""` and anything else null. Nothing is tested here.

use crate::backend::bind::NativeExpr;
use crate::hir::registry::{CONTROL_SET, DWORD, HEX, HIVES, QWORD};
use crate::schema::{HiveForm, List, NativeType, Str, TimePart, Transform, XML_REFERENCES, xml_pattern};

use super::quote::{name, quote};

/// The value in its own type.
pub fn plain(value: &NativeExpr) -> String {
    match value {
        NativeExpr::Column(column) => name(&column.name),
        NativeExpr::Apply(transform, inputs) => apply(transform, inputs),
    }
}

/// The value as text; a string in Kusto is never null, so null becomes `""`.
pub fn text(value: &NativeExpr) -> String {
    if type_of(value) == NativeType::Text { plain(value) } else { format!("tostring({})", plain(value)) }
}

/// The value as a number; text that is no number is null.
pub fn number(value: &NativeExpr) -> String {
    match type_of(value) {
        NativeType::Text | NativeType::Dynamic | NativeType::Guid => format!("toreal({})", text(value)),
        NativeType::Int | NativeType::Long | NativeType::Real | NativeType::Bool | NativeType::Time | NativeType::Timespan => plain(value),
    }
}

pub fn type_of(value: &NativeExpr) -> NativeType {
    match value {
        NativeExpr::Column(column) => column.ty,
        NativeExpr::Apply(transform, inputs) => match transform {
            Transform::Int | Transform::Hex => NativeType::Long,
            Transform::Part(_) => NativeType::Int,
            Transform::Basename
            | Transform::Join(_)
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
            | Transform::Const(_) => NativeType::Text,
            Transform::Lookup { .. } => NativeType::Dynamic,
            Transform::Switch(_) => inputs.get(1).map_or(NativeType::Text, type_of),
            Transform::First => inputs.first().map_or(NativeType::Text, type_of),
        },
    }
}

/// Whether KQL can compute the value. A table of values is the binding's matter: where it is still here, nothing stands for it.
pub fn can_compute(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(column) => !column.multi,
        NativeExpr::Apply(Transform::Map(_) | Transform::Lookup { .. }, _) => false,
        // Every item of a list has no value of its own.
        NativeExpr::Apply(Transform::Json(key), _) if key.contains("[*]") => false,
        NativeExpr::Apply(_, inputs) => inputs.iter().all(can_compute),
    }
}

fn apply(transform: &Transform, inputs: &[NativeExpr]) -> String {
    let texts: Vec<String> = inputs.iter().map(text).collect();
    let first = texts.first().map_or("\"\"", String::as_str);
    match transform {
        Transform::Basename => format!(r#"extract(@"[^\\/]*$", 0, {first})"#),
        Transform::Join(separator) => match texts.as_slice() {
            [a, b] => format!("case(isempty({a}), \"\", isempty({b}), {a}, strcat({a}, {}, {b}))", quote(separator)),
            _ => first.to_owned(),
        },
        Transform::First => match inputs {
            // coalesce() passes over empty texts as over nulls.
            [a, b] if type_of(a) == type_of(b) => format!("coalesce({}, {})", plain(a), plain(b)),
            _ => format!("coalesce({})", texts.join(", ")),
        },
        Transform::Hash(kind) => {
            let (label, digits) = (kind.label(), kind.digits());
            format!("extract(@\"(?i)(?:^|{label}=)([0-9a-f]{{{digits}}})(?:$|,)\", 1, {first})")
        }
        Transform::UserName => format!(r#"iff({first} contains @"\", extract(@"[^\\]*$", 0, {first}), extract(@"^[^@]*", 0, {first}))"#),
        Transform::UserDomain => {
            format!(r#"iff({first} contains @"\", extract(@"(?s)^(.*)\\", 1, {first}), extract(@"(?s)^[^@]*@(.*)$", 1, {first}))"#)
        }
        // tolong() reads hexadecimal too, which a decimal number is not.
        Transform::Int => format!("iff({first} contains \"x\", long(null), tolong({first}))"),
        Transform::Hex => format!("iff({first} startswith \"0x\", tolong({first}), long(null))"),
        Transform::Lower => format!("tolower({first})"),
        // Never computed: `can_compute`.
        Transform::Map(_) => first.to_owned(),
        // Shown only, of a table that is joined before.
        Transform::Lookup { table, column } => joined(table, column),
        Transform::Concat(_) => concat(transform, inputs),
        Transform::Cut(cut) => format!("extract({}, 1, {first})", quote(&format!("(?i){}", cut.pattern()))),
        // Of each item of a list, the list is shown; no test comes here: `can_compute`.
        Transform::Json(key) => {
            let key = key.split_once("[*]").map_or(key.as_ref(), |(before, _)| before);
            format!("tostring(parse_json({}){})", inputs.first().map_or_else(String::new, plain), steps(key))
        }
        // A regex, as ASIM's own parsers read it: parse_xml() gives a list of elements, in which no name is found without a row for each.
        Transform::Xml(key) => {
            let text = format!("extract({}, 1, {first})", quote(&format!("(?i){}", xml_pattern(key))));
            XML_REFERENCES.iter().fold(text, |text, (from, to)| format!("replace_string({text}, {}, {})", quote(from), quote(to)))
        }
        Transform::OnlyIp => format!("iff(isnotnull(parse_ipv6({first})), {first}, \"\")"),
        Transform::NotIp => format!("iff(isnull(parse_ipv6({first})), {first}, \"\")"),
        Transform::Hive(form) => hive(*form, first),
        Transform::RegData => reg_data(first),
        Transform::Part(part) => part_of_time(*part, inputs.first(), first),
        Transform::Const(value) => quote(value),
        Transform::Switch(arms) => switch(arms, inputs),
    }
}

/// A datetime of Kusto is in UTC, and so is every part of it; its weeks are those of ISO 8601.
/// <https://learn.microsoft.com/kusto/query/scalar-data-types/datetime>, <https://learn.microsoft.com/kusto/query/week-of-year-function>
fn part_of_time(part: TimePart, input: Option<&NativeExpr>, text: &str) -> String {
    let time = input.filter(|input| type_of(input) == NativeType::Time).map_or_else(|| format!("todatetime({text})"), plain);
    match part {
        TimePart::Minute => format!("datetime_part(\"minute\", {time})"),
        TimePart::Hour => format!("hourofday({time})"),
        TimePart::Day => format!("dayofmonth({time})"),
        TimePart::Week => format!("week_of_year({time})"),
        TimePart::Month => format!("getmonth({time})"),
        TimePart::Year => format!("getyear({time})"),
    }
}

/// All parts behind one another; nothing where one is missing.
fn concat(transform: &Transform, inputs: &[NativeExpr]) -> String {
    fn parts<'e>(transform: &'e Transform, inputs: &'e [NativeExpr], texts: &mut Vec<String>, asked: &mut Vec<String>) {
        for (at, input) in inputs.iter().enumerate() {
            if let (1, Transform::Concat(between)) = (at, transform)
                && !between.is_empty()
            {
                texts.push(quote(between));
            }
            match input {
                NativeExpr::Apply(inner @ Transform::Concat(_), inputs) => parts(inner, inputs, texts, asked),
                NativeExpr::Apply(Transform::Const(text), _) => texts.push(quote(text)),
                NativeExpr::Apply(..) | NativeExpr::Column(_) => {
                    texts.push(text(input));
                    asked.push(format!("isempty({})", text(input)));
                }
            }
        }
    }
    let (mut texts, mut asked) = (Vec::new(), Vec::new());
    parts(transform, inputs, &mut texts, &mut asked);
    format!("iff({}, \"\", strcat({}))", asked.join(" or "), texts.join(", "))
}

/// What the column of a joined table is called.
pub fn joined(table: &str, column: &str) -> String {
    name(&format!("{table}_{column}"))
}

/// `.a.b`, `[0]`, `["x-y"]`
fn steps(key: &str) -> String {
    let mut steps = String::new();
    for part in key.split('.').flat_map(|part| part.split_inclusive(']')) {
        match part.find('[') {
            Some(at) => {
                steps.push_str(&member(&part[..at]));
                steps.push_str(&part[at..]);
            }
            None => steps.push_str(&member(part)),
        }
    }
    steps
}

fn member(part: &str) -> String {
    match part {
        "" => String::new(),
        part if name(part) == part => format!(".{part}"),
        part => format!("[{}]", quote(part)),
    }
}

fn hive(form: HiveForm, path: &str) -> String {
    let spelled = HIVES.iter().flat_map(|hive| {
        let other = hive.spellings(form).into_iter().filter(|spelling| *spelling != hive.long);
        other.map(|spelling| (format!(r"(?i)^{}(\\|$)", regex_syntax::escape(spelling)), format!(r"{}\1", hive.long)))
    });
    let (current, numbered) = CONTROL_SET;
    let sets = (format!(r"(?i)\\{numbered}(\\|$)"), format!(r"\\{current}\1"));
    spelled.chain([sets]).fold(path.to_owned(), |path, (pattern, by)| format!("replace_regex({path}, {}, {})", quote(&pattern), quote(&by)))
}

fn reg_data(data: &str) -> String {
    let insensitive = |pattern: &str| quote(&format!("(?i){pattern}"));
    let found = |pattern: &str| format!("{data} matches regex {}", insensitive(pattern));
    let part = |pattern: &str, group: u8| format!("extract({}, {group}, {data})", insensitive(pattern));
    let number = |digits: &str| format!("tostring(tolong(strcat(\"0x\", {digits})))");
    let (dword, hex) = (number(&part(DWORD, 1)), number(&part(HEX, 1)));
    let qword = number(&format!("{}, {}", part(QWORD, 1), part(QWORD, 2)));
    format!("case({}, {dword}, {}, {qword}, {}, {hex}, {data})", found(DWORD), found(QWORD), found(HEX))
}

/// So many values of what decides are compared one by one: Defender's stream knows no list.
const FEW: usize = 3;

/// Whether what decides is held against a list.
pub fn asks_a_list(arms: &[List<Str>]) -> bool {
    arms.iter().any(|wanted| wanted.len() > FEW)
}

fn switch(arms: &[List<Str>], inputs: &[NativeExpr]) -> String {
    let Some((selector, values)) = inputs.split_first() else { return "\"\"".to_owned() };
    let ty = values.first().map_or(NativeType::Text, type_of);
    let same = values.iter().all(|value| type_of(value) == ty);
    let say = |value: &NativeExpr| if same { plain(value) } else { text(value) };
    let mut parts = Vec::new();
    for (wanted, value) in arms.iter().zip(values) {
        let wanted: Vec<String> = wanted.iter().map(|value| quote(value)).collect();
        let told = if wanted.len() <= FEW {
            wanted.iter().map(|value| format!("{} =~ {value}", text(selector))).collect::<Vec<_>>().join(" or ")
        } else {
            format!("{} in~ ({})", text(selector), wanted.join(", "))
        };
        parts.push(format!("{told}, {}", say(value)));
    }
    let otherwise = values.get(arms.len()).map_or_else(|| null(if same { ty } else { NativeType::Text }).to_owned(), say);
    let call = if parts.len() == 1 { "iff" } else { "case" };
    format!("{call}({}, {otherwise})", parts.join(", "))
}

/// No value, in a type.
fn null(ty: NativeType) -> &'static str {
    match ty {
        NativeType::Text => "\"\"",
        NativeType::Int => "int(null)",
        NativeType::Long => "long(null)",
        NativeType::Real => "real(null)",
        NativeType::Bool => "bool(null)",
        NativeType::Time => "datetime(null)",
        NativeType::Guid => "guid(null)",
        NativeType::Dynamic => "dynamic(null)",
        NativeType::Timespan => "timespan(null)",
    }
}
