//! Law: on every row of a container the native predicate says what the neutral one says of the neutral event.

use std::collections::BTreeMap;

use proptest::prelude::*;
use spoor::backend::Target;
use spoor::backend::bind::{self, Place};
use spoor::engine::reference;
use spoor::hir::{Casing, Compare, Event, FieldOp, Kind, LikePattern, Network, Number, Op, Other, Pred, Regex, Scalar, TextOp, registry};
use spoor::schema::{Expr, FieldBinding, FieldId, HiveForm, List, Str, Transform, Type};

use crate::bind::place;
use crate::build::*;
use crate::domains;
use crate::rows::{Row, computed, holds, is_missing};

/// Each container that the law is tried in: all that a target reads, and those of the sources that a site can state.
fn places() -> Vec<Place<'static>> {
    let mut places = Vec::new();
    for source in packs().sources.iter() {
        let schema = packs().schema(&source.schema).expect("a schema");
        let target = Target::ALL.iter().copied().find(|target| packs().read_by(*target).any(|known| known.name == schema.name));
        for binding in source.bindings.iter() {
            let place = |container| Place {
                target: target.expect("a target that reads it"),
                packs: packs(),
                schema,
                binding,
                container,
                table: schema.table(&container.table),
                platforms: &[],
                kept: &[],
                span: span(),
            };
            places.extend(binding.containers.iter().map(place));
        }
    }
    for target in Target::ALL.iter().copied() {
        for class in packs().model.classes.iter() {
            for (schema, binding) in bind::bindings(target, class_id(&class.name), packs()) {
                for container in binding.containers.iter() {
                    places.push(place(target, leaked(&schema.name), &class.name, &container.table));
                }
            }
        }
    }
    places
}

fn leaked(name: &str) -> &'static str {
    packs().schema(name).map(|schema| schema.name.as_ref()).expect("a schema")
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(domains::TEXTS).prop_map(str::to_owned), r"[aA\\/@.\-x]{0,5}"]
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

fn numbers() -> BoxedStrategy<Op> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(vec![0i64, 4, 12, 1]), 1..3).prop_map(|any| ints(&any)),
        (prop::sample::select(vec![Compare::Less, Compare::GreaterEqual]), 0i64..13).prop_map(|(c, n)| Op::Compare(c, Number::Int(n))),
        Just(Op::Exists),
    ]
    .boxed()
}

/// Operators of text with some of these literals, in their normal form.
fn texts_among(literals: Vec<&'static str>, under: bool) -> BoxedStrategy<Op> {
    let mut kinds = vec![TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has];
    kinds.extend(under.then_some(TextOp::Under));
    let chosen = (prop::sample::select(kinds), prop::collection::vec(prop::sample::select(literals), 1..3));
    prop_oneof![6 => chosen.prop_map(|(op, any)| crate::build::text(op, &any)), 1 => Just(Op::Exists)].boxed()
}

fn patterns_among(patterns: Vec<&'static str>) -> BoxedStrategy<Op> {
    prop::collection::vec(prop::sample::select(patterns), 1..3)
        .prop_map(|any| Op::Like { any: any.into_iter().map(LikePattern::parse).collect(), case: Casing::Ignore })
        .boxed()
}

fn regex_among(patterns: Vec<&'static str>) -> BoxedStrategy<Op> {
    prop::sample::select(patterns)
        .prop_map(|it| Op::Matches { any: vec![Regex::new(it, false, false, Casing::Ignore).expect("a regex")], case: Casing::Ignore })
        .boxed()
}

fn op_for(ty: Type, values: &[Str]) -> BoxedStrategy<Op> {
    match ty {
        Type::Int | Type::Port | Type::Duration | Type::Real => numbers(),
        Type::Enum => {
            let words: Vec<String> = values.iter().map(|value| value.to_string()).collect();
            let most = words.len().min(3);
            prop_oneof![
                4 => prop::sample::subsequence(words, 1..=most).prop_map(|any| Op::OneOf(any.into_iter().map(Scalar::Enum).collect())),
                1 => Just(Op::Exists),
            ]
            .boxed()
        }
        Type::Bool => prop_oneof![any::<bool>().prop_map(|truth| Op::OneOf(vec![Scalar::Bool(truth)])), Just(Op::Exists)].boxed(),
        Type::Ip => {
            let network = |base: &str, prefix| Network { base: base.parse().expect("an address"), prefix };
            let addresses = prop::sample::subsequence(vec!["10.1.2.3", "2001:db8::1", "8.8.8.8"], 1..3)
                .prop_map(|any| Op::OneOf(any.iter().map(|it| Scalar::Ip(it.parse().expect("an address"))).collect()));
            let networks = prop::sample::subsequence(vec![network("10.0.0.0", 8), network("2001:db8::", 32)], 1..3).prop_map(Op::Within);
            prop_oneof![4 => addresses, 2 => networks, 1 => Just(Op::Is(Kind::Private)), 1 => Just(Op::Exists)].boxed()
        }
        Type::Md5 | Type::Imphash => {
            let zeros = "00000000000000000000000000000000";
            prop_oneof![Just(equals(&["0123456789abcdef0123456789abcdef"])), Just(equals(&[zeros])), Just(Op::Exists)].boxed()
        }
        Type::Sha1 => prop_oneof![Just(equals(&["0123456789abcdef0123456789abcdef01234567"])), Just(Op::Exists)].boxed(),
        Type::Sha256 => prop_oneof![Just(equals(&[domains::SHA256])), Just(Op::Exists)].boxed(),
        Type::Guid => prop_oneof![Just(equals(&["0f7d4f1c-8a2f-4c70-b0c0-3a1d2e4f5a6b"])), Just(Op::Exists)].boxed(),
        Type::Sid => prop_oneof![
            prop::sample::select(vec![TextOp::Equals, TextOp::StartsWith]).prop_map(|op| crate::build::text(op, &["S-1-5-18"])),
            Just(crate::build::text(TextOp::EndsWith, &["-500"])),
            Just(Op::Exists),
        ]
        .boxed(),
        Type::RegistryPath => {
            let literals = vec![
                r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services",
                r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\a",
                r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet",
                r"HKEY_LOCAL_MACHINE",
                r"HKEY_LOCAL_MACHINE\",
                r"HKEY_LOCAL_MACHINE\Software\Run",
                r"HKEY_USERS\S-1-5-21-1-2-3-500\Software",
                r"HKEY_USERS\S-1-",
                r"HKEY_CURRENT_USER\Software\Run\a/b",
                r"HKEY_CLASSES_ROOT\x",
                r"\CurrentControlSet\",
                r"CurrentControlSet\Services",
                r"CurrentControlSet",
                r"Set\Services",
                r"\Current",
                r"Control",
                r"MACHINE\Software",
                r"\Software\Run",
                "LM",
                r"\Run\a",
                "a/b",
                "x",
            ];
            let patterns = vec![
                r"HKEY_USERS\S-1-5-21-*\Software\Run",
                r"HKEY_USERS\S-1-5-21-*\Software\Run\*",
                r"*\CurrentControlSet\*",
                r"*\Software\*",
                r"HKEY_*\Run",
                r"?KEY*",
                r"*\Services\?",
            ];
            let regexes = vec![r"^HKEY_LOCAL_MACHINE\\", r"CurrentControlSet\\", r"\\Run$", "x"];
            prop_oneof![6 => texts_among(literals, true), 2 => patterns_among(patterns), 1 => regex_among(regexes)].boxed()
        }
        Type::Data => {
            let literals = vec!["1", "10", "powershell", "Binary Data", "0", "D", "x", "(", "-1", "01", "a"];
            let numbers = prop::sample::subsequence(vec![0i64, 1, 10, -1, 1 << 32], 1..3).prop_map(|any| ints(&any));
            let orders = (prop::sample::select(vec![Compare::Less, Compare::GreaterEqual]), -1i64..12)
                .prop_map(|(compare, number)| Op::Compare(compare, Number::Int(number)));
            prop_oneof![4 => texts_among(literals, false), 2 => numbers, 2 => orders, 1 => patterns_among(vec!["1*", "?", "*0*"])].boxed()
        }
        Type::Path => {
            let under = prop::sample::select(vec!["C:", r"C:\x", "C:/", "corp.local", "/usr"])
                .prop_map(|text| crate::build::text(TextOp::Under, &[text]));
            prop_oneof![4 => text_ops(), 1 => under].boxed()
        }
        Type::Host | Type::Domain | Type::Url | Type::Email => {
            let literals = vec!["corp.local", "corp.example", "a", "http", "/a", "x", "pc", "@", "eu.corp.example"];
            let below = prop::sample::select(vec!["corp.local", "corp.example", "a"]);
            let under = below.prop_map(|text| crate::build::text(TextOp::Under, &[text]));
            prop_oneof![3 => texts_among(literals, false), 2 => text_ops(), 2 => under].boxed()
        }
        Type::Text | Type::FileName | Type::CommandLine | Type::User | Type::Sha512 | Type::Time => text_ops().boxed(),
    }
}

/// Those that this file can compute in a row: no rows of other tables, no lists within JSON. A time has no test.
fn is_tried(place: &Place, bound: &FieldBinding) -> bool {
    fn is_known(expr: &Expr) -> bool {
        match expr {
            Expr::Column(_) => true,
            Expr::Apply(Transform::Lookup { .. }, _) => false,
            Expr::Apply(Transform::Json(key), _) if key.contains('[') => false,
            Expr::Apply(_, inputs) => inputs.iter().all(is_known),
        }
    }
    !matches!(place.class().get(bound.field).ty, Type::Time) && is_known(&bound.value)
}

/// A place, a field of it, what is asked of the field, and texts for its columns.
fn cases() -> impl Strategy<Value = (Place<'static>, FieldId, Op, Row)> {
    // Each type is tried as often as another, however many fields have it.
    let mut fields: BTreeMap<&str, Vec<(Place<'static>, FieldId)>> = BTreeMap::new();
    for place in places() {
        for bound in place.container.fields.iter().filter(|bound| is_tried(&place, bound)) {
            fields.entry(place.class().get(bound.field).ty.name()).or_default().push((place, bound.field));
        }
    }
    assert!(fields.len() >= 20, "types that are tried: {:?}", fields.keys());
    let fields: Vec<_> = fields.into_values().collect();
    prop::sample::select(fields).prop_flat_map(prop::sample::select).prop_flat_map(|(place, field)| {
        let known = place.class().get(field);
        let values: &[Str] = known.values.map_or(&[], |id| &packs().model.enumeration(id).values);
        (op_for(known.ty, values), row_of(place, &[field])).prop_map(move |(op, row)| (place, field, op, row))
    })
}

fn row_of(place: Place<'static>, fields: &[FieldId]) -> impl Strategy<Value = Row> + use<> {
    let mut domain = domains::Domain::new();
    for bound in fields.iter().filter_map(|field| place.container.field(*field)) {
        domains::of_field(&place, bound, &mut domain);
    }
    let (columns, texts): (Vec<String>, Vec<Vec<String>>) = domain.into_iter().unzip();
    let texts: Vec<_> = texts.into_iter().map(|texts| prop::option::weighted(0.9, prop::sample::select(texts))).collect();
    texts.prop_map(move |texts| columns.iter().zip(texts).filter_map(|(name, text)| Some((name.clone(), text?))).collect())
}

/// A place and two fields of it that may be compared.
fn pairs() -> impl Strategy<Value = (Place<'static>, FieldId, FieldId, Row)> {
    let mut all = Vec::new();
    for place in places() {
        let ty = |field: FieldId| place.class().get(field).ty;
        let tried = place.container.fields.iter().filter(|bound| is_tried(&place, bound) && is_compared(ty(bound.field)));
        let fields: Vec<FieldId> = tried.map(|bound| bound.field).collect();
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
    matches!(ty, Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::User)
}

fn is_compared(ty: Type) -> bool {
    is_text(ty) || matches!(ty, Type::Int | Type::Enum | Type::Host)
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
            pairs.iter().find(|(known, _)| is_like(known, &native)).map(|(_, word)| word.to_string())
        }
        Expr::Apply(Transform::Const(text), _) => Some(text.to_string()),
        Expr::Apply(Transform::Concat(between), inputs) => {
            let side = |at: usize| neutral(place, &inputs[at], missing, row);
            Some(format!("{}{between}{}", side(0)?, side(1)?))
        }
        Expr::Apply(Transform::Switch(arms), inputs) => {
            let told = neutral(place, &inputs[0], missing, row);
            let chosen = |arm: &List<Str>| told.as_ref().is_some_and(|told| arm.iter().any(|wanted| is_like(wanted, told)));
            let arm = arms.iter().position(chosen).unwrap_or(arms.len());
            neutral(place, inputs.get(arm + 1)?, missing, row)
        }
        Expr::Apply(Transform::Int | Transform::Hex, inputs) if matches!(&inputs[0], Expr::Column(name) if domains::is_number(place, name)) => {
            neutral(place, &inputs[0], missing, row)
        }
        Expr::Apply(Transform::Hash(kind), inputs) => {
            let part = computed(&Transform::Hash(*kind), &neutral(place, &inputs[0], missing, row)?)?;
            (!is_missing(&part, missing)).then_some(part)
        }
        Expr::Apply(transform @ Transform::Xml(_), inputs) => {
            let element = computed(transform, &neutral(place, &inputs[0], missing, row)?)?;
            (!is_missing(&element, missing)).then_some(element)
        }
        Expr::Apply(transform, inputs) => computed(transform, &neutral(place, &inputs[0], missing, row)?),
    }
}

/// Without case; `*` is any run.
fn is_like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<String> = pattern.split('*').map(regex::escape).collect();
    let built = regex::RegexBuilder::new(&format!("(?s)^(?:{})$", pattern.join(".*"))).case_insensitive(true).build();
    built.expect("a pattern").is_match(text)
}

fn scalar(place: &Place, field: FieldId, text: String) -> Option<Scalar> {
    let known = place.class().get(field);
    match known.ty {
        Type::Int | Type::Port | Type::Duration => text.parse().ok().map(Scalar::Int),
        Type::Real => text.parse().ok().map(Scalar::Real),
        Type::Bool if text == "1" || text.eq_ignore_ascii_case("true") => Some(Scalar::Bool(true)),
        Type::Bool if text == "0" || text.eq_ignore_ascii_case("false") => Some(Scalar::Bool(false)),
        Type::Bool => None,
        Type::Ip => text.parse().ok().map(Scalar::Ip),
        Type::Enum => {
            let words = known.values.map(|id| &packs().model.enumeration(id).values);
            words.and_then(|words| words.iter().find(|word| word.eq_ignore_ascii_case(&text))).map(|word| Scalar::Enum(word.to_string()))
        }
        Type::RegistryPath => Some(Scalar::Text(registry::of_column(HiveForm::Long, &text).into_owned())),
        _ => Some(Scalar::Text(text)),
    }
}

fn event(place: &Place, row: &Row) -> Event {
    let mut fields = BTreeMap::new();
    for bound in place.container.fields.iter() {
        if !is_tried(place, bound) {
            continue;
        }
        if let Some(value) = neutral(place, &bound.value, &bound.missing, row).and_then(|text| scalar(place, bound.field, text)) {
            fields.insert(bound.field, vec![value]);
        }
    }
    Event { class: place.binding.class, action: None, time: Some(0), fields: fields.into_iter().collect() }
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

fn is_list(op: &Op) -> bool {
    matches!(op, Op::Text { op: TextOp::Equals | TextOp::Under, case: Casing::Ignore, .. } | Op::OneOf(_))
}

/// The same with many values that no row has.
fn long(op: Op) -> Op {
    match op {
        Op::Text { op, any, case } => {
            let more = (0..300).map(|n| format!("n{n}.of{}.nowhere", n % 3));
            Op::Text { op, any: any.into_iter().chain(more).collect(), case }
        }
        Op::OneOf(any) if matches!(any[0], Scalar::Ip(_)) => {
            let more = (0..300u32).map(|n| Scalar::Ip(std::net::Ipv4Addr::from(0xc000_0200 + n).into()));
            Op::OneOf(any.into_iter().chain(more).collect())
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn a_test_says_the_same_of_the_row((place, field, op, row) in cases(), negated in any::<bool>()) {
        let pred = Pred::test(field, op, span());
        agrees(&place, &if negated { pred.not() } else { pred }, &row)?;
    }

    /// A list that is too long to be spelled out has a form of its own.
    #[test]
    fn a_long_list_says_the_same_of_the_row((place, field, op, row) in cases().prop_filter("a list", |(_, _, op, _)| is_list(op)), negated in any::<bool>()) {
        let pred = Pred::test(field, long(op), span());
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
