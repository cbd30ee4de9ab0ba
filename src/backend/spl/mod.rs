//! A plan to SPL: `tstats` over CIM, and `search` over Windows event logs.

use super::bind::Native;
use super::plan::{Dialect, Plan, Support};
use crate::hir::{Rule, Test};

pub struct Tstats;
pub struct Search;

impl Dialect for Tstats {
    fn support(&self, _test: &Test<Native>) -> Support {
        Support::Later(None)
    }
}

impl Dialect for Search {
    fn support(&self, _test: &Test<Native>) -> Support {
        Support::Later(None)
    }
}

pub fn tstats(_rule: &Rule, _plan: &Plan) -> String {
    String::new()
}

pub fn search(_rule: &Rule, _plan: &Plan) -> String {
    String::new()
}
