//! What became of tests, in the form that was asked for.

pub mod human;
pub mod json;
pub mod junit;

use super::compare::{Changed, Compared, State};
use super::{Tested, Told};
use crate::cli::counted;

/// What there is of everything.
#[derive(Default)]
pub struct Counts {
    pub rules: usize,
    pub tests: usize,
    pub failed: usize,
    pub snapshots: usize,
    pub changed: usize,
    pub missing: usize,
    pub written: usize,
    pub untested: usize,
    /// Rules with an error, or that the matcher cannot load.
    pub broken: usize,
}

impl Counts {
    pub fn of(told: &Told<'_>) -> Counts {
        let mut counts = Counts { rules: told.tested.len() + told.broken.len(), broken: told.broken.len(), ..Counts::default() };
        for tested in told.tested {
            counts.tests += tested.tests.len();
            counts.failed += tested.tests.iter().filter(|ran| ran.failed.is_some()).count();
            counts.broken += usize::from(!tested.unloaded.is_empty());
            counts.untested += usize::from(is_untested(tested));
            if let Some(compared) = &tested.snapshot {
                counts.snapshots += 1;
                match compared.state {
                    State::Same => {}
                    State::Missing => counts.missing += 1,
                    State::Changed(_) | State::Unreadable(_) => counts.changed += 1,
                    State::Written => counts.written += 1,
                }
            }
        }
        counts
    }

    pub fn is_clean(&self) -> bool {
        self.failed + self.changed + self.missing + self.broken == 0
    }
}

pub fn is_untested(tested: &Tested<'_>) -> bool {
    tested.tests.is_empty() && tested.unloaded.is_empty()
}

/// Why a snapshot fails, in a line; None: it does not.
pub fn about(compared: &Compared) -> Option<String> {
    match &compared.state {
        State::Same | State::Written => None,
        State::Missing => Some("there is no snapshot yet: `spoor test --update` writes it".to_owned()),
        State::Unreadable(why) => Some(format!("the snapshot cannot be read: {why}")),
        State::Changed(Changed { targets, .. }) if targets.is_empty() => {
            Some("the rule is another, its queries are as they were: `spoor test --update` accepts it".to_owned())
        }
        State::Changed(Changed { targets, .. }) => {
            let what = if targets.len() == 1 { "the query" } else { "the queries" };
            Some(format!("{what} of {}: not as in the snapshot; `spoor test --update` accepts what is new", targets.join(", ")))
        }
    }
}

/// `3 rules`, and nothing where there are none.
pub fn some(count: usize, noun: &str, behind: &str) -> Option<String> {
    (count > 0).then(|| format!("{}{behind}", counted(count, noun)))
}
