//! One container of one class in one target: which value a field has there.
//!
//! In: the packs. Out: [`Known`] for a field, or for a column that the rule names itself. Law: a field that some other container of
//! the target binds is merely absent here; one that none binds was refused before ([`unbound`]).

use std::borrow::Cow;

use crate::hir::{NativeColumn, Op, Pred, Test};
use crate::schema::{
    Binding, Channel, Class, ClassId, Column, Container, EnumId, Expr, FieldBinding, FieldId, List, NativeType, Packs, Platform, Schema,
    Str, Table, Target, Transform, Type,
};
use crate::source::Span;

use super::{ColumnRef, Native, NativeExpr, version};

/// Splunk keeps the event's text under this name: https://docs.splunk.com/Documentation/Splunk/latest/Knowledge/Usedefaultfields
const RAW: &str = "_raw";

/// And its time, in seconds since 1970, under this one.
pub(in crate::backend) const TIME: &str = "_time";

/// A container, and all that stands around it.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    pub target: Target,
    pub packs: &'p Packs,
    pub schema: &'p Schema,
    pub binding: &'p Binding,
    pub container: &'p Container,
    /// Of the container.
    pub table: Option<&'p Table>,
    /// The systems that the rule is about; empty: any.
    pub platforms: &'p [Platform],
    /// Where the rule names lists that are kept elsewhere: a query asks there, so a value is computed once, however few values the list has.
    pub kept: &'p [Span],
    /// Of the branch, for what no test of it stands for.
    pub span: Span,
}

impl std::fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {} {}", self.class().name, self.schema.name, self.container.table)
    }
}

/// What is known of a field in a container.
#[derive(Clone, Debug)]
pub enum Known {
    /// A value of its columns; the neutral enumeration, if the field has one.
    Native(Native, Option<EnumId>),
    /// The same in every row.
    Constant(String),
    /// No row has a value.
    Absent,
}

impl<'p> Place<'p> {
    pub fn class(&self) -> &'p Class {
        self.packs.class(self.binding.class)
    }

    pub fn table(&self) -> Option<&'p Table> {
        self.table
    }

    /// Where the events stand, of the systems that the rule is about.
    pub fn channels(&self) -> impl Iterator<Item = &'p Channel> {
        let platforms = self.platforms;
        let of_rule = move |channel: &&Channel| platforms.is_empty() || platforms.contains(&channel.platform);
        self.table().into_iter().flat_map(|table| table.channels.iter()).filter(of_rule)
    }

    /// Whether such systems write its events; a table that says nothing of its systems is of any.
    pub fn is_of_platforms(&self) -> bool {
        let is_own = || self.platforms_of_table().iter().any(|own| self.platforms.is_empty() || self.platforms.contains(own));
        self.tells_no_platform() || self.channels().next().is_some() || is_own()
    }

    pub fn tells_no_platform(&self) -> bool {
        self.table().is_none_or(|table| table.channels.is_empty()) && self.platforms_of_table().is_empty()
    }

    fn platforms_of_table(&self) -> &'p [Platform] {
        self.table().and_then(Table::own).map_or(&[], |own| own.platforms.as_ref())
    }

    pub fn field(&self, id: FieldId) -> Known {
        let field = self.class().get(id);
        if let Some((of, part)) = field.part.filter(|(of, _)| self.class().get(*of).name == "time") {
            return self.own_time().map_or(Known::Absent, |time| {
                let value = NativeExpr::Apply(Transform::Part(part), vec![NativeExpr::Column(time)]);
                let missing = self.container.field(of).map_or_else(List::default, |bound| bound.missing.clone());
                Known::Native(Native { field: field.name.clone(), value, ty: field.ty, missing, multi: false }, None)
            });
        }
        if let Some((bound, value)) = self.bound(id) {
            if let Expr::Apply(Transform::Const(constant), _) = &*value {
                return Known::Constant(constant.to_string());
            }
            let value = match self.resolve(&value) {
                // Numbers in a column of text, whether the binding says so or not.
                NativeExpr::Column(column) if compares_numbers(field.ty) && column.ty == NativeType::Text => {
                    NativeExpr::Apply(Transform::Int, vec![NativeExpr::Column(column)])
                }
                value => value,
            };
            let (name, missing) = (field.name.clone(), bound.missing.clone());
            return Known::Native(Native { field: name, value, ty: field.ty, missing, multi: field.multi }, field.values);
        }
        match field.name.as_ref() {
            "class" => Known::Constant(self.class().name.to_string()),
            "raw" if has_raw(self.target) => {
                let column = ColumnRef { name: RAW.into(), owner: Str::default(), ty: NativeType::Text, multi: false };
                Known::Native(plain("raw", column, Type::Text), None)
            }
            _ => Known::Absent,
        }
    }

    /// What the field is made of, as far as the project's version has it.
    fn bound(&self, id: FieldId) -> Option<(&'p FieldBinding, Cow<'p, Expr>)> {
        let bound = self.container.field(id)?;
        Some((bound, version::left(self.schema, self.table(), &bound.value)?))
    }

    /// A column that the rule names itself. Empty text is no value there either; other spellings of it are the rule's own matter.
    pub fn pinned(&self, column: &NativeColumn) -> Known {
        let Some(known) = self.named(&column.name) else { return Known::Absent };
        let is_text = known.ty == NativeType::Text;
        let native = plain(column.dotted(), known, column.ty);
        let alone = || vec![native.value.clone()];
        let value = match column.keys.as_slice() {
            [] if compares_numbers(column.ty) && is_text => NativeExpr::Apply(self.reading(&column.name), alone()),
            [] => return Known::Native(native, None),
            keys => NativeExpr::Apply(Transform::Json(Str::Owned(keys.join("."))), alone()),
        };
        Known::Native(Native { value, multi: false, ..native }, None)
    }

    /// How numbers in a column of text are written: as the binding of this container reads them.
    fn reading(&self, name: &str) -> Transform {
        let reads = |value: &Expr| match value {
            Expr::Apply(Transform::Hex, inputs) => matches!(&inputs[..], [Expr::Column(column)] if column == name),
            Expr::Apply(..) | Expr::Column(_) => false,
        };
        if self.container.fields.iter().any(|bound| reads(&bound.value)) { Transform::Hex } else { Transform::Int }
    }

    /// A column of the container by the name its schema gives it, where it has it.
    pub fn named(&self, name: &str) -> Option<ColumnRef> {
        let column = self.table()?.column(name)?;
        (!self.schema.is_later(column.since.as_ref())).then(|| self.column(column))
    }

    /// The column of the event's time, as the target writes it; None: the rows of the table have no time. Splunk gives every event one.
    pub fn time(&self) -> Option<String> {
        let column = self.table().map_or(&self.schema.time, |table| self.schema.time_of(table));
        let has = match self.target {
            Target::Splunk | Target::SplunkRaw => true,
            Target::Defender | Target::Sentinel => self.table().is_none_or(|table| table.column(column).is_some()),
        };
        has.then(|| self.written(column))
    }

    /// The same, as a column. Splunk has the time of every event under the one name.
    fn own_time(&self) -> Option<ColumnRef> {
        let name = match self.target {
            Target::Splunk | Target::SplunkRaw => Str::Borrowed(TIME),
            Target::Defender | Target::Sentinel => Str::Owned(self.time()?),
        };
        Some(ColumnRef { name, owner: Str::default(), ty: NativeType::Time, multi: false })
    }

    pub fn is_own_time(&self, value: &NativeExpr) -> bool {
        value.column().is_some_and(|column| self.own_time().as_ref() == Some(column))
    }

    /// The schema's own name of a column, as the target writes it.
    pub fn written(&self, name: &str) -> String {
        self.renamed(name).map_or_else(|| name.to_owned(), |theirs| theirs.to_string())
    }

    /// What the target calls a column, where that is not its schema's name for it.
    fn renamed(&self, name: &str) -> Option<&'p Str> {
        match self.target {
            Target::SplunkRaw => self.schema.splunk.iter().find(|(own, _)| own == name).map(|(_, theirs)| theirs),
            Target::Splunk | Target::Defender | Target::Sentinel => None,
        }
    }

    fn column(&self, column: &Column) -> ColumnRef {
        let owner = if self.schema.prefixed { column.owner.clone() } else { Str::default() };
        ColumnRef { name: self.renamed(&column.name).unwrap_or(&column.name).clone(), owner, ty: column.ty, multi: column.multi }
    }

    fn resolve(&self, value: &Expr) -> NativeExpr {
        match value {
            Expr::Column(name) => NativeExpr::Column(self.named(name).unwrap_or_else(|| ColumnRef {
                // A column that a pack's loader let pass without a table: text, as most are.
                name: self.renamed(name).unwrap_or(name).clone(),
                owner: self.table().map_or_else(Str::default, |table| table.lineage.clone()),
                ty: NativeType::Text,
                multi: false,
            })),
            // A number that the table keeps as a number needs no reading.
            Expr::Apply(Transform::Int | Transform::Hex, inputs) if self.is_number(inputs) => self.resolve(&inputs[0]),
            Expr::Apply(transform, inputs) => {
                NativeExpr::Apply(transform.clone(), inputs.iter().map(|input| self.resolve(input)).collect())
            }
        }
    }

    fn is_number(&self, inputs: &[Expr]) -> bool {
        let [Expr::Column(name)] = inputs else { return false };
        self.named(name).is_some_and(|column| is_number(column.ty))
    }
}

pub(in crate::backend) fn compares_numbers(ty: Type) -> bool {
    matches!(ty, Type::Int | Type::Real | Type::Port | Type::Duration)
}

/// Numbers compare as numbers in these columns.
pub fn is_number(ty: NativeType) -> bool {
    match ty {
        NativeType::Int | NativeType::Long | NativeType::Real => true,
        NativeType::Text | NativeType::Bool | NativeType::Time | NativeType::Guid | NativeType::Dynamic | NativeType::Timespan => false,
    }
}

/// What means 'no value' where nothing more is known.
pub const EMPTY_TEXT: List<Str> = List::Borrowed(&[Str::Borrowed("")]);

/// A column as it stands.
pub fn plain(field: impl Into<Str>, column: ColumnRef, ty: Type) -> Native {
    let multi = column.multi;
    Native { field: field.into(), value: NativeExpr::Column(column), ty, missing: EMPTY_TEXT, multi }
}

fn has_raw(target: Target) -> bool {
    match target {
        Target::SplunkRaw => true,
        Target::Splunk | Target::Defender | Target::Sentinel => false,
    }
}

/// Every binding of a class that a target reads, with its schema.
pub fn bindings(target: Target, class: ClassId, packs: &Packs) -> Vec<(&Schema, &Binding)> {
    packs.read_by(target).filter_map(|schema| Some((schema, packs.binding(&schema.name, class)?))).collect()
}

/// Whether the target records events of the class.
pub fn has_class(target: Target, class: ClassId, packs: &Packs) -> bool {
    bindings(target, class, packs).iter().any(|(_, binding)| !binding.containers.is_empty())
}

/// The fields of the predicates that no container of the target binds, each with the first place that reads it.
pub fn unbound<'a>(preds: impl Iterator<Item = &'a Pred>, target: Target, class: ClassId, packs: &Packs) -> Vec<(FieldId, Span)> {
    let mut missing: Vec<(FieldId, Span)> = Vec::new();
    let mut visit = |test: &Test| {
        let right = if let Op::Field { other, .. } = &test.op { Some(other.field) } else { None };
        for field in std::iter::once(test.field).chain(right) {
            if !is_bound(field, target, class, packs) && !missing.iter().any(|(known, _)| *known == field) {
                missing.push((field, test.span));
            }
        }
    };
    preds.for_each(|pred| pred.tests(&mut visit));
    missing
}

/// Whether any container of the target has a value for the field.
pub fn is_bound(field: FieldId, target: Target, class: ClassId, packs: &Packs) -> bool {
    let name = packs.class(class).get(field).name.as_ref();
    name == "class"
        || (name == "raw" && has_raw(target))
        || bindings(target, class, packs).iter().any(|(schema, binding)| {
            binding.containers.iter().any(|container| {
                let bound = container.field(field).filter(|_| version::is_there(schema, container));
                bound.is_some_and(|bound| version::left(schema, schema.table(&container.table), &bound.value).is_some())
            })
        })
}
