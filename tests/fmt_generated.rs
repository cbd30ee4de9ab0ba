//! The printer's law on generated trees: what is printed parses to the same tree, and printing that gives the same text.

use proptest::prelude::*;
use spoor::diag::Severity;
use spoor::source::{Sources, Span};
use spoor::syntax::ast::*;
use spoor::syntax::{self, Parsed};
use std::net::IpAddr;

fn at() -> At {
    At(Span::new(Sources::default().add("", ""), 0, 0))
}

fn parse(text: &str) -> Parsed {
    let mut sources = Sources::default();
    let file = sources.add("test.spoor", text);
    syntax::parse(&sources, file)
}

fn plain(text: &str) -> Name {
    Name { text: text.to_string(), quoted: false, at: at() }
}

fn name() -> impl Strategy<Value = Name> {
    let words =
        prop::sample::select(&["a", "name", "parent", "x_1", "of", "as", "within", "at", "sequence", "from", "no", "column", "dashes"][..]);
    prop_oneof![4 => words.prop_map(plain), 1 => "[ -_a-~é]{1,5}".prop_map(|text| Name { quoted: true, ..plain(&text) })]
}

/// A class, a label or a metadata key. (`sequence` behind `detect` is no class, so it is left out.)
fn head() -> impl Strategy<Value = Name> {
    prop::sample::select(&["process", "file", "x", "where_", "match", "repeat", "set"][..]).prop_map(plain)
}

fn path() -> impl Strategy<Value = Path> {
    prop::collection::vec(name(), 1..3).prop_map(|parts| Path { parts, at: at() })
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "\\PC{0,8}".prop_map(|value| Text { value, raw: true, at: at() }),
        any::<String>().prop_map(|value| Text { value, raw: false, at: at() }),
        "[a'\"\\\\#/ ]{0,6}".prop_flat_map(|value| any::<bool>().prop_map(move |raw| Text { value: value.clone(), raw, at: at() })),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(|n| Number { value: Num::Int(n), written: n.to_string(), at: at() }),
        any::<u32>().prop_map(|n| Number { value: Num::Int(n.into()), written: format!("0x{n:X}"), at: at() }),
        Just(Number { value: Num::Real(-1.5), written: "-1.50".to_string(), at: at() }),
        Just(Number { value: Num::Int(5000), written: "5_000".to_string(), at: at() }),
    ]
}

fn int() -> impl Strategy<Value = Int> {
    any::<u32>().prop_map(|n| Int { value: n.into(), written: n.to_string(), at: at() })
}

fn duration() -> impl Strategy<Value = Duration> {
    let unit = prop::sample::select(&[Unit::Second, Unit::Minute, Unit::Hour, Unit::Day][..]);
    (any::<u64>(), unit).prop_map(|(count, unit)| Duration { count, unit, at: at() })
}

fn address() -> impl Strategy<Value = Address> {
    let ip = prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)];
    (ip, prop::option::of(0..=32u8)).prop_map(|(ip, prefix)| {
        let written = prefix.map_or_else(|| ip.to_string(), |prefix| format!("{ip}/{prefix}"));
        Address { ip, prefix, written, at: at() }
    })
}

fn regex() -> impl Strategy<Value = Value> {
    let part = prop::sample::select(&["a", "\\.", "/", "[^x]", "\\\\", " ", "#", "\"", "(a|b)+", "é", "^", "$"][..]);
    (prop::collection::vec(part, 1..6), any::<bool>(), any::<bool>()).prop_map(|(parts, dot_all, multi_line)| {
        Value::Regex(Regex { pattern: parts.concat(), dot_all, multi_line, letters: Default::default(), at: at() })
    })
}

fn literal() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::Text),
        1 => number().prop_map(Value::Number),
        1 => duration().prop_map(Value::Duration),
        1 => any::<bool>().prop_map(|value| Value::Bool(value, at())),
        1 => address().prop_map(Value::Address),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![3 => literal(), 1 => path().prop_map(Value::Path)];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let argument = prop_oneof![inner.clone(), list_of(inner, 0)];
        (prop::sample::select(&["dashes", "base64", "utf16"][..]), argument)
            .prop_map(|(function, argument)| Value::Call(ConstCall { function: plain(function), argument: Box::new(argument), at: at() }))
    })
}

fn list_of(item: impl Strategy<Value = Value> + 'static, least: usize) -> impl Strategy<Value = Value> {
    // Calls in a list hold no lists of lists: that is for the caller's `item` to see to.
    prop::collection::vec(item, least..8).prop_map(|items| {
        let items = items.into_iter().filter(|item| !matches!(item, Value::List(_))).collect();
        Value::List(List { items, at: at() })
    })
}

fn relation() -> impl Strategy<Value = Relation> {
    let compare = prop::sample::select(&[Op::Equal, Op::NotEqual, Op::Less, Op::LessEqual, Op::Greater, Op::GreaterEqual][..]);
    let text_op = prop::sample::select(&[Op::Contains, Op::StartsWith, Op::EndsWith, Op::Like, Op::Has, Op::Under][..]);
    let network = address().prop_filter("a network", |address| address.prefix.is_some()).prop_map(Value::Address);
    let set = prop_oneof![3 => list_of(scalar(), 0), 1 => path().prop_map(Value::Path), 1 => network];
    let text = prop_oneof![scalar(), list_of(scalar(), 0)];
    let pattern = || prop_oneof![3 => regex(), 1 => path().prop_map(Value::Path)];
    let patterns = prop_oneof![pattern(), list_of(pattern(), 1)];
    let make = |op, negated, all, cased, operand| Relation { negated, op, op_at: at(), all, cased, operand, at: at() };
    prop_oneof![
        (compare, any::<bool>(), scalar()).prop_map(move |(op, cased, value)| make(op, false, false, cased, Some(value))),
        (any::<[bool; 2]>(), set).prop_map(move |([negated, cased], value)| make(Op::In, negated, false, cased, Some(value))),
        (text_op, any::<[bool; 3]>(), text).prop_map(move |(op, [negated, all, cased], value)| make(op, negated, all, cased, Some(value))),
        (any::<[bool; 3]>(), patterns).prop_map(move |([negated, all, cased], value)| make(Op::Matches, negated, all, cased, Some(value))),
        any::<bool>().prop_map(move |negated| make(Op::Exists, negated, false, false, None)),
        (any::<bool>(), name()).prop_map(move |(negated, name)| {
            make(Op::Is, negated, false, false, Some(Value::Path(Path { parts: vec![name], at: at() })))
        }),
    ]
}

fn test() -> impl Strategy<Value = Expr> {
    let paths = || prop::collection::vec(path(), 1..4);
    let subject = prop_oneof![
        6 => path().prop_map(Subject::Path),
        1 => paths().prop_map(|paths| Subject::AnyOf(paths, at())),
        1 => paths().prop_map(|paths| Subject::AllOf(paths, at())),
    ];
    (subject, prop::option::weighted(0.8, relation())).prop_map(|(subject, relation)| Expr::Test(Test { subject, relation, at: at() }))
}

fn joined(operand: impl Strategy<Value = Expr>) -> impl Strategy<Value = Expr> {
    (prop::collection::vec(operand, 1..4), any::<bool>()).prop_map(|(mut operands, and)| match operands.len() {
        1 => operands.remove(0),
        _ if and => Expr::And(operands, at()),
        _ => Expr::Or(operands, at()),
    })
}

/// Operands of `and` and `or` are no `and` or `or` themselves.
fn expr() -> impl Strategy<Value = Expr> {
    let unary = test().prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner), at())),
            joined(inner.clone()).prop_map(|inner| Expr::Paren(Box::new(inner), at())),
            (int(), prop::collection::vec(joined(inner), 1..3)).prop_map(|(count, tests)| Expr::Quorum(count, tests, at())),
        ]
    });
    joined(unary)
}

fn exclusion() -> impl Strategy<Value = Exclusion> {
    expr().prop_map(|expr| Exclusion { expr, at: at() })
}

fn branch() -> impl Strategy<Value = Branch> {
    let clause = prop_oneof![
        exclusion().prop_map(Clause::Except),
        (name(), any::<bool>(), expr()).prop_map(|(target, except, expr)| Clause::On(Pinned { target, except, expr, at: at() })),
    ];
    (prop::collection::vec(head(), 1..3), prop::option::of(expr()), prop::collection::vec(clause, 0..3))
        .prop_map(|(classes, condition, clauses)| Branch { classes, condition, clauses, at: at() })
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    // A number stands behind a field alone.
    let of = prop::option::of((path(), prop::option::weighted(0.3, number())));
    (name(), of, prop::option::weighted(0.2, expr())).prop_map(|(function, of, condition)| {
        let (field, number) = of.map_or((None, None), |(field, number)| (Some(field), number));
        Aggregate { function, field, number, condition: condition.map(Box::new), at: at() }
    })
}

fn agg_expr() -> impl Strategy<Value = AggExpr> {
    let value = prop_oneof![number().prop_map(Value::Number), duration().prop_map(Value::Duration)];
    let op = prop::sample::select(&[Op::Equal, Op::NotEqual, Op::Less, Op::LessEqual, Op::Greater, Op::GreaterEqual][..]);
    let test =
        (aggregate(), op, value).prop_map(|(aggregate, op, value)| AggExpr::Test(Box::new(AggTest { aggregate, op, value, at: at() })));
    let joined = |operand: BoxedStrategy<AggExpr>| {
        (prop::collection::vec(operand, 1..4), any::<bool>()).prop_map(|(mut operands, and)| match operands.len() {
            1 => operands.remove(0),
            _ if and => AggExpr::And(operands, at()),
            _ => AggExpr::Or(operands, at()),
        })
    };
    let unary = test.prop_recursive(2, 6, 3, move |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| AggExpr::Not(Box::new(inner), at())),
            joined(inner).prop_map(|inner| AggExpr::Paren(Box::new(inner), at())),
        ]
    });
    joined(unary.boxed())
}

fn detect() -> impl Strategy<Value = Detect> {
    let link = || (prop::collection::vec(path(), 0..3), duration()).prop_map(|(by, within)| Link { by, within, at: at() });
    let kind = prop_oneof![
        Just(BlockKind::Union),
        link().prop_map(BlockKind::Sequence),
        link().prop_map(BlockKind::Together),
        (int(), link()).prop_map(|(count, link)| BlockKind::AtLeast(count, link)),
    ];
    let counted = (int(), duration()).prop_map(|(count, within)| Counted { count, within, at: at() });
    let step = (any::<bool>(), prop::option::of(head()), prop::option::of(counted), branch());
    let block = (kind, prop::collection::vec(step, 2..4), prop::collection::vec(exclusion(), 0..3)).prop_map(|(kind, steps, common)| {
        let linked = kind != BlockKind::Union;
        let step = |(optional, label, counted, branch): (bool, Option<Name>, Option<Counted>, Branch)| Step {
            optional: optional && linked,
            label: if linked { label.or_else(|| Some(plain("step_1"))) } else { label },
            counted: counted.filter(|_| linked),
            branch,
            at: at(),
        };
        Block { kind, steps: steps.into_iter().map(step).collect(), common, at: at() }
    });
    let pattern = prop_oneof![branch().prop_map(Pattern::One), block.prop_map(Pattern::Block)];
    (pattern, prop::option::of(agg_expr()), prop::collection::vec(path(), 0..3), prop::option::of(duration()))
        .prop_map(|(pattern, having, by, per)| Detect { pattern, group: Group { having, by, per }, at: at() })
}

fn meta() -> impl Strategy<Value = Meta> {
    let technique = prop::sample::select(&["T1059", "T1059.001", "TA0002", "S0154"][..]).prop_map(|text| MetaAtom::Technique(plain(text)));
    let atom = || {
        prop_oneof![
            text().prop_map(MetaAtom::Text),
            number().prop_map(MetaAtom::Number),
            technique.clone(),
            name().prop_map(MetaAtom::Name)
        ]
    };
    let value =
        prop_oneof![atom().prop_map(MetaValue::One), prop::collection::vec(atom(), 0..6).prop_map(|atoms| MetaValue::List(atoms, at()))];
    (head(), value).prop_map(|(key, value)| Meta { key, value, at: at() })
}

fn docs() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ -~é]{0,12}".prop_map(|line| line.trim_end().to_string()), 0..3)
}

fn let_item() -> impl Strategy<Value = Let> {
    let value = prop_oneof![literal(), list_of(scalar(), 0), regex(), path().prop_map(Value::Path)];
    let source = prop_oneof![
        expr().prop_filter_map("a lone name is a value", |expr| match &expr {
            Expr::Test(Test { subject: Subject::Path(_), relation: None, .. }) => None,
            _ => Some(LetSource::Predicate(expr)),
        }),
        value.prop_map(LetSource::Value),
        (text(), prop::option::of(text())).prop_map(|(path, column)| LetSource::From { path, column }),
    ];
    (docs(), name(), prop::option::of(name()), source).prop_map(|(docs, name, ty, source)| Let { docs, name, ty, source, at: at() })
}

fn test_case() -> impl Strategy<Value = TestCase> {
    let lone = name().prop_map(|name| Value::Path(Path { parts: vec![name], at: at() }));
    let value = prop_oneof![literal(), lone, list_of(literal(), 0)];
    let entry = (path(), value).prop_map(|(field, value)| Entry { field, value, at: at() });
    let event = (head(), prop::option::of(duration()), prop::option::of(int()), prop::collection::vec(entry, 0..4))
        .prop_map(|(class, offset, repeat, entries)| Event { class, offset, repeat, entries, at: at() });
    let events = prop_oneof![4 => prop::collection::vec(event, 0..3).prop_map(TestEvents::Here), 1 => text().prop_map(TestEvents::From)];
    (text(), any::<bool>(), events).prop_map(|(name, matches, events)| TestCase { name, matches, events, at: at() })
}

fn item() -> impl Strategy<Value = Item> {
    let what = prop_oneof![path().prop_map(ColumnWhat::Path), aggregate().prop_map(ColumnWhat::Aggregate)];
    let column = (what, prop::option::of(name())).prop_map(|(what, alias)| Column { what, alias, at: at() });
    prop_oneof![
        meta().prop_map(Item::Meta),
        let_item().prop_map(Item::Let),
        detect().prop_map(|detect| Item::Detect(Box::new(detect))),
        duration().prop_map(|duration| Item::Last(Last { duration, at: at() })),
        prop::collection::vec(column, 1..9).prop_map(|columns| Item::Show(Show { columns, at: at() })),
        test_case().prop_map(Item::Test),
    ]
}

fn file() -> impl Strategy<Value = File> {
    let rule = (docs(), name(), prop::collection::vec(item(), 0..5))
        .prop_map(|(docs, name, items)| Top::Rule(Rule { docs, name, items, complete: true, at: at() }));
    let import = text().prop_map(|path| Top::Import(Import { path, at: at() }));
    prop::collection::vec(prop_oneof![3 => rule, 1 => import, 1 => let_item().prop_map(Top::Let)], 0..4)
        .prop_map(|items| File { items, at: at() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_to_the_same_tree(file in file()) {
        let printed = syntax::print(&Parsed { file: file.clone(), comments: Vec::new(), blanks: Vec::new(), diagnostics: Vec::new() });
        let again = parse(&printed);
        let errors: Vec<_> = again.diagnostics.iter().filter(|found| found.severity() == Severity::Error).collect();
        prop_assert!(errors.is_empty(), "{errors:?}\n{printed}");
        prop_assert_eq!(&again.file, &file, "{}", printed);
        prop_assert_eq!(syntax::print(&again), printed);
    }

    /// Whatever stands in a file, reading it ends, and each diagnostic and edit has a place in it.
    #[test]
    fn any_text_is_read(text in "(rule x \\{ detect process where )?(\\PC|[ \"'`/\\\\{}\\[\\]():,.=!<>|&#\n]|name|and|not|rule|last 7d|contains|in){0,60}") {
        for found in parse(&text).diagnostics {
            let spans = found.labels.iter().map(|label| label.span).chain(found.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span)));
            for span in spans {
                prop_assert!(text.get(span.range()).is_some(), "{:?} in {:?}", found, text);
            }
        }
    }
}
