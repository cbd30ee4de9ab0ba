//! What the columns of a group or a chain are called.
//!
//! In: columns as a rule asks for them. Out: a name for each, unlike the others. A field has its own name (`user.name`, `drop.path`), an
//! aggregate that of its function and its field (`distinct_user_name`), as in the queries.

use crate::hir::{Aggregate, Function};

pub fn of_aggregate(aggregate: &Aggregate) -> String {
    let of = |word: &str| format!("{word}_{}", aggregate.field.as_deref().unwrap_or("matched").replace('.', "_"));
    match (aggregate.function, aggregate.field.as_deref()) {
        (Function::Count, _) => "count".to_owned(),
        (Function::Min, Some("time")) => "first_time".to_owned(),
        (Function::Max, Some("time")) => "last_time".to_owned(),
        (Function::Values, None) => "matched".to_owned(),
        (Function::Values, Some(field)) => field.to_owned(),
        (Function::Distinct, _) => of("distinct"),
        (Function::Sum, _) => of("sum"),
        (Function::Min, _) => of("min"),
        (Function::Max, _) => of("max"),
        (Function::Avg, _) => of("avg"),
        (Function::Percentile(percent), _) => of(&percent.title()),
    }
}

/// The later of two columns of one name has a number behind it.
pub fn named<T>(columns: impl IntoIterator<Item = (String, T)>) -> Vec<(Box<str>, T)> {
    let mut all: Vec<(Box<str>, T)> = Vec::new();
    for (name, what) in columns {
        let is_free = |name: &str, all: &[(Box<str>, T)]| !all.iter().any(|(known, _)| **known == *name);
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| is_free(name, &all));
        all.push((free.unwrap_or(name).into(), what));
    }
    all
}
