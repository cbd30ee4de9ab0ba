//! What the names of a row's columns say, of whatever tables it may be.
//!
//! In: the names of one row after the other. Out: for each, which schemas' rows may have it, and what Splunk makes of it. Law: a name means
//! the same in every row, so it is looked up once; and a row that nothing is said for by any of its names is none that
//! [`super::reading::Reading::of_row`] or [`super::reading::Reading::of_dataset`] would find.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::engine::index::Fast;

use super::json::Json;
use super::plan::{Form, SchemaPlan};
use super::rows;

/// Nobody writes more different names; who does loses speed alone.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub struct Names {
    known: RefCell<HashMap<Box<str>, Said, Fast>>,
}

/// What a name says, or those of a row together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    /// A bit for each plan: a row with it may be one of the schema's.
    rows: u64,
    /// It, or what stands below it in an object, may say which log it is of those that Splunk keeps.
    pub tells_splunk: bool,
    /// Somebody reads the column from logs that Splunk keeps.
    pub is_read: bool,
}

impl Said {
    /// Whether a row that says nothing else may be one of the schema of this plan.
    pub fn may_be_of(self, plan: usize) -> bool {
        1u64.checked_shl(plan as u32).is_none_or(|bit| self.rows & bit != 0)
    }

    fn and(self, other: Said) -> Said {
        Said { rows: self.rows | other.rows, tells_splunk: self.tells_splunk || other.tells_splunk, is_read: self.is_read || other.is_read }
    }
}

impl Names {
    /// What the names of a row say together.
    pub fn of_row(&self, row: &Json<'_>, plans: &[SchemaPlan<'_>], lines: Option<&SchemaPlan<'_>>) -> Said {
        row.entries().iter().fold(Said::default(), |said, (name, _)| said.and(self.of(name, plans, lines)))
    }

    pub fn of(&self, name: &str, plans: &[SchemaPlan<'_>], lines: Option<&SchemaPlan<'_>>) -> Said {
        if let Some(said) = self.known.borrow().get(name) {
            return *said;
        }
        let said = learn(name, plans, lines);
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(name.into(), said);
        said
    }
}

fn learn(name: &str, plans: &[SchemaPlan<'_>], lines: Option<&SchemaPlan<'_>>) -> Said {
    let of_splunk = || plans.iter().filter(|plan| plan.form == Form::Table && plan.is_of_splunk());
    let reads = |plan: &SchemaPlan<'_>| {
        let any_case = || plan.takes_any() && plan.caseless(name).is_some();
        plan.reads(name) || plan.column_of(name).is_some() || rows::tells(plan.schema, name) || any_case()
    };
    let may_be = |plan: &SchemaPlan<'_>| match plan.form {
        Form::Table => rows::decides(plan, name),
        Form::Dataset => rows::decides_dataset(name),
        Form::Log | Form::Document => true,
    };
    let bits = plans.iter().zip(0..64).filter(|(plan, _)| may_be(plan)).map(|(_, at)| 1 << at);
    Said {
        rows: bits.sum(),
        tells_splunk: of_splunk().any(|plan| rows::tells(plan.schema, name)),
        is_read: rows::TIMES.contains(&name) || of_splunk().chain(lines).any(reads),
    }
}
