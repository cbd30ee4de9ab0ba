//! Rules into the cells of the matrix.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, ClassRow, Column, Coverage, Elsewhere, Moved, RuleRow, Tally, names};
use crate::backend::Fidelity;
use crate::hir::Rule;
use crate::schema::attack::{Attack, Standing, Technique, is_tactic_id, is_technique_id};
use crate::schema::{ClassId, Packs, Target};

/// A rule and what each target makes of it.
pub struct Asked<'r> {
    pub rule: &'r Rule,
    /// As it is shown.
    pub path: &'r str,
    /// One a target.
    pub fidelities: Vec<Fidelity>,
}

impl Asked<'_> {
    /// No target has a query for it.
    fn is_refused(&self) -> bool {
        !self.fidelities.is_empty() && self.fidelities.iter().all(|fidelity| *fidelity == Fidelity::Refused)
    }
}

/// Counts the rules. `targets` are in the order of the fidelities.
pub fn count(asked: &[Asked<'_>], targets: &[Target], packs: &Packs) -> Coverage {
    let attack = &packs.attack;
    let ids = Ids::of(asked, attack);
    let tally = |rules: &[usize]| tallies(rules.iter().map(|rule| &asked[*rule]), targets.len());
    let named = |rules: &[usize]| rules.iter().map(|rule| asked[*rule].rule.name.clone()).collect::<Vec<_>>();
    let cell = |technique: &Technique, below: Vec<Cell>| {
        let rules = ids.techniques.get(technique.id.as_ref()).map_or(&[][..], Vec::as_slice);
        Cell { id: technique.id.to_string(), name: technique.name.to_string(), rules: named(rules), tallies: tally(rules), below }
    };
    let techniques: Vec<Technique> = attack.techniques.iter().filter(|technique| technique.standing == Standing::Current).collect();
    let column = |tactic: &crate::schema::attack::Tactic| {
        let here: Vec<&Technique> = techniques.iter().filter(|technique| technique.tactics.contains(&tactic.id)).collect();
        // A part whose whole is not in this tactic, which a pack of a user's may say, has a cell of its own.
        let whole = |part: &Technique| part.parent().is_some_and(|parent| here.iter().any(|other| other.id == parent));
        let mut cells: Vec<Cell> = Vec::new();
        for technique in here.iter().filter(|technique| !whole(technique)) {
            let parts = here.iter().filter(|part| part.parent() == Some(technique.id.as_ref()));
            cells.push(cell(technique, parts.map(|part| cell(part, Vec::new())).collect()));
        }
        cells.sort_by(|one, other| (one.name.to_lowercase(), &one.id).cmp(&(other.name.to_lowercase(), &other.id)));
        let own = ids.tactics.get(tactic.id.as_ref()).map_or(&[][..], Vec::as_slice);
        let mut rules: BTreeSet<&str> = cells.iter().flat_map(Cell::all_rules).collect();
        rules.extend(own.iter().map(|rule| asked[*rule].rule.name.as_str()));
        let rules = rules.len();
        Column { id: tactic.id.to_string(), name: tactic.name.to_string(), word: tactic.word(), rules, named: named(own), cells }
    };
    Coverage {
        attack: attack.version.to_string(),
        targets: names(targets),
        rules: asked.iter().map(|asked| row(asked, packs)).collect(),
        tactics: attack.tactics.iter().map(column).collect(),
        classes: classes(asked, targets.len(), packs),
        tallies: tallies(asked.iter(), targets.len()),
        without: named(&ids.without),
        refused: named(&ids.refused),
        elsewhere: ids.elsewhere.iter().map(|(id, rules)| Elsewhere { id: id.clone(), rules: named(rules) }).collect(),
        moved: ids.moved.iter().map(|(id, (to, rules))| Moved { id: id.clone(), to: to.clone(), rules: named(rules) }).collect(),
    }
}

/// The ids of all rules, each with the rules that name it, by their index.
#[derive(Default)]
struct Ids {
    /// Of those that stand.
    techniques: BTreeMap<String, Vec<usize>>,
    tactics: BTreeMap<String, Vec<usize>>,
    elsewhere: BTreeMap<String, Vec<usize>>,
    moved: BTreeMap<String, (Vec<String>, Vec<usize>)>,
    without: Vec<usize>,
    refused: Vec<usize>,
}

impl Ids {
    fn of(asked: &[Asked<'_>], attack: &Attack) -> Ids {
        let mut ids = Ids::default();
        for (index, asked) in asked.iter().enumerate() {
            if asked.is_refused() {
                ids.refused.push(index);
                continue;
            }
            let mut has_one = false;
            for id in &asked.rule.meta.attack {
                has_one |= ids.put(id, index, attack);
            }
            if !has_one {
                ids.without.push(index);
            }
        }
        ids
    }

    /// Whether a technique stands for it.
    fn put(&mut self, id: &str, index: usize, attack: &Attack) -> bool {
        if is_tactic_id(id) && attack.tactic(id).is_some() {
            once(self.tactics.entry(id.to_owned()).or_default(), index);
            return false;
        }
        let technique = if is_technique_id(id) { attack.techniques.get(id) } else { None };
        let now = technique.as_ref().map(|technique| attack.current(technique)).unwrap_or_default();
        if now.is_empty() {
            once(self.elsewhere.entry(id.to_owned()).or_default(), index);
            return false;
        }
        if now.iter().all(|now| now.id != id) {
            let moved = self.moved.entry(id.to_owned()).or_default();
            moved.0 = now.iter().map(|now| now.id.to_string()).collect();
            once(&mut moved.1, index);
        }
        for now in now {
            once(self.techniques.entry(now.id.into_owned()).or_default(), index);
        }
        true
    }
}

/// A rule may name an id twice, or two that became one.
fn once(rules: &mut Vec<usize>, rule: usize) {
    if rules.last() != Some(&rule) {
        rules.push(rule);
    }
}

fn tallies<'a>(rules: impl Iterator<Item = &'a Asked<'a>>, targets: usize) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); targets];
    for asked in rules {
        tallies.iter_mut().zip(&asked.fidelities).for_each(|(tally, fidelity)| tally.add(*fidelity));
    }
    tallies
}

fn classes_of(rule: &Rule) -> BTreeSet<ClassId> {
    rule.pattern.branches().map(|branch| branch.class).collect()
}

fn classes(asked: &[Asked<'_>], targets: usize, packs: &Packs) -> Vec<ClassRow> {
    let all: BTreeSet<ClassId> = asked.iter().flat_map(|asked| classes_of(asked.rule)).collect();
    let row = |class: ClassId| {
        let rules: Vec<&Asked<'_>> = asked.iter().filter(|asked| classes_of(asked.rule).contains(&class)).collect();
        ClassRow { name: packs.class(class).name.to_string(), rules: rules.len(), tallies: tallies(rules.into_iter(), targets) }
    };
    all.into_iter().map(row).collect()
}

fn row(asked: &Asked<'_>, packs: &Packs) -> RuleRow {
    RuleRow {
        name: asked.rule.name.clone(),
        title: asked.rule.meta.title.clone(),
        path: asked.path.to_owned(),
        attack: asked.rule.meta.attack.clone(),
        classes: classes_of(asked.rule).into_iter().map(|class| packs.class(class).name.to_string()).collect(),
        fidelities: asked.fidelities.iter().map(|fidelity| fidelity.name()).collect(),
    }
}
