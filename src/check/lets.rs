//! The `let`s themselves: circles, types, lists from files, those that nobody uses.

use crate::diag::{Diagnostic, lints, names, values};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, LetSource, Op, Subject, Value};

use super::forms::{ScalarFault, normal_text, scalar};
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
            LetSource::From { path, column } => self.listed(id, path, column.as_ref()),
        };
        let Some(literals) = literals else { return self.break_let(id) };
        let whole = match ty {
            Some(ty) => self.fits_stated_type(one, ty, literals),
            None => self.is_of_one_kind(&literals),
        };
        if !whole {
            self.break_let(id);
        }
    }

    fn break_let(&mut self, id: LetId) {
        self.scopes.lets[id.0].broken = true;
    }

    fn fits_stated_type(&mut self, one: &ast::Let, ty: Type, literals: Literals<'a>) -> bool {
        let stated = one.ty.as_ref().map_or(one.at.0, |name| name.at.0);
        let listed = matches!(one.source, LetSource::From { .. });
        let mut whole = true;
        for mut literal in self.of_type(literals, ty).items {
            if fits_type(ty, &literal.value) {
                continue;
            }
            // A line of another file has no place here, so nothing is mended.
            literal.used = listed.then_some(literal.span);
            let mut report = self.not_of_type(&literal, ty, stated);
            if let LiteralValue::Text(text) = &literal.value
                && listed
            {
                report = values::in_list_file(report, text);
            }
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

    /// The entries of a list file: lines, or one column of a table with a head line. Empty lines and `#` lines are none.
    pub(super) fn listed(&mut self, id: LetId, path: &'a ast::Text, column: Option<&'a ast::Text>) -> Option<Literals<'a>> {
        let at = path.at.0;
        let Some(text) = self.files.list(at.file, &path.value) else { return self.doubt() };
        let mut lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
        let mut entries: Vec<String> = Vec::new();
        match column {
            None => entries.extend(lines.map(str::trim).filter(|line| !line.starts_with('#')).map(str::to_owned)),
            Some(column) => {
                let head = lines.next().map(cells).unwrap_or_default();
                let Some(index) = head.iter().position(|cell| *cell == column.value) else {
                    let near = nearest(&column.value, head.iter().map(String::as_str));
                    self.report(names::unknown_list_column(column.at.0, &column.value, &path.value, near, &head));
                    self.break_let(id);
                    return None;
                };
                entries.extend(lines.filter_map(|line| cells(line).into_iter().nth(index)).filter(|cell| !cell.is_empty()));
            }
        }
        if entries.is_empty() {
            self.report(lints::empty_list_file(at, &path.value));
        }
        let literal = |text| Literal { value: LiteralValue::Text(text), span: at, cased: false, used: None };
        Some(Literals { items: entries.into_iter().map(literal).collect(), list: true })
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

/// The cells of one line of a CSV file (RFC 4180, without line ends in cells).
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let cell = cells.len() - 1;
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cells[cell].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells[cell].push(other),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
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
