//! The reference evaluator against grammar/semantics.md, point by point. What is stated here, people stated.

#[path = "engine/hand.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod hand;

use hand::{class, event, field, packs, regex, span, text};
use spoor::engine::{Engine, Event as EngineEvent, reference};
use spoor::hir::*;
use spoor::schema::{Actions, Type};

/// Whether a test on this field passes on an event that has these values in it: by the reference, and the engine must agree.
fn passes(class_name: &str, name: &str, op: Op, values: Vec<Scalar>) -> bool {
    let pred = Pred::test(field(class_name, name), op, span());
    decided(class_name, pred, &[(name, values)])
}

fn decided(class_name: &str, pred: Pred, fields: &[(&str, Vec<Scalar>)]) -> bool {
    let (rule, action) = if class_name == "process" { (hand::process(pred), "started") } else { (hand::file(pred), "created") };
    let event = event(class_name, action, fields);
    let verdict = reference::matches(&rule, &event, packs());
    let (engine, refused) = Engine::new([&rule], packs());
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(
        !engine.matches(&EngineEvent::from(&event)).is_empty(),
        verdict,
        "the engine and the reference differ: {rule:?} on {event:?}"
    );
    verdict
}

fn text_op(op: TextOp, literals: &[&str]) -> Op {
    Op::Text { op, any: literals.iter().map(|literal| (*literal).to_owned()).collect(), case: Casing::Ignore }
}

fn cased(op: Op) -> Op {
    match op {
        Op::Text { op, any, .. } => Op::Text { op, any, case: Casing::Respect },
        Op::Like { any, .. } => Op::Like { any, case: Casing::Respect },
        Op::Matches { any, .. } => Op::Matches { any, case: Casing::Respect },
        Op::Field { op, other, .. } => Op::Field { op, other, case: Casing::Respect },
        other => other,
    }
}

/// On `process.command_line`.
fn says(op: TextOp, literal: &str, value: &str) -> bool {
    passes("process", "command_line", text_op(op, &[literal]), vec![text(value)])
}

fn says_cased(op: TextOp, literal: &str, value: &str) -> bool {
    passes("process", "command_line", cased(text_op(op, &[literal])), vec![text(value)])
}

fn like(pattern: &str, value: &str) -> bool {
    let op = Op::Like { any: vec![LikePattern::parse(pattern)], case: Casing::Ignore };
    passes("process", "command_line", op, vec![text(value)])
}

fn found(pattern: &str, value: &str) -> bool {
    passes("process", "command_line", Op::Matches { any: vec![regex(pattern, Casing::Ignore)], case: Casing::Ignore }, vec![text(value)])
}

#[test]
fn a_test_on_a_missing_value_is_false_whatever_its_operator() {
    let ops = [
        text_op(TextOp::Equals, &["x"]),
        text_op(TextOp::Contains, &["x"]),
        text_op(TextOp::StartsWith, &["x"]),
        text_op(TextOp::EndsWith, &["x"]),
        text_op(TextOp::Has, &["x"]),
        Op::Like { any: vec![LikePattern::parse("*")], case: Casing::Ignore },
        Op::Matches { any: vec![regex("", Casing::Ignore)], case: Casing::Ignore },
        Op::Exists,
        Op::Field { op: FieldOp::Text(TextOp::Equals), other: Other { step: None, field: field("process", "path") }, case: Casing::Ignore },
    ];
    for op in ops {
        for values in [vec![], vec![text("")], vec![text(""), text("")]] {
            assert!(!passes("process", "command_line", op.clone(), values.clone()), "{op:?} on {values:?}");
            let not = Pred::test(field("process", "command_line"), op.clone(), span()).not();
            assert!(decided("process", not, &[("command_line", values)]), "not {op:?}");
        }
    }
    for op in [Op::Compare(Compare::Less, Number::Int(5)), Op::Compare(Compare::NotEqual, Number::Int(5)), Op::OneOf(vec![Scalar::Int(0)])]
    {
        assert!(!passes("process", "id", op, vec![]));
    }
    for op in [Op::Is(Kind::Public), Op::Is(Kind::Private), Op::Within(vec![Network { base: [0, 0, 0, 0].into(), prefix: 0 }])] {
        assert!(!passes("file", "src.ip", op, vec![]));
    }
}

#[test]
fn zero_is_a_number_and_no_missing_one() {
    assert!(passes("process", "id", Op::Exists, vec![Scalar::Int(0)]));
    assert!(passes("process", "id", Op::OneOf(vec![Scalar::Int(0)]), vec![Scalar::Int(0)]));
}

#[test]
fn text_compares_without_case_one_letter_to_one() {
    for (literal, value) in
        [("a", "A"), ("É", "é"), ("σ", "ς"), ("Σ", "ς"), ("K", "\u{212a}"), ("k", "\u{212a}"), ("S", "ſ"), ("ß", "ẞ"), ("µ", "μ")]
    {
        assert!(says(TextOp::Equals, literal, value), "{literal} {value}");
        assert!(says(TextOp::Equals, value, literal), "{value} {literal}");
        assert!(says(TextOp::Contains, literal, &format!("x{value}x")), "{literal} {value}");
        assert!(like(literal, value) && found(literal, value), "{literal} {value}");
        assert!(!says_cased(TextOp::Equals, literal, value), "{literal} {value}");
    }
    for (literal, value) in [("ß", "ss"), ("İ", "i"), ("ı", "i"), ("ı", "I"), ("é", "e"), ("ﬀ", "ff"), ("日", "曰"), ("I", "İ")] {
        assert!(!says(TextOp::Equals, literal, value), "{literal} {value}");
        assert!(!says(TextOp::Equals, value, literal), "{value} {literal}");
        assert!(!like(literal, value), "{literal} {value}");
    }
    assert!(says_cased(TextOp::Contains, "straße", "x straße") && !says_cased(TextOp::Contains, "straße", "x Straße"));
}

#[test]
fn the_operators_of_text() {
    assert!(says(TextOp::Equals, "a b", "A B") && !says(TextOp::Equals, "a b", "a  b") && !says(TextOp::Equals, "a", "a "));
    assert!(says(TextOp::Contains, "b", "abc") && says(TextOp::Contains, "abc", "abc") && !says(TextOp::Contains, "abcd", "abc"));
    assert!(says(TextOp::StartsWith, "AB", "abc") && !says(TextOp::StartsWith, "bc", "abc"));
    assert!(says(TextOp::EndsWith, "BC", "abc") && !says(TextOp::EndsWith, "ab", "abc") && !says(TextOp::EndsWith, "xabc", "abc"));
    for wild in ["*", "%", "_", "?", ".", "$", "\\", "[a]", "\"", "'", "`", "\n", "|"] {
        assert!(says(TextOp::Contains, wild, &format!("a{wild}b")) && !says(TextOp::Contains, wild, "ab"), "{wild}");
        assert!(says(TextOp::Equals, wild, wild) && !says(TextOp::Equals, wild, "a"), "{wild}");
    }
    assert!(says(TextOp::EndsWith, "é", "xÉ") && says(TextOp::StartsWith, "日", "日本"));
}

#[test]
fn has_is_bounded_where_its_own_edge_is_a_letter_or_digit() {
    let has = |literal, value| says(TextOp::Has, literal, value);
    assert!(has("-enc", "ps -enc AAA") && has("-enc", "ps x-enc") && !has("-enc", "ps -encoded"));
    assert!(has("token", "get_token_now") && !has("token", "gettokens"));
    assert!(has("c", "python -c x") && !has("c", "python -cc x"));
    assert!(has("ab", "xab ab"), "a later occurrence counts");
    assert!(has("aa", "aaa aa") && !has("aa", "aaa"), "occurrences overlap");
    assert!(has("a", "éaé"), "letters beyond ASCII bound");
    assert!(has("é", "xéx"), "an edge beyond ASCII has no bound");
    assert!(has("--", "a--b") && has("=", "a=b"), "no edge at all is `contains`");
    assert!(has("a", "\u{212a}a"), "the Kelvin sign is no letter of ASCII");
    assert!(has("k", "a \u{212a} b"), "and stands for k");
    assert!(has("exe", "a.exe") && has("a.exe", r"C:\a.exe") && !has("exe", "exe1"));
    assert!(says_cased(TextOp::Has, "IEX", "a IEX b") && !says_cased(TextOp::Has, "IEX", "a iex b"));
}

#[test]
fn like_matches_the_whole_text() {
    assert!(like("a?c", "abc") && like("a?c", "aéc") && like("a?c", "a\nc") && !like("a?c", "ac") && !like("a?c", "abbc"));
    assert!(like(r"C:\Users\*\x.exe", r"c:\users\bob\X.exe") && !like(r"C:\Users\*\x.exe", r"C:\Users\x.exe"));
    assert!(like("*", "a\nb") && like("a*", "a") && like("*a*b*", "xaxbx") && !like("*a*b*", "ba"));
    assert!(like("a[*]b", "a*b") && !like("a[*]b", "axb") && like("a[?]b", "a?b") && !like("a[?]b", "axb"));
    assert!(like("*ab*ab", "abab") && like("*aab", "aaab") && !like("*ab*ab", "ab"));
    assert!(like("", "") == like("", "x"), "empty text is missing, so neither");
    assert!(!like("*?", "") && like("?*", "😀"));
}

#[test]
fn regexes_are_searched_and_ascii() {
    assert!(found("b+", "aBBc") && !found("^b", "abc") && found("c$", "abc") && !found("c$", "abc\n"));
    assert!(found(r"^x\d+$", "x12") && !found(r"^x\d+$", "x١٢") && !found(r"^\w$", "é") && !found(r"^\s$", "\u{a0}"));
    assert!(found(r"\bcat\b", "a cat") && !found(r"\bcat\b", "a cat1") && found(r"\bcat\b", "écaté"));
    assert!(!found("a.b", "a\nb"));
    let respect = Op::Matches { any: vec![regex("B", Casing::Respect)], case: Casing::Respect };
    assert!(
        passes("process", "command_line", respect.clone(), vec![text("aB")])
            && !passes("process", "command_line", respect, vec![text("ab")])
    );
    let either = Op::Matches { any: vec![regex("^a", Casing::Ignore), regex("z$", Casing::Ignore)], case: Casing::Ignore };
    assert!(
        passes("process", "command_line", either.clone(), vec![text("yz")]) && !passes("process", "command_line", either, vec![text("ya")])
    );
}

#[test]
fn lists_mean_any_and_several_values_too() {
    let op = text_op(TextOp::Contains, &["a", "b"]);
    assert!(
        passes("process", "command_line", op.clone(), vec![text("xb")]) && !passes("process", "command_line", op.clone(), vec![text("x")])
    );
    assert!(passes("process", "command_line", op.clone(), vec![text("x"), text("xa")]));
    let not = Pred::test(field("process", "command_line"), op, span()).not();
    assert!(!decided("process", not.clone(), &[("command_line", vec![text("x"), text("xa")])]), "`not` is true if no value passes");
    assert!(decided("process", not, &[("command_line", vec![text("x"), text("y")])]));
    let all = Pred::all(["a", "b"].map(|one| Pred::test(field("process", "command_line"), text_op(TextOp::Contains, &[one]), span())));
    assert!(decided("process", all, &[("command_line", vec![text("a"), text("b")])]), "different values may serve");
}

#[test]
fn under_by_the_type() {
    let path = |literal: &str, value: &str| passes("process", "path", text_op(TextOp::Under, &[literal]), vec![text(value)]);
    assert!(path(r"C:\Users\Public", r"C:\Users\Public\tool.exe") && path(r"C:\Users\Public", r"c:\users\PUBLIC"));
    assert!(path(r"C:\Users\Public", "C:/Users/Public/a/b.exe") && path("C:/Users/Public/", r"C:\Users\Public"));
    assert!(!path(r"C:\Users\Public", r"C:\Users\Publics\x") && !path(r"C:\Users\Public", r"D:\C:\Users\Public\x"));
    assert!(path("/etc/ssh", "/etc/ssh/sshd_config") && !path("/etc/ssh", "/etc/sshd") && path("/", "/etc") && !path("/", "etc"));
    assert!(path(r"C:\", r"C:\a") && path(r"C:\", "c:") && !path(r"C:\", "CC:"));
    let cased_under = cased(text_op(TextOp::Under, &[r"C:\Users"]));
    assert!(
        passes("process", "path", cased_under.clone(), vec![text("C:/Users/a")])
            && !passes("process", "path", cased_under, vec![text("c:/users/a")])
    );

    let host = |literal: &str, value: &str| passes("process", "host", text_op(TextOp::Under, &[literal]), vec![text(value)]);
    assert!(host("corp.example", "pc1.corp.example") && host("corp.example", "CORP.EXAMPLE.") && host("corp.example.", "a.corp.example"));
    assert!(!host("corp.example", "pc1.xcorp.example") && !host("corp.example", "corp.example.com"));
    let shouted = cased(text_op(TextOp::Under, &["Corp.Example"]));
    assert!(passes("process", "host", shouted, vec![text("pc1.CORP.example")]), "names have no case");

    let url = |literal: &str, value: &str| passes("file", "origin.url", text_op(TextOp::Under, &[literal]), vec![text(value)]);
    for value in [
        "https://cdn.example.com/a",
        "http://EXAMPLE.com:8080/",
        "example.com",
        "//example.com/x",
        "https://u:p@example.com?q",
        "example.com:443",
    ] {
        assert!(url("example.com", value), "{value}");
    }
    for value in [
        "https://notexample.com/a",
        "https://evil.test/example.com",
        "https://evil.test?example.com",
        "https://example.com@evil.test/",
        "https://",
    ] {
        assert!(!url("example.com", value), "{value}");
    }
    assert!(url("::1", "http://[::1]:80/"));

    let email = |value: &str| passes("process", "user.upn", text_op(TextOp::Under, &["corp.example"]), vec![text(value)]);
    assert!(email("alice@corp.example") && email("bob@eu.CORP.example") && !email("alice@xcorp.example") && !email("corp.example"));
}

fn address(text: &str) -> Scalar {
    Scalar::Ip(text.parse().expect("an address"))
}

fn network(base: &str, prefix: u8) -> Network {
    Network { base: base.parse().expect("an address"), prefix }
}

#[test]
fn addresses() {
    let one_of = |literal: &str, value: &str| passes("file", "src.ip", Op::OneOf(vec![address(literal)]), vec![address(value)]);
    assert!(one_of("10.0.0.1", "10.0.0.1") && one_of("10.0.0.1", "::ffff:10.0.0.1") && one_of("::ffff:10.0.0.1", "10.0.0.1"));
    assert!(one_of("2001:db8::1", "2001:0db8:0:0::1") && !one_of("10.0.0.1", "10.0.0.2"));
    let within = |net: Network, value: &str| passes("file", "src.ip", Op::Within(vec![net]), vec![address(value)]);
    assert!(within(network("10.0.0.0", 8), "10.255.0.1") && !within(network("10.0.0.0", 8), "11.0.0.1"));
    assert!(within(network("10.0.0.0", 8), "::ffff:10.1.2.3") && within(network("192.0.2.1", 32), "192.0.2.1"));
    assert!(within(network("2001:db8::", 32), "2001:db8::1") && !within(network("2001:db8::", 32), "2001:db9::1"));
    assert!(within(network("0.0.0.0", 0), "1.2.3.4") && !within(network("0.0.0.0", 0), "::1") && within(network("::", 0), "::1"));
    assert!(within(network("10.0.0.0", 9), "10.127.0.0") && !within(network("10.0.0.0", 9), "10.128.0.0"));
}

#[test]
fn kinds_of_address_stand_apart() {
    let kinds = [Kind::Private, Kind::Public, Kind::Loopback, Kind::LinkLocal, Kind::Multicast, Kind::Reserved];
    for (value, wanted) in [
        ("10.0.0.1", Kind::Private),
        ("172.16.0.1", Kind::Private),
        ("172.31.255.255", Kind::Private),
        ("172.32.0.1", Kind::Public),
        ("192.168.0.1", Kind::Private),
        ("fd00::1", Kind::Private),
        ("::ffff:10.0.0.1", Kind::Private),
        ("8.8.8.8", Kind::Public),
        ("2606:4700::1111", Kind::Public),
        ("127.0.0.1", Kind::Loopback),
        ("::1", Kind::Loopback),
        ("169.254.1.1", Kind::LinkLocal),
        ("fe80::1", Kind::LinkLocal),
        ("224.0.0.1", Kind::Multicast),
        ("ff02::1", Kind::Multicast),
        ("100.64.0.1", Kind::Reserved),
        ("100.128.0.1", Kind::Public),
        ("0.0.0.0", Kind::Reserved),
        ("255.255.255.255", Kind::Reserved),
    ] {
        for kind in kinds {
            assert_eq!(passes("file", "src.ip", Op::Is(kind), vec![address(value)]), kind == wanted, "{value} {kind:?}");
        }
    }
}

#[test]
fn numbers_compare_as_numbers() {
    let compare = |compare, number, value| passes("process", "id", Op::Compare(compare, number), vec![value]);
    let int = |number| Number::Int(number);
    assert!(compare(Compare::Less, int(5), Scalar::Int(4)) && !compare(Compare::Less, int(5), Scalar::Int(5)));
    assert!(compare(Compare::LessEqual, int(5), Scalar::Int(5)) && compare(Compare::Greater, int(9), Scalar::Int(10)));
    assert!(compare(Compare::GreaterEqual, int(5), Scalar::Int(5)) && !compare(Compare::GreaterEqual, int(5), Scalar::Int(4)));
    assert!(compare(Compare::NotEqual, int(5), Scalar::Int(4)) && compare(Compare::Equal, int(5), Scalar::Real(5.0)));
    assert!(compare(Compare::Less, Number::Real(5.5), Scalar::Int(5)) && !compare(Compare::Less, Number::Real(f64::NAN), Scalar::Int(5)));
    assert!(compare(Compare::Less, int(i64::MAX), Scalar::Int(i64::MIN)));
}

#[test]
fn identifiers_and_hashes() {
    let guid = |literal: &str, value: &str| passes("process", "guid", text_op(TextOp::Equals, &[literal]), vec![text(value)]);
    assert!(guid("a1b2", "{A1B2}") && guid("a1b2", "A1B2") && !guid("a1b2", "a1b3"));
    assert!(passes("process", "md5", text_op(TextOp::Equals, &["AB"]), vec![text("ab")]));
    assert!(passes("process", "user.name", Op::Is(Kind::MachineAccount), vec![text("PC1$")]));
    assert!(!passes("process", "user.name", Op::Is(Kind::MachineAccount), vec![text("$PC1")]));
    assert!(passes("process", "integrity", Op::OneOf(vec![Scalar::Enum("high".into())]), vec![Scalar::Enum("high".into())]));
    assert!(!passes("process", "integrity", Op::OneOf(vec![Scalar::Enum("high".into())]), vec![Scalar::Enum("medium_high".into())]));
    assert!(passes("file", "executable", Op::OneOf(vec![Scalar::Bool(true)]), vec![Scalar::Bool(true)]));
    assert!(!passes("file", "executable", Op::OneOf(vec![Scalar::Bool(true)]), vec![Scalar::Bool(false)]));
}

#[test]
fn a_field_against_a_field() {
    let against = |op, case| {
        let other = Other { step: None, field: field("process", "parent.path") };
        Pred::test(field("process", "path"), Op::Field { op, other, case }, span())
    };
    let on = |op, case, left: &str, right: &str| {
        decided("process", against(op, case), &[("path", vec![text(left)]), ("parent.path", vec![text(right)])])
    };
    let equals = FieldOp::Text(TextOp::Equals);
    assert!(on(equals, Casing::Ignore, "C:\\a", "c:\\A") && !on(equals, Casing::Respect, "C:\\a", "c:\\A"));
    assert!(
        on(FieldOp::Text(TextOp::Contains), Casing::Ignore, "a*b", "*") && !on(FieldOp::Text(TextOp::Contains), Casing::Ignore, "ab", "*")
    );
    assert!(on(FieldOp::Text(TextOp::Has), Casing::Ignore, "x ab", "AB") && !on(FieldOp::Text(TextOp::Has), Casing::Ignore, "xab", "AB"));
    assert!(on(FieldOp::Text(TextOp::Under), Casing::Ignore, "C:/a/b", r"c:\A\"));
    assert!(!on(equals, Casing::Ignore, "", "") && !on(equals, Casing::Ignore, "a", ""), "missing equals nothing");
    assert!(decided("process", against(equals, Casing::Ignore).not(), &[("path", vec![text("a")])]), "`!=` with a missing side");
    let ids = |compare| {
        let other = Other { step: None, field: field("process", "parent.id") };
        Pred::test(field("process", "id"), Op::Field { op: FieldOp::Compare(compare), other, case: Casing::Ignore }, span())
    };
    let with = |compare, left, right| {
        decided("process", ids(compare), &[("id", vec![Scalar::Int(left)]), ("parent.id", vec![Scalar::Int(right)])])
    };
    assert!(with(Compare::Equal, 4, 4) && !with(Compare::Equal, 4, 5) && with(Compare::Greater, 10, 9) && with(Compare::NotEqual, 1, 2));
    let several = [("path", vec![text("a"), text("b")]), ("parent.path", vec![text("c"), text("B")])];
    assert!(decided("process", against(equals, Casing::Ignore), &several), "any value against any value");
}

#[test]
fn an_event_belongs_to_one_class_and_one_action() {
    let rule = hand::process(Pred::TRUE);
    let matches = |event: &Event| reference::matches(&rule, event, packs());
    assert!(
        matches(&event("process", "started", &[])) && !matches(&event("process", "ended", &[])) && !matches(&event("file", "created", &[]))
    );
    let (file, _) = class("file");
    let cases = vec![
        Case { actions: hand::one_action("file", "created"), pred: Pred::test(field("file", "size"), Op::Exists, span()) },
        Case { actions: hand::one_action("file", "deleted"), pred: Pred::TRUE },
    ];
    let rule = hand::rule("cases", vec![hand::branch(Some("a"), file, cases.clone()), hand::branch(Some("b"), file, cases[1..].to_vec())]);
    assert_eq!(reference::labels(&rule, &event("file", "deleted", &[]), packs()), ["a", "b"]);
    assert_eq!(reference::branches(&rule, &event("file", "created", &[("size", vec![Scalar::Int(1)])]), packs()), [0]);
    assert!(!reference::matches(&rule, &event("file", "created", &[]), packs()));
    assert!(!reference::matches(&rule, &event("file", "renamed", &[]), packs()));
    let of_class = Pred::test(field("process", "class"), Op::OneOf(vec![Scalar::Enum("process".into())]), span());
    assert!(decided("process", of_class.clone(), &[]) && !decided("process", of_class.not(), &[]));
}

/// An operator or a type more must be thought of here.
#[test]
fn under_is_false_of_a_type_without_parts() {
    for (index, field) in class("file").1.fields.iter().enumerate() {
        let textual = matches!(field.ty, Type::Text | Type::FileName | Type::CommandLine | Type::User | Type::Sid | Type::Md5);
        if textual && !field.computed {
            let op = text_op(TextOp::Under, &["a"]);
            assert!(!passes("file", &class("file").1.fields[index].name, op, vec![text("a")]), "{}", field.name);
        }
    }
    assert_ne!(Actions::ALL, class("file").1.every_action());
}
