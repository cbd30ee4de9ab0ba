//! `lookback` in a manifest: how far back the queries look of rules that have no `last`.
//!
//! In: `7d` for every target, or a mapping from targets to it. Out: seconds by target. What a query does with it: [`crate::backend::Options`].

use super::manifest::{Opening, span};
use crate::deploy::settings::seconds;
use crate::diag::{project as findings, values};
use crate::hir::{LONGEST, duration};
use crate::schema::Target;
use crate::source::FileId;
use crate::yaml::Node;

impl Opening<'_> {
    pub(super) fn lookback(&mut self, file: FileId, node: &Node) -> Vec<(Target, u64)> {
        let Some(pairs) = node.map() else {
            let all = self.one_lookback(file, node);
            return Target::ALL.iter().filter_map(|target| Some((*target, all?))).collect();
        };
        let mut stated = Vec::new();
        for (target, value) in pairs {
            let named = self.targets(file, target);
            let lasting = self.one_lookback(file, value);
            stated.extend(named.first().copied().zip(lasting));
        }
        stated
    }

    fn one_lookback(&mut self, file: FileId, node: &Node) -> Option<u64> {
        match node.text().and_then(seconds) {
            Some(seconds) if (1..=LONGEST).contains(&seconds) => return Some(seconds),
            Some(1..) => self.findings.push(values::too_long(span(file, &node.span), &duration(LONGEST))),
            Some(0) | None => self.findings.push(findings::manifest_shape(span(file, &node.span), findings::LOOKBACK)),
        }
        None
    }
}
