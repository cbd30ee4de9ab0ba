//! Long lists as lookups.
//!
//! In: a plan. Out: the tables that its long lists become, each a CSV file; the commands that look a row's values up in them; the columns in
//! which the answers stand. A lookup is asked by the name of its file, so nothing need be configured:
//! Search Reference, `lookup`; Knowledge Manager Manual, "Configure CSV lookups" (two columns at least). It compares text exactly and tells letters apart by
//! case, so both sides are in lower case. Law: the answer is null if and only if the value is none of the list. What lower case does not say
//! (letters with a case beyond ASCII, IPv6, whose addresses have many spellings) stays in the condition, and so do the lists of columns with
//! several values, of which the pages do not say how a lookup reads them.

use sha1_smol::Sha1;

use crate::backend::bind::{Native, NativePred};
use crate::backend::cases::has_cases;
use crate::backend::frag::Frag;
use crate::backend::kept::{Kept, is_whole};
use crate::backend::lines::Lines;
use crate::backend::long::is_long;
use crate::backend::plan::{Plan, widen};
use crate::backend::{File, Options, long};
use crate::hir::{Casing, Op, Rule, Scalar, Test, TextOp};
use crate::source::{Span, add_places};

use super::eval_expr::Scope;
use super::quote::search_name;
use super::stage;
use super::value;

/// A value that is looked up, and the column that has the answer.
#[derive(Clone, Debug)]
pub struct Lookup {
    of: Native,
    file: String,
    /// As the tests have them: one more test of the same value and list reads the same answer.
    values: Vec<String>,
    key: String,
    found: String,
    /// Where the tests stand.
    from: Vec<Span>,
}

/// The literals of a test as they stand in a table, and the test that is left of it.
struct Parted {
    table: Vec<String>,
    left: Option<Op<Native>>,
}

/// Whether the test is one for a lookup.
pub fn is_for(test: &Test<Native>) -> bool {
    parted(test).is_some()
}

/// What holds wherever it does.
pub fn weaker(test: &Test<Native>) -> Option<NativePred> {
    widen::present(test)
}

fn parted(test: &Test<Native>) -> Option<Parted> {
    if test.field.value.any_column(|column| column.multi) || !value::can_compute(&test.field.value) {
        return None;
    }
    let parted = match &test.op {
        // What is left of a short list is no long one: most tests need not be looked into.
        Op::Text { op: TextOp::Equals, any, case: Casing::Ignore } if is_long(any) => {
            let (others, table): (Vec<String>, Vec<String>) = any.iter().cloned().partition(|text| text.chars().any(has_cases));
            let left = (!others.is_empty()).then_some(Op::Text { op: TextOp::Equals, any: others, case: Casing::Ignore });
            Parted { table: table.iter().map(|text| text.to_ascii_lowercase()).collect(), left }
        }
        Op::OneOf(scalars) if is_long(scalars) => {
            let mut table = Vec::new();
            let mut others = Vec::new();
            for scalar in scalars {
                match scalar {
                    Scalar::Ip(std::net::IpAddr::V4(address)) => table.push(address.to_string()),
                    Scalar::Ip(std::net::IpAddr::V6(_))
                    | Scalar::Text(_)
                    | Scalar::Enum(_)
                    | Scalar::Int(_)
                    | Scalar::Real(_)
                    | Scalar::Bool(_) => others.push(scalar.clone()),
                }
            }
            Parted { table, left: (!others.is_empty()).then_some(Op::OneOf(others)) }
        }
        Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists
        | Op::Field { .. } => return None,
    };
    is_long(&parted.table).then_some(parted)
}

/// The files of a plan, one a list.
pub fn files(rule: &Rule, plan: &Plan, options: &Options) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for pred in plan.searches.iter().flat_map(stage::preds) {
        each(pred, &mut |test, parted| {
            if files.iter().any(|file| file.values == parted.table) {
                return;
            }
            let origin = long::origin(rule, test.span);
            let kept = origin.filter(|list| is_whole(&parted.table, &list.values)).and_then(|list| options.kept(list.file?));
            let name = match kept {
                Some(Kept::Lookup(name)) => name.clone(),
                // Not Splunk's.
                Some(Kept::Watchlist(_) | Kept::External(_)) | None => {
                    let list = origin.map_or_else(|| test.field.field.to_string(), |list| list.name.clone());
                    let base = stem(&rule.name, &list);
                    let free = |name: &String| files.iter().all(|file| !file.name.eq_ignore_ascii_case(&format!("{name}.csv")));
                    let numbered = (2..).map(|number| format!("{base}_{number}"));
                    std::iter::once(base.clone()).chain(numbered).find(free).unwrap_or(base)
                }
            };
            files.push(File { name: format!("{name}.csv"), values: parted.table, span: test.span });
        });
    }
    files
}

fn each(pred: &NativePred, visit: &mut impl FnMut(&Test<Native>, Parted)) {
    pred.tests(&mut |test| {
        if let Some(parted) = parted(test) {
            visit(test, parted);
        }
    });
}

/// A name that any file system and a search can have as it is. It is said by the two names alone, whatever other rules there are, and no other two have it: what
/// is not in these letters has a number behind it, and a list with `_` in its name, since of `a_b_c` nobody knows where the list begins.
fn stem(rule: &str, list: &str) -> String {
    let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    let joined = format!("{rule}_{list}");
    let kept: String = joined.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
    if rule.chars().all(|c| is_plain(c) || c == '_') && list.chars().all(is_plain) {
        return kept;
    }
    let number = Sha1::from(format!("{rule}\0{list}")).digest().to_string();
    format!("{kept}_{}", &number[..8])
}

/// What these conditions look up in the files that there are.
pub fn known(preds: &[&NativePred], files: &[File]) -> Vec<Lookup> {
    let mut lookups: Vec<Lookup> = Vec::new();
    for pred in preds {
        each(pred, &mut |test, parted| {
            let known = lookups.iter_mut().find(|lookup| lookup.of.value == test.field.value && lookup.values == parted.table);
            if let Some(known) = known {
                return add_places(&mut known.from, test.places());
            }
            let Some(file) = files.iter().find(|file| file.values == parted.table) else { return };
            let number = lookups.len() + 1;
            let (key, found) = (format!("spoor_key_{number}"), format!("spoor_listed_{number}"));
            lookups.push(Lookup {
                of: test.field.clone(),
                file: file.name.clone(),
                values: parted.table,
                key,
                found,
                from: test.places().to_vec(),
            });
        });
    }
    lookups
}

/// The commands that make the columns: they stand before the conditions.
pub fn commands(scope: &Scope) -> Vec<Lines> {
    if scope.lookups.is_empty() {
        return Vec::new();
    }
    let key =
        |lookup: &Lookup| Lines::from(format!("{}=lower({})", lookup.key, value::text(&lookup.of, scope.rows(false)))).at(&lookup.from);
    let eval = Lines::join(&scope.lookups.iter().map(key).collect::<Vec<_>>(), ",\n    ").after("eval ");
    let ask = |lookup: &Lookup| {
        let ask = format!("lookup {} value AS {} OUTPUT listed AS {}", search_name(&lookup.file), lookup.key, lookup.found);
        Lines::from(ask).at(&lookup.from)
    };
    std::iter::once(eval).chain(scope.lookups.iter().map(ask)).collect()
}

/// The test as an answer of a lookup; with what is left of it.
pub fn answer(scope: &Scope, test: &Test<Native>) -> Option<(Frag, Option<Test<Native>>)> {
    if scope.lookups.is_empty() {
        return None;
    }
    let parted = parted(test)?;
    let lookup = scope.lookups.iter().find(|lookup| lookup.of.value == test.field.value && lookup.values == parted.table)?;
    let left = parted.left.map(|op| test.with(test.field.clone(), op));
    Some((Frag::atom(format!("isnotnull({})", lookup.found)), left))
}
