//! Literals of a test to as few tests as say the same.
//!
//! In: the operand's literals, typed. Out: a predicate: `!=`, infix `not` and `contains all` are spelled out, texts become patterns and regexes, and literals of one
//! kind stand in one test. Law: what an operand says twice stands once; a fault of a regex is told at its letter.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diag::values::Outside;
use crate::diag::{Diagnostic, lints, values};
use crate::hir::{Casing, Compare, LikePattern, Number, Op, Pred, Regex, RegexFaultKind, Scalar, Simple, Test, TextOp, everywhere};
use crate::schema::Type;
use crate::source::{Span, add_places};
use crate::syntax::ast::{self, Relation};

use super::literals::{Asked, Typed};
use super::operands::{Literal, LiteralValue, Literals};
use super::words::{Field, Key};
use super::{Checker, Cx};

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
    pub(super) fn literal_test(
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
            match case {
                // A regex without a letter is none: between its slashes a comment would begin.
                Casing::Ignore => {
                    let flag = place_of(written, 0..4).filter(|_| !rest.is_empty());
                    self.misfit(lints::leading_case_flag(written.at.0, flag), literal, cx);
                }
                Casing::Respect => {
                    self.misfit(values::case_flag_and_cased(letters_of(written, 0..4)), literal, cx);
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
    place_of(written, part).unwrap_or(written.at.0)
}

/// None: its letters cannot be told apart.
fn place_of(written: &ast::Regex, part: std::ops::Range<usize>) -> Option<Span> {
    written.letters.place(part).map(|place| Span::new(written.at.0.file, place.start, place.end))
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

/// A number to compare with.
fn number(value: &Scalar) -> Option<Number> {
    match value {
        Scalar::Int(number) => Some(Number::Int(*number)),
        Scalar::Real(number) => Some(Number::Real(*number)),
        Scalar::Text(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => None,
    }
}
