//! `lookback` in a manifest: how far back the queries look of rules that have no `last`.
//!
//! In: `7d` for every target, or a mapping from targets to it. Out: seconds by target. What a query does with it: [`crate::backend::Options`].

use super::manifest::{Opening, span};
use crate::deploy::settings::seconds;
use crate::diag::project as findings;
use crate::schema::Target;
use crate::source::FileId;
use crate::yaml::Node;

/// What a timespan of KQL holds: <https://learn.microsoft.com/kusto/query/scalar-data-types/timespan>
const MOST: u64 = 10_675_199 * 86_400;

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
        let lasting = node.text().and_then(seconds).filter(|seconds| (1..=MOST).contains(seconds));
        if lasting.is_none() {
            self.findings.push(findings::manifest_shape(span(file, &node.span), findings::LOOKBACK));
        }
        lasting
    }
}
