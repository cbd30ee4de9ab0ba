//! Classes that are states: what is known of a thing now, not what happened to it.
//!
//! In: what is asked of a container, and what the dialect can keep. Out: [`Latest`], or the reasons why more may be returned. Law: of the
//! rows of one thing in the window the last one counts, so where a dialect cannot keep it, older rows count too, and a reason says
//! so. A table whose rows have no time is a snapshot: each row is the last of its thing, and no window can be asked of it.

use crate::diag::targets::{self, At};
use crate::hir::Rule;
use crate::schema::Target;

use super::super::bind::{Known, Native};
use super::search::Asked;
use super::{Dialect, Latest, Reasons};

/// What keeps the last row of each thing; None: the class holds events, the table is a snapshot, or the dialect cannot.
pub(super) fn latest(asked: &Asked, dialect: &dyn Dialect) -> Option<Latest> {
    asked.place.time()?;
    let by = keys(asked);
    (!by.is_empty() && dialect.keeps_latest(&by)).then(|| Latest { among: asked.class.clone(), by })
}

/// What tells the things of the class apart here. A field that the table lacks is the same in every row.
fn keys(asked: &Asked) -> Vec<Native> {
    let known = asked.place.class().state.iter().map(|field| asked.place.field(*field));
    let native = known.filter_map(|known| match known {
        Known::Native(native, _) => Some(native),
        Known::Constant(_) | Known::Absent => None,
    });
    native.collect()
}

/// Where rows count that are older than the rule says.
pub(super) fn losses(searches: &[Asked], rule: &Rule, target: Target, dialect: &dyn Dialect, reasons: &mut Reasons) {
    for search in searches {
        let place = &search.place;
        let at = At { span: place.span, target: target.name() };
        if place.time().is_none() {
            if let Some(last) = &rule.last {
                reasons.widen(targets::no_time_there(At { span: last.span, ..at }, &place.container.table));
            }
            continue;
        }
        let class = place.class();
        let tables = searches.iter().filter(|other| other.place.binding.class == place.binding.class).count();
        if !class.state.is_empty() && (tables > 1 || latest(search, dialect).is_none()) {
            reasons.widen(targets::older_rows_count(at, &class.name));
        }
    }
}
