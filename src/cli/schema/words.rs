//! What packs say, in a line each.
//!
//! In: an expression, a native predicate, a list of values. Out: text, as packs write it.

use crate::backend::bind::{ColumnRef, NativeExpr};
use crate::backend::describe::describe_value;
use crate::schema::{Expr, List, MapId, NativeTest, NativeType, Str, Transform};

/// `basename(Image)`
pub fn value(value: &Expr) -> String {
    /// The columns need no schema to be named.
    fn named(value: &Expr) -> NativeExpr {
        match value {
            Expr::Column(name) => {
                NativeExpr::Column(ColumnRef { name: name.clone(), owner: Str::default(), ty: NativeType::Text, multi: false })
            }
            Expr::Apply(transform, inputs) => NativeExpr::Apply(transform.clone(), inputs.iter().map(named).collect()),
        }
    }
    describe_value(&named(value))
}

/// Any of these, each all of its tests; empty: every row.
pub fn when(when: &[List<NativeTest>]) -> String {
    let all = |tests: &List<NativeTest>| tests.iter().map(test).collect::<Vec<_>>().join(" and ");
    when.iter().map(all).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" or ")
}

fn test(test: &NativeTest) -> String {
    let sign = match (test.values.len(), test.negated) {
        (1, false) => "=",
        (1, true) => "!=",
        (_, false) => "in",
        (_, true) => "not in",
    };
    let values = test.values.join(", ");
    if test.values.len() == 1 { format!("{} {sign} {values}", test.column) } else { format!("{} {sign} ({values})", test.column) }
}

/// The maps through which a value goes.
pub fn maps(value: &Expr, into: &mut Vec<MapId>) {
    if let Expr::Apply(transform, inputs) = value {
        if let Transform::Map(id) = transform
            && !into.contains(id)
        {
            into.push(*id);
        }
        inputs.iter().for_each(|input| maps(input, into));
    }
}

/// `"", "unknown"`
pub fn quoted(values: &[Str]) -> String {
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ")
}
