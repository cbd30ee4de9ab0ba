//! What a rule must see at once, whatever runs it on a schedule.
//!
//! In: a rule. Out: [`Need`], how far one run looks back and how often there is one. Law: a window, or a chain, that is whole in no run is never found.

use crate::hir::{AggPred, Lasting, Pattern, Rule};

/// What a rule over several events asks of its schedule.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// Some run sees all of any such span: it looks back over the span and the time since the run before.
    Whole(Lasting),
    /// Each run counts what its window of time holds, and asks for that window: it looks back so far, and runs at least `every` so often.
    Window { look_back: Lasting, every: u64 },
}

/// None: each event is judged by itself, or what the service gives is the window.
pub fn need(rule: &Rule) -> Option<Need> {
    let group = match (&rule.pattern, &rule.group) {
        // What is counted behind the first hit may begin before it.
        (Pattern::Linked(linked), _) => {
            let counted = linked.steps.iter().filter_map(|step| step.counted).map(|counted| counted.within.seconds).max();
            let seconds = linked.within.seconds.saturating_add(counted.unwrap_or(0));
            return Some(Need::Whole(Lasting { seconds, ..linked.within }));
        }
        (Pattern::Union(_), None) => return None,
        (Pattern::Union(_), Some(group)) => group,
    };
    match (group.per, rule.last) {
        // Of a window that the look-back cuts only some hits are seen. That finds nothing false, unless a further hit could undo it.
        (Some(per), Some(last)) if may_fall(rule) => Some(Need::Window {
            look_back: Lasting { seconds: last.seconds.saturating_add(per.seconds), span: last.span },
            every: last.seconds,
        }),
        (Some(per), _) => Some(Need::Whole(per)),
        (None, Some(last)) => Some(Need::Window { look_back: last, every: last.seconds }),
        // The window is whatever the service gives.
        (None, None) => None,
    }
}

/// Whether a further hit could undo what a group has satisfied.
pub fn may_fall(rule: &Rule) -> bool {
    rule.group.as_ref().and_then(|group| group.having.as_ref()).is_some_and(AggPred::may_fall)
}
