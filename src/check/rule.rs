//! A file, and each of its rules.

use crate::diag::{names, values};
use crate::hir;
use crate::source::Span;
use crate::syntax::ast::{self, Item, Top};

use super::Checker;
use super::scope::ScopeId;

impl<'a> Checker<'a> {
    pub(super) fn file(&mut self, file: &'a ast::File) -> Vec<hir::Rule> {
        let scope = self.scopes.of_file(file, self.files);
        let every: Vec<_> = (0..self.scopes.lets.len()).map(super::scope::LetId).collect();
        self.define_lets(&every);
        // Most files have one.
        let mut rules = Vec::with_capacity(file.items.iter().filter(|item| matches!(item, Top::Rule(_))).count());
        let mut seen: Vec<&ast::Name> = Vec::new();
        let (mut some, mut all_read) = (false, true);
        for item in &file.items {
            let Top::Rule(rule) = item else { continue };
            some = true;
            all_read &= rule.complete;
            let twice = seen.iter().find(|first| first.text == rule.name.text).map(|first| first.at.0);
            if let Some(first) = twice {
                self.report(names::duplicate_rule(rule.name.at.0, &rule.name.text, first));
            }
            seen.push(&rule.name);
            if rule.complete {
                let checked = self.rule(rule, scope);
                rules.extend(checked.filter(|_| twice.is_none()));
            }
        }
        // A file without rules is there to be imported; one that was not read whole may use what seems unused.
        if some && all_read {
            let own = self.scopes.own(scope);
            self.lint_unused(&own);
        }
        rules
    }

    fn rule(&mut self, rule: &'a ast::Rule, file: ScopeId) -> Option<hir::Rule> {
        self.failed = false;
        self.tests = 0;
        self.named.clear();
        let scope = self.scopes.of_rule(rule, file);
        let own = self.scopes.own(scope);
        self.define_lets(&own);
        let meta = self.meta(rule);
        let (mut detect, mut last, mut show) = (None, None, None);
        for item in &rule.items {
            match item {
                Item::Detect(one) => self.once(&mut detect, one, "detect", one.at.0, |one| one.at.0),
                Item::Last(one) => self.once(&mut last, one, "last", one.at.0, |one| one.at.0),
                Item::Show(one) => self.once(&mut show, one, "show", one.at.0, |one| one.at.0),
                Item::Meta(_) | Item::Let(_) | Item::Test(_) => {}
            }
        }
        let Some(detect) = detect else {
            self.report(names::no_detect(rule.name.at.0, &rule.name.text));
            return None;
        };
        let pattern = self.pattern(&detect.pattern, scope);
        let last = last.and_then(|last| self.lasting(&last.duration));
        let (mut group, mut columns) = (None, None);
        if let Some(pattern) = &pattern {
            group = self.group(detect, pattern, scope);
            columns = show.map(|show| self.show(show, detect, pattern, scope));
        }
        let tests = self.test_cases(rule, scope);
        self.lint_unused(&own);
        let pattern = pattern.filter(|_| !self.failed)?;
        let mut rule = hir::Rule {
            name: rule.name.text.clone(),
            span: rule.name.at.0,
            docs: rule.docs.clone(),
            meta,
            pattern,
            group,
            last,
            show: columns,
            tests,
            lists: std::mem::take(&mut self.named),
            rewritten: Vec::new(),
        };
        hir::rewrite::rule(&mut rule, self.packs);
        Some(rule)
    }

    /// Keeps the first of a clause, and tells of the others.
    fn once<T>(&mut self, slot: &mut Option<&'a T>, one: &'a T, clause: &str, at: Span, place: fn(&T) -> Span) {
        match slot {
            Some(first) => {
                let first = place(first);
                self.report(names::duplicate_clause(at, clause, first));
            }
            None => *slot = Some(one),
        }
    }

    /// A span of time that is not nothing, and that every target can state.
    pub(super) fn lasting(&mut self, duration: &ast::Duration) -> Option<hir::Lasting> {
        if duration.count == 0 {
            self.report(values::no_duration(duration.at.0));
            return None;
        }
        self.is_stated(duration).then(|| hir::Lasting { seconds: duration.seconds(), span: duration.at.0 })
    }

    /// Not longer than every target can state.
    pub(super) fn is_stated(&mut self, duration: &ast::Duration) -> bool {
        let is_stated = duration.seconds() <= hir::LONGEST;
        if !is_stated {
            self.report(values::too_long(duration.at.0, &hir::duration(hir::LONGEST)));
        }
        is_stated
    }
}
