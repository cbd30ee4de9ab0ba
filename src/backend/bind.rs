//! A test over the model to a predicate over a target's own columns.
//!
//! In: a predicate over fields, and the container in which the events stand. Out: the same predicate over [`Native`] values, with
//! every transform of the binding either gone into the operand (`basename(X) == "a.exe"` is `X == "a.exe"` or `X` ends with `\a.exe`)
//! or left for the printer to compute; and the losses found on the way. Law: on every row of the container the native predicate says
//! what the neutral one says of the neutral event, unless a loss is reported. A test on a field that the container lacks is false.
//! The matter of this stage is exactness in *values*; what a query language can express is `plan`'s and the printers'.

use crate::diag::Diagnostic;
use crate::hir::Pred;
use crate::schema::{Expr, Str, Type};

/// A value made of a container's columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// A column, or a transform that could not be moved into the operand.
    pub value: NativeExpr,
    /// The type of the neutral field: it decides how operands compare.
    pub ty: Type,
    /// The native values that mean 'no value', beside null.
    pub missing: Vec<Str>,
    pub multi: bool,
}

/// [`Expr`] with the columns resolved in the container's table.
#[derive(Clone, Debug, PartialEq)]
pub enum NativeExpr {
    Column(ColumnRef),
    Apply(crate::schema::Transform, Vec<NativeExpr>),
}

/// A column as its schema knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRef {
    /// `process_name`, `FileName`
    pub name: String,
    /// `Processes` for CIM, else empty.
    pub owner: String,
    pub ty: crate::schema::NativeType,
    pub multi: bool,
}

/// A predicate over native values.
pub type NativePred = Pred<Native>;

/// What binding a predicate gave: the predicate, and why it is not exact.
#[derive(Clone, Debug)]
pub struct Bound {
    pub pred: NativePred,
    pub widened: Vec<Diagnostic>,
    pub narrowed: Vec<Diagnostic>,
}

#[doc(hidden)]
pub type BindingExpr = Expr;
