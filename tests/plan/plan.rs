//! Whole rules to plans: searches, columns, fidelity and its reasons.

use spoor::backend::bind::Native;
use spoor::backend::describe::{describe, describe_value};
use spoor::backend::plan::{ColumnKind, Departure, Dialect, Plan, Shown, Support, plan, widen};
use spoor::backend::{Fidelity, Target};
use spoor::diag::{Code, Diagnostic};
use spoor::hir::{Branch, Case, Casing, Column, ColumnWhat, Lasting, NativeColumn, Op, Pinned, Pred, Regex, Rule, Test, TextOp};
use spoor::schema::{Packs, Type};

use crate::build::*;

/// Says everything in one stage.
struct Whole;

impl Dialect for Whole {
    fn support(&self, _: &Test<Native>) -> Support {
        Support::Native
    }
}

/// Computes nothing and knows no regex in its first stage; can say no `has` at all.
struct TwoStages;

impl Dialect for TwoStages {
    fn support(&self, test: &Test<Native>) -> Support {
        let native = |test: &Test<Native>| {
            test.field.value.column().is_some() && !matches!(test.op, Op::Matches { .. } | Op::Text { case: Casing::Respect, .. })
        };
        match &test.op {
            Op::Text { op: TextOp::Has, .. } => {
                Support::Never(Box::new(Diagnostic::new(Code::UnboundField, "no words", test.span, "here")))
            }
            _ if native(test) => Support::Native,
            _ => Support::Later(widen::weaker(test, &native)),
        }
    }
}

fn planned(rule: &Rule, target: Target) -> Plan {
    plan(rule, target, &Whole, packs()).unwrap_or_else(|reasons| panic!("refused: {reasons:?}"))
}

fn refusal(rule: &Rule, target: Target) -> Vec<Code> {
    plan(rule, target, &Whole, packs()).expect_err("refused").iter().map(|reason| reason.code).collect()
}

fn codes(plan: &Plan) -> Vec<Code> {
    plan.reasons.iter().map(|reason| reason.code).collect()
}

fn named(name: &str) -> Branch {
    branch("process", test("process", "name", equals(&[name])))
}

fn dropped(actions_named: &[&str], name: &str) -> Branch {
    acting("file", actions("file", actions_named), test("file", "name", equals(&[name])))
}

#[test]
fn the_class_predicate_is_always_there() {
    let plan = planned(&rule(vec![named("a.exe")]), Target::Defender);
    assert_eq!(plan.fidelity, Fidelity::Exact);
    assert_eq!(plan.searches.len(), 1);
    let search = &plan.searches[0];
    assert_eq!((search.table.as_str(), search.class.as_str()), ("DeviceProcessEvents", "process"));
    assert_eq!(describe(&search.first), "ActionType == 'ProcessCreated' and FileName == 'a.exe'");
    assert_eq!(describe(&search.rest), "everything");
}

#[test]
fn actions_that_ask_the_same_are_one_list() {
    let plan = planned(&rule(vec![dropped(&["created", "modified"], "a")]), Target::Defender);
    assert_eq!(describe(&plan.searches[0].first), "ActionType in ['FileCreated', 'FileModified'] and FileName == 'a'");
}

#[test]
fn what_all_actions_ask_stands_once() {
    let touched = planned(&rule(vec![dropped(&["accessed", "modified", "deleted"], "a")]), Target::SplunkRaw);
    let audited = touched.searches.iter().find(|search| search.event_id == Some(4663)).expect("a search");
    assert!(
        describe(&audited.first).starts_with("ObjectType == 'File' and AccessList contains ['%%4416', '%%4417', '%%4418', '%%1537'] and "),
        "{}",
        describe(&audited.first)
    );
}

#[test]
fn cases_of_one_branch_keep_their_own_tests() {
    let case = |action: &str, name: &str| Case { actions: actions("file", &[action]), pred: test("file", "name", equals(&[name])) };
    let branch = Branch { cases: vec![case("created", "a"), case("deleted", "b")], ..dropped(&["created"], "a") };
    let plan = planned(&rule(vec![branch]), Target::Splunk);
    assert_eq!(
        describe(&plan.searches[0].first),
        "(action == 'created' and file_name == 'a') or (action == 'deleted' and file_name == 'b')"
    );
}

#[test]
fn branches_over_one_container_are_one_search_with_labels() {
    let run = labelled("run", named("a.exe"));
    let enc = labelled("enc", branch("process", test("process", "command_line", contains(&["-enc"]))));
    let drop = labelled("drop", dropped(&["created"], "a.exe"));
    let plan = planned(&rule(vec![run, drop, enc]), Target::Defender);
    assert_eq!(plan.searches.iter().map(|search| search.table.as_str()).collect::<Vec<_>>(), ["DeviceProcessEvents", "DeviceFileEvents"]);
    let search = &plan.searches[0];
    assert_eq!(describe(&search.first), "ActionType == 'ProcessCreated' and (FileName == 'a.exe' or ProcessCommandLine contains '-enc')");
    let labels: Vec<(&str, String)> = search.labels.iter().map(|label| (label.name.as_str(), describe(&label.when))).collect();
    assert_eq!(labels, [("run", "FileName == 'a.exe'".to_owned()), ("enc", "ProcessCommandLine contains '-enc'".to_owned())]);
    assert!(plan.searches[1].labels[0].when.is_true());
    assert_eq!(plan.columns.last().map(|column| (column.title.as_str(), column.kind)), Some(("matched", ColumnKind::Matched)));
}

#[test]
fn what_the_second_stage_reads_is_carried() {
    let regex = Regex::new(r"^py\d", false, false, Casing::Ignore).expect("a regex");
    let digits = test("process", "original_name", Op::Matches { any: vec![regex], case: Casing::Ignore });
    let only_host = Rule {
        show: Some(vec![shown("time"), shown("host")]),
        ..rule(vec![branch("process", Pred::all([digits, test("process", "id", ints(&[4]))]))])
    };
    let plan = plan(&only_host, Target::Splunk, &TwoStages, packs()).expect("a plan");
    let search = &plan.searches[0];
    assert_eq!(describe(&search.first), "original_file_name like 'py*' and process_id == 4");
    assert_eq!(describe(&search.rest), r"original_file_name matches /^py\d/");
    assert_eq!(search.carried.iter().map(|column| &*column.name).collect::<Vec<_>>(), ["dest", "original_file_name"]);
    assert!(search.carried.iter().all(|column| column.owner == "Processes"));
}

fn shown(name: &str) -> Column {
    Column { what: ColumnWhat::Field(name.to_owned()), alias: None, span: span() }
}

fn titles(plan: &Plan) -> Vec<&str> {
    plan.columns.iter().map(|column| column.title.as_str()).collect()
}

#[test]
fn titles_are_the_products_own_where_one_column_stands_there() {
    let process = rule(vec![named("a.exe")]);
    assert_eq!(
        titles(&planned(&process, Target::Defender)),
        ["Timestamp", "DeviceName", "AccountName", "InitiatingProcessFileName", "FileName", "FolderPath", "ProcessCommandLine", "SHA256"]
    );
    assert_eq!(
        titles(&planned(&process, Target::Splunk)),
        ["_time", "dest", "user_name", "parent_process_name", "process_name", "process_path", "process", "process_hash"]
    );
    let both = rule(vec![named("a.exe"), dropped(&["created"], "a")]);
    let plan = planned(&both, Target::Splunk);
    // `process_name` stands for the process in one search and for the actor in the other: neither may have the title.
    assert!(titles(&plan).contains(&"name") && titles(&plan).contains(&"actor_name") || titles(&plan).contains(&"process_name"));
    assert_eq!(plan.searches[0].shown.len(), plan.columns.len());
}

#[test]
fn titles_are_unique_and_the_users_own_stay() {
    let aliased = Column { alias: Some("process_name".to_owned()), ..shown("parent.name") };
    let asked =
        Rule { show: Some(vec![aliased, shown("name"), shown("sha256"), shown("md5"), shown("class")]), ..rule(vec![named("a.exe")]) };
    assert_eq!(titles(&planned(&asked, Target::Splunk)), ["process_name", "name", "sha256", "md5", "class"]);
}

#[test]
fn a_column_without_a_value_is_left_out_or_noted() {
    let default = planned(&rule(vec![dropped(&["created"], "a")]), Target::SplunkRaw);
    assert!(!titles(&default).contains(&"sha256") && default.notes.is_empty());
    let asked = Rule { show: Some(vec![shown("host"), shown("company")]), ..rule(vec![named("a.exe")]) };
    let plan = planned(&asked, Target::Splunk);
    assert_eq!(titles(&plan), ["dest", "company"]);
    assert_eq!(plan.searches[0].shown[1], Shown::Nothing);
    assert_eq!(plan.notes.iter().map(|note| note.code).collect::<Vec<_>>(), [Code::EmptyColumn]);
    assert_eq!(plan.fidelity, Fidelity::Exact);
}

#[test]
fn an_action_shows_the_column_that_tells_it_or_its_name() {
    let action = |plan: &Plan| {
        let at = plan.columns.iter().position(|column| column.kind == ColumnKind::Action).expect("a column");
        plan.searches[0].shown[at].clone()
    };
    let asked = Rule { show: Some(vec![shown("action")]), ..rule(vec![dropped(&["deleted"], "a")]) };
    assert!(matches!(action(&planned(&asked, Target::Defender)), Shown::Value(native) if describe_value(&native.value) == "ActionType"));
    assert_eq!(action(&planned(&asked, Target::SplunkRaw)), Shown::Constant("deleted".to_owned()));
}

#[test]
fn values_are_shown_as_the_product_writes_them() {
    let asked = Rule { show: Some(vec![shown("id"), shown("user.name"), shown("integrity")]), ..rule(vec![named("a.exe")]) };
    let plan = planned(&asked, Target::SplunkRaw);
    let of = |search: usize| -> Vec<String> {
        plan.searches[search]
            .shown
            .iter()
            .map(|shown| if let Shown::Value(native) = shown { describe_value(&native.value) } else { String::new() })
            .collect()
    };
    assert_eq!(of(0), ["ProcessId", "user_name(User)", "IntegrityLevel"]);
    assert_eq!(of(1), ["NewProcessId", "first(TargetUserName, SubjectUserName)", "MandatoryLabel"]);
    assert_eq!(plan.searches[1].event_id, Some(4688));
    assert_eq!(plan.searches[1].sources, ["XmlWinEventLog:Security"]);
    assert_eq!(plan.searches[0].time.as_deref(), Some("_time"));
}

#[test]
fn an_unbound_field_refuses_the_rule_or_its_branch() {
    let company = branch("process", test("process", "company", equals(&["x"])));
    assert_eq!(refusal(&rule(vec![company.clone()]), Target::Splunk), [Code::UnboundField]);
    let plan = planned(&rule(vec![company, named("a.exe")]), Target::Splunk);
    assert_eq!((plan.fidelity, codes(&plan)), (Fidelity::Narrowed, vec![Code::BranchLeftOut]));
    assert!(plan.reasons[0].title.contains("company"), "{}", plan.reasons[0].title);
}

#[test]
fn an_unbound_action_refuses_or_narrows() {
    assert_eq!(refusal(&rule(vec![dropped(&["renamed"], "a")]), Target::Splunk), [Code::UnboundAction]);
    let plan = planned(&rule(vec![dropped(&["created", "renamed"], "a")]), Target::Splunk);
    assert_eq!((plan.fidelity, codes(&plan)), (Fidelity::Narrowed, vec![Code::ActionsLeftOut]));
    assert_eq!(describe(&plan.searches[0].first), "action == 'created' and file_name == 'a'");
    let unspoken = planned(&rule(vec![branch("file", test("file", "name", equals(&["a"])))]), Target::Splunk);
    assert_eq!(unspoken.fidelity, Fidelity::Exact);
}

#[test]
fn losses_of_the_binding_are_reasons() {
    let created = planned(&rule(vec![dropped(&["created"], "a")]), Target::SplunkRaw);
    assert_eq!((created.fidelity, codes(&created)), (Fidelity::Widened, vec![Code::BindingWidens]));
    let read = planned(&rule(vec![dropped(&["accessed"], "a")]), Target::Defender);
    assert_eq!((read.fidelity, codes(&read)), (Fidelity::Narrowed, vec![Code::BindingNarrows]));
}

#[test]
fn a_container_in_which_nothing_can_match_is_left_out() {
    let before = branch("file", test("file", "previous.name", equals(&["a"])));
    let plan = planned(&rule(vec![before]), Target::Defender);
    assert_eq!(plan.searches.iter().map(|search| search.table.as_str()).collect::<Vec<_>>(), ["DeviceFileEvents"]);
    let nowhere = acting("file", actions("file", &["accessed"]), test("file", "previous.name", equals(&["a"])));
    assert_eq!(refusal(&rule(vec![nowhere]), Target::Defender), [Code::NeverTrueThere]);
}

#[test]
fn literals_that_mean_no_value_widen_or_narrow() {
    let unknown = || test("process", "name", equals(&["unknown"]));
    let widened = planned(&rule(vec![branch("process", unknown())]), Target::Splunk);
    assert_eq!((widened.fidelity, codes(&widened)), (Fidelity::Widened, vec![Code::MissingLiteral]));
    let narrowed = planned(&rule(vec![branch("process", unknown().not())]), Target::Splunk);
    assert_eq!((narrowed.fidelity, codes(&narrowed)), (Fidelity::Narrowed, vec![Code::MissingLiteral]));
}

#[test]
fn letters_that_the_dialect_may_not_fold_narrow_or_widen() {
    let school = |case| test("process", "name", Op::Text { op: TextOp::Equals, any: vec!["école".to_owned()], case });
    let narrowed = planned(&rule(vec![branch("process", school(Casing::Ignore))]), Target::Defender);
    assert_eq!((narrowed.fidelity, codes(&narrowed)), (Fidelity::Narrowed, vec![Code::LettersNotFolded]));
    let widened = planned(&rule(vec![branch("process", school(Casing::Ignore).not())]), Target::Defender);
    assert_eq!(widened.fidelity, Fidelity::Widened);
    assert_eq!(planned(&rule(vec![branch("process", school(Casing::Respect))]), Target::Defender).fidelity, Fidelity::Exact);
    let caseless = branch("process", test("process", "name", equals(&["学校"])));
    assert_eq!(planned(&rule(vec![caseless]), Target::Defender).fidelity, Fidelity::Exact);
}

/// Says `contains` only nearly.
struct Near;

impl Dialect for Near {
    fn support(&self, _: &Test<Native>) -> Support {
        Support::Native
    }

    fn departures(&self, test: &Test<Native>) -> Vec<Departure> {
        match &test.op {
            Op::Text { op: TextOp::Contains, .. } => {
                vec![Departure { more: true, reason: Diagnostic::new(Code::BindingWidens, "near", test.span, "here") }]
            }
            _ => Vec::new(),
        }
    }
}

#[test]
fn a_dialects_departure_turns_round_under_a_not() {
    let part = || test("process", "name", contains(&["x"]));
    let fidelity = |pred| plan(&rule(vec![branch("process", pred)]), Target::Defender, &Near, packs()).expect("a plan").fidelity;
    assert_eq!(fidelity(part()), Fidelity::Widened);
    assert_eq!(fidelity(part().not()), Fidelity::Narrowed);
}

#[test]
fn what_a_dialect_never_says_refuses_the_branch() {
    let words = branch("process", test("process", "name", text(TextOp::Has, &["x"])));
    let refused = plan(&rule(vec![words.clone()]), Target::Splunk, &TwoStages, packs());
    assert_eq!(refused.expect_err("refused").len(), 1);
    let plan = plan(&rule(vec![words, named("a")]), Target::Splunk, &TwoStages, packs()).expect("a plan");
    assert_eq!(codes(&plan), [Code::BranchLeftOut]);
}

fn pinned(target: &str, column: &str, keys: &[&str], literal: &str) -> Pinned {
    let pred = Pred::test(
        NativeColumn { name: column.to_owned(), keys: keys.iter().map(|key| (*key).to_owned()).collect(), ty: Type::Text },
        Op::Text { op: TextOp::Equals, any: vec![literal.to_owned()], case: Casing::Ignore },
        span(),
    );
    Pinned { target: target.to_owned(), pred, span: span() }
}

#[test]
fn a_pinned_clause_holds_in_its_target_only() {
    let clause = |target| Branch { pinned: vec![pinned(target, "AccountSid", &[], "S-1-5-18")], ..named("a.exe") };
    let there = planned(&rule(vec![clause("defender")]), Target::Defender);
    assert!(describe(&there.searches[0].first).contains("AccountSid == 'S-1-5-18'"));
    let elsewhere = planned(&rule(vec![clause("splunk")]), Target::Defender);
    assert!(!describe(&elsewhere.searches[0].first).contains("AccountSid"));
    let key = |key| Branch { pinned: vec![pinned("defender", "AdditionalFields", &[key], "x")], ..named("a.exe") };
    let inside = planned(&rule(vec![key("x-y")]), Target::Defender);
    assert!(describe(&inside.searches[0].first).contains("x-y"), "{}", describe(&inside.searches[0].first));
    assert_eq!(refusal(&rule(vec![key("a.b")]), Target::Defender), [Code::KeyInColumn]);
}

/// The built-in packs, with one thing changed.
fn packs_with(change: impl FnOnce(&mut Packs)) -> Packs {
    let mut packs = packs().clone();
    change(&mut packs);
    packs
}

#[test]
fn a_class_without_a_binding_is_refused() {
    let bare = packs_with(|packs| packs.bindings.to_mut().retain(|binding| binding.schema != "cim"));
    let refused = plan(&rule(vec![named("a")]), Target::Splunk, &Whole, &bare).expect_err("refused");
    assert_eq!(refused.iter().map(|reason| reason.code).collect::<Vec<_>>(), [Code::UnboundClass]);
}

#[test]
fn one_native_value_for_several_actions_widens_unless_all_are_asked_for() {
    let merged = packs_with(|packs| {
        let file = class_id("file");
        let binding =
            packs.bindings.to_mut().iter_mut().find(|binding| binding.schema == "cim" && binding.class == file).expect("a binding");
        let told = &mut binding.containers.to_mut()[0].alternatives.to_mut()[0];
        told.actions = actions("file", &["created", "renamed"]);
    });
    let ask = |names: &[&str]| plan(&rule(vec![dropped(names, "a")]), Target::Splunk, &Whole, &merged).expect("a plan");
    assert_eq!((ask(&["created"]).fidelity, codes(&ask(&["created"]))), (Fidelity::Widened, vec![Code::CoveredTogether]));
    assert_eq!(ask(&["created", "renamed"]).fidelity, Fidelity::Exact);
}

#[test]
fn assumptions_of_the_bindings_used_are_told() {
    let plan = planned(&rule(vec![named("a")]), Target::Splunk);
    assert_eq!(plan.assumptions.len(), 1);
    let looking_back = Rule { last: Some(Lasting { seconds: 86_400, span: span() }), ..rule(vec![named("a")]) };
    assert_eq!(planned(&looking_back, Target::Splunk).last.map(|last| last.seconds), Some(86_400));
}
