//! The forms in which a query may be written, beside the one without options.
//!
//! In: a target. Out: options. Law: whatever its form, a query returns the same rows; where an option leaves events out that the engines do
//! not model (what Splunk has not summarised), the rest is as it was.

use spoor::backend::{Fidelity, Macros, Options, Purpose, Summaries, Target};

/// The options that change how the target's queries are written.
pub fn of(target: Target) -> Vec<Options> {
    let searches = |summaries, macros| Options { summaries, macros, ..Options::default() };
    match target {
        Target::Splunk => vec![
            searches(None, Macros::SecurityContent),
            searches(Some(Summaries::All), Macros::SecurityContent),
            searches(Some(Summaries::Macro), Macros::None),
            searches(Some(Summaries::Only), Macros::None),
        ],
        Target::SplunkRaw => vec![searches(None, Macros::SecurityContent)],
        Target::Defender => vec![Options { purpose: Purpose::NearRealTime, ..Options::default() }],
        Target::Sentinel => Vec::new(),
    }
}

/// What the query promises of rows that are all summarised. `plain`: that of the form without options.
pub fn promised(fidelity: Fidelity, plain: Fidelity, options: &Options) -> Fidelity {
    if options.summaries() == Summaries::Only { plain } else { fidelity }
}
