//! Steps that want several events: which of their hits are hits.
//!
//! In: the hits of one key, by step, in the order of time. Out: the same, but of a step that counts those alone with which so many hits of it lie in
//! the time that ends with them. Law: hits of one time are judged alike, so what is found does not depend on the order in which they were read.

use std::borrow::Cow;

use super::chains::{ChainPlan, CountPlan};
use super::linked::{Linkable, OfKey};

/// Only hits from `from` to `until` are judged; of a step that counts there are no others.
pub fn steps<'h>(plan: &ChainPlan, of_key: &'h OfKey, from: i64, until: i64) -> Vec<Cow<'h, [Linkable]>> {
    let judged = |(hits, counted): (&'h Vec<Linkable>, Option<CountPlan>)| match counted {
        None => Cow::Borrowed(hits.as_slice()),
        Some(counted) => Cow::Owned(enough(hits, counted, from, until)),
    };
    of_key.steps.iter().zip(plan.steps.iter().map(|step| step.counted)).map(judged).collect()
}

fn enough(hits: &[Linkable], CountPlan { count, within }: CountPlan, from: i64, until: i64) -> Vec<Linkable> {
    let mut end = hits.partition_point(|hit| hit.time < from);
    let last = hits.partition_point(|hit| hit.time <= until).max(end);
    let mut first = hits.partition_point(|hit| hit.time < from.saturating_sub(within));
    let mut found = Vec::new();
    for of_one_time in hits[end..last].chunk_by(|one, other| one.time == other.time) {
        end += of_one_time.len();
        let begin = of_one_time[0].time.saturating_sub(within);
        first += hits[first..end].partition_point(|hit| hit.time < begin);
        if end - first >= count {
            found.extend_from_slice(of_one_time);
        }
    }
    found
}
