//! What a rule says about itself, in the terms that all products share.
//!
//! In: a rule, the project's settings, ATT&CK. Out: [`Facts`]. Law: each of them is the rule's own, the project's, or a default that docs/deploy.md
//! states; the same rule gives the same facts on every run.

use crate::diag::deploy as said;
use crate::hir::{Level, Rule};
use crate::schema::Packs;
use crate::schema::attack::{Attack, Standing, Technique};

use super::ids;
use super::settings::Settings;

pub struct Facts {
    /// A UUID.
    pub id: String,
    /// Of one line, with the suffix of the project.
    pub title: String,
    pub description: String,
    /// Of a rule that states none: medium.
    pub level: Level,
    pub score: u64,
    /// Names of tactics as ATT&CK had them before it split Defense Evasion: products know those. In the order of the matrix.
    pub tactics: Vec<String>,
    /// `T1059`, `T1059.001`, each once.
    pub techniques: Vec<String>,
    /// The same in the words of ATT&CK before its last version, which products do not take yet.
    pub former: Former,
    pub references: Vec<String>,
    pub false_positives: Vec<String>,
    pub author: String,
    pub date: String,
    /// As the rule has it, or the project.
    pub version: String,
    pub stories: Vec<String>,
}

/// Techniques of the past in the place of those that the last version brought.
#[derive(Default)]
pub struct Former {
    pub techniques: Vec<String>,
    /// What stands elsewhere so, each told.
    pub told: Vec<String>,
}

impl Former {
    fn of(techniques: &[String], attack: &Attack) -> Former {
        let mut former = Former::default();
        for id in techniques {
            let since = attack.techniques.get(id).and_then(|technique| technique.since);
            let known = match &since {
                None => Some(id.clone()),
                Some(_) => before(id, attack),
            };
            if let Some(since) = since {
                former.told.push(said::newer_technique(id, &since, known.as_deref()));
            }
            former.techniques.extend(known.filter(|known| !former.techniques.contains(known)));
        }
        former
    }
}

/// The technique that this one took the place of; of several their own technique, where they have one. None: there was none.
fn before(id: &str, attack: &Attack) -> Option<String> {
    let is_it = |technique: &Technique| matches!(&technique.standing, Standing::Revoked(by) if by.iter().any(|by| *by == *id));
    let of: Vec<String> = attack.techniques.iter().filter(is_it).map(|technique| technique.id.to_string()).collect();
    match of.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [first, others @ ..] => {
            let parent = |id: &String| id.split('.').next().unwrap_or(id).to_owned();
            others.iter().all(|other| parent(other) == parent(first)).then(|| parent(first))
        }
    }
}

impl Facts {
    pub fn of(rule: &Rule, settings: &Settings, packs: &Packs) -> Facts {
        let id = rule.meta.id.as_deref().unwrap_or(&rule.name);
        let one = |key: &str| texts(rule, key).first().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let title = one_line(rule.meta.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&rule.name));
        let level = rule.meta.level.unwrap_or(Level::Medium);
        let said: Vec<String> = [one("description"), docs(rule)].into_iter().flatten().collect();
        let authors = texts(rule, "author").join(", ");
        Facts {
            id: if settings.suffix.is_empty() { ids::uuid(id) } else { ids::uuid(&format!("{id} {}", settings.suffix)) },
            description: if said.is_empty() { title.clone() } else { said.join("\n\n") },
            title: if settings.suffix.is_empty() { title } else { format!("{title} {}", settings.suffix) },
            level,
            score: settings.risk_score.unwrap_or_else(|| score(level, one("confidence").as_deref())),
            tactics: tactics(rule, packs),
            former: Former::of(&techniques(rule), &packs.attack),
            techniques: techniques(rule),
            references: texts(rule, "references").to_vec(),
            false_positives: texts(rule, "falsepositives").to_vec(),
            author: if authors.trim().is_empty() { settings.author.clone() } else { authors },
            date: one("modified").or_else(|| one("date")).map_or_else(|| settings.date.clone(), |date| date.replace('/', "-")),
            version: rule.meta.version.clone().unwrap_or_else(|| settings.version.clone()),
            stories: if settings.analytic_story.is_empty() { vec![settings.label.clone()] } else { settings.analytic_story.clone() },
        }
    }

    /// With what an analyst asks next, for products that have no other place for it.
    pub fn long_description(&self) -> String {
        let list = |head: &str, items: &[String]| match items {
            [] => String::new(),
            items => format!("\n\n{head}:\n{}", items.iter().map(|item| format!("- {}", one_line(item))).collect::<Vec<_>>().join("\n")),
        };
        format!("{}{}{}", self.description, list("False positives", &self.false_positives), list("References", &self.references))
    }

    /// `1.2.0`; None: its version has no such form.
    pub fn three_numbers(&self) -> Option<String> {
        let mut numbers: Vec<u32> = self.version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        if numbers.len() > 3 {
            return None;
        }
        numbers.resize(3, 0);
        Some(numbers.iter().map(u32::to_string).collect::<Vec<_>>().join("."))
    }

    /// The former ids without sub-techniques, each once.
    pub fn parents(&self) -> Vec<String> {
        let mut parents: Vec<String> = Vec::new();
        for technique in &self.former.techniques {
            let parent = technique.split('.').next().unwrap_or(technique);
            if !parents.iter().any(|known| known == parent) {
                parents.push(parent.to_owned());
            }
        }
        parents
    }
}

/// The values of a key.
pub fn texts<'r>(rule: &'r Rule, key: &str) -> &'r [String] {
    rule.meta.entries.iter().find(|(name, _)| name == key).map_or(&[], |(_, values)| values)
}

pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn docs(rule: &Rule) -> Option<String> {
    let docs = rule.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n");
    Some(docs.trim().to_owned()).filter(|docs| !docs.is_empty())
}

/// The highest of the band that Enterprise Security, and contentctl, call by the name of the level; less sure, less of it, in the band still.
fn score(level: Level, confidence: Option<&str>) -> u64 {
    let highest = match level {
        Level::Informational => 20,
        Level::Low => 40,
        Level::Medium => 60,
        Level::High => 80,
        Level::Critical => 100,
    };
    highest
        - match confidence {
            Some("low") => 15,
            Some("medium") => 8,
            Some(_) | None => 0,
        }
}

fn techniques(rule: &Rule) -> Vec<String> {
    let mut techniques: Vec<String> = Vec::new();
    for id in rule.meta.attack.iter().filter(|id| crate::schema::attack::is_technique_id(id)) {
        if !techniques.contains(id) {
            techniques.push(id.clone());
        }
    }
    techniques
}

fn tactics(rule: &Rule, packs: &Packs) -> Vec<String> {
    tactic_names(&packs.attack, &rule.meta.attack)
}

/// The tactics of techniques, and those that are named themselves, as products know them.
pub fn tactic_names(attack: &Attack, named: &[String]) -> Vec<String> {
    let of_techniques = named.iter().filter_map(|id| attack.techniques.get(id));
    let mut ids: Vec<String> =
        of_techniques.flat_map(|technique| technique.tactics.iter().map(|id| id.to_string()).collect::<Vec<_>>()).collect();
    ids.extend(named.iter().filter(|id| id.starts_with("TA")).cloned());
    let mut names: Vec<String> = Vec::new();
    for tactic in attack.tactics.iter().filter(|tactic| ids.iter().any(|id| tactic.id == *id)) {
        let name = tactic.former.as_ref().unwrap_or(&tactic.name).to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
