//! Steps that want several events.
//!
//! In: rows of hits, one a hit, step and key, in the order of time. Out: the commands that leave of a step that counts those rows alone with which so many
//! of it, with the same keys, lie in the time that ends with them. A window of `streamstats` holds so many rows that end with this one; of rows
//! of one time the last has seen the most, and speaks for all of them. Law: an event counts once for each of its keys, whatever number of rows
//! it has; rows come out in the order in which they came in.
//! Search Reference, `streamstats` (`window`, `global`), `eventstats`; limits.conf, `max_stream_window`.

use crate::backend::lines::Lines;
use crate::backend::plan::{ChainStep, Chains};
use crate::hir::{Counted, Pattern, Rule};

use super::chains::{EVENT, Linking, STEP, TIME, is_step};
use super::stage;

/// The rows that a `streamstats` keeps at most, unless the site says otherwise.
pub const MOST: u64 = 10_000;

/// Behind tstats, where hits that are alike come as one row with their number: which of them this is.
const COPY: &str = "spoor_copy";
/// 1 where the row is a hit that is linked; 0 where it is only counted.
const KEPT: &str = "spoor_kept";
const NTH: &str = "spoor_nth";
const COUNT: &str = "spoor_count";
const ENOUGH: &str = "spoor_enough";

/// The counts of a rule's steps.
pub fn counts(rule: &Rule) -> Vec<Counted> {
    match &rule.pattern {
        Pattern::Linked(linked) => linked.steps.iter().filter_map(|step| step.counted).collect(),
        Pattern::Union(_) => Vec::new(),
    }
}

pub fn is_in(chains: &Chains) -> bool {
    chains.steps.iter().any(|step| step.counted.is_some())
}

/// Behind tstats: the numbers of the hits that one row stands for, as many as can matter.
pub fn numbered(step: &ChainStep) -> Lines {
    let most = step.counted.map_or(1, |counted| counted.count);
    Lines::from(format!("{COPY}=mvrange(0, min(count, {}))", most.saturating_add(1))).at(&step.from)
}

/// A row for each of them: one at the time of the first, the others at that of the last.
pub fn apart() -> Vec<Lines> {
    let time = format!("{TIME}=if({COPY}=0, firstTime, lastTime)");
    let kept = format!("{KEPT}=if({COPY}=0 OR ({COPY}=1 AND lastTime>firstTime), 1, 0)");
    vec![format!("mvexpand {COPY}").into(), format!("eval {time}, {kept}").into()]
}

/// What the rows carry for it beside the rest.
pub fn carried(linking: &Linking) -> Vec<String> {
    if is_in(linking.links.chains) && !linking.is_event() { vec![COPY.to_owned(), KEPT.to_owned()] } else { Vec::new() }
}

/// `splits`: an event may have several rows of one step and key. `sort`: puts the rows into their order.
pub fn commands(linking: &Linking, splits: bool, sort: &Lines) -> Vec<Lines> {
    let chains = linking.links.chains;
    if !is_in(chains) {
        return Vec::new();
    }
    let of_step = [vec![STEP.to_owned()], linking.keys()].concat();
    let by = |command: Lines, more: &[&str]| {
        let mut command = command;
        let more = more.iter().map(|name| (*name).to_owned());
        command.push(&stage::names(&of_step.iter().cloned().chain(more).collect::<Vec<_>>(), 4).after("\n    by "));
        command
    };
    let mut commands: Vec<Lines> = Vec::new();
    // Of the rows of one event one counts.
    let again: &[&str] = if splits { &[COPY] } else { &[] };
    if splits {
        commands.push(by(format!("streamstats count as {COPY}").into(), &[EVENT]));
        commands.push(format!("eval {COPY}=if({COPY}=1, 1, 0)").into());
    }
    for (index, step) in chains.steps.iter().enumerate() {
        let Some(Counted { count, within, span }) = step.counted else { continue };
        let window = format!("streamstats window={count} global=f min({TIME}) as {NTH} count as {COUNT}");
        let first = if splits { format!(" AND {COPY}=1") } else { String::new() };
        let near = format!("{COUNT}={count} AND {TIME}-{NTH}<={}", within.seconds);
        let enough = Lines::from(format!("eval {ENOUGH}=if({}{first} AND {near}, 1, 0)", is_step(index))).at(&[within.span]);
        let own = [
            by(window.into(), again),
            enough,
            by(format!("eventstats max({ENOUGH}) as {ENOUGH}").into(), &[TIME]),
            format!("where {STEP}!={} OR {ENOUGH}=1", index + 1).into(),
        ];
        commands.extend(own.into_iter().map(|command| command.at(&[span]).at(&step.from)));
    }
    if !linking.is_event() {
        commands.push(format!("where {KEPT}=1").into());
    }
    commands.push(sort.clone());
    commands
}

/// What tells the rows of one hit apart.
pub fn order(linking: &Linking) -> Vec<String> {
    carried(linking).into_iter().take(1).collect()
}
