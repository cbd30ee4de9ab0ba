//! A plan to KQL over Microsoft Defender's tables.

use super::bind::Native;
use super::plan::{Dialect, Plan, Support};
use crate::hir::{Rule, Test};

pub struct Kql;

impl Dialect for Kql {
    fn support(&self, _test: &Test<Native>) -> Support {
        Support::Native
    }
}

pub fn print(_rule: &Rule, _plan: &Plan) -> String {
    String::new()
}
