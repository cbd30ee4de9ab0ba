//! Every hit that stands near enough: for steps that ask something of each other, and for optional ones.
//!
//! In: rows in the order of time and step. Out: the commands that put the hits of some steps beside those that complete a chain, one row a
//! combination, and leave the latest that passes. A hit goes to the others as one text, its values behind a `=` each and apart by
//! `~~`; a `~` of a value is written `~.`. Law: time is cut into slots as long as the duration, and a hit is a candidate in its own and the
//! next, so no row meets more hits than stand in two durations. `mvexpand` and `eventstats` have limits of memory.
//! Search Reference, `eventstats`, `mvexpand`; "Multivalue eval functions", `split()`.

use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::Form;
use crate::source::Span;

use super::chains::{EVENT, Linking, STEP, TIME, evaluated, is_one_of, is_step};
use super::eval_expr::WORDS;
use super::stage;

const SLOT: &str = "spoor_slot";
/// The hit of the row itself.
const OWN: &str = "spoor_own";
/// What stands where an optional step has no hit.
const NO_HIT: &str = "-";

/// The hits of a step as texts.
fn hits(step: usize) -> String {
    format!("spoor_hits_{}", step + 1)
}

/// Columns as one text.
fn packed(columns: &[(String, Form)]) -> String {
    let pieces = columns.iter().map(|(name, form)| match form {
        Form::Text | Form::Folded => format!("coalesce(replace({name}, \"~\", \"~.\"), \"\")"),
        Form::Number | Form::Time | Form::Flag => format!("coalesce({name}, \"\")"),
    });
    format!("\"=\".{}", pieces.collect::<Vec<_>>().join(".\"~~=\"."))
}

/// The columns out of the text again.
fn unpacked(columns: &[(String, Form)], from: &str) -> Option<Lines> {
    let mut made: Vec<Lines> = Vec::new();
    for (index, (name, form)) in columns.iter().enumerate() {
        let piece = format!("mvindex(split({from}, \"~~\"), {index})");
        match form {
            Form::Text | Form::Folded => {
                made.push(format!("{name}={piece}").into());
                made.push(format!("{name}=if(len({name})>1, replace(substr({name}, 2), \"~[.]\", \"~\"), null())").into());
            }
            Form::Number | Form::Time | Form::Flag => made.push(format!("{name}=tonumber(substr({piece}, 2))").into()),
        }
    }
    evaluated(made)
}

/// What is put beside the rows that complete a chain.
struct Gathering<'g> {
    /// Each step with the columns of its candidates.
    candidates: Vec<(usize, Vec<(String, Form)>)>,
    /// The steps whose rows complete a chain.
    last: &'g [usize],
}

fn gathered(linking: &Linking, gathering: &Gathering) -> Vec<Lines> {
    let optional = &linking.links.optional;
    let steps: Vec<usize> = gathering.candidates.iter().map(|(step, _)| *step).collect();
    let mut commands = Vec::new();
    if !linking.is_numbered() {
        commands.push(format!("streamstats count as {EVENT}").into());
    }
    let of = |step: usize, columns: &[(String, Form)]| {
        let made = format!("{}=if({}, {}, null())", hits(step), is_step(step), packed(columns));
        Lines::from(made).at(&linking.links.step(step).from)
    };
    let mut made: Vec<Lines> = gathering.candidates.iter().map(|(step, columns)| of(*step, columns)).collect();
    made.extend(optional.iter().map(|step| of(*step, &linking.columns(*step))));
    let twice = gathering.last.iter().any(|last| steps.contains(last));
    if twice {
        let arms: Vec<Lines> = steps.iter().map(|step| format!("{}, {}", is_step(*step), hits(*step)).into()).collect();
        made.push(stage::call("case", &arms).after(&format!("{OWN}=")));
    }
    let within = [linking.links.chains.within.span];
    made.push(Lines::from(format!("{SLOT}=floor({TIME}/{})", linking.within())).at(&within));
    let mut arms: Vec<Lines> = Vec::new();
    if !optional.is_empty() {
        arms.push(format!("{}, mvappend({SLOT}-1, {SLOT}, {SLOT}+1)", is_one_of(optional)).into());
    }
    if !steps.is_empty() {
        arms.push(format!("{}, mvappend({SLOT}, {SLOT}+1)", is_one_of(&steps)).into());
    }
    arms.push(format!("true(), {SLOT}").into());
    made.push(stage::call("case", &arms).after(&format!("{SLOT}=")).at(&within));
    commands.extend(evaluated(made));
    commands.push(format!("mvexpand {SLOT}").into());
    for (steps, keys) in [(&steps, linking.by()), (optional, linking.keys())] {
        if !steps.is_empty() {
            let term = |step: &usize| Lines::from(format!("values({0}) as {0}", hits(*step))).at(&linking.links.step(*step).from);
            let terms: Vec<Lines> = steps.iter().map(term).collect();
            let by = [vec![SLOT.to_owned()], keys].concat();
            let mut stats = stage::names(&terms, 4).after("eventstats ");
            stats.push(&stage::names(&by, 4).after("\n    by "));
            commands.push(stats);
        }
    }
    let own = if twice { format!(" AND {SLOT}=floor({TIME}/{})", linking.within()) } else { String::new() };
    let at: Vec<Span> = gathering.last.iter().flat_map(|step| linking.links.step(*step).from.iter().copied()).collect();
    commands.push(Lines::from(format!("where {}{own}", is_one_of(gathering.last))).at(&at));
    commands
}

/// No candidates but those of optional steps; the rows of these steps complete a chain.
pub fn none(linking: &Linking, last: &[usize]) -> Vec<Lines> {
    if linking.links.optional.is_empty() { Vec::new() } else { gathered(linking, &Gathering { candidates: Vec::new(), last }) }
}

/// `prefix`: steps that are linked already, the hit of the last carries those before it. `steps`: it, and those up to `last`.
pub fn sequence(linking: &Linking, prefix: &[usize], steps: &[usize], last: usize) -> Vec<Lines> {
    let columns = |step: usize| match prefix.last() {
        Some(end) if *end == step => prefix.iter().flat_map(|step| linking.columns(*step)).collect(),
        Some(_) | None => linking.columns(step),
    };
    let candidates: Vec<(usize, Vec<(String, Form)>)> = steps.iter().map(|step| (*step, columns(*step))).collect();
    let mut commands = gathered(linking, &Gathering { candidates: candidates.clone(), last: &[last] });
    let mut later: Vec<usize> = vec![last];
    let mut next = TIME.to_owned();
    for (step, columns) in candidates.iter().rev() {
        let first = match prefix.last() {
            Some(end) if end == step => prefix.first().map_or_else(|| linking.time(*step), |first| linking.time(*first)),
            Some(_) | None => linking.time(*step),
        };
        let time = linking.time(*step);
        let conditions = vec![format!("{time}<={next}"), format!("{TIME}-{first}<={}", linking.within())];
        // A test is asked as soon as all that it reads is there.
        let ready: Vec<usize> = later.iter().copied().filter(|other| linking.links.reads(*other).iter().min() == Some(step)).collect();
        commands.extend(looked_at(linking, *step, columns, &ready, conditions));
        later.push(*step);
        next = time;
    }
    commands.extend(latest(linking, steps.iter().rev().copied(), steps));
    commands
}

/// Any of the steps may be the last one, and a hit is its own candidate.
pub fn together(linking: &Linking) -> Vec<Lines> {
    let required = &linking.links.required;
    let candidates: Vec<(usize, Vec<(String, Form)>)> = required.iter().map(|step| (*step, linking.columns(*step))).collect();
    let mut commands = gathered(linking, &Gathering { candidates: candidates.clone(), last: required });
    for (step, columns) in &candidates {
        let time = linking.time(*step);
        // Its own row's hit, or one that stands before it.
        let before = format!("({time}<{TIME} OR ({time}={TIME} AND {STEP}>={}))", step + 1);
        let own = format!("({STEP}!={} OR {OWN}=={})", step + 1, hits(*step));
        let conditions = vec![own, before, format!("{TIME}-{time}<={}", linking.within())];
        commands.extend(looked_at(linking, *step, columns, &[*step], conditions));
    }
    commands.extend(latest(linking, required.iter().rev().copied(), required));
    commands
}

/// A row for each candidate of a step that passes these conditions, and the tests of steps.
fn looked_at(linking: &Linking, step: usize, columns: &[(String, Form)], ready: &[usize], conditions: Vec<String>) -> Vec<Lines> {
    let hits = hits(step);
    let mut commands: Vec<Lines> = vec![format!("where isnotnull({hits})").into(), format!("mvexpand {hits}").into()];
    commands.extend(unpacked(columns, &hits));
    commands = commands.into_iter().map(|command| command.at(&linking.links.step(step).from)).collect();
    let near = Lines::from(format!("where {}", conditions.join(" AND ")));
    commands.push(near.at(&linking.links.step(step).from).at(&[linking.links.chains.within.span]));
    let (positions, tests) = linking.links.conditions(ready);
    commands.extend(positions);
    if let Some(tests) = stage::all(tests) {
        commands.push(stage::filter(&tests));
    }
    commands
}

/// Of the combinations of each event the latest: by the times of its hits, from the last step on.
fn latest(linking: &Linking, steps: impl Iterator<Item = usize>, candidates: &[usize]) -> Vec<Lines> {
    let times: Vec<String> = steps.map(|step| format!("-{}", linking.time(step))).collect();
    let order: Vec<String> = [EVENT.to_owned()].into_iter().chain(times).collect();
    let texts: Vec<String> = linking.keys().into_iter().chain(candidates.iter().map(|step| hits(*step))).collect();
    vec![super::chains::sorted(&order, &texts), once(linking)]
}

fn once(linking: &Linking) -> Lines {
    format!("dedup {}", [vec![EVENT.to_owned()], linking.keys()].concat().join(" ")).into()
}

/// For each optional step the nearest of its hits that fits, or none: it decides nothing.
pub fn optional(linking: &Linking) -> Vec<Lines> {
    let links = &linking.links;
    let mut commands: Vec<Lines> = Vec::new();
    if links.optional.is_empty() {
        return commands;
    }
    let (low, high, far) = ("spoor_low", "spoor_high", "spoor_far");
    commands.push(linking.first().within(&format!("eval {low}="), &format!(", {high}={TIME}")));
    for step in &links.optional {
        let (hits, time) = (hits(*step), linking.time(*step));
        let mut own: Vec<Lines> = vec![format!("eval {hits}=mvappend(\"{NO_HIT}\", {hits})").into(), format!("mvexpand {hits}").into()];
        own.extend(unpacked(&linking.columns(*step), &hits));
        let (positions, tests) = links.conditions(&[*step]);
        own.extend(positions);
        let near = format!("max({time}, {high})-min({time}, {low})<={}", linking.within());
        let mut fits = vec![Frag::atom(near).at(&[links.chains.within.span])];
        if links.is_sequence() {
            fits.extend(ordered(linking, *step));
        }
        fits.extend(tests);
        let none = Frag::atom(format!("isnull({time})"));
        own.push(stage::filter(&Frag::any(vec![none, Frag::all(fits, WORDS)], WORDS)));
        own.push(format!("eval {far}=if(isnull({time}), {}, abs({time}-{TIME}))", linking.within() + 1).into());
        let order = [EVENT, far, time.as_str()].map(str::to_owned);
        own.push(super::chains::sorted(&order, &linking.keys().into_iter().chain([hits]).collect::<Vec<_>>()));
        own.push(once(linking));
        own.push(format!("eval {low}=min({low}, coalesce({time}, {low})), {high}=max({high}, coalesce({time}, {high}))").into());
        commands.extend(own.into_iter().map(|command| command.or(&links.step(*step).from)));
    }
    commands
}

/// Between the hits of the steps around it.
fn ordered(linking: &Linking, step: usize) -> Vec<Frag> {
    let time = linking.time(step);
    let mut tests = Vec::new();
    for other in 0..linking.links.chains.steps.len() {
        let theirs = linking.time(other);
        let is_chosen = linking.links.required.contains(&other) || other < step;
        if other == step || !is_chosen {
            continue;
        }
        let theirs = if linking.links.required.contains(&other) { theirs } else { format!("coalesce({theirs}, {time})") };
        tests.push(Frag::atom(if other < step { format!("{theirs}<={time}") } else { format!("{time}<={theirs}") }));
    }
    tests
}
