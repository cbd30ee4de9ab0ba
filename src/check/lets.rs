//! The `let`s themselves: circles, types, lists from files, those that nobody uses.

use std::rc::Rc;

use crate::diag::{Diagnostic, lints, names, syntax, values};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, LetSource, Op, Subject, Value};

use super::forms::{ScalarFault, normal_text, scalar};
use super::list_file::{self, Fault};
use super::literals::{Asked, fits_type};
use super::operands::{Literal, LiteralValue, Literals};
use super::operators::{is_kept_as_text, stated_types, type_of_name};
use super::scope::{Found, LetId};
use super::words::{Field, Key, Words};
use super::{Checker, Cx};
use crate::schema::nearest;

impl<'a> Checker<'a> {
    /// Reads each `let` by itself: what is wrong whoever uses it is told here, once.
    pub(super) fn define_lets(&mut self, ids: &[LetId]) {
        for (one, first) in std::mem::take(&mut self.scopes.twice) {
            self.report(names::duplicate_let(one.name.at.0, &one.name.text, first));
        }
        self.find_circles(ids);
        for id in ids {
            self.define(*id);
        }
    }

    fn define(&mut self, id: LetId) {
        let (one, scope) = (self.scopes.lets[id.0].ast, self.scopes.lets[id.0].scope);
        if self.scopes.lets[id.0].broken {
            return;
        }
        let ty = match &one.ty {
            None => None,
            Some(name) => match type_of_name(&name.text) {
                Some(ty) => Some(ty),
                None => {
                    let all: Vec<&str> = stated_types().map(Type::name).collect();
                    self.report(names::unknown_type(name.at.0, &name.text, nearest(&name.text, all.iter().copied()), &all));
                    return self.break_let(id);
                }
            },
        };
        // No class is known here; nothing that is read needs one.
        let cx = Cx { words: Words::Class(crate::schema::ClassId(0)), scope, steps: &[], several: false, via: None };
        let literals = match &one.source {
            LetSource::Predicate(_) => {
                if let Some(name) = &one.ty {
                    self.report(names::typed_predicate(name.at.0, &one.name.text));
                    self.break_let(id);
                }
                return;
            }
            // A lone name may be a predicate, a list, a field or a value: its use says which.
            LetSource::Value(Value::Path(_)) if ty.is_none() => return,
            LetSource::Value(value) => {
                let before = self.scopes.lets.iter().map(|one| one.used).collect::<Vec<_>>();
                let read = self.literals(value, None, cx);
                // Being named by a `let` that nobody uses is no use.
                self.scopes.lets.iter_mut().zip(before).for_each(|(one, used)| one.used = used);
                read
            }
            LetSource::From { .. } => {
                let Some(listed) = self.listed(id) else { return };
                if !ty.is_none_or(|ty| self.fits_stated_type(one, ty, &listed)) {
                    self.break_let(id);
                }
                return;
            }
        };
        let Some(literals) = literals else { return self.break_let(id) };
        let whole = match ty {
            Some(ty) => {
                let literals = self.of_type(literals, ty);
                self.fits_stated_type(one, ty, &literals)
            }
            None => self.is_of_one_kind(&literals),
        };
        if !whole {
            self.break_let(id);
        }
    }

    fn break_let(&mut self, id: LetId) {
        self.scopes.lets[id.0].broken = true;
    }

    fn fits_stated_type(&mut self, one: &ast::Let, ty: Type, literals: &Literals<'a>) -> bool {
        let stated = one.ty.as_ref().map_or(one.at.0, |name| name.at.0);
        let mut whole = true;
        for literal in literals.items.iter().filter(|literal| !fits_type(ty, &literal.value)) {
            let report = self.not_of_type(literal, ty, stated);
            self.report(report);
            whole = false;
        }
        whole
    }

    /// Why a value is none of the type of its list.
    fn not_of_type(&self, literal: &Literal<'a>, ty: Type, stated: Span) -> Diagnostic {
        // No field of any class: the type alone speaks.
        let field = Field {
            key: Key::Class,
            name: ty.name().to_owned(),
            ty,
            multi: false,
            values: Vec::new(),
            open: false,
            class: crate::schema::ClassId(0),
            span: stated,
        };
        let asked = Asked { field: &field, op: Op::In, op_at: literal.span, whole: None, subject: None, texts: Vec::new() };
        let fault = match &literal.value {
            LiteralValue::Text(text) if is_kept_as_text(ty) && !text.is_empty() => {
                normal_text(ty, text, Op::In).err().map(|fault| self.text_fault(fault, text, literal, &asked))
            }
            value => match scalar(ty, value, Op::In) {
                Err(ScalarFault::Kind(_)) | Ok(_) => None,
                Err(fault) => Some(self.scalar_fault(fault, literal, &asked)),
            },
        };
        match fault {
            Some(found) => values::of_list(found, stated),
            None => {
                let shown = match &literal.value {
                    LiteralValue::Text(text) => format!("`{text}`"),
                    other => other.kind().to_owned(),
                };
                values::not_of_stated_type(literal.span, &shown, ty.name(), stated)
            }
        }
    }

    fn is_of_one_kind(&mut self, literals: &Literals<'a>) -> bool {
        let Some(first) = literals.items.first() else { return true };
        match literals.items.iter().find(|literal| literal.value.kind() != first.value.kind()) {
            Some(other) => {
                self.report(values::mixed_list(other.span, other.value.kind(), first.span, first.value.kind()));
                false
            }
            None => true,
        }
    }

    /// What a list file holds, in the form of the stated type: read, and what is wrong with it told, once.
    pub(super) fn listed(&mut self, id: LetId) -> Option<Rc<Literals<'a>>> {
        if self.scopes.lets[id.0].listed.is_none() && !self.scopes.lets[id.0].broken {
            match self.read_list(self.scopes.lets[id.0].ast) {
                Some(read) => self.scopes.lets[id.0].listed = Some(Rc::new(read)),
                None => self.break_let(id),
            }
        }
        if self.scopes.lets[id.0].broken { self.doubt() } else { self.scopes.lets[id.0].listed.clone() }
    }

    fn read_list(&mut self, one: &'a ast::Let) -> Option<Literals<'a>> {
        let LetSource::From { path, column } = &one.source else { return None };
        let at = path.at.0;
        let Some((file, text)) = self.files.list(at.file, &path.value) else { return self.doubt() };
        self.lists.entry(file).or_default();
        let read = match column {
            None => list_file::lines(text),
            Some(column) => match list_file::column(text, &column.value) {
                Ok(read) => read,
                Err(head) => {
                    let near = nearest(&column.value, head.iter().map(String::as_str));
                    self.report(names::unknown_list_column(column.at.0, &column.value, &path.value, near, &head));
                    return None;
                }
            },
        };
        let whole = read.faults.is_empty();
        for fault in read.faults {
            let (range, short) = match fault {
                Fault::OpenQuote(range) => (range, None),
                Fault::Short(range, cells) => (range, column.as_ref().map(|column| (cells, column.value.as_str()))),
            };
            self.report(values::list_row(Span::new(file, range.start, range.end), short));
        }
        if read.entries.is_empty() && whole {
            self.report(lints::empty_list_file(at, &path.value));
        }
        let mut items = Vec::with_capacity(read.entries.len());
        for entry in read.entries {
            if let Some((at, c)) = list_file::hidden(&entry.text) {
                // In quotes it stands somewhere in the cell.
                let plain = entry.at.len() == entry.text.len();
                let at = if plain { entry.at.start + at..entry.at.start + at + c.len_utf8() } else { entry.at.clone() };
                self.report(syntax::hidden_character(Span::new(file, at.start, at.end), c, false));
            }
            let span = Span::new(file, entry.at.start, entry.at.end);
            items.push(Literal { value: LiteralValue::Text(entry.text), span, cased: false, spells: 0, used: Some(at), held: None });
        }
        let literals = Literals { items, list: true };
        let literals = match one.ty.as_ref().and_then(|name| type_of_name(&name.text)) {
            Some(ty) => self.of_type(literals, ty),
            None => literals,
        };
        whole.then_some(literals)
    }

    /// `let`s of a scope that nothing names.
    pub(super) fn lint_unused(&mut self, ids: &[LetId]) {
        for id in ids {
            let def = &self.scopes.lets[id.0];
            // One that is wrong was told of already.
            if !def.used && !def.broken {
                let name = &def.ast.name;
                self.report(lints::unused_let(name.at.0, &name.text));
            }
        }
    }

    /// Breaks every `let` that leads back to itself, and tells each circle once.
    fn find_circles(&mut self, ids: &[LetId]) {
        let mut done = vec![false; self.scopes.lets.len()];
        for id in ids {
            self.follow(*id, &mut Vec::new(), &mut done);
        }
    }

    fn follow(&mut self, id: LetId, trail: &mut Vec<(LetId, Span)>, done: &mut [bool]) {
        if done[id.0] {
            return;
        }
        let (one, scope) = (self.scopes.lets[id.0].ast, self.scopes.lets[id.0].scope);
        for name in names_in(one) {
            let Found::Let(next) = self.scopes.find(scope, &name.text) else { continue };
            trail.push((id, name.at.0));
            if let Some(start) = trail.iter().position(|(passed, _)| *passed == next) {
                let circle: Vec<(LetId, Span)> = trail[start..].to_vec();
                let first = self.scopes.lets[next.0].ast;
                let steps: Vec<(Span, &str)> =
                    circle.iter().map(|(id, span)| (*span, self.scopes.lets[id.0].ast.name.text.as_str())).collect();
                if !circle.iter().any(|(id, _)| self.scopes.lets[id.0].broken) {
                    self.report(names::let_circle(first.name.at.0, &first.name.text, &steps));
                }
                circle.iter().for_each(|(id, _)| self.break_let(*id));
            } else {
                self.follow(next, trail, done);
            }
            trail.pop();
        }
        done[id.0] = true;
    }
}

/// Every name in a `let` that may be another.
fn names_in(one: &ast::Let) -> Vec<&ast::Name> {
    let mut names = Vec::new();
    match &one.source {
        LetSource::Predicate(expr) => in_expr(expr, &mut names),
        LetSource::Value(value) => in_value(value, &mut names),
        LetSource::From { .. } => {}
    }
    names
}

fn in_expr<'e>(expr: &'e Expr, names: &mut Vec<&'e ast::Name>) {
    match expr {
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Quorum(_, parts, _) => parts.iter().for_each(|part| in_expr(part, names)),
        Expr::Not(inner, _) | Expr::Paren(inner, _) => in_expr(inner, names),
        Expr::Test(test) => {
            match (&test.subject, &test.relation) {
                (Subject::Path(path), None) => in_path(path, names),
                (Subject::AnyOf(paths, _) | Subject::AllOf(paths, _), None) => paths.iter().for_each(|path| in_path(path, names)),
                (_, Some(_)) => {}
            }
            if let Some(relation) = &test.relation
                && relation.op != ast::Op::Is
                && let Some(operand) = &relation.operand
            {
                in_value(operand, names);
            }
        }
    }
}

fn in_value<'e>(value: &'e Value, names: &mut Vec<&'e ast::Name>) {
    match value {
        Value::Path(path) => in_path(path, names),
        Value::List(list) => list.items.iter().for_each(|item| in_value(item, names)),
        Value::Call(call) => in_value(&call.argument, names),
        Value::Text(_) | Value::Number(_) | Value::Duration(_) | Value::Bool(..) | Value::Address(_) | Value::Regex(_) => {}
    }
}

fn in_path<'e>(path: &'e ast::Path, names: &mut Vec<&'e ast::Name>) {
    if let [only] = path.parts.as_slice() {
        names.push(only);
    }
}
