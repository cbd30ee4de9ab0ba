//! What the KQL printer writes for hand-made native predicates and plans; that it means the same is for the oracles to show.

use spoor::backend::Fidelity;
use spoor::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use spoor::backend::kql::{self, Kql};
use spoor::backend::plan::{Column, ColumnKind, Dialect, Label, Plan, Search, Shape, Shown, Support};
use spoor::backend::{Options, Target};
use spoor::hir::{
    Casing, Compare, FieldOp, Kind, Lasting, LikePart, LikePattern, Meta, Network, Number, Op, Other, Pattern, Pred, Regex, Rule, Scalar,
    TextOp,
};
use spoor::schema::{NativeType, Transform, Type};
use spoor::source::{Sources, Span};

fn span() -> Span {
    Span::new(Sources::default().add("rule.spoor", ""), 0, 0)
}

fn native(value: NativeExpr, ty: Type) -> Native {
    Native { field: "field".into(), value, ty, missing: Vec::new().into(), multi: false }
}

fn column(name: &str, ty: NativeType) -> NativeExpr {
    NativeExpr::Column(ColumnRef { name: name.to_owned().into(), owner: "".into(), ty, multi: false })
}

fn text_of(name: &str) -> Native {
    native(column(name, NativeType::Text), Type::Text)
}

fn number_of(name: &str) -> Native {
    native(column(name, NativeType::Long), Type::Int)
}

fn test(field: Native, op: Op<Native>) -> NativePred {
    Pred::test(field, op, span())
}

fn text_test(op: TextOp, any: &[&str], case: Casing) -> NativePred {
    test(text_of("X"), Op::Text { op, any: any.iter().map(|text| (*text).to_owned()).collect(), case })
}

fn ignoring(op: TextOp, any: &[&str]) -> NativePred {
    text_test(op, any, Casing::Ignore)
}

fn like(parts: Vec<LikePart>) -> NativePred {
    test(text_of("X"), Op::Like { any: vec![LikePattern(parts)], case: Casing::Ignore })
}

fn rule(title: Option<&str>) -> Rule {
    Rule {
        name: "a_rule".to_owned(),
        span: span(),
        docs: Vec::new(),
        meta: Meta { title: title.map(str::to_owned), version: Some("1.2".to_owned()), ..Meta::default() },
        pattern: Pattern::Union(Vec::new()),
        group: None,
        last: None,
        show: None,
        tests: Vec::new(),
        lists: Vec::new(),
        rewritten: Vec::new(),
    }
}

fn search(table: &str, first: NativePred, shown: Vec<Shown>) -> Search {
    Search {
        from: Vec::new(),
        schema: "defender".to_owned(),
        class: "process".to_owned(),
        table: table.to_owned(),
        lineage: String::new(),
        sources: Vec::new(),
        event_id: None,
        found_by: Vec::new(),
        found_at: Vec::new(),
        time: Some("Timestamp".to_owned()),
        start: String::new(),
        latest: None,
        first,
        rest: Pred::TRUE,
        shown,
        carried: Vec::new(),
        labels: Vec::new(),
        made: Vec::new(),
    }
}

fn titled(titles: &[(&str, ColumnKind)]) -> Vec<Column> {
    titles.iter().map(|(title, kind)| Column { title: (*title).to_owned(), alias: false, kind: *kind, at: None }).collect()
}

fn plan(searches: Vec<Search>, columns: Vec<Column>) -> Plan {
    let fidelity = Fidelity::Exact;
    Plan {
        shape: Shape::Events,
        searches,
        columns,
        last: Some(Lasting { seconds: 30 * 86_400, span: span() }),
        sorted: true,
        fidelity,
        widened: false,
        reasons: Vec::new(),
        notes: Vec::new(),
        assumptions: Vec::new(),
        files: Vec::new(),
    }
}

fn print(rule: &Rule, plan: &Plan) -> String {
    kql::print(rule, plan, Target::Defender, &Options::default()).0.finish().0 + "\n"
}

/// The condition of a predicate, as it stands behind `where`.
fn condition(pred: NativePred) -> String {
    let plan = Plan {
        last: None,
        ..plan(vec![search("T", Pred::Any(vec![pred]), vec![Shown::Time])], titled(&[("Timestamp", ColumnKind::Time)]))
    };
    let query = print(&rule(None), &plan);
    let (_, rest) = query.split_once("| where ").expect("a where");
    rest.split_once("\n| project").expect("a projection").0.to_owned()
}

#[test]
fn text_operators_take_the_form_a_hunter_writes() {
    for (pred, written, negated) in [
        (ignoring(TextOp::Equals, &["a.exe"]), r#"X =~ "a.exe""#, r#"X !~ "a.exe""#),
        (ignoring(TextOp::Equals, &["a", "b"]), r#"X in~ ("a", "b")"#, r#"X !in~ ("a", "b")"#),
        (text_test(TextOp::Equals, &["a", "b"], Casing::Respect), r#"X in ("a", "b")"#, r#"X !in ("a", "b")"#),
        (ignoring(TextOp::Equals, &[""]), "isempty(X)", "isnotempty(X)"),
        (ignoring(TextOp::Contains, &[r"\a\", "b"]), r#"X contains @"\a\" or X contains "b""#, r#"X !contains @"\a\" and X !contains "b""#),
        (text_test(TextOp::StartsWith, &["a"], Casing::Respect), r#"X startswith_cs "a""#, r#"X !startswith_cs "a""#),
        (ignoring(TextOp::EndsWith, &["a"]), r#"X endswith "a""#, r#"X !endswith "a""#),
        (ignoring(TextOp::Has, &["a"]), r#"X has "a""#, r#"X !has "a""#),
        (ignoring(TextOp::Has, &["a", "-b"]), r#"X has_any ("a", "-b")"#, r#"not(X has_any ("a", "-b"))"#),
        (text_test(TextOp::Has, &["a", "b"], Casing::Respect), r#"X has_cs "a" or X has_cs "b""#, r#"X !has_cs "a" and X !has_cs "b""#),
        (ignoring(TextOp::Has, &["->"]), r#"X contains "->""#, r#"X !contains "->""#),
        (test(text_of("X"), Op::Exists), "isnotempty(X)", "isempty(X)"),
        (test(text_of("X"), Op::Is(Kind::MachineAccount)), r#"X endswith_cs "$""#, r#"X !endswith_cs "$""#),
    ] {
        assert_eq!(condition(pred.clone()), written);
        assert_eq!(condition(pred.not()), negated);
    }
}

#[test]
fn letters_beyond_ascii_are_folded_by_the_query() {
    assert_eq!(condition(ignoring(TextOp::Equals, &["a", "Café", "漢"])), r#"X in~ ("a", "漢") or X matches regex "(?i)^Caf[Éé]$""#);
    assert_eq!(condition(text_test(TextOp::Contains, &["é"], Casing::Respect)), r#"X contains_cs "é""#);
    // Not counted among letters by the language, so no edge of a term there.
    assert_eq!(condition(ignoring(TextOp::Has, &["漢a"])), r#"X matches regex "(?i)漢a(?:[^0-9A-Za-z]|$)""#);
}

#[test]
fn patterns_become_operators_where_they_can() {
    use LikePart::{Any, Literal, One};
    let literal = |text: &str| Literal(text.to_owned());
    assert_eq!(condition(like(vec![literal("a")])), r#"X =~ "a""#);
    assert_eq!(condition(like(vec![Any, literal("*"), Any])), r#"X contains "*""#);
    assert_eq!(condition(like(vec![literal("a"), Any])), r#"X startswith "a""#);
    assert_eq!(condition(like(vec![literal("a."), Any, literal("b"), One])), r#"X matches regex @"(?i)(?s)^a\..*b.$""#);
    let regex = Regex::new(r"\bc\\\d+$", false, false, Casing::Ignore).expect("a regex");
    let matches = test(text_of("X"), Op::Matches { any: vec![regex], case: Casing::Respect });
    assert_eq!(condition(matches), r#"X matches regex @"\bc\\[0-9]+$""#);
}

#[test]
fn no_null_is_lost_beneath_a_not_or_found_by_an_inequality() {
    let compare = |op| test(number_of("N"), Op::Compare(op, Number::Int(5)));
    assert_eq!(condition(compare(Compare::Greater)), "N > 5");
    assert_eq!(condition(compare(Compare::Greater).not()), "not(isnotnull(N) and N > 5)");
    assert_eq!(condition(compare(Compare::NotEqual)), "isnotnull(N) and N != 5");
    assert_eq!(condition(test(number_of("N"), Op::OneOf(vec![Scalar::Int(1), Scalar::Int(2)])).not()), "not(N in (1, 2))");
    let both = Pred::all([compare(Compare::Less), ignoring(TextOp::Has, &["a"])]);
    assert_eq!(condition(both.not()), r#"not(isnotnull(N) and N < 5 and X has "a")"#);
    let other = |op| Op::Field { op, other: Other { step: None, field: number_of("M") }, case: Casing::Ignore };
    assert_eq!(condition(test(number_of("N"), other(FieldOp::Compare(Compare::Equal)))), "isnotnull(N) and N == M");
    assert_eq!(
        condition(test(number_of("N"), other(FieldOp::Compare(Compare::Less))).not()),
        "not(isnotnull(N) and isnotnull(M) and N < M)"
    );
    let truth = native(column("B", NativeType::Bool), Type::Bool);
    assert_eq!(condition(test(truth, Op::OneOf(vec![Scalar::Bool(true)]))), "B == true");
}

#[test]
fn addresses_are_compared_as_addresses() {
    let ip = || native(column("IP", NativeType::Text), Type::Ip);
    let net = Network { base: "10.0.0.0".parse().expect("an address"), prefix: 8 };
    assert_eq!(condition(test(ip(), Op::Within(vec![net]))), r#"ipv6_is_match(IP, "10.0.0.0/8")"#);
    assert_eq!(condition(test(ip(), Op::Within(vec![net])).not()), r#"not(coalesce(ipv6_is_match(IP, "10.0.0.0/8"), false))"#);
    let one = |text: &str| Op::OneOf(vec![Scalar::Ip(text.parse().expect("an address"))]);
    assert_eq!(condition(test(ip(), one("192.0.2.1"))), r#"IP in~ ("192.0.2.1", "::ffff:192.0.2.1")"#);
    assert_eq!(condition(test(ip(), one("2001:db8::1"))), r#"ipv6_is_match(IP, "2001:db8::1")"#);
}

#[test]
fn what_kql_cannot_compute_is_refused_with_its_code() {
    let several = NativeExpr::Column(ColumnRef { name: "D".into(), owner: "".into(), ty: NativeType::Dynamic, multi: true });
    let Pred::Test(refused) = test(native(several, Type::Text), Op::Exists) else { unreachable!() };
    match Kql(&Options::default(), Target::Defender).support(&refused) {
        Support::Never(reason) => assert_eq!(reason.code.id(), "E0470"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_table() {
    let both = Pred::all([
        ignoring(TextOp::Equals, &["ProcessCreated"]),
        Pred::any([
            Pred::all([ignoring(TextOp::Has, &["first_very_long_argument_of_a_command"]), ignoring(TextOp::Has, &["second"])]),
            ignoring(TextOp::EndsWith, &["third_very_long_argument_of_a_command.exe"]).not(),
        ]),
    ]);
    let columns = titled(&[("Timestamp", ColumnKind::Time), ("host", ColumnKind::Field), ("FileName", ColumnKind::Field)]);
    let shown = vec![Shown::Time, Shown::Value(text_of("DeviceName")), Shown::Value(text_of("FileName"))];
    assert_eq!(
        print(&rule(Some("It\n| take 1")), &plan(vec![search("DeviceProcessEvents", both, shown)], columns)),
        r#"// a_rule 1.2: It | take 1
DeviceProcessEvents
| where Timestamp > ago(30d)
| where X =~ "ProcessCreated"
| where (X has "first_very_long_argument_of_a_command" and X has "second")
    or X !endswith "third_very_long_argument_of_a_command.exe"
| project Timestamp, host = DeviceName, FileName
| sort by Timestamp desc
"#
    );
}

#[test]
fn a_hidden_time_still_sorts() {
    let one = search("T", ignoring(TextOp::Has, &["a"]), vec![Shown::Value(text_of("FileName"))]);
    let columns = titled(&[("FileName", ColumnKind::Field)]);
    assert!(print(&rule(None), &plan(vec![one.clone()], columns.clone())).ends_with("| sort by Timestamp desc\n| project FileName\n"));
    let query = print(&rule(None), &plan(vec![one.clone(), one], columns));
    assert!(query.ends_with("    | project FileName, Timestamp)\n| sort by Timestamp desc\n| project FileName\n"), "{query}");
}

#[test]
fn several_tables_with_labels_and_types_that_differ() {
    let columns = titled(&[
        ("Timestamp", ColumnKind::Time),
        ("matched", ColumnKind::Matched),
        ("class", ColumnKind::Class),
        ("id", ColumnKind::Field),
        ("SHA256", ColumnKind::Field),
    ]);
    let shown = |class: &str, id: Native| vec![Shown::Time, Shown::Matched, Shown::Constant(class.to_owned()), Shown::Value(id)];
    let mut process = search("P", ignoring(TextOp::Has, &["a"]), shown("process", number_of("ProcessId")));
    process.shown.push(Shown::Nothing);
    process.labels = vec![
        Label { name: "run".to_owned(), when: ignoring(TextOp::Has, &["a"]), from: Vec::new() },
        Label { name: "any".to_owned(), when: Pred::TRUE, from: Vec::new() },
    ];
    let mut file = search("F", Pred::TRUE, shown("file", text_of("Id")));
    file.shown.push(Shown::Value(text_of("SHA256")));
    file.labels = vec![Label { name: "drop".to_owned(), when: Pred::TRUE, from: Vec::new() }];
    assert_eq!(
        print(&rule(None), &plan(vec![process, file], columns)),
        r#"// a_rule 1.2
union
    (P
    | where Timestamp > ago(30d)
    | where X has "a"
    | project Timestamp,
        matched = substring(strcat(
            iff(X has "a", ", run", ""),
            ", any"), 2),
        class = "process", id = tostring(ProcessId)),
    (F
    | where Timestamp > ago(30d)
    | project Timestamp, matched = "drop", class = "file", id = Id, SHA256)
| sort by Timestamp desc
| project Timestamp, matched, class, id, SHA256
"#
    );
}

#[test]
fn values_that_binding_leaves_are_computed() {
    let join = NativeExpr::Apply(Transform::Join(r"\".into()), vec![column("A", NativeType::Text), column("B", NativeType::Text)]);
    let op = Op::Text { op: TextOp::EndsWith, any: vec!["x".to_owned()], case: Casing::Ignore };
    assert_eq!(condition(test(native(join, Type::Path), op)), r#"case(isempty(A), "", isempty(B), A, strcat(A, @"\", B)) endswith "x""#);
}
