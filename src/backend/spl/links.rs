//! What the steps of a chain ask of each other, sorted by what a search can do with it.
//!
//! In: [`Chains`]. Out: [`Links`]: values that are equal in every step, which are further keys; and the tests that are left of each
//! step, each with the steps above that it reads. Law: the keys and the tests together say what [`ChainStep`] asks.

use crate::backend::bind::{NativeExpr, NativePred};
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::backend::plan::{ChainStep, Chains, EqualValues, Form};
use crate::hir::{LinkKind, Op};

use super::between;
use super::eval_expr::{Scope, WORDS};

pub struct Links<'c> {
    pub chains: &'c Chains,
    /// Steps that decide, and those that do not, in their order.
    pub required: Vec<usize>,
    pub optional: Vec<usize>,
    /// Values that are equal in all steps that decide: for each of these a value of its own.
    pub same: Vec<Vec<(usize, usize)>>,
    /// By step.
    tests: Vec<Vec<Link<'c>>>,
}

/// One test of a step on others.
pub enum Link<'c> {
    Equal(EqualValues),
    Cross(&'c NativePred),
    /// Another event than that of this step.
    Distinct(usize),
}

impl<'c> Links<'c> {
    pub fn new(chains: &'c Chains) -> Links<'c> {
        let (required, optional): (Vec<usize>, Vec<usize>) = (0..chains.steps.len()).partition(|step| !chains.steps[*step].optional);
        let same = same(chains, &required);
        let is_key = |step: usize, made: usize| same.iter().any(|class: &Vec<(usize, usize)>| class.contains(&(step, made)));
        let tests = chains.steps.iter().enumerate().map(|(at, step)| {
            let is_left = |equal: &&EqualValues| step.optional || !(is_key(at, equal.own) && is_key(equal.step, equal.theirs));
            let equal = step.equal.iter().filter(is_left).map(|equal| Link::Equal(*equal));
            let cross = (!step.cross.is_true()).then_some(Link::Cross(&step.cross));
            // An optional step decides nothing: it is the one that must be another event.
            let above = step.distinct.iter().filter(|other| step.optional || !chains.steps[**other].optional);
            let below = (0..chains.steps.len()).filter(|other| step.optional && chains.steps[*other].distinct.contains(&at));
            let distinct = above.copied().chain(below).map(Link::Distinct);
            equal.chain(cross).chain(distinct).collect()
        });
        let tests = tests.collect();
        Links { chains, required, optional, same, tests }
    }

    pub fn step(&self, step: usize) -> &'c ChainStep {
        &self.chains.steps[step]
    }

    pub fn is_sequence(&self) -> bool {
        match self.chains.kind {
            LinkKind::Sequence => true,
            LinkKind::Together | LinkKind::AtLeast(_) => false,
        }
    }

    /// The step asks nothing of others but what keys say.
    pub fn is_plain(&self, step: usize) -> bool {
        self.tests[step].is_empty()
    }

    /// The steps that the tests of this one read.
    pub fn reads(&self, step: usize) -> Vec<usize> {
        let mut reads: Vec<usize> = Vec::new();
        for link in &self.tests[step] {
            match link {
                Link::Equal(equal) => reads.push(equal.step),
                Link::Cross(pred) => {
                    let names = super::stage::columns(pred);
                    let owns = |other: &usize| self.step(*other).made.iter().any(|made| names.contains(&made.name.as_str()));
                    reads.extend((0..self.chains.steps.len()).filter(|other| *other != step).filter(owns));
                }
                Link::Distinct(other) => reads.push(*other),
            }
        }
        reads
    }

    /// Whether the event of this step must be told from that of another.
    pub fn is_told_apart(&self, step: usize) -> bool {
        let of = |at: usize| self.tests[at].iter().filter_map(|link| if let Link::Distinct(other) = link { Some(*other) } else { None });
        of(step).next().is_some() || (0..self.tests.len()).any(|at| of(at).any(|other| other == step))
    }

    /// The tests of these steps, all of them, and the columns of positions that they need.
    pub fn conditions(&self, steps: &[usize]) -> (Option<Lines>, Vec<Frag>) {
        let links = || steps.iter().flat_map(|step| self.tests[*step].iter().map(|link| (*step, link)));
        let preds = links().filter_map(|(_, link)| if let Link::Cross(pred) = link { Some(*pred) } else { None });
        let scope = Scope { filled: false, positions: between::searched(preds), known: Vec::new(), parts: Vec::new(), lookups: Vec::new() };
        let conditions = links().map(|(step, link)| match link {
            Link::Equal(equal) => self.equal(step, equal).at(&[equal.at]),
            Link::Cross(pred) => scope.condition(pred),
            Link::Distinct(other) => {
                let (own, other) = (event(step), event(*other));
                // An optional step may have none.
                let apart = vec![Frag::atom(format!("isnull({other})")), Frag::atom(format!("{own}!={other}"))];
                Frag::any(apart, WORDS).at(&self.step(step).from)
            }
        });
        let conditions = conditions.collect();
        (between::positions(&scope), conditions)
    }

    fn equal(&self, step: usize, equal: &EqualValues) -> Frag {
        let (own, theirs) = (&self.step(step).made[equal.own], &self.step(equal.step).made[equal.theirs]);
        let (a, b) = (&own.name, &theirs.name);
        let same = match (own.form, theirs.form) {
            (Form::Number | Form::Time | Form::Flag, Form::Number | Form::Time | Form::Flag) => format!("{a}={b}"),
            // Behind a `=` eval takes no text for a number.
            (Form::Text | Form::Folded, _) | (_, Form::Text | Form::Folded) => format!("\"=\".{a}==\"=\".{b}"),
        };
        let parts = [format!("isnotnull({a})"), format!("isnotnull({b})"), same];
        Frag::all(parts.into_iter().map(Frag::atom).collect(), WORDS)
    }

    /// Whether a value is compared with another row's, so that each of several has a row of its own.
    pub fn is_compared(&self, step: usize, made: usize) -> bool {
        let name = &self.step(step).made[made].name;
        self.chains.steps.iter().enumerate().any(|(at, other)| {
            let equal = other.equal.iter().any(|equal| (at, equal.own) == (step, made) || (equal.step, equal.theirs) == (step, made));
            let mut read = false;
            other.cross.tests(&mut |test| {
                read |= reads_column(&test.field.value, name);
                if let Op::Field { other, .. } = &test.op {
                    read |= reads_column(&other.field.value, name);
                }
            });
            equal || read
        })
    }
}

fn reads_column(value: &NativeExpr, name: &str) -> bool {
    value.any_column(|column| column.name == name)
}

/// The column that numbers the events of a step.
pub fn event(step: usize) -> String {
    format!("spoor_event_{}", step + 1)
}

/// Equal values as classes, of which those count that have a value of every step that decides.
fn same(chains: &Chains, required: &[usize]) -> Vec<Vec<(usize, usize)>> {
    let mut classes: Vec<Vec<(usize, usize)>> = Vec::new();
    for step in required {
        for equal in &chains.steps[*step].equal {
            let (own, theirs) = ((*step, equal.own), (equal.step, equal.theirs));
            let with = |value| classes.iter().position(|class: &Vec<(usize, usize)>| class.contains(&value));
            match (with(own), with(theirs)) {
                (None, None) => classes.push(vec![theirs, own]),
                (Some(at), None) => classes[at].push(theirs),
                (None, Some(at)) => classes[at].push(own),
                (Some(one), Some(other)) if one != other => {
                    let moved = classes[one.max(other)].clone();
                    classes[one.min(other)].extend(moved);
                    classes.remove(one.max(other));
                }
                (Some(_), Some(_)) => {}
            }
        }
    }
    let chosen = classes.iter().filter_map(|class| {
        let first = |step: &usize| class.iter().find(|(of, _)| of == step).copied();
        required.iter().map(first).collect::<Option<Vec<_>>>()
    });
    chosen.collect()
}
