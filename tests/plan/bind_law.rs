//! Law: on every row of a container the native predicate says what the neutral one says of the neutral event.

use std::collections::BTreeMap;

use proptest::prelude::*;
use spoor::backend::Target;
use spoor::backend::bind::{self, Place};
use spoor::engine::reference;
use spoor::hir::{Casing, Compare, Event, FieldOp, LikePattern, Number, Op, Other, Pred, Regex, Scalar, TextOp};
use spoor::schema::{Expr, FieldBinding, FieldId, Str, Transform, Type};

use crate::bind::place;
use crate::build::*;
use crate::rows::{Row, computed, holds, is_missing};

/// Each container that the law is tried in, with the fields whose values are texts, numbers or words.
fn places() -> Vec<Place<'static>> {
    let mut places = Vec::new();
    for target in Target::ALL.iter().copied() {
        for of in ["process", "file"] {
            for (schema, binding) in bind::bindings(target, class_id(of), packs()) {
                for container in binding.containers.iter() {
                    places.push(place(target, leaked(&schema.name), of, &container.table));
                }
            }
        }
    }
    places
}

fn leaked(name: &str) -> &'static str {
    packs().schema(name).map(|schema| schema.name.as_ref()).expect("a schema")
}

/// Texts that are cut, joined, guarded: slashes, domains, tenants, markers, hashes, numbers.
const TEXTS: &[&str] = &[
    "",
    "-",
    "?",
    "unknown",
    "UNKNOWN",
    "a",
    "A",
    "a.exe",
    r"C:\a.exe",
    r"C:\x\a.exe",
    "/usr/bin/a",
    r"C:\",
    r"\",
    "a@b",
    "a@b@c",
    r"d\a",
    r"D\e\a",
    r"d\a@b",
    "@b",
    r"d\",
    r"\a",
    "a$",
    r"d\a$",
    "a$@b",
    "0x0",
    "0x4",
    "4",
    "12",
    "high",
    "High",
    "S-1-16-12288",
    "S-1-0-0",
    "x-y z",
    "*",
    r"x\*\y",
    "0123456789abcdef0123456789abcdef",
    "MD5=0123456789ABCDEF0123456789ABCDEF,SHA1=0123456789abcdef0123456789abcdef01234567",
    "IMPHASH=00000000000000000000000000000000",
    "00000000000000000000000000000000",
    "corp.local",
    "pc.corp.local.",
];

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(TEXTS).prop_map(str::to_owned), r"[aA\\/@.\-x]{0,5}"]
}

fn text_ops() -> impl Strategy<Value = Op> {
    let kinds = [TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has];
    let case = prop_oneof![Just(Casing::Ignore), Just(Casing::Respect)];
    let literals = || prop::collection::vec(some_text().prop_map(|text| if text.is_empty() { "a".to_owned() } else { text }), 1..3);
    let texts = (prop::sample::select(kinds.to_vec()), literals(), case.clone()).prop_map(|(op, any, case)| Op::Text { op, any, case });
    let patterns = prop::sample::select(vec!["*", "?", "a*", "*a", "*a*", "?.exe", "*\\*", "a?*", "u*n"]);
    let likes = (prop::collection::vec(patterns, 1..3), case.clone())
        .prop_map(|(any, case)| Op::Like { any: any.into_iter().map(LikePattern::parse).collect(), case });
    let regexes = (prop::sample::select(vec!["^$", "a", "^a", "a$", ".", "^.$", "unk|x", r"\\", "^-?$"]), case)
        .prop_map(|(written, case)| Op::Matches { any: vec![Regex::new(written, false, false, case).expect("a regex")], case });
    prop_oneof![4 => texts, 1 => likes, 1 => regexes, 1 => Just(Op::Exists)]
}

fn op_for(ty: Type) -> BoxedStrategy<Op> {
    match ty {
        Type::Int => prop_oneof![
            prop::collection::vec(prop::sample::select(vec![0i64, 4, 12, 1]), 1..3).prop_map(|any| ints(&any)),
            (prop::sample::select(vec![Compare::Less, Compare::GreaterEqual]), 0i64..13).prop_map(|(c, n)| Op::Compare(c, Number::Int(n))),
            Just(Op::Exists),
        ]
        .boxed(),
        Type::Enum => prop_oneof![
            prop::sample::subsequence(vec!["low", "high", "system", "medium_high"], 1..3)
                .prop_map(|any| Op::OneOf(any.into_iter().map(|word| Scalar::Enum(word.to_owned())).collect())),
            Just(Op::Exists),
        ]
        .boxed(),
        Type::Md5 | Type::Imphash => {
            let zeros = "00000000000000000000000000000000";
            prop_oneof![Just(equals(&["0123456789abcdef0123456789abcdef"])), Just(equals(&[zeros])), Just(Op::Exists)].boxed()
        }
        Type::Sha1 => prop_oneof![Just(equals(&["0123456789abcdef0123456789abcdef01234567"])), Just(Op::Exists)].boxed(),
        Type::Path | Type::Host => {
            let under = prop::sample::select(vec!["C:", r"C:\x", "C:/", "corp.local", "/usr"])
                .prop_map(|text| crate::build::text(TextOp::Under, &[text]));
            prop_oneof![4 => text_ops(), 1 => under].boxed()
        }
        _ => text_ops().boxed(),
    }
}

fn is_tried(ty: Type) -> bool {
    match ty {
        Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::Host | Type::User | Type::Int | Type::Enum => true,
        Type::Md5 | Type::Sha1 | Type::Imphash => true,
        Type::RegistryPath | Type::Data | Type::Real | Type::Port | Type::Ip | Type::Domain | Type::Url | Type::Email | Type::Sha256 => {
            false
        }
        Type::Sha512 | Type::Guid | Type::Sid | Type::Bool | Type::Time | Type::Duration => false,
    }
}

/// A place, a field of it, what is asked of the field, and texts for its columns.
fn cases() -> impl Strategy<Value = (Place<'static>, FieldId, Op, Row)> {
    let mut fields = Vec::new();
    for place in places() {
        for bound in place.container.fields.iter() {
            if is_tried(place.class().get(bound.field).ty) {
                fields.push((place, bound.field));
            }
        }
    }
    prop::sample::select(fields).prop_flat_map(|(place, field)| {
        (op_for(place.class().get(field).ty), row_of(place, &[field])).prop_map(move |(op, row)| (place, field, op, row))
    })
}

fn row_of(place: Place<'static>, fields: &[FieldId]) -> impl Strategy<Value = Row> + use<> {
    let mut columns: Vec<(String, bool)> = Vec::new();
    for bound in fields.iter().filter_map(|field| place.container.field(*field)) {
        let numbers = columns_are_numbers(&place, bound);
        columns.extend(bound.value.columns().into_iter().map(|name| (place.written(name), numbers)));
    }
    let texts: Vec<_> = columns
        .iter()
        .map(|(_, numbers)| {
            let number = prop::sample::select(vec!["0", "4", "12"]).prop_map(str::to_owned).boxed();
            prop::option::weighted(0.9, if *numbers { number } else { some_text().boxed() })
        })
        .collect();
    texts.prop_map(move |texts| columns.iter().zip(texts).filter_map(|((name, _), text)| Some((name.clone(), text?))).collect())
}

/// A place and two fields of it that may be compared.
fn pairs() -> impl Strategy<Value = (Place<'static>, FieldId, FieldId, Row)> {
    let mut all = Vec::new();
    for place in places() {
        let ty = |field: FieldId| place.class().get(field).ty;
        let fields: Vec<FieldId> = place.container.fields.iter().map(|bound| bound.field).filter(|field| is_tried(ty(*field))).collect();
        for left in &fields {
            let others =
                fields.iter().filter(|right| *right != left && (is_text(ty(*left)) && is_text(ty(**right)) || ty(*left) == ty(**right)));
            all.extend(others.map(|right| (place, *left, *right)));
        }
    }
    prop::sample::select(all)
        .prop_flat_map(|(place, left, right)| row_of(place, &[left, right]).prop_map(move |row| (place, left, right, row)))
}

fn is_text(ty: Type) -> bool {
    !matches!(ty, Type::Int | Type::Enum | Type::Host)
}

fn columns_are_numbers(place: &Place, bound: &FieldBinding) -> bool {
    use spoor::schema::NativeType;
    bound
        .value
        .columns()
        .iter()
        .any(|name| place.named(name).is_some_and(|column| matches!(column.ty, NativeType::Int | NativeType::Long | NativeType::Real)))
}

/// The value of a field in a row, as MODEL says it.
fn neutral(place: &Place, expr: &Expr, missing: &[Str], row: &Row) -> Option<String> {
    match expr {
        Expr::Column(name) => row.get(&place.written(name)).filter(|text| !is_missing(text, missing)).cloned(),
        Expr::Apply(Transform::First, inputs) => inputs.iter().find_map(|input| neutral(place, input, missing, row)),
        Expr::Apply(Transform::Join(separator), inputs) => {
            let first = neutral(place, &inputs[0], missing, row)?;
            Some(neutral(place, &inputs[1], missing, row).map_or(first.clone(), |second| format!("{first}{separator}{second}")))
        }
        Expr::Apply(Transform::Map(map), inputs) => {
            let native = neutral(place, &inputs[0], missing, row)?;
            let pairs = &packs().model.map(*map).pairs;
            pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(&native)).map(|(_, word)| word.to_string())
        }
        Expr::Apply(Transform::Int | Transform::Hex, inputs) if number_column(place, &inputs[0]) => {
            neutral(place, &inputs[0], missing, row)
        }
        Expr::Apply(Transform::Hash(kind), inputs) => {
            let part = computed(&Transform::Hash(*kind), &neutral(place, &inputs[0], missing, row)?)?;
            (!is_missing(&part, missing)).then_some(part)
        }
        Expr::Apply(transform, inputs) => computed(transform, &neutral(place, &inputs[0], missing, row)?),
    }
}

fn number_column(place: &Place, expr: &Expr) -> bool {
    use spoor::schema::NativeType;
    let Expr::Column(name) = expr else { return false };
    place.named(name).is_some_and(|column| matches!(column.ty, NativeType::Int | NativeType::Long | NativeType::Real))
}

fn scalar(ty: Type, text: String) -> Option<Scalar> {
    match ty {
        Type::Int => text.parse().ok().map(Scalar::Int),
        Type::Enum => Some(Scalar::Enum(text.to_lowercase())),
        _ => Some(Scalar::Text(text)),
    }
}

fn event(place: &Place, row: &Row) -> Event {
    let mut fields = BTreeMap::new();
    for bound in place.container.fields.iter() {
        let ty = place.class().get(bound.field).ty;
        if let Some(value) = neutral(place, &bound.value, &bound.missing, row).and_then(|text| scalar(ty, text)) {
            fields.insert(bound.field, vec![value]);
        }
    }
    Event { class: place.binding.class, action: None, time: 0, fields: fields.into_iter().collect() }
}

/// On this row, both sides say the same, or the departure that was reported happens in its direction.
fn agrees(place: &Place, pred: &Pred, row: &Row) -> Result<(), TestCaseError> {
    let bound = bind::bind(pred, place);
    let event = event(place, row);
    let neutral = reference::holds(pred, &event, place.class());
    let native = holds(&bound.pred, row);
    if bound.departures.is_empty() {
        let said = spoor::backend::describe::describe(&bound.pred);
        prop_assert_eq!(native, neutral, "{}\n{:?}\n{:?}", said, row, event.fields);
    } else if bound.departures.iter().all(|departure| departure.more) {
        prop_assert!(native || !neutral);
    } else {
        prop_assert!(neutral || !native);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn a_test_says_the_same_of_the_row((place, field, op, row) in cases(), negated in any::<bool>()) {
        let pred = Pred::test(field, op, span());
        agrees(&place, &if negated { pred.not() } else { pred }, &row)?;
    }

    #[test]
    fn two_fields_say_the_same_of_the_row((place, left, right, row) in pairs(), op in prop::sample::select(vec![TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith])) {
        let op = match place.class().get(left).ty {
            Type::Int => FieldOp::Compare(Compare::Equal),
            Type::Enum => FieldOp::Text(TextOp::Equals),
            _ => FieldOp::Text(op),
        };
        let pred = Pred::test(left, Op::Field { op, other: Other { step: None, field: right }, case: Casing::Ignore }, span());
        agrees(&place, &pred, &row)?;
    }
}
