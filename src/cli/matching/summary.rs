//! What was read and found, in few lines for people.
//!
//! In: each event, each match. Out: which rules matched how often, how many events each source had, and which rules could not match: there was
//! no event of their class, or none had a value in a field without which they never hold.

use std::collections::BTreeMap;

use crate::cli::counted;
use crate::cli::out::Paint;
use crate::cli::table::{Cell, table};
use crate::diag::render;
use crate::engine::Fields;
use crate::hir::{Level, Op, Pred, Rule};
use crate::schema::{ClassId, FieldId, Packs};

/// More rules, sources or names are counted only.
const MOST: usize = 20;

pub struct Seen {
    /// By rule.
    matches: Vec<usize>,
    classes: Vec<OfClass>,
    /// Of each class what it is before any event.
    begun: Vec<OfClass>,
    sources: Vec<(String, usize)>,
    /// Somebody will read it; else nothing is counted for it.
    wanted: bool,
}

#[derive(Clone, Default)]
struct OfClass {
    events: usize,
    /// Fields that a rule needs, and that no event had.
    awaited: Vec<FieldId>,
}

impl Seen {
    pub fn new(rules: &[Rule], packs: &Packs, wanted: bool) -> Seen {
        let mut classes = vec![OfClass::default(); packs.model.classes.len()];
        for branch in rules.iter().filter(|_| wanted).flat_map(|rule| rule.pattern.branches()) {
            let (class, of_class) = (packs.class(branch.class), &mut classes[usize::from(branch.class.0)]);
            // A part of a time is there where the time is, and every event has its own.
            let asked = branch.cases.iter().flat_map(|case| needed(&case.pred));
            let held = asked.map(|field| class.get(field).part.map_or(field, |(time, _)| time));
            of_class.awaited.extend(held.filter(|field| !class.get(*field).computed && class.get(*field).name != "time"));
        }
        for of_class in &mut classes {
            of_class.awaited.sort_unstable();
            of_class.awaited.dedup();
        }
        Seen { matches: vec![0; rules.len()], begun: classes.clone(), classes, sources: Vec::new(), wanted }
    }

    /// What it has seen so far of classes, which is all that a thread of its own counts; it begins anew.
    pub fn split_off(&mut self) -> Seen {
        // Where nobody will read it nothing was counted.
        let begun = if self.wanted { self.begun.clone() } else { Vec::new() };
        let classes = if self.wanted { std::mem::replace(&mut self.classes, begun) } else { begun };
        Seen { matches: Vec::new(), classes, begun: Vec::new(), sources: Vec::new(), wanted: self.wanted }
    }

    /// Takes in what another thread has seen of the source, with the number of its events.
    pub fn merge(&mut self, other: Seen, events: usize) {
        self.read(events);
        for (of_class, other) in self.classes.iter_mut().zip(other.classes) {
            of_class.events += other.events;
            of_class.awaited.retain(|field| other.awaited.contains(field));
        }
    }

    /// The source of the events to come.
    pub fn begin(&mut self, source: &str) {
        self.sources.push((source.to_owned(), 0));
    }

    /// So many that were read, of a class or of none.
    pub fn read(&mut self, events: usize) {
        if let Some((_, count)) = self.sources.last_mut() {
            *count += events;
        }
    }

    /// What it is of one class.
    pub fn event(&mut self, event: &dyn Fields) {
        if self.wanted
            && let Some(of_class) = self.classes.get_mut(usize::from(event.class().0))
        {
            of_class.events += 1;
            of_class.awaited.retain(|field| {
                let mut has = false;
                event.values(*field, &mut |_| has = true);
                !has
            });
        }
    }

    pub fn matched(&mut self, rule: usize) {
        self.matches[rule] += 1;
    }

    /// The number of rules that matched.
    pub fn rules(&self) -> usize {
        self.matches.iter().filter(|count| **count > 0).count()
    }

    /// The rules without a level that matched.
    pub fn without_level(&self, rules: &[Rule]) -> Vec<String> {
        let found = self.matches.iter().zip(rules).filter(|(count, rule)| **count > 0 && rule.meta.level.is_none());
        found.map(|(_, rule)| rule.name.clone()).collect()
    }

    /// Whether a rule of this level or above matched.
    pub fn has(&self, rules: &[Rule], least: Level) -> bool {
        self.matches.iter().zip(rules).any(|(count, rule)| *count > 0 && rule.meta.level >= Some(least))
    }

    /// Empty where none is wanted.
    pub fn summary(&self, rules: &[Rule], packs: &Packs, paint: Paint) -> String {
        if !self.wanted {
            return String::new();
        }
        let mut text = self.of_rules(rules, paint);
        text.push_str(&self.of_sources(paint));
        text.push_str(&self.unasked(rules, packs));
        text
    }

    fn of_rules(&self, rules: &[Rule], paint: Paint) -> String {
        let mut found: Vec<(&Rule, usize)> = rules.iter().zip(self.matches.iter().copied()).filter(|(_, count)| *count > 0).collect();
        found.sort_by(|(rule, count), (other, others)| (other.meta.level, others, &rule.name).cmp(&(rule.meta.level, count, &other.name)));
        let row = |(rule, count): &(&Rule, usize)| {
            vec![
                Cell::new(count.to_string()).right(),
                Cell::new(rule.meta.level.map_or("-", Level::name)),
                Cell::new(render::plain(&rule.name)),
            ]
        };
        listed(["matches", "level", "rule"], &found, row, "rule", paint)
    }

    fn of_sources(&self, paint: Paint) -> String {
        let row = |(source, count): &(String, usize)| vec![Cell::new(count.to_string()).right(), Cell::new(render::plain(source))];
        listed(["events", "source"], &self.sources, row, "source", paint)
    }

    fn unasked(&self, rules: &[Rule], packs: &Packs) -> String {
        let count = |class: ClassId| self.classes[usize::from(class.0)].events;
        let (asked, unmet): (Vec<&Rule>, Vec<&Rule>) =
            rules.iter().partition(|rule| rule.pattern.branches().any(|branch| count(branch.class) > 0));
        let mut text = String::new();
        if !unmet.is_empty() {
            let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
            for rule in &unmet {
                let mut of: Vec<&str> = rule.pattern.branches().map(|branch| packs.class(branch.class).name.as_ref()).collect();
                of.dedup();
                of.into_iter().for_each(|class| *classes.entry(class).or_default() += 1);
            }
            let classes: Vec<String> = classes.iter().map(|(class, count)| format!("{class} {count}")).collect();
            text.push_str(&format!("{} had no event of their class ({})\n", counted(unmet.len(), "rule"), classes.join(", ")));
        }
        let lacks: Vec<String> =
            asked.iter().filter_map(|rule| Some(format!("{} ({})", render::plain(&rule.name), self.lacking(rule, packs)?))).collect();
        if !lacks.is_empty() {
            let more = lacks.len().saturating_sub(MOST);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let shown: Vec<&str> = lacks.iter().take(MOST).map(String::as_str).collect();
            text.push_str(&format!(
                "{} never had a value in a field that they need: {}{more}\n",
                counted(lacks.len(), "rule"),
                shown.join(", ")
            ));
        }
        text
    }

    /// A field without which the rule never holds, and that no event of its class had.
    fn lacking(&self, rule: &Rule, packs: &Packs) -> Option<String> {
        let mut lacking = None;
        for branch in rule.pattern.branches() {
            let class = packs.class(branch.class);
            let OfClass { events, awaited } = &self.classes[usize::from(branch.class.0)];
            if *events == 0 {
                continue;
            }
            let missing = |pred: &Pred| needed(pred).into_iter().find(|field| awaited.contains(field));
            let missing: Vec<Option<FieldId>> = branch.cases.iter().map(|case| missing(&case.pred)).collect();
            // One way to match is enough.
            let first = missing.iter().copied().collect::<Option<Vec<FieldId>>>()?.first().copied()?;
            lacking.get_or_insert_with(|| class.get(first).name.to_string());
        }
        lacking
    }
}

/// The fields without a value in which a predicate is false.
fn needed(pred: &Pred) -> Vec<FieldId> {
    match pred {
        Pred::All(parts) => parts.iter().flat_map(needed).collect(),
        Pred::Any(parts) => {
            let mut each = parts.iter().map(needed);
            let first = each.next().unwrap_or_default();
            each.fold(first, |common, part| common.into_iter().filter(|field| part.contains(field)).collect())
        }
        Pred::Not(_) => Vec::new(),
        Pred::Test(test) => match &test.op {
            Op::Field { other, .. } if other.step.is_none() => vec![test.field, other.field],
            _ => vec![test.field],
        },
    }
}

/// A table of the first of them, and how many there are more.
fn listed<T, const N: usize>(head: [&str; N], all: &[T], row: impl Fn(&T) -> Vec<Cell>, what: &str, paint: Paint) -> String {
    if all.is_empty() {
        return String::new();
    }
    let head = head.map(|name| Cell::painted(name, |paint, text| paint.bold(text)));
    let rows: Vec<Vec<Cell>> = std::iter::once(head.to_vec()).chain(all.iter().take(MOST).map(row)).collect();
    let more = all.len().saturating_sub(MOST);
    let more = if more > 0 { format!("and {} more\n", counted(more, what)) } else { String::new() };
    format!("{}{more}\n", table(&rows, paint))
}
