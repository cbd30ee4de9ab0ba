//! One event after the other against all rules of an [`Engine`].
//!
//! In: events, in any order; of each only those cases are asked that the prefilter finds. Out: at once the matches of rules over single events, in
//! the order of the rules; those of rules over several when the caller says that time has passed ([`Scanner::advance`]), or that no event comes
//! any more. The verdict of a test and the folded form of a text are kept for the length of an event, so rules that share a test share
//! its cost. Law: what a scanner says of an event by itself does not depend on the events before it, and it allocates nothing for an event
//! that satisfies no rule, once its buffers have grown.

use crate::schema::{Actions, ClassId};

use super::Engine;
use super::compile::{ClassProgram, Program, Several};
use super::event::Event;
use super::fields::Fields;
use super::index::{Found, Lane, Search};
use super::loaded::Loaded;
use super::memo::Memo;
use super::parts::WithParts;
use super::saved::Head;
use super::several::{Combined, Hit, Keeping, LeftOut, Limits, Plan, State};

/// Scratch and state of one thread.
#[derive(Debug)]
pub struct Scanner<'e> {
    engine: &'e Engine,
    verdicts: Verdicts,
    loaded: Loaded,
    memo: Memo,
    found: Found,
    /// A hit of a rule over several events, whole.
    whole: Event,
    /// The branches of one rule that the event satisfies; of a linked pattern the cases.
    branches: Vec<u32>,
    /// What is kept for each rule over several events, in their order, and what was left out of it.
    states: Vec<(State, LeftOut)>,
    keeping: Keeping,
    /// A watermark before this one decides nothing.
    due: i64,
    /// How many events were seen.
    seen: u64,
    /// The latest time of an event.
    latest: Option<i64>,
}

/// What is left of a scanner without its engine.
pub(super) struct Parts {
    pub head: Head,
    /// Of each rule over several events.
    pub states: Vec<(State, LeftOut)>,
}

/// A rule that an event satisfies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Match<'e> {
    /// Its place among the rules that [`Engine::new`] was given.
    pub rule: usize,
    pub name: &'e str,
    /// The labels of the branches that the event satisfies, in their order, each once.
    pub labels: Vec<&'e str>,
}

impl<'e> Scanner<'e> {
    pub(super) fn new(engine: &'e Engine) -> Scanner<'e> {
        let states = engine.over_several().map(|(_, several)| (several.plan.state(), LeftOut::default())).collect();
        Scanner {
            engine,
            verdicts: Verdicts::default(),
            loaded: Loaded::default(),
            memo: Memo::default(),
            found: Found::default(),
            whole: Event::new(ClassId(0), Actions::NONE),
            branches: Vec::new(),
            states,
            keeping: Keeping { limits: Limits::NONE, watermark: i64::MIN },
            due: i64::MAX,
            seen: 0,
            latest: None,
        }
    }

    /// Bounds what is kept for rules over several events, which without this grows with their hits.
    pub fn limited(self, limits: Limits) -> Scanner<'e> {
        Scanner { keeping: Keeping { limits, ..self.keeping }, ..self }
    }

    /// Asks every rule about the event; `sink` is called once for each that it matches by itself. Its tag is its number, from 0.
    pub fn push(&mut self, event: &dyn Fields, sink: impl FnMut(Match<'e>)) {
        self.push_tagged(event, self.seen, sink);
    }

    /// The same, of an event that is known by `tag` in what [`Scanner::finish`] finds.
    pub fn push_tagged(&mut self, event: &dyn Fields, tag: u64, mut sink: impl FnMut(Match<'e>)) {
        self.seen += 1;
        self.latest = self.latest.max(event.time());
        let engine = self.engine;
        let Some(class) = engine.classes.get(usize::from(event.class().0)) else { return };
        if class.cases.is_empty() {
            return;
        }
        if class.parts.is_empty() {
            self.ask(class, event, tag, &mut sink);
        } else {
            self.ask(class, &WithParts { event, parts: &class.parts }, tag, &mut sink);
        }
    }

    fn ask(&mut self, class: &'e ClassProgram, event: &dyn Fields, tag: u64, sink: &mut impl FnMut(Match<'e>)) {
        self.loaded.begin(event);
        self.memo.begin();
        self.found.begin(class.cases.len());
        let mut search = Search { event, loaded: &mut self.loaded, memo: &mut self.memo, found: &mut self.found };
        class.lanes(event.actions()).for_each(|lane| lane.find(&mut search));
        if self.found.cases.is_empty() {
            return;
        }
        self.verdicts.begin(class.tests.len());
        let mut cases = std::mem::take(&mut self.found.cases);
        cases.sort_unstable();
        let mut rule = None;
        for case in &cases {
            let case = &class.cases[*case as usize];
            if rule != Some(case.rule) {
                self.report(rule, event, tag, sink);
                rule = Some(case.rule);
            }
            if self.branches.last() != Some(&case.branch) && self.holds(&case.program, class, event) {
                self.branches.push(case.branch);
            }
        }
        self.found.cases = cases;
        self.report(rule, event, tag, sink);
    }

    /// Says that no event before this time comes any more (microseconds since 1970), and gives out what that decides of rules over several
    /// events, in the order of the rules: groups whose window (`per`) ended by then, chains whose last hit is earlier (where an optional
    /// step may still come behind it: whose duration is over). What can be in no group and no chain any more is let go. What comes all the
    /// same is late: of a rule for which it is too late it is left out, and counted ([`Scanner::left_out`]). A threshold without `per`
    /// counts to the end of the events, so only [`Scanner::finish`] decides it. A time before that of an earlier call changes nothing.
    pub fn advance(&mut self, watermark: i64, mut sink: impl FnMut(Combined<'e>)) {
        if watermark <= self.keeping.watermark {
            return;
        }
        self.keeping.watermark = watermark;
        if watermark < self.due {
            return;
        }
        let mut due = i64::MAX;
        for ((rule, several), (state, _)) in self.engine.over_several().zip(&mut self.states) {
            if state.due(&several.plan).is_some_and(|due| due <= watermark) {
                state.decide(&several.plan, Some(watermark), rule.index, &rule.name).into_iter().for_each(&mut sink);
            }
            due = due.min(state.due(&several.plan).unwrap_or(i64::MAX));
        }
        self.due = due;
    }

    /// The same for events that come at most so many microseconds later than others that are newer: no event before the newest one less that
    /// comes any more. One event of the far future makes all others late; who does not trust their clocks calls [`Scanner::advance`].
    pub fn advance_behind(&mut self, late: i64, sink: impl FnMut(Combined<'e>)) {
        if let Some(latest) = self.latest {
            self.advance(latest.saturating_sub(late), sink);
        }
    }

    /// The time before which no event comes any more; None: nobody said so.
    pub fn watermark(&self) -> Option<i64> {
        Some(self.keeping.watermark).filter(|watermark| *watermark > i64::MIN)
    }

    /// The latest time of an event that was seen.
    pub fn latest(&self) -> Option<i64> {
        self.latest
    }

    /// Each rule of which something was left out since the beginning, by its place among the rules that [`Engine::new`] was given.
    pub fn left_out(&self) -> impl Iterator<Item = (usize, LeftOut)> {
        let each = self.engine.over_several().zip(&self.states).map(|((rule, _), (_, left_out))| (rule.index, *left_out));
        each.filter(|(_, left_out)| !left_out.is_nothing())
    }

    /// How many groups of thresholds, and hits of linked patterns, are kept.
    pub fn kept(&self) -> usize {
        self.states.iter().map(|(state, _)| state.len()).sum()
    }

    /// No event comes any more: the matches of rules over several events that are not given out, in the order of the rules; what was kept for them is
    /// gone.
    pub fn finish(&mut self, mut sink: impl FnMut(Combined<'e>)) {
        for ((rule, several), (state, _)) in self.engine.over_several().zip(&mut self.states) {
            state.decide(&several.plan, None, rule.index, &rule.name).into_iter().for_each(&mut sink);
        }
        self.due = i64::MAX;
    }

    /// What it has seen so far, as a scanner of its own, for [`Scanner::merge`]; this one begins anew and keeps its buffers, limits and watermark.
    pub fn split_off(&mut self) -> Scanner<'e> {
        let mut part = Scanner::new(self.engine);
        std::mem::swap(&mut part.states, &mut self.states);
        part.keeping = self.keeping;
        (part.seen, part.latest, part.due) = (self.seen, self.latest, self.due);
        (self.seen, self.latest, self.due) = (0, None, i64::MAX);
        part
    }

    /// Takes in what another scanner of the same engine has seen, as if its events had come after those of this one. Where watermarks
    /// were said, the later one holds for both, and the two should have had events of different keys: what one of them has decided stays so.
    pub fn merge(&mut self, other: Scanner<'e>) {
        self.seen += other.seen;
        self.latest = self.latest.max(other.latest);
        self.keeping.watermark = self.keeping.watermark.max(other.keeping.watermark);
        self.due = self.due.min(other.due);
        for ((state, left_out), (other, others)) in self.states.iter_mut().zip(other.states) {
            state.merge(other);
            left_out.add(others);
        }
    }

    pub(super) fn engine(&self) -> &'e Engine {
        self.engine
    }

    pub(super) fn kept_states(&self) -> (Head, &[(State, LeftOut)]) {
        (Head { watermark: self.watermark(), seen: self.seen, latest: self.latest }, &self.states)
    }

    pub(super) fn into_parts(self) -> Parts {
        Parts { head: self.kept_states().0, states: self.states }
    }

    /// `states`: one for each rule over several events of its engine.
    pub(super) fn with(mut self, Parts { head, states }: Parts) -> Scanner<'e> {
        (self.seen, self.latest, self.states) = (head.seen, head.latest, states);
        self.keeping.watermark = head.watermark.unwrap_or(i64::MIN);
        let due = self.engine.over_several().zip(&self.states).filter_map(|((_, several), (state, _))| state.due(&several.plan));
        self.due = due.min().unwrap_or(i64::MAX);
        self
    }

    fn report(&mut self, rule: Option<u32>, event: &dyn Fields, tag: u64, sink: &mut impl FnMut(Match<'e>)) {
        let Some(index) = rule else { return };
        if self.branches.is_empty() {
            return;
        }
        let engine = self.engine;
        let rule = &engine.rules[index as usize];
        if !rule.systems.write(event.platform()) {
            return self.branches.clear();
        }
        if let Some(several) = &rule.several {
            return self.keep(several, event, tag);
        }
        let mut labels: Vec<&str> = Vec::new();
        for label in self.branches.drain(..).filter_map(|branch| rule.labels[branch as usize].as_deref()) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        sink(Match { rule: rule.index, name: &rule.name, labels });
    }

    /// What a rule over several events needs of a hit.
    fn keep(&mut self, several: &'e Several, event: &dyn Fields, tag: u64) {
        let engine = self.engine;
        let class = &engine.classes[usize::from(event.class().0)];
        event.copy(&mut self.whole);
        let (of, actions) = (event.class(), event.actions());
        let branches = std::mem::take(&mut self.branches);
        match &several.plan {
            Plan::Groups(plan) => {
                let is_of = |of: Actions| of == actions || !of.and(actions).is_empty();
                let mut conditions = Vec::with_capacity(several.asked.len());
                for condition in &several.asked {
                    let mut cases = condition.iter().filter(|asked| asked.class == of && is_of(asked.actions));
                    conditions.push(cases.any(|asked| self.holds(&asked.program, class, event)));
                }
                if let (State::Groups(groups), left_out) = &mut self.states[several.slot] {
                    let hit = Hit { time: event.time(), tag };
                    groups.add(plan, &self.whole, (&branches, &conditions), hit, self.keeping, left_out);
                }
            }
            Plan::Chains(plan) => {
                let mut cases = Vec::with_capacity(branches.len());
                for case in &branches {
                    let own = several.asked[*case as usize].iter().map(|asked| self.holds(&asked.program, class, event)).collect();
                    cases.push((*case, own));
                }
                if let (State::Chains(chains), left_out) = &mut self.states[several.slot] {
                    chains.add(plan, &self.whole, &cases, tag, self.keeping, left_out);
                }
            }
        }
        let due = self.states[several.slot].0.due(&several.plan);
        self.due = self.due.min(due.unwrap_or(i64::MAX));
        self.branches = branches;
        self.branches.clear();
    }

    fn holds(&mut self, program: &Program, class: &ClassProgram, event: &dyn Fields) -> bool {
        match program {
            Program::All(parts) => parts.iter().all(|part| self.holds(part, class, event)),
            Program::Any(parts) => parts.iter().any(|part| self.holds(part, class, event)),
            Program::Not(inner) => !self.holds(inner, class, event),
            Program::Test(index) => {
                let index = *index as usize;
                if let Some(known) = self.verdicts.get(index) {
                    return known;
                }
                let (test, loaded) = (&class.tests[index], &mut self.loaded);
                let verdict = match test.of_text() {
                    Some(field) => self.memo.verdict(index as u32, field, event, || test.passes(event, loaded)),
                    None => test.passes(event, loaded),
                };
                self.verdicts.set(index, verdict);
                verdict
            }
        }
    }
}

impl ClassProgram {
    /// The lanes of an event of these actions; a case may be in several. A class without kinds has one.
    fn lanes(&self, actions: Actions) -> impl Iterator<Item = &Lane> {
        let of_all = (actions == Actions::ALL).then_some(&self.of_all);
        let of_some = if actions == Actions::ALL { Actions::NONE } else { actions };
        of_some.iter().filter_map(|action| self.by_action.get(action)).chain(of_all)
    }
}

/// What each test of a class says of this event, as far as it was asked.
#[derive(Debug, Default)]
struct Verdicts {
    /// `event << 1 | verdict`; of another event: unknown.
    known: Vec<u32>,
    event: u32,
}

impl Verdicts {
    fn begin(&mut self, tests: usize) {
        self.event += 1;
        if self.event > u32::MAX >> 1 {
            self.known.clear();
            self.event = 1;
        }
        if self.known.len() < tests {
            self.known.resize(tests, 0);
        }
    }

    fn get(&self, test: usize) -> Option<bool> {
        (self.known[test] >> 1 == self.event).then_some(self.known[test] & 1 == 1)
    }

    fn set(&mut self, test: usize, verdict: bool) {
        self.known[test] = self.event << 1 | u32::from(verdict);
    }
}
