//! A technique or a tactic of ATT&CK, for `spoor schema`.
//!
//! In: an id, in either case. Out: its name, what became of it, its tactics, what is part of it. Exit 2: it has the form of an id, and
//! ATT&CK has none such.

use super::out::{Out, Paint};
use super::table::{Cell, table};
use super::{CLEAN, FAILED};
use crate::schema::Packs;
use crate::schema::attack::{Attack, Standing, Tactic, Technique, is_tactic_id, is_technique_id};

/// Nothing if the name has not the form of an id.
pub fn show(name: &str, packs: &Packs, out: &mut Out) -> Option<u8> {
    let (attack, id) = (&packs.attack, name.to_ascii_uppercase());
    let shown = if is_technique_id(&id) {
        attack.techniques.get(&id).map(|it| technique(&it, attack, out))
    } else if is_tactic_id(&id) {
        attack.tactic(&id).map(|it| tactic(it, attack, out))
    } else {
        return None;
    };
    if shown.is_none() {
        let near: Vec<String> = attack.near(&id).iter().take(3).map(|id| format!("`{id}`")).collect();
        let help = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        out.error(&format!("ATT&CK {} has no `{id}`{help}", attack.version));
    }
    Some(if shown.is_some() { CLEAN } else { FAILED })
}

fn technique(it: &Technique, attack: &Attack, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let kind = if it.parent().is_some() { "sub-technique" } else { "technique" };
    let since = it.since.as_ref().map_or(String::new(), |since| format!(", new in {since}"));
    out.line(&format!("{}: {}, a {kind} of ATT&CK {}{since}", paint.bold(&it.id), it.name, attack.version));
    let (mut rows, mut last) = (Vec::new(), "");
    let mut say = |head: &'static str, id: &str, name: &str| {
        // A head stands before the first row of its kind.
        let key = if std::mem::replace(&mut last, head) == head { "" } else { head };
        rows.push(vec![Cell::new(key), Cell::painted(id, Paint::cyan), Cell::new(name)]);
    };
    match &it.standing {
        Standing::Current => {}
        Standing::Deprecated => say("  deprecated", "", "nothing stands in its place"),
        Standing::Revoked(_) => {
            let now = attack.current(it);
            now.iter().for_each(|now| say("  revoked, now", &now.id, &now.name));
            if now.is_empty() {
                say("  revoked", "", "what stood in its place is gone too");
            }
        }
    }
    if let Some(former) = &it.former {
        say("  formerly", "", former);
    }
    if let Some(parent) = it.parent().and_then(|parent| attack.techniques.get(parent)) {
        say("  part of", &parent.id, &parent.name);
    }
    for tactic in it.tactics.iter().filter_map(|id| attack.tactic(id)) {
        // What is gone stood in the tactic when it had the other name.
        match &tactic.former {
            Some(former) if it.standing != Standing::Current => say("  tactics", &tactic.id, &format!("{former}, now {}", tactic.name)),
            _ => say("  tactics", &tactic.id, &tactic.name),
        }
    }
    for below in attack.techniques.below(&it.id) {
        say("  sub-techniques", &below.id, &named(&below));
    }
    out.print(&table(&rows, paint));
}

/// A tactic: the techniques that stand, without their sub-techniques.
fn tactic(it: &Tactic, attack: &Attack, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let former = it.former.as_ref().map_or(String::new(), |former| format!(", formerly {former}"));
    out.line(&format!("{}: {}, a tactic of ATT&CK {}{former}", paint.bold(&it.id), it.name, attack.version));
    let current = |technique: &Technique| technique.standing == Standing::Current && technique.parent().is_none();
    let all = attack.techniques.iter().filter(|technique| current(technique) && technique.tactics.contains(&it.id));
    let rows: Vec<Vec<Cell>> = all
        .map(|technique| {
            let below = attack.techniques.below(&technique.id).filter(|below| below.standing == Standing::Current).count();
            let below = if below == 0 { String::new() } else { format!("{below} sub-techniques") };
            vec![Cell::painted(format!("  {}", technique.id), Paint::cyan), Cell::new(technique.name), Cell::new(below)]
        })
        .collect();
    out.print(&table(&rows, paint));
}

fn named(technique: &Technique) -> String {
    match technique.standing {
        Standing::Current => technique.name.to_string(),
        Standing::Revoked(_) => format!("{} (revoked)", technique.name),
        Standing::Deprecated => format!("{} (deprecated)", technique.name),
    }
}
