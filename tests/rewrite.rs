//! A rewritten rule says what it said before, on every event; and each rewrite does what it is there for.

#[path = "engine/hand.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod hand;
#[path = "engine/random.rs"]
#[allow(dead_code)] // the same
mod random;

use hand::{class, event, field, packs, regex, span, text};
use proptest::prelude::*;
use spoor::backend::describe::describe_neutral;
use spoor::backend::{Lowered, Options, Target, lower};
use spoor::engine::reference;
use spoor::hir::rewrite::{self, Change, Rewritten};
use spoor::hir::*;
use spoor::project::Workspace;
use spoor::witness::Rng;

fn rewritten(pred: &Pred) -> (Pred, Vec<Rewritten>) {
    let (id, class) = class("process");
    rewrite::pred(pred, id, class)
}

fn holds(pred: &Pred, event: &Event) -> bool {
    reference::holds(pred, event, class("process").1)
}

// ---------- the law, by chance ----------

const NAMES: &[&str] = &["a", "A.exe", "a.exe", "cmd.exe", "x", "é", "É", "k", "\u{212a}"];
const FOLDERS: &[&str] = &["C:", r"C:\Windows", r"\a.exe", r"C:\x\cmd.exe", ""];
const TEXTS: &[&str] = &[
    r"\a.exe",
    r"\cmd.exe",
    r"\x",
    r"\É",
    r"\a.exe\x",
    r"Windows\a.exe",
    "a.exe",
    ".exe",
    r"\",
    "x",
    r"C:\Windows\a.exe",
    "a",
    "B",
    "a b",
];
const REGEXES: &[&str] = &[
    r"\\a\.exe$",
    r"^cmd\.exe$",
    "a",
    "^a",
    "a$",
    r"\\(a|cmd)\.exe$",
    r"^(a|A\.exe|x)$",
    r"[\\]x$",
    ".*a.*",
    "^.*a",
    "a.*b",
    "a?x",
    "[ax]b?",
    "^$",
    "a|^",
    r"\bx\b",
    "é|k",
    "a{2}",
    r"^C:\\",
];
const FIELDS: &[&str] = &["name", "path", "path", "parent.name", "parent.path", "command_line", "original_name"];

fn some(of: &[&str], rng: &mut Rng) -> String {
    rng.pick(of).expect("one").to_string()
}

fn test(rng: &mut Rng) -> Pred {
    let case = if rng.one_in(4) { Casing::Respect } else { Casing::Ignore };
    let name = some(FIELDS, rng);
    let op = match rng.below(12) {
        0 => Op::Exists,
        1 => Op::Like { any: vec![LikePattern::parse(&format!("*{}?", some(TEXTS, rng)))], case },
        2..5 => Op::Matches { any: (0..1 + rng.below(2)).map(|_| regex(&some(REGEXES, rng), case)).collect(), case },
        kind => {
            let ops = [TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::EndsWith, TextOp::Has];
            Op::Text { op: ops[kind % 6], any: (0..1 + rng.below(3)).map(|_| some(TEXTS, rng)).collect(), case }
        }
    };
    Pred::test(field("process", &name), op, span())
}

/// Few parts again and again, so that they meet.
fn predicate(rng: &mut Rng, few: &[Pred], depth: usize) -> Pred {
    let parts = |rng: &mut Rng| (0..1 + rng.below(4)).map(|_| predicate(rng, few, depth - 1)).collect::<Vec<_>>();
    match rng.below(if depth == 0 { 2 } else { 7 }) {
        0 => rng.pick(few).cloned().unwrap_or(Pred::TRUE),
        1 => test(rng),
        2 | 3 => Pred::all(parts(rng)),
        4 | 5 => Pred::any(parts(rng)),
        _ => predicate(rng, few, depth - 1).not(),
    }
}

/// What is said of a path is true of its name; every path has a folder, with the slash that `TEXTS` has.
fn process(rng: &mut Rng) -> Event {
    let mut fields: Vec<(&str, Vec<Scalar>)> = Vec::new();
    for (name, path) in [("name", "path"), ("parent.name", "parent.path")] {
        let last = if rng.one_in(8) { String::new() } else { some(NAMES, rng) };
        if !rng.one_in(5) {
            fields.push((path, vec![text(&format!(r"{}\{last}", some(FOLDERS, rng)))]));
            fields.push((name, vec![text(&last)]));
        }
    }
    if rng.one_in(2) {
        fields.push(("command_line", vec![text(&(some(TEXTS, rng) + &some(&["", "\n", "b"], rng) + &some(TEXTS, rng)))]));
    }
    if rng.one_in(2) {
        fields.push(("original_name", vec![text(&some(NAMES, rng)), text(&some(TEXTS, rng))]));
    }
    event("process", "started", &fields)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_rewritten_predicate_says_the_same(seed: u64) {
        let mut rng = Rng::new(seed);
        let few: Vec<Pred> = (0..3).map(|_| test(&mut rng)).collect();
        let before = predicate(&mut rng, &few, 3);
        let (after, made) = rewritten(&before);
        for _ in 0..12 {
            let event = process(&mut rng);
            prop_assert_eq!(holds(&before, &event), holds(&after, &event), "{:?}\n{:?}\n{:?}\n{:?}", before, after, made, event);
            for one in &made {
                let (Change::Regex(now) | Change::LastPart(now) | Change::List(now)) = &one.change else { continue };
                prop_assert_eq!(holds(&one.before, &event), holds(now, &event), "{:?} on {:?}", one, event);
            }
        }
        let (again, more) = rewritten(&after);
        prop_assert!(again == after && more.is_empty(), "not at once: {:?}\n{:?}\n{:?}", before, after, again);
    }

    /// Every operator and type, over both classes; what the language says of paths is the matter of the test above and of that below.
    #[test]
    fn a_rewritten_rule_says_the_same(seed: u64) {
        let mut rng = Rng::new(seed);
        let before = random::random_rule("r", &mut rng);
        let mut after = before.clone();
        rewrite::rule(&mut after, packs());
        if after.rewritten.iter().any(|one| matches!(one.change, Change::LastPart(_))) {
            return Ok(());
        }
        for _ in 0..12 {
            let event = random::random_event(&mut rng);
            prop_assert_eq!(reference::branches(&before, &event, packs()), reference::branches(&after, &event, packs()), "{:?}\n{:?}", before, after);
        }
    }

    /// Either slash, a path that is missing, one without a folder: the name decides.
    #[test]
    fn the_end_of_a_path_is_its_name(seed: u64) {
        let mut rng = Rng::new(seed);
        let (wanted, given) = (some(NAMES, &mut rng), some(NAMES, &mut rng));
        let slash = some(&["\\", "/"], &mut rng);
        let case = if rng.one_in(2) { Casing::Respect } else { Casing::Ignore };
        let ends = Op::Text { op: TextOp::EndsWith, any: vec![format!("{slash}{wanted}")], case };
        let equals = Op::Text { op: TextOp::Equals, any: vec![wanted.clone()], case };
        let mut fields = vec![("name", vec![text(&given)])];
        if rng.one_in(2) {
            fields.push(("path", vec![text(&format!("{}{given}", some(&["", "/usr/bin/", r"C:\"], &mut rng)))]));
        }
        let event = event("process", "started", &fields);
        let by_name = holds(&Pred::test(field("process", "name"), equals, span()), &event);
        let before = Pred::test(field("process", "path"), ends, span());
        prop_assert_eq!(holds(&rewritten(&before).0, &event), by_name);
        prop_assert_eq!(holds(&rewritten(&before.not()).0, &event), !by_name);
    }
}

#[test]
fn chance_meets_every_rewrite() {
    let mut rng = Rng::new(7);
    let mut met = [0; 4];
    for _ in 0..2000 {
        let few: Vec<Pred> = (0..3).map(|_| test(&mut rng)).collect();
        for one in rewritten(&predicate(&mut rng, &few, 3)).1 {
            met[match one.change {
                Change::Regex(_) => 0,
                Change::LastPart(_) => 1,
                Change::List(_) => 2,
                Change::Spare(_) => 3,
            }] += 1;
        }
    }
    assert!(met.iter().all(|count| *count > 50), "{met:?}");
}

// ---------- each rewrite ----------

/// The condition of a branch of processes, rewritten, as a line.
fn of(condition: &str) -> String {
    let source = format!("rule x {{ detect process where {condition} }}");
    let checked = Workspace::text("x.spoor", &source).check(packs());
    let [rule] = checked.rules.as_slice() else { panic!("{condition}: {:?}", checked.diagnostics) };
    let Pattern::Union(branches) = &rule.pattern else { panic!("no union") };
    let lines: Vec<String> = branches.iter().flat_map(|branch| &branch.cases).map(|case| describe(&case.pred)).collect();
    lines.join(" | ")
}

fn describe(pred: &Pred) -> String {
    describe_neutral(pred, class("process").1, 3)
}

#[test]
fn the_end_of_a_path_becomes_a_name() {
    for condition in [
        r"path ends_with '\x.exe'",
        "path ends_with '/x.exe'",
        r"path like '*\x.exe'",
        r"path matches /\\x\.exe$/",
        r"path matches /^.*[\\\/]x\.exe$/s",
        r"path matches /.*[\\\/]x\.exe$/",
        r"any of [path] ends_with ['\x.exe', '/x.exe']",
    ] {
        assert_eq!(of(condition), "name == 'x.exe'", "{condition}");
    }
    assert_eq!(of(r"parent.path not ends_with ['\a', '\b']"), "not parent.name in ['a', 'b']");
    assert_eq!(of(r"path ends_with cased '\X'"), "name == cased 'X'");
    assert_eq!(of(r"path ends_with ['\a', 'b', '\c\d']"), r"name == 'a' or path ends_with ['b', '\c\d']");
    assert_eq!(of(r"path ends_with all ['\a', '\b']"), "name == 'a' and name == 'b'");
    for condition in [
        r"path ends_with 'x.exe'",
        r"path ends_with '\'",
        r"path ends_with '\a\x.exe'",
        r"path contains '\x.exe'",
        r"path == '\x.exe'",
        r"directory ends_with '\x.exe'",
        r"command_line ends_with '\x.exe'",
        r"path like '*\x?.exe'",
    ] {
        assert_eq!(of(condition), condition);
    }
}

#[test]
fn a_regex_that_is_nothing_but_texts_becomes_them() {
    for (regex, now) in [
        (r"/^cmd\.exe$/", "== 'cmd.exe'"),
        ("/foo/", "contains 'foo'"),
        ("/^foo/", "starts_with 'foo'"),
        ("/foo$/", "ends_with 'foo'"),
        ("/^(a|b)$/", "in ['a', 'b']"),
        ("/[Aa]b/", "contains 'Ab'"),
        ("/a/m", "contains 'a'"),
        ("/.*foo.*/", "contains 'foo'"),
        ("/colou?r/", "contains ['color', 'colour']"),
        (r"/\*/", "contains '*'"),
        ("/^.*b$/s", "ends_with 'b'"),
        ("/^a.*$/s", "starts_with 'a'"),
        ("/https?:/", "contains ['http:', 'https:']"),
        ("/(ab){2}/", "contains 'abab'"),
        ("/(a|b|c|d)(e|f|g|h)$/", "ends_with ['ae', 'af', 'ag', and 13 more]"),
    ] {
        assert_eq!(of(&format!("command_line matches {regex}")), format!("command_line {now}"), "{regex}");
    }
    assert_eq!(of("command_line matches cased /[Aa]b/"), "command_line contains cased ['Ab', 'ab']");
    assert_eq!(
        of("command_line matches [/a/, /b+/, /^c/]"),
        "command_line contains 'a' or command_line starts_with 'c' or command_line matches /b+/"
    );
    for regex in [
        "/a.*b/",
        "/^.*a/",
        "/a+/",
        "/^$/",
        "/a|/",
        r"/\ba\b/",
        "/[0-9]a/",
        r"/a\n/",
        "/(a|b|c|d|e)(e|f|g|h)/",
        "/a.*b/s",
        "/a.b/s",
        "/format:[ x]?https?:/",
    ] {
        let condition = format!("command_line matches {regex}");
        assert_eq!(of(&condition), condition.trim_end_matches('s'), "{regex}");
    }
    // As many texts as its author wrote.
    let many: Vec<String> = (0..300).map(|number| format!("w{number}")).collect();
    assert!(of(&format!("name matches /^({})$/", many.join("|"))).ends_with("'w2', and 297 more]"));
}

#[test]
fn tests_of_one_field_become_one() {
    assert_eq!(of(r#"name == "a" or name in ["b", "A"]"#), "name in ['a', 'b']");
    assert_eq!(of(r#"name == "a" or path contains "x" or name == "b""#), "name in ['a', 'b'] or path contains 'x'");
    assert_eq!(of(r#"command_line contains "a" or command_line contains "b""#), "command_line contains ['a', 'b']");
    assert_eq!(of(r#"name != "a" and name not in ["b", "c"]"#), "not name in ['a', 'b', 'c']");
    assert_eq!(of("id == 4 or id == 5"), "id in [4, 5]");
    assert_eq!(of(r#"not (name == "a" or path contains "x") and name != "b""#), "not (name in ['a', 'b'] or path contains 'x')");
    for condition in [
        "name == 'a' or name == cased 'b'",
        "name == 'a' or original_name == 'b'",
        "id > 4 or id < 2",
        "not name == 'a' or not name == 'b'",
    ] {
        assert_eq!(of(condition), condition);
    }
}

#[test]
fn a_part_that_another_decides_is_left_out() {
    assert_eq!(of(r#"name == "a" or (name == "a" and path contains "x")"#), "name == 'a'");
    assert_eq!(of(r#"name == "a" and (path contains "x" or name == "a")"#), "name == 'a'");
    assert_eq!(of(r#"path exists and path contains "x""#), "path contains 'x'");
    assert_eq!(of(r#"path exists or path contains "x""#), "path exists");
    assert_eq!(of(r#"path exists and (path contains "x" or path starts_with "y")"#), "path contains 'x' or path starts_with 'y'");
    assert_eq!(of(r#"name in ["a", "b"] or (name == "A" and path contains "x")"#), "name in ['a', 'b']");
    assert_eq!(of(r#"name in ["a", "b"] and (name in ["c", "b", "a"] or path contains "x")"#), "name in ['a', 'b']");
    assert_eq!(of(r#"name == "a" and name in ["b", "a"]"#), "name == 'a'");
    assert_eq!(of(r#"command_line contains path and path exists"#), "command_line contains path");
    for condition in ["path exists and not path contains 'x'", "path exists and (path contains 'x' or name == 'a')"] {
        assert_eq!(of(condition), condition);
    }
}

#[test]
fn long_lists_cost_no_more_than_they_are_long() {
    let test = |index: usize| {
        let op = Op::Text { op: TextOp::Equals, any: (0..100).map(|value| format!("{index} {value}")).collect(), case: Casing::Ignore };
        Pred::test(field("process", "name"), op, span())
    };
    let id = |index: i64| Pred::test(field("process", "id"), Op::Compare(Compare::Greater, Number::Int(index)), span());
    let before = Pred::any((0..1000).map(test).chain((0..10_000).map(id)));
    let (after, made) = rewritten(&before);
    let Pred::Any(parts) = &after else { panic!("an `or`") };
    assert_eq!((parts.len(), made.len()), (10_001, 1));
    let Pred::Test(Test { op: Op::Text { any, .. }, .. }) = &parts[0] else { panic!("the list") };
    assert_eq!(any.len(), 100_000);
}

#[test]
fn a_condition_of_on_is_left_as_it_is_written() {
    let source = r"rule x { detect process on defender where FolderPath matches /\\x\.exe$/ }";
    let checked = Workspace::text("x.spoor", source).check(packs());
    let rule = &checked.rules[0];
    let Pattern::Union(branches) = &rule.pattern else { panic!("no union") };
    assert!(matches!(&branches[0].pinned[0].pred, Pred::Test(Test { op: Op::Matches { .. }, .. })));
    assert!(rule.rewritten.is_empty());
}

#[test]
fn steps_and_conditions_of_aggregates_are_rewritten_too() {
    let source = r"
rule steps { detect sequence by host within 1m { a: process where path ends_with '\a'  b: process where path ends_with '\b' } }
rule counts {
  detect process where id exists having count(where path ends_with '\a') > 3 by host
  show host, count(where path ends_with '\b')
}";
    let checked = Workspace::text("x.spoor", source).check(packs());
    let [steps, counts] = checked.rules.as_slice() else { panic!("{:?}", checked.diagnostics) };
    let lines = |rule: &Rule| rule.rewritten.iter().map(|one| describe(&one.before)).collect::<Vec<_>>();
    assert_eq!((lines(steps), lines(counts)), (vec![r"path ends_with '\a'".into(), r"path ends_with '\b'".into()], lines(steps)));
    let Pattern::Linked(linked) = &steps.pattern else { panic!("steps") };
    assert_eq!(describe(&linked.steps[1].branches[0].cases[0].pred), "name == 'b'");
    let Some(AggPred::Test { aggregate, .. }) = counts.group.as_ref().and_then(|group| group.having.as_ref()) else { panic!("having") };
    let condition = aggregate.condition.as_ref().map(|branches| describe(&branches[0][0].pred));
    assert_eq!(condition.as_deref(), Some("name == 'a'"));
}

// ---------- what a user reads of it ----------

fn lowered(source: &str, target: Target) -> Lowered {
    let checked = Workspace::text("x.spoor", source).check(packs());
    assert_eq!(checked.rules.len(), 1, "{:?}", checked.diagnostics);
    lower(&checked.rules[0], target, packs(), &Options::default())
}

#[test]
fn a_reason_that_speaks_of_the_name_says_why() {
    let source = r"rule x { detect process where id == 4 or path ends_with '\unknown' }";
    let reason = &lowered(source, Target::Splunk).reasons[0];
    assert_eq!(&source[reason.span().range()], r"path ends_with '\unknown'", "the user's own test");
    assert!(reason.title.contains("`name`"), "{reason:?}");
    assert_eq!(reason.help[1], r"`path ends_with '\unknown'` is `name == 'unknown'`, because `name` is the last part of `path`");
    // One that the author wrote of the name needs no word.
    let own = lowered(r#"rule x { detect process where name == "unknown" }"#, Target::Splunk);
    assert_eq!(own.reasons[0].help.len(), 1);
}

#[test]
fn a_path_that_a_target_lacks_is_told_by_its_name() {
    let source = r"rule x { detect file where actor.parent.path ends_with '\x.exe' }";
    assert!(lowered(source, Target::Defender).query.is_some(), "it has the name, and no path");
    let refused = lowered(source, Target::SplunkRaw);
    assert!(refused.query.is_none() && refused.reasons[0].help.iter().any(|help| help.contains("actor.parent.path ends_with")));
}

#[test]
fn two_columns_are_taken_to_agree_only_where_a_rule_needs_it() {
    let assumed = |condition: &str, target| {
        let all = lowered(&format!("rule x {{ detect process where {condition} }}"), target).assumptions;
        all.into_iter().filter(|one| one.contains("last part")).collect::<Vec<_>>()
    };
    let by_path = assumed(r"path ends_with '\x.exe'", Target::Splunk);
    assert!(by_path.len() == 1 && by_path[0].starts_with("process_name is the last part of process_path"), "{by_path:?}");
    assert!(assumed(r"path ends_with '\x.exe'", Target::Defender)[0].starts_with("FileName is the last part of FolderPath"));
    assert!(assumed(r"path ends_with '\x.exe'", Target::SplunkRaw).is_empty(), "one column is both");
    assert!(assumed(r#"name == "x.exe""#, Target::Splunk).is_empty());
    let file = lowered(r"rule x { detect file where previous.path ends_with '\x' or path ends_with '\x' }", Target::Defender);
    let last: Vec<_> = file.assumptions.iter().filter(|one| one.contains("last part")).collect();
    assert!(last.len() == 1 && last[0].starts_with("FileName "), "PreviousFileName makes the path: {last:?}");
}
