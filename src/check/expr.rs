//! Conditions to predicates.
//!
//! `any of`, `all of`, `!=`, infix `not`, `contains all`, quorums and `let`s are spelled out here; texts become patterns and regexes.
//! What comes out is over [`Key`]s: `action` and `class` are still tests.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diag::values::Outside;
use crate::diag::{Diagnostic, lints, names, values};
use crate::hir::{
    Casing, Compare, FieldOp, LikePattern, Number, Op, Other, Pred, Regex, RegexFaultKind, Scalar, Simple, Test, TextOp, everywhere,
};
use crate::schema::Type;
use crate::source::{Span, add_places};
use crate::syntax::ast::{self, Expr, Relation, Subject};

use super::lints::constant_parts;
use super::literals::{Asked, Typed};
use super::operands::{Literal, LiteralValue, Literals, Operand};
use super::operators::{every_kind, fits, is_kept_as_text, kinds, takes_cased};
use super::scope::{Found, LetId};
use super::words::{Field, Key, Words};
use super::{Checker, Cx, Via};
use crate::schema::nearest;

/// A quorum is spelled out to at most so many combinations.
pub(super) const MOST_COMBINATIONS: u64 = 256;
/// A rule is spelled out to at most so many tests.
pub(super) const MOST_TESTS: usize = 20_000;

/// One operand's test, before those of a list are one.
enum Piece {
    Text(TextOp, String, Casing),
    Like(LikePattern, Casing),
    Matches(Box<Regex>, Casing),
    Value(Scalar),
    Within(crate::hir::Network),
    Compare(Compare, Number),
    Exists,
}

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
    fn spend(&mut self, tests: usize, at: Span, cx: Cx<'_, 'a>) -> Option<()> {
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

    fn relation(&mut self, field: &Field<'a>, relation: &'a Relation, test: &ast::Test, alone: bool, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        let at = test.at.0;
        self.spend(1, at, cx)?;
        let typed = field.open.then(|| self.compared(field, relation.op, relation.operand.as_ref(), cx));
        let field = typed.as_ref().unwrap_or(field);
        if field.ty == Type::Time && relation.op != ast::Op::Exists {
            self.report_in(cx, values::time_compared(relation.at.0, &field.name));
            return None;
        }
        if relation.op == ast::Op::Is {
            return self.kind(field, relation, at, cx);
        }
        if !fits(relation.op, field.ty) {
            let misfit = self.misfit_of(field, relation, alone);
            self.report_in(cx, misfit);
            return None;
        }
        if relation.cased && !takes_cased(field.ty) {
            let operand = relation.operand.as_ref().map(ast::Value::span).filter(|_| !relation.all);
            let between = operand.map(|operand| Span { start: relation.op_at.0.end, end: operand.start, ..operand });
            self.report_in(cx, values::cased_without_case(relation.at.0, &field.name, field.ty.name(), between));
            return None;
        }
        let Some(operand) = &relation.operand else {
            // Every event has its time, whether or not a row keeps it under a name.
            if self.is_always_there(field) {
                return Some(Pred::TRUE);
            }
            return Some(Pred::test(field.key.clone(), Op::Exists, at));
        };
        let case = if relation.cased { Casing::Respect } else { Casing::Ignore };
        match self.operand(operand, field, cx)? {
            Operand::Field { step, field: other } => self.field_test(field, relation, step, other, case, at, cx),
            Operand::Literals(literals) => {
                let one = alone && literals.items.len() == 1 && !literals.list && !relation.cased && !relation.negated;
                let asked = Asked {
                    field,
                    op: relation.op,
                    op_at: relation.op_at.0,
                    whole: one.then_some(at),
                    subject: alone.then_some(field.span),
                    texts: texts(&literals),
                };
                self.literal_test(literals, &asked, relation, case, at, cx)
            }
        }
    }

    /// The time of the event, or a part of it.
    fn is_always_there(&self, field: &Field<'a>) -> bool {
        let Key::Field(id) = field.key else { return false };
        let class = self.packs.class(field.class);
        class.get(class.get(id).part.map_or(id, |(time, _)| time)).name == "time"
    }

    fn kind(&mut self, field: &Field<'a>, relation: &Relation, at: Span, cx: Cx<'_, 'a>) -> Option<Pred<Key>> {
        let Some(ast::Value::Path(path)) = &relation.operand else { return self.doubt() };
        let word = path.dotted();
        let Some((_, kind)) = kinds(field.ty).iter().find(|(name, _)| *name == word) else {
            let report = if every_kind().any(|name| name == word) {
                let fitting: Vec<&str> = kinds(field.ty).iter().map(|(name, _)| *name).collect();
                values::kind_misfit(path.at.0, &word, &field.name, field.ty, &fitting)
            } else {
                names::unknown_kind(path.at.0, &word, nearest(&word, every_kind()), &every_kind().collect::<Vec<_>>())
            };
            self.report_in(cx, report);
            return None;
        };
        if relation.negated && *kind == crate::hir::Kind::Private {
            self.report_in(cx, lints::is_not_private(relation.at.0, &field.name));
        }
        Some(Pred::test(field.key.clone(), Op::Is(*kind), at))
    }

    #[allow(clippy::too_many_arguments)] // one test, whole; a struct would have one use
    fn field_test(
        &mut self,
        field: &Field<'a>,
        relation: &Relation,
        step: Option<usize>,
        other: Field<'a>,
        case: Casing,
        at: Span,
        cx: Cx<'_, 'a>,
    ) -> Option<Pred<Key>> {
        let op = match relation.op {
            ast::Op::Equal | ast::Op::NotEqual if is_kept_as_text(field.ty) => FieldOp::Text(TextOp::Equals),
            ast::Op::Equal | ast::Op::NotEqual => FieldOp::Compare(Compare::Equal),
            ast::Op::Less => FieldOp::Compare(Compare::Less),
            ast::Op::LessEqual => FieldOp::Compare(Compare::LessEqual),
            ast::Op::Greater => FieldOp::Compare(Compare::Greater),
            ast::Op::GreaterEqual => FieldOp::Compare(Compare::GreaterEqual),
            ast::Op::Contains => FieldOp::Text(TextOp::Contains),
            ast::Op::StartsWith => FieldOp::Text(TextOp::StartsWith),
            ast::Op::EndsWith => FieldOp::Text(TextOp::EndsWith),
            ast::Op::Has => FieldOp::Text(TextOp::Has),
            ast::Op::Under if field.ty != Type::Ip => FieldOp::Text(TextOp::Under),
            ast::Op::In => {
                let negated = relation.negated;
                self.report_in(cx, values::field_as_set(other.span, relation.op_at.0, &other.name, negated));
                return None;
            }
            ast::Op::Like | ast::Op::Matches | ast::Op::Under | ast::Op::Exists | ast::Op::Is => {
                self.report_in(cx, values::field_as_pattern(other.span, &other.name, relation.op.spelling()));
                return None;
            }
        };
        // What stands under a key has no type of its own.
        let (field, other) = match (field.open, other.open) {
            (true, false) if field.ty == Type::Text => (&field.clone().with_type(other.ty), other),
            (false, true) => (field, other.with_type(field.ty)),
            (true, _) | (false, false) => (field, other),
        };
        let comparable = match (&field.key, &other.key) {
            (Key::Action | Key::Class, _) | (_, Key::Action | Key::Class) => false,
            _ => compare_alike(field.ty, other.ty) && (field.ty != Type::Enum || field.values == other.values),
        };
        if !comparable {
            let (left, right) = (field.ty.name(), other.ty.name());
            self.report_in(cx, values::fields_of_two_types(other.span, &other.name, right, field.span, &field.name, left));
            return None;
        }
        if step.is_none() && field.key == other.key {
            self.report_in(cx, lints::field_with_itself(at, &field.name));
        }
        let pred = Pred::test(field.key.clone(), Op::Field { op, other: Other { step, field: other.key }, case }, at);
        Some(pred)
    }

    fn literal_test(
        &mut self,
        literals: Literals<'a>,
        asked: &Asked<'_, 'a>,
        relation: &Relation,
        case: Casing,
        at: Span,
        cx: Cx<'_, 'a>,
    ) -> Option<Pred<Key>> {
        self.shape(&literals, asked, relation, cx)?;
        // Spellings of one value are one of the values that `all` asks for.
        let mut values: Vec<((Span, usize), Vec<Piece>)> = Vec::new();
        let mut known: HashMap<String, &Literal<'a>> = HashMap::new();
        let mut whole = true;
        for literal in &literals.items {
            let spelt = (literal.span, literal.spells);
            let mut add = |piece: Piece| match values.last_mut().filter(|(last, _)| !relation.all || *last == spelt) {
                Some((_, pieces)) => pieces.push(piece),
                None => values.push((spelt, vec![piece])),
            };
            let case = if literal.cased { Casing::Respect } else { case };
            match self.piece(literal, asked, relation, case, cx) {
                None => whole = false,
                Some(piece) => match known.entry(piece.key()) {
                    Entry::Occupied(entry) => {
                        let first = *entry.get();
                        // A value that two lists share is no mistake.
                        if first.used == literal.used && literal.span != first.span {
                            self.misfit(lints::listed_twice(literal.span, first.span), literal, cx);
                        }
                        // Of two values that share a spelling each is asked for.
                        if relation.all {
                            add(piece);
                        }
                    }
                    Entry::Vacant(entry) => {
                        entry.insert(literal);
                        add(piece);
                    }
                },
            }
        }
        let mut places = vec![at];
        literals.items.iter().filter_map(|literal| literal.held).for_each(|held| add_places(&mut places, &[held]));
        whole.then(|| Pred::all(values.into_iter().map(|(_, pieces)| joined(pieces, asked.field, &places))))
    }

    /// `==` takes one value, `in` a set.
    fn shape(&mut self, literals: &Literals<'a>, asked: &Asked<'_, 'a>, relation: &Relation, cx: Cx<'_, 'a>) -> Option<()> {
        let regex = literals.items.iter().find(|literal| matches!(literal.value, LiteralValue::Regex(_)));
        if let Some(literal) = regex.filter(|_| relation.op != ast::Op::Matches) {
            self.misfit(values::regex_without_matches(literal.span, asked.op_at), literal, cx);
            return None;
        }
        let span = relation.operand.as_ref().map_or(relation.at.0, ast::Value::span);
        let network = matches!(literals.items.as_slice(), [Literal { value: LiteralValue::Address(_, Some(_)), .. }]);
        let report = match relation.op {
            ast::Op::Equal | ast::Op::NotEqual if literals.list => {
                let instead = if relation.op == ast::Op::Equal { "in" } else { "not in" };
                values::list_after_equals(span, relation.op.spelling(), relation.op_at.0, instead)
            }
            ast::Op::In if !literals.list && !network => values::value_after_in(span, relation.op_at.0, relation.negated),
            ast::Op::Less | ast::Op::LessEqual | ast::Op::Greater | ast::Op::GreaterEqual if literals.list => {
                values::list_in_order(span, relation.op.spelling())
            }
            op if op != ast::Op::Contains && literals.items.iter().any(|literal| literal.cased) => {
                values::base64_needs_contains(span, asked.op_at, op.spelling())
            }
            _ => return Some(()),
        };
        self.report_in(cx, report);
        None
    }

    fn piece(&mut self, literal: &Literal<'a>, asked: &Asked<'_, 'a>, relation: &Relation, case: Casing, cx: Cx<'_, 'a>) -> Option<Piece> {
        if relation.op == ast::Op::Matches {
            self.lint_regex(literal, asked.field, cx);
            return self.regex(literal, case, cx);
        }
        let typed = self.typed(literal, asked, cx)?;
        let text = |op, text| Some(Piece::Text(op, text, case));
        match (relation.op, typed) {
            (ast::Op::Equal | ast::Op::NotEqual | ast::Op::In, Typed::Text(value)) => text(TextOp::Equals, value),
            (ast::Op::Equal | ast::Op::NotEqual | ast::Op::In, Typed::Scalar(value)) => Some(Piece::Value(value)),
            (ast::Op::Under, Typed::Scalar(value)) => Some(Piece::Value(value)),
            (_, Typed::Network(network)) => Some(Piece::Within(network)),
            (ast::Op::Contains, Typed::Text(value)) => text(TextOp::Contains, value),
            (ast::Op::StartsWith, Typed::Text(value)) => text(TextOp::StartsWith, value),
            (ast::Op::EndsWith, Typed::Text(value)) => text(TextOp::EndsWith, value),
            (ast::Op::Has, Typed::Text(value)) => {
                if has_edge(&value) {
                    return text(TextOp::Has, value);
                }
                self.misfit(lints::has_without_edge(literal.span, &value, relation.op_at.0, literal.used.is_none()), literal, cx);
                text(TextOp::Contains, value)
            }
            (ast::Op::Under, Typed::Text(value)) if value.chars().all(|c| c == '/' || c == '\\') => text(TextOp::StartsWith, value),
            (ast::Op::Under, Typed::Text(value)) => text(TextOp::Under, value),
            (ast::Op::Like, Typed::Text(value)) => Some(like(&value, case)),
            (ast::Op::Less, Typed::Scalar(value)) => number(&value).map(|number| Piece::Compare(Compare::Less, number)),
            (ast::Op::LessEqual, Typed::Scalar(value)) => number(&value).map(|number| Piece::Compare(Compare::LessEqual, number)),
            (ast::Op::Greater, Typed::Scalar(value)) => number(&value).map(|number| Piece::Compare(Compare::Greater, number)),
            (ast::Op::GreaterEqual, Typed::Scalar(value)) => number(&value).map(|number| Piece::Compare(Compare::GreaterEqual, number)),
            (_, Typed::Text(_) | Typed::Scalar(_)) => {
                let (field, kind) = (asked.field, literal.value.kind());
                self.misfit(values::wrong_kind(literal.span, kind, &field.name, field.ty.name(), None), literal, cx);
                None
            }
        }
    }

    fn regex(&mut self, literal: &Literal<'a>, case: Casing, cx: Cx<'_, 'a>) -> Option<Piece> {
        let LiteralValue::Regex(written) = &literal.value else {
            self.misfit(values::no_regex(literal.span, literal.value.kind()), literal, cx);
            return None;
        };
        let mut pattern = written.pattern.as_str();
        if let Some(rest) = pattern.strip_prefix("(?i)") {
            let flag = letters_of(written, 0..4);
            match case {
                Casing::Ignore => self.misfit(lints::leading_case_flag(flag), literal, cx),
                Casing::Respect => {
                    self.misfit(values::case_flag_and_cased(flag), literal, cx);
                    return None;
                }
            }
            pattern = rest;
        }
        match Regex::new(pattern, written.dot_all, written.multi_line, case) {
            Ok(regex) => Some(Piece::Matches(Box::new(regex), case)),
            Err(fault) => {
                let skipped = written.pattern.len() - pattern.len();
                let report = regex_fault(written, fault, skipped);
                self.misfit(report, literal, cx);
                None
            }
        }
    }
}

/// A part of the pattern in the text of the rule; the whole regex where that cannot be told.
fn letters_of(written: &ast::Regex, part: std::ops::Range<usize>) -> Span {
    let at = written.at.0;
    written.letters.place(part).map_or(at, |place| Span::new(at.file, place.start, place.end))
}

/// The place of a fault in the text of the rule: a letter at least.
fn regex_fault(written: &ast::Regex, fault: crate::hir::RegexFault, skipped: usize) -> Diagnostic {
    // What is missing at the end is told of the last letter.
    let (from, to) = (skipped + fault.range.start, skipped + fault.range.end);
    let letter = written.pattern.char_indices().take_while(|(at, _)| *at <= from).last();
    let span = letter.map_or(written.at.0, |(at, letter)| letters_of(written, at..to.max(at + letter.len_utf8())));
    let outside = |what| values::regex_outside_subset(span, &what);
    match fault.kind {
        RegexFaultKind::Syntax(reason) => values::regex_syntax(span, &reason),
        RegexFaultKind::Size => values::regex_too_large(span, "its repetitions, spelled out, are more than 10,000 parts"),
        RegexFaultKind::Repeat => values::regex_too_large(span, "KQL's engine repeats at most 1,000 times, nested repetitions multiplied"),
        RegexFaultKind::LookAround => outside(Outside::LookAround),
        RegexFaultKind::BackReference => outside(Outside::BackReference),
        RegexFaultKind::Possessive => outside(Outside::Possessive),
        RegexFaultKind::InlineFlags(flags) => outside(Outside::InlineFlags(flags)),
        RegexFaultKind::UnicodeClass => outside(Outside::UnicodeClass),
        RegexFaultKind::ClassOperation => outside(Outside::ClassOperation),
        RegexFaultKind::WordEdge => outside(Outside::WordEdge),
    }
}

/// The texts of a test; none if one of its literals is something else or stands elsewhere.
fn texts(literals: &Literals<'_>) -> Vec<String> {
    let text = |literal: &Literal<'_>| match &literal.value {
        LiteralValue::Text(text) if literal.used.is_none() => Some(text.clone()),
        _ => None,
    };
    literals.items.iter().map(text).collect::<Option<_>>().unwrap_or_default()
}

fn has_edge(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next()) || edge(text.chars().next_back())
}

/// A pattern that a simpler operator says becomes that operator.
fn like(text: &str, case: Casing) -> Piece {
    let pattern = LikePattern::parse(text);
    match pattern.simple() {
        Some(Simple::Present) => Piece::Exists,
        Some(Simple::Text(op, text)) => Piece::Text(op, text.to_owned(), case),
        None => Piece::Like(pattern, case),
    }
}

/// Whether values of the two types are compared in one way.
pub(super) fn compare_alike(left: Type, right: Type) -> bool {
    let number = |ty| matches!(ty, Type::Int | Type::Real | Type::Port);
    left == right || (number(left) && number(right)) || (is_kept_as_text(left) && is_kept_as_text(right))
}

impl Piece {
    /// The same of two pieces of one test that say the same.
    fn key(&self) -> String {
        match self {
            Piece::Text(op, text, case) => {
                let text = if *case == Casing::Ignore { text.to_lowercase() } else { text.clone() };
                format!("{op:?} {case:?} {text}")
            }
            Piece::Like(pattern, case) => format!("{case:?} {pattern:?}"),
            Piece::Matches(regex, case) => format!("{case:?} {}", regex.pattern),
            Piece::Value(value) => format!("{value:?}"),
            Piece::Within(network) => format!("{}/{}", network.base, network.prefix),
            Piece::Compare(compare, number) => format!("{compare:?} {number:?}"),
            Piece::Exists => String::new(),
        }
    }

    fn op(self) -> Op<Key> {
        match self {
            Piece::Text(op, text, case) => Op::Text { op, any: vec![text], case },
            Piece::Like(pattern, case) => Op::Like { any: vec![pattern], case },
            Piece::Matches(regex, case) => Op::Matches { any: vec![*regex], case },
            Piece::Value(value) => Op::OneOf(vec![value]),
            Piece::Within(network) => Op::Within(vec![network]),
            Piece::Compare(compare, number) => Op::Compare(compare, number),
            Piece::Exists => Op::Exists,
        }
    }

    /// Takes the piece into a test of the same kind.
    fn join(self, op: &mut Op<Key>) -> Result<(), Piece> {
        match (op, self) {
            (Op::Text { op, any, case }, Piece::Text(other, text, other_case)) if *op == other && *case == other_case => any.push(text),
            (Op::Like { any, case }, Piece::Like(pattern, other)) if *case == other => any.push(pattern),
            (Op::Matches { any, case }, Piece::Matches(regex, other)) if *case == other => any.push(*regex),
            (Op::OneOf(values), Piece::Value(value)) => values.push(value),
            (Op::Within(networks), Piece::Within(network)) => networks.push(network),
            (_, piece) => return Err(piece),
        }
        Ok(())
    }
}

/// Any of the pieces in as few tests as there are kinds, or each by itself. `places`: first that of the test.
fn joined(pieces: Vec<Piece>, field: &Field<'_>, places: &[Span]) -> Pred<Key> {
    let test = |op: Op<Key>| {
        let mut test = Test::new(field.key.clone(), op, places[0]);
        test.also_at(places);
        Pred::Test(test)
    };
    let meant = |op: Op<Key>| match field.ty {
        Type::RegistryPath => Pred::any(everywhere(op).into_iter().map(test)),
        _ => test(op),
    };
    let mut ops: Vec<Op<Key>> = Vec::new();
    for piece in pieces {
        let left = ops.iter_mut().try_fold(piece, |piece, op| match piece.join(op) {
            Ok(()) => Err(()),
            Err(piece) => Ok(piece),
        });
        if let Ok(piece) = left {
            ops.push(piece.op());
        }
    }
    Pred::any(ops.into_iter().map(meant))
}

fn combinations(of: u64, take: u64) -> u64 {
    let take = take.min(of - take);
    (0..take).try_fold(1u64, |product, index| product.checked_mul(of - index).map(|product| product / (index + 1))).unwrap_or(u64::MAX)
}

/// A number to compare with.
fn number(value: &Scalar) -> Option<Number> {
    match value {
        Scalar::Int(number) => Some(Number::Int(*number)),
        Scalar::Real(number) => Some(Number::Real(*number)),
        Scalar::Text(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => None,
    }
}
