//! The ids under `attack:`.
//!
//! In: the entry of a rule, ATT&CK as the packs have it. Out: a finding at each id that ATT&CK does not have, that it took back, or that
//! stands there twice. A technique beside its sub-technique, or beside its tactic, is usual and no finding. Software, groups and mitigations
//! (`S0154`, `G0007`, `M1032`) are taken as written: no pack lists them.

use crate::diag::{lints, names};
use crate::schema::attack::{Attack, Standing, is_other_id, is_tactic_id, is_technique_id};
use crate::source::Span;
use crate::syntax::ast::{MetaAtom, MetaValue, Name};

use super::Checker;
use super::meta::atoms;

impl<'a> Checker<'a> {
    pub(super) fn attack_ids(&mut self, value: &'a MetaValue) {
        let mut seen: Vec<&Name> = Vec::new();
        for atom in atoms(value) {
            let MetaAtom::Technique(name) = atom else { continue };
            match seen.iter().find(|first| first.text == name.text) {
                Some(first) => {
                    let before = seen.last().unwrap_or(first).at.0;
                    self.id_twice(name, first.at.0, before);
                }
                None => self.attack_id(name),
            }
            seen.push(name);
        }
    }

    fn id_twice(&mut self, name: &Name, first: Span, before: Span) {
        let at = name.at.0;
        let gap = Span { start: before.end, end: at.start, ..at };
        // A comma and a blank: no room for a comment, which a person would miss.
        let certain = gap.end.saturating_sub(gap.start) <= 2;
        self.report(lints::id_listed_twice(at, &name.text, first, gap, certain));
    }

    fn attack_id(&mut self, name: &Name) {
        let (attack, at, id) = (&self.packs.attack, name.at.0, name.text.as_str());
        if is_technique_id(id) {
            let Some(technique) = attack.techniques.get(id) else { return self.unknown_id(name) };
            match technique.standing {
                Standing::Current => {}
                Standing::Revoked(_) => self.report(lints::revoked_technique(at, &technique, &attack.current(&technique))),
                Standing::Deprecated => self.report(lints::deprecated_technique(at, &technique)),
            }
        } else if is_tactic_id(id) {
            if attack.tactic(id).is_none() {
                self.unknown_id(name);
            }
        } else if id.contains('.') {
            // Only techniques have parts.
            self.unknown_id(name);
        }
    }

    fn unknown_id(&mut self, name: &Name) {
        let (attack, id) = (&self.packs.attack, name.text.as_str());
        let parent = id.split_once('.').and_then(|(parent, _)| attack.techniques.get(parent));
        let meant = match parent {
            Some(parent) => {
                let now = attack.current(&parent);
                names::MeantId::Parent(parent, now)
            }
            None => names::MeantId::Near(attack.near(id).iter().filter_map(|near| titled(attack, near)).collect()),
        };
        self.report(names::unknown_attack_id(name.at.0, id, attack, &meant));
    }

    /// The id that another spelling stands for: in lower case, as a tag of Sigma, the name of a tactic or of a technique.
    pub(super) fn attack_id_of(&self, written: &str) -> Option<String> {
        let attack = &self.packs.attack;
        let lower = written.trim().to_lowercase();
        let plain = lower.strip_prefix("attack.").unwrap_or(&lower);
        let upper = plain.to_uppercase();
        if is_technique_id(&upper) || is_tactic_id(&upper) || is_other_id(&upper) {
            return Some(upper);
        }
        let word = plain.replace([' ', '_'], "-");
        let tactic = attack.tactics.iter().find(|tactic| tactic.word() == word);
        let mut techniques =
            attack.techniques.iter().filter(|technique| technique.standing == Standing::Current && technique.name.to_lowercase() == plain);
        match (tactic, techniques.next(), techniques.next()) {
            (Some(tactic), _, _) => Some(tactic.id.to_string()),
            (None, Some(only), None) => Some(only.id.to_string()),
            // Some sub-techniques share a name: which of them, nobody can know.
            (None, _, _) => None,
        }
    }
}

/// An id with the name of what it stands for.
fn titled(attack: &Attack, id: &str) -> Option<(String, String)> {
    let technique = attack.techniques.get(id).map(|technique| technique.name);
    let name = technique.or_else(|| attack.tactic(id).map(|tactic| tactic.name.clone()))?;
    Some((id.to_owned(), name.into_owned()))
}
