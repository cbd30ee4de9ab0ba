//! The columns by which a service makes an alert of a row.
//!
//! In: a plan whose result should have them. Out: the first that is not there, with the table that lacks it, or the title that the rule gives to
//! something else. Law: all of them are of one event, the match itself or the last one of it; that is how the plan made them.
//! <https://learn.microsoft.com/defender-xdr/custom-detection-rules>, "Required columns in the query results"

use crate::backend::Target;
use crate::backend::bind::Place;
use crate::backend::plan::{ChainColumn, Chains, GroupColumn, Groups, MadeValue, Plan, Search, Shape, Shown};
use crate::diag::Diagnostic;
use crate::diag::targets::At;
use crate::diag::targets_kql::{self, Demand};
use crate::hir::LinkKind;

/// Tells an event from the others of its device, or of the service.
const REPORT: &str = "ReportId";

/// What a detection can be about, the first of them that the table has: devices, mailboxes, accounts.
const ENTITIES: [&str; 13] = [
    "DeviceId",
    "DeviceName",
    "RemoteDeviceName",
    "RecipientEmailAddress",
    "SenderFromAddress",
    "SenderMailFromAddress",
    "SenderObjectId",
    "RecipientObjectId",
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
    "InitiatingProcessAccountSid",
    "InitiatingProcessAccountUpn",
];

/// The columns that the rows of this table must show under their own names. Defender finds the event again by them, and
/// the device, mailbox or account to alert on; in Sentinel those are mapped by hand, so the time and the recorder are enough.
pub fn demands(place: &Place) -> Vec<String> {
    let has = |column: &&str| place.named(column).is_some();
    let mut demands: Vec<String> = place.time().into_iter().collect();
    match place.target {
        Target::Defender => {
            demands.extend(Some(REPORT).filter(has).map(str::to_owned));
            demands.extend(ENTITIES.iter().copied().find(has).map(str::to_owned));
        }
        Target::Sentinel => {
            let host = place.table().map_or(&place.schema.host, |table| place.schema.host_of(table));
            demands.extend(Some(host.as_ref()).filter(has).map(str::to_owned));
        }
        Target::Splunk | Target::SplunkRaw => {}
    }
    demands
}

/// What is not there, one for each search whose event an alert may be about.
pub fn lacking(plan: &Plan, target: Target, at: At) -> Vec<Diagnostic> {
    let every: Vec<(usize, &Search)> = match &plan.shape {
        Shape::Events | Shape::Groups(_) => plan.searches.iter().map(|search| (0, search)).collect(),
        Shape::Chains(chains) => {
            let of_step = |step: usize| plan.searches[chains.steps[step].searches.clone()].iter().map(move |search| (step, search));
            ending(chains).flat_map(of_step).collect()
        }
    };
    every.into_iter().filter_map(|(step, search)| undemanded(plan, step, search, target, at)).collect()
}

/// The steps whose hit may be the match's own.
fn ending(chains: &Chains) -> impl Iterator<Item = usize> {
    let deciding: Vec<usize> = (0..chains.steps.len()).filter(|step| !chains.steps[*step].optional).collect();
    let from = match chains.kind {
        LinkKind::Sequence => deciding.len().saturating_sub(1),
        LinkKind::Together | LinkKind::AtLeast(_) => 0,
    };
    deciding.into_iter().skip(from)
}

/// A demanded column that the table lacks, or that another column of the result stands in the place of.
fn undemanded(plan: &Plan, step: usize, search: &Search, target: Target, at: At) -> Option<Diagnostic> {
    let lacks = |demand| Some(targets_kql::no_demanded_column(at, &search.table, demand));
    let Some(time) = &search.time else { return lacks(Demand::Time) };
    let shows = |name: &str| match &plan.shape {
        Shape::Events => of_event(plan, search, name),
        Shape::Groups(groups) => of_group(groups, search, name),
        Shape::Chains(chains) => of_chain(chains, step, search, name),
    };
    let named = [time.as_str(), REPORT].into_iter().chain(ENTITIES);
    if let Some(name) = named.into_iter().find(|name| shows(name) == Stands::Other) {
        return Some(targets_kql::title_taken(at, name));
    }
    if target != Target::Defender {
        return None;
    }
    // An alert is found again by its time alone.
    if shows(REPORT) != Stands::Itself && !search.table.starts_with("Alert") {
        return lacks(Demand::Report);
    }
    if ENTITIES.into_iter().any(|name| shows(name) == Stands::Itself) { None } else { lacks(Demand::Entity) }
}

/// What stands under the name of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// The column, of the event that the alert is about.
    Itself,
    /// What the rule calls so.
    Other,
    /// Nothing.
    Nothing,
}

fn of_event(plan: &Plan, search: &Search, name: &str) -> Stands {
    let Some((column, shown)) = plan.columns.iter().zip(&search.shown).find(|(column, _)| column.title == name) else {
        return Stands::Nothing;
    };
    let is_itself = match shown {
        Shown::Time => search.time.as_deref() == Some(name),
        Shown::Value(native) => native.value.column().is_some_and(|column| column.name == name),
        Shown::Matched | Shown::Constant(_) | Shown::Nothing => false,
    };
    stands(is_itself, column.alias)
}

fn of_group(groups: &Groups, search: &Search, name: &str) -> Stands {
    if let Some(column) = groups.last_hit.iter().find(|column| column.title == name) {
        return stands(is_column(search, &search.made[column.what], name), false);
    }
    let Some(column) = groups.columns.iter().find(|column| column.title == name) else { return Stands::Nothing };
    let is_itself = match column.what {
        GroupColumn::Key(key) => is_column(search, &search.made[groups.keys[key]], name),
        GroupColumn::Window | GroupColumn::Aggregate(_) => false,
    };
    stands(is_itself, column.alias)
}

/// `step`: that of the search, whose hit is the match's own.
fn of_chain(chains: &Chains, step: usize, search: &Search, name: &str) -> Stands {
    let Some(column) = chains.columns.iter().find(|column| column.title == name) else { return Stands::Nothing };
    let made = |at: usize| search.made.get(chains.keys.len() + at).is_some_and(|value| is_column(search, value, name));
    let is_itself = match &column.what {
        ChainColumn::Last => search.time.as_deref() == Some(name),
        ChainColumn::Key(key) => is_column(search, &search.made[*key], name),
        // In the other patterns another step may be the last.
        ChainColumn::Step(of, at) => chains.kind == LinkKind::Sequence && *of == step && made(*at),
        ChainColumn::Own(of_steps) => of_steps[step].is_some_and(made),
        ChainColumn::First | ChainColumn::Delay | ChainColumn::Matched => false,
    };
    stands(is_itself, column.alias)
}

fn stands(is_itself: bool, alias: bool) -> Stands {
    match (is_itself, alias) {
        (true, _) => Stands::Itself,
        (false, true) => Stands::Other,
        (false, false) => Stands::Nothing,
    }
}

fn is_column(search: &Search, value: &MadeValue, name: &str) -> bool {
    match value {
        MadeValue::Time => search.time.as_deref() == Some(name),
        MadeValue::Value { native, .. } => native.value.column().is_some_and(|column| column.name == name),
        MadeValue::Cases(_) | MadeValue::Constant(_) | MadeValue::When(_) | MadeValue::Nothing => false,
    }
}
