//! Rules as an app of Splunk: `savedsearches.conf` and what it needs beside it.
//!
//! In: rules with their searches. Out: the files of the app, below a folder of its id. Settings as Splunk's own content has them (contentctl,
//! `savedsearches_detections.j2`), and as `savedsearches.conf.spec` says: the scheduler gives the window of time, each event belongs to one run
//! (`realtime_schedule = 0`: none is skipped), and of what several runs see one is a match (`alert.suppress`). Law: `splunk-appinspect` finds no
//! fault; a reader of the files finds exactly these settings.

use crate::backend::schedule::{Need, may_fall, need};
use crate::backend::{Macros, Target};
use crate::diag::Diagnostic;
use crate::diag::deploy as said;
use crate::hir::{Level, Rule};

use super::conf::{Conf, line, stanza_name};
use super::entities::{Entity, Found, entities, identity};
use super::facts::one_line;
use super::settings::{Action, cron, evenly};
use super::tree::{Tree, text, texts};
use super::{Ground, Made, One, Part, ids, whole};

/// A saved search, and what it asks for.
pub struct Search {
    stanza: String,
    /// The macro by which a site filters it.
    filter: Option<String>,
    lookups: Vec<(String, String)>,
    told: Vec<String>,
}

/// The rule as a scheduled search asks: without its window, which is the scheduler's, unless it counts in one that is the rule's own. `name`: what the macro
/// that filters it is named after.
pub fn scheduled(rule: &Rule, name: Option<&str>) -> Rule {
    let mut rule = rule.clone();
    match need(&rule) {
        Some(Need::Window { .. }) => {}
        Some(Need::Whole(_)) | None => rule.last = None,
    }
    if let Some(name) = name {
        rule.name = name.to_owned();
        // They stand beside the search. contentctl looks for macros and lookups in comments too: `lookup Via` in a title would be one.
        rule.meta.title = None;
        rule.meta.version = None;
    }
    rule
}

/// Whether the search says on a schedule what it says when it reads all time: of a window that is cut at the beginning of a run too few hits are counted, and
/// a rule that a further hit could undo would find what is not there.
pub fn fits(one: &One<'_>) -> Result<(), Box<Diagnostic>> {
    let is_cut = one.rule.last.is_none() && one.rule.group.as_ref().is_some_and(|group| group.per.is_some()) && may_fall(one.rule);
    if is_cut {
        return Err(one.refused(
            "each run cuts a window at its beginning, in which too few hits are then counted",
            "state how far a run looks back, as in `last 1d`: then the search leaves the window out that is cut",
        ));
    }
    if let Some(Need::Window { every, .. }) = need(one.rule)
        && evenly(every) > every
    {
        return Err(one.refused(
            "it must be asked more often than every 5 minutes",
            "a run counts what lies in its window alone, and between two windows nobody would look: ask for a longer `last`, or count in windows that follow each other (`per`)",
        ));
    }
    Ok(())
}

/// When a search runs, and which time it reads.
pub struct Schedule {
    pub every: u64,
    pub earliest: String,
    pub latest: String,
    /// How long one match may come again: the time that several runs read.
    pub again: Option<u64>,
}

pub fn schedule(one: &One<'_>) -> Schedule {
    let settings = one.ground.settings;
    let minutes = |seconds: u64| seconds.div_ceil(60);
    let need = need(one.rule);
    if let Some(Need::Window { look_back, every }) = need {
        // The search counts in a window of its own that ends now.
        let every = settings.schedule.min(evenly(every));
        return Schedule {
            every,
            earliest: format!("-{}m", minutes(look_back.seconds)),
            latest: "now".to_owned(),
            again: Some(look_back.seconds),
        };
    }
    let span = whole(need).map_or(0, |span| span.seconds);
    let back = settings.schedule.saturating_add(span).saturating_add(settings.delay);
    Schedule {
        every: settings.schedule,
        earliest: format!("-{}m@m", minutes(back)),
        latest: if settings.delay == 0 { "@m".to_owned() } else { format!("-{}m@m", minutes(settings.delay)) },
        again: need.is_some().then_some(back),
    }
}

/// Longer names cannot be edited in Enterprise Security: contentctl, `ES_MAX_STANZA_LENGTH`.
const LONGEST: usize = 99;

pub fn search(one: &One<'_>) -> Made {
    let Ground { settings, options, .. } = one.ground;
    let facts = &one.facts;
    let mut left = Vec::new();
    let mut conf = Conf::new();
    let told = one.told();
    told.iter().for_each(|line| conf.comment(line));
    let name = name(one);
    if name.cut {
        left.push(said::SHORT_NAME.to_owned());
    }
    conf.stanza(&name.text);
    let found = entities(one.plan);
    let risk = risk_objects(&found);
    if settings.has(Action::Risk) && risk.is_empty() {
        left.push(said::NO_ENTITY.to_owned());
    }
    // By these keys Enterprise Security takes a search for its own.
    if !settings.actions.is_empty() {
        conf.set("action.correlationsearch.enabled", "1");
        conf.set("action.correlationsearch.label", &name.text);
        conf.set("action.correlationsearch.annotations", &annotations(one).json_line());
        conf.set("action.correlationsearch.metadata", &metadata(one).json_line());
    }
    let description = line(&facts.long_description());
    left.extend(tokens(&[&facts.title, &description]).filter(|_| !settings.actions.is_empty()));
    if settings.has(Action::Notable) {
        conf.set("action.notable", "1");
        conf.set("action.notable.param.rule_title", &without_tokens(&facts.title));
        conf.set("action.notable.param.rule_description", &without_tokens(&description));
        conf.set("action.notable.param.security_domain", domain(one.group(), one.class()));
        conf.set("action.notable.param.severity", facts.level.name());
        conf.set("action.notable.param.nes_fields", &risk.iter().map(|found| found.column.as_str()).collect::<Vec<_>>().join(","));
    }
    if settings.has(Action::Risk) && !risk.is_empty() {
        conf.set("action.risk", "1");
        conf.set("action.risk.param._risk", &risk_param(&found, facts.score).json_line());
        conf.set("action.risk.param._risk_message", &message(one, &found));
        conf.set("action.risk.param._risk_score", "0");
        conf.set("action.risk.param.verbose", "0");
    }
    conf.set("alert.digest_mode", "1");
    conf.set("alert.severity", severity(facts.level));
    let schedule = schedule(one);
    let identity = identity(one.plan);
    if let Some(again) = schedule.again.filter(|_| !identity.is_empty()) {
        conf.set("alert.suppress", "1");
        conf.set("alert.suppress.fields", &identity.join(","));
        conf.set("alert.suppress.period", &format!("{}m", again.div_ceil(60)));
    }
    // A search that finds something and tells nobody is none.
    if !settings.has(Action::Notable) && (!settings.has(Action::Risk) || risk.is_empty()) {
        conf.set("alert.track", "1");
    }
    conf.set("allow_skew", "100%");
    conf.set("counttype", "number of events");
    conf.set("cron_schedule", &cron(schedule.every));
    conf.set("description", &without_tokens(&description));
    conf.set("disabled", if settings.enabled { "0" } else { "1" });
    conf.set("dispatch.earliest_time", &schedule.earliest);
    conf.set("dispatch.latest_time", &schedule.latest);
    conf.set("enableSched", "1");
    conf.set("is_visible", "0");
    conf.set("quantity", "0");
    conf.set("realtime_schedule", "0");
    conf.set("relation", "greater than");
    conf.set("schedule_window", "auto");
    conf.set_lines("search", one.query);
    let filter = (options.macros == Macros::SecurityContent).then(|| crate::backend::spl::filter_name(one.rule));
    let lookups = one.lowered.files.iter().map(|file| (file.name.clone(), file.text())).collect();
    Made {
        files: Vec::new(),
        left,
        id: Some(facts.id.clone()),
        name: Some(name.text.clone()),
        part: Part::Search(Search { stanza: conf.finish(), filter, lookups, told }),
    }
}

struct Name {
    text: String,
    cut: bool,
}

/// `Spoor - password_spray - Rule`
fn name(one: &One<'_>) -> Name {
    let settings = one.ground.settings;
    let suffix = if settings.suffix.is_empty() { String::new() } else { format!(" {}", settings.suffix) };
    // Two targets of one rule are two searches.
    let target = match one.lowered.target {
        Target::SplunkRaw => " (raw)",
        Target::Splunk | Target::Defender | Target::Sentinel => "",
    };
    let around = |name: &str| stanza_name(&format!("{} - {name}{target}{suffix} - Rule", settings.label));
    let whole = around(&one_line(&one.rule.name));
    let is_whole = whole.chars().count() <= LONGEST;
    let is_plain = stanza_name(&one_line(&one.rule.name)) == one.rule.name;
    if is_whole && is_plain {
        return Name { text: whole, cut: false };
    }
    // What is left of two names may be alike, and of two stanzas of one name Splunk makes one.
    let mark = &ids::digest(one.rule.name.as_bytes())[..6];
    if is_whole && whole.chars().count() + mark.len() < LONGEST {
        return Name { text: around(&format!("{}~{mark}", one_line(&one.rule.name))), cut: false };
    }
    let room = LONGEST.saturating_sub(around("").chars().count() + mark.len() + 1);
    let begin: String = one_line(&one.rule.name).chars().take(room).collect();
    Name { text: around(&format!("{begin}~{mark}")), cut: true }
}

fn annotations(one: &One<'_>) -> Tree {
    let mut pairs = vec![("analytic_story", texts(one.facts.stories.clone()))];
    if !one.facts.techniques.is_empty() {
        pairs.push(("mitre_attack", texts(one.facts.techniques.clone())));
    }
    Tree::Map(pairs)
}

fn metadata(one: &One<'_>) -> Tree {
    let facts = &one.facts;
    let pairs = [
        ("detection_id", facts.id.as_str()),
        ("detection_version", facts.version.as_str()),
        ("author", facts.author.as_str()),
        ("date", facts.date.as_str()),
        ("rule", one.rule.name.as_str()),
        ("fidelity", one.lowered.fidelity.name()),
    ];
    Tree::Map(pairs.into_iter().map(|(key, value)| (key, text(value))).collect())
}

/// Those whom a match is about, and who bear the risk of it. Where no host and no account is known, an address stands for the system.
pub fn risk_objects(found: &[Found]) -> Vec<&Found> {
    let is_whom = |found: &&Found| risk_type(found.entity).is_some_and(|_| found.entity != Entity::Address);
    let whom: Vec<&Found> = found.iter().filter(is_whom).collect();
    if whom.is_empty() { found.iter().filter(|found| found.entity == Entity::Address).collect() } else { whom }
}

pub fn risk_type(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::Host | Entity::Address => Some("system"),
        Entity::User | Entity::UserPrincipal | Entity::Recipient => Some("user"),
        Entity::UserSid
        | Entity::ProcessName
        | Entity::CommandLine
        | Entity::ParentName
        | Entity::ParentCommandLine
        | Entity::FileName
        | Entity::FilePath
        | Entity::Hash
        | Entity::Domain
        | Entity::Url
        | Entity::RegistryKey
        | Entity::RegistryValue
        | Entity::Sender
        | Entity::Subject
        | Entity::UserAgent
        | Entity::Service => None,
    }
}

/// As contentctl lists the types of threat objects.
pub fn threat_type(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::Host | Entity::User | Entity::UserSid | Entity::UserPrincipal | Entity::Recipient => None,
        Entity::Address => Some("ip_address"),
        Entity::ProcessName => Some("process_name"),
        Entity::CommandLine => Some("process"),
        Entity::ParentName => Some("parent_process_name"),
        Entity::ParentCommandLine => Some("parent_process"),
        Entity::FileName => Some("file_name"),
        Entity::FilePath => Some("file_path"),
        Entity::Hash => Some("file_hash"),
        Entity::Domain => Some("domain"),
        Entity::Url => Some("url"),
        Entity::RegistryKey => Some("registry_path"),
        Entity::RegistryValue => Some("registry_value_name"),
        Entity::Sender => Some("email_address"),
        Entity::Subject => Some("email_subject"),
        Entity::UserAgent => Some("http_user_agent"),
        Entity::Service => Some("service"),
    }
}

/// What the match is made with, beside those whom it is about.
pub fn threat_objects<'f>(found: &'f [Found], risk: &[&Found]) -> Vec<(&'f Found, &'static str)> {
    let others = found.iter().filter(|found| !risk.contains(found));
    others.filter_map(|found| threat_type(found.entity).map(|kind| (found, kind))).collect()
}

fn risk_param(found: &[Found], score: u64) -> Tree {
    let risk = risk_objects(found);
    let whom = risk.iter().filter_map(|found| {
        let kind = risk_type(found.entity)?;
        Some(Tree::Map(vec![
            ("risk_object_field", text(&found.column)),
            ("risk_object_type", text(kind)),
            ("risk_score", Tree::Number(score)),
        ]))
    });
    let what = threat_objects(found, &risk).into_iter();
    let what = what.map(|(found, kind)| Tree::Map(vec![("threat_object_field", text(&found.column)), ("threat_object_type", text(kind))]));
    Tree::List(whom.chain(what).collect())
}

/// `Password spray from one address: src_ip=$src_ip$`
pub fn message(one: &One<'_>, found: &[Found]) -> String {
    let whom: Vec<String> = risk_objects(found).iter().map(|found| format!("{0}=${0}$", found.column)).collect();
    let title = without_tokens(&one.facts.title);
    if whom.is_empty() { title } else { format!("{title}: {}", whom.join(", ")) }
}

/// A text in which Splunk finds no token: between two dollars it looks for the name of a field, and no page says how to write a dollar that is none. Another sign of it stands
/// there.
pub fn without_tokens(text: &str) -> String {
    text.replace('$', "\u{ff04}")
}

/// Where that is done, it is told.
pub fn tokens(texts: &[&str]) -> Option<String> {
    texts.iter().any(|text| text.contains('$')).then(|| said::DOLLARS.to_owned())
}

/// `alert.severity`: 2 is informational, 6 critical.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Informational => "2",
        Level::Low => "3",
        Level::Medium => "4",
        Level::High => "5",
        Level::Critical => "6",
    }
}

/// Enterprise Security knows six of them.
pub fn domain(group: &str, class: &str) -> &'static str {
    match (group, class) {
        (_, "logon" | "domain_logon" | "signin") => "access",
        (_, "account" | "directory") => "identity",
        (_, "log_cleared") => "audit",
        ("endpoint", _) => "endpoint",
        ("network", _) => "network",
        _ => "threat",
    }
}

/// The files of the app, in the order of the rules.
pub fn app(searches: &[&Search], ground: &Ground<'_>) -> Vec<(String, String)> {
    let settings = ground.settings;
    let mut files = vec![
        ("default/app.conf".to_owned(), app_conf(ground)),
        ("default/savedsearches.conf".to_owned(), saved(searches)),
        ("metadata/default.meta".to_owned(), META.to_owned()),
        (
            "README.md".to_owned(),
            said::readme(&settings.label, &settings.description, &searches.iter().map(|search| search.told.clone()).collect::<Vec<_>>()),
        ),
    ];
    files.extend(macros(searches, ground).map(|text| ("default/macros.conf".to_owned(), text)));
    let mut lookups: Vec<&(String, String)> = searches.iter().flat_map(|search| &search.lookups).collect();
    lookups.sort();
    lookups.dedup_by(|one, other| one.0 == other.0);
    if !lookups.is_empty() {
        let mut conf = Conf::new();
        conf.comment(said::MADE);
        conf.blank();
        for (name, _) in &lookups {
            conf.stanza(name.strip_suffix(".csv").unwrap_or(name));
            conf.set("filename", name);
        }
        files.push(("default/transforms.conf".to_owned(), conf.finish()));
    }
    files.extend(lookups.into_iter().map(|(name, text)| (format!("lookups/{name}"), text.clone())));
    files.into_iter().map(|(name, text)| (format!("{}/{name}", settings.app), text)).collect()
}

/// Enterprise Security sees searches that are shared with all apps; all else stays in this one.
const META: &str = "[]
access = read : [ * ], write : [ admin, sc_admin ]
export = none

[savedsearches]
export = system
";

fn app_conf(ground: &Ground<'_>) -> String {
    let settings = ground.settings;
    let mut conf = Conf::new();
    conf.comment(said::MADE);
    conf.blank();
    conf.stanza("install");
    // Set by Splunk, once a site has set the app up.
    conf.set("is_configured", "0");
    conf.stanza("ui");
    conf.set("is_visible", "0");
    // Five characters at least: appinspect.
    conf.set("label", &settings.label);
    conf.stanza("launcher");
    conf.set("author", &settings.author);
    conf.set("description", &settings.description);
    conf.set("version", &settings.version);
    conf.stanza("package");
    conf.set("id", &settings.app);
    conf.set("check_for_updates", "0");
    conf.stanza("id");
    conf.set("name", &settings.app);
    conf.set("version", &settings.version);
    conf.finish()
}

fn saved(searches: &[&Search]) -> String {
    let mut head = Conf::new();
    head.comment(said::MADE);
    let stanzas = searches.iter().map(|search| search.stanza.as_str());
    std::iter::once(head.finish().as_str()).chain(stanzas).collect::<Vec<_>>().join("\n")
}

/// The macros of Splunk's own content, as it is shipped, and one a rule.
fn macros(searches: &[&Search], ground: &Ground<'_>) -> Option<String> {
    let mut filters: Vec<&str> = searches.iter().filter_map(|search| search.filter.as_deref()).collect();
    if ground.options.macros == Macros::None || filters.is_empty() {
        return None;
    }
    filters.sort_unstable();
    filters.dedup();
    let mut conf = Conf::new();
    conf.comment(said::MADE);
    conf.blank();
    conf.stanza("security_content_ctime(1)");
    conf.set("args", "field");
    conf.set("definition", "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime($field$)");
    conf.set("description", said::CTIME);
    conf.stanza("security_content_summariesonly");
    conf.set("definition", "summariesonly=false allow_old_summaries=true fillnull_value=null");
    conf.set("description", said::SUMMARIES);
    for filter in filters {
        conf.stanza(filter);
        conf.set("definition", "search *");
        conf.set("description", said::FILTER);
    }
    Some(conf.finish())
}
