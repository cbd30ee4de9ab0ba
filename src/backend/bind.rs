//! A test over the model to a predicate over a target's own columns.
//!
//! In: a predicate over fields, and the container in which the events stand. Out: the same predicate over [`Native`] values, with
//! every transform of the binding either gone into the operand (`basename(X) == "a.exe"` is `X == "a.exe"` or `X` ends with `\a.exe`)
//! or left for the printer to compute; and the losses found on the way. Law: on every row of the container the native predicate says
//! what the neutral one says of the neutral event, unless a loss is reported. A test on a field that the container lacks is false.
//! The matter of this stage is exactness in *values*; what a query language can express is `plan`'s and the printers'.

use crate::hir::Pred;
use crate::schema::{NativeType, Str, Transform, Type};

/// A value made of a container's columns.
///
/// What a printer must know of a test on it: null never passes a test, so `Not` of the test is true of null, and the printer writes
/// both so (KQL's `null != 5` and SPL's `NOT match(null, ..)` need care). Everything else that counts as missing is spelled out in the
/// predicate beside the test (`and not X in ("unknown")`, `and X exists`), where the test could be true of it. [`hir::Op::Exists`](crate::hir::Op::Exists)
/// means neither null nor empty text, nothing more. `Equals` on a value of several holds if one of them is equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// What the rule calls it, for messages: `parent.name`, or the column's own name.
    pub field: String,
    /// A column, or a transform that could not be moved into the operand.
    pub value: NativeExpr,
    /// How operands compare: the type of the neutral field, or [`Type::Text`] where the operand was spelled as the column keeps it.
    pub ty: Type,
    /// The values of the columns inside that mean 'no value', beside null. Of use inside `First` and `Join` only.
    pub missing: Vec<Str>,
    pub multi: bool,
}

/// [`Expr`](crate::schema::Expr) with the columns resolved in the container's table.
///
/// In tests a printer meets `Basename`, `UserName`, `UserDomain`, `Int`, `Hex`, `Join`, and `Hash` and `Lower` only where two fields or
/// `cased` texts are compared; `First` and `Map` never. In shown values: `Basename`, `UserName`, `UserDomain`, `First`, `Join`.
#[derive(Clone, Debug, PartialEq)]
pub enum NativeExpr {
    Column(ColumnRef),
    Apply(Transform, Vec<NativeExpr>),
}

/// A column as its schema knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRef {
    /// `process_name`, `FileName`; in `splunk-raw` as Splunk's add-ons call it.
    pub name: String,
    /// `Processes` for CIM, else empty.
    pub owner: String,
    pub ty: NativeType,
    pub multi: bool,
}

/// A predicate over native values.
pub type NativePred = Pred<Native>;

impl NativeExpr {
    /// The column, where the value is nothing else.
    pub fn column(&self) -> Option<&ColumnRef> {
        match self {
            NativeExpr::Column(column) => Some(column),
            NativeExpr::Apply(..) => None,
        }
    }

    /// Every column inside, in order, without repetition.
    pub fn columns(&self) -> Vec<&ColumnRef> {
        fn walk<'e>(expr: &'e NativeExpr, into: &mut Vec<&'e ColumnRef>) {
            match expr {
                NativeExpr::Column(column) if !into.contains(&column) => into.push(column),
                NativeExpr::Column(_) => {}
                NativeExpr::Apply(_, inputs) => inputs.iter().for_each(|input| walk(input, into)),
            }
        }
        let mut columns = Vec::new();
        walk(self, &mut columns);
        columns
    }
}
