//! Linked patterns: every chain, and the matches that they complete.
//!
//! In: a linked pattern, events. Out: the matches. Law: every chain is tried, step by step in the order of the rule, so a test on another
//! step's hit sees that hit. An event without time is in no chain.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::hir::{Event, LinkKind, Linked};
use crate::schema::Packs;

use super::event::{Chained, satisfies_in};
use super::keys::keys;

/// A match, and the latest chain that its event completes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// The match's own.
    pub event: usize,
    /// In lower case, in the order of `by`.
    pub keys: Vec<String>,
    /// By step; None: an optional one, or one of `at_least`, without a hit.
    pub hits: Vec<Option<usize>>,
    /// Microseconds since 1970: of the hits that decide, optional ones aside. The last is the match's own.
    pub first: i64,
    pub last: i64,
}

pub(super) fn chains(linked: &Linked, events: &[Event], packs: &Packs) -> Vec<Chain> {
    let every: BTreeSet<Vec<String>> = events.iter().flat_map(|event| keys(&linked.by, event, packs)).collect();
    let mut found = Vec::new();
    for keys in every {
        let has_keys = |event: &Event| event.time.is_some() && self::keys(&linked.by, event, packs).contains(&keys);
        let members: Vec<usize> = (0..events.len()).filter(|index| has_keys(&events[*index])).collect();
        let mut search = Search { linked, events, packs, members, enough: Vec::new() };
        search.enough = (0..linked.steps.len()).map(|step| search.enough(step)).collect();
        for (event, hits) in search.matches() {
            let decide = hits.iter().zip(&linked.steps).filter(|(_, step)| !step.optional).filter_map(|(hit, _)| *hit);
            let first = decide.map(|hit| search.time(hit)).min().unwrap_or_default();
            let hits = search.with_optional(hits, event);
            found.push(Chain { event, keys: keys.clone(), hits, first, last: search.time(event) });
        }
    }
    found.sort();
    found
}

/// By step, in the order of the rule.
type Hits = Vec<Option<usize>>;

/// The events of one key.
struct Search<'s> {
    linked: &'s Linked,
    events: &'s [Event],
    packs: &'s Packs,
    members: Vec<usize>,
    /// By step: the events with which so many of the step were there. None: the step counts none.
    enough: Vec<Option<Vec<usize>>>,
}

impl Search<'_> {
    /// Each event that completes a chain, with the latest of its chains; optional steps are left open.
    fn matches(&self) -> BTreeMap<usize, Hits> {
        if let LinkKind::AtLeast(count) = self.linked.kind {
            let counted = self.members.iter().filter_map(|event| Some((*event, self.counted(*event)?)));
            return counted.filter(|(_, hits)| hits.iter().flatten().count() as u64 >= count).collect();
        }
        let mut every = Vec::new();
        self.extend(&mut Vec::new(), &mut every);
        let mut latest: BTreeMap<usize, Hits> = BTreeMap::new();
        for hits in every {
            let Some(event) = self.last(&hits) else { continue };
            let known = latest.entry(event).or_insert_with(|| hits.clone());
            if self.lateness(&hits) > self.lateness(known) {
                *known = hits;
            }
        }
        latest
    }

    /// Every chain that begins with these hits.
    fn extend(&self, hits: &mut Hits, found: &mut Vec<Hits>) {
        let Some(step) = self.linked.steps.get(hits.len()) else {
            found.push(hits.clone());
            return;
        };
        if step.optional {
            hits.push(None);
            self.extend(hits, found);
            hits.pop();
            return;
        }
        for event in &self.members {
            let is_new = !hits.contains(&Some(*event));
            let before = hits.iter().flatten().next_back();
            let in_order = self.linked.kind != LinkKind::Sequence || before.is_none_or(|before| self.time(*before) <= self.time(*event));
            if is_new && in_order && self.is_hit(hits.len(), *event, hits) {
                hits.push(Some(*event));
                if self.is_within(hits) {
                    self.extend(hits, found);
                }
                hits.pop();
            }
        }
    }

    /// The events of a step that counts with which there are enough.
    fn enough(&self, step: usize) -> Option<Vec<usize>> {
        let counted = self.linked.steps[step].counted?;
        let within = i64::try_from(counted.within.seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let all: Vec<usize> = self.members.iter().copied().filter(|event| self.satisfies(step, *event, &Vec::new())).collect();
        let is_enough = |event: &usize| {
            let until = self.time(*event);
            let near = all.iter().filter(|other| (until.saturating_sub(within)..=until).contains(&self.time(**other)));
            near.count() as u64 >= counted.count
        };
        Some(all.iter().copied().filter(is_enough).collect())
    }

    /// Whether the event is a hit of the step, behind the hits of other steps.
    fn is_hit(&self, step: usize, event: usize, hits: &Hits) -> bool {
        match &self.enough[step] {
            // Such a step asks nothing of others.
            Some(enough) => enough.contains(&event),
            None => self.satisfies(step, event, hits),
        }
    }

    fn satisfies(&self, step: usize, event: usize, hits: &Hits) -> bool {
        let steps: Vec<Option<&Event>> = hits.iter().map(|hit| hit.map(|hit| &self.events[hit])).collect();
        let chain = Chained { steps: &steps, packs: self.packs };
        self.linked.steps[step].branches.iter().any(|branch| satisfies_in(branch, &self.events[event], chain))
    }

    /// The last of the hits is at most the duration later than the first.
    fn is_within(&self, hits: &Hits) -> bool {
        let times: Vec<i64> = hits.iter().flatten().map(|hit| self.time(*hit)).collect();
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else { return true };
        last - first <= self.within()
    }

    /// The hit that stands last: by time, then by step.
    fn last(&self, hits: &Hits) -> Option<usize> {
        let places = hits.iter().enumerate().filter_map(|(step, hit)| hit.map(|hit| (self.time(hit), step, hit)));
        places.max().map(|(.., hit)| hit)
    }

    /// From the last step to the first; of two hits of one time that which was read later.
    fn lateness(&self, hits: &Hits) -> Vec<Option<(i64, usize)>> {
        hits.iter().rev().map(|hit| hit.map(|hit| (self.time(hit), hit))).collect()
    }

    /// Of `at_least`: the event as the hit of its last step, and of each other step the latest hit that stands before it.
    fn counted(&self, event: usize) -> Option<Hits> {
        let steps = &self.linked.steps;
        let own = (0..steps.len()).rev().find(|step| !steps[*step].optional && self.is_hit(*step, event, &Vec::new()))?;
        let place = (self.time(event), own);
        let latest = |step: usize| {
            let before = self.members.iter().copied().filter(|hit| (self.time(*hit), step) < place);
            let near = before.filter(|hit| place.0 - self.time(*hit) <= self.within());
            near.filter(|hit| self.is_hit(step, *hit, &Vec::new())).max_by_key(|hit| (self.time(*hit), *hit))
        };
        let hit = |step: usize| match step {
            _ if steps[step].optional => None,
            _ if step == own => Some(event),
            _ => latest(step),
        };
        Some((0..steps.len()).map(hit).collect())
    }

    /// Each optional step, from the first on, with its hit that is nearest to the match.
    fn with_optional(&self, mut hits: Hits, matched: usize) -> Hits {
        for step in (0..hits.len()).filter(|step| self.linked.steps[*step].optional) {
            let fits = |event: &usize| {
                let is_new = matches!(self.linked.kind, LinkKind::AtLeast(_)) || !hits.contains(&Some(*event));
                let mut with = hits.clone();
                with[step] = Some(*event);
                is_new && self.is_hit(step, *event, &hits) && self.is_within(&with) && self.is_ordered(&with)
            };
            let distance = |event: &usize| (self.time(*event) - self.time(matched)).abs();
            let nearest =
                self.members.iter().copied().filter(fits).min_by_key(|event| (distance(event), self.time(*event), Reverse(*event)));
            hits[step] = nearest;
        }
        hits
    }

    /// In a sequence no hit is before that of a step above it.
    fn is_ordered(&self, hits: &Hits) -> bool {
        let times: Vec<i64> = hits.iter().flatten().map(|hit| self.time(*hit)).collect();
        self.linked.kind != LinkKind::Sequence || times.is_sorted()
    }

    fn within(&self) -> i64 {
        i64::try_from(self.linked.within.seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)
    }

    fn time(&self, event: usize) -> i64 {
        self.events[event].time.unwrap_or_default()
    }
}
