//! Rules to programs: one for each class, in which every distinct test stands once.
//!
//! In: rules, the model. Out: [`ClassProgram`]s, and a diagnostic for each rule that cannot be loaded; the others load.
//! Law: a program says of every event what the reference says of its predicate. The parts of a conjunction or disjunction are put in
//! the order of their cost, which changes no verdict.

use std::collections::HashMap;

use crate::diag::{Diagnostic, events};
use crate::hir::{Pattern, Pred, Rule, Test};
use crate::schema::{Actions, Packs};

use super::test::{self, Compiled};

/// What a match says of its rule.
#[derive(Debug)]
pub struct Loaded {
    /// Its place among the rules that were handed in.
    pub index: usize,
    pub name: Box<str>,
    /// The label of each branch.
    pub labels: Vec<Option<Box<str>>>,
}

/// Everything that events of one class are asked.
#[derive(Debug, Default)]
pub struct ClassProgram {
    pub tests: Vec<Compiled>,
    /// In the order of the rules and of their branches.
    pub cases: Vec<CaseProgram>,
    /// By action: the cases that hold for it. Of a class without kinds: one list.
    pub by_action: Vec<Vec<u32>>,
}

#[derive(Debug)]
pub struct CaseProgram {
    pub actions: Actions,
    /// Index among the loaded rules.
    pub rule: u32,
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
    let programs = loader.classes.into_iter().map(|class| class.program).zip(packs.model.classes.iter());
    let programs = programs.map(|(mut program, class)| {
        program.by_action = by_action(&program.cases, class.actions.len());
        program
    });
    (loader.loaded, programs.collect(), loader.diagnostics)
}

fn by_action(cases: &[CaseProgram], actions: usize) -> Vec<Vec<u32>> {
    let of = |action: usize| (0..cases.len() as u32).filter(|case| cases[*case as usize].actions.contains(action)).collect();
    (0..actions.max(1)).map(of).collect()
}

struct Loader<'p> {
    packs: &'p Packs,
    loaded: Vec<Loaded>,
    classes: Vec<ClassLoader>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Default)]
struct ClassLoader {
    program: ClassProgram,
    /// Where a test stands that says the same; by the operator's whole content as `Debug` writes it, since numbers that are no
    /// integers have no hash of their own.
    known: HashMap<(u16, String), u32>,
}

impl Loader<'_> {
    /// All of the rule, or nothing of it.
    fn rule(&mut self, index: usize, rule: &Rule) -> Result<(), Box<Diagnostic>> {
        let branches = match &rule.pattern {
            Pattern::Union(branches) => branches,
            Pattern::Linked(linked) => return Err(Box::new(events::several_events(rule.span, &rule.name, linked.span))),
        };
        if let Some(group) = &rule.group {
            return Err(Box::new(events::several_events(rule.span, &rule.name, group.span)));
        }
        let mut cases = Vec::new();
        for (branch_index, branch) in branches.iter().enumerate() {
            for case in &branch.cases {
                let program = self.program(branch.class.0, &case.pred)?;
                let (rule, branch_index) = (self.loaded.len() as u32, branch_index as u32);
                cases.push((branch.class, CaseProgram { actions: case.actions, rule, branch: branch_index, program: program.0 }));
            }
        }
        for (class, case) in cases {
            self.classes[usize::from(class.0)].program.cases.push(case);
        }
        let labels = branches.iter().map(|branch| branch.label.as_deref().map(Box::from)).collect();
        self.loaded.push(Loaded { index, name: rule.name.as_str().into(), labels });
        Ok(())
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
