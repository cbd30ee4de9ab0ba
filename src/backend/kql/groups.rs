//! Rows that are counted: `summarize`, and a condition on what it finds.
//!
//! In: the plan of a threshold. Out: a query that counts in windows from the epoch, newest first. Law: a group is one row, and one row only
//! where it has a hit; what is missing is passed over; counts of different values are exact (`dcount` is an estimate, `count_distinct` is
//! not: <https://learn.microsoft.com/kusto/query/count-distinct-aggregation-function>), and so are percentiles, of sorted lists.

use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{Agg, AggOf, Form, GroupColumn, Groups, Having, MadeValue, Plan};
use crate::hir::{Compare, Function, Number, duration};
use crate::schema::Target;
use crate::source::Span;

use super::WORDS;
use super::hoist::{Hoisted, hoisted};
use super::lists::Lists;
use super::made::{self, Kind};
use super::predicate::sign;
use super::query::{INSIDE, Since, WIDTH, enclosed, filters, heads, listed, source, titled, union};
use super::quote::{name, quote};

/// Seconds from the beginning of the year 1, where Kusto's `bin()` counts from, to that of 1970.
const EPOCH: u64 = 62_135_596_800;

pub fn lines(plan: &Plan, groups: &Groups, target: Target, lists: &Lists) -> Vec<Lines> {
    Printer::new(plan, groups, target, lists).lines()
}

struct Printer<'p> {
    plan: &'p Plan,
    groups: &'p Groups,
    target: Target,
    searches: Vec<Hoisted<'p>>,
    /// One a made value.
    kinds: Vec<Kind>,
    /// What the made values are called where rows are counted: their names, or the columns that they are.
    names: Vec<String>,
    /// The column of time there.
    time: String,
    /// One a column of the groups: its title, else a name that no title is.
    keys: Vec<String>,
    window: String,
    aggregates: Vec<String>,
}

impl<'p> Printer<'p> {
    fn new(plan: &'p Plan, groups: &'p Groups, target: Target, lists: &'p Lists<'p>) -> Printer<'p> {
        let names: Vec<&str> = groups.made.iter().map(|made| made.name.as_str()).collect();
        let searches: Vec<Hoisted> = plan.searches.iter().enumerate().map(|(at, search)| hoisted(search, at == 0, &names, lists)).collect();
        let values = |at: usize| searches.iter().filter_map(move |one| one.search.made.get(at));
        let kinds: Vec<Kind> = groups.made.iter().enumerate().map(|(at, made)| made::kind(made, values(at))).collect();
        let is_time = |at: &usize| values(*at).all(|value| *value == MadeValue::Time);
        let of_time = (0..groups.made.len()).find(is_time).map(|at| names[at]);
        let (own, time): (Vec<Option<&str>>, Option<&str>) = match searches.as_slice() {
            [one] => {
                let time = one.search.time.as_deref();
                let made = groups.made.iter().zip(&one.search.made).zip(&kinds);
                (made.map(|((made, value), kind)| made::column(made, value, *kind, time)).collect(), time)
            }
            _ => (names.iter().map(|_| None).collect(), of_time),
        };
        let time = name(&time.map_or_else(|| free("event_time", &names), str::to_owned));
        let own = own.into_iter().zip(&names).map(|(own, made)| name(own.unwrap_or(made))).collect();
        let titles = groups.columns.iter().map(|column| &column.title).chain(groups.last_hit.iter().map(|column| &column.title));
        let mut taken: Vec<String> = titles.cloned().collect();
        let mut titled = |what: GroupColumn, wanted: &str| match groups.columns.iter().find(|column| column.what == what) {
            Some(column) => name(&column.title),
            None => {
                let own = free(wanted, &taken);
                taken.push(own.clone());
                name(&own)
            }
        };
        let keys = groups.keys.iter().enumerate().map(|(at, made)| titled(GroupColumn::Key(at), names[*made])).collect();
        let aggregates = groups.aggregates.iter().enumerate();
        let aggregates = aggregates.map(|(at, aggregate)| titled(GroupColumn::Aggregate(at), &aggregate.name)).collect();
        let window = titled(GroupColumn::Window, "window");
        Printer { plan, groups, target, kinds, names: own, time, keys, window, aggregates, searches }
    }

    fn lines(&self) -> Vec<Lines> {
        let since = self.plan.last.map(|last| match self.groups.per {
            // The first window is whole.
            Some(per) => {
                let from = binned(&format!("ago({})", duration(last.seconds)), per.seconds);
                Since { from, op: ">=", at: vec![last.span, per.span] }
            }
            None => Since::ago(last),
        });
        let since = since.as_ref();
        let mut lines = Vec::new();
        match self.searches.as_slice() {
            [one] => {
                lines.push(source(&one.search, since));
                lines.extend(filters(one, since, 0));
                let made: Vec<Lines> =
                    self.made(one, 0).into_iter().zip(0..).filter(|(_, at)| !self.is_inline(*at)).map(|(made, _)| made).collect();
                if !made.is_empty() {
                    lines.push(listed("| extend ", &made, 0));
                }
            }
            searches => {
                lines.push(Lines::from(union(searches, self.target)).at(&heads(searches)));
                lines.push(Lines::join(&searches.iter().map(|one| self.branch(one, since)).collect::<Vec<_>>(), ",\n"));
            }
        }
        lines.extend(self.summarize());
        lines.extend(self.having());
        lines.extend(self.result());
        lines
    }

    /// What a search makes of its rows.
    fn made(&self, one: &Hoisted, indent: usize) -> Vec<Lines> {
        let made = self.groups.made.iter().zip(&one.search.made).zip(&self.kinds);
        let named = made.map(|((made, value), kind)| {
            let value = made::expression(made, value, *kind, one.search.time.as_deref(), one.lists, indent + 8);
            value.after(&format!("{} = ", name(&made.name))).at(&made.from)
        });
        named.collect()
    }

    /// Of one table: a column as it stands, or a key that nothing else reads.
    fn is_inline(&self, made: usize) -> bool {
        self.searches.len() == 1 && (self.names[made] != name(&self.groups.made[made].name) || self.is_key_alone(made))
    }

    fn is_key_alone(&self, made: usize) -> bool {
        let reads = |aggregate: &Agg| {
            let of = match &aggregate.of {
                AggOf::Rows => false,
                AggOf::Made(of) => *of == made,
                AggOf::Labels(labels) => labels.iter().any(|(_, flag)| *flag == made),
            };
            of || aggregate.when == Some(made)
        };
        self.searches.len() == 1 && self.groups.keys.contains(&made) && !self.groups.aggregates.iter().any(reads)
    }

    fn branch(&self, one: &Hoisted, since: Option<&Since>) -> Lines {
        let mut lines = vec![source(&one.search, since)];
        lines.extend(filters(one, since, INSIDE));
        let mut made = self.made(one, INSIDE);
        if self.groups.per.is_some() && !self.names.contains(&self.time) {
            let time = one.search.time.as_deref().map_or_else(|| Kind::Time.missing().to_owned(), name);
            made.insert(0, Lines::from(format!("{} = {time}", self.time)).at(&self.window_at()));
        }
        // A row of no column is none.
        if made.is_empty() {
            made.push("hit = 1".into());
        }
        lines.push(listed("| project ", &made, INSIDE).or(&one.search.from));
        enclosed(&lines, INSIDE)
    }

    fn summarize(&self) -> Vec<Lines> {
        let said = |at: usize| {
            let aggregate = &self.groups.aggregates[at];
            self.aggregate(aggregate).after(&format!("{} = ", self.aggregates[at])).at(&aggregate.from)
        };
        let mut computed: Vec<Lines> = self.computed().into_iter().map(said).collect();
        let by = self.by();
        // Of nothing at all, and by nothing, Kusto makes one row.
        // <https://learn.microsoft.com/kusto/query/summarize-operator>
        let hits = by.is_empty().then(|| self.hits());
        if let Some((hits, true)) = &hits {
            computed.insert(0, Lines::from(format!("{hits} = count()")));
        }
        computed.extend(self.last_hit());
        let mut line = listed("| summarize ", &computed, 0);
        if !by.is_empty() {
            let by = Lines::join(&by, ", ");
            let is_short = line.is_one_line() && line.width() + by.width() + 4 <= WIDTH;
            match (computed.is_empty(), is_short) {
                (true, _) => line = by.after("| summarize by "),
                (false, true) => line.push(&by.after(" by ")),
                (false, false) => line.push(&by.after("\n    by ")),
            }
        }
        let mut lines = vec![line];
        let numbers = self.groups.aggregates.iter().zip(&self.aggregates);
        let numbers: Vec<Lines> =
            numbers.filter_map(|(one, column)| Some(Lines::from(self.number_of(one, column)?).at(&one.from))).collect();
        if !numbers.is_empty() {
            lines.push(listed("| extend ", &numbers, 0));
        }
        lines.extend(hits.map(|(hits, _)| Lines::from(format!("| where {hits} > 0"))));
        // What is counted whatever the rule asks.
        lines.into_iter().map(|lines| lines.or(&heads(&self.searches))).collect()
    }

    /// What makes a number of an aggregate, where it is none yet.
    fn number_of(&self, aggregate: &Agg, column: &str) -> Option<String> {
        match aggregate.function {
            // Microsoft's page says null, its engine says NaN.
            Function::Avg => Some(format!("{column} = iff(isnan({column}), real(null), {column})")),
            // Of no values nothing is there, whatever the index: null. It is never negative where a value is, for that counts from the end.
            Function::Percentile(percent) => {
                let index = match percent.ratio() {
                    (0, _) => "0".to_owned(),
                    (part, whole) => format!("(array_length({column}) * {part} - 1) / {whole}"),
                };
                let to_number = match &aggregate.of {
                    AggOf::Made(of) if self.kinds[*of] == Kind::Real => "toreal",
                    AggOf::Made(_) | AggOf::Rows | AggOf::Labels(_) => "tolong",
                };
                Some(format!("{column} = {to_number}({column}[{index}])"))
            }
            Function::Count | Function::Distinct | Function::Sum | Function::Min | Function::Max | Function::Values => None,
        }
    }

    /// Where the rule cuts time.
    fn window_at(&self) -> Vec<Span> {
        self.groups.per.iter().map(|per| per.span).collect()
    }

    /// All of one row: what Microsoft's page shows for a detection that counts.
    /// <https://learn.microsoft.com/defender-xdr/custom-detection-rules>, "Required columns in the query results"
    fn last_hit(&self) -> Option<Lines> {
        let columns: Vec<String> = self.groups.last_hit.iter().map(|column| self.column(column.what)).collect();
        (!columns.is_empty()).then(|| format!("arg_max({})", columns.join(", ")).into())
    }

    /// Aggregates in the order of the columns, then those that are not shown.
    fn computed(&self) -> Vec<usize> {
        let shown = self.groups.columns.iter().filter_map(|column| match column.what {
            GroupColumn::Aggregate(at) => Some(at),
            GroupColumn::Key(_) | GroupColumn::Window => None,
        });
        let mut order: Vec<usize> = Vec::new();
        for at in shown.chain(0..self.groups.aggregates.len()) {
            if !order.contains(&at) {
                order.push(at);
            }
        }
        order
    }

    /// Keys and window in the order of the columns, then those that are not shown.
    fn by(&self) -> Vec<Lines> {
        let all = self.groups.per.map(|_| GroupColumn::Window).into_iter().chain((0..self.groups.keys.len()).map(GroupColumn::Key));
        let shown = self.groups.columns.iter().map(|column| column.what).filter(|what| !matches!(what, GroupColumn::Aggregate(_)));
        let mut order: Vec<GroupColumn> = Vec::new();
        for what in shown.chain(all) {
            if !order.contains(&what) {
                order.push(what);
            }
        }
        order.into_iter().map(|what| self.by_one(what)).collect()
    }

    fn by_one(&self, what: GroupColumn) -> Lines {
        let value = match what {
            GroupColumn::Window => Lines::from(binned(&self.time, self.groups.per.map_or(1, |per| per.seconds))).at(&self.window_at()),
            GroupColumn::Key(at) => {
                let made = self.groups.keys[at];
                let said = match self.searches.as_slice() {
                    [one] if self.is_key_alone(made) => {
                        let value = &one.search.made[made];
                        made::expression(&self.groups.made[made], value, self.kinds[made], one.search.time.as_deref(), one.lists, 8)
                    }
                    _ => self.names[made].clone().into(),
                };
                said.at(&self.groups.made[made].from)
            }
            GroupColumn::Aggregate(_) => unreachable!("no aggregate is grouped by"),
        };
        titled(self.title(what), value)
    }

    fn title(&self, what: GroupColumn) -> &String {
        match what {
            GroupColumn::Key(at) => &self.keys[at],
            GroupColumn::Window => &self.window,
            GroupColumn::Aggregate(at) => &self.aggregates[at],
        }
    }

    /// The number of all hits, and whether it is not computed yet.
    fn hits(&self) -> (String, bool) {
        let all = |one: &Agg| one.function == Function::Count && one.of == AggOf::Rows && one.when.is_none();
        match self.groups.aggregates.iter().position(all) {
            Some(known) => (self.aggregates[known].clone(), false),
            None => (free("hits", &self.aggregates), true),
        }
    }

    fn aggregate(&self, aggregate: &Agg) -> Lines {
        let when = aggregate.when.map(|flag| format!("{} == 1", self.column(flag)));
        match &aggregate.of {
            AggOf::Rows => when.map_or_else(|| "count()".to_owned(), |when| format!("countif({when})")).into(),
            AggOf::Made(of) => self.of_values(aggregate.function, *of, when).into(),
            AggOf::Labels(labels) => {
                let held = |flag: &usize| match aggregate.when {
                    Some(when) => format!("max({} * {})", self.column(*flag), self.column(when)),
                    None => format!("max({})", self.column(*flag)),
                };
                match aggregate.function {
                    Function::Values => {
                        let said = |(label, flag): &(String, usize)| {
                            let said = format!("iff({} == 1, {}, \"\")", held(flag), quote(&format!("{label}, ")));
                            Lines::from(said).at(&self.groups.made[*flag].from)
                        };
                        let said = made::broken("strcat", &labels.iter().map(said).collect::<Vec<_>>(), 8);
                        said.within("trim_end(\", \", ", ")")
                    }
                    Function::Count
                    | Function::Distinct
                    | Function::Sum
                    | Function::Min
                    | Function::Max
                    | Function::Avg
                    | Function::Percentile(_) => labels.iter().map(|(_, flag)| held(flag)).collect::<Vec<_>>().join(" + ").into(),
                }
            }
        }
    }

    fn of_values(&self, function: Function, of: usize, when: Option<String>) -> String {
        let column = self.column(of);
        // Text has no null, which an aggregate would pass over.
        let is_there = made::is_always_there(self.searches.iter().filter_map(|one| one.search.made.get(of)));
        let there = (!is_there).then(|| self.kinds[of].present(&column));
        let both: Vec<String> = when.iter().cloned().chain(there).collect();
        let said = |plain: &str, conditional: &str, conditions: &[String]| {
            if conditions.is_empty() {
                format!("{plain}({column})")
            } else {
                format!("{conditional}({column}, {})", conditions.join(" and "))
            }
        };
        let when: Vec<String> = when.into_iter().collect();
        match function {
            Function::Count if both.is_empty() => "count()".to_owned(),
            Function::Count => format!("countif({})", both.join(" and ")),
            Function::Distinct => said("count_distinct", "count_distinctif", &both),
            Function::Values => said("make_set", "make_set_if", &both),
            Function::Sum => said("sum", "sumif", &when),
            Function::Min => said("min", "minif", &when),
            Function::Max => said("max", "maxif", &when),
            Function::Avg => said("avg", "avgif", &when),
            // `percentile()` is an estimate: <https://learn.microsoft.com/kusto/query/percentiles-aggregation-function>. A list holds every
            // value that is not null: <https://learn.microsoft.com/kusto/query/make-list-aggregation-function>.
            Function::Percentile(_) => {
                let value = match when.first() {
                    Some(when) => format!("iff({when}, {column}, {})", self.kinds[of].missing()),
                    None => column,
                };
                format!("array_sort_asc(make_list({value}))")
            }
        }
    }

    fn column(&self, made: usize) -> String {
        self.names[made].clone()
    }

    fn having(&self) -> Option<Lines> {
        match &self.groups.having {
            Having::All(parts) if parts.is_empty() => None,
            having => Some(self.condition(having, false).laid_out(4, WIDTH).after("| where ")),
        }
    }

    /// `two_valued`: beneath a `not`, where null may not be.
    fn condition(&self, having: &Having, two_valued: bool) -> Frag {
        let several = |parts: &[Having]| parts.iter().map(|part| self.condition(part, two_valued)).collect::<Vec<_>>();
        match having {
            Having::All(parts) if parts.is_empty() => Frag::atom("true".to_owned()),
            Having::Any(parts) if parts.is_empty() => Frag::atom("false".to_owned()),
            Having::All(parts) => Frag::all(several(parts), WORDS),
            Having::Any(parts) => Frag::any(several(parts), WORDS),
            Having::Not(inner) => self.condition(inner, true).not(WORDS),
            Having::Test { aggregate, op, value, at } => self.test(*aggregate, *op, *value, two_valued).at(&[*at]),
        }
    }

    fn test(&self, aggregate: usize, op: Compare, value: Number, two_valued: bool) -> Frag {
        let column = &self.aggregates[aggregate];
        let number = match value {
            Number::Int(number) => number.to_string(),
            Number::Real(number) => format!("real({number:?})"),
        };
        let compared = Frag::atom(format!("{column} {} {number}", sign(op)));
        let may_be_null = match self.groups.aggregates[aggregate].function {
            Function::Count | Function::Distinct | Function::Sum | Function::Values => false,
            Function::Min | Function::Max | Function::Avg | Function::Percentile(_) => true,
        };
        match op {
            // The negation of `==`, also of nothing.
            Compare::NotEqual if may_be_null => Frag::any(vec![Frag::atom(format!("isnull({column})")), compared], WORDS),
            // `not(null)` is null.
            Compare::Equal | Compare::Less | Compare::LessEqual | Compare::Greater | Compare::GreaterEqual if may_be_null && two_valued => {
                Frag::all(vec![Frag::atom(format!("isnotnull({column})")), compared], WORDS)
            }
            Compare::Equal | Compare::NotEqual | Compare::Less | Compare::LessEqual | Compare::Greater | Compare::GreaterEqual => compared,
        }
    }

    /// The columns of the result, newest first.
    fn result(&self) -> Vec<Lines> {
        let own = self.groups.columns.iter().map(|column| (&column.title, self.title(column.what).clone(), column.at));
        let of_last = self.groups.last_hit.iter().map(|column| (&column.title, self.column(column.what), column.at));
        let columns: Vec<(String, String, Option<Span>)> = own.chain(of_last).map(|(title, own, at)| (name(title), own, at)).collect();
        let items: Vec<Lines> = columns.iter().map(|(title, own, at)| titled(title, Lines::from(own.as_str())).at(at.as_slice())).collect();
        let titles: Vec<&String> = columns.iter().map(|(title, ..)| title).collect();
        let by = self.by().len();
        let made = by + self.computed().len() + usize::from(by == 0 && self.hits().1) + self.groups.last_hit.len();
        let grouped = self.groups.columns.iter().take_while(|column| !matches!(column.what, GroupColumn::Aggregate(_))).count();
        // `summarize` has made just these columns, in this order.
        let is_made = items.iter().zip(&titles).all(|(item, title)| item.reads(title)) && made == titles.len() && grouped == by;
        let project = (!is_made).then(|| listed("| project ", &items, 0).or(&heads(&self.searches)));
        let newest = if self.groups.per.is_some() { Some(&self.window) } else { self.latest() };
        let newest = newest.filter(|_| self.plan.sorted);
        let sort = newest.map(|newest| Lines::from(format!("| sort by {newest} desc")));
        // What is not shown must be sorted by while it is still there.
        let is_shown = newest.is_none_or(|newest| titles.contains(&newest));
        if is_shown { project.into_iter().chain(sort).collect() } else { sort.into_iter().chain(project).collect() }
    }

    /// `max(time)` of all hits, where it is computed.
    fn latest(&self) -> Option<&String> {
        let is_latest = |one: &Agg| match one.of {
            AggOf::Made(made) => one.function == Function::Max && one.when.is_none() && self.groups.made[made].form == Form::Time,
            AggOf::Rows | AggOf::Labels(_) => false,
        };
        self.groups.aggregates.iter().position(is_latest).map(|at| &self.aggregates[at])
    }
}

/// The beginning of the window of a time. `bin()` counts from the year 1, the language from 1970.
fn binned(time: &str, per: u64) -> String {
    if EPOCH.is_multiple_of(per) {
        format!("bin({time}, {})", duration(per))
    } else {
        format!("bin_at({time}, {}, datetime(1970-01-01))", duration(per))
    }
}

/// A name that none of these is.
pub fn free(wanted: &str, taken: &[impl AsRef<str>]) -> String {
    let mut name = wanted.to_owned();
    while taken.iter().any(|known| known.as_ref().eq_ignore_ascii_case(&name)) {
        name.push('_');
    }
    name
}
