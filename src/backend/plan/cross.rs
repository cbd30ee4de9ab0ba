//! What a step asks of itself, and what it asks of the steps above it.
//!
//! In: a step. Out: [`Apart`]: its branches without the tests on other steps, and those tests. Law: a hit satisfies the step beside the hits of
//! the steps above it if and only if it satisfies a branch, and the [`Cross`] of that branch.

use crate::hir::{Branch, Case, Casing, Compare, FieldOp, Op, Pred, Step, Test, TextOp};
use crate::schema::{ClassId, FieldId, Packs};
use crate::source::Span;

/// A step in two.
pub(super) struct Apart {
    /// Labelled with the index into `forms`, in decimal.
    pub branches: Vec<Branch>,
    /// Each once; `All([])` where nothing is asked of another step.
    pub forms: Vec<Cross>,
}

/// A condition over several steps.
#[derive(Clone, PartialEq)]
pub(super) enum Cross {
    All(Vec<Cross>),
    Any(Vec<Cross>),
    Not(Box<Cross>),
    /// Asked of the step's own event alone.
    Own(ClassId, Pred),
    Between(Between),
}

/// A field of this step against one of a step above.
#[derive(Clone, PartialEq)]
pub(super) struct Between {
    pub left: String,
    pub op: FieldOp,
    pub case: Casing,
    pub step: usize,
    pub right: String,
    pub span: Span,
}

impl Cross {
    pub const NONE: Cross = Cross::All(Vec::new());

    /// The parts that must all hold.
    pub fn parts(&self) -> &[Cross] {
        match self {
            Cross::All(parts) => parts,
            Cross::Any(_) | Cross::Not(_) | Cross::Own(..) | Cross::Between(_) => std::slice::from_ref(self),
        }
    }

    /// What it asks of events of the class alone.
    pub fn own<'c>(&'c self, class: ClassId, each: &mut impl FnMut(&'c Pred)) {
        match self {
            Cross::All(parts) | Cross::Any(parts) => parts.iter().for_each(|part| part.own(class, each)),
            Cross::Not(inner) => inner.own(class, each),
            Cross::Own(of, pred) if *of == class => each(pred),
            Cross::Own(..) | Cross::Between(_) => {}
        }
    }

    /// Every comparison in it.
    pub fn between<'c>(&'c self, each: &mut impl FnMut(&'c Between)) {
        match self {
            Cross::All(parts) | Cross::Any(parts) => parts.iter().for_each(|part| part.between(each)),
            Cross::Not(inner) => inner.between(each),
            Cross::Own(..) => {}
            Cross::Between(between) => each(between),
        }
    }
}

impl Between {
    /// Equal as keys are equal.
    pub fn is_key(&self) -> bool {
        match self.op {
            FieldOp::Text(op) => op == TextOp::Equals && self.case == Casing::Ignore,
            FieldOp::Compare(compare) => compare == Compare::Equal,
        }
    }
}

/// `steps`: those of the pattern, for the names of the fields of others.
pub(super) fn apart(step: &Step, steps: &[Step], packs: &Packs) -> Apart {
    let mut forms: Vec<Cross> = Vec::new();
    let mut branches = Vec::new();
    for branch in &step.branches {
        let reader = Reader { class: branch.class, steps, packs };
        let mut by_form: Vec<(usize, Vec<Case>)> = Vec::new();
        for case in &branch.cases {
            let (own, cross) = reader.split(&case.pred);
            let form = forms.iter().position(|known| *known == cross).unwrap_or_else(|| {
                forms.push(cross);
                forms.len() - 1
            });
            let case = Case { actions: case.actions, pred: own };
            match by_form.iter_mut().find(|(known, _)| *known == form) {
                Some((_, cases)) => cases.push(case),
                None => by_form.push((form, vec![case])),
            }
        }
        branches.extend(by_form.into_iter().map(|(form, cases)| Branch { label: Some(form.to_string()), cases, ..branch.clone() }));
    }
    if branches.is_empty() {
        branches = step.branches.iter().map(|branch| Branch { label: Some("0".to_owned()), ..branch.clone() }).collect();
        forms.push(Cross::NONE);
    }
    Apart { branches, forms }
}

/// What a branch of [`Apart`] asks of its own event in its form: a part of it, and that it has each field which is compared. Where a target
/// has nothing of that the branch cannot be said.
pub(super) fn own_side(branch: &Branch, forms: &[Cross], packs: &Packs) -> Pred {
    let class = packs.class(branch.class);
    let form = branch.label.as_ref().and_then(|label| forms.get(label.parse::<usize>().ok()?));
    let mut asked = Vec::new();
    if let Some(form) = form {
        form.own(branch.class, &mut |pred| asked.push(pred.clone()));
        form.between(&mut |between| asked.extend(class.field(&between.left).map(|field| Pred::test(field, Op::Exists, between.span))));
    }
    Pred::All(asked)
}

struct Reader<'s> {
    class: ClassId,
    steps: &'s [Step],
    packs: &'s Packs,
}

impl Reader<'_> {
    /// What the event must satisfy by itself, and what beside others.
    fn split(&self, pred: &Pred) -> (Pred, Cross) {
        let parts: Vec<Pred> = match pred {
            Pred::All(parts) => parts.clone(),
            Pred::Any(_) | Pred::Not(_) | Pred::Test(_) => vec![pred.clone()],
        };
        let (beside, own): (Vec<Pred>, Vec<Pred>) = parts.into_iter().partition(names_another);
        let mut beside: Vec<Cross> = beside.iter().map(|part| self.cross(part)).collect();
        let cross = if beside.len() == 1 { beside.remove(0) } else { Cross::All(beside) };
        (Pred::all(own), cross)
    }

    fn cross(&self, pred: &Pred) -> Cross {
        if !names_another(pred) {
            return Cross::Own(self.class, pred.clone());
        }
        match pred {
            Pred::All(parts) => Cross::All(self.parts(parts, Pred::all)),
            Pred::Any(parts) => Cross::Any(self.parts(parts, Pred::any)),
            Pred::Not(inner) => Cross::Not(Box::new(self.cross(inner))),
            Pred::Test(test) => self.between(test).map_or(Cross::Own(self.class, pred.clone()), Cross::Between),
        }
    }

    /// Parts that ask the own event alone are asked together.
    fn parts(&self, parts: &[Pred], together: impl Fn(Vec<Pred>) -> Pred) -> Vec<Cross> {
        let (beside, own): (Vec<&Pred>, Vec<&Pred>) = parts.iter().partition(|part| names_another(part));
        let own = (!own.is_empty()).then(|| Cross::Own(self.class, together(own.into_iter().cloned().collect())));
        own.into_iter().chain(beside.into_iter().map(|part| self.cross(part))).collect()
    }

    fn between(&self, test: &Test) -> Option<Between> {
        let Op::Field { op, other, case } = &test.op else { return None };
        let step = other.step?;
        // `check` lets a step of one class alone be named.
        let there = self.steps[step].branches.first()?.class;
        Some(Between {
            left: self.name(self.class, test.field),
            op: *op,
            case: *case,
            step,
            right: self.name(there, other.field),
            span: test.span,
        })
    }

    fn name(&self, class: ClassId, field: FieldId) -> String {
        self.packs.class(class).get(field).name.to_string()
    }
}

fn names_another(pred: &Pred) -> bool {
    let mut found = false;
    pred.tests(&mut |test| found |= matches!(&test.op, Op::Field { other, .. } if other.step.is_some()));
    found
}
