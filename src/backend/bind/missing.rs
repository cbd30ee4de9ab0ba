//! Native values that mean 'no value'.
//!
//! In: a test over a column, and the values that mean 'no value' there. Out: the test with a guard for each of them that it would be
//! true of, so that the query says what the rule does. Law: after guarding, the predicate is false of null, of empty text and of every
//! marker. The one exception is an equality with the marker itself (`name == "unknown"` on CIM): it is emitted as it stands, and
//! reported. Markers compare without case. One stands alone: no column of several values holds one beside others; in XML it is the text of an
//! element.

use crate::diag::targets::{self, At};
use crate::hir::{self, Casing, Op, Pred, Scalar, TextOp, eval_text, eval_text_in_any_case, registry};
use crate::schema::{Cut, NativeType, Transform, Type};

use super::place::is_number;
use super::{Binder, ColumnRef, Native, NativeExpr, NativePred};

impl<F> Binder<'_, F> {
    /// A test on a column, or on a value that must be computed of columns, made false of what means 'no value'.
    pub(super) fn guarded(&mut self, native: &Native, op: Op<Native>) -> NativePred {
        if let Op::Text { op: TextOp::Equals, .. } | Op::OneOf(_) = op {
            self.report_markers(native, &op);
            return self.leaf(native, op);
        }
        let guards = self.guards(native, &op);
        Pred::all([self.leaf(native, op)].into_iter().chain(guards))
    }

    /// What must hold beside the test. A marker is one in any case.
    fn guards(&mut self, native: &Native, op: &Op<Native>) -> Vec<NativePred> {
        let mut guards = Vec::new();
        // A computed value may be empty where its column is not: the name of a path that ends in a slash.
        let is_computed = native.value.column().is_none();
        if is_computed && eval_text_in_any_case(op, "") {
            guards.push(self.leaf(native, Op::Exists));
        }
        // Of several columns some may have no value where the whole has one.
        if let Some(whole) = of_several(&native.value) {
            if !is_empty_without_a_part(native, whole) {
                guards.push(self.exists(&native.part(whole)));
            }
            return guards;
        }
        for leaf in leaves(&native.value) {
            let passes = |marker: &&str| match computed(&native.value, marker) {
                Some(text) if text.is_empty() && is_computed => false,
                Some(text) => eval_text_in_any_case(op, &text),
                None => true,
            };
            let caught: Vec<&str> = markers(native, leaf_type(leaf)).filter(passes).collect();
            guards.extend(self.none_of(native, leaf, &caught));
        }
        guards
    }

    /// The column has a value: it is not null, not empty, and no marker.
    pub(super) fn present(&self, native: &Native, column: &ColumnRef) -> NativePred {
        let alone = native.part(&NativeExpr::Column(column.clone()));
        let markers: Vec<&str> = markers(native, column.ty).filter(|marker| !marker.is_empty()).collect();
        let mut parts = vec![self.leaf(&alone, Op::Exists)];
        parts.extend(self.none_of(native, &alone.value, &markers));
        Pred::all(parts)
    }

    fn none_of(&self, native: &Native, leaf: &NativeExpr, markers: &[&str]) -> Vec<NativePred> {
        if markers.is_empty() {
            return Vec::new();
        }
        let alone = native.part(leaf);
        let mut guards = Vec::new();
        if markers.contains(&"") {
            guards.push(self.leaf(&alone, Op::Exists));
        }
        let named: Vec<&str> = markers.iter().copied().filter(|marker| !marker.is_empty()).collect();
        if named.is_empty() {
            return guards;
        }
        let equals = if is_number(leaf_type(leaf)) {
            self.leaf(&alone, Op::OneOf(named.iter().filter_map(|marker| marker.parse().ok().map(Scalar::Int)).collect()))
        } else {
            let text = Native { ty: Type::Text, ..alone };
            self.leaf(
                &text,
                Op::Text { op: TextOp::Equals, any: named.iter().map(|marker| (*marker).to_owned()).collect(), case: Casing::Ignore },
            )
        };
        guards.push(equals.not());
        guards
    }

    /// A literal that is a marker: it cannot be told from no value.
    fn report_markers(&mut self, native: &Native, op: &Op<Native>) {
        let asked = leaves(&native.value)
            .into_iter()
            .flat_map(|leaf| markers(native, leaf_type(leaf)))
            .find(|marker| !marker.is_empty() && computed(&native.value, marker).is_some_and(|text| eval_text(op, &text)));
        if let Some(marker) = asked.map(str::to_owned) {
            self.report_marker(native, &marker);
        }
    }

    pub(super) fn report_marker(&mut self, native: &Native, marker: &str) {
        let at = At { span: self.span, target: self.place.target.name() };
        let reason = targets::missing_literal(at, &native.field, marker, self.negated);
        self.depart(!self.negated, reason);
    }
}

/// What a marker may stand in: the columns, and the elements of XML.
fn leaves(value: &NativeExpr) -> Vec<&NativeExpr> {
    fn walk<'e>(value: &'e NativeExpr, into: &mut Vec<&'e NativeExpr>) {
        match value {
            NativeExpr::Apply(transform, inputs) if !is_element(transform) => inputs.iter().for_each(|input| walk(input, into)),
            leaf if !into.contains(&leaf) => into.push(leaf),
            NativeExpr::Column(_) | NativeExpr::Apply(..) => {}
        }
    }
    let mut leaves = Vec::new();
    walk(value, &mut leaves);
    leaves
}

fn is_element(transform: &Transform) -> bool {
    matches!(transform, Transform::Xml(_) | Transform::Cut(Cut::Xml(_)))
}

fn leaf_type(leaf: &NativeExpr) -> NativeType {
    leaf.column().map_or(NativeType::Text, |column| column.ty)
}

/// The values that mean 'no value' and that a column of this type can hold.
fn markers(native: &Native, ty: NativeType) -> impl Iterator<Item = &str> {
    native.missing.iter().map(|marker| marker.as_ref()).filter(move |marker| match ty {
        NativeType::Text | NativeType::Guid | NativeType::Dynamic => true,
        NativeType::Int | NativeType::Long | NativeType::Real => marker.parse::<i64>().is_ok(),
        NativeType::Bool | NativeType::Time | NativeType::Timespan => false,
    })
}

/// The value itself is empty, where one of its columns has no value, and no word means that.
fn is_empty_without_a_part(native: &Native, whole: &NativeExpr) -> bool {
    matches!(whole, NativeExpr::Apply(Transform::Concat(_), _)) && native.missing.iter().all(|marker| marker.is_empty())
}

/// The part that is made of several values, if there is one.
fn of_several(value: &NativeExpr) -> Option<&NativeExpr> {
    match value {
        NativeExpr::Column(_) => None,
        NativeExpr::Apply(_, inputs) => match inputs.as_slice() {
            [input] => of_several(input),
            [] => None,
            [_, _, ..] => Some(value),
        },
    }
}

/// What a value is where its column, or the element of XML in it, holds this text; None where several columns make it.
pub(in crate::backend) fn computed(value: &NativeExpr, text: &str) -> Option<String> {
    match value {
        NativeExpr::Column(_) => Some(text.to_owned()),
        NativeExpr::Apply(transform, inputs) => {
            let [input] = inputs.as_slice() else { return None };
            let text = computed(input, text)?;
            Some(match transform {
                Transform::Basename => text.rsplit(['\\', '/']).next().unwrap_or_default().to_owned(),
                Transform::UserName => match text.rsplit_once('\\') {
                    Some((_, name)) => name.to_owned(),
                    None => text.split('@').next().unwrap_or_default().to_owned(),
                },
                Transform::UserDomain => match (text.rsplit_once('\\'), text.split_once('@')) {
                    (Some((domain, _)), _) | (None, Some((_, domain))) => domain.to_owned(),
                    (None, None) => String::new(),
                },
                Transform::Int => text.parse::<i64>().map_or_else(|_| String::new(), |number| number.to_string()),
                Transform::Hex => {
                    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(&text);
                    i64::from_str_radix(digits, 16).map_or_else(|_| String::new(), |number| number.to_string())
                }
                Transform::Lower => text.to_lowercase(),
                // Of no more use here than the text itself: no marker is a hash or has a neutral value.
                Transform::Hash(_) | Transform::Map(_) => text,
                Transform::Xml(_) | Transform::Cut(Cut::Xml(_)) => text,
                Transform::Cut(cut) => hir::cut(cut, &text).unwrap_or_default().to_owned(),
                Transform::Hive(form) => registry::of_column(*form, &text).into_owned(),
                Transform::RegData => registry::data(&text).into_owned(),
                Transform::OnlyIp if text.parse::<std::net::IpAddr>().is_err() => String::new(),
                Transform::NotIp if text.parse::<std::net::IpAddr>().is_ok() => String::new(),
                Transform::OnlyIp | Transform::NotIp => text,
                // A marker is no JSON, and no time.
                Transform::Json(_) | Transform::Part(_) => String::new(),
                Transform::Const(value) => value.to_string(),
                Transform::Join(_) | Transform::Concat(_) | Transform::First | Transform::Lookup { .. } | Transform::Switch(_) => {
                    return None;
                }
            })
        }
    }
}
