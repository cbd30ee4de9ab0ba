//! Lists that a query names before it begins: `let bad = dynamic([..]);`
//!
//! In: the rule's lists, and the long ones that the printer meets. Out: a name for each, and the lines that say what it is. Law: a name
//! stands for just the values that were handed in, or for what the project keeps elsewhere (a watchlist, a text behind a URL), and there only
//! for a whole list; no column of the query has it. What stands behind `in` and `has_any` may be a name:
//! <https://learn.microsoft.com/kusto/query/in-operator>, <https://learn.microsoft.com/kusto/query/has-any-operator>,
//! <https://learn.microsoft.com/kusto/query/externaldata-operator>, <https://learn.microsoft.com/azure/sentinel/watchlists-queries>

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use crate::backend::Options;
use crate::backend::bind::{Native, NativeExpr};
use crate::backend::kept::{Kept, is_whole};
use crate::backend::lines::Lines;
use crate::backend::long::{is_long, origin};
use crate::backend::plan::{Plan, Shape};
use crate::hir::{NamedList, Rule};
use crate::schema::{Cut, Transform, Type};
use crate::source::{Span, add_places};

use super::chains;
use super::hoist::preds;
use super::quote::{literal, name, quote};

/// The most values that `has_any` takes, and `in`.
const MOST_TERMS: usize = 10_000;
const MOST_VALUES: usize = 1_000_000;

/// The lists of one query.
pub struct Lists<'r> {
    rule: &'r Rule,
    options: &'r Options,
    /// Names of columns that the query reads or makes.
    taken: HashSet<String>,
    named: RefCell<Vec<Named>>,
    /// How many values were asked for where they are kept, a test at a time.
    asked: Cell<usize>,
    /// What else is kept elsewhere and stands in the query all the same.
    spelled: RefCell<Vec<KeptThere>>,
}

struct Named {
    name: String,
    values: Vec<String>,
    kept: Option<Kept>,
    span: Span,
    /// Of every test that asks for it.
    from: Vec<Span>,
}

/// A list that is kept elsewhere.
#[derive(PartialEq)]
pub struct KeptThere {
    pub what: String,
    pub values: usize,
    pub span: Span,
}

/// The test at hand.
#[derive(Clone, Copy)]
pub struct Asked<'l> {
    pub lists: &'l Lists<'l>,
    pub span: Span,
    /// Where it stands.
    pub places: &'l [Span],
    pub native: &'l Native,
}

impl<'r> Lists<'r> {
    pub fn new(rule: &'r Rule, plan: &Plan, options: &'r Options) -> Lists<'r> {
        let mut taken: HashSet<String> = plan.columns.iter().map(|column| column.title.to_lowercase()).collect();
        if let Shape::Groups(groups) = &plan.shape {
            taken.extend(groups.made.iter().map(|made| made.name.to_lowercase()));
            taken.extend(groups.aggregates.iter().map(|one| one.name.to_lowercase()));
            taken.extend(groups.columns.iter().map(|column| column.title.to_lowercase()));
        }
        if let Shape::Chains(linked) = &plan.shape {
            taken.extend(chains::names(linked).into_iter().map(|name| name.to_lowercase()));
        }
        for search in &plan.searches {
            taken.extend(search.carried.iter().map(|column| column.name.to_lowercase()));
            let labels = search.labels.iter().map(|label| &label.when);
            for pred in [&search.first, &search.rest].into_iter().chain(labels).chain(search.made.iter().flat_map(preds)) {
                pred.tests(&mut |test| {
                    taken.extend(test.field.value.columns().iter().map(|column| column.name.to_lowercase()));
                    let made = test.field.field.replace('.', "_").to_lowercase();
                    taken.extend([format!("{made}_value"), made]);
                });
            }
        }
        Lists { rule, options, taken, named: RefCell::default(), asked: Cell::new(0), spelled: RefCell::default() }
    }

    /// What each name stands for.
    pub fn lines(&self) -> Vec<Lines> {
        let line = |list: &Named| {
            let is = match &list.kept {
                Some(Kept::Watchlist(alias)) => format!("_GetWatchlist({}) | project SearchKey", quote(alias)),
                Some(Kept::External(url)) => format!("externaldata(value: string) [{}] with (format=\"txt\")", quote(url)),
                Some(Kept::Lookup(_)) | None => {
                    let values: Vec<String> = list.values.iter().map(|value| format!("    {}", literal(value))).collect();
                    format!("dynamic([\n{}\n])", values.join(",\n"))
                }
            };
            Lines::from(format!("let {} = {is};", list.name)).at(&list.from)
        };
        self.named.borrow().iter().map(line).collect()
    }

    pub fn kept(&self) -> Vec<KeptThere> {
        let there = |list: &Named| {
            let what = called(list.kept.as_ref()?)?;
            Some(KeptThere { what, values: list.values.len(), span: list.span })
        };
        self.named.borrow().iter().filter_map(there).collect()
    }

    pub fn asked(&self) -> usize {
        self.asked.get()
    }

    /// A test says these values itself: of a list that is kept elsewhere this is told, once a test. What a binding asks beside the test
    /// stands at the same place, and has no value of the list.
    pub fn spelled_out(&self, span: Span, said: &[String]) {
        let Some(list) = origin(self.rule, span) else { return };
        let Some(what) = list.file.and_then(|file| self.options.kept(file)).and_then(called) else { return };
        let bare = |text: &String| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
        let values: Vec<String> = list.values.iter().map(bare).collect();
        // In a pattern, or behind a slash, a value has marks around it.
        if !said.iter().map(bare).any(|said| values.iter().any(|value| said.contains(value.as_str()))) {
            return;
        }
        let there = KeptThere { what, values: list.values.len(), span };
        let mut spelled = self.spelled.borrow_mut();
        if !spelled.contains(&there) {
            spelled.push(there);
        }
    }

    pub fn spelled(self) -> Vec<KeptThere> {
        self.spelled.into_inner()
    }

    fn name(&self, asked: Asked, values: &[&String], list: Option<&NamedList>, kept: Option<&Kept>) -> String {
        let mut named = self.named.borrow_mut();
        let same = |known: &&Named| match (&known.kept, kept) {
            (Some(one), Some(other)) => one == other,
            (None, None) => known.values.iter().eq(values.iter().copied()),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if let Some(known) = named.iter_mut().find(|known| same(&&**known)) {
            add_places(&mut known.from, asked.places);
            return known.name.clone();
        }
        let base = list.map_or_else(|| format!("{}_list", asked.native.field.replace('.', "_")), |list| list.name.clone());
        let is_free = |wanted: &str| {
            let is_name = name(wanted) == wanted && !self.taken.contains(&wanted.to_lowercase());
            is_name && named.iter().all(|list| list.name != wanted)
        };
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let wanted = [base.clone(), format!("{base}_list")].into_iter().chain(numbered).find(|wanted| is_free(wanted)).unwrap_or(base);
        let values = match (kept, list) {
            (Some(_), Some(list)) => list.values.clone(),
            (Some(_) | None, _) => values.iter().map(|value| (*value).clone()).collect(),
        };
        named.push(Named { name: wanted.clone(), values, kept: kept.cloned(), span: asked.span, from: asked.places.to_vec() });
        wanted
    }
}

/// None: not for a query in KQL.
fn called(kept: &Kept) -> Option<String> {
    match kept {
        Kept::Watchlist(alias) => Some(format!("the watchlist `{alias}`")),
        Kept::External(url) => Some(format!("the list at `{url}`")),
        Kept::Lookup(_) => None,
    }
}

impl<'l> Asked<'l> {
    /// What stands between the parentheses of `in` or `has_any`, once for each part of the list that these take.
    pub fn items(self, values: &[&String], terms: bool) -> Vec<Vec<String>> {
        let list = origin(self.lists.rule, self.span);
        if let Some(kept) = self.kept(values) {
            self.lists.asked.set(self.lists.asked.get() + values.len());
            return vec![vec![self.lists.name(self, values, list, Some(kept))]];
        }
        if !is_long(values) {
            return vec![values.iter().map(|value| quote(value)).collect()];
        }
        let most = if terms { MOST_TERMS } else { MOST_VALUES };
        values.chunks(most).map(|values| vec![self.lists.name(self, values, list, None)]).collect()
    }

    pub fn is_kept(self, values: &[&String]) -> bool {
        self.kept(values).is_some()
    }

    /// The names of the list, where it has some.
    pub fn named(self, values: &[String]) -> Option<Vec<String>> {
        let values: Vec<&String> = values.iter().collect();
        let is_named = !values.is_empty() && (is_long(&values) || self.kept(&values).is_some());
        is_named.then(|| self.items(&values, false).into_iter().flatten().collect())
    }

    /// Where the values of this test are kept: of all of its list, or of a part beside which the others of the list can never be found.
    fn kept(self, values: &[&String]) -> Option<&'l Kept> {
        let list = origin(self.lists.rule, self.span)?;
        let kept = match self.lists.options.kept(list.file?)? {
            Kept::Lookup(_) => return None,
            kept @ (Kept::Watchlist(_) | Kept::External(_)) => kept,
        };
        let values: Vec<String> = values.iter().map(|value| (*value).clone()).collect();
        let is_part = || values.iter().all(|value| list.values.iter().any(|known| known.trim_end_matches('.').eq_ignore_ascii_case(value)));
        (is_whole(&values, &list.values) || self.is_apart() && is_part()).then_some(kept)
    }

    /// The values of another number of labels, or in another form, are no value of the field.
    fn is_apart(self) -> bool {
        self.native.ty == Type::Ip || matches!(self.native.value, NativeExpr::Apply(Transform::Cut(Cut::Labels(..)), _))
    }
}
