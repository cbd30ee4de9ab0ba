//! Custom detections of Microsoft Defender, as the Graph API takes them.
//!
//! In: a rule with its query. Out: the body of `POST /security/rules/detectionRules`, one file. The resource types of the beta API:
//! <https://learn.microsoft.com/graph/api/resources/security-detectionrule>, `alertTemplate`, `ruleSchedule` (a run every 1, 3, 12 or 24 hours, or all the time),
//! `impactedDeviceAsset`, `impactedUserAsset`, `impactedMailboxAsset`, whose identifiers are columns of the result. Law: a rule that none of those
//! frequencies shows whole has no such form.

use crate::backend::Purpose;
use crate::backend::kql::schedule::fixed;
use crate::diag::Diagnostic;
use crate::diag::deploy as said;
use crate::hir::{Level, duration};

use super::entities::columns;
use super::sentinel::joined;
use super::tree::{Tree, text, texts};
use super::{Made, One, Part};

/// By which column an asset is known, and of what kind it is then; in the order in which one is chosen.
const ASSETS: [(&str, &[&str]); 3] = [
    (
        "#microsoft.graph.security.impactedDeviceAsset",
        &["deviceId", "deviceName", "remoteDeviceName", "targetDeviceName", "destinationDeviceName"],
    ),
    (
        "#microsoft.graph.security.impactedUserAsset",
        &[
            "accountObjectId",
            "accountSid",
            "accountUpn",
            "accountName",
            "accountId",
            "requestAccountSid",
            "recipientObjectId",
            "initiatingAccountSid",
            "initiatingProcessAccountUpn",
            "targetAccountUpn",
        ],
    ),
    ("#microsoft.graph.security.impactedMailboxAsset", &["recipientEmailAddress", "senderFromAddress", "senderMailFromAddress"]),
];

pub fn rule(one: &One<'_>) -> Result<Made, Box<Diagnostic>> {
    let facts = &one.facts;
    let mut left = Vec::new();
    let assets = assets(&columns(one.plan));
    if assets.is_empty() {
        return Err(
            one.refused("no column of its query names an asset", "show the device, the account or the mailbox that a match is about")
        );
    }
    let template = Tree::Map(vec![
        ("title", text(&facts.title)),
        ("description", text(facts.long_description())),
        ("severity", text(severity(facts.level))),
        ("category", text(facts.tactics.first().map_or_else(|| "SuspiciousActivity".to_owned(), |name| joined(name)))),
        ("recommendedActions", Tree::Null),
        ("mitreTechniques", texts(facts.techniques.clone())),
        ("impactedAssets", Tree::List(assets)),
    ]);
    if facts.tactics.len() > 1 {
        left.push(said::OTHER_TACTICS.to_owned());
    }
    let rule = Tree::Map(vec![
        ("displayName", text(&facts.title)),
        ("isEnabled", Tree::Bool(one.ground.settings.enabled)),
        ("queryCondition", Tree::Map(vec![("queryText", text(one.query))])),
        ("schedule", Tree::Map(vec![("period", text(period(one, &mut left)?))])),
        (
            "detectionAction",
            Tree::Map(vec![("alertTemplate", template), ("organizationalScope", Tree::Null), ("responseActions", Tree::List(Vec::new()))]),
        ),
    ]);
    Ok(Made { files: vec![(format!("{}.defender.json", one.stem), rule.json())], left, id: None, part: Part::Nothing })
}

/// `1H`; `0` is all the time.
fn period(one: &One<'_>, left: &mut Vec<String>) -> Result<String, Box<Diagnostic>> {
    match one.ground.options.purpose {
        Purpose::NearRealTime => return Ok("0".to_owned()),
        Purpose::Hunting | Purpose::CustomDetection => {}
    }
    let wanted = one.ground.settings.schedule;
    let Some(every) = fixed(one.rule, wanted) else {
        return Err(one.refused(
            "no frequency of the Graph API shows a run all that the rule must see at once",
            "it has runs every 1, 3, 12 and 24 hours, which look back 4 hours, 12, 48 and 30 days: ask for a shorter window, or make the detection in the portal",
        ));
    };
    if every != wanted {
        left.push(said::other_schedule(&duration(wanted), &duration(every)));
    }
    Ok(format!("{}H", every / 3_600))
}

/// One of each kind, by the first column that tells it.
fn assets(columns: &[&str]) -> Vec<Tree> {
    let known = |identifiers: &[&'static str]| {
        identifiers.iter().copied().find(|identifier| columns.iter().any(|column| column.eq_ignore_ascii_case(identifier)))
    };
    let asset = |(kind, identifiers): &(&'static str, &[&'static str])| {
        let identifier = known(identifiers)?;
        Some(Tree::Map(vec![("@odata.type", text(*kind)), ("identifier", text(identifier))]))
    };
    ASSETS.iter().filter_map(asset).collect()
}

/// <https://learn.microsoft.com/graph/api/resources/security-alert>, `alertSeverity`
fn severity(level: Level) -> &'static str {
    match level {
        Level::Informational => "informational",
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High | Level::Critical => "high",
    }
}
