//! Names and values of a target's own, inside `on TARGET where ..`.
//!
//! In: a path, or a literal beside a column; the target and the class. Out: a column of the tables in which the target looks for the class,
//! or a key of the JSON in one, with the type in which it compares; and a finding where a text is no value of the column. Law: what one
//! of the tables has is a name; in another one, that lacks it, it is missing. A name is never guessed: the target's own queries tell
//! cases apart, so another case is a mistake with a sure fix.

use crate::diag::targets::Later;
use crate::diag::values::quoted;
use crate::diag::{lints, names};
use crate::hir::{Casing, LikePattern, NativeColumn, TextOp, eval_text};
use crate::schema::{ClassId, Column, Expr, FieldId, NativeType, Schema, Table, Target, Transform, Type, nearest};
use crate::syntax::ast::{self, Op, Value};

use super::literals::Asked;
use super::operands::{Literal, LiteralValue};
use super::operators::type_of_name;
use super::scope::{Found, ScopeId};
use super::words::{Field, Key, Words};
use super::{Checker, Cx};

type Place<'a> = (&'a Schema, &'a Table, &'a Column);

/// A let that names a let that names a let: deeper than anyone writes, and an end where they form a circle.
const DEEP: usize = 16;

impl<'a> Checker<'a> {
    /// The column that a path names; a path that names none is reported.
    pub(super) fn native_field(&mut self, path: &ast::Path, target: Target, class: ClassId, cx: Cx<'_, 'a>) -> Option<Field<'a>> {
        let parts: Vec<&str> = path.parts.iter().map(|part| part.text.as_str()).collect();
        let columns = self.columns(target, class);
        let named: Vec<(Place<'a>, usize)> =
            columns.iter().filter_map(|place| Some((*place, self.named(target, *place, &parts)?))).collect();
        let there: Vec<(Place<'a>, usize)> = named.iter().filter(|(place, _)| since(*place).is_none()).copied().collect();
        if let Some(((.., column), keys)) = there.first() {
            let keys: Vec<String> = parts[parts.len() - keys..].iter().map(|key| (*key).to_owned()).collect();
            let ty = if keys.is_empty() { common_type(there.iter().map(|((.., column), _)| column.ty)) } else { Type::Text };
            let open = !keys.is_empty();
            let key = Key::Native(NativeColumn { name: column.name.to_string(), keys, ty });
            return Some(Field { name: path.dotted(), key, ty, multi: false, values: Vec::new(), open, class, span: path.at.0 });
        }
        if let Some((place, _)) = named.first()
            && let (Some(since), Some(chosen)) = (since(*place), &place.0.chosen)
        {
            let (schema, table, column) = place;
            let (table, column) = (table.name.as_ref(), Some(column.name.as_ref()));
            let later = Later { schema: &schema.name, table, column, since, chosen: &chosen.version, place: &chosen.place };
            self.report_in(cx, names::later_column(path.at.0, later));
            return None;
        }
        self.unknown_column(path, &parts, target, class, &columns, cx);
        None
    }

    fn unknown_column(&mut self, path: &ast::Path, parts: &[&str], target: Target, class: ClassId, columns: &[Place<'a>], cx: Cx<'_, 'a>) {
        let tables = self.tables(target, class);
        let last = parts.last().copied().unwrap_or_default();
        let renamed = tables.iter().find_map(|(schema, table)| Some((schema, schema.renamed_column(&[*table], last)?)));
        if let Some((schema, now)) = renamed {
            self.report_in(cx, names::renamed_column(path.at.0, &path.dotted(), &schema.name, now));
            return;
        }
        // Of a path with keys it is the column that is not there.
        let word = parts.first().filter(|_| columns.iter().any(|(.., column)| column.name.eq_ignore_ascii_case(parts[0]))).unwrap_or(&last);
        let known = || columns.iter().map(|(.., column)| column.name.as_ref());
        let other_case = known().find(|name| name.eq_ignore_ascii_case(word)).filter(|_| parts.len() == 1);
        let near = match other_case {
            Some(name) => Some(names::NearColumn::OtherCase(name)),
            None => match self.column_of_field(&path.dotted(), target, class) {
                Some(name) => Some(names::NearColumn::OfField(name)),
                None => nearest(word, known()).map(names::NearColumn::Near),
            },
        };
        let tables: Vec<&str> = tables.iter().map(|(_, table)| table.name.as_ref()).collect();
        let elsewhere = if near.is_none() { self.elsewhere(last, target) } else { Vec::new() };
        self.report_in(cx, names::unknown_column(path.at.0, &path.dotted(), target.name(), &tables, near, &elsewhere));
    }

    /// What the target calls a field of the model, where that is one column.
    fn column_of_field(&self, name: &str, target: Target, class: ClassId) -> Option<&'a str> {
        let packs = self.packs;
        let field: FieldId = packs.class(class).field(name)?;
        let bound = packs.read_by(target).filter_map(|schema| packs.binding(&schema.name, class));
        let mut values = bound.flat_map(|binding| binding.containers.iter()).filter_map(|container| container.field(field));
        values.find_map(|bound| if let Expr::Column(name) = &bound.value { Some(name.as_ref()) } else { None })
    }

    /// Other tables of the target that have a column of this name.
    fn elsewhere(&self, name: &str, target: Target) -> Vec<&'a str> {
        const FEW: usize = 3;
        let tables = self.packs.read_by(target).flat_map(|schema| schema.tables.iter());
        tables.filter(|table| table.column(name).is_some()).map(|table| table.name.as_ref()).take(FEW).collect()
    }

    /// The tables in which a target looks for events of a class.
    pub(super) fn tables(&self, target: Target, class: ClassId) -> Vec<(&'a Schema, &'a Table)> {
        let packs = self.packs;
        let mut tables = Vec::new();
        for schema in packs.read_by(target) {
            let Some(binding) = packs.binding(&schema.name, class) else { continue };
            tables.extend(binding.containers.iter().filter_map(|container| Some((schema, schema.table(&container.table)?))));
        }
        tables
    }

    /// Whether a path on the right names a column.
    pub(super) fn is_column(&self, path: &ast::Path, target: Target, class: ClassId) -> bool {
        let parts: Vec<&str> = path.parts.iter().map(|part| part.text.as_str()).collect();
        self.columns(target, class).iter().any(|place| self.named(target, *place, &parts).is_some())
    }

    /// Whether a word on the right that is no column looks like one more than like a text without its quotes.
    pub(super) fn means_column(&self, word: &str, left: &Field<'a>, target: Target, class: ClassId) -> bool {
        let columns = self.columns(target, class);
        let of_left = columns.iter().filter(|(.., column)| matches!(&left.key, Key::Native(left) if left.name == column.name));
        let is_value = of_left.flat_map(|(.., column)| column.values.iter()).any(|value| value.eq_ignore_ascii_case(word));
        !is_value && nearest(word, columns.iter().map(|(.., column)| column.name.as_ref())).is_some()
    }

    fn columns(&self, target: Target, class: ClassId) -> Vec<Place<'a>> {
        let tables = self.tables(target, class);
        tables.into_iter().flat_map(|(schema, table)| table.columns.iter().map(move |column| (schema, table, column))).collect()
    }

    /// Whether the path names the column, and how many of its parts are keys inside of it: `column`, `Owner.column`, what Splunk's add-on
    /// calls it, or `column.key.key`.
    fn named(&self, target: Target, (schema, _, column): Place<'a>, parts: &[&str]) -> Option<usize> {
        let whole = parts.join(".");
        let splunk = || match target {
            Target::SplunkRaw => schema.splunk.iter().any(|(own, theirs)| *own == column.name && *theirs == whole && theirs != "_time"),
            Target::Splunk | Target::Defender | Target::Sentinel => false,
        };
        let owned = || !column.owner.is_empty() && whole == format!("{}.{}", column.owner, column.name);
        if column.name == whole || owned() || splunk() {
            return Some(0);
        }
        (parts.len() > 1 && column.name == parts[0] && self.has_keys(schema, column)).then(|| parts.len() - 1)
    }

    /// It holds JSON: by its type, or by what the schema's other tables and bindings say of a column of this name. Some tables keep such
    /// columns as text: `DeviceProcessEvents.AdditionalFields` is JSON in a string.
    fn has_keys(&self, schema: &Schema, column: &Column) -> bool {
        let dynamic = |other: &Column| other.name == column.name && other.ty == NativeType::Dynamic;
        match column.ty {
            NativeType::Dynamic => true,
            NativeType::Text => {
                let bound = self.packs.bindings.iter().filter(|binding| binding.schema == schema.name);
                let mut fields = bound.flat_map(|binding| binding.containers.iter()).flat_map(|container| container.fields.iter());
                schema.tables.iter().any(|table| table.column(&column.name).is_some_and(dynamic))
                    || fields.any(|bound| reads_keys(&bound.value, &column.name))
            }
            NativeType::Int | NativeType::Long | NativeType::Real | NativeType::Bool | NativeType::Time | NativeType::Guid => false,
            NativeType::Timespan => false,
        }
    }

    /// A key of JSON in the type of what it is compared with.
    pub(super) fn compared(&self, field: &Field<'a>, op: Op, operand: Option<&'a Value>, cx: Cx<'_, 'a>) -> Field<'a> {
        let stated = || operand.and_then(|value| self.type_of(value, cx.scope, DEEP));
        let ty = match op {
            Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => stated().filter(|ty| *ty == Type::Real).unwrap_or(Type::Int),
            Op::Equal | Op::NotEqual | Op::In | Op::Under => stated().unwrap_or(Type::Text),
            Op::Is => match operand {
                Some(Value::Path(path)) if path.dotted() == "machine_account" => Type::User,
                Some(_) | None => Type::Ip,
            },
            Op::Contains | Op::StartsWith | Op::EndsWith | Op::Like | Op::Has | Op::Matches | Op::Exists => Type::Text,
        };
        field.clone().with_type(ty)
    }

    /// The type of a literal, or of the first of a list.
    fn type_of(&self, value: &'a Value, scope: ScopeId, deep: usize) -> Option<Type> {
        match value {
            Value::Number(number) => Some(match number.value {
                ast::Num::Int(_) => Type::Int,
                ast::Num::Real(_) => Type::Real,
            }),
            Value::Bool(..) => Some(Type::Bool),
            Value::Address(_) => Some(Type::Ip),
            Value::List(list) => self.type_of(list.items.first()?, scope, deep),
            Value::Path(path) => {
                let [only] = path.parts.as_slice() else { return None };
                let Found::Let(id) = self.scopes.find(scope, &only.text) else { return None };
                let def = &self.scopes.lets[id.0];
                if let Some(ty) = def.ast.ty.as_ref().and_then(|ty| type_of_name(&ty.text)) {
                    return Some(ty);
                }
                match &def.ast.source {
                    ast::LetSource::Value(value) if deep > 0 => self.type_of(value, def.scope, deep - 1),
                    ast::LetSource::Value(_) | ast::LetSource::Predicate(_) | ast::LetSource::From { .. } => None,
                }
            }
            Value::Text(_) | Value::Duration(_) | Value::Regex(_) | Value::Call(_) => None,
        }
    }

    /// A text beside a column whose values the vendor documents. None: it is no value there, and was reported.
    pub(super) fn native_value(&mut self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>, cx: Cx<'_, 'a>) -> Option<()> {
        let (Key::Native(column), Words::Native(target, class)) = (&asked.field.key, cx.words) else { return Some(()) };
        if !column.keys.is_empty() {
            return Some(());
        }
        let mut places = self.columns(target, class);
        places.retain(|(.., known)| known.name == column.name);
        // Where one of the tables documents none, any text may stand there.
        if places.iter().any(|(.., column)| column.values.is_empty()) {
            return Some(());
        }
        let known = places.iter().flat_map(|(.., column)| column.values.iter().chain(&column.default).map(AsRef::as_ref));
        let known: Vec<&str> = known.collect();
        let whole = matches!(asked.op, Op::Equal | Op::NotEqual | Op::In);
        if known.is_empty() || known.iter().any(|value| passes(asked.op, text, value)) {
            return Some(());
        }
        let fix = matches!(literal.value, LiteralValue::Text(_)) && literal.used.is_none() && whole;
        let renamed = places.iter().find_map(|(schema, table, column)| {
            let mut renamed = schema.renamed_values.iter().filter(|_| column.name == *schema.tell_of(table));
            renamed.find(|(of, old, _)| *of == table.name && old.eq_ignore_ascii_case(text)).map(|(.., now)| now.as_ref())
        });
        if let Some(now) = renamed.filter(|_| whole) {
            let fix = fix.then(|| quoted(now));
            self.misfit(names::renamed_value(literal.span, text, &column.name, now, fix), literal, cx);
            return None;
        }
        let near = nearest(text, known.iter().copied()).filter(|_| whole);
        let fix = near.filter(|_| fix).map(quoted);
        if places.iter().all(|(.., column)| column.closed) {
            self.misfit(names::no_such_value(literal.span, text, &column.name, &known, near, fix), literal, cx);
            return None;
        }
        if whole {
            self.misfit(lints::undocumented_value(literal.span, text, &column.name, near, fix), literal, cx);
        }
        Some(())
    }

    /// `on TARGET` where the target has nothing of the class, nor of the branch's other classes. True: it was reported.
    pub(super) fn lacks_class(&mut self, clause: &ast::Pinned, target: Target, classes: &[ClassId]) -> bool {
        let packs = self.packs;
        let lacking = classes.iter().all(|class| self.tables(target, *class).is_empty());
        if lacking && let Some(class) = classes.first() {
            let others: Vec<&str> =
                Target::ALL.iter().filter(|other| !self.tables(**other, *class).is_empty()).map(|other| other.name()).collect();
            self.report(names::class_not_there(clause.target.at.0, target.name(), &packs.class(*class).name, &others));
        }
        lacking
    }
}

impl Field<'_> {
    /// The same, compared as another type.
    pub(super) fn with_type(mut self, ty: Type) -> Self {
        self.ty = ty;
        if let Key::Native(column) = &mut self.key {
            column.ty = ty;
        }
        self
    }
}

/// Since when there is the column, if that is after the version that the project works with.
fn since<'a>((schema, table, column): Place<'a>) -> Option<&'a str> {
    [&column.since, &table.since].into_iter().find(|since| schema.is_later(since.as_ref()))?.as_deref()
}

/// How values compare that some tables keep in one type and some in another.
fn common_type(types: impl Iterator<Item = NativeType>) -> Type {
    let types: Vec<Type> = types.map(column_type).collect();
    let first = types.first().copied().unwrap_or(Type::Text);
    // A number in a column of text is one too; a truth likewise.
    [Type::Real, Type::Int, Type::Bool].into_iter().find(|ty| types.contains(ty)).unwrap_or(if types.iter().all(|ty| *ty == first) {
        first
    } else {
        Type::Text
    })
}

fn column_type(ty: NativeType) -> Type {
    match ty {
        NativeType::Text | NativeType::Dynamic => Type::Text,
        NativeType::Guid => Type::Guid,
        NativeType::Int | NativeType::Long => Type::Int,
        NativeType::Real => Type::Real,
        NativeType::Bool => Type::Bool,
        NativeType::Time => Type::Time,
        NativeType::Timespan => Type::Duration,
    }
}

fn reads_keys(value: &Expr, column: &str) -> bool {
    match value {
        Expr::Column(_) => false,
        Expr::Apply(Transform::Json(_), inputs) if matches!(inputs.first(), Some(Expr::Column(name)) if name == column) => true,
        Expr::Apply(_, inputs) => inputs.iter().any(|input| reads_keys(input, column)),
    }
}

/// Whether a documented value passes the test.
fn passes(op: Op, text: &str, value: &str) -> bool {
    let says = |op| eval_text(&crate::hir::Op::<FieldId>::Text { op, any: vec![text.to_owned()], case: Casing::Ignore }, value);
    match op {
        Op::Equal | Op::NotEqual | Op::In => says(TextOp::Equals),
        Op::Contains => says(TextOp::Contains),
        Op::StartsWith => says(TextOp::StartsWith),
        Op::EndsWith => says(TextOp::EndsWith),
        Op::Has => says(TextOp::Has),
        Op::Like => eval_text(&crate::hir::Op::<FieldId>::Like { any: vec![LikePattern::parse(text)], case: Casing::Ignore }, value),
        // No column of text has such a test.
        Op::Under | Op::Matches | Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual | Op::Exists | Op::Is => true,
    }
}
