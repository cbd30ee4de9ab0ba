//! Rules to programs: one for each class, in which every distinct test stands once, with the prefilter that finds the cases to be asked.
//!
//! In: rules, the model. Out: [`ClassProgram`]s, and a diagnostic for each rule that cannot be loaded; the others load.
//! Law: a program says of every event what the reference says of its predicate. The parts of a conjunction or disjunction are put in
//! the order of their cost, which changes no verdict.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::diag::{Diagnostic, events};
use crate::hir::{Branch, Case, Group, Linked, Meta, Pattern, Pred, Rule, Test};
use crate::schema::{Actions, Class, ClassId, Packs, Platform};

use super::fingerprint;
use super::index::{Lane, Questions};
use super::parts::PartField;
use super::several::{ChainPlan, GroupPlan, Plan};
use super::test::{self, Compiled};

/// What a match says of its rule.
#[derive(Debug)]
pub struct Loaded {
    /// Its place among the rules that were handed in.
    pub index: usize,
    pub name: Box<str>,
    /// The label of each branch.
    pub labels: Vec<Option<Box<str>>>,
    /// The systems whose logs it is asked about.
    pub systems: Systems,
    /// None: each event is a match by itself.
    pub several: Option<Several>,
}

/// Some systems; a log of one of them, or of none in particular, is asked.
#[derive(Clone, Copy, Debug)]
pub struct Systems([bool; Platform::ALL.len()]);

impl Systems {
    fn of(meta: &Meta) -> Systems {
        Systems(Platform::ALL.map(|platform| meta.is_about(Some(platform))))
    }

    pub fn write(self, log: Option<Platform>) -> bool {
        log.is_none_or(|platform| self.0[platform as usize])
    }
}

/// What a rule over several events asks of each hit.
#[derive(Debug)]
pub struct Several {
    /// Its place among the rules over several events that are loaded.
    pub slot: usize,
    /// What it asks, as a number.
    pub fingerprint: u64,
    pub plan: Plan,
    /// Of a threshold the conditions of its aggregates, each by class and action; of a linked pattern one list a case.
    pub asked: Vec<Vec<Asked>>,
}

/// A question about an event of one class, and of these actions.
#[derive(Debug)]
pub struct Asked {
    pub class: ClassId,
    pub actions: Actions,
    pub program: Program,
}

/// Everything that events of one class are asked.
#[derive(Debug, Default)]
pub struct ClassProgram {
    pub tests: Vec<Compiled>,
    /// In the order of the rules and of their branches.
    pub cases: Vec<CaseProgram>,
    /// By action: which of the cases that hold for it an event may satisfy.
    pub by_action: Vec<Lane>,
    /// The same of the cases that hold for every action.
    pub of_all: Lane,
    /// The parts of times that rules name.
    pub parts: Vec<PartField>,
}

#[derive(Debug)]
pub struct CaseProgram {
    pub actions: Actions,
    /// Index among the loaded rules.
    pub rule: u32,
    /// Of a linked pattern the case, counted through all steps.
    pub branch: u32,
    pub program: Program,
}

/// A predicate over the tests of its class.
#[derive(Debug)]
pub enum Program {
    All(Box<[Program]>),
    Any(Box<[Program]>),
    Not(Box<Program>),
    Test(u32),
}

pub fn load<'r>(rules: impl IntoIterator<Item = &'r Rule>, packs: &Packs) -> (Vec<Loaded>, Vec<ClassProgram>, Vec<Diagnostic>) {
    let mut loader = Loader { packs, loaded: Vec::new(), classes: Vec::new(), diagnostics: Vec::new() };
    loader.classes.resize_with(packs.model.classes.len(), Default::default);
    for (index, rule) in rules.into_iter().enumerate() {
        if let Err(diagnostic) = loader.rule(index, rule) {
            loader.diagnostics.push(*diagnostic);
        }
    }
    let questions = Questions::default();
    let programs = loader.classes.into_iter().zip(packs.model.classes.iter()).map(|(loader, class)| loader.finish(class, &questions));
    (loader.loaded, programs.collect(), loader.diagnostics)
}

fn labels(branches: &[Branch]) -> Vec<Option<Box<str>>> {
    branches.iter().map(|branch| branch.label.as_deref().map(Box::from)).collect()
}

/// The cases of a rule, each with its class.
type Cases<'r> = Vec<(ClassId, CaseProgram, Cow<'r, Pred>)>;

struct Loader<'p, 'r> {
    packs: &'p Packs,
    loaded: Vec<Loaded>,
    classes: Vec<ClassLoader<'r>>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Default)]
struct ClassLoader<'r> {
    program: ClassProgram,
    /// Of each case.
    preds: Vec<Cow<'r, Pred>>,
    /// Where a test stands that says the same; by the operator's whole content as `Debug` writes it, since numbers that are no
    /// integers have no hash of their own.
    known: HashMap<(u16, String), u32>,
}

impl ClassLoader<'_> {
    fn finish(mut self, class: &Class, questions: &Questions) -> ClassProgram {
        let lane = |holds: &dyn Fn(Actions) -> bool| {
            let cases = self.program.cases.iter().zip(&self.preds).zip(0..).filter(|((case, _), _)| holds(case.actions));
            Lane::new(class, &cases.map(|((_, pred), number)| (number, &**pred)).collect::<Vec<_>>(), questions)
        };
        let by_action = (0..class.actions.len()).map(|action| lane(&|actions| actions.contains(action))).collect();
        let of_all = lane(&|actions| actions == Actions::ALL);
        (self.program.by_action, self.program.of_all) = (by_action, of_all);
        self.program.parts = PartField::of_class(class);
        self.program
    }
}

impl<'r> Loader<'_, 'r> {
    /// All of the rule, or nothing of it.
    fn rule(&mut self, index: usize, rule: &'r Rule) -> Result<(), Box<Diagnostic>> {
        let (cases, labels, several) = match (&rule.pattern, &rule.group) {
            (Pattern::Union(branches), None) => (self.branches(branches)?, labels(branches), None),
            (Pattern::Union(branches), Some(group)) => {
                (self.branches(branches)?, labels(branches), Some(self.threshold(rule, branches, group)?))
            }
            (Pattern::Linked(linked), _) => {
                let (cases, several) = self.linked(rule, linked)?;
                (cases, Vec::new(), Some(several))
            }
        };
        for (class, case, pred) in cases {
            let class = &mut self.classes[usize::from(class.0)];
            class.program.cases.push(case);
            class.preds.push(pred);
        }
        self.loaded.push(Loaded { index, name: rule.name.as_str().into(), labels, systems: Systems::of(&rule.meta), several });
        Ok(())
    }

    fn branches(&mut self, branches: &'r [Branch]) -> Result<Cases<'r>, Box<Diagnostic>> {
        let mut cases = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            for case in &branch.cases {
                let program = self.program(branch.class.0, &case.pred)?;
                cases.push((branch.class, self.case(case, index, program.0), Cow::Borrowed(&case.pred)));
            }
        }
        Ok(cases)
    }

    fn case(&self, case: &Case, branch: usize, program: Program) -> CaseProgram {
        CaseProgram { actions: case.actions, rule: self.loaded.len() as u32, branch: branch as u32, program }
    }

    fn threshold(&mut self, rule: &Rule, branches: &[Branch], group: &Group) -> Result<Several, Box<Diagnostic>> {
        let (plan, conditions) = GroupPlan::new(group, branches, rule.show.as_deref(), self.packs);
        let mut asked = Vec::new();
        for condition in conditions {
            let mut of_condition: Vec<Asked> = Vec::new();
            for (branch, cases) in branches.iter().zip(condition) {
                // Branches of one class are asked the same.
                if of_condition.iter().any(|asked| asked.class == branch.class) {
                    continue;
                }
                for case in cases {
                    let program = self.program(branch.class.0, &case.pred)?.0;
                    of_condition.push(Asked { class: branch.class, actions: case.actions, program });
                }
            }
            asked.push(of_condition);
        }
        Ok(Several { slot: self.several(), fingerprint: fingerprint::of(rule, self.packs), plan: Plan::Groups(plan), asked })
    }

    fn linked(&mut self, rule: &'r Rule, linked: &'r Linked) -> Result<(Cases<'r>, Several), Box<Diagnostic>> {
        let (plan, planned) = ChainPlan::new(linked, rule.show.as_deref(), self.packs);
        let (mut cases, mut asked) = (Vec::new(), Vec::new());
        for (index, one) in planned.iter().enumerate() {
            let program = self.program(one.class.0, &one.first)?;
            cases.push((one.class, self.case(one.case, index, program.0), Cow::Owned(one.first.clone())));
            let mut own = Vec::new();
            for pred in &one.own {
                own.push(Asked { class: one.class, actions: one.case.actions, program: self.program(one.class.0, pred)?.0 });
            }
            asked.push(own);
        }
        Ok((cases, Several { slot: self.several(), fingerprint: fingerprint::of(rule, self.packs), plan: Plan::Chains(plan), asked }))
    }

    /// How many rules over several events are loaded.
    fn several(&self) -> usize {
        self.loaded.iter().filter(|rule| rule.several.is_some()).count()
    }

    /// The program, and what it costs.
    fn program(&mut self, class: u16, pred: &Pred) -> Result<(Program, u32), Box<Diagnostic>> {
        Ok(match pred {
            Pred::All(parts) => {
                let (parts, cost) = self.programs(class, parts)?;
                (Program::All(parts), cost)
            }
            Pred::Any(parts) => {
                let (parts, cost) = self.programs(class, parts)?;
                (Program::Any(parts), cost)
            }
            Pred::Not(inner) => {
                let (inner, cost) = self.program(class, inner)?;
                (Program::Not(Box::new(inner)), cost)
            }
            Pred::Test(test) => {
                let index = self.test(class, test)?;
                (Program::Test(index), self.classes[usize::from(class)].program.tests[index as usize].cost())
            }
        })
    }

    fn programs(&mut self, class: u16, parts: &[Pred]) -> Result<(Box<[Program]>, u32), Box<Diagnostic>> {
        let mut programs = parts.iter().map(|part| self.program(class, part)).collect::<Result<Vec<_>, _>>()?;
        programs.sort_by_key(|(_, cost)| *cost);
        let cost = programs.iter().map(|(_, cost)| *cost).fold(0, u32::saturating_add);
        Ok((programs.into_iter().map(|(program, _)| program).collect(), cost))
    }

    fn test(&mut self, class: u16, test: &Test) -> Result<u32, Box<Diagnostic>> {
        let key = (test.field.0, format!("{:?}", test.op));
        let loader = &mut self.classes[usize::from(class)];
        if let Some(index) = loader.known.get(&key) {
            return Ok(*index);
        }
        let compiled = test::compile(test, &self.packs.model.classes[usize::from(class)])
            .map_err(|cause| Box::new(events::regex_too_large(test.span, &cause)))?;
        let index = loader.program.tests.len() as u32;
        loader.program.tests.push(compiled);
        loader.known.insert(key, index);
        Ok(index)
    }
}
