//! Alternatives that a target lacks are left out on demand, said, and never where a query would return more.

#[allow(dead_code)] // only the folder and its runs are needed here
#[path = "cli/run.rs"]
mod run;

use spoor::backend::{Fidelity, Lowered, Options, Target, lower};
use spoor::diag::Code;
use spoor::project::Workspace;
use spoor::schema::builtin;

/// The query of a pattern for Splunk's data models, which have neither `company` nor `description`.
fn lowered(detect: &str, narrow: bool) -> Lowered {
    let text = format!("rule x {{\n  detect {detect}\n}}\n");
    let workspace = Workspace::text("rule.spoor", &text);
    let checked = workspace.check(builtin());
    assert_eq!(checked.rules.len(), 1, "{text}\n{:?}", checked.diagnostics);
    lower(&checked.rules[0], Target::Splunk, builtin(), &Options { narrow, ..Options::default() })
}

fn codes(lowered: &Lowered) -> Vec<Code> {
    lowered.reasons.iter().map(|reason| reason.code).collect()
}

#[test]
fn an_alternative_goes_only_on_demand_and_is_named() {
    for (detect, left) in [
        (r#"process where name == "a.exe" or company == "x""#, 1),
        (r#"process where (name == "a.exe" or company == "x" or description == "y") and command_line has "z""#, 2),
        (r#"process where name == "a.exe" or (company == "x" and command_line has "z")"#, 1),
        (r#"process where name == "a.exe" or (company != "x" and command_line has "z")"#, 1),
        (r#"process where name == "a.exe" or not (company == "x" or path == "c")"#, 1),
        (r#"process where any of [name, original_name, company] == "a.exe""#, 1),
        (r#"process where name == "a.exe" or company == command_line"#, 1),
    ] {
        let plain = lowered(detect, false);
        assert!(plain.fidelity == Fidelity::Refused && codes(&plain).iter().all(|code| *code == Code::UnboundField), "{detect}");
        assert!(plain.reasons.iter().all(|reason| reason.help.iter().any(|help| help.contains("--narrow"))), "{detect}");
        let narrowed = lowered(detect, true);
        assert_eq!(narrowed.fidelity, Fidelity::Narrowed, "{detect}");
        assert_eq!(codes(&narrowed), vec![Code::AlternativeLeftOut; left], "{detect}");
        let query = narrowed.query.expect("a query");
        assert!(query.contains("a.exe") && !query.contains("company") && !query.contains("description"), "{query}");
    }
}

#[test]
fn nothing_goes_that_must_hold_or_that_is_left_out_itself() {
    for detect in [
        r#"process where name == "a.exe" and company == "x""#,
        r#"process where company == "x" or description == "y""#,
        r#"process where name == "a.exe" and (company == "x" or description == "y")"#,
        r#"process where name == "a.exe" except company == "x""#,
        r#"process where name == "a.exe" except company == "x" or path == "c""#,
        r#"process where name == "a.exe" and not (company == "x" and path == "c")"#,
        r#"process where at_least 2 of [name == "a.exe", company == "x", company == "y"]"#,
    ] {
        let narrowed = lowered(detect, true);
        assert_eq!((narrowed.fidelity, codes(&narrowed).contains(&Code::UnboundField)), (Fidelity::Refused, true), "{detect}");
        let told = narrowed.reasons.iter().any(|reason| reason.help.iter().any(|help| help.contains("--narrow")));
        assert!(!told, "{detect}: it would not help");
    }
}

/// What is exact stays so, to the byte.
#[test]
fn nothing_changes_where_nothing_is_lacking() {
    let detect = r#"process where name == "a.exe" or original_name == "a.exe""#;
    let (plain, narrow) = (lowered(detect, false), lowered(detect, true));
    assert_eq!((plain.fidelity, plain.query), (narrow.fidelity, narrow.query));
}

#[test]
fn counts_and_chains_say_it_too() {
    let either = r#"process where name == "a.exe" or company == "x""#;
    let many = lowered(&format!("{either} having count() > 5 by host"), true);
    assert_eq!((many.fidelity, codes(&many)[0]), (Fidelity::Narrowed, Code::AlternativeLeftOut));
    assert!(!codes(&many).contains(&Code::CountsDiffer), "{:?}", many.reasons);
    // Fewer hits may be few enough.
    let few = lowered(&format!("{either} having count() < 5 by host"), true);
    assert!(codes(&few).contains(&Code::CountsDiffer), "{:?}", few.reasons);
    let chain = lowered(
        r#"sequence by host within 5m { a: process where name == "a.exe" or company == "x" b: file where action == created and name == "b" }"#,
        true,
    );
    assert!(chain.fidelity == Fidelity::Narrowed && codes(&chain).contains(&Code::AlternativeLeftOut), "{:?}", chain.reasons);
}

#[test]
fn a_flag_and_a_project_ask_for_it() {
    let rule = "rule x {\n  detect process where name == \"a.exe\" or company == \"x\"\n}\n";
    let folder = run::Folder::with(&[("x.spoor", rule)]);
    let refused = folder.spoor(&["build", "--target", "splunk", "x.spoor"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let flag = folder.spoor(&["build", "--target", "splunk", "--narrow", "x.spoor"]);
    assert!(flag.code == 0 && flag.stdout.contains("narrowed") && flag.stderr.contains("narrowed"), "{}{}", flag.stdout, flag.stderr);
    let project = run::Folder::with(&[("x.spoor", rule), ("spoor.yaml", "rules: .\nnarrow: true\n")]);
    let built = project.spoor(&["build", "--target", "splunk"]);
    assert!(built.code == 0 && built.stdout.contains("narrowed"), "{}{}", built.stdout, built.stderr);
}
