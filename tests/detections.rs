//! Custom detections of rules over several events: which of them a service can run, with what schedule, and what its rows lead to. That they find what
//! the hunt finds is for the oracles to show.

use std::collections::BTreeSet;

use spoor::backend::{Lowered, Options, Purpose, Target, lower};
use spoor::diag::Code;
use spoor::engine::reference::{self, Found};
use spoor::hir::{Event, Rule, TestEvents};
use spoor::project::Workspace;
use spoor::schema::builtin as packs;

use Target::{Defender, Sentinel};

fn lowered(body: &str, target: Target, purpose: Purpose) -> Lowered {
    let workspace = Workspace::text("x.spoor", &format!("rule x {{ {body} }}"));
    let checked = workspace.check(packs());
    assert_eq!(checked.rules.len(), 1, "{body}: {:?}", checked.diagnostics);
    lower(&checked.rules[0], target, packs(), &Options { purpose, ..Options::default() })
}

fn detection(body: &str, target: Target) -> Lowered {
    lowered(body, target, Purpose::CustomDetection)
}

fn query(body: &str, target: Target) -> String {
    let lowered = detection(body, target);
    lowered.query.unwrap_or_else(|| panic!("{body}: {:?}", lowered.reasons))
}

const COUNT: &str = "detect file where action == created having count() > 5 by host";
const FEW: &str = "detect file where action == created having count() < 5 by host";
const CHAIN: &str = r#"{ a: file where action == created b: process where name == "a.exe" }"#;

#[test]
fn what_no_schedule_sees_whole_is_refused_and_nothing_else() {
    let count = |rest: &str| format!("{COUNT} {rest}");
    let few = |rest: &str| format!("{FEW} {rest}");
    let within = |link: &str, within: &str| format!("detect {link} within {within} {CHAIN}");
    // Microsoft Learn: Defender looks back 30 days where it runs once a day, Sentinel 14 days where it runs every 5 minutes.
    let cases = [
        (count("per 29d"), true, false),
        (count("per 30d"), false, false),
        (count("per 13d"), true, true),
        (count("per 14d"), true, false),
        (count("last 30d"), true, false),
        (count("last 31d"), false, false),
        (count("last 14d"), true, true),
        (count("last 15d"), true, false),
        (count("last 5m"), true, true),
        // Between two runs nobody would count.
        (count("last 4m"), false, false),
        // How far a hunt looks back says nothing of windows that are whole.
        (count("per 1h last 90d"), true, true),
        (count(""), true, true),
        // Of few the first window must be whole.
        (few("per 1h last 90d"), false, false),
        (few("per 1d last 29d"), true, false),
        (few("per 1d last 30d"), false, false),
        (few("per 1h"), true, true),
        (within("sequence by host", "29d"), true, false),
        (within("sequence by host", "30d"), false, false),
        (within("together by host", "13d"), true, true),
        (within("at_least 1 by host", "14d"), true, false),
        (within("at_least 1 by host", "31d"), false, false),
        ("detect file where action == created last 90d".to_owned(), true, true),
    ];
    for (body, defender, sentinel) in cases {
        for (target, runs) in [(Defender, defender), (Sentinel, sentinel)] {
            let lowered = detection(&body, target);
            let codes: Vec<Code> = lowered.reasons.iter().map(|reason| reason.code).collect();
            assert_eq!(lowered.query.is_some(), runs, "{body} on {}: {codes:?}", target.name());
            assert_eq!(codes.contains(&Code::DetectionOfSeveral), !runs, "{body} on {}: {codes:?}", target.name());
        }
    }
}

#[test]
fn the_schedule_that_a_rule_needs_is_said() {
    let note = |body: &str, target: Target| {
        let lowered = detection(body, target);
        let note = lowered.notes.iter().find(|note| note.code == Code::DetectionSchedule);
        note.map(|note| format!("{}; {}", note.labels[0].text, note.help[0]))
    };
    let enough = |every: &str, look_back: &str| format!("a run every {every}, which looks back {look_back}, is enough");
    let both = "choose both: `Run query every`, `Lookup data from the last`";
    let whole = |span: &str| format!("look back over {span} and the time between two runs, at least");
    let window = |look_back: &str, every: &str| format!("look back over {look_back} at least, and run every {every} or more often");
    let cases = [
        (format!("{COUNT} per 3h"), whole("3h"), enough("1h", "4h")),
        (format!("{COUNT} per 4h"), whole("4h"), enough("3h", "12h")),
        (format!("{COUNT} per 1d"), whole("1d"), enough("12h", "2d")),
        (format!("{COUNT} per 2d"), whole("2d"), enough("1d", "30d")),
        (format!("{COUNT} last 1h"), window("1h", "1h"), enough("1h", "4h")),
        (format!("{COUNT} last 7d"), window("7d", "7d"), enough("1d", "30d")),
        // No fixed frequency runs so often.
        (format!("{COUNT} last 30m"), window("30m", "30m"), both.to_owned()),
        (format!("{FEW} per 1h last 1d"), window("25h", "1d"), enough("12h", "2d")),
        (format!("detect sequence by host within 10m {CHAIN}"), whole("10m"), enough("1h", "4h")),
    ];
    for (body, label, fixed) in cases {
        assert_eq!(note(&body, Defender), Some(format!("{label}; {fixed}")), "{body}");
        assert_eq!(note(&body, Sentinel), Some(format!("{label}; {both}")), "{body}");
    }
    for body in [COUNT, "detect file where action == created last 90d"] {
        assert_eq!(note(body, Defender), None, "{body}");
    }
}

#[test]
fn a_detection_asks_for_a_window_of_time_only_where_it_counts_in_it() {
    let asks = |rest: &str, what: &str| query(&format!("{what} {rest}"), Defender).contains("ago(");
    assert!(!asks("per 1h last 7d", COUNT));
    assert!(asks("last 7d", COUNT));
    assert!(asks("per 1h last 7d", FEW));
    assert!(!asks("per 1h", FEW));
    assert!(!asks("last 7d", &format!("detect sequence by host within 10m {CHAIN}")));
    let dropped = |body: &str| detection(body, Defender).notes.iter().any(|note| note.code == Code::DetectionWindow);
    assert!(dropped(&format!("{COUNT} per 1h last 7d")));
    assert!(!dropped(&format!("{COUNT} last 7d")));
}

#[test]
fn few_in_a_window_that_the_look_back_cuts_is_widened() {
    let code = |body: &str| detection(body, Defender).reasons.iter().any(|reason| reason.code == Code::DetectionCut);
    assert!(code(&format!("{FEW} per 1h")));
    assert!(!code(&format!("{FEW} per 1h last 1d")));
    assert!(!code(FEW));
    assert!(!code(&format!("{COUNT} per 1h")));
}

#[test]
fn what_the_service_reads_is_of_one_event() {
    let of_one_table = query(&format!("{COUNT} per 1h show host, count()"), Defender);
    assert!(of_one_table.contains("arg_max(Timestamp, ReportId, DeviceId)"), "{of_one_table}");
    let two = r#"detect { file where action == created process where name == "a.exe" } having count() > 5 by host show host, max(time) as Timestamp"#;
    let of_two = query(two, Defender);
    assert!(of_two.contains("Timestamp = last_Timestamp, ReportId = last_ReportId,"), "{of_two}");
    let chain = query(&format!("detect sequence by host within 10m {CHAIN} show a.name"), Defender);
    assert!(chain.contains("Timestamp = b_time, ReportId = b_ReportId"), "{chain}");
    let any_order = query(&format!("detect together by host within 10m {CHAIN} show time as Timestamp"), Defender);
    assert!(any_order.contains("ReportId = case(match_step == 1, a_ReportId, match_step == 2, b_ReportId,"), "{any_order}");
    for target in [Defender, Sentinel] {
        assert!(!query(&format!("{COUNT} per 1h"), target).contains("sort by"));
        assert!(!query(&format!("detect sequence by host within 10m {CHAIN}"), target).contains("sort by"));
    }
}

#[test]
fn a_title_that_the_service_reads_is_not_given_away() {
    let code = |body: &str| detection(body, Defender).reasons.first().map(|reason| reason.code);
    let taken = Some(Code::DetectionTitle);
    assert_eq!(code(&format!("{COUNT} show host, count() as ReportId")), taken);
    assert_eq!(code(&format!("{COUNT} show host, min(time) as Timestamp")), taken);
    assert_eq!(code(&format!("{COUNT} show host as DeviceName, max(time) as Timestamp")), None);
    let chain = |show: &str| format!("detect sequence by host within 10m {CHAIN} show {show}");
    assert_eq!(code(&chain("a.time as Timestamp")), taken);
    assert_eq!(code(&chain("a.name as DeviceId")), taken);
    assert_eq!(code(&chain("time as Timestamp, b.host as DeviceName")), None);
    let any_order = format!("detect together by host within 10m {CHAIN} show b.host as DeviceName");
    assert_eq!(code(&any_order), taken, "another step may be the last");
}

#[test]
fn a_table_that_leads_to_no_event_is_refused_by_name() {
    let body = r#"detect { file where action == created software where name == "a" } having count() > 5 by host"#;
    let lowered = detection(body, Defender);
    assert!(lowered.query.is_none());
    assert_eq!(lowered.reasons[0].code, Code::NoDemandedColumn);
    assert!(lowered.reasons[0].title.contains("DeviceTvm"), "{}", lowered.reasons[0].title);
}

#[test]
fn near_real_time_sees_no_several_events() {
    let chain = format!("detect sequence by host within 1m {CHAIN}");
    for target in [Defender, Sentinel] {
        for body in [COUNT, &chain] {
            let lowered = lowered(body, target, Purpose::NearRealTime);
            assert_eq!(lowered.reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(), [Code::NrtSeveral], "{body}");
        }
    }
}

#[test]
fn how_far_back_there_are_events_and_how_long_a_query_may_be() {
    let hunt = |last: &str, target: Target| {
        let lowered = lowered(&format!("detect process where name == \"a.exe\" last {last}"), target, Purpose::Hunting);
        lowered.reasons.iter().any(|reason| reason.code == Code::HuntBeyond)
    };
    assert!(hunt("31d", Defender) && !hunt("30d", Defender) && !hunt("31d", Sentinel));
    let names: Vec<String> = (0..250).map(|at| format!("\"{at:040}.exe\"")).collect();
    let long = format!("detect process where name in [{}]", names.join(", "));
    let code = |target, purpose| lowered(&long, target, purpose).reasons.first().map(|reason| reason.code);
    for purpose in [Purpose::CustomDetection, Purpose::NearRealTime] {
        assert_eq!(code(Sentinel, purpose), Some(Code::DetectionLength));
    }
    assert_eq!(code(Sentinel, Purpose::Hunting), None);
    assert_eq!(code(Defender, Purpose::CustomDetection), None);
}

/// Of each group its keys and its window, of each chain its keys and its last hit.
fn found(rule: &Rule, events: &[Event]) -> BTreeSet<(Vec<String>, i64)> {
    match reference::find(rule, events, packs()) {
        Found::Groups(groups) => groups.into_iter().map(|group| (group.keys, group.window.unwrap_or_default())).collect(),
        Found::Chains(chains) => chains.into_iter().map(|chain| (chain.keys, chain.last)).collect(),
        Found::Events(_) => panic!("a rule over several events"),
    }
}

/// What the runs of a schedule find, one after the other, each of the events of its look-back.
fn by_schedule(rule: &Rule, events: &[Event], every: i64, look_back: i64) -> BTreeSet<(Vec<String>, i64)> {
    let times = || events.iter().filter_map(|event| event.time);
    let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let runs = (0..).map(|run| first + run * every).take_while(|now| *now <= last + look_back);
    let seen = |now: i64| events.iter().filter(move |event| event.time.is_some_and(|time| time > now - look_back && time <= now));
    runs.flat_map(|now| found(rule, &seen(now).cloned().collect::<Vec<_>>())).collect()
}

#[test]
fn the_schedule_that_is_asked_for_misses_nothing_and_a_shorter_one_does() {
    const SECOND: i64 = 1_000_000;
    let mut seed = 7_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let stream: String = (0..300)
        .map(|_| {
            let (at, host) = (random(4 * 3_600), random(2));
            match random(2) {
                0 => format!("process at {at}s {{ name: \"a.exe\", host: \"pc{host}.example\" }}\n"),
                _ => format!("file at {at}s {{ action: created, name: \"a.txt\", host: \"pc{host}.example\" }}\n"),
            }
        })
        .collect();
    // In seconds: what must be whole, and the time between two runs.
    let rules = [
        ("detect process where name == \"a.exe\" having count() >= 3 by host per 10m", 600, false),
        ("detect process where name == \"a.exe\" having count() < 4 by host per 10m", 600, true),
        (&format!("detect sequence by host within 2m {CHAIN}"), 120, false),
        (&format!("detect together by host within 2m {CHAIN}"), 120, false),
        (&format!("detect at_least 2 by host within 2m {CHAIN}"), 120, false),
    ];
    for (body, whole, few) in rules {
        let text = format!("rule x {{ {body}\n test \"s\" match {{ {stream} }} }}");
        let checked = Workspace::text("x.spoor", &text).check(packs());
        let rule = &checked.rules[0];
        let TestEvents::Here(events) = &rule.tests[0].events else { panic!("events of its own") };
        let all = found(rule, events);
        assert!(all.len() > 5, "{body}: {}", all.len());
        for every in [300, 3_600] {
            let seen = by_schedule(rule, events, every * SECOND, (whole + every) * SECOND);
            assert!(seen.is_superset(&all), "{body}, every {every} s");
            assert!(few || seen == all, "{body}, every {every} s");
        }
        // Of what a look-back leaves of a window few hits are no few hits.
        let cut = by_schedule(rule, events, 300 * SECOND, (whole + 300) * SECOND);
        assert_eq!(cut.len() > all.len(), few, "{body}");
        // What two runs part is whole in neither.
        let shorter = by_schedule(rule, events, 300 * SECOND, 300 * SECOND);
        assert!(few || !shorter.is_superset(&all), "{body}");
    }
}
