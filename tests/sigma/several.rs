//! Documents that stand on others: correlations and filters.

use serde_json::json;
use spoor::diag::Severity;
use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::project::Workspace;
use spoor::schema::builtin;

use super::imported::same_when_imported;
use super::{SYSMON, said, sound};

/// Two rules with names, of process starts and of connections.
pub const TWO: &str = "title: Start\nname: start\nlogsource: {category: process_creation}\ndetection: {sel: {CommandLine|contains: go}, condition: sel}\n---\n\
                   title: Net\nname: net\nlogsource: {category: network_connection}\ndetection: {sel: {DestinationPort: 443}, condition: sel}\n---\n";

/// What the correlation finds among starts and connections, at these seconds.
fn together(correlation: &str, events: &[(&str, u32)]) -> usize {
    let text = format!("{TWO}title: Both\ncorrelation: {correlation}\n");
    let (packs, checked) = sound(&text);
    let packs = &packs;
    let (engine, _) = Engine::new(&checked.rules, packs);
    let mut scanner = engine.scanner();
    let mut reader = Reader::detecting(packs);
    for (what, second) in events {
        let (number, data) = match *what {
            "start" => (1, json!({"Image": r"C:\a.exe", "CommandLine": "go", "User": r"CORP\bob"})),
            "net" => (3, json!({"Image": r"C:\a.exe", "DestinationPort": 443, "DestinationIp": "192.0.2.1", "User": r"CORP\bob"})),
            number if number.starts_with(|c: char| c.is_ascii_digit()) => {
                (1, json!({"Image": r"C:\a.exe", "CommandLine": "go", "User": r"CORP\bob", "ProcessId": number}))
            }
            user => (1, json!({"Image": r"C:\a.exe", "CommandLine": "go", "User": format!("CORP\\{user}")})),
        };
        let time = format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60);
        let record = json!({"Event": {
            "System": {"EventID": number, "Channel": SYSMON, "Computer": "pc1", "Provider": {"#attributes": {"Name": "Sysmon"}},
                       "TimeCreated": {"#attributes": {"SystemTime": time}}},
            "EventData": data,
        }});
        reader.read(&record.to_string(), |event| scanner.push(event, |_| ())).expect("an event");
    }
    let mut found = 0;
    scanner.finish(|_| found += 1);
    found
}

#[test]
fn correlations_are_rules_over_several_events() {
    let count = "{type: event_count, rules: [start], group-by: [Computer], timespan: 5m, condition: {gte: 3}}";
    assert_eq!(together(count, &[("start", 0), ("start", 1), ("start", 299)]), 1);
    assert_eq!(together(count, &[("start", 0), ("start", 1), ("start", 301)]), 0);
    let range = "{type: event_count, rules: [start], group-by: [Computer], timespan: 5m, condition: {gt: 1, lte: 2}}";
    assert_eq!(together(range, &[("start", 0), ("start", 1)]), 1);
    assert_eq!(together(range, &[("start", 0), ("start", 1), ("start", 2)]), 0);
    let values = "{type: value_count, rules: [start], group-by: [Computer], timespan: 5m, condition: {field: User, gte: 2}}";
    assert_eq!(together(values, &[("ann", 0), ("ann", 1)]), 0);
    assert_eq!(together(values, &[("ann", 0), ("eve", 1)]), 1);
    let both = "{type: event_count, rules: [start, net], group-by: [Computer, User], timespan: 5m, condition: {gte: 2}}";
    assert_eq!(together(both, &[("start", 0), ("net", 1)]), 1);
    assert_eq!(together(both, &[("ann", 0), ("net", 1)]), 0);
    let temporal = "{type: temporal, rules: [start, net], group-by: [Computer], timespan: 1m}";
    assert_eq!(together(temporal, &[("net", 0), ("start", 60)]), 1);
    assert_eq!(together(temporal, &[("net", 0), ("start", 61)]), 0);
    let ordered = "{type: temporal_ordered, rules: [start, net], group-by: [Computer], timespan: 1m}";
    assert_eq!(together(ordered, &[("start", 0), ("net", 60)]), 1);
    assert_eq!(together(ordered, &[("net", 0), ("start", 60)]), 0);
    // Names in the place of a number.
    for (condition, start_alone, both) in
        [("start and net", 0, 1), ("all of them", 0, 1), ("start OR net", 1, 1), ("1 of *t", 1, 1), ("2 of them", 0, 1)]
    {
        let named = format!("{{type: temporal, rules: [start, net], group-by: [Computer], timespan: 1m, condition: {condition}}}");
        assert_eq!(together(&named, &[("start", 0)]).min(1), start_alone, "{condition}");
        assert_eq!(together(&named, &[("net", 0), ("start", 1)]).min(1), both, "{condition}");
    }
    let ordered = "{type: temporal_ordered, rules: [start, net], group-by: [Computer], timespan: 1m, condition: start and net}";
    assert_eq!(together(ordered, &[("start", 0), ("net", 60)]), 1);
    assert_eq!(together(ordered, &[("net", 0), ("start", 60)]), 0);
    let alias = "{type: temporal, rules: [start, net], group-by: [who], aliases: {who: {start: User, net: User}}, timespan: 1m}";
    assert_eq!(together(alias, &[("start", 0), ("net", 1)]), 1);
    assert_eq!(together(alias, &[("ann", 0), ("net", 1)]), 0);
}

#[test]
fn a_percentile_is_the_nearest_rank() {
    let found = |what: &str, condition: &str, numbers: &[&str]| {
        let events: Vec<(&str, u32)> = numbers.iter().copied().zip(0..).collect();
        let kind =
            format!("{{type: {what}, rules: [start], group-by: [Computer], timespan: 5m, condition: {{field: ProcessId, {condition}}}}}");
        together(&kind, &events)
    };
    assert_eq!(found("value_median", "gte: 9", &["9", "10", "100"]), 1);
    assert_eq!(found("value_median", "eq: 10", &["100", "9", "10"]), 1);
    assert_eq!(found("value_median", "gt: 9", &["9", "100"]), 0);
    assert_eq!(found("value_median", "gte: 0", &["start", "start"]), 0);
    assert_eq!(found("value_percentile", "percentile: 90, gt: 8", &["1", "2", "3", "4", "5", "6", "7", "8", "8", "900"]), 0);
    assert_eq!(found("value_percentile", "percentile: 91, gt: 8", &["1", "2", "3", "4", "5", "6", "7", "8", "8", "900"]), 1);
    assert_eq!(found("value_percentile", "percentile: 99.5, gte: 900, lt: 901", &["1", "900"]), 1);
    assert_eq!(found("value_percentile", "percentile: 1e1, lte: 1", &["1", "900"]), 1);
}

#[test]
fn rules_of_a_correlation_stand_for_themselves_only_where_it_says_so() {
    let correlation = |more: &str| {
        format!("{TWO}title: Both\ncorrelation: {{type: temporal, rules: [start, net], group-by: [Computer], timespan: 1m{more}}}\n")
    };
    assert_eq!(said(&correlation("")).0, ["both"]);
    assert_eq!(said(&correlation(", generate: true")).0, ["start", "net", "both"]);
    let by_id = correlation("")
        .replace("name: start", "id: 5638f7c0-ac70-491d-8465-2a65075e0d86")
        .replace("[start,", "[5638f7c0-ac70-491d-8465-2a65075e0d86,");
    assert_eq!(said(&by_id).0, ["both"]);
    assert_eq!(
        said(&correlation("").replace("[start,", "[stort,")),
        (vec!["start".to_owned()], vec!["E0725".to_owned(), "E0722".to_owned()])
    );
}

#[test]
fn filters_hold_for_the_rules_that_they_name() {
    let rule = "title: A\nname: a\nlogsource: {category: process_creation, product: windows}\ndetection: {sel: {CommandLine|contains: x}, condition: sel}\n---\n";
    let filter = |rules: &str, source: &str| {
        format!(
            "{rule}title: F\nlogsource: {source}\nfilter:\n  rules: {rules}\n  selection: {{CommandLine|contains: y}}\n  condition: not selection\n"
        )
    };
    for (rules, source, filtered) in [
        ("[a]", "{category: process_creation}", true),
        ("any", "{product: windows}", true),
        ("[b]", "{category: process_creation}", false),
        ("[a]", "{category: file_event}", false),
    ] {
        let text = filter(rules, source);
        let workspace = Workspace::text("rule.yml", &text);
        let packs = &*workspace.packs(builtin());
        let checked = workspace.check(packs);
        same_when_imported(&workspace, packs, &checked);
        let (engine, _) = Engine::new(&checked.rules, packs);
        let record =
            json!({"Event": {"System": {"EventID": 1, "Channel": SYSMON, "Computer": "pc1"}, "EventData": {"CommandLine": "x y"}}});
        let mut found = false;
        Reader::detecting(packs).read(&record.to_string(), |event| found |= !engine.matches(event).is_empty()).expect("an event");
        assert_eq!(found, !filtered, "{text}");
    }
}

/// A rule without its filter finds more than was meant: it is not made.
#[test]
fn a_filter_with_an_error_takes_its_rule_with_it() {
    let rule = "title: Start\nname: start\nlogsource: {category: process_creation}\ndetection: {sel: {CommandLine|contains: go}, condition: sel}\n---\n\
                title: Other\nname: other\nlogsource: {category: process_creation}\ndetection: {sel: {CommandLine|contains: on}, condition: sel}\n---\n";
    let filter = |filter: &str| said(&format!("{rule}title: Leave out\nlogsource: {{category: process_creation}}\nfilter: {filter}\n"));
    let (rules, _) = filter("{rules: [start], sel: {User: bob}, condition: not sel}");
    assert_eq!(rules, ["start", "other"]);
    for broken in [
        "{rules: [start], sel: {User|nonsense: bob}, condition: not sel}",
        "{rules: [start], sel: {User: bob}, condition: not nothing}",
        "{rules: [start], sel: {User: bob}}",
    ] {
        let (rules, codes) = filter(broken);
        assert_eq!(rules, ["other"], "{broken}: {codes:?}");
        assert!(!codes.is_empty());
    }
}

/// What is found among starts and connections where a correlation counts and another one names it.
fn chained(inner: &str, outer: &str, events: &[(&str, u32)]) -> usize {
    together(&format!("{outer}\n---\ntitle: Many\nname: many\ncorrelation: {inner}"), events)
}

/// The specification's own example among them: many failures, then a success.
#[test]
fn a_correlation_that_counts_is_a_step_of_one_that_links() {
    let many =
        |condition: &str| format!("{{type: event_count, rules: [start], group-by: [Computer], timespan: 1m, condition: {{{condition}}}}}");
    let ordered = "{type: temporal_ordered, rules: [many, net], group-by: [Computer], timespan: 5m}";
    for (condition, starts, found) in [("gte: 3", 3, 1), ("gte: 3", 2, 0), ("gt: 3", 3, 0), ("gt: 3", 4, 1), ("gte: 1", 1, 1)] {
        let mut events: Vec<(&str, u32)> = (0..starts).map(|second| ("start", second)).collect();
        events.push(("net", 100));
        assert_eq!(chained(&many(condition), ordered, &events), found, "{condition} of {starts}");
    }
    // The windows slide, and it is the event with which there are enough that must stand within the time of all.
    let three = many("gte: 3");
    assert_eq!(chained(&three, ordered, &[("start", 59), ("start", 61), ("start", 119), ("net", 119)]), 1);
    assert_eq!(chained(&three, ordered, &[("start", 58), ("start", 61), ("start", 119), ("net", 119)]), 0);
    assert_eq!(chained(&three, ordered, &[("start", 0), ("start", 1), ("start", 60), ("net", 360)]), 1);
    assert_eq!(chained(&three, ordered, &[("start", 0), ("start", 1), ("start", 59), ("net", 360)]), 0);
    assert_eq!(chained(&three, ordered, &[("net", 0), ("start", 1), ("start", 2), ("start", 3)]), 0);
    let any_order = "{type: temporal, rules: [many, net], group-by: [Computer], timespan: 5m}";
    assert_eq!(chained(&three, any_order, &[("net", 0), ("start", 1), ("start", 2), ("start", 3)]), 1);
    let either = "{type: temporal, rules: [many, net], group-by: [Computer], timespan: 5m, condition: many or net}";
    assert_eq!(chained(&three, either, &[("start", 1), ("start", 2)]), 0);
    assert_eq!(chained(&three, either, &[("start", 1), ("start", 2), ("start", 3)]), 1);
    // Words that mean one field are one key, in any order.
    let of_both =
        "{type: event_count, rules: [start], group-by: [who, Computer], aliases: {who: {start: User}}, timespan: 1m, condition: {gte: 2}}";
    let by_both = "{type: temporal_ordered, rules: [many, net], group-by: [Computer, account], aliases: {account: {many: User, net: User}}, timespan: 5m}";
    assert_eq!(chained(of_both, by_both, &[("bob", 0), ("bob", 1), ("net", 2)]), 1);
    assert_eq!(chained(of_both, by_both, &[("ann", 0), ("bob", 1), ("net", 2)]), 0);
}

#[test]
fn correlations_that_are_steps_stand_for_themselves_only_where_it_says_so() {
    let text = |more: &str| {
        let many = "title: Many\nname: many\ncorrelation: {type: event_count, rules: [start], group-by: [Computer], timespan: 1m, condition: {gte: 3}}\n---\n";
        format!(
            "{TWO}{many}title: Both\ncorrelation: {{type: temporal_ordered, rules: [many, net], group-by: [Computer], timespan: 5m{more}}}\n"
        )
    };
    assert_eq!(said(&text("")), (vec!["both".to_owned()], vec!["E0725".to_owned(); 3]));
    assert_eq!(said(&text(", generate: true")).0, ["net", "many", "both"]);
    assert_eq!(said(&text("").replace("rules: [start]", "rules: [stort]")).0, ["start"]);
}

#[test]
fn a_correlation_of_correlations_that_cannot_be_carried_says_why() {
    let said = |inner: &str, outer: &str| {
        let text = format!("{TWO}title: Many\nname: many\ncorrelation: {inner}\n---\ntitle: Both\ncorrelation: {outer}\n");
        let workspace = Workspace::text("rule.yml", &text);
        let checked = workspace.check(&workspace.packs(builtin()));
        let errors = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error);
        let errors = errors.map(|found| (found.code.to_string(), text[found.span().range()].to_owned(), found.labels[0].text.to_string()));
        errors.collect::<Vec<_>>()
    };
    let of = |kind: &str, rules: &str| {
        let condition = match kind {
            "temporal" | "temporal_ordered" => "",
            "value_count" => ", condition: {field: User, gte: 3}",
            _ => ", condition: {gte: 3}",
        };
        format!("{{type: {kind}, rules: [{rules}], group-by: [Computer], timespan: 5m{condition}}}")
    };
    for (inner, outer, why) in [
        ("value_count", "temporal_ordered", "whatever their values"),
        ("temporal", "temporal", "one time for all its steps"),
        ("temporal", "event_count", "chains"),
        ("event_count", "event_count", "groups"),
    ] {
        let found = said(&of(inner, "start"), &of(outer, "many, net"));
        assert!(
            matches!(found.as_slice(), [(code, at, label)] if code == "E0721" && at == "many" && label.contains(why)),
            "{inner} in {outer}: {found:?}"
        );
    }
    let count = of("event_count", "start");
    for (inner, outer, code, at, why) in [
        (count.replace("[start]", "[start, net]"), of("temporal", "many, net"), "E0721", "many", "several rules"),
        (count.replace("gte", "lte"), of("temporal", "many, net"), "E0721", "lte", "undo"),
        (count.replace("gte: 3", "gte: 3, lte: 5"), of("temporal", "many, net"), "E0721", "lte", "undo"),
        (count.replace("gte: 3", "gte: 0"), of("temporal", "many, net"), "E0706", "0", ""),
        (count.replace("gte: 3", "gte: 2.5"), of("temporal", "many, net"), "E0706", "2.5", ""),
        (count.replace(", condition: {gte: 3}", ""), of("temporal", "many, net"), "E0702", "event_count", ""),
        (count.replace("{gte: 3}", "start"), of("temporal", "many, net"), "E0721", "start", "a number"),
        (count.replace("5m", "5x"), of("temporal", "many, net"), "E0706", "5x", ""),
        (count.replace("[Computer]", "[Computer, User]"), of("temporal", "many, net"), "E0721", "many", "`Computer`, `User`"),
        (count.replace("group-by: [Computer], ", ""), of("temporal", "many, net"), "E0721", "many", "nothing"),
        (count.clone(), of("temporal", "many, net").replace("[Computer]", "[User]"), "E0721", "many", "by `Computer`"),
        (count.replace("[Computer]", "[Nobody]"), of("temporal", "many, net"), "E0724", "Nobody", ""),
        (
            count.clone(),
            of("temporal", "many, net")
                .replace("[Computer]", "[a]")
                .replace("timespan", "aliases: {a: {many: Image, net: User}}, timespan"),
            "E0721",
            "a",
            "counted by one",
        ),
    ] {
        let found = said(&inner, &outer);
        let is_it = |found: &(String, String, String)| found.0 == code && found.1 == at && found.2.contains(why);
        assert!(matches!(found.as_slice(), [one] if is_it(one)), "{inner} in {outer}: {found:?}");
    }
}

#[test]
fn what_is_wrong_with_a_percentile_is_said_at_its_place() {
    let said = |kind: &str, condition: &str| {
        let it = format!("{{type: {kind}, rules: [start], group-by: [Computer], timespan: 5m, condition: {condition}}}");
        let text = format!("{TWO}title: Both\ncorrelation: {it}\n");
        let workspace = Workspace::text("rule.yml", &text);
        let checked = workspace.check(&workspace.packs(builtin()));
        let errors = checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error);
        errors.map(|found| (found.code.to_string(), text[found.span().range()].to_owned())).collect::<Vec<_>>()
    };
    for (kind, condition, code, at) in [
        ("value_percentile", "{field: ProcessId, gte: 2}", "E0702", "value_percentile"),
        ("value_percentile", "{percentile: 95, gte: 2}", "E0702", "value_percentile"),
        ("value_percentile", "{field: ProcessId, percentile: 101, gte: 2}", "E0706", "101"),
        ("value_percentile", "{field: ProcessId, percentile: -1, gte: 2}", "E0706", "-1"),
        ("value_percentile", "{field: ProcessId, percentile: most, gte: 2}", "E0706", "most"),
        ("value_percentile", "{field: ProcessId, percentile: 33.33333, gte: 2}", "E0326", "33.33333"),
        ("value_percentile", "{field: Image, percentile: 95, gte: 2}", "E0326", "Image"),
        ("value_median", "{field: Image, gte: 2}", "E0326", "Image"),
        ("value_median", "{field: ProcessId, percentile: 50, gte: 2}", "E0701", "percentile"),
        ("event_count", "{percentile: 50, gte: 2}", "E0701", "percentile"),
    ] {
        assert_eq!(said(kind, condition), [(code.to_owned(), at.to_owned())], "{kind} {condition}");
    }
}
