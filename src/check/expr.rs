//! Conditions to predicates.
//!
//! In: an expression as written. Out: a predicate over [`Key`]s: `action` and `class` are still tests. `any of`, `all of`, quorums and `let`s are spelled out
//! here; what stands between a field and its operand is `relation`'s, what literals are `pieces`'.

use crate::diag::{lints, names, values};
use crate::hir::{Op, Pred, Scalar};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, Subject};

use super::lints::constant_parts;
use super::scope::{Found, LetId};
use super::words::{Key, Words};
use super::{Checker, Cx, Via};
use crate::schema::nearest;

/// A quorum is spelled out to at most so many combinations.
pub(super) const MOST_COMBINATIONS: u64 = 256;
/// A rule is spelled out to at most so many tests.
pub(super) const MOST_TESTS: usize = 20_000;

impl<'a> Checker<'a> {
    /// None: it was reported.
    pub(super) fn expr(&mut self, expr: &'a Expr, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        match expr {
            Expr::And(parts, _) => {
                let parts = self.exprs(parts, cx)?;
                Some(self.all(parts, cx))
            }
            Expr::Or(parts, _) => {
                let parts = self.exprs(parts, cx)?;
                self.lint_constant(&parts, false, cx);
                Some(Pred::any(parts))
            }
            Expr::Not(inner, _) => self.expr(inner, cx).map(Pred::not),
            Expr::Paren(inner, _) => self.expr(inner, cx),
            Expr::Test(test) => self.test(test, cx),
            Expr::Quorum(count, parts, at) => self.quorum(count, parts, at.0, cx),
        }
    }

    /// The conjunction, with a word about parts that decide it.
    pub(super) fn all(&mut self, parts: Vec<Pred<Key>>, cx: Cx<'_, 'a>) -> Pred<Key> {
        let flat: Vec<Pred<Key>> = parts
            .into_iter()
            .flat_map(|part| match part {
                Pred::All(inner) if !inner.is_empty() => inner,
                part => vec![part],
            })
            .collect();
        self.lint_constant(&flat, true, cx);
        Pred::all(flat)
    }

    fn lint_constant(&mut self, parts: &[Pred<Key>], all: bool, cx: Cx<'_, 'a>) {
        let packs = self.packs;
        let multi = |key: &Key| match (key, cx.words) {
            (Key::Field(id), Words::Class(class)) => packs.class(class).get(*id).multi,
            (Key::Action | Key::Class, _) => false,
            (Key::Field(_) | Key::Native(_), _) => true,
        };
        if let Some(found) = constant_parts(parts, all, &multi) {
            let report = if found.truth { lints::always_true } else { lints::always_false };
            self.report_in(cx, report(found.here, found.because));
        }
    }

    /// Every part is read, also after a mistake.
    fn exprs(&mut self, parts: &'a [Expr], cx: Cx<'_, 'a>) -> Option<Vec<Pred<Key>>> {
        let read: Vec<Option<Pred<Key>>> = parts.iter().map(|part| self.expr(part, cx)).collect();
        read.into_iter().collect()
    }

    fn quorum(&mut self, count: &ast::Int, parts: &'a [Expr], at: Span, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        let before = self.tests;
        let read = self.exprs(parts, cx);
        if count.value == 0 || count.value > parts.len() as u64 {
            self.report_in(cx, values::quorum_count(count.at.0, count.value, parts.len()));
            return None;
        }
        let combinations = combinations(parts.len() as u64, count.value);
        if combinations > MOST_COMBINATIONS {
            self.report_in(cx, values::quorum_too_large(at, combinations, MOST_COMBINATIONS));
            return None;
        }
        let spelled = (self.tests - before).saturating_mul(combinations as usize);
        self.spend(spelled, at, cx)?;
        let read = read?;
        let mut any = Vec::new();
        let mut chosen: Vec<usize> = (0..count.value as usize).collect();
        loop {
            any.push(Pred::all(chosen.iter().map(|index| read[*index].clone())));
            // the next combination in lexical order
            let Some(at) = (0..chosen.len()).rev().find(|at| chosen[*at] < read.len() - chosen.len() + at) else { break };
            chosen[at] += 1;
            (at + 1..chosen.len()).for_each(|later| chosen[later] = chosen[later - 1] + 1);
        }
        Some(Pred::any(any))
    }

    /// Counts what is spelled out; a rule that would not fit in memory is refused.
    pub(super) fn spend(&mut self, tests: usize, at: Span, cx: Cx<'_, 'a>) -> Option<()> {
        if self.tests > MOST_TESTS {
            return self.doubt();
        }
        self.tests = self.tests.saturating_add(tests);
        if self.tests > MOST_TESTS {
            self.report_in(cx, values::rule_too_large(at, MOST_TESTS));
            return None;
        }
        Some(())
    }

    fn test(&mut self, test: &'a ast::Test, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        let (paths, all): (Vec<&'a ast::Path>, bool) = match &test.subject {
            Subject::Path(path) => (vec![path], false),
            Subject::AnyOf(paths, _) => (paths.iter().collect(), false),
            Subject::AllOf(paths, _) => (paths.iter().collect(), true),
        };
        let alone = paths.len() == 1;
        let mut parts = Vec::new();
        let mut whole = true;
        for path in paths {
            let part = match &test.relation {
                None => self.lone(path, cx),
                Some(relation) => self.field(path, cx).and_then(|field| self.relation(&field, relation, test, alone, cx)),
            };
            whole &= part.is_some();
            parts.extend(part);
        }
        if !whole {
            return None;
        }
        let pred = if all { Pred::all(parts) } else { Pred::any(parts) };
        let negated = test.relation.as_ref().is_some_and(|relation| relation.negated != (relation.op == ast::Op::NotEqual));
        Some(if negated { pred.not() } else { pred })
    }

    /// A name without an operator: a predicate `let`, or a boolean field.
    fn lone(&mut self, path: &'a ast::Path, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        if let [only] = path.parts.as_slice() {
            match self.scopes.find(cx.scope, &only.text) {
                Found::Let(id) => {
                    self.lint_hiding(id, path.at.0, None, cx);
                    return self.let_predicate(id, path.at.0, cx);
                }
                Found::Unsure => return self.doubt(),
                Found::Nothing => {}
            }
            let known = matches!(cx.words, Words::Class(class) if self.find_field(class, &only.text, path.at.0).is_some());
            if !known && let Words::Class(class) = cx.words {
                // A lone name is a `let` more often than a field.
                let near = nearest(&only.text, self.scopes.names(cx.scope));
                let field = self.unknown_field(class, &only.text, path.at.0);
                let report = match near {
                    None if field.fix.is_some() => field,
                    near => names::unknown_name(path.at.0, &only.text, near, names::Place::Test),
                };
                self.report_in(cx, report);
                return None;
            }
        }
        let field = self.field(path, cx)?;
        if field.ty != Type::Bool {
            self.report_in(cx, names::no_test(path.at.0, &field.name, field.ty.name()));
            return None;
        }
        self.spend(1, path.at.0, cx)?;
        Some(Pred::test(field.key, Op::OneOf(vec![Scalar::Bool(true)]), path.at.0))
    }

    fn let_predicate(&mut self, id: LetId, used: Span, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        let def = &mut self.scopes.lets[id.0];
        def.used = true;
        if def.broken {
            return self.doubt();
        }
        let (one, scope) = (def.ast, def.scope);
        let via = Via { span: used, up: cx.via };
        let inner = Cx { scope, via: Some(&via), ..cx };
        match &one.source {
            ast::LetSource::Predicate(expr) => self.expr(expr, inner),
            ast::LetSource::Value(ast::Value::Path(path)) => self.lone(path, inner),
            ast::LetSource::Value(_) | ast::LetSource::From { .. } => {
                self.report_in(cx, names::value_as_predicate(used, &one.name.text, one.name.at.0));
                None
            }
        }
    }
}

fn combinations(of: u64, take: u64) -> u64 {
    let take = take.min(of - take);
    (0..take).try_fold(1u64, |product, index| product.checked_mul(of - index).map(|product| product / (index + 1))).unwrap_or(u64::MAX)
}
