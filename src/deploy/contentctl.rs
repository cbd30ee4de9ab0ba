//! Detections in the layout of Splunk's security content, as contentctl reads them.
//!
//! In: a rule with its search. Out: `detections/<domain>/<name>.yml`, and a story for those that belong to none of the site's. What contentctl asks: its
//! models (`contentctl/objects`): the name of the file, and of the macro that filters the search, follow from the name of the detection; names of a length that
//! Enterprise Security can edit; risk where the type is TTP or Anomaly. Law: what it builds with these files is what the rule says. Its tests read data
//! that was recorded, which a rule has not, so a detection is experimental.

use crate::diag::Diagnostic;
use crate::diag::deploy as said;
use crate::hir::{Level, duration};

use super::entities::{entities, identity};
use super::facts::one_line;
use super::sentinel::cut;
use super::splunk::{domain, fits, message, risk_objects, risk_type, schedule, threat_objects, tokens, without_tokens};
use super::tree::{Tree, text, texts};
use super::{Ground, Made, One, Part, ids};

/// `CONTENTCTL_MAX_SEARCH_NAME_LENGTH`
const LONGEST: usize = 67;

pub fn detection(one: &One<'_>) -> Result<Made, Box<Diagnostic>> {
    fits(one)?;
    let facts = &one.facts;
    let name = words(one.stem);
    if name.len() > LONGEST {
        let why = format!("its name has more than {LONGEST} characters");
        return Err(one.refused(&why, "give the rule a shorter name"));
    }
    if !one.lowered.files.is_empty() {
        return Err(
            one.refused("its search asks for the file of a long list", "`--format savedsearches` writes the list beside its search")
        );
    }
    let mut left = Vec::new();
    let found = entities(one.plan);
    let risk = risk_objects(&found);
    let kind = kind(facts.level, !risk.is_empty());
    if risk.is_empty() {
        left.push(said::NO_ENTITY.to_owned());
    }
    let (links, others): (Vec<String>, Vec<String>) = facts.references.iter().cloned().partition(|link| is_link(link));
    if !others.is_empty() {
        left.push(said::NOT_A_LINK.to_owned());
    }
    if facts.date == "1970-01-01" {
        left.push(said::NO_DATE.to_owned());
    }
    left.extend(tokens(&[&description(one)]));
    let version: u64 = facts.version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(1);
    // A rule without one has the project's, which is that of an app.
    if one.rule.meta.version.is_some() && version.to_string() != facts.version {
        left.push(said::version_form(&facts.version, &version.to_string()));
    }
    let domain = domain(one.group(), one.class());
    let mut pairs = vec![
        ("name", text(&name)),
        ("id", text(&facts.id)),
        ("version", Tree::Number(version)),
        ("date", text(&facts.date)),
        ("author", text(cut(&facts.author, 255, "author", &mut left))),
        ("status", text("experimental")),
        ("type", text(kind)),
        ("description", text(without_tokens(&cut(&description(one), 10_000, "description", &mut left)))),
        ("data_source", Tree::List(Vec::new())),
        ("search", text(one.query)),
        ("how_to_implement", text(how_to_implement(one))),
        ("known_false_positives", text(false_positives(one))),
        ("references", texts(links)),
    ];
    if kind != "Hunting" {
        pairs.push(("drilldown_searches", drilldowns(&risk.iter().map(|found| found.column.as_str()).collect::<Vec<_>>())));
        let whom = risk.iter().filter_map(|found| {
            Some(Tree::Map(vec![
                ("field", text(&found.column)),
                ("type", text(risk_type(found.entity)?)),
                ("score", Tree::Number(facts.score)),
            ]))
        });
        let what = threat_objects(&found, &risk).into_iter();
        let what = what.map(|(found, kind)| Tree::Map(vec![("field", text(&found.column)), ("type", text(kind))]));
        pairs.push((
            "rba",
            Tree::Map(vec![
                ("message", text(message(one, &found))),
                ("risk_objects", Tree::List(whom.collect())),
                ("threat_objects", Tree::List(what.collect())),
            ]),
        ));
    }
    pairs.push(("tags", tags(one, domain, &mut left)));
    let head: String = one.told().iter().map(|line| format!("# {}\n", super::conf::line(line))).collect();
    let file = format!("{head}{}", Tree::Map(pairs).yaml());
    Ok(Made {
        files: vec![(format!("detections/{domain}/{}.yml", one.stem), file)],
        left,
        id: Some(facts.id.clone()),
        name: Some(name.clone()),
        part: Part::Detection,
    })
}

/// `Password Spray`: what contentctl makes the name of the file of.
fn words(stem: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    stem.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// A finding, or points alone, or neither.
fn kind(level: Level, has_risk: bool) -> &'static str {
    match level {
        _ if !has_risk => "Hunting",
        Level::Informational => "Hunting",
        Level::Low | Level::Medium => "Anomaly",
        Level::High | Level::Critical => "TTP",
    }
}

fn description(one: &One<'_>) -> String {
    let facts = &one.facts;
    if one_line(&facts.description) == facts.title {
        facts.title.clone()
    } else {
        format!("{}. {}", facts.title.trim_end_matches('.'), facts.description)
    }
}

fn how_to_implement(one: &One<'_>) -> String {
    let mut sources: Vec<&str> = one.plan.searches.iter().map(|search| search.table.as_str()).collect();
    sources.dedup();
    let schedule = schedule(one);
    // The schedules of content are those of its deployments: what a rule over several events asks of one stands here.
    let own = schedule.again.map(|_| said::own_schedule(&duration(schedule.every), &schedule.earliest, &schedule.latest));
    said::how_to_implement(&sources, &one.told(), &one.lowered.assumptions, own)
}

fn false_positives(one: &One<'_>) -> String {
    let said = one.facts.false_positives.iter().map(|text| one_line(text)).collect::<Vec<_>>().join("; ");
    if said.chars().count() < 4 { said::NO_FALSE_POSITIVES.to_owned() } else { said }
}

fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.chars().any(char::is_whitespace))
}

fn drilldowns(fields: &[&str]) -> Tree {
    let tokens = fields.iter().map(|field| format!("${field}$")).collect::<Vec<_>>();
    let whom = tokens.join(" and ");
    let tests = fields.iter().map(|field| format!("{field} = \"${field}$\"")).collect::<Vec<_>>().join(" ");
    let quoted = tokens.iter().map(|token| format!("\"{token}\"")).collect::<Vec<_>>().join(", ");
    let risk = format!(
        "| from datamodel Risk.All_Risk | search normalized_risk_object IN ({quoted}) starthoursago=168 | stats count min(_time) as firstTime max(_time) as lastTime values(search_name) as \"Search Name\" values(risk_message) as \"Risk Message\" by normalized_risk_object | `security_content_ctime(firstTime)` | `security_content_ctime(lastTime)`"
    );
    let drilldown = |name: String, search: String| {
        Tree::Map(vec![
            ("name", text(name)),
            ("search", text(search)),
            ("earliest_offset", text("$info_min_time$")),
            ("latest_offset", text("$info_max_time$")),
        ])
    };
    Tree::List(vec![
        drilldown(format!("View the detection results for {whom}"), format!("%original_detection_search% | search {tests}")),
        drilldown(format!("View risk events for the last 7 days for {whom}"), risk),
    ])
}

fn tags(one: &One<'_>, domain: &'static str, left: &mut Vec<String>) -> Tree {
    let techniques = &one.facts.techniques;
    // A technique beside one of its own is a mistake there.
    let is_alone = |technique: &&String| {
        !techniques.iter().any(|other| other.strip_prefix(technique.as_str()).is_some_and(|rest| rest.starts_with('.')))
    };
    let named: Vec<String> = techniques.iter().filter(is_alone).cloned().collect();
    if named.len() < techniques.len() {
        left.push(said::PARENT_BESIDE_SUB.to_owned());
    }
    let mut pairs = vec![
        ("analytic_story", texts(one.facts.stories.clone())),
        ("asset_type", text(asset_type(one.group(), one.class()))),
        ("mitre_attack_id", texts(named)),
        ("product", texts(PRODUCTS)),
        ("security_domain", text(domain)),
    ];
    let schedule = schedule(one);
    let identity = identity(one.plan);
    if let Some(again) = schedule.again.filter(|_| !identity.is_empty()) {
        let throttling = Tree::Map(vec![("fields", texts(identity)), ("period", text(format!("{}m", again.div_ceil(60))))]);
        pairs.push(("throttling", throttling));
    }
    Tree::Map(pairs)
}

const PRODUCTS: [&str; 3] = ["Splunk Enterprise", "Splunk Enterprise Security", "Splunk Cloud"];

/// `AssetType` of contentctl.
fn asset_type(group: &str, class: &str) -> &'static str {
    match (group, class) {
        (_, "webserver") => "Web Server",
        (_, "web") => "Web Proxy",
        ("network", _) => "Network",
        ("identity", _) => "Identity",
        (_, "cloud_audit" | "cloud_app" | "graph_api") => "Cloud Instance",
        _ => "Endpoint",
    }
}

/// The story that detections without one of the site's belong to.
pub fn story(ground: &Ground<'_>) -> Vec<(String, String)> {
    let settings = ground.settings;
    if !settings.analytic_story.is_empty() {
        return Vec::new();
    }
    let told = said::story(&settings.label);
    let tags = Tree::Map(vec![
        ("category", texts(["Uncategorized"])),
        ("product", texts(PRODUCTS)),
        ("usecase", text("Advanced Threat Detection")),
    ]);
    let story = Tree::Map(vec![
        ("name", text(&settings.label)),
        ("id", text(ids::uuid(&format!("story {}", settings.label)))),
        ("version", Tree::Number(1)),
        ("date", text(&settings.date)),
        ("author", text(&settings.author)),
        ("status", text("production")),
        ("description", text(&told)),
        ("narrative", text(&told)),
        ("references", Tree::List(Vec::new())),
        ("tags", tags),
    ]);
    // As contentctl makes the name of a file of a name.
    let stem: String = settings.label.chars().map(|c| if matches!(c, ' ' | '-' | '.' | '/') { '_' } else { c }).collect();
    vec![(format!("stories/{}.yml", stem.to_lowercase()), story.yaml())]
}

/// The stem of a detection: what its name gives back. Lower case letters, digits and single underscores.
pub fn stem(plain: &str) -> String {
    let letters: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let words: Vec<&str> = letters.split('_').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "rule".to_owned() } else { words.join("_") }
}
