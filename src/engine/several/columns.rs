//! What the columns of a group or a chain are called.
//!
//! In: columns as a rule asks for them. Out: a name for each, unlike the others. A field has its own name (`user.name`, `drop.path`), an
//! aggregate its title (`distinct_user_name`), as in the queries.

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
