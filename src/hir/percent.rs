//! Which percentile of many values.
//!
//! In: the number of a rule, how many values there are. Out: the place of the percentile among them, as whole numbers that each target can count
//! with. Law: it is the nearest rank, the least of the values of which so many of a hundred are no greater; so it is one of the values.

use std::fmt;

use super::{AggPred, Aggregate, ColumnWhat, Number, Rule};

/// A part of a hundred, from 0 to 100, to the fourth digit behind the point. Kept as a whole number, so that all targets count alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent(u32);

impl Percent {
    /// The middle.
    pub const HALF: Percent = Percent(500_000);
    /// One percent.
    const ONE: u32 = 10_000;

    /// None: beyond 0 and 100, or of more digits.
    pub fn new(number: Number) -> Option<Percent> {
        let parts = match number {
            Number::Int(number) => u32::try_from(number).ok()?.checked_mul(Percent::ONE)?,
            Number::Real(number) => {
                let parts = (number * f64::from(Percent::ONE)).round();
                // The digits that stand in the rule are those of the nearest fraction.
                (parts >= 0.0 && parts <= f64::from(100 * Percent::ONE) && parts / f64::from(Percent::ONE) == number)
                    .then_some(parts as u32)?
            }
        };
        (parts <= 100 * Percent::ONE).then_some(Percent(parts))
    }

    /// It is the first number divided by the second: 95 of 100, 999 of 1000.
    pub fn ratio(self) -> (u32, u32) {
        let (mut part, mut whole) = (self.0, 100 * Percent::ONE);
        while whole > 100 && part.is_multiple_of(10) {
            (part, whole) = (part / 10, whole / 10);
        }
        (part, whole)
    }

    /// Of so many values, in their order, the one with this index: the nearest rank. None: of no values.
    pub fn index(self, count: u64) -> Option<u64> {
        let (part, whole) = self.ratio();
        let rank = (u128::from(count) * u128::from(part)).div_ceil(u128::from(whole)).max(1);
        (count > 0).then(|| u64::try_from(rank - 1).unwrap_or(count - 1))
    }

    /// What stands before the field's name in the title of a column: `median`, `p95`, `p99_9`.
    pub fn title(self) -> String {
        if self == Percent::HALF {
            return "median".to_owned();
        }
        format!("p{}", self.to_string().replace('.', "_"))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / f64::from(Percent::ONE))
    }
}

impl Rule {
    /// What is counted of groups, to decide or to be shown.
    pub fn aggregates(&self) -> Vec<&Aggregate> {
        let mut all = Vec::new();
        if let Some(having) = self.group.as_ref().and_then(|group| group.having.as_ref()) {
            collect(having, &mut all);
        }
        all.extend(self.show.iter().flatten().filter_map(|column| match &column.what {
            ColumnWhat::Aggregate(aggregate) => Some(aggregate),
            ColumnWhat::Field(_) | ColumnWhat::StepField { .. } | ColumnWhat::Matched => None,
        }));
        all
    }
}

fn collect<'r>(having: &'r AggPred, all: &mut Vec<&'r Aggregate>) {
    match having {
        AggPred::All(parts) | AggPred::Any(parts) => parts.iter().for_each(|part| collect(part, all)),
        AggPred::Not(inner) => collect(inner, all),
        AggPred::Test { aggregate, .. } => all.push(aggregate),
    }
}
