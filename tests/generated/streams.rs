//! Streams at random of events that were made for a rule.
//!
//! In: a rule over several events, and its witnesses. Out: streams of their events, dealt anew: nearly each event is a hit of something, a few
//! keys are shared, some events have none, or two, and times lie on a grid of quarters of the rule's duration or window, so that many events
//! are of one time, or just as far apart as the rule allows, or a second more. What the rule finds in them the reference says.

use spoor::hir::{Event, Pattern, Rule};
use spoor::schema::Packs;
use spoor::witness::{Rng, Witness};

const SECOND: i64 = 1_000_000;

/// None: there are no events to deal.
pub fn dealt(rule: &Rule, packs: &Packs, made: &[Witness], rng: &mut Rng, most: usize) -> Option<Vec<Event>> {
    let pool: Vec<&Event> = made.iter().flat_map(|made| &made.events).collect();
    let begin = pool.iter().filter_map(|event| event.time).min()?;
    let (by, length) = asked(rule);
    let length = length.clamp(1, 86_400 * 7);
    // A window begins at a multiple of its length.
    let begin = begin.div_euclid(length * SECOND) * length * SECOND;
    let quarter = (length * SECOND / 4).max(SECOND / 2);
    let owners: Vec<&Event> = (0..2).filter_map(|_| rng.pick(&pool).copied()).collect();
    let mut events: Vec<Event> = (0..2 + rng.below(most.saturating_sub(1)))
        .filter_map(|_| {
            let mut event = (*rng.pick(&pool)?).clone();
            let away = if rng.one_in(5) { [-SECOND, SECOND, 1000, -1000][rng.below(4)] } else { 0 };
            event.time = Some(begin + rng.below(9) as i64 * quarter + away);
            if !rng.one_in(8) {
                let owner = *rng.pick(&owners)?;
                by.iter().for_each(|name| give(&mut event, owner, name, packs));
            }
            if rng.one_in(12) {
                let name = rng.pick(&by)?;
                let field = packs.class(event.class).field(name);
                event.fields.retain(|(known, _)| Some(*known) != field);
            }
            Some(event)
        })
        .collect();
    events.sort_by_key(|event| event.time);
    (!events.is_empty()).then_some(events)
}

/// The names of the keys, and how long the pattern or the window is, in seconds.
fn asked(rule: &Rule) -> (Vec<String>, i64) {
    let (by, length) = match (&rule.pattern, &rule.group) {
        (Pattern::Linked(linked), _) => (linked.by.clone(), Some(linked.within)),
        (Pattern::Union(_), Some(group)) => (group.by.clone(), group.per),
        (Pattern::Union(_), None) => (Vec::new(), None),
    };
    (by, length.map_or(3600, |length| i64::try_from(length.seconds).unwrap_or(3600)))
}

/// The other event's values of the field, where it has the field and it is of one type.
fn give(event: &mut Event, owner: &Event, name: &str, packs: &Packs) {
    let (class, other) = (packs.class(event.class), packs.class(owner.class));
    let (Some(from), Some(to)) = (other.field(name), class.field(name)) else { return };
    if class.get(to).computed || class.get(to).ty != other.get(from).ty {
        return;
    }
    let Some((_, values)) = owner.fields.iter().find(|(field, _)| *field == from) else { return };
    event.fields.retain(|(field, _)| *field != to);
    let at = event.fields.partition_point(|(field, _)| *field < to);
    event.fields.insert(at, (to, values.clone()));
}
