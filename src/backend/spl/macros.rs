//! What a site chooses of a search: summaries, and the macros it rests on.
//!
//! In: the options of a run. Out: the pieces of a search that depend on them. Law: without macros a search runs wherever the data models
//! are; with them it reads as Splunk's own content does, and returns the same where the macros are as they are shipped.
//! Splunk's security content, `macros/`: `security_content_summariesonly` is `summariesonly=false allow_old_summaries=true
//! fillnull_value=null` (each value a macro of its own), `security_content_ctime(field)` the `convert` below, `NAME_filter` is `search *`.
//! Splunk_SA_CIM has `summariesonly` (`summariesonly=false`) and `drop_dm_object_name(dataset)`, the `rename` below.

use crate::backend::lines::Lines;
use crate::backend::{Macros, Options, Summaries};
use crate::hir::Rule;

/// Behind `tstats`: which events, and what stands in a column of `by` that is null, which would drop the row.
pub fn settings(options: &Options) -> String {
    if settings_are_macro(options) {
        return "`security_content_summariesonly`".to_owned();
    }
    let summaries = match options.summaries() {
        Summaries::All => "summariesonly=false",
        Summaries::Only => "summariesonly=true",
        Summaries::Macro => "`summariesonly`",
    };
    format!("{summaries} allow_old_summaries=true fillnull_value=\"{}\"", fill(options))
}

/// One macro says them all.
pub fn settings_are_macro(options: &Options) -> bool {
    match (options.summaries(), options.macros) {
        (Summaries::Macro, Macros::SecurityContent) => true,
        (Summaries::Macro, Macros::None) | (Summaries::All | Summaries::Only, Macros::None | Macros::SecurityContent) => false,
    }
}

/// What tstats writes where a column of `by` is null. `unknown` is what the data models themselves write for nothing.
pub fn fill(options: &Options) -> &'static str {
    if settings_are_macro(options) { "null" } else { "unknown" }
}

/// Takes the dataset's name from the columns.
pub fn drop_owner(owner: &str, options: &Options) -> Lines {
    match options.macros {
        Macros::None => format!("rename {owner}.* as *").into(),
        Macros::SecurityContent => format!("`drop_dm_object_name({owner})`").into(),
    }
}

/// Times that can be read.
pub fn readable(columns: &[&str], options: &Options) -> Vec<Lines> {
    match options.macros {
        Macros::None => {
            let calls: Vec<String> = columns.iter().map(|column| format!("ctime({column})")).collect();
            vec![format!("convert timeformat=\"%Y-%m-%dT%H:%M:%S\" {}", calls.join(" ")).into()]
        }
        Macros::SecurityContent => columns.iter().map(|column| format!("`security_content_ctime({column})`").into()).collect(),
    }
}

/// The last command: what the site leaves out of this rule.
pub fn filter(rule: &Rule, options: &Options) -> Option<Lines> {
    match options.macros {
        Macros::None => None,
        Macros::SecurityContent => Some(Lines::from(format!("`{}`", filter_name(rule))).at(&[rule.span])),
    }
}

/// `NAME_filter`. "Use underscores": Knowledge Manager Manual, "Use search macros in searches".
pub fn filter_name(rule: &Rule) -> String {
    let plain: String = rule.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("{plain}_filter")
}
