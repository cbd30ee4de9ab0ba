//! Rules over several events as a stream: what is decided as time passes is what is decided at the end, and nothing is lost in silence.

#[path = "engine/hand.rs"]
#[allow(dead_code)] // each test crate uses a part of it
mod hand;
#[path = "engine/several.rs"]
#[allow(dead_code)] // the same
mod several;

use hand::packs;
use spoor::engine::{Carried, Combined, Engine, Event as EngineEvent, Limits, Of, Saved, Scanner, Unreadable};
use spoor::hir::*;
use spoor::project::Workspace;
use spoor::witness::Rng;

const SECOND: i64 = 1_000_000;

fn engine(rules: &[Rule]) -> Engine {
    let (engine, refused) = Engine::new(rules, packs());
    assert!(refused.is_empty(), "{refused:?}");
    engine
}

/// The rules of a text in the language.
fn rules(text: &str) -> Vec<Rule> {
    let checked = Workspace::text("rules.spoor", text).check(packs());
    assert_eq!(checked.rules.len(), text.matches("rule ").count(), "{:?}", checked.diagnostics);
    checked.rules
}

/// Thresholds and linked patterns, and a stream that they find something in.
fn some(rng: &mut Rng) -> (Vec<Rule>, Vec<Event>) {
    let linked: Vec<Rule> = (0..2).map(|_| several::random_linked(rng, 4)).collect();
    let mut events = several::random_events(rng, 12);
    events.extend(several::dense_events(rng, &linked[0], 12));
    let rules = linked.into_iter().chain((0..2).map(|_| several::random_threshold(rng))).collect();
    (rules, events)
}

fn push(scanner: &mut Scanner<'_>, event: &Event, tag: usize) {
    scanner.push_tagged(&EngineEvent::from(event), tag as u64, |one| panic!("no event is a match by itself: {one:?}"));
}

/// Everything that a match says, in an order of their own.
fn sorted(found: Vec<Combined<'_>>) -> Vec<String> {
    let mut found: Vec<String> = found.iter().map(|one| format!("{one:?}")).collect();
    found.sort();
    found
}

/// What the end decides, of these events in this order.
fn at_the_end(engine: &Engine, events: impl Iterator<Item = (usize, Event)>) -> Vec<Combined<'_>> {
    let mut scanner = engine.scanner();
    events.for_each(|(tag, event)| push(&mut scanner, &event, tag));
    let mut found = Vec::new();
    scanner.finish(|one| found.push(one));
    found
}

/// In the order of time, but for a few that come a little later.
fn mixed(rng: &mut Rng, mut events: Vec<Event>) -> Vec<Event> {
    let mut keyed: Vec<(i64, Event)> = Vec::new();
    for event in events.drain(..) {
        let delay = if rng.one_in(3) { rng.below(8) as i64 * SECOND } else { 0 };
        keyed.push((event.time.unwrap_or_default() + delay, event));
    }
    keyed.sort_by_key(|(time, _)| *time);
    keyed.into_iter().map(|(_, event)| event).collect()
}

/// Up to where time has passed, once this many events are in.
fn passed(events: &[Event], read: usize) -> i64 {
    events[read..].iter().filter_map(|event| event.time).min().unwrap_or(1_000 * SECOND)
}

#[test]
fn as_time_passes_or_at_the_end() {
    let mut rng = Rng::new(11);
    let (mut early, mut all) = (0, 0);
    for _ in 0..3_000 {
        let (rules, events) = some(&mut rng);
        let events = mixed(&mut rng, events);
        let engine = engine(&rules);
        let wanted = sorted(at_the_end(&engine, events.iter().cloned().enumerate()));
        let mut scanner = engine.scanner();
        let mut found = Vec::new();
        for (index, event) in events.iter().enumerate() {
            push(&mut scanner, event, index);
            if rng.one_in(2) {
                let watermark = passed(&events, index + 1) - rng.below(3) as i64 * SECOND / 2;
                scanner.advance(watermark, |one| found.push(one));
            }
        }
        early += found.len();
        let before = scanner.watermark();
        scanner.finish(|one| {
            // Nothing was held back that was settled.
            let is_settled = |watermark: i64| match one.of {
                Of::Group { window } => window.is_some_and(|window| window + lasting(&rules[one.rule]) <= watermark),
                Of::Chain { first, .. } => first + lasting(&rules[one.rule]) < watermark,
            };
            assert!(!before.is_some_and(is_settled), "{one:?} waited for the end");
            found.push(one);
        });
        all += found.len();
        assert_eq!(sorted(found), wanted, "{rules:?}\n{events:?}");
        assert_eq!(scanner.left_out().count(), 0);
        assert_eq!(scanner.kept(), 0);
    }
    assert!(early > all / 3 && early < all, "{early} of {all} before the end");
}

/// `per`, or `within`.
fn lasting(rule: &Rule) -> i64 {
    let of = match (&rule.pattern, &rule.group) {
        (Pattern::Linked(linked), _) => Some(linked.within),
        (_, group) => group.as_ref().and_then(|group| group.per),
    };
    of.expect("a window or a duration").seconds as i64 * SECOND
}

/// In any order, under any watermark: what was not late is found as if nothing else had come.
#[test]
fn what_is_late_is_counted_and_changes_nothing() {
    let mut rng = Rng::new(12);
    let (mut late, mut taken) = (0, 0);
    for _ in 0..2_000 {
        let (rules, events) = some(&mut rng);
        let engine = engine(&rules);
        let mut scanner = engine.scanner();
        let mut found = Vec::new();
        // By rule: the events that were late for it.
        let mut of_rule = vec![Vec::new(); rules.len()];
        let mut counted = vec![0; rules.len()];
        for (index, event) in events.iter().enumerate() {
            if rng.one_in(3) {
                scanner.advance_behind(rng.below(20) as i64 * SECOND / 2, |one| found.push(one));
            }
            push(&mut scanner, event, index);
            for (rule, left_out) in scanner.left_out() {
                late += left_out.late - counted[rule];
                if std::mem::replace(&mut counted[rule], left_out.late) < left_out.late {
                    of_rule[rule].push(index);
                }
            }
        }
        scanner.finish(|one| found.push(one));
        taken += found.len();
        let mut wanted = Vec::new();
        for (rule, late) in of_rule.iter().enumerate() {
            let in_time = events.iter().cloned().enumerate().filter(|(index, _)| !late.contains(index));
            wanted.extend(at_the_end(&engine, in_time).into_iter().filter(|one| one.rule == rule));
        }
        assert_eq!(sorted(found), sorted(wanted));
    }
    assert!(late > 2_000 && taken > 2_000, "{late} hits were late, {taken} matches");
}

/// Events of one time in another order: the same groups, and the same events complete a chain.
#[test]
fn the_order_of_equal_times_decides_nothing() {
    let mut rng = Rng::new(13);
    let (mut ties, mut all) = (0, 0);
    for _ in 0..1_500 {
        let (rules, mut events) = some(&mut rng);
        events.sort_by_key(|event| event.time);
        let engine = engine(&rules);
        let mut order: Vec<usize> = (0..events.len()).collect();
        let mut begin = 0;
        for tied in events.chunk_by(|one, other| one.time == other.time) {
            for last in (1..tied.len()).rev() {
                order.swap(begin + last, begin + rng.below(last + 1));
                ties += 1;
            }
            begin += tied.len();
        }
        let mut scanner = engine.scanner();
        let mut found = Vec::new();
        for tag in order {
            if let Some(time) = events[tag].time {
                scanner.advance(time, |one| found.push(one));
            }
            push(&mut scanner, &events[tag], tag);
        }
        scanner.finish(|one| found.push(one));
        let wanted = at_the_end(&engine, events.into_iter().enumerate());
        all += wanted.len();
        assert_eq!(sorted(found.into_iter().map(untied).collect()), sorted(wanted.into_iter().map(untied).collect()));
    }
    assert!(ties > 5_000 && all > 2_000, "{ties} ties, {all} matches");
}

/// Without the choice between hits of one time.
fn untied(mut one: Combined<'_>) -> Combined<'_> {
    match one.of {
        // Which of the last hits is named; what was counted is the same, whole numbers alone being here.
        Of::Group { .. } => one.event.tag = 0,
        _ => {
            one.of = Of::Group { window: None };
            one.labels.clear();
            one.columns.clear();
        }
    }
    one
}

const BURST: &str = r#"
rule burst {
  detect process
    having count() >= 3 and distinct(command_line) >= 2
    by user.name
    per 1m
  show user.name, count(), distinct(command_line)
}
rule after {
  detect sequence by user.name within 30s {
    a: process where name == "a"
    b: process where name == "b"
  }
}
"#;

/// One hit of a user.
fn start(second: i64, user: usize, name: &str, line: usize) -> Event {
    let fields = [("user.name", format!("u{user}")), ("name", name.to_owned()), ("command_line", format!("line {line}"))];
    let fields: Vec<(&str, Vec<Scalar>)> = fields.into_iter().map(|(field, value)| (field, vec![Scalar::Text(value)])).collect();
    Event { time: Some(second * SECOND), ..hand::event("process", "started", &fields) }
}

/// What is kept follows the duration, not the length of the stream.
#[test]
fn memory_is_that_of_the_open_windows() {
    let rules = rules(BURST);
    let engine = engine(&rules);
    let mut scanner = engine.scanner();
    let (mut most, mut found) = (0, 0);
    for second in 0..50_000_i64 {
        scanner.advance_behind(5 * SECOND, |_| found += 1);
        let user = (second % 7) as usize;
        push(&mut scanner, &start(second, user, if second % 3 == 0 { "b" } else { "a" }, second as usize), 0);
        most = most.max(scanner.kept());
    }
    // A minute of two windows of seven users; 35 seconds of hits, and as many that wait to be let go.
    assert!(most < 14 + 2 * 40 + 100, "{most}");
    assert!(found > 10_000, "{found}");
    assert_eq!(scanner.left_out().count(), 0);
}

/// Hard limits hold, and what they cost is told for each rule.
#[test]
fn limits_hold_and_are_told() {
    let rules = rules(BURST);
    let engine = engine(&rules);
    let mut scanner = engine.scanner().limited(Limits { keys: 100, hits: 50, values: 10 });
    for user in 0..1_000 {
        push(&mut scanner, &start(user as i64 % 60, user, "a", 0), 0);
        assert!(scanner.kept() <= 100 + 2 * 100 + 64, "{}", scanner.kept());
    }
    for line in 0..1_000 {
        push(&mut scanner, &start(59, 7, "a", line), 0);
        assert!(scanner.kept() <= 100 + 2 * (100 + 50) + 64, "{}", scanner.kept());
    }
    push(&mut scanner, &start(59, 7, "b", 0), 1);
    let left_out: Vec<_> = scanner.left_out().collect();
    let (burst, after) = (left_out[0].1, left_out[1].1);
    assert!((900..1_000).contains(&burst.keys) && burst.values == 990 && burst.hits == 0, "{burst:?}");
    assert!((900..1_000).contains(&after.keys) && after.values == 0 && (940..1_000).contains(&after.hits), "{after:?}");
    let mut found = Vec::new();
    scanner.finish(|one| found.push(one));
    let names: Vec<(&str, &Scalar)> = found.iter().map(|one| (one.name, &one.keys[0])).collect();
    let user = Scalar::Text("u7".to_owned());
    assert_eq!(names, [("burst", &user), ("after", &user)]);
    // Without limits nothing is left out.
    let mut scanner = engine.scanner();
    (0..1_000).for_each(|user| push(&mut scanner, &start(user as i64 % 60, user, "a", 0), 0));
    assert_eq!((scanner.left_out().count(), scanner.kept()), (0, 2_000));
}

/// A threshold without `per` waits for the end of the events, whatever time has passed.
#[test]
fn without_a_window_the_end_decides() {
    let rules = rules("rule many {\n  detect process\n    having count() >= 2\n    by user.name\n}\n");
    let engine = engine(&rules);
    let mut scanner = engine.scanner();
    for second in 0..3 {
        push(&mut scanner, &start(second, 1, "a", 0), 0);
        scanner.advance(second * 1_000 * SECOND, |one| panic!("{one:?} may still grow"));
    }
    let mut found = 0;
    scanner.finish(|_| found += 1);
    assert_eq!((found, scanner.left_out().count()), (1, 0));
}

// ---------- saved state ----------

/// Shared by threads, and moved to one: known when this is compiled.
const _: () = {
    const fn shared<T: Send + Sync>() {}
    const fn moved<T: Send>() {}
    shared::<Engine>();
    moved::<Scanner<'_>>();
    moved::<Saved>();
};

#[test]
fn restored_is_uninterrupted() {
    let mut rng = Rng::new(14);
    let (mut all, mut kept) = (0, 0);
    for _ in 0..1_500 {
        let (rules, events) = some(&mut rng);
        let events = mixed(&mut rng, events);
        let (engine, again) = (engine(&rules), engine(&rules));
        let mut scanner = engine.scanner();
        let mut twin = engine.scanner();
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for (index, event) in events.iter().enumerate() {
            if rng.one_in(6) {
                let bytes = scanner.save();
                kept += scanner.kept();
                scanner = again.restore(&bytes).expect("what was saved");
                assert_eq!(scanner.save(), bytes);
                assert_eq!((scanner.watermark(), scanner.latest(), scanner.kept()), (twin.watermark(), twin.latest(), twin.kept()));
            }
            push(&mut scanner, event, index);
            push(&mut twin, event, index);
            if rng.one_in(3) {
                let late = rng.below(10) as i64 * SECOND;
                scanner.advance_behind(late, |one| found.push(one));
                twin.advance_behind(late, |one| wanted.push(one));
            }
        }
        assert!(scanner.left_out().eq(twin.left_out()));
        scanner.finish(|one| found.push(one));
        twin.finish(|one| wanted.push(one));
        all += wanted.len();
        assert_eq!(sorted(found), sorted(wanted));
    }
    assert!(all > 3_000 && kept > 20_000, "{all} matches, {kept} kept when it was saved");
}

/// Whatever becomes of the bytes: an error, or, where somebody made the sum fit, another state; no panic.
#[test]
fn damaged_bytes_are_an_error() {
    let mut rng = Rng::new(15);
    let (mut wrong, mut forged) = (0, 0);
    for _ in 0..300 {
        let (rules, events) = some(&mut rng);
        let engine = engine(&rules);
        let mut scanner = engine.scanner();
        events.iter().enumerate().for_each(|(tag, event)| push(&mut scanner, event, tag));
        let bytes = scanner.save();
        for _ in 0..40 {
            let mut damaged = bytes.clone();
            damage(&mut damaged, 0, &mut rng);
            if damaged != bytes {
                assert!(engine.restore(&damaged).is_err(), "{}", String::from_utf8_lossy(&damaged));
                wrong += 1;
            }
            let mut damaged = bytes.clone();
            let body = damaged.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
            damage(&mut damaged, body, &mut rng);
            if let Ok(mut scanner) = engine.restore(&with_sum(&damaged[body..])) {
                events.iter().enumerate().for_each(|(tag, event)| push(&mut scanner, event, tag));
                scanner.advance(3 * SECOND, |_| {});
                scanner.finish(|_| {});
                forged += 1;
            }
        }
    }
    assert!(wrong > 10_000 && forged > 500, "{wrong} damaged, {forged} forged");
}

/// One byte changed, lost, or put in, or the rest cut off; a number for another one.
fn damage(bytes: &mut Vec<u8>, from: usize, rng: &mut Rng) {
    let at = from + rng.below(bytes.len() - from);
    match rng.below(6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, b"0{}[],\":9-e"[rng.below(11)]),
        3 => bytes[at] ^= 1 << rng.below(8),
        _ => {
            let digit = |at: &usize| bytes[*at].is_ascii_digit();
            if let Some(at) = (at..bytes.len()).find(digit) {
                bytes[at] = b'0' + rng.below(10) as u8;
            }
        }
    }
}

fn with_sum(body: &[u8]) -> Vec<u8> {
    let sum = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let line = format!("{{\"kind\":\"spoor state\",\"version\":1,\"length\":{},\"sum\":\"{sum:016x}\"}}\n", body.len());
    [line.as_bytes(), body].concat()
}

#[test]
fn what_is_no_state_is_told() {
    let engine = engine(&rules(BURST));
    let bytes = engine.scanner().save();
    assert!(engine.restore(&bytes).is_ok());
    let said = |bytes: &[u8]| engine.restore(bytes).expect_err("no state").to_string();
    assert!(said(b"").contains("no saved state") && said(b"{\"a\":1}\n{}").contains("no saved state"));
    let text = String::from_utf8(bytes).unwrap();
    assert!(said(text.replace("\"version\":1", "\"version\":7").as_bytes()).contains("version 7"));
    assert!(said(text.replace("burst", "purst").as_bytes()).contains("damaged"));
    let other = self::engine(&rules(&BURST.replace("rule after", "rule before")));
    let error = other.restore(text.as_bytes()).expect_err("the state of other rules");
    assert_eq!(error, Unreadable::OtherRules(Carried { on: vec![0], anew: vec![1], gone: vec!["after".to_owned()] }));
    assert!(error.to_string().contains("1 of these rules") && error.to_string().contains("`after`"), "{error}");
}

/// The rules are exchanged while windows are open: what asks the same goes on, wherever it stands; the others begin with nothing.
#[test]
fn a_rule_that_asks_the_same_goes_on_in_another_set() {
    let old = engine(&rules(BURST));
    // Another order, a comment, another threshold, and a rule more.
    let (burst, after) = BURST.split_at(BURST.find("rule after").expect("two rules"));
    let extra = "rule single { detect process where name == \"c\" }\n";
    let moved = format!("{extra}// moved\n{after}{}", burst.replace(">= 3", ">= 2"));
    let new = engine(&rules(&moved));
    let mut scanner = old.scanner();
    push(&mut scanner, &start(1, 1, "a", 1), 7);
    push(&mut scanner, &start(2, 1, "x", 2), 8);
    scanner.advance(2 * SECOND, |_| {});
    let saved = scanner.save();
    let (mut scanner, carried) = new.resume(scanner.into_saved());
    assert_eq!(carried, Carried { on: vec![1], anew: vec![2], gone: vec!["burst".to_owned()] });
    push(&mut scanner, &start(3, 1, "b", 1), 9);
    let mut found = Vec::new();
    scanner.finish(|one| found.push(one));
    assert_eq!(found.iter().map(|one| (one.name, one.event.tag)).collect::<Vec<_>>(), [("after", 9)], "one hit is too few for the other");
    assert_eq!(scanner.watermark(), Some(2 * SECOND));
    let (_, again) = new.restore_some(&saved).expect("what was saved");
    assert_eq!(again, carried);
    // The same rules in another file are the same.
    let elsewhere = engine(&rules(&format!("// above\n\n{BURST}")));
    assert!(elsewhere.restore(&saved).is_ok());
}
