//! Rows of several steps, put together.
//!
//! In: the plan of a linked pattern. Out: a table of hits for each step (`let drop_hits = ..`), and the query that joins them on the keys,
//! within the duration. Law: one row a match: its event once for each of its keys, with the latest chain that it completes; what an
//! optional step adds decides nothing. [`tuples`] joins step by step, in the order of the rule; where no step asks anything of another
//! one and only the presence of steps counts, [`sets`] counts them behind each hit.

mod counted;
mod optional;
mod sets;
mod tuples;

use crate::backend::bind::{Native, NativePred};
use crate::backend::lines::Lines;
use crate::backend::plan::{ChainColumn, ChainStep, Chains, Made, Plan, Titled};
use crate::hir::{LinkKind, Op, duration};
use crate::schema::Target;
use crate::source::Span;

use super::groups::free;
use super::hoist::{Hoisted, hoisted};
use super::lists::Lists;
use super::made::{self, Kind};
use super::query::{INSIDE, Since, WIDTH, enclosed, filters, listed, source, titled, union};
use super::quote::{name, quote};

pub fn lines<'p>(plan: &'p Plan, chains: &'p Chains, target: Target, lists: &'p Lists<'p>) -> Vec<Lines> {
    let printer = Printer::new(plan, chains, target, lists);
    let mut lines: Vec<Lines> = (0..chains.steps.len()).map(|step| printer.table(step)).collect();
    let counts = match chains.kind {
        LinkKind::Sequence => None,
        LinkKind::Together if printer.required().any(|step| printer.is_linked(step)) => None,
        LinkKind::Together => Some(printer.required().count() as u64),
        LinkKind::AtLeast(count) => Some(count),
    };
    let mut matches = match counts {
        Some(count) => sets::matches(&printer, count),
        None => tuples::matches(&printer),
    };
    for step in (0..chains.steps.len()).filter(|step| chains.steps[*step].optional) {
        let added = optional::lines(&printer, step, &matches);
        matches.lines.extend(added);
    }
    lines.append(&mut matches.lines);
    // What puts hits together in whatever pattern.
    lines = lines.into_iter().map(|lines| lines.or(&[chains.link])).collect();
    lines.extend(printer.result(&matches));
    lines
}

/// Every name that the query gives, so that no list takes one.
pub fn names(chains: &Chains) -> Vec<String> {
    let own = ["link", "hits", "step", "steps", "hit_time", "hit_id", "first_hit", "last_hit", "match_step", "match_time", "match_id"];
    let made = chains.keys.iter().chain(chains.steps.iter().flat_map(|step| &step.made)).map(|made| made.name.clone());
    let titles = chains.columns.iter().map(|column| column.title.clone());
    let of_steps = chains
        .steps
        .iter()
        .flat_map(|step| ["hits", "events", "nth_time", "fits", "distance"].map(|word| format!("{}_{word}", plain(&step.label))));
    own.map(str::to_owned).into_iter().chain(made).chain(titles).chain(of_steps).collect()
}

/// A label as a plain word.
fn plain(label: &str) -> String {
    label.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Rows of matches, before optional steps are added.
struct Matches {
    lines: Vec<Lines>,
    /// What tells the matches apart.
    by: Vec<String>,
    /// When the first of the hits that decide was, and the last.
    first: String,
    last: String,
    own: Own,
}

/// Whose event is the match's own.
enum Own {
    Step(usize),
    /// Of the step whose number, from 1, this column has.
    Told(String),
}

struct Printer<'p> {
    plan: &'p Plan,
    chains: &'p Chains,
    target: Target,
    searches: Vec<Hoisted<'p>>,
    lists: &'p Lists<'p>,
    /// One a step, and one a made value of it.
    kinds: Vec<Vec<Kind>>,
    keys: Vec<Kind>,
    /// One a step, as plain words.
    labels: Vec<String>,
    tables: Vec<String>,
    /// One a step that counts: its events, and the column that has the time of one of those before.
    counted: Vec<Option<counted::Names>>,
    /// All names of columns and tables that are taken.
    taken: Vec<String>,
    /// The same in every row, where there is no key to join by.
    link: Option<String>,
}

impl<'p> Printer<'p> {
    fn new(plan: &'p Plan, chains: &'p Chains, target: Target, lists: &'p Lists<'p>) -> Printer<'p> {
        let made = chains.keys.iter().chain(chains.steps.iter().flat_map(|step| &step.made));
        let mut taken: Vec<String> = made.map(|made| made.name.clone()).collect();
        let names: Vec<&str> = taken.iter().map(String::as_str).collect();
        let searches: Vec<Hoisted> = plan.searches.iter().enumerate().map(|(at, search)| hoisted(search, at == 0, &names, lists)).collect();
        let kind = |made: &Made, at: usize, of: std::ops::Range<usize>| {
            made::kind(made, searches[of].iter().filter_map(move |one| one.search.made.get(at)))
        };
        let keys = chains.keys.iter().enumerate().map(|(at, key)| kind(key, at, 0..searches.len())).collect();
        let of_step = |step: &ChainStep| {
            let made = step.made.iter().enumerate();
            made.map(|(at, made)| kind(made, chains.keys.len() + at, step.searches.clone())).collect()
        };
        let kinds = chains.steps.iter().map(of_step).collect();
        let mut tables: Vec<String> = Vec::new();
        let labels: Vec<String> = chains.steps.iter().map(|step| plain(&step.label)).collect();
        for label in &labels {
            tables.push(name(&free(&format!("{label}_hits"), &taken)));
            taken.extend(tables.last().cloned());
        }
        let counted = chains.steps.iter().zip(&labels).map(|(step, label)| counted::Names::of(step, label, &mut taken)).collect();
        let link = chains.keys.is_empty().then(|| free("link", &taken));
        taken.extend(link.clone());
        Printer { plan, chains, target, searches, lists, kinds, keys, labels, tables, counted, taken, link }
    }

    /// A name for a column that no made value has.
    fn free(&self, wanted: &str) -> String {
        free(wanted, &self.taken)
    }

    /// The steps that decide.
    fn required(&self) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.chains.steps.len()).filter(|step| !self.chains.steps[*step].optional)
    }

    /// It asks something of the hits of other steps.
    fn is_linked(&self, step: usize) -> bool {
        let of = &self.chains.steps[step];
        !of.cross.is_true() || !of.equal.is_empty() || of.distinct.iter().any(|other| !self.chains.steps[*other].optional)
    }

    /// Something is shown of it, or an optional step asks it.
    fn is_read_later(&self, step: usize, made: usize) -> bool {
        let shown = self.chains.columns.iter().any(|column| match &column.what {
            ChainColumn::Step(of, at) => (*of, *at) == (step, made),
            ChainColumn::Own(of_steps) => of_steps.get(step) == Some(&Some(made)),
            ChainColumn::First | ChainColumn::Last | ChainColumn::Delay | ChainColumn::Key(_) | ChainColumn::Matched => false,
        });
        let of = &self.chains.steps[step];
        let asks = |other: &ChainStep| {
            let mut reads = other.equal.iter().any(|equal| (equal.step, equal.theirs) == (step, made));
            other.cross.tests(&mut |test| {
                let names = |native: &Native| native.value.column().is_some_and(|column| column.name == of.made[made].name);
                reads |= names(&test.field) || matches!(&test.op, Op::Field { other, .. } if names(&other.field));
            });
            reads || (of.identity.contains(&made) && (!other.distinct.is_empty() || !of.distinct.is_empty()))
        };
        shown || self.chains.steps.iter().any(|other| other.optional && asks(other))
    }

    fn column(&self, step: usize, made: usize) -> String {
        name(&self.chains.steps[step].made[made].name)
    }

    /// When the hit of a step was.
    fn time(&self, step: usize) -> String {
        self.column(step, 0)
    }

    fn within(&self) -> String {
        duration(self.chains.within.seconds)
    }

    /// The columns that all steps share.
    fn shared(&self) -> Vec<String> {
        let keys = self.chains.keys.iter().map(|key| name(&key.name));
        keys.chain(self.link.clone()).collect()
    }

    /// What tells the hits of a step apart, beside the keys: all that is known of them where the target has nothing of the kind.
    fn identity(&self, step: usize) -> Vec<String> {
        let of = &self.chains.steps[step];
        let own: Vec<usize> = if of.identity.is_empty() { (1..of.made.len()).collect() } else { of.identity.clone() };
        std::iter::once(0).chain(own).map(|made| self.column(step, made)).collect()
    }

    /// `let drop_hits = ..;`
    fn table(&self, step: usize) -> Lines {
        let of = &self.chains.steps[step];
        let table = &self.tables[step];
        // A value that must be equal to another one is there.
        let asked = of.equal.iter().filter(|equal| !self.is_always_there(step, equal.own));
        let asked = asked.map(|equal| {
            let column = self.column(step, equal.own);
            Lines::from(format!("| where {}", self.kinds[step][equal.own].present(&column))).at(&[equal.at])
        });
        let asked: Vec<Lines> = asked.collect();
        let pad = format!("\n{}", " ".repeat(INSIDE));
        let lines = match &self.searches[of.searches.clone()] {
            [one] => {
                let lines: Vec<Lines> = self.hits(step, one, INSIDE).into_iter().chain(asked).collect();
                Lines::join(&lines, &pad)
            }
            searches => {
                let mut lines = Lines::from(format!("{}\n", union(searches, self.target))).at(&of.from);
                let branches: Vec<Lines> = searches.iter().map(|one| enclosed(&self.hits(step, one, 2 * INSIDE), 2 * INSIDE)).collect();
                lines.push(&Lines::join(&branches, ",\n"));
                asked.into_iter().for_each(|asked| lines.push(&asked.after(&pad)));
                lines
            }
        };
        match (of.counted, &self.counted[step]) {
            (Some(counted), Some(names)) => counted::table(self, step, counted, names, &lines),
            (Some(_), None) | (None, _) => lines.within(&format!("let {table} = "), ";"),
        }
    }

    fn is_always_there(&self, step: usize, made: usize) -> bool {
        let of = &self.chains.steps[step];
        let at = self.chains.keys.len() + made;
        made::is_always_there(self.searches[of.searches.clone()].iter().filter_map(|one| one.search.made.get(at)))
    }

    /// The rows of one search.
    fn hits(&self, step: usize, one: &Hoisted, indent: usize) -> Vec<Lines> {
        let since = self.plan.last.map(Since::ago);
        let mut lines = vec![source(&one.search, since.as_ref())];
        lines.extend(filters(one, since.as_ref(), indent));
        let made = self.chains.keys.iter().chain(&self.chains.steps[step].made);
        let kinds = self.keys.iter().chain(&self.kinds[step]);
        let items = made.zip(&one.search.made).zip(kinds).map(|((made, value), kind)| {
            let value = made::expression(made, value, *kind, one.search.time.as_deref(), one.lists, indent + 8);
            value.after(&format!("{} = ", name(&made.name))).at(&made.from)
        });
        let items: Vec<Lines> = items.chain(self.link.iter().map(|link| Lines::from(format!("{link} = 1")))).collect();
        lines.push(listed("| project ", &items, indent).or(&[self.chains.link]));
        lines
    }

    /// Joins the hits of a step to rows that have the columns of others. Kusto calls the second of two columns of one name `host1`.
    /// <https://learn.microsoft.com/kusto/query/join-operator>
    fn join(&self, kind: &str, step: usize, right: &str) -> Vec<Lines> {
        let shared = self.shared();
        let of = &self.chains.steps[step];
        let equal = of.equal.iter().map(|equal| {
            let (own, theirs) = (self.column(step, equal.own), self.column(equal.step, equal.theirs));
            format!("$left.{theirs} == $right.{own}")
        });
        let on: Vec<String> = shared.iter().cloned().chain(equal).collect();
        let equal: Vec<Span> = of.equal.iter().map(|equal| equal.at).collect();
        let join = Lines::from(format!("| join kind={kind} {right} on {}", on.join(", "))).at(&of.from).at(&self.keys_at()).at(&equal);
        vec![join, self.without_second()]
    }

    /// Where the rule has the keys.
    fn keys_at(&self) -> Vec<Span> {
        self.chains.keys.iter().flat_map(|key| key.from.iter().copied()).collect()
    }

    /// That hits stand within the duration, and what else is asked of their times.
    fn near(&self, condition: String) -> Lines {
        Lines::from(format!("| where {condition}")).at(&[self.chains.within.span])
    }

    fn without_second(&self) -> Lines {
        let shared = self.chains.keys.iter().map(|key| &key.name).chain(&self.link);
        let second: Vec<String> = shared.map(|key| name(&format!("{key}1"))).collect();
        Lines::from(format!("| project-away {}", second.join(", "))).at(&self.keys_at())
    }

    /// The columns of the result, newest first.
    fn result(&self, matches: &Matches) -> Vec<Lines> {
        let item = |column: &Titled<ChainColumn>| {
            let from = match &column.what {
                _ if column.at.is_some() => column.at.as_slice(),
                ChainColumn::Key(key) => &self.chains.keys[*key].from,
                ChainColumn::Step(step, _) => &self.chains.steps[*step].from,
                ChainColumn::First | ChainColumn::Last | ChainColumn::Delay | ChainColumn::Own(_) | ChainColumn::Matched => &[],
            };
            titled(&name(&column.title), self.shown(&column.what, matches)).at(from)
        };
        let items: Vec<Lines> = self.chains.columns.iter().map(item).collect();
        let project = listed("| project ", &items, 0).or(&[self.chains.link]);
        match self.chains.columns.iter().find(|column| column.what == ChainColumn::Last) {
            _ if !self.plan.sorted => vec![project],
            Some(last) => vec![project, Lines::from(format!("| sort by {} desc", name(&last.title))).at(last.at.as_slice())],
            // Not shown, so it must be sorted by while it is still there.
            None => vec![Lines::from(format!("| sort by {} desc", matches.last)), project],
        }
    }

    fn shown(&self, what: &ChainColumn, matches: &Matches) -> Lines {
        match what {
            ChainColumn::First => matches.first.as_str().into(),
            ChainColumn::Last => matches.last.as_str().into(),
            ChainColumn::Delay => format!("({} - {}) / 1s", matches.last, matches.first).into(),
            ChainColumn::Key(key) => name(&self.chains.keys[*key].name).into(),
            ChainColumn::Step(step, made) => self.column(*step, *made).into(),
            ChainColumn::Own(of_steps) => self.own(of_steps, &matches.own),
            ChainColumn::Matched => self.matched(),
        }
    }

    /// A value of the match's own event.
    fn own(&self, of_steps: &[Option<usize>], own: &Own) -> Lines {
        let there: Vec<(usize, usize)> = of_steps.iter().enumerate().filter_map(|(step, made)| made.map(|made| (step, made))).collect();
        let mut kinds = there.iter().map(|(step, made)| self.kinds[*step][*made]);
        let first = kinds.next().unwrap_or(Kind::Text);
        let kind = if kinds.all(|kind| kind == first) { first } else { Kind::Text };
        let value = |step: usize, made: usize| {
            let column = self.column(step, made);
            if self.kinds[step][made] == kind { column } else { format!("tostring({column})") }
        };
        match own {
            Own::Step(step) => {
                let known = there.iter().find(|(known, _)| known == step);
                known.map_or_else(|| kind.missing().into(), |(step, made)| value(*step, *made).into())
            }
            Own::Told(told) => {
                let mut parts: Vec<Lines> =
                    there.iter().flat_map(|(step, made)| [format!("{told} == {}", step + 1).into(), value(*step, *made).into()]).collect();
                if parts.is_empty() {
                    return kind.missing().into();
                }
                parts.push(kind.missing().into());
                made::broken("case", &parts, 8)
            }
        }
    }

    /// The labels of the steps that have a hit.
    fn matched(&self) -> Lines {
        let always = !matches!(self.chains.kind, LinkKind::AtLeast(_));
        let labels = self.chains.steps.iter().enumerate().map(|(step, of)| {
            let label = quote(&format!("{}, ", of.label));
            let said = if always && !of.optional { label } else { format!("iff(isnull({}), \"\", {label})", self.time(step)) };
            Lines::from(said).at(&of.from)
        });
        made::broken("strcat", &labels.collect::<Vec<_>>(), 8).within("trim_end(\", \", ", ")")
    }
}

/// Each part of a conjunction on a line of its own.
fn conditions(pred: &NativePred, lists: &Lists) -> Vec<Lines> {
    super::query::conjuncts(pred).map(|part| super::predicate::condition(part, lists).laid_out(4, WIDTH).after("| where ")).collect()
}
