//! A rule of Sigma to a rule of the language.
//!
//! In: a rule as written, the packs. Out: the tree that the language's own parser would have made, every node at its place in the YAML; and
//! what is wrong. A log source selects the class and its actions; each item is a test over the class's fields. What the class cannot carry
//! is read over the records of a log, in which any field has a place, and that is said. Law: a rule finds the events that the
//! specification says, or it is an error.

mod build;
mod correlation;
mod events;
mod logic;
mod meta;
mod names;
mod test;
mod typed;
mod values;

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::sigma::LogSource;
use crate::schema::{Actions, Field, Packs, Str, Type, nearest};
use crate::source::Span;
use crate::syntax::ast::{self, At, Expr, Op};

use super::modifier::Asked;
use super::tree::{Filter, Head, Item, Rule, Word};
use build::Manner;
pub use correlation::{Part, is_named, lower as lower_correlation};
use events::Chosen;
use logic::Logic;
use names::{Means, Reading};
use test::{Asking, Fit, Unfit};

/// The rule under a name; none where a part of it is wrong.
pub fn lower(rule: &Rule, filters: &[&Filter], name: &str, packs: &Packs, out: &mut Vec<Diagnostic>) -> Option<ast::Rule> {
    let items = meta::items(&rule.head, out);
    let (_, branch) = branch(rule, filters, packs, out)?;
    let detect = ast::Detect { pattern: ast::Pattern::One(branch), group: ast::Group::default(), at: At(rule.body) };
    Some(named(&rule.head, name, items, detect, rule.at))
}

fn named(head: &Head, name: &str, mut items: Vec<ast::Item>, detect: ast::Detect, at: Span) -> ast::Rule {
    let at = At(at);
    items.push(ast::Item::Detect(detect));
    let named = head.title.as_ref().map_or(at.0, |title| title.at);
    ast::Rule { docs: Vec::new(), name: build::name(name, named), items, complete: true, at }
}

/// The events of a rule that pass these filters, and over what they are read.
fn branch<'p>(rule: &Rule, filters: &[&Filter], packs: &'p Packs, out: &mut Vec<Diagnostic>) -> Option<(Reading<'p>, ast::Branch)> {
    let own = logic::read(rule, &packs.sigma, out);
    let source = source(rule, packs, out);
    let mut logic = own?;
    if !filters.is_empty() {
        let mut parts = vec![logic];
        for filter in filters {
            parts.push(logic::read(&filter.rule, &packs.sigma, out)?);
        }
        logic = Logic::All(parts, rule.body);
    }
    over(&logic, rule, source?, packs, out)
}

/// The log source that the rule names, as packs know it.
fn source<'p>(rule: &Rule, packs: &'p Packs, out: &mut Vec<Diagnostic>) -> Option<&'p LogSource> {
    let named = &rule.source;
    let part = |word: &Option<Word>| word.as_ref().map_or(String::new(), |word| word.text.trim().to_lowercase());
    let parts = [part(&named.category), part(&named.product), part(&named.service)];
    if let Some(source) = packs.sigma.find(&parts[0], &parts[1], &parts[2]) {
        return Some(source);
    }
    let shown = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/");
    // A part that is nearly one of those that stand beside the others.
    let words = [&named.category, &named.product, &named.service];
    for (index, word) in words.iter().enumerate() {
        let Some(word) = word else { continue };
        let beside = packs.sigma.sources.iter().filter(|source| {
            (0..3).all(|other| other == index || source.parts()[other].is_empty() || source.parts()[other] == parts[other])
        });
        let known = beside.map(|source| source.parts()[index]).filter(|part| !part.is_empty());
        if let Some(near) = nearest(&parts[index], known).filter(|near| *near != parts[index]) {
            out.push(say::unknown_log_source(named.at, &shown, Some((near, word.at))));
            return None;
        }
    }
    out.push(say::unknown_log_source(named.at, &shown, None));
    packs.sigma.find("application", "", "")
}

/// The branch over the class of the source, or over records.
fn over<'p>(
    logic: &Logic<'_>,
    rule: &Rule,
    source: &'p LogSource,
    packs: &'p Packs,
    out: &mut Vec<Diagnostic>,
) -> Option<(Reading<'p>, ast::Branch)> {
    let reading = Reading { packs, source, class: source.class, chosen: None };
    if let Some(chosen) = events::over(&reading, logic)
        && let Ok(expr) = chosen.logic(logic)
    {
        let branch = chosen.branch(expr, rule, Vec::new());
        return Some((chosen, branch));
    }
    let unfit = match reading.logic(logic) {
        Ok(expr) => {
            let branch = reading.branch(expr, rule, Vec::new());
            return Some((reading, branch));
        }
        Err(unfit) => unfit,
    };
    if reading.misspelt(logic, out) {
        return None;
    }
    let Some((record, tests)) = reading.record(rule.source.at) else {
        out.push(say::no_value(unfit.at, &unfit.why));
        return None;
    };
    match record.logic(logic) {
        Ok(expr) => {
            out.push(say::read_as_record(unfit.at, &reading.class().name, &unfit.why, &record.class().name));
            let branch = record.branch(expr, rule, tests);
            Some((record, branch))
        }
        Err(unfit) => {
            out.push(say::no_value(unfit.at, &unfit.why));
            None
        }
    }
}

impl<'p> Reading<'p> {
    fn logic(&self, logic: &Logic<'_>) -> Fit {
        let all = |parts: &[Logic<'_>]| parts.iter().map(|part| self.logic(part)).collect::<Result<Vec<_>, _>>();
        match logic {
            Logic::All(parts, at) => Ok(build::and(all(parts)?, *at)),
            Logic::Any(parts, at) => Ok(build::or(all(parts)?, *at)),
            Logic::Not(inner, at) => match self.logic(inner)? {
                expr if build::is_everything(&expr) => Err(Unfit { at: *at, why: "excludes every event of the class".to_owned() }),
                expr => Ok(build::not(expr, *at)),
            },
            Logic::AtLeast(least, parts, at) => {
                let count = ast::Int { value: *least, written: least.to_string(), at: At(*at) };
                let parts = all(parts)?;
                if parts.iter().any(build::is_everything) {
                    return Err(Unfit { at: *at, why: "counts a part that holds for every event of the class".to_owned() });
                }
                Ok(Expr::Quorum(count, parts, At(*at)))
            }
            Logic::Test(item, field, asked, values) => match self.chosen.as_ref().filter(|_| events::is_number(field)) {
                Some(chosen) => self.number(item, asked, chosen),
                None => self.test(&Asking { item, asked, values, field }),
            },
            Logic::Keywords(asked, values, at) => {
                let parts = values.iter().map(|ready| test::keyword(ready, asked)).collect::<Result<Vec<_>, _>>()?;
                Ok(if asked.all { build::and(parts, *at) } else { build::or(parts, *at) })
            }
        }
    }

    /// `EventID: ..` among the numbers that the rule asks for.
    fn number(&self, item: &Item, asked: &Asked, chosen: &Chosen<'p>) -> Fit {
        let unfit = || Unfit { at: item.at, why: "a number that is not asked for everywhere".to_owned() };
        let numbers = events::asked_for(item, asked).ok_or_else(unfit)?;
        if chosen.events.iter().all(|event| numbers.contains(&event.number)) {
            return Ok(build::everything(item.at));
        }
        if !numbers.iter().all(|number| chosen.events.iter().any(|event| event.number == *number)) {
            return Err(unfit());
        }
        let others: Vec<u32> = chosen.events.iter().map(|event| event.number).filter(|number| !numbers.contains(number)).collect();
        let (own, rest) = (chosen.actions(&numbers), chosen.actions(&others));
        if own.and(rest).is_empty() {
            return Ok(self.acted(own, item.at));
        }
        let (own, rest) = (chosen.values(&numbers), chosen.values(&others));
        match chosen.told_by {
            Some(field) if own.iter().all(|value| !rest.contains(value)) => {
                let values: Vec<Str> = own.into_iter().cloned().collect();
                Ok(self.held(self.field(field), &values, item.at))
            }
            Some(_) | None => Err(unfit()),
        }
    }

    fn acted(&self, actions: Actions, at: Span) -> Expr {
        let names = names::actions(self.class(), actions);
        let (op, operand) = build::one_or_more(Op::Equal, names.iter().map(|name| build::word(name, at)).collect(), at);
        build::test("action", at, op, Manner::default(), Some(operand), at)
    }

    /// Tells of fields that are nearly one of the log source.
    fn misspelt(&self, logic: &Logic<'_>, out: &mut Vec<Diagnostic>) -> bool {
        let before = out.len();
        let parts = self.source.parts().iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
        let unknown = |field: &&Word| matches!(self.means(&field.text), Means::Nothing(false));
        for field in logic.fields().into_iter().filter(unknown) {
            if let Some(near) = nearest(&field.text, self.names()) {
                out.push(say::unknown_field(field.at, &field.text, &parts, near));
            }
        }
        out.len() > before
    }

    /// The same events as records of a log, and what holds for them there.
    fn record(&self, at: Span) -> Option<(Reading<'p>, Vec<Expr>)> {
        if !self.class().open.is_empty() {
            return None;
        }
        let mut channels: Vec<&str> = Vec::new();
        let mut numbers: Vec<i64> = Vec::new();
        for table in self.tables() {
            channels.extend(table.channel.as_deref().filter(|channel| !channels.contains(channel)));
            numbers.extend(table.event_id.map(i64::from).filter(|number| !numbers.contains(number)));
        }
        let (source, tests) = if channels.is_empty() {
            (self.packs.sigma.find("application", "", "")?, Vec::new())
        } else {
            let test = |field: &str, values: Vec<ast::Value>| {
                let (op, operand) = build::one_or_more(Op::Equal, values, at);
                build::test(field, at, op, Manner::default(), Some(operand), at)
            };
            let channel = test("channel", channels.into_iter().map(|channel| build::text(channel, at)).collect());
            let number = test("event_id", numbers.into_iter().map(|number| build::number(number, at)).collect());
            (self.packs.sigma.find("", "windows", "")?, vec![channel, number])
        };
        Some((Reading { packs: self.packs, source, class: source.class, chosen: None }, tests))
    }

    /// `class where .. except ..`
    fn branch(&self, expr: Expr, rule: &Rule, mut tests: Vec<Expr>) -> ast::Branch {
        let at = rule.source.at;
        let actions = self.chosen.as_ref().map_or(self.source.actions, |chosen| chosen.actions);
        if actions != Actions::ALL && self.class().default != actions && !self.class().actions.is_empty() {
            tests.push(self.acted(actions, at));
        }
        match &self.chosen {
            None => tests.extend(self.source.tests.iter().map(|(field, values)| self.held(self.field(*field), values, at))),
            Some(chosen) => {
                let numbers: Vec<u32> = chosen.events.iter().map(|event| event.number).collect();
                let values: Vec<Str> = chosen.values(&numbers).into_iter().cloned().collect();
                tests.extend(chosen.told_by.filter(|_| !chosen.alone).map(|field| self.held(self.field(field), &values, at)));
            }
        }
        let mut clauses = Vec::new();
        let parts = match expr {
            Expr::And(parts, _) => parts,
            expr => vec![expr],
        };
        for part in parts {
            match part {
                Expr::Not(inner, at) => clauses.push(ast::Clause::Except(ast::Exclusion { expr: build::unparen(*inner), at })),
                part => tests.push(part),
            }
        }
        let condition = (!tests.is_empty()).then(|| build::and(tests, at));
        ast::Branch { classes: vec![build::name(&self.class().name, at)], condition, clauses, at: At(rule.body) }
    }

    /// What the log source says of all its events.
    fn held(&self, field: &Field, values: &[Str], at: Span) -> Expr {
        let literal = |value: &Str| match field.ty {
            Type::Int => value.parse().map_or_else(|_| build::text(value, at), |number| build::number(number, at)),
            Type::Enum => build::word(value, at),
            _ => build::text(value, at),
        };
        let (op, operand) = build::one_or_more(Op::Equal, values.iter().map(literal).collect(), at);
        build::test(&field.name, at, op, Manner::default(), Some(operand), at)
    }
}
