//! What a path on the left names: a field of the class, or, inside `on`, a column of the target.
//!
//! `action` and `class` are fields to the author and facts to the tree: they have keys of their own and are gone when the rule is whole.

use crate::diag::names;
use crate::hir::NativeColumn;
use crate::schema::{ClassId, Expr, FieldId, Target, TimePart, Type};
use crate::source::Span;
use crate::syntax::ast;

use super::scope::Found;
use super::{Checker, Cx};
use crate::schema::nearest;

/// Which names a condition may use.
#[derive(Clone, Copy)]
pub(super) enum Words {
    Class(ClassId),
    Native(Target, ClassId),
}

/// What a test is about, until the rule is whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    Field(FieldId),
    Action,
    Class,
    Native(NativeColumn),
}

#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    pub key: Key,
    pub name: String,
    pub ty: Type,
    pub multi: bool,
    /// Of an enumeration.
    pub values: Vec<&'a str>,
    /// A key of JSON: it has the type of what it is compared with.
    pub open: bool,
    /// The class it is a field of.
    pub class: ClassId,
    pub span: Span,
}

impl<'a> Checker<'a> {
    /// The field that a path names; a path that names nothing is reported.
    pub(super) fn field(&mut self, path: &ast::Path, cx: Cx<'_, 'a>) -> Option<Field<'a>> {
        match cx.words {
            Words::Class(class) => self.class_field(path, class, cx),
            Words::Native(target, class) => self.native_field(path, target, class, cx),
        }
    }

    fn class_field(&mut self, path: &ast::Path, class: ClassId, cx: Cx<'_, 'a>) -> Option<Field<'a>> {
        let name = path.dotted();
        if let Some(field) = self.find_field(class, &name, path.at.0) {
            return Some(field);
        }
        if let [first] = path.parts.as_slice() {
            match self.scopes.find(cx.scope, &first.text) {
                Found::Let(id) => {
                    self.scopes.lets[id.0].used = true;
                    let place = self.scopes.lets[id.0].ast.name.at.0;
                    self.report_in(cx, names::let_as_field(path.at.0, &name, place));
                    return None;
                }
                Found::Unsure => return self.doubt(),
                Found::Nothing => {}
            }
        } else if cx.steps.iter().any(|step| step.label == path.parts[0].text) {
            self.report_in(cx, names::step_on_the_left(path.at.0, &name));
            return None;
        }
        let report = self.unknown_field(class, &name, path.at.0);
        self.report_in(cx, report);
        None
    }

    /// The field of this name, if the class has it.
    pub(super) fn find_field(&self, class: ClassId, name: &str, span: Span) -> Option<Field<'a>> {
        let packs = self.packs;
        let known = packs.class(class);
        let field = |key, ty, multi, values| Some(Field { key, name: name.to_owned(), ty, multi, values, open: false, class, span });
        if name == "action" && !known.actions.is_empty() {
            return field(Key::Action, Type::Enum, false, known.actions.iter().map(AsRef::as_ref).collect());
        }
        if name == "class" {
            return field(Key::Class, Type::Enum, false, packs.model.classes.iter().map(|class| class.name.as_ref()).collect());
        }
        let id = known.field(name)?;
        let found = known.get(id);
        let values = found.values.map(|values| packs.model.enumeration(values).values.iter().map(AsRef::as_ref).collect());
        field(Key::Field(id), found.ty, found.multi, values.unwrap_or_default())
    }

    pub(super) fn unknown_field(&self, class: ClassId, name: &str, span: Span) -> crate::diag::Diagnostic {
        let known = self.packs.class(class);
        let foreign = self.foreign_field(class, name);
        let times = known.fields.iter().filter(|field| field.ty == Type::Time);
        let parts: Vec<String> = times.flat_map(|time| TimePart::ALL.map(|part| format!("{}.{}", time.name, part.name()))).collect();
        let names = known.fields.iter().map(|field| field.name.as_ref()).chain(parts.iter().map(String::as_str));
        let near = foreign.is_none().then(|| nearest(name, names)).flatten();
        names::unknown_field(span, name, &known.name, foreign, near)
    }

    /// The field that another product calls exactly so, and whether that is sure.
    ///
    /// A column that is the field as it stands says more than a name that somebody uses, and that more than a column from which the
    /// field is computed (`Image` holds a path, and the name is cut from it).
    fn foreign_field(&self, class: ClassId, name: &str) -> Option<(&'a str, bool)> {
        let packs = self.packs;
        let known = packs.class(class);
        // `Processes.process_name`, as Splunk writes it
        let last = name.rsplit('.').next().unwrap_or(name);
        let column = |column: &str| column.eq_ignore_ascii_case(name) || column.eq_ignore_ascii_case(last);
        let (mut plain, mut computed) = (Vec::new(), Vec::new());
        for binding in packs.bindings.iter().filter(|binding| binding.class == class) {
            for bound in binding.containers.iter().flat_map(|container| container.fields.iter()) {
                match &bound.value {
                    Expr::Column(one) if column(one) => plain.push(bound.field),
                    Expr::Column(_) => {}
                    Expr::Apply(..) if bound.value.columns().into_iter().any(column) => computed.push(bound.field),
                    Expr::Apply(..) => {}
                }
            }
        }
        if let Some(certain) = self.tells_actions(class, last) {
            return Some(("action", certain));
        }
        let also = |field: &&crate::schema::Field| field.aka.iter().any(|aka| aka.eq_ignore_ascii_case(name));
        let also: Vec<FieldId> = known.fields.iter().filter(also).filter_map(|field| known.field(&field.name)).collect();
        let (fields, exact) = [(plain, true), (also, true), (computed, false)].into_iter().find(|(fields, _)| !fields.is_empty())?;
        let alike = fields.iter().all(|field| *field == fields[0]);
        Some((known.get(fields[0]).name.as_ref(), exact && alike))
    }

    /// Whether products say with this column what happened, and whether in words that each stand for an action.
    fn tells_actions(&self, class: ClassId, name: &str) -> Option<bool> {
        if self.packs.class(class).actions.is_empty() {
            return None;
        }
        let bound = self.packs.bindings.iter().filter(|binding| binding.class == class);
        let schema =
            bound.filter_map(|binding| self.packs.schema(&binding.schema)).find(|schema| schema.tell.eq_ignore_ascii_case(name))?;
        // A number of an event is no word for what happened.
        Some(schema.tables.iter().all(|table| table.event_id.is_none()))
    }
}
