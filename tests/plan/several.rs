//! Rules over several events to plans: keys, what is made, aggregates, tests between steps.

use std::fmt::Write;

use spoor::backend::bind::Native;
use spoor::backend::describe::{describe, describe_value};
use spoor::backend::plan::{Dialect, MadeValue, Plan, Shape, Support, plan};
use spoor::backend::{Fidelity, Target};
use spoor::check;
use spoor::diag::Code;
use spoor::hir::{Rule, Test};
use spoor::source::Sources;
use spoor::syntax;

use crate::build::packs;

/// Says everything in one stage.
struct Whole;

impl Dialect for Whole {
    fn support(&self, _: &Test<Native>) -> Support {
        Support::Native
    }
}

struct NoFiles;

impl check::Files for NoFiles {
    fn import(&self, _: spoor::source::FileId, _: &str) -> Option<&syntax::ast::File> {
        None
    }

    fn list(&self, _: spoor::source::FileId, _: &str) -> Option<(spoor::source::FileId, &str)> {
        None
    }
}

fn rule(detect: &str) -> Rule {
    let mut sources = Sources::default();
    let file = sources.add("x.spoor", format!("rule x {{\n  detect {detect}\n  last 1d\n}}\n"));
    let parsed = syntax::parse(&sources, file);
    let mut checked = check::check(&parsed.file, &NoFiles, packs());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    assert!(!checked.rules.is_empty(), "{:?}", checked.diagnostics);
    checked.rules.remove(0)
}

fn planned(detect: &str, target: Target) -> Plan {
    plan(&rule(detect), target, &Whole, packs()).unwrap_or_else(|reasons| panic!("refused: {reasons:?}"))
}

fn codes(plan: &Plan) -> Vec<Code> {
    plan.reasons.iter().map(|reason| reason.code).collect()
}

/// The shape of a plan, one thing a line.
fn told(plan: &Plan) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a string");
    for search in &plan.searches {
        line(format!("{} where {}", search.table, describe(&search.first)));
        let made: Vec<&str> = match &plan.shape {
            Shape::Events => Vec::new(),
            Shape::Groups(groups) => groups.made.iter().map(|made| made.name.as_str()).collect(),
            Shape::Chains(chains) => {
                let at = plan.searches.iter().position(|other| std::ptr::eq(other, search)).expect("its place");
                let step = chains.steps.iter().find(|step| step.searches.contains(&at)).expect("its step");
                chains.keys.iter().chain(&step.made).map(|made| made.name.as_str()).collect()
            }
        };
        for (name, value) in made.iter().zip(&search.made) {
            let value = match value {
                MadeValue::Value { native, present } => format!("{} if {}", describe_value(&native.value), describe(present)),
                MadeValue::Cases(cases) => {
                    cases.iter().map(|(pred, word)| format!("{word}: {}", describe(pred))).collect::<Vec<_>>().join(", ")
                }
                MadeValue::Constant(text) => format!("'{text}'"),
                MadeValue::When(pred) => describe(pred),
                MadeValue::Time => "the time".to_owned(),
                MadeValue::Nothing => "nothing".to_owned(),
            };
            line(format!("  {name} = {value}"));
        }
        assert_eq!(made.len(), search.made.len());
    }
    match &plan.shape {
        Shape::Events => {}
        Shape::Groups(groups) => {
            line(format!("keys {:?} per {:?}", groups.keys, groups.per.map(|per| per.seconds)));
            groups.aggregates.iter().for_each(|agg| line(format!("{} = {:?} {:?} when {:?}", agg.name, agg.function, agg.of, agg.when)));
            line(format!("having {:?}", groups.having));
            groups.columns.iter().for_each(|column| line(format!("column {} {:?}", column.title, column.what)));
        }
        Shape::Chains(chains) => {
            for step in &chains.steps {
                line(format!(
                    "step {} equal {:?} cross {} distinct {:?} identity {:?} latest {}",
                    step.label,
                    step.equal.iter().map(|equal| (equal.own, equal.step, equal.theirs)).collect::<Vec<_>>(),
                    describe(&step.cross),
                    step.distinct,
                    step.identity,
                    step.latest
                ));
            }
            chains.columns.iter().for_each(|column| line(format!("column {} {:?}", column.title, column.what)));
        }
    }
    out
}

const CHAIN: &str = r#"sequence by host within 10m {
    drop: file where action == created and name ends_with ".hta"
    run: process where name == "mshta.exe" and (command_line contains drop.name or user.name == "x") and id == drop.actor.id
  }"#;

/// The line that begins so.
fn line(told: &str, beginning: &str) -> String {
    told.lines().find(|line| line.starts_with(beginning)).unwrap_or_else(|| panic!("no {beginning} in {told}")).to_owned()
}

#[test]
fn a_group_asks_for_its_keys_and_makes_what_it_counts() {
    let detect = r#"process where name == "net.exe"
      having count() >= 5 and distinct(command_line where user.name == "x") > 3 by host, user.name per 10m"#;
    let plan = planned(detect, Target::Splunk);
    assert_eq!(plan.fidelity, Fidelity::Exact);
    let told = told(&plan);
    assert!(line(&told, "Endpoint.Processes").contains("dest exists and not dest == 'unknown'"), "{told}");
    assert_eq!(line(&told, "  host"), "  host = dest if everything");
    assert_eq!(
        line(&told, "  counted"),
        r"  counted = user == 'x' or user ends_with '\x' or (user starts_with 'x@' and not user contains '\')"
    );
    assert_eq!(line(&told, "  command_line_folded"), "  command_line_folded = process if process exists and not process == 'unknown'");
    assert_eq!(line(&told, "keys"), "keys [0, 1] per Some(600)");
    assert_eq!(line(&told, "distinct_command_line"), "distinct_command_line = Distinct Made(3) when Some(2)");
    assert!(told.contains("column window Window\ncolumn host Key(0)\ncolumn user_name Key(1)\ncolumn count Aggregate(0)"), "{told}");
}

#[test]
fn a_count_that_wants_few_is_turned_round() {
    let of = |having: &str| {
        let plan = planned(&format!(r#"process where name not in ["unknown", "cmd.exe"] having {having} by host"#), Target::Splunk);
        (plan.widened, codes(&plan).contains(&Code::CountsDiffer))
    };
    assert_eq!(of("count() > 5"), (false, false));
    assert_eq!(of("count() < 5"), (true, true));
    assert_eq!(of("not count() > 5"), (true, true));
    assert_eq!(of("count() == 5"), (true, true));
}

#[test]
fn steps_compare_made_values() {
    let told = told(&planned(CHAIN, Target::Defender));
    assert_eq!(line(&told, "  run_passes"), "  run_passes = AccountName == 'x'");
    let run = line(&told, "step run");
    let cross = "run_passes == 1 or (run_command_line contains drop_name and run_command_line exists and drop_name exists)";
    assert!(run.contains(&format!("cross {cross} distinct []")), "{run}");
    assert!(!run.contains("equal []"), "the process id is a key: {run}");
    assert!(told.contains("column first_time First\ncolumn last_time Last\ncolumn delay Delay\ncolumn host Key(0)\n"), "{told}");
    assert!(told.contains("\ncolumn drop_name Step(0, "), "{told}");
}

#[test]
fn the_latest_chain_is_enough_where_nothing_looks_further_back() {
    let of = |c: &str| {
        let detect = format!(
            r#"sequence by host within 10m {{
                 a: process where name == "a.exe"  b: process where name == "b.exe"  c: process where name == "c.exe" and {c}
               }}"#
        );
        let Shape::Chains(chains) = planned(&detect, Target::Defender).shape else { panic!("chains") };
        chains.steps.iter().map(|step| step.latest).collect::<Vec<_>>()
    };
    assert_eq!(of("command_line exists"), [true, true, true]);
    assert_eq!(of("command_line contains b.command_line"), [true, true, true]);
    assert_eq!(of("command_line contains a.command_line"), [true, false, true]);
    assert_eq!(of("command_line == a.command_line"), [true, false, true]);
}

#[test]
fn one_event_may_be_two_steps_only_where_nothing_tells_events_apart() {
    let detect = r#"sequence by host within 10m { a: process where command_line contains "x" b: process where command_line contains "y" }"#;
    let cim = planned(detect, Target::Splunk);
    assert_eq!((cim.fidelity, codes(&cim)), (Fidelity::Widened, vec![Code::OneEventTwoSteps]));
    let Shape::Chains(chains) = planned(detect, Target::Defender).shape else { panic!("chains") };
    assert_eq!(chains.steps[1].distinct, [0]);
    assert_eq!(chains.steps[1].identity.len(), 2);
}

#[test]
fn an_optional_step_refuses_nothing() {
    let of = |step: &str| {
        let detect = format!(
            r#"sequence by host within 10m {{
                 drop: file where action == created {step} run: process where name == "mshta.exe" }}"#
        );
        plan(&rule(&detect), Target::Splunk, &Whole, packs())
    };
    let shown = of(r#"optional pipe: pipe where name == "x""#).expect("a plan");
    assert_eq!(
        (shown.fidelity, shown.notes.iter().map(|note| note.code).collect::<Vec<_>>()),
        (Fidelity::Exact, vec![Code::OptionalLeftOut])
    );
    assert!(of(r#"pipe: pipe where name == "x""#).is_err());
}

#[test]
fn what_has_no_time_or_no_action_of_its_own_is_refused() {
    let refused = |detect: &str, target| {
        let why = plan(&rule(detect), target, &Whole, packs()).expect_err("refused");
        why.iter().map(|reason| reason.code).collect::<Vec<_>>()
    };
    assert_eq!(refused(r#"software where name == "7-zip" having count() > 5 by host per 1d"#, Target::Defender), [Code::NoTimeToOrder]);
    let actions = "registry where action in [value_set, key_created, value_deleted] having count() > 20 by host, action";
    assert_eq!(refused(actions, Target::Splunk), [Code::ActionsAsOne]);
}
