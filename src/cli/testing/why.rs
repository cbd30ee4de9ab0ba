//! Why a verdict is not the one stated: the events, and what of the condition each of them satisfies.
//!
//! In: a rule, the events of a test. Out: text. Where a match is missed, the events that lack the least; where there is one too many, those that
//! match. Of a rule over several events first which of its parts have hits, and with which keys: what they lack together stands in no event.

use super::ask::{Asking, Reader};
use super::cases::{Case, Given};
use crate::cli::matching::explain::{Explainer, shortened};
use crate::cli::matching::found::{Origin, Unit};
use crate::cli::matching::show::{About, Format};
use crate::engine::reference::{keys, passes};
use crate::engine::shape::time;
use crate::engine::{Event, Fields};
use crate::hir::{self, Branch, Op, Pattern, Pred, Rule, Test};
use crate::schema::{Actions, Class, ClassId, Packs};

/// So many events are shown, and so many hits of each part.
const SHOWN: usize = 3;
const HITS: usize = 6;

pub fn why(asking: &Asking<'_>, rule: &Rule, case: &Case<'_>, found: usize, reader: &mut Reader<'_>) -> String {
    let about = About { rules: asking.rules, sources: &asking.workspace.sources, paint: asking.paint };
    let mut explainer = Explainer::new(rule, asking.packs, None, about, Format::Lines).with_events();
    let mut parts = Parts::of(rule, asking.packs);
    let mut told: Vec<String> = Vec::new();
    let mut each = |event: &Event, origin: Origin| {
        if let Some(parts) = parts.as_mut().filter(|_| rule.meta.is_about(event.platform)) {
            parts.event(event, &origin);
        }
        let text = explainer.told(event, origin);
        told.extend(text.filter(|_| told.len() < SHOWN));
    };
    match &case.given {
        Given::Here(events) => {
            for (number, event) in (1..).zip(events.iter()) {
                each(&Event::from(event), Origin { source: "event".into(), unit: Unit::Item, number });
            }
        }
        Given::File(path, _) => {
            let mut event = Event::new(ClassId(0), Actions::NONE);
            // It could be read a moment ago; if it is gone now, the verdict stands all the same.
            let _ = reader.events().read(path, &mut |fields: &dyn Fields, origin| {
                fields.copy(&mut event);
                each(&event, origin.in_its_folder());
            });
        }
    }
    match parts {
        None => {
            told.extend(explainer.nearest());
            // Not one event that could have been asked about: of which kind they are says it all.
            if told.is_empty() { format!("{}\n", explainer.summary()) } else { told.concat() }
        }
        Some(parts) => {
            let asked = asked(rule, asking);
            // Events are of interest by themselves where a part has none.
            let near = if found == 0 && parts.lack() { explainer.nearest().concat() } else { String::new() };
            format!("{asked}{}{near}", parts.text())
        }
    }
}

/// How a rule over several events puts them together, in its own words.
fn asked(rule: &Rule, asking: &Asking<'_>) -> String {
    let span = match (&rule.pattern, &rule.group) {
        (Pattern::Linked(linked), _) => linked.link,
        (Pattern::Union(_), Some(group)) => group.span,
        (Pattern::Union(_), None) => return String::new(),
    };
    let words: Vec<&str> = asking.workspace.sources.slice(span).split_whitespace().collect();
    if words.is_empty() { String::new() } else { format!("asked: {}\n", shortened(&words.join(" "))) }
}

/// The hits of each step, or of each branch of what is counted.
struct Parts<'r> {
    of: Vec<Hits<'r>>,
    by: &'r [String],
    packs: &'r Packs,
}

struct Hits<'r> {
    name: String,
    optional: bool,
    branches: Vec<&'r Branch>,
    count: usize,
    /// The first of them.
    shown: Vec<String>,
}

impl<'r> Parts<'r> {
    /// None: each event is a match by itself.
    fn of(rule: &'r Rule, packs: &'r Packs) -> Option<Parts<'r>> {
        let name = |branches: &[Branch]| match branches.first() {
            Some(Branch { label: Some(label), .. }) => label.clone(),
            Some(branch) => packs.class(branch.class).name.to_string(),
            None => String::new(),
        };
        let hits = |branches: &'r [Branch], optional| Hits {
            name: name(branches),
            optional,
            branches: branches.iter().collect(),
            count: 0,
            shown: Vec::new(),
        };
        let (of, by) = match (&rule.pattern, &rule.group) {
            (Pattern::Linked(linked), _) => (linked.steps.iter().map(|step| hits(&step.branches, step.optional)).collect(), &linked.by),
            (Pattern::Union(branches), Some(group)) => (branches.chunks(1).map(|branch| hits(branch, false)).collect(), &group.by),
            (Pattern::Union(_), None) => return None,
        };
        Some(Parts { of, by, packs })
    }

    fn event(&mut self, event: &Event, origin: &Origin) {
        let (by, packs) = (self.by, self.packs);
        for event in event.to_hir() {
            for hits in &mut self.of {
                if !hits.branches.iter().any(|branch| may_satisfy(branch, &event, packs)) {
                    continue;
                }
                hits.count += 1;
                if hits.shown.len() < HITS {
                    let keys = keys(by, &event, packs);
                    let keys: Vec<String> = keys.iter().map(|key| of_keys(by, key)).collect();
                    let keys = if keys.is_empty() { format!("no {}", by.join(", ")) } else { keys.join("; ") };
                    let when = event.time.map(time::short).unwrap_or_else(|| "-".to_owned());
                    hits.shown.push(format!("    {origin} {when} {}\n", shortened(&keys)));
                }
            }
        }
    }

    /// Whether a part that is needed has no hit.
    fn lack(&self) -> bool {
        self.of.iter().any(|hits| hits.count == 0 && !hits.optional)
    }

    fn text(&self) -> String {
        let of = |hits: &Hits<'_>| {
            let more = hits.count.saturating_sub(hits.shown.len());
            let more = if more > 0 { format!("    and {more} more\n") } else { String::new() };
            let optional = if hits.optional { " (optional)" } else { "" };
            let count = match hits.count {
                0 => "no event".to_owned(),
                1 => "1 event".to_owned(),
                count => format!("{count} events"),
            };
            format!("  {}{optional}: {count}\n{}{more}", hits.name, hits.shown.concat())
        };
        self.of.iter().map(of).collect()
    }
}

/// `host pc1, user bob`
fn of_keys(by: &[String], key: &[String]) -> String {
    by.iter().zip(key).map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

/// Whether the event satisfies all that can be asked of it alone: what a step compares with another one may be.
fn may_satisfy(branch: &Branch, event: &hir::Event, packs: &Packs) -> bool {
    let acted = |actions: Actions| event.action.map_or(actions == Actions::ALL, |action| actions.contains(action));
    branch.class == event.class
        && branch.cases.iter().any(|case| acted(case.actions) && may_be(&case.pred, true, event, packs.class(event.class)))
}

fn may_be(pred: &Pred, wanted: bool, event: &hir::Event, class: &Class) -> bool {
    let mut of = |part: &Pred| may_be(part, wanted, event, class);
    match pred {
        Pred::All(parts) if wanted => parts.iter().all(&mut of),
        Pred::All(parts) => parts.iter().any(&mut of),
        Pred::Any(parts) if wanted => parts.iter().any(&mut of),
        Pred::Any(parts) => parts.iter().all(&mut of),
        Pred::Not(inner) => may_be(inner, !wanted, event, class),
        Pred::Test(test) => is_of_two_steps(test) || passes(test, event, class, None) == wanted,
    }
}

fn is_of_two_steps(test: &Test) -> bool {
    matches!(&test.op, Op::Field { other, .. } if other.step.is_some())
}
