//! What `check` says of whole files: the corpus, the examples, and the language's samples where they are at hand.

use std::path::{Path, PathBuf};

use spoor::diag::{Code, Diagnostic, Severity, render};
use spoor::hir::{Casing, Op, Pattern, Pred, Rule};
use spoor::project::Workspace;
use spoor::schema::{Class, builtin as packs};

#[path = "common/shared.rs"]
mod shared;

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "spoor") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn shown(path: &Path, keep: impl Fn(&Diagnostic) -> bool) -> String {
    let workspace = Workspace::text(&path.display().to_string(), &std::fs::read_to_string(path).expect("a file"));
    let checked = workspace.check(&workspace.packs(packs()));
    checked.diagnostics.iter().filter(|finding| keep(finding)).map(|finding| render::render(finding, &workspace.sources, false)).collect()
}

#[test]
fn the_corpus_and_the_examples_have_no_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = String::new();
    for folder in ["tests/corpus", "examples"] {
        for path in files_under(&root.join(folder)) {
            found += &shown(&path, |finding| finding.severity() == Severity::Error);
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// The samples stand beside the project and not in it, and the lists that some name do not stand anywhere. One, written to try the parser,
/// holds the latest time against a number, which means nothing.
#[test]
fn the_samples_have_no_errors() {
    let Some(samples) = shared::shared("language/samples") else { return };
    let paths: Vec<_> = files_under(&samples);
    let is_wrong =
        |finding: &Diagnostic| finding.severity() == Severity::Error && !matches!(finding.code, Code::ListUnreadable | Code::TimeCompared);
    let found: String = paths.iter().map(|path| shown(path, is_wrong)).collect();
    println!("{} samples checked whole", paths.len());
    assert!(found.is_empty(), "{found}");
}

/// One mistake, one finding: the wrong example of each page reports its code and nothing else.
#[test]
fn a_mistake_is_told_once() {
    let mut noisy = String::new();
    for code in Code::ALL.iter().filter(|code| ["E02", "E03", "E05"].iter().any(|family| code.id().starts_with(family))) {
        let Some((_, rest)) = code.page().split_once("```spoor wrong\n") else { continue };
        let text = rest.split("```").next().unwrap_or_default();
        let workspace = Workspace::text("page.spoor", text);
        let checked = workspace.check(&workspace.packs(packs()));
        let codes: Vec<&str> = checked.diagnostics.iter().map(|finding| finding.code.id()).collect();
        if codes != [code.id()] {
            noisy += &format!("{code}: {codes:?}\n");
        }
    }
    assert!(noisy.is_empty(), "{noisy}");
}

// ---------- what is left of the sugar ----------

fn rules(text: &str) -> Vec<Rule> {
    let workspace = Workspace::text("x.spoor", text);
    let checked = workspace.check(packs());
    let errors: Vec<_> = checked.diagnostics.iter().filter(|finding| finding.severity() == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    checked.rules
}

/// The cases of `detect ..`, each branch's on a line: `class {actions} predicate`.
fn cases(detect: &str) -> String {
    let rules = rules(&format!("rule x {{ {detect} }}"));
    let Pattern::Union(branches) = &rules[0].pattern else { panic!("several events") };
    let mut lines = Vec::new();
    for branch in branches {
        let class = packs().class(branch.class);
        for case in &branch.cases {
            let actions: Vec<&str> = case.actions.iter().filter_map(|index| class.actions.get(index)).map(AsRef::as_ref).collect();
            lines.push(format!("{} {{{}}} {}", class.name, actions.join(" "), said(&case.pred, class)));
        }
    }
    lines.join("\n")
}

/// The predicate of `detect process where ..`.
fn process(condition: &str) -> String {
    cases(&format!("detect process where {condition}")).replace("process {started} ", "")
}

fn said(pred: &Pred, class: &Class) -> String {
    let parts = |parts: &[Pred]| parts.iter().map(|part| said(part, class)).collect::<Vec<_>>().join(", ");
    match pred {
        Pred::All(inner) => format!("all({})", parts(inner)),
        Pred::Any(inner) => format!("any({})", parts(inner)),
        Pred::Not(inner) => format!("not {}", said(inner, class)),
        Pred::Test(test) => {
            let name = &class.get(test.field).name;
            let marked = |case: &Casing| if *case == Casing::Respect { " cased" } else { "" };
            match &test.op {
                Op::Text { op, any, case } => format!("{name} {op:?}{} {any:?}", marked(case)),
                Op::Like { any, case } => format!("{name} Like{} {}", marked(case), any.len()),
                Op::Matches { any, case } => {
                    format!("{name} Matches{} {:?}", marked(case), any.iter().map(|regex| &regex.pattern).collect::<Vec<_>>())
                }
                Op::OneOf(values) => format!("{name} OneOf {values:?}"),
                Op::Within(networks) => {
                    let text = networks.iter().map(|network| format!("{}/{}", network.base, network.prefix)).collect::<Vec<_>>();
                    format!("{name} Within {}", text.join(" "))
                }
                Op::Compare(compare, number) => format!("{name} {compare:?} {number:?}"),
                Op::Is(kind) => format!("{name} Is {kind:?}"),
                Op::Exists => format!("{name} Exists"),
                Op::Field { op, other, case } => format!("{name} {op:?}{} {}", marked(case), class.get(other.field).name),
            }
        }
    }
}

#[test]
fn negations_and_sets_become_plain() {
    assert_eq!(process(r#"name != "a""#), r#"not name Equals ["a"]"#);
    assert_eq!(process(r#"name not in ["a", "b"]"#), r#"not name Equals ["a", "b"]"#);
    assert_eq!(process(r#"not (name not contains "a")"#), r#"name Contains ["a"]"#);
    assert_eq!(process(r#"any of [name, original_name] == "x""#), r#"any(name Equals ["x"], original_name Equals ["x"])"#);
    assert_eq!(process(r#"all of [name, original_name] != "x""#), r#"not all(name Equals ["x"], original_name Equals ["x"])"#);
    assert_eq!(
        process(r#"command_line contains all cased ["a", "b"]"#),
        r#"all(command_line Contains cased ["a"], command_line Contains cased ["b"])"#
    );
    assert_eq!(process(r#"id in [4, 0x10] and id < 9"#), "all(id OneOf [Int(4), Int(16)], id Less Int(9))");
}

#[test]
fn excepts_and_lets_are_spelled_out() {
    let text = r#"let noise = user.name is machine_account let shells = ["sh", more] let more = ["ksh"]
        detect process where name in shells except noise except command_line contains "x""#;
    assert_eq!(
        cases(text),
        r#"process {started} all(name Equals ["sh", "ksh"], not user.name Is MachineAccount, not command_line Contains ["x"])"#
    );
    assert_eq!(
        process(r#"at_least 2 of [id == 1, id == 2, parent.id == 3]"#),
        "any(all(id OneOf [Int(1)], id OneOf [Int(2)]), all(id OneOf [Int(1)], parent.id OneOf [Int(3)]), all(id OneOf [Int(2)], parent.id OneOf [Int(3)]))"
    );
}

#[test]
fn patterns_take_their_simplest_form() {
    assert_eq!(
        process(r#"command_line like ["*a*", "b*", "*c", "d", "e*f"]"#),
        r#"any(command_line Contains ["a"], command_line StartsWith ["b"], command_line EndsWith ["c"], command_line Equals ["d"], command_line Like 1)"#
    );
    assert_eq!(process(r#"command_line like "*""#), "command_line Exists");
    assert_eq!(process(r#"command_line has ["x", "--"]"#), r#"any(command_line Has ["x"], command_line Contains ["--"])"#);
    assert_eq!(process(r"path under ['C:\Windows\', '/']"), r#"any(path Under ["C:\\Windows"], path StartsWith ["/"])"#);
    assert_eq!(process(r"command_line matches /(?i)\d+$/"), r#"command_line Matches ["[0-9]+$"]"#);
    assert_eq!(process(r#"command_line contains [base64("IEX"), "x"]"#).matches("cased").count(), 1);
}

#[test]
fn values_take_the_form_of_their_type() {
    assert_eq!(
        cases("detect file where origin.ip in [10.0.0.1, 10.1.2.3/8, ::ffff:192.0.2.1]"),
        "file {created modified renamed deleted accessed stream_created timestamp_changed} \
         any(origin.ip OneOf [Ip(10.0.0.1), Ip(192.0.2.1)], origin.ip Within 10.0.0.0/8)"
    );
    assert_eq!(process(r#"guid == "{8D1B4B2C-0D5A-4D3F-9C57-6A2B3C4D5E6F}""#), r#"guid Equals ["8D1B4B2C-0D5A-4D3F-9C57-6A2B3C4D5E6F"]"#);
    assert_eq!(process("command_line contains name"), "command_line Text(Contains) name");
    assert_eq!(process("parent.id == id"), "parent.id Compare(Equal) id");
    assert!(
        cases(r#"let bad: domain = ["evil[.]com."] detect file where origin.url under bad"#).ends_with(r#"origin.url Under ["evil.com"]"#)
    );
}

#[test]
fn action_is_a_set_and_no_test() {
    assert_eq!(
        cases(r#"detect file where action in [created, deleted] and (action == deleted or name == "a")"#),
        "file {created} name Equals [\"a\"]\nfile {deleted} all()"
    );
    assert_eq!(cases(r#"detect process where action != ended"#), "process {started} all()");
    assert_eq!(cases(r#"detect process | file where class == process and name == "a""#), r#"process {started} name Equals ["a"]"#);
}

#[test]
fn steps_that_one_event_may_satisfy_are_known() {
    let text = r#"rule x { detect sequence by host within 10m {
        a: process where name == "a.exe"
        b: process where command_line has "x"
        c: process where name == "c.exe" and command_line contains a.path
        d: file where name == "d"
    } }"#;
    let rules = rules(text);
    let Pattern::Linked(linked) = &rules[0].pattern else { panic!("one event") };
    assert_eq!(linked.overlaps, [(0, 1), (1, 2)]);
    assert_eq!(linked.by, ["host"]);
}

#[test]
fn a_rule_with_an_error_leaves_the_others_whole() {
    let text = "rule bad { detect process where nme == \"a\" }\nrule good { detect process where name == \"a\" }";
    let checked = Workspace::text("x.spoor", text).check(packs());
    assert_eq!(checked.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["good"]);
    assert_eq!(checked.diagnostics.len(), 1);
}

#[test]
fn foreign_names_of_a_field_have_a_sure_fix_only_where_it_is_sure() {
    let fix = |class: &str, name: &str| {
        let checked = Workspace::text("x.spoor", &format!("rule x {{ detect {class} where {name} exists }}")).check(packs());
        let found = checked.diagnostics.into_iter().next().expect("a finding");
        found.fix.map(|fix| (fix.certain, fix.edits[0].text.clone()))
    };
    let sure = |name: &str| Some((true, name.to_owned()));
    assert_eq!(fix("process", "ProcessCommandLine"), sure("command_line"));
    assert_eq!(fix("process", "InitiatingProcessFileName"), sure("parent.name"));
    assert_eq!(fix("process", "Processes.parent_process_name"), sure("parent.name"));
    assert_eq!(fix("process", "ParentImage"), sure("parent.path"));
    assert_eq!(fix("process", "process.executable"), sure("path"));
    assert_eq!(fix("file", "TargetFilename"), sure("path"));
    assert_eq!(fix("process", "comand_line"), Some((false, "command_line".to_owned())));
}

/// The codes of a rule with this `detect`, and what follows it.
fn codes(detect: &str) -> Vec<&'static str> {
    let workspace = Workspace::text("x.spoor", &format!("rule x {{\n  detect {detect}\n}}\n"));
    workspace.check(packs()).diagnostics.iter().map(|finding| finding.code.id()).collect()
}

#[test]
fn what_no_group_and_no_chain_can_be_is_told() {
    let steps = "{ a: process where name == \"a\"  optional b: process where name == \"b\"  c: file where name == \"c\" }";
    assert_eq!(codes(&format!("at_least 2 by host within 1m {steps}")), [""; 0]);
    assert_eq!(codes(&format!("at_least 3 by host within 1m {steps}")), ["E0324"], "optional steps are not counted");
    // Of a sequence the match is the event of its last step: here a file.
    let sequence = format!("sequence by host within 1m {steps}");
    assert_eq!(codes(&format!("{sequence} show host, size, a.command_line, matched")), [""; 0]);
    assert_eq!(codes(&format!("{sequence} show host, command_line")), ["E0206"]);
    assert_eq!(codes(&format!("together by host within 1m {steps} show command_line")), [""; 0]);
    assert_eq!(
        codes("sequence within 1m { url: process where name == \"a\"  w: web where status == 200 } show url"),
        [""; 0],
        "a label alone is no step's field"
    );
    // A step that counts names no other, and others may name it.
    let counts = |own: &str| {
        codes(&format!(
            "sequence by host within 1m {{ f: file where name == \"f\"  a: at_least 3 within 5m process where name == \"a\"{own}  z: file where name == a.name }}"
        ))
    };
    assert_eq!(counts(""), [""; 0]);
    assert_eq!(counts(" and command_line contains f.name"), ["E0206"]);
    assert_eq!(codes("sequence within 1m { a: at_least 0 within 5m process where name == \"a\"  b: file }"), ["E0349"]);
    assert_eq!(codes("sequence within 1m { a: at_least 3 within 0s process where name == \"a\"  b: file }"), ["E0331"]);
    assert_eq!(codes("sequence within 10001d { a: process where name == \"a\"  b: file where name == \"b\" }"), ["E0350"]);
    assert_eq!(codes("sequence within 10000d { a: process where name == \"a\"  b: file where name == \"b\" }"), [""; 0]);
    assert_eq!(codes("process where name == \"a\" last 99999999999d"), ["E0350"]);
    assert_eq!(codes("process where name == \"a\"\n test \"t\" match { process at 10001d { name: \"a\" } }"), ["E0350"]);
    assert_eq!(codes("process where name == \"a\"\n test \"t\" match { process at 10000d { name: \"a\" } }"), [""; 0]);
    assert_eq!(codes("sequence within 1m { a: at_least 1 within 5m process where name == \"a\"  b: file }"), [""; 0]);
    // A key is no time, and one kind of value in all classes.
    assert_eq!(codes("process by time"), ["E0322"]);
    assert_eq!(codes("sequence by time within 1m { a: process where name == \"a\"  b: file where name == \"b\" }"), ["E0322"]);
    // A time is shown by `min` and `max`, and never compared.
    assert_eq!(codes("process having max(time) > 5 by host"), ["E0322"]);
    assert_eq!(codes("process having distinct(time) > 5 by host"), ["E0326"]);
    assert_eq!(codes("process by host show min(time), values(time)"), ["E0326"]);
    for misfit in [
        "percentile(size)",
        "percentile(size, 101)",
        "percentile(size, -1)",
        "percentile(size, 1.23456)",
        "sum(size, 5)",
        "median(size, 5)",
    ] {
        assert_eq!(codes(&format!("file having {misfit} > 5 by host")), ["E0326"], "{misfit}");
    }
    for of_no_number in ["median(name)", "percentile(time, 5)", "percentile(path, 50)"] {
        assert_eq!(codes(&format!("file by host show {of_no_number}")), ["E0326"], "{of_no_number}");
    }
    assert!(
        codes("file having percentile(size, 0) > 1 and percentile(size, 100) > 1 and percentile(size, 99.9999) > 1 by host").is_empty()
    );
    assert_eq!(codes("process by host show count(), distinct(name), count()"), ["E0226"]);
    assert_eq!(codes("process by host show count(), count(where name == \"a\"), count() as n"), [""; 0]);
}

/// A field of one name and of two kinds of value is no key, and has no sum.
#[test]
fn a_key_is_of_one_type_in_all_classes() {
    let model = &packs().model;
    let of = |class: &Class, name: &str| class.field(name).map(|id| class.get(id).ty.name());
    let mut told = 0;
    for one in model.classes.iter() {
        for other in model.classes.iter() {
            for field in one.fields.iter().filter(|field| field.name == "type" || field.name == "id" || field.name == "status") {
                let pattern = format!("{{ a: {} b: {} }} having count() > 1 by {}", one.name, other.name, field.name);
                match (of(one, &field.name), of(other, &field.name)) {
                    (Some("int"), Some("text")) | (Some("text"), Some("int" | "enum")) => {
                        assert_eq!(codes(&pattern), ["E0318"], "{pattern}");
                        told += 1;
                    }
                    (one, other) if one == other => assert_eq!(codes(&pattern), [""; 0], "{pattern}"),
                    (_, _) => {}
                }
            }
        }
    }
    assert!(told > 0, "no two classes differ: ask another field");
}
