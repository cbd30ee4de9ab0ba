//! Rows of several steps to chains: `sequence`, `together`, `at_least`.
//!
//! In: [`Chains`], and the commands that find the hits of all steps, each a row with its time, its step, the keys and what the step makes. Out: the
//! commands that leave one row a match, with the values of its latest chain, newest first. One pass wherever it can be: rows in the order of
//! time and step, and `streamstats last(..)` carries what came before. That is the latest chain as long as the steps ask nothing of each
//! other but equal keys; where they ask more, [`candidates`] looks at every hit that stands near enough.
//! Nothing rests on `time_window` (its edge is not documented), on rows that were not sorted, or on `by` over null or several values. `last()`
//! passes over null, so a value that may be missing is carried behind a `=`.
//! Search Reference, `streamstats`, `sort`, "Event order functions".

use crate::backend::Options;
use crate::backend::lines::Lines;
use crate::backend::plan::{ChainColumn, Chains, Form, Titled};
use crate::hir::LinkKind;
use crate::source::Span;

use super::columns::{self, Assignment};
use super::links::{self, Links};
use super::quote::{self, eval_name, eval_string};
use super::{candidates, counted};
use super::{macros, stage};

/// The columns that every row has: of its hit, or, behind the last `streamstats`, of the match.
pub const TIME: &str = "spoor_time";
pub const STEP: &str = "spoor_step";
/// Which event it is: two rows may be of one.
pub const EVENT: &str = "spoor_event";

/// What the rows are.
pub struct Rows<'r> {
    /// A row may be of several steps, and have values of several: it is an event. Else its time may be several: it is the hits of one
    /// second that are alike.
    pub is_event: bool,
    /// One event may be of two steps, and is one match.
    pub overlap: bool,
    /// Whether the value of a step (by its index there) may be missing.
    pub is_missing: &'r dyn Fn(usize, usize) -> bool,
}

/// What is known of the pattern while its commands are written.
pub struct Linking<'c> {
    pub links: Links<'c>,
    rows: &'c Rows<'c>,
    /// In a sequence: so many of the required steps are linked by `streamstats`, behind the first.
    prefix: usize,
    /// Every hit is looked at, since steps ask something of each other.
    pub expands: bool,
    /// Events have numbers before the first link.
    numbered: bool,
}

pub fn commands(chains: &Chains, rows: &Rows, options: &Options) -> Vec<Lines> {
    let linking = Linking::new(chains, rows);
    let mut commands = linking.begin();
    commands.extend(if linking.links.is_sequence() { linking.sequence() } else { linking.together() });
    // What puts hits together in whatever pattern.
    commands = commands.into_iter().map(|command| command.or(&[chains.link])).collect();
    commands.extend(linking.end(options));
    commands
}

/// The columns that hold several values of a key, or of what is compared: each value gets a row.
fn split(links: &Links) -> Vec<String> {
    let keys = links.chains.keys.iter().filter(|key| key.multi).map(|key| key.name.clone());
    let made = links.chains.steps.iter().enumerate().flat_map(|(at, step)| {
        let compared = step.made.iter().enumerate().filter(move |(index, made)| made.multi && links.is_compared(at, *index));
        compared.map(|(_, made)| made.name.clone())
    });
    keys.chain(made).collect()
}

/// Whether several values of it are shown together.
pub fn is_joined(chains: &Chains, step: usize, made: usize) -> bool {
    chains.steps[step].made[made].multi && !Links::new(chains).is_compared(step, made)
}

impl<'c> Linking<'c> {
    fn new(chains: &'c Chains, rows: &'c Rows<'c>) -> Linking<'c> {
        let links = Links::new(chains);
        let last = links.required.len().saturating_sub(1);
        let plain = links.required.iter().skip(1).take_while(|step| links.is_plain(**step)).count();
        // What a later step reads must not be one of several that led to where the prefix ends.
        let is_read = |prefix: usize| {
            let before = &links.required[..prefix];
            links.required[prefix + 1..].iter().any(|step| links.reads(*step).iter().any(|read| before.contains(read)))
        };
        let (prefix, expands) = if links.is_sequence() {
            let prefix = (0..=plain.min(last)).rev().find(|prefix| !is_read(*prefix)).unwrap_or(0);
            (prefix, prefix < last)
        } else {
            (0, links.required.iter().any(|step| !links.is_plain(*step)))
        };
        let told_apart = (0..chains.steps.len()).any(|step| links.is_told_apart(step));
        let numbered = rows.is_event && (rows.overlap || told_apart || !split(&links).is_empty());
        Linking { links, rows, prefix, expands, numbered }
    }

    pub fn within(&self) -> u64 {
        self.links.chains.within.seconds
    }

    /// The last of the steps that decide.
    fn last(&self) -> usize {
        self.links.required.last().copied().unwrap_or(0)
    }

    pub fn time(&self, step: usize) -> String {
        self.links.step(step).made.first().map(|made| made.name.clone()).unwrap_or_default()
    }

    /// What is carried of a step's hit: its time first.
    pub fn columns(&self, step: usize) -> Vec<(String, Form)> {
        let made = self.links.step(step).made.iter().map(|made| (made.name.clone(), made.form));
        let event = self.links.is_told_apart(step).then(|| (links::event(step), Form::Number));
        made.chain(event).collect()
    }

    /// Keys, and values that are the same in all steps that decide.
    pub fn by(&self) -> Vec<String> {
        self.keys().into_iter().chain((0..self.links.same.len()).map(same)).collect()
    }

    pub fn keys(&self) -> Vec<String> {
        self.links.chains.keys.iter().map(|key| key.name.clone()).collect()
    }

    /// The keys, and what the steps make beside their times.
    fn texts(&self) -> Vec<String> {
        let made = self.links.chains.steps.iter().flat_map(|step| step.made.iter().skip(1)).map(|made| made.name.clone());
        self.keys().into_iter().chain(made).collect()
    }

    /// The steps whose columns `last()` carries.
    fn carried(&self) -> &[usize] {
        match (self.links.is_sequence(), self.expands) {
            (true, _) => &self.links.required[..self.prefix],
            (false, false) => &self.links.required,
            (false, true) => &[],
        }
    }

    fn is_wrapped(&self, step: usize, made: usize) -> bool {
        made > 0 && self.carried().contains(&step) && (self.rows.is_missing)(step, made)
    }

    /// One row a hit, in the order of time and step.
    fn begin(&self) -> Vec<Lines> {
        let mut commands = Vec::new();
        let split = split(&self.links);
        let made: Vec<String> =
            self.links.chains.steps.iter().flat_map(|step| step.made.iter().skip(1)).map(|made| made.name.clone()).collect();
        if self.numbered {
            let columns: Vec<String> = [TIME, STEP].map(str::to_owned).into_iter().chain(self.keys()).chain(made.clone()).collect();
            commands.push(stage::names(&columns, 4).after("table "));
            commands.push(sorted(
                &[TIME.to_owned()],
                &columns.iter().skip(2).filter(|column| !split.contains(column)).cloned().collect::<Vec<_>>(),
            ));
            commands.push(format!("streamstats count as {EVENT}").into());
        }
        if self.rows.is_event && self.rows.overlap {
            commands.push(format!("mvexpand {STEP}").into());
        }
        if !self.rows.is_event {
            let apart = || vec![format!("mvexpand {TIME}").into()];
            commands.extend(if counted::is_in(self.links.chains) { counted::apart() } else { apart() });
        }
        if self.rows.is_event {
            for column in &split {
                commands.push(format!("eval {column}=coalesce({column}, \"\")").into());
                commands.push(format!("mvexpand {column}").into());
                commands.push(format!("eval {column}=if(len({column})>0, {column}, null())").into());
            }
        }
        let (shared, there) = self.shared();
        commands.extend(shared);
        // What a step counts need not have what others compare with.
        let late = if counted::is_in(self.links.chains) {
            there
        } else {
            commands.extend(there);
            None
        };
        commands.extend(evaluated(self.own()));
        let events = (0..self.links.chains.steps.len()).filter(|step| self.links.is_told_apart(*step)).map(links::event);
        let numbers = self.numbered.then(|| EVENT.to_owned());
        let times = (0..self.links.chains.steps.len()).map(|step| self.time(step));
        let fixed = [TIME, STEP].map(str::to_owned).into_iter().chain(numbers.clone()).chain(counted::carried(self));
        let rest: Vec<String> = self.by().into_iter().chain(made).collect();
        let all: Vec<String> = fixed.chain(times).chain(events).chain(rest.clone()).collect();
        commands.push(stage::names(&all, 4).after("table "));
        let order: Vec<String> = [TIME, STEP].map(str::to_owned).into_iter().chain(numbers).chain(counted::order(self)).collect();
        // Hits of one time and step are in some order, the same in each run.
        let sort = sorted(&order, if self.numbered { &split } else { &rest });
        commands.push(sort.clone());
        let keys = self.keys();
        let splits = self.rows.is_event && split.iter().any(|column| !keys.contains(column));
        commands.extend(counted::commands(self, splits, &sort));
        commands.extend(late);
        commands
    }

    /// The values that are the same in all steps that decide; and that a row has them, since one without is in no chain.
    fn shared(&self) -> (Option<Lines>, Option<Lines>) {
        let at: Vec<Span> = self.links.chains.steps.iter().flat_map(|step| &step.equal).map(|equal| equal.at).collect();
        let made = self.links.same.iter().enumerate().map(|(index, class)| {
            let arms = class.iter().map(|(step, made)| format!("{}, {}", is_step(*step), self.links.step(*step).made[*made].name).into());
            let mut arms: Vec<Lines> = arms.collect();
            if !self.links.optional.is_empty() {
                arms.push("true(), \"-\"".into());
            }
            stage::call("case", &arms).after(&format!("{}=", same(index))).at(&at)
        });
        let made = evaluated(made.collect());
        let there: Vec<String> = (0..self.links.same.len()).map(|index| format!("isnotnull({})", same(index))).collect();
        let there = made.is_some().then(|| Lines::from(format!("where {}", there.join(" AND "))).at(&at));
        (made, there)
    }

    /// A row has the values of its own step alone.
    fn own(&self) -> Vec<Lines> {
        let mut made = Vec::new();
        for (at, step) in self.links.chains.steps.iter().enumerate() {
            made.push(Lines::from(format!("{}=if({}, {TIME}, null())", self.time(at), is_step(at))).at(&step.from));
            if self.links.is_told_apart(at) {
                made.push(Lines::from(format!("{}=if({}, {EVENT}, null())", links::event(at), is_step(at))).at(&step.from));
            }
            for (index, value) in step.made.iter().enumerate().skip(1) {
                let name = &value.name;
                let own = if self.is_wrapped(at, index) {
                    format!("{name}=if({}, \"=\".coalesce({name}, \"\"), null())", is_step(at))
                } else if self.rows.is_event {
                    format!("{name}=if({}, {name}, null())", is_step(at))
                } else {
                    continue;
                };
                made.push(Lines::from(own).at(&value.from));
            }
        }
        made
    }

    /// That hits stand within the duration, and whose they are.
    fn near(&self, condition: String) -> Lines {
        Lines::from(condition).at(&[self.links.chains.within.span])
    }

    /// The value as it was, of a column that may stand behind a `=`.
    fn unwrapped(&self, step: usize, made: usize) -> String {
        let name = &self.links.step(step).made[made].name;
        if self.is_wrapped(step, made) { format!("if(len({name})>1, substr({name}, 2), null())") } else { name.clone() }
    }

    fn sequence(&self) -> Vec<Lines> {
        let required = &self.links.required;
        let first = self.time(required[0]);
        let mut commands = Vec::new();
        for level in 1..=self.prefix {
            let (step, before) = (required[level], required[level - 1]);
            let carried = required[..level].iter().flat_map(|step| {
                let last = |(column, _): (String, Form)| match level {
                    1 => format!("last({column}) as {column}"),
                    _ => format!("last(eval(if({}, {column}, null()))) as {column}", is_step(before)),
                };
                self.columns(*step).into_iter().map(last).map(|last| Lines::from(last).at(&self.links.step(*step).from))
            });
            commands.push(self.streamstats(&carried.collect::<Vec<_>>()));
            let near = format!("{} AND {TIME}-{first}<={}", is_step(step), self.within());
            let others: Vec<usize> = required[level + 1..].iter().chain(&self.links.optional).copied().collect();
            commands.push(match others.as_slice() {
                [] => self.near(format!("where {near}")).at(&self.links.step(step).from),
                others => self.near(format!("where {} OR ({near})", is_one_of(others))).at(&self.links.step(step).from),
            });
        }
        commands.extend(evaluated(self.unwrap()));
        if self.expands {
            commands.extend(candidates::sequence(self, &required[..=self.prefix], &required[self.prefix..required.len() - 1], self.last()));
        } else {
            // Rows of the first step are matches, where it is the only one.
            commands.extend(candidates::none(self, &[self.last()]));
        }
        commands.extend(candidates::optional(self));
        commands
    }

    fn unwrap(&self) -> Vec<Lines> {
        let of_steps = self.carried().iter().flat_map(|step| {
            let wrapped = (1..self.links.step(*step).made.len()).filter(|made| self.is_wrapped(*step, *made));
            wrapped.map(|made| {
                let value = &self.links.step(*step).made[made];
                Lines::from(format!("{}={}", value.name, self.unwrapped(*step, made))).at(&value.from)
            })
        });
        of_steps.collect()
    }

    fn streamstats(&self, terms: &[Lines]) -> Lines {
        let mut lines = stage::names(terms, 4).after("streamstats ");
        let by = self.by();
        if !by.is_empty() {
            let keys: Vec<Span> = self.links.chains.keys.iter().flat_map(|key| key.from.iter().copied()).collect();
            lines.push(&stage::names(&by, 4).after("\n    by ").at(&keys));
        }
        lines
    }

    fn together(&self) -> Vec<Lines> {
        let required = &self.links.required;
        let mut commands = Vec::new();
        if self.expands {
            commands.extend(candidates::together(self));
        } else {
            let carried = required.iter().flat_map(|step| {
                let last = |(column, _)| Lines::from(format!("last({column}) as {column}")).at(&self.links.step(*step).from);
                self.columns(*step).into_iter().map(last)
            });
            commands.push(self.streamstats(&carried.collect::<Vec<_>>()));
            let near = |step: &usize| format!("{}>={TIME}-{}", self.time(*step), self.within());
            let near: Vec<String> = required.iter().map(near).collect();
            let others = |condition: String| match self.links.optional.as_slice() {
                [] => format!("where {condition}"),
                others => format!("where {} OR ({condition})", is_one_of(others)),
            };
            match self.links.chains.kind {
                LinkKind::Sequence | LinkKind::Together => {
                    commands.push(self.near(others(near.join(" AND "))));
                    commands.extend(evaluated(self.unwrap()));
                }
                LinkKind::AtLeast(count) => {
                    let number: Vec<String> = near.iter().map(|near| format!("if({near}, 1, 0)")).collect();
                    commands.push(self.near(format!("eval spoor_steps={}", number.join("+"))));
                    commands.push(others(format!("spoor_steps>={count}")).into());
                    commands.extend(evaluated(self.emptied(&near)));
                }
            }
            commands.extend(candidates::none(self, required));
            if self.rows.overlap {
                // An event is a match once, as a hit of the last of its steps. Where nothing tells events apart it is its time that does.
                let (event, texts) = if self.rows.is_event { (EVENT, self.keys()) } else { (TIME, self.texts()) };
                commands.push(sorted(&[event.to_owned(), format!("-{STEP}")], &texts));
                commands.push(format!("dedup {}", [vec![event.to_owned()], self.keys()].concat().join(" ")).into());
            }
        }
        commands.extend(candidates::optional(self));
        commands
    }

    /// Of `at_least`: what a step has that is not near enough is not shown.
    fn emptied(&self, near: &[String]) -> Vec<Lines> {
        let mut made = Vec::new();
        for (step, near) in self.links.required.iter().zip(near) {
            for (index, value) in self.links.step(*step).made.iter().enumerate().skip(1) {
                made.push(self.near(format!("{}=if({near}, {}, null())", value.name, self.unwrapped(*step, index))).at(&value.from));
            }
            let time = self.time(*step);
            made.push(self.near(format!("{time}=if({near}, {time}, null())")).at(&self.links.step(*step).from));
        }
        made
    }

    pub fn is_event(&self) -> bool {
        self.rows.is_event
    }

    /// Whether events have numbers before the first link.
    pub fn is_numbered(&self) -> bool {
        self.numbered
    }

    /// The time of the first hit of the steps that decide.
    pub fn first(&self) -> Lines {
        let times: Vec<Lines> = self.links.required.iter().map(|step| self.time(*step).into()).collect();
        match (&self.links.chains.kind, times.as_slice()) {
            (LinkKind::Sequence, [first, ..]) => first.clone(),
            (LinkKind::Together, [only]) => only.clone(),
            (LinkKind::AtLeast(_), _) => {
                let times: Vec<Lines> = times.iter().map(|time| time.clone().within("coalesce(", &format!(", {TIME})"))).collect();
                if let [only] = times.as_slice() { only.clone() } else { stage::call("min", &times) }
            }
            (LinkKind::Sequence | LinkKind::Together, times) => stage::call("min", times),
        }
    }

    /// The columns of the result.
    fn end(&self, options: &Options) -> Vec<Lines> {
        let chains = self.links.chains;
        let link = [chains.link];
        let first = self.first().within(&format!("eval {FIRST}="), &format!(", {DELAY}={TIME}-{FIRST}"));
        let mut commands = vec![first.at(&link), format!("sort 0 - {TIME}").into()];
        let mut times: Vec<String> = Vec::new();
        let mut assignments = Vec::new();
        for column in &chains.columns {
            let (value, reads, is_time) = self.shown(&column.what);
            if is_time {
                times.push(column.title.clone());
            }
            assignments.push(Assignment { title: column.title.clone(), value: value.at(self.asked(column)), reads });
        }
        // A time is made readable under its title.
        let plain = |title: &String| quote::is_eval_name(title);
        let made = columns::commands(assignments, &[]);
        commands.extend(stage::made(made).into_iter().map(|made| made.or(&link)));
        let times: Vec<String> =
            times.iter().map(|time| if plain(time) { time.clone() } else { quote::search_name(time).to_string() }).collect();
        if !times.is_empty() {
            commands.extend(macros::readable(&times.iter().map(String::as_str).collect::<Vec<_>>(), options));
        }
        let title = |column: &Titled<ChainColumn>| Lines::from(quote::search_name(&column.title).to_string()).at(self.asked(column));
        let titles: Vec<Lines> = chains.columns.iter().map(title).collect();
        commands.push(stage::names(&titles, 4).after("table ").or(&link));
        commands
    }

    /// Where the rule asks for a column, or what has it.
    fn asked(&self, column: &'c Titled<ChainColumn>) -> &'c [Span] {
        match &column.what {
            _ if column.at.is_some() => column.at.as_slice(),
            ChainColumn::Key(key) => &self.links.chains.keys[*key].from,
            ChainColumn::Step(step, _) => &self.links.step(*step).from,
            ChainColumn::First | ChainColumn::Last | ChainColumn::Delay | ChainColumn::Own(_) | ChainColumn::Matched => &[],
        }
    }

    /// The expression, the columns that it reads, and whether it is a time.
    fn shown(&self, column: &ChainColumn) -> (Lines, Vec<String>, bool) {
        let plain = |name: &str, is_time: bool| (Lines::from(eval_name(name).to_string()), vec![name.to_owned()], is_time);
        let of_step = |step: usize, made: usize| {
            let made = &self.links.step(step).made[made];
            plain(&made.name, made.form == Form::Time)
        };
        match column {
            ChainColumn::First => plain(FIRST, true),
            ChainColumn::Last => plain(TIME, true),
            ChainColumn::Delay => plain(DELAY, false),
            ChainColumn::Key(key) => {
                let key = &self.links.chains.keys[*key];
                plain(&key.name, key.form == Form::Time)
            }
            ChainColumn::Step(step, made) => of_step(*step, *made),
            ChainColumn::Own(of_steps) => {
                let own: Vec<(usize, usize)> =
                    self.links.required.iter().filter_map(|step| Some((*step, of_steps.get(*step).copied()??))).collect();
                if self.links.is_sequence() {
                    let last = own.iter().find(|(step, _)| *step == self.last());
                    return last.map_or_else(|| ("null()".into(), Vec::new(), false), |(step, made)| of_step(*step, *made));
                }
                let mut reads = vec![STEP.to_owned()];
                let mut is_time = false;
                let mut arms = Vec::new();
                for (step, made) in own {
                    let (value, read, time) = of_step(step, made);
                    arms.push(value.after(&format!("{}, ", is_step(step))));
                    reads.extend(read);
                    is_time |= time;
                }
                let value = if arms.is_empty() { "null()".into() } else { stage::call("case", &arms) };
                (value, reads, is_time)
            }
            ChainColumn::Matched => {
                let mut reads = Vec::new();
                let labels = self.links.chains.steps.iter().enumerate().map(|(at, step)| {
                    let label = eval_string(&step.label).to_string();
                    let always = !step.optional && !matches!(self.links.chains.kind, LinkKind::AtLeast(_));
                    if always {
                        return Lines::from(label).at(&step.from);
                    }
                    reads.push(self.time(at));
                    Lines::from(format!("if(isnotnull({}), {label}, null())", self.time(at))).at(&step.from)
                });
                let labels: Vec<Lines> = labels.collect();
                (stage::call("mvappend", &labels), reads, false)
            }
        }
    }
}

const FIRST: &str = "spoor_first";
const DELAY: &str = "spoor_delay";

fn same(index: usize) -> String {
    format!("spoor_same_{}", index + 1)
}

/// Steps are counted from 1.
pub fn is_step(step: usize) -> String {
    format!("{STEP}={}", step + 1)
}

pub fn is_one_of(steps: &[usize]) -> String {
    match steps {
        [step] => is_step(*step),
        steps => format!("{STEP} IN ({})", steps.iter().map(|step| (step + 1).to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// By numbers, and then by texts.
pub fn sorted(numbers: &[String], texts: &[String]) -> Lines {
    let names: Vec<String> = numbers.iter().cloned().chain(texts.iter().map(|text| format!("str({text})"))).collect();
    stage::names(&names, 4).after("sort 0 ")
}

/// `eval ..`; None: of nothing.
pub fn evaluated(assignments: Vec<Lines>) -> Option<Lines> {
    stage::made(columns::Commands { eval: assignments, rename: Vec::new() }).pop()
}
