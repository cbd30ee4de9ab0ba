//! Law: a test implies each weaker predicate that a first stage is offered for it.

use proptest::prelude::*;
use spoor::backend::bind::{ColumnRef, Native, NativeExpr, plain};
use spoor::backend::describe::describe;
use spoor::backend::plan::widen;
use spoor::hir::{Casing, LikePart, LikePattern, Op, Regex, Test, TextOp};
use spoor::schema::{NativeType, Str, Transform, Type};

use crate::build::span;
use crate::rows::{Row, holds};

fn column(name: &str) -> Native {
    plain(name.to_owned(), ColumnRef { name: name.to_owned().into(), owner: "".into(), ty: NativeType::Text, multi: false }, Type::Text)
}

fn value(transform: Option<Transform>) -> Native {
    let x = column("X");
    let Some(transform) = transform else { return x };
    let inputs = match transform {
        Transform::Join(_) => vec![x.value.clone(), column("Y").value],
        _ => vec![x.value.clone()],
    };
    Native { value: NativeExpr::Apply(transform, inputs), ..x }
}

/// What `search` of Splunk can say: one column, no case, `*` and nothing finer.
fn search(test: &Test<Native>) -> bool {
    let plain = |text: &str| !text.contains('*');
    test.field.value.column().is_some()
        && match &test.op {
            Op::Text { op, any, case } => *case == Casing::Ignore && *op != TextOp::Has && any.iter().all(|text| plain(text)),
            Op::Like { any, case } => {
                let coarse = |part: &LikePart| match part {
                    LikePart::Literal(text) => plain(text),
                    LikePart::One => false,
                    LikePart::Any => true,
                };
                *case == Casing::Ignore && any.iter().all(|pattern| pattern.0.iter().all(coarse))
            }
            Op::Exists => true,
            _ => false,
        }
}

fn ops() -> impl Strategy<Value = Op<Native>> {
    let kinds = vec![TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has];
    let case = || prop_oneof![Just(Casing::Ignore), Just(Casing::Respect)];
    let literals = || prop::collection::vec(r"[aA*\\@.\-]{1,3}", 1..3);
    let patterns = || prop::collection::vec(r"[aA*?\\@.]{1,4}", 1..3);
    prop_oneof![
        4 => (prop::sample::select(kinds), literals(), case()).prop_map(|(op, any, case)| Op::Text { op, any, case }),
        1 => (patterns(), case()).prop_map(|(any, case)| Op::Like { any: any.iter().map(|text| LikePattern::parse(text)).collect(), case }),
        1 => (prop::sample::select(vec!["a", "^a", "a$", "a.a", "(a|@)a", r"\\a?$", "."]), case())
            .prop_map(|(text, case)| Op::Matches { any: vec![Regex::new(text, false, false, case).expect("a regex")], case }),
        1 => Just(Op::Exists),
    ]
}

fn transforms() -> impl Strategy<Value = Option<Transform>> {
    prop::sample::select(vec![
        None,
        Some(Transform::Basename),
        Some(Transform::UserName),
        Some(Transform::UserDomain),
        Some(Transform::Lower),
        Some(Transform::Join(Str::Borrowed("\\"))),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8192, ..ProptestConfig::default() })]

    #[test]
    fn a_test_implies_what_is_weaker(transform in transforms(), op in ops(), x in r"[aA*\\@.\-]{1,5}", y in prop::option::of(r"[aA*\\@.]{0,3}")) {
        let test = Test::new(value(transform), op, span());
        let Some(weaker) = widen::weaker(&test, &search) else { return Ok(()) };
        let mut sayable = true;
        weaker.tests(&mut |test| sayable &= search(test));
        prop_assert!(sayable, "{}", describe(&weaker));
        let mut row = Row::from([("X".to_owned(), x)]);
        row.extend(y.map(|y| ("Y".to_owned(), y)));
        let exact = spoor::hir::Pred::Test(test);
        prop_assert!(!holds(&exact, &row) || holds(&weaker, &row), "{} -> {} on {:?}", describe(&exact), describe(&weaker), row);
    }
}

fn weaker(transform: Option<Transform>, op: Op<Native>) -> String {
    widen::weaker(&Test::new(value(transform), op, span()), &search).map_or("everything".to_owned(), |pred| describe(&pred))
}

#[test]
fn a_wider_pattern_comes_before_a_wider_value() {
    let matches = |text| Op::Matches { any: vec![Regex::new(text, false, false, Casing::Ignore).expect("a regex")], case: Casing::Ignore };
    assert_eq!(weaker(None, matches(r"^python\d\.exe$")), "X like 'python*.exe'");
    assert_eq!(weaker(None, matches(r"^\d+$")), "X exists");
    let text = |op, literal: &str, case| Op::Text { op, any: vec![literal.to_owned()], case };
    assert_eq!(weaker(None, text(TextOp::Has, "cmd", Casing::Respect)), "X contains 'cmd'");
    assert_eq!(weaker(None, text(TextOp::Equals, "a*b", Casing::Ignore)), "X like 'a*b'");
    assert_eq!(weaker(Some(Transform::Basename), text(TextOp::Contains, "a", Casing::Ignore)), "X contains 'a'");
    assert_eq!(weaker(Some(Transform::UserName), text(TextOp::EndsWith, "$", Casing::Ignore)), "X ends_with '$' or X contains '$@'");
}
