//! How often a detection runs and how far it looks back, against what its rule must see at once.
//!
//! In: a rule, the service. Out: what the rule asks of the schedule; the reason why no schedule gives it; how a query differs where a look-back cuts
//! a window. Law: a window, or a chain, that is whole in no run is never found, so the rule is refused; that a site must choose the schedule for
//! it is said. What arrives late is judged late: a service reads events by the time of their arrival.
//!
//! Defender: <https://learn.microsoft.com/defender-xdr/custom-detection-rules>, "Rule frequency", "Custom frequency and lookback": a fixed look-back for each
//! fixed frequency, or both chosen. Sentinel: <https://learn.microsoft.com/azure/sentinel/scheduled-rules-overview>, "Query scheduling".

use crate::backend::Target;
use crate::backend::bind::Departure;
use crate::backend::schedule::{Need, may_fall, need};
use crate::diag::Diagnostic;
use crate::diag::targets::At;
use crate::diag::targets_kql::{self, Asked};
use crate::hir::{Lasting, Rule, duration};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Defender's fixed frequencies, and how far each looks back.
const FIXED: [(u64, u64); 4] = [(HOUR, 4 * HOUR), (3 * HOUR, 12 * HOUR), (12 * HOUR, 48 * HOUR), (24 * HOUR, 30 * DAY)];

/// Whether the query itself must ask for its window of time: to count in it is what the rule means.
pub fn asks_for_time(rule: &Rule) -> bool {
    matches!(need(rule), Some(Need::Window { .. }))
}

/// Defender's fixed frequency for the rule, of those that show it all it must see at once: the longest that is no longer than `wanted`, else the
/// shortest. Seconds.
pub fn fixed(rule: &Rule, wanted: u64) -> Option<u64> {
    let need = need(rule);
    let mut fitting = FIXED.into_iter().filter(|choice| need.is_none_or(|need| suffices(need, *choice))).map(|(between, _)| between);
    fitting.clone().filter(|between| *between <= wanted).max().or_else(|| fitting.next())
}

/// The least time between two runs, and how far they may then look back.
fn choices(target: Target) -> &'static [(u64, u64)] {
    match target {
        Target::Defender => &[(5 * MINUTE, 48 * HOUR - MINUTE), (HOUR, 14 * DAY), (DAY, 30 * DAY)],
        Target::Sentinel => &[(5 * MINUTE, 14 * DAY)],
        Target::Splunk | Target::SplunkRaw => &[],
    }
}

/// As far as a run looks back at all.
pub fn furthest(target: Target) -> u64 {
    choices(target).iter().map(|(_, look_back)| *look_back).max().unwrap_or(0)
}

fn suffices(need: Need, (between, look_back): (u64, u64)) -> bool {
    match need {
        Need::Whole(span) => span.seconds.saturating_add(between) <= look_back,
        Need::Window { look_back: needed, every } => needed.seconds <= look_back && between <= every,
    }
}

/// Why no schedule shows the rule what it must see at once.
pub fn refusal(rule: &Rule, target: Target) -> Option<Diagnostic> {
    let need = need(rule)?;
    if choices(target).iter().any(|choice| suffices(need, *choice)) {
        return None;
    }
    Some(match need {
        Need::Whole(span) => {
            let most = choices(target).iter().map(|(between, look_back)| look_back - between).max().unwrap_or(0);
            targets_kql::too_long_to_see(At { span: span.span, target: target.name() }, &duration(span.seconds), &duration(most))
        }
        Need::Window { look_back, every } => {
            let at = At { span: look_back.span, target: target.name() };
            let least = choices(target).iter().map(|(between, _)| *between).min().unwrap_or(0);
            if every < least {
                targets_kql::too_short_to_run(at, &duration(every), &duration(least))
            } else {
                targets_kql::too_long_to_see(at, &duration(look_back.seconds), &duration(furthest(target)))
            }
        }
    })
}

/// What the site must choose.
pub fn note(rule: &Rule, target: Target) -> Option<Diagnostic> {
    let need = need(rule)?;
    let fixed = match target {
        Target::Defender => FIXED.iter().find(|fixed| suffices(need, **fixed)),
        Target::Sentinel | Target::Splunk | Target::SplunkRaw => None,
    };
    let (asked, span) = match need {
        Need::Whole(span) => (Asked::Whole(duration(span.seconds)), span.span),
        Need::Window { look_back, every } => {
            (Asked::Window { look_back: duration(look_back.seconds), every: duration(every) }, look_back.span)
        }
    };
    let fixed = fixed.map(|(between, look_back)| (duration(*between), duration(*look_back)));
    Some(targets_kql::schedule_for(At { span, target: target.name() }, &asked, fixed))
}

/// A window at the beginning of the look-back has too few hits, and nothing tells the query which one that is.
pub fn loss(rule: &Rule, target: Target) -> Option<Departure> {
    let group = rule.group.as_ref().filter(|_| rule.last.is_none() && may_fall(rule))?;
    let per = group.per?;
    Some(Departure {
        more: true,
        reason: targets_kql::first_window_cut(At { span: per.span, target: target.name() }, &duration(per.seconds)),
    })
}

/// Defender hunts in the events of 30 days. How long a workspace keeps its own is the site's to say.
/// <https://learn.microsoft.com/defender-xdr/advanced-hunting-overview>
pub fn beyond(last: Option<Lasting>, target: Target) -> Option<Departure> {
    const KEPT: u64 = 30 * DAY;
    let last = last.filter(|last| target == Target::Defender && last.seconds > KEPT)?;
    let at = At { span: last.span, target: target.name() };
    Some(Departure { more: false, reason: targets_kql::beyond_what_is_kept(at, &duration(last.seconds), &duration(KEPT)) })
}
