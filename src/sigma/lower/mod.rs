//! A rule of Sigma to a rule of the language.
//!
//! In: a rule as written, the packs. Out: the tree that the language's own parser would have made, every node at its place in the YAML; and
//! what is wrong. A log source selects the class and its actions; each item is a test over the class's fields. What the class cannot carry
//! is read over the records of a log, in which any field has a place, and that is said. Law: a rule finds the events that the
//! specification says, or it is an error.

mod build;
mod clauses;
mod correlation;
mod count;
mod events;
mod logic;
mod meta;
mod names;
mod places;
mod selections;
mod test;
mod typed;
mod values;
mod which;

use std::collections::HashSet;

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::sigma::LogSource;
use crate::schema::{Actions, Field, Packs, Platform, Str, Type, meant};
use crate::source::Span;
use crate::syntax::ast::{self, At, Expr, Op};

use super::tree::{Filter, Head, Rule, Word};
use build::Manner;
use clauses::Clauses;
pub use correlation::{Part, is_named, lower as lower_correlation};
use logic::Logic;
use names::{Means, Reading};
pub use places::{moved, original};
use selections::Naming;
pub use selections::Style;
use test::{Asking, Never, Unfit};
use values::What;

/// The rule under a name; none where a part of it is wrong.
pub fn lower(
    rule: &Rule,
    filters: &[&Filter],
    (name, style): (&str, Style),
    packs: &Packs,
    out: &mut Vec<Diagnostic>,
) -> Option<ast::Rule> {
    let mut items = meta::items(&rule.head, packs, out);
    let mut naming = Naming::new(style, rule.at.file);
    let (reading, branch) = branch(rule, filters, packs, &mut naming, out)?;
    items.extend(meta::platforms([(rule, &reading)]));
    let detect = ast::Detect { pattern: ast::Pattern::One(branch), group: ast::Group::default(), at: At(rule.body) };
    Some(named(&rule.head, name, items, (naming, detect), rule.at))
}

fn named(head: &Head, name: &str, mut items: Vec<ast::Item>, (naming, detect): (Naming, ast::Detect), at: Span) -> ast::Rule {
    let at = At(at);
    items.extend(naming.lets().into_iter().map(ast::Item::Let));
    items.push(ast::Item::Detect(Box::new(detect)));
    let named = head.title.as_ref().map_or(at.0, |title| title.at);
    ast::Rule { docs: Vec::new(), name: build::name(name, named), items, complete: true, at }
}

/// The events of a rule that pass these filters, and over what they are read.
fn branch<'p>(
    rule: &Rule,
    filters: &[&Filter],
    packs: &'p Packs,
    naming: &mut Naming,
    out: &mut Vec<Diagnostic>,
) -> Option<(Reading<'p>, ast::Branch)> {
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
    let (reading, mut clauses, tests) = over(&logic, rule, source?, packs, out)?;
    if !naming.is_plain() {
        naming.over(&logic, reading.class(), packs);
        clauses = reading.clauses(&logic, naming).ok()?;
    }
    let branch = reading.branch(clauses, rule, tests, naming);
    Some((reading, branch))
}

/// The log source that the rule names, as packs know it.
fn source<'p>(rule: &Rule, packs: &'p Packs, out: &mut Vec<Diagnostic>) -> Option<&'p LogSource> {
    let named = &rule.source;
    let part = |word: &Option<Word>| word.as_ref().map_or(String::new(), |word| word.text.trim().to_lowercase());
    let parts = [part(&named.category), part(&named.product), part(&named.service)];
    let found = packs.sigma.find(&parts[0], &parts[1], &parts[2]);
    let shown = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/");
    // A part that is nearly one of those that stand beside the others.
    let words = [&named.category, &named.product, &named.service];
    for (index, word) in words.iter().enumerate() {
        let Some(word) = word else { continue };
        let sources = || packs.sigma.sources.iter();
        // What the source that was found does not ask for is some product's or service's own; none has this name, but one nearly has.
        let beyond = found.is_some_and(|source| source.parts()[index].is_empty());
        if (found.is_some() && !beyond) || (beyond && sources().any(|source| source.parts()[index] == parts[index])) {
            continue;
        }
        let beside = sources().filter(|source| {
            beyond || (0..3).all(|other| other == index || source.parts()[other].is_empty() || source.parts()[other] == parts[other])
        });
        let mut known: Vec<&str> = beside.map(|source| source.parts()[index]).filter(|part| !part.is_empty()).collect();
        known.sort_unstable();
        known.dedup();
        if let Some(near) = meant(&parts[index], known).filter(|(near, sure)| *near != parts[index] && (*sure || !beyond)) {
            out.push(say::unknown_log_source(named.at, &shown, Some((word.at, near))));
            return None;
        }
    }
    if found.is_some() {
        if let (Some(service), Some(source)) = (&named.service, found)
            && source.service.is_empty()
            && !source.category.is_empty()
        {
            out.push(say::service_not_asked(service.at, &service.text, &source.category));
        }
        return found;
    }
    out.push(say::unknown_log_source(named.at, &shown, None));
    packs.sigma.find("application", "", "")
}

/// The class of the source, or of records, and what holds there beside the rule's tests.
fn over<'p>(
    logic: &Logic<'_>,
    rule: &Rule,
    source: &'p LogSource,
    packs: &'p Packs,
    out: &mut Vec<Diagnostic>,
) -> Option<(Reading<'p>, Clauses, Vec<Expr>)> {
    let read = |reading: &Reading<'p>| reading.clauses(logic, &mut Naming::new(Style::Plain, rule.at.file));
    let reading = Reading { packs, source, class: source.class, chosen: None };
    if let Some(chosen) = events::over(&reading, logic)
        && let Ok(clauses) = read(&chosen)
    {
        return Some((chosen, clauses, Vec::new()));
    }
    let unfit = match read(&reading) {
        Ok(clauses) => {
            if !source.note.is_empty() {
                out.push(say::log_source_note(rule.source.at, &reading.class().name, &source.note));
            }
            reading.nearly_named(logic, out);
            return Some((reading, clauses, Vec::new()));
        }
        Err(unfit) => unfit,
    };
    if reading.misspelt(logic, out) {
        return None;
    }
    let Some((record, tests)) = reading.record(rule) else {
        out.push(say::no_value(unfit.at, &unfit.why, None));
        return None;
    };
    match read(&record) {
        Ok(clauses) => {
            out.push(say::read_as_record(unfit.at, &reading.class().name, &unfit.why, &record.class().name));
            Some((record, clauses, tests))
        }
        Err(of_record) => {
            out.push(say::no_value(unfit.at, &unfit.why, Some(&of_record.why)));
            None
        }
    }
}

/// Of so many unknown names of a rule a near one is looked for.
const MOST_LOOKED_UP: usize = 32;

fn never_that(never: &Never, at: Span, field: &Word) -> Diagnostic {
    match never {
        Never::Other(wanted) => say::never_that_value(at, &field.text, wanted, None),
        Never::NoTime(part, is_text) => say::no_part_of_time(at, part.name(), &field.text, *is_text),
        Never::Network => say::network_as_value(at, &field.text, Span { start: field.at.end, ..field.at }),
        Never::Near(near, sure) => say::never_that_value(at, &field.text, "one of its values", Some((near, *sure))),
    }
}

impl<'p> Reading<'p> {
    fn acted(&self, actions: Actions, at: Span) -> Expr {
        let names = names::actions(self.class(), actions);
        let (op, operand) = build::one_or_more(Op::Equal, names.iter().map(|name| build::word(name, at)).collect(), at);
        build::test("action", at, op, Manner::default(), Some(operand), at)
    }

    /// Tells of names that no event of the log has, where one nearly has. A log may hold more than packs list, so the rule stands.
    fn nearly_named(&self, logic: &Logic<'_>, out: &mut Vec<Diagnostic>) {
        let mut told: HashSet<&str> = HashSet::new();
        logic.tests(&mut |_, field, asked, _| {
            let is_time = asked.part.is_some() && self.is_own_time(&field.text);
            if !is_time
                && self.is_unlisted(&field.text)
                && told.len() < MOST_LOOKED_UP
                && told.insert(&field.text)
                && let Some(near) = self.nearly(&field.text)
            {
                out.push(say::nearly_a_field(field.at, &field.text, near));
            }
        });
    }

    /// Tells of fields that are nearly one of the log source, and of values that no event has.
    fn misspelt(&self, logic: &Logic<'_>, out: &mut Vec<Diagnostic>) -> bool {
        let before = out.len();
        let parts = self.source.parts().iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
        let names = self.names();
        let mut told: HashSet<&str> = HashSet::new();
        logic.tests(&mut |item, field, asked, values| {
            let own = [(field.text.as_str(), field.at)].into_iter();
            let others = values.iter().filter(|_| asked.field).filter_map(|ready| match &ready.what {
                What::Verbatim(name) => Some((name.as_str(), ready.at)),
                What::Null | What::Pattern(_) | What::Made(..) => None,
            });
            for (name, at) in own.chain(others) {
                // Each is compared with every name: of many unknown ones the first are enough.
                let is_time = asked.part.is_some() && self.is_own_time(name);
                if !is_time && matches!(self.means(name), Means::Nothing(false)) && (told.contains(name) || told.len() < MOST_LOOKED_UP) {
                    told.insert(name);
                    out.extend(meant(name, names.iter().copied()).map(|near| say::unknown_field(at, name, &parts, near)));
                }
            }
            for ready in values {
                let one = Asking { item, asked, values: std::slice::from_ref(ready), field };
                if let Err(Unfit { at, never: Some(never), .. }) = self.test(&one) {
                    out.push(never_that(&never, at, field));
                }
            }
        });
        out.len() > before
    }

    /// The same events as records of a log, and what holds for them there.
    fn record(&self, rule: &Rule) -> Option<(Reading<'p>, Vec<Expr>)> {
        let at = rule.source.at;
        // Records of logs are those of Windows; a rule about another system has none.
        let is_of_others = rule.source.product.as_ref().and_then(|product| Platform::from_name(&product.text.trim().to_lowercase()));
        let is_of_others = is_of_others.is_some_and(|platform| platform != Platform::Windows);
        let is_of_logs = self.tables().any(|table| !table.channels.is_empty());
        if !self.class().open.is_empty() || is_of_others && is_of_logs {
            return None;
        }
        let mut channels: Vec<&str> = Vec::new();
        let mut numbers: Vec<i64> = Vec::new();
        for table in self.tables() {
            let new = |channel: &&str| !channels.contains(channel);
            let of_windows = table.channels.iter().filter(|channel| channel.platform == Platform::Windows);
            let others: Vec<&str> = of_windows.map(|channel| channel.name.as_ref()).filter(new).collect();
            channels.extend(others);
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
    fn branch(&self, clauses: Clauses, rule: &Rule, mut tests: Vec<Expr>, naming: &Naming) -> ast::Branch {
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
        tests.extend(clauses.tests);
        let mut condition = (!tests.is_empty()).then(|| build::and(tests, at)).filter(|expr| !build::is_everything(expr));
        let mut excepts = clauses.excepts;
        if !naming.is_plain() {
            condition.iter_mut().chain(&mut excepts).for_each(|expr| {
                places::settle(expr);
            });
        }
        // What a filter leaves out stands in another document: it comes last.
        let last = Span { start: rule.body.end, ..rule.body };
        let place = |at: Span| if naming.is_plain() || (at.file == last.file && at.end <= last.end) { at } else { last };
        let except = |expr: Expr| ast::Clause::Except(ast::Exclusion { at: At(place(expr.span())), expr: build::unparen(expr) });
        let clauses = excepts.into_iter().map(except).collect();
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
