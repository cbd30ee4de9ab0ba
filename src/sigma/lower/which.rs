//! Which of the rules of a `temporal` correlation must have found something.
//!
//! In: its condition, a number (`gte: 2`) or names (`a and b`, `2 of them`), and the steps of the rules. Out: the steps that matter, and how
//! many of them are needed. What neither `together` nor `at_least` says is told.

use crate::diag::{Diagnostic, sigma as say};

use super::super::tree::{Condition, Correlation, Pattern, Quantity};
use super::correlation::{Step, is_named};
use super::logic::like;

/// None: it was reported.
pub fn needed<'p, 'r>(it: &Correlation, steps: Vec<Step<'p, 'r>>, out: &mut Vec<Diagnostic>) -> Option<(Vec<Step<'p, 'r>>, u64)> {
    let Some(which) = &it.which else {
        let needed = counted(it, steps.len() as u64, out)?;
        return Some((steps, needed));
    };
    let Asked { steps: asked, least } = read(which, &steps, out)?;
    let unused = steps.iter().enumerate().filter(|(index, _)| !asked.contains(index));
    unused.for_each(|(_, step)| out.push(say::unused_selection(step.part.word.at, &step.part.word.text)));
    let kept = steps.into_iter().enumerate().filter(|(index, _)| asked.contains(index)).map(|(_, step)| step).collect();
    Some((kept, least))
}

/// So many of these.
struct Asked {
    steps: Vec<usize>,
    least: u64,
}

impl Asked {
    fn is_all(&self) -> bool {
        self.least == self.steps.len() as u64
    }
}

fn read(condition: &Condition, steps: &[Step<'_, '_>], out: &mut Vec<Diagnostic>) -> Option<Asked> {
    match condition {
        Condition::Name(word) => match steps.iter().position(|step| is_named(step.part.head(), &word.text)) {
            Some(index) => Some(Asked { steps: vec![index], least: 1 }),
            None => {
                out.push(say::correlated(word.at, &word.text, "none of the rules of this correlation"));
                None
            }
        },
        Condition::And(parts, at) => match join(parts, steps, out)? {
            (parts, all) if parts.iter().all(Asked::is_all) => Some(Asked { least: all.len() as u64, steps: all }),
            _ => {
                out.push(say::correlated(*at, "and", "asks for some of them beside others, and for all of those"));
                None
            }
        },
        Condition::Or(parts, at) => match join(parts, steps, out)? {
            (parts, all) if parts.iter().all(|part| part.least == 1) => Some(Asked { steps: all, least: 1 }),
            _ => {
                out.push(say::correlated(*at, "or", "asks for several of them, or else for others"));
                None
            }
        },
        Condition::Not(_, at) => {
            out.push(say::correlated(*at, "not", "asks that a rule finds nothing"));
            None
        }
        Condition::Of { quantity, pattern, at } => {
            let fits = |step: &Step<'_, '_>| match pattern {
                Pattern::Them => true,
                Pattern::Like(word) => step.part.head().name.as_ref().is_some_and(|name| like(&word.text, &name.text)),
            };
            let asked: Vec<usize> = (0..steps.len()).filter(|index| fits(&steps[*index])).collect();
            let least = match quantity {
                Quantity::All => asked.len() as u64,
                Quantity::AtLeast(least) => *least,
            };
            if least == 0 || least > asked.len() as u64 {
                out.push(say::too_few(*at, least.max(1), asked.len()));
                return None;
            }
            Some(Asked { steps: asked, least })
        }
    }
}

/// The parts, and the steps of all of them.
fn join(parts: &[Condition], steps: &[Step<'_, '_>], out: &mut Vec<Diagnostic>) -> Option<(Vec<Asked>, Vec<usize>)> {
    let read: Vec<Option<Asked>> = parts.iter().map(|part| read(part, steps, out)).collect();
    let read = read.into_iter().collect::<Option<Vec<_>>>()?;
    let mut all: Vec<usize> = read.iter().flat_map(|part| part.steps.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    Some((read, all))
}

/// By the bounds of their number; without any, all.
fn counted(it: &Correlation, all: u64, out: &mut Vec<Diagnostic>) -> Option<u64> {
    let mut needed = all;
    for (op, number) in &it.bounds {
        let read = match (op.text.as_str(), number.text.parse::<u64>()) {
            ("gte", Ok(count)) => Some(count),
            ("gt", Ok(count)) => Some(count.saturating_add(1)),
            ("eq", Ok(count)) if count == all => Some(count),
            _ => None,
        };
        match read.filter(|count| (1..=all).contains(count)) {
            Some(count) => needed = count,
            None => {
                out.push(say::correlation(
                    op.at,
                    &op.text,
                    "asks that rules find nothing, or for more of them than there are",
                    "write `gte` and how many are needed",
                ));
                return None;
            }
        }
    }
    Some(needed)
}
