//! The matcher against the reference, its loader, and the ways in which a line is no event.

#[path = "engine/codes.rs"]
mod codes;
#[path = "generated/mod.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod generated;
#[path = "engine/hand.rs"]
#[allow(dead_code)] // the same
mod hand;
#[path = "engine/random.rs"]
#[allow(dead_code)] // the same
mod random;
#[path = "engine/several.rs"]
mod several;

use std::collections::BTreeSet;

use hand::{class, event, field, packs, process, rule, span, text};
use proptest::prelude::*;
use spoor::diag::events;
use spoor::engine::shape::Reader;
use spoor::engine::{Engine, Event as EngineEvent, Match, reference};
use spoor::hir::*;
use spoor::project::{Workspace, discover};
use spoor::witness::{Rng, witnesses};

/// Whether engine and reference agree on every rule and event; the number of matches.
fn agree(rules: &[Rule], events: &[Event]) -> usize {
    let (engine, refused) = Engine::new(rules, packs());
    assert!(refused.is_empty(), "{refused:?}");
    let mut scanner = engine.scanner();
    let mut matches = 0;
    for event in events {
        let mut found: Vec<Match<'_>> = Vec::new();
        scanner.push(&EngineEvent::from(event), |one| found.push(one));
        assert_eq!(found, engine.matches(&EngineEvent::from(event)), "what came before an event changes nothing");
        let found: Vec<(usize, Vec<&str>)> = found.into_iter().map(|one| (one.rule, one.labels)).collect();
        let wanted = rules.iter().enumerate().filter(|(_, rule)| reference::matches(rule, event, packs()));
        let wanted: Vec<(usize, Vec<&str>)> = wanted.map(|(index, rule)| (index, reference::labels(rule, event, packs()))).collect();
        let differing: Vec<&Pattern> = rules
            .iter()
            .enumerate()
            .filter(|(index, _)| found.iter().find(|one| one.0 == *index) != wanted.iter().find(|one| one.0 == *index))
            .map(|(_, rule)| &rule.pattern)
            .collect();
        assert_eq!(found, wanted, "on {event:?}\n{differing:?}");
        matches += found.len();
    }
    matches
}

#[test]
fn engine_is_reference_on_20_000_generated_cases() {
    let mut rng = Rng::new(1);
    let (mut cases, mut matches) = (0, 0);
    while cases < 20_000 {
        let rules: Vec<Rule> = (0..20).map(|index| random::random_rule(&format!("r{index}"), &mut rng)).collect();
        let events: Vec<Event> = (0..25).map(|_| random::random_event(&mut rng)).collect();
        matches += agree(&rules, &events);
        cases += rules.len() * events.len();
    }
    assert!((2_000..18_000).contains(&matches), "{matches} of {cases} match: the cases say little");
}

#[test]
fn engine_is_reference_on_the_witnesses_of_generated_rules() {
    let mut rng = Rng::new(2);
    let (mut of, mut missed) = (0, 0);
    for index in 0..60 {
        let rule = random::random_rule(&format!("r{index}"), &mut rng);
        let made = witnesses(&rule, packs(), index, 30);
        of += made.iter().filter(|witness| witness.verdict()).count();
        missed += made.iter().filter(|witness| !witness.verdict()).count();
        let events: Vec<Event> = made.into_iter().flat_map(|witness| witness.events).collect();
        agree(&[rule], &events);
    }
    assert!(of > 300 && missed > 300, "{of} match, {missed} do not");
}

#[test]
fn engine_is_reference_on_generated_patterns_over_several_events() {
    let mut rng = Rng::new(3);
    let (mut cases, mut streams, mut found) = (0, 0, 0);
    while cases < 120_000 {
        let rule = if rng.one_in(3) { several::random_threshold(&mut rng) } else { several::random_linked(&mut rng, 4) };
        for _ in 0..6 {
            let events = several::random_events(&mut rng, 9);
            found += usize::from(several::agree(&rule, &events) > 0);
            streams += 1;
            cases += events.len();
        }
    }
    assert!((streams / 10..streams * 9 / 10).contains(&found), "{found} of {streams} streams match: the cases say little");
}

/// Streams of which nearly every event is a hit of some step: many chains that are nearly whole, and many hits to choose from.
#[test]
fn engine_is_reference_on_dense_streams() {
    let mut rng = Rng::new(4);
    for (steps, length, streams) in [(4, 10, 3_000), (3, 24, 400), (2, 130, 120)] {
        let mut found = 0;
        for _ in 0..streams {
            let rule = several::random_linked(&mut rng, steps);
            let events = several::dense_events(&mut rng, &rule, length);
            found += usize::from(several::agree(&rule, &events) > 0);
        }
        assert!((streams / 10..streams).contains(&found), "{found} of {streams} streams match: the cases say little");
    }
}

/// Streams that just complete a pattern, or just do not, in count, time, order and key: for the rules of the repository and generated ones.
#[test]
fn engine_is_reference_on_streams_made_for_rules() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let written = Workspace::load(discover(&["tests/corpus", "examples"].map(|folder| root.join(folder))), spoor::schema::builtin())
        .check(packs())
        .rules;
    let mut rng = Rng::new(5);
    let made = (0..150).map(|index| if index % 3 == 0 { several::random_threshold(&mut rng) } else { several::random_linked(&mut rng, 4) });
    // What is shown is another test's matter.
    let rules = written.into_iter().filter(is_over_several).chain(made).map(|rule| Rule { show: Some(Vec::new()), ..rule });
    let (mut cases, mut streams, mut found) = (0, 0, 0);
    for (seed, rule) in rules.enumerate() {
        for witness in witnesses(&rule, packs(), seed as u64, 40) {
            cases += witness.events.len();
            streams += 1;
            assert_eq!(several::agree(&rule, &witness.events) > 0, witness.verdict());
            found += usize::from(witness.verdict());
        }
    }
    assert!(streams > 4_000 && cases > 20_000, "{streams} streams, {cases} events");
    assert!((streams / 4..streams * 7 / 8).contains(&found), "{found} of {streams} streams match: the cases say little");
}

/// Rules as they are written, through parser and checker. `SPOOR_GENERATED=N` asks for N rule x event cases.
#[test]
fn engine_is_reference_on_generated_rules_over_several_events() {
    let wanted: usize = std::env::var("SPOOR_GENERATED").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let (mut cases, mut streams, mut found) = (0, 0, 0);
    for seed in 1.. {
        for (index, rule) in generated::several(packs(), seed, 60).iter().enumerate() {
            let made = witnesses(rule, packs(), seed * 1_000 + index as u64, 16);
            let mut rng = Rng::new(seed * 1_000 + index as u64);
            let dealt: Vec<Vec<Event>> = (0..10).filter_map(|_| generated::streams::dealt(rule, packs(), &made, &mut rng, 10)).collect();
            for events in made.into_iter().map(|made| made.events).chain(dealt) {
                cases += events.len();
                streams += 1;
                found += usize::from(several::agree(rule, &events) > 0);
            }
        }
        if cases >= wanted {
            break;
        }
    }
    println!("{streams} streams, {cases} rule x event cases, {found} streams match");
    assert!((streams / 4..streams * 9 / 10).contains(&found), "{found} of {streams} streams match: the cases say little");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn engine_is_reference(seed in any::<u64>()) {
        let mut rng = Rng::new(seed);
        let rules: Vec<Rule> = (0..8).map(|index| random::random_rule(&format!("r{index}"), &mut rng)).collect();
        let events: Vec<Event> = (0..8).map(|_| random::random_event(&mut rng)).collect();
        agree(&rules, &events);
    }

    /// `*` and `?` by the plain definition, on texts of two letters.
    #[test]
    fn like_backtracks_as_far_as_it_has_to(pattern in "[ab?*]{0,8}", value in "[abA]{1,10}") {
        let op = Op::Like { any: vec![LikePattern::parse(&pattern)], case: Casing::Ignore };
        let rule = process(Pred::test(field("process", "command_line"), op, span()));
        agree(&[rule], &[event("process", "started", &[("command_line", vec![text(&value)])])]);
    }

    #[test]
    fn an_event_comes_back_from_the_form_of_the_scanner(seed in any::<u64>()) {
        let mut made = random::random_event(&mut Rng::new(seed));
        let back = EngineEvent::from(&made).to_hir();
        // Empty text is no value, and an address has one spelling.
        for (_, values) in &mut made.fields {
            values.retain(|value| *value != text(""));
            for value in values {
                if let Scalar::Ip(address) = value {
                    *address = address.to_canonical();
                }
            }
        }
        made.fields.retain(|(_, values)| !values.is_empty());
        made.fields.sort_by_key(|(field, _)| *field);
        prop_assert_eq!(back, vec![made]);
    }
}

/// The rules of `tests/corpus`, `examples` and whatever else compiles: the author's verdict, the reference's and the engine's.
#[test]
fn the_authors_verdicts() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["tests/corpus", "examples"] {
        walk(&root.join(folder), &mut files);
    }
    let (mut tested, mut loaded, mut wrong) = (0, Vec::new(), Vec::new());
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a rule file");
        for rule in Workspace::text("rule.spoor", &source).check(packs()).rules {
            let (engine, refused) = Engine::new([&rule], packs());
            assert!(refused.is_empty(), "{}: {refused:?}", file.display());
            for test in &rule.tests {
                let TestEvents::Here(events) = &test.events else { continue };
                let by_reference = reference::verdict(&rule, events, packs());
                let by_engine = verdict(&engine, events);
                if is_over_several(&rule) {
                    several::agree(&rule, events);
                }
                if (by_reference, by_engine) != (test.matches, test.matches) {
                    wrong.push(format!("{}: {:?}: {by_reference} {by_engine}", file.display(), test.name));
                }
                tested += 1;
            }
            loaded.push(rule);
        }
    }
    assert!(wrong.is_empty(), "reference and engine say otherwise:\n{}", wrong.join("\n"));
    loaded.retain(|rule| !is_over_several(rule));
    let events: Vec<Event> = loaded
        .iter()
        .enumerate()
        .flat_map(|(index, rule)| witnesses(rule, packs(), index as u64, 12))
        .flat_map(|witness| witness.events)
        .collect();
    let step = events.len() / 400 + 1;
    agree(&loaded, &events.into_iter().step_by(step).collect::<Vec<_>>());
    eprintln!("{} rules, {tested} tests", loaded.len());
}

/// Whether there is a match among the events.
fn verdict(engine: &Engine, events: &[Event]) -> bool {
    let mut scanner = engine.scanner();
    let mut matches = false;
    events.iter().for_each(|event| scanner.push(&EngineEvent::from(event), |_| matches = true));
    scanner.finish(|_| matches = true);
    matches
}

fn is_over_several(rule: &Rule) -> bool {
    rule.group.is_some() || matches!(rule.pattern, Pattern::Linked(_))
}

fn walk(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "spoor") {
            into.push(path);
        }
    }
}

#[test]
fn rules_share_their_tests_and_keep_their_order() {
    let contains = |word: &str| Pred::test(field("process", "command_line"), contains(word), span());
    let rules = vec![process(contains("a")), process(contains("b")), process(Pred::all([contains("a"), contains("b")]))];
    let (engine, _) = Engine::new(&rules, packs());
    let found = |value: &str| {
        let event = event("process", "started", &[("command_line", vec![text(value)])]);
        engine.matches(&EngineEvent::from(&event)).iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    assert_eq!((found("ab"), found("a"), found("c")), (vec![0, 1, 2], vec![0], vec![]));
    assert_eq!(engine.len(), 3);
}

fn contains(word: &str) -> Op {
    Op::Text { op: TextOp::Contains, any: vec![word.to_owned()], case: Casing::Ignore }
}

#[test]
fn an_event_that_may_have_been_either_is_one_of_either() {
    let (file, _) = class("file");
    let of = |action| Case { actions: hand::one_action("file", action), pred: Pred::test(field("file", "name"), contains(action), span()) };
    let rules = [rule("both", vec![hand::branch(None, file, vec![of("created"), of("modified")])])];
    let (engine, _) = Engine::new(&rules, packs());
    let mut either = EngineEvent::new(file, hand::one_action("file", "created").or(hand::one_action("file", "modified")));
    either.push(field("file", "name"), spoor::engine::Value::Text("modified"));
    assert_eq!(engine.matches(&either).len(), 1);
    assert_eq!(either.to_hir().iter().filter(|event| reference::matches(&rules[0], event, packs())).count(), 1);
}

#[test]
fn an_engine_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let rules = [process(Pred::test(field("process", "command_line"), contains("a"), span()))];
    let (engine, _) = Engine::new(&rules, packs());
    shared(&engine);
    let event = EngineEvent::from(&event("process", "started", &[("command_line", vec![text("a")])]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(engine.matches(&event).len(), 1));
        }
    });
}

// ---------- codes ----------

#[test]
fn every_code_of_events_is_triggered() {
    let line = |text: &str| Reader::detecting(packs()).read(text, |_| ()).expect_err(text).diagnostic(span()).code.id();
    let mut triggered: BTreeSet<&str> = BTreeSet::new();
    triggered.insert(line("[1, 2]"));
    triggered.insert(line(r#"{"CommandLine": "whoami"}"#));
    triggered.insert(line(r#"{"_time": "2026-01-01T00:00:00Z", "process_name": "cmd.exe"}"#));
    assert!(Reader::of(packs(), "mde").is_none());
    triggered.insert(events::unknown_schema(span(), "mde", &["defender"]).code.id());
    triggered.extend(refused(&too_large()));
    assert_eq!(triggered, codes::BY_EVENTS.iter().copied().collect());
}

/// A pattern that the engine of regexes does not take.
fn too_large() -> Rule {
    let large = Regex { rust: r"[^\n]{1000000}".into(), ..hand::regex("a", Casing::Ignore) };
    process(Pred::test(field("process", "path"), Op::Matches { any: vec![large], case: Casing::Ignore }, span()))
}

fn refused(rule: &Rule) -> Vec<&'static str> {
    let (engine, refused) = Engine::new([rule], packs());
    assert!(engine.is_empty());
    refused.iter().map(|diagnostic| diagnostic.code.id()).collect()
}

#[test]
fn a_refused_rule_leaves_the_others_and_their_numbers() {
    let rules = [too_large(), process(Pred::TRUE)];
    let (engine, refused) = Engine::new(&rules, packs());
    assert_eq!((engine.len(), refused.len()), (1, 1));
    let event = EngineEvent::from(&event("process", "started", &[]));
    assert_eq!(engine.matches(&event)[0].rule, 1);
}

/// A field of each kind of text, with pieces of which its values and literals are made.
const LONG: &[(&str, &str, &str)] = &[
    ("process", "started", "command_line"),
    ("process", "started", "path"),
    ("process", "started", "host"),
    ("file", "created", "origin.url"),
    ("registry", "value_set", "key"),
    ("email", "delivered", "sender.address"),
];
const PIECES: &[&str] = &["a", "B", "b.c", ".", "\\", "/", "x", "@", "://", "K", "\u{212a}", "é", ":8", "c:"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// A list that is long enough to become a set, or an automaton, says what each of its literals says.
    #[test]
    fn a_long_list_says_what_each_of_its_values_says(
        at in 0..LONG.len(),
        op in prop::sample::select(vec![TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has, TextOp::Under]),
        literals in prop::collection::vec(prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..4), 17..24),
        value in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..7),
        respect in any::<bool>(),
    ) {
        let (class_name, action, name) = LONG[at];
        let any: Vec<String> = literals.iter().map(|pieces| pieces.concat()).collect();
        let below = hand::class(class_name).1.get(hand::field(class_name, name)).ty.below();
        prop_assume!(op != TextOp::Under || below.is_some());
        let case = if respect { Casing::Respect } else { Casing::Ignore };
        let rule = |any: Vec<String>| {
            let (id, class) = hand::class(class_name);
            let pred = Pred::test(hand::field(class_name, name), Op::Text { op, any, case }, hand::span());
            hand::rule("made", vec![hand::branch(None, id, vec![Case { actions: class.every_action(), pred }])])
        };
        let event = hand::event(class_name, action, &[(name, vec![hand::text(&value.concat())])]);
        agree(&[rule(any)], &[event]);
    }

    #[test]
    fn many_networks_hold_what_each_of_them_holds(bases in prop::collection::vec((any::<u32>(), 0u8..=32), 17..40), address in any::<u32>(), near in any::<bool>()) {
        let mask = |prefix: u8| u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        let network = |(base, prefix): &(u32, u8)| Network { base: std::net::Ipv4Addr::from(base & mask(*prefix)).into(), prefix: *prefix };
        let address = if near { bases[0].0 ^ (address & 0xff) } else { address };
        let (id, class) = hand::class("network");
        let pred = Pred::test(hand::field("network", "dest.ip"), Op::Within(bases.iter().map(network).collect()), hand::span());
        let rule = hand::rule("made", vec![hand::branch(None, id, vec![Case { actions: class.every_action(), pred }])]);
        let event = hand::event("network", "connection", &[("dest.ip", vec![Scalar::Ip(std::net::Ipv4Addr::from(address).into())])]);
        agree(&[rule], &[event]);
    }
}
