//! The columns of the result: what `eval` must compute so that each stands under its title.
//!
//! In: titles with the expressions behind them. Out: the assignments, in an order in which none overwrites a column that a later one
//! reads, and the renames that eval cannot say: of titles that are no plain names, and of columns that change places.

use crate::backend::lines::Lines;

use super::quote::{eval_name, is_eval_name, search_name};

/// What stands under a title.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub title: String,
    /// An expression of the eval dialect.
    pub value: Lines,
    /// The columns it reads.
    pub reads: Vec<String>,
}

/// The commands behind the last `where`, without their pipes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commands {
    /// One line an assignment.
    pub eval: Vec<Lines>,
    pub rename: Vec<Lines>,
}

/// Orders the assignments. One that changes nothing is left out; one whose title is `taken` goes to [`aside`], for its time to come.
pub fn commands(assignments: Vec<Assignment>, taken: &[&str]) -> Commands {
    let mut pending: Vec<Assignment> = assignments.into_iter().filter(|it| !it.value.reads(&eval_name(&it.title).to_string())).collect();
    let mut commands = Commands::default();
    while !pending.is_empty() {
        let is_free = |it: &Assignment| {
            let read_later = pending.iter().any(|other| other != it && other.reads.contains(&it.title));
            taken.contains(&it.title.as_str()) || (is_eval_name(&it.title) && !read_later)
        };
        match pending.iter().position(is_free) {
            Some(at) => {
                let it = pending.remove(at);
                let target = if taken.contains(&it.title.as_str()) { aside(&it.title) } else { it.title };
                commands.eval.push(it.value.after(&format!("{target}=")));
            }
            None => {
                let it = pending.remove(0);
                let target = format!("spoor_column_{}", commands.rename.len() + 1);
                let mut rename = Lines::from(format!("{target} as {}", search_name(&it.title)));
                rename.came_with(&it.value);
                commands.eval.push(it.value.after(&format!("{target}=")));
                commands.rename.push(rename);
            }
        }
    }
    commands
}

/// Where a column waits whose title the query itself needs for a while.
pub fn aside(title: &str) -> String {
    format!("spoor_{title}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(title: &str, value: &str, reads: &[&str]) -> Assignment {
        Assignment { title: title.to_owned(), value: value.into(), reads: reads.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn a_column_is_read_before_it_is_overwritten() {
        let made = commands(
            vec![assignment("user", "process", &["process"]), assignment("name", "user", &["user"]), assignment("dest", "dest", &["dest"])],
            &[],
        );
        assert_eq!(made.eval, ["name=user", "user=process"].map(Lines::from));
        assert!(made.rename.is_empty());
    }

    #[test]
    fn a_title_that_the_query_needs_waits() {
        let made =
            commands(vec![assignment("count", "user", &["user"]), assignment("lastTime", "count", &["count"])], &["count", "lastTime"]);
        assert_eq!(made.eval, ["spoor_count=user", "spoor_lastTime=count"].map(Lines::from));
    }

    #[test]
    fn columns_may_change_places_and_have_any_title() {
        let made = commands(vec![assignment("a", "b", &["b"]), assignment("b", "a", &["a"]), assignment("the \"x\"", "c", &["c"])], &[]);
        assert_eq!(made.eval, ["spoor_column_1=b", "b=a", "spoor_column_2=c"].map(Lines::from));
        assert_eq!(made.rename, ["spoor_column_1 as a", r#"spoor_column_2 as "the \"x\"""#].map(Lines::from));
    }
}
