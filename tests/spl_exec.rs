//! What the emitted SPL finds: every operator over hostile values, in the first command and behind it, asserted and denied, executed by
//! the evaluator of Splunk's documented semantics. Where it cannot run, the test says so and passes.

use std::io::Write;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};
use spoor::backend::bind::{ColumnRef, Native, NativeExpr, NativePred};
use spoor::backend::plan::{Column, ColumnKind, Dialect, Plan, Search, Shape, Shown, Support, split};
use spoor::backend::spl;
use spoor::backend::{Fidelity, Options};
use spoor::hir::{
    Casing, Compare, FieldOp, Kind, Lasting, LikePattern, Meta, Network, Number, Op, Other, Pattern, Pred, Regex, Rule, Scalar, TextOp,
    eval_text,
};
use spoor::schema::{NativeType, Transform, Type};
use spoor::source::{Sources, Span};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    DataModel,
    EventLog,
}

impl Target {
    fn dialect(self, options: &Options) -> Box<dyn Dialect + '_> {
        match self {
            Target::DataModel => Box::new(spl::Tstats(options)),
            Target::EventLog => Box::new(spl::Search(options)),
        }
    }

    /// The columns that a row's values stand in, and the one that names the row.
    fn columns(self) -> [&'static str; 3] {
        match self {
            Target::DataModel => ["process_path", "process_current_directory", "dest"],
            Target::EventLog => ["CommandLine", "ParentCommandLine", "Computer"],
        }
    }

    fn owner(self) -> &'static str {
        match self {
            Target::DataModel => "Processes",
            Target::EventLog => "",
        }
    }
}

/// Two values of one event; None: the event has no such field.
type Row = [Option<&'static str>; 2];

/// One search to run: what is asked, of which rows, and whether the first row passes and so on.
struct Case {
    what: String,
    target: Target,
    pred: NativePred,
    rows: Vec<Row>,
    expected: Vec<bool>,
}

fn span() -> Span {
    Span::new(Sources::default().add("rule.spoor", ""), 0, 0)
}

fn native(target: Target, index: usize, native_type: NativeType, ty: Type) -> Native {
    let column = ColumnRef { name: target.columns()[index].into(), owner: target.owner().into(), ty: native_type, multi: false };
    let missing = vec!["".into(), "unknown".into()];
    Native { field: "field".into(), value: NativeExpr::Column(column), ty, missing: missing.into(), multi: false }
}

fn text_op(op: TextOp, any: &[&str], case: Casing) -> Op<Native> {
    Op::Text { op, any: any.iter().map(|literal| (*literal).to_owned()).collect(), case }
}

/// The rows' own text, tests that never hold, and the forms in which a test meets the two commands.
fn forms(target: Target, test: &NativePred) -> Vec<(&'static str, NativePred, bool)> {
    let never = Pred::test(
        native(target, 1, NativeType::Text, Type::Text),
        Op::Matches { any: vec![Regex::new("zq{3}[0-9]", false, false, Casing::Ignore).unwrap()], case: Casing::Respect },
        span(),
    );
    vec![
        ("asserted", test.clone(), true),
        ("denied", test.clone().not(), false),
        ("asserted behind", Pred::any([test.clone(), never.clone()]), true),
        ("denied behind", Pred::all([test.clone(), never.not()]).not(), false),
    ]
}

/// As binding does: what means 'no value' passes no test. tstats writes `unknown` into what it hands on.
fn guarded(target: Target, field: &Native, op: Op<Native>) -> NativePred {
    let mut parts = vec![Pred::test(field.clone(), op.clone(), span())];
    let is_plain = field.value.column().is_some_and(|column| column.ty == NativeType::Text) && !matches!(op, Op::Field { .. });
    if is_plain && eval_text(&op, "") {
        parts.push(Pred::test(field.clone(), Op::Exists, span()));
    }
    if is_plain && hides_unknown(target, &op) {
        let unknown = Pred::test(field.clone(), text_op(TextOp::Equals, &["unknown"], Casing::Ignore), span());
        parts.push(unknown.not());
    }
    Pred::all(parts)
}

fn hides_unknown(target: Target, op: &Op<Native>) -> bool {
    target == Target::DataModel && !matches!(op, Op::Field { .. }) && eval_text(op, "unknown")
}

fn cases_of(target: Target, what: &str, field: Native, op: Op<Native>, rows: &[Row], passes: impl Fn(&Row) -> bool) -> Vec<Case> {
    let rows: Vec<Row> = rows.iter().copied().filter(|row| target == Target::EventLog || !row.contains(&Some(""))).collect();
    let unknown = |row: &Row| hides_unknown(target, &op) && row[0].is_some_and(|text| text.eq_ignore_ascii_case("unknown"));
    let expected: Vec<bool> = rows.iter().map(|row| passes(row) && !unknown(row)).collect();
    forms(target, &guarded(target, &field, op))
        .into_iter()
        .map(|(form, pred, asserted)| Case {
            what: format!("{what}, {form}, {target:?}"),
            target,
            pred,
            expected: expected.iter().map(|passes| *passes == asserted).collect(),
            rows: rows.clone(),
        })
        .collect()
}

/// Tests of one value against literals.
fn literal_cases(target: Target, ty: Type, op: Op<Native>, values: &[&'static str]) -> Vec<Case> {
    let rows: Vec<Row> = values.iter().map(|value| [Some(*value), None]).chain([[None, None]]).collect();
    let check = op.clone();
    let passes = move |row: &Row| row[0].is_some_and(|text| !text.is_empty() && holds(&check, text));
    cases_of(target, &format!("{op:?}"), native(target, 0, NativeType::Text, ty), op, &rows, passes)
}

/// What the language means by the operator, of a text.
fn holds(op: &Op<Native>, text: &str) -> bool {
    let address = || text.parse::<IpAddr>().ok();
    let within = |networks: &[Network]| address().is_some_and(|address| networks.iter().any(|network| contains(*network, address)));
    match op {
        Op::Within(networks) => within(networks),
        Op::Is(Kind::Public) => address().is_some() && !within(&Kind::Public.networks()),
        Op::Is(kind @ (Kind::Private | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved)) => within(&kind.networks()),
        Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists
        | Op::Field { .. } => eval_text(op, text),
    }
}

fn contains(network: Network, address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 4),
        IpAddr::V6(v6) => (v6.to_bits(), 6),
    };
    let ((base, kind), (address, own)) = (bits(network.base), bits(address));
    kind == own && (network.prefix == 0 || (base ^ address) >> (128 - u32::from(network.prefix)) == 0)
}

/// Everything that a query language might read as its own.
const HOSTILE: &[&str] = &[
    "",
    "unknown",
    "Unknown",
    "cmd.exe",
    "CMD.EXE",
    "cmd.exec",
    "cmdxexe",
    "my cmd.exe",
    "cmd.exe\n",
    r"C:\Windows\cmd.exe",
    "C:/Windows/cmd.exe",
    r"C:\Temp\",
    r"\\server\share",
    r"\server\share",
    r"C:\*.exe",
    "a*b",
    "aXb",
    "ab",
    r#"say "hi""#,
    "say hi",
    r#"\"a"#,
    r#""a"#,
    "100%",
    "100 percent",
    "a_b",
    "a|b",
    r"a\|b",
    "[[a]]",
    "[a]",
    "a`b`c",
    "abc",
    "``` x ```",
    "$tok$",
    "tok",
    "line one\nline two",
    "line one line two",
    "tab\there",
    "caf\u{e9}",
    "CAF\u{c9}",
    "cafe",
    "\u{6f22}\u{5b57}",
    "10.0.0.0/8",
    "10.1.2.3",
    "1",
    "1.0",
    "01",
    "-1",
    "AND",
    "and",
    "x AND y",
    "NOT",
    "'q'",
    "(a)",
    "a,b",
    "a=b",
    "a;b",
    "a-b",
    "a b",
    "-enc",
    "-encode",
    "x-enc y",
    "^a$",
    "a.b",
    "?",
    "PC1$",
    "null",
    "true",
    "#a",
    "a?b",
    "{a}",
];

fn text_cases(target: Target) -> Vec<Case> {
    let mut cases = Vec::new();
    for op in [TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has] {
        for case in [Casing::Ignore, Casing::Respect] {
            // Every literal for the operators that say most; the others write it the same way.
            let step = match (op, case) {
                (TextOp::Equals | TextOp::Has, Casing::Ignore) => 2,
                _ => 10,
            };
            let start = op as usize;
            for literal in HOSTILE.iter().filter(|literal| !literal.is_empty()).skip(start % step).step_by(step) {
                cases.extend(literal_cases(target, Type::Text, text_op(op, &[literal], case), HOSTILE));
            }
            cases.extend(literal_cases(target, Type::Text, text_op(op, &["zzz", "cmd.exe", "a*b", "100%"], case), HOSTILE));
            cases.extend(literal_cases(target, Type::Text, text_op(op, &["cmd.exe", "a_b", "\"a"], case), HOSTILE));
        }
    }
    cases
}

fn pattern_cases(target: Target) -> Vec<Case> {
    let mut cases = Vec::new();
    for case in [Casing::Ignore, Casing::Respect] {
        for like in
            ["cmd*", "*cmd.exe", "*cmd*", "c?d.exe", "*", "a[*]b", "*\\*", "C:\\*", "?", "*caf\u{e9}*", "* *", "a?b", "*[?]*", "1*", "??*"]
        {
            cases.extend(literal_cases(target, Type::Text, Op::Like { any: vec![LikePattern::parse(like)], case }, HOSTILE));
        }
        let two = vec![LikePattern::parse("cmd?exe"), LikePattern::parse("*\"")];
        cases.extend(literal_cases(target, Type::Text, Op::Like { any: two, case }, HOSTILE));
        for pattern in [
            r"^cmd\.exe$",
            r"\bcmd\b",
            r"c.d",
            "a|b",
            r"^[^a-z]+$",
            r#"""#,
            r"\\",
            r"\d{2,}",
            "x*",
            "^$",
            "caf\u{e9}",
            r"\w+\s\w+",
            r"[`$]",
            r"\t",
            "a.b",
            r"(?:AND|and)$",
        ] {
            let regex = Regex::new(pattern, false, false, case).unwrap();
            cases.extend(literal_cases(target, Type::Text, Op::Matches { any: vec![regex], case }, HOSTILE));
        }
        let lines = Regex::new("^line two$", false, true, case).unwrap();
        let all = Regex::new("one.line", true, false, case).unwrap();
        cases.extend(literal_cases(target, Type::Text, Op::Matches { any: vec![lines, all], case }, HOSTILE));
    }
    cases.extend(literal_cases(target, Type::Text, Op::Exists, HOSTILE));
    cases.extend(literal_cases(target, Type::User, Op::Is(Kind::MachineAccount), HOSTILE));
    cases
}

fn typed_cases(target: Target) -> Vec<Case> {
    let mut cases = Vec::new();
    let addresses = [
        "",
        "10.1.2.3",
        "11.1.2.3",
        "172.16.0.1",
        "8.8.8.8",
        "127.0.0.1",
        "169.254.1.1",
        "224.0.0.1",
        "100.64.0.1",
        "::1",
        "2001:db8::1",
        "2001:DB8:0:0:0:0:0:1",
        "2606:4700::1",
        "fd00::1",
        "fe80::1",
        "localhost",
        "unknown",
    ];
    let network = |base: &str, prefix| Network { base: base.parse().unwrap(), prefix };
    let ip = |text: &str| Scalar::Ip(text.parse().unwrap());
    let mut ops = vec![
        Op::Within(vec![network("10.0.0.0", 8)]),
        Op::Within(vec![network("10.0.0.0", 8), network("2001:db8::", 32)]),
        Op::OneOf(vec![ip("10.1.2.3")]),
        Op::OneOf(vec![ip("2001:db8::1"), ip("8.8.8.8")]),
    ];
    ops.extend([Kind::Private, Kind::Public, Kind::Loopback, Kind::LinkLocal, Kind::Multicast, Kind::Reserved].map(Op::Is));
    for op in ops {
        cases.extend(literal_cases(target, Type::Ip, op, &addresses));
    }
    let numbers = ["4", "40", "5", "0", "-3", "4688", "1000000"];
    for (whole, values) in [(true, &numbers[..]), (false, &["4", "4.5", "5.0", "-1", "abc", "0x10"][..])] {
        let mut ops: Vec<Op<Native>> =
            [Compare::Less, Compare::LessEqual, Compare::Greater, Compare::GreaterEqual, Compare::Equal, Compare::NotEqual]
                .into_iter()
                .map(|compare| Op::Compare(compare, Number::Int(5)))
                .collect();
        ops.extend([
            Op::Compare(Compare::Greater, Number::Real(4.5)),
            Op::OneOf(vec![Scalar::Int(4)]),
            Op::OneOf(vec![Scalar::Int(4), Scalar::Int(-3)]),
        ]);
        for op in ops {
            let ty = if whole { NativeType::Int } else { NativeType::Text };
            let check = op.clone();
            let rows: Vec<Row> = values.iter().map(|value| [Some(*value), None]).chain([[None, None]]).collect();
            let passes = move |row: &Row| row[0].is_some_and(|text| text.parse::<f64>().is_ok() && number_holds(&check, text));
            cases.extend(cases_of(target, &format!("{op:?}"), native(target, 0, ty, Type::Int), op, &rows, passes));
        }
    }
    cases
}

fn number_holds(op: &Op<Native>, text: &str) -> bool {
    match op {
        Op::OneOf(scalars) => {
            scalars.iter().any(|scalar| matches!(scalar, Scalar::Int(number) if text.parse::<f64>() == Ok(*number as f64)))
        }
        other => eval_text(other, text),
    }
}

/// Two values, of which each may look like anything.
fn field_cases(target: Target) -> Vec<Case> {
    let texts = [
        "",
        "a",
        "A",
        "aa",
        "aaa",
        "x a y",
        "xay",
        "1",
        "1.0",
        "11",
        "a%",
        "a_b",
        "axb",
        r"C:\",
        r"C:\a.exe",
        r#"c:\A.EXE -x"#,
        "*",
        ".*",
        r"\",
        "a]b",
        "unknown",
    ];
    let mut rows: Vec<Row> = vec![[None, None], [Some("a"), None], [None, Some("a")]];
    rows.extend(texts.iter().flat_map(|left| texts.iter().map(|right| [Some(*left), Some(*right)])));
    let mut cases = Vec::new();
    for op in [TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has] {
        for case in [Casing::Ignore, Casing::Respect] {
            let other = Other { step: None, field: native(target, 1, NativeType::Text, Type::Text) };
            let between = Op::Field { op: FieldOp::Text(op), other, case };
            let passes = move |row: &Row| match row {
                [Some(left), Some(right)] => !left.is_empty() && !right.is_empty() && eval_text(&text_op(op, &[right], case), left),
                _ => false,
            };
            // What is missing is for binding to guard: here no row has only one `unknown`.
            let rows: Vec<Row> = rows
                .iter()
                .copied()
                .filter(|row| target == Target::EventLog || !(row.contains(&None) || row.contains(&Some("unknown"))))
                .collect();
            cases.extend(cases_of(
                target,
                &format!("{op:?} {case:?} between"),
                native(target, 0, NativeType::Text, Type::Text),
                between,
                &rows,
                passes,
            ));
        }
    }
    let numbers: Vec<Row> = ["1", "2", "10", "x", "-1"]
        .iter()
        .flat_map(|left| ["1", "2", "10", "y"].map(|right| [Some(*left), Some(right)]))
        .chain([[None, Some("1")], [Some("1"), None]])
        .collect();
    for compare in [Compare::Less, Compare::GreaterEqual, Compare::Equal, Compare::NotEqual] {
        let other = Other { step: None, field: native(target, 1, NativeType::Text, Type::Int) };
        let between = Op::Field { op: FieldOp::Compare(compare), other, case: Casing::Ignore };
        let passes = move |row: &Row| match row.map(|text| text.and_then(|text| text.parse::<i64>().ok())) {
            [Some(left), Some(right)] => eval_text::<Native>(&Op::Compare(compare, Number::Int(right)), &left.to_string()),
            _ => false,
        };
        cases.extend(cases_of(
            target,
            &format!("{compare:?} between"),
            native(target, 0, NativeType::Text, Type::Int),
            between,
            &numbers,
            passes,
        ));
    }
    cases
}

/// Values computed of a column.
fn computed_cases(target: Target) -> Vec<Case> {
    let mut cases = Vec::new();
    let values = [
        "",
        r"C:\a\cmd.exe",
        "/usr/bin/cmd.exe",
        "cmd.exe",
        r"C:\a\",
        r"CORP\alice",
        r"CORP\PC1$",
        "bob@corp.example",
        r"CORP\bob@x",
        "carol",
        r"\",
        "@",
        "5",
        "0x1250",
        "0x10",
        "4688",
        "unknown",
    ];
    let rows: Vec<Row> = values.iter().map(|value| [Some(*value), None]).chain([[None, None]]).collect();
    let after = |text: &str| text.rsplit(['\\', '/']).next().unwrap_or_default().to_owned();
    let user = |text: &str| {
        text.rsplit_once('\\').map_or_else(|| text.split('@').next().unwrap_or_default().to_owned(), |(_, name)| name.to_owned())
    };
    let domain = |text: &str| {
        let cut = text.rsplit_once('\\').map(|(domain, _)| domain).or_else(|| text.split_once('@').map(|(_, domain)| domain));
        cut.unwrap_or_default().to_owned()
    };
    type Compute = fn(&str) -> String;
    let computed: [(Transform, Compute); 4] = [
        (Transform::Basename, after),
        (Transform::UserName, user),
        (Transform::UserDomain, domain),
        (Transform::Lower, |text| text.to_lowercase()),
    ];
    for (transform, compute) in computed {
        for op in [
            text_op(TextOp::Contains, &["c"], Casing::Ignore),
            text_op(TextOp::StartsWith, &["cmd", "AL"], Casing::Respect),
            text_op(TextOp::EndsWith, &["$", "exe", "corp"], Casing::Ignore),
            text_op(TextOp::Equals, &["CORP", "bob"], Casing::Respect),
            Op::Matches { any: vec![Regex::new("^[a-z]+$", false, false, Casing::Ignore).unwrap()], case: Casing::Ignore },
            Op::Exists,
        ] {
            let mut field = native(target, 0, NativeType::Text, Type::Text);
            field.value = NativeExpr::Apply(transform.clone(), vec![field.value.clone()]);
            let check = op.clone();
            let passes = move |row: &Row| row[0].is_some_and(|text| !compute(text).is_empty() && eval_text(&check, &compute(text)));
            let rows: Vec<Row> =
                rows.iter().copied().filter(|row| target == Target::EventLog || row[0] != Some("unknown") && row[0].is_some()).collect();
            cases.extend(cases_of(target, &format!("{transform:?} {op:?}"), field, op, &rows, passes));
        }
    }
    for (transform, radix) in [(Transform::Hex, 16), (Transform::Int, 10)] {
        for op in [Op::Compare(Compare::Greater, Number::Int(16)), Op::OneOf(vec![Scalar::Int(4688)]), Op::Exists] {
            let mut field = native(target, 0, NativeType::Text, Type::Int);
            field.value = NativeExpr::Apply(transform.clone(), vec![field.value.clone()]);
            let check = op.clone();
            let passes = move |row: &Row| {
                let digits = |text: &str| if radix == 16 { text.strip_prefix("0x").map(str::to_owned) } else { Some(text.to_owned()) };
                let number = row[0].and_then(digits).and_then(|digits| i64::from_str_radix(&digits, radix).ok());
                number.is_some_and(|number| number_holds(&check, &number.to_string()))
            };
            cases.extend(cases_of(target, &format!("{transform:?} {op:?}"), field, op, &rows, passes));
        }
    }
    cases
}

fn rule() -> Rule {
    Rule {
        name: "a_rule".to_owned(),
        span: span(),
        docs: Vec::new(),
        meta: Meta { title: Some("ends ``` here | delete\n| delete".to_owned()), ..Meta::default() },
        pattern: Pattern::Union(Vec::new()),
        group: None,
        last: None,
        show: None,
        tests: Vec::new(),
        lists: Vec::new(),
        rewritten: Vec::new(),
    }
}

fn query(case: &Case) -> String {
    let target = case.target;
    let options = Options::default();
    let dialect = target.dialect(&options);
    let (first, rest) = split(case.pred.clone(), &*dialect);
    case.pred.tests(&mut |test| assert!(!matches!(dialect.support(test), Support::Never(_)), "{}", case.what));
    let shown = native(target, 2, NativeType::Text, Type::Text);
    let mut carried = vec![shown.value.column().unwrap().clone()];
    rest.tests(&mut |test| {
        let other = if let Op::Field { other, .. } = &test.op { Some(&other.field) } else { None };
        for column in [&test.field].into_iter().chain(other).flat_map(|native| native.value.columns()) {
            if !carried.contains(column) {
                carried.push(column.clone());
            }
        }
    });
    let (table, sources, event_id) = match target {
        Target::DataModel => ("Endpoint.Processes", Vec::new(), None),
        Target::EventLog => ("1", vec!["XmlWinEventLog:Microsoft-Windows-Sysmon/Operational".to_owned()], Some(1)),
    };
    let search = Search {
        schema: "x".to_owned(),
        class: "process".to_owned(),
        from: Vec::new(),
        table: table.to_owned(),
        lineage: target.owner().to_owned(),
        sources,
        event_id,
        found_by: Vec::new(),
        found_at: Vec::new(),
        time: Some("_time".to_owned()),
        start: String::new(),
        latest: None,
        first,
        rest,
        shown: vec![Shown::Value(shown)],
        carried,
        labels: Vec::new(),
        made: Vec::new(),
    };
    let plan = Plan {
        shape: Shape::Events,
        searches: vec![search],
        columns: vec![Column { title: target.columns()[2].to_owned(), alias: false, kind: ColumnKind::Field, at: None }],
        last: Some(Lasting { seconds: 86_400, span: span() }),
        sorted: true,
        fidelity: Fidelity::Exact,
        widened: false,
        reasons: Vec::new(),
        notes: Vec::new(),
        assumptions: Vec::new(),
        files: Vec::new(),
    };
    let query = match target {
        Target::DataModel => spl::tstats(&rule(), &plan, &options),
        Target::EventLog => spl::search(&rule(), &plan, &options),
    };
    query.finish().0
}

const NOW: u64 = 1_700_000_000;

fn event(target: Target, index: usize, row: &Row) -> Value {
    let mut event = Map::new();
    event.insert("_time".to_owned(), json!(NOW - 10 - index as u64));
    let [left, right, name] = target.columns();
    for (column, value) in [(left, row[0]), (right, row[1])] {
        if let Some(value) = value {
            event.insert(column.to_owned(), json!(value));
        }
    }
    event.insert(name.to_owned(), json!(format!("row{index}")));
    if target == Target::EventLog {
        event.insert("source".to_owned(), json!("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"));
        event.insert("EventCode".to_owned(), json!("1"));
    }
    Value::Object(event)
}

/// Runs the cases; None where the evaluator cannot.
fn run(cases: &[Case]) -> Option<Vec<Value>> {
    let evaluator = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/spl/exec.py");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/cim.json");
    if !evaluator.exists() || !schema.exists() {
        eprintln!("skipped: the evaluator of SPL is not here ({})", evaluator.display());
        return None;
    }
    let started = Command::new("python3").arg(&evaluator).arg(&schema).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        eprintln!("skipped: python3 is not here");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let mut input = String::new();
    for (id, case) in cases.iter().enumerate() {
        let rows: Vec<Value> = case.rows.iter().enumerate().map(|(index, row)| event(case.target, index, row)).collect();
        let mut line = json!({"id": id, "query": query(case), "now": NOW});
        match case.target {
            Target::DataModel => line["datamodel"] = json!({"Endpoint.Processes": rows}),
            Target::EventLog => line["events"] = json!(rows),
        }
        input.push_str(&line.to_string());
        input.push('\n');
    }
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    Some(String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn hold(cases: Vec<Case>) {
    let Some(results) = run(&cases) else { return };
    assert_eq!(results.len(), cases.len());
    let mut failures = Vec::new();
    for (case, result) in cases.iter().zip(&results) {
        let name = case.target.columns()[2];
        let Some(rows) = result["rows"].as_array() else {
            failures.push(format!("{}\n{}\n{}", case.what, query(case), result["error"]));
            continue;
        };
        let found: Vec<&str> = rows.iter().filter_map(|row| row[name].as_str()).collect();
        let wrong: Vec<String> = case
            .rows
            .iter()
            .enumerate()
            .filter(|(index, _)| found.contains(&format!("row{index}").as_str()) != case.expected[*index])
            .map(|(index, row)| format!("{row:?} should {}", if case.expected[index] { "match" } else { "not match" }))
            .collect();
        if !wrong.is_empty() {
            failures.push(format!("{}\n{}\n{}", case.what, query(case), wrong.join("\n")));
        }
    }
    let shown: Vec<String> = failures.iter().take(12).cloned().collect();
    assert!(failures.is_empty(), "{} of {} searches are wrong:\n\n{}", failures.len(), cases.len(), shown.join("\n\n"));
}

fn both(cases: impl Fn(Target) -> Vec<Case>) {
    hold([Target::DataModel, Target::EventLog].into_iter().flat_map(cases).collect());
}

#[test]
fn text_against_literals() {
    both(text_cases);
}

#[test]
fn text_against_patterns() {
    both(pattern_cases);
}

#[test]
fn addresses_and_numbers() {
    both(typed_cases);
}

#[test]
fn fields_against_fields() {
    both(field_cases);
}

#[test]
fn computed_values() {
    both(computed_cases);
}
