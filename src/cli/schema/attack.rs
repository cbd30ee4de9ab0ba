//! A technique or a tactic of ATT&CK.
//!
//! In: an id, in either case. Out: [`TechniquePage`] or [`TacticPage`]: its name, what became of it, its tactics, what is part of it.

use serde::Serialize;

use super::find::Page;
use crate::schema::attack::{Attack, Standing, Tactic, Technique, is_tactic_id, is_technique_id};

#[derive(Serialize)]
pub struct TechniquePage {
    pub id: String,
    pub name: String,
    /// Of ATT&CK.
    pub version: String,
    pub sub_technique: bool,
    pub since: Option<String>,
    /// `current`, `revoked` or `deprecated`
    pub standing: &'static str,
    /// What stands in its place.
    pub now: Vec<Named>,
    pub formerly: Option<String>,
    pub part_of: Option<Named>,
    pub tactics: Vec<Named>,
    pub parts: Vec<Named>,
}

#[derive(Serialize)]
pub struct TacticPage {
    pub id: String,
    pub name: String,
    pub version: String,
    pub formerly: Option<String>,
    /// Those that stand.
    pub techniques: Vec<Named>,
}

#[derive(Serialize)]
pub struct Named {
    pub id: String,
    pub name: String,
    /// How many sub-techniques of it stand; `revoked`, `deprecated`; the name of a tactic now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Named {
    fn new(id: &str, name: &str) -> Named {
        Named { id: id.to_owned(), name: name.to_owned(), note: String::new() }
    }
}

/// None: the name has not the form of an id, or ATT&CK has none such.
pub fn page(name: &str, attack: &Attack) -> Option<Page<'static>> {
    let id = name.to_ascii_uppercase();
    if is_technique_id(&id) {
        attack.techniques.get(&id).map(|it| Page::Technique(technique(&it, attack)))
    } else if is_tactic_id(&id) {
        attack.tactic(&id).map(|it| Page::Tactic(tactic(it, attack)))
    } else {
        None
    }
}

fn technique(it: &Technique, attack: &Attack) -> TechniquePage {
    let now = match &it.standing {
        Standing::Current | Standing::Deprecated => Vec::new(),
        Standing::Revoked(_) => attack.current(it).iter().map(|now| Named::new(&now.id, &now.name)).collect(),
    };
    let in_tactic = |tactic: &Tactic| match &tactic.former {
        // What is gone stood in the tactic when it had the other name.
        Some(former) if it.standing != Standing::Current => {
            Named { note: format!("now {}", tactic.name), ..Named::new(&tactic.id, former) }
        }
        _ => Named::new(&tactic.id, &tactic.name),
    };
    let part = |part: Technique| Named { note: standing(&part.standing, "").to_owned(), ..Named::new(&part.id, &part.name) };
    TechniquePage {
        id: it.id.to_string(),
        name: it.name.to_string(),
        version: attack.version.to_string(),
        sub_technique: it.parent().is_some(),
        since: it.since.as_ref().map(|since| since.to_string()),
        standing: standing(&it.standing, "current"),
        now,
        formerly: it.former.as_ref().map(|former| former.to_string()),
        part_of: it.parent().and_then(|parent| attack.techniques.get(parent)).map(|parent| Named::new(&parent.id, &parent.name)),
        tactics: it.tactics.iter().filter_map(|id| attack.tactic(id)).map(in_tactic).collect(),
        parts: attack.techniques.below(&it.id).map(part).collect(),
    }
}

fn standing(standing: &Standing, current: &'static str) -> &'static str {
    match standing {
        Standing::Current => current,
        Standing::Revoked(_) => "revoked",
        Standing::Deprecated => "deprecated",
    }
}

/// The techniques that stand, without their sub-techniques.
fn tactic(it: &Tactic, attack: &Attack) -> TacticPage {
    let current = |technique: &Technique| technique.standing == Standing::Current && technique.parent().is_none();
    let all = attack.techniques.iter().filter(|technique| current(technique) && technique.tactics.contains(&it.id));
    let named = |technique: Technique| {
        let below = attack.techniques.below(&technique.id).filter(|below| below.standing == Standing::Current).count();
        let note = if below == 0 { String::new() } else { format!("{below} sub-techniques") };
        Named { note, ..Named::new(&technique.id, &technique.name) }
    };
    TacticPage {
        id: it.id.to_string(),
        name: it.name.to_string(),
        version: attack.version.to_string(),
        formerly: it.former.as_ref().map(|former| former.to_string()),
        techniques: all.map(named).collect(),
    }
}
