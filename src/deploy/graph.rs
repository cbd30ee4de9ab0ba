//! Custom detections of Microsoft Defender, as the Graph API takes them.
//!
//! In: a rule with its query. Out: the body of `POST /security/rules/detectionRules`, one file, in the shape of version 1.0, which the beta has too:
//! <https://learn.microsoft.com/graph/api/resources/security-detectionrule>, `alertTemplate`, `ruleSchedule`, `mitreTactic`, and
//! `entityMappingConfiguration`, whose values are columns of the result. (`period`, `category`, `mitreTechniques` and `impactedAssets`, which the beta had
//! before, were to go on 2026-10-01.) A run comes every 1, 3, 12 or 24 hours, whose look-back the service derives, or all the time. Law: a rule
//! that none of those frequencies shows whole has no such form.

use crate::backend::Purpose;
use crate::backend::kql::schedule::fixed;
use crate::diag::Diagnostic;
use crate::diag::deploy as said;
use crate::hir::{Level, duration};

use super::entities::columns;
use super::facts;
use super::sentinel::{iso, joined};
use super::tree::{Tree, text, texts};
use super::{Made, One, Part};

/// The columns by which the device is known whose event it is, each with what the service calls it; then those of other devices, one of which will do.
const HOST: [(&str, &str); 2] = [("deviceIdColumn", "DeviceId"), ("nameColumn", "DeviceName")];
const OTHER_HOSTS: [(&str, &str); 3] =
    [("nameColumn", "RemoteDeviceName"), ("nameColumn", "TargetDeviceName"), ("nameColumn", "DestinationDeviceName")];
/// The same of accounts.
const ACCOUNT: [(&str, &str); 5] = [
    ("aadUserIdColumn", "AccountObjectId"),
    ("sidColumn", "AccountSid"),
    ("upnColumn", "AccountUpn"),
    ("nameColumn", "AccountName"),
    ("ntDomainColumn", "AccountDomain"),
];
const OTHER_ACCOUNTS: [(&str, &str); 5] = [
    ("sidColumn", "RequestAccountSid"),
    ("aadUserIdColumn", "RecipientObjectId"),
    ("sidColumn", "InitiatingAccountSid"),
    ("upnColumn", "InitiatingProcessAccountUpn"),
    ("upnColumn", "TargetAccountUpn"),
];
const MAILBOXES: [(&str, &str); 3] = [
    ("primaryAddressColumn", "RecipientEmailAddress"),
    ("primaryAddressColumn", "SenderFromAddress"),
    ("primaryAddressColumn", "SenderMailFromAddress"),
];

pub fn rule(one: &One<'_>) -> Result<Made, Box<Diagnostic>> {
    let facts = &one.facts;
    let mut left = facts.former.told.clone();
    let entities = entities(&columns(one.plan));
    if entities.is_empty() {
        return Err(
            one.refused("no column of its query names an asset", "show the device, the account or the mailbox that a match is about")
        );
    }
    let (title, description) = (without_columns(&facts.title), without_columns(&facts.long_description()));
    left.extend((title != facts.title || description != facts.long_description()).then(|| said::BRACES.to_owned()));
    let template = Tree::Map(vec![
        ("title", text(title)),
        ("description", text(description)),
        ("severity", text(severity(facts.level))),
        ("recommendedActions", Tree::Null),
        ("tactics", Tree::List(facts.tactics.iter().map(|name| tactic(one, name)).collect())),
        ("entityMappings", Tree::Map(entities)),
    ]);
    let rule = Tree::Map(vec![
        ("displayName", text(&facts.title)),
        ("isEnabled", Tree::Bool(one.ground.settings.enabled)),
        ("queryCondition", Tree::Map(vec![("queryText", text(one.query))])),
        ("schedule", Tree::Map(vec![("frequency", text(frequency(one, &mut left)?))])),
        ("detectionAction", Tree::Map(vec![("alertTemplate", template), ("organizationalScope", Tree::Null)])),
    ]);
    Ok(Made {
        files: vec![(format!("{}.defender.json", one.stem), rule.json())],
        left,
        id: None,
        name: Some(facts.title.clone()),
        part: Part::Nothing,
    })
}

/// In an alert's title and description two braces begin the name of a column, whose value stands there:
/// <https://learn.microsoft.com/defender-xdr/custom-detection-rules>
fn without_columns(text: &str) -> String {
    text.replace("{{", "\u{ff5b}\u{ff5b}").replace("}}", "\u{ff5d}\u{ff5d}")
}

/// A tactic with those of the rule's techniques that are of it; sub-techniques below their own.
fn tactic(one: &One<'_>, name: &str) -> Tree {
    let attack = &one.ground.packs.attack;
    let is_of = |id: &&String| facts::tactic_names(attack, std::slice::from_ref(*id)).iter().any(|known| known == name);
    let mut techniques: Vec<(&str, Vec<String>)> = Vec::new();
    for id in one.facts.former.techniques.iter().filter(is_of) {
        let parent = id.split('.').next().unwrap_or(id);
        let at = techniques.iter().position(|(known, _)| *known == parent).unwrap_or_else(|| {
            techniques.push((parent, Vec::new()));
            techniques.len() - 1
        });
        if id != parent {
            techniques[at].1.push(id.clone());
        }
    }
    let technique = |(id, below): (&str, Vec<String>)| Tree::Map(vec![("technique", text(id.to_owned())), ("subTechniques", texts(below))]);
    Tree::Map(vec![("tactic", text(joined(name))), ("techniques", Tree::List(techniques.into_iter().map(technique).collect()))])
}

/// `PT1H`; of no length it is all the time.
fn frequency(one: &One<'_>, left: &mut Vec<String>) -> Result<String, Box<Diagnostic>> {
    match one.ground.options.purpose {
        Purpose::NearRealTime => return Ok("PT0S".to_owned()),
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
    Ok(iso(every))
}

/// One of each kind: by all columns that know the event's own, else by the first that knows another.
fn entities(columns: &[&str]) -> Vec<(&'static str, Tree)> {
    let known = |(property, name): &(&'static str, &str)| {
        columns.iter().find(|column| column.eq_ignore_ascii_case(name)).map(|column| (*property, text(column.to_string())))
    };
    let one = |own: &[(&'static str, &str)], others: &[(&'static str, &str)]| {
        let own: Vec<_> = own.iter().filter_map(known).collect();
        let found = if own.is_empty() { others.iter().find_map(known).into_iter().collect() } else { own };
        (!found.is_empty()).then(|| Tree::List(vec![Tree::Map(found)]))
    };
    // A domain alone is no account.
    let accounts = one(&ACCOUNT[..4], &[]).and_then(|_| one(&ACCOUNT, &[])).or_else(|| one(&[], &OTHER_ACCOUNTS));
    let all = [("hosts", one(&HOST, &OTHER_HOSTS)), ("accounts", accounts), ("mailboxes", one(&[], &MAILBOXES))];
    all.into_iter().filter_map(|(kind, mapping)| Some((kind, mapping?))).collect()
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
