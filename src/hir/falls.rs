//! Whether a group that has been found can be lost again.
//!
//! In: the condition on a group. Out: whether one more hit can make it false. Law: where it cannot, a group of which only some hits are seen is
//! one of all of them.

use super::{AggPred, Compare, Function};

impl AggPred {
    /// Whether a further hit can make the condition false.
    pub fn may_fall(&self) -> bool {
        falls(self, false)
    }
}

fn falls(having: &AggPred, negated: bool) -> bool {
    match having {
        AggPred::All(parts) | AggPred::Any(parts) => parts.iter().any(|part| falls(part, negated)),
        AggPred::Not(inner) => falls(inner, !negated),
        AggPred::Test { aggregate, op, .. } => {
            let (rises, sinks) = match aggregate.function {
                Function::Count | Function::Distinct | Function::Max | Function::Values => (true, false),
                Function::Min => (false, true),
                Function::Sum | Function::Avg | Function::Percentile(_) => (true, true),
            };
            let (wants_much, wants_little) = match op {
                Compare::Greater | Compare::GreaterEqual => (true, false),
                Compare::Less | Compare::LessEqual => (false, true),
                Compare::Equal | Compare::NotEqual => (true, true),
            };
            let (wants_much, wants_little) = if negated { (wants_little, wants_much) } else { (wants_much, wants_little) };
            (rises && wants_little) || (sinks && wants_much)
        }
    }
}
